//! The one file that talks to a solver of others', and the one with floating point.
//!
//! Integers come in ([`Task`]) and integers go out ([`Answer`]): prices and relaxed points as
//! fixed-point numbers, points of integer programs rounded. Nothing that comes out is believed: a
//! point is checked against the rows, a price vector is evaluated exactly, by whoever asked.
//!
//! With the feature `highs` the solver is HiGHS, built through `good_lp`; without it `microlp`, which
//! has no prices and is for small programs only. HiGHS refuses another thread count within a process,
//! so it is one thread, always.

#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "this file lowers the integer program to floating point and rounds what comes back"
)]

use serde::{Deserialize, Serialize};

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
    /// The relaxation in which each row may be exceeded at this cost a unit: always feasible, and its
    /// prices refute an infeasible program.
    Elastic {
        /// What one unit of excess costs.
        penalty: i64,
    },
    /// The integer program, both gaps 0.
    Integer {
        /// The random seed.
        seed: i32,
        /// Whether the program is presolved.
        presolve: bool,
        /// A feasible point to start from.
        start: Option<Vec<i64>>,
        /// Stop after so many nodes of the search tree.
        nodes: Option<i32>,
    },
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
    /// By row, in multiples of 1 / [`PRICE_UNIT`]; empty but for a relaxation.
    pub prices: Vec<i64>,
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
    #[error("this build has no solver for it: build with the feature `highs`")]
    Absent,
}

/// Whoever runs tasks: [`run`] in this process, or a closure that has a child process do it.
pub type Runner<'a> = dyn Fn(&Task) -> Result<Answer, Fault> + Sync + 'a;

impl Answer {
    /// A relaxation's point, rounded to integers.
    #[must_use]
    pub fn relaxed_point(&self) -> Vec<i64> {
        self.point.iter().map(|value| value.saturating_add(POINT_UNIT / 2).div_euclid(POINT_UNIT)).collect()
    }

    fn nothing(outcome: Outcome) -> Self {
        Self { outcome, point: Vec::new(), prices: Vec::new() }
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

/// Runs a task in this process.
///
/// # Errors
/// Where the solver reports an error, or is not part of this build.
pub fn run(task: &Task) -> Result<Answer, Fault> {
    if task.upper.is_empty() {
        let holds =
            task.rows.iter().all(|(_, at_most, equal)| if *equal { *at_most == 0 } else { *at_most >= 0 });
        let outcome = if holds { Outcome::Optimal } else { Outcome::Infeasible };
        return Ok(Answer { outcome, point: Vec::new(), prices: vec![0; task.rows.len()] });
    }
    backend::run(task)
}

#[cfg(feature = "highs")]
mod backend {
    use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
    use highs::{HighsModelStatus, HighsSolutionStatus, Model, SolvedModel};

    use super::{Answer, Fault, Outcome, POINT_UNIT, PRICE_UNIT, Search, Task, fixed};

    pub(super) fn run(task: &Task) -> Result<Answer, Fault> {
        let mut model = lower(task)?;
        options(&mut model, task)?;
        if let Search::Integer { start: Some(start), .. } = &task.search {
            let start: Vec<f64> = start.iter().map(|&value| value as f64).collect();
            model.try_set_solution(Some(&start), None, None, None).map_err(fault)?;
        }
        let solved = model.try_solve().map_err(fault)?;
        Ok(answer(task, &solved))
    }

    fn fault(status: impl std::fmt::Debug) -> Fault {
        Fault::Solver(format!("{status:?}"))
    }

    /// The task as `good_lp` expressions, then as a model of HiGHS.
    fn lower(task: &Task) -> Result<Model, Fault> {
        let integer = matches!(task.search, Search::Integer { .. });
        let mut variables = ProblemVariables::new();
        let columns: Vec<Variable> = task
            .upper
            .iter()
            .map(|&upper| {
                let column = variable().min(0.0).max(upper as f64);
                variables.add(if integer { column.integer() } else { column })
            })
            .collect();
        let mut objective = sum(&columns, (0..).zip(task.objective.iter().copied()));
        let excess = excess(task, &mut variables, &mut objective);
        let mut problem = variables.maximise(objective).using(good_lp::highs);
        for (at, (terms, at_most, equal)) in task.rows.iter().enumerate() {
            let mut row = sum(&columns, terms.iter().copied());
            for (sign, column) in excess.get(at).into_iter().flatten() {
                row.add_mul(*sign, *column);
            }
            let at_most = *at_most as f64;
            problem.add_constraint(if *equal {
                constraint!(row == at_most)
            } else {
                constraint!(row <= at_most)
            });
        }
        problem.try_into_inner().map_err(fault)
    }

    fn sum(columns: &[Variable], terms: impl Iterator<Item = (usize, i64)>) -> Expression {
        terms.filter(|&(_, a)| a != 0).map(|(column, a)| a as f64 * columns[column]).sum()
    }

    /// Per row the columns that may exceed it, with their sign; none unless the search is elastic.
    fn excess(
        task: &Task,
        variables: &mut ProblemVariables,
        objective: &mut Expression,
    ) -> Vec<Vec<(f64, Variable)>> {
        let Search::Elastic { penalty } = task.search else { return Vec::new() };
        let mut column = |sign: f64| {
            let column = variables.add(variable().min(0.0));
            objective.add_mul(-(penalty as f64), column);
            (sign, column)
        };
        let mut per_row =
            |equal: bool| if equal { vec![column(-1.0), column(1.0)] } else { vec![column(-1.0)] };
        task.rows.iter().map(|(_, _, equal)| per_row(*equal)).collect()
    }

    fn options(model: &mut Model, task: &Task) -> Result<(), Fault> {
        let mut set = |name: &str, value: f64| model.try_set_option(name, value).map_err(fault);
        set("mip_rel_gap", 0.0)?;
        set("mip_abs_gap", 0.0)?;
        if let Some(limit) = task.limit_ms {
            set("time_limit", limit as f64 / 1000.0)?;
        }
        model.try_set_option("threads", 1).map_err(fault)?;
        if let Search::Integer { nodes: Some(nodes), .. } = task.search {
            model.try_set_option("mip_max_nodes", nodes).map_err(fault)?;
        }
        if let Search::Integer { seed, presolve, .. } = task.search {
            model.try_set_option("random_seed", seed).map_err(fault)?;
            model.try_set_option("presolve", if presolve { "on" } else { "off" }).map_err(fault)?;
        }
        Ok(())
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else HiGHS says, it has not said that it is done"
    )]
    fn answer(task: &Task, solved: &SolvedModel) -> Answer {
        let outcome = match solved.status() {
            HighsModelStatus::Optimal => Outcome::Optimal,
            HighsModelStatus::Infeasible => Outcome::Infeasible,
            _ => Outcome::Stopped,
        };
        if solved.primal_solution_status() != HighsSolutionStatus::Feasible {
            return Answer::nothing(outcome);
        }
        let solution = solved.get_solution();
        let integer = matches!(task.search, Search::Integer { .. });
        let unit = if integer { 1 } else { POINT_UNIT };
        let own = &solution.columns()[..task.upper.len()];
        let prices = if integer { &[] } else { solution.dual_rows() };
        Answer {
            outcome,
            point: own.iter().map(|&value| fixed(value, unit)).collect(),
            prices: prices.iter().map(|&price| fixed(price, PRICE_UNIT)).collect(),
        }
    }
}

#[cfg(not(feature = "highs"))]
mod backend {
    use good_lp::{
        Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, constraint, variable,
    };

    use super::{Answer, Fault, Outcome, Search, Task, fixed};

    pub(super) fn run(task: &Task) -> Result<Answer, Fault> {
        // It searches in one way only: a second search would be the first one's word again.
        if !matches!(task.search, Search::Integer { presolve: true, .. }) {
            return Err(Fault::Absent);
        }
        let mut variables = ProblemVariables::new();
        let columns: Vec<Variable> = task
            .upper
            .iter()
            .map(|&upper| variables.add(variable().integer().min(0.0).max(upper as f64)))
            .collect();
        let objective = sum(&columns, (0..).zip(task.objective.iter().copied()));
        let mut problem = variables.maximise(objective).using(good_lp::microlp);
        for (terms, at_most, equal) in &task.rows {
            let row = sum(&columns, terms.iter().copied());
            let at_most = *at_most as f64;
            problem.add_constraint(if *equal {
                constraint!(row == at_most)
            } else {
                constraint!(row <= at_most)
            });
        }
        match problem.solve() {
            Ok(solution) => Ok(Answer {
                outcome: Outcome::Optimal,
                point: columns.iter().map(|&column| fixed(solution.value(column), 1)).collect(),
                prices: Vec::new(),
            }),
            Err(ResolutionError::Infeasible) => Ok(Answer::nothing(Outcome::Infeasible)),
            Err(error) => Err(Fault::Solver(error.to_string())),
        }
    }

    fn sum(columns: &[Variable], terms: impl Iterator<Item = (usize, i64)>) -> Expression {
        terms.filter(|&(_, a)| a != 0).map(|(column, a)| a as f64 * columns[column]).sum()
    }
}
