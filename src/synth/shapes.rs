//! Shapes that make an optimum hard to prove: parity, small aircraft, wheelchairs, one pool, no singles.

use super::people::person_id;
use super::trips::Fleet;
use super::{Shape, persons};
use crate::draw::Draw;
use crate::scenario::Instant;
use crate::scenario::format::{Departure, Mobility, Person, Unit, Vetting};

/// Whether crossings, which have no laps and so another parity, would spoil the shape.
pub(super) const fn fleet(shape: Shape) -> Fleet {
    match shape {
        Shape::Even | Shape::Small | Shape::Pool => Fleet::Flights,
        Shape::Wheelchairs | Shape::NoSingles => Fleet::Mixed,
    }
}

/// Gives the families the shape.
pub(super) fn units(shape: Shape, units: &mut [Unit], draw: &mut Draw) {
    let mut last_id = persons(units);
    for unit in units {
        match shape {
            Shape::Even => grow(unit, seats(unit) + seats(unit) % 2, &mut last_id),
            Shape::Small => grow(unit, draw.pick(&[3, 4, 5, 6, 7]), &mut last_id),
            Shape::NoSingles => grow(unit, 3, &mut last_id),
            Shape::Wheelchairs if draw.chance(250) => unit.persons[0].mobility = Mobility::Wchc,
            Shape::Wheelchairs => {}
            Shape::Pool => gather(unit),
        }
    }
}

/// Gives the departures the shape.
pub(super) fn departures(shape: Shape, departures: &mut [Departure], draw: &mut Draw) {
    for departure in departures {
        match shape {
            Shape::Even => departure.seats = departure.seats / 2 * 2 + 1,
            Shape::Small => shrink(departure, draw),
            Shape::Pool => open(departure),
            Shape::Wheelchairs | Shape::NoSingles => {}
        }
    }
}

/// Seats on a flight.
fn seats(unit: &Unit) -> usize {
    let infants = unit.persons.iter().filter(|person| person.age < 2.0).count();
    let adults = unit.persons.iter().filter(|person| person.age >= 18.0).count();
    unit.persons.len() - infants.min(adults)
}

/// Adds children until the unit takes `least` seats.
fn grow(unit: &mut Unit, least: usize, last_id: &mut usize) {
    for _ in seats(unit)..least {
        *last_id += 1;
        let like = unit.persons.last().expect("a unit has a person").clone();
        let tags = Vec::new();
        let child = Person { id: person_id(*last_id), age: 9.0, mobility: Mobility::None, tags, ..like };
        unit.persons.push(child);
    }
}

fn gather(unit: &mut Unit) {
    unit.location = "KBL".into();
    unit.ready = None;
    for person in &mut unit.persons {
        if person.vetting == Vetting::Refused {
            person.vetting = Vetting::Unverified;
        }
    }
}

fn shrink(departure: &mut Departure, draw: &mut Draw) {
    departure.seats = draw.pick(&[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    departure.lap_infants = Some(2);
    departure.wheelchairs = Some(1);
}

fn open(departure: &mut Departure) {
    departure.from = "KBL".into();
    departure.documents.clear();
    departure.vetting = None;
    departure.sponsors_only = None;
    let last_day = super::day(super::AIRLIFT).plus_days(super::trips::DAYS - 1);
    let departs = Instant::start_of(last_day).plus_seconds(12 * super::trips::HOUR);
    departure.departs = departs.to_string();
    departure.arrives = Some(departs.plus_seconds(4 * super::trips::HOUR).to_string());
}
