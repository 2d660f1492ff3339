//! One level of the whole program by cases: plans and proof at once.
//!
//! The road for scenarios whose rules tie departures and units together, where the engine's networks do not
//! reach. The plans are split in two, and each half again, the one with the best bound first; every bound is
//! FORMAT's, from prices, in exact integers. It ends when no half is better than the plan at hand, and the tree
//! of splits is then the proof (FORMAT, *proof by cases*).
//! 1. **Splits** are those of `choice`: whether a departure is used at all first, for that is what a relaxation
//!    gets wrong by most. A half's relaxation goes on from where its whole's ended (`relaxed`).
//!    Before anything but that is split, and again as the tree grows, combinations of rows are rounded down to cuts
//!    (`cut`, `cuts`), which bring the bound near.
//! 2. **Plans** are relaxed points that happen to be whole, other seats for those who travel, short searches among the
//!    columns of a relaxed point and of the plan at hand, those of kernels (`kernels`) and of what dives leave (`dives`),
//!    and those of neighbourhoods (`neighbourhood`).
//! 3. **Searches** of parts of the tree (`searches`): of the whole after the first cuts, in a large program while it
//!    grows, else when the count of relaxations has run out; in a large program for plans that meet the bound, too, which
//!    comes down as there is none (`descent`). What two of them say is *agreed*.
//! 4. **What is known stays known.** Cases that cannot keep a level are closed in all later levels too: that level's
//!    prices, counted often enough, prove whatever is asked (`Known`). Decisions are taken over at once, other
//!    splits where they exclude a relaxed point. Columns that no plan has which keeps a level are left out (`fixing`).
//!
//! A wrong relaxation costs time, never truth. Relaxations and searches are counted, never timed.

mod cut;
mod cuts;
mod descent;
mod dives;
mod fixing;
mod kernels;
mod known;
mod neighbourhood;
mod plans;
mod searches;

use std::sync::Arc;

use super::choice::{self, Choice, History, Side, Sums};
use super::linear::{Answer, Fault, Outcome, Runner, Search, State, Stop};
use super::prices::{Prices, Target};
use super::relaxed::Relaxed;
use super::standing::{Standing, is_small};
use crate::model::{Row, RowKey};
use crate::scenario::DepartureIdx;
pub(super) use cut::Cut;
use known::Hint;
pub(super) use known::{Known, finer};

/// A tree is at most so deep (FORMAT allows 100).
const DEPTH: usize = 90;
/// Choices that are looked at closely at once before a split, and how often, as long as none makes a difference.
const CHOICES: usize = 8;
const BATCHES: usize = 4;
/// Cuts are made before the first split, after so many, and each time that there are so many times as many.
const CUT_EVERY: usize = 4;
/// Work of relaxations, counted, that a proof may take where searches have said already what is best.
const CERTIFYING: u64 = 400_000_000;
/// Splits between two short searches for a plan, at first.
const LOOK_EVERY: usize = 10;

/// A proof of a bound.
#[derive(Clone, Debug)]
pub enum Tree {
    /// These prices prove this bound.
    Leaf(Prices, i64),
    /// Combinations rounded down, one after the other, and the prices that prove this bound with them.
    Cuts(Vec<Combination>, Combination, i64),
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

/// Rows with prices over a denominator, each row once.
#[derive(Clone, Debug)]
pub struct Combination {
    /// At least 1.
    pub denominator: i64,
    /// At least 0, but for equations.
    pub prices: Vec<(Priced, i128)>,
}

/// A row of FORMAT's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priced {
    /// By position among those of a target.
    Row(usize),
    /// The departure is used once at most.
    Open(DepartureIdx),
    /// The units of a column's class: each travels once at most.
    Units(usize),
    /// A cut, by position.
    Cut(usize),
}

impl Tree {
    /// The bound that the tree proves: the greatest of its leaves'.
    #[must_use]
    pub fn bound(&self) -> i64 {
        match self {
            Self::Leaf(_, bound) | Self::Cuts(_, _, bound) => *bound,
            Self::Split { low, high, .. } => low.bound().max(high.bound()),
        }
    }

    /// The same without a row that proves nothing, those after it one position further up.
    fn without_row(self, row: usize) -> Self {
        match self {
            Self::Leaf(mut prices, bound) => {
                if row < prices.numerators.len() {
                    prices.numerators.remove(row);
                }
                Self::Leaf(prices, bound)
            }
            Self::Cuts(cuts, last, bound) => {
                let cuts = cuts.into_iter().map(|cut| cut.without_row(row)).collect();
                Self::Cuts(cuts, last.without_row(row), bound)
            }
            Self::Split { columns, at_most, low, high } => {
                let (low, high) = (Box::new(low.without_row(row)), Box::new(high.without_row(row)));
                Self::Split { columns, at_most, low, high }
            }
        }
    }
}

impl Combination {
    fn without_row(mut self, row: usize) -> Self {
        self.prices.retain(|(priced, _)| *priced != Priced::Row(row));
        for (priced, _) in &mut self.prices {
            if let Priced::Row(at) = priced
                && *at > row
            {
                *at -= 1;
            }
        }
        self
    }
}

/// What is rounded down to cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cutting {
    Nothing,
    /// Rows of the tableau; where values are fine single rows, too.
    Tableau,
    /// Single limits, then the tableau.
    All,
}

/// How much a level is worth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// How many relaxations, and how much work of theirs, counted.
    pub(super) relaxations: usize,
    pub(super) work: u64,
    /// How many narrow searches.
    pub(super) searches: usize,
    /// Whether two searches may agree.
    pub(super) may_agree: bool,
    /// Splits before parts of the tree are searched, and again if that leads nowhere; `None`: not while it grows.
    pub(super) endurance: Option<usize>,
    /// Whether relaxations take so long that the word of searches decides what is split.
    pub(super) is_large: bool,
    /// What is rounded down to cuts.
    pub(super) cuts: Cutting,
    /// A second opinion of more columns is asked for in the two parts at once.
    pub(super) undivided: usize,
    /// Whether plans are wanted that give each unit what is worth most to it (the place that it had).
    pub(super) polishes: bool,
    /// So many columns at least are left out at once of what later levels look at, if any are.
    pub(super) fixed: Option<usize>,
}

impl Effort {
    /// No searches, and nobody's word.
    pub(super) const fn of_relaxations(relaxations: usize) -> Self {
        Self {
            relaxations,
            work: u64::MAX,
            searches: 0,
            may_agree: false,
            endurance: None,
            is_large: false,
            cuts: Cutting::Nothing,
            undivided: usize::MAX,
            polishes: false,
            fixed: None,
        }
    }
}

/// One case of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) columns: Vec<usize>,
    pub(super) at_most: i64,
    pub(super) side: Side,
    /// Later levels take its split over at once.
    pub(super) at_once: bool,
}

impl Case {
    /// Of a split in two that may both have plans.
    pub(super) const fn new(columns: Vec<usize>, at_most: i64, side: Side) -> Self {
        Self { columns, at_most, side, at_once: false }
    }

    /// What it asks for, as the row of the split at this depth.
    pub(super) fn row(&self, depth: usize) -> Row {
        let (sign, at_most) = match self.side {
            Side::Low => (1, self.at_most),
            Side::High => (-1, -(self.at_most + 1)),
        };
        let terms = self.columns.iter().map(|&column| (column, sign)).collect();
        Row { key: RowKey::Split(depth), terms, at_most, equal: false }
    }
}

/// The plans of a case within the cases before it.
struct Node {
    parent: Option<usize>,
    case: Option<Case>,
    depth: usize,
    prices: Prices,
    /// What the prices bound, times their denominator.
    total: i128,
    /// What the prices prove.
    bound: i64,
    /// What searches say: no plan here is better.
    word: i64,
    /// As far as a search of this very node says it.
    said: i64,
    /// As far as a second opinion does, too.
    said_again: i64,
    /// A second opinion of this very node came to no end.
    is_contested: bool,
    /// A search of so many columns came to no end here.
    refused: Option<usize>,
    /// The relaxation, until the node is split.
    answer: Option<Answer>,
    /// Where its search ended, as long.
    state: Option<State>,
    /// It is not relaxed yet: prices and bound are the root's.
    is_untried: bool,
    /// It cannot be split further, or searched.
    is_stuck: bool,
    /// The two cases that it is split into, the low one first.
    cases: Option<(usize, usize)>,
    /// What earlier levels know of it.
    hint: Hint,
}

impl Node {
    fn is_leaf(&self) -> bool {
        self.cases.is_none() && !self.hint.is_closed()
    }
}

/// Where all plans better than the one at hand were looked for, whatever their value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    Nowhere,
    /// For any plan at all.
    ForAny,
    InKernels,
    /// Values are fine, and all better plans were asked for.
    Everywhere,
}

/// The search of one level.
pub(super) struct Cases<'n, 'p> {
    target: &'n mut Target<'p>,
    standing: &'n mut Standing,
    effort: Effort,
    runner: &'n Runner<'n>,
    stop: &'n Stop<'n>,
    /// Who hears of the value at hand and of the bound, as they come nearer.
    tell: &'n dyn Fn(Option<i64>, i64),
    /// What was told last.
    last_told: Option<(Option<i64>, i64)>,
    /// The first is the root.
    nodes: Vec<Node>,
    history: History,
    /// What to split on.
    sums: Sums,
    /// How many of the target's own rows come before those of cases; the last of them are cuts.
    own_rows: usize,
    /// The cuts, in the order of their rows.
    cuts: Vec<Cut>,
    /// How many of them are earlier levels'.
    earlier_cuts: usize,
    /// What solves relaxations, once the root's is, and where the last one ended.
    relaxed: Option<(Relaxed<'n>, State)>,
    /// The least value of a point, and the greatest.
    extremes: (i64, i64),
    /// Whether a better plan is worth looking for: no search of everything has said that there is none.
    looks: bool,
    /// Whether what searches exclude is not split any further: prices will hardly prove it too.
    trusts: bool,
    /// Parts of the tree that searches have settled.
    settled: usize,
    /// The value of the plan that the level began with.
    begun_with: Option<i64>,
    /// Kernels that were searched beside something else.
    kernels: usize,
    /// How far better plans than the one at hand have been looked for at once.
    sought: Sought,
    /// The last search for a plan near the bound, if it came to no end: node, value, columns.
    endless: Option<(usize, i64, usize)>,
    /// Work of relaxations when searches had first excluded all that was open.
    said_at: Option<u64>,
    /// Columns that no open end of what is known has: none of them is in the first relaxation.
    left_out: Vec<usize>,
    /// Where the first relaxation begins, and where it ended: places of columns and rows.
    begins: Vec<u8>,
    ended: Vec<u8>,
}

impl<'n, 'p> Cases<'n, 'p> {
    /// A search of `target` from what `standing` knows.
    pub(super) fn new(
        target: &'n mut Target<'p>,
        standing: &'n mut Standing,
        effort: Effort,
        runner: &'n Runner<'n>,
        stop: &'n Stop<'n>,
    ) -> Self {
        let (own_rows, extremes) = (target.more.len(), target.extremes());
        let (history, sums) = (History::default(), Sums::of(target));
        let (trusts, begun_with) = (effort.is_large, standing.value(target));
        Self {
            target,
            standing,
            effort,
            runner,
            stop,
            tell: &|_, _| (),
            last_told: None,
            nodes: Vec::new(),
            history,
            sums,
            own_rows,
            cuts: Vec::new(),
            earlier_cuts: 0,
            relaxed: None,
            extremes,
            looks: true,
            trusts,
            settled: 0,
            begun_with,
            kernels: 0,
            sought: Sought::Nowhere,
            endless: None,
            said_at: None,
            left_out: Vec::new(),
            begins: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// The same, told to someone.
    pub(super) fn told(mut self, tell: &'n dyn Fn(Option<i64>, i64)) -> Self {
        self.tell = tell;
        self
    }

    /// The same from where the first relaxation of the level before ended, of the same columns.
    pub(super) fn from(mut self, places: &[u8]) -> Self {
        self.begins = places.to_vec();
        self
    }

    /// Where the first relaxation ended.
    pub(super) fn ended(&self) -> &[u8] {
        &self.ended
    }

    /// Brings plan and bound together as far as counts allow.
    ///
    /// # Errors
    /// Where the solver fails; the plan at hand and its bound hold all the same.
    pub(super) fn run(&mut self, known: &Known) -> Result<(), Fault> {
        // In a small program the first relaxation takes next to nothing, and its prices may prove all by themselves.
        if self.is_large() {
            self.left_out = known.left_out(self.target);
        }
        self.open(&Hint { known: Arc::new(known.clone()), ..Hint::nothing() }, None, None)?;
        self.branch_and_bound()?;
        self.narrow_searches()?;
        self.conclude();
        if self.effort.may_agree && !self.standing.is_closed(self.target) {
            self.second_opinion()?;
        }
        Ok(())
    }

    /// The proof that there is no plan at all, where the cases came to that.
    pub(super) fn emptiness(&self) -> Option<Tree> {
        self.tree(self.extremes.0.checked_sub(1)?)
    }

    /// What later levels may know of decisions, once this level is kept at its best less `tolerance`.
    pub(super) fn learned(&mut self, level: usize, tolerance: i64) -> Known {
        let kept = self.goal().map_or(i64::MIN, |goal| goal.saturating_sub(tolerance));
        if self.nodes.is_empty() { Known::Open } else { self.learned_of(0, level, kept) }
    }

    fn learned_of(&mut self, at: usize, level: usize, kept: i64) -> Known {
        let case = self.nodes[at].cases.and_then(|(low, _)| self.nodes[low].case.as_ref());
        if case.is_some_and(|case| choice::is_decision(self.target, &case.columns) || case.fixes()) {
            self.learned_split(at, level, kept, Self::learned_of)
        } else {
            self.learned_part(at, level, kept)
        }
    }

    /// The splits below a node as they are.
    fn learned_below(&mut self, at: usize, level: usize, kept: i64) -> Known {
        let node = &self.nodes[at];
        if node.is_leaf() && node.bound < kept {
            return self.closed(node, level);
        }
        self.learned_split(at, level, kept, Self::learned_below)
    }

    fn learned_split(
        &mut self,
        at: usize,
        level: usize,
        kept: i64,
        learned: fn(&mut Self, usize, usize, i64) -> Known,
    ) -> Known {
        let node = &self.nodes[at];
        let cases = node.cases.and_then(|(low, high)| Some((low, high, self.nodes[low].case.clone()?)));
        let Some((low, high, Case { columns, at_most, at_once, .. })) = cases else {
            return node.hint.known.along(&node.hint.spine, node.depth);
        };
        let (low, high) = (learned(self, low, level, kept), learned(self, high, level, kept));
        Known::Split { columns, at_most, at_once, low: Arc::new(low), high: Arc::new(high) }
    }

    fn closed(&self, node: &Node, level: usize) -> Known {
        let denominator = node.prices.denominator;
        let keys = self.target.rows().map(|row| row.key.clone()).chain((0..node.depth).map(RowKey::Split));
        let prices = keys.zip(node.prices.numerators.iter().copied());
        Known::Closed {
            level,
            denominator,
            prices: prices.filter(|(_, price)| *price != 0).collect(),
            total: node.total - i128::from(denominator) * i128::from(self.target.constant),
        }
    }

    /// The decisions that are known, each of the last with its relaxation unless that takes long; the position of the first.
    fn open(&mut self, hint: &Hint, parent: Option<usize>, case: Option<Case>) -> Result<usize, Fault> {
        let split = match &*hint.known {
            Known::Split { columns, at_most, at_once, .. }
                if *at_once || choice::is_decision(self.target, columns) =>
            {
                Some((columns.clone(), *at_most, *at_once))
            }
            Known::Split { .. } | Known::Open | Known::Closed { .. } => None,
        };
        let at = self.nodes.len();
        if (split.is_some() && parent.is_some()) || (!self.nodes.is_empty() && (self.stop)()) {
            let (free, depth) = (self.target.free(), self.depth_below(parent));
            self.nodes.push(Node { depth, ..Node::new(parent, case, free, i128::MAX, i64::MAX) });
        } else if parent.is_none() || hint.is_closed() || !self.is_slow() {
            self.add(hint.clone(), parent, case, None)?;
        } else {
            self.put_off(hint.clone(), parent, case);
        }
        if let Some((columns, at_most, at_once)) = split {
            let [low, high] = hint.split(self.nodes[at].depth);
            let case = |side| Some(Case { columns: columns.clone(), at_most, side, at_once });
            let low = self.open(&low, Some(at), case(Side::Low))?;
            let high = self.open(&high, Some(at), case(Side::High))?;
            self.nodes[at].cases = Some((low, high));
        }
        Ok(at)
    }

    /// Adds a node that is relaxed when its turn comes.
    fn put_off(&mut self, hint: Hint, parent: Option<usize>, case: Option<Case>) {
        let (root, depth) = (&self.nodes[0], self.depth_below(parent));
        let mut prices = root.prices.clone();
        prices.numerators.extend(vec![0; depth]);
        let node = Node::new(parent, case, prices, root.total, root.bound);
        self.nodes.push(Node { depth, hint, word: root.word, is_untried: true, ..node });
    }

    /// Adds a node: as earlier levels have closed it, or relaxed from where another relaxation ended, or the last.
    fn add(
        &mut self,
        hint: Hint,
        parent: Option<usize>,
        case: Option<Case>,
        from: Option<&State>,
    ) -> Result<usize, Fault> {
        let node = match self.closed_again(&hint, parent, case.clone()) {
            Some(node) => node,
            None if hint.is_closed() => self.relax(parent, case, from)?,
            None => Node { hint, ..self.relax(parent, case, from)? },
        };
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    /// The cases down to `parent`, and `case`.
    fn path(&self, parent: Option<usize>, case: Option<&Case>) -> Vec<Case> {
        let mut path: Vec<Case> = case.cloned().into_iter().collect();
        let mut at = parent;
        while let Some(node) = at.map(|at| &self.nodes[at]) {
            path.extend(node.case.clone());
            at = node.parent;
        }
        path.reverse();
        path
    }

    /// Adds the rows of these cases; [`Self::leave`] takes them back.
    fn enter(&mut self, parent: Option<usize>, case: Option<&Case>) {
        let rows = self.case_rows(parent, case);
        self.target.more.extend(rows);
    }

    fn case_rows(&self, parent: Option<usize>, case: Option<&Case>) -> Vec<Row> {
        self.path(parent, case).iter().enumerate().map(|(depth, case)| case.row(depth)).collect()
    }

    fn leave(&mut self) {
        self.target.more.truncate(self.own_rows);
    }

    fn depth_below(&self, parent: Option<usize>) -> usize {
        parent.map_or(0, |parent| self.nodes[parent].depth + 1)
    }

    /// A node whose plans cannot keep an earlier level: the prices that show it, `times` over, and the level's
    /// row `times`. With `V <= total < kept` they add up to `times (total - kept)`, which is below anything that
    /// this level could be.
    fn closed_again(&mut self, hint: &Hint, parent: Option<usize>, case: Option<Case>) -> Option<Node> {
        if !hint.is_closed() {
            return None;
        }
        let depth = self.depth_below(parent);
        let known = hint.known.along(&hint.spine, depth);
        let Known::Closed { level, denominator, prices, total } = &known else { return None };
        let kept = -self.target.more.iter().find(|row| row.key == RowKey::Level(*level))?.at_most;
        let short = i128::from(kept) * i128::from(*denominator) - total;
        let (least, most) = self.extremes;
        let range = (i128::from(most) - i128::from(least) + 1) * i128::from(*denominator);
        let times = if short > 0 { (range + short - 1) / short } else { return None };
        let price_of: rustc_hash::FxHashMap<&RowKey, i128> =
            prices.iter().map(|(key, price)| (key, *price)).collect();
        let price = |row: &Row| {
            let own = if row.key == RowKey::Level(*level) { i128::from(*denominator) } else { 0 };
            let once = price_of.get(&row.key).copied().unwrap_or(own);
            once.checked_mul(times)
        };
        self.enter(parent, case.as_ref());
        let numerators: Option<Vec<i128>> = self.target.rows().map(price).collect();
        let prices = numerators.map(|numerators| Prices { denominator: *denominator, numerators });
        let total = prices.as_ref().and_then(|prices| self.target.total(prices));
        self.leave();
        let (prices, total) = (prices?, total?);
        let bound = i64::try_from(total.div_euclid(prices.denominator.into())).unwrap_or(i64::MIN);
        let hint = Hint { known: Arc::new(known.clone()), spine: (0..depth).collect() };
        (bound < least).then(|| Node { depth, hint, ..Node::new(parent, case, prices, total, bound) })
    }

    /// The node of a case, relaxed.
    fn relax(
        &mut self,
        parent: Option<usize>,
        case: Option<Case>,
        from: Option<&State>,
    ) -> Result<Node, Fault> {
        let path = self.path(parent, case.as_ref());
        self.enter(parent, case.as_ref());
        let bounded = self.solved(&path, from).and_then(|(mut answer, state)| {
            fixing::price_fixings(self.target, &path, &mut answer);
            Ok((self.priced(&answer)?, answer, state))
        });
        self.leave();
        let ((bound, total, prices), answer, state) = bounded?;
        let point = answer.relaxed_point();
        self.standing.offer(self.target, &point);
        let depth = self.depth_below(parent);
        let mut node = Node { depth, state, ..Node::new(parent, case, prices, total, bound) };
        node.word = if bound < self.extremes.0 { i64::MIN } else { bound };
        if let Some(parent) = parent {
            node.word = node.word.min(self.nodes[parent].word);
        }
        node.answer = Some(answer).filter(|answer| answer.point.len() == self.target.objective.len());
        Ok(node)
    }

    /// The relaxation of the cases of a path, whose rows the target has at hand; the first has none.
    fn solved(&mut self, path: &[Case], from: Option<&State>) -> Result<(Answer, Option<State>), Fault> {
        if let Some((relaxed, last)) = &mut self.relaxed
            && let Some((answer, state)) = relaxed.solve(path, from.unwrap_or(last))
        {
            if let Some(state) = &state {
                last.clone_from(state);
            }
            return Ok((answer, state));
        }
        if self.relaxed.is_some() && (self.stop)() {
            return Err(Fault::Process("stopped".into()));
        }
        let mut task = self.target.task(Search::Relaxation, None);
        self.left_out.iter().for_each(|&column| task.upper[column] = 0);
        if path.is_empty() && !self.begins.is_empty() {
            task.search = Search::Resumed { basis: std::mem::take(&mut self.begins) };
        }
        let answer = (self.runner)(&task)?;
        let begins = path.is_empty() && answer.outcome == Outcome::Optimal && !task.upper.is_empty();
        let state = begins.then(|| {
            let (relaxed, state) = Relaxed::new(&task, &answer, self.stop);
            self.relaxed = Some((relaxed, state.clone()));
            self.ended = state.places();
            state
        });
        Ok((answer, state))
    }

    /// The bound of a relaxation's prices, and that times their denominator.
    fn priced(&self, answer: &Answer) -> Result<(i64, i128, Prices), Fault> {
        let found = if answer.outcome == Outcome::Infeasible {
            let closed = self.goal().unwrap_or(self.extremes.0).saturating_sub(1);
            refuted(self.target, answer, closed, self.runner)?
        } else if answer.prices.is_empty() {
            None
        } else {
            self.target.round(answer, Some(self.target.floor(answer)))
        };
        let (bound, prices) = found.unwrap_or_else(|| (self.extremes.1, self.target.free()));
        let total = self.target.total(&prices).unwrap_or(i128::MAX);
        Ok((bound, total, prices))
    }

    fn goal(&self) -> Option<i64> {
        self.standing.value(self.target)
    }

    /// The least value of a better plan than the one at hand, or of any.
    fn next_value(&self) -> i64 {
        self.goal().map_or(self.extremes.0, |goal| goal + 1)
    }

    /// The best value of a plan in a node as prices have it and, where they are trusted, searches.
    fn hope(&self, at: usize) -> i64 {
        if self.trusts { self.nodes[at].word } else { self.nodes[at].bound }
    }

    /// Whether a node may hold a better plan than the one at hand.
    fn is_open(&self, at: usize) -> bool {
        self.nodes[at].is_leaf()
            && self.nodes[at].bound >= self.extremes.0
            && self.hope(at) >= self.next_value()
    }

    /// The open nodes that are not stuck.
    fn open_nodes(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|&at| !self.nodes[at].is_stuck && self.is_open(at))
    }

    /// The greater the sooner: the best, the deepest of them.
    fn rank(&self, at: usize) -> (i64, usize, usize) {
        (self.hope(at), self.nodes[at].depth, at)
    }

    fn best_open(&self) -> Option<usize> {
        self.open_nodes().max_by_key(|&at| self.rank(at))
    }

    /// Splits the open node with the best bound, and goes on into the better half as long as that is nearer to
    /// the bound than to the plan at hand.
    fn branch_and_bound(&mut self) -> Result<(), Fault> {
        let (mut splits, mut look_at, mut patience) = (0, LOOK_EVERY, LOOK_EVERY);
        // A relaxation that is nearly whole needs no cuts: most are where no departure is in doubt.
        let mut glances = self.is_large() && self.nodes.len() == 1;
        // Where relaxations are few and departures cost something, those that are used are all chosen once before a choice
        // is thought over: a plan is at hand sooner.
        let mut plunges = glances && self.is_slow() && choice::decisions_cost(self.target);
        let mut cut_at = Some(0).filter(|_| self.effort.cuts != Cutting::Nothing);
        let endurance = self.effort.endurance.unwrap_or(usize::MAX);
        let (mut pause, mut pursuit) = (endurance, self.pursuit());
        if self.is_slow()
            && self.nodes.len() > 1
            && let Some(point) = self.standing.point.clone()
        {
            let home = self.home(&point);
            if self.nodes[home].is_untried && self.goes_on() {
                self.relax_again(home, None)?;
            }
            self.neighbourhoods(&plans::CLOSE)?;
            self.look(home)?;
        }
        if self.is_large() {
            self.reseat()?;
        }
        while let Some(best) = self.best_open().filter(|_| self.goes_on()) {
            self.report();
            if self.nodes[best].is_untried {
                self.effort.relaxations -= 1;
                self.relax_again(best, None)?;
                continue;
            }
            if self.is_certified_enough() {
                self.trusts = true;
                continue;
            }
            let top = self.hope(best);
            if splits >= pause && self.searches_on() {
                if !self.is_large() {
                    // It has not come to its end by itself.
                    (self.trusts, self.effort.is_large) = (true, true);
                    self.effort.cuts = Cutting::Tableau;
                    continue;
                }
                if self.search_on(best, &mut pursuit)? {
                    continue;
                }
                pause = splits.saturating_add(endurance);
            }
            let mut next = Some(best);
            while let Some(at) = next.take().filter(|_| self.goes_on()) {
                let decision = if plunges { self.first_decision(at) } else { None };
                let has_decided = plunges && decision.is_none();
                plunges &= !has_decided;
                if std::mem::take(&mut glances) || has_decided {
                    self.look(at)?;
                    next = Some(at).filter(|_| self.is_open(at));
                    continue;
                }
                let Some(choice) = decision.or_else(|| self.choose(at)) else {
                    self.nodes[at].is_stuck = true;
                    break;
                };
                let decides = choice::is_decision(self.target, &choice.columns);
                if !decides {
                    if cut_at.is_some_and(|cut_at| splits >= cut_at) {
                        // Later points show what the first one does not, and all that come after gain by it.
                        cut_at = Some(CUT_EVERY.max(CUT_EVERY * splits)).filter(|_| !self.is_large());
                        self.cut(at)?;
                        if splits == 0 && !self.is_large() {
                            self.search_first(at)?;
                        }
                        // Its bound may be so near now that a search of a large program ends in a moment.
                        pause = if self.is_large() { splits } else { pause };
                        next = Some(at).filter(|_| self.is_open(at) && splits < pause);
                        continue;
                    }
                    if splits == 0 && self.looks {
                        let before = self.goal();
                        self.first_plans(at)?;
                        if self.goal() > before && !self.is_large() {
                            self.search_again(at)?;
                        }
                    }
                    if splits >= look_at && self.looks && self.is_open(at) {
                        // A search that comes to no end is not asked for so soon again.
                        patience *= if self.look(at)? { 1 } else { 2 };
                        look_at = splits + patience;
                    }
                    splits += 1;
                }
                if self.is_open(at) {
                    let (low, high) = self.split(at, &choice)?;
                    let better = if self.hope(high) >= self.hope(low) { high } else { low };
                    // A half without any plan is as far as can be.
                    let near = |goal: i64| {
                        top.saturating_sub(self.hope(better)).saturating_mul(2) <= top.saturating_sub(goal)
                    };
                    let goes_on = !decides && splits < pause && self.goal().is_none_or(near);
                    next = Some(better).filter(|_| (plunges || goes_on) && self.is_open(better));
                }
            }
        }
        // Whoever was left for want of a choice may still be searched.
        self.nodes.iter_mut().for_each(|node| node.is_stuck = false);
        Ok(())
    }

    /// Whether searches have excluded all that is open, and the proof of it takes too long: then a second opinion is asked for.
    fn is_certified_enough(&mut self) -> bool {
        if self.trusts || !self.effort.may_agree || self.goal().is_none() {
            return false;
        }
        let aim = self.next_value();
        if self.open_nodes().any(|at| self.nodes[at].word >= aim) {
            return false;
        }
        let spent = self.spent();
        let since = *self.said_at.get_or_insert(spent);
        spent - since > CERTIFYING && is_small(self.target)
    }

    /// Whether relaxations take so long that the word of searches decides what is split.
    fn is_large(&self) -> bool {
        self.effort.is_large
    }

    /// Whether a single relaxation takes long: then they are few, and there are no cuts.
    fn is_slow(&self) -> bool {
        self.is_large() && self.effort.cuts == Cutting::Nothing
    }

    /// The work of this level's relaxations so far, counted.
    fn spent(&self) -> u64 {
        self.relaxed.as_ref().map_or(0, |(relaxed, _)| relaxed.spent())
    }

    fn searches_on(&self) -> bool {
        self.effort.searches > 0 && !(self.stop)() && !self.standing.is_closed(self.target)
    }

    fn goes_on(&self) -> bool {
        self.effort.relaxations > 0
            && self.spent() < self.effort.work
            && !(self.stop)()
            && !self.standing.is_closed(self.target)
    }

    /// Whether the departure that a node's relaxation is most in doubt about is used, if it is in doubt about any.
    fn first_decision(&self, at: usize) -> Option<Choice> {
        let answer = self.nodes[at].answer.as_ref().filter(|_| self.nodes[at].depth < DEPTH)?;
        let first = choice::choices(self.target, answer, &self.sums).into_iter().next()?;
        choice::is_decision(self.target, &first.columns).then_some(first)
    }

    /// What to split a node on.
    fn choose(&mut self, at: usize) -> Option<Choice> {
        let answer = self.nodes[at].answer.clone().filter(|_| self.nodes[at].depth < DEPTH)?;
        let choices = choice::choices(self.target, &answer, &self.sums);
        let known = &*self.nodes[at].hint.known;
        let decides = choices.first().is_some_and(|first| choice::is_decision(self.target, &first.columns));
        if let Known::Split { columns, at_most, .. } = known
            && !decides
            && known.excludes(&answer)
        {
            return Some(Choice::known(columns, *at_most, &answer));
        }
        let (mut tried, mut new): (Vec<Choice>, Vec<Choice>) =
            choices.into_iter().partition(|choice| self.history.knows(choice));
        if tried.is_empty() && new.len() == 1 {
            return new.pop();
        }
        new.truncate(CHOICES * BATCHES);
        for batch in new.chunks(CHOICES) {
            if tried.iter().any(|choice| self.history.praises(choice)) && tried.len() >= CHOICES {
                break;
            }
            self.try_out(at, &answer, batch);
            tried.extend_from_slice(batch);
        }
        self.history.best(tried)
    }

    /// Has both cases of some choices probed, to learn what they cost.
    fn try_out(&mut self, at: usize, answer: &Answer, new: &[Choice]) {
        let path = self.path(Some(at), None);
        let (Some((relaxed, _)), Some(state)) = (&mut self.relaxed, &self.nodes[at].state) else { return };
        let probes = relaxed.probes(&path, state, new);
        self.effort.relaxations = self.effort.relaxations.saturating_sub(2 * new.len());
        let constant = self.target.relaxed(self.target.constant);
        for (choice, probe) in new.iter().zip(probes) {
            for (side, probe) in [Side::Low, Side::High].into_iter().zip(probe) {
                self.learn(choice, side, answer, probe.value.map(|value| i128::from(value) + constant));
            }
        }
    }

    /// A case without any plan is worth as much as one that closes at once.
    fn learn(&mut self, choice: &Choice, side: Side, before: &Answer, after: Option<i128>) {
        let before = self.target.relaxed_value(before);
        let goal = self.goal().unwrap_or(self.extremes.0);
        let closing = (before - self.target.relaxed(goal)).max(0);
        let fall = after.map_or(closing, |after| (before - after).clamp(0, closing));
        self.history.learn(choice, side, fall);
    }

    fn split(&mut self, at: usize, choice: &Choice) -> Result<(usize, usize), Fault> {
        self.tighten(at);
        let (answer, state) = (self.nodes[at].answer.take(), self.nodes[at].state.take());
        let node = &mut self.nodes[at];
        let hint = std::mem::replace(&mut node.hint, Hint::nothing());
        let [low, high] = if hint.is(choice) { hint.split(node.depth) } else { [hint.clone(), hint] };
        let case = |side: Side| Case::new(choice.columns.clone(), choice.at_most, side);
        let path = self.path(Some(at), None);
        if let (Some((relaxed, _)), Some(state)) = (&mut self.relaxed, &state)
            && !low.is_closed()
            && !high.is_closed()
        {
            let path_of = |side| path.iter().cloned().chain([case(side)]).collect();
            relaxed.solve_ahead([Side::Low, Side::High].map(path_of), state);
        }
        let mut half = |side: Side, hint: Hint| {
            self.effort.relaxations = self.effort.relaxations.saturating_sub(1);
            let half = self.add(hint, Some(at), Some(case(side)), state.as_ref())?;
            if let Some(before) = answer.as_ref().filter(|_| choice.is_near()) {
                let after = self.nodes[half].answer.as_ref();
                let after = after.map(|after| self.target.relaxed_value(after));
                self.learn(choice, side, before, after);
            }
            Ok(half)
        };
        let (low, high) = (half(Side::Low, low)?, half(Side::High, high)?);
        self.nodes[at].cases = Some((low, high));
        Ok((low, high))
    }

    /// The bound that the cases prove together.
    fn conclude(&mut self) {
        let goal = self.goal();
        if self.standing.is_closed(self.target) {
            return;
        }
        if let Some((goal, tree)) = goal.and_then(|goal| Some((goal, self.tree(goal)?))) {
            (self.standing.bound, self.standing.tree) = (goal, Some(tree));
            return;
        }
        let bound = self.proven();
        if bound < self.standing.bound {
            // A plan that meets it may still be found: then this is its proof.
            (self.standing.bound, self.standing.tree) = (bound, self.tree(bound));
        }
    }

    /// Tells of what has come nearer since.
    fn report(&mut self) {
        let now = (self.goal(), self.proven());
        if self.last_told.replace(now) != Some(now) {
            (self.tell)(now.0, now.1);
        }
    }

    /// What the cases bound so far.
    fn proven(&self) -> i64 {
        let leaves = self.nodes.iter().filter(|node| node.is_leaf()).map(|node| node.bound);
        leaves.chain(self.goal()).max().map_or(self.standing.bound, |most| most.min(self.standing.bound))
    }

    /// The proof that no plan is better than `goal`.
    fn tree(&self, goal: i64) -> Option<Tree> {
        let needed = self.needed(goal);
        self.tree_below(0, goal, &needed)
    }

    /// The same below a node, fixings of no more than the columns that they are `needed` for.
    fn tree_below(&self, at: usize, goal: i64, needed: &[bool]) -> Option<Tree> {
        let node = self.nodes.get(at)?;
        if node.bound <= goal {
            return self.leaf(node);
        }
        let (low, high) = node.cases?;
        let case = self.nodes[low].case.as_ref()?;
        let (mut columns, at_most) = (case.columns.clone(), case.at_most);
        let below = Box::new(self.tree_below(low, goal, needed)?);
        if case.fixes() {
            columns.retain(|&column| needed[column]);
            if columns.is_empty() {
                return Some(below.without_row(self.target.rows().count() + node.depth));
            }
        }
        let high = Box::new(self.tree_below(high, goal, needed)?);
        Some(Tree::Split { columns, at_most, low: below, high })
    }
}

impl Node {
    fn new(parent: Option<usize>, case: Option<Case>, prices: Prices, total: i128, bound: i64) -> Self {
        Self {
            parent,
            case,
            depth: 0,
            prices,
            total,
            bound,
            word: bound,
            said: i64::MAX,
            said_again: i64::MAX,
            is_contested: false,
            refused: None,
            answer: None,
            state: None,
            is_untried: false,
            is_stuck: false,
            cases: None,
            hint: Hint::nothing(),
        }
    }
}

/// Prices where the relaxation says that there is no plan at all: its ray shows it, or the elastic relaxation's
/// prices, the first whose bound is at most `goal`, or the best.
fn refuted(
    target: &Target,
    answer: &Answer,
    goal: i64,
    runner: &Runner,
) -> Result<Option<(i64, Prices)>, Fault> {
    if let Some(refuted) = target.refuted(&answer.prices) {
        return Ok(Some(refuted));
    }
    let priced =
        |answer: &Answer| if answer.prices.is_empty() { None } else { target.round(answer, Some(goal)) };
    let mut best: Option<(i64, Prices)> = None;
    let reach: i64 = target.objective.iter().zip(&target.program.upper).map(|(c, n)| c.abs() * n).sum();
    for penalty in [reach / 8 + 1, 2 * reach + 1, 16 * reach + 1] {
        if best.as_ref().is_some_and(|(bound, _)| *bound <= goal) {
            break;
        }
        let answer = runner(&target.task(Search::Elastic { penalty }, None))?;
        best = best.into_iter().chain(priced(&answer)).min_by_key(|(bound, _)| *bound);
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use crate::model::measure::{Objective, objectives};
    use crate::model::{self, Program};
    use crate::scenario::read::read;
    use crate::synth::{Spec, generate};
    use crate::{classes, eligibility};

    /// The levels and the whole program of a scenario that uses every rule.
    pub(super) fn drawn(units: usize, departures: usize, seed: u64) -> (Vec<Objective>, Program) {
        let spec = Spec { units, departures, seed, all_rules: true, ..Spec::default() };
        let text = generate(&spec).to_json();
        let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
        let eligibility = eligibility::assess(&scenario, None);
        let levels = objectives(&scenario, None, &scenario.levels(None));
        let program = model::build(&eligibility, &classes::group(&eligibility, &levels), &levels);
        (levels, program)
    }
}
