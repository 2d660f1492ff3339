//! Proof by cases: where one price vector falls short, the plans are split in two and each half is
//! priced for itself, down to leaves whose bounds all hold.
//!
//! A depth-first branch and bound whose only product is a tree of exact bounds (FORMAT, *proof by
//! cases*). Relaxations suggest the prices and the column to split on; every leaf is evaluated in exact
//! integers, so a wrong relaxation costs time, never truth. It ends after a fixed number of
//! relaxations, counted, never timed.

use super::linear::{Answer, Fault, Outcome, POINT_UNIT, Runner, Search};
use super::prices::{Prices, Target};
use crate::model::{Column, Row, RowKey};

/// A proof of a bound.
#[derive(Clone, Debug)]
pub enum Tree {
    /// These prices prove this bound.
    Leaf(Prices, i64),
    /// The sum of the columns is at most, or more than, `at_most`.
    Split {
        /// Positions among the program's columns.
        columns: Vec<usize>,
        /// The low case's ceiling.
        at_most: i64,
        /// The two cases.
        low: Box<Tree>,
        /// The case `>= at_most + 1`.
        high: Box<Tree>,
    },
}

impl Tree {
    /// The bound that the tree proves: the greatest of its leaves'.
    #[must_use]
    pub fn bound(&self) -> i64 {
        match self {
            Self::Leaf(_, bound) => *bound,
            Self::Split { low, high, .. } => low.bound().max(high.bound()),
        }
    }
}

/// How a proof by cases ended.
#[derive(Debug)]
pub enum Ending {
    /// No plan is better than the goal.
    Proven(Tree),
    /// This plan is.
    Better(Vec<i64>),
    /// The count ran out, the search was stopped, or no prices close a leaf.
    Open,
}

/// A tree is at most so deep (FORMAT allows 100).
const DEPTH: usize = 60;

/// Proves that no plan has a value above `goal`, in at most `relaxations` relaxations.
///
/// # Errors
/// Where the solver fails.
pub fn prove(
    target: &mut Target,
    goal: i64,
    relaxations: usize,
    runner: &Runner,
    stop: &dyn Fn() -> bool,
) -> Result<Ending, Fault> {
    let earlier = target.more.len();
    let mut search = Cases { target, earlier, goal, left: relaxations, better: None, runner, stop };
    let tree = search.node(Vec::new())?;
    Ok(match (search.better, tree) {
        (Some(point), _) => Ending::Better(point),
        (None, Some(tree)) => Ending::Proven(tree),
        (None, None) => Ending::Open,
    })
}

struct Cases<'t, 'p> {
    target: &'t mut Target<'p>,
    /// How many of the target's own rows come before the splits.
    earlier: usize,
    goal: i64,
    left: usize,
    better: Option<Vec<i64>>,
    runner: &'t Runner<'t>,
    stop: &'t dyn Fn() -> bool,
}

impl Cases<'_, '_> {
    /// Proves the case at hand, from where the relaxation of the wider case ended; `None`: it stays open,
    /// or a better plan was found.
    fn node(&mut self, basis: Vec<u8>) -> Result<Option<Tree>, Fault> {
        if self.left == 0 || (self.stop)() {
            return Ok(None);
        }
        self.left -= 1;
        let search = if basis.is_empty() { Search::Relaxation } else { Search::Resumed { basis } };
        let answer = (self.runner)(&self.target.task(search, None))?;
        if answer.outcome == Outcome::Infeasible {
            return self.refute(&answer);
        }
        if answer.point.len() != self.target.objective.len() {
            return Ok(None);
        }
        let Some((bound, prices)) = self.priced(&answer) else { return Ok(None) };
        if bound <= self.goal {
            return Ok(Some(Tree::Leaf(prices, bound)));
        }
        if let Some(point) = self.integral(&answer) {
            self.better = Some(point);
            return Ok(None);
        }
        let depth = self.target.more.len() - self.earlier;
        match self.fractional(&answer).filter(|_| depth < DEPTH) {
            Some(column) => self.split(column, answer.point[column].div_euclid(POINT_UNIT), &answer.basis),
            None => Ok(None),
        }
    }

    fn priced(&self, answer: &Answer) -> Option<(i64, Prices)> {
        if answer.prices.is_empty() { None } else { self.target.round(answer, Some(self.goal)) }
    }

    /// The case has no plan at all, says the relaxation: its own prices show it, or the elastic one's.
    fn refute(&mut self, answer: &Answer) -> Result<Option<Tree>, Fault> {
        if let Some((bound, prices)) = self.priced(answer).filter(|(bound, _)| *bound <= self.goal) {
            return Ok(Some(Tree::Leaf(prices, bound)));
        }
        let reach: i64 =
            self.target.objective.iter().zip(&self.target.program.upper).map(|(c, n)| c.abs() * n).sum();
        for penalty in [reach / 8 + 1, 2 * reach + 1, 16 * reach + 1] {
            let answer = (self.runner)(&self.target.task(Search::Elastic { penalty }, None))?;
            if answer.prices.is_empty() {
                break;
            }
            if let Some((bound, prices)) = self.priced(&answer).filter(|(bound, _)| *bound <= self.goal) {
                return Ok(Some(Tree::Leaf(prices, bound)));
            }
        }
        Ok(None)
    }

    /// The relaxed point, if it is a plan above the goal.
    fn integral(&self, answer: &Answer) -> Option<Vec<i64>> {
        let point = answer.relaxed_point();
        let plan = self.target.is_feasible(&point) && self.target.value(&point) > self.goal;
        plan.then_some(point)
    }

    /// The column to split on: a departure's `y` first, else where most value hangs on the fraction.
    fn fractional(&self, answer: &Answer) -> Option<usize> {
        let columns = &self.target.program.columns;
        let weight = |column: usize| {
            let fraction = answer.point[column].rem_euclid(POINT_UNIT);
            let halfness = fraction.min(POINT_UNIT - fraction);
            let decides = matches!(columns[column], Column::Used(_));
            let worth = i128::from(self.target.objective[column].abs() + 1);
            (halfness > POINT_UNIT / 4096).then_some((decides, i128::from(halfness) * worth))
        };
        let splittable = (0..columns.len()).filter(|&c| !matches!(columns[c], Column::Held(..)));
        let weighted = splittable.filter_map(|column| weight(column).map(|weight| (weight, column)));
        weighted.max_by_key(|&(weight, column)| (weight, std::cmp::Reverse(column))).map(|(_, column)| column)
    }

    fn split(&mut self, column: usize, at_most: i64, basis: &[u8]) -> Result<Option<Tree>, Fault> {
        let depth = self.target.more.len() - self.earlier;
        let case = |sign: i64, at_most: i64| Row {
            key: RowKey::Split(depth),
            terms: vec![(column, sign)],
            at_most,
            equal: false,
        };
        let mut both = Vec::new();
        for row in [case(-1, -(at_most + 1)), case(1, at_most)] {
            self.target.more.push(row);
            let tree = self.node(basis.to_vec());
            self.target.more.pop();
            match tree? {
                Some(tree) => both.push(tree),
                None => return Ok(None),
            }
        }
        let low = Box::new(both.pop().expect("two cases"));
        let high = Box::new(both.pop().expect("two cases"));
        Ok(Some(Tree::Split { columns: vec![column], at_most, low, high }))
    }
}
