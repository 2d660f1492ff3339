//! What a plan is worth: filters, the twelve measures, the values.
//!
//! Each measure is a number of the unit ([`base`]) times a factor of the pair ([`factor`]), plus, for
//! `cost`, what opening a departure costs, plus, for `changes`, a constant.

use super::case::{self, Case};
use super::limits;
use super::report::count;
use super::seating::Seating;
use super::take::Take;
use crate::scenario::{
    Baseline, CategoryIdx, DepartureIdx, FamilyUnit, Filter, Measure, MixedStatus, Person, Scenario, UnitIdx,
    Was, expected_permille,
};

/// The category that a person counts under.
pub(super) fn category(scenario: &Scenario, unit: &FamilyUnit, person: &Person) -> CategoryIdx {
    match scenario.policy.mixed_status {
        MixedStatus::PerPerson => person.category,
        MixedStatus::BestMember => {
            unit.persons.iter().map(|member| member.category).min().unwrap_or(person.category)
        }
        MixedStatus::Anchor => {
            let anchor = unit.persons.get(unit.anchor.unwrap_or(0));
            anchor.map_or(person.category, |anchor| anchor.category)
        }
    }
}

/// Whether the person matches every key that is given.
pub(super) fn matches(
    scenario: &Scenario,
    filter: &Filter,
    u: UnitIdx,
    unit: &FamilyUnit,
    person: &Person,
) -> bool {
    let Filter { category: in_category, tag, sponsor, sex, mobility, location, unit: units, .. } = filter;
    any_of(in_category.as_ref(), |list| list.contains(&category(scenario, unit, person)))
        && any_of(tag.as_ref(), |list| list.iter().any(|tag| person.tags.contains(tag)))
        && any_of(sponsor.as_ref(), |list| unit.sponsor.is_some_and(|own| list.contains(&own)))
        && any_of(sex.as_ref(), |list| person.sex.is_some_and(|own| list.contains(&own)))
        && any_of(mobility.as_ref(), |list| list.contains(&person.mobility))
        && any_of(location.as_ref(), |list| list.contains(&unit.location))
        && any_of(units.as_ref(), |list| list.contains(&u))
        && filter.min_age.is_none_or(|least| person.age >= least)
        && filter.max_age.is_none_or(|most| person.age <= most)
        && filter.min_vetting.is_none_or(|least| person.vetting.meets(least))
}

/// A key that is not given asks for nothing.
fn any_of<T>(list: Option<&Vec<T>>, holds: impl Fn(&Vec<T>) -> bool) -> bool {
    list.is_none_or(holds)
}

/// Per unit: its part of the measure, to be multiplied by [`factor`].
pub(super) fn base(scenario: &Scenario, baseline: Option<&Baseline>, measure: &Measure) -> Vec<i128> {
    let of_unit =
        |(u, unit): (usize, &FamilyUnit)| unit_base(scenario, baseline, measure, UnitIdx::new(u), unit);
    scenario.units.iter().enumerate().map(of_unit).collect()
}

fn unit_base(
    scenario: &Scenario,
    baseline: Option<&Baseline>,
    measure: &Measure,
    u: UnitIdx,
    unit: &FamilyUnit,
) -> i128 {
    let matching = |filter: &Filter| {
        count(unit.persons.iter().filter(|person| matches(scenario, filter, u, unit, person)).count())
    };
    match measure {
        Measure::Persons(filter) | Measure::ExpectedPersons(filter) | Measure::PersonDays(filter) => {
            matching(filter)
        }
        Measure::Seats(filter) | Measure::Units(filter) | Measure::Preference(filter) => {
            matching(filter).min(1)
        }
        Measure::Urgency(filter) => matching(filter).min(1) * i128::from(unit.urgency),
        Measure::WaitingDays(filter) => matching(filter) * waiting_days(scenario, unit),
        Measure::Weighted(weights) => {
            weights.iter().map(|(filter, weight)| matching(filter) * i128::from(*weight)).sum()
        }
        Measure::Cost => 0,
        Measure::Changes if case::was(baseline, u) == Was::Unseated => 0,
        Measure::Changes => count(unit.persons.len()),
        Measure::Lottery { seed } => lot(*seed, &unit.id) * count(unit.persons.len()),
    }
}

fn waiting_days(scenario: &Scenario, unit: &FamilyUnit) -> i128 {
    scenario.as_of.date().days_since(unit.ready.date()).max(0).into()
}

/// The unit's number in 1..=1000.
fn lot(seed: u64, unit: &str) -> i128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(unit.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    1 + i128::from(u64::from_le_bytes(first) % 1000)
}

/// Whether the measure gives a unit the same on every departure, so that [`factor`] is 1.
pub(super) const fn is_uniform(measure: &Measure) -> bool {
    match measure {
        Measure::Persons(_)
        | Measure::Units(_)
        | Measure::Weighted(_)
        | Measure::Urgency(_)
        | Measure::WaitingDays(_)
        | Measure::Lottery { .. } => true,
        Measure::Seats(_)
        | Measure::Preference(_)
        | Measure::ExpectedPersons(_)
        | Measure::PersonDays(_)
        | Measure::Cost
        | Measure::Changes => false,
    }
}

/// What the unit's base is multiplied by on this departure.
fn factor(case: &Case<'_>, measure: &Measure, u: UnitIdx, d: DepartureIdx, take: &Take) -> i128 {
    let (unit, departure) = (case.unit(u), case.departure(d));
    match measure {
        Measure::Persons(_)
        | Measure::Units(_)
        | Measure::Weighted(_)
        | Measure::Urgency(_)
        | Measure::WaitingDays(_)
        | Measure::Lottery { .. } => 1,
        Measure::Seats(_) => take.seats,
        Measure::Preference(_) => unit.preference(d, departure.to).into(),
        Measure::ExpectedPersons(_) => {
            expected_permille(unit.show_probability, departure.cancel_probability).into()
        }
        Measure::PersonDays(_) => case.days[d.index()].into(),
        Measure::Cost => 0,
        Measure::Changes => -i128::from(case.was(u) == Was::On(d)),
    }
}

/// What level `k` gives for `u` on `d`, of which it takes `take`.
pub(super) fn coefficient(case: &Case<'_>, k: usize, u: UnitIdx, d: DepartureIdx, take: &Take) -> i128 {
    match case.worth[k][u.index()] {
        0 => 0,
        base => base * factor(case, &case.levels[k].measure, u, d, take),
    }
}

/// What level `k` gives where someone is aboard `d`.
pub(super) fn opening(case: &Case<'_>, k: usize, d: DepartureIdx) -> i128 {
    if case.levels[k].measure == Measure::Cost { limits::cost_usd(case.departure(d)).into() } else { 0 }
}

/// The constant K of level `k`: for `changes` the persons of all units that the baseline seats.
pub(super) fn constant(case: &Case<'_>, k: usize) -> i128 {
    if case.levels[k].measure == Measure::Changes { case.worth[k].iter().sum() } else { 0 }
}

/// The value of every level.
pub(super) fn values(case: &Case<'_>, seating: &Seating) -> Vec<i128> {
    (0..case.levels.len()).map(|k| value(case, seating, k)).collect()
}

fn value(case: &Case<'_>, seating: &Seating, k: usize) -> i128 {
    let gain = |(u, d)| coefficient(case, k, u, d, &super::take::take(case.unit(u), case.departure(d)));
    let gains: i128 = seating.pairs().map(gain).sum();
    let used = case.departures().filter(|d| !seating.aboard(*d).is_empty());
    constant(case, k) + gains + used.map(|d| opening(case, k, d)).sum::<i128>()
}
