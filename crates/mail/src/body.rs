//! What a mail says and what came with it: text, HTML, files, reports.

use crate::{
    Attachment, Mail, Report, charset, encoding, filename, header::truncated, html::plain_to_html,
    mime::Part, text, thread::message_ids,
};

/// Text beyond this many bytes is cut (the raw mail keeps it).
const MAX_TEXT: usize = 2 * 1024 * 1024;
/// HTML beyond this many bytes is not shown: it becomes an attachment.
const MAX_HTML: usize = 4 * 1024 * 1024;
/// Bytes of a returned message and of a machine's report that are looked at.
const MAX_REPORT: usize = 256 * 1024;

/// A piece of what the mail says, in order.
enum Piece<'a> {
    Plain(&'a Part),
    Html(&'a Part),
    /// The same thing twice: as text and as HTML.
    Alternative(Vec<Piece<'a>>, Vec<Piece<'a>>),
}

pub(crate) struct Body<'a> {
    raw: &'a [u8],
    parts: &'a [Part],
    blocks: Vec<Piece<'a>>,
    files: Vec<&'a Part>,
    seen_text: bool,
    charset: Option<String>,
}

impl<'a> Body<'a> {
    pub fn collect(raw: &'a [u8], parts: &'a [Part]) -> Self {
        let mut body = Body {
            raw,
            parts,
            blocks: Vec::new(),
            files: Vec::new(),
            seen_text: false,
            charset: None,
        };
        body.blocks = body.walk(0);
        body
    }

    /// Sorts a part and what it holds into text and files. Depth is bounded
    /// by [`mime::MAX_DEPTH`].
    fn walk(&mut self, index: usize) -> Vec<Piece<'a>> {
        let part = &self.parts[index];
        if !part.children.is_empty() {
            return self.walk_children(part);
        }
        let readable = matches!(part.media.mime.as_str(), "text/plain" | "text/html");
        // A name makes it a file, unless it is all there is, or says "inline"
        // and comes first.
        let first = !self.seen_text && part.media.disposition.as_deref() == Some("inline");
        let file = part.media.is_attachment()
            || part.media.name.is_some() && part.parent.is_some() && !first;
        if !readable || file {
            self.files.push(part);
            return Vec::new();
        }
        self.seen_text = true;
        if part.media.mime == "text/html" {
            vec![Piece::Html(part)]
        } else {
            vec![Piece::Plain(part)]
        }
    }

    fn walk_children(&mut self, part: &'a Part) -> Vec<Piece<'a>> {
        match part.media.mime.as_str() {
            "multipart/alternative" => {
                let (mut plain, mut html) = (Vec::new(), Vec::new());
                for child in &part.children {
                    let blocks = self.walk(*child);
                    if blocks.iter().all(|b| matches!(b, Piece::Plain(_))) {
                        plain.extend(blocks);
                    } else {
                        html = blocks; // the last one is the best (RFC 2046, 5.1.4)
                    }
                }
                vec![Piece::Alternative(plain, html)]
            }
            "multipart/related" => {
                // The first part is the text, the others are what it shows.
                let mut blocks = Vec::new();
                for child in &part.children {
                    if blocks.is_empty() {
                        blocks = self.walk(*child);
                    } else {
                        let mut leaves = Vec::new();
                        self.leaves(*child, &mut leaves);
                        self.files.extend(leaves);
                    }
                }
                blocks
            }
            _ => part
                .children
                .iter()
                .flat_map(|child| self.walk(*child))
                .collect(),
        }
    }

    fn leaves(&self, index: usize, out: &mut Vec<&'a Part>) {
        let part = &self.parts[index];
        if part.children.is_empty() {
            out.push(part);
        }
        for child in &part.children {
            self.leaves(*child, out);
        }
    }

    pub fn fill(mut self, mail: &mut Mail) {
        let blocks = std::mem::take(&mut self.blocks);
        let has_html = blocks.iter().any(Piece::has_html);
        if has_html {
            mail.html = Some(self.html(&blocks)).filter(|h| h.len() <= MAX_HTML);
        }
        let mut texts = Vec::new();
        self.text(&blocks, &mut texts, &mut mail.text_from_html);
        let text = texts.join("\n\n");
        let cut = text.floor_char_boundary(MAX_TEXT.min(text.len()));
        mail.text = text[..cut].to_owned();
        mail.truncated = cut < text.len() || has_html && mail.html.is_none();
        mail.charset = self.charset.clone();
        if has_html && mail.html.is_none() {
            self.files.extend(blocks.iter().flat_map(Piece::html_parts));
        }
        mail.report = self.report();
        let html = mail.html.as_deref().unwrap_or_default();
        mail.attachments = self
            .files
            .iter()
            .enumerate()
            .map(|(i, p)| self.attachment(p, i + 1, html))
            .collect();
    }

    fn decoded(&mut self, part: &Part) -> String {
        let bytes = self.bytes(part);
        let meta = if part.media.mime == "text/html" {
            meta_charset(&bytes)
        } else {
            None
        };
        let label = part.media.charset.as_deref().or(meta.as_deref());
        let decoded = charset::decode(&bytes, label);
        self.charset.get_or_insert(decoded.charset);
        decoded.text
    }

    fn bytes(&self, part: &Part) -> std::borrow::Cow<'a, [u8]> {
        let cte = part.headers.text(self.raw, "content-transfer-encoding");
        encoding::decode(&self.raw[part.body.clone()], cte.as_deref())
    }

    fn text(&mut self, blocks: &[Piece<'_>], out: &mut Vec<String>, from_html: &mut bool) {
        for block in blocks {
            match block {
                Piece::Plain(part) => {
                    let text = text::clean(&self.decoded(part));
                    let text = if part.media.flowed {
                        text::unflow(&text, part.media.delsp)
                    } else {
                        text
                    };
                    if !text.trim().is_empty() {
                        out.push(text);
                    }
                }
                Piece::Html(part) => {
                    *from_html = true;
                    let text = text::from_html(&self.decoded(part));
                    if !text.trim().is_empty() {
                        out.push(text);
                    }
                }
                Piece::Alternative(plain, html) => {
                    let before = out.len();
                    self.text(plain, out, from_html);
                    if out.len() == before {
                        self.text(html, out, from_html);
                    }
                }
            }
        }
    }

    fn html(&mut self, blocks: &[Piece<'_>]) -> String {
        let mut out = String::new();
        for block in blocks {
            match block {
                Piece::Plain(part) => {
                    let text = text::clean(&self.decoded(part));
                    out.push_str(&plain_to_html(&text));
                }
                Piece::Html(part) => out.push_str(&self.decoded(part).replace('\0', "")),
                Piece::Alternative(plain, html) => {
                    let best = if html.is_empty() { plain } else { html };
                    out.push_str(&self.html(best));
                }
            }
        }
        out
    }

    fn attachment(&self, part: &Part, number: usize, html: &str) -> Attachment {
        let content_id = part
            .headers
            .value(self.raw, "content-id")
            .and_then(|v| message_ids(&v).into_iter().next());
        let shown = content_id.as_deref().is_some_and(|cid| shows(html, cid));
        let picture = part.media.mime.starts_with("image/");
        let says_inline = part.media.disposition.as_deref() == Some("inline");
        Attachment {
            filename: part
                .media
                .name
                .as_deref()
                .and_then(filename::sanitise)
                .unwrap_or_else(|| filename::fallback(&part.media.mime, number)),
            content_type: truncated(&text::one_line(&part.media.mime), 100).to_owned(),
            inline: shown || says_inline && picture,
            content_id,
            bytes: self.bytes(part).into_owned(),
        }
    }

    fn report(&self) -> Report {
        let mut report = Report::default();
        for part in self.parts {
            if part.media.mime == "multipart/report" && report.report_type.is_none() {
                report.report_type.clone_from(&part.media.report_type);
            }
            let slot = match part.media.mime.as_str() {
                "message/delivery-status" | "message/global-delivery-status" => {
                    &mut report.delivery_status
                }
                "message/feedback-report" => &mut report.feedback,
                "message/disposition-notification" | "message/global-disposition-notification" => {
                    &mut report.disposition
                }
                "message/rfc822"
                | "message/global"
                | "text/rfc822-headers"
                | "message/global-headers"
                | "text/rfc822"
                | "message/partial" => &mut report.returned,
                _ => continue,
            };
            if slot.is_none() {
                let bytes = self.bytes(part);
                let short = &bytes[..bytes.len().min(MAX_REPORT)];
                *slot = Some(text::clean(&charset::decode(short, None).text));
            }
        }
        report
    }
}

impl<'a> Piece<'a> {
    fn has_html(&self) -> bool {
        match self {
            Piece::Plain(_) => false,
            Piece::Html(_) => true,
            Piece::Alternative(_, html) => !html.is_empty(),
        }
    }

    fn html_parts(&self) -> Vec<&'a Part> {
        match self {
            Piece::Plain(_) => Vec::new(),
            Piece::Html(part) => vec![part],
            Piece::Alternative(_, html) => html.iter().flat_map(Piece::html_parts).collect(),
        }
    }
}

/// Whether the HTML refers to the part by `cid:` (RFC 2392, maybe escaped).
fn shows(html: &str, cid: &str) -> bool {
    let escaped = cid.replace('@', "%40");
    !cid.is_empty()
        && (html.contains(&format!("cid:{cid}")) || html.contains(&format!("cid:{escaped}")))
}

/// Charset named in the first KiB of an HTML document.
fn meta_charset(html: &[u8]) -> Option<String> {
    let head = html[..html.len().min(1024)].to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset=")? + 8;
    let name = head[at..]
        .iter()
        .skip_while(|b| matches!(b, b'"' | b'\'' | b' '));
    let name: Vec<u8> = name
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .copied()
        .collect();
    String::from_utf8(name).ok().filter(|n| !n.is_empty())
}
