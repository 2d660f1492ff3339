//! Generated scenarios: the same for ever, in order, of the sizes they promise.

use std::collections::BTreeSet;

use airbridge::scenario::format::Scenario;
use airbridge::scenario::read::{Read, digest, read};
use airbridge::synth::{Like, PolicyKind, Shape, Spec, generate};
use airbridge::{eligibility, scenario};
use serde_json::Value;

const SHAPES: [Shape; 5] = [Shape::Even, Shape::Small, Shape::Wheelchairs, Shape::Pool, Shape::NoSingles];
const LIKES: [Like; 4] = [Like::Airlift, Like::Mazar, Like::Dynamo, Like::October2021];

fn small(seed: u64) -> Spec {
    Spec { units: 60, departures: 6, seed, ..Spec::default() }
}

fn like(like: Like) -> Spec {
    Spec { like: Some(like), ..Spec::default() }
}

fn all_rules(units: usize, departures: usize, seed: u64) -> Spec {
    Spec { units, departures, seed, all_rules: true, ..Spec::default() }
}

#[track_caller]
fn reads(spec: &Spec) -> Read {
    let text = generate(spec).to_json();
    read(text.as_bytes(), "generated.json").unwrap_or_else(|diagnostics| panic!("{spec:?}\n{diagnostics}"))
}

fn persons(scenario: &Scenario) -> usize {
    scenario.units.iter().map(|unit| unit.persons.len()).sum()
}

#[test]
fn a_seed_gives_the_same_bytes() {
    for spec in [small(1), like(Like::Mazar), like(Like::October2021), all_rules(40, 9, 1)] {
        assert_eq!(generate(&spec).to_json(), generate(&spec).to_json());
    }
    assert_ne!(generate(&small(1)).to_json(), generate(&small(2)).to_json());
}

/// Whoever measured with a generated scenario can generate it again: a change here breaks that promise.
#[track_caller]
fn check_digest(spec: &Spec, start: &str) {
    let found = digest(generate(spec).to_json().as_bytes());
    assert!(found.starts_with(start), "{found}: {spec:?}");
}

#[test]
fn the_default_caseload_is_the_same_for_ever() {
    check_digest(&Spec::default(), "blake3:5b3a54251e6139c5");
}

#[test]
fn an_even_caseload_is_the_same_for_ever() {
    check_digest(&Spec { shape: Some(Shape::Even), ..small(3) }, "blake3:b6158c3cd71d18c0");
}

#[test]
fn every_size_and_shape_reads_back() {
    for seed in 0..4 {
        reads(&small(seed));
        reads(&Spec { policy: PolicyKind::Categories, ..small(seed) });
        for shape in SHAPES {
            reads(&Spec { shape: Some(shape), ..small(seed) });
            reads(&Spec { shape: Some(shape), all_rules: true, ..small(seed) });
        }
    }
    for (units, departures) in [(0, 0), (1, 1), (7, 3), (500, 12)] {
        reads(&Spec { units, departures, ..Spec::default() });
        reads(&all_rules(units, departures, 1));
    }
}

#[test]
fn every_chapter_of_2021_reads_back() {
    for chapter in LIKES {
        let read = reads(&like(chapter));
        let eligibility = eligibility::assess(&read.scenario, None);
        let open = eligibility.sets().iter().filter(|set| !set.is_clear()).count();
        assert!(open > 0, "{chapter:?}: nobody may board anything");
    }
}

/// The fields that the plain models of the benchmarks read.
#[test]
fn the_default_uses_the_plain_part_of_the_format() {
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    let known = |words: &str| words.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    for spec in [small(1), Spec { policy: PolicyKind::Categories, ..small(2) }] {
        let scenario = serde_json::to_value(generate(&spec)).expect("a scenario has a JSON form");
        let check = |value: &Value, words: &str| {
            let more: Vec<String> = keys(value).difference(&known(words)).cloned().collect();
            assert!(more.is_empty(), "{more:?}");
        };
        check(&scenario, "format name description as_of categories places routes departures units policy");
        for departure in scenario["departures"].as_array().expect("a list") {
            check(
                departure,
                "id kind from to departs arrives seats lap_infants wheelchairs documents vetting sponsors_only",
            );
        }
        for unit in scenario["units"].as_array().expect("a list") {
            check(unit, "id sponsor location ready persons");
            for person in unit["persons"].as_array().expect("a list") {
                check(person, "id category age sex mobility vetting documents tags");
                assert_ne!(person["mobility"], "stretcher");
            }
        }
    }
}

#[test]
fn there_are_twice_as_many_people_as_seats() {
    let scenario = generate(&Spec::default());
    let seats: i64 = scenario.departures.iter().map(|departure| departure.seats).sum();
    let people = i64::try_from(persons(&scenario)).expect("few people");
    assert!((people - 2 * seats).abs() <= 24, "{people} people, {seats} seats");
}

#[test]
fn dynamo_has_the_published_numbers() {
    for seed in 0..20 {
        let scenario = generate(&Spec { seed, ..like(Like::Dynamo) });
        let all: Vec<_> = scenario.units.iter().flat_map(|unit| &unit.persons).collect();
        let count = |category: &str| all.iter().filter(|person| person.category == category).count();
        assert_eq!(all.len(), 117);
        assert_eq!(all.iter().filter(|person| person.age < 18.0).count(), 59);
        assert_eq!((count("us_citizen"), count("lpr"), count("visa_eligible")), (28, 83, 6));
        assert_eq!(scenario.departures.len(), 1);
    }
}

#[test]
fn mazar_and_the_airlift_have_the_published_sizes() {
    let mazar = generate(&like(Like::Mazar));
    assert!((1200..1220).contains(&persons(&mazar)));
    assert_eq!(mazar.departures.len(), 10);
    let airlift = generate(&like(Like::Airlift));
    assert!((124_000..124_020).contains(&persons(&airlift)));
    assert_eq!(airlift.departures.len(), 778);
}

#[test]
fn thirty_thousand_units_and_778_departures() {
    let scenario = generate(&Spec { units: 30_000, departures: 778, ..Spec::default() });
    assert_eq!((scenario.units.len(), scenario.departures.len()), (30_000, 778));
}

#[test]
fn all_rules_allows_its_pins() {
    for seed in 0..6 {
        for shape in std::iter::once(None).chain(SHAPES.map(Some)) {
            let read =
                reads(&Spec { shape, ..all_rules(16 + 40 * usize::try_from(seed).expect("few"), 8, seed) });
            let eligibility = eligibility::assess(&read.scenario, None);
            for scenario::Pin { unit, departure } in &read.scenario.pins {
                assert_eq!(eligibility.barred(*unit, *departure), []);
            }
        }
    }
}

#[test]
fn all_rules_uses_every_field() {
    let schema = serde_json::to_value(schemars::schema_for!(Scenario)).expect("a schema has a JSON form");
    let declared: BTreeSet<(String, String)> = declared(&schema).collect();
    for (units, departures) in [(16, 8), (300, 10)] {
        let scenario = serde_json::to_value(generate(&all_rules(units, departures, 5))).expect("a JSON form");
        let mut used = BTreeSet::new();
        collect(&schema, &schema, &scenario, &mut used);
        let unused: Vec<_> = declared.difference(&used).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}

/// The fields that the schema declares, each with the description of its object.
fn declared(schema: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    let objects = schema["$defs"].as_object().expect("definitions").values().chain([schema]);
    objects.flat_map(|object| {
        let title = object["description"].to_string();
        let fields = object["properties"].as_object().into_iter().flatten();
        fields.map(move |(field, _)| (title.clone(), field.clone()))
    })
}

/// The fields that `value` uses, by `part` of the schema.
fn collect(root: &Value, part: &Value, value: &Value, used: &mut BTreeSet<(String, String)>) {
    if let Some(name) = part["$ref"].as_str() {
        return collect(root, &root["$defs"][name.trim_start_matches("#/$defs/")], value, used);
    }
    for choice in part["anyOf"].as_array().into_iter().flatten() {
        collect(root, choice, value, used);
    }
    for element in value.as_array().into_iter().flatten() {
        collect(root, &part["items"], element, used);
    }
    for (field, inner) in value.as_object().into_iter().flatten() {
        if part["properties"].get(field).is_some() {
            used.insert((part["description"].to_string(), field.clone()));
            collect(root, &part["properties"][field], inner, used);
        }
    }
}
