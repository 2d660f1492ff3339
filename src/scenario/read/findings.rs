//! What the walk over a scenario finds, before it is located in the text.

use rustc_hash::FxHashSet;

use crate::diagnostic::Severity;
use crate::json::{At, Path};

/// A mistake at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) severity: Severity,
    pub(crate) path: Path,
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Collects findings; drops those at paths where the text itself was wrong and a placeholder stands.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    pub(crate) all: Vec<Finding>,
    placeholders: FxHashSet<Path>,
    /// Comparisons that may still be spent on looking for what was meant.
    patience: usize,
}

/// How many comparisons of words one file is worth.
const PATIENCE: usize = 2_000_000;

impl Findings {
    /// Findings about a text with placeholders at these paths.
    pub(crate) fn new(placeholders: impl IntoIterator<Item = Path>) -> Self {
        Self { all: Vec::new(), placeholders: placeholders.into_iter().collect(), patience: PATIENCE }
    }

    /// Whether what stands at `at` is what the file says.
    pub(crate) fn is_sound(&self, at: &At) -> bool {
        if self.placeholders.is_empty() {
            return true;
        }
        let mut path = at.path();
        loop {
            if self.placeholders.contains(&path) {
                return false;
            }
            if path.0.pop().is_none() {
                return true;
            }
        }
    }

    /// Whether the list `name` and the field `field` of its elements are what the file says.
    pub(crate) fn is_list_sound(&self, name: &str, field: Option<&str>) -> bool {
        use crate::json::OwnedStep::{Index, Key};
        !self.placeholders.iter().any(|path| match path.0.as_slice() {
            [Key(list)] | [Key(list), Index(_)] => list == name,
            [Key(list), Index(_), Key(key)] => list == name && Some(key.as_str()) == field,
            _ => path.0.is_empty(),
        })
    }

    /// Reports an error.
    pub(crate) fn error(&mut self, code: &'static str, at: &At, message: String, hint: impl Into<String>) {
        self.report(code, Severity::Error, at, message, hint.into());
    }

    /// Reports a warning.
    pub(crate) fn warning(&mut self, code: &'static str, at: &At, message: String, hint: impl Into<String>) {
        self.report(code, Severity::Warning, at, message, hint.into());
    }

    /// Reports a warning at a path that was kept.
    pub(super) fn warning_at(&mut self, code: &'static str, path: &Path, message: String, hint: &str) {
        let (path, hint) = (path.clone(), hint.to_owned());
        self.all.push(Finding { code, severity: Severity::Warning, path, message, hint });
    }

    fn report(&mut self, code: &'static str, severity: Severity, at: &At, message: String, hint: String) {
        if self.is_sound(at) {
            self.all.push(Finding { code, severity, path: at.path(), message, hint });
        }
    }

    /// Whether neither the text nor the walk has shown an error.
    pub(crate) fn is_clean(&self) -> bool {
        self.placeholders.is_empty() && self.all.iter().all(|finding| finding.severity == Severity::Warning)
    }

    /// The candidate that `word` most likely meant, if one is near.
    pub(crate) fn meant<'a>(
        &mut self,
        word: &str,
        candidates: impl ExactSizeIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        self.patience = self.patience.checked_sub(candidates.len())?;
        crate::diagnostic::nearest(word, candidates)
    }
}
