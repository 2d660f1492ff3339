//! What contradicts itself, and why a unit waits: what the checker can show of it, refute, or neither.

use serde_json::{Value, json};

use crate::fixture::{DIGEST, checked, edited, lines, without};

/// Two pairs and a single, all pinned; one departure has three seats, the other one.
fn pinned() -> Value {
    let person = |id: &str| json!({"id": id, "category": "lpr", "age": 30});
    let flight = |id: &str, seats: usize| json!({"id": id, "kind": "charter_flight", "from": "A", "to": "B", "departs": "2021-10-10T10:00:00Z", "seats": seats});
    json!({"format": "airbridge/scenario/1", "name": "pinned", "as_of": "2021-10-09T00:00:00Z",
        "places": [{"id": "A"}, {"id": "B"}], "departures": [flight("D1", 3), flight("D2", 1)],
        "units": [
            {"id": "U1", "location": "A", "persons": [person("P1"), person("P2")]},
            {"id": "U2", "location": "A", "persons": [person("P3"), person("P4")]},
            {"id": "U3", "location": "A", "persons": [person("P5")]}],
        "pins": [pin("U1", "D1"), pin("U2", "D1"), pin("U3", "D2")],
        "policy": {"levels": [{"name": "all", "maximize": "persons"}]}})
}

fn pin(unit: &str, departure: &str) -> Value {
    json!({"unit": unit, "departure": departure})
}

fn pin_member(unit: &str, departure: &str) -> Value {
    json!({"kind": "pin", "unit": unit, "departure": departure})
}

/// Four seats are needed of three: a seat costs 1, a pin brings 2.
fn infeasible(members: &[Value]) -> Value {
    json!({"format": "airbridge/plan/1", "scenario": {"name": "pinned", "digest": DIGEST}, "status": "infeasible",
        "levels": [], "assignments": [], "unseated": [], "departures": [],
        "conflict": members, "conflict_reduced": true,
        "certificate": [{"level": null, "bound": -1, "denominator": 1, "prices": [
            {"row": "seats", "departure": "D1", "numerator": 1},
            {"row": "pin", "unit": "U1", "departure": "D1", "numerator": -2},
            {"row": "pin", "unit": "U2", "departure": "D1", "numerator": -2}]}]})
}

/// The violations of a plan, then what it says that was neither shown nor refuted.
fn judged(scenario: &Value, plan: &Value) -> (Vec<String>, Vec<String>) {
    judged_after(scenario, None, plan)
}

/// The same after a baseline.
fn judged_after(scenario: &Value, was: Option<&[(&str, &str)]>, plan: &Value) -> (Vec<String>, Vec<String>) {
    let report = checked(scenario, was, plan);
    let claim = |subject: &airbridge::check::Subject| {
        let words = [subject.unit.as_deref(), subject.part.as_deref()];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    (lines(&report.violations), report.unverified.iter().map(claim).collect())
}

#[track_caller]
fn says(plan: &Value, violations: &[&str], unverified: &[&str]) {
    let (found, open) = judged(&pinned(), plan);
    assert_eq!(found, violations, "{plan}");
    assert_eq!(open, unverified, "{plan}");
}

#[test]
fn a_conflict_of_pins_is_shown_member_by_member() {
    let both = [pin_member("U1", "D1"), pin_member("U2", "D1")];
    says(&infeasible(&both), &[], &[]);
    // Without the proof: the pins alone make no plan, but that none is left is not shown.
    says(&without(&infeasible(&both), "/certificate"), &[], &["status", "conflict"]);
}

#[test]
fn a_forged_conflict_is_refused() {
    let (first, second, innocent) = (pin_member("U1", "D1"), pin_member("U2", "D1"), pin_member("U3", "D2"));
    let both = [first.clone(), second.clone()];
    says(&infeasible(&[]), &["level 0 1"], &[]);
    says(&without(&infeasible(&both), "/conflict"), &["level none 1"], &[]);
    // Who is named alone can be where they are to be.
    says(&infeasible(std::slice::from_ref(&first)), &["certificate met 0"], &[]);
    says(&infeasible(&[first.clone(), innocent.clone()]), &["certificate met 0"], &[]);
    let all = infeasible(&[first.clone(), second.clone(), innocent]);
    says(&all, &["pin not_needed 0"], &["conflict_reduced"]);
    says(&edited(&all, &[("/conflict_reduced", json!(false))]), &[], &[]);
    let twice = infeasible(&[first.clone(), second.clone(), first.clone()]);
    says(&twice, &["pin 2 1"], &[]);
    for (member, line) in [
        (json!({"kind": "seats", "departure": "D1"}), "seats 0 1"),
        (json!({"kind": "beds", "place": "B", "date": "2021-10-10"}), "beds 0 1"),
        (json!({"kind": "pin", "unit": "U1", "departure": "D2"}), "pin 0 1"),
        (json!({"kind": "pin", "unit": "U1"}), "pin 0 1"),
        (json!({"kind": "pin", "unit": "U1", "departure": "D1", "link": 0}), "pin 0 1"),
        (json!({"kind": "budget"}), "budget 0 1"),
        (json!({"kind": "manifest", "departure": "D1"}), "manifest 0 1"),
        (json!({"kind": "min_load", "departure": "D1"}), "min_load 0 1"),
        (json!({"kind": "quota", "name": "women", "side": "min"}), "quota 0 1"),
        (json!({"kind": "apart", "link": 0}), "apart 0 1"),
    ] {
        says(&infeasible(&[first.clone(), second.clone(), member]), &[line], &[]);
    }
}

/// Two pairs on the manifest of three seats, one of them pinned there too; the other departure is locked and empty.
#[test]
fn a_locked_manifest_is_a_demand_where_it_holds_somebody() {
    let locked = json!("2021-10-08T00:00:00Z");
    let edits = [
        ("/departures/0/manifest_closes", locked.clone()),
        ("/departures/1/manifest_closes", locked),
        ("/pins", json!([pin("U1", "D1")])),
    ];
    let scenario = edited(&pinned(), &edits);
    let manifest = |departure: &str| json!({"kind": "manifest", "departure": departure});
    let of = |members: &[Value]| {
        let plan = edited(&infeasible(members), &[("/baseline", json!({"digest": "blake3:ba"}))]);
        judged_after(&scenario, Some(&[("U1", "D1"), ("U2", "D1")]), &plan)
    };
    assert_eq!(of(&[manifest("D1")]), (vec![], vec![]));
    assert_eq!(of(&[manifest("D1"), manifest("D2")]).0, ["manifest 0 1"]);
    assert_eq!(of(&[manifest("D1"), pin_member("U1", "D1")]).0, ["pin not_needed 0"]);
}

/// At least five and at most two: that there is a plan without the ceiling is more than the checker knows.
#[test]
fn what_the_checker_has_no_plan_for_is_not_verified() {
    let quotas = json!([{"name": "many", "count": {}, "min": 5}, {"name": "few", "count": {}, "max": 2}]);
    let scenario =
        edited(&pinned(), &[("/quotas", quotas), ("/pins", json!([])), ("/departures/1/seats", json!(9))]);
    let members = [
        json!({"kind": "quota", "name": "many", "side": "min"}),
        json!({"kind": "quota", "name": "few", "side": "max"}),
    ];
    let prices = json!([
        {"row": "quota", "name": "many", "side": "min", "numerator": 1},
        {"row": "quota", "name": "few", "side": "max", "numerator": 1}]);
    let edits = [("/certificate/0/prices", prices), ("/certificate/0/bound", json!(-3))];
    let plan = edited(&infeasible(&members), &edits);
    assert_eq!(judged(&scenario, &plan), (vec![], vec!["conflict_reduced".to_owned()]));
    // The proof uses a demand that is not named: it says nothing of those that are.
    let half = edited(&plan, &[("/conflict", json!([members[0]]))]);
    assert_eq!(judged(&scenario, &half), (vec![], vec!["conflict".to_owned()]));
}

/// Five seats, of which who takes four would leave one empty: the price of a seat shows that they are outranked.
#[test]
fn why_a_unit_waits_is_shown_or_refuted_where_the_proofs_reach() {
    let scenario: Value =
        serde_json::from_slice(&crate::file("scenarios/seats/scenario.json")).expect("JSON");
    let mut plan: Value = serde_json::from_slice(&crate::file("scenarios/seats/plan.json")).expect("JSON");
    plan["scenario"]["digest"] = json!(DIGEST);
    let of =
        |scenario: &Value, reason: Value| judged(scenario, &edited(&plan, &[("/unseated/0/reason", reason)]));
    let clean = (Vec::<String>::new(), Vec::<String>::new());
    let open = (Vec::<String>::new(), vec!["U1 reason".to_owned()]);
    assert_eq!(of(&scenario, json!({"kind": "outranked"})), clean);
    assert_eq!(of(&scenario, json!({"kind": "not_proven"})), clean);
    assert_eq!(of(&scenario, json!({"kind": "outranked", "level": "persons", "loss": 9})), open);
    assert_eq!(of(&scenario, json!({"kind": "lost_draw"})).0, ["unit lost_draw outranked"]);
    assert_eq!(of(&scenario, json!({"kind": "blocked"})).0, ["unit blocked outranked"]);
    // A pin on U2 says nothing against U1, who fit beside nobody, and the proof no longer says who is outranked.
    let tied = edited(&scenario, &[("/pins", json!([{"unit": "U2", "departure": "D1"}]))]);
    assert_eq!(of(&tied, json!({"kind": "blocked"})), open);
    assert_eq!(of(&tied, json!({"kind": "lost_draw"})), open);
    let apart = edited(&scenario, &[("/links", json!([{"kind": "apart", "units": ["U1", "U2"]}]))]);
    assert_eq!(of(&apart, json!({"kind": "blocked"})).0, ["unit blocked seated"]);
}
