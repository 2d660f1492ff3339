//! The engine's proofs, in the rows and columns of the format.

use super::bound::Type;
use super::branch::{self, Branch, Choice};
use super::coupled::Flow;
use super::instance::RESOURCES;
use super::whole::Relaxed;
use super::{Certified, Dual, Engine, Level, MANY, Reached, Role, Tree, dive, prices};
use crate::model::RowKey;
use crate::scenario::{DepartureIdx, UnitIdx};

/// Relaxations of a proof by cases, and how many columns they may have in all.
const RELAXATIONS: usize = 2000;
const RELAXED_COLUMNS: usize = 80_000_000;

/// A tree: how it chooses its splits, and its relaxations.
type Asked = (Choice, usize);

/// A first one, whose splits are not compared.
pub(super) const UNTRIED: Asked = (Choice::First, 30);
/// As long as they take turns with other searches a short one.
pub(super) const TRIED: Asked = (Choice::Tried, 300);
/// As many as a proof may have, once these have led nowhere.
pub(super) const LONG: Asked = (Choice::Tried, RELAXATIONS);

/// Attempts in turn without a better plan that end the repair of a whole point's, and of the plan at hand once a
/// first tree has ended.
const OFFERED: usize = 8;
const BETWEEN: usize = 12;

impl Engine<'_> {
    /// How many departures are open to a type.
    pub(super) fn width(&self, of: &Type) -> i128 {
        let open = self.instance.sets[self.instance.items[of.item].set].count_ones(..);
        i128::try_from(open).unwrap_or(i128::MAX)
    }

    /// Whether no row and no level up to `k` has coefficients that sum to more than 10^9, over every unit
    /// and departure: beyond, floating point is not asked for its opinion (FORMAT, `agreed`).
    pub(super) fn is_small(&self, k: usize) -> bool {
        const LARGEST: i128 = 1_000_000_000;
        let pairs = |of: &Type| i128::from(of.count) * self.width(of);
        let most_days =
            |j: usize| self.days[j].as_ref().and_then(|days| days.iter().max().copied()).unwrap_or(1);
        let level = |j: usize| -> i128 {
            let each = |of: &Type| i128::from(self.coefficients[j][of.item].abs()) * pairs(of);
            self.types.iter().map(each).sum::<i128>() * i128::from(most_days(j))
        };
        let row = |r: usize| -> i128 {
            let take = |of: &Type| {
                self.instance.takes[self.instance.items[of.item].takes].iter().map(|take| take[r]).max()
            };
            self.types.iter().map(|of| i128::from(take(of).unwrap_or(0)) * i128::from(of.count)).sum()
        };
        (0..=k).all(|j| level(j) <= LARGEST) && (0..RESOURCES).all(|r| row(r) <= LARGEST)
    }

    /// A proof by cases that no plan is better than the one at hand, which may become better on the way. A tree that has
    /// `grown` so far goes on.
    pub(super) fn cases(
        &self,
        of: Level,
        relaxed: &Relaxed,
        on: &mut dive::Seating,
        (choice, relaxations): Asked,
        grown: &mut Option<Box<branch::Grown>>,
    ) -> Option<branch::Tree> {
        let Level { k, kept, dual } = of;
        let columns = relaxed.coupled.task.upper.len().max(1);
        let most = (RELAXED_COLUMNS / columns).min(relaxations);
        if choice == Choice::Tried && grown.is_none() {
            self.repair(k, dual, on, 0..1, BETWEEN);
        }
        if !self.is_open(k, dual, on) {
            return None;
        }
        let best = |on: &dive::Seating| branch::Best { goal: self.value(k, on), point: relaxed.point_of(on) };
        let at_first = best(on);
        let mut offer = |point: &[i64]| {
            let plan = relaxed.seated(point);
            // One that is short of earlier levels is hardly ever mended.
            if self.keeps(k, &plan, on) {
                self.mend(k, dual, on, plan, 0, OFFERED);
            }
            best(on)
        };
        let branch = Branch {
            instance: &self.instance,
            types: &self.types,
            coupled: relaxed.coupled,
            kept,
            worth_of: &|multipliers| self.worth(multipliers),
            stop: self.stop,
        };
        let tree = grown.take().unwrap_or_else(|| branch.begin(relaxed.places, choice));
        match branch.grow(tree, most, at_first, &mut offer) {
            branch::Proof::Proven(tree) => Some(tree),
            branch::Proof::Open(tree) => {
                *grown = tree;
                None
            }
        }
    }

    /// A tree without trials, then one with them, where nothing comes between.
    pub(super) fn both(&self, of: Level, relaxed: &Relaxed, on: &mut dive::Seating) -> Option<branch::Tree> {
        let asked = [UNTRIED, LONG];
        let asked = if self.hands_on(relaxed) { &asked[..1] } else { &asked };
        asked.iter().find_map(|&how| self.cases(of, relaxed, on, how, &mut None))
    }

    /// The same where whoever takes seats alone is counted in units too: whole flows of it are plans, where those
    /// of seats may not be (families of six on five seats here and one there).
    pub(super) fn cases_of_shapes(&self, of: Level, on: &mut dive::Seating) -> Option<branch::Tree> {
        if !self.is_open(of.k, of.dual, on) || self.instance.room.len() > MANY {
            return None;
        }
        let (coupled, answer) = self.coupled(of.k, of.kept, Flow::Shapes, &mut Vec::new())?;
        let relaxed = Relaxed::new(&self.instance, &self.types, &coupled, &answer);
        self.both(of, &relaxed, on)
    }

    /// The level of a digit.
    pub(super) fn level_of(&self, k: usize) -> Option<usize> {
        self.roles.iter().position(|role| matches!(role, Role::Digit(j) if *j == k))
    }

    /// A proof of `level` by cases, with so many digits before it, in the rows and columns of the format.
    pub(super) fn certify(&self, level: usize, earlier: usize, tree: &branch::Tree) -> Certified {
        let mut rows = Vec::new();
        let mut priced = Vec::new();
        for (d, keys) in self.keys.iter().enumerate() {
            for (resource, key) in keys.iter().enumerate() {
                rows.push(key.clone());
                priced.push((resource, d));
            }
        }
        let levels =
            self.roles.iter().enumerate().filter(|(_, role)| matches!(role, Role::Digit(j) if *j < earlier));
        rows.extend(levels.map(|(level, _)| RowKey::Level(level)));
        rows.extend(self.fixed.iter().map(|fixed| RowKey::Pin(fixed.unit, fixed.departure)));
        let mut columns = Vec::new();
        let tree = self.spell(level, tree, &priced, &mut columns);
        Certified { tree, rows, columns }
    }

    fn spell(
        &self,
        level: usize,
        tree: &branch::Tree,
        priced: &[(usize, usize)],
        columns: &mut Vec<(Vec<UnitIdx>, DepartureIdx)>,
    ) -> Tree {
        match tree {
            branch::Tree::Leaf { prices, multipliers, cases, bound } => {
                let limits = priced.iter().map(|&(resource, d)| prices.0[resource][d]);
                let (_, earlier) = multipliers.of_level.split_last().expect("the level itself");
                let pins = self.fixed_prices(level, prices, multipliers);
                let others = earlier.iter().copied().chain(pins).chain(cases.iter().copied());
                let proof = lowest_terms(limits.chain(others).collect(), multipliers.denominator());
                Tree::Leaf(proof, bound.saturating_add(self.fixed_value(level)))
            }
            branch::Tree::Split { sum, at_most, low, high } => {
                let first = columns.len();
                for (position, of) in self.types.iter().enumerate() {
                    let Some(at) = sum.counts(&self.instance, position, of) else { continue };
                    let units: Vec<UnitIdx> = of.members.iter().map(|&item| self.units[item]).collect();
                    let open = self.instance.sets[self.instance.items[of.item].set].ones();
                    let open = open.filter(|d| at.is_at(*d));
                    columns.extend(open.map(|d| (units.clone(), DepartureIdx::new(d))));
                }
                let split = (first..columns.len()).collect();
                let low = Box::new(self.spell(level, low, priced, columns));
                let high = Box::new(self.spell(level, high, priced, columns));
                Tree::Split { columns: split, at_most: *at_most, low, high }
            }
        }
    }

    /// A level that is the sum of all before it. The proof of the last of them counts each earlier level
    /// `lambda_j >= 1` times, so it bounds the sum too: `V_k + sum lambda_j (V_j - kept_j) <= B` gives
    /// `V_k + sum V_j <= B + sum kept_j` once each earlier row is priced `lambda_j - 1`.
    pub(super) fn sum(
        &self,
        level: usize,
        before: &[Reached],
        kept: &[i64],
        last: Option<&branch::Tree>,
    ) -> Reached {
        let value: i64 = before.iter().map(|reached| reached.value).sum();
        let (_, earlier) = kept.split_last().expect("a sum has levels before it");
        let proven = before.iter().all(|reached| reached.value == reached.bound);
        match last.and_then(|last| last.summed(earlier.iter().sum())) {
            Some(proof) if branch::bound_of(&proof).saturating_add(self.fixed_value(level)) == value => {
                let certificate = self.certify(level, kept.len(), &proof);
                Reached { value, bound: value, agreed: false, certificate }
            }
            _ => {
                let bound = if proven { value } else { i64::MAX };
                Reached { value, bound, agreed: proven, certificate: Certified::nothing(bound) }
            }
        }
    }
}

impl Dual {
    pub(super) fn leaf(&self) -> branch::Tree {
        let Self { prices, multipliers, bound, .. } = self.clone();
        branch::Tree::Leaf { prices, multipliers, cases: Vec::new(), bound }
    }
}

/// Prices over the least denominator.
fn lowest_terms(mut numerators: Vec<i128>, denominator: i128) -> prices::Prices {
    use num_integer::Integer;
    let common = numerators.iter().fold(denominator, |common, price| common.gcd(price));
    for price in &mut numerators {
        *price /= common;
    }
    prices::Prices {
        denominator: i64::try_from(denominator / common).expect("denominators are small"),
        numerators,
    }
}
