//! `airbridge model`.

use std::path::PathBuf;
use std::process::ExitCode;

use airbridge::classes;
use airbridge::eligibility;
use airbridge::model::measure::objectives;
use airbridge::model::write::{self, Layout};
use airbridge::model::{self};
use clap::{Args, ValueEnum};

use super::files::{load, print, shown};
use super::{Failure, ScenarioArgs};

/// The flat integer program of one level, for another solver
#[derive(Args)]
#[command(
    after_long_help = "Example:\n  airbridge model scenarios/dynamo/scenario.json --format lp --level us_citizen"
)]
pub(crate) struct Model {
    #[command(flatten)]
    input: ScenarioArgs,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Mps)]
    format: Format,
    /// Which level is the objective (default: the first)
    #[arg(long, value_name = "NAME")]
    level: Option<String>,
    /// Add the rows that keep the earlier levels at this plan's best
    #[arg(long, value_name = "PLAN")]
    given: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// MPS, fixed order, free names
    Mps,
    /// The LP format of CPLEX
    Lp,
    /// Pseudo-Boolean (OPB), to be minimised
    Opb,
    /// A list that people can read
    List,
}

impl Model {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let loaded = load(&self.input)?;
        let (scenario, baseline) = (&loaded.scenario, loaded.baseline.as_ref());
        let levels = scenario.levels(baseline);
        let level = match &self.level {
            None => 0,
            Some(name) => levels.all.iter().position(|level| level.name == *name).ok_or_else(|| {
                let names: Vec<String> = levels.all.iter().map(|level| format!("`{}`", level.name)).collect();
                Failure::Usage(format!("no level of this name; the levels are {}", names.join(", ")))
            })?,
        };
        let eligibility = eligibility::assess(scenario, baseline);
        let units = classes::singletons(&eligibility);
        let mut program = model::build(&eligibility, &units, &objectives(scenario, baseline, &levels));
        if let Some(path) = &self.given {
            let plan = super::check::plan_of(path, &loaded)?;
            if plan.levels.len() < level {
                let (given, plan) = (plan.levels.len(), shown(path));
                let message =
                    format!("`{plan}` has {given} of the {level} levels that come before the one asked for");
                return Err(Failure::Usage(message));
            }
            for (position, result) in plan.levels.iter().enumerate().take(level) {
                let row = program.level_row(position, result.best.unwrap_or(result.value));
                program.rows.push(row);
            }
        }
        let layout = match self.format {
            Format::Mps => Layout::Mps,
            Format::Lp => Layout::Lp,
            Format::Opb => Layout::Opb,
            Format::List => Layout::List,
        };
        print(write::write(scenario, &units, &program, level, layout).as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
