//! The first level that plans which seat a given unit cannot keep, and by how much they miss it.
//!
//! All units are asked about at once, and the cheapest answer that is exact is taken:
//! 1. **Prices**: a level whose bound, with the unit aboard, misses its kept row is missed there or earlier.
//! 2. **Plans near the plan at hand** ([`swap`](super::swap)): one that keeps the rows before and meets that
//!    bound settles it.
//! 3. **Searches**: the levels are optimised again with the unit aboard, from the first that can be missed,
//!    among the plans that the prices leave; in a large program the engine solves it all again with the unit's
//!    being aboard as the first level.
//! 4. **What a search says of others**: plans near the one it found may settle other units, and where the unit
//!    could take another's place in every plan, its bound is a bound for the other.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::optimum::Optimum;
use super::part::Part;
use super::prices::{self, Directory, Prices};
use super::swap::{Near, Swaps};
use crate::answer::Basis;
use crate::classes::{self, Class};
use crate::model::measure::Objective;
use crate::model::{self, Program, Row, RowKey};
use crate::plan::ProofKind;
use crate::scenario::UnitIdx;
use crate::solve::answer::Names;
use crate::solve::{self, Question, Reply, Request, SolveError};

/// What [`Field::long`] is at first.
const LONG: usize = 8_000;
/// Departures that a change near the plan at hand may go through one after the other.
const DEPTH: usize = 3;
/// Units that are searched for at once; a plan that a search finds may settle others later on. A count, so
/// that threads change nothing.
const AT_ONCE: usize = 8;

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

/// A level and by how much its kept row is missed; `None`: no level.
type Miss = Option<(usize, i64)>;

/// What is asked, and how far the answer has come.
#[derive(Debug)]
struct Inquiry {
    asked: Forced,
    /// What the prices say is missed.
    priced: Miss,
    /// The best plan at hand that has the unit aboard.
    near: Option<Plan>,
    /// By level: what no plan passes that has the unit aboard and keeps the earlier levels, as searches for
    /// others show; maximised.
    bounds: BTreeMap<usize, i64>,
    answer: Option<Missed>,
}

/// A plan: the columns that are not 0, and the first level whose kept row it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    columns: Vec<(usize, i64)>,
    missed: Miss,
}

impl Plan {
    /// Whether a plan that misses this is a better one.
    fn is_worse_than(&self, missed: Miss) -> bool {
        let rank = |missed: Miss| missed.map_or((usize::MAX, 0), |(level, miss)| (level, -miss));
        rank(missed) > rank(self.missed)
    }

    fn point(&self, columns: usize) -> Vec<i64> {
        let mut point = vec![0; columns];
        for &(column, value) in &self.columns {
            point[column] = value;
        }
        point
    }
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
    /// Columns that matter beyond which the engine is asked before a search.
    pub long: usize,
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
        let swaps = Swaps::new(&optimum.eligibility, &classes, program, &point);
        let names = Names { scenario: request.scenario, levels: &optimum.levels };
        let cases = prices::has_cases(&optimum.certificate);
        let directory = Directory::new(names, &classes, program, &optimum.bests[..to], cases);
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
        Self { request, optimum, classes, program, class_of, swaps, lean, prices, to, long: LONG }
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

    /// For each unit that must be aboard: the first of the levels from `from` on that is missed; the levels
    /// before `from` are known to be kept by plans that seat it.
    ///
    /// # Errors
    /// Where the solver fails.
    pub fn first_missed(&self, asks: &[Forced], from: usize) -> Result<Vec<Missed>, SolveError> {
        let inquiry = |&asked: &Forced| {
            let priced = self.by_prices(asked, from);
            // Those before it are kept, so it is the first; nobody asks by how much a tie-break is missed.
            let is_first = from > 0 && priced.is_some_and(|(level, _)| level == from);
            let answer = is_first.then(|| self.settled(priced));
            Inquiry { asked, priced, near: None, bounds: BTreeMap::new(), answer }
        };
        let mut all: Vec<Inquiry> = asks.par_iter().map(inquiry).collect();
        self.look_near(&mut all, from);
        let mut open: Vec<&mut Inquiry> = all.iter_mut().filter(|one| one.answer.is_none()).collect();
        // The fewer levels, the smaller the searches; who misses little bounds those who miss more.
        open.sort_by_key(|one| (self.levels(one.priced), one.priced.map(|(_, miss)| miss)));
        while !open.is_empty() && !(self.request.stop)() {
            self.search_some(&mut open, from)?;
            open.retain(|one| one.answer.is_none());
        }
        Ok(all.into_iter().map(|one| one.answer.unwrap_or(Missed::Open)).collect())
    }

    /// Answers what plans near the plan at hand show: for all one departure away, where most answers are, then
    /// further away as long as that settles some.
    fn look_near(&self, all: &mut [Inquiry], from: usize) {
        let mut by_levels: BTreeMap<usize, Vec<&mut Inquiry>> = BTreeMap::new();
        for one in all.iter_mut().filter(|one| one.answer.is_none()) {
            by_levels.entry(self.levels(one.priced)).or_default().push(one);
        }
        let near = |(levels, group)| (self.swaps.near(levels), group);
        let mut groups: Vec<(Near, Vec<&mut Inquiry>)> = by_levels.into_iter().map(near).collect();
        for _ in 0..DEPTH {
            groups.retain_mut(|(near, group)| {
                if (self.request.stop)() {
                    return false;
                }
                let before = group.len();
                near.deepen();
                group.par_iter_mut().for_each(|one| self.look(near, one, from));
                group.retain(|one| one.answer.is_none());
                !group.is_empty() && group.len() < before
            });
        }
    }

    /// Looks for a better plan near one.
    fn look(&self, near: &Near, one: &mut Inquiry, from: usize) {
        if (self.request.stop)() {
            return;
        }
        let most = self.most(one.priced, near.values());
        let Some(found) = near.aboard(one.asked.class, one.asked.column, most.as_deref()) else { return };
        let missed = self.missed(&found.values);
        if Self::settles(missed, one.priced, from) {
            one.answer = Some(self.settled(one.priced));
        } else if one.near.as_ref().is_none_or(|known| known.is_worse_than(missed)) {
            one.near = Some(Plan { columns: near.columns(&found), missed });
        }
    }

    /// Searches for a few units, of which none bounds another, and tells the others what came of it.
    fn search_some(&self, open: &mut [&mut Inquiry], from: usize) -> Result<(), SolveError> {
        let mut chosen: Vec<usize> = Vec::new();
        for at in 0..open.len() {
            let bounded = |&other: &usize| self.outdoes(open[other].asked, open[at].asked).is_some();
            if !chosen.iter().any(bounded) {
                chosen.push(at);
            }
            if chosen.len() == AT_ONCE {
                break;
            }
        }
        let search = |&at: &usize| self.resolve(open[at], from);
        let found: Result<Vec<_>, SolveError> = chosen.par_iter().map(search).collect();
        for (at, (missed, point)) in chosen.into_iter().zip(found?) {
            let (asked, levels) = (open[at].asked, self.levels(open[at].priced));
            self.bound_others(asked, &missed, open);
            open[at].answer = Some(missed);
            let is_alike = |one: &Inquiry| one.answer.is_none() && self.levels(one.priced) == levels;
            if let Some(point) = point.filter(|_| open.iter().any(|one| is_alike(one))) {
                let mut near = self.swaps.near_to(&point, levels);
                near.deepen();
                let others = open.par_iter_mut().filter(|one| is_alike(one));
                others.for_each(|one| self.look(&near, one, from));
            }
        }
        for one in open.iter_mut().filter(|one| one.answer.is_none()) {
            let near = one.near.as_ref().and_then(|near| near.missed);
            let is_best = |&(level, miss): &(usize, i64)| {
                one.bounds.get(&level).is_some_and(|bound| *bound == self.row(level) - miss)
            };
            one.answer =
                near.filter(is_best).map(|(level, miss)| Missed::Level(level, miss, Basis::Resolved));
        }
        Ok(())
    }

    /// What a search for one unit says of the plans with others.
    fn bound_others(&self, asked: Forced, missed: &Missed, open: &mut [&mut Inquiry]) {
        for one in open.iter_mut().filter(|one| one.answer.is_none()) {
            let Some(more) = self.outdoes(asked, one.asked) else { continue };
            match *missed {
                Missed::Blocked => one.answer = Some(Missed::Blocked),
                Missed::Level(level, miss, _) if more[..level].iter().all(|more| *more == 0) => {
                    let bound = self.row(level) - miss + more[level];
                    one.bounds.entry(level).and_modify(|known| *known = bound.min(*known)).or_insert(bound);
                }
                Missed::Level(..) | Missed::None(_) | Missed::Open => {}
            }
        }
    }

    /// Whether `asked` can take the place of `other` in every plan, and if so by how much a level can be the
    /// worse for it at most: a plan with `other` aboard has `asked` aboard as well, or may have it instead.
    fn outdoes(&self, asked: Forced, other: Forced) -> Option<Vec<i64>> {
        if asked.column.is_some() && asked != other {
            // It may be aboard elsewhere.
            return None;
        }
        let mut more = vec![0; self.to];
        for there in self.columns(other) {
            let here = self.columns(asked).find(|&here| self.swaps.is_same_departure(here, there))?;
            if !self.swaps.burdens_less(here, there) {
                return None;
            }
            for (level, more) in more.iter_mut().enumerate() {
                let coefficients = &self.program.objectives[level].coefficients;
                *more = (self.sign(level) * (coefficients[there] - coefficients[here])).max(*more);
            }
        }
        Some(more)
    }

    /// How many of the leading levels matter to an answer.
    fn levels(&self, priced: Miss) -> usize {
        priced.map_or(self.to, |(level, _)| level + 1)
    }

    /// What no plan can gain over `values` in the leading levels, where none of them has a tolerance.
    fn most(&self, priced: Miss, values: &[i64]) -> Option<Vec<i64>> {
        let levels = self.levels(priced);
        let is_strict = self.optimum.objectives[..levels].iter().all(|objective| objective.tolerance == 0);
        let most = |level: usize| match priced {
            Some((missed, miss)) if missed == level => self.row(level) - miss - values[level],
            _ => self.row(level) - values[level],
        };
        is_strict.then(|| (0..levels).map(most).collect())
    }

    /// Whether a plan with the unit aboard shows that the prices' answer is exact; of a tie-break only which
    /// level it is matters.
    fn settles(missed: Miss, priced: Miss, from: usize) -> bool {
        let level = |missed: Miss| missed.map(|(level, _)| level);
        missed == priced || (from > 0 && level(missed) == level(priced))
    }

    fn settled(&self, missed: Miss) -> Missed {
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

    /// The first level from `from` on that is missed for sure, say the prices.
    fn by_prices(&self, asked: Forced, from: usize) -> Miss {
        (from..self.to).find_map(|level| self.miss_by_prices(asked, level))
    }

    /// The first level whose row is broken by a plan with these leading values, maximised.
    fn missed(&self, values: &[i64]) -> Miss {
        let miss = |(level, value): (usize, &i64)| {
            let miss = self.row(level) - value;
            (miss > 0).then_some((level, miss))
        };
        values.iter().enumerate().find_map(miss)
    }

    /// The first level whose row a plan breaks.
    fn missed_by(&self, point: &[i64]) -> Miss {
        let value = |level: usize| self.sign(level) * self.program.value(level, point);
        self.missed(&(0..self.to).map(value).collect::<Vec<i64>>())
    }

    /// Optimises again with the unit aboard, level by level from the first that can be missed. With the answer
    /// comes a plan.
    fn resolve(&self, one: &Inquiry, from: usize) -> Result<(Missed, Option<Vec<i64>>), SolveError> {
        if (self.request.stop)() {
            return Ok((Missed::Open, None));
        }
        if let Some((missed, point)) = self.by_engine(one, from) {
            return Ok((missed, Some(point)));
        }
        let mut level =
            one.near.as_ref().map_or(from, |near| near.missed.map_or(from, |(level, _)| level.max(from)));
        let mut start = one.near.as_ref().map(|near| near.point(self.program.columns.len()));
        loop {
            let (value, point) = match self.best(one, level, start.take())? {
                Reply::Best(value, point) => (value, point),
                Reply::Impossible if level == 0 => return Ok((Missed::Blocked, None)),
                Reply::Impossible | Reply::Open => return Ok((Missed::Open, None)),
            };
            let missed = self.missed_by(&point);
            let miss = self.row(level) - self.sign(level) * value;
            let answer = if missed == one.priced {
                self.settled(one.priced)
            } else if missed.is_none() && level + 1 >= self.to {
                Missed::None(Basis::Resolved)
            } else if miss > 0 {
                Missed::Level(level, miss, Basis::Resolved)
            } else {
                (level, start) = (level + 1, Some(point));
                continue;
            };
            return Ok((answer, Some(point)));
        }
    }

    /// The whole solve again with the unit's being aboard as the first level, where the engine can do that by
    /// itself and the search would be a long one.
    fn by_engine(&self, one: &Inquiry, from: usize) -> Option<(Missed, Vec<i64>)> {
        let levels = self.levels(one.priced);
        let matter = |lean: &Lean| lean.columns.iter().filter(|matters| **matters).count();
        if one.asked.column.is_some() || matter(self.lean.get(levels.checked_sub(1)?)?) < self.long {
            return None;
        }
        let unit = self.classes[one.asked.class].representative();
        let (eligibility, of) = (&self.optimum.eligibility, &self.optimum.objectives[..levels]);
        let aboard = Objective::aboard(self.request.scenario, unit);
        let objectives = std::iter::once(aboard).chain(of.iter().cloned()).collect();
        let (on, settled) = solve::by_engine(self.request, eligibility, objectives)?;
        let mut proven = settled.iter().take_while(|settled| settled.proof != ProofKind::None);
        let point = || solve::point(eligibility, &self.classes, self.program, &on);
        if proven.next().is_none_or(|aboard| aboard.best != 1) {
            return None;
        }
        for level in 0..levels {
            let best = proven.next()?.best;
            let miss = self.row(level) - self.sign(level) * best;
            if miss > 0 && level >= from {
                let missed = Some((level, miss));
                let exact = missed == one.priced;
                let missed = Missed::Level(level, miss, Basis::Resolved);
                return Some((if exact { self.settled(one.priced) } else { missed }, point()));
            }
            // What a tolerance leaves is less than the kept row leaves, unless the level is at its best.
            if best != self.optimum.bests[level] {
                return None;
            }
        }
        let is_exact = one.priced.is_none();
        is_exact.then(|| (self.settled(one.priced), point()))
    }

    /// The best of a level with the unit aboard and the levels before it kept: first among the plans that
    /// the prices leave near their bound, then further and further from it, at last among all. `start`: a
    /// plan, which may break rows of levels.
    fn best(&self, one: &Inquiry, level: usize, start: Option<Vec<i64>>) -> Result<Reply, SolveError> {
        let asked = one.asked;
        let prices = self.prices.get(level).and_then(Option::as_ref);
        let bound = prices.and_then(|prices| prices.bound(self.program, asked.class, asked.column));
        let more: Vec<Row> = self.kept(level).collect();
        let mut start = start.filter(|point| more.iter().all(|row| row.holds(point)));
        if let Some((prices, bound)) = prices.zip(bound) {
            let sign = self.sign(level);
            let value = |point: &Vec<i64>| sign * self.program.value(level, point);
            let ceiling = (sign * bound).min(sign * self.optimum.bests[level]);
            let ceiling = one.bounds.get(&level).map_or(ceiling, |bound| ceiling.min(*bound));
            let lean = &self.lean[level];
            for further in [0, 1, 4, 16, 64] {
                let known = start.as_ref().map(value);
                if let Some((known, point)) = known.zip(start.take_if(|_| known == Some(ceiling))) {
                    return Ok(Reply::Best(sign * known, point));
                }
                let least = known.map_or(ceiling - further, |known| (ceiling - further).max(known + 1));
                let within = prices.within(self.program, asked.class, asked.column, sign * least);
                let matters = |column: usize| {
                    lean.columns[column] || self.program.of_class[asked.class].contains(&column)
                };
                let few: Vec<bool> = (0..within.len()).map(|at| within[at] && matters(at)).collect();
                let mut reply = self.ask(asked, level, start.as_deref(), Some(&few))?;
                if lean.is_whole && (0..within.len()).all(|at| within[at] || !matters(at)) {
                    return Ok(reply);
                }
                let is_met = matches!(reply, Reply::Best(value, _) if sign * value >= ceiling);
                if !lean.is_whole && !is_met {
                    if within.iter().filter(|within| **within).count() * 10 > within.len() * 9 {
                        break;
                    }
                    reply = self.ask(asked, level, start.as_deref(), Some(&within))?;
                }
                match reply {
                    Reply::Best(value, point) if sign * value >= least => {
                        return Ok(Reply::Best(value, point));
                    }
                    Reply::Open => return Ok(Reply::Open),
                    Reply::Best(value, point) if known.is_none_or(|known| sign * value > known) => {
                        start = Some(point);
                    }
                    Reply::Best(..) | Reply::Impossible => {}
                }
                // No plan has `least`, so one that is short of it by 1 is the best.
                let known = start.as_ref().map(value).filter(|known| known + 1 == least);
                if let Some((known, point)) = known.zip(start.take_if(|_| known.is_some())) {
                    return Ok(Reply::Best(sign * known, point));
                }
            }
        }
        self.ask(asked, level, start.as_deref(), None)
    }

    fn ask(
        &self,
        asked: Forced,
        level: usize,
        start: Option<&[i64]>,
        within: Option<&[bool]>,
    ) -> Result<Reply, SolveError> {
        let forced = self.forced(asked);
        let more: Vec<Row> = self.kept(level).chain([forced]).collect();
        let known = (level < self.to).then(|| self.ceiling(asked, level));
        let start = start.map(<[i64]>::to_vec);
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

    fn columns(&self, asked: Forced) -> Range<usize> {
        asked.column.map_or_else(|| self.program.of_class[asked.class].clone(), |column| column..column + 1)
    }

    /// `-(units of the class aboard) <= -1`: they are alike, so it may as well be the one in question.
    #[must_use]
    pub fn forced(&self, asked: Forced) -> Row {
        aboard(self.columns(asked))
    }
}

/// That one unit at least is aboard by these columns.
pub(super) fn aboard(columns: impl Iterator<Item = usize>) -> Row {
    let terms = columns.map(|column| (column, -1)).collect();
    Row { key: RowKey::Split(0), terms, at_most: -1, equal: false }
}
