//! What is wrong with a scenario after its changes, placed in what it was made of: the scenario before, or a file
//! that an edit was read from. The result itself is not written, and nobody could look there.

use super::document::Origin;
use super::{Changed, Edit};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::json::{self, Path};

/// A text that a scenario was made of, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name: a file's, or an option's where the edit was given there.
    pub name: String,
    /// What it holds; empty for an option.
    pub text: String,
}

/// Where in what was given for an edit the value of its operation, from 0, stands.
pub(super) fn of_value(edit: &Edit, operation: usize) -> String {
    match edit {
        Edit::Patch(_) => format!("[{operation}].value"),
        // A file without this key is the policy itself, and that is what is then found.
        Edit::Policy(_) => "policy".to_owned(),
        Edit::AsOf(_)
        | Edit::Cancel(_)
        | Edit::Seats(..)
        | Edit::Delay(..)
        | Edit::Withdraw(_)
        | Edit::Pin(..)
        | Edit::Exclude(..)
        | Edit::Release(_) => String::new(),
    }
}

impl Changed {
    /// `found`, the diagnostics of [`Changed::text`], each at the place where the value or key that it points to was
    /// written: in the scenario `before`, or in that of the `edits` which put it there. Paths are those of the result.
    #[must_use]
    pub fn placed(&self, found: &Diagnostics, before: &Source, edits: &[Source]) -> Diagnostics {
        let placed = |diagnostic: &Diagnostic| {
            let offset = offset(&self.text, diagnostic.line, diagnostic.column);
            let origin = self.origins.of(offset).unwrap_or(Origin { operation: None, offset: 0 });
            let made_by = origin.operation.and_then(|operation| self.made_by.get(operation));
            let edit = made_by.and_then(|(edit, path)| Some((edits.get(*edit)?, path)));
            let (source, start) = edit.map_or((before, 0), |(edit, path)| (edit, start(edit, path)));
            let place = json::places(source.text.as_bytes(), std::iter::once(start + origin.offset));
            let (line, column) = place.first().copied().unwrap_or((1, 1));
            Diagnostic { file: source.name.clone(), line, column, ..diagnostic.clone() }
        };
        Diagnostics(found.0.iter().map(placed).collect())
    }
}

/// The byte where the value at a path begins.
fn start(source: &Source, path: &str) -> usize {
    json::offsets(&source.text, std::iter::once(&Path::parse(path))).first().copied().unwrap_or(0)
}

/// The byte at a line and a column.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let above: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let before = text[above..].chars().take(column.saturating_sub(1)).map(char::len_utf8);
    above + before.sum::<usize>()
}
