//! Neighbourhoods: a few departures emptied and filled anew, while everybody else stays where they are.
//!
//! A plan misses its bound exactly by its losses: places that have a price and stay empty, and units that do not go
//! where they gain most. Around such a departure a few others are chosen that could take the same units, and a small
//! integer program says whether these together can do better. (Large neighbourhood search: Shaw, *Using constraint
//! programming and local search methods to solve vehicle routing problems*, 1998.) What it finds is a plan or it
//! is not; nothing is proven here.

use super::super::dice::Dice;
use super::super::linear::{Search, Task};
use super::super::narrow::Program;
use super::super::prices::{Prices, Target};
use crate::model::{Column, RowKey};
use crate::scenario::DepartureIdx;

/// Steps of a walk that lead nowhere, for each departure that is wanted.
const STEPS: usize = 8;

/// Where neighbourhoods of plans begin and lead, by the prices of a level.
pub(super) struct Neighbourhoods {
    /// By departure: its columns.
    of_departure: Vec<Vec<usize>>,
    /// By column.
    departure_of: Vec<usize>,
    /// By column: what a unit loses there, against the best it can do; how much `y` or a held seat would gain.
    loss: Vec<i128>,
    /// By class: what a unit loses that waits.
    waiting: Vec<i128>,
    /// Priced rows that belong to one departure: the row, the price, the departure.
    costly: Vec<(usize, i128, usize)>,
    /// What a better plan may lose in all, and no column of it alone.
    allowance: i128,
}

impl Neighbourhoods {
    /// Of a level at these prices, whose bound times their denominator is `total`, for plans of at least `aim`.
    /// `None` where the numbers are too large.
    pub(super) fn new(target: &Target, prices: &Prices, total: i128, aim: i64) -> Option<Self> {
        let (loss, waiting) = target.losses(target.reduced(prices)?);
        let program = target.program;
        let departure_of: Vec<usize> =
            (0..program.columns.len()).map(|column| program.departure(column).index()).collect();
        let departures = departure_of.iter().max().map_or(0, |last| last + 1);
        let mut of_departure = vec![Vec::new(); departures];
        for (column, &d) in departure_of.iter().enumerate() {
            of_departure[d].push(column);
        }
        let mut costly = Vec::new();
        for (row, (of, &price)) in target.rows().zip(&prices.numerators).enumerate() {
            if let Some(d) = home(&of.key).filter(|_| price > 0) {
                costly.push((row, price, d.index()));
            }
        }
        let allowance = total.checked_sub(i128::from(prices.denominator) * i128::from(aim))?;
        Some(Self { of_departure, departure_of, loss, waiting, costly, allowance })
    }

    /// By departure: how much a plan loses there; who waits loses where they would gain most.
    pub(super) fn losses(&self, target: &Target, point: &[i64]) -> Vec<i128> {
        let mut losses = vec![0_i128; self.of_departure.len()];
        let rows: Vec<&crate::model::Row> = target.rows().collect();
        for &(row, price, d) in &self.costly {
            let used: i64 = rows[row].terms.iter().map(|&(column, a)| a * point[column]).sum();
            losses[d] += price * i128::from(rows[row].at_most - used);
        }
        for (range, waiting) in target.program.of_class.iter().zip(&self.waiting) {
            for column in range.clone() {
                losses[self.departure_of[column]] += self.loss[column] * i128::from(point[column]);
            }
            let left = target.program.units_of(range) - point[range.clone()].iter().sum::<i64>();
            if let Some(best) = range.clone().find(|&column| self.loss[column] == 0) {
                losses[self.departure_of[best]] += waiting * i128::from(left);
            }
        }
        losses
    }

    /// Some departures around one: each step leads from one of them by a class that can board it, and preferably
    /// does or would gladly, to another that is open to the class; so many at most, with so many columns.
    pub(super) fn around(
        &self,
        target: &Target,
        point: &[i64],
        first: usize,
        size: usize,
        most_columns: usize,
        dice: &mut Dice,
    ) -> Vec<usize> {
        let mut chosen = vec![first];
        let mut columns = self.of_departure[first].len();
        for _ in 0..STEPS * size {
            if chosen.len() >= size {
                break;
            }
            let from = &self.of_departure[chosen[dice.below(chosen.len())]];
            let likely = |column: &&usize| point[**column] > 0 || self.loss[**column] == 0;
            let likely_ones: Vec<&usize> = from.iter().filter(likely).collect();
            let Some(column) = dice.pick(&likely_ones) else { continue };
            let Column::Board(class, _) = target.program.columns[**column] else { continue };
            let others: Vec<usize> = target.program.of_class[class].clone().collect();
            let Some(&other) = dice.pick(&others) else { continue };
            let next = self.departure_of[other];
            if !chosen.contains(&next) && columns + self.of_departure[next].len() <= most_columns {
                columns += self.of_departure[next].len();
                chosen.push(next);
            }
        }
        chosen.sort_unstable();
        chosen
    }

    /// The program of a better plan that differs from `point` on these departures only.
    pub(super) fn part(
        &self,
        target: &Target,
        point: &[i64],
        chosen: &[usize],
        aim: i64,
        search: Search,
    ) -> Program {
        let columns = chosen.iter().flat_map(|&d| &self.of_departure[d]).copied();
        among(target, point, columns.filter(|&column| self.serves(point, column)).collect(), aim, search)
    }

    /// The program of a better plan in which the same units travel as in `point`, on whatever departures.
    pub(super) fn reseated(&self, target: &Target, point: &[i64], aim: i64, search: Search) -> Program {
        let (mut columns, mut travelling) = (Vec::new(), Vec::new());
        for range in &target.program.of_class {
            let count: i64 = point[range.clone()].iter().sum();
            if count > 0 {
                let first = columns.len();
                columns.extend(range.clone().filter(|&column| self.serves(point, column)));
                travelling.push(((first..columns.len()).map(|at| (at, 1)).collect(), count, true));
            }
        }
        columns.extend((target.program.boards()..point.len()).filter(|&column| self.serves(point, column)));
        let mut program = among(target, point, columns, aim, search);
        program.task.rows.extend(travelling);
        program
    }

    /// Whether a better plan, or this one, may have a column.
    fn serves(&self, point: &[i64], column: usize) -> bool {
        point[column] > 0 || self.loss[column] <= self.allowance
    }
}

/// The program of a better plan that differs from `point` in these columns only.
fn among(target: &Target, point: &[i64], columns: Vec<usize>, aim: i64, search: Search) -> Program {
    let mut position = vec![None; point.len()];
    for (at, &column) in columns.iter().enumerate() {
        position[column] = Some(at);
    }
    let split = |terms: &mut dyn Iterator<Item = (usize, i64)>| {
        let (mut own, mut others) = (Vec::new(), 0);
        for (column, a) in terms {
            match position[column] {
                Some(at) => own.push((at, a)),
                None => others += a * point[column],
            }
        }
        (own, others)
    };
    let mut task = Task {
        upper: columns.iter().map(|&column| target.program.upper[column]).collect(),
        objective: columns.iter().map(|&column| target.objective[column]).collect(),
        rows: Vec::new(),
        search,
        limit_ms: None,
    };
    for row in target.rows().filter(|row| !matches!(row.key, RowKey::Cut(_))) {
        let (own, others) = split(&mut row.terms.iter().copied());
        if !own.is_empty() {
            task.rows.push((own, row.at_most - others, row.equal));
        }
    }
    let (value, others) = split(&mut target.objective.iter().enumerate().map(|(column, c)| (column, -c)));
    let value: Vec<(usize, i64)> = value.into_iter().filter(|(_, c)| *c != 0).collect();
    task.rows.push((value, target.constant - aim - others, false));
    Program { task, columns }
}

/// The departure that a row is about, if it is about one.
fn home(key: &RowKey) -> Option<DepartureIdx> {
    match *key {
        RowKey::Limit(_, d)
        | RowKey::Fill(_, d)
        | RowKey::Allotment(d, _)
        | RowKey::Aboard(_, d)
        | RowKey::Used(d)
        | RowKey::MinLoad(d)
        | RowKey::Apart { departure: d, .. } => Some(d),
        RowKey::Unit(_)
        | RowKey::Budget
        | RowKey::Beds(..)
        | RowKey::Quota(..)
        | RowKey::Pin(..)
        | RowKey::SameDeparture { .. }
        | RowKey::AllOrNone { .. }
        | RowKey::AtMostOne { .. }
        | RowKey::Level(_)
        | RowKey::Split(_)
        | RowKey::Cut(_) => None,
    }
}
