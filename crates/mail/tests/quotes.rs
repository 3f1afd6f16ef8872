//! Quotes and signatures as mail programs write them, in six languages.

use kontor_mail::quote::split;

fn body(text: &str) -> String {
    split(text).body.trim().to_owned()
}

#[test]
fn introductions_of_quotes_are_known() {
    for intro in [
        // English
        "On Mon, Mar 2, 2026 at 6:26 PM Lindenhof <support@lindenhof.example> wrote:",
        "On Mar 2, 2026, at 18:26, Lindenhof <support@lindenhof.example> wrote:",
        "On Mon, Mar 2, 2026 at 6:26 PM Lindenhof Support\n<support@lindenhof.example> wrote:",
        "Lindenhof <support@lindenhof.example> wrote on 02.03.2026 18:26:",
        // German
        "Am Mo., 2. März 2026 um 18:26 Uhr schrieb Lindenhof <support@lindenhof.example>:",
        "Am 02.03.2026 um 18:26 schrieb Lindenhof:",
        "Lindenhof <support@lindenhof.example> schrieb am Mo., 2. März 2026, 18:26:",
        // French
        "Le lun. 2 mars 2026 à 18:26, Lindenhof <support@lindenhof.example> a écrit\u{A0}:",
        "Le 02/03/2026 à 18:26, Lindenhof a écrit :",
        // Spanish
        "El lun, 2 mar 2026 a las 18:26, Lindenhof (<support@lindenhof.example>) escribió:",
        "El 2 mar. 2026, a las 18:26, Lindenhof <support@lindenhof.example> escribió:",
        // Japanese
        "2026年3月2日(月) 18:26 Lindenhof <support@lindenhof.example>:",
        "2026/03/02 18:26、Lindenhof <support@lindenhof.example>のメール:",
        // Chinese
        "Lindenhof <support@lindenhof.example> 于2026年3月2日周一 18:26写道：",
        "在 2026年3月2日，下午6:26，Lindenhof <support@lindenhof.example> 写道：",
        "在 2026-03-02 18:26:12，\"Lindenhof\" <support@lindenhof.example> 写道：",
        // Others that reach the same shops
        "Il giorno lun 2 mar 2026 alle ore 18:26 Lindenhof <support@lindenhof.example> ha scritto:",
        "Op ma 2 mrt 2026 om 18:26 schreef Lindenhof <support@lindenhof.example>:",
    ] {
        for quoted in [
            "> Dear customer,\n> your order left.",
            "Dear customer,\nyour order left.",
        ] {
            let text = format!("My own words.\n\n{intro}\n\n{quoted}\n");
            let parts = split(&text);
            assert_eq!(parts.body.trim(), "My own words.", "{intro}");
            assert!(parts.quoted.contains("your order left."), "{intro}");
        }
    }
}

#[test]
fn header_blocks_and_rules_are_known() {
    for block in [
        "From: Lindenhof <support@lindenhof.example>\nSent: Monday, March 2, 2026 6:26 PM\nTo: Eva\nSubject: Order",
        "________________________________\nFrom: Lindenhof\nSent: Monday\nTo: Eva\nSubject: Order",
        "Von: Lindenhof <support@lindenhof.example>\nGesendet: Montag, 2. März 2026 18:26\nAn: Eva\nBetreff: Bestellung",
        "De : Lindenhof <support@lindenhof.example>\nEnvoyé : lundi 2 mars 2026 18:26\nÀ : Eva\nObjet : Commande",
        "De: Lindenhof <support@lindenhof.example>\nEnviado: lunes, 2 de marzo de 2026 18:26\nPara: Eva\nAsunto: Pedido",
        "差出人: Lindenhof <support@lindenhof.example>\n送信日時: 2026年3月2日 18:26\n宛先: Eva\n件名: 注文",
        "发件人: Lindenhof <support@lindenhof.example>\n发送时间: 2026年3月2日 18:26\n收件人: Eva\n主题: 订单",
        "------------------ 原始邮件 ------------------\n发件人: \"Lindenhof\"",
        "-----Original Message-----\nFrom: Lindenhof",
        "-----Ursprüngliche Nachricht-----\nVon: Lindenhof",
        "-------- Message d'origine --------",
        "-----Mensaje original-----",
        "*From:* Lindenhof\n*Sent:* Monday\n*To:* Eva\n*Subject:* Order",
    ] {
        let parts = split(&format!(
            "My own words.\n\n{block}\n\nDear customer, your order left.\n"
        ));
        assert_eq!(parts.body.trim(), "My own words.", "{block}");
        assert!(parts.quoted.contains("your order left."), "{block}");
    }
}

#[test]
fn signatures_are_known() {
    for signature in [
        "-- \nEva Brandt\n+49 30 1234567",
        "--\nEva",
        "Sent from my iPhone",
        "Sent from Outlook for iOS",
        "Get Outlook for Android",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Envoyé de mon iPhone",
        "Envoyé à partir de Outlook pour Android",
        "Enviado desde mi iPhone",
        "Enviado desde Outlook para Android",
        "iPhoneから送信",
        "iPhoneより送信",
        "发自我的iPhone",
        "发自我的小米手机",
        "发送自 Windows 11 版邮件",
        "____________\nEva Brandt\nwww.brandt.example",
    ] {
        let parts = split(&format!("Where is my order?\n\n{signature}\n"));
        assert_eq!(parts.body.trim(), "Where is my order?", "{signature}");
        assert_eq!(parts.signature.trim(), signature, "{signature}");
    }
}

/// Sentences that look like marks are what the customer wrote.
#[test]
fn ordinary_sentences_stay() {
    for text in [
        "On Monday you wrote:\nthe lamp would arrive on Friday. It did not.",
        "On your site I found two prices:\n10 and 12.",
        "Sent from my desk, which is broken, as is your lamp.",
        "From: Berlin\nis where I write, and nothing came.",
        "Von meinem Konto wurde zweimal abgebucht.",
        "I paid 12 > 10 euro.\n5 < 6",
        "The parcel -- both of them -- is missing.",
        "发自内心感谢你们的帮助，但是订单还没到。",
        "Subject: my order\nWhere is it?",
        "Le 2 mars j'ai commandé une lampe :\nelle n'est pas arrivée.",
    ] {
        assert_eq!(split(text).body, text);
    }
}

#[test]
fn a_reply_between_the_lines_keeps_what_it_answers() {
    let text = "On Mon, 2 Mar 2026 at 18:26, Lindenhof <support@lindenhof.example> wrote:\n\
                > Which colour?\nRed.\n\n> How many?\nTwo.\n\n> Kind regards\n> Lindenhof\n";
    let parts = split(text);
    assert!(
        parts.body.contains("> Which colour?\nRed."),
        "{:?}",
        parts.body
    );
    assert!(parts.body.trim_end().ends_with("Two."), "{:?}", parts.body);
    assert!(parts.quoted.contains("> Kind regards"));
}

#[test]
fn a_reply_below_the_quote_is_the_body() {
    assert_eq!(body("> Which colour?\n\nRed, please.\n"), "Red, please.");
    assert_eq!(
        body(
            "On 02/03/2026 18:26, Lindenhof wrote:\n> Which colour?\n> \n\nRed, please.\n\n-- \nEva"
        ),
        "Red, please."
    );
}

#[test]
fn forwards_are_content() {
    let gmail = "Where is this?\n\n---------- Forwarded message ---------\nFrom: Lindenhof\nDate: Mon\n\
                 Subject: Order 10234\nTo: Eva\n\nYour order 10234 is on its way.";
    assert!(body(gmail).contains("Your order 10234"));
    let outlook =
        "From: Lindenhof\nSent: Monday\nTo: Eva\nSubject: Order 10234\n\nYour order 10234 left.";
    assert!(
        body(outlook).contains("order 10234 left"),
        "nothing above it: forwarded"
    );
}

#[test]
fn a_mail_of_only_a_signature_or_nothing_is_itself() {
    assert_eq!(split("Sent from my iPhone").body, "Sent from my iPhone");
    assert_eq!(split("").body, "");
    assert_eq!(split("\n\n").body, "\n\n");
}
