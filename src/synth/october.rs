//! The second week of October 2021. By the 7th, 105 citizens and 95 residents had been helped out; dozens of
//! citizens, thousands of residents and thousands of Afghans believed to be eligible for a visa were not
//! (F-6, F-7). What could move them: Qatar's flights from Kabul, charters from Mazar, two border crossings.
//!
//! The departures follow what flew that month or was waiting to. The families are drawn; six of them are
//! written out, because the planner has a link or a pin for them.

use super::people::{People, Setting, Status};
use super::trips::{self, HOUR, any_paper, charter, close, site, slot};
use super::{persons, strings};
use crate::scenario::Instant;
use crate::scenario::format::{
    Allotment, Departure, Expiry, Filter, Link, LinkKind, Mobility, Occupied, Person, Pin, Place, Quota,
    Scenario, Sex, Unit, Vetting, VettingRule,
};

const TODAY: &str = "2021-10-08";
const FAMILIES: usize = 880;

/// Of a thousand families 35 are those of citizens: some 70 citizens, the "dozens" of F-7.
const SETTING: Setting = Setting {
    today: TODAY,
    days: 12,
    ready: 350,
    origins: &[("KBL", 600), ("MZR", 190), ("KDH", 90), ("JAA", 70), ("HEA", 30), ("UND", 20)],
    mix: &[(Status::Citizen, 35), (Status::Resident, 165), (Status::Visa, 550), (Status::AtRisk, 250)],
    sponsors: &[("", 450), ("S1", 180), ("S2", 150), ("S3", 120), ("S4", 100)],
};

/// The scenario of that week.
pub(super) fn scenario(seed: u64) -> Scenario {
    let mut units = People::new(&SETTING, seed).units(FAMILIES);
    let first = units.len();
    units.extend(written_out(persons(&units)));
    let id = |position: usize| units[first + position].id.clone();
    let tie =
        |kind, tied: &[usize]| Link { kind, units: tied.iter().map(|&position| id(position)).collect() };
    let links = vec![
        tie(LinkKind::SameDeparture, &[1, 2]),
        tie(LinkKind::AllOrNone, &[3, 4]),
        tie(LinkKind::AtMostOne, &[4, 5]),
    ];
    let pins = vec![Pin { unit: id(0), departure: "D06".into() }];
    Scenario {
        name: "October 2021".into(),
        description:
            "Synthetic people in published circumstances: Kabul, Mazar and two crossings, October 2021."
                .into(),
        as_of: "2021-10-08T06:00:00Z".into(),
        places: places(),
        routes: trips::routes(),
        departures: departures(),
        units,
        links,
        pins,
        quotas: vec![women_and_girls()],
        budget_usd: Some(800_000),
        ..Scenario::default()
    }
}

fn places() -> Vec<Place> {
    let mut places = trips::places();
    // Beds for those who pass through Doha; the stay is [A]. Flights onward had resumed on the 5th (F-44).
    site(&mut places, "DOH", 420, 7);
    let doha = places.iter_mut().find(|place| place.id == "DOH").expect("Doha is a place");
    doha.occupied = [("2021-10-12", 240), ("2021-10-19", 110)]
        .map(|(until, persons)| Occupied { until: until.into(), persons })
        .to_vec();
    site(&mut places, "AUH", 1500, 14);
    // Concrete blocks from 4 October, without notice (F-80); until when was not known.
    close(&mut places, "CHAMAN", "2021-10-04", "2021-10-18");
    places
}

fn departures() -> Vec<Departure> {
    qatar().into_iter().chain(charters()).chain(crossings()).collect()
}

/// Kabul to Doha: valid papers for everybody (F-19); D06 carried 353 (F-39).
fn qatar() -> Vec<Departure> {
    let doha = |id, departs, seats| Departure {
        documents: trips::travel(),
        vetting: Some(at_least(Vetting::GovernmentMatched, 10)),
        reports_by: Some(before(departs, 5)),
        ..charter(id, "KBL", "DOH", departs, seats)
    };
    let first = doha("D01", "2021-10-10T09:30:00Z", 200);
    let second = doha("D06", "2021-10-17T09:30:00Z", 353);
    let third = doha("D09", "2021-10-24T09:30:00Z", 353);
    vec![
        // The host authority keeps seats for itself.
        Departure { blocked_seats: 20, ..first },
        Departure {
            stretchers: Some(1),
            seats_per_stretcher: 9,
            allotments: vec![
                Allotment { sponsor: "S2".into(), seats: 60, release: Some("2021-10-14T00:00:00Z".into()) },
                Allotment { sponsor: "S4".into(), seats: 20, release: Some("2021-10-07T00:00:00Z".into()) },
            ],
            ..second
        },
        Departure { cancel_probability: 0.4, blocked_seats: 30, ..third },
    ]
}

/// Charters: 346 and 143 seats (F-55), each paid by a group (F-25, F-29, F-58), 750,000 dollars for a larger
/// one (F-24). Two are on offer and not yet paid for; the money is enough for one.
fn charters() -> Vec<Departure> {
    let mazar = charter("D03", "MZR", "XJD", "2021-10-12T06:00:00Z", 346);
    let small = charter("D05", "MZR", "AUH", "2021-10-15T06:00:00Z", 143);
    let large = charter("D08", "KBL", "AUH", "2021-10-21T07:00:00Z", 346);
    let pakistan = charter("D04", "KBL", "ISB", "2021-10-14T08:00:00Z", 160);
    vec![
        Departure {
            sponsors_only: Some(strings(&["S1", "S3"])),
            vetting: Some(at_least(Vetting::GroupChecked, 0)),
            documents: trips::travel(),
            cancel_probability: 0.3,
            ..mazar
        },
        Departure {
            committed: false,
            cost_usd: 420_000,
            min_load: 70,
            documents: any_paper(),
            vetting: Some(at_least(Vetting::GroupChecked, 6)),
            ..small
        },
        Departure {
            committed: false,
            cost_usd: 750_000,
            min_load: 200,
            vetting: Some(at_least(Vetting::GovernmentMatched, 0)),
            documents: trips::travel(),
            ..large
        },
        Departure { documents: trips::alternatives(&["passport pk_visa", "us_passport"]), ..pakistan },
    ]
}

/// Torkham with valid documents (F-72), Spin Boldak with an identity card (F-78), each as large a slot as a
/// reception party can take [A; 500 and 300 per opening in F-83].
fn crossings() -> Vec<Departure> {
    let torkham = |id, departs| Departure {
        documents: trips::alternatives(&["passport pk_visa", "us_passport"]),
        reports_by: Some(before(departs, 12)),
        ..slot(id, "TORKHAM", "LANDI_KOTAL", departs, 120)
    };
    let spin_boldak = |id, departs| Departure {
        documents: any_paper(),
        admits_any: Some(strings(&["us_citizen", "lpr", "visa_eligible"])),
        ..slot(id, "SPIN_BOLDAK", "CHAMAN", departs, 80)
    };
    vec![
        torkham("D02", "2021-10-12T04:00:00Z"),
        spin_boldak("D07", "2021-10-18T05:00:00Z"),
        torkham("D10", "2021-10-19T04:00:00Z"),
        spin_boldak("D11", "2021-10-21T05:00:00Z"),
    ]
}

const fn at_least(min: Vetting, exceptions: i64) -> VettingRule {
    VettingRule { min, exceptions }
}

fn before(instant: &str, hours: i64) -> String {
    Instant::parse(instant).expect("an instant of ours").plus_seconds(-hours * HOUR).to_string()
}

fn women_and_girls() -> Quota {
    let count = Filter { sex: Some(vec![Sex::Female]), ..Filter::default() };
    Quota { name: "women and girls".into(), count, min_percent: Some(45), ..Quota::default() }
}

/// A stretcher patient with her daughter; two children and the aunt whom they travel with; two brothers'
/// families who leave no one behind, the second of whom stands on a further group's list as well.
fn written_out(mut persons: usize) -> Vec<Unit> {
    use Sex::{Female, Male};
    let mut family = |position: usize, category: &str, members: &[(f64, Sex)]| {
        let people = members.iter().map(|&(age, sex)| {
            persons += 1;
            person(super::people::person_id(persons), category, age, sex)
        });
        Unit {
            persons: people.collect(),
            id: super::people::unit_id(FAMILIES + position),
            location: "KBL".into(),
            ..Unit::default()
        }
    };
    let mut patient = family(1, "lpr", &[(61.0, Female), (33.0, Female)]);
    patient.persons[0].mobility = Mobility::Stretcher;
    let children = family(2, "lpr", &[(15.0, Female), (11.0, Male)]);
    let aunt = family(3, "visa_eligible", &[(36.0, Female), (8.0, Female)]);
    let brothers: &[(f64, Sex)] = &[(41.0, Male), (35.0, Female), (9.0, Male), (1.3, Female)];
    let elder = family(4, "visa_eligible", brothers);
    let younger = family(5, "visa_eligible", &brothers[..2]);
    let again = Unit { sponsor: Some("S2".into()), ..family(6, "visa_eligible", &brothers[..2]) };
    vec![patient, children, aunt, elder, younger, again]
}

fn person(id: String, category: &str, age: f64, sex: Sex) -> Person {
    let documents = [("passport".to_owned(), Expiry(Some("2024-03-20".into())))].into_iter().collect();
    let vetting = Vetting::GovernmentMatched;
    Person { id, category: category.into(), age, sex: Some(sex), vetting, documents, ..Person::default() }
}
