//! What a unit takes of a departure.

use crate::certificate::Resource;
use crate::rule::Rule;
use crate::scenario::{Departure, DepartureKind, FamilyUnit, Mobility, Person, Sex};

/// What is taken of a departure, by one unit or by all aboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Take {
    pub(super) persons: i128,
    pub(super) seats: i128,
    pub(super) lap_infants: i128,
    pub(super) wheelchairs: i128,
    pub(super) stretchers: i128,
    pub(super) mass_kg: i128,
    pub(super) below_vetting: i128,
}

/// The resources of a departure, in the order of the format's page.
pub(super) const RESOURCES: [Resource; 6] = [
    Resource::Seats,
    Resource::LapInfants,
    Resource::Wheelchairs,
    Resource::Stretchers,
    Resource::Payload,
    Resource::Vetting,
];

impl Take {
    /// How much of one resource.
    pub(super) const fn of(&self, resource: Resource) -> i128 {
        match resource {
            Resource::Seats => self.seats,
            Resource::LapInfants => self.lap_infants,
            Resource::Wheelchairs => self.wheelchairs,
            Resource::Stretchers => self.stretchers,
            Resource::Payload => self.mass_kg,
            Resource::Vetting => self.below_vetting,
        }
    }

    /// Adds what another unit takes.
    pub(super) fn add(&mut self, other: &Take) {
        self.persons += other.persons;
        self.seats += other.seats;
        self.lap_infants += other.lap_infants;
        self.wheelchairs += other.wheelchairs;
        self.stretchers += other.stretchers;
        self.mass_kg += other.mass_kg;
        self.below_vetting += other.below_vetting;
    }

    fn add_seated(&mut self, person: &Person, departure: &Departure) {
        self.seats += seats(person, departure);
        self.wheelchairs += i128::from(person.mobility == Mobility::Wchc);
        self.stretchers += i128::from(person.mobility == Mobility::Stretcher);
        self.mass_kg += i128::from(person.mass_kg.unwrap_or_else(|| standard_mass_kg(person)));
        self.mass_kg += i128::from(departure.bag_kg);
    }

    fn add_on_lap(&mut self, person: &Person) {
        self.lap_infants += 1;
        self.mass_kg += i128::from(person.mass_kg.unwrap_or(0));
    }
}

/// The most of a resource that a departure bears; `None` is unlimited.
pub(super) fn limit(departure: &Departure, resource: Resource) -> Option<i128> {
    let limit = match resource {
        Resource::Seats => Some(departure.usable_seats()),
        Resource::LapInfants => departure.lap_infants,
        Resource::Wheelchairs => departure.wheelchairs,
        Resource::Stretchers => departure.stretchers,
        Resource::Payload => departure.payload_kg,
        Resource::Vetting => departure.vetting.map(|vetting| vetting.exceptions),
    };
    limit.map(i128::from)
}

/// The rule that the limit for all aboard is named by.
pub(super) const fn rule(resource: Resource) -> Rule {
    match resource {
        Resource::Vetting => Rule::Vetting,
        Resource::Seats
        | Resource::LapInfants
        | Resource::Wheelchairs
        | Resource::Stretchers
        | Resource::Payload => fit_rule(resource),
    }
}

/// The rule that the limit is named by where a unit alone exceeds it.
pub(super) const fn fit_rule(resource: Resource) -> Rule {
    match resource {
        Resource::Seats => Rule::Seats,
        Resource::LapInfants => Rule::LapInfants,
        Resource::Wheelchairs => Rule::Wheelchairs,
        Resource::Stretchers => Rule::Stretchers,
        Resource::Payload => Rule::Payload,
        Resource::Vetting => Rule::VettingExceptions,
    }
}

/// What `unit` takes of `departure`.
pub(super) fn take(unit: &FamilyUnit, departure: &Departure) -> Take {
    let mut free_laps = laps(unit, departure);
    let mut taken = Take { seats: unit.extra_seats.into(), ..Take::default() };
    for person in &unit.persons {
        taken.persons += 1;
        taken.below_vetting += i128::from(is_below_vetting(person, departure));
        if free_laps > 0 && is_infant(person) && !person.own_seat {
            free_laps -= 1;
            taken.add_on_lap(person);
        } else {
            taken.add_seated(person, departure);
        }
    }
    taken
}

/// Adults who can hold an infant: on a flight each of the unit's, on a crossing nobody travels on a lap.
fn laps(unit: &FamilyUnit, departure: &Departure) -> usize {
    match departure.kind {
        DepartureKind::CharterFlight => unit.persons.iter().filter(|person| is_adult(person)).count(),
        DepartureKind::BorderCrossing => 0,
    }
}

/// Seats that a person not on a lap takes.
fn seats(person: &Person, departure: &Departure) -> i128 {
    match (person.mobility, departure.kind) {
        (Mobility::Stretcher, DepartureKind::CharterFlight) => departure.seats_per_stretcher.into(),
        _ => 1,
    }
}

fn standard_mass_kg(person: &Person) -> i64 {
    match person.sex {
        _ if person.age < 12.0 => 35,
        Some(Sex::Male) => 88,
        Some(Sex::Female) => 70,
        None => 84,
    }
}

/// 18 or over.
pub(super) fn is_adult(person: &Person) -> bool {
    person.age >= 18.0
}

/// Under 2.
fn is_infant(person: &Person) -> bool {
    person.age < 2.0
}

/// Whether the departure asks for more vetting than the person has.
pub(super) fn is_below_vetting(person: &Person, departure: &Departure) -> bool {
    departure.vetting.is_some_and(|asked| !person.vetting.meets(asked.min))
}
