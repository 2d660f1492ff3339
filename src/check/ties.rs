//! Quotas, links, pins and the units that a locked manifest holds.

use super::board;
use super::case::Case;
use super::levels::matches;
use super::report::{Figure, Subject, Violation, count};
use super::seating::Seating;
use crate::certificate::Side;
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, FamilyUnit, Filter, Link, LinkKind, Quota, Scenario, UnitIdx, Was};

/// Whom a quota counts.
#[derive(Debug)]
pub(super) struct QuotaCounts {
    /// By unit: persons that `count` matches, persons that `among` matches.
    pub(super) persons: Vec<(i128, i128)>,
    /// By departure, where the quota names departures.
    on: Option<Vec<bool>>,
}

impl QuotaCounts {
    pub(super) fn new(scenario: &Scenario, quota: &Quota) -> Self {
        let everybody = Filter::default();
        let among = quota.among.as_ref().unwrap_or(&everybody);
        let counted = |unit: &FamilyUnit, u: usize, filter: &Filter| {
            let matching = |person| matches(scenario, filter, UnitIdx::new(u), unit, person);
            count(unit.persons.iter().filter(|person| matching(person)).count())
        };
        let persons =
            |(u, unit): (usize, &FamilyUnit)| (counted(unit, u, &quota.count), counted(unit, u, among));
        Self {
            persons: scenario.units.iter().enumerate().map(persons).collect(),
            on: quota.departures.as_ref().map(|named| {
                (0..scenario.departures.len()).map(|d| named.contains(&DepartureIdx::new(d))).collect()
            }),
        }
    }

    /// Whether it counts those on the departure.
    pub(super) fn counts_on(&self, d: DepartureIdx) -> bool {
        self.on.as_ref().is_none_or(|on| on[d.index()])
    }

    /// Whether it counts on every departure.
    pub(super) const fn counts_everywhere(&self) -> bool {
        self.on.is_none()
    }

    /// P and Q.
    fn seated(&self, seating: &Seating) -> (i128, i128) {
        let counted = seating.pairs().filter(|(_, d)| self.counts_on(*d));
        counted
            .map(|(u, _)| self.persons[u.index()])
            .fold((0, 0), |sum, unit| (sum.0 + unit.0, sum.1 + unit.1))
    }
}

/// Every tie that is broken.
pub(super) fn violations(case: &Case<'_>, seating: &Seating) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (quota, counts) in case.scenario.quotas.iter().zip(&case.quotas) {
        violations.extend(quota_sides(quota, counts.seated(seating)));
    }
    for (l, link) in case.scenario.links.iter().enumerate() {
        violations.extend(link_broken(case, seating, l, link));
    }
    violations.extend(pins(case, seating));
    violations.extend(manifests(case, seating));
    violations
}

fn quota_sides(quota: &Quota, (p, q): (i128, i128)) -> Vec<Violation> {
    let floor = |side, found: i128, least: i128| (side, found, least, found < least);
    let ceiling = |side, found: i128, most: i128| (side, found, most, found > most);
    let sides = [
        quota.min.map(|min| floor(Side::Min, p, min.into())),
        quota.max.map(|max| ceiling(Side::Max, p, max.into())),
        quota.min_percent.map(|percent| floor(Side::MinPercent, 100 * p, i128::from(percent) * q)),
        quota.max_percent.map(|percent| ceiling(Side::MaxPercent, 100 * p, i128::from(percent) * q)),
    ];
    let violation = |(side, found, limit, _)| {
        let subject = Subject { name: Some(quota.name.clone()), side: Some(side), ..Subject::default() };
        Violation::new(Rule::Quota, subject, found, limit)
    };
    sides.into_iter().flatten().filter(|(.., broken)| *broken).map(violation).collect()
}

fn link_broken(case: &Case<'_>, seating: &Seating, l: usize, link: &Link) -> Vec<Violation> {
    match link.kind {
        LinkKind::SameDeparture => same_departure(case, seating, l, link),
        LinkKind::AllOrNone => all_or_none(seating, l, link).into_iter().collect(),
        LinkKind::AtMostOne => at_most_one(seating, l, link).into_iter().collect(),
        LinkKind::Apart => apart(case, seating, l, link),
    }
}

fn subject(link: usize) -> Subject {
    Subject { link: Some(link), ..Subject::default() }
}

/// Each unit that is not where the link's first is.
fn same_departure(case: &Case<'_>, seating: &Seating, l: usize, link: &Link) -> Vec<Violation> {
    let Some((first, others)) = link.units.split_first() else { return Vec::new() };
    let place =
        |u: UnitIdx| seating.of(u).map_or(Figure::Word("unseated"), |d| case.departure(d).id.as_str().into());
    let strays = others.iter().filter(|u| seating.of(**u) != seating.of(*first));
    let violation = |u: &UnitIdx| {
        let subject = Subject { unit: Some(case.unit(*u).id.clone()), ..subject(l) };
        Violation::new(Rule::SameDeparture, subject, place(*u), place(*first))
    };
    strays.map(violation).collect()
}

fn seated(seating: &Seating, link: &Link) -> i128 {
    count(link.units.iter().filter(|u| seating.of(**u).is_some()).count())
}

fn all_or_none(seating: &Seating, l: usize, link: &Link) -> Option<Violation> {
    let (found, all) = (seated(seating, link), count(link.units.len()));
    (found != 0 && found != all).then(|| Violation::new(Rule::AllOrNone, subject(l), found, all))
}

fn at_most_one(seating: &Seating, l: usize, link: &Link) -> Option<Violation> {
    let found = seated(seating, link);
    (found > 1).then(|| Violation::new(Rule::AtMostOne, subject(l), found, 1_i128))
}

fn apart(case: &Case<'_>, seating: &Seating, l: usize, link: &Link) -> Vec<Violation> {
    let mut places: Vec<DepartureIdx> = link.units.iter().filter_map(|u| seating.of(*u)).collect();
    places.sort_unstable();
    let shared = places.chunk_by(|a, b| a == b).filter(|together| together.len() > 1);
    let violation = |together: &[DepartureIdx]| {
        let subject = Subject { link: Some(l), ..case.on(together[0]) };
        Violation::new(Rule::Apart, subject, Figure::size(together.len()), 1_i128)
    };
    shared.map(violation).collect()
}

fn pins(case: &Case<'_>, seating: &Seating) -> Vec<Violation> {
    let missed = case.scenario.pins.iter().filter(|pin| seating.of(pin.unit) != Some(pin.departure));
    let violation = |pin: &crate::scenario::Pin| {
        Violation::new(Rule::Pin, case.pair(pin.unit, pin.departure), 0_i128, 1_i128)
    };
    missed.map(violation).collect()
}

/// The departure on whose locked manifest the unit stays: it was there, and no test bars it.
pub(super) fn stays_on(case: &Case<'_>, u: UnitIdx) -> Option<DepartureIdx> {
    let Was::On(d) = case.was(u) else { return None };
    (case.is_held(u, d) && board::barred(case, u, d).is_empty()).then_some(d)
}

fn manifests(case: &Case<'_>, seating: &Seating) -> Vec<Violation> {
    let held = case.units().filter_map(|u| stays_on(case, u).map(|d| (u, d)));
    let missed = held.filter(|(u, d)| seating.of(*u) != Some(*d));
    missed.map(|(u, d)| Violation::new(Rule::Manifest, case.pair(u, d), 0_i128, 1_i128)).collect()
}
