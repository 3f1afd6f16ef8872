//! Files by the SHA-256 of their content, under `data/blobs/ab/abcdef…`.

use std::path::{Path, PathBuf};

use tokio::{
    fs,
    io::{AsyncReadExt, AsyncWriteExt},
};

use crate::{
    db::{Sql, SqlExt, Tx},
    error::{Error, Result},
    ids,
};

/// The folder of blobs.
#[derive(Clone, Debug)]
pub struct Blobs(PathBuf);

impl Blobs {
    /// Uses `folder`, made when the first blob is written.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Writes `bytes` and syncs them to the disk; returns their SHA-256 in hexadecimal. The same
    /// content twice is one file. Call this before the row that names it is committed.
    ///
    /// # Errors
    /// The disk is full or not writable.
    pub async fn put(&self, bytes: &[u8]) -> Result<String> {
        let name = ids::hex(&ids::sha256(bytes));
        let path = self.path(&name)?;
        if fs::try_exists(&path).await? {
            return Ok(name);
        }
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        if !fs::try_exists(&folder).await? {
            fs::create_dir_all(&folder).await?;
            // The folder's own name must be on the disk too.
            fs::File::open(&self.0).await?.sync_all().await?;
        }
        // Written beside and renamed, so that a crash leaves no half file under the final name.
        let part = folder.join(format!(".{name}.{}.part", ids::public_id()));
        if let Err(error) = write(&part, &path, bytes).await {
            // On a full disk, half a file would take the last of the room.
            let _ = fs::remove_file(&part).await;
            return Err(error.into());
        }
        fs::File::open(&folder).await?.sync_all().await?;
        Ok(name)
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>> {
        match fs::read(self.path(name)?).await {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the first `most` bytes of a blob.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub async fn head(&self, name: &str, most: usize) -> Result<Vec<u8>> {
        let file = fs::File::open(self.path(name)?).await?;
        let mut bytes = Vec::new();
        file.take(most as u64).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    /// Only 64 hexadecimal digits are a name, so no path can be smuggled in.
    fn path(&self, name: &str) -> Result<PathBuf> {
        let good = name.len() == 64
            && name
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !good {
            return Err(Error::NotFound);
        }
        Ok(self.0.join(&name[..2]).join(name))
    }
}

async fn write(part: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create(part).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(part, path).await
}

/// Notes a blob in the database (once), inside the transaction that refers to it.
pub async fn note(tx: &Tx, sha256: &str, size: usize, now: i64) -> Result<()> {
    tx.run(
        Sql::new(
            "INSERT INTO blobs (sha256, size, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(sha256)
        .bind(size as i64)
        .bind(now),
    )
    .await?;
    Ok(())
}
