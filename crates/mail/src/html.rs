//! HTML of strangers, fit to be shown; and plain text as HTML.
//!
//! What comes out is shown in a sandboxed document of its own under
//! `default-src 'none'`. It must be harmless without that wall too: no script,
//! no handler, no form, no SVG or MathML, no style that loads or overlays,
//! nothing that is fetched from elsewhere before a person asks for it.

mod plain;
mod style;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use ammonia::{Builder, UrlRelative};

use crate::text;

pub use plain::{escape, plain_to_html};

/// Largest `data:` picture that is kept, in characters of its address.
const MAX_DATA_URI: usize = 700 * 1024;

/// Sanitised HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sanitised {
    /// A fragment for the body of the sandboxed document.
    pub html: String,
    /// Pictures from elsewhere that were held back; their address stands in
    /// `data-remote-src` instead of `src`.
    pub remote_images: usize,
}

/// Makes HTML from outside harmless.
///
/// `cid` maps the Content-ID of an inline picture to the (signed) address
/// where it is served; `None` leaves the picture out.
#[must_use]
pub fn sanitise(html: &str, cid: &dyn Fn(&str) -> Option<String>) -> Sanitised {
    if !text::is_tame(html) {
        // Built to exhaust, or absurdly large: its words are shown plainly.
        let html = plain_to_html(&text::from_html(html));
        return Sanitised {
            html,
            remote_images: 0,
        };
    }
    let clean = builder().clean(html).to_string();
    rewrite_images(&clean, cid)
}

fn builder() -> Builder<'static> {
    let tags: HashSet<&str> = [
        "a",
        "abbr",
        "address",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "main",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
    .into();
    let gone: HashSet<&str> = [
        "script",
        "style",
        "title",
        "head",
        "template",
        "noscript",
        "noembed",
        "noframes",
        "iframe",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "audio",
        "video",
        "canvas",
        "select",
        "textarea",
        "button",
        "xmp",
        "plaintext",
        "portal",
        "dialog",
        "marquee",
    ]
    .into();
    let table = [
        "width",
        "height",
        "bgcolor",
        "border",
        "cellpadding",
        "cellspacing",
        "rules",
    ];
    let cell = [
        "width", "height", "bgcolor", "valign", "colspan", "rowspan", "nowrap",
    ];
    let attributes: HashMap<&str, HashSet<&str>> = [
        ("a", HashSet::from(["href"])),
        (
            "img",
            HashSet::from(["src", "alt", "width", "height", "border"]),
        ),
        ("font", HashSet::from(["color", "face", "size"])),
        ("table", HashSet::from(table)),
        ("td", HashSet::from(cell)),
        ("th", HashSet::from(cell)),
        ("tr", HashSet::from(["bgcolor", "valign", "height"])),
        ("col", HashSet::from(["width", "span"])),
        ("colgroup", HashSet::from(["width", "span"])),
        ("ol", HashSet::from(["start", "type"])),
        ("ul", HashSet::from(["type"])),
        ("hr", HashSet::from(["size", "width", "color", "noshade"])),
    ]
    .into();
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .clean_content_tags(gone)
        .tag_attributes(attributes)
        .generic_attributes(["align", "dir", "lang", "title", "style"].into())
        .url_schemes(["http", "https", "mailto", "tel", "cid", "data"].into())
        // `filter` decides about links and pictures; nothing else has addresses.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true)
        .attribute_filter(filter);
    builder
}

/// Decides over one attribute's value; `None` drops the attribute.
fn filter<'u>(element: &str, attribute: &str, value: &'u str) -> Option<Cow<'u, str>> {
    match (element, attribute) {
        ("a", "href") => link(value).then_some(Cow::Borrowed(value)),
        ("img", "src") => picture(value).map(Cow::Owned),
        (_, "style") => style::filter(value).map(Cow::Owned),
        (_, "title" | "alt") | ("a", "target" | "rel") => Some(Cow::Borrowed(value)),
        // Sizes, colours, alignments: nothing that could address anything.
        _ => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "#%.,- '".contains(c);
            (value.len() <= 100 && value.chars().all(plain)).then_some(Cow::Borrowed(value))
        }
    }
}

/// Links that a person may follow. Browsers skip white space and control
/// characters inside a scheme, so they are not allowed there at all.
fn link(value: &str) -> bool {
    let value = value.trim_ascii();
    let lower = truncated_lower(value, 12);
    ["http://", "https://", "mailto:", "tel:"]
        .iter()
        .any(|s| lower.starts_with(s))
        && !value.chars().any(char::is_control)
}

/// The address of a picture in a form that [`rewrite_images`] knows.
fn picture(value: &str) -> Option<String> {
    let value = value.trim_ascii();
    let lower = truncated_lower(value, 32);
    if value.chars().any(char::is_control) && !lower.starts_with("data:") {
        return None;
    }
    if lower.starts_with("cid:") || lower.starts_with("http://") || lower.starts_with("https://") {
        return Some(value.to_owned());
    }
    if lower.starts_with("//") {
        return Some(format!("https:{value}"));
    }
    let kinds = ["png", "jpeg", "jpg", "gif", "webp"];
    let head = kinds
        .iter()
        .map(|k| format!("data:image/{k};base64,"))
        .find(|h| lower.starts_with(h))?;
    let data: String = value[head.len()..]
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .collect();
    let sound = data
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
    (sound && data.len() <= MAX_DATA_URI).then(|| head + &data)
}

fn truncated_lower(value: &str, chars: usize) -> String {
    value
        .chars()
        .take(chars)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Walks the sanitiser's own output (well-formed, quoted attributes) and
/// gives every picture its final address.
fn rewrite_images(clean: &str, cid: &dyn Fn(&str) -> Option<String>) -> Sanitised {
    let mut out = Sanitised {
        html: String::with_capacity(clean.len()),
        remote_images: 0,
    };
    let mut rest = clean;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.html.push_str(before);
        let end = tag_end(tag);
        let (tag, after) = tag.split_at(end);
        if tag.starts_with("<img ") {
            image(tag, cid, &mut out);
        } else {
            out.html.push_str(tag);
        }
        rest = after;
    }
    out.html.push_str(rest);
    out
}

/// Length of the tag that starts here, up to its `>` outside quotes.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

fn image(tag: &str, cid: &dyn Fn(&str) -> Option<String>, out: &mut Sanitised) {
    let attributes = attributes(tag);
    let get = |name: &str| attributes.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let src = get("src").unwrap_or_default();
    let remote = src.starts_with("http");
    let tiny =
        |name: &str| get(name).is_some_and(|v| matches!(v.trim(), "0" | "1" | "1px" | "0px"));
    if remote && tiny("width") && tiny("height") {
        return; // a pixel that only reports that the mail was read
    }
    out.html.push_str("<img");
    for (name, value) in &attributes {
        if *name != "src" {
            out.html.push_str(&format!(" {name}=\"{value}\""));
        }
    }
    let lower = truncated_lower(src, 4);
    if lower == "cid:" {
        if let Some(address) = cid(&percent_decoded(&unescape(&src[4..]))) {
            out.html.push_str(&format!(" src=\"{}\"", escape(&address)));
        }
    } else if lower == "data" {
        out.html.push_str(&format!(" src=\"{src}\""));
    } else if lower == "http" {
        out.html.push_str(&format!(" data-remote-src=\"{src}\""));
        out.remote_images += 1;
    }
    out.html.push('>');
}

/// Attributes of a tag as `(name, escaped value)`.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut rest = tag;
    while let Some((left, right)) = rest.split_once("=\"") {
        let Some((value, after)) = right.split_once('"') else {
            break;
        };
        let name = left.rsplit([' ', '\n', '\t']).next().unwrap_or_default();
        out.push((name, value));
        rest = after;
    }
    out
}

fn unescape(value: &str) -> String {
    value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\u{A0}")
        .replace("&amp;", "&")
}

fn percent_decoded(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let pair = value
            .get(i + 1..i + 3)
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match pair {
            Some(byte) if bytes[i] == b'%' => {
                out.push(byte);
                i += 3;
            }
            _ => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
