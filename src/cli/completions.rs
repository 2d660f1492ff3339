//! `airbridge completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Airbridge, Failure, files::print};

/// Completions for a shell, on stdout
#[derive(Args)]
#[command(
    after_long_help = "Example:\n  airbridge completions bash > ~/.local/share/bash-completion/completions/airbridge"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Airbridge::command(), "airbridge", &mut text);
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}
