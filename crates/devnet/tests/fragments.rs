//! Programs in fragments, from ArbOS 60 on.

use crate::common::modules::{self, bytes};
use crate::common::{chain, chain_with, init_code, precompile, run, word, ALICE};
use smirk_devnet::{Address, Chain, ChainConfig, Outcome, Transaction};

fn later() -> Chain {
    chain_with(ChainConfig {
        arbos_version: 60,
        ..ChainConfig::default()
    })
}

/// Brotli stream of a program.
fn stream(chain: &Chain) -> Vec<u8> {
    let mut scratch = chain.clone();
    let program = scratch
        .deploy_program(ALICE, &bytes(modules::ECHO))
        .unwrap();
    scratch.code(program)[4..].to_vec()
}

fn fragment(chain: &mut Chain, payload: &[u8]) -> Address {
    let code = [&[0xef, 0xf0, 0x01], payload].concat();
    chain.deploy(ALICE, init_code(&code)).unwrap()
}

/// Deploys a root of these fragments that declares a dictionary and a length.
fn root(chain: &mut Chain, fragments: &[Address], dictionary: u8, length: u32) -> Address {
    let mut code = vec![0xef, 0xf0, 0x02, dictionary];
    code.extend(length.to_be_bytes());
    fragments.iter().for_each(|fragment| code.extend(fragment));
    chain.deploy(ALICE, init_code(&code)).unwrap()
}

const LENGTH: u32 = 131;

/// A chain with the fragments that the program was cut into.
fn cut(pieces: usize) -> (Chain, Vec<Address>) {
    let mut chain = later();
    let stream = stream(&chain);
    let size = stream.len().div_ceil(pieces);
    let parts = stream
        .chunks(size)
        .map(|part| fragment(&mut chain, part))
        .collect();
    (chain, parts)
}

fn activated(chain: &mut Chain, root: Address) -> Result<(), Outcome> {
    chain.activate(ALICE, root).map(drop)
}

#[test]
fn fact_67_one_or_two_fragments_make_a_program() {
    for pieces in [1, 2] {
        let (mut chain, parts) = cut(pieces);
        assert_eq!(parts.len(), pieces);
        let root = root(&mut chain, &parts, 0, LENGTH);
        activated(&mut chain, root).unwrap();
        assert_eq!(run(&mut chain, root, vec![8]).0.output[..], [8]);
    }
}

#[test]
fn fact_67_none_or_three_do_not() {
    let (mut chain, parts) = cut(3);
    let three = root(&mut chain, &parts, 0, LENGTH);
    assert!(activated(&mut chain, three).is_err());
    let none = root(&mut chain, &[], 0, LENGTH);
    assert!(activated(&mut chain, none).is_err());
    crate::common::govern(&mut chain, "setMaxStylusContractFragments(uint8)", 3);
    activated(&mut chain, three).unwrap();
}

#[test]
fn fact_67_order_dictionary_and_length_must_be_right() {
    let (mut chain, parts) = cut(2);
    let reversed: Vec<_> = parts.iter().rev().copied().collect();
    for (fragments, dictionary, length) in [
        (&reversed, 0, LENGTH),
        (&parts, 1, LENGTH),
        (&parts, 2, LENGTH),
        (&parts, 0, LENGTH - 1),
        (&parts, 0, LENGTH + 1),
        (&parts, 0, 131_073),
    ] {
        let wrong = root(&mut chain, fragments, dictionary, length);
        assert!(
            activated(&mut chain, wrong).is_err(),
            "{dictionary} {length}"
        );
    }
    let foreign = root(&mut chain, &[ALICE], 0, LENGTH);
    assert!(activated(&mut chain, foreign).is_err());
}

#[test]
fn fact_67_a_fragment_is_no_program() {
    let (mut chain, parts) = cut(1);
    let refused = activated(&mut chain, parts[0]).unwrap_err();
    assert_eq!(refused.output, crate::common::error("ProgramNotWasm()"));
    let outcome = crate::common::poke(&mut chain, parts[0]);
    assert_eq!(outcome.status, crate::common::halted("invalid opcode"));
}

#[test]
fn fact_67_before_arbos_60_fragments_cannot_be_stored() {
    let mut chain = crate::common::chain();
    for kind in [1, 2] {
        let code = init_code(&[0xef, 0xf0, kind, 0, 0, 0, 0, 0]);
        assert!(chain.deploy(ALICE, code).is_err());
    }
}

#[test]
fn reading_fragments_costs_gas() {
    let (mut chain, parts) = cut(2);
    let split = root(&mut chain, &parts, 0, LENGTH);
    let split = chain.activate(ALICE, split).unwrap().gas_used;
    let mut whole_chain = later();
    let whole = whole_chain
        .deploy_program(ALICE, &bytes(modules::ECHO))
        .unwrap();
    let whole = whole_chain.activate(ALICE, whole).unwrap().gas_used;
    let words: u64 = parts
        .iter()
        .map(|part| (chain.code(*part).len() as u64).div_ceil(32))
        .sum();
    let difference = split.abs_diff(whole + 2 * 2_600 + 3 * words);
    assert!(
        difference < 100,
        "the addresses in the calldata differ a little: {difference}"
    );
}

#[test]
fn arbos_60_tells_what_it_brought() {
    let ask = |chain: &mut Chain, low: u8, signature: &str| {
        let input = alloy_primitives::keccak256(signature)[..4].to_vec();
        chain.call(Transaction::call(ALICE, precompile(low), input))
    };
    let brought = [
        (0x6b, "getMaxStylusContractFragments()", 2),
        (0x71, "activationGas()", 0),
    ];
    for (low, signature, value) in brought {
        assert_eq!(*ask(&mut later(), low, signature).output, *word(value));
        let before = ask(&mut chain(), low, signature);
        assert!(!before.is_success(), "{signature} is new");
    }
    let version = "arbOSVersion()";
    assert_eq!(*ask(&mut later(), 0x64, version).output, *word(55 + 60));
    assert_eq!(*ask(&mut chain(), 0x64, version).output, *word(55 + 51));
}
