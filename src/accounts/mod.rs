//! People who work here, and everybody's sessions.

pub mod passwords;
pub mod portal_codes;
pub mod sessions;
pub mod users;
