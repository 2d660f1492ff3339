//! The probes of each kind, in the order of the file.

use serde_json::{Value, json};

use super::{Priced, Probe, Question, Subject, What};
use crate::answer::Basis;
use crate::certificate::{Resource, Row, RowName};
use crate::change::Operation;
use crate::explain::barred::counts;
use crate::explain::optimum::Optimum;
use crate::rule::Rule;
use crate::scenario::{Departure, DepartureIdx, DepartureKind, DocumentIdx, Scenario, UnitIdx};

/// A day.
const SECONDS: i64 = 24 * 60 * 60;

/// The probes asked for: those named, or what binds and every pin and quota.
pub(super) fn probes(question: &Question, optimum: &Optimum, priced: &Priced) -> Vec<Probe> {
    let scenario = question.request.scenario;
    let maker = Maker { question, optimum, priced, scenario };
    let wanted = |what: &What| match question.what {
        Some(named) => named.contains(what),
        None => {
            !matches!(what, What::Readiness | What::Document | What::Link | What::Exclusion | What::Departure)
        }
    };
    What::ALL.into_iter().filter(wanted).flat_map(|what| maker.of(what)).collect()
}

struct Maker<'m, 'q, 'a> {
    question: &'m Question<'q, 'a>,
    optimum: &'m Optimum<'a>,
    priced: &'m Priced,
    scenario: &'m Scenario,
}

fn probe(what: What, subject: Subject, edit: Vec<Operation>) -> Probe {
    Probe { what, subject, edit, levels: Vec::new(), price: None, basis: Basis::NotProven }
}

impl Maker<'_, '_, '_> {
    fn of(&self, what: What) -> Vec<Probe> {
        match what {
            What::Seat
            | What::LapInfant
            | What::Wheelchair
            | What::Stretcher
            | What::Payload
            | What::VettingException => self.resource(what),
            What::Bed => self.beds(),
            What::Allotment => self.allotments(),
            What::Readiness => self.readiness(),
            What::Document => self.documents(),
            What::Pin => self.pins(),
            What::Quota => self.quotas(),
            What::Link => self.links(),
            What::Exclusion => self.exclusions(),
            What::Departure => self.departures(),
        }
    }

    /// The probe with its price, if it was asked for: its rows bind, or its kind was named.
    fn binding(&self, mut probe: Probe, is_row: impl Fn(&Row) -> bool) -> Option<Probe> {
        let mut rows: Vec<(&Row, _)> = self.priced.rows.iter().filter(|(row, _)| is_row(row)).collect();
        rows.sort_by_key(|(row, _)| *row);
        let binds = !rows.is_empty() || !self.priced.complete;
        probe.price = rows.into_iter().find_map(|(_, price)| price.clone());
        (binds || self.question.what.is_some()).then_some(probe)
    }

    fn resource(&self, what: What) -> Vec<Probe> {
        let of = |(d, departure): (usize, &Departure)| {
            let (row, resource, field, now, step) = limit(what, departure)?;
            let path = format!("/departures/{d}/{field}");
            let edit = vec![Operation::add(path, &json!(now + step))];
            let subject = Subject { departure: Some(departure.id.clone()), ..Subject::default() };
            self.binding(probe(what, subject, edit), |priced| {
                let here = priced.departure.as_ref() == Some(&departure.id);
                here && (priced.row == row || priced.resource == Some(resource))
            })
        };
        self.scenario.departures.iter().enumerate().filter_map(of).collect()
    }

    fn beds(&self) -> Vec<Probe> {
        let of = |(p, place): (usize, &crate::scenario::Place)| {
            let beds = place.beds?;
            let edit = vec![Operation::add(format!("/places/{p}/beds"), &json!(beds + 1))];
            let subject = Subject { place: Some(place.id.clone()), ..Subject::default() };
            self.binding(probe(What::Bed, subject, edit), |row| {
                row.row == RowName::Beds && row.place.as_ref() == Some(&place.id)
            })
        };
        self.scenario.places.iter().enumerate().filter_map(of).collect()
    }

    fn allotments(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (d, departure) in self.scenario.departures.iter().enumerate() {
            for (a, allotment) in departure.allotments.iter().enumerate() {
                if allotment.seats == 0
                    || allotment.release.is_some_and(|release| release <= self.scenario.as_of)
                {
                    continue;
                }
                let sponsor = self.scenario.sponsors[allotment.sponsor.index()].clone();
                let path = format!("/departures/{d}/allotments/{a}/release");
                let edit = vec![Operation::add(path, &json!(self.scenario.as_of.to_string()))];
                let (departure, sponsor) = (Some(departure.id.clone()), Some(sponsor));
                let subject = Subject { departure, sponsor, ..Subject::default() };
                let (departure, sponsor) = (subject.departure.clone(), subject.sponsor.clone());
                probes.extend(self.binding(probe(What::Allotment, subject, edit), |row| {
                    row.row == RowName::Allotment && row.departure == departure && row.sponsor == sponsor
                }));
            }
        }
        probes
    }

    /// Units that become ready after the planning moment.
    fn readiness(&self) -> Vec<Probe> {
        let late =
            self.scenario.units.iter().enumerate().filter(|(_, unit)| unit.ready > self.scenario.as_of);
        let of = |(u, unit): (usize, &crate::scenario::FamilyUnit)| {
            let earlier = unit.ready.plus_seconds(-SECONDS).to_string();
            let edit = vec![Operation::add(format!("/units/{u}/ready"), &json!(earlier))];
            probe(What::Readiness, self.unit(u), edit)
        };
        late.map(of).collect()
    }

    fn unit(&self, u: usize) -> Subject {
        Subject { unit: Some(self.scenario.units[u].id.clone()), ..Subject::default() }
    }

    /// For each document type: all units that would gain a departure by it, and each of them.
    fn documents(&self) -> Vec<Probe> {
        let written: Value = serde_json::from_str(self.question.text).unwrap_or_default();
        let mut probes = Vec::new();
        for (document, name) in self.scenario.document_types.iter().enumerate() {
            let document = DocumentIdx::new(document);
            let subject = Subject { document: Some(name.clone()), ..Subject::default() };
            let mut all = Vec::new();
            let mut each = Vec::new();
            for u in 0..self.scenario.units.len() {
                let edit = self.issued(&written, u, document, name);
                if edit.is_empty() {
                    continue;
                }
                all.extend(edit.iter().cloned());
                let unit = Some(self.scenario.units[u].id.clone());
                each.push(probe(What::Document, Subject { unit, ..subject.clone() }, edit));
            }
            if !all.is_empty() {
                probes.push(probe(What::Document, subject, all));
                probes.extend(each);
            }
        }
        probes
    }

    /// The document given to those of the unit who lack it, if it opens a departure that documents alone bar.
    fn issued(&self, written: &Value, u: usize, document: DocumentIdx, name: &str) -> Vec<Operation> {
        let unit = &self.scenario.units[u];
        let opens = |d: DepartureIdx| {
            let departure = &self.scenario.departures[d.index()];
            let alone = self.optimum.eligibility.barred(UnitIdx::new(u), d) == [Rule::Documents];
            let holds = |person: &crate::scenario::Person| {
                let has = |wanted: &DocumentIdx| *wanted == document || counts(person, *wanted, departure);
                departure.documents.iter().any(|list| list.iter().all(has))
            };
            alone && unit.persons.iter().all(holds)
        };
        let departures = || (0..self.scenario.departures.len()).map(DepartureIdx::new);
        let opened: Vec<DepartureIdx> = departures().filter(|&d| opens(d)).collect();
        let mut edit = Vec::new();
        for (p, person) in unit.persons.iter().enumerate() {
            let lacks = |d: &DepartureIdx| !counts(person, document, &self.scenario.departures[d.index()]);
            if !opened.iter().any(lacks) {
                continue;
            }
            let path = format!("/units/{u}/persons/{p}/documents");
            if written.pointer(&path).is_some() {
                let key = name.replace('~', "~0").replace('/', "~1");
                edit.push(Operation::add(format!("{path}/{key}"), &Value::Null));
            } else {
                edit.push(Operation::add(path, &json!({ name: null })));
            }
        }
        edit
    }

    fn pins(&self) -> Vec<Probe> {
        let of = |(position, pin): (usize, &crate::scenario::Pin)| {
            let departure = Some(self.scenario.departures[pin.departure.index()].id.clone());
            let subject = Subject { departure, ..self.unit(pin.unit.index()) };
            let edit = vec![Operation::remove(format!("/pins/{position}"))];
            let (unit, departure) = (subject.unit.clone(), subject.departure.clone());
            self.priced(probe(What::Pin, subject, edit), |row| {
                row.row == RowName::Pin && row.unit == unit && row.departure == departure
            })
        };
        self.scenario.pins.iter().enumerate().map(of).collect()
    }

    /// The probe with its price, whether its rows bind or not.
    fn priced(&self, probe: Probe, is_row: impl Fn(&Row) -> bool) -> Probe {
        self.binding(probe.clone(), is_row).unwrap_or(probe)
    }

    fn quotas(&self) -> Vec<Probe> {
        let of = |(position, quota): (usize, &crate::scenario::Quota)| {
            let subject = Subject { name: Some(quota.name.clone()), ..Subject::default() };
            let edit = vec![Operation::remove(format!("/quotas/{position}"))];
            self.priced(probe(What::Quota, subject, edit), |row| {
                row.row == RowName::Quota && row.name.as_ref() == Some(&quota.name)
            })
        };
        self.scenario.quotas.iter().enumerate().map(of).collect()
    }

    fn links(&self) -> Vec<Probe> {
        let of = |position: usize| {
            let subject = Subject { link: Some(position), ..Subject::default() };
            let edit = vec![Operation::remove(format!("/links/{position}"))];
            self.priced(probe(What::Link, subject, edit), |row| {
                row.link.and_then(|link| usize::try_from(link).ok()) == Some(position)
            })
        };
        (0..self.scenario.links.len()).map(of).collect()
    }

    fn exclusions(&self) -> Vec<Probe> {
        let of = |(position, exclusion): (usize, &crate::scenario::Exclusion)| {
            let departure = exclusion.departure.map(|d| self.scenario.departures[d.index()].id.clone());
            let subject = Subject { departure, ..self.unit(exclusion.unit.index()) };
            probe(What::Exclusion, subject, vec![Operation::remove(format!("/exclusions/{position}"))])
        };
        self.scenario.exclusions.iter().enumerate().map(of).collect()
    }

    /// An uncommitted departure committed, a cancelled one flown.
    fn departures(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (d, departure) in self.scenario.departures.iter().enumerate() {
            let subject = Subject { departure: Some(departure.id.clone()), ..Subject::default() };
            if departure.cancelled {
                let edit = vec![Operation::add(format!("/departures/{d}/cancelled"), &json!(false))];
                probes.push(probe(What::Departure, subject, edit));
            } else if !departure.committed {
                let edit = vec![Operation::add(format!("/departures/{d}/committed"), &json!(true))];
                probes.push(probe(What::Departure, subject, edit));
            }
        }
        probes
    }
}

/// The row of a kind of probe on a departure, its field, its value and the step; `None` where it has no limit.
fn limit(what: What, departure: &Departure) -> Option<(RowName, Resource, &'static str, i64, i64)> {
    let of_flight = |limit: Option<i64>| match departure.kind {
        DepartureKind::CharterFlight => Some(limit.unwrap_or(0)),
        DepartureKind::BorderCrossing => limit,
    };
    Some(match what {
        What::Seat => (RowName::Seats, Resource::Seats, "seats", departure.seats, 1),
        What::LapInfant => {
            (RowName::LapInfants, Resource::LapInfants, "lap_infants", departure.lap_infants?, 1)
        }
        What::Wheelchair => {
            let now = of_flight(departure.wheelchairs)?;
            (RowName::Wheelchairs, Resource::Wheelchairs, "wheelchairs", now, 1)
        }
        What::Stretcher => {
            (RowName::Stretchers, Resource::Stretchers, "stretchers", of_flight(departure.stretchers)?, 1)
        }
        What::Payload => (RowName::Payload, Resource::Payload, "payload_kg", departure.payload_kg?, 100),
        What::VettingException => {
            let now = departure.vetting?.exceptions;
            (RowName::Vetting, Resource::Vetting, "vetting/exceptions", now, 1)
        }
        What::Bed
        | What::Allotment
        | What::Readiness
        | What::Document
        | What::Pin
        | What::Quota
        | What::Link
        | What::Exclusion
        | What::Departure => return None,
    })
}
