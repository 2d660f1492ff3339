//! A line on stderr while a terminal watches and the work is longer than a second.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use airbridge::solve::Progress;

/// Shows how far a solve is.
pub(crate) struct Meter {
    started: Instant,
    shown: Mutex<bool>,
    watched: bool,
}

/// Shorter work needs no meter.
const PATIENCE: Duration = Duration::from_secs(1);

impl Meter {
    pub(crate) fn new(quiet: bool) -> Self {
        let watched = !quiet && std::io::stderr().is_terminal();
        Self { started: Instant::now(), shown: Mutex::new(false), watched }
    }

    /// Rewrites the line.
    pub(crate) fn show(&self, progress: &Progress) {
        let elapsed = self.started.elapsed();
        if !self.watched || elapsed < PATIENCE {
            return;
        }
        let Ok(mut shown) = self.shown.lock() else { return };
        *shown = true;
        let number = |value: Option<i64>| value.map_or_else(|| "-".into(), |value| value.to_string());
        let gap = progress.value.zip(progress.bound).map(|(value, bound)| (bound - value).abs());
        let (value, bound, gap) = (number(progress.value), number(progress.bound), number(gap));
        let line =
            format!("{}: value {value}, bound {bound}, gap {gap}, {} s", progress.name, elapsed.as_secs());
        write(&format!("\r\x1b[K{line}"));
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if self.shown.lock().is_ok_and(|shown| *shown) {
            write("\r\x1b[K");
        }
    }
}

/// A progress line that cannot be shown is no loss.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
