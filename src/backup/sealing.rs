//! `secret.key` in a backup: sealed under a passphrase (Argon2id, RFC 9106, then
//! ChaCha20-Poly1305, RFC 8439), so that a stolen backup still opens no mailbox.

use anyhow::{Context, bail, ensure};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, prelude::BASE64_STANDARD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

use crate::ids;

/// The shortest passphrase that is taken, in characters.
pub const SHORTEST: usize = 12;

/// RFC 9106, section 4: the second recommended choice (64 MiB, 3 passes), with one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// What a file may ask for at most: it comes from outside.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 8;

const CONTEXT: &str = "kontor secret.key v1";

/// `secret.key.sealed`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    nonce: String,
    sealed: String,
}

fn derive(passphrase: &str, salt: &[u8], params: Params) -> anyhow::Result<LessSafeKey> {
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|error| anyhow::anyhow!("deriving a key from the passphrase: {error}"))?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| anyhow::anyhow!("bad key"))?;
    Ok(LessSafeKey::new(key))
}

/// Seals `secret`; takes a second and 64 MiB on purpose.
///
/// # Errors
/// The passphrase is too short.
pub fn seal(passphrase: &str, secret: &[u8]) -> anyhow::Result<Vec<u8>> {
    ensure!(
        passphrase.chars().count() >= SHORTEST,
        "the passphrase must have at least {SHORTEST} characters"
    );
    let (salt, nonce) = (ids::random::<16>(), ids::random::<NONCE_LEN>());
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| anyhow::anyhow!("{e}"))?;
    let key = derive(passphrase, &salt, params)?;
    let mut sealed = secret.to_vec();
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(CONTEXT),
        &mut sealed,
    )
    .map_err(|_| anyhow::anyhow!("sealing the key failed"))?;
    let file = Sealed {
        kdf: "argon2id".into(),
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: BASE64_STANDARD.encode(salt),
        nonce: BASE64_STANDARD.encode(nonce),
        sealed: BASE64_STANDARD.encode(sealed),
    };
    Ok(serde_json::to_vec_pretty(&file)?)
}

/// Opens what [`seal`] made.
///
/// # Errors
/// The passphrase is another one, or the file was changed.
pub fn open(passphrase: &str, file: &[u8]) -> anyhow::Result<Vec<u8>> {
    let file: Sealed = serde_json::from_slice(file).context("the sealed key is damaged")?;
    if file.kdf != "argon2id" {
        bail!("the key is sealed in a way that this Kontor does not know");
    }
    ensure!(
        file.memory_kib <= MOST_MEMORY_KIB
            && file.passes <= MOST_PASSES
            && file.lanes <= MOST_LANES,
        "the sealed key asks for more memory or time than is given to it"
    );
    let bytes = |text: &str| {
        BASE64_STANDARD
            .decode(text)
            .context("the sealed key is damaged")
    };
    let params = Params::new(file.memory_kib, file.passes, file.lanes, None)
        .map_err(|error| anyhow::anyhow!("the sealed key is damaged: {error}"))?;
    let key = derive(passphrase, &bytes(&file.salt)?, params)?;
    let nonce = Nonce::try_assume_unique_for_key(&bytes(&file.nonce)?)
        .map_err(|_| anyhow::anyhow!("the sealed key is damaged"))?;
    let mut sealed = bytes(&file.sealed)?;
    let plain = key
        .open_in_place(nonce, Aad::from(CONTEXT), &mut sealed)
        .map_err(|_| anyhow::anyhow!("the passphrase does not open the key of this backup"))?;
    Ok(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_passphrase_opens() {
        let sealed = seal("a long enough one", &[7; 32]).unwrap();
        assert_eq!(open("a long enough one", &sealed).unwrap(), [7; 32]);
        let error = open("a long enough two", &sealed).unwrap_err().to_string();
        assert!(error.contains("passphrase"), "{error}");
        assert!(seal("short", &[7; 32]).is_err());
    }

    #[test]
    fn a_hostile_file_costs_nothing() {
        let huge = r#"{"kdf":"argon2id","memory_kib":4294967295,"passes":1,"lanes":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA==","nonce":"","sealed":""}"#;
        let none = huge.replace("4294967295", "0");
        let salt = huge
            .replace("4294967295", "64")
            .replace("AAAAAAAAAAAAAAAAAAAAAA==", "");
        for file in ["", "{}", "null", huge, none.as_str(), salt.as_str()] {
            assert!(
                open("a long enough one", file.as_bytes()).is_err(),
                "{file}"
            );
        }
    }
}
