//! New text, quoted text and signature of a mail, told apart line by line.
//!
//! Nothing is lost: every line goes to exactly one of the three parts, in
//! order. In doubt a line stays in the body: showing too much is better than
//! hiding what a customer wrote. Forwarded mails are content, not quotes.

mod attribution;
mod signature;

/// The three parts; each keeps its lines in order, joined by `\n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// What the sender wrote now. A reply written between quoted lines keeps
    /// the lines it answers.
    pub body: String,
    /// Earlier mails, with the lines that introduce them.
    pub quoted: String,
    /// Everything from `-- ` or "Sent from my phone" on.
    pub signature: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Body,
    Quoted,
    Signature,
}

/// Splits plain text with `\n` line breaks.
#[must_use]
pub fn split(text: &str) -> Parts {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut labels = vec![Label::Body; lines.len()];
    mark_quotes(&lines, &mut labels);
    mark_signatures(&lines, &mut labels);
    keep_inline_quotes(&lines, &mut labels);
    trim_blank_edges(&lines, &mut labels);
    let part = |label: Label| {
        let of: Vec<&str> = lines
            .iter()
            .zip(&labels)
            .filter(|(_, l)| **l == label)
            .map(|(line, _)| *line)
            .collect();
        of.join("\n")
    };
    Parts {
        body: part(Label::Body),
        quoted: part(Label::Quoted),
        signature: part(Label::Signature),
    }
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn is_quoted(line: &str) -> bool {
    line.trim_start_matches([' ', '\u{A0}']).starts_with('>') || line.starts_with('＞')
}

fn mark_quotes(lines: &[&str], labels: &mut [Label]) {
    let mut i = 0;
    while i < lines.len() {
        let line = lines[i];
        if attribution::is_forward(line) {
            return; // what was forwarded is what the sender wants to show
        }
        if is_quoted(line) {
            labels[i] = Label::Quoted;
            i += 1;
            continue;
        }
        if attribution::is_separator(line) || attribution::is_header_block(&lines[i..]) {
            if is_all_blank(&lines[..i]) && !labels[..i].contains(&Label::Quoted) {
                return; // nothing above it: it was forwarded, not answered
            }
            mark_rest(lines, labels, i);
            return;
        }
        if let Some(length) = attribution::length(&lines[i..]) {
            let after = lines[i + length..].iter().position(|l| !is_blank(l));
            labels[i..i + length].fill(Label::Quoted);
            match after {
                Some(gap) if !is_quoted(lines[i + length + gap]) => {
                    mark_rest(lines, labels, i);
                    return;
                }
                Some(gap) => labels[i + length..i + length + gap].fill(Label::Quoted),
                None => {}
            }
            i += length;
            continue;
        }
        i += 1;
    }
    mark_wrapped(lines, labels);
}

fn is_all_blank(lines: &[&str]) -> bool {
    lines.iter().all(|l| is_blank(l) || signature::is_rule(l))
}

/// Everything from `at` on is quoted, and the ruled line above it too.
fn mark_rest(lines: &[&str], labels: &mut [Label], at: usize) {
    let mut start = at;
    while start > 0 && (is_blank(lines[start - 1]) || signature::is_rule(lines[start - 1])) {
        start -= 1;
    }
    labels[start..].fill(Label::Quoted);
}

/// A line that fell out of a quote when it was wrapped: quoted lines right
/// above and below, no empty line between.
fn mark_wrapped(lines: &[&str], labels: &mut [Label]) {
    for i in 1..lines.len().saturating_sub(1) {
        let short = lines[i].chars().count() <= 30;
        let lower = lines[i].chars().next().is_some_and(|c| !c.is_uppercase());
        if labels[i] == Label::Body
            && !is_blank(lines[i])
            && short
            && lower
            && is_quoted(lines[i - 1])
            && is_quoted(lines[i + 1])
            && lines[i - 1].chars().count() > 60
        {
            labels[i] = Label::Quoted;
        }
    }
}

/// Looks for a signature at the end of every stretch of unquoted lines.
fn mark_signatures(lines: &[&str], labels: &mut [Label]) {
    let mut start = 0;
    while start < lines.len() {
        if labels[start] != Label::Body {
            start += 1;
            continue;
        }
        let end = labels[start..]
            .iter()
            .position(|l| *l != Label::Body)
            .map_or(lines.len(), |n| start + n);
        if let Some(at) = signature::start(&lines[start..end]) {
            labels[start + at..end].fill(Label::Signature);
        }
        start = end;
    }
    // A mail of nothing but a signature says just that.
    if !lines
        .iter()
        .zip(&*labels)
        .any(|(line, l)| *l != Label::Signature && !is_blank(line))
    {
        labels.fill(Label::Body);
    }
}

/// Answers written between the quoted lines keep what they answer.
fn keep_inline_quotes(lines: &[&str], labels: &mut [Label]) {
    let own = |i: &usize| labels[*i] == Label::Body && !is_blank(lines[*i]);
    let Some(last) = (0..lines.len()).rev().find(own) else {
        return;
    };
    let Some(first) = labels.iter().position(|l| *l == Label::Quoted) else {
        return;
    };
    if first > last {
        return;
    }
    let mut blocks = 0;
    let mut inside = false;
    for i in first..last {
        let quoted = labels[i] == Label::Quoted;
        let own = labels[i] == Label::Body && !is_blank(lines[i]);
        if quoted && !inside {
            blocks += 1;
            inside = true;
        } else if own {
            inside = false;
        }
    }
    if blocks >= 2 {
        for label in &mut labels[first..last] {
            if *label == Label::Quoted {
                *label = Label::Body;
            }
        }
    }
}

/// Empty lines between body and what follows belong to what follows.
fn trim_blank_edges(lines: &[&str], labels: &mut [Label]) {
    for i in (0..lines.len().saturating_sub(1)).rev() {
        if labels[i] == Label::Body && is_blank(lines[i]) && labels[i + 1] != Label::Body {
            labels[i] = labels[i + 1];
        }
    }
}
