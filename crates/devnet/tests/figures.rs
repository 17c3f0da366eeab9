//! What ArbGasInfo and ArbOwnerPublic tell, for how much gas, and what owners change of it.

use alloy_sol_types::{Revert, SolError};
use inkhorn_chain::{Address, Chain, ChainConfig, Outcome, Status, Transaction, U256};

use crate::common::{
    chain, chain_at, chain_with, deploy, ether, execution_gas, method, poke, precompile, word,
    ALICE, ARB_OWNER,
};

const ARB_OWNER_PUBLIC: Address = precompile(0x6b);
const ARB_GAS_INFO: Address = precompile(0x6c);
const BOB: Address = Address::repeat_byte(0xb0);

/// The answer of a method, and the gas that it costs beside the transaction itself.
fn priced(chain: &mut Chain, to: Address, signature: &str, arguments: &[U256]) -> (Vec<u8>, u64) {
    let tx = Transaction::call(ALICE, to, method(signature, arguments));
    let outcome = chain.call(tx.clone());
    assert!(outcome.is_success(), "{signature}: {:?}", outcome.status);
    let gas = execution_gas(&outcome, &tx);
    (outcome.output.to_vec(), gas)
}

fn tell(chain: &mut Chain, to: Address, signature: &str) -> Vec<u8> {
    priced(chain, to, signature, &[]).0
}

fn govern(chain: &mut Chain, signature: &str, argument: U256) -> Outcome {
    chain.add_chain_owner(ALICE);
    let call = method(signature, &[argument]);
    chain.transact(Transaction::call(ALICE, ARB_OWNER, call))
}

fn account(who: Address) -> U256 {
    who.into_word().into()
}

#[test]
fn every_figure_costs_what_arbos_reads_for_it() {
    let mut chain = chain();
    for (signature, gas) in [
        ("getPricesInWei()", 2_418),
        ("getPricesInArbGas()", 1_609),
        ("getGasAccountingParams()", 2_409),
        ("getMinimumGasPrice()", 1_603),
        ("getL1BaseFeeEstimate()", 1_603),
        ("getL1BaseFeeEstimateInertia()", 1_603),
        ("getL1RewardRate()", 1_603),
        ("getL1RewardRecipient()", 1_603),
        ("getL1GasPriceEstimate()", 1_603),
        ("getCurrentTxL1GasFees()", 803),
        ("getGasBacklog()", 1_603),
        ("getPricingInertia()", 1_603),
        ("getGasBacklogTolerance()", 1_603),
        ("getL1PricingSurplus()", 3_203),
        ("getPerBatchGasCharge()", 1_603),
        ("getAmortizedCostCapBips()", 1_603),
        ("getL1FeesAvailable()", 1_603),
        ("getL1PricingEquilibrationUnits()", 1_603),
        ("getLastL1PricingUpdateTime()", 1_603),
        ("getL1PricingFundsDueForRewards()", 1_603),
        ("getL1PricingUnitsSinceUpdate()", 1_603),
        ("getLastL1PricingSurplus()", 1_603),
        ("getMaxTxGasLimit()", 1_603),
        ("getMaxBlockGasLimit()", 1_603),
    ] {
        assert_eq!(
            priced(&mut chain, ARB_GAS_INFO, signature, &[]).1,
            gas,
            "{signature}"
        );
    }
    for (signature, gas) in [
        ("getNetworkFeeAccount()", 1_603),
        ("getInfraFeeAccount()", 1_603),
        ("getBrotliCompressionLevel()", 1_603),
        ("getScheduledUpgrade()", 2_406),
        ("getAllNativeTokenOwners()", 1_606),
        ("getNativeTokenManagementFrom()", 1_603),
        ("getParentGasFloorPerToken()", 1_603),
    ] {
        let asked = priced(&mut chain, ARB_OWNER_PUBLIC, signature, &[]);
        assert_eq!(asked.1, gas, "{signature}");
    }
}

#[test]
fn an_aggregators_prices_are_everybodys() {
    let mut chain = chain();
    for (signature, named, gas) in [
        (
            "getPricesInWei()",
            "getPricesInWeiWithAggregator(address)",
            2_421,
        ),
        (
            "getPricesInArbGas()",
            "getPricesInArbGasWithAggregator(address)",
            1_612,
        ),
    ] {
        let plain = tell(&mut chain, ARB_GAS_INFO, signature);
        let (output, cost) = priced(&mut chain, ARB_GAS_INFO, named, &[account(BOB)]);
        assert_eq!((output, cost), (plain, gas), "{named}");
    }
}

#[test]
fn owners_set_what_anyone_can_ask_for_afterwards() {
    let mut chain = chain();
    for (setter, at, getter) in [
        (
            "setSpeedLimit(uint64)",
            ARB_GAS_INFO,
            "getGasAccountingParams()",
        ),
        (
            "setMaxBlockGasLimit(uint64)",
            ARB_GAS_INFO,
            "getMaxBlockGasLimit()",
        ),
        (
            "setL2GasPricingInertia(uint64)",
            ARB_GAS_INFO,
            "getPricingInertia()",
        ),
        (
            "setL2GasBacklogTolerance(uint64)",
            ARB_GAS_INFO,
            "getGasBacklogTolerance()",
        ),
        ("setGasBacklog(uint64)", ARB_GAS_INFO, "getGasBacklog()"),
        (
            "setL1BaseFeeEstimateInertia(uint64)",
            ARB_GAS_INFO,
            "getL1BaseFeeEstimateInertia()",
        ),
        (
            "setL1PricingInertia(uint64)",
            ARB_GAS_INFO,
            "getL1BaseFeeEstimateInertia()",
        ),
        (
            "setL1PricingEquilibrationUnits(uint256)",
            ARB_GAS_INFO,
            "getL1PricingEquilibrationUnits()",
        ),
        (
            "setL1PricingRewardRecipient(address)",
            ARB_GAS_INFO,
            "getL1RewardRecipient()",
        ),
        (
            "setL1PricingRewardRate(uint64)",
            ARB_GAS_INFO,
            "getL1RewardRate()",
        ),
        (
            "setPerBatchGasCharge(int64)",
            ARB_GAS_INFO,
            "getPerBatchGasCharge()",
        ),
        (
            "setAmortizedCostCapBips(uint64)",
            ARB_GAS_INFO,
            "getAmortizedCostCapBips()",
        ),
        (
            "setNetworkFeeAccount(address)",
            ARB_OWNER_PUBLIC,
            "getNetworkFeeAccount()",
        ),
        (
            "setInfraFeeAccount(address)",
            ARB_OWNER_PUBLIC,
            "getInfraFeeAccount()",
        ),
        (
            "setBrotliCompressionLevel(uint64)",
            ARB_OWNER_PUBLIC,
            "getBrotliCompressionLevel()",
        ),
        (
            "setParentGasFloorPerToken(uint64)",
            ARB_OWNER_PUBLIC,
            "getParentGasFloorPerToken()",
        ),
        (
            "setNativeTokenManagementFrom(uint64)",
            ARB_OWNER_PUBLIC,
            "getNativeTokenManagementFrom()",
        ),
    ] {
        let is_divisor = setter.starts_with("setSpeed") || setter.starts_with("setL2GasPricing");
        for value in [9, u64::from(is_divisor)] {
            let outcome = govern(&mut chain, setter, U256::from(value));
            assert!(outcome.is_success(), "{setter}: {:?}", outcome.status);
            assert_eq!(tell(&mut chain, at, getter)[..32], word(value), "{setter}");
        }
    }
    let outcome = govern(&mut chain, "setPerBatchGasCharge(int64)", U256::MAX);
    assert!(outcome.is_success());
    let charge = tell(&mut chain, ARB_GAS_INFO, "getPerBatchGasCharge()");
    assert_eq!(charge, [0xff; 32], "minus one");
}

#[test]
fn only_owners_set_figures() {
    let mut chain = chain();
    let call = method("setSpeedLimit(uint64)", &[U256::from(1)]);
    let outcome = chain.transact(Transaction::call(ALICE, ARB_OWNER, call));
    assert_eq!(outcome.status, Status::Revert);
    let params = tell(&mut chain, ARB_GAS_INFO, "getGasAccountingParams()");
    assert_eq!(
        params,
        [word(7_000_000), word(32_000_000), word(32_000_000)].concat()
    );
}

#[test]
fn what_was_paid_for_l1_data_stays_where_it_is() {
    let mut chain = chain();
    let released = govern(&mut chain, "releaseL1PricerSurplusFunds(uint256)", ether(1));
    assert_eq!(released.output[..], word(0));
    let price = govern(&mut chain, "setL1PricePerUnit(uint256)", U256::MAX);
    assert_eq!(price.status, Status::Revert);
}

#[test]
fn fees_go_where_owners_say() {
    let mut chain = chain();
    let carol = Address::repeat_byte(0xca);
    assert!(govern(&mut chain, "setNetworkFeeAccount(address)", account(BOB)).is_success());
    assert!(govern(&mut chain, "setL2BaseFee(uint256)", U256::from(50_000_000)).is_success());
    assert!(govern(&mut chain, "setInfraFeeAccount(address)", account(carol)).is_success());
    let before = (chain.balance(carol), chain.balance(BOB));
    let gas = U256::from(poke(&mut chain, ALICE).gas_used);
    let earned = (
        chain.balance(carol) - before.0,
        chain.balance(BOB) - before.1,
    );
    let [base, congestion] = [20_000_000, 30_000_000].map(U256::from);
    assert_eq!(earned, (gas * base, gas * congestion));
}

#[test]
fn a_base_fee_that_is_set_leaves_the_minimum_and_is_congestion() {
    let mut chain = chain();
    let fee = U256::from(50_000_000);
    assert!(govern(&mut chain, "setL2BaseFee(uint256)", fee).is_success());
    assert_eq!(chain.next_base_fee(), 50_000_000);
    chain.mine();
    let minimum = tell(&mut chain, ARB_GAS_INFO, "getMinimumGasPrice()");
    assert_eq!(minimum, word(20_000_000));
    let prices = tell(&mut chain, ARB_GAS_INFO, "getPricesInWei()");
    assert_eq!(
        prices[96..],
        [word(20_000_000), word(30_000_000), word(50_000_000)].concat()
    );
    let much = govern(&mut chain, "setL2BaseFee(uint256)", U256::MAX);
    assert_eq!(much.status, Status::Revert);
    let reason = Revert::abi_decode(&much.output).expect("a reason").reason;
    assert!(reason.contains("64 bits"), "{reason}");
}

#[test]
fn owners_may_make_a_chain_free_of_charge() {
    let following = chain_with(ChainConfig {
        base_fee_dynamics: true,
        ..ChainConfig::default()
    });
    for mut chain in [chain(), following] {
        for method in ["setMinimumL2BaseFee(uint256)", "setL2BaseFee(uint256)"] {
            assert!(govern(&mut chain, method, U256::ZERO).is_success());
        }
        assert_eq!(chain.next_base_fee(), 0);
        chain.mine();
        let minimum = tell(&mut chain, ARB_GAS_INFO, "getMinimumGasPrice()");
        assert_eq!(minimum, word(0));
        let poor = Address::repeat_byte(0x77);
        assert_eq!(chain.balance(poor), U256::ZERO);
        let sent = chain.transact(Transaction::call(poor, BOB, vec![]).with_gas(21_000));
        assert!(sent.is_success(), "{:?}", sent.status);
        chain.mine();
        assert_eq!(chain.config().base_fee, 0, "it stays so");
        let fee = U256::from(30_000_000);
        assert!(govern(&mut chain, "setMinimumL2BaseFee(uint256)", fee).is_success());
        chain.mine();
        assert_eq!(chain.next_base_fee(), 30_000_000);
    }
    let mut chain = chain();
    for method in ["setSpeedLimit(uint64)", "setL2GasPricingInertia(uint64)"] {
        assert_eq!(
            govern(&mut chain, method, U256::ZERO).status,
            Status::Revert
        );
    }
}

#[test]
fn the_gas_limit_of_a_transaction_holds_from_the_next_block_on() {
    let mut chain = chain();
    let endless = deploy(&mut chain, "5b 5f 56");
    let limit = U256::from(1_000_000);
    assert!(govern(&mut chain, "setMaxTxGasLimit(uint64)", limit).is_success());
    let spent = chain.transact(Transaction::call(ALICE, endless, vec![]));
    assert_eq!(spent.gas_used, 1_000_000);
    assert_eq!(chain.config().tx_gas_limit, 1_000_000);
    let told = tell(&mut chain, ARB_GAS_INFO, "getMaxTxGasLimit()");
    assert_eq!(told, word(1_000_000));
    let tiny = U256::from(20_999);
    assert_eq!(
        govern(&mut chain, "setMaxTxGasLimit(uint64)", tiny).status,
        Status::Revert
    );
}

#[test]
fn owners_of_native_tokens_are_listed_from_their_time_on() {
    let mut chain = chain();
    let add = "addNativeTokenOwner(address)";
    assert_eq!(govern(&mut chain, add, account(BOB)).status, Status::Revert);
    let from = U256::from(chain.now());
    assert!(govern(&mut chain, "setNativeTokenManagementFrom(uint64)", from).is_success());
    assert_eq!(govern(&mut chain, add, account(BOB)).logs.len(), 1);
    let listed = tell(&mut chain, ARB_OWNER_PUBLIC, "getAllNativeTokenOwners()");
    assert_eq!(
        listed[32..],
        [word(1), account(BOB).to_be_bytes_vec()].concat()
    );
    let remove = "removeNativeTokenOwner(address)";
    assert!(govern(&mut chain, remove, account(BOB)).is_success());
    assert_eq!(
        govern(&mut chain, remove, account(BOB)).status,
        Status::Revert
    );
}

#[test]
fn figures_exist_from_their_version_on() {
    for (to, signature, version) in [
        (ARB_OWNER_PUBLIC, "getAllNativeTokenOwners()", 41),
        (ARB_OWNER_PUBLIC, "getParentGasFloorPerToken()", 50),
        (ARB_OWNER_PUBLIC, "getNativeTokenManagementFrom()", 50),
    ] {
        let tx = Transaction::call(ALICE, to, method(signature, &[]));
        let before = chain_at(version - 1).call(tx.clone());
        assert_eq!(before.status, Status::Revert, "{signature}");
        assert!(chain_at(version).call(tx).is_success(), "{signature}");
    }
}
