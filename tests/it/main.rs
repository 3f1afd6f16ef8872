//! The promises of Kontor, held over a real database file: one binary, so that it links once.
//! `flows/` has long stories, `web/` what each address answers to whom, the rest one part each.

mod architecture;
mod backup;
mod counts;
mod db;
mod email;
mod flows;
mod i18n;
mod importing;
mod jobs;
mod outbox;
mod search;
mod sizes;
mod support;
mod web;
