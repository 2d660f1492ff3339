//! `airbridge check`.

use std::path::PathBuf;
use std::process::ExitCode;

use airbridge::answer::document;
use airbridge::check;
use airbridge::plan::Plan;
use clap::Args;

use super::files::{Loaded, input, load, print, shown};
use super::{Common, Failure, ScenarioArgs};

/// Whether a plan obeys every rule and proves what it claims
#[derive(Args)]
#[command(
    long_about = "Whether a plan obeys every rule and proves what it claims: every violation with its numbers, \
    every level's value recomputed, the digest compared, every certificate verified in exact integers. The code \
    knows nothing of the solver.\n\n\
    Exit codes: 0 nothing found; 1 a violation or a false claim; 2 wrong arguments or input."
)]
#[command(after_long_help = "Example:\n  airbridge check scenarios/october-2021/scenario.json plan.json")]
pub(crate) struct Check {
    #[command(flatten)]
    input: ScenarioArgs,
    /// The plan file
    plan: PathBuf,
}

impl Check {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let loaded = load(&self.input)?;
        let plan = plan_of(&self.plan, &loaded)?;
        let report = check::check(&loaded.scenario, &loaded.digest, loaded.baseline.as_ref(), &plan);
        let text = if common.json {
            document("check", &loaded.reference(), &report)
        } else {
            airbridge::report::checked(&plan, &report)
        };
        print(text.as_bytes())?;
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Reads a plan of what was loaded; one that was made from a baseline needs it.
pub(crate) fn plan_of(path: &std::path::Path, loaded: &Loaded) -> Result<Plan, Failure> {
    let plan = airbridge::plan::read::read_plan(&input(path)?, &shown(path))?;
    if plan.baseline.is_some() && loaded.baseline.is_none() {
        let message = format!("`{}` was made from a baseline: give it with `--baseline`", shown(path));
        return Err(Failure::Usage(message));
    }
    Ok(plan)
}
