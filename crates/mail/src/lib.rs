//! The mail core of Kontor: what one raw message says, and nothing else.
//!
//! Pure functions without input/output, clock or database. Everything that
//! comes in is bytes from outside: nothing here panics on them, runs longer
//! than about linear in their length, or recurses with their nesting.
//!
//! * [`parse`](fn@parse) turns raw bytes into a [`Mail`] or a [`ParseError`] (→ quarantine).
//! * [`kind::classify`] says whether a person, a machine or a list wrote it.
//! * [`bounce::analyse`] reads a delivery failure or a complaint.
//! * [`quote::split`] separates the new text from quotes and signature.
//! * [`authentication::read`] says what the receiving server found out about the sender.
//! * [`thread::thread_hints`] says which conversation it may answer.
//! * [`marketplace::recognise`] knows a marketplace's relayed message.
//! * [`html::sanitise`] makes its HTML fit to be shown.
//! * [`summary::report`] puts all of it into one serialisable report.

mod address;
pub mod authentication;
mod body;
pub mod bounce;
mod charset;
mod encoding;
mod filename;
mod header;
pub mod html;
pub mod kind;
pub mod marketplace;
mod mime;
pub mod parse;
pub mod quote;
pub mod summary;
mod text;
pub mod thread;

pub use address::Address;
pub use bounce::Bounce;
pub use header::Headers;
pub use kind::{Kind, classify};
pub use parse::{Attachment, AutoHeaders, ListHeaders, Mail, ParseError, Report, parse};
pub use summary::MailReport;
