//! A first plan without any solver: pins, then unit by unit while every row holds.
//!
//! It is what a planner gets whose limit comes before the first search ends, so it errs on the safe
//! side: who is named in a link, and departures that need a minimum or money, are left for the search. Of a large
//! scenario there may be a plan that is good but breaks some rules: then as much of it is kept as these allow.

use std::collections::{BTreeMap, BTreeSet};

use super::prices::Target;
use crate::certificate::Side;
use crate::model::{Column, Program, Row, RowKey};
use crate::scenario::DepartureIdx;

/// A point that obeys every row, as near as may be to one that is wished for; `None` where this simple way finds none.
#[must_use]
pub(super) fn first_plan(program: &Program, wish: Option<&[i64]>) -> Option<Vec<i64>> {
    let mut fill = Fill::new(program);
    fill.pins();
    if let Some(wish) = wish {
        fill.follow(wish);
    }
    for column in fill.order() {
        fill.board(column, i64::MAX, |_| true);
    }
    if program.is_feasible(&[], &fill.point) {
        return Some(fill.point);
    }
    let mut pinned = Fill::new(program);
    pinned.pins();
    program.is_feasible(&[], &pinned.point).then_some(pinned.point)
}

/// Seats whoever is worth nothing to a level at a point that settles it, as long as all rows allow it, those first who are worth
/// most to the levels in order: where they were in a plan before, if there is one, else wherever there is room.
pub(super) fn fill_up(target: &Target, point: &[i64], before: Option<&[i64]>) -> Vec<i64> {
    let mut fill = Fill::at(target.program, target.rows().collect(), point);
    let order: Vec<usize> =
        fill.order().into_iter().filter(|column| target.objective[*column] == 0).collect();
    if let Some(before) = before {
        for &column in &order {
            fill.board(column, before[column] - fill.point[column], |_| true);
        }
    }
    for column in order {
        fill.board(column, i64::MAX, |_| true);
    }
    fill.point
}

/// Seats whoever waits at a plan and could simply board, as long as all rows and levels as they are kept allow it and the first level that
/// minds is the better for it.
pub(super) fn top_up(program: &Program, kept: &[Row], point: &[i64]) -> Vec<i64> {
    let mut fill = Fill::at(program, program.rows.iter().chain(kept).collect(), point);
    for column in fill.order() {
        let mut worth =
            program.objectives.iter().map(|level| level.sense.sign() * level.coefficients[column]);
        if worth.find(|worth| *worth != 0).is_some_and(|worth| worth > 0) {
            fill.board(column, i64::MAX, |_| true);
        }
    }
    fill.point
}

/// Whether a row is a group's share of all: only when all are aboard is it known what that is.
const fn is_share(row: &Row) -> bool {
    matches!(row.key, RowKey::Quota(_, Side::MinPercent | Side::MaxPercent))
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
    /// Nobody, and all that sponsors are allotted where departures need not be used.
    fn new(program: &'p Program) -> Self {
        let mut fill = Self::of(program, program.rows.iter().collect());
        let optional: BTreeSet<DepartureIdx> = (0..program.columns.len())
            .filter(|&column| matches!(program.columns[column], Column::Used(_)))
            .map(|column| program.departure(column))
            .collect();
        for column in program.boards()..program.columns.len() {
            if !optional.contains(&program.departure(column)) {
                fill.add(column, program.upper[column]);
            }
        }
        fill
    }

    /// A point, under these rows.
    fn at(program: &'p Program, rows: Vec<&'p Row>, point: &[i64]) -> Self {
        let mut fill = Self::of(program, rows);
        for (column, &units) in point.iter().enumerate().filter(|(_, units)| **units > 0) {
            fill.add(column, units);
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
                self.open(y);
            }
        }
    }

    /// Uses a departure: what sponsors are allotted there is held.
    fn open(&mut self, used: usize) {
        self.add(used, 1);
        for column in self.held(used) {
            self.add(column, self.program.upper[column] - self.point[column]);
        }
    }

    /// The columns of seats that are held on the departure of a column.
    fn held(&self, used: usize) -> Vec<usize> {
        let (program, d) = (self.program, self.program.departure(used));
        let is_held = |&column: &usize| matches!(program.columns[column], Column::Held(of, _) if of == d);
        (program.boards()..program.columns.len()).filter(is_held).collect()
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

    /// As many of the column's class as the rows allow that count, and no more than `most`.
    fn board(&mut self, column: usize, most: i64, counts: impl Fn(&Row) -> bool) {
        let units = self.room(column, counts).min(self.left_of(column)).min(most);
        if units > 0 {
            self.add(column, units);
        }
    }

    /// How often the column could be added under those of its rows that count.
    fn room(&self, column: usize, counts: impl Fn(&Row) -> bool) -> i64 {
        let room = |&(row, a): &(usize, i64)| {
            let slack = self.rows[row].at_most - self.activity[row];
            if a > 0 && counts(self.rows[row]) { slack.max(0) / a } else { i64::MAX }
        };
        self.entries[column].iter().map(room).min().unwrap_or(i64::MAX)
    }

    /// Keeps of a point that may break rules what they allow: departures that are worth their money, those who are
    /// tied together, then everybody else; who is on a departure that stays too empty gets off again.
    fn follow(&mut self, wish: &[i64]) {
        let chosen = self.charter(wish);
        for tied in self.tied(wish) {
            tied.into_iter().find(|columns| self.board_together(columns));
        }
        let order = self.order();
        for &column in &order {
            self.board(column, wish[column] - self.point[column], |row| !is_share(row));
        }
        self.give_seats(&order);
        self.restore_shares(&order);
        for used in chosen {
            let holds = |&(row, _): &(usize, i64)| self.activity[row] <= self.rows[row].at_most;
            if !self.entries[used].iter().all(holds) {
                self.clear(used);
            }
        }
    }

    /// Whoever waits and helps a group to its least gets seats of others on a departure, the last of the order first,
    /// until it has that.
    fn give_seats(&mut self, order: &[usize]) {
        let mut last_first: BTreeMap<DepartureIdx, Vec<usize>> = BTreeMap::new();
        for &column in order.iter().rev() {
            last_first.entry(self.program.departure(column)).or_default().push(column);
        }
        let is_least = |row: &Row| matches!(row.key, RowKey::Quota(_, Side::Min | Side::MinPercent));
        let least: Vec<usize> = (0..self.rows.len()).filter(|row| is_least(self.rows[*row])).collect();
        for row in least {
            let of = self.rows[row];
            for &column in order.iter().filter(|column| of.coefficient(**column) < 0) {
                let others = &last_first[&self.program.departure(column)];
                while self.activity[row] > of.at_most
                    && self.left_of(column) > 0
                    && self.give_seat(row, column, others)
                {}
            }
        }
    }

    /// Adds one of a column, and has others get off for it who do not help the row, if that helps and breaks no other row but
    /// shares; whether it is so.
    fn give_seat(&mut self, row: usize, column: usize, others: &[usize]) -> bool {
        let (before, of) = (self.activity[row], self.rows[row]);
        let mut held: BTreeSet<usize> = BTreeSet::new();
        let mut move_one = |fill: &mut Self, column: usize, by: i64| {
            let holds = |&(r, _): &(usize, i64)| fill.activity[r] <= fill.rows[r].at_most;
            held.extend(fill.entries[column].iter().filter(|entry| holds(entry)).map(|&(r, _)| r));
            fill.add(column, by);
        };
        let mut off: Vec<usize> = Vec::new();
        for &other in others {
            if self.room(column, |row| !is_share(row)) > 0 {
                break;
            }
            if self.point[other] > 0 && of.coefficient(other) >= 0 {
                move_one(self, other, -1);
                off.push(other);
            }
        }
        move_one(self, column, 1);
        let still = |&r: &usize| self.activity[r] <= self.rows[r].at_most || is_share(self.rows[r]);
        let helps = self.activity[row] < before && held.iter().all(still);
        if !helps {
            self.add(column, -1);
            for other in off {
                self.add(other, 1);
            }
        }
        helps
    }

    /// How many units of a column's class wait.
    fn left_of(&self, column: usize) -> i64 {
        match self.program.columns[column] {
            Column::Board(class, _) => self.left[class],
            Column::Used(_) | Column::Held(..) => 0,
        }
    }

    /// Has units get off, the last of the order first, until each group has its share again.
    fn restore_shares(&mut self, order: &[usize]) {
        for row in 0..self.rows.len() {
            let of = self.rows[row];
            if !is_share(of) {
                continue;
            }
            for &column in order.iter().rev() {
                let (excess, a) = (self.activity[row] - of.at_most, of.coefficient(column));
                if excess <= 0 {
                    break;
                }
                if a > 0 && self.point[column] > 0 {
                    self.add(column, -self.point[column].min((excess + a - 1) / a));
                }
            }
        }
    }

    /// Uses the departures of a point that have the most aboard for what they cost, as far as rows allow; their columns.
    fn charter(&mut self, wish: &[i64]) -> Vec<usize> {
        let program = self.program;
        let mut aboard: BTreeMap<DepartureIdx, i64> = BTreeMap::new();
        for (column, units) in wish.iter().enumerate().take(program.boards()) {
            *aboard.entry(program.departure(column)).or_default() += units;
        }
        let cost = |column: usize| {
            let budget = |&&(row, _): &&(usize, i64)| self.rows[row].key == RowKey::Budget;
            self.entries[column].iter().find(budget).map_or(0, |(_, cost)| *cost)
        };
        let is_used = |&column: &usize| matches!(program.columns[column], Column::Used(_));
        let mut wanted: Vec<(i64, i64, usize)> = (program.boards()..program.columns.len())
            .filter(is_used)
            .filter(|&column| self.point[column] == 0)
            .map(|column| {
                (aboard.get(&program.departure(column)).copied().unwrap_or(0), cost(column), column)
            })
            .filter(|(units, ..)| *units > 0)
            .collect();
        let by_worth = |a: &(i64, i64, usize), b: &(i64, i64, usize)| {
            let (ours, theirs) = (i128::from(a.0) * i128::from(b.1), i128::from(b.0) * i128::from(a.1));
            theirs.cmp(&ours).then(a.2.cmp(&b.2))
        };
        wanted.sort_by(by_worth);
        // Who boards is not known yet.
        let counts =
            |row: &Row| !matches!(row.key, RowKey::Used(_) | RowKey::MinLoad(_) | RowKey::Allotment(..));
        let mut chosen = Vec::new();
        for (.., column) in wanted {
            if self.room(column, counts) > 0 {
                self.open(column);
                chosen.push(column);
            }
        }
        chosen
    }

    /// By link that ties units together: the columns that could be taken at once, those of the point first.
    fn tied(&self, wish: &[i64]) -> Vec<Vec<Vec<usize>>> {
        let program = self.program;
        let mut links: BTreeMap<usize, (bool, BTreeSet<usize>)> = BTreeMap::new();
        for row in &program.rows {
            let (link, one_departure) = match row.key {
                RowKey::SameDeparture { link, .. } => (link, true),
                RowKey::AllOrNone { link, .. } => (link, false),
                RowKey::Unit(_)
                | RowKey::Limit(..)
                | RowKey::Fill(..)
                | RowKey::Allotment(..)
                | RowKey::Aboard(..)
                | RowKey::Used(_)
                | RowKey::MinLoad(_)
                | RowKey::Budget
                | RowKey::Beds(..)
                | RowKey::Quota(..)
                | RowKey::Pin(..)
                | RowKey::AtMostOne { .. }
                | RowKey::Apart { .. }
                | RowKey::Level(_)
                | RowKey::Split(_)
                | RowKey::Cut(_) => continue,
            };
            let classes = row.terms.iter().filter_map(|&(column, _)| match program.columns[column] {
                Column::Board(class, _) => Some(class),
                Column::Used(_) | Column::Held(..) => None,
            });
            links.entry(link).or_insert_with(|| (one_departure, BTreeSet::new())).1.extend(classes);
        }
        let open = |class: usize| {
            let mut columns: Vec<usize> = program.of_class[class].clone().collect();
            columns.sort_by_key(|&column| (std::cmp::Reverse(wish[column]), column));
            columns
        };
        let of_link = |(one_departure, classes): (bool, BTreeSet<usize>)| -> Vec<Vec<usize>> {
            let Some(&first) = classes.first() else { return Vec::new() };
            if !one_departure {
                return vec![classes.into_iter().flat_map(open).collect()];
            }
            let on = |class: usize, d: DepartureIdx| {
                program.of_class[class].clone().find(|&column| program.departure(column) == d)
            };
            let all =
                |column: usize| classes.iter().map(|&class| on(class, program.departure(column))).collect();
            open(first).into_iter().filter_map(all).collect()
        };
        links.into_values().map(of_link).collect()
    }

    /// Adds one of each class that has columns among these, the first that has room, if all of them find a place and
    /// the rows that tie them hold then; whether that is so.
    fn board_together(&mut self, columns: &[usize]) -> bool {
        let mut added: Vec<usize> = Vec::new();
        let mut missing = false;
        for (at, &column) in columns.iter().enumerate() {
            let Column::Board(class, _) = self.program.columns[column] else { continue };
            if self.left[class] > 0 && self.room(column, |row| !row.equal) > 0 {
                self.add(column, 1);
                added.push(column);
            }
            let is_last = columns.get(at + 1).is_none_or(|next| !self.program.of_class[class].contains(next));
            missing |= is_last && self.left[class] > 0;
        }
        let holds =
            |&(row, _): &(usize, i64)| !self.rows[row].equal || self.activity[row] == self.rows[row].at_most;
        let is_kept = !missing && added.iter().all(|column| self.entries[*column].iter().all(holds));
        if !is_kept {
            for column in added {
                self.add(column, -1);
            }
        }
        is_kept
    }

    /// Has everybody get off a departure that is not used after all.
    fn clear(&mut self, used: usize) {
        let d = self.program.departure(used);
        for column in (0..self.program.columns.len()).filter(|&column| self.program.departure(column) == d) {
            self.add(column, -self.point[column]);
        }
    }
}
