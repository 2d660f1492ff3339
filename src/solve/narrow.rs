//! Narrow programs: the columns that a plan of a given value can have.
//!
//! Prices bound every plan by `B`, and every choice of a plan that is not the best at these prices loses: `B`
//! less all losses is the plan's value. A plan of at least `aim` therefore loses at most `B - aim` in all, so it
//! has no column that alone loses more, and a unit that would lose more by waiting travels in it. What is left
//! is a small integer program. (Reduced-cost fixing: Dantzig, Fulkerson and Johnson, *Solution of a
//! large-scale traveling-salesman problem*, 1954.)

use super::linear::{Search, Task};
use super::prices::{Prices, Target};
use crate::model::{Column, RowKey};

/// A program of some columns of the whole.
pub(super) struct Program {
    pub(super) task: Task,
    pub(super) columns: Vec<usize>,
}

impl Program {
    /// A point of this program as one of the whole, whose other columns are as in `others`.
    pub(super) fn widened(&self, point: &[i64], others: Vec<i64>) -> Option<Vec<i64>> {
        if point.len() != self.columns.len() || point.is_empty() {
            return None;
        }
        let mut whole = others;
        for (&column, value) in self.columns.iter().zip(point) {
            whole[column] = *value;
        }
        Some(whole)
    }
}

/// The program of all plans that lose no more than a plan of value `aim` may, perhaps `among` some columns
/// only; `None`: there is none.
pub(super) fn narrowed(
    target: &Target,
    prices: &Prices,
    total: i128,
    aim: i64,
    among: Option<&[usize]>,
) -> Option<Program> {
    let allowance = total.checked_sub(i128::from(prices.denominator) * i128::from(aim))?;
    let reduced = target.reduced(prices)?;
    if allowance < 0 {
        return None;
    }
    let upper = |column: usize, loss: i128| {
        let most = target.program.upper[column];
        if among.is_some_and(|among| among.binary_search(&column).is_err()) {
            return 0;
        }
        if loss <= 0 { most } else { i64::try_from(allowance / loss).unwrap_or(most).min(most) }
    };
    let mut columns: Vec<usize> = Vec::new();
    let mut task = Task {
        upper: Vec::new(),
        objective: Vec::new(),
        rows: Vec::new(),
        search: Search::Relaxation,
        limit_ms: None,
    };
    for range in &target.program.of_class {
        let size = target.program.units_of(range);
        let most = reduced[range.clone()].iter().copied().max().unwrap_or(0).max(0);
        let first = columns.len();
        for column in range.clone() {
            let upper = upper(column, most - reduced[column]);
            if upper > 0 {
                columns.push(column);
                task.upper.push(upper);
            }
        }
        let terms: Vec<(usize, i64)> = (first..columns.len()).map(|column| (column, 1)).collect();
        let all_travel = most > allowance;
        if all_travel && terms.is_empty() && size > 0 {
            return None;
        }
        if !terms.is_empty() {
            task.rows.push((terms, size, all_travel));
        }
    }
    let boards = target.program.boards();
    for (column, &gain) in reduced.iter().enumerate().skip(boards) {
        let upper = upper(column, -gain);
        if upper > 0 {
            if matches!(target.program.columns[column], Column::Used(_)) && gain > allowance {
                task.rows.push((vec![(columns.len(), 1)], 1, true));
            }
            columns.push(column);
            task.upper.push(upper);
        }
    }
    let mut position = vec![None; target.objective.len()];
    for (at, &column) in columns.iter().enumerate() {
        position[column] = Some(at);
    }
    let narrow = |terms: &mut dyn Iterator<Item = (usize, i64)>| -> Vec<(usize, i64)> {
        terms.filter(|(_, a)| *a != 0).filter_map(|(column, a)| Some((position[column]?, a))).collect()
    };
    for row in target.rows().filter(|row| !matches!(row.key, RowKey::Unit(_))) {
        let terms = narrow(&mut row.terms.iter().copied());
        if !terms.is_empty() {
            task.rows.push((terms, row.at_most, row.equal));
        } else if row.at_most < 0 || (row.equal && row.at_most != 0) {
            return None;
        }
    }
    let value = narrow(&mut target.objective.iter().enumerate().map(|(column, c)| (column, -c)));
    if !value.is_empty() {
        task.rows.push((value, target.constant.saturating_sub(aim), false));
    } else if target.constant < aim {
        return None;
    }
    task.objective = columns.iter().map(|&column| target.objective[column]).collect();
    Some(Program { task, columns })
}
