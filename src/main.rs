//! Prints the pool's Solidity interface: `cargo run --features export-abi`. The program itself is the library.

#[cfg(feature = "export-abi")]
fn main() {
    smirk_pool::print_from_args();
}

#[cfg(not(feature = "export-abi"))]
fn main() {
    eprintln!("run with: cargo run --features export-abi");
}
