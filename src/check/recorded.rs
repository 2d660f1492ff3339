//! What a plan of status `recorded` is not asked for: it says what happened, and who did not come.

use super::case::Case;
use super::ids::Ids;
use super::report::Violation;
use crate::plan::{Plan, Status};
use crate::rule::Rule;

/// Whether what happened may break the rule: whoever was at the gate may have boarded after the manifest
/// closed; who did not come is not where a pin or a manifest wanted them; and their absence may have broken
/// a link that names them, a quota or a minimum load.
pub(super) fn excused(case: &Case<'_>, ids: &Ids<'_>, plan: &Plan, violation: &Violation) -> bool {
    if plan.status != Status::Recorded {
        return false;
    }
    let linked = |unit: &str| {
        let link = violation.subject.link.and_then(|link| case.scenario.links.get(link));
        link.zip(ids.unit(unit)).is_some_and(|(link, u)| link.units.contains(&u))
    };
    let rule = violation.rule;
    rule == Rule::Manifest
        || rule == Rule::Pin && plan.no_shows().any(|unit| violation.subject.unit.as_deref() == Some(unit))
        || [Rule::SameDeparture, Rule::AllOrNone].contains(&rule) && plan.no_shows().any(linked)
        || [Rule::Quota, Rule::MinLoad].contains(&rule) && plan.no_shows().next().is_some()
}
