//! Answers what cargo stylus asks of a project: its constructor and its interface. Compiled for nothing else.

use smirk_pool::storage::parameters;

/// The constructor as `constructor.sol` declares it, with the parameters as an array: cargo stylus knows no struct by its name, and
/// the words are the same.
fn constructor() -> String {
    let source = include_str!("constructor.sol");
    let (_, rest) = source.split_once("function construct(").unwrap_or_default();
    let (arguments, _) = rest.split_once(')').unwrap_or_default();
    let arguments: Vec<&str> = arguments
        .split_whitespace()
        .filter(|word| *word != "calldata")
        .collect();
    let parameters = format!("uint256[{}]", parameters::COUNT);
    let arguments = arguments.join(" ").replace("IPool.Parameters", &parameters);
    format!("constructor({arguments})")
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("constructor") => println!("{}", constructor()),
        _ => print!("{}", include_str!("IPool.sol")),
    }
}
