//! Text to [`Scenario`](super::Scenario), every error at once.
