//! Reads a scenario file: text in, the checked [`Scenario`] or *every* mistake of the file out.
//!
//! The shape of the JSON (types, fields, words) is read by serde from [`format`](mod@super::format), the meaning
//! (references, dates, ranges, relations) is judged in one walk that also builds the scenario. It knows
//! nothing of plans, eligibility or the model.

mod departures;
mod findings;
mod index;
mod policy;
mod resolve;
mod sums;
mod units;
mod words;

use super::{Scenario, format};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::json::{self, Fault};
use findings::{Finding, Findings};

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
    let utf8 = json::utf8(text).map_err(|fault| Diagnostics::of(text, file, vec![fault]))?;
    let in_order = json::fast(utf8).filter(|written: &format::Scenario| written.format == format::FORMAT);
    let (value, faults) = match in_order {
        Some(written) => (written, Vec::new()),
        None => json::thorough(utf8, format::FORMAT)
            .map(|tolerated| (tolerated.value, tolerated.faults))
            .map_err(|fault| Diagnostics::of(text, file, vec![fault]))?,
    };
    let placeholders = faults.iter().map(|fault| fault.path.clone());
    let (scenario, findings) = resolve::resolve(&value, Findings::new(placeholders));
    drop(value);
    let diagnostics = Diagnostics::of(text, file, located(utf8, faults, findings.all));
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(Read { scenario, warnings: diagnostics.0 }) }
}

fn located(text: &str, mut faults: Vec<Fault>, findings: Vec<Finding>) -> Vec<Fault> {
    if findings.is_empty() {
        return faults;
    }
    let offsets = json::offsets(text, findings.iter().map(|finding| &finding.path));
    faults.extend(findings.into_iter().zip(offsets).map(|(finding, offset)| {
        let Finding { code, severity, path, message, hint } = finding;
        Fault { code, severity, offset, path, message, hint }
    }));
    faults
}

/// `blake3:<hex>` of a file's bytes, as plans name the files that they belong to.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    format!("blake3:{}", blake3::hash(bytes).to_hex())
}
