//! The exact bound of each level from the networks' prices.
//!
//! The prices are lexicographic, so those of level *k* are theirs with the digits of later levels cut
//! off; an earlier level *j* enters as its row with the price `2^(shift_j - shift_k)`. What is evaluated
//! is FORMAT's bound, exactly, item type by item type; it holds for any prices.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::digits::{Digits, cut};
use super::fluid::PARTS;
use super::instance::{Instance, LAPS, RESOURCES, SEATS, Take};
use super::sums::{Sum, Where};

/// Types that are worth a thread's while.
const TYPES: usize = 256;

/// Items that are alike.
#[derive(Clone, Debug)]
pub(super) struct Type {
    /// One of them.
    pub(super) item: usize,
    /// How many.
    pub(super) count: i64,
    /// All of them.
    pub(super) members: Vec<usize>,
}

/// Items by set, takes, persons and value.
pub(super) fn types(instance: &Instance) -> Vec<Type> {
    let mut known: FxHashMap<(usize, usize, i64, i128), usize> = FxHashMap::default();
    let mut types: Vec<Type> = Vec::new();
    for (item, of) in instance.items.iter().enumerate() {
        let at = *known.entry((of.set, of.takes, of.persons, of.value)).or_insert(types.len());
        match types.get_mut(at) {
            Some(known) => {
                known.count += 1;
                known.members.push(item);
            }
            None => types.push(Type { item, count: 1, members: vec![item] }),
        }
    }
    types
}

/// Prices by resource and departure, over a denominator that goes with them.
#[derive(Clone, Debug)]
pub(super) struct Prices(pub(super) [Vec<i128>; RESOURCES]);

impl Prices {
    /// All prices 0.
    pub(super) fn free(departures: usize) -> Self {
        Self(std::array::from_fn(|_| vec![0; departures]))
    }

    /// These lexicographic prices at level `k`: later digits cut off.
    pub(super) fn cut(&self, digits: &Digits, k: usize) -> Self {
        let all = |prices: &Vec<i128>| prices.iter().map(|price| cut(*price, digits.shift[k])).collect();
        Self(std::array::from_fn(|resource| all(&self.0[resource])))
    }

    /// What an item pays on a departure.
    pub(super) fn cost(&self, take: &Take, departure: usize) -> i128 {
        let pay = |resource: usize| match take[resource] {
            0 => 0,
            taken => self.0[resource][departure] * i128::from(taken),
        };
        (0..RESOURCES).map(pay).sum()
    }
}

/// What items are worth when each level counts so much: values by item, costs of a person by departure.
#[derive(Clone, Debug)]
pub(super) struct Worth {
    pub(super) value: Vec<i128>,
    pub(super) day_cost: Vec<i128>,
}

/// What an item gains on a departure: its worth there less what it pays; may be negative.
pub(super) fn gain(
    instance: &Instance,
    worth: &Worth,
    prices: &Prices,
    item: usize,
    departure: usize,
) -> i128 {
    let persons = i128::from(instance.items[item].persons);
    let paid = prices.cost(instance.take(item, departure), departure);
    worth.value[item] - persons * worth.day_cost[departure] - paid
}

/// What items gain at most.
pub(super) struct Gains<'i> {
    instance: &'i Instance,
    worth: &'i Worth,
    prices: &'i Prices,
    /// By set: the least that a seat with its person's day costs.
    cheapest_seat: Vec<i128>,
    /// By resource: whether it costs anything anywhere.
    priced: [bool; RESOURCES],
}

impl<'i> Gains<'i> {
    pub(super) fn new(instance: &'i Instance, worth: &'i Worth, prices: &'i Prices) -> Self {
        let seat: Vec<i128> =
            prices.0[SEATS].iter().zip(&worth.day_cost).map(|(price, day)| price + day).collect();
        let cheapest = |set: &fixedbitset::FixedBitSet| set.ones().map(|d| seat[d]).min().unwrap_or(0);
        let cheapest_seat = instance.sets.iter().map(cheapest).collect();
        let costs = |r: usize| prices.0[r].iter().any(|price| *price != 0);
        Self { instance, worth, prices, cheapest_seat, priced: std::array::from_fn(costs) }
    }

    /// The most that the item gains anywhere, or 0.
    pub(super) fn most(&self, item: usize) -> i128 {
        let of = &self.instance.items[item];
        if self.seats_alone(item) {
            let cost = self.cheapest_seat[of.set] * i128::from(of.persons);
            return (self.worth.value[item] - cost).max(0);
        }
        let open = self.instance.sets[of.set].ones();
        open.map(|d| gain(self.instance, self.worth, self.prices, item, d)).max().unwrap_or(0).max(0)
    }

    /// The most that a type's items gain anywhere, or 0, when they pay these surcharges besides.
    fn most_with(&self, position: usize, of: &Type, surcharges: &[(Sum, i128)]) -> i128 {
        let own: Vec<(Where, i128)> = surcharges
            .iter()
            .filter_map(|&(sum, price)| Some((sum.counts(self.instance, position, of)?, price)))
            .collect();
        if own.is_empty() {
            return self.most(of.item);
        }
        let paid =
            |d: usize| -> i128 { own.iter().filter(|(at, _)| at.is_at(d)).map(|(_, price)| price).sum() };
        let open = self.instance.sets[self.instance.items[of.item].set].ones();
        let gains = open.map(|d| gain(self.instance, self.worth, self.prices, of.item, d) - paid(d));
        gains.max().unwrap_or(0).max(0)
    }

    /// Whether the item takes a seat a person and nothing else that has a price.
    fn seats_alone(&self, item: usize) -> bool {
        let of = &self.instance.items[item];
        self.instance.takes[of.takes].iter().all(|take| {
            take[SEATS] == of.persons && (LAPS..RESOURCES).all(|r| take[r] == 0 || !self.priced[r])
        })
    }
}

/// How much each level counts in a bound: the level at hand as the denominator, earlier ones as the
/// prices of their rows.
#[derive(Clone, Debug)]
pub(super) struct Multipliers {
    /// By digit up to the level's own, which comes last and is the denominator.
    pub(super) of_level: Vec<i128>,
}

impl Multipliers {
    /// Those of lexicographic prices at level `k`.
    pub(super) fn lexicographic(digits: &Digits, k: usize) -> Self {
        Self { of_level: (0..=k).map(|j| PARTS << (digits.shift[j] - digits.shift[k])).collect() }
    }

    /// Levels up to `k` that count alike.
    pub(super) fn alike(k: usize) -> Self {
        Self { of_level: vec![PARTS; k + 1] }
    }

    /// The denominator.
    pub(super) fn denominator(&self) -> i128 {
        self.of_level.last().copied().unwrap_or(1)
    }
}

/// What the bound is before it is divided by the denominator and rounded down. `surcharges` are paid by every
/// unit that a sum counts.
pub(super) fn total(
    instance: &Instance,
    types: &[Type],
    worth: &Worth,
    prices: &Prices,
    multipliers: &Multipliers,
    kept: &[i64],
    surcharges: &[(Sum, i128)],
) -> Option<i128> {
    let mut sum: i128 = 0;
    for (resource, by_departure) in prices.0.iter().enumerate() {
        for (price, room) in by_departure.iter().zip(&instance.room).filter(|(price, _)| **price != 0) {
            sum = sum.checked_add(price.checked_mul(room[resource].into())?)?;
        }
    }
    let gains = Gains::new(instance, worth, prices);
    let gained = |(position, of): (usize, &Type)| {
        gains.most_with(position, of, surcharges).checked_mul(of.count.into())
    };
    let all = types.par_iter().with_min_len(TYPES).enumerate().map(gained);
    sum = sum.checked_add(all.try_reduce(|| 0, i128::checked_add)?)?;
    let earlier = multipliers.of_level.len() - 1;
    for (price, &kept) in multipliers.of_level[..earlier].iter().zip(kept) {
        sum = sum.checked_sub(price.checked_mul(kept.into())?)?;
    }
    Some(sum)
}

/// The bound of the last of the multipliers' levels, maximised in its own direction: what no plan can
/// pass that keeps the earlier levels at `kept`.
pub(super) fn bound(
    instance: &Instance,
    types: &[Type],
    worth: &Worth,
    prices: &Prices,
    multipliers: &Multipliers,
    kept: &[i64],
) -> Option<i64> {
    let total = total(instance, types, worth, prices, multipliers, kept, &[])?;
    i64::try_from(total.div_euclid(multipliers.denominator())).ok()
}
