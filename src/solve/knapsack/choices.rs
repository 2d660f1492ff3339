//! What goes in all, as one knapsack of all the room: its best value, exactly, and what else comes near.
//!
//! A table tells how much things from a place on are worth in so much room, so all choices of a given value are
//! listed without a blind alley; those that leave the most room are packed first. From the best value downwards
//! that is a search for the best plan; a plan that has the knapsack's value needs no other bound. (Pisinger, *An
//! exact algorithm for large multiple knapsack problems*, 1999, packs one solution of the surrogate
//! relaxation; values that are nearly proportional to sizes have very many.)

use super::cover::{self, Cover};
use super::pack::Packing;
use super::surrogate::{self, Effort};
use super::table::{Item, Load, Table};
use super::{Class, Instance, Plan, may_agree};
use crate::solve::cases::Tree;
use crate::solve::linear::{Fault, Focus, Outcome, Runner, Search, Task};
use crate::solve::prices::Target;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Choices of one value that are listed.
const LISTED: usize = 4_000;
/// Better choices up to which two searches are asked about them.
const ASKED: usize = 400;
/// Columns that any program counts as beside its own.
const COLUMNS: usize = 30;
/// Nodes of a search for a packing, and for a choice.
const NODES: i32 = 10;
const CHOOSING: i32 = 10_000;
/// All that is tried: entries of listed choices and loads that are looked at.
const WORK: usize = 30_000_000;

/// Loads of the smallest bins, and work, to tell how much room they leave; and how much at most.
const SMALLEST: usize = 1_000;
const FILLING: usize = 3_000_000;
const MOST_WASTE: i64 = 1_000;

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
    /// Those of which two searches say so, and whether they do of the room that is left.
    excluded: FxHashSet<Load>,
    is_wasted: bool,
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
        let mut choices = Self {
            instance,
            loosened,
            table,
            room,
            waste: 0,
            work: WORK,
            refuted: FxHashMap::default(),
            excluded: FxHashSet::default(),
            is_wasted: false,
        };
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

    /// Whether two searches say that no choice of more than `known` can be packed, asked about programs of no more
    /// than `columns` in all.
    pub(super) fn exclude(
        &mut self,
        known: i64,
        columns: usize,
        target: &Target,
        runner: &Runner,
        stop: &dyn Fn() -> bool,
    ) -> Result<bool, Fault> {
        let better = self.table.some_loads(self.room - self.waste, known + 1, ASKED + 1);
        if better.len() > ASKED || !better.iter().all(|choice| self.refuted.contains_key(choice)) {
            return Ok(false);
        }
        let mut left = columns;
        let mut asked = |programs: &[Task], nodes: i32| {
            let all: usize = programs.iter().map(|program| program.upper.len() + COLUMNS).sum();
            if all > left || stop() || !programs.iter().all(|program| may_agree(target, program)) {
                return Ok(None);
            }
            left -= all;
            let answers = programs.par_iter().map(|program| twice(program, nodes, runner));
            answers.collect::<Result<Vec<Outcome>, Fault>>().map(Some)
        };
        if self.waste > 0 && !self.is_wasted {
            let smallest = Cover::of_smallest(&self.loosened, self.waste - 1, SMALLEST);
            let Some(smallest) = smallest else { return Ok(false) };
            self.is_wasted = cover::excluded(&[smallest], &mut |programs| asked(programs, NODES))? == [true];
            if !self.is_wasted {
                return Ok(false);
            }
        }
        // Where the table leaves no choice two searches have to say so too: nothing is agreed unasked.
        if better.is_empty() {
            let answers = asked(&[self.program(known)], CHOOSING)?;
            return Ok(answers.is_some_and(|answers| answers == [Outcome::Infeasible]));
        }
        let doubtful: Vec<&Load> = better.iter().filter(|choice| !self.excluded.contains(*choice)).collect();
        let covers: Option<Vec<Cover>> = doubtful.iter().map(|choice| self.cover(choice)).collect();
        let Some(covers) = covers else { return Ok(false) };
        let excluded = cover::excluded(&covers, &mut |programs| asked(programs, NODES))?;
        let is_all = excluded.iter().all(|excluded| *excluded);
        let excluded = doubtful.into_iter().zip(excluded).filter(|(_, excluded)| *excluded);
        let excluded: Vec<Load> = excluded.map(|(choice, _)| choice.clone()).collect();
        self.excluded.extend(excluded);
        Ok(is_all)
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

    /// A choice that is refuted, by as few loads as say so.
    fn cover(&self, choice: &Load) -> Option<Cover<'i>> {
        let (point, loads) = (self.point(choice), self.refuted[choice]);
        let cover = Cover::of_listed(self.instance, &point, loads)?;
        let is_enough = cover.pack(&mut { WORK }) == Packing::Nothing;
        if is_enough { Some(cover) } else { Cover::of(self.instance, &point, ROUNDS[ROUNDS.len() - 1].loads) }
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
        let (presolve, focus) = (seed == 0, Focus::Refutation);
        let search = Search::Integer { seed, presolve, start: None, nodes: Some(nodes), focus, kernel: None };
        let outcome = runner(&Task { search, ..task.clone() })?.outcome;
        if outcome != Outcome::Infeasible {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Infeasible)
}
