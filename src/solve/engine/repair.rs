//! Repair by neighbourhoods: where prices show a loss, a few departures are emptied and filled anew.
//!
//! A plan misses the bound exactly by its losses: places that cost something and stay empty, and items
//! that do not go where they gain most. From such a place a neighbourhood is grown along the sets; its
//! passengers, and whoever waits for it, are poured and dived anew, and the result is kept if it is not
//! worse in any digit. Attempts are counted, never timed.

use rustc_hash::FxHashMap;

use super::bound::{Gains, Prices, Worth, gain};
use super::dive::{Seating, dive};
use super::fluid::Fluid;
use super::instance::{Instance, LAPS, SEATS};

/// Sizes of neighbourhoods, in turn.
const SIZES: [usize; 5] = [3, 6, 12, 24, 48];

/// A source of numbers that look random: the same for the same seed.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed ^ 0x5DEE_CE66_D1CE_4E5B)
    }

    /// A number below `n`, which is not 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let a = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let n = u64::try_from(n).unwrap_or(1).max(1);
        usize::try_from((b ^ (b >> 31)) % n).unwrap_or(0)
    }
}

/// A few departures with their passengers and whoever waits for them.
pub(super) struct Part {
    pub(super) instance: Instance,
    /// By item of the part: which item of the whole.
    pub(super) items: Vec<usize>,
    /// By departure of the part: which departure of the whole.
    pub(super) chosen: Vec<usize>,
    pub(super) worth: Worth,
    pub(super) prices: Prices,
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
}

impl<'i> Repair<'i> {
    /// Losses are against these prices.
    pub(super) fn new(instance: &'i Instance, worth: Worth, prices: Prices) -> Self {
        let mut sets_of = vec![Vec::new(); instance.room.len()];
        for (set, departures) in instance.sets.iter().enumerate() {
            departures.ones().for_each(|d| sets_of[d].push(set));
        }
        let gains = Gains::new(instance, &worth, &prices);
        let most = (0..instance.items.len()).map(|item| gains.most(item)).collect();
        Self { instance, worth, prices, sets_of, most }
    }

    /// One attempt; whether the plan became better.
    pub(super) fn attempt(&self, on: &mut Seating, turn: usize, dice: &mut Dice) -> bool {
        let size = SIZES[turn % SIZES.len()].min(self.instance.room.len());
        let chosen = self.neighbourhood(on, size, dice);
        let (part, items) = self.part(on, &chosen);
        let before: Seating =
            items.iter().map(|&item| on[item].and_then(|d| chosen.iter().position(|c| *c == d))).collect();
        let mut fluids: Vec<Fluid> = [SEATS, LAPS].map(|resource| Fluid::pour(&part, resource)).into();
        let after = dive(&part, &mut fluids, 1 + u64::try_from(dice.below(1 << 30)).unwrap_or(0));
        let (old, new) = (part.worth(&before), part.worth(&after));
        if new >= old {
            for (&item, seat) in items.iter().zip(&after) {
                on[item] = seat.map(|d| chosen[d]);
            }
        }
        new > old
    }

    /// A neighbourhood as a part of its own: the chosen departures, its items, and where they are now.
    pub(super) fn neighbourhood_of(&self, on: &Seating, size: usize, dice: &mut Dice) -> Part {
        let chosen = self.neighbourhood(on, size.min(self.instance.room.len()), dice);
        let (instance, items) = self.part(on, &chosen);
        let worth = Worth {
            value: items.iter().map(|&item| self.worth.value[item]).collect(),
            day_cost: chosen.iter().map(|&d| self.worth.day_cost[d]).collect(),
        };
        let prices = Prices(std::array::from_fn(|r| chosen.iter().map(|&d| self.prices.0[r][d]).collect()));
        Part { instance, items, chosen, worth, prices }
    }

    /// By departure, what the plan loses there.
    fn losses(&self, on: &Seating) -> Vec<i128> {
        let left = self.instance.left(on);
        let mut losses: Vec<i128> = (0..left.len())
            .map(|d| (0..left[d].len()).map(|r| self.prices.0[r][d].saturating_mul(left[d][r].into())).sum())
            .collect();
        for (item, seat) in on.iter().enumerate() {
            match *seat {
                Some(d) => {
                    losses[d] += self.most[item] - gain(self.instance, &self.worth, &self.prices, item, d);
                }
                None if self.most[item] > 0 => {
                    let set = &self.instance.sets[self.instance.items[item].set];
                    if let Some(d) =
                        set.ones().max_by_key(|&d| gain(self.instance, &self.worth, &self.prices, item, d))
                    {
                        losses[d] += self.most[item];
                    }
                }
                None => {}
            }
        }
        losses
    }

    fn neighbourhood(&self, on: &Seating, size: usize, dice: &mut Dice) -> Vec<usize> {
        let losses = self.losses(on);
        let losing: Vec<usize> = (0..losses.len()).filter(|&d| losses[d] > 0).collect();
        let seed = match losing.len() {
            0 => dice.below(losses.len()),
            n => losing[dice.below(n)],
        };
        let mut chosen = vec![seed];
        for _ in 0..8 * size {
            if chosen.len() >= size {
                break;
            }
            let from = chosen[dice.below(chosen.len())];
            let sets = &self.sets_of[from];
            if sets.is_empty() {
                continue;
            }
            let set = &self.instance.sets[sets[dice.below(sets.len())]];
            let Some(next) = set.ones().nth(dice.below(set.count_ones(..))) else { continue };
            if !chosen.contains(&next) {
                chosen.push(next);
            }
        }
        chosen.sort_unstable();
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
