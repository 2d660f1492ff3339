//! Units and their persons, links, pins and exclusions.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{no_empty_id, unique_id};
use super::resolve::Walk;
use crate::diagnostic::tick;
use crate::json::At;
use crate::scenario::{
    CategoryIdx, Date, DepartureIdx, DocumentIdx, Exclusion, FamilyUnit, Link, Person, Pin, PlaceIdx,
    PreferenceTarget, SponsorIdx, TagIdx, UnitIdx, format,
};

/// Where each person id stands for the first time: unit and position in it.
type Seen<'s> = FxHashMap<&'s str, (usize, usize)>;

/// The units, in file order.
pub(super) fn units(walk: &mut Walk) -> Vec<FamilyUnit> {
    let at = At::top("units");
    let mut seen = Seen::default();
    let mut units = Vec::with_capacity(walk.written.units.len());
    for (u, unit) in walk.written.units.iter().enumerate() {
        walk.persons_are_unique(&at.index(u), u, unit, &mut seen);
        units.push(walk.unit(&at.index(u), unit));
    }
    units
}

/// The links, in file order.
pub(super) fn links(walk: &mut Walk) -> Vec<Link> {
    let at = At::top("links");
    walk.written.links.iter().enumerate().map(|(l, link)| walk.link(&at.index(l), link)).collect()
}

/// The pins, in file order, each once.
pub(super) fn pins(walk: &mut Walk) -> Vec<Pin> {
    let at = At::top("pins");
    let mut seen = FxHashSet::default();
    let all = walk.written.pins.iter().enumerate().map(|(p, pin)| walk.pin(&at.index(p), pin));
    all.filter(|pin| seen.insert(*pin)).collect()
}

/// The exclusions, in file order.
pub(super) fn exclusions(walk: &mut Walk) -> Vec<Exclusion> {
    let at = At::top("exclusions");
    walk.written.exclusions.iter().enumerate().map(|(e, pair)| walk.exclusion(&at.index(e), pair)).collect()
}

impl<'s> Walk<'s> {
    fn persons_are_unique(&mut self, at: &At, u: usize, unit: &'s format::Unit, seen: &mut Seen<'s>) {
        for (p, person) in unit.persons.iter().enumerate() {
            let at = at.key("persons");
            let at = at.index(p);
            let at = at.key("id");
            if no_empty_id(&at, &person.id, "person", &mut self.findings) {
                let first = *seen.entry(&person.id).or_insert((u, p));
                let place = (first != (u, p)).then(|| format!("units[{}].persons[{}]", first.0, first.1));
                unique_id(&at, &person.id, "person", place, &mut self.findings);
            }
        }
    }

    fn unit(&mut self, at: &At, unit: &'s format::Unit) -> FamilyUnit {
        let location = self.unit_location(&at.key("location"), unit);
        let sponsor = unit.sponsor.as_deref().map(|name| self.own_sponsor(&at.key("sponsor"), name));
        let ready = self.optional_instant(&at.key("ready"), unit.ready.as_ref());
        FamilyUnit {
            id: unit.id.clone(),
            sponsor,
            location,
            ready: ready.or(self.as_of).unwrap_or(super::resolve::EPOCH),
            latest: self.optional_instant(&at.key("latest"), unit.latest.as_ref()),
            urgency: self.count(&at.key("urgency"), unit.urgency),
            extra_seats: self.count(&at.key("extra_seats"), unit.extra_seats),
            show_probability: self.probability(&at.key("show_probability"), unit.show_probability),
            preferences: self.preferences(&at.key("preferences"), unit),
            anchor: self.anchor(&at.key("anchor"), unit),
            persons: self.persons(&at.key("persons"), unit),
        }
    }

    fn own_sponsor(&mut self, at: &At, name: &'s str) -> SponsorIdx {
        no_empty_id(at, name, "sponsor", &mut self.findings);
        SponsorIdx::new(self.sponsors.held(name))
    }

    fn unit_location(&mut self, at: &At, unit: &format::Unit) -> PlaceIdx {
        match self.places.get(&unit.location) {
            Some(place) => PlaceIdx::new(place),
            None => self.place(at, &unit.location, format_args!("unit {} is at", tick(&unit.id))),
        }
    }

    /// FORMAT looks a departure up twice: by its id, then by its `to`. So a key that is the id of a departure
    /// and of a place stands for both: the departure itself, and every departure to that place that has no
    /// entry of its own.
    fn preferences(&mut self, at: &At, unit: &format::Unit) -> Vec<(PreferenceTarget, i64)> {
        let mut targets = Vec::with_capacity(unit.preferences.0.len());
        for (key, worth) in &unit.preferences.0 {
            let departure = self.departures.get(key).map(DepartureIdx::new).map(PreferenceTarget::Departure);
            let place = self.places.get(key).map(PlaceIdx::new).map(PreferenceTarget::Place);
            if departure.is_none() && place.is_none() {
                self.preferred_but_unknown(&at.key(key), key, &unit.id);
            }
            targets.extend(departure.into_iter().chain(place).map(|target| (target, *worth)));
        }
        targets
    }

    /// E0106: a preference for what is neither a departure nor a place.
    fn preferred_but_unknown(&mut self, at: &At, key: &str, unit: &str) {
        if !(self.departures.is_complete() && self.places.is_complete()) {
            return;
        }
        let message =
            format!("unit {} prefers {}, which is neither a departure nor a place", tick(unit), tick(key));
        let candidates: Vec<&str> = self.departures.ids().chain(self.places.ids()).collect();
        let hint = match self.findings.meant(key, candidates.into_iter()) {
            Some(near) => format!("did you mean {}?", tick(near)),
            None => "name a departure's id, or the id of the place that departures go to".to_owned(),
        };
        self.findings.error("E0106", at, message, hint);
    }

    /// E0105: the anchor is none of the unit's persons.
    fn anchor(&mut self, at: &At, unit: &format::Unit) -> Option<usize> {
        let anchor = unit.anchor.as_deref()?;
        let position = unit.persons.iter().position(|person| person.id == anchor && !anchor.is_empty());
        let known = unit.persons.iter().all(|person| !person.id.is_empty());
        if position.is_none() && known && !unit.persons.is_empty() {
            let message = format!("unit {} has anchor {}, who is not in it", tick(&unit.id), tick(anchor));
            let persons: Vec<String> = unit.persons.iter().take(8).map(|person| tick(&person.id)).collect();
            self.findings.error(
                "E0105",
                at,
                message,
                format!("persons of the unit are {}", persons.join(", ")),
            );
        }
        position
    }

    fn persons(&mut self, at: &At, unit: &'s format::Unit) -> Vec<Person> {
        if unit.persons.is_empty() {
            self.empty_family(at, &unit.id);
        }
        unit.persons.iter().enumerate().map(|(p, person)| self.person(&at.index(p), person)).collect()
    }

    /// E0308: a unit of nobody.
    fn empty_family(&mut self, at: &At, unit: &str) {
        let message = format!("unit {} has no persons", tick(unit));
        self.findings.error("E0308", at, message, "list its persons, or take the unit out");
    }

    fn person(&mut self, at: &At, person: &'s format::Person) -> Person {
        let mut documents: Vec<(DocumentIdx, Option<Date>)> =
            person.documents.0.iter().map(|entry| self.document_held(at, entry)).collect();
        documents.sort_unstable_by_key(|&(name, _)| name);
        Person {
            id: person.id.clone(),
            category: self.person_category(&at.key("category"), person),
            age: self.non_negative(&at.key("age"), person.age),
            sex: person.sex,
            mobility: person.mobility,
            vetting: person.vetting,
            documents,
            tags: person.tags.iter().map(|tag| TagIdx::new(self.tags.held(tag))).collect(),
            own_seat: person.own_seat,
            mass_kg: self.optional_count(&at.key("mass_kg"), person.mass_kg),
        }
    }

    fn document_held(
        &mut self,
        at: &At,
        (name, expiry): &'s (String, format::Expiry),
    ) -> (DocumentIdx, Option<Date>) {
        let at = at.key("documents");
        (
            DocumentIdx::new(self.document_types.held(name)),
            expiry.0.as_ref().and_then(|date| self.date(&at.key(name), date)),
        )
    }

    fn person_category(&mut self, at: &At, person: &format::Person) -> CategoryIdx {
        let position = self.categories.get(&person.category).unwrap_or_else(|| {
            let says = format_args!("person {} has", tick(&person.id)).to_string();
            self.categories.resolve(at, &person.category, says, &mut self.findings)
        });
        CategoryIdx::new(position)
    }

    fn link(&mut self, at: &At, link: &format::Link) -> Link {
        let at = at.key("units");
        self.ties_two(&at, link.units.len());
        self.each_unit_once(&at, &link.units);
        Link { kind: link.kind, units: self.unit_list(&at, &link.units, "a link names") }
    }

    /// E0406: a link of fewer than two units.
    fn ties_two(&mut self, at: &At, units: usize) {
        if units < 2 {
            let message = "a link names fewer than two units".to_owned();
            self.findings.error("E0406", at, message, "name at least two units, or take the link out");
        }
    }

    /// E0407: a link names a unit twice.
    fn each_unit_once(&mut self, at: &At, units: &[String]) {
        let mut seen = FxHashSet::default();
        for (u, unit) in units.iter().enumerate() {
            if !seen.insert(unit) {
                let message = format!("a link names unit {} twice", tick(unit));
                self.findings.error("E0407", &at.index(u), message, "name each unit once");
            }
        }
    }

    /// The units that a list of references names.
    pub(super) fn unit_list(&mut self, at: &At, ids: &[String], says: &str) -> Vec<UnitIdx> {
        ids.iter().enumerate().map(|(u, id)| self.unit_named(&at.index(u), id, says)).collect()
    }

    fn unit_named(&mut self, at: &At, id: &str, says: &str) -> UnitIdx {
        UnitIdx::new(self.units.resolve(at, id, says, &mut self.findings))
    }

    /// The departure that a reference names.
    pub(super) fn departure_named(&mut self, at: &At, id: &str, says: &str) -> DepartureIdx {
        DepartureIdx::new(self.departures.resolve(at, id, says, &mut self.findings))
    }

    fn pin(&mut self, at: &At, pin: &format::Pin) -> Pin {
        Pin {
            unit: self.unit_named(&at.key("unit"), &pin.unit, "a pin names"),
            departure: self.departure_named(&at.key("departure"), &pin.departure, "a pin names"),
        }
    }

    fn exclusion(&mut self, at: &At, pair: &format::Exclusion) -> Exclusion {
        let unit = self.unit_named(&at.key("unit"), &pair.unit, "an exclusion names");
        let at = at.key("departure");
        let departure =
            pair.departure.as_deref().map(|id| self.departure_named(&at, id, "an exclusion names"));
        Exclusion { unit, departure }
    }
}
