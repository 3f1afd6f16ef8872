//! People who work here, and everybody's sessions.

pub mod passwords;
pub mod sessions;
pub mod users;
