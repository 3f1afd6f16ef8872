//! What stands under an agent's reply: plain text with two variables, by the customer's language.

use std::collections::BTreeMap;

use super::failure::one_line;

/// The longest name that is put in.
const MAX_NAME: usize = 100;

/// A mailbox's signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatures {
    /// For languages without one of their own.
    pub plain: String,
    /// By language code.
    pub by_language: BTreeMap<String, String>,
}

impl Signatures {
    /// The signature for a reply in this language. `{agent}` and `{shop}` are filled in; what else
    /// stands in braces stays. Without `{agent}` the agent's name stands above it.
    pub fn of(&self, lang: &str, agent: &str, shop: &str) -> String {
        let (agent, shop) = (one_line(agent, MAX_NAME), one_line(shop, MAX_NAME));
        let template = self
            .by_language
            .get(lang)
            .filter(|text| !text.trim().is_empty())
            .unwrap_or(&self.plain)
            .trim();
        let below = match template {
            "" => shop.clone(),
            template => fill(template, &agent, &shop),
        };
        if agent.is_empty() || template.contains("{agent}") {
            below.trim().to_owned()
        } else {
            format!("{agent}\n{below}")
        }
    }
}

/// One pass, so that a name with braces in it stays a name.
fn fill(template: &str, agent: &str, shop: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{agent}") {
            out.push_str(agent);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("{shop}") {
            out.push_str(shop);
            rest = after;
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_own_signature_wins_and_variables_are_filled_once() {
        let signatures = Signatures {
            plain: "Best,\n{agent} of {shop}\n{unknown} {".into(),
            by_language: [
                ("de".to_owned(), "Viele Grüße\n{agent}".to_owned()),
                ("fr".to_owned(), "  ".to_owned()),
            ]
            .into(),
        };
        assert_eq!(signatures.of("de", "Marta", "Linn"), "Viele Grüße\nMarta");
        let plain = "Best,\n{shop} of Linn {agent}\n{unknown} {";
        assert_eq!(signatures.of("fr", "{shop}", "Linn {agent}"), plain);
        assert_eq!(signatures.of("en", "a\r\nBcc: x", "s").lines().count(), 3);
    }

    #[test]
    fn without_a_text_name_and_shop_stand_there() {
        let none = Signatures::default();
        assert_eq!(none.of("en", "Marta", "Linn"), "Marta\nLinn");
        assert_eq!(none.of("en", "", "Linn"), "Linn");
        let old = Signatures {
            plain: "Linn, Bremen".into(),
            ..Signatures::default()
        };
        assert_eq!(old.of("en", "Marta", "Linn"), "Marta\nLinn, Bremen");
    }
}
