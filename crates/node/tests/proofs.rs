//! State roots of blocks, and proofs against them.

use alloy_primitives::{keccak256, Address, Bytes, B256, U256};
use alloy_trie::proof::verify_proof;
use alloy_trie::{Nibbles, TrieAccount};
use serde_json::{json, Value};

use crate::support::{parse, word, Served};

fn nodes(value: &Value) -> Vec<Bytes> {
    parse(value)
}

/// Checks an answer of `eth_getProof` against a block's state root, slot by slot.
fn verify(node: &Served, block: &str, who: Address, proof: &Value) -> Result<(), String> {
    let header = node.rpc("eth_getBlockByNumber", json!([block, false]));
    let root: B256 = parse(&header["stateRoot"]);
    let account = TrieAccount {
        nonce: parse::<U256>(&proof["nonce"]).to(),
        balance: parse(&proof["balance"]),
        storage_root: parse(&proof["storageHash"]),
        code_hash: parse(&proof["codeHash"]),
    };
    let expected = (account != TrieAccount::default()).then(|| alloy_rlp::encode(account));
    let key = Nibbles::unpack(keccak256(who));
    verify_proof(root, key, expected, &nodes(&proof["accountProof"]))
        .map_err(|error| error.to_string())?;
    for slot in proof["storageProof"].as_array().expect("a list") {
        let value: U256 = parse(&slot["value"]);
        let expected = (!value.is_zero()).then(|| alloy_rlp::encode(value));
        let key = keccak256(parse::<U256>(&slot["key"]).to_be_bytes::<32>());
        let nodes = nodes(&slot["proof"]);
        verify_proof(account.storage_root, Nibbles::unpack(key), expected, &nodes)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[test]
fn slots_are_read_by_keys_of_32_bytes_at_most() {
    let node = Served::new();
    let (who, other) = (Address::repeat_byte(0x42), Address::repeat_byte(0x43));
    node.rpc("anvil_setStorageAt", json!([who, "0x2", word(7)]));
    let asked = json!({ who.to_string(): ["0x2", word(2)], other.to_string(): ["0x0"] });
    let values = node.rpc("eth_getStorageValues", json!([asked]));
    let read = |who: Address| values[who.to_string().to_lowercase()].clone();
    assert_eq!(read(who), json!([word(7), word(7)]));
    assert_eq!(read(other), json!([word(0)]));
    let failure = node.refused("eth_getStorageValues", json!([{}]));
    assert_eq!(
        (failure.code, &*failure.message),
        (-32_602, "empty request")
    );
    let long = format!("0x{}", "0".repeat(65));
    for (method, params) in [
        ("eth_getStorageAt", json!([who, long, "latest"])),
        ("eth_getStorageAt", json!([who, "0xasdf", "latest"])),
        ("eth_getStorageValues", json!([{ who.to_string(): [long] }])),
        ("eth_getProof", json!([who, [long], "latest"])),
        ("hardhat_setStorageAt", json!([who, long, word(1)])),
    ] {
        assert_eq!(node.refused(method, params).code, -32_602, "{method}");
    }
}

#[test]
fn accounts_and_slots_are_proved_against_the_roots_of_their_blocks() {
    let node = Served::new();
    let contract = node.deploy();
    for _ in 0..3 {
        node.send(json!({ "from": node.accounts[0], "to": contract }));
    }
    let nobody = Address::repeat_byte(0x77);
    let slots = json!(["0x0", word(0), word(1), "0xabc"]);
    let mut roots = Vec::new();
    for block in ["0x1", "0x2", "0x4", "latest"] {
        let header = node.rpc("eth_getBlockByNumber", json!([block, false]));
        roots.push(header["stateRoot"].clone());
        for who in [contract, node.accounts[0], node.accounts[2], nobody] {
            let proof = node.rpc("eth_getProof", json!([who, slots, block]));
            assert_eq!(
                verify(&node, block, who, &proof),
                Ok(()),
                "{who} at {block}"
            );
            let keys: Vec<&Value> = proof["storageProof"]
                .as_array()
                .unwrap()
                .iter()
                .map(|slot| &slot["key"])
                .collect();
            assert_eq!(json!(keys), slots, "slots are named as they were asked for");
        }
    }
    assert_ne!(roots[0], roots[1]);
    assert_eq!(roots[2], roots[3]);
    // A proof of one block is none of another.
    let proof = node.rpc("eth_getProof", json!([contract, slots, "0x2"]));
    assert!(verify(&node, "0x4", contract, &proof).is_err());
    let failure = node.refused(
        "eth_getProof",
        json!([contract, vec!["0x0"; 1_025], "latest"]),
    );
    assert!(failure.message.contains("1024"), "{failure:?}");
}

#[test]
fn roots_come_from_the_state_and_not_from_how_it_came_about() {
    let root = |steps: &[(&str, Value)]| {
        let node = Served::new();
        for (method, params) in steps {
            node.rpc(method, params.clone());
        }
        node.rpc("evm_mine", json!([]));
        let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
        block["stateRoot"].clone()
    };
    let who = Address::repeat_byte(0x11);
    let set = |slot: u64, value: u64| {
        let slot = format!("{slot:#x}");
        ("anvil_setStorageAt", json!([who, slot, word(value)]))
    };
    let one = root(&[set(1, 5), set(2, 6)]);
    assert_eq!(
        one,
        root(&[set(2, 9), set(3, 7), set(1, 5), set(3, 0), set(2, 6)])
    );
    assert_ne!(one, root(&[set(1, 5)]));
    assert_eq!(root(&[set(1, 5), set(1, 0)]), root(&[]));
}

#[test]
fn what_contracts_destroy_and_create_again_leaves_the_trie() {
    let node = Served::new();
    // Stores 1 in slot 0 on creation; its code destroys it.
    let init = "0x60015f55600280600d5f395ff35fff";
    let sent = node.send(json!({ "from": node.accounts[0], "data": init }));
    let contract: Address = parse(&sent["contractAddress"]);
    node.send(json!({ "from": node.accounts[0], "to": contract }));
    for block in ["0x1", "0x2"] {
        let proof = node.rpc("eth_getProof", json!([contract, ["0x0"], block]));
        assert_eq!(proof["storageProof"][0]["value"], "0x1", "{block}");
        assert_eq!(verify(&node, block, contract, &proof), Ok(()), "{block}");
    }
}
