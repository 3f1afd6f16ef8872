//! Words a person reads: Fluent bundles, one per language, and the handle [`Tr`]
//! that templates use. No other file holds text for screens or mails.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    sync::LazyLock,
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
pub use kontor_text::language::Lang;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Locales;

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<BTreeMap<&'static str, Bundle>> = LazyLock::new(|| {
    Lang::ALL
        .iter()
        .map(|lang| (lang.code(), load(lang.code())))
        .collect()
});

/// Reads every `locales/<lang>/*.ftl` into one bundle. The files are part of the binary, so a
/// fault in them is a fault of ours: it is logged here and a test refuses it.
fn load(lang: &str) -> Bundle {
    let id = lang.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Isolation marks (U+2068/2069) around arguments would end up in subjects and in `title`
    // attributes; the templates set `dir="auto"` on what others wrote instead.
    bundle.set_use_isolating(false);
    for name in Locales::iter().filter(|n| n.starts_with(lang) && n.ends_with(".ftl")) {
        let Some(file) = Locales::get(&name) else {
            continue;
        };
        let text = String::from_utf8_lossy(&file.data).into_owned();
        let resource = match FluentResource::try_new(text) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                tracing::error!(file = %name, ?errors, "translation file has faults");
                resource
            }
        };
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(file = %name, ?errors, "translation keys defined twice");
        }
    }
    bundle
}

/// A translator for one language: cheap to copy, made per request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tr(pub Lang);

impl Tr {
    /// The language's code for `lang="…"`.
    pub fn lang(&self) -> &'static str {
        self.0.code()
    }

    /// A text without arguments.
    pub fn s(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// A text with one argument.
    pub fn s1(&self, key: &str, name: &str, value: impl Display) -> String {
        self.args(key, &[(name, &value)])
    }

    /// A text with two arguments.
    pub fn s2(
        &self,
        key: &str,
        name1: &str,
        value1: impl Display,
        name2: &str,
        value2: impl Display,
    ) -> String {
        self.args(key, &[(name1, &value1), (name2, &value2)])
    }

    /// A text that depends on a number, given to Fluent as `$count`.
    pub fn n(&self, key: &str, count: impl TryInto<i64>) -> String {
        let mut args = FluentArgs::new();
        args.set("count", count.try_into().unwrap_or(i64::MAX));
        self.format(key, Some(&args))
    }

    /// A text with any number of named arguments.
    pub fn args(&self, key: &str, args: &[(&str, &dyn Display)]) -> String {
        let mut fluent = FluentArgs::new();
        for (name, value) in args {
            fluent.set(name.to_string(), FluentValue::from(value.to_string()));
        }
        self.format(key, Some(&fluent))
    }

    /// Falls back to English, then to the key itself, so that a missing text is seen and harmless.
    fn format(&self, key: &str, args: Option<&FluentArgs>) -> String {
        for lang in [self.lang(), "en"] {
            let Some(bundle) = BUNDLES.get(lang) else {
                continue;
            };
            let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
                continue;
            };
            let mut errors = Vec::new();
            return bundle
                .format_pattern(pattern, args, &mut errors)
                .into_owned();
        }
        key.to_owned()
    }
}

/// All keys of one file of one language, for the test that compares languages.
pub fn keys(lang: &str, file: &str) -> BTreeSet<String> {
    let Some(data) = Locales::get(&format!("{lang}/{file}")) else {
        return BTreeSet::new();
    };
    String::from_utf8_lossy(&data.data)
        .lines()
        .filter_map(|line| {
            let (key, _) = line.split_once('=')?;
            let key = key.trim_end();
            (!key.is_empty()
                && key.starts_with(|c: char| c.is_ascii_lowercase())
                && !key.contains(' '))
            .then(|| key.to_owned())
        })
        .collect()
}

/// The names of the translation files of one language.
pub fn files(lang: &str) -> BTreeSet<String> {
    Locales::iter()
        .filter_map(|name| name.strip_prefix(&format!("{lang}/")).map(str::to_owned))
        .collect()
}
