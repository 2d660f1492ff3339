//! The walk over a scenario as written: judges it and builds the scenario as the program sees it.

use super::findings::Findings;
use super::index::{Index, Noun};
use super::words::Words;
use super::{departures, policy, units};
use crate::certificate::SAFE_INTEGER;
use crate::json::At;
use crate::scenario::{Date, Instant, Place, PlaceIdx, Route, Scenario, SponsorIdx, format};

/// What the parts of the walk share.
pub(super) struct Walk<'s> {
    pub(super) written: &'s format::Scenario,
    pub(super) findings: Findings,
    pub(super) as_of: Option<Instant>,
    pub(super) categories: Index<'s>,
    pub(super) places: Index<'s>,
    pub(super) departures: Index<'s>,
    pub(super) units: Index<'s>,
    pub(super) sponsors: Words<'s>,
    pub(super) document_types: Words<'s>,
    pub(super) tags: Words<'s>,
}

/// Judges `written` and resolves its references. The scenario is of use only if there is no error.
pub(crate) fn resolve(written: &format::Scenario, findings: Findings) -> (Scenario, Findings) {
    let mut walk = Walk::new(written, findings);
    let places = walk.all_places();
    let routes = walk.routes();
    let departures = departures::departures(&mut walk);
    let units = units::units(&mut walk);
    let links = units::links(&mut walk);
    let pins = units::pins(&mut walk);
    let exclusions = units::exclusions(&mut walk);
    let quotas = policy::quotas(&mut walk);
    let policy = policy::policy(&mut walk);
    let budget_usd = walk.optional_count(&At::top("budget_usd"), written.budget_usd);
    let Walk { sponsors, document_types, tags, .. } = walk;
    let scenario = Scenario {
        name: written.name.clone(),
        description: written.description.clone(),
        as_of: walk.as_of.unwrap_or(EPOCH),
        categories: written.categories.clone(),
        sponsors: sponsors.to_strings(),
        document_types: document_types.to_strings(),
        tags: tags.to_strings(),
        policy,
        places,
        routes,
        departures,
        units,
        links,
        pins,
        exclusions,
        quotas,
        budget_usd,
    };
    let mut findings = walk.findings;
    for (words, noun) in [(&sponsors, "sponsor"), (&document_types, "document type"), (&tags, "tag")] {
        words.near_misses(noun, &mut findings);
    }
    if findings.is_clean() {
        super::sums::sums(&scenario, &mut findings);
    }
    (scenario, findings)
}

/// Stands where an instant could not be read.
pub(super) const EPOCH: Instant = Instant::EPOCH;

impl<'s> Walk<'s> {
    fn new(written: &'s format::Scenario, mut findings: Findings) -> Self {
        let categories = written.categories.iter().map(String::as_str);
        let categories = Index::new(Noun::Category, categories, ("categories", None), &mut findings);
        let places = written.places.iter().map(|place| place.id.as_str());
        let places = Index::new(Noun::Place, places, ("places", Some("id")), &mut findings);
        let departures = written.departures.iter().map(|departure| departure.id.as_str());
        let departures = Index::new(Noun::Departure, departures, ("departures", Some("id")), &mut findings);
        let units = written.units.iter().map(|unit| unit.id.as_str());
        let units = Index::new(Noun::Unit, units, ("units", Some("id")), &mut findings);
        let (sponsors, document_types, tags) = (Words::default(), Words::default(), Words::default());
        let mut walk = Self {
            written,
            findings,
            as_of: None,
            categories,
            places,
            departures,
            units,
            sponsors,
            document_types,
            tags,
        };
        walk.as_of = walk.instant(&At::top("as_of"), &written.as_of);
        walk
    }

    fn all_places(&mut self) -> Vec<Place> {
        let at = At::top("places");
        self.written.places.iter().enumerate().map(|(p, place)| self.one_place(&at.index(p), place)).collect()
    }

    fn one_place(&mut self, at: &At, place: &format::Place) -> Place {
        Place {
            id: place.id.clone(),
            name: place.name.clone(),
            country: place.country.clone(),
            beds: self.optional_count(&at.key("beds"), place.beds),
            dwell_days: self.count(&at.key("dwell_days"), place.dwell_days),
            occupied: self.occupied(&at.key("occupied"), &place.occupied),
            closed: self.closed(&at.key("closed"), &place.closed),
        }
    }

    fn occupied(&mut self, at: &At, entries: &[format::Occupied]) -> Vec<(Date, i64)> {
        let one = |(o, entry): (usize, &format::Occupied)| {
            let at = at.index(o);
            let persons = self.count(&at.key("persons"), entry.persons);
            Some((self.date(&at.key("until"), &entry.until)?, persons))
        };
        entries.iter().enumerate().filter_map(one).collect()
    }

    fn closed(&mut self, at: &At, entries: &[format::Closed]) -> Vec<(Date, Date)> {
        let one = |(c, entry): (usize, &format::Closed)| {
            let at = at.index(c);
            let from = self.date(&at.key("from"), &entry.from);
            let to = self.date(&at.key("to"), &entry.to);
            let (from, to) = (from?, to?);
            self.closes_a_day(&at, from, to);
            Some((from, to))
        };
        entries.iter().enumerate().filter_map(one).collect()
    }

    /// W0401: a closure ends before it begins.
    fn closes_a_day(&mut self, at: &At, from: Date, to: Date) {
        if to < from {
            let message = "a closure ends before it begins, and so closes nothing".to_owned();
            self.findings.warning("W0401", at, message, "exchange `from` and `to`");
        }
    }

    fn routes(&mut self) -> Vec<Route> {
        let at = At::top("routes");
        self.written.routes.iter().enumerate().map(|(r, route)| self.route(&at.index(r), route)).collect()
    }

    fn route(&mut self, at: &At, route: &format::Route) -> Route {
        Route {
            from: self.place(&at.key("from"), &route.from, "a route starts at"),
            to: self.place(&at.key("to"), &route.to, "a route leads to"),
            seconds: seconds(self.non_negative(&at.key("hours"), route.hours)),
            one_way: route.one_way,
        }
    }

    /// The place that a reference names.
    pub(super) fn place(&mut self, at: &At, id: &str, says: impl std::fmt::Display) -> PlaceIdx {
        PlaceIdx::new(self.places.resolve(at, id, says, &mut self.findings))
    }

    /// The sponsor of this name, which a departure or a filter asks for.
    pub(super) fn sponsor(&mut self, at: &At, name: &'s str) -> SponsorIdx {
        super::index::no_empty_id(at, name, "sponsor", &mut self.findings);
        SponsorIdx::new(self.sponsors.asked(name, at))
    }

    /// E0301: not an instant.
    pub(super) fn instant(&mut self, at: &At, text: &str) -> Option<Instant> {
        let instant = Instant::parse(text);
        if instant.is_none() {
            let message = "this is not an instant: a date that exists, a time and an offset".to_owned();
            self.findings.error("E0301", at, message, "write it like `2021-08-26T17:50:00+04:30`");
        }
        instant
    }

    /// An instant that may be absent.
    pub(super) fn optional_instant(&mut self, at: &At, text: Option<&String>) -> Option<Instant> {
        text.and_then(|text| self.instant(at, text))
    }

    /// E0302: not a date.
    pub(super) fn date(&mut self, at: &At, text: &str) -> Option<Date> {
        let date = Date::parse(text);
        if date.is_none() {
            let message = "this is not a date that exists".to_owned();
            self.findings.error("E0302", at, message, "write it like `2021-08-26`");
        }
        date
    }

    /// E0303: a count, mass or sum of money is negative.
    pub(super) fn count(&mut self, at: &At, value: i64) -> i64 {
        if value < 0 {
            self.findings.error(
                "E0303",
                at,
                "a negative integer".into(),
                "0 is the least that is allowed here",
            );
        }
        value.max(0)
    }

    /// A count that may be absent.
    pub(super) fn optional_count(&mut self, at: &At, value: Option<i64>) -> Option<i64> {
        value.map(|value| self.count(at, value))
    }

    /// E0304: a probability outside of 0..1.
    pub(super) fn probability(&mut self, at: &At, value: f64) -> f64 {
        if !(0.0..=1.0).contains(&value) {
            let message = "a probability is not within 0 and 1".to_owned();
            self.findings.error("E0304", at, message, "write 90 percent as 0.9");
        }
        value.clamp(0.0, 1.0)
    }

    /// E0305: a percentage outside of 0..100.
    pub(super) fn percentage(&mut self, at: &At, value: Option<i64>) -> Option<i64> {
        if value.is_some_and(|value| !(0..=100).contains(&value)) {
            let message = "a percentage is not within 0 and 100".to_owned();
            self.findings.error("E0305", at, message, "write an integer from 0 to 100");
        }
        value
    }

    /// E0306: an age or a number of hours is negative.
    pub(super) fn non_negative(&mut self, at: &At, value: f64) -> f64 {
        if value < 0.0 {
            self.findings.error(
                "E0306",
                at,
                "a negative number".into(),
                "0 is the least that is allowed here",
            );
        }
        value.max(0.0)
    }

    /// E0307: a list is empty where that would mean nobody or nothing.
    pub(super) fn no_empty_list(&mut self, at: &At, length: usize) {
        if length == 0 {
            let message = "an empty list, which would mean nobody or nothing".to_owned();
            self.findings.error("E0307", at, message, "leave it out to ask for nothing, or list something");
        }
    }
}

/// Hours as whole seconds: the format's formula.
#[expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the format's own formula; what 64 bits do not hold becomes the largest integer"
)]
fn seconds(hours: f64) -> i64 {
    let whole = (3600.0 * hours + 0.5).floor() as i64;
    whole.min(SAFE_INTEGER)
}
