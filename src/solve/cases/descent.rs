//! The bound of a large program, brought down by searches for plans that meet it.
//!
//! After its cuts the root's bound is hardly ever more than two or three above the best plan. A search for a plan that
//! meets the bound, or one that hardly more columns are left for, has few columns, for it may lose next to nothing: it
//! finds one, or says soon that there is none, and the next one asks for less. Where a search among all that a better
//! plan than the one at hand may have would not end at all, a few of these do. (*Destructive lower bounds*: Klein and
//! Scholl, *Computing lower bounds by destructive improvement: an application to resource-constrained project
//! scheduling*, 1999.)

use super::super::linear::{Fault, Focus, Search};
use super::Cases;
use super::searches::{Asked, Found, first};

/// Columns of a search for a plan that meets the bound, and its nodes.
const COLUMNS: usize = 10_000;
const NODES: i32 = 200;
/// Nodes of a search of one of two halves.
const HALF_NODES: i32 = 500;
/// So many more columns are hardly more.
const HARDLY: (usize, usize) = (21, 20);
/// How many nodes that leave too many columns are split on the way.
const SPLITS: usize = 6;
/// Before dives a search leaves out at least the rest of the program's columns.
const NEARLY_ALL: (usize, usize) = (9, 10);

/// How far a descent goes.
pub(super) struct Reach {
    columns: usize,
    /// Nodes may be split so often, and what comes to no end is asked for in halves.
    splits: usize,
}

impl Reach {
    /// Before dives in a program of so many columns: where they are quicker nearly all columns are left.
    pub(super) fn early(columns: usize) -> Self {
        let (part, whole) = NEARLY_ALL;
        Self { columns: COLUMNS.min(columns * part / whole), splits: 0 }
    }

    /// After them.
    pub(super) const fn late() -> Self {
        Self { columns: COLUMNS, splits: SPLITS }
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
            let Some(endless) = self.ask_for_bounds(&asked)? else { continue };
            let goal = self.nodes[endless].word.saturating_sub(1);
            let halves = if std::mem::take(&mut may_halve) { self.halves(endless, goal)? } else { None };
            let Some(halves) = halves else { break };
            asked = halves;
        }
        Ok(self.settled > before)
    }

    /// Asks for plans of nodes near their bounds: of one in two ways, of its halves side by side. A node whose search came
    /// to no end and that is still open.
    fn ask_for_bounds(&mut self, nodes: &[usize]) -> Result<Option<usize>, Fault> {
        let asked: Vec<Asked> = nodes.iter().map(|&at| self.near_bound(at)).collect();
        match asked[..] {
            [one] if self.effort.may_agree && one.aim == self.next_value() => self.ask_twice(one),
            [_] => self.ask(&asked, &first(NODES, Focus::OrNone)),
            _ => self.ask(&asked, &first(HALF_NODES, Focus::Soon)),
        }
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
