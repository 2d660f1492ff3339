//! Dives of the coupled relaxation: from one of its points to one that is whole, nearly, towards the plan at hand.
//!
//! What is not whole goes to the side on which the plan at hand has it, the nearest first and a part of it at a time, then what
//! the relaxation says after that is not whole (guided dives: Danna, Rothberg and Le Pape, *Exploring relaxation induced
//! neighborhoods to improve MIP solutions*, 2005). The plan keeps the earlier levels, which dives to the nearest whole number
//! hardly ever do; that the end is a better plan is for the relaxation, which has to pass an aim far above the plan. What both
//! have none of is held there now and then, so that what is not whole does not wander for long.

use super::coupled::Coupled;
use crate::solve::linear::{Ended, Held, Hold, POINT_UNIT, Session, Solved, State, Stop};

/// Turns of a dive, and failures in turn that end it.
const TURNS: usize = 200;
const FAILURES: usize = 3;
/// One in so many of what is nearly whole is made so at once: with all of it a dive takes more turns, and ends lower.
const AT_ONCE: usize = 8;
/// Turns after which what the plan and the relaxation have none of is held.
const AGREED: usize = 8;
/// A dive aims for so much, in hundredths, of what the relaxation has beyond the plan.
const AIM: i64 = 80;
/// What is nearer to a whole number is one.
pub(super) const WHOLE: i64 = POINT_UNIT / 4096;

/// What a dive needs to know.
pub(super) struct Diving<'d> {
    pub(super) session: &'d Session,
    pub(super) coupled: &'d Coupled,
    /// What the relaxation has to pass.
    pub(super) aim: i64,
    /// The point of the plan at hand, what flows in seats aside.
    pub(super) plan: &'d [i64],
    pub(super) stop: &'d Stop<'d>,
}

/// A column that is not whole: how far from where the plan has it, and whether that is above.
type Part = (i64, usize, bool);

impl Diving<'_> {
    /// Where a dive from a solved relaxation ends, rounded down. Where many at once fail, fewer are tried; where a single one
    /// fails, it goes to the other side; where it fails there, what has been held for being in neither is let go.
    pub(super) fn dive(&self, mut held: Vec<Hold>, from: &Solved) -> Vec<i64> {
        let integers = self.integers();
        let (mut point, mut state) = (from.point.clone(), from.state.clone());
        let mut none: Vec<Hold> = Vec::new();
        let (mut most, mut failures) = (usize::MAX, 0);
        for turn in 1..=TURNS {
            if turn % AGREED == 0 {
                none = self.in_neither(&integers, &point);
            }
            let mut parts = self.parts(&integers, &point);
            if parts.is_empty() || failures > FAILURES || (self.stop)() {
                break;
            }
            parts.sort_unstable();
            let near = parts.iter().filter(|(lack, ..)| *lack <= POINT_UNIT / 2).count();
            parts.truncate(near.div_ceil(AT_ONCE).clamp(1, most));
            let hold = |held: &[Hold], column: usize, above: bool| -> Hold {
                let floor = point[column].div_euclid(POINT_UNIT);
                let earlier = held.iter().rev().find(|(of, ..)| *of == Held::Column(column));
                let (least, most) =
                    earlier.map_or((0, self.coupled.task.upper[column]), |&(_, least, most)| (least, most));
                let (least, most) = if above { (floor + 1, most) } else { (least, floor) };
                (Held::Column(column), least, most)
            };
            let before = held.len();
            let new: Vec<Hold> = parts.iter().map(|&(_, column, above)| hold(&held, column, above)).collect();
            held.extend(new);
            let mut next = self.better(&state, &held, &none);
            if next.is_none() {
                held.truncate(before);
                let &[(_, column, above)] = parts.as_slice() else {
                    most = parts.len().div_ceil(4);
                    failures += 1;
                    continue;
                };
                held.push(hold(&held, column, !above));
                next = self.better(&state, &held, &none);
                if next.is_none() && !none.is_empty() {
                    held.truncate(before);
                    none.clear();
                    failures = 0;
                    continue;
                }
            }
            let Some(solved) = next else { break };
            (point, state) = (solved.point, solved.state);
            (most, failures) = (usize::MAX, 0);
        }
        point.iter().map(|x| x.saturating_add(WHOLE).div_euclid(POINT_UNIT)).collect()
    }

    /// The columns that are to be whole.
    fn integers(&self) -> Vec<usize> {
        let of_commodity = |of: &super::coupled::Commodity| -> Vec<usize> {
            let types = of.members.iter().map(|&(position, _)| self.coupled.of_type[position]);
            types.chain(of.arcs.iter().map(|&(.., column)| column)).collect()
        };
        self.coupled.commodities.iter().flat_map(of_commodity).collect()
    }

    fn parts(&self, integers: &[usize], point: &[i64]) -> Vec<Part> {
        let part = |&column: &usize| {
            let part = point[column].rem_euclid(POINT_UNIT);
            let above = self.plan[column] > point[column].div_euclid(POINT_UNIT);
            let lack = if above { POINT_UNIT - part } else { part };
            (part > WHOLE && part < POINT_UNIT - WHOLE).then_some((lack, column, above))
        };
        integers.iter().filter_map(part).collect()
    }

    /// What the plan and the relaxation have none of, held there.
    fn in_neither(&self, integers: &[usize], point: &[i64]) -> Vec<Hold> {
        let is_in_neither = |column: &&usize| self.plan[**column] == 0 && point[**column] <= WHOLE;
        integers.iter().filter(is_in_neither).map(|&column| (Held::Column(column), 0, 0)).collect()
    }

    /// The relaxation with these held, where it passes the aim.
    fn better(&self, from: &State, held: &[Hold], none: &[Hold]) -> Option<Solved> {
        match self.session.solve(from, &[held, none].concat(), self.stop) {
            Ended::Solved(solved) => passes(&solved, self.aim, -WHOLE).then_some(solved),
            Ended::Infeasible(_) | Ended::Spent => None,
        }
    }
}

/// What a dive aims to pass that begins where the relaxation has `most`: the plan's value at least.
pub(super) fn aim(plan: i64, most: i64) -> i64 {
    plan + (most - 1 - plan).max(0) * AIM / 100
}

/// Whether a relaxation passes the goal by a whole unit and, in 1 / `POINT_UNIT`, so much more.
pub(super) fn passes(solved: &Solved, goal: i64, more: i64) -> bool {
    let better = goal.saturating_add(1).saturating_mul(POINT_UNIT);
    solved.value >= better.saturating_add(more)
}
