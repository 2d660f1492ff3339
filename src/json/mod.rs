//! JSON as strictly as the formats ask, and where in the text each value stands.
//!
//! Two readers for the same serde types: [`Strict`] wraps `serde_json` and stops at the first mistake,
//! fast; the [`tolerant`] one walks a [`Tree`] of the text, reports every mistake with its place and puts a
//! placeholder where something is wrong, so that the rest can be judged too. Knows nothing of scenarios.

mod path;
mod strict;

pub(crate) use path::{At, OwnedStep, Path};
pub(crate) use strict::{Strict, nullable};

/// Reads `text` strictly; `None` where something is wrong with it.
pub(crate) fn fast<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(Strict(&mut deserializer)).ok()?;
    deserializer.end().ok()?;
    Some(value)
}
