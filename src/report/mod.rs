//! A plan as people read it.

pub mod answers;
mod call_sheet;
pub mod curve;
mod simulation;
mod standby;
mod terminal;

use crate::check::Violation;
use crate::plan::Conflict;

pub use call_sheet::call_sheet;
pub use simulation::simulation;
pub use standby::{at_the_gate, standbys};
use terminal::counted;
pub use terminal::{checked, summary};

/// A violation on one line: the rule, whom it is about, and the numbers.
#[must_use]
pub fn violation(violation: &Violation) -> String {
    let subject = serde_json::to_value(&violation.subject).unwrap_or_default();
    let field = |(what, value): (&String, &serde_json::Value)| {
        let id = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{what} {}", crate::diagnostic::tick(&id))
    };
    let subject: Vec<String> = subject.as_object().into_iter().flatten().map(field).collect();
    let (rule, found, limit) = (violation.rule, &violation.found, &violation.limit);
    format!("violation[{rule}]: {}: found {found}, allowed {limit}", subject.join(", "))
}

/// What contradicts itself, for people.
#[must_use]
pub fn conflict(conflict: &[Conflict], reduced: bool) -> String {
    let members: Vec<String> = conflict.iter().map(|member| format!("  - {}", demand(member))).collect();
    let claim = if reduced {
        "these contradict each other, and without any one of them the rest can be met"
    } else {
        "these contain a contradiction"
    };
    if members.is_empty() {
        return "infeasible: nobody can be held where a locked manifest has them, whatever else is dropped"
            .into();
    }
    format!("infeasible: {claim}:\n{}", members.join("\n"))
}

pub(super) fn demand(member: &Conflict) -> String {
    let mut words = vec![member.kind.code().to_owned()];
    let named = [
        ("unit", member.unit.as_deref()),
        ("departure", member.departure.as_deref()),
        ("sponsor", member.sponsor.as_deref()),
        ("place", member.place.as_deref()),
        ("date", member.date.as_deref()),
        ("", member.name.as_deref()),
    ];
    for (what, id) in named {
        if let Some(id) = id {
            words.push(format!("{what} {}", crate::diagnostic::tick(id)).trim_start().to_owned());
        }
    }
    if let Some(side) = member.side {
        words.push(format!("({})", side_word(side)));
    }
    if let Some(link) = member.link {
        words.push(format!("(links[{link}])"));
    }
    words.join(" ")
}

const fn side_word(side: crate::certificate::Side) -> &'static str {
    match side {
        crate::certificate::Side::Min => "min",
        crate::certificate::Side::Max => "max",
        crate::certificate::Side::MinPercent => "min_percent",
        crate::certificate::Side::MaxPercent => "max_percent",
    }
}
