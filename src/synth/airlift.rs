//! The airlift from Kabul, 14 to 30 August 2021: 124,000 people, 778 flights of which 387 military (F-3),
//! 17 days, and transit sites that fill (F-40, F-41, F-67, F-75).

use super::people::{People, Setting, Status};
use super::trips::{self, HOUR, charter, close, site};
use crate::draw::Draw;
use crate::scenario::Instant;
use crate::scenario::format::{Departure, Place, Scenario, Vetting, VettingRule};

const PEOPLE: usize = 124_000;
const FLIGHTS: usize = 778;
const MILITARY: usize = 387;

/// The other nations flew half of the flights, each for families of its own list first.
const NATIONS: [&str; 8] = ["N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8"];

/// Nine of ten are in Kabul already; arrivals in the US were 11, 6 and 83 in a hundred (F-42).
const SETTING: Setting = Setting {
    today: super::AIRLIFT,
    days: trips::DAYS,
    ready: 160,
    origins: &[("KBL", 900), ("JAA", 30), ("MZR", 25), ("KDH", 20), ("HEA", 15), ("UND", 10)],
    mix: &[(Status::Citizen, 90), (Status::Resident, 60), (Status::Visa, 450), (Status::AtRisk, 400)],
    sponsors: &[
        ("", 600),
        ("N1", 100),
        ("N2", 60),
        ("N3", 60),
        ("N4", 50),
        ("N5", 40),
        ("N6", 40),
        ("N7", 30),
        ("N8", 20),
    ],
};

/// The scenario of those days.
pub(super) fn scenario(seed: u64) -> Scenario {
    let mut draw = Draw::new(super::PURPOSE, seed, "airlift");
    let departures = (0..FLIGHTS).map(|number| flight(&mut draw, number)).collect();
    Scenario {
        name: "airlift from Kabul, August 2021".into(),
        description: "Synthetic people in published numbers: 124,000 of them, 778 flights, 17 days.".into(),
        as_of: super::start(super::AIRLIFT),
        places: places(),
        routes: trips::routes(),
        departures,
        units: People::new(&SETTING, seed).until(PEOPLE),
        ..Scenario::default()
    }
}

/// Kabul's flights were halted for a day when Al Udeid was full (F-41). Days of stay are [A].
fn places() -> Vec<Place> {
    let abroad = [("RMS", "Ramstein", "DE"), ("KWI", "Kuwait", "KW")];
    let mut places = trips::places();
    places.extend(abroad.map(|(id, name, country)| Place {
        id: id.into(),
        name: name.into(),
        country: country.into(),
        ..Place::default()
    }));
    site(&mut places, "XJD", 17_500, 4);
    site(&mut places, "AUH", 8_500, 6);
    site(&mut places, "RMS", 12_000, 7);
    site(&mut places, "KWI", 6_000, 4);
    site(&mut places, "ISB", 4_000, 14);
    close(&mut places, "XJD", "2021-08-20", "2021-08-20");
    places
}

/// The flights leave evenly over the days, two of them an hour.
fn flight(draw: &mut Draw, number: usize) -> Departure {
    let hour = i64::try_from(number * 16 * 24 / FLIGHTS).expect("less than 17 days") + 8;
    let departs = Instant::start_of(super::day(super::AIRLIFT)).plus_seconds(hour * HOUR).to_string();
    let id = format!("D{:03}", number + 1);
    if number * MILITARY / FLIGHTS < (number + 1) * MILITARY / FLIGHTS {
        military(draw, &id, &departs)
    } else {
        coalition(draw, &id, &departs)
    }
}

/// A transport aircraft with seats or with straps on the floor (F-1, F-2). At the gate a blue passport or a
/// green card was enough, so some flights are kept for these and their families.
fn military(draw: &mut Draw, id: &str, departs: &str) -> Departure {
    let seats = draw.pick(&[102, 188, 188, 188, 240, 336]);
    let to = draw.weighted(&[("XJD", 500), ("RMS", 200), ("KWI", 200), ("AUH", 100)]);
    let own = draw.chance(150).then(|| super::strings(&["us_citizen", "lpr"]));
    Departure {
        documents: if draw.chance(300) { trips::any_paper() } else { Vec::new() },
        admits_any: own,
        // On the floor nobody counts laps.
        lap_infants: None,
        ..charter(id, "KBL", to, departs, seats)
    }
}

/// An aircraft of another nation, most of them for that nation's list (163 people each on the peak day).
fn coalition(draw: &mut Draw, id: &str, departs: &str) -> Departure {
    let seats = draw.pick(&[70, 114, 143, 180, 220, 280]);
    let to = draw.weighted(&[("AUH", 350), ("ISB", 250), ("DOH", 250), ("TIA", 150)]);
    let checked = VettingRule { min: Vetting::SelfDeclared, exceptions: 5 };
    Departure {
        documents: if draw.chance(500) { trips::any_paper() } else { Vec::new() },
        vetting: draw.chance(400).then_some(checked),
        sponsors_only: draw.chance(700).then(|| vec![draw.pick(&NATIONS).into()]),
        ..charter(id, "KBL", to, departs, seats)
    }
}
