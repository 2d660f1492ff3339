//! The solver of our own: no foreign code, prices that are those of a vertex, the same on every machine
//! that rounds by IEEE 754.

use super::branch;
use super::simplex::{Budget, End, Lp, Simplex};
use super::sparse::Sparse;
use super::{Answer, Outcome, POINT_UNIT, PRICE_UNIT, Search, Task, fixed};

/// A search ends after so much work, counted: some seconds.
const RELAXATION_WORK: u64 = 20_000_000_000;
/// Of the perturbations of a relaxation.
const SEED: u64 = 1;
/// Costs are scaled down to this.
const LARGEST_COST: f64 = 1024.0;

/// A task in floating point, and by what it was scaled.
#[derive(Clone)]
pub(super) struct Lowered {
    pub(super) lp: Lp,
    /// By row: what it was multiplied by, a power of 2.
    pub(super) row_scale: Vec<f64>,
    /// What the costs were multiplied by, a power of 2.
    pub(super) cost_scale: f64,
}

/// Runs a task.
pub(super) fn run(task: &Task) -> Answer {
    let lowered = lower(task);
    let mut budget = Budget { left: RELAXATION_WORK };
    match &task.search {
        Search::Relaxation | Search::Elastic { .. } => {
            relax(task, &lowered, Simplex::new(&lowered.lp, SEED), &mut budget)
        }
        Search::Resumed { basis } => {
            let mut simplex = Simplex::resume(&lowered.lp, SEED, basis);
            if simplex.has_feasible_values() {
                simplex.primal(&mut budget);
            }
            relax(task, &lowered, simplex, &mut budget)
        }
        Search::Quick { nodes } => branch::quick(task, &lowered, *nodes),
        Search::Integer { seed, presolve: _, start, nodes, focus: _, kernel: _ } => {
            branch::search(task, &lowered, *seed, start.as_deref(), *nodes)
        }
    }
}

fn relax(task: &Task, lowered: &Lowered, mut simplex: Simplex, budget: &mut Budget) -> Answer {
    let mut end = simplex.dual(budget);
    if end == End::Optimal {
        end = simplex.primal(budget);
    }
    let (outcome, prices) = match end {
        End::Optimal => (Outcome::Optimal, simplex.prices()),
        End::Infeasible => (Outcome::Infeasible, simplex.ray()),
        End::Spent => (Outcome::Stopped, simplex.prices()),
    };
    let value = |column: usize| fixed(simplex.value(column), POINT_UNIT);
    let is_ray = outcome == Outcome::Infeasible;
    let unscaled = prices.iter().zip(&lowered.row_scale).map(|(price, scale)| -price * scale);
    let unit = if is_ray { unscaled.clone().map(f64::abs).fold(0.0, f64::max) } else { lowered.cost_scale };
    let columns = if is_ray { 0 } else { task.upper.len() };
    Answer {
        outcome,
        point: (0..columns).map(value).collect(),
        prices: unscaled.map(|price| fixed(price / unit, PRICE_UNIT)).collect(),
        basis: simplex.places(),
    }
}

/// The task as a linear program to be minimised, rows and costs scaled by powers of 2.
pub(super) fn lower(task: &Task) -> Lowered {
    let row_scale: Vec<f64> = task.rows.iter().map(|(terms, ..)| row_scale(terms)).collect();
    let penalty = match task.search {
        Search::Elastic { penalty } => Some(penalty as f64),
        Search::Relaxation | Search::Resumed { .. } | Search::Quick { .. } | Search::Integer { .. } => None,
    };
    let mut cost: Vec<f64> = task.objective.iter().map(|&c| -(c as f64)).collect();
    let mut upper: Vec<f64> = task.upper.iter().map(|&upper| upper as f64).collect();
    let mut excess = Vec::new();
    for ((row, (_, _, equal)), scale) in task.rows.iter().enumerate().zip(&row_scale) {
        let signs: &[f64] = if *equal { &[-1.0, 1.0] } else { &[-1.0] };
        for &sign in signs.iter().filter(|_| penalty.is_some()) {
            excess.push((row, sign));
            cost.push(penalty.unwrap_or(0.0) / scale);
            upper.push(f64::INFINITY);
        }
    }
    let cost_scale = cost_scale(&cost);
    for cost in &mut cost {
        *cost *= cost_scale;
    }
    let rows = rows(task, &row_scale, &excess);
    for (_, _, equal) in &task.rows {
        cost.push(0.0);
        upper.push(if *equal { 0.0 } else { f64::INFINITY });
    }
    let rhs = task.rows.iter().zip(&row_scale).map(|((_, at_most, _), scale)| *at_most as f64 * scale);
    let lp = Lp { columns: rows.transposed(cost.len()), rhs: rhs.collect(), rows, cost, upper };
    Lowered { lp, row_scale, cost_scale }
}

fn rows(task: &Task, row_scale: &[f64], excess: &[(usize, f64)]) -> Sparse {
    let mut rows = Sparse::new();
    let (own, mut next) = (task.upper.len(), 0);
    for (row, ((terms, ..), scale)) in task.rows.iter().zip(row_scale).enumerate() {
        for (column, a) in merged(terms) {
            rows.push(column, a as f64 * scale);
        }
        while let Some(&(_, sign)) = excess.get(next).filter(|(of, _)| *of == row) {
            rows.push(own + next, sign);
            next += 1;
        }
        rows.push(own + excess.len() + row, 1.0);
        rows.close();
    }
    rows
}

/// A row's terms, each column once, in order.
pub(super) fn merged(terms: &[(usize, i64)]) -> Vec<(usize, i64)> {
    let mut merged = terms.to_vec();
    merged.sort_unstable();
    merged.dedup_by(|next, known| {
        let same = next.0 == known.0;
        if same {
            known.1 += next.1;
        }
        same
    });
    merged.retain(|(_, a)| *a != 0);
    merged
}

/// The power of 2 that brings the entries of a row around 1.
fn row_scale(terms: &[(usize, i64)]) -> f64 {
    let sizes = || terms.iter().map(|(_, a)| a.unsigned_abs()).filter(|a| *a > 0);
    let (least, most) = (sizes().min().unwrap_or(1), sizes().max().unwrap_or(1));
    power((least as f64 * most as f64).sqrt().recip())
}

fn cost_scale(cost: &[f64]) -> f64 {
    let largest = cost.iter().map(|c| c.abs()).fold(0.0, f64::max);
    if largest > LARGEST_COST { power(LARGEST_COST / largest) } else { 1.0 }
}

/// The nearest power of 2.
fn power(value: f64) -> f64 {
    value.log2().round().exp2()
}
