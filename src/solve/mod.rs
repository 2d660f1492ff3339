//! The levels in order: for each a plan and a bound, until they meet.
//!
//! Comes in: a scenario, its baseline, a runner of linear tasks, a question "stop?". Goes out: a
//! [`Solution`], checked by nobody yet. The module reads no clock and prints nothing.
//!
//! A level is settled by the first of these that closes it:
//! 1. the `engine`, where no rule ties departures or units together; `knapsack` where units are things of all sizes;
//! 2. the bound without any price: everybody who can be is counted already;
//! 3. the exact bound from its relaxation's prices meets the plan at hand, or, by [`cases`], those of every
//!    case do;
//! 4. an integer search finds a plan that meets it;
//! 5. a second integer search, with another seed and without presolve, says the same: *agreed*.
//!
//! The reference method asks for the integer search before it looks at cases.

pub mod answer;
pub mod cases;
mod choice;
pub mod conflict;
mod dice;
mod engine;
mod few;
mod greedy;
mod knapsack;
pub mod linear;
mod narrow;
pub mod prices;
mod relaxed;
mod shut;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use fixedbitset::FixedBitSet;

use crate::classes::{self, Class};
use crate::eligibility::{self, Eligibility};
use crate::model::measure::{Objective, objectives};
use crate::model::{self, Column, Program, Row, RowKey};
use crate::plan::{Conflict, Plan, ProofKind};
use crate::rule::Rule;
use crate::scenario::{Baseline, DepartureIdx, Levels, Scenario, Sense, SponsorIdx, UnitIdx, Was};
use cases::{Cases, Cut, Cutting, Effort, Known, Tree};
use few::Few;
use linear::{Fault, Focus, Outcome, Runner, Search};
use prices::Target;

/// Where each unit travels; by [`UnitIdx`].
pub type Seating = Vec<Option<DepartureIdx>>;

/// How the program is made and settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Interchangeable units as classes.
    Auto,
    /// The reference: one column per unit and departure.
    Flat,
}

/// How far a level has come, for a progress line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Position among the levels.
    pub level: usize,
    /// The level's name.
    pub name: String,
    /// What the best plan at hand has.
    pub value: Option<i64>,
    /// What no plan can pass.
    pub bound: Option<i64>,
}

/// What a solve is asked to do.
pub struct Request<'a> {
    /// What to solve.
    pub scenario: &'a Scenario,
    /// The plan that it is changed from.
    pub baseline: Option<&'a Baseline>,
    /// How.
    pub method: Method,
    /// Who runs linear tasks.
    pub runner: &'a Runner<'a>,
    /// Whether to stop and give what there is.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Told what part of the time that is left, in percent, the next step may take: `stop` and the runner go by it until the
    /// next such word.
    pub grant: &'a (dyn Fn(u32) + Sync),
    /// Told whenever a level comes further.
    pub progress: &'a (dyn Fn(&Progress) + Sync),
}

/// Why a scenario cannot be solved at all.
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// Pins that eligibility forbids: `(position among the pins, the tests that fail)`.
    #[error("a pin is forbidden by eligibility")]
    ForbiddenPins(Vec<(usize, Vec<Rule>)>),
    /// The solver failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A level's end.
#[derive(Clone, Debug)]
pub struct Settled {
    /// What the best plan of this level had, in the level's own sense.
    pub best: i64,
    /// What no plan can pass.
    pub bound: i64,
    /// How that is known.
    pub proof: ProofKind,
    /// Of a certified level.
    pub certificate: Option<Certified>,
    /// The plan that reached `best`.
    pub witness: Seating,
}

/// A proof, with the program that it speaks of.
#[derive(Clone, Debug)]
pub struct Certified {
    /// The proof.
    pub tree: Tree,
    /// The rows that its leaves price, splits apart: keys only.
    pub rows: Vec<model::RowKey>,
    /// What the split columns are: the units of the class (none: the departure's `y`), and the departure.
    pub columns: Vec<(Vec<UnitIdx>, DepartureIdx)>,
}

/// How a solve ended.
#[derive(Debug)]
pub enum Solution {
    /// A plan, with the levels as far as they were settled.
    Found {
        /// Who travels where.
        on: Seating,
        /// By level.
        levels: Vec<Settled>,
    },
    /// No plan obeys the rules.
    Infeasible {
        /// What contradicts itself.
        conflict: Vec<Conflict>,
        /// Whether it is irreducible.
        reduced: bool,
        /// The proof that nothing obeys the rules, where prices give one.
        certificate: Option<Certified>,
    },
    /// Stopped before a plan was found or excluded.
    Unknown,
}

/// The pins that eligibility forbids, with the tests that fail.
#[must_use]
pub fn forbidden_pins(eligibility: &Eligibility) -> Vec<(usize, Vec<Rule>)> {
    let pins = eligibility.scenario().pins.iter().enumerate();
    let barred = pins.map(|(position, pin)| (position, eligibility.barred(pin.unit, pin.departure)));
    barred.filter(|(_, rules)| !rules.is_empty()).collect()
}

/// Solves a scenario level by level and writes the plan, with `digest` of the scenario's bytes.
///
/// # Errors
/// Where a pin is forbidden by eligibility, or the solver fails before a plan is known.
pub fn solve(request: &Request, digest: &str) -> Result<Plan, SolveError> {
    let eligibility = eligibility::assess(request.scenario, request.baseline);
    let levels = request.scenario.levels(request.baseline);
    let solution = search(request, &eligibility, &levels)?;
    Ok(answer::plan(&eligibility, request.baseline, &levels, digest, solution))
}

/// The search itself: everything but the plan file.
///
/// # Errors
/// As [`solve`].
pub fn search(request: &Request, eligibility: &Eligibility, levels: &Levels) -> Result<Solution, SolveError> {
    let forbidden = forbidden_pins(eligibility);
    if !forbidden.is_empty() {
        return Err(SolveError::ForbiddenPins(forbidden));
    }
    let objectives = objectives(request.scenario, request.baseline, levels);
    Loop::new(request, eligibility, objectives, levels.priority).run()
}

/// A level to be optimised over the plans that obey further rows.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// The rows of every plan, and the levels.
    pub program: &'q Program,
    /// Position among the levels.
    pub level: usize,
    /// Further rows: levels that are kept, a unit that is aboard.
    pub more: Vec<Row>,
    /// What no such plan can pass, if that is known; in the level's own sense.
    pub known: Option<i64>,
    /// A plan that obeys the rows, if one is at hand: by column.
    pub start: Option<Vec<i64>>,
}

/// What became of a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The best there is, proven or agreed, and a plan that has it: by column.
    Best(i64, Vec<i64>),
    /// No plan obeys the rows.
    Impossible,
    /// Stopped, or no proof was found.
    Open,
}

/// Optimises one level, whatever became of the others: every road of a solve but the engine's.
///
/// # Errors
/// Where the solver fails before a plan is known.
pub fn ask(
    request: &Request,
    eligibility: &Eligibility,
    objectives: &[Objective],
    question: Question,
) -> Result<Reply, SolveError> {
    let Question { program, level, more, known, start } = question;
    let sign = objectives[level].sense.sign();
    let known = known.map_or(i64::MAX, |known| sign * known);
    let mut answers = Loop::new(request, eligibility, objectives.to_vec(), objectives.len());
    answers.care = Care::Agreed;
    let mut target = Target::new(program, level, more);
    let start = start.filter(|point| target.is_feasible(point));
    Ok(match answers.settle(level, &mut target, start, known)? {
        None => Reply::Impossible,
        Some(standing) => match &standing.point {
            Some(point) if standing.is_closed(&target) => {
                Reply::Best(sign * target.value(point), point.clone())
            }
            _ => Reply::Open,
        },
    })
}

/// What the engine alone reaches: its plan, and the leading levels that it settles; `None` where a rule is
/// beyond it.
#[must_use]
pub fn by_engine(
    request: &Request,
    eligibility: &Eligibility,
    objectives: Vec<Objective>,
) -> Option<(Seating, Vec<Settled>)> {
    let priority = objectives.len();
    let mut answers = Loop::new(request, eligibility, objectives, priority);
    answers.engine();
    answers.on.map(|on| (on, answers.settled))
}

/// How many relaxations a proof by cases may take, by the number of columns: a count, so that the same
/// input takes the same path. Of a large program work is counted too.
fn relaxations(columns: usize) -> usize {
    let work = |columns_in_all: usize, least: usize, most: usize| {
        (columns_in_all / (columns + 1)).clamp(least, most)
    };
    work(10_000_000, 300, 4000).max(work(1_000_000, 0, 6000))
}

/// Work of relaxations of a level of a large program, counted.
const WORK: u64 = 2_000_000_000;
/// Relaxations for a tie-break of a large program.
const MINOR: usize = 60;
/// Relaxations where no proof by cases is asked for.
const ASKED: usize = 200;
/// Narrow searches of a level.
const SEARCHES: usize = 120;
/// The part of all relaxations after which parts of a tree are searched: of a large one, and of one that may well
/// come to its end without.
const ENDURANCE: usize = 40;
const MORE_ENDURANCE: usize = 10;

/// Columns up to which what is agreed of things and bins is asked for a proof by cases.
const TINY: usize = 200;

/// Columns beyond which an integer search of the whole program does not end in a night.
const LONG: usize = 8_000;
/// Columns beyond which parts of a level's tree are searched while it grows, and second opinions are asked for in
/// halves; and beyond which parts are searched at once, for relaxations take so long that cuts must be few.
const PARTS: usize = 3_000;
const PARTS_AT_ONCE: usize = 5_000;
/// Columns beyond which relaxations take so long that there are no cuts.
const UNCUT: usize = 30_000;
/// Columns beyond which relaxations of a whole program are not worth the wait.
const LARGE: usize = 400_000;
/// What part of the time that is left, in percent, a scout may take, and a level for which other priority levels wait, or
/// other levels.
const SCOUT: u32 = 40;
const BEFORE_OTHERS: u32 = 80;
const BEFORE_TIES: u32 = 90;
const ALL: u32 = 100;
/// Searches of such a program for seats of those who wait, for each level, and the nodes of each.
const ROOMS: usize = 8;
const ROOM_NODES: i32 = 20;
/// The same of a tie-break, which shall not eat the night.
const LARGE_FOR_A_TIE: usize = 60_000;
/// Columns are shut out where that leaves out more than one in so many.
const SHUT: usize = 4;
/// As many where the level is how many places change hands: a relaxation that is nearly whole.
const NEARLY_WHOLE: usize = 400_000;
/// Columns up to which a proof by cases of the whole program is tried where the engine only agrees.
const SMALL: usize = 3_000;

struct Loop<'r, 'a> {
    request: &'r Request<'a>,
    eligibility: &'r Eligibility<'a>,
    objectives: Vec<Objective>,
    /// How many of them are priority levels.
    priority: usize,
    care: Care,
    on: Option<Seating>,
    settled: Vec<Settled>,
    /// Of decisions, by the levels so far.
    known: Known,
    /// Of limits, likewise.
    cuts: Vec<Cut>,
    /// Of a large program: where the first relaxation of the last level that had one ended.
    places: Vec<u8>,
    /// What the engine found; of a large scenario with rules that are beyond it, without these.
    scout: Option<engine::Result>,
}

/// What is tried where prices alone do not close a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    /// A proof by cases, for the plan file.
    Cases,
    /// Two searches that agree.
    Agreed,
}

/// What a level's search knows: values and bounds are those of the target, which is maximised.
struct Standing {
    point: Option<Vec<i64>>,
    bound: i64,
    /// Proves `bound`.
    tree: Option<Tree>,
    /// Two searches say that `bound` holds.
    agreed: bool,
}

impl<'r, 'a> Loop<'r, 'a> {
    fn new(
        request: &'r Request<'a>,
        eligibility: &'r Eligibility<'a>,
        objectives: Vec<Objective>,
        priority: usize,
    ) -> Self {
        Self {
            request,
            eligibility,
            objectives,
            priority,
            care: Care::Cases,
            on: None,
            settled: Vec::new(),
            known: Known::Open,
            cuts: Vec::new(),
            places: Vec::new(),
            scout: None,
        }
    }

    fn run(mut self) -> Result<Solution, SolveError> {
        let mut reduction: Option<(Vec<Class>, Program)> = None;
        self.grant(ALL);
        if !self.has_things() {
            self.engine();
            self.scout();
        }
        for level in self.settled.len()..self.objectives.len() {
            self.grant_level(level);
            let classes = self.classes(level);
            if self.objectives[level].is_changes() && self.is_beyond(&classes, UNCUT) {
                self.polish(level);
            }
            if self.is_beyond(&classes, self.most_columns(level)) {
                self.make_room(level);
                self.leave_open(level);
                continue;
            }
            let (classes, program) = match reduction.take() {
                Some((known, program)) if known == classes => (known, program),
                before => {
                    let program = model::build(self.eligibility, &classes, &self.objectives);
                    if let Some((coarser, before)) = before {
                        let finer = cases::finer(&coarser, &before, &classes, &program);
                        self.known = self.known.refined(&finer);
                        self.places.clear();
                        self.cuts.iter_mut().for_each(|cut| *cut = cut.refined(&finer));
                    }
                    (classes, program)
                }
            };
            if let Some(ending) = self.guarded_level(level, &classes, &program)? {
                return Ok(ending);
            }
            reduction = Some((classes, program));
        }
        let Some(on) = self.on.take() else { return Ok(Solution::Unknown) };
        let on = self.topped_up(on);
        self.credit(&on);
        Ok(Solution::Found { on, levels: self.settled })
    }

    /// Where levels are open: nobody is left waiting who could simply board. Levels of which nothing is known but the bound that
    /// needs no price give way to those before them.
    fn topped_up(&mut self, on: Seating) -> Seating {
        if self.settled.iter().all(|settled| settled.proof != ProofKind::None) {
            return on;
        }
        let classes = self.classes(self.objectives.len().saturating_sub(1));
        if self.columns(&classes) > LARGE {
            return on;
        }
        let is_firm = |(objective, settled): (&Objective, &Settled)| {
            settled.proof != ProofKind::None || settled.bound != objective.free_bound(self.eligibility)
        };
        let levels: Vec<bool> = self.objectives.iter().zip(&self.settled).map(is_firm).collect();
        let firm = levels.iter().rposition(|is_firm| *is_firm).map_or(0, |last| last + 1);
        let program = model::build(self.eligibility, &classes, &self.objectives);
        let (point, kept) = (self.point(&classes, &program, &on), self.kept(&program));
        let on = self.expand(&classes, &program, &greedy::top_up(&program, &kept[..firm], &point));
        for (objective, settled) in self.objectives.iter().zip(&mut self.settled).skip(firm) {
            *settled = left_open(self.eligibility, objective, on.clone());
        }
        on
    }

    /// A later level may have found more for an earlier one that is still open: it is that level's best.
    fn credit(&mut self, on: &Seating) {
        for (objective, settled) in self.objectives.iter().zip(&mut self.settled) {
            let value = answer::value(self.eligibility, objective, on);
            let better = match objective.sense {
                Sense::Maximize => value > settled.best,
                Sense::Minimize => value < settled.best,
            };
            if settled.proof == ProofKind::None && better {
                settled.best = value;
                // Nothing is called closed that has no proof.
                settled.bound += objective.sense.sign() * i64::from(value == settled.bound);
            }
        }
    }

    /// Whether a plan is known and a program over these classes has more columns than this.
    fn is_beyond(&self, classes: &[Class], most_columns: usize) -> bool {
        self.request.method == Method::Auto && self.on.is_some() && self.columns(classes) > most_columns
    }

    /// Columns beyond which a level's relaxation is not worth the wait.
    fn most_columns(&self, level: usize) -> usize {
        if self.objectives[level].is_changes() {
            NEARLY_WHOLE
        } else if level < self.priority {
            LARGE
        } else {
            LARGE_FOR_A_TIE
        }
    }

    /// How many columns the program over these classes has, those of units.
    fn columns(&self, classes: &[Class]) -> usize {
        few::columns(self.eligibility, classes)
    }

    /// Looks for a plan of a level with fewer changes where its relaxation is too large: whoever is where it was stays or gets off.
    fn polish(&mut self, level: usize) {
        let Some(on) = &self.on else { return };
        let was = |u: UnitIdx| match self.request.baseline?.was[u.index()] {
            Was::On(d) => Some(d),
            Was::Unseated | Was::Gone => None,
        };
        let lacks = |u: UnitIdx| was(u).is_some_and(|was| on[u.index()] != Some(was));
        let all = |u: UnitIdx, open: &mut FixedBitSet| {
            if !lacks(u) {
                few::only(open, on[u.index()]);
            }
        };
        let both = |u: UnitIdx, open: &mut FixedBitSet| {
            open.intersect_with(&[was(u), on[u.index()]].iter().flatten().map(|d| d.index()).collect());
        };
        let way = |program: &Program, point: &[i64]| {
            let mut target = Target::new(program, level, self.kept(program));
            let point = Some(point.to_vec()).filter(|point| target.is_feasible(point));
            let mut standing = Standing { point, bound: i64::MAX, tree: None, agreed: false };
            let effort = Effort { searches: SEARCHES, ..Effort::of_relaxations(0) };
            let stop = || self.stopped();
            let mut cases = Cases::new(&mut target, &mut standing, effort, self.request.runner, &stop);
            // What came of it before a fault is a plan all the same.
            cases.polish().unwrap_or_default();
            standing.point
        };
        let few = self.few(self.priority.max(level + 1));
        let polished = guarded(|| few.among(on, &all, &way).or_else(|| few.among(on, &both, &way)));
        self.on = polished.or_else(|| self.on.take());
    }

    /// Looks for a better plan of a priority level whose program is too large: whoever waits and counts in it is offered seats of
    /// others who do not, nor before it. These stay or get off, and who can comes back at the end.
    fn make_room(&mut self, level: usize) {
        if level >= self.priority || self.objectives[level].sense != Sense::Maximize {
            return;
        }
        let Some(home) = &self.on else { return };
        let few = self.few(self.priority);
        let value = |on: &Seating| answer::value(self.eligibility, &self.objectives[level], on);
        let (mut on, mut is_loose) = (home.clone(), false);
        for _ in 0..ROOMS {
            let openings = few.openings(&on, level);
            if openings.is_empty() || self.stopped() {
                break;
            }
            let narrow = |u: UnitIdx, open: &mut FixedBitSet| match openings.get(&u) {
                Some(some) => open.intersect_with(some),
                None => few::only(open, on[u.index()].or(home[u.index()])),
            };
            // A departure that is used stays so, and whoever gets off can come back; where that gains nothing others may be used.
            let way = |is_loose: bool, program: &Program, point: &[i64]| {
                let used = stay_used(program, point);
                if is_loose && used.is_empty() {
                    return None;
                }
                let mut kept = self.kept(program);
                kept.extend(used.into_iter().filter(|_| !is_loose));
                let target = Target::new(program, level, kept);
                let better = self.search_from(&target, point)?;
                Some(greedy::fill_up(&target, &better, Some(point))).filter(|point| target.is_feasible(point))
            };
            let better = |is_loose: bool| {
                let way = |program: &Program, point: &[i64]| way(is_loose, program, point);
                guarded(|| few.among(&on, &narrow, &way)).filter(|better| value(better) > value(&on))
            };
            let looser = || linear::HAS_HIGHS.then(|| better(true)).flatten();
            match better(false).or_else(|| looser().inspect(|_| is_loose = true)) {
                Some(better) => on = better,
                None => break,
            }
        }
        if value(&on) == value(home) {
            return;
        }
        let narrow = |u: UnitIdx, open: &mut FixedBitSet| few::only(open, on[u.index()].or(home[u.index()]));
        let way = |program: &Program, point: &[i64]| {
            let mut kept = self.kept(program);
            kept.push(program.level_row(level, value(&on)));
            let mut point = greedy::top_up(program, &kept, point);
            for level in level + 1..self.priority {
                let target = Target::new(program, level, kept.clone());
                let better = self
                    .search_from(&target, &point)
                    .map(|found| greedy::fill_up(&target, &found, Some(&point)));
                point = better.filter(|point| target.is_feasible(point)).unwrap_or(point);
                let sign = self.objectives[level].sense.sign();
                kept.push(program.level_row(level, sign * target.value(&point)));
            }
            Some(point).filter(|point| program.is_feasible(&kept, point))
        };
        let back = guarded(|| few.among(&on, &narrow, &way));
        // A stop before those are back who got off where departures changed: the plan at hand is the better one for too many.
        if !(is_loose && self.stopped()) {
            self.on = back.or(Some(on));
        }
    }

    /// A plan at least as good as one, by an integer search of some nodes.
    fn search_from(&self, target: &Target, point: &[i64]) -> Option<Vec<i64>> {
        let start = Some(point.to_vec()).filter(|point| target.is_feasible(point));
        let point = start.clone();
        let mut standing = Standing { point, bound: i64::MAX, tree: None, agreed: false };
        let (nodes, focus) = (Some(ROOM_NODES), Focus::Points);
        let search = Search::Integer { seed: 0, presolve: true, start, nodes, focus };
        if let Ok(answer) = (self.request.runner)(&target.task(search, None)) {
            standing.offer(target, &answer.point);
        }
        standing.point
    }

    /// Plans of few columns, of units that are alike in so many levels.
    fn few(&self, alike: usize) -> Few<'_> {
        Few { eligibility: self.eligibility, objectives: &self.objectives, alike, most: LARGE }
    }

    /// Records a level as the plan has it, with the bound that needs no prices.
    fn leave_open(&mut self, level: usize) {
        let on = self.on.clone().unwrap_or_default();
        let mut open = left_open(self.eligibility, &self.objectives[level], on);
        let scouted = self.scouted(level).map(|(bound, certificate)| (bound, certificate.clone()));
        if let Some((bound, certificate)) = scouted.or_else(|| self.bound_beside(level, &open)) {
            open.bound = match self.objectives[level].sense {
                Sense::Maximize => open.bound.min(bound),
                Sense::Minimize => open.bound.max(bound),
            };
            if open.best == bound && open.certificate.is_none() {
                (open.proof, open.certificate) = (ProofKind::Certified, Some(certificate));
            }
        }
        self.settled.push(open);
    }

    /// What the engine says without the rules that are beyond it of a large scenario's priority level, where one before it
    /// keeps less than the scout's plan has.
    fn bound_beside(&self, level: usize, open: &Settled) -> Option<(i64, Certified)> {
        if self.scout.is_none() || level >= self.priority || open.proof != ProofKind::None || self.stopped() {
            return None;
        }
        let kept: Vec<i64> = self.settled.iter().map(|settled| settled.best).collect();
        guarded(|| engine::bound_beside(self.eligibility, &self.objectives, self.request.runner, &kept))
    }

    /// What the engine can settle by itself: the leading levels, as long as each is closed.
    fn engine(&mut self) {
        if self.request.method != Method::Auto || !engine::has_only_plain_rules(self.eligibility) {
            return;
        }
        let Some(result) = self.by_engine(self.eligibility, &|level| self.grant_level(level)) else { return };
        self.on = Some(result.on.clone());
        for (level, reached) in result.levels.iter().enumerate() {
            let closed = reached.value == reached.bound;
            if (!closed || reached.agreed)
                && !self
                    .is_beyond(&self.classes(level), if closed { SMALL } else { self.most_columns(level) })
            {
                break;
            }
            let proof = match (closed, reached.agreed) {
                (true, false) => ProofKind::Certified,
                (true, true) => ProofKind::Agreed,
                (false, _) => ProofKind::None,
            };
            let free = self.objectives[level].free_bound(self.eligibility);
            let bound = match self.objectives[level].sense {
                Sense::Maximize => reached.bound.min(free),
                Sense::Minimize => reached.bound.max(free),
            };
            self.settled.push(Settled {
                best: reached.value,
                bound,
                proof,
                certificate: (proof == ProofKind::Certified).then(|| reached.certificate.clone()),
                witness: result.on.clone(),
            });
        }
        self.scout = Some(result);
    }

    /// Asks the engine about a large scenario without the rules that are beyond it: its plan is one to begin with, and
    /// its bounds hold.
    fn scout(&mut self) {
        let is_new = self.on.is_none() && self.settled.is_empty() && self.request.method == Method::Auto;
        let columns = if is_new { self.columns(&self.classes(0)) } else { 0 };
        if columns > UNCUT {
            self.grant(SCOUT);
            self.scout = self.by_engine(self.eligibility, &|_| ());
        }
        if columns > LARGE {
            let few = self.few(self.priority);
            self.on = self.first_plan(&|wish| few.plan(wish?));
        }
    }

    fn by_engine(&self, eligibility: &Eligibility, begins: &dyn Fn(usize)) -> Option<engine::Result> {
        let (earlier, runner) = (self.request.baseline, self.request.runner);
        let stop = || self.stopped();
        // After a panic all is left to the cases.
        guarded(|| engine::run(eligibility, &self.objectives, earlier, runner, &stop, begins))
    }

    /// A plan to begin with: what the rules allow of the scout's, or of another scout's for whom only the departures
    /// are open that this uses.
    fn first_plan(&self, near: &dyn Fn(Option<&Seating>) -> Option<Seating>) -> Option<Seating> {
        let Some(scout) = &self.scout else { return near(None) };
        let first = near(Some(&scout.on))?;
        let mut used = FixedBitSet::with_capacity(self.request.scenario.departures.len());
        used.extend(first.iter().flatten().map(|d| d.index()));
        if scout.on.iter().flatten().all(|d| used.contains(d.index())) {
            return Some(first);
        }
        let values = |on: &Seating| -> Vec<i64> {
            let value = |level: &Objective| level.sense.sign() * answer::value(self.eligibility, level, on);
            self.objectives.iter().map(value).collect()
        };
        self.grant(SCOUT);
        // After a stop another scout is worth the wait only where the first level lost somebody.
        if self.stopped() && values(&first).first() >= values(&scout.on).first() {
            return Some(first);
        }
        let mut eligibility = self.eligibility.clone();
        eligibility.narrow(&|_, open| open.intersect_with(&used));
        let again = self.by_engine(&eligibility, &|_| ()).and_then(|again| near(Some(&again.on)));
        std::iter::once(first).chain(again).max_by_key(values)
    }

    /// The bound of a level and its proof, where each level before it keeps what the scout's plan has: its proof prices
    /// these rows.
    fn scouted(&self, level: usize) -> Option<(i64, &Certified)> {
        let levels = &self.scout.as_ref()?.levels;
        let reached = levels.get(level).filter(|reached| !reached.agreed)?;
        let is_kept = |(settled, reached): (&Settled, &engine::Reached)| settled.best == reached.value;
        self.settled.iter().zip(levels).all(is_kept).then_some((reached.bound, &reached.certificate))
    }

    fn classes(&self, level: usize) -> Vec<Class> {
        match self.request.method {
            Method::Auto => {
                let classes = classes::group(self.eligibility, &self.objectives[..=level]);
                let priority = self.priority.max(level + 1);
                if self.columns(&classes) > UNCUT && priority > level + 1 {
                    // Of all levels: then each goes on from where the one before has ended.
                    classes::group(self.eligibility, &self.objectives[..priority])
                } else {
                    classes
                }
            }
            Method::Flat => classes::singletons(self.eligibility),
        }
    }

    /// Whether the levels are those of things and bins first.
    fn has_things(&self) -> bool {
        self.request.method == Method::Auto && knapsack::are_things(self.request.scenario)
    }

    fn stopped(&self) -> bool {
        (self.request.stop)()
    }

    /// What part of the time that is left the next step may take.
    fn grant(&self, percent: u32) {
        (self.request.grant)(percent);
    }

    /// A level that does not come to its end leaves some time to those that wait for it.
    fn grant_level(&self, level: usize) {
        self.grant(if level + 1 < self.priority {
            BEFORE_OTHERS
        } else if level + 1 < self.objectives.len() {
            BEFORE_TIES
        } else {
            ALL
        });
    }

    /// Settles one level. A mistake of ours that ends in a panic, told by the panic's own message, costs that level, never the
    /// plan at hand: what a level changes here it changes whole, at its end.
    fn guarded_level(
        &mut self,
        level: usize,
        classes: &[Class],
        program: &Program,
    ) -> Result<Option<Solution>, SolveError> {
        let before = self.settled.len();
        let done = catch_unwind(AssertUnwindSafe(|| self.level(level, classes, program)));
        done.unwrap_or_else(|panic| {
            if self.on.is_none() {
                resume_unwind(panic);
            }
            if self.settled.len() == before {
                self.leave_open(level);
            }
            Ok(None)
        })
    }

    /// Settles one level; an ending where no plan exists, or none was found before the stop.
    fn level(
        &mut self,
        level: usize,
        classes: &[Class],
        program: &Program,
    ) -> Result<Option<Solution>, SolveError> {
        if self.on.is_none() {
            self.on = self.first_plan(&|wish| {
                let wish = wish.map(|on| self.point(classes, program, on));
                let point = greedy::first_plan(program, wish.as_deref())?;
                Some(self.expand(classes, program, &point))
            });
            self.grant_level(level);
        }
        if self.is_beyond(classes, self.most_columns(level)) {
            self.leave_open(level);
            return Ok(None);
        }
        if let Some(settled) = self.settled_by_scout(level) {
            self.settled.push(settled);
            return Ok(None);
        }
        let mut target = Target::new(program, level, self.kept(program));
        let mut start = self.on.as_ref().map(|on| self.point(classes, program, on));
        self.shut(level, &mut target, &mut start);
        let known =
            self.scouted(level).map_or(i64::MAX, |(bound, _)| self.objectives[level].sense.sign() * bound);
        let Some(standing) = self.settle(level, &mut target, start, known)? else {
            return self.no_plan(classes, program).map(Some);
        };
        let Some(point) = standing.point.clone() else { return Ok(Some(Solution::Unknown)) };
        let is_unfilled = target.shut.count() > 0 || point.len() > UNCUT;
        let before = self.on.as_ref().filter(|_| is_unfilled).map(|on| self.point(classes, program, on));
        let point = if is_unfilled { greedy::fill_up(&target, &point, before.as_deref()) } else { point };
        self.on = Some(self.expand(classes, program, &point));
        self.record(level, classes, &target, standing);
        Ok(None)
    }

    /// The level where the plan at hand has what the scout says that none passes.
    fn settled_by_scout(&self, level: usize) -> Option<Settled> {
        let (bound, certificate) = self.scouted(level)?;
        let witness = self.on.clone()?;
        let best = answer::value(self.eligibility, &self.objectives[level], &witness);
        let certificate = Some(certificate.clone());
        (best == bound).then_some(Settled { best, bound, proof: ProofKind::Certified, certificate, witness })
    }

    /// Shuts out what a large program's level need not look at, where that is much.
    fn shut(&self, level: usize, target: &mut Target, start: &mut Option<Vec<i64>>) {
        let columns = target.objective.len();
        let is_minor = self.is_minor(level, target);
        if self.request.method != Method::Auto || columns <= LONG || is_minor || self.has_things() {
            return;
        }
        let shut = shut::Shut::new(target, &self.settled);
        if SHUT * shut.count() < columns {
            return;
        }
        for point in start.iter_mut() {
            point
                .iter_mut()
                .enumerate()
                .filter(|(column, _)| shut.contains(*column))
                .for_each(|(_, x)| *x = 0);
        }
        target.shut = shut;
    }

    fn kept(&self, program: &Program) -> Vec<Row> {
        self.settled
            .iter()
            .enumerate()
            .map(|(level, settled)| program.level_row(level, settled.best))
            .collect()
    }

    fn tell(&self, level: usize, target: &Target, standing: &Standing) {
        let objective = &self.objectives[level];
        let sign = objective.sense.sign();
        (self.request.progress)(&Progress {
            level,
            name: objective.name.clone(),
            value: standing.point.as_ref().map(|point| sign * target.value(point)),
            bound: Some(sign * standing.bound),
        });
    }

    /// What no plan passes at a level that is the sum of all before it, each of them closed and some no more than agreed.
    fn agreed_sum(&self, level: usize, target: &Target) -> Option<i64> {
        self.settled.iter().find(|settled| settled.proof == ProofKind::Agreed)?;
        let earlier = target.program.objectives.get(..level).filter(|_| self.settled.len() == level)?;
        let is_kept = |(objective, settled): (&Objective, &Settled)| {
            objective.sense == Sense::Maximize && objective.tolerance == 0 && settled.proof != ProofKind::None
        };
        let sum = |column: usize| earlier.iter().map(|value| value.coefficients[column]).sum::<i64>();
        let is_sum = self.objectives[level].sense == Sense::Maximize
            && self.objectives.iter().zip(&self.settled).all(is_kept)
            && target.constant == earlier.iter().map(|value| value.constant).sum::<i64>()
            && target.objective.iter().enumerate().all(|(column, c)| *c == sum(column));
        is_sum.then(|| self.settled.iter().map(|settled| settled.best).sum())
    }

    /// Brings value and bound together as far as possible; no plan is above `known`. `None`: there is no
    /// plan at all.
    fn settle(
        &mut self,
        level: usize,
        target: &mut Target,
        start: Option<Vec<i64>>,
        known: i64,
    ) -> Result<Option<Standing>, SolveError> {
        let free = target.free();
        let unpriced = target.bound(&free).unwrap_or(i64::MAX);
        let bound = unpriced.min(known);
        let proof = Some(free).filter(|_| bound == unpriced);
        let proof = proof.and_then(|free| target.shut.lift(target, &free, &[]));
        let tree = proof.map(|proof| Tree::Leaf(proof, bound));
        let mut standing = Standing { point: start, bound, tree, agreed: false };
        self.tell(level, target, &standing);
        if standing.is_closed(target) || self.stopped() {
            return Ok(Some(standing));
        }
        if self.has_things() {
            self.things(target, &mut standing)?;
            self.tell(level, target, &standing);
            if standing.is_closed(target) || self.stopped() {
                return Ok(Some(standing));
            }
        }
        match (self.agreed_sum(level, target), self.request.method) {
            // It cannot be more certain than its parts are.
            (Some(sum), _) if sum < standing.bound => {
                (standing.bound, standing.tree, standing.agreed) = (sum, None, true);
            }
            (_, Method::Auto) => self.cases(level, target, &mut standing)?,
            (_, Method::Flat) => self.relax(target, &mut standing)?,
        }
        self.tell(level, target, &standing);
        let is_long = self.request.method == Method::Auto && target.objective.len() > LONG;
        let enough = (is_long || self.is_minor(level, target)) && standing.point.is_some();
        if standing.is_closed(target) || self.stopped() || enough {
            return Ok(Some(standing));
        }
        let first = self.improve(target, &mut standing, 0, true)?;
        self.tell(level, target, &standing);
        if first == Outcome::Infeasible && standing.point.is_none() && self.is_empty(target, &mut standing)? {
            return Ok(None);
        }
        let last = self.request.method == Method::Flat && self.care == Care::Cases;
        if last && !standing.is_closed(target) && !self.stopped() {
            self.cases(level, target, &mut standing)?;
        }
        if !standing.is_closed(target) && !self.stopped() {
            self.second_opinion(target, &mut standing, first)?;
        }
        self.tell(level, target, &standing);
        Ok(Some(standing))
    }

    /// The level as things and bins; where it is only agreed and small its cases may prove it.
    fn things(&self, target: &mut Target, standing: &mut Standing) -> Result<(), SolveError> {
        let care = match self.care {
            Care::Cases => knapsack::Care::Much,
            Care::Agreed => knapsack::Care::Little,
        };
        let before = standing.bound;
        knapsack::settle(target, standing, care, self.request.runner, &|| self.stopped())
            .or_else(|fault| self.survive(fault, standing))?;
        let agreed = standing.bound;
        if !standing.agreed || self.care == Care::Agreed || target.objective.len() > TINY || self.stopped() {
            return Ok(());
        }
        (standing.bound, standing.agreed) = (before, false);
        let effort = Effort::of_relaxations(relaxations(target.objective.len()));
        let stop = || (self.request.stop)();
        let mut cases = Cases::new(target, standing, effort, self.request.runner, &stop);
        let done = cases.run(&self.known);
        done.or_else(|fault| self.survive(fault, standing))?;
        if !standing.is_closed(target) {
            (standing.bound, standing.tree, standing.agreed) = (agreed, None, true);
        }
        Ok(())
    }

    /// Whether another search, with another seed and without presolve, finds no plan either: solvers are
    /// wrong about this too. Where there is nobody else to ask the first has the last word.
    fn is_empty(&self, target: &Target, standing: &mut Standing) -> Result<bool, SolveError> {
        match self.improve(target, standing, 1, false) {
            Err(SolveError::Fault(Fault::Absent)) => Ok(true),
            second => Ok(second? == Outcome::Infeasible),
        }
    }

    /// Whether the level is a tie-break of a large program: its relaxation bounds it, and no search of it
    /// eats the night. Not so `changes`: it is what a replan is for, and its relaxation is nearly integral.
    fn is_minor(&self, level: usize, target: &Target) -> bool {
        level >= self.priority && target.objective.len() > LONG && !self.objectives[level].is_changes()
    }

    /// The level by cases.
    fn cases(
        &mut self,
        level: usize,
        target: &mut Target,
        standing: &mut Standing,
    ) -> Result<(), SolveError> {
        let effort = self.effort(level, target);
        let columns = target.objective.len();
        // Where earlier levels leave little room the end of the last one's relaxation is near that of this one's.
        let begins: &[u8] = if SHUT * target.shut.excluded() >= columns { &self.places } else { &[] };
        let stop = || (self.request.stop)();
        let cases = Cases::new(target, standing, effort, self.request.runner, &stop);
        let mut cases = cases.with_cuts(&self.cuts).from(begins);
        let done = cases.run(&self.known);
        self.known = cases.learned(level, self.objectives[level].tolerance);
        self.cuts = cases.learned_cuts();
        if columns > UNCUT {
            self.places = cases.ended().to_vec();
        }
        done.or_else(|fault| self.survive(fault, standing))
    }

    fn effort(&self, level: usize, target: &Target) -> Effort {
        let columns = target.open_columns();
        let relaxations = relaxations(columns);
        let polishes = self.objectives[level].is_changes();
        // What our own integer search says of parts is not waited for.
        let may_agree = linear::HAS_HIGHS;
        let (part, cuts) = if columns > UNCUT {
            (ENDURANCE, Cutting::Nothing)
        } else if columns > PARTS_AT_ONCE {
            (ENDURANCE, Cutting::Tableau)
        } else {
            (MORE_ENDURANCE, Cutting::All)
        };
        let endurance = (may_agree && columns > PARTS).then_some(relaxations / part);
        let (searches, undivided) = (SEARCHES, PARTS);
        let is_large = endurance.is_some() && columns > PARTS_AT_ONCE;
        let work = if columns > UNCUT { WORK } else { u64::MAX };
        let whole =
            Effort { relaxations, work, searches, may_agree, endurance, is_large, cuts, undivided, polishes };
        match self.request.method {
            Method::Auto if self.is_minor(level, target) => Effort::of_relaxations(relaxations.min(MINOR)),
            Method::Auto if self.care == Care::Agreed => {
                Effort { relaxations: relaxations.min(ASKED), ..whole }
            }
            Method::Auto => whole,
            // The reference asks for the whole program's second opinion, not for those of narrow ones.
            Method::Flat => Effort::of_relaxations(relaxations),
        }
    }

    /// The exact bound from the relaxation's prices.
    fn relax(&self, target: &Target, standing: &mut Standing) -> Result<(), SolveError> {
        let answer = match (self.request.runner)(&target.task(Search::Relaxation, None)) {
            Ok(answer) => answer,
            Err(fault) => return self.survive(fault, standing),
        };
        if answer.outcome == Outcome::Optimal && !answer.prices.is_empty() {
            let goal = standing.value(target);
            if let Some((bound, prices)) =
                target.round(&answer, goal).filter(|(bound, _)| *bound < standing.bound)
            {
                standing.bound = bound;
                standing.tree = Some(Tree::Leaf(prices, bound));
            }
            standing.offer(target, &answer.relaxed_point());
        }
        Ok(())
    }

    /// A fault of the solver's is an error only where there is no plan yet, unless we stopped it ourselves.
    fn survive(&self, fault: Fault, standing: &Standing) -> Result<(), SolveError> {
        if standing.point.is_some() || self.stopped() { Ok(()) } else { Err(fault.into()) }
    }

    /// An integer search from the plan at hand; what it finds is rounded, checked and taken if better.
    fn improve(
        &self,
        target: &Target,
        standing: &mut Standing,
        seed: i32,
        presolve: bool,
    ) -> Result<Outcome, SolveError> {
        let (start, focus) = (standing.point.clone(), Focus::Points);
        let search = Search::Integer { seed, presolve, start, nodes: None, focus };
        match (self.request.runner)(&target.task(search, None)) {
            Ok(answer) => {
                let taken = standing.offer(target, &answer.point);
                let trusted = taken || answer.outcome == Outcome::Infeasible;
                Ok(if trusted { answer.outcome } else { Outcome::Stopped })
            }
            Err(fault) => self.survive(fault, standing).map(|()| Outcome::Stopped),
        }
    }

    /// Another seed, no presolve: where both say the same and the numbers are small, it is *agreed*.
    fn second_opinion(
        &self,
        target: &Target,
        standing: &mut Standing,
        first: Outcome,
    ) -> Result<(), SolveError> {
        let before = standing.value(target);
        let second = self.improve(target, standing, 1, false)?;
        let after = standing.value(target);
        let both = first == Outcome::Optimal && second == Outcome::Optimal && before == after;
        if let Some(value) = after.filter(|value| both && *value <= standing.bound && is_small(target)) {
            standing.bound = value;
            standing.tree = None;
            standing.agreed = true;
        }
        Ok(())
    }

    fn record(&mut self, level: usize, classes: &[Class], target: &Target, standing: Standing) {
        let sign = self.objectives[level].sense.sign();
        let Some(value) = standing.value(target) else { return };
        let closed = standing.is_closed(target);
        let tree = standing.tree.filter(|_| closed);
        let scouted = self.scouted(level).filter(|(bound, _)| closed && *bound == sign * value);
        let certificate = match (tree, scouted) {
            (Some(tree), _) => Some(Certified::new(tree, classes, target)),
            (None, Some((_, certificate))) if !standing.agreed => Some(certificate.clone()),
            (None, _) => None,
        };
        // Nothing is called closed that has no proof.
        let unproven = closed && certificate.is_none() && !standing.agreed;
        let proof = match &certificate {
            Some(_) => ProofKind::Certified,
            None if closed && standing.agreed => ProofKind::Agreed,
            None => ProofKind::None,
        };
        self.settled.push(Settled {
            best: sign * value,
            bound: sign * (standing.bound + i64::from(unproven)),
            proof,
            certificate,
            witness: self.on.clone().unwrap_or_default(),
        });
    }

    /// No plan at all: why, and the proof of it.
    fn no_plan(&self, classes: &[Class], program: &Program) -> Result<Solution, SolveError> {
        let (conflict, reduced) =
            conflict::irreducible(self.request, self.eligibility, program, &[], conflict::Scope::Planner)?;
        let mut target = Target::feasibility(program);
        let mut standing = Standing { point: None, bound: i64::MAX, tree: None, agreed: false };
        let relaxations = relaxations(target.objective.len());
        let effort = Effort::of_relaxations(relaxations);
        let stop = || self.stopped();
        let mut cases = Cases::new(&mut target, &mut standing, effort, self.request.runner, &stop);
        let proof = cases.run(&Known::Open).ok().and_then(|()| cases.emptiness());
        let certificate = proof.map(|tree| Certified::new(tree, classes, &target));
        Ok(Solution::Infeasible { conflict, reduced, certificate })
    }

    fn expand(&self, classes: &[Class], program: &Program, point: &[i64]) -> Seating {
        classes::expand(self.request.scenario, classes, &program.places(point))
    }

    fn point(&self, classes: &[Class], program: &Program, on: &Seating) -> Vec<i64> {
        point(self.eligibility, classes, program, on)
    }
}

/// Rows that keep in use whatever departures a point uses.
fn stay_used(program: &Program, point: &[i64]) -> Vec<Row> {
    let row = |(at, (column, x)): (usize, (&Column, &i64))| match *column {
        Column::Used(d) if *x > 0 => {
            Some(Row { key: RowKey::Used(d), terms: vec![(at, -1)], at_most: -1, equal: false })
        }
        Column::Used(_) | Column::Board(..) | Column::Held(..) => None,
    };
    program.columns.iter().zip(point).enumerate().filter_map(row).collect()
}

/// A better plan, if one is found; a mistake of ours that ends in a panic, told by the panic's own message, finds none.
fn guarded<T>(run: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_default()
}

/// The levels of a plan of which nothing is known but its values: with the bounds that need no prices.
#[must_use]
pub fn unproven(eligibility: &Eligibility, objectives: &[Objective], on: &Seating) -> Vec<Settled> {
    objectives.iter().map(|objective| left_open(eligibility, objective, on.clone())).collect()
}

fn left_open(eligibility: &Eligibility, objective: &Objective, on: Seating) -> Settled {
    let best = answer::value(eligibility, objective, &on);
    let bound = objective.free_bound(eligibility);
    let closed = best == bound;
    Settled {
        best,
        bound,
        proof: if closed { ProofKind::Certified } else { ProofKind::None },
        certificate: closed.then(|| Certified::nothing(bound)),
        witness: on,
    }
}

/// A seating as a point of the program.
///
/// # Panics
/// Where a unit is on a departure that is not open to it.
#[must_use]
pub fn point(eligibility: &Eligibility, classes: &[Class], program: &Program, on: &Seating) -> Vec<i64> {
    let mut point = vec![0; program.columns.len()];
    let mut aboard = vec![false; eligibility.scenario().departures.len()];
    for (class, range) in classes.iter().zip(&program.of_class) {
        for departure in class.members.iter().filter_map(|unit| on[unit.index()]) {
            aboard[departure.index()] = true;
            let column =
                range.clone().find(|&c| matches!(program.columns[c], Column::Board(_, d) if d == departure));
            point[column.expect("a unit boards what is open to it")] += 1;
        }
    }
    for (column, value) in program.columns.iter().zip(&mut point) {
        match *column {
            Column::Used(d) => *value = i64::from(aboard[d.index()]),
            Column::Held(d, sponsor) => *value = unused_allotment(eligibility, on, d, sponsor, &aboard),
            Column::Board(..) => {}
        }
    }
    point
}

/// Seats of an allotment that its sponsor's units leave unused.
fn unused_allotment(
    eligibility: &Eligibility,
    on: &Seating,
    d: DepartureIdx,
    sponsor: SponsorIdx,
    aboard: &[bool],
) -> i64 {
    let scenario = eligibility.scenario();
    let ours = (0..on.len()).filter(|&u| on[u] == Some(d) && scenario.units[u].sponsor == Some(sponsor));
    let used: i64 = ours.map(|u| eligibility.take(UnitIdx::new(u), d).seats).sum();
    let departure = &scenario.departures[d.index()];
    let minds_being_empty = departure.min_load > 0 || model::measure::cost_if_used(departure) > 0;
    let allotted = departure.allotments.iter().find(|a| a.sponsor == sponsor).map_or(0, |a| a.seats);
    if minds_being_empty && !aboard[d.index()] { 0 } else { (allotted - used).max(0) }
}

impl Standing {
    /// The value of the plan at hand.
    fn value(&self, target: &Target) -> Option<i64> {
        self.point.as_ref().map(|point| target.value(point))
    }

    fn is_closed(&self, target: &Target) -> bool {
        self.value(target) == Some(self.bound)
    }

    /// Takes a point that is a plan and not worse than the one at hand; whether it is at least as good.
    fn offer(&mut self, target: &Target, point: &[i64]) -> bool {
        if !target.is_feasible(point) {
            return false;
        }
        let value = target.value(point);
        let known = self.value(target);
        if known.is_none_or(|known| value > known) {
            self.point = Some(point.to_vec());
        }
        known.is_none_or(|known| value >= known)
    }
}

/// Whether no row or level has coefficients that sum to more than 10^9: beyond, floating point is not
/// asked for its opinion (FORMAT, `agreed`).
fn is_small(target: &Target) -> bool {
    sums_are_small(&target.program.upper, &target.objective, target.rows().map(|row| row.terms.as_slice()))
}

/// Whether neither the objective's coefficients nor those of a row sum to more than 10^9, each as often as its
/// column can be.
fn sums_are_small<'t>(
    upper: &[i64],
    objective: &[i64],
    mut rows: impl Iterator<Item = &'t [(usize, i64)]>,
) -> bool {
    const LARGEST: i128 = 1_000_000_000;
    let size = |column: usize, a: i64| i128::from(a).abs() * i128::from(upper[column].max(1));
    let objective: i128 = objective.iter().enumerate().map(|(column, &c)| size(column, c)).sum();
    let row = |terms: &[(usize, i64)]| terms.iter().map(|&(column, a)| size(column, a)).sum::<i128>();
    objective <= LARGEST && rows.all(|terms| row(terms) <= LARGEST)
}

impl Certified {
    /// The bound that needs no price.
    fn nothing(bound: i64) -> Self {
        Self { tree: Tree::Leaf(prices::Prices::none(), bound), rows: Vec::new(), columns: Vec::new() }
    }

    fn new(tree: Tree, classes: &[Class], target: &Target) -> Self {
        let boards = target.program.columns.iter().filter_map(|column| match *column {
            Column::Board(c, d) => Some((classes[c].members.clone(), d)),
            Column::Used(_) | Column::Held(..) => None,
        });
        let used = target.program.columns.iter().filter_map(|column| match *column {
            Column::Used(d) => Some((Vec::new(), d)),
            Column::Board(..) | Column::Held(..) => None,
        });
        let is_split = !matches!(tree, Tree::Leaf(..));
        let columns = if is_split { boards.chain(used).collect() } else { Vec::new() };
        Self { tree, rows: target.rows().map(|row| row.key.clone()).collect(), columns }
    }
}
