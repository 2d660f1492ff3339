//! The engine's searches for a better plan of one level: repairs, and exact searches of little.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::coupled::Flow;
use super::repair::{Move, Part, Proposal, Repair};
use super::whole::{self, Relaxed, Whole};
use super::{Dual, Engine, bound, coupled, dive, exact, linear, pour};

/// Attempts that are made side by side from the same plan: a number, whatever the threads.
const BATCH: usize = 4;
/// Values that are asked for in a neighbourhood.
const AIMS: usize = 3;
/// Their sizes: a larger one is asked for where the smaller ones have nothing left.
const EXACT_SIZES: [usize; 4] = [4, 8, 16, 32];
/// Searches in turn without a better plan after which their size is not asked for again.
const BARREN: usize = 16;

/// By size of neighbourhood: how many exact searches of it in turn have found nothing.
#[derive(Default)]
pub(super) struct Barren([AtomicUsize; EXACT_SIZES.len()]);

impl Barren {
    fn is_left_out(&self, size: usize) -> bool {
        self.0[size].load(Ordering::Relaxed) >= BARREN
    }

    fn note(&self, size: usize, found: bool) {
        if found {
            self.0[size].store(0, Ordering::Relaxed);
        } else {
            self.0[size].fetch_add(BATCH, Ordering::Relaxed);
        }
    }
}

/// Nodes of a quick search before an exact one.
const QUICK_NODES: i32 = 60;

/// The seed of an attempt.
fn seed(start: u64, turn: usize) -> u64 {
    start.wrapping_mul(1_000_003).wrapping_add(u64::try_from(turn).unwrap_or(0))
}

impl Engine<'_> {
    /// Where plans lose against these prices.
    fn repair_of(&self, dual: &Dual) -> Repair<'_> {
        let (worth, prices) = (dual.worth.clone(), dual.prices.clone());
        Repair::new(&self.instance, &self.types, worth, prices, self.earlier.is_some())
    }

    /// Repairs from several starts, each until it reaches the bound or so many attempts in turn fail.
    pub(super) fn repair(
        &self,
        k: usize,
        dual: &Dual,
        on: &mut dive::Seating,
        starts: std::ops::Range<u64>,
        most_failures: usize,
    ) {
        for start in starts {
            if !self.is_open(k, dual, on) {
                return;
            }
            let plan = if start == 0 {
                on.clone()
            } else {
                dive::dive(&self.instance, &mut pour(&self.instance), start)
            };
            self.mend(k, dual, on, plan, start, most_failures);
        }
    }

    /// Repairs a plan until it reaches the bound, and takes it if it is the better one. In one that was rounded from a
    /// relaxation a departure may be asked for more than it has: whoever finds no room there is without a place.
    pub(super) fn mend(
        &self,
        k: usize,
        dual: &Dual,
        on: &mut dive::Seating,
        mut plan: dive::Seating,
        start: u64,
        most_failures: usize,
    ) {
        if !self.has_room(&plan) {
            plan = dive::fill_as(&self.instance, vec![None; plan.len()], &plan);
        }
        let repair = self.repair_of(dual);
        let values = |plan: &dive::Seating| -> Vec<i64> { (0..=k).map(|j| self.value(j, plan)).collect() };
        let kept = values(on);
        let reaches =
            |now: &[i64]| now[k] >= dual.bound && now[..k].iter().zip(&kept).all(|(now, kept)| now >= kept);
        let (mut now, mut failures, mut turn) = (values(&plan), 0, 0);
        while failures < most_failures && !reaches(&now) && !(self.stop)() {
            let places = repair.places(&plan);
            let proposals: Vec<Option<Proposal>> = (turn..turn + BATCH)
                .into_par_iter()
                .map(|turn| repair.attempt(&plan, &places, turn, seed(start, turn)))
                .collect();
            turn += BATCH;
            let mut touched = vec![false; self.instance.room.len()];
            for proposal in proposals.into_iter().flatten() {
                proposal.take(&mut plan, &mut touched);
            }
            // What later levels gain meanwhile is no reason to go on.
            let then = values(&plan);
            failures = if then > now { 0 } else { failures + BATCH };
            now = then;
        }
        if self.instance.worth(&plan) > self.instance.worth(on) {
            *on = plan;
        }
    }

    /// Exact searches around the losses of the plan: of few departures as long as these find something, then of
    /// more, and of few again after each better plan (variable neighbourhood descent, Hansen and Mladenović 2001).
    pub(super) fn neighbourhoods(
        &self,
        k: usize,
        dual: &Dual,
        on: &mut dive::Seating,
        most_failures: usize,
        round: u64,
    ) {
        let repair = self.repair_of(dual);
        let barren = &self.barren[k];
        let everything = EXACT_SIZES.iter().position(|&most| most >= self.instance.room.len());
        let sizes = everything.map_or(EXACT_SIZES.len(), |last| last + 1);
        let (mut size, mut failures, mut turn) = (0, 0, 0);
        while size < sizes && self.is_open(k, dual, on) {
            if failures >= most_failures || barren.is_left_out(size) {
                (size, failures) = (size + 1, 0);
                continue;
            }
            let places = repair.places(on);
            let proposals: Vec<Option<Proposal>> = (turn..turn + BATCH)
                .into_par_iter()
                .map(|turn| {
                    let seed = seed(u64::MAX - round, turn);
                    let part = repair.neighbourhood_of(on, &places, EXACT_SIZES[size], seed);
                    self.search_part(k, &part, on)
                })
                .collect();
            turn += BATCH;
            let mut touched = vec![false; self.instance.room.len()];
            let mut found = false;
            for proposal in proposals.into_iter().flatten() {
                let mut plan = on.clone();
                found |= proposal.take(&mut plan, &mut touched) && self.take_if_better(k, plan, on);
            }
            barren.note(size, found);
            (size, failures) = if found { (0, 0) } else { (size, failures + BATCH) };
        }
    }

    /// A plan of a part that is better in level `k`, the earlier levels kept there, if one is found.
    fn search_part(&self, k: usize, part: &Part, on: &dive::Seating) -> Option<Proposal> {
        let types = bound::types(&part.instance);
        let value = |j: usize, seats: &mut dyn Iterator<Item = Option<usize>>| -> i64 {
            let pairs = part.items.iter().zip(seats);
            pairs.filter_map(|(&item, seat)| seat.map(|d| self.value_of(j, item, d))).sum()
        };
        let now: Vec<i64> = (0..=k).map(|j| value(j, &mut part.items.iter().map(|&item| on[item]))).collect();
        let levels: Vec<coupled::Linear> = self
            .linear(k)
            .into_iter()
            .enumerate()
            .map(|(j, level)| coupled::Linear {
                value: types.iter().map(|of| self.flat_value(j, part.items[of.item])).collect(),
                day_cost: part.chosen.iter().map(|&d| level.day_cost[d]).collect(),
            })
            .collect();
        let mut most = i64::MAX;
        for flow in [Flow::Seats, Flow::Shapes] {
            let coupled = coupled::couple(&part.instance, &types, &levels, &now[..k], flow)?;
            let answer = (self.runner)(&coupled.task).ok().filter(|answer| !answer.prices.is_empty())?;
            let relaxed = Relaxed::new(&part.instance, &types, &coupled, &answer);
            most = most.min(relaxed.bound());
            let mut aims = (now[k] + 1..=most).rev().take(AIMS);
            let plan = aims.find_map(|aim| match relaxed.whole(self.runner, aim, &whole::PART) {
                Whole::Impossible => None,
                Whole::Plan(plan) => {
                    most = aim;
                    Some(Some(plan))
                }
                Whole::Open => Some(None),
            })??;
            let seat = |seat: &Option<usize>| seat.map(|d| part.chosen[d]);
            let of = |j: usize| value(j, &mut plan.iter().map(seat));
            if of(k) > now[k] && (0..k).all(|j| of(j) >= now[j]) {
                let moves = part.items.iter().zip(&plan);
                let moves = moves.map(|(&item, to)| Move { item, from: on[item], to: seat(to) });
                return Some(Proposal { moves: moves.collect(), chosen: part.chosen.clone() });
            }
        }
        None
    }

    /// Takes a plan that fits, keeps the earlier levels and is better in level `k`.
    pub(super) fn take_if_better(&self, k: usize, plan: dive::Seating, on: &mut dive::Seating) -> bool {
        let better = self.obeys(k, &plan, on) && self.value(k, &plan) > self.value(k, on);
        if better {
            *on = dive::fill(&self.instance, plan);
        }
        better
    }

    /// Whether a seating fits every departure, is open to every item, and keeps the levels before `k` as
    /// `on` has them.
    fn obeys(&self, k: usize, plan: &dive::Seating, on: &dive::Seating) -> bool {
        let open = plan.iter().enumerate().all(|(item, seat)| {
            seat.is_none_or(|d| self.instance.sets[self.instance.items[item].set].contains(d))
        });
        self.has_room(plan) && open && self.keeps(k, plan, on)
    }

    /// Whether no departure is asked for more than it has.
    fn has_room(&self, plan: &[Option<usize>]) -> bool {
        self.instance.left(plan).iter().flatten().all(|left| *left >= 0)
    }

    /// Whether a plan keeps the levels before `k` as `on` has them.
    pub(super) fn keeps(&self, k: usize, plan: &[Option<usize>], on: &[Option<usize>]) -> bool {
        (0..k).all(|j| self.value(j, plan) >= self.value(j, on))
    }

    /// An exact search among the plans that lose no more than a better one may; whether it was carried
    /// through. Where it was not asked (the search was stopped), or answers with what is no plan, it was not.
    pub(super) fn last_persons(
        &self,
        k: usize,
        dual: &Dual,
        kept: &[i64],
        on: &mut dive::Seating,
        (seed, presolve): (i32, bool),
        size: exact::Size,
    ) -> bool {
        if !self.is_open(k, dual, on) {
            return false;
        }
        let Dual { prices, multipliers, worth, .. } = dual;
        let total = bound::total(&self.instance, &self.types, worth, prices, multipliers, kept, &[]);
        let Some(total) = total else { return false };
        let better = multipliers.denominator() * i128::from(self.value(k, on) + 1);
        let levels = self.linear(k);
        let exact =
            exact::restrict(&self.instance, &self.types, worth, prices, total - better, &levels, kept, size);
        let Some(mut exact) = exact else { return false };
        if presolve {
            exact.task.search = linear::Search::Quick { nodes: QUICK_NODES };
            if let Some(plan) =
                (self.runner)(&exact.task).ok().and_then(|answer| self.plan_of(&exact, &answer))
            {
                self.take_if_better(k, plan, on);
            }
            if !self.is_open(k, dual, on) {
                return true;
            }
        }
        exact.ask(seed, presolve);
        let Ok(answer) = (self.runner)(&exact.task) else { return false };
        if answer.outcome == linear::Outcome::Infeasible {
            return true;
        }
        let Some(plan) = self.plan_of(&exact, &answer) else { return false };
        let sane = self.obeys(k, &plan, on);
        self.take_if_better(k, plan, on);
        sane && answer.outcome == linear::Outcome::Optimal
    }

    fn plan_of(&self, exact: &exact::Exact, answer: &linear::Answer) -> Option<dive::Seating> {
        let fits = answer.point.len() == exact.columns.len();
        fits.then(|| exact.seating(&answer.point, &self.types, self.units.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::{BARREN, BATCH, Barren};

    #[test]
    fn a_size_is_left_out_once_it_finds_nothing_and_for_good() {
        let barren = Barren::default();
        for _ in 1..BARREN / BATCH {
            barren.note(2, false);
        }
        barren.note(2, true);
        for _ in 1..BARREN / BATCH {
            barren.note(2, false);
        }
        assert!(!barren.is_left_out(2), "what it found counts anew");
        barren.note(2, false);
        assert!(barren.is_left_out(2));
        assert!(!barren.is_left_out(1), "the others are asked for still");
    }
}
