//! What is shown of a message that was found: the place where it has what was asked for.

use std::collections::HashMap;

use kontor_text::{normalise::fold, search::snippet};
use sea_orm::FromQueryResult;

use crate::{
    db::{Db, Sql, SqlExt},
    error::Result,
};

/// Characters of an excerpt.
const LENGTH: usize = 180;
/// Bytes of a text around its first hit that are looked at closely: marking takes its time.
const NEAR: usize = 1_500;

/// A found message.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// `inbound`, `outbound`, `note`.
    pub kind: String,
    /// Plain pieces of its text; `true` marks what was searched for. Escape them for HTML.
    pub pieces: Vec<(String, bool)>,
    /// The names of its files.
    pub files: Vec<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    kind: String,
    subject: String,
    body: String,
    quoted: String,
    files: Option<String>,
}

/// The excerpts of messages of a shop, by their rows; `words` is what to mark.
pub async fn excerpts(
    db: &Db,
    shop_id: i64,
    messages: &[i64],
    words: &str,
) -> Result<HashMap<i64, Excerpt>> {
    let rows: Vec<Row> = db
        .read()
        .all(
            Sql::new(
                "SELECT m.id, m.kind, m.subject, substr(m.body, 1, 20000) AS body, substr(m.quoted, 1, 20000) AS quoted,
                   (SELECT group_concat(a.filename, char(10)) FROM attachments a WHERE a.message_id = m.id) AS files
                 FROM messages m WHERE m.id IN (SELECT value FROM json_each(?)) AND m.shop_id = ?",
            )
            .bind(serde_json::to_string(messages)?)
            .bind(shop_id),
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, excerpt(row, words)))
        .collect())
}

fn excerpt(row: Row, words: &str) -> Excerpt {
    let files: Vec<String> = row
        .files
        .map(|files| files.lines().map(str::to_owned).collect())
        .unwrap_or_default();
    let names = files.join(", ");
    let body = snippet(near(&row.body, words), words, LENGTH);
    let is_hit = |pieces: &[(String, bool)]| pieces.iter().any(|(_, hit)| *hit);
    let pieces = if words.is_empty() || is_hit(&body) {
        body
    } else {
        // Not in the words that were written: then perhaps beside them.
        [row.quoted.as_str(), &names, &row.subject]
            .into_iter()
            .map(|text| snippet(near(text, words), words, LENGTH))
            .find(|pieces| is_hit(pieces))
            .unwrap_or(body)
    };
    Excerpt {
        kind: row.kind,
        pieces,
        files,
    }
}

/// The part of a long text around the first of the words, else its beginning.
fn near<'a>(text: &'a str, words: &str) -> &'a str {
    if text.len() <= 2 * NEAR {
        return text;
    }
    let lower = text.to_lowercase();
    let first = words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .filter_map(|word| {
            lower
                .find(&word.to_lowercase())
                .or_else(|| lower.find(&fold(word)))
        })
        .min()
        // Where lower case has another length, the place is only about right.
        .unwrap_or(0);
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    &text[floor(first.saturating_sub(NEAR / 2))..floor(first + NEAR)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_place_of_a_hit_in_a_long_text_is_shown() {
        let text = format!(
            "{} Erstattung {}",
            "früher ".repeat(2_000),
            "später ".repeat(2_000)
        );
        let part = near(&text, "ERSTATTUNG");
        assert!(
            part.contains("Erstattung") && part.len() < 3 * NEAR,
            "{part}"
        );
        assert!(near(&text, "nirgends").starts_with("früher"));
    }

    proptest! {
        #[test]
        fn any_text_is_cut_between_characters(text in "[a-zßİ退é ]{0,900}", words in "\\PC{0,9}") {
            let long = text.repeat(5);
            prop_assert!(long.contains(near(&long, &words)));
        }
    }
}
