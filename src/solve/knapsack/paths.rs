//! Whether given things go into the bins, all of them: loads as paths through sums.
//!
//! A load is a path from 0 to the bin's room. Each thing is an arc from the sum of those before it, the larger ones
//! first, to the sum with it; arcs from a sum to the next one leave room. A packing is a flow that takes each thing
//! once, one unit for each bin (Valério de Carvalho, *Exact solution of bin-packing problems using column generation
//! and branch-and-bound*, 1999). Rooms of some hundred seats or a few things for each bin make few arcs, and the flow's
//! relaxation is that of all loads: an integer search mostly ends in its root, where a search that fills bin after bin
//! never does. What it finds is a plan; that there is none two searches have to say.

use std::collections::{BTreeMap, BTreeSet};

use super::pack::{LARGEST_ROOM, Packing};
use super::{Instance, Plan, may_agree};
use crate::solve::linear::{Fault, Outcome, Runner, Search, Task};
use crate::solve::prices::Target;

/// Arcs beyond which a flow is too large a program.
const ARCS: usize = 20_000;
/// Nodes of an integer search.
const NODES: i32 = 1_000;

/// What one unit of flow on a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arc {
    /// A thing of this size.
    Thing(i64),
    /// Room that is left.
    Room,
    /// The end of a bin of this room.
    End(i64),
}

/// The program of a packing.
struct Paths {
    /// By column: from which sum, and what it is.
    arcs: Vec<(i64, Arc)>,
    /// By sum: where the arcs from it begin.
    first: BTreeMap<i64, usize>,
    task: Task,
}

/// So many of each class in the bins, exactly, by class and bin.
///
/// # Errors
/// Where the solver fails.
pub(super) fn packed(
    instance: &Instance,
    goes: &[i64],
    target: &Target,
    runner: &Runner,
) -> Result<Packing<Plan>, Fault> {
    let Some(paths) = Paths::of(instance, goes) else { return Ok(Packing::Open) };
    let answer = paths.ask(0, runner)?;
    if let Some(plan) = paths.plan(&answer.point, instance, goes) {
        return Ok(Packing::Found(plan));
    }
    let is_none = answer.outcome == Outcome::Infeasible
        && may_agree(target, &paths.task)
        && paths.ask(1, runner)?.outcome == Outcome::Infeasible;
    Ok(if is_none { Packing::Nothing } else { Packing::Open })
}

impl Paths {
    /// `None` where a thing may not go anywhere, or arcs are too many.
    fn of(instance: &Instance, goes: &[i64]) -> Option<Self> {
        let mut sizes: BTreeMap<i64, i64> = BTreeMap::new();
        for (class, &n) in instance.classes.iter().zip(goes).filter(|(_, n)| **n > 0) {
            if !class.open.iter().all(|open| *open) {
                return None;
            }
            *sizes.entry(class.size).or_default() += n;
        }
        let mut rooms: BTreeMap<i64, i64> = BTreeMap::new();
        for bin in &instance.bins {
            *rooms.entry(bin.room).or_default() += 1;
        }
        let most = *rooms.keys().next_back().filter(|room| **room <= LARGEST_ROOM)?;
        let mut things: BTreeSet<(i64, i64)> = BTreeSet::new();
        let mut sums = BTreeSet::from([0]);
        for (&size, &count) in sizes.iter().rev() {
            let ends =
                |sum: i64| (0..count).map(move |n| sum + n * size).take_while(|from| from + size <= most);
            things.extend(sums.iter().flat_map(|&sum| ends(sum)).map(|from| (from, size)));
            if things.len() > ARCS {
                return None;
            }
            sums.extend(sums.iter().flat_map(|&sum| ends(sum)).map(|from| from + size).collect::<Vec<_>>());
        }
        sums.extend(rooms.keys());
        Some(Self::among(&sums, &things, &sizes, &rooms))
    }

    fn among(
        sums: &BTreeSet<i64>,
        things: &BTreeSet<(i64, i64)>,
        sizes: &BTreeMap<i64, i64>,
        rooms: &BTreeMap<i64, i64>,
    ) -> Self {
        let bins: i64 = rooms.values().sum();
        let (mut arcs, mut upper, mut first) = (Vec::new(), Vec::new(), BTreeMap::new());
        // By sum what comes in less what goes out, by size what is taken.
        let mut balance: BTreeMap<i64, Vec<(usize, i64)>> = BTreeMap::new();
        let mut taken: BTreeMap<i64, Vec<(usize, i64)>> = BTreeMap::new();
        for (&sum, next) in sums.iter().zip(sums.iter().skip(1).map(Some).chain([None])) {
            first.insert(sum, arcs.len());
            let here =
                things.range((sum, 0)..(sum + 1, 0)).map(|&(_, size)| (Arc::Thing(size), sizes[&size]));
            let end = rooms.get(&sum).map(|&many| (Arc::End(sum), many));
            let room = next.map(|_| (Arc::Room, bins));
            for (arc, most) in here.chain(end).chain(room) {
                let column = arcs.len();
                balance.entry(sum).or_default().push((column, -1));
                let to = match arc {
                    Arc::Thing(size) => {
                        taken.entry(size).or_default().push((column, 1));
                        Some(sum + size)
                    }
                    Arc::Room => next.copied(),
                    Arc::End(_) => None,
                };
                if let Some(to) = to {
                    balance.entry(to).or_default().push((column, 1));
                }
                arcs.push((sum, arc));
                upper.push(most.min(bins));
            }
        }
        let flows = balance.into_iter().filter(|(sum, _)| *sum > 0).map(|(_, terms)| (terms, 0, true));
        let all = sizes.iter().map(|(size, &count)| (taken.remove(size).unwrap_or_default(), count, true));
        let rows = flows.chain(all).collect();
        let objective = vec![0; upper.len()];
        let task = Task { upper, objective, rows, search: Search::Relaxation, limit_ms: None };
        Self { arcs, first, task }
    }

    fn ask(&self, seed: i32, runner: &Runner) -> Result<crate::solve::linear::Answer, Fault> {
        let search = Search::integer(seed, seed == 0, Some(NODES));
        runner(&Task { search, ..self.task.clone() })
    }

    /// A flow as loads, the bins of each room in their order; `None` where it is none.
    fn plan(&self, flow: &[i64], instance: &Instance, goes: &[i64]) -> Option<Plan> {
        let (mut flow, mut left) = (flow.to_vec(), goes.to_vec());
        let mut plan = instance.nothing();
        let mut is_filled = vec![false; instance.bins.len()];
        for _ in 0..instance.bins.len() {
            let (mut sum, mut load) = (0, Vec::new());
            let room = loop {
                let here = (*self.first.get(&sum)?..self.arcs.len()).take_while(|&at| self.arcs[at].0 == sum);
                let Some(column) = here.into_iter().find(|&at| flow.get(at).is_some_and(|n| *n > 0)) else {
                    break None;
                };
                flow[column] -= 1;
                match self.arcs[column].1 {
                    Arc::Thing(size) => {
                        load.push(size);
                        sum += size;
                    }
                    Arc::Room => sum = *self.first.range(sum + 1..).next()?.0,
                    Arc::End(room) => break Some(room),
                }
            };
            let Some(room) = room else { break };
            let bin = (0..is_filled.len()).find(|&bin| !is_filled[bin] && instance.bins[bin].room == room)?;
            is_filled[bin] = true;
            for size in load {
                let class = (0..left.len()).find(|&c| left[c] > 0 && instance.classes[c].size == size)?;
                left[class] -= 1;
                plan[class][bin] += 1;
            }
        }
        left.iter().all(|n| *n == 0).then_some(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::super::instance::tests::instance;
    use super::super::pack::{self, Packing, Thing};
    use super::Paths;
    use crate::solve::linear;

    /// The same as a search that fills bin after bin.
    #[test]
    fn a_flow_is_a_packing() {
        for seed in 0..60_u64 {
            let (sizes, rooms) = pack::tests::drawn(seed);
            let largest = rooms.iter().copied().max().unwrap_or(0);
            let mut instance = instance(&sizes, &rooms);
            for class in &mut instance.classes {
                class.open.fill(true);
            }
            let open = vec![true; rooms.len()];
            let things: Vec<Thing> = sizes.iter().map(|&size| Thing { size, open: &open }).collect();
            let fits = sizes.iter().all(|size| *size <= largest)
                && pack::pack(&things, &rooms, &mut 1_000_000) != Packing::Nothing;
            let goes = vec![1; sizes.len()];
            let paths = Paths::of(&instance, &goes).expect("few arcs");
            let answer = paths.ask(0, &linear::run).expect("an answer");
            let plan = paths.plan(&answer.point, &instance, &goes);
            assert_eq!(plan.is_some(), fits, "{sizes:?} {rooms:?}");
            for (bin, room) in rooms.iter().enumerate().filter(|_| fits) {
                let plan = plan.as_ref().expect("there is one");
                let load: i64 = plan.iter().zip(&sizes).map(|(places, size)| places[bin] * size).sum();
                assert!(load <= *room, "{sizes:?} {rooms:?}");
            }
        }
    }
}
