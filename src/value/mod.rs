//! What one seat, bed, document or exception more would be worth: each probe an edit that anyone can apply.
//!
//! Comes in: a scenario's text and a plan of it. Goes out: probes, ranked. A probe is solved again after its
//! edit, unless the plan and its certificate still hold in the edited scenario: then nothing changes, and that
//! is certified. The module must not know how an answer is printed.

mod probes;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::answer::Basis;
use crate::certificate::{Entry, Integer, Proof, Row};
use crate::change::{Operation, patched};
use crate::check;
use crate::explain::optimum::{self, Failure};
use crate::plan::{Plan, ProofKind, Status};
use crate::scenario::read::read;
use crate::scenario::{Scenario, Sense};
use crate::solve::{self, Request, SolveError};

/// Which kind of probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// One seat more on a departure.
    Seat,
    /// One infant more on a lap.
    LapInfant,
    /// One wheelchair place more.
    Wheelchair,
    /// One stretcher place more.
    Stretcher,
    /// A hundred kilograms more.
    #[serde(rename = "payload_100kg")]
    Payload,
    /// One person more below the vetting asked for.
    VettingException,
    /// One bed more at a site.
    Bed,
    /// An allotment released.
    Allotment,
    /// A unit ready a day earlier.
    Readiness,
    /// A document given to those who lack it.
    Document,
    /// A pin taken away.
    Pin,
    /// A quota taken away.
    Quota,
    /// A link taken away.
    Link,
    /// An exclusion taken away.
    Exclusion,
    /// An uncommitted departure committed, a cancelled one flown.
    Departure,
}

impl What {
    /// Every kind, in the order of the page that names them.
    pub const ALL: [Self; 15] = [
        Self::Seat,
        Self::LapInfant,
        Self::Wheelchair,
        Self::Stretcher,
        Self::Payload,
        Self::VettingException,
        Self::Bed,
        Self::Allotment,
        Self::Readiness,
        Self::Document,
        Self::Pin,
        Self::Quota,
        Self::Link,
        Self::Exclusion,
        Self::Departure,
    ];
}

/// Whom or what a probe is about; only what applies is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Subject {
    /// A departure's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<String>,
    /// A place's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// A sponsor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<String>,
    /// A unit's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// A document type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// A quota's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A link's position, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<usize>,
}

/// How a level changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelChange {
    /// The level's name.
    pub name: String,
    /// Its best after the edit less before.
    pub change: i64,
}

/// What a row costs in the plan's own certificate: one of many such prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowPrice {
    /// The first level that prices it.
    pub level: String,
    /// The price is numerator / denominator.
    pub numerator: Integer,
    /// At least 1.
    pub denominator: Integer,
}

/// An edit, and what it is worth.
#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    /// Which kind.
    pub what: What,
    /// Whom or what it is about.
    pub subject: Subject,
    /// A JSON Patch of the scenario file.
    pub edit: Vec<Operation>,
    /// The leading levels, as far as they are proven before and after.
    pub levels: Vec<LevelChange>,
    /// What the row costs by certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<RowPrice>,
    /// How it is known.
    pub basis: Basis,
}

/// What is asked.
pub struct Question<'q, 'a> {
    /// The scenario, and who runs searches.
    pub request: &'q Request<'a>,
    /// The scenario file's text.
    pub text: &'q str,
    /// The digest of its bytes.
    pub digest: &'q str,
    /// A plan of it.
    pub plan: &'q Plan,
    /// These kinds alone; `None`: what binds, and every pin and quota.
    pub what: Option<&'q [What]>,
}

/// The prices of rows that some proof of the plan's uses; and of each the first in a plain price vector.
#[derive(Debug, Default)]
struct Priced {
    rows: FxHashMap<Row, Option<RowPrice>>,
    /// Whether every proven level has a certificate.
    complete: bool,
}

/// Every probe asked for, ranked by the first level that changes, then by size.
///
/// # Errors
/// Where the scenario has no plan, or none was found in time.
pub fn value(question: &Question) -> Result<Vec<Probe>, Failure> {
    let optimum = optimum::optimum(question.request, question.digest, question.plan)?;
    let priced = Priced::of(&optimum.certificate, optimum.certified.iter().all(|certified| *certified));
    let probes = probes::probes(question, &optimum, &priced);
    let levels = &optimum.levels.all;
    let before = Before { plan: &optimum.plan, bests: &optimum.bests, certified: &optimum.certified };
    let worth = |mut probe: Probe| -> Result<Option<Probe>, SolveError> {
        let Some((after, basis)) = before.after(question, &probe.edit)? else { return Ok(None) };
        let change = |((level, &before), after): ((&crate::scenario::Level, &i64), i64)| LevelChange {
            name: level.name.clone(),
            change: after - before,
        };
        probe.levels = levels.iter().zip(&optimum.bests).zip(after).map(change).collect();
        probe.basis = if probe.levels.is_empty() { Basis::NotProven } else { basis };
        Ok(Some(probe))
    };
    let known: Result<Vec<Option<Probe>>, SolveError> = probes.into_par_iter().map(worth).collect();
    let mut probes: Vec<Probe> = known?.into_iter().flatten().collect();
    probes.sort_by_cached_key(|probe| {
        let gain = |(level, change): (&crate::scenario::Level, &LevelChange)| match level.sense {
            Sense::Maximize => change.change,
            Sense::Minimize => -change.change,
        };
        let gains: Vec<i64> = levels.iter().zip(&probe.levels).map(gain).collect();
        let first = gains.iter().position(|gain| *gain != 0).unwrap_or(usize::MAX);
        let sizes: Vec<i64> = gains.iter().map(|gain| -gain).collect();
        (first, sizes, probe.what, probe.subject.clone())
    });
    Ok(probes)
}

/// What is known of the scenario as it is.
struct Before<'b> {
    plan: &'b Plan,
    bests: &'b [i64],
    certified: &'b [bool],
}

impl Before<'_> {
    /// The bests of the leading levels after an edit; `None` where the edit leaves no scenario that can be
    /// solved: a pin that the edit forbids, say.
    fn after(
        &self,
        question: &Question,
        edit: &[Operation],
    ) -> Result<Option<(Vec<i64>, Basis)>, SolveError> {
        let Ok(text) = patched(question.text, edit) else { return Ok(None) };
        let Ok(read) = read(text.as_bytes(), "the edited scenario") else { return Ok(None) };
        let (scenario, baseline): (&Scenario, _) = (&read.scenario, question.request.baseline);
        let all_certified = self.certified.iter().all(|certified| *certified);
        let digest = &self.plan.scenario.digest;
        if all_certified && check::check(scenario, digest, baseline, self.plan).is_clean() {
            return Ok(Some((self.bests.to_vec(), Basis::Certified)));
        }
        if (question.request.stop)() {
            return Ok(Some((Vec::new(), Basis::NotProven)));
        }
        let request = Request { scenario, ..*question.request };
        let plan = match solve::solve(&request, digest) {
            Err(SolveError::ForbiddenPins(_)) => return Ok(None),
            other => other?,
        };
        if plan.status == Status::Infeasible {
            return Ok(None);
        }
        let proven = plan.levels.iter().take_while(|level| level.proof != Some(ProofKind::None));
        Ok(Some((proven.filter_map(|level| level.best).collect(), Basis::Resolved)))
    }
}

impl Priced {
    fn of(entries: &[Entry], complete: bool) -> Self {
        let mut priced = Self { rows: FxHashMap::default(), complete };
        for entry in entries {
            let Some(level) = &entry.level else { continue };
            for price in entry.prices.iter().flatten() {
                let Some(denominator) = entry.denominator.clone() else { continue };
                let numerator = price.numerator.clone();
                let known = priced.rows.entry(price.row()).or_default();
                // With cuts a row's price is not all that it costs.
                if entry.cuts.is_empty() {
                    known.get_or_insert(RowPrice { level: level.clone(), numerator, denominator });
                }
            }
            for case in [&entry.low, &entry.high].into_iter().flatten() {
                priced.cases(case);
            }
            for price in entry.cuts.iter().flat_map(|cut| &cut.prices) {
                priced.rows.entry(price.row()).or_default();
            }
        }
        priced
    }

    fn cases(&mut self, proof: &Proof) {
        let cuts = proof.cuts.iter().flat_map(|cut| &cut.prices);
        for price in proof.prices.iter().flatten().chain(cuts) {
            self.rows.entry(price.row()).or_default();
        }
        for case in [&proof.low, &proof.high].into_iter().flatten() {
            self.cases(case);
        }
    }
}
