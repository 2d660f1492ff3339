//! Who boards where seats come free: before the day, and at the gate.
//!
//! Comes in: a scenario and a plan's seating. Goes out: per departure a ranked list, sized to the no-shows
//! that `show_probability` makes likely ([`standby`]); or who boards now that some have not come
//! ([`at_the_gate`]). Every answer is an exact re-solve in which nobody who has a seat is moved: those
//! aboard are held where they are ([`assess_boarding`]), so that all rules and levels count as they do for
//! a plan. The manifest test is waived: standbys are for the hours after manifests close.
//!
//! The sizes of holes are estimates from probabilities, the one use of floating point here; they choose how
//! many calls are made, never who boards.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::Serialize;

use crate::answer::Basis;
use crate::certificate::Side;
use crate::check::{Figure, OF_THE_HOUR, Violation, judge_seating};
use crate::eligibility::{Eligibility, assess_boarding};
use crate::plan::{Conflict, ProofKind};
use crate::rule::Rule;
use crate::scenario::{Baseline, Departure, DepartureIdx, FamilyUnit, Scenario, UnitIdx};
use crate::solve::{self, Method, Progress, Request, Seating, Solution, SolveError};

/// The least number of calls that are made for a departure.
const LEAST_DEPTH: i64 = 6;
/// Two departures that leave within so many seconds of each other share no standbys.
const APART_SECONDS: i64 = 12 * 3600;

/// The standbys of one departure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standbys {
    /// Its id.
    pub departure: String,
    /// The seats that no-shows are likely to free.
    pub holes: Holes,
    /// For 1, 2, ... free seats; one that a limit left open is not there.
    pub calls: Vec<Call>,
    /// Ids of units, in the order in which they first appear in `calls`.
    pub list: Vec<String>,
    /// Of `calls` and `list`.
    pub basis: Basis,
}

/// How many seats no-shows free, by the probabilities of those aboard; nobody's depends on another's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holes {
    /// The mean, in seats.
    pub expected: f64,
    /// At most so many in half of all nights.
    pub p50: i64,
    /// At most so many in nine of ten.
    pub p90: i64,
    /// Always an estimate.
    pub basis: Basis,
}

/// Who boards if so many seats more are usable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// How many seats more.
    pub free_seats: i64,
    /// Ids of units, sorted.
    pub board: Vec<String>,
}

/// Who boards now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtTheGate {
    /// What the absence itself breaks, and is not asked for: quotas, links, minimum loads.
    pub broken: Vec<Conflict>,
    /// What units that fly without one of theirs break besides, as the checker says it: an infant without its adult takes a
    /// seat or may not fly at all. They keep their place; nobody else boards for it.
    pub strained: Vec<Violation>,
    /// Per departure, in order.
    pub boards: Vec<Board>,
    /// Whether every level is proven.
    pub basis: Basis,
    /// Where everybody is who flies; by [`UnitIdx`].
    pub on: Seating,
    /// The units of which nobody came.
    pub absent: BTreeSet<UnitIdx>,
    /// The units that fly without one of theirs.
    pub without_some: BTreeSet<UnitIdx>,
}

/// The standbys that board a departure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Board {
    /// Its id.
    pub departure: String,
    /// Ids of units, sorted.
    pub board: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum StandbyError {
    /// Those who are aboard break the scenario's rules, whoever else boards.
    #[error("the plan does not fit the scenario: `check` says where, `replan` makes one that does")]
    Misfit,
    /// No unit or person of this id.
    #[error("the scenario has no unit or person {}", crate::diagnostic::tick(.0))]
    Unknown(String),
    /// Stopped before an answer was found.
    #[error("stopped before an answer was found")]
    Stopped,
    /// The solver failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
}

/// The standbys of every departure, in order of departure: calls for 1 to `depth` free seats (where it is
/// not given, the 90th percentile of the holes, at least 6), and the list. `on` is the plan's seating;
/// `request` has the scenario, the plan's own baseline, and the limits.
///
/// # Errors
/// Where the plan does not fit the scenario, or the solver fails.
pub fn standby(request: &Request, on: &Seating, depth: Option<i64>) -> Result<Vec<Standbys>, StandbyError> {
    let scenario = request.scenario;
    fits(scenario, request.baseline, on)?;
    let aboard = assess_boarding(scenario, on, &|_, _| false);
    let mut listed: Vec<(DepartureIdx, Vec<UnitIdx>)> = Vec::new();
    let mut all = Vec::new();
    for d in scenario.departures_by_time() {
        let holes = holes(&aboard, on, d);
        let clashing = listed.iter().filter(|(earlier, _)| clash(&aboard, *earlier, d));
        let taken: BTreeSet<UnitIdx> = clashing.flat_map(|(_, list)| list.iter().copied()).collect();
        let depth = depth.unwrap_or_else(|| holes.p90.max(LEAST_DEPTH));
        let calls = calls(request, on, (d, depth), &taken)?;
        let proven = calls.len() == usize::try_from(depth).unwrap_or(usize::MAX);
        let list = in_order_of_first_call(&calls);
        all.push(Standbys {
            departure: scenario.departures[d.index()].id.clone(),
            holes,
            calls: calls
                .iter()
                .map(|(k, board)| Call { free_seats: *k, board: ids(scenario, board) })
                .collect(),
            list: list.iter().map(|u| scenario.units[u.index()].id.clone()).collect(),
            basis: if proven { Basis::Resolved } else { Basis::NotProven },
        });
        listed.push((d, list));
    }
    Ok(all)
}

/// The lists as positions, by [`DepartureIdx`].
#[must_use]
pub fn lists(scenario: &Scenario, all: &[Standbys]) -> Vec<Vec<UnitIdx>> {
    let unit = |id: &String| scenario.units.iter().position(|unit| unit.id == *id).map(UnitIdx::new);
    let list = |departure: &Departure| {
        let of = all.iter().filter(|one| one.departure == departure.id);
        of.flat_map(|one| one.list.iter().filter_map(unit)).collect()
    };
    scenario.departures.iter().map(list).collect()
}

/// Whether nobody can be on standby for both: they leave within 12 hours of each other, or the second's
/// reporting time has passed when one who saw the first leave gets there.
fn clash(eligibility: &Eligibility, first: DepartureIdx, second: DepartureIdx) -> bool {
    let departure = |d: DepartureIdx| &eligibility.scenario().departures[d.index()];
    let (first, second) = (departure(first), departure(second));
    let there = eligibility.travel_seconds(first.from, second.from);
    second.departs <= first.departs.plus_seconds(APART_SECONDS)
        || there.is_none_or(|seconds| first.departs.plus_seconds(seconds) > second.reports_by)
}

/// The units that the best plan adds to `d` for each number of free seats up to `depth`, as far as proven.
///
/// The deepest call comes first: the plan that it finds is also the best for every smaller number of seats
/// that it fits, because fewer seats leave fewer plans. Not so where a level has a tolerance: what it may give
/// up is measured from a best that another plan may have.
fn calls(
    request: &Request,
    on: &Seating,
    (d, depth): (DepartureIdx, i64),
    taken: &BTreeSet<UnitIdx>,
) -> Result<Vec<(i64, Vec<UnitIdx>)>, StandbyError> {
    let call = |seats: i64| -> Result<Option<Seating>, StandbyError> {
        let mut scenario = request.scenario.clone();
        let departure = &mut scenario.departures[d.index()];
        departure.seats = departure.seats.saturating_add(seats);
        let may = |u: UnitIdx, other: DepartureIdx| other == d && !taken.contains(&u);
        let boarded = board(request, scenario, on, &may)?;
        Ok(boarded.filter(|boarded| boarded.proven).map(|boarded| boarded.on))
    };
    let deepest = call(depth)?;
    let exact = request.scenario.levels(request.baseline).all.iter().all(|level| level.tolerance == 0);
    let from =
        deepest.as_ref().filter(|_| exact).map_or(depth, |on| seats_short(request.scenario, on, d).max(1));
    let smaller: Vec<_> = (1..from.min(depth)).into_par_iter().map(call).collect();
    let mut calls = Vec::new();
    for (seats, after) in (1..).zip(smaller) {
        calls.extend(after?.map(|after| (seats, newly_seated(request.scenario, on, &after))));
    }
    if let Some(after) = deepest {
        let board = newly_seated(request.scenario, on, &after);
        calls.extend((from.min(depth)..=depth).map(|seats| (seats, board.clone())));
    }
    Ok(calls)
}

/// How many seats more than there are a seating asks of `d`: those used, and those held for sponsors.
fn seats_short(scenario: &Scenario, on: &Seating, d: DepartureIdx) -> i64 {
    let eligibility = assess_boarding(scenario, on, &|_, _| false);
    let departure = &scenario.departures[d.index()];
    let aboard: Vec<UnitIdx> = (0..on.len()).filter(|&u| on[u] == Some(d)).map(UnitIdx::new).collect();
    let seats = |u: &UnitIdx| eligibility.take(*u, d).seats;
    let in_force =
        departure.allotments.iter().filter(|one| one.release.is_none_or(|release| release > scenario.as_of));
    let unused = in_force.map(|one| {
        let ours = aboard.iter().filter(|u| scenario.units[u.index()].sponsor == Some(one.sponsor));
        (one.seats - ours.map(seats).sum::<i64>()).max(0)
    });
    aboard.iter().map(seats).sum::<i64>() + unused.sum::<i64>() - departure.usable_seats()
}

/// A plan in which some board and nobody is moved.
struct Boarded {
    on: Seating,
    proven: bool,
}

/// The best plan in which all of `on` stay; `None` where it was stopped before there was one.
fn board(
    request: &Request,
    mut scenario: Scenario,
    on: &Seating,
    may: &dyn Fn(UnitIdx, DepartureIdx) -> bool,
) -> Result<Option<Boarded>, StandbyError> {
    // Those aboard are held, those who are not have no pin that could hold.
    scenario.pins.clear();
    let eligibility = assess_boarding(&scenario, on, may);
    let waiting = |u: usize| on[u].is_none() && !eligibility.open(UnitIdx::new(u)).is_clear();
    if !(0..on.len()).any(waiting) {
        return Ok(Some(Boarded { on: on.clone(), proven: true }));
    }
    let levels = scenario.levels(request.baseline);
    let silent: &(dyn Fn(&Progress) + Sync) = &|_| ();
    let request = Request { scenario: &scenario, method: Method::Auto, progress: silent, ..*request };
    match solve::search(&request, &eligibility, &levels)? {
        Solution::Found { on, levels } => {
            let proven = levels.iter().all(|level| level.proof != ProofKind::None);
            Ok(Some(Boarded { on, proven }))
        }
        Solution::Infeasible { .. } => Err(StandbyError::Misfit),
        Solution::Unknown => Ok(None),
    }
}

/// Who is seated now and was not before, by id.
fn newly_seated(scenario: &Scenario, before: &Seating, after: &Seating) -> Vec<UnitIdx> {
    let new = |u: &usize| before[*u].is_none() && after[*u].is_some();
    let mut units: Vec<UnitIdx> = (0..after.len()).filter(new).map(UnitIdx::new).collect();
    units.sort_by(|a, b| scenario.units[a.index()].id.cmp(&scenario.units[b.index()].id));
    units
}

fn ids(scenario: &Scenario, units: &[UnitIdx]) -> Vec<String> {
    units.iter().map(|u| scenario.units[u.index()].id.clone()).collect()
}

fn in_order_of_first_call(calls: &[(i64, Vec<UnitIdx>)]) -> Vec<UnitIdx> {
    let mut seen = BTreeSet::new();
    calls.iter().flat_map(|(_, board)| board.iter().copied()).filter(|&u| seen.insert(u)).collect()
}

/// The distribution of the seats that those aboard `d` free by not coming.
#[expect(clippy::float_arithmetic, reason = "an estimate from probabilities; it decides about nobody")]
fn holes(eligibility: &Eligibility, on: &Seating, d: DepartureIdx) -> Holes {
    /// What sums of probabilities may be off by.
    const SLACK: f64 = 1e-9;
    let mut chance: Vec<f64> = vec![1.0];
    let mut expected = 0.0;
    for u in (0..on.len()).filter(|&u| on[u] == Some(d)).map(UnitIdx::new) {
        let absent = 1.0 - eligibility.scenario().units[u.index()].show_probability;
        let seats = usize::try_from(eligibility.take(u, d).seats).unwrap_or(0);
        if absent <= 0.0 || seats == 0 {
            continue;
        }
        let mut with: Vec<f64> = chance.iter().map(|p| p * (1.0 - absent)).collect();
        with.resize(chance.len() + seats, 0.0);
        for (freed, p) in chance.iter().enumerate() {
            with[freed + seats] += p * absent;
        }
        expected += absent * f64::from(u32::try_from(seats).unwrap_or(u32::MAX));
        chance = with;
    }
    let quantile = |share: f64| {
        let mut sum = 0.0;
        let reached = chance.iter().position(|p| {
            sum += p;
            sum >= share - SLACK
        });
        i64::try_from(reached.unwrap_or(chance.len() - 1)).unwrap_or(i64::MAX)
    };
    // A millionth of a seat is none: what decimal probabilities leave behind is not shown.
    let expected = (expected * 1e6).round() / 1e6;
    Holes { expected, p50: quantile(0.5), p90: quantile(0.9), basis: Basis::Estimated }
}

/// Who boards which departure now that `absent` (ids of units or persons) have not come: what they took is
/// free, and everybody else who has a seat keeps it. What the absence itself breaks is not asked for. A
/// unit that flies without one of its persons keeps its place; one that waits is whole or not at all.
///
/// # Errors
/// Where an id is unknown, the plan does not fit the scenario, the search was stopped, or the solver fails.
pub fn at_the_gate(request: &Request, on: &Seating, absent: &[String]) -> Result<AtTheGate, StandbyError> {
    fits(request.scenario, request.baseline, on)?;
    let missing = Missing::find(request.scenario, absent)?;
    let mut scenario = missing.left_by(request.scenario);
    let mut present = on.clone();
    for u in &missing.units {
        present[u.index()] = None;
    }
    let broken = drop_broken(&mut scenario, request.baseline, &present);
    let strained = make_do(&mut scenario, request.baseline, &present);
    let whole = |u: UnitIdx| !missing.units.contains(&u) && !missing.persons_of.contains(&u);
    let boarded = board(request, scenario, &present, &|u, _| whole(u))?.ok_or(StandbyError::Stopped)?;
    let scenario = request.scenario;
    let new = newly_seated(scenario, &present, &boarded.on);
    let of = |d: DepartureIdx| {
        let aboard: Vec<UnitIdx> = new.iter().copied().filter(|u| boarded.on[u.index()] == Some(d)).collect();
        Board { departure: scenario.departures[d.index()].id.clone(), board: ids(scenario, &aboard) }
    };
    let boards = scenario.departures_by_time().into_iter().map(of).collect();
    let seated = |u: &UnitIdx| present[u.index()].is_some();
    Ok(AtTheGate {
        broken,
        strained,
        boards,
        basis: if boarded.proven { Basis::Resolved } else { Basis::NotProven },
        without_some: missing.persons_of.iter().copied().filter(seated).collect(),
        on: boarded.on,
        absent: missing.units,
    })
}

/// Whether a seating obeys the rules, the time of day apart: a standby is called when manifests are closed.
pub(crate) fn fits(
    scenario: &Scenario,
    baseline: Option<&Baseline>,
    on: &Seating,
) -> Result<(), StandbyError> {
    let fits = judge_seating(scenario, baseline, on).fits();
    if fits { Ok(()) } else { Err(StandbyError::Misfit) }
}

/// Who has not come.
struct Missing {
    /// Units of which nobody came.
    units: BTreeSet<UnitIdx>,
    /// Units of which some did not.
    persons_of: BTreeSet<UnitIdx>,
    /// Ids of persons.
    persons: BTreeSet<String>,
}

impl Missing {
    fn find(scenario: &Scenario, absent: &[String]) -> Result<Self, StandbyError> {
        let mut missing =
            Self { units: BTreeSet::new(), persons_of: BTreeSet::new(), persons: BTreeSet::new() };
        for id in absent {
            let has_person = |unit: &FamilyUnit| unit.persons.iter().any(|person| person.id == *id);
            if let Some(u) = scenario.units.iter().position(|unit| unit.id == *id) {
                missing.units.insert(UnitIdx::new(u));
            } else if let Some(u) = scenario.units.iter().position(has_person) {
                missing.persons_of.insert(UnitIdx::new(u));
                missing.persons.insert(id.clone());
            } else {
                return Err(StandbyError::Unknown(id.clone()));
            }
        }
        let nobody = |u: &UnitIdx| {
            scenario.units[u.index()].persons.iter().all(|person| missing.persons.contains(&person.id))
        };
        let gone: Vec<UnitIdx> = missing.persons_of.iter().copied().filter(nobody).collect();
        missing.units.extend(gone);
        let units = missing.units.clone();
        missing.persons_of.retain(|u| !units.contains(u));
        Ok(missing)
    }

    /// The scenario in which each unit has those who came; a unit of which nobody came stays in its list.
    fn left_by(&self, scenario: &Scenario) -> Scenario {
        let mut left = scenario.clone();
        for u in &self.persons_of {
            let unit = &mut left.units[u.index()];
            let anchor = unit.anchor.map(|anchor| unit.persons[anchor].id.clone());
            unit.persons.retain(|person| !self.persons.contains(&person.id));
            unit.anchor = anchor.and_then(|anchor| unit.persons.iter().position(|one| one.id == anchor));
        }
        left
    }
}

/// Gives those who are present what they take beyond a departure's limits, and says what that is.
fn make_do(scenario: &mut Scenario, baseline: Option<&Baseline>, present: &Seating) -> Vec<Violation> {
    let mut strained = judge_seating(scenario, baseline, present).violations;
    strained.retain(|violation| !OF_THE_HOUR.contains(&violation.rule));
    for violation in strained.iter().filter(|violation| violation.subject.unit.is_none()) {
        let is_here =
            |departure: &&mut Departure| Some(&departure.id) == violation.subject.departure.as_ref();
        let Some(departure) = scenario.departures.iter_mut().find(is_here) else { continue };
        let Figure::Number(found) = violation.found else { continue };
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        let limits = [
            (Rule::LapInfants, departure.lap_infants.as_mut()),
            (Rule::Wheelchairs, departure.wheelchairs.as_mut()),
            (Rule::Stretchers, departure.stretchers.as_mut()),
            (Rule::Payload, departure.payload_kg.as_mut()),
            (Rule::VettingExceptions, departure.vetting.as_mut().map(|vetting| &mut vetting.exceptions)),
        ];
        for (rule, limit) in limits {
            if let Some(limit) = limit.filter(|_| rule == violation.rule) {
                *limit = found;
            }
        }
        if [Rule::Seats, Rule::Allotment].contains(&violation.rule) {
            departure.seats = found.saturating_add(departure.blocked_seats);
        }
        if violation.rule == Rule::Seats {
            // None is left to be held.
            departure.allotments.clear();
        }
    }
    strained
}

/// Takes out the sides of quotas, links and minimum loads that those who are present break, and names them.
pub(crate) fn drop_broken(
    scenario: &mut Scenario,
    baseline: Option<&Baseline>,
    present: &Seating,
) -> Vec<Conflict> {
    let judged = judge_seating(scenario, baseline, present);
    let mut broken: BTreeSet<Conflict> = BTreeSet::new();
    for violation in judged.violations {
        let subject = violation.subject;
        let dropped =
            [Rule::SameDeparture, Rule::AllOrNone, Rule::AtMostOne, Rule::Apart, Rule::Quota, Rule::MinLoad];
        if dropped.contains(&violation.rule) {
            broken.insert(Conflict {
                kind: violation.rule,
                unit: None,
                departure: subject.departure.filter(|_| violation.rule == Rule::MinLoad),
                sponsor: None,
                place: None,
                date: None,
                name: subject.name,
                side: subject.side,
                link: subject.link.and_then(|link| u32::try_from(link).ok()),
            });
        }
    }
    let of_min_load = |departure: &&mut Departure| {
        broken.iter().any(|one| one.departure.as_deref() == Some(departure.id.as_str()))
    };
    scenario.departures.iter_mut().filter(of_min_load).for_each(|departure| departure.min_load = 0);
    for quota in &mut scenario.quotas {
        for side in
            broken.iter().filter(|one| one.name.as_deref() == Some(&quota.name)).filter_map(|one| one.side)
        {
            match side {
                Side::Min => quota.min = None,
                Side::Max => quota.max = None,
                Side::MinPercent => quota.min_percent = None,
                Side::MaxPercent => quota.max_percent = None,
            }
        }
    }
    let mut link = 0;
    scenario.links.retain(|_| {
        link += 1;
        broken.iter().all(|one| one.link != Some(link - 1))
    });
    broken.into_iter().collect()
}
