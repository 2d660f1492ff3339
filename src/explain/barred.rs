//! Every test that bars a unit from a departure: whom it concerns, what was found, what is needed.

use serde::Serialize;
use serde_json::{Value, json};

use crate::eligibility::Eligibility;
use crate::rule::Rule;
use crate::scenario::{
    CategoryIdx, Departure, DepartureIdx, DocumentIdx, FamilyUnit, Person, Scenario, SponsorIdx, UnitIdx,
    Vetting,
};

/// A failed test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Barred {
    /// Which.
    pub rule: Rule,
    /// Whom it concerns, where it is one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Value>,
    /// What the test asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<Value>,
}

/// A departure, and what bars the unit from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BarredDeparture {
    /// Its id.
    pub departure: String,
    /// Every failed test; none where it is open.
    pub barred: Vec<Barred>,
}

/// Every departure by time, with all that bars the unit from it.
#[must_use]
pub fn departures(eligibility: &Eligibility, unit: UnitIdx) -> Vec<BarredDeparture> {
    let scenario = eligibility.scenario();
    let of = |d: DepartureIdx| BarredDeparture {
        departure: scenario.departures[d.index()].id.clone(),
        barred: barred(eligibility, unit, d),
    };
    scenario.departures_by_time().into_iter().map(of).collect()
}

/// All that bars the unit from one departure, a line for each person where persons are tested.
#[must_use]
pub fn barred(eligibility: &Eligibility, unit: UnitIdx, d: DepartureIdx) -> Vec<Barred> {
    eligibility.barred(unit, d).into_iter().flat_map(|rule| tests(eligibility, rule, unit, d)).collect()
}

fn tests(eligibility: &Eligibility, rule: Rule, unit: UnitIdx, d: DepartureIdx) -> Vec<Barred> {
    let scenario = eligibility.scenario();
    let (family, departure) = (&scenario.units[unit.index()], &scenario.departures[d.index()]);
    let take = eligibility.take(unit, d);
    let one = |found: Value, needed: Value| vec![Barred::of(rule, None, Some(found), Some(needed))];
    let limit = |found: i64, most: Option<i64>| one(json!(found), json!(most));
    match rule {
        Rule::Closed => one(json!(departure.arrives.date().to_string()), Value::Null),
        Rule::Manifest => {
            one(json!(departure.manifest_closes.to_string()), json!(scenario.as_of.to_string()))
        }
        Rule::Movement => {
            let arrival = eligibility.arrival(unit, d).map(|arrival| arrival.to_string());
            one(json!(arrival), json!(departure.reports_by.to_string()))
        }
        Rule::Latest => {
            one(json!(departure.departs.to_string()), json!(family.latest.map(|latest| latest.to_string())))
        }
        Rule::Documents => documents(scenario, family, departure),
        Rule::AdmitsAny => one(
            family.persons.iter().map(|person| category(scenario, person.category)).collect(),
            categories(scenario, departure.admits_any.as_deref()),
        ),
        Rule::AdmitsAll => admits_all(scenario, family, departure),
        Rule::SponsorsOnly => {
            let name = |sponsor: SponsorIdx| scenario.sponsors[sponsor.index()].clone();
            let only = departure.sponsors_only.iter().flatten().map(|sponsor| name(*sponsor));
            one(json!(family.sponsor.map(name)), only.collect())
        }
        Rule::Refused => {
            let refused = family.persons.iter().filter(|person| person.vetting == Vetting::Refused);
            refused.map(|person| Barred::of(rule, Some(person), Some(json!(person.vetting)), None)).collect()
        }
        Rule::Vetting => vetting(family, departure),
        Rule::Seats => limit(take.seats, Some(departure.usable_seats())),
        Rule::LapInfants => limit(take.lap_infants, departure.lap_infants),
        Rule::Wheelchairs => limit(take.wheelchairs, departure.wheelchairs),
        Rule::Stretchers => limit(take.stretchers, departure.stretchers),
        Rule::Payload => limit(take.mass_kg, departure.payload_kg),
        Rule::VettingExceptions => {
            limit(take.below_vetting, departure.vetting.map(|vetting| vetting.exceptions))
        }
        Rule::Cancelled
        | Rule::Adult
        | Rule::Exclusion
        | Rule::Unit
        | Rule::Open
        | Rule::Held
        | Rule::Fill
        | Rule::Allotment
        | Rule::Aboard
        | Rule::Used
        | Rule::MinLoad
        | Rule::Budget
        | Rule::Beds
        | Rule::Quota
        | Rule::Pin
        | Rule::SameDeparture
        | Rule::AllOrNone
        | Rule::AtMostOne
        | Rule::Apart
        | Rule::Level
        | Rule::Digest
        | Rule::Certificate => vec![Barred::of(rule, None, None, None)],
    }
}

impl Barred {
    fn of(rule: Rule, person: Option<&Person>, found: Option<Value>, needed: Option<Value>) -> Self {
        let there = |value: Option<Value>| value.filter(|value| !value.is_null());
        Self {
            rule,
            person: person.map(|person| person.id.clone()),
            found: there(found),
            needed: there(needed),
        }
    }
}

fn category(scenario: &Scenario, category: CategoryIdx) -> Value {
    json!(scenario.categories[category.index()])
}

fn categories(scenario: &Scenario, list: Option<&[CategoryIdx]>) -> Value {
    list.unwrap_or_default().iter().map(|&one| category(scenario, one)).collect()
}

/// The persons who hold no full list of what is asked for: what of it they hold that counts.
fn documents(scenario: &Scenario, family: &FamilyUnit, departure: &Departure) -> Vec<Barred> {
    let name = |document: &DocumentIdx| json!(scenario.document_types[document.index()]);
    let needed: Value =
        departure.documents.iter().map(|list| list.iter().map(name).collect::<Value>()).collect();
    let mut barred = Vec::new();
    for person in &family.persons {
        let counts = |document: &DocumentIdx| counts(person, *document, departure);
        if departure.documents.iter().any(|list| list.iter().all(counts)) {
            continue;
        }
        let held = person.documents.iter().map(|(document, _)| document).filter(|document| counts(document));
        barred.push(Barred::of(
            Rule::Documents,
            Some(person),
            Some(held.map(name).collect()),
            Some(needed.clone()),
        ));
    }
    barred
}

/// Whether a person holds a document that is still valid when it must be.
#[must_use]
pub fn counts(person: &Person, document: DocumentIdx, departure: &Departure) -> bool {
    let last_day = departure.arrives.date().plus_days(departure.document_validity_days);
    person
        .documents
        .iter()
        .any(|&(held, expiry)| held == document && expiry.is_none_or(|expiry| expiry >= last_day))
}

fn admits_all(scenario: &Scenario, family: &FamilyUnit, departure: &Departure) -> Vec<Barred> {
    let admitted = departure.admits_all.as_deref();
    let outside =
        family.persons.iter().filter(|person| !admitted.unwrap_or_default().contains(&person.category));
    let line = |person: &Person| {
        let (found, needed) = (category(scenario, person.category), categories(scenario, admitted));
        Barred::of(Rule::AdmitsAll, Some(person), Some(found), Some(needed))
    };
    outside.map(line).collect()
}

fn vetting(family: &FamilyUnit, departure: &Departure) -> Vec<Barred> {
    let Some(asked) = departure.vetting else { return Vec::new() };
    let below = family.persons.iter().filter(|person| !person.vetting.meets(asked.min));
    let line = |person: &Person| {
        Barred::of(Rule::Vetting, Some(person), Some(json!(person.vetting)), Some(json!(asked.min)))
    };
    below.map(line).collect()
}
