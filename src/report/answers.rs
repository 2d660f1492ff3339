//! The answers of `explain`, `value` and `compare` as people read them.

use std::collections::BTreeMap;

use super::terminal::{counted, shown, table};
use crate::answer::Basis;
use crate::compare::{Comparison, Difference, Measured};
use crate::diagnostic::{printable, tick};
use crate::explain::asked::Asked;
use crate::explain::barred::Barred;
use crate::explain::odds::Odds;
use crate::explain::{Elsewhere, Explained, Why};
use crate::plan::ReasonKind;
use crate::value::{Probe, Subject, What};

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
    let odds_of = |unit: &Explained| unit.reason.as_ref().and_then(|why| why.odds);
    let odds = units.iter().find_map(odds_of);
    let titles = ["unit", "reason", "level", "loss", "basis", "seated"];
    let mut table = table(if odds.is_some() { &titles } else { &titles[..5] }, &[3]);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for unit in units {
        let Some(why) = &unit.reason else { continue };
        *counts.entry(kind(why.reason.kind)).or_default() += 1;
        let loss = why.reason.loss.map_or_else(String::new, |loss| loss.to_string());
        let mut row = vec![
            printable(&unit.unit),
            kind(why.reason.kind).to_owned(),
            printable(why.reason.level.as_deref().unwrap_or_default()),
            loss,
            basis(unit.basis).to_owned(),
        ];
        let seated = |odds: Odds| format!("{} of {}", odds.seated, odds.draws);
        row.extend(odds.is_some().then(|| odds_of(unit).map_or_else(String::new, seated)));
        table.add_row(row);
    }
    let draws = odds.map_or_else(String::new, |odds| {
        format!("seated in so many of {} draws from seed {} on (estimated)\n", odds.draws, odds.seed)
    });
    let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let wait = if units.len() == 1 { "waits" } else { "wait" };
    format!("{}\n\n{draws}{} {wait}: {}\n", shown(&table), counted(units.len(), "unit"), counts.join(", "))
}

/// Each unit with all that is known of it.
#[must_use]
pub fn units(units: &[Explained]) -> String {
    units.iter().map(unit).collect::<Vec<_>>().join("\n")
}

fn unit(explained: &Explained) -> String {
    let mut lines = vec![tick(&explained.unit), format!("  {}", explained.statement)];
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
        "to make it so: airbridge change {} --pin {} {} -o new.json",
        quoted(scenario),
        quoted(&asked.unit),
        quoted(&asked.departure)
    ));
    lines.join("\n") + "\n"
}

/// A word as a POSIX shell takes it; what cannot be printed is escaped as in messages.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let mut shown = String::from("'");
    for c in word.chars() {
        match c {
            '\'' => shown.push_str(r"'\''"),
            '"' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown + "'"
}

/// How wide the bar of the greatest gain is.
const BAR: i64 = 20;

/// Probes by worth, with bars; a bar compares those that gain at the same level.
#[must_use]
pub fn probes(probes: &[Probe]) -> String {
    if probes.is_empty() {
        return "no limit, pin or quota of those asked for binds\n".into();
    }
    let first = |probe: &Probe| {
        let mut changed = probe.levels.iter().filter(|level| level.change != 0);
        changed.next().map(|level| (level.name.clone(), level.change))
    };
    let mut most: BTreeMap<String, i64> = BTreeMap::new();
    for (level, change) in probes.iter().filter_map(first) {
        let known = most.entry(level).or_default();
        *known = (*known).max(change.abs());
    }
    let mut table = table(&["one more", "of", "level", "change", "", "price", "basis"], &[3, 5]);
    for probe in probes {
        let (level, change, bar) = match first(probe) {
            Some((level, change)) => {
                let width = change.abs().saturating_mul(BAR) / most[&level].max(1);
                let width = usize::try_from(width.max(1)).unwrap_or(1);
                (printable(&level), format!("{change:+}"), "█".repeat(width))
            }
            None if probe.basis == Basis::NotProven => (String::new(), String::new(), String::new()),
            None => (String::new(), "0".into(), String::new()),
        };
        let price = probe.price.as_ref().map_or_else(String::new, |price| {
            if price.denominator.0 == 1.into() {
                return price.numerator.0.to_string();
            }
            format!("{}/{}", price.numerator.0, price.denominator.0)
        });
        table.add_row([
            what(probe.what).to_owned(),
            subject(&probe.subject),
            level,
            change,
            bar,
            price,
            basis(probe.basis).to_owned(),
        ]);
    }
    format!("{}\n", shown(&table))
}

const fn what(what: What) -> &'static str {
    match what {
        What::Seat => "seat",
        What::LapInfant => "lap infant",
        What::Wheelchair => "wheelchair place",
        What::Stretcher => "stretcher place",
        What::Payload => "100 kg",
        What::VettingException => "vetting exception",
        What::Bed => "bed",
        What::Allotment => "allotment released",
        What::Readiness => "day earlier ready",
        What::Document => "document",
        What::Pin => "pin taken away",
        What::Quota => "quota taken away",
        What::Link => "link taken away",
        What::Exclusion => "exclusion taken away",
        What::Departure => "departure",
    }
}

fn subject(subject: &Subject) -> String {
    let ids = [
        &subject.document,
        &subject.unit,
        &subject.name,
        &subject.place,
        &subject.departure,
        &subject.sponsor,
    ];
    let mut words: Vec<String> = ids.into_iter().flatten().map(|id| printable(id)).collect();
    words.extend(subject.link.map(|link| format!("links[{link}]")));
    words.join(" ")
}

/// Plans side by side: a column for each.
#[must_use]
pub fn comparison(comparison: &Comparison) -> String {
    let plans = &comparison.plans;
    let mut header = vec![String::new()];
    header.extend(plans.iter().map(|plan| printable(&plan.name)));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let right: Vec<usize> = (1..header.len()).collect();
    let mut table = table(&header, &right);
    let mut row = |label: String, cell: &dyn Fn(&Measured) -> String| {
        let mut cells = vec![label];
        cells.extend(plans.iter().map(cell));
        table.add_row(cells);
    };
    let Some(first) = plans.first() else { return String::new() };
    for (k, level) in first.levels.iter().enumerate() {
        row(format!("level {}", printable(&level.name)), &|plan| plan.levels[k].value.to_string());
    }
    row("persons".into(), &|plan| plan.persons.to_string());
    for (c, category) in first.by_category.iter().enumerate() {
        row(format!("  {}", printable(&category.category)), &|plan| plan.by_category[c].persons.to_string());
    }
    for (q, quota) in first.quotas.iter().enumerate() {
        row(format!("quota {}", printable(&quota.name)), &|plan| {
            format!("{} of {}", plan.quotas[q].count, plan.quotas[q].among)
        });
    }
    row("first departure".into(), &|plan| printable(plan.earliest.as_deref().unwrap_or("-")));
    row("last departure".into(), &|plan| printable(plan.latest.as_deref().unwrap_or("-")));
    let change = |difference: &Difference| {
        let (gains, loses) = (difference.gains.len(), difference.loses.len());
        let other = printable(&difference.other);
        format!("{other}: {} gain, {loses} lose, {} move", counted(gains, "unit"), difference.moved.len())
    };
    let changes: Vec<String> = comparison.differences.iter().map(change).collect();
    format!("{}\n\nagainst {}:\n{}\n", shown(&table), printable(&first.name), changes.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell takes the word that a command is told with for what it was.
    #[test]
    fn a_word_survives_a_shell() {
        for word in ["U17", "Übal a'b $(x)", "D 1", "", "`ls`", r#"a\"b"#, "'", "&;|<>*?~#!{}"] {
            let line = format!("printf %s {}", quoted(word));
            let said =
                std::process::Command::new("sh").args(["-c", &line]).output().expect("there is a shell");
            assert_eq!(String::from_utf8_lossy(&said.stdout), word);
        }
        assert_eq!(quoted("scenarios/robust/scenario.json"), "scenarios/robust/scenario.json");
        assert_eq!(quoted("a\u{1b}b"), r"'a\u{1b}b'");
    }
}
