//! What is wrong with a file, where, and what to do; rendered as text or as JSON.
//!
//! A message names ids and references, never another value of the file: a value may be a name.

use std::fmt;

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
