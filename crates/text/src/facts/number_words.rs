//! Numbers spelled out in English, Spanish, German and French: "fourteen
//! days", "vierzehn Tage", "catorce días", "quatorze jours".

use super::Scan;
use super::numbers::finish;
use super::units::{Follower, follower};
use crate::language::{Lang, detect};
use crate::normalise::fold;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Most words one number is made of: quatre-vingt-dix-neuf, ciento treinta y cinco.
const MAX_WORDS: usize = 5;

/// Words that are also articles, verbs or adjectives; they count only before a
/// unit. (neuf = new, once = one time, acht geben, mil gracias.)
const AMBIGUOUS: &[&str] = &[
    "one", "a", "an", "ein", "eine", "einen", "einem", "einer", "eines", "eins", "un", "une",
    "una", "uno", "neuf", "once", "acht", "elf", "null", "zero", "cero", "cent", "mil", "mille",
    "hundert", "tausend",
];

static WORDS: LazyLock<HashMap<String, (u64, Vec<Lang>)>> = LazyLock::new(|| {
    let mut all: HashMap<String, (u64, Vec<Lang>)> = HashMap::new();
    let mut put = |lang: Lang, n: u64, words: &str| {
        let entry = all.entry(fold(words)).or_insert_with(|| (n, Vec::new()));
        if entry.0 == n && !entry.1.contains(&lang) {
            entry.1.push(lang);
        }
    };
    english(&mut put);
    german(&mut put);
    french(&mut put);
    spanish(&mut put);
    all
});

type Put<'a> = &'a mut dyn FnMut(Lang, u64, &str);

fn english(put: Put) {
    let small = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
                 seventeen eighteen nineteen";
    let tens = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    let small: Vec<&str> = small.split_whitespace().collect();
    for (n, word) in (0..).zip(&small) {
        put(Lang::En, n, word);
    }
    for (t, ten) in (2..).zip(tens) {
        put(Lang::En, t * 10, ten);
        for (n, word) in (1..).zip(&small[1..10]) {
            put(Lang::En, t * 10 + n, &format!("{ten} {word}"));
        }
    }
    for (n, word) in (1..).zip(&small[1..10]) {
        put(Lang::En, n * 100, &format!("{word} hundred"));
        put(Lang::En, n * 1000, &format!("{word} thousand"));
    }
    put(Lang::En, 100, "a hundred");
    put(Lang::En, 100, "hundred");
    put(Lang::En, 1000, "a thousand");
    put(Lang::En, 12, "a dozen");
    put(Lang::En, 12, "dozen");
}

fn german(put: Put) {
    let small = "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn \
                 siebzehn achtzehn neunzehn";
    let tens = [
        "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
    ];
    let joined = [
        "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
    ];
    for (n, word) in (0..).zip(small.split_whitespace()) {
        put(Lang::De, n, word);
    }
    for article in ["ein", "eine", "einen", "einem", "einer", "eines"] {
        put(Lang::De, 1, article);
    }
    put(Lang::De, 2, "zwo");
    put(Lang::De, 30, "dreissig");
    for (t, ten) in (2..).zip(tens) {
        put(Lang::De, t * 10, ten);
        for (n, word) in (1..).zip(joined) {
            put(Lang::De, t * 10 + n, &format!("{word}und{ten}"));
        }
    }
    put(Lang::De, 100, "hundert");
    put(Lang::De, 1000, "tausend");
    for (n, word) in (1..).zip(joined) {
        put(Lang::De, n * 100, &format!("{word}hundert"));
        put(Lang::De, n * 1000, &format!("{word}tausend"));
    }
    put(Lang::De, 12, "dutzend");
}

fn french(put: Put) {
    let small = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize \
                 dix-sept dix-huit dix-neuf";
    let small: Vec<String> = small
        .split_whitespace()
        .map(|w| w.replace('-', " "))
        .collect();
    for (n, word) in (0..).zip(&small) {
        put(Lang::Fr, n, word);
    }
    put(Lang::Fr, 1, "une");
    for (t, ten) in (2..).zip(["vingt", "trente", "quarante", "cinquante", "soixante"]) {
        put(Lang::Fr, t * 10, ten);
        put(Lang::Fr, t * 10 + 1, &format!("{ten} et un"));
        put(Lang::Fr, t * 10 + 1, &format!("{ten} et une"));
        for (n, word) in (2..).zip(&small[2..10]) {
            put(Lang::Fr, t * 10 + n, &format!("{ten} {word}"));
        }
    }
    put(Lang::Fr, 71, "soixante et onze");
    put(Lang::Fr, 80, "quatre vingts");
    put(Lang::Fr, 80, "quatre vingt");
    for (n, word) in (10..).zip(&small[10..20]) {
        put(Lang::Fr, 60 + n, &format!("soixante {word}"));
        put(Lang::Fr, 80 + n, &format!("quatre vingt {word}"));
    }
    for (n, word) in (1..).zip(&small[1..10]) {
        put(Lang::Fr, 80 + n, &format!("quatre vingt {word}"));
    }
    put(Lang::Fr, 100, "cent");
    put(Lang::Fr, 1000, "mille");
    for (n, word) in (2..).zip(&small[2..10]) {
        put(Lang::Fr, n * 100, &format!("{word} cents"));
        put(Lang::Fr, n * 1000, &format!("{word} mille"));
    }
    put(Lang::Fr, 12, "douzaine");
    put(Lang::Fr, 15, "quinzaine");
}

fn spanish(put: Put) {
    let small = "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis \
                 diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco \
                 veintiséis veintisiete veintiocho veintinueve";
    let small: Vec<&str> = small.split_whitespace().collect();
    for (n, word) in (0..).zip(&small) {
        put(Lang::Es, n, word);
    }
    put(Lang::Es, 1, "un");
    put(Lang::Es, 1, "una");
    put(Lang::Es, 21, "veintiún");
    for (t, ten) in (3..).zip([
        "treinta",
        "cuarenta",
        "cincuenta",
        "sesenta",
        "setenta",
        "ochenta",
        "noventa",
    ]) {
        put(Lang::Es, t * 10, ten);
        for (n, word) in (1..).zip(&small[1..10]) {
            put(Lang::Es, t * 10 + n, &format!("{ten} y {word}"));
        }
        put(Lang::Es, t * 10 + 1, &format!("{ten} y un"));
    }
    put(Lang::Es, 100, "cien");
    put(Lang::Es, 100, "ciento");
    put(Lang::Es, 200, "doscientos");
    put(Lang::Es, 300, "trescientos");
    put(Lang::Es, 500, "quinientos");
    put(Lang::Es, 1000, "mil");
    put(Lang::Es, 12, "docena");
    put(Lang::Es, 15, "quincena");
}

/// A word of letters and where it stands.
struct Word {
    folded: String,
    start: usize,
    end: usize,
}

fn words(text: &str) -> Vec<Word> {
    crate::pattern!(r"\p{Latin}+")
        .find_iter(text)
        .map(|m| Word {
            folded: fold(m.as_str()),
            start: m.start(),
            end: m.end(),
        })
        .collect()
}

pub(super) fn scan(scan: &mut Scan) {
    let text = scan.text;
    let words = words(text);
    if words.is_empty() {
        return;
    }
    let lang = detect(text, None).0;
    let mut i = 0;
    while i < words.len() {
        i += number_from(scan, &words[i..], lang).unwrap_or(1).max(1);
    }
}

/// Reads a number that starts with the first word; how many words it has.
fn number_from(scan: &mut Scan, words: &[Word], lang: Lang) -> Option<usize> {
    let text = scan.text;
    let mut reach = 1;
    while reach < MAX_WORDS
        && words.get(reach).is_some_and(|next| {
            matches!(
                &text[words[reach - 1].end..next.start],
                " " | "-" | "\u{2011}" | "\u{2010}"
            )
        })
    {
        reach += 1;
    }
    for n in (1..=reach.min(words.len())).rev() {
        let phrase: Vec<&str> = words[..n].iter().map(|w| w.folded.as_str()).collect();
        let phrase = phrase.join(" ");
        let within_a = n == 1
            && matches!(phrase.as_str(), "a" | "an")
            && is_span_preposition(scan.before(words[0].start));
        let (value, langs) = match WORDS.get(&phrase) {
            Some((value, langs)) => (*value, langs.as_slice()),
            None if within_a => (1, [Lang::En].as_slice()),
            None => continue,
        };
        let range = words[0].start..words[n - 1].end;
        if !scan.is_free(&range) {
            return None;
        }
        let counted = matches!(
            follower(scan.after(range.end)),
            Some((
                Follower::Unit(_) | Follower::Currency(_) | Follower::Percent,
                _
            ))
        );
        let plain = langs.contains(&lang) && !AMBIGUOUS.contains(&phrase.as_str());
        if counted || plain {
            finish(scan, range, vec![value.to_string()]);
            return Some(n);
        }
        return Some(1);
    }
    None
}

fn is_span_preposition(before: &str) -> bool {
    let lower = before.trim_end().to_lowercase();
    ["within", "in", "after", "than"]
        .iter()
        .any(|p| lower.ends_with(p))
}
