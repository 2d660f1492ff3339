//! A plan as people read it.

mod terminal;

use crate::plan::{Conflict, Plan};

pub use terminal::{checked, summary};

/// The plan without assignments, unseated and certificate, as JSON.
///
/// # Panics
/// Never: a plan has a JSON form.
#[must_use]
pub fn summary_json(plan: &Plan) -> String {
    let mut document = serde_json::to_value(plan).expect("a plan has a JSON form");
    if let Some(fields) = document.as_object_mut() {
        for left_out in ["assignments", "unseated", "certificate"] {
            fields.remove(left_out);
        }
    }
    format!("{document:#}\n")
}

/// What contradicts itself, for people.
#[must_use]
pub fn conflict(conflict: &[Conflict], reduced: bool) -> String {
    let members: Vec<String> = conflict.iter().map(|member| format!("  - {}", demand(member))).collect();
    let claim = if reduced { "these contradict each other, and without any one of them the rest can be met" } else { "these contain a contradiction" };
    if members.is_empty() {
        return "infeasible: nobody can be held where a locked manifest has them, whatever else is dropped".into();
    }
    format!("infeasible: {claim}:\n{}", members.join("\n"))
}

fn demand(member: &Conflict) -> String {
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
