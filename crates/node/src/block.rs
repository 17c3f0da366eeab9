//! Blocks: headers with real hashes and roots, and what clients read of them.
//!
//! A header is what Nitro's is: `extraData` carries the send root, `mixHash` the send count, the L1 block number and the
//! ArbOS version, the difficulty is 1. All roots and the bloom are the real ones.

use alloy_consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy_consensus::{
    Eip658Value, Header, Receipt, ReceiptEnvelope, Sealed, TxEnvelope, TxReceipt,
    EMPTY_OMMER_ROOT_HASH,
};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bloom, Sealable, B256, B64, U256};
use alloy_rlp::Encodable;
use alloy_rpc_types_eth::{
    Block as RpcBlock, BlockTransactions, Header as RpcHeader, Transaction as RpcTransaction,
};
use inkhorn_chain::{Chain, ChainConfig, MinedBlock, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use crate::transaction::{self, Sent};

/// A mined block.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Block {
    /// Header with its hash.
    pub header: Sealed<Header>,
    /// Number of the L1 block that programs saw.
    pub l1_number: u64,
    /// Transactions with what came of them.
    pub entries: Vec<Entry>,
}

/// A mined transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The transaction.
    pub transaction: Sent,
    /// What came of it, as the receipts root commits to it.
    pub receipt: ReceiptEnvelope,
    /// Gas paid for.
    pub gas_used: u64,
    /// The part of that which was paid for L1 data.
    #[serde(default)]
    pub gas_used_for_l1: u64,
    /// Number of logs in the block before this transaction's.
    pub first_log: u64,
}

impl Entry {
    /// The entry of a transaction that `previous` entries of the same block precede.
    pub fn new(previous: &[Entry], transaction: Sent, outcome: &Outcome) -> Self {
        let (gas_before, first_log) = previous.last().map_or((0, 0), |entry| {
            let logs = entry.receipt.logs().len() as u64;
            (entry.receipt.cumulative_gas_used(), entry.first_log + logs)
        });
        let receipt = Receipt {
            status: Eip658Value::Eip658(outcome.is_success()),
            cumulative_gas_used: gas_before + outcome.gas_used,
            logs: outcome.logs.clone(),
        };
        Self {
            receipt: ReceiptEnvelope::from_typed(transaction.tx_type(), receipt),
            transaction,
            gas_used: outcome.gas_used,
            gas_used_for_l1: outcome.gas_used_for_l1,
            first_log,
        }
    }
}

impl Block {
    /// The block that `chain` has just made on top of `parent`.
    pub fn seal(parent_hash: B256, chain: &mut Chain, entries: Vec<Entry>) -> Self {
        let stamp = Stamp {
            state_root: chain.state_root(),
            ..Stamp::of(chain)
        };
        Self::assemble(parent_hash, stamp, entries)
    }

    /// Blocks that `chain` made while it kept its history, and the one before them.
    pub fn history(chain: &mut Chain, mined: &[MinedBlock]) -> Vec<Self> {
        let Some(first) = mined.first() else {
            return vec![Self::seal(B256::ZERO, chain, Vec::new())];
        };
        let chain_id = chain.config().chain_id;
        let stamp = |block: &MinedBlock| Stamp {
            number: block.number,
            timestamp: block.timestamp,
            l1_number: block.l1_number,
            mix_hash: nitro_mix_hash(chain, block.l1_number, block.messages_to_l1.0),
            send_root: block.messages_to_l1.1,
            base_fee: block.base_fee,
            state_root: block.state_root,
            ..Stamp::of(chain)
        };
        let before = Stamp {
            number: first.number.saturating_sub(1),
            state_root: first.parent_state_root,
            ..stamp(first)
        };
        let mut blocks = vec![Self::assemble(B256::ZERO, before, Vec::new())];
        for block in mined {
            let mut entries = Vec::with_capacity(block.transactions.len());
            for mined in &block.transactions {
                let sent = transaction::from_history(mined, chain_id, block.base_fee);
                entries.push(Entry::new(&entries, sent, &mined.outcome));
            }
            let parent_hash = blocks[blocks.len() - 1].header.hash();
            blocks.push(Self::assemble(parent_hash, stamp(block), entries));
        }
        blocks
    }

    /// The block with this stamp and content.
    pub fn assemble(parent_hash: B256, stamp: Stamp, entries: Vec<Entry>) -> Self {
        let transactions: Vec<&TxEnvelope> = entries
            .iter()
            .map(|entry| entry.transaction.inner())
            .collect();
        let receipts: Vec<&ReceiptEnvelope> = entries.iter().map(|entry| &entry.receipt).collect();
        let transactions_root = calculate_transaction_root(&transactions);
        let receipts_root = calculate_receipt_root(&receipts);
        let logs_bloom = receipts
            .iter()
            .fold(Bloom::ZERO, |bloom, receipt| bloom | receipt.bloom());
        let header = Header {
            parent_hash,
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: stamp.coinbase,
            state_root: stamp.state_root,
            transactions_root,
            receipts_root,
            logs_bloom,
            difficulty: U256::ONE,
            number: stamp.number,
            gas_limit: stamp.gas_limit,
            gas_used: entries.iter().map(|entry| entry.gas_used).sum(),
            timestamp: stamp.timestamp,
            extra_data: stamp.send_root.into(),
            mix_hash: stamp.mix_hash,
            nonce: B64::ZERO,
            base_fee_per_gas: Some(stamp.base_fee),
            ..Header::default()
        };
        Self {
            header: header.seal_slow(),
            l1_number: stamp.l1_number,
            entries,
        }
    }

    /// Sets what contracts in the block saw of it beside its time and base fee.
    pub(crate) fn give_environment(&self, chain: &mut Chain) {
        let header = self.header.inner();
        chain.set_coinbase(header.beneficiary);
        chain.set_block_gas_limit(header.gas_limit);
        chain.set_prev_randao(if self.is_packed() {
            ChainConfig::default().prev_randao
        } else {
            header.mix_hash
        });
    }

    /// Root of the tree of messages to L1.
    fn send_root(&self) -> B256 {
        let root = self.header.extra_data.as_ref();
        B256::try_from(root).unwrap_or_default()
    }

    /// Whether the mix hash is what Nitro packs into it and no random value that was set: it ends with zeros.
    pub(crate) fn is_packed(&self) -> bool {
        self.header.mix_hash[24..] == [0; 8]
    }

    /// Where and when the block was made.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            number: self.header.number,
            timestamp: self.header.timestamp,
            l1_number: self.l1_number,
            mix_hash: self.header.mix_hash,
            send_root: self.send_root(),
            base_fee: self.header.base_fee_per_gas.unwrap_or_default(),
            coinbase: self.header.beneficiary,
            gas_limit: self.header.gas_limit,
            state_root: self.header.state_root,
        }
    }

    /// Hashes of the transactions.
    pub fn hashes(&self) -> Vec<B256> {
        self.entries
            .iter()
            .map(|entry| transaction::hash(&entry.transaction))
            .collect()
    }

    /// What clients read of one of the transactions, by its place.
    pub fn transaction_view(&self, index: usize) -> RpcTransaction {
        RpcTransaction {
            inner: self.entries[index].transaction.clone(),
            block_hash: Some(self.header.hash()),
            block_number: Some(self.header.number),
            transaction_index: Some(index as u64),
            // Tips are dropped.
            effective_gas_price: Some(self.header.base_fee_per_gas.unwrap_or_default().into()),
            block_timestamp: Some(self.header.timestamp),
        }
    }

    /// What clients read of the block, with whole transactions or their hashes.
    pub fn view(&self, whole_transactions: bool) -> Value {
        let transactions = if whole_transactions {
            let views = (0..self.entries.len()).map(|index| self.transaction_view(index));
            BlockTransactions::Full(views.collect())
        } else {
            BlockTransactions::Hashes(self.hashes())
        };
        let block = RpcBlock::new(self.rpc_header(), transactions);
        self.with_nitro_fields(json!(block))
    }

    /// What subscribers to new heads read.
    pub fn header_view(&self) -> Value {
        self.with_nitro_fields(json!(self.rpc_header()))
    }

    fn rpc_header(&self) -> RpcHeader {
        RpcHeader::from_consensus(
            self.header.clone(),
            None,
            Some(U256::from(self.encoded_length())),
        )
    }

    /// Length of the RLP list of header, transactions and (no) uncles.
    fn encoded_length(&self) -> usize {
        let transactions: usize = self
            .entries
            .iter()
            .map(|entry| entry.transaction.inner().network_len())
            .sum();
        let list = |payload: usize| payload + alloy_rlp::length_of_length(payload);
        list(self.header.inner().length() + list(transactions) + list(0))
    }

    fn with_nitro_fields(&self, mut view: Value) -> Value {
        view["l1BlockNumber"] = json!(U256::from(self.l1_number));
        let sends = match self.is_packed() {
            true => U256::from_be_slice(&self.header.mix_hash[..8]),
            false => U256::ZERO,
        };
        view["sendCount"] = json!(sends);
        view["sendRoot"] = json!(self.send_root());
        view
    }
}

/// Where and when a block was made.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// L2 block number.
    pub number: u64,
    /// Unix seconds.
    pub timestamp: u64,
    /// L1 block number.
    pub l1_number: u64,
    /// What Nitro packs into the mix hash, or the random value that was set for the block.
    pub mix_hash: B256,
    /// Root of the tree of messages to L1.
    pub send_root: B256,
    /// Wei per gas.
    pub base_fee: u64,
    /// Beneficiary.
    pub coinbase: Address,
    /// Most gas that fits into the block.
    pub gas_limit: u64,
    /// Root of the state after the block.
    pub state_root: B256,
}

impl Stamp {
    /// The stamp of a chain's latest block, but for the state root.
    pub fn of(chain: &Chain) -> Self {
        let config = chain.config();
        let l1_number = chain.l1_block_number();
        let (sends, send_root) = chain.messages_to_l1();
        let is_set = config.prev_randao != ChainConfig::default().prev_randao;
        Self {
            number: chain.block_number(),
            timestamp: chain.now(),
            l1_number,
            mix_hash: if is_set {
                config.prev_randao
            } else {
                nitro_mix_hash(chain, l1_number, sends)
            },
            send_root,
            base_fee: config.base_fee,
            coinbase: config.coinbase,
            gas_limit: config.block_gas_limit,
            state_root: B256::ZERO,
        }
    }
}

/// Nitro's packing: send count, L1 block number, ArbOS version, nothing; 8 bytes each.
fn nitro_mix_hash(chain: &Chain, l1_number: u64, sends: u64) -> B256 {
    let mut packed = B256::ZERO;
    packed[..8].copy_from_slice(&sends.to_be_bytes());
    packed[8..16].copy_from_slice(&l1_number.to_be_bytes());
    packed[16..24].copy_from_slice(&chain.config().arbos_version.to_be_bytes());
    packed
}
