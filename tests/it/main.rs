//! One binary for all tests that use the library from outside.

mod canary;
mod cases;
mod certificates;
mod change;
mod checker;
mod cli;
mod conflicts;
mod diagnostics;
mod explaining;
mod extremes;
mod fakes;
mod fixture;
mod golden;
mod models;
mod mutate;
mod night;
mod oracle;
mod properties;
mod random;
mod rows;
mod schema;
mod solving;
mod soundness;
mod stories;
mod synth;
mod things;
mod tidy;
mod traps;
mod weighing;

/// A valid scenario with every field of the format.
pub(crate) const EVERY_FIELD: &str = include_str!("every-field.json");

/// A file of the repository.
#[track_caller]
pub(crate) fn file(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
