//! The gate: who boards in a run, as every rule allows it.
//!
//! The rules are the rows of the model ([`crate::model`]), kept as running sums: a family boards if no row
//! that holds is broken by it, and none that absences have broken already is broken further.

use rustc_hash::FxHashMap;

use super::{Fate, Play, Reoffer, Standby};
use crate::classes;
use crate::eligibility::assess_boarding;
use crate::model::{self, Column, Program, Row};
use crate::scenario::{DepartureIdx, LinkKind, Scenario, SponsorIdx, UnitIdx};
use crate::solve::Seating;

/// All that does not change from run to run.
pub(super) struct Gate<'s> {
    scenario: &'s Scenario,
    /// The plan.
    on: &'s Seating,
    lists: &'s [Vec<UnitIdx>],
    standby: Standby,
    reoffer: Reoffer,
    /// In order of departure.
    order: Vec<DepartureIdx>,
    /// By unit: the links that ask for others to travel too.
    tied: Vec<Vec<usize>>,
    /// Seated units by highest category, then id.
    by_category: Vec<UnitIdx>,
    rows: Vec<Row>,
    /// By column: its rows and coefficients.
    of_column: Vec<Vec<(usize, i64)>>,
    /// The column and the seats of a pair.
    pairs: FxHashMap<(UnitIdx, DepartureIdx), (usize, i64)>,
    /// By departure: its `used` column.
    used: Vec<Option<usize>>,
    /// By departure: column, sponsor and seats of its allotments in force.
    held: Vec<Vec<(usize, SponsorIdx, i64)>>,
}

impl<'s> Gate<'s> {
    pub(super) fn new(
        scenario: &'s Scenario,
        on: &'s Seating,
        lists: &'s [Vec<UnitIdx>],
        play: &Play,
    ) -> Self {
        let order = scenario.departures_by_time();
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, d)| rank[d.index()] = at);
        let mut eligibility = assess_boarding(scenario, &vec![None; on.len()], &|_, _| true);
        eligibility.narrow(&|u, open| {
            let offered = |d: usize| match on[u.index()] {
                Some(planned) => play.reoffer == Reoffer::Later && rank[d] > rank[planned.index()],
                None => play.standby == Standby::Called && lists[d].contains(&u),
            };
            let closed: Vec<usize> = open.ones().filter(|&d| !offered(d)).collect();
            for d in closed {
                open.set(d, false);
            }
            if let Some(planned) = on[u.index()] {
                open.insert(planned.index());
            }
        });
        let units = classes::singletons(&eligibility);
        let program = model::build(&eligibility, &units, &[]);
        let mut gate = Self {
            scenario,
            on,
            lists,
            standby: play.standby,
            reoffer: play.reoffer,
            tied: tied(scenario),
            by_category: by_category(scenario, on),
            of_column: transposed(&program),
            pairs: FxHashMap::default(),
            used: vec![None; order.len()],
            held: vec![Vec::new(); order.len()],
            rows: program.rows,
            order,
        };
        for (position, column) in program.columns.into_iter().enumerate() {
            match column {
                Column::Board(class, d) => {
                    let unit = units[class].representative();
                    gate.pairs.insert((unit, d), (position, eligibility.take(unit, d).seats));
                }
                Column::Used(d) => gate.used[d.index()] = Some(position),
                Column::Held(d, sponsor) => {
                    gate.held[d.index()].push((position, sponsor, program.upper[position]));
                }
            }
        }
        gate
    }

    /// Who gets out, and on what.
    pub(super) fn run(&self, fate: &Fate) -> Seating {
        let mut state = State::new(self);
        for (u, planned) in self.on.iter().enumerate() {
            if let Some(d) = planned.filter(|d| self.flies(fate, *d) && fate.shows[u]) {
                state.board(UnitIdx::new(u), d);
            }
        }
        let mut stranded: Vec<UnitIdx> = Vec::new();
        for &d in &self.order {
            if !self.flies(fate, d) {
                if self.reoffer == Reoffer::Later {
                    let theirs = |u: &&UnitIdx| self.on[u.index()] == Some(d) && fate.shows[u.index()];
                    stranded.extend(self.by_category.iter().filter(theirs));
                }
                continue;
            }
            let called: &[UnitIdx] =
                if self.standby == Standby::Called { &self.lists[d.index()] } else { &[] };
            let mut ranked: Vec<UnitIdx> = stranded.clone();
            ranked.sort_by_key(|&u| self.rank(u));
            for &u in called.iter().chain(&ranked) {
                state.offer(u, d, fate);
            }
        }
        state.on
    }

    fn flies(&self, fate: &Fate, d: DepartureIdx) -> bool {
        fate.flies[d.index()] && !self.scenario.departures[d.index()].cancelled
    }

    fn rank(&self, u: UnitIdx) -> (usize, &str) {
        rank(self.scenario, u)
    }
}

/// By highest category, then id.
fn rank(scenario: &Scenario, u: UnitIdx) -> (usize, &str) {
    let unit = &scenario.units[u.index()];
    let highest = unit.persons.iter().map(|person| person.category.index()).min();
    (highest.unwrap_or(usize::MAX), unit.id.as_str())
}

fn by_category(scenario: &Scenario, on: &Seating) -> Vec<UnitIdx> {
    let mut seated: Vec<UnitIdx> = (0..on.len()).filter(|&u| on[u].is_some()).map(UnitIdx::new).collect();
    seated.sort_by_key(|&u| rank(scenario, u));
    seated
}

fn tied(scenario: &Scenario) -> Vec<Vec<usize>> {
    let mut tied = vec![Vec::new(); scenario.units.len()];
    for (position, link) in scenario.links.iter().enumerate() {
        if matches!(link.kind, LinkKind::SameDeparture | LinkKind::AllOrNone) {
            link.units.iter().for_each(|u| tied[u.index()].push(position));
        }
    }
    tied
}

fn transposed(program: &Program) -> Vec<Vec<(usize, i64)>> {
    let mut of_column = vec![Vec::new(); program.columns.len()];
    for (position, row) in program.rows.iter().enumerate() {
        row.terms.iter().for_each(|&(column, a)| of_column[column].push((position, a)));
    }
    of_column
}

/// One run, as far as it has come.
struct State<'g> {
    gate: &'g Gate<'g>,
    on: Seating,
    /// By row: its sum.
    sums: Vec<i64>,
    /// By departure.
    aboard: Vec<usize>,
    /// Seats that a sponsor's units use of a departure.
    used_by: FxHashMap<(DepartureIdx, SponsorIdx), i64>,
}

impl<'g> State<'g> {
    fn new(gate: &'g Gate<'g>) -> Self {
        let departures = gate.order.len();
        let mut state = Self {
            gate,
            on: vec![None; gate.on.len()],
            sums: vec![0; gate.rows.len()],
            aboard: vec![0; departures],
            used_by: FxHashMap::default(),
        };
        for d in gate.order.iter().copied().filter(|d| gate.used[d.index()].is_none()) {
            for &(column, _, seats) in &gate.held[d.index()] {
                state.add(column, seats);
            }
        }
        state
    }

    /// Adds `times` a column to the sums.
    fn add(&mut self, column: usize, times: i64) {
        for &(row, a) in &self.gate.of_column[column] {
            self.sums[row] += a * times;
        }
    }

    /// Seats a unit that the plan has there.
    fn board(&mut self, u: UnitIdx, d: DepartureIdx) {
        for (column, times) in self.step(u, d) {
            self.add(column, times);
        }
        self.seat(u, d);
    }

    fn seat(&mut self, u: UnitIdx, d: DepartureIdx) {
        self.on[u.index()] = Some(d);
        self.aboard[d.index()] += 1;
        if let Some(sponsor) = self.gate.scenario.units[u.index()].sponsor {
            *self.used_by.entry((d, sponsor)).or_default() += self.gate.pairs[&(u, d)].1;
        }
    }

    /// What one more unit aboard changes: columns, and how often.
    fn step(&self, u: UnitIdx, d: DepartureIdx) -> Vec<(usize, i64)> {
        let (column, seats) = self.gate.pairs[&(u, d)];
        let mut step = vec![(column, 1)];
        let first = self.aboard[d.index()] == 0;
        let opens = self.gate.used[d.index()].filter(|_| first);
        step.extend(opens.map(|used| (used, 1)));
        for &(held, sponsor, allotted) in &self.gate.held[d.index()] {
            let used = self.used_by.get(&(d, sponsor)).copied().unwrap_or(0);
            let ours = self.gate.scenario.units[u.index()].sponsor == Some(sponsor);
            let before = if opens.is_some() { 0 } else { (allotted - used).max(0) };
            let after = (allotted - used - if ours { seats } else { 0 }).max(0);
            step.push((held, after - before));
        }
        step
    }

    /// Offers a unit a departure: it boards, with those that it is tied to where that is asked for, if every
    /// rule allows it.
    fn offer(&mut self, u: UnitIdx, d: DepartureIdx, fate: &Fate) {
        if self.is_free(u, d, fate) && !self.try_board(&[u], d) {
            let block = self.block(u, d, fate);
            if block.len() > 1 {
                self.try_board(&block, d);
            }
        }
    }

    fn is_free(&self, u: UnitIdx, d: DepartureIdx, fate: &Fate) -> bool {
        let planned = self.gate.on[u.index()];
        let stays = planned.is_some_and(|planned| self.gate.flies(fate, planned));
        fate.shows[u.index()]
            && self.on[u.index()].is_none()
            && !stays
            && self.gate.pairs.contains_key(&(u, d))
    }

    /// The unit and those that links tie it to, directly or through a chain, as far as they are free.
    fn block(&self, u: UnitIdx, d: DepartureIdx, fate: &Fate) -> Vec<UnitIdx> {
        let mut block = vec![u];
        let mut next = 0;
        while next < block.len() {
            for &link in &self.gate.tied[block[next].index()] {
                for &other in &self.gate.scenario.links[link].units {
                    if !block.contains(&other) && self.is_free(other, d, fate) {
                        block.push(other);
                    }
                }
            }
            next += 1;
        }
        block
    }

    /// Whether the units have boarded; where a rule forbids it nothing has changed.
    fn try_board(&mut self, units: &[UnitIdx], d: DepartureIdx) -> bool {
        let (sums, used_by, aboard) = (self.sums.clone(), self.used_by.clone(), self.aboard[d.index()]);
        let mut touched: Vec<usize> = Vec::new();
        for &u in units {
            for (column, times) in self.step(u, d) {
                touched.extend(self.gate.of_column[column].iter().map(|&(row, _)| row));
                self.add(column, times);
            }
            self.seat(u, d);
        }
        let excess = |row: usize, sum: i64| {
            let Row { at_most, equal, .. } = self.gate.rows[row];
            if equal { (sum - at_most).abs() } else { (sum - at_most).max(0) }
        };
        if touched.iter().all(|&row| excess(row, self.sums[row]) <= excess(row, sums[row])) {
            return true;
        }
        (self.sums, self.used_by, self.aboard[d.index()]) = (sums, used_by, aboard);
        for u in units {
            self.on[u.index()] = None;
        }
        false
    }
}
