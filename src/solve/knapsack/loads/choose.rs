//! The program over loads: which of those that a plan of a given value can have.
//!
//! At the best prices every plan is worth the bound less what it loses: by loads that gain less than the best,
//! by things with a price that stay, by room in further rows that cost something. A plan of at least `aim` has
//! no load that alone loses more than the bound is above that.

use super::super::may_agree;
use super::bound::{self, Best, Start};
use super::tight;
use super::{AIMS, Instance, LOADS, Load, Loading, Standing, Target, UNIT};
use crate::solve::linear::{Answer, Fault, Focus, Outcome, Runner, Search, Task};

/// Entries of all tables.
const WORK: usize = 4_000_000_000;
/// Loads that a plan is looked for among, besides those that the prices come from.
pub(super) const FEW: usize = 200;
/// Nodes of an integer search.
const NODES: i32 = 400;

#[derive(Clone, Copy)]
pub(super) struct Choice<'c> {
    pub(super) instance: &'c Instance,
    pub(super) target: &'c Target<'c>,
    pub(super) runner: &'c Runner<'c>,
    pub(super) stop: &'c dyn Fn() -> bool,
}

/// All plans of some bins and rows, and the prices that bound them.
#[derive(Clone)]
pub(super) struct Leaf {
    pub(super) loading: Loading,
    pub(super) best: Best,
}

/// Loads by kind, and the program that chooses among them.
pub(super) struct Listed {
    loads: Vec<(usize, Load)>,
    task: Task,
}

/// How a search ended.
pub(super) enum Found {
    /// A best plan, at least as good as the aim.
    Best(Vec<i64>),
    /// No plan reaches the aim.
    Nothing,
    /// It did not end.
    Open,
}

impl Leaf {
    /// What a plan of value `aim` may lose, times the unit; `None`: too much to say.
    fn allowance(&self, aim: i64) -> Option<i64> {
        i64::try_from(self.best.total - i128::from(UNIT) * i128::from(aim)).ok()
    }

    /// The loads, by kind, that lose no more than so much; `None`: they are more than `limit`.
    fn loads(&self, allowance: i64, limit: usize) -> Option<Vec<(usize, Load)>> {
        let best = &self.best;
        let mut loads: Vec<(usize, Load)> = Vec::new();
        for (at, kind) in self.loading.kinds.iter().enumerate() {
            let gains = kind.gains(&best.prices)?;
            let used = kind.gain_of_use(&best.prices)?;
            let table = kind.table(gains, -allowance - 1)?;
            let least = best.tops[at] - allowance - used;
            let listed = table.loads(least, limit.checked_sub(loads.len())?)?;
            loads.extend(listed.into_iter().map(|mut load| {
                load.sort_unstable();
                (at, load)
            }));
        }
        Some(loads)
    }
}

impl Choice<'_> {
    /// The plans of a level and their prices; `None` where nothing can be said of them.
    pub(super) fn root(&self, loading: Loading, known: &[(usize, Load)]) -> Result<Option<Leaf>, Fault> {
        let start = Start::Plan(known);
        let best = bound::search(&loading, start, None, &mut { WORK }, self.runner, self.stop)?;
        Ok(best.map(|best| Leaf { loading, best }))
    }

    /// Looks for the best plan from the bound downwards, as long as no more than `most` loads can be in it, and asks again.
    pub(super) fn downwards(&self, leaf: &Leaf, most: usize, standing: &mut Standing) -> Result<(), Fault> {
        // What no plan passes, so far as the first searches say.
        let mut word = leaf.best.floor();
        let mut width = 1;
        for _ in 0..AIMS {
            let known = standing.value(self.target);
            if known.is_some_and(|known| known >= word) || (self.stop)() {
                break;
            }
            let aim = known.map_or(word - width + 1, |known| (word - width + 1).max(known + 1));
            let Some(listed) = Self::listed(leaf, aim, most) else { return Ok(()) };
            match self.search(leaf, &listed, aim, (0, Focus::Points), standing)? {
                Found::Best(point) => word = self.target.value(&point),
                Found::Nothing => word = aim - 1,
                Found::Open => return Ok(()),
            }
            width = width * 3 / 2 + 1;
        }
        match standing.value(self.target).filter(|value| *value == word) {
            Some(value) if !standing.is_closed(self.target) => {
                self.confirm(std::slice::from_ref(leaf), value, standing)
            }
            _ => Ok(()),
        }
    }

    /// Whether two searches of each leaf say that no plan is better than the one at hand.
    pub(super) fn confirm(&self, leaves: &[Leaf], value: i64, standing: &mut Standing) -> Result<(), Fault> {
        for leaf in leaves {
            for seed in [0, 1] {
                if (self.stop)() || !self.excludes(leaf, value, seed, standing)? {
                    return Ok(());
                }
            }
        }
        (standing.bound, standing.tree, standing.agreed) = (value, None, true);
        Ok(())
    }

    /// Whether a search says that no plan of a leaf is better than `value`: of loads that a better one can have;
    /// where the prices leave none, of the level's own program with what they say.
    fn excludes(&self, leaf: &Leaf, value: i64, seed: i32, standing: &mut Standing) -> Result<bool, Fault> {
        if leaf.best.floor() > value {
            let listed = Self::listed(leaf, value + 1, LOADS);
            let Some(listed) = listed.filter(|listed| may_agree(self.target, &listed.task)) else {
                return Ok(false);
            };
            // A search that does not end may do so with another seed.
            for seed in [seed, seed + 2, seed + 4] {
                match self.search(leaf, &listed, value + 1, (seed, Focus::Proof), standing)? {
                    Found::Nothing => return Ok(true),
                    Found::Best(_) => return Ok(false),
                    Found::Open => {}
                }
            }
            return Ok(false);
        }
        let Choice { instance, target, .. } = self;
        let mut programs = tight::programs(instance, target, &leaf.loading, &leaf.best.prices, value);
        let Some(task) = programs.find(|task| may_agree(target, task)) else { return Ok(false) };
        let search = asked(seed, Focus::Proof);
        Ok((self.runner)(&Task { search, ..task })?.outcome == Outcome::Infeasible)
    }

    /// The program of all loads that a plan of at least `aim` can have; `None`: they are more than `limit`.
    pub(super) fn listed(leaf: &Leaf, aim: i64, limit: usize) -> Option<Listed> {
        let allowance = leaf.allowance(aim)?;
        let mut loads = leaf.loads(allowance, limit)?;
        loads.sort_unstable();
        let task = program(&loads, &leaf.loading, &leaf.best, allowance, aim);
        Some(Listed { loads, task })
    }

    /// Looks for a better plan of the loads that the prices come from and those that lose least.
    /// (Restricted master heuristic: Joncour, Michel, Sadykov, Sverdlov and Vanderbeck, *Column generation based primal
    /// heuristics*, 2010.)
    pub(super) fn among_few(&self, leaf: &Leaf, standing: &mut Standing) -> Result<(), Fault> {
        let Leaf { loading, best } = leaf;
        let aim = standing.value(self.target).map_or(i64::MIN / 4, |known| known + 1);
        let Some(allowance) = leaf.allowance(aim) else { return Ok(()) };
        let mut loads = best.loads.clone();
        // The least value whose plans have no more loads than that.
        let (mut low, mut high) = (aim, best.floor());
        while low <= high {
            let middle = low + (high - low) / 2;
            match leaf.allowance(middle).and_then(|allowance| leaf.loads(allowance, FEW)) {
                Some(listed) => (high, loads) = (middle - 1, listed),
                None => low = middle + 1,
            }
        }
        loads.extend(best.loads.iter().cloned());
        loads.sort_unstable();
        loads.dedup();
        let task = program(&loads, loading, best, allowance, aim);
        self.search(leaf, &Listed { loads, task }, aim, (0, Focus::Points), standing)?;
        Ok(())
    }

    /// A search of the program; what it finds is taken.
    pub(super) fn search(
        &self,
        leaf: &Leaf,
        listed: &Listed,
        aim: i64,
        (seed, focus): (i32, Focus),
        standing: &mut Standing,
    ) -> Result<Found, Fault> {
        let search = asked(seed, focus);
        let Answer { outcome, point, .. } = (self.runner)(&Task { search, ..listed.task.clone() })?;
        let point =
            self.plan(&leaf.loading, &listed.loads, &point).filter(|point| self.target.value(point) >= aim);
        if let Some(point) = &point {
            standing.offer(self.target, point);
        }
        Ok(match (outcome, point) {
            (Outcome::Optimal, Some(point)) => Found::Best(point),
            (Outcome::Infeasible, _) => Found::Nothing,
            (Outcome::Optimal | Outcome::Unconfirmed | Outcome::Stopped, _) => Found::Open,
        })
    }

    /// Chosen loads as a point of the level's program, if it is one.
    pub(super) fn plan(
        &self,
        loading: &Loading,
        loads: &[(usize, Load)],
        chosen: &[i64],
    ) -> Option<Vec<i64>> {
        if chosen.len() != loads.len() {
            return None;
        }
        let mut free: Vec<_> = loading.kinds.iter().map(|kind| kind.bins.iter()).collect();
        let mut plan = self.instance.nothing();
        for ((at, load), &times) in loads.iter().zip(chosen) {
            for _ in 0..times {
                let &bin = free[*at].next()?;
                for &(offer, n) in load {
                    plan[loading.kinds[*at].offers[offer].class][bin] = n;
                }
            }
        }
        Some(self.instance.point(self.target, &plan)).filter(|point| self.target.is_feasible(point))
    }
}

fn asked(seed: i32, focus: Focus) -> Search {
    Search::Integer { seed, presolve: seed % 2 == 0, start: None, nodes: Some(NODES), focus, kernel: None }
}

/// The program that chooses among loads for a plan of at least `aim`, whatever may be lost below the bound.
fn program(loads: &[(usize, Load)], loading: &Loading, best: &Best, allowance: i64, aim: i64) -> Task {
    let bins = |kind: usize| i64::try_from(loading.kinds[kind].bins.len()).unwrap_or(i64::MAX);
    let mut of_class: Vec<Vec<(usize, i64)>> = vec![Vec::new(); loading.counts.len()];
    let mut of_kind: Vec<Vec<(usize, i64)>> = vec![Vec::new(); loading.kinds.len()];
    let mut of_side: Vec<Vec<(usize, i64)>> = vec![Vec::new(); loading.sides.len()];
    let mut task = Task {
        upper: loads.iter().map(|(kind, _)| bins(*kind)).collect(),
        objective: loads.iter().map(|(kind, load)| loading.kinds[*kind].value_of(load)).collect(),
        rows: Vec::new(),
        search: Search::Relaxation,
        limit_ms: None,
    };
    for (column, (at, load)) in loads.iter().enumerate() {
        let kind = &loading.kinds[*at];
        of_kind[*at].push((column, 1));
        for &(offer, n) in load {
            of_class[kind.offers[offer].class].push((column, n));
        }
        for (side, terms) in of_side.iter_mut().enumerate() {
            terms.push((column, kind.side_of(load, side)));
        }
    }
    // What costs more than may be lost cannot be left.
    let prices = &best.prices;
    for (class, terms) in of_class.into_iter().enumerate() {
        task.rows.push((terms, loading.counts[class], prices.things[class] > allowance));
    }
    for (kind, terms) in of_kind.into_iter().enumerate() {
        task.rows.push((terms, bins(kind), best.tops[kind] > allowance));
    }
    for (side, mut terms) in of_side.into_iter().enumerate() {
        terms.retain(|(_, a)| *a != 0);
        task.rows.push((terms, loading.sides[side], false));
    }
    let value = task.objective.iter().enumerate().filter(|(_, a)| **a != 0).map(|(at, a)| (at, -a));
    task.rows.push((value.collect(), loading.constant.saturating_sub(aim), false));
    task
}
