//! A simulation as a table with sparklines.

use std::fmt::Write;

use super::terminal::{shown, table};
use crate::diagnostic::{printable, tick};
use crate::simulate::{LookedBack, Outcome, Simulation, Standby};

/// Persons who get out: planned, mean, quantiles, and how the runs spread.
#[must_use]
pub fn simulation(name: &str, simulation: &Simulation) -> String {
    let Simulation { runs, seed, outcomes, .. } = simulation;
    let standby = match simulation.standby {
        Standby::Called => "standbys called",
        Standby::None => "no standbys",
    };
    let reoffer = if simulation.reoffer { "later departures offered" } else { "nothing offered again" };
    let mut text = format!("{}: {runs} runs, seed {seed}, {standby}, {reoffer}\n\n", printable(name));
    let mut table = table(
        &["persons who get out", "planned", "mean", "p05", "p50", "p95", "runs, from none to most"],
        &[1, 2, 3, 4, 5],
    );
    table.add_row(row("everybody", &outcomes.persons));
    for group in [&outcomes.by_category, &outcomes.by_sponsor, &outcomes.by_departure] {
        for one in group.iter().filter(|one| one.planned > 0 || one.p95 > 0) {
            table.add_row(row(&printable(&one.id), one));
        }
    }
    text.push_str(&shown(&table));
    text.push('\n');
    if !simulation.lists_not_proven.is_empty() {
        let names: Vec<String> = simulation.lists_not_proven.iter().map(|id| tick(id)).collect();
        let _ = writeln!(
            text,
            "\nnot proven in time, so that fewer were called than would be: the standby lists of {} of {} departures: {}",
            names.len(),
            outcomes.by_departure.len(),
            names.join(", ")
        );
    }
    if let Some(runs) = simulation.hindsight_runs {
        text.push_str(&looked_back(simulation.hindsight, runs));
    }
    text
}

/// In how many of the runs looked back on another plan would have been better, as far as that is known.
fn looked_back(share: Option<f64>, LookedBack { settled, not_proven }: LookedBack) -> String {
    let known = share.map(|share| {
        format!(
            "\nin {share:.2} of {} looked back on, a plan that knew the draw would have been better\n",
            super::counted(settled, "run")
        )
    });
    let open = format!(
        "\nnot proven for {} looked back on: whether another plan would have been better\n",
        super::counted(not_proven, "run")
    );
    known.unwrap_or_default() + if not_proven > 0 { &open } else { "" }
}

fn row(name: &str, outcome: &Outcome) -> [String; 7] {
    let Outcome { planned, mean, p05, p50, p95, histogram, .. } = outcome;
    [
        name.to_owned(),
        planned.to_string(),
        format!("{mean:.1}"),
        p05.to_string(),
        p50.to_string(),
        p95.to_string(),
        sparkline(histogram),
    ]
}

/// A block for each step, the highest where most runs are; a dot where none is.
fn sparkline(histogram: &[usize]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = histogram.iter().copied().max().unwrap_or(0).max(1);
    let block =
        |&runs: &usize| if runs == 0 { '·' } else { BLOCKS[(runs * BLOCKS.len()).div_ceil(most) - 1] };
    histogram.iter().map(block).collect()
}
