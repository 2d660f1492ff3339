//! Which of very many columns a relaxation looks at first.
//!
//! Where a program has many columns for each row most are never worth a look. The simplex method begins with some of
//! them; the others sleep until these are settled, are priced then, and wake if they are worth it (sifting: Bixby,
//! Gregory, Lustig, Marsten and Shanno, *Very large-scale linear programming*, 1992).
//!
//! Rough prices choose the first. Each row that is no packing has one, which rises while the best columns at these
//! prices overfill the row and falls while they do not, by steps that grow as long as it goes the same way and are
//! halved when it turns (Riedmiller and Braun, *A direct adaptive method for faster backpropagation learning*, 1993).
//! Families are worth the same wherever they go, so all would change places at once: each column is first said to be
//! worth a little more or less than it is, at random. Who is best in one of the last passes begins awake. (Without
//! the random part one program of 10,000 units took 8 s, and 0.5 s with it.)

use super::simplex::{Lp, draw};

/// Columns beyond which they are sifted, and how many to a row.
const COLUMNS: usize = 60_000;
const TO_A_ROW: usize = 8;
/// Passes over all columns, and how many of the last count.
const PASSES: usize = 60;
const LAST: usize = 30;
/// A first step, of what a column is worth per unit that it takes of a row; how steps grow and shrink.
const FIRST: f64 = 0.25;
const GROWTH: f64 = 1.2;
const SHRINKAGE: f64 = 0.5;
/// Of the draws.
const SEED: u64 = 1;

/// What to begin with.
pub(super) struct Start {
    /// By column.
    pub(super) is_awake: Vec<bool>,
    /// By row: the best column of a packing.
    pub(super) best: Vec<Option<usize>>,
}

/// Whether so many columns, for so many rows, are sifted.
pub(super) const fn serves(columns: usize, rows: usize) -> bool {
    columns > COLUMNS && columns >= TO_A_ROW * rows
}

/// The columns to begin with; `packing` is, by column, the row that it is in of disjoint rows `sum x <= n`. `None`
/// where all columns are few.
pub(super) fn start(lp: &Lp, packing: &[Option<usize>]) -> Option<Start> {
    let open = lp.upper[..packing.len()].iter().filter(|upper| **upper > 0.0).count();
    if !serves(open, lp.rhs.len()) {
        return None;
    }
    let mut prices = Prices::new(lp, packing);
    let mut is_awake: Vec<bool> = packing.iter().map(Option::is_none).collect();
    let mut best = Vec::new();
    for pass in 0..PASSES {
        best = prices.pass();
        if pass >= PASSES - LAST {
            best.iter().flatten().for_each(|&column| is_awake[column] = true);
        }
    }
    Some(Start { is_awake, best })
}

/// Rough prices of the rows that are no packing.
struct Prices<'l> {
    lp: &'l Lp,
    packing: &'l [Option<usize>],
    /// By row.
    is_packing: Vec<bool>,
    price: Vec<f64>,
    step: Vec<f64>,
    rises: Vec<bool>,
    /// By column: what it is said to be worth.
    worth: Vec<f64>,
}

impl<'l> Prices<'l> {
    fn new(lp: &'l Lp, packing: &'l [Option<usize>]) -> Self {
        let (rows, own) = (lp.rhs.len(), packing.len());
        let mut is_packing = vec![false; rows];
        packing.iter().flatten().for_each(|&row| is_packing[row] = true);
        let typical = lp.cost.iter().map(|cost| cost.abs()).fold(0.0, f64::max);
        let step = |row: usize| {
            let terms = lp.rows.line(row).iter().filter(|(column, _)| *column < own);
            let worth = terms.map(|&(column, a)| (lp.cost[column] / a).abs()).fold(0.0, f64::max);
            FIRST * if worth > 0.0 { worth } else { typical }
        };
        let mut state = SEED;
        let worth = lp.cost[..own].iter().map(|cost| -cost * (0.5 + draw(&mut state))).collect();
        Self {
            lp,
            packing,
            is_packing,
            price: vec![0.0; rows],
            step: (0..rows).map(step).collect(),
            rises: vec![true; rows],
            worth,
        }
    }

    /// By row the best column of its packing, which is aboard if it gains; prices follow what that fills.
    fn pass(&mut self) -> Vec<Option<usize>> {
        let lp = self.lp;
        let rows = lp.rhs.len();
        let (mut most, mut best) = (vec![f64::NEG_INFINITY; rows], vec![None; rows]);
        let mut load = vec![0.0; rows];
        let mut add = |column: usize, amount: f64| {
            lp.columns.line(column).iter().for_each(|&(row, a)| load[row] += a * amount);
        };
        for (column, row) in self.packing.iter().enumerate().filter(|(column, _)| lp.upper[*column] > 0.0) {
            let taken = lp.columns.line(column).iter().map(|&(row, a)| self.price[row] * a).sum::<f64>();
            let gain = self.worth[column] - taken;
            match row {
                // Who gains nothing anywhere would still go there first, once there is room.
                Some(row) if gain > most[*row] && (gain > 0.0 || lp.cost[column] < 0.0) => {
                    (most[*row], best[*row]) = (gain, Some(column));
                }
                None if gain > 0.0 => add(column, lp.upper[column]),
                Some(_) | None => {}
            }
        }
        for (row, column) in best.iter().enumerate().filter(|(row, _)| most[*row] > 0.0) {
            if let Some(column) = *column {
                add(column, lp.rhs[row].min(lp.upper[column]));
            }
        }
        for (row, load) in load.into_iter().enumerate() {
            if !self.is_packing[row] {
                self.follow(row, load > lp.rhs[row]);
            }
        }
        best
    }

    fn follow(&mut self, row: usize, rises: bool) {
        let goes_on = std::mem::replace(&mut self.rises[row], rises) == rises;
        self.step[row] *= if goes_on { GROWTH } else { SHRINKAGE };
        self.price[row] += if rises { self.step[row] } else { -self.step[row] };
        let is_equal = self.lp.upper[self.packing.len() + row] == 0.0;
        if self.price[row] < 0.0 && !is_equal {
            self.price[row] = 0.0;
        }
    }
}
