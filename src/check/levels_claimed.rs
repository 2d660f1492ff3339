//! Whether the levels that a plan claims are the policy's, with the values that its assignments have.

use super::case::Case;
use super::report::{Figure, LevelCheck, Report, Subject, Violation, count};
use crate::plan::{LevelResult, Plan, ProofKind, Status};
use crate::rule::Rule;
use crate::scenario::{Level, Sense};

/// Compares every level, and the status, with `values`.
pub(super) fn compare(case: &Case<'_>, values: &[i128], plan: &Plan, report: &mut Report) {
    for (k, claim) in plan.levels.iter().enumerate() {
        let level = case.levels.get(k).filter(|level| level.name == claim.name && level.sense == claim.sense);
        report.levels.push(recomputed(claim, level.and(values.get(k)).copied()));
        match level {
            Some(level) => report.violations.extend(wrong(level, claim, values[k], plan.status)),
            None => report.violations.push(not_the_policys(k, claim, case.levels.get(k))),
        }
    }
    for level in case.levels.iter().skip(plan.levels.len()) {
        report.violations.push(Violation::new(Rule::Level, Subject::level(&level.name), 0_i128, 1_i128));
    }
    report.violations.extend(status(plan));
}

fn recomputed(claim: &LevelResult, value: Option<i128>) -> LevelCheck {
    LevelCheck {
        name: claim.name.clone(),
        claimed: claim.value.into(),
        found: value.map_or(Figure::Word("none"), Figure::Number),
        proof: claim.proof,
        verified: false,
    }
}

fn not_the_policys(k: usize, claim: &LevelResult, level: Option<&Level>) -> Violation {
    let name = |name: &str, sense: Sense| Figure::Text(format!("{} {name}", sense_word(sense)));
    let wanted = level.map_or(Figure::Word("none"), |level| name(&level.name, level.sense));
    let subject = Subject::level(&claim.name).at(format!("levels[{k}]"));
    Violation::new(Rule::Level, subject, name(&claim.name, claim.sense), wanted)
}

const fn sense_word(sense: Sense) -> &'static str {
    match sense {
        Sense::Maximize => "maximize",
        Sense::Minimize => "minimize",
    }
}

/// What is wrong with one level's claims.
fn wrong(level: &Level, claim: &LevelResult, value: i128, status: Status) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut wrong = |part: &str, found: Figure, limit: Figure| {
        violations.push(Violation::new(Rule::Level, Subject::level(&level.name).at(part), found, limit));
    };
    if i128::from(claim.value) != value {
        wrong("value", claim.value.into(), value.into());
    }
    match (status, claim.best, claim.bound, claim.proven, claim.proof) {
        (Status::Recorded, None, None, None, None) => {}
        (Status::Optimal | Status::Feasible, Some(best), Some(bound), Some(proven), Some(proof)) => {
            consistent(level, &Claim { value: claim.value, best, bound, proven, proof }, wrong);
        }
        _ => wrong(
            "best",
            Figure::size(given(claim)),
            Figure::Number(if status == Status::Recorded { 0 } else { 4 }),
        ),
    }
    violations
}

/// How many of the fields are there that a recorded plan does not have.
fn given(claim: &LevelResult) -> usize {
    [claim.best.is_some(), claim.bound.is_some(), claim.proven.is_some(), claim.proof.is_some()]
        .into_iter()
        .filter(|given| *given)
        .count()
}

/// A level's claims, all given.
struct Claim {
    value: i64,
    best: i64,
    bound: i64,
    proven: bool,
    proof: ProofKind,
}

/// Whether value, best, bound, proven and proof fit each other.
fn consistent(level: &Level, claim: &Claim, mut wrong: impl FnMut(&str, Figure, Figure)) {
    let sign = match level.sense {
        Sense::Maximize => 1,
        Sense::Minimize => -1,
    };
    let (value, best, bound) = (i128::from(claim.value), i128::from(claim.best), i128::from(claim.bound));
    let given_up = sign * (best - value);
    if given_up < 0 || given_up > i128::from(level.tolerance) {
        wrong("best", best.into(), value.into());
    }
    if sign * (bound - best) < 0 {
        wrong("bound", bound.into(), best.into());
    }
    let proven = best == bound;
    if claim.proven != proven {
        wrong("proven", Figure::flag(claim.proven), Figure::flag(proven));
    }
    if (claim.proof != ProofKind::None) != claim.proven {
        wrong("proof", Figure::flag(claim.proof != ProofKind::None), Figure::flag(claim.proven));
    }
}

/// A plan is optimal exactly if all its levels are proven.
fn status(plan: &Plan) -> Option<Violation> {
    let proven = plan.levels.iter().filter(|level| level.proven == Some(true)).count();
    let all = proven == plan.levels.len();
    let wrong = match plan.status {
        Status::Optimal => !all,
        Status::Feasible => all,
        Status::Infeasible | Status::Unknown | Status::Recorded => false,
    };
    let violation =
        || Violation::new(Rule::Level, Subject::part("status"), count(proven), count(plan.levels.len()));
    wrong.then(violation)
}
