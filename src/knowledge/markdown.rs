//! Markdown to HTML and to plain text. Articles are the merchant's own words, yet raw HTML in
//! them is shown as text: what is pasted from elsewhere must not run on customers' pages.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Whether a link may stand on our pages.
fn is_harmless(url: &str) -> bool {
    let url = url.trim().to_ascii_lowercase();
    match url.split_once(':') {
        Some((scheme, _))
            if scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
        {
            matches!(scheme, "http" | "https" | "mailto" | "tel")
        }
        _ => true,
    }
}

fn harmless(event: Event<'_>) -> Event<'_> {
    let checked = |url: CowStr<'_>| -> CowStr<'static> {
        if is_harmless(&url) {
            CowStr::from(url.to_string())
        } else {
            CowStr::from("#")
        }
    };
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: checked(dest_url),
            title,
            id,
        }),
        // A picture from elsewhere would tell others who reads: only our own.
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => {
            let own = dest_url.starts_with('/') && !dest_url.starts_with("//");
            Event::Start(Tag::Image {
                link_type,
                dest_url: if own { dest_url } else { CowStr::from("") },
                title,
                id,
            })
        }
        other => other,
    }
}

/// HTML for the help centre. Headings begin at the second level, whichever level the author began
/// with: the page has its own first, and none may be skipped.
pub fn to_html(markdown: &str) -> String {
    let highest = Parser::new_ext(markdown, options())
        .filter_map(|event| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(level as usize),
            _ => None,
        })
        .min()
        .unwrap_or(1);
    let lower = |level| lower(level, highest);
    let events = Parser::new_ext(markdown, options())
        .map(harmless)
        .map(|event| match event {
            Event::Start(Tag::Heading {
                level,
                id,
                classes,
                attrs,
            }) => {
                let _ = (id, classes, attrs);
                Event::Start(Tag::Heading {
                    level: lower(level),
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                })
            }
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
            other => other,
        });
    let mut out = String::new();
    html::push_html(&mut out, events);
    // A wide table scrolls in its own box on a phone, and the keyboard can reach it.
    out.replace(
        "<table>",
        "<div class=\"table-scroll\" tabindex=\"0\"><table>",
    )
    .replace("</table>", "</table></div>")
}

/// A heading's level on the page, where `highest` is the author's first level.
fn lower(level: pulldown_cmark::HeadingLevel, highest: usize) -> pulldown_cmark::HeadingLevel {
    use pulldown_cmark::HeadingLevel::{H2, H3, H4, H5, H6};
    match level as usize - highest {
        0 => H2,
        1 => H3,
        2 => H4,
        3 => H5,
        _ => H6,
    }
}

/// Plain text for quoting and searching: lists keep a dash, table rows become one line each with
/// their column's heading, so that a cell can be understood alone.
pub fn to_text(markdown: &str) -> String {
    let mut out = String::new();
    let mut columns: Vec<String> = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut cell = String::new();
    let (mut in_head, mut in_table) = (false, false);
    for event in Parser::new_ext(markdown, options()).map(harmless) {
        match event {
            Event::Text(text) | Event::Code(text) => {
                if in_table {
                    cell.push_str(&text)
                } else {
                    out.push_str(&text)
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if in_table {
                    cell.push(' ')
                } else {
                    out.push('\n')
                }
            }
            Event::Start(Tag::Item) => out.push_str("- "),
            Event::End(TagEnd::Item) if !out.ends_with('\n') => out.push('\n'),
            Event::End(TagEnd::Paragraph) if !in_table => out.push_str("\n\n"),
            Event::End(TagEnd::Heading(_) | TagEnd::List(_) | TagEnd::BlockQuote(_)) => {
                out.push_str("\n\n")
            }
            Event::Start(Tag::Table(_)) => {
                in_table = true;
                columns.clear();
            }
            Event::End(TagEnd::Table) => {
                in_table = false;
                out.push('\n');
            }
            Event::Start(Tag::TableHead) => in_head = true,
            Event::End(TagEnd::TableHead) => {
                in_head = false;
                columns = std::mem::take(&mut row);
            }
            Event::End(TagEnd::TableCell) => row.push(std::mem::take(&mut cell).trim().to_owned()),
            Event::End(TagEnd::TableRow) if !in_head => {
                let line: Vec<String> = row
                    .iter()
                    .enumerate()
                    .map(|(i, value)| match columns.get(i) {
                        Some(column) if i > 0 && !column.is_empty() => format!("{column}: {value}"),
                        _ => value.clone(),
                    })
                    .collect();
                out.push_str(&format!("- {}\n", line.join(", ")));
                row.clear();
            }
            _ => {}
        }
    }
    let mut text = out.trim().to_owned();
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs_on_a_customers_page() {
        let html = to_html(
            "<script>alert(1)</script>\n\n[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) ![z](https://evil.example/p.png) <img src=x onerror=alert(1)>",
        );
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.to_lowercase().contains("javascript:"), "{html}");
        assert!(!html.contains("evil.example"), "{html}");
        assert!(!html.contains("<img src=x"), "{html}");
    }

    #[test]
    fn a_heading_leaves_the_first_level_to_the_page() {
        assert_eq!(to_html("# Returns").trim(), "<h2>Returns</h2>");
        let html = to_html("Words\n\n## A\n\n### B\n\n## C");
        assert_eq!(
            html.matches("<h2>").count() * 10 + html.matches("<h3>").count(),
            21,
            "{html}"
        );
    }

    #[test]
    fn a_table_row_says_what_its_cells_are() {
        let text = to_text(
            "| Country | Price | Days |\n|---|---|---|\n| Spain | 6.90 € | 3 |\n| Japan | 19 € | 9 |",
        );
        assert_eq!(
            text,
            "- Spain, Price: 6.90 €, Days: 3\n- Japan, Price: 19 €, Days: 9"
        );
    }

    #[test]
    fn lists_and_paragraphs_stay_apart() {
        assert_eq!(
            to_text("One\ntwo\n\n- a\n- **b**\n\nThree"),
            "One\ntwo\n\n- a\n- b\n\nThree"
        );
    }
}
