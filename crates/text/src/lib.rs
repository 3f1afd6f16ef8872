//! Pure functions over the words customers and merchants write: which language,
//! how to search, which order and parcel numbers, whether an answer states only
//! what its sources state, and what a message wants.
//!
//! Nothing here reads a file, a clock or a database: the same input always
//! gives the same output, and no input makes it panic.

pub mod check;
pub mod classify;
pub mod facts;
mod folded;
pub mod language;
pub mod normalise;
pub mod refs;
pub mod search;
pub mod slug;

pub use language::Lang;

/// A regular expression compiled once, at its first use.
///
/// Its text is part of the program and tried by every test that runs past it.
macro_rules! pattern {
    ($text:expr) => {{
        static PATTERN: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
            regex::Regex::new($text).expect("a pattern of this crate compiles")
        });
        &*PATTERN
    }};
}
pub(crate) use pattern;
