//! The answers of the night against brute force: replans, standbys, the gate, simulations. Needs the solver.

#![cfg(feature = "highs")]
#![expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "means are compared with sums of probabilities"
)]

use std::collections::BTreeSet;

use airbridge::certificate::Side;
use airbridge::check::{Case, check};
use airbridge::plan::{Plan, ReasonKind, Status};
use airbridge::replan::{CallSheet, Hold, Replanned, replan};
use airbridge::rule::Rule;
use airbridge::scenario::{Baseline, DepartureIdx, Exclusion, Level, Scenario, Sense, UnitIdx};
use airbridge::simulate::{Outcome, Play, Reoffer, Simulation, Standby, play_once, simulate};
use airbridge::solve::{Method, Request, Seating, answer};
use airbridge::standby::{AtTheGate, at_the_gate, lists, standby};
use airbridge::synth::{PolicyKind, Spec, generate};
use airbridge::{eligibility, solve};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::fixture::{self, DIGEST};
use crate::oracle::best_by_enumeration;
use crate::properties::config;
use crate::random::{Random, scenarios};
use crate::solving::{bests, run};

fn request<'a>(scenario: &'a Scenario, baseline: Option<&'a Baseline>) -> Request<'a> {
    Request {
        scenario,
        baseline,
        method: Method::Auto,
        runner: &run,
        stop: &|| false,
        grant: &|_| (),
        progress: &|_| (),
    }
}

/// A random scenario without the pins that eligibility forbids, and its plan if it has one.
fn planned(random: &Random) -> Option<(Value, Scenario, Plan)> {
    let mut value = random.scenario.clone();
    let mut scenario = fixture::scenario(&value);
    if !solve::forbidden_pins(&eligibility::assess(&scenario, None)).is_empty() {
        value["pins"] = json!([]);
        scenario = fixture::scenario(&value);
    }
    let plan = solve::solve(&request(&scenario, None), DIGEST).expect("it solves");
    (plan.status == Status::Optimal).then_some((value, scenario, plan))
}

fn pairs_of(plan: &Plan) -> Vec<(String, String)> {
    plan.assignments.iter().map(|one| (one.unit.clone(), one.departure.clone())).collect()
}

fn baseline(scenario: &Scenario, pairs: &[(String, String)]) -> Baseline {
    Baseline::resolve("blake3:ba".into(), pairs.iter().map(|(u, d)| (u.as_str(), d.as_str())), scenario)
}

fn seating(scenario: &Scenario, plan: &Plan) -> Seating {
    let place = |id: &str| scenario.departures.iter().position(|d| d.id == id).map(DepartureIdx::new);
    let of =
        |id: &str| plan.assignments.iter().find(|one| one.unit == id).and_then(|one| place(&one.departure));
    scenario.units.iter().map(|unit| of(&unit.id)).collect()
}

/// Every seating that `may` allows, judged: those whose broken rules are all `excused`, with their values.
fn enumerate(
    case: &Case<'_>,
    choices: &[Vec<Option<DepartureIdx>>],
    excused: &[Rule],
) -> Vec<(Seating, Vec<i128>)> {
    let mut all: Vec<Seating> = vec![Vec::new()];
    for of_unit in choices {
        all = all.iter().flat_map(|on| of_unit.iter().map(|d| [on.clone(), vec![*d]].concat())).collect();
    }
    let judged = all.into_iter().filter_map(|on| {
        let seated = on.iter().enumerate().filter_map(|(u, d)| d.map(|d| (UnitIdx::new(u), d)));
        let judgement = case.judge(&seated.collect::<Vec<_>>());
        let obeys = judgement.violations.iter().all(|violation| excused.contains(&violation.rule));
        obeys.then_some((on, judgement.values))
    });
    judged.collect()
}

/// What is left of the plans when each level in turn keeps its best less its tolerance.
fn best(mut plans: Vec<(Seating, Vec<i128>)>, levels: &[Level]) -> Vec<(Seating, Vec<i128>)> {
    for (k, level) in levels.iter().enumerate() {
        let sign = if level.sense == Sense::Maximize { 1 } else { -1 };
        let Some(best) = plans.iter().map(|(_, values)| sign * values[k]).max() else { break };
        plans.retain(|(_, values)| sign * values[k] >= best - i128::from(level.tolerance));
    }
    plans
}

/// Sheets count the same units in each of their parts.
#[track_caller]
fn is_consistent(scenario: &Scenario, before: &[(String, String)], plan: &Plan, sheet: &CallSheet) {
    let count = |len: usize| i64::try_from(len).expect("few");
    let known: BTreeSet<&str> = scenario.units.iter().map(|unit| unit.id.as_str()).collect();
    let still = before.iter().filter(|(unit, _)| known.contains(unit.as_str())).count();
    assert_eq!(sheet.kept + count(sheet.moved.len() + sheet.off.len()), count(still));
    assert_eq!(sheet.gone.len(), before.len() - still);
    assert_eq!(sheet.kept + count(sheet.moved.len() + sheet.new.len()), count(plan.assignments.len()));
    let persons =
        sheet.moved.iter().map(|m| m.persons).sum::<i64>() + sheet.off.iter().map(|o| o.persons).sum::<i64>();
    assert_eq!(sheet.changes, persons);
    let level = plan.levels.iter().find(|level| level.name == "changes");
    assert!(level.is_none_or(|level| level.value == sheet.changes), "{level:?}");
    let sums = sheet
        .by_sponsor
        .iter()
        .fold([0; 4], |sum, one| [sum[0] + one.kept, sum[1] + one.moved, sum[2] + one.off, sum[3] + one.new]);
    assert_eq!(sums, [sheet.kept, count(sheet.moved.len()), count(sheet.off.len()), count(sheet.new.len())]);
}

/// The scenario after a bad night: a departure cancelled or smaller, a unit withdrawn, manifests closed.
fn after_a_bad_night(value: &Value, what: usize, which: Index) -> Value {
    let mut changed = value.clone();
    let departures = changed["departures"].as_array().map_or(1, Vec::len);
    let d = which.index(departures);
    match what {
        0 => changed["departures"][d]["cancelled"] = json!(true),
        1 => {
            let usable = changed["departures"][d]["seats"].as_i64().expect("a number");
            let blocked = changed["departures"][d]["blocked_seats"].as_i64().unwrap_or(0);
            changed["departures"][d]["blocked_seats"] = json!((blocked + 1).min(usable));
            changed["departures"][d]["allotments"] = json!([]);
        }
        2 => changed["departures"][d]["manifest_closes"] = json!("2021-10-09T00:00:00Z"),
        _ => changed["departures"][d]["id"] = json!("other"),
    }
    changed["pins"] = json!([]);
    changed["exclusions"] = json!([]);
    changed["quotas"] = json!([]);
    for unit in changed["units"].as_array_mut().into_iter().flatten() {
        unit["preferences"] = json!({});
    }
    changed
}

fn replanned(scenario: &Scenario, before: &[(String, String)], hold: Hold) -> Replanned {
    let baseline = baseline(scenario, before);
    replan(&request(scenario, Some(&baseline)), DIGEST, before, hold).expect("it solves")
}

proptest! {
    #![proptest_config(config(200))]

    /// Priority levels, then fewest changes, then the tie-breaks: as enumeration has it.
    #[test]
    fn a_replan_is_the_optimum_of_its_level_order(random in scenarios(), what in 0..4_usize, which in any::<Index>()) {
        let Some((value, _, plan)) = planned(&random) else { return Ok(()) };
        let scenario = fixture::scenario(&after_a_bad_night(&value, what, which));
        let before = pairs_of(&plan);
        let Replanned { plan, proven, sheet } = replanned(&scenario, &before, Hold::Manifests);
        let baseline = baseline(&scenario, &before);
        match best_by_enumeration(&scenario, Some(&baseline)) {
            None => prop_assert_eq!(plan.status, Status::Infeasible),
            Some(best) => {
                prop_assert!(proven);
                prop_assert_eq!(bests(&plan), best);
                is_consistent(&scenario, &before, &plan, &sheet);
            }
        }
    }

    /// The best of the plans that keep the most persons where they were; what is held is held, and the plan
    /// passes the checker with whatever it claims.
    #[test]
    fn keeping_everybody_keeps_all_that_can_be_kept(random in scenarios(), what in 0..4_usize, which in any::<Index>()) {
        let Some((value, _, plan)) = planned(&random) else { return Ok(()) };
        let scenario = fixture::scenario(&after_a_bad_night(&value, what, which));
        let before = pairs_of(&plan);
        let Replanned { plan, sheet, .. } = replanned(&scenario, &before, Hold::Everybody);
        if plan.status == Status::Infeasible {
            return Ok(());
        }
        let baseline = baseline(&scenario, &before);
        let report = check(&scenario, DIGEST, Some(&baseline), &plan);
        prop_assert!(report.is_clean(), "{:?}", fixture::lines(&report.violations));
        is_consistent(&scenario, &before, &plan, &sheet);
        let case = Case::new(&scenario, Some(&baseline));
        let choices: Vec<Vec<Option<DepartureIdx>>> = (0..scenario.units.len()).map(|u| {
            let open = (0..scenario.departures.len()).map(DepartureIdx::new).filter(|d| case.is_open(UnitIdx::new(u), *d));
            std::iter::once(None).chain(open.map(Some)).collect()
        }).collect();
        let plans = enumerate(&case, &choices, &[]);
        let changed = |on: &Seating| -> usize {
            let stays = |u: usize| matches!(baseline.was[u], airbridge::scenario::Was::On(d) if on[u] == Some(d));
            let was = |u: usize| baseline.was[u] != airbridge::scenario::Was::Unseated;
            (0..on.len()).filter(|&u| was(u) && !stays(u)).map(|u| scenario.units[u].persons.len()).sum()
        };
        let fewest = plans.iter().map(|(on, _)| changed(on)).min().expect("there is a plan");
        prop_assert_eq!(sheet.changes, i64::try_from(fewest).expect("few"));
        let keeping = plans.into_iter().filter(|(on, _)| changed(on) == fewest).collect();
        let levels = scenario.levels(Some(&baseline)).all;
        let best = best(keeping, &levels);
        let on = seating(&scenario, &plan);
        prop_assert!(best.iter().any(|(other, _)| *other == on), "{:?}", plan.levels);
    }

    /// Each call is the best of all ways to fill so many seats more, with nobody moved.
    #[test]
    fn a_standby_call_is_a_resolve_with_everybody_pinned(random in scenarios()) {
        let Some((_, scenario, plan)) = planned(&random) else { return Ok(()) };
        let on = seating(&scenario, &plan);
        let all = standby(&request(&scenario, None), &on, Some(3)).expect("it fits");
        let levels = scenario.levels(None).all;
        let mut listed: Vec<(usize, Vec<String>)> = Vec::new();
        for one in &all {
            let d = scenario.departures.iter().position(|d| d.id == one.departure).expect("a departure");
            let taken: Vec<&String> = listed.iter().filter(|(e, _)| clash(&scenario, *e, d)).flat_map(|(_, l)| l).collect();
            prop_assert!(one.list.iter().all(|unit| !taken.contains(&unit)));
            for call in &one.calls {
                let mut more = scenario.clone();
                more.departures[d].seats += call.free_seats;
                more.departures.iter_mut().for_each(|one| one.manifest_closes = one.departs.max(more.as_of));
                let case = Case::new(&more, None);
                let choices: Vec<Vec<Option<DepartureIdx>>> = (0..on.len()).map(|u| {
                    let d = DepartureIdx::new(d);
                    let free = !taken.contains(&&more.units[u].id) && case.is_open(UnitIdx::new(u), d);
                    match on[u] {
                        None if free => vec![None, Some(d)],
                        there => vec![there],
                    }
                }).collect();
                let best = best(enumerate(&case, &choices, &[]), &levels);
                let called: Seating = (0..on.len()).map(|u| {
                    if call.board.contains(&more.units[u].id) { Some(DepartureIdx::new(d)) } else { on[u] }
                }).collect();
                prop_assert!(best.iter().any(|(other, _)| *other == called), "{} {:?}", one.departure, call);
            }
            let first: BTreeSet<&String> = one.calls.iter().flat_map(|call| &call.board).collect();
            prop_assert_eq!(first, one.list.iter().collect::<BTreeSet<_>>());
            listed.push((d, one.list.clone()));
        }
    }

    /// Whoever boards at the gate is the best choice over all departures at once, nobody else moved, and the
    /// plan as it flew passes the checker and starts the next morning.
    #[test]
    fn the_gate_is_brute_force_over_all_departures(random in scenarios(), who in prop::collection::vec(any::<Index>(), 1..3)) {
        let Some((_, scenario, plan)) = planned(&random) else { return Ok(()) };
        let on = seating(&scenario, &plan);
        let absent: BTreeSet<usize> = who.iter().map(|who| who.index(scenario.units.len())).collect();
        let names: Vec<String> = absent.iter().map(|&u| scenario.units[u].id.clone()).collect();
        let gate = at_the_gate(&request(&scenario, None), &on, &names).expect("it fits");
        is_best_at_the_gate(&scenario, &on, &absent, &gate)?;
        let eligibility = eligibility::assess(&scenario, None);
        let levels = scenario.levels(None);
        let stays_away = |u: UnitIdx| absent.contains(&u.index());
        let flown = answer::recorded(&eligibility, None, &levels, DIGEST, &gate.on, &stays_away);
        let report = check(&scenario, DIGEST, None, &flown);
        prop_assert!(report.is_clean(), "{:?}", fixture::lines(&report.violations));
        let no_shows = flown.unseated.iter().filter(|waiting| waiting.reason.kind == ReasonKind::NoShow);
        prop_assert_eq!(no_shows.count(), names.len());
        prop_assert!(flown.levels.iter().all(|level| level.best.is_none() && level.proof.is_none()));
    }

    /// Without standbys and offers the mean tends to the sum of show x (1 - cancel) over those seated.
    #[test]
    fn the_simulated_mean_agrees_with_the_sum_of_probabilities(random in scenarios()) {
        let Some((_, scenario, plan)) = planned(&random) else { return Ok(()) };
        let on = seating(&scenario, &plan);
        let play = Play { standby: Standby::None, reoffer: Reoffer::Never, ..usual(2000) };
        let simulation = played(&scenario, &on, &play);
        let expected: f64 = on.iter().enumerate().filter_map(|(u, d)| {
            let (unit, departure) = (&scenario.units[u], &scenario.departures[d.as_ref()?.index()]);
            Some(unit.persons.len() as f64 * unit.show_probability * (1.0 - departure.cancel_probability))
        }).sum();
        let found = simulation.outcomes.persons.mean;
        // Five standard deviations of the mean of 2,000 runs of up to 28 persons on one die.
        prop_assert!((found - expected).abs() < 1.6, "{found} {expected}");
        prop_assert_eq!(simulation.outcomes.persons.planned, on.iter().enumerate().filter(|(_, d)| d.is_some())
            .map(|(u, _)| i64::try_from(scenario.units[u].persons.len()).expect("few")).sum::<i64>());
    }

    /// Whoever boards in a run breaks no rule that the absences have not broken, and nobody is moved who
    /// need not be.
    #[test]
    fn whoever_boards_in_a_run_may(random in scenarios(), seed in any::<u64>()) {
        let Some((_, scenario, plan)) = planned(&random) else { return Ok(()) };
        let on = seating(&scenario, &plan);
        let lists = lists(&scenario, &standby(&request(&scenario, None), &on, Some(3)).expect("it fits"));
        let play = Play { seed, shock: 0.3, ..usual(20) };
        let mut open = scenario.clone();
        let as_of = open.as_of;
        open.departures.iter_mut().for_each(|one| one.manifest_closes = one.departs.max(as_of));
        open.pins.clear();
        let case = Case::new(&open, None);
        for run in 0..20 {
            let (fate, out) = play_once(&scenario, &on, &lists, &play, run);
            let stays = |u: usize| on[u].filter(|d| fate.shows[u] && fate.flies[d.index()]);
            let present: Seating = (0..on.len()).map(stays).collect();
            let broken = |seating: &Seating| -> BTreeSet<String> {
                let pairs = seating.iter().enumerate().filter_map(|(u, d)| d.map(|d| (UnitIdx::new(u), d)));
                let judged = case.judge(&pairs.collect::<Vec<_>>());
                judged.violations.iter().map(|v| format!("{} {:?}", v.rule, v.subject)).collect()
            };
            let (before, after) = (broken(&present), broken(&out));
            prop_assert!(after.is_subset(&before), "{:?} {:?}", before, after);
            for u in 0..on.len() {
                prop_assert!(present[u].is_none() || out[u] == present[u]);
                prop_assert!(out[u].is_none_or(|d| fate.shows[u] && fate.flies[d.index()]));
            }
        }
    }

    /// Looking back is as good as enumeration: over the runs in which no absence breaks a rule.
    #[test]
    fn looking_back_is_a_resolve_that_knows_the_draw(random in scenarios(), seed in any::<u64>()) {
        const RUNS: usize = 3;
        let Some((_, scenario, plan)) = planned(&random) else { return Ok(()) };
        let on = seating(&scenario, &plan);
        let play = Play { seed, standby: Standby::None, shock: 0.3, hindsight: RUNS, ..usual(RUNS) };
        let nobody = vec![Vec::new(); scenario.departures.len()];
        let mut better = 0;
        for run in 0..RUNS {
            let (fate, out) = play_once(&scenario, &on, &nobody, &play, run);
            let mut known = scenario.clone();
            for (departure, flies) in known.departures.iter_mut().zip(&fate.flies) {
                departure.cancelled |= !flies;
            }
            let no_show = (0..on.len()).filter(|&u| !fate.shows[u]).map(UnitIdx::new);
            known.exclusions.extend(no_show.map(|unit| Exclusion { unit, departure: None }));
            let case = Case::new(&known, None);
            known_pins_hold(&known, &case)?;
            let stays = |u: usize| on[u].filter(|d| fate.shows[u] && !known.departures[d.index()].cancelled);
            let pairs = |of: &dyn Fn(usize) -> Option<DepartureIdx>| -> Vec<(UnitIdx, DepartureIdx)> {
                (0..on.len()).filter_map(|u| of(u).map(|d| (UnitIdx::new(u), d))).collect()
            };
            if !case.judge(&pairs(&stays)).violations.is_empty() {
                return Ok(());
            }
            let came = case.judge(&pairs(&|u| out[u])).values;
            let Some(best) = best_by_enumeration(&known, None) else { return Ok(()) };
            let levels = scenario.levels(None);
            let differs = (0..levels.priority).find(|&k| i128::from(best[k]) != came[k]);
            let gains = |k: usize| match levels.all[k].sense {
                Sense::Maximize => i128::from(best[k]) > came[k],
                Sense::Minimize => i128::from(best[k]) < came[k],
            };
            better += usize::from(differs.is_some_and(gains));
        }
        let simulation = simulate(&request(&scenario, None), &on, &nobody, &play).expect("it fits");
        prop_assert_eq!(simulation.hindsight, Some(better as f64 / RUNS as f64));
    }

    #[test]
    fn a_simulation_is_the_same_whatever_the_threads(random in scenarios(), seed in any::<u64>()) {
        let Some((_, scenario, plan)) = planned(&random) else { return Ok(()) };
        let on = seating(&scenario, &plan);
        let play = Play { seed, shock: 0.2, ..usual(40) };
        let one = with_threads(1, || played(&scenario, &on, &play));
        let two = with_threads(2, || played(&scenario, &on, &play));
        prop_assert_eq!(&one, &two);
        let all = &one.outcomes;
        let sum = |group: &[Outcome]| group.iter().map(|one| one.mean).sum::<f64>();
        prop_assert!((sum(&all.by_category) - all.persons.mean).abs() < 1e-6);
        prop_assert!((sum(&all.by_departure) - all.persons.mean).abs() < 1e-6);
        for (outcome, departure) in all.by_departure.iter().zip(scenario.departures_by_time()) {
            let departure = &scenario.departures[departure.index()];
            prop_assert_eq!(&outcome.id, &departure.id);
            prop_assert!(outcome.p05 <= outcome.p50 && outcome.p50 <= outcome.p95);
            let laps = departure.lap_infants.unwrap_or(i64::MAX / 2);
            prop_assert!(outcome.p95 <= departure.usable_seats() + laps);
        }
    }
}

/// A case with a pin that the draw makes impossible is passed over: enumeration has no plan for it.
/// One flight of thirty is cancelled, and nearly everybody stays where they were: as few as any plan moves.
#[test]
fn a_cancelled_flight_of_many_moves_few() {
    let spec =
        Spec { units: 1500, departures: 30, seed: 2, policy: PolicyKind::Categories, ..Spec::default() };
    let mut value = serde_json::to_value(generate(&spec)).expect("a scenario is JSON");
    let scenario = fixture::scenario(&value);
    let before = pairs_of(&solve::solve(&request(&scenario, None), DIGEST).expect("it solves"));
    value["departures"][10]["cancelled"] = json!(true);
    let changed = fixture::scenario(&value);
    let Replanned { plan, proven, sheet } = replanned(&changed, &before, Hold::Manifests);
    assert!(proven);
    let moved = plan.levels.iter().find(|level| level.name == "changes").expect("it is a replan");
    assert_eq!(moved.best, moved.bound);
    assert!(moved.best < Some(300), "{:?} persons are moved", moved.best);
    is_consistent(&changed, &before, &plan, &sheet);
}

fn known_pins_hold(scenario: &Scenario, case: &Case<'_>) -> Result<(), TestCaseError> {
    let holds = scenario.pins.iter().all(|pin| case.is_open(pin.unit, pin.departure));
    if holds { Ok(()) } else { Err(TestCaseError::reject("a pin is forbidden")) }
}

/// The story as it flew: `U1` and `U3` are tied, `U3` did not come, and the quota asks for two residents.
fn recorded_story() -> (Scenario, Plan) {
    let value = fixture::edited(
        &fixture::story(),
        &[
            ("/links", json!([{"kind": "same_departure", "units": ["U1", "U3"]}])),
            ("/pins", json!([{"unit": "U3", "departure": "D1"}])),
            ("/quotas", json!([{"name": "residents", "count": {"category": ["lpr"]}, "min": 2}])),
            ("/departures/0/min_load", json!(6)),
            ("/departures/1/manifest_closes", json!("2021-10-08T00:00:00Z")),
        ],
    );
    let scenario = fixture::scenario(&value);
    let d = |d: usize| Some(DepartureIdx::new(d));
    let on = vec![d(0), d(1), None, None];
    let eligibility = eligibility::assess(&scenario, None);
    let levels = scenario.levels(None);
    let plan = answer::recorded(&eligibility, None, &levels, DIGEST, &on, &|u| u.index() == 2);
    (scenario, plan)
}

#[test]
fn a_record_is_excused_from_what_the_hour_and_the_absence_break() {
    let (scenario, plan) = recorded_story();
    let report = check(&scenario, DIGEST, None, &plan);
    assert!(report.is_clean(), "{:?}", fixture::lines(&report.violations));
}

#[test]
fn a_record_is_excused_from_nothing_else() {
    let (scenario, plan) = recorded_story();
    let rules = |plan: &Plan| -> BTreeSet<Rule> {
        check(&scenario, DIGEST, None, plan).violations.iter().map(|violation| violation.rule).collect()
    };
    let mut all_came = plan.clone();
    all_came.unseated.iter_mut().filter(|waiting| waiting.unit == "U3").for_each(|waiting| {
        waiting.reason.kind = ReasonKind::NotProven;
    });
    assert_eq!(rules(&all_came), [Rule::MinLoad, Rule::Quota, Rule::Pin, Rule::SameDeparture].into());
    let mut planned = plan.clone();
    planned.status = Status::Feasible;
    assert!(rules(&planned).contains(&Rule::Manifest));
    let mut crowded = scenario.clone();
    crowded.departures[0].seats = 3;
    let report = check(&crowded, DIGEST, None, &plan);
    assert!(report.violations.iter().any(|violation| violation.rule == Rule::Seats));
}

fn usual(runs: usize) -> Play {
    Play { runs, seed: 7, standby: Standby::Called, reoffer: Reoffer::Later, shock: 0.0, hindsight: 0 }
}

#[track_caller]
fn played(scenario: &Scenario, on: &Seating, play: &Play) -> Simulation {
    let request = request(scenario, None);
    let lists = match play.standby {
        Standby::Called => lists(scenario, &standby(&request, on, Some(3)).expect("it fits")),
        Standby::None => vec![Vec::new(); scenario.departures.len()],
    };
    simulate(&request, on, &lists, play).expect("it fits")
}

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

/// Whether one cannot be on standby for both, restated.
fn clash(scenario: &Scenario, first: usize, second: usize) -> bool {
    let (first, second) = (&scenario.departures[first], &scenario.departures[second]);
    let within = first.departs.plus_seconds(12 * 3600) >= second.departs;
    let routes = scenario.routes.iter().filter(|route| {
        (route.from, route.to) == (first.from, second.from)
            || !route.one_way && (route.to, route.from) == (first.from, second.from)
    });
    let shortest = if first.from == second.from { Some(0) } else { routes.map(|route| route.seconds).min() };
    within || shortest.is_none_or(|seconds| first.departs.plus_seconds(seconds) > second.reports_by)
}

fn is_best_at_the_gate(
    scenario: &Scenario,
    on: &Seating,
    absent: &BTreeSet<usize>,
    gate: &AtTheGate,
) -> Result<(), TestCaseError> {
    let mut open = scenario.clone();
    let as_of = open.as_of;
    open.departures.iter_mut().for_each(|one| one.manifest_closes = one.departs.max(as_of));
    open.pins.clear();
    let present: Vec<(UnitIdx, DepartureIdx)> = (0..on.len())
        .filter(|u| !absent.contains(u))
        .filter_map(|u| on[u].map(|d| (UnitIdx::new(u), d)))
        .collect();
    let broken = Case::new(&open, None).judge(&present).violations;
    let sides: BTreeSet<(String, Side)> =
        broken.iter().filter_map(|v| v.subject.name.clone().zip(v.subject.side)).collect();
    let links: BTreeSet<usize> = broken.iter().filter_map(|v| v.subject.link).collect();
    let loads: BTreeSet<String> = broken
        .iter()
        .filter(|v| v.rule == Rule::MinLoad)
        .filter_map(|v| v.subject.departure.clone())
        .collect();
    prop_assert_eq!(gate.broken.len(), sides.len() + links.len() + loads.len());
    for quota in &mut open.quotas {
        let keeps = |side: Side| !sides.contains(&(quota.name.clone(), side));
        (quota.min, quota.max) =
            (quota.min.filter(|_| keeps(Side::Min)), quota.max.filter(|_| keeps(Side::Max)));
        let (least, most) = (keeps(Side::MinPercent), keeps(Side::MaxPercent));
        (quota.min_percent, quota.max_percent) =
            (quota.min_percent.filter(|_| least), quota.max_percent.filter(|_| most));
    }
    open.links =
        open.links.into_iter().enumerate().filter(|(l, _)| !links.contains(l)).map(|(_, l)| l).collect();
    open.departures.iter_mut().filter(|d| loads.contains(&d.id)).for_each(|d| d.min_load = 0);
    let case = Case::new(&open, None);
    let choices: Vec<Vec<Option<DepartureIdx>>> = (0..on.len())
        .map(|u| match on[u] {
            _ if absent.contains(&u) => vec![None],
            Some(d) => vec![Some(d)],
            None => {
                let all = (0..open.departures.len()).map(DepartureIdx::new);
                let free = all.filter(|d| case.is_open(UnitIdx::new(u), *d)).map(Some);
                std::iter::once(None).chain(free).collect()
            }
        })
        .collect();
    // A child whose adult's family did not come is aboard all the same.
    let best = best(enumerate(&case, &choices, &[Rule::Adult]), &scenario.levels(None).all);
    prop_assert!(best.iter().any(|(other, _)| *other == gate.on), "{:?} {:?}", gate.on, best);
    Ok(())
}

/// Who is on the lists of `A` and of `B`: a family and a single in `A`'s place, a full seat on each.
#[track_caller]
fn lists_of(b_departs: &str, b_from: &str, hours: Option<i64>) -> (Vec<String>, Vec<String>) {
    let flight = |id: &str, from: &str, departs: &str| json!({"id": id, "kind": "charter_flight", "from": from, "to": "DOH", "departs": departs, "seats": 1});
    let single = |id: &str, place: &str, urgency: i64| {
        json!({"id": id, "location": place, "urgency": urgency,
               "persons": [{"id": format!("P{id}"), "category": "lpr", "age": 30}]})
    };
    let routes: Vec<Value> =
        hours.iter().map(|hours| json!({"from": "KBL", "to": b_from, "hours": hours})).collect();
    let scenario = fixture::scenario(&json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-01T00:00:00Z",
        "places": [{"id": "KBL"}, {"id": "MZR"}, {"id": "DOH"}],
        "routes": if b_from == "KBL" { json!([]) } else { json!(routes) },
        "departures": [flight("A", "KBL", "2021-10-09T06:00:00Z"), flight("B", b_from, b_departs)],
        "units": [single("U1", "KBL", 9), single("U2", b_from, 9), single("U3", "KBL", 1), single("U4", "KBL", 1)],
        "policy": {"levels": [{"name": "u", "maximize": "urgency"}, {"name": "days", "minimize": "person_days"}]},
    }));
    let plan = solve::solve(&request(&scenario, None), DIGEST).expect("it solves");
    let all = standby(&request(&scenario, None), &seating(&scenario, &plan), Some(1)).expect("it fits");
    (all[0].list.clone(), all[1].list.clone())
}

/// Who boards, and which rules are strained, where the adult of a family stays away.
fn without_the_adult(baby: &Value, wheelchairs: i64) -> (Vec<String>, Vec<Rule>) {
    let scenario = fixture::scenario(&json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-01T00:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": [{"id": "D", "kind": "charter_flight", "from": "KBL", "to": "DOH", "departs": "2021-10-09T06:00:00Z",
            "seats": 2, "wheelchairs": wheelchairs}],
        "units": [
            {"id": "U", "location": "KBL", "persons": [{"id": "adult", "category": "lpr", "age": 20}, baby]},
            {"id": "V", "location": "KBL", "persons": [{"id": "v", "category": "lpr", "age": 30}]},
            {"id": "W", "location": "KBL", "persons": [{"id": "w", "category": "at_risk", "age": 30}]},
        ],
    }));
    let plan = solve::solve(&request(&scenario, None), DIGEST).expect("it solves");
    let on = seating(&scenario, &plan);
    let gate = at_the_gate(&request(&scenario, None), &on, &["adult".into()]).expect("it fits");
    let boards = gate.boards.into_iter().flat_map(|board| board.board).collect();
    (boards, gate.strained.into_iter().map(|violation| violation.rule).collect())
}

#[test]
fn what_a_family_without_its_adult_breaks_is_said_and_keeps_nobody_from_boarding() {
    let baby =
        |age: f64, mobility: &str| json!({"id": "B", "category": "lpr", "age": age, "mobility": mobility});
    assert_eq!(without_the_adult(&baby(9.0, "none"), 0), (vec!["V".into()], vec![Rule::Adult]));
    // On a lap it took none of these.
    let (boards, strained) = without_the_adult(&baby(1.0, "wchc"), 0);
    assert!(boards.is_empty() && strained.contains(&Rule::Wheelchairs), "{boards:?} {strained:?}");
    let (_, strained) = without_the_adult(&baby(1.0, "wchc"), 1);
    assert_eq!(strained, [Rule::Adult]);
}

#[test]
fn a_ceiling_holds_where_an_absence_breaks_the_floor_of_its_quota() {
    let unit = |id: &str, sex: &str| json!({"id": id, "location": "KBL", "persons": [{"id": format!("P{id}"), "category": "lpr", "age": 30, "sex": sex}]});
    let scenario = fixture::scenario(&json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-07T06:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": [{"id": "D", "kind": "charter_flight", "from": "KBL", "to": "DOH",
            "departs": "2021-10-08T06:00:00Z", "seats": 3}],
        "units": [unit("F", "f"), unit("M1", "m"), unit("M2", "m"), unit("M3", "m"), unit("M4", "m")],
        "quotas": [{"name": "men", "count": {"sex": ["m"]}, "min": 2, "max": 2}],
    }));
    let d = Some(DepartureIdx::new(0));
    let on = vec![d, d, d, None, None];
    let gate = at_the_gate(&request(&scenario, None), &on, &["F".into(), "M1".into()]).expect("it fits");
    let broken: Vec<_> = gate.broken.iter().map(|one| (one.name.as_deref(), one.side)).collect();
    assert_eq!(broken, [(Some("men"), Some(Side::Min))]);
    assert_eq!(gate.boards.iter().map(|board| board.board.len()).sum::<usize>(), 1, "{:?}", gate.boards);
}

#[test]
fn nobody_stands_on_two_lists_that_one_cannot_both_be_at() {
    let is_on_both = |(a, b): (Vec<String>, Vec<String>)| {
        assert_eq!((a.len(), b.len()), (1, 1));
        a == b
    };
    assert!(!is_on_both(lists_of("2021-10-09T18:00:00Z", "KBL", None)), "within 12 hours");
    assert!(is_on_both(lists_of("2021-10-09T18:00:01Z", "KBL", None)), "12 hours and a second");
    assert!(is_on_both(lists_of("2021-10-10T00:00:00Z", "MZR", Some(18))), "there in time");
    assert!(!is_on_both(lists_of("2021-10-09T23:59:59Z", "MZR", Some(18))), "a second late");
}
