//! JSON Patch (RFC 6902) on a text that keeps its order, its numbers and its layout.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::document::{Document, Node, Refused};
use crate::diagnostic::tick;

/// One operation of a patch. Paths are JSON Pointers (RFC 6901).
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// Puts a value there: in place of an object's key, or before a list's element (`-`: at the end).
    Add {
        /// Where.
        path: String,
        /// What.
        value: Box<RawValue>,
    },
    /// Takes out what is there.
    Remove {
        /// Where.
        path: String,
    },
    /// Puts a value in place of what is there.
    Replace {
        /// Where.
        path: String,
        /// What.
        value: Box<RawValue>,
    },
    /// Moves a value.
    Move {
        /// From where.
        from: String,
        /// To where.
        path: String,
    },
    /// Copies a value.
    Copy {
        /// From where.
        from: String,
        /// To where.
        path: String,
    },
    /// Goes on only if this value is there.
    Test {
        /// Where.
        path: String,
        /// What.
        value: Box<RawValue>,
    },
}

/// Why a patch cannot be read or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// No list of operations.
    #[error("the patch is not a JSON Patch: it is not a list of objects with `op` and `path` (line {0})")]
    NoPatch(usize),
    /// An operation, from 0, that is not one of RFC 6902.
    #[error("operation {0} of the patch lacks what its `op` asks for, or has another `op` than RFC 6902")]
    NoOperation(usize),
    /// An operation, from 0, and what is wrong with it.
    #[error("operation {0} of the patch: {1}")]
    Refused(usize, String),
    /// The document is not JSON.
    #[error("the document is not JSON")]
    NoJson,
}

impl Operation {
    /// An `add` of a value that has a JSON form.
    #[must_use]
    pub fn add(path: impl Into<String>, value: &Value) -> Self {
        Self::Add { path: path.into(), value: raw(value) }
    }

    /// A `replace` by a value that has a JSON form.
    #[must_use]
    pub fn replace(path: impl Into<String>, value: &Value) -> Self {
        Self::Replace { path: path.into(), value: raw(value) }
    }

    /// A `remove`.
    #[must_use]
    pub fn remove(path: impl Into<String>) -> Self {
        Self::Remove { path: path.into() }
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("a value has a JSON form")
}

/// An operation as written; further keys are passed over, as the RFC asks.
#[derive(Deserialize)]
struct Written {
    op: Option<String>,
    path: Option<String>,
    from: Option<String>,
    #[serde(default, deserialize_with = "given")]
    value: Option<Box<RawValue>>,
}

/// A value that is there, be it `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// Reads a JSON Patch.
///
/// # Errors
/// Where `text` is no list of operations.
pub fn read_patch(text: &[u8]) -> Result<Vec<Operation>, PatchError> {
    let written: Vec<Written> =
        serde_json::from_slice(text).map_err(|error| PatchError::NoPatch(error.line()))?;
    let operation =
        |(position, written): (usize, Written)| operation(written).ok_or(PatchError::NoOperation(position));
    written.into_iter().enumerate().map(operation).collect()
}

fn operation(Written { op, path, from, value }: Written) -> Option<Operation> {
    let path = path?;
    Some(match op?.as_str() {
        "add" => Operation::Add { path, value: value? },
        "remove" => Operation::Remove { path },
        "replace" => Operation::Replace { path, value: value? },
        "move" => Operation::Move { from: from?, path },
        "copy" => Operation::Copy { from: from?, path },
        "test" => Operation::Test { path, value: value? },
        _ => return None,
    })
}

/// `text` after the operations, all of them or none. What they do not touch stays as it is written.
///
/// # Errors
/// Where `text` is not JSON, or an operation finds nothing at its path, or another value than it tests for.
pub fn patched(text: &str, patch: &[Operation]) -> Result<String, PatchError> {
    let mut document = Document::parse(text).ok_or(PatchError::NoJson)?;
    for (position, operation) in patch.iter().enumerate() {
        apply(&mut document, position, operation)
            .map_err(|message| PatchError::Refused(position, message))?;
    }
    Ok(document.written().text)
}

/// Applies one operation, the `number`th from 0, or says why it cannot be.
pub(super) fn apply(document: &mut Document<'_>, number: usize, operation: &Operation) -> Result<(), String> {
    let at = |path: &str, refused: &Refused| match refused {
        Refused::NoPointer => format!("{} is no JSON Pointer", tick(path)),
        Refused::Nothing => format!("nothing stands at {}", tick(path)),
        Refused::NoPlace => format!("there is no place at {}", tick(path)),
    };
    match operation {
        Operation::Add { path, value } => {
            document.add(path, Node::of_operation(number, value.get())).map_err(|e| at(path, &e))
        }
        Operation::Remove { path } => document.remove(path).map(drop).map_err(|e| at(path, &e)),
        Operation::Replace { path, value } => {
            document.replace(path, Node::of_operation(number, value.get())).map_err(|e| at(path, &e))
        }
        Operation::Move { from, path } if path.starts_with(&format!("{from}/")) => {
            Err(format!("{} lies within {}", tick(path), tick(from)))
        }
        Operation::Move { from, path } => {
            let value = document.remove(from).map_err(|e| at(from, &e))?;
            document.add(path, value).map_err(|e| at(path, &e))
        }
        Operation::Copy { from, path } => {
            let value = document.copy(from).map_err(|e| at(from, &e))?;
            document.add(path, value).map_err(|e| at(path, &e))
        }
        Operation::Test { path, value } => {
            let found = document.get(path).map_err(|e| at(path, &e))?;
            let same = parsed(&found).zip(parsed(value.get())).is_some_and(|(a, b)| same(&a, &b));
            if same { Ok(()) } else { Err(format!("another value stands at {}", tick(path))) }
        }
    }
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// Whether two values are equal as the RFC has it: numbers by value, objects in any order.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().all(|key| a.get(key).zip(b.get(key)).is_some_and(|(a, b)| same(a, b)))
        }
        _ => a == b,
    }
}
