//! Narrow programs: the columns that a plan of a given value can have.
//!
//! Prices bound every plan by `B`, and every choice of a plan that is not the best at these prices loses: `B`
//! less all losses is the plan's value. A plan of at least `aim` therefore loses at most `B - aim` in all, so it
//! has no column that alone loses more, a unit that would lose more by waiting travels in it, and a limit whose
//! price is higher is full. What is left is a small integer program. (Reduced-cost fixing: Dantzig, Fulkerson and Johnson, *Solution of a
//! large-scale traveling-salesman problem*, 1954.)

use super::linear::{Search, Task};
use super::prices::{Prices, Target};
use crate::model::{Column, Row, RowKey};

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

/// What is left of a program.
pub(super) enum Narrowed {
    /// No plan is good enough.
    Nothing,
    /// All that are good enough.
    Program(Program),
    /// The numbers pass 128 bits.
    Unknown,
}

/// How much every column of a plan loses at some prices.
pub(super) struct Losses {
    /// By class: what a unit loses that waits.
    waiting: Vec<i128>,
    /// By column.
    columns: Vec<i128>,
    total: i128,
    denominator: i64,
}

impl Losses {
    /// At prices that bound `total`, times their denominator; `None` where the numbers pass 128 bits.
    pub(super) fn new(target: &Target, prices: &Prices, total: i128) -> Option<Self> {
        let (columns, waiting) = target.losses(target.reduced(prices)?);
        Some(Self { waiting, columns, total, denominator: prices.denominator })
    }

    /// What a plan of value `aim` may lose in all.
    fn allowance(&self, aim: i64) -> Option<i128> {
        self.total.checked_sub(i128::from(self.denominator) * i128::from(aim))
    }

    /// The columns that lose least, `most` of them, in order.
    pub(super) fn least(&self, most: usize) -> Vec<usize> {
        let mut least: Vec<usize> = (0..self.columns.len()).collect();
        least.sort_by_key(|&column| self.columns[column]);
        least.truncate(most);
        least.sort_unstable();
        least
    }

    /// Whether no plan of value `aim` has a column.
    pub(super) fn is_beyond(&self, column: usize, aim: i64) -> bool {
        self.columns[column] > self.allowance(aim).unwrap_or(i128::MAX)
    }

    /// The least that one of some columns loses.
    pub(super) fn least_of(&self, columns: &[usize]) -> i128 {
        columns.iter().map(|&column| self.columns[column]).min().unwrap_or(0)
    }

    /// How many columns a plan of value `aim` can have.
    pub(super) fn count(&self, aim: i64) -> usize {
        let allowance = self.allowance(aim).unwrap_or(i128::MAX);
        self.columns.iter().filter(|loss| **loss <= allowance).count()
    }

    /// The least value from `least` to `greatest` whose plans can have so many columns at most; `greatest` if there is none.
    pub(super) fn least_value(&self, mut least: i64, mut greatest: i64, columns: usize) -> i64 {
        while least < greatest {
            let middle = least + (greatest - least) / 2;
            if self.count(middle) <= columns {
                greatest = middle;
            } else {
                least = middle + 1;
            }
        }
        greatest
    }
}

/// The program of all plans that lose no more than a plan of value `aim` may, perhaps `among` some columns only, and
/// perhaps with the `cuts` that every plan obeys anyway.
pub(super) fn narrowed(
    target: &Target,
    prices: &Prices,
    total: i128,
    aim: i64,
    among: Option<&[usize]>,
    cuts: bool,
) -> Narrowed {
    let losses = Losses::new(target, prices, total);
    let Some((losses, allowance)) = losses.and_then(|losses| losses.allowance(aim).map(|a| (losses, a)))
    else {
        return Narrowed::Unknown;
    };
    if allowance < 0 {
        return Narrowed::Nothing;
    }
    let upper = |column: usize| {
        let (most, loss) = (target.program.upper[column], losses.columns[column]);
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
    for (range, waiting) in target.program.of_class.iter().zip(&losses.waiting) {
        let size = target.program.units_of(range);
        let first = columns.len();
        for column in range.clone() {
            let upper = upper(column);
            if upper > 0 {
                columns.push(column);
                task.upper.push(upper);
            }
        }
        let terms: Vec<(usize, i64)> = (first..columns.len()).map(|column| (column, 1)).collect();
        let all_travel = *waiting > allowance;
        if all_travel && terms.is_empty() && size > 0 {
            return Narrowed::Nothing;
        }
        if !terms.is_empty() {
            task.rows.push((terms, size, all_travel));
        }
    }
    let boards = target.program.boards();
    for column in boards..target.objective.len() {
        let upper = upper(column);
        if upper > 0 {
            let is_needed = -losses.columns[column] > allowance;
            if is_needed && matches!(target.program.columns[column], Column::Used(_)) {
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
    let numerators = prices.numerators.iter().copied().chain(std::iter::repeat(0));
    let serves =
        |row: &Row| !matches!(row.key, RowKey::Unit(_)) && (cuts || !matches!(row.key, RowKey::Cut(_)));
    for (row, price) in target.rows().zip(numerators).filter(|(row, _)| serves(row)) {
        let terms = narrow(&mut row.terms.iter().copied());
        if !terms.is_empty() {
            task.rows.push((terms, row.at_most, row.equal || price > allowance));
        } else if row.at_most < 0 || (row.equal && row.at_most != 0) {
            return Narrowed::Nothing;
        }
    }
    let value = narrow(&mut target.objective.iter().enumerate().map(|(column, c)| (column, -c)));
    if !value.is_empty() {
        task.rows.push((value, target.constant.saturating_sub(aim), false));
    } else if target.constant < aim {
        return Narrowed::Nothing;
    }
    task.objective = columns.iter().map(|&column| target.objective[column]).collect();
    Narrowed::Program(Program { task, columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plans of 10 and of 8 have the columns that lose nothing, those of 7 one more.
    #[test]
    fn the_least_value_of_few_columns_is_found() {
        let losses = Losses { waiting: Vec::new(), columns: vec![0, 0, 6, 8, 9], total: 20, denominator: 2 };
        assert_eq!([10, 8, 7, 6, 5].map(|value| losses.count(value)), [2, 2, 3, 4, 5]);
        for (columns, value) in [(1, 10), (2, 8), (3, 7), (4, 6), (5, 0)] {
            assert_eq!(losses.least_value(0, 10, columns), value, "{columns}");
        }
        assert_eq!(losses.least_value(9, 10, 5), 9);
    }
}
