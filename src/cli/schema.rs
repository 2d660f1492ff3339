//! `airbridge schema`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{Failure, files::print};

/// The JSON Schema of a file format, on stdout
#[derive(Args)]
#[command(after_long_help = "Example:\n  airbridge schema scenario > scenario.schema.json")]
pub(crate) struct Schema {
    /// Which format
    #[arg(value_enum)]
    of: Of,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    Scenario,
    Plan,
}

impl Schema {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let schema = match self.of {
            Of::Scenario => airbridge::schema::scenario(),
            Of::Plan => airbridge::schema::plan(),
        };
        print(format!("{schema:#}\n").as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
