//! What to split the plans on: reliability branching, in integers.
//!
//! A departure's `y` comes first; else sums that other departures, or other units, cannot make up for: how many
//! units of a class travel at all, how many of those that take the same, or that take a scarcer resource, board a
//! departure; else single columns. The choice whose two cases lower the bound most is taken. What a choice lowers
//! it by is tried out once, and remembered (Achterberg, Koch and Martin, *Branching rules revisited*, 2005).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::diving::WHOLE;
use super::linear::{Answer, POINT_UNIT, PRICE_UNIT};
use super::prices::Target;
use crate::certificate::Resource;
use crate::model::{Column, RowKey};
use crate::scenario::DepartureIdx;

/// A sum of columns that is not whole.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) columns: Vec<usize>,
    /// The greatest value of the low case.
    pub(super) at_most: i64,
    /// Its relaxed value, in multiples of 1 / [`POINT_UNIT`].
    sum: i64,
    /// How much hangs on it at first sight.
    weight: i128,
}

/// Which of the two cases of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The sum is at most its relaxed value, rounded down.
    Low,
    /// It is more.
    High,
}

/// By how much the relaxed value falls for each whole unit that a sum is moved by, in multiples of 1 /
/// [`POINT_UNIT`].
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    sum: i128,
    count: i128,
}

/// What splits have cost so far, by the columns and the side.
#[derive(Debug, Default)]
pub(super) struct History(FxHashMap<Vec<usize>, [Cost; 2]>);

impl Choice {
    /// A split that is known already.
    pub(super) fn known(columns: &[usize], at_most: i64, answer: &Answer) -> Self {
        Self { columns: columns.to_vec(), at_most, sum: sum(columns, answer), weight: 0 }
    }

    /// Whether the relaxed value is between the two cases.
    pub(super) fn is_near(&self) -> bool {
        self.fraction() > 0 && self.at_most == self.sum.div_euclid(POINT_UNIT)
    }

    fn fraction(&self) -> i128 {
        self.sum.rem_euclid(POINT_UNIT).into()
    }
}

impl Cost {
    fn mean(self) -> i128 {
        if self.count == 0 { 0 } else { self.sum / self.count }
    }
}

impl History {
    /// Whether a split on these columns has shown its cost.
    pub(super) fn knows(&self, choice: &Choice) -> bool {
        self.0.contains_key(&choice.columns)
    }

    /// Learns that a case lowers the relaxed value by `fall`.
    pub(super) fn learn(&mut self, choice: &Choice, side: Side, fall: i128) {
        let unit = i128::from(POINT_UNIT);
        let (at, moved) = match side {
            Side::Low => (0, choice.fraction()),
            Side::High => (1, unit - choice.fraction()),
        };
        let cost = &mut self.0.entry(choice.columns.clone()).or_default()[at];
        cost.sum = cost.sum.saturating_add(fall.saturating_mul(unit) / moved.max(1));
        cost.count += 1;
    }

    /// What a split is expected to lower the bound by: the product of both sides.
    fn score(&self, choice: &Choice) -> i128 {
        let unit = i128::from(POINT_UNIT);
        let costs = self.0.get(&choice.columns).copied().unwrap_or_default();
        let fall = |cost: Cost, moved: i128| (cost.mean().saturating_mul(moved) / unit).max(1);
        fall(costs[0], choice.fraction()).saturating_mul(fall(costs[1], unit - choice.fraction()))
    }

    /// Whether a split is expected to make a difference.
    pub(super) fn praises(&self, choice: &Choice) -> bool {
        self.score(choice) > i128::from(POINT_UNIT / 64)
    }

    /// The best of some choices.
    pub(super) fn best(&self, choices: Vec<Choice>) -> Option<Choice> {
        let scored = choices.into_iter().map(|choice| (self.score(&choice), choice));
        let order = |(a, x): &(i128, Choice), (b, y): &(i128, Choice)| {
            a.cmp(b).then(x.weight.cmp(&y.weight)).then_with(|| y.columns.cmp(&x.columns))
        };
        scored.max_by(order).map(|(_, choice)| choice)
    }
}

/// What a unit takes of a departure, or what its resources cost.
type ByResource = Vec<(Resource, i64)>;

/// What plans can be split on, once it is decided which departures are used.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// All units of a class; those of all classes that take the same of a departure, aboard it; those that take
    /// anything of one of its scarcer resources. With the departures that are open to them.
    sums: Vec<(Vec<usize>, Vec<DepartureIdx>)>,
}

impl Sums {
    /// Of a target's program, what is shut apart.
    pub(super) fn of(target: &Target) -> Self {
        let program = target.program;
        let is_open = |column: &usize| !target.shut.contains(*column);
        let mut takes: BTreeMap<usize, ByResource> = BTreeMap::new();
        for row in &program.rows {
            if let RowKey::Limit(resource, _) = row.key {
                for &(column, a) in row.terms.iter().filter(|(column, a)| *a > 0 && is_open(column)) {
                    takes.entry(column).or_default().push((resource, a));
                }
            }
        }
        let mut alike: BTreeMap<(DepartureIdx, ByResource), Vec<usize>> = BTreeMap::new();
        let mut using: BTreeMap<(DepartureIdx, Resource), Vec<usize>> = BTreeMap::new();
        for (column, takes) in takes {
            let Column::Board(_, d) = program.columns[column] else { continue };
            for &(resource, _) in takes.iter().filter(|(resource, _)| *resource != Resource::Seats) {
                using.entry((d, resource)).or_default().push(column);
            }
            alike.entry((d, takes)).or_default().push(column);
        }
        let whole = program.of_class.iter().map(|range| {
            let open = || range.clone().filter(is_open);
            (open().collect(), open().map(|column| program.departure(column)).collect())
        });
        let alike = alike.into_iter().map(|((d, _), columns)| (columns, vec![d]));
        let using = using.into_iter().map(|((d, _), columns)| (columns, vec![d]));
        let mut sums: Vec<(Vec<usize>, Vec<DepartureIdx>)> = whole.chain(alike).chain(using).collect();
        let mut known = FxHashSet::default();
        sums.retain(|(columns, _)| !columns.is_empty() && known.insert(columns.clone()));
        Self { sums }
    }
}

/// The choices at a relaxed point: whether departures are used, if that is open, the weightiest first; else sums,
/// those first where few departures have such prices, for there the relaxation has to do what is not whole; else
/// single columns.
pub(super) fn choices(target: &Target, answer: &Answer, sums: &Sums) -> Vec<Choice> {
    let program = target.program;
    let boards = program.boards();
    let decisions = (boards..program.columns.len()).filter(|&column| is_decision(target, &[column]));
    let rare = rarity(target, answer);
    let rarity_of = |departures: &[DepartureIdx]| {
        departures.iter().filter_map(|d| rare.get(d)).min().copied().unwrap_or(usize::MAX)
    };
    let by_rarity = sums.sums.iter().filter_map(|(columns, departures)| {
        let choice = choice(target, answer, columns)?;
        Some((
            (
                rarity_of(departures),
                Reverse(choice.fraction().min(i128::from(POINT_UNIT) - choice.fraction())),
            ),
            choice,
        ))
    });
    let weightiest = |columns: Vec<usize>| {
        let choice = choice(target, answer, &columns)?;
        Some(((0, Reverse(choice.weight)), choice))
    };
    let some = |found: Vec<((usize, Reverse<i128>), Choice)>| (!found.is_empty()).then_some(found);
    let mut found = some(decisions.filter_map(|column| weightiest(vec![column])).collect())
        .or_else(|| some(by_rarity.collect()))
        .unwrap_or_else(|| (0..boards).filter_map(|column| weightiest(vec![column])).collect());
    found.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.columns.cmp(&y.columns)));
    found.into_iter().map(|(_, choice)| choice).collect()
}

/// By departure: how many have the same prices of their limits.
fn rarity(target: &Target, answer: &Answer) -> BTreeMap<DepartureIdx, usize> {
    let mut prices: BTreeMap<DepartureIdx, ByResource> = BTreeMap::new();
    for (row, price) in target.rows().zip(&answer.prices) {
        if let RowKey::Limit(resource, d) = row.key {
            prices.entry(d).or_default().push((resource, price / (PRICE_UNIT / 1024)));
        }
    }
    let mut known: BTreeMap<&[(Resource, i64)], usize> = BTreeMap::new();
    for prices in prices.values() {
        *known.entry(prices).or_default() += 1;
    }
    prices.iter().map(|(d, prices)| (*d, known[prices.as_slice()])).collect()
}

/// Whether a split on these columns decides if a departure is used.
pub(super) fn is_decision(target: &Target, columns: &[usize]) -> bool {
    matches!(columns, [column] if matches!(target.program.columns[*column], Column::Used(_)))
}

/// Whether departures that are used cost something, of a budget or of the level.
pub(super) fn decisions_cost(target: &Target) -> bool {
    let mut costs = target.objective.iter().enumerate().filter(|(_, c)| **c != 0);
    target.rows().any(|row| row.key == RowKey::Budget)
        || costs.any(|(column, _)| is_decision(target, &[column]))
}

fn choice(target: &Target, answer: &Answer, columns: &[usize]) -> Option<Choice> {
    let sum = sum(columns, answer);
    let fraction = sum.rem_euclid(POINT_UNIT);
    let halfness = fraction.min(POINT_UNIT - fraction);
    (halfness > WHOLE).then(|| {
        let worth = columns.iter().map(|&column| target.objective[column].abs()).max().unwrap_or(0);
        let weight = i128::from(halfness) * i128::from(worth + 1);
        Choice { columns: columns.to_vec(), at_most: sum.div_euclid(POINT_UNIT), sum, weight }
    })
}

/// The relaxed value of some columns; a solver may say anything.
fn sum(columns: &[usize], answer: &Answer) -> i64 {
    columns.iter().fold(0, |sum, &column| sum.saturating_add(answer.point[column]))
}

/// In which case of a split a relaxed point is, if it is in one.
pub(super) fn side(columns: &[usize], at_most: i64, answer: &Answer) -> Option<Side> {
    let sum = sum(columns, answer);
    let (low, high) = (at_most.saturating_mul(POINT_UNIT), (at_most + 1).saturating_mul(POINT_UNIT));
    if sum <= low + WHOLE {
        Some(Side::Low)
    } else if sum >= high - WHOLE {
        Some(Side::High)
    } else {
        None
    }
}
