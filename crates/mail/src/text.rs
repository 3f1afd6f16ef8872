//! Text as people read it: cleaned, unflowed, and out of HTML.

use html2text::render::TextDecorator;

/// Longer HTML than this is turned into text by a simpler, linear way.
const MAX_HTML: usize = 2 * 1024 * 1024;
/// No line of a mail is this wide: lines are not wrapped again.
const WIDTH: usize = 20_000;

/// One line: control characters and runs of white space become one blank.
pub(crate) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Line breaks as `\n`, without control characters other than tab.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            '\u{FEFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Joins soft line breaks of `format=flowed` (RFC 3676, section 4.2).
pub(crate) fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut joining: Option<usize> = None; // quote depth of an open paragraph
    for line in text.split('\n') {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let content = line[depth..].strip_prefix(' ').unwrap_or(&line[depth..]);
        let signature = content == "-- ";
        match joining {
            Some(open) if open == depth && !signature => {}
            Some(_) => {
                out.push('\n');
                start_line(&mut out, depth);
            }
            None => start_line(&mut out, depth),
        }
        let flows = content.ends_with(' ') && !signature;
        let kept = if flows && delsp {
            &content[..content.len() - 1]
        } else {
            content
        };
        out.push_str(kept);
        joining = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    if out.ends_with('\n') && !text.ends_with("\n\n") {
        out.pop();
    }
    out
}

fn start_line(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n('>', depth));
    if depth > 0 {
        out.push(' ');
    }
}

/// HTML as text: block quotes as `> ` lines, lists with marks, tables cell by
/// cell, no addresses of links, no images. Falls back to a plain stripping of
/// tags where the HTML is huge or built to be expensive.
pub(crate) fn from_html(html: &str) -> String {
    let text = if is_tame(html) { rendered(html) } else { None };
    let text = text.unwrap_or_else(|| mail_parser::decoders::html::html_to_text(html));
    tidy(&clean(&text))
}

fn rendered(html: &str) -> Option<String> {
    html2text::config::with_decorator(Plain)
        .raw_mode(true)
        .no_link_wrapping()
        .allow_width_overflow()
        .link_footnotes(false)
        .string_from_read(html.as_bytes(), WIDTH)
        .ok()
}

/// Trims line ends and makes runs of empty lines one.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.replace('\u{A0}', " ");
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(line);
    }
    out
}

/// Whether building a tree from this HTML costs about as much as its length:
/// bounded size, bounded nesting, few formatting elements left open (each is
/// built again in every following block by the HTML standard's rules), and no
/// endless run of character references (joined one by one, each copies).
pub(crate) fn is_tame(html: &str) -> bool {
    const MAX_OPEN: i64 = 256;
    const MAX_REBUILT: i64 = 500_000;
    const MAX_REFERENCES: usize = 20_000;
    if html.len() > MAX_HTML {
        return false;
    }
    let bytes = html.as_bytes();
    if bytes
        .split(|b| *b == b'<')
        .any(|run| memchr::memchr_iter(b'&', run).count() > MAX_REFERENCES)
    {
        return false;
    }
    let (mut open, mut formatting, mut rebuilt) = (0_i64, 0_i64, 0_i64);
    for at in memchr::memchr_iter(b'<', bytes) {
        let rest = &bytes[at + 1..];
        let closing = rest.first() == Some(&b'/');
        let name_at = usize::from(closing);
        let name: Vec<u8> = rest
            .get(name_at..)
            .unwrap_or_default()
            .iter()
            .take(12)
            .take_while(|b| b.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
            .collect();
        if name.is_empty() || is_void(&name) {
            continue;
        }
        let step = if closing { -1 } else { 1 };
        open = (open + step).max(0);
        if is_formatting(&name) {
            formatting = (formatting + step).max(0);
        } else if !closing {
            rebuilt += formatting;
        }
        if open > MAX_OPEN || rebuilt > MAX_REBUILT {
            return false;
        }
    }
    true
}

fn is_void(name: &[u8]) -> bool {
    // Also those that close themselves when left open: they nest only in lists.
    matches!(
        name,
        b"br"
            | b"img"
            | b"hr"
            | b"meta"
            | b"link"
            | b"input"
            | b"col"
            | b"area"
            | b"base"
            | b"wbr"
            | b"source"
            | b"embed"
            | b"param"
            | b"track"
            | b"p"
            | b"li"
            | b"tr"
            | b"td"
            | b"th"
            | b"option"
            | b"dt"
            | b"dd"
            | b"html"
            | b"body"
            | b"head"
    )
}

fn is_formatting(name: &[u8]) -> bool {
    matches!(
        name,
        b"a" | b"b"
            | b"big"
            | b"code"
            | b"em"
            | b"font"
            | b"i"
            | b"nobr"
            | b"s"
            | b"small"
            | b"strike"
            | b"strong"
            | b"tt"
            | b"u"
    )
}

/// Decorates nothing but quotes and lists.
#[derive(Clone, Debug)]
struct Plain;

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, _url: &str) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_link_end(&mut self) -> String {
        String::new()
    }
    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_em_end(&self) -> String {
        String::new()
    }
    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strong_end(&self) -> String {
        String::new()
    }
    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }
    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_code_end(&self) -> String {
        String::new()
    }
    fn decorate_superscript_start(&self) -> (String, ()) {
        (String::new(), ())
    }
    fn decorate_superscript_end(&self) -> String {
        String::new()
    }
    fn decorate_preformat_first(&self) {}
    fn decorate_preformat_cont(&self) {}
    /// Emoji that a mail program sent as pictures are words; other pictures are not.
    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, ()) {
        let emoji = title.chars().count() <= 4 && !title.is_ascii();
        (
            if emoji {
                title.to_owned()
            } else {
                String::new()
            },
            (),
        )
    }
    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }
    fn quote_prefix(&self) -> String {
        "> ".into()
    }
    fn unordered_item_prefix(&self) -> String {
        "* ".into()
    }
    fn ordered_item_prefix(&self, i: i64) -> String {
        format!("{i}. ")
    }
    fn make_subblock_decorator(&self) -> Self {
        Plain
    }
    fn finalise(&mut self, _urls: Vec<String>) -> Vec<html2text::render::TaggedLine<()>> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_readable_text() {
        let html = "<html><head><title>x</title><style>p{color:red}</style></head><body><h1>Hi</h1>\
            <p>Where is <b>my</b> <a href='http://x.example/'>order</a>?</p>\
            <ul><li>one</li><li>two</li></ul><blockquote>old<br>text</blockquote><script>x()</script>\
            <table><tr><td>a</td><td>b</td></tr></table></body></html>";
        assert_eq!(
            from_html(html),
            "Hi\n\nWhere is my order?\n* one\n* two\n\n> old\n> text\n\na\nb"
        );
    }

    #[test]
    fn expensive_html_is_stripped_in_linear_time() {
        let started = std::time::Instant::now();
        for bomb in [
            "<div>".repeat(200_000) + "hello",
            "<blockquote>".repeat(100_000) + "hello",
            (0..20_000)
                .map(|i| format!("<font a={i}>"))
                .collect::<String>()
                + &"<p>hello".repeat(50_000),
            "<table><tr><td>".repeat(30_000) + "hello",
            "hello ".repeat(2_000_000),
        ] {
            assert!(from_html(&bomb).contains("hello"));
        }
        assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
    }

    #[test]
    fn flowed_text_is_joined() {
        let text = "This is one \nparagraph.\n> quoted \n> text\n-- \nEva\n";
        assert_eq!(
            unflow(text, false),
            "This is one paragraph.\n> quoted text\n-- \nEva\n"
        );
        assert_eq!(unflow("日本 \n語\n", true), "日本語\n");
    }

    #[test]
    fn control_characters_go() {
        assert_eq!(clean("a\0b\r\nc\rd\x1b[0m\te"), "ab\nc\nd[0m\te");
        assert_eq!(one_line(" a\r\n\tb\0c "), "a b c");
    }
}
