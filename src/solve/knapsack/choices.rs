//! What goes in all, as one knapsack of all the room: its best value, exactly, and what else comes near.
//!
//! A table tells how much things from a place on are worth in so much room, so all choices of a given value are
//! listed without a blind alley; those that leave the most room are packed first. From the best value downwards
//! that is a search for the best plan; a plan that has the knapsack's value needs no other bound. (Pisinger, *An
//! exact algorithm for large multiple knapsack problems*, 1999, packs one solution of the surrogate
//! relaxation; values that are nearly proportional to sizes have very many.)

use super::cover::{Asked, Cover};
use super::pack::Packing;
use super::surrogate::{self, Effort};
use super::table::{Item, Load, Table};
use super::{Class, Instance, Plan, may_agree};
use crate::solve::cases::Tree;
use crate::solve::linear::{Fault, Outcome, Runner, Search, Task};
use crate::solve::prices::Target;
use rustc_hash::FxHashMap;

/// Choices of one value that are listed.
const LISTED: usize = 4_000;
/// Better choices up to which two searches are asked about them.
const ASKED: usize = 64;
/// Nodes of a search for a packing, and for a choice.
const NODES: i32 = 10;
const CHOOSING: i32 = 10_000;
/// All that is tried: entries of listed choices and loads that are looked at.
const WORK: usize = 30_000_000;

/// Loads of the smallest bins, and work, to tell how much room they leave; and how much at most.
const SMALLEST: usize = 1_000;
const FILLING: usize = 3_000_000;
const MOST_WASTE: i64 = 1_000;

/// How much two searches are asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Questions {
    pub(super) programs: usize,
    /// Choices that it takes more loads to refute are not asked about.
    pub(super) loads: usize,
}

/// How much a round tries.
#[derive(Clone, Copy)]
struct Round {
    /// Choices of each value.
    choices: usize,
    /// Loads of a packing.
    loads: usize,
    /// Work of a packing.
    work: usize,
}

/// One after another; each goes up from the best plan so far.
const ROUNDS: [Round; 3] = [
    Round { choices: 10, loads: 300, work: 100_000 },
    Round { choices: 60, loads: 3_000, work: 300_000 },
    Round { choices: 400, loads: 20_000, work: 3_000_000 },
];

/// The one knapsack.
pub(super) struct Choices<'i> {
    instance: &'i Instance,
    loosened: Instance,
    table: Table,
    room: i64,
    /// How much of it the smallest bins leave at least.
    waste: i64,
    work: usize,
    /// Choices that cannot be packed, and the loads that it takes to see it.
    refuted: FxHashMap<Load, usize>,
}

impl<'i> Choices<'i> {
    /// `None`: the table is too large.
    pub(super) fn of(instance: &'i Instance) -> Option<Self> {
        let classes = &instance.classes;
        let mut order: Vec<usize> = (0..classes.len()).filter(|&class| classes[class].value > 0).collect();
        // Many small things are packed more easily than few large ones.
        order.sort_by_key(|&class| (classes[class].size, class));
        let loosened = instance.loosened();
        let item = |(class, left): (&Class, &Class)| Item { size: size(class, left), most: class.count };
        let items = classes.iter().zip(&loosened.classes).map(item).collect();
        let values = classes.iter().map(|class| class.value).collect();
        let room = loosened.bins.iter().map(|bin| bin.room).sum();
        let table = Table::in_order(order, items, values, room)?;
        let (waste, refuted) = (0, FxHashMap::default());
        let mut choices = Self { instance, loosened, table, room, waste, work: WORK, refuted };
        choices.waste = choices.wasted();
        Some(choices)
    }

    /// What no plan passes.
    pub(super) fn top(&self) -> i64 {
        self.table.top_in(self.room - self.waste)
    }

    /// How much room the smallest bins leave at least, whatever goes into them.
    fn wasted(&self) -> i64 {
        let mut work = FILLING;
        let mut is_left = |slack: &i64| {
            let cover = Cover::of_smallest(&self.loosened, *slack, SMALLEST);
            cover.is_some_and(|cover| cover.pack(&mut work) == Packing::Nothing)
        };
        (0..MOST_WASTE).take_while(&mut is_left).map(|slack| slack + 1).last().unwrap_or(0)
    }

    /// That no plan passes the best value.
    pub(super) fn proof(&self, effort: Effort, stop: &dyn Fn() -> bool) -> Option<(i64, Tree)> {
        let top = self.table.top() + self.instance.constant;
        let ended = surrogate::Search::new(&self.loosened, top - self.loosened.constant, effort, stop).run();
        let bound = ended.bound + self.loosened.constant;
        ended.proof.map(|proof| (bound, proof))
    }

    /// The best plan that is found, worth more than `known`.
    pub(super) fn pack(&mut self, known: i64, stop: &dyn Fn() -> bool) -> Option<Plan> {
        let mut best = None;
        let mut known = known;
        for round in ROUNDS {
            let mut value = self.top();
            while value > known && self.work > 0 && !stop() {
                if let Some(plan) = self.packed(value, round) {
                    (best, known) = (Some(plan), value);
                }
                value -= 1;
            }
        }
        best
    }

    /// Whether two searches say that no choice of more than `known` can be packed, asked as often as `questions`
    /// allows.
    pub(super) fn exclude(
        &self,
        known: i64,
        questions: Questions,
        target: &Target,
        runner: &Runner,
        stop: &dyn Fn() -> bool,
    ) -> Result<bool, Fault> {
        let better = self.table.some_loads(self.room - self.waste, known + 1, ASKED + 1);
        let is_easy = |choice: &Load| self.refuted.get(choice).is_some_and(|loads| *loads <= questions.loads);
        if better.len() > ASKED || !better.iter().all(is_easy) {
            return Ok(false);
        }
        let mut left = questions.programs;
        let mut asked = |task: &Task, nodes: i32| {
            if left == 0 || stop() || !may_agree(target, task) {
                return Ok(None);
            }
            left -= 1;
            twice(task, nodes, runner).map(Some)
        };
        if self.waste > 0 {
            let smallest = Cover::of_smallest(&self.loosened, self.waste - 1, SMALLEST);
            let Some(smallest) = smallest else { return Ok(false) };
            if !smallest.is_excluded(&mut |task| asked(task, NODES))? {
                return Ok(false);
            }
        }
        // Where the table leaves no choice two searches have to say so too: nothing is agreed unasked.
        if better.is_empty() {
            return Ok(asked(&self.program(known), CHOOSING)? == Some(Outcome::Infeasible));
        }
        for choice in &better {
            if !self.is_excluded(choice, &mut |task| asked(task, NODES))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What goes for more than `known`, as one knapsack; values are counted in what divides them all.
    fn program(&self, known: i64) -> Task {
        let classes = self.instance.classes.iter().zip(&self.loosened.classes);
        let classes: Vec<(&Class, i64)> = classes
            .map(|(class, left)| (class, size(class, left)))
            .filter(|(class, _)| class.value > 0)
            .collect();
        let unit = classes.iter().fold(0, |unit, (class, _)| num_integer::gcd(unit, class.value)).max(1);
        let columns = || classes.iter().enumerate();
        let sizes = columns().map(|(column, (_, size))| (column, *size)).filter(|(_, size)| *size > 0);
        let values = columns().map(|(column, (class, _))| (column, -class.value / unit));
        Task {
            upper: classes.iter().map(|(class, _)| class.count).collect(),
            objective: vec![0; classes.len()],
            rows: vec![
                (sizes.collect(), self.room - self.waste, false),
                (values.collect(), -(known.div_euclid(unit) + 1), false),
            ],
            search: Search::Relaxation,
            limit_ms: None,
        }
    }

    /// Whether a choice is in no plan, by as few loads as it took to see it, or by more.
    fn is_excluded(&self, choice: &Load, asked: &mut Asked) -> Result<bool, Fault> {
        for loads in [self.refuted[choice], ROUNDS[ROUNDS.len() - 1].loads] {
            let Some(cover) = Cover::of(self.instance, &self.point(choice), loads) else { break };
            if cover.is_excluded(asked)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A packing of a choice of this value.
    fn packed(&mut self, value: i64, round: Round) -> Option<Plan> {
        let listed = self.listed(value);
        self.work = self.work.saturating_sub(1_000 + 100 * listed.len());
        for (_, choice) in listed.into_iter().take(round.choices) {
            if self.work == 0 {
                return None;
            }
            if self.refuted.contains_key(&choice) {
                continue;
            }
            let cover = Cover::of(self.instance, &self.point(&choice), round.loads)?;
            let share = round.work.min(self.work);
            let mut work = share;
            let packing = cover.pack(&mut work);
            self.work -= share - work;
            match packing {
                Packing::Found(plan) => return Some(plan),
                Packing::Nothing => {
                    self.refuted.insert(choice, round.loads);
                }
                Packing::Open => {}
            }
        }
        None
    }

    fn point(&self, choice: &Load) -> Vec<i64> {
        let mut point = vec![0; self.instance.classes.len()];
        for &(class, n) in choice {
            point[class] = n;
        }
        point
    }

    /// Choices of a value, those that leave the most room first.
    fn listed(&self, value: i64) -> Vec<(i64, Load)> {
        let least = self.least_room(value);
        let mut more = self.room - self.waste - least;
        let loads = loop {
            let loads = self.table.some_loads(least + more, value, LISTED);
            if more == 0 || loads.len() < LISTED {
                break loads;
            }
            more /= 2;
        };
        let sum = |load: &Load, of: &dyn Fn(usize) -> i64| {
            load.iter().map(|&(class, n)| n * of(class)).sum::<i64>()
        };
        let classes = &self.instance.classes;
        let mut choices: Vec<(i64, Load)> = loads
            .into_iter()
            .filter(|load| sum(load, &|class| classes[class].value) == value)
            .map(|load| (sum(&load, &|class| classes[class].size), load))
            .collect();
        choices.sort();
        choices
    }

    /// The least room for so much value.
    fn least_room(&self, value: i64) -> i64 {
        let (mut least, mut most) = (0, self.room - self.waste);
        while least < most {
            let middle = i64::midpoint(least, most);
            if self.table.top_in(middle) >= value {
                most = middle;
            } else {
                least = middle + 1;
            }
        }
        least
    }
}

/// What one takes of the room: nothing where it has room in bins that are left out.
fn size(class: &Class, left: &Class) -> i64 {
    if left.count == class.count { class.size } else { 0 }
}

/// What two searches say of a program, if they say the same.
fn twice(task: &Task, nodes: i32, runner: &Runner) -> Result<Outcome, Fault> {
    for seed in [0, 1] {
        let search = Search::integer(seed, seed == 0, Some(nodes));
        let outcome = runner(&Task { search, ..task.clone() })?.outcome;
        if outcome != Outcome::Infeasible {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Infeasible)
}
