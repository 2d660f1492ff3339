//! What the levels measure, as integer coefficients of the columns.
//!
//! A level's value is `constant + sum c_ud x[u,d] + sum k_d y[d]` (FORMAT, the certificate). Here are
//! `constant`, `c_ud` ([`Objective::coefficient`]) and `k_d` ([`Objective::of_departure`]).

use crate::eligibility::Eligibility;
use crate::scenario::{
    Baseline, CategoryIdx, Departure, DepartureIdx, FamilyUnit, Filter, Level, Levels, Measure, MixedStatus,
    Person, Scenario, Sense, UnitIdx, Was, expected_permille,
};

/// One level's objective.
#[derive(Clone, Debug)]
pub struct Objective {
    /// The level's name.
    pub name: String,
    /// Maximised or minimised.
    pub sense: Sense,
    /// How much later levels may give up.
    pub tolerance: i64,
    /// The value of the empty plan.
    pub constant: i64,
    shape: Shape,
}

/// How a level's coefficients come about; lists are by unit or by departure.
#[derive(Clone, Debug)]
enum Shape {
    /// The same on every departure.
    Unit(Vec<i64>),
    /// Persons of the unit times days to the departure.
    Days { persons: Vec<i64>, days: Vec<i64> },
    /// Seats used, by the units flagged.
    Seats(Vec<bool>),
    /// The unit's own preference, by the units flagged.
    Preference(Vec<bool>),
    /// Persons of the unit times the probability of arrival in thousandths.
    Expected(Vec<i64>),
    /// Minus the persons of the unit, on its departure in the baseline.
    Changes { persons: Vec<i64>, was: Vec<Was> },
    /// Nothing for units; the cost for departures.
    Cost(Vec<i64>),
}

/// The objectives of all levels, in order.
#[must_use]
pub fn objectives(scenario: &Scenario, baseline: Option<&Baseline>, levels: &Levels) -> Vec<Objective> {
    levels.all.iter().map(|level| objective(scenario, baseline, level)).collect()
}

fn objective(scenario: &Scenario, baseline: Option<&Baseline>, level: &Level) -> Objective {
    let (shape, constant) = shape(scenario, baseline, &level.measure);
    let Level { name, sense, tolerance, .. } = level.clone();
    Objective { name, sense, tolerance, constant, shape }
}

fn shape(scenario: &Scenario, baseline: Option<&Baseline>, measure: &Measure) -> (Shape, i64) {
    let each = |of: &dyn Fn(UnitIdx) -> i64| {
        (0..scenario.units.len()).map(UnitIdx::new).map(of).collect::<Vec<i64>>()
    };
    let family = |unit: UnitIdx| &scenario.units[unit.index()];
    let persons = |filter: &Filter| each(&|unit| matching(scenario, filter, unit));
    let flags = |filter: &Filter| persons(filter).iter().map(|&n| n > 0).collect::<Vec<bool>>();
    let shape = match measure {
        Measure::Persons(filter) => Shape::Unit(persons(filter)),
        Measure::Seats(filter) => Shape::Seats(flags(filter)),
        Measure::Units(filter) => Shape::Unit(flags(filter).into_iter().map(i64::from).collect()),
        Measure::Weighted(entries) => Shape::Unit(each(&|unit| {
            entries.iter().map(|(filter, weight)| weight * matching(scenario, filter, unit)).sum()
        })),
        Measure::Urgency(filter) => Shape::Unit(each(&|unit| {
            if matching(scenario, filter, unit) > 0 { family(unit).urgency } else { 0 }
        })),
        Measure::Preference(filter) => Shape::Preference(flags(filter)),
        Measure::ExpectedPersons(filter) => Shape::Expected(persons(filter)),
        Measure::PersonDays(filter) => {
            Shape::Days { persons: persons(filter), days: days_to_departures(scenario) }
        }
        Measure::WaitingDays(filter) => {
            Shape::Unit(each(&|unit| matching(scenario, filter, unit) * days_waited(scenario, family(unit))))
        }
        Measure::Cost => Shape::Cost(scenario.departures.iter().map(cost_if_used).collect()),
        Measure::Changes => return changes(scenario, baseline),
        Measure::Lottery { seed } => {
            Shape::Unit(each(&|unit| draw(*seed, &family(unit).id) * size(family(unit))))
        }
    };
    (shape, 0)
}

/// `K = persons of the units that the baseline seats`, less those that stay where they were.
fn changes(scenario: &Scenario, baseline: Option<&Baseline>) -> (Shape, i64) {
    let persons: Vec<i64> = scenario.units.iter().map(size).collect();
    let was = baseline.map_or_else(|| vec![Was::Unseated; persons.len()], |baseline| baseline.was.clone());
    let constant = persons.iter().zip(&was).filter(|(_, was)| **was != Was::Unseated).map(|(n, _)| n).sum();
    (Shape::Changes { persons, was }, constant)
}

fn days_to_departures(scenario: &Scenario) -> Vec<i64> {
    let today = scenario.as_of.date();
    scenario.departures.iter().map(|departure| departure.departs.date().days_since(today).max(0)).collect()
}

fn days_waited(scenario: &Scenario, unit: &FamilyUnit) -> i64 {
    scenario.as_of.date().days_since(unit.ready.date()).max(0)
}

/// What using `departure` costs: nothing where it is committed already.
#[must_use]
pub fn cost_if_used(departure: &Departure) -> i64 {
    if departure.committed { 0 } else { departure.cost_usd }
}

fn size(unit: &FamilyUnit) -> i64 {
    i64::try_from(unit.persons.len()).expect("lists are shorter than 2^63")
}

/// A unit's number in 1..=1000: 1 + (first 8 bytes, little-endian, of BLAKE3(seed as 8 little-endian
/// bytes, then the unit's id)) mod 1000.
#[must_use]
pub fn draw(seed: u64, unit_id: &str) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(unit_id.as_bytes());
    let hash = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    i64::try_from(u64::from_le_bytes(first) % 1000).expect("below 1000") + 1
}

/// How many of the unit's persons match the filter.
#[must_use]
pub fn matching(scenario: &Scenario, filter: &Filter, u: UnitIdx) -> i64 {
    let unit = &scenario.units[u.index()];
    let unit_matches = listed(filter.sponsor.as_deref(), |s| unit.sponsor == Some(*s))
        && listed(filter.location.as_deref(), |place| unit.location == *place)
        && listed(filter.unit.as_deref(), |listed| *listed == u);
    if !unit_matches {
        return 0;
    }
    let counts = |person: &&Person| {
        let category = counted_category(scenario.policy.mixed_status, unit, person);
        person_matches(filter, person, category)
    };
    i64::try_from(unit.persons.iter().filter(counts).count()).expect("lists are shorter than 2^63")
}

fn person_matches(filter: &Filter, person: &Person, category: CategoryIdx) -> bool {
    listed(filter.category.as_deref(), |c| *c == category)
        && listed(filter.tag.as_deref(), |tag| person.tags.contains(tag))
        && listed(filter.sex.as_deref(), |sex| person.sex == Some(*sex))
        && listed(filter.mobility.as_deref(), |mobility| person.mobility == *mobility)
        && filter.min_age.is_none_or(|min| person.age >= min)
        && filter.max_age.is_none_or(|max| person.age <= max)
        && filter.min_vetting.is_none_or(|min| person.vetting.meets(min))
}

fn listed<T>(list: Option<&[T]>, is: impl FnMut(&T) -> bool) -> bool {
    list.is_none_or(|list| list.iter().any(is))
}

/// The category that a person counts under in every filter.
#[must_use]
pub fn counted_category(mixed_status: MixedStatus, unit: &FamilyUnit, person: &Person) -> CategoryIdx {
    match mixed_status {
        MixedStatus::PerPerson => person.category,
        MixedStatus::BestMember => unit.persons.iter().map(|p| p.category).min().unwrap_or(person.category),
        MixedStatus::Anchor => unit.persons[unit.anchor.unwrap_or(0)].category,
    }
}

impl Objective {
    /// Whether `aboard` travels: 1 or 0.
    #[must_use]
    pub fn aboard(scenario: &Scenario, aboard: UnitIdx) -> Self {
        let mut values = vec![0; scenario.units.len()];
        values[aboard.index()] = 1;
        let (name, shape) = (String::from("aboard"), Shape::Unit(values));
        Self { name, sense: Sense::Maximize, tolerance: 0, constant: 0, shape }
    }

    /// The coefficient of `x[unit, departure]`.
    #[must_use]
    pub fn coefficient(&self, eligibility: &Eligibility, unit: UnitIdx, departure: DepartureIdx) -> i64 {
        let (u, d) = (unit.index(), departure.index());
        let scenario = eligibility.scenario();
        match &self.shape {
            Shape::Unit(values) => values[u],
            Shape::Days { persons, days } => persons[u] * days[d],
            Shape::Seats(flags) if flags[u] => eligibility.take(unit, departure).seats,
            Shape::Preference(flags) if flags[u] => {
                scenario.units[u].preference(departure, scenario.departures[d].to)
            }
            Shape::Seats(_) | Shape::Preference(_) | Shape::Cost(_) => 0,
            Shape::Expected(persons) => {
                let show = scenario.units[u].show_probability;
                persons[u] * expected_permille(show, scenario.departures[d].cancel_probability)
            }
            Shape::Changes { persons, was } => {
                if was[u] == Was::On(departure) {
                    -persons[u]
                } else {
                    0
                }
            }
        }
    }

    /// The coefficient of `y[departure]`.
    #[must_use]
    pub fn of_departure(&self, departure: DepartureIdx) -> i64 {
        match &self.shape {
            Shape::Cost(costs) => costs[departure.index()],
            Shape::Unit(_)
            | Shape::Days { .. }
            | Shape::Seats(_)
            | Shape::Preference(_)
            | Shape::Expected(_)
            | Shape::Changes { .. } => 0,
        }
    }

    /// Whether the level looks at whether departures are used at all.
    #[must_use]
    pub const fn is_cost(&self) -> bool {
        matches!(self.shape, Shape::Cost(_))
    }

    /// Whether the level counts who is elsewhere than in the baseline.
    #[must_use]
    pub const fn is_changes(&self) -> bool {
        matches!(self.shape, Shape::Changes { .. })
    }

    /// The coefficient where it is the same on every departure.
    #[must_use]
    pub fn uniform(&self, unit: UnitIdx) -> Option<i64> {
        match &self.shape {
            Shape::Unit(values) => Some(values[unit.index()]),
            Shape::Cost(_) => Some(0),
            Shape::Days { .. }
            | Shape::Seats(_)
            | Shape::Preference(_)
            | Shape::Expected(_)
            | Shape::Changes { .. } => None,
        }
    }

    /// The persons of each unit and the days to each departure, where the level multiplies them.
    #[must_use]
    pub fn days(&self) -> Option<(&[i64], &[i64])> {
        match &self.shape {
            Shape::Days { persons, days } => Some((persons, days)),
            Shape::Unit(_)
            | Shape::Seats(_)
            | Shape::Preference(_)
            | Shape::Expected(_)
            | Shape::Changes { .. }
            | Shape::Cost(_) => None,
        }
    }

    /// What no plan can pass, by the units and departures alone: each adds its best, or nothing.
    #[must_use]
    pub fn free_bound(&self, eligibility: &Eligibility) -> i64 {
        let scenario = eligibility.scenario();
        let sign = self.sense.sign();
        let of_unit = |unit: UnitIdx| match self.uniform(unit) {
            Some(_) if eligibility.open(unit).is_clear() => 0,
            Some(value) => (sign * value).max(0),
            None => {
                let open = eligibility.departures(unit);
                open.map(|d| sign * self.coefficient(eligibility, unit, d)).max().unwrap_or(0).max(0)
            }
        };
        let units: i64 = (0..scenario.units.len()).map(UnitIdx::new).map(of_unit).sum();
        let departures = (0..scenario.departures.len()).map(DepartureIdx::new);
        let costs: i64 = departures.map(|d| (sign * self.of_departure(d)).max(0)).sum();
        self.constant + sign * (units + costs)
    }

    /// All of `unit` that decides its coefficients on the departures open to it, as integers: two units
    /// with the same open departures, the same profile and the same key have the same coefficients.
    pub fn key(&self, eligibility: &Eligibility, unit: UnitIdx, key: &mut Vec<i64>) {
        let u = unit.index();
        match &self.shape {
            Shape::Unit(values) | Shape::Days { persons: values, .. } => key.push(values[u]),
            Shape::Seats(flags) => key.push(i64::from(flags[u])),
            Shape::Cost(_) => {}
            Shape::Preference(_) | Shape::Expected(_) | Shape::Changes { .. } => {
                key.extend(eligibility.departures(unit).map(|d| self.coefficient(eligibility, unit, d)));
            }
        }
    }
}
