//! What a node needs of the chain: blocks, history, access lists, prices, edits of the state.

use alloy_primitives::keccak256;
use inkhorn_chain::{Address, Bytes, Chain, MinedBlock, Status, Transaction, B256, U256};

use crate::common::modules::{self, bytes};
use crate::common::script::{interpreter, Script};
use crate::common::{
    chain, deploy, govern, halted, poke, precompile, run, wat_program, word, ALICE,
};

/// Returns the word in the slot that the calldata names.
const LOADER: &str = "5f35 54 5f 52 6020 5f f3";

fn slot(number: u64) -> B256 {
    U256::from(number).into()
}

fn arb_sys(chain: &mut Chain, signature: &str, number: u64) -> Bytes {
    let mut input = keccak256(signature)[..4].to_vec();
    input.extend(word(number));
    chain
        .call(Transaction::call(ALICE, precompile(0x64), input))
        .output
}

#[test]
fn an_access_list_is_paid_for_and_warms_what_it_names() {
    let mut chain = chain();
    let loader = deploy(&mut chain, LOADER);
    let plain = Transaction::call(ALICE, loader, word(7));
    let listed = plain
        .clone()
        .with_access_list(vec![(loader, vec![slot(7)])]);
    assert_eq!(
        listed.intrinsic_gas() - plain.intrinsic_gas(),
        2_400 + 1_900
    );
    let (cold, warm) = (chain.call(plain.clone()), chain.call(listed));
    // The callee of a transaction is warm anyway.
    assert_eq!(cold.gas_used + 2_400 + 1_900 - 2_000, warm.gas_used);
    let other = plain.with_access_list(vec![(loader, vec![slot(8)])]);
    assert_eq!(chain.call(other).gas_used, cold.gas_used + 2_400 + 1_900);
}

#[test]
fn an_access_list_warms_accounts_and_slots_for_programs_too() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    let load = Transaction::call(ALICE, program, Script::new().load(7));
    let cold = chain.call(load.clone());
    let list = vec![(program, vec![slot(7), slot(7)])];
    let warm = chain.call(load.with_access_list(list));
    // Both entries are paid for, one slot is warm.
    assert_eq!(cold.gas_used + 2_400 + 2 * 1_900 - 2_000, warm.gas_used);
    let balance = "73 00000000000000000000000000000000000000bb 31 00";
    let asker = deploy(&mut chain, balance);
    let ask = Transaction::call(ALICE, asker, vec![]);
    let cold = chain.call(ask.clone());
    let warm = chain.call(ask.with_access_list(vec![(Address::with_last_byte(0xbb), vec![])]));
    assert_eq!(cold.gas_used + 2_400 - 2_500, warm.gas_used);
}

#[test]
fn the_intrinsic_cost_of_a_listed_slot_must_fit_the_gas_limit() {
    let mut chain = chain();
    let tx = Transaction::call(ALICE, Address::repeat_byte(1), vec![])
        .with_access_list(vec![(ALICE, vec![])])
        .with_gas(23_399);
    let reason = "intrinsic gas too low: have 23399, want 23400";
    assert_eq!(chain.check_transaction(&tx), Err(reason.to_owned()));
    assert_eq!(chain.transact(tx.clone()).status, halted(reason));
    assert_eq!(chain.check_transaction(&tx.with_gas(23_400)), Ok(()));
}

#[test]
fn checking_a_transaction_changes_nothing() {
    let mut chain = chain();
    let (balance, nonce) = (chain.balance(ALICE), chain.nonce(ALICE));
    let poor = Address::repeat_byte(0x99);
    let tx = Transaction::transfer(poor, ALICE, U256::from(1)).with_gas(21_000);
    let refusal = chain.check_transaction(&tx).unwrap_err();
    assert!(
        refusal.starts_with("insufficient funds for gas * price + value"),
        "{refusal}"
    );
    chain.fund(poor, U256::from(21_000_u64 * 20_000_000 + 1));
    assert_eq!(chain.check_transaction(&tx), Ok(()));
    assert_eq!((chain.balance(ALICE), chain.nonce(ALICE)), (balance, nonce));
    assert_eq!((chain.nonce(poor), chain.block_number()), (0, 0));
}

#[test]
fn contracts_see_the_base_fee_as_the_price_and_senders_pay_it() {
    let mut chain = chain();
    let price = deploy(&mut chain, "3a 5f 52 48 6020 52 6040 5f f3");
    let before = chain.balance(ALICE);
    let mut tx = Transaction::call(ALICE, price, vec![]);
    tx.gas_price = Some(77);
    let outcome = chain.transact(tx.clone());
    assert_eq!(
        *outcome.output,
        [word(20_000_000), word(20_000_000)].concat()
    );
    assert_eq!(
        before - chain.balance(ALICE),
        U256::from(outcome.gas_used * 20_000_000)
    );
    chain.set_base_fee(3);
    assert_eq!(*chain.call(tx.clone()).output, [word(3), word(3)].concat());
    for free in [None, Some(0)] {
        tx.gas_price = free;
        assert_eq!(*chain.call(tx.clone()).output, [word(0), word(0)].concat());
    }
    tx.gas_price = None;
    let before = chain.balance(ALICE);
    let outcome = chain.transact(tx);
    assert_eq!(
        before - chain.balance(ALICE),
        U256::from(outcome.gas_used * 3)
    );
}

#[test]
fn history_holds_every_block_with_its_transactions() {
    let mut chain = chain();
    let echo = bytes(modules::ECHO);
    poke(&mut chain, ALICE);
    assert_eq!(chain.take_history(), [], "nothing was kept before");
    chain.keep_history();
    let program = chain.deploy_program(ALICE, &echo).expect("deployed");
    chain.advance(24);
    chain.activate(ALICE, program).expect("activated");
    chain.mine();
    let calls = [1, 2].map(|byte| Transaction::call(ALICE, program, vec![byte]));
    let outcomes = chain.transact_batch(calls.to_vec());
    let pauper = Transaction::transfer(Address::repeat_byte(9), ALICE, U256::from(1));
    assert!(!chain.transact(pauper).is_success());

    let history = chain.take_history();
    let shape: Vec<_> = history
        .iter()
        .map(|block| (block.number, block.transactions.len()))
        .collect();
    assert_eq!(shape, [(2, 1), (3, 1), (4, 0), (5, 2), (6, 0)]);
    assert_eq!(history[1].timestamp, history[0].timestamp + 24);
    assert_eq!(history[1].l1_number, history[0].l1_number + 2);
    assert_eq!(history[0].base_fee, 20_000_000);
    assert_eq!(history[0].transactions[0].outcome.created, Some(program));
    assert_eq!(history[1].transactions[0].outcome.logs.len(), 1);
    for (at, (call, outcome)) in calls.iter().zip(&outcomes).enumerate() {
        let mined = &history[3].transactions[at];
        assert_eq!((&mined.transaction, &mined.outcome), (call, outcome));
        assert_eq!(mined.nonce, 3 + at as u64);
    }
    assert_eq!(chain.take_history(), [], "it was taken");
}

#[test]
fn history_holds_the_state_after_every_block() {
    let mut chain = chain();
    chain.keep_history();
    let bob = Address::repeat_byte(9);
    let gift = |wei: u64| Transaction::transfer(ALICE, bob, U256::from(wei));
    chain.transact(gift(1));
    chain.advance(24);
    chain.transact_batch(vec![gift(2), gift(3)]);
    chain.mine();
    chain.fund(bob, U256::from(9));

    let (blocks, mut states) = chain.take_history_and_states();
    let after: Vec<_> = states
        .iter()
        .map(|state| (state.block_number(), state.now(), state.balance(bob)))
        .collect();
    let expected: Vec<_> = blocks
        .iter()
        .zip([1u64, 6, 6])
        .map(|(block, wei)| (block.number, block.timestamp, U256::from(wei)))
        .collect();
    assert_eq!(after, expected);
    states[0].mine();
    assert_eq!(states[0].take_history(), [], "states keep no history");
    assert_eq!(chain.take_history_and_states().1.len(), 0, "it was taken");
}

#[test]
fn history_goes_back_with_the_chain() {
    let mut chain = chain();
    chain.keep_history();
    chain.mine();
    let snapshot = chain.snapshot();
    chain.mine();
    chain.revert(snapshot);
    let numbers: Vec<_> = chain
        .take_history()
        .iter()
        .map(|b: &MinedBlock| b.number)
        .collect();
    assert_eq!(numbers, [1]);
}

#[test]
fn block_hashes_are_those_that_were_set() {
    let mut chain = chain();
    let drawn = chain.block_hash(1);
    for number in 1..=300 {
        chain.mine();
        chain.set_block_hash(number, B256::repeat_byte(number as u8));
    }
    let signature = "arbBlockHash(uint256)";
    // A call runs in block 301.
    for number in [45, 46, 299, 300] {
        let hash = B256::repeat_byte(number as u8);
        assert_eq!(chain.block_hash(number), hash);
        assert_eq!(arb_sys(&mut chain, signature, number), Bytes::from(hash));
    }
    let mut refusal = keccak256("InvalidBlockNumber(uint256,uint256)")[..4].to_vec();
    refusal.extend([word(44), word(301)].concat());
    assert_eq!(*arb_sys(&mut chain, signature, 44), refusal);
    assert_eq!(chain.block_hash(1), drawn, "forgotten");
    assert_ne!(chain.block_hash(2), drawn);
}

#[test]
fn the_opcode_asks_for_hashes_of_l1_blocks() {
    let mut chain = chain();
    let asker = deploy(&mut chain, "5f35 40 5f 52 6020 5f f3");
    let l1 = chain.l1_block_number();
    let mut hash_of = |number| {
        chain
            .call(Transaction::call(ALICE, asker, word(number)))
            .output
    };
    assert_ne!(*hash_of(l1 - 1), *word(0));
    assert_ne!(hash_of(l1 - 1), hash_of(l1 - 2));
    assert_eq!(*hash_of(l1), *word(0));
    assert_eq!(*hash_of(1), *word(0), "an L2 number is long out of reach");
}

#[test]
fn storage_can_be_listed_and_cleared() {
    let mut chain = chain();
    let loader = deploy(&mut chain, LOADER);
    for number in 1..=3 {
        chain.set_storage(loader, U256::from(number), U256::from(number + 10));
    }
    chain.set_storage(loader, U256::from(2), U256::ZERO);
    let mut slots: Vec<_> = chain.storage_slots(loader).collect();
    slots.sort();
    assert_eq!(
        slots,
        [(1, 11), (3, 13)].map(|(k, v)| (U256::from(k), U256::from(v)))
    );
    assert!(chain.accounts().any(|account| account == loader));
    assert!(chain.accounts().any(|account| account == ALICE));
    chain.clear_storage(loader);
    assert_eq!(chain.storage_slots(loader).count(), 0);
    assert_eq!(run_loader(&mut chain, loader), word(0));
    chain.clear_storage(Address::repeat_byte(0x77));
    assert!(!chain
        .accounts()
        .any(|account| account == Address::repeat_byte(0x77)));
}

fn run_loader(chain: &mut Chain, loader: Address) -> Vec<u8> {
    chain
        .call(Transaction::call(ALICE, loader, word(1)))
        .output
        .to_vec()
}

#[test]
fn clones_go_their_own_ways() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    let store =
        |value| Transaction::call(ALICE, program, Script::new().store(1, value).flush(true));
    let mut kept = Vec::new();
    for value in 1..=50 {
        assert_eq!(chain.transact(store(value)).status, Status::Success);
        kept.push(chain.clone());
    }
    for (at, chain) in kept.iter_mut().enumerate() {
        let (outcome, _) = run(chain, program, Script::new().load(1));
        assert_eq!(*outcome.output, *word(at as u64 + 1));
    }
    assert!(kept[0].transact(store(99)).is_success());
    assert_eq!(kept[1].storage(program, U256::from(1)), U256::from(2));
    assert_eq!(chain.storage(program, U256::from(1)), U256::from(50));
}

#[test]
fn an_empty_account_that_is_touched_is_not_created() {
    let mut chain = chain();
    let nobody = Address::repeat_byte(0x44);
    assert!(chain
        .transact(Transaction::transfer(ALICE, nobody, U256::ZERO))
        .is_success());
    assert!(!chain.accounts().any(|account| account == nobody));
}

#[test]
fn data_pays_a_floor_price_where_the_owner_says_so() {
    let mut chain = chain();
    let data = [vec![0; 1_000], vec![1; 1_000]].concat();
    let tx = Transaction::call(ALICE, Address::repeat_byte(0x61), data);
    let floor = 21_000 + 10 * (1_000 + 4 * 1_000);
    assert_eq!(tx.floor_gas(), floor);
    assert_eq!(chain.call(tx.clone()).gas_used, tx.intrinsic_gas());
    let enabled = "isCalldataPriceIncreaseEnabled()";
    let ask = |chain: &mut Chain| {
        let input = keccak256(enabled)[..4].to_vec();
        chain
            .call(Transaction::call(ALICE, precompile(0x6b), input))
            .output
    };
    assert_eq!(*ask(&mut chain), *word(0));
    govern(&mut chain, "setCalldataPriceIncrease(bool)", 1);
    assert_eq!(*ask(&mut chain), *word(1));
    assert_eq!(chain.transact(tx.clone()).gas_used, floor);
    let short = tx.clone().with_gas(floor - 1);
    let reason = format!(
        "insufficient gas for floor data gas cost: have {}, want {floor}",
        floor - 1
    );
    assert_eq!(chain.check_transaction(&short), Err(reason));
    assert!(chain.transact(tx.with_gas(floor)).is_success());
    // Whoever computes more than the floor pays what it computes.
    let wasting = deploy(&mut chain, "fe");
    let outcome = chain.transact(Transaction::call(ALICE, wasting, vec![1]).with_gas(90_000));
    assert_eq!(outcome.gas_used, 90_000);
    govern(&mut chain, "setCalldataPriceIncrease(bool)", 0);
    let tx = Transaction::call(ALICE, ALICE, vec![1; 1_000]);
    assert_eq!(chain.transact(tx.clone()).gas_used, tx.intrinsic_gas());
}

#[test]
fn prepared_programs_are_deployed_and_refused_as_ever() {
    let mut chain = chain();
    let good = bytes(modules::BULK);
    let bad = b"\0asm\x01\0\0\0".to_vec();
    chain.prepare_programs(&[&good, &bad, &good]);
    let program = chain.deploy_program(ALICE, &good).expect("deployed");
    assert!(chain.activate(ALICE, program).is_ok());
    assert!(chain
        .call(Transaction::call(ALICE, program, vec![]))
        .is_success());
    let refused = chain.deploy_program(ALICE, &bad).expect("deployed");
    assert!(chain.activate(ALICE, refused).is_err());
}

#[test]
fn what_arbos_remembers_is_changed_by_owners_only() {
    let mut chain = chain();
    let arbos: Address = "0xa4b05fffffffffffffffffffffffffffffffffff"
        .parse()
        .unwrap();
    let before: Vec<_> = chain.storage_slots(arbos).collect();
    assert!(!before.is_empty());
    chain.clear_storage(arbos);
    chain.set_storage(arbos, before[0].0, U256::MAX);
    assert_eq!(chain.storage_slots(arbos).collect::<Vec<_>>(), before);
}

#[test]
fn a_stack_limit_beyond_the_native_stack_ends_programs_not_the_chain() {
    let mut chain = chain();
    govern(
        &mut chain,
        "setWasmMaxStackDepth(uint32)",
        u64::from(u32::MAX),
    );
    let endless = "(module (memory (export \"memory\") 0 0)
        (func $f (param i64 i64 i64 i64) (result i64)
            (i64.add (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3)) (local.get 0)))
        (func (export \"user_entrypoint\") (param i32) (result i32)
            (drop (call $f (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4))) (i32.const 0)))";
    let program = wat_program(&mut chain, endless);
    let call = Transaction::call(ALICE, program, vec![]).with_gas(1 << 40);
    assert_eq!(chain.call(call).status, halted("max call depth exceeded"));
}
