//! The engine's searches for a better plan of one level: repairs, and exact searches of little.

use super::repair::{Dice, Part, Repair};
use super::{Dual, Engine, bound, coupled, dive, exact, linear};

/// Exact searches of neighbourhoods without a better plan.
const EXACT_FAILURES: usize = 12;
/// Their sizes, in turn.
const EXACT_SIZES: [usize; 4] = [4, 6, 10, 16];

/// Nodes of a quick search before an exact one.
const QUICK_NODES: i32 = 60;

impl Engine<'_> {
    pub(super) fn repair(
        &self,
        k: usize,
        dual: &Dual,
        on: &mut dive::Seating,
        starts: std::ops::Range<u64>,
        most_failures: usize,
    ) {
        if !self.is_open(k, dual, on) {
            return;
        }
        let repair = Repair::new(&self.instance, dual.worth.clone(), dual.prices.clone());
        for start in starts {
            let mut plan =
                if start == 0 { on.clone() } else { dive::dive(&self.instance, &mut self.pour(), start) };
            let mut dice = Dice::new(start);
            let (mut failures, mut turn) = (0, 0);
            while failures < most_failures && self.value(k, &plan) < dual.bound && !(self.stop)() {
                turn += 1;
                failures = if repair.attempt(&mut plan, turn, &mut dice) { 0 } else { failures + 1 };
            }
            if self.instance.worth(&plan) > self.instance.worth(on) {
                *on = plan;
            }
            if self.value(k, on) >= dual.bound || (self.stop)() {
                return;
            }
        }
    }

    /// Exact searches of a few departures each, where the plan loses.
    pub(super) fn neighbourhoods(&self, k: usize, dual: &Dual, on: &mut dive::Seating) {
        let repair = Repair::new(&self.instance, dual.worth.clone(), dual.prices.clone());
        let mut dice = Dice::new(u64::MAX);
        let mut failures = 0;
        while failures < EXACT_FAILURES && self.is_open(k, dual, on) {
            let part = repair.neighbourhood_of(on, EXACT_SIZES[failures % EXACT_SIZES.len()], &mut dice);
            failures = if self.search_part(k, dual, &part, on) { 0 } else { failures + 1 };
        }
    }

    /// The best plan of a part for level `k`, the earlier levels kept there; whether it is better.
    pub(super) fn search_part(&self, k: usize, dual: &Dual, part: &Part, on: &mut dive::Seating) -> bool {
        let types = bound::types(&part.instance);
        let value =
            |j: usize, seat: Option<usize>, item: usize| seat.map_or(0, |d| self.value_of(j, item, d));
        let now = |j: usize| part.items.iter().map(|&item| value(j, on[item], item)).sum::<i64>();
        let kept: Vec<i64> = (0..k).map(now).collect();
        let levels: Vec<coupled::Linear> = self
            .linear(k)
            .into_iter()
            .enumerate()
            .map(|(j, level)| coupled::Linear {
                value: types.iter().map(|of| self.flat_value(j, part.items[of.item])).collect(),
                day_cost: part.chosen.iter().map(|&d| level.day_cost[d]).collect(),
            })
            .collect();
        let Part { instance, worth, prices, .. } = part;
        let total = bound::total(instance, &types, worth, prices, &dual.multipliers, &[]);
        let Some(total) = total else { return false };
        let seated = part.items.iter().enumerate().filter_map(|(at, &item)| on[item].map(|d| (at, d)));
        let has: i128 = seated
            .map(|(at, d)| worth.value[at] - i128::from(instance.items[at].persons) * dual.worth.day_cost[d])
            .sum();
        let allowance = total - has - dual.multipliers.denominator();
        let exact = exact::restrict(
            &part.instance,
            &types,
            &part.worth,
            &part.prices,
            allowance,
            &levels,
            &kept,
            exact::PART,
        );
        let Some(exact) = exact else { return false };
        let Ok(answer) = (self.runner)(&exact.task) else { return false };
        if answer.point.len() != exact.columns.len() {
            return false;
        }
        let found = exact.seating(&answer.point, &types, part.items.len());
        let mut plan = on.clone();
        for (&item, seat) in part.items.iter().zip(&found) {
            plan[item] = seat.map(|d| part.chosen[d]);
        }
        self.take_if_better(k, plan, on)
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
        let fits = self.instance.left(plan).iter().flatten().all(|left| *left >= 0);
        let open = plan.iter().enumerate().all(|(item, seat)| {
            seat.is_none_or(|d| self.instance.sets[self.instance.items[item].set].contains(d))
        });
        fits && open && (0..k).all(|j| self.value(j, plan) >= self.value(j, on))
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
    ) -> bool {
        if !self.is_open(k, dual, on) {
            return false;
        }
        let Dual { prices, multipliers, worth, .. } = dual;
        let total = bound::total(&self.instance, &self.types, worth, prices, multipliers, kept);
        let Some(total) = total else { return false };
        let better = multipliers.denominator() * i128::from(self.value(k, on) + 1);
        let levels = self.linear(k);
        let exact = exact::restrict(
            &self.instance,
            &self.types,
            worth,
            prices,
            total - better,
            &levels,
            kept,
            exact::WHOLE,
        );
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
