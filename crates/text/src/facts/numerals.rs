//! Chinese and Japanese numerals: 十四天, 三千円, 二十パーセント.

use super::Scan;
use super::numbers::{finish, multiplied};
use super::units::{Follower, follower};

fn digit(c: char) -> Option<u64> {
    Some(match c {
        '〇' | '零' => 0,
        '一' | '壱' | '壹' => 1,
        '二' | '两' | '兩' | '弐' | '贰' => 2,
        '三' | '参' | '叁' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

fn power(c: char) -> Option<u64> {
    Some(match c {
        '十' | '拾' => 10,
        '百' => 100,
        '千' => 1000,
        _ => return None,
    })
}

fn is_numeral(c: char) -> bool {
    digit(c).is_some() || power(c).is_some() || matches!(c, '万' | '萬')
}

/// The value of a whole run of numerals; `None` where it is not well formed.
pub(super) fn value(run: &str) -> Option<u64> {
    if run.is_empty() || run.chars().count() > 9 || !run.chars().all(is_numeral) {
        return None;
    }
    if run.chars().all(|c| digit(c).is_some()) {
        // Positional: 二〇二六. A pair without zero is "two or three" (二三日).
        return run.chars().try_fold(0u64, |n, c| Some(n * 10 + digit(c)?));
    }
    let (mut total, mut section, mut pending) = (0u64, 0u64, None::<u64>);
    for c in run.chars() {
        if let Some(d) = digit(c) {
            if pending.is_some_and(|p| p > 0) {
                return None;
            }
            pending = Some(d);
        } else if let Some(p) = power(c) {
            section += pending.take().filter(|&d| d > 0).unwrap_or(1) * p;
        } else {
            total = (total + section + pending.take().unwrap_or(0)).max(1) * 10_000;
            section = 0;
        }
    }
    Some(total + section + pending.unwrap_or(0))
}

/// Words that contain numerals and count nothing.
const IDIOMS: &[&str] = &[
    "十分に",
    "十分な",
    "十分ご",
    "十分で",
    "十分满",
    "十分抱歉",
    "十分感谢",
    "十分感謝",
    "万一",
    "万が一",
    "千万",
    "千萬",
    "一日も早",
    "一日でも早",
    "一时",
    "一時的",
    "一時停",
    "百货",
    "百貨",
    "万事",
    "三思",
    "五金",
    "四川",
    "三星",
    "七夕",
    "十一黄金",
    "双十一",
    "三方",
    "二维",
    "二次元",
    "二重",
    "三月",
    "一年中",
    "十全",
    "七五三",
    "八百屋",
];

/// Counters behind which a numeral is a quantity though no unit of ours.
const COUNTERS: &[&str] = &[
    "个",
    "個",
    "件",
    "次",
    "倍",
    "双",
    "套",
    "张",
    "張",
    "条",
    "枚",
    "本",
    "点",
    "台",
    "回",
    "つ",
    "人",
    "名",
    "位",
    "种",
    "折",
    "割",
    "歩",
    "箱",
    "包",
    "瓶",
    "日以内",
    "号",
];

pub(super) fn scan(scan: &mut Scan) {
    let text = scan.text;
    let mut at = 0;
    while let Some(offset) = text[at..].find(is_numeral) {
        let start = at + offset;
        let len: usize = text[start..]
            .chars()
            .take_while(|&c| is_numeral(c))
            .map(char::len_utf8)
            .sum();
        let end = start + len;
        at = end;
        let run = &text[start..end];
        let near = &text[start..];
        if !scan.is_free(&(start..end)) || IDIOMS.iter().any(|idiom| near.starts_with(idiom)) {
            continue;
        }
        let Some(value) = value(run) else { continue };
        let before = scan.before(start);
        // 第一 is an ordinal, 统一 and 唯一 are words.
        if before.ends_with([
            '第', '统', '統', '唯', '同', '万', '单', '逐', '均', '專', '专', '另', '有', '每',
            '毎',
        ]) && value == 1
        {
            continue;
        }
        if counts(scan, run, value, end) || before.ends_with("百分之") || before.ends_with("分之")
        {
            let (readings, end) = multiplied(text, vec![value.to_string()], end);
            finish(scan, start..end, readings);
            at = end;
        }
    }
}

/// Whether the numeral says how many.
fn counts(scan: &Scan, run: &str, value: u64, end: usize) -> bool {
    let rest = scan.after(end);
    // Kanji for "minutes" is also half of "sufficient": 十分.
    if rest.starts_with('分')
        && !rest.starts_with("分钟")
        && !rest.starts_with("分鐘")
        && !rest.starts_with("分間")
    {
        return false;
    }
    match follower(rest) {
        Some((Follower::Unit(_), _) | (Follower::Percent, _)) => true,
        Some((Follower::Currency(_), _)) => true,
        // 一个, 一件, 一次 are articles rather than counts.
        None if value <= 1 => false,
        None => {
            COUNTERS.iter().any(|c| rest.starts_with(c))
                || (run.chars().count() >= 2 && run.chars().any(|c| power(c).is_some()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn numerals_have_values() {
        for (run, want) in [
            ("十", Some(10)),
            ("十四", Some(14)),
            ("二十一", Some(21)),
            ("一百零五", Some(105)),
            ("三千", Some(3000)),
            ("二〇二六", Some(2026)),
            ("一万二千", Some(12_000)),
            ("两", Some(2)),
            ("十二三", None),
        ] {
            assert_eq!(value(run), want, "{run}");
        }
    }
}
