//! What owners may do and anyone may ask at ArbOS 60 and later.

use inkhorn_chain::{Address, Chain, Outcome, Status, Transaction, B256, U256};

use crate::common::{
    chain, chain_at, execution_gas, method, poke, precompile, word, ALICE, ARB_OWNER, ARB_WASM,
};

const ARB_OWNER_PUBLIC: Address = precompile(0x6b);
const ARB_GAS_INFO: Address = precompile(0x6c);
const FILTERED: Address = precompile(0x74);
const BOB: Address = Address::repeat_byte(0xb0);

/// Sends a transaction of [`ALICE`].
fn send(chain: &mut Chain, to: Address, signature: &str, arguments: &[U256]) -> Outcome {
    chain.transact(Transaction::call(ALICE, to, method(signature, arguments)))
}

fn ask(chain: &mut Chain, to: Address, signature: &str, arguments: &[U256]) -> Outcome {
    chain.call(Transaction::call(ALICE, to, method(signature, arguments)))
}

fn who() -> U256 {
    BOB.into_word().into()
}

/// Methods with the ArbOS version that brought them and arguments that they accept.
fn brought() -> Vec<(Address, &'static str, u64, Vec<U256>)> {
    let one = || vec![U256::from(1)];
    let list = || vec![U256::from(32), U256::ZERO];
    vec![
        (ARB_WASM, "activationGas()", 59, vec![]),
        (ARB_OWNER, "setWasmActivationGas(uint64)", 59, one()),
        (ARB_OWNER, "setMaxStylusContractFragments(uint8)", 60, one()),
        (ARB_OWNER, "setWasmMaxSize(uint32)", 40, one()),
        (ARB_OWNER, "setCollectTips(bool)", 60, vec![U256::ZERO]),
        (
            ARB_OWNER,
            "addTransactionFilterer(address)",
            60,
            vec![who()],
        ),
        (ARB_OWNER, "isTransactionFilterer(address)", 60, vec![who()]),
        (ARB_OWNER, "getAllTransactionFilterers()", 60, vec![]),
        (ARB_OWNER, "setTransactionFilteringFrom(uint64)", 60, one()),
        (
            ARB_OWNER,
            "setFilteredFundsRecipient(address)",
            60,
            vec![who()],
        ),
        (
            ARB_OWNER,
            "setMultiGasPricingConstraints(((uint8,uint64)[],uint32,uint64,uint64)[])",
            60,
            list(),
        ),
        (
            ARB_OWNER,
            "setGasPricingConstraints(uint64[3][])",
            50,
            list(),
        ),
        (
            ARB_OWNER_PUBLIC,
            "getMaxStylusContractFragments()",
            60,
            vec![],
        ),
        (ARB_OWNER_PUBLIC, "getCollectTips()", 60, vec![]),
        (
            ARB_OWNER_PUBLIC,
            "isTransactionFilterer(address)",
            60,
            vec![who()],
        ),
        (ARB_OWNER_PUBLIC, "getAllTransactionFilterers()", 60, vec![]),
        (
            ARB_OWNER_PUBLIC,
            "getTransactionFilteringFrom()",
            60,
            vec![],
        ),
        (ARB_OWNER_PUBLIC, "getFilteredFundsRecipient()", 60, vec![]),
        (ARB_GAS_INFO, "getMultiGasBaseFee()", 60, vec![]),
        (ARB_GAS_INFO, "getMultiGasPricingConstraints()", 60, vec![]),
        (ARB_GAS_INFO, "getGasPricingConstraints()", 50, vec![]),
        (ARB_GAS_INFO, "getMaxTxGasLimit()", 50, vec![]),
        (ARB_GAS_INFO, "getMaxBlockGasLimit()", 50, vec![]),
    ]
}

#[test]
fn fact_117_methods_exist_from_their_version_on() {
    for (to, signature, version, arguments) in brought() {
        let mut before = chain_at(version - 1);
        before.add_chain_owner(ALICE);
        let outcome = send(&mut before, to, signature, &arguments);
        let burned = (outcome.status, outcome.gas_used);
        assert_eq!(burned, (Status::Revert, 32_000_000), "{signature}");
        let mut since = chain_at(version);
        since.add_chain_owner(ALICE);
        let outcome = send(&mut since, to, signature, &arguments);
        assert!(outcome.is_success(), "{signature}: {:?}", outcome.status);
    }
}

#[test]
fn fact_117_only_owners_may_change_anything() {
    let mut chain = chain();
    for (to, signature, _, arguments) in brought() {
        if to == ARB_OWNER {
            let outcome = send(&mut chain, to, signature, &arguments);
            let burned = (outcome.status, outcome.gas_used);
            assert_eq!(burned, (Status::Revert, 32_000_000), "{signature}");
        }
    }
}

#[test]
fn the_selectors_are_those_of_a_node() {
    for (signature, selector) in [
        ("activationGas()", 0x2278_c278_u32),
        ("setWasmActivationGas(uint64)", 0xa0a3_2497),
        ("setMaxStylusContractFragments(uint8)", 0xf1fe_1a70),
        ("setWasmMaxSize(uint32)", 0x455e_c2eb),
        ("setCollectTips(bool)", 0xa858_dbe2),
        (
            "setMultiGasPricingConstraints(((uint8,uint64)[],uint32,uint64,uint64)[])",
            0x2b05_bb39,
        ),
        ("setGasPricingConstraints(uint64[3][])", 0xcc0d_556a),
        ("scheduleArbOSUpgrade(uint64,uint64)", 0xe388_b381),
        ("getMaxStylusContractFragments()", 0xe5a7_f893),
        ("getScheduledUpgrade()", 0x81ef_944c),
        ("getMultiGasBaseFee()", 0xc0e1_0bbb),
        ("isTransactionFiltered(bytes32)", 0x85c7_33a4),
    ] {
        assert_eq!(
            method(signature, &[]),
            selector.to_be_bytes(),
            "{signature}"
        );
    }
}

/// First topics of the events that a change emits.
fn topics(chain: &mut Chain, signature: &str) -> Vec<B256> {
    let outcome = send(chain, ARB_OWNER, signature, &[who()]);
    assert!(outcome.is_success(), "{signature}");
    let logs = outcome.logs.iter().inspect(|log| {
        assert_eq!((log.address, log.data.data.len()), (ARB_OWNER, 0));
        assert_eq!(log.topics()[1..], [BOB.into_word()]);
    });
    logs.map(|log| log.topics()[0]).collect()
}

#[test]
fn fact_118_owners_are_announced_from_60_on() {
    let known = [
        (
            "addChainOwner(address)",
            "468eb89423e509e6b3edfd60f81c5d0f2ad5362307bd4db79a183c8a8f6bf430",
        ),
        (
            "removeChainOwner(address)",
            "adccaaabc4a1e1609c82e07cd301c9563c2ed46559becda0e14373ab9d480f15",
        ),
    ];
    let mut old = chain_at(51);
    let mut new = chain();
    old.add_chain_owner(ALICE);
    new.add_chain_owner(ALICE);
    for (signature, topic) in known {
        assert_eq!(topics(&mut old, signature), Vec::<B256>::new());
        assert_eq!(
            topics(&mut new, signature),
            [topic.parse::<B256>().unwrap()]
        );
    }
}

#[test]
fn filterers_are_listed_and_announced() {
    let mut chain = chain();
    chain.add_chain_owner(ALICE);
    let known = [
        (
            "addTransactionFilterer(address)",
            "92c0896862dcf782b080661b3b1ab369f630b7cd4a68f1aa10ad27ba0b1a6aa1",
            1,
        ),
        (
            "removeTransactionFilterer(address)",
            "dbd02dacac4eee42611d0b4f3cc8909cf61c742a8509b771220eaab21638fb14",
            0,
        ),
        (
            "setFilteredFundsRecipient(address)",
            "7446ff652b5056197ad963b644a1767e511137f4ea213dee4ce04e8ed08f9b9d",
            0,
        ),
    ];
    for (signature, topic, listed) in known {
        assert_eq!(
            topics(&mut chain, signature),
            [topic.parse::<B256>().unwrap()]
        );
        for at in [ARB_OWNER, ARB_OWNER_PUBLIC] {
            let asked = ask(&mut chain, at, "isTransactionFilterer(address)", &[who()]);
            assert_eq!(*asked.output, *word(listed));
        }
    }
    let recipient = ask(
        &mut chain,
        ARB_OWNER_PUBLIC,
        "getFilteredFundsRecipient()",
        &[],
    );
    assert_eq!(recipient.output[..], BOB.into_word()[..]);
    send(
        &mut chain,
        ARB_OWNER,
        "setTransactionFilteringFrom(uint64)",
        &[U256::from(9)],
    );
    let from = ask(
        &mut chain,
        ARB_OWNER_PUBLIC,
        "getTransactionFilteringFrom()",
        &[],
    );
    assert_eq!(*from.output, *word(9));
}

#[test]
fn fact_119_tips_are_not_collected_and_not_paid() {
    let mut chain = chain();
    let collected = ask(&mut chain, ARB_OWNER_PUBLIC, "getCollectTips()", &[]);
    assert_eq!(*collected.output, *word(0));
    let before = chain.balance(ALICE);
    let mut tx = Transaction::transfer(ALICE, BOB, U256::from(5));
    tx.gas_price = Some(1_020_000_000);
    let outcome = chain.transact(tx);
    let paid = U256::from(outcome.gas_used) * U256::from(20_000_000) + U256::from(5);
    assert_eq!(before - chain.balance(ALICE), paid);
    chain.add_chain_owner(ALICE);
    let refused = send(
        &mut chain,
        ARB_OWNER,
        "setCollectTips(bool)",
        &[U256::from(1)],
    );
    assert_eq!(
        refused.status,
        Status::Revert,
        "there are no tips to collect"
    );
}

#[test]
fn fact_120_gas_has_one_price() {
    let mut chain = chain();
    for (signature, gas) in [
        ("getMultiGasPricingConstraints()", 1_606),
        ("getGasPricingConstraints()", 1_606),
        ("getMultiGasBaseFee()", 8_833),
    ] {
        let tx = Transaction::call(ALICE, ARB_GAS_INFO, method(signature, &[]));
        let outcome = chain.transact(tx.clone());
        assert_eq!(execution_gas(&outcome, &tx), gas, "{signature}");
        let list = match gas {
            1_606 => [word(32), word(0)].concat(),
            _ => [vec![word(32), word(9)], vec![word(20_000_000); 9]]
                .concat()
                .concat(),
        };
        assert_eq!(*outcome.output, *list, "{signature}");
    }
}

#[test]
fn fact_121_no_transaction_is_filtered() {
    let mut chain = chain();
    let hash = [U256::from(7)];
    let asked = ask(
        &mut chain,
        FILTERED,
        "isTransactionFiltered(bytes32)",
        &hash,
    );
    assert_eq!(*asked.output, *word(0));
    let refused = send(
        &mut chain,
        FILTERED,
        "addFilteredTransaction(bytes32)",
        &hash,
    );
    assert_eq!(
        (refused.status, refused.gas_used),
        (Status::Revert, 32_000_000)
    );
    let asked = ask(
        &mut chain_at(59),
        FILTERED,
        "isTransactionFiltered(bytes32)",
        &hash,
    );
    assert!(
        asked.is_success() && asked.output.is_empty(),
        "an empty account"
    );
}

#[test]
fn a_minimum_base_fee_holds_from_the_next_block_on() {
    let mut chain = chain();
    chain.add_chain_owner(ALICE);
    let fee = [U256::from(50_000_000)];
    let outcome = send(&mut chain, ARB_OWNER, "setMinimumL2BaseFee(uint256)", &fee);
    assert!(outcome.is_success());
    assert_eq!(
        (chain.config().base_fee, chain.next_base_fee()),
        (20_000_000, 50_000_000)
    );
    let minimum = ask(&mut chain, ARB_GAS_INFO, "getMinimumGasPrice()", &[]);
    assert_eq!(*minimum.output, *word(50_000_000));
    let before = chain.balance(ALICE);
    let outcome = poke(&mut chain, BOB);
    let paid = U256::from(outcome.gas_used) * U256::from(50_000_000);
    assert_eq!(before - chain.balance(ALICE), paid);
    chain.set_base_fee(7);
    chain.mine();
    assert_eq!(
        chain.config().base_fee,
        7,
        "the owner's fee was applied once"
    );
    send(&mut chain, ARB_OWNER, "setMinimumL2BaseFee(uint256)", &fee);
    chain.set_base_fee(8);
    chain.mine();
    assert_eq!(chain.config().base_fee, 8, "the later decision holds");
    let most = [U256::MAX];
    let outcome = send(&mut chain, ARB_OWNER, "setMinimumL2BaseFee(uint256)", &most);
    assert_eq!(outcome.status, Status::Revert);
}
