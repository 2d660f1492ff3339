//! Departures: what has capacity.

use super::resolve::{EPOCH, Walk};
use crate::diagnostic::tick;
use crate::json::At;
use crate::scenario::{
    Allotment, CategoryIdx, Departure, DepartureKind, DocumentIdx, Instant, SponsorIdx, Vetting, VettingRule,
    format,
};

/// The departures, in file order.
pub(super) fn departures(walk: &mut Walk) -> Vec<Departure> {
    let at = At::top("departures");
    walk.written
        .departures
        .iter()
        .enumerate()
        .map(|(d, departure)| walk.departure(&at.index(d), departure))
        .collect()
}

/// The four instants of a departure.
struct Times {
    departs: Instant,
    arrives: Instant,
    reports_by: Instant,
    manifest_closes: Instant,
}

impl<'s> Walk<'s> {
    fn departure(&mut self, at: &At, written: &'s format::Departure) -> Departure {
        let id = tick(&written.id);
        let Times { departs, arrives, reports_by, manifest_closes } = self.times(at, written);
        let unlimited_or_none = match written.kind {
            DepartureKind::CharterFlight => Some(0),
            DepartureKind::BorderCrossing => None,
        };
        let departure = Departure {
            id: written.id.clone(),
            kind: written.kind,
            from: self.place(&at.key("from"), &written.from, format_args!("departure {id} leaves")),
            to: self.place(&at.key("to"), &written.to, format_args!("departure {id} goes to")),
            departs,
            arrives,
            reports_by,
            manifest_closes,
            seats: self.count(&at.key("seats"), written.seats),
            blocked_seats: self.count(&at.key("blocked_seats"), written.blocked_seats),
            lap_infants: self.optional_count(&at.key("lap_infants"), written.lap_infants),
            wheelchairs: self
                .optional_count(&at.key("wheelchairs"), written.wheelchairs)
                .or(unlimited_or_none),
            stretchers: self.optional_count(&at.key("stretchers"), written.stretchers).or(unlimited_or_none),
            seats_per_stretcher: self
                .at_least_one(&at.key("seats_per_stretcher"), written.seats_per_stretcher),
            payload_kg: self.optional_count(&at.key("payload_kg"), written.payload_kg),
            bag_kg: self.count(&at.key("bag_kg"), written.bag_kg),
            documents: self.documents_asked(&at.key("documents"), &written.documents),
            document_validity_days: self
                .count(&at.key("document_validity_days"), written.document_validity_days),
            vetting: written.vetting.map(|rule| self.vetting_rule(&at.key("vetting"), rule)),
            admits_any: self.admitted(&at.key("admits_any"), written.admits_any.as_deref(), &id),
            admits_all: self.admitted(&at.key("admits_all"), written.admits_all.as_deref(), &id),
            sponsors_only: self.sponsors_only(&at.key("sponsors_only"), written.sponsors_only.as_deref()),
            allotments: self.allotments(&at.key("allotments"), &written.allotments),
            committed: written.committed,
            cost_usd: self.count(&at.key("cost_usd"), written.cost_usd),
            min_load: self.count(&at.key("min_load"), written.min_load),
            cancel_probability: self.probability(&at.key("cancel_probability"), written.cancel_probability),
            cancelled: written.cancelled,
        };
        self.blocks_no_more_than_it_has(at, &departure);
        self.allots_no_more_than_it_has(at, &departure);
        departure
    }

    fn times(&mut self, at: &At, written: &format::Departure) -> Times {
        let departs = self.instant(&at.key("departs"), &written.departs);
        let at_arrives = at.key("arrives");
        let arrives = self.optional_instant(&at_arrives, written.arrives.as_ref()).or(departs);
        if arrives < departs {
            self.arrives_early(&at_arrives, &written.id);
        }
        let at_reports = at.key("reports_by");
        let reports_by = self.optional_instant(&at_reports, written.reports_by.as_ref()).or(departs);
        if departs.is_some() && reports_by > departs {
            self.reports_late(&at_reports, &written.id);
        }
        let at_closes = at.key("manifest_closes");
        let closes = self.optional_instant(&at_closes, written.manifest_closes.as_ref()).or(departs);
        let known = |instant: Option<Instant>| instant.unwrap_or(EPOCH);
        Times {
            departs: known(departs),
            arrives: known(arrives),
            reports_by: known(reports_by),
            manifest_closes: known(closes),
        }
    }

    /// E0401: a departure arrives before it departs.
    fn arrives_early(&mut self, at: &At, id: &str) {
        let message = format!("departure {} arrives before it departs", tick(id));
        self.findings.error("E0401", at, message, "check both offsets; `arrives` may equal `departs`");
    }

    /// E0402: a departure wants its passengers after it has left.
    fn reports_late(&mut self, at: &At, id: &str) {
        let message = format!("departure {} has units report after it departs", tick(id));
        self.findings.error("E0402", at, message, "set `reports_by` at or before `departs`");
    }

    /// E0403: more seats are blocked than there are.
    fn blocks_no_more_than_it_has(&mut self, at: &At, departure: &Departure) {
        if departure.blocked_seats > departure.seats && self.findings.is_sound(&at.key("seats")) {
            let message = format!("departure {} blocks more seats than it has", tick(&departure.id));
            self.findings.error("E0403", &at.key("blocked_seats"), message, "block at most `seats`");
        }
    }

    /// E0405: the allotments in force exceed the usable seats.
    fn allots_no_more_than_it_has(&mut self, at: &At, departure: &Departure) {
        let in_force = |allotment: &&Allotment| match (allotment.release, self.as_of) {
            (Some(release), Some(as_of)) => release > as_of,
            (release, _) => release.is_none(),
        };
        let allotted: i64 =
            departure.allotments.iter().filter(in_force).fold(0, |sum, a| sum.saturating_add(a.seats));
        let sound = ["seats", "blocked_seats"].iter().all(|key| self.findings.is_sound(&at.key(key)));
        let usable = departure.usable_seats().max(0);
        if sound && allotted > usable && departure.blocked_seats <= departure.seats {
            let message = format!("departure {} allots more seats than are usable", tick(&departure.id));
            let hint = "allot less, or let an allotment be released by now";
            self.findings.error("E0405", &at.key("allotments"), message, hint);
        }
    }

    /// E0309: a stretcher that blocks no seat.
    fn at_least_one(&mut self, at: &At, value: i64) -> i64 {
        if value < 1 {
            let message = "a stretcher blocks at least one seat".to_owned();
            self.findings.error("E0309", at, message, "write 1 or more, or leave it out for 6");
        }
        value.max(1)
    }

    fn documents_asked(&mut self, at: &At, lists: &'s [Vec<String>]) -> Vec<Vec<DocumentIdx>> {
        let mut all = Vec::with_capacity(lists.len());
        for (l, list) in lists.iter().enumerate() {
            let at = at.index(l);
            self.no_empty_list(&at, list.len());
            let asked = |(t, name): (usize, &'s String)| self.document_types.asked(name, &at.index(t));
            all.push(list.iter().enumerate().map(asked).map(DocumentIdx::new).collect());
        }
        all
    }

    fn vetting_rule(&mut self, at: &At, rule: format::VettingRule) -> VettingRule {
        let exceptions = self.count(&at.key("exceptions"), rule.exceptions);
        VettingRule { min: self.least_vetting(&at.key("min"), rule.min), exceptions }
    }

    /// E0310: refused persons meet no level of vetting.
    pub(super) fn least_vetting(&mut self, at: &At, min: Vetting) -> Vetting {
        if min == Vetting::Refused {
            let message = "`refused` is no level of vetting that somebody could meet".to_owned();
            let hint = "expected `unverified`, `self_declared`, `group_checked` or `government_matched`";
            self.findings.error("E0310", at, message, hint);
        }
        min
    }

    fn admitted(&mut self, at: &At, ids: Option<&[String]>, departure: &str) -> Option<Vec<CategoryIdx>> {
        let says = format_args!("departure {departure} admits").to_string();
        ids.map(|ids| self.category_list(at, ids, &says))
    }

    /// A list of categories that is not empty.
    pub(super) fn category_list(&mut self, at: &At, ids: &[String], says: &str) -> Vec<CategoryIdx> {
        self.no_empty_list(at, ids.len());
        let one = |(c, id): (usize, &String)| {
            CategoryIdx::new(self.categories.resolve(&at.index(c), id, says, &mut self.findings))
        };
        ids.iter().enumerate().map(one).collect()
    }

    fn sponsors_only(&mut self, at: &At, names: Option<&'s [String]>) -> Option<Vec<SponsorIdx>> {
        names.map(|names| self.sponsor_list(at, names))
    }

    /// A list of sponsors that is not empty.
    pub(super) fn sponsor_list(&mut self, at: &At, names: &'s [String]) -> Vec<SponsorIdx> {
        self.no_empty_list(at, names.len());
        names.iter().enumerate().map(|(s, name)| self.sponsor(&at.index(s), name)).collect()
    }

    fn allotments(&mut self, at: &At, written: &'s [format::Allotment]) -> Vec<Allotment> {
        let mut allotments: Vec<Allotment> = Vec::with_capacity(written.len());
        for (a, allotment) in written.iter().enumerate() {
            let at = at.index(a);
            let sponsor = self.sponsor(&at.key("sponsor"), &allotment.sponsor);
            if allotments.iter().any(|other| other.sponsor == sponsor) {
                self.allotted_twice(&at.key("sponsor"), &allotment.sponsor);
            }
            let seats = self.count(&at.key("seats"), allotment.seats);
            let release = self.optional_instant(&at.key("release"), allotment.release.as_ref());
            allotments.push(Allotment { sponsor, seats, release });
        }
        allotments
    }

    /// E0404: a departure has two allotments for one sponsor.
    fn allotted_twice(&mut self, at: &At, sponsor: &str) {
        let message = format!("sponsor {} has two allotments on this departure", tick(sponsor));
        self.findings.error("E0404", at, message, "make them one");
    }
}
