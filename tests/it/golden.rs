//! Each folder of `scenarios/`: the levels' values first, as its `why.md` argues for them, then the checker,
//! then the plan's bytes.
//!
//! `AIRBRIDGE_BLESS=1 cargo test --release` writes the plans anew: look at the difference before you commit it.

use std::path::Path;

use airbridge::plan::read::read_baseline;
use airbridge::plan::{Plan, Status};
use airbridge::scenario::read::{digest, read};
use airbridge::scenario::{Baseline, Scenario};
use airbridge::solve::{self, Method, Request};
use serde_json::{Value, json};

use crate::solving::{bests, proven, run};
use crate::stories::{expected, stories};

/// A story's scenario and baseline, with the digest of its bytes.
struct Story {
    scenario: Scenario,
    digest: String,
    baseline: Option<Baseline>,
}

fn open(folder: &Path) -> Story {
    let text = std::fs::read(folder.join("scenario.json")).expect("a story has a scenario");
    let scenario = read(&text, "scenario.json").unwrap_or_else(|said| panic!("{said}")).scenario;
    let baseline = std::fs::read(folder.join("baseline.json")).ok().map(|text| {
        let pairs = read_baseline(&text, "baseline.json").unwrap_or_else(|said| panic!("{said}"));
        let pairs = pairs.iter().map(|(unit, departure)| (unit.as_str(), departure.as_str()));
        Baseline::resolve(digest(&text), pairs, &scenario)
    });
    Story { scenario, digest: digest(&text), baseline }
}

fn solved(story: &Story, method: Method) -> Plan {
    let request = Request {
        scenario: &story.scenario,
        baseline: story.baseline.as_ref(),
        method,
        runner: &run,
        stop: &|| false,
        grant: &|_| (),
        progress: &|_| (),
    };
    solve::solve(&request, &story.digest).unwrap_or_else(|error| panic!("{error}"))
}

/// The answer that `why.md` argues for: the first levels, and who is on what.
#[track_caller]
fn is_expected(folder: &Path, plan: &Plan) {
    let (expected, name) = (expected(folder), folder.display());
    assert_eq!(json!(plan.status), expected["status"], "{name}");
    let levels = expected["levels"].as_array().expect("a list");
    let found: Vec<Value> =
        plan.levels.iter().take(levels.len()).map(|level| json!([level.name, level.best])).collect();
    assert_eq!(&found, levels, "{name}");
    for (unit, departure) in expected["on"].as_object().into_iter().flatten() {
        let on = plan.assignments.iter().find(|one| one.unit == *unit).map(|one| &one.departure);
        assert_eq!(json!(on), *departure, "{name}: {unit}");
    }
}

#[track_caller]
fn is_clean(folder: &Path, story: &Story, plan: &Plan) {
    let report = airbridge::check::check(&story.scenario, &story.digest, story.baseline.as_ref(), plan);
    assert!(report.is_clean(), "{}: {:?}", folder.display(), report.violations);
    assert!(plan.status == Status::Infeasible || proven(plan) == plan.levels.len(), "{}", folder.display());
}

/// Byte for byte: among plans that are as good, each solver has its own.
#[track_caller]
fn is_as_it_was(folder: &Path, plan: &Plan) {
    if cfg!(not(feature = "highs")) {
        return;
    }
    let path = folder.join("plan.json");
    if std::env::var_os("AIRBRIDGE_BLESS").is_some() {
        std::fs::write(&path, plan.to_json()).expect("is written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == plan.to_json(), "{} has changed: run the test with AIRBRIDGE_BLESS=1", path.display());
}

#[test]
fn every_story_ends_as_it_is_told() {
    for folder in stories() {
        let story = open(&folder);
        let plan = solved(&story, Method::Auto);
        is_expected(&folder, &plan);
        is_clean(&folder, &story, &plan);
        is_as_it_was(&folder, &plan);
    }
}

/// The reference agrees: small stories only, the chapters of 2021 are the engine's.
#[test]
fn the_flat_program_tells_the_same_stories() {
    for folder in stories() {
        let story = open(&folder);
        if story.scenario.units.len() > 50 {
            continue;
        }
        let plan = solved(&story, Method::Flat);
        is_expected(&folder, &plan);
        is_clean(&folder, &story, &plan);
        assert_eq!(bests(&plan), bests(&solved(&story, Method::Auto)), "{}", folder.display());
    }
}
