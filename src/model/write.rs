//! The program as text for other solvers.
