//! What each address answers to whom.

mod errors;
mod ledger;
mod live;
mod routes;
mod sessions;
mod walk;
