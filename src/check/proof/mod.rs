//! Whether certificates prove what they claim, in exact integers, from the format's section on them alone.

mod bound;
mod combination;
mod exact;
mod fill;
mod line;
mod rows;
mod tree;

use std::cell::RefCell;
use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use num_bigint::BigInt;
use num_traits::Zero;
use rustc_hash::{FxHashMap, FxHashSet};

use super::case::Case;
use super::ids::Ids;
use super::levels;
use super::limits;
use super::report::{Figure, Report, Subject, Violation};
use super::shape;
use crate::certificate::{Assignment, Entry, Resource, Row};
use crate::plan::{LevelResult, Plan, ProofKind, Status};
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, Level, Sense, UnitIdx};

/// What a proof stands on: the scenario, the level, and the rows that keep the earlier levels.
struct Ground<'a> {
    case: &'a Case<'a>,
    ids: &'a Ids<'a>,
    /// The level that is bounded; none: that no plan obeys the rules.
    level: Option<usize>,
    /// For each earlier level its row, where the plan gives its best.
    kept: Vec<Option<Kept>>,
    /// What a plan must reach in the level, maximised, to be optimal for the priority levels; none where falling
    /// short of it says nothing of a unit ([`excludes`]).
    goal: Option<i128>,
    /// What `fill` rows were found to say.
    reach: &'a RefCell<FxHashMap<(DepartureIdx, Resource), Option<i128>>>,
}

/// The row that keeps an earlier level: `sign` times its value, its constant apart, is at most `at_most`.
#[derive(Clone, Copy)]
struct Kept {
    sign: i128,
    at_most: i128,
}

/// A case of a split: `sign` times the sum of the columns is at most `at_most`.
struct SplitRow {
    columns: Vec<(Option<UnitIdx>, DepartureIdx)>,
    sign: i128,
    at_most: i128,
}

/// Why a certificate proves nothing, and where.
struct Refusal {
    part: String,
    found: Figure,
    limit: Figure,
}

impl Refusal {
    fn new(part: &str, found: Figure, limit: Figure) -> Self {
        Self { part: part.trim_end_matches('.').into(), found, limit }
    }

    /// A refusal for which there is a word rather than a number.
    fn word(part: &str, word: &'static str) -> Self {
        Self::new(part, Figure::Word(word), Figure::Word("none"))
    }

    fn into_violation(self, level: Option<&str>) -> Violation {
        let subject = Subject { level: level.map(Into::into), ..Subject::part(self.part) };
        Violation::new(Rule::Certificate, subject, self.found, self.limit)
    }
}

/// Verifies every entry of the plan's certificate and every claim to be proven; marks verified levels. Comes back with
/// the entry that proves that no plan obeys the rules.
pub(super) fn verify<'p>(
    case: &Case<'_>,
    ids: &Ids<'_>,
    plan: &'p Plan,
    report: &mut Report,
) -> Option<&'p Entry> {
    let entries = plan.certificate.as_deref().unwrap_or_default();
    if plan.status == Status::Recorded {
        let given = Violation::new(
            Rule::Certificate,
            Subject::part("certificate"),
            Figure::size(entries.len()),
            0_i128,
        );
        report.violations.extend((!entries.is_empty()).then_some(given));
        return None;
    }
    let mut refutation = None;
    let (reach, mut seen) = (RefCell::default(), FxHashSet::default());
    let mut shown = vec![false; plan.levels.len()];
    for entry in entries {
        let result = if seen.insert(entry.level.as_deref()) {
            verify_entry(case, ids, plan, entry, &reach)
        } else {
            Err(Refusal::word("level", "twice"))
        };
        match result {
            Ok(Some((k, short))) => {
                shown[k] = true;
                report.outranked.union_with(&short);
            }
            Ok(None) => refutation = Some(entry),
            Err(refusal) => report.violations.push(refusal.into_violation(entry.level.as_deref())),
        }
    }
    for (k, claim) in plan.levels.iter().enumerate() {
        claimed(case, k, claim, shown[k] && seen.contains(&Some(claim.name.as_str())), report);
    }
    refutation
}

/// Every row that an entry prices anywhere.
pub(super) fn rows_of(entry: &Entry) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    tree::rows_of(entry.into(), &mut rows);
    rows
}

/// Whether a claim to be proven has what it needs.
fn claimed(case: &Case<'_>, k: usize, claim: &LevelResult, shown: bool, report: &mut Report) {
    let found = match claim.proof {
        Some(ProofKind::Certified) if shown => {
            if let Some(level) = report.levels.get_mut(k) {
                level.verified = level.found == level.claimed;
            }
            return;
        }
        Some(ProofKind::Certified) => (Figure::Word("not_shown"), Figure::Word("certified")),
        Some(ProofKind::Agreed) if k < case.levels.len() => {
            let sum = coefficient_sum(case, k);
            if sum <= AGREED_LIMIT {
                return;
            }
            (Figure::Number(sum), Figure::Number(AGREED_LIMIT))
        }
        Some(ProofKind::Agreed | ProofKind::None) | None => return,
    };
    let refusal = Refusal { part: "proof".into(), found: found.0, limit: found.1 };
    report.violations.push(refusal.into_violation(Some(&claim.name)));
}

/// Beyond this sum of absolute coefficients two agreeing solvers are not believed.
const AGREED_LIMIT: i128 = 1_000_000_000;

/// The sum of the absolute coefficients of a level, over open pairs and departures.
fn coefficient_sum(case: &Case<'_>, k: usize) -> i128 {
    let of_unit = |u: UnitIdx| {
        let mut takes = case.takes(u);
        let open = case.openings().of(u).iter();
        open.map(|d| levels::coefficient(case, k, u, *d, &takes.on(*d)).abs()).sum::<i128>()
    };
    let opening: i128 = case.departures().map(|d| levels::opening(case, k, d).abs()).sum();
    opening + case.units().map(of_unit).sum::<i128>()
}

/// Whether who falls short of level `k` is in no plan that is optimal for the priority levels, and in some plan: the
/// level and those before it are proven, and nothing but limits ties units and departures, so that each unit may fly
/// alone (FORMAT: eligibility asks whether it fits).
fn excludes(case: &Case<'_>, plan: &Plan, k: usize) -> bool {
    let scenario = case.scenario;
    let is_proven = plan.levels.iter().take(k + 1).all(|level| level.proven == Some(true));
    let has_beds = scenario.places.iter().any(|place| place.beds.is_some());
    let is_tied = |d: DepartureIdx| {
        case.departure(d).min_load > 0 || case.is_locked(d) || limits::in_force(case, d).next().is_some()
    };
    k < case.priority
        && is_proven
        && scenario.pins.is_empty()
        && scenario.links.is_empty()
        && scenario.quotas.is_empty()
        && scenario.budget_usd.is_none()
        && !has_beds
        && !case.departures().any(is_tied)
}

/// Verifies one entry: the position of the level that it bounds, with who falls short of it; none where it shows that
/// no plan exists.
fn verify_entry(
    case: &Case<'_>,
    ids: &Ids<'_>,
    plan: &Plan,
    entry: &Entry,
    reach: &RefCell<FxHashMap<(DepartureIdx, Resource), Option<i128>>>,
) -> Result<Option<(usize, FixedBitSet)>, Refusal> {
    let Some(name) = entry.level.as_deref() else {
        infeasible(&Ground { case, ids, level: None, kept: Vec::new(), goal: None, reach }, plan, entry)?;
        return Ok(None);
    };
    let no_level = || Refusal::word("level", "no_such_level");
    let k = ids.level(name).ok_or_else(no_level)?;
    let claim = plan.levels.get(k).filter(|claim| claim.name == name).ok_or_else(no_level)?;
    let kept = plan.levels.iter().take(k).enumerate().map(|(j, earlier)| kept(case, j, earlier)).collect();
    let level = &case.levels[k];
    let goal = claim.best.filter(|_| excludes(case, plan, k));
    let goal = goal.map(|best| sign(level) * i128::from(best) - i128::from(level.tolerance));
    let ground = Ground { case, ids, level: Some(k), kept, goal, reach };
    let short = bound_is(&ground, entry, level.sense)?;
    if claim.bound.map(BigInt::from).as_ref() != Some(&entry.bound.0) {
        let claimed = claim.bound.map_or(Figure::Word("none"), Figure::from);
        return Err(Refusal::new("bound", (&entry.bound.0).into(), claimed));
    }
    attained(case, ids, plan, k, entry)?;
    Ok(Some((k, short)))
}

/// The row that keeps an earlier level; none where the plan does not give its best, or not its name.
fn kept(case: &Case<'_>, k: usize, claim: &LevelResult) -> Option<Kept> {
    let level = case.levels.get(k).filter(|level| level.name == claim.name)?;
    let (best, constant) = (i128::from(claim.best?), levels::constant(case, k));
    let sign = sign(level);
    Some(Kept { sign: -sign, at_most: sign * (constant - best) + i128::from(level.tolerance) })
}

/// 1 where a level is maximised, -1 where it is minimised.
const fn sign(level: &Level) -> i128 {
    match level.sense {
        Sense::Maximize => 1,
        Sense::Minimize => -1,
    }
}

/// Recomputes the entry's bound; who falls short.
fn bound_is(ground: &Ground<'_>, entry: &Entry, sense: Sense) -> Result<FixedBitSet, Refusal> {
    let shown = tree::shown(ground, entry.into(), &mut Vec::new(), "")?;
    let bound = match sense {
        Sense::Maximize => shown.bound,
        Sense::Minimize => -shown.bound,
    };
    if bound == entry.bound.0 {
        Ok(shown.short)
    } else {
        Err(Refusal::new("bound", (&entry.bound.0).into(), (&bound).into()))
    }
}

/// An entry without a level: its bound is below 0, so that no plan obeys the rules.
fn infeasible(ground: &Ground<'_>, plan: &Plan, entry: &Entry) -> Result<(), Refusal> {
    bound_is(ground, entry, Sense::Maximize)?;
    if entry.bound.0 >= BigInt::zero() {
        return Err(Refusal::new("bound", (&entry.bound.0).into(), Figure::Number(-1)));
    }
    match (plan.status, &entry.witness) {
        (Status::Infeasible, None) => Ok(()),
        (Status::Infeasible, Some(_)) => Err(Refusal::word("witness", "of_no_level")),
        _ => Err(Refusal::word("level", "not_infeasible")),
    }
}

/// Whether the level's best is attained: by the plan, or by a witness, which is verified in any case.
fn attained(case: &Case<'_>, ids: &Ids<'_>, plan: &Plan, k: usize, entry: &Entry) -> Result<(), Refusal> {
    let claim = &plan.levels[k];
    match &entry.witness {
        Some(list) => witness(case, ids, plan, k, list),
        None if claim.best == Some(claim.value) => Ok(()),
        None => {
            let best = claim.best.map_or(Figure::Word("none"), Figure::from);
            Err(Refusal::new("witness", claim.value.into(), best))
        }
    }
}

/// A witness obeys every rule, keeps the earlier levels and reaches the best of level `k`.
fn witness(
    case: &Case<'_>,
    ids: &Ids<'_>,
    plan: &Plan,
    k: usize,
    list: &[Assignment],
) -> Result<(), Refusal> {
    let (pairs, unknown) = shape::pairs(ids, list);
    let judgement = case.judge(&pairs);
    if let Some(broken) = unknown.iter().chain(&judgement.violations).next() {
        return Err(Refusal::new("witness", Figure::Text(broken.rule.code().into()), Figure::Word("none")));
    }
    for (j, claim) in plan.levels.iter().enumerate().take(k + 1) {
        let best = i128::from(claim.best.ok_or_else(|| Refusal::word("witness", "no_best"))?);
        let (value, level) = (judgement.values[j], &case.levels[j]);
        let short = sign(level) * (best - value);
        let holds = if j == k { short == 0 } else { short <= level.tolerance.into() };
        if !holds {
            return Err(Refusal::new(&format!("witness.{}", level.name), value.into(), best.into()));
        }
    }
    Ok(())
}
