//! Names of months in the Latin-script languages.

use crate::normalise::fold;

/// Names by month, folded; short forms are matched with or without a point.
const NAMES: [&str; 12] = [
    "january|jan|januar|janner|enero|ene|janvier|janv",
    "february|feb|februar|febrero|fevrier|fevr|fev",
    "march|mar|marz|mrz|marzo|mars",
    "april|apr|abril|abr|avril|avr",
    "may|mai|mayo",
    "june|jun|juni|junio|juin",
    "july|jul|juli|julio|juillet|juil",
    "august|aug|agosto|ago|aout",
    "september|sep|sept|septiembre|setiembre|septembre",
    "october|oct|oktober|okt|octubre|octobre",
    "november|nov|noviembre|novembre",
    "december|dec|dezember|dez|diciembre|dic|decembre",
];

/// The month (1 to 12) a word names.
pub(super) fn month(word: &str) -> Option<u8> {
    let folded = fold(word.trim_end_matches('.'));
    let at = NAMES
        .iter()
        .position(|names| names.split('|').any(|n| n == folded))?;
    u8::try_from(at + 1).ok()
}
