//! Transactions: decoding, checking what no state is needed for, and what clients read of them.

use alloy_consensus::transaction::{Recovered, SignerRecoverable};
use alloy_consensus::{Transaction as _, TxEip2930, TxEnvelope, TxLegacy, TypedTransaction};
use alloy_eips::eip2718::{Decodable2718, Encodable2718};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::SignedAuthorization;
use alloy_primitives::{Address, Bytes, Signature, TxKind, B256, U256};
use alloy_rpc_types_eth::{Transaction as RpcTransaction, TransactionRequest};
use inkhorn_chain::{Authorization, MinedTransaction, Transaction as ChainTransaction};

use crate::accounts::stand_in_signature;
use crate::error::RpcError;

/// A transaction with its sender.
pub type Sent = Recovered<TxEnvelope>;

/// Longest encoding that is accepted, in bytes, as Arbitrum One's sequencer has it.
const MAX_ENCODED: usize = 95_000;

/// Decodes a signed transaction and recovers its sender.
///
/// # Errors
/// Malformed bytes, a type that Arbitrum does not have (blobs), another chain's id, a signature that nobody made.
pub fn decode(mut raw: &[u8], chain_id: u64) -> Result<Sent, RpcError> {
    check_length(raw.len())?;
    let envelope = TxEnvelope::decode_2718(&mut raw)
        .map_err(|error| RpcError::refused(format!("rlp: {error}")))?;
    if !raw.is_empty() {
        return Err(RpcError::refused("rlp: input contains trailing bytes"));
    }
    check_type(&envelope)?;
    check_chain_id(&envelope, chain_id)?;
    envelope
        .try_into_recovered()
        .map_err(|_| RpcError::refused("invalid sender"))
}

/// Checks the length of a transaction's encoding in bytes.
///
/// # Errors
/// It is too long.
pub fn check_length(bytes: usize) -> Result<(), RpcError> {
    if bytes > MAX_ENCODED {
        return Err(RpcError::refused(format!(
            "oversized data: transaction size {bytes}, limit {MAX_ENCODED}"
        )));
    }
    Ok(())
}

/// Checks that a request has nothing that this chain would not carry out as asked.
///
/// # Errors
/// A type that its fields don't fit, blobs, authorizations without a recipient, another chain's id, or two inputs that differ.
pub fn check_request(request: &TransactionRequest, chain_id: u64) -> Result<(), RpcError> {
    check_type_of_request(request)?;
    if let Some(list) = &request.authorization_list {
        check_authorizations(list, matches!(request.to, Some(TxKind::Call(_))))?;
    }
    if let Some(have) = request.chain_id.filter(|have| *have != chain_id) {
        return Err(RpcError::refused(format!(
            "chainId does not match node's (have={have}, want={chain_id})"
        )));
    }
    match (&request.input.input, &request.input.data) {
        (Some(input), Some(data)) if input != data => Err(RpcError::invalid(
            r#"both "data" and "input" are set and not equal. Please use "input" to pass transaction call data"#,
        )),
        _ => Ok(()),
    }
}

/// Checks that a transaction with authorizations is one that EIP-7702 allows.
fn check_authorizations(list: &[SignedAuthorization], has_recipient: bool) -> Result<(), RpcError> {
    if list.is_empty() {
        return Err(RpcError::refused(
            "EIP-7702 transaction with empty auth list",
        ));
    }
    if !has_recipient {
        return Err(RpcError::refused(
            "EIP-7702 transaction cannot be used to create contract",
        ));
    }
    Ok(())
}

/// Checks that the type that a request names is that of its fields.
fn check_type_of_request(request: &TransactionRequest) -> Result<(), RpcError> {
    let Some(kind) = request.transaction_type else {
        return Ok(());
    };
    let fields = [
        ("gasPrice", request.gas_price.is_some(), [0, 1].as_slice()),
        ("maxFeePerGas", request.max_fee_per_gas.is_some(), &[2, 4]),
        (
            "maxPriorityFeePerGas",
            request.max_priority_fee_per_gas.is_some(),
            &[2, 4],
        ),
        ("accessList", request.access_list.is_some(), &[1, 2, 4]),
        (
            "authorizationList",
            request.authorization_list.is_some(),
            &[4],
        ),
    ];
    match kind {
        0..=2 => {}
        4 if request.authorization_list.is_some() => {}
        3 => {
            return Err(RpcError::refused(
                "transaction type not supported: Arbitrum has no blob transactions",
            ))
        }
        4 => return Err(RpcError::invalid("type 0x4 needs `authorizationList`")),
        other => {
            return Err(RpcError::refused(format!(
                "transaction type not supported: {other:#x}"
            )))
        }
    }
    match fields
        .iter()
        .find(|(_, is_given, kinds)| *is_given && !kinds.contains(&kind))
    {
        Some((name, ..)) => Err(RpcError::invalid(format!(
            "a transaction of type {kind:#x} has no `{name}`"
        ))),
        None => Ok(()),
    }
}

fn check_type(transaction: &TxEnvelope) -> Result<(), RpcError> {
    match transaction {
        TxEnvelope::Legacy(_) | TxEnvelope::Eip2930(_) | TxEnvelope::Eip1559(_) => Ok(()),
        TxEnvelope::Eip7702(signed) => check_authorizations(&signed.tx().authorization_list, true),
        TxEnvelope::Eip4844(_) => Err(RpcError::refused(
            "transaction type not supported: Arbitrum has no blob transactions",
        )),
    }
}

/// Transactions from before EIP-155 carry no chain id and are let through, as Nitro does.
fn check_chain_id(transaction: &TxEnvelope, want: u64) -> Result<(), RpcError> {
    match transaction.chain_id() {
        Some(have) if have != want => Err(RpcError::refused(format!(
            "invalid chain id for signer: have {have} want {want}"
        ))),
        _ => Ok(()),
    }
}

/// Builds the transaction that a request asks for. Nonce, gas limit and fee must be filled in.
///
/// # Errors
/// Fields that don't go together, or a type that the chain does not have.
pub fn build(mut request: TransactionRequest, chain_id: u64) -> Result<TypedTransaction, RpcError> {
    check_request(&request, chain_id)?;
    request.chain_id = Some(chain_id);
    // A request without a recipient creates a contract.
    request.to.get_or_insert(TxKind::Create);
    request
        .build_typed_tx()
        .map_err(|_| RpcError::refused("the transaction's fields don't go together"))
}

/// Puts a signature to a built transaction.
pub fn sign(transaction: TypedTransaction, sender: Address, signature: Signature) -> Sent {
    Recovered::new_unchecked(TxEnvelope::new_unhashed(transaction, signature), sender)
}

/// What the chain executes in a block with this base fee, in wei per gas.
pub fn for_chain(sent: &Sent, base_fee: u64) -> ChainTransaction {
    ChainTransaction {
        from: sent.signer(),
        to: sent.to(),
        value: sent.value(),
        input: sent.input().clone(),
        gas: Some(sent.gas_limit()),
        gas_price: Some(sent.effective_gas_price(Some(base_fee))),
        access_list: sent.access_list().map(access_list).unwrap_or_default(),
        authorizations: authorizations(sent.authorization_list().unwrap_or_default()),
        encoding: Some(sent.encoded_2718().into()),
    }
}

/// Authorizations as the chain takes them, with who signed each.
pub fn authorizations(list: &[SignedAuthorization]) -> Vec<Authorization> {
    let read = |signed: &SignedAuthorization| Authorization {
        authority: signed.recover_authority().ok(),
        address: signed.address,
        chain_id: signed.chain_id,
        nonce: signed.nonce,
    };
    list.iter().map(read).collect()
}

/// An access list as the chain takes it.
pub fn access_list(list: &AccessList) -> Vec<(Address, Vec<B256>)> {
    list.iter()
        .map(|item| (item.address, item.storage_keys.clone()))
        .collect()
}

/// A transaction that the chain mined before it had a node. It is an old-style one at the price it named or
/// the block's base fee, or one with an access list; its hash follows from its contents and its sender.
pub fn from_history(mined: &MinedTransaction, chain_id: u64, base_fee: u64) -> Sent {
    let transaction = &mined.transaction;
    let gas_price = transaction.gas_price.unwrap_or(base_fee.into());
    let to = transaction.to.map_or(TxKind::Create, TxKind::Call);
    let typed = if transaction.access_list.is_empty() {
        TypedTransaction::Legacy(TxLegacy {
            chain_id: Some(chain_id),
            nonce: mined.nonce,
            gas_price,
            gas_limit: transaction.gas_limit(),
            to,
            value: transaction.value,
            input: transaction.input.clone(),
        })
    } else {
        let items = transaction.access_list.iter().cloned();
        TypedTransaction::Eip2930(TxEip2930 {
            chain_id,
            nonce: mined.nonce,
            gas_price,
            gas_limit: transaction.gas_limit(),
            to,
            value: transaction.value,
            access_list: items
                .map(|(address, storage_keys)| AccessListItem {
                    address,
                    storage_keys,
                })
                .collect::<Vec<_>>()
                .into(),
            input: transaction.input.clone(),
        })
    };
    sign(
        typed,
        transaction.from,
        stand_in_signature(transaction.from),
    )
}

/// Address of the contract that a creation makes, whether or not it succeeds.
pub fn created_address(sent: &Sent) -> Option<Address> {
    sent.is_create().then(|| sent.signer().create(sent.nonce()))
}

/// Most that the sender is willing to pay for a unit of gas, in wei.
pub fn max_fee(sent: &Sent) -> u128 {
    sent.max_fee_per_gas()
}

/// Most that the transaction may cost its sender, in wei.
pub fn cost(sent: &Sent) -> U256 {
    let fee = U256::from(max_fee(sent)).saturating_mul(U256::from(sent.gas_limit()));
    fee.saturating_add(sent.value())
}

/// A request's calldata, under whichever of its two names.
pub fn request_input(request: &TransactionRequest) -> Bytes {
    request.input.input().cloned().unwrap_or_default()
}

/// What clients read of a transaction that waits.
pub fn pending_view(sent: &Sent) -> RpcTransaction {
    RpcTransaction {
        inner: sent.clone(),
        block_hash: None,
        block_number: None,
        transaction_index: None,
        effective_gas_price: Some(max_fee(sent)),
        block_timestamp: None,
    }
}

/// Hash of a transaction.
pub fn hash(sent: &Sent) -> B256 {
    *sent.inner().hash()
}
