//! Plans and policies side by side, and the rules of thumb that people use without a solver.
//!
//! Comes in: plans of one scenario, from anywhere. Goes out: each measured with the same levels, and who
//! gains or loses against the first. A rule of thumb obeys every rule of the scenario too: where going down its
//! list breaks one (a quota that asks for more, a minimum load), its plan is the one that obeys them all and
//! differs from the list's for the fewest persons.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::classes::{self, Class};
use crate::eligibility::{self, Eligibility};
use crate::model::measure::{cost_if_used, counted_category, matching, objectives};
use crate::model::{self, Column, Program, RowKey, rows};
use crate::plan::{CategoryCount, Plan, Status};
use crate::scenario::{
    Baseline, CategoryIdx, DepartureIdx, Filter, Level, LinkKind, Measure, MixedStatus, Policy, Scenario,
    Sense, SponsorIdx, UnitIdx, Was,
};
use crate::solve::{self, Request, Seating, SolveError, answer};

/// A plan to be compared.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// How it is called.
    pub name: String,
    /// The policy that it comes from.
    pub policy: String,
    /// How far it is known to be that policy's best.
    pub status: Status,
    /// By unit.
    pub on: Seating,
}

/// A level's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelValue {
    /// The level's name.
    pub name: String,
    /// What the plan has.
    pub value: i64,
}

/// How many persons of a sponsor's units travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SponsorCount {
    /// The sponsor; absent: units without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<String>,
    /// Persons.
    pub persons: i64,
}

/// What a quota counts in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuotaCount {
    /// The quota's name.
    pub name: String,
    /// P.
    pub count: i64,
    /// Q.
    pub among: i64,
}

/// A plan, measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// How it is called.
    pub name: String,
    /// The policy that it comes from.
    pub policy: String,
    /// How far it is known to be that policy's best.
    pub status: Status,
    /// By the first policy's levels.
    pub levels: Vec<LevelValue>,
    /// Persons who travel.
    pub persons: i64,
    /// As the first policy counts them.
    pub by_category: Vec<CategoryCount>,
    /// In order of first mention, units without a sponsor last.
    pub by_sponsor: Vec<SponsorCount>,
    /// In order.
    pub quotas: Vec<QuotaCount>,
    /// The first departure used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
    /// The last departure used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
}

/// A unit on another departure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its id.
    pub unit: String,
    /// Where the first plan has it.
    pub from: String,
    /// Where the other has it.
    pub to: String,
}

/// A plan against the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The first plan's name.
    pub first: String,
    /// The other's.
    pub other: String,
    /// Units that travel in the other alone.
    pub gains: Vec<String>,
    /// Units that travel in the first alone.
    pub loses: Vec<String>,
    /// Units on different departures.
    pub moved: Vec<Moved>,
}

/// Plans side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// In the order given.
    pub plans: Vec<Measured>,
    /// Each but the first against it.
    pub differences: Vec<Difference>,
}

/// Measures plans of a scenario by its levels. The first plan is the one that the others are held against.
#[must_use]
pub fn compare(scenario: &Scenario, baseline: Option<&Baseline>, entrants: &[Entrant]) -> Comparison {
    let eligibility = eligibility::assess(scenario, baseline);
    let plans = entrants.iter().map(|entrant| measured(&eligibility, baseline, entrant)).collect();
    let others = entrants.iter().skip(1);
    Comparison { plans, differences: others.map(|other| difference(scenario, &entrants[0], other)).collect() }
}

fn measured(eligibility: &Eligibility, baseline: Option<&Baseline>, entrant: &Entrant) -> Measured {
    let scenario = eligibility.scenario();
    let levels = objectives(scenario, baseline, &scenario.levels(baseline));
    let value = |objective: &model::measure::Objective| LevelValue {
        name: objective.name.clone(),
        value: answer::value(eligibility, objective, &entrant.on),
    };
    let mut persons = 0;
    let mut by_category = vec![0; scenario.categories.len()];
    let mut by_sponsor: BTreeMap<Option<usize>, i64> = BTreeMap::new();
    let mut used: Vec<DepartureIdx> = Vec::new();
    for (unit, d) in scenario.units.iter().zip(&entrant.on).filter_map(|(unit, d)| d.map(|d| (unit, d))) {
        for person in &unit.persons {
            by_category[counted_category(scenario.policy.mixed_status, unit, person).index()] += 1;
            persons += 1;
            *by_sponsor.entry(unit.sponsor.map(SponsorIdx::index)).or_default() += 1;
        }
        used.push(d);
    }
    let category =
        |(category, persons): (&String, i64)| CategoryCount { category: category.clone(), persons };
    let sponsors = (0..scenario.sponsors.len()).map(Some).chain([None]);
    let sponsor = |sponsor: Option<usize>| {
        let persons = by_sponsor.get(&sponsor).copied()?;
        Some(SponsorCount { sponsor: sponsor.map(|sponsor| scenario.sponsors[sponsor].clone()), persons })
    };
    let by_time = scenario.departures_by_time();
    let mut in_use = by_time.iter().filter(|d| used.contains(d)).map(|d| &scenario.departures[d.index()].id);
    Measured {
        name: entrant.name.clone(),
        policy: entrant.policy.clone(),
        status: entrant.status,
        levels: levels.iter().map(value).collect(),
        persons,
        by_category: scenario.categories.iter().zip(by_category).map(category).collect(),
        by_sponsor: sponsors.filter_map(sponsor).collect(),
        quotas: scenario.quotas.iter().map(|quota| counted(scenario, quota, &entrant.on)).collect(),
        earliest: in_use.clone().next().cloned(),
        latest: in_use.next_back().cloned(),
    }
}

fn counted(scenario: &Scenario, quota: &crate::scenario::Quota, on: &Seating) -> QuotaCount {
    let named = |d: DepartureIdx| quota.departures.as_ref().is_none_or(|named| named.contains(&d));
    let everybody = Filter::default();
    let (mut count, mut among) = (0, 0);
    for u in (0..on.len()).filter(|&u| on[u].is_some_and(named)).map(UnitIdx::new) {
        count += matching(scenario, &quota.count, u);
        among += matching(scenario, quota.among.as_ref().unwrap_or(&everybody), u);
    }
    QuotaCount { name: quota.name.clone(), count, among }
}

fn difference(scenario: &Scenario, first: &Entrant, other: &Entrant) -> Difference {
    let mut units: Vec<usize> = (0..scenario.units.len()).collect();
    units.sort_by(|&a, &b| scenario.units[a].id.cmp(&scenario.units[b].id));
    let id = |d: DepartureIdx| scenario.departures[d.index()].id.clone();
    let (mut gains, mut loses, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    for u in units {
        let unit = scenario.units[u].id.clone();
        match (first.on[u], other.on[u]) {
            (None, Some(_)) => gains.push(unit),
            (Some(_), None) => loses.push(unit),
            (Some(from), Some(to)) if from != to => moved.push(Moved { unit, from: id(from), to: id(to) }),
            _ => {}
        }
    }
    Difference { first: first.name.clone(), other: other.name.clone(), gains, loses, moved }
}

/// Solves the scenario and enters the plan.
///
/// # Errors
/// As [`solve::solve`].
pub fn solved(request: &Request, name: &str, policy: &str, digest: &str) -> Result<Entrant, SolveError> {
    Ok(entered(request.scenario, name, policy, &solve::solve(request, digest)?))
}

/// Enters a plan file.
#[must_use]
pub fn entered(scenario: &Scenario, name: &str, policy: &str, plan: &Plan) -> Entrant {
    let pairs = plan.assignments.iter().map(|pair| (pair.unit.as_str(), pair.departure.as_str()));
    let on = Baseline::resolve(String::new(), pairs, scenario);
    let place = |was: &Was| match was {
        Was::On(d) => Some(*d),
        Was::Unseated | Was::Gone => None,
    };
    Entrant {
        name: name.to_owned(),
        policy: policy.to_owned(),
        status: plan.status,
        on: on.was.iter().map(place).collect(),
    }
}

/// The rules of thumb, solved or played: first come first served, tier by tier, weighted, three seats for
/// each organisation in turn, and the three ways to count a mixed family.
///
/// # Errors
/// As [`solve::solve`].
pub fn baselines(request: &Request, digest: &str) -> Result<Vec<Entrant>, SolveError> {
    let scenario = request.scenario;
    let of = |(name, policy): (&str, Policy)| {
        let changed = Scenario { policy, ..scenario.clone() };
        solved(&Request { scenario: &changed, ..*request }, name, name, digest)
    };
    let mixed = |mixed_status: MixedStatus| Policy { mixed_status, levels: scenario.policy.levels.clone() };
    let policies = [
        ("weighted", weighted(scenario)),
        ("per_person", mixed(MixedStatus::PerPerson)),
        ("best_member", mixed(MixedStatus::BestMember)),
        ("anchor", mixed(MixedStatus::Anchor)),
    ];
    let (thumbs, solved) = rayon::join(
        || (0..3).into_par_iter().map(|sort: u8| thumb(request, sort)).collect::<Result<Vec<_>, _>>(),
        || policies.into_par_iter().map(of).collect::<Result<Vec<_>, _>>(),
    );
    let (mut all, mut solved) = (thumbs?, solved?);
    // In the order in which the page of the answers names them.
    all.insert(2, solved.remove(0));
    all.extend(solved);
    Ok(all)
}

/// One level: 1000, 100, 10, 1 down the categories, 1 for those below.
fn weighted(scenario: &Scenario) -> Policy {
    let weight = |category: usize| {
        let filter = Filter { category: Some(vec![CategoryIdx::new(category)]), ..Filter::default() };
        (filter, [1000, 100, 10].get(category).copied().unwrap_or(1))
    };
    let level = Level {
        name: "weighted".into(),
        sense: Sense::Maximize,
        measure: Measure::Weighted((0..scenario.categories.len()).map(weight).collect()),
        tolerance: 0,
    };
    Policy { mixed_status: scenario.policy.mixed_status, levels: vec![level] }
}

/// Units in the order in which a rule of thumb calls them.
fn called(scenario: &Scenario, sort: u8) -> Vec<UnitIdx> {
    let mut order: Vec<usize> = (0..scenario.units.len()).collect();
    let category = |u: usize| {
        let unit = &scenario.units[u];
        unit.persons.iter().map(|person| counted_category(scenario.policy.mixed_status, unit, person)).min()
    };
    order.sort_by_key(|&u| {
        let unit = &scenario.units[u];
        let tier = if sort == 1 { category(u) } else { None };
        (tier, unit.ready, unit.id.as_str())
    });
    let order: Vec<UnitIdx> = order.into_iter().map(UnitIdx::new).collect();
    if sort == 2 { in_turn(scenario, &order) } else { order }
}

/// Sponsors in turn, three seats each: what a sponsor leaves of its three is kept for its next turn.
fn in_turn(scenario: &Scenario, order: &[UnitIdx]) -> Vec<UnitIdx> {
    const SEATS: i64 = 3;
    let mut queues: BTreeMap<(bool, Option<usize>), std::collections::VecDeque<UnitIdx>> = BTreeMap::new();
    for &unit in order {
        let sponsor = scenario.units[unit.index()].sponsor.map(SponsorIdx::index);
        queues.entry((sponsor.is_none(), sponsor)).or_default().push_back(unit);
    }
    let mut credit: BTreeMap<(bool, Option<usize>), i64> = BTreeMap::new();
    let mut called = Vec::with_capacity(order.len());
    while queues.values().any(|queue| !queue.is_empty()) {
        for (sponsor, queue) in &mut queues {
            let credit = credit.entry(*sponsor).or_default();
            *credit += SEATS;
            let seats = |unit: &UnitIdx| {
                i64::try_from(scenario.units[unit.index()].persons.len()).unwrap_or(i64::MAX)
            };
            while let Some(unit) = queue.front().copied().filter(|unit| seats(unit) <= *credit) {
                *credit -= seats(&unit);
                called.push(unit);
                queue.pop_front();
            }
        }
    }
    called
}

/// Goes down a list; where that breaks a rule, the plan nearest to it that breaks none.
fn thumb(request: &Request, sort: u8) -> Result<Entrant, SolveError> {
    let name = ["first_come", "tier_greedy", "three_per_organisation"][usize::from(sort)];
    let scenario = request.scenario;
    let eligibility = eligibility::assess(scenario, request.baseline);
    let forbidden = solve::forbidden_pins(&eligibility);
    if !forbidden.is_empty() {
        return Err(SolveError::ForbiddenPins(forbidden));
    }
    let classes = classes::singletons(&eligibility);
    let program = model::build(&eligibility, &classes, &[]);
    let mut list = List::new(&eligibility, &classes, &program);
    let on = list.fill(&called(scenario, sort));
    let entrant =
        |status: Status, on: Seating| Entrant { name: name.into(), policy: name.into(), status, on };
    let point = solve::point(&eligibility, &classes, &program, &on);
    if program.is_feasible(&[], &point) {
        return Ok(entrant(Status::Feasible, on));
    }
    let level =
        Level { name: "changes".into(), sense: Sense::Minimize, measure: Measure::Changes, tolerance: 0 };
    let nearest = Scenario {
        policy: Policy { mixed_status: scenario.policy.mixed_status, levels: vec![level] },
        ..scenario.clone()
    };
    let was = on.iter().map(|d| d.map_or(Was::Unseated, Was::On)).collect();
    let from = Baseline { digest: String::new(), was };
    let request = Request { scenario: &nearest, baseline: Some(&from), ..*request };
    let plan = solve::solve(&request, "")?;
    let found = entered(scenario, name, name, &plan);
    let is_plan = matches!(plan.status, Status::Optimal | Status::Feasible);
    Ok(entrant(if is_plan { Status::Feasible } else { plan.status }, found.on))
}

/// A plan that grows unit by unit, by the rows that only ever fill up.
struct List<'l> {
    eligibility: &'l Eligibility<'l>,
    program: &'l Program,
    column_of: FxHashMap<(UnitIdx, DepartureIdx), usize>,
    /// By column: `(row, coefficient)` of the rows without a negative coefficient.
    entries: Vec<Vec<(usize, i64)>>,
    by_time: Vec<DepartureIdx>,
    filled: Filled,
    /// Units whose turn it was.
    done: Vec<bool>,
}

/// The plan so far, and what it has used up.
#[derive(Clone)]
struct Filled {
    on: Seating,
    /// By row.
    activity: Vec<i64>,
    /// By departure and sponsor, none among them: seats. Of a departure that nobody is on there is none.
    seats: Vec<BTreeMap<Option<SponsorIdx>, i64>>,
    /// What the departures in use cost.
    spent: i64,
}

impl<'l> List<'l> {
    fn new(eligibility: &'l Eligibility<'l>, classes: &[Class], program: &'l Program) -> Self {
        let mut column_of = FxHashMap::default();
        for (at, column) in program.columns.iter().enumerate() {
            if let Column::Board(class, d) = *column {
                column_of.insert((classes[class].representative(), d), at);
            }
        }
        let mut entries = vec![Vec::new(); program.columns.len()];
        for (r, row) in program.rows.iter().enumerate() {
            // Where somebody is aboard at all is settled by who is: the row is that of a departure in use.
            let board = |&&(column, _): &&(usize, i64)| matches!(program.columns[column], Column::Board(..));
            let fills = !row.equal && row.terms.iter().filter(board).all(|&(_, a)| a >= 0);
            for &(column, a) in row.terms.iter().filter(board).filter(|_| fills) {
                entries[column].push((r, a));
            }
        }
        let scenario = eligibility.scenario();
        Self {
            eligibility,
            program,
            column_of,
            entries,
            by_time: scenario.departures_by_time(),
            filled: Filled {
                on: vec![None; scenario.units.len()],
                activity: vec![0; program.rows.len()],
                seats: vec![BTreeMap::new(); scenario.departures.len()],
                spent: 0,
            },
            done: vec![false; scenario.units.len()],
        }
    }

    fn fill(&mut self, order: &[UnitIdx]) -> Seating {
        let scenario = self.eligibility.scenario();
        let held = order.iter().filter_map(|&unit| Some((unit, self.eligibility.held(unit)?)));
        let pins = scenario.pins.iter().map(|pin| (pin.unit, pin.departure));
        for (unit, d) in held.chain(pins).collect::<Vec<_>>() {
            if !self.done[unit.index()] {
                self.board(unit, d);
            }
        }
        for &unit in order {
            if !self.done[unit.index()] {
                self.call(unit);
            }
        }
        self.filled.on.clone()
    }

    /// The unit with all that are tied to it: together, or not at all.
    fn call(&mut self, unit: UnitIdx) {
        let scenario = self.eligibility.scenario();
        let mut group = vec![unit];
        let mut at = 0;
        while at < group.len() {
            let binding = scenario.links.iter().filter(|link| {
                matches!(link.kind, LinkKind::SameDeparture | LinkKind::AllOrNone)
                    && link.units.contains(&group[at])
            });
            let tied: Vec<UnitIdx> = binding.flat_map(|link| link.units.iter().copied()).collect();
            group.extend(tied.into_iter().collect::<std::collections::BTreeSet<_>>());
            let mut seen = std::collections::BTreeSet::new();
            group.retain(|unit| seen.insert(*unit));
            at += 1;
        }
        for unit in &group {
            self.done[unit.index()] = true;
        }
        let heads = eligibility::tied_units(scenario);
        let before = (group.len() > 1).then(|| self.filled.clone());
        for &unit in &group {
            let leader = group.iter().find(|other| heads[other.index()] == heads[unit.index()]);
            let with = leader.and_then(|leader| self.filled.on[leader.index()]);
            let departures = with.map_or_else(|| self.by_time.clone(), |d| vec![d]);
            let Some(d) = departures.into_iter().find(|&d| self.has_room(unit, d)) else {
                if let Some(before) = before {
                    self.filled = before;
                }
                return;
            };
            self.board(unit, d);
        }
    }

    fn has_room(&self, unit: UnitIdx, d: DepartureIdx) -> bool {
        let Some(&column) = self.column_of.get(&(unit, d)) else { return false };
        let fits = |&(row, a): &(usize, i64)| {
            let row_of = &self.program.rows[row];
            a == 0 || self.filled.activity[row] + a <= self.room(&row_of.key, row_of.at_most, row)
        };
        self.filled.on[unit.index()].is_none()
            && self.entries[column].iter().all(fits)
            && self.leaves_allotments(unit, d)
            && self.is_affordable(d)
    }

    /// Whether the seats that sponsors have not yet used are still there for them with the unit aboard.
    fn leaves_allotments(&self, unit: UnitIdx, d: DepartureIdx) -> bool {
        let scenario = self.eligibility.scenario();
        let departure = &scenario.departures[d.index()];
        let more = (scenario.units[unit.index()].sponsor, self.eligibility.take(unit, d).seats);
        let aboard = &self.filled.seats[d.index()];
        let unused: i64 = rows::allotments_in_force(scenario, departure)
            .map(|allotment| {
                let of = Some(allotment.sponsor);
                let used = aboard.get(&of).copied().unwrap_or(0) + if more.0 == of { more.1 } else { 0 };
                (allotment.seats - used).max(0)
            })
            .sum();
        aboard.values().sum::<i64>() + more.1 + unused <= departure.usable_seats()
    }

    /// Whether the departure is in use, or the budget has what that costs.
    fn is_affordable(&self, d: DepartureIdx) -> bool {
        let scenario = self.eligibility.scenario();
        let cost = cost_if_used(&scenario.departures[d.index()]);
        !self.filled.seats[d.index()].is_empty()
            || scenario.budget_usd.is_none_or(|budget| cost == 0 || self.filled.spent + cost <= budget)
    }

    /// What the rest of a row leaves to those aboard: a departure's limit where it is used.
    fn room(&self, key: &RowKey, at_most: i64, row: usize) -> i64 {
        let used = self.program.rows[row].terms.iter();
        let used = used.filter(|(column, _)| matches!(self.program.columns[*column], Column::Used(_)));
        let more: i64 = used.map(|&(_, a)| -a).sum();
        if matches!(key, RowKey::Limit(..)) { at_most + more } else { at_most }
    }

    fn board(&mut self, unit: UnitIdx, d: DepartureIdx) {
        self.done[unit.index()] = true;
        if let Some(&column) = self.column_of.get(&(unit, d)) {
            let scenario = self.eligibility.scenario();
            let filled = &mut self.filled;
            filled.on[unit.index()] = Some(d);
            for &(row, a) in &self.entries[column] {
                filled.activity[row] += a;
            }
            if filled.seats[d.index()].is_empty() {
                filled.spent += cost_if_used(&scenario.departures[d.index()]);
            }
            *filled.seats[d.index()].entry(scenario.units[unit.index()].sponsor).or_default() +=
                self.eligibility.take(unit, d).seats;
        }
    }
}
