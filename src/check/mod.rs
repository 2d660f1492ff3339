//! Whether a plan is right: every rule, every number and every proof, recomputed.
//!
//! Comes in: a scenario, a plan from anybody, the baseline if one was given. Goes out: a [`Report`] of
//! [`Violation`]s and of what each level is worth. It knows nothing of the solver: it uses the domain
//! types, the plan, the rules' names and the certificate as data, and restates every rule in its
//! plainest form from the format's page. The duplication is the safety argument.
//!
//! * `take`: what a unit takes of a departure. `board`: when it may board. `limits`: what a departure, a
//!   site and the budget can bear. `ties`: quotas, links, pins. `levels`: the twelve measures.
//! * `shape`, `levels_claimed`, `waiting`, `loads`, `conflict`: whether what the plan says of itself is so.
//! * `recorded`: which rules what happened is not asked for.
//! * `proof`: certificates, in exact integers.

mod board;
mod case;
mod conflict;
mod ids;
mod levels;
mod levels_claimed;
mod limits;
mod loads;
mod openings;
mod proof;
mod recorded;
mod report;
mod seating;
mod shape;
mod take;
mod ties;
mod waiting;

pub use case::Case;
pub use report::{Figure, Judgement, LevelCheck, Report, Subject, Violation};

use crate::plan::{Plan, Status};
use crate::rule::Rule;
use crate::scenario::{Baseline, DepartureIdx, Scenario, UnitIdx};
use ids::Ids;
use seating::Seating;

/// Checks `plan` against `scenario`: shape, rules, values and proofs. `digest` is that of the scenario
/// file's bytes. Never panics, whatever the plan says.
#[must_use]
pub fn check(scenario: &Scenario, digest: &str, baseline: Option<&Baseline>, plan: &Plan) -> Report {
    let case = Case::new(scenario, baseline);
    let ids = Ids::new(scenario, &case.levels);
    let mut report = Report { violations: shape::belongs(&case, digest, plan), ..Report::default() };
    let ill_named = conflict::violations(&case, &ids, plan);
    let is_named = ill_named.is_empty();
    report.violations.extend(ill_named);
    match plan.status {
        Status::Infeasible | Status::Unknown => report.violations.extend(shape::is_empty(plan)),
        Status::Optimal | Status::Feasible | Status::Recorded => assigned(&case, &ids, plan, &mut report),
    }
    let refutation = proof::verify(&case, &ids, plan, &mut report);
    if is_named {
        conflict::settle(&case, &ids, plan, refutation, &mut report);
    }
    waiting::settle(&case, &ids, plan, &mut report);
    report
}

/// Checks a plan that has assignments, its proofs apart.
fn assigned(case: &Case<'_>, ids: &Ids<'_>, plan: &Plan, report: &mut Report) {
    let (pairs, unreadable) = shape::pairs(ids, &plan.assignments);
    report.violations.extend(unreadable);
    report.violations.extend(shape::sorted(case, &pairs, plan));
    let (seating, mut broken) = Seating::new(case, &pairs);
    report.violations.append(&mut broken);
    let broken = rules(case, &seating);
    report
        .violations
        .extend(broken.into_iter().filter(|violation| !recorded::excused(case, ids, plan, violation)));
    report.violations.extend(waiting::violations(case, ids, &seating, plan));
    report.violations.extend(loads::violations(case, ids, &seating, plan));
    levels_claimed::compare(case, &levels::values(case, &seating), plan, report);
}

/// Every rule that `seating` breaks, in the order of the format's page.
fn rules(case: &Case<'_>, seating: &Seating) -> Vec<Violation> {
    let mut violations = board::violations(case, seating);
    violations.extend(limits::violations(case, seating));
    violations.extend(ties::violations(case, seating));
    violations
}

/// Judges a bare list of assignments: which rules it breaks, and what every level of
/// [`Scenario::levels`] is worth. To judge many of one scenario, prepare a [`Case`] once and call
/// [`Case::judge`].
///
/// # Panics
/// Where a position is not one of the scenario's.
#[must_use]
pub fn judge(
    scenario: &Scenario,
    baseline: Option<&Baseline>,
    assignments: &[(UnitIdx, DepartureIdx)],
) -> Judgement {
    Case::new(scenario, baseline).judge(assignments)
}

/// Judges where a seating has each unit; see [`judge`].
///
/// # Panics
/// Where a position is not one of the scenario's.
#[must_use]
pub fn judge_seating(
    scenario: &Scenario,
    baseline: Option<&Baseline>,
    on: &[Option<DepartureIdx>],
) -> Judgement {
    let seated = on.iter().enumerate().filter_map(|(u, d)| d.map(|d| (UnitIdx::new(u), d)));
    judge(scenario, baseline, &seated.collect::<Vec<_>>())
}

/// Rules that a standby need not obey: it is called when manifests are closed.
pub(crate) const OF_THE_HOUR: [Rule; 3] = [Rule::Manifest, Rule::Movement, Rule::Latest];

impl Judgement {
    /// Whether the assignments obey the rules, the time of day apart.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.violations.iter().all(|violation| OF_THE_HOUR.contains(&violation.rule))
    }
}

impl Case<'_> {
    /// Whether the unit may board the departure: every test of eligibility holds.
    ///
    /// # Panics
    /// Where a position is not one of the scenario's.
    #[must_use]
    pub fn is_open(&self, u: UnitIdx, d: DepartureIdx) -> bool {
        board::is_open(self, u, d, &mut self.takes(u))
    }

    /// Judges a bare list of assignments; see [`judge`].
    ///
    /// # Panics
    /// Where a position is not one of the scenario's.
    #[must_use]
    pub fn judge(&self, assignments: &[(UnitIdx, DepartureIdx)]) -> Judgement {
        let (seating, mut violations) = Seating::new(self, assignments);
        violations.extend(rules(self, &seating));
        Judgement { violations, values: levels::values(self, &seating) }
    }
}
