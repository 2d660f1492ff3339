//! Who has a place for certain: pins and locked manifests. They are taken out and the places with them; in a
//! proof each is one row `x = 1`, whose price takes what the unit gains there beyond what it could elsewhere.

use std::collections::BTreeMap;

use super::bound::{Multipliers, Prices};
use super::instance::{Instance, Take, fits};
use super::simplex::UNLIMITED;
use super::{Engine, dive, pour, setup};
use crate::eligibility::Eligibility;
use crate::model::measure::Objective;
use crate::scenario::{Baseline, DepartureIdx, UnitIdx, Was};

/// A unit whose place is certain.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    pub(super) unit: UnitIdx,
    pub(super) departure: DepartureIdx,
    /// By departure open to it: what it takes, and by level its coefficient.
    choices: Vec<Choice>,
}

#[derive(Clone, Debug)]
struct Choice {
    departure: DepartureIdx,
    take: Take,
    coefficients: Vec<i64>,
}

/// Those who have a place for certain, by unit; `None` where one is to be in two places.
pub(super) fn fixed(eligibility: &Eligibility, objectives: &[Objective]) -> Option<Vec<Fixed>> {
    let scenario = eligibility.scenario();
    let pinned = scenario.pins.iter().map(|pin| (pin.unit, pin.departure));
    let units = (0..scenario.units.len()).map(UnitIdx::new);
    let held = units.filter_map(|unit| eligibility.held(unit).map(|departure| (unit, departure)));
    let mut pairs: Vec<(UnitIdx, DepartureIdx)> = pinned.chain(held).collect();
    pairs.sort_unstable();
    pairs.dedup();
    if pairs.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let choice = |unit: UnitIdx, departure: DepartureIdx| Choice {
        departure,
        take: setup::as_array(&eligibility.take(unit, departure)),
        coefficients: objectives
            .iter()
            .map(|objective| objective.coefficient(eligibility, unit, departure))
            .collect(),
    };
    let of = |(unit, departure): (UnitIdx, DepartureIdx)| {
        let open = eligibility.open(unit).ones().map(DepartureIdx::new);
        Fixed { unit, departure, choices: open.map(|departure| choice(unit, departure)).collect() }
    };
    Some(pairs.into_iter().map(of).collect())
}

/// Whether a unit is among them.
pub(super) fn contains(fixed: &[Fixed], unit: UnitIdx) -> bool {
    fixed.binary_search_by_key(&unit, |fixed| fixed.unit).is_ok()
}

/// The instance without them and their places; `None` where there are not so many places.
pub(super) fn without(
    eligibility: &Eligibility,
    mut everybody: Instance,
    open: &[UnitIdx],
    fixed: &[Fixed],
) -> Option<Instance> {
    for of in fixed {
        let take = setup::as_array(&eligibility.take(of.unit, of.departure));
        let room = &mut everybody.room[of.departure.index()];
        for (room, take) in room.iter_mut().zip(take).filter(|(room, _)| **room < UNLIMITED) {
            *room -= take;
        }
    }
    let items = open.iter().zip(std::mem::take(&mut everybody.items));
    everybody.items = items.filter(|(unit, _)| !contains(fixed, **unit)).map(|(_, item)| item).collect();
    everybody.room.iter().flatten().all(|room| *room >= 0).then_some(everybody)
}

impl Engine<'_> {
    /// What those whose place is certain add to a level, maximised.
    pub(super) fn fixed_value(&self, level: usize) -> i64 {
        let here = |of: &Fixed| {
            let choice = of.choices.iter().find(|choice| choice.departure == of.departure);
            choice.map_or(0, |choice| choice.coefficients[level])
        };
        let values = self.fixed.iter().map(here);
        self.objectives[level].sense.sign() * values.sum::<i64>()
    }

    /// By fixed unit the price of its row in a proof of `level`, for these prices of the others.
    pub(super) fn fixed_prices(&self, level: usize, prices: &Prices, multipliers: &Multipliers) -> Vec<i128> {
        let (own, earlier) = multipliers.of_level.split_last().expect("the level itself");
        let earlier = earlier.iter().enumerate().filter_map(|(k, times)| Some((self.level_of(k)?, times)));
        let counts: Vec<(usize, i128)> = earlier
            .chain([(level, own)])
            .map(|(level, times)| (level, times * i128::from(self.objectives[level].sense.sign())))
            .collect();
        let gain = |choice: &Choice| {
            let worth = |&(level, times): &(usize, i128)| times * i128::from(choice.coefficients[level]);
            counts.iter().map(worth).sum::<i128>() - prices.cost(&choice.take, choice.departure.index())
        };
        let price = |of: &Fixed| {
            let (mut here, mut elsewhere) = (0, 0);
            for choice in &of.choices {
                if choice.departure == of.departure {
                    here = gain(choice);
                } else {
                    elsewhere = elsewhere.max(gain(choice));
                }
            }
            here - elsewhere
        };
        self.fixed.iter().map(price).collect()
    }

    /// Has units that are alike change places until as many as can be are where an earlier plan had them.
    pub(super) fn back_where_they_were(&self, earlier: &Baseline, on: &mut dive::Seating) {
        let was = |item: usize| match earlier.was[self.units[item].index()] {
            Was::On(departure) => Some(departure.index()),
            Was::Unseated | Was::Gone => None,
        };
        for of in &self.types {
            let mut places: BTreeMap<Option<usize>, usize> = BTreeMap::new();
            of.members.iter().for_each(|&item| *places.entry(on[item]).or_default() += 1);
            let mut moving = Vec::new();
            for &item in &of.members {
                match places.get_mut(&was(item)).filter(|left| **left > 0) {
                    Some(left) => {
                        *left -= 1;
                        on[item] = was(item);
                    }
                    None => moving.push(item),
                }
            }
            let left = places.into_iter().flat_map(|(place, left)| std::iter::repeat_n(place, left));
            moving.into_iter().zip(left).for_each(|(item, place)| on[item] = place);
        }
    }

    /// A first plan that has everybody where an earlier one had them, as far as that is possible, and
    /// gives away the places that are left.
    pub(super) fn as_before(&self, earlier: &Baseline) -> dive::Seating {
        let instance = &self.instance;
        let mut left = instance.room.clone();
        let mut on: dive::Seating = vec![None; instance.items.len()];
        for (item, unit) in self.units.iter().enumerate() {
            let Was::On(departure) = earlier.was[unit.index()] else { continue };
            let d = departure.index();
            let take = instance.take(item, d);
            if instance.sets[instance.items[item].set].contains(d) && fits(take, &left[d]) {
                left[d].iter_mut().zip(take).for_each(|(left, take)| *left -= take);
                on[item] = Some(d);
            }
        }
        let rest: Vec<usize> = (0..on.len()).filter(|&item| on[item].is_none()).collect();
        dive::seat_rest(instance, on, rest, pour)
    }
}
