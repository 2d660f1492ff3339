//! Cases on which things go, each with prices of its own.
//!
//! Where too many loads are left the plans are split: on how many things go in all, on whether a thing goes, on
//! whether it goes into some kind of bin. A case is a further row, with a price like the others'. (Branch and price:
//! Barnhart, Johnson, Nemhauser, Savelsbergh and Vance, 1998.)

use super::bound::{self, Best, Start};
use super::choose::{Choice, Found, Leaf};
use super::{Load, Loading, Standing};
use crate::solve::linear::{Fault, Focus, PRICE_UNIT};

/// Cases that are looked at, and before anything else is tried.
pub(super) const NODES: usize = 1_500;
pub(super) const FIRST_NODES: usize = 300;
/// Entries of all tables.
const WORK: usize = 12_000_000_000;
/// Loads up to which a case is searched at once.
const LOADS: usize = 150;
/// How deep cases go.
const DEPTH: usize = 60;
/// What counts as whole, in 1 / [`PRICE_UNIT`].
const WHOLE: i64 = PRICE_UNIT / 64;

/// What a split counts.
#[derive(Clone, Copy, Debug)]
enum Sum {
    /// All things.
    All,
    /// Those of a class.
    Class(usize),
    /// Those of a class in a kind of bin.
    Pair(usize, usize),
}

/// The search of a level by cases.
pub(super) struct Cases<'c> {
    choice: Choice<'c>,
    standing: &'c mut Standing,
    left: usize,
    work: usize,
    /// Cases that are closed, so far as the prices and the first searches say.
    leaves: Vec<Leaf>,
    is_open: bool,
}

impl<'c> Cases<'c> {
    /// So many cases at most.
    pub(super) fn new(choice: Choice<'c>, standing: &'c mut Standing, nodes: usize) -> Self {
        Self { choice, standing, left: nodes, work: WORK / NODES * nodes, leaves: Vec::new(), is_open: false }
    }

    /// Looks for the best plan; what two searches of each case say is agreed.
    pub(super) fn run(mut self, root: Leaf) -> Result<(), Fault> {
        self.examine(root, 0)?;
        if self.is_open || self.standing.is_closed(self.choice.target) {
            return Ok(());
        }
        let Some(value) = self.standing.value(self.choice.target) else { return Ok(()) };
        self.choice.confirm(&self.leaves, value, self.standing)
    }

    fn explore(&mut self, loading: Loading, parent: &Best, depth: usize) -> Result<(), Fault> {
        if self.left == 0 || self.work == 0 || self.is_open || (self.choice.stop)() {
            self.is_open = true;
            return Ok(());
        }
        self.left -= 1;
        let goal = self.standing.value(self.choice.target);
        let Choice { runner, stop, .. } = self.choice;
        let start = Start::Case(parent);
        let found = bound::search(&loading, start, goal, &mut self.work, runner, stop)?;
        let Some(best) = found else {
            self.is_open = true;
            return Ok(());
        };
        self.examine(Leaf { loading, best }, depth)
    }

    /// Closes a case, or splits it.
    fn examine(&mut self, mut leaf: Leaf, depth: usize) -> Result<(), Fault> {
        self.round(&leaf);
        if self.is_closed(&mut leaf)? {
            self.leaves.push(leaf);
            return Ok(());
        }
        let Some((sum, at_most)) = fractional(&leaf).filter(|_| depth < DEPTH) else {
            self.is_open = true;
            return Ok(());
        };
        let Leaf { loading, best } = leaf;
        for side in [Side::High, Side::Low] {
            self.explore(loading.within(sum, at_most, side), &best, depth + 1)?;
        }
        Ok(())
    }

    /// Whether no plan of a case is better than the one at hand, as its prices say, or a search.
    fn is_closed(&mut self, leaf: &mut Leaf) -> Result<bool, Fault> {
        let value = self.standing.value(self.choice.target).unwrap_or(i64::MIN / 2);
        if leaf.best.floor() <= value {
            return Ok(true);
        }
        let Some(listed) = Choice::listed(leaf, value + 1, LOADS) else { return Ok(false) };
        Ok(match self.choice.search(leaf, &listed, value + 1, (0, Focus::Proof), self.standing)? {
            Found::Best(_) | Found::Nothing => true,
            Found::Open => false,
        })
    }

    /// Takes the loads of the program, if they are whole.
    fn round(&mut self, Leaf { loading, best }: &Leaf) {
        let chosen: Vec<i64> =
            best.usage.iter().map(|usage| (usage + PRICE_UNIT / 2).div_euclid(PRICE_UNIT)).collect();
        let used = best.loads.iter().zip(&chosen).filter(|(_, n)| **n > 0);
        let (loads, chosen): (Vec<(usize, Load)>, Vec<i64>) =
            used.map(|(load, n)| (load.clone(), *n)).unzip();
        if let Some(point) = self.choice.plan(loading, &loads, &chosen) {
            self.standing.offer(self.choice.target, &point);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// At most.
    Low,
    /// More.
    High,
}

impl Loading {
    fn within(&self, sum: Sum, at_most: i64, side: Side) -> Self {
        let mut case = self.clone();
        let sign = if side == Side::Low { 1 } else { -1 };
        for (at, kind) in case.kinds.iter_mut().enumerate() {
            kind.sides.push(0);
            for offer in &mut kind.offers {
                let counts = match sum {
                    Sum::All => true,
                    Sum::Class(class) => offer.class == class,
                    Sum::Pair(class, kind) => offer.class == class && at == kind,
                };
                offer.sides.push(if counts { sign } else { 0 });
            }
        }
        case.sides.push(if side == Side::Low { at_most } else { -(at_most + 1) });
        case
    }
}

/// A sum that is not whole in the program of loads, and its whole part.
fn fractional(leaf: &Leaf) -> Option<(Sum, i64)> {
    let Leaf { loading, best } = leaf;
    let mut pairs = vec![vec![0_i64; loading.kinds.len()]; loading.counts.len()];
    for ((kind, load), usage) in best.loads.iter().zip(&best.usage) {
        for &(offer, n) in load {
            pairs[loading.kinds[*kind].offers[offer].class][*kind] += usage * n;
        }
    }
    let classes: Vec<i64> = pairs.iter().map(|kinds| kinds.iter().sum()).collect();
    let all: i64 = classes.iter().sum();
    let part = |usage: i64| usage.rem_euclid(PRICE_UNIT).min((-usage).rem_euclid(PRICE_UNIT));
    let split = |(sum, usage): (Sum, i64)| (part(usage) > WHOLE).then(|| (sum, usage.div_euclid(PRICE_UNIT)));
    let most = |sums: Vec<(Sum, i64)>| sums.into_iter().max_by_key(|(_, usage)| part(*usage)).and_then(split);
    let by_class = (0..).zip(&classes).map(|(class, usage)| (Sum::Class(class), *usage)).collect();
    let of_class = |(class, kinds): (usize, &Vec<i64>)| {
        kinds.iter().enumerate().map(|(kind, usage)| (Sum::Pair(class, kind), *usage)).collect::<Vec<_>>()
    };
    let by_pair = pairs.iter().enumerate().flat_map(of_class).collect();
    split((Sum::All, all)).or_else(|| most(by_class)).or_else(|| most(by_pair))
}
