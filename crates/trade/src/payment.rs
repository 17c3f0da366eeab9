//! Leave for the pool to take the quote token: a permit (EIP-2612) in the same transaction where the token has them, an approval of
//! the exact amount before it where not.

use std::borrow::Cow;

use alloy_primitives::{Address, Bytes, U256};
use alloy_rpc_types_eth::TransactionReceipt;
use alloy_signer::SignerSync;
use alloy_sol_types::{Eip712Domain, SolCall, SolStruct};
use anyhow::{ensure, Result};

use crate::{
    abi::{IPool, Permit, Token},
    client::{holding, Client},
    number::signed,
};

/// A transaction that was mined.
pub struct Step {
    /// What it did.
    pub what: String,
    /// Its receipt.
    pub receipt: TransactionReceipt,
}

/// Sends a call that takes at most `amount` atoms of quote from the signer. `deadline` is the permit's, unix seconds. The last step
/// is the call itself.
pub async fn send_paid<C: SolCall>(
    client: &Client,
    call: &C,
    amount: U256,
    deadline: u64,
    by_approval: bool,
    what: &str,
) -> Result<Vec<Step>> {
    let holder = client.account()?;
    let spender = client.pool;
    let step = |what: String, receipt| Step { what, receipt };
    let allowance = Token::allowanceCall { holder, spender };
    if amount.is_zero() || client.read_at(client.quote, &allowance).await? >= amount {
        return Ok(vec![step(what.into(), client.send(call).await?)]);
    }
    let balance = client.cash().await?;
    ensure!(
        balance >= amount,
        "this may take {} and you have {}",
        client.units.cash(signed(amount)),
        client.units.cash(signed(balance))
    );
    let domain = match by_approval {
        true => None,
        false => permit_domain(client).await,
    };
    if let Some(domain) = domain {
        let permit = sign(client, &domain, amount, deadline).await?;
        let calls = vec![permit, Bytes::from(call.abi_encode())];
        let receipt = client.send_together(calls, holding(C::SIGNATURE)).await?;
        return Ok(vec![step(format!("{what}, with a permit"), receipt)]);
    }
    let approve = Token::approveCall { spender, amount };
    let approval = client.send_to(client.quote, &approve).await?;
    let approved = format!(
        "approved exactly {} to the pool",
        client.units.cash_exactly(signed(amount))
    );
    Ok(vec![
        step(approved, approval),
        step(what.into(), client.send(call).await?),
    ])
}

/// The domain of the quote token's permits; `None` when it has none. A token states only the hash of its domain, so the versions in
/// use are tried until one has that hash.
async fn permit_domain(client: &Client) -> Option<Eip712Domain> {
    let token = client.quote;
    let separator = client
        .read_at(token, &Token::DOMAIN_SEPARATORCall {})
        .await
        .ok()?;
    let name = client.read_at(token, &Token::nameCall {}).await.ok()?;
    let own = client.read_at(token, &Token::versionCall {}).await.ok();
    let versions = own.into_iter().chain(["1".into(), "2".into()]);
    let mut domains = versions.map(|version: String| {
        Eip712Domain::new(
            Some(Cow::Owned(name.clone())),
            Some(Cow::Owned(version)),
            Some(U256::from(client.chain_id)),
            Some(token),
            None,
        )
    });
    domains.find(|domain| domain.separator() == separator)
}

async fn sign(client: &Client, domain: &Eip712Domain, value: U256, deadline: u64) -> Result<Bytes> {
    let owner: Address = client.account()?;
    let nonce = Token::noncesCall { holder: owner };
    let deadline = U256::from(deadline);
    let permit = Permit {
        owner,
        spender: client.pool,
        value,
        nonce: client.read_at(client.quote, &nonce).await?,
        deadline,
    };
    let signature = client
        .signer()?
        .sign_hash_sync(&permit.eip712_signing_hash(domain))?;
    let call = IPool::permitQuoteCall {
        value,
        deadline,
        v: 27 + u8::from(signature.v()),
        r: signature.r().into(),
        s: signature.s().into(),
    };
    Ok(call.abi_encode().into())
}
