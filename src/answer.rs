//! The answers of the commands as JSON documents: `airbridge/<command>/1`, the scenario, then what was asked.
//!
//! Keys stand in the order in which the types have their fields, so that an answer reads from the top.

use serde::Serialize;

use crate::diagnostic::Diagnostics;
use crate::plan::{BaselineRef, Conflict, DepartureLoad, LevelResult, Plan, ScenarioRef, Status};

/// What backs an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It follows from a price certificate, in exact integers.
    Certified,
    /// An exact re-solve, every level proven.
    Resolved,
    /// Computed from probabilities.
    Estimated,
    /// A limit left it open.
    NotProven,
}

#[derive(Serialize)]
struct Document<'a, T> {
    format: String,
    scenario: &'a ScenarioRef,
    #[serde(flatten)]
    body: &'a T,
}

/// The document of a command's answer: pretty-printed JSON with a newline at the end. `body` is a struct;
/// its fields follow `format` and `scenario`.
///
/// # Panics
/// Where `body` has no form as a JSON object.
#[must_use]
pub fn document<T: Serialize>(command: &str, scenario: &ScenarioRef, body: &T) -> String {
    let document = Document { format: format!("airbridge/{command}/1"), scenario, body };
    let mut text = serde_json::to_string_pretty(&document).expect("an answer is a JSON object");
    text.push('\n');
    text
}

/// The answer of `validate`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Validate<'a> {
    /// Everything that is wrong or odd.
    pub diagnostics: &'a Diagnostics,
}

/// The answer of `solve`: the plan without `assignments`, `unseated` and `certificate`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Solve<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a BaselineRef>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<&'a [Conflict]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict_reduced: Option<bool>,
    levels: &'a [LevelResult],
    departures: &'a [DepartureLoad],
}

impl<'a> From<&'a Plan> for Solve<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self {
            baseline: plan.baseline.as_ref(),
            status: plan.status,
            conflict: plan.conflict.as_deref(),
            conflict_reduced: plan.conflict_reduced,
            levels: &plan.levels,
            departures: &plan.departures,
        }
    }
}
