//! The standstill at Mazar-i-Sharif, September 2021: some 1,200 people in hotels and houses, six aircraft
//! for eight flights (F-5, F-8, F-9, F-58), and what kept them on the ground. Which date failed for which
//! reason is made up; the reasons are not.

use super::people::{People, Setting, Status};
use super::trips::{self, charter, close, site, slot};
use crate::scenario::Instant;
use crate::scenario::format::{Departure, Occupied, Scenario, Vetting, VettingRule};

const TODAY: &str = "2021-09-13";

/// Three sponsors with aircraft of their own, and a few families in Kabul. 142 citizens were known (F-58).
const SETTING: Setting = Setting {
    today: TODAY,
    days: 7,
    ready: 700,
    origins: &[("MZR", 900), ("KBL", 70), ("UND", 30)],
    mix: &[(Status::Citizen, 170), (Status::Resident, 120), (Status::Visa, 380), (Status::AtRisk, 330)],
    sponsors: &[("S1", 500), ("S2", 250), ("S3", 150), ("", 100)],
};

/// The scenario of that month.
pub(super) fn scenario(seed: u64) -> Scenario {
    let units = People::new(&SETTING, seed).until(1200);
    let mut places = trips::places();
    // F-60: no independent charter may land at Al Udeid. F-42, F-44: flights onward pause until 5 October,
    // so that beds in Doha empty slowly.
    close(&mut places, "XJD", "2021-08-31", "2021-10-05");
    site(&mut places, "DOH", 560, 14);
    let doha = places.iter_mut().find(|place| place.id == "DOH").expect("Doha is a place");
    doha.occupied = vec![Occupied { until: "2021-10-05".into(), persons: 140 }];
    site(&mut places, "TIA", 200, 30);
    Scenario {
        name: "standstill at Mazar-i-Sharif, September 2021".into(),
        description:
            "Synthetic people: six aircraft, eight flights, two crossings, and few of them may leave.".into(),
        as_of: Instant::start_of(super::day(TODAY)).to_string(),
        places,
        routes: trips::routes(),
        departures: flights().into_iter().chain(crossings()).collect(),
        units,
        ..Scenario::default()
    }
}

/// Two aircraft of 346 seats and four of 143, two of which fly twice (F-55, F-58).
fn flights() -> Vec<Departure> {
    let sponsored = |sponsor: &str, departure: Departure| Departure {
        documents: trips::travel(),
        sponsors_only: Some(super::strings(&[sponsor])),
        ..departure
    };
    let first = sponsored("S1", charter("D001", "MZR", "XJD", "2021-09-15T06:00:00Z", 346));
    let second = sponsored("S1", charter("D002", "MZR", "XJD", "2021-09-15T09:00:00Z", 346));
    let third = sponsored("S2", charter("D003", "MZR", "DOH", "2021-09-16T06:00:00Z", 143));
    let fourth = sponsored("S2", charter("D004", "MZR", "DOH", "2021-09-17T06:00:00Z", 143));
    let fifth = charter("D005", "MZR", "TIA", "2021-09-22T05:00:00Z", 143);
    let sixth = sponsored("S1", charter("D006", "MZR", "DOH", "2021-09-28T06:00:00Z", 143));
    let seventh = charter("D007", "MZR", "DOH", "2021-10-01T06:00:00Z", 143);
    let eighth = sponsored("S3", charter("D008", "MZR", "AUH", "2021-10-03T06:00:00Z", 143));
    vec![
        Departure { cost_usd: 750_000, ..first },
        Departure { cost_usd: 750_000, ..second },
        Departure { cancelled: true, ..third },
        // Nobody at the airport to verify the list: it closed before it was complete (F-9).
        Departure { manifest_closes: Some("2021-09-12T18:00:00Z".into()), ..fourth },
        Departure {
            documents: trips::any_paper(),
            vetting: Some(at_least(Vetting::GroupChecked, 6)),
            ..fifth
        },
        Departure {
            vetting: Some(at_least(Vetting::GovernmentMatched, 8)),
            reports_by: Some("2021-09-28T01:00:00Z".into()),
            blocked_seats: 13,
            ..sixth
        },
        Departure {
            documents: trips::travel(),
            vetting: Some(at_least(Vetting::GovernmentMatched, 0)),
            admits_any: Some(super::strings(&["us_citizen", "lpr"])),
            document_validity_days: 30,
            ..seventh
        },
        Departure { cancelled: true, ..eighth },
    ]
}

/// Uzbekistan was closed to Afghans but offered Americans transit (F-81, F-82); Torkham asked for valid
/// documents (F-72, F-78).
fn crossings() -> [Departure; 2] {
    let hairatan = slot("D009", "HAIRATAN", "TERMEZ", "2021-09-21T04:00:00Z", 40);
    let torkham = slot("D010", "TORKHAM", "LANDI_KOTAL", "2021-09-24T04:00:00Z", 60);
    [
        Departure { admits_all: Some(super::strings(&["us_citizen"])), ..hairatan },
        Departure { documents: trips::alternatives(&["passport pk_visa", "us_passport"]), ..torkham },
    ]
}

const fn at_least(min: Vetting, exceptions: i64) -> VettingRule {
    VettingRule { min, exceptions }
}
