//! `airbridge solve`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use airbridge::answer;
use airbridge::check;
use airbridge::plan::{Plan, Reason, ReasonKind, Status};
use airbridge::scenario::Levels;
use airbridge::solve::{self, Method, Request};
use clap::{Args, ValueEnum};

use super::files::{Loaded, Output, load};
use super::interrupt::{Deadline, seconds};
use super::planned::{failure, solving};
use super::{Common, Failure, ScenarioArgs};

/// The best plan there is, proven and checked
#[derive(Args)]
#[command(
    long_about = "The best plan there is under the scenario's priorities: proven level by level, checked by \
    independent code before a byte is written, the same bytes every time.\n\n\
    Exit codes: 0 every priority level is proven; 1 a limit or an interrupt stopped a proof (the plan is written \
    all the same, with its bounds); 2 wrong arguments or input; 3 infeasible: the contradicting demands are named; \
    4 the machine failed; 130 interrupted before any plan was possible."
)]
#[command(after_long_help = "Example:\n  airbridge solve scenarios/october-2021/scenario.json -o plan.json")]
pub(crate) struct Solve {
    #[command(flatten)]
    input: ScenarioArgs,
    /// Write the plan to this file and a summary to stdout (default: the plan to stdout)
    #[arg(short, long, value_name = "PLAN")]
    output: Option<PathBuf>,
    /// `auto` chooses the quickest road; `flat` is the reference, one column per unit and departure
    #[arg(long, value_enum, default_value_t = MethodArg::Auto)]
    method: MethodArg,
    /// Stop after so many seconds and give the best plan found, with its bounds
    #[arg(long, value_name = "S", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// Let a plan without assignments replace one that has some
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum MethodArg {
    Auto,
    Flat,
}

impl Solve {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = Deadline::start(self.time_limit);
        let inputs: Vec<&Path> =
            std::iter::once(self.input.scenario.as_path()).chain(self.input.baseline.as_deref()).collect();
        let output = Output::new(self.output.as_deref(), &inputs)?;
        let loaded = load(&self.input)?;
        let method = match self.method {
            MethodArg::Auto => Method::Auto,
            MethodArg::Flat => Method::Flat,
        };
        let plan = plan(&loaded, method, deadline, common)?;
        if plan.status == Status::Unknown && deadline.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        output.may_replace(&plan, self.force)?;
        output.write(plan.to_json().as_bytes())?;
        tell(&loaded, &plan, &output, common)?;
        Ok(exit_code(&plan, &loaded.scenario.levels(loaded.baseline.as_ref())))
    }
}

/// Solves, and has the plan checked before anybody sees it.
fn plan(loaded: &Loaded, method: Method, deadline: Deadline, common: &Common) -> Result<Plan, Failure> {
    let grant = |percent| deadline.grant(percent);
    let solved = solving(loaded, deadline, common, |request| {
        solve::solve(&Request { method, grant: &grant, ..*request }, &loaded.digest)
    });
    checked(loaded, solved.map_err(|error| failure(loaded, error))?)
}

/// Has a plan of our own checked before anybody sees it, and told who is outranked: the checker's evaluation of the
/// prices shows it.
pub(crate) fn checked(loaded: &Loaded, mut plan: Plan) -> Result<Plan, Failure> {
    let report = check::check(&loaded.scenario, &loaded.digest, loaded.baseline.as_ref(), &plan);
    if !report.is_clean() {
        let violations: Vec<String> = report.violations.iter().map(airbridge::report::violation).collect();
        return Err(Failure::Machine(format!(
            "the checker refuses the plan, so it is not written; please report this:\n{}",
            violations.join("\n")
        )));
    }
    let units = loaded.scenario.units.iter().enumerate();
    let outranked: BTreeSet<&str> =
        units.filter(|&(u, _)| report.outranked.contains(u)).map(|(_, unit)| unit.id.as_str()).collect();
    for waiting in &mut plan.unseated {
        if waiting.reason.kind == ReasonKind::NotProven && outranked.contains(waiting.unit.as_str()) {
            waiting.reason = Reason::of(ReasonKind::Outranked);
        }
    }
    Ok(plan)
}

/// What people see where the plan went to a file; a conflict is told in any case.
#[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
fn tell(loaded: &Loaded, plan: &Plan, output: &Output, common: &Common) -> Result<(), Failure> {
    if let Some(conflict) = &plan.conflict {
        eprintln!("{}", airbridge::report::conflict(conflict, plan.conflict_reduced == Some(true)));
    }
    if !output.is_file() {
        return Ok(());
    }
    let text = if common.json {
        answer::document("solve", &plan.scenario, &answer::Solve::from(plan))
    } else {
        airbridge::report::summary(&loaded.scenario, plan)
    };
    super::files::print(text.as_bytes())
}

fn exit_code(plan: &Plan, levels: &Levels) -> ExitCode {
    let priority_proven = plan.levels.iter().take(levels.priority).all(|level| level.proven == Some(true));
    match plan.status {
        Status::Infeasible => ExitCode::from(3),
        Status::Optimal | Status::Feasible | Status::Recorded if priority_proven => ExitCode::SUCCESS,
        Status::Optimal | Status::Feasible | Status::Recorded | Status::Unknown => ExitCode::from(1),
    }
}
