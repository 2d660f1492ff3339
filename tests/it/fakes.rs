//! A solver that lies: whatever it says, nothing is claimed that is not so, no plan breaks a rule, and
//! nothing panics.
//!
//! Two searches that tell the same lie about the optimum are beyond what *agreed* promises (its definition
//! is that they said so); one lie is not, and no lie is ever *certified*.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use airbridge::check::Case;
use airbridge::plan::{LevelResult, Plan, ProofKind, Status};
use airbridge::scenario::read::read;
use airbridge::scenario::{DepartureIdx, Scenario, Sense, UnitIdx};
use airbridge::solve::linear::{Answer, Fault, Outcome, Search, Task};
use airbridge::solve::{Method, Progress, Request, SolveError, solve};
use airbridge::synth::{PolicyKind, Spec, generate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::fixture::{self, DIGEST, edited, story};
use crate::oracle::best_by_enumeration;
use crate::random::scenarios;
use crate::solving::{assert_clean, bests, request, run, solved_by};

/// What the liar says of a task.
type Lie = fn(&Task) -> Result<Answer, Fault>;

const fn answer(outcome: Outcome, point: Vec<i64>, prices: Vec<i64>) -> Answer {
    Answer { outcome, point, prices, basis: Vec::new() }
}

fn presolved(task: &Task) -> bool {
    matches!(task.search, Search::Integer { presolve: true, .. })
}

fn is_integer(task: &Task) -> bool {
    matches!(task.search, Search::Integer { .. })
}

/// The truth, less one unit somewhere: feasible, and not optimal.
fn short_by_one(task: &Task) -> Result<Answer, Fault> {
    let mut answer = run(task)?;
    if let Some(value) = answer.point.iter_mut().find(|value| **value > 0) {
        *value -= 1;
    }
    Ok(answer)
}

/// The plan at hand is the best, says an integer search.
fn nothing_better(task: &Task) -> Result<Answer, Fault> {
    match &task.search {
        Search::Integer { start: Some(start), .. } => Ok(answer(Outcome::Optimal, start.clone(), vec![])),
        Search::Integer { start: None, .. }
        | Search::Relaxation
        | Search::Resumed { .. }
        | Search::Quick { .. }
        | Search::Elastic { .. } => run(task),
    }
}

/// The truth with other prices.
fn priced(task: &Task, price: fn(usize, i64) -> i64) -> Result<Answer, Fault> {
    let mut answer = run(task)?;
    answer.prices = answer.prices.iter().enumerate().map(|(row, &p)| price(row, p)).collect();
    Ok(answer)
}

const LIES: [(&str, Lie); 20] = [
    ("a wrong optimum with presolve", |task| if presolved(task) { short_by_one(task) } else { run(task) }),
    ("a wrong optimum without presolve", |task| {
        if is_integer(task) && !presolved(task) { short_by_one(task) } else { run(task) }
    }),
    (
        "the start is optimal, with presolve",
        |task| {
            if presolved(task) { nothing_better(task) } else { run(task) }
        },
    ),
    ("the start is optimal, without presolve", |task| {
        if presolved(task) { run(task) } else { nothing_better(task) }
    }),
    ("everybody is aboard everywhere", |task| {
        Ok(answer(Outcome::Optimal, task.upper.clone(), vec![0; task.rows.len()]))
    }),
    ("a false infeasible with presolve", |task| {
        if presolved(task) { Ok(answer(Outcome::Infeasible, vec![], vec![])) } else { run(task) }
    }),
    ("relaxations are infeasible", |task| {
        if is_integer(task) { run(task) } else { Ok(answer(Outcome::Infeasible, vec![], vec![])) }
    }),
    ("the least prices", |task| priced(task, |_, _| i64::MIN)),
    ("the greatest prices", |task| priced(task, |_, _| i64::MAX)),
    ("prices of both kinds", |task| priced(task, |row, _| if row % 2 == 0 { i64::MAX } else { i64::MIN })),
    ("prices turned round", |task| priced(task, |_, p| p.saturating_neg())),
    ("prices of other rows", |task| {
        let mut answer = run(task)?;
        answer.prices.reverse();
        Ok(answer)
    }),
    ("too few prices", |task| {
        let mut answer = run(task)?;
        answer.prices.truncate(task.rows.len() / 2);
        Ok(answer)
    }),
    ("too many of everything", |task| {
        let mut answer = run(task)?;
        answer.prices.extend([i64::MAX; 9]);
        answer.point.extend([i64::MAX; 9]);
        Ok(answer)
    }),
    ("an optimum without a point", |_| Ok(answer(Outcome::Optimal, vec![], vec![]))),
    ("prices without a point", |task| {
        let mut answer = run(task)?;
        answer.point.clear();
        Ok(answer)
    }),
    ("points out of this world", |task| {
        let value = |column: usize| if column.is_multiple_of(2) { i64::MAX } else { i64::MIN };
        let point = (0..task.upper.len()).map(value).collect();
        Ok(answer(Outcome::Optimal, point, vec![1 << 40; task.rows.len()]))
    }),
    ("no answer in time", |_| Ok(answer(Outcome::Stopped, vec![], vec![]))),
    ("a fault", |_| Err(Fault::Solver("it says so".into()))),
    ("an end of the process", |_| Err(Fault::Process("killed".into()))),
];

/// No claim of the plan is wrong, whoever searched.
#[track_caller]
fn claims_nothing_wrong(lie: &str, scenario: &Scenario, plan: &Plan) {
    assert_clean(scenario, None, plan);
    let best = best_by_enumeration(scenario, None);
    if plan.status == Status::Infeasible {
        assert_eq!(best, None, "{lie}: infeasible");
    }
    let Some(best) = best else { return };
    // A proof is relative to what the levels before it reached: up to the first that is not the best.
    for (level, best) in plan.levels.iter().zip(best) {
        let bound = level.bound.expect("a solved plan has bounds");
        let holds = match level.sense {
            Sense::Maximize => bound >= best,
            Sense::Minimize => bound <= best,
        };
        assert!(holds, "{lie}: {} is bounded by {bound}, and reaches {best}", level.name);
        if level.best != Some(best) {
            assert_eq!(level.proof, Some(ProofKind::None), "{lie}: {} reaches {best}", level.name);
            return;
        }
    }
}

/// A dozen scenarios: the story, what stands in the way of a first plan, and random ones.
fn dozen() -> Vec<Value> {
    let pins = json!([{"unit": "U3", "departure": "D1"}, {"unit": "U2", "departure": "D2"}]);
    let together = json!([{"kind": "same_departure", "units": ["U2", "U3"]}]);
    let women = json!([{"name": "women", "count": {"sex": ["f"]}, "min": 1}]);
    let impossible = json!([{"name": "men", "count": {"sex": ["m"]}, "min": 9}]);
    let at_risk = json!([{"name": "at risk", "count": {"category": ["at_risk"]}, "min": 1}]);
    let both = json!([{"kind": "all_or_none", "units": ["U2", "U3"]}]);
    let mut all = vec![
        story(),
        edited(&story(), &[("/pins", pins), ("/links", together)]),
        edited(&story(), &[("/quotas", women), ("/departures/1/min_load", json!(2))]),
        edited(&story(), &[("/quotas", impossible)]),
        edited(&story(), &[("/quotas", at_risk), ("/links", both)]),
    ];
    let mut random = TestRunner::deterministic();
    while all.len() < 16 {
        let scenario = scenarios().new_tree(&mut random).expect("a scenario").current().scenario;
        if scenario["pins"] == json!([]) {
            all.push(scenario);
        }
    }
    all
}

#[test]
fn whatever_a_solver_says_no_claim_is_wrong() {
    for value in dozen() {
        let scenario = fixture::scenario(&value);
        // Without HiGHS there is nobody to ask again whether there is a plan at all.
        let lies =
            LIES.iter().filter(|(name, _)| cfg!(feature = "highs") || !name.contains("false infeasible"));
        for &(name, lie) in lies {
            for method in [Method::Auto, Method::Flat] {
                match solved_by(&lie, &scenario, None, method) {
                    Ok(plan) => claims_nothing_wrong(name, &scenario, &plan),
                    Err(error) => assert!(matches!(error, SolveError::Fault(_)), "{name}: {error}"),
                }
            }
        }
    }
}

/// Whose points can be gone through needs no solver.
#[test]
fn a_solver_that_says_nothing_leaves_nothing_open_where_all_is_small() {
    let silent = |_: &Task| Ok(answer(Outcome::Stopped, vec![], vec![]));
    for value in dozen() {
        let scenario = fixture::scenario(&value);
        let best = best_by_enumeration(&scenario, None);
        for method in [Method::Auto, Method::Flat] {
            let plan = solved_by(&silent, &scenario, None, method).expect("it solves");
            assert_clean(&scenario, None, &plan);
            assert!(plan.certificate.is_some(), "{method:?} {:?}", plan.status);
            let is_certified = |level: &LevelResult| level.proof == Some(ProofKind::Certified);
            assert!(plan.levels.iter().all(is_certified), "{method:?} {:?}", plan.levels);
            assert_eq!(best.is_some(), plan.status == Status::Optimal, "{method:?}");
            if let Some(best) = &best {
                assert_eq!(&bests(&plan), best, "{method:?}");
            }
        }
    }
}

/// Nothing but lies about integers, twice the same: what is certified is still so.
#[test]
fn what_is_certified_is_so_whatever_was_said() {
    for value in dozen() {
        let scenario = fixture::scenario(&value);
        let best = best_by_enumeration(&scenario, None);
        let Ok(plan) = solved_by(&nothing_better, &scenario, None, Method::Auto) else { continue };
        assert_clean(&scenario, None, &plan);
        let certified = plan.levels.iter().take_while(|level| level.proof == Some(ProofKind::Certified));
        for (level, best) in certified.zip(best.into_iter().flatten()) {
            assert_eq!(level.best, Some(best), "{}", level.name);
        }
    }
}

/// Whenever a search ends in a panic the plan at hand is kept, and no claim is wrong.
#[test]
fn a_panic_costs_no_plan() {
    let mut survived = 0;
    for value in dozen() {
        let scenario = fixture::scenario(&value);
        for last in 0..6 {
            let calls = AtomicUsize::new(0);
            let runner = |task: &Task| {
                assert_ne!(calls.fetch_add(1, Ordering::SeqCst), last, "a mistake of the search's");
                run(task)
            };
            let solved = catch_unwind(AssertUnwindSafe(|| solved_by(&runner, &scenario, None, Method::Auto)));
            let has_panicked = calls.load(Ordering::SeqCst) > last;
            match solved {
                Ok(Ok(plan)) => {
                    claims_nothing_wrong("a panic", &scenario, &plan);
                    survived += usize::from(has_panicked);
                }
                Ok(Err(error)) => panic!("{error}"),
                // Without any plan there is nothing to keep: a quota or a pin is in the way of an empty one.
                Err(_) => assert!(value["quotas"] != json!([]) || value["pins"] != json!([]), "{value}"),
            }
        }
    }
    assert!(survived > 0, "no panic came after a plan");
}

/// Units without ties that wait although the rules have a place for them, and no level would be worse with them.
fn left_behind(scenario: &Scenario, plan: &Plan) -> Vec<(UnitIdx, DepartureIdx)> {
    let case = Case::new(scenario, None);
    let named: Vec<(&str, &str)> =
        plan.assignments.iter().map(|one| (one.unit.as_str(), one.departure.as_str())).collect();
    let seated = fixture::pairs(scenario, &named);
    let before = case.judge(&seated).values;
    let levels = scenario.levels(None).all;
    let is_welcome = |after: &[i128]| {
        let gains = levels.iter().zip(after.iter().zip(&before));
        let gains: Vec<i128> =
            gains.map(|(level, (after, before))| i128::from(level.sense.sign()) * (after - before)).collect();
        gains.iter().all(|gain| *gain >= 0) && gains.iter().any(|gain| *gain > 0)
    };
    let is_tied = |unit: &UnitIdx| scenario.links.iter().any(|link| link.units.contains(unit));
    let waits = |unit: &UnitIdx| seated.iter().all(|(aboard, _)| aboard != unit) && !is_tied(unit);
    let waiting = (0..scenario.units.len()).map(UnitIdx::new).filter(waits);
    let places = waiting.flat_map(|unit| seated.iter().map(move |(_, departure)| (unit, *departure)));
    let could_board = |&(unit, departure): &(UnitIdx, DepartureIdx)| {
        let judged = case.judge(&[seated.as_slice(), &[(unit, departure)]].concat());
        case.is_open(unit, departure) && judged.violations.is_empty() && is_welcome(&judged.values)
    };
    places.filter(could_board).collect()
}

/// Wherever a search is stopped, nobody waits who could simply board and whom every level would welcome.
#[test]
fn a_stop_leaves_nobody_behind_for_whom_there_is_a_place() {
    let mut open = 0;
    for seed in 1..=6 {
        let policy = PolicyKind::Categories;
        let spec = Spec { units: 150, departures: 10, seed, policy, ..Spec::default() };
        let mut value: Value = serde_json::from_str(&generate(&spec).to_json()).expect("it is JSON");
        value["budget_usd"] = json!(5);
        for departure in value["departures"].as_array_mut().expect("a list") {
            departure["committed"] = json!(false);
            departure["cost_usd"] = json!(1);
        }
        let scenario = fixture::scenario(&value);
        for last in [1, 2, 3, 5, 8, 12] {
            let calls = AtomicUsize::new(0);
            let runner = |task: &Task| {
                calls.fetch_add(1, Ordering::SeqCst);
                run(task)
            };
            let stop = || calls.load(Ordering::SeqCst) > last;
            let request = Request { stop: &stop, ..request(&scenario, None, Method::Auto, &runner) };
            let plan = solve(&request, DIGEST).expect("a plan is at hand");
            assert_clean(&scenario, None, &plan);
            open += plan.levels.iter().filter(|level| level.proof == Some(ProofKind::None)).count();
            let left = left_behind(&scenario, &plan);
            assert_eq!(left, [], "seed {seed}, stopped at {last}");
        }
    }
    assert!(open > 0, "no level was left open");
}

/// A level that would take all the time leaves some to those that wait for it: where every level but the last is stopped
/// at once, the last one is settled all the same.
#[test]
fn a_level_leaves_time_to_those_that_wait() {
    let mut settled = 0;
    for seed in 1..=6 {
        let spec =
            Spec { units: 150, departures: 10, seed, policy: PolicyKind::Categories, ..Spec::default() };
        let mut value: Value = serde_json::from_str(&generate(&spec).to_json()).expect("it is JSON");
        // A rule beyond the engine: each level is asked for by itself.
        for departure in value["departures"].as_array_mut().expect("a list") {
            departure["min_load"] = json!(1);
        }
        let scenario = fixture::scenario(&value);
        let share = AtomicU32::new(100);
        let stop = || share.load(Ordering::SeqCst) < 100;
        let grant = |percent| share.store(percent, Ordering::SeqCst);
        let request = Request { stop: &stop, grant: &grant, ..request(&scenario, None, Method::Auto, &run) };
        let plan = solve(&request, DIGEST).expect("there is a plan");
        assert_clean(&scenario, None, &plan);
        assert!(!stop(), "all that is left is the last level's");
        let proof = |level: &LevelResult| level.proof != Some(ProofKind::None);
        let (last, others) = plan.levels.split_last().expect("there are levels");
        settled += usize::from(proof(last) && !others.iter().all(proof));
    }
    assert!(settled > 0, "no last level was settled after one that was stopped");
}

/// A level that is the sum of those before it is as certain as they are, and nobody is asked about it again.
#[test]
fn a_sum_of_agreed_levels_is_agreed() {
    let mut agreed = 0;
    for seed in 1..=6 {
        let spec = Spec { units: 60, departures: 5, seed, ..Spec::default() };
        let mut value: Value = serde_json::from_str(&generate(&spec).to_json()).expect("it is JSON");
        for departure in value["departures"].as_array_mut().expect("a list") {
            departure["min_load"] = json!(1);
        }
        let scenario = fixture::scenario(&value);
        let (level, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let progress = |progress: &Progress| level.store(progress.level, Ordering::SeqCst);
        // No relaxation: nothing is certified that needs a price.
        let runner = |task: &Task| {
            asked.fetch_add(usize::from(level.load(Ordering::SeqCst) == 4), Ordering::SeqCst);
            if is_integer(task) { run(task) } else { Err(Fault::Absent) }
        };
        let request = Request { progress: &progress, ..request(&scenario, None, Method::Auto, &runner) };
        let plan = solve(&request, DIGEST).expect("there is a plan");
        assert_clean(&scenario, None, &plan);
        let proofs: Vec<Option<ProofKind>> = plan.levels.iter().map(|level| level.proof).collect();
        assert_eq!(plan.levels[4].name, "all");
        if proofs[..4].contains(&Some(ProofKind::Agreed)) && !proofs[..4].contains(&Some(ProofKind::None)) {
            assert_eq!((proofs[4], asked.load(Ordering::SeqCst)), (Some(ProofKind::Agreed), 0), "{seed}");
            agreed += 1;
        }
    }
    assert!(agreed > 0, "no levels were agreed");
}

/// While a level is settled by cases its value and bound are told as they come nearer, and never go back.
#[test]
fn a_level_tells_how_near_its_cases_have_come() {
    let mut bounds = 0;
    for seed in 1..=4 {
        let spec = Spec { units: 160, departures: 8, seed, all_rules: true, ..Spec::default() };
        bounds = bounds.max(bounds_told(&spec));
    }
    assert!(bounds > 3, "no level was told of while its cases grew");
}

/// Solves a generated scenario: how many bounds it told of a level at most.
fn bounds_told(spec: &Spec) -> usize {
    let text = generate(spec).to_json();
    let scenario = read(text.as_bytes(), "generated").expect("a generated scenario is in order").scenario;
    let told: Mutex<Vec<Progress>> = Mutex::default();
    let progress = |progress: &Progress| told.lock().expect("nobody has panicked").push(progress.clone());
    let request = Request { progress: &progress, ..request(&scenario, None, Method::Auto, &run) };
    let plan = solve(&request, DIGEST).expect("there is a plan");
    let told = told.into_inner().expect("nobody has panicked");
    let levels = scenario.levels(None);
    let mut bounds = 0;
    for (at, (level, settled)) in levels.all.iter().zip(&plan.levels).enumerate() {
        let told: Vec<&Progress> = told.iter().filter(|told| told.level == at).collect();
        for pair in told.windows(2) {
            let (value, bound) = ([pair[0].value, pair[1].value], [pair[0].bound, pair[1].bound]);
            let is_nearer = match level.sense {
                Sense::Maximize => value[0] <= value[1] && bound[0] >= bound[1],
                Sense::Minimize => bound[0] <= bound[1] && value[0].is_none_or(|one| value[1] <= Some(one)),
            };
            assert!(is_nearer, "{}: {pair:?}", settled.name);
        }
        let mut differing: Vec<Option<i64>> = told.iter().map(|told| told.bound).collect();
        differing.dedup();
        bounds = bounds.max(differing.len());
        if let Some(last) = told.last() {
            assert_eq!((last.value, last.bound), (settled.best, settled.bound), "{}", settled.name);
        }
    }
    bounds
}

/// The search is stopped between the engine's first exact search, which says that nothing is better, and
/// the second, which is never asked: that is one word, not two.
#[test]
fn a_second_opinion_that_was_not_asked_for_agrees_with_nothing() {
    let spec = Spec { units: 2000, departures: 30, policy: PolicyKind::Categories, ..Spec::default() };
    let text = generate(&spec).to_json();
    let scenario = read(text.as_bytes(), "generated").expect("a generated scenario is in order").scenario;
    let (stopped, second, relaxed) = (AtomicBool::new(false), AtomicBool::new(false), AtomicUsize::new(0));
    let runner = |task: &Task| match task.search {
        Search::Integer { presolve, .. } => {
            second.fetch_or(!presolve, Ordering::SeqCst);
            relaxed.store(0, Ordering::SeqCst);
            Ok(answer(Outcome::Infeasible, vec![], vec![]))
        }
        Search::Relaxation | Search::Resumed { .. } | Search::Quick { .. } | Search::Elastic { .. } => {
            // After an exact search the coupled relaxation comes first, then the proof by cases.
            stopped.fetch_or(relaxed.fetch_add(1, Ordering::SeqCst) == 1, Ordering::SeqCst);
            Err(Fault::Absent)
        }
    };
    let request = Request {
        scenario: &scenario,
        baseline: None,
        method: Method::Auto,
        runner: &runner,
        stop: &|| stopped.load(Ordering::SeqCst),
        grant: &|_| (),
        progress: &|_| (),
    };
    let plan = solve(&request, DIGEST).expect("the engine has a plan");
    assert!(
        stopped.load(Ordering::SeqCst) && !second.load(Ordering::SeqCst),
        "the stop came where it should"
    );
    assert!(plan.levels.iter().all(|level| level.proof != Some(ProofKind::Agreed)), "{:?}", plan.levels);
}
