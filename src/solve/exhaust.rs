//! Programs so small that their points can be gone through, whatever the size of their numbers: integers alone, where
//! relaxations in floating point come to no end.
//!
//! Comes in: a target of few columns, and what is known of it. Goes out: its best point, and a proof by cases, each of one
//! column. A case is closed where a row that no point of it obeys (or a departure's seats with its allotments), counted often
//! enough, or no row at all proves that nothing better is in it. What a column's own cases say is priced exactly: one that may
//! not be 0 is worth as much as the best of its class, one that has to be is worth nothing. So a case in which all
//! columns are decided is always closed or a plan.

use super::cases::{Case, Tree};
use super::choice::Side;
use super::prices::{Prices, Target};
use super::standing::Standing;
use crate::certificate::Resource;
use crate::model::{Column, Row, RowKey};

/// Columns and cases, at most, and how deep a case may be (FORMAT: 100).
const COLUMNS: usize = 150;
const CASES: usize = 10_000;
const DEPTH: usize = 100;
/// How often a row that excludes a case is counted more often, where that was too little.
const TRIES: u32 = 4;

/// What came of it.
pub(super) enum End {
    /// The best point is at hand, and its bound is proven.
    Closed,
    /// There is no point, and why.
    Empty(Tree),
    /// It was not gone through.
    Open,
}

/// Goes through a small target's points: the best is at hand then, or there is none.
pub(super) fn run(target: &mut Target, standing: &mut Standing, stop: &dyn Fn() -> bool) -> End {
    if target.objective.len() > COLUMNS || target.shut.count() > 0 {
        return End::Open;
    }
    let own_rows = target.more.len();
    let upper = target.program.upper.clone();
    let lower = vec![0; upper.len()];
    let mut search = Search { target, standing, lower, upper, cases: Vec::new(), left: CASES, stop };
    let tree = search.tree();
    target.more.truncate(own_rows);
    match (tree, standing.value(target)) {
        (Some(tree), Some(value)) => {
            (standing.bound, standing.tree, standing.agreed) = (value, Some(tree), false);
            End::Closed
        }
        (Some(tree), None) => End::Empty(tree),
        (None, _) => End::Open,
    }
}

/// Rows with what each counts for, and by how much every point of the case misses their sum.
struct Excluding {
    rows: Vec<(usize, i128)>,
    excess: i128,
}

struct Search<'s, 'p> {
    /// With a row for each case of the path.
    target: &'s mut Target<'p>,
    standing: &'s mut Standing,
    /// By column, in the case at hand.
    lower: Vec<i64>,
    upper: Vec<i64>,
    /// The path's, each of one column.
    cases: Vec<(usize, Side)>,
    /// Cases that may still be opened.
    left: usize,
    stop: &'s dyn Fn() -> bool,
}

impl Search<'_, '_> {
    /// A proof that nothing in the case at hand is better than what is known in the end; `None`: it became too much.
    fn tree(&mut self) -> Option<Tree> {
        self.left = self.left.checked_sub(1).filter(|_| !(self.stop)())?;
        if let Some(leaf) = self.closed() {
            return Some(leaf);
        }
        let Some(column) = self.undecided() else {
            let point = self.point();
            self.standing.offer(self.target, &point).then_some(())?;
            return self.closed();
        };
        if self.cases.len() == DEPTH {
            return None;
        }
        // As many as can be first.
        let at_most = self.upper[column] - 1;
        let high = Box::new(self.case(column, at_most, Side::High)?);
        let low = Box::new(self.case(column, at_most, Side::Low)?);
        Some(Tree::Split { columns: vec![column], at_most, low, high })
    }

    fn case(&mut self, column: usize, at_most: i64, side: Side) -> Option<Tree> {
        let before = (self.lower[column], self.upper[column]);
        self.target.more.push(Case::new(vec![column], at_most, side).row(self.cases.len()));
        self.cases.push((column, side));
        match side {
            Side::Low => self.upper[column] = at_most,
            Side::High => self.lower[column] = at_most + 1,
        }
        let tree = self.tree();
        (self.lower[column], self.upper[column]) = before;
        self.cases.pop();
        self.target.more.pop();
        tree
    }

    /// What no better value is above: where no point is known, less than any has.
    fn goal(&self) -> i64 {
        self.standing.value(self.target).unwrap_or_else(|| self.target.extremes().0.saturating_sub(1))
    }

    /// The case's proof, where one row or none gives it.
    fn closed(&self) -> Option<Tree> {
        let goal = self.goal();
        let (free, bound) = self.priced(&[], 1)?;
        if bound <= goal {
            return Some(Tree::Leaf(free, bound));
        }
        let over = i128::from(bound) - i128::from(goal);
        self.excluding().find_map(|Excluding { rows, excess }| {
            let times = (over + excess - 1).div_euclid(excess);
            let tried = (0..TRIES).filter_map(|more| self.priced(&rows, times.checked_mul(1 << (4 * more))?));
            let (prices, bound) = tried.into_iter().find(|(_, bound)| *bound <= goal)?;
            Some(Tree::Leaf(prices, bound))
        })
    }

    /// Rows that no point of the case obeys.
    fn excluding(&self) -> impl Iterator<Item = Excluding> {
        // The bound knows units, prices know the cases, and what was cut before is proven nowhere here.
        let is_priced = |row: &Row| !matches!(row.key, RowKey::Unit(_) | RowKey::Split(_) | RowKey::Cut(_));
        let rows = || self.target.rows().enumerate().filter(|(_, row)| is_priced(row));
        let sides = |(at, row): (usize, &Row)| {
            let missed = |sign: i128| {
                let least = self.least(row.terms.iter().map(|&(column, a)| (column, sign * i128::from(a))));
                Excluding { rows: vec![(at, sign)], excess: least - sign * i128::from(row.at_most) }
            };
            [Some(missed(1)), row.equal.then(|| missed(-1))]
        };
        let single: Vec<Excluding> = rows().flat_map(sides).flatten().collect();
        let held = rows().filter_map(|(at, row)| {
            let RowKey::Limit(Resource::Seats, d) = row.key else { return None };
            let is_held = |row: &Row| matches!(row.key, RowKey::Allotment(of, _) if of == d);
            Some(self.of_seats(at, row, rows().filter(|(_, row)| is_held(row))))
        });
        let held: Vec<Excluding> = held.collect();
        single.into_iter().chain(held).filter(|excluding| excluding.excess > 0)
    }

    /// A departure's seats with those of its allotments that hold some.
    fn of_seats<'r>(
        &self,
        at: usize,
        seats: &'r Row,
        allotments: impl Iterator<Item = (usize, &'r Row)>,
    ) -> Excluding {
        let terms = |row: &'r Row| row.terms.iter().map(|&(column, a)| (column, i128::from(a)));
        let mut sum: Vec<(usize, i128)> = terms(seats).collect();
        let mut all = Excluding { rows: vec![(at, 1)], excess: -i128::from(seats.at_most) };
        for (at, row) in allotments {
            let is_unheld = |&(column, _): &(usize, i128)| {
                !matches!(self.target.program.columns[column], Column::Held(..))
            };
            if self.least(terms(row).filter(is_unheld)) > i128::from(row.at_most) {
                sum.extend(terms(row));
                all.excess -= i128::from(row.at_most);
                all.rows.push((at, 1));
            }
        }
        all.excess += self.least(sum.into_iter());
        all
    }

    /// The least that a sum comes to in the case at hand; a column may be in it more than once.
    fn least(&self, terms: impl Iterator<Item = (usize, i128)>) -> i128 {
        let program = self.target.program;
        let mut of = vec![0_i128; self.lower.len()];
        terms.for_each(|(column, a)| of[column] += a);
        let within = |column: usize| i128::from(self.lower[column]) * of[column];
        let of_class = |range: &std::ops::Range<usize>| {
            let aboard: i64 = self.lower[range.clone()].iter().sum();
            let is_open = |column: &usize| self.upper[*column] > self.lower[*column];
            let least = range.clone().filter(is_open).map(|column| of[column]).min().unwrap_or(0).min(0);
            let more = (program.units_of(range) - aboard).max(0);
            range.clone().map(within).sum::<i128>() + least * i128::from(more)
        };
        let boarded: i128 = program.of_class.iter().map(of_class).sum();
        let others = (program.boards()..of.len()).map(|column| {
            i128::from(if of[column] < 0 { self.upper[column] } else { self.lower[column] }) * of[column]
        });
        boarded + others.sum::<i128>()
    }

    /// Prices of some rows, each counted so often, with those of the path's cases, and what they bound.
    fn priced(&self, rows: &[(usize, i128)], times: i128) -> Option<(Prices, i64)> {
        let mut prices = self.target.free();
        for (at, sign) in rows {
            prices.numerators[*at] = times.checked_mul(*sign)?;
        }
        let mut gains = self.target.reduced(&prices)?;
        let first = prices.numerators.len() - self.cases.len();
        let case_of = |column: usize, side: Side| {
            self.cases.iter().rposition(|case| *case == (column, side)).map(|depth| first + depth)
        };
        let program = self.target.program;
        let in_class = program.of_class.iter().map(|range| (range.clone(), program.units_of(range)));
        let alone = (program.boards()..gains.len()).map(|column| (column..column + 1, 0));
        for (columns, units) in in_class.chain(alone) {
            let all: i64 = self.upper[columns.clone()].iter().sum();
            for column in
                columns.clone().filter(|column| self.upper[*column] == 0 || all <= units || units == 0)
            {
                if let Some(at) = case_of(column, Side::Low) {
                    prices.numerators[at] = gains[column].max(0);
                    gains[column] = gains[column].min(0);
                }
            }
            let aboard: i64 = self.lower[columns.clone()].iter().sum();
            let mut most = gains[columns.clone()].iter().copied().max().unwrap_or(0).max(0);
            if units > 0 && aboard > units {
                // More than there are: the more a unit is worth the less such a point is.
                let worth = gains[columns.clone()].iter().map(|gain| gain.abs()).max().unwrap_or(0);
                let (least, greatest) = self.target.extremes();
                let range = i128::from(greatest) - i128::from(least) + 1;
                most = range.checked_add(worth.checked_mul(2 * i128::from(aboard))?)?;
            }
            let most = if units == 0 { 0 } else { most };
            for column in columns {
                if let Some(at) = case_of(column, Side::High) {
                    prices.numerators[at] = (most - gains[column]).max(0);
                }
            }
        }
        let bound = self.target.bound(&prices)?;
        Some((prices, bound))
    }

    /// A column that the case leaves open, departures' use first, then units; seats held follow from these.
    fn undecided(&self) -> Option<usize> {
        let program = self.target.program;
        let is_open = |column: &usize| self.upper[*column] > self.lower[*column];
        let used = (program.boards()..self.lower.len())
            .filter(|&column| matches!(program.columns[column], Column::Used(_)));
        let has_more = |range: &&std::ops::Range<usize>| {
            self.lower[(*range).clone()].iter().sum::<i64>() < program.units_of(range)
        };
        let worth = |column: usize| std::cmp::Reverse(self.target.objective[column]);
        used.clone().find(is_open).or_else(|| {
            let boards = program.of_class.iter().filter(has_more).flat_map(Clone::clone);
            boards.filter(is_open).min_by_key(|&column| (worth(column), column))
        })
    }

    /// The only point of a decided case that may be one: no more seats are held than must be.
    fn point(&self) -> Vec<i64> {
        let mut point = self.lower.clone();
        for row in self.target.rows().filter(|row| matches!(row.key, RowKey::Allotment(..))) {
            let is_held = |column: usize| matches!(self.target.program.columns[column], Column::Held(..));
            let lacks: i64 = row
                .terms
                .iter()
                .filter(|(column, _)| !is_held(*column))
                .map(|&(column, a)| a * point[column])
                .sum();
            if let Some(&(held, _)) = row.terms.iter().find(|(column, _)| is_held(*column)) {
                point[held] = (lacks - row.at_most).max(0);
            }
        }
        point
    }
}
