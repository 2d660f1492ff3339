//! `airbridge compare`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use airbridge::answer::document;
use airbridge::change::{Edit, Source, change};
use airbridge::check::judge_seating;
use airbridge::compare::{self, Entrant};
use airbridge::plan::{Plan, Status};
use airbridge::report::answers;
use airbridge::scenario::Scenario;
use airbridge::scenario::read::read;
use airbridge::solve::{self, Request};
use clap::Args;

use super::check::plan_of;
use super::files::{Loaded, input, load, print, shown};
use super::planned::{Limit, failure, solving};
use super::work::infeasible;
use super::{Common, Failure, ScenarioArgs};

/// Plans and policies side by side
#[derive(Args)]
#[command(
    long_about = "Plans of one scenario side by side: levels, categories, sponsors, quotas, and who gains or loses \
    against the first. `--policies` solves the scenario under each policy (a file holds a `policy` object); \
    `--baselines` adds the rules of thumb: first come first served, tier by tier, weighted, three seats for each \
    organisation in turn, and the three ways to count a mixed family. All are measured with the first one's levels.\n\n\
    Exit codes: 0 done; 2 wrong arguments or input; 3 infeasible; 4 the machine failed."
)]
#[command(after_long_help = "Example:\n  \
    airbridge compare scenarios/mazar/scenario.json plan.json other.json\n  \
    airbridge compare scenarios/mazar/scenario.json --policies mine.json --baselines")]
pub(crate) struct Compare {
    #[command(flatten)]
    input: ScenarioArgs,
    /// Plan files
    plan: Vec<PathBuf>,
    /// Solve under each of these policies
    #[arg(long, value_name = "FILE", num_args = 1..)]
    policies: Vec<PathBuf>,
    /// Add the rules of thumb
    #[arg(long)]
    baselines: bool,
    #[command(flatten)]
    limit: Limit,
}

impl Compare {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = self.limit.start();
        let loaded = load(&self.input)?;
        if self.plan.len() + self.policies.len() < 2 && !self.baselines {
            return Err(Failure::Usage(
                "compare what with what: name two plans or two policies, or one of each, or add `--baselines`".into(),
            ));
        }
        let mut entrants = Vec::new();
        for path in &self.plan {
            let plan = plan_of(path, &loaded)?;
            let entrant = compare::entered(&loaded.scenario, &shown(path), "scenario", &plan);
            warn(&loaded, &plan, &entrant);
            entrants.push(entrant);
        }
        let policies: Vec<Scenario> =
            self.policies.iter().map(|path| under(&loaded, path)).collect::<Result<_, _>>()?;
        let first = if self.plan.is_empty() { policies.first() } else { None };
        let first = first.unwrap_or(&loaded.scenario);
        let solved = solving(&loaded, deadline, common, |request| {
            let mut solved: Vec<Entrant> = Vec::new();
            for (path, scenario) in self.policies.iter().zip(&policies) {
                let request = Request { scenario, ..*request };
                solved.push(compare::solved(&request, &shown(path), &shown(path), &loaded.digest)?);
            }
            if self.plan.is_empty() && self.policies.is_empty() {
                solved.push(compare::solved(request, "scenario", "scenario", &loaded.digest)?);
            }
            if self.baselines {
                let request = Request { scenario: first, ..*request };
                solved.extend(compare::baselines(&request, &loaded.digest)?);
            }
            // Whether any plan obeys the rules is no policy's.
            let is_infeasible = solved.iter().any(|entrant| entrant.status == Status::Infeasible);
            let contradiction = is_infeasible.then(|| solve::solve(request, &loaded.digest)).transpose()?;
            Ok((solved, contradiction))
        });
        let (solved, contradiction) = solved.map_err(|error| failure(&loaded, error))?;
        if let Some(Plan { conflict, conflict_reduced, .. }) = contradiction {
            return Err(infeasible(&conflict.unwrap_or_default(), conflict_reduced == Some(true)));
        }
        entrants.extend(solved);
        let comparison = compare::compare(first, loaded.baseline.as_ref(), &entrants);
        let text = if common.json {
            document("compare", &loaded.reference(), &comparison)
        } else {
            answers::comparison(&comparison)
        };
        print(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Says where a plan file is no plan of this scenario: what it has is compared all the same.
#[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
fn warn(loaded: &Loaded, plan: &Plan, entrant: &Entrant) {
    let name = &entrant.name;
    match plan.status {
        Status::Infeasible => {
            eprintln!("warning: `{name}` says that no plan obeys the rules; nobody is aboard");
        }
        Status::Unknown => {
            eprintln!("warning: `{name}` was stopped before a plan was found; nobody is aboard");
        }
        Status::Optimal | Status::Feasible | Status::Recorded => {
            let aboard = entrant.on.iter().flatten().count();
            let lost = plan.assignments.len() - aboard;
            if lost > 0 {
                eprintln!(
                    "warning: {lost} of the assignments of `{name}` name a unit twice, or one or a departure that the \
                     scenario does not have; they are left out"
                );
            }
            let judgement = judge_seating(&loaded.scenario, loaded.baseline.as_ref(), &entrant.on);
            let broken = judgement.violations.len();
            if broken > 0 && plan.status != Status::Recorded {
                eprintln!(
                    "warning: `{name}` breaks the rules of this scenario ({broken} violations; `airbridge check` names them)"
                );
            }
        }
    }
}

/// The scenario under the policy of a file; what is wrong with that is said at its place there.
fn under(loaded: &Loaded, path: &Path) -> Result<Scenario, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(format!("`{}`: {error}", shown(path)));
    let policy = String::from_utf8(input(path)?).map_err(|error| usage(&error))?;
    let text = std::str::from_utf8(&loaded.text).map_err(|error| usage(&error))?;
    let changed = change(text, &[Edit::Policy(policy.clone())]).map_err(|error| usage(&error))?;
    read(changed.text.as_bytes(), &loaded.name).map(|read| read.scenario).map_err(|found| {
        let scenario = Source { name: loaded.name.clone(), text: text.to_owned() };
        let file = Source { name: shown(path), text: policy };
        Failure::Input(changed.placed(&found, &scenario, &[file]))
    })
}
