//! The bound of a large program, brought down by searches for plans that meet it.
//!
//! After its cuts the root's bound is hardly ever more than two or three above the best plan. A search for a plan that
//! meets the bound, or one that hardly more columns are left for, has few columns, for it may lose next to nothing: it
//! finds one, or says soon that there is none, and the next one asks for less. Where a search among all that a better
//! plan than the one at hand may have would not end at all, a few of these do. Where values are fine they would be many, and
//! that search does end, once a kernel has the best plan. (*Destructive lower bounds*: Klein and
//! Scholl, *Computing lower bounds by destructive improvement: an application to resource-constrained project
//! scheduling*, 1999.)

use super::super::linear::{Fault, Focus, HAS_HIGHS, Search};
use super::kernels::WIDE;
use super::searches::{Asked, Found, first, within};
use super::{Cases, Sought};

/// Columns of a search for a plan that meets the bound, and its nodes.
const COLUMNS: usize = 10_000;
const NODES: i32 = 200;
/// Where it is wide, dives are quicker than that goes on: before them it is the root of a kernel of so many columns, beside a
/// refutation of so many nodes.
const KERNEL: usize = 3_000;
const REFUTING: i32 = 4;
/// Of one for any better plan than the one at hand, where values are fine.
const SETTLING: i32 = 500;
/// Nodes of a search of one of two halves.
const HALF_NODES: i32 = 500;
/// So many more columns are hardly more.
const HARDLY: (usize, usize) = (21, 20);
/// A level is fine where one less leaves no more than so many more columns, and these are few of all.
const FINE: (usize, usize) = (9, 8);
const FEW: (usize, usize) = (1, 2);
/// How many nodes that leave too many columns are split on the way.
const SPLITS: usize = 6;
/// Before dives a search leaves out at least the rest of the program's columns.
const NEARLY_ALL: (usize, usize) = (9, 10);

/// How far a descent goes.
pub(super) struct Reach {
    columns: usize,
    /// Nodes may be split so often, and what comes to no end is asked for in halves.
    splits: usize,
    /// What leaves many columns is not searched for as a whole.
    is_early: bool,
}

impl Reach {
    /// Before dives in a program of so many columns: where they are quicker nearly all columns are left.
    pub(super) fn early(columns: usize) -> Self {
        let (part, whole) = NEARLY_ALL;
        Self { columns: COLUMNS.min(columns * part / whole), splits: 0, is_early: true }
    }

    /// After them.
    pub(super) const fn late() -> Self {
        Self { columns: COLUMNS, splits: SPLITS, is_early: false }
    }
}

impl Cases<'_, '_> {
    /// Asks for plans that meet the bound of the best open node, until there is one, or too many columns may be in it, or
    /// a search comes to no end in the two halves of a node either; whether anything was settled.
    pub(super) fn descend(&mut self, reach: &Reach) -> Result<bool, Fault> {
        let (mut splits, mut may_halve) = (reach.splits, reach.splits > 0);
        let mut asked: Vec<usize> = Vec::new();
        let before = self.settled;
        while self.searches_on() {
            let Some(best) = self.best_open() else { break };
            // Where there is a plan that meets the bound, that is found as soon.
            if self.settled > before && self.kernels(best)? {
                continue;
            }
            asked.retain(|&at| self.is_open(at) && self.hope(at) == self.hope(best));
            if asked.is_empty() {
                asked.push(best);
            }
            if let Some(wide) = asked.iter().copied().find(|&at| !self.is_narrow(at, reach.columns)) {
                asked.clear();
                if splits == 0 || !self.narrow(wide)? {
                    break;
                }
                splits -= 1;
                continue;
            }
            let Some(endless) = self.ask_for_bounds(&asked, reach.is_early)? else { continue };
            let goal = self.nodes[endless].word.saturating_sub(1);
            let halves = if std::mem::take(&mut may_halve) { self.halves(endless, goal)? } else { None };
            let Some(halves) = halves else { break };
            asked = halves;
        }
        Ok(self.settled > before)
    }

    /// Asks for plans of nodes near their bounds: of one in two ways, of its halves side by side. A node whose search came
    /// to no end and that is still open.
    fn ask_for_bounds(&mut self, nodes: &[usize], is_early: bool) -> Result<Option<usize>, Fault> {
        let asked: Vec<Asked> = nodes.iter().map(|&at| self.near_bound(at)).collect();
        let [one] = asked[..] else { return self.ask(&asked, &first(HALF_NODES, Focus::Soon)) };
        if self.effort.may_agree && one.aim == self.next_value() {
            return self.ask_twice(one);
        }
        let columns = self.losses(one.at).map_or(0, |losses| losses.count(one.aim));
        let kernel = if HAS_HIGHS && is_early && columns > WIDE { self.kernel(one.at, KERNEL) } else { None };
        self.ask_once(one, columns, kernel)
    }

    /// The same of one node in two ways, unless that came to no end before.
    fn ask_once(
        &mut self,
        one: Asked,
        columns: usize,
        kernel: Option<Vec<usize>>,
    ) -> Result<Option<usize>, Fault> {
        let asked = (one.at, one.aim, columns);
        if self.endless == Some(asked) {
            return Ok(Some(one.at));
        }
        self.first_kernel(one.at, one.aim)?;
        if !self.is_open(one.at) {
            return Ok(None);
        }
        let search = match kernel {
            Some(kernel) => within(kernel, REFUTING),
            None => first(NODES, Focus::OrNone),
        };
        let endless = self.ask(&[one], &search)?;
        self.endless = endless.map(|_| asked);
        Ok(endless)
    }

    /// Asks for all plans better than the one at hand, where values are fine: as many searches for less and less would take longer.
    pub(super) fn settle(&mut self, at: usize) -> Result<(), Fault> {
        let aim = self.next_value();
        let is_narrow = self.losses(at).is_some_and(|losses| losses.count(aim) <= COLUMNS);
        if self.searches_on() && self.is_fine(at) && is_narrow {
            self.ask(&[Asked { at, aim, among: None }], &first(SETTLING, Focus::OrNone))?;
            self.sought = Sought::Everywhere;
        }
        Ok(())
    }

    /// The same of any better plan of a node, beside a second opinion, for hardly anybody expects one.
    fn ask_twice(&mut self, Asked { at, aim, .. }: Asked) -> Result<Option<usize>, Fault> {
        self.effort.searches = self.effort.searches.saturating_sub(1);
        let found = self.narrow_search(at, aim, &first(NODES, Focus::OrAgreed), None)?;
        let is_agreed = matches!(found, Found::Whole(None));
        if self.hear(at, aim, found) && is_agreed {
            self.nodes[at].said_again = aim - 1;
        }
        self.report();
        // A second opinion is asked for in parts, too; what is wanted first is one.
        if !self.is_open(at) {
            return Ok(None);
        }
        let once_more = self.near_bound(at);
        self.ask(&[once_more], &first(2 * NODES, Focus::Refutation))
    }

    /// The same in one way, side by side.
    fn ask(&mut self, asked: &[Asked], search: &Search) -> Result<Option<usize>, Fault> {
        self.effort.searches = self.effort.searches.saturating_sub(asked.len());
        let found = self.searches(asked, search)?;
        let mut endless = None;
        for (&Asked { at, aim, .. }, found) in asked.iter().zip(found) {
            if !self.hear(at, aim, found) {
                endless = Some(at);
            }
        }
        self.report();
        Ok(endless.filter(|&at| self.is_open(at)))
    }

    /// A node, for the least value that hardly more columns are left for than for its bound.
    fn near_bound(&mut self, at: usize) -> Asked<'static> {
        let (word, next, (more, less)) = (self.nodes[at].word, self.next_value(), HARDLY);
        let aim = self.losses(at).map_or(word, |losses| {
            let most = losses.count(word) * more / less;
            losses.least_value(next, word, most)
        });
        Asked { at, aim, among: None }
    }

    /// Whether one less than a node's bound leaves hardly more columns, of few: then many values in turn would be asked for.
    pub(super) fn is_fine(&mut self, at: usize) -> bool {
        let word = self.nodes[at].word;
        let ((part, whole), (more, less)) = (FEW, FINE);
        let most = self.target.objective.len() * part / whole;
        word > self.next_value()
            && self.losses(at).is_some_and(|losses| {
                let columns = losses.count(word);
                columns <= most && less * losses.count(word - 1) <= more * columns
            })
    }

    fn is_narrow(&mut self, at: usize, columns: usize) -> bool {
        let word = self.nodes[at].word;
        self.losses(at).is_some_and(|losses| losses.count(word) <= columns)
    }

    /// Relaxes a node again that has never heard of the cuts, or splits it; whether it could be.
    fn narrow(&mut self, at: usize) -> Result<bool, Fault> {
        let is_cut = (0..self.cuts.len()).any(|cut| self.is_priced_at(at, cut));
        let state = self.nodes[at].state.clone();
        if let Some(state) = state.filter(|_| !is_cut && !self.cuts.is_empty()) {
            let before = self.nodes[at].bound;
            self.relax_again(at, Some(&state))?;
            if self.nodes[at].bound < before {
                return Ok(true);
            }
        }
        let Some(choice) = self.choose(at) else { return Ok(false) };
        self.split(at, &choice)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use std::sync::Mutex;

    use super::super::super::linear::{self, Answer, Outcome, Task};
    use super::super::super::{prices::Target, standing::Standing};
    use super::super::{Effort, Hint};
    use super::*;

    /// Before dives a wide search is the root of a kernel beside a refutation; after them it is one of all columns.
    #[cfg(feature = "highs")]
    #[test]
    fn a_wide_search_begins_in_a_kernel() {
        let (_, program) = drawn(1_400, 30, 1);
        let mut target = Target::new(&program, 3, Vec::new());
        let mut standing = Standing::new(None);
        let effort = Effort { searches: 20, is_large: true, ..Effort::of_relaxations(100) };
        let asked = Mutex::new(Vec::new());
        let runner = |task: &Task| {
            let Search::Integer { focus, kernel, .. } = &task.search else { return linear::run(task) };
            if *focus == Focus::OrNone {
                asked.lock().expect("nobody panics").push((task.upper.len(), kernel.clone()));
            }
            let (point, prices, basis) = (Vec::new(), Vec::new(), Vec::new());
            Ok(Answer { outcome: Outcome::Stopped, point, prices, basis })
        };
        let mut cases = Cases::new(&mut target, &mut standing, effort, &runner, &|| false);
        cases.open(&Hint::nothing(), None, None).expect("the solver works");
        assert_eq!(cases.ask_for_bounds(&[0], true).expect("the solver works"), Some(0));
        cases.endless = None;
        assert_eq!(cases.ask_for_bounds(&[0], false).expect("the solver works"), Some(0));
        let [(columns, Some(kernel)), (all, None)] = &asked.into_inner().expect("nobody panics")[..] else {
            panic!("a kernel, then everything");
        };
        assert_eq!(columns, all);
        assert!(*columns > WIDE && kernel.len() >= KERNEL && kernel.len() < *columns, "{columns}");
        assert!(kernel.is_sorted() && kernel.last().is_some_and(|last| last < columns));
    }

    /// A kernel's plan settles a node that may hold none better, though the search says nothing of the rest.
    #[test]
    fn a_plan_that_meets_the_bound_settles_a_node() {
        let (_, program) = drawn(48, 8, 1);
        let mut target = Target::new(&program, 3, Vec::new());
        let task = target.task(Search::integer(0, true, None), None);
        let point = linear::run(&task).expect("the solver works").point;
        let value = target.value(&point);
        let mut standing = Standing::new(None);
        let effort = Effort::of_relaxations(100);
        let mut cases = Cases::new(&mut target, &mut standing, effort, &linear::run, &|| false);
        cases.open(&Hint::nothing(), None, None).expect("the solver works");
        let found = || Found::Stopped(Some(point.clone()));
        cases.nodes[0].word = value + 1;
        assert!(!cases.hear(0, value, found()), "a better one may be there");
        assert_eq!((cases.settled, cases.nodes[0].said), (0, i64::MAX));
        cases.nodes[0].word = value;
        assert!(cases.hear(0, value, found()));
        assert_eq!((cases.settled, cases.nodes[0].said), (1, value));
    }

    /// What came to no end before the dives is asked for in halves after them, not once more.
    #[test]
    fn nothing_is_asked_twice() {
        let (_, program) = drawn(48, 8, 1);
        let mut target = Target::new(&program, 3, Vec::new());
        let mut standing = Standing::new(None);
        let effort = Effort { searches: 20, may_agree: true, is_large: true, ..Effort::of_relaxations(100) };
        let asked = Mutex::new(Vec::new());
        let runner = |task: &Task| {
            let Search::Integer { .. } = task.search else { return linear::run(task) };
            asked.lock().expect("nobody panics").push(serde_json::to_string(task).expect("it is plain"));
            let (point, prices, basis) = (Vec::new(), Vec::new(), Vec::new());
            Ok(Answer { outcome: Outcome::Stopped, point, prices, basis })
        };
        let mut cases = Cases::new(&mut target, &mut standing, effort, &runner, &|| false);
        cases.open(&Hint::nothing(), None, None).expect("the solver works");
        let reach = Reach { columns: usize::MAX, splits: 0, is_early: false };
        cases.descend(&reach).expect("the solver works");
        assert_eq!(asked.lock().expect("nobody panics").len(), 1);
        cases.descend(&Reach::late()).expect("the solver works");
        let mut asked = asked.into_inner().expect("nobody panics");
        let all = asked.len();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), all, "the same was asked twice");
        assert!(all > 1, "nothing was asked for in halves");
    }
}
