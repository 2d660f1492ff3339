//! `airbridge standby`.

use std::path::PathBuf;
use std::process::ExitCode;

use airbridge::answer::{Basis, document};
use airbridge::check;
use airbridge::plan::{Conflict, Plan};
use airbridge::solve::answer;
use airbridge::standby::{self, AtTheGate, Board, StandbyError, Standbys};
use airbridge::{eligibility, report};
use clap::Args;
use serde::Serialize;

use super::files::{Output, print};
use super::planned::{Limit, Planned, PlannedArgs, failure, ids, solving};
use super::{Common, Failure};

/// Each call is a line of the answer.
const MOST_DEPTH: i64 = 1_000_000;

/// Who boards where seats come free
#[derive(Args)]
#[command(
    long_about = "Who boards where seats come free. For each departure: the seats that no-shows are likely to free, who \
    boards if 1, 2, ... seats more are usable, and the list in which standbys are called; nobody stands on two lists that \
    one cannot both be at. With `--absent`: who boards now that those have not come, on all departures at once. Nobody who \
    has a seat is moved, and each call is an exact re-solve.\n\n\
    Exit codes: 0 done; 2 wrong arguments or input; 4 the machine failed; 130 interrupted."
)]
#[command(after_long_help = "Example:\n  airbridge standby scenario.json plan.json\n  \
    airbridge standby scenario.json plan.json --absent U17 U23 -o flown.json")]
pub(crate) struct Standby {
    #[command(flatten)]
    planned: PlannedArgs,
    /// Make calls for 1 to so many free seats (default: what no-shows free in nine nights of ten, at least 6)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=MOST_DEPTH))]
    depth: Option<i64>,
    /// These units or persons have not come (none: all have)
    #[arg(long, value_name = "ID", num_args = 0..)]
    absent: Option<Vec<String>>,
    /// Write the plan as it flew to this file: the baseline of the next solve
    #[arg(short, long, value_name = "PLAN", requires = "absent")]
    output: Option<PathBuf>,
    #[command(flatten)]
    limit: Limit,
}

#[derive(Serialize)]
struct Lists<'a> {
    departures: &'a [Standbys],
}

#[derive(Serialize)]
struct Gate<'a> {
    absent: &'a [String],
    broken: &'a [Conflict],
    boards: &'a [Board],
    basis: Basis,
}

impl Standby {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = self.limit.start();
        let output = self.output.as_deref().map(|path| Output::new(Some(path), &self.planned.files()));
        let output = output.transpose()?;
        let planned = self.planned.load()?;
        let Planned { loaded, on, .. } = &planned;
        let Some(absent) = &self.absent else {
            let all = solving(loaded, deadline, common, |request| standby::standby(request, on, self.depth));
            let all = all.map_err(|error| refused(&planned, deadline.is_interrupted(), error))?;
            let text = if common.json {
                document("standby", &loaded.reference(), &Lists { departures: &all })
            } else {
                report::standbys(&loaded.scenario, &all)
            };
            print(text.as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        };
        let gate = solving(loaded, deadline, common, |request| standby::at_the_gate(request, on, absent));
        let gate = gate.map_err(|error| refused(&planned, deadline.is_interrupted(), error))?;
        if let Some(output) = &output {
            output.write(as_it_flew(&planned, &gate)?.to_json().as_bytes())?;
        }
        tell(&planned, &gate, absent, output.as_ref(), common)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The answer on stdout, unless the plan went there.
#[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
fn tell(
    planned: &Planned,
    gate: &AtTheGate,
    absent: &[String],
    output: Option<&Output>,
    common: &Common,
) -> Result<(), Failure> {
    let loaded = &planned.loaded;
    for strained in &gate.strained {
        eprintln!("warning: without those who have not come: {}", report::violation(strained));
    }
    let text = if common.json {
        let body = Gate { absent, broken: &gate.broken, boards: &gate.boards, basis: gate.basis };
        document("standby", &loaded.reference(), &body)
    } else {
        report::at_the_gate(&loaded.scenario, gate)
    };
    if output.is_none_or(Output::is_file) {
        return print(text.as_bytes());
    }
    eprint!("{text}");
    Ok(())
}

/// The plan of what happened, in order by the checker's judgement.
fn as_it_flew(planned: &Planned, gate: &AtTheGate) -> Result<Plan, Failure> {
    let loaded = &planned.loaded;
    let (scenario, baseline) = (&loaded.scenario, loaded.baseline.as_ref());
    let eligibility = eligibility::assess(scenario, baseline);
    let levels = scenario.levels(baseline);
    let absent = |u| gate.absent.contains(&u);
    let plan = answer::recorded(&eligibility, baseline, &levels, &loaded.digest, &gate.on, &absent);
    let found = check::check(scenario, &loaded.digest, baseline, &plan);
    if found.is_clean() {
        return Ok(plan);
    }
    let found: Vec<String> = found.violations.iter().map(report::violation).collect();
    let message = if gate.without_some.is_empty() {
        format!("the plan as it flew breaks rules that no absence excuses:\n{}", found.join("\n"))
    } else {
        let split = ids(loaded, &gate.without_some).join("`, `");
        format!(
            "a plan seats whole units, so it cannot say who took the seats of those missing of `{split}`: take them \
            out of the scenario with `change --patch` first, or name the whole unit:\n{}",
            found.join("\n")
        )
    };
    Err(Failure::Usage(message))
}

pub(crate) fn refused(planned: &Planned, interrupted: bool, error: StandbyError) -> Failure {
    match error {
        StandbyError::Stopped if interrupted => Failure::Interrupted,
        StandbyError::Stopped => Failure::Usage("no answer was found in this time: give it more".into()),
        StandbyError::Misfit | StandbyError::Unknown(_) => Failure::Usage(error.to_string()),
        StandbyError::Solve(error) => failure(&planned.loaded, error),
    }
}
