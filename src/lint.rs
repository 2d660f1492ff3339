//! What is odd about a scenario that is in order: warnings for the planner.
//!
//! Also the one error that needs eligibility: a pin that cannot be.

use crate::diagnostic::{Finding, Severity};
use crate::eligibility::{Eligibility, is_locked};
use crate::model::measure::matching;
use crate::rule::Rule;
use crate::scenario::{Baseline, DepartureIdx, Scenario, UnitIdx, Was};

/// A pin that eligibility forbids.
pub const FORBIDDEN_PIN: &str = "E0801";
/// A unit that nothing can carry.
pub const NOTHING_CARRIES: &str = "W0801";
/// A departure that nobody may board.
pub const NOBODY_BOARDS: &str = "W0802";
/// A quota that counts nobody.
pub const COUNTS_NOBODY: &str = "W0803";
/// A transit site with `occupied` and units of a locked manifest: they may be counted twice.
pub const COUNTED_TWICE: &str = "W0804";

/// The error of a pin that eligibility forbids, with the tests that fail.
#[must_use]
pub fn forbidden_pin(scenario: &Scenario, position: usize, rules: &[Rule]) -> Finding {
    let pin = scenario.pins[position];
    let unit = crate::diagnostic::tick(&scenario.units[pin.unit.index()].id);
    let departure = crate::diagnostic::tick(&scenario.departures[pin.departure.index()].id);
    let failed: Vec<String> = rules.iter().map(|rule| format!("`{rule}`: {}", rule.title())).collect();
    let remedies: Vec<&str> = rules.iter().map(|rule| rule.remedy()).collect();
    Finding {
        code: FORBIDDEN_PIN,
        severity: Severity::Error,
        path: format!("pins[{position}]"),
        message: format!(
            "unit {unit} is pinned to departure {departure}, which may not take it ({})",
            failed.join("; ")
        ),
        hint: format!("remove the pin, or {}", remedies.join("; ")),
    }
}

/// Warnings, in the order of the format's lists.
#[must_use]
pub fn lint(eligibility: &Eligibility, baseline: Option<&Baseline>) -> Vec<Finding> {
    let scenario = eligibility.scenario();
    let mut findings = counted_twice(scenario, baseline);
    findings.extend(nobody_boards(eligibility));
    findings.extend(nothing_carries(eligibility));
    findings.extend(counts_nobody(scenario));
    findings
}

fn nothing_carries(eligibility: &Eligibility) -> Vec<Finding> {
    let scenario = eligibility.scenario();
    let stranded = (0..scenario.units.len()).filter(|&u| eligibility.open(UnitIdx::new(u)).is_clear());
    let finding = |u: usize| Finding {
        code: NOTHING_CARRIES,
        severity: Severity::Warning,
        path: format!("units[{u}]"),
        message: format!("no departure may take unit {}", crate::diagnostic::tick(&scenario.units[u].id)),
        hint: "the plan names the rules that bar it and the smallest change that would open a departure"
            .into(),
    };
    stranded.map(finding).collect()
}

fn nobody_boards(eligibility: &Eligibility) -> Vec<Finding> {
    let scenario = eligibility.scenario();
    let mut open = vec![false; scenario.departures.len()];
    for d in eligibility.sets().iter().flat_map(fixedbitset::FixedBitSet::ones) {
        open[d] = true;
    }
    let empty = open.iter().enumerate().filter(|(_, open)| !**open).map(|(d, _)| d);
    let finding = |d: usize| Finding {
        code: NOBODY_BOARDS,
        severity: Severity::Warning,
        path: format!("departures[{d}]"),
        message: format!(
            "no unit may board departure {}",
            crate::diagnostic::tick(&scenario.departures[d].id)
        ),
        hint: "check its documents, vetting, categories, times and place against the units".into(),
    };
    empty.map(finding).collect()
}

fn counts_nobody(scenario: &Scenario) -> Vec<Finding> {
    let units = || (0..scenario.units.len()).map(UnitIdx::new);
    let nobody =
        |quota: &crate::scenario::Quota| units().all(|unit| matching(scenario, &quota.count, unit) == 0);
    let finding = |(q, quota): (usize, &crate::scenario::Quota)| Finding {
        code: COUNTS_NOBODY,
        severity: Severity::Warning,
        path: format!("quotas[{q}].count"),
        message: format!("quota {} counts nobody", crate::diagnostic::tick(&quota.name)),
        hint: "check the filter's categories, tags, sponsors and ages against the units".into(),
    };
    scenario.quotas.iter().enumerate().filter(|(_, quota)| nobody(quota)).map(finding).collect()
}

fn counted_twice(scenario: &Scenario, baseline: Option<&Baseline>) -> Vec<Finding> {
    let Some(baseline) = baseline else { return Vec::new() };
    let locked_there = |p: usize| {
        baseline.was.iter().any(|was| match *was {
            Was::On(d) => arrives_locked(scenario, d, p),
            Was::Unseated | Was::Gone => false,
        })
    };
    let sites = scenario
        .places
        .iter()
        .enumerate()
        .filter(|(_, place)| place.beds.is_some() && !place.occupied.is_empty());
    let finding = |(p, place): (usize, &crate::scenario::Place)| Finding {
        code: COUNTED_TWICE,
        severity: Severity::Warning,
        path: format!("places[{p}].occupied"),
        message: format!(
            "site {} has `occupied` persons and units of a locked manifest arrive there",
            crate::diagnostic::tick(&place.id)
        ),
        hint: "`occupied` stands for persons who are not in `units`: leave out those who are".into(),
    };
    sites.filter(|&(p, _)| locked_there(p)).map(finding).collect()
}

fn arrives_locked(scenario: &Scenario, d: DepartureIdx, place: usize) -> bool {
    let departure = &scenario.departures[d.index()];
    departure.to.index() == place && is_locked(scenario, departure)
}
