//! The engine: bound, build, prove, without a search tree and without a solver of others'.
//!
//! For scenarios whose rules are those of single departures (seats, laps, wheelchairs, ...): the levels
//! that are values of units, or days to the departure, become digits of one lexicographic value. Seats
//! and laps are each an integer network ([`fluid`]) whose prices bound every level exactly ([`bound`]);
//! a dive builds a plan from the flows ([`dive`]), repairs close what is left ([`repair`]).
//!
//! Why it is right: the prices are only ever used in FORMAT's bound, which holds for any prices, and a
//! plan is a plan however it was found. Where the two meet, the level is certified; where they do not,
//! the level is left to whoever comes next, with the plan and the bound.

mod bound;
mod branch;
mod coupled;
mod cover;
mod digits;
mod dive;
mod exact;
mod fluid;
mod instance;
mod repair;
mod simplex;
mod sweep;

use rustc_hash::FxHashMap;

use super::cases::Tree;
use super::linear::{self, Runner};
use super::prices;
use super::{Certified, Seating};
use crate::certificate::Resource;
use crate::eligibility::{Eligibility, Profile};
use crate::model::measure::{Objective, cost_if_used};
use crate::model::{RowKey, fill, rows};
use crate::scenario::{DepartureIdx, Scenario, Sense, UnitIdx};
use bound::{Multipliers, Prices, Type, Worth};
use branch::Branch;
use digits::Digits;
use fluid::Fluid;
use instance::{Instance, Item, LAPS, RESOURCES, SEATS, Take};
use repair::{Dice, Part, Repair};
use simplex::UNLIMITED;

/// A level as far as the engine brought it.
#[derive(Debug)]
pub(super) struct Reached {
    /// What the plan has.
    pub(super) value: i64,
    /// What no plan can pass that keeps the earlier levels.
    pub(super) bound: i64,
    /// Two exact searches found nothing better: the bound is theirs.
    pub(super) agreed: bool,
    /// The proof of the bound, unless it is agreed.
    pub(super) certificate: Certified,
}

/// The engine's plan, and the leading levels that it looked at.
#[derive(Debug)]
pub(super) struct Result {
    pub(super) on: Seating,
    pub(super) levels: Vec<Reached>,
}

/// Attempts without a better plan after which a level's repair gives up.
const FAILURES: usize = 80;
/// A bound further from the plan than this says nothing: an earlier level's was not whole.
const FAR: i64 = 1_000;
/// The seed of a first exact search, and whether it presolves; of a second opinion.
const FIRST: (i32, bool) = (0, true);
const SECOND: (i32, bool) = (1, false);
/// Attempts at first, before other prices are asked for.
const QUICK: usize = 24;
/// Exact searches of neighbourhoods without a better plan.
const EXACT_FAILURES: usize = 12;
/// Their sizes, in turn.
const EXACT_SIZES: [usize; 4] = [4, 6, 10, 16];
/// Relaxations of a proof by cases, and how many columns they may have in all.
const RELAXATIONS: usize = 120;
const RELAXED_COLUMNS: usize = 500_000;
/// Plans that a level's repair starts from, the plan at hand first.
const STARTS: u64 = 4;
/// Rounds over the swept prices.
const SWEEPS: usize = 2;

/// Prices and multipliers that prove a level's bound.
#[derive(Clone, Debug)]
struct Dual {
    prices: Prices,
    multipliers: Multipliers,
    worth: Worth,
    bound: i64,
}

/// Runs the engine on a scenario whose rules it knows; `None` on others.
pub(super) fn run(
    eligibility: &Eligibility,
    objectives: &[Objective],
    runner: &Runner,
    stop: &dyn Fn() -> bool,
) -> Option<Result> {
    if !has_only_plain_rules(eligibility) {
        return None;
    }
    let engine = Engine::new(eligibility, objectives, runner, stop)?;
    Some(engine.run())
}

/// Whether no rule ties departures or units together.
fn has_only_plain_rules(eligibility: &Eligibility) -> bool {
    let scenario = eligibility.scenario();
    let plain = |departure: &crate::scenario::Departure| {
        departure.min_load == 0
            && rows::allotments_in_force(scenario, departure).next().is_none()
            && (cost_if_used(departure) == 0 || scenario.budget_usd.is_none())
    };
    let held = (0..scenario.units.len()).map(UnitIdx::new).any(|unit| eligibility.held(unit).is_some());
    scenario.links.is_empty()
        && scenario.pins.is_empty()
        && scenario.quotas.is_empty()
        && !held
        && scenario.departures.iter().all(plain)
        && scenario.places.iter().all(|place| place.beds.is_none() || place.dwell_days == 0)
}

/// How a level enters the engine.
#[derive(Clone, Copy, Debug)]
enum Role {
    /// As this digit.
    Digit(usize),
    /// As the sum of all levels before it.
    Sum,
}

struct Engine<'e> {
    scenario: &'e Scenario,
    objectives: &'e [Objective],
    /// By level, as far as the engine goes.
    roles: Vec<Role>,
    digits: Digits,
    instance: Instance,
    /// By item.
    units: Vec<UnitIdx>,
    /// By digit and item: the coefficient.
    coefficients: Vec<Vec<i64>>,
    /// By digit: the day of each departure, where the level multiplies with it.
    days: Vec<Option<Vec<i64>>>,
    types: Vec<Type>,
    /// The rows behind `instance.room`.
    keys: Vec<[RowKey; RESOURCES]>,
    runner: &'e Runner<'e>,
    stop: &'e dyn Fn() -> bool,
}

impl<'e> Engine<'e> {
    fn new(
        eligibility: &'e Eligibility<'e>,
        objectives: &'e [Objective],
        runner: &'e Runner<'e>,
        stop: &'e dyn Fn() -> bool,
    ) -> Option<Self> {
        let scenario = eligibility.scenario();
        let units: Vec<UnitIdx> = (0..scenario.units.len())
            .map(UnitIdx::new)
            .filter(|&unit| !eligibility.open(unit).is_clear())
            .collect();
        let (roles, digits, coefficients, days) = levels(objectives, &units);
        if digits.len() == 0 {
            return None;
        }
        let mut instance = bare_instance(eligibility, &units);
        for (k, coefficients) in coefficients.iter().enumerate() {
            match &days[k] {
                None => {
                    for (item, &c) in instance.items.iter_mut().zip(coefficients) {
                        item.value += digits.digit(k, c);
                    }
                }
                Some(days) => {
                    for (item, &persons) in instance.items.iter_mut().zip(coefficients) {
                        item.persons = persons;
                    }
                    for (cost, &days) in instance.day_cost.iter_mut().zip(days) {
                        *cost = -digits.digit(k, days);
                    }
                }
            }
        }
        let keys = tighten(eligibility, &mut instance);
        let types = bound::types(&instance);
        Some(Self {
            scenario,
            objectives,
            roles,
            digits,
            instance,
            units,
            coefficients,
            days,
            types,
            keys,
            runner,
            stop,
        })
    }

    fn run(&self) -> Result {
        let instance = &self.instance;
        let mut fluids = self.pour();
        let mut prices = Prices::free(instance.room.len());
        for fluid in &fluids {
            prices.0[fluid.resource()] = fluid.prices();
        }
        let worth = self.worth(&Multipliers::lexicographic(&self.digits, self.digits.len() - 1));
        let swept = sweep::swept(instance, LAPS);
        sweep::sweep(instance, &self.types, &worth, &mut prices, &swept, SWEEPS);
        let mut on = dive::dive(instance, &mut fluids, 0);
        drop(fluids);
        let mut levels: Vec<Reached> = Vec::new();
        let mut kept: Vec<i64> = Vec::new();
        let mut last: Option<branch::Tree> = None;
        for (level, role) in self.roles.iter().enumerate() {
            let reached = match *role {
                Role::Digit(k) => {
                    let (reached, proof) = self.close(k, &prices, &kept, &mut on);
                    last = Some(proof);
                    reached
                }
                Role::Sum => self.sum(&levels, &kept, last.as_ref()),
            };
            if let Role::Digit(k) = *role {
                kept.push(self.digits.sign[k] * reached.value - self.objectives[level].tolerance);
            }
            levels.push(reached);
        }
        // A later repair may have found more for an earlier level that is still open.
        for (reached, role) in levels.iter_mut().zip(&self.roles) {
            if let Role::Digit(k) = *role {
                reached.value = self.digits.sign[k] * self.value(k, &on);
            }
        }
        Result { on: self.seating(&on), levels }
    }

    fn pour(&self) -> Vec<Fluid> {
        networks(&self.instance).into_iter().map(|resource| Fluid::pour(&self.instance, resource)).collect()
    }

    fn seating(&self, on: &[Option<usize>]) -> Seating {
        let mut seating = vec![None; self.scenario.units.len()];
        for (unit, seat) in self.units.iter().zip(on) {
            seating[unit.index()] = seat.map(DepartureIdx::new);
        }
        seating
    }

    /// What items are worth when each level counts so much.
    fn worth(&self, multipliers: &Multipliers) -> Worth {
        let mut value = vec![0; self.units.len()];
        let mut day_cost = vec![0; self.instance.room.len()];
        for (k, &multiplier) in multipliers.of_level.iter().enumerate() {
            let signed = multiplier * i128::from(self.digits.sign[k]);
            match &self.days[k] {
                None => {
                    for (value, &c) in value.iter_mut().zip(&self.coefficients[k]) {
                        *value += signed * i128::from(c);
                    }
                }
                Some(days) => {
                    for (cost, &days) in day_cost.iter_mut().zip(days) {
                        *cost -= signed * i128::from(days);
                    }
                }
            }
        }
        Worth { value, day_cost }
    }

    /// The value of a digit's level, in its own direction maximised.
    fn value(&self, k: usize, on: &[Option<usize>]) -> i64 {
        let factor = |d: usize| self.days[k].as_ref().map_or(1, |days| days[d]);
        let of = |(item, seat): (usize, &Option<usize>)| seat.map(|d| self.coefficients[k][item] * factor(d));
        self.digits.sign[k] * on.iter().enumerate().filter_map(of).sum::<i64>()
    }

    /// Brings plan and bound of one digit together, as far as counts allow: the networks' prices first,
    /// then those of the coupled relaxation; repairs, exact searches where few columns are left, and at
    /// last a proof by cases.
    fn close(
        &self,
        k: usize,
        prices: &Prices,
        kept: &[i64],
        on: &mut dive::Seating,
    ) -> (Reached, branch::Tree) {
        let mut dual =
            self.dual(prices.cut(&self.digits, k), Multipliers::lexicographic(&self.digits, k), kept);
        let mut settled = false;
        if dual.bound.saturating_sub(self.value(k, on)) < FAR {
            self.repair(k, &dual, on, 0..1, QUICK);
            settled = self.last_persons(k, &dual, kept, on, FIRST);
        }
        if self.is_open(k, &dual, on) {
            if let Some(better) = self.coupled(k, kept).filter(|better| better.bound < dual.bound) {
                dual = better;
            }
            self.repair(k, &dual, on, 0..1, QUICK);
        }
        settled = settled || self.last_persons(k, &dual, kept, on, FIRST);
        if !settled {
            self.neighbourhoods(k, &dual, on);
            self.repair(k, &dual, on, 0..STARTS, FAILURES);
        }
        let (mut tree, mut agreed) = (None, false);
        if settled && self.is_open(k, &dual, on) {
            let value = self.value(k, on);
            tree = self.cases(k, kept, value);
            let asked = tree.is_none() && self.is_small(k) && self.last_persons(k, &dual, kept, on, SECOND);
            agreed = asked && self.value(k, on) == value;
        }
        let proof = tree.unwrap_or_else(|| dual.leaf());
        let certificate = self.certify(k, &proof);
        let bound = if agreed { self.value(k, on) } else { branch::bound_of(&proof) };
        let sign = self.digits.sign[k];
        let value = sign * self.value(k, on);
        (Reached { value, bound: sign.saturating_mul(bound), agreed, certificate }, proof)
    }

    /// How many departures are open to a type.
    fn width(&self, of: &Type) -> i128 {
        let open = self.instance.sets[self.instance.items[of.item].set].count_ones(..);
        i128::try_from(open).unwrap_or(i128::MAX)
    }

    /// Whether no row and no level up to `k` has coefficients that sum to more than 10^9, over every unit
    /// and departure: beyond, floating point is not asked for its opinion (FORMAT, `agreed`).
    fn is_small(&self, k: usize) -> bool {
        const LARGEST: i128 = 1_000_000_000;
        let pairs = |of: &Type| i128::from(of.count) * self.width(of);
        let most_days =
            |j: usize| self.days[j].as_ref().and_then(|days| days.iter().max().copied()).unwrap_or(1);
        let level = |j: usize| -> i128 {
            let each = |of: &Type| i128::from(self.coefficients[j][of.item].abs()) * pairs(of);
            self.types.iter().map(each).sum::<i128>() * i128::from(most_days(j))
        };
        let row = |r: usize| -> i128 {
            let take = |of: &Type| {
                self.instance.takes[self.instance.items[of.item].takes].iter().map(|take| take[r]).max()
            };
            self.types.iter().map(|of| i128::from(take(of).unwrap_or(0)) * i128::from(of.count)).sum()
        };
        (0..=k).all(|j| level(j) <= LARGEST) && (0..RESOURCES).all(|r| row(r) <= LARGEST)
    }

    /// Exact searches of a few departures each, where the plan loses.
    fn neighbourhoods(&self, k: usize, dual: &Dual, on: &mut dive::Seating) {
        let repair = Repair::new(&self.instance, dual.worth.clone(), dual.prices.clone());
        let mut dice = Dice::new(u64::MAX);
        let mut failures = 0;
        while failures < EXACT_FAILURES && self.is_open(k, dual, on) {
            let part = repair.neighbourhood_of(on, EXACT_SIZES[failures % EXACT_SIZES.len()], &mut dice);
            failures = if self.search_part(k, dual, &part, on) { 0 } else { failures + 1 };
        }
    }

    /// The best plan of a part for level `k`, the earlier levels kept there; whether it is better.
    fn search_part(&self, k: usize, dual: &Dual, part: &Part, on: &mut dive::Seating) -> bool {
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
    fn take_if_better(&self, k: usize, plan: dive::Seating, on: &mut dive::Seating) -> bool {
        let fits = self.instance.left(&plan).iter().flatten().all(|left| *left >= 0);
        let open = plan.iter().enumerate().all(|(item, seat)| {
            seat.is_none_or(|d| self.instance.sets[self.instance.items[item].set].contains(d))
        });
        let keeps = (0..k).all(|j| self.value(j, &plan) >= self.value(j, on));
        let better = fits && open && keeps && self.value(k, &plan) > self.value(k, on);
        if better {
            *on = dive::fill(&self.instance, plan);
        }
        better
    }

    /// A proof by cases that no plan passes `goal`.
    fn cases(&self, k: usize, kept: &[i64], goal: i64) -> Option<branch::Tree> {
        let coupled = coupled::couple(&self.instance, &self.types, &self.linear(k), kept)?;
        let left = (RELAXED_COLUMNS / coupled.task.upper.len().max(1)).min(RELAXATIONS);
        let mut branch = Branch {
            instance: &self.instance,
            types: &self.types,
            coupled,
            kept,
            goal,
            left,
            worth_of: &|multipliers| self.worth(multipliers),
            runner: self.runner,
            stop: self.stop,
        };
        branch.prove(&mut Vec::new()).ok().flatten()
    }

    fn is_open(&self, k: usize, dual: &Dual, on: &[Option<usize>]) -> bool {
        self.value(k, on) < dual.bound && !(self.stop)()
    }

    /// An exact search among the plans that lose no more than a better one may; whether it was carried
    /// through, or there is nothing to search for.
    fn last_persons(
        &self,
        k: usize,
        dual: &Dual,
        kept: &[i64],
        on: &mut dive::Seating,
        (seed, presolve): (i32, bool),
    ) -> bool {
        if !self.is_open(k, dual, on) {
            return true;
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
        exact.ask(seed, presolve);
        let Ok(answer) = (self.runner)(&exact.task) else { return false };
        if answer.point.len() == exact.columns.len() {
            let plan = exact.seating(&answer.point, &self.types, self.units.len());
            self.take_if_better(k, plan, on);
        }
        answer.outcome != linear::Outcome::Stopped
    }

    /// What an item adds to a digit's level aboard a departure, maximised.
    fn value_of(&self, k: usize, item: usize, d: usize) -> i64 {
        let factor = self.days[k].as_ref().map_or(1, |days| days[d]);
        self.digits.sign[k] * self.coefficients[k][item] * factor
    }

    /// What an item adds to a digit's level aboard anything, days apart.
    fn flat_value(&self, k: usize, item: usize) -> i64 {
        if self.days[k].is_some() { 0 } else { self.digits.sign[k] * self.coefficients[k][item] }
    }

    /// The levels up to `k` as linear functions, maximised.
    fn linear(&self, k: usize) -> Vec<coupled::Linear> {
        let linear = |j: usize| coupled::Linear {
            value: match &self.days[j] {
                None => {
                    self.types.iter().map(|of| self.digits.sign[j] * self.coefficients[j][of.item]).collect()
                }
                Some(_) => vec![0; self.types.len()],
            },
            day_cost: match &self.days[j] {
                None => vec![0; self.instance.room.len()],
                Some(days) => days.iter().map(|days| -self.digits.sign[j] * days).collect(),
            },
        };
        (0..=k).map(linear).collect()
    }

    fn dual(&self, prices: Prices, multipliers: Multipliers, kept: &[i64]) -> Dual {
        let worth = self.worth(&multipliers);
        let bound = bound::bound(&self.instance, &self.types, &worth, &prices, &multipliers, kept);
        Dual { prices, multipliers, worth, bound: bound.unwrap_or(i64::MAX) }
    }

    /// The prices of the coupled relaxation, rounded to the denominator that proves most.
    fn coupled(&self, k: usize, kept: &[i64]) -> Option<Dual> {
        let levels = self.linear(k);
        let coupled = coupled::couple(&self.instance, &self.types, &levels, kept)?;
        let answer = (self.runner)(&coupled.task).ok().filter(|answer| !answer.prices.is_empty())?;
        let price = |row: usize, denominator: i64| linear::rounded(answer.prices[row], denominator).max(0);
        let at = |denominator: i64| {
            let mut prices = Prices::free(self.instance.room.len());
            for &(row, resource, d) in &coupled.limits {
                prices.0[resource][d] = price(row, denominator);
            }
            let earlier = coupled.levels.clone().map(|row| price(row, denominator));
            let of_level = earlier.chain([i128::from(denominator)]).collect();
            self.dual(prices, Multipliers { of_level }, kept)
        };
        prices::DENOMINATORS.into_iter().map(at).min_by_key(|dual| dual.bound)
    }

    fn repair(
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

    /// A proof by cases in the rows and columns of the format.
    fn certify(&self, earlier: usize, tree: &branch::Tree) -> Certified {
        let mut rows = Vec::new();
        let mut priced = Vec::new();
        for (d, keys) in self.keys.iter().enumerate() {
            for (resource, key) in keys.iter().enumerate() {
                rows.push(key.clone());
                priced.push((resource, d));
            }
        }
        let levels =
            self.roles.iter().enumerate().filter(|(_, role)| matches!(role, Role::Digit(j) if *j < earlier));
        rows.extend(levels.map(|(level, _)| RowKey::Level(level)));
        let mut columns = Vec::new();
        let tree = self.spell(tree, &priced, &mut columns);
        Certified { tree, rows, columns }
    }

    fn spell(
        &self,
        tree: &branch::Tree,
        priced: &[(usize, usize)],
        columns: &mut Vec<(Vec<UnitIdx>, DepartureIdx)>,
    ) -> Tree {
        match tree {
            branch::Tree::Leaf { prices, multipliers, cases, bound } => {
                let limits = priced.iter().map(|&(resource, d)| prices.0[resource][d]);
                let (_, earlier) = multipliers.of_level.split_last().expect("the level itself");
                let numerators = limits.chain(earlier.iter().copied()).chain(cases.iter().copied()).collect();
                Tree::Leaf(lowest_terms(numerators, multipliers.denominator()), *bound)
            }
            branch::Tree::Split { position, at_most, low, high } => {
                let of = &self.types[*position];
                let units: Vec<UnitIdx> = of.members.iter().map(|&item| self.units[item]).collect();
                let open = self.instance.sets[self.instance.items[of.item].set].ones();
                let first = columns.len();
                columns.extend(open.map(|d| (units.clone(), DepartureIdx::new(d))));
                let split = (first..columns.len()).collect();
                let low = Box::new(self.spell(low, priced, columns));
                let high = Box::new(self.spell(high, priced, columns));
                Tree::Split { columns: split, at_most: *at_most, low, high }
            }
        }
    }

    /// A level that is the sum of all before it. The proof of the last of them counts each earlier level
    /// `lambda_j >= 1` times, so it bounds the sum too: `V_k + sum lambda_j (V_j - kept_j) <= B` gives
    /// `V_k + sum V_j <= B + sum kept_j` once each earlier row is priced `lambda_j - 1`.
    fn sum(&self, before: &[Reached], kept: &[i64], last: Option<&branch::Tree>) -> Reached {
        let value = before.iter().map(|reached| reached.value).sum();
        let (_, earlier) = kept.split_last().expect("a sum has levels before it");
        let proven = before.iter().all(|reached| reached.value == reached.bound);
        match last.and_then(|last| last.summed(earlier.iter().sum())) {
            Some(proof) if branch::bound_of(&proof) == value => {
                Reached { value, bound: value, agreed: false, certificate: self.certify(kept.len(), &proof) }
            }
            _ => {
                let bound = if proven { value } else { i64::MAX };
                Reached { value, bound, agreed: proven, certificate: Certified::nothing(bound) }
            }
        }
    }
}

impl Dual {
    fn leaf(&self) -> branch::Tree {
        let Self { prices, multipliers, bound, .. } = self.clone();
        branch::Tree::Leaf { prices, multipliers, cases: Vec::new(), bound }
    }
}

/// Prices over the least denominator.
fn lowest_terms(mut numerators: Vec<i128>, denominator: i128) -> prices::Prices {
    use num_integer::Integer;
    let common = numerators.iter().fold(denominator, |common, price| common.gcd(price));
    for price in &mut numerators {
        *price /= common;
    }
    prices::Prices {
        denominator: i64::try_from(denominator / common).expect("denominators are small"),
        numerators,
    }
}

/// Seats, and laps where any infant could sit on one.
fn networks(instance: &Instance) -> Vec<usize> {
    let laps = (0..instance.items.len()).any(|item| instance.need(item, LAPS) > 0);
    if laps { vec![SEATS, LAPS] } else { vec![SEATS] }
}

/// A level that can be a digit, its coefficients by item, and the days to each departure if it counts them.
type Candidate = (usize, Vec<i64>, Option<Vec<i64>>);

type Levels = (Vec<Role>, Digits, Vec<Vec<i64>>, Vec<Option<Vec<i64>>>);

/// The leading levels that can be digits, or are the sum of those before them.
fn levels(objectives: &[Objective], units: &[UnitIdx]) -> Levels {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut roles = Vec::new();
    for (level, objective) in objectives.iter().enumerate() {
        let earlier_tolerance = objectives[..level].iter().any(|earlier| earlier.tolerance > 0);
        let days_before = candidates.iter().any(|(_, _, days)| days.is_some());
        let (coefficients, days) = if let Some((persons, days)) = objective.days() {
            if days_before || objective.sense == Sense::Maximize {
                break;
            }
            (units.iter().map(|unit| persons[unit.index()]).collect(), Some(days.to_vec()))
        } else {
            let uniform: Option<Vec<i64>> = units.iter().map(|&unit| objective.uniform(unit)).collect();
            match uniform.filter(|_| !objective.is_cost() && objective.constant == 0) {
                Some(coefficients) => (coefficients, None),
                None => break,
            }
        };
        if earlier_tolerance {
            break;
        }
        if days.is_none() && is_sum(objectives, level, &coefficients, &candidates) {
            roles.push(Role::Sum);
            continue;
        }
        roles.push(Role::Digit(candidates.len()));
        candidates.push((level, coefficients, days));
    }
    let largest = |(level, coefficients, days): &Candidate| {
        let factor = days.as_ref().and_then(|days| days.iter().copied().max()).unwrap_or(1);
        let most = coefficients.iter().map(|c| c.abs()).max().unwrap_or(0);
        (objectives[*level].sense, most.saturating_mul(factor))
    };
    let digits = Digits::new(&candidates.iter().map(largest).collect::<Vec<_>>());
    let fitting = |role: &Role| match *role {
        Role::Digit(k) => k < digits.len(),
        Role::Sum => true,
    };
    let known = roles.iter().take_while(|role| fitting(role)).count();
    roles.truncate(known);
    let (mut coefficients, mut days) = (Vec::new(), Vec::new());
    for (_, by_item, by_departure) in candidates.into_iter().take(digits.len()) {
        coefficients.push(by_item);
        days.push(by_departure);
    }
    (roles, digits, coefficients, days)
}

/// Whether a maximised level is the sum of all earlier ones, all of them maximised and without days.
fn is_sum(objectives: &[Objective], level: usize, coefficients: &[i64], earlier: &[Candidate]) -> bool {
    let all_maximized = objectives[..=level].iter().all(|objective| objective.sense == Sense::Maximize);
    let plain = earlier.len() == level && earlier.iter().all(|(_, _, days)| days.is_none());
    let sums =
        |(item, c): (usize, &i64)| earlier.iter().map(|(_, by_item, _)| by_item[item]).sum::<i64>() == *c;
    level > 1 && all_maximized && plain && coefficients.iter().enumerate().all(sums)
}

/// Units, departures and needs, without values.
fn bare_instance(eligibility: &Eligibility, units: &[UnitIdx]) -> Instance {
    let scenario = eligibility.scenario();
    let mut kinds: FxHashMap<(bool, i64, i64, Option<u8>), usize> = FxHashMap::default();
    let mut representative: Vec<DepartureIdx> = Vec::new();
    let mut kind = Vec::new();
    for (d, departure) in scenario.departures.iter().enumerate() {
        let flight = departure.kind == crate::scenario::DepartureKind::CharterFlight;
        let vetting = departure.vetting.and_then(|vetting| vetting.min.rank());
        let key = (flight, departure.seats_per_stretcher, departure.bag_kg, vetting);
        let next = kinds.len();
        kind.push(*kinds.entry(key).or_insert(next));
        if kinds.len() > representative.len() {
            representative.push(DepartureIdx::new(d));
        }
    }
    let mut known: FxHashMap<Profile, usize> = FxHashMap::default();
    let mut takes: Vec<Vec<Take>> = Vec::new();
    let mut item = |&unit: &UnitIdx| {
        let profile = *eligibility.profile(unit);
        let next = known.len();
        let row = *known.entry(profile).or_insert(next);
        if row == takes.len() {
            takes.push(representative.iter().map(|&d| as_array(&eligibility.take(unit, d))).collect());
        }
        Item {
            set: eligibility.set_position(unit),
            takes: row,
            persons: eligibility.take(unit, DepartureIdx::new(0)).persons,
            value: 0,
        }
    };
    let items = units.iter().map(&mut item).collect();
    let room = |departure: &crate::scenario::Departure| {
        std::array::from_fn(|r| {
            rows::limit(departure, rows::RESOURCES[r]).unwrap_or(UNLIMITED).min(UNLIMITED)
        })
    };
    Instance {
        sets: eligibility.sets().to_vec(),
        items,
        takes,
        kind,
        room: scenario.departures.iter().map(room).collect(),
        day_cost: vec![0; scenario.departures.len()],
    }
}

fn as_array(take: &crate::eligibility::Take) -> Take {
    std::array::from_fn(|r| rows::used(take, rows::RESOURCES[r]))
}

/// Lowers each limit to what whole units can fill; the rows that then bind.
fn tighten(eligibility: &Eligibility, instance: &mut Instance) -> Vec<[RowKey; RESOURCES]> {
    let mut like: FxHashMap<(usize, usize), i64> = FxHashMap::default();
    for item in &instance.items {
        *like.entry((item.set, item.takes)).or_default() += 1;
    }
    let mut like: Vec<((usize, usize), i64)> = like.into_iter().collect();
    like.sort_unstable();
    let departures = eligibility.scenario().departures.len();
    let mut needs: Vec<[std::collections::BTreeMap<i64, i64>; RESOURCES]> =
        vec![std::array::from_fn(|_| std::collections::BTreeMap::new()); departures];
    for ((set, takes), count) in like {
        for d in instance.sets[set].ones() {
            let take = &instance.takes[takes][instance.kind[d]];
            for (r, &need) in take.iter().enumerate().filter(|(_, need)| **need > 0) {
                *needs[d][r].entry(need).or_default() += count;
            }
        }
    }
    let mut keys = Vec::with_capacity(departures);
    for (d, needs) in needs.iter().enumerate() {
        keys.push(std::array::from_fn(|r| tightened(instance, d, r, &needs[r])));
    }
    keys
}

fn tightened(
    instance: &mut Instance,
    d: usize,
    r: usize,
    needs: &std::collections::BTreeMap<i64, i64>,
) -> RowKey {
    let resource: Resource = rows::RESOURCES[r];
    let departure = DepartureIdx::new(d);
    let limit = instance.room[d][r];
    let needs: Vec<(i64, i64)> = needs.iter().rev().map(|(&need, &count)| (need, count)).collect();
    let total =
        needs.iter().fold(0_i64, |sum, (need, count)| sum.saturating_add(need.saturating_mul(*count)));
    match fill::largest_sum(&needs, limit).filter(|&most| most < limit && total > limit) {
        Some(most) => {
            instance.room[d][r] = most;
            RowKey::Fill(resource, departure)
        }
        None => RowKey::Limit(resource, departure),
    }
}
