//! Certificates: small ones worked out by hand are accepted, each forgery is refused.

use airbridge::check::Report;
use serde_json::{Value, json};

use crate::fixture::{DIGEST, checked, edited, lines, without};

/// Flights from `A` to `B` with these fields more, and single-member-category units of these sizes.
fn flights(departures: &[(&str, Value)], units: &[(&str, usize)], levels: &Value) -> Value {
    let mut list = Vec::new();
    for (id, more) in departures {
        let mut departure = json!({"id": id, "kind": "charter_flight", "from": "A", "to": "B",
            "departs": "2021-10-10T10:00:00Z"});
        departure.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        list.push(departure);
    }
    let person = |unit: &str, i: usize| json!({"id": format!("{unit}{i}"), "category": "lpr", "age": 30});
    let unit = |(id, size): &(&str, usize)| json!({"id": id, "location": "A", "persons": (0..*size).map(|i| person(id, i)).collect::<Vec<_>>()});
    json!({"format": "airbridge/scenario/1", "name": "flights", "as_of": "2021-10-09T00:00:00Z",
        "places": [{"id": "A"}, {"id": "B"}], "departures": list,
        "units": units.iter().map(unit).collect::<Vec<_>>(), "policy": {"levels": levels}})
}

/// A plan of these levels (`name`, `sense`, value, best, bound) and certificate; the rest is left empty and
/// the violations of that are not looked at.
fn claim(levels: &[(&str, &str, [i64; 3])], certificate: &Value) -> Value {
    let level = |(name, sense, [value, best, bound]): &(&str, &str, [i64; 3])| {
        json!({"name": name, "sense": sense, "value": value, "best": best, "bound": bound,
               "proven": best == bound, "proof": if best == bound { "certified" } else { "none" }})
    };
    json!({"format": "airbridge/plan/1", "scenario": {"name": "flights", "digest": DIGEST},
        "status": "optimal", "levels": levels.iter().map(level).collect::<Vec<_>>(), "assignments": [],
        "unseated": [], "departures": [], "certificate": certificate})
}

/// What the checker says of the certificate.
fn said(report: &Report) -> Vec<String> {
    lines(&report.violations).into_iter().filter(|line| line.starts_with("certificate")).collect()
}

/// The certificate is accepted.
#[track_caller]
fn accepted(scenario: &Value, with: Option<&[(&str, &str)]>, plan: &Value) {
    assert_eq!(said(&checked(scenario, with, plan)), [""; 0]);
}

/// The certificate is refused, first with these words (what was found, what is so).
#[track_caller]
fn refused(scenario: &Value, plan: &Value, words: &str) {
    let said = said(&checked(scenario, None, plan));
    assert_eq!(said.first().map(String::as_str), Some(format!("certificate {words}").as_str()), "{said:?}");
}

/// Levels that maximise the persons seated.
fn persons() -> Value {
    json!([{"name": "all", "maximize": "persons"}])
}

/// Three seats for two, two and one: all three are used.
fn three_seats() -> Value {
    flights(&[("D1", json!({"seats": 3}))], &[("U1", 2), ("U2", 2), ("U3", 1)], &persons())
}

/// The plan of [`three_seats`]: a price of one person per seat.
fn three_seats_plan() -> Value {
    claim(
        &[("all", "maximize", [3, 3, 3])],
        &json!([{"level": "all", "bound": 3, "denominator": 2,
                 "prices": [{"row": "seats", "departure": "D1", "numerator": 2}]}]),
    )
}

#[test]
fn a_price_per_seat_proves_that_full_is_best() {
    accepted(&three_seats(), None, &three_seats_plan());
}

#[test]
fn a_verified_level_is_marked_and_only_where_its_value_is_true() {
    let level = checked(&three_seats(), None, &three_seats_plan()).levels.remove(0);
    assert!(!level.verified, "the plan has no assignments, so its value is false");
    let seated = json!([{"unit": "U1", "departure": "D1"}, {"unit": "U3", "departure": "D1"}]);
    let plan = edited(&three_seats_plan(), &[("/assignments", seated)]);
    assert!(checked(&three_seats(), None, &plan).levels[0].verified);
}

#[test]
fn every_forgery_of_a_price_list_is_refused() {
    let forged = |pointer: &str, value: Value, words: &str| {
        refused(&three_seats(), &edited(&three_seats_plan(), &[(pointer, value)]), words);
    };
    let price = "/certificate/0/prices/0";
    forged("/certificate/0/bound", json!(2), "2 3");
    forged("/certificate/0/prices/0/numerator", json!(1), "3 4");
    forged("/certificate/0/prices/0/numerator", json!(-2), "-2 0");
    forged("/certificate/0/denominator", json!(0), "0 1");
    forged(
        "/certificate/0/denominator",
        json!("-170141183460469231731687303715884105729"),
        "-170141183460469231731687303715884105729 1",
    );
    forged(
        "/certificate/0/prices/1",
        json!({"row": "seats", "departure": "D1", "numerator": 0}),
        "twice none",
    );
    forged("/certificate/0/level", json!("none"), "no_such_level none");
    forged("/certificate/0/split", json!({"columns": [], "at_most": 0}), "neither_prices_nor_split none");
    forged(
        "/certificate/0/prices/0/numerator",
        json!("2000000000000000000000000000000000000000"),
        "3 3000000000000000000000000000000000000000",
    );
    for row in [
        json!({"row": "seats", "departure": "D9", "numerator": 2}),
        json!({"row": "seats", "numerator": 2}),
        json!({"row": "seats", "departure": "D1", "unit": "U1", "numerator": 2}),
        json!({"row": "lap_infants", "departure": "D1", "numerator": 2}),
        json!({"row": "payload", "departure": "D1", "numerator": 2}),
        json!({"row": "vetting", "departure": "D1", "numerator": 2}),
        json!({"row": "fill", "departure": "D1", "resource": "payload", "numerator": 2}),
        json!({"row": "held", "departure": "D1", "sponsor": "s", "numerator": 2}),
        json!({"row": "allotment", "departure": "D1", "sponsor": "s", "numerator": 2}),
        json!({"row": "budget", "numerator": 2}),
        json!({"row": "beds", "place": "B", "date": "2021-10-10", "numerator": 2}),
        json!({"row": "quota", "name": "q", "side": "min", "numerator": 2}),
        json!({"row": "pin", "unit": "U1", "departure": "D1", "numerator": 2}),
        json!({"row": "same_departure", "link": 0, "unit": "U1", "departure": "D1", "numerator": 2}),
        json!({"row": "all_or_none", "link": 0, "unit": "U1", "numerator": 2}),
        json!({"row": "at_most_one", "link": 0, "numerator": 2}),
        json!({"row": "apart", "link": 4_000_000_000_u32, "departure": "D1", "numerator": 2}),
        json!({"row": "level", "level": "all", "numerator": 2}),
        json!({"row": "split", "depth": 0, "numerator": 2}),
        json!({"row": "cut", "index": 0, "numerator": 2}),
    ] {
        forged(price, row, "no_such_row none");
    }
    refused(&three_seats(), &without(&three_seats_plan(), price), "3 5");
    refused(&three_seats(), &without(&three_seats_plan(), "/certificate/0"), "not_shown certified");
    refused(
        &three_seats(),
        &without(&three_seats_plan(), "/certificate/0/denominator"),
        "neither_prices_nor_split none",
    );
    let entry = three_seats_plan()["certificate"][0].clone();
    forged("/certificate/1", entry, "twice none");
}

#[test]
fn a_lowered_bound_is_refused_wherever_it_stands() {
    let lowered =
        [("/levels/0/bound", json!(2)), ("/levels/0/best", json!(2)), ("/levels/0/value", json!(2))];
    refused(&three_seats(), &edited(&three_seats_plan(), &lowered), "3 2");
    let both = [&lowered[..], &[("/certificate/0/bound", json!(2))]].concat();
    refused(&three_seats(), &edited(&three_seats_plan(), &both), "2 3");
}

/// Three seats for two and two: one seat stays empty, which plain prices do not see.
fn one_stays_empty() -> Value {
    flights(&[("D1", json!({"seats": 3}))], &[("U1", 2), ("U2", 2)], &persons())
}

fn at_most_two(entry: &Value) -> Value {
    let mut entry = entry.clone();
    entry["level"] = json!("all");
    entry["bound"] = json!(2);
    claim(&[("all", "maximize", [2, 2, 2])], &json!([entry]))
}

#[test]
fn a_fill_row_says_how_far_seats_can_be_filled() {
    let fill = json!({"row": "fill", "departure": "D1", "resource": "seats", "numerator": 1});
    accepted(&one_stays_empty(), None, &at_most_two(&json!({"denominator": 1, "prices": [fill]})));
    let seats = json!({"row": "seats", "departure": "D1", "numerator": 1});
    refused(&one_stays_empty(), &at_most_two(&json!({"denominator": 1, "prices": [seats]})), "2 3");
    let wide = edited(&one_stays_empty(), &[("/departures/0/seats", json!(1_000_001))]);
    refused(&wide, &at_most_two(&json!({"denominator": 1, "prices": [fill]})), "no_such_row none");
}

/// Half of the seats row, the y taken out by its own, rounded: at most one of the two.
fn rounded() -> Value {
    json!({"cuts": [{"denominator": 2, "prices": [
                {"row": "seats", "departure": "D1", "numerator": 1},
                {"row": "open", "departure": "D1", "numerator": 3}]}],
           "denominator": 1, "prices": [{"row": "cut", "index": 0, "numerator": 2}]})
}

#[test]
fn a_cut_is_rounded_down() {
    let plan = at_most_two(&rounded());
    accepted(&one_stays_empty(), None, &plan);
    let cut = |i: usize, value: Value| {
        refused(
            &one_stays_empty(),
            &edited(
                &plan,
                &[(
                    [
                        "/certificate/0/cuts/0/prices/0/numerator",
                        "/certificate/0/cuts/0/denominator",
                        "/certificate/0/prices/0/index",
                    ][i],
                    value,
                )],
            ),
            ["-1 0", "0 1", "no_such_row none"][i],
        );
    };
    cut(0, json!(-1));
    cut(1, json!(0));
    cut(2, json!(1));
    refused(&one_stays_empty(), &without(&plan, "/certificate/0/cuts/0/prices/1"), "2 4");
    refused(&one_stays_empty(), &without(&plan, "/certificate/0/cuts/0"), "no_such_row none");
}

#[test]
fn a_cut_may_use_an_earlier_cut() {
    let mut twice = rounded();
    let again = json!({"denominator": 1, "prices": [{"row": "cut", "index": 0, "numerator": 2}]});
    twice["cuts"].as_array_mut().expect("a list").push(again);
    twice["prices"] = json!([{"row": "cut", "index": 1, "numerator": 1}]);
    accepted(&one_stays_empty(), None, &at_most_two(&twice));
    twice["cuts"][1]["prices"][0]["index"] = json!(1);
    refused(&one_stays_empty(), &at_most_two(&twice), "no_such_row none");
}

/// At most one of the two, or both, which the seats do not allow.
fn cases() -> Value {
    json!({"split": {"columns": [{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D1"}], "at_most": 1},
        "low": {"denominator": 1, "prices": [{"row": "split", "depth": 0, "numerator": 2}]},
        "high": {"denominator": 1, "prices": [
            {"row": "split", "depth": 0, "numerator": 2}, {"row": "seats", "departure": "D1", "numerator": 2}]}})
}

#[test]
fn a_split_takes_the_worse_of_two_cases() {
    let plan = at_most_two(&cases());
    accepted(&one_stays_empty(), None, &plan);
    refused(&one_stays_empty(), &without(&plan, "/certificate/0/high"), "neither_prices_nor_split none");
    refused(&one_stays_empty(), &without(&plan, "/certificate/0/high/prices/0"), "2 6");
    refused(&one_stays_empty(), &edited(&plan, &[("/certificate/0/split/at_most", json!(0))]), "2 4");
    refused(
        &one_stays_empty(),
        &edited(&plan, &[("/certificate/0/low/prices/0/depth", json!(1))]),
        "no_such_row none",
    );
    let again = json!({"unit": "U1", "departure": "D1"});
    refused(&one_stays_empty(), &edited(&plan, &[("/certificate/0/split/columns/1", again)]), "twice none");
    refused(
        &one_stays_empty(),
        &edited(&plan, &[("/certificate/0/split/columns/1/unit", json!("U9"))]),
        "no_such_column none",
    );
}

#[test]
fn a_tree_is_at_most_a_hundred_splits_deep() {
    let leaf = json!({"denominator": 1, "prices": [{"row": "fill", "departure": "D1", "resource": "seats", "numerator": 1}]});
    let deep = |depth: usize| {
        (0..depth).fold(leaf.clone(), |low, _| {
            json!({"split": {"columns": [{"departure": "D1"}], "at_most": 0}, "low": low, "high": leaf})
        })
    };
    accepted(&one_stays_empty(), None, &at_most_two(&deep(100)));
    refused(&one_stays_empty(), &at_most_two(&deep(101)), "101 100");
}

#[test]
fn held_seats_are_columns() {
    let allotment = json!({"seats": 5, "allotments": [{"sponsor": "s", "seats": 2}]});
    let scenario = flights(&[("D1", allotment)], &[("U1", 3), ("U2", 2)], &persons());
    let prices = json!([{"row": "seats", "departure": "D1", "numerator": 1},
        {"row": "allotment", "departure": "D1", "sponsor": "s", "numerator": 1}]);
    let plan = claim(
        &[("all", "maximize", [3, 3, 3])],
        &json!([{"level": "all", "bound": 3, "denominator": 1, "prices": prices}]),
    );
    accepted(&scenario, None, &plan);
    refused(&scenario, &without(&plan, "/certificate/0/prices/1"), "3 5");
    // At a price of 2 the opened departure gives 1, and each of the two held seats 1: in h's own bound or priced.
    let dearer = edited(&plan, &[("/certificate/0/prices/1/numerator", json!(2))]);
    accepted(&scenario, None, &dearer);
    let held = json!({"row": "held", "departure": "D1", "sponsor": "s", "numerator": 1});
    accepted(&scenario, None, &edited(&dearer, &[("/certificate/0/prices/2", held)]));
    let sponsored = edited(&scenario, &[("/units/1/sponsor", json!("s"))]);
    refused(&sponsored, &plan, "3 5");
    let released =
        edited(&scenario, &[("/departures/0/allotments/0/release", json!("2021-10-09T00:00:00Z"))]);
    refused(&released, &plan, "no_such_row none");
}

/// A dear flight of four seats and a cheap one of two, for two and two: all fly, then the cost is least.
pub(crate) fn dear_and_cheap(tolerance: i64) -> Value {
    flights(
        &[
            ("D1", json!({"seats": 4, "committed": false, "cost_usd": 100})),
            ("D2", json!({"seats": 2, "committed": false, "cost_usd": 50})),
        ],
        &[("U1", 2), ("U2", 2)],
        &json!([{"name": "all", "maximize": "persons", "tolerance": tolerance}, {"name": "cost", "minimize": "cost"}]),
    )
}

fn all_then_cost(value: i64, cost: i64, price: i64) -> Value {
    claim(
        &[("all", "maximize", [value, 4, 4]), ("cost", "minimize", [cost, cost, cost])],
        &json!([{"level": "all", "bound": 4, "denominator": 1, "prices": []},
            {"level": "cost", "bound": cost, "denominator": 1, "prices": [
                {"row": "level", "level": "all", "numerator": price},
                {"row": "seats", "departure": "D1", "numerator": price},
                {"row": "seats", "departure": "D2", "numerator": price}]}]),
    )
}

#[test]
fn an_earlier_level_is_a_row() {
    let plan = all_then_cost(4, 100, 25);
    accepted(&dear_and_cheap(0), None, &plan);
    refused(&dear_and_cheap(0), &without(&plan, "/certificate/1/prices/0"), "100 0");
    let later = [("/certificate/0/prices/0", json!({"row": "level", "level": "cost", "numerator": 0}))];
    refused(&dear_and_cheap(0), &edited(&plan, &later), "no_such_row none");
    refused(&dear_and_cheap(0), &edited(&plan, &[("/levels/0/best", json!(5))]), "4 5");
    let dear = json!([{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D1"}]);
    let witness = |list: Value| edited(&plan, &[("/certificate/1/witness", list)]);
    accepted(&dear_and_cheap(0), None, &witness(dear.clone()));
    let alone = json!([{"unit": "U1", "departure": "D1"}]);
    refused(&dear_and_cheap(0), &witness(alone), "2 4");
    let both = json!([{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D2"}]);
    refused(&dear_and_cheap(0), &witness(both), "150 100");
}

#[test]
fn a_tolerance_loosens_the_row_and_asks_for_a_witness() {
    let plan = all_then_cost(2, 50, 25);
    let witness = json!([{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D1"}]);
    let seen = edited(&plan, &[("/certificate/0/witness", witness)]);
    accepted(&dear_and_cheap(2), None, &seen);
    refused(&dear_and_cheap(0), &seen, "50 100");
    refused(&dear_and_cheap(2), &plan, "2 4");
    let witness = |value: Value, words: &str| {
        refused(&dear_and_cheap(2), &edited(&seen, &[("/certificate/0/witness", value)]), words);
    };
    witness(json!([{"unit": "U1", "departure": "D1"}]), "2 4");
    witness(json!([{"unit": "U1", "departure": "D2"}, {"unit": "U2", "departure": "D2"}]), "seats none");
    witness(json!([{"unit": "U9", "departure": "D2"}]), "unit none");
}

/// With a minimum load the cheap flight never goes, and whether the dear one does is settled by cases.
pub(crate) fn half_opened() -> Value {
    let mut plan = all_then_cost(2, 100, 25);
    plan["certificate"][0]["witness"] =
        json!([{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D1"}]);
    plan["certificate"][1] = json!({"level": "cost", "bound": 100,
        "split": {"columns": [{"departure": "D1"}], "at_most": 0},
        "low": {"denominator": 1, "prices": [
            {"row": "level", "level": "all", "numerator": 100}, {"row": "split", "depth": 0, "numerator": 300},
            {"row": "seats", "departure": "D1", "numerator": 100}, {"row": "seats", "departure": "D2", "numerator": 250},
            {"row": "min_load", "departure": "D2", "numerator": 150}]},
        "high": {"denominator": 1, "prices": [{"row": "split", "depth": 0, "numerator": 100}]}});
    plan
}

#[test]
fn a_split_on_a_departure_settles_what_is_half_opened() {
    let plan = half_opened();
    let scenario = edited(&dear_and_cheap(2), &[("/departures/1/min_load", json!(3))]);
    accepted(&scenario, None, &plan);
    refused(&scenario, &without(&plan, "/certificate/1/low/prices/4"), "100 -250");
}

#[test]
fn changes_have_a_constant() {
    let scenario = flights(&[("D1", json!({"seats": 3}))], &[("U1", 2), ("U2", 3)], &persons());
    let seats = json!([{"row": "seats", "departure": "D1", "numerator": 1}]);
    let plan = edited(
        &claim(
            &[("all", "maximize", [3, 3, 3]), ("changes", "minimize", [2, 2, 2])],
            &json!([{"level": "all", "bound": 3, "denominator": 1, "prices": seats},
            {"level": "changes", "bound": 2, "denominator": 1, "prices": seats}]),
        ),
        &[("/baseline", json!({"digest": "blake3:ba"}))],
    );
    accepted(&scenario, Some(&[("U1", "D1"), ("U2", "D1"), ("gone", "D1")]), &plan);
}

#[test]
fn that_nothing_is_possible_is_proven_by_a_bound_below_nought() {
    let scenario = edited(
        &flights(&[("D1", json!({"seats": 4}))], &[("U1", 2), ("U2", 2)], &persons()),
        &[
            ("/pins", json!([{"unit": "U1", "departure": "D1"}, {"unit": "U2", "departure": "D1"}])),
            ("/links", json!([{"kind": "at_most_one", "units": ["U1", "U2"]}])),
        ],
    );
    let entry = json!([{"level": null, "bound": -1, "denominator": 1, "prices": [
        {"row": "pin", "unit": "U1", "departure": "D1", "numerator": -1},
        {"row": "pin", "unit": "U2", "departure": "D1", "numerator": -1},
        {"row": "at_most_one", "link": 0, "numerator": 1}]}]);
    let plan = edited(&claim(&[], &entry), &[("/status", json!("infeasible"))]);
    accepted(&scenario, None, &plan);
    refused(&scenario, &without(&plan, "/certificate/0/prices/2"), "-1 0");
    let nought = [("/certificate/0/bound", json!(0)), ("/certificate/0/prices", json!([]))];
    refused(&scenario, &edited(&plan, &nought), "0 -1");
    refused(&scenario, &edited(&plan, &[("/status", json!("optimal"))]), "not_infeasible none");
}

#[test]
fn agreement_is_not_believed_beyond_a_billion() {
    let heavy = json!([{"name": "all", "maximize": "weighted", "weights": [{"weight": 500_000_000}]}]);
    let scenario = flights(&[("D1", json!({"seats": 3}))], &[("U1", 2)], &heavy);
    let mut plan = claim(&[("all", "maximize", [1_000_000_000; 3])], &json!([]));
    plan["levels"][0]["proof"] = json!("agreed");
    accepted(&scenario, None, &plan);
    let heavier = edited(&scenario, &[("/policy/levels/0/weights/0/weight", json!(500_000_001))]);
    refused(&heavier, &plan, "1000000002 1000000000");
}
