//! A request to the library on behalf of a command: searches on the leash, limits, a progress line.

use airbridge::explain::optimum::Failure as Unexplained;
use airbridge::plan::Conflict;
use airbridge::solve::{Method, Request, SolveError};

use super::files::Loaded;
use super::interrupt::Deadline;
use super::leash::Leash;
use super::progress::Meter;
use super::{Common, Failure};

/// Does some work with a request for what was loaded.
pub(crate) fn with<T>(
    loaded: &Loaded,
    deadline: Deadline,
    common: &Common,
    work: impl FnOnce(&Request) -> T,
) -> T {
    let leash = Leash::new(deadline);
    let meter = Meter::new(common.quiet);
    let request = Request {
        scenario: &loaded.scenario,
        baseline: loaded.baseline.as_ref(),
        method: Method::Auto,
        runner: &|task| leash.run(task),
        stop: &|| deadline.is_over(),
        progress: &|progress| meter.show(progress),
    };
    let done = work(&request);
    meter.clear();
    done
}

/// A solve that failed.
pub(crate) fn unsolved(loaded: &Loaded, error: SolveError) -> Failure {
    match error {
        SolveError::ForbiddenPins(pins) => Failure::Input(super::validate::forbidden_pins(loaded, &pins)),
        SolveError::Fault(fault) => fault.into(),
    }
}

/// A question that has no answer.
pub(crate) fn unanswered(loaded: &Loaded, error: Unexplained) -> Failure {
    match error {
        Unexplained::Solve(error) => unsolved(loaded, error),
        Unexplained::Infeasible(conflict, reduced) => infeasible(&conflict, reduced),
        Unexplained::Unknown => Failure::Interrupted,
    }
}

/// No plan obeys the rules.
pub(crate) fn infeasible(conflict: &[Conflict], reduced: bool) -> Failure {
    Failure::Infeasible(airbridge::report::conflict(conflict, reduced))
}
