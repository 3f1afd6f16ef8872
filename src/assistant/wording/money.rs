//! Amounts as each language writes them.
//!
//! Patterns and symbols follow Unicode CLDR (`numbers/currencies`) for the
//! currencies small European and Asian shops use; any other is written with its
//! ISO 4217 code.

use crate::i18n::Lang;

/// An amount in a currency's smallest unit (cents; whole yen).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// Smallest units of the currency: 1250 is 12.50 EUR, and 1250 JPY.
    pub minor: i64,
    /// ISO 4217 code, three capital letters.
    pub currency: String,
}

/// Digits after the decimal sign: ISO 4217, table A.1, minor unit.
fn exponent(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// The currency's sign in that language, or its code.
fn symbol(currency: &str, language: Lang) -> &str {
    use Lang::{De, En, Es, Fr, Ja, Zh};
    match (currency, language) {
        ("EUR", _) => "€",
        ("GBP", Fr) => "£GB",
        ("GBP", Es) => "GBP",
        ("GBP", _) => "£",
        ("USD", En | De | Ja) => "$",
        ("USD", Fr) => "$US",
        ("USD", Es | Zh) => "US$",
        ("JPY", Ja) => "¥",
        ("JPY", En | De) => "¥",
        ("JPY", Zh) => "JP¥",
        ("CNY", Zh) => "¥",
        ("CNY", En | De) => "CN¥",
        ("CNY", Ja) => "元",
        (code, _) => code,
    }
}

/// The amount with its currency, as a reader of that language expects it:
/// `€1,234.50`, `1.234,50 €`, `1234,50 €`, `1 234,50 €`, `€1,234.50`.
/// Spaces inside are no-break spaces.
pub fn format_amount(amount: &Amount, language: Lang) -> String {
    let digits = exponent(&amount.currency) as usize;
    let scale = 10_u64.pow(digits as u32);
    let magnitude = amount.minor.unsigned_abs();
    let whole = group(magnitude / scale, language);
    let number = if digits == 0 {
        whole
    } else {
        let point = match language {
            Lang::Es | Lang::De | Lang::Fr => ',',
            Lang::En | Lang::Zh | Lang::Ja => '.',
        };
        format!("{whole}{point}{:0digits$}", magnitude % scale)
    };
    let sign = if amount.minor < 0 { "\u{2212}" } else { "" };
    let symbol = symbol(&amount.currency, language);
    match language {
        Lang::Es | Lang::De | Lang::Fr => {
            format!("{sign}{number}\u{a0}{symbol}")
        }
        Lang::Ja if symbol == "元" => format!("{sign}{number}{symbol}"),
        _ if symbol.len() == 3 && symbol.bytes().all(|b| b.is_ascii_uppercase()) => {
            format!("{sign}{symbol}\u{a0}{number}")
        }
        _ => format!("{sign}{symbol}{number}"),
    }
}

/// Groups by thousands; Spanish leaves four digits together (CLDR
/// `minimumGroupingDigits` 2), French parts with a narrow no-break space.
fn group(whole: u64, language: Lang) -> String {
    let plain = whole.to_string();
    let separator = match language {
        Lang::En | Lang::Zh | Lang::Ja => ',',
        Lang::De => '.',
        Lang::Es if plain.len() <= 4 => return plain,
        Lang::Es => '.',
        Lang::Fr => '\u{202f}',
    };
    let mut out = String::with_capacity(plain.len() + plain.len() / 3 * 3);
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(minor: i64, currency: &str) -> Amount {
        Amount {
            minor,
            currency: currency.to_owned(),
        }
    }

    #[test]
    fn each_language_writes_euros_its_own_way() {
        let shown = Lang::ALL.map(|language| format_amount(&amount(123_450, "EUR"), language));
        assert_eq!(
            shown,
            [
                "€1,234.50",
                "€1,234.50",
                "1234,50\u{a0}€",
                "1.234,50\u{a0}€",
                "1\u{202f}234,50\u{a0}€",
                "€1,234.50",
            ]
        );
    }

    #[test]
    fn spanish_groups_from_five_digits_on() {
        assert_eq!(
            format_amount(&amount(1_234_567, "EUR"), Lang::Es),
            "12.345,67\u{a0}€"
        );
    }

    #[test]
    fn currencies_without_cents_have_no_decimals() {
        assert_eq!(format_amount(&amount(12_345, "JPY"), Lang::Ja), "¥12,345");
        assert_eq!(
            format_amount(&amount(12_345, "JPY"), Lang::De),
            "12.345\u{a0}¥"
        );
        assert_eq!(format_amount(&amount(5, "KRW"), Lang::En), "KRW\u{a0}5");
    }

    #[test]
    fn small_negative_and_extreme_amounts_keep_every_digit() {
        assert_eq!(
            format_amount(&amount(-5, "EUR"), Lang::De),
            "\u{2212}0,05\u{a0}€"
        );
        assert_eq!(
            format_amount(&amount(1_005, "KWD"), Lang::En),
            "KWD\u{a0}1.005"
        );
        assert_eq!(
            format_amount(&amount(i64::MIN, "USD"), Lang::En),
            "\u{2212}$92,233,720,368,547,758.08"
        );
    }

    #[test]
    fn one_sign_never_means_two_currencies_in_one_language() {
        for language in Lang::ALL {
            let yen = format_amount(&amount(100, "JPY"), language);
            let yuan = format_amount(&amount(100, "CNY"), language);
            assert_ne!(yen.replace("100", ""), yuan.replace("1.00", ""));
        }
    }
}
