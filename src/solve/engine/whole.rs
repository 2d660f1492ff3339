//! Whole units in the coupled relaxation: who of those that take more than seats goes where.
//!
//! The coupled relaxation is small, since what takes seats alone flows as one commodity. Asked for whole
//! numbers and for a given value of the level, its prices leave few columns; a search of these says where
//! the units go that are hard to place, and the rest, which takes seats alone, is a network again.

use std::collections::BTreeMap;

use super::bound::Type;
use super::coupled::Coupled;
use super::cover::Part;
use super::fluid::Fluid;
use super::instance::{Instance, SEATS};
use super::{Dual, EXACT, Engine, QUICK, dive};
use crate::solve::linear::{Answer, Outcome, PRICE_UNIT, Runner, Search, Task};

/// Values, from the bound down, that are asked for.
const AIMS: i64 = 4;

/// How large a search may be: columns of a quick one, columns of a long one, and nodes of its tree.
pub(super) struct Size {
    quick: usize,
    columns: usize,
    nodes: i32,
}

/// Of the whole scenario, at first.
const BRIEF: Size = Size { quick: 5_000, columns: 0, nodes: 200 };
/// Of the whole scenario.
const ALL: Size = Size { quick: 12_000, columns: 12_000, nodes: 200 };
/// Of a few departures.
pub(super) const PART: Size = Size { quick: 5_000, columns: 2_000, nodes: 20 };

/// What rows' prices say of a task: by column what it gains, and the value that no point can pass, in
/// 1 / `PRICE_UNIT`.
struct Priced {
    reduced: Vec<i128>,
    bound: i128,
}

fn priced(task: &Task, prices: &[i64]) -> Priced {
    let unit = i128::from(PRICE_UNIT);
    let mut reduced: Vec<i128> = task.objective.iter().map(|&c| i128::from(c) * unit).collect();
    let mut bound = 0;
    for ((terms, at_most, equal), &price) in task.rows.iter().zip(prices) {
        let price = i128::from(if *equal { price } else { price.max(0) });
        bound += price * i128::from(*at_most);
        for &(column, a) in terms {
            reduced[column] -= price * i128::from(a);
        }
    }
    for (gain, &upper) in reduced.iter().zip(&task.upper) {
        bound += (*gain).max(0) * i128::from(upper);
    }
    Priced { reduced, bound }
}

/// A task whose columns are narrowed to what the points of a given value can have.
struct Narrow {
    task: Task,
    /// By column of the narrow task: that of the whole.
    columns: Vec<usize>,
    /// By column of the whole: the least it is.
    least: Vec<i64>,
}

/// The points of `task` whose value is at least `aim`: a point loses what its columns lose, and no more than
/// the bound is above the aim. `None`: there are none.
fn narrow(task: &Task, priced: &Priced, aim: i64) -> Option<Narrow> {
    let allowance = priced.bound - i128::from(aim) * i128::from(PRICE_UNIT);
    if allowance < 0 {
        return None;
    }
    let steps = |each: i128, upper: i64| i64::try_from(allowance / each).unwrap_or(upper).min(upper);
    let mut least = vec![0; task.upper.len()];
    let mut position = vec![None; task.upper.len()];
    let mut columns = Vec::new();
    let mut upper = Vec::new();
    for (column, (&gain, &most)) in priced.reduced.iter().zip(&task.upper).enumerate() {
        if gain > 0 {
            least[column] = most - steps(gain, most);
        }
        let most = if gain < 0 { steps(-gain, most) } else { most };
        if most > least[column] {
            position[column] = Some(columns.len());
            columns.push(column);
            upper.push(most - least[column]);
        }
    }
    let mut rows = Vec::new();
    for (terms, at_most, equal) in &task.rows {
        let fixed: i64 = terms.iter().map(|&(column, a)| a * least[column]).sum();
        let left: Vec<(usize, i64)> =
            terms.iter().filter_map(|&(column, a)| Some((position[column]?, a))).collect();
        let room = at_most - fixed;
        if !left.is_empty() {
            rows.push((left, room, *equal));
        } else if room < 0 || (*equal && room != 0) {
            return None;
        }
    }
    let objective: Vec<i64> = columns.iter().map(|&column| task.objective[column]).collect();
    let fixed: i64 = task.objective.iter().zip(&least).map(|(c, least)| c * least).sum();
    let terms = objective.iter().enumerate().filter(|(_, c)| **c != 0).map(|(column, c)| (column, -c));
    rows.push((terms.collect(), fixed - aim, false));
    let task = Task { upper, objective, rows, search: Search::Relaxation, limit_ms: None };
    Some(Narrow { task, columns, least })
}

impl Narrow {
    /// A point of the narrow task as one of the whole.
    fn widened(&self, point: &[i64]) -> Option<Vec<i64>> {
        let mut whole = self.least.clone();
        for (&column, value) in self.columns.iter().zip(point) {
            whole[column] += value;
        }
        (point.len() == self.columns.len()).then_some(whole)
    }
}

/// What became of an aim.
pub(super) enum Whole {
    /// A plan that should have it: what takes seats alone may not fit as whole units.
    Plan(dive::Seating),
    /// No plan has it.
    Impossible,
    /// Nobody knows.
    Open,
}

/// A coupled relaxation that has been solved.
pub(super) struct Relaxed<'r> {
    pub(super) instance: &'r Instance,
    pub(super) types: &'r [Type],
    pub(super) coupled: &'r Coupled,
    /// Where its search ended.
    pub(super) places: &'r [u8],
    priced: Priced,
}

impl<'r> Relaxed<'r> {
    pub(super) fn new(
        instance: &'r Instance,
        types: &'r [Type],
        coupled: &'r Coupled,
        answer: &'r Answer,
    ) -> Self {
        let priced = priced(&coupled.task, &answer.prices);
        Self { instance, types, coupled, places: &answer.basis, priced }
    }

    /// What no plan can pass.
    pub(super) fn bound(&self) -> i64 {
        i64::try_from(self.priced.bound.div_euclid(i128::from(PRICE_UNIT))).unwrap_or(i64::MAX)
    }

    /// Looks for a plan of the value `aim`.
    pub(super) fn whole(&self, runner: &Runner, aim: i64, size: &Size) -> Whole {
        let Some(mut narrow) = narrow(&self.coupled.task, &self.priced, aim) else {
            return Whole::Impossible;
        };
        if narrow.columns.len() > size.quick {
            return Whole::Open;
        }
        for search in [Search::Quick { nodes: size.nodes }, Search::integer(0, true, Some(size.nodes))] {
            if matches!(search, Search::Integer { .. }) && narrow.columns.len() > size.columns {
                return Whole::Open;
            }
            narrow.task.search = search;
            let Ok(found) = runner(&narrow.task) else { return Whole::Open };
            match (found.outcome, narrow.widened(&found.point)) {
                (Outcome::Infeasible, _) => return Whole::Impossible,
                (_, Some(point)) => return Whole::Plan(self.seated(&point)),
                (Outcome::Optimal | Outcome::Unconfirmed | Outcome::Stopped, None) => {}
            }
        }
        Whole::Open
    }

    /// A plan with the units of every commodity where the point has them, and what takes seats alone where
    /// the network then has it.
    pub(super) fn seated(&self, point: &[i64]) -> dive::Seating {
        let Self { instance, types, coupled, .. } = *self;
        let mut on: dive::Seating = vec![None; instance.items.len()];
        let mut hard = vec![false; instance.items.len()];
        for commodity in &coupled.commodities {
            let mut waiting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &(position, node) in &commodity.members {
                let members = &types[position].members;
                for &item in members {
                    hard[item] = true;
                }
                let aboard = usize::try_from(point[coupled.of_type[position]]).unwrap_or(0);
                waiting.entry(node).or_default().extend(members.iter().take(aboard));
            }
            for &(node, part, column) in &commodity.arcs {
                let many = usize::try_from(point[column]).unwrap_or(0);
                let here = waiting.entry(node).or_default();
                let moved = here.split_off(here.len().saturating_sub(many));
                match part {
                    Part::Set(smaller) => waiting.entry(smaller).or_default().extend(moved),
                    Part::Departure(d) => moved.into_iter().for_each(|item| on[item] = Some(d)),
                }
            }
        }
        let rest: Vec<usize> = (0..on.len()).filter(|&item| !hard[item]).collect();
        dive::seat_rest(instance, on, rest, |sand| vec![Fluid::pour(sand, SEATS)])
    }

    /// The point that has the units of every commodity where the plan has them; nothing of what flows in seats.
    pub(super) fn point_of(&self, on: &[Option<usize>]) -> Vec<i64> {
        let Self { types, coupled, .. } = *self;
        let mut point = vec![0; coupled.task.upper.len()];
        for commodity in &coupled.commodities {
            for (position, way) in commodity.ways(types, on, self.instance.room.len()) {
                point[coupled.of_type[position]] += 1;
                for column in way {
                    point[column] += 1;
                }
            }
        }
        point
    }
}

impl Engine<'_> {
    /// Brings the plan of level `k` to the bound of its coupled relaxation: by a quick search for whole numbers in
    /// the relaxation, around the losses, and by a long search at last. Whether a search said
    /// that no plan is better.
    pub(super) fn approach(&self, k: usize, relaxed: &Relaxed, dual: &Dual, on: &mut dive::Seating) -> bool {
        if self.aim(k, relaxed, dual, on, &BRIEF) {
            return true;
        }
        self.neighbourhoods(k, dual, on, EXACT, 1);
        self.aim(k, relaxed, dual, on, &ALL)
    }

    /// Looks for plans of the bound's value, then of those below, as long as the relaxation has none; whether it
    /// has none that is better.
    fn aim(&self, k: usize, relaxed: &Relaxed, dual: &Dual, on: &mut dive::Seating, size: &Size) -> bool {
        for aim in (dual.bound - AIMS..=dual.bound).rev() {
            if aim <= self.value(k, on) {
                return aim < dual.bound;
            }
            if (self.stop)() {
                return false;
            }
            match relaxed.whole(self.runner, aim, size) {
                Whole::Impossible => {}
                Whole::Open => return false,
                Whole::Plan(plan) => {
                    self.mend(k, dual, on, plan, 0, QUICK);
                    return self.value(k, on) == aim && aim < dual.bound;
                }
            }
        }
        false
    }
}
