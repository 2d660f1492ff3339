//! The part of a scenario that the networks see: units with needs and values, departures with room.

use fixedbitset::FixedBitSet;

/// Seats, infants on laps, wheelchair places, stretcher places, kilograms, persons below the vetting.
pub(super) const RESOURCES: usize = 6;
/// Position of the seats among the resources.
pub(super) const SEATS: usize = 0;
/// Position of the laps.
pub(super) const LAPS: usize = 1;
/// Position of the kilograms.
pub(super) const MASS: usize = 4;

/// What a unit takes of a departure, by resource.
pub(super) type Take = [i64; RESOURCES];

/// A unit in the networks.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The departures that are open to it: a position among the instance's sets.
    pub(super) set: usize,
    /// What it takes of a departure, by kind of departure.
    pub(super) takes: usize,
    /// Its persons: what a day's cost is multiplied with.
    pub(super) persons: i64,
    /// Its value, levels as digits; see [`super::digits`].
    pub(super) value: i128,
}

/// A problem for the networks.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) sets: Vec<FixedBitSet>,
    pub(super) items: Vec<Item>,
    /// Distinct rows of takes, one take per kind of departure.
    pub(super) takes: Vec<Vec<Take>>,
    /// By departure: which kind it is.
    pub(super) kind: Vec<usize>,
    /// By departure: how much there is of each resource.
    pub(super) room: Vec<Take>,
    /// By departure: what a person aboard costs, as digits.
    pub(super) day_cost: Vec<i128>,
}

impl Instance {
    /// What an item takes of a departure.
    pub(super) fn take(&self, item: usize, departure: usize) -> &Take {
        &self.takes[self.items[item].takes][self.kind[departure]]
    }

    /// The least an item takes of a resource anywhere: what flows for it.
    pub(super) fn need(&self, item: usize, resource: usize) -> i64 {
        self.takes[self.items[item].takes].iter().map(|take| take[resource]).min().unwrap_or(0)
    }

    /// Kilograms that items take in all, and seats.
    pub(super) fn mass_and_seats(&self) -> (i64, i64) {
        let sum = |resource: usize| (0..self.items.len()).map(|item| self.need(item, resource)).sum();
        (sum(MASS), sum(SEATS))
    }

    /// The value of an item aboard a departure.
    pub(super) fn value(&self, item: usize, departure: usize) -> i128 {
        let item = &self.items[item];
        item.value - i128::from(item.persons) * self.day_cost[departure]
    }

    /// The value of a seating.
    pub(super) fn worth(&self, on: &[Option<usize>]) -> i128 {
        on.iter().enumerate().filter_map(|(item, d)| d.map(|d| self.value(item, d))).sum()
    }

    /// What is left of every departure under a seating.
    pub(super) fn left(&self, on: &[Option<usize>]) -> Vec<Take> {
        let mut left = self.room.clone();
        for (item, departure) in on.iter().enumerate() {
            if let Some(d) = *departure {
                let take = self.take(item, d);
                for (left, take) in left[d].iter_mut().zip(take) {
                    *left -= take;
                }
            }
        }
        left
    }
}

/// Whether `take` fits what is left.
pub(super) fn fits(take: &Take, left: &Take) -> bool {
    take.iter().zip(left).all(|(take, left)| take <= left)
}
