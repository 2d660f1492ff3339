//! Columns that no better plan can have, left out by a split.
//!
//! At a node's prices a plan is worth its bound less what its columns lose (`narrow`), so one column that loses more than
//! the bound is above what is wanted is in no plan that is (*reduced cost fixing*: Crowder, Johnson and Padberg, *Solving
//! large-scale zero-one linear programming problems*, 1983). In FORMAT's terms that is a split: none of these columns, or
//! one at least. The second case closes at the node's own prices, with the least of those losses for its row. In the first
//! the row costs nothing, so it has a price that leaves none of them any gain: its relaxation, its cuts and its searches
//! are those of a smaller program, and so are those of later levels, which keep what this one reached (`Known`).

use std::sync::Arc;

use super::super::choice::{self, Side};
use super::super::linear::{Answer, Outcome, PRICE_UNIT};
use super::super::prices::Target;
use super::known::Known;
use super::{Case, Cases, DEPTH};
use crate::model::RowKey;

/// Columns are left out where they are at least one in so many of those that were left.
const SHARE: usize = 4;
/// Leaves of a part of the tree, at most, whose own prices say what is left out.
const LEAVES: usize = 20;

impl Case {
    /// Whether it leaves its columns out.
    pub(in crate::solve) fn fixes(&self) -> bool {
        self.at_once && self.at_most == 0 && self.side == Side::Low
    }
}

impl Known {
    /// Whether it leaves out columns that no plan has.
    pub(super) fn fixes(&self) -> bool {
        matches!(self, Self::Split { at_most: 0, at_once: true, high, .. } if high.has_no_plan())
    }

    /// Whether all of its ends are closed.
    pub(super) fn has_no_plan(&self) -> bool {
        match self {
            Self::Open => false,
            Self::Closed { .. } => true,
            Self::Split { low, high, .. } => low.has_no_plan() && high.has_no_plan(),
        }
    }

    /// The columns that are left out wherever a plan of a target may be.
    pub(super) fn left_out(&self, target: &Target) -> Vec<usize> {
        let mut is_left = vec![false; target.objective.len()];
        self.keep(target, &mut Vec::new(), &mut is_left);
        (0..is_left.len()).filter(|&column| !is_left[column]).collect()
    }

    /// Marks what is left where these are left out and this is known besides.
    fn keep<'k>(&'k self, target: &Target, out: &mut Vec<&'k [usize]>, is_left: &mut [bool]) {
        match self {
            Self::Closed { .. } => {}
            Self::Split { columns, low, .. } if self.fixes() => {
                out.push(columns);
                low.keep(target, out, is_left);
                out.pop();
            }
            Self::Split { columns, low, high, .. } if choice::is_decision(target, columns) => {
                low.keep(target, out, is_left);
                high.keep(target, out, is_left);
            }
            // Other splits are not taken over at once.
            Self::Open | Self::Split { .. } => {
                let mut is_out = vec![false; is_left.len()];
                out.iter().copied().flatten().for_each(|&column| is_out[column] = true);
                is_left.iter_mut().zip(is_out).for_each(|(is_left, is_out)| *is_left |= !is_out);
            }
        }
    }
}

/// Prices the fixings on a path, whose rows are the target's last, so high that none of their columns is worth anything to
/// a unit, or to any plan.
pub(super) fn price_fixings(target: &Target, path: &[Case], answer: &mut Answer) {
    if answer.prices.is_empty() || !path.iter().any(Case::fixes) {
        return;
    }
    let prices: Vec<i128> = answer.prices.iter().map(|price| i128::from(*price)).collect();
    let (times, range) = if answer.outcome == Outcome::Infeasible {
        (0, 1)
    } else {
        let (least, most) = target.extremes();
        (PRICE_UNIT, i128::from(most) - i128::from(least) + 1)
    };
    let Some(gains) = target.gains(target.rows(), &prices, times) else { return };
    let first = target.rows().count() - path.len();
    for (depth, case) in path.iter().enumerate().filter(|(_, case)| case.fixes()) {
        let gain = case.columns.iter().map(|&column| gains[column]).max().unwrap_or(0).max(0);
        answer.prices[first + depth] =
            i64::try_from(gain + range * i128::from(PRICE_UNIT)).unwrap_or(i64::MAX);
    }
}

impl Cases<'_, '_> {
    /// What later levels may know of a part of the tree in which no departure is decided on: its splits, below one on none
    /// of the columns that no plan there has which keeps the level.
    pub(super) fn learned_part(&mut self, at: usize, level: usize, kept: i64) -> Known {
        let whole = self.learned_below(at, level, kept);
        let (mut leaves, depth) = (self.leaves_below(at), self.nodes[at].depth);
        let is_open = |leaf: &usize| self.nodes[*leaf].is_leaf() && self.nodes[*leaf].bound >= kept;
        if leaves.iter().any(|&leaf| self.nodes[leaf].depth >= DEPTH) || !leaves.iter().any(is_open) {
            return whole;
        }
        // Of many leaves every later proof would have as many more: there the prices above them have to serve.
        let are_few = leaves.len() <= LEAVES;
        if are_few {
            leaves.retain(is_open);
        } else {
            leaves = vec![at];
        }
        let Some(columns) = self.beyond_all(at, &leaves, kept) else { return whole };
        let high = if are_few {
            self.closed_below(at, (level, kept), &columns, depth)
        } else {
            self.closed_with(at, level, &columns, depth)
        };
        let Some(high) = high else { return whole };
        let (low, high) = (Arc::new(one_deeper(&whole, depth)), Arc::new(high));
        Known::Split { columns, at_most: 0, at_once: true, low, high }
    }

    /// The leaves of the tree below a node.
    fn leaves_below(&self, at: usize) -> Vec<usize> {
        let below = |(low, high)| [low, high].into_iter().flat_map(|at| self.leaves_below(at)).collect();
        self.nodes[at].cases.map_or_else(|| vec![at], below)
    }

    /// The tree below a node with one split more above it, of this depth, in the case that has one of its columns: no leaf
    /// keeps the level.
    fn closed_below(
        &mut self,
        at: usize,
        (level, kept): (usize, i64),
        columns: &[usize],
        depth: usize,
    ) -> Option<Known> {
        if let Some((low, high)) = self.nodes[at].cases {
            let Case { columns: of, at_most, .. } = self.nodes[low].case.clone()?;
            let low = Arc::new(self.closed_below(low, (level, kept), columns, depth)?);
            let high = Arc::new(self.closed_below(high, (level, kept), columns, depth)?);
            return Some(Known::Split { columns: of, at_most, at_once: true, low, high });
        }
        if !self.nodes[at].is_leaf() || self.nodes[at].bound < kept {
            return Some(one_deeper(&self.learned_below(at, level, kept), depth));
        }
        self.closed_with(at, level, columns, depth)
    }

    /// A node closed at its prices in the case that has one of some columns, by a split of this depth.
    fn closed_with(&mut self, at: usize, level: usize, columns: &[usize], depth: usize) -> Option<Known> {
        let least = self.own_losses(at)?.least_of(columns).max(0);
        let Known::Closed { level, denominator, mut prices, total } =
            one_deeper(&self.closed(&self.nodes[at], level), depth)
        else {
            return None;
        };
        prices.push((RowKey::Split(depth), least));
        Some(Known::Closed { level, denominator, prices, total: total - least })
    }

    /// By column whether no fixing on the way to a node leaves it out; `None` where there is no fixing.
    pub(super) fn unfixed(&self, at: usize) -> Option<Vec<bool>> {
        let path = self.path(Some(at), None);
        let mut fixings = path.iter().filter(|case| case.fixes()).peekable();
        fixings.peek()?;
        let mut is_left = vec![true; self.target.objective.len()];
        fixings.flat_map(|case| &case.columns).for_each(|&column| is_left[column] = false);
        Some(is_left)
    }

    /// By column whether a fixing is needed for it in a proof of `goal`: it gains something at prices of a leaf without.
    pub(super) fn needed(&self, goal: i64) -> Vec<bool> {
        let mut needed = vec![false; self.target.objective.len()];
        self.need(0, goal, &mut needed);
        needed
    }

    /// Marks what fixings on the way to the leaves below a node are needed for; where there is none nothing is.
    fn need(&self, at: usize, goal: i64, needed: &mut [bool]) {
        let Some(node) = self.nodes.get(at) else { return };
        if node.bound > goal {
            let Some((low, high)) = node.cases else { return };
            self.need(low, goal, needed);
            self.need(high, goal, needed);
            return;
        }
        let path = self.path(Some(at), None);
        let fixings = || path.iter().enumerate().filter(|(_, case)| case.fixes());
        if fixings().next().is_none() {
            return;
        }
        let rows = self.case_rows(Some(at), None);
        let Some(mut prices) = self.target.shut.lift(self.target, &node.prices, &rows) else { return };
        let first = self.target.rows().count();
        for (depth, _) in fixings() {
            prices.numerators.get_mut(first + depth).into_iter().for_each(|price| *price = 0);
        }
        let rows = self.target.rows().chain(&rows);
        let gains = self.target.gains(rows, &prices.numerators, prices.denominator);
        for &column in fixings().flat_map(|(_, case)| &case.columns) {
            needed[column] |= gains.as_ref().is_none_or(|gains| gains[column] > 0);
        }
    }

    /// The columns that no plan at these nodes, `at` or leaves below it, has which is worth `aim`, if they are many of those that
    /// were left; the nodes then have the prices that they lose it at.
    fn beyond_all(&mut self, at: usize, leaves: &[usize], aim: i64) -> Option<Vec<usize>> {
        let fixed = self.effort.fixed?;
        let (columns, boards) = (self.target.objective.len(), self.target.program.boards());
        let is_left = self.unfixed(at).unwrap_or_else(|| vec![true; columns]);
        let mut is_beyond = is_left.clone();
        is_beyond[boards..].fill(false);
        let left = is_left.iter().filter(|is_left| **is_left).count();
        for &leaf in leaves {
            self.tighten(leaf);
            let losses = self.own_losses(leaf)?;
            is_beyond
                .iter_mut()
                .enumerate()
                .for_each(|(column, is_beyond)| *is_beyond &= losses.is_beyond(column, aim));
        }
        let beyond: Vec<usize> = (0..columns).filter(|&column| is_beyond[column]).collect();
        (beyond.len() >= fixed && SHARE * beyond.len() >= left).then_some(beyond)
    }
}

/// The same with one split more at this depth.
fn one_deeper(known: &Known, depth: usize) -> Known {
    known.along(&(0..depth).collect::<Vec<_>>(), depth + 1)
}

#[cfg(test)]
mod tests {
    use super::super::super::linear::{Search, Task, run};
    use super::super::super::prices::Prices;
    use super::super::super::standing::Standing;
    use super::super::tests::drawn;
    use super::super::{Combination, Cutting, Effort, Priced, Tree};
    use super::*;
    use crate::model::{Column, Row};

    /// A combination of rows, as FORMAT has it: without the cuts before it, which `cuts` are.
    fn combined(target: &Target, cuts: &[Row], Combination { denominator, prices }: &Combination) -> Row {
        let program = target.program;
        let mut sums = vec![0; target.objective.len()];
        let mut at_most = 0;
        for &(priced, price) in prices {
            let row = match priced {
                Priced::Row(at) => target.rows().nth(at).expect("it is one of them").clone(),
                Priced::Cut(at) => cuts[at].clone(),
                Priced::Open(d) => {
                    let used = program.columns.iter().position(|column| *column == Column::Used(d));
                    let terms = used.map(|column| (column, 1)).into_iter().collect();
                    Row { key: RowKey::Cut(0), terms, at_most: 1, equal: false }
                }
                Priced::Units(column) => {
                    let Column::Board(class, _) = program.columns[column] else { panic!("it is nobody's") };
                    let columns = program.of_class[class].clone();
                    let at_most = program.units_of(&columns);
                    let terms = columns.map(|column| (column, 1)).collect();
                    Row { key: RowKey::Cut(0), terms, at_most, equal: false }
                }
            };
            assert!(price >= 0 || row.equal, "{priced:?} has a price of {price}");
            row.terms.iter().for_each(|&(column, a)| sums[column] += price * i128::from(a));
            at_most += price * i128::from(row.at_most);
        }
        let floor = |of: i128| i64::try_from(of.div_euclid((*denominator).into())).expect("it is small");
        let terms = sums.into_iter().map(floor).enumerate().filter(|(_, a)| *a != 0).collect();
        Row { key: RowKey::Cut(0), terms, at_most: floor(at_most), equal: false }
    }

    /// How many columns the splits of a tree leave out.
    fn of_splits(tree: &Tree) -> usize {
        match tree {
            Tree::Leaf(..) | Tree::Cuts(..) => 0,
            Tree::Split { columns, at_most, low, high } => {
                let here = if *at_most == 0 { columns.len() } else { 0 };
                here + of_splits(low) + of_splits(high)
            }
        }
    }

    /// What a tree proves of a target, its splits among the target's rows.
    fn proven(target: &mut Target, tree: &Tree, depth: usize) -> i64 {
        let own = target.more.len();
        let bound = match tree {
            Tree::Leaf(prices, _) => target.bound(prices).expect("the numbers are small"),
            Tree::Cuts(cuts, last, _) => {
                let mut rows: Vec<Row> = Vec::new();
                for cut in cuts {
                    rows.push(combined(target, &rows, cut));
                }
                let first = target.rows().count();
                let mut numerators = vec![0; first + rows.len()];
                for &(priced, price) in &last.prices {
                    match priced {
                        Priced::Row(at) => numerators[at] = price,
                        Priced::Cut(at) => numerators[first + at] = price,
                        Priced::Open(_) | Priced::Units(_) => panic!("the bound has them built in"),
                    }
                }
                target.more.extend(rows);
                target
                    .bound(&Prices { denominator: last.denominator, numerators })
                    .expect("the numbers are small")
            }
            Tree::Split { columns, at_most, low, high } => {
                let case = |side| Case::new(columns.clone(), *at_most, side).row(depth);
                let bounds = [(Side::Low, low), (Side::High, high)].map(|(side, tree)| {
                    target.more.push(case(side));
                    let bound = proven(target, tree, depth + 1);
                    target.more.truncate(own);
                    bound
                });
                bounds[0].max(bounds[1])
            }
        };
        target.more.truncate(own);
        bound
    }

    /// Of all plans that keep the levels none has what is left out; a level without it has the same best plan, and its proof is
    /// one of the whole program.
    #[test]
    fn what_is_left_out_is_in_no_plan_that_keeps_the_levels() {
        let (mut left_out, mut fixed, mut proofs, mut listed, mut in_all) = (0, 0, 0, 0, 0);
        for seed in 1..=6 {
            let (levels, program) = drawn(60, 8, seed);
            let (mut known, mut kept) = (Known::Open, Vec::new());
            for (level, measured) in levels.iter().enumerate() {
                let mut target = Target::new(&program, level, kept.clone());
                let out = known.left_out(&target);
                let mut objective = vec![0; target.objective.len()];
                for &column in &out {
                    objective[column] = 1;
                }
                let any = Task { objective, ..target.task(Search::integer(0, true, None), None) };
                let any = run(&any).expect("the solver works");
                assert!(out.iter().all(|&column| any.point[column] == 0), "seed {seed}, level {level}");
                left_out += out.len();
                let best = run(&target.task(Search::integer(0, true, None), None)).expect("the solver works");
                let best = target.value(&best.point);
                let mut standing = Standing::new(None);
                let effort = Effort {
                    searches: 40,
                    endurance: Some(0),
                    is_large: true,
                    cuts: Cutting::Tableau,
                    fixed: Some(10),
                    ..Effort::of_relaxations(400)
                };
                let mut cases = Cases::new(&mut target, &mut standing, effort, &run, &|| false);
                cases.run(&known).expect("the solver works");
                let fixings =
                    cases.nodes.iter().filter_map(|node| node.case.as_ref().filter(|case| case.fixes()));
                let fixings: Vec<usize> = fixings.map(|case| case.columns.len()).collect();
                fixed += fixings.len();
                known = cases.learned(level, 0);
                if let Some(tree) = &standing.tree {
                    let mut whole = Target::new(&program, level, kept.clone());
                    let bound = proven(&mut whole, tree, 0);
                    assert!(best <= bound && bound <= standing.bound, "seed {seed}, level {level}");
                    proofs += usize::from(matches!(tree, Tree::Split { .. }));
                    if !fixings.is_empty() {
                        (listed, in_all) = (listed + of_splits(tree), in_all + fixings.iter().sum::<usize>());
                    }
                }
                if standing.value(&target) != Some(best) {
                    break;
                }
                kept.push(program.level_row(level, measured.sense.sign() * best));
            }
        }
        assert!(
            left_out > 100 && fixed > 5 && proofs > 3,
            "{left_out} left out, {fixed} fixings, {proofs} proofs"
        );
        assert!(0 < listed && 2 * listed < in_all, "{listed} of {in_all} columns are listed");
    }
}
