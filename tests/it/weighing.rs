//! What edits are worth, what two levels cost each other, and the rules of thumb: all as enumeration has it.

#![cfg(feature = "highs")]

use airbridge::answer::Basis;
use airbridge::change::patched;
use airbridge::check::Case;
use airbridge::compare;
use airbridge::frontier::{self, Plans};
use airbridge::plan::{Plan, Status};
use airbridge::scenario::{Baseline, DepartureIdx, MixedStatus, Scenario, Sense, UnitIdx};
use airbridge::simulate::{self, Play, Reoffer, Standby};
use airbridge::solve::{Method, Request};
use airbridge::value::{self, What};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{self, DIGEST};
use crate::oracle::{best_by_enumeration, judged};
use crate::properties::config;
use crate::random::{Random, scenarios};
use crate::solving;

/// A scenario of which a plan is known.
struct Ground {
    text: String,
    scenario: Scenario,
    baseline: Option<Baseline>,
    plan: Plan,
}

impl Ground {
    fn new(random: &Random) -> Option<Self> {
        let (scenario, baseline) = random.read();
        let plan = solving::solved_by(&solving::run, &scenario, baseline.as_ref(), Method::Auto).ok()?;
        let text = random.scenario.to_string();
        (plan.status == Status::Optimal).then_some(Self { text, scenario, baseline, plan })
    }

    fn request<T>(&self, ask: impl FnOnce(&Request) -> T) -> T {
        ask(&solving::request(&self.scenario, self.baseline.as_ref(), Method::Auto, &solving::run))
    }
}

/// The best of each level after a patch, by enumeration.
fn bests_after(ground: &Ground, edit: &[airbridge::change::Operation]) -> Option<Vec<i64>> {
    let text = patched(&ground.text, edit).expect("the patch applies");
    let read = airbridge::scenario::read::read(text.as_bytes(), "patched").expect("a scenario");
    best_by_enumeration(&read.scenario, ground.baseline.as_ref())
}

fn check_probes(ground: &Ground, what: Option<&[What]>) -> Result<usize, TestCaseError> {
    let before = solving::bests(&ground.plan);
    let probes = ground.request(|request| {
        let question =
            value::Question { request, text: &ground.text, digest: DIGEST, plan: &ground.plan, what };
        value::value(&question).unwrap_or_else(|error| panic!("{error}"))
    });
    for probe in &probes {
        let after = bests_after(ground, &probe.edit).expect("an edit that can be solved");
        let changes: Vec<i64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
        let found: Vec<i64> = probe.levels.iter().map(|level| level.change).collect();
        prop_assert_eq!(found, changes, "{:?}", probe);
        prop_assert!(matches!(probe.basis, Basis::Certified | Basis::Resolved));
    }
    Ok(probes.len())
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn every_probe_is_worth_what_a_solve_of_the_patched_file_says(random in scenarios()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        check_probes(&ground, Some(&What::ALL))?;
    }

    /// What is not asked about binds nowhere: one more of it is worth nothing.
    #[test]
    fn what_does_not_bind_is_worth_nothing(random in scenarios()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        let ask = |what: Option<&[What]>| ground.request(|request| {
            let question = value::Question { request, text: &ground.text, digest: DIGEST, plan: &ground.plan, what };
            value::value(&question).unwrap_or_else(|error| panic!("{error}"))
        });
        let by_default = ask(None);
        for probe in ask(Some(&[What::Pin, What::Quota])) {
            prop_assert!(by_default.iter().any(|known| (known.what, &known.subject) == (probe.what, &probe.subject)));
        }
        // Ranked by the first level that changes.
        let first = |probe: &value::Probe| {
            probe.levels.iter().position(|level| level.change != 0).unwrap_or(usize::MAX)
        };
        prop_assert!(by_default.is_sorted_by_key(first));
    }

    #[test]
    fn every_frontier_is_that_of_enumeration(random in scenarios(), pick in any::<[prop::sample::Index; 2]>()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        let levels = ground.scenario.levels(ground.baseline.as_ref()).all;
        let between = [pick[0].index(levels.len()), pick[1].index(levels.len())];
        if between[0] == between[1] {
            return Ok(());
        }
        let ask = |points: Option<usize>, plans: Plans| ground.request(|request| {
            let question = frontier::Question { request, digest: DIGEST, between, points, plans };
            frontier::frontier(&question).unwrap_or_else(|error| panic!("{error}"))
        });
        let sign = |k: usize| if levels[k].sense == Sense::Maximize { 1 } else { -1 };
        let bests = solving::bests(&ground.plan);
        let mut plans = judged(&ground.scenario, ground.baseline.as_ref());
        let first = between[0].min(between[1]);
        for k in 0..first {
            let least = sign(k) * i128::from(bests[k]) - i128::from(levels[k].tolerance);
            plans.retain(|plan| sign(k) * plan.values[k] >= least);
        }
        let pair = |values: &[i128]| between.map(|k| sign(k) * values[k]);
        let pairs: std::collections::BTreeSet<[i128; 2]> = plans.iter().map(|plan| pair(&plan.values)).collect();
        let beaten = |one: &[i128; 2]| {
            pairs.iter().any(|other| other != one && other[0] >= one[0] && other[1] >= one[1])
        };
        let expected: Vec<[i128; 2]> =
            pairs.iter().rev().filter(|one| !beaten(one)).map(|one| [sign(between[0]) * one[0], sign(between[1]) * one[1]]).collect();
        let (curve, made) = ask(None, Plans::Each);
        let found: Vec<[i128; 2]> =
            curve.points.iter().map(|point| [i128::from(point.a), i128::from(point.b)]).collect();
        prop_assert_eq!(&found, &expected);
        prop_assert!(curve.complete && curve.points.iter().all(|point| point.proven));
        for (plan, point) in made.iter().zip(&curve.points) {
            solving::assert_clean(&ground.scenario, ground.baseline.as_ref(), plan);
            let values = between.map(|k| plan.levels[k].value);
            prop_assert_eq!(values, [point.a, point.b]);
        }
        let (some, _) = ask(Some(3), Plans::No);
        prop_assert!(some.points.iter().all(|point| curve.points.contains(point)));
        prop_assert_eq!(some.complete, some.points == curve.points);
    }

    #[test]
    fn rules_of_thumb_obey_every_rule(random in scenarios()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        let entrants = ground.request(|request| compare::baselines(request, DIGEST));
        let entrants = entrants.unwrap_or_else(|error| panic!("{error}"));
        for entrant in &entrants {
            let mut scenario = ground.scenario.clone();
            scenario.policy.mixed_status = match entrant.name.as_str() {
                "per_person" => MixedStatus::PerPerson,
                "best_member" => MixedStatus::BestMember,
                "anchor" => MixedStatus::Anchor,
                _ => scenario.policy.mixed_status,
            };
            if entrant.status == Status::Infeasible {
                // Only where other persons count for a quota.
                prop_assert_eq!(judged(&scenario, ground.baseline.as_ref()).len(), 0, "{}", entrant.name);
                continue;
            }
            let pairs: Vec<_> = entrant.on.iter().enumerate()
                .filter_map(|(u, d)| d.map(|d| (UnitIdx::new(u), d))).collect();
            let judgement = Case::new(&scenario, ground.baseline.as_ref()).judge(&pairs);
            prop_assert!(judgement.violations.is_empty(), "{}: {:?}", entrant.name, fixture::lines(&judgement.violations));
        }
        let own = compare::entered(&ground.scenario, "plan", "scenario", &ground.plan);
        let all: Vec<_> = std::iter::once(own).chain(entrants).collect();
        let comparison = compare::compare(&ground.scenario, ground.baseline.as_ref(), &all);
        let values: Vec<i64> = comparison.plans[0].levels.iter().map(|level| level.value).collect();
        let known: Vec<i64> = ground.plan.levels.iter().map(|level| level.value).collect();
        prop_assert_eq!(values, known);
        for (plan, difference) in comparison.plans[1..].iter().zip(&comparison.differences) {
            let seated = all.iter().find(|one| one.name == plan.name).expect("it entered");
            let before = ground.plan.assignments.len() + difference.gains.len() - difference.loses.len();
            prop_assert_eq!(seated.on.iter().flatten().count(), before);
        }
    }
}

/// Who is where when two lists are gone down: `U` of one person comes first, `V` of two or three.
fn first_come(departures: &Value, budget: Option<i64>, persons: usize) -> Vec<Option<usize>> {
    let unit = |id: &str, persons: usize| {
        let person = |at: usize| json!({"id": format!("{id}{at}"), "category": "lpr", "age": 30});
        json!({"id": id, "location": "KBL", "persons": (0..persons).map(person).collect::<Vec<_>>()})
    };
    let mut text = json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-07T06:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": departures,
        "units": [unit("U", 1), unit("V", persons)],
    });
    if let Some(budget) = budget {
        text["budget_usd"] = budget.into();
    }
    let scenario = fixture::scenario(&text);
    let request = solving::request(&scenario, None, Method::Auto, &solving::run);
    let entrants = compare::baselines(&request, DIGEST).expect("they are solved");
    let first = entrants.iter().find(|entrant| entrant.name == "first_come").expect("it is one of them");
    first.on.iter().map(|d| d.map(DepartureIdx::index)).collect()
}

#[test]
fn a_list_leaves_seats_to_a_sponsor_and_keeps_to_the_budget() {
    let flight = |id: &str, day: u8, seats: i64, more: Value| {
        let mut flight = json!({"id": id, "kind": "charter_flight", "from": "KBL", "to": "DOH",
            "departs": format!("2021-10-{day:02}T06:00:00Z"), "seats": seats});
        let Value::Object(more) = more else { panic!("an object") };
        flight.as_object_mut().expect("an object").extend(more);
        flight
    };
    let held = json!({"allotments": [{"sponsor": "S9", "seats": 1}]});
    let two = json!([flight("D1", 8, 3, held), flight("D2", 9, 2, json!({}))]);
    assert_eq!(first_come(&two, None, 2), [Some(0), Some(1)], "one of three is taken, one is held");
    let charter = json!({"committed": false, "cost_usd": 5000});
    let three = json!([
        flight("D1", 8, 1, charter.clone()),
        flight("D2", 9, 3, charter),
        flight("D3", 10, 3, json!({})),
    ]);
    assert_eq!(first_come(&three, Some(6000), 3), [Some(0), Some(2)], "a second charter is too dear");
    assert_eq!(first_come(&three, Some(10_000), 3), [Some(0), Some(1)]);
}

#[test]
fn points_beyond_number_are_as_good_as_all() {
    let family = |id: &str, urgency: i64, persons: usize| {
        let person = |at: usize| json!({"id": format!("{id}{at}"), "category": "lpr", "age": 30});
        json!({"id": id, "location": "KBL", "urgency": urgency, "persons": (0..persons).map(person).collect::<Vec<_>>()})
    };
    let scenario = fixture::scenario(&json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-07T06:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": [{"id": "D", "kind": "charter_flight", "from": "KBL", "to": "DOH",
            "departs": "2021-10-08T06:00:00Z", "seats": 4}],
        "units": [family("U", 1, 4), family("V", 9, 1), family("W", 5, 2)],
        "policy": {"levels": [{"name": "persons", "maximize": "persons"}, {"name": "urgency", "maximize": "urgency"}]},
    }));
    let request = solving::request(&scenario, None, Method::Auto, &solving::run);
    let curve = |points: Option<usize>| {
        let question = frontier::Question {
            request: &request,
            digest: DIGEST,
            between: [0, 1],
            points,
            plans: Plans::No,
        };
        frontier::frontier(&question).unwrap_or_else(|error| panic!("{error}")).0
    };
    let all = curve(None);
    assert_eq!(all.points.iter().map(|point| (point.a, point.b)).collect::<Vec<_>>(), [(4, 1), (3, 14)]);
    for points in [2, 3, usize::MAX] {
        assert_eq!((curve(Some(points)).points, curve(Some(points)).complete), (all.points.clone(), true));
    }
}

/// The story `robust`: a level on who arrives lists fewer persons, and more of them arrive.
#[test]
fn a_plan_for_who_arrives_brings_out_more_than_one_for_who_is_listed() {
    let text = crate::file("scenarios/robust/scenario.json");
    let scenario = airbridge::scenario::read::read(&text, "scenario.json").expect("it reads").scenario;
    let mut listed = scenario.clone();
    listed.policy.levels.reverse();
    let arrive = solving::solved(&scenario, None, Method::Auto);
    let list = solving::solved(&listed, None, Method::Auto);
    assert_eq!(solving::bests(&arrive), [8700, 11]);
    assert_eq!(solving::bests(&list), [12, 8100]);
    let play = Play {
        runs: 4000,
        seed: 1,
        standby: Standby::None,
        reoffer: Reoffer::Never,
        shock: 0.0,
        hindsight: 0,
    };
    let request = Request {
        scenario: &scenario,
        baseline: None,
        method: Method::Auto,
        runner: &solving::run,
        stop: &|| false,
        grant: &|_| (),
        progress: &|_| (),
    };
    let no_lists = vec![Vec::new(); scenario.departures.len()];
    let mean = |plan: &Plan| {
        let on = compare::entered(&scenario, "plan", "scenario", plan).on;
        let simulation = simulate::simulate(&request, &on, &no_lists, &play).expect("it plays");
        simulation.outcomes.persons.mean
    };
    assert!(mean(&arrive) > mean(&list) + 0.3, "{} {}", mean(&arrive), mean(&list));
}
