//! Language models: which there are, where they lie, how they are fetched. The engine that runs
//! them is the crate `kontor_llm`, re-exported here; the rest of Kontor names only this module.

pub mod catalogue;
pub mod machine;
pub mod pull;
pub mod store;

pub use kontor_llm::*;
