//! Which of the six languages a text is written in.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::LazyLock;
use whatlang::{Detector, Lang as W};

/// A language Kontor answers customers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English
    En,
    /// Chinese, simplified or traditional
    Zh,
    /// Spanish
    Es,
    /// German
    De,
    /// French
    Fr,
    /// Japanese
    Ja,
}

impl Lang {
    /// Every language, in the order screens list them.
    pub const ALL: [Lang; 6] = [Lang::En, Lang::Zh, Lang::Es, Lang::De, Lang::Fr, Lang::Ja];

    /// The ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh",
            Lang::Es => "es",
            Lang::De => "de",
            Lang::Fr => "fr",
            Lang::Ja => "ja",
        }
    }

    /// Reads a language tag by its primary subtag (BCP 47): `de`, `de-AT`,
    /// `zh_Hant_TW`; any case. `None` for every other language.
    pub fn parse(tag: &str) -> Option<Lang> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Lang::ALL
            .into_iter()
            .find(|l| l.code().eq_ignore_ascii_case(primary))
    }

    /// Whether the script has no spaces between words.
    pub fn is_cjk(self) -> bool {
        matches!(self, Lang::Zh | Lang::Ja)
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// The language of a text and how sure that is, from 0.0 to 1.0.
///
/// Scripts decide first, then everyday words, then letter trigrams. What none
/// of them can tell gets the `hint` (the language of the conversation, the
/// customer or the shop) or English, with a confidence of 0.2 or less.
pub fn detect(text: &str, hint: Option<Lang>) -> (Lang, f32) {
    let unknown = (hint.unwrap_or(Lang::En), 0.1);
    let words = plain_words(text);
    let scripts = Scripts::count(&words);
    if let Some(found) = scripts.cjk(hint) {
        return found;
    }
    if scripts.latin == 0 || scripts.other > scripts.latin {
        return unknown;
    }
    latin(&words, scripts.latin, hint).unwrap_or(unknown)
}

/// The text without addresses and numbers, which speak no language.
fn plain_words(text: &str) -> String {
    text.split_whitespace()
        .filter(|w| !w.contains('@') && !w.contains("://") && !w.starts_with("www."))
        .filter(|w| !w.chars().any(|c| c.is_ascii_digit()) || w.chars().any(is_han_or_kana))
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9F}')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '々')
}

fn is_han_or_kana(c: char) -> bool {
    is_han(c) || is_kana(c)
}

/// Characters of Japanese print that Chinese writes otherwise, in either of its
/// two forms, and kanji words of shop mail without kana.
const JAPANESE_ONLY: &str = "々込働畑峠円様発気対済届変売図読続単検帰悪広圧価仮県駅択払払戻戻渡覧応営薬歩毎両渋経験実楽総関権証録録転輸録";
/// Characters of Chinese print, simplified or traditional, that Japanese does not use.
const CHINESE_ONLY: &str = "们这为吗没呢你您说请发货单订买卖东谢应该换质电给还让问几时间么们與嗎們這說請發貨單訂買賣東謝應該換質給還讓問幾麼沒呢您哪她吧啊哦怎";

/// How many letters of each kind of script a text has.
#[derive(Default)]
struct Scripts {
    kana: usize,
    han: usize,
    japanese: usize,
    chinese: usize,
    latin: usize,
    other: usize,
}

impl Scripts {
    fn count(text: &str) -> Scripts {
        let mut s = Scripts::default();
        for c in text.chars() {
            if is_kana(c) {
                s.kana += 1;
            } else if is_han(c) {
                s.han += 1;
                s.japanese += usize::from(JAPANESE_ONLY.contains(c));
                s.chinese += usize::from(CHINESE_ONLY.contains(c));
            } else if c.is_alphabetic() {
                // Latin letters end with Latin Extended-B; Extended Additional
                // holds Vietnamese and such.
                if (c as u32) < 0x250 || ('\u{1E00}'..='\u{1EFF}').contains(&c) {
                    s.latin += 1;
                } else {
                    s.other += 1;
                }
            }
        }
        s
    }

    /// Japanese or Chinese, where Han and kana carry the text. One such letter
    /// says about as much as three Latin ones.
    fn cjk(&self, hint: Option<Lang>) -> Option<(Lang, f32)> {
        let cjk = self.kana + self.han;
        if cjk == 0 || cjk * 3 < self.latin || cjk < self.other {
            return None;
        }
        // A lone の is fashionable in Chinese names.
        let few_kana = self.kana * 10 < self.han && self.kana <= 2;
        if self.kana > 0 && !(few_kana && self.chinese > self.japanese) {
            return Some((Lang::Ja, if few_kana { 0.8 } else { 0.99 }));
        }
        if self.japanese > self.chinese {
            return Some((Lang::Ja, 0.8));
        }
        if self.chinese == 0 && self.han <= 8 && hint == Some(Lang::Ja) {
            return Some((Lang::Ja, 0.5));
        }
        Some((Lang::Zh, if self.chinese > 0 { 0.98 } else { 0.7 }))
    }
}

const LATIN: [Lang; 4] = [Lang::En, Lang::Es, Lang::De, Lang::Fr];

/// Everyday words; a word listed for several languages counts for each of them.
const STOP_WORDS: [(Lang, &str); 4] = [
    (
        Lang::En,
        "the and you is are was were i my me we our your it it's this that these have has had do does did don't not \
         can could will would please thanks thank hello hi hey where when what how why which who with from for to of \
         on in at by an a be been am i'm i've order shipping refund return delivery parcel package still yet already \
         any some there get got if or but about so just need want item arrived anyone someone cancel wrong size yes \
         ok track tracking working human agent help broken damaged price discount code invoice receipt exchange",
    ),
    (
        Lang::Es,
        "el la los las un una unos unas y que de del al en es son está esta están este esto estos no sí si mi mis me \
         te se su sus le les lo con por para como cuándo cuando dónde donde qué cómo cuánto cuanto muy más mas pero \
         hola gracias buenas buenos días tardes pedido paquete envío envio devolución devolver reembolso quiero \
         quería puedo pueden puede tengo tiene he ha han hay ya todavía aún sin favor compré llegado llega recibido \
         talla tienda factura descuento código dirección cambiar cancelar ustedes usted vosotros alguien persona \
         hablar ayuda roto soy fue era desde hasta también porque nada mi",
    ),
    (
        Lang::De,
        "der die das den dem des ein eine einen einem einer und oder aber ist sind war waren ich du sie wir ihr mir \
         mich mein meine meinen meiner nicht kein keine mit von vom für auf in im an am zu zum zur bei nach aus auch \
         noch schon wie wo wann was warum wer welche habe hab hat haben hätte kann können könnte möchte würde wurde \
         werden bitte danke hallo guten tag moin bestellung paket lieferung rücksendung zurück umtausch rechnung \
         versand geld erstattung gekommen angekommen bestellt sehr geehrte damen herren grüße freundlichen es so nur \
         wenn dass da mal ihnen ihre ihrem gibt größe gutschein rabatt kaputt defekt stornieren adresse jemand mensch \
         mitarbeiter leider immer seit heute gestern sendung sich über is nich nix",
    ),
    (
        Lang::Fr,
        "le la les un une des du de et est sont était je tu il elle nous vous ils mon ma mes votre vos ce cette ces \
         ça c'est j'ai n'ai qu'il que qui quoi où quand comment pourquoi combien ne pas plus avec pour par sur dans en \
         au aux à mais ou si bonjour bonsoir salut merci commande colis livraison livré retour rembourser remboursement \
         avez pouvez puis peut peux être avoir été fait faire suis reçu recu toujours encore déjà svp s'il plaît \
         cordialement taille échange échanger adresse facture article envoyer quelqu'un parler bien très aussi y \
         produit panier réduction cassé jour jours chez sans on d'un d'une l'article veux voudrais souhaite",
    ),
];

static WORD_WEIGHT: LazyLock<HashMap<&'static str, [f32; 4]>> = LazyLock::new(|| {
    let mut map: HashMap<&'static str, [f32; 4]> = HashMap::new();
    for (i, (_, words)) in STOP_WORDS.iter().enumerate() {
        for w in words.split_whitespace() {
            map.entry(w).or_default()[i] = 1.0;
        }
    }
    // A word of two languages says half as much for each.
    for weights in map.values_mut() {
        let n: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= n);
    }
    map
});

/// Letters and signs that only one of the four languages has, with what each
/// is worth in everyday words.
fn letter_votes(text: &str) -> [f32; 4] {
    let mut votes = [0.0; 4];
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ñ' => votes[1] += 1.0,
            '¿' | '¡' => votes[1] += 2.0,
            'á' | 'í' | 'ó' | 'ú' => votes[1] += 0.5,
            'ß' => votes[2] += 1.5,
            'ä' | 'ö' => votes[2] += 1.0,
            'ü' => votes[2] += 0.7,
            'è' | 'ê' | 'à' | 'ù' | 'û' | 'î' | 'ô' | 'œ' => votes[3] += 0.7,
            'ç' => votes[3] += 0.7,
            'é' => {
                votes[3] += 0.3;
                votes[1] += 0.2;
            }
            _ => {}
        }
    }
    votes.map(|v| f32::min(v, 3.0))
}

/// One of the four Latin-script languages, or nothing where neither words nor
/// trigrams tell.
fn latin(text: &str, letters: usize, hint: Option<Lang>) -> Option<(Lang, f32)> {
    let mut votes = letter_votes(text);
    let mut words = 0usize;
    for raw in text.split(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '’'))) {
        if raw.is_empty() {
            continue;
        }
        words += 1;
        let word = raw.to_lowercase().replace('’', "'");
        if let Some(weight) = WORD_WEIGHT.get(word.as_str()) {
            votes.iter_mut().zip(weight).for_each(|(v, w)| *v += w);
        }
    }
    let (best, second) = top_two(&votes);
    let margin = votes[best] - votes[second];
    let share = votes[best] / (words.max(1) as f32);
    let whole = Detector::new().detect(text).filter(|i| i.is_reliable());
    // Italian shares words with Spanish, Dutch with German: what trigrams of
    // enough text place elsewhere needs many words to be called back.
    let elsewhere = whole.is_some_and(|i| from_whatlang(i.lang()).is_none());
    if elsewhere && letters >= 30 && share < 0.45 {
        return None;
    }
    // Two words ahead, and not a few lucky hits in a long text of another language.
    if margin >= 2.0 && share >= 0.2 {
        return Some((LATIN[best], 0.9 + 0.09 * (margin / 6.0).min(1.0)));
    }
    if elsewhere && letters >= 20 && margin < 1.0 {
        return None; // surely written in a language we do not answer in
    }
    let allowed = vec![W::Eng, W::Spa, W::Deu, W::Fra];
    let trigram = Detector::with_allowlist(allowed).detect(text);
    let trigram_lang =
        trigram.and_then(|i| from_whatlang(i.lang()).map(|l| (l, i.confidence() as f32)));
    if margin > 0.0 {
        let agrees = trigram_lang.is_some_and(|(l, _)| l == LATIN[best]);
        let hinted = hint == Some(LATIN[best]);
        if margin >= 0.9 || agrees || hinted {
            let confidence = if agrees { 0.8 } else { 0.6 };
            return Some((LATIN[best], confidence));
        }
    }
    match trigram_lang {
        Some((lang, confidence)) if letters >= 12 && (confidence > 0.4 || hint == Some(lang)) => {
            Some((lang, 0.4 + 0.4 * confidence))
        }
        Some((lang, _)) if letters >= 20 && hint.is_none() => Some((lang, 0.3)),
        _ => None,
    }
}

fn top_two(votes: &[f32; 4]) -> (usize, usize) {
    let mut order = [0, 1, 2, 3];
    order.sort_by(|&a, &b| votes[b].total_cmp(&votes[a]));
    (order[0], order[1])
}

fn from_whatlang(lang: W) -> Option<Lang> {
    match lang {
        W::Eng => Some(Lang::En),
        W::Cmn => Some(Lang::Zh),
        W::Spa => Some(Lang::Es),
        W::Deu => Some(Lang::De),
        W::Fra => Some(Lang::Fr),
        W::Jpn => Some(Lang::Ja),
        _ => None,
    }
}

/// Whether a lower-case word is an everyday word of any of the four
/// Latin-script languages that says nothing about what a text is about.
pub(crate) fn is_function_word(word: &str) -> bool {
    const FUNCTION: &str = "the and you is are was were i my me we our your it this that these have has had do does \
        did not can could will would please to of on in at by an a be been am with from for if or but so where when \
        what how why which who there hello hi hey thanks thank just \
        el la los las un una unos unas y que de del al en es son esta está este esto no si sí mi mis me te se su sus \
        le les lo con por para como cuando dónde donde qué cómo muy más pero hola gracias puedo he ha hay ya favor \
        der die das den dem des ein eine einen einem einer und oder aber ist sind war ich du sie wir ihr mir mich \
        mein meine meinen nicht mit von vom für auf im am zu zum zur bei nach aus auch wie wo wann was warum \
        wer welche habe hat haben kann können möchte bitte danke hallo es man \
        une du et est sont je tu il elle nous vous mon ma mes votre vos ce cette ces qui quoi où quand comment \
        pourquoi ne pas avec pour par sur dans au aux à mais ou bonjour merci puis peut j ai c d l qu n s";
    static SET: LazyLock<std::collections::HashSet<&'static str>> =
        LazyLock::new(|| FUNCTION.split_whitespace().collect());
    SET.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read() {
        assert_eq!(Lang::parse("zh-Hant-TW"), Some(Lang::Zh));
        assert_eq!(Lang::parse(" DE_at "), Some(Lang::De));
        assert_eq!(Lang::parse("nl"), None);
        assert_eq!(Lang::parse(""), None);
        for lang in Lang::ALL {
            assert_eq!(Lang::parse(lang.code()), Some(lang));
        }
    }

    #[test]
    fn short_messages_are_told_apart() {
        for (text, want) in [
            ("where is my order #1042?", Lang::En),
            ("still not here", Lang::En),
            ("¿dónde está mi pedido?", Lang::Es),
            ("hola, mi paquete no llega", Lang::Es),
            ("Wo ist mein Paket?", Lang::De),
            ("hab keine versandmail bekommen", Lang::De),
            ("où est ma commande", Lang::Fr),
            ("je veux un remboursement svp", Lang::Fr),
            ("注文番号12345の発送はまだですか", Lang::Ja),
            ("領収書発行希望。円建て", Lang::Ja),
            ("我的订单什么时候到", Lang::Zh),
            ("請問什麼時候發貨", Lang::Zh),
            ("refund呢refund呢 说好的3天", Lang::Zh),
        ] {
            assert_eq!(detect(text, None).0, want, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_takes_the_hint() {
        for text in [
            "",
            "#1042",
            "👍",
            "AQ-77120",
            "https://example.com/a/b",
            "ok",
        ] {
            let (lang, _) = detect(text, Some(Lang::De));
            if text != "ok" {
                assert_eq!(lang, Lang::De, "{text}");
            }
        }
        let (lang, confidence) = detect("Где мой заказ?", Some(Lang::Fr));
        assert_eq!(lang, Lang::Fr);
        assert!(confidence <= 0.2);
    }
}
