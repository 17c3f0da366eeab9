//! Programs in fragments: format, limits, and what they are once active.

use alloy_primitives::keccak256;
use inkhorn_chain::{Address, Chain, Outcome, ProgramCode, Status, Transaction, B256, U256};

use crate::common::modules::{self, bytes};
use crate::common::probe::Probe;
use crate::common::script::{interpreter_wasm, Kind, Script};
use crate::common::{
    chain, chain_at, error, ether, execution_gas, govern, halted, hex, init_code, method, program,
    run, ALICE, ARB_WASM, ARB_WASM_CACHE,
};

/// Gas that an activation uses before it reads the code.
const BEFORE_CODE: u64 = 1_661_671;
const LENGTH: u32 = 131;

fn fragment(chain: &mut Chain, payload: &[u8]) -> Address {
    let code = [&[0xef, 0xf0, 0x01], payload].concat();
    chain.deploy(ALICE, init_code(&code)).unwrap()
}

fn root_code(fragments: &[Address], dictionary: u8, length: u32) -> Vec<u8> {
    let mut code = vec![0xef, 0xf0, 0x02, dictionary];
    code.extend(length.to_be_bytes());
    fragments.iter().for_each(|fragment| code.extend(fragment));
    code
}

/// Deploys a root of these fragments that declares a dictionary and a length.
fn root(chain: &mut Chain, fragments: &[Address], dictionary: u8, length: u32) -> Address {
    let code = root_code(fragments, dictionary, length);
    chain.deploy(ALICE, init_code(&code)).unwrap()
}

/// Deploys the pieces of the echo program.
fn cut(chain: &mut Chain, pieces: usize) -> Vec<Address> {
    let stream = hex(modules::ECHO_STREAM);
    let size = stream.len().div_ceil(pieces);
    let pieces = stream.chunks(size);
    pieces.map(|piece| fragment(chain, piece)).collect()
}

/// A chain with the fragments f1 and f2 of the echo program and their root.
fn echo_in_two() -> (Chain, [Address; 2], Address) {
    let mut chain = chain();
    let stream = hex(modules::ECHO_STREAM);
    let fragments = [&stream[..52], &stream[52..]].map(|piece| fragment(&mut chain, piece));
    let root = root(&mut chain, &fragments, 0, LENGTH);
    (chain, fragments, root)
}

fn activation(root: Address) -> Transaction {
    let call = method("activateProgram(address)", &[root.into_word().into()]);
    Transaction::call(ALICE, ARB_WASM, call).with_value(ether(1))
}

/// Gas of an activation itself, and how it ended.
fn activate(chain: &mut Chain, tx: &Transaction) -> (u64, Outcome) {
    let outcome = chain.transact(tx.clone());
    (execution_gas(&outcome, tx), outcome)
}

/// Asserts that an activation reverts without data, and gives the gas that it used.
fn plain_failure(chain: &mut Chain, root: Address) -> u64 {
    let (gas, outcome) = activate(chain, &activation(root));
    assert_eq!((outcome.status, outcome.output.len()), (Status::Revert, 0));
    assert!(gas < 2_000_000, "unused gas is kept: {gas}");
    gas
}

#[test]
fn fact_85_fragments_and_roots_are_stored_if_more_than_a_prefix() {
    let mut later = chain();
    let mut earlier = chain_at(51);
    for refused in ["eff000", "eff001", "eff002", "eff003", "eff00300", "ef"] {
        assert!(later.deploy(ALICE, init_code(&hex(refused))).is_err());
    }
    for stored in ["eff00100", "eff00200", "eff00000"] {
        assert!(later.deploy(ALICE, init_code(&hex(stored))).is_ok());
    }
    for refused in ["eff001", "eff00100", "eff0020000000000", "eff002"] {
        assert!(earlier.deploy(ALICE, init_code(&hex(refused))).is_err());
    }
}

#[test]
fn fact_86_a_fragment_is_called_as_evm_code() {
    let (mut chain, [first, _], _) = echo_in_two();
    let outcome = chain.transact(Transaction::call(ALICE, first, vec![1]).with_gas(100_000));
    let ended = (outcome.status, outcome.gas_used);
    assert_eq!(ended, (halted("invalid opcode"), 100_000));
}

#[test]
fn an_inactive_root_is_a_program_that_is_not_activated() {
    let (mut chain, _, root) = echo_in_two();
    let outcome = chain.transact(Transaction::call(ALICE, root, vec![1]).with_gas(100_000));
    let reason = halted("error ProgramNotActivated()");
    assert_eq!((outcome.status, outcome.gas_used), (reason, 100_000));
}

#[test]
fn fact_87_a_root_does_not_destroy_itself() {
    let mut chain = chain();
    let stream = compressed(&interpreter_wasm());
    let fragments = [&stream[..99], &stream[99..]].map(|piece| fragment(&mut chain, piece));
    let length = interpreter_wasm().len() as u32;
    let root = root(&mut chain, &fragments, 0, length);
    chain.activate(ALICE, root).unwrap();
    let destroyer = crate::common::deploy(&mut chain, "5f ff");
    let script = Script::new().call(Kind::Delegate, destroyer, 0, vec![]);
    let outcome = chain.transact(Transaction::call(ALICE, root, script));
    assert_eq!(outcome.output[..], [2], "the delegate failed");
    assert!(outcome.gas_used < 100_000, "and kept its gas");
    assert_eq!(chain.code(root), root_code(&fragments, 0, length));
}

/// Brotli stream of a program that one account can hold.
fn compressed(wasm: &[u8]) -> Vec<u8> {
    match ProgramCode::new(wasm) {
        ProgramCode::Classic(code) => code[4..].to_vec(),
        ProgramCode::Fragmented(_) => panic!("the program is small"),
    }
}

#[test]
fn the_echo_program_has_the_known_code() {
    let known = [
        (
            "b36d57e05b4aa62ad93f495e4add5fde07edfb643ab5713d0e76625073bafe5f",
            [&hex("eff00000")[..], &hex(modules::ECHO_STREAM)].concat(),
        ),
        (
            "6784f678fc4d611785769bfe2953cd7c02c8c764fba0b95407206d147192302a",
            [&hex("eff001")[..], &hex(modules::ECHO_STREAM)[..52]].concat(),
        ),
        (
            "fadf17d748d79f31c4f2326d546b3b753e434fb8c7b0cb6e8a114a27a1f0f2df",
            [&hex("eff001")[..], &hex(modules::ECHO_STREAM)[52..]].concat(),
        ),
        (
            "c47a3b7da261e430473a249fbfd0399403d6e6cbd4caa0021ed6d2801b3e7729",
            root_code(
                &[Address::repeat_byte(0x11), Address::repeat_byte(0x22)],
                0,
                LENGTH,
            ),
        ),
    ];
    for (hash, code) in known {
        assert_eq!(keccak256(&code), hash.parse::<B256>().unwrap());
    }
    assert_eq!(compressed(&bytes(modules::ECHO)), hex(modules::ECHO_STREAM));
}

#[test]
fn fact_88_a_program_in_two_fragments_echoes() {
    let (mut chain, _, root) = echo_in_two();
    chain.activate(ALICE, root).unwrap();
    assert_eq!(run(&mut chain, root, vec![8, 9]).0.output[..], [8, 9]);
}

#[test]
fn fact_89_one_to_four_fragments_make_a_program() {
    for pieces in 1..=4 {
        let mut chain = chain();
        let parts = cut(&mut chain, pieces);
        assert_eq!(parts.len(), pieces);
        let root = root(&mut chain, &parts, 0, LENGTH);
        chain.activate(ALICE, root).unwrap();
        assert_eq!(run(&mut chain, root, vec![8]).0.output[..], [8]);
    }
}

#[test]
fn fact_89_none_or_five_do_not_and_are_not_read() {
    let mut chain = chain();
    let parts = cut(&mut chain, 5);
    let five = root(&mut chain, &parts, 0, LENGTH);
    assert_eq!(plain_failure(&mut chain, five), BEFORE_CODE);
    let none = root(&mut chain, &[], 0, LENGTH);
    assert_eq!(plain_failure(&mut chain, none), BEFORE_CODE);
    govern(&mut chain, "setMaxStylusContractFragments(uint8)", 5);
    chain.activate(ALICE, five).unwrap();
    assert_eq!(run(&mut chain, five, vec![8]).0.output[..], [8]);
}

#[test]
fn fact_90_order_dictionary_and_length_must_be_right() {
    let (mut chain, [first, second], _) = echo_in_two();
    for (fragments, dictionary, length) in [
        ([second, first], 0, LENGTH),
        ([first, second], 1, LENGTH),
        ([first, second], 2, LENGTH),
        ([first, second], 0, LENGTH - 1),
        ([first, second], 0, LENGTH + 1),
    ] {
        let wrong = root(&mut chain, &fragments, dictionary, length);
        let read = 2 * (2_600 + 3 * 2);
        assert_eq!(plain_failure(&mut chain, wrong), BEFORE_CODE + read);
    }
}

#[test]
fn fact_91_a_length_over_the_limit_stops_before_the_fragments() {
    let (mut chain, fragments, _) = echo_in_two();
    let over = root(&mut chain, &fragments, 0, 262_145);
    assert_eq!(plain_failure(&mut chain, over), BEFORE_CODE);
    let within = root(&mut chain, &fragments, 0, 262_144);
    let gas = plain_failure(&mut chain, within);
    assert_eq!(gas, BEFORE_CODE + 2 * (2_600 + 3 * 2));
}

#[test]
fn fact_91_what_a_failed_activation_read_is_cold_again() {
    let (mut chain, fragments, _) = echo_in_two();
    let over = root(&mut chain, &fragments, 0, 262_145);
    let within = root(&mut chain, &fragments, 0, 262_144);
    for refused in [over, within] {
        let call = method("activateProgram(address)", &[refused.into_word().into()]);
        let probe = Probe::new()
            .data(0, ARB_WASM)
            .data(32, call)
            .data(80, fragments[0])
            .step("(if (i32.eqz (call $call_contract (i32.const 0) (i32.const 32) (i32.const 36) (i32.const 100) (i64.const -1) (i32.const 128))) (then unreachable))")
            .measure("account_balance", &[80, 256])
            .measure("account_balance", &[80, 256]);
        assert_eq!(probe.run(&mut chain), [26_078_153, 1_078_153]);
    }
}

#[test]
fn fact_92_neither_fragments_nor_other_code_are_activated() {
    let (mut chain, [first, _], _) = echo_in_two();
    assert_eq!(plain_failure(&mut chain, first), BEFORE_CODE);
    let evm = crate::common::deploy(&mut chain, "00");
    for other in [evm, ALICE, Address::repeat_byte(0x77)] {
        let outcome = chain.activate(ALICE, other).unwrap_err();
        assert_eq!(outcome.output, hex("27f38212"));
        assert_eq!(outcome.output, error("ProgramNotWasm()"));
    }
}

#[test]
fn fact_93_what_is_no_fragment_is_paid_for_and_ends_the_activation() {
    let (mut chain, [first, second], _) = echo_in_two();
    let evm = crate::common::deploy(&mut chain, &"00".repeat(33));
    let nobody = Address::repeat_byte(0x77);
    for (fragments, read) in [
        ([nobody, second], 2_600),
        ([evm, second], 2_600 + 3 * 2),
        ([first, nobody], 2_600 + 3 * 2 + 2_600),
        ([first, evm], 2 * (2_600 + 3 * 2)),
    ] {
        let root = root(&mut chain, &fragments, 0, LENGTH);
        assert_eq!(plain_failure(&mut chain, root), BEFORE_CODE + read);
    }
}

#[test]
fn fact_94_a_fragment_named_twice_is_warm_the_second_time() {
    let (mut chain, [first, _], _) = echo_in_two();
    let twice = root(&mut chain, &[first, first], 0, LENGTH);
    let read = 2_600 + 3 * 2 + 100 + 3 * 2;
    assert_eq!(plain_failure(&mut chain, twice), BEFORE_CODE + read);
}

#[test]
fn fact_95_lower_limits_do_not_stop_what_is_active() {
    for (limit, value) in [
        ("setMaxStylusContractFragments(uint8)", 1),
        ("setWasmMaxSize(uint32)", 100),
    ] {
        let mut chain = chain_at(60);
        let parts = cut(&mut chain, 2);
        let active = root(&mut chain, &parts, 0, LENGTH);
        chain.activate(ALICE, active).unwrap();
        govern(&mut chain, limit, value);
        assert_eq!(run(&mut chain, active, vec![5]).0.output[..], [5]);
        chain.add_cache_manager(ALICE);
        let cache = method("cacheProgram(address)", &[active.into_word().into()]);
        let cached = chain.transact(Transaction::call(ALICE, ARB_WASM_CACHE, cache));
        assert!(cached.is_success());
        // Native code is kept for a version of ArbOS: it has to be made again from the fragments.
        chain.upgrade_arbos(61);
        assert_eq!(run(&mut chain, active, vec![6]).0.output[..], [6]);
        let parts = cut(&mut chain, 2);
        let late = root(&mut chain, &parts, 0, LENGTH);
        assert_eq!(plain_failure(&mut chain, late), BEFORE_CODE);
    }
}

#[test]
fn fact_96_other_fragments_are_another_program() {
    let (mut chain, _, first) = echo_in_two();
    let paid = chain.activate(ALICE, first).unwrap().data_fee;
    let parts = cut(&mut chain, 2);
    let second = root(&mut chain, &parts, 0, LENGTH);
    let outcome = chain.call(Transaction::call(ALICE, second, vec![1]));
    assert_eq!(outcome.status, halted("error ProgramNotActivated()"));
    let again = chain.activate(ALICE, second).unwrap().data_fee;
    assert!(paid > U256::ZERO && again >= paid, "{paid} {again}");
    assert_eq!(run(&mut chain, second, vec![5]).0.output[..], [5]);
}

#[test]
fn roots_with_the_same_code_share_an_activation() {
    let (mut chain, fragments, first) = echo_in_two();
    let second = root(&mut chain, &fragments, 0, LENGTH);
    chain.activate(ALICE, first).unwrap();
    assert_eq!(run(&mut chain, second, vec![5]).0.output[..], [5]);
    let again = chain.activate(ALICE, second).unwrap_err();
    assert_eq!(again.output, error("ProgramUpToDate()"));
}

#[test]
fn fact_97_a_classic_program_over_a_lowered_limit_runs_but_is_not_activated() {
    let mut chain = chain();
    let old = program(&mut chain, &bytes(modules::ECHO));
    let new = chain.deploy_program(ALICE, &bytes(modules::FILL)).unwrap();
    govern(&mut chain, "setWasmMaxSize(uint32)", 111);
    assert_eq!(run(&mut chain, old, vec![5]).0.output[..], [5]);
    assert_eq!(plain_failure(&mut chain, new), BEFORE_CODE);
    govern(&mut chain, "setWasmMaxSize(uint32)", 112);
    chain.activate(ALICE, new).unwrap();
}

#[test]
fn fact_98_a_root_is_no_larger_than_other_code() {
    let mut chain = chain();
    let largest = root_code(&vec![Address::ZERO; 1_228], 0, LENGTH);
    assert_eq!(largest.len(), 24_568);
    assert!(chain.deploy(ALICE, init_code(&largest)).is_ok());
    let over = root_code(&vec![Address::ZERO; 1_229], 0, LENGTH);
    let refused = chain.deploy(ALICE, init_code(&over)).unwrap_err();
    assert_eq!(refused.status, halted("max code size exceeded"));
}

#[test]
fn fact_100_reading_fragments_costs_gas() {
    let (mut chain, fragments, root) = echo_in_two();
    let mut warm = chain.clone();
    let (gas, outcome) = activate(&mut chain, &activation(root));
    assert!(outcome.is_success());
    assert_eq!(gas, 1_817_958);
    let listed = fragments.map(|fragment| (fragment, vec![])).to_vec();
    let tx = activation(root).with_access_list(listed);
    let (gas, outcome) = activate(&mut warm, &tx);
    assert!(outcome.is_success());
    assert_eq!(gas, 1_812_958);
}

#[test]
fn fact_101_there_has_to_be_gas_for_the_largest_fragment() {
    let (mut chain, _, _) = echo_in_two();
    let evm = crate::common::deploy(&mut chain, "00");
    let root = root(&mut chain, &[evm], 0, LENGTH);
    let listed = vec![(evm, vec![])];
    for (list, reserve) in [(vec![], 4_904), (listed, 2_404)] {
        let base = activation(root).with_access_list(list);
        let before = base.intrinsic_gas() + BEFORE_CODE;
        let short = base.clone().with_gas(before + reserve - 1);
        let outcome = chain.transact(short.clone());
        assert_eq!(outcome.status, Status::Revert);
        assert_eq!(outcome.gas_used, before + reserve - 1, "all is burned");
        let enough = base.with_gas(before + reserve);
        let outcome = chain.transact(enough);
        assert_eq!(outcome.status, Status::Revert);
        let kept = 24_576 / 32 * 3 - 3;
        assert_eq!(outcome.gas_used, before + reserve - kept);
    }
}

#[test]
fn fact_102_a_full_fragment_costs_4904_cold_and_2404_warm() {
    let mut chain = chain();
    let full = fragment(&mut chain, &[0xff; 24_573]);
    assert_eq!(chain.code(full).len(), 24_576);
    let root = root(&mut chain, &[full, full], 0, LENGTH);
    let gas = plain_failure(&mut chain, root);
    assert_eq!(gas, BEFORE_CODE + 4_904 + 2_404);
}

#[test]
fn chains_with_other_fragments_at_the_same_addresses_run_other_programs() {
    // Both have a root with the same code, in the same process.
    let answers = [0, 1].map(|answer| {
        let mut chain = chain();
        let wasm = wat::parse_str(format!(
            r#"(module (memory (export "memory") 0 0)
                (func (export "user_entrypoint") (param i32) (result i32) (i32.const {answer})))"#
        ))
        .unwrap();
        let piece = fragment(&mut chain, &compressed(&wasm));
        let root = root(&mut chain, &[piece], 0, wasm.len() as u32);
        chain.activate(ALICE, root).unwrap();
        (chain.code(root), run(&mut chain, root, vec![]).0)
    });
    let [(first, one), (second, two)] = answers;
    assert_eq!(first, second);
    assert_eq!((one.status, two.status), (Status::Success, Status::Revert));
}
