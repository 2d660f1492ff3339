//! The exact bound of each level from the networks' prices.
//!
//! The prices are lexicographic, so those of level *k* are theirs with the digits of later levels cut
//! off; an earlier level *j* enters as its row with the price `2^(shift_j - shift_k)`. What is evaluated
//! is FORMAT's bound, exactly, item type by item type; it holds for any prices.

use rustc_hash::FxHashMap;

use super::digits::{Digits, cut};
use super::fluid::PARTS;
use super::instance::{Instance, LAPS, RESOURCES, SEATS};

/// Items that are alike.
#[derive(Clone, Debug)]
pub(super) struct Type {
    /// One of them.
    pub(super) item: usize,
    /// How many.
    pub(super) count: i64,
}

/// Items by set, takes, persons and value.
pub(super) fn types(instance: &Instance) -> Vec<Type> {
    let mut known: FxHashMap<(usize, usize, i64, i128), usize> = FxHashMap::default();
    let mut types: Vec<Type> = Vec::new();
    for (item, of) in instance.items.iter().enumerate() {
        let at = *known.entry((of.set, of.takes, of.persons, of.value)).or_insert(types.len());
        match types.get_mut(at) {
            Some(known) => known.count += 1,
            None => types.push(Type { item, count: 1 }),
        }
    }
    types
}

/// Prices by resource and departure, levels as digits, in [`PARTS`] of a value.
#[derive(Clone, Debug)]
pub(super) struct Prices(pub(super) [Vec<i128>; RESOURCES]);

impl Prices {
    /// All prices 0.
    pub(super) fn free(departures: usize) -> Self {
        Self(std::array::from_fn(|_| vec![0; departures]))
    }

    /// These prices at level `k`: later digits cut off.
    pub(super) fn cut(&self, digits: &Digits, k: usize) -> Self {
        let cut_all = |prices: &Vec<i128>| prices.iter().map(|price| cut(*price, digits.shift[k])).collect();
        Self(std::array::from_fn(|resource| cut_all(&self.0[resource])))
    }

    /// What an item pays on a departure.
    pub(super) fn cost(&self, take: &super::instance::Take, departure: usize) -> i128 {
        let pay = |resource: usize| match take[resource] {
            0 => 0,
            taken => self.0[resource][departure] * i128::from(taken),
        };
        (0..RESOURCES).map(pay).sum()
    }
}

/// The gain of an item on a departure: its value, later digits cut off, less what it pays; may be
/// negative. `prices` are cut already.
pub(super) fn gain(instance: &Instance, prices: &Prices, shift: u32, item: usize, departure: usize) -> i128 {
    let of = &instance.items[item];
    let day = cut(instance.day_cost[departure], shift) * i128::from(of.persons);
    (cut(of.value, shift) - day) * PARTS - prices.cost(instance.take(item, departure), departure)
}

/// What items gain at most at cut prices.
pub(super) struct Gains<'i> {
    instance: &'i Instance,
    prices: &'i Prices,
    shift: u32,
    /// By set: the least that a seat with its person's day costs.
    cheapest_seat: Vec<i128>,
    /// By resource: whether it costs anything anywhere.
    priced: [bool; RESOURCES],
}

impl<'i> Gains<'i> {
    pub(super) fn new(instance: &'i Instance, prices: &'i Prices, shift: u32) -> Self {
        let day = |d: usize| cut(instance.day_cost[d], shift) * PARTS;
        let seat: Vec<i128> = prices.0[SEATS].iter().enumerate().map(|(d, price)| price + day(d)).collect();
        let cheapest = |set: &fixedbitset::FixedBitSet| set.ones().map(|d| seat[d]).min().unwrap_or(0);
        let priced = std::array::from_fn(|r| prices.0[r].iter().any(|price| *price != 0));
        Self { instance, prices, shift, cheapest_seat: instance.sets.iter().map(cheapest).collect(), priced }
    }

    /// The most that the item gains anywhere, or 0.
    pub(super) fn most(&self, item: usize) -> i128 {
        let of = &self.instance.items[item];
        if self.seats_alone(item) {
            let cost = self.cheapest_seat[of.set] * i128::from(of.persons);
            return (cut(of.value, self.shift) * PARTS - cost).max(0);
        }
        let open = self.instance.sets[of.set].ones();
        open.map(|d| gain(self.instance, self.prices, self.shift, item, d)).max().unwrap_or(0).max(0)
    }

    /// Whether the item takes a seat a person and nothing else that has a price.
    fn seats_alone(&self, item: usize) -> bool {
        let of = &self.instance.items[item];
        self.instance.takes[of.takes].iter().all(|take| {
            take[SEATS] == of.persons && (LAPS..RESOURCES).all(|r| take[r] == 0 || !self.priced[r])
        })
    }
}

/// The bound of level `k` in its own direction, maximised: what no plan can pass that keeps the earlier
/// digits at `best` (each in its direction, less its tolerance). `prices` are cut at `k`.
pub(super) fn bound(
    instance: &Instance,
    types: &[Type],
    prices: &Prices,
    digits: &Digits,
    k: usize,
    kept: &[i64],
) -> Option<i64> {
    let mut sum: i128 = 0;
    for (resource, by_departure) in prices.0.iter().enumerate() {
        for (price, room) in by_departure.iter().zip(&instance.room).filter(|(price, _)| **price != 0) {
            sum = sum.checked_add(price.checked_mul(room[resource].into())?)?;
        }
    }
    let gains = Gains::new(instance, prices, digits.shift[k]);
    for of in types {
        sum = sum.checked_add(gains.most(of.item).checked_mul(of.count.into())?)?;
    }
    for (j, &kept) in kept.iter().enumerate().take(k) {
        sum = sum.checked_sub(level_price(digits, j, k).checked_mul(kept.into())?)?;
    }
    i64::try_from(sum.div_euclid(PARTS)).ok()
}

/// The price of an earlier level's row at level `k`, in [`PARTS`].
pub(super) fn level_price(digits: &Digits, j: usize, k: usize) -> i128 {
    PARTS << (digits.shift[j] - digits.shift[k])
}
