//! The program over loads: which of those that a plan of a given value can have.
//!
//! At the best prices every plan is worth the bound less what it loses: by loads that gain less than the best,
//! by things with a price that stay, by room in further rows that cost something. A plan of at least `aim` has
//! no load that alone loses more than the bound is above that.

use super::bound::Best;
use super::table::Table;
use super::{AIMS, Instance, LOADS, Load, Loading, Standing, Target, UNIT, may_agree};
use crate::solve::linear::{Answer, Fault, Outcome, Runner, Search, Task};

/// Nodes of an integer search.
const NODES: i32 = 4_000;

pub(super) struct Choice<'c> {
    pub(super) instance: &'c Instance,
    pub(super) target: &'c Target<'c>,
    pub(super) loading: &'c Loading,
    pub(super) best: &'c Best,
    pub(super) runner: &'c Runner<'c>,
    pub(super) stop: &'c dyn Fn() -> bool,
}

/// Loads by kind, and the program that chooses among them.
struct Listed {
    loads: Vec<(usize, Load)>,
    task: Task,
}

/// How a search ended.
enum Found {
    /// A best plan, at least as good as the aim.
    Best(Vec<i64>),
    /// No plan reaches the aim.
    Nothing,
    /// It did not end.
    Open,
}

impl Choice<'_> {
    /// Looks for the best plan from the bound downwards, and asks again.
    pub(super) fn run(&self, standing: &mut Standing) -> Result<(), Fault> {
        // What no plan passes, so far as the first searches say.
        let mut word = self.best.floor();
        let mut width = 1;
        for _ in 0..AIMS {
            let known = standing.value(self.target);
            if known.is_some_and(|known| known >= word) || (self.stop)() {
                break;
            }
            let aim = known.map_or(word - width + 1, |known| (word - width + 1).max(known + 1));
            let Some(listed) = self.listed(aim) else { return Ok(()) };
            match self.search(&listed, aim, 0, None, standing)? {
                Found::Best(point) => word = self.target.value(&point),
                Found::Nothing => word = aim - 1,
                Found::Open => return Ok(()),
            }
            width *= 2;
        }
        let Some(value) = standing.value(self.target).filter(|value| *value == word) else { return Ok(()) };
        self.confirm(value, standing)
    }

    /// Whether two searches say that no plan is better than the one at hand: where the prices leave nothing
    /// better to search they are asked for the best of those as good.
    fn confirm(&self, value: i64, standing: &mut Standing) -> Result<(), Fault> {
        let is_excluded = self.best.floor() <= value;
        let aim = if is_excluded { value } else { value + 1 };
        let Some(listed) = self.listed(aim).filter(|listed| may_agree(self.target, &listed.task)) else {
            return Ok(());
        };
        for seed in [0, 1] {
            let start = if is_excluded { self.start(&listed, standing) } else { None };
            let agrees = match self.search(&listed, aim, seed, start, standing)? {
                Found::Best(point) => is_excluded && self.target.value(&point) == value,
                Found::Nothing => !is_excluded,
                Found::Open => false,
            };
            if !agrees || (self.stop)() {
                return Ok(());
            }
        }
        (standing.bound, standing.tree, standing.agreed) = (value, None, true);
        Ok(())
    }

    /// The plan at hand among the listed loads.
    fn start(&self, listed: &Listed, standing: &Standing) -> Option<Vec<i64>> {
        let plan = self.instance.plan(self.target, standing.point.as_ref()?);
        let mut start = vec![0; listed.loads.len()];
        for (kind, mut load) in self.loading.loads_of(&plan) {
            load.sort_unstable();
            let at = listed.loads.binary_search(&(kind, load)).ok()?;
            start[at] += 1;
        }
        Some(start)
    }

    /// The loads that a plan of at least `aim` can have; `None`: too many.
    fn listed(&self, aim: i64) -> Option<Listed> {
        let allowance = i64::try_from(self.best.total - i128::from(UNIT) * i128::from(aim)).ok()?;
        let mut loads: Vec<(usize, Load)> = Vec::new();
        for (at, kind) in self.loading.kinds.iter().enumerate() {
            let gains = self.loading.gains(kind, &self.best.prices)?;
            let used = self.loading.gain_of_use(kind, &self.best.prices)?;
            let table = Table::of(kind, &gains, -allowance - 1)?;
            let least = self.best.tops[at] - allowance - used;
            let listed = table.loads(least, LOADS.checked_sub(loads.len())?)?;
            loads.extend(listed.into_iter().map(|mut load| {
                load.sort_unstable();
                (at, load)
            }));
        }
        loads.sort_unstable();
        let task = self.task(&loads, allowance, aim);
        Some(Listed { loads, task })
    }

    fn task(&self, loads: &[(usize, Load)], allowance: i64, aim: i64) -> Task {
        let loading = self.loading;
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
        let prices = &self.best.prices;
        for (class, terms) in of_class.into_iter().enumerate() {
            task.rows.push((terms, loading.counts[class], prices.things[class] > allowance));
        }
        for (kind, terms) in of_kind.into_iter().enumerate() {
            task.rows.push((terms, bins(kind), self.best.tops[kind] > allowance));
        }
        for (side, mut terms) in of_side.into_iter().enumerate() {
            terms.retain(|(_, a)| *a != 0);
            task.rows.push((terms, loading.sides[side], false));
        }
        let value = task.objective.iter().enumerate().filter(|(_, a)| **a != 0).map(|(at, a)| (at, -a));
        task.rows.push((value.collect(), loading.constant.saturating_sub(aim), false));
        task
    }

    /// A search of the program; what it finds is taken.
    fn search(
        &self,
        listed: &Listed,
        aim: i64,
        seed: i32,
        start: Option<Vec<i64>>,
        standing: &mut Standing,
    ) -> Result<Found, Fault> {
        let search = Search::Integer { seed, presolve: seed == 0, start, nodes: Some(NODES) };
        let Answer { outcome, point, .. } = (self.runner)(&Task { search, ..listed.task.clone() })?;
        let point = self.plan(listed, &point).filter(|point| self.target.value(point) >= aim);
        if let Some(point) = &point {
            standing.offer(self.target, point);
        }
        Ok(match (outcome, point) {
            (Outcome::Optimal, Some(point)) => Found::Best(point),
            (Outcome::Infeasible, _) => Found::Nothing,
            (Outcome::Optimal | Outcome::Stopped, _) => Found::Open,
        })
    }

    /// Chosen loads as a point of the level's program, if it is one.
    fn plan(&self, listed: &Listed, chosen: &[i64]) -> Option<Vec<i64>> {
        if chosen.len() != listed.loads.len() {
            return None;
        }
        let mut free: Vec<_> = self.loading.kinds.iter().map(|kind| kind.bins.iter()).collect();
        let mut plan = self.instance.nothing();
        for ((at, load), &times) in listed.loads.iter().zip(chosen) {
            for _ in 0..times {
                let &bin = free[*at].next()?;
                for &(offer, n) in load {
                    plan[self.loading.kinds[*at].offers[offer].class][bin] = n;
                }
            }
        }
        Some(self.instance.point(self.target, &plan)).filter(|point| self.target.is_feasible(point))
    }
}
