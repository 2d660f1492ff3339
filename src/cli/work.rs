//! Questions that have no answer, as failures of the command.

use airbridge::explain::optimum::Failure as Unexplained;
use airbridge::plan::Conflict;

use super::Failure;
use super::files::Loaded;
use super::planned::failure;

/// A question that has no answer.
pub(crate) fn unanswered(loaded: &Loaded, error: Unexplained) -> Failure {
    match error {
        Unexplained::Solve(error) => failure(loaded, error),
        Unexplained::Infeasible(conflict, reduced) => infeasible(&conflict, reduced),
        Unexplained::Misfit => Failure::Usage(error.to_string()),
        Unexplained::Unknown => Failure::Interrupted,
    }
}

/// No plan obeys the rules.
pub(crate) fn infeasible(conflict: &[Conflict], reduced: bool) -> Failure {
    Failure::Infeasible(airbridge::report::conflict(conflict, reduced))
}
