//! The checker: a good plan broken in one way gives exactly that rule, with its numbers.

use airbridge::check::judge;
use airbridge::rule::Rule;
use serde_json::{Value, json};

use crate::fixture::{
    DIGEST, STORY, baseline, checked, edited, line, lines, pairs, scenario, story, story_plan, without,
};

/// How a rule is broken, and what the checker then says.
enum Broken {
    /// By an edit of the scenario, the assignments as they were.
    Scenario(Vec<(&'static str, Value)>, Vec<&'static str>),
    /// By an edit of the plan.
    Plan(Vec<(&'static str, Value)>, Vec<&'static str>),
    /// Not by a plan: the row follows from the other rules.
    Never,
}

/// Exhaustive, so that a new rule does not compile without its mutation.
fn broken(rule: Rule) -> Broken {
    let scenario = |edits: &[(&'static str, Value)], said: &[&'static str]| {
        Broken::Scenario(edits.to_vec(), said.to_vec())
    };
    let one =
        |pointer: &'static str, value: Value, said: &[&'static str]| scenario(&[(pointer, value)], said);
    let link =
        |kind: &str, units: [&str; 2], said| one("/links", json!([{"kind": kind, "units": units}]), said);
    match rule {
        Rule::Cancelled => one("/departures/1/cancelled", json!(true), &["cancelled 1 0"]),
        Rule::Closed => one(
            "/places/2/closed",
            json!([{"from": "2021-10-10", "to": "2021-10-11"}]),
            &["closed 2021-10-11 2021-10-10"],
        ),
        Rule::Manifest => one(
            "/departures/1/manifest_closes",
            json!("2021-10-08T23:59:59Z"),
            &["manifest 2021-10-09T00:00:00Z 2021-10-08T23:59:59Z"],
        ),
        Rule::Movement => one(
            "/departures/0/reports_by",
            json!("2021-10-09T08:29:59Z"),
            &["movement 2021-10-09T08:30:00Z 2021-10-09T08:29:59Z"],
        ),
        Rule::Latest => one(
            "/units/1/latest",
            json!("2021-10-11T07:59:59Z"),
            &["latest 2021-10-11T08:00:00Z 2021-10-11T07:59:59Z"],
        ),
        Rule::Documents => one("/departures/1/documents", json!([["passport"]]), &["documents 1 0"]),
        Rule::AdmitsAny => one("/departures/0/admits_any", json!(["us_citizen"]), &["admits_any 0 1"]),
        Rule::AdmitsAll => one("/departures/0/admits_all", json!(["us_citizen", "lpr"]), &[]),
        Rule::SponsorsOnly => one("/departures/1/sponsors_only", json!(["s1"]), &["sponsors_only 0 1"]),
        Rule::Refused => one("/units/1/persons/0/vetting", json!("refused"), &["refused 1 0"]),
        Rule::Vetting => one("/units/2/persons/0/vetting", json!("unverified"), &["vetting 6 5"]),
        Rule::Adult => one("/units/1/persons/0/age", json!(17.9), &["adult 0 1"]),
        Rule::Exclusion => one("/exclusions", json!([{"unit": "U2"}]), &["exclusion 1 0"]),
        Rule::Seats => one("/departures/0/seats", json!(5), &["seats 4 3"]),
        Rule::LapInfants => {
            one("/departures/0/lap_infants", json!(1), &["lap_infants 2 1", "lap_infants 2 1"])
        }
        Rule::Wheelchairs => one("/units/2/persons/0/mobility", json!("wchc"), &["wheelchairs 2 1"]),
        Rule::Stretchers => scenario(
            &[("/units/2/persons/0/mobility", json!("stretcher")), ("/departures/0/blocked_seats", json!(0))],
            &["stretchers 1 0", "stretchers 1 0"],
        ),
        Rule::Payload => one("/departures/0/payload_kg", json!(322), &["payload 323 322"]),
        Rule::VettingExceptions => {
            one("/departures/0/vetting/exceptions", json!(4), &["vetting_exceptions 5 4", "vetting 5 4"])
        }
        Rule::Unit => {
            Broken::Plan(vec![("/assignments/3", json!({"unit": "U2", "departure": "D2"}))], vec!["unit 2 1"])
        }
        Rule::Allotment => {
            one("/departures/0/allotments", json!([{"sponsor": "s1", "seats": 8}]), &["allotment 9 8"])
        }
        Rule::Aboard => Broken::Plan(vec![("/departures/0/persons", json!(5))], vec!["aboard 5 6"]),
        Rule::MinLoad => one("/departures/1/min_load", json!(2), &["min_load 1 2"]),
        Rule::Budget => one("/budget_usd", json!(699), &["budget 700 699"]),
        Rule::Beds => one("/places/3/beds", json!(9), &["beds 6 5"]),
        Rule::Quota => {
            one("/quotas", json!([{"name": "q", "count": {"category": ["lpr"]}, "min": 3}]), &["quota 2 3"])
        }
        Rule::Pin => one("/pins", json!([{"unit": "U2", "departure": "D1"}]), &["pin 0 1"]),
        Rule::SameDeparture => link("same_departure", ["U1", "U2"], &["same_departure D2 D1"]),
        Rule::AllOrNone => link("all_or_none", ["U1", "U4"], &["all_or_none 1 2"]),
        Rule::AtMostOne => link("at_most_one", ["U1", "U2"], &["at_most_one 2 1"]),
        Rule::Apart => link("apart", ["U1", "U3"], &["apart 2 1"]),
        Rule::Level => Broken::Plan(
            vec![("/levels/1/value", json!(8)), ("/levels/1/best", json!(8)), ("/levels/1/bound", json!(8))],
            vec!["level 8 7"],
        ),
        Rule::Digest => {
            Broken::Plan(vec![("/scenario/digest", json!("blake3:ff"))], vec!["digest blake3:ff blake3:00"])
        }
        Rule::Certificate => Broken::Plan(
            vec![("/levels/0/proof", json!("certified"))],
            vec!["certificate not_shown certified"],
        ),
        Rule::Open | Rule::Held | Rule::Fill | Rule::Used => Broken::Never,
    }
}

#[test]
fn a_good_plan_is_clean() {
    let report = checked(&story(), None, &story_plan());
    assert!(report.is_clean(), "{:#?}", report.violations);
    let values: Vec<String> = report.levels.iter().map(|level| level.found.to_string()).collect();
    assert_eq!(values, ["4", "7", "8"]);
    assert!(report.levels.iter().all(|level| !level.verified), "nothing was certified");
}

#[test]
fn every_rule_is_provoked_by_breaking_a_good_plan_in_one_way() {
    for rule in Rule::ALL {
        match broken(rule) {
            Broken::Scenario(edits, said) => breaks(&edits, &said),
            Broken::Plan(edits, said) => misclaims(&edited(&story_plan(), &edits), &said),
            Broken::Never => {}
        }
    }
}

/// The story's assignments in the edited scenario break these rules.
#[track_caller]
fn breaks(edits: &[(&str, Value)], said: &[&str]) {
    let scenario = scenario(&edited(&story(), edits));
    let judgement = judge(&scenario, None, &pairs(&scenario, &STORY));
    assert_eq!(lines(&judgement.violations), said, "{edits:?}");
}

/// The plan, in the story as it is, has these violations.
#[track_caller]
fn misclaims(plan: &Value, said: &[&str]) {
    assert_eq!(lines(&checked(&story(), None, plan).violations), said);
}
