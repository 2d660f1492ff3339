//! Prices of things that bound every plan lowest.
//!
//! The bound of any prices is exact: what the things cost together, and for each bin what its best load gains.
//! It is convex in the prices. First they go down along what is taken too often or not at all, by steps that shrink
//! (Held, Wolfe and Crowder, *Validation of subgradient optimization*, 1974). Then the loads that were best near the
//! lowest bound are the columns of a linear program: so many of each load as the things and bins allow. Its
//! prices are the next to be tried, and what is best there, or between there and the best prices so far, are the next
//! columns. (Dantzig and Wolfe, *Decomposition principle for linear programs*, 1960; smoothed as by Wentges,
//! *Weighted Dantzig-Wolfe decomposition*, 1997.)

use rayon::prelude::*;

use super::{Kind, LARGEST_GAIN, Load, Loading, Offer, UNIT};
use crate::solve::linear::{Answer, Fault, Outcome, POINT_UNIT, PRICE_UNIT, Runner, Search, Task};

/// Rounds of new loads.
const ROUNDS: usize = 1_200;
/// Loads at most.
const LOADS: usize = 6_000;
/// Steps down, and entries of their tables at most.
const STEPS: usize = 400;
const WORK: usize = 200_000_000;
/// Steps without a lower bound after which they are halved.
const PATIENCE: usize = 12;
/// A whole step, to where the bound would be the plan's value if it went on as it goes; the least.
const WHOLE: i128 = 1_024;
const LEAST: i128 = 8;
/// As many of the steps with the lowest bounds give their loads.
const GIVE: usize = 60;

/// Prices over the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    /// By class, at least 0.
    pub(super) things: Vec<i64>,
    /// By further row, at least 0.
    pub(super) sides: Vec<i64>,
}

/// The best prices of a search.
#[derive(Clone)]
pub(super) struct Best {
    pub(super) prices: Prices,
    /// By kind: what the best load gains, or 0.
    pub(super) tops: Vec<i64>,
    /// The bound, times the unit.
    pub(super) total: i128,
    /// Loads by kind that were best somewhere.
    pub(super) loads: Vec<(usize, Load)>,
    /// By load: how many bins have it in the program's solution, in 1 / [`PRICE_UNIT`].
    pub(super) usage: Vec<i64>,
    /// Where the program of these loads ended.
    basis: Vec<u8>,
}

/// What a search goes on from.
#[derive(Clone, Copy)]
pub(super) enum Start<'s> {
    /// The loads of a plan, if there is one.
    Plan(&'s [(usize, Load)]),
    /// What was found where the last further row was not there yet.
    Case(&'s Best),
}

impl Best {
    /// What no plan passes.
    pub(super) fn floor(&self) -> i64 {
        i64::try_from(self.total.div_euclid(UNIT.into())).unwrap_or(i64::MAX)
    }
}

impl Offer {
    fn gain(&self, prices: &Prices) -> Option<i64> {
        let value = i128::from(UNIT) * i128::from(self.value);
        narrow(value - i128::from(prices.things[self.class]) - product(&self.sides, &prices.sides))
    }
}

impl Kind {
    /// What the offers gain at these prices; `None` where a number is too large.
    pub(super) fn gains(&self, prices: &Prices) -> Option<Vec<i64>> {
        self.offers.iter().map(|offer| offer.gain(prices)).collect()
    }

    /// What a bin with this load gains.
    pub(super) fn gain_of(&self, load: &Load, prices: &Prices) -> Option<i64> {
        let mut gained = self.gain_of_use(prices)?;
        for &(offer, n) in load {
            gained += n * self.offers[offer].gain(prices)?;
        }
        Some(gained)
    }

    /// What using a bin gains by itself.
    pub(super) fn gain_of_use(&self, prices: &Prices) -> Option<i64> {
        narrow(i128::from(UNIT) * i128::from(self.value) - product(&self.sides, &prices.sides))
    }
}

fn product(a: &[i64], b: &[i64]) -> i128 {
    a.iter().zip(b).map(|(a, b)| i128::from(*a) * i128::from(*b)).sum()
}

impl Loading {
    /// The bound of these prices, and by kind a best load.
    fn evaluate(&self, prices: &Prices) -> Option<(Best, Vec<Load>)> {
        let of_kind = |kind: &Kind| {
            let gains = kind.gains(prices)?;
            let table = kind.table(gains, 0)?;
            let top = table.top() + kind.gain_of_use(prices)?;
            Some((top.max(0), if table.top() > 0 { table.best_load() } else { Load::new() }))
        };
        let found: Option<Vec<(i64, Load)>> = self.kinds.par_iter().map(of_kind).collect();
        let (tops, loads): (Vec<i64>, Vec<Load>) = found?.into_iter().unzip();
        let each = self.kinds.iter().zip(&tops);
        let bins: i128 = each.map(|(kind, top)| i128::from(*top) * count(&kind.bins)).sum();
        let total = i128::from(UNIT) * i128::from(self.constant)
            + product(&prices.things, &self.counts)
            + product(&prices.sides, &self.sides)
            + bins;
        let best = Best {
            prices: prices.clone(),
            tops,
            total,
            loads: Vec::new(),
            usage: Vec::new(),
            basis: Vec::new(),
        };
        Some((best, loads))
    }

    /// The bound of these prices.
    pub(super) fn bound(&self, prices: &Prices) -> Option<Best> {
        self.evaluate(prices).map(|(best, _)| best)
    }

    fn entries(&self) -> usize {
        let of =
            |kind: &Kind| usize::try_from(kind.room).unwrap_or(usize::MAX).saturating_mul(kind.offers.len());
        self.kinds.iter().map(of).fold(0, usize::saturating_add)
    }

    /// What some loads are worth, times the unit.
    fn value_of(&self, loads: &[(usize, Load)]) -> i128 {
        let each = loads.iter().map(|(kind, load)| i128::from(self.kinds[*kind].value_of(load)));
        i128::from(UNIT) * (i128::from(self.constant) + each.sum::<i128>())
    }

    /// By class and further row: what is left of it where every bin has its kind's load.
    fn left(&self, loads: &[Load]) -> Prices {
        let mut left = Prices { things: self.counts.clone(), sides: self.sides.clone() };
        for (kind, load) in self.kinds.iter().zip(loads).filter(|(_, load)| !load.is_empty()) {
            let bins = i64::try_from(kind.bins.len()).unwrap_or(i64::MAX);
            for &(offer, n) in load {
                left.things[kind.offers[offer].class] -= bins * n;
            }
            for (side, left) in left.sides.iter_mut().enumerate() {
                *left -= bins * kind.side_of(load, side);
            }
        }
        left
    }

    /// Prices by steps down from `best` towards a bound of `towards`, and the loads that were best on the way, those of the
    /// lowest bounds.
    fn descended(
        &self,
        mut best: Best,
        loads: Vec<Load>,
        towards: i128,
        work: &mut usize,
        stop: &dyn Fn() -> bool,
    ) -> Option<(Best, Vec<Vec<Load>>)> {
        let mut at = (best.prices.clone(), best.total, loads);
        let mut passed: Vec<(i128, Vec<Load>)> = Vec::new();
        let (mut length, mut failures) = (WHOLE, 0);
        for _ in 0..STEPS.min(WORK / self.entries().max(1)) {
            let (prices, total, loads) = at;
            let next = stepped(&prices, &self.left(&loads), length * (total - towards));
            passed.push((total, loads));
            let Some(next) = next.filter(|_| length >= LEAST && !stop()) else { break };
            *work = work.saturating_sub(self.entries());
            let (found, loads) = self.evaluate(&next)?;
            at = (next, found.total, loads);
            failures += 1;
            if found.total < best.total {
                (best, failures) = (found, 0);
            }
            if failures == PATIENCE {
                (length, failures) = (length / 2, 0);
            }
        }
        passed.sort_by_key(|(total, _)| *total);
        passed.truncate(GIVE);
        Some((best, passed.into_iter().map(|(_, loads)| loads).collect()))
    }
}

/// Prices lowered where something is left and raised where too much is taken: by what is left, times `by` over [`WHOLE`] and
/// the square of all that is left; `None` where nothing is to be changed.
fn stepped(prices: &Prices, left: &Prices, by: i128) -> Option<Prices> {
    let counts = |(price, left): (&i64, &i64)| *price > 0 || *left < 0;
    let square = |prices: &[i64], left: &[i64]| -> i128 {
        let pairs = prices.iter().zip(left).filter(|&(price, left)| counts((price, left)));
        pairs.map(|(_, left)| i128::from(*left) * i128::from(*left)).sum()
    };
    let norm = WHOLE * (square(&prices.things, &left.things) + square(&prices.sides, &left.sides));
    let step = |prices: &[i64], left: &[i64]| -> Option<Vec<i64>> {
        let moved = |(price, left): (&i64, &i64)| {
            let change = by.checked_mul(i128::from(*left))?.div_euclid(norm);
            narrow((i128::from(*price) - change).max(0))
        };
        prices.iter().zip(left).map(moved).collect()
    };
    if norm == 0 || by <= 0 {
        return None;
    }
    Some(Prices { things: step(&prices.things, &left.things)?, sides: step(&prices.sides, &left.sides)? })
}

/// The prices with the least bound that so many rounds find, or the first that prove `goal`; `None` where tables are
/// too large. Entries of tables are taken off `work`.
pub(super) fn search(
    loading: &Loading,
    start: Start,
    goal: Option<i64>,
    work: &mut usize,
    runner: &Runner,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Best>, Fault> {
    let mut program = Program::of(loading);
    let mut best = match start {
        Start::Plan(plan) => {
            program.add_all(plan);
            let free = Prices { things: vec![0; loading.counts.len()], sides: vec![0; loading.sides.len()] };
            let Some((best, loads)) = loading.evaluate(&free) else { return Ok(None) };
            let towards = loading.value_of(plan);
            let Some((best, passed)) = loading.descended(best, loads, towards, work, stop) else {
                return Ok(None);
            };
            for loads in passed {
                program.add_all(&by_kind(loads));
            }
            best
        }
        Start::Case(before) => {
            program.go_on(before);
            let mut prices = before.prices.clone();
            prices.sides.resize(loading.sides.len(), 0);
            let Some((best, loads)) = loading.evaluate(&prices) else { return Ok(None) };
            program.add_all(&by_kind(loads));
            best
        }
    };
    for _ in 0..ROUNDS {
        *work = work.saturating_sub(loading.entries());
        if goal.is_some_and(|goal| best.total < clear_of(goal)) {
            break;
        }
        if stop() || *work == 0 || program.loads.len() > LOADS {
            break;
        }
        let Some((lowest, tops, value)) = program.lowest(runner)? else { break };
        // Near enough: a plan's value is whole.
        if best.total - value < i128::from(UNIT / 64) {
            break;
        }
        let between = mixed(&best.prices, &lowest);
        let mut is_new = false;
        for prices in [between, lowest.clone()] {
            let Some((found, loads)) = loading.evaluate(&prices) else { return Ok(None) };
            for (kind, load) in loads.into_iter().enumerate() {
                is_new |= program.gains_by(kind, &load, &lowest, tops[kind]) && program.add(kind, &load);
            }
            if found.total < best.total {
                best = found;
            }
            if is_new {
                break;
            }
        }
        if !is_new {
            break;
        }
    }
    best.basis = program.basis();
    (best.loads, best.usage) = (program.loads, program.usage);
    Ok(Some(best))
}

/// A load of each kind, with its kind.
fn by_kind(loads: Vec<Load>) -> Vec<(usize, Load)> {
    loads.into_iter().enumerate().collect()
}

/// Below any value above `goal`, with some room for prices to be rounded; times the unit.
fn clear_of(goal: i64) -> i128 {
    i128::from(UNIT) * (i128::from(goal) + 1) - i128::from(UNIT / 4)
}

/// Two thirds of the best prices and one of others.
fn mixed(best: &Prices, other: &Prices) -> Prices {
    let mix = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(a, b)| (2 * a + b) / 3).collect();
    Prices { things: mix(&best.things, &other.things), sides: mix(&best.sides, &other.sides) }
}

/// The loads so far as a linear program: how many bins have each. Its rows are classes, kinds of bins, further rows.
struct Program<'l> {
    loading: &'l Loading,
    task: Task,
    /// Where it ended, and how many columns it had then.
    basis: Vec<u8>,
    columns: usize,
    known: rustc_hash::FxHashSet<(usize, Load)>,
    /// By column, those of [`Program::of`] aside.
    loads: Vec<(usize, Load)>,
    usage: Vec<i64>,
}

impl<'l> Program<'l> {
    /// With a column for each further row that it may be exceeded by, so that there is always a point.
    fn of(loading: &'l Loading) -> Self {
        let offers = loading.kinds.iter().flat_map(|kind| &kind.offers);
        let used = loading.kinds.iter().map(|kind| kind.value.abs()).max().unwrap_or(0);
        let most = offers.map(|offer| offer.value.abs()).max().unwrap_or(0).max(used) + 1;
        let bins = loading.kinds.iter().map(|kind| i64::try_from(kind.bins.len()).unwrap_or(i64::MAX));
        let limits = loading.counts.iter().copied().chain(bins).chain(loading.sides.iter().copied());
        let mut rows: Vec<_> = limits.map(|at_most| (Vec::new(), at_most, false)).collect();
        let (sides, first) = (loading.sides.len(), loading.counts.len() + loading.kinds.len());
        for side in 0..sides {
            rows[first + side].0.push((side, -1));
        }
        let task = Task {
            upper: vec![i64::from(u32::MAX); sides],
            objective: vec![-8 * most; sides],
            rows,
            search: Search::Relaxation,
            limit_ms: None,
        };
        let known = rustc_hash::FxHashSet::default();
        Self { loading, task, basis: Vec::new(), columns: 0, known, loads: Vec::new(), usage: Vec::new() }
    }

    /// Adds a load; whether it is new.
    fn add(&mut self, kind: usize, load: &Load) -> bool {
        if load.is_empty() || !self.known.insert((kind, load.clone())) {
            return false;
        }
        let of = &self.loading.kinds[kind];
        let (classes, kinds) = (self.loading.counts.len(), self.loading.kinds.len());
        let column = self.task.upper.len();
        for &(offer, n) in load {
            self.task.rows[of.offers[offer].class].0.push((column, n));
        }
        self.task.rows[classes + kind].0.push((column, 1));
        for side in 0..self.loading.sides.len() {
            let a = of.side_of(load, side);
            if a != 0 {
                self.task.rows[classes + kinds + side].0.push((column, a));
            }
        }
        // More than there are bins: the kind's row limits it, and has the price.
        self.task.upper.push(i64::try_from(of.bins.len()).unwrap_or(i64::MAX).saturating_add(1));
        self.task.objective.push(of.value_of(load));
        self.loads.push((kind, load.clone()));
        true
    }

    fn add_all(&mut self, loads: &[(usize, Load)]) {
        for (kind, load) in loads {
            self.add(*kind, load);
        }
    }

    /// The loads of a program that lacks the last row, from where it ended: the new row's slack is in the basis.
    fn go_on(&mut self, before: &Best) {
        self.add_all(&before.loads);
        if !before.basis.is_empty() {
            self.basis.clone_from(&before.basis);
            self.basis.insert(self.loading.sides.len() - 1, 0);
            self.basis.push(2);
            self.columns = self.task.upper.len();
        }
    }

    /// Where it ended, by column and by row; those that came since are at 0. Empty where it did not.
    fn basis(&self) -> Vec<u8> {
        let mut basis = self.basis.clone();
        if !basis.is_empty() {
            let more = self.task.upper.len() - self.columns;
            basis.splice(self.columns..self.columns, std::iter::repeat_n(0, more));
        }
        basis
    }

    /// Its prices, by kind the price of a bin, and what they bound the loads so far by, times the unit.
    fn lowest(&mut self, runner: &Runner) -> Result<Option<(Prices, Vec<i64>, i128)>, Fault> {
        let basis = self.basis();
        if !basis.is_empty() {
            self.task.search = Search::Resumed { basis };
        }
        let task = &self.task;
        let Answer { outcome, point, prices, basis } = runner(task)?;
        let is_whole = prices.len() == task.rows.len() && point.len() == task.upper.len();
        if outcome != Outcome::Optimal || !is_whole {
            return Ok(None);
        }
        (self.basis, self.columns) = (basis, task.upper.len());
        let (classes, kinds) = (self.loading.counts.len(), self.loading.kinds.len());
        let loads = &point[self.loading.sides.len()..];
        self.usage = loads.iter().map(|n| n.saturating_mul(PRICE_UNIT / POINT_UNIT)).collect();
        let price = |price: &i64| (price.max(&0) + PRICE_UNIT / UNIT / 2).div_euclid(PRICE_UNIT / UNIT);
        let prices: Vec<i64> = prices.iter().map(price).collect();
        let each = prices.iter().zip(&task.rows);
        let value: i128 = each.map(|(price, row)| i128::from(*price) * i128::from(row.1)).sum();
        let value = value + i128::from(UNIT) * i128::from(self.loading.constant);
        let tops = prices[classes..classes + kinds].to_vec();
        let sides = prices[classes + kinds..].to_vec();
        Ok(Some((Prices { things: prices[..classes].to_vec(), sides }, tops, value)))
    }

    /// Whether a load gains more at these prices than its bin costs.
    fn gains_by(&self, kind: usize, load: &Load, lowest: &Prices, top: i64) -> bool {
        let gained = self.loading.kinds[kind].gain_of(load, lowest);
        !load.is_empty() && gained.is_some_and(|gained| gained > top + UNIT / 4096)
    }
}

fn narrow(number: i128) -> Option<i64> {
    (number.abs() < LARGEST_GAIN).then(|| i64::try_from(number).ok()).flatten()
}

fn count(bins: &[usize]) -> i128 {
    i128::try_from(bins.len()).unwrap_or(i128::MAX)
}
