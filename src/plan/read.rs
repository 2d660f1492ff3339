//! Reads plan files: as strictly as scenarios, and with every mistake in one go.

use std::collections::BTreeMap;
use std::fmt;

use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};

use super::{Assignment, FORMAT, Plan};
use crate::diagnostic::{Diagnostics, tick};
use crate::json::{self, Fault, OwnedStep, Path};
use crate::rule::Rule;

/// Reads the plan file `text`, which messages call `file`.
///
/// Only the shape is judged: whether the plan holds is for the checker to say.
///
/// # Errors
/// Every mistake of the file, in the order of its text.
pub fn read_plan(text: &[u8], file: &str) -> Result<Plan, Diagnostics> {
    document(text, file, |plan: &Plan| &plan.format, |_, _| Vec::new())
}

/// Reads the assignments of the plan file `text`, as `(unit, departure)`: all that counts of a baseline.
/// What else the file says is passed over, whatever it is.
///
/// # Errors
/// Every mistake in `format` and `assignments`; a unit that is there twice is one.
pub fn read_baseline(text: &[u8], file: &str) -> Result<Vec<(String, String)>, Diagnostics> {
    let baseline = document(text, file, |baseline: &BaselineFile| &baseline.format, units_once)?;
    Ok(baseline.assignments.into_iter().map(|Assignment { unit, departure }| (unit, departure)).collect())
}

/// What counts of a baseline.
#[derive(Deserialize, JsonSchema)]
struct BaselineFile {
    /// `airbridge/plan/1`.
    format: String,
    /// Who was on what.
    assignments: Vec<Assignment>,
}

fn document<T: DeserializeOwned + JsonSchema>(
    text: &[u8],
    file: &str,
    format: impl Fn(&T) -> &String,
    judge: impl Fn(&T, &str) -> Vec<Fault>,
) -> Result<T, Diagnostics> {
    let wrong = |faults: Vec<Fault>| Diagnostics::of(text, file, faults);
    let utf8 = json::utf8(text).map_err(|fault| wrong(vec![fault]))?;
    let in_order = json::fast(utf8).filter(|value| format(value) == FORMAT);
    let (value, mut faults) = match in_order {
        Some(value) => (value, Vec::new()),
        None => json::thorough(utf8, FORMAT)
            .map(|tolerated| (tolerated.value, tolerated.faults))
            .map_err(|fault| wrong(vec![fault]))?,
    };
    let found = judge(&value, utf8);
    faults.extend(
        found.into_iter().filter(|new| faults.iter().all(|old| old.path != new.path)).collect::<Vec<_>>(),
    );
    if faults.is_empty() { Ok(value) } else { Err(wrong(faults)) }
}

/// E0701: a unit is in a baseline twice.
fn units_once(baseline: &BaselineFile, text: &str) -> Vec<Fault> {
    let mut seen = FxHashSet::default();
    let all = baseline.assignments.iter().enumerate();
    let twice: Vec<(usize, &Assignment)> = all.filter(|(_, one)| !seen.insert(one.unit.as_str())).collect();
    if twice.is_empty() {
        return Vec::new();
    }
    let steps =
        |a| vec![OwnedStep::Key("assignments".into()), OwnedStep::Index(a), OwnedStep::Key("unit".into())];
    let paths: Vec<Path> = twice.iter().map(|&(a, _)| Path(steps(a))).collect();
    let offsets = json::offsets(text, paths.iter());
    let fault = |(((_, assignment), path), offset): (((usize, &Assignment), Path), usize)| {
        let message = format!("unit {} is in the plan twice", tick(&assignment.unit));
        Fault::error(
            "E0701",
            (offset, path),
            message,
            "a family travels once: take one of them out".to_owned(),
        )
    };
    twice.into_iter().zip(paths).zip(offsets).map(fault).collect()
}

/// The codes of all rules: the keys that a map by rule may have.
const RULES: [&str; Rule::ALL.len()] = {
    let mut codes = [""; Rule::ALL.len()];
    let mut rule = 0;
    while rule < codes.len() {
        codes[rule] = Rule::ALL[rule].code();
        rule += 1;
    }
    codes
};

/// Reads a map by rule, with no rule twice. To serde it is a struct with a field for each rule.
pub(super) fn by_rule<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<Rule, i64>>, D::Error> {
    deserializer.deserialize_struct("a map by rule", &RULES, ByRule).map(Some)
}

struct ByRule;

impl<'de> Visitor<'de> for ByRule {
    type Value = BTreeMap<Rule, i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut by_rule = BTreeMap::new();
        while let Some((rule, count)) = map.next_entry()? {
            if by_rule.insert(rule, count).is_some() {
                return Err(A::Error::custom("a rule twice"));
            }
        }
        Ok(by_rule)
    }
}
