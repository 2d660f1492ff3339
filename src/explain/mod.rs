//! Why a unit waits, why it is where it is, and what putting it elsewhere would cost.
//!
//! Comes in: a scenario and a plan of it. Goes out: for each unit one reason, exactly as the page of the
//! answers defines it. Prices bound what having a unit aboard would cost ([`prices`]), plans near the plan at
//! hand show most of these bounds to be exact ([`swap`]), exact re-solves settle the rest ([`missed`]). It must
//! not know how an answer is printed.

pub mod asked;
pub mod barred;
mod changes;
pub mod missed;
pub mod odds;
pub mod optimum;
mod part;
pub mod prices;
pub mod sentences;
pub mod swap;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::answer::Basis;
use crate::model::{Column, Program};
use crate::plan::{Conflict, Plan, Reason, ReasonKind};
use crate::scenario::{DepartureIdx, Scenario, UnitIdx};
use crate::solve::conflict::{self, Scope};
use crate::solve::{Request, Seating, SolveError, answer};
use barred::BarredDeparture;
use missed::{Field, Forced, Missed};
use odds::Odds;
use optimum::{Failure, Optimum};
use sentences::FirstOpen;

/// Whether a unit travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits.
    Waiting,
    /// It travels.
    Seated,
}

/// A reason, with what only an explanation adds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// As in the plan file.
    #[serde(flatten)]
    pub reason: Reason,
    /// Of `never_possible`, for a named unit: every failed test of every departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departures: Option<Vec<BarredDeparture>>,
    /// Of `lost_draw`, where the lottery decided and draws were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odds: Option<Odds>,
    /// Of `not_proven`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<StoppedBy>,
}

/// What left a reason open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoppedBy {
    /// The time limit, or an interrupt.
    Limit,
    /// A search that ended without a proof.
    Search,
}

/// A departure that a seated unit might rather be on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// Its id.
    pub departure: String,
    /// The first level that a plan with the unit there cannot keep; absent if one keeps them all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// By how much the best such plan misses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<i64>,
    /// Where no plan has it there at all: what excludes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Vec<Conflict>>,
    /// How that is known.
    pub basis: Basis,
}

/// What is said of one unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// Its id.
    pub unit: String,
    /// Whether it travels.
    pub state: State,
    /// On which departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<String>,
    /// Why it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Why>,
    /// Of a seated unit: the open departures that leave earlier or that a level values more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_here: Option<Vec<Elsewhere>>,
    /// Could be read to the family.
    pub statement: String,
    /// How it is known.
    pub basis: Basis,
}

/// Which units are asked about.
#[derive(Clone, Copy, Debug)]
pub enum About<'q> {
    /// All that wait.
    Waiting,
    /// These, by position in the scenario.
    Named(&'q [UnitIdx]),
}

/// What is asked.
pub struct Question<'q, 'a> {
    /// The scenario, and who runs searches.
    pub request: &'q Request<'a>,
    /// The digest of the scenario file's bytes.
    pub digest: &'q str,
    /// The plan in which the units wait.
    pub plan: &'q Plan,
    /// Whom it is about.
    pub about: About<'q>,
    /// Fresh draws of the lottery to play.
    pub draws: u64,
}

/// Explains each unit asked about, by id.
///
/// # Errors
/// Where nothing can be said: see [`Failure`].
pub fn explain(question: &Question) -> Result<Vec<Explained>, Failure> {
    let optimum = optimum::optimum(question.request, question.digest, question.plan)?;
    let here = optimum::fitting(question.request, question.plan)?;
    let scenario = question.request.scenario;
    let mut units: Vec<UnitIdx> = match question.about {
        About::Named(units) => units.to_vec(),
        About::Waiting => (0..here.len()).filter(|&u| here[u].is_none()).map(UnitIdx::new).collect(),
    };
    units.sort_by(|a, b| scenario.units[a.index()].id.cmp(&scenario.units[b.index()].id));
    units.dedup();
    let waiting: Vec<UnitIdx> = units.iter().copied().filter(|unit| here[unit.index()].is_none()).collect();
    let mut reasons = reasons(question, &optimum, &waiting)?;
    if question.draws > 0 {
        odds::play(question, &optimum, &mut reasons)?;
    }
    let seated: Vec<UnitIdx> = units.iter().copied().filter(|unit| here[unit.index()].is_some()).collect();
    let mut elsewhere = elsewhere(question, &optimum, &here, &seated)?;
    let explained = |unit: UnitIdx| match here[unit.index()] {
        None => waits(question, &optimum, unit, reasons.remove(&unit)),
        Some(d) => travels(&optimum, unit, d, elsewhere.remove(&unit).unwrap_or_default()),
    };
    Ok(units.iter().copied().map(explained).collect())
}

/// A reason and how it is known.
type Told = (Why, Basis);

fn waits(question: &Question, optimum: &Optimum, unit: UnitIdx, known: Option<Told>) -> Explained {
    let scenario = question.request.scenario;
    let (mut why, basis) = known.unwrap_or_else(|| open(question));
    let named = matches!(question.about, About::Named(_));
    if named && why.reason.kind == ReasonKind::NeverPossible {
        why.departures = Some(barred::departures(&optimum.eligibility, unit));
    }
    Explained {
        unit: scenario.units[unit.index()].id.clone(),
        state: State::Waiting,
        departure: None,
        statement: statement(optimum, &why.reason),
        reason: Some(why),
        why_here: None,
        basis,
    }
}

fn travels(optimum: &Optimum, unit: UnitIdx, d: DepartureIdx, why_here: Vec<Elsewhere>) -> Explained {
    let scenario = optimum.eligibility.scenario();
    let departure = &scenario.departures[d.index()];
    let earlier = |other: DepartureIdx| scenario.departures[other.index()].departs < departure.departs;
    let is_first = !optimum.eligibility.departures(unit).any(earlier);
    let is_proven = why_here.iter().all(|elsewhere| elsewhere.basis != Basis::NotProven);
    let resolved = why_here.iter().any(|elsewhere| elsewhere.basis == Basis::Resolved);
    Explained {
        unit: scenario.units[unit.index()].id.clone(),
        state: State::Seated,
        departure: Some(departure.id.clone()),
        reason: None,
        why_here: Some(why_here),
        statement: sentences::seated(departure, if is_first { FirstOpen::Yes } else { FirstOpen::No }),
        basis: match (is_proven, resolved) {
            (false, _) => Basis::NotProven,
            (true, true) => Basis::Resolved,
            (true, false) => Basis::Certified,
        },
    }
}

fn statement(optimum: &Optimum, reason: &Reason) -> String {
    let level = |name: &str| optimum.levels.all.iter().find(|level| level.name == name);
    match reason.kind {
        ReasonKind::NeverPossible => sentences::never_possible(
            reason
                .smallest_change
                .as_ref()
                .map(|change| (change.departure.as_str(), change.rules.as_slice())),
        ),
        ReasonKind::Blocked => sentences::blocked(),
        ReasonKind::Outranked => {
            sentences::outranked(&crate::diagnostic::printable(reason.level.as_deref().unwrap_or_default()))
        }
        ReasonKind::LostDraw => sentences::lost_draw(reason.level.as_deref().and_then(level)),
        ReasonKind::NotProven => sentences::not_proven(),
        ReasonKind::NoShow => sentences::no_show(),
    }
}

fn open(question: &Question) -> Told {
    let stopped_by = if (question.request.stop)() { StoppedBy::Limit } else { StoppedBy::Search };
    let reason = Reason::of(ReasonKind::NotProven);
    let why = Why { reason, departures: None, odds: None, stopped_by: Some(stopped_by) };
    (why, Basis::NotProven)
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        Self { reason, departures: None, odds: None, stopped_by: None }
    }
}

/// The reason of each waiting unit; units that are alike share one search.
fn reasons(
    question: &Question,
    optimum: &Optimum,
    waiting: &[UnitIdx],
) -> Result<FxHashMap<UnitIdx, Told>, SolveError> {
    let mut reasons: FxHashMap<UnitIdx, Told> = FxHashMap::default();
    let mut possible = Vec::new();
    let absent: FxHashSet<&str> = question.plan.no_shows().collect();
    for &unit in waiting {
        // No draw and no priority kept off who did not come.
        let did_not_come = absent.contains(question.request.scenario.units[unit.index()].id.as_str());
        let reason = if did_not_come {
            Reason::of(ReasonKind::NoShow)
        } else {
            answer::reason(&optimum.eligibility, unit)
        };
        if matches!(reason.kind, ReasonKind::NeverPossible | ReasonKind::NoShow) {
            reasons.insert(unit, (reason.into(), Basis::Certified));
        } else {
            possible.push(unit);
        }
    }
    if possible.is_empty() {
        return Ok(reasons);
    }
    let priority = optimum.priority();
    let (classes, program) = missed::program(optimum, priority);
    let field = Field::new(question.request, optimum, classes, &program, priority);
    let by_class = by_class(&field, &possible, 0)?;
    let mut drawn = Vec::new();
    for &unit in &possible {
        let Some(class) = field.class(unit) else { continue };
        let known = match &by_class[&class] {
            Missed::None(_) if optimum.is_complete() => {
                drawn.push(unit);
                continue;
            }
            Missed::None(_) | Missed::Open => open(question),
            Missed::Level(level, loss, basis) => {
                let mut reason = Reason::of(ReasonKind::Outranked);
                reason.level = Some(optimum.objectives[*level].name.clone());
                reason.loss = Some(*loss);
                (reason.into(), *basis)
            }
            Missed::Blocked => blocked(question, optimum, &field, class)?,
        };
        reasons.insert(unit, known);
    }
    let kept = |unit: UnitIdx| match field.class(unit).map(|class| &by_class[&class]) {
        Some(Missed::None(basis)) => *basis,
        _ => Basis::Resolved,
    };
    draws(question, optimum, &drawn, kept, &mut reasons)?;
    Ok(reasons)
}

/// Asks once for each class that the units are in.
fn by_class(field: &Field, units: &[UnitIdx], from: usize) -> Result<FxHashMap<usize, Missed>, SolveError> {
    let mut classes: Vec<usize> = units.iter().filter_map(|&unit| field.class(unit)).collect();
    classes.sort_unstable();
    classes.dedup();
    let asks: Vec<Forced> = classes.iter().map(|&class| Forced { class, column: None }).collect();
    let missed = field.first_missed(&asks, from)?;
    Ok(classes.into_iter().zip(missed).collect())
}

fn blocked(question: &Question, optimum: &Optimum, field: &Field, class: usize) -> Result<Told, SolveError> {
    let forced = [field.forced(Forced { class, column: None })];
    let (conflict, _) = conflict::irreducible(
        question.request,
        &optimum.eligibility,
        field.program,
        &forced,
        Scope::Everything,
    )?;
    let mut reason = Reason::of(ReasonKind::Blocked);
    reason.conflict = Some(conflict);
    Ok((reason.into(), Basis::Resolved))
}

/// The first tie-break that went against each of these units, all of which some best plan seats.
fn draws(
    question: &Question,
    optimum: &Optimum,
    units: &[UnitIdx],
    kept: impl Fn(UnitIdx) -> Basis,
    reasons: &mut FxHashMap<UnitIdx, Told>,
) -> Result<(), SolveError> {
    let (from, to) = (optimum.priority(), optimum.bests.len());
    let lost = |level: Option<usize>, basis: Basis| -> Told {
        let mut reason = Reason::of(ReasonKind::LostDraw);
        reason.level = level.map(|level| optimum.objectives[level].name.clone());
        (reason.into(), basis)
    };
    if units.is_empty() || from == to {
        reasons.extend(units.iter().map(|&unit| (unit, lost(None, kept(unit)))));
        return Ok(());
    }
    let (classes, program) = missed::program(optimum, to);
    let field = Field::new(question.request, optimum, classes, &program, to);
    let by_class = by_class(&field, units, from)?;
    for &unit in units {
        let missed = field.class(unit).map(|class| &by_class[&class]);
        let known = match missed {
            Some(Missed::Level(level, _, basis)) => lost(Some(*level), weaker(kept(unit), *basis)),
            Some(Missed::None(basis)) => lost(None, weaker(kept(unit), *basis)),
            Some(Missed::Blocked | Missed::Open) | None => lost(None, kept(unit)),
        };
        reasons.insert(unit, known);
    }
    Ok(())
}

const fn weaker(a: Basis, b: Basis) -> Basis {
    if matches!((a, b), (Basis::Certified, Basis::Certified)) { Basis::Certified } else { Basis::Resolved }
}

/// For each seated unit what moving it to an earlier or better valued departure would cost.
fn elsewhere(
    question: &Question,
    optimum: &Optimum,
    here: &Seating,
    seated: &[UnitIdx],
) -> Result<FxHashMap<UnitIdx, Vec<Elsewhere>>, SolveError> {
    let mut all: FxHashMap<UnitIdx, Vec<Elsewhere>> = FxHashMap::default();
    if seated.is_empty() {
        return Ok(all);
    }
    let to = optimum.bests.len();
    let (classes, program) = missed::program(optimum, to);
    let field = Field::new(question.request, optimum, classes, &program, to);
    let mut asks = Vec::new();
    for &unit in seated {
        let (Some(class), Some(now)) = (field.class(unit), here[unit.index()]) else { continue };
        let columns = attractive(optimum, unit, now).into_iter();
        asks.extend(columns.filter_map(|d| Some((unit, d, column(&program, class, d)?, class))));
        all.insert(unit, Vec::new());
    }
    let forced: Vec<Forced> =
        asks.iter().map(|&(_, _, column, class)| Forced { class, column: Some(column) }).collect();
    let missed = field.first_missed(&forced, 0)?;
    for (((unit, d, ..), asked), missed) in asks.into_iter().zip(forced).zip(missed) {
        let found = moved(question, optimum, &field, asked, (d, missed))?;
        all.entry(unit).or_default().push(found);
    }
    Ok(all)
}

/// The open departures that leave before `now`, or that a level values more for the unit, by time.
fn attractive(optimum: &Optimum, unit: UnitIdx, now: DepartureIdx) -> Vec<DepartureIdx> {
    let eligibility = &optimum.eligibility;
    let scenario: &Scenario = eligibility.scenario();
    let departs = |d: DepartureIdx| scenario.departures[d.index()].departs;
    let is_better = |d: DepartureIdx| {
        let more = |objective: &crate::model::measure::Objective| {
            let gain =
                objective.coefficient(eligibility, unit, d) - objective.coefficient(eligibility, unit, now);
            match objective.sense {
                crate::scenario::Sense::Maximize => gain > 0,
                crate::scenario::Sense::Minimize => gain < 0,
            }
        };
        departs(d) < departs(now) || optimum.objectives.iter().any(more)
    };
    let by_time = scenario.departures_by_time().into_iter();
    by_time.filter(|&d| d != now && eligibility.is_open(unit, d) && is_better(d)).collect()
}

fn column(program: &Program, class: usize, d: DepartureIdx) -> Option<usize> {
    program.of_class[class].clone().find(|&c| matches!(program.columns[c], Column::Board(_, at) if at == d))
}

fn moved(
    question: &Question,
    optimum: &Optimum,
    field: &Field,
    asked: Forced,
    (d, missed): (DepartureIdx, Missed),
) -> Result<Elsewhere, SolveError> {
    let departure = optimum.eligibility.scenario().departures[d.index()].id.clone();
    let mut elsewhere =
        Elsewhere { departure, level: None, loss: None, conflict: None, basis: Basis::NotProven };
    match missed {
        Missed::None(basis) => elsewhere.basis = basis,
        Missed::Level(level, loss, basis) => {
            elsewhere.level = Some(optimum.objectives[level].name.clone());
            elsewhere.loss = Some(loss);
            elsewhere.basis = basis;
        }
        Missed::Blocked => {
            let forced = [field.forced(asked)];
            let (request, eligibility) = (question.request, &optimum.eligibility);
            let (conflict, _) =
                conflict::irreducible(request, eligibility, field.program, &forced, Scope::Everything)?;
            elsewhere.conflict = Some(conflict);
            elsewhere.basis = Basis::Resolved;
        }
        Missed::Open => {}
    }
    Ok(elsewhere)
}
