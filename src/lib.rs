//! Kontor: a help desk for small cross-border shops, in one binary. The table of contents.
//!
//! Direction: `cli -> web -> domains -> foundation`; `docs/ARCHITECTURE.md` has the map, and
//! `tests/it/architecture.rs` holds it.

// Foundation: knows nothing of help desks.
pub mod blobs;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod events;
pub mod http_client;
pub mod i18n;
pub mod ids;
pub mod jobs;
pub mod limits;
pub mod metrics;
pub mod secrets;

// What every part shares while Kontor runs, and what runs behind the pages.
pub mod app;
pub mod work;

pub mod llm;

// Domains: the nouns a merchant uses.
pub mod accounts;
pub mod assistant;
pub mod backup;
pub mod channels;
pub mod conversations;
pub mod customers;
pub mod knowledge;
pub mod letters;
pub mod orders;
pub mod portal;
pub mod settings;

// A shop to play with; also what tests and benchmarks run on.
pub mod demo;

// The surfaces.
pub mod cli;
pub mod web;
