//! A scenario with a plan of it, and solves around them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge::plan::Plan;
use airbridge::scenario::{Baseline, UnitIdx, Was};
use airbridge::solve::{Method, Request, Seating, SolveError};
use clap::Args;

use super::check::plan_of;
use super::files::{Loaded, load, shown};
use super::interrupt::{Deadline, seconds};
use super::leash::Leash;
use super::progress::Meter;
use super::{Common, Failure, ScenarioArgs};

/// A scenario and a plan of it.
#[derive(Args, Clone)]
pub(crate) struct PlannedArgs {
    #[command(flatten)]
    pub(crate) input: ScenarioArgs,
    /// The plan file
    pub(crate) plan: PathBuf,
}

/// How long solves may take.
#[derive(Args, Clone, Copy)]
pub(crate) struct Limit {
    /// Stop after so many seconds; what is still open then is left out
    #[arg(long, value_name = "S", value_parser = seconds)]
    time_limit: Option<Duration>,
}

impl Limit {
    pub(crate) fn start(self) -> Deadline {
        Deadline::start(self.time_limit)
    }
}

/// A scenario, and where a plan of it has everybody.
pub(crate) struct Planned {
    pub(crate) loaded: Loaded,
    pub(crate) on: Seating,
}

impl PlannedArgs {
    /// The files that are read.
    pub(crate) fn files(&self) -> Vec<&Path> {
        let files = [Some(&self.input.scenario), Some(&self.plan), self.input.baseline.as_ref()];
        files.into_iter().flatten().map(PathBuf::as_path).collect()
    }

    /// Reads scenario, baseline and plan.
    #[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
    pub(crate) fn load(&self) -> Result<Planned, Failure> {
        let loaded = load(&self.input)?;
        let plan = plan_of(&self.plan, &loaded)?;
        if plan.scenario.digest != loaded.digest {
            eprintln!("note: `{}` was made for another scenario than `{}`", shown(&self.plan), loaded.name);
        }
        let on = seating(&loaded, &plan)?;
        Ok(Planned { loaded, on })
    }
}

/// Where the plan has everybody.
fn seating(loaded: &Loaded, plan: &Plan) -> Result<Seating, Failure> {
    let pairs = plan.assignments.iter().map(|one| (one.unit.as_str(), one.departure.as_str()));
    let resolved = Baseline::resolve(String::new(), pairs, &loaded.scenario);
    let on: Seating = resolved
        .was
        .iter()
        .map(|was| match *was {
            Was::On(d) => Some(d),
            Was::Unseated | Was::Gone => None,
        })
        .collect();
    if on.iter().flatten().count() == plan.assignments.len() {
        return Ok(on);
    }
    let message = "the plan seats units, or uses departures, that the scenario does not have, or a unit twice: \
        `replan` makes a plan for the scenario as it is";
    Err(Failure::Usage(message.into()))
}

/// Runs `work` with a request to solve: searches in child processes, a progress line, the deadline.
pub(crate) fn solving<T: Send>(
    loaded: &Loaded,
    deadline: Deadline,
    common: &Common,
    work: impl FnOnce(&Request) -> T + Send,
) -> T {
    let leash = Leash::new(deadline);
    let meter = Meter::new(common.quiet, deadline.started());
    let request = Request {
        scenario: &loaded.scenario,
        baseline: loaded.baseline.as_ref(),
        method: Method::Auto,
        runner: &|task| leash.run(task),
        stop: &|| deadline.is_over(),
        grant: &|_| (),
        progress: &|progress| meter.show(progress),
    };
    // On a thread of the pool: from outside each little step in it would have to wake one first.
    rayon::scope(|_| work(&request))
}

/// A failed solve.
pub(crate) fn failure(loaded: &Loaded, error: SolveError) -> Failure {
    match error {
        SolveError::ForbiddenPins(pins) => Failure::Input(super::validate::forbidden_pins(loaded, &pins)),
        SolveError::Fault(fault) => fault.into(),
    }
}

/// The ids of units, sorted.
pub(crate) fn ids<'u>(loaded: &Loaded, units: impl IntoIterator<Item = &'u UnitIdx>) -> Vec<String> {
    let mut ids: Vec<String> =
        units.into_iter().map(|u| loaded.scenario.units[u.index()].id.clone()).collect();
    ids.sort();
    ids
}
