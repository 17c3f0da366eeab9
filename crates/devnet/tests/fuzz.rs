//! Nothing that anyone sends makes the chain panic, and traces see what is mined.

use std::panic::{catch_unwind, AssertUnwindSafe};

use inkhorn_chain::trace::{
    call_tracer, prestate_tracer, struct_logs, stylus_tracer, OpcodeOptions, TraceAs,
};
use inkhorn_chain::{Address, Chain, ChainConfig, Transaction, U256};

use crate::common::modules::{self, bytes};
use crate::common::script::interpreter;
use crate::common::{chain_with, init_code, precompile, ALICE};

/// A small generator of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Words as callers abuse them: small, huge, an address, anything.
    fn word(&mut self) -> [u8; 32] {
        let word = match self.below(5) {
            0 => U256::from(self.below(300)),
            1 => U256::MAX >> self.below(256),
            2 => U256::from(1) << self.below(256),
            3 => ALICE.into_word().into(),
            _ => U256::from_be_bytes([self.next() as u8; 32]),
        };
        word.to_be_bytes()
    }
}

/// Sends a transaction in every way there is.
fn provoke(chain: &mut Chain, tx: Transaction) {
    let before = chain.to_dump();
    let sent = catch_unwind(AssertUnwindSafe(|| {
        let called = chain.call(tx.clone());
        let (outcome, frame) = chain.trace_frames(&tx, TraceAs::Mined(&[]));
        if let Some(frame) = frame {
            call_tracer(&frame, false, true);
            stylus_tracer(&frame);
        }
        let options = OpcodeOptions {
            limit: 1_000,
            memory: true,
            ..OpcodeOptions::default()
        };
        let (steps, trace) = chain.trace_opcodes(&tx, TraceAs::Mined(&[]), options);
        struct_logs(&steps, &trace);
        let (_, touched) = chain.trace_touched(&tx, TraceAs::Mined(&[]));
        prestate_tracer(&touched, true);
        assert_eq!(chain.to_dump(), before, "calls and traces change nothing");
        let mined = chain.transact(tx.clone());
        assert_eq!((&outcome, &steps), (&mined, &mined));
        (called, mined)
    }));
    assert!(sent.is_ok(), "{tx:?}");
}

fn chains() -> [Chain; 2] {
    [51, 61].map(|arbos_version| {
        let mut chain = chain_with(ChainConfig {
            arbos_version,
            debug: arbos_version == 61,
            ..ChainConfig::default()
        });
        chain.add_chain_owner(ALICE);
        chain.preload_tools();
        chain
    })
}

/// First bytes of signatures of Arbitrum's precompiles, so that calls get further than the dispatch.
const SELECTORS: [u32; 56] = [
    0x58c7_80c2,
    0xa996_e0c2,
    0xd70c_0ca7,
    0xc689_bad5,
    0x4089_267f,
    0xcc8f_4e88,
    0x62b6_88aa,
    0xaef3_6be3,
    0xc775_a62a,
    0xd1c1_7abc,
    0x8ccf_aa70,
    0x4490_c19d,
    0x7af4_ba49,
    0x11c8_2ae8,
    0x9786_f96e,
    0x99d0_b38d,
    0x5fc9_4c0b,
    0x309f_6555,
    0x0a93_6455,
    0x7af6_e819,
    0x2278_c278,
    0x85e2_de85,
    0x0ec1_d773,
    0x4cea_c817,
    0xe73a_c9f2,
    0xce97_2013,
    0xa72f_179b,
    0x0510_38f2,
    0x0e5b_bc11,
    0x2b40_7a82,
    0xa3b1_b31d,
    0xd127_f54a,
    0x41b2_47a8,
    0x2d9c_9d1f,
    0xe494_0157,
    0x3205_2a9b,
    0xd29b_303e,
    0xa9a8_e4e9,
    0xa0a3_2497,
    0xf1fe_1a70,
    0x455e_c2eb,
    0xa858_dbe2,
    0x59c8_7acc,
    0xb323_52c3,
    0x595f_bb5a,
    0x2b05_bb39,
    0xe388_b381,
    0xa018_8cdb,
    0x380f_1457,
    0xe5a7_f893,
    0x81ef_944c,
    0xc0e1_0bbb,
    0xcb47_0491,
    0x85c7_33a4,
    0x0000_0000,
    0xffff_ffff,
];

#[test]
fn precompiles_and_tools_take_any_input() {
    let mut dice = Dice(0x5eed_0001);
    let tools = [
        inkhorn_chain::CACHE_MANAGER,
        inkhorn_chain::CREATE2_FACTORY,
        inkhorn_chain::STYLUS_DEPLOYER,
    ];
    for mut chain in chains() {
        for _ in 0..400 {
            let low = [
                0x64, 0x65, 0x6b, 0x6c, 0x70, 0x71, 0x72, 0x74, 0xff, 1, 2, 5, 6, 8, 9, 10,
            ];
            let to = match dice.below(5) {
                0 => tools[dice.below(3)],
                _ => precompile(low[dice.below(low.len())]),
            };
            let mut input = SELECTORS[dice.below(SELECTORS.len())]
                .to_be_bytes()
                .to_vec();
            for _ in 0..dice.below(6) {
                input.extend(dice.word());
            }
            input.truncate(input.len() - dice.below(3).min(input.len()));
            let gas = [21_000, 60_000, 3_000_000, u64::MAX][dice.below(4)];
            let value = U256::from(dice.below(3));
            provoke(
                &mut chain,
                Transaction::call(ALICE, to, input)
                    .with_value(value)
                    .with_gas(gas),
            );
        }
    }
}

#[test]
fn the_evm_takes_any_code() {
    let mut dice = Dice(0x5eed_0002);
    for mut chain in chains() {
        for _ in 0..150 {
            let code = dice.bytes(80);
            let tx = match dice.below(3) {
                0 => Transaction::create(ALICE, code),
                1 => Transaction::create(ALICE, init_code(&code)),
                _ => {
                    let at = Address::repeat_byte(dice.next() as u8 | 0x80);
                    chain.set_code(at, code.into());
                    Transaction::call(ALICE, at, dice.bytes(64))
                }
            };
            let list = vec![(ALICE, vec![dice.word().into()])];
            provoke(&mut chain, tx.with_gas(200_000).with_access_list(list));
        }
    }
}

#[test]
fn programs_take_any_module() {
    let mut dice = Dice(0x5eed_0003);
    let seeds = [
        modules::ECHO,
        modules::BULK,
        modules::GROW,
        modules::CALLS,
        modules::BR_TABLE,
    ];
    for mut chain in chains() {
        for _ in 0..120 {
            let mut wasm = bytes(seeds[dice.below(seeds.len())]).to_vec();
            for _ in 0..1 + dice.below(3) {
                let at = 8 + dice.below(wasm.len() - 8);
                wasm[at] = match dice.below(3) {
                    0 => dice.next() as u8,
                    1 => wasm[at] ^ (1 << dice.below(8)),
                    _ => [0x00, 0x7f, 0x80, 0xff, 0x0b, 0x10, 0x41][dice.below(7)],
                };
            }
            let Ok(program) = chain.deploy_program(ALICE, &wasm) else {
                continue;
            };
            let activated = catch_unwind(AssertUnwindSafe(|| chain.activate(ALICE, program)));
            assert!(
                activated.is_ok(),
                "{}",
                alloy_primitives::hex::encode(&wasm)
            );
            provoke(
                &mut chain,
                Transaction::call(ALICE, program, dice.bytes(40)).with_gas(2_000_000),
            );
        }
    }
}

#[test]
fn code_that_looks_like_a_program_is_taken_too() {
    let mut dice = Dice(0x5eed_0004);
    for mut chain in chains() {
        for _ in 0..150 {
            let mut code = vec![0xef, 0xf0, dice.below(4) as u8, dice.below(2) as u8];
            code.extend(dice.bytes(70));
            let at = Address::repeat_byte(dice.next() as u8 | 0x80);
            chain.set_code(at, code.into());
            let mut activate = vec![0x58, 0xc7, 0x80, 0xc2];
            activate.extend(at.into_word());
            provoke(
                &mut chain,
                Transaction::call(ALICE, precompile(0x71), activate),
            );
            provoke(
                &mut chain,
                Transaction::call(ALICE, at, dice.bytes(8)).with_gas(100_000),
            );
        }
    }
}

#[test]
fn scripts_take_any_command() {
    let mut dice = Dice(0x5eed_0005);
    for mut chain in chains() {
        let program = interpreter(&mut chain);
        for _ in 0..150 {
            let mut script = Vec::new();
            for _ in 0..1 + dice.below(5) {
                script.push(dice.below(13) as u8);
                script.extend(dice.word());
                script.extend(dice.bytes(60));
            }
            provoke(
                &mut chain,
                Transaction::call(ALICE, program, script).with_gas(1_000_000),
            );
        }
    }
}
