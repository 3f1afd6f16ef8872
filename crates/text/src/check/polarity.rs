//! Yes turned into no: negation in six languages.

use crate::language::is_function_word;
use crate::normalise::compat;
use std::collections::HashSet;
use std::ops::Range;

/// Words that negate a sentence, as whole words, in lower case.
const WORDS: &str = "not no never none nor cannot can't won't don't doesn't didn't isn't aren't wasn't weren't couldn't \
    shouldn't wouldn't haven't hasn't unable neither without unfortunately_not \
    nunca jamás ningún ninguna ninguno tampoco sin ni \
    nicht kein keine keinen keinem keiner keines nie niemals weder ohne \
    ne n'est n'a n'ont n'avons n'acceptons n'offrons n'êtes n'y n'en pas jamais aucun aucune sans ni";

/// The same without spaces.
const CJK: &[&str] = &[
    "不",
    "没",
    "沒",
    "无法",
    "無法",
    "未",
    "别",
    "勿",
    "ない",
    "ません",
    "なかった",
    "ず、",
    "できかね",
    "いたしかね",
    "不可",
    "なし",
];

/// Phrases with such words that negate nothing, or only politely.
const HARMLESS: &[&str] = &[
    "no problem",
    "not only",
    "no doubt",
    "do not hesitate",
    "don't hesitate",
    "no longer than",
    "not later than",
    "no later than",
    "why not",
    "don't worry",
    "no worries",
    "whether or not",
    "no matter",
    "no dude en",
    "no solo",
    "sin embargo",
    "sin problema",
    "no se preocupe",
    "sin duda",
    "no más tarde",
    "nicht nur",
    "kein problem",
    "zögern sie nicht",
    "nicht zögern",
    "ohne weiteres",
    "nicht später als",
    "keine sorge",
    "n'hésitez pas",
    "ne vous inquiétez pas",
    "pas de souci",
    "pas de problème",
    "sans doute",
    "sans souci",
    "au plus tard",
    "不好意思",
    "不客气",
    "不客氣",
    "不过",
    "不過",
    "不仅",
    "不僅",
    "不但",
    "没问题",
    "沒問題",
    "没关系",
    "沒關係",
    "不要紧",
    "不用担心",
    "不久",
    "不同",
    "不少",
    "未来",
    "不断",
    "不错",
    "特别",
    "区别",
    "分别",
    "级别",
    "个别",
    "別途",
    "特別",
    "无论",
    "不管",
    "不论",
    "申し訳ありません",
    "申し訳ございません",
    "問題ありません",
    "間違いない",
    "かもしれない",
    "かもしれません",
    "なければなりません",
    "ありませんか",
    "ませんか",
    "少ない",
    "しかない",
    "なければならない",
    "ずに済",
    "必ず",
    "まず、",
    "遠慮なく",
    "問題なし",
    "なしで",
    "すみません",
    "すいません",
];

/// The sentences of a text, by their ends in all six languages.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while let Some((at, c)) = chars.next() {
            let wide = matches!(c, '。' | '！' | '？' | '\n' | '!' | '?' | ';' | '；');
            // A point ends a sentence only before white space: 4.90, www.a.b.
            let point = c == '.' && chars.peek().is_none_or(|(_, n)| n.is_whitespace());
            if wide || point {
                let end = at + c.len_utf8();
                let range = start..end;
                start = end;
                if !text[range.clone()].trim().is_empty() {
                    return Some(range);
                }
            }
        }
        let range = start..text.len();
        start = text.len();
        (!text[range.clone()].trim().is_empty()).then_some(range)
    })
}

/// Whether a sentence (lower case, compatibility form) denies something. Two
/// negations still count as one: the guard is to be careful, not clever.
pub(super) fn is_negated(sentence: &str) -> bool {
    let mut plain = sentence.replace('’', "'");
    for phrase in HARMLESS {
        if plain.contains(phrase) {
            plain = plain.replace(phrase, " ");
        }
    }
    if CJK.iter().any(|n| plain.contains(n)) {
        return true;
    }
    let negates = |word: &str| {
        WORDS.split_whitespace().any(|w| w == word)
            || word.ends_with("n't")
            || (word.starts_with("n'") && word.len() > 2)
    };
    plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .any(negates)
}

/// Whether a text denies what its source affirms, or the other way round.
///
/// Each sentence of the text is held against the sentence of the source that
/// shares most with it (content words, bigrams, digits). Where nothing is
/// shared, as between two languages, a text that denies something is compared
/// with the source as a whole: it differs if nothing there is denied; and an
/// affirming text differs if the source denies in every sentence.
pub fn polarity_differs(text: &str, source: &str) -> bool {
    let (text, source) = (compat(text).to_lowercase(), compat(source).to_lowercase());
    let source_sentences: Vec<(bool, HashSet<String>)> = sentences(&source)
        .map(|r| (is_negated(&source[r.clone()]), content(&source[r])))
        .collect();
    if source_sentences.is_empty() {
        return sentences(&text).any(|r| is_negated(&text[r]));
    }
    let any_denied = source_sentences.iter().any(|(negated, _)| *negated);
    let all_denied = source_sentences.iter().all(|(negated, _)| *negated);
    sentences(&text).any(|range| {
        let sentence = &text[range];
        let negated = is_negated(sentence);
        let own = content(sentence);
        let shared = |other: &HashSet<String>| own.intersection(other).count();
        let best = source_sentences
            .iter()
            .map(|(_, c)| shared(c))
            .max()
            .unwrap_or(0);
        if best >= 2 || (best == 1 && own.len() <= 3) {
            // Of several equally near sentences one of the same sense suffices.
            return !source_sentences
                .iter()
                .any(|(n, c)| shared(c) == best && *n == negated);
        }
        // A greeting or thanks shares nothing and denies nothing.
        if negated {
            !any_denied
        } else {
            all_denied && !own.is_empty() && is_statement(sentence)
        }
    })
}

/// Greetings and thanks are no statements about the matter.
fn is_statement(sentence: &str) -> bool {
    let polite = [
        "thank",
        "hello",
        "hi ",
        "dear",
        "regards",
        "gracias",
        "hola",
        "saludos",
        "danke",
        "hallo",
        "grüße",
        "guten tag",
        "merci",
        "bonjour",
        "cordialement",
        "谢谢",
        "感谢",
        "您好",
        "你好",
        "ありがとう",
        "お問い合わせ",
        "こんにちは",
        "よろしく",
    ];
    !polite.iter().any(|p| sentence.contains(p))
}

/// What a sentence is about: content words cut to six letters, digits, and
/// CJK bigrams.
fn content(sentence: &str) -> HashSet<String> {
    let mut out = HashSet::new();
    let mut run: Vec<char> = Vec::new();
    let mut word = String::new();
    for c in sentence.chars().chain(std::iter::once(' ')) {
        if crate::search::is_cjk(c) {
            run.push(c);
        } else {
            for pair in run
                .windows(2)
                .filter(|p| !p.iter().all(|c| matches!(c, '\u{3041}'..='\u{309F}')))
            {
                out.insert(pair.iter().collect());
            }
            run.clear();
        }
        if c.is_alphanumeric() && !crate::search::is_cjk(c) {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            let keep = word.chars().count() >= 3 || word.chars().all(|c| c.is_numeric());
            if keep && !is_function_word(&word) {
                out.insert(word.chars().take(6).collect());
            }
            word.clear();
        }
    }
    out
}
