//! `airbridge simulate`.

use std::process::ExitCode;

use airbridge::answer::document;
use airbridge::report;
use airbridge::simulate::{self, Play, Reoffer, Standby};
use airbridge::standby;
use clap::{Args, ValueEnum};

use super::files::print;
use super::planned::{Limit, Planned, PlannedArgs, solving};
use super::standby::refused;
use super::{Common, Failure};

/// Cancellations and no-shows played out many times
#[derive(Args)]
#[command(
    long_about = "Cancellations and no-shows played out many times: how many of each category, sponsor and departure get \
    out, with quantiles. A unit turns up as a whole; free seats go down the departure's standby list, then to those whose \
    departure was cancelled. The same seed gives the same bytes, whatever the threads. With `--time-limit`: standby lists \
    that were not proven in time are called as far as they go, and the answer names their departures.\n\n\
    Exit codes: 0 done; 2 wrong arguments or input; 4 the machine failed."
)]
#[command(
    after_long_help = "Example:\n  airbridge simulate scenario.json plan.json --runs 2000 --shock 0.05"
)]
pub(crate) struct Simulate {
    #[command(flatten)]
    planned: PlannedArgs,
    /// How many times
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// The draw
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Whether standbys are called
    #[arg(long, value_enum, default_value_t = StandbyArg::Called)]
    standby: StandbyArg,
    /// Those whose departure is cancelled are offered no other
    #[arg(long)]
    no_reoffer: bool,
    /// Cancel all departures of a place on a day together with this probability
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    shock: f64,
    /// In so many of the runs, solve again knowing the draw, and say how often that would have been better
    #[arg(long, value_name = "N", default_value_t = 0)]
    hindsight: u32,
    #[command(flatten)]
    limit: Limit,
}

#[derive(Clone, Copy, ValueEnum)]
enum StandbyArg {
    Called,
    None,
}

fn probability(text: &str) -> Result<f64, String> {
    let probability = text.parse().ok().filter(|p| (0.0..=1.0).contains(p));
    probability.ok_or_else(|| "expected a probability from 0 to 1".to_owned())
}

impl Simulate {
    pub(crate) fn run(&self, common: &Common) -> Result<ExitCode, Failure> {
        let deadline = self.limit.start();
        let planned = self.planned.load()?;
        let Planned { loaded, on } = &planned;
        let play = self.play();
        let simulation = solving(loaded, deadline, common, |request| {
            let standbys = match play.standby {
                Standby::Called => standby::standby(request, on, None)?,
                Standby::None => Vec::new(),
            };
            let lists = standby::lists(&loaded.scenario, &standbys);
            simulate::simulate(request, on, &lists, &play).map(|played| played.called_from(&standbys))
        });
        let simulation = simulation.map_err(|error| refused(&planned, deadline.is_interrupted(), error))?;
        let text = if common.json {
            document("simulate", &loaded.reference(), &simulation)
        } else {
            report::simulation(&loaded.scenario.name, &simulation)
        };
        print(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    fn play(&self) -> Play {
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Play {
            runs: size(self.runs),
            seed: self.seed,
            standby: match self.standby {
                StandbyArg::Called => Standby::Called,
                StandbyArg::None => Standby::None,
            },
            reoffer: if self.no_reoffer { Reoffer::Never } else { Reoffer::Later },
            shock: self.shock,
            hindsight: size(self.hindsight),
        }
    }
}
