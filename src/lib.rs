//! airbridge decides who flies when there are more people than seats.

pub mod certificate;
pub mod check;
pub mod diagnostic;
mod json;
pub mod plan;
pub mod rule;
pub mod scenario;
pub mod schema;
