//! Places, the roads between them, and what leaves from them.

use crate::draw::Draw;
use crate::scenario::format::{Closed, Departure, DepartureKind, Place, Route, Vetting, VettingRule};
use crate::scenario::{Date, Instant};

/// The length of the airlift of August 2021 in days (F-2).
pub(super) const DAYS: i64 = 17;

/// Cities, crossings and sites: id, name, country.
const PLACES: [(&str, &str, &str); 17] = [
    ("KBL", "Kabul", "AF"),
    ("MZR", "Mazar-i-Sharif", "AF"),
    ("HEA", "Herat", "AF"),
    ("KDH", "Kandahar", "AF"),
    ("JAA", "Jalalabad", "AF"),
    ("UND", "Kunduz", "AF"),
    ("TORKHAM", "Torkham", "AF"),
    ("SPIN_BOLDAK", "Spin Boldak", "AF"),
    ("HAIRATAN", "Hairatan", "AF"),
    ("TERMEZ", "Termez, beyond Hairatan", "UZ"),
    ("LANDI_KOTAL", "Landi Kotal, beyond Torkham", "PK"),
    ("CHAMAN", "Chaman, beyond Spin Boldak", "PK"),
    ("DOH", "Doha", "QA"),
    ("XJD", "Al Udeid", "QA"),
    ("AUH", "Abu Dhabi", "AE"),
    ("ISB", "Islamabad", "PK"),
    ("TIA", "Tirana", "AL"),
];

/// By road, checkpoints included, in hours [A; F-84 has more than twenty checkpoints on one way].
const ROADS: [(&str, &str, f64); 16] = [
    ("KBL", "JAA", 6.0),
    ("KBL", "MZR", 18.0),
    ("KBL", "KDH", 20.0),
    ("KBL", "HEA", 36.0),
    ("KBL", "UND", 16.0),
    ("KBL", "TORKHAM", 10.0),
    ("KBL", "SPIN_BOLDAK", 26.0),
    ("JAA", "TORKHAM", 3.0),
    ("MZR", "UND", 8.0),
    ("MZR", "TORKHAM", 30.0),
    ("MZR", "HAIRATAN", 3.0),
    ("MZR", "HEA", 30.0),
    ("HEA", "KDH", 20.0),
    ("HEA", "SPIN_BOLDAK", 24.0),
    ("KDH", "SPIN_BOLDAK", 4.5),
    ("UND", "JAA", 20.0),
];

/// All places.
pub(super) fn places() -> Vec<Place> {
    let place = |(id, name, country): (&str, &str, &str)| Place {
        id: id.into(),
        name: name.into(),
        country: country.into(),
        ..Place::default()
    };
    Vec::from(PLACES.map(place))
}

/// A transit site: its beds, and for how many days an arrival takes one.
pub(super) fn site(places: &mut [Place], id: &str, beds: i64, dwell_days: i64) {
    let place = named(places, id);
    place.beds = Some(beds);
    place.dwell_days = dwell_days;
}

/// Nothing arrives at `id` from one date to another, both included.
pub(super) fn close(places: &mut [Place], id: &str, from: &str, to: &str) {
    named(places, id).closed.push(Closed { from: from.into(), to: to.into() });
}

fn named<'p>(places: &'p mut [Place], id: &str) -> &'p mut Place {
    places.iter_mut().find(|place| place.id == id).expect("a place of ours")
}

/// All roads.
pub(super) fn routes() -> Vec<Route> {
    Vec::from(ROADS.map(|(from, to, hours)| Route {
        from: from.into(),
        to: to.into(),
        hours,
        one_way: false,
    }))
}

/// What leaves, and how much of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fleet {
    /// Four flights to one crossing slot.
    Mixed,
    /// Flights alone.
    Flights,
}

/// `count` departures over [`DAYS`] days from `today` with about `seats` seats, in order of time.
pub(super) fn departures(
    draw: &mut Draw,
    fleet: Fleet,
    count: usize,
    seats: usize,
    today: Date,
) -> Vec<Departure> {
    let flights = if fleet == Fleet::Flights { count } else { (count * 4 / 5).max(1) };
    let mut all: Vec<(Instant, Departure)> = (0..count)
        .map(|position| if position < flights { flight(draw, today) } else { crossing(draw, today) })
        .collect();
    scale(&mut all, seats);
    all.sort_by_key(|(departs, _)| *departs);
    (1..).zip(all).map(|(number, (_, departure))| numbered(number, departure)).collect()
}

fn numbered(number: usize, departure: Departure) -> Departure {
    Departure { id: format!("D{number:03}"), ..limited(departure) }
}

/// Seats of the aircraft types seen (F-55, F-12), to be scaled.
const AIRCRAFT: &[i64] = &[114, 143, 150, 180, 220, 320, 346, 354];

fn flight(draw: &mut Draw, today: Date) -> (Instant, Departure) {
    let departs = moment(draw, today);
    let from = draw.weighted(&[("KBL", 550), ("MZR", 200), ("KDH", 125), ("HEA", 125)]);
    let to = draw.weighted(&[("DOH", 500), ("AUH", 250), ("ISB", 150), ("TIA", 100)]);
    let departure = Departure {
        from: from.into(),
        to: to.into(),
        departs: departs.to_string(),
        arrives: Some(departs.plus_seconds(4 * HOUR).to_string()),
        seats: draw.pick(AIRCRAFT),
        documents: flight_documents(draw),
        vetting: vetting(draw),
        // Charters were paid by groups with lists of their own (F-25, F-29, F-58).
        sponsors_only: draw.chance(150).then(|| vec![draw.pick(&SPONSORS).into()]),
        ..Departure::default()
    };
    (departs, departure)
}

/// The slots of one opening were 500 at Torkham and 300 at Spin Boldak in 2020 (F-83), scaled down here.
fn crossing(draw: &mut Draw, today: Date) -> (Instant, Departure) {
    let departs = moment(draw, today);
    let torkham = draw.chance(600);
    let (from, to, seats) =
        if torkham { ("TORKHAM", "LANDI_KOTAL", 70) } else { ("SPIN_BOLDAK", "CHAMAN", 42) };
    let documents = if torkham { alternatives(&["passport pk_visa", "us_passport"]) } else { any_paper() };
    let departure = Departure {
        kind: DepartureKind::BorderCrossing,
        from: from.into(),
        to: to.into(),
        departs: departs.to_string(),
        seats,
        documents,
        ..Departure::default()
    };
    (departs, departure)
}

/// The groups that put families forward.
pub(super) const SPONSORS: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];

/// Seconds of an hour.
pub(super) const HOUR: i64 = 3600;

/// A full hour of daylight (no lights in Kabul: F-53) on one of the days after the first.
fn moment(draw: &mut Draw, today: Date) -> Instant {
    let day = i64::try_from(draw.between(1, 16)).expect("at most 16");
    let hour = i64::try_from(draw.between(2, 13)).expect("at most 13");
    Instant::start_of(today.plus_days(day)).plus_seconds(hour * HOUR)
}

fn flight_documents(draw: &mut Draw) -> Vec<Vec<String>> {
    match draw.below(1000) {
        0..450 => travel(),
        450..700 => any_paper(),
        _ => Vec::new(),
    }
}

/// What Doha asks (F-19): a passport of whichever state.
pub(super) fn travel() -> Vec<Vec<String>> {
    alternatives(&["passport", "us_passport"])
}

/// An identity card is enough, as it was at Spin Boldak (F-78).
pub(super) fn any_paper() -> Vec<Vec<String>> {
    alternatives(&["passport", "us_passport", "green_card", "tazkira"])
}

/// One alternative per entry, the types in it apart by blanks.
pub(super) fn alternatives(all: &[&str]) -> Vec<Vec<String>> {
    all.iter().map(|types| types.split(' ').map(str::to_owned).collect()).collect()
}

fn vetting(draw: &mut Draw) -> Option<VettingRule> {
    let min = draw.weighted(&[
        (Some(Vetting::GovernmentMatched), 300),
        (Some(Vetting::GroupChecked), 350),
        (None, 350),
    ]);
    min.map(|min| VettingRule { min, exceptions: 0 })
}

/// Scales all seats so that they add up to about `seats`.
fn scale(all: &mut [(Instant, Departure)], seats: usize) {
    let sum: i64 = all.iter().map(|(_, departure)| departure.seats).sum();
    let seats = i64::try_from(seats).expect("fewer seats than 2^63");
    for (_, departure) in all {
        departure.seats = (departure.seats * seats / sum.max(1)).max(1);
    }
}

/// A flight's limits: lap infants for 8 of a hundred seats (F-135: 10, at most 15), a wheelchair for
/// each 30 [A].
pub(super) fn limited(departure: Departure) -> Departure {
    if departure.kind == DepartureKind::BorderCrossing {
        return departure;
    }
    let seats = departure.seats;
    Departure {
        lap_infants: Some((seats * 8 / 100).max(2)),
        wheelchairs: Some((seats / 30).max(1)),
        ..departure
    }
}

/// A flight of four hours with an aircraft's usual limits.
pub(super) fn charter(id: &str, from: &str, to: &str, departs: &str, seats: i64) -> Departure {
    let leaves = Instant::parse(departs).expect("an instant of ours");
    limited(Departure {
        id: id.into(),
        from: from.into(),
        to: to.into(),
        departs: departs.into(),
        arrives: Some(leaves.plus_seconds(4 * HOUR).to_string()),
        seats,
        ..Departure::default()
    })
}

/// So many persons over a border.
pub(super) fn slot(id: &str, from: &str, to: &str, departs: &str, persons: i64) -> Departure {
    Departure {
        id: id.into(),
        kind: DepartureKind::BorderCrossing,
        from: from.into(),
        to: to.into(),
        departs: departs.into(),
        seats: persons,
        ..Departure::default()
    }
}
