//! What putting a unit on a departure would cost, by level, and whom it would displace.

use serde::Serialize;

use super::barred::{self, Barred};
use super::missed;
use super::optimum::{Failure, seating};
use crate::answer::Basis;
use crate::classes;
use crate::eligibility::{self, Eligibility};
use crate::model::{self, measure::objectives};
use crate::plan::{Conflict, Plan, Status};
use crate::scenario::{Baseline, DepartureIdx, Pin, UnitIdx};
use crate::solve::conflict::{self, Scope};
use crate::solve::{self, Request, SolveError, answer};

/// A level before and with the pin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelWith {
    /// Its name.
    pub name: String,
    /// What the given plan has.
    pub value: i64,
    /// What the best plan with the unit there has.
    pub with: i64,
    /// `with` less `value`.
    pub change: i64,
}

/// A unit that changes departures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its id.
    pub unit: String,
    /// Where the given plan has it.
    pub from: String,
    /// Where it would be.
    pub to: String,
}

/// What it would mean to have a unit on a departure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Its id.
    pub unit: String,
    /// The departure's id.
    pub departure: String,
    /// Whether any plan has it there.
    pub possible: bool,
    /// The tests that bar it.
    pub barred: Vec<Barred>,
    /// Where nothing bars it and still no plan has it there: what excludes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Vec<Conflict>>,
    /// As far as they are proven.
    pub levels: Vec<LevelWith>,
    /// Units of the given plan that would wait.
    pub displaced: Vec<String>,
    /// Units of the given plan that would travel on another departure.
    pub moved: Vec<Moved>,
    /// Units that would travel and wait in the given plan.
    pub newly_seated: Vec<String>,
    /// How it is known.
    pub basis: Basis,
}

/// Solves from the given plan with a pin of `unit` to `d`. `digest` is that of the scenario file's bytes.
///
/// # Errors
/// Where the solver fails or nothing was found in time.
pub fn ask(
    request: &Request,
    digest: &str,
    plan: &Plan,
    unit: UnitIdx,
    d: DepartureIdx,
) -> Result<Asked, Failure> {
    let scenario = request.scenario;
    let pairs = plan.assignments.iter().map(|pair| (pair.unit.as_str(), pair.departure.as_str()));
    let from = Baseline::resolve(digest.into(), pairs, scenario);
    let eligibility = eligibility::assess(scenario, Some(&from));
    let mut asked = Asked {
        unit: scenario.units[unit.index()].id.clone(),
        departure: scenario.departures[d.index()].id.clone(),
        possible: false,
        barred: barred::barred(&eligibility, unit, d),
        conflict: None,
        levels: Vec::new(),
        displaced: Vec::new(),
        moved: Vec::new(),
        newly_seated: Vec::new(),
        basis: Basis::Certified,
    };
    if !asked.barred.is_empty() {
        return Ok(asked);
    }
    let mut pinned = scenario.clone();
    let pin = Pin { unit, departure: d };
    if !pinned.pins.contains(&pin) {
        pinned.pins.push(pin);
    }
    let from_plan = Request { baseline: Some(&from), ..*request };
    let request = Request { scenario: &pinned, ..from_plan };
    let with = solve::solve(&request, digest)?;
    match with.status {
        Status::Infeasible => asked.conflict = Some(excluding(&from_plan, &eligibility, unit, d)?),
        Status::Unknown => return Err(Failure::Unknown),
        Status::Optimal | Status::Feasible | Status::Recorded => compare(&request, plan, &with, &mut asked),
    }
    if asked.conflict.is_some() {
        asked.basis = Basis::Resolved;
    }
    Ok(asked)
}

/// Demands of the scenario, beds and allotments among them, that no plan with the unit there meets together.
fn excluding(
    request: &Request,
    eligibility: &Eligibility,
    unit: UnitIdx,
    d: DepartureIdx,
) -> Result<Vec<Conflict>, SolveError> {
    let classes = classes::singletons(eligibility);
    let program = model::build(eligibility, &classes, &[]);
    let class = classes.iter().position(|class| class.representative() == unit);
    let there = missed::aboard(class.and_then(|class| super::column(&program, class, d)).into_iter());
    Ok(conflict::irreducible(request, eligibility, &program, &[there], Scope::Everything)?.0)
}

fn compare(request: &Request, plan: &Plan, with: &Plan, asked: &mut Asked) {
    let scenario = request.scenario;
    let eligibility = eligibility::assess(scenario, request.baseline);
    let levels = scenario.levels(request.baseline);
    let (before, after) = (seating(request, plan), seating(request, with));
    let is_proven = with.levels.iter().all(|level| level.proven == Some(true));
    asked.possible = true;
    asked.basis = if is_proven { Basis::Resolved } else { Basis::NotProven };
    for (objective, level) in objectives(scenario, request.baseline, &levels).iter().zip(&with.levels) {
        if level.proven != Some(true) {
            break;
        }
        let value = answer::value(&eligibility, objective, &before);
        let (name, with) = (level.name.clone(), level.value);
        asked.levels.push(LevelWith { name, value, with, change: with - value });
    }
    let id = |d: DepartureIdx| scenario.departures[d.index()].id.clone();
    let mut units: Vec<usize> = (0..scenario.units.len()).collect();
    units.sort_by(|&a, &b| scenario.units[a].id.cmp(&scenario.units[b].id));
    for u in units {
        let unit = scenario.units[u].id.clone();
        match (before[u], after[u]) {
            (Some(_), None) => asked.displaced.push(unit),
            (None, Some(_)) => asked.newly_seated.push(unit),
            (Some(from), Some(to)) if from != to => {
                asked.moved.push(Moved { unit, from: id(from), to: id(to) });
            }
            _ => {}
        }
    }
}
