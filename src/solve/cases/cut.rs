//! A cut: rows of a program, added up and rounded down.
//!
//! A combination of rows `sum a x <= b` and of the rows of some units, `x[u] <= 1` in all, is a row that every plan
//! obeys; its coefficients may be rounded down, for no column is negative, and then its right-hand side too, for
//! every plan is whole (Gomory, *Outline of an algorithm for integer solutions to linear programs*, 1958; Chvátal,
//! *Edmonds polytopes and a hierarchy of combinatorial problems*, 1973). A unit's row serves to round its
//! coefficients up instead: for one that is aboard that costs nothing.
//!
//! A cut excludes no plan whatever its numbers are; FORMAT has it in a leaf's `cuts`.

use rustc_hash::FxHashMap;

use super::super::linear::{Answer, POINT_UNIT};
use super::{Combination, Priced};
use crate::model::{Column, Program, Row, RowKey};
use crate::scenario::DepartureIdx;

/// The largest coefficient that is not asking too much of a solver.
const LARGEST: i64 = 1 << 20;

/// Rows with multiples, and what rounds them.
#[derive(Clone, Debug)]
pub(in crate::solve) struct Cut {
    /// No other cut at hand has it. (Whoever had it in an earlier level and was dropped leaves prices that prove less.)
    pub(super) number: usize,
    /// What is taken of each row, over the denominator: more than 0.
    pub(super) rows: Vec<(RowKey, i64)>,
    /// At least 1.
    pub(super) denominator: i64,
    /// Columns whose unit's row (or whose `y <= 1`) is taken too, over the denominator; one of a class.
    raised: Vec<(usize, i64)>,
    /// Where FORMAT has a `y` and the program has none, for it is 1: how much of the right-hand side, over the
    /// denominator, belongs to it.
    always: Vec<(DepartureIdx, i128)>,
}

/// Rows added up, times the denominator.
struct Sum {
    /// In order of columns.
    terms: Vec<(usize, i128)>,
    at_most: i128,
    always: Vec<(DepartureIdx, i128)>,
}

/// A row that may go into a cut, and what of its right-hand side belongs to which `y` that the program does not have.
#[derive(Clone)]
pub(super) struct Part<'r> {
    row: &'r Row,
    always: Vec<(DepartureIdx, i128)>,
}

impl<'r> Part<'r> {
    /// Of a row of the program, or one that keeps a level.
    pub(super) fn of_row(program: &Program, row: &'r Row) -> Self {
        let is_used = |(column, _): &(usize, i64)| matches!(program.columns[*column], Column::Used(_));
        let mut always = Vec::new();
        if let RowKey::Limit(_, d) | RowKey::Allotment(d, _) = row.key
            && !row.terms.iter().any(is_used)
        {
            always.push((d, row.at_most.into()));
        }
        Self { row, always }
    }

    /// Of a cut.
    pub(super) fn of_cut(cut: &Cut, row: &'r Row) -> Self {
        let denominator = i128::from(cut.denominator);
        let always = cut.always.iter().map(|&(d, over)| (d, over.div_euclid(denominator))).collect();
        Self { row, always }
    }

    /// The same of only those of its terms that `row` has.
    pub(super) fn with<'s>(&self, row: &'s Row) -> Part<'s> {
        Part { row, always: self.always.clone() }
    }
}

/// Where more than one column in so many is touched all are looked at.
const SPARSE: usize = 16;

/// Where rows are added up: by column, 0 between uses.
pub(super) struct Desk {
    sums: Vec<i128>,
    touched: Vec<usize>,
}

impl Desk {
    pub(super) fn new(program: &Program) -> Self {
        Self { sums: vec![0; program.columns.len()], touched: Vec::new() }
    }

    fn add_up(&mut self, parts: &[(&Part, i64)]) -> Option<Sum> {
        let sum = self.sum_up(parts);
        self.touched.drain(..).for_each(|column| self.sums[column] = 0);
        sum
    }

    fn sum_up(&mut self, parts: &[(&Part, i64)]) -> Option<Sum> {
        let mut always: FxHashMap<DepartureIdx, i128> = FxHashMap::default();
        let mut at_most = 0_i128;
        for &(part, times) in parts {
            let times = i128::from(times);
            for &(column, a) in &part.row.terms {
                let sum = &mut self.sums[column];
                if *sum == 0 {
                    self.touched.push(column);
                }
                *sum = sum.checked_add(times.checked_mul(a.into())?)?;
            }
            for &(d, of) in &part.always {
                let sum = always.entry(d).or_default();
                *sum = sum.checked_add(times.checked_mul(of)?)?;
            }
            at_most = at_most.checked_add(times.checked_mul(part.row.at_most.into())?)?;
        }
        let term = |column: usize| (column, self.sums[column]);
        let terms: Vec<(usize, i128)> = if SPARSE * self.touched.len() > self.sums.len() {
            (0..self.sums.len()).map(term).filter(|(_, sum)| *sum != 0).collect()
        } else {
            self.touched.sort_unstable();
            self.touched.dedup();
            self.touched.iter().map(|&column| term(column)).filter(|(_, sum)| *sum != 0).collect()
        };
        let mut always: Vec<(DepartureIdx, i128)> = always.into_iter().collect();
        always.sort_unstable();
        Some(Sum { terms, at_most, always })
    }
}

impl Cut {
    /// The cut that a relaxed point passes by most among those of these multiples, by what they do with units; `None`
    /// where the numbers do not serve.
    pub(super) fn of(
        desk: &mut Desk,
        program: &Program,
        parts: &[(&Part, i64)],
        denominator: i64,
        answer: &Answer,
    ) -> Option<(Self, Row)> {
        let sum = desk.add_up(parts)?;
        // FORMAT's bound has `y <= 1` built in, but not `y >= 1`.
        if sum.always.iter().any(|(_, over)| *over < 0) {
            return None;
        }
        let raised = raised(program, &sum.terms, denominator, answer);
        let rows = parts.iter().map(|(part, times)| (part.row.key.clone(), *times)).collect();
        let cut = Self { number: 0, rows, denominator, raised, always: sum.always.clone() };
        let row = cut.rounded(program, &sum)?;
        Some((cut, row))
    }

    /// The whole row of a cut that was found in part of its columns; `None` where the numbers do not serve.
    pub(super) fn whole(&self, desk: &mut Desk, program: &Program, parts: &[(&Part, i64)]) -> Option<Row> {
        self.rounded(program, &desk.add_up(parts)?)
    }

    /// The same under another number.
    pub(super) fn numbered(self, number: usize) -> Self {
        Self { number, ..self }
    }

    /// The row; `None` where one of its rows is no more or the numbers do not serve.
    pub(super) fn row<'r>(
        &self,
        program: &Program,
        part: impl Fn(&RowKey) -> Option<Part<'r>>,
    ) -> Option<Row> {
        let parts: Option<Vec<(Part, i64)>> =
            self.rows.iter().map(|(key, times)| Some((part(key)?, *times))).collect();
        let parts = parts?;
        let parts: Vec<(&Part, i64)> = parts.iter().map(|(part, times)| (part, *times)).collect();
        self.rounded(program, &Desk::new(program).add_up(&parts)?)
    }

    fn rounded(&self, program: &Program, sum: &Sum) -> Option<Row> {
        let mut of_column: Vec<(usize, i128)> = Vec::new();
        let mut raised = 0;
        for &(column, price) in &self.raised {
            let price = i128::from(price);
            match program.columns[column] {
                Column::Board(class, _) => {
                    let columns = program.of_class[class].clone();
                    raised += i128::from(program.units_of(&columns)) * price;
                    of_column.extend(columns.map(|column| (column, price)));
                }
                Column::Used(_) | Column::Held(..) => {
                    raised += price;
                    of_column.push((column, price));
                }
            }
        }
        of_column.sort_unstable();
        let mut of_column = of_column.into_iter().peekable();
        let mut terms = Vec::with_capacity(sum.terms.len());
        for &(column, a) in &sum.terms {
            while of_column.next_if(|(other, _)| *other < column).is_some() {}
            let raise = of_column.next_if(|(other, _)| *other == column).map_or(0, |(_, price)| price);
            let a = floor(a + raise, self.denominator)?;
            if a.abs() > LARGEST {
                return None;
            }
            if a != 0 {
                terms.push((column, a));
            }
        }
        let at_most = floor(sum.at_most + raised, self.denominator)?;
        Some(Row { key: RowKey::Cut(self.number), terms, at_most, equal: false })
    }

    /// The numbers of the cuts that it is made of.
    pub(super) fn before(&self) -> impl Iterator<Item = usize> {
        self.rows
            .iter()
            .filter_map(|(key, _)| if let RowKey::Cut(number) = key { Some(*number) } else { None })
    }

    /// As FORMAT has it: rows by where `at` finds them.
    pub(super) fn combination(
        &self,
        program: &Program,
        at: impl Fn(&RowKey) -> Option<Priced>,
    ) -> Option<Combination> {
        let mut prices = Vec::new();
        for (key, times) in &self.rows {
            prices.push((at(key)?, i128::from(*times)));
        }
        // FORMAT's limits stand on the left, times y: that is made whole too.
        let denominator = i128::from(self.denominator);
        let open = self.always.iter().map(|&(d, over)| (Priced::Open(d), over.rem_euclid(denominator)));
        prices.extend(open.filter(|(_, price)| *price != 0));
        for &(column, price) in &self.raised {
            let row = match program.columns[column] {
                Column::Board(..) => Priced::Units(column),
                Column::Used(d) => Priced::Open(d),
                Column::Held(..) => continue,
            };
            prices.push((row, price.into()));
        }
        Some(Combination { denominator: self.denominator, prices })
    }

    /// The same of a program whose columns split up those of this one: `finer`, by column.
    pub(in crate::solve) fn refined(&self, finer: &[Vec<usize>]) -> Self {
        let raised = self
            .raised
            .iter()
            .flat_map(|(column, price)| finer[*column].iter().map(|&column| (column, *price)));
        Self { raised: raised.collect(), ..self.clone() }
    }
}

/// The whole number below a fraction; `None` where it is too large.
fn floor(of: i128, denominator: i64) -> Option<i64> {
    match i64::try_from(of) {
        Ok(of) => Some(of.div_euclid(denominator)),
        Err(_) => i64::try_from(of.div_euclid(denominator.into())).ok(),
    }
}

/// What a fraction is above the whole number below it, times its denominator.
fn above(of: i128, denominator: i64) -> i64 {
    match i64::try_from(of) {
        Ok(of) => of.rem_euclid(denominator),
        Err(_) => i64::try_from(of.rem_euclid(denominator.into())).unwrap_or(0),
    }
}

/// The units (and `y`) whose coefficients a point gains by rounding up.
fn raised(
    program: &Program,
    terms: &[(usize, i128)],
    denominator: i64,
    answer: &Answer,
) -> Vec<(usize, i64)> {
    let class = |column: usize| match program.columns[column] {
        Column::Board(class, _) => Some(class),
        Column::Used(_) | Column::Held(..) => None,
    };
    let (mut raised, mut of_classes) = (Vec::new(), Vec::new());
    for members in terms.chunk_by(|a, b| class(a.0) == class(b.0)) {
        match class(members[0].0) {
            Some(class) => {
                let size = program.units_of(&program.of_class[class]);
                of_classes.extend(raised_of(size, members, denominator, answer));
            }
            None => raised.extend(members.iter().filter_map(|&(column, a)| {
                let (over, used) = (above(a, denominator), i128::from(answer.point[column]));
                let gains =
                    i128::from(denominator) * used > i128::from(denominator - over) * i128::from(POINT_UNIT);
                let is_departure = matches!(program.columns[column], Column::Used(_));
                (is_departure && over > 0 && gains).then_some((column, denominator - over))
            })),
        }
    }
    raised.append(&mut of_classes);
    raised
}

/// The column of a class, of so many units, up to whose next whole number a point gains most by raising all of the class.
fn raised_of(
    size: i64,
    members: &[(usize, i128)],
    denominator: i64,
    answer: &Answer,
) -> Option<(usize, i64)> {
    let whole = i128::from(denominator);
    let aboard: Vec<(usize, i64, i128)> = members
        .iter()
        .filter(|(column, _)| answer.point[*column] != 0)
        .map(|&(column, a)| (column, above(a, denominator), i128::from(answer.point[column])))
        .collect();
    let gain = |price: i64| {
        let up = aboard.iter().filter(|(_, over, _)| over + price >= denominator);
        let value: i128 = up.map(|(.., value)| value).sum();
        whole * value - i128::from(price) * i128::from(size) * i128::from(POINT_UNIT)
    };
    let prices = aboard
        .iter()
        .filter(|(_, over, value)| *over > 0 && *value > 0)
        .map(|(column, over, _)| (*column, denominator - over));
    let best = prices.map(|(column, price)| (gain(price), column, price)).max_by_key(|best| best.0);
    best.filter(|(gain, ..)| *gain > 0).map(|(_, column, price)| (column, price))
}
