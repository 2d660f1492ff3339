//! `airbridge frontier`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use airbridge::answer::document;
use airbridge::frontier::{self, Frontier as Curve, Plans, Question};
use airbridge::plan::Plan;
use airbridge::report::curve;
use clap::Args;

use super::files::{Loaded, Output, load, print};
use super::planned::{Limit, solving};
use super::work::unanswered;
use super::{Common, Failure, ScenarioArgs};

/// The exact trade-off curve between two levels
#[derive(Args)]
#[command(
    long_about = "The exact trade-off curve between two levels: every pair of values that no plan improves in one \
    without giving up the other, each proven. The levels before the first of the two are kept. `--plans` writes the \
    plan of each point, `point-001.json` and on, and the drawing, `frontier.svg`.\n\n\
    Exit codes: 0 done; 1 the curve is not complete; 2 wrong arguments or input; 3 infeasible; 4 the machine failed."
)]
#[command(
    after_long_help = "Example:\n  airbridge frontier scenarios/mazar/scenario.json --between all days --plans curve/"
)]
pub(crate) struct Frontier {
    #[command(flatten)]
    input: ScenarioArgs,
    /// The two levels
    #[arg(long, value_name = "LEVEL", num_args = 2, required = true)]
    between: Vec<String>,
    /// So many even steps instead of every point
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    points: Option<u32>,
    /// Write a plan for each point, and the curve as SVG, to this folder
    #[arg(long, value_name = "DIR")]
    plans: Option<PathBuf>,
    /// Write the curve as SVG to this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    limit: Limit,
}

impl Frontier {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = self.limit.start();
        let loaded = load(&self.input)?;
        let between = [self.level(&loaded, 0)?, self.level(&loaded, 1)?];
        if between[0] == between[1] {
            return Err(Failure::Usage("`--between` names one level twice".into()));
        }
        let points = self.points.and_then(|points| usize::try_from(points).ok());
        let answered = solving(&loaded, deadline, common, |request| {
            let plans = if self.plans.is_some() { Plans::Each } else { Plans::No };
            frontier::frontier(&Question { request, digest: &loaded.digest, between, points, plans })
        });
        let (mut found, plans) = answered.map_err(|error| unanswered(&loaded, error))?;
        if let Some(folder) = &self.plans {
            self.write(folder, &mut found, &plans)?;
        }
        if let Some(path) = &self.svg {
            Output::new(Some(path), &self.inputs())?.write(curve::svg(&found).as_bytes())?;
        }
        let text = if common.json {
            document("frontier", &loaded.reference(), &found)
        } else {
            curve::terminal(&found)
        };
        print(text.as_bytes())?;
        Ok(if found.complete || points.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn inputs(&self) -> Vec<&Path> {
        std::iter::once(self.input.scenario.as_path()).chain(self.input.baseline.as_deref()).collect()
    }

    fn level(&self, loaded: &Loaded, position: usize) -> Result<usize, Failure> {
        let levels = loaded.scenario.levels(loaded.baseline.as_ref()).all;
        let found = levels.iter().position(|level| level.name == self.between[position]);
        found.ok_or_else(|| {
            let names: Vec<String> = levels.iter().map(|level| format!("`{}`", level.name)).collect();
            Failure::Usage(format!("no level of this name; the levels are {}", names.join(", ")))
        })
    }

    /// The plans, and the drawing beside them.
    fn write(&self, folder: &Path, found: &mut Curve, plans: &[Plan]) -> Result<(), Failure> {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        for (position, (point, plan)) in found.points.iter_mut().zip(plans).enumerate() {
            let path = folder.join(format!("point-{:03}.json", position + 1));
            Output::new(Some(&path), &self.inputs())?.write(plan.to_json().as_bytes())?;
            point.plan = Some(path.display().to_string());
        }
        let path = folder.join("frontier.svg");
        Output::new(Some(&path), &self.inputs())?.write(curve::svg(found).as_bytes())
    }
}
