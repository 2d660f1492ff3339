//! Things and bins: levels of scenarios in which only seats bind, or only masses, and units are of all sizes.
//!
//! A caseload of things rather than families (freight among the passengers, or the multiple knapsack problems of
//! the literature, written as units of `extra_seats`) is no flow: hardly two units are alike, and what matters is
//! which of them fill a departure to the last seat. Comes in: a level's [`Target`] and what is known of it. Goes
//! out: a better plan perhaps, and a proof. In here a departure is a *bin*, a class of units *things*.
//!
//! * [`instance`]: a level as things and bins.
//! * [`fewest`]: how few bins can do.
//! * [`surrogate`]: a price for room that is the same everywhere, and cases on which things go.
//! * [`loose`]: bins that what fits cannot fill, where room has no price.
//! * [`merged`]: the loads of the smallest bins, and one knapsack of all other room.
//! * [`choices`]: the one knapsack of all room exactly, and what else is worth nearly as much.
//! * [`pack`], [`cover`], [`paths`]: whether given things go into the bins, bin by bin, by what fits least, and as a
//!   flow.
//! * [`repack`]: a few bins emptied and filled anew, with what waits.
//! * [`loads`]: prices of things, and programs over what a bin may hold.
//!
//! Everything is counted, in integers; nothing is believed: a proof is FORMAT's, and a plan is checked.

mod choices;
mod cover;
mod fewest;
mod instance;
mod loads;
mod loose;
mod merged;
mod pack;
mod paths;
mod repack;
mod sums;
mod surrogate;
mod table;

pub(super) use loads::Care;

use super::linear::{self, Fault, Runner};
use super::prices::Target;
use super::standing::{self, Standing};
use crate::scenario::Scenario;
use choices::Choices;
use instance::{Bin, Class, Instance, MOST_THINGS};
use pack::Packing;
use surrogate::Effort;

/// A first search over all bins as one, one before loads are looked at for long, and the last.
const QUICK: Effort = Effort { nodes: 3_000, work: 2_000_000, packing: 100_000 };
const HALF: Effort = Effort { nodes: 12_000, work: 1_000_000, packing: 100_000 };
const WHOLE: Effort = Effort { nodes: 60_000, work: 4_000_000, packing: 100_000 };

/// Things for each bin up to which its loads are looked at before all bins as one are for long.
const FEW_THINGS: i64 = 8;

/// Things for each bin up to which what all bins hold as one says little.
const VERY_FEW_THINGS: i64 = 3;

/// Columns of programs about choices before loads are looked at, before they are looked at for long, and after.
const EASY: usize = 100_000;
const SOME: usize = 300_000;
const ALL: usize = 3_000_000;

/// Work of a packing on so many departures.
const PACKING: usize = 4_000_000;

/// By class and bin: how many go there.
type Plan = Vec<Vec<i64>>;

/// Whether units are things rather than families: most of their seats are nobody's, or they are few, of one person
/// each, every departure has seats for all of them, and what it carries is what counts.
pub(super) fn are_things(scenario: &Scenario) -> bool {
    let further: i64 = scenario.units.iter().map(|unit| unit.extra_seats).sum();
    let persons: usize = scenario.units.iter().map(|unit| unit.persons.len()).sum();
    let Ok(persons) = i64::try_from(persons) else { return false };
    let are_single = persons <= MOST_THINGS && scenario.units.iter().all(|unit| unit.persons.len() == 1);
    let are_weighed =
        are_single && scenario.departures.iter().any(|departure| departure.payload_kg.is_some());
    let have_seats =
        scenario.departures.iter().all(|departure| departure.usable_seats() >= persons + further);
    further > persons || (are_weighed && have_seats)
}

/// Looks for a better plan of a level than `standing` has and for a proof.
///
/// # Errors
/// Where the solver fails; the plan at hand and its bound hold all the same.
pub(super) fn settle(
    target: &Target,
    standing: &mut Standing,
    care: Care,
    runner: &Runner,
    stop: &dyn Fn() -> bool,
) -> Result<(), Fault> {
    let Some(instance) = Instance::of(target) else { return Ok(()) };
    if instance.is_decided(target) {
        if let Some((bound, tree)) =
            fewest::bound(&instance, target).filter(|(bound, _)| *bound <= standing.bound)
        {
            (standing.bound, standing.tree) = (bound, Some(tree));
        }
        instance.on_fewer(target, standing, runner)?;
    } else if instance.is_even() && target.more.is_empty() && instance.minds_no_use(target) {
        return instance.by_surrogate(target, standing, care, runner, stop);
    }
    for care in [Care::Little, care] {
        if !standing.is_closed(target) && !stop() {
            loads::settle(&instance, target, standing, care, runner, stop)?;
        }
    }
    Ok(())
}

impl Instance {
    /// The same things on fewer departures: those that cost least for their room, one more until they all fit. Where
    /// the departures have the same room and all must go, two searches that find none on one fewer agree on the level.
    fn on_fewer(&self, target: &Target, standing: &mut Standing, runner: &Runner) -> Result<(), Fault> {
        let Some(plan) = standing.point.as_ref().map(|point| self.plan(target, point)) else { return Ok(()) };
        let cost = |bin: usize| -self.used(target, bin).map_or(0, |column| target.objective[column]);
        let mut bins: Vec<usize> = (0..self.bins.len()).collect();
        bins.sort_by(|&a, &b| {
            let by_room = |a: usize, b: usize| i128::from(cost(a)) * i128::from(self.bins[b].room);
            let (dear, cheap) = (by_room(a, b), by_room(b, a));
            dear.cmp(&cheap).then(self.bins[b].room.cmp(&self.bins[a].room)).then(a.cmp(&b))
        });
        let goes: Vec<i64> = plan.iter().map(|places| places.iter().sum()).collect();
        let are_alike = bins.iter().all(|&bin| self.bins[bin].room == self.bins[0].room && cost(bin) >= 0);
        let mut too_few = false;
        for many in 1..=bins.len() {
            let among = &bins[..many];
            let value = target.constant - among.iter().map(|&bin| cost(bin)).sum::<i64>();
            if value > standing.bound {
                continue;
            }
            let part = self.among(among);
            let packing = match surrogate::packed(&part, &goes, &mut { PACKING }) {
                None => paths::packed(&part, &goes, target, runner)?,
                Some(plan) => Packing::Found(plan),
            };
            let Packing::Found(packed) = packing else {
                too_few = packing == Packing::Nothing;
                continue;
            };
            let mut plan = self.nothing();
            for (places, packed) in plan.iter_mut().zip(packed) {
                for (&bin, n) in among.iter().zip(packed) {
                    places[bin] = n;
                }
            }
            standing.offer(target, &self.point(target, &plan));
            if too_few && are_alike && standing.value(target) == Some(value) && self.all_must_go(target) {
                (standing.bound, standing.tree, standing.agreed) = (value, None, true);
            }
            break;
        }
        Ok(())
    }

    /// The same things, and these bins alone.
    fn among(&self, bins: &[usize]) -> Self {
        let classes = self.classes.iter().map(|class| {
            let open = bins.iter().map(|&bin| class.open[bin]).collect();
            Class { open, ..class.clone() }
        });
        Self {
            classes: classes.collect(),
            bins: bins.iter().map(|&bin| self.bins[bin].clone()).collect(),
            given: Vec::new(),
            ..*self
        }
    }

    /// Whether a row says that all things must go.
    fn all_must_go(&self, target: &Target) -> bool {
        target.rows().any(|row| {
            let each = self.classes.iter().map(|class| (class.count, row.coefficient(class.columns.start)));
            let all: i128 = each.clone().map(|(count, a)| i128::from(count) * i128::from(a)).sum();
            let is_all = each.clone().all(|(count, a)| count == 0 || a < 0) && all == i128::from(row.at_most);
            let boards = self.classes.last().map_or(0, |class| class.columns.end);
            !row.equal
                && is_all
                && self.is_even_in(row)
                && row.terms.iter().all(|&(column, _)| column < boards)
        })
    }

    /// All bins as one, then loads, if few can be in a better plan; then all with more care.
    fn by_surrogate(
        &self,
        target: &Target,
        standing: &mut Standing,
        care: Care,
        runner: &Runner,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        let mut choices = self.by_choices(target, standing, stop);
        self.exclude(choices.as_mut(), EASY, target, standing, runner, stop)?;
        if standing.is_closed(target) || stop() {
            return Ok(());
        }
        if self.search(target, standing, QUICK, stop).is_some() || stop() {
            return Ok(());
        }
        let holds_few = self.has_at_most(FEW_THINGS);
        if !holds_few {
            merged::settle(self, target, standing, runner, stop)?;
            if standing.is_closed(target) || stop() {
                return Ok(());
            }
        }
        loads::settle(self, target, standing, Care::Little, runner, stop)?;
        let is_coarse = care == Care::Much && holds_few;
        if is_coarse {
            // Where bins hold few things their loads say soon what all else takes long to say.
            self.exclude(choices.as_mut(), SOME, target, standing, runner, stop)?;
            if standing.is_closed(target) || self.search(target, standing, HALF, stop).is_some() || stop() {
                return Ok(());
            }
            loads::settle(self, target, standing, care, runner, stop)?;
        }
        self.exclude(choices.as_mut(), ALL, target, standing, runner, stop)?;
        if standing.is_closed(target) || stop() {
            return Ok(());
        }
        let start = standing.point.as_ref().map_or_else(|| self.nothing(), |point| self.plan(target, point));
        let ceiling = standing.bound.saturating_sub(self.constant);
        let better = repack::repack(self, start, ceiling, stop);
        standing.offer(target, &self.point(target, &better));
        if standing.is_closed(target) || self.search(target, standing, WHOLE, stop).is_some() || stop() {
            return Ok(());
        }
        if is_coarse || care == Care::Little {
            Ok(())
        } else {
            loads::settle(self, target, standing, care, runner, stop)
        }
    }

    /// Whether there are no more than so many things for each bin.
    fn has_at_most(&self, many: i64) -> bool {
        let things: i64 = self.classes.iter().map(|class| class.count).sum();
        things <= many * i64::try_from(self.bins.len()).unwrap_or(i64::MAX)
    }

    /// The one knapsack's best value, proven, and what of its best choices is packed.
    fn by_choices<'i>(
        &'i self,
        target: &Target,
        standing: &mut Standing,
        stop: &dyn Fn() -> bool,
    ) -> Option<Choices<'i>> {
        if self.has_at_most(VERY_FEW_THINGS) {
            return None;
        }
        let mut choices = Choices::of(self)?;
        let known = standing.value(target).map_or(-1, |value| value - self.constant);
        if let Some(plan) = choices.pack(known, stop) {
            standing.offer(target, &self.point(target, &plan));
        }
        let proven = choices.proof(WHOLE, stop);
        if let Some((bound, tree)) = proven.filter(|(bound, _)| *bound <= standing.bound) {
            (standing.bound, standing.tree) = (bound, Some(tree));
        }
        Some(choices)
    }

    /// What two searches say of choices that cannot be packed.
    fn exclude(
        &self,
        choices: Option<&mut Choices>,
        columns: usize,
        target: &Target,
        standing: &mut Standing,
        runner: &Runner,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        let Some((choices, value)) = choices.zip(standing.value(target)) else { return Ok(()) };
        if !standing.is_closed(target)
            && choices.exclude(value - self.constant, columns, target, runner, stop)?
        {
            (standing.bound, standing.tree, standing.agreed) = (value, None, true);
        }
        Ok(())
    }

    /// A search over all bins as one, for a better plan and a proof; whether it ended.
    fn search(
        &self,
        target: &Target,
        standing: &mut Standing,
        effort: Effort,
        stop: &dyn Fn() -> bool,
    ) -> Option<()> {
        let known = standing.value(target).map_or(-1, |value| value - self.constant);
        let ended = surrogate::Search::new(self, known, effort, stop).run();
        if let Some(plan) = &ended.plan {
            standing.offer(target, &self.point(target, plan));
        }
        let bound = ended.bound.saturating_add(self.constant);
        if let Some(proof) = ended.proof.filter(|_| bound <= standing.bound) {
            (standing.bound, standing.tree) = (bound, Some(proof));
        }
        standing.is_closed(target).then_some(())
    }
}

/// Whether two searches may agree on a program: HiGHS says so, and no coefficients sum to more than 10^9.
fn may_agree(target: &Target, task: &linear::Task) -> bool {
    let rows = task.rows.iter().map(|(terms, ..)| terms.as_slice());
    linear::HAS_HIGHS
        && standing::is_small(target)
        && standing::sums_are_small(&task.upper, &task.objective, rows)
}
