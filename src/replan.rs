//! A new plan from an old one, and the call sheet: who moves, who is off, who is new.
//!
//! Comes in: a changed scenario, the assignments of the plan before, the limits. Goes out: the best plan under
//! the same priorities that then disturbs as few people as possible ([`Scenario::levels`] puts `changes`
//! before the tie-breaks), or, to keep everybody who can be kept, the best of those that do so; and what
//! became of every unit of the old plan. Nothing of it is dropped silently.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::answer::Basis;
use crate::eligibility::{Eligibility, assess, is_locked};
use crate::plan::{Plan, ProofKind, Reason, Status};
use crate::rule::Rule;
use crate::scenario::{Baseline, DepartureIdx, Level, Levels, Measure, Scenario, Sense, UnitIdx, Was};
use crate::solve::{self, Request, Seating, Settled, Solution, SolveError, answer, forbidden_pins};

/// What of the old plan is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// What a locked manifest holds; the rest may move where a priority gains by it.
    Manifests,
    /// Every assignment that is still possible; where they are not possible together, as many persons as are.
    Everybody,
}

/// A new plan, and what it changes.
#[derive(Clone, Debug)]
pub struct Replanned {
    /// The plan.
    pub plan: Plan,
    /// Whether every priority level of the plan is proven, as its file says: among all plans, whatever is held.
    pub proven: bool,
    /// What it changes; empty where there is no plan.
    pub sheet: CallSheet,
}

/// Whom to call. Units are counted in `kept` and `by_sponsor`, persons in `changes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallSheet {
    /// Units that stay where they were.
    pub kept: i64,
    /// Units on another departure than before, by id.
    pub moved: Vec<Moved>,
    /// Units that had a departure and have none, by id.
    pub off: Vec<Off>,
    /// Units that had none and have one, by id.
    pub new: Vec<New>,
    /// Units of the old plan that the scenario no longer has, by id.
    pub gone: Vec<String>,
    /// Pins that eligibility forbids and that were left out.
    pub dropped_pins: Vec<DroppedPin>,
    /// Persons of units whose departure is another, or none.
    pub changes: i64,
    /// What holding everybody costs: each level's value less that of the plan that is free to move them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_costs: Option<Vec<Cost>>,
    /// By sponsor; the units that have none come last.
    pub by_sponsor: Vec<OfSponsor>,
    /// `resolved` where every level is proven.
    pub basis: Basis,
}

/// Why a unit cannot be where it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The tests that bar it from where it was; absent where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub barred: Vec<Rule>,
    /// Whether the manifest there had closed, so that it should have stayed; absent where not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

/// A unit that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its id.
    pub unit: String,
    /// The departure before.
    pub from: String,
    /// The departure now.
    pub to: String,
    /// How many persons.
    pub persons: i64,
    /// Whom to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<String>,
    /// Why it could not stay, if it could not.
    #[serde(flatten)]
    pub lost: Lost,
}

/// A unit that travels no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Off {
    /// Its id.
    pub unit: String,
    /// The departure before.
    pub from: String,
    /// How many persons.
    pub persons: i64,
    /// Whom to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<String>,
    /// Why it waits, as the plan has it.
    pub reason: Reason,
    /// Why it could not stay, if it could not.
    #[serde(flatten)]
    pub lost: Lost,
}

/// A unit that travels now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct New {
    /// Its id.
    pub unit: String,
    /// The departure.
    pub to: String,
    /// How many persons.
    pub persons: i64,
    /// Whom to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<String>,
}

/// A pin that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DroppedPin {
    /// Who was to be there.
    pub unit: String,
    /// Where.
    pub departure: String,
    /// The tests that fail.
    pub barred: Vec<Rule>,
    /// Where it stands in the scenario's list.
    #[serde(skip)]
    pub position: usize,
}

/// What a level loses or gains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// The level's name.
    pub name: String,
    /// Its value less that of the free plan.
    pub change: i64,
}

/// The units of a sponsor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfSponsor {
    /// Absent for units that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<String>,
    /// Units that stay.
    pub kept: i64,
    /// Units that move.
    pub moved: i64,
    /// Units that travel no more.
    pub off: i64,
    /// Units that travel now.
    pub new: i64,
}

/// Takes the pins that eligibility forbids out of the scenario, and names them.
pub fn drop_forbidden_pins(scenario: &mut Scenario, baseline: Option<&Baseline>) -> Vec<DroppedPin> {
    let forbidden = forbidden_pins(&assess(scenario, baseline));
    let dropped = forbidden.iter().map(|(position, rules)| {
        let pin = scenario.pins[*position];
        DroppedPin {
            unit: scenario.units[pin.unit.index()].id.clone(),
            departure: scenario.departures[pin.departure.index()].id.clone(),
            barred: rules.clone(),
            position: *position,
        }
    });
    let dropped = dropped.collect();
    let positions: BTreeSet<usize> = forbidden.into_iter().map(|(position, _)| position).collect();
    let mut position = 0;
    scenario.pins.retain(|_| {
        position += 1;
        !positions.contains(&(position - 1))
    });
    dropped
}

/// The new plan and its call sheet. `before` are the assignments of the old plan as `(unit, departure)`;
/// `request.baseline` is the same, resolved. `digest` is that of the scenario's bytes.
///
/// # Errors
/// Where a pin is forbidden by eligibility (see [`drop_forbidden_pins`]), or the solver fails.
pub fn replan(
    request: &Request,
    digest: &str,
    before: &[(String, String)],
    hold: Hold,
) -> Result<Replanned, SolveError> {
    let free = solve::solve(request, digest)?;
    let levels = request.scenario.levels(request.baseline);
    let proven =
        |plan: &Plan| plan.levels.iter().take(levels.priority).all(|level| level.proven == Some(true));
    let has_plan = matches!(free.status, Status::Optimal | Status::Feasible);
    let eligibility = assess(request.scenario, request.baseline);
    if hold == Hold::Manifests || !has_plan {
        let all = free.status == Status::Optimal;
        let sheet = call_sheet(&eligibility, before, &free, all);
        return Ok(Replanned { proven: has_plan && proven(&free), sheet, plan: free });
    }
    let Some((on, settled)) = held(request, &eligibility, &levels)? else {
        // Stopped before there was a plan that holds everybody: the free one is no answer to what was asked.
        let plan = Plan { status: Status::Unknown, levels: Vec::new(), assignments: Vec::new(), ..free };
        let plan = Plan { unseated: Vec::new(), departures: Vec::new(), certificate: None, ..plan };
        return Ok(Replanned { proven: false, sheet: call_sheet(&eligibility, before, &plan, false), plan });
    };
    let plan = answer::kept(&eligibility, request.baseline, &levels, &on, &free);
    let is_proven = |settled: &Settled| settled.proof != ProofKind::None;
    let all = settled.iter().all(is_proven) && free.status == Status::Optimal;
    let mut sheet = call_sheet(&eligibility, before, &plan, all);
    // What is not proven of either plan says nothing about the cost.
    let priced = settled
        .iter()
        .zip(&free.levels)
        .take_while(|(held, free)| is_proven(held) && free.proven == Some(true));
    let cost = |(now, was): (&crate::plan::LevelResult, &crate::plan::LevelResult)| Cost {
        name: now.name.clone(),
        change: now.value - was.value,
    };
    let pairs = plan.levels.iter().zip(&free.levels).take(priced.count());
    sheet.kept_costs = Some(pairs.map(cost).collect());
    Ok(Replanned { proven: proven(&plan), sheet, plan })
}

/// The best plan of those that keep every assignment that is still possible. Where they are not possible
/// together it is the best of those that keep as many persons as can be kept.
fn held(
    request: &Request,
    eligibility: &Eligibility,
    levels: &Levels,
) -> Result<Option<(Seating, Vec<Settled>)>, SolveError> {
    let possible = possible(eligibility, request.baseline);
    let holding = assess(request.scenario, request.baseline).holding(&possible);
    match solve::search(request, &holding, levels)? {
        Solution::Found { on, levels } => Ok(Some((on, levels))),
        Solution::Unknown => Ok(None),
        Solution::Infeasible { .. } => {
            let first = Level {
                name: "kept".into(),
                sense: Sense::Minimize,
                measure: Measure::Changes,
                tolerance: 0,
            };
            let all = std::iter::once(first).chain(levels.all.iter().cloned()).collect();
            match solve::search(request, eligibility, &Levels { all, priority: levels.priority + 1 })? {
                Solution::Found { on, levels } => {
                    let proven = levels[0].proof != ProofKind::None;
                    Ok(Some((on, levels.into_iter().skip(usize::from(proven)).collect())))
                }
                Solution::Unknown | Solution::Infeasible { .. } => Ok(None),
            }
        }
    }
}

/// The old assignments that eligibility allows, but for what a pin says of the unit; by [`UnitIdx`].
fn possible(eligibility: &Eligibility, baseline: Option<&Baseline>) -> Vec<Option<DepartureIdx>> {
    let scenario = eligibility.scenario();
    let pinned: BTreeMap<UnitIdx, DepartureIdx> =
        scenario.pins.iter().map(|pin| (pin.unit, pin.departure)).collect();
    let of = |u: usize| {
        let u = UnitIdx::new(u);
        match baseline.map(|baseline| baseline.was[u.index()]) {
            Some(Was::On(d)) if eligibility.is_open(u, d) => {
                Some(d).filter(|d| pinned.get(&u).is_none_or(|to| to == d))
            }
            _ => None,
        }
    };
    (0..scenario.units.len()).map(of).collect()
}

/// What `plan` changes of the assignments `before`.
fn call_sheet(
    eligibility: &Eligibility,
    before: &[(String, String)],
    plan: &Plan,
    proven: bool,
) -> CallSheet {
    let mut draft = Draft::new(eligibility, plan, proven);
    let was: BTreeMap<&str, &str> = before.iter().map(|(u, d)| (u.as_str(), d.as_str())).collect();
    let has_plan = matches!(plan.status, Status::Optimal | Status::Feasible);
    let mut units: Vec<usize> = (0..eligibility.scenario().units.len()).collect();
    units.sort_by_key(|&u| &eligibility.scenario().units[u].id);
    for u in units.into_iter().filter(|_| has_plan).map(UnitIdx::new) {
        let id = eligibility.scenario().units[u.index()].id.as_str();
        draft.unit(u, was.get(id).copied());
    }
    let known: BTreeSet<&str> = eligibility.scenario().units.iter().map(|unit| unit.id.as_str()).collect();
    draft.sheet.gone = was.keys().filter(|id| !known.contains(*id)).map(|id| (*id).to_owned()).collect();
    draft.sheet.by_sponsor =
        draft.by_sponsor.into_values().filter(|one| one.kept + one.moved + one.off + one.new > 0).collect();
    draft.sheet
}

/// A call sheet that is being filled.
struct Draft<'s> {
    eligibility: &'s Eligibility<'s>,
    /// Where the plan has each unit.
    on: BTreeMap<&'s str, &'s str>,
    reasons: BTreeMap<&'s str, &'s Reason>,
    departures: BTreeMap<&'s str, usize>,
    /// By whether there is a sponsor (those that have none are last), then its name.
    by_sponsor: BTreeMap<(bool, Option<String>), OfSponsor>,
    sheet: CallSheet,
}

impl<'s> Draft<'s> {
    fn new(eligibility: &'s Eligibility<'s>, plan: &'s Plan, proven: bool) -> Self {
        let departures = &eligibility.scenario().departures;
        Self {
            eligibility,
            on: plan.assignments.iter().map(|one| (one.unit.as_str(), one.departure.as_str())).collect(),
            reasons: plan.unseated.iter().map(|one| (one.unit.as_str(), &one.reason)).collect(),
            departures: departures.iter().enumerate().map(|(d, one)| (one.id.as_str(), d)).collect(),
            by_sponsor: BTreeMap::new(),
            sheet: CallSheet {
                kept: 0,
                moved: Vec::new(),
                off: Vec::new(),
                new: Vec::new(),
                gone: Vec::new(),
                dropped_pins: Vec::new(),
                changes: 0,
                kept_costs: None,
                by_sponsor: Vec::new(),
                basis: if proven { Basis::Resolved } else { Basis::NotProven },
            },
        }
    }

    /// Enters what becomes of one unit.
    fn unit(&mut self, u: UnitIdx, was: Option<&str>) {
        let scenario = self.eligibility.scenario();
        let family = &scenario.units[u.index()];
        let sponsor = family.sponsor.map(|sponsor| scenario.sponsors[sponsor.index()].clone());
        let persons = i64::try_from(family.persons.len()).expect("lists are shorter than 2^63");
        let unit = family.id.clone();
        let now = self.on.get(unit.as_str()).map(|to| (*to).to_owned());
        let lost = was.map(|from| self.lost(u, from)).unwrap_or_default();
        let reason = self.reasons.get(unit.as_str()).map(|reason| (*reason).clone());
        let group = self
            .by_sponsor
            .entry((sponsor.is_none(), sponsor.clone()))
            .or_insert_with(|| OfSponsor { sponsor: sponsor.clone(), ..OfSponsor::default() });
        let sheet = &mut self.sheet;
        match (was.map(str::to_owned), now) {
            (None, None) => {}
            (Some(from), Some(to)) if from == to => {
                sheet.kept += 1;
                group.kept += 1;
            }
            (Some(from), Some(to)) => {
                sheet.changes += persons;
                group.moved += 1;
                sheet.moved.push(Moved { unit, from, to, persons, sponsor, lost });
            }
            (Some(from), None) => {
                sheet.changes += persons;
                group.off += 1;
                let reason = reason.unwrap_or(Reason::of(crate::plan::ReasonKind::NotProven));
                sheet.off.push(Off { unit, from, persons, sponsor, reason, lost });
            }
            (None, Some(to)) => {
                group.new += 1;
                sheet.new.push(New { unit, to, persons, sponsor });
            }
        }
    }

    fn lost(&self, u: UnitIdx, from: &str) -> Lost {
        let Some(&d) = self.departures.get(from) else { return Lost::default() };
        let departure = &self.eligibility.scenario().departures[d];
        Lost {
            barred: self.eligibility.barred(u, DepartureIdx::new(d)),
            locked: is_locked(self.eligibility.scenario(), departure),
        }
    }
}
