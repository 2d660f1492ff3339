//! What the best plans of a scenario reach: the rows that every reason refers to.
//!
//! A plan whose claims all hold says so itself; of any other (a plan from somebody else, one that was
//! stopped, one of another file) the scenario is solved.

use crate::certificate::Entry;
use crate::check;
use crate::eligibility::{self, Eligibility};
use crate::model::measure::{Objective, objectives};
use crate::plan::{Conflict, Plan, ProofKind, Status};
use crate::scenario::{DepartureIdx, Levels};
use crate::solve::{self, Request, Seating, SolveError};

/// Why nothing can be said of a scenario.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The solve failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// No plan obeys the rules: what contradicts itself, and whether that set is irreducible.
    #[error("no plan obeys the rules")]
    Infeasible(Vec<Conflict>, bool),
    /// Those whom the plan seats break the scenario's rules: what is said of their places would be wrong.
    #[error("the plan does not fit the scenario: `check` says where, `replan` makes one that does")]
    Misfit,
    /// Stopped before any plan was known.
    #[error("stopped before a plan was known")]
    Unknown,
}

/// What the levels reach at best, and a plan that reaches it.
#[derive(Debug)]
pub struct Optimum<'a> {
    /// Who may board what.
    pub eligibility: Eligibility<'a>,
    /// In order.
    pub levels: Levels,
    /// In order.
    pub objectives: Vec<Objective>,
    /// The best of the leading levels that are proven.
    pub bests: Vec<i64>,
    /// Whether each of those is certified.
    pub certified: Vec<bool>,
    /// A plan that keeps the proven levels: by unit.
    pub on: Seating,
    /// The proofs.
    pub certificate: Vec<Entry>,
    /// The plan that says so.
    pub plan: Plan,
}

/// What the best plans reach, by `plan` where all it claims holds and its priority levels are proven, else
/// by a solve. `digest` is that of the scenario file's bytes.
///
/// # Errors
/// Where the scenario has to be solved and has no plan, or none was found in time.
pub fn optimum<'a>(request: &Request<'a>, digest: &str, plan: &Plan) -> Result<Optimum<'a>, Failure> {
    let levels = request.scenario.levels(request.baseline);
    let is_proven = plan.levels.len() == levels.all.len()
        && plan.levels.iter().take(levels.priority.max(1)).all(|level| level.proven == Some(true))
        && check::check(request.scenario, digest, request.baseline, plan).is_clean();
    let plan = if is_proven { plan.clone() } else { solve::solve(request, digest)? };
    match plan.status {
        Status::Infeasible => {
            let reduced = plan.conflict_reduced == Some(true);
            return Err(Failure::Infeasible(plan.conflict.unwrap_or_default(), reduced));
        }
        Status::Unknown => return Err(Failure::Unknown),
        Status::Optimal | Status::Feasible | Status::Recorded => {}
    }
    let proven = plan.levels.iter().take_while(|level| level.proven == Some(true));
    let (bests, certified) =
        proven.filter_map(|level| Some((level.best?, level.proof == Some(ProofKind::Certified)))).unzip();
    Ok(Optimum {
        eligibility: eligibility::assess(request.scenario, request.baseline),
        objectives: objectives(request.scenario, request.baseline, &levels),
        levels,
        bests,
        certified,
        on: seating(request, &plan),
        certificate: plan.certificate.clone().unwrap_or_default(),
        plan,
    })
}

/// Where each unit is in a plan that is asked about; what is said of places that the rules forbid would be wrong. A
/// record is of what happened.
///
/// # Errors
/// Where the seats that the plan gives break the scenario's rules, the time of day apart.
pub fn fitting(request: &Request, plan: &Plan) -> Result<Seating, Failure> {
    let on = seating(request, plan);
    let fits = plan.status == Status::Recorded
        || check::judge_seating(request.scenario, request.baseline, &on).fits();
    if fits { Ok(on) } else { Err(Failure::Misfit) }
}

/// Where a plan has each unit; what the scenario does not have is left out.
#[must_use]
pub fn seating(request: &Request, plan: &Plan) -> Seating {
    let scenario = request.scenario;
    let departures: rustc_hash::FxHashMap<&str, usize> =
        scenario.departures.iter().enumerate().map(|(d, departure)| (departure.id.as_str(), d)).collect();
    let seated: rustc_hash::FxHashMap<&str, &str> = plan
        .assignments
        .iter()
        .map(|assignment| (assignment.unit.as_str(), assignment.departure.as_str()))
        .collect();
    let place = |id: &str| seated.get(id).and_then(|d| departures.get(d)).copied().map(DepartureIdx::new);
    scenario.units.iter().map(|unit| place(&unit.id)).collect()
}

impl Optimum<'_> {
    /// How many of the leading proven levels are priority levels.
    #[must_use]
    pub fn priority(&self) -> usize {
        self.levels.priority.min(self.bests.len())
    }

    /// Whether every priority level is proven.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.levels.priority <= self.bests.len()
    }
}
