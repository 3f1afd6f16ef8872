//! Identifiers and random tokens.

use ring::rand::{SecureRandom, SystemRandom};

/// A public id: UUIDv7, so that it sorts by time and tells nothing about how many there are.
pub fn public_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// `N` random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The system's generator only fails where there is none; going on with zeros would be worse.
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system's random generator");
    bytes
}

/// A token of 26 characters a-z2-7: 130 random bits, safe in addresses and mail headers.
pub fn token() -> String {
    random::<26>()
        .iter()
        .map(|b| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(b & 31)]))
        .collect()
}

/// A password for a person to type: five groups of four, without letters that look alike.
pub fn password() -> String {
    let letters: Vec<char> = random::<20>()
        .iter()
        .map(|b| char::from(b"abcdefghjkmnpqrstuvwxyz234567890"[usize::from(b & 31)]))
        .collect();
    letters
        .chunks(4)
        .map(|c| c.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// SHA-256, as kept for tokens that must not be readable from a copy of the database.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, bytes)
        .as_ref()
        .to_vec()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
