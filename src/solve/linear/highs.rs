//! HiGHS, built through `good_lp`. It refuses another thread count within a process, so it is one thread,
//! always.

use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
use highs::{HighsModelStatus, HighsSolutionStatus, Model, SolvedModel};

use super::{Answer, Fault, Focus, Outcome, POINT_UNIT, PRICE_UNIT, Search, Task, TaskRow, fixed, place};

/// What looks for points in the root, and takes most of the time where there is none.
const HEURISTICS: [&str; 4] = [
    "mip_heuristic_run_feasibility_jump",
    "mip_heuristic_run_rens",
    "mip_heuristic_run_rins",
    "mip_heuristic_run_root_reduced_cost",
];

/// What takes most of the time of a root that finds a point in the end.
const SLOW: [&str; 4] = [
    "mip_allow_restart",
    "mip_detect_symmetry",
    "mip_heuristic_run_feasibility_jump",
    "mip_heuristic_run_root_reduced_cost",
];

/// Objectives are whole, so a bound by less than one above a point says that none is better. HiGHS sees less: with columns
/// replaced in presolve it takes some for multiples of a half.
const GAP: f64 = 0.9;

/// Probing and enumeration, as HiGHS numbers the rules of its presolve: one bit each.
const PROBING: i32 = (1 << 15) | (1 << 16);

/// By how much a value may miss a bound that it is at.
const BOUND: f64 = 1e-7;

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
    let integer = matches!(task.search, Search::Integer { .. } | Search::Quick { .. });
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
    let rows = task.rows.len() - usize::from(cutoff(task).is_some());
    for (at, (terms, at_most, equal)) in task.rows[..rows].iter().enumerate() {
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

/// The least value, where it is a bound of the search and no row.
fn cutoff(task: &Task) -> Option<i64> {
    let Search::Integer { focus: Focus::Cutoff, .. } = task.search else { return None };
    least(task)
}

/// The least value that a search is bounded by, where the last row asks for one.
fn least(task: &Task) -> Option<i64> {
    let Search::Integer { focus, .. } = task.search else { return None };
    if !matches!(focus, Focus::Root | Focus::Proof | Focus::Cutoff | Focus::Refutation) {
        return None;
    }
    let (terms, at_most, equal) = task.rows.last()?;
    let value = (0..).zip(&task.objective).filter(|(_, c)| **c != 0).map(|(column, c)| (column, -c));
    (!equal && terms.iter().copied().eq(value)).then_some(-at_most)
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
    let mut per_row = |equal: bool| if equal { vec![column(-1.0), column(1.0)] } else { vec![column(-1.0)] };
    task.rows.iter().map(|(_, _, equal)| per_row(*equal)).collect()
}

fn options(model: &mut Model, task: &Task) -> Result<(), Fault> {
    let mut set = |name: &str, value: f64| model.try_set_option(name, value).map_err(fault);
    set("mip_rel_gap", 0.0)?;
    set("mip_abs_gap", GAP)?;
    if let Some(limit) = task.limit_ms {
        set("time_limit", limit as f64 / 1000.0)?;
    }
    if let Some(least) = least(task) {
        // HiGHS minimises inside, whatever is asked for. A row alone leaves it without an upper limit: then it fixes nothing
        // by reduced costs, and pumps for a feasible point at the end of each root.
        set("objective_bound", 0.5 - least as f64)?;
    }
    model.try_set_option("threads", 1).map_err(fault)?;
    if let Search::Integer { nodes: Some(nodes), .. } | Search::Quick { nodes } = task.search {
        model.try_set_option("mip_max_nodes", nodes).map_err(fault)?;
    }
    if let Search::Integer { seed, presolve, focus, .. } = task.search {
        let left_out = match focus {
            Focus::Proof | Focus::Cutoff | Focus::Refutation => &HEURISTICS[..],
            Focus::Soon | Focus::Root | Focus::Any => &SLOW[..],
            Focus::Points | Focus::Both | Focus::OrNone | Focus::OrAgreed | Focus::Proofs => &[],
        };
        for option in left_out {
            model.try_set_option(*option, false).map_err(fault)?;
        }
        if focus == Focus::Any {
            model.try_set_option("mip_max_improving_sols", 1).map_err(fault)?;
        }
        if focus == Focus::Refutation {
            model.try_set_option("presolve_rule_off", PROBING).map_err(fault)?;
        }
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
        return Answer { outcome, point: Vec::new(), prices: Vec::new(), basis: Vec::new() };
    }
    let solution = solved.get_solution();
    let integer = matches!(task.search, Search::Integer { .. } | Search::Quick { .. });
    let unit = if integer { 1 } else { POINT_UNIT };
    let own = &solution.columns()[..task.upper.len()];
    let point: Vec<i64> = own.iter().map(|&value| fixed(value, unit)).collect();
    let value = || -> i64 { point.iter().zip(&task.objective).map(|(n, c)| n * c).sum() };
    // The best point of all is not good enough: there is none.
    let is_short = outcome == Outcome::Optimal && cutoff(task).is_some_and(|least| value() < least);
    let outcome = if is_short { Outcome::Infeasible } else { outcome };
    let prices = if integer { &[] } else { solution.dual_rows() };
    Answer {
        outcome,
        point,
        prices: prices.iter().map(|&price| fixed(price, PRICE_UNIT)).collect(),
        basis: if integer { Vec::new() } else { basis(task, own, solution.rows()) },
    }
}

/// A basis of the vertex, as far as its values say: what lies between its bounds is in it.
fn basis(task: &Task, columns: &[f64], rows: &[f64]) -> Vec<u8> {
    let stands = |(value, upper): (f64, f64)| {
        if value < BOUND {
            place::LOWER
        } else if value > upper - BOUND {
            place::UPPER
        } else {
            place::BASIC
        }
    };
    let columns = columns.iter().zip(&task.upper).map(|(&value, &upper)| (value, upper as f64));
    let slack = |(&value, (_, at_most, equal)): (&f64, &TaskRow)| {
        if *equal { (0.0, 0.0) } else { (*at_most as f64 - value, f64::INFINITY) }
    };
    columns.chain(rows.iter().zip(&task.rows).map(slack)).map(stands).collect()
}
