//! Plans for the cases of a level to be measured against: looks, neighbourhoods, other seats for those who travel, polish.
//!
//! The best of plans, early, is worth more to a proof than any split: what is known to be worse need not be
//! looked at. Nothing here proves anything, and every plan is checked before it is taken.

use std::ops::Range;

use rayon::prelude::*;

use super::super::choice;
use super::super::dice::Dice;
use super::super::linear::{Answer, Fault, Focus, Search};
use super::neighbourhood::Neighbourhoods;
use super::searches::{COLUMNS, Found, NODES, TOGETHER, first};
use super::{Cases, Node};

/// Nodes of a quick search.
const LOOK_NODES: i32 = 60;
/// Nodes of a short search.
pub(super) const SHORT_NODES: i32 = 20;
/// Which neighbourhoods are searched.
pub(super) struct Reach {
    /// How many departures they have, in turn.
    sizes: [usize; 4],
    /// Columns beyond which one grows no further.
    columns: usize,
    /// How many in turn without a better plan end it.
    failures: usize,
}

/// Before anything is split.
pub(super) const CLOSE: Reach = Reach { sizes: [2, 3, 4, 6], columns: 2_000, failures: 16 };
/// Where a large tree gets no further.
pub(super) const WIDE: Reach = Reach { sizes: [4, 6, 8, 10], columns: 3_000, failures: 6 };
/// Searches that polish a plan, at most.
const POLISHES: usize = 4;
/// Nodes of a neighbourhood's search.
const PART_NODES: i32 = 40;

impl Cases<'_, '_> {
    /// Only looks for better plans, with no relaxation: first among what the plan at hand has and what is worth most
    /// to each class, then with all that is open to the classes that still lack something.
    pub(in crate::solve) fn polish(&mut self) -> Result<(), Fault> {
        if self.nodes.is_empty() {
            let free = self.target.free();
            let Some(total) = self.target.total(&free) else { return Ok(()) };
            let bound = self.target.bound(&free).unwrap_or(i64::MAX);
            self.nodes.push(Node::new(None, None, free, total, bound));
        }
        for turn in 0..POLISHES {
            let (before, aim) = (self.goal(), self.next_value());
            let Some(point) =
                self.standing.point.as_ref().filter(|_| self.nodes[0].word >= aim && self.searches_on())
            else {
                break;
            };
            let wide = turn > 0;
            let objective = &self.target.objective;
            let mut among: Vec<usize> = Vec::new();
            for range in &self.target.program.of_class {
                let most = range.clone().map(|column| objective[column]).max().filter(|most| *most > 0);
                let count = self.target.program.units_of(range);
                let value: i64 = range.clone().map(|column| point[column] * objective[column]).sum();
                let lacks = wide && most.is_some_and(|most| value < most * count);
                let wanted = |column: &usize| lacks || point[*column] > 0 || Some(objective[*column]) == most;
                among.extend(range.clone().filter(wanted));
            }
            among.extend(self.target.program.boards()..point.len());
            self.narrow_search(0, aim, &first(NODES, Focus::Points), Some(&among))?;
            if wide && self.goal() == before {
                break;
            }
        }
        Ok(())
    }

    /// Plans for a level's splits to be measured against, at the first node whose departures are decided.
    pub(super) fn first_plans(&mut self, at: usize) -> Result<(), Fault> {
        self.look_everywhere(at)?;
        // Where a kernel was searched, that was a look and more.
        if self.kernels == 0 {
            self.look(at)?;
        }
        if self.effort.polishes {
            self.polish()?;
        }
        self.neighbourhoods(&CLOSE)
    }

    /// Where a level depends on who travels where: a better plan in which the same units travel. What earlier levels say
    /// of units alone then holds by itself.
    pub(super) fn reseat(&mut self) -> Result<(), Fault> {
        let (program, objective) = (self.target.program, &self.target.objective);
        let is_moved = |range: &Range<usize>| objective[range.clone()].windows(2).any(|two| two[0] != two[1]);
        if !self.searches_on() || !program.of_class.iter().any(is_moved) {
            return Ok(());
        }
        let aim = self.next_value();
        let (Some(places), Some(point)) = (self.surroundings(aim), self.standing.point.clone()) else {
            return Ok(());
        };
        let reseated = places.reseated(self.target, &point, aim, first(SHORT_NODES, Focus::Soon));
        if reseated.columns.len() > COLUMNS {
            return Ok(());
        }
        let answer = (self.runner)(&reseated.task)?;
        if let Some(point) = reseated.widened(&answer.point, point) {
            self.standing.offer(self.target, &point);
        }
        Ok(())
    }

    /// A quick search for a plan that meets a node's bound.
    fn look_everywhere(&mut self, at: usize) -> Result<(), Fault> {
        let aim = self.nodes[at].word;
        if aim >= self.next_value() {
            self.narrow_search(at, aim, &Search::Quick { nodes: LOOK_NODES }, None)?;
        }
        Ok(())
    }

    /// The node of the plan at hand, once it is decided which departures are used.
    pub(super) fn home(&self, point: &[i64]) -> usize {
        let mut at = 0;
        while let Some((low, high)) = self.nodes[at].cases {
            let Some(case) = &self.nodes[low].case else { break };
            if !choice::is_decision(self.target, &case.columns) && !case.fixes() {
                break;
            }
            let sum: i64 = case.columns.iter().map(|&column| point[column]).sum();
            at = if sum <= case.at_most { low } else { high };
        }
        at
    }

    /// What lies around the plan at hand, for plans of at least `aim`, where its node may hold one.
    fn surroundings(&mut self, aim: i64) -> Option<Neighbourhoods> {
        let at = self.home(self.standing.point.as_ref()?);
        if self.nodes[at].word < aim {
            return None;
        }
        self.enter(Some(at), None);
        let node = &self.nodes[at];
        let places = Neighbourhoods::new(self.target, &node.prices, node.total, aim);
        self.leave();
        places
    }

    /// Searches of neighbourhoods of the plan at hand, until many in turn find nothing better.
    pub(super) fn neighbourhoods(&mut self, reach: &Reach) -> Result<(), Fault> {
        let Some(places) = self.surroundings(self.next_value()) else { return Ok(()) };
        let mut dice = Dice::new(u64::try_from(self.nodes.len()).unwrap_or(0));
        let (mut failures, mut turn) = (0, 0);
        while failures < reach.failures && self.searches_on() {
            let Some(point) = self.standing.point.clone() else { break };
            let aim = self.next_value();
            let losses = places.losses(self.target, &point);
            let mut seeds: Vec<usize> = (0..losses.len()).filter(|&d| losses[d] > 0).collect();
            seeds.sort_by_key(|&d| (std::cmp::Reverse(losses[d]), d));
            let mut parts = Vec::new();
            for _ in 0..TOGETHER {
                let Some(&seed) = dice.pick(&seeds) else { break };
                let size = reach.sizes[turn % reach.sizes.len()];
                turn += 1;
                let chosen = places.around(self.target, &point, seed, size, reach.columns, &mut dice);
                parts.push(places.part(self.target, &point, &chosen, aim, first(PART_NODES, Focus::Points)));
            }
            if parts.is_empty() {
                break;
            }
            let answers: Vec<Result<Answer, Fault>> =
                parts.par_iter().map(|part| (self.runner)(&part.task)).collect();
            failures += parts.len();
            for (part, answer) in parts.iter().zip(answers) {
                let (Some(now), before) = (self.standing.point.clone(), self.goal()) else { break };
                if let Some(point) = part.widened(&answer?.point, now) {
                    self.standing.offer(self.target, &point);
                }
                if self.goal() > before {
                    failures = 0;
                }
            }
        }
        Ok(())
    }

    /// The columns of a node's relaxed point, as long as that is at hand, and of the plan at hand.
    pub(super) fn in_use(&self, at: usize) -> Vec<usize> {
        let relaxed = self.nodes[at].answer.as_ref().map(|answer| &answer.point);
        let points = [relaxed, self.standing.point.as_ref()];
        let is_used = |column: &usize| points.into_iter().flatten().any(|point| point[*column] > 0);
        (0..self.target.objective.len()).filter(is_used).collect()
    }

    /// A short search for a plan among the columns of a node's relaxed point and of the plan at hand; whether it
    /// came to an end, or to a better plan.
    pub(super) fn look(&mut self, at: usize) -> Result<bool, Fault> {
        let aim = self.next_value();
        let node = &self.nodes[at];
        if node.answer.is_none() || node.word < aim {
            return Ok(true);
        }
        let among = self.in_use(at);
        // Our own quick search leaves the other one less to look for.
        self.narrow_search(at, aim, &Search::Quick { nodes: LOOK_NODES }, Some(&among))?;
        let found =
            self.narrow_search(at, self.next_value(), &first(SHORT_NODES, Focus::Points), Some(&among))?;
        Ok(!matches!(found, Found::Stopped(None)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{linear::run, prices::Target, standing::Standing};
    use super::super::tests::drawn;
    use super::super::{Effort, Hint};
    use super::*;

    /// Who travels stays the same, where they sit does not, and the level gains by it.
    #[test]
    fn the_same_units_are_seated_better() {
        let mut gains = 0;
        for seed in 1..=6 {
            let (levels, program) = drawn(40, 8, seed);
            let persons = Target::new(&program, 3, Vec::new());
            let most = run(&persons.task(Search::integer(0, true, None), None)).expect("the solver works");
            let wishes = levels.iter().position(|level| level.name == "wishes").expect("a level of ours");
            let mut target = Target::new(&program, wishes, Vec::new());
            let mut standing = Standing::new(Some(most.point));
            let effort = Effort { searches: 1, ..Effort::of_relaxations(10) };
            let mut cases = Cases::new(&mut target, &mut standing, effort, &run, &|| false);
            cases.open(&Hint::nothing(), None, None).expect("the solver works");
            let (begun, before) = (cases.standing.point.clone().expect("there is one"), cases.goal());
            cases.reseat().expect("the solver works");
            gains += usize::from(cases.goal() > before);
            let now = standing.point.expect("there was one");
            for range in &program.of_class {
                let [was, is] = [&begun, &now].map(|point| point[range.clone()].iter().sum::<i64>());
                assert_eq!(was, is, "seed {seed}: {range:?}");
            }
        }
        assert!(gains > 0, "no plan gained");
    }
}
