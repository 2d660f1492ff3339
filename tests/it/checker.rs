//! The checker: a good plan broken in one way gives exactly that rule, with its numbers.

use airbridge::check::judge;
use airbridge::rule::Rule;
use serde_json::{Value, json};

use crate::fixture::{STORY, baseline, checked, edited, lines, pairs, scenario, story, story_plan, without};

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
        Rule::AdmitsAll => one("/departures/1/admits_all", json!(["lpr"]), &["admits_all 1 0"]),
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
        let named = |said: &[&str]| assert!(said.iter().any(|line| line.starts_with(rule.code())), "{rule}");
        match broken(rule) {
            Broken::Scenario(edits, said) => {
                named(&said);
                breaks(&edits, &said);
            }
            Broken::Plan(edits, said) => {
                named(&said);
                misclaims(&edited(&story_plan(), &edits), &said);
            }
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

/// One edit of the plan.
#[track_caller]
fn claims(pointer: &str, value: Value, said: &[&str]) {
    misclaims(&edited(&story_plan(), &[(pointer, value)]), said);
}

#[test]
fn every_number_of_a_departures_load_is_recomputed() {
    claims("/departures/0/seats", json!(5), &["seats 5 4"]);
    claims("/departures/0/lap_infants", json!(1), &["lap_infants 1 2"]);
    claims("/departures/0/wheelchairs", json!(0), &["wheelchairs 0 1"]);
    claims("/departures/0/stretchers", json!(1), &["stretchers 1 0"]);
    claims("/departures/0/mass_kg", json!(322), &["payload 322 323"]);
    claims("/departures/0/below_vetting", json!(6), &["vetting 6 5"]);
    claims("/departures/0/limits/seats", json!(10), &["seats 10 8"]);
    claims("/departures/0/limits/lap_infants", json!(10), &["lap_infants 10 none"]);
    claims("/departures/0/by_category/1/persons", json!(3), &["aboard 3 2"]);
    claims("/departures/0/by_category/1/category", json!("lprs"), &["aboard lprs lpr"]);
    claims("/departures/0/departure", json!("D9"), &["aboard D9 D1"]);
    misclaims(&without(&story_plan(), "/departures/1"), &["aboard none D2"]);
}

#[test]
fn who_waits_is_exactly_the_rest_with_a_reason_of_its_kind() {
    misclaims(&without(&story_plan(), "/unseated/0"), &["unit none U4"]);
    claims("/unseated/1", json!({"unit": "U2", "reason": {"kind": "not_proven"}}), &["unit U2 none"]);
    claims("/unseated/0/reason/rules", json!({"adult": 1, "seats": 1}), &["adult 1 2", "seats 1 0"]);
    claims(
        "/unseated/0/reason/smallest_change",
        json!({"departure": "D2", "rules": ["adult"]}),
        &["unit D2: adult D1: adult"],
    );
    claims("/unseated/0/reason", json!({"kind": "lost_draw"}), &["unit 0 1"]);
    claims("/unseated/0/reason/loss", json!(3), &["unit loss none"]);
    claims("/unseated/0/reason", json!({"kind": "no_show"}), &["unit no_show recorded"]);
}

#[test]
fn a_unit_that_some_departure_may_take_is_not_never_possible() {
    let empty = edited(&story_plan(), &[("/assignments", json!([{"unit": "U1", "departure": "D1"}]))]);
    let said = lines(
        &checked(
            &story(),
            None,
            &edited(&empty, &[("/unseated/1", json!({"unit": "U2", "reason": {"kind": "never_possible"}}))]),
        )
        .violations,
    );
    assert!(said.contains(&"unit 1 0".to_owned()), "{said:?}");
}

#[test]
fn assignments_are_sorted_and_name_what_exists() {
    let swapped = json!([{"unit": "U3", "departure": "D1"}, {"unit": "U1", "departure": "D1"},
        {"unit": "U2", "departure": "D2"}]);
    claims("/assignments", swapped, &["unit 1 0"]);
    let unknown = lines(
        &checked(&story(), None, &edited(&story_plan(), &[("/assignments/2/departure", json!("D9"))]))
            .violations,
    );
    assert_eq!(unknown[..2], ["unit unknown 1", "unit U4 U2"]);
}

#[test]
fn what_the_levels_claim_fits_together() {
    claims("/levels/0/name", json!("citizen"), &["level maximize citizen maximize citizens"]);
    claims("/levels/0/sense", json!("minimize"), &["level minimize citizens maximize citizens"]);
    misclaims(&without(&story_plan(), "/levels/2"), &["level 0 1"]);
    claims("/levels/0/bound", json!(3), &["level 3 4", "level 1 0"]);
    claims("/levels/0/bound", json!(5), &["level 1 0"]);
    claims("/levels/0/best", json!(5), &["level 5 4", "level 4 5", "level 1 0"]);
    let modest = [("/levels/1/best", json!(6)), ("/levels/1/bound", json!(6))];
    misclaims(&edited(&story_plan(), &modest), &["level 6 7"]);
    claims("/levels/0/proven", json!(false), &["level 0 1", "level 1 0", "level 2 3"]);
    claims("/levels/0/proof", json!("none"), &["level 0 1"]);
    claims("/status", json!("feasible"), &["level 3 3"]);
    misclaims(&without(&story_plan(), "/levels/0/best"), &["level 3 4"]);
}

#[test]
fn a_plan_belongs_to_its_scenario_and_baseline() {
    claims("/format", json!("airbridge/plan/2"), &["digest airbridge/plan/2 airbridge/plan/1"]);
    claims("/scenario/name", json!("tale"), &["digest tale story"]);
    claims("/baseline", json!({"digest": "blake3:ba"}), &["digest blake3:ba none"]);
}

#[test]
fn infeasible_and_unknown_plans_are_empty() {
    let empty = json!({"format": "airbridge/plan/1", "scenario": {"name": "story", "digest": "blake3:00"},
        "status": "infeasible", "conflict": [{"kind": "budget"}], "conflict_reduced": true,
        "levels": [], "assignments": [], "unseated": [], "departures": []});
    // A plan with nobody aboard spends nothing.
    misclaims(&empty, &["certificate met 0"]);
    let not_pinned = json!({"kind": "pin", "unit": "U1", "departure": "D1"});
    misclaims(&edited(&empty, &[("/conflict/0", not_pinned)]), &["pin 0 1"]);
    misclaims(&edited(&empty, &[("/conflict/0", json!({"kind": "quota", "name": "q"}))]), &["quota 0 1"]);
    misclaims(&edited(&empty, &[("/status", json!("unknown"))]), &["level 1 0"]);
    claims("/status", json!("unknown"), &["level 3 0", "unit 3 0", "unit 1 0", "aboard 2 0"]);
}

#[test]
fn a_recorded_plan_is_asked_for_rules_alone() {
    let mut recorded = edited(
        &story_plan(),
        &[("/status", json!("recorded")), ("/unseated/0/reason", json!({"kind": "no_show"}))],
    );
    for level in recorded["levels"].as_array_mut().expect("a list") {
        level
            .as_object_mut()
            .expect("an object")
            .retain(|key, _| ["name", "sense", "value"].contains(&key.as_str()));
    }
    misclaims(&recorded, &[]);
    misclaims(&edited(&recorded, &[("/levels/0/best", json!(4))]), &["level 1 0"]);
    misclaims(&edited(&recorded, &[("/departures/0/persons", json!(1))]), &["aboard 1 6"]);
}

/// The rules that these assignments break in the edited story, given a baseline.
#[track_caller]
fn replanned(
    edits: &[(&str, Value)],
    was: &[(&str, &str)],
    now: &[(&str, &str)],
    said: &[&str],
    changes: i128,
) {
    let scenario = scenario(&edited(&story(), edits));
    let before = baseline(&scenario, was);
    let judgement = judge(&scenario, Some(&before), &pairs(&scenario, now));
    assert_eq!(lines(&judgement.violations), said);
    let names: Vec<String> = scenario.levels(Some(&before)).all.into_iter().map(|level| level.name).collect();
    assert_eq!(names, ["citizens", "all", "changes", "days"]);
    assert_eq!(judgement.values[2], changes);
}

#[test]
fn a_locked_manifest_holds_its_units_and_exempts_them() {
    let locked = [
        ("/departures/1/manifest_closes", json!("2021-10-08T00:00:00Z")),
        ("/departures/1/reports_by", json!("2021-10-08T00:00:00Z")),
        ("/units/1/latest", json!("2021-10-08T00:00:00Z")),
    ];
    let was = [("U2", "D2")];
    replanned(&locked, &was, &STORY, &[], 0);
    replanned(&locked, &was, &STORY[..2], &["manifest 0 1"], 1);
    let cancelled = [&locked[..], &[("/departures/1/cancelled", json!(true))]].concat();
    replanned(&cancelled, &was, &STORY[..2], &[], 1);
    replanned(&cancelled, &was, &STORY, &["cancelled 1 0"], 0);
    replanned(&[], &was, &STORY[..2], &[], 1);
    replanned(&[], &[("U1", "D1"), ("U3", "gone"), ("gone", "D1"), ("U4", "D2")], &STORY, &[], 2);
}

#[test]
fn quotas_have_four_sides() {
    let quota = |sides: Value, said: &[&str]| {
        let mut quota = json!({"name": "q", "count": {"category": ["lpr"]}, "departures": ["D1"]});
        quota.as_object_mut().expect("an object").extend(sides.as_object().expect("an object").clone());
        breaks(&[("/quotas", json!([quota]))], said);
    };
    quota(json!({"min": 2, "max": 2, "min_percent": 33, "max_percent": 34}), &[]);
    quota(json!({"min": 3, "max": 1}), &["quota 2 3", "quota 2 1"]);
    quota(json!({"min_percent": 34}), &["quota 200 204"]);
    quota(json!({"max_percent": 33}), &["quota 200 198"]);
    quota(json!({"among": {"sex": ["f"]}, "max_percent": 99}), &["quota 200 198"]);
}

/// The value of one level over the story's assignments.
#[track_caller]
fn measures(level: Value, edits: &[(&str, Value)], value: i128) {
    let mut level = level;
    level["name"] = json!("x");
    let edits = [&[("/policy/levels", json!([level]))], edits].concat();
    let scenario = scenario(&edited(&story(), &edits));
    assert_eq!(judge(&scenario, None, &pairs(&scenario, &STORY)).values, [value], "{edits:?}");
}

#[test]
fn the_twelve_measures_are_worked_out_by_hand() {
    let lpr = json!({"category": ["lpr"]});
    measures(json!({"maximize": "persons", "where": lpr}), &[], 2);
    measures(json!({"maximize": "seats", "where": lpr}), &[("/units/2/extra_seats", json!(2))], 6);
    measures(json!({"maximize": "units", "where": lpr}), &[], 2);
    let weights = json!([{"weight": 10}, {"where": lpr, "weight": -3}]);
    measures(json!({"maximize": "weighted", "weights": weights}), &[], 64);
    measures(json!({"maximize": "urgency", "where": lpr}), &[("/units/1/urgency", json!(9))], 3);
    let likes = json!({"D1": -2, "DOH": 9});
    measures(json!({"maximize": "preference"}), &[("/units/0/preferences", likes)], -2);
    measures(json!({"maximize": "preference"}), &[("/units/1/preferences", json!({"TIA": 5}))], 5);
    let odds = [("/units/0/show_probability", json!(0.9)), ("/departures/0/cancel_probability", json!(0.05))];
    measures(json!({"maximize": "expected_persons", "where": lpr}), &odds, 855 + 950);
    measures(json!({"minimize": "person_days"}), &[], 6 + 2);
    let waits = [("/units/0/ready", json!("2021-10-01T23:59:59Z"))];
    measures(json!({"maximize": "waiting_days"}), &waits, 40);
    measures(json!({"minimize": "cost"}), &[], 700);
    measures(json!({"minimize": "changes"}), &[], 0);
    measures(json!({"maximize": "lottery", "seed": 7}), &[], 5 * lot("U1") + lot("U2") + lot("U3"));
}

/// The unit's number in the draw of seed 7.
fn lot(unit: &str) -> i128 {
    let hash = blake3::hash(&[&[7, 0, 0, 0, 0, 0, 0, 0], unit.as_bytes()].concat());
    let first: [u8; 8] = hash.as_bytes()[..8].try_into().expect("32 bytes");
    1 + i128::from(u64::from_le_bytes(first) % 1000)
}

#[test]
fn a_mixed_family_counts_as_the_policy_says() {
    let citizens = json!({"maximize": "persons", "where": {"category": ["us_citizen"]}});
    let lprs = json!({"maximize": "persons", "where": {"category": ["lpr"]}});
    let best = [("/policy/mixed_status", json!("best_member"))];
    measures(citizens.clone(), &best, 5);
    measures(lprs.clone(), &best, 1);
    let anchor = [("/policy/mixed_status", json!("anchor")), ("/units/0/anchor", json!("P2"))];
    measures(citizens, &anchor, 0);
    measures(lprs, &anchor, 6);
}

#[test]
fn filters_hold_every_key_that_they_give() {
    let persons = |filter: Value, value: i128| {
        measures(json!({"maximize": "persons", "where": filter}), &[], value);
    };
    persons(json!({}), 7);
    persons(json!({"sponsor": ["s1"]}), 5);
    persons(json!({"sex": ["f"], "mobility": ["none"]}), 1);
    persons(json!({"location": ["MZR"]}), 2);
    persons(json!({"unit": ["U2", "U3", "U4"]}), 2);
    persons(json!({"min_age": 1, "max_age": 1.5}), 2);
    persons(json!({"min_vetting": "self_declared"}), 2);
    persons(json!({"tag": ["judge"]}), 0);
}

#[test]
fn beds_are_counted_on_every_day_that_somebody_stays() {
    let busy = |days: i64, beds: i64, said: &[&str]| {
        let edits = [
            ("/places/3/dwell_days", json!(days)),
            ("/places/3/beds", json!(beds)),
            ("/departures/1/to", json!("DOH")),
        ];
        breaks(&edits, said);
    };
    busy(2, 10, &[]);
    busy(2, 6, &["beds 6 2", "beds 7 6"]);
    busy(1, 6, &["beds 6 2"]);
    busy(0, 0, &[]);
}
