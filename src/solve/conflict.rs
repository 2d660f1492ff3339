//! Why there is no plan: an irreducible set of the planner's own demands.
//!
//! Demands are the pins, quotas, links, locked manifests, minimum loads and the budget; what aircraft,
//! beds and documents allow is not negotiable. The set is found by QuickXplain (Junker, *QUICKXPLAIN:
//! Preferred Explanations and Relaxations for Over-Constrained Problems*, AAAI 2004): about
//! `2 k log2(n / k)` searches for a conflict of `k` among `n` demands.

use super::cases::{Cases, Effort, Known, Tree};
use super::levels::relaxations;
use super::linear::{Outcome, Search};
use super::prices::Target;
use super::standing::{Standing, is_small};
use super::{Request, SolveError, exhaust};
use fixedbitset::FixedBitSet;

use crate::certificate::{Row as RowId, RowName};
use crate::eligibility::Eligibility;
use crate::model::{Program, Row, RowKey};
use crate::plan::Conflict;
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, LinkKind};

/// A demand of the planner's, as the rows that state it.
#[derive(Clone, Debug)]
struct Demand {
    conflict: Conflict,
    rows: Vec<usize>,
}

/// What counts as a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What the planner asks for.
    Planner,
    /// Beds and allotments too.
    Everything,
}

/// An irreducible set of demands that contradict each other and `more` (which is not up for debate), and
/// whether it is irreducible for sure (it is not where the search was stopped).
///
/// # Errors
/// Where the solver fails.
pub fn irreducible(
    request: &Request,
    eligibility: &Eligibility,
    program: &Program,
    more: &[Row],
    scope: Scope,
) -> Result<(Vec<Conflict>, bool), SolveError> {
    let demands = demands(eligibility, program, scope);
    let all: Vec<usize> = (0..demands.len()).collect();
    let mut search = Explain { request, program, more, demands: &demands, sure: true };
    let found = search.explain(&[], false, &all)?;
    let sure = search.sure;
    let mut conflict: Vec<Conflict> = found.iter().map(|&demand| demands[demand].conflict.clone()).collect();
    conflict.sort();
    Ok((conflict, sure))
}

struct Explain<'e> {
    request: &'e Request<'e>,
    program: &'e Program,
    more: &'e [Row],
    demands: &'e [Demand],
    sure: bool,
}

impl Explain<'_> {
    /// A smallest part of `candidates` that contradicts `background`; `grown`: the background has just
    /// grown, so it may contradict itself.
    fn explain(
        &mut self,
        background: &[usize],
        grown: bool,
        candidates: &[usize],
    ) -> Result<Vec<usize>, SolveError> {
        if grown && !self.has_plan(background)? {
            return Ok(Vec::new());
        }
        if candidates.len() <= 1 {
            return Ok(candidates.to_vec());
        }
        let (first, second) = candidates.split_at(candidates.len() / 2);
        let with_first = [background, first].concat();
        let from_second = self.explain(&with_first, !first.is_empty(), second)?;
        let with_second = [background, &from_second].concat();
        let from_first = self.explain(&with_second, !from_second.is_empty(), first)?;
        Ok([from_first, from_second].concat())
    }

    /// Whether a plan meets these demands; where that stays open, it is taken to, and the set is not sure.
    fn has_plan(&mut self, demands: &[usize]) -> Result<bool, SolveError> {
        if (self.request.stop)() {
            self.sure = false;
            return Ok(true);
        }
        let program = keeping(self.program, self.demands, |at| demands.contains(&at));
        let mut target = Target { more: self.more.to_vec(), ..Target::feasibility(&program) };
        let answer = (self.request.runner)(&target.task(Search::integer(0, true, None), None))?;
        // Of large numbers floating point is not believed.
        let is_refuted = answer.outcome == Outcome::Infeasible
            && (is_small(&target) || refutation(self.request, &mut target).is_some());
        // A point that breaks a row is no plan, whatever the solver calls it.
        self.sure &= is_refuted || target.is_feasible(&answer.point);
        Ok(!is_refuted)
    }
}

/// The program with some of the demands.
fn keeping(program: &Program, demands: &[Demand], is_kept: impl Fn(usize) -> bool) -> Program {
    let rows = |wanted: bool| -> FixedBitSet {
        let some = demands.iter().enumerate().filter(|(at, _)| is_kept(*at) == wanted);
        some.flat_map(|(_, demand)| demand.rows.iter().copied()).collect()
    };
    let (kept, dropped) = (rows(true), rows(false));
    let mut program = program.clone();
    let mut at = 0..;
    program.rows.retain(|_| at.next().is_some_and(|at| !dropped.contains(at) || kept.contains(at)));
    program
}

/// Every demand of the planner's.
#[must_use]
pub fn all(eligibility: &Eligibility, program: &Program) -> Vec<Conflict> {
    let demands = demands(eligibility, program, Scope::Planner);
    let mut all: Vec<Conflict> = demands.into_iter().map(|demand| demand.conflict).collect();
    all.sort();
    all
}

/// The program with no other demands than a conflict's.
#[must_use]
pub fn with_only(eligibility: &Eligibility, program: &Program, conflict: &[Conflict]) -> Program {
    let demands = demands(eligibility, program, Scope::Planner);
    keeping(program, &demands, |at| conflict.contains(&demands[at].conflict))
}

/// A proof that no plan obeys the rows, where the cases come to one.
#[must_use]
pub fn refutation(request: &Request, target: &mut Target) -> Option<Tree> {
    let mut standing = Standing::new(None);
    let effort = Effort::of_relaxations(relaxations(target.objective.len()));
    let stop = || (request.stop)();
    let mut cases = Cases::new(target, &mut standing, effort, request.runner, &stop);
    let proof = cases.run(&Known::Open).ok().and_then(|()| cases.emptiness());
    proof.or_else(|| match exhaust::run(target, &mut standing, &stop) {
        exhaust::End::Empty(tree) => Some(tree),
        exhaust::End::Closed | exhaust::End::Open => None,
    })
}

/// The demands in the order in which they are kept out of the conflict where there is a choice: the
/// last are blamed first.
fn demands(eligibility: &Eligibility, program: &Program, scope: Scope) -> Vec<Demand> {
    let mut demands: Vec<Demand> = Vec::new();
    for (at, row) in program.rows.iter().enumerate() {
        let manifest = manifest_of(eligibility, &row.key);
        for conflict in manifest.into_iter().chain(demand_of(eligibility, &row.key, scope)) {
            match demands.iter_mut().find(|demand| demand.conflict == conflict) {
                Some(demand) => demand.rows.push(at),
                None => demands.push(Demand { conflict, rows: vec![at] }),
            }
        }
    }
    demands
}

/// The locked manifest that holds the unit of this row.
fn manifest_of(eligibility: &Eligibility, key: &RowKey) -> Option<Conflict> {
    let RowKey::Pin(unit, d) = *key else { return None };
    eligibility.held(unit).filter(|held| *held == d)?;
    let mut row = RowId::of(RowName::Pin);
    row.departure = Some(eligibility.scenario().departures[d.index()].id.clone());
    Some(Conflict::of(Rule::Manifest, row))
}

fn demand_of(eligibility: &Eligibility, key: &RowKey, scope: Scope) -> Option<Conflict> {
    let scenario = eligibility.scenario();
    let departure_id = |d: DepartureIdx| Some(scenario.departures[d.index()].id.clone());
    let link = |link: usize, kind: LinkKind| {
        let rule = match kind {
            LinkKind::SameDeparture => Rule::SameDeparture,
            LinkKind::AllOrNone => Rule::AllOrNone,
            LinkKind::AtMostOne => Rule::AtMostOne,
            LinkKind::Apart => Rule::Apart,
        };
        let mut row = RowId::of(RowName::AtMostOne);
        row.link = u32::try_from(link).ok();
        Some(Conflict::of(rule, row))
    };
    match *key {
        RowKey::Pin(unit, d) => {
            let mut row = RowId::of(RowName::Pin);
            row.departure = departure_id(d);
            row.unit = Some(scenario.units[unit.index()].id.clone());
            let is_pinned = scenario.pins.iter().any(|pin| pin.unit == unit && pin.departure == d);
            is_pinned.then(|| Conflict::of(Rule::Pin, row))
        }
        RowKey::Quota(quota, side) => {
            let mut row = RowId::of(RowName::Quota);
            row.name = Some(scenario.quotas[quota].name.clone());
            row.side = Some(side);
            Some(Conflict::of(Rule::Quota, row))
        }
        RowKey::SameDeparture { link: at, .. } => link(at, LinkKind::SameDeparture),
        RowKey::AllOrNone { link: at, .. } => link(at, LinkKind::AllOrNone),
        RowKey::AtMostOne { link: at } => link(at, LinkKind::AtMostOne),
        RowKey::Apart { link: at, .. } => link(at, LinkKind::Apart),
        RowKey::MinLoad(d) => {
            let mut row = RowId::of(RowName::MinLoad);
            row.departure = departure_id(d);
            Some(Conflict::of(Rule::MinLoad, row))
        }
        RowKey::Budget => Some(Conflict::of(Rule::Budget, RowId::of(RowName::Budget))),
        RowKey::Allotment(d, sponsor) if scope == Scope::Everything => {
            let mut row = RowId::of(RowName::Allotment);
            row.departure = departure_id(d);
            row.sponsor = Some(scenario.sponsors[sponsor.index()].clone());
            Some(Conflict::of(Rule::Allotment, row))
        }
        RowKey::Beds(place, day) if scope == Scope::Everything => {
            let mut row = RowId::of(RowName::Beds);
            row.place = Some(scenario.places[place.index()].id.clone());
            row.date = Some(day.to_string());
            Some(Conflict::of(Rule::Beds, row))
        }
        RowKey::Unit(_)
        | RowKey::Limit(..)
        | RowKey::Fill(..)
        | RowKey::Allotment(..)
        | RowKey::Aboard(..)
        | RowKey::Used(_)
        | RowKey::Beds(..)
        | RowKey::Level(_)
        | RowKey::Split(_)
        | RowKey::Cut(_) => None,
    }
}
