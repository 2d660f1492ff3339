//! The bound that prices prove, in exact integers.
//!
//! For any prices `p >= 0` of the rows `a x <= b` (any sign where `=`), with `r = c - sum p a` the
//! reduced costs, no integer point has a value above
//! `B = floor(K + sum p b + sum_c n_c max(0, max_d r[c,d]) + sum_d max(0, r[y_d]) + sum A max(0, r[h]))`:
//! each unit boards at most one departure, so it adds at most its best reduced cost, and nothing where
//! none is positive (Lagrangian duality; FORMAT, *the certificate*). How the prices were found does not
//! matter: from floating point they are rounded to a common denominator, and the bound is evaluated
//! with integers alone.

use crate::certificate::Resource;
use crate::model::{Column, Program, Row, RowKey};

use super::linear::{Answer, POINT_UNIT, Search, Task, rounded};
use super::shut::{LOSS, Shut};

/// One level to be optimised: always maximised, a minimised level with its sign turned.
#[derive(Debug)]
pub struct Target<'p> {
    /// The rows of every plan.
    pub program: &'p Program,
    /// Rows of this search: earlier levels, and the cases of a proof.
    pub more: Vec<Row>,
    /// By column.
    pub objective: Vec<i64>,
    /// The value of the empty plan.
    pub constant: i64,
    /// Columns that are not looked at: they are 0, and a proof may leave them out.
    pub(super) shut: Shut,
}

/// Prices of a target's rows (the program's, then `more`), over one denominator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// At least 1.
    pub denominator: i64,
    /// By row.
    pub numerators: Vec<i128>,
}

impl Prices {
    /// No row is priced.
    #[must_use]
    pub const fn none() -> Self {
        Self { denominator: 1, numerators: Vec::new() }
    }
}

/// To what a ray is rounded, simplest first.
const RAY_UNITS: [i64; 4] = [1, 60, 1 << 20, 1 << 32];

/// Denominators that are tried, simplest first: most prices are whole persons or simple fractions.
pub(super) const DENOMINATORS: [i64; 7] = [1, 2, 6, 12, 60, 2520, 1 << 24];

impl<'p> Target<'p> {
    /// The level as a target, with the rows of the earlier levels.
    #[must_use]
    pub fn new(program: &'p Program, level: usize, more: Vec<Row>) -> Self {
        let value = &program.objectives[level];
        let sign = value.sense.sign();
        let objective = value.coefficients.iter().map(|c| sign * c).collect();
        Self { program, more, objective, constant: sign * value.constant, shut: Shut::default() }
    }

    /// No objective at all: whether any plan obeys the rows.
    #[must_use]
    pub fn feasibility(program: &'p Program) -> Self {
        let objective = vec![0; program.columns.len()];
        Self { program, more: Vec::new(), objective, constant: 0, shut: Shut::default() }
    }

    /// How many columns are not shut.
    #[must_use]
    pub fn open_columns(&self) -> usize {
        self.objective.len() - self.shut.count()
    }

    /// The program's rows, then this search's.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.program.rows.iter().chain(&self.more)
    }

    /// The value of a point.
    #[must_use]
    pub fn value(&self, point: &[i64]) -> i64 {
        self.constant + self.objective.iter().zip(point).map(|(c, x)| c * x).sum::<i64>()
    }

    /// Whether a point is a plan that this search looks for.
    #[must_use]
    pub fn is_feasible(&self, point: &[i64]) -> bool {
        point.len() == self.objective.len() && self.program.is_feasible(&self.more, point)
    }

    /// The target as a task for a solver.
    #[must_use]
    pub fn task(&self, search: Search, limit_ms: Option<u64>) -> Task {
        let rows = self.rows().map(|row| (row.terms.clone(), row.at_most, row.equal)).collect();
        let upper = self.program.upper.iter().enumerate();
        let upper =
            upper.map(|(column, upper)| if self.shut.contains(column) { 0 } else { *upper }).collect();
        Task { upper, objective: self.objective.clone(), rows, search, limit_ms }
    }

    /// No row has a price.
    #[must_use]
    pub fn free(&self) -> Prices {
        Prices { denominator: 1, numerators: vec![0; self.program.rows.len() + self.more.len()] }
    }

    /// The exact bound of these prices; `None` where the numbers pass 128 bits.
    #[must_use]
    pub fn bound(&self, prices: &Prices) -> Option<i64> {
        i64::try_from(self.total(prices)?.div_euclid(prices.denominator.into())).ok()
    }

    /// The bound before it is divided by the denominator and rounded down.
    #[must_use]
    pub fn total(&self, prices: &Prices) -> Option<i128> {
        let free = i128::from(prices.denominator) * i128::from(self.constant);
        free.checked_add(self.most(&prices.numerators, &self.reduced(prices)?)?)
    }

    /// The bound of prices where nothing has any value.
    pub(super) fn excess(&self, prices: &[i128]) -> Option<i128> {
        self.most(prices, &self.masked(self.gains(self.rows(), prices, 0)?))
    }

    /// What the rows' right-hand sides and the best columns add up to.
    fn most(&self, prices: &[i128], reduced: &[i128]) -> Option<i128> {
        let mut sum = 0_i128;
        for (row, &price) in self.rows().zip(prices).filter(|(_, price)| **price != 0) {
            sum = sum.checked_add(price.checked_mul(row.at_most.into())?)?;
        }
        for range in &self.program.of_class {
            let best = reduced[range.clone()].iter().copied().max().unwrap_or(0).max(0);
            let size = self.program.units_of(range);
            sum = sum.checked_add(best.checked_mul(size.into())?)?;
        }
        let boards = self.program.boards();
        for (best, &upper) in reduced[boards..].iter().zip(&self.program.upper[boards..]) {
            sum = sum.checked_add((*best).max(0).checked_mul(upper.into())?)?;
        }
        Some(sum)
    }

    /// The reduced costs of the columns, times the denominator; one that is shut loses more than anything.
    #[must_use]
    pub fn reduced(&self, prices: &Prices) -> Option<Vec<i128>> {
        Some(self.masked(self.gains(self.rows(), &prices.numerators, prices.denominator)?))
    }

    /// The reduced costs of all columns at prices of these rows, the objective counted `times`.
    pub(super) fn gains<'r>(
        &self,
        rows: impl Iterator<Item = &'r Row>,
        prices: &[i128],
        times: i64,
    ) -> Option<Vec<i128>> {
        let mut gains: Vec<i128> =
            self.objective.iter().map(|&c| i128::from(times) * i128::from(c)).collect();
        for (row, &price) in rows.zip(prices).filter(|(_, price)| **price != 0) {
            for &(column, a) in &row.terms {
                gains[column] = gains[column].checked_sub(price.checked_mul(a.into())?)?;
            }
        }
        Some(gains)
    }

    fn masked(&self, mut gains: Vec<i128>) -> Vec<i128> {
        let shut = gains.iter_mut().enumerate().filter(|(column, _)| self.shut.contains(*column));
        shut.for_each(|(_, gain)| *gain = -LOSS);
        gains
    }

    /// What each column loses against the best of its class or waiting, of these reduced costs (one of no class against
    /// 0), and by class what a unit loses that waits.
    pub(super) fn losses(&self, mut gains: Vec<i128>) -> (Vec<i128>, Vec<i128>) {
        let mut waiting = Vec::with_capacity(self.program.of_class.len());
        for range in &self.program.of_class {
            let most = gains[range.clone()].iter().copied().max().unwrap_or(0).max(0);
            gains[range.clone()].iter_mut().for_each(|gain| *gain = most - *gain);
            waiting.push(most);
        }
        gains[self.program.boards()..].iter_mut().for_each(|gain| *gain = -*gain);
        (gains, waiting)
    }

    /// Prices that prove that no point obeys the rows, from a ray that an infeasible relaxation ends with, and
    /// their bound, which is below every value: counted often enough, a combination of rows that excludes every
    /// point outweighs any objective.
    #[must_use]
    pub fn refuted(&self, ray: &[i64]) -> Option<(i64, Prices)> {
        let excludes = |unit: &i64| {
            let Prices { numerators, .. } = self.at_denominator(ray, *unit);
            let excess = self.excess(&numerators).filter(|excess| *excess < 0)?;
            Some((numerators, -excess))
        };
        let (ray, short) = RAY_UNITS.iter().find_map(excludes)?;
        let (least, most) = self.extremes();
        let times = (i128::from(most) - i128::from(least)) / short + 1;
        let numerators: Option<Vec<i128>> = ray.iter().map(|price| price.checked_mul(times)).collect();
        let prices = Prices { denominator: 1, numerators: numerators? };
        let bound = self.bound(&prices)?;
        (bound < least).then_some((bound, prices))
    }

    /// What no point within the columns' ranges is below, and what none is above.
    #[must_use]
    pub fn extremes(&self) -> (i64, i64) {
        let each = self.objective.iter().zip(&self.program.upper).map(|(c, upper)| c * upper);
        let (least, most): (i64, i64) =
            each.fold((0, 0), |(least, most), value| (least + value.min(0), most + value.max(0)));
        (self.constant + least, self.constant + most)
    }

    /// The value of a relaxed point, in multiples of 1 / [`POINT_UNIT`].
    #[must_use]
    pub fn relaxed_value(&self, answer: &Answer) -> i128 {
        let terms = self.objective.iter().zip(&answer.point);
        terms.map(|(c, x)| i128::from(*c) * i128::from(*x)).sum::<i128>() + self.relaxed(self.constant)
    }

    /// A value in multiples of 1 / [`POINT_UNIT`].
    #[must_use]
    pub fn relaxed(&self, value: i64) -> i128 {
        i128::from(value) * i128::from(POINT_UNIT)
    }

    /// The value of a relaxed point, rounded down.
    #[must_use]
    pub fn floor(&self, answer: &Answer) -> i64 {
        i64::try_from(self.relaxed_value(answer).div_euclid(POINT_UNIT.into())).unwrap_or(i64::MAX)
    }

    /// The best of the bounds that a relaxation's prices prove once rounded, and those prices. Simple
    /// denominators first; the first that proves `goal` is taken at once.
    #[must_use]
    pub fn round(&self, answer: &Answer, goal: Option<i64>) -> Option<(i64, Prices)> {
        let mut best: Option<(i64, Prices)> = None;
        for denominator in DENOMINATORS {
            let prices = self.at_denominator(&answer.prices, denominator);
            let Some(bound) = self.bound(&prices) else { continue };
            if best.as_ref().is_none_or(|(known, _)| bound < *known) {
                best = Some((bound, prices));
            }
            if goal.is_some_and(|goal| bound <= goal) {
                break;
            }
        }
        best
    }

    /// A relaxation's prices, rounded as finely as may be, and what they bound, times their denominator.
    #[must_use]
    pub fn tightest(&self, answer: &Answer) -> Option<(Prices, i128)> {
        let finest = *DENOMINATORS.last()?;
        let prices = self.at_denominator(&answer.prices, finest);
        let total = self.total(&prices)?;
        Some((prices, total))
    }

    fn at_denominator(&self, prices: &[i64], denominator: i64) -> Prices {
        let price = |(row, &price): (&Row, &i64)| {
            let least = if row.equal { i128::MIN } else { 0 };
            let built_in = matches!(row.key, RowKey::Unit(_));
            if built_in { 0 } else { rounded(price, denominator).max(least) }
        };
        let mut numerators: Vec<i128> = self.rows().zip(prices).map(price).collect();
        self.cap_allotments(&mut numerators);
        Prices { denominator, numerators }
    }

    /// Where `y[d]` is the constant 1, an allotment's price is at most that of the seats: then `y[d]` has
    /// a reduced cost >= 0 in FORMAT's bound too, and a higher price would prove nothing more.
    fn cap_allotments(&self, numerators: &mut [i128]) {
        let mut seats = rustc_hash::FxHashMap::default();
        for (row, &price) in self.rows().zip(&*numerators) {
            if let RowKey::Limit(Resource::Seats, d) = row.key {
                seats.insert(d, price);
            }
        }
        let decided = |d| self.program.columns.contains(&Column::Used(d));
        for (row, price) in self.program.rows.iter().zip(numerators) {
            if let RowKey::Allotment(d, _) = row.key
                && !decided(d)
            {
                *price = (*price).min(seats.get(&d).copied().unwrap_or(0));
            }
        }
    }
}
