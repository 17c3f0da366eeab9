//! A program's life: activation, fee, events, expiry, keepalive, cache, upgrades.

use crate::common::modules::{self, bytes};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{
    chain, chain_at, error, ether, execution_gas, govern, halted, program, run, view, wat_program,
    ALICE, ARB_WASM, ARB_WASM_CACHE,
};
use alloy_sol_types::{sol, SolCall, SolError, SolEvent};
use inkhorn_chain::{Address, Chain, Outcome, Status, Transaction, B256, U256};

sol! {
    function activateProgram(address program) returns (uint16 version, uint256 dataFee);
    function programInitGas(address program) returns (uint64 gas, uint64 cached);
    function programVersion(address program) returns (uint16);
    function programTimeLeft(address program) returns (uint64);
    function programMemoryFootprint(address program) returns (uint16);
    function codehashVersion(bytes32 codehash) returns (uint16);
    function codehashAsmSize(bytes32 codehash) returns (uint32);
    function codehashKeepalive(bytes32 codehash);
    function minInitGas() returns (uint64 gas, uint64 cached);
    function initCostScalar() returns (uint64);
    function stylusVersion() returns (uint16);
    function cacheProgram(address program);
    function cacheCodehash(bytes32 codehash);
    function evictCodehash(bytes32 codehash);
    function codehashIsCached(bytes32 codehash) returns (bool);
    function isCacheManager(address manager) returns (bool);
    function allCacheManagers() returns (address[] managers);

    event ProgramActivated(bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version);
    event ProgramLifetimeExtended(bytes32 indexed codehash, uint256 dataFee);
    event UpdateProgramCache(address indexed manager, bytes32 indexed codehash, bool cached);

    error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
    error ProgramExpired(uint64 age);
    error ProgramKeepaliveTooSoon(uint64 age);
    error ProgramInsufficientValue(uint256 have, uint256 want);
}

const YEAR: u64 = 365 * 86_400;

fn ask<C: SolCall>(chain: &mut Chain, call: C) -> C::Return {
    view(chain, ARB_WASM, call)
}

fn query(chain: &mut Chain, call: impl SolCall) -> Outcome {
    chain.call(Transaction::call(ALICE, ARB_WASM, call.abi_encode()))
}

fn send(chain: &mut Chain, to: Address, call: impl SolCall, value: U256) -> Outcome {
    let tx = Transaction::call(ALICE, to, call.abi_encode()).with_value(value);
    chain.transact(tx)
}

fn activation(program: Address) -> activateProgramCall {
    activateProgramCall { program }
}

fn deployed(chain: &mut Chain) -> Address {
    chain.deploy_program(ALICE, &bytes(modules::ECHO)).unwrap()
}

#[test]
fn fact_40_an_inactive_program_cannot_be_called() {
    let mut chain = chain();
    let echo = deployed(&mut chain);
    let (reason, limit) = (halted("error ProgramNotActivated()"), 32_000_000);
    let outcome = chain.transact(Transaction::call(ALICE, echo, vec![1]));
    assert_eq!((outcome.status, outcome.gas_used), (reason, limit));
}

#[test]
fn fact_40_activation_holds_for_all_accounts_with_the_code() {
    let mut chain = chain();
    let (first, second) = (deployed(&mut chain), deployed(&mut chain));
    chain.activate(ALICE, first).unwrap();
    assert_eq!(run(&mut chain, second, vec![7]).0.output[..], [7]);
}

#[test]
fn fact_40_a_revert_undoes_an_activation() {
    let mut chain = chain();
    let caller = interpreter(&mut chain);
    chain.fund(caller, ether(2));
    let echo = deployed(&mut chain);
    let value = 1_000_000_000_000_000_000;
    let activate = Script::new().call(Kind::Call, ARB_WASM, value, activation(echo).abi_encode());
    let use_it = activate.clone().call(Kind::Call, echo, 0, vec![9]);
    let outcome = chain.transact(Transaction::call(ALICE, caller, use_it.clone().exit(1)));
    assert_eq!(outcome.status, Status::Revert);
    assert_eq!(
        outcome.output.last_chunk(),
        Some(&[0, 9]),
        "it was active in the transaction"
    );
    assert_eq!(
        query(&mut chain, programVersionCall { program: echo }).output,
        error("ProgramNotActivated()")
    );
    assert!(chain
        .transact(Transaction::call(ALICE, caller, use_it))
        .is_success());
    assert_eq!(ask(&mut chain, programVersionCall { program: echo }), 3);
}

#[test]
fn fact_41_a_program_is_activated_once() {
    let mut chain = chain();
    let echo = deployed(&mut chain);
    chain.activate(ALICE, echo).unwrap();
    let again = chain.activate(ALICE, echo).unwrap_err();
    assert_eq!(
        (again.status, again.output),
        (Status::Revert, error("ProgramUpToDate()"))
    );
    assert!(again.gas_used < 2_000_000, "unused gas is kept");
}

#[test]
fn fact_41_an_upgrade_of_stylus_deactivates_every_program() {
    let mut chain = chain_at(30);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    assert_eq!(ask(&mut chain, programVersionCall { program: echo }), 1);
    assert!(run(&mut chain, echo, vec![1]).0.is_success());
    chain.upgrade_arbos(31);
    let outcome = chain.call(Transaction::call(ALICE, echo, vec![1]));
    assert_eq!(outcome.status, halted("error ProgramNeedsUpgrade(1, 2)"));
    let wanted = ProgramNeedsUpgrade {
        version: 1,
        stylusVersion: 2,
    }
    .abi_encode();
    assert_eq!(
        query(&mut chain, programVersionCall { program: echo })
            .output
            .to_vec(),
        wanted
    );
    chain.activate(ALICE, echo).unwrap();
    assert!(run(&mut chain, echo, vec![1]).0.is_success());
}

#[test]
fn stylus_version_1_folds_the_cached_cost_into_the_other() {
    let mut chain = chain_at(30);
    let check = chain.check_program(&bytes(modules::ECHO)).unwrap();
    assert_eq!(
        (check.init_cost, check.cached_cost, check.activation_gas),
        (37, 11, 62_972)
    );
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let gas = ask(&mut chain, programInitGasCall { program: echo });
    assert_eq!((gas.gas, gas.cached), (9_216 + 37, 352 + 11));
    let (_, report) = run(&mut chain, echo, vec![1]);
    assert_eq!(report.entry_gas, 9_216 + 37);
}

#[test]
fn fact_42_activation_emits_its_event_and_nothing_else() {
    let mut chain = chain();
    let echo = deployed(&mut chain);
    let outcome = send(&mut chain, ARB_WASM, activation(echo), ether(1));
    assert_eq!(outcome.logs.len(), 1);
    assert_eq!(outcome.logs[0].address, ARB_WASM);
    let event = ProgramActivated::decode_log(&outcome.logs[0]).unwrap();
    let topic: B256 = "0xc0e812780707128d9a180db8ee4d1c1f1300b6dd0626d577b5d9ac759b76253c"
        .parse()
        .unwrap();
    assert_eq!(ProgramActivated::SIGNATURE_HASH, topic);
    assert_eq!(
        (event.codehash, event.program),
        (chain.code_hash(echo), echo)
    );
    assert_eq!(event.version, 3);
    assert_ne!(event.moduleHash, B256::ZERO);
    let returned = activateProgramCall::abi_decode_returns(&outcome.output).unwrap();
    assert_eq!((returned.version, returned.dataFee), (3, event.dataFee));
}

#[test]
fn fact_43_the_data_fee_is_paid_and_the_rest_returned() {
    let mut chain = chain();
    let echo = deployed(&mut chain);
    let before = chain.balance(ALICE);
    let outcome = send(&mut chain, ARB_WASM, activation(echo), ether(1));
    let fee = activateProgramCall::abi_decode_returns(&outcome.output)
        .unwrap()
        .dataFee;
    let gas = U256::from(outcome.gas_used * chain.config().base_fee);
    assert_eq!(chain.balance(ALICE), before - fee - gas);
    assert_eq!(chain.balance(ARB_WASM), U256::ZERO);
    assert!(outcome.gas_used >= 1_659_168);
}

#[test]
fn fact_43_too_little_value_is_refused_with_the_numbers() {
    let mut chain = chain();
    let echo = deployed(&mut chain);
    let outcome = send(&mut chain, ARB_WASM, activation(echo), U256::from(7));
    assert_eq!(outcome.status, Status::Revert);
    let refused = ProgramInsufficientValue::abi_decode(&outcome.output).unwrap();
    assert_eq!(refused.have, U256::from(7));
    assert!(refused.want > U256::from(40_000_000_000_000u64));
    assert_eq!(
        query(&mut chain, programVersionCall { program: echo }).output,
        error("ProgramNotActivated()")
    );
}

#[test]
fn only_programs_can_be_activated() {
    let mut chain = chain_at(51);
    let evm = crate::common::deploy(&mut chain, "00");
    let outcome = send(&mut chain, ARB_WASM, activation(evm), ether(1));
    assert_eq!((outcome.status, outcome.output.len()), (Status::Revert, 0));
    assert!(outcome.gas_used < 2_000_000);
    let outcome = send(&mut chain, ARB_WASM, activation(Address::ZERO), ether(1));
    assert_eq!(outcome.output, error("ProgramNotWasm()"));
    chain.upgrade_arbos(61);
    let outcome = send(&mut chain, ARB_WASM, activation(evm), ether(1));
    assert_eq!(outcome.output, error("ProgramNotWasm()"));
}

#[test]
fn a_module_too_large_to_unpack_reverts_without_data() {
    let mut chain = chain();
    let mut wasm = bytes(modules::ECHO).to_vec();
    // One custom section fills the module up to a byte more than is allowed.
    let content = 262_144 + 1 - wasm.len() - 4;
    wasm.extend([
        0,
        0x80 | (content & 0x7f) as u8,
        0x80 | (content >> 7 & 0x7f) as u8,
        (content >> 14) as u8,
    ]);
    wasm.extend(vec![0; content]);
    assert_eq!(wasm.len(), 262_145);
    let large = chain.deploy_program(ALICE, &wasm).unwrap();
    let outcome = chain.activate(ALICE, large).unwrap_err();
    assert_eq!((outcome.status, outcome.output.len()), (Status::Revert, 0));
    assert!(outcome.gas_used < 2_000_000);
}

#[test]
fn fact_39_open_pages_count_against_an_activation() {
    let mut chain = chain();
    let large = wat_wasm(120);
    let large = chain.deploy_program(ALICE, &large).unwrap();
    let value = 1_000_000_000_000_000_000;
    let call = || Script::new().call(Kind::Call, ARB_WASM, value, activation(large).abi_encode());
    let holder = wat_program(
        &mut chain,
        &format!(
            r#"(module {} (memory (export "memory") 9 9)
                (func (export "user_entrypoint") (param i32) (result i32)
                    (call $read_args (i32.const 0))
                    (call $call_contract (i32.const 0) (i32.const 52) (i32.const 36) (i32.const 20) (i64.const -1) (i32.const 100))))"#,
            crate::common::probe::IMPORTS
        ),
    );
    chain.fund(holder, ether(2));
    let input = [
        ARB_WASM.to_vec(),
        U256::from(value).to_be_bytes::<32>().to_vec(),
        activation(large).abi_encode(),
    ]
    .concat();
    let outcome = chain.transact(Transaction::call(ALICE, holder, input));
    assert_eq!(outcome.status, Status::Revert);
    assert!(outcome.gas_used > 31_000_000, "all gas is consumed");
    let caller = interpreter(&mut chain);
    chain.fund(caller, ether(2));
    let outcome = chain.transact(Transaction::call(ALICE, caller, call()));
    assert_eq!(outcome.output[0], 0);
    assert_eq!(
        ask(&mut chain, programMemoryFootprintCall { program: large }),
        120
    );
}

/// A module with so many pages.
fn wat_wasm(pages: u32) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module (memory (export "memory") {pages} {pages})
            (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#
    ))
    .unwrap()
}

#[test]
fn programs_expire_after_a_year() {
    let mut chain = chain();
    let start = chain.now() - (chain.now() - 1_421_388_000) % 3_600;
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let codehash = chain.code_hash(echo);
    assert_eq!(
        ask(&mut chain, programTimeLeftCall { program: echo }),
        YEAR - (chain.now() - start)
    );
    chain.set_time(start + YEAR);
    assert!(run(&mut chain, echo, vec![1]).0.is_success());
    assert_eq!(ask(&mut chain, programTimeLeftCall { program: echo }), 0);
    chain.advance(1);
    let age = YEAR + 1;
    let outcome = chain.call(Transaction::call(ALICE, echo, vec![1]));
    assert_eq!(
        outcome.status,
        halted(&format!("error ProgramExpired({age})"))
    );
    let expired = ProgramExpired { age }.abi_encode();
    assert_eq!(
        query(&mut chain, codehashVersionCall { codehash })
            .output
            .to_vec(),
        expired
    );
    let late = send(
        &mut chain,
        ARB_WASM,
        codehashKeepaliveCall { codehash },
        ether(1),
    );
    assert_eq!(late.output.to_vec(), expired);
    chain.activate(ALICE, echo).unwrap();
    assert!(run(&mut chain, echo, vec![1]).0.is_success());
}

#[test]
fn a_keepalive_extends_a_life_after_a_month() {
    let mut chain = chain();
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let codehash = chain.code_hash(echo);
    let keepalive = || codehashKeepaliveCall { codehash };
    let early = send(&mut chain, ARB_WASM, keepalive(), ether(1));
    let refused = ProgramKeepaliveTooSoon::abi_decode(&early.output).unwrap();
    assert!(refused.age < 3_600);
    chain.advance(31 * 86_400);
    let before = chain.balance(ALICE);
    let outcome = send(&mut chain, ARB_WASM, keepalive(), ether(1));
    assert!(outcome.is_success());
    let event = ProgramLifetimeExtended::decode_log(&outcome.logs[0]).unwrap();
    assert_eq!(event.codehash, codehash);
    assert_eq!(ProgramLifetimeExtended::SIGNATURE_HASH.0[..2], [0x03, 0x80]);
    let gas = U256::from(outcome.gas_used * chain.config().base_fee);
    assert_eq!(chain.balance(ALICE), before - event.dataFee - gas);
    assert!(ask(&mut chain, programTimeLeftCall { program: echo }) > YEAR - 3_600);
    let size = ask(&mut chain, codehashAsmSizeCall { codehash });
    assert_eq!(size, 513_838u32.div_ceil(1_024) * 1_024);
}

#[test]
fn fact_44_a_cached_program_costs_less_to_enter() {
    let mut chain = chain();
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let gas = ask(&mut chain, programInitGasCall { program: echo });
    assert_eq!((gas.gas, gas.cached), (8_832 + 26 + 352 + 11, 352 + 11));
    let uncached = run(&mut chain, echo, vec![1]).0.gas_used;
    chain.cache_program(echo);
    let cached = run(&mut chain, echo, vec![1]).0.gas_used;
    assert_eq!(uncached - cached, gas.gas - gas.cached);
}

#[test]
fn fact_44_cache_managers_cache_and_evict() {
    let mut chain = chain();
    let echo = deployed(&mut chain);
    let codehash = chain.code_hash(echo);
    let cache = || cacheProgramCall { program: echo };
    let evict = || evictCodehashCall { codehash };
    let is_cached = |chain: &mut Chain| {
        let call = codehashIsCachedCall { codehash }.abi_encode();
        let outcome = chain.call(Transaction::call(ALICE, ARB_WASM_CACHE, call));
        codehashIsCachedCall::abi_decode_returns(&outcome.output).unwrap()
    };
    let stranger = send(&mut chain, ARB_WASM_CACHE, cache(), U256::ZERO);
    assert_eq!(
        (stranger.status, stranger.gas_used),
        (Status::Revert, 32_000_000)
    );
    chain.add_cache_manager(ALICE);
    let inactive = send(&mut chain, ARB_WASM_CACHE, cache(), U256::ZERO);
    let wanted = ProgramNeedsUpgrade {
        version: 0,
        stylusVersion: 3,
    }
    .abi_encode();
    assert_eq!(inactive.output.to_vec(), wanted);
    assert!(send(&mut chain, ARB_WASM_CACHE, evict(), U256::ZERO).is_success());
    chain.activate(ALICE, echo).unwrap();
    let outcome = send(&mut chain, ARB_WASM_CACHE, cache(), U256::ZERO);
    let event = UpdateProgramCache::decode_log(&outcome.logs[0]).unwrap();
    assert_eq!(
        (event.manager, event.codehash, event.cached),
        (ALICE, codehash, true)
    );
    assert!(is_cached(&mut chain));
    let again = send(&mut chain, ARB_WASM_CACHE, cache(), U256::ZERO);
    assert!(again.is_success() && again.logs.is_empty());
    assert_eq!(
        send(&mut chain, ARB_WASM_CACHE, evict(), U256::ZERO)
            .logs
            .len(),
        1
    );
    assert!(!is_cached(&mut chain));
    let by_hash = cacheCodehashCall { codehash };
    assert!(!send(&mut chain, ARB_WASM_CACHE, by_hash, U256::ZERO).is_success());
}

#[test]
fn caching_and_evicting_look_the_module_up() {
    let mut chain = chain();
    let echo = program(&mut chain, &bytes(modules::ECHO));
    chain.add_cache_manager(ALICE);
    let codehash = chain.code_hash(echo);
    let gas = |chain: &mut Chain, call: Vec<u8>| {
        let tx = Transaction::call(ALICE, ARB_WASM_CACHE, call);
        let outcome = chain.transact(tx.clone());
        assert!(outcome.is_success());
        execution_gas(&outcome, &tx)
    };
    // Argument, state, manager, parameters and record, event, initial cost, module, record.
    let change = 3 + 800 + 800 + 900 + (375 * 4 + 8 * 32) + 26 + 800 + 20_000;
    let cache = cacheProgramCall { program: echo }.abi_encode();
    assert_eq!(gas(&mut chain, cache), change + 2_600);
    let evict = evictCodehashCall { codehash }.abi_encode();
    assert_eq!(gas(&mut chain, evict), change);
}

#[test]
fn fact_45_owners_set_the_parameters() {
    let mut chain = chain();
    let both = [U256::from(1), U256::from(1)]
        .map(|w| w.to_be_bytes::<32>())
        .concat();
    let selector = &alloy_primitives::keccak256("setWasmMinInitGas(uint8,uint16)")[..4];
    let call = [selector, &both].concat();
    let refused = chain.transact(Transaction::call(
        ALICE,
        crate::common::ARB_OWNER,
        call.clone(),
    ));
    assert_eq!(
        (refused.status, refused.gas_used),
        (Status::Revert, 32_000_000)
    );
    chain.add_chain_owner(ALICE);
    let outcome = chain.transact(Transaction::call(ALICE, crate::common::ARB_OWNER, call));
    assert!(outcome.is_success());
    let gas = ask(&mut chain, minInitGasCall {});
    assert_eq!((gas.gas, gas.cached), (128, 32));
    govern(&mut chain, "setWasmInitCostScalar(uint64)", 4);
    assert_eq!(ask(&mut chain, initCostScalarCall {}), 4);
    assert_eq!(ask(&mut chain, stylusVersionCall {}), 3);
}

#[test]
fn recent_programs_count_as_cached_within_a_block_from_arbos_60_on() {
    let mut chain = chain_at(60);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let tx = Transaction::call(ALICE, echo, vec![1]);
    let outcomes = chain.transact_batch(vec![tx.clone(), tx.clone()]);
    assert_eq!(outcomes[0].gas_used - outcomes[1].gas_used, 8_832 + 26);
    assert_eq!(chain.transact(tx).gas_used, outcomes[0].gas_used);
}

#[test]
fn queries_about_managers() {
    let mut chain = chain();
    let manager = Address::repeat_byte(0x66);
    let ask = |chain: &mut Chain| {
        let call = isCacheManagerCall { manager }.abi_encode();
        let outcome = chain.call(Transaction::call(ALICE, ARB_WASM_CACHE, call));
        isCacheManagerCall::abi_decode_returns(&outcome.output).unwrap()
    };
    assert!(!ask(&mut chain));
    chain.add_cache_manager(manager);
    assert!(ask(&mut chain));
    let call = allCacheManagersCall {}.abi_encode();
    let outcome = chain.call(Transaction::call(ALICE, ARB_WASM_CACHE, call));
    let managers = allCacheManagersCall::abi_decode_returns(&outcome.output).unwrap();
    assert_eq!(managers, [manager]);
}
