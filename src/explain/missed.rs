//! The first level that plans which seat a given unit cannot keep, and by how much they miss it.
//!
//! Prices first: a level whose bound, with the unit aboard, misses its kept row is missed there or earlier.
//! A plan that keeps the rows before and meets that bound settles it; where none is near the plan at hand,
//! the levels are optimised again with the unit aboard, from the last one that can matter backwards.

use super::optimum::Optimum;
use super::prices::{self, Directory, Prices};
use super::swap::{Swaps, Witness};
use crate::classes::{self, Class};
use crate::model::{self, Program, Row, RowKey};
use crate::scenario::{Sense, UnitIdx};
use crate::solve::answer::Names;
use crate::solve::{self, Question, Reply, Request, SolveError};

/// How an answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It follows from a price certificate, or from the rules alone, in exact integers.
    Certified,
    /// By an exact re-solve, every level proven.
    Resolved,
    /// Sampled.
    Estimated,
    /// Not shown in the time given.
    NotProven,
}

/// What became of the levels when a unit had to be aboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// A plan keeps all of them.
    None(Basis),
    /// This level is the first that cannot be kept; the best plan misses it by so much.
    Level(usize, i64, Basis),
    /// No plan that keeps the levels before `from` seats the unit there.
    Blocked,
    /// Not shown.
    Open,
}

/// The levels `..to` of a program, with all that helps to see which of them a forced unit misses.
#[derive(Debug)]
pub struct Field<'f, 'a> {
    request: &'f Request<'a>,
    optimum: &'f Optimum<'a>,
    /// Units that are alike in these levels.
    pub classes: Vec<Class>,
    /// The program of the classes.
    pub program: &'f Program,
    /// By unit.
    class_of: Vec<Option<usize>>,
    swaps: Swaps<'f>,
    prices: Vec<Option<Prices>>,
    to: usize,
}

/// The classes of the first `to` levels, and their program.
#[must_use]
pub fn program(optimum: &Optimum, to: usize) -> (Vec<Class>, Program) {
    let objectives = &optimum.objectives[..to.max(1)];
    let classes = classes::group(&optimum.eligibility, objectives);
    let program = model::build(&optimum.eligibility, &classes, objectives);
    (classes, program)
}

impl<'f, 'a> Field<'f, 'a> {
    /// Prepares the first `to` levels, all of them proven.
    #[must_use]
    pub fn new(
        request: &'f Request<'a>,
        optimum: &'f Optimum<'a>,
        classes: Vec<Class>,
        program: &'f Program,
        to: usize,
    ) -> Self {
        let point = solve::point(&optimum.eligibility, &classes, program, &optimum.on);
        let swaps = Swaps::new(&optimum.eligibility, &classes, program, point, to);
        let names = Names { scenario: request.scenario, levels: &optimum.levels };
        let splits = prices::has_splits(&optimum.certificate);
        let directory = Directory::new(names, &classes, program, &optimum.bests[..to], splits);
        let read = |level: usize| {
            let name = &optimum.objectives[level].name;
            let entry =
                optimum.certificate.iter().find(|entry| entry.level.as_deref() == Some(name.as_str()))?;
            Prices::read(&directory, level, entry)
        };
        let prices = (0..to).map(read).collect();
        let mut class_of = vec![None; request.scenario.units.len()];
        for (c, class) in classes.iter().enumerate() {
            for unit in &class.members {
                class_of[unit.index()] = Some(c);
            }
        }
        Self { request, optimum, classes, program, class_of, swaps, prices, to }
    }

    /// The class of a unit that some departure is open to.
    #[must_use]
    pub fn class(&self, unit: UnitIdx) -> Option<usize> {
        self.class_of[unit.index()]
    }

    fn sign(&self, level: usize) -> i64 {
        if self.optimum.objectives[level].sense == Sense::Maximize { 1 } else { -1 }
    }

    /// The least that a kept level has, maximised.
    fn row(&self, level: usize) -> i64 {
        self.sign(level) * self.optimum.bests[level] - self.optimum.objectives[level].tolerance
    }

    /// The rows that keep the levels before `level`.
    fn kept(&self, level: usize) -> impl Iterator<Item = Row> + '_ {
        (0..level).map(|k| self.program.level_row(k, self.optimum.bests[k]))
    }

    fn basis(&self, level: usize) -> Basis {
        let all = self.optimum.certified.iter().take(level + 1).all(|certified| *certified);
        if all { Basis::Certified } else { Basis::Resolved }
    }

    /// The first of the levels from `from` on that is missed when a unit of `class` is aboard, on `column`
    /// if one is named. The levels before `from` are known to be kept by such a plan.
    ///
    /// # Errors
    /// Where the solver fails.
    pub fn first_missed(&self, class: usize, column: Option<usize>, from: usize) -> Result<Missed, SolveError> {
        let by_prices = (from..self.to).find_map(|level| {
            let bound = self.prices[level].as_ref()?.bound(self.program, class, column)?;
            let miss = self.row(level) - self.sign(level) * bound;
            (miss > 0).then_some((level, miss))
        });
        if let Some((level, miss)) = by_prices.filter(|&(level, _)| level == from && from > 0) {
            // Whether it is exact does not matter where the first of the levels is known to be missed.
            if from >= self.optimum.priority() {
                return Ok(Missed::Level(level, miss, self.basis(level)));
            }
        }
        let near = self.swaps.aboard(class, column, self.to);
        if let Some(witness) = &near {
            let first = self.broken(witness);
            if first == by_prices {
                return Ok(match first {
                    None => Missed::None(self.basis(self.to.saturating_sub(1))),
                    Some((level, loss)) => Missed::Level(level, loss, self.basis(level)),
                });
            }
        }
        if (self.request.stop)() {
            return Ok(Missed::Open);
        }
        self.resolve(class, column, from, by_prices.map(|(level, _)| level), near)
    }

    /// The first level whose row a witness breaks, and by how much.
    fn broken(&self, witness: &Witness) -> Option<(usize, i64)> {
        (0..self.to).find_map(|level| {
            let now = self.program.value(level, &witness.point);
            let miss = self.row(level) - self.sign(level) * now;
            (miss > 0).then_some((level, miss))
        })
    }

    /// Optimises again with the unit aboard, from the last level that can be the first missed backwards.
    fn resolve(
        &self,
        class: usize,
        column: Option<usize>,
        from: usize,
        missed: Option<usize>,
        near: Option<Witness>,
    ) -> Result<Missed, SolveError> {
        let last = self.to.saturating_sub(1);
        let mut level = missed.unwrap_or(last);
        loop {
            let more: Vec<Row> = self.kept(level).chain([self.forced(class, column)]).collect();
            let objective = level.min(self.program.objectives.len() - 1);
            let question = Question {
                program: self.program,
                level: objective,
                more,
                known: (level < self.to).then(|| self.ceiling(class, column, level)),
                start: near.as_ref().map(|witness| witness.point.clone()),
            };
            match solve::ask(self.request, &self.optimum.eligibility, &self.optimum.objectives, question)? {
                Reply::Open if self.to > 0 => return Ok(Missed::Open),
                Reply::Open => return Ok(if near.is_some() { Missed::None(Basis::Resolved) } else { Missed::Open }),
                Reply::Best(..) if self.to == 0 => return Ok(Missed::None(Basis::Resolved)),
                Reply::Best(value, _) => {
                    let miss = self.row(level) - self.sign(level) * value;
                    return Ok(match miss > 0 {
                        true => Missed::Level(level, miss, Basis::Resolved),
                        false if level == last => Missed::None(Basis::Resolved),
                        // The search of the level after it said that there is no such plan.
                        false => Missed::Open,
                    });
                }
                Reply::Impossible if level > from => level -= 1,
                Reply::Impossible if level == 0 => return Ok(Missed::Blocked),
                Reply::Impossible => return Ok(Missed::Open),
            }
        }
    }

    /// What the level cannot pass with the unit aboard.
    fn ceiling(&self, class: usize, column: Option<usize>, level: usize) -> i64 {
        let best = self.sign(level) * self.optimum.bests[level];
        let priced = self.prices[level].as_ref().and_then(|prices| prices.bound(self.program, class, column));
        self.sign(level) * priced.map_or(best, |bound| best.min(self.sign(level) * bound))
    }

    /// `-(units of the class aboard) <= -1`: they are alike, so it may as well be the one in question.
    #[must_use]
    pub fn forced(&self, class: usize, column: Option<usize>) -> Row {
        let columns = column.map_or(self.program.of_class[class].clone(), |column| column..column + 1);
        Row {
            key: RowKey::Split(0),
            terms: columns.map(|column| (column, -1)).collect(),
            at_most: -1,
            equal: false,
        }
    }
}
