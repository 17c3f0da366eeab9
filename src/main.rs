//! Answers what cargo stylus asks of a project: its constructor and its interface. Compiled for nothing else.

/// The constructor as `constructor.sol` declares it.
fn constructor() -> String {
    let source = include_str!("constructor.sol");
    let (_, rest) = source.split_once("function construct(").unwrap_or_default();
    let (arguments, _) = rest.split_once(')').unwrap_or_default();
    let arguments: Vec<&str> = arguments
        .split_whitespace()
        .filter(|word| *word != "calldata")
        .collect();
    format!("constructor({})", arguments.join(" "))
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("constructor") => println!("{}", constructor()),
        _ => print!("{}", include_str!("IPool.sol")),
    }
}
