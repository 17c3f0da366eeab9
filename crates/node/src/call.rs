//! Calls: executions that leave no trace.

use alloy_primitives::{Bytes, TxKind, U256};
use alloy_rpc_types_eth::state::{AccountOverride, StateOverride};
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest};
use inkhorn_chain::{Chain, Outcome, Status, Transaction, LATEST_TIMESTAMP};

use crate::error::RpcError;
use crate::transaction::{access_list, authorizations, check_request, request_input};

/// Most gas that a call executes with, as Nitro's RPC has it.
pub const CALL_GAS_CAP: u64 = 50_000_000;

/// A call's stipend, which an optimistic estimate has to allow for.
const CALL_STIPEND: u64 = 2_300;

/// Thousandths of the gas executed that an estimate adds.
const TOLERANCE: u64 = 15;

/// The chain's transaction for a request, without a sender that can't pay what it offers.
///
/// # Errors
/// Fees that don't go together, more than the sender has, or what this chain would not carry out as asked.
pub fn transaction(
    chain: &Chain,
    request: &TransactionRequest,
    gas_cap: u64,
) -> Result<Transaction, RpcError> {
    check_request(request, chain.config().chain_id)?;
    let from = request.from.unwrap_or_default();
    let gas = request.gas.map_or(gas_cap, |gas| gas.min(gas_cap));
    let value = request.value.unwrap_or_default();
    let max_fee = fee_cap(chain, request)?;
    if max_fee > 0 {
        let have = chain.balance(from);
        let want = U256::from(max_fee)
            .saturating_mul(U256::from(gas))
            .saturating_add(value);
        // Without a limit of its own a request may use what the sender can pay for.
        let is_limited = request.gas.is_some() || have < value;
        if have < want && is_limited {
            return Err(RpcError::refused(format!(
                "insufficient funds for gas * price + value: address {from} have {have} want {want}"
            )));
        }
        if have < want {
            let affordable = (have - value) / U256::from(max_fee);
            return Ok(build(chain, request, affordable.saturating_to()));
        }
    }
    Ok(build(chain, request, gas))
}

/// Refuses a call whose sender can't pay for the gas of a transaction that does nothing.
///
/// # Errors
/// What the sender has and what it takes, wei.
pub fn check_funds(
    chain: &Chain,
    request: &TransactionRequest,
    run: &Transaction,
) -> Result<(), RpcError> {
    let least = run.intrinsic_gas();
    if request.gas.is_some() || run.gas_limit() >= least {
        return Ok(());
    }
    let price = U256::from(fee_cap(chain, request)?);
    let want = price
        .saturating_mul(U256::from(least))
        .saturating_add(run.value);
    let have = chain.balance(run.from);
    Err(RpcError::refused(format!(
        "insufficient funds for gas * price + value: address {} have {have} want {want}",
        run.from
    )))
}

fn build(chain: &Chain, request: &TransactionRequest, gas: u64) -> Transaction {
    Transaction {
        from: request.from.unwrap_or_default(),
        to: match request.to {
            Some(TxKind::Call(to)) => Some(to),
            Some(TxKind::Create) | None => None,
        },
        value: request.value.unwrap_or_default(),
        input: request_input(request),
        gas: Some(gas),
        gas_price: offered_price(chain, request),
        access_list: request
            .access_list
            .as_ref()
            .map(access_list)
            .unwrap_or_default(),
        authorizations: authorizations(request.authorization_list.as_deref().unwrap_or_default()),
        encoding: None,
    }
}

/// What a unit of gas would be paid with in wei, tip included; `None` when the request offers nothing.
fn offered_price(chain: &Chain, request: &TransactionRequest) -> Option<u128> {
    let with_tip = |max_fee: u128| {
        let tip = request.max_priority_fee_per_gas.unwrap_or(0);
        max_fee.min(tip.saturating_add(chain.config().base_fee.into()))
    };
    request.gas_price.or(request.max_fee_per_gas.map(with_tip))
}

/// The most that the request offers for a unit of gas in wei, zero when it offers nothing.
fn fee_cap(chain: &Chain, request: &TransactionRequest) -> Result<u128, RpcError> {
    let dynamic = request.max_fee_per_gas.or(request.max_priority_fee_per_gas);
    if request.gas_price.is_some() && dynamic.is_some() {
        return Err(RpcError::refused(
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        ));
    }
    let max_fee = request.gas_price.or(request.max_fee_per_gas).unwrap_or(0);
    let tip = request.max_priority_fee_per_gas.unwrap_or(0);
    if request.max_fee_per_gas.is_some_and(|max_fee| max_fee < tip) {
        return Err(RpcError::refused(format!(
            "max priority fee per gas higher than max fee per gas: address {}, maxPriorityFeePerGas: {tip}, \
             maxFeePerGas: {max_fee}",
            request.from.unwrap_or_default()
        )));
    }
    let base_fee = u128::from(chain.config().base_fee);
    if max_fee > 0 && max_fee < base_fee {
        return Err(RpcError::refused(format!(
            "max fee per gas less than block base fee: address {}, maxFeePerGas: {max_fee}, baseFee: {base_fee}",
            request.from.unwrap_or_default()
        )));
    }
    Ok(max_fee)
}

/// The block that a call runs in, on a chain whose latest block was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsIn {
    /// The latest one.
    Latest,
    /// The one that comes next.
    Next,
}

/// Block numbers stay below this, so that counting on never overflows.
const LARGEST_NUMBER: u64 = 1 << 62;

/// Changes a chain as a call asks for and gives what it runs.
///
/// # Errors
/// Overrides that this chain can't honour, and those of [`transaction`].
pub fn prepare(
    chain: &mut Chain,
    request: &TransactionRequest,
    state: Option<StateOverride>,
    block: Option<BlockOverrides>,
    runs_in: RunsIn,
) -> Result<Transaction, RpcError> {
    let has_base_fee = block.as_ref().is_some_and(|block| block.base_fee.is_some());
    apply_overrides(chain, state, block, runs_in)?;
    let mut transaction = transaction(chain, request, CALL_GAS_CAP)?;
    if has_base_fee {
        // A free call would not see the base fee that it asks for.
        let base_fee = chain.config().base_fee.into();
        transaction.gas_price.get_or_insert(base_fee);
    }
    Ok(transaction)
}

/// Changes a chain as a call asks for before it runs.
///
/// # Errors
/// Overrides that this chain can't honour.
pub fn apply_overrides(
    chain: &mut Chain,
    state: Option<StateOverride>,
    block: Option<BlockOverrides>,
    runs_in: RunsIn,
) -> Result<(), RpcError> {
    if let Some(block) = block {
        apply_block_overrides(chain, &block, runs_in)?;
    }
    for (address, account) in state.unwrap_or_default() {
        apply_account_override(chain, address, account)?;
    }
    Ok(())
}

fn apply_account_override(
    chain: &mut Chain,
    address: alloy_primitives::Address,
    account: AccountOverride,
) -> Result<(), RpcError> {
    if account.state.is_some() && account.state_diff.is_some() {
        return Err(RpcError::refused(format!(
            "account {address} has both 'state' and 'stateDiff'"
        )));
    }
    if let Some(balance) = account.balance {
        chain.fund(address, balance);
    }
    if let Some(nonce) = account.nonce {
        chain.set_nonce(address, nonce);
    }
    if let Some(code) = account.code {
        check_code_at(chain, address)?;
        chain.set_code(address, code);
    }
    if account.state.is_some() || account.state_diff.is_some() {
        check_storage_of(address)?;
    }
    if account.state.is_some() {
        chain.clear_storage(address);
    }
    for (slot, value) in account.state.or(account.state_diff).unwrap_or_default() {
        chain.set_storage(address, slot.into(), value.into());
    }
    Ok(())
}

/// Checks that code at an address would be run.
///
/// # Errors
/// There is a precompile, which runs in its place.
pub fn check_code_at(chain: &Chain, address: alloy_primitives::Address) -> Result<(), RpcError> {
    if chain.is_precompile(address) {
        return Err(RpcError::refused(format!(
            "account {address} is a precompile: its code can't be replaced"
        )));
    }
    Ok(())
}

/// Checks that an account's storage can be written from outside.
///
/// # Errors
/// It is what ArbOS keeps for itself, which changes through ArbOwner only.
pub fn check_storage_of(address: alloy_primitives::Address) -> Result<(), RpcError> {
    if Chain::is_arbos_state(address) {
        return Err(RpcError::refused(format!(
            "account {address} holds what ArbOS remembers: change it through ArbOwner (0x70)"
        )));
    }
    Ok(())
}

/// Contracts see the L2 number in ArbSys; `NUMBER` gives L1's, which follows from the time.
fn apply_block_overrides(
    chain: &mut Chain,
    block: &BlockOverrides,
    runs_in: RunsIn,
) -> Result<(), RpcError> {
    if let Some(number) = block.number {
        let number = u64::try_from(number)
            .ok()
            .filter(|number| *number > 0 && *number < LARGEST_NUMBER)
            .ok_or_else(|| {
                RpcError::refused(format!("block override: {number} is no block's number"))
            })?;
        chain.set_block_number(match runs_in {
            RunsIn::Latest => number,
            RunsIn::Next => number - 1,
        });
    }
    if let Some(gas) = block.gas_limit {
        chain.set_block_gas_limit(gas);
    }
    if let Some(coinbase) = block.coinbase {
        chain.set_coinbase(coinbase);
    }
    if let Some(random) = block.random {
        chain.set_prev_randao(random);
    }
    if let Some(time) = block.time {
        if time > LATEST_TIMESTAMP {
            return Err(RpcError::refused(format!(
                "block override: time {time} lies beyond the latest possible, {LATEST_TIMESTAMP}"
            )));
        }
        chain.pretend_time(time);
    }
    if let Some(fee) = block.base_fee {
        let fee = u64::try_from(fee).map_err(|_| {
            RpcError::refused(format!("block override: base fee {fee} is too high"))
        })?;
        chain.set_base_fee(fee);
    }
    for (&number, &hash) in block.block_hash.iter().flatten() {
        chain.set_block_hash(number, hash);
    }
    Ok(())
}

/// Prints what contracts say in a call.
pub fn print_said(outcome: &Outcome) {
    for said in &outcome.said {
        eprintln!("{} says in a call: {}", said.program, said.text);
    }
}

/// What an execution returned, or its failure as clients expect it.
///
/// # Errors
/// The revert with its data, or the reason for a halt.
pub fn outcome(outcome: Outcome) -> Result<Bytes, RpcError> {
    match outcome.status {
        Status::Success => Ok(outcome.output),
        Status::Revert => Err(RpcError::Revert(outcome.output)),
        Status::Halt(reason) => Err(RpcError::Refused(reason)),
    }
}

/// A gas limit for a transaction to come: one that just suffices now, and 1.5 % of what is executed with it. That is
/// go-ethereum's tolerance. Without it, whatever depends on the time would run short a second later. It is left out where the
/// transaction would fail for having more.
///
/// # Errors
/// As for [`lowest_gas`].
pub fn estimate_gas(chain: &Chain, transaction: &Transaction) -> Result<u64, RpcError> {
    // L1 data is allowed for apart: it is not what is executed.
    let mut free = chain.clone();
    let for_l1 = match chain.l1_price().is_zero() {
        true => 0,
        false => {
            free.set_l1_price(0);
            chain.l1_gas_to_allow(transaction, true)
        }
    };
    let lowest = lowest_gas(&free, transaction)?;
    let executed = lowest.saturating_sub(transaction.intrinsic_gas());
    let padded = lowest + executed * TOLERANCE / 1_000;
    let suffices = padded == lowest || succeeds_with(&free, transaction, padded);
    Ok(if suffices { padded } else { lowest } + for_l1)
}

fn succeeds_with(chain: &Chain, transaction: &Transaction, gas: u64) -> bool {
    let transaction = transaction.clone().with_gas(gas);
    chain.clone().call(transaction).is_success()
}

/// A gas limit with which the transaction succeeds and with one unit less does not, found by running it. That is the lowest,
/// unless it can fail for having more gas; then it is the lowest of its neighbourhood.
///
/// Its own limit is the highest that is tried, but no more than what the chain lets a transaction use.
///
/// # Errors
/// The reason why it fails with the highest limit.
pub fn lowest_gas(chain: &Chain, transaction: &Transaction) -> Result<u64, RpcError> {
    let cap = transaction.gas_limit().min(chain.config().tx_gas_limit);
    let first = chain.clone().call(transaction.clone().with_gas(cap));
    if !first.is_success() {
        // The transaction will not come, so that this is all that is heard of it.
        print_said(&first);
    }
    let intrinsic = transaction.intrinsic_gas();
    if cap < intrinsic || first.status == Status::Halt("out of gas".to_owned()) {
        return Err(RpcError::refused(format!(
            "gas required exceeds allowance ({cap})"
        )));
    }
    let used = first.gas_used;
    outcome(first)?;
    let (mut fails, mut succeeds) = (intrinsic - 1, cap);
    // Mostly it is what was used, or that and what has to be left over for the deepest call. What is used may depend on what
    // there is: a callee may take all that it is given.
    for guess in [used - 1, used, (used + CALL_STIPEND) * 64 / 63] {
        if guess <= fails {
            continue;
        }
        if guess >= succeeds {
            break;
        }
        if succeeds_with(chain, transaction, guess) {
            succeeds = guess;
            break;
        }
        fails = guess;
    }
    while fails + 1 < succeeds {
        let middle = fails + (succeeds - fails) / 2;
        if succeeds_with(chain, transaction, middle) {
            succeeds = middle;
        } else {
            fails = middle;
        }
    }
    Ok(succeeds)
}
