//! What each address answers to whom.

mod errors;
mod live;
mod routes;
mod sessions;
mod walk;
