//! Real mails, broken at random: a fuzz test of everything that is done with a mail.
//!
//! `cargo test -p kontor-mail --test mutated -- --nocapture` breaks mails for some seconds;
//! `KONTOR_FUZZ_SECONDS=3600` does it for longer, `KONTOR_FUZZ_SEED=N` repeats a run. Each mail
//! gets a few mutations that keep most of its structure: bits, cuts, repetitions, pieces of other
//! mails, header lines, charset names, boundaries. A mail that makes the parser panic, take too
//! long or lose text is written beside the test's other output and named with its seed.

#[path = "common/mod.rs"]
mod common;

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kontor_mail::{bounce, classify, html, parse, quote, summary};

/// The longest a mail of at most [`LARGEST`] bytes may take; a loaded machine needs far less.
const PATIENCE: Duration = Duration::from_secs(5);
/// Larger mails are cut, so that a second tries many.
const LARGEST: usize = 64 * 1024;

/// Lines that have broken mail programs before.
const LINES: &[&str] = &[
    "Content-Type: multipart/mixed; boundary=\"\"",
    "Content-Type: multipart/mixed; boundary=x; boundary=y",
    "Content-Type: text/plain; charset=\"utf-7\"",
    "Content-Type: text/html; charset=iso-2022-jp",
    "Content-Type: message/rfc822",
    "Content-Type: message/delivery-status",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable, base64",
    "Content-Disposition: attachment; filename*0*=utf-8''%; filename*1=%zz",
    "Subject: =?utf-8?b?////?= =?gb18030?q?=81?= =?x?q?=?=",
    "From: \"a\" <b@c>, (((((((, <>, @@, d",
    "References: <<<>>> <a@b> a@b <",
    "Date: Fri, 99 Foo 99999 99:99:99 +9999",
    "Received: \u{0}\u{1}\u{7f}",
];

/// Names of charsets, to put in the place of others.
const CHARSETS: &[&str] = &[
    "utf-7",
    "utf-16",
    "iso-2022-kr",
    "hz-gb-2312",
    "x-unknown",
    "",
];

/// Ends of lines, right and wrong.
const ENDS: &[&[u8]] = &[b"\n", b"\r", b"\r\n", b"\r\r\n"];

/// A small generator of numbers (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>): a run can
/// be repeated from its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`, 0 for 0.
    fn below(&mut self, limit: usize) -> usize {
        match limit {
            0 => 0,
            limit => usize::try_from(self.roll() % limit as u64).unwrap_or(0),
        }
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A piece of a text, at most `longest` bytes.
    fn range(&mut self, len: usize, longest: usize) -> std::ops::Range<usize> {
        let from = self.below(len);
        from..(from + self.below(longest.min(len - from) + 1))
    }
}

/// Breaks a mail once.
fn mutate(mail: &mut Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) {
    let len = mail.len();
    match dice.below(10) {
        0 if len > 0 => {
            let at = dice.below(len);
            mail[at] ^= 1 << dice.below(8);
        }
        1 if len > 0 => {
            let at = dice.below(len);
            mail[at] = *dice.of(b"\0\r\n\t =?;:\"\\<>()@-\xff\xc3\x1b".as_slice());
        }
        2 => drop(mail.drain(dice.range(len, 2_000))),
        3 => mail.truncate(dice.below(len + 1)),
        4 => {
            let piece = mail[dice.range(len, 1_000)].to_vec();
            let at = dice.below(len + 1);
            for _ in 0..=dice.below(20) {
                mail.splice(at..at, piece.iter().copied());
            }
        }
        5 => {
            let other = dice.of(others);
            let piece = other[dice.range(other.len(), 4_000)].to_vec();
            let at = dice.below(len + 1);
            mail.splice(at..at, piece);
        }
        6 => {
            // A header line where a line begins.
            let starts: Vec<usize> = memchr::memchr_iter(b'\n', mail).map(|at| at + 1).collect();
            let at = if starts.is_empty() {
                0
            } else {
                *dice.of(&starts)
            };
            mail.splice(at..at, format!("{}\r\n", dice.of(LINES)).into_bytes());
        }
        7 => {
            if let Some(at) = memchr::memmem::find(&mail.to_ascii_lowercase(), b"charset=") {
                let name = dice.of(CHARSETS).as_bytes().to_vec();
                let end = (at + 8 + name.len()).min(len);
                mail.splice(at + 8..end, name);
            }
        }
        8 => {
            // Other ends of lines.
            let fresh = ENDS[dice.below(ENDS.len())];
            *mail = mail
                .split(|b| *b == b'\n')
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
                .collect::<Vec<_>>()
                .join(fresh);
        }
        _ => {
            let other = dice.of(others).clone();
            let head = dice.below(len + 1);
            let tail = dice.below(other.len() + 1);
            mail.truncate(head);
            mail.extend_from_slice(&other[tail..]);
        }
    }
    mail.truncate(LARGEST);
}

/// Everything that the program does with a mail; an error says what went wrong.
fn use_fully(raw: &[u8]) -> Result<(), String> {
    if let Ok(mail) = parse(raw) {
        let _ = classify(&mail, &["support@lindenhof.example".into()]);
        let _ = bounce::analyse(&mail);
        let parts = quote::split(&mail.text);
        let kept = parts.body.len() + parts.quoted.len() + parts.signature.len();
        if kept + 2 < mail.text.len() {
            return Err(format!("text lost: {kept} of {} bytes", mail.text.len()));
        }
        let source = mail.html.as_deref().unwrap_or_default();
        let shown = html::sanitise(source, &|_| None).html.to_lowercase();
        for bad in ["<script", "<iframe", "<form", "<svg", "<style"] {
            if shown.contains(bad) {
                return Err(format!("{bad} survived"));
            }
        }
    }
    let _ = summary::report(raw, &[], "lindenhof.example");
    Ok(())
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn no_broken_mail_breaks_us() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut folders: Vec<PathBuf> = [own].into_iter().filter(|f| f.is_dir()).collect();
    folders.extend(common::corpus());
    let mails: Vec<Vec<u8>> = folders
        .iter()
        .flat_map(|folder| common::files(folder))
        .filter_map(|path| fs::read(path).ok())
        .map(|mut raw| {
            raw.truncate(LARGEST);
            raw
        })
        .chain([b"From: a@b.example\r\nSubject: x\r\n\r\nHello\r\n".to_vec()])
        .collect();
    let seconds = number("KONTOR_FUZZ_SECONDS").unwrap_or(5);
    let seed = number("KONTOR_FUZZ_SEED").unwrap_or_else(|| {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(1, |d| d.as_secs())
    });
    let mut dice = Dice(seed);
    let begun = Instant::now();
    let (mut tried, mut slowest) = (0_u64, Duration::ZERO);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let mut mail = dice.of(&mails).clone();
        for _ in 0..=dice.below(6) {
            mutate(&mut mail, &mails, &mut dice);
        }
        let started = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| use_fully(&mail)));
        let took = started.elapsed();
        slowest = slowest.max(took);
        let trouble = match outcome {
            Err(_) => Some("panic".to_owned()),
            Ok(Err(what)) => Some(what),
            Ok(Ok(())) if took > PATIENCE => Some(format!("took {took:?}")),
            Ok(Ok(())) => None,
        };
        if let Some(trouble) = trouble {
            let file =
                Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("broken-{seed}-{tried}.eml"));
            fs::write(&file, &mail).expect("the mail is kept");
            panic!("{trouble}: {} (KONTOR_FUZZ_SEED={seed})", file.display());
        }
        tried += 1;
    }
    println!(
        "mutated: {tried} mails from {} in {seconds} s, seed {seed}, slowest {slowest:?}",
        mails.len()
    );
    assert!(tried > 0);
}
