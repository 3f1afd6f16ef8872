//! Files by their SHA-256: reading, copying, linking, and making sure they are on the disk.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use anyhow::Context;
use ring::digest;

use super::Watch;
use crate::ids;

/// Bytes that are read at once.
const PIECE: usize = 1024 * 1024;

/// A file's size and SHA-256 (lower-case hexadecimal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: String,
}

/// Whether a text is a SHA-256 as Kontor writes it; nothing else can become part of a path.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Where a blob lies, below the folder that holds `blobs/`.
pub fn blob_path(sha256: &str) -> String {
    format!("blobs/{}/{sha256}", sha256.get(..2).unwrap_or("--"))
}

/// Opens a file that must be one: no link that leads elsewhere, no folder, no device.
///
/// # Errors
/// It is missing or something else.
pub fn open_plain(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.file_type().is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no plain file",
        ));
    }
    File::open(path)
}

/// Reads a small text file, at most `limit` bytes of it.
///
/// # Errors
/// It is missing, no plain file, too large, or no UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    open_plain(path)?
        .take(limit.saturating_add(1))
        .read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is larger than {limit} bytes"),
        ));
    }
    Ok(text)
}

/// Reads a file to its end and sums it up.
///
/// # Errors
/// It cannot be read, or the work should end.
pub fn sum(path: &Path, watch: &Watch) -> anyhow::Result<Sum> {
    let file = open_plain(path).with_context(|| path.display().to_string())?;
    drain(file, &mut io::sink(), watch).with_context(|| path.display().to_string())
}

/// Copies a file, summing it up on the way; the copy is synced to the disk.
///
/// # Errors
/// One of them cannot be used, or the work should end.
pub fn copy(from: &Path, to: &Path, watch: &Watch) -> anyhow::Result<Sum> {
    let source = open_plain(from).with_context(|| from.display().to_string())?;
    let mut target = private(to).with_context(|| to.display().to_string())?;
    let sum = drain(source, &mut target, watch)
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    target
        .sync_all()
        .with_context(|| format!("writing {}", to.display()))?;
    Ok(sum)
}

fn drain(mut from: File, to: &mut impl Write, watch: &Watch) -> anyhow::Result<Sum> {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    loop {
        watch.check()?;
        let n = from.read(&mut piece)?;
        let Some(read) = piece.get(..n).filter(|read| !read.is_empty()) else {
            break;
        };
        context.update(read);
        to.write_all(read)?;
        size += n as u64;
        watch.advance(n as u64);
    }
    Ok(Sum {
        size,
        sha256: ids::hex(context.finish().as_ref()),
    })
}

/// A new file that only its owner reads.
///
/// # Errors
/// It is there already, or cannot be made.
pub fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a new small file and syncs it.
///
/// # Errors
/// As [`private`], or the disk is full.
pub fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        let mut file = private(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// Makes a folder that only its owner enters, and those above it.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(path: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .with_context(|| format!("making the folder {}", path.display()))
}

/// Syncs a folder: names that were made or changed in it are then on the disk.
///
/// # Errors
/// The disk says no.
pub fn sync_folder(path: &Path) -> anyhow::Result<()> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("writing the folder {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_summed_up_on_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&from, b"abc").unwrap();
        let watch = Watch::default();
        let sum = copy(&from, &to, &watch).unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            sum.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(super::sum(&to, &watch).unwrap(), sum);
        assert_eq!(watch.progress().0, 6);
        assert!(copy(&from, &to, &watch).is_err(), "nothing is overwritten");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_elsewhere_is_no_file() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), b"abc").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path().join("a"), &link).unwrap();
        assert!(sum(&link, &Watch::default()).is_err());
        assert!(read_text(&link, 10).is_err());
    }

    #[test]
    fn a_text_that_is_too_large_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        fs::write(&file, b"abc").unwrap();
        assert_eq!(read_text(&file, 3).unwrap(), "abc");
        assert!(read_text(&file, 2).is_err());
    }

    #[test]
    fn only_a_sum_is_a_name() {
        let good = "a".repeat(64);
        assert!(is_sha256(&good));
        for bad in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
            assert!(!is_sha256(bad), "{bad}");
        }
    }
}
