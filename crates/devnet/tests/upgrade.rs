//! What ArbOS 61 is: versions, parameters, methods, and the way there from 51.

use alloy_primitives::keccak256;
use inkhorn_chain::{Address, Chain, Outcome, Status, Transaction, B256, U256};

use crate::common::modules::{self, bytes};
use crate::common::{
    chain, chain_at, execution_gas, govern, halted, method, precompile, program, run, word, ALICE,
    ARB_OWNER, ARB_WASM, ARB_WASM_CACHE,
};

const ARB_SYS: Address = precompile(0x64);
const ARB_OWNER_PUBLIC: Address = precompile(0x6b);
const FILTERED: Address = precompile(0x74);

fn ask(chain: &mut Chain, at: Address, signature: &str, arguments: &[U256]) -> Outcome {
    chain.call(Transaction::call(ALICE, at, method(signature, arguments)))
}

/// The only word that a method returns.
fn number(chain: &mut Chain, at: Address, signature: &str) -> u64 {
    let outcome = ask(chain, at, signature, &[]);
    assert!(outcome.is_success(), "{signature}: {:?}", outcome.status);
    assert_eq!(outcome.output.len(), 32, "{signature}");
    U256::from_be_slice(&outcome.output).to()
}

/// The word that holds the parameters of Stylus, in the slot where Nitro has it: the first of space 0 within space 8.
fn params(chain: &Chain) -> U256 {
    let arbos = "0xa4b05fffffffffffffffffffffffffffffffffff".parse();
    let space = keccak256([keccak256([8]).as_slice(), &[0]].concat());
    let mut slot = keccak256([space.as_slice(), &[0; 31]].concat());
    slot[31] = 0;
    chain.storage(arbos.unwrap(), slot.into())
}

/// Lets [`ALICE`] schedule an upgrade.
fn schedule(chain: &mut Chain, version: u64, time: u64) {
    chain.add_chain_owner(ALICE);
    let outcome = chain.transact(Transaction::call(
        ALICE,
        ARB_OWNER,
        method(
            "scheduleArbOSUpgrade(uint64,uint64)",
            &[U256::from(version), U256::from(time)],
        ),
    ));
    assert!(outcome.is_success());
}

#[test]
fn fact_68_arb_sys_tells_the_version() {
    for (version, told) in [(51, 106), (59, 114), (60, 115), (61, 116)] {
        let mut chain = chain_at(version);
        assert_eq!(number(&mut chain, ARB_SYS, "arbOSVersion()"), told);
    }
    assert_eq!(chain().config().arbos_version, 61);
}

#[test]
fn fact_69_stylus_has_version_3() {
    let mut chain = chain();
    assert_eq!(number(&mut chain, ARB_WASM, "stylusVersion()"), 3);
    let echo = chain.deploy_program(ALICE, &bytes(modules::ECHO)).unwrap();
    assert_eq!(chain.activate(ALICE, echo).unwrap().version, 3);
    let version = ask(
        &mut chain,
        ARB_WASM,
        "programVersion(address)",
        &[echo.into_word().into()],
    );
    assert_eq!(*version.output, *word(3));
}

#[test]
fn fact_70_the_parameters_are_packed_as_in_a_node() {
    let known = [
        (
            61,
            "0x0003002710000055f0000203e80080450b3232016d001f002000040000040000",
        ),
        (
            51,
            "0x0002002710000055f0000203e80080450b3232016d001f002000020000000000",
        ),
    ];
    for (version, packed) in known {
        let packed: B256 = packed.parse().unwrap();
        assert_eq!(B256::from(params(&chain_at(version))), packed, "{version}");
    }
}

#[test]
fn fact_71_an_upgrade_in_one_step_gives_what_a_new_chain_has() {
    let mut upgraded = chain_at(51);
    govern(&mut upgraded, "setWasmMaxSize(uint32)", 1_000_000);
    schedule(&mut upgraded, 61, 0);
    let here = upgraded.call_in_latest(Transaction::call(
        ALICE,
        ARB_SYS,
        method("arbOSVersion()", &[]),
    ));
    assert_eq!(
        *here.output,
        *word(106),
        "the block itself is the last of 51"
    );
    assert_eq!(number(&mut upgraded, ARB_SYS, "arbOSVersion()"), 116);
    upgraded.mine();
    assert_eq!(upgraded.config().arbos_version, 61);
    assert_eq!(params(&upgraded), params(&chain()));
}

#[test]
fn fact_71_an_upgrade_keeps_what_owners_changed() {
    let mut upgraded = chain_at(51);
    govern(&mut upgraded, "setInkPrice(uint32)", 9_999);
    schedule(&mut upgraded, 61, 0);
    upgraded.mine();
    assert_eq!(number(&mut upgraded, ARB_WASM, "inkPrice()"), 9_999);
    assert_eq!(number(&mut upgraded, ARB_WASM, "stylusVersion()"), 3);
    let mut fresh = chain();
    govern(&mut fresh, "setInkPrice(uint32)", 9_999);
    assert_eq!(params(&upgraded), params(&fresh));
}

#[test]
fn an_upgrade_waits_for_its_time() {
    let mut chain = chain_at(51);
    let time = chain.now() + 60;
    schedule(&mut chain, 61, time);
    let scheduled = |chain: &mut Chain| {
        let outcome = ask(chain, ARB_OWNER_PUBLIC, "getScheduledUpgrade()", &[]);
        outcome.output
    };
    chain.advance(59);
    chain.mine();
    assert_eq!(chain.config().arbos_version, 51);
    assert_eq!(*scheduled(&mut chain), *[word(61), word(time)].concat());
    chain.advance(1);
    chain.mine();
    assert_eq!(chain.config().arbos_version, 61);
    assert_eq!(*scheduled(&mut chain), *[word(0), word(0)].concat());
}

#[test]
fn upgrades_go_neither_back_nor_where_nobody_has_been() {
    let mut chain = chain();
    schedule(&mut chain, 51, 0);
    chain.mine();
    assert_eq!(chain.config().arbos_version, 61);
    let unknown = [U256::from(62), U256::ZERO];
    let call = method("scheduleArbOSUpgrade(uint64,uint64)", &unknown);
    let refused = chain.transact(Transaction::call(ALICE, ARB_OWNER, call));
    assert_eq!(refused.status, Status::Revert);
}

#[test]
fn fact_72_programs_of_51_wait_for_another_activation() {
    let mut chain = chain_at(51);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    chain.cache_program(echo);
    assert!(run(&mut chain, echo, vec![1]).0.is_success());
    schedule(&mut chain, 61, 0);
    let outcome = chain.transact(Transaction::call(ALICE, echo, vec![1]));
    let reason = halted("error ProgramNeedsUpgrade(2, 3)");
    assert_eq!((outcome.status, outcome.gas_used), (reason, 32_000_000));
    let refusal = [&[0x63, 0x7d, 0x96, 0x8f][..], &word(2), &word(3)].concat();
    let address = [U256::from_be_slice(echo.as_slice())];
    let hash: [U256; 1] = [chain.code_hash(echo).into()];
    for (signature, arguments) in [
        ("programVersion(address)", &address),
        ("programInitGas(address)", &address),
        ("programMemoryFootprint(address)", &address),
        ("programTimeLeft(address)", &address),
        ("codehashVersion(bytes32)", &hash),
        ("codehashAsmSize(bytes32)", &hash),
        ("codehashKeepalive(bytes32)", &hash),
    ] {
        let outcome = ask(&mut chain, ARB_WASM, signature, arguments);
        assert_eq!(*outcome.output, *refusal, "{signature}");
    }
    chain.add_cache_manager(ALICE);
    let outcome = ask(
        &mut chain,
        ARB_WASM_CACHE,
        "cacheProgram(address)",
        &address,
    );
    assert_eq!(*outcome.output, *refusal);
    assert_eq!(chain.activate(ALICE, echo).unwrap().version, 3);
    assert_eq!(run(&mut chain, echo, vec![1]).0.output[..], [1]);
    let cached = ask(
        &mut chain,
        ARB_WASM_CACHE,
        "codehashIsCached(bytes32)",
        &hash,
    );
    assert_eq!(*cached.output, *word(1));
}

#[test]
fn fact_73_anyone_may_ask_for_the_number_of_fragments() {
    let call = Transaction::call(
        ALICE,
        ARB_OWNER_PUBLIC,
        method("getMaxStylusContractFragments()", &[]),
    );
    for version in [60, 61] {
        let outcome = chain_at(version).transact(call.clone());
        assert_eq!(*outcome.output, *word(4));
        assert_eq!(execution_gas(&outcome, &call), 903);
    }
    let outcome = chain_at(59).transact(call);
    assert_eq!(
        (outcome.status, outcome.gas_used),
        (Status::Revert, 32_000_000)
    );
}

#[test]
fn fact_74_the_parameters_are_those_of_arbitrum_one() {
    let mut chain = chain();
    for (signature, value) in [
        ("inkPrice()", 10_000),
        ("maxStackDepth()", 22_000),
        ("freePages()", 2),
        ("pageGas()", 1_000),
        ("pageLimit()", 128),
        ("initCostScalar()", 100),
        ("expiryDays()", 365),
        ("keepaliveDays()", 31),
        ("blockCacheSize()", 32),
        ("activationGas()", 0),
    ] {
        assert_eq!(
            number(&mut chain, ARB_WASM, signature),
            value,
            "{signature}"
        );
    }
    let minima = ask(&mut chain, ARB_WASM, "minInitGas()", &[]);
    assert_eq!(*minima.output, *[word(8_832), word(352)].concat());
    assert_eq!(chain.config().base_fee, 20_000_000);
}

#[test]
fn fact_75_versions_2_and_3_meter_alike() {
    let [old, new] = [51, 61].map(|version| {
        let mut chain = chain_at(version);
        [
            modules::IF_ELSE,
            modules::LOOP,
            modules::CALLS,
            modules::BULK,
            modules::ECHO,
        ]
        .map(|module| {
            let wasm = bytes(module);
            let check = chain.check_program(&wasm).unwrap();
            let program = program(&mut chain, &wasm);
            let (_, report) = run(&mut chain, program, vec![1; 40]);
            (check, report.ink_used, report.entry_gas)
        })
    });
    assert_eq!(old, new);
}

#[test]
fn fact_76_the_contract_that_filters_has_code_from_60_on() {
    assert_eq!(chain_at(59).code(FILTERED).len(), 0);
    assert_eq!(chain_at(60).code(FILTERED)[..], [0xfe]);
    assert_eq!(chain().code(FILTERED)[..], [0xfe]);
    let mut upgraded = chain_at(51);
    schedule(&mut upgraded, 61, 0);
    upgraded.mine();
    assert_eq!(upgraded.code(FILTERED)[..], [0xfe]);
}

#[test]
fn fact_104_the_activation_gas_can_be_asked_for_from_59_on() {
    let call = Transaction::call(ALICE, ARB_WASM, method("activationGas()", &[]));
    let outcome = chain_at(51).transact(call.clone());
    assert_eq!(
        (outcome.status, outcome.gas_used),
        (Status::Revert, 32_000_000)
    );
    for version in [59, 60, 61] {
        assert_eq!(*chain_at(version).transact(call.clone()).output, *word(0));
    }
}

#[test]
fn a_scheduled_upgrade_is_a_part_of_a_dump() {
    let mut chain = chain_at(51);
    let time = chain.now() + 60;
    schedule(&mut chain, 61, time);
    let mut loaded = Chain::restore(chain.to_dump()).unwrap();
    loaded.set_time(time);
    loaded.mine();
    assert_eq!(loaded.config().arbos_version, 61);
    let inactive = loaded.deploy_program(ALICE, &bytes(modules::ECHO)).unwrap();
    let outcome = loaded.call(Transaction::call(ALICE, inactive, vec![]));
    assert_eq!(outcome.status, halted("error ProgramNotActivated()"));
}
