//! Whether the loads of the departures that a plan lists are those of its assignments.

use rustc_hash::FxHashMap;

use super::case::Case;
use super::ids::Ids;
use super::levels;
use super::report::{Figure, Subject, Violation, count};
use super::seating::Seating;
use super::shape::first_difference;
use super::take::{self, RESOURCES};
use crate::certificate::Resource;
use crate::plan::{CategoryCount, DepartureLoad, Limits, Plan};
use crate::rule::Rule;
use crate::scenario::DepartureIdx;

/// Every number that is not so.
pub(super) fn violations(case: &Case<'_>, ids: &Ids<'_>, seating: &Seating, plan: &Plan) -> Vec<Violation> {
    let order = case.scenario.departures_by_time();
    let wanted = order.iter().map(|d| case.departure(*d).id.as_str());
    let found = plan.departures.iter().map(|load| load.departure.as_str());
    let misplaced = first_difference(found, wanted).map(|(i, found, limit)| {
        Violation::new(Rule::Aboard, Subject::part(format!("departures[{i}]")), found, limit)
    });
    let known = plan.departures.iter().filter_map(|load| Some((ids.departure(&load.departure)?, load)));
    misplaced.into_iter().chain(known.flat_map(|(d, load)| of_departure(case, seating, d, load))).collect()
}

fn of_departure(case: &Case<'_>, seating: &Seating, d: DepartureIdx, load: &DepartureLoad) -> Vec<Violation> {
    let (actual, departure) = (seating.load(d), case.departure(d));
    let mut violations = Vec::new();
    let mut compare = |rule, part: &str, found: Figure, actual: Figure| {
        if found != actual {
            violations.push(Violation::new(rule, case.on(d).at(part), found, actual));
        }
    };
    compare(Rule::Aboard, "persons", load.persons.into(), actual.persons.into());
    for resource in RESOURCES {
        let (part, claimed) = claimed_use(load, resource);
        compare(take::rule(resource), part, claimed.into(), actual.of(resource).into());
        let (part, claimed) = claimed_limit(&load.limits, resource);
        let limit = take::limit(departure, resource).map_or(Figure::Word("none"), Figure::Number);
        compare(take::rule(resource), part, claimed.map_or(Figure::Word("none"), Figure::from), limit);
    }
    violations.extend(by_category(case, seating, d, &load.by_category));
    violations
}

const fn claimed_use(load: &DepartureLoad, resource: Resource) -> (&'static str, i64) {
    match resource {
        Resource::Seats => ("seats", load.seats),
        Resource::LapInfants => ("lap_infants", load.lap_infants),
        Resource::Wheelchairs => ("wheelchairs", load.wheelchairs),
        Resource::Stretchers => ("stretchers", load.stretchers),
        Resource::Payload => ("mass_kg", load.mass_kg),
        Resource::Vetting => ("below_vetting", load.below_vetting),
    }
}

const fn claimed_limit(limits: &Limits, resource: Resource) -> (&'static str, Option<i64>) {
    match resource {
        Resource::Seats => ("limits.seats", Some(limits.seats)),
        Resource::LapInfants => ("limits.lap_infants", limits.lap_infants),
        Resource::Wheelchairs => ("limits.wheelchairs", limits.wheelchairs),
        Resource::Stretchers => ("limits.stretchers", limits.stretchers),
        Resource::Payload => ("limits.payload_kg", limits.payload_kg),
        Resource::Vetting => ("limits.vetting_exceptions", limits.vetting_exceptions),
    }
}

fn by_category(
    case: &Case<'_>,
    seating: &Seating,
    d: DepartureIdx,
    claimed: &[CategoryCount],
) -> Vec<Violation> {
    let categories = &case.scenario.categories;
    let found = claimed.iter().map(|entry| entry.category.as_str());
    if let Some((i, found, limit)) = first_difference(found, categories.iter().map(String::as_str)) {
        let part = case.on(d).at(format!("by_category[{i}]"));
        return vec![Violation::new(Rule::Aboard, part, found, limit)];
    }
    let actual = persons_by_category(case, seating, d);
    let wrong = claimed.iter().zip(actual).filter(|(entry, persons)| i128::from(entry.persons) != *persons);
    let violation = |(entry, persons): (&CategoryCount, i128)| {
        let subject = Subject { category: Some(entry.category.clone()), ..case.on(d).at("by_category") };
        Violation::new(Rule::Aboard, subject, entry.persons, persons)
    };
    wrong.map(violation).collect()
}

/// Persons aboard by the category that they count under, every category in order.
fn persons_by_category(case: &Case<'_>, seating: &Seating, d: DepartureIdx) -> Vec<i128> {
    let mut persons: FxHashMap<usize, usize> = FxHashMap::default();
    for unit in seating.aboard(d).iter().map(|u| case.unit(*u)) {
        for person in &unit.persons {
            *persons.entry(levels::category(case.scenario, unit, person).index()).or_default() += 1;
        }
    }
    (0..case.scenario.categories.len()).map(|c| count(persons.get(&c).copied().unwrap_or(0))).collect()
}
