//! Things and bins: levels of scenarios in which only seats bind and units are of all sizes.
//!
//! A caseload of things rather than families (freight among the passengers, or the multiple knapsack problems of
//! the literature, written as units of `extra_seats`) is no flow: hardly two units are alike, and what matters is
//! which of them fill a departure to the last seat. Comes in: a level's [`Target`] and what is known of it. Goes
//! out: a better plan perhaps, and a proof. In here a departure is a *bin*, a class of units *things*.
//!
//! * [`fewest`]: how few bins can do.
//! * [`surrogate`]: a price for room that is the same everywhere, and cases on which things go.
//! * [`pack`]: whether given things go into the bins.
//! * [`repack`]: a few bins emptied and filled anew, with what waits.
//! * [`loads`]: prices of things, and programs over what a bin may hold.
//!
//! Everything is counted, in integers; nothing is believed: a proof is FORMAT's, and a plan is checked.

mod fewest;
mod loads;
mod pack;
mod repack;
mod surrogate;

pub(super) use loads::Care;

use super::Standing;
use super::linear::{Fault, Runner};
use super::prices::Target;
use crate::certificate::Resource;
use crate::model::{Column, Row, RowKey};
use crate::scenario::{DepartureIdx, Scenario};
use std::ops::Range;
use surrogate::Effort;

/// Units beyond which nothing is tried here.
const MOST_THINGS: i64 = 400;
/// Departures beyond which nothing is tried here.
const MOST_BINS: usize = 120;
/// What sizes, rooms and values are below, so that no product passes 128 bits.
const LARGEST: i64 = 1 << 40;

/// A first search over all bins as one, one before loads are looked at for long, and the last.
const QUICK: Effort = Effort { nodes: 3_000, work: 2_000_000, packing: 100_000 };
const HALF: Effort = Effort { nodes: 12_000, work: 1_000_000, packing: 100_000 };
const WHOLE: Effort = Effort { nodes: 60_000, work: 4_000_000, packing: 100_000 };

/// Things for each bin up to which its loads are looked at before all bins as one are for long.
const FEW_THINGS: i64 = 8;

/// Work of a packing on so many departures.
const PACKING: usize = 4_000_000;

/// By class and bin: how many go there.
type Plan = Vec<Vec<i64>>;

/// Things and bins.
#[derive(Debug)]
struct Instance {
    classes: Vec<Class>,
    bins: Vec<Bin>,
    /// How many rows the target has.
    rows: usize,
    /// How much a repair may lose on its way.
    step: i64,
}

/// Things that are alike.
#[derive(Clone, Debug)]
struct Class {
    count: i64,
    size: i64,
    /// The greatest of what one is worth in a bin.
    value: i64,
    /// By bin: what one is worth there.
    values: Vec<i64>,
    /// By bin.
    open: Vec<bool>,
    /// Among the program's.
    columns: Range<usize>,
}

#[derive(Clone, Debug)]
struct Bin {
    departure: DepartureIdx,
    room: i64,
    /// The row that says so.
    row: usize,
}

/// Whether units are things rather than families: most of their seats are nobody's.
pub(super) fn are_things(scenario: &Scenario) -> bool {
    let further: i64 = scenario.units.iter().map(|unit| unit.extra_seats).sum();
    let persons: usize = scenario.units.iter().map(|unit| unit.persons.len()).sum();
    i64::try_from(persons).is_ok_and(|persons| further > persons)
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
        instance.on_fewer(target, standing);
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
    /// The level as things and bins; `None` where it is not such a level.
    fn of(target: &Target) -> Option<Self> {
        let bins = bins(target)?;
        let program = target.program;
        let mut classes = Vec::with_capacity(program.of_class.len());
        let mut room_of = rustc_hash::FxHashMap::default();
        for (at, bin) in bins.iter().enumerate() {
            room_of.insert(bin.departure, at);
        }
        let mut sizes = vec![0; program.columns.len()];
        for bin in &bins {
            for &(column, size) in &program.rows[bin.row].terms {
                sizes[column] = size.max(0);
            }
        }
        for columns in &program.of_class {
            let first = columns.clone().next()?;
            let mut class = Class {
                count: program.upper[first],
                size: sizes[first],
                value: i64::MIN,
                values: vec![0; bins.len()],
                open: vec![false; bins.len()],
                columns: columns.clone(),
            };
            for column in columns.clone() {
                let Column::Board(_, d) = program.columns[column] else { return None };
                let bin = *room_of.get(&d)?;
                let value = target.objective[column];
                (class.values[bin], class.open[bin]) = (value, true);
                class.value = class.value.max(value);
                if sizes[column] != class.size || class.size < 1 || value.abs() >= LARGEST {
                    return None;
                }
            }
            classes.push(class);
        }
        let things: i64 = classes.iter().map(|class| class.count).sum();
        let small =
            bins.iter().all(|bin| bin.room < LARGEST) && classes.iter().all(|class| class.size < LARGEST);
        let fits = small && things <= MOST_THINGS && bins.len() <= MOST_BINS && !bins.is_empty();
        let rows = target.rows().count();
        let step = classes.iter().map(|class| class.value).max().unwrap_or(0) / 16;
        fits.then_some(Self { classes, bins, rows, step })
    }

    /// Whether the level is about which departures are used, and nothing else.
    fn is_decided(&self, target: &Target) -> bool {
        let (boards, used) =
            target.objective.split_at(self.classes.last().map_or(0, |class| class.columns.end));
        boards.iter().all(|value| *value == 0) && used.iter().any(|value| *value < 0)
    }

    /// Whether a row counts the things of a class alike in every bin.
    fn is_even_in(&self, row: &Row) -> bool {
        self.classes.iter().all(|class| {
            let first = row.coefficient(class.columns.start);
            class.columns.clone().all(|column| row.coefficient(column) == first)
        })
    }

    /// The same things on fewer departures: those that cost least for their room, one more until they all fit.
    fn on_fewer(&self, target: &Target, standing: &mut Standing) {
        let Some(plan) = standing.point.as_ref().map(|point| self.plan(target, point)) else { return };
        let cost = |bin: usize| -self.used(target, bin).map_or(0, |column| target.objective[column]);
        let mut bins: Vec<usize> = (0..self.bins.len()).collect();
        bins.sort_by(|&a, &b| {
            let (dear, cheap) = (cost(a) * self.bins[b].room, cost(b) * self.bins[a].room);
            dear.cmp(&cheap).then(self.bins[b].room.cmp(&self.bins[a].room)).then(a.cmp(&b))
        });
        let goes: Vec<i64> = plan.iter().map(|places| places.iter().sum()).collect();
        for many in 1..=bins.len() {
            let among = &bins[..many];
            let least: i64 = among.iter().map(|&bin| cost(bin)).sum();
            if target.constant - least > standing.bound {
                continue;
            }
            let classes = self.classes.iter().map(|class| {
                let open = among.iter().map(|&bin| class.open[bin]).collect();
                Class { open, ..class.clone() }
            });
            let part = Self {
                classes: classes.collect(),
                bins: among.iter().map(|&bin| self.bins[bin].clone()).collect(),
                ..*self
            };
            let Some(packed) = surrogate::packed(&part, &goes, &mut { PACKING }) else { continue };
            let mut plan = self.nothing();
            for (places, packed) in plan.iter_mut().zip(packed) {
                for (&bin, n) in among.iter().zip(packed) {
                    places[bin] = n;
                }
            }
            standing.offer(target, &self.point(target, &plan));
            return;
        }
    }

    /// The column that says whether a bin is used.
    fn used(&self, target: &Target, bin: usize) -> Option<usize> {
        let departure = self.bins[bin].departure;
        target.program.columns.iter().position(|column| *column == Column::Used(departure))
    }

    /// Whether nothing hangs on a departure's being used.
    fn minds_no_use(&self, target: &Target) -> bool {
        self.classes
            .last()
            .is_some_and(|class| target.objective[class.columns.end..].iter().all(|value| *value == 0))
    }

    /// Whether a thing is worth the same in every bin that it may go to, and something.
    fn is_even(&self) -> bool {
        self.classes.iter().all(|class| {
            class.value >= 0
                && class.open.iter().zip(&class.values).all(|(open, v)| !open || *v == class.value)
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
        if self.search(target, standing, QUICK, stop).is_some() || stop() {
            return Ok(());
        }
        loads::settle(self, target, standing, Care::Little, runner, stop)?;
        if standing.is_closed(target) || stop() {
            return Ok(());
        }
        let start = standing.point.as_ref().map_or_else(|| self.nothing(), |point| self.plan(target, point));
        let ceiling = standing.bound.saturating_sub(target.constant);
        let better = repack::repack(self, start, ceiling, stop);
        standing.offer(target, &self.point(target, &better));
        let things: i64 = self.classes.iter().map(|class| class.count).sum();
        let is_coarse =
            care == Care::Much && things <= FEW_THINGS * i64::try_from(self.bins.len()).unwrap_or(i64::MAX);
        if is_coarse && self.search(target, standing, HALF, stop).is_none() {
            loads::settle(self, target, standing, care, runner, stop)?;
        }
        if standing.is_closed(target) || self.search(target, standing, WHOLE, stop).is_some() || stop() {
            return Ok(());
        }
        if is_coarse || care == Care::Little {
            Ok(())
        } else {
            loads::settle(self, target, standing, care, runner, stop)
        }
    }

    /// A search over all bins as one, for a better plan and a proof; whether it ended.
    fn search(
        &self,
        target: &Target,
        standing: &mut Standing,
        effort: Effort,
        stop: &dyn Fn() -> bool,
    ) -> Option<()> {
        let known = standing.value(target).map_or(-1, |value| value - target.constant);
        let ended = surrogate::Search::new(self, known, effort, stop).run();
        if let Some(plan) = &ended.plan {
            standing.offer(target, &self.point(target, plan));
        }
        let bound = ended.bound.saturating_add(target.constant);
        if let Some(proof) = ended.proof.filter(|_| bound <= standing.bound) {
            (standing.bound, standing.tree) = (bound, Some(proof));
        }
        standing.is_closed(target).then_some(())
    }

    fn nothing(&self) -> Plan {
        vec![vec![0; self.bins.len()]; self.classes.len()]
    }

    /// A point of the program as a plan.
    fn plan(&self, target: &Target, point: &[i64]) -> Plan {
        let mut plan = self.nothing();
        for (class, places) in self.classes.iter().zip(&mut plan) {
            for column in class.columns.clone() {
                if let Some(bin) = self.bin(target, column) {
                    places[bin] = point[column];
                }
            }
        }
        plan
    }

    /// The column of a class in a bin.
    fn column(&self, target: &Target, class: usize, bin: usize) -> Option<usize> {
        let departure = self.bins[bin].departure;
        let is_here =
            |column: &usize| matches!(target.program.columns[*column], Column::Board(_, d) if d == departure);
        self.classes[class].columns.clone().find(is_here)
    }

    /// The bin of a column.
    fn bin(&self, target: &Target, column: usize) -> Option<usize> {
        let Column::Board(_, d) = target.program.columns[column] else { return None };
        self.bins.iter().position(|bin| bin.departure == d)
    }

    /// A plan as a point of the program.
    fn point(&self, target: &Target, plan: &Plan) -> Vec<i64> {
        let mut point = vec![0; target.program.columns.len()];
        for (class, places) in self.classes.iter().zip(plan) {
            for column in class.columns.clone() {
                point[column] = self.bin(target, column).map_or(0, |bin| places[bin]);
            }
        }
        for bin in 0..self.bins.len() {
            if let Some(column) = self.used(target, bin) {
                point[column] = i64::from(plan.iter().any(|places| places[bin] > 0));
            }
        }
        point
    }
}

/// The departures with the most that their seats can hold; `None` where another rule binds.
fn bins(target: &Target) -> Option<Vec<Bin>> {
    let mut bins: Vec<Bin> = Vec::new();
    for (row, of) in target.program.rows.iter().enumerate() {
        let (RowKey::Limit(Resource::Seats, departure) | RowKey::Fill(Resource::Seats, departure)) = of.key
        else {
            if matches!(of.key, RowKey::Unit(_) | RowKey::Used(_)) {
                continue;
            }
            return None;
        };
        // Where it matters whether the departure is used the room is what its column gives.
        let is_used =
            |&&(column, _): &&(usize, i64)| target.program.columns[column] == Column::Used(departure);
        let given = of.terms.iter().find(is_used).map_or(of.at_most, |(_, a)| -a);
        let bin = Bin { departure, room: given, row };
        match bins.iter_mut().find(|known| known.departure == departure) {
            Some(known) if known.room <= bin.room => {}
            Some(known) => *known = bin,
            None => bins.push(bin),
        }
    }
    Some(bins)
}
