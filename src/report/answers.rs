//! The answers of `explain` as people read them.

use std::collections::BTreeMap;

use super::terminal::{counted, shown, table};
use crate::answer::Basis;
use crate::diagnostic::{printable, tick};
use crate::explain::asked::Asked;
use crate::explain::barred::Barred;
use crate::explain::{Elsewhere, Explained, Why};
use crate::plan::ReasonKind;

/// How an answer is known, in a word or two.
pub(super) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Certified => "certified",
        Basis::Resolved => "re-solved",
        Basis::Estimated => "estimated",
        Basis::NotProven => "not proven",
    }
}

const fn kind(kind: ReasonKind) -> &'static str {
    match kind {
        ReasonKind::NeverPossible => "never possible",
        ReasonKind::Blocked => "blocked",
        ReasonKind::Outranked => "outranked",
        ReasonKind::LostDraw => "lost the draw",
        ReasonKind::NotProven => "not proven",
        ReasonKind::NoShow => "did not come",
    }
}

/// All who wait, a line each.
#[must_use]
pub fn waiting(units: &[Explained]) -> String {
    if units.is_empty() {
        return "nobody waits\n".into();
    }
    let mut table = table(&["unit", "reason", "level", "loss", "basis"], &[3]);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for unit in units {
        let Some(why) = &unit.reason else { continue };
        *counts.entry(kind(why.reason.kind)).or_default() += 1;
        let loss = why.reason.loss.map_or_else(String::new, |loss| loss.to_string());
        table.add_row([
            printable(&unit.unit),
            kind(why.reason.kind).to_owned(),
            printable(why.reason.level.as_deref().unwrap_or_default()),
            loss,
            basis(unit.basis).to_owned(),
        ]);
    }
    let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let wait = if units.len() == 1 { "waits" } else { "wait" };
    format!("{}\n\n{} {wait}: {}\n", shown(&table), counted(units.len(), "unit"), counts.join(", "))
}

/// Each unit with all that is known of it.
#[must_use]
pub fn units(units: &[Explained]) -> String {
    units.iter().map(unit).collect::<Vec<_>>().join("\n")
}

fn unit(explained: &Explained) -> String {
    let mut lines = vec![tick(&explained.unit), format!("  {}", printable(&explained.statement))];
    match &explained.reason {
        Some(why) => lines.extend(reason(why, explained.basis)),
        None => lines.extend(explained.why_here.iter().flatten().map(elsewhere)),
    }
    lines.join("\n") + "\n"
}

fn reason(why: &Why, how: Basis) -> Vec<String> {
    let reason = &why.reason;
    let at = reason.level.as_deref().map_or_else(String::new, |level| format!(" at level {}", tick(level)));
    let loss = reason.loss.map_or_else(String::new, |loss| format!(", which would lose {loss}"));
    let mut lines = vec![format!("  {}{at}{loss} ({})", kind(reason.kind), basis(how))];
    lines.extend(reason.conflict.iter().flatten().map(|member| format!("  - {}", super::demand(member))));
    if let Some(odds) = why.odds {
        let (seated, draws, seed) = (odds.seated, odds.draws, odds.seed);
        lines.push(format!("  seated in {seated} of {draws} draws from seed {seed} on (estimated)"));
    }
    for departure in why.departures.iter().flatten() {
        let tests: Vec<String> = departure.barred.iter().map(test).collect();
        lines.push(format!("  {}: {}", tick(&departure.departure), tests.join("; ")));
    }
    lines
}

fn test(barred: &Barred) -> String {
    let of = barred.person.as_ref().map_or_else(String::new, |person| format!(" ({})", tick(person)));
    let value = |name: &str, value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(String::new, |value| format!(", {name} {}", printable(&value.to_string())))
    };
    let (found, needed) = (value("found", &barred.found), value("needed", &barred.needed));
    format!("{}{of}{found}{needed}", barred.rule.title())
}

fn elsewhere(elsewhere: &Elsewhere) -> String {
    let departure = tick(&elsewhere.departure);
    let how = basis(elsewhere.basis);
    match (&elsewhere.conflict, &elsewhere.level, elsewhere.loss) {
        (Some(conflict), _, _) => {
            let members: Vec<String> = conflict.iter().map(super::demand).collect();
            format!("  {departure}: excluded by {} ({how})", members.join(", "))
        }
        (None, Some(level), Some(loss)) => {
            format!("  {departure}: would lose {loss} at level {} ({how})", tick(level))
        }
        _ if elsewhere.basis == Basis::NotProven => format!("  {departure}: {how}"),
        _ => format!("  {departure}: as good by every level ({how})"),
    }
}

/// What putting a unit on a departure would cost; ends with the command that would do it.
#[must_use]
pub fn asked(asked: &Asked, scenario: &str) -> String {
    let (unit, departure) = (tick(&asked.unit), tick(&asked.departure));
    if !asked.possible {
        let barred = asked.barred.iter().map(test);
        let conflict = asked.conflict.iter().flatten().map(super::demand);
        let lines: Vec<String> = barred.chain(conflict).map(|line| format!("  - {line}")).collect();
        return format!("{unit} cannot be on {departure}:\n{}\n", lines.join("\n"));
    }
    let mut table = table(&["level", "now", "with", "change"], &[1, 2, 3]);
    for level in &asked.levels {
        let change = format!("{:+}", level.change);
        let change = if level.change == 0 { "0".to_owned() } else { change };
        table.add_row([printable(&level.name), level.value.to_string(), level.with.to_string(), change]);
    }
    let list = |what: &str, units: &[String]| {
        let ids: Vec<String> = units.iter().map(|id| tick(id)).collect();
        (!ids.is_empty()).then(|| format!("{what}: {}", ids.join(", ")))
    };
    let moves: Vec<String> = asked
        .moved
        .iter()
        .map(|moved| {
            format!("moved: {} from {} to {}", tick(&moved.unit), tick(&moved.from), tick(&moved.to))
        })
        .collect();
    let mut lines = vec![
        format!("{unit} on {departure} ({}):", basis(asked.basis)),
        String::new(),
        shown(&table),
        String::new(),
    ];
    lines.extend(list("displaced", &asked.displaced));
    lines.extend(moves);
    lines.extend(list("newly seated", &asked.newly_seated));
    lines.push(format!(
        "to make it so: airbridge change {scenario} --pin {} {} -o new.json",
        printable(&asked.unit),
        printable(&asked.departure)
    ));
    lines.join("\n") + "\n"
}
