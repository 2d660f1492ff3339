//! One level after the other: what the engine closes, the program of the next, its bound and its plan until they meet.
//!
//! Comes in: a request, who may board what, the levels. Goes out: a [`Solution`]. What is too large for a program of all
//! units is [`large`]'s.
//!
//! A level is settled by the first of these that closes it:
//! 1. the `engine`, where no rule ties departures or units together; `knapsack` where units are things of all sizes;
//! 2. the bound without any price: everybody who can be is counted already;
//! 3. the exact bound from its relaxation's prices meets the plan at hand, or, by `cases`, those of every
//!    case do;
//! 4. an integer search finds a plan that meets it;
//! 5. a second integer search, with another seed and without presolve, says the same: *agreed*.
//!
//! The reference method asks for the integer search before it looks at cases.

mod large;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::cases::{self, Cases, Cut, Cutting, Effort, Known, Tree};
use super::linear::{self, Fault, Focus, Outcome, Search};
use super::prices::Target;
use super::standing::{Standing, is_small};
use super::{Certified, Method, Progress, Request, Seating, Settled, Solution, SolveError};
use super::{answer, conflict, engine, exhaust, few, greedy, knapsack, point, shut};
use crate::classes::{self, Class};
use crate::eligibility::Eligibility;
use crate::model::measure::Objective;
use crate::model::{self, Program, Row};
use crate::plan::ProofKind;
use crate::scenario::Sense;

/// How many relaxations a proof by cases may take, by the number of columns: a count, so that the same
/// input takes the same path. Of a large program work is counted too.
pub(super) fn relaxations(columns: usize) -> usize {
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
/// Relaxations of that proof: what is agreed is closed already.
const AFTERWARDS: usize = 2_000;

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
/// What part of the time that is left, in percent, a level may take for which other priority levels wait, or other levels.
const BEFORE_OTHERS: u32 = 80;
const BEFORE_TIES: u32 = 90;
const ALL: u32 = 100;
/// The same of a tie-break, which shall not eat the night.
const LARGE_FOR_A_TIE: usize = 60_000;
/// Columns that are left out at once of later levels, at least.
const FIXED: usize = 200;
/// Columns are shut out where that leaves out more than one in so many.
const SHUT: usize = 4;
/// As many where the level is how many places change hands: a relaxation that is nearly whole.
const NEARLY_WHOLE: usize = 400_000;
/// Columns up to which a proof by cases of the whole program is tried where the engine only agrees.
const SMALL: usize = 3_000;

pub(super) struct Loop<'r, 'a> {
    request: &'r Request<'a>,
    eligibility: &'r Eligibility<'a>,
    objectives: Vec<Objective>,
    /// How many of them are priority levels.
    priority: usize,
    pub(super) care: Care,
    pub(super) on: Option<Seating>,
    pub(super) settled: Vec<Settled>,
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
pub(super) enum Care {
    /// A proof by cases, for the plan file.
    Cases,
    /// Two searches that agree.
    Agreed,
}

/// Tells how far a level has come, from its value at hand and its bound, both to be maximised.
fn tell(request: &Request, level: usize, objective: &Objective, value: Option<i64>, bound: i64) {
    let sign = objective.sense.sign();
    (request.progress)(&Progress {
        level,
        name: objective.name.clone(),
        value: value.map(|value| sign * value),
        bound: Some(sign * bound),
    });
}

impl<'r, 'a> Loop<'r, 'a> {
    pub(super) fn new(
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

    pub(super) fn run(mut self) -> Result<Solution, SolveError> {
        let mut reduction: Option<(Vec<Class>, Program)> = None;
        self.grant(ALL);
        if !self.has_things() {
            self.engine();
            self.scout();
        }
        for level in self.settled.len()..self.objectives.len() {
            self.grant_level(level);
            if self.gives_up() {
                self.leave_open(level);
                continue;
            }
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

    /// What the engine can settle by itself: the leading levels, as long as each is closed.
    pub(super) fn engine(&mut self) {
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

    fn by_engine(&self, eligibility: &Eligibility, begins: &dyn Fn(usize)) -> Option<engine::Result> {
        let (earlier, runner) = (self.request.baseline, self.request.runner);
        let stop = || self.stopped();
        // After a panic all is left to the cases.
        guarded(|| engine::run(eligibility, &self.objectives, earlier, runner, &stop, begins))
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

    /// Whether a plan is at hand and no more is asked for.
    fn gives_up(&self) -> bool {
        self.on.is_some() && self.stopped()
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
        if self.is_beyond(classes, self.most_columns(level)) || self.gives_up() {
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
        tell(self.request, level, &self.objectives[level], standing.value(target), standing.bound);
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
    pub(super) fn settle(
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
        if !self.is_over(target, &standing) && !self.searches(level, target, &mut standing)? {
            return Ok(None);
        }
        if standing.is_closed(target) && (standing.tree.is_some() || self.care == Care::Agreed) {
            return Ok(Some(standing));
        }
        match exhaust::run(target, &mut standing, &|| self.stopped()) {
            exhaust::End::Empty(_) => return Ok(None),
            exhaust::End::Closed => self.tell(level, target, &standing),
            exhaust::End::Open => {}
        }
        Ok(Some(standing))
    }

    fn is_over(&self, target: &Target, standing: &Standing) -> bool {
        standing.is_closed(target) || self.stopped()
    }

    /// The same by relaxations and searches; whether there may be a plan at all.
    fn searches(
        &mut self,
        level: usize,
        target: &mut Target,
        standing: &mut Standing,
    ) -> Result<bool, SolveError> {
        if self.has_things() {
            self.things(target, standing)?;
            self.tell(level, target, standing);
            if self.is_over(target, standing) {
                return Ok(true);
            }
        }
        match (self.agreed_sum(level, target), self.request.method) {
            // It cannot be more certain than its parts are.
            (Some(sum), _) if sum < standing.bound => {
                (standing.bound, standing.tree, standing.agreed) = (sum, None, true);
            }
            (_, Method::Auto) => self.cases(level, target, standing)?,
            (_, Method::Flat) => self.relax(target, standing)?,
        }
        self.tell(level, target, standing);
        let is_long = self.request.method == Method::Auto && target.objective.len() > LONG;
        let enough = (is_long || self.is_minor(level, target)) && standing.point.is_some();
        if self.is_over(target, standing) || enough {
            return Ok(true);
        }
        let first = self.improve(target, standing, 0, true)?;
        self.tell(level, target, standing);
        if first == Outcome::Infeasible && standing.point.is_none() && self.is_empty(target, standing)? {
            return Ok(false);
        }
        let last = self.request.method == Method::Flat && self.care == Care::Cases;
        if last && !self.is_over(target, standing) {
            self.cases(level, target, standing)?;
        }
        if !self.is_over(target, standing) {
            self.second_opinion(target, standing, first)?;
        }
        self.tell(level, target, standing);
        Ok(true)
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
        let effort = Effort::of_relaxations(relaxations(target.objective.len()).min(AFTERWARDS));
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
        let (request, objective) = (self.request, &self.objectives[level]);
        let tell = |value, bound| tell(request, level, objective, value, bound);
        let cases = Cases::new(target, standing, effort, self.request.runner, &stop);
        let mut cases = cases.told(&tell).with_cuts(&self.cuts).from(begins);
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
        // What a level leaves out later ones need not relax again.
        let fixed = Some(FIXED).filter(|_| cuts != Cutting::Nothing);
        let work = if columns > UNCUT { WORK } else { u64::MAX };
        let whole = Effort {
            relaxations,
            work,
            searches,
            may_agree,
            endurance,
            is_large,
            cuts,
            undivided,
            polishes,
            fixed,
        };
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
        let search = Search::Integer { seed, presolve, start, nodes: None, focus, kernel: None };
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
        let second = match self.improve(target, standing, 1, false) {
            Err(SolveError::Fault(Fault::Absent)) => return Ok(()),
            second => second?,
        };
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
        let refuted = |program: &Program| {
            let mut target = Target::feasibility(program);
            let proof = conflict::refutation(self.request, &mut target);
            proof.map(|tree| Certified::new(tree, classes, &target))
        };
        // What refutes the conflict alone proves that it is one; what refutes all demands, that these are.
        if let Some(alone) = refuted(&conflict::with_only(self.eligibility, program, &conflict)) {
            return Ok(Solution::Infeasible { conflict, reduced, certificate: Some(alone) });
        }
        Ok(match refuted(program) {
            None => Solution::Infeasible { conflict, reduced, certificate: None },
            certificate => {
                let conflict = conflict::all(self.eligibility, program);
                Solution::Infeasible { conflict, reduced: false, certificate }
            }
        })
    }

    fn expand(&self, classes: &[Class], program: &Program, point: &[i64]) -> Seating {
        classes::expand(self.request.scenario, classes, &program.places(point))
    }

    fn point(&self, classes: &[Class], program: &Program, on: &Seating) -> Vec<i64> {
        point(self.eligibility, classes, program, on)
    }
}

/// A better plan, if one is found; a mistake of ours that ends in a panic, told by the panic's own message, finds none.
fn guarded<T>(run: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_default()
}
