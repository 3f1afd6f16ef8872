//! Style attributes: an allow-list of properties and of what values may hold.

/// Properties that only change how text looks where it stands.
const PROPERTIES: [&str; 36] = [
    "background",
    "background-color",
    "border-collapse",
    "border-color",
    "border-radius",
    "border-spacing",
    "border-style",
    "border-width",
    "clear",
    "color",
    "direction",
    "display",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "max-width",
    "min-width",
    "overflow-wrap",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-wrap",
];
/// The same with sides: `margin`, `margin-left`, `border-top` …
const SIDED: [&str; 3] = ["border", "margin", "padding"];
const SIDES: [&str; 4] = ["top", "right", "bottom", "left"];
/// Functions that compute a colour and fetch nothing.
const FUNCTIONS: [&str; 4] = ["rgb", "rgba", "hsl", "hsla"];

/// Keeps the declarations that are safe; `None` where none is left.
pub(super) fn filter(style: &str) -> Option<String> {
    if style.len() > 4000 {
        return None;
    }
    let kept: Vec<String> = style.split(';').filter_map(declaration).collect();
    (!kept.is_empty()).then(|| kept.join(";"))
}

fn declaration(text: &str) -> Option<String> {
    let (property, value) = text.split_once(':')?;
    let property = property.trim().to_ascii_lowercase();
    let value = value.trim().to_ascii_lowercase();
    (is_allowed(&property) && is_harmless(&value)).then(|| format!("{property}:{value}"))
}

fn is_allowed(property: &str) -> bool {
    PROPERTIES.contains(&property)
        || SIDED.iter().any(|base| {
            property.strip_prefix(base).is_some_and(|rest| {
                rest.is_empty() || rest.strip_prefix('-').is_some_and(|s| SIDES.contains(&s))
            })
        })
}

/// No escapes, comments, functions but colours, negative lengths (they lay
/// things over others) or unbalanced quotes.
fn is_harmless(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " #%.,-+!'\"()_".contains(c);
    let negative = value
        .as_bytes()
        .windows(2)
        .any(|w| w[0] == b'-' && (w[1].is_ascii_digit() || w[1] == b'.'));
    let quotes = value.matches('"').count().is_multiple_of(2)
        && value.matches('\'').count().is_multiple_of(2);
    let functions = value.match_indices('(').all(|(at, _)| {
        let name = value[..at]
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .next();
        name.is_some_and(|n| FUNCTIONS.contains(&n))
    });
    !value.is_empty()
        && value.len() <= 300
        && value.chars().all(plain)
        && !negative
        && quotes
        && functions
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn looks_stay() {
        assert_eq!(
            filter("COLOR: Red; font-family:'Segoe UI', Arial; margin: 0 0 1em").as_deref(),
            Some("color:red;font-family:'segoe ui', arial;margin:0 0 1em")
        );
        assert_eq!(
            filter("background-color: rgb(1, 2, 3)").as_deref(),
            Some("background-color:rgb(1, 2, 3)")
        );
    }

    #[test]
    fn what_loads_covers_or_runs_goes() {
        for style in [
            "background:url(http://x.example/a.png)",
            "background: u\\72l(x)",
            "background:u/**/rl(x)",
            "background-image:url('cid:x')",
            "list-style:url(x)",
            "color:expression(alert(1))",
            "width:expression(alert(1))",
            "position:fixed;top:0",
            "margin-left:-9999px",
            "behavior:url(x)",
            "-moz-binding:url(x)",
            "content:'x'",
            "background:image-set('x' 1x)",
            "font-family:'a",
            "color:var(--x)",
            "@import 'x'",
        ] {
            assert_eq!(filter(style), None, "{style}");
        }
    }
}
