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
    /// By column: `(row, coefficient)`.
    entries: Vec<Vec<(usize, i64)>>,
    /// By column, for `Board` columns: seats.
    seats: Vec<i64>,
    /// By departure.
    boards: Vec<Vec<usize>>,
    /// By departure: the `Used` and `Held` columns.
    follows: Vec<Follows>,
    /// By how many of the leading levels count.
    bases: Vec<Base>,
}

/// The plan at hand without those who do not matter to the leading levels, as far as every row allows it.
#[derive(Clone, Debug)]
struct Base {
    levels: usize,
    point: Vec<i64>,
    /// By row.
    activity: Vec<i64>,
    /// By departure: usable seats less those in use.
    free: Vec<i64>,
    /// By departure: the best change for each number of seats that come free, `-REACH..=REACH`, by whether
    /// others may come from the waiting list.
    changes: Vec<[Vec<Option<Change>>; 2]>,
}

/// Whether others may come from the waiting list to fill what a change leaves free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// They stay.
    Wait,
    /// They may.
    Come,
}

#[derive(Clone, Debug, Default)]
struct Follows {
    used: Option<usize>,
    /// Column, seats allotted, the columns of the sponsor's units.
    held: Vec<(usize, i64, Vec<usize>)>,
}

/// Columns, and how many units more or less.
type Deltas = Vec<(usize, i64)>;

/// Moves on one departure.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    /// What the levels gain, maximised.
    gain: Vec<i64>,
    moves: Deltas,
}

/// One of the moves that changes are made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Move {
    /// How much it burdens the rows.
    burden: i64,
    deltas: Deltas,
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

impl<'p> Swaps<'p> {
    /// Prepares the plan `point`, which must obey the program's rows, for its first `levels`.
    #[must_use]
    pub fn new(
        eligibility: &Eligibility,
        classes: &[Class],
        program: &'p Program,
        point: &[i64],
        levels: usize,
    ) -> Self {
        let departures = &eligibility.scenario().departures;
        let mut swaps = Self {
            program,
            entries: vec![Vec::new(); program.columns.len()],
            seats: vec![0; program.columns.len()],
            boards: vec![Vec::new(); departures.len()],
            follows: vec![Follows::default(); departures.len()],
            bases: Vec::new(),
        };
        let mut activity = vec![0; program.rows.len()];
        for (r, row) in program.rows.iter().enumerate() {
            for &(column, a) in &row.terms {
                swaps.entries[column].push((r, a));
                activity[r] += a * point[column];
            }
        }
        swaps.columns(eligibility, classes);
        let mut free: Vec<i64> = departures.iter().map(Departure::usable_seats).collect();
        for (free, boards) in free.iter_mut().zip(&swaps.boards) {
            *free -= boards.iter().map(|&column| swaps.seats[column] * point[column]).sum::<i64>();
        }
        let whole = Base { levels, point: point.to_vec(), activity, free, changes: Vec::new() };
        swaps.bases = (0..=levels).into_par_iter().map(|levels| swaps.base(&whole, levels)).collect();
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

    /// The plan at hand as far as it matters to the first `levels`, with its best changes.
    fn base(&self, whole: &Base, levels: usize) -> Base {
        let mut base = Base { levels, ..whole.clone() };
        for column in 0..self.program.columns.len() {
            let Column::Board(_, d) = self.program.columns[column] else { continue };
            let matters = self.worth(column, levels).iter().any(|worth| *worth != 0);
            while !matters && base.point[column] > 0 {
                let Some(delta) = self.checked(&base, &[(column, -1)]) else { break };
                for (column, units) in delta {
                    base.point[column] += units;
                    for &(row, a) in &self.entries[column] {
                        base.activity[row] += a * units;
                    }
                }
                base.free[d.index()] += self.seats[column];
            }
        }
        let both = |d| [Others::Wait, Others::Come].map(|others| self.change(&base, d, others));
        base.changes = (0..self.boards.len()).map(both).collect();
        base
    }

    /// What one unit more on a column adds to the leading levels, maximised.
    fn worth(&self, column: usize, levels: usize) -> Vec<i64> {
        let signed = |level: &crate::model::Value| match level.sense {
            Sense::Maximize => level.coefficients[column],
            Sense::Minimize => -level.coefficients[column],
        };
        self.program.objectives[..levels].iter().map(signed).collect()
    }

    fn of_class(&self, column: usize) -> std::ops::Range<usize> {
        match self.program.columns[column] {
            Column::Board(class, _) => self.program.of_class[class].clone(),
            Column::Used(_) | Column::Held(..) => column..column,
        }
    }

    /// Units of the column's class that wait.
    fn waiting(&self, base: &Base, column: usize) -> i64 {
        self.program.upper[column] - self.of_class(column).map(|c| base.point[c]).sum::<i64>()
    }

    /// The best change of departure `d` for each number of seats that come free.
    fn change(&self, base: &Base, d: usize, others: Others) -> Vec<Option<Change>> {
        let mut best: Vec<Option<Change>> = vec![None; 2 * REACH + 1];
        best[REACH] = Some(Change::nothing(base.levels));
        for (freed, gain, deltas) in self.moves(base, d, others) {
            let mut next = best.clone();
            for (at, change) in best.iter().enumerate() {
                let Some(change) = change else { continue };
                let to = i64::try_from(at).ok().map(|at| at + freed);
                let Some(to) = to.and_then(|to| usize::try_from(to).ok()).filter(|to| *to <= 2 * REACH)
                else {
                    continue;
                };
                let mut moves = change.moves.clone();
                moves.extend(&deltas);
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

    /// Single moves: the seats that come free, what the levels gain, what moves; few of each kind. Columns
    /// that an equation ties stay as they are.
    fn moves(&self, base: &Base, d: usize, others: Others) -> Vec<(i64, Vec<i64>, Deltas)> {
        let tied = |column: usize| self.entries[column].iter().any(|&(row, _)| self.program.rows[row].equal);
        let mut kinds: BTreeMap<(i64, Vec<i64>), Vec<Move>> = BTreeMap::new();
        let burden = |column: usize| -> i64 { self.entries[column].iter().map(|&(_, a)| a.abs()).sum() };
        let mut add = |freed: i64, gain: Vec<i64>, of: Move, times: i64| {
            let kind = kinds.entry((freed, gain)).or_default();
            for _ in 0..times.min(TIMES) {
                kind.push(of.clone());
            }
        };
        for &column in self.boards[d].iter().filter(|&&column| !tied(column)) {
            let (seats, worth) = (self.seats[column], self.worth(column, base.levels));
            let less: Vec<i64> = worth.iter().map(|worth| -worth).collect();
            let aboard = base.point[column];
            add(seats, less, Move { burden: -burden(column), deltas: vec![(column, -1)] }, aboard);
            if others == Others::Come {
                let into = Move { burden: burden(column), deltas: vec![(column, 1)] };
                add(-seats, worth.clone(), into, self.waiting(base, column));
            }
            if let Some(other) = self.elsewhere(base, column).filter(|_| aboard > 0) {
                let gain = self
                    .worth(other, base.levels)
                    .iter()
                    .zip(&worth)
                    .map(|(there, here)| there - here)
                    .collect();
                let deltas = vec![(column, -1), (other, 1)];
                add(seats, gain, Move { burden: burden(other) - burden(column), deltas }, aboard);
            }
        }
        let mut moves = Vec::new();
        for ((freed, gain), mut of) in kinds {
            of.sort_unstable();
            let most = usize::try_from(TIMES).unwrap_or(1);
            moves.extend(of.into_iter().take(most).map(|of| (freed, gain.clone(), of.deltas)));
        }
        moves
    }

    /// The other departure of the class with the most free seats, if they suffice.
    fn elsewhere(&self, base: &Base, column: usize) -> Option<usize> {
        let free = |other: &usize| match self.program.columns[*other] {
            Column::Board(_, d) => base.free[d.index()],
            Column::Used(_) | Column::Held(..) => 0,
        };
        let others = self.of_class(column).filter(|&other| other != column);
        others.max_by_key(free).filter(|other| free(other) >= self.seats[*other])
    }

    /// A plan that seats one more unit of `class` (on `only`, if a column is named) and obeys every row: of
    /// those near the plan at hand one of the best by the leading `levels`, of which no plan can gain more than
    /// `most`.
    #[must_use]
    pub fn aboard(
        &self,
        class: usize,
        only: Option<usize>,
        levels: usize,
        most: Option<&[i64]>,
    ) -> Option<Vec<i64>> {
        let base = &self.bases[levels];
        let mut candidates: Vec<Change> = Vec::new();
        let range = self.program.of_class[class].clone();
        for column in range.clone().filter(|&column| only.is_none_or(|only| only == column)) {
            let Column::Board(_, d) = self.program.columns[column] else { continue };
            if base.point[column] > 0 {
                return Some(base.point.clone());
            }
            let wanted = self.seats[column] - base.free[d.index()];
            let mut worth = self.worth(column, levels);
            // Where all of the class travel already, one of them changes places.
            let from = range.clone().find(|&c| self.waiting(base, column) == 0 && base.point[c] > 0);
            for (worth, less) in worth.iter_mut().zip(from.map_or_else(Vec::new, |c| self.worth(c, levels))) {
                *worth -= less;
            }
            for (at, change) in base.changes[d.index()].iter().flat_map(|changes| changes.iter().enumerate())
            {
                let freed = i64::try_from(at).unwrap_or(0) - i64::try_from(REACH).unwrap_or(0);
                let Some(change) = change.as_ref().filter(|_| freed >= wanted) else { continue };
                let gain: Vec<i64> = change.gain.iter().zip(&worth).map(|(a, b)| a + b).collect();
                if most.is_some_and(|most| gain.as_slice() > most) {
                    continue;
                }
                let mut moves = change.moves.clone();
                moves.push((column, 1));
                moves.extend(from.map(|from| (from, -1)));
                candidates.push(Change { gain, moves });
            }
        }
        candidates.sort_by(Change::order);
        candidates.dedup();
        candidates.iter().take(TRIES).find_map(|change| {
            let mut point = base.point.clone();
            for (column, units) in self.checked(base, &change.moves)? {
                point[column] += units;
            }
            Some(point)
        })
    }

    /// The moves with all that follows from them, if the plan then obeys every row.
    fn checked(&self, base: &Base, moves: &[(usize, i64)]) -> Option<BTreeMap<usize, i64>> {
        let mut delta: BTreeMap<usize, i64> = BTreeMap::new();
        let mut departures = Vec::new();
        for &(column, units) in moves {
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
        (delta.iter().all(within) && rows.iter().all(holds)).then_some(delta)
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
