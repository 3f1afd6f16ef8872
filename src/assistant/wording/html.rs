//! Plain text as a harmless HTML fragment.

/// Turns text into `<p>` and `<br>`; escapes everything; makes links of exactly
/// the `links` given (http or https), so that text from outside cannot add one.
pub fn text_to_html(text: &str, links: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for paragraph in text.split("\n\n").filter(|part| !part.trim().is_empty()) {
        out.push_str("<p>");
        for (index, line) in paragraph.trim_matches('\n').lines().enumerate() {
            if index > 0 {
                out.push_str("<br>\n");
            }
            push_line(&mut out, line, links);
        }
        out.push_str("</p>\n");
    }
    out
}

fn push_line(out: &mut String, mut rest: &str, links: &[&str]) {
    while let Some((at, link)) = next_link(rest, links) {
        let (before, from) = rest.split_at(at);
        escape(out, before);
        out.push_str("<a href=\"");
        escape(out, link);
        out.push_str("\">");
        escape(out, link);
        out.push_str("</a>");
        rest = &from[link.len()..];
    }
    escape(out, rest);
}

/// The first link in the line; of two at the same place the longer one.
fn next_link<'a>(line: &str, links: &[&'a str]) -> Option<(usize, &'a str)> {
    links
        .iter()
        .filter(|link| link.starts_with("https://") || link.starts_with("http://"))
        .filter_map(|link| line.find(link).map(|at| (at, *link)))
        .min_by_key(|(at, link)| (*at, usize::MAX - link.len()))
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lines_and_known_links() {
        let html = text_to_html(
            "Hello\n\nFollow: https://a.example/t?x=1&y=2\nBye",
            &["https://a.example/t?x=1&y=2", "https://a.example/"],
        );
        assert_eq!(
            html,
            "<p>Hello</p>\n<p>Follow: <a href=\"https://a.example/t?x=1&amp;y=2\">https://a.example/t?x=1&amp;y=2</a><br>\nBye</p>\n"
        );
    }

    #[test]
    fn nothing_from_outside_becomes_markup_or_a_link() {
        let html = text_to_html(
            "<script>alert(1)</script> https://evil.example javascript:x \"'",
            &["javascript:x"],
        );
        assert_eq!(
            html,
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; https://evil.example javascript:x &quot;&#39;</p>\n"
        );
    }
}
