//! The command line: parse, call the library, print. One file per command, all of them thin.
//!
//! Only this module and `main` read files, clocks and signals, print, and exit.

mod change;
mod check;
mod compare;
mod completions;
mod explain;
mod failure;
mod files;
mod frontier;
mod generate;
mod interrupt;
mod leash;
mod man;
mod model;
mod planned;
mod progress;
mod replan;
mod schema;
mod simulate;
mod solve;
mod standby;
mod validate;
mod value;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub(crate) use failure::Failure;

/// Decides who flies when there are more people than seats.
///
/// A scenario (JSON) says who waits, what leaves, and in what order of priority; `solve` gives the best
/// plan there is, proven, and `check` verifies it with code that knows nothing of the solver.
///
/// Exit codes: 0 done and every priority level proven; 1 done, with findings or a proof stopped; 2 wrong
/// arguments or input, nothing written; 3 infeasible; 4 the machine failed; 130 interrupted.
#[derive(Parser)]
#[command(name = "airbridge", version, propagate_version = true, max_term_width = 100)]
struct Airbridge {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// What every command takes.
#[derive(Args, Clone)]
pub(crate) struct Common {
    /// Give the answer as JSON
    #[arg(long, global = true)]
    json: bool,
    /// No progress on stderr
    #[arg(long, global = true)]
    quiet: bool,
    /// How many threads to use (default: all cores); never changes a result
    #[arg(long, global = true, value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
}

/// A scenario, and the plan it is changed from.
#[derive(Args, Clone)]
pub(crate) struct ScenarioArgs {
    /// The scenario file; `-` reads stdin
    scenario: PathBuf,
    /// The plan that the scenario is changed from: its locked manifests hold, and changes are few
    #[arg(long, value_name = "PLAN")]
    baseline: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Validate(validate::Validate),
    Change(change::Change),
    Solve(solve::Solve),
    Check(check::Check),
    Replan(replan::Replan),
    Standby(standby::Standby),
    Simulate(simulate::Simulate),
    Explain(explain::Explain),
    Value(value::Value),
    Compare(compare::Compare),
    Frontier(frontier::Frontier),
    Model(model::Model),
    Generate(generate::Generate),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
    /// Runs linear tasks from stdin for a parent process
    #[command(name = leash::WORKER, hide = true)]
    Worker,
}

/// Bytes of a thread's stack: what the first thread of a process has by default.
const STACK: usize = 8 << 20;
/// So many threads are started if asked for, though there be fewer cores.
const MOST_THREADS: usize = 64;

/// How many threads are started: a number that no machine has, each with a stack of its own, would never be done with.
fn started(asked: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    asked.min(cores.max(MOST_THREADS))
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let airbridge = match Airbridge::try_parse() {
        Ok(airbridge) => airbridge,
        Err(error) => return files::clap_exit(&error),
    };
    let common = airbridge.common;
    if !matches!(airbridge.command, Command::Worker) {
        let threads = common.threads.map_or(0, |threads| started(threads.get()));
        // Fails only where the pool exists already, and nothing has used it yet.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build_global();
    }
    let done = match airbridge.command {
        Command::Validate(command) => command.run(&common),
        Command::Change(command) => command.run(&common),
        Command::Solve(command) => command.run(&common),
        Command::Check(command) => command.run(&common),
        Command::Replan(command) => command.run(&common),
        Command::Standby(command) => command.run(&common),
        Command::Simulate(command) => command.run(&common),
        Command::Explain(command) => command.run(&common),
        Command::Value(command) => command.run(&common),
        Command::Compare(command) => command.run(&common),
        Command::Frontier(command) => command.run(&common),
        Command::Model(command) => command.run(),
        Command::Generate(command) => command.run(),
        Command::Schema(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
        Command::Worker => leash::serve(),
    };
    match done {
        Ok(code) => code,
        Err(failure) => failure.report(&common),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_THREADS, started};

    #[test]
    fn no_more_threads_are_started_than_a_machine_bears() {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        assert_eq!([1, 4, MOST_THREADS].map(started), [1, 4, MOST_THREADS]);
        assert_eq!([1_000_000, usize::MAX].map(started), [cores.max(MOST_THREADS); 2]);
    }
}
