//! Words: every language has every text it needs, every key that is used exists, and no text
//! hides in a template.

use std::collections::{BTreeMap, BTreeSet};

use kontor::i18n;

use crate::support::{files, read};

/// What customers read; the rest is for the merchant's people, in English and Chinese.
const CUSTOMERS: [&str; 4] = ["assistant.ftl", "errors.ftl", "mail.ftl", "portal.ftl"];
const LANGUAGES: [&str; 6] = ["en", "zh", "es", "de", "fr", "ja"];

/// Messages of a Fluent file: key and everything up to the next key.
fn messages(lang: &str, file: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut key = String::new();
    for line in read(&format!("locales/{lang}/{file}")).lines() {
        if line.starts_with('#') {
            continue;
        }
        let begins = line.starts_with(|c: char| c.is_ascii_lowercase() || c == '-');
        if let Some((name, rest)) = line.split_once('=').filter(|_| begins) {
            key = name.trim().to_owned();
            let before = found.insert(key.clone(), rest.to_owned());
            assert!(before.is_none(), "{lang}/{file}: {key} stands there twice");
        } else if let Some(text) = found.get_mut(&key) {
            text.push('\n');
            text.push_str(line);
        }
    }
    found
}

/// The `$names` in a text.
fn variables(text: &str) -> BTreeSet<&str> {
    text.split('$')
        .skip(1)
        .map(|rest| {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

#[test]
fn chinese_has_every_file_and_the_customers_files_are_there_in_all_six_languages() {
    assert_eq!(i18n::files("en"), i18n::files("zh"));
    for lang in LANGUAGES {
        for file in CUSTOMERS {
            assert!(i18n::files(lang).contains(file), "{lang}/{file}");
        }
    }
}

#[test]
fn every_language_has_the_same_keys_and_arguments() {
    let mut wrong = Vec::new();
    for file in i18n::files("en") {
        let english = messages("en", &file);
        assert!(!english.is_empty(), "{file} is empty");
        for lang in LANGUAGES.iter().skip(1) {
            if !i18n::files(lang).contains(&file) {
                continue;
            }
            let other = messages(lang, &file);
            for (key, text) in &english {
                match other.get(key) {
                    None => wrong.push(format!("{lang}/{file}: {key} is missing")),
                    Some(translated) if variables(text) != variables(translated) => {
                        wrong.push(format!("{lang}/{file}: {key} has other arguments"));
                    }
                    Some(_) => {}
                }
            }
            for key in other.keys().filter(|key| !english.contains_key(*key)) {
                wrong.push(format!("{lang}/{file}: {key} is not in English"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_key_stands_in_two_files_and_every_file_is_read_without_faults() {
    for lang in LANGUAGES {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for file in i18n::files(lang) {
            for key in messages(lang, &file).into_keys() {
                if let Some(other) = seen.insert(key.clone(), file.clone()) {
                    panic!("{lang}: {key} is in {other} and in {file}");
                }
            }
            let resource =
                fluent_bundle::FluentResource::try_new(read(&format!("locales/{lang}/{file}")));
            assert!(
                resource.is_ok(),
                "{lang}/{file}: {:?}",
                resource.err().map(|(_, e)| e)
            );
        }
    }
}

#[test]
fn a_text_is_not_left_in_english() {
    // Chinese and Japanese share no words with English: a text without one letter of theirs is a
    // forgotten one, unless it is a name, a code or only arguments.
    for (lang, files) in [("zh", i18n::files("zh")), ("ja", i18n::files("ja"))] {
        let mut left = Vec::new();
        for file in files {
            let english = messages("en", &file);
            for (key, text) in messages(lang, &file) {
                let words = english.get(&key).map_or("", String::as_str);
                let same = text.trim() == words.trim();
                let is_sentence = words
                    .split_whitespace()
                    .filter(|w| !w.contains(['$', '{', '}']))
                    .count()
                    > 2;
                if same && is_sentence {
                    left.push(format!("{lang}/{file}: {key} ={text}"));
                }
            }
        }
        assert!(left.is_empty(), "{}", left.join("\n"));
    }
}

/// A use of a key: exact, or with a part that is filled in (`*`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    key: String,
    place: String,
}

/// All keys that templates and code name.
fn uses() -> Vec<Use> {
    const CALLS: [&str; 8] = [
        ".s(",
        ".n(",
        ".s1(",
        ".s2(",
        ".args(",
        "Error::invalid(",
        "Domain::invalid(",
        "Invalid(",
    ];
    let mut found = Vec::new();
    let sources = files("templates", ".html")
        .into_iter()
        .chain(files("templates", ".txt"))
        .chain(files("src", ".rs"))
        .filter(|file| !file.ends_with("tests.rs"));
    for file in sources {
        let text = read(&file);
        let text = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for call in CALLS {
            for rest in text.split(call).skip(1) {
                let rest = rest.trim_start();
                let (rest, is_format) = match rest.strip_prefix("&format!(") {
                    Some(inner) => (inner.trim_start(), true),
                    None => (rest, false),
                };
                let Some(rest) = rest.strip_prefix('"') else {
                    continue;
                };
                let Some((key, after)) = rest.split_once('"') else {
                    continue;
                };
                let is_joined = after.trim_start().starts_with('~');
                let key = if is_format {
                    blank(key)
                } else if is_joined {
                    format!("{key}*")
                } else {
                    key.to_owned()
                };
                let looks_like_one = key.starts_with(|c: char| c.is_ascii_lowercase())
                    && key.contains('-')
                    && !key.contains(' ');
                if looks_like_one {
                    found.push(Use {
                        key,
                        place: file.clone(),
                    });
                }
            }
        }
    }
    assert!(
        found.len() > 300,
        "the scan found only {} keys",
        found.len()
    );
    found
}

/// `state-{name}-title` is `state-*-title`.
fn blank(format: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for c in format.chars() {
        match c {
            '{' => {
                if depth == 0 {
                    out.push('*');
                }
                depth += 1;
            }
            '}' => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

fn fits(pattern: &str, key: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == key,
        Some((start, rest)) => {
            let Some(tail) = key.strip_prefix(start) else {
                return false;
            };
            (0..=tail.len())
                .filter(|at| tail.is_char_boundary(*at))
                .any(|at| fits(rest, &tail[at..]))
        }
    }
}

fn all_keys(lang: &str) -> BTreeSet<String> {
    i18n::files(lang)
        .iter()
        .flat_map(|file| messages(lang, file).into_keys())
        .collect()
}

/// Whether customers may come to read it.
fn is_customers(place: &str) -> bool {
    [
        "templates/portal",
        "templates/help",
        "templates/mail",
        "templates/error.html",
        "src/web/portal",
        "src/letters.rs",
        "src/portal.rs",
    ]
    .iter()
    .any(|start| place.starts_with(start))
}

#[test]
fn every_key_that_is_used_exists_where_its_reader_may_be() {
    let keys: BTreeMap<&str, BTreeSet<String>> = LANGUAGES
        .iter()
        .map(|lang| (*lang, all_keys(lang)))
        .collect();
    let mut missing = BTreeSet::new();
    for Use { key, place } in uses() {
        let languages: &[&str] = if is_customers(&place) {
            &LANGUAGES
        } else {
            &["en", "zh"]
        };
        for lang in languages {
            if !keys[lang].iter().any(|known| fits(&key, known)) {
                missing.insert(format!("{place}: {key} is not in {lang}"));
            }
        }
    }
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// A template without what is between `open` and `close`.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(open) {
        out.push_str(&rest[..at]);
        // Something must stand there, or two words become one.
        out.push('\u{1}');
        rest = rest[at..]
            .find(close)
            .map_or("", |end| &rest[at + end + close.len()..]);
    }
    out + rest
}

/// Without Askama's own parts.
fn plain(template: &str) -> String {
    [("{#", "#}"), ("{%", "%}"), ("{{", "}}")]
        .iter()
        .fold(template.to_owned(), |text, (open, close)| {
            without(&text, open, close)
        })
}

fn has_letters(text: &str) -> bool {
    // Entities such as `&middot;` are signs, not words.
    let text = without(text, "&", ";");
    text.chars().any(char::is_alphabetic)
}

/// The tags of a template (`<…>`), and the text between them.
fn split_tags(plain: &str) -> (Vec<String>, Vec<String>) {
    let (mut tags, mut texts) = (Vec::new(), Vec::new());
    let mut rest = plain;
    while let Some(at) = rest.find('<') {
        texts.push(rest[..at].to_owned());
        let mut quote = None;
        let end = rest[at..]
            .char_indices()
            .find(|(_, c)| {
                match (quote, *c) {
                    (None, '"' | '\'') => quote = Some(*c),
                    (Some(q), c) if q == c => quote = None,
                    _ => {}
                }
                quote.is_none() && *c == '>'
            })
            .map_or(rest.len(), |(end, _)| at + end + 1);
        tags.push(rest[at..end].to_owned());
        rest = &rest[end..];
    }
    texts.push(rest.to_owned());
    (tags, texts)
}

/// Signs and names that are the same in every language.
const ALLOWED_TEXT: &[&str] = &[
    "Kontor",
    "S",
    "E",
    "Esc",
    "Enter",
    "Ctrl",
    "g",
    "i",
    "j",
    "k",
    "SMTP",
    "IMAP",
    "OK",
    "CSV",
    "e",
    "r",
    "n",
    "s",
    "a",
    "u",
    "c",
    "x",
    "z",
    "o",
    "t",
    "h",
    "kontor model pull",
    "kontor model list",
];

#[test]
fn no_text_stands_in_a_template() {
    let mut wrong = Vec::new();
    for file in files("templates", ".html") {
        let (tags, texts) = split_tags(&plain(&read(&file)));
        for text in texts {
            let text = text.replace('\u{1}', " ");
            let text = text.trim();
            // A macro that gives attributes; and the style of mails.
            if text.starts_with("aria-invalid=")
                || file.starts_with("templates/mail") && text.contains("!important")
            {
                continue;
            }
            if has_letters(text) && !ALLOWED_TEXT.contains(&text) {
                wrong.push(format!("{file}: {text:?}"));
            }
        }
        for tag in tags {
            for name in ["title", "alt", "aria-label", "placeholder", "content"] {
                let Some(rest) = tag.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest)
                else {
                    continue;
                };
                let value = rest.split('"').next().unwrap_or_default();
                let is_setting = name == "content" && !tag.contains("description");
                if has_letters(value) && !is_setting && !ALLOWED_TEXT.contains(&value) {
                    wrong.push(format!("{file}: {name}={value:?}"));
                }
            }
        }
    }
    for file in files("templates/mail", ".txt") {
        if has_letters(&plain(&read(&file)).replace('\u{1}', " ")) {
            wrong.push(format!("{file}: has text of its own"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_style_and_no_script_stands_in_a_page() {
    let mut wrong = Vec::new();
    for file in files("templates", ".html") {
        // Mail programs know no style sheets: their styles stand in the tags.
        let is_mail = file.starts_with("templates/mail");
        let (tags, _) = split_tags(&plain(&read(&file)));
        for tag in tags {
            let lower = tag.to_lowercase();
            let handler = lower
                .split([' ', '\n', '\u{1}'])
                .skip(1)
                .any(|attribute| attribute.starts_with("on") && attribute.contains('='));
            let style = !is_mail
                && (lower.contains(" style=")
                    || lower.contains("\nstyle=")
                    || lower.starts_with("<style"));
            let script = lower.starts_with("<script") && !lower.contains(" src=");
            let evaluated = lower.contains("javascript:")
                || lower.contains("hx-on")
                || lower.contains("hx-vals=\"js:");
            if handler || style || script || evaluated {
                wrong.push(format!("{file}: {tag}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where a template takes HTML as it is, and why that is ours.
const SAFE: &[(&str, &str)] = &[];

#[test]
fn nothing_from_outside_is_taken_as_html() {
    let mut wrong = Vec::new();
    for file in files("templates", ".html") {
        for part in read(&file).split("{{").skip(1) {
            let expression = part.split("}}").next().unwrap_or_default();
            let is_raw = expression
                .split('|')
                .skip(1)
                .any(|filter| filter.trim().starts_with("safe"))
                || expression.contains("escape(\"none\")");
            let expression = expression.trim();
            if is_raw && !SAFE.contains(&(file.as_str(), expression)) {
                wrong.push(format!("{file}: {expression}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Rust code that makes HTML unescaped does it where its sanitiser or renderer is.
    let makers: Vec<String> = files("src", ".rs")
        .into_iter()
        .filter(|file| {
            read(file).contains("HtmlSafe")
                || read(file).contains("filters::Safe")
                || read(file).contains("escape = \"none\"")
        })
        .collect();
    assert!(makers.len() <= 3, "{makers:?}");
}
