//! What is wrong with a file, where, and what to do; rendered as text or as JSON.
//!
//! A message names ids and references, never another value of the file: a value may be a name.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but is probably not what was meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// `E0103`, `W0201`: one section of the guide and one file in `scenarios/invalid/` each.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The file's name as given.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// `departures[6].admits_any[0]`; empty at the top.
    pub path: String,
    /// Lower case, no full stop, ids in backticks.
    pub message: String,
    /// What to do.
    pub hint: String,
}
