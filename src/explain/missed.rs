//! The first level that plans which seat a given unit cannot keep, and by how much they miss it.
//!
//! Prices first: a level whose bound, with the unit aboard, misses its kept row is missed there or earlier.
//! A plan that keeps the rows before and meets that bound settles it; where none is near the plan at hand,
//! the levels are optimised again with the unit aboard, from the last one that can matter backwards.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::optimum::Optimum;
use super::part::Part;
use super::prices::{self, Directory, Prices};
use super::swap::Swaps;
use crate::answer::Basis;
use crate::classes::{self, Class};
use crate::model::{self, Program, Row, RowKey};
use crate::scenario::UnitIdx;
use crate::solve::answer::Names;
use crate::solve::linear::Search;
use crate::solve::prices::Target;
use crate::solve::{self, Question, Reply, Request, SolveError};

/// Nodes of a search that seats as many as it can: it need not be the most.
const NODES: i32 = 20;
/// Classes that one such search asks for.
const TOGETHER: usize = 16;

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

/// A unit of this class must be aboard, on this column if one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Among the program's classes.
    pub class: usize,
    /// Among the program's columns.
    pub column: Option<usize>,
}

/// A plan, with the first level whose kept row it breaks, and by how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    point: Vec<i64>,
    missed: Option<(usize, i64)>,
}

/// The columns that matter to the levels up to one.
#[derive(Debug)]
struct Lean {
    columns: Vec<bool>,
    /// Whether nobody else can help to obey a row either.
    is_whole: bool,
}

impl Lean {
    fn new(program: &Program, level: usize) -> Self {
        let worth = |column: usize| program.objectives[..=level].iter().any(|o| o.coefficients[column] != 0);
        let boards = program.of_class.last().map_or(0, |range| range.end);
        let mut columns: Vec<bool> =
            (0..program.columns.len()).map(|column| column >= boards || worth(column)).collect();
        let mut is_whole = true;
        for row in &program.rows {
            for &(column, a) in &row.terms {
                columns[column] |= row.equal;
                is_whole &= columns[column] || a >= 0;
            }
        }
        Self { columns, is_whole }
    }
}

/// The levels `..to` of a program, with all that helps to see which of them a forced unit misses.
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
    /// By level.
    lean: Vec<Lean>,
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
        let swaps = Swaps::new(&optimum.eligibility, &classes, program, &point, to);
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
        let lean = (0..to).map(|level| Lean::new(program, level)).collect();
        Self { request, optimum, classes, program, class_of, swaps, lean, prices, to }
    }

    /// The class of a unit that some departure is open to.
    #[must_use]
    pub fn class(&self, unit: UnitIdx) -> Option<usize> {
        self.class_of[unit.index()]
    }

    fn sign(&self, level: usize) -> i64 {
        self.optimum.objectives[level].sense.sign()
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
    /// if one is named; the levels before `from` are known to be kept by such a plan. `pool`: plans that may
    /// happen to settle it. With the answer comes the plan that a search found, if it was asked.
    ///
    /// # Errors
    /// Where the solver fails.
    pub fn first_missed(
        &self,
        asked: Forced,
        from: usize,
        pool: &[Known],
    ) -> Result<(Missed, Option<Known>), SolveError> {
        let by_prices = (from..self.to).find_map(|level| self.miss_by_prices(asked, level));
        if let Some((level, miss)) = by_prices
            && level == from
            && from > 0
        {
            // Those before it are kept, so it is the first; nobody asks by how much a tie-break is missed.
            return Ok((Missed::Level(level, miss, self.basis(level)), None));
        }
        let levels = by_prices.map_or(self.to, |(level, _)| level + 1);
        let most = self.most(by_prices, levels);
        let near = self.swaps.aboard(asked.class, asked.column, levels, most.as_deref());
        let near = near.map(|point| self.known(point));
        let seats = |known: &&Known| self.forced(asked).holds(&known.point);
        let settles = |known: &&Known| Self::settles(known, by_prices, from);
        if near.iter().chain(pool.iter().filter(seats)).any(|known| settles(&known)) {
            return Ok((self.settled(by_prices), None));
        }
        if (self.request.stop)() {
            return Ok((Missed::Open, None));
        }
        self.resolve(asked, from, by_prices.map(|(level, _)| level), near.as_ref())
    }

    /// What no plan can gain over the plan at hand in the leading levels, where none of them has a tolerance.
    fn most(&self, by_prices: Option<(usize, i64)>, levels: usize) -> Option<Vec<i64>> {
        let is_strict = self.optimum.objectives[..levels].iter().all(|objective| objective.tolerance == 0);
        let miss = |level: usize| match by_prices {
            Some((missed, miss)) if missed == level => -miss,
            _ => 0,
        };
        is_strict.then(|| (0..levels).map(miss).collect())
    }

    /// Whether a plan with the unit aboard shows that the prices' answer is exact; of a tie-break only which
    /// level it is matters.
    fn settles(known: &Known, by_prices: Option<(usize, i64)>, from: usize) -> bool {
        let level = |missed: Option<(usize, i64)>| missed.map(|(level, _)| level);
        known.missed == by_prices || (from > 0 && level(known.missed) == level(by_prices))
    }

    /// Plans that seat as many of the classes as one search each finds, where all that is left to show of them
    /// is that the prices' answer is met. Each is checked; a search that finds nothing costs only itself.
    #[must_use]
    pub fn rounds(&self, classes: &[usize], from: usize) -> Vec<Known> {
        let mut groups: BTreeMap<Option<(usize, i64)>, Vec<usize>> = BTreeMap::new();
        for &class in classes {
            let asked = Forced { class, column: None };
            let mut missed = (from..self.to).find_map(|level| self.miss_by_prices(asked, level));
            if from > 0 {
                missed = missed.map(|(level, _)| (level, 0));
            }
            let levels = missed.map_or(self.to, |(level, _)| level + 1);
            let most = if from > 0 { None } else { self.most(missed, levels) };
            let near = self.swaps.aboard(class, None, levels, most.as_deref());
            if !near.is_some_and(|point| Self::settles(&self.known(point), missed, from)) {
                groups.entry(missed).or_default().push(class);
            }
        }
        let chunks = |(missed, classes): &(Option<(usize, i64)>, Vec<usize>)| {
            classes.chunks(TOGETHER).map(|some| (*missed, some.to_vec())).collect::<Vec<_>>()
        };
        let groups: Vec<_> = groups.into_iter().collect();
        let rounds: Vec<_> = groups.iter().flat_map(chunks).collect();
        rounds.into_par_iter().flat_map_iter(|(missed, classes)| self.round(missed, &classes, from)).collect()
    }

    fn round(&self, missed: Option<(usize, i64)>, classes: &[usize], from: usize) -> Vec<Known> {
        let level = missed.map_or(self.to.saturating_sub(1), |(level, _)| level);
        let Some(lean) = self.lean.get(level) else { return Vec::new() };
        let mut within = lean.columns.clone();
        for &class in classes {
            within[self.program.of_class[class].clone()].fill(true);
        }
        let part = Part::of(self.program, &within);
        let mut more: Vec<Row> = self.kept(missed.map_or(self.to, |(level, _)| level)).collect();
        if let Some((level, miss)) = missed.filter(|_| from == 0) {
            let row = self.program.level_row(level, self.optimum.bests[level]);
            more.push(Row { at_most: row.at_most + miss, ..row });
        }
        let more = more.iter().map(|row| part.row(row)).collect();
        let mut target = Target { more, ..Target::feasibility(&part.program) };
        let (mut classes, mut found) = (classes.to_vec(), Vec::new());
        while classes.len() > 1 && !(self.request.stop)() {
            target.objective.fill(0);
            for &class in &classes {
                target.objective[part.program.of_class[class].clone()].fill(1);
            }
            let quick = Search::Quick { nodes: NODES };
            let search = Search::Integer { seed: 0, presolve: true, start: None, nodes: Some(NODES) };
            let answers = [quick, search].into_iter();
            let points = answers.flat_map(|search| (self.request.runner)(&target.task(search, None)));
            let mut plans = points.map(|answer| answer.point).filter(|point| target.is_feasible(point));
            let Some(plan) = plans.next() else { break };
            let point = part.outside(self.program, &plan);
            let before = classes.len();
            classes.retain(|&class| !self.forced(Forced { class, column: None }).holds(&point));
            if classes.len() == before {
                break;
            }
            if self.program.is_feasible(&[], &point) {
                found.push(self.known(point));
            }
        }
        found
    }

    fn settled(&self, missed: Option<(usize, i64)>) -> Missed {
        match missed {
            None => Missed::None(self.basis(self.to.saturating_sub(1))),
            Some((level, loss)) => Missed::Level(level, loss, self.basis(level)),
        }
    }

    /// By how much a level is missed for sure, say the prices.
    fn miss_by_prices(&self, asked: Forced, level: usize) -> Option<(usize, i64)> {
        let bound = self.prices[level].as_ref()?.bound(self.program, asked.class, asked.column)?;
        let miss = self.row(level) - self.sign(level) * bound;
        (miss > 0).then_some((level, miss))
    }

    /// A plan with the first level whose row it breaks, and by how much.
    fn known(&self, point: Vec<i64>) -> Known {
        let missed = (0..self.to).find_map(|level| {
            let now = self.program.value(level, &point);
            let miss = self.row(level) - self.sign(level) * now;
            (miss > 0).then_some((level, miss))
        });
        Known { point, missed }
    }

    /// Optimises again with the unit aboard, from the last level that can be the first missed backwards.
    fn resolve(
        &self,
        asked: Forced,
        from: usize,
        missed: Option<usize>,
        near: Option<&Known>,
    ) -> Result<(Missed, Option<Known>), SolveError> {
        let last = self.to.saturating_sub(1);
        let mut level = missed.unwrap_or(last);
        loop {
            match self.best(asked, level, near)? {
                Reply::Best(_, point) if self.to == 0 => {
                    return Ok((Missed::None(Basis::Resolved), Some(self.known(point))));
                }
                Reply::Best(value, point) => {
                    let miss = self.row(level) - self.sign(level) * value;
                    let found = if miss > 0 {
                        Missed::Level(level, miss, Basis::Resolved)
                    } else if level == last {
                        Missed::None(Basis::Resolved)
                    } else {
                        // The search of the level after it said that there is no such plan.
                        Missed::Open
                    };
                    let known = self.known(point);
                    let by_prices = (from..self.to).find_map(|level| self.miss_by_prices(asked, level));
                    let certain = known.missed == by_prices;
                    return Ok((if certain { self.settled(by_prices) } else { found }, Some(known)));
                }
                Reply::Impossible if level > from => level -= 1,
                Reply::Impossible if level == 0 => return Ok((Missed::Blocked, None)),
                Reply::Impossible | Reply::Open => return Ok((Missed::Open, None)),
            }
        }
    }

    /// The best of a level with the unit aboard and the levels before it kept: first among the plans that
    /// the prices leave near their bound, then further and further from it, at last among all.
    fn best(&self, asked: Forced, level: usize, near: Option<&Known>) -> Result<Reply, SolveError> {
        let prices = self.prices.get(level).and_then(Option::as_ref);
        let bound = prices.and_then(|prices| prices.bound(self.program, asked.class, asked.column));
        if let Some((prices, bound)) = prices.zip(bound) {
            let sign = self.sign(level);
            let ceiling = (sign * bound).min(sign * self.optimum.bests[level]);
            let lean = &self.lean[level];
            let mut least = ceiling;
            for further in [0, 1, 4, 16, 64] {
                least = least.min(ceiling - further);
                let within = prices.within(self.program, asked.class, asked.column, sign * least);
                let mut few = within.clone();
                for (column, few) in few.iter_mut().enumerate() {
                    *few &= lean.columns[column] || self.program.of_class[asked.class].contains(&column);
                }
                let mut reply = self.ask(asked, level, near, Some(&few))?;
                let is_met = matches!(reply, Reply::Best(value, _) if sign * value >= ceiling);
                if !lean.is_whole && !is_met {
                    if within.iter().filter(|within| **within).count() * 10 > within.len() * 9 {
                        break;
                    }
                    reply = self.ask(asked, level, near, Some(&within))?;
                }
                match reply {
                    Reply::Best(value, point) if sign * value >= least => {
                        return Ok(Reply::Best(value, point));
                    }
                    Reply::Best(value, _) => least = sign * value,
                    Reply::Open => return Ok(Reply::Open),
                    Reply::Impossible => {}
                }
            }
        }
        self.ask(asked, level, near, None)
    }

    fn ask(
        &self,
        asked: Forced,
        level: usize,
        near: Option<&Known>,
        within: Option<&[bool]>,
    ) -> Result<Reply, SolveError> {
        let forced = self.forced(asked);
        let more: Vec<Row> = self.kept(level).chain([forced]).collect();
        let known = (level < self.to).then(|| self.ceiling(asked, level));
        let start = near.map(|known| known.point.clone());
        let objective = level.min(self.program.objectives.len() - 1);
        let (eligibility, objectives) = (&self.optimum.eligibility, &self.optimum.objectives);
        let Some(within) = within else {
            let question = Question { program: self.program, level: objective, more, known, start };
            return solve::ask(self.request, eligibility, objectives, question);
        };
        let part = Part::of(self.program, within);
        let more = more.iter().map(|row| part.row(row)).collect();
        let start = start.and_then(|point| part.inside(&point));
        let question = Question { program: &part.program, level: objective, more, known, start };
        Ok(match solve::ask(self.request, eligibility, objectives, question)? {
            Reply::Best(value, point) => Reply::Best(value, part.outside(self.program, &point)),
            reply @ (Reply::Impossible | Reply::Open) => reply,
        })
    }

    /// What the level cannot pass with the unit aboard.
    fn ceiling(&self, asked: Forced, level: usize) -> i64 {
        let best = self.sign(level) * self.optimum.bests[level];
        let priced = self.prices[level]
            .as_ref()
            .and_then(|prices| prices.bound(self.program, asked.class, asked.column));
        self.sign(level) * priced.map_or(best, |bound| best.min(self.sign(level) * bound))
    }

    /// `-(units of the class aboard) <= -1`: they are alike, so it may as well be the one in question.
    #[must_use]
    pub fn forced(&self, asked: Forced) -> Row {
        let whole = self.program.of_class[asked.class].clone();
        let columns = asked.column.map_or(whole, |column| column..column + 1);
        Row {
            key: RowKey::Split(0),
            terms: columns.map(|column| (column, -1)).collect(),
            at_most: -1,
            equal: false,
        }
    }
}
