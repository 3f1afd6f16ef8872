//! Words that a person must hear of, whatever could be answered: the law, and danger to people.
//! Lower-case stems in the six languages; a false alarm costs a person's look, nothing more.

const STEMS: &[&str] = &[
    // en
    "lawyer",
    "attorney",
    "lawsuit",
    "legal action",
    "sue you",
    "small claims",
    "consumer protection",
    "trading standards",
    "police",
    "chargeback",
    "caught fire",
    "electric shock",
    "burned my",
    "burnt my",
    "injur",
    "hospital",
    "allergic reaction",
    "smoke came",
    "choking",
    // de
    "anwalt",
    "anwält",
    "rechtliche schritte",
    "klage",
    "anzeige erstatten",
    "verbraucherzentrale",
    "verbraucherschutz",
    "polizei",
    "gebrannt",
    "stromschlag",
    "verletzt",
    "krankenhaus",
    "allergische reaktion",
    // es
    "abogad",
    "demanda",
    "acciones legales",
    "hoja de reclamaciones",
    "oficina del consumidor",
    "denuncia",
    "policía",
    "incendi",
    "descarga eléctrica",
    "herid",
    "quemadura",
    "reacción alérgica",
    // fr
    "avocat",
    "poursuites",
    "action en justice",
    "porter plainte",
    "répression des fraudes",
    "dgccrf",
    "prendre feu",
    "a pris feu",
    "décharge électrique",
    "blessé",
    "brûlure",
    "hôpital",
    "réaction allergique",
    // ja
    "弁護士",
    "訴え",
    "法的措置",
    "消費者センター",
    "消費生活センター",
    "警察",
    "発火",
    "感電",
    "怪我",
    "けがを",
    "やけど",
    "火傷",
    "アレルギー反応",
    // zh
    "律师",
    "起诉",
    "法律途径",
    "消费者协会",
    "12315",
    "报警",
    "着火",
    "触电",
    "受伤",
];

/// Whether a message names the law or a danger.
pub(super) fn sounds(text: &str) -> bool {
    let text = text.to_lowercase();
    STEMS.iter().any(|stem| text.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_and_danger_reach_a_person_in_every_language() {
        for alarming in [
            "I will contact my lawyer tomorrow",
            "Ich schalte die Verbraucherzentrale ein",
            "Voy a poner una DENUNCIA",
            "La lampe a pris feu cette nuit",
            "消費者センターに相談します",
            "我要打12315投诉",
        ] {
            assert!(sounds(alarming), "{alarming}");
        }
        for calm in [
            "Where is my order #1042?",
            "Wann kommt mein Paket?",
            "¿Dónde está mi pedido?",
            "我的订单在哪里",
        ] {
            assert!(!sounds(calm), "{calm}");
        }
    }
}
