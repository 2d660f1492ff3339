//! The last persons: an exact program over the columns that can still be in a better plan.
//!
//! Prices bound every plan by `B`, and each choice of a plan that is not the best at these prices loses:
//! `B` less all losses is the plan's value. A plan of at least a given value therefore loses at most
//! the *allowance* between the two; a column that alone loses more is in no such plan, and an item that
//! would lose more by waiting boards in every such plan. What remains is small, and an integer search
//! settles it.

use super::bound::{Gains, Prices, Type, Worth, gain};
use super::coupled::Linear;
use super::instance::{Instance, RESOURCES};
use super::simplex::UNLIMITED;
use crate::solve::linear::{Search, Task, TaskRow};

/// How large a program may be, and how long its search: counts, not clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) nodes: i32,
}

/// Of the whole scenario.
pub(super) const WHOLE: Size = Size { columns: 15_000, nodes: 100 };
/// Of the whole scenario, where little is left.
pub(super) const FEW: Size = Size { columns: 1_500, nodes: 100 };

/// An exact program: how many of a type board a departure.
pub(super) struct Exact {
    pub(super) task: Task,
    /// By column.
    pub(super) columns: Vec<(usize, usize)>,
    /// Of its search.
    nodes: i32,
}

/// The program of all plans that lose at most `allowance`; the last of `levels` is maximised, the earlier
/// ones kept. `None`: it is too large.
#[expect(
    clippy::too_many_arguments,
    reason = "they are what a level's search stands on, and have no other name"
)]
pub(super) fn restrict(
    instance: &Instance,
    types: &[Type],
    worth: &Worth,
    prices: &Prices,
    allowance: i128,
    levels: &[Linear],
    kept: &[i64],
    size: Size,
) -> Option<Exact> {
    let gains = Gains::new(instance, worth, prices);
    let mut exact = Exact { task: empty_task(size.nodes), columns: Vec::new(), nodes: size.nodes };
    let mut limits: Vec<Vec<(usize, i64)>> = vec![Vec::new(); instance.room.len() * RESOURCES];
    let mut kept_terms: Vec<Vec<(usize, i64)>> = vec![Vec::new(); levels.len()];
    for (position, of) in types.iter().enumerate() {
        let most = gains.most(of.item);
        let first = exact.columns.len();
        for d in instance.sets[instance.items[of.item].set].ones() {
            if most - gain(instance, worth, prices, of.item, d) > allowance {
                continue;
            }
            let column = exact.columns.len();
            exact.columns.push((position, d));
            exact.task.upper.push(of.count);
            for (resource, &take) in
                instance.take(of.item, d).iter().enumerate().filter(|(_, take)| **take > 0)
            {
                limits[d * RESOURCES + resource].push((column, take));
            }
            let persons = instance.items[of.item].persons;
            for (terms, level) in kept_terms.iter_mut().zip(levels) {
                terms.push((column, level.value[position] - level.day_cost[d] * persons));
            }
        }
        if exact.columns.len() > size.columns {
            return None;
        }
        let own: Vec<(usize, i64)> = (first..exact.columns.len()).map(|column| (column, 1)).collect();
        if !own.is_empty() {
            exact.task.rows.push((own, of.count, most > allowance));
        }
    }
    for (at, terms) in limits.into_iter().enumerate() {
        let room = instance.room[at / RESOURCES][at % RESOURCES];
        if room < UNLIMITED && !terms.is_empty() {
            exact.task.rows.push((terms, room, false));
        }
    }
    exact.task.objective = kept_terms.pop()?.into_iter().map(|(_, c)| c).collect();
    exact.task.rows.extend(kept_terms.into_iter().zip(kept).map(at_least));
    Some(exact)
}

fn at_least((terms, &kept): (Vec<(usize, i64)>, &i64)) -> TaskRow {
    (terms.into_iter().filter(|(_, c)| *c != 0).map(|(column, c)| (column, -c)).collect(), -kept, false)
}

const fn empty_task(nodes: i32) -> Task {
    let search = Search::integer(0, true, Some(nodes));
    Task { upper: Vec::new(), objective: Vec::new(), rows: Vec::new(), search, limit_ms: None }
}

impl Exact {
    /// Has an integer search run with this seed, presolved or not.
    pub(super) fn ask(&mut self, seed: i32, presolve: bool) {
        self.task.search = Search::integer(seed, presolve, Some(self.nodes));
    }

    /// A point as a seating: the items of each type in their order.
    pub(super) fn seating(&self, point: &[i64], types: &[Type], items: usize) -> Vec<Option<usize>> {
        let mut on = vec![None; items];
        let mut next = vec![0; types.len()];
        for (&(position, d), &count) in self.columns.iter().zip(point) {
            for _ in 0..count {
                if let Some(&item) = types[position].members.get(next[position]) {
                    on[item] = Some(d);
                }
                next[position] += 1;
            }
        }
        on
    }
}
