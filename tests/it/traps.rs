//! Two small instances on which a version of HiGHS reports a wrong optimum as proven: none does here,
//! neither in the solver alone nor in a whole solve, where the exact bound is the judge.

use airbridge::plan::{Plan, ProofKind};
use airbridge::solve::Method;
use airbridge::solve::linear::{Fault, Outcome, Search, Task};
use serde_json::{Value, json};

use crate::fixture::scenario;
use crate::solving::{bests, run, solved};

/// A family: what it is worth, and what it takes of each capacity of the flight.
struct Family {
    worth: i64,
    takes: Vec<i64>,
}

struct Trap {
    families: Vec<Family>,
    capacities: Vec<i64>,
    optimum: i64,
}

/// Reads `a x + b y <= c` or a sum without a right-hand side: `(coefficients by name, c)`.
fn linear(text: &str) -> (Vec<(String, i64)>, i64) {
    let (sum, at_most) = text.split_once("<=").unwrap_or((text, "0"));
    let terms = sum.split('+').map(|term| {
        let (a, name) = term.trim().split_once(' ').expect("a coefficient and a name");
        (name.trim().to_owned(), a.parse().expect("an integer"))
    });
    (terms.collect(), at_most.trim().parse().expect("an integer"))
}

/// The lines of an LP file that are sums, by their label.
fn six_families() -> Trap {
    let file = String::from_utf8(crate::file("tests/traps/six_families.lp")).expect("UTF-8");
    let line = |label: &str| {
        let line = file.lines().find_map(|line| line.trim().strip_prefix(label)?.strip_prefix(':'));
        linear(line.unwrap_or_else(|| panic!("no line {label}")))
    };
    let (objective, rows) = (line("obj").0, ["seats", "dim2", "dim3"].map(line));
    let takes = |name: &str| rows.iter().map(|(terms, _)| find(terms, name)).collect();
    Trap {
        families: objective
            .iter()
            .map(|(name, worth)| Family { worth: *worth, takes: takes(name) })
            .collect(),
        capacities: rows.iter().map(|(_, at_most)| *at_most).collect(),
        optimum: 10_513_431,
    }
}

fn find(terms: &[(String, i64)], name: &str) -> i64 {
    terms.iter().find(|(other, _)| other == name).map_or(0, |(_, a)| *a)
}

/// Families that are eligible for no flight are left out.
fn ten_of_a_kind() -> Trap {
    let file: Value = serde_json::from_slice(&crate::file("tests/traps/ten_of_a_kind.json")).expect("JSON");
    let integers = |value: &Value| serde_json::from_value::<Vec<i64>>(value.clone()).expect("integers");
    let worth = integers(&file["p"]);
    let eligible = (0..worth.len()).filter(|&f| file["elig"][f] == json!([0]));
    Trap {
        families: eligible.map(|f| Family { worth: worth[f], takes: integers(&file["w"][f]) }).collect(),
        capacities: integers(&file["cap"][0]),
        optimum: file["true_optimum"].as_i64().expect("an integer"),
    }
}

/// The trap as it is, for the solver alone.
fn task(trap: &Trap, seed: i32, presolve: bool) -> Task {
    let row = |(r, capacity): (usize, &i64)| {
        let terms = trap.families.iter().enumerate().map(|(f, family)| (f, family.takes[r]));
        (terms.filter(|(_, a)| *a != 0).collect(), *capacity, false)
    };
    Task {
        upper: vec![1; trap.families.len()],
        objective: trap.families.iter().map(|family| family.worth).collect(),
        rows: trap.capacities.iter().enumerate().map(row).collect(),
        search: Search::integer(seed, presolve, None),
        limit_ms: None,
    }
}

/// The trap in the words of the format. The first capacity is seats (adults and `extra_seats`), the second
/// kilograms (all of them the first adult's), the third persons below the vetting asked for (the adults,
/// and where these are too few infants on their laps); the worth is `urgency`.
fn as_scenario(trap: &Trap) -> Value {
    let person = |id: String, age: i64, mass: i64, vetting: &str| {
        json!({"id": id, "category": "at_risk",
        "age": age, "mass_kg": mass, "vetting": vetting})
    };
    let unit = |(f, family): (usize, &Family)| {
        let (seats, mass) = (family.takes[0], family.takes[1]);
        let below = family.takes.get(2).copied().unwrap_or(0);
        let adults = below.clamp(1, seats);
        let vetting = if below > 0 { "unverified" } else { "government_matched" };
        let adult = |a: i64| person(format!("A{f}-{a}"), 30, if a == 0 { mass } else { 0 }, vetting);
        let infant = |i: i64| person(format!("I{f}-{i}"), 1, 0, vetting);
        let persons: Vec<Value> = (0..adults).map(adult).chain((adults..below).map(infant)).collect();
        json!({"id": format!("U{f}"), "location": "KBL", "urgency": family.worth,
            "extra_seats": seats - adults, "persons": persons})
    };
    let vetting = trap.capacities.get(2).map_or(
        json!({"min": "unverified"}),
        |exceptions| json!({"min": "government_matched", "exceptions": exceptions}),
    );
    json!({
        "format": "airbridge/scenario/1", "name": "trap", "as_of": "2021-10-09T00:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": [{"id": "D1", "kind": "charter_flight", "from": "KBL", "to": "DOH",
            "departs": "2021-10-10T00:00:00Z", "seats": trap.capacities[0], "payload_kg": trap.capacities[1],
            "bag_kg": 0, "vetting": vetting}],
        "units": trap.families.iter().enumerate().map(unit).collect::<Vec<_>>(),
        "policy": {"levels": [{"name": "worth", "maximize": "urgency"}]},
    })
}

/// What each family takes of the flight is what the trap says, by the loads of a plan with that family alone.
#[track_caller]
fn is_faithful(trap: &Trap) {
    for (f, family) in trap.families.iter().enumerate() {
        let mut alone = as_scenario(trap);
        alone["exclusions"] = (0..trap.families.len())
            .filter(|&other| other != f)
            .map(|other| json!({"unit": format!("U{other}")}))
            .collect();
        let plan = solved(&scenario(&alone), None, Method::Auto);
        let load = &plan.departures[0];
        let took = [load.seats, load.mass_kg, load.below_vetting];
        assert_eq!(took[..family.takes.len()], family.takes, "family {f}");
        assert_eq!(bests(&plan), [family.worth]);
    }
}

#[track_caller]
fn check(trap: &Trap) {
    for (seed, presolve) in [(0, true), (0, false), (1, true), (1, false)] {
        let answer = match run(&task(trap, seed, presolve)) {
            Err(Fault::Absent) => continue,
            other => other.expect("the solver works"),
        };
        let value: i64 = trap.families.iter().zip(&answer.point).map(|(f, x)| f.worth * x).sum();
        assert_eq!((answer.outcome, value), (Outcome::Optimal, trap.optimum), "seed {seed}, {presolve}");
    }
    is_faithful(trap);
    for method in [Method::Auto, Method::Flat] {
        let plan: Plan = solved(&scenario(&as_scenario(trap)), None, method);
        assert_eq!(bests(&plan), [trap.optimum], "{method:?}");
        assert_eq!(plan.levels[0].proof, Some(ProofKind::Certified), "{method:?}");
    }
}

#[test]
fn six_families_on_one_flight_are_worth_10513431() {
    check(&six_families());
}

#[test]
fn ten_of_a_kind_is_worth_14322() {
    check(&ten_of_a_kind());
}
