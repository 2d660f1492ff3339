//! A line on stderr while a terminal watches and the work is longer than a second.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use airbridge::solve::Progress;

/// Shows how far a solve is.
pub(crate) struct Meter {
    line: Arc<Line>,
    ticker: Option<JoinHandle<()>>,
}

/// What is shown, and whether that goes on.
struct Line {
    started: Instant,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    level: Option<String>,
    shown: bool,
    ended: bool,
}

/// Shorter work needs no meter; the line stands before its first second is over.
const PATIENCE: Duration = Duration::from_millis(950);
/// The line's own clock.
const TICK: Duration = Duration::from_secs(1);

impl Meter {
    /// Of a command that began when `started`.
    pub(crate) fn new(quiet: bool, started: Instant) -> Self {
        let line = Arc::new(Line { started, state: Mutex::default(), ended: Condvar::new() });
        let watched = !quiet && std::io::stderr().is_terminal();
        let ticker = watched.then(|| {
            let line = Arc::clone(&line);
            std::thread::spawn(move || line.tick())
        });
        Self { line, ticker }
    }

    /// Rewrites the line.
    pub(crate) fn show(&self, progress: &Progress) {
        if self.ticker.is_none() {
            return;
        }
        let number = |value: Option<i64>| value.map_or_else(|| "-".into(), |value| value.to_string());
        let gap = progress.value.zip(progress.bound).map(|(value, bound)| (bound - value).abs());
        let (value, bound, gap) = (number(progress.value), number(progress.bound), number(gap));
        let Ok(mut state) = self.line.state.lock() else { return };
        state.level = Some(format!("{}: value {value}, bound {bound}, gap {gap}", progress.name));
        self.line.draw(&mut state);
    }
}

impl Drop for Meter {
    /// Takes the line away.
    fn drop(&mut self) {
        if let Ok(mut state) = self.line.state.lock() {
            if state.shown {
                write("\r\x1b[K");
            }
            state.ended = true;
            self.line.ended.notify_all();
        }
        // A ticker that panicked has nothing more to show.
        let _ = self.ticker.take().map(JoinHandle::join);
    }
}

impl Line {
    /// Draws the line again and again, so that whoever waits sees that the work goes on.
    fn tick(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        let mut wait = PATIENCE.saturating_sub(self.started.elapsed());
        while !state.ended {
            let Ok((woken, _)) = self.ended.wait_timeout(state, wait) else { return };
            state = woken;
            if !state.ended {
                self.draw(&mut state);
            }
            wait = TICK;
        }
    }

    fn draw(&self, state: &mut State) {
        let elapsed = self.started.elapsed();
        if state.ended || elapsed < PATIENCE {
            return;
        }
        state.shown = true;
        let level = state.level.as_deref().unwrap_or("at work");
        let seconds = (elapsed + TICK.saturating_sub(PATIENCE)).as_secs();
        write(&format!("\r\x1b[K{level}, {seconds} s"));
    }
}

/// A progress line that cannot be shown is no loss.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
