//! The call sheet of a replan: a block per sponsor, to print and to ring round with.

use std::fmt::Write;

use super::standby::Families;
use crate::answer::Basis;
use crate::diagnostic::{printable, tick};
use crate::plan::{LevelResult, Plan, ReasonKind};
use crate::replan::{CallSheet, Cost, DroppedPin, Lost, Moved, New, OfSponsor, Off};
use crate::scenario::Scenario;

/// Who moves, who is off, who is new; what could not be kept; what keeping costs.
#[must_use]
pub fn call_sheet(scenario: &Scenario, plan: &Plan, sheet: &CallSheet) -> String {
    let families = Families::new(scenario);
    let (moved, off, new) = (sheet.moved.len(), sheet.off.len(), sheet.new.len());
    let mut text = format!(
        "Call sheet, {}: {} keep their place, {moved} move, {off} are off, {new} are new; {} affected\n",
        printable(&plan.scenario.name),
        units(sheet.kept),
        super::counted(usize::try_from(sheet.changes).unwrap_or(0), "person"),
    );
    for one in &sheet.by_sponsor {
        if one.moved + one.off + one.new > 0 {
            sponsor(&families, sheet, one, &mut text);
        }
    }
    if !sheet.gone.is_empty() {
        let names: Vec<String> = sheet.gone.iter().map(|id| tick(id)).collect();
        let _ = writeln!(text, "\nin the old plan, and no longer in the scenario: {}", names.join(", "));
    }
    if !sheet.dropped_pins.is_empty() {
        text.push_str(
            "\npins that are left out, because the rules forbid them (the scenario still has them):\n",
        );
        text.extend(sheet.dropped_pins.iter().map(pin));
    }
    if let Some(costs) = &sheet.kept_costs {
        text.push_str(&kept_costs(costs, sheet.basis));
        text.push_str(&open_among_all(plan, sheet.basis));
    }
    text
}

fn units(count: i64) -> String {
    super::counted(usize::try_from(count).unwrap_or(0), "unit")
}

fn sponsor(families: &Families, sheet: &CallSheet, one: &OfSponsor, text: &mut String) {
    let name = one
        .sponsor
        .as_deref()
        .map_or_else(|| "without a sponsor".to_owned(), |name| format!("sponsor {}", tick(name)));
    let _ = writeln!(
        text,
        "\n{name}: {} move, {} are off, {} are new, {} stay",
        one.moved, one.off, one.new, one.kept
    );
    for Moved { unit, from, to, persons, lost, .. } in sheet.moved.iter().filter(|m| m.sponsor == one.sponsor)
    {
        let _ = writeln!(
            text,
            "  moves  {} ({persons})  {} -> {}{}",
            tick(unit),
            tick(from),
            families.departure(to),
            why(lost)
        );
    }
    for Off { unit, from, persons, reason, lost, .. } in sheet.off.iter().filter(|o| o.sponsor == one.sponsor)
    {
        let waits = waits(reason.kind);
        let _ = writeln!(
            text,
            "  off    {} ({persons})  was on {}{}; {waits}",
            tick(unit),
            tick(from),
            why(lost)
        );
    }
    for New { unit, to, persons, .. } in sheet.new.iter().filter(|n| n.sponsor == one.sponsor) {
        let _ = writeln!(text, "  new    {} ({persons})  {}", tick(unit), families.departure(to));
    }
}

/// Why it could not stay: the rules, and that its manifest had closed.
fn why(lost: &Lost) -> String {
    let rules: Vec<&str> = lost.barred.iter().map(|rule| rule.code()).collect();
    let closed = if lost.locked { "its manifest had closed" } else { "" };
    let parts: Vec<&str> = rules.into_iter().chain([closed]).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}

const fn waits(kind: ReasonKind) -> &'static str {
    match kind {
        ReasonKind::NeverPossible => "no departure may take it now",
        ReasonKind::Blocked => "no plan that obeys the rules takes it",
        ReasonKind::Outranked => "it would cost a higher priority",
        ReasonKind::LostDraw => "others drew the seat",
        ReasonKind::NotProven => "not settled why, `explain` settles it",
        ReasonKind::NoShow => "it did not come",
    }
}

fn pin(dropped: &DroppedPin) -> String {
    let rules: Vec<&str> = dropped.barred.iter().map(|rule| rule.code()).collect();
    format!(
        "  - unit {} on departure {} ({})\n",
        tick(&dropped.unit),
        tick(&dropped.departure),
        rules.join(", ")
    )
}

fn kept_costs(costs: &[Cost], basis: Basis) -> String {
    let changed: Vec<String> = costs
        .iter()
        .filter(|cost| cost.change != 0)
        .map(|cost| format!("{} {:+}", printable(&cost.name), cost.change))
        .collect();
    if basis == Basis::NotProven {
        let known =
            if changed.is_empty() { String::new() } else { format!("; so far {}", changed.join(", ")) };
        return format!("\nwhat keeping everybody where they can be costs is not proven{known}\n");
    }
    if changed.is_empty() {
        return "\nkeeping everybody where they can be costs nothing\n".to_owned();
    }
    format!("\nkeeping everybody where they can be, by level: {}\n", changed.join(", "))
}

/// What the plan file does not claim of a plan that is the best of those that keep everybody.
fn open_among_all(plan: &Plan, basis: Basis) -> String {
    let is_open = |level: &&LevelResult| level.proven != Some(true);
    let open: Vec<String> = plan.levels.iter().filter(is_open).map(|level| printable(&level.name)).collect();
    if basis == Basis::NotProven || open.is_empty() {
        return String::new();
    }
    let open = open.join(", ");
    format!(
        "it is the best of the plans that keep them; how good it is among all plans the plan file leaves open for {open}\n"
    )
}
