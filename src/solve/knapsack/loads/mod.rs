//! What each bin may hold: prices of things, and programs over whole loads.
//!
//! Where few things fill a bin, or a thing is worth more in one bin than in another, one price of room says
//! little. Here every *thing* has a price, and each bin takes the load that gains most at these prices, exactly
//! (Lagrangian relaxation of the rule that a thing goes once; its best bound is that of Dantzig and Wolfe's
//! program over loads). What the best plan can lose against that bound is little, so few loads are in it:
//! those that lose no more are listed, and a program that chooses among them is small and nearly whole.
//!
//! * [`bound`]: the prices.
//! * [`choose`]: the program over loads.
//! * [`cases`]: cases on which things go.
//! * [`tight`]: the level's own program, with the prices' rows.
//!
//! Prices, bounds and lists are exact integers; which loads to choose is an integer search's word, twice:
//! *agreed* (FORMAT).

mod bound;
mod cases;
mod choose;
mod tight;

use super::table::{Item, Load, Table};
use super::{Instance, Standing, Target};
use crate::solve::linear::{Fault, POINT_UNIT, Runner};

/// Prices are multiples of 1 / `UNIT`.
const UNIT: i64 = POINT_UNIT;
/// What all values together are below.
const LARGEST: i128 = 1 << 36;
/// What a gain, times the unit, is below.
const LARGEST_GAIN: i128 = 1 << 52;
/// Loads beyond which a program over them is not small.
const LOADS: usize = 1_000;
/// How often the aim is moved.
const AIMS: usize = 16;

/// What a class offers to a kind of bin.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    class: usize,
    size: i64,
    /// The most of them that a bin holds.
    most: i64,
    value: i64,
    /// By further row: what one adds.
    sides: Vec<i64>,
}

/// Bins that are alike.
#[derive(Clone, Debug)]
struct Kind {
    bins: Vec<usize>,
    room: i64,
    offers: Vec<Offer>,
    /// What a bin is worth by being used.
    value: i64,
    /// By further row: what its being used adds.
    sides: Vec<i64>,
}

/// Things, kinds of bins, and rows that go across the bins.
#[derive(Clone, Debug)]
struct Loading {
    /// By class: how many there are.
    counts: Vec<i64>,
    kinds: Vec<Kind>,
    /// By further row: what it is at most.
    sides: Vec<i64>,
    constant: i64,
}

/// How much of the search is worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::solve) enum Care {
    /// What the prices leave open is small.
    Little,
    /// By cases, if need be.
    Much,
}

/// Looks for the level's best plan among loads; what two searches say of it is agreed.
///
/// # Errors
/// Where the solver fails.
pub(super) fn settle(
    instance: &Instance,
    target: &Target,
    standing: &mut Standing,
    care: Care,
    runner: &Runner,
    stop: &dyn Fn() -> bool,
) -> Result<(), Fault> {
    let Some(loading) = Loading::of(instance, target) else { return Ok(()) };
    let known = standing.point.as_ref().map(|point| loading.loads_of(&instance.plan(target, point)));
    let choice = choose::Choice { instance, target, runner, stop };
    let known = known.unwrap_or_default();
    let Some(root) = choice.root(loading, &known)? else { return Ok(()) };
    let is_open = |standing: &Standing| !standing.is_closed(target) && !stop();
    choice.downwards(&root, choose::FEW, standing)?;
    let nodes = match care {
        Care::Little => cases::FIRST_NODES,
        Care::Much => cases::NODES,
    };
    if is_open(standing) {
        // With a good plan at hand all that follows is shorter.
        choice.among_few(&root, standing)?;
        cases::Cases::new(choice, standing, nodes).run(root.clone())?;
    }
    if is_open(standing) && care == Care::Little {
        choice.downwards(&root, LOADS, standing)?;
    }
    Ok(())
}

impl Loading {
    /// The level as loads; `None` where the numbers are too large or a further row is an equation.
    fn of(instance: &Instance, target: &Target) -> Option<Self> {
        if target.more.iter().any(|row| row.equal) {
            return None;
        }
        let counts: Vec<i64> = instance.classes.iter().map(|class| class.count).collect();
        let mut kinds: Vec<Kind> = Vec::new();
        for bin in 0..instance.bins.len() {
            let kind = Kind::of(instance, target, bin);
            if kind.value > 0 {
                return None;
            }
            match kinds.iter_mut().find(|known| known.is_like(&kind)) {
                Some(known) => known.bins.push(bin),
                None => kinds.push(kind),
            }
        }
        let sides = target.more.iter().map(|row| row.at_most).collect();
        let reach: i128 = target
            .objective
            .iter()
            .zip(&target.program.upper)
            .map(|(c, n)| i128::from(c.abs()) * i128::from(*n))
            .sum();
        (reach < LARGEST).then_some(Self { counts, kinds, sides, constant: instance.constant })
    }

    /// The loads of a plan, by kind.
    fn loads_of(&self, plan: &super::Plan) -> Vec<(usize, Load)> {
        let of_bin = |kind: &Kind, bin: usize| -> Load {
            let offers = kind.offers.iter().enumerate();
            offers.map(|(at, offer)| (at, plan[offer.class][bin])).filter(|(_, n)| *n > 0).collect()
        };
        let of_kind = |(at, kind): (usize, &Kind)| {
            kind.bins.iter().map(|&bin| (at, of_bin(kind, bin))).collect::<Vec<_>>()
        };
        let loads = self.kinds.iter().enumerate().flat_map(of_kind);
        loads.filter(|(_, load)| !load.is_empty()).collect()
    }
}

impl Kind {
    fn of(instance: &Instance, target: &Target, bin: usize) -> Self {
        let room = instance.bins[bin].room;
        let used = instance.used(target, bin);
        let offer = |(at, class): (usize, &super::Class)| {
            let column = instance.column(target, at, bin)?;
            let most = class.count.min(room / class.size);
            (most > 0).then(|| Offer {
                class: at,
                size: class.size,
                most,
                value: target.objective[column],
                sides: target.more.iter().map(|row| row.coefficient(column)).collect(),
            })
        };
        Self {
            bins: vec![bin],
            room,
            offers: instance.classes.iter().enumerate().filter_map(offer).collect(),
            value: used.map_or(0, |used| target.objective[used]),
            sides: target.more.iter().map(|row| used.map_or(0, |used| row.coefficient(used))).collect(),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.room, self.value) == (other.room, other.value)
            && self.offers == other.offers
            && self.sides == other.sides
    }

    /// What its offers gain in a bin, those that gain more than `above`; `None`: it is too large.
    fn table(&self, gains: Vec<i64>, above: i64) -> Option<Table> {
        let items = self.offers.iter().map(|offer| Item { size: offer.size, most: offer.most });
        Table::of(items.collect(), gains, self.room, above)
    }

    /// What a load is worth.
    fn value_of(&self, load: &Load) -> i64 {
        self.value + load.iter().map(|&(offer, n)| n * self.offers[offer].value).sum::<i64>()
    }

    /// What a load adds to a further row.
    fn side_of(&self, load: &Load, side: usize) -> i64 {
        self.sides[side] + load.iter().map(|&(offer, n)| n * self.offers[offer].sides[side]).sum::<i64>()
    }
}
