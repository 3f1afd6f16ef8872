//! What a person types into the search field:
//! `late "red lamp" -invoice from:anna is:open after:2026-11 has:image`.

use crate::normalise::compat;

/// A search field's content, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The words and quoted phrases that must occur, as typed.
    pub text: String,
    /// The words and quoted phrases that must not occur, one each.
    pub without: Vec<String>,
    /// The filters, in the order in which they were typed.
    pub filters: Vec<Filter>,
    /// What looks like a filter and is none: an unknown name, or a value that makes no sense.
    /// Each is searched for as words, and stands in `text` too.
    pub unknown: Vec<String>,
    /// Whether the last thing typed is a word that may go on.
    pub open: bool,
}

/// `name:value`, or with a minus in front what must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// A minus stood in front.
    pub negated: bool,
    /// What must (not) be.
    pub what: What,
}

/// What a filter asks for. Values keep their spelling, without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Words of the sender's name or address.
    From(String),
    /// Words of a recipient's address.
    To(String),
    /// Words of the subject.
    Subject(String),
    /// A tag of the conversation.
    Tag(String),
    /// An order, as typed; compare by [`crate::refs::order_key`].
    Order(String),
    /// Part of the name or address of who it is assigned to.
    Assignee(String),
    /// The language the message is written in, lower case (ISO 639-1).
    Language(String),
    /// The kind of channel, lower case.
    Channel(String),
    /// The shop's part of the addresses, lower case.
    Shop(String),
    /// What it has.
    Has(Has),
    /// The conversation's state.
    Is(State),
    /// Written before the beginning of this day, month or year.
    Before(Date),
    /// Written on or after the beginning of this day, month or year.
    After(Date),
}

/// The values of `has:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    Attachment,
    Image,
    /// The message found is an internal note.
    Note,
    /// A draft waits in the conversation.
    Draft,
}

/// The values of `is:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    Closed,
    Snoozed,
    Unassigned,
    Assigned,
    /// Assigned to who asks.
    Mine,
}

/// A date as people type it; which moment it begins at depends on zone and clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Date {
    /// `2026`
    Year(i16),
    /// `2026-11`
    Month(i16, i8),
    /// `2026-11-22`: a day that exists.
    Day(i16, i8, i8),
    /// `today`, `yesterday`, `7d`, `2w`: so many days ago.
    DaysAgo(u16),
}

/// Most characters that are read: a pasted mail is no query.
const MAX_CHARS: usize = 500;
/// Most filters; the others are left out, and listed as unknown.
const MAX_FILTERS: usize = 16;

/// The names of the filters, for help and completion.
pub const NAMES: [&str; 13] = [
    "from", "to", "subject", "tag", "order", "before", "after", "has", "is", "assignee", "lang",
    "channel", "shop",
];

/// Takes a search field's content apart. Any text is a query.
pub fn parse(input: &str) -> Query {
    let input: String = compat(input)
        .chars()
        .take(MAX_CHARS)
        .map(plain_quote)
        .collect();
    let mut query = Query {
        open: input.chars().last().is_some_and(super::may_go_on),
        ..Query::default()
    };
    let mut words: Vec<String> = Vec::new();
    for piece in pieces(&input) {
        let (negated, rest) = match piece.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, piece.as_str()),
        };
        match filter(rest) {
            Looks::Filter(what) if query.filters.len() < MAX_FILTERS => {
                query.filters.push(Filter { negated, what });
                query.open = false;
                continue;
            }
            Looks::Word => {}
            Looks::Filter(_) | Looks::Unknown => query.unknown.push(rest.to_owned()),
        }
        if negated {
            query.without.push(rest.to_owned());
        } else {
            words.push(piece);
        }
        query.open = !negated && input.chars().last().is_some_and(super::may_go_on);
    }
    query.text = words.join(" ");
    query
}

fn plain_quote(c: char) -> char {
    match c {
        '“' | '”' | '„' | '«' | '»' | '「' | '」' => '"',
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    }
}

enum Looks {
    Filter(What),
    Word,
    Unknown,
}

fn filter(piece: &str) -> Looks {
    let Some((name, value)) = piece.split_once(':') else {
        return Looks::Word;
    };
    let value = value.replace('"', " ");
    let value = value.trim();
    let is_name = !name.is_empty() && name.chars().all(char::is_alphabetic);
    // An address (https://…) and a time (12:30) are no filters.
    if !is_name || value.is_empty() || value.starts_with("//") {
        return Looks::Word;
    }
    match what(&name.to_lowercase(), value) {
        Some(what) => Looks::Filter(what),
        // A sentence such as 你好:… is no try at a filter.
        None if name.is_ascii() => Looks::Unknown,
        None => Looks::Word,
    }
}

fn what(name: &str, value: &str) -> Option<What> {
    let own = || value.to_owned();
    let lower = || value.to_lowercase();
    Some(match name {
        "from" | "发件人" | "来自" => What::From(own()),
        "to" | "收件人" => What::To(own()),
        "subject" | "主题" => What::Subject(own()),
        "tag" | "标签" => What::Tag(own()),
        "order" | "订单" => What::Order(own()),
        "assignee" | "负责人" => What::Assignee(own()),
        "lang" | "language" | "语言" => What::Language(lower()),
        "channel" | "渠道" => What::Channel(match lower().as_str() {
            "mail" => "email".into(),
            other => other.to_owned(),
        }),
        "shop" | "店铺" => What::Shop(lower()),
        "has" | "包含" => What::Has(has(&lower())?),
        "is" | "状态" => What::Is(state(&lower())?),
        "before" | "早于" => What::Before(date(&lower())?),
        "after" | "晚于" => What::After(date(&lower())?),
        _ => return None,
    })
}

fn has(value: &str) -> Option<Has> {
    Some(match value {
        "attachment" | "attachments" | "file" | "附件" => Has::Attachment,
        "image" | "photo" | "图片" => Has::Image,
        "note" | "备注" => Has::Note,
        "draft" | "草稿" => Has::Draft,
        _ => return None,
    })
}

fn state(value: &str) -> Option<State> {
    Some(match value {
        "open" | "未解决" => State::Open,
        "closed" | "已解决" => State::Closed,
        "snoozed" | "暂停" => State::Snoozed,
        "unassigned" | "未分配" => State::Unassigned,
        "assigned" | "已分配" => State::Assigned,
        "mine" | "我的" => State::Mine,
        _ => return None,
    })
}

fn date(value: &str) -> Option<Date> {
    match value {
        "today" | "今天" => return Some(Date::DaysAgo(0)),
        "yesterday" | "昨天" => return Some(Date::DaysAgo(1)),
        _ => {}
    }
    for (unit, days) in [('d', 1), ('w', 7)] {
        if let Some(count) = value.strip_suffix(unit) {
            let count: u16 = count.parse().ok()?;
            return count.checked_mul(days).map(Date::DaysAgo);
        }
    }
    let mut parts = value.split(['-', '/', '.']);
    let year: i16 = parts.next()?.parse().ok()?;
    let month = parts.next().map(str::parse::<i8>).transpose().ok()?;
    let day = parts.next().map(str::parse::<i8>).transpose().ok()?;
    let sound = (1970..=2199).contains(&year) && parts.next().is_none();
    match (month, day) {
        (None, None) if sound => Some(Date::Year(year)),
        (Some(month @ 1..=12), None) if sound => Some(Date::Month(year, month)),
        (Some(month @ 1..=12), Some(day)) if sound && (1..=days_in(year, month)).contains(&day) => {
            Some(Date::Day(year, month, day))
        }
        _ => None,
    }
}

fn days_in(year: i16, month: i8) -> i8 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Splits at white space outside double quotes; the quotes stay.
fn pieces(input: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut piece = String::new();
    let mut inside = false;
    for c in input.chars() {
        if c == '"' {
            inside = !inside;
        }
        if c.is_whitespace() && !inside {
            if !piece.is_empty() {
                out.push(std::mem::take(&mut piece));
            }
        } else {
            piece.push(c);
        }
    }
    if !piece.is_empty() {
        out.push(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(input: &str) -> What {
        let query = parse(input);
        assert_eq!(query.filters.len(), 1, "{input}: {query:?}");
        query.filters[0].what.clone()
    }

    #[test]
    fn filters_are_taken_out_of_the_words() {
        let q = parse(
            r#"late "red lamp" -invoice from:"Anna Berg" -TAG:vip is:Open order:#1042 -"no, thanks""#,
        );
        assert_eq!(q.text, r#"late "red lamp""#);
        assert_eq!(q.without, ["invoice", r#""no, thanks""#]);
        let filter = |negated, what| Filter { negated, what };
        assert_eq!(
            q.filters,
            [
                filter(false, What::From("Anna Berg".into())),
                filter(true, What::Tag("vip".into())),
                filter(false, What::Is(State::Open)),
                filter(false, What::Order("#1042".into())),
            ]
        );
        assert_eq!(q.unknown, [""; 0]);
    }

    #[test]
    fn every_filter_has_its_values() {
        for (input, want) in [
            ("to:shop@lamp.example", What::To("shop@lamp.example".into())),
            ("subject:\"Where is\"", What::Subject("Where is".into())),
            ("tag：退货", What::Tag("退货".into())),
            ("标签:退货", What::Tag("退货".into())),
            ("assignee:Mia", What::Assignee("Mia".into())),
            ("LANG:ZH", What::Language("zh".into())),
            ("channel:mail", What::Channel("email".into())),
            ("shop:Lamp", What::Shop("lamp".into())),
            ("has:file", What::Has(Has::Attachment)),
            ("has:attachment", What::Has(Has::Attachment)),
            ("has:image", What::Has(Has::Image)),
            ("has:note", What::Has(Has::Note)),
            ("has:draft", What::Has(Has::Draft)),
            ("is:mine", What::Is(State::Mine)),
            ("is:unassigned", What::Is(State::Unassigned)),
            ("before:2026-11-22", What::Before(Date::Day(2026, 11, 22))),
            ("before:2024/2/29", What::Before(Date::Day(2024, 2, 29))),
            ("after:2026-11", What::After(Date::Month(2026, 11))),
            ("after:2026", What::After(Date::Year(2026))),
            ("after:2w", What::After(Date::DaysAgo(14))),
            ("after:yesterday", What::After(Date::DaysAgo(1))),
        ] {
            assert_eq!(one(input), want, "{input}");
        }
    }

    #[test]
    fn what_is_no_filter_is_searched_for_and_said() {
        for (input, unknown) in [
            ("colour:red", true),
            ("is:happy", true),
            ("has:everything", true),
            ("before:soon", true),
            ("before:2025-02-29", true),
            ("after:99999d", true),
            ("https://example.com/a", false),
            ("12:30", false),
            ("from:", false),
            ("tag:\"\"", false),
            ("你好：在吗", false),
            (":-)", false),
            ("-", false),
        ] {
            let q = parse(input);
            assert_eq!(q.filters, [], "{input}");
            assert_eq!(q.text, compat(input), "{input}");
            assert_eq!(q.unknown.len(), usize::from(unknown), "{input}");
        }
    }

    #[test]
    fn only_a_word_at_the_end_may_go_on() {
        for (input, open) in [
            ("lam", true),
            ("red lam", true),
            ("lamp ", false),
            ("\"red lam\"", false),
            ("lamp is:open", false),
            ("is:open lam", true),
            ("red -lam", false),
            ("灯", true),
        ] {
            assert_eq!(parse(input).open, open, "{input}");
        }
    }

    proptest! {
        #[test]
        fn any_input_is_taken(input in "\\PC*|([a-z]{1,6}:|-|\"| |[a退0-9]){0,40}") {
            let query = parse(&input);
            prop_assert!(query.filters.len() <= MAX_FILTERS);
            prop_assert!(query.text.chars().count() <= 2 * MAX_CHARS);
        }
    }
}
