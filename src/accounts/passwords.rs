//! Passwords: Argon2id with the crate's defaults (19 MiB, 2 passes: OWASP's first choice), two at
//! a time at most, so that a burst of sign-ins cannot take the machine's memory.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::error::{Error, Result};

static SLOTS: Semaphore = Semaphore::const_new(2);

/// Verified against when the account does not exist, so that both cases take the same time.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// The shortest password that is accepted, in characters (NIST SP 800-63B asks for 8 or more).
pub const SHORTEST: usize = 10;

fn hash_now(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(format!("hashing a password: {error}")))
}

/// Hashes a password to a PHC string.
///
/// # Errors
/// The password is shorter than [`SHORTEST`].
pub async fn hash(password: String) -> Result<String> {
    if password.chars().count() < SHORTEST {
        return Err(Error::invalid("error-password-short"));
    }
    let _slot = SLOTS.acquire().await;
    spawn_blocking(move || hash_now(&password))
        .await
        .map_err(Error::internal)?
}

/// Whether `password` belongs to `hash`; `None` (no such account) takes as long and says no.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    let _slot = SLOTS.acquire().await;
    spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let right = Argon2::default()
            .verify_password(password.as_bytes(), hash.as_str())
            .is_ok();
        known && right
    })
    .await
    .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens() {
        let made = hash("a long enough one".into()).await.unwrap();
        assert!(made.starts_with("$argon2id$"));
        assert!(
            verify("a long enough one".into(), Some(made.clone()))
                .await
                .unwrap()
        );
        assert!(
            !verify("a long enough two".into(), Some(made))
                .await
                .unwrap()
        );
        assert!(
            !verify("nobody has this password".into(), None)
                .await
                .unwrap()
        );
        assert!(!verify("x".into(), Some("not a hash".into())).await.unwrap());
    }

    #[tokio::test]
    async fn a_short_password_is_refused() {
        assert!(hash("123456789".into()).await.is_err());
    }
}
