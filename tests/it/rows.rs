//! Each row of the certificate's table: what it adds to a bound, worked out by hand.

use airbridge::check::{Figure, check};
use airbridge::scenario::Scenario;
use serde_json::{Value, json};

use crate::fixture::{DIGEST, lines, plan, scenario};
use crate::soundness::bound;

/// One flight of four seats with every limit there is, for a pair of a sponsor (`U1`), a mother with a
/// child on her lap (`U2`) and a traveller in a wheelchair (`U3`).
fn one_of_everything() -> Scenario {
    let person = |id: &str, category: &str, age: u8, vetting: &str, mobility: &str| json!({"id": id, "category": category, "age": age, "vetting": vetting, "mobility": mobility});
    scenario(&json!({
        "format": "airbridge/scenario/1", "name": "case", "as_of": "2021-10-09T00:00:00Z",
        "places": [{"id": "A"}, {"id": "T", "beds": 5, "occupied": [{"until": "2021-10-10", "persons": 2}]}],
        "departures": [{"id": "D1", "kind": "charter_flight", "from": "A", "to": "T", "departs": "2021-10-10T10:00:00Z",
            "seats": 4, "lap_infants": 1, "payload_kg": 300, "wheelchairs": 1, "stretchers": 1, "min_load": 2,
            "vetting": {"min": "self_declared", "exceptions": 2}, "allotments": [{"sponsor": "s", "seats": 1}],
            "committed": false, "cost_usd": 10}],
        "units": [
            {"id": "U1", "sponsor": "s", "location": "A", "persons": [
                person("P1", "lpr", 30, "unverified", "none"), person("P2", "lpr", 30, "unverified", "none")]},
            {"id": "U2", "location": "A", "persons": [
                person("P3", "at_risk", 30, "group_checked", "none"),
                person("P4", "at_risk", 1, "group_checked", "none")]},
            {"id": "U3", "location": "A", "persons": [person("P5", "at_risk", 30, "group_checked", "wchc")]}],
        "pins": [{"unit": "U3", "departure": "D1"}],
        "links": [
            {"kind": "same_departure", "units": ["U1", "U2"]}, {"kind": "all_or_none", "units": ["U1", "U3"]},
            {"kind": "at_most_one", "units": ["U1", "U3"]}, {"kind": "apart", "units": ["U2", "U3"]}],
        "quotas": [
            {"name": "q", "count": {"category": ["lpr"]}, "min": 1, "max": 1, "min_percent": 50, "max_percent": 50},
            {"name": "here", "count": {"category": ["lpr"]}, "departures": ["D1"], "max": 1}],
        "budget_usd": 10,
        "policy": {"levels": [{"name": "all", "maximize": "persons"}]}
    }))
}

/// Every row that has a price above 0 in [`each_row_adds_what_the_table_says`], and the bound that it gives
/// beside a price of 1 per seat. With that alone U1 and U3 are worth nothing, U2 the child on the lap, and the
/// opened departure its four seats: 5 in all.
fn table() -> Vec<(Value, i128)> {
    vec![
        (json!({"row": "unit", "unit": "U1"}), 6),
        (json!({"row": "open", "departure": "D1"}), 5),
        (json!({"row": "held", "departure": "D1", "sponsor": "s"}), 6),
        (json!({"row": "lap_infants", "departure": "D1"}), 5),
        (json!({"row": "wheelchairs", "departure": "D1"}), 6),
        (json!({"row": "stretchers", "departure": "D1"}), 6),
        (json!({"row": "payload", "departure": "D1"}), 304),
        (json!({"row": "vetting", "departure": "D1"}), 7),
        (json!({"row": "fill", "departure": "D1", "resource": "seats"}), 8),
        (json!({"row": "fill", "departure": "D1", "resource": "payload"}), 301),
        (json!({"row": "allotment", "departure": "D1", "sponsor": "s"}), 6),
        (json!({"row": "aboard", "unit": "U1", "departure": "D1"}), 6),
        (json!({"row": "used", "departure": "D1"}), 7),
        (json!({"row": "min_load", "departure": "D1"}), 8),
        (json!({"row": "budget"}), 11),
        (json!({"row": "beds", "place": "T", "date": "2021-10-10"}), 7),
        (json!({"row": "beds", "place": "T", "date": "2021-10-11"}), 10),
        (json!({"row": "quota", "name": "q", "side": "min"}), 6),
        (json!({"row": "quota", "name": "q", "side": "max"}), 6),
        (json!({"row": "quota", "name": "here", "side": "max"}), 6),
        (json!({"row": "quota", "name": "q", "side": "min_percent"}), 104),
        (json!({"row": "quota", "name": "q", "side": "max_percent"}), 155),
        (json!({"row": "at_most_one", "link": 2}), 6),
        (json!({"row": "apart", "link": 3, "departure": "D1"}), 5),
    ]
}

/// The rows that are equations, and the bounds at prices of 1 and of -1.
fn equations() -> Vec<(Value, [i128; 2])> {
    vec![
        (json!({"row": "pin", "unit": "U3", "departure": "D1"}), [6, 5]),
        (json!({"row": "same_departure", "link": 0, "unit": "U2", "departure": "D1"}), [6, 5]),
        (json!({"row": "all_or_none", "link": 1, "unit": "U3"}), [6, 6]),
    ]
}

/// One leaf: a price of 1 per seat, and the row at this price.
fn leaf(row: &Value, price: i64) -> Value {
    let mut row = row.clone();
    row["numerator"] = json!(price);
    json!({"denominator": 1, "prices": [{"row": "seats", "departure": "D1", "numerator": 1}, row]})
}

fn levels() -> Value {
    json!([{"name": "all", "sense": "maximize", "value": 0, "best": 0, "bound": 0, "proven": true, "proof": "none"}])
}

/// The bound with the row at this price.
fn with(row: &Value, price: i64) -> i128 {
    bound(&one_of_everything(), None, &levels(), Some("all"), leaf(row, price))
}

#[test]
fn each_row_adds_what_the_table_says() {
    for (row, expected) in table() {
        assert_eq!(with(&row, 1), expected, "{row}");
    }
    for (row, [above, below]) in equations() {
        assert_eq!([with(&row, 1), with(&row, -1)], [above, below], "{row}");
    }
}

#[test]
fn only_equations_have_prices_below_nought() {
    for (row, _) in table() {
        let mut entry = leaf(&row, -1);
        entry["level"] = json!("all");
        entry["bound"] = json!(0);
        let claim = json!({"format": "airbridge/plan/1", "scenario": {"name": "case", "digest": DIGEST},
            "status": "feasible", "levels": levels(), "assignments": [], "unseated": [], "departures": [],
            "certificate": [entry]});
        let report = check(&one_of_everything(), DIGEST, None, &plan(&claim));
        let said = lines(&report.violations);
        assert!(said.contains(&format!("certificate -1 {}", Figure::Number(0))), "{row}: {said:?}");
    }
}
