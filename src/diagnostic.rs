//! What is wrong with a file, where, and what to do; rendered as text or as JSON.
//!
//! A message names ids and references, never another value of the file: a value may be a name.

use std::fmt;

use serde::Serialize;

use crate::json::{self, Fault, Path};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but is probably not what was meant.
    Warning,
}

/// Every code, with what it says: a section of the guide and a file in `scenarios/invalid/` each. `07` is
/// about plan files, `08` about who may board what ([`crate::lint`]), all others are the readers'.
pub const CODES: [(&str, &str); 57] = [
    ("E0001", "not UTF-8"),
    ("E0002", "byte order mark"),
    ("E0003", "not JSON"),
    ("E0004", "ends early"),
    ("E0005", "too deep"),
    ("E0006", "key twice"),
    ("E0101", "unknown place"),
    ("E0102", "unknown departure"),
    ("E0103", "unknown category"),
    ("E0104", "unknown unit"),
    ("E0105", "unknown anchor"),
    ("E0106", "unknown preference"),
    ("E0107", "empty id"),
    ("E0110", "id twice"),
    ("E0111", "name twice"),
    ("E0201", "unknown field"),
    ("E0202", "missing field"),
    ("E0203", "wrong type"),
    ("E0204", "null"),
    ("E0205", "not an integer"),
    ("E0206", "integer beyond"),
    ("E0207", "number beyond"),
    ("E0208", "unknown word"),
    ("E0209", "other format"),
    ("E0301", "not an instant"),
    ("E0302", "not a date"),
    ("E0303", "negative integer"),
    ("E0304", "not a probability"),
    ("E0305", "not a percentage"),
    ("E0306", "negative number"),
    ("E0307", "empty list"),
    ("E0308", "empty family"),
    ("E0309", "stretcher without a seat"),
    ("E0310", "refused as least vetting"),
    ("E0401", "arrives early"),
    ("E0402", "reports late"),
    ("E0403", "blocked seats"),
    ("E0404", "allotment twice"),
    ("E0405", "allotments exceed seats"),
    ("E0406", "link of one"),
    ("E0407", "unit twice in a link"),
    ("E0501", "no one measure"),
    ("E0502", "where not allowed"),
    ("E0503", "weights not allowed"),
    ("E0504", "seed not allowed"),
    ("E0505", "level named changes"),
    ("E0506", "category named as a level"),
    ("E0601", "level sum"),
    ("E0602", "row sum"),
    ("E0701", "unit twice in a baseline"),
    ("E0801", "forbidden pin"),
    ("W0101", "word much like another"),
    ("W0401", "closure of no day"),
    ("W0801", "nothing carries"),
    ("W0802", "nobody boards"),
    ("W0803", "counts nobody"),
    ("W0804", "counted twice"),
];

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

/// Something wrong at a path, not yet located: what a module that does not hold the text can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// See [`Diagnostic::code`].
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// `pins[3].unit`; see [`Diagnostic::path`].
    pub path: String,
    /// See [`Diagnostic::message`].
    pub message: String,
    /// See [`Diagnostic::hint`].
    pub hint: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, file, line, column, path, message, hint, .. } = self;
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{word}[{code}]: {message}")?;
        let gap = if path.is_empty() { "" } else { "  " };
        writeln!(f, "  --> {file}:{line}:{column}{gap}{path}")?;
        write!(f, "hint: {hint}")
    }
}

/// All that is wrong with a file, in the order of its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Places `findings` in `text`, which messages call `file`.
    #[must_use]
    pub fn locate(text: &[u8], file: &str, findings: Vec<Finding>) -> Self {
        let paths: Vec<Path> = findings.iter().map(|finding| Path::parse(&finding.path)).collect();
        let offsets = json::offsets(&String::from_utf8_lossy(text), paths.iter());
        let faults = findings.into_iter().zip(paths).zip(offsets).map(|((finding, path), offset)| {
            let Finding { code, severity, message, hint, .. } = finding;
            Fault { code, severity, offset, path, message, hint }
        });
        Self::of(text, file, faults.collect())
    }

    /// The diagnostics of `faults`, in the order of the text.
    pub(crate) fn of(text: &[u8], file: &str, mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| (a.offset, a.code, &a.path).cmp(&(b.offset, b.code, &b.path)));
        let places = json::places(text, faults.iter().map(|fault| fault.offset));
        let one = |(fault, (line, column)): (Fault, (usize, usize))| Diagnostic {
            code: fault.code,
            severity: fault.severity,
            file: file.to_owned(),
            line,
            column,
            path: fault.path.to_string(),
            message: fault.message,
            hint: fault.hint,
        };
        Self(faults.into_iter().zip(places).map(one).collect())
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, diagnostic) in self.0.iter().enumerate() {
            let gap = if position == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// The longest id that is shown whole.
const LONGEST: usize = 40;

/// `text` cut at 40 characters, with nothing in it that could disturb a terminal or close the backticks.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).flat_map(harmless).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// An id as messages show it: in backticks, [`printable`].
#[must_use]
pub fn tick(id: &str) -> String {
    format!("`{}`", printable(id))
}

fn harmless(c: char) -> Box<dyn Iterator<Item = char>> {
    match c {
        '`' => Box::new(std::iter::once('\'')),
        '"' | '\'' => Box::new(std::iter::once(c)),
        _ => Box::new(c.escape_debug()),
    }
}

/// The candidate that `word` most likely meant: the one with the fewest slips of the pen, if they are few
/// for a word of that length; of several the first by name.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > 2 * LONGEST {
        return None;
    }
    let slips = |candidate: &str| {
        if candidate.eq_ignore_ascii_case(word) { 0 } else { strsim::damerau_levenshtein(word, candidate) }
    };
    let allowed = (length / 3).max(1);
    candidates
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * allowed)
        .map(|candidate| (slips(candidate), candidate))
        .filter(|&(slips, candidate)| slips <= allowed && slips < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}
