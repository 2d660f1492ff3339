//! Tables for a terminal: understandable without colour.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

use crate::certificate::{Resource, RowName};
use crate::check::{LevelCheck, Report};
use crate::plan::{DepartureLoad, LevelResult, Plan, ProofKind, ReasonKind, Status};
use crate::scenario::{Scenario, Sense};

/// How wide a bar is.
const BAR: usize = 24;

/// Levels, departures with their load, and who waits, by category and reason.
#[must_use]
pub fn summary(scenario: &Scenario, plan: &Plan) -> String {
    let mut parts = vec![headline(plan)];
    if !plan.levels.is_empty() {
        parts.push(levels(&plan.levels));
    }
    if !plan.departures.is_empty() {
        parts.push(departures(scenario, plan));
    }
    if !plan.unseated.is_empty() {
        parts.push(waiting(scenario, plan));
    }
    parts.join("\n\n") + "\n"
}

fn headline(plan: &Plan) -> String {
    let name = crate::diagnostic::printable(&plan.scenario.name);
    let seated: i64 = plan.departures.iter().map(|load| load.persons).sum();
    let (units, waiting) = (plan.assignments.len(), plan.unseated.len());
    let status = match plan.status {
        Status::Optimal => "optimal: every level is proven",
        Status::Feasible => "feasible: a proof was stopped, the bounds say how far",
        Status::Infeasible => return format!("{name}: infeasible: no plan obeys the rules"),
        Status::Unknown => return format!("{name}: stopped before a plan was found or excluded"),
        Status::Recorded => "recorded: what happened",
    };
    let seated = counted(usize::try_from(seated).unwrap_or(0), "person");
    let waiting = format!("{} wait{}", counted(waiting, "unit"), if waiting == 1 { "s" } else { "" });
    format!("{name}: {status}; {seated} in {} travel, {waiting}", counted(units, "unit"))
}

pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

pub(super) fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

pub(super) fn shown(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn levels(levels: &[LevelResult]) -> String {
    let mut table = table(&["level", "", "value", "best", "bound", "proof"], &[2, 3, 4]);
    let number = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    for level in levels {
        let sense = match level.sense {
            Sense::Maximize => "most",
            Sense::Minimize => "least",
        };
        let proof = match level.proof {
            Some(ProofKind::Certified) => "certified",
            Some(ProofKind::Agreed) => "agreed",
            Some(ProofKind::None) => "open",
            None => "-",
        };
        let name = crate::diagnostic::printable(&level.name);
        table.add_row([
            name,
            sense.to_owned(),
            level.value.to_string(),
            number(level.best),
            number(level.bound),
            proof.to_owned(),
        ]);
    }
    shown(&table)
}

fn departures(scenario: &Scenario, plan: &Plan) -> String {
    let header = ["departure", "from", "to", "departs", "seats used", "", "persons", "price of a seat"];
    let mut table = table(&header, &[4, 6]);
    let prices = seat_prices(plan);
    let by_id: BTreeMap<&str, &crate::scenario::Departure> =
        scenario.departures.iter().map(|departure| (departure.id.as_str(), departure)).collect();
    for load in &plan.departures {
        let Some(departure) = by_id.get(load.departure.as_str()) else { continue };
        let place = |place: crate::scenario::PlaceIdx| {
            crate::diagnostic::printable(&scenario.places[place.index()].id)
        };
        table.add_row([
            crate::diagnostic::printable(&load.departure),
            place(departure.from),
            place(departure.to),
            departure.departs.to_string(),
            format!("{} of {}", load.seats, load.limits.seats),
            bar(load),
            load.persons.to_string(),
            prices.get(load.departure.as_str()).cloned().unwrap_or_default(),
        ]);
    }
    shown(&table)
}

/// By departure, what its seats are worth in the first level whose certificate prices them, in that level's
/// unit: one of many price vectors that prove the level. A proof by cases has none that holds for all, and with cuts
/// a seat's price is not all that a seat costs.
fn seat_prices(plan: &Plan) -> BTreeMap<&str, String> {
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for entry in plan.certificate.iter().flatten().filter(|entry| entry.cuts.is_empty()) {
        let (Some(level), Some(prices), Some(denominator)) =
            (&entry.level, &entry.prices, &entry.denominator)
        else {
            continue;
        };
        let mut of_level: BTreeMap<&str, BigInt> = BTreeMap::new();
        for price in prices {
            let seats = price.row == RowName::Seats
                || (price.row == RowName::Fill && price.resource == Some(Resource::Seats));
            if let Some(departure) = price.departure.as_deref().filter(|_| seats) {
                *of_level.entry(departure).or_default() += &price.numerator.0;
            }
        }
        for (departure, numerator) in of_level.into_iter().filter(|(_, price)| !price.is_zero()) {
            let common = numerator.gcd(&denominator.0);
            let (numerator, denominator) = (numerator / &common, &denominator.0 / &common);
            let price = if denominator.is_one() {
                numerator.to_string()
            } else {
                format!("{numerator}/{denominator}")
            };
            let level = crate::diagnostic::printable(level);
            known.entry(departure).or_insert_with(|| format!("{price} of {level}"));
        }
    }
    known
}

/// The load as a bar of blocks; dots are free seats.
fn bar(load: &DepartureLoad) -> String {
    let width = i64::try_from(BAR).unwrap_or(0);
    let filled = load.seats.saturating_mul(width) / load.limits.seats.max(1);
    let filled = usize::try_from(filled).unwrap_or(0).min(BAR);
    format!("{}{}", "█".repeat(filled), "·".repeat(BAR - filled))
}

fn waiting(scenario: &Scenario, plan: &Plan) -> String {
    let mut counts: BTreeMap<(usize, ReasonOrder), (i64, usize)> = BTreeMap::new();
    let by_id: BTreeMap<&str, usize> =
        scenario.units.iter().enumerate().map(|(u, unit)| (unit.id.as_str(), u)).collect();
    for unseated in &plan.unseated {
        let Some(&u) = by_id.get(unseated.unit.as_str()) else { continue };
        let unit = &scenario.units[u];
        let Some(highest) = unit.persons.iter().map(|person| person.category).min() else { continue };
        let count = counts.entry((highest.index(), reason_order(unseated.reason.kind))).or_default();
        count.0 += 1;
        count.1 += unit.persons.len();
    }
    let mut table = table(&["waiting: highest category", "reason", "units", "persons"], &[2, 3]);
    for ((category, (_, reason)), (units, persons)) in counts {
        let category = crate::diagnostic::printable(&scenario.categories[category]);
        table.add_row([category, reason.to_owned(), units.to_string(), persons.to_string()]);
    }
    shown(&table)
}

type ReasonOrder = (u8, &'static str);

const fn reason_order(kind: ReasonKind) -> ReasonOrder {
    match kind {
        ReasonKind::NeverPossible => (0, "no departure may take them"),
        ReasonKind::Blocked => (1, "no plan that obeys the rules takes them"),
        ReasonKind::Outranked => (2, "it would cost a higher priority"),
        ReasonKind::LostDraw => (3, "others drew the seat"),
        ReasonKind::NotProven => (4, "not settled why"),
        ReasonKind::NoShow => (5, "did not come"),
    }
}

/// That nothing is wrong, and what is no more than said.
fn no_violation(plan: &Plan, report: &Report) -> String {
    let unverified = unverified(report);
    let is_open = report.unverified.iter().any(|claim| claim.part.as_deref() == Some("status"));
    let holds = match plan.status {
        Status::Infeasible if is_open => "no violation",
        Status::Infeasible => "no violation: no plan obeys the rules",
        Status::Unknown => return "no violation: it claims nothing".to_owned(),
        Status::Optimal | Status::Feasible | Status::Recorded => "no violation: the plan obeys every rule",
    };
    if unverified.is_empty() {
        return format!("{holds} and every claim holds");
    }
    format!("{holds}; not verified: {}", unverified.join(", "))
}

/// What the plan says that the checker can neither show nor refute.
fn unverified(report: &Report) -> Vec<String> {
    let is_open = |level: &&LevelCheck| level.proof.is_some() && !level.verified;
    let open: Vec<String> =
        report.levels.iter().filter(is_open).map(|level| crate::diagnostic::printable(&level.name)).collect();
    let has = |part: &str| report.unverified.iter().any(|claim| claim.part.as_deref() == Some(part));
    let reasons = report.unverified.iter().filter(|claim| claim.unit.is_some()).count();
    let waiting = match reasons {
        1 => "why 1 unit waits".to_owned(),
        n => format!("why {n} units wait"),
    };
    let claims = [
        (!open.is_empty(), format!("how good {} may be", open.join(", "))),
        (has("status"), "that no plan obeys the rules".to_owned()),
        (has("conflict"), "that the members of the conflict contradict each other".to_owned()),
        (has("conflict_reduced"), "that each of them is needed for that".to_owned()),
        (reasons > 0, waiting),
    ];
    claims.into_iter().filter(|(is_open, _)| *is_open).map(|(_, claim)| claim).collect()
}

/// What the checker found, for people.
#[must_use]
pub fn checked(plan: &Plan, report: &Report) -> String {
    let mut table = table(&["level", "claimed", "found", "proof", ""], &[1, 2]);
    for level in &report.levels {
        let proof = match level.proof {
            Some(ProofKind::Certified) => "certified",
            Some(ProofKind::Agreed) => "agreed",
            Some(ProofKind::None) | None => "-",
        };
        let verdict = if level.verified { "verified" } else { "" };
        table.add_row([
            crate::diagnostic::printable(&level.name),
            level.claimed.to_string(),
            level.found.to_string(),
            proof.to_owned(),
            verdict.to_owned(),
        ]);
    }
    let verdict = match report.violations.len() {
        0 => no_violation(plan, report),
        1 => "1 violation".to_owned(),
        n => format!("{n} violations"),
    };
    let name = crate::diagnostic::printable(&plan.scenario.name);
    let mut lines: Vec<String> = Vec::new();
    if !report.levels.is_empty() {
        lines.push(shown(&table) + "\n");
    }
    lines.extend(report.violations.iter().map(super::violation));
    lines.push(format!("{name}: {verdict}\n"));
    lines.join("\n")
}
