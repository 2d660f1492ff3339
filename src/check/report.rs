//! What the checker says: numbers, not prose.

use std::fmt::Write;

use fixedbitset::FixedBitSet;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde::{Serialize, Serializer};

use crate::certificate::{Integer, Side};
use crate::plan::ProofKind;
use crate::rule::Rule;
use crate::scenario::{Date, Instant};

/// What was found, or what is the limit: a number, a moment, or an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A count, a mass, an amount, a level's value.
    Number(i128),
    /// An integer beyond 128 bits.
    Big(BigInt),
    /// A moment.
    Instant(Instant),
    /// A day.
    Date(Date),
    /// A word of the checker's own, where there is no number.
    Word(&'static str),
    /// An id or another string of the files.
    Text(String),
}

impl From<i64> for Figure {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<i128> for Figure {
    fn from(value: i128) -> Self {
        Self::Number(value)
    }
}

impl From<&BigInt> for Figure {
    fn from(value: &BigInt) -> Self {
        value.to_i128().map_or_else(|| Self::Big(value.clone()), Self::Number)
    }
}

impl From<&str> for Figure {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Figure {
    /// The size of a list.
    pub(super) fn size(length: usize) -> Self {
        Self::Number(count(length))
    }

    /// 1 for yes, 0 for no.
    pub(super) const fn flag(yes: bool) -> Self {
        Self::Number(if yes { 1 } else { 0 })
    }
}

/// The size of a list as a number.
pub(super) fn count(length: usize) -> i128 {
    i128::try_from(length).unwrap_or(i128::MAX)
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Figure::Number(value) => write!(f, "{value}"),
            Figure::Big(value) => write!(f, "{value}"),
            Figure::Instant(moment) => write_or_beyond(f, moment),
            Figure::Date(day) => write_or_beyond(f, day),
            Figure::Word(word) => f.write_str(word),
            Figure::Text(text) => f.write_str(text),
        }
    }
}

/// Writes a moment, or `beyond` where it is outside of the calendar's years.
fn write_or_beyond(f: &mut std::fmt::Formatter<'_>, moment: &dyn std::fmt::Display) -> std::fmt::Result {
    let mut text = String::new();
    let written = write!(text, "{moment}");
    f.write_str(if written.is_ok() { &text } else { "beyond" })
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Figure::Number(value) => Integer::from(*value).serialize(serializer),
            Figure::Big(value) => Integer(value.clone()).serialize(serializer),
            Figure::Instant(_) | Figure::Date(_) | Figure::Word(_) | Figure::Text(_) => {
                serializer.collect_str(self)
            }
        }
    }
}

/// Whom or what a violation is about; what does not apply is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// A unit's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// A departure's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<String>,
    /// A sponsor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<String>,
    /// A place's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// A day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// A quota's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A quota's side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// A link's position, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<usize>,
    /// A level's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// A category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Where in the plan file, below the rest of the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

impl Subject {
    /// A part of the plan.
    pub(super) fn part(part: impl Into<String>) -> Self {
        Self { part: Some(part.into()), ..Self::default() }
    }

    /// A level, by name.
    pub(super) fn level(name: &str) -> Self {
        Self { level: Some(name.into()), ..Self::default() }
    }

    /// This subject, at a part of the plan.
    pub(super) fn at(self, part: impl Into<String>) -> Self {
        Self { part: Some(part.into()), ..self }
    }
}

/// A rule that the plan breaks, or a claim that is false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// Whom or what it is about.
    pub subject: Subject,
    /// What the plan has or claims.
    pub found: Figure,
    /// What it may have at most (a floor: at least), or what is so.
    pub limit: Figure,
}

impl Violation {
    /// A violation.
    pub(super) fn new(
        rule: Rule,
        subject: Subject,
        found: impl Into<Figure>,
        limit: impl Into<Figure>,
    ) -> Self {
        Self { rule, subject, found: found.into(), limit: limit.into() }
    }
}

/// One level of the plan, recomputed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelCheck {
    /// The level's name, as the plan has it.
    pub name: String,
    /// The value that the plan claims.
    pub claimed: Figure,
    /// The value that its assignments have; the word `none` where the policy has no such level.
    pub found: Figure,
    /// How the plan says that the level is proven; of one that a recorded plan says nothing of, the answer says `none`.
    #[serde(serialize_with = "or_none")]
    pub proof: Option<ProofKind>,
    /// Whether its certificate was recomputed, gives its bound, and its best is attained. An `agreed`
    /// level cannot be verified here.
    pub verified: bool,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a field on as it stands"
)]
fn or_none<S: Serializer>(proof: &Option<ProofKind>, serializer: S) -> Result<S::Ok, S::Error> {
    proof.unwrap_or(ProofKind::None).serialize(serializer)
}

/// What is wrong with a plan, and what each of its levels is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Everything that is wrong.
    pub violations: Vec<Violation>,
    /// The plan's levels, in its order.
    pub levels: Vec<LevelCheck>,
    /// What the plan says, its levels apart, that was neither shown nor found to be false: `status` (that no plan obeys
    /// the rules), `conflict` (that its members contradict each other), `conflict_reduced` (that each is needed for
    /// that), `reason` (why a unit waits).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unverified: Vec<Subject>,
    /// By unit, in the scenario's order: whether the certificates exclude it from every plan that is optimal for the
    /// priority levels, while some plan may have it aboard. Empty where they say so of nobody.
    #[serde(skip)]
    pub outranked: FixedBitSet,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

/// A list of assignments, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The rules that it breaks.
    pub violations: Vec<Violation>,
    /// The value of every level, in the order of [`crate::scenario::Scenario::levels`].
    pub values: Vec<i128>,
}
