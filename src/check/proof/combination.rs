//! Rows times prices, added up: a coefficient for every column and a right-hand side.
//!
//! Columns are never listed. What depends on a departure alone is kept by departure, what depends on a unit
//! alone by unit, the rest by pair, and a pair's coefficient is put together when it is asked for.

use rustc_hash::FxHashMap;

use super::exact::Exact;
use super::rows::{Sums, Term};
use crate::certificate::Resource;
use crate::check::case::Case;
use crate::check::levels;
use crate::check::take::Take;
use crate::check::ties::QuotaCounts;
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
    /// Quota, per seated person that its `count` matches.
    counted: Vec<(usize, T)>,
    /// Quota, per seated person that its `among` matches.
    among: Vec<(usize, T)>,
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
    units: T,
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

fn nought<T: Exact>() -> T {
    T::of(0)
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
        Self {
            uses: Vec::new(),
            persons: nought(),
            units: nought(),
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
            counted: Vec::new(),
            among: Vec::new(),
            levels: Vec::new(),
            cuts: Vec::new(),
        }
    }

    /// Where the coefficients of a term are added up.
    fn slot(&mut self, term: Term) -> &mut T {
        match term {
            Term::Every(u) => self.every.entry(u).or_insert_with(nought),
            Term::Pair(u, d) => self.pairs.entry(u).or_default().entry(d).or_insert_with(nought),
            Term::Use(d, resource) => entry(&mut self.at(d).uses, resource),
            Term::Persons(d) => &mut self.at(d).persons,
            Term::Units(d) => &mut self.at(d).units,
            Term::Sponsored(d, sponsor) => entry(&mut self.at(d).sponsored, sponsor),
            Term::Open(d) => &mut self.at(d).open,
            Term::Held(d, sponsor) => entry(&mut self.at(d).held, sponsor),
            Term::Counted(q) => entry(&mut self.counted, q),
            Term::Among(q) => entry(&mut self.among, q),
            Term::Value(k) => entry(&mut self.levels, k),
        }
    }

    fn at(&mut self, d: DepartureIdx) -> &mut AtDeparture<T> {
        self.at[d.index()].get_or_insert_with(|| Box::new(AtDeparture::new()))
    }

    /// Adds a row so many times; `None` where the numbers are too large for `T`.
    pub(super) fn add(&mut self, row: &Sums, price: &T) -> Option<()> {
        for (term, by) in &row.terms {
            self.slot(*term).add(price, *by)?;
        }
        self.right.add(price, row.at_most)
    }

    /// Adds an earlier cut, whose right-hand side is `right`, so many times.
    pub(super) fn add_cut(&mut self, index: usize, right: &T, price: &T) -> Option<()> {
        entry(&mut self.cuts, index).add(price, 1)?;
        self.right = self.right.plus(&price.times(right)?)?;
        Some(())
    }

    /// What of the unit's coefficients is the same on every departure.
    pub(super) fn share(&self, case: &Case<'_>, u: UnitIdx) -> Option<Share<'_, T>> {
        let mut constant = self.every.get(&u).cloned().unwrap_or_else(nought);
        self.add_quotas(case, u, QuotaCounts::counts_everywhere, &mut constant)?;
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
        self.add_quotas(case, u, |quota| !quota.counts_everywhere() && quota.counts_on(d), &mut sum)?;
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
        self.add_cuts(cuts, self.at[d.index()].as_ref().map_or_else(nought, |at| at.open.clone()))
    }

    /// The coefficient of h[d, s].
    pub(super) fn on_held(&self, d: DepartureIdx, sponsor: SponsorIdx, cuts: &[T]) -> Option<T> {
        let at = self.at[d.index()].as_ref();
        let held = at.and_then(|at| at.held.iter().find(|(known, _)| *known == sponsor));
        self.add_cuts(cuts, held.map_or_else(nought, |(_, price)| price.clone()))
    }

    /// Adds what quotas of this kind count of the unit.
    fn add_quotas(
        &self,
        case: &Case<'_>,
        u: UnitIdx,
        wanted: impl Fn(&QuotaCounts) -> bool,
        sum: &mut T,
    ) -> Option<()> {
        for (q, price) in self.counted.iter().filter(|(q, _)| wanted(&case.quotas[*q])) {
            sum.add(price, case.quotas[*q].persons[u.index()].0)?;
        }
        for (q, price) in self.among.iter().filter(|(q, _)| wanted(&case.quotas[*q])) {
            sum.add(price, case.quotas[*q].persons[u.index()].1)?;
        }
        Some(())
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
        sum.add(&self.units, 1)?;
        for (_, price) in self.sponsored.iter().filter(|(theirs, _)| Some(*theirs) == sponsor) {
            sum.add(price, take.seats)?;
        }
        Some(())
    }
}
