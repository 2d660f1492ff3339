//! A solution as a plan file: ids, loads, reasons, certificates.

use std::collections::BTreeMap;

use super::cases::{Combination, Priced, Tree};
use super::prices::Prices;
use super::{Certified, Seating, Settled, Solution};
use crate::certificate::{self, Cut, Entry, Integer, Price, Proof, Row, RowName, Split, SplitColumn};
use crate::eligibility::Eligibility;
use crate::model::RowKey;
use crate::model::measure::{Objective, counted_category, objectives};
use crate::plan::{
    self, Assignment, BaselineRef, CategoryCount, DepartureLoad, LevelResult, Limits, Plan, ProofKind,
    Reason, ReasonKind, ScenarioRef, SmallestChange, Status, Unseated,
};
use crate::rule::Rule;
use crate::scenario::{Baseline, DepartureIdx, Levels, Scenario, UnitIdx};

/// The plan file of a solution. `digest` is that of the scenario's bytes.
#[must_use]
pub fn plan(
    eligibility: &Eligibility,
    baseline: Option<&Baseline>,
    levels: &Levels,
    digest: &str,
    solution: Solution,
) -> Plan {
    let scenario = eligibility.scenario();
    let mut plan = empty(scenario, baseline, digest, Status::Unknown);
    match solution {
        Solution::Unknown => {}
        Solution::Infeasible { conflict, reduced, certificate } => {
            plan.status = Status::Infeasible;
            plan.conflict = Some(conflict);
            plan.conflict_reduced = Some(reduced);
            let names = Names { scenario, levels };
            plan.certificate = certificate.map(|proof| vec![names.entry(None, proof.tree.bound(), &proof)]);
        }
        Solution::Found { on, levels: settled } => {
            let objectives = objectives(scenario, baseline, levels);
            let proven = settled.iter().all(|level| level.proof != ProofKind::None);
            plan.status = if proven { Status::Optimal } else { Status::Feasible };
            let values: Vec<i64> = objectives.iter().map(|o| value(eligibility, o, &on)).collect();
            plan.levels = level_results(&objectives, &settled, &values);
            plan.assignments = assignments(scenario, &on);
            plan.unseated = unseated(eligibility, &on, &|unit| reason(eligibility, unit));
            plan.departures = departures(eligibility, &on);
            plan.certificate = certificates(scenario, levels, &settled, &values);
        }
    }
    plan
}

/// The plan file of what happened: `on` is who flew, `absent` says who did not come.
#[must_use]
pub fn recorded(
    eligibility: &Eligibility,
    baseline: Option<&Baseline>,
    levels: &Levels,
    digest: &str,
    on: &Seating,
    absent: &dyn Fn(UnitIdx) -> bool,
) -> Plan {
    let scenario = eligibility.scenario();
    let mut plan = empty(scenario, baseline, digest, Status::Recorded);
    let level = |objective: &Objective| LevelResult {
        name: objective.name.clone(),
        sense: objective.sense,
        value: value(eligibility, objective, on),
        best: None,
        bound: None,
        proven: None,
        proof: None,
    };
    plan.levels = objectives(scenario, baseline, levels).iter().map(level).collect();
    plan.assignments = assignments(scenario, on);
    plan.unseated = unseated(eligibility, on, &|unit| {
        if absent(unit) { Reason::of(ReasonKind::NoShow) } else { reason(eligibility, unit) }
    });
    plan.departures = departures(eligibility, on);
    plan
}

/// The plan file of a seating that was found under more demands than the scenario's: `free` is the plan
/// without them. Its proofs hold for this seating as far as both have the same values; from the first level
/// on that differs nothing is claimed but what needs no price.
#[must_use]
pub fn kept(
    eligibility: &Eligibility,
    baseline: Option<&Baseline>,
    levels: &Levels,
    on: &Seating,
    free: &Plan,
) -> Plan {
    let scenario = eligibility.scenario();
    let mut plan = empty(scenario, baseline, &free.scenario.digest, Status::Feasible);
    let mut entries = Vec::new();
    let mut alike = true;
    for (objective, was) in objectives(scenario, baseline, levels).iter().zip(&free.levels) {
        let value = value(eligibility, objective, on);
        alike &= Some(value) == was.best && value == was.value;
        if alike {
            plan.levels.push(was.clone());
            let of_level = |entry: &&Entry| entry.level.as_deref() == Some(was.name.as_str());
            entries.extend(free.certificate.iter().flatten().find(of_level).cloned());
            continue;
        }
        let bound = objective.free_bound(eligibility);
        let closed = value == bound;
        plan.levels.push(LevelResult {
            value,
            best: Some(value),
            bound: Some(bound),
            proven: Some(closed),
            proof: Some(if closed { ProofKind::Certified } else { ProofKind::None }),
            ..was.clone()
        });
        if closed {
            let names = Names { scenario, levels };
            entries.push(names.entry(Some(was.name.clone()), bound, &Certified::nothing(bound)));
        }
    }
    if plan.levels.iter().all(|level| level.proven == Some(true)) {
        plan.status = Status::Optimal;
    }
    plan.assignments = assignments(scenario, on);
    plan.unseated = unseated(eligibility, on, &|unit| reason(eligibility, unit));
    plan.departures = departures(eligibility, on);
    plan.certificate = Some(entries).filter(|entries| !entries.is_empty());
    plan
}

/// A plan file that claims nothing.
#[must_use]
pub fn nothing(scenario: &Scenario, digest: &str) -> Plan {
    empty(scenario, None, digest, Status::Unknown)
}

fn empty(scenario: &Scenario, baseline: Option<&Baseline>, digest: &str, status: Status) -> Plan {
    Plan {
        format: plan::FORMAT.into(),
        scenario: ScenarioRef { name: scenario.name.clone(), digest: digest.into() },
        baseline: baseline.map(|baseline| BaselineRef { digest: baseline.digest.clone() }),
        status,
        conflict: None,
        conflict_reduced: None,
        levels: Vec::new(),
        assignments: Vec::new(),
        unseated: Vec::new(),
        departures: Vec::new(),
        certificate: None,
    }
}

/// A level's value of a seating.
#[must_use]
pub fn value(eligibility: &Eligibility, objective: &Objective, on: &Seating) -> i64 {
    let mut used = vec![false; eligibility.scenario().departures.len()];
    let mut value = objective.constant;
    for (u, departure) in on.iter().enumerate() {
        if let Some(d) = *departure {
            value += objective.coefficient(eligibility, UnitIdx::new(u), d);
            used[d.index()] = true;
        }
    }
    let costs = used.iter().enumerate().filter(|(_, used)| **used);
    value + costs.map(|(d, _)| objective.of_departure(DepartureIdx::new(d))).sum::<i64>()
}

fn level_results(objectives: &[Objective], settled: &[Settled], values: &[i64]) -> Vec<LevelResult> {
    let result = |((objective, settled), &value): ((&Objective, &Settled), &i64)| LevelResult {
        name: objective.name.clone(),
        sense: objective.sense,
        value,
        best: Some(settled.best),
        bound: Some(settled.bound),
        proven: Some(settled.proof != ProofKind::None),
        proof: Some(settled.proof),
    };
    objectives.iter().zip(settled).zip(values).map(result).collect()
}

/// The assignments in the plan's order.
#[must_use]
pub fn assignments(scenario: &Scenario, on: &Seating) -> Vec<Assignment> {
    let mut seated: Vec<(usize, DepartureIdx)> =
        on.iter().enumerate().filter_map(|(u, d)| d.map(|d| (u, d))).collect();
    seated.sort_by_key(|&(u, d)| {
        let departure = &scenario.departures[d.index()];
        (departure.departs, departure.id.as_str(), scenario.units[u].id.as_str())
    });
    let assignment = |(u, d): (usize, DepartureIdx)| Assignment {
        unit: scenario.units[u].id.clone(),
        departure: scenario.departures[d.index()].id.clone(),
    };
    seated.into_iter().map(assignment).collect()
}

fn unseated(eligibility: &Eligibility, on: &Seating, reason: &dyn Fn(UnitIdx) -> Reason) -> Vec<Unseated> {
    let scenario = eligibility.scenario();
    let waiting = (0..on.len()).filter(|&u| on[u].is_none());
    let mut unseated: Vec<Unseated> = waiting
        .map(|u| Unseated { unit: scenario.units[u].id.clone(), reason: reason(UnitIdx::new(u)) })
        .collect();
    unseated.sort_by(|a, b| a.unit.cmp(&b.unit));
    unseated
}

/// Why a unit waits, as far as eligibility alone says it.
#[must_use]
pub fn reason(eligibility: &Eligibility, unit: UnitIdx) -> Reason {
    if !eligibility.open(unit).is_clear() {
        return Reason::of(ReasonKind::NotProven);
    }
    let scenario = eligibility.scenario();
    let mut rules: BTreeMap<Rule, i64> = BTreeMap::new();
    let mut smallest: Option<(DepartureIdx, Vec<Rule>)> = None;
    for d in scenario.departures_by_time() {
        let barred = eligibility.barred(unit, d);
        for &rule in &barred {
            *rules.entry(rule).or_default() += 1;
        }
        if smallest.as_ref().is_none_or(|(_, fewest)| barred.len() < fewest.len()) {
            smallest = Some((d, barred));
        }
    }
    let change = |(d, rules): (DepartureIdx, Vec<Rule>)| SmallestChange {
        departure: scenario.departures[d.index()].id.clone(),
        rules,
    };
    Reason {
        rules: Some(rules),
        smallest_change: smallest.map(change),
        ..Reason::of(ReasonKind::NeverPossible)
    }
}

/// The load of every departure.
#[must_use]
pub fn departures(eligibility: &Eligibility, on: &Seating) -> Vec<DepartureLoad> {
    let scenario = eligibility.scenario();
    let mut aboard: Vec<Vec<UnitIdx>> = vec![Vec::new(); scenario.departures.len()];
    for (u, departure) in on.iter().enumerate() {
        if let Some(d) = departure {
            aboard[d.index()].push(UnitIdx::new(u));
        }
    }
    scenario.departures_by_time().into_iter().map(|d| load(eligibility, d, &aboard[d.index()])).collect()
}

fn load(eligibility: &Eligibility, d: DepartureIdx, aboard: &[UnitIdx]) -> DepartureLoad {
    let departure = &eligibility.scenario().departures[d.index()];
    let mut load = DepartureLoad {
        departure: departure.id.clone(),
        persons: 0,
        seats: 0,
        lap_infants: 0,
        wheelchairs: 0,
        stretchers: 0,
        mass_kg: 0,
        below_vetting: 0,
        by_category: by_category(eligibility.scenario(), aboard),
        limits: Limits {
            seats: departure.usable_seats(),
            lap_infants: departure.lap_infants,
            wheelchairs: departure.wheelchairs,
            stretchers: departure.stretchers,
            payload_kg: departure.payload_kg,
            vetting_exceptions: departure.vetting.map(|vetting| vetting.exceptions),
        },
    };
    for take in aboard.iter().map(|&unit| eligibility.take(unit, d)) {
        load.persons += take.persons;
        load.seats += take.seats;
        load.lap_infants += take.lap_infants;
        load.wheelchairs += take.wheelchairs;
        load.stretchers += take.stretchers;
        load.mass_kg += take.mass_kg;
        load.below_vetting += take.below_vetting;
    }
    load
}

fn by_category(scenario: &Scenario, aboard: &[UnitIdx]) -> Vec<CategoryCount> {
    let mut persons = vec![0; scenario.categories.len()];
    for unit in aboard.iter().map(|unit| &scenario.units[unit.index()]) {
        for person in &unit.persons {
            persons[counted_category(scenario.policy.mixed_status, unit, person).index()] += 1;
        }
    }
    let count = |(category, persons): (&String, i64)| CategoryCount { category: category.clone(), persons };
    scenario.categories.iter().zip(persons).map(count).collect()
}

fn certificates(
    scenario: &Scenario,
    levels: &Levels,
    settled: &[Settled],
    values: &[i64],
) -> Option<Vec<Entry>> {
    let names = Names { scenario, levels };
    let mut entries = Vec::new();
    for ((level, settled), &value) in levels.all.iter().zip(settled).zip(values) {
        if let Some(proof) = &settled.certificate {
            let mut entry = names.entry(Some(level.name.clone()), settled.bound, proof);
            entry.witness = (value != settled.best).then(|| assignments(scenario, &settled.witness));
            entries.push(entry);
        }
    }
    (!entries.is_empty()).then_some(entries)
}

/// Turns positions into the ids of the file.
#[derive(Clone, Copy, Debug)]
pub struct Names<'s> {
    /// The scenario.
    pub scenario: &'s Scenario,
    /// Its levels.
    pub levels: &'s Levels,
}

impl Names<'_> {
    fn entry(&self, level: Option<String>, bound: i64, proof: &Certified) -> Entry {
        Entry::new(level, Integer::from(bound), self.proof(&proof.tree, proof))
    }

    fn proof(&self, tree: &Tree, of: &Certified) -> Proof {
        match tree {
            Tree::Leaf(prices, _) => self.leaf(prices, of),
            Tree::Cuts(cuts, last, _) => {
                let (denominator, prices) = self.combination(last, of);
                let cut = |cut: &Combination| {
                    let (denominator, prices) = self.combination(cut, of);
                    Cut { denominator, prices }
                };
                let (denominator, prices) = (Some(denominator), Some(prices));
                Proof { cuts: cuts.iter().map(cut).collect(), denominator, prices, ..Proof::default() }
            }
            Tree::Split { columns, at_most, low, high } => Proof {
                split: Some(Split { columns: self.split_columns(columns, of), at_most: *at_most }),
                low: Some(Box::new(self.proof(low, of))),
                high: Some(Box::new(self.proof(high, of))),
                ..Proof::default()
            },
        }
    }

    fn combination(&self, combination: &Combination, of: &Certified) -> (Integer, Vec<Price>) {
        let price = |&(row, numerator): &(Priced, i128)| {
            let rows = match row {
                Priced::Row(at) => self.rows_at(at, of),
                Priced::Open(d) => vec![self.of_departure(RowName::Open, d)],
                Priced::Units(column) => {
                    of.columns[column].0.iter().map(|&unit| self.of_unit(unit)).collect()
                }
                Priced::Cut(index) => vec![cut_row(index)],
            };
            rows.into_iter().map(move |row| Price::new(row, Integer::from(numerator)))
        };
        (Integer::from(combination.denominator), combination.prices.iter().flat_map(price).collect())
    }

    fn split_columns(&self, columns: &[usize], of: &Certified) -> Vec<SplitColumn> {
        let ids = |&column: &usize| {
            let (units, d) = &of.columns[column];
            let departure = self.departure(*d);
            let of_unit =
                |unit: &UnitIdx| SplitColumn { unit: Some(self.unit(*unit)), departure: departure.clone() };
            match units.as_slice() {
                [] => vec![SplitColumn { unit: None, departure }],
                units => units.iter().map(of_unit).collect(),
            }
        };
        columns.iter().flat_map(ids).collect()
    }

    fn leaf(&self, prices: &Prices, of: &Certified) -> Proof {
        let nonzero = prices.numerators.iter().enumerate().filter(|(_, price)| **price != 0);
        let price = |(at, &numerator): (usize, &i128)| {
            self.rows_at(at, of).into_iter().map(move |row| Price::new(row, Integer::from(numerator)))
        };
        Proof {
            denominator: Some(Integer::from(prices.denominator)),
            prices: Some(nonzero.flat_map(price).collect()),
            ..Proof::default()
        }
    }

    /// A row by its position; the rows beyond those of the root are the splits, by depth.
    fn rows_at(&self, at: usize, of: &Certified) -> Vec<Row> {
        of.rows.get(at).map_or_else(|| vec![split_row(at - of.rows.len())], |key| self.rows(key))
    }

    fn unit(&self, unit: UnitIdx) -> String {
        self.scenario.units[unit.index()].id.clone()
    }

    fn departure(&self, d: DepartureIdx) -> String {
        self.scenario.departures[d.index()].id.clone()
    }

    fn of_unit(&self, unit: UnitIdx) -> Row {
        Row { unit: Some(self.unit(unit)), ..Row::of(RowName::Unit) }
    }

    fn of_departure(&self, row: RowName, d: DepartureIdx) -> Row {
        Row { departure: Some(self.departure(d)), ..Row::of(row) }
    }

    /// A row as certificates name it: where it is one for each unit of a class, these.
    #[must_use]
    pub fn rows(&self, key: &RowKey) -> Vec<Row> {
        let position = |index: usize| u32::try_from(index).ok();
        let row = match *key {
            RowKey::Unit(_) => Row::of(RowName::Unit),
            RowKey::Limit(resource, d) => self.of_departure(limit_name(resource), d),
            RowKey::Fill(resource, d) => {
                Row { resource: Some(resource), ..self.of_departure(RowName::Fill, d) }
            }
            RowKey::Allotment(d, sponsor) => Row {
                sponsor: Some(self.scenario.sponsors[sponsor.index()].clone()),
                ..self.of_departure(RowName::Allotment, d)
            },
            RowKey::Aboard(ref units, d) => {
                let of_unit = |unit: &UnitIdx| Row {
                    unit: Some(self.unit(*unit)),
                    ..self.of_departure(RowName::Aboard, d)
                };
                return units.iter().map(of_unit).collect();
            }
            RowKey::Used(d) => self.of_departure(RowName::Used, d),
            RowKey::MinLoad(d) => self.of_departure(RowName::MinLoad, d),
            RowKey::Budget => Row::of(RowName::Budget),
            RowKey::Beds(place, day) => Row {
                place: Some(self.scenario.places[place.index()].id.clone()),
                date: Some(day.to_string()),
                ..Row::of(RowName::Beds)
            },
            RowKey::Quota(quota, side) => Row {
                name: Some(self.scenario.quotas[quota].name.clone()),
                side: Some(side),
                ..Row::of(RowName::Quota)
            },
            RowKey::Pin(unit, d) => Row { unit: Some(self.unit(unit)), ..self.of_departure(RowName::Pin, d) },
            RowKey::SameDeparture { link, unit, departure } => Row {
                link: position(link),
                unit: Some(self.unit(unit)),
                ..self.of_departure(RowName::SameDeparture, departure)
            },
            RowKey::AllOrNone { link, unit } => {
                Row { link: position(link), unit: Some(self.unit(unit)), ..Row::of(RowName::AllOrNone) }
            }
            RowKey::AtMostOne { link } => Row { link: position(link), ..Row::of(RowName::AtMostOne) },
            RowKey::Apart { link, departure } => {
                Row { link: position(link), ..self.of_departure(RowName::Apart, departure) }
            }
            RowKey::Level(level) => {
                Row { level: Some(self.levels.all[level].name.clone()), ..Row::of(RowName::Level) }
            }
            RowKey::Split(depth) => split_row(depth),
            RowKey::Cut(number) => cut_row(number),
        };
        vec![row]
    }
}

fn split_row(depth: usize) -> Row {
    Row { depth: u32::try_from(depth).ok(), ..Row::of(RowName::Split) }
}

fn cut_row(index: usize) -> Row {
    Row { index: u32::try_from(index).ok(), ..Row::of(RowName::Cut) }
}

fn limit_name(resource: certificate::Resource) -> RowName {
    match resource {
        certificate::Resource::Seats => RowName::Seats,
        certificate::Resource::LapInfants => RowName::LapInfants,
        certificate::Resource::Wheelchairs => RowName::Wheelchairs,
        certificate::Resource::Stretchers => RowName::Stretchers,
        certificate::Resource::Payload => RowName::Payload,
        certificate::Resource::Vetting => RowName::Vetting,
    }
}
