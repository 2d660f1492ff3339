//! Dives: from a relaxed point to one that is whole, nearly, towards the plan at hand.
//!
//! What is not whole goes to the side on which the plan at hand has it, the nearest first and a part of it at a time, then what
//! the relaxation says after that is not whole (guided dives: Danna, Rothberg and Le Pape, *Exploring relaxation induced
//! neighborhoods to improve MIP solutions*, 2005). The plan keeps the earlier levels, which dives to the nearest whole number
//! hardly ever do; that the end is a better plan is for the relaxation, which has to pass an aim far above the plan. What both
//! have none of is held there now and then, so that what is not whole does not wander for long.

use super::linear::{Held, Hold, POINT_UNIT, Solved, State, Stop};

/// Turns of a dive, and failures in turn beyond which it ends.
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
    /// The columns that are to be whole.
    pub(super) integers: &'d [usize],
    /// By column.
    pub(super) upper: &'d [i64],
    /// The plan at hand, by column, as far as its columns are to be whole.
    pub(super) plan: &'d [i64],
    /// The relaxation with these held, from where another ended; `None` where it misses the aim.
    pub(super) solve: &'d dyn Fn(&State, &[Hold]) -> Option<Solved>,
    pub(super) stop: &'d Stop<'d>,
}

/// A column that is not whole: how far from where the plan has it, and whether that is above.
type Part = (i64, usize, bool);

/// What is held, and what fails.
struct Course {
    held: Vec<Hold>,
    /// What neither the plan nor the relaxation has any of.
    none: Vec<Hold>,
    /// How many columns are made whole at once, at most.
    most: usize,
    failures: usize,
}

impl Diving<'_> {
    /// Where a dive ends that begins at a point, solved there with `held`, rounded down. Where many columns at once miss the
    /// aim, fewer are tried; where a single one does, it goes to the other side; where it fails there, what has been held for
    /// being in neither is let go.
    pub(super) fn dive(&self, held: Vec<Hold>, point: &[i64], state: &State) -> Vec<i64> {
        let (mut point, mut state) = (point.to_vec(), state.clone());
        let mut course = Course { held, none: Vec::new(), most: usize::MAX, failures: 0 };
        for turn in 1..=TURNS {
            if turn % AGREED == 0 {
                course.none = self.in_neither(&point);
            }
            let parts = self.parts(&point, course.most);
            if parts.is_empty() || course.failures > FAILURES || (self.stop)() {
                break;
            }
            if let Some(solved) = self.held_whole(&parts, &point, &state, &mut course) {
                (point, state) = (solved.point, solved.state);
                (course.most, course.failures) = (usize::MAX, 0);
            } else if parts.len() > 1 {
                course.most = parts.len().div_ceil(4);
                course.failures += 1;
            } else if course.none.is_empty() {
                break;
            } else {
                course.none.clear();
                course.failures = 0;
            }
        }
        point.iter().map(|x| x.saturating_add(WHOLE).div_euclid(POINT_UNIT)).collect()
    }

    /// The relaxation with these whole: on the plan's side, a single one on the other if need be. Nothing more is held where
    /// there is none.
    fn held_whole(
        &self,
        parts: &[Part],
        point: &[i64],
        state: &State,
        course: &mut Course,
    ) -> Option<Solved> {
        let before = course.held.len();
        let sides: &[bool] = if parts.len() == 1 { &[false, true] } else { &[false] };
        for &other in sides {
            let hold = |&(_, column, above): &Part| {
                let floor = point[column].div_euclid(POINT_UNIT);
                let earlier = course.held.iter().rev().find(|(of, ..)| *of == Held::Column(column));
                let (least, most) =
                    earlier.map_or((0, self.upper[column]), |&(_, least, most)| (least, most));
                let (least, most) = if above == other { (least, floor) } else { (floor + 1, most) };
                (Held::Column(column), least, most)
            };
            let new: Vec<Hold> = parts.iter().map(hold).collect();
            course.held.extend(new);
            let solved = (self.solve)(state, &[&course.held[..], &course.none].concat());
            if solved.is_some() {
                return solved;
            }
            course.held.truncate(before);
        }
        None
    }

    /// What is not whole and nearest to where the plan has it.
    fn parts(&self, point: &[i64], most: usize) -> Vec<Part> {
        let part = |&column: &usize| {
            let part = point[column].rem_euclid(POINT_UNIT);
            let above = self.plan[column] > point[column].div_euclid(POINT_UNIT);
            let lack = if above { POINT_UNIT - part } else { part };
            (part > WHOLE && part < POINT_UNIT - WHOLE).then_some((lack, column, above))
        };
        let mut parts: Vec<Part> = self.integers.iter().filter_map(part).collect();
        parts.sort_unstable();
        let near = parts.iter().filter(|(lack, ..)| *lack <= POINT_UNIT / 2).count();
        parts.truncate(near.div_ceil(AT_ONCE).clamp(1, most));
        parts
    }

    /// What the plan and a point have none of, held there.
    fn in_neither(&self, point: &[i64]) -> Vec<Hold> {
        let is_in_neither = |column: &&usize| self.plan[**column] == 0 && point[**column] <= WHOLE;
        self.integers.iter().filter(is_in_neither).map(|&column| (Held::Column(column), 0, 0)).collect()
    }
}

/// What a dive aims to pass that begins where the relaxation has `most`: the plan's value at least.
pub(super) fn aim(plan: i64, most: i64) -> i64 {
    let beyond = most.saturating_sub(1).saturating_sub(plan).max(0);
    plan.saturating_add(beyond.saturating_mul(AIM) / 100)
}

#[cfg(test)]
mod tests {
    use super::aim;

    #[test]
    fn an_aim_is_between_the_plan_and_what_there_may_be() {
        assert_eq!(aim(10, 111), 90);
        assert_eq!(aim(10, 12), 10);
        assert_eq!(aim(10, 11), 10);
        assert_eq!(aim(10, 10), 10);
    }
}
