//! What is too large for a program of all units: a plan and bounds of the engine's, without the rules that are beyond it, and
//! programs of the few units that change.

use fixedbitset::FixedBitSet;

use super::{LARGE, Loop, SEARCHES, UNCUT, guarded};
use crate::model::measure::Objective;
use crate::model::{self, Column, Program, Row, RowKey};
use crate::plan::ProofKind;
use crate::scenario::{Sense, UnitIdx, Was};
use crate::solve::cases::{Cases, Effort};
use crate::solve::few::{self, Few};
use crate::solve::linear::{self, Focus, Search};
use crate::solve::prices::Target;
use crate::solve::standing::Standing;
use crate::solve::{Certified, Method, Seating, Settled, answer, engine, greedy, left_open};

/// Searches for seats of those who wait, for each level, and the nodes of each.
const ROOMS: usize = 8;
const ROOM_NODES: i32 = 20;
/// What part of the time that is left, in percent, a scout may take.
const SCOUT: u32 = 40;

impl Loop<'_, '_> {
    /// Where levels are open: nobody is left waiting who could simply board. Levels of which nothing is known but the bound that
    /// needs no price give way to those before them.
    pub(super) fn topped_up(&mut self, on: Seating) -> Seating {
        if self.settled.iter().all(|settled| settled.proof != ProofKind::None) {
            return on;
        }
        let classes = self.classes(self.objectives.len().saturating_sub(1));
        if self.columns(&classes) > LARGE {
            return on;
        }
        let is_firm = |(objective, settled): (&Objective, &Settled)| {
            settled.proof != ProofKind::None || settled.bound != objective.free_bound(self.eligibility)
        };
        let levels: Vec<bool> = self.objectives.iter().zip(&self.settled).map(is_firm).collect();
        let firm = levels.iter().rposition(|is_firm| *is_firm).map_or(0, |last| last + 1);
        let program = model::build(self.eligibility, &classes, &self.objectives);
        let (point, kept) = (self.point(&classes, &program, &on), self.kept(&program));
        let on = self.expand(&classes, &program, &greedy::top_up(&program, &kept[..firm], &point));
        for (objective, settled) in self.objectives.iter().zip(&mut self.settled).skip(firm) {
            *settled = left_open(self.eligibility, objective, on.clone());
        }
        on
    }

    /// Looks for a plan of a level with fewer changes where its relaxation is too large: whoever is where it was stays or gets off.
    pub(super) fn polish(&mut self, level: usize) {
        let Some(on) = &self.on else { return };
        let was = |u: UnitIdx| match self.request.baseline?.was[u.index()] {
            Was::On(d) => Some(d),
            Was::Unseated | Was::Gone => None,
        };
        let lacks = |u: UnitIdx| was(u).is_some_and(|was| on[u.index()] != Some(was));
        let all = |u: UnitIdx, open: &mut FixedBitSet| {
            if !lacks(u) {
                few::only(open, on[u.index()]);
            }
        };
        let both = |u: UnitIdx, open: &mut FixedBitSet| {
            open.intersect_with(&[was(u), on[u.index()]].iter().flatten().map(|d| d.index()).collect());
        };
        let way = |program: &Program, point: &[i64]| {
            let mut target = Target::new(program, level, self.kept(program));
            let point = Some(point.to_vec()).filter(|point| target.is_feasible(point));
            let mut standing = Standing::new(point);
            let effort = Effort { searches: SEARCHES, ..Effort::of_relaxations(0) };
            let stop = || self.stopped();
            let mut cases = Cases::new(&mut target, &mut standing, effort, self.request.runner, &stop);
            // What came of it before a fault is a plan all the same.
            cases.polish().unwrap_or_default();
            standing.point
        };
        let few = self.few(self.priority.max(level + 1));
        let polished = guarded(|| few.among(on, &all, &way).or_else(|| few.among(on, &both, &way)));
        self.on = polished.or_else(|| self.on.take());
    }

    /// Looks for a better plan of a priority level whose program is too large: whoever waits and counts in it is offered seats of
    /// others who do not, nor before it. These stay or get off, and who can comes back at the end.
    pub(in crate::solve) fn make_room(&mut self, level: usize) {
        if level >= self.priority || self.objectives[level].sense != Sense::Maximize {
            return;
        }
        let Some(home) = &self.on else { return };
        let few = self.few(self.priority);
        let value = |on: &Seating| answer::value(self.eligibility, &self.objectives[level], on);
        let (mut on, mut is_loose) = (home.clone(), false);
        for _ in 0..ROOMS {
            let openings = few.openings(&on, level);
            if openings.is_empty() || self.stopped() {
                break;
            }
            let narrow = |u: UnitIdx, open: &mut FixedBitSet| match openings.get(&u) {
                Some(some) => open.intersect_with(some),
                None => few::only(open, on[u.index()].or(home[u.index()])),
            };
            // A departure that is used stays so, and whoever gets off can come back; where that gains nothing others may be used.
            let way = |is_loose: bool, program: &Program, point: &[i64]| {
                let used = stay_used(program, point);
                if is_loose && used.is_empty() {
                    return None;
                }
                let mut kept = self.kept(program);
                kept.extend(used.into_iter().filter(|_| !is_loose));
                let target = Target::new(program, level, kept);
                let better = self.search_from(&target, point)?;
                Some(greedy::fill_up(&target, &better, Some(point))).filter(|point| target.is_feasible(point))
            };
            let better = |is_loose: bool| {
                let way = |program: &Program, point: &[i64]| way(is_loose, program, point);
                guarded(|| few.among(&on, &narrow, &way)).filter(|better| value(better) > value(&on))
            };
            let looser = || linear::HAS_HIGHS.then(|| better(true)).flatten();
            match better(false).or_else(|| looser().inspect(|_| is_loose = true)) {
                Some(better) => on = better,
                None => break,
            }
        }
        if value(&on) == value(home) {
            return;
        }
        let narrow = |u: UnitIdx, open: &mut FixedBitSet| few::only(open, on[u.index()].or(home[u.index()]));
        let way = |program: &Program, point: &[i64]| {
            let mut kept = self.kept(program);
            kept.push(program.level_row(level, value(&on)));
            let mut point = greedy::top_up(program, &kept, point);
            for level in level + 1..self.priority {
                let target = Target::new(program, level, kept.clone());
                let better = self
                    .search_from(&target, &point)
                    .map(|found| greedy::fill_up(&target, &found, Some(&point)));
                point = better.filter(|point| target.is_feasible(point)).unwrap_or(point);
                let sign = self.objectives[level].sense.sign();
                kept.push(program.level_row(level, sign * target.value(&point)));
            }
            Some(point).filter(|point| program.is_feasible(&kept, point))
        };
        let back = guarded(|| few.among(&on, &narrow, &way));
        // A stop before those are back who got off where departures changed: the plan at hand is the better one for too many.
        if !(is_loose && self.stopped()) {
            self.on = back.or(Some(on));
        }
    }

    /// A plan at least as good as one, by an integer search of some nodes.
    fn search_from(&self, target: &Target, point: &[i64]) -> Option<Vec<i64>> {
        let start = Some(point.to_vec()).filter(|point| target.is_feasible(point));
        let point = start.clone();
        let mut standing = Standing::new(point);
        let (nodes, focus) = (Some(ROOM_NODES), Focus::Points);
        let search = Search::Integer { seed: 0, presolve: true, start, nodes, focus, kernel: None };
        if let Ok(answer) = (self.request.runner)(&target.task(search, None)) {
            standing.offer(target, &answer.point);
        }
        standing.point
    }

    /// Plans of few columns, of units that are alike in so many levels.
    fn few(&self, alike: usize) -> Few<'_> {
        Few { eligibility: self.eligibility, objectives: &self.objectives, alike, most: LARGE }
    }

    /// Records a level as the plan has it, with the bound that needs no prices.
    pub(super) fn leave_open(&mut self, level: usize) {
        let on = self.on.clone().unwrap_or_default();
        let mut open = left_open(self.eligibility, &self.objectives[level], on);
        let scouted = self.scouted(level).map(|(bound, certificate)| (bound, certificate.clone()));
        if let Some((bound, certificate)) = scouted.or_else(|| self.bound_beside(level, &open)) {
            open.bound = match self.objectives[level].sense {
                Sense::Maximize => open.bound.min(bound),
                Sense::Minimize => open.bound.max(bound),
            };
            if open.best == bound && open.certificate.is_none() {
                (open.proof, open.certificate) = (ProofKind::Certified, Some(certificate));
            }
        }
        self.settled.push(open);
    }

    /// What the engine says without the rules that are beyond it of a large scenario's priority level, where one before it
    /// keeps less than the scout's plan has.
    fn bound_beside(&self, level: usize, open: &Settled) -> Option<(i64, Certified)> {
        if self.scout.is_none() || level >= self.priority || open.proof != ProofKind::None || self.stopped() {
            return None;
        }
        let kept: Vec<i64> = self.settled.iter().map(|settled| settled.best).collect();
        guarded(|| engine::bound_beside(self.eligibility, &self.objectives, self.request.runner, &kept))
    }

    /// Asks the engine about a large scenario without the rules that are beyond it: its plan is one to begin with, and
    /// its bounds hold.
    pub(super) fn scout(&mut self) {
        let is_new = self.on.is_none() && self.settled.is_empty() && self.request.method == Method::Auto;
        let columns = if is_new { self.columns(&self.classes(0)) } else { 0 };
        if columns > UNCUT {
            self.grant(SCOUT);
            self.scout = self.by_engine(self.eligibility, &|_| ());
        }
        if columns > LARGE {
            let few = self.few(self.priority);
            self.on = self.first_plan(&|wish| few.plan(wish?));
        }
    }

    /// A plan to begin with: what the rules allow of the scout's, or of another scout's for whom only the departures
    /// are open that this uses.
    pub(super) fn first_plan(&self, near: &dyn Fn(Option<&Seating>) -> Option<Seating>) -> Option<Seating> {
        let Some(scout) = &self.scout else { return near(None) };
        let first = near(Some(&scout.on))?;
        let mut used = FixedBitSet::with_capacity(self.request.scenario.departures.len());
        used.extend(first.iter().flatten().map(|d| d.index()));
        if scout.on.iter().flatten().all(|d| used.contains(d.index())) {
            return Some(first);
        }
        let values = |on: &Seating| -> Vec<i64> {
            let value = |level: &Objective| level.sense.sign() * answer::value(self.eligibility, level, on);
            self.objectives.iter().map(value).collect()
        };
        self.grant(SCOUT);
        // After a stop another scout is worth the wait only where the first level lost somebody.
        if self.stopped() && values(&first).first() >= values(&scout.on).first() {
            return Some(first);
        }
        let mut eligibility = self.eligibility.clone();
        eligibility.narrow(&|_, open| open.intersect_with(&used));
        let again = self.by_engine(&eligibility, &|_| ()).and_then(|again| near(Some(&again.on)));
        std::iter::once(first).chain(again).max_by_key(values)
    }

    /// The bound of a level and its proof, where each level before it keeps what the scout's plan has: its proof prices
    /// these rows.
    pub(super) fn scouted(&self, level: usize) -> Option<(i64, &Certified)> {
        let levels = &self.scout.as_ref()?.levels;
        let reached = levels.get(level).filter(|reached| !reached.agreed)?;
        let is_kept = |(settled, reached): (&Settled, &engine::Reached)| settled.best == reached.value;
        self.settled.iter().zip(levels).all(is_kept).then_some((reached.bound, &reached.certificate))
    }

    /// The level where the plan at hand has what the scout says that none passes.
    pub(super) fn settled_by_scout(&self, level: usize) -> Option<Settled> {
        let (bound, certificate) = self.scouted(level)?;
        let witness = self.on.clone()?;
        let best = answer::value(self.eligibility, &self.objectives[level], &witness);
        let certificate = Some(certificate.clone());
        (best == bound).then_some(Settled { best, bound, proof: ProofKind::Certified, certificate, witness })
    }
}

/// Rows that keep in use whatever departures a point uses.
fn stay_used(program: &Program, point: &[i64]) -> Vec<Row> {
    let row = |(at, (column, x)): (usize, (&Column, &i64))| match *column {
        Column::Used(d) if *x > 0 => {
            Some(Row { key: RowKey::Used(d), terms: vec![(at, -1)], at_most: -1, equal: false })
        }
        Column::Used(_) | Column::Board(..) | Column::Held(..) => None,
    };
    program.columns.iter().zip(point).enumerate().filter_map(row).collect()
}
