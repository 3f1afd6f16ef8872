//! Where the mails of other projects lie that the tests read but do not carry.

use std::path::{Path, PathBuf};

/// `$KONTOR_DATA/email`, else `../shared/data/email` beside the repository.
/// Says loudly when it is absent; the own fixtures stand without it.
pub fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("KONTOR_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let here = root.join("email");
    // A worktree may lie one folder deeper than a clone.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/email");
    let found = [here.clone(), deeper].into_iter().find(|p| p.is_dir());
    if found.is_none() {
        eprintln!(
            "\n*** MAIL CORPUS ABSENT: {} is no folder, this test checked NOTHING from it. \
             Set KONTOR_DATA. ***\n",
            here.display()
        );
    }
    found
}

/// All files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut stack = vec![folder.to_path_buf()];
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(&folder)
            .expect("folder is readable")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                stack.push(path)
            } else {
                out.push(path)
            }
        }
    }
    out.sort();
    out
}
