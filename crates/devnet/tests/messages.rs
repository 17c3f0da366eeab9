//! Messages to L1: kept in a Merkle tree, shown in events, carried out by nobody.

use alloy_primitives::{keccak256, Log};
use alloy_sol_types::{sol, SolCall, SolEvent, SolValue};
use inkhorn_chain::{Address, Chain, Transaction, B256, U256};

use crate::common::{chain, precompile, ALICE};

sol! {
    function sendTxToL1(address destination, bytes data) external payable returns (uint256);
    function withdrawEth(address destination) external payable returns (uint256);
    function sendMerkleTreeState() external view returns (uint256 size, bytes32 root, bytes32[] partials);
    event L2ToL1Tx(address caller, address indexed destination, uint256 indexed hash, uint256 indexed position,
        uint256 arbBlockNum, uint256 ethBlockNum, uint256 timestamp, uint256 callvalue, bytes data);
    event SendMerkleUpdate(uint256 indexed reserved, bytes32 indexed hash, uint256 indexed position);
}

const DESTINATION: Address = Address::repeat_byte(0xd1);

fn send(chain: &mut Chain, number: u64) -> Vec<Log> {
    let call = sendTxToL1Call {
        destination: DESTINATION,
        data: vec![number as u8; number as usize].into(),
    };
    let tx = Transaction::call(ALICE, precompile(0x64), call.abi_encode())
        .with_value(U256::from(number));
    let outcome = chain.transact(tx);
    assert!(outcome.is_success(), "{:?}", outcome.status);
    assert_eq!(
        U256::abi_decode(&outcome.output).unwrap(),
        U256::from(number)
    );
    outcome.logs
}

/// Hash of a message by its own event.
fn leaf(log: &Log) -> B256 {
    let event = L2ToL1Tx::decode_log(log).expect("the last event").data;
    let packed = (
        event.caller,
        event.destination,
        event.arbBlockNum,
        event.ethBlockNum,
        event.timestamp,
        event.callvalue,
        event.data,
    )
        .abi_encode_packed();
    assert_eq!(
        event.hash,
        U256::from_be_bytes(keccak256(&packed).0),
        "the event names its hash"
    );
    keccak256(keccak256(packed))
}

/// Root of a tree that is filled up with zeros.
fn root(leaves: &[B256]) -> B256 {
    match leaves {
        [only] => *only,
        _ => {
            let pairs = leaves.chunks(2);
            let joined = pairs.map(|pair| {
                let right = pair.get(1).copied().unwrap_or_default();
                keccak256([pair[0], right].concat())
            });
            root(&joined.collect::<Vec<_>>())
        }
    }
}

#[test]
fn messages_are_numbered_hashed_and_kept_in_a_tree() {
    let mut chain = chain();
    let before = chain.balance(precompile(0x64));
    let mut leaves = Vec::new();
    for number in 0..9u64 {
        let logs = send(&mut chain, number);
        // A message completes a subtree for each one bit that its number ends with.
        assert_eq!(logs.len() as u32 - 1, number.trailing_ones());
        for (log, level) in logs.iter().zip(1u64..) {
            if let Ok(update) = SendMerkleUpdate::decode_log(log) {
                let place = (U256::from(level) << 192) + U256::from(number);
                assert_eq!(update.position, place);
            }
        }
        let last = logs.last().unwrap();
        let event = L2ToL1Tx::decode_log(last).unwrap();
        assert_eq!(event.position, U256::from(number));
        assert_eq!(event.arbBlockNum, U256::from(chain.block_number()));
        assert_eq!(event.ethBlockNum, U256::from(chain.l1_block_number()));
        leaves.push(leaf(last));
        assert_eq!(chain.messages_to_l1(), (number + 1, root(&leaves)));
    }
    assert_eq!(
        chain.balance(precompile(0x64)),
        before,
        "the value is burnt"
    );
}

#[test]
fn a_withdrawal_is_a_message_without_data_and_costs_what_nitro_charges() {
    let mut chain = chain();
    let input = withdrawEthCall {
        destination: DESTINATION,
    }
    .abi_encode();
    let tx = Transaction::call(ALICE, precompile(0x64), input).with_value(U256::from(5));
    let intrinsic = tx.intrinsic_gas();
    let before = chain.balance(ALICE);
    let outcome = chain.transact(tx);
    // Argument, state, token owners, hash of 168 bytes, count, first subtree, count again, event, result.
    let event = 375 * 5 + 8 * 7 * 32;
    let gas = 3 + 800 + 800 + (30 + 6 * 6) + 20_800 + 20_000 + 800 + event + 3;
    assert_eq!(outcome.gas_used - intrinsic, gas);
    let fee = U256::from(outcome.gas_used) * U256::from(chain.config().base_fee);
    assert_eq!(before - chain.balance(ALICE), fee + U256::from(5));
}

#[test]
fn the_tree_is_told_to_nobody_only() {
    let mut chain = chain();
    send(&mut chain, 0);
    send(&mut chain, 1);
    let call = |chain: &mut Chain, from| {
        let input = sendMerkleTreeStateCall {}.abi_encode();
        chain.call(Transaction::call(from, precompile(0x64), input))
    };
    let told = call(&mut chain, Address::ZERO);
    let told = sendMerkleTreeStateCall::abi_decode_returns(&told.output).unwrap();
    assert_eq!(
        (told.size, told.root),
        (U256::from(2), chain.messages_to_l1().1)
    );
    assert_eq!(told.partials.len(), 2);
    assert!(!call(&mut chain, ALICE).is_success());
}
