//! The plan: who travels on what, how good that is, how it is proven, and who waits and why.
//!
//! The JSON of FORMAT's plan section, as data. Ids, not positions: a plan outlives its scenario.

pub mod read;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::certificate::Assignment;
use crate::certificate::{Entry, Row};
use crate::rule::Rule;
use crate::scenario::Sense;

/// The value of `format` in a plan file.
pub const FORMAT: &str = "airbridge/plan/1";

/// The scenario that a plan belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioRef {
    /// Its name.
    pub name: String,
    /// `blake3:<hex>` of the file's bytes.
    pub digest: String,
}

/// The plan that a plan was changed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineRef {
    /// `blake3:<hex>` of the file's bytes.
    pub digest: String,
}

/// How far a plan is known to be the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every level is proven.
    Optimal,
    /// Stopped early: the bounds say how far.
    Feasible,
    /// No plan obeys the rules.
    Infeasible,
    /// Stopped before a plan was found or excluded.
    Unknown,
    /// What happened, not what was optimal.
    Recorded,
}

/// How a level's bound is known to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// By the certificate: exact integers, no solver to trust.
    Certified,
    /// HiGHS said so twice, differently set, and the exact bound does not contradict it.
    Agreed,
    /// Not proven.
    None,
}

/// One level's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelResult {
    /// The level's name.
    pub name: String,
    /// Maximised or minimised.
    pub sense: Sense,
    /// What this plan has.
    pub value: i64,
    /// What the level reached when it was optimised; absent in a recorded plan, as are the fields below.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub best: Option<i64>,
    /// Holds for every plan that keeps the earlier levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<i64>,
    /// `best == bound`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proven: Option<bool>,
    /// How it is proven.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proof: Option<ProofKind>,
}

/// Why a unit waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// No departure may take it.
    NeverPossible,
    /// No feasible plan seats it.
    Blocked,
    /// Proven to be in no plan that is optimal for the priority levels.
    Outranked,
    /// Some such plan seats it.
    LostDraw,
    /// None of these was shown.
    NotProven,
    /// In a recorded plan: it did not come.
    NoShow,
}

/// The departure that would open with the fewest changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmallestChange {
    /// The departure's id.
    pub departure: String,
    /// The tests that fail there.
    #[schemars(with = "Vec<String>")]
    pub rules: Vec<Rule>,
}

/// Why a unit waits, with what backs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Which kind.
    pub kind: ReasonKind,
    /// Of `never_possible`: how many departures each rule bars.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "read::by_rule")]
    #[schemars(with = "Option<BTreeMap<String, i64>>")]
    pub rules: Option<BTreeMap<Rule, i64>>,
    /// Of `never_possible`: the departure with the fewest failed tests, earliest first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub smallest_change: Option<SmallestChange>,
    /// Of `blocked`: an irreducible set that excludes the unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conflict: Option<Vec<Conflict>>,
    /// Of `outranked`: the first priority level that seating it would cost; of `lost_draw`: the first tie-break.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<String>,
    /// Of `outranked`: by how much the best plan that seats it misses that level.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub loss: Option<i64>,
}

impl Reason {
    /// A reason of this kind with nothing further.
    #[must_use]
    pub const fn of(kind: ReasonKind) -> Self {
        Self { kind, rules: None, smallest_change: None, conflict: None, level: None, loss: None }
    }
}

/// A unit that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unseated {
    /// The unit's id.
    pub unit: String,
    /// Why.
    pub reason: Reason,
}

/// A member of a conflict: `kind` and its subject, named as in the certificate's rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// `pin`, `quota`, a link's kind, `manifest` (a locked manifest), `min_load`, `budget`, ...
    #[schemars(with = "String")]
    pub kind: Rule,
    /// A unit's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// A departure's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub departure: Option<String>,
    /// A sponsor.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sponsor: Option<String>,
    /// A place's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// A day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<String>,
    /// A quota's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// A quota's side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub side: Option<crate::certificate::Side>,
    /// A link's position, from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<u32>,
}

impl Conflict {
    /// The conflict member of `kind` with the subject of `row`.
    #[must_use]
    pub fn of(kind: Rule, row: Row) -> Self {
        let Row { unit, departure, sponsor, place, date, name, side, link, .. } = row;
        Self { kind, unit, departure, sponsor, place, date, name, side, link }
    }
}

/// How many persons of a category are aboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryCount {
    /// The category, as `mixed_status` counts.
    pub category: String,
    /// Persons.
    pub persons: i64,
}

/// The limits of a departure; one that does not exist is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Usable seats.
    pub seats: i64,
    /// Infants on laps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lap_infants: Option<i64>,
    /// Wheelchair places.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wheelchairs: Option<i64>,
    /// Stretcher places.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stretchers: Option<i64>,
    /// Kilograms.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payload_kg: Option<i64>,
    /// Persons below the vetting asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vetting_exceptions: Option<i64>,
}

/// The load of a departure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartureLoad {
    /// The departure's id.
    pub departure: String,
    /// Persons aboard.
    pub persons: i64,
    /// Seats used.
    pub seats: i64,
    /// Infants on laps.
    pub lap_infants: i64,
    /// Wheelchair places used.
    pub wheelchairs: i64,
    /// Stretcher places used.
    pub stretchers: i64,
    /// Mass of persons and bags, kilograms.
    pub mass_kg: i64,
    /// Persons below the vetting asked for.
    pub below_vetting: i64,
    /// Persons by category, every category in order.
    pub by_category: Vec<CategoryCount>,
    /// The limits.
    pub limits: Limits,
}

/// A plan file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// `airbridge/plan/1`.
    #[schemars(extend("const" = FORMAT))]
    pub format: String,
    /// What it belongs to.
    pub scenario: ScenarioRef,
    /// What it was changed from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub baseline: Option<BaselineRef>,
    /// How far it is known to be the best.
    pub status: Status,
    /// Of an infeasible scenario: what contradicts itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conflict: Option<Vec<Conflict>>,
    /// Whether without any one member of `conflict` the rest can be met.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conflict_reduced: Option<bool>,
    /// In order.
    pub levels: Vec<LevelResult>,
    /// Sorted by the departure's time, its id, the unit's id.
    pub assignments: Vec<Assignment>,
    /// Sorted by unit id.
    pub unseated: Vec<Unseated>,
    /// In the order of departure, then id.
    pub departures: Vec<DepartureLoad>,
    /// Per certified level.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certificate: Option<Vec<Entry>>,
}

impl Plan {
    /// The units that did not come, as the record of a departure has it; of other plans none.
    pub fn no_shows(&self) -> impl Iterator<Item = &str> {
        let is_record = self.status == Status::Recorded;
        let absent = move |waiting: &&Unseated| is_record && waiting.reason.kind == ReasonKind::NoShow;
        self.unseated.iter().filter(absent).map(|waiting| waiting.unit.as_str())
    }

    /// The file's text: pretty-printed JSON with a newline at the end.
    ///
    /// # Panics
    /// Never: every field has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a plan has a JSON form");
        text.push('\n');
        text
    }
}
