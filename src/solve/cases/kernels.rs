//! Better plans among few columns.
//!
//! A *kernel* has the columns that lose least at the prices of a node, and those of its relaxed point and of the plan at
//! hand: an integer search of it ends soon, with the best plan in it, where one among all that a better plan may have
//! does not end at all. It says nothing of the plans outside. (Angelelli, Mansini and Speranza, *Kernel search: a
//! general heuristic for the multi-dimensional knapsack problem*, 2010.)

use super::super::linear::{Fault, Focus};
use super::searches::{Asked, Found, TOGETHER, first};
use super::{Cases, Sought};

/// Columns beyond which a search of one part has a kernel's beside it, and how many each kernel of a level has.
const ALONE: usize = 4_000;
const BESIDE: [usize; 3] = [1_200, 1_800, 2_700];
/// Columns of kernels that are searched after the cuts, side by side, and nodes: the narrow ones to their end.
const NEAR: [(usize, i32); TOGETHER] = [(600, 400), (1_500, 60)];
/// The next ones have so many times as many columns: as long as there is a better plan, or the wider one's search comes to
/// its end.
const WIDER: (usize, usize) = (3, 2);
const TURNS: usize = 4;
/// Columns of the one that is searched before a wide search of a level without a plan of its own, and beyond which that is wide.
const FIRST: usize = 800;
pub(super) const WIDE: usize = 5_000;

impl Cases<'_, '_> {
    /// Searches kernels of a node for better plans than the one at hand, once a level; not where any column may be in one:
    /// whether it did.
    pub(super) fn kernels(&mut self, at: usize) -> Result<bool, Fault> {
        if self.sought != Sought::Nowhere {
            return Ok(false);
        }
        let all = self.target.objective.len();
        let (mut near, (more, less)) = (NEAR, WIDER);
        for turn in 0..TURNS {
            let aim = self.next_value();
            let most = self.losses(at).map_or(all, |losses| losses.count(aim));
            if most == all || !self.searches_on() || self.nodes[at].word < aim {
                return Ok(turn > 0);
            }
            self.sought = Sought::InKernels;
            let among = near.map(|(columns, _)| self.kernel(at, columns));
            let searches = near.map(|(_, nodes)| first(nodes, Focus::Soon));
            let asked: Vec<Asked> =
                among.iter().map(|among| Asked { at, aim, among: among.as_deref() }).collect();
            self.effort.searches = self.effort.searches.saturating_sub(asked.len());
            let found = self.searches_each(&asked, &searches)?;
            self.report();
            near = near.map(|(columns, nodes)| (columns * more / less, nodes));
            let most = self.losses(at).map_or(0, |losses| losses.count(self.next_value()));
            let is_wide = near.iter().any(|&(columns, _)| columns > most / 2);
            let has_ended = matches!(found.last(), Some(Found::Whole(_)));
            if is_wide || !self.is_fine(at) || (!has_ended && self.next_value() == aim) {
                break;
            }
        }
        Ok(true)
    }

    /// A plan before a search of a node for plans of at least `aim`, if that is wide and the level has no plan of its own: the
    /// search may take all the time that there is. Before the first such search any will do, for most find one that ends the
    /// level; then a good one.
    pub(super) fn first_kernel(&mut self, at: usize, aim: i64) -> Result<(), Fault> {
        let is_wide = self.losses(at).is_some_and(|losses| losses.count(aim) > WIDE);
        let has_plan = self.goal() > self.begun_with;
        match self.sought {
            Sought::Nowhere if is_wide && !has_plan => self.any_plan(at, Focus::Any, Sought::ForAny),
            Sought::ForAny if is_wide => self.any_plan(at, Focus::Soon, Sought::InKernels),
            Sought::Nowhere | Sought::ForAny | Sought::InKernels | Sought::Everywhere => Ok(()),
        }
    }

    /// Searches one kernel's root for a better plan than the one at hand, or any.
    fn any_plan(&mut self, at: usize, focus: Focus, sought: Sought) -> Result<(), Fault> {
        if !self.searches_on() {
            return Ok(());
        }
        let (among, before) = (self.kernel(at, FIRST), self.goal());
        self.narrow_search(at, self.next_value(), &first(1, focus), among.as_deref())?;
        if self.goal() > before {
            self.sought = sought;
        }
        self.report();
        Ok(())
    }

    /// A search of one wide part leaves room for another beside it: among the columns of its relaxed point, of the plan at
    /// hand and those that lose least, for any better plan.
    pub(super) fn kernel_beside(&mut self, asked: &[Asked]) -> Option<(usize, Vec<usize>)> {
        let &[Asked { at, aim, .. }] = asked else { return None };
        let &columns = BESIDE.get(self.kernels).filter(|_| self.is_large())?;
        self.losses(at).filter(|losses| losses.count(aim) > ALONE)?;
        self.kernels += 1;
        Some((at, self.kernel(at, columns)?))
    }

    /// So many columns that lose least at a node, and those of its relaxed point and of the plan at hand.
    pub(super) fn kernel(&mut self, at: usize, columns: usize) -> Option<Vec<usize>> {
        let mut kernel = self.losses(at)?.least(columns);
        kernel.extend(self.in_use(at));
        kernel.sort_unstable();
        kernel.dedup();
        Some(kernel)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use std::sync::Mutex;

    use super::super::super::linear::{Search, Task, run};
    use super::super::super::{prices::Target, standing::Standing};
    use super::super::{Effort, Hint};
    use super::*;

    /// Of a plan that is nearly the best the rest is found among few columns; nothing is searched where any column may be in
    /// a better one.
    #[test]
    fn better_plans_are_found_among_few_columns() {
        let (mut gains, mut refusals, mut plans) = (0, 0, 0);
        for seed in 1..=6 {
            let (_, program) = drawn(120, 10, seed);
            let mut target = Target::new(&program, 3, Vec::new());
            let search = Search::Quick { nodes: 1 };
            let begun = run(&target.task(search, None)).expect("the solver works").point;
            for point in [None, Some(begun)] {
                let mut standing = Standing::new(point.filter(|point| !point.is_empty()));
                let effort = Effort { searches: 20, is_large: true, ..Effort::of_relaxations(10) };
                let most = Mutex::new(0);
                let runner = |task: &Task| {
                    if matches!(task.search, Search::Integer { .. }) {
                        let mut most = most.lock().expect("nobody panics");
                        *most = task.upper.len().max(*most);
                    }
                    run(task)
                };
                let mut cases = Cases::new(&mut target, &mut standing, effort, &runner, &|| false);
                cases.open(&Hint::nothing(), None, None).expect("the solver works");
                let before = cases.goal();
                let searched = cases.kernels(0).expect("the solver works");
                gains += usize::from(before.is_some() && cases.goal() > before);
                let most = *most.lock().expect("nobody panics");
                assert_eq!(searched, most > 0, "{seed}");
                assert!(most < program.columns.len(), "{seed}: {most} columns are all");
                refusals += usize::from(before.is_none() && !searched);
                if !searched && before.is_none() {
                    cases.any_plan(0, Focus::Any, Sought::ForAny).expect("the solver works");
                    plans += usize::from(cases.goal().is_some());
                }
            }
        }
        assert!(gains > 0 && refusals > 0, "{gains} plans gained, {refusals} had any column");
        assert!(plans > 0, "no first kernel has a plan");
    }
}
