//! Programs that are larger than an account: packed, deployed, activated, run, written down, traced.

use alloy_primitives::keccak256;
use alloy_sol_types::{sol, SolCall};
use inkhorn_chain::trace::{call_tracer, TraceAs};
use inkhorn_chain::{
    deployment_code, Address, Chain, FragmentedCode, ProgramCode, Status, Transaction, B256,
    STYLUS_DEPLOYER, U256,
};

use crate::common::large::large;
use crate::common::{chain, chain_at, ether, execution_gas, halted, method, run, ALICE, ARB_WASM};

sol! {
    function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt) returns (address);
}

/// Constants that make a program of about 60 kB.
const THREE_FRAGMENTS: usize = 6_500;

fn fragmented(wasm: &[u8]) -> FragmentedCode {
    match ProgramCode::new(wasm) {
        ProgramCode::Fragmented(code) => code,
        ProgramCode::Classic(code) => panic!("{} bytes fit into one account", code.len()),
    }
}

#[test]
fn programs_are_cut_where_cargo_stylus_cuts_them() {
    let (wasm, _) = large(THREE_FRAGMENTS, 1);
    let code = fragmented(&wasm);
    let sizes: Vec<usize> = code.fragments().iter().map(|code| code.len()).collect();
    assert_eq!((sizes.len(), sizes[0], sizes[1]), (3, 24_576, 24_576));
    assert!(sizes[2] < 24_576);
    for fragment in code.fragments() {
        assert_eq!(fragment[..3], [0xef, 0xf0, 0x01]);
    }
    let root = code.root(&[1, 2, 3].map(Address::repeat_byte));
    let length = (wasm.len() as u32).to_be_bytes();
    let head = [&[0xef, 0xf0, 0x02, 0x00], &length[..]].concat();
    assert_eq!(
        *root,
        *[head, vec![1; 20], vec![2; 20], vec![3; 20]].concat()
    );
    let packed = ProgramCode::new(&wasm);
    assert_eq!(packed.fragment_count(), 3);
    assert_eq!(packed.size(), sizes.iter().sum::<usize>() + 68);
    let check = chain().check_program(&wasm).unwrap();
    assert_eq!((check.fragments, check.code_size), (3, packed.size()));
}

#[test]
fn what_fits_into_an_account_stays_whole() {
    // The size of the code grows by a few bytes with each constant: both sides of the limit are met.
    let sizes: Vec<(usize, usize)> = (2_640..2_760)
        .step_by(4)
        .map(|constants| {
            let packed = ProgramCode::new(&large(constants, 2).0);
            (packed.fragment_count(), packed.size())
        })
        .collect();
    for (fragments, size) in &sizes {
        match fragments {
            0 => assert!(*size <= 24_576),
            2 => assert!(*size > 24_576),
            other => panic!("{other} fragments"),
        }
    }
    assert!(sizes.iter().any(|(fragments, _)| *fragments == 0));
    assert!(sizes.iter().any(|(fragments, _)| *fragments == 2));
}

/// A chain with an active program of several fragments, and what it returns.
fn deployed(seed: u64) -> (Chain, Address, Vec<u8>) {
    let (wasm, result) = large(THREE_FRAGMENTS, seed);
    let mut chain = chain();
    let program = chain.deploy_program(ALICE, &wasm).unwrap();
    chain.activate(ALICE, program).unwrap();
    (chain, program, result.to_le_bytes().to_vec())
}

#[test]
fn a_large_program_is_deployed_fragment_by_fragment() {
    let (mut chain, program, result) = deployed(3);
    let nonce = chain.nonce(ALICE);
    let parts: Vec<Address> = (0..3).map(|nonce| ALICE.create(nonce)).collect();
    assert_eq!((nonce, program), (5, ALICE.create(3)));
    let code = fragmented(&large(THREE_FRAGMENTS, 3).0);
    for (part, fragment) in parts.iter().zip(code.fragments()) {
        assert_eq!(chain.code(*part), *fragment);
    }
    assert_eq!(chain.code(program), code.root(&parts));
    assert_eq!(run(&mut chain, program, vec![]).0.output, result);
}

#[test]
fn activating_a_large_program_pays_for_its_fragments() {
    let (wasm, _) = large(THREE_FRAGMENTS, 4);
    let mut chain = chain();
    let program = chain.deploy_program(ALICE, &wasm).unwrap();
    let check = chain.check_program(&wasm).unwrap();
    let reads: u64 = fragmented(&wasm)
        .fragments()
        .iter()
        .map(|code| 2_600 + 3 * (code.len() as u64).div_ceil(32))
        .sum();
    let call = method("activateProgram(address)", &[program.into_word().into()]);
    let tx = Transaction::call(ALICE, ARB_WASM, call).with_value(ether(1));
    let outcome = chain.transact(tx.clone());
    assert!(outcome.is_success());
    let gas = execution_gas(&outcome, &tx);
    assert_eq!(gas, 1_748_626 + check.activation_gas + reads);
}

#[test]
fn calling_a_large_program_reads_no_fragment() {
    let (mut chain, program, result) = deployed(5);
    let (outcome, report) = run(&mut chain, program, vec![]);
    assert_eq!(outcome.output, result);
    let gas = method("programInitGas(address)", &[program.into_word().into()]);
    let gas = chain.call(Transaction::call(ALICE, ARB_WASM, gas)).output;
    assert_eq!(
        U256::from(report.entry_gas),
        U256::from_be_slice(&gas[..32])
    );
    chain.cache_program(program);
    let (_, report) = run(&mut chain, program, vec![]);
    assert_eq!(
        U256::from(report.entry_gas),
        U256::from_be_slice(&gas[32..])
    );
}

#[test]
fn a_large_program_survives_being_written_down() {
    let (mut chain, program, result) = deployed(6);
    let mut file = Vec::new();
    chain.dump(&mut file).unwrap();
    let mut loaded = Chain::load(&file[..]).unwrap();
    assert_eq!(run(&mut loaded, program, vec![]).0.output, result);
    let tx = Transaction::call(ALICE, program, vec![]);
    assert_eq!(loaded.transact(tx.clone()), chain.transact(tx));
}

#[test]
fn a_large_program_is_traced() {
    let (chain, program, result) = deployed(7);
    let tx = Transaction::call(ALICE, program, vec![]);
    let (outcome, frame) = chain.trace_frames(&tx, TraceAs::Call);
    assert_eq!(outcome.output, result);
    let frame = frame.unwrap();
    let calls = &frame.program.as_ref().unwrap().host_calls;
    let names: Vec<&str> = calls.iter().map(|call| call.name).collect();
    assert_eq!(names, ["write_result"]);
    let shown = call_tracer(&frame, false, false);
    assert_eq!(
        shown["output"],
        alloy_primitives::hex::encode_prefixed(&result)
    );
}

#[test]
fn prepared_large_programs_are_deployed_as_ever() {
    let (wasm, result) = large(THREE_FRAGMENTS, 8);
    let mut chain = chain();
    chain.prepare_programs(&[&wasm]);
    let program = chain.deploy_program(ALICE, &wasm).unwrap();
    chain.activate(ALICE, program).unwrap();
    let output = run(&mut chain, program, vec![]).0.output;
    assert_eq!(output[..], result.to_le_bytes());
}

#[test]
fn more_than_four_fragments_are_not_activated() {
    let (wasm, result) = large(11_000, 9);
    assert_eq!(ProgramCode::new(&wasm).fragment_count(), 5);
    let mut chain = chain();
    let program = chain.deploy_program(ALICE, &wasm).unwrap();
    let refused = chain.activate(ALICE, program).unwrap_err();
    assert_eq!((refused.status, refused.output.len()), (Status::Revert, 0));
    crate::common::govern(&mut chain, "setMaxStylusContractFragments(uint8)", 5);
    chain.activate(ALICE, program).unwrap();
    assert_eq!(
        run(&mut chain, program, vec![]).0.output[..],
        result.to_le_bytes()
    );
}

#[test]
fn before_arbos_60_there_is_no_way_to_deploy_it() {
    let (wasm, _) = large(THREE_FRAGMENTS, 10);
    let refused = chain_at(51).deploy_program(ALICE, &wasm).unwrap_err();
    assert_eq!(refused.status, halted("max initcode size exceeded"));
}

#[test]
fn the_stylus_deployer_creates_and_activates_a_root() {
    let (wasm, result) = large(THREE_FRAGMENTS, 11);
    let mut chain = chain();
    chain.preload_tools();
    let code = fragmented(&wasm);
    let parts: Vec<Address> = code
        .fragments()
        .iter()
        .map(|fragment| chain.deploy(ALICE, deployment_code(fragment)).unwrap())
        .collect();
    let root = deployment_code(&code.root(&parts));
    let call = deployCall {
        bytecode: root.clone(),
        initData: Default::default(),
        initValue: U256::ZERO,
        salt: B256::repeat_byte(1),
    };
    let tx = Transaction::call(ALICE, STYLUS_DEPLOYER, call.abi_encode()).with_value(ether(1));
    let outcome = chain.transact(tx);
    assert!(outcome.is_success(), "{:?}", outcome.status);
    let program = deployCall::abi_decode_returns(&outcome.output).unwrap();
    let salt = keccak256(B256::repeat_byte(1));
    assert_eq!(program, STYLUS_DEPLOYER.create2(salt, keccak256(&root)));
    assert_eq!(
        run(&mut chain, program, vec![]).0.output[..],
        result.to_le_bytes()
    );
}
