//! The tree of MIME parts (RFC 2045, 2046) as ranges of the raw bytes.
//!
//! One pass over the lines: time is linear in the bytes, nothing is copied,
//! and nesting is counted instead of recursed into. Attached messages
//! (`message/rfc822`) are leaves here: what they say is not the mail's own word.

use std::ops::Range;

use mail_parser::{HeaderValue, parsers::MessageStream};

use crate::{
    header::{Block, line_end, truncated},
    parse::ParseError,
};

/// Deeper nesting than this is no mail that a person wrote.
pub(crate) const MAX_DEPTH: usize = 50;
/// More parts than this are no mail that a person wrote.
pub(crate) const MAX_PARTS: usize = 5_000;
/// Characters of a Content-Type or Content-Disposition that are looked at.
const MAX_PARAMETERS: usize = 16 * 1024;

/// One part: the root has index 0; children follow their parent.
#[derive(Debug)]
pub(crate) struct Part {
    pub parent: Option<usize>,
    pub depth: usize,
    pub headers: Block,
    pub body: Range<usize>,
    pub media: Media,
    pub children: Vec<usize>,
}

/// Content-Type and Content-Disposition of a part.
#[derive(Debug, Default, Clone)]
pub(crate) struct Media {
    /// `type/subtype` in lower case; `text/plain` where there is none.
    pub mime: String,
    pub charset: Option<String>,
    pub boundary: Option<String>,
    pub report_type: Option<String>,
    pub flowed: bool,
    pub delsp: bool,
    pub name: Option<String>,
    /// `attachment`, `inline` or whatever the sender wrote, in lower case.
    pub disposition: Option<String>,
}

impl Media {
    pub fn is_multipart(&self) -> bool {
        self.mime.starts_with("multipart/")
    }

    pub fn is_attachment(&self) -> bool {
        self.disposition.as_deref() == Some("attachment")
    }

    fn of(raw: &[u8], headers: &Block, parent: Option<&Media>) -> Media {
        let mut media = Media {
            mime: default_type(parent).into(),
            ..Media::default()
        };
        if let Some(ct) = parameters(headers.value(raw, "content-type")) {
            let sub = ct.subtype().map(|s| format!("/{s}")).unwrap_or_default();
            let mime = format!("{}{sub}", ct.ctype()).to_ascii_lowercase();
            // RFC 2045, section 5.2: what cannot be read is text/plain.
            if mime.contains('/') || mime == "text" {
                media.mime = if mime == "text" {
                    "text/plain".into()
                } else {
                    mime
                };
            }
            let get = |name: &str| ct.attribute(name).map(str::to_owned);
            media.charset = get("charset");
            media.boundary = get("boundary").filter(|b| !b.is_empty());
            media.report_type = get("report-type").map(|r| r.to_ascii_lowercase());
            media.flowed = get("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
            media.delsp = get("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
            media.name = get("name");
        }
        if let Some(cd) = parameters(headers.value(raw, "content-disposition")) {
            media.disposition = Some(cd.ctype().to_ascii_lowercase());
            if let Some(name) = cd.attribute("filename") {
                media.name = Some(name.to_owned());
            }
        }
        media
    }
}

/// RFC 2046, section 5.1.5: parts of a digest are messages.
fn default_type(parent: Option<&Media>) -> &'static str {
    match parent {
        Some(p) if p.mime == "multipart/digest" => "message/rfc822",
        _ => "text/plain",
    }
}

fn parameters(value: Option<String>) -> Option<mail_parser::ContentType<'static>> {
    let value = value?;
    let mut short = truncated(&value, MAX_PARAMETERS).to_owned();
    if !short.ends_with('\n') {
        short.push('\n');
    }
    match MessageStream::new(short.as_bytes())
        .parse_content_type()
        .into_owned()
    {
        HeaderValue::ContentType(ct) => Some(ct),
        _ => None,
    }
}

/// A multipart whose boundary is being looked for.
struct Open {
    part: usize,
    boundary: Vec<u8>,
}

struct Splitter<'a> {
    raw: &'a [u8],
    parts: Vec<Part>,
    open: Vec<Open>,
    /// The leaf that is being read.
    leaf: Option<usize>,
}

/// Splits the message that starts at `start` into its parts.
pub(crate) fn split(raw: &[u8], start: usize) -> Result<Vec<Part>, ParseError> {
    let mut splitter = Splitter {
        raw,
        parts: Vec::new(),
        open: Vec::new(),
        leaf: None,
    };
    let mut pos = splitter.begin(start, None)?;
    while pos < raw.len() {
        let end = line_end(raw, pos);
        let next = if raw[pos..end].starts_with(b"--") {
            splitter.delimiter(pos, end)?
        } else {
            None
        };
        if splitter.open.is_empty() {
            break; // nothing is looked for any more: the rest is one leaf
        }
        pos = next.unwrap_or(end);
    }
    splitter.finish()
}

impl Splitter<'_> {
    /// Starts a part at `pos` and returns where its body begins.
    fn begin(&mut self, pos: usize, parent: Option<usize>) -> Result<usize, ParseError> {
        if self.parts.len() >= MAX_PARTS {
            return Err(ParseError::TooManyParts);
        }
        let headers = Block::scan(self.raw, pos);
        let media = Media::of(self.raw, &headers, parent.map(|p| &self.parts[p].media));
        let index = self.parts.len();
        let depth = parent.map_or(0, |p| self.parts[p].depth + 1);
        let start = headers.body;
        let boundary = media.boundary.clone().filter(|_| media.is_multipart());
        self.parts.push(Part {
            parent,
            depth,
            headers,
            body: start..self.raw.len(),
            media,
            children: Vec::new(),
        });
        if let Some(parent) = parent {
            self.parts[parent].children.push(index);
        }
        match boundary {
            Some(boundary) => {
                if depth >= MAX_DEPTH {
                    return Err(ParseError::TooDeep);
                }
                self.open.push(Open {
                    part: index,
                    boundary: boundary.into_bytes(),
                });
                self.leaf = None;
            }
            None => self.leaf = Some(index),
        }
        Ok(start)
    }

    /// Handles a line that starts with two hyphens; returns where to go on.
    fn delimiter(&mut self, pos: usize, end: usize) -> Result<Option<usize>, ParseError> {
        let line = self.raw[pos + 2..end].trim_ascii_end();
        let hit = self
            .open
            .iter()
            .enumerate()
            .rev()
            .find_map(|(level, open)| {
                let rest = line.strip_prefix(open.boundary.as_slice())?;
                match rest {
                    b"" => Some((level, false)),
                    b"--" => Some((level, true)),
                    _ => None,
                }
            });
        let Some((level, last)) = hit else {
            return Ok(None);
        };
        self.close_leaf(pos);
        // Multiparts inside whose own boundary never came end here too.
        for inner in self.open.drain(level + 1..) {
            end_body(self.raw, &mut self.parts[inner.part], pos);
        }
        if last {
            self.open.pop();
            return Ok(None);
        }
        let parent = self.open[level].part;
        self.begin(end, Some(parent)).map(Some)
    }

    fn close_leaf(&mut self, pos: usize) {
        if let Some(leaf) = self.leaf.take() {
            end_body(self.raw, &mut self.parts[leaf], pos);
        }
    }

    /// A multipart in which no part was found is shown as the text it is.
    fn finish(mut self) -> Result<Vec<Part>, ParseError> {
        for part in &mut self.parts {
            if part.media.is_multipart() && part.children.is_empty() {
                let html = part_looks_like_html(&self.raw[part.body.clone()]);
                part.media.mime = if html { "text/html" } else { "text/plain" }.into();
            }
        }
        Ok(self.parts)
    }
}

/// The line break before a delimiter belongs to it (RFC 2046, section 5.1.1).
fn end_body(raw: &[u8], part: &mut Part, pos: usize) {
    let body = &mut part.body;
    let mut end = pos.max(body.start);
    if end > body.start && raw[end - 1] == b'\n' {
        end -= 1;
        if end > body.start && raw[end - 1] == b'\r' {
            end -= 1;
        }
    }
    body.end = end;
}

fn part_looks_like_html(body: &[u8]) -> bool {
    let head = body[..body.len().min(512)]
        .trim_ascii_start()
        .to_ascii_lowercase();
    head.starts_with(b"<html") || head.starts_with(b"<!doctype html")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(raw: &str) -> Vec<(String, usize, String)> {
        let parts = split(raw.as_bytes(), 0).unwrap();
        let body = |p: &Part| {
            if p.children.is_empty() {
                raw[p.body.clone()].to_owned()
            } else {
                String::new()
            }
        };
        parts
            .iter()
            .map(|p| (p.media.mime.clone(), p.depth, body(p)))
            .collect()
    }

    #[test]
    fn nested_parts_are_found_and_closed() {
        let raw = "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n\
            Content-Type: multipart/alternative; boundary=\"a b\"\n\n--a b\n\none\n--a b\n\
            Content-Type: text/html\n\n<p>two\n--a b--\n\n--a\nContent-Type: image/png\n\nPNG\n--a--\nepilogue\n";
        assert_eq!(
            tree(raw),
            [
                ("multipart/mixed".into(), 0, String::new()),
                ("multipart/alternative".into(), 1, String::new()),
                ("text/plain".into(), 2, "one".into()),
                ("text/html".into(), 2, "<p>two".into()),
                ("image/png".into(), 1, "PNG".into()),
            ]
        );
    }

    #[test]
    fn a_missing_end_or_boundary_loses_nothing() {
        let open = tree("Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--ab\nstill one");
        assert_eq!(open[1].2, "one\n--ab\nstill one");
        let never = tree("Content-Type: multipart/mixed; boundary=zz\n\nhello\n--a\nworld\n");
        assert_eq!(
            never,
            [("text/plain".into(), 0, "hello\n--a\nworld\n".into())]
        );
        let none = tree("Content-Type: multipart/mixed\n\nhello\n");
        assert_eq!(none, [("text/plain".into(), 0, "hello\n".into())]);
    }

    #[test]
    fn an_outer_boundary_closes_an_unfinished_inner_part() {
        let raw = "Content-Type: multipart/mixed; boundary=out\n\n--out\n\
            Content-Type: multipart/alternative; boundary=in\n\n--in\n\none\n--out\n\ntwo\n--out--\n";
        let bodies: Vec<_> = tree(raw)
            .into_iter()
            .map(|(_, depth, body)| (depth, body))
            .collect();
        assert_eq!(bodies[2..], [(2, "one".into()), (1, "two".into())]);
    }

    #[test]
    fn nesting_and_number_of_parts_are_capped() {
        let mut deep = String::new();
        for i in 0..60 {
            deep.push_str(&format!(
                "Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"
            ));
        }
        assert!(matches!(
            split(deep.as_bytes(), 0),
            Err(ParseError::TooDeep)
        ));
        let many = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n{}",
            "--b\n\nx\n".repeat(6000)
        );
        assert!(matches!(
            split(many.as_bytes(), 0),
            Err(ParseError::TooManyParts)
        ));
    }
}
