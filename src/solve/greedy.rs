//! A first plan without any solver: pins, then unit by unit while every row holds.
//!
//! It is what a planner gets whose limit comes before the first search ends, so it errs on the safe
//! side: who is named in a link, and departures that need a minimum or money, are left for the search.

use super::prices::Target;
use crate::model::{Column, Program, Row, RowKey};

/// A point that obeys every row, or `None` where this simple way finds none.
#[must_use]
pub(super) fn first_plan(program: &Program) -> Option<Vec<i64>> {
    let mut fill = Fill::new(program);
    fill.pins();
    for column in fill.order() {
        fill.board(column);
    }
    if program.is_feasible(&[], &fill.point) {
        return Some(fill.point);
    }
    let mut pinned = Fill::new(program);
    pinned.pins();
    program.is_feasible(&[], &pinned.point).then_some(pinned.point)
}

/// Seats whoever is worth nothing to a level at a point that settles it, as long as all rows allow it, those first who are worth
/// most to the levels in order.
pub(super) fn fill_up(target: &Target, point: Vec<i64>) -> Vec<i64> {
    let mut fill = Fill::of(target.program, target.rows().collect());
    for (column, units) in point.into_iter().enumerate().filter(|(_, units)| *units > 0) {
        fill.add(column, units);
    }
    for column in fill.order().into_iter().filter(|column| target.objective[*column] == 0) {
        fill.board(column);
    }
    fill.point
}

struct Fill<'p> {
    program: &'p Program,
    rows: Vec<&'p Row>,
    point: Vec<i64>,
    activity: Vec<i64>,
    /// By column: `(row, coefficient)`.
    entries: Vec<Vec<(usize, i64)>>,
    /// By class: units not yet aboard.
    left: Vec<i64>,
}

impl<'p> Fill<'p> {
    /// Nobody, and all that sponsors are allotted.
    fn new(program: &'p Program) -> Self {
        let mut fill = Self::of(program, program.rows.iter().collect());
        for column in (0..program.columns.len()).filter(|&c| matches!(program.columns[c], Column::Held(..))) {
            fill.add(column, program.upper[column]);
        }
        fill
    }

    /// Nothing, under these rows.
    fn of(program: &'p Program, rows: Vec<&'p Row>) -> Self {
        let mut entries = vec![Vec::new(); program.columns.len()];
        for (r, row) in rows.iter().enumerate() {
            for &(column, a) in &row.terms {
                entries[column].push((r, a));
            }
        }
        Self {
            program,
            point: vec![0; program.columns.len()],
            activity: vec![0; rows.len()],
            rows,
            entries,
            left: program.of_class.iter().map(|range| program.units_of(range)).collect(),
        }
    }

    fn add(&mut self, column: usize, units: i64) {
        self.point[column] += units;
        for &(row, a) in &self.entries[column] {
            self.activity[row] += a * units;
        }
        if let Column::Board(class, _) = self.program.columns[column] {
            self.left[class] -= units;
        }
    }

    fn pins(&mut self) {
        let pinned = self.program.rows.iter().filter(|row| matches!(row.key, RowKey::Pin(..)));
        for column in pinned.filter_map(|row| row.terms.first()).map(|&(column, _)| column) {
            self.add(column, 1);
            if let Some(y) = self.used_column(column).filter(|&y| self.point[y] == 0) {
                self.add(y, 1);
            }
        }
    }

    fn used_column(&self, board: usize) -> Option<usize> {
        let Column::Board(_, d) = self.program.columns[board] else { return None };
        self.program.columns.iter().position(|column| *column == Column::Used(d))
    }

    /// The columns, best first by the levels in order; ties in the program's order.
    fn order(&self) -> Vec<usize> {
        let signed = |level: &crate::model::Value, column: usize| match level.sense {
            crate::scenario::Sense::Maximize => -level.coefficients[column],
            crate::scenario::Sense::Minimize => level.coefficients[column],
        };
        let key = |&column: &usize| -> Vec<i64> {
            self.program.objectives.iter().map(|level| signed(level, column)).collect()
        };
        let mut order: Vec<usize> = (0..self.program.columns.len())
            .filter(|&c| matches!(self.program.columns[c], Column::Board(..)))
            .filter(|&c| self.entries[c].iter().all(|&(row, _)| !self.rows[row].equal))
            .collect();
        order.sort_by_cached_key(key);
        order
    }

    /// As many of the column's class as every row allows.
    fn board(&mut self, column: usize) {
        let Column::Board(class, _) = self.program.columns[column] else { return };
        let room = |&(row, a): &(usize, i64)| {
            let slack = self.rows[row].at_most - self.activity[row];
            if a > 0 { slack.max(0) / a } else { i64::MAX }
        };
        let units = self.entries[column].iter().map(room).min().unwrap_or(i64::MAX).min(self.left[class]);
        if units > 0 {
            self.add(column, units);
        }
    }
}
