//! The command `airbridge`.

fn main() {}
