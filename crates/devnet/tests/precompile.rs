//! Arbitrum's precompiles that contracts and tools ask, and the rules for calling them.

use crate::common::modules::{self, bytes};
use crate::common::probe::Probe;
use crate::common::relay::{forward, relay};
use crate::common::script::Kind;
use crate::common::{chain, chain_with, ether, precompile, program, ALICE, ARB_OWNER};
use alloy_sol_types::{sol, SolCall};
use inkhorn_chain::{Address, Bytes, Chain, ChainConfig, Status, Transaction, B256, U256};

sol! {
    function arbBlockNumber() returns (uint256);
    function arbBlockHash(uint256 number) returns (bytes32);
    function arbChainID() returns (uint256);
    function arbOSVersion() returns (uint256);
    function mapL1SenderContractAddressToL2Alias(address sender, address unused) returns (address);
    function getBalance(address account) returns (uint256);
    function getCode(address account) returns (bytes);
    function getMinimumGasPrice() returns (uint256);
    function getPricesInWei() returns (uint256, uint256, uint256, uint256, uint256, uint256);
    function isChainOwner(address addr) returns (bool);
    function getAllChainOwners() returns (address[] owners);
    function myCallersAddressWithoutAliasing() returns (address);
    function wasMyCallersAddressAliased() returns (bool);
    function addChainOwner(address newOwner);
    function removeChainOwner(address owner);
    function becomeChainOwner();
    function setInkPrice(uint32 price);
    function inkPrice() returns (uint32);
}

const ARB_SYS: Address = precompile(0x64);
const ARB_INFO: Address = precompile(0x65);
const ARB_OWNER_PUBLIC: Address = precompile(0x6b);
const ARB_GAS_INFO: Address = precompile(0x6c);
const ARB_DEBUG: Address = precompile(0xff);

fn ask<C: SolCall>(chain: &mut Chain, at: Address, call: C) -> C::Return {
    let outcome = chain.call(Transaction::call(ALICE, at, call.abi_encode()));
    assert!(outcome.is_success(), "{:?}", outcome.status);
    C::abi_decode_returns(&outcome.output).unwrap()
}

#[test]
fn arb_sys_knows_the_l2_block_and_the_chain() {
    let mut chain = chain();
    crate::common::deploy(&mut chain, "00");
    crate::common::deploy(&mut chain, "00");
    assert_eq!(
        ask(&mut chain, ARB_SYS, arbBlockNumberCall {}),
        U256::from(3)
    );
    assert_eq!(
        ask(&mut chain, ARB_SYS, arbChainIDCall {}),
        U256::from(412_346)
    );
    assert_eq!(
        ask(&mut chain, ARB_SYS, arbOSVersionCall {}),
        U256::from(116)
    );
    let hash = ask(
        &mut chain,
        ARB_SYS,
        arbBlockHashCall {
            number: U256::from(2),
        },
    );
    assert_ne!(hash, B256::ZERO);
    let future = arbBlockHashCall {
        number: U256::from(3),
    }
    .abi_encode();
    let outcome = chain.call(Transaction::call(ALICE, ARB_SYS, future));
    assert_eq!((outcome.status, outcome.output.len()), (Status::Revert, 68));
}

#[test]
fn aliases_are_the_documented_offset_away() {
    let mut chain = chain();
    let call = mapL1SenderContractAddressToL2AliasCall {
        sender: Address::ZERO,
        unused: Address::ZERO,
    };
    let alias = ask(&mut chain, ARB_SYS, call);
    assert_eq!(
        alias,
        "0x1111000000000000000000000000000000001111"
            .parse::<Address>()
            .unwrap()
    );
}

/// What ArbSys answers at the end of a way through contracts.
fn caller_at_the_end_of(chain: &mut Chain, way: &[(Kind, Address)]) -> Address {
    let mut data = myCallersAddressWithoutAliasingCall {}.abi_encode();
    let mut to = ARB_SYS;
    for (kind, through) in way.iter().rev() {
        data = forward(*kind, to, data);
        to = *through;
    }
    let outcome = chain.call(Transaction::call(ALICE, to, data));
    assert!(outcome.is_success(), "{:?}", outcome.status);
    Address::from_slice(&outcome.output[12..])
}

#[test]
fn arb_sys_names_the_callers_caller_at_every_depth() {
    let mut chain = chain();
    let [a, b, c] = [(); 3].map(|()| relay(&mut chain));
    let call = |to| (Kind::Call, to);
    assert_eq!(caller_at_the_end_of(&mut chain, &[]), Address::ZERO);
    assert_eq!(caller_at_the_end_of(&mut chain, &[call(a)]), ALICE);
    assert_eq!(caller_at_the_end_of(&mut chain, &[call(a), call(b)]), a);
    let deep = [call(a), call(b), call(c)];
    assert_eq!(caller_at_the_end_of(&mut chain, &deep), b);
    let back = [call(a), call(b), call(a)];
    assert_eq!(caller_at_the_end_of(&mut chain, &back), b);
}

#[test]
fn nobodys_address_is_an_alias_without_messages_from_l1() {
    let mut chain = chain();
    let through = relay(&mut chain);
    let question = wasMyCallersAddressAliasedCall {}.abi_encode();
    let data = forward(Kind::Call, ARB_SYS, question);
    let outcome = chain.call(Transaction::call(ALICE, through, data));
    assert_eq!(outcome.output[..], B256::ZERO[..]);
    assert!(!ask(&mut chain, ARB_SYS, wasMyCallersAddressAliasedCall {}));
}

#[test]
fn fact_54_arb_info_gives_the_whole_code_of_a_program() {
    let mut chain = chain();
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let code = ask(&mut chain, ARB_INFO, getCodeCall { account: echo });
    assert_eq!(code, chain.code(echo));
    assert_eq!(code[..4], [0xef, 0xf0, 0, 0]);
    let balance = ask(&mut chain, ARB_INFO, getBalanceCall { account: ALICE });
    assert_eq!(balance, chain.balance(ALICE));
}

#[test]
fn arb_gas_info_gives_the_price_of_gas() {
    let mut chain = chain();
    let price = U256::from(chain.config().base_fee);
    assert_eq!(
        ask(&mut chain, ARB_GAS_INFO, getMinimumGasPriceCall {}),
        price
    );
    assert_eq!(
        ask(&mut chain, ARB_GAS_INFO, getPricesInWeiCall {})._5,
        price
    );
}

#[test]
fn owners_add_and_remove_owners_for_free() {
    let mut chain = chain();
    let bob = Address::repeat_byte(0xb0);
    chain.add_chain_owner(ALICE);
    let add = addChainOwnerCall { newOwner: bob }.abi_encode();
    let outcome = chain.transact(Transaction::call(ALICE, ARB_OWNER, add.clone()));
    let calldata: u64 = add.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    assert_eq!(outcome.gas_used, 21_000 + calldata);
    assert_eq!(
        ask(&mut chain, ARB_OWNER_PUBLIC, getAllChainOwnersCall {}),
        [ALICE, bob]
    );
    let remove = removeChainOwnerCall { owner: ALICE }.abi_encode();
    assert!(chain
        .transact(Transaction::call(ALICE, ARB_OWNER, remove))
        .is_success());
    assert_eq!(
        ask(&mut chain, ARB_OWNER_PUBLIC, getAllChainOwnersCall {}),
        [bob]
    );
    assert!(!ask(
        &mut chain,
        ARB_OWNER_PUBLIC,
        isChainOwnerCall { addr: ALICE }
    ));
}

#[test]
fn anyone_owns_a_debug_chain_who_asks() {
    let mut chain = chain_with(ChainConfig {
        debug: true,
        ..ChainConfig::default()
    });
    let become_owner = becomeChainOwnerCall {}.abi_encode();
    assert!(chain
        .transact(Transaction::call(ALICE, ARB_DEBUG, become_owner.clone()))
        .is_success());
    assert!(ask(
        &mut chain,
        ARB_OWNER_PUBLIC,
        isChainOwnerCall { addr: ALICE }
    ));
    let mut production = crate::common::chain();
    let outcome = production.transact(Transaction::call(ALICE, ARB_DEBUG, become_owner));
    assert_eq!(outcome.status, Status::Revert);
    assert!(!ask(
        &mut production,
        ARB_OWNER_PUBLIC,
        isChainOwnerCall { addr: ALICE }
    ));
}

#[test]
fn ink_prices_have_24_bits_and_are_not_zero() {
    let mut chain = chain();
    chain.add_chain_owner(ALICE);
    let mut set = |price| {
        let call = setInkPriceCall { price }.abi_encode();
        chain
            .transact(Transaction::call(ALICE, ARB_OWNER, call))
            .status
    };
    assert_eq!(set(0), Status::Revert);
    assert_eq!(set(1 << 24), Status::Revert);
    assert_eq!(set(20_000), Status::Success);
    assert_eq!(
        ask(&mut chain, crate::common::ARB_WASM, inkPriceCall {}),
        20_000
    );
}

#[test]
fn calls_that_break_the_rules_lose_their_gas() {
    let mut chain = chain();
    let spoiled = |chain: &mut Chain, data: Vec<u8>, value: u64| {
        let tx = Transaction::call(ALICE, ARB_SYS, data).with_value(U256::from(value));
        let outcome = chain.transact(tx.with_gas(100_000));
        assert_eq!(
            (outcome.status, outcome.gas_used),
            (Status::Revert, 100_000)
        );
    };
    spoiled(&mut chain, vec![], 0);
    spoiled(&mut chain, vec![1, 2, 3], 0);
    spoiled(&mut chain, vec![1, 2, 3, 4], 0);
    spoiled(&mut chain, arbBlockNumberCall {}.abi_encode(), 1);
}

#[test]
fn precompiles_only_act_as_themselves() {
    let mut chain = chain();
    let evm = relay(&mut chain);
    let number = arbBlockNumberCall {}.abi_encode();
    let ask = |kind| forward(kind, ARB_SYS, number.clone());
    assert!(chain
        .call(Transaction::call(ALICE, evm, ask(Kind::Static)))
        .is_success());
    let delegated = chain.call(Transaction::call(ALICE, evm, ask(Kind::Delegate)));
    assert_eq!(delegated.status, Status::Revert);
    chain.add_chain_owner(evm);
    let change = setInkPriceCall { price: 5 }.abi_encode();
    let data = forward(Kind::Static, ARB_OWNER, change);
    assert_eq!(
        chain.call(Transaction::call(ALICE, evm, data)).status,
        Status::Revert
    );
}

#[test]
fn what_precompiles_look_up_stays_cold() {
    let mut chain = chain();
    let who = Address::repeat_byte(0x33);
    let probe = Probe::new()
        .data(0, ARB_INFO)
        .data(32, getBalanceCall { account: who }.abi_encode())
        .data(80, who)
        .step("(if (call $static_call_contract (i32.const 0) (i32.const 32) (i32.const 36) (i64.const -1) (i32.const 128)) (then unreachable))")
        .measure("account_balance", &[80, 256])
        .measure("account_balance", &[80, 256]);
    assert_eq!(probe.run(&mut chain), [26_078_153, 1_078_153]);
}

#[test]
fn precompiles_have_code_on_chain() {
    let chain = chain();
    assert_eq!(chain.code(ARB_SYS), Bytes::from_static(&[0xfe]));
    assert_eq!(chain.code(ARB_DEBUG), Bytes::new());
}

#[test]
fn the_standard_precompiles_work() {
    let mut chain = chain();
    chain.fund(ALICE, ether(1));
    let hash = chain.call(Transaction::call(ALICE, precompile(2), vec![]));
    let empty =
        crate::common::hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hash.output, empty);
    let copy = chain.call(Transaction::call(ALICE, precompile(4), vec![1, 2, 3]));
    assert_eq!(copy.output[..], [1, 2, 3]);
}
