//! Every reason is the one that enumeration gives: kind, level and loss.

#![cfg(feature = "highs")]

use std::collections::BTreeSet;

use airbridge::answer::Basis;
use airbridge::certificate::Side;
use airbridge::check::{Case, check};
use airbridge::explain::missed::{self, Field, Forced, Missed};
use airbridge::explain::{self, About, Explained, Question, State, asked};
use airbridge::plan::{Conflict, ReasonKind, Status};
use airbridge::rule::Rule;
use airbridge::scenario::read::read;
use airbridge::scenario::{Baseline, Date, DepartureIdx, LinkKind, PlaceIdx, Scenario, Sense, UnitIdx};
use airbridge::solve::{Method, Request};
use airbridge::synth::{PolicyKind, Spec, generate};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{self, DIGEST};
use crate::oracle::{Judged, judged};
use crate::properties::config;
use crate::random::{Random, scenarios};
use crate::solving;

/// The level of the first kept row that none of `plans` keeps, and by how much the best of them misses it.
/// `None`: one of them keeps all rows.
fn first_missed(levels: &[Row], plans: &[&Judged]) -> Option<(String, i128)> {
    let mut left: Vec<&Judged> = plans.to_vec();
    for (k, row) in levels.iter().enumerate() {
        let best = left.iter().map(|plan| row.sign * plan.values[k]).max().expect("a plan is left");
        if best < row.least {
            return Some((row.name.clone(), row.least - best));
        }
        left.retain(|plan| row.sign * plan.values[k] >= row.least);
    }
    None
}

/// What a kept level asks for, maximised.
struct Row {
    name: String,
    sign: i128,
    least: i128,
}

fn rows(scenario: &Scenario, baseline: Option<&Baseline>, bests: &[i64]) -> Vec<Row> {
    let row = |(level, best): (&airbridge::scenario::Level, &i64)| {
        let sign = if level.sense == Sense::Maximize { 1 } else { -1 };
        let least = sign * i128::from(*best) - i128::from(level.tolerance);
        Row { name: level.name.clone(), sign, least }
    };
    scenario.levels(baseline).all.iter().zip(bests).map(row).collect()
}

struct Ground {
    scenario: Scenario,
    baseline: Option<Baseline>,
    plans: Vec<Judged>,
    rows: Vec<Row>,
    priority: usize,
    plan: airbridge::plan::Plan,
}

impl Ground {
    fn new(random: &Random) -> Option<Self> {
        let (scenario, baseline) = random.read();
        let plan = solving::solved_by(&solving::run, &scenario, baseline.as_ref(), Method::Auto).ok()?;
        if plan.status != Status::Optimal {
            return None;
        }
        let plans = judged(&scenario, baseline.as_ref());
        let rows = rows(&scenario, baseline.as_ref(), &solving::bests(&plan));
        let priority = scenario.levels(baseline.as_ref()).priority;
        Some(Self { scenario, baseline, plans, rows, priority, plan })
    }

    fn request<T>(&self, ask: impl FnOnce(&Request) -> T) -> T {
        ask(&solving::request(&self.scenario, self.baseline.as_ref(), Method::Auto, &solving::run))
    }

    fn explained(&self, about: About) -> Vec<Explained> {
        self.request(|request| {
            let question = Question { request, digest: DIGEST, plan: &self.plan, about, draws: 0 };
            explain::explain(&question).unwrap_or_else(|error| panic!("{error}"))
        })
    }

    fn unit(&self, id: &str) -> UnitIdx {
        UnitIdx::new(self.scenario.units.iter().position(|unit| unit.id == id).expect("a unit"))
    }

    fn plans_with(&self, unit: UnitIdx, on: Option<DepartureIdx>) -> Vec<&Judged> {
        let seats =
            |plan: &&Judged| plan.seated.iter().any(|&(u, d)| u == unit && on.is_none_or(|on| on == d));
        self.plans.iter().filter(seats).collect()
    }

    /// The reason by enumeration: kind, level, loss.
    fn reason(&self, unit: UnitIdx) -> (ReasonKind, Option<String>, Option<i64>) {
        let case = Case::new(&self.scenario, self.baseline.as_ref());
        let mut departures = (0..self.scenario.departures.len()).map(DepartureIdx::new);
        if !departures.any(|d| case.is_open(unit, d)) {
            return (ReasonKind::NeverPossible, None, None);
        }
        let with = self.plans_with(unit, None);
        if with.is_empty() {
            return (ReasonKind::Blocked, None, None);
        }
        if let Some((level, loss)) = first_missed(&self.rows[..self.priority], &with) {
            return (ReasonKind::Outranked, Some(level), i64::try_from(loss).ok());
        }
        (ReasonKind::LostDraw, first_missed(&self.rows, &with).map(|(level, _)| level), None)
    }
}

/// The scenario with none of the planner's demands but these; beds and allotments are demands too.
fn with_only(scenario: &Scenario, members: &[Conflict]) -> Scenario {
    let has = |kind: Rule, is: &dyn Fn(&Conflict) -> bool| {
        members.iter().any(|member| member.kind == kind && is(member))
    };
    let mut kept = scenario.clone();
    kept.pins.retain(|pin| {
        let (unit, d) =
            (&scenario.units[pin.unit.index()].id, &scenario.departures[pin.departure.index()].id);
        has(Rule::Pin, &|m| m.unit.as_ref() == Some(unit) && m.departure.as_ref() == Some(d))
    });
    let mut position = 0;
    kept.links.retain(|_| {
        position += 1;
        members.iter().any(|member| member.link == Some(position - 1))
    });
    for quota in &mut kept.quotas {
        let keeps =
            |side: Side| has(Rule::Quota, &|m| m.name.as_ref() == Some(&quota.name) && m.side == Some(side));
        let (min, max) = (keeps(Side::Min), keeps(Side::Max));
        let (min_percent, max_percent) = (keeps(Side::MinPercent), keeps(Side::MaxPercent));
        quota.min = quota.min.filter(|_| min);
        quota.max = quota.max.filter(|_| max);
        quota.min_percent = quota.min_percent.filter(|_| min_percent);
        quota.max_percent = quota.max_percent.filter(|_| max_percent);
    }
    for departure in &mut kept.departures {
        let id = departure.id.clone();
        let here = |m: &Conflict| m.departure.as_ref() == Some(&id);
        if !has(Rule::MinLoad, &here) {
            departure.min_load = 0;
        }
        departure.allotments.retain(|allotment| {
            let sponsor = &scenario.sponsors[allotment.sponsor.index()];
            has(Rule::Allotment, &|m| here(m) && m.sponsor.as_ref() == Some(sponsor))
        });
    }
    for place in &mut kept.places {
        if !has(Rule::Beds, &|m| m.place.as_ref() == Some(&place.id)) {
            place.beds = None;
        }
    }
    kept.budget_usd = kept.budget_usd.filter(|_| has(Rule::Budget, &|_| true));
    kept
}

/// The scenario with limits of departures alone.
fn untied(random: &Random) -> Random {
    let mut untied = random.clone();
    let lists = [("/places", "beds"), ("/departures", "allotments"), ("/departures", "min_load")];
    for (list, field) in lists {
        let members = untied.scenario.pointer_mut(list).and_then(Value::as_array_mut).expect("a list");
        for member in members {
            member.as_object_mut().expect("an object").remove(field);
        }
    }
    let fields = untied.scenario.as_object_mut().expect("an object");
    for field in ["links", "pins", "quotas", "budget_usd"] {
        fields.remove(field);
    }
    untied
}

/// Whether demands can be taken away one by one in this scenario without touching who may board what.
fn is_plain(ground: &Ground, conflict: &[Conflict]) -> bool {
    // A conflict names a day's beds; a scenario has them for all days of a place or for none.
    let days: BTreeSet<_> = ground.scenario.departures.iter().map(|d| (d.to, d.arrives.date())).collect();
    let one_day = |place: &str| {
        let at = |(to, _): &&(PlaceIdx, Date)| ground.scenario.places[to.index()].id == place;
        days.iter().filter(at).count() == 1
    };
    let beds = conflict.iter().filter(|member| member.kind == Rule::Beds);
    let beds_are_plain = beds.filter_map(|member| member.place.as_deref()).all(one_day);
    let tied = ground.scenario.links.iter().any(|link| link.kind == LinkKind::SameDeparture);
    beds_are_plain && !tied && ground.baseline.is_none()
}

proptest! {
    #![proptest_config(config(200))]

    /// Kind, level and loss of everybody who waits.
    #[test]
    fn every_reason_is_that_of_enumeration(random in scenarios()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        for explained in ground.explained(About::Waiting) {
            let why = explained.reason.expect("it waits");
            let found = (why.reason.kind, why.reason.level.clone(), why.reason.loss);
            prop_assert_eq!(found, ground.reason(ground.unit(&explained.unit)), "{}", explained.unit);
            prop_assert!(explained.basis != Basis::NotProven);
            let others = ground.scenario.units.iter().filter(|unit| unit.id != explained.unit);
            for unit in others {
                prop_assert!(!explained.statement.contains(&unit.id), "{}", explained.statement);
            }
        }
    }

    /// Whom prices alone exclude is outranked by enumeration too: where nothing ties units, and where much does.
    #[test]
    fn whom_prices_exclude_is_outranked(random in scenarios()) {
        for random in [untied(&random), random] {
            let Some(ground) = Ground::new(&random) else { continue };
            let found = check(&ground.scenario, DIGEST, ground.baseline.as_ref(), &ground.plan);
            for unit in found.outranked.ones() {
                let (kind, ..) = ground.reason(UnitIdx::new(unit));
                prop_assert_eq!(kind, ReasonKind::Outranked, "{}", &ground.scenario.units[unit].id);
            }
        }
    }

    /// A conflict excludes the unit, and without any one member of it a plan seats it.
    #[test]
    fn what_blocks_a_unit_is_irreducible(random in scenarios()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        for explained in ground.explained(About::Waiting) {
            let unit = ground.unit(&explained.unit);
            let reason = explained.reason.expect("it waits").reason;
            let Some(conflict) = reason.conflict.filter(|conflict| is_plain(&ground, conflict)) else { continue };
            let seats = |scenario: &Scenario| {
                judged(scenario, None).iter().any(|plan| plan.seated.iter().any(|&(u, _)| u == unit))
            };
            prop_assert!(!seats(&with_only(&ground.scenario, &conflict)), "{conflict:?}");
            for left_out in 0..conflict.len() {
                let mut rest = conflict.clone();
                rest.remove(left_out);
                prop_assert!(seats(&with_only(&ground.scenario, &rest)), "{conflict:?} without {left_out}");
            }
        }
    }

    #[test]
    fn a_seated_unit_hears_what_its_other_departures_would_cost(random in scenarios()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        let seated: Vec<UnitIdx> =
            ground.plan.assignments.iter().map(|pair| ground.unit(&pair.unit)).collect();
        if seated.is_empty() {
            return Ok(());
        }
        for explained in ground.explained(About::Named(&seated)) {
            prop_assert_eq!(explained.state, State::Seated);
            let unit = ground.unit(&explained.unit);
            for elsewhere in explained.why_here.expect("it is seated") {
                let d = ground.scenario.departures.iter().position(|d| d.id == elsewhere.departure);
                let with = ground.plans_with(unit, d.map(DepartureIdx::new));
                prop_assert_eq!(with.is_empty(), elsewhere.conflict.is_some());
                if !with.is_empty() {
                    let (level, loss) = first_missed(&ground.rows, &with).unzip();
                    let loss = loss.and_then(|loss| i64::try_from(loss).ok());
                    prop_assert_eq!((elsewhere.level, elsewhere.loss), (level, loss));
                }
            }
        }
    }

    /// `--on` is a re-solve from the plan with the pin: levels and who is displaced.
    #[test]
    fn what_a_pin_would_cost_is_what_the_replan_with_it_costs(random in scenarios(), pick in any::<[prop::sample::Index; 2]>()) {
        let Some(ground) = Ground::new(&random) else { return Ok(()) };
        let unit = UnitIdx::new(pick[0].index(ground.scenario.units.len()));
        let d = DepartureIdx::new(pick[1].index(ground.scenario.departures.len()));
        let asked = ground.request(|request| asked::ask(request, DIGEST, &ground.plan, unit, d));
        let asked = asked.unwrap_or_else(|error| panic!("{error}"));
        let pairs: Vec<(&str, &str)> =
            ground.plan.assignments.iter().map(|pair| (pair.unit.as_str(), pair.departure.as_str())).collect();
        let from = fixture::baseline(&ground.scenario, &pairs);
        let mut plans = judged(&ground.scenario, Some(&from));
        let open = Case::new(&ground.scenario, Some(&from)).is_open(unit, d);
        prop_assert_eq!(open, asked.barred.is_empty());
        plans.retain(|plan| plan.seated.contains(&(unit, d)));
        prop_assert_eq!(asked.possible, !plans.is_empty());
        if plans.is_empty() {
            let id = (Some(asked.unit.as_str()), Some(asked.departure.as_str()));
            let is_own = |one: &Conflict| one.kind == Rule::Pin && (one.unit.as_deref(), one.departure.as_deref()) == id;
            prop_assert!(!asked.conflict.iter().flatten().any(is_own), "{:?}", asked.conflict);
            return Ok(());
        }
        let levels = ground.scenario.levels(Some(&from)).all;
        prop_assert_eq!(asked.levels.len(), levels.len());
        for (k, (level, found)) in levels.iter().zip(&asked.levels).enumerate() {
            let sign = if level.sense == Sense::Maximize { 1 } else { -1 };
            let best = plans.iter().map(|plan| sign * plan.values[k]).max().expect("a plan");
            prop_assert!(sign * i128::from(found.with) >= best - i128::from(level.tolerance), "{}", level.name);
            prop_assert!(sign * i128::from(found.with) <= best || levels[..k].iter().any(|l| l.tolerance > 0));
            plans.retain(|plan| sign * plan.values[k] >= best - i128::from(level.tolerance));
            prop_assert_eq!(found.change, found.with - found.value);
        }
    }
}

#[test]
fn what_keeps_a_unit_from_a_departure_is_what_the_scenario_asks_for() {
    let person = |id: &str| json!({"id": id, "category": "lpr", "age": 30});
    let flight = |id: &str, to: &str, more: Value| {
        let mut flight = json!({"id": id, "kind": "charter_flight", "from": "KBL", "to": to,
            "departs": "2021-10-08T06:00:00Z", "seats": 2});
        let Value::Object(more) = more else { panic!("an object") };
        flight.as_object_mut().expect("an object").extend(more);
        flight
    };
    let scenario = fixture::scenario(&json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-07T06:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH", "beds": 1}],
        "departures": [flight("D1", "DOH", json!({})),
            flight("D2", "KBL", json!({"allotments": [{"sponsor": "S9", "seats": 1}]}))],
        "units": [{"id": "U", "location": "KBL", "persons": [person("P"), person("Q")]}],
    }));
    let request = solving::request(&scenario, None, Method::Auto, &solving::run);
    let plan = airbridge::solve::solve(&request, DIGEST).expect("it is solved");
    for (d, rule) in [Rule::Beds, Rule::Allotment].into_iter().enumerate() {
        let asked =
            asked::ask(&request, DIGEST, &plan, UnitIdx::new(0), DepartureIdx::new(d)).expect("an answer");
        let kinds: Vec<Rule> = asked.conflict.iter().flatten().map(|one| one.kind).collect();
        assert_eq!((asked.possible, kinds), (false, vec![rule]));
    }
}

/// In a large program the engine solves it all again with the unit aboard; here it is asked of a small one, whose
/// searches other tests compare with enumeration.
#[test]
fn the_engine_says_what_searches_say() {
    let (mut resolved, mut outranked) = (0, 0);
    for seed in 1..=6 {
        let spec =
            Spec { units: 150, departures: 6, seed, policy: PolicyKind::Categories, ..Spec::default() };
        let scenario =
            read(generate(&spec).to_json().as_bytes(), "generated.json").expect("it reads").scenario;
        let request = solving::request(&scenario, None, Method::Auto, &solving::run);
        let plan = airbridge::solve::solve(&request, DIGEST).expect("it is solved");
        let optimum = explain::optimum::optimum(&request, DIGEST, &plan).expect("there is a plan");
        let (classes, program) = missed::program(&optimum, optimum.priority());
        let asks: Vec<Forced> = (0..classes.len()).map(|class| Forced { class, column: None }).collect();
        let mut field = Field::new(&request, &optimum, classes, &program, optimum.priority());
        let by_search = field.first_missed(&asks, 0).expect("it is searched");
        for unit in check(&scenario, DIGEST, None, &plan).outranked.ones() {
            let class = field.class(UnitIdx::new(unit)).expect("it may board something");
            assert!(
                matches!(by_search[class], Missed::Level(..)),
                "seed {seed}: {}",
                scenario.units[unit].id
            );
            outranked += 1;
        }
        field.long = 0;
        let by_engine = field.first_missed(&asks, 0).expect("it is searched");
        for (search, engine) in by_search.iter().zip(&by_engine) {
            assert_eq!(search, engine, "seed {seed}");
        }
        let is_searched = |missed: &&Missed| matches!(missed, Missed::Level(_, _, Basis::Resolved));
        resolved += by_engine.iter().filter(is_searched).count();
    }
    assert!(outranked > 100, "the prices say it of {outranked}");
    assert!(resolved > 0, "prices and plans near the plan at hand said it all");
}
