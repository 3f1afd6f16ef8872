//! The one error type of the domains. The web maps it to a status, the command line to an exit
//! code, jobs to a retry.

use sea_orm::DbErr;

/// A result of the domains.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, as far as a caller must tell the cases apart.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or not for the one who asks.
    #[error("not found")]
    NotFound,
    /// The one who asks may not do this.
    #[error("not allowed")]
    Forbidden,
    /// The input is wrong; the key names the words to show (Fluent).
    #[error("invalid: {0}")]
    Invalid(String),
    /// Too many attempts; wait this many seconds.
    #[error("too many attempts, wait {0} s")]
    TooMany(u64),
    /// The database said no.
    #[error("database: {0}")]
    Db(#[from] DbErr),
    /// Everything else, for the log.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Error {
    /// An error that only the log explains.
    pub fn internal(why: impl std::fmt::Display) -> Self {
        Self::Other(anyhow::anyhow!("{why}"))
    }

    /// Wrong input; `key` is the Fluent key of what to say.
    pub fn invalid(key: impl Into<String>) -> Self {
        Self::Invalid(key.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Other(error.into())
    }
}
