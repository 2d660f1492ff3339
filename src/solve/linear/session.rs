//! One relaxation, solved again and again: with columns, and sums of columns, held between bounds.
//!
//! What a tree of cases and a dive ask for. The program is lowered once; each search goes on from the basis
//! of another, its weights included, so that most take a few turns of the dual simplex method.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::own::{self, Lowered};
use super::simplex::{Basis, Budget, End, Simplex};
use super::{POINT_UNIT, PRICE_UNIT, Task, fixed};

/// A search ends after so much work, counted.
const WORK: u64 = 2_000_000_000;
/// Of it between questions whether to stop: a second or so.
const PART: u64 = 50_000_000;
/// Turns of a probe, about.
const TURNS: u64 = 120;
/// A value this far from a whole number is none.
const BROKEN: f64 = 1e-5;
/// So many columns held at 0 are left out of sight.
const MANY: usize = 200;
/// Of the perturbations.
const SEED: u64 = 1;

/// A relaxation, its columns and rows those of a task.
pub struct Session {
    lowered: Lowered,
    columns: usize,
    /// Rows of the task; those of sums come after.
    rows: usize,
    /// By sum: what it is at most.
    most: Vec<f64>,
    /// Work done so far, counted.
    spent: AtomicU64,
}

impl Clone for Session {
    fn clone(&self) -> Self {
        let Self { lowered, columns, rows, most, .. } = self;
        let spent = AtomicU64::new(self.spent());
        Self { lowered: lowered.clone(), columns: *columns, rows: *rows, most: most.clone(), spent }
    }
}

/// Whether a search should end at once.
pub type Stop<'s> = dyn Fn() -> bool + Sync + 's;

/// Runs a search on what is left of its work, a part at a time, until it ends or is told to.
fn in_parts(left: &mut u64, stop: &Stop, mut run: impl FnMut(&mut Budget) -> End) -> End {
    loop {
        let part = PART.min(*left);
        let mut budget = Budget { left: part };
        let end = run(&mut budget);
        *left -= part - budget.left;
        if end != End::Spent || !budget.is_spent() || *left == 0 || stop() {
            return end;
        }
    }
}

/// Where a search ended, to go on from.
#[derive(Clone)]
pub struct State(Basis);

impl State {
    /// The places of columns and rows, as [`Search::Resumed`](super::Search::Resumed) takes them.
    #[must_use]
    pub fn places(&self) -> Vec<u8> {
        self.0.places()
    }
}

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Held {
    /// A column of the task.
    Column(usize),
    /// A sum, as [`Session::sums`] numbered it.
    Sum(usize),
}

/// Something held between two numbers, the first no greater than the second.
pub type Hold = (Held, i64, i64);

/// A relaxation solved.
pub struct Solved {
    /// In 1 / [`POINT_UNIT`].
    pub value: i64,
    /// By column, in 1 / [`POINT_UNIT`].
    pub point: Vec<i64>,
    /// By row of the task and then by sum, in 1 / [`PRICE_UNIT`]: negative for a sum that is held from below.
    pub prices: Vec<i64>,
    /// Where it ended.
    pub state: State,
}

/// How a search of a session ends.
pub enum Ended {
    /// At the optimum.
    Solved(Solved),
    /// There is no point: prices like those of [`Solved`] that refute it, the largest of them 1; empty where
    /// the numbers do not say.
    Infeasible(Vec<i64>),
    /// Before it knew.
    Spent,
}

/// A row of a relaxation's tableau, less whole numbers, in 1 / [`PRICE_UNIT`].
pub struct TableauRow {
    /// The basic variable's value: how far the row is from one of whole numbers.
    pub value: i64,
    /// What it takes of each row of the task and then of each sum.
    pub taken: Vec<i64>,
}

/// What a probe came to: a value in 1 / [`POINT_UNIT`], or `None` without a point; and where it ended.
pub struct Probe {
    /// What no point passes, as far as the probe went.
    pub value: Option<i64>,
    /// Where it ended.
    pub state: State,
}

impl Session {
    /// A session on a task's relaxation, its `search` aside.
    #[must_use]
    pub fn new(task: &Task) -> Self {
        let task = Task { search: super::Search::Relaxation, ..task.clone() };
        Self {
            lowered: own::lower(&task),
            columns: task.upper.len(),
            rows: task.rows.len(),
            most: Vec::new(),
            spent: AtomicU64::new(0),
        }
    }

    /// The work of all searches so far, counted: the same whatever the threads.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Where the places of an answer to the task are, or where a search from scratch begins.
    #[must_use]
    pub fn start(&self, places: &[u8]) -> State {
        let lp = &self.lowered.lp;
        let mut simplex =
            if places.is_empty() { Simplex::new(lp, SEED) } else { Simplex::resume(lp, SEED, places) };
        if !places.is_empty() && simplex.has_feasible_values() {
            simplex.primal(&mut Budget { left: WORK });
        }
        State(simplex.basis())
    }

    /// Adds sums of columns, each with its factor, that can be held from now on; the number of the first.
    pub fn sums(&mut self, sums: &[Vec<(usize, i64)>]) -> usize {
        let first = self.most.len();
        let lp = &mut self.lowered.lp;
        for terms in sums {
            let (mut least, mut most) = (0.0, 0.0);
            let mut terms = terms.clone();
            terms.sort_unstable();
            for (column, a) in terms {
                let a = a as f64;
                least += a.min(0.0) * lp.upper[column];
                most += a.max(0.0) * lp.upper[column];
                lp.rows.push(column, a);
            }
            lp.rows.push(lp.cost.len(), 1.0);
            lp.rows.close();
            lp.cost.push(0.0);
            lp.upper.push(most - least);
            lp.rhs.push(most);
            self.most.push(most);
        }
        lp.columns = lp.rows.transposed(lp.cost.len());
        first
    }

    /// Solves the relaxation with these held, unless it is told to stop first.
    #[must_use]
    pub fn solve(&self, from: &State, held: &[Hold], stop: &Stop) -> Ended {
        let mut left = WORK;
        let mut simplex = self.simplex(from, held);
        let mut end = in_parts(&mut left, stop, |budget| simplex.dual(budget));
        if end == End::Optimal {
            end = in_parts(&mut left, stop, |budget| simplex.primal(budget));
        }
        self.spent.fetch_add(WORK - left, Ordering::Relaxed);
        match end {
            End::Optimal => Ended::Solved(Solved {
                value: self.value(&simplex),
                point: (0..self.columns).map(|column| fixed(simplex.value(column), POINT_UNIT)).collect(),
                prices: self.unscaled(&simplex.prices(), self.lowered.cost_scale),
                state: State(simplex.basis()),
            }),
            End::Infeasible => {
                let ray = simplex.ray();
                let largest = self.scaled(&ray).map(f64::abs).fold(0.0, f64::max);
                Ended::Infeasible(self.unscaled(&ray, largest))
            }
            End::Spent => Ended::Spent,
        }
    }

    /// Solves it with these held and one sum more, at most so much and more than that, for each of `sums` side
    /// by side: as far as little work goes.
    #[must_use]
    pub fn probes(&self, from: &State, held: &[Hold], sums: &[(usize, i64)]) -> Vec<[Probe; 2]> {
        let mut simplex = self.evaluated(from, held);
        let before = self.value(&simplex);
        simplex.prepare();
        let most_of = |sum: usize| fixed(self.most[sum], 1);
        let probe = |sum: usize, least: i64, most: i64| {
            let mut simplex = simplex.clone();
            self.hold(&mut simplex, (Held::Sum(sum), least, most));
            let each = 4 * self.lowered.lp.rhs.len() + self.columns;
            let work = TURNS * u64::try_from(each).unwrap_or(u64::MAX);
            let mut budget = Budget { left: work };
            let value = match simplex.dual(&mut budget) {
                End::Optimal => Some(self.value(&simplex)),
                End::Infeasible => None,
                End::Spent => Some(before),
            };
            self.spent.fetch_add(work - budget.left, Ordering::Relaxed);
            Probe { value, state: State(simplex.basis()) }
        };
        sums.par_iter()
            .map(|&(sum, at_most)| {
                let bounds = held.iter().filter(|(of, ..)| *of == Held::Sum(sum));
                let (least, most) = bounds
                    .fold((0, most_of(sum)), |(least, most), &(_, from, to)| (least.max(from), most.min(to)));
                let low = || probe(sum, least, at_most.min(most));
                let high = || probe(sum, (at_most + 1).max(least), most);
                rayon::join(low, high).into()
            })
            .collect()
    }

    /// The rows of the tableau whose basic variables are farthest from whole numbers, `most` of them. A combination of
    /// rows that holds for whole numbers alone may come of each (Gomory, *Outline of an algorithm for integer
    /// solutions to linear programs*, 1958).
    #[must_use]
    pub fn tableau(&self, from: &State, held: &[Hold], most: usize) -> Vec<TableauRow> {
        let simplex = self.evaluated(from, held);
        let scale_of = |variable: usize| {
            let row = variable.checked_sub(self.columns);
            row.and_then(|row| self.lowered.row_scale.get(row)).copied().unwrap_or(1.0)
        };
        let broken = |(row, &variable): (usize, &usize)| {
            let value = simplex.value(variable) / scale_of(variable);
            let broken = (value - value.round()).abs();
            (broken > BROKEN).then_some((broken, row, value, scale_of(variable)))
        };
        let mut rows: Vec<(f64, usize, f64, f64)> =
            simplex.basics().iter().enumerate().filter_map(broken).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        rows.truncate(most);
        let part = |value: f64| fixed(value - value.floor(), PRICE_UNIT) % PRICE_UNIT;
        let of = |&(_, row, value, scale): &(f64, usize, f64, f64)| {
            let scales = self.lowered.row_scale.iter().copied().chain(std::iter::repeat(1.0));
            let taken =
                simplex.inverse_row(row).into_iter().zip(scales).map(|(taken, of)| part(taken * of / scale));
            TableauRow { value: part(value), taken: taken.collect() }
        };
        rows.par_iter().map(of).collect()
    }

    fn simplex(&self, from: &State, held: &[Hold]) -> Simplex<'_> {
        let mut simplex = Simplex::at(&self.lowered.lp, &from.0);
        for &hold in held {
            self.hold(&mut simplex, hold);
        }
        let is_out = |(of, _, most): &&Hold| matches!(of, Held::Column(_)) && *most == 0;
        if held.iter().filter(is_out).count() >= MANY {
            simplex.leave_out_fixed();
        }
        simplex
    }

    /// The same with the values that its places leave.
    fn evaluated(&self, from: &State, held: &[Hold]) -> Simplex<'_> {
        let mut simplex = self.simplex(from, held);
        simplex.has_feasible_values();
        simplex
    }

    fn hold(&self, simplex: &mut Simplex, (held, least, most): Hold) {
        let (least, most) = (least as f64, most as f64);
        match held {
            Held::Column(column) => simplex.set_bounds(column, least, most),
            Held::Sum(sum) => {
                // The slack is what the sum lacks to its most.
                let slack = self.columns + self.rows + sum;
                simplex.set_bounds(slack, self.most[sum] - most, self.most[sum] - least);
            }
        }
    }

    fn value(&self, simplex: &Simplex) -> i64 {
        let cost = self.lowered.lp.cost[..self.columns].iter().enumerate();
        let cost: f64 = cost.map(|(column, cost)| cost * simplex.value(column)).sum();
        fixed(-cost / self.lowered.cost_scale, POINT_UNIT)
    }

    /// Prices of the rows as the task has them, maximised.
    fn scaled<'p>(&'p self, prices: &'p [f64]) -> impl Iterator<Item = f64> + 'p {
        let scale = self.lowered.row_scale.iter().copied().chain(std::iter::repeat(1.0));
        prices.iter().zip(scale).map(|(price, scale)| -price * scale)
    }

    fn unscaled(&self, prices: &[f64], unit: f64) -> Vec<i64> {
        self.scaled(prices).map(|price| fixed(price / unit, PRICE_UNIT)).collect()
    }
}
