//! The bounded dual simplex method, and as much of the primal one as it takes to end well.
//!
//! `minimise c x` over `A x + s = b`, each column and slack between its bounds. What the method is made
//! of: a basis to start from where all reduced costs have the right sign already, of the best columns of the
//! rows `sum x <= n`, or, of many columns, of the slacks, for a column at its upper bound has it too; the row
//! that is farthest out, measured by steepest edge, leaves (Forrest and Goldfarb, *Steepest-edge simplex
//! algorithms for linear programming*, 1992); the ratio test flips columns from bound to bound as long as
//! that pays, and takes a large pivot among those that are nearly first (Koberstein, *The dual simplex
//! method, techniques for a fast and stable implementation*, 2005); costs are perturbed, and restored at the
//! end, where the primal method mends what that has left.
//!
//! Every choice has a rule for ties, so the same program takes the same path.

use super::factor::{Factor, factor};
use super::place;
use super::sift;
use super::sparse::Sparse;

/// By how much a value may pass its bound.
const PRIMAL: f64 = 1e-9;
/// By how much a reduced cost may have the wrong sign.
const DUAL: f64 = 1e-9;
/// By how much reduced costs may change sign for a better pivot.
const HARRIS: f64 = 1e-8;
/// Smaller entries are no pivots.
const PIVOT: f64 = 1e-9;
/// The relative size of perturbations.
const PERTURBATION: f64 = 5e-7;
/// Of perturbations that come later.
const SEED: u64 = 3;
/// Turns without a step after which costs are perturbed that were not at the start.
const STALLED: usize = 500;
/// Columns beyond which the slacks are the better start: what flips to its upper bound there flips back many at a time.
pub(super) const FLIPPED: usize = 5_000;

/// A linear program: columns, then one slack for each row.
#[derive(Clone, Debug)]
pub(super) struct Lp {
    /// With the slacks'.
    pub(super) columns: Sparse,
    /// With the slacks' entries.
    pub(super) rows: Sparse,
    /// By column, minimised; the slacks' are 0.
    pub(super) cost: Vec<f64>,
    /// By column; the lower bounds are 0.
    pub(super) upper: Vec<f64>,
    /// By row.
    pub(super) rhs: Vec<f64>,
}

/// How much may be done.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    /// Of work, counted.
    pub(super) left: u64,
}

impl Budget {
    fn spend(&mut self, work: usize) {
        self.left = self.left.saturating_sub(u64::try_from(work).unwrap_or(u64::MAX));
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The basis is optimal.
    Optimal,
    /// No point exists: a combination of rows says so.
    Infeasible,
    /// The budget is spent.
    Spent,
}

/// Where a variable stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Basic,
    Lower,
    Upper,
    /// At its lower bound, 0, and not looked at until the others are settled.
    Asleep,
}

/// A basis, to come back to.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    head: Vec<usize>,
    place: Vec<Place>,
    weight: Vec<f64>,
}

impl Basis {
    /// By variable a [`place`].
    pub(super) fn places(&self) -> Vec<u8> {
        codes(&self.place)
    }
}

fn codes(places: &[Place]) -> Vec<u8> {
    let code = |place: &Place| match place {
        Place::Lower => place::LOWER,
        Place::Upper => place::UPPER,
        Place::Basic => place::BASIC,
        Place::Asleep => place::ASLEEP,
    };
    places.iter().map(code).collect()
}

/// What one turn of the dual method came to.
enum Turn {
    /// The basis has changed, or a weight.
    Moved,
    /// All values are within their bounds.
    Done,
    /// A combination of rows excludes every point.
    Infeasible,
    /// The numbers do not fit together.
    Doubt,
}

/// A column that may enter.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    variable: usize,
    /// Its entry in the row, in the direction that counts: positive.
    alpha: f64,
    /// When its reduced cost is 0.
    ratio: f64,
    /// From bound to bound.
    range: f64,
}

impl Candidate {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.ratio.total_cmp(&other.ratio).then(self.variable.cmp(&other.variable))
    }

    /// When its reduced cost is wrong by as much as it may be.
    fn due(&self) -> f64 {
        self.ratio + HARRIS / self.alpha
    }

    /// How far the row moves when it flips.
    fn change(&self) -> f64 {
        self.range * self.alpha
    }
}

/// A row of the inverse and what it makes of the columns.
#[derive(Clone)]
struct Slice {
    rho: Vec<f64>,
    /// By variable.
    alpha: Vec<f64>,
    /// Where `alpha` may be other than 0.
    touched: Vec<usize>,
    /// While rows of few entries are added up: who is among them.
    is_touched: Vec<bool>,
    /// Other entries of `alpha` may be other than 0, too.
    is_crowded: bool,
}

/// What prices the primal method (Forrest and Goldfarb), and who may come in: only those whose reduced cost has just
/// changed are looked at anew.
struct Devex {
    /// By variable.
    weight: Vec<f64>,
    /// Who may come in, in no order, and some who may not.
    listed: Vec<usize>,
    /// By variable.
    is_listed: Vec<bool>,
}

/// The method's state.
#[derive(Clone)]
pub(super) struct Simplex<'l> {
    lp: &'l Lp,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// Perturbed and shifted.
    cost: Vec<f64>,
    /// By row: the basic variable.
    head: Vec<usize>,
    place: Vec<Place>,
    /// The variables that are not asleep, in order.
    awake: Vec<usize>,
    value: Vec<f64>,
    reduced: Vec<f64>,
    /// By variable, of the basic ones: the squared norm of its row of the inverse.
    weight: Vec<f64>,
    /// By variable: it shall not leave, for there was no pivot.
    banned: Vec<bool>,
    factor: Factor,
    slice: Slice,
    /// Who may enter in a turn, kept for its room.
    candidates: Vec<Candidate>,
    /// Values have been updated since they were computed.
    stale: bool,
    /// Reduced costs, places and values are as [`Simplex::recompute`] leaves them.
    is_prepared: bool,
    /// Turns of the dual method that changed no reduced cost.
    stalled: usize,
    /// The row that refutes the program with the slice, and how far out it stays whatever flips.
    refuted: Option<f64>,
}

impl<'l> Simplex<'l> {
    /// Starts from the columns that are best for each of the disjoint rows `sum x <= n`, or, of many columns that are not
    /// sifted, from the slacks.
    pub(super) fn new(lp: &'l Lp, seed: u64) -> Self {
        let mut simplex = Self::slack(lp, perturbed(lp, seed));
        let packing = simplex.packing();
        match sift::start(lp, &packing) {
            None if packing.len() > FLIPPED => {}
            None => simplex.crash(&packing),
            Some(start) => simplex.crash_among(&start),
        }
        simplex.leave_out_fixed();
        simplex.refactor();
        simplex
    }

    /// Starts from places, as [`Basis::places`] writes them for a program whose last rows were not there.
    pub(super) fn resume(lp: &'l Lp, seed: u64, places: &[u8]) -> Self {
        let mut simplex = Self::slack(lp, perturbed(lp, seed));
        let all = simplex.place.len();
        let stands = |variable: usize| match places.get(variable) {
            Some(&place::UPPER) if lp.upper[variable].is_finite() => Place::Upper,
            Some(&place::ASLEEP) => Place::Asleep,
            Some(&(place::LOWER | place::UPPER)) => Place::Lower,
            Some(_) | None => Place::Basic,
        };
        simplex.place = (0..all).map(stands).collect();
        simplex.head = (0..all).filter(|&variable| simplex.place[variable] == Place::Basic).collect();
        simplex.count_awake();
        simplex.refactor();
        simplex
    }

    /// Starts from a basis of the same program, or of one whose last rows were not there.
    pub(super) fn at(lp: &'l Lp, basis: &Basis) -> Self {
        let mut simplex = Self::slack(lp, lp.cost.clone());
        let known = basis.place.len();
        simplex.place[..known].clone_from_slice(&basis.place);
        simplex.place[known..].fill(Place::Basic);
        simplex.weight[..known].clone_from_slice(&basis.weight);
        simplex.head = basis.head.iter().copied().chain(known..lp.upper.len()).collect();
        simplex.count_awake();
        simplex.refactor();
        simplex
    }

    /// As [`Basis::places`] of the basis at hand.
    pub(super) fn places(&self) -> Vec<u8> {
        codes(&self.place)
    }

    /// The basis of slacks, not yet factored.
    fn slack(lp: &'l Lp, cost: Vec<f64>) -> Self {
        let (rows, all) = (lp.rhs.len(), lp.upper.len());
        let first_slack = all - rows;
        let slacks: Vec<usize> = (first_slack..all).collect();
        Self {
            lp,
            lower: vec![0.0; all],
            upper: lp.upper.clone(),
            cost,
            factor: Factor::none(),
            head: slacks,
            place: vec![Place::Lower; all],
            awake: (0..all).collect(),
            value: vec![0.0; all],
            reduced: vec![0.0; all],
            weight: vec![1.0; all],
            banned: vec![false; all],
            slice: Slice::new(rows, all),
            candidates: Vec::new(),
            stale: true,
            is_prepared: false,
            stalled: 0,
            refuted: None,
        }
    }

    fn first_slack(&self) -> usize {
        self.lp.upper.len() - self.lp.rhs.len()
    }

    fn count_awake(&mut self) {
        let places = self.place.iter().enumerate();
        self.awake =
            places.filter(|(_, place)| **place != Place::Asleep).map(|(variable, _)| variable).collect();
    }

    /// By column the row, if any, that it is in of some disjoint rows `sum x <= n`.
    fn packing(&self) -> Vec<Option<usize>> {
        let first_slack = self.first_slack();
        let mut packing: Vec<Option<usize>> = vec![None; first_slack];
        for row in 0..self.head.len() {
            let own = |&&(column, _): &&(usize, f64)| column < first_slack;
            let terms = self.lp.rows.line(row);
            let packs = |&(column, a): &(usize, f64)| (a - 1.0).abs() < PIVOT && packing[column].is_none();
            if self.lp.rhs[row] >= 0.0 && terms.iter().filter(own).all(packs) {
                terms.iter().filter(own).for_each(|&(column, _)| packing[column] = Some(row));
            }
        }
        packing
    }

    fn crash(&mut self, packing: &[Option<usize>]) {
        let first_slack = self.first_slack();
        let mut best: Vec<Option<usize>> = vec![None; self.head.len()];
        for (column, row) in packing.iter().enumerate().filter(|(column, _)| self.upper[*column] > 0.0) {
            if let Some(best) = row.map(|row| &mut best[row])
                && best.is_none_or(|best| self.cost[column] < self.cost[best])
            {
                *best = Some(column);
            }
        }
        for (row, best) in best.iter_mut().enumerate() {
            let is_equal = self.upper[first_slack + row] == 0.0;
            *best = best.filter(|&column| is_equal || self.cost[column] < 0.0);
        }
        self.begin_with(&best);
        for (column, row) in packing.iter().enumerate() {
            if row.is_none() && self.cost[column] < 0.0 && self.place[column] != Place::Basic {
                self.place[column] = Place::Upper;
            }
        }
    }

    /// The basis of the columns that are best at rough prices; most others are asleep.
    fn crash_among(&mut self, start: &sift::Start) {
        self.begin_with(&start.best);
        self.put_to_sleep(|_, column| !start.is_awake[column]);
    }

    /// The basis of these columns, by row, and the slacks of the other rows.
    fn begin_with(&mut self, best: &[Option<usize>]) {
        for (head, column) in self.head.iter_mut().zip(best) {
            *head = column.unwrap_or(*head);
        }
        for &variable in &self.head {
            self.place[variable] = Place::Basic;
        }
        self.crash_weights();
    }

    /// Puts columns to sleep that can only be 0.
    pub(super) fn leave_out_fixed(&mut self) {
        self.put_to_sleep(|simplex, column| simplex.upper[column] == 0.0);
    }

    /// Puts columns to sleep that are not in the basis.
    fn put_to_sleep(&mut self, sleeps: impl Fn(&Self, usize) -> bool) {
        for column in 0..self.first_slack() {
            if self.place[column] != Place::Basic && sleeps(self, column) {
                self.place[column] = Place::Asleep;
            }
        }
        self.count_awake();
    }

    /// A slack's row of the inverse has the entries of the columns that were taken for other rows.
    fn crash_weights(&mut self) {
        let first_slack = self.first_slack();
        for (row, &variable) in self.head.iter().enumerate() {
            if variable >= first_slack {
                let basic = |&&(other, _): &&(usize, f64)| self.place[other] == Place::Basic;
                self.weight[variable] =
                    self.lp.rows.line(row).iter().filter(basic).map(|(_, a)| a * a).sum::<f64>().max(1.0);
            }
        }
    }

    /// A column's value.
    pub(super) fn value(&self, column: usize) -> f64 {
        self.value[column]
    }

    /// A column's bounds.
    pub(super) fn bounds(&self, column: usize) -> (f64, f64) {
        (self.lower[column], self.upper[column])
    }

    /// Sets a column's bounds.
    pub(super) fn set_bounds(&mut self, column: usize, lower: f64, upper: f64) {
        (self.lower[column], self.upper[column]) = (lower, upper);
        self.is_prepared &= self.place[column] == Place::Basic;
        if lower > 0.0 && self.place[column] == Place::Asleep {
            self.place[column] = Place::Lower;
            self.count_awake();
        }
    }

    /// The basis at hand.
    pub(super) fn basis(&self) -> Basis {
        Basis { head: self.head.clone(), place: self.place.clone(), weight: self.weight.clone() }
    }

    /// Goes back to a basis.
    pub(super) fn restore(&mut self, basis: &Basis) {
        self.head.clone_from(&basis.head);
        self.place.clone_from(&basis.place);
        self.weight.clone_from(&basis.weight);
        self.count_awake();
        self.refactor();
    }

    fn refactor(&mut self) {
        let factored = factor(&self.lp.columns, self.first_slack(), &self.head);
        self.factor = factored.factor;
        self.head = factored.head;
        for variable in factored.dropped {
            self.place[variable] = Place::Lower;
        }
        for &variable in &self.head {
            if self.place[variable] != Place::Basic {
                self.place[variable] = Place::Basic;
                self.weight[variable] = 1.0;
            }
        }
        self.stale = true;
    }

    /// Reduced costs from the costs, the places that they ask for, and the values that follow.
    fn recompute(&mut self) {
        self.price();
        for at in 0..self.awake.len() {
            self.settle(self.awake[at]);
        }
        self.evaluate();
    }

    /// What the dual method begins with, done once for all copies of which bounds of basic variables change.
    pub(super) fn prepare(&mut self) {
        self.recompute();
        self.is_prepared = true;
    }

    fn price(&mut self) {
        let prices = self.multipliers(&self.cost);
        for &variable in &self.awake {
            self.reduced[variable] = match self.place[variable] {
                Place::Basic | Place::Asleep => 0.0,
                Place::Lower | Place::Upper => self.reduced_at(variable, &prices),
            };
        }
    }

    fn reduced_at(&self, variable: usize, prices: &[f64]) -> f64 {
        self.cost[variable] - dot(self.lp.columns.line(variable), prices)
    }

    /// Who sleeps and could be more than 0.
    fn sleepers(&self) -> impl Iterator<Item = usize> {
        let may_wake = |v: &usize| self.place[*v] == Place::Asleep && self.upper[*v] > 0.0;
        (0..self.place.len()).filter(may_wake)
    }

    /// Wakes columns that are worth it at the prices at hand, those that are worth most; whether there are any.
    fn wake(&mut self, budget: &mut Budget) -> bool {
        if self.awake.len() == self.place.len() {
            return false;
        }
        budget.spend(self.lp.rows.size());
        let prices = self.multipliers(&self.cost);
        let worth = self.sleepers().map(|v| (self.reduced_at(v, &prices), v));
        let worth = worth.filter(|(reduced, _)| *reduced < -DUAL).collect();
        self.rouse(worth)
    }

    /// Wakes columns that would bring the row of the slice back; whether there are any.
    fn wake_for(&mut self, excess: f64) -> bool {
        if self.awake.len() == self.place.len() {
            return false;
        }
        let prices = self.multipliers(&self.cost);
        let alpha = |v: usize| excess.signum() * dot(self.lp.columns.line(v), &self.slice.rho);
        let useful = self.sleepers().map(|v| (alpha(v), v)).filter(|(alpha, _)| *alpha > PIVOT);
        let useful = useful.map(|(alpha, v)| (self.reduced_at(v, &prices) / alpha, v)).collect();
        let any = self.rouse(useful);
        if any {
            self.recompute();
        }
        any
    }

    /// Wakes these, the least first, as many as there are rows.
    fn rouse(&mut self, mut columns: Vec<(f64, usize)>) -> bool {
        let most = self.head.len().max(1);
        if columns.len() > most {
            columns.select_nth_unstable_by(most, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            columns.truncate(most);
        }
        for &(reduced, variable) in &columns {
            self.place[variable] = Place::Lower;
            self.reduced[variable] = reduced;
        }
        self.count_awake();
        !columns.is_empty()
    }

    /// The rows' multipliers for these costs.
    fn multipliers(&self, cost: &[f64]) -> Vec<f64> {
        let mut prices: Vec<f64> = self.head.iter().map(|&variable| cost[variable]).collect();
        self.factor.solve_transposed(&mut prices);
        prices
    }

    /// Moves a variable to the bound that its reduced cost asks for; where there is none, its cost
    /// gives way.
    fn settle(&mut self, variable: usize) {
        let reduced = self.reduced[variable];
        match self.place[variable] {
            Place::Lower if reduced < -DUAL && self.upper[variable].is_finite() => {
                self.place[variable] = Place::Upper;
            }
            Place::Lower if reduced < 0.0 => self.shift(variable),
            Place::Upper if reduced > DUAL => self.place[variable] = Place::Lower,
            Place::Upper if reduced > 0.0 => self.shift(variable),
            Place::Basic | Place::Lower | Place::Upper | Place::Asleep => {}
        }
    }

    fn shift(&mut self, variable: usize) {
        self.cost[variable] -= self.reduced[variable];
        self.reduced[variable] = 0.0;
    }

    /// The values that the places of the others leave to the basic variables.
    fn evaluate(&mut self) {
        let mut rest = self.lp.rhs.clone();
        for &variable in &self.awake {
            let value = match self.place[variable] {
                Place::Basic | Place::Asleep => continue,
                Place::Lower => self.lower[variable],
                Place::Upper => self.upper[variable],
            };
            self.value[variable] = value;
            if value != 0.0 {
                for &(row, a) in self.lp.columns.line(variable) {
                    rest[row] -= a * value;
                }
            }
        }
        self.factor.solve(&mut rest);
        for (&variable, value) in self.head.iter().zip(rest) {
            self.value[variable] = value;
        }
        self.stale = false;
    }

    /// Runs the dual method from the basis at hand.
    pub(super) fn dual(&mut self, budget: &mut Budget) -> End {
        self.banned.fill(false);
        self.stalled = 0;
        if !std::mem::take(&mut self.is_prepared) {
            self.recompute();
        }
        budget.spend(self.lp.rows.size());
        loop {
            if budget.is_spent() {
                return End::Spent;
            }
            if self.factor.is_worn() {
                self.refactor();
                self.recompute();
            }
            match self.turn() {
                Turn::Moved => {}
                Turn::Done if !self.stale => {
                    return if self.is_feasible() { End::Optimal } else { End::Spent };
                }
                Turn::Done => self.evaluate(),
                Turn::Infeasible => return End::Infeasible,
                Turn::Doubt => {
                    self.refactor();
                    self.recompute();
                }
            }
            budget.spend(4 * self.head.len() + 2 * self.slice.touched.len());
        }
    }

    fn turn(&mut self) -> Turn {
        let Some((row, excess)) = self.leaving() else { return Turn::Done };
        let leaving = self.head[row];
        self.slice.take(self.lp, &self.factor, (&self.place, &self.awake), row);
        let exact = self.slice.rho.iter().map(|value| value * value).sum::<f64>();
        let known = std::mem::replace(&mut self.weight[leaving], exact);
        if known < 0.25 * exact {
            return Turn::Moved;
        }
        self.find_candidates(excess);
        let Some((entering, flips)) = choose(&mut self.candidates, excess.abs() - PRIMAL) else {
            return self.excluded(leaving, excess);
        };
        let flips: Vec<usize> = self.candidates[..flips].iter().map(|candidate| candidate.variable).collect();
        let passed = if excess < 0.0 { Place::Lower } else { Place::Upper };
        self.enter(row, passed, entering.variable, &flips)
    }

    /// Whether the values of the basis at hand, its places as they are, lie within the bounds.
    pub(super) fn has_feasible_values(&mut self) -> bool {
        self.evaluate();
        self.is_feasible()
    }

    /// Whether no value that may not leave is out of its bounds.
    fn is_feasible(&self) -> bool {
        self.head.iter().all(|&variable| {
            let value = self.value[variable];
            value >= self.lower[variable] - PRIMAL && value <= self.upper[variable] + PRIMAL
        })
    }

    /// The row whose value is farthest out, and how far: negative below its lower bound.
    fn leaving(&self) -> Option<(usize, f64)> {
        let mut best: Option<(f64, usize, f64)> = None;
        for (row, &variable) in self.head.iter().enumerate() {
            let value = self.value[variable];
            let below = value - self.lower[variable];
            let excess = if below < 0.0 { below } else { (value - self.upper[variable]).max(0.0) };
            if excess.abs() > PRIMAL && !self.banned[variable] {
                let score = excess * excess / self.weight[variable];
                if best.is_none_or(|(most, ..)| score > most) {
                    best = Some((score, row, excess));
                }
            }
        }
        best.map(|(_, row, excess)| (row, excess))
    }

    fn find_candidates(&mut self, excess: f64) {
        self.candidates.clear();
        let sign = excess.signum();
        for &variable in &self.slice.touched {
            let direction = match self.place[variable] {
                Place::Basic | Place::Asleep => continue,
                Place::Lower => 1.0,
                Place::Upper => -1.0,
            };
            let alpha = sign * direction * self.slice.alpha[variable];
            let range = self.upper[variable] - self.lower[variable];
            if alpha > PIVOT && range > 0.0 {
                let ratio = (direction * self.reduced[variable]).max(0.0) / alpha;
                self.candidates.push(Candidate { variable, alpha, ratio, range });
            }
        }
    }

    /// The row cannot be satisfied, or so it seems.
    fn excluded(&mut self, leaving: usize, excess: f64) -> Turn {
        if self.wake_for(excess) {
            return Turn::Moved;
        }
        if self.is_refuted(leaving) {
            let back: f64 = self.candidates.iter().map(Candidate::change).sum();
            self.refuted = Some(excess.signum() * (excess.abs() - back));
            return Turn::Infeasible;
        }
        if self.factor.changes() == 0 {
            self.banned[leaving] = true;
        }
        Turn::Doubt
    }

    /// Whether the combination of rows in the slice has no point between the bounds. In exact arithmetic
    /// its basic variables have the entry 0, but for the one that leaves: 1.
    fn is_refuted(&self, leaving: usize) -> bool {
        let rhs: f64 = self.slice.rho.iter().zip(&self.lp.rhs).map(|(rho, b)| rho * b).sum();
        let (mut least, mut most) = (self.lower[leaving], self.upper[leaving]);
        let mut size = 1.0 + rhs.abs();
        for &variable in self.slice.touched.iter().filter(|variable| self.place[**variable] != Place::Basic) {
            let alpha = self.slice.alpha[variable];
            let (lower, upper) = (self.lower[variable], self.upper[variable]);
            if alpha == 0.0 || (alpha.abs() < PIVOT && upper.is_infinite()) {
                continue;
            }
            let ends = [alpha * lower, alpha * upper];
            least += ends[0].min(ends[1]);
            most += ends[0].max(ends[1]);
            size += ends.iter().filter(|end| end.is_finite()).map(|end| end.abs()).fold(0.0, f64::max);
        }
        let error = 1e-10 * size;
        rhs < least - error || rhs > most + error
    }

    /// Brings a column in for the variable of the row, which leaves for the bound that it has passed.
    fn enter(&mut self, row: usize, passed: Place, q: usize, flips: &[usize]) -> Turn {
        let leaving = self.head[row];
        let mut column = vec![0.0; self.head.len()];
        for &(at, a) in self.lp.columns.line(q) {
            column[at] = a;
        }
        self.factor.solve(&mut column);
        let pivot = column[row];
        let difference = (pivot - self.slice.alpha[q]).abs();
        if difference > 1e-7 * (1.0 + pivot.abs()) || pivot.abs() < PIVOT {
            if self.factor.changes() == 0 {
                self.banned[leaving] = true;
            }
            return Turn::Doubt;
        }
        self.flip(flips);
        self.reprice(row, q);
        self.reweigh(row, q, &column);
        self.exchange(row, passed, q, &column);
        if self.stalled == STALLED {
            self.stalled = usize::MAX / 2;
            self.perturb();
        }
        Turn::Moved
    }

    /// Makes every reduced cost a little larger, in its own direction: ties are rare then.
    fn perturb(&mut self) {
        let (own, mut state) = (self.first_slack(), SEED);
        for &variable in &self.awake {
            let by = perturbation(self.lp.cost[variable], &mut state);
            let by = match self.place[variable] {
                Place::Lower if variable < own => by,
                Place::Upper if variable < own => -by,
                Place::Basic | Place::Lower | Place::Upper | Place::Asleep => continue,
            };
            self.cost[variable] += by;
            self.reduced[variable] += by;
        }
    }

    /// Moves these to their other bounds, and the basic values with them.
    fn flip(&mut self, flips: &[usize]) {
        if flips.is_empty() {
            return;
        }
        let mut moved = vec![0.0; self.head.len()];
        for &variable in flips {
            let (place, to) = match self.place[variable] {
                Place::Lower => (Place::Upper, self.upper[variable]),
                Place::Basic | Place::Upper | Place::Asleep => (Place::Lower, self.lower[variable]),
            };
            let by = to - self.value[variable];
            self.place[variable] = place;
            self.value[variable] = to;
            for &(row, a) in self.lp.columns.line(variable) {
                moved[row] += a * by;
            }
        }
        self.factor.solve(&mut moved);
        for (&variable, by) in self.head.iter().zip(moved) {
            self.value[variable] -= by;
        }
    }

    fn reprice(&mut self, row: usize, q: usize) {
        let wrong = match self.place[q] {
            Place::Lower => self.reduced[q] < 0.0,
            Place::Basic | Place::Upper | Place::Asleep => self.reduced[q] > 0.0,
        };
        if wrong {
            self.shift(q);
        }
        let step = self.reduced[q] / self.slice.alpha[q];
        self.stalled += usize::from(step.abs() < DUAL);
        for at in 0..self.slice.touched.len() {
            let variable = self.slice.touched[at];
            if self.place[variable] != Place::Basic {
                self.reduced[variable] -= step * self.slice.alpha[variable];
                let wrong = match self.place[variable] {
                    Place::Lower => self.reduced[variable] < 0.0,
                    Place::Basic | Place::Upper | Place::Asleep => self.reduced[variable] > 0.0,
                };
                if wrong && self.upper[variable] > self.lower[variable] {
                    self.shift(variable);
                }
            }
        }
        self.reduced[q] = 0.0;
        self.reduced[self.head[row]] = -step;
    }

    /// The weights of steepest edge after the exchange.
    fn reweigh(&mut self, row: usize, q: usize, column: &[f64]) {
        const LEAST: f64 = 1e-4;
        let mut tau = self.slice.rho.clone();
        self.factor.solve(&mut tau);
        let (pivot, exact) = (column[row], self.weight[self.head[row]]);
        for (at, &variable) in self.head.iter().enumerate() {
            if at != row && column[at] != 0.0 {
                let ratio = column[at] / pivot;
                let weight = self.weight[variable] + ratio * (ratio * exact - 2.0 * tau[at]);
                self.weight[variable] = weight.max(LEAST);
            }
        }
        self.weight[q] = (exact / (pivot * pivot)).max(LEAST);
    }

    fn exchange(&mut self, row: usize, passed: Place, q: usize, column: &[f64]) {
        let leaving = self.head[row];
        let to = if passed == Place::Lower { self.lower[leaving] } else { self.upper[leaving] };
        let step = (self.value[leaving] - to) / column[row];
        self.advance(q, step, column);
        self.pivot(row, q, column, passed);
        self.value[leaving] = to;
    }

    fn advance(&mut self, q: usize, step: f64, column: &[f64]) {
        for (&variable, alpha) in self.head.iter().zip(column) {
            self.value[variable] -= step * alpha;
        }
        self.value[q] += step;
    }

    fn pivot(&mut self, row: usize, q: usize, column: &[f64], place: Place) {
        self.place[self.head[row]] = place;
        self.place[q] = Place::Basic;
        self.head[row] = q;
        self.factor.replace(row, column);
        self.stale = true;
    }

    /// Takes the true costs and runs the primal method from values within their bounds: few turns after the
    /// dual one, more from the basis of another level. Devex prices it (Forrest and Goldfarb).
    pub(super) fn primal(&mut self, budget: &mut Budget) -> End {
        self.cost.clone_from(&self.lp.cost);
        let mut is_exact = true;
        let mut devex = Devex::new(self.place.len());
        self.price_for(&mut devex);
        loop {
            if budget.is_spent() {
                return End::Spent;
            }
            if self.factor.is_worn() {
                self.refactor();
                self.evaluate();
                self.price_for(&mut devex);
                is_exact = true;
            }
            match devex.best(|variable| self.gain(variable)) {
                Some(q) => {
                    self.improve(q, &mut devex);
                    is_exact = false;
                    budget.spend(4 * self.head.len() + 2 * self.slice.touched.len());
                }
                None if is_exact => {
                    if !self.wake(budget) {
                        return End::Optimal;
                    }
                    devex.consider(self.awake.iter().copied());
                }
                None => {
                    self.price_for(&mut devex);
                    is_exact = true;
                    budget.spend(self.lp.rows.size());
                }
            }
        }
    }

    /// All reduced costs, and who may come in.
    fn price_for(&mut self, devex: &mut Devex) {
        self.price();
        devex.consider(self.awake.iter().copied());
    }

    /// By how much a variable's reduced cost has the wrong sign, if it has and the variable may move.
    fn gain(&self, variable: usize) -> Option<f64> {
        let gain = match self.place[variable] {
            Place::Basic | Place::Asleep => return None,
            Place::Lower => -self.reduced[variable],
            Place::Upper => self.reduced[variable],
        };
        (gain > DUAL && self.upper[variable] > self.lower[variable]).then_some(gain)
    }

    fn improve(&mut self, q: usize, devex: &mut Devex) {
        let mut column = vec![0.0; self.head.len()];
        for &(at, a) in self.lp.columns.line(q) {
            column[at] = a;
        }
        self.factor.solve(&mut column);
        let direction = if self.place[q] == Place::Lower { 1.0 } else { -1.0 };
        let blocking = self.blocking(direction, &column);
        let range = self.upper[q] - self.lower[q];
        match blocking.filter(|&(_, step)| step < range) {
            Some((row, step)) => {
                self.advance(q, direction * step, &column);
                self.reduce(row, q, column[row], devex);
                let leaving = self.head[row];
                let at_lower = direction * column[row] > 0.0;
                let place = if at_lower { Place::Lower } else { Place::Upper };
                self.value[leaving] = if at_lower { self.lower[leaving] } else { self.upper[leaving] };
                self.weight[q] = 1.0;
                self.pivot(row, q, &column, place);
            }
            None => self.flip(&[q]),
        }
    }

    /// Reduced costs and weights after the column has come in for the row's variable.
    fn reduce(&mut self, row: usize, q: usize, pivot: f64, devex: &mut Devex) {
        self.slice.take(self.lp, &self.factor, (&self.place, &self.awake), row);
        let leaving = self.head[row];
        let step = self.reduced[q] / pivot;
        let weight = &mut devex.weight;
        for &variable in &self.slice.touched {
            if self.place[variable] != Place::Basic {
                let alpha = self.slice.alpha[variable];
                self.reduced[variable] -= step * alpha;
                let ratio = alpha / pivot;
                weight[variable] = weight[variable].max(ratio * ratio * weight[q]);
            }
        }
        (self.reduced[q], self.reduced[leaving]) = (0.0, -step);
        weight[leaving] = (weight[q] / (pivot * pivot)).max(1.0);
        devex.consider(self.slice.touched.iter().copied().chain([leaving]));
    }

    /// The row that stops the column first, with a large pivot, and after which step.
    fn blocking(&self, direction: f64, column: &[f64]) -> Option<(usize, f64)> {
        let room = |row: usize, slack: f64| {
            let (variable, alpha) = (self.head[row], direction * column[row]);
            let (value, lower, upper) = (self.value[variable], self.lower[variable], self.upper[variable]);
            let room = if alpha > 0.0 { value - lower } else { upper - value };
            (room + slack) / alpha.abs()
        };
        let rows = || (0..column.len()).filter(|&row| column[row].abs() > PIVOT);
        let most = rows().map(|row| room(row, PRIMAL)).fold(f64::INFINITY, f64::min);
        let near = rows().filter(|&row| room(row, 0.0) <= most && most.is_finite());
        let row = near.max_by(|&a, &b| column[a].abs().total_cmp(&column[b].abs()).then(b.cmp(&a)))?;
        Some((row, room(row, 0.0).max(0.0)))
    }

    /// The rows' multipliers, with the true costs.
    pub(super) fn prices(&self) -> Vec<f64> {
        self.multipliers(&self.lp.cost)
    }

    /// The basic variables, by row, of the basis at hand; their values are current.
    pub(super) fn basics(&self) -> &[usize] {
        &self.head
    }

    /// The multipliers, by row of the program, that leave of the basic variables only the one of this row.
    pub(super) fn inverse_row(&self, row: usize) -> Vec<f64> {
        let mut multipliers = vec![0.0; self.head.len()];
        multipliers[row] = 1.0;
        self.factor.solve_transposed(&mut multipliers);
        multipliers
    }

    /// By row, the multipliers of a combination that excludes every point, whatever the costs; none of another
    /// end.
    pub(super) fn ray(&self) -> Vec<f64> {
        match self.refuted.filter(|gap| gap.abs() > PRIMAL) {
            Some(gap) => self.slice.rho.iter().map(|rho| rho * gap.signum()).collect(),
            None => Vec::new(),
        }
    }

    /// What no point between the bounds is below, at the true costs: the multipliers' bound.
    pub(super) fn bound(&self) -> f64 {
        let first_slack = self.first_slack();
        let mut prices = self.prices();
        for (row, price) in prices.iter_mut().enumerate() {
            if self.upper[first_slack + row] > 0.0 {
                *price = price.min(0.0);
            }
        }
        let mut bound: f64 = prices.iter().zip(&self.lp.rhs).map(|(price, b)| price * b).sum();
        for column in 0..first_slack {
            let reduced = self.lp.cost[column] - dot(self.lp.columns.line(column), &prices);
            bound += if reduced > 0.0 { reduced * self.lower[column] } else { reduced * self.upper[column] };
        }
        bound
    }
}

impl Devex {
    fn new(all: usize) -> Self {
        Self { weight: vec![1.0; all], listed: Vec::new(), is_listed: vec![false; all] }
    }

    /// Lists variables whose reduced costs or places are new.
    fn consider(&mut self, variables: impl Iterator<Item = usize>) {
        for variable in variables {
            if !std::mem::replace(&mut self.is_listed[variable], true) {
                self.listed.push(variable);
            }
        }
    }

    /// The variable with the largest gain measured by weight, of equals the first; those that gain nothing are struck off.
    fn best(&mut self, gain: impl Fn(usize) -> Option<f64>) -> Option<usize> {
        let mut best: Option<(f64, usize)> = None;
        self.listed.retain(|&variable| {
            let Some(gain) = gain(variable) else {
                self.is_listed[variable] = false;
                return false;
            };
            let score = gain * gain / self.weight[variable];
            let is_better =
                |&(most, of): &(f64, usize)| score.total_cmp(&most).then(of.cmp(&variable)).is_gt();
            if best.as_ref().is_none_or(is_better) {
                best = Some((score, variable));
            }
            true
        });
        best.map(|(_, variable)| variable)
    }
}

impl Slice {
    fn new(rows: usize, all: usize) -> Self {
        Self {
            rho: vec![0.0; rows],
            alpha: vec![0.0; all],
            touched: Vec::new(),
            is_touched: vec![false; all],
            is_crowded: false,
        }
    }

    /// Of the places, and the variables awake.
    fn take(&mut self, lp: &Lp, factor: &Factor, (place, awake): (&[Place], &[usize]), row: usize) {
        const FEW: usize = 2;
        self.clear();
        self.rho.fill(0.0);
        self.rho[row] = 1.0;
        factor.solve_transposed(&mut self.rho);
        let work: usize = entries(&self.rho).map(|(row, _)| lp.rows.line(row).len()).sum();
        if FEW * work < awake.len() {
            self.by_few_rows(lp, place);
        } else if work * place.len() < lp.rows.size() * awake.len() {
            self.by_rows(lp, place, awake);
        } else {
            self.by_columns(lp, place, awake);
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_crowded) {
            self.alpha.fill(0.0);
            self.touched.clear();
        }
        for variable in self.touched.drain(..) {
            self.alpha[variable] = 0.0;
            self.is_touched[variable] = false;
        }
    }

    fn by_columns(&mut self, lp: &Lp, place: &[Place], awake: &[usize]) {
        for &variable in awake {
            if place[variable] != Place::Basic {
                let alpha = dot(lp.columns.line(variable), &self.rho);
                if alpha != 0.0 {
                    self.alpha[variable] = alpha;
                    self.touched.push(variable);
                }
            }
        }
    }

    fn by_few_rows(&mut self, lp: &Lp, place: &[Place]) {
        for (row, rho) in entries(&self.rho) {
            for &(variable, a) in lp.rows.line(row) {
                if place[variable] == Place::Asleep {
                    continue;
                }
                self.alpha[variable] += rho * a;
                if !self.is_touched[variable] {
                    self.is_touched[variable] = true;
                    self.touched.push(variable);
                }
            }
        }
    }

    fn by_rows(&mut self, lp: &Lp, place: &[Place], awake: &[usize]) {
        self.is_crowded = true;
        for (row, rho) in entries(&self.rho) {
            for &(variable, a) in lp.rows.line(row) {
                self.alpha[variable] += rho * a;
            }
        }
        let alpha = &self.alpha;
        let is_touched = |variable: &usize| place[*variable] != Place::Basic && alpha[*variable] != 0.0;
        self.touched.extend(awake.iter().copied().filter(is_touched));
    }
}

/// The entries of a row of the inverse.
fn entries(rho: &[f64]) -> impl Iterator<Item = (usize, f64)> {
    rho.iter().copied().enumerate().filter(|(_, rho)| rho.abs() > 1e-14)
}

/// The candidate that enters, and how many, moved to the front, are to be flipped before; `None` where
/// all of them flipped do not bring the row back.
fn choose(candidates: &mut [Candidate], excess: f64) -> Option<(Candidate, usize)> {
    const WINDOW: usize = 64;
    const SMALL: f64 = 1e-5;
    let near = near(candidates, excess)?;
    let first = near.saturating_sub(WINDOW);
    if first > 0 {
        candidates[..near].select_nth_unstable_by(first, Candidate::order);
        let last = &candidates[first..near];
        if last.iter().any(|candidate| candidate.alpha > SMALL) {
            return pick(candidates, first, near);
        }
    }
    pick(candidates, 0, near)
}

/// The same among candidates that come due from position `first` on, `near` the last of them.
fn pick(candidates: &mut [Candidate], first: usize, near: usize) -> Option<(Candidate, usize)> {
    candidates[first..near].sort_unstable_by(Candidate::order);
    let largest = candidates[first..near].iter().map(|candidate| candidate.alpha).fold(0.0, f64::max);
    let enough = (0.1 * largest).min(1.0);
    for group in groups(candidates, first, near).windows(2).rev() {
        let members = candidates[group[0]..group[1]].iter();
        let best = members.max_by(|a, b| a.alpha.total_cmp(&b.alpha).then(b.variable.cmp(&a.variable)));
        if let Some(&best) = best.filter(|best| best.alpha >= enough) {
            return Some((best, group[0]));
        }
    }
    None
}

/// Sorted candidates in groups that come due together: where they begin, and where the last ends.
fn groups(candidates: &[Candidate], first: usize, near: usize) -> Vec<usize> {
    let mut groups = vec![first];
    let mut done = first;
    while done < near {
        let mut until = candidates[done].due();
        while done < near && candidates[done].ratio <= until {
            until = until.min(candidates[done].due());
            done += 1;
        }
        groups.push(done);
    }
    groups
}

/// Moves the candidates that come due first to the front, as many as bring the row back, and says how
/// many they are; `None` where all are too few.
fn near(candidates: &mut [Candidate], excess: f64) -> Option<usize> {
    let (mut first, mut last, mut change) = (0, candidates.len(), 0.0);
    if candidates.iter().map(Candidate::change).sum::<f64>() < excess || candidates.is_empty() {
        return None;
    }
    while first < last {
        let middle = usize::midpoint(first, last);
        candidates[first..last].select_nth_unstable_by(middle - first, Candidate::order);
        let half: f64 = candidates[first..=middle].iter().map(Candidate::change).sum();
        if change + half >= excess {
            last = middle;
        } else {
            change += half;
            first = middle + 1;
        }
    }
    Some((first + 1).min(candidates.len()))
}

fn dot(line: &[(usize, f64)], with: &[f64]) -> f64 {
    line.iter().map(|&(at, value)| value * with[at]).sum()
}

/// The costs, each a little farther from 0 in its own direction: ties are rare then.
fn perturbed(lp: &Lp, seed: u64) -> Vec<f64> {
    let own = lp.upper.len() - lp.rhs.len();
    let mut state = seed;
    let mut perturb = |(column, &cost): (usize, &f64)| {
        let size = perturbation(cost, &mut state);
        if column >= own || lp.upper[column] == 0.0 {
            cost
        } else if cost < 0.0 {
            cost - size
        } else {
            cost + size
        }
    };
    lp.cost.iter().enumerate().map(&mut perturb).collect()
}

/// What a cost is perturbed by.
fn perturbation(cost: f64, state: &mut u64) -> f64 {
    PERTURBATION * (1.0 + cost.abs()) * (1.0 + draw(state))
}

/// A number from 0 to 1 (splitmix64).
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "32 bits fit into a float")]
pub(super) fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 32) as f64 / 4_294_967_296.0
}
