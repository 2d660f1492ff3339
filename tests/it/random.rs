//! Small random scenarios that put most of the format to use, as JSON.
//!
//! Up to 7 units, many of them alike, and up to 3 departures: few enough for [`crate::oracle`].

use airbridge::scenario::{Baseline, Scenario};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Map, Value, json};

use crate::fixture;

const CATEGORIES: [&str; 3] = ["us_citizen", "lpr", "at_risk"];
const SPONSORS: [&str; 2] = ["s1", "s2"];
const ORIGINS: [&str; 2] = ["KBL", "MZR"];
const DESTINATIONS: [&str; 2] = ["DOH", "TIA"];

/// A scenario, and where a plan before it had some of the units (by position), if there was one.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    pub(crate) scenario: Value,
    pub(crate) before: Option<Vec<(String, String)>>,
}

impl Random {
    /// The scenario, and the plan that it is changed from.
    #[cfg_attr(not(feature = "highs"), expect(dead_code, reason = "its readers need HiGHS"))]
    pub(crate) fn read(&self) -> (Scenario, Option<Baseline>) {
        let scenario = fixture::scenario(&self.scenario);
        let baseline = self.before.as_ref().map(|pairs| {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(u, d)| (u.as_str(), d.as_str())).collect();
            fixture::baseline(&scenario, &pairs)
        });
        (scenario, baseline)
    }
}

/// Any small scenario.
pub(crate) fn scenarios() -> impl Strategy<Value = Random> {
    let lists = (places(), vec(departure(), 1..=3), units(), policy());
    let orders = (
        vec(link(), 0..=2),
        weighted(0.2, (any::<Index>(), any::<Index>())),
        weighted(0.2, (any::<Index>(), of(any::<Index>()))),
        vec(quota(), 0..=1),
        weighted(0.3, select(vec![0, 500, 900, 1500])),
        weighted(0.3, vec((any::<Index>(), any::<Index>()), 1..4)),
    );
    (lists, orders).prop_map(|((places, departures, units, policy), orders)| {
        let (links, pin, exclusion, quotas, budget, before) = orders;
        let departures = numbered("D", departures);
        let units = with_persons_numbered(numbered("U", units));
        let unit = |index: Index| units[index.index(units.len())]["id"].clone();
        let departure = |index: Index| departures[index.index(departures.len())]["id"].clone();
        let mut scenario = json!({
            "format": "airbridge/scenario/1", "name": "random", "as_of": "2021-10-09T12:00:00Z",
            "categories": CATEGORIES, "policy": policy, "places": places,
            "routes": [{"from": "MZR", "to": "KBL", "hours": 30}],
            "quotas": named("q", quotas),
        });
        scenario["links"] =
            links.into_iter().filter_map(|(kind, members)| tie(kind, &members, &units)).collect();
        scenario["pins"] =
            pin.iter().map(|&(u, d)| json!({"unit": unit(u), "departure": departure(d)})).collect();
        scenario["exclusions"] = exclusion
            .iter()
            .map(|&(u, d)| {
                let pair = [("unit", Some(unit(u))), ("departure", d.map(departure))];
                object(pair)
            })
            .collect();
        if let Some(budget) = budget {
            scenario["budget_usd"] = json!(budget);
        }
        let text = |id: Value| id.as_str().expect("ids are strings").to_owned();
        let before = before.map(|pairs| {
            let mut seen = std::collections::BTreeMap::new();
            for (u, d) in pairs {
                seen.insert(text(unit(u)), text(departure(d)));
            }
            seen.into_iter().collect()
        });
        scenario["departures"] = Value::Array(departures);
        scenario["units"] = Value::Array(units);
        Random { scenario, before }
    })
}

/// An object of the fields that are there.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?)));
    Value::Object(there.collect::<Map<String, Value>>())
}

fn json_of<T: Into<Value>>(value: Option<T>) -> Option<Value> {
    value.map(Into::into)
}

/// Gives each an id by its position.
fn numbered(letter: &str, objects: Vec<Value>) -> Vec<Value> {
    let number = |(position, mut object): (usize, Value)| {
        object["id"] = json!(format!("{letter}{}", position + 1));
        object
    };
    objects.into_iter().enumerate().map(number).collect()
}

fn named(letter: &str, objects: Vec<Value>) -> Value {
    let name = |(position, mut object): (usize, Value)| {
        object["name"] = json!(format!("{letter}{}", position + 1));
        object
    };
    objects.into_iter().enumerate().map(name).collect()
}

/// Persons are numbered through the scenario.
fn with_persons_numbered(mut units: Vec<Value>) -> Vec<Value> {
    let persons = units.iter_mut().flat_map(|unit| unit["persons"].as_array_mut().into_iter().flatten());
    for (position, person) in persons.enumerate() {
        person["id"] = json!(format!("P{}", position + 1));
    }
    units
}

fn places() -> impl Strategy<Value = Value> {
    let beds = weighted(0.4, (0..12_i64, 0..4_i64, weighted(0.3, 1..4_i64)));
    let closed = weighted(0.1, select(vec!["2021-10-10", "2021-10-11"]));
    (beds, closed).prop_map(|(beds, closed)| {
        let (count, dwell, occupied) = beds.map_or((None, None, None), |(b, d, o)| (Some(b), Some(d), o));
        json!([{"id": "KBL"}, {"id": "MZR"}, object([
            ("id", Some(json!("DOH"))), ("beds", json_of(count)), ("dwell_days", json_of(dwell)),
            ("occupied", occupied.map(|persons| json!([{"until": "2021-10-11", "persons": persons}]))),
            ("closed", closed.map(|day| json!([{"from": day, "to": day}]))),
        ]), {"id": "TIA"}])
    })
}

fn departure() -> impl Strategy<Value = Value> {
    let capacity = (
        1..10_i64,
        weighted(0.2, 0..2_i64),
        weighted(0.3, 0..3_i64),
        weighted(0.4, 0..3_i64),
        weighted(0.3, 0..2_i64),
        weighted(0.3, 100..700_i64),
    );
    let way = (
        select(vec!["charter_flight", "charter_flight", "border_crossing"]),
        select(&ORIGINS[..]),
        select(&DESTINATIONS[..]),
        10..13_u32,
        weighted(0.15, 8..13_u32),
    );
    let rules = (
        weighted(0.25, select(vec![json!([["passport"]]), json!([["visa", "passport"], ["tazkira"]])])),
        weighted(0.3, (select(vec!["self_declared", "group_checked"]), 0..3_i64)),
        weighted(0.15, subsequence(&CATEGORIES[..], 1..3)),
        weighted(0.1, subsequence(&CATEGORIES[..], 2..=3)),
        weighted(0.1, select(&SPONSORS[..])),
        weighted(0.3, (subsequence(&SPONSORS[..], 1..=2), 1..4_i64, any::<bool>())),
    );
    let flying = (
        weighted(0.4, select(vec![0, 400, 900])),
        weighted(0.25, 1..5_i64),
        select(vec![0.0, 0.0, 0.1, 0.25]),
        weighted(0.05, Just(true)),
    );
    (capacity, way, rules, flying).prop_map(|(capacity, way, rules, flying)| {
        let (seats, blocked, laps, wheelchairs, stretchers, payload) = capacity;
        let (kind, from, to, day, closes) = way;
        let (documents, vetting, any, all, sponsor, allotments) = rules;
        let (cost, min_load, cancel, cancelled) = flying;
        let usable = seats - blocked.unwrap_or(0).min(seats);
        object([
            ("kind", Some(json!(kind))),
            ("from", Some(json!(from))),
            ("to", Some(json!(to))),
            ("departs", Some(json!(format!("2021-10-{day}T18:00:00Z")))),
            ("arrives", Some(json!(format!("2021-10-{day}T23:00:00Z")))),
            ("manifest_closes", closes.map(|day| json!(format!("2021-10-{:02}T18:00:00Z", day.min(10))))),
            ("seats", Some(json!(seats))),
            ("blocked_seats", Some(json!(seats - usable))),
            ("lap_infants", json_of(laps)),
            ("wheelchairs", json_of(wheelchairs)),
            ("stretchers", json_of(stretchers)),
            ("seats_per_stretcher", Some(json!(3))),
            ("payload_kg", json_of(payload)),
            ("documents", documents),
            ("document_validity_days", Some(json!(1))),
            ("vetting", vetting.map(|(min, exceptions)| json!({"min": min, "exceptions": exceptions}))),
            ("admits_any", any.map(|list| json!(list))),
            ("admits_all", all.map(|list| json!(list))),
            ("sponsors_only", sponsor.map(|sponsor| json!([sponsor]))),
            ("allotments", allotments.map(|(sponsors, held, late)| allotted(&sponsors, held, late, usable))),
            ("committed", cost.map(|_| json!(false))),
            ("cost_usd", json_of(cost)),
            ("min_load", json_of(min_load)),
            ("cancel_probability", Some(json!(cancel))),
            ("cancelled", json_of(cancelled)),
        ])
    })
}

/// Together no more than the usable seats.
fn allotted(sponsors: &[&str], held: i64, late: bool, usable: i64) -> Value {
    let each = held.min(usable / i64::try_from(sponsors.len()).expect("two at most"));
    let allotment = |sponsor: &&str| {
        let release = late.then(|| json!("2021-10-10T00:00:00Z"));
        object([("sponsor", Some(json!(sponsor))), ("seats", Some(json!(each))), ("release", release)])
    };
    sponsors.iter().map(allotment).collect()
}

/// Up to 7, as a few kinds of which each may occur several times.
fn units() -> impl Strategy<Value = Vec<Value>> {
    vec((unit(), 1..=3_usize), 1..=4).prop_map(|kinds| {
        let all = kinds.into_iter().flat_map(|(unit, times)| std::iter::repeat_n(unit, times));
        all.take(7).collect()
    })
}

fn unit() -> impl Strategy<Value = Value> {
    let about = (
        weighted(0.5, select(&SPONSORS[..])),
        select(&ORIGINS[..]),
        weighted(0.5, 1..11_u32),
        weighted(0.1, 10..13_u32),
        0..4_i64,
        weighted(0.1, 1..3_i64),
    );
    let likes = (
        select(vec![1.0, 1.0, 0.9, 0.5]),
        weighted(0.3, (select(vec!["DOH", "TIA", "D1"]), -2..5_i64)),
        weighted(0.9, adult()),
        vec(person(), 0..=3),
    );
    (about, likes).prop_map(|((sponsor, location, ready, latest, urgency, extra), likes)| {
        let (show, preference, adult, others) = likes;
        let mut persons: Vec<Value> = adult.into_iter().chain(others).collect();
        if persons.is_empty() {
            persons.push(json!({"category": "lpr", "age": 30}));
        }
        let wish = |(target, worth): (&str, i64)| json!({target: worth});
        object([
            ("sponsor", json_of(sponsor)),
            ("location", Some(json!(location))),
            ("ready", ready.map(|day| json!(format!("2021-10-{day:02}T00:00:00Z")))),
            ("latest", latest.map(|day| json!(format!("2021-10-{day}T20:00:00Z")))),
            ("urgency", Some(json!(urgency))),
            ("extra_seats", json_of(extra)),
            ("show_probability", Some(json!(show))),
            ("preferences", preference.map(wish)),
            ("persons", Some(json!(persons))),
        ])
    })
}

fn adult() -> impl Strategy<Value = Value> {
    person_of(vec![18.0, 30.0, 70.0])
}

fn person() -> impl Strategy<Value = Value> {
    person_of(vec![0.5, 0.5, 1.0, 5.0, 12.0, 17.9, 30.0])
}

fn person_of(ages: Vec<f64>) -> impl Strategy<Value = Value> {
    let body = (
        select(ages),
        of(select(vec!["f", "m"])),
        weighted(0.2, select(vec!["wchr", "wchc", "wchc", "stretcher"])),
        weighted(0.1, 40..120_i64),
        weighted(0.1, Just(true)),
    );
    let papers = (
        select(&CATEGORIES[..]),
        select(vec!["unverified", "self_declared", "group_checked", "group_checked", "government_matched"]),
        weighted(0.02, Just("refused")),
        subsequence(vec!["passport", "visa", "tazkira"], 0..=3),
        any::<bool>(),
        weighted(0.3, select(vec!["judge", "pregnant"])),
    );
    (body, papers).prop_map(|((age, sex, mobility, mass, own_seat), papers)| {
        let (category, vetting, refused, documents, expires, tag) = papers;
        let expiry = if expires { json!("2021-10-12") } else { Value::Null };
        let documents: Map<String, Value> =
            documents.into_iter().map(|kind| (kind.to_owned(), expiry.clone())).collect();
        object([
            ("category", Some(json!(category))),
            ("age", Some(json!(age))),
            ("sex", json_of(sex)),
            ("mobility", json_of(mobility)),
            ("vetting", Some(json!(refused.unwrap_or(vetting)))),
            ("documents", Some(Value::Object(documents))),
            ("tags", tag.map(|tag| json!([tag]))),
            ("own_seat", json_of(own_seat)),
            ("mass_kg", json_of(mass)),
        ])
    })
}

fn link() -> impl Strategy<Value = (&'static str, Vec<Index>)> {
    let kinds = select(vec!["same_departure", "all_or_none", "at_most_one", "apart"]);
    (kinds, vec(any::<Index>(), 2..4))
}

/// The link, if it names two units or more.
fn tie(kind: &str, members: &[Index], units: &[Value]) -> Option<Value> {
    let mut positions: Vec<usize> = members.iter().map(|index| index.index(units.len())).collect();
    positions.sort_unstable();
    positions.dedup();
    let ids: Vec<&Value> = positions.iter().map(|&position| &units[position]["id"]).collect();
    (ids.len() > 1).then(|| json!({"kind": kind, "units": ids}))
}

fn filter() -> impl Strategy<Value = Value> {
    let one = prop_oneof![
        Just(json!({})),
        subsequence(&CATEGORIES[..], 1..3).prop_map(|list| json!({"category": list})),
        select(vec![json!({"sex": ["f"]}), json!({"tag": ["judge"]}), json!({"sponsor": ["s1"]})]),
        select(vec![
            json!({"max_age": 5}),
            json!({"min_age": 18}),
            json!({"mobility": ["wchc", "stretcher"]})
        ]),
        select(vec![json!({"location": ["KBL"]}), json!({"min_vetting": "group_checked"})]),
    ];
    vec(one, 1..=2).prop_map(|parts| {
        let fields = parts.into_iter().flat_map(|part| part.as_object().cloned().unwrap_or_default());
        Value::Object(fields.collect())
    })
}

fn quota() -> impl Strategy<Value = Value> {
    let sides = (
        weighted(0.3, 0..3_i64),
        weighted(0.3, 1..6_i64),
        weighted(0.4, select(vec![10, 30, 50])),
        weighted(0.3, select(vec![40, 60, 80])),
    );
    (filter(), weighted(0.3, filter()), weighted(0.3, Just("D1")), sides).prop_map(
        |(count, among, departure, (min, max, min_percent, max_percent))| {
            object([
                ("count", Some(count)),
                ("among", among),
                ("departures", departure.map(|id| json!([id]))),
                ("min", json_of(min)),
                ("max", json_of(max)),
                ("min_percent", json_of(min_percent)),
                ("max_percent", json_of(max_percent)),
            ])
        },
    )
}

/// The strict policy, or up to four levels of any measure.
fn policy() -> impl Strategy<Value = Value> {
    let mixed = select(vec!["per_person", "best_member", "anchor"]);
    (mixed, weighted(0.8, vec(level(), 1..=4))).prop_map(|(mixed, levels)| {
        object([("mixed_status", Some(json!(mixed))), ("levels", levels.map(|levels| named("l", levels)))])
    })
}

fn level() -> impl Strategy<Value = Value> {
    let sense = select(vec!["maximize", "maximize", "maximize", "minimize"]);
    let measured = prop_oneof![
        6 => (select(vec!["persons", "seats", "units", "urgency", "preference", "expected_persons",
                "person_days", "waiting_days"]), filter()).prop_map(|(m, f)| (m, json!({"where": f}))),
        1 => vec((filter(), -3..5_i64), 1..3).prop_map(|entries| {
            let entry = |(filter, weight): (Value, i64)| json!({"where": filter, "weight": weight});
            ("weighted", json!({"weights": entries.into_iter().map(entry).collect::<Vec<_>>()}))
        }),
        1 => (0..9_u64).prop_map(|seed| ("lottery", json!({"seed": seed}))),
        1 => select(vec!["cost", "changes"]).prop_map(|measure| (measure, json!({}))),
    ];
    (sense, measured, weighted(0.15, 1..3_i64)).prop_map(|(sense, (measure, mut level), tolerance)| {
        level[sense] = json!(measure);
        if let Some(tolerance) = tolerance {
            level["tolerance"] = json!(tolerance);
        }
        level
    })
}
