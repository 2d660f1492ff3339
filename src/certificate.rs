//! Certificates: prices that prove a level's bound, as the plan file has them.
//!
//! Plain data only. The solver's side writes them ([`crate::solve`]), the checker's side
//! ([`crate::check`]) verifies them with code of its own; both in exact integers.

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest magnitude that JSON numbers carry exactly everywhere: 2^53 - 1.
pub const SAFE_INTEGER: i64 = (1 << 53) - 1;

/// An exact integer: a JSON number within +-(2^53 - 1), a decimal string beyond.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integer(pub BigInt);

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(BigInt::from(value))
    }
}

impl From<i128> for Integer {
    fn from(value: i128) -> Self {
        Self(BigInt::from(value))
    }
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.to_i64().filter(|value| value.unsigned_abs() <= SAFE_INTEGER.unsigned_abs()) {
            Some(small) => serializer.serialize_i64(small),
            None => serializer.collect_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Integer;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an integer, as a decimal string beyond 2^53 - 1")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Integer, D::Error> {
                deserializer.deserialize_any(self)
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Integer, E> {
                within(value.unsigned_abs())
                    .then(|| Integer(value.into()))
                    .ok_or_else(|| E::custom("beyond 2^53 - 1"))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Integer, E> {
                within(value).then(|| Integer(value.into())).ok_or_else(|| E::custom("beyond 2^53 - 1"))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Integer, E> {
                is_decimal(text)
                    .then(|| text.parse().ok().map(Integer))
                    .flatten()
                    .ok_or_else(|| E::custom("expected a decimal integer"))
            }
        }
        deserializer.deserialize_newtype_struct(crate::json::INTEGER, Visitor)
    }
}

/// Whether JSON numbers carry an integer of this magnitude exactly.
const fn within(magnitude: u64) -> bool {
    magnitude <= SAFE_INTEGER.unsigned_abs()
}

/// Whether `text` is a decimal integer: digits, with a sign before them if negative.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

impl JsonSchema for Integer {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Integer".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "An exact integer; a decimal string beyond 2^53 - 1.",
            "anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^-?[0-9]+$"}]
        })
    }
}

/// Which family of rows a price belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the row of FORMAT's table with the same name")]
pub enum RowName {
    Unit,
    Open,
    Held,
    Seats,
    LapInfants,
    Wheelchairs,
    Stretchers,
    Payload,
    Vetting,
    Fill,
    Allotment,
    Aboard,
    Used,
    MinLoad,
    Budget,
    Beds,
    Quota,
    Pin,
    SameDeparture,
    AllOrNone,
    AtMostOne,
    Apart,
    Level,
    Split,
    Cut,
}

/// A resource of a departure, as the row `fill` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the row of FORMAT's table with the same name")]
pub enum Resource {
    Seats,
    LapInfants,
    Wheelchairs,
    Stretchers,
    Payload,
    Vetting,
}

/// Which side of a quota a row states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the quota's field of the same name")]
pub enum Side {
    Min,
    Max,
    MinPercent,
    MaxPercent,
}

/// Names one row: its family and its subject. Fields that the family does not have are absent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The family.
    pub row: RowName,
    /// A unit's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// A departure's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub departure: Option<String>,
    /// A sponsor.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sponsor: Option<String>,
    /// A resource of the departure, for `fill`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<Resource>,
    /// A place's id, for `beds`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// A day `YYYY-MM-DD`, for `beds`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<String>,
    /// A quota's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// A quota's side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub side: Option<Side>,
    /// A link's position, from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<u32>,
    /// An earlier level's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<String>,
    /// How deep the split is, from the root's 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub depth: Option<u32>,
    /// Which cut of the leaf, from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<u32>,
}

impl Row {
    /// A row of this family with no subject yet.
    #[must_use]
    pub const fn of(row: RowName) -> Self {
        Self {
            row,
            unit: None,
            departure: None,
            sponsor: None,
            resource: None,
            place: None,
            date: None,
            name: None,
            side: None,
            link: None,
            level: None,
            depth: None,
            index: None,
        }
    }
}

/// A row's price: `numerator` over the denominator of its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The family; with the fields below as in [`Row`].
    pub row: RowName,
    /// See [`Row::unit`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// See [`Row::departure`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub departure: Option<String>,
    /// See [`Row::sponsor`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sponsor: Option<String>,
    /// See [`Row::resource`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<Resource>,
    /// See [`Row::place`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// See [`Row::date`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<String>,
    /// See [`Row::name`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// See [`Row::side`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub side: Option<Side>,
    /// See [`Row::link`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<u32>,
    /// See [`Row::level`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<String>,
    /// See [`Row::depth`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub depth: Option<u32>,
    /// See [`Row::index`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<u32>,
    /// The price times the denominator.
    pub numerator: Integer,
}

impl Price {
    /// This row at this numerator.
    #[must_use]
    pub fn new(row: Row, numerator: Integer) -> Self {
        let Row {
            row,
            unit,
            departure,
            sponsor,
            resource,
            place,
            date,
            name,
            side,
            link,
            level,
            depth,
            index,
        } = row;
        Self {
            row,
            unit,
            departure,
            sponsor,
            resource,
            place,
            date,
            name,
            side,
            link,
            level,
            depth,
            index,
            numerator,
        }
    }

    /// The row that is priced.
    #[must_use]
    pub fn row(&self) -> Row {
        let Self {
            row,
            unit,
            departure,
            sponsor,
            resource,
            place,
            date,
            name,
            side,
            link,
            level,
            depth,
            index,
            ..
        } = self.clone();
        Row { row, unit, departure, sponsor, resource, place, date, name, side, link, level, depth, index }
    }
}

/// A combination of rows that is rounded down to a cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// At least 1.
    pub denominator: Integer,
    /// Each row at most once.
    pub prices: Vec<Price>,
}

/// A column that a split counts: `x[unit, departure]`, or `y[departure]` where `unit` is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitColumn {
    /// A unit's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// A departure's id.
    pub departure: String,
}

/// Two cases: the sum of the columns is at most this, or at least one more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Each column once.
    pub columns: Vec<SplitColumn>,
    /// The low case's ceiling.
    pub at_most: i64,
}

/// A proof of a bound: prices (with `cuts` before them or not), or a `split` into two proofs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A leaf's cuts, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cuts: Vec<Cut>,
    /// A leaf's denominator, at least 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub denominator: Option<Integer>,
    /// A leaf's prices.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prices: Option<Vec<Price>>,
    /// A branch's cases.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub split: Option<Split>,
    /// The case `<= at_most`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub low: Option<Box<Proof>>,
    /// The case `>= at_most + 1`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high: Option<Box<Proof>>,
}

/// One unit's place in a plan or in a witness.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The unit's id.
    pub unit: String,
    /// The departure's id.
    pub departure: String,
}

/// The proof of one level's bound, or (`level` null, `bound` negative) of infeasibility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The level's name; null: no plan obeys the rules.
    #[serde(deserialize_with = "crate::json::nullable")]
    #[schemars(with = "StringOrNull")]
    pub level: Option<String>,
    /// What the proof shows: every plan that keeps the earlier levels is at most (minimised: at least) this.
    pub bound: Integer,
    /// See [`Proof::cuts`].
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cuts: Vec<Cut>,
    /// See [`Proof::denominator`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub denominator: Option<Integer>,
    /// See [`Proof::prices`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prices: Option<Vec<Price>>,
    /// See [`Proof::split`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub split: Option<Split>,
    /// See [`Proof::low`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub low: Option<Box<Proof>>,
    /// See [`Proof::high`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high: Option<Box<Proof>>,
    /// A plan that reaches `best`, where the plan itself gave some of it up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub witness: Option<Vec<Assignment>>,
}

/// The schema of a level's name in an [`Entry`].
struct StringOrNull;

impl JsonSchema for StringOrNull {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StringOrNull".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"oneOf": [{"type": "string"}, {"type": "null"}]})
    }
}

impl Entry {
    /// The entry of `level` with this proof and no witness.
    #[must_use]
    pub fn new(level: Option<String>, bound: Integer, proof: Proof) -> Self {
        let Proof { cuts, denominator, prices, split, low, high } = proof;
        Self { level, bound, cuts, denominator, prices, split, low, high, witness: None }
    }
}
