//! Any prices are valid, however found: whatever they are, on whatever rows, cuts and splits, the bound
//! that the checker makes of them is never on the wrong side of the optimum by enumeration.

use airbridge::check::{Figure, Violation, check};
use airbridge::rule::Rule;
use airbridge::scenario::{Baseline, Level, Scenario, Sense};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::certificates::{dear_and_cheap, half_opened};
use crate::fixture::{DIGEST, baseline, plan, scenario, story, story_plan};
use crate::oracle::best_by_enumeration;

/// A small generator of choices, all from one seed.
struct Dice(u64);

impl Dice {
    /// 0..sides.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        let position = self.roll(u64::try_from(list.len()).expect("a short list"));
        list[usize::try_from(position).expect("a short list")].clone()
    }
}

const UNITS: [&str; 4] = ["U0", "U1", "U2", "U3"];
const DEPARTURES: [&str; 2] = ["D0", "D1"];

fn person(dice: &mut Dice, id: &str) -> Value {
    json!({"id": id, "category": dice.pick(&["us_citizen", "lpr", "at_risk"]), "age": dice.pick(&[0.5, 1.0, 9.0, 20.0, 40.0, 70.0]),
        "mobility": dice.pick(&["none", "none", "none", "wchc", "stretcher"]),
        "vetting": dice.pick(&["unverified", "group_checked", "government_matched"])})
}

fn unit(dice: &mut Dice, id: &str) -> Value {
    let size = 1 + dice.roll(3);
    let mut unit = json!({"id": id, "location": dice.pick(&["A", "A", "B"]), "urgency": dice.roll(4),
        "show_probability": dice.pick(&[1.0, 0.8]), "extra_seats": dice.roll(4) / 3,
        "preferences": {"D0": dice.roll(5), "T": dice.roll(3)},
        "persons": (0..size).map(|i| person(dice, &format!("{id}-{i}"))).collect::<Vec<_>>()});
    if dice.one_in(2) {
        unit["sponsor"] = json!(dice.pick(&["s", "t"]));
    }
    unit
}

fn departure(dice: &mut Dice, id: &str) -> Value {
    let seats = 2 + dice.roll(6);
    let mut departure = json!({"id": id, "kind": dice.pick(&["charter_flight", "border_crossing"]),
        "from": dice.pick(&["A", "B"]), "to": "T", "departs": format!("2021-10-1{}T10:00:00Z", dice.roll(3)),
        "seats": seats, "committed": dice.one_in(2), "cost_usd": dice.roll(9), "wheelchairs": dice.roll(3),
        "stretchers": dice.roll(2), "seats_per_stretcher": 2, "min_load": dice.roll(4)});
    if dice.one_in(2) {
        departure["lap_infants"] = json!(dice.roll(2));
        departure["payload_kg"] = json!(100 + dice.roll(500));
    }
    if dice.one_in(2) {
        departure["allotments"] = json!([{"sponsor": "s", "seats": dice.roll(seats)}]);
    }
    if dice.one_in(3) {
        departure["vetting"] = json!({"min": "group_checked", "exceptions": dice.roll(3)});
    }
    departure
}

fn level(dice: &mut Dice, name: &str) -> Value {
    let (sense, measure) = dice.pick(&[
        ("maximize", "persons"),
        ("maximize", "persons"),
        ("minimize", "seats"),
        ("maximize", "units"),
        ("maximize", "weighted"),
        ("minimize", "urgency"),
        ("maximize", "preference"),
        ("maximize", "expected_persons"),
        ("minimize", "person_days"),
        ("minimize", "cost"),
        ("minimize", "changes"),
        ("maximize", "lottery"),
    ]);
    let mut level = json!({"name": name, "tolerance": dice.roll(4) / 2});
    level[sense] = json!(measure);
    if measure == "weighted" {
        level["weights"] = json!([{"weight": 5}, {"where": {"category": ["lpr"]}, "weight": -7}]);
    }
    level
}

fn case(dice: &mut Dice) -> Value {
    let mut links = Vec::new();
    for kind in ["same_departure", "all_or_none", "at_most_one", "apart"] {
        if dice.one_in(3) {
            links.push(json!({"kind": kind, "units": [UNITS[0], dice.pick(&UNITS[1..])]}));
        }
    }
    let mut quota = json!({"name": "q", "count": {"category": ["us_citizen"]}, "max_percent": 80});
    if dice.one_in(2) {
        quota["departures"] = json!(["D0"]);
        quota["max"] = json!(2);
    }
    json!({"format": "airbridge/scenario/1", "name": "case", "as_of": "2021-10-09T00:00:00Z",
        "places": [{"id": "A"}, {"id": "B"}, {"id": "T", "beds": 3 + dice.roll(5), "dwell_days": dice.roll(3)}],
        "routes": [{"from": "A", "to": "B", "hours": 5}],
        "departures": DEPARTURES.map(|id| departure(dice, id)), "units": UNITS.map(|id| unit(dice, id)),
        "links": links, "quotas": [quota], "budget_usd": 4 + dice.roll(12),
        "pins": if dice.one_in(6) { json!([{"unit": "U0", "departure": "D0"}]) } else { json!([]) },
        "policy": {"levels": [level(dice, "first"), level(dice, "second")]}})
}

/// Every row that may exist and whether it is an equation; those that do not exist are left out.
fn rows(scenario: &Scenario, depth: u32, cuts: u32) -> Vec<(Value, bool)> {
    let mut rows = vec![(json!({"row": "budget"}), false)];
    for d in &scenario.departures {
        rows.extend(of_departure(d).into_iter().map(|row| (row, false)));
        for u in UNITS {
            rows.push((json!({"row": "aboard", "unit": u, "departure": d.id}), false));
        }
        for (l, link) in scenario.links.iter().enumerate() {
            let other = &scenario.units[link.units[1].index()].id;
            let row = |name: &str| json!({"row": name, "link": l});
            match link.kind {
                airbridge::scenario::LinkKind::SameDeparture => rows.push((
                    json!({"row": "same_departure", "link": l, "unit": other, "departure": d.id}),
                    true,
                )),
                airbridge::scenario::LinkKind::Apart => {
                    rows.push((json!({"row": "apart", "link": l, "departure": d.id}), false));
                }
                airbridge::scenario::LinkKind::AllOrNone if d.id == "D0" => {
                    rows.push((json!({"row": "all_or_none", "link": l, "unit": other}), true));
                }
                airbridge::scenario::LinkKind::AtMostOne if d.id == "D0" => {
                    rows.push((row("at_most_one"), false));
                }
                airbridge::scenario::LinkKind::AllOrNone | airbridge::scenario::LinkKind::AtMostOne => {}
            }
        }
    }
    rows.extend(UNITS.map(|u| (json!({"row": "unit", "unit": u}), false)));
    rows.extend(
        ["10", "11", "12"]
            .map(|day| (json!({"row": "beds", "place": "T", "date": format!("2021-10-{day}")}), false)),
    );
    rows.push((json!({"row": "quota", "name": "q", "side": "max_percent"}), false));
    if scenario.quotas[0].max.is_some() {
        rows.push((json!({"row": "quota", "name": "q", "side": "max"}), false));
    }
    if !scenario.pins.is_empty() {
        rows.push((json!({"row": "pin", "unit": "U0", "departure": "D0"}), true));
    }
    rows.extend((0..depth).map(|depth| (json!({"row": "split", "depth": depth}), false)));
    rows.extend((0..cuts).map(|index| (json!({"row": "cut", "index": index}), false)));
    rows
}

fn of_departure(d: &airbridge::scenario::Departure) -> Vec<Value> {
    let mut names = vec!["open", "seats", "wheelchairs", "stretchers", "used", "min_load"];
    names.extend(d.lap_infants.map(|_| "lap_infants"));
    names.extend(d.payload_kg.map(|_| "payload"));
    names.extend(d.vetting.map(|_| "vetting"));
    let mut rows: Vec<Value> = names.iter().map(|row| json!({"row": row, "departure": d.id})).collect();
    rows.push(json!({"row": "fill", "departure": d.id, "resource": "seats"}));
    if !d.allotments.is_empty() {
        for row in ["held", "allotment"] {
            rows.push(json!({"row": row, "departure": d.id, "sponsor": "s"}));
        }
    }
    rows
}

/// Prices of any size on about a third of the rows; cuts and splits are priced more often.
fn prices(dice: &mut Dice, scenario: &Scenario, depth: u32, cuts: u32, earlier: bool) -> Value {
    let mut rows = rows(scenario, depth, cuts);
    if earlier {
        rows.push((json!({"row": "level", "level": scenario.policy.levels[0].name}), false));
    }
    let mut list = Vec::new();
    for (mut row, equation) in rows {
        let likely = row["row"] == "cut" || row["row"] == "split" || row["row"] == "level";
        if dice.one_in(if likely { 2 } else { 4 }) {
            let size = i64::try_from(dice.roll(9)).expect("small");
            row["numerator"] = json!(if equation { size - 4 } else { size });
            list.push(row);
        }
    }
    json!(list)
}

fn leaf(dice: &mut Dice, scenario: &Scenario, depth: u32, earlier: bool) -> Value {
    let cuts = u32::try_from(dice.roll(3)).expect("small");
    let cut = |dice: &mut Dice, i: u32| json!({"denominator": 1 + dice.roll(4), "prices": prices(dice, scenario, depth, i, earlier)});
    let list: Vec<Value> = (0..cuts).map(|i| cut(dice, i)).collect();
    let prices = prices(dice, scenario, depth, cuts, earlier);
    json!({"cuts": list, "denominator": 1 + dice.roll(4), "prices": prices})
}

fn proof(dice: &mut Dice, scenario: &Scenario, depth: u32, earlier: bool) -> Value {
    if depth == 2 || dice.one_in(2) {
        return leaf(dice, scenario, depth, earlier);
    }
    let column = json!({"unit": dice.pick(&UNITS), "departure": dice.pick(&DEPARTURES)});
    let columns =
        if dice.one_in(2) { json!([column, {"departure": "D1"}]) } else { json!([{"departure": "D0"}]) };
    json!({"split": {"columns": columns, "at_most": dice.roll(2)},
        "low": proof(dice, scenario, depth + 1, earlier), "high": proof(dice, scenario, depth + 1, earlier)})
}

/// A number that no proof of these scenarios gives, so that the checker says what it does give.
const WRONG: &str = "99999999999999999999999999";

/// The bound that the checker makes of a proof.
pub(crate) fn bound(
    scenario: &Scenario,
    before: Option<&Baseline>,
    levels: &Value,
    name: Option<&str>,
    proof: Value,
) -> i128 {
    let mut entry = proof;
    entry["level"] = json!(name);
    entry["bound"] = json!(WRONG);
    let claim = json!({"format": "airbridge/plan/1", "scenario": {"name": "case", "digest": DIGEST},
        "status": "feasible", "levels": levels, "assignments": [], "unseated": [], "departures": [],
        "certificate": [entry]});
    let report = check(scenario, DIGEST, before, &plan(&claim));
    let of_bound = |violation: &&Violation| violation.rule == Rule::Certificate;
    match report.violations.iter().find(of_bound) {
        Some(Violation { found, limit: Figure::Number(bound), .. }) if found.to_string() == WRONG => *bound,
        other => panic!("{other:?} of {claim:#}"),
    }
}

/// The levels of a plan that reached these bests.
fn claimed(levels: &[Level], bests: &[i64]) -> Value {
    let level = |(level, best): (&Level, &i64)| {
        json!({"name": level.name, "sense": level.sense, "value": best, "best": best, "bound": best,
               "proven": true, "proof": "none"})
    };
    json!(levels.iter().zip(bests).map(level).collect::<Vec<_>>())
}

/// The pointers of all numbers, words and flags below.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, below)| leaves(below, &format!("{at}/{i}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, below)| leaves(below, &format!("{at}/{key}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.into()),
    }
}

/// Something that may well be of the right type, and of the wrong size.
fn nonsense(dice: &mut Dice) -> Value {
    let ids =
        ["", "U1", "D1", "D2", "all", "cost", "days", "certified", "maximize", "seats", "cut", "2021-10-10"];
    let huge = "-1000000000000000000000000000000000000000000000000000000000000";
    let (flag, id) = (dice.one_in(2), dice.pick(&ids));
    dice.pick(&[
        json!(i64::MAX),
        json!(i64::MIN),
        json!(0),
        json!(-1),
        json!(u32::MAX),
        json!(huge),
        json!(huge.trim_start_matches('-')),
        json!(flag),
        json!(id),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_prices_prove_more_than_is_true(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let scenario = scenario(&case(&mut dice));
        let before = dice.one_in(2).then(|| baseline(&scenario, &[("U0", "D1"), ("U2", "D0"), ("U3", "gone")]));
        let levels = scenario.levels(before.as_ref()).all;
        let Some(bests) = best_by_enumeration(&scenario, before.as_ref()) else { return Ok(()) };
        let claims = claimed(&levels, &bests);
        for (k, level) in levels.iter().enumerate() {
            let earlier = levels[..k].iter().any(|earlier| earlier.name == "first");
            for _ in 0..6 {
                let proof = proof(&mut dice, &scenario, 0, earlier);
                let bound = bound(&scenario, before.as_ref(), &claims, Some(&level.name), proof.clone());
                let holds = match level.sense {
                    Sense::Maximize => bound >= i128::from(bests[k]),
                    Sense::Minimize => bound <= i128::from(bests[k]),
                };
                prop_assert!(holds, "{} of {bests:?} bounded by {bound}: {proof:#}", level.name);
            }
        }
        let nothing = proof(&mut dice, &scenario, 0, false);
        prop_assert!(bound(&scenario, before.as_ref(), &claims, None, nothing) >= 0, "a plan exists");
    }

    #[test]
    fn nonsense_in_a_plan_never_panics(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let (scenario_value, mut claim) =
            if dice.one_in(2) { (story(), story_plan()) } else { (dear_and_cheap(2), half_opened()) };
        let mut pointers = Vec::new();
        leaves(&claim, "", &mut pointers);
        for _ in 0..=dice.roll(3) {
            *claim.pointer_mut(&dice.pick(&pointers)).expect("a leaf") = nonsense(&mut dice);
            if let Ok(plan) = serde_json::from_value(claim.clone()) {
                let report = check(&scenario(&scenario_value), DIGEST, None, &plan);
                prop_assert!(serde_json::to_string(&report).is_ok());
            }
        }
    }
}
