//! The engine: bound, build, prove, hardly ever with a solver of others'.
//!
//! For scenarios whose rules are those of single departures (seats, laps, wheelchairs, ...), pins and locked
//! manifests besides: whoever has a place for certain is taken out, and the place with it. The levels
//! that are values of units, or days to the departure, become digits of one lexicographic value. Seats
//! and laps are each an integer network ([`fluid`]) whose prices bound every level exactly ([`bound`]);
//! a dive builds a plan from the flows ([`dive`]), repairs close what is left ([`repair`]), and a tree of cases
//! over the relaxation of all resources at once finds and proves the rest ([`branch`]).
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
mod fixed;
mod fluid;
mod instance;
mod lift;
mod proof;
mod repair;
mod search;
mod setup;
mod simplex;
mod sums;
mod sweep;
mod whole;

use super::cases::Tree;
use super::linear::{self, Runner};
use super::prices;
use super::{Certified, Seating};
use crate::eligibility::Eligibility;
use crate::model::measure::{Objective, cost_if_used};
use crate::model::{RowKey, rows};
use crate::scenario::{Baseline, DepartureIdx, Scenario, UnitIdx};
use bound::{Multipliers, Prices, Type, Worth};
use coupled::{Coupled, Flow};
use digits::Digits;
use fluid::Fluid;
use instance::{Instance, LAPS, RESOURCES, SEATS};
use whole::Relaxed;

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

/// Times that repairs and exact searches take turns.
const ROUNDS: u64 = 4;
/// Exact searches of a few departures without a better plan after which they end.
const EXACT: usize = 12;
/// As many before the coupled relaxation is asked, where departures are many.
const FIRST_EXACT: usize = 4;
/// Attempts without a better plan after which a level's repair gives up.
const FAILURES: usize = 80;
/// A bound further from the plan than this says nothing: an earlier level's was not whole.
const FAR: i64 = 1_000;
/// The seed of a first exact search, and whether it presolves; of a second opinion.
const FIRST: (i32, bool) = (0, true);
const SECOND: (i32, bool) = (1, false);
/// A gap up to which repairs come before the coupled relaxation where it is soon at hand: of few departures.
const NEAR: i64 = 10;
/// Attempts at first, before other prices are asked for.
const QUICK: usize = 60;
/// As many where the coupled relaxation comes next.
const BRIEF: usize = 12;
/// Plans that a level's repair starts from, the plan at hand first.
const STARTS: u64 = 4;
/// Departures beyond which a coupled relaxation is slower than exact searches of a few.
const MANY: usize = 50;
/// Departures beyond which it is so slow that exact searches of a few come first.
const MOST: usize = 150;
/// Columns of the program of classes up to which what is coarse is left to the cases over it.
const HANDED_ON: i128 = 30_000;
/// One in so many of those aboard are few.
const FEW: i64 = 4;
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

/// A digit's level to be closed.
#[derive(Clone, Copy)]
struct Level<'l> {
    k: usize,
    /// What those before it keep.
    kept: &'l [i64],
    /// The prices at hand.
    dual: &'l Dual,
}

/// Runs the engine, as if there were no rule that ties departures or units together: where there is one
/// ([`has_only_plain_rules`]) its bounds hold too, as long as each level before keeps what the engine's plan has, and
/// its plan may break it. With an earlier plan its search starts from there, so that few places change hands. `None` where
/// nothing can be said. `begins` is told of each level before its search.
pub(super) fn run(
    eligibility: &Eligibility,
    objectives: &[Objective],
    earlier: Option<&Baseline>,
    runner: &Runner,
    stop: &(dyn Fn() -> bool + Sync),
    begins: &dyn Fn(usize),
) -> Option<Result> {
    Some(Engine::new(eligibility, objectives, earlier, runner, stop)?.run(begins))
}

/// What no plan passes at a level where those before it keep these values, by prices for which they count alike, and the proof.
pub(super) fn bound_beside(
    eligibility: &Eligibility,
    objectives: &[Objective],
    runner: &Runner,
    kept: &[i64],
) -> Option<(i64, Certified)> {
    let level = kept.len();
    let engine = Engine::new(eligibility, objectives, None, runner, &|| false)?;
    let Role::Digit(k) = *engine.roles.get(level)? else { return None };
    let kept = (0..level).filter_map(|level| engine.kept(level, kept[level]));
    let dual = engine.dual_of_alike(k, &kept.collect::<Vec<i64>>());
    let bound = engine.digits.sign[k].checked_mul(dual.bound.checked_add(engine.fixed_value(level))?)?;
    Some((bound, engine.certify(level, k, &dual.leaf())))
}

/// Whether no rule ties departures or units together.
pub(super) fn has_only_plain_rules(eligibility: &Eligibility) -> bool {
    let scenario = eligibility.scenario();
    let plain = |departure: &crate::scenario::Departure| {
        departure.min_load == 0
            && rows::allotments_in_force(scenario, departure).next().is_none()
            && (cost_if_used(departure) == 0 || scenario.budget_usd.is_none())
    };
    scenario.links.is_empty()
        && scenario.quotas.is_empty()
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
    /// Who has a place for certain.
    fixed: Vec<fixed::Fixed>,
    /// By digit and item: the coefficient.
    coefficients: Vec<Vec<i64>>,
    /// By digit: the day of each departure, where the level multiplies with it.
    days: Vec<Option<Vec<i64>>>,
    types: Vec<Type>,
    /// The rows behind `instance.room`.
    keys: Vec<[RowKey; RESOURCES]>,
    runner: &'e Runner<'e>,
    stop: &'e (dyn Fn() -> bool + Sync),
    /// The plan that it is changed from.
    earlier: Option<&'e Baseline>,
    /// By digit: the neighbourhoods that have nothing left.
    barren: Vec<search::Barren>,
}

impl<'e> Engine<'e> {
    fn new(
        eligibility: &'e Eligibility<'e>,
        objectives: &'e [Objective],
        earlier: Option<&'e Baseline>,
        runner: &'e Runner<'e>,
        stop: &'e (dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let scenario = eligibility.scenario();
        let fixed = fixed::fixed(eligibility, objectives)?;
        let open: Vec<UnitIdx> = (0..scenario.units.len())
            .map(UnitIdx::new)
            .filter(|&unit| !eligibility.open(unit).is_clear())
            .collect();
        let units: Vec<UnitIdx> =
            open.iter().copied().filter(|unit| !fixed::contains(&fixed, *unit)).collect();
        let (roles, digits, coefficients, days) = setup::levels(objectives, &units);
        if digits.len() == 0 {
            return None;
        }
        let mut everybody = setup::bare_instance(eligibility, &open);
        let keys = setup::tighten(eligibility, &mut everybody);
        let mut instance = fixed::without(eligibility, everybody, &open, &fixed)?;
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
        let types = bound::types(&instance);
        let barren = digits.sign.iter().map(|_| search::Barren::default()).collect();
        Some(Self {
            scenario,
            objectives,
            roles,
            digits,
            instance,
            units,
            fixed,
            coefficients,
            days,
            types,
            keys,
            runner,
            stop,
            earlier,
            barren,
        })
    }

    fn run(&self, begins: &dyn Fn(usize)) -> Result {
        let instance = &self.instance;
        let mut fluids = pour(instance);
        let prices =
            self.prices(instance, &fluids, &Multipliers::lexicographic(&self.digits, self.digits.len() - 1));
        let mut on = match self.earlier {
            Some(earlier) => self.as_before(earlier),
            None => dive::dive(instance, &mut fluids, 0),
        };
        drop(fluids);
        let mut levels: Vec<Reached> = Vec::new();
        let mut kept: Vec<i64> = Vec::new();
        let mut last: Option<branch::Tree> = None;
        let mut basis = Vec::new();
        for (level, role) in self.roles.iter().enumerate() {
            let reached = match *role {
                Role::Digit(k) => {
                    begins(level);
                    let is_free = levels.iter().any(|reached| reached.value != reached.bound);
                    let mut dual = self.lexicographic_dual(k, &prices, &kept);
                    if is_free && self.is_open(k, &dual, &on) {
                        let alike = self.dual_of_alike(k, &kept);
                        if alike.bound < dual.bound {
                            dual = alike;
                        }
                    }
                    let (reached, proof) = self.close((level, k), dual, &kept, &mut basis, &mut on);
                    last = Some(proof);
                    reached
                }
                Role::Sum => self.sum(level, &levels, &kept, last.as_ref()),
            };
            kept.extend(self.kept(level, reached.value));
            levels.push(reached);
        }
        // A later repair may have found more for an earlier level that is still open.
        for (level, (reached, role)) in levels.iter_mut().zip(&self.roles).enumerate() {
            if let Role::Digit(k) = *role {
                reached.value = self.digits.sign[k] * (self.value(k, &on) + self.fixed_value(level));
            }
        }
        if let Some(earlier) = self.earlier {
            self.back_where_they_were(earlier, &mut on);
        }
        Result { on: self.seating(&on), levels }
    }

    fn seating(&self, on: &[Option<usize>]) -> Seating {
        let mut seating = vec![None; self.scenario.units.len()];
        for (unit, seat) in self.units.iter().zip(on) {
            seating[unit.index()] = seat.map(DepartureIdx::new);
        }
        for fixed in &self.fixed {
            seating[fixed.unit.index()] = Some(fixed.departure);
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

    /// The value of a digit's level, in its own direction maximised, those apart whose place is certain.
    fn value(&self, k: usize, on: &[Option<usize>]) -> i64 {
        let factor = |d: usize| self.days[k].as_ref().map_or(1, |days| days[d]);
        let of = |(item, seat): (usize, &Option<usize>)| seat.map(|d| self.coefficients[k][item] * factor(d));
        self.digits.sign[k] * on.iter().enumerate().filter_map(of).sum::<i64>()
    }

    /// Brings plan and bound of one digit together, as far as counts allow: the networks' prices first,
    /// then those of the coupled relaxation, its cases and their dives; where these end, searches around
    /// losses and exact ones where few columns are left.
    fn close(
        &self,
        (level, k): (usize, usize),
        mut dual: Dual,
        kept: &[i64],
        basis: &mut Vec<u8>,
        on: &mut dive::Seating,
    ) -> (Reached, branch::Tree) {
        let (mut settled, mut tree, mut hands_on) = (false, None, false);
        let many = self.instance.room.len() > MANY;
        let near = if many { FAR } else { NEAR };
        if dual.bound.saturating_sub(self.value(k, on)) < near {
            self.repair(k, &dual, on, 0..1, BRIEF);
            settled = many && self.last_persons(k, &dual, kept, on, FIRST, exact::FEW);
            if !settled && self.instance.room.len() > MOST {
                self.neighbourhoods(k, &dual, on, FIRST_EXACT, 0);
            }
        }
        if many && self.outweighs(k, on) {
            basis.clear();
        }
        if let Some((coupled, answer)) =
            self.is_open(k, &dual, on).then(|| self.coupled(k, kept, Flow::Seats, basis)).flatten()
        {
            let better = self.priced(&coupled, &answer, kept);
            if better.bound < dual.bound {
                dual = better;
            }
            (tree, settled, hands_on) =
                self.by_relaxation(Level { k, kept, dual: &dual }, (&coupled, &answer), on);
        }
        if !settled && !hands_on && self.is_open(k, &dual, on) {
            let is_near = dual.bound.saturating_sub(self.value(k, on)) < FAR;
            for round in 0..if is_near { ROUNDS } else { 1 } {
                self.mend(k, &dual, on, on.clone(), STARTS + round, QUICK);
                self.neighbourhoods(k, &dual, on, EXACT, 2 + round);
            }
            if is_near {
                self.repair(k, &dual, on, 1..STARTS, FAILURES);
            }
        }
        settled = settled || (!hands_on && self.last_persons(k, &dual, kept, on, FIRST, exact::WHOLE));
        let mut agreed = false;
        if settled && tree.is_none() && self.is_open(k, &dual, on) {
            let value = self.value(k, on);
            let asked = self.is_small(k) && self.last_persons(k, &dual, kept, on, SECOND, exact::WHOLE);
            agreed = asked && self.value(k, on) == value;
        }
        let proof = tree.unwrap_or_else(|| dual.leaf());
        let certificate = self.certify(level, k, &proof);
        let bound = if agreed { self.value(k, on) } else { branch::bound_of(&proof) };
        let sign = self.digits.sign[k];
        let fixed = self.fixed_value(level);
        let value = sign * (self.value(k, on) + fixed);
        let bound = sign.saturating_mul(bound.saturating_add(fixed));
        (Reached { value, bound, agreed, certificate }, proof)
    }

    /// Plans and a proof from the coupled relaxation: a tree without trials in which families of the first levels flow apart, one
    /// with trials, shapes, searches around the losses. The proof; whether no plan is better; whether the cases over the program
    /// of classes go on instead.
    fn by_relaxation(
        &self,
        of: Level,
        (coupled, answer): (&Coupled, &linear::Answer),
        on: &mut dive::Seating,
    ) -> (Option<branch::Tree>, bool, bool) {
        let Level { k, kept, dual } = of;
        let relaxed = Relaxed::new(&self.instance, &self.types, coupled, answer);
        let hands_on = self.hands_on(&relaxed);
        if coupled.is_coarse {
            let whole: Vec<i64> = answer.point.iter().map(|x| x.div_euclid(linear::POINT_UNIT)).collect();
            let plan = self.beside_earlier(k, on, &relaxed.seated(&whole));
            self.mend(k, dual, on, plan, 0, BRIEF);
        }
        let apart = self.is_open(k, dual, on).then(|| self.apart(k, kept, &relaxed, answer, on)).flatten();
        let apart = apart
            .as_ref()
            .map(|(coupled, answer)| Relaxed::new(&self.instance, &self.types, coupled, answer));
        let mut tree = self.cases(of, apart.as_ref().unwrap_or(&relaxed), on, proof::UNTRIED, &mut None);
        // The tree with trials grows on after the search beside it; one that cannot would end at the same node again, unless the
        // plan is better by then.
        let (mut grown, before) = (None, self.value(k, on));
        if tree.is_none() && !hands_on {
            tree = self.cases(of, &relaxed, on, proof::TRIED, &mut grown);
        }
        if tree.is_none() && !coupled.is_coarse {
            tree = self.cases_of_shapes(of, on);
        }
        if tree.is_none() && !hands_on && (grown.is_some() || self.value(k, on) > before) {
            tree = self.cases(of, &relaxed, on, proof::LONG, &mut grown);
        }
        let mut settled = false;
        if tree.is_none() && !hands_on && self.is_open(k, dual, on) {
            let before = self.value(k, on);
            settled = self.approach(k, &relaxed, dual, on);
            if self.value(k, on) > before {
                tree = self.both(of, &relaxed, on);
            }
        }
        let is_proven = tree.is_some();
        (tree, settled || is_proven, hands_on && !is_proven)
    }

    /// Whether an item counts in a digit's level before `k`.
    fn counts_before(&self, k: usize, item: usize) -> bool {
        (0..k).any(|j| self.coefficients[j][item] != 0)
    }

    /// Those who count in a level before `k` where they are, everybody else where `wish` has them as far as there is room.
    fn beside_earlier(&self, k: usize, on: &[Option<usize>], wish: &[Option<usize>]) -> dive::Seating {
        let only = |seats: &[Option<usize>], whose: bool| -> dive::Seating {
            let is_one = |item: usize| self.counts_before(k, item) == whose;
            seats.iter().enumerate().map(|(item, seat)| seat.filter(|_| is_one(item))).collect()
        };
        dive::fill_as(&self.instance, only(on, true), &only(wish, false))
    }

    /// Whether a level is worth more than all before it: where the relaxation of one of them ended is far from its end then.
    fn outweighs(&self, k: usize, on: &[Option<usize>]) -> bool {
        let value = |j: usize| self.value(j, on).abs();
        value(k) > (0..k).map(value).sum()
    }

    /// By type: whether it counts in the first levels, as many of them as few of those aboard count in.
    fn few(&self, on: &[Option<usize>]) -> Vec<bool> {
        let aboard = |counts: &dyn Fn(usize) -> bool| -> i64 {
            let items = on.iter().enumerate().filter(|(item, seat)| seat.is_some() && counts(*item));
            items.map(|(item, _)| self.instance.items[item].persons).sum()
        };
        let is_few = |k: &usize| FEW * aboard(&|item| self.counts_before(*k, item)) <= aboard(&|_| true);
        let most = (1..=self.coefficients.len()).take_while(is_few).last().unwrap_or(0);
        self.types.iter().map(|of| self.counts_before(most, of.item)).collect()
    }

    /// Whether the cases over the program of classes have as good a relaxation, and more to search with.
    fn hands_on(&self, relaxed: &Relaxed) -> bool {
        let pairs = || self.types.iter().map(|of| self.width(of)).sum::<i128>();
        relaxed.coupled.is_coarse && pairs() <= HANDED_ON
    }

    fn is_open(&self, k: usize, dual: &Dual, on: &[Option<usize>]) -> bool {
        self.value(k, on) < dual.bound && !(self.stop)()
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

    /// What those whose place is not certain keep of a level's value, if it is a digit's; maximised.
    fn kept(&self, level: usize, value: i64) -> Option<i64> {
        let Role::Digit(k) = self.roles[level] else { return None };
        Some(self.digits.sign[k] * value - self.fixed_value(level) - self.objectives[level].tolerance)
    }

    /// What the networks' prices say of a level.
    fn lexicographic_dual(&self, k: usize, prices: &Prices, kept: &[i64]) -> Dual {
        self.dual(prices.cut(&self.digits, k), Multipliers::lexicographic(&self.digits, k), kept)
    }

    /// What prices say for which the levels before count no more than the level itself: where one of them keeps less than its
    /// bound, lexicographic prices pay for that without measure.
    fn dual_of_alike(&self, k: usize, kept: &[i64]) -> Dual {
        let alike = self.worth(&Multipliers { of_level: vec![1; k + 1] });
        let mut instance = self.instance.clone();
        instance.items.iter_mut().zip(alike.value).for_each(|(item, value)| item.value = value);
        instance.day_cost = alike.day_cost;
        let multipliers = Multipliers::alike(k);
        let prices = self.prices(&instance, &pour(&instance), &multipliers);
        self.dual(prices, multipliers, kept)
    }

    /// The networks' prices, and those of whatever else is limited.
    fn prices(&self, instance: &Instance, fluids: &[Fluid], multipliers: &Multipliers) -> Prices {
        let mut prices = Prices::free(instance.room.len());
        for fluid in fluids {
            fluid.price(instance, &mut prices);
        }
        let swept = sweep::swept(instance, LAPS);
        sweep::sweep(instance, &self.types, &self.worth(multipliers), &mut prices, &swept, SWEEPS);
        prices
    }

    /// The coupled relaxation in which those of the first levels, as far as few count in them, flow apart; solved from where
    /// `relaxed` ended. `None` where nobody does.
    fn apart(
        &self,
        k: usize,
        kept: &[i64],
        relaxed: &Relaxed,
        answer: &linear::Answer,
        on: &[Option<usize>],
    ) -> Option<(Coupled, linear::Answer)> {
        let few = self.few(on);
        if relaxed.coupled.is_coarse || !few.contains(&true) {
            return None;
        }
        let Self { instance, types, .. } = self;
        let apart = coupled::couple(instance, types, &self.linear(k), kept, Flow::Apart(&few))?;
        let mut basis = lift::lift(instance, types, (relaxed.coupled, relaxed.places, &answer.point), &apart);
        self.solved(apart, &mut basis)
    }

    /// The coupled relaxation, solved from where that of an earlier level ended.
    fn coupled(
        &self,
        k: usize,
        kept: &[i64],
        flow: Flow,
        basis: &mut Vec<u8>,
    ) -> Option<(Coupled, linear::Answer)> {
        let levels = self.linear(k);
        self.solved(coupled::couple(&self.instance, &self.types, &levels, kept, flow)?, basis)
    }

    fn solved(&self, coupled: Coupled, basis: &mut Vec<u8>) -> Option<(Coupled, linear::Answer)> {
        let mut task = coupled.task.clone();
        if !basis.is_empty() {
            task.search = linear::Search::Resumed { basis: std::mem::take(basis) };
        }
        let is_solved =
            |answer: &linear::Answer| !answer.prices.is_empty() && answer.point.len() == task.upper.len();
        let answer = (self.runner)(&task).ok().filter(is_solved)?;
        basis.clone_from(&answer.basis);
        Some((coupled, answer))
    }

    /// Its prices, rounded to the denominator that proves most.
    fn priced(&self, coupled: &Coupled, answer: &linear::Answer, kept: &[i64]) -> Dual {
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
        let duals = prices::DENOMINATORS.into_iter().map(at);
        duals.min_by_key(|dual| dual.bound).expect("there are denominators")
    }
}

/// The networks of an instance, filled.
fn pour(instance: &Instance) -> Vec<Fluid> {
    networks(instance).into_iter().map(|resource| Fluid::pour(instance, resource)).collect()
}

/// Seats, and laps where any infant could sit on one.
fn networks(instance: &Instance) -> Vec<usize> {
    let laps = (0..instance.items.len()).any(|item| instance.need(item, LAPS) > 0);
    if laps { vec![SEATS, LAPS] } else { vec![SEATS] }
}

#[cfg(test)]
mod tests {
    use fixedbitset::FixedBitSet;

    use super::coupled::{Linear, couple};
    use super::instance::Item;
    use super::simplex::UNLIMITED;
    use super::*;
    use crate::solve::dice::Dice;

    /// A level that few count in and one of all others, on six departures: families of one to five, some of them with an infant
    /// on a lap; more of them than there are seats.
    pub(super) fn drawn(seed: u64) -> Instance {
        const DEPARTURES: usize = 6;
        let mut dice = Dice::new(seed);
        let mut number = |least: i64, most: i64| {
            let span = usize::try_from(most - least + 1).unwrap_or(1);
            least + i64::try_from(dice.below(span)).unwrap_or(0)
        };
        let sets: Vec<FixedBitSet> = (0..9)
            .map(|_| {
                let mut set = FixedBitSet::with_capacity(DEPARTURES);
                (0..DEPARTURES).filter(|_| number(0, 1) == 0).for_each(|d| set.insert(d));
                set.insert(usize::try_from(number(0, 5)).unwrap_or(0));
                set
            })
            .collect();
        // By persons less one, without and with an infant on a lap.
        let takes = (1..=5).flat_map(|persons| [[persons, 0], [persons - 1, 1]]);
        let takes: Vec<Vec<instance::Take>> =
            takes.map(|[seats, laps]| vec![[seats, laps, 0, 0, 0, 0]]).collect();
        let items = (0..60).map(|_| {
            let persons = number(1, 5);
            let lap = i64::from(persons > 1 && number(0, 4) == 0);
            let is_early = number(0, 3) == 0;
            Item {
                set: usize::try_from(number(0, 8)).unwrap_or(0),
                takes: usize::try_from(2 * (persons - 1) + lap).unwrap_or(0),
                persons,
                value: i128::from(persons) * if is_early { 1_000 } else { 1 },
            }
        });
        let items = items.collect();
        let room = (0..DEPARTURES).map(|_| [number(9, 14), 2, UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED]);
        Instance {
            sets,
            items,
            takes,
            kind: vec![0; DEPARTURES],
            room: room.collect(),
            day_cost: vec![0; DEPARTURES],
        }
    }

    /// The persons of the two levels of a drawn instance in a plan.
    pub(super) fn persons(instance: &Instance, on: &[Option<usize>]) -> [i64; 2] {
        let of = |first: bool| {
            let aboard = instance.items.iter().zip(on).filter(|(_, seat)| seat.is_some());
            aboard.filter(|(item, _)| (item.value >= 1_000) == first).map(|(item, _)| item.persons).sum()
        };
        [of(true), of(false)]
    }

    /// The relaxation of the second level of a drawn instance, the first keeping what a plan has.
    pub(super) fn relaxation(instance: &Instance, types: &[Type], kept: i64, flow: Flow) -> Coupled {
        let level = |first: bool| Linear {
            value: types
                .iter()
                .map(|of| &instance.items[of.item])
                .map(|item| if (item.value >= 1_000) == first { item.persons } else { 0 })
                .collect(),
            day_cost: vec![0; instance.room.len()],
        };
        couple(instance, types, &[level(true), level(false)], &[kept], flow).expect("it is small")
    }

    #[test]
    fn a_plan_is_a_point_of_the_relaxation() {
        for seed in 0..20 {
            let instance = drawn(seed);
            let types = bound::types(&instance);
            let on = dive::dive(&instance, &mut pour(&instance), 0);
            let [first, second] = persons(&instance, &on);
            let coupled = relaxation(&instance, &types, first, Flow::Shapes);
            let answer = linear::run_own(&coupled.task);
            let point = Relaxed::new(&instance, &types, &coupled, &answer).point_of(&on);
            let sum =
                |terms: &[(usize, i64)]| terms.iter().map(|&(column, a)| a * point[column]).sum::<i64>();
            for (terms, at_most, equal) in &coupled.task.rows {
                assert!(sum(terms) <= *at_most && (!equal || sum(terms) == *at_most), "seed {seed}");
            }
            let worth: Vec<(usize, i64)> = coupled.task.objective.iter().copied().enumerate().collect();
            assert_eq!(sum(&worth), second, "seed {seed}");
        }
    }
}
