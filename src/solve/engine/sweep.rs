//! Prices of the rarer resources: laps, wheelchairs, and whatever else a departure limits.
//!
//! The bound is convex in one price. Its least value is found exactly: every item that takes of the
//! resource bids what it would pay a unit before it went elsewhere or stayed, and the price is the
//! highest bid that is left once the room is full.

use super::bound::{Prices, Type, Worth, gain};
use super::instance::{Instance, RESOURCES};
use super::simplex::UNLIMITED;

/// Sets each price of `resources` in turn, departure by departure, `rounds` times.
pub(super) fn sweep(
    instance: &Instance,
    types: &[Type],
    worth: &Worth,
    prices: &mut Prices,
    resources: &[usize],
    rounds: usize,
) {
    for _ in 0..rounds {
        for &resource in resources {
            let mut sweep = Sweep::new(instance, types, worth, prices, resource);
            for departure in 0..instance.room.len() {
                sweep.settle(departure);
            }
        }
    }
}

/// One resource's prices, with what each taker gains at most on any departure but one.
struct Sweep<'s> {
    instance: &'s Instance,
    types: &'s [Type],
    worth: &'s Worth,
    prices: &'s mut Prices,
    resource: usize,
    /// By departure: the types that take of the resource there.
    takers: Vec<Vec<usize>>,
    /// By type: its two best gains, and where the best is.
    best: Vec<(i128, i128, usize)>,
}

impl<'s> Sweep<'s> {
    fn new(
        instance: &'s Instance,
        types: &'s [Type],
        worth: &'s Worth,
        prices: &'s mut Prices,
        resource: usize,
    ) -> Self {
        let takers = takers(instance, types, resource);
        let mut sweep = Self {
            instance,
            types,
            worth,
            prices,
            resource,
            takers,
            best: vec![(0, 0, usize::MAX); types.len()],
        };
        for position in 0..types.len() {
            if sweep.takes(position) {
                sweep.rank(position);
            }
        }
        sweep
    }

    fn takes(&self, position: usize) -> bool {
        let takes = &self.instance.takes[self.instance.items[self.types[position].item].takes];
        takes.iter().any(|take| take[self.resource] > 0)
    }

    fn gain(&self, position: usize, departure: usize) -> i128 {
        gain(self.instance, self.worth, self.prices, self.types[position].item, departure)
    }

    /// Finds the two best gains of a type; staying gains nothing.
    fn rank(&mut self, position: usize) {
        let set = &self.instance.sets[self.instance.items[self.types[position].item].set];
        let mut best = (0, 0, usize::MAX);
        for d in set.ones() {
            let gain = self.gain(position, d);
            if gain > best.0 {
                best = (gain, best.0, d);
            } else if gain > best.1 {
                best.1 = gain;
            }
        }
        self.best[position] = best;
    }

    /// Sets the price on one departure where the bound is least.
    fn settle(&mut self, departure: usize) {
        let room = self.instance.room[departure][self.resource];
        let need = |position: usize| {
            let item = self.types[position].item;
            self.instance.take(item, departure)[self.resource]
        };
        let wanted: i64 =
            self.takers[departure].iter().map(|&t| self.types[t].count.saturating_mul(need(t))).sum();
        let before = self.prices.0[self.resource][departure];
        if room >= UNLIMITED || (wanted <= room && before == 0) {
            return;
        }
        let mut bids: Vec<(i128, i64)> = Vec::with_capacity(self.takers[departure].len());
        for &position in &self.takers[departure] {
            let need = need(position);
            let free = self.gain(position, departure) + before * i128::from(need);
            let (first, second, at) = self.best[position];
            let elsewhere = if at == departure { second } else { first };
            bids.push(((free - elsewhere).div_euclid(i128::from(need)), need * self.types[position].count));
        }
        let price = if wanted <= room { 0 } else { highest_left(bids, room) };
        if price != before {
            self.prices.0[self.resource][departure] = price;
            for position in self.takers[departure].clone() {
                self.rank(position);
            }
        }
    }
}

/// The highest bid that finds no room, the higher ones having taken theirs; 0 where all find some.
fn highest_left(mut bids: Vec<(i128, i64)>, room: i64) -> i128 {
    bids.sort_unstable_by(|a, b| b.cmp(a));
    let mut full = room;
    for (bid, need) in bids {
        full -= need;
        if full < 0 {
            return bid.max(0);
        }
    }
    0
}

/// The resources that any item takes of and any departure limits, apart from the first `networks`.
pub(super) fn swept(instance: &Instance, networks: usize) -> Vec<usize> {
    let limited = |r: &usize| instance.room.iter().any(|room| room[*r] < UNLIMITED);
    let taken = |r: &usize| instance.takes.iter().flatten().any(|take| take[*r] > 0);
    (networks..RESOURCES).filter(|r| limited(r) && taken(r)).collect()
}

/// By departure: the types that take of the resource there.
fn takers(instance: &Instance, types: &[Type], resource: usize) -> Vec<Vec<usize>> {
    let mut takers = vec![Vec::new(); instance.room.len()];
    for (position, of) in types.iter().enumerate() {
        if instance.takes[instance.items[of.item].takes].iter().all(|take| take[resource] == 0) {
            continue;
        }
        for d in instance.sets[instance.items[of.item].set].ones() {
            if instance.take(of.item, d)[resource] > 0 {
                takers[d].push(position);
            }
        }
    }
    takers
}
