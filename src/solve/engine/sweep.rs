//! Prices of the rarer resources: laps, wheelchairs, and whatever else a departure limits.
//!
//! The bound is convex in one price. Its least value is found exactly: every item that takes of the
//! resource bids what it would pay a unit before it went elsewhere or stayed, and the price is the
//! highest bid that is left once the room is full.

use super::bound::{Prices, Type, gain};
use super::instance::{Instance, RESOURCES};
use super::simplex::UNLIMITED;

/// Sets each price of `resources` in turn, departure by departure, `rounds` times.
pub(super) fn sweep(
    instance: &Instance,
    types: &[Type],
    prices: &mut Prices,
    resources: &[usize],
    rounds: usize,
) {
    for _ in 0..rounds {
        for &resource in resources {
            let takers = takers(instance, types, resource);
            for (departure, takers) in takers.iter().enumerate() {
                let room = instance.room[departure][resource];
                if room < UNLIMITED {
                    prices.0[resource][departure] =
                        price(instance, types, prices, resource, departure, takers, room);
                }
            }
        }
    }
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

fn price(
    instance: &Instance,
    types: &[Type],
    prices: &mut Prices,
    resource: usize,
    departure: usize,
    takers: &[usize],
    room: i64,
) -> i128 {
    let wanted: i64 =
        takers.iter().map(|&t| types[t].count * instance.take(types[t].item, departure)[resource]).sum();
    prices.0[resource][departure] = 0;
    if wanted <= room {
        return 0;
    }
    let mut bids: Vec<(i128, i64)> = Vec::with_capacity(takers.len());
    for &position in takers {
        let item = types[position].item;
        let need = instance.take(item, departure)[resource];
        let elsewhere = instance.sets[instance.items[item].set].ones().filter(|&d| d != departure);
        let other = elsewhere.map(|d| gain(instance, prices, 0, item, d)).max().unwrap_or(0).max(0);
        bids.push((
            (gain(instance, prices, 0, item, departure) - other).div_euclid(i128::from(need)),
            need * types[position].count,
        ));
    }
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
