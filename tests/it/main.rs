//! The promises of Kontor, held over a real database file: one binary, so that it links once.

mod email;
