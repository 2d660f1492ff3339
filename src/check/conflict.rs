//! Whether a conflict is one: its members are demands of the scenario, the certificate refutes a plan with no other
//! demand than these, and without any one of them the rest can be met.
//!
//! That there is a plan is shown by having one, and the checker knows a few only: who is pinned, and nobody else. What
//! neither these nor the certificate settle is listed as not verified.

use std::collections::BTreeSet;

use super::case::Case;
use super::ids::Ids;
use super::proof;
use super::report::{Figure, Report, Subject, Violation};
use super::ties::stays_on;
use crate::certificate::{Entry, Row, RowName, Side};
use crate::plan::{Conflict, Plan, Status};
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, LinkKind, Pin, Quota, UnitIdx};

/// Which rules of a scenario a conflict may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// What the planner asks for: why no plan obeys the rules.
    Planner,
    /// Beds and allotments too: why a unit is in none.
    Everything,
}

/// The conflict of a plan, and of none but an infeasible one: whether it is well written.
pub(super) fn violations(case: &Case<'_>, ids: &Ids<'_>, plan: &Plan) -> Vec<Violation> {
    let length = plan.conflict.as_ref().map(Vec::len);
    let figure = length.map_or(Figure::Word("none"), Figure::size);
    let refuse = |limit: i128| vec![Violation::new(Rule::Level, Subject::part("conflict"), figure, limit)];
    match (plan.status, length) {
        (Status::Infeasible, None | Some(0)) => refuse(1),
        (Status::Infeasible, Some(_)) => {
            ill_written(case, ids, plan.conflict.as_deref().unwrap_or_default(), "conflict", Scope::Planner)
        }
        (_, None) if plan.conflict_reduced.is_none() => Vec::new(),
        _ => refuse(0),
    }
}

/// The members that name nothing that the scenario asks for, or what another has named.
pub(super) fn ill_written(
    case: &Case<'_>,
    ids: &Ids<'_>,
    members: &[Conflict],
    part: &str,
    scope: Scope,
) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    let mut violations = Vec::new();
    for (i, member) in members.iter().enumerate() {
        let mut refuse = |found: Figure| {
            let subject = Subject::part(format!("{part}[{i}]"));
            violations.push(Violation::new(member.kind, subject, found, 1_i128));
        };
        if !seen.insert(member) {
            refuse(Figure::Number(2));
        } else if !is_asked(case, ids, member, scope) {
            refuse(Figure::Number(0));
        }
    }
    violations
}

/// Whether the scenario asks for what the member names, and the member names nothing else.
fn is_asked(case: &Case<'_>, ids: &Ids<'_>, member: &Conflict, scope: Scope) -> bool {
    let scenario = case.scenario;
    let unit = member.unit.as_deref().and_then(|id| ids.unit(id));
    let departure = member.departure.as_deref().and_then(|id| ids.departure(id));
    let sponsor = member.sponsor.as_deref().and_then(|name| ids.sponsor(name));
    let place = member.place.as_deref().and_then(|id| ids.place(id));
    let quota = member.name.as_deref().and_then(|name| ids.quota(name));
    let is_pin = |pin: &Pin| Some(pin.unit) == unit && Some(pin.departure) == departure;
    let is_of = |kind: Rule, is_so: bool| member.kind != kind || is_so;
    let is_everything = scope == Scope::Everything;
    demand(member.kind, member).as_ref() == Some(member)
        && is_of(Rule::Pin, scenario.pins.iter().any(is_pin))
        && is_of(Rule::Manifest, !held_by(case, ids, member).is_empty())
        && is_of(
            Rule::Quota,
            quota.zip(member.side).is_some_and(|(at, side)| has_side(&scenario.quotas[at], side)),
        )
        && is_of(Rule::MinLoad, departure.is_some_and(|d| case.departure(d).min_load > 0))
        && is_of(Rule::Budget, scenario.budget_usd.is_some())
        && is_of(Rule::Allotment, is_everything && departure.is_some() && sponsor.is_some())
        && is_of(Rule::Beds, is_everything && place.is_some() && member.date.is_some())
        && member.link.is_none_or(|link| link_kind(case, link) == Some(member.kind))
}

/// A demand of this kind with the fields that name it; none where the rule is not up for debate.
fn demand(kind: Rule, named: &Conflict) -> Option<Conflict> {
    let Conflict { unit, departure, sponsor, place, date, name, side, link, .. } = named.clone();
    let row = Row::of(RowName::Cut);
    let row = match kind {
        Rule::Pin => Row { unit, departure, ..row },
        Rule::Manifest | Rule::MinLoad => Row { departure, ..row },
        Rule::Quota => Row { name, side, ..row },
        Rule::SameDeparture | Rule::AllOrNone | Rule::AtMostOne | Rule::Apart => {
            Row { link: Some(link?), ..row }
        }
        Rule::Budget => row,
        Rule::Allotment => Row { departure, sponsor, ..row },
        Rule::Beds => Row { place, date, ..row },
        Rule::Cancelled
        | Rule::Closed
        | Rule::Movement
        | Rule::Latest
        | Rule::Documents
        | Rule::AdmitsAny
        | Rule::AdmitsAll
        | Rule::SponsorsOnly
        | Rule::Refused
        | Rule::Vetting
        | Rule::Adult
        | Rule::Exclusion
        | Rule::Seats
        | Rule::LapInfants
        | Rule::Wheelchairs
        | Rule::Stretchers
        | Rule::Payload
        | Rule::VettingExceptions
        | Rule::Unit
        | Rule::Open
        | Rule::Held
        | Rule::Fill
        | Rule::Aboard
        | Rule::Used
        | Rule::Level
        | Rule::Digest
        | Rule::Certificate => return None,
    };
    Some(Conflict::of(kind, row))
}

const fn has_side(quota: &Quota, side: Side) -> bool {
    match side {
        Side::Min => quota.min.is_some(),
        Side::Max => quota.max.is_some(),
        Side::MinPercent => quota.min_percent.is_some(),
        Side::MaxPercent => quota.max_percent.is_some(),
    }
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

/// Whether the members of an infeasible plan's conflict contradict each other, and whether each is needed for that, as
/// far as `refutation` (a verified proof that there is no plan) and the checker's own few plans show it.
pub(super) fn settle(
    case: &Case<'_>,
    ids: &Ids<'_>,
    plan: &Plan,
    refutation: Option<&Entry>,
    report: &mut Report,
) {
    let Some(members) = plan.conflict.as_deref().filter(|_| plan.status == Status::Infeasible) else {
        return;
    };
    if refutation.is_none() {
        report.unverified.push(Subject::part("status"));
    }
    let attempts = attempts(case, ids, members);
    let broken_by: Vec<BTreeSet<Conflict>> =
        attempts.iter().filter_map(|pairs| broken(case, pairs)).collect();
    let left = |broken: &BTreeSet<Conflict>| -> Vec<usize> {
        (0..members.len()).filter(|&i| broken.contains(&members[i])).collect()
    };
    let left: Vec<Vec<usize>> = broken_by.iter().map(left).collect();
    if left.iter().any(Vec::is_empty) {
        let subject = Subject::part("conflict");
        report.violations.push(Violation::new(Rule::Certificate, subject, Figure::Word("met"), 0_i128));
        return;
    }
    let used = refutation.and_then(|entry| used(case, ids, members, entry));
    if used.is_none() {
        report.unverified.push(Subject::part("conflict"));
    }
    if plan.conflict_reduced == Some(false) {
        return;
    }
    let is_used = |i: usize| used.as_ref().is_none_or(|used| used.contains(&i));
    for (i, member) in members.iter().enumerate().filter(|(i, _)| !is_used(*i)) {
        let subject = Subject::part(format!("conflict[{i}]"));
        report.violations.push(Violation::new(member.kind, subject, Figure::Word("not_needed"), 0_i128));
    }
    if !(0..members.len()).all(|i| left.contains(&vec![i])) {
        report.unverified.push(Subject::part("conflict_reduced"));
    }
}

/// The members that a refutation uses; none where it uses a demand that is none of them. Of a locked manifest it may
/// use that nobody else may board, which no price shows, so each counts as used, and a pin of a unit that one of them
/// holds there adds nothing.
fn used(case: &Case<'_>, ids: &Ids<'_>, members: &[Conflict], refutation: &Entry) -> Option<BTreeSet<usize>> {
    let is_manifest = |member: &Conflict| member.kind == Rule::Manifest;
    let mut used: BTreeSet<usize> = (0..members.len()).filter(|&i| is_manifest(&members[i])).collect();
    for row in proof::rows_of(refutation) {
        let demands = demands(case, ids, row);
        let named: Vec<usize> = (0..members.len()).filter(|&i| demands.contains(&members[i])).collect();
        if !demands.is_empty() && named.is_empty() {
            return None;
        }
        if !named.iter().any(|i| used.contains(i)) {
            used.extend(named);
        }
    }
    Some(used)
}

/// The demands that a row states: none, or one, or a pin that a locked manifest may be too.
fn demands(case: &Case<'_>, ids: &Ids<'_>, row: Row) -> Vec<Conflict> {
    let kinds: &[Rule] = match row.row {
        RowName::Pin => &[Rule::Pin, Rule::Manifest],
        RowName::Quota => &[Rule::Quota],
        RowName::MinLoad => &[Rule::MinLoad],
        RowName::Budget => &[Rule::Budget],
        RowName::SameDeparture => &[Rule::SameDeparture],
        RowName::AllOrNone => &[Rule::AllOrNone],
        RowName::AtMostOne => &[Rule::AtMostOne],
        RowName::Apart => &[Rule::Apart],
        RowName::Unit
        | RowName::Open
        | RowName::Held
        | RowName::Seats
        | RowName::LapInfants
        | RowName::Wheelchairs
        | RowName::Stretchers
        | RowName::Payload
        | RowName::Vetting
        | RowName::Fill
        | RowName::Allotment
        | RowName::Aboard
        | RowName::Used
        | RowName::Beds
        | RowName::Level
        | RowName::Split
        | RowName::Cut => &[],
    };
    let named = Conflict::of(Rule::Pin, row);
    // The row of a pair may be that of a unit on a locked manifest, of a pin, or both.
    let is_held = || held_by(case, ids, &named).iter().all(|&(u, d)| stays_on(case, u) == Some(d));
    let states = |member: &Conflict| {
        is_asked(case, ids, member, Scope::Planner) && (member.kind != Rule::Manifest || is_held())
    };
    kinds.iter().filter_map(|kind| demand(*kind, &named)).filter(states).collect()
}

/// At most so many members are left out in turn.
const LEFT_OUT: usize = 64;

/// Plans that may show something: with all aboard whom the members hold, and without those of each in turn.
fn attempts(case: &Case<'_>, ids: &Ids<'_>, members: &[Conflict]) -> Vec<Vec<(UnitIdx, DepartureIdx)>> {
    let held: Vec<Vec<(UnitIdx, DepartureIdx)>> =
        members.iter().map(|member| held_by(case, ids, member)).collect();
    let without = |left_out: Option<usize>| -> Vec<(UnitIdx, DepartureIdx)> {
        let rest = held.iter().enumerate().filter(|(i, _)| Some(*i) != left_out);
        let pairs: BTreeSet<_> = rest.flat_map(|(_, pairs)| pairs.iter().copied()).collect();
        pairs.into_iter().collect()
    };
    let holding = (0..members.len()).filter(|&i| !held[i].is_empty()).take(LEFT_OUT);
    std::iter::once(None).chain(holding.map(Some)).map(without).collect()
}

/// Whom a pin or a locked manifest holds where.
fn held_by(case: &Case<'_>, ids: &Ids<'_>, member: &Conflict) -> Vec<(UnitIdx, DepartureIdx)> {
    let departure = member.departure.as_deref().and_then(|id| ids.departure(id));
    match (member.kind, departure) {
        (Rule::Pin, Some(d)) => {
            member.unit.as_deref().and_then(|id| ids.unit(id)).map(|u| (u, d)).into_iter().collect()
        }
        (Rule::Manifest, Some(d)) => {
            case.units().filter(|&u| stays_on(case, u) == Some(d)).map(|u| (u, d)).collect()
        }
        _ => Vec::new(),
    }
}

/// The demands that a list of assignments does not meet; none where it breaks another rule.
fn broken(case: &Case<'_>, pairs: &[(UnitIdx, DepartureIdx)]) -> Option<BTreeSet<Conflict>> {
    case.judge(pairs).violations.iter().map(demand_of).collect()
}

/// The demand that a violation is of; none where it is of another rule.
fn demand_of(violation: &Violation) -> Option<Conflict> {
    let Subject { unit, departure, name, side, link, .. } = violation.subject.clone();
    let link = link.and_then(|link| u32::try_from(link).ok());
    let row = Row { unit, departure, name, side, link, ..Row::of(RowName::Cut) };
    // Of a locked manifest: a newcomer there breaks eligibility; who is on it and not aboard, a demand.
    let is_newcomer = violation.rule == Rule::Manifest && violation.limit != Figure::Number(1);
    let is_debated = ![Rule::Beds, Rule::Allotment].contains(&violation.rule) && !is_newcomer;
    let named = Conflict::of(violation.rule, row);
    is_debated.then(|| demand(violation.rule, &named)).flatten()
}
