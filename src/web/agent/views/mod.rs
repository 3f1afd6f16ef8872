//! What the agent pages show: one struct per screen, display-ready. Handlers fill them, templates
//! print them; no entity of the database and no decision gets in here.

pub mod backups;
pub mod conversation;
pub mod inbox;
pub mod knowledge;
pub mod operations;
pub mod orders;
pub mod plain;
pub mod run;
pub mod search;
pub mod settings;

use std::sync::LazyLock;

use crate::web::assets;

/// What stands around every page of a signed-in person.
#[derive(Clone, Debug, Default)]
pub struct Chrome {
    /// Who is signed in.
    pub user: Who,
    /// May change settings (role owner or admin).
    pub admin: bool,
    /// The rail item to mark: `inbox`, `orders`, `knowledge`, `search`, `operations`, `settings`.
    pub rail: &'static str,
    /// Open conversations that wait for a person; shown on the rail when not zero.
    pub inbox_count: u32,
    /// Jobs that were given up.
    pub dead: u32,
    /// Mails that could not be read.
    pub quarantined: u32,
    /// Replies of which nobody knows whether they arrived.
    pub undecided: u32,
    /// `light`, `dark`, or empty to follow the system.
    pub theme: &'static str,
    /// The shop whose desk this is.
    pub shop: String,
    /// Where live updates come from; empty switches them off.
    pub live: &'static str,
    /// What the last action did, said once.
    pub flash: Option<String>,
    /// A channel that does not work, said on every page.
    pub trouble: Option<String>,
    /// Backups that cannot be relied on, said to admins on every page.
    pub backup_trouble: Option<String>,
}

impl Chrome {
    /// All that waits for a decision about the machinery.
    pub fn stuck_count(&self) -> u32 {
        self.dead
            .saturating_add(self.quarantined)
            .saturating_add(self.undecided)
    }
}

/// A person as a square with initials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    pub name: String,
    /// One or two letters, or one Han character.
    pub initials: String,
    /// Which of the three washes, 1 to 3; the same person always has the same.
    pub mark: u8,
}

impl Who {
    /// Initials of the first and the last word; one character where the script has no case.
    pub fn new(name: &str) -> Self {
        let mut words = name.split_whitespace();
        let first = words.next().and_then(|w| w.chars().next());
        let last = words.next_back().and_then(|w| w.chars().next());
        let cased = |c: &char| c.is_lowercase() || c.is_uppercase();
        let initials = match (first, last) {
            (Some(a), Some(b)) if cased(&a) => format!("{a}{b}").to_uppercase(),
            (Some(a), _) => a.to_uppercase().collect(),
            (None, _) => "?".to_owned(),
        };
        let mark = name
            .bytes()
            .fold(0u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b))
            % 3
            + 1;
        Self {
            name: name.to_owned(),
            initials,
            mark,
        }
    }
}

/// One choice of a select, a filter or a menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            chosen,
        }
    }
}

/// The channel's sign: `kind` names its icon and colour (`mail`, `chat`, `amazon`, …).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    pub kind: &'static str,
    pub label: String,
}

impl Channel {
    /// The icon in the sprite.
    pub fn icon(&self) -> &'static str {
        match self.kind {
            "mail" => "mail",
            "chat" => "message-square",
            "portal" => "store",
            "form" => "file-text",
            "whatsapp" => "ch-whatsapp",
            "amazon" => "ch-amazon",
            "ebay" => "ch-ebay",
            "instagram" => "ch-instagram",
            "line" => "ch-line",
            "telegram" => "send",
            _ => "globe",
        }
    }
}

/// A small sign with a tone: empty, `sea`, `due`, `wait`, `done` or `pencil`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    pub label: String,
    pub tone: &'static str,
}

impl Tag {
    pub fn new(label: impl Into<String>, tone: &'static str) -> Self {
        Self {
            label: label.into(),
            tone,
        }
    }
}

/// A moment: as a person reads it, and for machines (RFC 3339).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    pub text: String,
    pub iso: String,
}

/// What is wrong with the fields of a form, by field name; the text says what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<(&'static str, String)>);

impl Problems {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn add(&mut self, field: &'static str, text: impl Into<String>) {
        self.0.push((field, text.into()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first problem of a field, or an empty text.
    pub fn of(&self, field: &str) -> &str {
        self.0
            .iter()
            .find(|(name, _)| *name == field)
            .map_or("", |(_, text)| text)
    }
}

static ICONS: LazyLock<String> = LazyLock::new(|| assets::url("icons.svg"));

/// The address of the icon sprite.
pub fn icons() -> &'static str {
    &ICONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_fit_the_script() {
        assert_eq!(Who::new("Marta Ibáñez").initials, "MI");
        assert_eq!(Who::new("Lucía Fernández Ortega").initials, "LO");
        assert_eq!(Who::new("刘 波").initials, "刘");
        assert_eq!(Who::new("cher").initials, "C");
        assert_eq!(Who::new("  ").initials, "?");
    }

    #[test]
    fn a_field_keeps_its_first_problem() {
        let mut problems = Problems::none();
        problems.add("host", "one");
        problems.add("host", "two");
        assert_eq!(problems.of("host"), "one");
        assert_eq!(problems.of("port"), "");
    }
}
