//! Prices of things that bound every plan lowest.
//!
//! The bound of any prices is exact: what the things cost together, and for each bin what its best load gains.
//! It is convex in the prices, and every load is a plane below it; the lowest point of the planes so far is a
//! linear program, and the loads that are best there, or between there and the best prices so far, are the next
//! planes. (Kelley, *The cutting-plane method*, 1960; smoothed as by Wentges, *Weighted Dantzig-Wolfe
//! decomposition*, 1997.)

use rayon::prelude::*;

use super::{Kind, LARGEST_GAIN, Load, Loading, Offer, UNIT};
#[cfg(doc)]
use crate::solve::linear::PRICE_UNIT;
use crate::solve::linear::{Answer, Fault, Outcome, Runner, Search, Task};

/// Rounds of new loads.
const ROUNDS: usize = 1_200;
/// Planes at most.
const PLANES: usize = 6_000;

/// Prices over the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    /// By class, at least 0.
    pub(super) things: Vec<i64>,
    /// By further row, at least 0.
    pub(super) sides: Vec<i64>,
}

/// The best prices of a search.
pub(super) struct Best {
    pub(super) prices: Prices,
    /// By kind: what the best load gains, or 0.
    pub(super) tops: Vec<i64>,
    /// The bound, times the unit.
    pub(super) total: i128,
    /// Loads by kind that were best somewhere.
    pub(super) loads: Vec<(usize, Load)>,
    /// By load: how many bins have it where the planes are lowest, in 1 / [`PRICE_UNIT`].
    pub(super) usage: Vec<i64>,
}

impl Best {
    /// What no plan passes.
    pub(super) fn floor(&self) -> i64 {
        i64::try_from(self.total.div_euclid(UNIT.into())).unwrap_or(i64::MAX)
    }
}

impl Kind {
    /// What the offers gain at these prices; `None` where a number is too large.
    pub(super) fn gains(&self, prices: &Prices) -> Option<Vec<i64>> {
        let gain = |offer: &Offer| {
            let value = i128::from(UNIT) * i128::from(offer.value);
            narrow(value - i128::from(prices.things[offer.class]) - product(&offer.sides, &prices.sides))
        };
        self.offers.iter().map(gain).collect()
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
        let best = Best { prices: prices.clone(), tops, total, loads: Vec::new(), usage: Vec::new() };
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
}

/// The prices with the least bound that so many rounds find, from some loads, or the first that prove `goal`;
/// `None` where tables are too
/// large. Entries of tables are taken off `work`.
pub(super) fn search(
    loading: &Loading,
    known: &[(usize, Load)],
    goal: Option<i64>,
    work: &mut usize,
    runner: &Runner,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Best>, Fault> {
    let mut planes = Planes::of(loading);
    for (kind, load) in known {
        planes.add(*kind, load);
    }
    let free = Prices { things: vec![0; loading.counts.len()], sides: vec![0; loading.sides.len()] };
    let Some((mut best, loads)) = loading.evaluate(&free) else { return Ok(None) };
    planes.add_all(loads);
    for _ in 0..ROUNDS {
        *work = work.saturating_sub(loading.entries());
        if goal.is_some_and(|goal| best.total < clear_of(goal)) {
            break;
        }
        if stop() || *work == 0 || planes.task.rows.len() > PLANES {
            break;
        }
        let Some((lowest, tops, value)) = planes.lowest(runner)? else { break };
        // Near enough: a plan's value is whole.
        if best.total - value < i128::from(UNIT / 64) {
            break;
        }
        let between = mixed(&best.prices, &lowest);
        let mut is_new = false;
        for prices in [between, lowest.clone()] {
            let Some((found, loads)) = loading.evaluate(&prices) else { return Ok(None) };
            for (kind, load) in loads.into_iter().enumerate() {
                is_new |= planes.cuts_off(kind, &load, &lowest, tops[kind]) && planes.add(kind, &load);
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
    (best.loads, best.usage) = (planes.loads, planes.usage);
    Ok(Some(best))
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

/// The planes so far as a linear program over prices: of things, of kinds of bins, of further rows.
struct Planes<'l> {
    loading: &'l Loading,
    task: Task,
    known: rustc_hash::FxHashSet<(usize, Load)>,
    /// In the order of the rows.
    loads: Vec<(usize, Load)>,
    usage: Vec<i64>,
}

impl<'l> Planes<'l> {
    fn of(loading: &'l Loading) -> Self {
        let offers = loading.kinds.iter().flat_map(|kind| &kind.offers);
        let used = loading.kinds.iter().map(|kind| kind.value.abs()).max().unwrap_or(0);
        let most = offers.map(|offer| offer.value.abs()).max().unwrap_or(0).max(used) + 1;
        let things: i64 = loading.counts.iter().sum();
        let (classes, kinds, sides) = (loading.counts.len(), loading.kinds.len(), loading.sides.len());
        let mut upper = vec![8 * most; classes];
        upper.extend(vec![8 * most * (things + 1); kinds]);
        upper.extend(vec![8 * most; sides]);
        let bins = loading.kinds.iter().map(|kind| i64::try_from(kind.bins.len()).unwrap_or(i64::MAX));
        let objective = loading.counts.iter().copied().chain(bins).chain(loading.sides.iter().copied());
        let objective = objective.map(|n| -n).collect();
        let task = Task { upper, objective, rows: Vec::new(), search: Search::Relaxation, limit_ms: None };
        Self { loading, task, known: rustc_hash::FxHashSet::default(), loads: Vec::new(), usage: Vec::new() }
    }

    /// Adds the plane of a load; whether it is new.
    fn add(&mut self, kind: usize, load: &Load) -> bool {
        if load.is_empty() || !self.known.insert((kind, load.clone())) {
            return false;
        }
        let of = &self.loading.kinds[kind];
        let (classes, kinds) = (self.loading.counts.len(), self.loading.kinds.len());
        let mut terms: Vec<(usize, i64)> =
            load.iter().map(|&(offer, n)| (of.offers[offer].class, -n)).collect();
        terms.push((classes + kind, -1));
        for side in 0..self.loading.sides.len() {
            terms.push((classes + kinds + side, -of.side_of(load, side)));
        }
        terms.retain(|(_, a)| *a != 0);
        terms.sort_unstable();
        self.task.rows.push((terms, -of.value_of(load), false));
        self.loads.push((kind, load.clone()));
        true
    }

    fn add_all(&mut self, loads: Vec<Load>) {
        for (kind, load) in loads.into_iter().enumerate() {
            self.add(kind, &load);
        }
    }

    /// The prices where the planes are lowest, by kind the price of a bin, and how low that is, times the unit.
    fn lowest(&mut self, runner: &Runner) -> Result<Option<(Prices, Vec<i64>, i128)>, Fault> {
        let Answer { outcome, point, prices, basis } = runner(&self.task)?;
        if outcome != Outcome::Optimal || point.len() != self.task.upper.len() {
            return Ok(None);
        }
        self.usage = prices;
        self.task.search = if basis.is_empty() { Search::Relaxation } else { Search::Resumed { basis } };
        let (classes, kinds) = (self.loading.counts.len(), self.loading.kinds.len());
        let value: i128 =
            point.iter().zip(&self.task.objective).map(|(x, c)| -i128::from(*x) * i128::from(*c)).sum();
        let price = |price: &i64| (*price).max(0);
        let prices = Prices {
            things: point[..classes].iter().map(price).collect(),
            sides: point[classes + kinds..].iter().map(price).collect(),
        };
        let value = value + i128::from(UNIT) * i128::from(self.loading.constant);
        Ok(Some((prices, point[classes..classes + kinds].to_vec(), value)))
    }

    /// Whether a load's plane passes above the lowest point of the others.
    fn cuts_off(&self, kind: usize, load: &Load, lowest: &Prices, top: i64) -> bool {
        let of = &self.loading.kinds[kind];
        let (Some(gains), Some(used)) = (of.gains(lowest), of.gain_of_use(lowest)) else {
            return false;
        };
        let gained: i64 = load.iter().map(|&(offer, n)| n * gains[offer]).sum();
        !load.is_empty() && used + gained > top + UNIT / 4096
    }
}

fn narrow(number: i128) -> Option<i64> {
    (number.abs() < LARGEST_GAIN).then(|| i64::try_from(number).ok()).flatten()
}

fn count(bins: &[usize]) -> i128 {
    i128::try_from(bins.len()).unwrap_or(i128::MAX)
}
