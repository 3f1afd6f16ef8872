//! mbox files (RFC 4155), of all the kinds that are about: mails one after the other, each behind
//! a line that begins with `From `. Read as a stream; one mail at a time is in memory.

use std::io::{self, BufRead};

use super::when;

/// A line longer than this comes in pieces.
const LINE: usize = 64 * 1024;

/// A mail of an mbox.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// From 1.
    pub number: u64,
    /// Where its separator begins.
    pub offset: u64,
    /// The mail without its separator, unquoted; cut where it is larger than allowed.
    pub raw: Vec<u8>,
    /// Its size, also where it was cut.
    pub size: u64,
    /// What the separator says about its delivery, in unix milliseconds.
    pub delivered_at: Option<i64>,
}

/// Splits a stream into mails.
pub struct Mbox<R> {
    from: R,
    largest: usize,
    offset: u64,
    number: u64,
    /// The separator that was read when the mail before it ended, and where it was.
    separator: Option<(Vec<u8>, u64)>,
    /// The line behind a possible separator, read to look at it.
    ahead: Option<Vec<u8>>,
    begun: bool,
}

impl<R: BufRead> Mbox<R> {
    /// Keeps at most `largest` bytes of a mail.
    pub fn new(from: R, largest: usize) -> Self {
        Self {
            from,
            largest,
            offset: 0,
            number: 0,
            separator: None,
            ahead: None,
            begun: false,
        }
    }

    /// Bytes that were worked on.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next mail; none at the end.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_mail(&mut self) -> io::Result<Option<Found>> {
        let (separator, offset) = match self.separator.take() {
            Some(found) => found,
            None if self.begun => return Ok(None),
            None => match self.begin()? {
                Some(found) => found,
                None => return Ok(None),
            },
        };
        self.number += 1;
        let mut mail = Found {
            number: self.number,
            offset,
            raw: Vec::new(),
            size: 0,
            delivered_at: when::of_separator(&separator),
        };
        // The empty line before a separator belongs to the mbox, not to the mail.
        let mut blank: Vec<u8> = Vec::new();
        let mut is_start = true;
        let mut was_blank = false;
        loop {
            let at = self.offset;
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if is_start && self.is_separator(&line, was_blank)? {
                self.separator = Some((line, at));
                break;
            }
            let is_whole = line.ends_with(b"\n");
            self.keep(&mut mail, &blank);
            blank.clear();
            was_blank = is_start && (line == b"\n" || line == b"\r\n");
            if was_blank {
                blank = line;
            } else {
                let text = if is_start { unquoted(&line) } else { &line };
                self.keep(&mut mail, text);
            }
            is_start = is_whole;
        }
        if self.separator.is_none() && !blank.is_empty() && mail.size > 0 && !has_body(&mail.raw) {
            // At the end of the file: the empty line that ends a header is the mail's own.
            self.keep(&mut mail, &blank);
        }
        Ok(Some(mail))
    }

    /// Goes to the first separator. What stands before it (a byte order mark, empty lines, the
    /// note some programs put in front) is no mail; a file without any separator has none.
    fn begin(&mut self) -> io::Result<Option<(Vec<u8>, u64)>> {
        self.begun = true;
        let mut is_start = true;
        let mut is_first = true;
        loop {
            let at = self.offset;
            let line = self.line()?;
            if line.is_empty() {
                return Ok(None);
            }
            let bare = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line);
            if is_start
                && (is_first && bare.starts_with(b"From ") || self.is_separator(bare, true)?)
            {
                return Ok(Some((bare.to_vec(), at)));
            }
            is_start = line.ends_with(b"\n");
            is_first &= line.iter().all(u8::is_ascii_whitespace);
        }
    }

    fn keep(&self, mail: &mut Found, bytes: &[u8]) {
        mail.size += bytes.len() as u64;
        let room = self.largest.saturating_sub(mail.raw.len());
        mail.raw
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// A line with its end, or as much of a longer one as is read at once; empty at the end.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let line = match self.ahead.take() {
            Some(line) => line,
            None => self.read_line()?,
        };
        self.offset += line.len() as u64;
        Ok(line)
    }

    /// The next line, which stays the next one.
    fn peek(&mut self) -> io::Result<&[u8]> {
        let line = match self.ahead.take() {
            Some(line) => line,
            None => self.read_line()?,
        };
        Ok(self.ahead.insert(line))
    }

    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while line.len() < LINE {
            let piece = self.from.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            let room = piece.len().min(LINE - line.len());
            let room = piece.get(..room).unwrap_or(piece);
            let end = room.iter().position(|b| *b == b'\n');
            let taken = end.map_or(room.len(), |at| at + 1);
            line.extend_from_slice(room.get(..taken).unwrap_or(room));
            self.from.consume(taken);
            if end.is_some() {
                break;
            }
        }
        Ok(line)
    }

    /// Not every line that begins with `From ` begins a mail: programs that count bytes instead
    /// (mboxcl2) leave such lines of a text as they are. One that names a date counts if a header
    /// follows; one without a date must be alone behind an empty line as well.
    fn is_separator(&mut self, line: &[u8], was_blank: bool) -> io::Result<bool> {
        let Some(rest) = line.strip_prefix(b"From ") else {
            return Ok(false);
        };
        let has_date = when::has_date(rest);
        let words = rest
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .count();
        let is_alone = was_blank && words <= 1;
        if !has_date && !is_alone {
            return Ok(false);
        }
        let next = self.peek()?;
        // A mail without any header is one behind an empty line and a date.
        Ok(begins_header(next) || (has_date && was_blank && (next.is_empty() || is_blank(next))))
    }
}

fn is_blank(text: &[u8]) -> bool {
    text.starts_with(b"\n") || text.starts_with(b"\r\n")
}

/// Whether a header field begins here (RFC 5322, section 2.2: printable ASCII and a colon), or the
/// quoted separator of a mail that was in an mbox before.
fn begins_header(text: &[u8]) -> bool {
    if text.starts_with(b">From ") {
        return true;
    }
    let name = text
        .iter()
        .take_while(|b| (33..=126).contains(*b) && **b != b':')
        .count();
    name > 0
        && text
            .get(name..)
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
}

/// mboxrd puts one `>` before each line that begins with any number of `>` and `From `; mboxo does
/// so only where there is none yet. Taking one away is right for the first, and for the second
/// wrong only in lines that quoted such a line themselves.
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|b| **b == b'>').count();
    match line.get(quotes..) {
        Some(rest) if quotes > 0 && rest.starts_with(b"From ") => line.get(1..).unwrap_or(line),
        _ => line,
    }
}

/// Whether the header has ended.
fn has_body(mail: &[u8]) -> bool {
    mail.windows(2).any(|w| w == b"\n\n") || mail.windows(4).any(|w| w == b"\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &[u8]) -> Vec<String> {
        // A tiny buffer, so that lines span several of them.
        let reader = io::BufReader::with_capacity(300, text);
        let mut mbox = Mbox::new(reader, 1 << 20);
        let mut mails = Vec::new();
        while let Some(mail) = mbox.next_mail().unwrap() {
            mails.push(String::from_utf8_lossy(&mail.raw).into_owned());
        }
        assert_eq!(mbox.offset(), text.len() as u64);
        mails
    }

    const SEPARATOR: &str = "From ana@example.com Thu Sep 18 17:54:04 2008\n";

    #[test]
    fn mails_come_apart_and_keep_their_bytes() {
        let one = "Subject: a\n\nHello\n";
        let two = "Subject: b\n\nFar away\n\n\nend\n";
        assert_eq!(
            split(format!("{SEPARATOR}{one}\n{SEPARATOR}{two}\n").as_bytes()),
            [one, two]
        );
        // Without the empty line before a separator, and without the last line's end.
        assert_eq!(
            split(format!("{SEPARATOR}{one}{SEPARATOR}Subject: b\n\nx").as_bytes()),
            [one, "Subject: b\n\nx"]
        );
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(
            split(crlf(&format!("{SEPARATOR}{one}\n{SEPARATOR}{two}\n")).as_bytes()),
            [crlf(one), crlf(two)]
        );
        assert_eq!(split(format!("\u{feff}{SEPARATOR}{one}").as_bytes()), [one]);
    }

    #[test]
    fn quoted_lines_are_unquoted_once() {
        let text =
            format!("{SEPARATOR}Subject: a\n\n>From here\n>>From there\n> From afar\n>Fromage\n");
        assert_eq!(
            split(text.as_bytes()),
            ["Subject: a\n\nFrom here\n>From there\n> From afar\n>Fromage\n"]
        );
    }

    #[test]
    fn a_line_of_text_is_no_separator() {
        for line in [
            "From here on we meet at 17:54:04 in 2008",
            "From what I see",
            "From: nobody",
            "from ana@example.com Thu Sep 18 17:54:04 2008",
        ] {
            let mail = format!("Subject: a\n\nDear all\n\n{line}\nit is so.\n");
            assert_eq!(
                split(format!("{SEPARATOR}{mail}").as_bytes()),
                [mail],
                "{line}"
            );
        }
    }

    #[test]
    fn separators_of_many_programs_count() {
        for line in [
            "From - Thu Sep 18 17:54:04 2008",
            "From MAILER-DAEMON Thu Sep 18 17:54:04 2008",
            "From ???@??? Thu Sep 18 17:54:04 2008",
            "From ana@example.com  Thu Sep  8 17:54 2008",
            "From \"a b\"@example.com Thu Sep 18 17:54:04 2008 +0200",
            "From ana@example.com Thu Sep 18 17:54:04 MET DST 2008 remote from x",
            "From 1234567890@xxx Thu Sep 18 17:54:04 +0000 2008",
            "From ana@example.com",
        ] {
            let text = format!("{SEPARATOR}Subject: a\n\nx\n\n{line}\nSubject: b\n\ny\n");
            assert_eq!(split(text.as_bytes()).len(), 2, "{line}");
        }
    }

    #[test]
    fn what_is_no_mbox_has_no_mail() {
        for text in ["", "\n\n", "Subject: a\n\nx\n", "\u{0}\u{1}", "From"] {
            assert_eq!(split(text.as_bytes()), [""; 0], "{text:?}");
        }
        assert_eq!(split(b"From x\n"), [""]);
    }

    #[test]
    fn a_mail_that_is_too_large_is_cut_and_says_how_large_it_was() {
        let long = "x".repeat(500_000);
        let text = format!("{SEPARATOR}Subject: a\n\n{long}\n\n{SEPARATOR}Subject: b\n\ny\n");
        let mut mbox = Mbox::new(text.as_bytes(), 1_000);
        let first = mbox.next_mail().unwrap().unwrap();
        assert_eq!((first.raw.len(), first.size), (1_000, 500_013));
        assert_eq!(first.delivered_at, Some(1_221_760_444_000));
        let second = mbox.next_mail().unwrap().unwrap();
        assert_eq!(
            (second.number, second.raw.as_slice()),
            (2, b"Subject: b\n\ny\n".as_slice())
        );
        assert_eq!(text.as_bytes()[second.offset as usize..][..5], *b"From ");
    }

    /// Quotes as mboxrd does.
    fn packed(mails: &[Vec<u8>]) -> Vec<u8> {
        let mut packed = Vec::new();
        for mail in mails {
            packed.extend_from_slice(SEPARATOR.as_bytes());
            for line in mail.split_inclusive(|b| *b == b'\n') {
                let quotes = line.iter().take_while(|b| **b == b'>').count();
                if line[quotes..].starts_with(b"From ") {
                    packed.push(b'>');
                }
                packed.extend_from_slice(line);
            }
            packed.push(b'\n');
        }
        packed
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(text in proptest::collection::vec(any::<u8>(), 0..3_000)) {
            split(&text);
        }

        #[test]
        fn what_mboxrd_packs_comes_out_as_it_was(
            bodies in proptest::collection::vec("[>From \nxyz:\r0-9]{0,200}", 1..6)
        ) {
            let mails: Vec<Vec<u8>> = bodies
                .iter()
                .map(|body| format!("Subject: a\n\n{body}\n").into_bytes())
                .collect();
            let packed = packed(&mails);
            let mut mbox = Mbox::new(io::BufReader::with_capacity(64, packed.as_slice()), 1 << 20);
            for mail in &mails {
                let found = mbox.next_mail().unwrap().unwrap();
                prop_assert_eq!(String::from_utf8_lossy(&found.raw), String::from_utf8_lossy(mail));
            }
            prop_assert!(mbox.next_mail().unwrap().is_none());
        }
    }
}
