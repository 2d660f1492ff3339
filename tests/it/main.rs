//! The tests that use the library from outside, in one binary.

mod certificates;
mod checker;
mod fixture;
mod oracle;
mod soundness;
