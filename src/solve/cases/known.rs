//! What the cases of earlier levels know: which cannot keep their level, and so need not be looked at again.
//!
//! A level's tree is handed on as it ended: its splits, and the leaves whose prices prove that they miss what the
//! level keeps. A later level has finer classes, so columns are translated, and may split on something else in
//! between, so a leaf's prices of splits are moved to the depths at which these stand now.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::choice::{self, Choice, Side};
use super::super::linear::Answer;
use crate::classes::Class;
use crate::model::{Column, Program, RowKey};

/// What earlier levels know of the plans that make certain decisions.
#[derive(Clone, Debug)]
pub(in crate::solve) enum Known {
    /// Nothing.
    Open,
    /// None of them keeps a level: its prices, `prices / denominator` by row, show it.
    Closed {
        /// The level.
        level: usize,
        /// At least 1.
        denominator: i64,
        /// Of rows, those of decisions by their depth among them.
        prices: Vec<(RowKey, i128)>,
        /// What the prices bound the level's linear part by, times the denominator.
        total: i128,
    },
    /// What is known of two cases.
    Split {
        /// Positions among the program's columns.
        columns: Vec<usize>,
        /// The low case's ceiling.
        at_most: i64,
        /// Later levels take it over at once.
        at_once: bool,
        /// The two cases.
        low: Arc<Known>,
        /// The case `>= at_most + 1`.
        high: Arc<Known>,
    },
}

impl Known {
    /// Whether it excludes a relaxed point: by a split that has it between its cases, or in one that is closed.
    pub(super) fn excludes(&self, answer: &Answer) -> bool {
        match self {
            Self::Open => false,
            Self::Closed { .. } => true,
            Self::Split { columns, at_most, low, high, .. } => {
                match choice::side(columns, *at_most, answer) {
                    None => true,
                    Some(Side::Low) => low.excludes(answer),
                    Some(Side::High) => high.excludes(answer),
                }
            }
        }
    }

    /// The same below a node of a greater depth, if its own splits so far are those at `spine`.
    pub(super) fn along(&self, spine: &[usize], depth: usize) -> Self {
        let at = |i: usize| spine.get(i).copied().unwrap_or_else(|| depth + i - spine.len());
        match self {
            Self::Open => Self::Open,
            Self::Closed { level, denominator, prices, total } => {
                let key = |key: &RowKey| {
                    if let RowKey::Split(i) = *key { RowKey::Split(at(i)) } else { key.clone() }
                };
                let prices = prices.iter().map(|(of, price)| (key(of), *price)).collect();
                Self::Closed { level: *level, denominator: *denominator, prices, total: *total }
            }
            Self::Split { columns, at_most, at_once, low, high } => {
                let (low, high) = (Arc::new(low.along(spine, depth)), Arc::new(high.along(spine, depth)));
                Self::Split { columns: columns.clone(), at_most: *at_most, at_once: *at_once, low, high }
            }
        }
    }

    /// The same of a program whose columns split up those of this one: `finer`, by column.
    pub(in crate::solve) fn refined(&self, finer: &[Vec<usize>]) -> Self {
        match self {
            Self::Split { columns, at_most, at_once, low, high } => {
                let mut columns: Vec<usize> =
                    columns.iter().flat_map(|&column| finer[column].iter().copied()).collect();
                columns.sort_unstable();
                let (low, high) = (Arc::new(low.refined(finer)), Arc::new(high.refined(finer)));
                Self::Split { columns, at_most: *at_most, at_once: *at_once, low, high }
            }
            Self::Open | Self::Closed { .. } => self.clone(),
        }
    }
}

/// By column of a program: which columns it becomes in another whose classes split up those of the first.
pub(in crate::solve) fn finer(
    coarser: &[Class],
    before: &Program,
    classes: &[Class],
    program: &Program,
) -> Vec<Vec<usize>> {
    let mut class_of = FxHashMap::default();
    for (position, class) in coarser.iter().enumerate() {
        class_of.extend(class.members.iter().map(|&unit| (unit, position)));
    }
    let before_of: FxHashMap<Column, usize> =
        before.columns.iter().enumerate().map(|(position, &column)| (column, position)).collect();
    let mut finer = vec![Vec::new(); before.columns.len()];
    for (position, &column) in program.columns.iter().enumerate() {
        let coarse = match column {
            Column::Board(class, d) => {
                class_of.get(&classes[class].representative()).map(|&class| Column::Board(class, d))
            }
            Column::Used(_) | Column::Held(..) => Some(column),
        };
        if let Some(&before) = coarse.and_then(|column| before_of.get(&column)) {
            finer[before].push(position);
        }
    }
    finer
}

/// What earlier levels know of a node, and the depths of the splits by which they came there.
#[derive(Clone)]
pub(super) struct Hint {
    pub(super) known: Arc<Known>,
    pub(super) spine: Vec<usize>,
}

impl Hint {
    pub(super) fn nothing() -> Self {
        Self { known: Arc::new(Known::Open), spine: Vec::new() }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(&*self.known, Known::Closed { .. })
    }

    /// Whether it splits on this choice.
    pub(super) fn is(&self, choice: &Choice) -> bool {
        matches!(&*self.known, Known::Split { columns, at_most, .. }
            if *at_most == choice.at_most && *columns == choice.columns)
    }

    /// What is known of the two cases of its split, made at a node of this depth.
    pub(super) fn split(&self, depth: usize) -> [Self; 2] {
        let mut spine = self.spine.clone();
        spine.push(depth);
        let of = |known: &Arc<Known>| Self { known: Arc::clone(known), spine: spine.clone() };
        match &*self.known {
            Known::Split { low, high, .. } => [of(low), of(high)],
            Known::Open | Known::Closed { .. } => [Self::nothing(), Self::nothing()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(depths: &[usize]) -> Known {
        let prices = depths.iter().map(|&depth| (RowKey::Split(depth), 1)).collect();
        Known::Closed { level: 0, denominator: 1, prices, total: 0 }
    }

    #[track_caller]
    fn check(known: &Known, depths: &[usize]) {
        let Known::Closed { prices, .. } = known else { panic!("{known:?} is not closed") };
        let expected: Vec<(RowKey, i128)> = depths.iter().map(|&depth| (RowKey::Split(depth), 1)).collect();
        assert_eq!(*prices, expected);
    }

    #[test]
    fn prices_of_splits_follow_them_to_where_they_stand_now() {
        // Its first two splits stand at depths 1 and 4, and what comes after them from depth 6 on.
        check(&closed(&[0, 1, 2, 3]).along(&[1, 4], 6), &[1, 4, 6, 7]);
        check(&closed(&[0, 1]).along(&[], 0), &[0, 1]);
    }

    #[test]
    fn a_split_becomes_one_on_the_finer_columns() {
        let (low, high) = (Arc::new(closed(&[0])), Arc::new(Known::Open));
        let coarse = Known::Split { columns: vec![0, 2], at_most: 3, at_once: false, low, high };
        let fine = coarse.refined(&[vec![4, 1], vec![0], vec![2, 3]]);
        let Known::Split { columns, at_most, low, .. } = fine else { panic!("it is a split") };
        assert_eq!((columns, at_most), (vec![1, 2, 3, 4], 3));
        check(&low, &[0]);
    }
}
