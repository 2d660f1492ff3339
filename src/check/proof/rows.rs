//! The certificate's table: what each row says, as sums over columns.

use super::line::{Line, side_of};
use super::{Ground, SplitRow};
use crate::certificate::{Resource, Side};
use crate::check::case::Case;
use crate::check::levels;
use crate::check::limits;
use crate::check::take;
use crate::scenario::{Date, DepartureIdx, PlaceIdx, SponsorIdx, UnitIdx};

/// A sum over columns that rows are made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Term {
    /// x of the unit on every departure.
    Every(UnitIdx),
    /// x of the pair.
    Pair(UnitIdx, DepartureIdx),
    /// x of every unit on the departure, times what it takes there.
    Use(DepartureIdx, Resource),
    /// x of every unit on the departure, times its persons.
    Persons(DepartureIdx),
    /// x of every unit on the departure.
    Units(DepartureIdx),
    /// x of the sponsor's units on the departure, times their seats.
    Sponsored(DepartureIdx, SponsorIdx),
    /// y.
    Open(DepartureIdx),
    /// h.
    Held(DepartureIdx, SponsorIdx),
    /// A quota's P.
    Counted(usize),
    /// A quota's Q.
    Among(usize),
    /// The part of a level's value that is on x.
    Value(usize),
}

/// A row: terms, each times a number, add up to at most (an equation: exactly) so much.
pub(super) struct Sums {
    pub(super) terms: Vec<(Term, i128)>,
    pub(super) at_most: i128,
}

/// What `line` says; `None` for a cut, which is not in the table, and where there is no such row.
pub(super) fn sums(ground: &Ground<'_>, splits: &[SplitRow], line: &Line) -> Option<Sums> {
    let case = ground.case;
    let row = |terms: Vec<(Term, i128)>, at_most: i128| Some(Sums { terms, at_most });
    match *line {
        Line::Unit(u) => row(vec![(Term::Every(u), 1)], 1),
        Line::Open(d) => row(vec![(Term::Open(d), 1)], 1),
        Line::Held(d, sponsor) => row(vec![(Term::Held(d, sponsor), 1)], allotted(case, d, sponsor)),
        Line::Capacity(d, resource) => capacity(case, d, resource),
        Line::Fill(d, resource, reach) => row(vec![(Term::Use(d, resource), 1)], reach),
        Line::Allotment(d, s) => {
            let seats = allotted(case, d, s);
            row(vec![(Term::Open(d), seats), (Term::Sponsored(d, s), -1), (Term::Held(d, s), -1)], 0)
        }
        Line::Aboard(u, d) => row(vec![(Term::Pair(u, d), 1), (Term::Open(d), -1)], 0),
        Line::Used(d) => row(vec![(Term::Open(d), 1), (Term::Units(d), -1)], 0),
        Line::MinLoad(d) => {
            row(vec![(Term::Open(d), case.departure(d).min_load.into()), (Term::Persons(d), -1)], 0)
        }
        Line::Budget => budget(case),
        Line::Beds(place, date) => beds(case, place, date),
        Line::Quota(q, side) => quota(case, q, side),
        Line::Pin(u, d) => row(vec![(Term::Pair(u, d), 1)], 1),
        Line::SameDeparture(first, other, d, _) => {
            row(vec![(Term::Pair(first, d), 1), (Term::Pair(other, d), -1)], 0)
        }
        Line::AllOrNone(first, other, _) => row(vec![(Term::Every(first), 1), (Term::Every(other), -1)], 0),
        Line::AtMostOne(l) => row(each_of(case, l, Term::Every), 1),
        Line::Apart(l, d) => row(each_of(case, l, |u| Term::Pair(u, d)), 1),
        Line::Level(k) => level(ground, k),
        Line::Split(depth) => Some(split(&splits[depth])),
        Line::Cut(_) => None,
    }
}

/// The seats of an allotment in force.
fn allotted(case: &Case<'_>, d: DepartureIdx, sponsor: SponsorIdx) -> i128 {
    let held = limits::in_force(case, d).find(|held| held.sponsor == sponsor);
    held.map_or(0, |held| held.seats.into())
}

fn capacity(case: &Case<'_>, d: DepartureIdx, resource: Resource) -> Option<Sums> {
    let limit = take::limit(case.departure(d), resource)?;
    let mut terms = vec![(Term::Use(d, resource), 1), (Term::Open(d), -limit)];
    if resource == Resource::Seats {
        terms.extend(limits::in_force(case, d).map(|held| (Term::Held(d, held.sponsor), 1)));
    }
    Some(Sums { terms, at_most: 0 })
}

fn budget(case: &Case<'_>) -> Option<Sums> {
    let cost = |d| (Term::Open(d), i128::from(limits::cost_usd(case.departure(d))));
    Some(Sums { terms: case.departures().map(cost).collect(), at_most: case.scenario.budget_usd?.into() })
}

fn beds(case: &Case<'_>, place: PlaceIdx, date: Date) -> Option<Sums> {
    let terms = limits::staying(case, place, date).map(|d| (Term::Persons(d), 1)).collect();
    Some(Sums { terms, at_most: limits::free_beds(&case.scenario.places[place.index()], date)? })
}

fn quota(case: &Case<'_>, q: usize, side: Side) -> Option<Sums> {
    let says = i128::from(side_of(&case.scenario.quotas[q], side)?);
    let (p, among) = (Term::Counted(q), Term::Among(q));
    let (terms, at_most) = match side {
        Side::Min => (vec![(p, -1)], -says),
        Side::Max => (vec![(p, 1)], says),
        Side::MinPercent => (vec![(among, says), (p, -100)], 0),
        Side::MaxPercent => (vec![(p, 100), (among, -says)], 0),
    };
    Some(Sums { terms, at_most })
}

fn each_of(case: &Case<'_>, link: usize, term: impl Fn(UnitIdx) -> Term) -> Vec<(Term, i128)> {
    case.scenario.links[link].units.iter().map(|u| (term(*u), 1)).collect()
}

/// The terms of a level's value, each `times` so many; its constant apart.
pub(super) fn value(case: &Case<'_>, k: usize, times: i128) -> Vec<(Term, i128)> {
    let opening = case.departures().map(|d| (Term::Open(d), times * levels::opening(case, k, d)));
    let costly = opening.filter(|(_, cost)| *cost != 0);
    std::iter::once((Term::Value(k), times)).chain(costly).collect()
}

fn level(ground: &Ground<'_>, k: usize) -> Option<Sums> {
    let kept = ground.kept.get(k).copied().flatten()?;
    Some(Sums { terms: value(ground.case, k, kept.sign), at_most: kept.at_most })
}

fn split(row: &SplitRow) -> Sums {
    let column = |(u, d): &(Option<UnitIdx>, DepartureIdx)| u.map_or(Term::Open(*d), |u| Term::Pair(u, *d));
    Sums { terms: row.columns.iter().map(|c| (column(c), row.sign)).collect(), at_most: row.at_most }
}
