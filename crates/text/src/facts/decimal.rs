//! Numbers written with digits, in the formats of the six languages.

/// What a run of digits and separators can mean, as canonical decimals; empty
/// where it is no number (`12.5.3`).
///
/// `1.234` is one thousand two hundred thirty-four in German and one and a bit
/// in English: both readings are given.
pub(super) fn readings(run: &str) -> Vec<String> {
    let separators: Vec<char> = run.chars().filter(|c| !c.is_ascii_digit()).collect();
    let groups: Vec<&str> = run.split(|c: char| !c.is_ascii_digit()).collect();
    let Some(&last) = separators.last() else {
        return vec![canonical(run, "")];
    };
    let grouped = |groups: &[&str]| {
        groups.len() > 1
            && (1..=3).contains(&groups[0].len())
            && !groups[0].starts_with('0')
            && groups[1..].iter().all(|g| g.len() == 3)
    };
    let same = separators.windows(2).all(|w| w[0] == w[1]);
    let may_be_decimal = matches!(last, '.' | ',');
    let body = &groups[..groups.len() - 1];
    let mut out = Vec::new();
    if same && grouped(&groups) {
        out.push(canonical(&groups.concat(), ""));
    }
    if may_be_decimal && separators.len() == 1 {
        out.push(canonical(groups[0], groups[1]));
    }
    let others_same = separators[..separators.len() - 1]
        .windows(2)
        .all(|w| w[0] == w[1]);
    if may_be_decimal
        && separators.len() > 1
        && others_same
        && separators[0] != last
        && grouped(body)
    {
        out.push(canonical(&body.concat(), groups[groups.len() - 1]));
    }
    out
}

/// A decimal without superfluous zeros.
pub(super) fn canonical(whole: &str, fraction: &str) -> String {
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{fraction}")
    }
}

/// A canonical decimal times a power of ten.
pub(super) fn shifted(decimal: &str, power: usize) -> String {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let mut digits = fraction.to_string();
    while digits.len() < power {
        digits.push('0');
    }
    let (moved, rest) = digits.split_at(power);
    canonical(&format!("{whole}{moved}"), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_six_languages() {
        for (run, want) in [
            ("14", vec!["14"]),
            ("007", vec!["7"]),
            ("4,90", vec!["4.9"]),
            ("4.90", vec!["4.9"]),
            ("1.234,50", vec!["1234.5"]),
            ("1,234.50", vec!["1234.5"]),
            ("1 234,50", vec!["1234.5"]),
            ("1'234.50", vec!["1234.5"]),
            ("1.234", vec!["1234", "1.234"]),
            ("1,234,567", vec!["1234567"]),
            ("0.500", vec!["0.5"]),
            ("5,00", vec!["5"]),
            ("12.5.3", vec![]),
            ("1,234,50", vec![]),
        ] {
            assert_eq!(readings(run), want, "{run}");
        }
        assert_eq!(shifted("1.5", 4), "15000");
        assert_eq!(shifted("3", 4), "30000");
        assert_eq!(shifted("0.25", 1), "2.5");
    }
}
