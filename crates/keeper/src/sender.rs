//! Transactions, one at a time. A transaction is simulated before it is signed; once signed, the same bytes are handed to the
//! node until a block has them or a replacement of the same nonce has, so nothing is ever sent twice. What was under way when
//! the process ended is waited for at the next start.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_network::TxSignerSync;
use alloy_primitives::{Address, Bytes, TxKind, B256, U256};
use alloy_provider::Provider;
use alloy_rpc_types_eth::{TransactionInput, TransactionReceipt, TransactionRequest};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use anyhow::{anyhow, ensure, Context, Result};
use tokio::time::{sleep, Instant};

use crate::{
    chain::{persist, Answer, Chain},
    config::OperatorConfig,
    log::log,
    metrics::Metrics,
};

/// Between two looks for a receipt, at first and at most.
const POLL: [Duration; 2] = [Duration::from_millis(25), Duration::from_millis(250)];
/// Between two times that the same bytes are handed in.
const HAND_IN_EVERY: Duration = Duration::from_secs(2);
/// Wei in a gwei.
const GWEI: f64 = 1e9;
/// How often a transaction is made dearer before the keeper looks again whether it is still wanted.
const REPLACEMENTS: u32 = 6;
/// Most gas of a transaction, whatever a node estimates: Arbitrum's own limit.
const MOST_GAS: u64 = 32_000_000;
/// Tip, wei. Arbitrum takes none; other chains want some.
const TIP: u128 = 1_000_000;

/// An account that sends.
pub struct Sender {
    key: PrivateKeySigner,
    max_fee: u128,
    replace_after: Duration,
    confirmations: u64,
    count: AtomicU64,
}

/// A call as it is sent.
pub struct Order<'a, C> {
    /// The contract.
    pub to: Address,
    /// Ether that goes with it, wei.
    pub value: U256,
    /// What is called.
    pub call: &'a C,
}

/// A transaction under way: all that were signed for its nonce.
struct Attempt {
    transaction: TxEip1559,
    signed: Vec<(B256, Vec<u8>)>,
}

impl Sender {
    /// A sender of this configuration.
    pub fn new(config: &OperatorConfig) -> Result<Sender> {
        Ok(Sender {
            key: config.key.read()?,
            max_fee: (config.max_fee_gwei * GWEI) as u128,
            replace_after: Duration::from_secs_f64(config.replace_after),
            confirmations: config.confirmations,
            count: AtomicU64::new(0),
        })
    }

    /// Who pays.
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// How many transactions were signed so far, replacements not counted.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Waits for what an earlier run, or a transaction that was given up, left under way.
    pub async fn wait_for_earlier(&self, chain: &Chain) -> Result<()> {
        let begun = Instant::now();
        loop {
            let (latest, pending) = (
                self.nonce(chain, false).await?,
                self.nonce(chain, true).await?,
            );
            if pending <= latest {
                return Ok(());
            }
            if begun.elapsed() > self.replace_after {
                // The next transaction takes that nonce.
                log!(
                    "send",
                    "goes on",
                    reason = "an earlier transaction is stuck",
                    nonce = latest
                );
                return Ok(());
            }
            sleep(POLL[1]).await;
        }
    }

    /// Sends a call to the pool and waits until it counts. Simulate it first.
    pub async fn send<C: SolCall>(
        &self,
        chain: &Chain,
        metrics: &Metrics,
        duty: &str,
        call: &C,
    ) -> Result<TransactionReceipt> {
        let order = Order {
            to: chain.pool,
            value: U256::ZERO,
            call,
        };
        self.send_order(chain, metrics, duty, &order).await
    }

    /// The same to any contract, with ether.
    pub async fn send_order<C: SolCall>(
        &self,
        chain: &Chain,
        metrics: &Metrics,
        duty: &str,
        order: &Order<'_, C>,
    ) -> Result<TransactionReceipt> {
        self.wait_for_earlier(chain).await?;
        if let Answer::Refused(why) = self.simulate(chain, order).await? {
            return Err(anyhow!("the simulation is refused: {why}"));
        }
        let mut attempt = self.prepare(chain, order).await?;
        self.count.fetch_add(1, Ordering::Relaxed);
        metrics.count(&format!("sent_total{{duty=\"{duty}\"}}"));
        let nonce = attempt.transaction.nonce;
        log!(
            duty,
            "sends",
            hash = attempt.signed[0].0,
            nonce = nonce,
            gas = attempt.transaction.gas_limit
        );
        metrics.set("transactions_under_way", 1.0);
        let settled = self.settle(chain, duty, order, &mut attempt).await;
        metrics.set("transactions_under_way", 0.0);
        let receipt = settled?;
        metrics.count(&format!("mined_total{{duty=\"{duty}\"}}"));
        ensure!(
            receipt.status(),
            "{} was mined and failed",
            receipt.transaction_hash
        );
        log!(
            duty,
            "is mined",
            hash = receipt.transaction_hash,
            block = receipt.block_number,
            gas = receipt.gas_used
        );
        Ok(receipt)
    }

    async fn nonce(&self, chain: &Chain, pending: bool) -> Result<u64> {
        persist(|| async {
            let request = chain.provider().get_transaction_count(self.address());
            Ok(if pending {
                request.pending().await?
            } else {
                request.latest().await?
            })
        })
        .await
    }

    async fn simulate<C: SolCall>(
        &self,
        chain: &Chain,
        order: &Order<'_, C>,
    ) -> Result<Answer<C::Return>> {
        chain
            .call(self.address(), order.to, order.value, order.call)
            .await
    }

    async fn prepare<C: SolCall>(&self, chain: &Chain, order: &Order<'_, C>) -> Result<Attempt> {
        let data = Bytes::from(order.call.abi_encode());
        let head = chain.head().await?;
        let fee = (2 * head.base_fee + TIP).min(self.max_fee);
        ensure!(
            fee > head.base_fee,
            "the base fee {} is above max_fee_gwei",
            head.base_fee
        );
        let gas = persist(|| async {
            let request = TransactionRequest {
                from: Some(self.address()),
                to: Some(TxKind::Call(order.to)),
                value: Some(order.value),
                input: TransactionInput::new(data.clone()),
                ..TransactionRequest::default()
            };
            Ok(chain.provider().estimate_gas(request).await?)
        })
        .await?;
        ensure!(gas <= MOST_GAS, "the node estimates {gas} gas");
        let transaction = TxEip1559 {
            chain_id: chain.id,
            nonce: self.nonce(chain, false).await?,
            gas_limit: (gas + gas / 4).min(MOST_GAS),
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: TIP.min(fee),
            to: TxKind::Call(order.to),
            value: order.value,
            input: data,
            ..TxEip1559::default()
        };
        let mut attempt = Attempt {
            transaction,
            signed: Vec::new(),
        };
        self.sign(&mut attempt)?;
        Ok(attempt)
    }

    fn sign(&self, attempt: &mut Attempt) -> Result<()> {
        let mut transaction = attempt.transaction.clone();
        let signature = self.key.sign_transaction_sync(&mut transaction)?;
        let envelope = TxEnvelope::Eip1559(transaction.into_signed(signature));
        let signed = (*envelope.tx_hash(), envelope.encoded_2718());
        attempt.signed.push(signed);
        Ok(())
    }

    /// Hands the transaction to the node until it is mined and stays so, making it dearer when nobody takes it.
    async fn settle<C: SolCall>(
        &self,
        chain: &Chain,
        duty: &str,
        order: &Order<'_, C>,
        attempt: &mut Attempt,
    ) -> Result<TransactionReceipt> {
        let (mut begun, mut replaced, mut broadcast) = (Instant::now(), 0, true);
        let (mut handed_in, mut pause) = (Instant::now(), POLL[0]);
        loop {
            if broadcast {
                handed_in = Instant::now();
                let (_, bytes) = attempt.signed.last().context("signed")?;
                // Lost answers, "already known" and "nonce too low" all show in the receipts.
                if let Err(error) = chain.provider().send_raw_transaction(bytes).await {
                    log!(duty, "hands in again", reason = format!("{error}"));
                }
            }
            broadcast = false;
            sleep(pause).await;
            pause = (pause * 2).min(POLL[1]);
            if let Some(receipt) = self.mined(chain, attempt).await? {
                let block = receipt.block_number.unwrap_or_default();
                if chain.head().await?.number + 1 >= block + self.confirmations {
                    return Ok(receipt);
                }
                continue;
            }
            let latest = self.nonce(chain, false).await?;
            ensure!(
                latest <= attempt.transaction.nonce || self.mined(chain, attempt).await?.is_some(),
                "nonce {} was used by another transaction",
                attempt.transaction.nonce
            );
            if begun.elapsed() > self.replace_after {
                ensure!(
                    replaced < REPLACEMENTS,
                    "nobody mines nonce {}, though it pays {} wei a gas",
                    attempt.transaction.nonce,
                    attempt.transaction.max_fee_per_gas
                );
                self.make_dearer(duty, attempt)?;
                (begun, replaced) = (Instant::now(), replaced + 1);
                broadcast = true;
            }
            // A block that had it may be gone, or the node never got it: the same bytes again do no harm, as long as they
            // would still be taken. What would not be taken leaves its nonce to the next transaction.
            broadcast |= handed_in.elapsed() > HAND_IN_EVERY;
            if broadcast {
                if let Answer::Refused(why) = self.simulate(chain, order).await? {
                    if let Some(receipt) = self.mined(chain, attempt).await? {
                        return Ok(receipt);
                    }
                    return Err(anyhow!("it would not be taken any more: {why}"));
                }
            }
        }
    }

    /// Signs the transaction again with an eighth more of fee and tip, if the highest fee allows more.
    fn make_dearer(&self, duty: &str, attempt: &mut Attempt) -> Result<()> {
        let fee = &mut attempt.transaction.max_fee_per_gas;
        let dearer = (*fee + *fee / 8 + 1).min(self.max_fee);
        if dearer <= *fee {
            return Ok(());
        }
        *fee = dearer;
        let tip = &mut attempt.transaction.max_priority_fee_per_gas;
        *tip = (*tip + *tip / 8 + 1).min(dearer);
        self.sign(attempt)?;
        log!(
            duty,
            "replaces",
            nonce = attempt.transaction.nonce,
            max_fee = dearer
        );
        Ok(())
    }

    async fn mined(&self, chain: &Chain, attempt: &Attempt) -> Result<Option<TransactionReceipt>> {
        for (hash, _) in &attempt.signed {
            let found =
                persist(|| async { Ok(chain.provider().get_transaction_receipt(*hash).await?) })
                    .await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}
