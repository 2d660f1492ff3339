//! Proof by cases over the coupled relaxation: how many of a type board at all.
//!
//! Where the relaxation itself is above every plan, the plans are split by the number of units of one
//! type that travel, on any departure: at most `n`, or more. In the relaxation that is a row on one
//! column; in the bound its price is added to, or taken from, the value of the type's units. Leaves are
//! evaluated exactly, as everywhere.

use super::bound::{self, Multipliers, Prices, Type, Worth};
use super::coupled::Coupled;
use super::instance::Instance;
use crate::solve::linear::{Answer, Fault, Outcome, POINT_UNIT, Runner, Search, rounded};
use crate::solve::prices::DENOMINATORS;

/// A tree is at most so deep.
const DEPTH: usize = 40;

/// A case: at most so many units of a type travel, or (`more`) more than that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) position: usize,
    pub(super) at_most: i64,
    pub(super) more: bool,
}

/// A proof of a bound.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Prices, the levels' multipliers, the prices of the cases from the root on, and their bound.
    Leaf { prices: Prices, multipliers: Multipliers, cases: Vec<i128>, bound: i64 },
    /// The type, its ceiling in the low case, and the two cases.
    Split { position: usize, at_most: i64, low: Box<Tree>, high: Box<Tree> },
}

/// What a proof needs to know.
pub(super) struct Branch<'b> {
    pub(super) instance: &'b Instance,
    pub(super) types: &'b [Type],
    pub(super) coupled: Coupled,
    pub(super) kept: &'b [i64],
    /// What no plan shall pass.
    pub(super) goal: i64,
    /// How many relaxations are left.
    pub(super) left: usize,
    pub(super) worth_of: &'b dyn Fn(&Multipliers) -> Worth,
    pub(super) runner: &'b Runner<'b>,
    pub(super) stop: &'b dyn Fn() -> bool,
}

impl Branch<'_> {
    /// Proves the goal under these cases; `None`: it stays open.
    pub(super) fn prove(&mut self, cases: &mut Vec<Case>) -> Result<Option<Tree>, Fault> {
        if self.left == 0 || (self.stop)() {
            return Ok(None);
        }
        self.left -= 1;
        let answer = self.relax(cases, Search::Relaxation)?;
        if answer.outcome == Outcome::Infeasible {
            return self.refute(cases);
        }
        let Some(leaf) = self.leaf(cases, &answer) else { return Ok(None) };
        if bound_of(&leaf) <= self.goal {
            return Ok(Some(leaf));
        }
        match self.fractional(&answer).filter(|_| cases.len() < DEPTH) {
            Some((position, at_most)) => self.split(cases, position, at_most),
            None => Ok(None),
        }
    }

    fn relax(&self, cases: &[Case], search: Search) -> Result<Answer, Fault> {
        let mut task = self.coupled.task.clone();
        task.search = search;
        for case in cases {
            let column = self.coupled.of_type[case.position];
            let (sign, at_most) = if case.more { (-1, -(case.at_most + 1)) } else { (1, case.at_most) };
            task.rows.push((vec![(column, sign)], at_most, false));
        }
        (self.runner)(&task)
    }

    /// No plan in this case, says the relaxation: the prices of the elastic one show it.
    fn refute(&mut self, cases: &[Case]) -> Result<Option<Tree>, Fault> {
        let task = &self.coupled.task;
        let reach: i64 =
            task.objective.iter().zip(&task.upper).map(|(c, n)| c.abs().saturating_mul(*n)).sum();
        for penalty in [reach / 64 + 1, reach + 1] {
            let answer = self.relax(cases, Search::Elastic { penalty })?;
            if let Some(leaf) = self.leaf(cases, &answer).filter(|leaf| bound_of(leaf) <= self.goal) {
                return Ok(Some(leaf));
            }
        }
        Ok(None)
    }

    /// The best leaf that the relaxation's prices give once rounded.
    fn leaf(&self, cases: &[Case], answer: &Answer) -> Option<Tree> {
        if answer.prices.is_empty() {
            return None;
        }
        DENOMINATORS
            .into_iter()
            .filter_map(|denominator| self.leaf_at(cases, answer, denominator))
            .min_by_key(bound_of)
    }

    fn leaf_at(&self, cases: &[Case], answer: &Answer, denominator: i64) -> Option<Tree> {
        let price = |row: usize| rounded(answer.prices[row], denominator).max(0);
        let mut prices = Prices::free(self.instance.room.len());
        for &(row, resource, d) in &self.coupled.limits {
            prices.0[resource][d] = price(row);
        }
        let earlier = self.coupled.levels.clone().map(price);
        let multipliers = Multipliers { of_level: earlier.chain([i128::from(denominator)]).collect() };
        let first = self.coupled.task.rows.len();
        let of_cases: Vec<i128> = (first..first + cases.len()).map(price).collect();
        let mut worth = (self.worth_of)(&multipliers);
        let mut sum = 0;
        for (case, &price) in cases.iter().zip(&of_cases) {
            let sign = if case.more { -1 } else { 1 };
            sum += price * i128::from(if case.more { -(case.at_most + 1) } else { case.at_most });
            for &item in &self.types[case.position].members {
                worth.value[item] -= sign * price;
            }
        }
        let total = bound::total(self.instance, self.types, &worth, &prices, &multipliers, self.kept)?;
        let bound = i64::try_from((total + sum).div_euclid(i128::from(denominator))).ok()?;
        Some(Tree::Leaf { prices, multipliers, cases: of_cases, bound })
    }

    /// The type whose number is furthest from whole, weighted by what it is worth.
    fn fractional(&self, answer: &Answer) -> Option<(usize, i64)> {
        let weighted = self.coupled.of_type.iter().enumerate().filter_map(|(position, &column)| {
            let value = answer.point.get(column)?;
            let fraction = value.rem_euclid(POINT_UNIT);
            let halfness = fraction.min(POINT_UNIT - fraction);
            let worth = i128::from(halfness) * i128::from(self.coupled.task.objective[column].abs() + 1);
            (halfness > POINT_UNIT / 4096).then_some((worth, position, value.div_euclid(POINT_UNIT)))
        });
        weighted
            .max_by_key(|&(worth, position, _)| (worth, std::cmp::Reverse(position)))
            .map(|(_, p, floor)| (p, floor))
    }

    fn split(&mut self, cases: &mut Vec<Case>, position: usize, at_most: i64) -> Result<Option<Tree>, Fault> {
        let mut proven = Vec::new();
        for more in [true, false] {
            cases.push(Case { position, at_most, more });
            let tree = self.prove(cases);
            cases.pop();
            match tree? {
                Some(tree) => proven.push(Box::new(tree)),
                None => return Ok(None),
            }
        }
        let low = proven.pop().expect("two cases");
        let high = proven.pop().expect("two cases");
        Ok(Some(Tree::Split { position, at_most, low, high }))
    }
}

impl Tree {
    /// The proof that the level and all levels before it sum to no more than its bound and `kept`; `None`
    /// where an earlier level counts less than once.
    pub(super) fn summed(&self, kept: i64) -> Option<Self> {
        match self {
            Self::Leaf { prices, multipliers, cases, bound } => {
                let denominator = multipliers.denominator();
                let (_, earlier) = multipliers.of_level.split_last()?;
                let less_one = earlier.iter().map(|lambda| lambda - denominator);
                let of_level: Vec<i128> = less_one.chain([0, denominator]).collect();
                let valid = of_level.iter().all(|lambda| *lambda >= 0);
                let (prices, cases) = (prices.clone(), cases.clone());
                valid.then_some(Self::Leaf {
                    prices,
                    multipliers: Multipliers { of_level },
                    cases,
                    bound: bound + kept,
                })
            }
            Self::Split { position, at_most, low, high } => Some(Self::Split {
                position: *position,
                at_most: *at_most,
                low: Box::new(low.summed(kept)?),
                high: Box::new(high.summed(kept)?),
            }),
        }
    }
}

/// The bound that a tree proves.
pub(super) fn bound_of(tree: &Tree) -> i64 {
    match tree {
        Tree::Leaf { bound, .. } => *bound,
        Tree::Split { low, high, .. } => bound_of(low).max(bound_of(high)),
    }
}
