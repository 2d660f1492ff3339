//! Dives: plans from a relaxed point, part of it held, the rest searched.
//!
//! What a relaxation leaves broken is little: of some six hundred families that board a hundred. A dive makes those nearest
//! to a whole number whole and holds them, solves again, which takes a millisecond or two, and goes on so; then a short
//! integer search is made of the columns that lose least by now. Once a plan shares most of the relaxed point, what
//! both have is held instead, all but a part that is drawn anew each time, and a better plan is looked for in what is free
//! (*relaxation induced neighbourhoods*: Danna, Rothberg and Le Pape, *Exploring relaxation induced neighborhoods to
//! improve MIP solutions*, 2005). Two such searches are made side by side, each with more or less held and free as the one
//! before said that there is nothing, or came to no end. Before them go dives towards the plan at hand ([`super::super::diving`]),
//! which end whole by themselves in the first levels. Nothing is proven here.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::super::dice::Dice;
use super::super::diving::{Diving, WHOLE, aim};
use super::super::linear::{
    Answer, Ended, Fault, Focus, Held, Hold, Outcome, POINT_UNIT, Solved, State, Stop,
};
use super::super::narrow::{Losses, Narrowed, Program, narrowed};
use super::super::prices::Target;
use super::super::relaxed::Relaxed;
use super::fixing::price_fixings;
use super::searches::{Found, TOGETHER, first};
use super::{Case, Cases, Side};
use crate::model::Row;
use crate::scenario::DepartureIdx;

/// By how much what decides the order of a dive is shaken.
const SHAKEN: i64 = POINT_UNIT / 8;
/// Columns that the first dives hold, and among how many the searches after them are.
const FIRST_HELD: [usize; TOGETHER] = [144, 96];
const FIRST_COLUMNS: usize = 2_500;
/// The same once there is a plan: per cent of the columns that it shares.
const SHARE_HELD: [usize; TOGETHER] = [70, 90];
const COLUMNS: usize = 2_000;
/// Where there is nothing, less is held and more is free, per cent of it; where a search comes to no end, more is held.
const LESS_HELD: usize = 85;
const MORE_COLUMNS: usize = 120;
const MORE_HELD: usize = 150;
const MOST_COLUMNS: usize = 2_900;
const LEAST_HELD: usize = 8;
/// Per cent of what is shared that is held at most.
const MOST_HELD: usize = 95;
/// Of the search after a dive: nodes, and by how much a plan may miss what the relaxation has left.
const NODES: i32 = 1;
const BELOW: i64 = 12;
/// Turns of a dive, and failures in turn beyond which it ends.
const TURNS: usize = 200;
const FAILURES: usize = 4;
/// Rounds in turn without a better plan that end the dives of a node.
const ROUNDS: usize = 2;
/// Columns up to which a search of all that a better plan may have is worth more than another round.
const FEW: usize = 4_000;

/// How much the next dive holds, and the columns of the search after it.
struct Lane {
    held: usize,
    columns: usize,
}

/// What dives of a node begin with.
struct Ground<'g> {
    relaxed: &'g Relaxed<'g>,
    target: &'g Target<'g>,
    path: &'g [Case],
    answer: &'g Answer,
    state: &'g State,
    /// The least value of a plan that is wanted.
    aim: i64,
    stop: &'g Stop<'g>,
}

/// What is held, by column from and to, and the relaxation with that.
struct Dive {
    held: BTreeMap<usize, (i64, i64)>,
    last: Solved,
}

impl Cases<'_, '_> {
    /// Dives at a node from its relaxed point towards the plan at hand, as long as each ends in a better one.
    fn dives_towards_plan(&mut self, at: usize, path: &[Case]) {
        while self.searches_on() && self.is_open(at) {
            let node = &self.nodes[at];
            let (Some((relaxed, _)), Some(answer), Some(state), Some(plan), Some(goal)) =
                (&self.relaxed, &node.answer, &node.state, &self.standing.point, self.goal())
            else {
                break;
            };
            let (target, stop, aim) = (&*self.target, self.stop, aim(goal, node.word) + 1);
            let ground = Ground { relaxed, target, path, answer, state, aim, stop };
            let integers: Vec<usize> = (0..plan.len()).collect();
            let solve = |state: &State, held: &[Hold]| ground.solved_held(held, state);
            let upper = &target.program.upper;
            let diving = Diving { integers: &integers, upper, plan, solve: &solve, stop };
            let point = diving.dive(Vec::new(), &answer.point, state);
            if !self.target.is_feasible(&point) {
                break;
            }
            self.standing.offer(self.target, &point);
            if self.goal() == Some(goal) {
                break;
            }
            self.report();
        }
    }

    /// Dives at a node whose departures are decided, until some rounds in turn find no better plan; not where the plan at
    /// hand is near already, for then wide searches come sooner to what is better.
    pub(super) fn dives(&mut self, at: usize) -> Result<(), Fault> {
        let path = self.path(Some(at), None);
        if let Some((relaxed, _)) = &mut self.relaxed {
            relaxed.number_cases(&path);
        }
        self.dives_towards_plan(at, &path);
        let mut lanes = FIRST_HELD.map(|held| Lane { held, columns: FIRST_COLUMNS });
        let mut dice = Dice::new(u64::try_from(self.nodes.len()).unwrap_or(0));
        let (mut is_shared, mut failures) = (false, 0);
        while failures < ROUNDS && self.searches_on() && self.is_open(at) {
            let aim = self.next_value();
            let node = &self.nodes[at];
            let (Some((relaxed, _)), Some(answer), Some(state)) = (&self.relaxed, &node.answer, &node.state)
            else {
                break;
            };
            let (target, stop) = (&*self.target, self.stop);
            let ground = Ground { relaxed, target, path: &path, answer, state, aim, stop };
            let common = self.standing.point.as_deref().and_then(|plan| ground.shared(plan));
            if common.is_some() && self.goal() == self.begun_with {
                break;
            }
            if let Some(shared) = common.as_ref().filter(|_| !is_shared) {
                is_shared = true;
                lanes =
                    SHARE_HELD.map(|per_cent| Lane { held: shared.len() * per_cent / 100, columns: COLUMNS });
            }
            let drawn = lanes.each_ref().map(|lane| (lane.held, Dice::new(dice.draw())));
            let hold = |(held, mut dice): (usize, Dice)| match &common {
                Some(shared) => ground.around(shared, held, &mut dice),
                None => ground.dive(held, &mut dice),
            };
            let dives: Vec<Option<Dive>> = drawn.into_par_iter().map(hold).collect();
            let before = self.goal();
            self.search_after(at, &dives, &mut lanes)?;
            self.report();
            let is_better = self.goal() > before;
            failures = if is_better { 0 } else { failures + 1 };
            let aim = self.next_value();
            if !is_better && self.losses(at).is_some_and(|losses| losses.count(aim) <= FEW) {
                break;
            }
        }
        Ok(())
    }

    /// Short searches of what dives leave, side by side; the lanes learn from them.
    fn search_after(&mut self, at: usize, dives: &[Option<Dive>], lanes: &mut [Lane]) -> Result<(), Fault> {
        let mut programs = Vec::with_capacity(dives.len());
        for (dive, lane) in dives.iter().zip(lanes.iter()) {
            programs.push(dive.as_ref().and_then(|dive| self.left(at, dive, lane.columns)));
        }
        let run = |program: &Option<(i64, Program)>| {
            program.as_ref().map(|(_, program)| (self.runner)(&program.task))
        };
        let answers: Vec<Option<Result<Answer, Fault>>> = programs.par_iter().map(run).collect();
        for ((program, answer), lane) in programs.iter().zip(answers).zip(lanes) {
            let found = match (program, answer) {
                (Some((aim, program)), Some(answer)) => self.found(*aim, program, &answer?),
                (None, _) | (_, None) => Found::Whole(None),
            };
            match found {
                Found::Whole(None) | Found::Unconfirmed => {
                    lane.held = (lane.held * LESS_HELD / 100).max(LEAST_HELD);
                    lane.columns = (lane.columns * MORE_COLUMNS / 100).min(MOST_COLUMNS);
                }
                Found::Stopped(None) => lane.held = lane.held * MORE_HELD / 100,
                Found::Whole(Some(_)) | Found::Stopped(Some(_)) => (),
            }
        }
        Ok(())
    }

    /// The program that a dive leaves, among so many columns, and the least value of its plans.
    fn left(&mut self, at: usize, dive: &Dive, columns: usize) -> Option<(i64, Program)> {
        self.enter(Some(at), None);
        let left = self.left_here(at, dive, columns);
        self.leave();
        left
    }

    /// The same with the node's rows at hand; some are added.
    fn left_here(&mut self, at: usize, dive: &Dive, columns: usize) -> Option<(i64, Program)> {
        let path = self.path(Some(at), None);
        let mut answer = Answer {
            outcome: Outcome::Optimal,
            point: Vec::new(),
            prices: self.relaxed.as_ref()?.0.by_case(&path, &dive.last.prices),
            basis: Vec::new(),
        };
        price_fixings(self.target, &path, &mut answer);
        let (mut prices, _) = self.target.tightest(&answer)?;
        let reduced = self.target.reduced(&prices)?;
        let (lost, _) = self.target.losses(reduced.clone());
        // What is held has no price of its own in the relaxation: whoever is made to board there gains as much as
        // elsewhere by it.
        let mut rows: Vec<Row> = Vec::new();
        let mut oblige = |column: usize, at_most: i64, side: Side, price: i128| {
            rows.push(Case::new(vec![column], at_most, side).row(path.len() + rows.len()));
            prices.numerators.push(price.max(0));
        };
        for (&column, &(least, most)) in &dive.held {
            if least > 0 {
                oblige(column, least - 1, Side::High, lost[column]);
            }
            if most < self.target.program.upper[column] {
                oblige(column, most, Side::Low, reduced[column]);
            }
        }
        self.target.more.extend(rows);
        let total = self.target.total(&prices)?;
        let losses = Losses::new(self.target, &prices, total)?;
        let bound = i64::try_from(total.div_euclid(prices.denominator.into())).ok()?;
        let aim = bound.saturating_sub(BELOW).max(self.next_value());
        let mut among = losses.least(columns);
        among.extend(dive.held.keys());
        among.extend((0..dive.last.point.len()).filter(|&column| dive.last.point[column] > 0));
        among.sort_unstable();
        among.dedup();
        let Narrowed::Program(mut program) = narrowed(self.target, &prices, total, aim, Some(&among), true)
        else {
            return None;
        };
        program.task.search = first(NODES, Focus::Soon);
        Some((aim, program))
    }
}

impl Ground<'_> {
    /// The columns on which units board that a plan has as often as the relaxed point; `None` where that is less than
    /// half of what the point has whole.
    fn shared(&self, plan: &[i64]) -> Option<Vec<(usize, i64)>> {
        let boards = 0..self.target.program.boards();
        let point = &self.answer.point;
        let whole = boards.clone().filter(|&column| point[column] >= POINT_UNIT - WHOLE).count();
        let is_shared =
            |&column: &usize| plan[column] > 0 && point[column] >= plan[column] * POINT_UNIT - WHOLE;
        let shared: Vec<(usize, i64)> =
            boards.filter(is_shared).map(|column| (column, plan[column])).collect();
        (2 * shared.len() >= whole).then_some(shared)
    }

    /// So many of the columns that a plan shares are held, one departure's after the other's, in an order that is drawn.
    fn around(&self, shared: &[(usize, i64)], count: usize, dice: &mut Dice) -> Option<Dive> {
        let program = self.target.program;
        let departure = |&(column, _): &(usize, i64)| program.departure(column);
        let mut drawn: Vec<DepartureIdx> = shared.iter().map(departure).collect();
        drawn.sort_unstable();
        drawn.dedup();
        for at in 0..drawn.len() {
            let other = at + dice.below(drawn.len() - at);
            drawn.swap(at, other);
        }
        let of = |d: DepartureIdx| shared.iter().filter(move |shared| departure(shared) == d);
        let most = count.min(shared.len() * MOST_HELD / 100);
        let held = drawn.into_iter().flat_map(of).take(most);
        let held = held.map(|&(column, least)| (column, (least, program.upper[column]))).collect();
        let last = self.solved(&held, self.state)?;
        Some(Dive { held, last })
    }

    /// What is nearest to one unit more is made so and held, more than half of one at once, until so many columns are
    /// held. Where many at once leave no plan that is wanted, fewer are tried; where a single one does, it stays below.
    fn dive(&self, count: usize, dice: &mut Dice) -> Option<Dive> {
        let upper = &self.target.program.upper;
        let mut held = BTreeMap::new();
        let mut last: Option<Solved> = None;
        let (mut most, mut failures) = (usize::MAX, 0);
        for _ in 0..TURNS {
            let (point, state) =
                last.as_ref().map_or((&self.answer.point, self.state), |last| (&last.point, &last.state));
            let mut broken = Self::broken(point, dice);
            if held.len() >= count || broken.is_empty() || failures > FAILURES || (self.stop)() {
                break;
            }
            let near = broken.iter().filter(|(lack, _)| *lack <= POINT_UNIT / 2).count();
            broken.truncate(near.clamp(1, most).min(count - held.len()));
            let floor = |column: usize| point[column].div_euclid(POINT_UNIT);
            let mut with = held.clone();
            with.extend(broken.iter().map(|&(_, column)| (column, (floor(column) + 1, upper[column]))));
            let mut next = self.solved(&with, state);
            if next.is_none() {
                let &[(_, column)] = broken.as_slice() else {
                    most = broken.len().div_ceil(4);
                    failures += 1;
                    continue;
                };
                let before = held.get(&column).map_or(0, |(least, _)| *least);
                with.insert(column, (before, floor(column)));
                next = self.solved(&with, state);
            }
            let Some(solved) = next else { break };
            (held, last) = (with, Some(solved));
            (most, failures) = (usize::MAX, 0);
        }
        Some(Dive { held, last: last? })
    }

    /// The columns that are not whole, what lacks least to a unit more first, a little shaken.
    fn broken(point: &[i64], dice: &mut Dice) -> Vec<(i64, usize)> {
        let mut broken = Vec::new();
        for (column, value) in point.iter().enumerate() {
            let lack = POINT_UNIT - value.rem_euclid(POINT_UNIT);
            if lack > WHOLE && lack < POINT_UNIT - WHOLE {
                let shaken = dice.below(usize::try_from(2 * SHAKEN).unwrap_or(1));
                broken.push((lack - SHAKEN + i64::try_from(shaken).unwrap_or(0), column));
            }
        }
        broken.sort_unstable();
        broken
    }

    /// The relaxation with these held, where it has what is wanted.
    fn solved(&self, held: &BTreeMap<usize, (i64, i64)>, from: &State) -> Option<Solved> {
        let of = |(&column, &(least, most)): (&usize, &(i64, i64))| (Held::Column(column), least, most);
        self.solved_held(&held.iter().map(of).collect::<Vec<Hold>>(), from)
    }

    fn solved_held(&self, held: &[Hold], from: &State) -> Option<Solved> {
        let wanted = self.target.relaxed(self.aim) - self.target.relaxed(self.target.constant);
        match self.relaxed.solve_held(self.path, held, from) {
            Ended::Solved(solved) => {
                (i128::from(solved.value) >= wanted - i128::from(WHOLE)).then_some(solved)
            }
            Ended::Infeasible(_) | Ended::Spent => None,
        }
    }
}
