//! One binary for all tests that use the library from outside.
//! One binary for all integration tests.

mod canary;
mod certificates;
mod checker;
mod diagnostics;
mod fixture;
mod mutate;
mod oracle;
mod rows;
mod schema;
mod soundness;
mod stories;
mod synth;

/// A valid scenario with every field of the format.
pub(crate) const EVERY_FIELD: &str = include_str!("every-field.json");

/// A file of the repository.
#[track_caller]
pub(crate) fn file(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
