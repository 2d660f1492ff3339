//! `airbridge replan`.

use std::path::PathBuf;
use std::process::ExitCode;

use airbridge::answer::document;
use airbridge::change::Operation;
use airbridge::diagnostic::{Diagnostics, tick};
use airbridge::plan::Status;
use airbridge::replan::{self, DroppedPin, Hold, Replanned};
use airbridge::report;
use airbridge::scenario::Baseline;
use airbridge::scenario::read::digest;
use airbridge::solve::{Request, SolveError};
use clap::Args;

use super::files::{Loaded, Output, input, load, print, shown};
use super::planned::{Limit, PlannedArgs, failure, solving};
use super::{Common, Failure};

/// A new plan from an old one, and whom to call
#[derive(Args)]
#[command(
    long_about = "A new plan from an old one, and whom to call. The scenario has changed (flights cancelled, smaller or \
    later, families new or withdrawn): the best plan under the same priorities that then moves as few people as possible, \
    and the call sheet of who moves, who is off and who is new, by sponsor. Whoever is on a manifest that has closed stays.\n\n\
    Exit codes: 0 done, and every priority level is proven; 1 a priority level is not: a limit or an interrupt stopped its \
    proof, or `--keep` has a plan that is not proven to be the best of all; 2 wrong arguments or input; 3 infeasible: the contradicting demands are named; 4 the machine failed; 130 interrupted before any plan was \
    possible."
)]
#[command(after_long_help = "Example:\n  airbridge replan tonight.json plan.json -o new.json")]
pub(crate) struct Replan {
    #[command(flatten)]
    planned: PlannedArgs,
    /// Write the new plan to this file
    #[arg(short, long, value_name = "NEW")]
    output: Option<PathBuf>,
    /// Keep every assignment that is still possible, refill only the holes, and say what that costs
    #[arg(long)]
    keep: bool,
    /// Leave out the pins that the rules now forbid; as long as the scenario has them, other commands refuse the plan
    #[arg(long)]
    drop_pins: bool,
    #[command(flatten)]
    limit: Limit,
    /// Let a plan without assignments replace one that has some
    #[arg(long)]
    force: bool,
}

impl Replan {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = self.limit.start();
        let output = self.output.as_deref().map(|path| Output::new(Some(path), &self.planned.files()));
        let output = output.transpose()?;
        let mut loaded = load(&self.planned.input)?;
        let before = self.before(&mut loaded)?;
        let dropped = if self.drop_pins {
            replan::drop_forbidden_pins(&mut loaded.scenario, loaded.baseline.as_ref())
        } else {
            Vec::new()
        };
        let hold = if self.keep { Hold::Everybody } else { Hold::Manifests };
        let grant = |percent| deadline.grant(percent);
        let replanned = solving(&loaded, deadline, common, |request| {
            replan::replan(&Request { grant: &grant, ..*request }, &loaded.digest, &before, hold)
        });
        let mut replanned = replanned.map_err(|error| refused(&loaded, error))?;
        replanned.sheet.dropped_pins = dropped;
        if replanned.plan.status == Status::Unknown && deadline.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        replanned.plan = super::solve::checked(&loaded, replanned.plan)?;
        for off in &mut replanned.sheet.off {
            let waiting = &replanned.plan.unseated;
            if let Ok(at) = waiting.binary_search_by(|waiting| waiting.unit.cmp(&off.unit)) {
                off.reason = waiting[at].reason.clone();
            }
        }
        if let Some(output) = &output {
            output.may_replace(&replanned.plan, self.force)?;
            output.write(replanned.plan.to_json().as_bytes())?;
        }
        tell(&loaded, &replanned, output.as_ref(), common)?;
        let infeasible = replanned.plan.status == Status::Infeasible;
        Ok(ExitCode::from(if infeasible { 3 } else { u8::from(!replanned.proven) }))
    }

    /// The old plan's assignments; it is the baseline, whatever it was made from itself.
    fn before(&self, loaded: &mut Loaded) -> Result<Vec<(String, String)>, Failure> {
        let text = input(&self.planned.plan)?;
        let before = airbridge::plan::read::read_baseline(&text, &shown(&self.planned.plan))?;
        let pairs = before.iter().map(|(unit, departure)| (unit.as_str(), departure.as_str()));
        loaded.baseline = Some(Baseline::resolve(digest(&text), pairs, &loaded.scenario));
        Ok(before)
    }
}

fn refused(loaded: &Loaded, error: SolveError) -> Failure {
    let mut failure = failure(loaded, error);
    if let Failure::Input(Diagnostics(all)) = &mut failure {
        for diagnostic in all {
            diagnostic.hint.push_str("; or leave such pins out with `--drop-pins`");
        }
    }
    failure
}

/// What is to be done about pins that were left out: the scenario has them, so other commands refuse the plan.
fn still_pinned(dropped: &[DroppedPin]) -> String {
    let pin = |one: &DroppedPin| format!("unit {} on departure {}", tick(&one.unit), tick(&one.departure));
    let pins: Vec<String> = dropped.iter().map(pin).collect();
    // The last first: what is taken out moves those behind it.
    let mut positions: Vec<usize> = dropped.iter().map(|one| one.position).collect();
    positions.sort_unstable_by(|a, b| b.cmp(a));
    let remove = |position: &usize| Operation::remove(format!("/pins/{position}"));
    let patch: Vec<Operation> = positions.iter().map(remove).collect();
    format!(
        "note: the scenario still pins {}: as long as it does, `check` finds that broken, and `explain`, `value`, `standby` \
        and `simulate` refuse the plan. Take these pins out with `change --patch`, and `replan` again from the same plan; \
        the patch:\n{}",
        pins.join(", "),
        serde_json::to_string(&patch).unwrap_or_default()
    )
}

/// The call sheet on stdout, unless the plan went there; a conflict, and what is to be done about pins, in any case.
#[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
fn tell(
    loaded: &Loaded,
    Replanned { plan, sheet, .. }: &Replanned,
    output: Option<&Output>,
    common: &Common,
) -> Result<(), Failure> {
    if let Some(conflict) = &plan.conflict {
        eprintln!("{}", report::conflict(conflict, plan.conflict_reduced == Some(true)));
    }
    if !sheet.dropped_pins.is_empty() {
        eprintln!("{}", still_pinned(&sheet.dropped_pins));
    }
    let has_plan = matches!(plan.status, Status::Optimal | Status::Feasible);
    let text = if common.json {
        document("replan", &loaded.reference(), sheet)
    } else if has_plan {
        report::call_sheet(&loaded.scenario, plan, sheet)
    } else {
        report::summary(&loaded.scenario, plan)
    };
    if output.is_none_or(Output::is_file) {
        return print(text.as_bytes());
    }
    eprint!("{text}");
    Ok(())
}
