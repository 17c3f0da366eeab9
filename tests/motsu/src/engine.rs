//! The engine program.

use alloc::vec::Vec;

use smirk_engine::program::{serve, ANSWER_SIZE};
use stylus_sdk::{host::VM, ArbResult};

use crate::program::{program, Program};

/// Answers one message with another; it has no storage and calls nobody.
pub struct Engine(
    // Every program is made around its VM; this one asks nothing of it.
    #[allow(dead_code)] VM,
);

program!(Engine);

impl Program for Engine {
    fn answer(&mut self, message: &[u8]) -> ArbResult {
        let mut answer = vec![0; ANSWER_SIZE];
        match serve(message, &mut answer) {
            0 => Err(Vec::new()),
            length => {
                answer.truncate(length);
                Ok(answer)
            }
        }
    }
}
