//! Synthetic scenarios: a seed and a size in, a scenario file out. Nobody in them exists.
//!
//! The same [`Spec`] gives the same scenario for ever. At its defaults a caseload has twice as many people
//! as there are seats, mixed families, papers and vetting as uneven as they were, and uses the plain part
//! of the format alone. It knows the format as written and nothing of how a scenario is solved.
//!
//! Parameters follow published figures of 2021. The numbers in the comments are these sources, `[A]` is an
//! assumption:
//!
//! | | |
//! |---|---|
//! | F-1, F-2 | Air Force and news reports of the airlift: loads, 17 days |
//! | F-3 | *Coffee or Die*: 124,334 people on 778 flights, 387 of them of the US military |
//! | F-5, F-8, F-9, F-57, F-58, F-59, F-60 | reports of the standstill at Mazar-i-Sharif |
//! | F-6, F-7 | AP and *Afghan Report*, 7 and 8 October 2021: who had left and who had not |
//! | F-19 | what Doha asks of travellers |
//! | F-39 | Qatar Airways charters from Kabul |
//! | F-15, F-16 | how many who were offered a seat took it |
//! | F-17, F-84, F-112 | mixed families |
//! | F-24 | *Politico*: what a charter costs |
//! | F-25, F-26, F-27, F-29 | charters of autumn 2021 and their passengers |
//! | F-40, F-41, F-42, F-44, F-67, F-72, F-75 | transit sites: beds, halts, health |
//! | F-53, F-55, F-12 | Kabul's airfield; fleets and seats |
//! | F-78, F-80, F-81, F-82, F-83 | land crossings: documents, closures, slots |
//! | F-93, F-94, F-98 | surveys and reports on visa cases: sizes, ages, late members |
//! | F-103, F-105, F-108, F-158, F-159 | groups at risk; who counts as family; demographic surveys |
//! | F-135 | infants on laps per aircraft |

mod airlift;
mod all_rules;
mod dynamo;
mod mazar;
mod october;
mod people;
mod shapes;
mod trips;

use crate::draw::Draw;
use crate::scenario::format::{Filter, Level, Measure, Policy, Scenario, Unit};
use crate::scenario::{Date, Instant};
use people::{People, Setting, Status};
use trips::Fleet;

/// What the dice are for: it is part of every draw.
const PURPOSE: &str = "airbridge 2021-10-07 synthetic caseloads 1";

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// How many family units.
    pub units: usize,
    /// How many departures.
    pub departures: usize,
    /// The draw.
    pub seed: u64,
    /// A chapter of 2021 instead: it brings its own size, `all_rules` and `shape` do not touch it.
    pub like: Option<Like>,
    /// The objective levels.
    pub policy: PolicyKind,
    /// Put every field of the format to use: at least 16 units and 8 departures, and a policy of its own.
    pub all_rules: bool,
    /// A shape that is harder to prove.
    pub shape: Option<Shape>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            units: 500,
            departures: 12,
            seed: 1,
            like: None,
            policy: PolicyKind::Strict,
            all_rules: false,
            shape: None,
        }
    }
}

/// A chapter of 2021.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Like {
    /// Kabul, 14 to 30 August: 124,000 people, 778 departures, transit beds.
    Airlift,
    /// Mazar-i-Sharif in September: 1,200 people, eight flights that mostly may not leave, two crossings.
    Mazar,
    /// One charter on 28 September: 117 people, 59 of them children, more than it has seats.
    Dynamo,
    /// The second week of October: flights from Kabul and Mazar, slots at two crossings, Doha's beds.
    October2021,
}

/// The objective levels of a generated scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyKind {
    /// The format's default: no policy is written.
    #[default]
    Strict,
    /// Persons by category, highest first, and nothing after.
    Categories,
}

/// A shape that makes the optimum hard to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Every unit takes an even number of seats, every departure has an odd one.
    Even,
    /// Ten to twenty seats, two laps and one wheelchair each, no unit below three seats.
    Small,
    /// A wheelchair in every fourth unit.
    Wheelchairs,
    /// Every departure is open to every unit that fits.
    Pool,
    /// No unit below three seats.
    NoSingles,
}

/// The scenario of `spec`.
///
/// ```
/// use airbridge::synth::{Spec, generate};
/// let scenario = generate(&Spec { units: 20, departures: 3, ..Spec::default() });
/// assert_eq!((scenario.units.len(), scenario.departures.len()), (20, 3));
/// ```
#[must_use]
pub fn generate(spec: &Spec) -> Scenario {
    let mut scenario = match spec.like {
        None => caseload(spec),
        Some(Like::Airlift) => airlift::scenario(spec.seed),
        Some(Like::Mazar) => mazar::scenario(spec.seed),
        Some(Like::Dynamo) => dynamo::scenario(spec.seed),
        Some(Like::October2021) => october::scenario(spec.seed),
    };
    if spec.policy == PolicyKind::Categories && scenario.policy.is_none() {
        scenario.policy = Some(by_category(&scenario.categories));
    }
    scenario
}

/// The day on which the airlift began (F-2).
const AIRLIFT: &str = "2021-08-14";

/// The general caseload. Three of four families are in Kabul (F-93). The mix lies between that of a
/// volunteers' list and that of the arrivals (F-42): enough of the first two categories to contest seats.
const CASELOAD: Setting = Setting {
    today: AIRLIFT,
    days: trips::DAYS,
    ready: 250,
    origins: &[("KBL", 650), ("MZR", 120), ("HEA", 80), ("KDH", 70), ("JAA", 50), ("UND", 30)],
    mix: &[(Status::Citizen, 30), (Status::Resident, 70), (Status::Visa, 450), (Status::AtRisk, 450)],
    sponsors: &[("", 40), ("S1", 10), ("S2", 10), ("S3", 10), ("S4", 10), ("S5", 10), ("S6", 10)],
};

fn caseload(spec: &Spec) -> Scenario {
    let least = if spec.all_rules { (all_rules::UNITS, all_rules::DEPARTURES) } else { (0, 0) };
    let (count, departures) = (spec.units.max(least.0), spec.departures.max(least.1));
    let mut units = People::new(&CASELOAD, spec.seed).units(count);
    let mut draw = Draw::new(PURPOSE, spec.seed, "departures");
    if let Some(shape) = spec.shape {
        shapes::units(shape, &mut units, &mut Draw::new(PURPOSE, spec.seed, "shape"));
    }
    let fleet = spec.shape.map_or(Fleet::Mixed, shapes::fleet);
    // Twice as many people as seats.
    let seats = persons(&units) / 2;
    let mut departures = trips::departures(&mut draw, fleet, departures, seats, day(AIRLIFT));
    if let Some(shape) = spec.shape {
        shapes::departures(shape, &mut departures, &mut draw);
    }
    let mut scenario = Scenario {
        name: format!("{} units, {} departures, seed {}", units.len(), departures.len(), spec.seed),
        as_of: start(AIRLIFT),
        places: trips::places(),
        routes: trips::routes(),
        departures,
        units,
        ..Scenario::default()
    };
    if spec.all_rules {
        all_rules::dress(&mut scenario);
    }
    scenario
}

/// One level of seated persons per category.
fn by_category(categories: &[String]) -> Policy {
    let level = |category: &String| Level {
        name: category.clone(),
        maximize: Some(Measure::Persons),
        filter: Some(Filter { category: Some(vec![category.clone()]), ..Filter::default() }),
        ..Level::default()
    };
    Policy { levels: Some(categories.iter().map(level).collect()), ..Policy::default() }
}

fn persons(units: &[Unit]) -> usize {
    units.iter().map(|unit| unit.persons.len()).sum()
}

fn day(date: &str) -> Date {
    Date::parse(date).expect("a date of ours exists")
}

fn start(date: &str) -> String {
    Instant::start_of(day(date)).to_string()
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
