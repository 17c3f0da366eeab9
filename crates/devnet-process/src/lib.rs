//! `smirk devnet` as a process of its own, and JSON-RPC by hand, for tests that look at programs from outside. Whatever goes wrong ends the
//! test. The program is the one beside the test's own: `cargo build --bin smirk`.

mod devnet;
mod http;
mod rpc;
/// How a chain is started: the chain's own tests do it in the same way.
#[path = "../../inkhorn/tests/support/served.rs"]
mod served;

pub use devnet::Devnet;
pub use http::{answer, get, post, read_request};
pub use rpc::Rpc;
pub use served::Served;

use std::path::PathBuf;

/// The folder that programs and tests were built into.
fn folder() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let deps = own.parent().expect("a folder");
    deps.parent().expect("the profile's folder").to_owned()
}

/// The program.
pub fn program() -> PathBuf {
    let program = folder().join("smirk");
    assert!(
        program.exists(),
        "{} is missing: cargo build --workspace --bin smirk",
        program.display()
    );
    program
}
