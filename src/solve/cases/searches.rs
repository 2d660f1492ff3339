//! What searches say of parts of the tree.
//!
//! A narrow program ([`super::super::narrow`]) holds all plans of a part that have at least some value, in the few columns
//! that such a plan can have. An integer search of it finds the best of them or says that there is none: its
//! word, not a proof, until a second one says the same. A search well up in the tree, for a value only a little below the bound,
//! ends in a moment where the splits below it would not end at all.

use rayon::prelude::*;

use super::super::linear::{Answer, Fault, Focus, Outcome, Search};
use super::super::narrow::{Losses, Narrowed, Program, narrowed};
use super::super::prices::Prices;
use super::super::standing::is_small;
use super::descent::Reach;
use super::plans::WIDE;
use super::{Cases, Sought};

/// Searches that are made side by side, whatever the threads.
pub(super) const TOGETHER: usize = 2;
/// Columns up to which a node is searched before it is split.
const SMALL: usize = 3_000;
/// Columns beyond which a narrow search is not narrow.
pub(super) const COLUMNS: usize = 12_000;
/// Nodes of a narrow search.
pub(super) const NODES: i32 = 400;
/// Of a second opinion.
const SECOND_NODES: i32 = 1_000;
/// Of one that comes after others.
const SOME_NODES: i32 = 60;
/// Of one while the tree grows.
const FEW_NODES: i32 = 30;
/// A search of a part leaves out at least the rest of the program's columns while the tree grows.
const MOST: (usize, usize) = (3, 4);
/// Columns of a search of a part that is quicker than dives.
const FEWEST_COLUMNS: usize = 2_000;
/// Columns of a search of a part at first, and by how much more there are where no part is so narrow.
const FEW_COLUMNS: usize = 3_000;
const NEXT: (usize, usize) = (6, 5);
/// Columns up to which one is asked for, and by how much more where all those lead nowhere.
const MANY_COLUMNS: usize = 7_000;
const WIDER: (usize, usize) = (11, 10);
/// After a search that came to no end those within it are that much narrower.
const NARROWER: (usize, usize) = (2, 3);
/// How many second searches that end nowhere may be asked for in parts.
const SECOND: usize = 24;
/// Leaves below a node that are searched a second time one by one.
const LEAVES: usize = 24;

/// How a narrow search ended.
pub(super) enum Found {
    /// This is the best plan here that reaches the aim, or there is none.
    Whole(Option<Vec<i64>>),
    /// The first of two searches that are to agree says that there is none.
    Unconfirmed,
    /// It was stopped, with this plan perhaps.
    Stopped(Option<Vec<i64>>),
}

/// A narrow search that is asked for: of a node, for a value, perhaps among some columns only.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) at: usize,
    pub(super) aim: i64,
    pub(super) among: Option<&'a [usize]>,
}

/// How large searches of parts may be.
#[derive(Clone, Copy)]
struct Width {
    columns: usize,
    nodes: i32,
}

impl Width {
    /// While the tree grows: short searches.
    fn early(columns: usize) -> Self {
        let (part, whole) = MOST;
        Self { columns: MANY_COLUMNS.min(columns * part / whole), nodes: FEW_NODES }
    }

    /// When it has grown: what comes to no end is not split any more.
    const fn late() -> Self {
        Self { columns: MANY_COLUMNS, nodes: NODES }
    }

    const fn is_late(self) -> bool {
        self.nodes == NODES
    }

    /// Narrower ones, up to this one.
    fn steps(self) -> impl Iterator<Item = Self> {
        let (more, less) = NEXT;
        let next = move |Self { columns, nodes }: &Self| {
            let wider = (columns * more / less).min(self.columns);
            (wider > *columns).then_some(Self { columns: wider, nodes: *nodes })
        };
        std::iter::successors(Some(Self { columns: self.columns.min(FEW_COLUMNS), ..self }), next)
    }

    /// So narrow that nothing is quicker.
    fn narrowest(self) -> Self {
        Self { columns: self.columns.min(FEWEST_COLUMNS), ..self }
    }

    /// A little wider; whether it could be.
    fn widen(&mut self) -> bool {
        let (more, less) = WIDER;
        let before = self.columns;
        self.columns = (before * more / less).min(COLUMNS);
        self.columns > before
    }
}

/// What comes before the wide searches of parts, each once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Searches for plans that meet the bound, where dives would not be quicker.
    Early,
    Dives,
    /// Such searches once more, wherever they go.
    Late,
    Parts,
}

/// How far searches of parts have gone while the tree grows.
pub(super) struct Pursuit {
    width: Width,
    stage: Stage,
    /// What was reached when no part was narrow enough: the best bound, the best plan, parts settled.
    stalled: Option<(i64, Option<i64>, usize)>,
}

impl Cases<'_, '_> {
    /// Before any search of a part.
    pub(super) fn pursuit(&self) -> Pursuit {
        let (width, is_quick) = (Width::early(self.target.objective.len()), !self.is_slow());
        let stage = if is_quick { Stage::Early } else { Stage::Parts };
        Pursuit { width, stage, stalled: None }
    }

    /// Searches parts of a tree that grows, once kernels and before the wide ones brings the bound down and dives, once; whether
    /// the tree is another now.
    pub(super) fn search_on(&mut self, best: usize, pursuit: &mut Pursuit) -> Result<bool, Fault> {
        let is_last = self.nodes[best].word == self.next_value();
        if !self.is_slow() && (is_last || self.is_fine(best)) && self.kernels(best)? {
            self.settle(best)?;
            return Ok(true);
        }
        if self.search_parts(pursuit.width.narrowest())? {
            return Ok(true);
        }
        if pursuit.stage == Stage::Early {
            pursuit.stage = Stage::Dives;
            if self.descend(&Reach::early(self.target.objective.len()))? {
                return Ok(true);
            }
        }
        if pursuit.stage == Stage::Dives {
            pursuit.stage = Stage::Late;
            self.dives(best)?;
            return Ok(true);
        }
        if pursuit.stage == Stage::Late {
            pursuit.stage = Stage::Parts;
            if self.descend(&Reach::late())? {
                return Ok(true);
            }
        }
        if self.search_parts(pursuit.width)? {
            return Ok(true);
        }
        let reached = (self.hope(best), self.goal(), self.settled);
        if pursuit.stalled.replace(reached) == Some(reached) && pursuit.width.widen() {
            self.neighbourhoods(&WIDE)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// A search of a node whose bound will hardly fall any more, for a plan to prove, if that leaves few columns.
    pub(super) fn search_first(&mut self, at: usize) -> Result<(), Fault> {
        if !self.is_worth_a_search(at) {
            return Ok(());
        }
        // Our own quick search is often quicker than the other's start.
        let quick = self.narrow_search(at, self.next_value(), &Search::Quick { nodes: NODES }, None)?;
        self.looks = !matches!(quick, Found::Whole(_));
        if !self.looks || self.next_value() > self.nodes[at].word || (self.stop)() {
            return Ok(());
        }
        self.search_whole(at, NODES)
    }

    /// The same when there is a plan: a better one, if any, is found soon or not at all.
    pub(super) fn search_again(&mut self, at: usize) -> Result<(), Fault> {
        if self.is_worth_a_search(at) { self.search_whole(at, SOME_NODES) } else { Ok(()) }
    }

    fn is_worth_a_search(&mut self, at: usize) -> bool {
        let aim = self.next_value();
        self.searches_on()
            && aim <= self.nodes[at].word
            && self.losses(at).is_some_and(|losses| losses.count(aim) <= SMALL)
    }

    fn search_whole(&mut self, at: usize, nodes: i32) -> Result<(), Fault> {
        if matches!(
            self.narrow_search(at, self.next_value(), &first(nodes, Focus::Both), None)?,
            Found::Whole(_)
        ) {
            let word = self.goal().unwrap_or(i64::MIN);
            self.exclude_above(at, word);
        }
        Ok(())
    }

    /// Searches of all parts of the tree that are still open, the narrow ones first.
    pub(super) fn narrow_searches(&mut self) -> Result<(), Fault> {
        self.trusts = true;
        let mut width = Width::late();
        while self.searches_on() && (self.search_parts(width)? || width.widen()) {
            self.report();
        }
        Ok(())
    }

    /// Searches parts of the tree that hold the best open nodes, the narrowest that there are; whether there were any.
    /// What twice as many columns say takes ten times as long, and is hardly ever needed.
    fn search_parts(&mut self, width: Width) -> Result<bool, Fault> {
        for width in width.steps() {
            if self.search_parts_of(width)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Searches the largest parts that hold the best open nodes, each for plans as good as it may hold or, as far as no
    /// more than so many columns allow, less good ones; whether there were such parts.
    fn search_parts_of(&mut self, width: Width) -> Result<bool, Fault> {
        let mut open: Vec<usize> = self.open_nodes().collect();
        open.sort_unstable_by_key(|&at| std::cmp::Reverse(self.rank(at)));
        let top = open.first().map(|&best| self.hope(best));
        let mut asked: Vec<Asked> = Vec::new();
        for leaf in open {
            if asked.len() == TOGETHER || Some(self.hope(leaf)) != top {
                break;
            }
            let path: Vec<usize> = std::iter::successors(Some(leaf), |&at| self.nodes[at].parent).collect();
            if !asked.iter().any(|part| path.contains(&part.at)) {
                asked.extend(self.part(&path, width));
            }
        }
        // Before the level has a plan of its own a kernel's search is worth more than that of a second part.
        let has_plan = self.goal() > self.begun_with;
        let kernel = self.kernel_beside(if has_plan { &asked } else { &asked[..asked.len().min(1)] });
        if kernel.is_some() {
            asked.truncate(1);
        }
        self.effort.searches = self.effort.searches.saturating_sub(asked.len());
        let aim = self.next_value();
        let beside = kernel.as_ref().map(|(at, among)| Asked { at: *at, aim, among: Some(among) });
        let all: Vec<Asked> = asked.iter().copied().chain(beside).collect();
        let focus = if all.len() < TOGETHER { Focus::Both } else { Focus::Points };
        let found = self.searches(&all, &first(width.nodes, focus))?;
        for (&Asked { at, aim, .. }, found) in asked.iter().zip(found) {
            let is_stuck = self.nodes[at].cases.is_none() && width.is_late();
            if !self.hear(at, aim, found) && is_stuck {
                self.nodes[at].is_stuck = true;
            }
        }
        Ok(!asked.is_empty())
    }

    /// What a search of a node for plans of at least `aim` says of it; whether it came to its end.
    pub(super) fn hear(&mut self, at: usize, aim: i64, found: Found) -> bool {
        let word = match found {
            Found::Whole(Some(point)) => self.target.value(&point),
            Found::Whole(None) => aim.saturating_sub(1),
            Found::Unconfirmed => {
                self.nodes[at].is_contested = true;
                aim.saturating_sub(1)
            }
            // As good as any may be.
            Found::Stopped(Some(point)) if self.target.value(&point) >= self.nodes[at].word => {
                self.nodes[at].word
            }
            Found::Stopped(_) => {
                self.nodes[at].refused = self.losses(at).map(|losses| losses.count(aim));
                return false;
            }
        };
        self.exclude_above(at, word);
        self.settled += 1;
        true
    }

    /// The largest part of the tree on a path up from an open node that such a search is for; late that node at
    /// least, whatever came of searches of what it is part of.
    fn part(&mut self, path: &[usize], width: Width) -> Option<Asked<'static>> {
        let (part, whole) = NARROWER;
        let leaf = *path.first()?;
        let refused = path.iter().filter_map(|&at| self.nodes[at].refused).min();
        let least =
            refused.map_or(width.columns, |columns| width.columns.min(columns.saturating_mul(part) / whole));
        let most = |at: usize| if at == leaf && width.is_late() { width.columns } else { least };
        let word = self.nodes[leaf].word;
        let narrow = |cases: &mut Self, at: usize| {
            let losses = cases.losses(at)?;
            (losses.count(word) <= most(at)).then_some((at, losses))
        };
        let (at, losses) = path.iter().map_while(|&at| narrow(self, at)).last()?;
        let aim = losses.least_value(self.next_value(), word, most(at));
        Some(Asked { at, aim, among: None })
    }

    /// What columns lose in the plans of a node.
    pub(super) fn losses(&mut self, at: usize) -> Option<Losses> {
        self.enter(Some(at), None);
        let (prices, total) = self.tight(at);
        let losses = Losses::new(self.target, &prices, total);
        self.leave();
        losses
    }

    /// What they lose at the prices that the node has.
    pub(super) fn own_losses(&mut self, at: usize) -> Option<Losses> {
        self.enter(Some(at), None);
        let node = &self.nodes[at];
        let losses = Losses::new(self.target, &node.prices, node.total);
        self.leave();
        losses
    }

    /// Gives a node its tightest prices.
    pub(super) fn tighten(&mut self, at: usize) {
        self.enter(Some(at), None);
        (self.nodes[at].prices, self.nodes[at].total) = self.tight(at);
        self.leave();
    }

    /// A search says that no plan of a node, or of those that it is split into, has more than `word`.
    fn exclude_above(&mut self, at: usize, word: i64) {
        let mut below = vec![false; self.nodes.len()];
        for node in at..self.nodes.len() {
            below[node] = node == at || self.nodes[node].parent.is_some_and(|parent| below[parent]);
            if below[node] && self.nodes[node].word > word {
                self.nodes[node].word = word;
            }
        }
        self.nodes[at].said = self.nodes[at].said.min(word);
    }

    /// Searches a node for its best plan of at least `aim`, and takes what it finds; perhaps `among` some columns only.
    pub(super) fn narrow_search(
        &mut self,
        at: usize,
        aim: i64,
        search: &Search,
        among: Option<&[usize]>,
    ) -> Result<Found, Fault> {
        let found = self.searches(&[Asked { at, aim, among }], search)?.pop();
        Ok(found.unwrap_or(Found::Stopped(None)))
    }

    /// Such searches, side by side.
    pub(super) fn searches(&mut self, asked: &[Asked], search: &Search) -> Result<Vec<Found>, Fault> {
        self.searches_each(asked, &vec![search.clone(); asked.len()])
    }

    /// The same, each in its own way.
    pub(super) fn searches_each(
        &mut self,
        asked: &[Asked],
        searches: &[Search],
    ) -> Result<Vec<Found>, Fault> {
        // A search of a small program finds cuts of its own sooner.
        let cuts = self.is_large();
        let mut programs = Vec::with_capacity(asked.len());
        for (&Asked { at, aim, among }, search) in asked.iter().zip(searches) {
            self.enter(Some(at), None);
            let (prices, total) = self.tight(at);
            let mut program = narrowed(self.target, &prices, total, aim, among, cuts);
            self.leave();
            if let Narrowed::Program(program) = &mut program {
                program.task.search = search.clone();
                if let Search::Integer { kernel: Some(kernel), .. } = &mut program.task.search {
                    *kernel = positions(&program.columns, kernel);
                }
            }
            programs.push(program);
        }
        let run = |program: &Narrowed| -> Option<Result<Answer, Fault>> {
            let Narrowed::Program(program) = program else { return None };
            (program.columns.len() <= COLUMNS).then(|| (self.runner)(&program.task))
        };
        let answers: Vec<Option<Result<Answer, Fault>>> = programs.par_iter().map(run).collect();
        let mut found = Vec::with_capacity(asked.len());
        for ((asked, program), answer) in asked.iter().zip(&programs).zip(answers) {
            found.push(match (program, answer) {
                (Narrowed::Nothing, _) => Found::Whole(None),
                (Narrowed::Program(program), Some(answer)) => self.found(asked.aim, program, &answer?),
                (Narrowed::Program(_) | Narrowed::Unknown, _) => Found::Stopped(None),
            });
        }
        Ok(found)
    }

    /// The prices of a node that bound it best, and what they bound, times their denominator; its rows are at hand.
    pub(super) fn tight(&self, at: usize) -> (Prices, i128) {
        let node = &self.nodes[at];
        let known = (node.prices.clone(), node.total);
        let Some(answer) = node.answer.as_ref().filter(|answer| !answer.prices.is_empty()) else {
            return known;
        };
        let is_tighter = |(prices, total): &(Prices, i128)| {
            let ours = total.checked_mul(known.0.denominator.into());
            ours.zip(known.1.checked_mul(prices.denominator.into())).is_some_and(|(ours, known)| ours < known)
        };
        self.target.tightest(answer).filter(is_tighter).unwrap_or(known)
    }

    /// What an answer says of a narrow program; its plan is taken.
    pub(super) fn found(&mut self, aim: i64, program: &Program, answer: &Answer) -> Found {
        let reaches = |point: &Vec<i64>| self.target.is_feasible(point) && self.target.value(point) >= aim;
        let point = program.widened(&answer.point, vec![0; self.target.objective.len()]).filter(reaches);
        if let Some(point) = &point {
            self.standing.offer(self.target, point);
        }
        match answer.outcome {
            Outcome::Optimal if point.is_some() => Found::Whole(point),
            Outcome::Infeasible => Found::Whole(None),
            Outcome::Unconfirmed => Found::Unconfirmed,
            Outcome::Optimal | Outcome::Stopped => Found::Stopped(point),
        }
    }

    /// The nodes for which there is no more than the searches' word: those that were searched last, or, where there
    /// are many, what they are parts of. What its parts exclude it excludes.
    fn doubtful(&mut self, at: usize, goal: i64, into: &mut Vec<usize>) {
        if self.nodes[at].bound.min(self.nodes[at].said_again) <= goal {
            return;
        }
        let cases = self.nodes[at].cases.filter(|_| self.nodes[at].said > goal);
        let Some((low, high)) = cases else {
            into.push(at);
            return;
        };
        let before = into.len();
        self.doubtful(low, goal, into);
        self.doubtful(high, goal, into);
        let leaves = &into[before..];
        let word = leaves.iter().map(|&leaf| self.nodes[leaf].word).max();
        if let Some(word) = word.filter(|_| leaves.len() > LEAVES) {
            into.truncate(before);
            into.push(at);
            self.nodes[at].word = self.nodes[at].word.min(word.max(goal));
        }
    }

    /// Where the searches have excluded every better plan, others do so again, with another seed and without
    /// presolve: then it is *agreed*. What one of them does not end with is asked for in its two parts, and so is
    /// the only one that there is, if it is wide or one has come to no end there, at once.
    pub(super) fn second_opinion(&mut self) -> Result<(), Fault> {
        let Some(goal) = self.goal().filter(|_| is_small(self.target)) else { return Ok(()) };
        let mut doubtful = Vec::new();
        self.doubtful(0, goal, &mut doubtful);
        doubtful.reverse();
        let (mut again, nodes) = (SECOND, self.nodes.len());
        if let [one] = doubtful[..]
            && self.sought != Sought::Everywhere
            && (self.nodes[one].is_contested
                || self.losses(one).is_some_and(|losses| losses.count(goal + 1) > self.effort.undivided))
            && let Some(halves) = self.halves(one, goal)?
        {
            doubtful = halves;
        }
        while !doubtful.is_empty() {
            let some = doubtful.split_off(doubtful.len().saturating_sub(TOGETHER));
            if (self.stop)() || some.iter().any(|&at| self.nodes[at].word > goal) {
                return Ok(());
            }
            let asked: Vec<Asked> = some.iter().map(|&at| Asked { at, aim: goal + 1, among: None }).collect();
            let focus = if self.sought == Sought::Everywhere && some.len() == 1 {
                Focus::Proofs
            } else {
                Focus::Proof
            };
            let found = self.searches(&asked, &Search::second(SECOND_NODES, focus))?;
            for (at, found) in some.into_iter().zip(found) {
                if matches!(found, Found::Whole(None)) {
                    continue;
                }
                let may_split = again > 0 && self.goal() == Some(goal);
                let halves = if may_split { self.halves(at, goal)? } else { None };
                let Some(halves) = halves else { return Ok(()) };
                again -= 1;
                doubtful.extend(halves);
            }
        }
        if self.nodes.len() > nodes {
            // Parts that were split for it may have closed by themselves, all of them.
            self.conclude();
        }
        if !self.standing.is_closed(self.target) {
            (self.standing.bound, self.standing.tree, self.standing.agreed) = (goal, None, true);
        }
        Ok(())
    }

    /// What a node is split into, now if it is not yet: those of the two that their prices do not close.
    pub(super) fn halves(&mut self, at: usize, goal: i64) -> Result<Option<Vec<usize>>, Fault> {
        let halves = match self.nodes[at].cases {
            Some(cases) => Some(cases),
            None => self.choose(at).map(|choice| self.split(at, &choice)).transpose()?,
        };
        let is_open = |half: &usize| self.nodes[*half].bound > goal;
        Ok(halves.map(|(low, high)| [low, high].into_iter().filter(is_open).collect()))
    }
}

/// Two searches side by side, the one for points in the root of a kernel, the other a refutation of so many nodes.
pub(super) fn within(kernel: Vec<usize>, nodes: i32) -> Search {
    let (kernel, focus) = (Some(kernel), Focus::OrNone);
    Search::Integer { seed: 0, presolve: true, start: None, nodes: Some(nodes), focus, kernel }
}

/// Where some of these columns, all in order, are among them.
fn positions(columns: &[usize], some: &[usize]) -> Vec<usize> {
    (0..columns.len()).filter(|&at| some.binary_search(&columns[at]).is_ok()).collect()
}

/// An integer search as it is asked first: a second opinion has another seed and no presolve.
pub(super) const fn first(nodes: i32, focus: Focus) -> Search {
    Search::Integer { seed: 0, presolve: true, start: None, nodes: Some(nodes), focus, kernel: None }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::super::linear::Task;
    use super::super::super::{Method, Request, linear, solve, standing::Standing};
    use super::super::plans::SHORT_NODES;
    use super::super::{Cutting, Effort, Known};
    use super::*;
    use crate::model::measure::objectives;
    use crate::scenario::read::read;
    use crate::solve::prices::Target;
    use crate::synth::{Spec, generate};
    use crate::{classes, eligibility, model};

    /// What searches of parts say, from the first split on, is what everything else says.
    #[test]
    fn searches_of_parts_settle_levels() {
        let (mut agreed, mut in_parts, mut by_dives) = (0, 0, 0);
        let (mut met, mut missed, mut in_halves, mut said_twice, mut first_came_last) = (0, 0, 0, 0, 0);
        let (none, tableau) = (Cutting::Nothing, Cutting::Tableau);
        let efforts = [
            (usize::MAX, false, 1, none),
            (0, false, 1, none),
            (usize::MAX, true, 20, none),
            (usize::MAX, true, 20, tableau),
        ];
        for (seed, effort) in (1..=4).flat_map(|seed| efforts.map(|effort| (seed, effort))) {
            let (undivided, is_large, endurance, cuts) = effort;
            let spec = Spec { units: 48, departures: 8, seed, all_rules: true, ..Spec::default() };
            let text = generate(&spec).to_json();
            let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
            let request = Request {
                scenario: &scenario,
                baseline: None,
                method: Method::Auto,
                runner: &linear::run,
                stop: &|| false,
                grant: &|_| (),
                progress: &|_| (),
            };
            let plan = solve(&request, "blake3:0").expect("the solver works");
            let eligibility = eligibility::assess(&scenario, None);
            let levels = objectives(&scenario, None, &scenario.levels(None));
            let program = model::build(&eligibility, &classes::group(&eligibility, &levels), &levels);
            let stop = || false;
            let (mut kept, mut known, mut point) = (Vec::new(), Known::Open, None);
            for (level, settled) in plan.levels.iter().enumerate() {
                let mut target = Target::new(&program, level, kept.clone());
                let mut standing = Standing::new(point);
                let effort = Effort {
                    searches: 400,
                    may_agree: true,
                    endurance: Some(endurance),
                    undivided,
                    is_large,
                    cuts,
                    ..Effort::of_relaxations(400)
                };
                // Of second opinions the first of a level comes to no end, and of searches for a plan that meets the bound the
                // first two.
                let [asked, dived, beside, alone] = [const { AtomicUsize::new(0) }; 4];
                let [for_bound, meeting, halves] = [const { AtomicUsize::new(0) }; 3];
                let runner = |task: &Task| {
                    let Search::Integer { presolve, focus, nodes, .. } = task.search else {
                        return linear::run(task);
                    };
                    let is_for_bound = matches!(focus, Focus::OrNone | Focus::OrAgreed | Focus::Refutation);
                    beside.fetch_add(usize::from(focus == Focus::OrAgreed), Ordering::Relaxed);
                    alone.fetch_add(usize::from(focus == Focus::Refutation), Ordering::Relaxed);
                    if (!presolve && asked.fetch_add(1, Ordering::Relaxed) == 0)
                        || (is_for_bound && for_bound.fetch_add(1, Ordering::Relaxed) < 2)
                    {
                        return Ok(Answer {
                            outcome: Outcome::Stopped,
                            point: Vec::new(),
                            prices: Vec::new(),
                            basis: Vec::new(),
                        });
                    }
                    let answer = linear::run(task)?;
                    let has_point = usize::from(!answer.point.is_empty());
                    if is_for_bound {
                        meeting.fetch_add(has_point, Ordering::Relaxed);
                    }
                    if focus == Focus::Soon && nodes != Some(SHORT_NODES) {
                        let of = if nodes == Some(1) { &dived } else { &halves };
                        of.fetch_add(if nodes == Some(1) { has_point } else { 1 }, Ordering::Relaxed);
                    }
                    Ok(answer)
                };
                let mut cases = Cases::new(&mut target, &mut standing, effort, &runner, &stop);
                cases.run(&known).expect("the solver works");
                known = cases.learned(level, levels[level].tolerance);
                let best = levels[level].sense.sign() * settled.best.expect("it is a plan of levels");
                assert_eq!((standing.value(&target), standing.bound), (Some(best), best), "{seed} {level}");
                let (beside, asked) = (beside.into_inner(), asked.into_inner());
                said_twice += usize::from(standing.agreed && asked == 0);
                first_came_last += alone.into_inner();
                by_dives += dived.into_inner();
                met += meeting.load(Ordering::Relaxed);
                missed += for_bound.into_inner().saturating_sub(2 + meeting.into_inner());
                in_halves += halves.into_inner();
                assert!(
                    !standing.agreed || asked + beside > 0,
                    "{seed} {level}: agreed without a second opinion"
                );
                agreed += usize::from(standing.agreed);
                in_parts += usize::from(standing.agreed && asked > 1);
                kept.push(program.level_row(level, settled.best.expect("it is a plan of levels")));
                point = standing.point;
            }
        }
        assert!(agreed > 0, "no part was left to a search");
        assert!(by_dives > 0, "no dive led to a plan");
        assert!(met > 0 && missed > 0, "no bound was met, or none came down: {met} {missed}");
        assert!(in_halves > 0, "no half of a node was searched");
        assert!(said_twice > 0, "no level was agreed by searches side by side");
        assert!(first_came_last > 0, "no first opinion was asked for after both");
        assert!(in_parts > 0, "no second opinion was asked for in parts");
    }
}
