//! The levels in order: for each a plan and a bound, until they meet.
//!
//! Comes in: a scenario, its baseline, a runner of linear tasks, a question "stop?". Goes out: a
//! [`Solution`], checked by nobody yet. The module reads no clock and prints nothing.

pub mod answer;
pub mod cases;
mod choice;
pub mod conflict;
mod dice;
mod diving;
mod engine;
mod exhaust;
mod few;
mod greedy;
mod knapsack;
mod levels;
pub mod linear;
mod narrow;
pub mod prices;
mod relaxed;
mod shut;
mod standing;

use crate::classes::Class;
use crate::eligibility::{self, Eligibility};
use crate::model::measure::{Objective, objectives};
use crate::model::{self, Column, Program, Row};
use crate::plan::{Conflict, Plan, ProofKind};
use crate::rule::Rule;
use crate::scenario::{Baseline, DepartureIdx, Levels, Scenario, SponsorIdx, UnitIdx};
use cases::Tree;
use levels::{Care, Loop};
use linear::{Fault, Runner};
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
