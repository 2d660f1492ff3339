//! From flows to a plan: items are committed one by one while the fluid rest stays as valuable.
//!
//! The hard items come first (infants on laps, wheelchairs, then large families), single persons last:
//! for them the flow is integral. An item goes where its own flow leads, or where it is as cheap; the
//! rest is rerouted at no cost. What cannot be placed so is left to the end, when every place that is
//! still free is offered to whoever is worth most.

use super::fluid::{Fluid, weight};
use super::instance::{Instance, LAPS, SEATS, Take, fits};

/// Candidates beyond those that the flow reaches.
const AS_CHEAP: usize = 60;

/// Where each item goes.
pub(super) type Seating = Vec<Option<usize>>;

/// A plan from the flows. `turn` shuffles items that are alike, so that another turn finds another plan.
pub(super) fn dive(instance: &Instance, fluids: &mut [Fluid], turn: u64) -> Seating {
    let mut dive =
        Dive { instance, fluids, on: vec![None; instance.items.len()], left: instance.room.clone() };
    for item in order(instance, turn) {
        dive.place(item);
    }
    dive.complete();
    dive.on
}

/// Adds the items `rest` to a plan, in what room it leaves, by the networks that `pour` makes of them; and gives
/// every place that is still free to whoever is worth most.
pub(super) fn seat_rest(
    instance: &Instance,
    mut on: Seating,
    rest: Vec<usize>,
    pour: impl FnOnce(&Instance) -> Vec<Fluid>,
) -> Seating {
    let part = Instance {
        items: rest.iter().map(|&item| instance.items[item].clone()).collect(),
        room: instance.left(&on),
        ..instance.clone()
    };
    for (item, seat) in rest.into_iter().zip(dive(&part, &mut pour(&part), 0)) {
        on[item] = seat;
    }
    fill(instance, on)
}

/// A plan with every place that is still free given to whoever is worth most and fits.
pub(super) fn fill(instance: &Instance, on: Seating) -> Seating {
    fill_as(instance, on, &[])
}

/// The same once those who wait are where `wish` has them, as far as there is room.
pub(super) fn fill_as(instance: &Instance, on: Seating, wish: &[Option<usize>]) -> Seating {
    let left = instance.left(&on);
    let mut dive = Dive { instance, fluids: &mut [], on, left };
    for (item, &seat) in wish.iter().enumerate() {
        let open = seat.filter(|&d| dive.on[item].is_none() && fits(instance.take(item, d), &dive.left[d]));
        if let Some(d) = open {
            dive.seat(item, d);
        }
    }
    dive.complete();
    dive.on
}

/// Laps, then the rarer resources, then seats, most first.
fn order(instance: &Instance, turn: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..instance.items.len()).collect();
    order.sort_by_cached_key(|&item| {
        let rare = instance.takes[instance.items[item].takes].iter().map(|take| take[2] + take[3]).max();
        let laps = instance.need(item, LAPS);
        let seats = instance.need(item, SEATS);
        (-laps, rare.map(|rare| -rare), -seats, -weight(instance, item), mix(turn, item), item)
    });
    order
}

/// A number that looks random, the same for the same pair; 0 for turn 0.
fn mix(turn: u64, item: usize) -> u64 {
    if turn == 0 {
        return 0;
    }
    let seed = turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::try_from(item).unwrap_or(0);
    let a = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    b ^ (b >> 31)
}

struct Dive<'i> {
    instance: &'i Instance,
    fluids: &'i mut [Fluid],
    on: Seating,
    left: Vec<Take>,
}

impl Dive<'_> {
    fn place(&mut self, item: usize) {
        let flows =
            self.fluids.iter().all(|fluid| fluid.carries(item, self.instance.need(item, fluid.resource())));
        let settled = (!flows && self.leave(item)) || self.place_without_loss(item);
        if !settled && !self.leave(item) {
            self.force_out(item);
        }
    }

    fn place_without_loss(&mut self, item: usize) -> bool {
        let laps = self.instance.need(item, LAPS) > 0;
        let candidates = self.candidates(item);
        let careful = candidates.iter().any(|&d| self.try_at(item, d, laps));
        careful || (laps && candidates.iter().any(|&d| self.try_at(item, d, false)))
    }

    fn candidates(&self, item: usize) -> Vec<usize> {
        let mut candidates: Vec<usize> =
            self.fluids.first().map_or_else(Vec::new, |fluid| fluid.outlets(item));
        let set = &self.instance.sets[self.instance.items[item].set];
        let cheap = |d: &usize| self.fluids.iter().all(|fluid| fluid.is_cheapest(item, *d));
        let known: rustc_hash::FxHashSet<usize> = candidates.iter().copied().collect();
        candidates.extend(set.ones().filter(|d| !known.contains(d)).filter(cheap).take(AS_CHEAP));
        candidates
    }

    /// Commits the item to a departure. `sparing`: only where its infants do not strand laps without
    /// seats, that is where at least as many seats as laps stay free.
    fn try_at(&mut self, item: usize, departure: usize, sparing: bool) -> bool {
        let take = self.instance.take(item, departure);
        let left = &self.left[departure];
        let strands = left[SEATS] - take[SEATS] < (left[LAPS] - take[LAPS]).min(left[SEATS]);
        if !fits(take, left) || (sparing && strands && left[LAPS] < super::simplex::UNLIMITED / 2) {
            return false;
        }
        let take = *take;
        for position in 0..self.fluids.len() {
            let fluid = &mut self.fluids[position];
            let resource = fluid.resource();
            fluid.mark();
            if !fluid.commit(item, self.instance.need(item, resource), departure, take[resource]) {
                for fluid in &mut self.fluids[..=position] {
                    fluid.roll_back();
                }
                return false;
            }
        }
        self.seat(item, departure);
        true
    }

    fn leave(&mut self, item: usize) -> bool {
        for position in 0..self.fluids.len() {
            let need = self.instance.need(item, self.fluids[position].resource());
            self.fluids[position].mark();
            if !self.fluids[position].leave(item, need) {
                for fluid in &mut self.fluids[..=position] {
                    fluid.roll_back();
                }
                return false;
            }
        }
        true
    }

    fn force_out(&mut self, item: usize) {
        for fluid in &mut *self.fluids {
            let need = self.instance.need(item, fluid.resource());
            fluid.drop(item, need);
        }
    }

    fn seat(&mut self, item: usize, departure: usize) {
        let take = *self.instance.take(item, departure);
        for (left, take) in self.left[departure].iter_mut().zip(take) {
            *left -= take;
        }
        self.on[item] = Some(departure);
    }

    /// Every place that is still free, to whoever is worth most and fits.
    fn complete(&mut self) {
        let instance = self.instance;
        let mut waiting: Vec<usize> = (0..self.on.len()).filter(|&item| self.on[item].is_none()).collect();
        waiting.sort_by_cached_key(|&item| (-weight(instance, item), -instance.items[item].value, item));
        for item in waiting {
            let set = &instance.sets[instance.items[item].set];
            let fitting = set.ones().filter(|&d| fits(instance.take(item, d), &self.left[d]));
            let best = fitting
                .max_by_key(|&d| (instance.value(item, d), -self.left[d][SEATS], std::cmp::Reverse(d)));
            if let Some(d) = best.filter(|&d| instance.value(item, d) > 0) {
                self.seat(item, d);
            }
        }
    }
}
