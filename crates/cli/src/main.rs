//! The `smirk` command line.
fn main() {}
