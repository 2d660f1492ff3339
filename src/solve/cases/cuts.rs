//! Cuts: multiples of limits, rounded down.
//!
//! A limit `sum a x <= b`, a fraction of it and fractions of the rows of some units, `x[u] <= 1` in all, add up to a
//! row that every plan obeys; its coefficients may be rounded down, for no column is negative, and then its right-hand
//! side too, for every plan is whole (Gomory, *Outline of an algorithm for integer solutions to linear programs*,
//! 1958; Chvátal, *Edmonds polytopes and a hierarchy of combinatorial problems*, 1973). A unit's row serves to round
//! its coefficient up instead: for one that is aboard that costs nothing. So a departure with three seats left has
//! no room for a part of a family of four, whoever else is aboard it (covers of a knapsack, lifted: Balas, *Facets of
//! the knapsack polytope*, 1975), which the relaxation does not know.
//!
//! A cut excludes no plan whatever the prices are; FORMAT has it in a leaf's `cuts`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::linear::{Answer, POINT_UNIT};
use super::{Combination, Priced};
use crate::model::{Column, Program, Row, RowKey};

/// Coefficients up to which every fraction of a limit is tried that makes them whole.
const SMALL: i64 = 12;
/// Cuts of one limit at once, the deepest first, and of all.
const OF_LIMIT: usize = 3;
const AT_ONCE: usize = 200;
/// A point must pass a cut by so much, in 1 / [`POINT_UNIT`].
const LEAST: i128 = 1 << 10;

/// A limit's multiple and what rounds it.
#[derive(Clone, Debug)]
pub(in crate::solve) struct Cut {
    /// No other cut of this solve has it.
    pub(super) number: usize,
    limit: RowKey,
    /// The limit is taken `times / denominator` times, in lowest terms.
    times: i64,
    denominator: i64,
    /// Columns whose unit's row (or whose `y <= 1`) is taken so often too, over the denominator.
    raised: Vec<(usize, i64)>,
}

impl Cut {
    /// The row, rounded; `None` where the limit is no row of this program or the numbers pass 64 bits.
    pub(super) fn row(&self, program: &Program) -> Option<Row> {
        let limit = program.rows.iter().find(|row| row.key == self.limit)?;
        let denominator = i128::from(self.denominator);
        let times = i128::from(self.times);
        let mut of_class: FxHashMap<usize, i128> = FxHashMap::default();
        let mut of_column: FxHashMap<usize, i128> = FxHashMap::default();
        for &(column, price) in &self.raised {
            match program.columns[column] {
                Column::Board(class, _) => of_class.insert(class, price.into()),
                Column::Used(_) | Column::Held(..) => of_column.insert(column, price.into()),
            };
        }
        let mut terms = Vec::with_capacity(limit.terms.len());
        for &(column, a) in &limit.terms {
            let raise = match program.columns[column] {
                Column::Board(class, _) => of_class.get(&class),
                Column::Used(_) | Column::Held(..) => of_column.get(&column),
            };
            let a = (i128::from(a) * times + raise.copied().unwrap_or(0)).div_euclid(denominator);
            if a != 0 {
                terms.push((column, i64::try_from(a).ok()?));
            }
        }
        let size = |class: &usize| i128::from(program.units_of(&program.of_class[*class]));
        let raised = of_class.iter().map(|(class, price)| size(class) * price).sum::<i128>()
            + of_column.values().sum::<i128>();
        let at_most = (i128::from(limit.at_most) * times + raised).div_euclid(denominator);
        let (key, at_most) = (RowKey::Cut(self.number), i64::try_from(at_most).ok()?);
        Some(Row { key, terms, at_most, equal: false })
    }

    /// As FORMAT has it.
    pub(super) fn combination(&self, program: &Program) -> Option<Combination> {
        let at = program.rows.iter().position(|row| row.key == self.limit)?;
        let limit = &program.rows[at];
        let mut prices = vec![(Priced::Row(at), i128::from(self.times))];
        // FORMAT's limits stand on the left, times y, which is 1 where the program has none: that is made whole too.
        let is_used = |(column, _): &(usize, i64)| matches!(program.columns[*column], Column::Used(_));
        if let RowKey::Limit(_, d) = self.limit
            && !limit.terms.iter().any(is_used)
        {
            let over = i128::from(limit.at_most) * i128::from(self.times);
            prices.push((Priced::Open(d), over.rem_euclid(self.denominator.into())));
            prices.retain(|(_, price)| *price != 0);
        }
        let mut classes = FxHashSet::default();
        for &(column, price) in &self.raised {
            let row = match program.columns[column] {
                Column::Board(class, _) if classes.insert(class) => Priced::Units(column),
                Column::Used(d) => Priced::Open(d),
                Column::Board(..) | Column::Held(..) => continue,
            };
            prices.push((row, price.into()));
        }
        Some(Combination { denominator: self.denominator, prices })
    }

    /// The same of a program whose columns split up those of this one: `finer`, by column.
    pub(in crate::solve) fn refined(&self, finer: &[Vec<usize>]) -> Self {
        let raised = self.raised.iter().flat_map(|(column, price)| {
            finer[*column].iter().map(|&column| (column, *price))
        });
        Self { raised: raised.collect(), ..self.clone() }
    }
}

/// The cuts that a relaxed point passes by most, a few of each limit; `known` are left out and grow.
pub(super) fn passed(
    program: &Program,
    answer: &Answer,
    known: &mut FxHashSet<(Vec<(usize, i64)>, i64)>,
    mut number: usize,
) -> Vec<(Cut, Row)> {
    let mut found: Vec<(i128, Cut, Row)> = Vec::new();
    for limit in program.rows.iter().filter(|row| is_limit(&row.key)) {
        let mut of_limit = Vec::new();
        for (times, denominator) in fractions(limit, answer) {
            let raised = raised(program, limit, answer, (times, denominator));
            let cut = Cut { number, limit: limit.key.clone(), times, denominator, raised };
            let Some(row) = cut.row(program) else { continue };
            let value = row.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column]));
            let excess = value.sum::<i128>() - i128::from(row.at_most) * i128::from(POINT_UNIT);
            let norm: i128 = row.terms.iter().map(|&(_, a)| i128::from(a) * i128::from(a)).sum();
            if excess >= LEAST && norm > 0 {
                of_limit.push((excess * excess / norm, cut, row));
            }
        }
        of_limit.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
        let new = |(_, _, row): &(i128, Cut, Row)| known.insert((row.terms.clone(), row.at_most));
        found.extend(of_limit.into_iter().filter(new).take(OF_LIMIT));
    }
    found.sort_by_key(|(depth, ..)| std::cmp::Reverse(*depth));
    found.truncate(AT_ONCE);
    let numbered = |(_, cut, row): (i128, Cut, Row)| {
        let of = (Cut { number, ..cut }, Row { key: RowKey::Cut(number), ..row });
        number += 1;
        of
    };
    found.into_iter().map(numbered).collect()
}

const fn is_limit(key: &RowKey) -> bool {
    matches!(key, RowKey::Limit(..) | RowKey::Fill(..) | RowKey::Beds(..))
}

/// The fractions of a limit that a point is measured against: none unless it fills it and is not whole there.
fn fractions(limit: &Row, answer: &Answer) -> Vec<(i64, i64)> {
    let used: i128 =
        limit.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(answer.point[column])).sum();
    let room = i128::from(limit.at_most) * i128::from(POINT_UNIT) - used;
    let is_whole = |column: usize| answer.point[column] % POINT_UNIT == 0;
    let broken = || limit.terms.iter().filter(|(column, _)| !is_whole(*column));
    if room > i128::from(POINT_UNIT) || broken().next().is_none() {
        return Vec::new();
    }
    let small = limit.terms.iter().map(|(_, a)| a.abs()).filter(|a| *a <= SMALL);
    let mut of: Vec<(i64, i64)> = small
        .flat_map(|a| (1..=a).map(move |times| (times, a)))
        .chain(broken().map(|(_, a)| (1, a.abs())))
        .filter(|(_, a)| *a > 0)
        .map(|(times, a)| {
            let common = num_integer::gcd(times, a);
            (times / common, a / common)
        })
        .filter(|(_, denominator)| *denominator > 1)
        .collect();
    of.sort_unstable();
    of.dedup();
    of
}

/// The units (and `y`) whose coefficients a point gains by rounding up.
fn raised(
    program: &Program,
    limit: &Row,
    answer: &Answer,
    (times, denominator): (i64, i64),
) -> Vec<(usize, i64)> {
    // By class, in order: its columns and what each coefficient is above a whole number, over the denominator.
    let mut of_class: Vec<(usize, Vec<(usize, i64)>)> = Vec::new();
    let mut raised = Vec::new();
    for &(column, a) in &limit.terms {
        let over = (i128::from(a) * i128::from(times)).rem_euclid(denominator.into());
        let over = i64::try_from(over).unwrap_or(0);
        let share = i128::from(denominator) * i128::from(answer.point[column]);
        match program.columns[column] {
            Column::Board(class, _) => match of_class.last_mut().filter(|(last, _)| *last == class) {
                Some((_, columns)) => columns.push((column, over)),
                None => of_class.push((class, vec![(column, over)])),
            },
            Column::Used(_) if over > 0 && share > i128::from(denominator - over) * i128::from(POINT_UNIT) => {
                raised.push((column, denominator - over));
            }
            Column::Used(_) | Column::Held(..) => {}
        }
    }
    for (class, columns) in of_class {
        let size = i128::from(program.units_of(&program.of_class[class]));
        let gain = |price: i64| {
            let up = columns.iter().filter(|(_, over)| over + price >= denominator);
            let value: i128 = up.map(|&(column, _)| i128::from(answer.point[column])).sum();
            i128::from(denominator) * value - i128::from(price) * size * i128::from(POINT_UNIT)
        };
        let prices = columns
            .iter()
            .filter(|(column, over)| *over > 0 && answer.point[*column] > 0)
            .map(|(column, over)| (*column, denominator - over));
        let best = prices.map(|(column, price)| (gain(price), column, price)).max_by_key(|best| best.0);
        if let Some((_, column, price)) = best.filter(|(gain, ..)| *gain > 0) {
            raised.push((column, price));
        }
    }
    raised
}
