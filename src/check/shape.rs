//! Whether a plan belongs to this scenario and is written as the format asks.

use super::case::Case;
use super::ids::Ids;
use super::report::{Figure, Subject, Violation};
use crate::plan::{self, Assignment, Plan};
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, UnitIdx};

/// Whether format, scenario and baseline are those that were given.
pub(super) fn belongs(case: &Case<'_>, digest: &str, plan: &Plan) -> Vec<Violation> {
    let given = case.baseline.map_or("none", |baseline| baseline.digest.as_str());
    let named = plan.baseline.as_ref().map_or("none", |baseline| baseline.digest.as_str());
    let parts = [
        ("format", plan.format.as_str(), plan::FORMAT),
        ("scenario.digest", plan.scenario.digest.as_str(), digest),
        ("scenario.name", plan.scenario.name.as_str(), case.scenario.name.as_str()),
        ("baseline.digest", named, given),
    ];
    let wrong = parts.into_iter().filter(|(_, found, limit)| found != limit);
    wrong
        .map(|(part, found, limit)| Violation::new(Rule::Digest, Subject::part(part), found, limit))
        .collect()
}

/// A plan of status `infeasible` or `unknown` has empty lists.
pub(super) fn is_empty(plan: &Plan) -> Vec<Violation> {
    let lists = [
        (Rule::Level, "levels", plan.levels.len()),
        (Rule::Unit, "assignments", plan.assignments.len()),
        (Rule::Unit, "unseated", plan.unseated.len()),
        (Rule::Aboard, "departures", plan.departures.len()),
    ];
    let full = lists.into_iter().filter(|(.., length)| *length > 0);
    let violation =
        |(rule, part, length)| Violation::new(rule, Subject::part(part), Figure::size(length), 0_i128);
    full.map(violation).collect()
}

/// The assignments as positions; one that names a unit or a departure that does not exist is a violation.
pub(super) fn pairs(
    ids: &Ids<'_>,
    assignments: &[Assignment],
) -> (Vec<(UnitIdx, DepartureIdx)>, Vec<Violation>) {
    let (mut pairs, mut unknown) = (Vec::with_capacity(assignments.len()), Vec::new());
    for (i, assignment) in assignments.iter().enumerate() {
        match (ids.unit(&assignment.unit), ids.departure(&assignment.departure)) {
            (Some(u), Some(d)) => pairs.push((u, d)),
            _ => unknown.push(unknown_pair(i, assignment)),
        }
    }
    (pairs, unknown)
}

fn unknown_pair(i: usize, assignment: &Assignment) -> Violation {
    let subject = Subject {
        unit: Some(assignment.unit.clone()),
        departure: Some(assignment.departure.clone()),
        ..Subject::part(format!("assignments[{i}]"))
    };
    Violation::new(Rule::Unit, subject, Figure::Word("unknown"), 1_i128)
}

/// Sorted by the departure's time, its id, the unit's id: the first assignment that is out of order.
pub(super) fn sorted(case: &Case<'_>, pairs: &[(UnitIdx, DepartureIdx)], plan: &Plan) -> Option<Violation> {
    if plan.assignments.len() != pairs.len() {
        return None;
    }
    let key = |&(u, d): &(UnitIdx, DepartureIdx)| {
        let departure = case.departure(d);
        (departure.departs, departure.id.as_str(), case.unit(u).id.as_str())
    };
    let i = pairs.windows(2).position(|two| key(&two[0]) > key(&two[1]))?;
    let subject = Subject::part(format!("assignments[{}]", i + 1));
    Some(Violation::new(Rule::Unit, subject, Figure::size(i + 1), Figure::size(i)))
}

/// Compares two lists of ids: the first place where they part.
pub(super) fn first_difference<'a>(
    found: impl Iterator<Item = &'a str>,
    wanted: impl Iterator<Item = &'a str>,
) -> Option<(usize, Figure, Figure)> {
    let (mut found, mut wanted) = (found, wanted);
    let figure = |id: Option<&str>| id.map_or(Figure::Word("none"), Figure::from);
    for i in 0_usize.. {
        match (found.next(), wanted.next()) {
            (None, None) => return None,
            (a, b) if a != b => return Some((i, figure(a), figure(b))),
            _ => {}
        }
    }
    None
}
