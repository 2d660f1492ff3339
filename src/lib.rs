//! airbridge decides who flies when there are more people than seats.

pub mod certificate;
pub mod check;
pub mod classes;
pub mod diagnostic;
pub mod eligibility;
mod json;
pub mod lint;
pub mod model;
pub mod plan;
pub mod report;
pub mod rule;
pub mod scenario;
pub mod schema;
pub mod solve;
pub mod synth;
