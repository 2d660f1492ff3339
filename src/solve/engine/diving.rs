//! Dives of the coupled relaxation: from one of its points to one that is whole, nearly.
//!
//! What is nearly a whole unit more is made so, a part of it at a time, then what the relaxation says after that, as
//! long as a better plan is possible (Achterberg, *Constraint Integer Programming*, 2007, chapter 9).

use super::coupled::Coupled;
use crate::solve::linear::{Ended, Held, Hold, POINT_UNIT, Session, Solved, State, Stop};

/// Turns of a dive, and failures in turn that end it.
const TURNS: usize = 200;
const FAILURES: usize = 3;
/// One in so many of what is nearly whole is made so at once: with all of it a dive takes more turns, and ends lower.
const AT_ONCE: usize = 8;
/// What is nearer to a whole number is one.
pub(super) const WHOLE: i64 = POINT_UNIT / 4096;

/// What a dive needs to know.
pub(super) struct Diving<'d> {
    pub(super) session: &'d Session,
    pub(super) coupled: &'d Coupled,
    /// What a plan has to pass.
    pub(super) goal: i64,
    pub(super) stop: &'d Stop<'d>,
}

impl Diving<'_> {
    /// Where a dive from a solved relaxation ends, rounded down. Where many at once fail, fewer are tried; where a single
    /// one fails, it stays below.
    pub(super) fn dive(&self, mut held: Vec<Hold>, from: &Solved) -> Vec<i64> {
        let integers: Vec<usize> = (self.coupled.commodities.iter())
            .flat_map(|of| {
                let types = of.members.iter().map(|&(position, _)| self.coupled.of_type[position]);
                types.chain(of.arcs.iter().map(|&(.., column)| column))
            })
            .collect();
        let (mut point, mut state) = (from.point.clone(), from.state.clone());
        let (mut most, mut failures) = (usize::MAX, 0);
        for _ in 0..TURNS {
            let lacks = |&column: &usize| (POINT_UNIT - point[column].rem_euclid(POINT_UNIT), column);
            let mut parts: Vec<(i64, usize)> = integers
                .iter()
                .map(lacks)
                .filter(|(lack, _)| *lack > WHOLE && *lack < POINT_UNIT - WHOLE)
                .collect();
            if parts.is_empty() || failures > FAILURES || (self.stop)() {
                break;
            }
            parts.sort_unstable();
            let near = parts.iter().filter(|(lack, _)| *lack <= POINT_UNIT / 2).count();
            parts.truncate(near.div_ceil(AT_ONCE).clamp(1, most));
            let before = held.len();
            held.extend(parts.iter().map(|&(_, column)| {
                let floor = point[column].div_euclid(POINT_UNIT);
                (Held::Column(column), floor + 1, self.coupled.task.upper[column])
            }));
            let mut next = self.better(&state, &held);
            if next.is_none() {
                held.truncate(before);
                let &[(_, column)] = parts.as_slice() else {
                    most = parts.len().div_ceil(4);
                    failures += 1;
                    continue;
                };
                let earlier = held.iter().rev().find(|(of, ..)| *of == Held::Column(column));
                let least = earlier.map_or(0, |&(_, least, _)| least);
                held.push((Held::Column(column), least, point[column].div_euclid(POINT_UNIT)));
                next = self.better(&state, &held);
            }
            let Some(solved) = next else { break };
            (point, state) = (solved.point, solved.state);
            (most, failures) = (usize::MAX, 0);
        }
        point.iter().map(|x| x.saturating_add(WHOLE).div_euclid(POINT_UNIT)).collect()
    }

    /// The relaxation with these held, where it passes the goal.
    fn better(&self, from: &State, held: &[Hold]) -> Option<Solved> {
        match self.session.solve(from, held, self.stop) {
            Ended::Solved(solved) => passes(&solved, self.goal, -WHOLE).then_some(solved),
            Ended::Infeasible(_) | Ended::Spent => None,
        }
    }
}

/// Whether a relaxation passes the goal by a whole unit and, in 1 / `POINT_UNIT`, so much more.
pub(super) fn passes(solved: &Solved, goal: i64, more: i64) -> bool {
    let better = goal.saturating_add(1).saturating_mul(POINT_UNIT);
    solved.value >= better.saturating_add(more)
}
