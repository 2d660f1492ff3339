//! Plans near the plan at hand that seat a given unit: found cheaply, and believed only after every row has
//! been checked in integers.
//!
//! On one departure, units leave it for the waiting list and others come from there, so that enough seats
//! come free for one more unit. For each number of seats the lexicographically best such change is found by
//! dynamic programming over seats alone; then the point it leads to is checked against every row.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::classes::Class;
use crate::eligibility::Eligibility;
use crate::model::{Column, Program, Row};
use crate::scenario::{Departure, DepartureIdx, Sense};

/// Most seats that a change may free or take.
const REACH: usize = 40;
/// Times that one kind of move may occur in a change.
const TIMES: i64 = 3;
/// Changes that are checked for a unit before it is left to a search.
const TRIES: usize = 40;

/// The plan at hand, ready to be changed.
#[derive(Debug)]
pub struct Swaps<'p> {
    program: &'p Program,
    /// The program's rows.
    activity: Vec<i64>,
    point: Vec<i64>,
    /// By column: `(row, coefficient)`.
    entries: Vec<Vec<(usize, i64)>>,
    /// By column, for `Board` columns: seats.
    seats: Vec<i64>,
    /// By departure.
    boards: Vec<Vec<usize>>,
    /// By departure: the `Used` and `Held` columns.
    follows: Vec<Follows>,
    /// By departure: usable seats less those in use.
    free: Vec<i64>,
    /// By how many of the leading levels count, and by departure: the best change for each number of seats
    /// that come free, `-REACH..=REACH`.
    changes: Vec<Vec<Vec<Option<Change>>>>,
}

#[derive(Clone, Debug, Default)]
struct Follows {
    used: Option<usize>,
    /// Column, seats allotted, the columns of the sponsor's units.
    held: Vec<(usize, i64, Vec<usize>)>,
}

/// How much else a move burdens, its column, one unit more or less.
type Move = (i64, usize, i64);

/// Moves on one departure.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    /// What the levels gain, maximised.
    gain: Vec<i64>,
    /// `(column, units)`.
    moves: Vec<(usize, i64)>,
}

impl Change {
    fn nothing(levels: usize) -> Self {
        Self { gain: vec![0; levels], moves: Vec::new() }
    }

    /// Better first: by the levels in order, then by how few move.
    fn order(&self, other: &Self) -> Ordering {
        other.gain.cmp(&self.gain).then(self.moves.len().cmp(&other.moves.len()))
    }
}

/// A plan that seats the unit, and what its levels gain over the plan at hand, maximised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// By level.
    pub gain: Vec<i64>,
    /// By column.
    pub point: Vec<i64>,
}

impl<'p> Swaps<'p> {
    /// Prepares the plan `point`, which must obey the program's rows.
    #[must_use]
    pub fn new(
        eligibility: &Eligibility,
        classes: &[Class],
        program: &'p Program,
        point: Vec<i64>,
        levels: usize,
    ) -> Self {
        let departures = eligibility.scenario().departures.len();
        let mut swaps = Self {
            program,
            activity: vec![0; program.rows.len()],
            entries: vec![Vec::new(); program.columns.len()],
            seats: vec![0; program.columns.len()],
            boards: vec![Vec::new(); departures],
            follows: vec![Follows::default(); departures],
            free: eligibility.scenario().departures.iter().map(Departure::usable_seats).collect(),
            changes: Vec::new(),
            point,
        };
        for (r, row) in program.rows.iter().enumerate() {
            for &(column, a) in &row.terms {
                swaps.entries[column].push((r, a));
                swaps.activity[r] += a * swaps.point[column];
            }
        }
        swaps.columns(eligibility, classes);
        let of = |levels: usize| (0..departures).map(|d| swaps.change(d, levels)).collect();
        swaps.changes = (0..=levels).into_par_iter().map(of).collect();
        swaps
    }

    fn columns(&mut self, eligibility: &Eligibility, classes: &[Class]) {
        for (at, column) in self.program.columns.iter().enumerate() {
            match *column {
                Column::Board(class, d) => {
                    self.seats[at] = eligibility.take(classes[class].representative(), d).seats;
                    self.boards[d.index()].push(at);
                    self.free[d.index()] -= self.seats[at] * self.point[at];
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

    /// What one unit more on a column adds to the leading levels, maximised.
    fn worth(&self, column: usize, levels: usize) -> Vec<i64> {
        let signed = |level: &crate::model::Value| match level.sense {
            Sense::Maximize => level.coefficients[column],
            Sense::Minimize => -level.coefficients[column],
        };
        self.program.objectives[..levels].iter().map(signed).collect()
    }

    fn class(&self, column: usize) -> usize {
        match self.program.columns[column] {
            Column::Board(class, _) => class,
            Column::Used(_) | Column::Held(..) => 0,
        }
    }

    /// Units of the column's class that wait.
    fn waiting(&self, column: usize) -> i64 {
        let range = self.program.of_class[self.class(column)].clone();
        self.program.upper[column] - range.map(|c| self.point[c]).sum::<i64>()
    }

    /// The best change of departure `d` for each number of seats that come free.
    fn change(&self, d: usize, levels: usize) -> Vec<Option<Change>> {
        let mut best: Vec<Option<Change>> = vec![None; 2 * REACH + 1];
        best[REACH] = Some(Change::nothing(levels));
        for (column, units, freed, gain) in self.moves(d, levels) {
            let mut next = best.clone();
            for (at, change) in best.iter().enumerate() {
                let Some(change) = change else { continue };
                let to = i64::try_from(at).ok().map(|at| at + freed);
                let Some(to) = to.and_then(|to| usize::try_from(to).ok()).filter(|to| *to <= 2 * REACH)
                else {
                    continue;
                };
                let mut moves = change.moves.clone();
                moves.push((column, units));
                let gain = change.gain.iter().zip(&gain).map(|(a, b)| a + b).collect();
                let candidate = Change { gain, moves };
                let worse =
                    next[to].as_ref().is_some_and(|known| known.order(&candidate) != Ordering::Greater);
                if !worse {
                    next[to] = Some(candidate);
                }
            }
            best = next;
        }
        best
    }

    /// Single moves: `(column, units, seats that come free, gain)`, few of each kind. Columns that an
    /// equation ties stay as they are.
    fn moves(&self, d: usize, levels: usize) -> Vec<(usize, i64, i64, Vec<i64>)> {
        let tied = |column: usize| self.entries[column].iter().any(|&(row, _)| self.program.rows[row].equal);
        let mut kinds: BTreeMap<(i64, Vec<i64>), Vec<Move>> = BTreeMap::new();
        let others = |column: usize| -> i64 { self.entries[column].iter().map(|&(_, a)| a.abs()).sum() };
        for &column in self.boards[d].iter().filter(|&&column| !tied(column)) {
            let worth = self.worth(column, levels);
            let less: Vec<i64> = worth.iter().map(|w| -w).collect();
            let seats = self.seats[column];
            let out = (seats, less, -1, self.point[column], -others(column));
            let into = (-seats, worth, 1, self.waiting(column), others(column));
            for (freed, gain, sign, times, burden) in [out, into] {
                let kind = kinds.entry((freed, gain)).or_default();
                for _ in 0..times.min(TIMES) {
                    kind.push((burden, column, sign));
                }
            }
        }
        let mut moves = Vec::new();
        for ((freed, gain), mut columns) in kinds {
            columns.sort_unstable();
            let most = usize::try_from(TIMES).unwrap_or(1);
            moves.extend(columns.into_iter().take(most).map(|(_, c, sign)| (c, sign, freed, gain.clone())));
        }
        moves
    }

    /// A plan that seats one more unit of `class` (on `only`, if a column is named) and obeys every row: of
    /// those near the plan at hand one of the best by the leading `levels`.
    #[must_use]
    pub fn aboard(&self, class: usize, only: Option<usize>, levels: usize) -> Option<Witness> {
        let mut candidates: Vec<Change> = Vec::new();
        let range = self.program.of_class[class].clone();
        for column in range.clone().filter(|&column| only.is_none_or(|only| only == column)) {
            let Column::Board(_, d) = self.program.columns[column] else { continue };
            if self.point[column] > 0 {
                return Some(Witness { gain: vec![0; levels], point: self.point.clone() });
            }
            let wanted = self.seats[column] - self.free[d.index()];
            let mut worth = self.worth(column, levels);
            // Where all of the class travel already, one of them changes places.
            let from = range.clone().find(|&c| self.waiting(column) == 0 && self.point[c] > 0);
            for (worth, less) in worth.iter_mut().zip(from.map_or_else(Vec::new, |c| self.worth(c, levels))) {
                *worth -= less;
            }
            for (at, change) in self.changes[levels][d.index()].iter().enumerate() {
                let freed = i64::try_from(at).unwrap_or(0) - i64::try_from(REACH).unwrap_or(0);
                let Some(change) = change.as_ref().filter(|_| freed >= wanted) else { continue };
                let gain = change.gain.iter().zip(&worth).map(|(a, b)| a + b).collect();
                let mut moves = change.moves.clone();
                moves.push((column, 1));
                moves.extend(from.map(|from| (from, -1)));
                candidates.push(Change { gain, moves });
            }
        }
        candidates.sort_by(Change::order);
        candidates.iter().take(TRIES).find_map(|change| self.changed(change, levels))
    }

    /// The point after a change, if it obeys every row.
    fn changed(&self, change: &Change, levels: usize) -> Option<Witness> {
        let mut delta: BTreeMap<usize, i64> = BTreeMap::new();
        let mut departures = Vec::new();
        for &(column, units) in &change.moves {
            *delta.entry(column).or_default() += units;
            if let Column::Board(_, d) = self.program.columns[column] {
                departures.push(d);
            }
        }
        departures.sort_unstable();
        departures.dedup();
        for d in departures {
            self.follow(d, &mut delta);
        }
        let within = |(&column, &units): (&usize, &i64)| {
            (0..=self.program.upper[column]).contains(&(self.point[column] + units))
        };
        let mut rows: BTreeMap<usize, i64> = BTreeMap::new();
        for (&column, &units) in &delta {
            for &(row, a) in &self.entries[column] {
                *rows.entry(row).or_default() += a * units;
            }
        }
        let holds = |(&row, &more): (&usize, &i64)| {
            let Row { at_most, equal, .. } = self.program.rows[row];
            let activity = self.activity[row] + more;
            if equal { activity == at_most } else { activity <= at_most }
        };
        if !delta.iter().all(within) || !rows.iter().all(holds) {
            return None;
        }
        let mut gain = vec![0; levels];
        let mut point = self.point.clone();
        for (column, units) in delta {
            for (gain, worth) in gain.iter_mut().zip(self.worth(column, levels)) {
                *gain += worth * units;
            }
            point[column] += units;
        }
        Some(Witness { gain, point })
    }

    /// Sets the columns that follow from who is aboard `d`.
    fn follow(&self, d: DepartureIdx, delta: &mut BTreeMap<usize, i64>) {
        let aboard = |column: usize| self.point[column] + delta.get(&column).copied().unwrap_or(0);
        let follows = &self.follows[d.index()];
        let used = i64::from(self.boards[d.index()].iter().any(|&column| aboard(column) > 0));
        let mut set = Vec::new();
        if let Some(column) = follows.used {
            set.push((column, used));
        }
        for (column, allotted, ours) in &follows.held {
            let taken: i64 = ours.iter().map(|&column| self.seats[column] * aboard(column)).sum();
            let minds = follows.used.is_some() && used == 0;
            set.push((*column, if minds { 0 } else { (allotted - taken).max(0) }));
        }
        for (column, value) in set {
            delta.insert(column, value - self.point[column]);
        }
    }
}
