//! What the receiving server found out about a mail's sender: `Authentication-Results` (RFC 8601).
//!
//! Anybody can write such a field. It counts only if it bears the name of a server that the
//! merchant trusts (its `authserv-id`), and of those only the topmost: a server adds its own above
//! what it got (RFC 8601, section 5), so a forged one stands below.

use serde::{Deserialize, Serialize};

use crate::Headers;

const FIELD: &str = "authentication-results";
/// Results of one field that are kept; real servers write fewer than ten.
const MAX_METHODS: usize = 30;
/// Characters kept of a value; what is longer proves nothing.
const MAX_VALUE: usize = 255;
/// The name to trust where a server writes its results without one, as Exchange Online does. It
/// takes such fields out of mail that comes from outside.
pub const WITHOUT_NAME: &str = "-";

/// The results of a trusted server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Results {
    /// The server's `authserv-id`; empty where it writes none.
    pub server: String,
    /// In the order written.
    pub methods: Vec<Method>,
}

/// One method's result (RFC 8601, section 2.2, `resinfo`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Method {
    /// `spf`, `dkim`, `dmarc`, …, lower case.
    pub method: String,
    /// `pass`, `fail`, `softfail`, `none`, …, lower case.
    pub result: String,
    /// The domain it is about: `header.d` (DKIM), of `smtp.mailfrom` (SPF), `header.from`
    /// (DMARC); lower case, empty where the server does not say.
    pub domain: String,
}

/// Whether the results say that the From address is genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The From domain stands behind it.
    Pass,
    /// The From domain says it is not from there.
    Fail,
    /// Another domain stands behind it; the From domain says nothing.
    Other,
    /// Nobody says anything.
    Unknown,
}

impl Verdict {
    /// The name in rows and Fluent keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Other => "other",
            Verdict::Unknown => "unknown",
        }
    }
}

impl Results {
    /// What they say about a From domain.
    ///
    /// DMARC's own result decides (RFC 7489); where the server knows no DMARC or the domain has
    /// no policy, its identifier alignment does, in relaxed mode (section 3.1): a passed DKIM
    /// signature or SPF of the same domain or of one above or below it.
    #[must_use]
    pub fn verdict(&self, from_domain: &str) -> Verdict {
        let from = from_domain.trim_end_matches('.').to_lowercase();
        let of = |name: &'static str| self.methods.iter().filter(move |m| m.method == name);
        if let Some(dmarc) = of("dmarc").next() {
            // A result about another From than the one we show is no result about this one.
            let same = dmarc.domain.is_empty() || is_aligned(&dmarc.domain, &from);
            match dmarc.result.as_str() {
                "pass" if same => return Verdict::Pass,
                "pass" | "fail" => return Verdict::Fail,
                _ => {}
            }
        }
        let passed = || of("dkim").chain(of("spf")).filter(|m| m.result == "pass");
        if passed().any(|m| is_aligned(&m.domain, &from)) {
            return Verdict::Pass;
        }
        let failed = |m: &Method| m.result == "fail" && is_aligned(&m.domain, &from);
        if of("dkim").chain(of("spf")).any(failed) {
            Verdict::Fail
        } else if passed().next().is_some() {
            Verdict::Other
        } else {
            Verdict::Unknown
        }
    }
}

/// The results of the topmost field that a trusted server wrote. `trusted` holds `authserv-id`s,
/// `*.example.com` for servers below a domain, or [`WITHOUT_NAME`].
///
/// Some servers write a field for each method: fields of trusted servers right below it are taken
/// too, as long as each holds one method only. What follows after any other field is not.
#[must_use]
pub fn read(headers: &Headers, trusted: &[String]) -> Option<Results> {
    let mut fields = headers
        .iter()
        .skip_while(|(name, value)| of_trusted(name, value, trusted).is_none());
    let (name, value) = fields.next()?;
    let mut results = of_trusted(name, value, trusted)?;
    if !is_of_one_method(&results.methods) {
        return Some(results);
    }
    for (name, value) in fields {
        let Some(more) =
            of_trusted(name, value, trusted).filter(|more| is_of_one_method(&more.methods))
        else {
            break;
        };
        // The first word about a method stands.
        let known = results.methods.clone();
        let is_new = |m: &Method| !known.iter().any(|k| k.method == m.method);
        results
            .methods
            .extend(more.methods.into_iter().filter(is_new));
    }
    Some(results)
}

/// All `authserv-id`s that a mail names, topmost first: to offer them for a mailbox's settings.
#[must_use]
pub fn servers(headers: &Headers) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for value in headers.all(FIELD).take(20) {
        if let Some(results) = parse(value)
            && !names.contains(&results.server)
        {
            names.push(results.server);
        }
    }
    names
}

fn of_trusted(name: &str, value: &str, trusted: &[String]) -> Option<Results> {
    if !name.eq_ignore_ascii_case(FIELD) {
        return None;
    }
    parse(value).filter(|results| trusted.iter().any(|id| is_server(&results.server, id)))
}

fn is_server(server: &str, trusted: &str) -> bool {
    let trusted = trusted.trim().to_lowercase();
    match trusted.strip_prefix('*') {
        _ if trusted == WITHOUT_NAME => server.is_empty(),
        Some(below) => {
            below.len() > 3 && below.starts_with('.') && server.ends_with(&below) && server != below
        }
        None => !server.is_empty() && server == trusted,
    }
}

/// Whether two domains are the same or one lies below the other. Neither may be a single label.
pub(crate) fn is_aligned(one: &str, other: &str) -> bool {
    let below = |child: &str, parent: &str| {
        parent.contains('.')
            && child
                .strip_suffix(parent)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !one.is_empty() && !other.is_empty() && (below(one, other) || below(other, one))
}

/// Reads one field's value; `None` where it is none.
fn parse(value: &str) -> Option<Results> {
    let mut parts = split(value).into_iter();
    let head = parts.next()?;
    let mut results = Results::default();
    if head.contains('=') {
        results.methods.extend(method(&head));
    } else {
        results.server = head
            .split_whitespace()
            .next()?
            .trim_matches('"')
            .to_lowercase();
    }
    results
        .methods
        .extend(parts.filter_map(|part| method(&part)).take(MAX_METHODS));
    Some(results)
}

fn method(part: &str) -> Option<Method> {
    let mut words = part.split_whitespace();
    let (name, result) = words.next()?.split_once('=')?;
    // "dkim/1=pass": the method's version says nothing to us.
    let name = name.split('/').next().unwrap_or(name).to_lowercase();
    let properties: Vec<(String, &str)> = words
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
    let wanted: &[&str] = match name.as_str() {
        "dkim" => &["header.d", "header.i"],
        "spf" => &["smtp.mailfrom", "smtp.helo"],
        "dmarc" => &["header.from"],
        _ => &[],
    };
    let domain = wanted.iter().find_map(|wanted| {
        let (_, value) = properties.iter().find(|(name, _)| name == wanted)?;
        let value = value.trim_matches(['"', '<', '>']);
        let domain = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
        Some(domain.trim_end_matches('.').to_lowercase())
    });
    let short = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_control())
            .take(MAX_VALUE)
            .collect()
    };
    let is_word = |text: &str| {
        !text.is_empty()
            && text.len() <= 40
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let result = result.to_lowercase();
    (is_word(&name) && is_word(&result)).then(|| Method {
        method: name,
        result,
        domain: short(&domain.unwrap_or_default()),
    })
}

/// Parts between semicolons, without comments (RFC 5322, section 3.2.2) and without blanks around
/// `=`. Quoted strings are whole: a semicolon or bracket in one is a letter.
fn split(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in value.chars() {
        let part = match parts.last_mut() {
            Some(part) => part,
            None => return Vec::new(),
        };
        match c {
            _ if escaped => {
                escaped = false;
                if depth == 0 {
                    push(part, c);
                }
            }
            '\\' if quoted || depth > 0 => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                push(part, ' ');
            }
            _ if depth > 0 => {}
            ';' if !quoted => {
                if parts.len() > MAX_METHODS {
                    return parts;
                }
                parts.push(String::new());
            }
            // A blank in a quoted string would cut the word.
            c if quoted && c.is_whitespace() => part.push('_'),
            c => push(part, c),
        }
    }
    parts
}

fn push(part: &mut String, c: char) {
    if c.is_whitespace() {
        if !part.ends_with([' ', '=']) {
            part.push(' ');
        }
    } else {
        if c == '=' && part.ends_with(' ') {
            part.pop();
        }
        part.push(c);
    }
}

fn is_of_one_method(methods: &[Method]) -> bool {
    methods
        .windows(2)
        .all(|pair| pair[0].method == pair[1].method)
}
