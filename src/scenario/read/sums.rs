//! Whether the sum of the absolute coefficients of every level and row is within 2^53 - 1.
//!
//! The page asks it of the columns that there are, one for each eligible pair. Eligibility is not known
//! here. A row of a departure is judged as the page has it, over all units that alone are within its limit;
//! a level by the largest coefficient that each unit has on any departure, which bounds the value of every
//! plan. Counts of persons and days cannot reach the limit in any file that fits a disk and are not asked.

use super::findings::Findings;
use crate::certificate::SAFE_INTEGER;
use crate::diagnostic::tick;
use crate::json::At;
use crate::scenario::{
    CategoryIdx, Departure, DepartureIdx, DepartureKind, FamilyUnit, Filter, Measure, MixedStatus, Mobility,
    Person, Scenario, UnitIdx,
};

#[expect(clippy::as_conversions, reason = "i64 to i128 is lossless")]
const LIMIT: i128 = SAFE_INTEGER as i128;

/// Judges the levels and rows of a scenario that is in order otherwise.
pub(super) fn sums(scenario: &Scenario, findings: &mut Findings) {
    let totals = Totals::of(scenario);
    for (d, departure) in scenario.departures.iter().enumerate() {
        rows_of_departure(scenario, &totals, (d, departure), findings);
    }
    budget_row(scenario, findings);
    for (l, level) in scenario.policy.levels.iter().enumerate() {
        level_sum(scenario, &totals, l, &level.measure, findings);
    }
}

/// E0601: the coefficients of a level are too large together.
fn level_sum(scenario: &Scenario, totals: &Totals, level: usize, measure: &Measure, findings: &mut Findings) {
    if scenario.departures.is_empty() || bound(scenario, totals, measure) <= LIMIT {
        return;
    }
    let sum: i128 = match measure {
        Measure::Cost => uncommitted_cost(scenario),
        Measure::Weighted(weights) => units(scenario).map(|unit| weighed(scenario, unit, weights)).sum(),
        Measure::Seats(filter) => over_members(scenario, filter, |unit| most_seats(scenario, unit)),
        Measure::Urgency(filter) => over_members(scenario, filter, |unit| unit.urgency.into()),
        Measure::Preference(filter) => over_members(scenario, filter, |unit| most_preferred(scenario, unit)),
        // Counts, whose bound is within the limit.
        Measure::Persons(_)
        | Measure::Units(_)
        | Measure::ExpectedPersons(_)
        | Measure::PersonDays(_)
        | Measure::WaitingDays(_)
        | Measure::Changes
        | Measure::Lottery { .. } => 0,
    };
    if sum > LIMIT {
        let at = At::top("policy");
        let at = at.key("levels");
        let message = "the coefficients of this level together are beyond 2^53 - 1".to_owned();
        findings.error("E0601", &at.index(level), message, "use smaller weights, scores or sums of money");
    }
}

/// E0602: the coefficients of a row are too large together.
fn row_sum(at: &At, subject: &str, sum: i128, findings: &mut Findings) {
    if sum > LIMIT {
        let message = format!("the coefficients of the row of {subject} are together beyond 2^53 - 1");
        findings.error("E0602", at, message, "write smaller numbers; a limit that is none can be left out");
    }
}

fn rows_of_departure(
    scenario: &Scenario,
    totals: &Totals,
    (d, departure): (usize, &Departure),
    findings: &mut Findings,
) {
    let at = At::top("departures");
    let at = at.index(d);
    let subject = tick(&departure.id);
    seats_rows(scenario, totals, (&at, departure), findings);
    let payload = departure.payload_kg.map(|limit| payload(scenario, totals, departure, limit));
    row_sum(&at.key("payload_kg"), &subject, payload.unwrap_or(0), findings);
    let counted = [
        ("lap_infants", departure.lap_infants),
        ("wheelchairs", departure.wheelchairs),
        ("stretchers", departure.stretchers),
        ("vetting", departure.vetting.map(|rule| rule.exceptions)),
        ("min_load", Some(departure.min_load).filter(|load| *load > 0)),
    ];
    for (key, limit) in counted {
        row_sum(
            &at.key(key),
            &subject,
            limit.map_or(0, |limit| totals.persons + i128::from(limit)),
            findings,
        );
    }
}

fn seats_rows(
    scenario: &Scenario,
    totals: &Totals,
    (at, departure): (&At, &Departure),
    findings: &mut Findings,
) {
    let usable = i128::from(departure.usable_seats());
    let held = i128::try_from(departure.allotments.len()).unwrap_or(LIMIT);
    if totals.seats(departure) + usable + held < LIMIT {
        return;
    }
    let used: i128 =
        scenario.units.iter().map(|unit| seats(departure, unit)).filter(|seats| *seats <= usable).sum();
    row_sum(&at.key("seats"), &tick(&departure.id), used + usable + held, findings);
}

fn payload(scenario: &Scenario, totals: &Totals, departure: &Departure, limit: i64) -> i128 {
    let (bag, limit) = (i128::from(departure.bag_kg), i128::from(limit));
    if totals.mass + bag * totals.persons + limit <= LIMIT {
        return 0;
    }
    let of_unit = |unit: &FamilyUnit| unit.persons.iter().map(|person| mass(person) + bag).sum::<i128>();
    scenario.units.iter().map(of_unit).filter(|mass| *mass <= limit).sum::<i128>() + limit
}

fn budget_row(scenario: &Scenario, findings: &mut Findings) {
    if scenario.budget_usd.is_some() {
        row_sum(&At::top("budget_usd"), "the budget", uncommitted_cost(scenario), findings);
    }
}

fn uncommitted_cost(scenario: &Scenario) -> i128 {
    let uncommitted = scenario.departures.iter().filter(|departure| !departure.committed);
    uncommitted.map(|departure| i128::from(departure.cost_usd)).sum()
}

/// What all units take together.
struct Totals {
    persons: i128,
    stretchers: i128,
    extra_seats: i128,
    mass: i128,
}

impl Totals {
    fn of(scenario: &Scenario) -> Self {
        let persons = || scenario.units.iter().flat_map(|unit| &unit.persons);
        Self {
            persons: persons().map(|_| 1).sum(),
            stretchers: persons().filter(|person| person.mobility == Mobility::Stretcher).map(|_| 1).sum(),
            extra_seats: scenario.units.iter().map(|unit| i128::from(unit.extra_seats)).sum(),
            mass: persons().map(mass).sum(),
        }
    }

    fn seats(&self, departure: &Departure) -> i128 {
        self.persons + self.extra_seats + self.stretchers * further_seats(departure)
    }
}

/// At least what a person weighs; the standard masses are at most 88.
fn mass(person: &Person) -> i128 {
    person.mass_kg.unwrap_or(88).into()
}

/// Seats that a stretcher blocks beyond the patient's own.
fn further_seats(departure: &Departure) -> i128 {
    match departure.kind {
        DepartureKind::CharterFlight => i128::from(departure.seats_per_stretcher) - 1,
        DepartureKind::BorderCrossing => 0,
    }
}

/// Seats that a unit takes, infants on laps counted as if seated.
fn seats(departure: &Departure, unit: &FamilyUnit) -> i128 {
    let further = further_seats(departure);
    let of = |person: &Person| if person.mobility == Mobility::Stretcher { 1 + further } else { 1 };
    i128::from(unit.extra_seats) + unit.persons.iter().map(of).sum::<i128>()
}

fn most_seats(scenario: &Scenario, unit: &FamilyUnit) -> i128 {
    let fitting = |departure: &Departure| {
        Some(seats(departure, unit)).filter(|seats| *seats <= departure.usable_seats().into())
    };
    scenario.departures.iter().filter_map(fitting).max().unwrap_or(0)
}

fn most_preferred(scenario: &Scenario, unit: &FamilyUnit) -> i128 {
    let worth = |(d, departure): (usize, &Departure)| {
        i128::from(unit.preference(DepartureIdx::new(d), departure.to)).abs()
    };
    scenario.departures.iter().enumerate().map(worth).max().unwrap_or(0)
}

/// No less than the sum of a level, and quickly found.
fn bound(scenario: &Scenario, totals: &Totals, measure: &Measure) -> i128 {
    match measure {
        Measure::Cost => LIMIT + 1,
        Measure::Weighted(weights) => {
            weights.iter().map(|(_, weight)| i128::from(*weight).abs()).sum::<i128>() * totals.persons
        }
        Measure::Seats(_) => {
            scenario.departures.iter().map(|departure| totals.seats(departure)).max().unwrap_or(0)
        }
        Measure::Urgency(_) => scenario.units.iter().map(|unit| i128::from(unit.urgency)).sum(),
        Measure::Preference(_) => {
            let most = |unit: &FamilyUnit| {
                unit.preferences.iter().map(|(_, worth)| i128::from(*worth).abs()).max().unwrap_or(0)
            };
            scenario.units.iter().map(most).sum()
        }
        Measure::Persons(_)
        | Measure::Units(_)
        | Measure::ExpectedPersons(_)
        | Measure::PersonDays(_)
        | Measure::WaitingDays(_)
        | Measure::Changes
        | Measure::Lottery { .. } => 0,
    }
}

fn over_members(scenario: &Scenario, filter: &Filter, of: impl Fn(&FamilyUnit) -> i128) -> i128 {
    let mixed = scenario.policy.mixed_status;
    let has_member = |unit: &(UnitIdx, &FamilyUnit)| {
        unit.1.persons.iter().any(|person| matches(mixed, filter, *unit, person))
    };
    units(scenario).filter(has_member).map(|(_, unit)| of(unit)).sum()
}

fn units(scenario: &Scenario) -> impl Iterator<Item = (UnitIdx, &FamilyUnit)> {
    scenario.units.iter().enumerate().map(|(u, unit)| (UnitIdx::new(u), unit))
}

fn weighed(scenario: &Scenario, unit: (UnitIdx, &FamilyUnit), weights: &[(Filter, i64)]) -> i128 {
    let mixed = scenario.policy.mixed_status;
    let of_person = |person: &Person| {
        let matched = weights.iter().filter(|(filter, _)| matches(mixed, filter, unit, person));
        matched.map(|(_, weight)| i128::from(*weight)).sum::<i128>()
    };
    unit.1.persons.iter().map(of_person).sum::<i128>().abs()
}

fn category(mixed: MixedStatus, unit: &FamilyUnit, person: &Person) -> CategoryIdx {
    match mixed {
        MixedStatus::PerPerson => person.category,
        MixedStatus::BestMember => {
            unit.persons.iter().map(|member| member.category).min().unwrap_or(person.category)
        }
        MixedStatus::Anchor => unit.persons[unit.anchor.unwrap_or(0)].category,
    }
}

fn matches(mixed: MixedStatus, filter: &Filter, (u, unit): (UnitIdx, &FamilyUnit), person: &Person) -> bool {
    fn any<T: PartialEq>(list: Option<&Vec<T>>, value: Option<&T>) -> bool {
        list.is_none_or(|list| value.is_some_and(|value| list.contains(value)))
    }
    any(filter.category.as_ref(), Some(&category(mixed, unit, person)))
        && any(filter.sponsor.as_ref(), unit.sponsor.as_ref())
        && any(filter.sex.as_ref(), person.sex.as_ref())
        && any(filter.mobility.as_ref(), Some(&person.mobility))
        && any(filter.location.as_ref(), Some(&unit.location))
        && any(filter.unit.as_ref(), Some(&u))
        && filter.tag.as_ref().is_none_or(|tags| person.tags.iter().any(|tag| tags.contains(tag)))
        && filter.min_age.is_none_or(|age| person.age >= age)
        && filter.max_age.is_none_or(|age| person.age <= age)
        && filter.min_vetting.is_none_or(|min| person.vetting.meets(min))
}
