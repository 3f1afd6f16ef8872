//! Cutting an article into passages: small enough for the embedding model (128 tokens) and for
//! quoting, whole enough to be understood. Pure.

use super::markdown;

/// A piece of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The heading it stands under; empty before the first.
    pub heading: String,
    /// Its text, plain.
    pub body: String,
}

/// The weight of a text in tokens, roughly: about four Latin letters or one and a half Han
/// characters each.
fn weight(text: &str) -> usize {
    text.chars()
        .map(|c| if kontor_text::search::is_cjk(c) { 3 } else { 1 })
        .sum::<usize>()
        / 4
}

/// The most a passage weighs; some room is left for its heading.
const HEAVIEST: usize = 110;

/// Cuts Markdown into passages: at headings, then between paragraphs and lines, never inside a
/// sentence if it can be helped.
pub fn cut(markdown_text: &str) -> Vec<Passage> {
    let mut passages = Vec::new();
    for (heading, section) in sections(markdown_text) {
        let text = markdown::to_text(&section);
        let mut body = String::new();
        for piece in pieces(&text) {
            if !body.is_empty() && weight(&body) + weight(&piece) > HEAVIEST {
                passages.push(Passage {
                    heading: heading.clone(),
                    body: body.trim().to_owned(),
                });
                body.clear();
            }
            body.push_str(&piece);
        }
        if !body.trim().is_empty() {
            passages.push(Passage {
                heading,
                body: body.trim().to_owned(),
            });
        }
    }
    passages
}

/// Sections by ATX headings, outside of code fences.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut sections = vec![(String::new(), String::new())];
    let mut in_fence = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        let level = line.bytes().take_while(|b| *b == b'#').count();
        if !in_fence && (1..=6).contains(&level) && line[level..].starts_with(' ') {
            sections.push((
                line[level..].trim().trim_end_matches('#').trim().to_owned(),
                String::new(),
            ));
        } else if let Some((_, body)) = sections.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    sections
}

/// Lines with their ends; a heavy line is split at sentence ends.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for line in text.split_inclusive('\n') {
        if weight(line) <= HEAVIEST {
            pieces.push(line.to_owned());
            continue;
        }
        let mut piece = String::new();
        for c in line.chars() {
            piece.push(c);
            let ends = matches!(c, '。' | '！' | '？')
                || (matches!(c, '.' | '!' | '?' | ';') && weight(&piece) > HEAVIEST / 3);
            if (ends && weight(&piece) > HEAVIEST / 4) || weight(&piece) >= HEAVIEST {
                pieces.push(std::mem::take(&mut piece));
            }
        }
        if !piece.is_empty() {
            pieces.push(piece);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_a_passage_with_its_heading() {
        let passages = cut("Intro.\n\n## Costs\n\nSpain 6.90 €.\n\n## Times\n\n3 days.");
        assert_eq!(
            passages,
            [
                Passage {
                    heading: String::new(),
                    body: "Intro.".into()
                },
                Passage {
                    heading: "Costs".into(),
                    body: "Spain 6.90 €.".into()
                },
                Passage {
                    heading: "Times".into(),
                    body: "3 days.".into()
                },
            ]
        );
    }

    #[test]
    fn a_long_text_is_cut_and_nothing_is_lost() {
        let long = "This sentence says something about parcels. ".repeat(60);
        let passages = cut(&long);
        assert!(passages.len() > 3);
        assert!(passages.iter().all(|p| weight(&p.body) <= HEAVIEST + 5));
        let joined: String = passages
            .iter()
            .flat_map(|p| p.body.split_whitespace())
            .collect();
        assert_eq!(joined, long.split_whitespace().collect::<String>());
        let chinese = cut(&"我们在三个工作日内发货。".repeat(40));
        assert!(chinese.len() > 3, "{}", chinese.len());
    }

    #[test]
    fn an_empty_article_has_none() {
        assert!(cut("").is_empty());
        assert!(cut("## Only a heading").is_empty());
    }
}
