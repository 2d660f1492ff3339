//! The one folder that knows linear programming, and the one with floating point.
//!
//! Integers come in ([`Task`]) and integers go out ([`Answer`]): prices and relaxed points as
//! fixed-point numbers, points of integer programs rounded. Nothing that comes out is believed: a
//! point is checked against the rows, a price vector is evaluated exactly, by whoever asked.
//!
//! Relaxations are left to a solver of our own (`own`): a bounded dual simplex method (`simplex`) on sparse
//! factors (`factor`), which goes on from where a search before ended. Integer programs go to HiGHS
//! (`highs`, the feature of that name); without it, to branch and bound on our simplex (`branch`).

#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "this folder lowers the integer program to floating point and rounds what comes back"
)]

mod branch;
mod factor;
#[cfg(feature = "highs")]
mod highs;
mod own;
mod pair;
mod session;
mod sift;
mod simplex;
mod sparse;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use pair::Pair;
pub use session::{Ended, Held, Hold, Probe, Session, Solved, State, Stop, TableauRow};

/// Where a variable stands when a search ends, for another one to begin with.
pub mod place {
    /// At its lower bound.
    pub const LOWER: u8 = 0;
    /// At its upper bound.
    pub const UPPER: u8 = 1;
    /// In the basis.
    pub const BASIC: u8 = 2;
    /// At its lower bound, 0, and not looked at until the others are settled.
    pub const ASLEEP: u8 = 3;
}

/// Prices are multiples of 1 / `PRICE_UNIT`.
pub const PRICE_UNIT: i64 = 1 << 32;

/// Relaxed points are multiples of 1 / `POINT_UNIT`.
pub const POINT_UNIT: i64 = 1 << 20;

/// A row as `terms <= at_most`, or `=`.
pub type TaskRow = (Vec<(usize, i64)>, i64, bool);

/// Which search to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Search {
    /// The linear relaxation: a point and the rows' prices.
    Relaxation,
    /// The linear relaxation of a program that has grown rows at its end, from where the search before
    /// ended; a solver may start afresh.
    Resumed {
        /// That answer's.
        basis: Vec<u8>,
    },
    /// The relaxation in which each row may be exceeded at this cost a unit: always feasible, and its
    /// prices refute an infeasible program.
    Elastic {
        /// What one unit of excess costs.
        penalty: i64,
    },
    /// A point of the integer program, as good as our own solver finds in so many nodes and little work.
    Quick {
        /// Of the search tree.
        nodes: i32,
    },
    /// The integer program, to its whole best value.
    Integer {
        /// The random seed.
        seed: i32,
        /// Whether the program is presolved.
        presolve: bool,
        /// A feasible point to start from.
        start: Option<Vec<i64>>,
        /// Stop after so many nodes of the search tree.
        nodes: Option<i32>,
        /// What is looked for.
        focus: Focus,
        /// Of two searches side by side, the columns that the one for points has, in order: its root alone is searched.
        kernel: Option<Vec<usize>>,
    },
}

/// What an integer search looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Focus {
    /// Points, and that none is better.
    Points,
    /// A point, soon: what takes long in a root and finds hardly any is left out.
    Soon,
    /// The same in a root, with the least value that the last row asks for as a bound, too.
    Root,
    /// The first point that it comes to, in the same way.
    Any,
    /// That there is none, or none better: heuristics are left out. The least value that the last row asks for is a bound
    /// of the search, too.
    Proof,
    /// The same, with the bound in the row's place.
    Cutoff,
    /// That there is none, without what takes as long as the search in presolve, too.
    Refutation,
    /// A search for points and a proof with another seed, side by side: [`Pair::settled`] says what counts.
    Both,
    /// A point, soon, and a refutation with another seed and twice the nodes, side by side.
    OrNone,
    /// A point, soon, beside a second opinion: that there is none must be said by both.
    OrAgreed,
    /// A proof, with the least value as a row and a bound, and as a bound alone, side by side.
    Proofs,
}

impl Search {
    /// An integer search for points without a start.
    #[must_use]
    pub const fn integer(seed: i32, presolve: bool, nodes: Option<i32>) -> Self {
        Self::Integer { seed, presolve, start: None, nodes, focus: Focus::Points, kernel: None }
    }

    /// A second opinion: another seed, no presolve.
    #[must_use]
    pub const fn second(nodes: i32, focus: Focus) -> Self {
        Self::Integer { seed: SECOND, presolve: false, start: None, nodes: Some(nodes), focus, kernel: None }
    }
}

/// `maximise objective` over integer columns `0..=upper` and rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// By column.
    pub upper: Vec<i64>,
    /// By column.
    pub objective: Vec<i64>,
    /// The rows.
    pub rows: Vec<TaskRow>,
    /// Which search.
    pub search: Search,
    /// Stop after so many milliseconds.
    pub limit_ms: Option<u64>,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The solver says that the point is optimal.
    Optimal,
    /// The solver says that no point exists.
    Infeasible,
    /// The first of two searches that are to agree says so; the second opinion came to no end.
    Unconfirmed,
    /// A limit or an interrupt came first; there may be a point.
    Stopped,
}

/// What a search found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// How it ended.
    pub outcome: Outcome,
    /// By column: integers, or multiples of 1 / [`POINT_UNIT`] of a relaxation; empty where none was found.
    pub point: Vec<i64>,
    /// By row, in multiples of 1 / [`PRICE_UNIT`]; empty but for a relaxation. Of an infeasible one they are a
    /// ray that refutes it, the largest of them 1, or empty.
    pub prices: Vec<i64>,
    /// Where a relaxation's search ended: by column, then by row (its slack), a [`place`]. Empty where the solver does not say.
    pub basis: Vec<u8>,
}

/// The solver failed.
#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize)]
pub enum Fault {
    /// The solver says so.
    #[error("the solver failed: {0}")]
    Solver(String),
    /// The solver's process ended by itself.
    #[error("the solver's process ended: {0}")]
    Process(String),
    /// This build has no solver for the task.
    #[error("this build has no second opinion: build with the feature `highs`")]
    Absent,
}

/// The seed of second opinions.
const SECOND: i32 = 1;

/// Columns of a relaxation from scratch beyond which HiGHS is quicker than we are.
const LARGE: usize = 15_000;

/// Whether this build's solver is HiGHS, whose word counts for *agreed* (FORMAT).
pub const HAS_HIGHS: bool = cfg!(feature = "highs");

/// Whoever runs tasks: [`run`] in this process, or a closure that has a child process do it.
pub type Runner<'a> = dyn Fn(&Task) -> Result<Answer, Fault> + Sync + 'a;

impl Answer {
    /// A relaxation's point, rounded to integers.
    #[must_use]
    pub fn relaxed_point(&self) -> Vec<i64> {
        self.point.iter().map(|value| value.saturating_add(POINT_UNIT / 2).div_euclid(POINT_UNIT)).collect()
    }
}

/// A price over `denominator`, nearest to a price over [`PRICE_UNIT`].
#[must_use]
pub fn rounded(price: i64, denominator: i64) -> i128 {
    let scaled = i128::from(price) * i128::from(denominator);
    let unit = i128::from(PRICE_UNIT);
    (2 * scaled + unit).div_euclid(2 * unit)
}

fn fixed(value: f64, unit: i64) -> i64 {
    // A cast saturates, and of no number it is 0: nothing that comes out is believed anyway.
    (value * unit as f64).round() as i64
}

/// Runs a task in this process: relaxations and quick searches by our own solver, which can go on from where it
/// was and spends a counted budget; what that leaves, and integer programs, by HiGHS where it is built.
///
/// # Errors
/// Where the solver reports an error, or a second opinion is asked for in a build without HiGHS: our own
/// solver searches in one way only, and a second search would be the first one's word again.
pub fn run(task: &Task) -> Result<Answer, Fault> {
    if let Some(answer) = run_within_budget(task) {
        return Ok(answer);
    }
    if let Some(pair) = Pair::of(task) {
        return pair.run_in_turn();
    }
    #[cfg(feature = "highs")]
    if !task.upper.is_empty() {
        return highs::run(task);
    }
    let is_second = matches!(
        task.search,
        Search::Integer { presolve: false, .. } | Search::Integer { focus: Focus::OrAgreed, .. }
    );
    if !HAS_HIGHS && is_second {
        return Err(Fault::Absent);
    }
    Ok(run_own(task))
}

/// A relaxation or a quick search by our own solver; `None` where the task is neither, or HiGHS may go further.
#[must_use]
pub fn run_within_budget(task: &Task) -> Option<Answer> {
    match task.search {
        Search::Integer { .. } => None,
        Search::Relaxation if HAS_HIGHS && is_long(task) => None,
        Search::Quick { .. } => Some(run_own(task)),
        Search::Relaxation | Search::Resumed { .. } | Search::Elastic { .. } => {
            Some(run_own(task)).filter(|answer| !HAS_HIGHS || answer.outcome != Outcome::Stopped)
        }
    }
}

/// Whether a relaxation is one for HiGHS: of many columns, but not so many to a row that they are sifted.
fn is_long(task: &Task) -> bool {
    open_columns(task) > LARGE && !is_sifted(task)
}

/// Whether a task is a relaxation of our own solver's that may take seconds: whoever has a limit runs it where it can be stopped.
#[must_use]
pub fn takes_long(task: &Task) -> bool {
    matches!(task.search, Search::Relaxation | Search::Resumed { .. }) && is_sifted(task)
}

fn is_sifted(task: &Task) -> bool {
    sift::serves(open_columns(task), task.rows.len())
}

fn open_columns(task: &Task) -> usize {
    task.upper.iter().filter(|upper| **upper > 0).count()
}

/// Runs a task in this process by our own solver, whatever the build.
#[must_use]
pub fn run_own(task: &Task) -> Answer {
    if !task.upper.is_empty() {
        return own::run(task);
    }
    let broken = |(_, at_most, equal): &TaskRow| *at_most < 0 || (*equal && *at_most != 0);
    let refuting = task.rows.iter().position(broken);
    let outcome = if refuting.is_none() { Outcome::Optimal } else { Outcome::Infeasible };
    let price = |(row, (_, at_most, _)): (usize, &TaskRow)| {
        if refuting == Some(row) { -PRICE_UNIT * at_most.signum() } else { 0 }
    };
    let prices = task.rows.iter().enumerate().map(price).collect();
    Answer { outcome, point: Vec::new(), prices, basis: Vec::new() }
}
