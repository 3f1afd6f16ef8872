//! The languages wordings exist in.

/// A language with a complete set of wordings, dates and amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    Chinese,
    Spanish,
    German,
    French,
    Japanese,
}

impl Language {
    /// All of them, in the order screens list them.
    pub const ALL: [Language; 6] = [
        Language::English,
        Language::Chinese,
        Language::Spanish,
        Language::German,
        Language::French,
        Language::Japanese,
    ];

    /// Reads a BCP 47 tag by its primary subtag (`de-AT` is German); English
    /// where there is no wording of that language.
    pub fn from_tag(tag: &str) -> Language {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Language::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
            .unwrap_or(Language::English)
    }

    /// The BCP 47 primary subtag.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh",
            Language::Spanish => "es",
            Language::German => "de",
            Language::French => "fr",
            Language::Japanese => "ja",
        }
    }
}
