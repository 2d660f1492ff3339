//! The charter of 28 September 2021 from Kabul to Abu Dhabi: 117 people, 59 of them children; 28 citizens,
//! 83 residents and 6 others (F-26, F-27). Its families, ages and seats are made up: with 114 seats
//! (F-55 has such an aircraft) all of them fit only because nine infants travel on laps.

use super::people::{person_id, unit_id};
use super::trips;
use crate::draw::Draw;
use crate::scenario::format::{Expiry, Map, Person, Scenario, Sex, Unit, Vetting, VettingRule};

/// A family: citizens, residents, visa holders; adults, children, and infants among the children.
/// In each family the children come last, and the citizens among them first.
type Family = [usize; 6];

const FAMILIES: [Family; 29] = [
    [4, 1, 0, 2, 3, 0],
    [3, 2, 0, 2, 3, 1],
    [5, 1, 0, 2, 4, 0],
    [2, 2, 0, 2, 2, 1],
    [4, 2, 0, 2, 4, 0],
    [1, 0, 0, 1, 0, 0],
    [3, 1, 0, 2, 2, 0],
    [2, 3, 0, 3, 2, 0],
    [1, 4, 0, 2, 3, 1],
    [3, 0, 0, 1, 2, 0],
    [0, 0, 4, 2, 2, 0],
    [0, 0, 2, 1, 1, 1],
    [0, 7, 0, 3, 4, 0],
    [0, 6, 0, 3, 3, 1],
    [0, 6, 0, 2, 4, 0],
    [0, 6, 0, 3, 3, 1],
    [0, 5, 0, 2, 3, 0],
    [0, 5, 0, 3, 2, 0],
    [0, 5, 0, 2, 3, 1],
    [0, 4, 0, 2, 2, 0],
    [0, 4, 0, 2, 2, 1],
    [0, 4, 0, 3, 1, 0],
    [0, 3, 0, 2, 1, 0],
    [0, 3, 0, 2, 1, 1],
    [0, 3, 0, 2, 1, 0],
    [0, 2, 0, 2, 0, 0],
    [0, 2, 0, 1, 1, 0],
    [0, 1, 0, 1, 0, 0],
    [0, 1, 0, 1, 0, 0],
];

/// The scenario of that flight.
pub(super) fn scenario(seed: u64) -> Scenario {
    let mut draw = Draw::new(super::PURPOSE, seed, "dynamo");
    let mut persons = 0;
    let units = (1..).zip(&FAMILIES).map(|(number, family)| unit(&mut draw, number, family, &mut persons));
    let units = units.collect();
    let mut charter = trips::charter("D001", "KBL", "AUH", "2021-09-28T05:30:00Z", 114);
    charter.documents = trips::travel();
    charter.vetting = Some(VettingRule { min: Vetting::GovernmentMatched, exceptions: 0 });
    // F-135: one lap for ten seats.
    charter.lap_infants = Some(11);
    let mut places = trips::places();
    places.retain(|place| ["KBL", "AUH"].contains(&place.id.as_str()));
    Scenario {
        name: "one charter, 28 September 2021".into(),
        description: "Synthetic people in published numbers: 117 on one flight, 59 of them children.".into(),
        as_of: "2021-09-27T06:00:00Z".into(),
        places,
        departures: vec![charter],
        units,
        ..Scenario::default()
    }
}

fn unit(draw: &mut Draw, number: usize, family: &Family, persons: &mut usize) -> Unit {
    let &[citizens, residents, visas, adults, children, infants] = family;
    // Adults take the lesser standing first: it is the children who were born abroad.
    let standing = std::iter::repeat_n("visa_eligible", visas)
        .chain(std::iter::repeat_n("lpr", residents))
        .chain(std::iter::repeat_n("us_citizen", citizens));
    let members = standing.enumerate().map(|(position, category)| {
        *persons += 1;
        let age = if position < adults {
            adult_age(draw, position)
        } else if position < adults + children - infants {
            f64::from(u32::try_from(draw.between(2, 17)).expect("at most 17"))
        } else {
            draw.pick(&[0.2, 0.5, 0.9, 1.3, 1.7])
        };
        person(person_id(*persons), category, age, sex(draw, position))
    });
    Unit {
        persons: members.collect(),
        id: unit_id(number),
        sponsor: Some("S1".into()),
        location: "KBL".into(),
        ..Unit::default()
    }
}

fn adult_age(draw: &mut Draw, position: usize) -> f64 {
    let (low, high) = if position < 2 { (22, 45) } else { (19, 68) };
    f64::from(u32::try_from(draw.between(low, high)).expect("at most 68"))
}

fn sex(draw: &mut Draw, position: usize) -> Sex {
    match position {
        0 => Sex::Female,
        1 => Sex::Male,
        _ => draw.pick(&[Sex::Female, Sex::Male]),
    }
}

fn person(id: String, category: &str, age: f64, sex: Sex) -> Person {
    let papers: &[&str] = match category {
        "us_citizen" => &["us_passport"],
        "lpr" => &["passport", "green_card"],
        _ => &["passport", "visa"],
    };
    let documents: Map<Expiry> = papers.iter().map(|&paper| (paper.to_owned(), Expiry(None))).collect();
    let vetting = Vetting::GovernmentMatched;
    Person { id, category: category.into(), age, sex: Some(sex), vetting, documents, ..Person::default() }
}
