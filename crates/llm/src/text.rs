//! From token bytes to the text a caller sees.

/// Puts the bytes of tokens together to text.
///
/// A token can end in the middle of a character; its bytes are held back until
/// the rest arrives. What never becomes UTF-8 shows as U+FFFD, except at the
/// end of the answer, where a cut-off character is left out.
#[derive(Debug, Default)]
pub(crate) struct Utf8Joiner {
    pending: Vec<u8>,
}

impl Utf8Joiner {
    /// Adds bytes and returns the text that is complete with them.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        loop {
            match std::str::from_utf8(&self.pending) {
                Ok(valid) => {
                    text.push_str(valid);
                    self.pending.clear();
                    return text;
                }
                Err(error) => {
                    let (valid, rest) = self.pending.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    let Some(invalid) = error.error_len() else {
                        self.pending = rest.to_vec();
                        return text;
                    };
                    text.push(char::REPLACEMENT_CHARACTER);
                    self.pending = rest[invalid..].to_vec();
                }
            }
        }
    }
}

/// Finds stop texts in a stream, holding back what could begin one.
#[derive(Debug, Default)]
pub(crate) struct StopFinder {
    stops: Vec<String>,
    held: String,
}

/// What is known after a piece of text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No stop text so far; this much can be shown.
    Text(String),
    /// A stop text was found; this came before it.
    Stop(String),
}

impl StopFinder {
    pub fn new(stops: &[String]) -> Self {
        Self {
            stops: stops.iter().filter(|s| !s.is_empty()).cloned().collect(),
            held: String::new(),
        }
    }

    /// Adds text and returns what can be shown.
    pub fn push(&mut self, text: &str) -> Found {
        self.held.push_str(text);
        if let Some(at) = self.stops.iter().filter_map(|s| self.held.find(s)).min() {
            self.held.truncate(at);
            return Found::Stop(std::mem::take(&mut self.held));
        }
        let keep = self.stops.iter().map(|stop| self.begun(stop)).max();
        let shown = self.held.len() - keep.unwrap_or(0);
        let rest = self.held.split_off(shown);
        Found::Text(std::mem::replace(&mut self.held, rest))
    }

    /// What was held back, once no more text comes.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// How many bytes at the end of the held text could begin `stop`.
    fn begun(&self, stop: &str) -> usize {
        stop.char_indices()
            .map(|(at, _)| at)
            .filter(|&at| at > 0 && self.held.ends_with(&stop[..at]))
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_split_over_tokens_arrives_whole() {
        let mut joiner = Utf8Joiner::default();
        let bytes = "a退b".as_bytes();
        assert_eq!(joiner.push(&bytes[..2]), "a");
        assert_eq!(joiner.push(&bytes[2..3]), "");
        assert_eq!(joiner.push(&bytes[3..]), "退b");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut joiner = Utf8Joiner::default();
        assert_eq!(joiner.push(b"a\xffb\xe9"), "a\u{fffd}b");
        assert_eq!(joiner.push(b"x"), "\u{fffd}x");
    }

    #[test]
    fn a_stop_text_ends_the_answer_even_when_split() {
        let mut finder = StopFinder::new(&["\n\nUser:".to_owned(), "END".to_owned()]);
        assert_eq!(finder.push("Hello\n"), Found::Text("Hello".into()));
        assert_eq!(finder.push("\nUs"), Found::Text(String::new()));
        assert_eq!(finder.push("er: hi"), Found::Stop("\n".repeat(0)));
    }

    #[test]
    fn what_only_looked_like_a_stop_is_shown() {
        let mut finder = StopFinder::new(&["END".to_owned()]);
        assert_eq!(finder.push("the EN"), Found::Text("the ".into()));
        assert_eq!(finder.push("GINE EN"), Found::Text("ENGINE ".into()));
        assert_eq!(finder.finish(), "EN");
    }

    proptest! {
        #[test]
        fn joining_any_cut_gives_the_text(text in "\\PC{0,40}", cut in 1usize..5) {
            let mut joiner = Utf8Joiner::default();
            let joined: String = text.as_bytes().chunks(cut).map(|c| joiner.push(c)).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn a_split_stop_is_found_where_a_whole_one_is(
            text in "[ab ]{0,30}", stop in "[ab]{1,4}", cut in 1usize..4,
        ) {
            let mut finder = StopFinder::new(std::slice::from_ref(&stop));
            let mut shown = String::new();
            let mut stopped = false;
            for piece in text.as_bytes().chunks(cut) {
                match finder.push(std::str::from_utf8(piece).expect("ASCII")) {
                    Found::Text(piece) => shown.push_str(&piece),
                    Found::Stop(piece) => {
                        shown.push_str(&piece);
                        stopped = true;
                        break;
                    }
                }
            }
            if !stopped {
                shown.push_str(&finder.finish());
            }
            prop_assert_eq!(stopped, text.contains(&stop));
            prop_assert_eq!(shown, text.split(&stop).next().unwrap_or_default());
        }
    }
}
