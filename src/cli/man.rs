//! `airbridge man`.

use std::process::ExitCode;

use clap::{Args, CommandFactory};

use super::{Airbridge, Failure, files::print};

/// The manual page, on stdout
#[derive(Args)]
#[command(after_long_help = "Example:\n  airbridge man | man -l -")]
pub(crate) struct Man {}

impl Man {
    #[expect(clippy::unused_self, reason = "like the other commands")]
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let mut page = Vec::new();
        let machine = |error: std::io::Error| Failure::Machine(error.to_string());
        let command = Airbridge::command();
        clap_mangen::Man::new(command.clone()).render(&mut page).map_err(machine)?;
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            clap_mangen::Man::new(sub.clone().display_name(format!("airbridge-{}", sub.get_name())))
                .render(&mut page)
                .map_err(machine)?;
        }
        print(&page)?;
        Ok(ExitCode::SUCCESS)
    }
}
