//! What is different between two scenario files, in lines that can be read out.
//!
//! Ids, references, numbers and moments are shown; of other values only the type is: they may be names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::diagnostic::tick;
use crate::scenario::{Date, Instant};

/// One thing that is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about: ``departure `D1` ``, ``pin unit `U7` departure `D1` ``, `as_of`.
    pub subject: String,
    /// Which part of it, as in `allotments[0].release`; absent where all of it came or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// As it was; absent where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Shown>,
    /// As it is; absent where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Shown>,
}

/// A value, as far as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Shown(pub String);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)?;
        let shown = |value: &Option<Shown>| value.as_ref().map_or("absent", |shown| &shown.0).to_owned();
        let what = self.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
        match (&self.before, &self.after) {
            (None, Some(after)) if self.field.is_none() => write!(f, ": new, {}", after.0),
            (Some(before), None) if self.field.is_none() => write!(f, ": taken out, {}", before.0),
            (before, after) if before == after => write!(f, "{what}: changed"),
            (before, after) => write!(f, "{what}: {} -> {}", shown(before), shown(after)),
        }
    }
}

/// What is different between the texts of two scenarios, top to bottom; of a text that is not JSON, nothing.
#[must_use]
pub fn difference(before: &str, after: &str) -> Vec<Difference> {
    let parsed = |text: &str| serde_json::from_str::<BTreeMap<String, Value>>(text).unwrap_or_default();
    let (before, after) = (parsed(before), parsed(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (a, b) if a == b => {}
            (a, b) if is_list(a) || is_list(b) => elements(key, a, b, &mut found),
            (a, b) => within(key, String::new(), a, b, &mut found),
        }
    }
    found
}

fn is_list(value: Option<&Value>) -> bool {
    value.is_some_and(Value::is_array)
}

/// The elements of a list at the top, by what they are called; of several that are called alike, in order.
fn elements(list: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    let (before, after) = (named(list, before), named(list, after));
    let mut names: Vec<&(String, usize)> = before.iter().map(|(name, _)| name).collect();
    let known: BTreeSet<&(String, usize)> = names.iter().copied().collect();
    names.extend(after.iter().map(|(name, _)| name).filter(|name| !known.contains(name)));
    let before: BTreeMap<_, _> = before.iter().map(|(name, value)| (name, *value)).collect();
    let after: BTreeMap<_, _> = after.iter().map(|(name, value)| (name, *value)).collect();
    for name in names {
        within(&name.0, String::new(), before.get(name).copied(), after.get(name).copied(), found);
    }
}

type Name = (String, usize);

fn named<'v>(list: &str, value: Option<&'v Value>) -> Vec<(Name, &'v Value)> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let elements = value.and_then(Value::as_array).into_iter().flatten();
    let name = |element: &'v Value| {
        let name = name(list, element);
        let count = times.entry(name.clone()).or_default();
        *count += 1;
        ((name, *count), element)
    };
    elements.map(name).collect()
}

/// What an element is called: its id or name, or all it refers to.
fn name(list: &str, element: &Value) -> String {
    let kind = list.trim_end_matches('s');
    if let Some(id) = ["id", "name"].iter().find_map(|key| element.get(key)?.as_str()) {
        return format!("{kind} {}", tick(id));
    }
    let one = |key: &str| Some(format!("{key} {}", tick(element.get(key)?.as_str()?)));
    let mut words: Vec<String> =
        ["kind", "unit", "departure", "from", "to"].iter().filter_map(|key| one(key)).collect();
    let units = element.get("units").and_then(Value::as_array).into_iter().flatten();
    words.extend(units.filter_map(Value::as_str).map(tick));
    format!("{kind} {}", words.join(" "))
}

/// What is different within one thing.
fn within(
    subject: &str,
    field: String,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    match (before, after) {
        (a, b) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) if !is_private(&field) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
                within(subject, path, a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() && !is_private(&field) => {
            for (e, (a, b)) in a.iter().zip(b).enumerate() {
                within(subject, format!("{field}[{e}]"), Some(a), Some(b), found);
            }
        }
        (before, after) => found.push(Difference {
            subject: subject.to_owned(),
            before: before.map(|value| shown(&field, value)),
            after: after.map(|value| shown(&field, value)),
            field: Some(field).filter(|field| !field.is_empty()),
        }),
    }
}

/// Fields whose keys or elements are free words.
fn is_private(field: &str) -> bool {
    [".documents", "tags", "preferences"].iter().any(|end| field.ends_with(end))
}

/// Fields that hold an id, a reference or a word of the format.
const REFERENCES: [&str; 17] = [
    "id",
    "kind",
    "from",
    "to",
    "location",
    "sponsor",
    "category",
    "sex",
    "mobility",
    "vetting",
    "vetting.min",
    "anchor",
    "unit",
    "departure",
    "mixed_status",
    "maximize",
    "minimize",
];

fn shown(field: &str, value: &Value) -> Shown {
    let name = field.rsplit('.').next().unwrap_or(field);
    let named = REFERENCES.contains(&name) || REFERENCES.contains(&field);
    Shown(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if Instant::parse(text).is_some() || Date::parse(text).is_some() => text.clone(),
        Value::String(text) if named => tick(text),
        Value::String(_) => "a string".to_owned(),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(fields) => object(fields),
    })
}

/// An object as its persons, if it is a family, or as an object.
fn object(fields: &serde_json::Map<String, Value>) -> String {
    match fields.get("persons").and_then(Value::as_array).map(Vec::len) {
        Some(1) => "1 person".to_owned(),
        Some(persons) => format!("{persons} persons"),
        None => "an object".to_owned(),
    }
}
