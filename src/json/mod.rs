//! JSON as strictly as the formats ask, and where in the text each value stands.
//!
//! Two readers for the same serde types: [`fast`] wraps `serde_json` and stops at the first mistake; the
//! [`thorough`] one walks a tree of the text, reports every mistake with its place and puts a placeholder
//! where something is wrong, so that the rest can be judged too. What the fast one takes the thorough one
//! takes, with the same value; `-0` for an integer only the thorough one takes. Knows nothing of scenarios.

mod path;
mod place;
mod strict;
mod tolerant;
mod tree;

pub(crate) use path::{At, OwnedStep, Path};
pub(crate) use place::places;
pub(crate) use strict::{INTEGER, Strict, nullable};
pub(crate) use tolerant::Tolerated;

use crate::diagnostic::Severity;
use tree::{Finder, SyntaxError};
pub(crate) use tree::{Kind, Tree};

/// Something wrong, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) severity: Severity,
    pub(crate) offset: usize,
    pub(crate) path: Path,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Fault {
    /// An error at an offset and a path.
    pub(crate) fn error(
        code: &'static str,
        (offset, path): (usize, Path),
        message: String,
        hint: String,
    ) -> Self {
        Self { code, severity: Severity::Error, offset, path, message, hint }
    }
}

impl From<SyntaxError> for Fault {
    fn from(SyntaxError { code, offset, message, hint }: SyntaxError) -> Self {
        Self::error(code, (offset, Path::default()), message, hint.to_owned())
    }
}

/// E0001: the file is not UTF-8; the place is its first byte that is not.
pub(crate) fn utf8(text: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(text).map_err(|error| {
        let place = (error.valid_up_to(), Path::default());
        let hint = "save the file as UTF-8".to_owned();
        Fault::error("E0001", place, "the file is not UTF-8".to_owned(), hint)
    })
}

/// Reads `text` strictly; `None` where something is wrong with it.
pub(crate) fn fast<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(Strict(&mut deserializer)).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

/// Reads all of `text` that can be read as a document of this `format`.
///
/// # Errors
/// Where nothing can: no JSON, or a document of another format.
pub(crate) fn thorough<T>(text: &str, format: &str) -> Result<Tolerated<T>, Fault>
where
    T: for<'de> serde::Deserialize<'de> + schemars::JsonSchema,
{
    let tree = Tree::parse(text)?;
    format_is(&tree, format)?;
    Ok(tolerant::tolerant(&tree))
}

/// E0209: a document of another format, or of another version of it.
fn format_is(tree: &Tree, format: &str) -> Result<(), Fault> {
    let node = tree.get(tree.root(), "format").filter(|node| tree.kind(*node) == Kind::String);
    let Some((node, found)) = node.map(|node| (node, tree.string(node))).filter(|(_, found)| found != format)
    else {
        return Ok(());
    };
    let kind = format.rsplit_once('/').map_or(format, |(kind, _)| kind);
    let message = format!("the document's `format` is not `{format}`");
    let hint = if found.rsplit_once('/').is_some_and(|(other, _)| other == kind) {
        "this program reads version 1 alone: is a newer one at hand?".to_owned()
    } else if found.starts_with("airbridge/") {
        format!("this is another kind of airbridge file: give it where it belongs, and an `{kind}` here")
    } else {
        format!("write `{format}`")
    };
    let place = (tree.offset(node), At::top("format").path());
    Err(Fault::error("E0209", place, message, hint))
}

/// Finds where in `text` each of `paths` stands; of what is not there, the value above it.
pub(crate) fn offsets<'p>(text: &str, paths: impl Iterator<Item = &'p Path>) -> Vec<usize> {
    match Tree::parse(text) {
        Ok(tree) => {
            let mut finder = Finder::new(&tree);
            paths.map(|path| finder.offset(path)).collect()
        }
        Err(error) => paths.map(|_| error.offset).collect(),
    }
}

#[cfg(test)]
mod tests;
