//! `--mail-dir`: mails as files instead of SMTP, for trying Kontor out.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Writes a mail as `<unix_ms>-<row>.eml`; whoever lists the folder sees whole files only.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn write(folder: &Path, now: i64, row: i64, mail: &[u8]) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let name = format!("{now}-{row}.eml");
    let hidden = folder.join(format!(".{name}.new"));
    let file = folder.join(name);
    let mut out = std::fs::File::create(&hidden)?;
    out.write_all(mail)?;
    out.sync_all()?;
    std::fs::rename(&hidden, &file)?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(file)
}
