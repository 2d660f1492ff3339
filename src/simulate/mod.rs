//! Cancellations and no-shows, played out many times.
//!
//! Comes in: a scenario, a plan's seating, the standby lists, how often to play and with which seed. Goes
//! out: how many of each category, sponsor and departure get out, with quantiles. Every run has dice of its
//! own, drawn from the seed and its number, so that threads change nothing.
//!
//! Probabilities become integers out of 2^53 before anything is drawn, and means are divided at the very
//! end: that is all the floating point. Nothing here decides about anybody.

mod gate;
mod hindsight;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::answer::Basis;
use crate::draw::Draw;
use crate::model::measure::counted_category;
use crate::scenario::{Date, DepartureIdx, PlaceIdx, Scenario, UnitIdx};
use crate::solve::{Request, Seating};
use crate::standby::{StandbyError, Standbys, fits};
use gate::Gate;

/// Whether standbys are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standby {
    /// Free seats go down the departure's list.
    Called,
    /// Nobody is called.
    None,
}

/// Whether those whose departure is cancelled are offered later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reoffer {
    /// By highest category, then id, after the standbys.
    Later,
    /// They stay behind.
    Never,
}

/// How to play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    /// How many times.
    pub runs: usize,
    /// Of all dice.
    pub seed: u64,
    /// Whether standbys are called.
    pub standby: Standby,
    /// Whether later departures are offered.
    pub reoffer: Reoffer,
    /// The probability that all departures of a place on a day are cancelled together, 0 to 1.
    pub shock: f64,
    /// In how many of the runs a re-solve looks back.
    pub hindsight: usize,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulation {
    /// How many times it was played.
    pub runs: usize,
    /// Of all dice.
    pub seed: u64,
    /// Whether standbys were called.
    pub standby: Standby,
    /// Whether later departures were offered.
    pub reoffer: bool,
    /// Persons who get out.
    pub outcomes: Outcomes,
    /// The share of the runs looked back on and settled in which a re-solve that knows the draw would have improved
    /// a priority level; absent where none was looked back on, or none of these was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hindsight: Option<f64>,
    /// Of how many runs that is the share, and how many more were looked back on; absent where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hindsight_runs: Option<LookedBack>,
    /// Ids of the departures whose standby list a limit cut short, so that fewer were called than would be; absent
    /// where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lists_not_proven: Vec<String>,
    /// An estimate; not proven where a list was cut short.
    pub basis: Basis,
}

/// Runs that were looked back on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LookedBack {
    /// In so many it is known whether another plan would have been better.
    pub settled: usize,
    /// In so many it is not.
    pub not_proven: usize,
}

/// Persons who get out: of all, and of each group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcomes {
    /// Everybody.
    pub persons: Outcome,
    /// By category, as `mixed_status` counts, in the order of priority.
    pub by_category: Vec<Outcome>,
    /// By sponsor, by name.
    pub by_sponsor: Vec<Outcome>,
    /// By departure, in order.
    pub by_departure: Vec<Outcome>,
}

/// Persons of one group who get out, over the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The group.
    pub id: String,
    /// In the plan.
    pub planned: i64,
    /// The mean.
    pub mean: f64,
    /// In one run of twenty there are at most so many.
    pub p05: i64,
    /// In half of the runs.
    pub p50: i64,
    /// In nineteen of twenty.
    pub p95: i64,
    /// How many runs had how many, in equal steps from none to the most there were.
    #[serde(skip)]
    pub histogram: Vec<usize>,
}

/// How many steps a histogram has.
const STEPS: i64 = 16;

/// What happens in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// By [`DepartureIdx`]: whether it flies.
    pub flies: Vec<bool>,
    /// By [`UnitIdx`]: whether it turns up.
    pub shows: Vec<bool>,
}

/// Plays `play.runs` times. `lists` are the standbys of each departure, by [`DepartureIdx`]; `request` has the
/// scenario, the plan's own baseline, and the limits of looking back.
///
/// # Errors
/// Where the plan does not fit the scenario, or the solver fails while looking back.
pub fn simulate(
    request: &Request,
    on: &Seating,
    lists: &[Vec<UnitIdx>],
    play: &Play,
) -> Result<Simulation, StandbyError> {
    let scenario = request.scenario;
    fits(scenario, request.baseline, on)?;
    let gate = Gate::new(scenario, on, lists, play);
    let dice = Dice::new(scenario, play);
    let groups = Groups::new(scenario);
    let ran = |run: usize| {
        let fate = dice.fate(run);
        let out = gate.run(&fate);
        (groups.count(&out), fate, out)
    };
    let counts: Vec<Vec<i64>> = (0..play.runs).into_par_iter().map(|run| ran(run).0).collect();
    let planned = groups.count(on);
    let mut outcomes = groups.ids.iter().zip(planned).enumerate().map(|(group, (id, planned))| {
        outcome(id.clone(), planned, counts.iter().map(|counts| counts[group]).collect())
    });
    let outcomes = Outcomes {
        persons: outcomes.next().expect("everybody is the first group"),
        by_category: outcomes.by_ref().take(scenario.categories.len()).collect(),
        by_sponsor: outcomes.by_ref().take(scenario.sponsors.len()).collect(),
        by_departure: outcomes.collect(),
    };
    let looked_back = (0..play.hindsight.min(play.runs)).map(|run| {
        let (_, fate, out) = ran(run);
        hindsight::improves(request, on, &fate, &out)
    });
    let looked_back: Vec<Option<bool>> = looked_back.collect::<Result<_, _>>()?;
    let settled: Vec<bool> = looked_back.iter().flatten().copied().collect();
    let runs = LookedBack { settled: settled.len(), not_proven: looked_back.len() - settled.len() };
    Ok(Simulation {
        runs: play.runs,
        seed: play.seed,
        standby: play.standby,
        reoffer: play.reoffer == Reoffer::Later,
        outcomes,
        hindsight: share(&settled),
        hindsight_runs: Some(runs).filter(|_| !looked_back.is_empty()),
        lists_not_proven: Vec::new(),
        basis: Basis::Estimated,
    })
}

impl Simulation {
    /// What was played with these lists, as far as they go: where a limit cut one short the estimate is of another
    /// night than the one asked for.
    #[must_use]
    pub fn called_from(mut self, standbys: &[Standbys]) -> Self {
        let open = standbys.iter().filter(|one| one.basis == Basis::NotProven);
        self.lists_not_proven = open.map(|one| one.departure.clone()).collect();
        if !self.lists_not_proven.is_empty() {
            self.basis = Basis::NotProven;
        }
        self
    }
}

/// One run of those that [`simulate`] plays: what happens, and who gets out on what.
#[must_use]
pub fn play_once(
    scenario: &Scenario,
    on: &Seating,
    lists: &[Vec<UnitIdx>],
    play: &Play,
    run: usize,
) -> (Fate, Seating) {
    let fate = Dice::new(scenario, play).fate(run);
    let out = Gate::new(scenario, on, lists, play).run(&fate);
    (fate, out)
}

/// The share of those that are so; of none there is none.
#[expect(clippy::float_arithmetic, reason = "a share for people to read")]
fn share(all: &[bool]) -> Option<f64> {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (!all.is_empty()).then(|| count(all.iter().filter(|so| **so).count()) / count(all.len()))
}

#[expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a mean for people to read"
)]
fn outcome(id: String, planned: i64, mut runs: Vec<i64>) -> Outcome {
    runs.sort_unstable();
    // The smallest number that so many of a hundred runs do not exceed.
    let quantile = |percent: usize| {
        let rank = (runs.len() * percent).div_ceil(100).max(1);
        runs.get(rank - 1).copied().unwrap_or(0)
    };
    let (p05, p50, p95) = (quantile(5), quantile(50), quantile(95));
    let sum: i64 = runs.iter().sum();
    let mean = if runs.is_empty() { 0.0 } else { sum as f64 / runs.len() as f64 };
    Outcome { id, planned, mean, p05, p50, p95, histogram: histogram(&runs) }
}

fn histogram(sorted: &[i64]) -> Vec<usize> {
    let most = sorted.last().copied().unwrap_or(0);
    let step = |value: i64| usize::try_from(value * STEPS / (most + 1)).unwrap_or(0);
    let mut steps = vec![0; usize::try_from(STEPS).unwrap_or(0)];
    for &value in sorted {
        steps[step(value)] += 1;
    }
    steps
}

/// The groups whose persons are counted: everybody, categories, sponsors, departures.
struct Groups<'s> {
    scenario: &'s Scenario,
    ids: Vec<String>,
    /// By sponsor: its place by name.
    sponsor_rank: Vec<usize>,
    /// By departure: its place in order.
    departure_rank: Vec<usize>,
}

impl<'s> Groups<'s> {
    fn new(scenario: &'s Scenario) -> Self {
        let mut sponsors: Vec<usize> = (0..scenario.sponsors.len()).collect();
        sponsors.sort_by_key(|&s| &scenario.sponsors[s]);
        let departures: Vec<usize> =
            scenario.departures_by_time().into_iter().map(DepartureIdx::index).collect();
        let ids = std::iter::once("persons".to_owned())
            .chain(scenario.categories.iter().cloned())
            .chain(sponsors.iter().map(|&s| scenario.sponsors[s].clone()))
            .chain(departures.iter().map(|&d| scenario.departures[d].id.clone()));
        Self {
            scenario,
            ids: ids.collect(),
            sponsor_rank: ranks(&sponsors),
            departure_rank: ranks(&departures),
        }
    }

    /// Persons who get out, by group.
    fn count(&self, on: &Seating) -> Vec<i64> {
        let (categories, sponsors) = (self.scenario.categories.len(), self.scenario.sponsors.len());
        let mut counts = vec![0; self.ids.len()];
        for (unit, d) in self.scenario.units.iter().zip(on).filter_map(|(unit, d)| d.map(|d| (unit, d))) {
            for person in &unit.persons {
                counts[0] += 1;
                let category = counted_category(self.scenario.policy.mixed_status, unit, person);
                counts[1 + category.index()] += 1;
                if let Some(sponsor) = unit.sponsor {
                    counts[1 + categories + self.sponsor_rank[sponsor.index()]] += 1;
                }
                counts[1 + categories + sponsors + self.departure_rank[d.index()]] += 1;
            }
        }
        counts
    }
}

/// Where each stands in the order.
fn ranks(order: &[usize]) -> Vec<usize> {
    let mut ranks = vec![0; order.len()];
    order.iter().enumerate().for_each(|(rank, &one)| ranks[one] = rank);
    ranks
}

/// The dice, with every probability as an integer out of 2^53.
struct Dice {
    seed: u64,
    /// By departure.
    cancels: Vec<u64>,
    /// By unit.
    shows: Vec<u64>,
    shock: u64,
    /// The departures of each place and day.
    days: Vec<Vec<DepartureIdx>>,
}

const CERTAIN: u64 = 1 << 53;

#[expect(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "probabilities are within 0..=1, and 2^53 is exact"
)]
fn out_of_certain(probability: f64) -> u64 {
    (probability.clamp(0.0, 1.0) * CERTAIN as f64) as u64
}

impl Dice {
    fn new(scenario: &Scenario, play: &Play) -> Self {
        let mut days: BTreeMap<(PlaceIdx, Date), Vec<DepartureIdx>> = BTreeMap::new();
        for d in scenario.departures_by_time() {
            let departure = &scenario.departures[d.index()];
            days.entry((departure.from, departure.departs.date())).or_default().push(d);
        }
        Self {
            seed: play.seed,
            cancels: scenario.departures.iter().map(|d| out_of_certain(d.cancel_probability)).collect(),
            shows: scenario.units.iter().map(|unit| out_of_certain(unit.show_probability)).collect(),
            shock: out_of_certain(play.shock),
            days: days.into_values().collect(),
        }
    }

    /// What happens in a run: departures first, then units, then the days, so that a shock changes no other
    /// draw.
    fn fate(&self, run: usize) -> Fate {
        let mut draw = Draw::new("airbridge 2021-10-07 simulations 1", self.seed, &run.to_string());
        let mut happens = |probability: u64| draw.below(CERTAIN) < probability;
        let mut flies: Vec<bool> = self.cancels.iter().map(|&cancels| !happens(cancels)).collect();
        let shows = self.shows.iter().map(|&shows| happens(shows)).collect();
        for day in &self.days {
            if happens(self.shock) {
                for d in day {
                    flies[d.index()] = false;
                }
            }
        }
        Fate { flies, shows }
    }
}
