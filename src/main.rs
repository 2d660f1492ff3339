//! The command `airbridge`: see `airbridge --help`, and the library's pages for what is behind it.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
