//! Branch and bound on the dual simplex method.
//!
//! Depth first into the child that the relaxed value is nearer to, then back to the open node with the
//! best bound. A node's bound is computed from its prices and the true costs; points are rounded and
//! checked in integers before they count. It ends after a number of nodes and an amount of work,
//! counted, unless a time limit comes first.

use std::rc::Rc;

use num_integer::Integer;

use super::own::{Lowered, lower, merged};
use super::simplex::{Basis, Budget, End, Simplex};
use super::{Answer, Outcome, Task, TaskRow};

/// Nodes where the task names no number.
const NODES: usize = 20_000;
/// Nodes of a search near a point.
const NEAR_NODES: usize = 150;
/// All the work of a search.
const WORK: u64 = 2_000_000_000;
/// All the work of a quick search.
const QUICK_WORK: u64 = 400_000_000;
/// At most so much of it near the points at hand.
const NEAR_WORK: u64 = WORK / 4;
/// Every so many nodes a point is rounded.
const ROUNDING: usize = 8;
/// Values this near to an integer are integers.
const INTEGRAL: f64 = 1e-6;
/// Where that rounds to what is no point: a part of so many seats that one person aboard hardly counts.
const FRACTION: f64 = 1e-11;

/// Searches for the best integer point.
pub(super) fn search(
    task: &Task,
    lowered: &Lowered,
    seed: i32,
    start: Option<&[i64]>,
    nodes: Option<i32>,
) -> Answer {
    let seed = u64::from(seed.unsigned_abs()) + 1;
    let mut search = Tree::new(task, lowered, seed, Budget { left: WORK });
    if let Some(start) = start {
        search.offer(start);
    }
    search.answer(nodes.map_or(NODES, |nodes| usize::try_from(nodes).unwrap_or(0)))
}

/// Searches for a good integer point with little work.
pub(super) fn quick(task: &Task, lowered: &Lowered, nodes: i32) -> Answer {
    let search = Tree::new(task, lowered, 1, Budget { left: QUICK_WORK });
    search.answer(usize::try_from(nodes).unwrap_or(0))
}

/// What a search near a point came to.
enum Near {
    /// A better point.
    Found(Vec<i64>),
    /// There is none, near or far.
    Best,
    /// None was found.
    Open,
}

/// The nearest point that is worth at least `wanted` (Fischetti and Monaci, *Proximity search for 0-1
/// mixed-integer convex programming*, 2014): the relaxation then has few fractions.
fn near(task: &Task, from: &[i64], wanted: i64, seed: u64, budget: &mut Budget) -> Near {
    let away = |(&x, &upper): (&i64, &i64)| i64::from(x == upper) - i64::from(x == 0);
    let objective = from.iter().zip(&task.upper).map(away).collect();
    let worth = task.objective.iter().enumerate().filter(|(_, c)| **c != 0);
    let mut rows = task.rows.clone();
    rows.push((worth.map(|(column, c)| (column, -c)).collect(), -wanted, false));
    let near = Task { objective, rows, ..task.clone() };
    let lowered = lower(&near);
    let mut search = Tree::new(&near, &lowered, seed, budget.clone());
    let complete = search.run(NEAR_NODES, Aim::Any);
    *budget = search.budget;
    match search.best {
        Some((_, point)) => Near::Found(point),
        None if complete => Near::Best,
        None => Near::Open,
    }
}

/// What a search is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// Any point.
    Any,
    /// The best, and the proof of it.
    Best,
}

/// A column's bounds at a node.
type Change = (usize, f64, f64);

/// A node that is still open.
struct Node {
    /// What its points are at most worth.
    bound: f64,
    /// From the root.
    changes: Vec<Change>,
    basis: Rc<Basis>,
}

/// A node that is next: its bounds from the root, and the branching that it comes from with the bound
/// before, where the basis at hand is that one's.
type Visit = (Vec<Change>, Option<(Branching, f64)>);

/// How much the bound falls for a unit of a column's change: sums and counts, down and up.
#[derive(Clone, Copy, Default)]
struct History {
    sum: [f64; 2],
    count: [f64; 2],
}

/// A branching: the column, its value, and the side that is looked at first.
#[derive(Clone, Copy)]
struct Branching {
    column: usize,
    value: f64,
    up: bool,
}

struct Tree<'t> {
    task: &'t Task,
    cost_scale: f64,
    seed: u64,
    columns: Vec<Vec<(usize, i64)>>,
    by_worth: Vec<usize>,
    simplex: Simplex<'t>,
    budget: Budget,
    /// Every value is a multiple of it.
    step: i64,
    best: Option<(i64, Vec<i64>)>,
    open: Vec<Node>,
    /// The root's bounds.
    root: Vec<(f64, f64)>,
    changed: Vec<usize>,
    history: Vec<History>,
    /// No node was given up.
    complete: bool,
}

impl<'t> Tree<'t> {
    fn new(task: &'t Task, lowered: &'t Lowered, seed: u64, budget: Budget) -> Self {
        let simplex = Simplex::new(&lowered.lp, seed);
        let step = task.objective.iter().fold(0, |step: i64, c| step.gcd(c)).max(1);
        Self {
            task,
            cost_scale: lowered.cost_scale,
            seed,
            columns: columns(task),
            by_worth: by_worth(task),
            root: (0..task.upper.len()).map(|column| simplex.bounds(column)).collect(),
            simplex,
            budget,
            step,
            best: None,
            open: Vec::new(),
            changed: Vec::new(),
            history: vec![History::default(); task.upper.len()],
            complete: true,
        }
    }

    fn answer(mut self, nodes: usize) -> Answer {
        let complete = self.run(nodes, Aim::Best);
        let outcome = match (complete, &self.best) {
            (false, _) => Outcome::Stopped,
            (true, Some(_)) => Outcome::Optimal,
            (true, None) => Outcome::Infeasible,
        };
        let point = self.best.map_or_else(Vec::new, |(_, point)| point);
        Answer { outcome, point, prices: Vec::new(), basis: Vec::new() }
    }

    /// Searches; whether nothing is left.
    fn run(&mut self, nodes: usize, aim: Aim) -> bool {
        let mut left = nodes;
        let mut at: Option<Visit> = Some((Vec::new(), None));
        while let Some((changes, parent)) = at.take() {
            if left == 0 || self.budget.is_spent() {
                return false;
            }
            left -= 1;
            let branching = self.node(&changes, parent, (nodes - left) % ROUNDING == 1);
            if aim == Aim::Any && self.best.is_some() {
                return false;
            }
            let is_root = changes.is_empty() && aim == Aim::Best;
            let open = branching.filter(|_| !is_root || !self.approach());
            at = match open {
                Some(branching) => Some(self.descend(changes, branching)),
                None => self.next(),
            };
        }
        self.complete
    }

    /// Goes from the best point to a better one near it, as long as there is one: a quarter of the way to
    /// the root's bound at once, or one step. Whether the last is known to be the best.
    fn approach(&mut self) -> bool {
        let bound = self.bound() as i64;
        let mut budget = Budget { left: NEAR_WORK.min(self.budget.left) };
        let spared = self.budget.left - budget.left;
        let (mut proven, mut parts) = (false, 4);
        while let Some((value, point)) = self.best.clone().filter(|_| !proven && parts > 0) {
            let far = ((bound - value) / parts).max(self.step);
            match near(self.task, &point, value + far, self.seed, &mut budget) {
                Near::Found(point) if self.offer(&point) => {}
                Near::Best if far == self.step => proven = true,
                Near::Found(_) | Near::Best | Near::Open if far == self.step => parts = 0,
                Near::Found(_) | Near::Best | Near::Open => parts *= 4,
            }
        }
        self.budget.left = spared + budget.left;
        proven
    }

    /// What a node must reach to matter.
    fn wanted(&self) -> f64 {
        self.best.as_ref().map_or(f64::NEG_INFINITY, |(value, _)| (value + self.step) as f64)
    }

    fn matters(&self, bound: f64) -> bool {
        bound >= self.wanted() - 1e-6 * self.wanted().abs().clamp(1.0, 1e3)
    }

    /// The bound of the basis at hand.
    fn bound(&self) -> f64 {
        -self.simplex.bound() / self.cost_scale
    }

    /// Solves a node's relaxation; how to branch on it, unless it is done.
    fn node(
        &mut self,
        changes: &[Change],
        parent: Option<(Branching, f64)>,
        round: bool,
    ) -> Option<Branching> {
        match self.simplex.dual(&mut self.budget) {
            End::Infeasible => return None,
            End::Spent => {
                self.complete = false;
                return None;
            }
            End::Optimal => {}
        }
        let bound = self.bound();
        self.learn(parent, bound);
        if !self.matters(bound) {
            return None;
        }
        if round {
            self.round();
        }
        let mut branching = self.branching(INTEGRAL);
        if branching.is_none() {
            let point = self.rounded();
            if !self.offer(&point) {
                branching = self.branching(FRACTION);
                self.complete &= branching.is_some();
            }
        }
        if changes.is_empty() && branching.is_some() {
            self.dive(false);
            if self.matters(bound) {
                self.dive(true);
            }
        }
        branching.filter(|_| self.matters(bound))
    }

    fn learn(&mut self, parent: Option<(Branching, f64)>, bound: f64) {
        if let Some((branching, before)) = parent {
            let part = branching.value - branching.value.floor();
            let (side, by) = if branching.up { (1, 1.0 - part) } else { (0, part) };
            let history = &mut self.history[branching.column];
            history.sum[side] += (before - bound).max(0.0) / by.max(INTEGRAL);
            history.count[side] += 1.0;
        }
    }

    /// Opens both children, goes to the first.
    fn descend(&mut self, changes: Vec<Change>, branching: Branching) -> Visit {
        let bound = self.bound();
        let (first, second) = self.children(branching);
        let mut other = changes.clone();
        other.push(second);
        self.open.push(Node { bound, changes: other, basis: Rc::new(self.simplex.basis()) });
        let mut own = changes;
        own.push(first);
        self.change(first);
        (own, Some((branching, bound)))
    }

    fn children(&self, branching: Branching) -> (Change, Change) {
        let Branching { column, value, up } = branching;
        let (lower, upper) = self.simplex.bounds(column);
        let (down, up_) = ((column, lower, value.floor()), (column, value.floor() + 1.0, upper));
        if up { (up_, down) } else { (down, up_) }
    }

    fn change(&mut self, (column, lower, upper): Change) {
        self.simplex.set_bounds(column, lower, upper);
        self.changed.push(column);
    }

    fn reset(&mut self) {
        for column in self.changed.drain(..) {
            let (lower, upper) = self.root[column];
            self.simplex.set_bounds(column, lower, upper);
        }
    }

    /// The open node with the best bound, the newest among equals.
    fn next(&mut self) -> Option<Visit> {
        let best = (0..self.open.len()).max_by(|&a, &b| self.open[a].bound.total_cmp(&self.open[b].bound))?;
        let node = self.open.remove(best);
        if !self.matters(node.bound) {
            self.open.clear();
            return None;
        }
        self.reset();
        for &change in &node.changes {
            self.change(change);
        }
        self.simplex.restore(&node.basis);
        Some((node.changes, None))
    }

    fn fraction(&self, column: usize) -> f64 {
        let value = self.simplex.value(column);
        (value - value.round()).abs()
    }

    /// The column whose two sides cost most, by what earlier branchings have cost.
    fn branching(&self, least: f64) -> Option<Branching> {
        let is_inside = |column: usize| {
            let (lower, upper) = self.simplex.bounds(column);
            (lower..upper).contains(&self.simplex.value(column).floor())
        };
        let fractional =
            (0..self.root.len()).filter(|&column| self.fraction(column) > least && is_inside(column));
        let score = |column: usize| {
            let value = self.simplex.value(column);
            let part = value - value.floor();
            let history = &self.history[column];
            let per_unit = |side: usize| {
                if history.count[side] > 0.0 { history.sum[side] / history.count[side] } else { 1.0 }
            };
            (per_unit(0) * part).max(INTEGRAL) * (per_unit(1) * (1.0 - part)).max(INTEGRAL)
        };
        let scored = fractional.map(|column| (score(column), column));
        let (_, column) = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        let value = self.simplex.value(column);
        Some(Branching { column, value, up: value - value.floor() > 0.4 })
    }

    /// The relaxed point, rounded.
    fn rounded(&self) -> Vec<i64> {
        (0..self.root.len()).map(|column| self.simplex.value(column).round() as i64).collect()
    }

    /// Takes a point that obeys the rows if it is the best; whether it obeys them.
    fn offer(&mut self, point: &[i64]) -> bool {
        let in_range = self.task.upper.iter().zip(point).all(|(upper, x)| (0..=*upper).contains(x));
        if point.len() != self.task.upper.len()
            || !in_range
            || !self.task.rows.iter().all(|row| holds(row, point))
        {
            return false;
        }
        let value = self.task.objective.iter().zip(point).map(|(c, x)| c * x).sum();
        if self.best.as_ref().is_none_or(|(known, _)| value > *known) {
            self.best = Some((value, point.to_vec()));
        }
        true
    }

    /// Rounds the relaxed point down and fills what that leaves, the largest fractions first.
    fn round(&mut self) {
        let mut filling = Filling::new(self.task, &self.columns, self.floor());
        let mut fractional: Vec<usize> =
            (0..self.root.len()).filter(|&column| self.fraction(column) > INTEGRAL).collect();
        let part = |column: usize| self.simplex.value(column).fract();
        fractional.sort_unstable_by(|&a, &b| part(b).total_cmp(&part(a)).then(a.cmp(&b)));
        for &column in fractional.iter().chain(&self.by_worth) {
            filling.fill(column);
        }
        self.offer(&filling.point);
    }

    fn floor(&self) -> Vec<i64> {
        (0..self.root.len()).map(|column| (self.simplex.value(column) + INTEGRAL).floor() as i64).collect()
    }

    /// Fixes one fraction after the other and solves again after each: `up`, the largest and upwards; else
    /// the nearest to an integer.
    fn dive(&mut self, up: bool) {
        const DEPTH: usize = 400;
        let basis = self.simplex.basis();
        let mut before = Vec::new();
        for _ in 0..DEPTH {
            let Some((column, value)) = self.to_fix(up) else {
                let point = self.rounded();
                self.offer(&point);
                break;
            };
            before.push((column, self.simplex.bounds(column)));
            if !self.fix(column, value, up) {
                break;
            }
        }
        for (column, (lower, upper)) in before.into_iter().rev() {
            self.simplex.set_bounds(column, lower, upper);
        }
        self.simplex.restore(&basis);
        self.simplex.dual(&mut self.budget);
    }

    fn to_fix(&self, up: bool) -> Option<(usize, f64)> {
        let fractional = (0..self.root.len()).filter(|&column| self.fraction(column) > INTEGRAL);
        let distance = |column: usize| {
            let value = self.simplex.value(column);
            if up { value.ceil() - value } else { self.fraction(column) }
        };
        let nearest = fractional.min_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(a.cmp(&b)))?;
        Some((nearest, self.simplex.value(nearest)))
    }

    /// Bounds a column away from its fraction, on the other side where the first has nothing; whether
    /// something is left.
    fn fix(&mut self, column: usize, value: f64, up: bool) -> bool {
        let (lower, upper) = self.simplex.bounds(column);
        let (low, high) = ((lower, value.floor()), (value.ceil(), upper));
        let sides = if up || value.fract() >= 0.5 { [high, low] } else { [low, high] };
        sides.into_iter().any(|(lower, upper)| {
            self.simplex.set_bounds(column, lower, upper);
            self.simplex.dual(&mut self.budget) == End::Optimal && self.matters(self.bound())
        })
    }
}

/// A point that is being filled up.
struct Filling<'t> {
    task: &'t Task,
    columns: &'t [Vec<(usize, i64)>],
    point: Vec<i64>,
    /// By row: what is left.
    left: Vec<i64>,
}

impl<'t> Filling<'t> {
    fn new(task: &'t Task, columns: &'t [Vec<(usize, i64)>], point: Vec<i64>) -> Self {
        let left = |(terms, at_most, _): &TaskRow| {
            at_most - terms.iter().map(|&(column, a)| a * point[column]).sum::<i64>()
        };
        Self { task, columns, left: task.rows.iter().map(left).collect(), point }
    }

    /// Raises a column as far as it goes.
    fn fill(&mut self, column: usize) {
        let room = self.task.upper[column] - self.point[column];
        let taking = self.columns[column].iter().filter(|(_, a)| *a > 0);
        let by = taking.map(|&(row, a)| self.left[row].div_euclid(a)).fold(room, i64::min);
        if by > 0 {
            self.point[column] += by;
            for &(row, a) in &self.columns[column] {
                self.left[row] -= by * a;
            }
        }
    }
}

/// The columns' terms, by row.
fn columns(task: &Task) -> Vec<Vec<(usize, i64)>> {
    let mut columns = vec![Vec::new(); task.upper.len()];
    for (row, (terms, ..)) in task.rows.iter().enumerate() {
        for (column, a) in merged(terms) {
            columns[column].push((row, a));
        }
    }
    columns
}

/// The columns that are worth something, the best first.
fn by_worth(task: &Task) -> Vec<usize> {
    let mut columns: Vec<usize> =
        (0..task.upper.len()).filter(|&column| task.objective[column] > 0).collect();
    columns.sort_by_key(|&column| std::cmp::Reverse(task.objective[column]));
    columns
}

fn holds((terms, at_most, equal): &TaskRow, point: &[i64]) -> bool {
    let sum: i128 = terms.iter().map(|&(column, a)| i128::from(a) * i128::from(point[column])).sum();
    if *equal { sum == i128::from(*at_most) } else { sum <= i128::from(*at_most) }
}
