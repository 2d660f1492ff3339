//! Standbys as people read them out.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::answer::Basis;
use crate::diagnostic::tick;
use crate::plan::Conflict;
use crate::scenario::Scenario;
use crate::standby::{AtTheGate, Board, Call, Standbys};

/// The lists and calls of every departure that has any, in order.
#[must_use]
pub fn standbys(scenario: &Scenario, all: &[Standbys]) -> String {
    let families = Families::new(scenario);
    let mut text = String::new();
    let (with, without): (Vec<&Standbys>, Vec<&Standbys>) = all.iter().partition(|one| !one.list.is_empty());
    for one in with {
        let _ = writeln!(text, "{}: {}", families.departure(&one.departure), holes(one));
        let _ = writeln!(text, "  in this order: {}", families.named(&one.list));
        for call in changes(&one.calls) {
            let seats = super::counted(usize::try_from(call.free_seats).unwrap_or(0), "free seat");
            let _ = writeln!(text, "  {seats:>14}: {}", families.named(&call.board));
        }
        if one.basis == Basis::NotProven {
            text.push_str("  who boards where more seats are free is not proven\n");
        }
        text.push('\n');
    }
    let (open, none): (Vec<&Standbys>, Vec<&Standbys>) =
        without.into_iter().partition(|one| one.basis == Basis::NotProven);
    for (say, of) in [("nobody is on standby for", none), ("not proven: who is on standby for", open)] {
        if !of.is_empty() {
            let names: Vec<String> = of.iter().map(|one| tick(&one.departure)).collect();
            let _ = writeln!(text, "{say} {}", names.join(", "));
        }
    }
    text
}

fn holes(one: &Standbys) -> String {
    let of_ten = |seats: i64| super::counted(usize::try_from(seats).unwrap_or(0), "seat");
    let holes = &one.holes;
    format!(
        "no-shows are expected to free {:.1} seats, in nine nights of ten at most {}",
        holes.expected,
        of_ten(holes.p90)
    )
}

/// The calls that are other than the one before: the rest goes without saying.
fn changes(calls: &[Call]) -> impl Iterator<Item = &Call> {
    let differs =
        |at: usize| if at == 0 { !calls[0].board.is_empty() } else { calls[at].board != calls[at - 1].board };
    (0..calls.len()).filter(move |&at| differs(at)).map(|at| &calls[at])
}

/// Who boards now, and what the absence broke.
#[must_use]
pub fn at_the_gate(scenario: &Scenario, gate: &AtTheGate) -> String {
    let families = Families::new(scenario);
    let mut text = String::new();
    for Board { departure, board } in gate.boards.iter().filter(|one| !one.board.is_empty()) {
        let _ = writeln!(text, "{}: board {}", families.departure(departure), families.named(board));
    }
    if text.is_empty() {
        text.push_str(match gate.basis {
            Basis::NotProven => "nobody boards so far\n",
            Basis::Certified | Basis::Resolved | Basis::Estimated => {
                "nobody boards: no family that waits fits what is free\n"
            }
        });
    }
    if gate.basis == Basis::NotProven {
        text.push_str("not proven: with more time others may board\n");
    }
    if !gate.broken.is_empty() {
        let _ = writeln!(text, "the absence breaks, and nobody is asked for:");
        let line = |member: &Conflict| format!("  - {}\n", super::demand(member));
        text.extend(gate.broken.iter().map(line));
    }
    text
}

/// Families and departures by id.
pub(super) struct Families<'s> {
    scenario: &'s Scenario,
    persons: BTreeMap<&'s str, usize>,
}

impl<'s> Families<'s> {
    pub(super) fn new(scenario: &'s Scenario) -> Self {
        Self { scenario, persons: scenario.units.iter().map(|u| (u.id.as_str(), u.persons.len())).collect() }
    }

    /// `` `U1` (3), `U2` (1) ``: ids with the number of persons.
    pub(super) fn named(&self, ids: &[String]) -> String {
        let one = |id: &String| {
            self.persons
                .get(id.as_str())
                .map_or_else(|| tick(id), |persons| format!("{} ({persons})", tick(id)))
        };
        if ids.is_empty() { "nobody".into() } else { ids.iter().map(one).collect::<Vec<_>>().join(", ") }
    }

    /// A departure's id, way and time.
    pub(super) fn departure(&self, id: &str) -> String {
        let Some(departure) = self.scenario.departures.iter().find(|departure| departure.id == id) else {
            return tick(id);
        };
        let place = |place: crate::scenario::PlaceIdx| {
            crate::diagnostic::printable(&self.scenario.places[place.index()].id)
        };
        format!("{} {} -> {} {}", tick(id), place(departure.from), place(departure.to), departure.departs)
    }
}
