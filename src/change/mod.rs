//! Edits of a scenario file: the changes of a night, and JSON Patches.
//!
//! Comes in: the text of a scenario and what is to change. Goes out: the text after it, the edits as one
//! JSON Patch, and what became different. What is not touched stays as it is written: key order, numbers,
//! layout. Whether the result is in order is for [`crate::scenario::read`] to say.

mod difference;
mod document;
mod patch;
mod place;

pub use difference::{Difference, Shown, difference};
pub use patch::{Operation, PatchError, patched, read_patch};
pub use place::Source;

use serde_json::{Value, json};

use crate::diagnostic::{nearest, tick};
use crate::scenario::Instant;
use document::{Document, Origins, Written};

/// One change.
#[derive(Clone, Debug)]
pub enum Edit {
    /// A JSON Patch.
    Patch(Vec<Operation>),
    /// Another planning moment (RFC 3339).
    AsOf(String),
    /// Another policy: the JSON text of a `policy` object, or of an object with that one key.
    Policy(String),
    /// A departure is cancelled.
    Cancel(String),
    /// A departure has so many seats.
    Seats(String, i64),
    /// A departure leaves so many seconds later, and all its other times shift with it.
    Delay(String, i64),
    /// A unit is taken out of the scenario, and out of all that names it.
    Withdraw(String),
    /// A unit must be on a departure; an earlier pin of the unit gives way.
    Pin(String, String),
    /// A unit may not be on a departure, or on any.
    Exclude(String, Option<String>),
    /// A departure's allotments are void from `as_of` on.
    Release(String),
}

/// A scenario after its changes.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The file's text.
    pub text: String,
    /// The same changes as one JSON Patch of the file before.
    pub patch: Vec<Operation>,
    origins: Origins,
    /// By operation: which of the edits it is of, from 0, and the path of its value in what was given for that.
    made_by: Vec<(usize, String)>,
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The scenario has no such departure or unit.
    #[error("the scenario has no {what} {}{}", tick(id), meant(near.as_deref()))]
    Unknown {
        /// `departure` or `unit`.
        what: &'static str,
        /// As given.
        id: String,
        /// The id that was probably meant.
        near: Option<String>,
    },
    /// A moment that is not RFC 3339 with an offset.
    #[error("{} is not an instant: write RFC 3339 with an offset, as in `2021-10-08T06:00:00+04:30`", tick(.0))]
    NotAnInstant(String),
    /// A departure whose times cannot be read.
    #[error("a time of departure {} is not an instant, so it cannot be shifted", tick(.0))]
    NotShifted(String),
    /// The policy file is not JSON.
    #[error("the policy file is not a JSON object")]
    NoPolicy,
    /// Nothing is left of the policy's levels.
    #[error("no level of the policy is left without unit {}: give another policy with `--policy`", tick(.0))]
    NoLevel(String),
    /// See [`PatchError`].
    #[error(transparent)]
    Patch(#[from] PatchError),
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!(": did you mean {}?", tick(near))).unwrap_or_default()
}

/// Makes the changes in their order, all of them or none.
///
/// # Errors
/// Where `text` is not JSON, or a change names what is not there.
pub fn change(text: &str, edits: &[Edit]) -> Result<Changed, ChangeError> {
    let document = Document::parse(text).ok_or(PatchError::NoJson)?;
    let mut editor = Editor { document, done: Vec::new() };
    let mut made_by = Vec::new();
    for (position, edit) in edits.iter().enumerate() {
        let first = editor.done.len();
        editor.edit(edit)?;
        made_by.extend((first..editor.done.len()).map(|k| (position, place::of_value(edit, k - first))));
    }
    let Written { text, origins } = editor.document.written();
    Ok(Changed { text, patch: editor.done, origins, made_by })
}

/// Seconds of a decimal number of hours: `floor(3600 * hours + 0.5)`, as the format takes hours.
#[must_use]
pub fn seconds_of_hours(hours: &str) -> Option<i64> {
    const DIGITS: usize = 12;
    let (sign, digits) = hours.strip_prefix('-').map_or((1, hours), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if whole.is_empty() || all.len() > DIGITS || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unit = 10_i64.pow(u32::try_from(fraction.len()).ok()?);
    let hours: i64 = all.parse().ok()?;
    Some((2 * 3600 * sign * hours + unit).div_euclid(2 * unit))
}

struct Editor<'t> {
    document: Document<'t>,
    done: Vec<Operation>,
}

type Done = Result<(), ChangeError>;

impl Editor<'_> {
    fn edit(&mut self, edit: &Edit) -> Done {
        match edit {
            Edit::Patch(patch) => patch.iter().try_for_each(|operation| self.apply(operation.clone())),
            Edit::AsOf(moment) => self.as_of(moment),
            Edit::Policy(text) => self.policy(text),
            Edit::Cancel(departure) => self.of_departure(departure, "cancelled", &json!(true)),
            Edit::Seats(departure, seats) => self.of_departure(departure, "seats", &json!(seats)),
            Edit::Delay(departure, seconds) => self.delay(departure, *seconds),
            Edit::Withdraw(unit) => self.withdraw(unit),
            Edit::Pin(unit, departure) => self.pin(unit, departure),
            Edit::Exclude(unit, departure) => self.exclude(unit, departure.as_deref()),
            Edit::Release(departure) => self.release(departure),
        }
    }

    fn apply(&mut self, operation: Operation) -> Done {
        let refused = |message| PatchError::Refused(self.done.len(), message);
        patch::apply(&mut self.document, self.done.len(), &operation).map_err(refused)?;
        self.done.push(operation);
        Ok(())
    }

    fn as_of(&mut self, moment: &str) -> Done {
        Instant::parse(moment).ok_or_else(|| ChangeError::NotAnInstant(moment.to_owned()))?;
        self.apply(Operation::add("/as_of", &json!(moment)))
    }

    fn policy(&mut self, text: &str) -> Done {
        let mut file = Document::parse(text).ok_or(ChangeError::NoPolicy)?;
        let policy = file.get("/policy").or_else(|_| file.get("")).map_err(|_| ChangeError::NoPolicy)?;
        let value = serde_json::value::RawValue::from_string(policy).map_err(|_| ChangeError::NoPolicy)?;
        if !value.get().starts_with('{') {
            return Err(ChangeError::NoPolicy);
        }
        self.apply(Operation::Add { path: "/policy".into(), value })
    }

    fn of_departure(&mut self, id: &str, field: &str, value: &Value) -> Done {
        let at = self.position("departure", id)?;
        self.apply(Operation::add(format!("/departures/{at}/{field}"), value))
    }

    fn delay(&mut self, id: &str, seconds: i64) -> Done {
        let at = self.position("departure", id)?;
        for field in ["departs", "arrives", "reports_by", "manifest_closes"] {
            let pointer = format!("/departures/{at}/{field}");
            let Some(moment) = self.value(&pointer) else { continue };
            let shifted = moment.as_str().and_then(|moment| Instant::shifted(moment, seconds));
            let shifted = shifted.ok_or_else(|| ChangeError::NotShifted(id.to_owned()))?;
            self.apply(Operation::replace(pointer, &json!(shifted)))?;
        }
        Ok(())
    }

    fn release(&mut self, id: &str) -> Done {
        let at = self.position("departure", id)?;
        let as_of = self.value("/as_of").unwrap_or_default();
        let moment = |value: &Value| value.as_str().and_then(Instant::parse);
        for a in 0..self.document.length(&format!("/departures/{at}/allotments")) {
            let pointer = format!("/departures/{at}/allotments/{a}/release");
            let release = self.value(&pointer).as_ref().and_then(moment);
            let void = release.zip(moment(&as_of)).is_some_and(|(release, as_of)| release <= as_of);
            if !void {
                self.apply(Operation::add(pointer, &as_of))?;
            }
        }
        Ok(())
    }

    fn pin(&mut self, unit: &str, departure: &str) -> Done {
        self.position("unit", unit)?;
        self.position("departure", departure)?;
        let is = |pin: &Value| pin["unit"] == unit && pin["departure"] == departure;
        if self.elements("/pins").iter().any(is) {
            return Ok(());
        }
        self.without("/pins", |pin| pin["unit"] == unit)?;
        self.append("pins", &Pair { unit, departure: Some(departure) })
    }

    fn exclude(&mut self, unit: &str, departure: Option<&str>) -> Done {
        self.position("unit", unit)?;
        if let Some(departure) = departure {
            self.position("departure", departure)?;
        }
        let named = |exclusion: &Value| exclusion.get("departure").and_then(Value::as_str).map(str::to_owned);
        let is = |exclusion: &Value| exclusion["unit"] == unit && named(exclusion).as_deref() == departure;
        if self.elements("/exclusions").iter().any(is) {
            return Ok(());
        }
        self.append("exclusions", &Pair { unit, departure })
    }

    /// A link with fewer than two units left goes, and so does a quota, a level or a weight that spoke of
    /// this unit alone.
    fn withdraw(&mut self, unit: &str) -> Done {
        let at = self.position("unit", unit)?;
        self.apply(Operation::remove(format!("/units/{at}")))?;
        self.without("/pins", |pin| pin["unit"] == unit)?;
        self.without("/exclusions", |exclusion| exclusion["unit"] == unit)?;
        for l in (0..self.document.length("/links")).rev() {
            self.shrink(&format!("/links/{l}"), "/units", unit, 2)?;
        }
        for q in (0..self.document.length("/quotas")).rev() {
            let quota = format!("/quotas/{q}");
            if !self.shrink(&quota, "/count/unit", unit, 1)? {
                self.shrink(&quota, "/among/unit", unit, 1)?;
            }
        }
        let levels = self.document.length("/policy/levels");
        for k in (0..levels).rev() {
            let level = format!("/policy/levels/{k}");
            if self.shrink(&level, "/where/unit", unit, 1)? {
                continue;
            }
            for w in (0..self.document.length(&format!("{level}/weights"))).rev() {
                self.shrink(&format!("{level}/weights/{w}"), "/where/unit", unit, 1)?;
            }
        }
        let none_left = levels > 0 && self.document.length("/policy/levels") == 0;
        if none_left { Err(ChangeError::NoLevel(unit.to_owned())) } else { Ok(()) }
    }

    /// Takes `unit` out of the list at `subject` + `list`; the whole subject goes, and that is the answer,
    /// where fewer than `least` would be left.
    fn shrink(&mut self, subject: &str, list: &str, unit: &str, least: usize) -> Result<bool, ChangeError> {
        let list = format!("{subject}{list}");
        let elements = self.elements(&list);
        let named = elements.iter().filter(|id| *id == unit).count();
        if named == 0 {
            return Ok(false);
        }
        if elements.len() - named < least {
            self.apply(Operation::remove(subject))?;
            return Ok(true);
        }
        self.without(&list, |id| id == unit)?;
        Ok(false)
    }

    /// Takes the elements out of a list that are so, the last first.
    fn without(&mut self, list: &str, so: impl Fn(&Value) -> bool) -> Done {
        let all = self.elements(list);
        let out = all.iter().enumerate().rev().filter(|(_, element)| so(element));
        out.map(|(e, _)| e).try_for_each(|e| self.apply(Operation::remove(format!("{list}/{e}"))))
    }

    /// Adds to a list at the top, which need not be there.
    fn append(&mut self, list: &str, pair: &Pair) -> Done {
        if self.value(&format!("/{list}")).is_none() {
            self.apply(Operation::add(format!("/{list}"), &json!([])))?;
        }
        let value = serde_json::value::to_raw_value(pair).expect("a pair has a JSON form");
        self.apply(Operation::Add { path: format!("/{list}/-"), value })
    }

    fn value(&mut self, pointer: &str) -> Option<Value> {
        serde_json::from_str(&self.document.get(pointer).ok()?).ok()
    }

    fn elements(&mut self, list: &str) -> Vec<Value> {
        self.value(list).and_then(|list| list.as_array().cloned()).unwrap_or_default()
    }

    /// Where the departure or unit of this id stands in its list.
    fn position(&mut self, what: &'static str, id: &str) -> Result<usize, ChangeError> {
        let text = self.document.get(&format!("/{what}s")).unwrap_or_default();
        let all: Vec<Named> = serde_json::from_str(&text).unwrap_or_default();
        all.iter().position(|named| named.id == id).ok_or_else(|| {
            let near = nearest(id, all.iter().map(|named| named.id.as_str())).map(str::to_owned);
            ChangeError::Unknown { what, id: id.to_owned(), near }
        })
    }
}

/// A pin or an exclusion.
#[derive(serde::Serialize)]
struct Pair<'a> {
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    departure: Option<&'a str>,
}

/// What has an id, whatever else it has.
#[derive(serde::Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
}
