//! The factors of a basis, and what it takes to solve with them.
//!
//! Most columns of a basis here are those of slacks or of units that sit in one departure: a
//! permutation makes them triangular. Those come first (singletons of columns, then of rows); what
//! remains, the *nucleus*, is factored column by column with threshold pivoting (Gilbert and Peierls,
//! *Sparse partial pivoting in time proportional to arithmetic operations*, 1988). A change of the
//! basis is one more elementary matrix at the end (the product form).
//!
//! Positions in the basis are rows: the column whose pivot is in row `r` stands at position `r`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::sparse::Sparse;

/// A pivot is at least this part of the largest entry of its column.
const THRESHOLD: f64 = 0.1;
/// A column without a larger entry depends on the others.
const SINGULAR: f64 = 1e-10;
/// What is smaller has been cancelled.
const TINY: f64 = 1e-14;

/// The factors: `L U`, then one elementary matrix for each change.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// By step: the row, and the diagonal entry of `U`.
    pivots: Vec<(usize, f64)>,
    /// By step: the column of `L` below its diagonal of ones, by row.
    lower: Sparse,
    /// By step: the row of `L`, by the pivot rows of its columns.
    lower_rows: Sparse,
    /// The steps with entries in their columns of `L`, and those with entries in their rows, each with its row.
    below: Vec<(usize, usize)>,
    before: Vec<(usize, usize)>,
    /// By step: the column of `U` above the diagonal, by row.
    upper: Sparse,
    /// By step: the row of `U`, by row of the later pivots.
    upper_rows: Sparse,
    /// By change: the row, and the pivot.
    changes: Vec<(usize, f64)>,
    /// By change: the other entries of the column that came in.
    change: Sparse,
}

/// A factored basis.
pub(super) struct Factored {
    /// The factors.
    pub(super) factor: Factor,
    /// By row: the variable.
    pub(super) head: Vec<usize>,
    /// Variables that depend on the others: slacks took their places.
    pub(super) dropped: Vec<usize>,
}

/// Factors the basis of `variables`; `columns` has those of all variables, and the slack of row `r` is
/// `first_slack + r`.
pub(super) fn factor(columns: &Sparse, first_slack: usize, variables: &[usize]) -> Factored {
    let rows = columns.lines() - first_slack;
    let order = order(columns, rows, variables);
    let mut builder = Builder::new(rows, &order.row_counts);
    let mut dropped = Vec::new();
    for &(variable, row) in &order.steps {
        if !builder.step(columns.line(variable), row, variable) {
            dropped.push(variable);
        }
    }
    for row in 0..rows {
        if builder.step_of[row] == NONE {
            builder.step(&[(row, 1.0)], Some(row), first_slack + row);
        }
    }
    let (factor, head) = builder.finish();
    Factored { factor, head, dropped }
}

const NONE: usize = usize::MAX;

/// In which order the columns are eliminated.
struct Order {
    /// The variable, and the row of its pivot where that is decided.
    steps: Vec<(usize, Option<usize>)>,
    /// By row: its entries in the nucleus.
    row_counts: Vec<usize>,
}

/// Which rows and columns are not yet taken.
struct Peel<'c> {
    columns: &'c Sparse,
    variables: &'c [usize],
    /// The rows' columns, by position among the variables.
    members: Sparse,
    row_open: Vec<bool>,
    column_open: Vec<bool>,
    steps: Vec<(usize, Option<usize>)>,
}

fn order(columns: &Sparse, rows: usize, variables: &[usize]) -> Order {
    let mut basis = Sparse::new();
    for &variable in variables {
        for &(row, value) in columns.line(variable) {
            basis.push(row, value);
        }
        basis.close();
    }
    let mut peel = Peel {
        columns,
        variables,
        members: basis.transposed(rows),
        row_open: vec![true; rows],
        column_open: vec![true; variables.len()],
        steps: Vec::with_capacity(rows),
    };
    peel.column_singletons();
    let row_counts = peel.row_singletons();
    peel.nucleus();
    Order { steps: peel.steps, row_counts }
}

impl Peel<'_> {
    fn take(&mut self, column: usize, row: usize) {
        self.column_open[column] = false;
        self.row_open[row] = false;
        self.steps.push((self.variables[column], Some(row)));
    }

    fn open_rows(&self, column: usize) -> impl Iterator<Item = usize> {
        let entries = self.columns.line(self.variables[column]).iter();
        entries.map(|&(row, _)| row).filter(|&row| self.row_open[row])
    }

    fn open_columns(&self, row: usize) -> impl Iterator<Item = usize> {
        let entries = self.members.line(row).iter();
        entries.map(|&(column, _)| column).filter(|&column| self.column_open[column])
    }

    fn column_singletons(&mut self) {
        let count = |column: usize| self.open_rows(column).count();
        let mut counts: Vec<usize> = (0..self.variables.len()).map(count).collect();
        let mut singles: Vec<usize> = (0..counts.len()).filter(|&column| counts[column] == 1).collect();
        while let Some(column) = singles.pop() {
            let Some(row) = self.open_rows(column).next() else { continue };
            self.take(column, row);
            for other in self.open_columns(row).collect::<Vec<_>>() {
                counts[other] -= 1;
                if counts[other] == 1 {
                    singles.push(other);
                }
            }
        }
    }

    /// Takes rows with one column left; how many each row has in the end.
    fn row_singletons(&mut self) -> Vec<usize> {
        let count = |row: usize| if self.row_open[row] { self.open_columns(row).count() } else { 0 };
        let mut counts: Vec<usize> = (0..self.row_open.len()).map(count).collect();
        let mut singles: Vec<usize> = (0..counts.len()).filter(|&row| counts[row] == 1).collect();
        while let Some(row) = singles.pop() {
            let Some(column) = self.open_columns(row).next() else { continue };
            self.take(column, row);
            for other in self.open_rows(column).collect::<Vec<_>>() {
                counts[other] -= 1;
                if counts[other] == 1 {
                    singles.push(other);
                }
            }
        }
        counts
    }

    /// The rest, the emptiest columns first.
    fn nucleus(&mut self) {
        let open = (0..self.variables.len()).filter(|&column| self.column_open[column]);
        let mut rest: Vec<(usize, usize)> =
            open.map(|column| (self.open_rows(column).count(), column)).collect();
        rest.sort_unstable();
        self.steps.extend(rest.into_iter().map(|(_, column)| (self.variables[column], None)));
    }
}

/// Factors under construction.
struct Builder<'o> {
    row_counts: &'o [usize],
    pivots: Vec<(usize, f64)>,
    lower: Sparse,
    upper: Sparse,
    /// By row: at which step it was the pivot's.
    step_of: Vec<usize>,
    head: Vec<usize>,
    /// The column at hand, by row, and which of its entries have been touched.
    work: Vec<f64>,
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    steps: BinaryHeap<Reverse<usize>>,
}

impl<'o> Builder<'o> {
    fn new(rows: usize, row_counts: &'o [usize]) -> Self {
        Self {
            row_counts,
            pivots: Vec::with_capacity(rows),
            lower: Sparse::new(),
            upper: Sparse::new(),
            step_of: vec![NONE; rows],
            head: vec![NONE; rows],
            work: vec![0.0; rows],
            touched: Vec::new(),
            is_touched: vec![false; rows],
            steps: BinaryHeap::new(),
        }
    }

    /// Eliminates one column; whether it had a pivot.
    fn step(&mut self, column: &[(usize, f64)], wanted: Option<usize>, variable: usize) -> bool {
        for &(row, value) in column {
            self.touch(row);
            self.work[row] += value;
        }
        let mut above = Vec::new();
        while let Some(Reverse(step)) = self.steps.pop() {
            let row = self.pivots[step].0;
            let value = self.work[row];
            if value.abs() > TINY {
                above.push((row, value));
                self.eliminate(step, value);
            }
        }
        let pivot = wanted.filter(|&row| self.step_of[row] == NONE).or_else(|| self.choose());
        let found = pivot.filter(|&row| self.work[row].abs() > SINGULAR);
        if let Some(row) = found {
            self.pivot(row, &above, variable);
        }
        self.clear();
        found.is_some()
    }

    fn touch(&mut self, row: usize) {
        if !self.is_touched[row] {
            self.is_touched[row] = true;
            self.touched.push(row);
            if self.step_of[row] != NONE {
                self.steps.push(Reverse(self.step_of[row]));
            }
        }
    }

    fn eliminate(&mut self, step: usize, value: f64) {
        for at in 0..self.lower.line(step).len() {
            let (row, multiple) = self.lower.line(step)[at];
            self.touch(row);
            self.work[row] -= multiple * value;
        }
    }

    /// The row for the pivot: few entries, and one that is not small.
    fn choose(&self) -> Option<usize> {
        let open = || self.touched.iter().copied().filter(|&row| self.step_of[row] == NONE);
        let largest = open().map(|row| self.work[row].abs()).fold(0.0, f64::max);
        let large = open().filter(|&row| self.work[row].abs() >= THRESHOLD * largest);
        large.min_by(|&a, &b| {
            let by_size = self.work[b].abs().total_cmp(&self.work[a].abs());
            self.row_counts[a].cmp(&self.row_counts[b]).then(by_size).then(a.cmp(&b))
        })
    }

    fn pivot(&mut self, row: usize, above: &[(usize, f64)], variable: usize) {
        let diagonal = self.work[row];
        for &(row, value) in above {
            self.upper.push(row, value);
        }
        self.upper.close();
        for &other in &self.touched {
            let value = self.work[other];
            if self.step_of[other] == NONE && other != row && value.abs() > TINY {
                self.lower.push(other, value / diagonal);
            }
        }
        self.lower.close();
        self.step_of[row] = self.pivots.len();
        self.pivots.push((row, diagonal));
        self.head[row] = variable;
    }

    fn clear(&mut self) {
        for &row in &self.touched {
            self.work[row] = 0.0;
            self.is_touched[row] = false;
        }
        self.touched.clear();
    }

    fn finish(self) -> (Factor, Vec<usize>) {
        let by_step = |lines: &Sparse| {
            let by_row = lines.transposed(self.step_of.len());
            let mut rows = Sparse::new();
            for &(row, _) in &self.pivots {
                for &(step, value) in by_row.line(row) {
                    rows.push(self.pivots[step].0, value);
                }
                rows.close();
            }
            rows
        };
        let filled = |lines: &Sparse| -> Vec<(usize, usize)> {
            let steps = self.pivots.iter().map(|&(row, _)| row).enumerate();
            steps.filter(|&(step, _)| !lines.line(step).is_empty()).collect()
        };
        let lower_rows = by_step(&self.lower);
        let factor = Factor {
            below: filled(&self.lower),
            before: filled(&lower_rows),
            lower_rows,
            upper_rows: by_step(&self.upper),
            pivots: self.pivots,
            lower: self.lower,
            upper: self.upper,
            changes: Vec::new(),
            change: Sparse::new(),
        };
        (factor, self.head)
    }
}

impl Factor {
    /// Of nothing yet.
    pub(super) fn none() -> Self {
        let [lower, lower_rows, upper, upper_rows, change] = std::array::from_fn(|_| Sparse::new());
        let [below, before] = [Vec::new(), Vec::new()];
        let (pivots, changes) = (Vec::new(), Vec::new());
        Self { pivots, lower, lower_rows, below, before, upper, upper_rows, changes, change }
    }

    /// Solves `B x = a` in place: `a` by row, `x` by position.
    pub(super) fn solve(&self, vector: &mut [f64]) {
        for &(step, row) in &self.below {
            subtract(&self.lower, step, vector[row], vector);
        }
        for (step, &(row, diagonal)) in self.pivots.iter().enumerate().rev() {
            if vector[row] != 0.0 {
                vector[row] /= diagonal;
                subtract(&self.upper, step, vector[row], vector);
            }
        }
        for (at, &(row, pivot)) in self.changes.iter().enumerate() {
            if vector[row] != 0.0 {
                vector[row] /= pivot;
                subtract(&self.change, at, vector[row], vector);
            }
        }
    }

    /// Solves `B^T y = c` in place: `c` by position, `y` by row.
    pub(super) fn solve_transposed(&self, vector: &mut [f64]) {
        for (at, &(row, pivot)) in self.changes.iter().enumerate().rev() {
            let others: f64 = self.change.line(at).iter().map(|&(i, value)| value * vector[i]).sum();
            vector[row] = (vector[row] - others) / pivot;
        }
        for (step, &(row, diagonal)) in self.pivots.iter().enumerate() {
            if vector[row] != 0.0 {
                vector[row] /= diagonal;
                subtract(&self.upper_rows, step, vector[row], vector);
            }
        }
        for &(step, row) in self.before.iter().rev() {
            subtract(&self.lower_rows, step, vector[row], vector);
        }
    }

    /// The column at position `row` is replaced by one that is `column` in terms of the basis.
    pub(super) fn replace(&mut self, row: usize, column: &[f64]) {
        for (i, &value) in column.iter().enumerate() {
            if i != row && value.abs() > TINY {
                self.change.push(i, value);
            }
        }
        self.change.close();
        self.changes.push((row, column[row]));
    }

    /// How many changes there are since the factors were made.
    pub(super) fn changes(&self) -> usize {
        self.changes.len()
    }

    /// Whether the changes have come to weigh more than the factors.
    pub(super) fn is_worn(&self) -> bool {
        const MOST: usize = 100;
        let factors = 2 * self.pivots.len() + self.lower.size() + self.upper.size();
        self.changes.len() >= MOST || (self.changes.len() >= 20 && self.change.size() > 3 * factors)
    }
}

/// Takes a multiple of a line away.
fn subtract(lines: &Sparse, at: usize, multiple: f64, from: &mut [f64]) {
    if multiple != 0.0 {
        for &(at, value) in lines.line(at) {
            from[at] -= value * multiple;
        }
    }
}
