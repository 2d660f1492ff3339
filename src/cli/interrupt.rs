//! Limits and interrupts: the one place that reads the clock and hears signals.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// When the share of the step at hand is over, milliseconds from the start.
static SHARE_MS: AtomicU64 = AtomicU64::new(u64::MAX);

/// The exit code of a command that was killed by a second interrupt.
const KILLED: i32 = 130;

/// When to stop.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    started: Instant,
    end: Option<Instant>,
}

impl Deadline {
    /// Listens for Ctrl-C (the second one kills) and sets the clock.
    pub(crate) fn start(limit: Option<Duration>) -> Self {
        // Fails only where a handler is set already, which does no harm.
        let _ = ctrlc::set_handler(|| {
            if INTERRUPTED.swap(true, Ordering::SeqCst) {
                std::process::exit(KILLED);
            }
        });
        let started = Instant::now();
        Self { started, end: limit.map(|limit| started + limit) }
    }

    /// When the clock was set.
    pub(crate) fn started(self) -> Instant {
        self.started
    }

    /// Whether the time is up or the user has interrupted.
    pub(crate) fn is_over(self) -> bool {
        self.is_interrupted() || self.ends().is_some_and(|end| Instant::now() >= end)
    }

    /// Whether the user has interrupted.
    #[expect(clippy::unused_self, reason = "it is the deadline's answer")]
    pub(crate) fn is_interrupted(self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    /// Until the next such word all is over when this part of the time that is left is, in percent.
    pub(crate) fn grant(self, percent: u32) {
        let share = self.end.map(|end| {
            self.started.elapsed() + end.saturating_duration_since(Instant::now()) * percent / 100
        });
        let share = share.and_then(|share| u64::try_from(share.as_millis()).ok()).filter(|_| percent < 100);
        SHARE_MS.store(share.unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// When the time is up, or that of a step.
    fn ends(self) -> Option<Instant> {
        let share = self.started.checked_add(Duration::from_millis(SHARE_MS.load(Ordering::SeqCst)));
        self.end.map(|end| share.map_or(end, |share| end.min(share)))
    }

    /// What is left of the limit.
    pub(crate) fn left(self) -> Option<Duration> {
        self.ends().map(|end| end.saturating_duration_since(Instant::now()))
    }
}

/// Reads `--time-limit`: seconds, fractions allowed.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected seconds, as in `60` or `0.5`".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "expected seconds >= 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_ends_with_its_share() {
        let left = |deadline: Deadline| deadline.left().map(|left| left.as_secs_f64().round());
        let deadline = Deadline::start(Some(Duration::from_secs(1000)));
        for (percent, seconds) in [(80, 800.0), (50, 500.0), (100, 1000.0)] {
            deadline.grant(percent);
            assert_eq!((left(deadline), deadline.is_over()), (Some(seconds), false));
        }
        deadline.grant(0);
        assert!(deadline.is_over());
        let endless = Deadline::start(None);
        endless.grant(0);
        assert_eq!((left(endless), endless.is_over()), (None, false));
    }
}
