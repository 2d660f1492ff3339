//! The program's rows: one function per rule, in the order of the page above.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::measure::{Objective, cost_if_used, matching};
use super::{Column, Program, Row, RowKey, Value, fill};
use crate::certificate::{Resource, Side};
use crate::classes::Class;
use crate::eligibility::{Eligibility, Take};
use crate::scenario::{
    Allotment, Date, Departure, DepartureIdx, LinkKind, PlaceIdx, Quota, Scenario, UnitIdx,
};

/// The six resources of a departure.
pub(crate) const RESOURCES: [Resource; 6] = [
    Resource::Seats,
    Resource::LapInfants,
    Resource::Wheelchairs,
    Resource::Stretchers,
    Resource::Payload,
    Resource::Vetting,
];

/// Seats of which one in so many is near what solvers take for none (10^-6).
const MANY_SEATS: i64 = 100_000;

/// The limit of a resource on a departure; `None`: it has none.
#[must_use]
pub(crate) fn limit(departure: &Departure, resource: Resource) -> Option<i64> {
    match resource {
        Resource::Seats => Some(departure.usable_seats()),
        Resource::LapInfants => departure.lap_infants,
        Resource::Wheelchairs => departure.wheelchairs,
        Resource::Stretchers => departure.stretchers,
        Resource::Payload => departure.payload_kg,
        Resource::Vetting => departure.vetting.map(|vetting| vetting.exceptions),
    }
}

/// What a unit takes of a resource.
#[must_use]
pub(crate) fn used(take: &Take, resource: Resource) -> i64 {
    match resource {
        Resource::Seats => take.seats,
        Resource::LapInfants => take.lap_infants,
        Resource::Wheelchairs => take.wheelchairs,
        Resource::Stretchers => take.stretchers,
        Resource::Payload => take.mass_kg,
        Resource::Vetting => take.below_vetting,
    }
}

/// The allotments of a departure that are in force at the planning moment, of more than no seat.
pub(crate) fn allotments_in_force<'s>(
    scenario: &'s Scenario,
    departure: &'s Departure,
) -> impl Iterator<Item = &'s Allotment> {
    let in_force = |allotment: &&Allotment| allotment.release.is_none_or(|release| release > scenario.as_of);
    departure.allotments.iter().filter(in_force).filter(|allotment| allotment.seats > 0)
}

struct Builder<'a> {
    scenario: &'a Scenario,
    eligibility: &'a Eligibility<'a>,
    classes: &'a [Class],
    columns: Vec<Column>,
    upper: Vec<i64>,
    /// By column, for the `Board` columns.
    takes: Vec<Take>,
    of_class: Vec<std::ops::Range<usize>>,
    /// By departure: its `Board` columns, with the class.
    aboard: Vec<Vec<(usize, usize)>>,
    /// By departure: its `Used` column.
    used: Vec<Option<usize>>,
    held: FxHashMap<(DepartureIdx, usize), usize>,
    /// The class of a unit that is a class of its own.
    class_of: FxHashMap<UnitIdx, usize>,
    rows: Vec<Row>,
}

pub(super) fn build(eligibility: &Eligibility, classes: &[Class], objectives: &[Objective]) -> Program {
    let mut builder = Builder::new(eligibility, classes);
    builder.columns(objectives);
    builder.unit();
    builder.limits();
    builder.allotment();
    builder.board();
    builder.used();
    builder.min_load();
    builder.budget();
    builder.beds();
    builder.quota();
    builder.pin();
    builder.links();
    builder.program(objectives)
}

impl<'a> Builder<'a> {
    fn new(eligibility: &'a Eligibility<'a>, classes: &'a [Class]) -> Self {
        let scenario = eligibility.scenario();
        let alone = classes.iter().enumerate().filter(|(_, class)| class.members.len() == 1);
        Self {
            scenario,
            eligibility,
            classes,
            columns: Vec::new(),
            upper: Vec::new(),
            takes: Vec::new(),
            of_class: Vec::new(),
            aboard: vec![Vec::new(); scenario.departures.len()],
            used: vec![None; scenario.departures.len()],
            held: FxHashMap::default(),
            class_of: alone.map(|(c, class)| (class.representative(), c)).collect(),
            rows: Vec::new(),
        }
    }

    fn departures(&self) -> impl Iterator<Item = (DepartureIdx, &'a Departure)> + use<'a> {
        self.scenario.departures.iter().enumerate().map(|(d, departure)| (DepartureIdx::new(d), departure))
    }

    fn push(&mut self, column: Column, upper: i64) -> usize {
        self.columns.push(column);
        self.upper.push(upper);
        self.columns.len() - 1
    }

    fn columns(&mut self, objectives: &[Objective]) {
        for (c, class) in self.classes.iter().enumerate() {
            let first = self.columns.len();
            for d in self.eligibility.departures(class.representative()) {
                let column = self.push(Column::Board(c, d), class.size());
                self.takes.push(self.eligibility.take(class.representative(), d));
                self.aboard[d.index()].push((column, c));
            }
            self.of_class.push(first..self.columns.len());
        }
        let is_level = objectives.iter().any(Objective::is_cost);
        let asks_cost = self.scenario.budget_usd.is_some() || is_level;
        for (d, departure) in self.departures() {
            let costs = cost_if_used(departure) > 0;
            let minds = departure.min_load > 0 || (asks_cost && costs);
            // FORMAT's bound counts the cost of a departure that nobody may board, until `used` has a price.
            let counted = is_level && costs;
            if minds && (counted || !self.aboard[d.index()].is_empty()) {
                self.used[d.index()] = Some(self.push(Column::Used(d), 1));
            }
        }
        for (d, departure) in self.departures() {
            if self.aboard[d.index()].is_empty() {
                continue;
            }
            for allotment in allotments_in_force(self.scenario, departure) {
                let column = self.push(Column::Held(d, allotment.sponsor), allotment.seats);
                self.held.insert((d, allotment.sponsor.index()), column);
            }
        }
    }

    /// `sum of terms <= at_most` or `=`; a row without terms that holds is left out.
    fn row(&mut self, key: RowKey, mut terms: Vec<(usize, i64)>, at_most: i64, equal: bool) {
        terms.retain(|&(_, a)| a != 0);
        terms.sort_unstable_by_key(|&(column, _)| column);
        let row = Row { key, terms, at_most, equal };
        if !row.terms.is_empty() || !row.holds(&[]) {
            self.rows.push(row);
        }
    }

    fn unit(&mut self) {
        for (c, range) in self.of_class.clone().into_iter().enumerate() {
            if range.len() > 1 {
                let size = self.classes[c].size();
                self.row(RowKey::Unit(c), range.map(|column| (column, 1)).collect(), size, false);
            }
        }
    }

    /// Terms `use_cd` of the columns aboard `d`.
    fn uses(&self, d: DepartureIdx, of: impl Fn(&Take) -> i64) -> Vec<(usize, i64)> {
        self.aboard[d.index()].iter().map(|&(column, _)| (column, of(&self.takes[column]))).collect()
    }

    /// `seats`, `lap_infants`, `wheelchairs`, `stretchers`, `payload`, `vetting` and `fill`.
    fn limits(&mut self) {
        for (d, departure) in self.departures() {
            for resource in RESOURCES {
                if let Some(limit) = limit(departure, resource) {
                    self.limit(d, resource, limit);
                    self.fill(d, resource, limit);
                }
            }
        }
    }

    fn limit(&mut self, d: DepartureIdx, resource: Resource, limit: i64) {
        let mut terms = self.uses(d, |take| used(take, resource));
        let most: i128 =
            terms.iter().map(|&(column, a)| i128::from(a) * i128::from(self.upper[column])).sum();
        let held: Vec<usize> = self.held_columns(d);
        let is_seats = resource == Resource::Seats;
        let y = self.used[d.index()];
        let slack = most <= i128::from(limit);
        if slack && y.is_none() && (!is_seats || held.is_empty()) {
            return;
        }
        if is_seats {
            terms.extend(held.into_iter().map(|column| (column, 1)));
        }
        match y {
            // Who boards uses the departure; a looser row than the limit would not say so.
            Some(y) if is_seats || !slack => {
                terms.push((y, -limit));
                self.row(RowKey::Limit(resource, d), terms, 0, false);
            }
            Some(_) => {}
            None => self.row(RowKey::Limit(resource, d), terms, limit, false),
        }
    }

    fn held_columns(&self, d: DepartureIdx) -> Vec<usize> {
        let departure = &self.scenario.departures[d.index()];
        let of = |allotment: &Allotment| self.held.get(&(d, allotment.sponsor.index())).copied();
        allotments_in_force(self.scenario, departure).filter_map(of).collect()
    }

    fn fill(&mut self, d: DepartureIdx, resource: Resource, limit: i64) {
        let terms = self.uses(d, |take| used(take, resource));
        let mut needs: BTreeMap<i64, i64> = BTreeMap::new();
        for &(column, need) in terms.iter().filter(|(_, need)| *need > 0) {
            *needs.entry(need).or_default() += self.upper[column];
        }
        let needs: Vec<(i64, i64)> = needs.into_iter().rev().collect();
        let total: i128 = needs.iter().map(|&(need, count)| i128::from(need) * i128::from(count)).sum();
        if total <= i128::from(limit) {
            return;
        }
        if let Some(most) = fill::largest_sum(&needs, limit).filter(|&most| most < limit) {
            self.row(RowKey::Fill(resource, d), terms, most, false);
        }
    }

    fn allotment(&mut self) {
        for (d, departure) in self.departures() {
            for allotment in allotments_in_force(self.scenario, departure) {
                let Some(&held) = self.held.get(&(d, allotment.sponsor.index())) else { continue };
                let mut terms = self.sponsored(d, allotment);
                terms.push((held, -1));
                let key = RowKey::Allotment(d, allotment.sponsor);
                match self.used[d.index()] {
                    Some(y) => {
                        terms.push((y, allotment.seats));
                        self.row(key, terms, 0, false);
                    }
                    None => self.row(key, terms, -allotment.seats, false),
                }
            }
        }
    }

    /// `-seats_cd` of the sponsor's classes aboard `d`.
    fn sponsored(&self, d: DepartureIdx, allotment: &Allotment) -> Vec<(usize, i64)> {
        let sponsor_of = |c: usize| self.scenario.units[self.classes[c].representative().index()].sponsor;
        let ours = self.aboard[d.index()].iter().filter(|&&(_, c)| sponsor_of(c) == Some(allotment.sponsor));
        ours.map(|&(column, _)| (column, -self.takes[column].seats)).collect()
    }

    /// `aboard`. In floating point few persons aboard of very many seats are none.
    fn board(&mut self) {
        for (d, departure) in self.departures() {
            let Some(y) = self.used[d.index()].filter(|_| departure.usable_seats() >= MANY_SEATS) else {
                continue;
            };
            for (column, c) in self.aboard[d.index()].clone() {
                let units = self.classes[c].members.clone();
                let terms = vec![(column, 1), (y, -self.upper[column])];
                self.row(RowKey::Aboard(units, d), terms, 0, false);
            }
        }
    }

    fn used(&mut self) {
        for (d, _) in self.departures() {
            if let Some(y) = self.used[d.index()] {
                let mut terms = self.uses(d, |_| -1);
                terms.push((y, 1));
                self.row(RowKey::Used(d), terms, 0, false);
            }
        }
    }

    fn min_load(&mut self) {
        for (d, departure) in self.departures() {
            if let Some(y) = self.used[d.index()].filter(|_| departure.min_load > 0) {
                let mut terms = self.uses(d, |take| -take.persons);
                terms.push((y, departure.min_load));
                self.row(RowKey::MinLoad(d), terms, 0, false);
            }
        }
    }

    fn budget(&mut self) {
        if let Some(budget) = self.scenario.budget_usd {
            let cost = |(d, departure): (DepartureIdx, &Departure)| {
                self.used[d.index()].map(|y| (y, cost_if_used(departure)))
            };
            let terms = self.departures().filter_map(cost).collect();
            self.row(RowKey::Budget, terms, budget, false);
        }
    }

    /// Rows for the days of arrival alone: between them nobody comes and beds only become free.
    fn beds(&mut self) {
        for (p, place) in self.scenario.places.iter().enumerate() {
            let Some(beds) = place.beds.filter(|_| place.dwell_days > 0) else { continue };
            let p = PlaceIdx::new(p);
            for day in self.arrival_days(p) {
                let there = place.occupied.iter().filter(|(until, _)| day <= *until);
                let occupied = there.fold(0_i64, |sum, (_, persons)| sum.saturating_add(*persons));
                let terms = self.dwelling(p, day, place.dwell_days);
                let free = (beds.saturating_sub(occupied)).max(0);
                self.row(RowKey::Beds(p, day), terms, free, false);
            }
        }
    }

    fn arrivals(&self, place: PlaceIdx) -> impl Iterator<Item = (DepartureIdx, Date)> + use<'a> {
        let there = move |(_, departure): &(DepartureIdx, &Departure)| departure.to == place;
        self.departures().filter(there).map(|(d, departure)| (d, departure.arrives.date()))
    }

    fn arrival_days(&self, place: PlaceIdx) -> Vec<Date> {
        let mut days: Vec<Date> = self.arrivals(place).map(|(_, day)| day).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    fn dwelling(&self, place: PlaceIdx, day: Date, dwell_days: i64) -> Vec<(usize, i64)> {
        let dwells = |arrival: Date| arrival <= day && day.days_since(arrival) < dwell_days;
        let there = self.arrivals(place).filter(|&(_, arrival)| dwells(arrival));
        there.flat_map(|(d, _)| self.uses(d, |take| take.persons)).collect()
    }

    fn quota(&mut self) {
        let scenario = self.scenario;
        for (q, quota) in scenario.quotas.iter().enumerate() {
            let among = |c: usize| {
                let unit = self.classes[c].representative();
                let all = i64::try_from(scenario.units[unit.index()].persons.len()).expect("short lists");
                quota.among.as_ref().map_or(all, |filter| matching(scenario, filter, unit))
            };
            let of_class: Vec<(i64, i64)> = (0..self.classes.len())
                .map(|c| (matching(scenario, &quota.count, self.classes[c].representative()), among(c)))
                .collect();
            for (side, p, q_factor, at_most) in sides(quota) {
                let named: FxHashSet<DepartureIdx> = quota.departures.iter().flatten().copied().collect();
                let counts = |d: DepartureIdx| quota.departures.is_none() || named.contains(&d);
                let mut terms = Vec::new();
                for (d, aboard) in self.aboard.iter().enumerate() {
                    if counts(DepartureIdx::new(d)) {
                        let term = |&(column, c): &(usize, usize)| {
                            (column, p * of_class[c].0 + q_factor * of_class[c].1)
                        };
                        terms.extend(aboard.iter().map(term));
                    }
                }
                self.row(RowKey::Quota(q, side), terms, at_most, false);
            }
        }
    }

    /// The column of a unit that is a class of its own, aboard `d`.
    fn column(&self, unit: UnitIdx, d: DepartureIdx) -> Option<usize> {
        let range = self.of_class[*self.class_of.get(&unit)?].clone();
        range.into_iter().find(|&column| matches!(self.columns[column], Column::Board(_, at) if at == d))
    }

    fn of_unit(&self, unit: UnitIdx) -> std::ops::Range<usize> {
        self.class_of.get(&unit).map_or(0..0, |&c| self.of_class[c].clone())
    }

    fn pin(&mut self) {
        let held = |u: usize| self.eligibility.held(UnitIdx::new(u)).map(|d| (UnitIdx::new(u), d));
        let pins = self.scenario.pins.iter().map(|pin| (pin.unit, pin.departure));
        let mut all: Vec<_> = pins.chain((0..self.scenario.units.len()).filter_map(held)).collect();
        all.sort_unstable();
        all.dedup();
        for (unit, d) in all {
            let terms = self.column(unit, d).map(|column| (column, 1)).into_iter().collect();
            self.row(RowKey::Pin(unit, d), terms, 1, true);
        }
    }

    fn links(&mut self) {
        for (link, tie) in self.scenario.links.iter().enumerate() {
            match tie.kind {
                LinkKind::SameDeparture => self.same_departure(link, &tie.units),
                LinkKind::AllOrNone => self.all_or_none(link, &tie.units),
                LinkKind::AtMostOne => self.at_most_one(link, &tie.units),
                LinkKind::Apart => self.apart(link, &tie.units),
            }
        }
    }

    fn same_departure(&mut self, link: usize, units: &[UnitIdx]) {
        let first = units[0];
        for &unit in &units[1..] {
            for (departure, _) in self.departures() {
                let plus = self.column(first, departure).map(|column| (column, 1));
                let minus = self.column(unit, departure).map(|column| (column, -1));
                let terms = plus.into_iter().chain(minus).collect();
                self.row(RowKey::SameDeparture { link, unit, departure }, terms, 0, true);
            }
        }
    }

    fn all_or_none(&mut self, link: usize, units: &[UnitIdx]) {
        for &unit in &units[1..] {
            let plus = self.of_unit(units[0]).map(|column| (column, 1));
            let minus = self.of_unit(unit).map(|column| (column, -1));
            self.row(RowKey::AllOrNone { link, unit }, plus.chain(minus).collect(), 0, true);
        }
    }

    fn at_most_one(&mut self, link: usize, units: &[UnitIdx]) {
        let terms = units.iter().flat_map(|&unit| self.of_unit(unit)).map(|column| (column, 1)).collect();
        self.row(RowKey::AtMostOne { link }, terms, 1, false);
    }

    fn apart(&mut self, link: usize, units: &[UnitIdx]) {
        for (departure, _) in self.departures() {
            let columns = units.iter().filter_map(|&unit| self.column(unit, departure));
            let terms: Vec<_> = columns.map(|column| (column, 1)).collect();
            if terms.len() > 1 {
                self.row(RowKey::Apart { link, departure }, terms, 1, false);
            }
        }
    }

    fn program(self, objectives: &[Objective]) -> Program {
        let value = |objective: &Objective| Value {
            name: objective.name.clone(),
            sense: objective.sense,
            tolerance: objective.tolerance,
            constant: objective.constant,
            coefficients: self.columns.iter().map(|column| self.coefficient(objective, *column)).collect(),
        };
        let objectives = objectives.iter().map(value).collect();
        Program {
            objectives,
            columns: self.columns,
            upper: self.upper,
            rows: self.rows,
            of_class: self.of_class,
        }
    }

    fn coefficient(&self, objective: &Objective, column: Column) -> i64 {
        match column {
            Column::Board(c, d) => {
                objective.coefficient(self.eligibility, self.classes[c].representative(), d)
            }
            Column::Used(d) => objective.of_departure(d),
            Column::Held(..) => 0,
        }
    }
}

/// The sides that a quota states, as `p P + q Q <= at_most`.
fn sides(quota: &Quota) -> Vec<(Side, i64, i64, i64)> {
    let min = quota.min.map(|least| (Side::Min, -1, 0, -least));
    let max = quota.max.map(|most| (Side::Max, 1, 0, most));
    let min_percent = quota.min_percent.map(|percent| (Side::MinPercent, -100, percent, 0));
    let max_percent = quota.max_percent.map(|percent| (Side::MaxPercent, 100, -percent, 0));
    [min, max, min_percent, max_percent].into_iter().flatten().collect()
}
