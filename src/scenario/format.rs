//! The JSON of a scenario as written.
