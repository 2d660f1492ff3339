//! `airbridge validate`.

use std::process::ExitCode;

use airbridge::answer::{self, document};
use airbridge::diagnostic::Diagnostics;
use airbridge::eligibility;
use airbridge::lint;
use airbridge::plan::ScenarioRef;
use airbridge::rule::Rule;
use airbridge::scenario::read::digest;
use clap::Args;

use super::failure::shown;
use super::files::{Loaded, input, loaded, print};
use super::{Common, Failure, ScenarioArgs};

/// Every mistake of a scenario file, and what is odd about it
#[derive(Args)]
#[command(
    long_about = "Every mistake of a scenario file at once, each with its line, column, JSON path and what to \
    do; and warnings: a unit that nothing can carry, a departure that nobody may board, a quota that counts nobody.\n\n\
    Exit codes: 0 the file is in order (warnings or not); 2 it is not."
)]
#[command(after_long_help = "Example:\n  airbridge validate scenarios/october-2021/scenario.json")]
pub(crate) struct Validate {
    #[command(flatten)]
    input: ScenarioArgs,
}

impl Validate {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let text = input(&self.input.scenario)?;
        let loaded = match loaded(&text, &self.input) {
            Err(Failure::Input(diagnostics)) if common.json => {
                answer(&reference(&text), &diagnostics)?;
                return Ok(ExitCode::from(2));
            }
            other => other?,
        };
        let diagnostics = diagnostics(&loaded);
        if common.json {
            answer(&loaded.reference(), &diagnostics)?;
        } else {
            tell(&loaded, &diagnostics, common)?;
        }
        Ok(if diagnostics.has_errors() { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}

fn diagnostics(loaded: &Loaded) -> Diagnostics {
    let eligibility = eligibility::assess(&loaded.scenario, loaded.baseline.as_ref());
    let pins = airbridge::solve::forbidden_pins(&eligibility);
    let mut all = loaded.warnings.clone();
    all.extend(forbidden_pins(loaded, &pins).0);
    let findings = lint::lint(&eligibility, loaded.baseline.as_ref());
    all.extend(Diagnostics::locate(&loaded.text, &loaded.name, findings).0);
    all.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    Diagnostics(all)
}

/// Pins that eligibility forbids, with the tests that fail.
pub(crate) fn forbidden_pins(loaded: &Loaded, pins: &[(usize, Vec<Rule>)]) -> Diagnostics {
    let finding =
        |(position, rules): &(usize, Vec<Rule>)| lint::forbidden_pin(&loaded.scenario, *position, rules);
    Diagnostics::locate(&loaded.text, &loaded.name, pins.iter().map(finding).collect())
}

fn tell(loaded: &Loaded, diagnostics: &Diagnostics, common: &Common) -> Result<(), Failure> {
    let scenario = &loaded.scenario;
    let persons: usize = scenario.units.iter().map(|unit| unit.persons.len()).sum();
    let (units, departures) = (scenario.units.len(), scenario.departures.len());
    let findings = if diagnostics.0.is_empty() { String::new() } else { shown(diagnostics, common) + "\n\n" };
    let verdict = match (diagnostics.has_errors(), diagnostics.0.len()) {
        (true, _) => "not in order",
        (false, 0) => "in order",
        (false, _) => "in order, with warnings",
    };
    let text = format!(
        "{findings}{}: {verdict}: {units} units, {persons} persons, {departures} departures\n",
        loaded.name
    );
    print(text.as_bytes())
}

fn answer(scenario: &ScenarioRef, diagnostics: &Diagnostics) -> Result<(), Failure> {
    print(document("validate", scenario, &answer::Validate { diagnostics }).as_bytes())
}

/// What can be said of a scenario that is not in order: its name, if that much can be read, and the digest.
fn reference(text: &[u8]) -> ScenarioRef {
    let document: Option<serde_json::Value> = serde_json::from_slice(text).ok();
    let name = document.as_ref().and_then(|document| document.get("name")?.as_str()).unwrap_or_default();
    ScenarioRef { name: name.to_owned(), digest: digest(text) }
}
