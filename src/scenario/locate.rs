//! JSON path to line and column.
