//! Every field of the format in one scenario, at any size, that some plan obeys.
//!
//! Feasible by construction: the first three units travel on the first departure, which is made for them.
//! That plan meets every pin, link, quota and limit below; whatever else is demanded, an empty departure and
//! a family that waits meet it.

use super::people::person_id;
use super::trips::{HOUR, alternatives};
use super::{persons, strings};
use crate::scenario::format::{
    Allotment, Closed, Departure, DepartureKind, Exclusion, Expiry, Filter, Level, Link, LinkKind, Map,
    Measure, MixedStatus, Mobility, Occupied, Person, Pin, Policy, Quota, Scenario, Sex, Unit, Vetting,
    VettingRule, Weight,
};
use crate::scenario::{Date, Instant};

/// Fewer units have no room for every field.
pub(super) const UNITS: usize = 16;
/// Fewer departures have no room for every field.
pub(super) const DEPARTURES: usize = 8;

/// Puts every field of the format to use.
pub(super) fn dress(scenario: &mut Scenario) {
    let people = i64::try_from(persons(&scenario.units)).expect("fewer people than 2^63");
    scenario.name = format!("every rule: {}", scenario.name);
    scenario.description = "Synthetic: every field of the format, and a plan that obeys it.".into();
    scenario.categories.push("other".into());
    scenario.policy = Some(policy());
    dress_places(scenario, people);
    dress_departures(&mut scenario.departures);
    dress_units(scenario);
    scenario.links = links(&scenario.units);
    scenario.pins = [0, 1].map(|u| pin(&scenario.units[u], &scenario.departures[0])).to_vec();
    scenario.exclusions = exclusions(scenario);
    scenario.quotas = quotas(scenario, people);
    let costs = scenario.departures.iter().filter(|departure| !departure.committed).map(|d| d.cost_usd);
    scenario.budget_usd = Some(costs.sum::<i64>() / 2);
}

fn today() -> Date {
    super::day(super::AIRLIFT)
}

fn hours(from: Instant, hours: i64) -> String {
    from.plus_seconds(hours * HOUR).to_string()
}

fn instant(text: &str) -> Instant {
    Instant::parse(text).expect("an instant of ours")
}

fn dress_places(scenario: &mut Scenario, people: i64) {
    for place in &mut scenario.places {
        match place.id.as_str() {
            "DOH" => {
                place.beds = Some(people / 8 + 40);
                place.dwell_days = 3;
                let until = |days| today().plus_days(days).to_string();
                place.occupied =
                    [(2, 9), (6, 8)].map(|(days, persons)| Occupied { until: until(days), persons }).to_vec();
            }
            "TIA" => {
                let (from, to) = (today().plus_days(3).to_string(), today().plus_days(6).to_string());
                place.closed = vec![Closed { from, to }];
            }
            _ => {}
        }
    }
    for route in &mut scenario.routes {
        route.one_way = route.to == "TORKHAM";
    }
}

fn dress_departures(departures: &mut [Departure]) {
    for (position, departure) in departures.iter_mut().enumerate() {
        match position % DEPARTURES {
            0 if position == 0 => host(departure),
            0 => limits(departure),
            1 => charter_to_decide(departure),
            2 => exceptions(departure),
            3 => allotments(departure),
            4 => departure.cancelled = true,
            5 => heavy(departure),
            6 => departure.manifest_closes = Some(hours(Instant::start_of(today()), -1)),
            _ => sponsored(departure),
        }
    }
}

/// The departure on which the first three units travel.
fn host(departure: &mut Departure) {
    let departs = Instant::start_of(today().plus_days(2)).plus_seconds(9 * HOUR);
    *departure = Departure {
        id: std::mem::take(&mut departure.id),
        kind: DepartureKind::CharterFlight,
        from: "KBL".into(),
        to: "DOH".into(),
        departs: departs.to_string(),
        arrives: Some(hours(departs, 4)),
        seats: departure.seats.max(24),
        ..Departure::default()
    };
    limits(departure);
}

fn limits(departure: &mut Departure) {
    let departs = instant(&departure.departs);
    departure.reports_by = Some(hours(departs, -3));
    departure.manifest_closes = Some(hours(departs, -4));
    departure.blocked_seats = departure.seats / 10;
    departure.lap_infants = Some((departure.seats / 12).max(1));
    departure.wheelchairs = Some(2);
    departure.stretchers = Some(1);
    departure.seats_per_stretcher = 9;
    departure.payload_kg = Some(departure.seats * 92);
    departure.bag_kg = 20;
    departure.documents = alternatives(&["passport", "us_passport", "green_card tazkira"]);
    departure.document_validity_days = 90;
    departure.vetting = Some(VettingRule { min: Vetting::GroupChecked, exceptions: departure.seats / 8 });
}

fn charter_to_decide(departure: &mut Departure) {
    departure.committed = false;
    // F-24: 750,000 dollars for 346 seats.
    departure.cost_usd = departure.seats * 2170;
    departure.min_load = departure.seats / 2;
    departure.cancel_probability = 0.3;
}

fn exceptions(departure: &mut Departure) {
    departure.admits_any = Some(strings(&["us_citizen", "lpr", "visa_eligible"]));
    departure.vetting = Some(VettingRule { min: Vetting::SelfDeclared, exceptions: 2 });
    departure.wheelchairs = Some(1);
    departure.reports_by = Some(hours(instant(&departure.departs), -2));
}

fn allotments(departure: &mut Departure) {
    let departs = instant(&departure.departs);
    let held = |sponsor: &str, share: i64, release: Option<String>| Allotment {
        sponsor: sponsor.into(),
        seats: departure.seats / share,
        release,
    };
    let void = hours(Instant::start_of(today()), -12);
    departure.allotments =
        vec![held("S1", 4, None), held("S2", 6, Some(hours(departs, -6))), held("S3", 5, Some(void))];
    departure.sponsors_only = None;
}

fn heavy(departure: &mut Departure) {
    departure.admits_all = Some(strings(&["us_citizen", "lpr", "visa_eligible"]));
    departure.payload_kg = Some(departure.seats * 76);
    departure.bag_kg = 11;
    departure.cancel_probability = 0.1;
}

fn sponsored(departure: &mut Departure) {
    charter_to_decide(departure);
    departure.sponsors_only = Some(strings(&["S1", "S2", "S4"]));
    departure.min_load = departure.seats / 4;
}

fn dress_units(scenario: &mut Scenario) {
    let mut last_id = persons(&scenario.units);
    let departures: Vec<String> = scenario.departures.iter().map(|departure| departure.id.clone()).collect();
    for (position, unit) in scenario.units.iter_mut().enumerate() {
        if position < 3 {
            unit.persons = travellers(position, &unit.persons[0].id, &mut last_id);
            unit.location = "KBL".into();
            unit.ready = None;
            unit.sponsor = (position == 1).then(|| "S1".into());
            continue;
        }
        unit.urgency = i64::try_from(position * 7 % 11).expect("less than 11");
        unit.show_probability = show_probability(&unit.persons[0].category);
        let to = departures[position * 5 % departures.len()].clone();
        unit.preferences =
            [(to, 3), ("DOH".into(), 1), ("TIA".into(), -1)].into_iter().take(position % 4).collect();
        vary(position, unit, &mut last_id);
    }
}

/// 19 of 44 citizens who were offered a seat took it, 21 of 30 residents (F-15, F-16); the rest [A].
fn show_probability(category: &str) -> f64 {
    match category {
        "us_citizen" => 0.45,
        "lpr" => 0.65,
        _ => 0.9,
    }
}

/// What few units have: one of sixteen each.
fn vary(position: usize, unit: &mut Unit, last_id: &mut usize) {
    let last = unit.persons.len() - 1;
    match position % UNITS {
        3 => unit.extra_seats = 1,
        4 => unit.latest = Some(hours(Instant::start_of(today().plus_days(9)), 12)),
        5 => unit.persons[0].mobility = Mobility::Stretcher,
        6 => unit.ready = Some(hours(Instant::start_of(today()), -5 * 24)),
        7 => unit.anchor = Some(unit.persons[last].id.clone()),
        8 => unit.persons[0].mass_kg = Some(104),
        9 => unit.persons[0].category = "other".into(),
        10 => unit.persons.push(infant_in_a_seat(&unit.persons[last], last_id)),
        11 => expire(unit),
        12 => unit.persons[0].mobility = Mobility::Wchc,
        _ => {}
    }
}

fn infant_in_a_seat(like: &Person, last_id: &mut usize) -> Person {
    *last_id += 1;
    Person { id: person_id(*last_id), age: 1.3, own_seat: true, tags: Vec::new(), ..like.clone() }
}

/// Papers that end within the year, some of them too soon for a departure that asks for 90 days.
fn expire(unit: &mut Unit) {
    for (position, person) in (0..).zip(&mut unit.persons) {
        for (_, expiry) in &mut person.documents.0 {
            *expiry = Expiry(Some(today().plus_days(60 + 40 * position).to_string()));
        }
    }
}

/// The three units of the first departure: citizens with a lap infant, a mother and daughter, and two minors
/// who are tied to them.
fn travellers(position: usize, first_id: &str, last_id: &mut usize) -> Vec<Person> {
    let all: &[(&str, f64, Sex)] = match position {
        0 => &[("us_citizen", 34.0, Sex::Female), ("lpr", 38.0, Sex::Male), ("us_citizen", 0.5, Sex::Female)],
        1 => &[("visa_eligible", 40.0, Sex::Female), ("visa_eligible", 12.0, Sex::Female)],
        _ => &[("visa_eligible", 16.0, Sex::Female), ("visa_eligible", 14.0, Sex::Male)],
    };
    let mut ids = std::iter::once(first_id.to_owned()).chain(std::iter::from_fn(|| {
        *last_id += 1;
        Some(person_id(*last_id))
    }));
    let mut traveller = |&(category, age, sex): &(&str, f64, Sex)| Person {
        id: ids.next().expect("there is always another id"),
        category: category.into(),
        age,
        sex: Some(sex),
        vetting: Vetting::GovernmentMatched,
        documents: valid_passport(category),
        tags: strings(&["cleared"]),
        ..Person::default()
    };
    all.iter().map(&mut traveller).collect()
}

fn valid_passport(category: &str) -> Map<Expiry> {
    let passport = if category == "us_citizen" { "us_passport" } else { "passport" };
    Map(vec![
        (passport.into(), Expiry(Some("2026-05-31".into()))),
        ("birth_certificate".into(), Expiry(None)),
    ])
}

/// The minors with mother and daughter; of every 24 further units a few neighbours.
fn links(units: &[Unit]) -> Vec<Link> {
    let tie =
        |kind, tied: &[usize]| Link { kind, units: tied.iter().map(|&u| units[u].id.clone()).collect() };
    let mut links = vec![tie(LinkKind::SameDeparture, &[1, 2]), tie(LinkKind::Apart, &[0, 13])];
    for u in (3..units.len()).step_by(24).filter(|u| u + 10 < units.len()) {
        links.push(tie(LinkKind::AllOrNone, &[u + 4, u + 5]));
        links.push(tie(LinkKind::AtMostOne, &[u + 6, u + 7, u + 8]));
    }
    links
}

fn pin(unit: &Unit, departure: &Departure) -> Pin {
    Pin { unit: unit.id.clone(), departure: departure.id.clone() }
}

fn exclusions(scenario: &Scenario) -> Vec<Exclusion> {
    let exclusion = |u: usize, d: Option<usize>| Exclusion {
        unit: scenario.units[u].id.clone(),
        departure: d.map(|d| scenario.departures[d].id.clone()),
    };
    vec![exclusion(14, Some(0)), exclusion(14, Some(3)), exclusion(15, None)]
}

fn quotas(scenario: &Scenario, people: i64) -> Vec<Quota> {
    let named = |name: &str, count: Filter| Quota { name: name.into(), count, ..Quota::default() };
    let host = vec![scenario.departures[0].id.clone()];
    let first = Filter { unit: Some(vec![scenario.units[0].id.clone()]), ..Filter::default() };
    let kabul = Filter { location: Some(strings(&["KBL", "JAA"])), ..Filter::default() };
    let women = Filter { sex: Some(vec![Sex::Female]), ..Filter::default() };
    let children = Filter { min_age: Some(2.0), max_age: Some(17.5), ..Filter::default() };
    let immobile = Filter { mobility: Some(vec![Mobility::Wchc, Mobility::Stretcher]), ..Filter::default() };
    let checked = Filter {
        sponsor: Some(strings(&["S1"])),
        min_vetting: Some(Vetting::SelfDeclared),
        ..Filter::default()
    };
    vec![
        Quota { min_percent: Some(30), ..named("women and girls", women) },
        Quota { min: Some(2), ..named("children", children) },
        Quota { max: Some(people / 5 + 4), ..named("sponsor S1, declared", checked) },
        Quota {
            among: Some(kabul),
            departures: Some(host),
            max_percent: Some(40),
            ..named("immobile from Kabul", immobile)
        },
        Quota { among: Some(first.clone()), min_percent: Some(100), ..named("the first family", first) },
    ]
}

fn policy() -> Policy {
    let category = |id: &str| Filter { category: Some(strings(&[id])), ..Filter::default() };
    let level = |name: &str| Level { name: name.into(), ..Level::default() };
    let more = |name: &str, measure| Level { maximize: Some(measure), ..level(name) };
    let less = |name: &str, measure| Level { minimize: Some(measure), ..level(name) };
    let levels = vec![
        Level { filter: Some(category("us_citizen")), ..more("citizens", Measure::Persons) },
        Level { filter: Some(category("lpr")), tolerance: 2, ..more("residents", Measure::Persons) },
        Level { weights: Some(care()), ..more("care", Measure::Weighted) },
        more("everyone", Measure::Persons),
        more("urgency", Measure::Urgency),
        less("cost", Measure::Cost),
        more("wishes", Measure::Preference),
        less("days", Measure::PersonDays),
        Level { seed: Some(7), ..more("draw", Measure::Lottery) },
    ];
    Policy { mixed_status: MixedStatus::BestMember, levels: Some(levels) }
}

fn care() -> Vec<Weight> {
    let weight = |filter, weight| Weight { filter: Some(filter), weight };
    let pregnant = Filter { tag: Some(strings(&["pregnant", "judge"])), ..Filter::default() };
    let young = Filter { max_age: Some(5.0), ..Filter::default() };
    let old = Filter { min_age: Some(65.0), ..Filter::default() };
    vec![weight(pregnant, 3), weight(young, 2), weight(old, 2), Weight { filter: None, weight: 1 }]
}
