//! The mails Kontor writes: subject, plain text and HTML of each, in the
//! reader's language and the shop's colour.
//!
//! The words are Fluent keys, the form is in `templates/mail/`. Whoever sends a
//! letter puts it into the outbox; nothing here sends.

use std::fmt;

use askama::{FastWritable, Template, Values, filters::HtmlSafe};

use crate::i18n::Tr;

/// A mail ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part, a whole document.
    pub html: String,
}

/// What every letter carries: whose it is and how it looks.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The shop's name.
    pub shop_name: String,
    /// Absolute address of the shop's portal, for the footer.
    pub portal_url: Option<String>,
    /// Link and button colour on light paper, `#rrggbb`.
    pub accent: String,
    /// The same on dark paper.
    pub accent_dark: String,
}

impl Frame {
    /// A frame in the shop's hue (degrees of oklch, as in the portal's theme).
    pub fn new(shop_name: &str, portal_url: Option<String>, hue: i64) -> Frame {
        Frame {
            shop_name: shop_name.to_owned(),
            portal_url,
            accent: hex(0.40, 0.058, hue),
            accent_dark: hex(0.80, 0.07, hue),
        }
    }
}

/// A colour of oklch as `#rrggbb`, for mail programs that know no oklch.
///
/// Lightness 0 to 1, chroma 0 to 0.4, hue in degrees. The matrices are those of
/// CSS Color 4, section 18 ("Sample code for color conversions").
fn hex(lightness: f64, chroma: f64, hue: i64) -> String {
    let angle = (hue as f64).to_radians();
    let (a, b) = (chroma * angle.cos(), chroma * angle.sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let linear = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ];
    let [red, green, blue] = linear.map(|channel| {
        let channel = if channel <= 0.003_130_8 {
            12.92 * channel
        } else {
            1.055 * channel.powf(1.0 / 2.4) - 0.055
        };
        (channel.clamp(0.0, 1.0) * 255.0).round() as u8
    });
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// HTML made by us from escaped text ([`crate::assistant::wording::text_to_html`]).
struct Trusted(String);

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FastWritable for Trusted {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

impl HtmlSafe for Trusted {}

/// Defines the three templates of one letter over the same fields.
macro_rules! letter {
    ($module:ident, $subject:tt, $text:tt, $html:tt, { $($field:ident: $type:ty),* $(,)? }) => {
        mod $module {
            // A letter's subject needs fewer fields than its body.
            #![allow(dead_code, unused_imports)]
            use super::{Frame, Letter, Template, Tr, Trusted};

            #[derive(Template)]
            #[template(path = $subject)]
            struct Subject<'a> { t: Tr, frame: &'a Frame, $($field: &'a $type),* }
            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'a> { t: Tr, frame: &'a Frame, $($field: &'a $type),* }
            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'a> { t: Tr, frame: &'a Frame, $($field: &'a $type),* }

            pub(super) fn write(
                t: Tr,
                frame: &Frame,
                $($field: &$type),*
            ) -> Result<Letter, askama::Error> {
                Ok(Letter {
                    subject: super::one_line(&Subject { t, frame, $($field),* }.render()?),
                    text: Text { t, frame, $($field),* }.render()?.trim().to_owned() + "\n",
                    html: Html { t, frame, $($field),* }.render()?,
                })
            }
        }
    };
}

letter!(code, "mail/portal-code/subject.txt", "mail/portal-code/body.txt", "mail/portal-code/body.html",
    { code: str, link: str, minutes: i64 });
letter!(plain_reply, "mail/reply/subject.txt", "mail/reply/body.txt", "mail/reply/body.html",
    { subject: str, text: str, html: Trusted, signature: str });
letter!(assistant_answer, "mail/answer/subject.txt", "mail/answer/body.txt", "mail/answer/body.html",
    { subject: str, text: str, html: Trusted });
letter!(to_person, "mail/handover/subject.txt", "mail/handover/body.txt", "mail/handover/body.html",
    { subject: str, text: str, html: Trusted });
letter!(
    received,
    "mail/contact-received/subject.txt",
    "mail/contact-received/body.txt",
    "mail/contact-received/body.html",
    {}
);
letter!(invite, "mail/user-invite/subject.txt", "mail/user-invite/body.txt", "mail/user-invite/body.html",
    { inviter: str, link: str, days: i64 });

/// The sign-in code for the portal, as digits and as an absolute link.
///
/// # Errors
/// Only where formatting itself fails, as for every letter here.
pub fn portal_code(
    t: Tr,
    frame: &Frame,
    code: &str,
    link: &str,
    minutes: i64,
) -> Result<Letter, askama::Error> {
    code::write(t, frame, code, link, &minutes)
}

/// An agent's reply. `html` must come from
/// [`text_to_html`](crate::assistant::wording::text_to_html) or the sanitiser.
///
/// # Errors
/// Only where formatting fails.
pub fn reply(
    t: Tr,
    frame: &Frame,
    subject: &str,
    text: &str,
    html: &str,
    signature: &str,
) -> Result<Letter, askama::Error> {
    plain_reply::write(
        t,
        frame,
        subject,
        text,
        &Trusted(html.to_owned()),
        signature,
    )
}

/// The assistant's answer: the first line under it says that an assistant wrote
/// it, the second how to reach a person.
///
/// # Errors
/// Only where formatting fails.
pub fn answer(
    t: Tr,
    frame: &Frame,
    subject: &str,
    text: &str,
    html: &str,
) -> Result<Letter, askama::Error> {
    assistant_answer::write(t, frame, subject, text, &Trusted(html.to_owned()))
}

/// The word that a person will answer.
///
/// # Errors
/// Only where formatting fails.
pub fn handover(
    t: Tr,
    frame: &Frame,
    subject: &str,
    text: &str,
    html: &str,
) -> Result<Letter, askama::Error> {
    to_person::write(t, frame, subject, text, &Trusted(html.to_owned()))
}

/// The receipt for a message from the contact form. It repeats nothing of the
/// message: anybody can type anybody's address there.
///
/// # Errors
/// Only where formatting fails.
pub fn contact_received(t: Tr, frame: &Frame) -> Result<Letter, askama::Error> {
    received::write(t, frame)
}

/// The invitation of a colleague.
///
/// # Errors
/// Only where formatting fails.
pub fn user_invite(
    t: Tr,
    frame: &Frame,
    inviter: &str,
    link: &str,
    days: i64,
) -> Result<Letter, askama::Error> {
    invite::write(t, frame, inviter, link, &days)
}

/// A subject is one line whatever was put into it.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    fn frame() -> Frame {
        Frame::new("Linn & Co", Some("https://help.example/s/linn".into()), 150)
    }

    fn letters(t: Tr) -> Vec<Letter> {
        let frame = frame();
        let body = ("Hello\n\nYour parcel", "<p>Hello</p><p>Your parcel</p>");
        [
            portal_code(
                t,
                &frame,
                "042 917",
                "https://help.example/s/linn/link/abc",
                15,
            ),
            reply(t, &frame, "Re: parcel", body.0, body.1, "Marta\nLinn & Co"),
            answer(t, &frame, "Re: parcel", body.0, body.1),
            handover(t, &frame, "Re: parcel", body.0, body.1),
            contact_received(t, &frame),
            user_invite(t, &frame, "Marta", "https://help.example/invite/abc", 7),
        ]
        .map(|letter| letter.expect("renders"))
        .into()
    }

    #[test]
    fn every_letter_has_its_words_in_every_language() {
        for lang in Lang::ALL {
            for letter in letters(Tr(lang)) {
                for part in [&letter.subject, &letter.text, &letter.html] {
                    assert!(!part.trim().is_empty());
                    for prefix in ["mail-", "assistant-"] {
                        // A missing key prints itself.
                        assert!(!part.contains(prefix), "{lang:?}: {part}");
                    }
                }
                assert!(
                    letter
                        .html
                        .contains(&format!("<html lang=\"{}\"", lang.code()))
                );
                assert!(letter.html.contains("Linn &#38; Co"), "{}", letter.html);
            }
        }
    }

    #[test]
    fn an_answer_says_first_that_an_assistant_wrote_it() {
        for lang in Lang::ALL {
            let t = Tr(lang);
            let letter = answer(t, &frame(), "Re: parcel", "Text", "<p>Text</p>").expect("renders");
            let notice = t.s1("assistant-wrote-this", "shop", "Linn & Co");
            let footer = letter.text.split_once("\n-- \n").expect("a footer").1;
            assert!(footer.starts_with(&notice), "{}", letter.text);
            assert!(letter.text.contains(&t.s("assistant-reach-person")));
        }
    }

    #[test]
    fn words_from_outside_stay_words() {
        let letter = reply(
            Tr(Lang::En),
            &frame(),
            "Re: <script>\r\nBcc: all@example.com",
            "text",
            "<p>text</p>",
            "<img src=x>",
        )
        .expect("renders");
        assert_eq!(letter.subject, "Re: <script> Bcc: all@example.com");
        assert!(!letter.html.contains("<script>") && !letter.html.contains("<img src=x>"));
    }

    #[test]
    fn the_accent_is_dark_enough_for_white_words_in_every_hue() {
        for hue in 0..=360 {
            let accent = hex(0.40, 0.058, hue);
            assert!(contrast_with_white(&accent) >= 4.5, "{hue} {accent}");
        }
        assert_eq!(hex(1.0, 0.0, 0), "#ffffff");
        assert_eq!(hex(0.0, 0.0, 0), "#000000");
    }

    /// WCAG 2.2, "contrast ratio", against white.
    fn contrast_with_white(color: &str) -> f64 {
        let luminance: f64 = [(1, 0.2126), (3, 0.7152), (5, 0.0722)]
            .into_iter()
            .map(|(at, weight)| {
                let byte = u8::from_str_radix(&color[at..at + 2], 16).expect("hex");
                let channel = f64::from(byte) / 255.0;
                let linear = if channel <= 0.040_45 {
                    channel / 12.92
                } else {
                    ((channel + 0.055) / 1.055).powf(2.4)
                };
                linear * weight
            })
            .sum();
        1.05 / (luminance + 0.05)
    }
}
