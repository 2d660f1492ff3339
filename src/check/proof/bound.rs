//! The bound of a list of prices, in exact integers.

use fixedbitset::FixedBitSet;
use num_bigint::BigInt;
use rayon::prelude::*;

use super::combination::{Combination, Share};
use super::exact::Exact;
use super::line::Line;
use super::rows::{self, Sums};
use super::{Ground, SplitRow, sign};
use crate::check::case::Case;
use crate::check::levels;
use crate::check::limits;
use crate::scenario::{DepartureIdx, UnitIdx};

/// Rows with prices over a denominator.
pub(super) struct Priced {
    pub(super) denominator: BigInt,
    pub(super) prices: Vec<(Line, BigInt)>,
}

/// A leaf of a proof: cuts in order, then prices, below these splits.
pub(super) struct Leaf<'a> {
    pub(super) splits: &'a [SplitRow],
    pub(super) cuts: Vec<Priced>,
    pub(super) last: Priced,
}

/// What a proof shows.
pub(super) struct Shown {
    /// The bound B for the ground's level.
    pub(super) bound: BigInt,
    /// By unit: whether no plan that has it aboard reaches the ground's goal.
    pub(super) short: FixedBitSet,
}

/// What a leaf shows: in 128 bits, or in big integers where these are too few.
pub(super) fn shown(ground: &Ground<'_>, leaf: &Leaf<'_>) -> Shown {
    let small = AddedUp::<i128>::new(ground, leaf).and_then(|sums| sums.shown(ground));
    let big = || AddedUp::<BigInt>::new(ground, leaf).and_then(|sums| sums.shown(ground));
    small.or_else(big).expect("big integers do not overflow")
}

/// A combination over its denominator.
struct Scaled<T> {
    sum: Combination<T>,
    denominator: T,
}

/// A leaf, added up.
struct AddedUp<T> {
    /// To be rounded down.
    cuts: Vec<Scaled<T>>,
    /// The rows less the level's value, times the denominator.
    last: Scaled<T>,
}

impl<T: Exact> AddedUp<T> {
    fn new(ground: &Ground<'_>, leaf: &Leaf<'_>) -> Option<Self> {
        let (mut cuts, mut rights) = (Vec::new(), Vec::new());
        for priced in &leaf.cuts {
            let cut = add_up::<T>(ground, leaf.splits, &rights, priced)?;
            rights.push(cut.sum.right.floor_over(&cut.denominator));
            cuts.push(cut);
        }
        let mut last = add_up::<T>(ground, leaf.splits, &rights, &leaf.last)?;
        if let Some(k) = ground.level {
            subtract_level(ground.case, k, &mut last)?;
        }
        Some(Self { cuts, last })
    }

    /// `floor((K + sum p b + the best that units, departures and held seats can add) / denominator)`. A unit whose
    /// best departure takes something away adds nothing; aboard it takes that away, and the rest is a bound still.
    fn shown(&self, ground: &Ground<'_>) -> Option<Shown> {
        let (case, units) = (ground.case, ground.case.scenario.units.len());
        // Asked for by one thread first, lest each work them out.
        case.openings();
        let best: Option<Vec<T>> =
            (0..units).into_par_iter().map(|u| self.best_of_unit(case, UnitIdx::new(u))).collect();
        let best = best?;
        let mut total = self.last.sum.right.clone();
        for gain in best.iter().filter(|gain| **gain > T::of(0)) {
            total = total.plus(gain)?;
        }
        for d in case.departures() {
            total = total.plus(&self.best_of_departure(case, d)?)?;
        }
        let mut short = FixedBitSet::with_capacity(units);
        if let Some(goal) = ground.goal {
            let goal = self.last.denominator.scaled(goal)?;
            for (u, loss) in best.iter().enumerate().filter(|(_, loss)| **loss < T::of(0)) {
                short.set(u, total.plus(loss)? < goal);
            }
        }
        Some(Shown { bound: total.floor_over(&self.last.denominator).to_big(), short })
    }

    /// The most that the unit adds aboard a departure, which may be less than nothing; 0 where none is open to it.
    fn best_of_unit(&self, case: &Case<'_>, u: UnitIdx) -> Option<T> {
        let mut takes = case.takes(u);
        let shares: Option<Vec<Share<'_, T>>> = self.cuts.iter().map(|cut| cut.sum.share(case, u)).collect();
        let (shares, last) = (shares?, self.last.sum.share(case, u)?);
        let mut best: Option<T> = None;
        for d in case.openings().of(u) {
            let (pair, take) = ((u, *d), takes.on(*d));
            let rounded = self.rounded(|i, sum, cuts| sum.on_pair(case, &shares[i], pair, &take, cuts))?;
            let value = self.last.sum.on_pair(case, &last, pair, &take, &rounded)?.scaled(-1)?;
            best = best.max(Some(value));
        }
        Some(best.unwrap_or_else(|| T::of(0)))
    }

    /// The most that y and h of the departure can add.
    fn best_of_departure(&self, case: &Case<'_>, d: DepartureIdx) -> Option<T> {
        let rounded = self.rounded(|_, sum, cuts| sum.on_open(d, cuts))?;
        let mut total = self.last.sum.on_open(d, &rounded)?.scaled(-1)?.max(T::of(0));
        for held in limits::in_force(case, d) {
            let rounded = self.rounded(|_, sum, cuts| sum.on_held(d, held.sponsor, cuts))?;
            let each = self.last.sum.on_held(d, held.sponsor, &rounded)?.scaled(-1)?.max(T::of(0));
            total.add(&each, held.seats.into())?;
        }
        Some(total)
    }

    /// The rounded coefficients of one column in every cut; `of` gives them before rounding.
    fn rounded(&self, of: impl Fn(usize, &Combination<T>, &[T]) -> Option<T>) -> Option<Vec<T>> {
        let mut rounded = Vec::new();
        for (i, cut) in self.cuts.iter().enumerate() {
            let coefficient = of(i, &cut.sum, &rounded)?.floor_over(&cut.denominator);
            rounded.push(coefficient);
        }
        Some(rounded)
    }
}

fn add_up<T: Exact>(
    ground: &Ground<'_>,
    splits: &[SplitRow],
    cut_rights: &[T],
    priced: &Priced,
) -> Option<Scaled<T>> {
    let mut sum = Combination::new(ground.case.scenario.departures.len());
    for (line, price) in &priced.prices {
        let price = T::of_big(price)?;
        match (line, rows::sums(ground, splits, line)) {
            (Line::Cut(index), _) => sum.add_cut(*index, &cut_rights[*index], &price)?,
            (_, Some(row)) => sum.add(&row, &price)?,
            (_, None) => {}
        }
    }
    Some(Scaled { sum, denominator: T::of_big(&priced.denominator)? })
}

/// Takes the level's value away from the rows, and adds its constant to the right: both negated where
/// the level is minimised.
fn subtract_level<T: Exact>(case: &Case<'_>, k: usize, last: &mut Scaled<T>) -> Option<()> {
    let sign = sign(&case.levels[k]);
    let row = Sums { terms: rows::value(case, k, -sign), at_most: sign * levels::constant(case, k) };
    last.sum.add(&row, &last.denominator)
}
