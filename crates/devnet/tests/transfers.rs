//! What traces tell of gas that is paid for: Nitro's `beforeEVMTransfers` and `afterEVMTransfers`.

use std::collections::BTreeMap;

use alloy_primitives::keccak256;
use inkhorn_chain::trace::{call_tracer, flat_call_tracer, FlatCallOptions, TraceAs, Transfer};
use inkhorn_chain::{Address, Bytes, Chain, Transaction, U256};
use serde_json::{json, Value};

use crate::common::{chain, deploy, govern, ALICE};

const BASE_FEE: u64 = 20_000_000;
/// Who gets what is above the minimum base fee.
const NETWORK: &str = "0xA4b00000000000000000000000000000000000FE";
const L1_FUNDS: &str = "0xA4b00000000000000000000000000000000000f6";
/// Who gets the rest, where an owner said so.
const INFRASTRUCTURE: u64 = 0x1f;

fn transfers(chain: &Chain, tx: &Transaction, how: TraceAs) -> [Vec<Transfer>; 2] {
    let frame = chain.trace_frames(tx, how).1.expect("admitted");
    let transfers = *frame.transfers.expect("of the outermost frame");
    [transfers.before, transfers.after]
}

fn purposes(transfers: &[Transfer]) -> Vec<&str> {
    transfers.iter().map(|transfer| transfer.purpose).collect()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// Executes a transaction without value, and compares what its trace told with how balances moved.
fn check(chain: &mut Chain, tx: Transaction) -> [Vec<Transfer>; 2] {
    let told = transfers(chain, &tx, TraceAs::Mined(&[]));
    let mut expected = BTreeMap::<Address, U256>::new();
    let mut touched = |who: Option<Address>| {
        if let Some(who) = who {
            expected.entry(who).or_insert_with(|| chain.balance(who));
        }
    };
    for transfer in told.iter().flatten() {
        touched(transfer.from);
        touched(transfer.to);
    }
    for transfer in told.iter().flatten() {
        if let Some(from) = transfer.from {
            *expected.get_mut(&from).unwrap() -= transfer.value;
        }
        if let Some(to) = transfer.to {
            *expected.get_mut(&to).unwrap() += transfer.value;
        }
    }
    chain.transact(tx);
    for (who, balance) in expected {
        assert_eq!(chain.balance(who), balance, "{who}");
    }
    told
}

#[test]
fn what_is_told_is_how_balances_move() {
    let mut chain = chain();
    let (stopping, reverting) = (deploy(&mut chain, "00"), deploy(&mut chain, "5f5ffd"));
    for to in [stopping, reverting] {
        let [before, after] = check(&mut chain, Transaction::call(ALICE, to, vec![1; 40]));
        assert_eq!(purposes(&before), ["feePayment"]);
        assert_eq!(before[0].from, Some(ALICE));
        // All of the fee is the minimum, which goes to one account, the network's own.
        assert_eq!(
            purposes(&after),
            ["gasRefund", "feeCollection", "feeCollection"]
        );
        assert_eq!(after[1].to, Some(address(NETWORK)));
        assert_eq!(
            (after[2].to, after[2].value),
            (Some(address(L1_FUNDS)), U256::ZERO)
        );
    }
    // Half of the base fee is above the minimum.
    govern(&mut chain, "setInfraFeeAccount(address)", INFRASTRUCTURE);
    govern(&mut chain, "setMinimumL2BaseFee(uint256)", BASE_FEE / 2);
    govern(&mut chain, "setL2BaseFee(uint256)", BASE_FEE);
    chain.set_l1_price(3_000_000_000);
    let noise: Bytes = (0u32..9)
        .flat_map(|n| keccak256(n.to_be_bytes()).0)
        .collect();
    let tx = Transaction {
        encoding: Some(noise),
        ..Transaction::call(ALICE, stopping, vec![])
    };
    // The fee is the next block's.
    chain.transact(tx.clone());
    let [_, after] = check(&mut chain, tx.clone());
    assert_eq!(purposes(&after)[1..], ["feeCollection"; 3]);
    assert_eq!(
        after[1].to,
        Some(Address::with_last_byte(INFRASTRUCTURE as u8))
    );
    assert_eq!(after[1].value, after[2].value);
    assert!(after[3].value > U256::ZERO);
    // Nobody for the minimum: the network gets all.
    govern(&mut chain, "setInfraFeeAccount(address)", 0);
    let [_, after] = check(&mut chain, tx);
    assert_eq!(purposes(&after)[1..], ["feeCollection"; 2]);
    assert_eq!(after[1].to, Some(address(NETWORK)));
}

#[test]
fn a_call_without_a_price_pays_nothing() {
    let mut chain = chain();
    let stopping = deploy(&mut chain, "00");
    let call = Transaction::call(ALICE, stopping, vec![]);
    let [before, after] = transfers(&chain, &call, TraceAs::Call);
    assert_eq!((before[0].value, after[0].value), (U256::ZERO, U256::ZERO));
    assert_eq!(after[1].value, U256::from(21_000 * BASE_FEE));
    let priced = Transaction {
        gas_price: Some(BASE_FEE.into()),
        ..call.with_gas(100_000)
    };
    let [before, after] = transfers(&chain, &priced, TraceAs::Call);
    assert_eq!(before[0].value, U256::from(100_000 * BASE_FEE));
    assert_eq!(after[0].value, U256::from(79_000 * BASE_FEE));
}

#[test]
fn wei_that_reach_a_contract_after_its_end_are_nobodys() {
    let mut chain = chain();
    let relay = deploy(
        &mut chain,
        // Creates with CALLER SELFDESTRUCT as init code, and sends a wei after it.
        "6133ff 5f52 6002 601e 5f f0 5f5f5f5f 6001 85 5a f1 00",
    );
    chain.fund(relay, U256::from(1));
    let tx = Transaction::call(ALICE, relay, vec![]);
    let [_, after] = transfers(&chain, &tx, TraceAs::Mined(&[]));
    let lost = after.last().unwrap();
    assert_eq!((lost.purpose, lost.value), ("selfDestruct", U256::from(1)));
    assert_eq!(lost.from, Some(relay.create(1)));
    assert!(chain.transact(tx).is_success());
    for who in [relay, relay.create(1)] {
        assert_eq!(chain.balance(who), U256::ZERO);
    }
}

#[test]
fn tracers_show_them_around_the_outermost_call_alone() {
    let mut chain = chain();
    let stopping = deploy(&mut chain, "00");
    let calling = deploy(
        &mut chain,
        &format!(
            "5f5f5f5f5f73{}5af100",
            alloy_primitives::hex::encode(stopping)
        ),
    );
    let tx = Transaction::call(ALICE, calling, vec![]).with_gas(100_000);
    let (outcome, frame) = chain.trace_frames(&tx, TraceAs::Mined(&[]));
    let frame = frame.unwrap();
    let wei = |gas: u64| format!("{:#x}", u128::from(gas) * u128::from(BASE_FEE));
    let alice = ALICE.to_checksum(None);
    let before = json!([
        { "purpose": "feePayment", "from": alice, "to": null, "value": wei(100_000) },
    ]);
    let after = json!([
        { "purpose": "gasRefund", "from": null, "to": alice, "value": wei(100_000 - outcome.gas_used) },
        { "purpose": "feeCollection", "from": null, "to": address(NETWORK).to_checksum(None), "value": wei(outcome.gas_used) },
        { "purpose": "feeCollection", "from": null, "to": address(L1_FUNDS).to_checksum(None), "value": "0x0" },
    ]);
    let calls = call_tracer(&frame, false, false);
    let flat = flat_call_tracer(&frame, None, FlatCallOptions::default());
    for outermost in [&calls, &flat[0]] {
        assert_eq!(outermost["beforeEVMTransfers"], before);
        assert_eq!(outermost["afterEVMTransfers"], after);
    }
    for inner in [&calls["calls"][0], &flat[1]] {
        assert!(inner.is_object());
        assert_eq!(inner.get("beforeEVMTransfers"), None::<&Value>);
        assert_eq!(inner.get("afterEVMTransfers"), None::<&Value>);
    }
}
