//! `airbridge explain`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use airbridge::answer::document;
use airbridge::explain::{self, About, Question, asked};
use airbridge::report::answers;
use airbridge::scenario::{DepartureIdx, Scenario, UnitIdx};
use clap::Args;

use super::files::{Loaded, load, print};
use super::interrupt::{Deadline, seconds};
use super::planned::solving;
use super::work::unanswered;
use super::{Common, Failure, ScenarioArgs};

/// Why a unit waits, or why it is where it is
#[derive(Args)]
#[command(
    long_about = "Why a unit waits, or why it is where it is: never possible, blocked, outranked (at which priority, \
    and by how much), lost in the draw. Each reason follows from the plan's prices or from an exact re-solve, and \
    says which. With `--on`: what putting the unit on a departure would cost, by level, and whom it would displace.\n\n\
    Exit codes: 0 done, reasons not proven included; 2 wrong arguments or input; 3 infeasible; 4 the machine failed."
)]
#[command(after_long_help = "Example:\n  \
    airbridge explain scenarios/mazar/scenario.json plan.json\n  \
    airbridge explain scenarios/mazar/scenario.json plan.json U000041 --on D001")]
pub(crate) struct Explain {
    #[command(flatten)]
    input: ScenarioArgs,
    /// The plan file
    plan: PathBuf,
    /// Only these units (default: all that wait)
    unit: Vec<String>,
    /// What having the unit on this departure would cost
    #[arg(long, value_name = "DEPARTURE", requires = "unit")]
    on: Option<String>,
    /// Play so many fresh draws for those who lost in the lottery
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    draws: u64,
    /// Stop after so many seconds; what is open then is `not_proven`
    #[arg(long, value_name = "S", value_parser = seconds)]
    time_limit: Option<Duration>,
}

#[derive(serde::Serialize)]
struct Answer {
    units: Vec<explain::Explained>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<asked::Asked>,
}

impl Explain {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = Deadline::start(self.time_limit);
        let loaded = load(&self.input)?;
        let plan = super::check::plan_of(&self.plan, &loaded)?;
        let units = self.unit.iter().map(|id| unit(&loaded.scenario, id)).collect::<Result<Vec<_>, _>>()?;
        let on = self.on.as_ref().map(|id| departure(&loaded.scenario, id)).transpose()?;
        if on.is_some() && units.len() != 1 {
            return Err(Failure::Usage("`--on` is about one unit: name one".into()));
        }
        let about = if units.is_empty() { About::Waiting } else { About::Named(&units) };
        let answer = solving(&loaded, deadline, common, |request| {
            let question =
                Question { request, digest: &loaded.digest, plan: &plan, about, draws: self.draws };
            let asked = on.map(|d| asked::ask(request, &loaded.digest, &plan, units[0], d)).transpose()?;
            Ok(Answer { units: explain::explain(&question)?, asked })
        });
        let answer = answer.map_err(|error| unanswered(&loaded, error))?;
        print(self.shown(&loaded, &answer, common).as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    fn shown(&self, loaded: &Loaded, answer: &Answer, common: &Common) -> String {
        if common.json {
            return document("explain", &loaded.reference(), answer);
        }
        let units = if self.unit.is_empty() {
            answers::waiting(&answer.units)
        } else {
            answers::units(&answer.units)
        };
        match &answer.asked {
            Some(asked) => format!("{units}\n{}", answers::asked(asked, &loaded.name)),
            None => units,
        }
    }
}

/// The unit of this id.
pub(crate) fn unit(scenario: &Scenario, id: &str) -> Result<UnitIdx, Failure> {
    let found = scenario.units.iter().position(|unit| unit.id == id);
    found.map(UnitIdx::new).ok_or_else(|| unknown("unit", id))
}

/// The departure of this id.
pub(crate) fn departure(scenario: &Scenario, id: &str) -> Result<DepartureIdx, Failure> {
    let found = scenario.departures.iter().position(|departure| departure.id == id);
    found.map(DepartureIdx::new).ok_or_else(|| unknown("departure", id))
}

fn unknown(what: &str, id: &str) -> Failure {
    Failure::Usage(format!("the scenario has no {what} {}", airbridge::diagnostic::tick(id)))
}
