//! The stories in `scenarios/`: each reads, each says what its answer is, each rule has one.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

use airbridge::rule::Rule;
use airbridge::scenario::format;
use airbridge::scenario::read::read;
use airbridge::synth::{Like, Spec, generate};
use serde_json::Value;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

#[track_caller]
fn text(path: &Path) -> String {
    read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders with a scenario.
pub(crate) fn stories() -> Vec<PathBuf> {
    let entries = read_dir(scenarios()).expect("the scenarios are in the repository");
    let paths = entries.map(|entry| entry.expect("an entry of the folder").path());
    let mut stories: Vec<PathBuf> = paths.filter(|path| path.join("scenario.json").is_file()).collect();
    stories.sort();
    stories
}

/// The block that ends a `why.md`.
#[track_caller]
pub(crate) fn expected(story: &Path) -> Value {
    let why = text(&story.join("why.md"));
    let (_, block) = why.split_once("```expect\n").unwrap_or_else(|| panic!("{}", story.display()));
    let (json, rest) = block.split_once("\n```").unwrap_or_else(|| panic!("{}", story.display()));
    assert_eq!(rest.trim(), "", "{}: the block stands last", story.display());
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{}: {error}", story.display()))
}

#[test]
fn every_story_reads_without_an_error() {
    let stories = stories();
    assert!(stories.len() >= 38);
    for story in stories {
        let text = text(&story.join("scenario.json"));
        if let Err(diagnostics) = read(text.as_bytes(), "scenario.json") {
            panic!("{}\n{diagnostics}", story.display());
        }
    }
}

#[test]
fn every_story_says_what_its_answer_is() {
    for story in stories() {
        let expected = expected(&story);
        let status = expected["status"].as_str();
        assert!(matches!(status, Some("optimal" | "infeasible")), "{}", story.display());
        let scenario: format::Scenario =
            serde_json::from_str(&text(&story.join("scenario.json"))).expect("it reads");
        for level in expected["levels"].as_array().expect("a list of levels") {
            assert!(level[0].is_string() && level[1].is_i64(), "{}", story.display());
        }
        for (unit, departure) in expected["on"].as_object().into_iter().flatten() {
            assert!(scenario.units.iter().any(|one| one.id == *unit), "{}: {unit}", story.display());
            let known = scenario.departures.iter().any(|one| *departure == one.id);
            assert!(known, "{}: {departure}", story.display());
        }
    }
}

/// Every rule that a planner can meet has a story of its name; the rest are parts of a proof.
#[test]
fn every_rule_has_a_story() {
    let of_a_proof = [
        Rule::Open,
        Rule::Held,
        Rule::Fill,
        Rule::Aboard,
        Rule::Used,
        Rule::Level,
        Rule::Digest,
        Rule::Certificate,
    ];
    for rule in Rule::ALL.into_iter().filter(|rule| !of_a_proof.contains(rule)) {
        let folder = rule.code().replace('_', "-");
        assert!(scenarios().join(&folder).join("scenario.json").is_file(), "{folder}");
    }
}

#[track_caller]
fn check_generated(folder: &str, like: Like) {
    let generated = generate(&Spec { like: Some(like), ..Spec::default() }).to_json();
    assert!(generated == text(&scenarios().join(folder).join("scenario.json")), "{folder} has changed");
}

#[test]
fn the_chapters_of_2021_can_be_made_again() {
    check_generated("october-2021", Like::October2021);
    check_generated("dynamo", Like::Dynamo);
    check_generated("mazar", Like::Mazar);
}

#[test]
fn the_guide_names_every_story() {
    let guide = text(&scenarios().join("README.md"));
    for story in stories() {
        let folder = story.file_name().expect("a folder").to_string_lossy().into_owned();
        assert!(guide.contains(&format!("]({folder}/why.md)")), "{folder}");
    }
}

#[test]
fn the_guide_explains_every_field() {
    let guide = text(&scenarios().join("README.md"));
    let schema = serde_json::to_value(schemars::schema_for!(format::Scenario)).expect("a JSON form");
    let objects = schema["$defs"].as_object().expect("definitions").values().chain([&schema]);
    let fields: BTreeSet<&String> = objects
        .flat_map(|object| object["properties"].as_object().into_iter().flatten().map(|(f, _)| f))
        .collect();
    let missing: Vec<_> = fields.into_iter().filter(|field| !guide.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The first file of the guide is one that reads.
#[test]
fn the_first_file_of_the_guide_reads() {
    let guide = text(&scenarios().join("README.md"));
    let (_, rest) = guide.split_once("```json\n").expect("a block of JSON");
    let (first, _) = rest.split_once("```").expect("its end");
    if let Err(diagnostics) = read(first.as_bytes(), "README.md") {
        panic!("{diagnostics}");
    }
}
