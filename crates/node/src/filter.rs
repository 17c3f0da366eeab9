//! Filters that clients poll, and the search for logs.

use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{Log, B256};
use alloy_rpc_types_eth::{Filter, FilterBlockOption, Log as RpcLog};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::block::Block;
use crate::error::RpcError;
use crate::fields::{Request, Shape, LOGS};
use crate::ledger::Ledger;
use crate::receipt;

/// Most filters at a time.
const MAX_FILTERS: usize = 1_024;
/// A filter that nobody polls for this long is forgotten.
const EXPIRY: Duration = Duration::from_secs(300);
/// Transactions that filters for pending ones may fall behind by.
const TRANSACTION_BACKLOG: usize = 4_096;
/// Most logs that a query is answered with.
pub const MAX_LOGS: usize = 10_000;

/// What logs are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Blocks, accounts and topics.
    pub filter: Filter,
    /// Fewest topics that a log has: a place that is named may hold anything, but has to be there.
    least_topics: usize,
}

impl Deref for Wanted {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.filter
    }
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        for bound in ["fromBlock", "toBlock"] {
            // Numbers of JSON, as everywhere else.
            if let Some(number) = value[bound].as_u64() {
                value[bound] = format!("{number:#x}").into();
            }
        }
        let least_topics = value["topics"].as_array().map_or(0, Vec::len);
        let filter = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self {
            filter,
            least_topics,
        })
    }
}

impl Request for Wanted {
    const SHAPE: Shape = LOGS;
}

impl Wanted {
    /// Whether a log comes from one of the accounts and has the topics.
    pub fn matches(&self, log: &Log) -> bool {
        self.has_places(log.topics().len()) && self.filter.matches(log)
    }

    /// Whether a log with so many topics has every place that is named.
    pub fn has_places(&self, topics: usize) -> bool {
        topics >= self.least_topics
    }
}

/// What a filter waits for.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Hashes of new blocks.
    Blocks,
    /// Transactions taken into the pool, or their hashes.
    Transactions {
        /// Not only the hash.
        whole: bool,
    },
    /// Logs that match.
    Logs(Box<Wanted>),
}

/// The filters and what they have seen.
#[derive(Debug, Default)]
pub struct Filters {
    live: HashMap<u64, Installed>,
    last_id: u64,
    /// The latest transactions taken into the pool.
    transactions: VecDeque<B256>,
    /// Number of transactions noted before those.
    forgotten: u64,
}

#[derive(Debug)]
struct Installed {
    kind: Kind,
    /// First block, or transaction in order of arrival, that the filter has not reported.
    next: u64,
    /// Logs that were reported and taken back since the last poll.
    removed: Vec<RpcLog>,
    polled: Instant,
}

/// What came since the last poll.
#[derive(Debug)]
pub enum Changes {
    /// Hashes of blocks or transactions.
    Hashes(Vec<B256>),
    /// Transactions by their hashes.
    Transactions(Vec<B256>),
    /// Logs.
    Logs(Vec<RpcLog>),
}

impl Filters {
    /// Installs a filter that reports what comes after the ledger's head.
    ///
    /// # Errors
    /// Too many are installed, or the range is none.
    pub fn install(&mut self, kind: Kind, ledger: &Ledger) -> Result<u64, RpcError> {
        self.live
            .retain(|_, filter| filter.polled.elapsed() < EXPIRY);
        if self.live.len() >= MAX_FILTERS {
            return Err(RpcError::LimitExceeded(format!(
                "{MAX_FILTERS} filters are installed; uninstall some"
            )));
        }
        if let Kind::Logs(wanted) = &kind {
            check_range(wanted)?;
            refuse_pending(wanted)?;
        }
        let next = match kind {
            Kind::Transactions { .. } => self.noted(),
            Kind::Blocks | Kind::Logs(_) => ledger.head_number() + 1,
        };
        self.last_id += 1;
        let filter = Installed {
            kind,
            next,
            removed: Vec::new(),
            polled: Instant::now(),
        };
        self.live.insert(self.last_id, filter);
        Ok(self.last_id)
    }

    /// Forgets a filter; tells whether there was one.
    pub fn uninstall(&mut self, id: u64) -> bool {
        self.live.remove(&id).is_some()
    }

    /// Notes a transaction that was taken into the pool.
    pub fn note_transaction(&mut self, hash: B256) {
        self.transactions.push_back(hash);
        if self.transactions.len() > TRANSACTION_BACKLOG {
            self.transactions.pop_front();
            self.forgotten += 1;
        }
    }

    /// The head went back: what comes after it is new, and logs of the removed blocks that were reported are taken back.
    pub fn rewind(&mut self, ledger: &Ledger, removed: &[Arc<Block>]) {
        let after_head = ledger.head_number() + 1;
        for filter in self.live.values_mut() {
            if let Kind::Logs(wanted) = &filter.kind {
                let next = filter.next;
                let reported = removed.iter().filter(|block| block.header.number < next);
                let logs = reported.flat_map(|block| taken_back(block, wanted));
                filter.removed.extend(logs);
                filter.removed.truncate(MAX_LOGS);
            }
            if !matches!(filter.kind, Kind::Transactions { .. }) {
                filter.next = filter.next.min(after_head);
            }
        }
    }

    fn noted(&self) -> u64 {
        self.forgotten + self.transactions.len() as u64
    }

    /// What came since the last poll, or since the filter was installed.
    ///
    /// # Errors
    /// No such filter, or too many logs.
    pub fn poll(&mut self, id: u64, ledger: &Ledger) -> Result<Changes, RpcError> {
        let (noted, forgotten) = (self.noted(), self.forgotten);
        let filter = self.find(id)?;
        filter.polled = Instant::now();
        let after_head = ledger.head_number() + 1;
        let from = filter.next;
        match &filter.kind {
            Kind::Blocks => {
                filter.next = after_head;
                let blocks = (from..after_head).filter_map(|number| ledger.block(number));
                Ok(Changes::Hashes(
                    blocks.map(|block| block.header.hash()).collect(),
                ))
            }
            &Kind::Transactions { whole } => {
                filter.next = noted;
                let skipped = usize::try_from(from.saturating_sub(forgotten)).unwrap_or(usize::MAX);
                let hashes = self.transactions.iter().skip(skipped).copied().collect();
                Ok(match whole {
                    true => Changes::Transactions(hashes),
                    false => Changes::Hashes(hashes),
                })
            }
            Kind::Logs(wanted) => {
                let (first, last) = block_range(&from_the_start(wanted), ledger)?;
                let mut logs = logs_between(ledger, wanted, first.max(from), last)?;
                filter.next = after_head;
                logs.splice(..0, filter.removed.drain(..));
                Ok(Changes::Logs(logs))
            }
        }
    }

    /// The criteria of a filter for logs.
    ///
    /// # Errors
    /// No such filter, or one for something else.
    pub fn criteria(&mut self, id: u64) -> Result<Wanted, RpcError> {
        let filter = self.find(id)?;
        filter.polled = Instant::now();
        match &filter.kind {
            Kind::Logs(wanted) => Ok((**wanted).clone()),
            Kind::Blocks | Kind::Transactions { .. } => Err(RpcError::refused("filter not found")),
        }
    }

    fn find(&mut self, id: u64) -> Result<&mut Installed, RpcError> {
        self.live
            .retain(|_, filter| filter.polled.elapsed() < EXPIRY);
        self.live
            .get_mut(&id)
            .ok_or_else(|| RpcError::refused("filter not found"))
    }
}

/// The logs of a block that match, marked as taken back.
pub fn taken_back(block: &Block, wanted: &Wanted) -> Vec<RpcLog> {
    if !is_in_range(wanted, block.header.number) {
        return Vec::new();
    }
    let logs = (0..block.entries.len()).flat_map(|index| receipt::logs(block, index));
    logs.filter(|log| wanted.matches(&log.inner))
        .map(|log| RpcLog {
            removed: true,
            ..log
        })
        .collect()
}

/// Every log that matches.
///
/// # Errors
/// An unknown block, one that is not made yet, a range the wrong way around, or more than [`MAX_LOGS`] logs.
pub fn search(ledger: &Ledger, wanted: &Wanted) -> Result<Vec<RpcLog>, RpcError> {
    refuse_pending(wanted)?;
    let (first, last) = block_range(wanted, ledger)?;
    logs_between(ledger, wanted, first, last)
}

/// The same criteria for a poll. A filter that starts at the latest block means the latest one when it was installed, so
/// that its place alone says where to go on.
fn from_the_start(wanted: &Wanted) -> Wanted {
    let mut wanted = wanted.clone();
    if let FilterBlockOption::Range { from_block, .. } = &mut wanted.filter.block_option {
        if !matches!(from_block, Some(BlockNumberOrTag::Number(_))) {
            *from_block = Some(BlockNumberOrTag::Earliest);
        }
    }
    wanted
}

/// Checks the range of blocks that a filter names.
///
/// # Errors
/// It is the wrong way around.
pub fn check_range(wanted: &Wanted) -> Result<(), RpcError> {
    wanted
        .block_option
        .ensure_valid_block_range()
        .map_err(|_| RpcError::invalid("invalid block range params"))
}

/// Refuses a query for logs of a block that is not made yet.
pub fn refuse_pending(wanted: &Wanted) -> Result<(), RpcError> {
    match wanted.block_option {
        FilterBlockOption::Range {
            from_block,
            to_block,
        } if [from_block, to_block].contains(&Some(BlockNumberOrTag::Pending)) => {
            Err(RpcError::invalid("pending logs are not supported"))
        }
        _ => Ok(()),
    }
}

/// Checks that a filter can match logs to come.
///
/// # Errors
/// It is for a block that is there already, for a pending one, or for a range that is none.
pub fn check_future(wanted: &Wanted) -> Result<(), RpcError> {
    if let FilterBlockOption::AtBlockHash(_) = wanted.block_option {
        return Err(RpcError::invalid(
            "`blockHash` names a block that is there already: no log will come from it",
        ));
    }
    check_range(wanted)?;
    refuse_pending(wanted)
}

/// Whether a block lies in the range of numbers that a filter names.
pub fn is_in_range(wanted: &Wanted, number: u64) -> bool {
    let FilterBlockOption::Range {
        from_block,
        to_block,
    } = wanted.block_option
    else {
        return true;
    };
    let bound = |tag: Option<BlockNumberOrTag>| tag.and_then(|tag| tag.as_number());
    bound(from_block).is_none_or(|first| first <= number)
        && bound(to_block).is_none_or(|last| number <= last)
}

/// First and last block of a query.
fn block_range(wanted: &Wanted, ledger: &Ledger) -> Result<(u64, u64), RpcError> {
    match wanted.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let number = ledger
                .number_of(hash)
                .ok_or_else(|| RpcError::refused("unknown block"))?;
            Ok((number, number))
        }
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => {
            check_range(wanted)?;
            let head = ledger.head_number();
            let first = from_block.map_or(head, |tag| ledger.number(tag));
            let last = to_block.map_or(head, |tag| ledger.number(tag));
            Ok((first.max(ledger.first_number()), last.min(head)))
        }
    }
}

fn logs_between(
    ledger: &Ledger,
    wanted: &Wanted,
    first: u64,
    last: u64,
) -> Result<Vec<RpcLog>, RpcError> {
    let mut found = Vec::new();
    for block in (first..=last).filter_map(|number| ledger.block(number)) {
        if !wanted.matches_bloom(block.header.logs_bloom) {
            continue;
        }
        for index in 0..block.entries.len() {
            let logs = receipt::logs(block, index);
            found.extend(logs.into_iter().filter(|log| wanted.matches(&log.inner)));
        }
        if found.len() > MAX_LOGS {
            return Err(RpcError::LimitExceeded(format!(
                "query returned more than {MAX_LOGS} results"
            )));
        }
    }
    Ok(found)
}
