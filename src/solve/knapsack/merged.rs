//! The smallest bins by their loads, and all others as one.
//!
//! One knapsack of all the room lets things be cut at the bins' ends, and it is the small bins that few things fill:
//! their room is worth less than it says. They have few loads, though, and an integer program over these and one
//! knapsack of the other bins leaves next to nothing open: its best choice mostly goes into the bins, and then it is
//! the best plan, if two searches say so. (Kellerer, Pferschy and Pisinger, *Knapsack Problems*, 2004, chapter 10, on
//! the surrogate relaxation; Dantzig and Wolfe, 1960, on choosing among loads.)

use super::cover::Cover;
use super::pack::Packing;
use super::{Instance, may_agree};
use crate::solve::linear::{Fault, Outcome, Runner, Search};
use crate::solve::prices::Target;
use crate::solve::standing::Standing;

/// Loads of the smallest bins.
const LOADS: usize = 2_000;
/// Nodes of a search.
const NODES: i32 = 2_000;
/// Loads and work of a packing.
const PACKED_LOADS: usize = 20_000;
const PACKING: usize = 3_000_000;

/// Looks for a better plan, and for two searches' word that there is none.
///
/// # Errors
/// Where the solver fails.
pub(super) fn settle(
    instance: &Instance,
    target: &Target,
    standing: &mut Standing,
    runner: &Runner,
    stop: &dyn Fn() -> bool,
) -> Result<(), Fault> {
    let room = instance.bins.iter().map(|bin| bin.room).sum();
    let Some(cover) = Cover::of_smallest(instance, room, LOADS).filter(Cover::is_listed) else {
        return Ok(());
    };
    let mut task = cover.merged();
    if !may_agree(target, &task) {
        return Ok(());
    }
    let mut best = None;
    for seed in [0, 1] {
        if stop() {
            return Ok(());
        }
        task.search = Search::integer(seed, seed == 0, Some(NODES));
        let answer = runner(&task)?;
        if answer.point.is_empty() {
            return Ok(());
        }
        let goes = cover.merged_point(&answer.point);
        let value: i64 = instance.classes.iter().zip(&goes).map(|(class, n)| class.value * n).sum();
        if standing.value(target).is_none_or(|known| known < value + instance.constant) {
            let Some(cover) = Cover::of(instance, &goes, PACKED_LOADS) else { return Ok(()) };
            let Packing::Found(plan) = cover.pack(&mut { PACKING }) else { return Ok(()) };
            standing.offer(target, &instance.point(target, &plan));
        }
        if answer.outcome != Outcome::Optimal || best.is_some_and(|best| best != value) {
            return Ok(());
        }
        best = Some(value);
    }
    let value = best.map(|best| best + instance.constant);
    let is_new = |value: &i64| standing.value(target) == Some(*value) && *value < standing.bound;
    if let Some(value) = value.filter(is_new) {
        (standing.bound, standing.tree, standing.agreed) = (value, None, true);
    }
    Ok(())
}
