//! Whether `unseated` is exactly the rest, each with a reason that its kind allows.

use std::collections::{BTreeMap, BTreeSet};

use super::board;
use super::case::Case;
use super::conflict::{self, Scope};
use super::ids::Ids;
use super::report::{Figure, Report, Subject, Violation, count};
use super::seating::Seating;
use super::shape::first_difference;
use super::ties::stays_on;
use crate::plan::{Plan, Reason, ReasonKind, SmallestChange, Status};
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, UnitIdx};

/// Everything that is wrong with the list.
pub(super) fn violations(case: &Case<'_>, ids: &Ids<'_>, seating: &Seating, plan: &Plan) -> Vec<Violation> {
    let mut rest: Vec<&str> =
        case.units().filter(|u| seating.of(*u).is_none()).map(|u| case.unit(u).id.as_str()).collect();
    rest.sort_unstable();
    let found = plan.unseated.iter().map(|waiting| waiting.unit.as_str());
    let misplaced = first_difference(found, rest.into_iter()).map(|(i, found, limit)| {
        Violation::new(Rule::Unit, Subject::part(format!("unseated[{i}]")), found, limit)
    });
    let known = plan.unseated.iter().filter_map(|waiting| Some((ids.unit(&waiting.unit)?, &waiting.reason)));
    let wrong = known.flat_map(|(u, reason)| of_unit(case, ids, plan.status, u, reason));
    misplaced.into_iter().chain(wrong).collect()
}

fn of_unit(case: &Case<'_>, ids: &Ids<'_>, status: Status, u: UnitIdx, reason: &Reason) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut refuse = |part: &str, found: Figure, limit: Figure| {
        violations.push(Violation::new(Rule::Unit, waiting(case, u).at(part), found, limit));
    };
    let open = count(case.openings().of(u).len());
    let (never, no_show) = (reason.kind == ReasonKind::NeverPossible, reason.kind == ReasonKind::NoShow);
    if never != (open == 0) && !no_show {
        refuse("reason.kind", Figure::flag(never), Figure::flag(open == 0));
    }
    if no_show && status != Status::Recorded {
        refuse("reason.kind", Figure::Word("no_show"), Figure::Word("recorded"));
    }
    if let Some(field) = stray_field(reason) {
        refuse("reason", Figure::Word(field), Figure::Word("none"));
    }
    if !level_fits(case, ids, reason) {
        refuse("reason.level", figure(reason.level.as_deref()), Figure::Word("another"));
    }
    if let Some(loss) = reason.loss.filter(|loss| *loss <= 0) {
        refuse("reason.loss", loss.into(), Figure::Number(1));
    }
    let members = reason.conflict.as_deref().unwrap_or_default();
    violations.extend(conflict::ill_written(case, ids, members, "reason.conflict", Scope::Everything));
    if never && open == 0 {
        violations.extend(never_possible(case, u, reason));
    }
    violations
}

/// At most so many plans are tried for units that are said to be in none.
const TRIED: usize = 1_000;

/// Which of the reasons are shown or found to be false: who is in no plan that is optimal for the priority levels, as
/// the certificates have it, is outranked and nothing else; and who flies beside nobody but those that pins and locked
/// manifests hold is not blocked. Counting the departures of `never_possible` is [`violations`]' part.
pub(super) fn settle(case: &Case<'_>, ids: &Ids<'_>, plan: &Plan, report: &mut Report) {
    if plan.status == Status::Recorded {
        return;
    }
    let mut board = Alone { case, held: held(case), left: TRIED };
    for unseated in &plan.unseated {
        let Some(u) = ids.unit(&unseated.unit) else { continue };
        let reason = &unseated.reason;
        let is_outranked = report.outranked.contains(u.index());
        let truth = match reason.kind {
            ReasonKind::Blocked | ReasonKind::LostDraw if is_outranked => Some("outranked"),
            ReasonKind::Blocked => board.takes(u).then_some("seated"),
            ReasonKind::LostDraw | ReasonKind::Outranked => None,
            ReasonKind::NeverPossible | ReasonKind::NotProven | ReasonKind::NoShow => continue,
        };
        let shown = is_outranked && reason.level.is_none() && reason.loss.is_none();
        if let Some(truth) = truth {
            let claim = if reason.kind == ReasonKind::Blocked { "blocked" } else { "lost_draw" };
            let subject = waiting(case, u).at("reason.kind");
            let (found, limit) = (Figure::Word(claim), Figure::Word(truth));
            report.violations.push(Violation::new(Rule::Unit, subject, found, limit));
        } else if !shown {
            report.unverified.push(waiting(case, u).at("reason"));
        }
    }
}

/// Whom pins and locked manifests hold where.
fn held(case: &Case<'_>) -> BTreeSet<(UnitIdx, DepartureIdx)> {
    let pinned = case.scenario.pins.iter().map(|pin| (pin.unit, pin.departure));
    pinned.chain(case.units().filter_map(|u| stays_on(case, u).map(|d| (u, d)))).collect()
}

/// Plans of those who are held and one unit more.
struct Alone<'a> {
    case: &'a Case<'a>,
    held: BTreeSet<(UnitIdx, DepartureIdx)>,
    /// How many plans may still be tried.
    left: usize,
}

impl Alone<'_> {
    /// Whether the unit and those who are held make a plan that obeys every rule.
    fn takes(&mut self, u: UnitIdx) -> bool {
        let tried = self.case.openings().of(u).iter().take(self.left);
        self.left -= tried.len();
        let beside = |d: DepartureIdx| -> Vec<(UnitIdx, DepartureIdx)> {
            self.held.iter().copied().chain([(u, d)]).collect()
        };
        tried.copied().any(|d| self.case.judge(&beside(d)).violations.is_empty())
    }
}

fn waiting(case: &Case<'_>, u: UnitIdx) -> Subject {
    Subject { unit: Some(case.unit(u).id.clone()), ..Subject::default() }
}

fn figure(text: Option<&str>) -> Figure {
    text.map_or(Figure::Word("none"), Figure::from)
}

/// A field that this kind of reason does not have.
fn stray_field(reason: &Reason) -> Option<&'static str> {
    let (never, blocked, outranked, lost) = match reason.kind {
        ReasonKind::NeverPossible => (true, false, false, false),
        ReasonKind::Blocked => (false, true, false, false),
        ReasonKind::Outranked => (false, false, true, false),
        ReasonKind::LostDraw => (false, false, false, true),
        ReasonKind::NotProven | ReasonKind::NoShow => (false, false, false, false),
    };
    let fields = [
        ("rules", reason.rules.is_some(), never),
        ("smallest_change", reason.smallest_change.is_some(), never),
        ("conflict", reason.conflict.is_some(), blocked),
        ("level", reason.level.is_some(), outranked || lost),
        ("loss", reason.loss.is_some(), outranked),
    ];
    fields.into_iter().find(|(_, given, allowed)| *given && !allowed).map(|(field, ..)| field)
}

/// `outranked` names a priority level, `lost_draw` a tie-break.
fn level_fits(case: &Case<'_>, ids: &Ids<'_>, reason: &Reason) -> bool {
    let Some(name) = reason.level.as_deref() else { return true };
    let priority = ids.level(name).map(|k| k < case.priority);
    match reason.kind {
        ReasonKind::Outranked => priority == Some(true),
        ReasonKind::LostDraw => priority == Some(false),
        ReasonKind::NeverPossible | ReasonKind::Blocked | ReasonKind::NotProven | ReasonKind::NoShow => true,
    }
}

/// Counts every rule that bars the unit, and the departure with the fewest.
fn never_possible(case: &Case<'_>, u: UnitIdx, reason: &Reason) -> Vec<Violation> {
    let mut counts: BTreeMap<Rule, i64> = BTreeMap::new();
    let mut smallest: Option<(DepartureIdx, Vec<Rule>)> = None;
    for d in case.scenario.departures_by_time() {
        let failed: Vec<Rule> = board::barred(case, u, d).into_iter().map(|(rule, ..)| rule).collect();
        for rule in &failed {
            *counts.entry(*rule).or_default() += 1;
        }
        if smallest.as_ref().is_none_or(|(_, fewest)| failed.len() < fewest.len()) {
            smallest = Some((d, failed));
        }
    }
    let mut violations = wrong_counts(case, u, reason.rules.as_ref(), &counts);
    violations.extend(wrong_smallest(case, u, reason.smallest_change.as_ref(), smallest));
    violations
}

fn wrong_counts(
    case: &Case<'_>,
    u: UnitIdx,
    claimed: Option<&BTreeMap<Rule, i64>>,
    counts: &BTreeMap<Rule, i64>,
) -> Vec<Violation> {
    let of = |counts: &BTreeMap<Rule, i64>, rule| counts.get(&rule).copied().unwrap_or(0);
    let pairs =
        Rule::ALL.into_iter().map(|rule| (rule, claimed.map_or(0, |map| of(map, rule)), of(counts, rule)));
    let wrong = pairs.filter(|(_, found, actual)| found != actual);
    let subject = || waiting(case, u).at("reason.rules");
    wrong.map(|(rule, found, actual)| Violation::new(rule, subject(), found, actual)).collect()
}

fn wrong_smallest(
    case: &Case<'_>,
    u: UnitIdx,
    claimed: Option<&SmallestChange>,
    actual: Option<(DepartureIdx, Vec<Rule>)>,
) -> Option<Violation> {
    let named = claimed.map(|claim| {
        let mut rules = claim.rules.clone();
        rules.sort_unstable();
        (claim.departure.clone(), rules)
    });
    let actual = actual.map(|(d, rules)| (case.departure(d).id.clone(), rules));
    let text = |change: &Option<(String, Vec<Rule>)>| {
        let line = |(departure, rules): &(String, Vec<Rule>)| {
            let codes: Vec<&str> = rules.iter().map(|rule| rule.code()).collect();
            Figure::Text(format!("{departure}: {}", codes.join(" ")))
        };
        change.as_ref().map_or(Figure::Word("none"), line)
    };
    let subject = || waiting(case, u).at("reason.smallest_change");
    (named != actual).then(|| Violation::new(Rule::Unit, subject(), text(&named), text(&actual)))
}
