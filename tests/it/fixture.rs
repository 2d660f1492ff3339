//! Scenarios and plans for tests, as JSON that is edited by pointer.

use airbridge::check::{Report, Violation, check};
use airbridge::plan::Plan;
use airbridge::scenario::read::read;
use airbridge::scenario::{Baseline, DepartureIdx, Scenario, UnitIdx};
use serde_json::{Value, json};

/// The digest that these scenarios are said to have.
pub(crate) const DIGEST: &str = "blake3:00";

/// Reads a scenario.
#[track_caller]
pub(crate) fn scenario(value: &Value) -> Scenario {
    let text = serde_json::to_vec(value).expect("JSON");
    read(&text, "scenario.json").unwrap_or_else(|errors| panic!("{errors:?} in {value:#}")).scenario
}

/// Reads a plan.
#[track_caller]
pub(crate) fn plan(value: &Value) -> Plan {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error} in {value:#}"))
}

/// A baseline with these assignments.
pub(crate) fn baseline(scenario: &Scenario, pairs: &[(&str, &str)]) -> Baseline {
    Baseline::resolve("blake3:ba".into(), pairs.iter().copied(), scenario)
}

/// Sets what stands at each pointer, or adds it to the object or list above.
#[track_caller]
pub(crate) fn edited(value: &Value, edits: &[(&str, Value)]) -> Value {
    let mut edited = value.clone();
    for (pointer, new) in edits {
        let (above, key) = pointer.rsplit_once('/').expect("a pointer");
        match edited.pointer_mut(above).unwrap_or_else(|| panic!("nothing at {above}")) {
            Value::Object(fields) => drop(fields.insert(key.into(), new.clone())),
            Value::Array(list) => match key.parse::<usize>().expect("a position") {
                i if i < list.len() => list[i] = new.clone(),
                _ => list.push(new.clone()),
            },
            leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                panic!("no list or object at {above}: {leaf}")
            }
        }
    }
    edited
}

/// Without what stands at the pointer.
#[track_caller]
pub(crate) fn without(value: &Value, pointer: &str) -> Value {
    let mut edited = value.clone();
    let (above, key) = pointer.rsplit_once('/').expect("a pointer");
    match edited.pointer_mut(above).expect("something there") {
        Value::Object(fields) => drop(fields.remove(key).expect("the field")),
        Value::Array(list) => drop(list.remove(key.parse().expect("a position"))),
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            panic!("no list or object at {above}: {leaf}")
        }
    }
    edited
}

/// Pairs of ids as positions.
pub(crate) fn pairs(scenario: &Scenario, pairs: &[(&str, &str)]) -> Vec<(UnitIdx, DepartureIdx)> {
    let unit = |id: &str| scenario.units.iter().position(|unit| unit.id == id).expect("a unit");
    let departure = |id: &str| scenario.departures.iter().position(|d| d.id == id).expect("a departure");
    pairs.iter().map(|(u, d)| (UnitIdx::new(unit(u)), DepartureIdx::new(departure(d)))).collect()
}

/// A violation in one line: rule, found, limit.
pub(crate) fn line(violation: &Violation) -> String {
    format!("{} {} {}", violation.rule, violation.found, violation.limit)
}

/// The violations in a line each.
pub(crate) fn lines(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(line).collect()
}

/// Checks a plan.
#[track_caller]
pub(crate) fn checked(scenario_value: &Value, with: Option<&[(&str, &str)]>, plan_value: &Value) -> Report {
    let scenario = scenario(scenario_value);
    let before = with.map(|pairs| baseline(&scenario, pairs));
    check(&scenario, DIGEST, before.as_ref(), &plan(plan_value))
}

/// Two departures and four units: six persons fly, one crosses, a child without an adult waits.
pub(crate) fn story() -> Value {
    json!({
        "format": "airbridge/scenario/1", "name": "story", "as_of": "2021-10-09T00:00:00Z",
        "places": [
            {"id": "KBL"}, {"id": "MZR"}, {"id": "TIA"},
            {"id": "DOH", "beds": 10, "dwell_days": 2, "occupied": [{"until": "2021-10-10", "persons": 4}]}],
        "routes": [{"from": "MZR", "to": "KBL", "hours": 8.5}],
        "departures": [
            {"id": "D1", "kind": "charter_flight", "from": "KBL", "to": "DOH", "departs": "2021-10-10T10:00:00Z",
             "seats": 10, "blocked_seats": 2, "payload_kg": 500, "wheelchairs": 1,
             "vetting": {"min": "self_declared", "exceptions": 5}},
            {"id": "D2", "kind": "border_crossing", "from": "MZR", "to": "TIA", "departs": "2021-10-11T08:00:00Z",
             "seats": 3, "committed": false, "cost_usd": 700}],
        "units": [
            {"id": "U1", "sponsor": "s1", "location": "KBL", "urgency": 3, "persons": [
                {"id": "P1", "category": "us_citizen", "age": 40, "sex": "m"},
                {"id": "P2", "category": "lpr", "age": 38, "sex": "f", "mobility": "wchc"},
                {"id": "P3", "category": "us_citizen", "age": 0.5},
                {"id": "P4", "category": "us_citizen", "age": 1},
                {"id": "P5", "category": "us_citizen", "age": 1.5}]},
            {"id": "U2", "sponsor": "s2", "location": "MZR", "persons": [
                {"id": "P6", "category": "at_risk", "age": 30, "vetting": "group_checked"}]},
            {"id": "U3", "location": "MZR", "persons": [
                {"id": "P7", "category": "lpr", "age": 20, "sex": "f", "vetting": "self_declared"}]},
            {"id": "U4", "location": "KBL", "persons": [{"id": "P8", "category": "lpr", "age": 10}]}],
        "policy": {"levels": [
            {"name": "citizens", "maximize": "persons", "where": {"category": ["us_citizen"]}},
            {"name": "all", "maximize": "persons"},
            {"name": "days", "minimize": "person_days"}]},
        "budget_usd": 1000
    })
}

/// Who is where in [`story_plan`].
pub(crate) const STORY: [(&str, &str); 3] = [("U1", "D1"), ("U3", "D1"), ("U2", "D2")];

/// The plan of [`story`], every number worked out by hand.
pub(crate) fn story_plan() -> Value {
    let level = |name: &str, sense: &str, value: i64| {
        json!({"name": name, "sense": sense, "value": value, "best": value, "bound": value, "proven": true,
               "proof": "agreed"})
    };
    let categories = |us: i64, lpr: i64, visa: i64, risk: i64| {
        json!([{"category": "us_citizen", "persons": us}, {"category": "lpr", "persons": lpr},
               {"category": "visa_eligible", "persons": visa}, {"category": "at_risk", "persons": risk}])
    };
    json!({
        "format": "airbridge/plan/1", "scenario": {"name": "story", "digest": DIGEST}, "status": "optimal",
        "levels": [
            level("citizens", "maximize", 4), level("all", "maximize", 7), level("days", "minimize", 8)],
        "assignments": STORY.map(|(unit, departure)| json!({"unit": unit, "departure": departure})),
        "unseated": [{"unit": "U4", "reason": {"kind": "never_possible", "rules": {"adult": 2},
            "smallest_change": {"departure": "D1", "rules": ["adult"]}}}],
        "departures": [
            {"departure": "D1", "persons": 6, "seats": 4, "lap_infants": 2, "wheelchairs": 1, "stretchers": 0,
             "mass_kg": 323, "below_vetting": 5, "by_category": categories(4, 2, 0, 0),
             "limits": {"seats": 8, "wheelchairs": 1, "stretchers": 0, "payload_kg": 500,
                        "vetting_exceptions": 5}},
            {"departure": "D2", "persons": 1, "seats": 1, "lap_infants": 0, "wheelchairs": 0, "stretchers": 0,
             "mass_kg": 99, "below_vetting": 0, "by_category": categories(0, 0, 0, 1),
             "limits": {"seats": 3}}]
    })
}
