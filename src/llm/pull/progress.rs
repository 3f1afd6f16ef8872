//! How far a download is, on standard error: a bar on a terminal, else a line now and then.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Where progress is told.
#[derive(Debug)]
pub struct Progress {
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Bar,
    Lines,
    Silent,
}

impl Progress {
    /// A bar where standard error is a terminal and `NO_COLOR` (no-color.org) is not set.
    pub fn to_stderr() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let style = if std::io::stderr().is_terminal() && !plain {
            Style::Bar
        } else {
            Style::Lines
        };
        Self { style }
    }

    /// Tells nothing.
    pub fn silent() -> Self {
        Self {
            style: Style::Silent,
        }
    }

    /// A line of text.
    pub fn say(&self, text: &str) {
        if self.style != Style::Silent {
            // There is no better place to complain about a closed standard error.
            let _closed = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Begins something with `total` bytes, of which `done` are there already.
    pub(super) fn transfer(&self, what: &str, total: Option<u64>, done: u64) -> Transfer<'_> {
        let bar = (self.style == Style::Bar).then(|| {
            let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let template = if total.is_some() {
                "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}"
            } else {
                "{spinner} {msg} {bytes}"
            };
            // The templates are fixed; a wrong one would only cost the looks.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(what.to_owned());
            bar.set_position(done);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        if bar.is_none() {
            self.say(&match total {
                Some(total) => format!("{what}: {} of {}", megabytes(done), megabytes(total)),
                None => what.to_owned(),
            });
        }
        Transfer {
            progress: self,
            what: what.to_owned(),
            bar,
            total,
            state: Mutex::new((done, tenth(done, total))),
        }
    }
}

/// Something under way.
pub(super) struct Transfer<'a> {
    progress: &'a Progress,
    what: String,
    bar: Option<ProgressBar>,
    total: Option<u64>,
    /// Bytes done, and the tenth of the whole last told.
    state: Mutex<(u64, u64)>,
}

impl Transfer<'_> {
    /// More bytes are there.
    pub fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            return bar.inc(bytes);
        }
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        state.0 += bytes;
        let now = tenth(state.0, self.total);
        if now > state.1 {
            state.1 = now;
            self.progress.say(&format!("{}: {}%", self.what, now * 10));
        }
    }
}

impl Drop for Transfer<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How many tenths are done.
fn tenth(done: u64, total: Option<u64>) -> u64 {
    total
        .filter(|&total| total > 0)
        .map_or(0, |total| done.saturating_mul(10) / total)
}

/// A size for people.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
