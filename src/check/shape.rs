//! Whether a plan belongs to this scenario and is written as the format asks.

use super::case::Case;
use super::ids::Ids;
use super::report::{Figure, Subject, Violation};
use crate::certificate::Side;
use crate::plan::{self, Assignment, Conflict, Plan, Status};
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, LinkKind, Pin, Quota, UnitIdx};

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

/// The conflict of a plan, and of none but an infeasible one.
pub(super) fn conflict(case: &Case<'_>, ids: &Ids<'_>, plan: &Plan) -> Vec<Violation> {
    let members = plan.conflict.as_deref().unwrap_or_default();
    if plan.status != Status::Infeasible && (plan.conflict.is_some() || plan.conflict_reduced.is_some()) {
        let part = Subject::part("conflict");
        return vec![Violation::new(Rule::Level, part, Figure::size(members.len()), 0_i128)];
    }
    unknown_members(case, ids, members, "conflict")
}

/// The members of a conflict that the scenario does not have.
pub(super) fn unknown_members(
    case: &Case<'_>,
    ids: &Ids<'_>,
    members: &[Conflict],
    part: &str,
) -> Vec<Violation> {
    let unknown = members.iter().enumerate().filter(|(_, member)| !is_known(case, ids, member));
    let violation = |(i, member): (usize, &Conflict)| {
        Violation::new(member.kind, Subject::part(format!("{part}[{i}]")), 0_i128, 1_i128)
    };
    unknown.map(violation).collect()
}

/// Whether everything that the member names exists.
fn is_known(case: &Case<'_>, ids: &Ids<'_>, member: &Conflict) -> bool {
    let named = |id: &Option<String>, known: &dyn Fn(&str) -> bool| id.as_deref().is_none_or(known);
    named(&member.unit, &|id| ids.unit(id).is_some())
        && named(&member.departure, &|id| ids.departure(id).is_some())
        && named(&member.sponsor, &|id| ids.sponsor(id).is_some())
        && named(&member.place, &|id| ids.place(id).is_some())
        && named(&member.name, &|id| ids.quota(id).is_some())
        && member.link.is_none_or(|link| link_kind(case, link) == Some(member.kind))
        && is_demanded(case, ids, member)
}

/// Whether the scenario demands what a member is about.
fn is_demanded(case: &Case<'_>, ids: &Ids<'_>, member: &Conflict) -> bool {
    let scenario = case.scenario;
    let departure = member.departure.as_deref().and_then(|id| ids.departure(id));
    let unit = member.unit.as_deref().and_then(|id| ids.unit(id));
    let is_pin = |pin: &Pin| Some(pin.unit) == unit && Some(pin.departure) == departure;
    let quota = member.name.as_deref().and_then(|name| ids.quota(name)).map(|at| &scenario.quotas[at]);
    let has_side = |side: Side, quota: &Quota| match side {
        Side::Min => quota.min.is_some(),
        Side::Max => quota.max.is_some(),
        Side::MinPercent => quota.min_percent.is_some(),
        Side::MaxPercent => quota.max_percent.is_some(),
    };
    let is_of = |kind: Rule, is_demanded: bool| member.kind != kind || is_demanded;
    is_of(Rule::Budget, scenario.budget_usd.is_some())
        && is_of(Rule::MinLoad, departure.is_some_and(|d| scenario.departures[d.index()].min_load > 0))
        && is_of(Rule::Pin, scenario.pins.iter().any(is_pin))
        && is_of(Rule::Quota, quota.is_some_and(|quota| member.side.is_none_or(|side| has_side(side, quota))))
}

/// The rule of the link at this position.
fn link_kind(case: &Case<'_>, link: u32) -> Option<Rule> {
    let link = case.scenario.links.get(usize::try_from(link).ok()?)?;
    Some(match link.kind {
        LinkKind::SameDeparture => Rule::SameDeparture,
        LinkKind::AllOrNone => Rule::AllOrNone,
        LinkKind::AtMostOne => Rule::AtMostOne,
        LinkKind::Apart => Rule::Apart,
    })
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
