//! What a departure, a transit site and the budget can bear.

use super::case::Case;
use super::report::{Subject, Violation};
use super::seating::Seating;
use super::take::{self, RESOURCES};
use crate::rule::Rule;
use crate::scenario::{Allotment, Date, Departure, DepartureIdx, Place, PlaceIdx};

/// Every limit that is exceeded.
pub(super) fn violations(case: &Case<'_>, seating: &Seating) -> Vec<Violation> {
    let mut violations = Vec::new();
    for d in case.departures() {
        violations.extend(resources(case, seating, d));
        violations.extend(allotments(case, seating, d));
        violations.extend(min_load(case, seating, d));
    }
    violations.extend(budget(case, seating));
    violations.extend(beds(case, seating));
    violations
}

fn resources(case: &Case<'_>, seating: &Seating, d: DepartureIdx) -> impl Iterator<Item = Violation> {
    RESOURCES.into_iter().filter_map(move |resource| {
        let limit = take::limit(case.departure(d), resource)?;
        let found = seating.load(d).of(resource);
        let violation = || Violation::new(take::rule(resource), case.on(d), found, limit);
        (found > limit).then(violation)
    })
}

/// The allotments that hold seats at `as_of`.
pub(super) fn in_force<'a>(case: &Case<'a>, d: DepartureIdx) -> impl Iterator<Item = &'a Allotment> {
    let as_of = case.scenario.as_of;
    case.departure(d).allotments.iter().filter(move |held| held.release.is_none_or(|release| release > as_of))
}

/// Where anyone is aboard, seats used plus seats held unused fit the usable seats.
fn allotments(case: &Case<'_>, seating: &Seating, d: DepartureIdx) -> Option<Violation> {
    let used = seating.load(d).seats;
    let unused = |held: &Allotment| (i128::from(held.seats) - seats_of(case, seating, d, held)).max(0);
    let held: i128 = in_force(case, d).map(unused).sum();
    let usable = i128::from(case.departure(d).usable_seats());
    let broken = !seating.aboard(d).is_empty() && used <= usable && used + held > usable;
    broken.then(|| Violation::new(Rule::Allotment, case.on(d), used + held, usable))
}

/// Seats that units of the allotment's sponsor use.
fn seats_of(case: &Case<'_>, seating: &Seating, d: DepartureIdx, held: &Allotment) -> i128 {
    let theirs = seating.aboard(d).iter().filter(|u| case.unit(**u).sponsor == Some(held.sponsor));
    theirs.map(|u| take::take(case.unit(*u), case.departure(d)).seats).sum()
}

fn min_load(case: &Case<'_>, seating: &Seating, d: DepartureIdx) -> Option<Violation> {
    let (persons, least) = (seating.load(d).persons, i128::from(case.departure(d).min_load));
    let broken = !seating.aboard(d).is_empty() && persons < least;
    broken.then(|| Violation::new(Rule::MinLoad, case.on(d), persons, least))
}

/// What using the departure costs against the budget.
pub(super) fn cost_usd(departure: &Departure) -> i64 {
    if departure.committed { 0 } else { departure.cost_usd }
}

fn budget(case: &Case<'_>, seating: &Seating) -> Option<Violation> {
    let limit = i128::from(case.scenario.budget_usd?);
    let used = case.departures().filter(|d| !seating.aboard(*d).is_empty());
    let spent: i128 = used.map(|d| i128::from(cost_usd(case.departure(d)))).sum();
    (spent > limit).then(|| Violation::new(Rule::Budget, Subject::default(), spent, limit))
}

/// Every transit site on every day of arrival: between two of them guests only leave.
fn beds(case: &Case<'_>, seating: &Seating) -> Vec<Violation> {
    let sites = case.scenario.places.iter().enumerate().filter(|(_, place)| place.beds.is_some());
    let of_site = |(p, place): (usize, &Place)| {
        let place_idx = PlaceIdx::new(p);
        let mut days: Vec<Date> = case
            .departures()
            .filter(|d| arrives_at(case, *d, place_idx))
            .map(|d| case.arrival[d.index()])
            .collect();
        days.sort_unstable();
        days.dedup();
        days.into_iter().filter_map(|day| beds_on(case, seating, place_idx, place, day)).collect::<Vec<_>>()
    };
    sites.flat_map(of_site).collect()
}

fn beds_on(
    case: &Case<'_>,
    seating: &Seating,
    place_idx: PlaceIdx,
    place: &Place,
    day: Date,
) -> Option<Violation> {
    let guests: i128 = staying(case, place_idx, day).map(|d| seating.load(d).persons).sum();
    let free = free_beds(place, day)?;
    let subject =
        || Subject { place: Some(place.id.clone()), date: Some(day.to_string()), ..Subject::default() };
    (guests > free).then(|| Violation::new(Rule::Beds, subject(), guests, free))
}

fn arrives_at(case: &Case<'_>, d: DepartureIdx, place: PlaceIdx) -> bool {
    case.departure(d).to == place
}

/// The departures whose persons take beds of the place on that day.
pub(super) fn staying<'a>(
    case: &'a Case<'a>,
    place: PlaceIdx,
    day: Date,
) -> impl Iterator<Item = DepartureIdx> + use<'a> {
    let dwell = case.scenario.places[place.index()].dwell_days;
    let stays = move |d: &DepartureIdx| {
        let arrival = case.arrival[d.index()];
        arrives_at(case, *d, place) && arrival <= day && day < arrival.plus_days(dwell)
    };
    case.departures().filter(stays)
}

/// Beds less the persons who are there on that day already, at least 0; `None` where it is no transit site.
pub(super) fn free_beds(place: &Place, day: Date) -> Option<i128> {
    let there = place.occupied.iter().filter(|(until, _)| day <= *until);
    let occupied: i128 = there.map(|(_, persons)| i128::from(*persons)).sum();
    Some((i128::from(place.beds?) - occupied).max(0))
}
