//! What can go wrong, and the exit code that says so.

use std::process::ExitCode;

use airbridge::diagnostic::Diagnostics;
use airbridge::solve::linear::Fault;

use super::Common;

/// A command that cannot do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An input file is wrong.
    Input(Diagnostics),
    /// The arguments are wrong, or do not go together.
    Usage(String),
    /// The machine failed.
    Machine(String),
    /// No plan obeys the rules: what contradicts itself.
    Infeasible(String),
    /// Interrupted before anything was possible.
    Interrupted,
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Input(diagnostics)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Machine(fault.to_string())
    }
}

impl Failure {
    /// A failed read or write of a file.
    pub(crate) fn io(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Machine(format!("cannot {what} `{}`: {error}", path.display()))
    }

    #[expect(clippy::print_stderr, reason = "the command speaks on stderr")]
    pub(crate) fn report(&self, common: &Common) -> ExitCode {
        match self {
            Self::Input(diagnostics) => {
                eprintln!("{}", shown(diagnostics, common));
                ExitCode::from(2)
            }
            Self::Usage(message) => {
                eprintln!("error: {message}");
                ExitCode::from(2)
            }
            Self::Machine(message) => {
                eprintln!("error: {message}");
                ExitCode::from(4)
            }
            Self::Infeasible(conflict) => {
                eprintln!("{conflict}");
                ExitCode::from(3)
            }
            Self::Interrupted => {
                eprintln!("interrupted before any plan was possible; nothing is written");
                ExitCode::from(130)
            }
        }
    }
}

/// Diagnostics as text, or as JSON; of very many the first, and how many more.
pub(crate) fn shown(diagnostics: &Diagnostics, common: &Common) -> String {
    const MOST: usize = 100;
    if common.json {
        return serde_json::json!({ "diagnostics": diagnostics }).to_string();
    }
    let all = &diagnostics.0;
    let text = Diagnostics(all.iter().take(MOST).cloned().collect()).to_string();
    if all.len() <= MOST {
        return text;
    }
    format!("{text}\n\nand {} more; `validate --json` gives them all", all.len() - MOST)
}
