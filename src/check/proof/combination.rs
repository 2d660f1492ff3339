//! Rows times prices, added up: a coefficient for every column and a right-hand side.
//!
//! Columns are never listed. What depends on a departure alone is kept by departure, what depends on a unit
//! alone by unit, the rest by pair, and a pair's coefficient is put together when it is asked for.

use rustc_hash::FxHashMap;

use super::exact::Exact;
use super::line::{Line, side_of};
use super::{Ground, SplitRow};
use crate::certificate::{Resource, Side};
use crate::check::case::Case;
use crate::check::levels;
use crate::check::limits;
use crate::check::take::{self, Take};
use crate::scenario::{DepartureIdx, SponsorIdx, UnitIdx};

/// The sum of rows, each times its price.
pub(super) struct Combination<T> {
    /// The right-hand side.
    pub(super) right: T,
    /// On every departure of a unit.
    every: FxHashMap<UnitIdx, T>,
    /// On single pairs.
    pairs: FxHashMap<UnitIdx, FxHashMap<DepartureIdx, T>>,
    /// On a departure's columns.
    at: Vec<Option<Box<AtDeparture<T>>>>,
    /// Quota, per person that `count` matches, per person that `among` matches.
    quotas: Vec<(usize, T, T)>,
    /// Level, per unit of its value.
    levels: Vec<(usize, T)>,
    /// Earlier cut, times it.
    cuts: Vec<(usize, T)>,
}

/// What is added up on the columns of one departure.
struct AtDeparture<T> {
    /// Per unit of what is taken.
    uses: Vec<(Resource, T)>,
    /// Per person.
    persons: T,
    /// Per unit aboard.
    each: T,
    /// Per seat that the sponsor's units use.
    sponsored: Vec<(SponsorIdx, T)>,
    /// On y.
    open: T,
    /// On h.
    held: Vec<(SponsorIdx, T)>,
}

/// What of a unit's coefficients does not depend on the departure, and where to look for the rest.
pub(super) struct Share<'a, T> {
    constant: T,
    pairs: Option<&'a FxHashMap<DepartureIdx, T>>,
}

/// Finds the entry of `key`, or adds one of 0.
fn entry<K: PartialEq, T: Exact>(list: &mut Vec<(K, T)>, key: K) -> &mut T {
    let position = list.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        list.push((key, T::of(0)));
        list.len() - 1
    });
    &mut list[position].1
}

impl<T: Exact> AtDeparture<T> {
    fn new() -> Self {
        let nought = || T::of(0);
        Self {
            uses: Vec::new(),
            persons: nought(),
            each: nought(),
            sponsored: Vec::new(),
            open: nought(),
            held: Vec::new(),
        }
    }
}

impl<T: Exact> Combination<T> {
    /// No row yet.
    pub(super) fn new(departures: usize) -> Self {
        Self {
            right: T::of(0),
            every: FxHashMap::default(),
            pairs: FxHashMap::default(),
            at: (0..departures).map(|_| None).collect(),
            quotas: Vec::new(),
            levels: Vec::new(),
            cuts: Vec::new(),
        }
    }

    fn at(&mut self, d: DepartureIdx) -> &mut AtDeparture<T> {
        self.at[d.index()].get_or_insert_with(|| Box::new(AtDeparture::new()))
    }

    fn every(&mut self, u: UnitIdx) -> &mut T {
        self.every.entry(u).or_insert_with(|| T::of(0))
    }

    fn pair(&mut self, u: UnitIdx, d: DepartureIdx) -> &mut T {
        self.pairs.entry(u).or_default().entry(d).or_insert_with(|| T::of(0))
    }

    /// Adds a level's value so many times, its constant apart.
    pub(super) fn add_value(&mut self, case: &Case<'_>, k: usize, price: &T) -> Option<()> {
        entry(&mut self.levels, k).add(price, 1)?;
        let costly =
            case.departures().map(|d| (d, levels::opening(case, k, d))).filter(|(_, cost)| *cost != 0);
        for (d, cost) in costly {
            self.at(d).open.add(price, cost)?;
        }
        Some(())
    }

    /// Adds a row so many times; `None` where the numbers are too large for `T`.
    pub(super) fn add(
        &mut self,
        ground: &Ground<'_>,
        splits: &[SplitRow],
        cut_right: &[T],
        line: &Line,
        price: &T,
    ) -> Option<()> {
        let case = ground.case;
        match *line {
            Line::Unit(u) => {
                self.every(u).add(price, 1)?;
                self.right.add(price, 1)
            }
            Line::Open(d) => {
                self.at(d).open.add(price, 1)?;
                self.right.add(price, 1)
            }
            Line::Held(d, sponsor) => {
                entry(&mut self.at(d).held, sponsor).add(price, 1)?;
                self.right.add(price, allotted(case, d, sponsor))
            }
            Line::Capacity(d, resource) => self.add_capacity(case, d, resource, price),
            Line::Fill(d, resource, reach) => {
                entry(&mut self.at(d).uses, resource).add(price, 1)?;
                self.right.add(price, reach)
            }
            Line::Allotment(d, sponsor) => {
                let at = self.at(d);
                at.open.add(price, allotted(case, d, sponsor))?;
                entry(&mut at.sponsored, sponsor).add(price, -1)?;
                entry(&mut at.held, sponsor).add(price, -1)
            }
            Line::Aboard(u, d) => {
                self.pair(u, d).add(price, 1)?;
                self.at(d).open.add(price, -1)
            }
            Line::Used(d) => {
                self.at(d).open.add(price, 1)?;
                self.at(d).each.add(price, -1)
            }
            Line::MinLoad(d) => {
                self.at(d).open.add(price, case.departure(d).min_load.into())?;
                self.at(d).persons.add(price, -1)
            }
            Line::Budget => self.add_budget(case, price),
            Line::Beds(place, date) => {
                for d in limits::staying(case, place, date) {
                    self.at(d).persons.add(price, 1)?;
                }
                let free = limits::free_beds(&case.scenario.places[place.index()], date)?;
                self.right.add(price, free)
            }
            Line::Quota(q, side) => self.add_quota(case, q, side, price),
            Line::Pin(u, d) => {
                self.pair(u, d).add(price, 1)?;
                self.right.add(price, 1)
            }
            Line::SameDeparture(first, other, d, _) => {
                self.pair(first, d).add(price, 1)?;
                self.pair(other, d).add(price, -1)
            }
            Line::AllOrNone(first, other, _) => {
                self.every(first).add(price, 1)?;
                self.every(other).add(price, -1)
            }
            Line::AtMostOne(link) => {
                for u in &case.scenario.links[link].units {
                    self.every(*u).add(price, 1)?;
                }
                self.right.add(price, 1)
            }
            Line::Apart(link, d) => {
                for u in &case.scenario.links[link].units {
                    self.pair(*u, d).add(price, 1)?;
                }
                self.right.add(price, 1)
            }
            Line::Level(k) => {
                let kept = ground.kept[k]?;
                self.add_value(case, k, &price.scaled(kept.sign)?)?;
                self.right.add(price, kept.right)
            }
            Line::Split(depth) => self.add_split(&splits[depth], price),
            Line::Cut(index) => {
                entry(&mut self.cuts, index).add(price, 1)?;
                self.right = self.right.plus(&price.times(&cut_right[index])?)?;
                Some(())
            }
        }
    }

    fn add_capacity(
        &mut self,
        case: &Case<'_>,
        d: DepartureIdx,
        resource: Resource,
        price: &T,
    ) -> Option<()> {
        let limit = take::limit(case.departure(d), resource)?;
        let at = self.at(d);
        entry(&mut at.uses, resource).add(price, 1)?;
        at.open.add(price, -limit)?;
        if resource == Resource::Seats {
            for held in limits::in_force(case, d) {
                entry(&mut at.held, held.sponsor).add(price, 1)?;
            }
        }
        Some(())
    }

    fn add_budget(&mut self, case: &Case<'_>, price: &T) -> Option<()> {
        for d in case.departures() {
            let cost = limits::cost_usd(case.departure(d));
            if cost != 0 {
                self.at(d).open.add(price, cost.into())?;
            }
        }
        self.right.add(price, case.scenario.budget_usd?.into())
    }

    fn add_quota(&mut self, case: &Case<'_>, q: usize, side: Side, price: &T) -> Option<()> {
        let says = i128::from(side_of(&case.scenario.quotas[q], side)?);
        let (per_p, per_q, right) = match side {
            Side::Min => (-1, 0, -says),
            Side::Max => (1, 0, says),
            Side::MinPercent => (-100, says, 0),
            Side::MaxPercent => (100, -says, 0),
        };
        let position = self.quotas.iter().position(|(known, ..)| *known == q).unwrap_or_else(|| {
            self.quotas.push((q, T::of(0), T::of(0)));
            self.quotas.len() - 1
        });
        let (_, p, among) = &mut self.quotas[position];
        p.add(price, per_p)?;
        among.add(price, per_q)?;
        self.right.add(price, right)
    }

    fn add_split(&mut self, split: &SplitRow, price: &T) -> Option<()> {
        for (unit, d) in &split.columns {
            match unit {
                Some(u) => self.pair(*u, *d).add(price, split.sign)?,
                None => self.at(*d).open.add(price, split.sign)?,
            }
        }
        self.right.add(price, split.right)
    }

    /// What of the unit's coefficients is the same on every departure.
    pub(super) fn share(&self, case: &Case<'_>, u: UnitIdx) -> Option<Share<'_, T>> {
        let mut constant = self.every.get(&u).cloned().unwrap_or_else(|| T::of(0));
        for (q, per_p, per_q) in self.quotas.iter().filter(|(q, ..)| case.quotas[*q].counts_everywhere()) {
            let (p, among) = case.quotas[*q].persons[u.index()];
            constant.add(per_p, p)?;
            constant.add(per_q, among)?;
        }
        for (k, price) in self.levels.iter().filter(|(k, _)| levels::is_uniform(&case.levels[*k].measure)) {
            constant.add(price, case.worth[*k][u.index()])?;
        }
        Some(Share { constant, pairs: self.pairs.get(&u) })
    }

    /// The coefficient of x[u, d], of which `cuts` are those of the earlier cuts.
    pub(super) fn on_pair(
        &self,
        case: &Case<'_>,
        share: &Share<'_, T>,
        (u, d): (UnitIdx, DepartureIdx),
        take: &Take,
        cuts: &[T],
    ) -> Option<T> {
        let mut sum = share.constant.clone();
        for (k, price) in self.levels.iter().filter(|(k, _)| !levels::is_uniform(&case.levels[*k].measure)) {
            sum.add(price, levels::coefficient(case, *k, u, d, take))?;
        }
        for (q, per_p, per_q) in &self.quotas {
            let quota = &case.quotas[*q];
            if !quota.counts_everywhere() && quota.counts_on(d) {
                let (p, among) = quota.persons[u.index()];
                sum.add(per_p, p)?;
                sum.add(per_q, among)?;
            }
        }
        if let Some(price) = share.pairs.and_then(|pairs| pairs.get(&d)) {
            sum.add(price, 1)?;
        }
        if let Some(at) = &self.at[d.index()] {
            at.add_taken(case.unit(u).sponsor, take, &mut sum)?;
        }
        self.add_cuts(cuts, sum)
    }

    /// The coefficient of y[d].
    pub(super) fn on_open(&self, d: DepartureIdx, cuts: &[T]) -> Option<T> {
        self.add_cuts(cuts, self.at[d.index()].as_ref().map_or_else(|| T::of(0), |at| at.open.clone()))
    }

    /// The coefficient of h[d, s].
    pub(super) fn on_held(&self, d: DepartureIdx, sponsor: SponsorIdx, cuts: &[T]) -> Option<T> {
        let at = self.at[d.index()].as_ref();
        let held = at.and_then(|at| at.held.iter().find(|(known, _)| *known == sponsor));
        self.add_cuts(cuts, held.map_or_else(|| T::of(0), |(_, price)| price.clone()))
    }

    fn add_cuts(&self, cuts: &[T], mut sum: T) -> Option<T> {
        for (index, price) in &self.cuts {
            if !cuts[*index].is_nought() {
                sum = sum.plus(&price.times(&cuts[*index])?)?;
            }
        }
        Some(sum)
    }
}

impl<T: Exact> AtDeparture<T> {
    /// Adds what a unit aboard adds.
    fn add_taken(&self, sponsor: Option<SponsorIdx>, take: &Take, sum: &mut T) -> Option<()> {
        for (resource, price) in &self.uses {
            sum.add(price, take.of(*resource))?;
        }
        sum.add(&self.persons, take.persons)?;
        sum.add(&self.each, 1)?;
        for (_, price) in self.sponsored.iter().filter(|(theirs, _)| Some(*theirs) == sponsor) {
            sum.add(price, take.seats)?;
        }
        Some(())
    }
}

/// The seats of an allotment in force.
fn allotted(case: &Case<'_>, d: DepartureIdx, sponsor: SponsorIdx) -> i128 {
    let held = limits::in_force(case, d).find(|held| held.sponsor == sponsor);
    held.map_or(0, |held| held.seats.into())
}
