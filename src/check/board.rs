//! When a unit may board a departure: each test of eligibility under its rule's name.

use super::case::{Case, Takes};
use super::report::{Figure, Violation, count};
use super::seating::Seating;
use super::take::{self, RESOURCES, Take};
use crate::rule::Rule;
use crate::scenario::{Date, Departure, DepartureIdx, DocumentIdx, FamilyUnit, Person, UnitIdx};

/// A unit before a departure.
#[derive(Clone, Copy)]
struct Pair<'a> {
    case: &'a Case<'a>,
    u: UnitIdx,
    d: DepartureIdx,
    unit: &'a FamilyUnit,
    departure: &'a Departure,
}

/// A failed test: what was found and what is asked.
type Breach = Option<(Figure, Figure)>;

type Test = fn(Pair<'_>) -> Breach;

/// Whether the departure goes, and the unit is there before it does or on its manifest; what is quick to say first.
const WAY: [(Rule, Test); 5] = [
    (Rule::Cancelled, cancelled),
    (Rule::Manifest, manifest),
    (Rule::Movement, movement),
    (Rule::Latest, latest),
    (Rule::Closed, closed),
];

/// Whether the unit's sponsor, and what its members are and hold, admit it.
const PAPERS: [(Rule, Test); 6] = [
    (Rule::SponsorsOnly, sponsors_only),
    (Rule::Refused, refused),
    (Rule::Vetting, vetting),
    (Rule::AdmitsAny, admits_any),
    (Rule::AdmitsAll, admits_all),
    (Rule::Documents, documents),
];

/// What is asked of the unit itself, but the fit.
const ITSELF: [(Rule, Test); 2] = [(Rule::Adult, adult), (Rule::Exclusion, exclusion)];

/// Whether every test holds.
pub(super) fn is_open(case: &Case<'_>, u: UnitIdx, d: DepartureIdx, takes: &mut Takes<'_>) -> bool {
    is_reached(case, u, d) && is_admitted(case, u, d) && is_fit(case, u, d, takes)
}

/// Whether the tests hold that look at the unit's way to the departure.
pub(super) fn is_reached(case: &Case<'_>, u: UnitIdx, d: DepartureIdx) -> bool {
    all_hold(&WAY, Pair::new(case, u, d))
}

/// Whether the tests hold that look at the unit's sponsor and its members' papers.
pub(super) fn is_admitted(case: &Case<'_>, u: UnitIdx, d: DepartureIdx) -> bool {
    all_hold(&PAPERS, Pair::new(case, u, d))
}

/// Whether the other tests hold.
pub(super) fn is_fit(case: &Case<'_>, u: UnitIdx, d: DepartureIdx, takes: &mut Takes<'_>) -> bool {
    let pair = Pair::new(case, u, d);
    all_hold(&ITSELF, pair) && fits(&takes.on(d), pair.departure).next().is_none()
}

fn all_hold(tests: &[(Rule, Test)], pair: Pair<'_>) -> bool {
    tests.iter().all(|(_, test)| test(pair).is_none())
}

impl<'a> Pair<'a> {
    fn new(case: &'a Case<'a>, u: UnitIdx, d: DepartureIdx) -> Self {
        Self { case, u, d, unit: case.unit(u), departure: case.departure(d) }
    }
}

/// Every test that fails, in the order of [`Rule`].
pub(super) fn barred(case: &Case<'_>, u: UnitIdx, d: DepartureIdx) -> Vec<(Rule, Figure, Figure)> {
    let pair = Pair::new(case, u, d);
    let failed = |(rule, test): &(Rule, Test)| test(pair).map(|(found, limit)| (*rule, found, limit));
    let mut failures: Vec<_> = WAY.iter().chain(&PAPERS).chain(&ITSELF).filter_map(failed).collect();
    let alone = take::take(pair.unit, pair.departure);
    failures.extend(fits(&alone, pair.departure));
    failures.sort_by_key(|(rule, _, _)| *rule);
    failures
}

/// Every failed test of every assignment.
pub(super) fn violations(case: &Case<'_>, seating: &Seating) -> Vec<Violation> {
    let of_pair = |(u, d): (UnitIdx, DepartureIdx)| {
        let named = move |(rule, found, limit)| Violation { rule, subject: case.pair(u, d), found, limit };
        barred(case, u, d).into_iter().map(named)
    };
    seating.pairs().flat_map(of_pair).collect()
}

fn cancelled(pair: Pair<'_>) -> Breach {
    none_but(0, i128::from(pair.departure.cancelled))
}

fn closed(pair: Pair<'_>) -> Breach {
    let day = pair.case.arrival[pair.d.index()];
    let place = &pair.case.scenario.places[pair.departure.to.index()];
    let span = place.closed.iter().find(|(from, to)| *from <= day && day <= *to);
    span.map(|(from, _)| (Figure::Date(day), Figure::Date(*from)))
}

fn manifest(pair: Pair<'_>) -> Breach {
    let barred = pair.case.is_locked(pair.d) && !pair.case.is_held(pair.u, pair.d);
    barred.then_some((
        Figure::Instant(pair.case.scenario.as_of),
        Figure::Instant(pair.departure.manifest_closes),
    ))
}

fn movement(pair: Pair<'_>) -> Breach {
    if pair.case.is_held(pair.u, pair.d) {
        return None;
    }
    let by = Figure::Instant(pair.departure.reports_by);
    let Some(seconds) = pair.case.travel_seconds(pair.unit.location, pair.departure.from) else {
        return Some((Figure::Word("no_route"), by));
    };
    let there = pair.unit.ready.max(pair.case.scenario.as_of).plus_seconds(seconds);
    (there > pair.departure.reports_by).then_some((Figure::Instant(there), by))
}

fn latest(pair: Pair<'_>) -> Breach {
    let departs = pair.departure.departs;
    let late = pair.unit.latest.filter(|latest| departs > *latest && !pair.case.is_held(pair.u, pair.d));
    late.map(|latest| (Figure::Instant(departs), Figure::Instant(latest)))
}

fn documents(pair: Pair<'_>) -> Breach {
    none_but(0, persons(pair.unit, |person| !has_documents(pair, person)))
}

/// Whether the person holds every type of at least one list, or none is asked for.
fn has_documents(pair: Pair<'_>, person: &Person) -> bool {
    let lists = &pair.departure.documents;
    lists.is_empty() || lists.iter().any(|list| list.iter().all(|kind| holds(pair, person, *kind)))
}

fn holds(pair: Pair<'_>, person: &Person, kind: DocumentIdx) -> bool {
    let until = pair.case.arrival[pair.d.index()].plus_days(pair.departure.document_validity_days);
    let counts =
        |(held, expiry): &(DocumentIdx, Option<Date>)| *held == kind && expiry.is_none_or(|day| day >= until);
    person.documents.iter().any(counts)
}

fn admits_any(pair: Pair<'_>) -> Breach {
    let admitted = pair.departure.admits_any.as_ref()?;
    let members = persons(pair.unit, |person| admitted.contains(&person.category));
    (members == 0).then_some((Figure::Number(0), Figure::Number(1)))
}

fn admits_all(pair: Pair<'_>) -> Breach {
    let admitted = pair.departure.admits_all.as_ref()?;
    none_but(0, persons(pair.unit, |person| !admitted.contains(&person.category)))
}

fn sponsors_only(pair: Pair<'_>) -> Breach {
    let sponsors = pair.departure.sponsors_only.as_ref()?;
    let theirs = pair.unit.sponsor.is_some_and(|sponsor| sponsors.contains(&sponsor));
    (!theirs).then_some((Figure::Number(0), Figure::Number(1)))
}

fn refused(pair: Pair<'_>) -> Breach {
    none_but(0, persons(pair.unit, |person| person.vetting.rank().is_none()))
}

fn vetting(pair: Pair<'_>) -> Breach {
    let asked = pair.departure.vetting.filter(|asked| asked.exceptions == 0)?;
    none_but(asked.exceptions.into(), persons(pair.unit, |p| take::is_below_vetting(p, pair.departure)))
}

fn adult(pair: Pair<'_>) -> Breach {
    (!pair.case.has_adult[pair.u.index()]).then_some((Figure::Number(0), Figure::Number(1)))
}

fn exclusion(pair: Pair<'_>) -> Breach {
    none_but(0, i128::from(pair.case.is_excluded(pair.u, pair.d)))
}

/// The resources of the empty departure that the unit alone exceeds.
fn fits(alone: &Take, departure: &Departure) -> impl Iterator<Item = (Rule, Figure, Figure)> {
    RESOURCES.into_iter().filter_map(move |resource| {
        let limit = take::limit(departure, resource)?;
        let found = alone.of(resource);
        (found > limit).then_some((take::fit_rule(resource), found.into(), limit.into()))
    })
}

/// At most so many.
fn none_but(limit: i128, found: i128) -> Breach {
    (found > limit).then_some((Figure::Number(found), Figure::Number(limit)))
}

/// How many persons of the unit are so.
fn persons(unit: &FamilyUnit, so: impl Fn(&Person) -> bool) -> i128 {
    count(unit.persons.iter().filter(|person| so(person)).count())
}
