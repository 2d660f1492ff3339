//! Repair by neighbourhoods: where prices show a loss, a few departures are emptied and filled anew.
//!
//! A plan misses the bound exactly by its losses: places that cost something and stay empty, and items
//! that do not go where they gain most. From such a place a neighbourhood is grown along the sets; its
//! passengers, and whoever waits for it, are poured and dived anew, and the result is kept if it is not
//! worse in any digit. Attempts are counted, never timed.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::bound::{Gains, Prices, Type, Worth, gain};
use super::dive::{Seating, dive};
use super::instance::{Instance, RESOURCES};
use super::pour;
use crate::solve::dice::Dice;

/// Sizes of neighbourhoods.
const SIZES: [usize; 5] = [3, 6, 12, 24, 48];
/// Departures of which half are few.
const FEW: usize = 24;

/// The sizes that are tried in turn: more than half of all departures take ten times as long as a few, and hardly
/// ever gain.
fn sizes(departures: usize) -> &'static [usize] {
    &SIZES[..SIZES.partition_point(|size| 2 * size <= departures.max(FEW))]
}

/// A few departures with their passengers and whoever waits for them.
pub(super) struct Part {
    pub(super) instance: Instance,
    /// By item of the part: which item of the whole.
    pub(super) items: Vec<usize>,
    /// By departure of the part: which departure of the whole.
    pub(super) chosen: Vec<usize>,
}

/// Where neighbourhoods of a plan begin and lead.
pub(super) struct Places {
    /// By loss: the departures that have to do with it.
    losses: Vec<Vec<usize>>,
    /// By departure: its passengers.
    aboard: Vec<Vec<usize>>,
}

/// An item that would travel elsewhere.
pub(super) struct Move {
    pub(super) item: usize,
    pub(super) from: Option<usize>,
    pub(super) to: Option<usize>,
}

/// A change of a few departures.
pub(super) struct Proposal {
    pub(super) moves: Vec<Move>,
    /// The departures.
    pub(super) chosen: Vec<usize>,
}

impl Proposal {
    /// Makes the change, unless something of it has been changed already; whether it was made.
    pub(super) fn take(self, on: &mut Seating, touched: &mut [bool]) -> bool {
        let stale =
            self.chosen.iter().any(|&d| touched[d]) || self.moves.iter().any(|of| on[of.item] != of.from);
        if stale || self.moves.is_empty() {
            return false;
        }
        self.chosen.iter().for_each(|&d| touched[d] = true);
        self.moves.iter().for_each(|of| on[of.item] = of.to);
        true
    }
}

/// Where a plan loses against the prices of a level.
pub(super) struct Repair<'i> {
    instance: &'i Instance,
    worth: Worth,
    prices: Prices,
    /// By departure: the sets that it is in.
    sets_of: Vec<Vec<usize>>,
    /// By item: what it gains at most.
    most: Vec<i128>,
    types: &'i [Type],
    /// By item.
    type_of: Vec<usize>,
    /// By type: the departures on which it gains most; by departure: the types that gain most there.
    good: Vec<FixedBitSet>,
    good_at: Vec<Vec<usize>>,
    /// Whether a plan as good is not worth moving anybody.
    steady: bool,
}

impl<'i> Repair<'i> {
    /// Losses are against these prices.
    pub(super) fn new(
        instance: &'i Instance,
        types: &'i [Type],
        worth: Worth,
        prices: Prices,
        steady: bool,
    ) -> Self {
        let mut sets_of = vec![Vec::new(); instance.room.len()];
        for (set, departures) in instance.sets.iter().enumerate() {
            departures.ones().for_each(|d| sets_of[d].push(set));
        }
        let gains = Gains::new(instance, &worth, &prices);
        let most: Vec<i128> = (0..instance.items.len()).map(|item| gains.most(item)).collect();
        let mut type_of = vec![0; instance.items.len()];
        let mut good = Vec::with_capacity(types.len());
        let mut good_at = vec![Vec::new(); instance.room.len()];
        for (position, of) in types.iter().enumerate() {
            of.members.iter().for_each(|&item| type_of[item] = position);
            let mut best = FixedBitSet::with_capacity(instance.room.len());
            for d in instance.sets[instance.items[of.item].set].ones() {
                if gain(instance, &worth, &prices, of.item, d) == most[of.item] {
                    best.insert(d);
                    good_at[d].push(position);
                }
            }
            good.push(best);
        }
        Self { instance, worth, prices, sets_of, most, types, type_of, good, good_at, steady }
    }

    /// What neighbourhoods of a plan grow from.
    pub(super) fn places(&self, on: &Seating) -> Places {
        let mut aboard = vec![Vec::new(); self.instance.room.len()];
        for (item, seat) in on.iter().enumerate() {
            if let Some(d) = *seat {
                aboard[d].push(item);
            }
        }
        Places { losses: self.losses(on), aboard }
    }

    /// One attempt: a neighbourhood poured and dived anew; `None` where that is worse.
    pub(super) fn attempt(&self, on: &Seating, places: &Places, turn: usize, seed: u64) -> Option<Proposal> {
        let mut dice = Dice::new(seed);
        let departures = self.instance.room.len();
        let sizes = sizes(departures);
        let size = sizes[turn % sizes.len()].min(departures);
        let chosen = self.neighbourhood(on, places, size, &mut dice);
        let (part, items) = self.part(on, &chosen);
        let before: Seating =
            items.iter().map(|&item| on[item].and_then(|d| chosen.binary_search(&d).ok())).collect();
        let after = dive(&part, &mut pour(&part), 1 + u64::try_from(dice.below(1 << 30)).unwrap_or(0));
        let (old, new) = (part.worth(&before), part.worth(&after));
        let changed =
            items.iter().zip(before.iter().zip(&after)).filter(|(_, (before, after))| before != after);
        let moves = changed
            .map(|(&item, (before, after))| Move {
                item,
                from: before.map(|d| chosen[d]),
                to: after.map(|d| chosen[d]),
            })
            .collect();
        let wanted = new > old || (new == old && !self.steady);
        wanted.then_some(Proposal { moves, chosen })
    }

    /// A neighbourhood as a part of its own: the chosen departures, its items, and where they are now.
    pub(super) fn neighbourhood_of(&self, on: &Seating, places: &Places, size: usize, seed: u64) -> Part {
        let chosen = self.neighbourhood(on, places, size.min(self.instance.room.len()), &mut Dice::new(seed));
        let (instance, items) = self.part(on, &chosen);
        Part { instance, items, chosen }
    }

    /// Where the plan loses: the departures that have to do with each loss.
    fn losses(&self, on: &Seating) -> Vec<Vec<usize>> {
        let left = self.instance.left(on);
        let costs = |d: &usize| (0..RESOURCES).any(|r| self.prices.0[r][*d] > 0 && left[*d][r] > 0);
        let mut losses: Vec<Vec<usize>> = (0..left.len()).filter(costs).map(|d| vec![d]).collect();
        for (item, seat) in on.iter().enumerate() {
            let has = seat.map_or(0, |d| self.gain(item, d));
            if has < self.most[item] {
                let best = self.good[self.type_of[item]].ones().next();
                losses.push(seat.iter().copied().chain(best).collect());
            }
        }
        losses
    }

    fn gain(&self, item: usize, d: usize) -> i128 {
        gain(self.instance, &self.worth, &self.prices, item, d)
    }

    fn along_set(&self, from: usize, dice: &mut Dice) -> Option<usize> {
        let set = &self.instance.sets[*dice.pick(&self.sets_of[from])?];
        set.ones().nth(dice.below(set.count_ones(..)))
    }

    /// Some departures around a loss. Half of the walks follow sets; of the others' steps a third leads to
    /// where a passenger would gain as much, a third from where one would, a third along any set.
    fn neighbourhood(&self, on: &Seating, places: &Places, size: usize, dice: &mut Dice) -> Vec<usize> {
        let Places { losses, aboard } = places;
        let mut chosen = match losses.len() {
            0 => vec![dice.below(self.instance.room.len())],
            n => losses[dice.below(n)].clone(),
        };
        let along_sets = dice.below(2) == 0;
        for step in 0..8 * size {
            if chosen.len() >= size {
                break;
            }
            let from = chosen[dice.below(chosen.len())];
            let next = match step % 3 {
                _ if along_sets => self.along_set(from, dice),
                0 => dice.pick(&aboard[from]).and_then(|&item| {
                    let good = &self.good[self.type_of[item]];
                    good.ones().nth(dice.below(good.count_ones(..)))
                }),
                1 => dice
                    .pick(&self.good_at[from])
                    .and_then(|&position| dice.pick(&self.types[position].members))
                    .and_then(|&item| on[item]),
                _ => self.along_set(from, dice),
            };
            if let Some(next) = next.filter(|next| !chosen.contains(next)) {
                chosen.push(next);
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    /// The chosen departures with their passengers, and whoever waits and would lose nothing there.
    fn part(&self, on: &Seating, chosen: &[usize]) -> (Instance, Vec<usize>) {
        let whole = self.instance;
        let mut set_of: FxHashMap<usize, Option<usize>> = FxHashMap::default();
        let mut known: FxHashMap<fixedbitset::FixedBitSet, usize> = FxHashMap::default();
        let mut part = Instance {
            sets: Vec::new(),
            items: Vec::new(),
            takes: whole.takes.clone(),
            kind: chosen.iter().map(|&d| whole.kind[d]).collect(),
            room: chosen.iter().map(|&d| whole.room[d]).collect(),
            day_cost: chosen.iter().map(|&d| whole.day_cost[d]).collect(),
        };
        let mut items = Vec::new();
        for (item, of) in whole.items.iter().enumerate() {
            let here = match on[item] {
                Some(d) => chosen.binary_search(&d).is_ok(),
                None => true,
            };
            if !here {
                continue;
            }
            let set = *set_of.entry(of.set).or_insert_with(|| {
                let mut within = fixedbitset::FixedBitSet::with_capacity(chosen.len());
                within.extend(
                    chosen
                        .iter()
                        .enumerate()
                        .filter(|&(_, &d)| whole.sets[of.set].contains(d))
                        .map(|(c, _)| c),
                );
                (!within.is_clear()).then(|| {
                    let next = known.len();
                    *known.entry(within).or_insert(next)
                })
            });
            if let Some(set) = set.filter(|_| on[item].is_some() || self.may_gain(item, chosen)) {
                part.items.push(super::instance::Item { set, ..of.clone() });
                items.push(item);
            }
        }
        let mut sets: Vec<(fixedbitset::FixedBitSet, usize)> = known.into_iter().collect();
        sets.sort_unstable_by_key(|&(_, position)| position);
        part.sets = sets.into_iter().map(|(set, _)| set).collect();
        (part, items)
    }

    fn may_gain(&self, item: usize, chosen: &[usize]) -> bool {
        let set = &self.instance.sets[self.instance.items[item].set];
        let open = chosen.iter().filter(|&&d| set.contains(d));
        self.most[item] > 0
            || open.into_iter().any(|&d| gain(self.instance, &self.worth, &self.prices, item, d) >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::sizes;

    #[test]
    fn neighbourhoods_are_half_of_the_departures_at_most_or_a_few() {
        let largest = |departures: usize| sizes(departures).last().copied();
        assert_eq!([1, 30, 48, 100].map(largest), [12, 12, 24, 48].map(Some));
    }
}
