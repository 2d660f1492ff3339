//! airbridge decides who flies when there are more people than seats. It gives the best assignment of family
//! units to charter flights and border slots under strict, visible priorities, proves that none is better,
//! and says to everyone left waiting why.
//!
//! # The problem
//!
//! A [`scenario::Scenario`] lists family units, which travel whole or not at all, and departures with seats,
//! lap places, wheelchairs, payload, documents and vetting. Ties, quotas, pins, beds and budgets hold across
//! them. The policy is a list of *levels*: as many as possible of the first category, then of the second, and
//! so on, then the fewest days, then a fair draw. A later level never costs an earlier one anything. That is
//! a lexicographic integer program; [`model`] has it in formulas.
//!
//! # The line of data
//!
//! ```text
//! scenario.json ─read─▶ Scenario ─assess─▶ Eligibility ─group─▶ Classes ─build─▶ Program ─settle─▶ Solution ─▶ Plan
//!                          │                                                                                    │
//!                          └──────────────────────────── check (Scenario, Plan) ◀───────────────────────────────┘
//! ```
//!
//! Plain data in, a short line of pure functions, plain data out; and a second, plainer piece of code that
//! says whether the answer is right. All of it, on a flight of four seats for two families:
//!
//! ```
//! use airbridge::scenario::read::{digest, read};
//! use airbridge::solve::{Method, Request, linear, solve};
//!
//! let text = br#"{
//!   "format": "airbridge/scenario/1", "name": "one flight", "as_of": "2021-10-07T06:00:00Z",
//!   "places": [{"id": "KBL"}, {"id": "DOH"}],
//!   "departures": [{"id": "D1", "kind": "charter_flight", "from": "KBL", "to": "DOH",
//!                   "departs": "2021-10-08T06:00:00Z", "seats": 4}],
//!   "units": [
//!     {"id": "U1", "location": "KBL", "persons": [
//!       {"id": "P1", "category": "us_citizen", "age": 31},
//!       {"id": "P2", "category": "visa_eligible", "age": 29},
//!       {"id": "P3", "category": "us_citizen", "age": 4}]},
//!     {"id": "U2", "location": "KBL", "persons": [
//!       {"id": "P4", "category": "lpr", "age": 44},
//!       {"id": "P5", "category": "lpr", "age": 40}]}]
//! }"#;
//!
//! let scenario = read(text, "scenario.json")?.scenario;
//! let request = Request {
//!     scenario: &scenario,
//!     baseline: None,
//!     method: Method::Auto,
//!     runner: &linear::run,     // searches run in this process; the command uses a child process
//!     stop: &|| false,          // limits are the caller's
//!     grant: &|_| (),
//!     progress: &|_| (),
//! };
//! let plan = solve(&request, &digest(text))?;
//! assert_eq!(plan.levels[0].best, Some(2));             // both citizens fly, so their family does
//! assert_eq!(plan.assignments[0].unit, "U1");
//! assert_eq!(plan.unseated[0].unit, "U2");              // five persons do not fit
//!
//! let report = airbridge::check::check(&scenario, &digest(text), None, &plan);
//! assert!(report.is_clean());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! A module uses what its row says and nothing else; a test (`tests/it/tidy.rs`) holds this table against the
//! code. Where a page is meant for people there is the [`guide`].
//!
//! | module | what it is | uses |
//! |---|---|---|
//! | [`rule`] | `Rule`, the one vocabulary of constraints: model rows, violations, reasons and the guide use its names | - |
//! | [`certificate`] | proofs as data: prices, cuts, cases, integers of any size | `json` |
//! | `json` | JSON with places: strict and tolerant readers, all mistakes at once | `certificate`, `diagnostic` |
//! | [`diagnostic`] | what is wrong with a file, where, and what to do | `json` |
//! | [`scenario`] | the domain's types; `format` the JSON as written, `read` from text to types | `certificate`, `diagnostic`, `json` |
//! | [`change`] | edits of a scenario file, and JSON Patches | `diagnostic`, `json`, `scenario` |
//! | [`plan`] | the plan file | `certificate`, `diagnostic`, `json`, `rule`, `scenario` |
//! | [`eligibility`] | who may board what, and which rules bar the rest | `rule`, `scenario` |
//! | [`lint`] | what is odd about a scenario that is in order | `diagnostic`, `eligibility`, `model`, `rule`, `scenario` |
//! | [`classes`] | interchangeable units as one: a reduction beside its inverse | `eligibility`, `model`, `scenario` |
//! | [`model`] | the integer program: columns, rows that carry their rule, objectives; also as text | `certificate`, `classes`, `diagnostic`, `eligibility`, `scenario` |
//! | [`solve`] | the levels in order: plan and bound until they meet; `linear` is the one folder that knows linear programming | `certificate`, `classes`, `eligibility`, `model`, `plan`, `rule`, `scenario` |
//! | [`check`] | whether a plan is right, by code that knows nothing of the solver | `certificate`, `plan`, `rule`, `scenario` |
//! | [`replan`] | a new plan from an old one, and whom to call | `answer`, `eligibility`, `plan`, `rule`, `scenario`, `solve` |
//! | [`standby`] | who boards where seats come free, before the day and at the gate | `answer`, `certificate`, `check`, `diagnostic`, `eligibility`, `plan`, `rule`, `scenario`, `solve` |
//! | [`answer`] | the commands' answers as JSON documents | `diagnostic`, `plan` |
//! | [`report`] | a plan, a check and the answers as people read them | `answer`, `certificate`, `check`, `compare`, `diagnostic`, `explain`, `frontier`, `plan`, `replan`, `scenario`, `simulate`, `standby`, `value` |
//! | [`explain`] | why a unit waits or is where it is, and what having it elsewhere would cost | `answer`, `certificate`, `check`, `classes`, `diagnostic`, `eligibility`, `model`, `plan`, `rule`, `scenario`, `solve` |
//! | [`value`] | what one seat, bed, document or exception more is worth | `answer`, `certificate`, `change`, `check`, `explain`, `plan`, `rule`, `scenario`, `solve` |
//! | [`compare`] | plans and policies side by side, and rules of thumb | `classes`, `eligibility`, `model`, `plan`, `scenario`, `solve` |
//! | [`frontier`] | the exact trade-off between two levels | `classes`, `explain`, `model`, `plan`, `solve` |
//! | [`schema`] | the JSON Schemas | `certificate`, `plan`, `scenario` |
//! | [`simulate`] | cancellations and no-shows played out many times | `answer`, `draw`, `eligibility`, `classes`, `model`, `plan`, `scenario`, `solve`, `standby` |
//! | `draw` | dice that are the same for ever | - |
//! | [`synth`] | synthetic scenarios from a seed | `draw`, `scenario` |
//!
//! The command (`src/cli`) is the only part that opens files, prints, reads clocks, hears signals and starts
//! processes. It runs the solver in a child process of its own, on a leash, and has every plan checked before
//! it is written.
//!
//! # Invariants
//!
//! * The library does no I/O, reads no clock, no environment and no randomness, and prints nothing.
//! * A number that decides about people is an integer. Floating point is in `solve::linear`, in the two
//!   formulas of the format that ask for it, and in the estimates of [`standby`] and [`simulate`]; what comes out of it
//!   is checked in integers, or decides about nobody.
//! * Nothing is called proven that is not: *certified* follows from prices in exact integers that `check`
//!   verifies, *agreed* is a solver's word given twice, and anything else is open, with its bounds.
//! * `check` uses nothing between [`scenario`] and [`plan`]: it restates every rule. The duplication is the
//!   safety argument; do not remove it.
//! * A rule is one [`rule::Rule`]; consumers match exhaustively, so that the compiler conducts whoever adds one.
//! * The same input gives the same bytes. No order of a hash table reaches an output, searches are limited by
//!   counts and not by clocks (unless the caller stops them), threads change nothing.
//! * A message shows ids, references and unknown keys of a file, never another value: it may be a name.
//!
//! # What it does not do
//!
//! It does not set priorities, judge anybody's case, route people on the ground beyond one road, keep names,
//! or speak to any system. It does not split a family. It has no heuristic mode: a plan that is not proven
//! says so.

pub mod answer;
pub mod certificate;
pub mod change;
pub mod check;
pub mod classes;
pub mod compare;
pub mod diagnostic;
mod draw;
pub mod eligibility;
pub mod explain;
pub mod frontier;
mod json;
pub mod lint;
pub mod model;
pub mod plan;
pub mod replan;
pub mod report;
pub mod rule;
pub mod scenario;
pub mod schema;
pub mod simulate;
pub mod solve;
pub mod standby;
pub mod synth;
pub mod value;

/// Pages for people.
pub mod guide {
    #[doc = include_str!("guide/format.md")]
    #[allow(
        rustdoc::broken_intra_doc_links,
        clippy::doc_markdown,
        reason = "formulas have brackets and indices"
    )]
    pub mod format {}

    #[doc = include_str!("guide/night.md")]
    pub mod night {}

    #[doc = include_str!("guide/engine.md")]
    pub mod engine {}

    #[doc = include_str!("guide/reliability.md")]
    pub mod reliability {}

    #[doc = include_str!("guide/rules.md")]
    pub mod rules {}

    #[doc = include_str!("guide/diagnostics.md")]
    pub mod diagnostics {}
}
