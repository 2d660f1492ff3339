//! Proof by cases over the coupled relaxation: how many of a kind board, here or at all.
//!
//! Where the relaxation itself is above every plan, plans are split by a sum of units ([`Sum`]): at most `n`,
//! or more. In the relaxation that is a bound on a row; in FORMAT's bound the row's price is taken from, or
//! added to, what those units gain there. The case with the best bound is looked at first, and split where
//! the lesser of the two falls are large together: little searches of both sides say by how much (strong
//! branching with pseudocosts: Achterberg, Koch and Martin, *Branching rules revisited*, 2005). Where only the
//! plan is missing these searches say nothing, so that a short tree that compares none comes first ([`Choice`]). Leaves
//! are evaluated exactly, as everywhere. Whole points on the way are plans, and may raise the goal.

use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::bound::{self, Multipliers, Prices, Type, Worth};
use super::coupled::Coupled;
use super::instance::Instance;
use super::sums::{Sum, countable};
use crate::solve::diving::{Diving, WHOLE, aim};
use crate::solve::linear::{
    Ended, Held, Hold, POINT_UNIT, PRICE_UNIT, Probe, Session, Solved, State, Stop, rounded,
};
use crate::solve::prices::DENOMINATORS;

/// A tree is at most so deep.
const DEPTH: usize = 90;
/// Sums that are tried at a node before others: praised by earlier trials.
const KNOWN: usize = 4;
/// Sums that are tried at once, and how often, as long as none makes a difference.
const BATCH: usize = 8;
const BATCHES: usize = 4;
/// The visit of the first dive after the root's; each later one is at twice the visit of the one before.
const DIVES: usize = 8;
/// Multiples of a ray that are tried, so that rounding does not spoil it.
const RAYS: [i64; 4] = [1, 60, 2520, 1 << 24];

/// A case: at most so many of a sum, or (`more`) more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Case {
    sum: usize,
    at_most: i64,
    more: bool,
}

/// A proof of a bound.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Prices, the levels' multipliers, the prices of the cases from the root on, and their bound.
    Leaf { prices: Prices, multipliers: Multipliers, cases: Vec<i128>, bound: i64 },
    /// The sum, its ceiling in the low case, and the two cases.
    Split { sum: Sum, at_most: i64, low: Box<Tree>, high: Box<Tree> },
}

/// How much the value falls for a unit of a sum, down and up, as it was last tried; in 1 / `POINT_UNIT`.
#[derive(Clone, Copy)]
struct Fall([i128; 2]);

/// A sum that may be split on: which, its floor, and how far above it, in 1 / `POINT_UNIT`.
type Trial = (usize, i64, i64);

impl Fall {
    fn of((_, _, part): Trial, low: i128, high: i128) -> Self {
        let unit = i128::from(POINT_UNIT);
        Self([low * unit / i128::from(part), high * unit / i128::from(POINT_UNIT - part)])
    }

    /// What a split may be worth.
    fn praise(self, (_, _, part): Trial) -> i128 {
        let (unit, Self([low, high])) = (i128::from(POINT_UNIT), self);
        score(low * i128::from(part) / unit, high * i128::from(POINT_UNIT - part) / unit)
    }
}

/// A node: what is left to prove, or how it was.
struct Node {
    cases: Vec<Case>,
    /// Where its search begins.
    state: State,
    /// What its parent knows: in 1 / `POINT_UNIT`.
    value: i64,
    done: Option<Done>,
}

enum Done {
    Leaf(Tree),
    Split { sum: usize, at_most: i64, low: usize, high: usize },
}

/// How a node's split is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The first candidate: nothing is compared, for such a tree is there for its dives.
    First,
    /// The best of those tried, in a tree whose root has been dived from before.
    Tried,
}

/// How a search for a proof ended.
pub(super) enum Proof {
    /// No plan passes the goal.
    Proven(Tree),
    /// The work that was allowed is done, and the tree may go on; or it cannot.
    Open(Option<Box<Grown>>),
}

/// A case as proofs spell it, and the row of its sum in the relaxation.
struct Spelled {
    case: Case,
    sum: Sum,
    row: usize,
}

/// A plan as searches of the relaxation know it.
pub(super) struct Best {
    /// Its value.
    pub(super) goal: i64,
    /// The point that has its units; what flows in seats aside.
    pub(super) point: Vec<i64>,
}

/// What a proof needs to know.
pub(super) struct Branch<'b> {
    pub(super) instance: &'b Instance,
    pub(super) types: &'b [Type],
    pub(super) coupled: &'b Coupled,
    pub(super) kept: &'b [i64],
    pub(super) worth_of: &'b (dyn Fn(&Multipliers) -> Worth + Sync),
    pub(super) stop: &'b Stop<'b>,
}

/// Makes a plan of a whole point; the best plan from then on.
pub(super) type Offer<'o> = dyn FnMut(&[i64]) -> Best + Send + 'o;

/// A tree as far as it has grown.
pub(super) struct Grown {
    session: Arc<Session>,
    /// All that can be counted.
    sums: Vec<(Sum, Vec<usize>)>,
    /// By sum: its number in the session.
    numbers: FxHashMap<usize, usize>,
    falls: FxHashMap<usize, Fall>,
    nodes: Vec<Node>,
    /// The nodes that are not done, by the value that their parents know.
    open: BinaryHeap<(i64, usize)>,
    choice: Choice,
    /// How many nodes have been looked at, and at which the next dive begins.
    visits: usize,
    dive_at: usize,
}

/// The state of a search.
struct Search<'s, 'o> {
    of: &'s Branch<'s>,
    tree: &'s mut Grown,
    /// The best plan at hand: no other shall pass it.
    best: Best,
    /// Away while a dive goes on.
    offer: Option<&'s mut Offer<'o>>,
    /// Relaxations that are left, and how many there are at first.
    left: usize,
    allowed: usize,
}

impl Branch<'_> {
    /// A tree of a root, from where the search of the whole relaxation ended.
    pub(super) fn begin(&self, places: &[u8], choice: Choice) -> Box<Grown> {
        let session = Session::new(&self.coupled.task);
        let start = session.start(places);
        Box::new(Grown {
            session: Arc::new(session),
            sums: countable(self.instance, self.types, self.coupled),
            numbers: FxHashMap::default(),
            falls: FxHashMap::default(),
            nodes: vec![Node { cases: Vec::new(), state: start, value: i64::MAX, done: None }],
            open: BinaryHeap::from([(i64::MAX, 0)]),
            choice,
            visits: 0,
            dive_at: if choice == Choice::First { 0 } else { DIVES },
        })
    }

    /// Proves the goal, with so many relaxations more; `offer` makes plans of whole points.
    pub(super) fn grow(
        &self,
        mut tree: Box<Grown>,
        relaxations: usize,
        best: Best,
        offer: &mut Offer<'_>,
    ) -> Proof {
        let (left, allowed, offer) = (relaxations, relaxations, Some(offer));
        let mut search = Search { of: self, tree: &mut tree, best, offer, left, allowed };
        match search.run() {
            Some(true) => Proof::Proven(tree.proof(0)),
            Some(false) => Proof::Open(Some(tree)),
            None => Proof::Open(None),
        }
    }
}

impl Search<'_, '_> {
    /// Looks at nodes, the best bound first and the newest among equals, until all are done; whether they are. `None` where a
    /// node cannot be looked at.
    fn run(&mut self) -> Option<bool> {
        while let Some(&(_, at)) = self.tree.open.peek() {
            if (self.of.stop)() || self.left == 0 {
                return Some(false);
            }
            self.tree.open.pop();
            let dives = self.tree.visits == self.tree.dive_at;
            if dives {
                self.tree.dive_at = (2 * self.tree.visits).max(DIVES);
            }
            self.visit(at, dives)?;
        }
        Some(true)
    }

    /// Looks at a node, whose children are open then if there is still something to prove; whether it did not have to wait
    /// for the end of a dive. `None` where it cannot be looked at.
    fn visit(&mut self, at: usize, dives: bool) -> Option<bool> {
        let cases = self.tree.nodes[at].cases.clone();
        let held = self.held(&cases);
        let left = self.left;
        self.left = left.saturating_sub(1);
        let solved = match self.tree.session.solve(&self.tree.nodes[at].state, &held, self.of.stop) {
            Ended::Solved(solved) => solved,
            Ended::Infeasible(ray) => {
                let leaf = self.of.refuted(&self.spelled(&cases), &ray, self.best.goal)?;
                self.done(at, leaf);
                return Some(true);
            }
            Ended::Spent => return None,
        };
        if let Some(leaf) = self.leaf(&cases, &solved) {
            self.done(at, leaf);
            return Some(true);
        }
        if dives {
            self.dive(at, &cases, &held, &solved)?;
            return Some(true);
        }
        let is_done = self.go_below(at, &cases, &held, &solved)?;
        if !is_done {
            self.left = left;
        }
        Some(is_done)
    }

    fn done(&mut self, at: usize, leaf: Tree) {
        self.tree.nodes[at].done = Some(Done::Leaf(leaf));
        self.tree.visits += 1;
    }

    /// Splits a node that has been solved, or makes a plan of its point: that has to wait while a dive goes on. Whether it
    /// did not.
    fn go_below(&mut self, at: usize, cases: &[Case], held: &[Hold], solved: &Solved) -> Option<bool> {
        let candidates = self.candidates(&solved.point);
        if candidates.is_empty() {
            let Some(offer) = &mut self.offer else { return Some(false) };
            let point: Vec<i64> =
                solved.point.iter().map(|x| (x + POINT_UNIT / 2).div_euclid(POINT_UNIT)).collect();
            self.best = offer(&point);
            let leaf = self.leaf(cases, solved)?;
            self.done(at, leaf);
            return Some(true);
        }
        if cases.len() >= DEPTH {
            return None;
        }
        for child in self.split(at, cases, held, solved, candidates) {
            self.tree.open.push((self.tree.nodes[child].value.div_euclid(POINT_UNIT), child));
        }
        self.tree.visits += 1;
        Some(true)
    }

    /// The sums that are not whole: which, its floor, and how far above it.
    fn candidates(&self, point: &[i64]) -> Vec<Trial> {
        let value =
            |columns: &[usize]| columns.iter().fold(0_i64, |sum, &column| sum.saturating_add(point[column]));
        let of = |(sum, (_, columns)): (usize, &(Sum, Vec<usize>))| {
            let value = value(columns);
            let part = value.rem_euclid(POINT_UNIT);
            (part.min(POINT_UNIT - part) > WHOLE).then_some((sum, value.div_euclid(POINT_UNIT), part))
        };
        self.tree.sums.iter().enumerate().filter_map(of).collect()
    }

    /// Splits a node on the sum whose two sides both fall far.
    fn split(
        &mut self,
        at: usize,
        cases: &[Case],
        held: &[Hold],
        solved: &Solved,
        candidates: Vec<Trial>,
    ) -> Vec<usize> {
        // A side that falls below the goal is done; farther does not count.
        let far = (i128::from(solved.value) - i128::from(self.best.goal) * i128::from(POINT_UNIT)).max(1);
        let ranked = self.ranked(candidates, solved);
        let (batch, batches) = if self.tree.choice == Choice::First { (1, 1) } else { (BATCH, BATCHES) };
        let mut best: Option<(i128, Trial, [Probe; 2])> = None;
        for batch in ranked.chunks(batch).take(batches) {
            self.number(batch.iter().map(|&(sum, ..)| sum));
            let asked: Vec<(usize, i64)> =
                batch.iter().map(|&(sum, at_most, _)| (self.tree.numbers[&sum], at_most)).collect();
            let probes = self.tree.session.probes(&solved.state, held, &asked);
            self.left = self.left.saturating_sub(2 * asked.len());
            for (&trial, probe) in batch.iter().zip(probes) {
                let fall = |side: usize| {
                    let value = probe[side].value;
                    value.map_or(far, |value| (i128::from(solved.value) - i128::from(value)).clamp(0, far))
                };
                let (low, high) = (fall(0), fall(1));
                self.tree.falls.insert(trial.0, Fall::of(trial, low, high));
                if best.as_ref().is_none_or(|(most, ..)| score(low, high) > *most) {
                    best = Some((score(low, high), trial, probe));
                }
            }
            if best.as_ref().is_some_and(|(most, ..)| *most > score(0, 0)) {
                break;
            }
        }
        let (_, (sum, at_most, _), [low, high]) = best.expect("there are candidates");
        let value = |probe: &Probe| probe.value.unwrap_or(i64::MIN).min(solved.value);
        let mut sides = [(false, value(&low), low.state), (true, value(&high), high.state)];
        // The better side is looked at first: it is the newer one.
        sides.sort_by_key(|&(_, value, _)| value);
        let [mut low, mut high] = [0, 0];
        for (more, value, state) in sides {
            *if more { &mut high } else { &mut low } = self.tree.nodes.len();
            let cases = cases.iter().copied().chain([Case { sum, at_most, more }]).collect();
            self.tree.nodes.push(Node { cases, state, value, done: None });
        }
        self.tree.nodes[at].done = Some(Done::Split { sum, at_most, low, high });
        vec![low, high]
    }

    /// The sums in the order in which they are tried: those that earlier trials praise, then new ones where
    /// few departures have such prices (there the relaxation has to do what is not whole), then the rest.
    fn ranked(&self, candidates: Vec<Trial>, solved: &Solved) -> Vec<Trial> {
        let rare = self.rarity(solved);
        let rarity = |sum: usize| match self.tree.sums[sum].0 {
            Sum::Takes(_, d) | Sum::Using(_, d) => rare[d],
            Sum::Type(position) => {
                let open =
                    self.of.instance.sets[self.of.instance.items[self.of.types[position].item].set].ones();
                open.map(|d| rare[d]).min().unwrap_or(usize::MAX)
            }
        };
        let praise = |trial: &Trial| self.tree.falls.get(&trial.0).map_or(0, |fall| fall.praise(*trial));
        let (mut known, mut others): (Vec<Trial>, Vec<Trial>) =
            candidates.into_iter().partition(|trial| praise(trial) > score(0, 0));
        known.sort_by_key(|trial| (std::cmp::Reverse(praise(trial)), trial.0));
        known.truncate(KNOWN);
        others.sort_by_cached_key(|&(sum, _, part)| {
            let part = part.min(POINT_UNIT - part);
            (self.tree.falls.contains_key(&sum), rarity(sum), std::cmp::Reverse(part), sum)
        });
        known.extend(others);
        known
    }

    /// By departure: how many have the same prices.
    fn rarity(&self, solved: &Solved) -> Vec<usize> {
        let mut prices = vec![Vec::new(); self.of.instance.room.len()];
        for &(row, resource, d) in &self.of.coupled.limits {
            prices[d].push((resource, solved.prices[row] / (PRICE_UNIT / 1024)));
        }
        let mut known: FxHashMap<&[(usize, i64)], usize> = FxHashMap::default();
        for prices in &prices {
            *known.entry(prices).or_insert(0) += 1;
        }
        prices.iter().map(|prices| known[prices.as_slice()]).collect()
    }

    /// Gives these sums numbers in the session.
    fn number(&mut self, sums: impl Iterator<Item = usize>) {
        let new: Vec<usize> = sums.filter(|sum| !self.tree.numbers.contains_key(sum)).collect();
        if new.is_empty() {
            return;
        }
        let terms = |&sum: &usize| self.tree.sums[sum].1.iter().map(|&column| (column, 1)).collect();
        let terms: Vec<_> = new.iter().map(terms).collect();
        let first = Arc::make_mut(&mut self.tree.session).sums(&terms);
        self.tree.numbers.extend(new.into_iter().enumerate().map(|(position, sum)| (sum, first + position)));
    }

    /// What cases hold.
    fn held(&self, cases: &[Case]) -> Vec<Hold> {
        let mut held: Vec<Hold> = Vec::new();
        for case in cases {
            let sum = Held::Sum(self.tree.numbers[&case.sum]);
            let position = held.iter().position(|(of, ..)| *of == sum).unwrap_or_else(|| {
                let columns = self.tree.sums[case.sum].1.iter();
                held.push((sum, 0, columns.map(|&column| self.of.coupled.task.upper[column]).sum()));
                held.len() - 1
            });
            let (_, least, most) = &mut held[position];
            if case.more {
                *least = (*least).max(case.at_most + 1);
            } else {
                *most = (*most).min(case.at_most);
            }
        }
        held
    }

    /// A dive from a node, whose end is offered as a plan to be completed; beside it the nodes are looked at that come before
    /// the next dive. What they know of plans is as old as the dive, so it is the same in whatever order both are done.
    fn dive(&mut self, at: usize, cases: &[Case], held: &[Hold], from: &Solved) -> Option<()> {
        let offer = self.offer.take().expect("one dive comes after the other");
        let (of, before, left) = (self.of, self.best.goal, self.left);
        let (session, plan) = (Arc::clone(&self.tree.session), self.best.point.clone());
        // Only a plan that ends the whole tree ends the looks at its nodes.
        let (is_root, is_over) = (cases.is_empty(), AtomicBool::new(false));
        let dived = || {
            let best = offer(&of.dive(&session, held, from, before, &plan));
            let leaf = if is_root { of.leaf(&[], from, best.goal) } else { None };
            is_over.store(leaf.is_some(), Ordering::Relaxed);
            (best, leaf)
        };
        let ((best, leaf), went) = rayon::join(dived, || self.go_on(at, cases, held, from, &is_over));
        (self.best, self.offer) = (best, Some(offer));
        if self.tree.choice == Choice::First && self.best.goal > before {
            self.left = self.allowed.saturating_sub(left - self.left);
        }
        if let Some(leaf) = leaf.or_else(|| self.leaf(cases, from)) {
            let Grown { nodes, open, .. } = &mut *self.tree;
            open.retain(|&(_, node)| !nodes[node].cases.starts_with(cases));
            nodes[at].done = Some(Done::Leaf(leaf));
            return Some(());
        }
        if went? { Some(()) } else { self.go_below(at, cases, held, from).map(|_| ()) }
    }

    /// Goes below a node, and looks at others until the next dive, or until it is over; whether the node could be gone below.
    fn go_on(
        &mut self,
        at: usize,
        cases: &[Case],
        held: &[Hold],
        from: &Solved,
        is_over: &AtomicBool,
    ) -> Option<bool> {
        if !self.go_below(at, cases, held, from)? {
            return Some(false);
        }
        let of = self.of;
        let is_over = || is_over.load(Ordering::Relaxed) || (of.stop)();
        while self.tree.visits < self.tree.dive_at && self.left > 0 && !is_over() {
            let Some(next) = self.tree.open.pop() else { break };
            if !self.visit(next.1, false)? {
                self.tree.open.push(next);
                break;
            }
        }
        Some(true)
    }

    fn spelled(&self, cases: &[Case]) -> Vec<Spelled> {
        let rows = self.of.coupled.task.rows.len();
        let spell = |&case: &Case| Spelled {
            case,
            sum: self.tree.sums[case.sum].0,
            row: rows + self.tree.numbers[&case.sum],
        };
        cases.iter().map(spell).collect()
    }

    fn leaf(&self, cases: &[Case], solved: &Solved) -> Option<Tree> {
        self.of.leaf(&self.spelled(cases), solved, self.best.goal)
    }
}

impl Branch<'_> {
    /// Where a dive from a node towards a plan ends.
    fn dive(&self, session: &Session, held: &[Hold], from: &Solved, goal: i64, plan: &[i64]) -> Vec<i64> {
        let aim = aim(goal, from.value.div_euclid(POINT_UNIT));
        let solve = |state: &State, held: &[Hold]| match session.solve(state, held, self.stop) {
            Ended::Solved(solved) => passes(&solved, aim, -WHOLE).then_some(solved),
            Ended::Infeasible(_) | Ended::Spent => None,
        };
        let (integers, upper) = (self.coupled.integers(), &self.coupled.task.upper);
        let diving = Diving { integers: &integers, upper, plan, solve: &solve, stop: self.stop };
        diving.dive(held.to_vec(), &from.point, &from.state)
    }

    /// The leaf that a relaxation's prices, once rounded, give a node that does not pass the goal.
    fn leaf(&self, cases: &[Spelled], solved: &Solved, goal: i64) -> Option<Tree> {
        // No prices bound a node by less than its relaxation has.
        if passes(solved, goal, WHOLE) {
            return None;
        }
        let leaf_at = |&denominator: &i64| self.leaf_at(cases, &solved.prices, denominator);
        DENOMINATORS.iter().map(leaf_at).find(|leaf| bound_of(leaf) <= goal)
    }

    fn leaf_at(&self, cases: &[Spelled], prices: &[i64], denominator: i64) -> Tree {
        let (limits, earlier, on_cases) = self.rounded(cases, prices, denominator);
        let of_level = earlier.into_iter().chain([i128::from(denominator)]).collect();
        self.evaluated(cases, limits, Multipliers { of_level }, on_cases)
    }

    /// Prices over a denominator: the departures', the earlier levels', the cases'.
    fn rounded(&self, cases: &[Spelled], prices: &[i64], denominator: i64) -> (Prices, Vec<i128>, Vec<i128>) {
        let price = |row: usize| rounded(prices[row], denominator);
        let mut limits = Prices::free(self.instance.room.len());
        for &(row, resource, d) in &self.coupled.limits {
            limits.0[resource][d] = price(row).max(0);
        }
        let earlier = self.coupled.levels.clone().map(|row| price(row).max(0)).collect();
        let mut on_cases = vec![0; cases.len()];
        for (position, Spelled { case, row, .. }) in cases.iter().enumerate() {
            let tightest = cases
                .iter()
                .map(|other| other.case)
                .enumerate()
                .filter(|(_, other)| other.sum == case.sum && other.more == case.more);
            let tightest =
                tightest.min_by_key(|(_, other)| if case.more { -other.at_most } else { other.at_most });
            if tightest.is_some_and(|(tightest, _)| tightest == position) {
                let price = price(*row);
                on_cases[position] = if case.more { -price } else { price }.max(0);
            }
        }
        (limits, earlier, on_cases)
    }

    fn evaluated(
        &self,
        cases: &[Spelled],
        prices: Prices,
        multipliers: Multipliers,
        on_cases: Vec<i128>,
    ) -> Tree {
        let total = self.total(cases, &prices, &multipliers, &on_cases);
        let bound = total.map_or(i64::MAX, |total| {
            i64::try_from(total.div_euclid(multipliers.denominator())).unwrap_or(i64::MAX)
        });
        Tree::Leaf { prices, multipliers, cases: on_cases, bound }
    }

    /// What the bound is before it is divided and rounded.
    fn total(
        &self,
        cases: &[Spelled],
        prices: &Prices,
        multipliers: &Multipliers,
        on_cases: &[i128],
    ) -> Option<i128> {
        let Branch { instance, types, kept, worth_of, .. } = self;
        let mut surcharges = Vec::new();
        let mut sum: i128 = 0;
        for (Spelled { case, sum: of, .. }, &price) in cases.iter().zip(on_cases).filter(|(_, p)| **p != 0) {
            let (sign, at_most) = if case.more { (-1, -(case.at_most + 1)) } else { (1, case.at_most) };
            sum = sum.checked_add(price.checked_mul(at_most.into())?)?;
            surcharges.push((*of, sign * price));
        }
        let worth = worth_of(multipliers);
        sum.checked_add(bound::total(instance, types, &worth, prices, multipliers, kept, &surcharges)?)
    }

    /// A leaf without a plan: a combination of rows that excludes every plan, counted so often that it
    /// outweighs the level.
    fn refuted(&self, cases: &[Spelled], ray: &[i64], goal: i64) -> Option<Tree> {
        if ray.is_empty() {
            return None;
        }
        let task = &self.coupled.task;
        let reach: i128 =
            task.objective.iter().zip(&task.upper).map(|(c, n)| i128::from(c.abs()) * i128::from(*n)).sum();
        RAYS.iter().find_map(|&unit| {
            let (mut prices, mut of_level, mut on_cases) = self.rounded(cases, ray, unit);
            let nothing = Multipliers { of_level: of_level.iter().copied().chain([0]).collect() };
            let short = -self.total(cases, &prices, &nothing, &on_cases)?;
            let times = (short > 0).then(|| 2 * reach / short + 1)?;
            let all = prices.0.iter_mut().flatten().chain(&mut of_level).chain(&mut on_cases);
            for price in all {
                *price = price.checked_mul(times)?;
            }
            of_level.push(1);
            let leaf = self.evaluated(cases, prices, Multipliers { of_level }, on_cases);
            (bound_of(&leaf) <= goal).then_some(leaf)
        })
    }
}

impl Grown {
    /// The proof of a node that is done.
    fn proof(&self, at: usize) -> Tree {
        match self.nodes[at].done.as_ref().expect("all are done") {
            Done::Leaf(leaf) => leaf.clone(),
            &Done::Split { sum, at_most, low, high } => Tree::Split {
                sum: self.sums[sum].0,
                at_most,
                low: Box::new(self.proof(low)),
                high: Box::new(self.proof(high)),
            },
        }
    }
}

/// Whether a relaxation passes the goal by a whole unit and, in 1 / `POINT_UNIT`, so much more.
fn passes(solved: &Solved, goal: i64, more: i64) -> bool {
    let better = goal.saturating_add(1).saturating_mul(POINT_UNIT);
    solved.value >= better.saturating_add(more)
}

/// How good a split is whose sides fall so far.
fn score(low: i128, high: i128) -> i128 {
    let least = i128::from(POINT_UNIT / 1024);
    low.max(least).saturating_mul(high.max(least))
}

impl Tree {
    /// The proof that the level and all levels before it sum to no more than its bound and `kept`; `None`
    /// where an earlier level counts less than once.
    pub(super) fn summed(&self, kept: i64) -> Option<Self> {
        match self {
            Self::Leaf { prices, multipliers, cases, bound } => {
                let denominator = multipliers.denominator();
                let (_, earlier) = multipliers.of_level.split_last()?;
                let less_one = earlier.iter().map(|lambda| lambda - denominator);
                let of_level: Vec<i128> = less_one.chain([0, denominator]).collect();
                let valid = of_level.iter().all(|lambda| *lambda >= 0);
                let (prices, cases) = (prices.clone(), cases.clone());
                valid.then_some(Self::Leaf {
                    prices,
                    multipliers: Multipliers { of_level },
                    cases,
                    bound: bound.saturating_add(kept),
                })
            }
            Self::Split { sum, at_most, low, high } => Some(Self::Split {
                sum: *sum,
                at_most: *at_most,
                low: Box::new(low.summed(kept)?),
                high: Box::new(high.summed(kept)?),
            }),
        }
    }
}

/// The bound that a tree proves.
pub(super) fn bound_of(tree: &Tree) -> i64 {
    match tree {
        Tree::Leaf { bound, .. } => *bound,
        Tree::Split { low, high, .. } => bound_of(low).max(bound_of(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::coupled::Flow;
    use std::sync::atomic::AtomicUsize;

    use super::super::instance::Item;
    use super::super::tests::{drawn, persons, relaxation};
    use super::super::whole::Relaxed;
    use super::super::{dive, pour};
    use super::*;
    use crate::solve::linear::run_own;

    /// A plan that is above the aim stays within whatever is held on the way towards it: nothing fails, and the end is a plan
    /// that keeps the first level and passes the aim.
    #[test]
    fn a_dive_towards_a_plan_above_its_aim_ends_whole() {
        let mut dives = 0;
        for seed in 0..40 {
            let instance = drawn(seed);
            let types = bound::types(&instance);
            let on = dive::dive(&instance, &mut pour(&instance), 0);
            let [first, second] = persons(&instance, &on);
            let coupled = relaxation(&instance, &types, first, Flow::Shapes);
            let answer = run_own(&coupled.task);
            let relaxed = Relaxed::new(&instance, &types, &coupled, &answer);
            let session = Session::new(&coupled.task);
            let Ended::Solved(from) = session.solve(&session.start(&answer.basis), &[], &|| false) else {
                panic!("seed {seed}: the plan is a point")
            };
            dives += usize::from(from.point.iter().any(|x| x % POINT_UNIT != 0));
            let solve = |state: &State, held: &[Hold]| match session.solve(state, held, &|| false) {
                Ended::Solved(solved) if passes(&solved, second - 1, -WHOLE) => Some(solved),
                Ended::Solved(_) | Ended::Infeasible(_) | Ended::Spent => panic!("seed {seed}: it fails"),
            };
            let (integers, upper, plan) = (coupled.integers(), &coupled.task.upper, relaxed.point_of(&on));
            let diving = Diving { integers: &integers, upper, plan: &plan, solve: &solve, stop: &|| false };
            let end = relaxed.seated(&diving.dive(Vec::new(), &from.point, &from.state));
            let [kept, reached] = persons(&instance, &end);
            assert!(kept >= first && reached >= second, "seed {seed}: {kept} {reached} of {first} {second}");
        }
        assert!(dives > 10, "relaxations that are not whole: {dives}");
    }

    /// Whenever a tree is told to stop, beside a dive or not, it has not proven what it has not looked at.
    #[test]
    fn a_tree_that_is_stopped_is_open() {
        let (mut proven, mut stopped) = (0, 0);
        for (seed, after) in (0..12).flat_map(|seed| (0..40).map(move |after| (seed, after))) {
            let instance = drawn(seed);
            let types = bound::types(&instance);
            let on = dive::dive(&instance, &mut pour(&instance), 0);
            let [first, second] = persons(&instance, &on);
            let coupled = relaxation(&instance, &types, first, Flow::Seats);
            let answer = run_own(&coupled.task);
            let relaxed = Relaxed::new(&instance, &types, &coupled, &answer);
            let asked = AtomicUsize::new(0);
            let stop = || asked.fetch_add(1, Ordering::Relaxed) >= after;
            let worth_of = |multipliers: &Multipliers| {
                let [early, late] = multipliers.of_level[..] else { panic!("there are two levels") };
                let value =
                    |item: &Item| i128::from(item.persons) * if item.value >= 1_000 { early } else { late };
                Worth {
                    value: instance.items.iter().map(value).collect(),
                    day_cost: vec![0; instance.room.len()],
                }
            };
            let (instance, types, coupled, kept) = (&instance, &types[..], &coupled, &[first][..]);
            let branch = Branch { instance, types, coupled, kept, worth_of: &worth_of, stop: &stop };
            let best = || Best { goal: second, point: relaxed.point_of(&on) };
            match branch.grow(branch.begin(&answer.basis, Choice::First), 300, best(), &mut |_| best()) {
                Proof::Proven(tree) => {
                    proven += 1;
                    assert!(bound_of(&tree) <= second, "seed {seed}, stopped after {after}");
                }
                Proof::Open(_) => stopped += 1,
            }
        }
        assert!(proven > 20 && stopped > 20, "{proven} proven, {stopped} stopped");
    }
}
