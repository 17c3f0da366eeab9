//! How long a large program takes to activate, on a chain in this process.

use inkhorn_chain::{Address, Chain, ChainConfig, ProgramCode, U256};

use crate::took::{Timer, Took};

/// A program's size, and how long its activations took.
pub struct Activations {
    /// Bytes as they are deployed.
    pub compressed: usize,
    /// Each is of a module that was never compiled before.
    pub took: Vec<Took>,
}

/// Deploys and activates a module again and again.
pub fn measure(wasm: &[u8], rounds: u8) -> Activations {
    let owner = Address::repeat_byte(0xa1);
    let mut chain = Chain::new(ChainConfig::default());
    chain.fund(owner, U256::from(10).pow(U256::from(21)));
    let mut compressed = 0;
    let took = (0..rounds).map(|round| {
        // What is compiled is kept for as long as the process lives: a section that nobody reads makes it another module.
        let module = [wasm, &[0, 3, 1, b'n', round]].concat();
        compressed = ProgramCode::new(&module).size();
        let program = chain.deploy_program(owner, &module);
        let program = program.unwrap_or_else(|outcome| panic!("{:?}", outcome.status));
        let timer = Timer::own();
        let activated = chain.activate(owner, program);
        let took = timer.took();
        activated.unwrap_or_else(|outcome| panic!("{:?}", outcome.status));
        took
    });
    let took = took.collect();
    Activations { compressed, took }
}
