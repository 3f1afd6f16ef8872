//! Secrets at rest (mailbox passwords): ChaCha20-Poly1305 under a key file beside the database.
//! The key file is 0600 and not part of a backup, so a stolen backup opens no mailbox.

use std::{fs, io::Write, path::Path, sync::Arc};

use anyhow::{Context, bail};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};

use crate::ids;

/// Seals and opens secrets, and signs short-lived addresses.
#[derive(Clone)]
pub struct Secrets {
    key: Arc<LessSafeKey>,
    signing: Arc<hmac::Key>,
}

impl Secrets {
    /// Reads `file`, or makes it with a new random key.
    ///
    /// # Errors
    /// The file cannot be read or made, or does not hold 32 bytes.
    pub fn open(file: &Path) -> anyhow::Result<Self> {
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(file)?,
            Err(error) => return Err(error).context(format!("reading {}", file.display())),
        };
        if bytes.len() != 32 {
            bail!(
                "{} must hold 32 bytes, it holds {}",
                file.display(),
                bytes.len()
            );
        }
        let key =
            UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| anyhow::anyhow!("bad key"))?;
        // A key of its own for signatures, derived so that one file is enough.
        let derived = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &bytes),
            b"kontor signed addresses v1",
        );
        Ok(Self {
            key: Arc::new(LessSafeKey::new(key)),
            signing: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())),
        })
    }

    /// Encrypts `plain`; `context` (such as `channel 7`) must be the same when it is opened, so
    /// that a sealed value cannot be moved to another row.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = ids::random::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut sealed,
            )
            .expect("sealing a short secret");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Decrypts what [`Secrets::seal`] made.
    ///
    /// # Errors
    /// The key is another one, or the bytes were changed.
    pub fn open_sealed(&self, context: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let (nonce, body) = sealed
            .split_at_checked(NONCE_LEN)
            .context("a sealed secret is too short")?;
        let nonce =
            Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow::anyhow!("bad nonce"))?;
        let mut body = body.to_vec();
        let plain = self
            .key
            .open_in_place(nonce, Aad::from(context), &mut body)
            .map_err(|_| {
                anyhow::anyhow!(
                    "a secret cannot be opened: is secret.key the one it was made with?"
                )
            })?;
        Ok(plain.to_vec())
    }

    /// A key of its own for one purpose, so that what is signed for one never counts for another.
    pub fn derive(&self, purpose: &str) -> hmac::Key {
        let derived = hmac::sign(&self.signing, format!("derive {purpose}").as_bytes());
        hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
    }

    /// A signature of 22 characters for an address that works without a cookie.
    pub fn sign(&self, what: &str) -> String {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let tag = hmac::sign(&self.signing, what.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(&tag.as_ref()[..16])
    }

    /// Checks a signature in constant time.
    pub fn verify(&self, what: &str, signature: &str) -> bool {
        use subtle::ConstantTimeEq;
        self.sign(what)
            .as_bytes()
            .ct_eq(signature.as_bytes())
            .into()
    }
}

fn create(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = ids::random::<32>();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options
        .open(file)
        .with_context(|| format!("making {}", file.display()))?;
    out.write_all(&bytes)?;
    out.sync_all()?;
    Ok(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_in_its_context_and_with_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(&dir.path().join("secret.key")).unwrap();
        let again = Secrets::open(&dir.path().join("secret.key")).unwrap();
        let other = Secrets::open(&dir.path().join("other.key")).unwrap();
        let sealed = secrets.seal("channel 1", b"hunter2");
        assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
        assert_eq!(again.open_sealed("channel 1", &sealed).unwrap(), b"hunter2");
        assert!(again.open_sealed("channel 2", &sealed).is_err());
        assert!(other.open_sealed("channel 1", &sealed).is_err());
        assert!(secrets.open_sealed("channel 1", &sealed[..5]).is_err());
        let signature = secrets.sign("attachment 1");
        assert!(again.verify("attachment 1", &signature));
        assert!(!again.verify("attachment 2", &signature));
        assert!(!other.verify("attachment 1", &signature));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret.key");
        Secrets::open(&file).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
