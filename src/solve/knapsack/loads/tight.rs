//! The level's own program with what the prices say of each kind of bin as a further row.
//!
//! At given prices no load of a bin gains more than its best one. With these rows the program's relaxation is
//! bounded as the prices bound it, so where that leaves nothing better a search of it ends at its root.

use super::bound::Prices;
use super::{Instance, Loading, Target, UNIT};
use crate::solve::linear::{Search, Task};

/// Fractions of the unit to which prices are rounded, the finest first: coefficients of a program have to be
/// small.
const FRACTIONS: [i64; 5] = [4096, 1024, 128, 16, 4];

/// Prices over a smaller unit, whose bound is still at most `value`.
pub(super) fn rounded(
    loading: &Loading,
    prices: &Prices,
    value: i64,
    fraction: i64,
) -> Option<(Prices, Vec<i64>)> {
    let step = UNIT / fraction;
    let round = |price: &i64| (price + step / 2).div_euclid(step) * step;
    let prices = Prices {
        things: prices.things.iter().map(round).collect(),
        sides: prices.sides.iter().map(round).collect(),
    };
    let best = loading.bound(&prices)?;
    (best.floor() <= value).then_some((prices, best.tops))
}

/// The programs of all plans of more than `value`, which their relaxations do not pass, with the rows in smaller and smaller numbers.
pub(super) fn programs<'a>(
    instance: &'a Instance,
    target: &'a Target,
    loading: &'a Loading,
    prices: &'a Prices,
    value: i64,
) -> impl Iterator<Item = Task> + 'a {
    FRACTIONS.into_iter().filter_map(move |fraction| {
        let (prices, tops) = rounded(loading, prices, value, fraction)?;
        program(instance, target, loading, &prices, &tops, UNIT / fraction, value + 1)
    })
}

fn program(
    instance: &Instance,
    target: &Target,
    loading: &Loading,
    prices: &Prices,
    tops: &[i64],
    step: i64,
    aim: i64,
) -> Option<Task> {
    let mut task = target.task(Search::Relaxation, None);
    let mut sides: Vec<Vec<(usize, i64)>> = vec![Vec::new(); loading.sides.len()];
    for (kind, top) in loading.kinds.iter().zip(tops) {
        let gains = kind.gains(prices)?;
        let used = kind.gain_of_use(prices)?;
        let (mut terms, mut at_most) = (Vec::new(), 0);
        for &bin in &kind.bins {
            for (offer, gain) in kind.offers.iter().zip(&gains) {
                let column = instance.column(target, offer.class, bin)?;
                terms.push((column, gain / step));
                for (terms, side) in sides.iter_mut().zip(&offer.sides) {
                    terms.push((column, *side));
                }
            }
            match instance.used(target, bin) {
                Some(y) => terms.push((y, (used - top) / step)),
                None => at_most += top / step,
            }
        }
        terms.retain(|(_, a)| *a != 0);
        task.rows.push((terms, at_most, false));
    }
    for (mut terms, at_most) in sides.into_iter().zip(&loading.sides).skip(target.more.len()) {
        terms.retain(|(_, a)| *a != 0);
        task.rows.push((terms, *at_most, false));
    }
    let value = target.objective.iter().enumerate().filter(|(_, a)| **a != 0);
    task.rows.push((value.map(|(column, a)| (column, -a)).collect(), target.constant - aim, false));
    Some(task)
}
