//! Solves in this process, without limits.

use std::sync::Mutex;

use airbridge::check::check;
use airbridge::plan::{Plan, ProofKind};
use airbridge::scenario::{Baseline, Scenario};
use airbridge::solve::linear::{self, Answer, Fault, Runner, Task};
use airbridge::solve::{self, Method, Request, SolveError};

use crate::fixture::{DIGEST, lines};

/// One search at a time: HiGHS is known to fail where several run in one process.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a task in this process.
pub(crate) fn run(task: &Task) -> Result<Answer, Fault> {
    let _turn = TURN.lock();
    linear::run(task)
}

/// What a solve is asked to do, without a stop.
pub(crate) fn request<'a>(
    scenario: &'a Scenario,
    baseline: Option<&'a Baseline>,
    method: Method,
    runner: &'a Runner<'a>,
) -> Request<'a> {
    Request { scenario, baseline, method, runner, stop: &|| false, grant: &|_| (), progress: &|_| () }
}

/// The plan, whoever runs the tasks.
pub(crate) fn solved_by(
    runner: &Runner,
    scenario: &Scenario,
    baseline: Option<&Baseline>,
    method: Method,
) -> Result<Plan, SolveError> {
    solve::solve(&request(scenario, baseline, method, runner), DIGEST)
}

/// The plan, which the checker finds in order.
#[track_caller]
pub(crate) fn solved(scenario: &Scenario, baseline: Option<&Baseline>, method: Method) -> Plan {
    let plan = solved_by(&run, scenario, baseline, method).unwrap_or_else(|error| panic!("{error}"));
    assert_clean(scenario, baseline, &plan);
    plan
}

/// The checker finds nothing.
#[track_caller]
pub(crate) fn assert_clean(scenario: &Scenario, baseline: Option<&Baseline>, plan: &Plan) {
    let report = check(scenario, DIGEST, baseline, plan);
    assert!(report.is_clean(), "{:?}\n{:?}", lines(&report.violations), plan.levels);
}

/// What each level reached.
pub(crate) fn bests(plan: &Plan) -> Vec<i64> {
    plan.levels.iter().map(|level| level.best.expect("a solved plan has it")).collect()
}

/// How many of the first levels are proven.
pub(crate) fn proven(plan: &Plan) -> usize {
    plan.levels.iter().take_while(|level| level.proof != Some(ProofKind::None)).count()
}
