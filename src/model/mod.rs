//! The integer program, in formulas, then in code.
//!
//! **Sets.** Classes *c* of interchangeable units ([`crate::classes`]; of one unit each in the *flat*
//! program) with `n_c` units; departures *d*; *D(c)* the departures open to *c*; allotments in force
//! *(d,s)* of `A_ds` seats for sponsor *s*.
//!
//! **Columns**, all integer:
//! `x[c,d]` in `0..=n_c`, for *d* in *D(c)*: units of the class aboard ([`Column::Board`]);
//! `y[d]` in `0..=1`, where it matters whether anybody is aboard at all ([`Column::Used`]; where it does
//! not, `y[d]` is the constant 1, which no row minds);
//! `h[d,s]` in `0..=A_ds`: seats held unused ([`Column::Held`]).
//!
//! **Rows**, each the sum over its units of FORMAT's row of the same name:
//!
//! | rule | row |
//! |---|---|
//! | `unit` | `sum_d x[c,d] <= n_c` |
//! | `seats` | `sum_c seats_cd x[c,d] + sum_s h[d,s] <= usable_d y[d]` |
//! | `lap_infants` `wheelchairs` `stretchers` `payload` `vetting` | `sum_c use_cd x[c,d] <= limit_d y[d]` |
//! | `fill` | `sum_c use_cd x[c,d] <=` the most that whole units can fill of it |
//! | `allotment` | `A_ds y[d] - sum_(c of s) seats_cd x[c,d] - h[d,s] <= 0` |
//! | `aboard` | `x[c,d] <= n_c y[d]`, where seats are so many that `seats` says it in vain |
//! | `used` | `y[d] - sum_c x[c,d] <= 0` |
//! | `min_load` | `min_load_d y[d] - sum_c n x[c,d] <= 0` |
//! | `budget` | `sum_d cost_d y[d] <= budget` |
//! | `beds` | per site and day of arrival: persons who arrived and still dwell there `<=` free beds |
//! | `quota` | `min <= P`, `P <= max`, `min_percent Q <= 100 P`, `100 P <= max_percent Q` |
//! | `pin` | `x[u,d] = 1` |
//! | `same_departure` | `x[v,d] - x[u,d] = 0` |
//! | `all_or_none` | `sum_d x[v,d] - sum_d x[u,d] = 0` |
//! | `at_most_one` | `sum_(u,d) x[u,d] <= 1` |
//! | `apart` | `sum_u x[u,d] <= 1` |
//! | `level` | an earlier level keeps its best less its tolerance ([`Program::level_row`]) |
//!
//! **Objectives**: the levels' values, see [`measure`].
//!
//! Integers only. The module must not know how the program is solved.

pub mod fill;
pub mod measure;
pub(crate) mod rows;
pub mod write;

use crate::certificate::{Resource, Side};
use crate::classes::Class;
use crate::eligibility::Eligibility;
use crate::scenario::{Date, DepartureIdx, PlaceIdx, Sense, SponsorIdx, UnitIdx};
use measure::Objective;

/// Which row of the program; the subject that FORMAT names for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the row of FORMAT's table with the same name")]
pub enum RowKey {
    /// By position among the classes; its price is built into FORMAT's bound.
    Unit(usize),
    /// A resource of a departure.
    Limit(Resource, DepartureIdx),
    Fill(Resource, DepartureIdx),
    Allotment(DepartureIdx, SponsorIdx),
    /// By all units of a class.
    Aboard(Vec<UnitIdx>, DepartureIdx),
    Used(DepartureIdx),
    MinLoad(DepartureIdx),
    Budget,
    Beds(PlaceIdx, Date),
    /// By position among the quotas.
    Quota(usize, Side),
    Pin(UnitIdx, DepartureIdx),
    SameDeparture {
        link: usize,
        unit: UnitIdx,
        departure: DepartureIdx,
    },
    AllOrNone {
        link: usize,
        unit: UnitIdx,
    },
    AtMostOne {
        link: usize,
    },
    Apart {
        link: usize,
        departure: DepartureIdx,
    },
    /// By position among the levels.
    Level(usize),
    /// By depth in a proof by cases.
    Split(usize),
    /// By a search's number for it.
    Cut(usize),
}

/// A row: `sum of terms <= at_most`, or `=` where `equal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub key: RowKey,
    /// `(column, coefficient)`, each column once, in order of columns, no coefficient 0.
    pub terms: Vec<(usize, i64)>,
    /// The right-hand side.
    pub at_most: i64,
    /// `=` rather than `<=`.
    pub equal: bool,
}

/// A column: what the integer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Units of the class (by position) aboard.
    Board(usize, DepartureIdx),
    /// Somebody is aboard.
    Used(DepartureIdx),
    /// Seats held unused for a sponsor.
    Held(DepartureIdx, SponsorIdx),
}

/// The integer program of a scenario, for all levels.
#[derive(Clone, Debug)]
pub struct Program {
    /// What each column counts: the `Board` columns class by class, then `Used`, then `Held`.
    pub columns: Vec<Column>,
    /// The largest value of each column; the smallest is 0.
    pub upper: Vec<i64>,
    /// The rows that every plan obeys.
    pub rows: Vec<Row>,
    /// The levels.
    pub objectives: Vec<Value>,
    /// The columns of each class: a range of `columns`.
    pub of_class: Vec<std::ops::Range<usize>>,
}

/// A level's value as a linear function of the columns.
#[derive(Clone, Debug)]
pub struct Value {
    /// The level's name.
    pub name: String,
    /// Maximised or minimised.
    pub sense: Sense,
    /// How much later levels may give up.
    pub tolerance: i64,
    /// The value of the empty plan.
    pub constant: i64,
    /// By column.
    pub coefficients: Vec<i64>,
}

/// Builds the program of `classes`, with the given levels.
#[must_use]
pub fn build(eligibility: &Eligibility, classes: &[Class], objectives: &[Objective]) -> Program {
    rows::build(eligibility, classes, objectives)
}

impl Program {
    /// How many columns say who boards what: the first ones.
    #[must_use]
    pub fn boards(&self) -> usize {
        self.of_class.last().map_or(0, |range| range.end)
    }

    /// How many units a class has, by its range of columns; 0 where it has none.
    #[must_use]
    pub fn units_of(&self, range: &std::ops::Range<usize>) -> i64 {
        if range.is_empty() { 0 } else { self.upper[range.start] }
    }

    /// The departure that a column is about.
    #[must_use]
    pub fn departure(&self, column: usize) -> DepartureIdx {
        match self.columns[column] {
            Column::Board(_, d) | Column::Used(d) | Column::Held(d, _) => d,
        }
    }

    /// The value of level `level` at a point, one integer per column.
    #[must_use]
    pub fn value(&self, level: usize, point: &[i64]) -> i64 {
        let objective = &self.objectives[level];
        let sum: i64 = objective.coefficients.iter().zip(point).map(|(c, x)| c * x).sum();
        objective.constant + sum
    }

    /// The row that keeps an earlier level at `best` less its tolerance.
    #[must_use]
    pub fn level_row(&self, level: usize, best: i64) -> Row {
        let objective = &self.objectives[level];
        let sign = if objective.sense == Sense::Maximize { -1 } else { 1 };
        let terms = (0..).zip(&objective.coefficients).filter(|(_, c)| **c != 0);
        Row {
            key: RowKey::Level(level),
            terms: terms.map(|(column, c)| (column, sign * c)).collect(),
            at_most: sign * (best - objective.constant) + objective.tolerance,
            equal: false,
        }
    }

    /// The first row that a point breaks, if it breaks one or leaves a column's range.
    #[must_use]
    pub fn broken_row<'r>(&'r self, more: &'r [Row], point: &[i64]) -> Option<&'r Row> {
        self.rows.iter().chain(more).find(|row| !row.holds(point))
    }

    /// Whether a point is within the columns' ranges and obeys every row.
    #[must_use]
    pub fn is_feasible(&self, more: &[Row], point: &[i64]) -> bool {
        let in_range = self.upper.iter().zip(point).all(|(upper, x)| (0..=*upper).contains(x));
        in_range && self.broken_row(more, point).is_none()
    }

    /// How many of each class board each departure.
    #[must_use]
    pub fn places(&self, point: &[i64]) -> Vec<Vec<(DepartureIdx, i64)>> {
        let places = |range: &std::ops::Range<usize>| {
            let boarded = range.clone().filter(|&column| point[column] > 0);
            boarded.filter_map(|column| self.departure_of(column).map(|d| (d, point[column]))).collect()
        };
        self.of_class.iter().map(places).collect()
    }

    fn departure_of(&self, column: usize) -> Option<DepartureIdx> {
        match self.columns[column] {
            Column::Board(_, d) => Some(d),
            Column::Used(_) | Column::Held(..) => None,
        }
    }
}

impl Row {
    /// The coefficient of a column.
    #[must_use]
    pub fn coefficient(&self, column: usize) -> i64 {
        self.terms.binary_search_by_key(&column, |&(column, _)| column).map_or(0, |at| self.terms[at].1)
    }

    /// Whether a point obeys the row.
    #[must_use]
    pub fn holds(&self, point: &[i64]) -> bool {
        let sum: i128 = self.terms.iter().map(|&(column, a)| i128::from(a) * i128::from(point[column])).sum();
        let at_most = i128::from(self.at_most);
        if self.equal { sum == at_most } else { sum <= at_most }
    }
}
