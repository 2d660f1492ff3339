//! Plans near the plan at hand that seat a given unit: found cheaply, and believed only after every row has
//! been checked in integers.
//!
//! On one departure, units leave it for the waiting list or another departure and others come, so that enough
//! seats come free for one more unit (`changes`). A unit that changes departures may need a
//! change there: each *depth* looks one departure further.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::changes::{Change, Load, Move, Step, Table, WATCHED, few, less};
use crate::classes::Class;
use crate::eligibility::Eligibility;
use crate::model::{Column, Program, Row, RowKey};
use crate::scenario::{Departure, DepartureIdx};

/// Times that one column may be used by a change.
const COPIES: i64 = 3;
/// Changes that are checked for a unit before it is left to a search.
const TRIES: usize = 40;
/// Moves of a change, when its gain is written as one number.
const MOVES: i128 = 24;

/// The plan at hand, ready to be changed.
#[derive(Debug)]
pub struct Swaps<'p> {
    program: &'p Program,
    /// By column: `(row, coefficient)`.
    entries: Vec<Vec<(usize, i64)>>,
    /// By column: whether an equation ties it.
    tied: Vec<bool>,
    /// By column, for `Board` columns: seats.
    seats: Vec<i64>,
    /// By departure.
    boards: Vec<Vec<usize>>,
    /// By departure: the `Used` and `Held` columns.
    follows: Vec<Follows>,
    /// By departure: the rows that are watched besides seats.
    watched: Vec<Vec<usize>>,
    /// By column, for `Board` columns: what a unit adds to those of its departure.
    loads: Vec<Load>,
    at_hand: Base,
}

/// A plan.
#[derive(Clone, Debug)]
struct Base {
    point: Vec<i64>,
    /// By row.
    activity: Vec<i64>,
    /// By departure: usable seats less those in use.
    free: Vec<i64>,
}

#[derive(Clone, Debug, Default)]
struct Follows {
    used: Option<usize>,
    /// Column, seats allotted, the columns of the sponsor's units.
    held: Vec<(usize, i64, Vec<usize>)>,
}

/// The plans near the plan at hand, as far as the leading levels see them.
#[derive(Debug)]
pub struct Near<'s, 'p> {
    swaps: &'s Swaps<'p>,
    levels: usize,
    /// The plan at hand without those who do not matter to the levels, as far as every row allows it.
    base: Base,
    /// The columns of `base` that are not 0.
    aboard: Vec<usize>,
    /// By class: how many units wait.
    waiting: Vec<i64>,
    /// By level: what that plan has, maximised.
    values: Vec<i64>,
    /// By level: what one of it counts for in a gain as one number; 0 where the number would be too large.
    weights: Vec<i128>,
    /// By column: what one unit more adds to the levels, as one number.
    worth: Vec<i128>,
    /// By depth and departure; the first is that of no change at all.
    tables: Vec<Vec<Table>>,
}

/// A plan near the plan at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By leading level, maximised.
    pub values: Vec<i64>,
    delta: BTreeMap<usize, i64>,
}

impl<'p> Swaps<'p> {
    /// Prepares the plan `point`, which must obey the program's rows.
    #[must_use]
    pub fn new(eligibility: &Eligibility, classes: &[Class], program: &'p Program, point: &[i64]) -> Self {
        let departures = &eligibility.scenario().departures;
        let size = program.columns.len();
        let mut swaps = Self {
            program,
            entries: vec![Vec::new(); size],
            tied: vec![false; size],
            seats: vec![0; size],
            boards: vec![Vec::new(); departures.len()],
            follows: vec![Follows::default(); departures.len()],
            watched: vec![Vec::new(); departures.len()],
            loads: vec![[0; WATCHED]; size],
            at_hand: Base { point: point.to_vec(), activity: Vec::new(), free: Vec::new() },
        };
        let mut activity = vec![0; program.rows.len()];
        for (r, row) in program.rows.iter().enumerate() {
            for &(column, a) in &row.terms {
                swaps.entries[column].push((r, a));
                swaps.tied[column] |= row.equal;
                activity[r] += a * point[column];
            }
        }
        swaps.columns(eligibility, classes);
        let mut free: Vec<i64> = departures.iter().map(Departure::usable_seats).collect();
        for (free, boards) in free.iter_mut().zip(&swaps.boards) {
            *free -= boards.iter().map(|&column| swaps.seats[column] * point[column]).sum::<i64>();
        }
        (swaps.at_hand.activity, swaps.at_hand.free) = (activity, free);
        swaps.watch();
        swaps
    }

    fn columns(&mut self, eligibility: &Eligibility, classes: &[Class]) {
        for (at, column) in self.program.columns.iter().enumerate() {
            match *column {
                Column::Board(class, d) => {
                    self.seats[at] = eligibility.take(classes[class].representative(), d).seats;
                    self.boards[d.index()].push(at);
                }
                Column::Used(d) => self.follows[d.index()].used = Some(at),
                Column::Held(d, sponsor) => {
                    let is_ours = |&&board: &&usize| match self.program.columns[board] {
                        Column::Board(class, _) => {
                            let unit = classes[class].representative();
                            eligibility.scenario().units[unit.index()].sponsor == Some(sponsor)
                        }
                        Column::Used(_) | Column::Held(..) => false,
                    };
                    let ours = self.boards[d.index()].iter().filter(is_ours).copied().collect();
                    let allotted = self.program.upper[at];
                    self.follows[d.index()].held.push((at, allotted, ours));
                }
            }
        }
    }

    /// Chooses for each departure the rows that may be in the way besides seats: those that a few units more
    /// would break, those of this departure alone first.
    fn watch(&mut self) {
        let mut candidates: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.boards.len()];
        for (r, row) in self.program.rows.iter().enumerate() {
            let is_seats = matches!(row.key, RowKey::Limit(crate::certificate::Resource::Seats, _));
            if row.equal || is_seats || matches!(row.key, RowKey::Unit(_) | RowKey::Aboard(..)) {
                continue;
            }
            let most = row.terms.iter().map(|&(_, a)| a).max().unwrap_or(0);
            if self.at_hand.activity[r] + 4 * most.max(0) <= row.at_most {
                continue;
            }
            let mut departures: Vec<usize> =
                row.terms.iter().filter_map(|&(column, _)| self.departure(column)).collect();
            departures.sort_unstable();
            departures.dedup();
            for &d in &departures {
                candidates[d].push((departures.len(), r));
            }
        }
        for (d, mut rows) in candidates.into_iter().enumerate() {
            rows.sort_unstable();
            self.watched[d] = rows.into_iter().take(WATCHED).map(|(_, row)| row).collect();
            for &column in &self.boards[d] {
                for &(row, a) in &self.entries[column] {
                    if let Some(at) = self.watched[d].iter().position(|watched| *watched == row) {
                        self.loads[column][at] = a;
                    }
                }
            }
        }
    }

    fn departure(&self, column: usize) -> Option<usize> {
        match self.program.columns[column] {
            Column::Board(_, d) => Some(d.index()),
            Column::Used(_) | Column::Held(..) => None,
        }
    }

    fn of_class(&self, column: usize) -> Range<usize> {
        match self.program.columns[column] {
            Column::Board(class, _) => self.program.of_class[class].clone(),
            Column::Used(_) | Column::Held(..) => column..column,
        }
    }

    /// What one unit more on a column adds to a level, maximised.
    fn worth(&self, column: usize, level: usize) -> i64 {
        let objective = &self.program.objectives[level];
        objective.sense.sign() * objective.coefficients[column]
    }

    /// Whether two columns are of one departure.
    #[must_use]
    pub fn is_same_departure(&self, a: usize, b: usize) -> bool {
        self.departure(a) == self.departure(b)
    }

    /// Whether a unit on column `here` obeys every row where one on `there` does in its place.
    #[must_use]
    pub fn burdens_less(&self, here: usize, there: usize) -> bool {
        let is_shared = |(row, _): &&(usize, i64)| !matches!(self.program.rows[*row].key, RowKey::Unit(_));
        let of = |column: usize, row: usize| {
            let mut entries = self.entries[column].iter();
            entries.find(|entry| entry.0 == row).map_or(0, |entry| entry.1)
        };
        let all = self.entries[here].iter().chain(&self.entries[there]).filter(is_shared);
        all.map(|&(row, _)| row).all(|row| {
            let (here, there) = (of(here, row), of(there, row));
            if self.program.rows[row].equal { here == there } else { here <= there }
        })
    }

    /// The plans near the plan at hand as the first `levels` see them.
    #[must_use]
    pub fn near(&self, levels: usize) -> Near<'_, 'p> {
        self.near_base(self.at_hand.clone(), levels)
    }

    /// The plans near another plan, which must obey the program's rows.
    #[must_use]
    pub fn near_to(&self, point: &[i64], levels: usize) -> Near<'_, 'p> {
        let mut base = self.at_hand.clone();
        let changed = (0..point.len()).filter(|&column| point[column] != self.at_hand.point[column]);
        for column in changed {
            self.add(&mut base, column, point[column] - self.at_hand.point[column]);
        }
        self.near_base(base, levels)
    }

    fn add(&self, base: &mut Base, column: usize, units: i64) {
        base.point[column] += units;
        for &(row, a) in &self.entries[column] {
            base.activity[row] += a * units;
        }
        if let Some(d) = self.departure(column) {
            base.free[d] -= self.seats[column] * units;
        }
    }

    fn near_base(&self, base: Base, levels: usize) -> Near<'_, 'p> {
        let base = self.base(base, levels);
        let value = |level: usize| {
            self.program.objectives[level].sense.sign() * self.program.value(level, &base.point)
        };
        let values = (0..levels).map(value).collect();
        let weights = self.weights(levels);
        let worth = |column: usize| -> i128 {
            weights.iter().enumerate().map(|(k, weight)| weight * i128::from(self.worth(column, k))).sum()
        };
        let worth = (0..self.program.columns.len()).map(worth).collect();
        let aboard = (0..base.point.len()).filter(|&column| base.point[column] != 0).collect();
        let waiting = |range: &Range<usize>| -> i64 {
            let units = range.clone().next().map_or(0, |column| self.program.upper[column]);
            units - base.point[range.clone()].iter().sum::<i64>()
        };
        let waiting = self.program.of_class.iter().map(waiting).collect();
        let mut near =
            Near { swaps: self, levels, base, aboard, waiting, values, weights, worth, tables: Vec::new() };
        let nothing = (0..self.boards.len()).map(|d| Table::nothing(d, near.slack(d))).collect();
        near.tables.push(nothing);
        near
    }

    /// The levels as digits of one number, the first the most significant; as many as fit.
    fn weights(&self, levels: usize) -> Vec<i128> {
        let most = |level: usize| {
            let coefficients = self.program.objectives[level].coefficients.iter();
            coefficients.map(|c| i128::from(*c).abs()).max().unwrap_or(0)
        };
        let mut weights = vec![0; levels];
        for fit in (0..=levels).rev() {
            let mut weight: i128 = 1;
            let all = (0..fit).rev().try_for_each(|level| {
                weights[level] = weight;
                weight = weight.checked_mul(2 * MOVES * most(level) + 1).filter(|w| *w < i128::MAX >> 8)?;
                Some(())
            });
            if all.is_some() {
                break;
            }
            weights.fill(0);
        }
        weights
    }

    /// A plan as far as it matters to the first `levels`.
    fn base(&self, mut base: Base, levels: usize) -> Base {
        for column in 0..self.program.columns.len() {
            let is_board = self.departure(column).is_some();
            let matters = (0..levels).any(|level| self.worth(column, level) != 0);
            while is_board && !matters && base.point[column] > 0 {
                let Some(delta) = self.checked(&base, [(column, -1)]) else { break };
                for (column, units) in delta {
                    self.add(&mut base, column, units);
                }
            }
        }
        base
    }

    /// The moves with all that follows from them, if the plan then obeys every row.
    fn checked(
        &self,
        base: &Base,
        moves: impl IntoIterator<Item = (usize, i64)>,
    ) -> Option<BTreeMap<usize, i64>> {
        let mut delta: BTreeMap<usize, i64> = BTreeMap::new();
        let mut departures = Vec::new();
        for (column, units) in moves {
            *delta.entry(column).or_default() += units;
            if let Column::Board(_, d) = self.program.columns[column] {
                departures.push(d);
            }
        }
        departures.sort_unstable();
        departures.dedup();
        for d in departures {
            self.follow(base, d, &mut delta);
        }
        let within = |(&column, &units): (&usize, &i64)| {
            (0..=self.program.upper[column]).contains(&(base.point[column] + units))
        };
        if !delta.iter().all(within) {
            return None;
        }
        let mut rows: BTreeMap<usize, i64> = BTreeMap::new();
        for (&column, &units) in &delta {
            for &(row, a) in &self.entries[column] {
                *rows.entry(row).or_default() += a * units;
            }
        }
        let holds = |(&row, &more): (&usize, &i64)| {
            let Row { at_most, equal, .. } = self.program.rows[row];
            let activity = base.activity[row] + more;
            if equal { activity == at_most } else { activity <= at_most }
        };
        rows.iter().all(holds).then_some(delta)
    }

    /// Sets the columns that follow from who is aboard `d`.
    fn follow(&self, base: &Base, d: DepartureIdx, delta: &mut BTreeMap<usize, i64>) {
        let aboard = |column: usize| base.point[column] + delta.get(&column).copied().unwrap_or(0);
        let follows = &self.follows[d.index()];
        let mut set = Vec::new();
        if follows.used.is_none() && follows.held.is_empty() {
            return;
        }
        let used = i64::from(self.boards[d.index()].iter().any(|&column| aboard(column) > 0));
        if let Some(column) = follows.used {
            set.push((column, used));
        }
        for (column, allotted, ours) in &follows.held {
            let taken: i64 = ours.iter().map(|&column| self.seats[column] * aboard(column)).sum();
            let minds = follows.used.is_some() && used == 0;
            set.push((*column, if minds { 0 } else { (allotted - taken).max(0) }));
        }
        for (column, value) in set {
            delta.insert(column, value - base.point[column]);
        }
    }
}

impl Near<'_, '_> {
    /// By leading level: what the plan has that changes start from, maximised.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// Looks one departure further.
    pub fn deepen(&mut self) {
        let table = |d: usize| Table::new(d, few(self.moves(d)), self.slack(d));
        let next = (0..self.swaps.boards.len()).into_par_iter().map(table).collect();
        self.tables.push(next);
    }

    /// What the watched rows of a departure leave.
    fn slack(&self, d: usize) -> Load {
        let mut slack = [i64::MAX >> 1; WATCHED];
        for (slack, &row) in slack.iter_mut().zip(&self.swaps.watched[d]) {
            *slack = self.swaps.program.rows[row].at_most - self.base.activity[row];
        }
        slack
    }

    /// Units of the column's class that wait.
    fn waiting(&self, column: usize) -> i64 {
        match self.swaps.program.columns[column] {
            Column::Board(class, _) => self.waiting[class],
            Column::Used(_) | Column::Held(..) => 0,
        }
    }

    /// Single moves of departure `d`. Columns that an equation ties stay as they are.
    fn moves(&self, d: usize) -> Vec<Move> {
        let Some(tables) = self.tables.last() else { return Vec::new() };
        let swaps = self.swaps;
        let mut moves = Vec::new();
        let mut add = |one: Move, times: i64| {
            moves.extend(std::iter::repeat_n(one, usize::try_from(times.min(COPIES)).unwrap_or(0)));
        };
        for &column in swaps.boards[d].iter().filter(|&&column| !swaps.tied[column]) {
            let (seats, worth, load) = (swaps.seats[column], self.worth[column], swaps.loads[column]);
            let aboard = self.base.point[column];
            if aboard > 0 {
                let step = Step::Leave(column);
                add(Move { freed: seats, gain: -worth, load: less(load), step }, aboard);
            }
            let step = Step::Come(column);
            let waiting = self.waiting(column);
            add(Move { freed: -seats, gain: worth, load, step }, waiting);
            if waiting == swaps.program.upper[column] {
                continue;
            }
            for other in swaps.of_class(column).filter(|&other| other != column) {
                let Some(there) = swaps.departure(other) else { continue };
                let (room, loaded) = (self.base.free[there], swaps.loads[other]);
                if aboard > 0
                    && let Some((gain, with)) = tables[there].best(swaps.seats[other] - room, loaded)
                {
                    let step = Step::Shift { from: column, to: other, with };
                    let gain = gain + self.worth[other] - worth;
                    add(Move { freed: seats, gain, load: less(load), step }, 1);
                }
                if self.base.point[other] > 0
                    && let Some((gain, with)) = tables[there].best(-swaps.seats[other] - room, less(loaded))
                {
                    let step = Step::Shift { from: other, to: column, with };
                    let gain = gain + worth - self.worth[other];
                    add(Move { freed: -seats, gain, load, step }, 1);
                }
            }
        }
        moves
    }

    /// A plan that seats one more unit of `class` (on `only`, if a column is named) and obeys every row: of
    /// those near the plan at hand one of the best by the leading levels, of which no plan can gain more than
    /// `most`.
    #[must_use]
    pub fn aboard(&self, class: usize, only: Option<usize>, most: Option<&[i64]>) -> Option<Found> {
        let swaps = self.swaps;
        let most = most.map(|most| -> i128 {
            most.iter().zip(&self.weights).map(|(most, weight)| i128::from(*most) * weight).sum()
        });
        let range = swaps.program.of_class[class].clone();
        let asked: Vec<(usize, &Table)> = range
            .clone()
            .filter(|&column| only.is_none_or(|only| only == column))
            .filter_map(|column| Some((column, &self.tables.last()?[swaps.departure(column)?])))
            .collect();
        if asked.iter().any(|&(column, _)| self.base.point[column] > 0) {
            return Some(Found { values: self.values.clone(), delta: BTreeMap::new() });
        }
        // Where all of the class travel already, one of them changes places.
        let leaver = range.filter(|_| self.waiting[class] == 0).find(|&c| self.base.point[c] > 0);
        let worth = |column: usize| self.worth[column] - leaver.map_or(0, |leaver| self.worth[leaver]);
        let seats = |column: usize, table: &Table| swaps.seats[column] - self.base.free[table.departure()];
        let found = |(_, column, change): (i128, usize, Change)| {
            let mut moves = vec![(column, 1)];
            moves.extend(leaver.map(|leaver| (leaver, -1)));
            self.expand(self.tables.len() - 1, change, &mut moves);
            self.found(moves)
        };
        // One that gains the most that is possible is among the few best changes of its departure.
        let few = asked.iter().flat_map(|&(column, table)| {
            let changes = table.best_few(seats(column, table), swaps.loads[column]);
            changes.map(move |(gain, change)| (gain + worth(column), column, change))
        });
        let best = few.filter(|(gain, ..)| most == Some(*gain)).take(TRIES).find_map(found);
        if best.is_some() {
            return best;
        }
        let all = asked.iter().flat_map(|&(column, table)| {
            let changes = table.all(seats(column, table), swaps.loads[column]);
            changes.map(move |(gain, change)| (gain + worth(column), column, change))
        });
        let mut candidates: Vec<(i128, usize, Change)> =
            all.filter(|(gain, ..)| most.is_none_or(|most| *gain <= most)).collect();
        candidates.sort_by_key(|candidate| Reverse(candidate.0));
        candidates.into_iter().take(TRIES).find_map(found)
    }

    /// Writes the steps of a change out as columns.
    fn expand(&self, depth: usize, change: Change, into: &mut Vec<(usize, i64)>) {
        for step in self.tables[depth][change.departure].steps(change) {
            match step {
                Step::Leave(column) => into.push((column, -1)),
                Step::Come(column) => into.push((column, 1)),
                Step::Shift { from, to, with } => {
                    into.extend([(from, -1), (to, 1)]);
                    self.expand(depth - 1, with, into);
                }
            }
        }
    }

    fn found(&self, moves: Vec<(usize, i64)>) -> Option<Found> {
        let delta = self.swaps.checked(&self.base, moves)?;
        let gain = |level: usize| -> i64 {
            delta.iter().map(|(&column, units)| units * self.swaps.worth(column, level)).sum()
        };
        let values = (0..self.levels).map(|level| self.values[level] + gain(level)).collect();
        Some(Found { values, delta })
    }

    /// The plan: the columns that are not 0, in order.
    #[must_use]
    pub fn columns(&self, found: &Found) -> Vec<(usize, i64)> {
        let mut columns: BTreeMap<usize, i64> =
            self.aboard.iter().map(|&column| (column, self.base.point[column])).collect();
        for (&column, units) in &found.delta {
            *columns.entry(column).or_default() += units;
        }
        columns.into_iter().filter(|(_, units)| *units != 0).collect()
    }
}
