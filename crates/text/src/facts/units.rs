//! Units, currencies and percent signs beside numbers.

use serde::{Deserialize, Serialize};

/// A unit that changes what a number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Minute,
    Hour,
    Day,
    BusinessDay,
    Week,
    Month,
    Year,
    Millimetre,
    Centimetre,
    Metre,
    Kilometre,
    Inch,
    Gram,
    Kilogram,
    Pound,
    Litre,
    Millilitre,
    Watt,
    Volt,
}

/// Words for units. A star at the end: any ending may follow.
const UNITS: &[(Unit, &str)] = &[
    (
        Unit::BusinessDay,
        "business days|business day|working days|working day|weekdays|werktage|werktagen|werktag|werktags|arbeitstage|\
         arbeitstagen|arbeitstag|bankarbeitstage|bankarbeitstagen|días hábiles|día hábil|días laborables|día laborable|\
         dias habiles|dias laborables|jours ouvrés|jour ouvré|jours ouvrables|jour ouvrable|个工作日|個工作日|工作日|\
         个工作天|個工作天|工作天|个营业日|營業日|营业日|営業日",
    ),
    (
        Unit::Day,
        "days|day|calendar days|calendar day|tage|tagen|tag|tages|kalendertage|kalendertagen|días|día|dias|dia|\
         días naturales|jours|jour|jours calendaires|tägig*|天|日間|日|自然日|個自然日|个自然日|暦日",
    ),
    (
        Unit::Hour,
        "hours|hour|hrs|hr|h|stunden|stunde|std|stündig*|horas|hora|heures|heure|个小时|個小時|小时|小時|時間|个钟头",
    ),
    (
        Unit::Minute,
        "minutes|minute|mins|min|minuten|minutos|minuto|分钟|分鐘|分間",
    ),
    (
        Unit::Week,
        "weeks|week|wochen|woche|wöchig*|semanas|semana|semaines|semaine|周|週間|週|星期|个星期|個星期|礼拜|个礼拜",
    ),
    (
        Unit::Month,
        "months|month|monate|monaten|monat|monats|monatig*|meses|mes|mois|个月|個月|か月|ヶ月|カ月|ヵ月|ケ月|箇月",
    ),
    (
        Unit::Year,
        "years|year|yrs|jahre|jahren|jahr|jahres|jährig*|años|año|ans|an|années|année|年間|年",
    ),
    (Unit::Millimetre, "mm|millimetres|millimeters|毫米|ミリ"),
    (
        Unit::Centimetre,
        "cm|centimetres|centimeters|zentimeter|centímetros|centimètres|厘米|公分|センチ",
    ),
    (
        Unit::Metre,
        "m|metres|meters|metre|meter|metern|metros|mètres|米|公尺|メートル",
    ),
    (
        Unit::Kilometre,
        "km|kilometres|kilometers|kilometer|kilómetros|kilomètres|公里|キロメートル",
    ),
    (Unit::Inch, "inch|inches|zoll|pulgadas|pouces|英寸|インチ"),
    (Unit::Gram, "g|grams|gramm|gramos|grammes|克|グラム"),
    (
        Unit::Kilogram,
        "kg|kilograms|kilogramm|kilos|kilo|公斤|千克|キロ",
    ),
    (Unit::Pound, "lb|lbs"),
    (Unit::Litre, "l|litres|liters|liter|litros|升|リットル"),
    (Unit::Millilitre, "ml|毫升"),
    (Unit::Watt, "w|watts|watt|瓦|ワット"),
    (Unit::Volt, "v|volts|volt|伏|ボルト"),
];

/// Words and signs for currencies, and the ISO 4217 codes each can mean.
const CURRENCIES: &[(&[&str], &str)] = &[
    (&["EUR"], "€|eur|euros|euro|欧元|歐元|ユーロ"),
    (&["USD"], "us$|usd|us-dollar|us dollars|美元|美金|米ドル"),
    (&["CAD"], "ca$|c$|cad"),
    (&["AUD"], "a$|au$|aud"),
    (&["HKD"], "hk$|hkd|港币|港幣|港元"),
    (&["TWD"], "nt$|twd|台币|臺幣|台幣|新台幣"),
    (
        &["USD", "CAD", "AUD", "HKD", "TWD", "MXN", "SGD"],
        "$|dollars|dollar|dólares|dólar|ドル",
    ),
    (
        &["GBP"],
        "£|gbp|pounds|pound|pfund|libras|livres sterling|英镑|英鎊|ポンド",
    ),
    (&["JPY", "CNY"], "¥|￥"),
    (&["JPY"], "jpy|yen|円|日元|日圆|日圓"),
    (&["CNY"], "cny|rmb|yuan|人民币|人民幣|块钱|块|塊"),
    (&["CNY", "TWD", "HKD"], "元"),
    (&["CHF"], "chf|sfr|franken|francs suisses|瑞士法郎"),
    (&["SEK", "NOK", "DKK"], "kr|kronor|kroner"),
    (&["SEK"], "sek"),
    (&["NOK"], "nok"),
    (&["DKK"], "dkk"),
    (&["PLN"], "zł|zl|pln|złoty"),
    (&["CZK"], "kč|czk"),
    (&["MXN"], "mxn"),
    (&["CENT"], "cents|cent|ct|céntimos|centimes|欧分|美分"),
];

const PERCENT: &str =
    "%|percent|per cent|prozent|prozentig*|por ciento|pour cent|pourcent|パーセント|プロセント|％";

/// What follows a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follower {
    Unit(Unit),
    Currency(&'static [&'static str]),
    Percent,
}

/// The unit, currency or percent word at the start of `rest` (behind at most
/// one space or hyphen), and where it ends.
pub(super) fn follower(rest: &str) -> Option<(Follower, usize)> {
    let skip = rest
        .chars()
        .next()
        .filter(|c| matches!(c, ' ' | '-' | '\u{2011}' | '\u{2010}'))
        .map_or(0, char::len_utf8);
    let near: String = rest[skip..].chars().take(24).collect();
    let mut best: Option<(Follower, usize)> = None;
    let mut offer = |what: Follower, words: &str| {
        for word in words.split('|') {
            if let Some(len) = starts_with_word(&near, word)
                && best.is_none_or(|(_, l)| len > l)
            {
                best = Some((what, len));
            }
        }
    };
    UNITS
        .iter()
        .for_each(|(unit, words)| offer(Follower::Unit(*unit), words));
    CURRENCIES
        .iter()
        .for_each(|(codes, words)| offer(Follower::Currency(codes), words));
    offer(Follower::Percent, PERCENT);
    best.map(|(what, len)| (what, skip + len))
}

/// The currency at the end of `before` (in front of at most one space), and
/// where it starts.
pub(super) fn currency_before(before: &str) -> Option<(&'static [&'static str], usize)> {
    let trimmed = before.strip_suffix(' ').unwrap_or(before);
    let mut best: Option<(&'static [&'static str], usize)> = None;
    for (codes, words) in CURRENCIES {
        for word in words.split('|') {
            let Some(len) = ends_with_word(trimmed, word) else {
                continue;
            };
            if best.is_none_or(|(_, l)| len > l) {
                best = Some((codes, len));
            }
        }
    }
    best.map(|(codes, len)| (codes, trimmed.len() - len))
}

/// The bytes of `text` that `word` covers at its start, any case, ending at
/// the end of a word.
fn starts_with_word(text: &str, word: &str) -> Option<usize> {
    let (word, open) = word.strip_suffix('*').map_or((word, false), |w| (w, true));
    let mut chars = text.char_indices();
    for w in word.chars() {
        let (_, c) = chars.next()?;
        if c != w && !c.to_lowercase().eq(std::iter::once(w)) {
            return None;
        }
    }
    let rest = chars.as_str();
    let end = text.len() - rest.len();
    let letters = word
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphabetic() && !crate::search::is_cjk(c));
    let goes_on = rest
        .chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() && !crate::search::is_cjk(c));
    (open || !letters || !goes_on).then_some(end)
}

fn ends_with_word(text: &str, word: &str) -> Option<usize> {
    let mut chars = text.chars().rev();
    let mut len = 0;
    for w in word.chars().rev() {
        let c = chars.next()?;
        if c != w && !c.to_lowercase().eq(std::iter::once(w)) {
            return None;
        }
        len += c.len_utf8();
    }
    let letters = word
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() && !crate::search::is_cjk(c));
    let goes_on = chars
        .next()
        .is_some_and(|c| c.is_alphanumeric() && !crate::search::is_cjk(c));
    (!letters || !goes_on).then_some(len)
}

/// Whether a text names a unit anywhere (a table's head, a column's name).
pub(crate) fn mentions_unit(lower_text: &str, unit: Unit) -> bool {
    UNITS
        .iter()
        .filter(|(u, _)| *u == unit)
        .any(|(_, words)| mentions(lower_text, words))
}

/// Whether a text names one of these currencies anywhere.
pub(crate) fn mentions_currency(lower_text: &str, codes: &[&str]) -> bool {
    CURRENCIES
        .iter()
        .filter(|(c, _)| c.iter().any(|code| codes.contains(code)))
        .any(|(_, words)| mentions(lower_text, words))
}

fn mentions(lower_text: &str, words: &str) -> bool {
    words.split('|').any(|word| {
        let word = word.trim_end_matches('*');
        lower_text.match_indices(word).any(|(at, _)| {
            let ascii = word.chars().all(|c| c.is_ascii_alphabetic());
            let glued = |c: Option<char>| {
                ascii && c.is_some_and(|c| c.is_alphabetic() && !crate::search::is_cjk(c))
            };
            !glued(lower_text[..at].chars().next_back())
                && !glued(lower_text[at + word.len()..].chars().next())
        })
    })
}
