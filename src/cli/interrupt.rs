//! Limits and interrupts: the one place that reads the clock and hears signals.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

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
        self.is_interrupted() || self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// Whether the user has interrupted.
    #[expect(clippy::unused_self, reason = "it is the deadline's answer")]
    pub(crate) fn is_interrupted(self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    /// How much of the limit is over, in percent; 0 where there is none.
    pub(crate) fn spent(self) -> u32 {
        if self.is_over() {
            return 100;
        }
        let Some(end) = self.end else { return 0 };
        let (spent, whole) = (self.started.elapsed().as_millis(), (end - self.started).as_millis());
        u32::try_from(100 * spent / whole.max(1)).unwrap_or(100)
    }

    /// What is left of the limit.
    pub(crate) fn left(self) -> Option<Duration> {
        self.end.map(|end| end.saturating_duration_since(Instant::now()))
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
    fn time_is_spent_where_there_is_a_limit() {
        let of = |limit: Option<u64>| Deadline::start(limit.map(Duration::from_secs)).spent();
        assert_eq!([None, Some(0), Some(1_000_000)].map(of), [0, 100, 0]);
        let ago = Instant::now().checked_sub(Duration::from_secs(50)).expect("the clock is older");
        let half = Deadline { started: ago, ..Deadline::start(Some(Duration::from_secs(50))) };
        assert!((45..=55).contains(&half.spent()), "{}", half.spent());
    }
}
