//! What holds for every scenario, tried on small random ones.

use airbridge::classes::{self, Class};
use airbridge::eligibility::{self, Eligibility};
use airbridge::model::measure::objectives;
use airbridge::model::{self, Program};
use airbridge::plan::{Plan, Status};
use airbridge::scenario::{Baseline, DepartureIdx, Level, Scenario, Sense, UnitIdx, format};
use airbridge::solve::linear::{Outcome, Search};
use airbridge::solve::prices::Target;
use airbridge::solve::{Method, forbidden_pins};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture;
use crate::oracle::best_by_enumeration;
use crate::random::{Random, scenarios};
use crate::solving::{bests, proven, run, solved};

/// A scenario that was read, with its baseline.
struct Instance {
    value: Value,
    scenario: Scenario,
    before: Option<Vec<(String, String)>>,
}

impl Instance {
    fn new(random: &Random) -> Self {
        Self::of(&random.scenario, random.before.as_deref())
    }

    /// Without the pins that eligibility forbids: they are an error, not a rule.
    fn of(value: &Value, before: Option<&[(String, String)]>) -> Self {
        let before = before.map(<[_]>::to_vec);
        let mut instance = Self { value: value.clone(), scenario: fixture::scenario(value), before };
        let baseline = instance.baseline();
        if !forbidden_pins(&eligibility::assess(&instance.scenario, baseline.as_ref())).is_empty() {
            instance.value["pins"] = json!([]);
            instance.scenario = fixture::scenario(&instance.value);
        }
        instance
    }

    fn baseline(&self) -> Option<Baseline> {
        let pairs = self.before.as_ref()?.iter().map(|(unit, departure)| (unit.as_str(), departure.as_str()));
        Some(Baseline::resolve("blake3:ba".into(), pairs, &self.scenario))
    }

    #[track_caller]
    fn solved(&self, method: Method) -> Plan {
        solved(&self.scenario, self.baseline().as_ref(), method)
    }

    fn best(&self) -> Option<Vec<i64>> {
        best_by_enumeration(&self.scenario, self.baseline().as_ref())
    }

    fn levels(&self) -> Vec<Level> {
        self.scenario.levels(self.baseline().as_ref()).all
    }

    /// The same scenario after an edit.
    fn edited(&self, edit: impl FnOnce(&mut Value)) -> Self {
        let mut value = self.value.clone();
        edit(&mut value);
        Self::of(&value, self.before.as_deref())
    }
}

/// The plan's levels are those of the enumeration, all of them proven.
#[track_caller]
fn agrees(plan: &Plan, best: Option<&[i64]>) {
    let Some(best) = best else {
        assert_eq!(plan.status, Status::Infeasible);
        return;
    };
    assert_eq!(bests(plan), best);
    assert_eq!(proven(plan), best.len(), "{:?}", plan.levels);
}

/// Whether the second is at least as good as the first, level by level in order; nothing is worse than no plan.
fn no_worse(levels: &[Level], first: Option<&[i64]>, second: Option<&[i64]>) -> bool {
    let key = |bests: &[i64]| -> Vec<i64> {
        let signed = |(level, best): (&Level, &i64)| match level.sense {
            Sense::Maximize => *best,
            Sense::Minimize => -best,
        };
        levels.iter().zip(bests).map(signed).collect()
    };
    second.map(key) >= first.map(key)
}

/// What every level reaches by integer searches alone, over the program of these classes, and the last plan.
fn best_of_classes(eligibility: &Eligibility, program: &Program, classes: &[Class]) -> Option<Seated> {
    let mut kept = Vec::new();
    let mut values = Vec::new();
    let mut point = Vec::new();
    for level in 0..program.objectives.len() {
        let target = Target::new(program, level, kept.clone());
        let task = target.task(Search::integer(0, true, None), None);
        let answer = run(&task).expect("the solver works");
        if answer.outcome != Outcome::Optimal {
            return None;
        }
        assert!(target.is_feasible(&answer.point));
        let value = program.value(level, &answer.point);
        kept.push(program.level_row(level, value));
        values.push(value);
        point = answer.point;
    }
    let on = classes::expand(eligibility.scenario(), classes, &program.places(&point));
    let pairs = on.iter().enumerate().filter_map(|(u, d)| d.map(|d| (UnitIdx::new(u), d)));
    Some(Seated { values, pairs: pairs.collect() })
}

struct Seated {
    values: Vec<i64>,
    pairs: Vec<(UnitIdx, DepartureIdx)>,
}

/// Turns a list round by so many places, and back to front.
fn shuffle(list: &mut Value, by: usize) {
    if let Some(list) = list.as_array_mut().filter(|list| !list.is_empty()) {
        let by = by % list.len();
        list.rotate_left(by);
        list.reverse();
    }
}

/// So many cases, or as many as the environment says in `PROPTEST_CASES`.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { cases };
    ProptestConfig { cases, failure_persistence: None, ..asked }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn engine_flat_and_enumeration_agree(random in scenarios()) {
        let instance = Instance::new(&random);
        let best = instance.best();
        agrees(&instance.solved(Method::Auto), best.as_deref());
        agrees(&instance.solved(Method::Flat), best.as_deref());
    }

    /// Of the rules that reach beyond one departure only pins and locked manifests: the networks do it all.
    #[test]
    fn networks_and_enumeration_agree_on_pins_and_locked_manifests(random in scenarios()) {
        let plain = Instance::of(&random.scenario, random.before.as_deref()).edited(|value| {
            for list in ["links", "quotas"] {
                value[list] = json!([]);
            }
            let remove = |object: &mut Value, fields: &[&str]| {
                let object = object.as_object_mut().expect("an object");
                for field in fields {
                    object.remove(*field);
                }
            };
            remove(value, &["budget_usd"]);
            for departure in value["departures"].as_array_mut().expect("a list") {
                remove(departure, &["min_load", "allotments", "committed", "cost_usd"]);
            }
            for place in value["places"].as_array_mut().expect("a list") {
                remove(place, &["beds"]);
            }
        });
        agrees(&plain.solved(Method::Auto), plain.best().as_deref());
    }
}

proptest! {
    #![proptest_config(config(64))]

    /// More seats leave every plan that there was, at the same values, whatever the other rules are: so no
    /// level is worse but for a level before it that is better. Not so with a baseline: a family that did
    /// not fit a locked departure, and now does, must stay there, and a quota may have no plan for that.
    #[test]
    fn one_more_seat_never_hurts(random in scenarios(), d in any::<prop::sample::Index>()) {
        let instance = Instance::of(&random.scenario, None);
        let d = d.index(instance.scenario.departures.len());
        let more = instance.edited(|value| {
            let seats = &mut value["departures"][d]["seats"];
            *seats = json!(seats.as_i64().expect("an integer") + 1);
        });
        let before = solved_levels(&instance);
        let after = solved_levels(&more);
        prop_assert!(no_worse(&instance.levels(), before.as_deref(), after.as_deref()), "{before:?} {after:?}");
    }

    /// Every plan that there was is still one, with the new unit unseated: quotas count who is seated.
    #[test]
    fn a_further_unit_never_hurts(random in scenarios(), like in any::<prop::sample::Index>()) {
        let instance = Instance::new(&random);
        let like = like.index(instance.scenario.units.len());
        let more = instance.edited(|value| {
            let mut unit = value["units"][like].clone();
            unit["id"] = json!("new");
            for (position, person) in unit["persons"].as_array_mut().into_iter().flatten().enumerate() {
                person["id"] = json!(format!("new-{position}"));
            }
            value["units"].as_array_mut().expect("a list").push(unit);
        });
        let before = solved_levels(&instance);
        let after = solved_levels(&more);
        prop_assert!(no_worse(&instance.levels(), before.as_deref(), after.as_deref()), "{before:?} {after:?}");
    }

    #[test]
    fn the_order_of_the_lists_changes_no_level(random in scenarios(), by in 0..5_usize) {
        let instance = Instance::new(&random);
        let shuffled = instance.edited(|value| {
            for list in ["places", "routes", "departures", "units", "links", "pins", "exclusions", "quotas"] {
                shuffle(&mut value[list], by);
            }
        });
        prop_assert_eq!(solved_levels(&instance), solved_levels(&shuffled));
    }

    #[test]
    fn threads_change_no_byte(random in scenarios()) {
        let instance = Instance::new(&random);
        let plan = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| instance.solved(Method::Auto).to_json())
        };
        let one = plan(1);
        prop_assert_eq!(&one, &plan(2));
        prop_assert_eq!(&one, &plan(4));
        prop_assert_eq!(&one, &instance.solved(Method::Auto).to_json());
    }

    #[test]
    fn a_written_scenario_is_the_one_that_was_read(random in scenarios()) {
        let scenario = fixture::scenario(&random.scenario);
        let written: format::Scenario = serde_json::from_value(random.scenario).expect("the format's types");
        let again: Value = serde_json::from_str(&written.to_json()).expect("JSON");
        prop_assert_eq!(scenario, fixture::scenario(&again));
    }

    /// The program of the classes and that of the units have the same best in every level, and places that
    /// are handed to the members of a class obey every rule at that value.
    #[test]
    fn classes_lose_nothing(random in scenarios()) {
        let instance = Instance::new(&random);
        let baseline = instance.baseline();
        let eligibility = eligibility::assess(&instance.scenario, baseline.as_ref());
        let objectives = objectives(&instance.scenario, baseline.as_ref(), &instance.scenario.levels(baseline.as_ref()));
        let best = |classes: &[Class]| {
            best_of_classes(&eligibility, &model::build(&eligibility, classes, &objectives), classes)
        };
        let grouped = best(&classes::group(&eligibility, &objectives));
        let single = best(&classes::singletons(&eligibility));
        prop_assert_eq!(grouped.as_ref().map(|g| &g.values), single.as_ref().map(|s| &s.values));
        if let Some(Seated { values, pairs }) = grouped {
            let judgement = airbridge::check::judge(&instance.scenario, baseline.as_ref(), &pairs);
            prop_assert!(judgement.violations.is_empty(), "{:?}", fixture::lines(&judgement.violations));
            // The point is that of the last level: the others have what their tolerance left of them.
            let last = judgement.values.last().copied();
            prop_assert_eq!(last, values.last().map(|&value| i128::from(value)));
        }
    }
}

/// What every level reaches.
fn solved_levels(instance: &Instance) -> Option<Vec<i64>> {
    let plan = instance.solved(Method::Auto);
    (plan.status != Status::Infeasible).then(|| bests(&plan))
}
