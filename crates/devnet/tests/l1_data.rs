//! L1 data that has a price: a transaction pays for its compressed encoding, in gas.

use alloy_primitives::keccak256;
use inkhorn_chain::{Address, Bytes, Chain, Outcome, Status, Transaction, U256};

use crate::common::{chain, deploy, govern, method, precompile, ALICE};

const BASE_FEE: u64 = 20_000_000;
const PRICE: u64 = 3_000_000_000;
/// Account that receives what is paid for L1 data.
const FUNDS: &str = "0xa4b00000000000000000000000000000000000f6";

/// 300 bytes that nothing compresses: 304 with what tells their length.
fn noise() -> Bytes {
    let hashes = (0u32..).flat_map(|n| keccak256(n.to_be_bytes()).0);
    hashes.take(300).collect()
}

/// What 304 bytes cost: sixteen units a byte, at the base fee, rounded down.
const NOISE_GAS: u64 = PRICE * 16 * 304 / BASE_FEE;

fn priced() -> Chain {
    let mut chain = chain();
    chain.set_l1_price(PRICE);
    chain
}

fn encoded(tx: Transaction) -> Transaction {
    Transaction {
        encoding: Some(noise()),
        ..tx
    }
}

fn told(chain: &mut Chain, signature: &str) -> Vec<u64> {
    let call = Transaction::call(ALICE, precompile(0x6c), method(signature, &[]));
    let outcome = chain.call(Transaction {
        gas_price: Some(BASE_FEE.into()),
        ..call
    });
    assert!(outcome.is_success(), "{signature}: {:?}", outcome.status);
    let words = outcome.output.chunks(32).map(U256::from_be_slice);
    words.map(|word| word.to()).collect()
}

#[test]
fn a_transaction_pays_for_its_encoding_and_others_are_paid_as_before() {
    let (mut free, mut chain) = (chain(), priced());
    let transfer = encoded(Transaction::transfer(
        ALICE,
        Address::repeat_byte(9),
        U256::from(1),
    ));
    assert_eq!(NOISE_GAS, 729_600);
    let plain = free.transact(transfer.clone());
    assert_eq!((plain.gas_used, plain.gas_used_for_l1), (21_000, 0));
    let before = chain.balance(ALICE);
    let paid = chain.transact(transfer);
    assert_eq!(
        (paid.gas_used, paid.gas_used_for_l1),
        (21_000 + NOISE_GAS, NOISE_GAS)
    );
    let spent = U256::from(paid.gas_used * BASE_FEE + 1);
    assert_eq!(before - chain.balance(ALICE), spent);
    let funds: Address = FUNDS.parse().unwrap();
    assert_eq!(chain.balance(funds), U256::from(NOISE_GAS * BASE_FEE));
    let network: Address = "0xa4b00000000000000000000000000000000000fe"
        .parse()
        .unwrap();
    assert_eq!(
        chain.balance(network),
        free.balance(network),
        "for execution alone"
    );
    assert_eq!(
        told(&mut chain, "getL1FeesAvailable()"),
        [NOISE_GAS * BASE_FEE]
    );
    assert_eq!(
        told(&mut chain, "getL1PricingUnitsSinceUpdate()"),
        [16 * 304]
    );
}

#[test]
fn precompiles_tell_the_price_and_what_the_transaction_paid() {
    let mut chain = priced();
    for getter in ["getL1BaseFeeEstimate()", "getL1GasPriceEstimate()"] {
        assert_eq!(told(&mut chain, getter), [PRICE]);
    }
    let wei = told(&mut chain, "getPricesInWei()");
    assert_eq!(wei[..2], [140 * 16 * PRICE, 16 * PRICE]);
    assert_eq!(wei[2..], [20_000 * BASE_FEE, BASE_FEE, 0, BASE_FEE]);
    let gas = told(&mut chain, "getPricesInArbGas()");
    assert_eq!(
        gas,
        [140 * 16 * PRICE / BASE_FEE, 16 * PRICE / BASE_FEE, 20_000]
    );
    // A contract that asks in the transaction and stores the answer: getCurrentTxL1GasFees().
    let asks = deploy(
        &mut chain,
        "63c6f7de0e 60e0 1b 5f 52 6020 5f 6004 5f 606c 5a fa 50 5f 51 5f 55 00",
    );
    let call = encoded(Transaction::call(ALICE, asks, Bytes::new()));
    assert!(chain.transact(call).is_success());
    let fee = U256::from(NOISE_GAS * BASE_FEE);
    assert_eq!(chain.storage(asks, U256::ZERO), fee);
    // Owners set the price, too.
    govern(&mut chain, "setL1PricePerUnit(uint256)", 0);
    let call = encoded(Transaction::call(ALICE, asks, Bytes::new()));
    assert_eq!(chain.transact(call).gas_used_for_l1, 0);
    assert_eq!(chain.storage(asks, U256::ZERO), U256::ZERO);
}

#[test]
fn a_limit_that_does_not_cover_the_data_is_refused() {
    let mut chain = priced();
    let transfer = || encoded(Transaction::transfer(ALICE, ALICE, U256::ZERO));
    let enough = 21_000 + NOISE_GAS;
    let Outcome {
        status, gas_used, ..
    } = chain.transact(transfer().with_gas(enough - 1));
    let want = format!("intrinsic gas too low: have {}, want {enough}", enough - 1);
    assert_eq!((status, gas_used), (Status::Halt(want), 0));
    assert!(chain.transact(transfer().with_gas(enough)).is_success());
    // A call is charged gas for it, but no money.
    let unseen = chain.call(transfer());
    assert!(unseen.gas_used_for_l1 > 0, "its encoding is made up");
    assert_eq!(unseen.gas_used, 21_000 + unseen.gas_used_for_l1);
}

#[test]
fn what_is_paid_for_data_does_not_come_back_and_does_not_pile_up() {
    let mut chain = priced();
    // Clears what it finds in slot 0.
    let clears = deploy(&mut chain, "5f 5f 55 00");
    chain.set_storage(clears, U256::ZERO, U256::from(1));
    let outcome = chain.transact(encoded(Transaction::call(ALICE, clears, Bytes::new())));
    // 21,000, two pushes, a cold write that clears; 4,800 come back, less than a fifth of what was executed.
    let executed = 21_000 + 4 + 5_000;
    assert_eq!(outcome.gas_used - NOISE_GAS, executed - 4_800);
    // Many slots: a fifth of what was executed is the most.
    let clears = deploy(&mut chain, "5f 5f 55 5f 6001 55 5f 6002 55 5f 6003 55 00");
    for slot in 0..4 {
        chain.set_storage(clears, U256::from(slot), U256::from(1));
    }
    let outcome = chain.transact(encoded(Transaction::call(ALICE, clears, Bytes::new())));
    let executed = 21_000 + 4 * 5_000 + 2 * 2 + 3 * (2 + 3);
    assert_eq!(outcome.gas_used - NOISE_GAS, executed - executed / 5);
}

#[test]
fn what_a_transaction_to_come_needs_is_padded() {
    let mut chain = priced();
    let transfer = Transaction::transfer(ALICE, Address::repeat_byte(9), U256::from(1));
    // Without an encoding it pays for one like it: 256 units and a hundredth more than the compressed length.
    let paid = chain.clone().transact(transfer.clone()).gas_used_for_l1;
    let units = paid * BASE_FEE / PRICE;
    assert!((16 * 120 + 256..16 * 140 + 256).contains(&units), "{units}");
    let component = chain.l1_gas_to_allow(&transfer, false);
    let estimate = chain.l1_gas_to_allow(&transfer, true);
    // The price may rise by a tenth; the fee can't fall below the minimum, which it is.
    let cost = (units..units + 2).map(|units| units * PRICE * 11 / 10 / BASE_FEE);
    assert!(
        cost.into_iter().any(|cost| cost.abs_diff(component) <= 200),
        "{component}"
    );
    assert_eq!(estimate, component);
    govern(&mut chain, "setMinimumL2BaseFee(uint256)", BASE_FEE / 2);
    chain.mine();
    chain.set_base_fee(BASE_FEE);
    let estimate = chain.l1_gas_to_allow(&transfer, true);
    assert_eq!(estimate / 100, component * 8 / 7 / 100);
}

#[test]
fn encodings_are_compressed_as_the_reference_does_it() {
    let mut chain = priced();
    // Nine words that end in a byte, and a piece of one.
    let words: Bytes = (0..300u32)
        .map(|n| if n % 32 == 31 { n as u8 } else { 0 })
        .collect();
    let transfer = |encoding: Bytes| Transaction {
        encoding: Some(encoding),
        ..Transaction::transfer(ALICE, ALICE, U256::ZERO)
    };
    for (level, length) in [(1, 59), (11, 36), (0, 116)] {
        govern(&mut chain, "setBrotliCompressionLevel(uint64)", level);
        let gas = chain.transact(transfer(words.clone())).gas_used_for_l1;
        assert_eq!(gas * BASE_FEE, 16 * length * PRICE, "level {level}");
        let gas = chain.transact(transfer(noise())).gas_used_for_l1;
        assert_eq!(gas, NOISE_GAS, "level {level}");
    }
}
