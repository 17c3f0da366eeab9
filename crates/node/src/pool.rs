//! Transactions that wait: for a block, or for the nonces before theirs.

use std::collections::{BTreeMap, HashMap};

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, U256};

use crate::error::RpcError;
use crate::transaction::{self, Sent};

/// A replacement has to offer this many per cent of the replaced fee.
const REPLACEMENT_PERCENT: u128 = 110;

/// How many transactions may wait. Where there are more, the one farthest from being executed goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Most transactions of one sender.
    pub per_sender: usize,
    /// Most transactions altogether.
    pub total: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            per_sender: 4_096,
            total: 8_192,
        }
    }
}

/// How far a transaction is from being executed: those behind a gap in their sender's nonces come after all others, then
/// the number of nonces before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    is_behind_gap: bool,
    nonces: u64,
}

/// The waiting transactions, by sender and nonce. A sender's are executable as far as their nonces follow on the
/// account's without a gap; blocks take them in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    limits: PoolLimits,
    senders: BTreeMap<Address, BTreeMap<u64, Waiting>>,
    places: HashMap<B256, (Address, u64)>,
    arrivals: u64,
}

#[derive(Clone, Debug)]
struct Waiting {
    arrival: u64,
    sent: Sent,
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// How many transactions may wait.
    pub fn limits(&self) -> PoolLimits {
        self.limits
    }

    /// Takes a transaction whose nonce is not used up. In a full pool it takes the place of the one that is farthest from
    /// being executed.
    ///
    /// # Errors
    /// It waits already, does not pay enough more than the one it would replace, or the pool is full and no transaction is
    /// farther from being executed.
    pub fn insert(
        &mut self,
        sent: Sent,
        nonce_of: impl Fn(Address) -> u64,
    ) -> Result<(), RpcError> {
        let hash = transaction::hash(&sent);
        if self.places.contains_key(&hash) {
            return Err(RpcError::refused("already known"));
        }
        let (sender, nonce) = (sent.signer(), sent.nonce());
        let replaced = self.senders.get(&sender).and_then(|own| own.get(&nonce));
        let arrival = match replaced {
            Some(old) => {
                let floor =
                    transaction::max_fee(&old.sent).saturating_mul(REPLACEMENT_PERCENT) / 100;
                if transaction::max_fee(&sent) < floor {
                    return Err(RpcError::refused("replacement transaction underpriced"));
                }
                self.places.remove(&transaction::hash(&old.sent));
                old.arrival
            }
            None => {
                self.make_room(sender, nonce, &nonce_of)?;
                self.arrivals
            }
        };
        self.arrivals += 1;
        self.places.insert(hash, (sender, nonce));
        self.senders
            .entry(sender)
            .or_default()
            .insert(nonce, Waiting { arrival, sent });
        Ok(())
    }

    /// Lets the transaction that is farthest from being executed go where there is no room for another one.
    ///
    /// # Errors
    /// The other one is the farthest.
    fn make_room(
        &mut self,
        sender: Address,
        nonce: u64,
        nonce_of: &impl Fn(Address) -> u64,
    ) -> Result<(), RpcError> {
        let PoolLimits { per_sender, total } = self.limits;
        let own = self.senders.get(&sender).map_or(0, BTreeMap::len);
        let (farthest, limit) = if own >= per_sender {
            (self.farthest_of(sender, nonce_of), "of an account")
        } else if self.places.len() >= total {
            let senders = self.senders.keys();
            let last = senders.filter_map(|who| self.farthest_of(*who, nonce_of));
            (last.max_by_key(|(distance, _)| *distance), "altogether")
        } else {
            return Ok(());
        };
        let distance = self.distance(sender, nonce, nonce_of(sender));
        match farthest.filter(|(last, _)| *last > distance) {
            Some((_, hash)) => {
                self.remove(hash);
                Ok(())
            }
            None => Err(RpcError::refused(format!(
                "txpool is full: {} transactions {limit} wait already",
                if own >= per_sender { per_sender } else { total }
            ))),
        }
    }

    /// The transaction with which a sender's waiting ones end, and how far it is from being executed.
    fn farthest_of(
        &self,
        sender: Address,
        nonce_of: &impl Fn(Address) -> u64,
    ) -> Option<(Distance, B256)> {
        let (nonce, last) = self.senders.get(&sender)?.last_key_value()?;
        let distance = self.distance(sender, *nonce, nonce_of(sender));
        Some((distance, transaction::hash(&last.sent)))
    }

    fn distance(&self, sender: Address, nonce: u64, account_nonce: u64) -> Distance {
        Distance {
            is_behind_gap: nonce > self.next_nonce(sender, account_nonce),
            nonces: nonce.saturating_sub(account_nonce),
        }
    }

    /// The executable transactions that offer at least `base_fee`, in the order in which a block takes them.
    pub fn ready(&self, nonce_of: impl Fn(Address) -> u64, base_fee: u128) -> Vec<Sent> {
        let mut next: BTreeMap<u64, &Waiting> = BTreeMap::new();
        let pays = |waiting: &&Waiting| transaction::max_fee(&waiting.sent) >= base_fee;
        for (sender, own) in &self.senders {
            if let Some(first) = own.get(&nonce_of(*sender)).filter(pays) {
                next.insert(first.arrival, first);
            }
        }
        let mut ready = Vec::new();
        while let Some((_, waiting)) = next.pop_first() {
            let own = &self.senders[&waiting.sent.signer()];
            let nonce = waiting.sent.nonce().checked_add(1);
            if let Some(follower) = nonce.and_then(|nonce| own.get(&nonce)).filter(pays) {
                next.insert(follower.arrival, follower);
            }
            ready.push(waiting.sent.clone());
        }
        ready
    }

    /// The nonce after the executable transactions of a sender whose account is at `nonce`.
    pub fn next_nonce(&self, sender: Address, nonce: u64) -> u64 {
        let Some(own) = self.senders.get(&sender) else {
            return nonce;
        };
        (nonce..u64::MAX)
            .find(|nonce| !own.contains_key(nonce))
            .unwrap_or(u64::MAX)
    }

    /// What a sender's transactions may cost, but for the one with this nonce, in wei.
    pub fn owed_beside(&self, sender: Address, nonce: u64) -> U256 {
        let own = self.senders.get(&sender).into_iter().flatten();
        own.filter(|(own, _)| **own != nonce)
            .map(|(_, waiting)| transaction::cost(&waiting.sent))
            .fold(U256::ZERO, U256::saturating_add)
    }

    /// A waiting transaction.
    pub fn get(&self, hash: B256) -> Option<&Sent> {
        let (sender, nonce) = self.places.get(&hash)?;
        let waiting = self.senders.get(sender)?.get(nonce)?;
        Some(&waiting.sent)
    }

    /// Forgets a transaction; tells whether it was here.
    pub fn remove(&mut self, hash: B256) -> bool {
        let Some((sender, nonce)) = self.places.remove(&hash) else {
            return false;
        };
        if let Some(own) = self.senders.get_mut(&sender) {
            own.remove(&nonce);
            if own.is_empty() {
                self.senders.remove(&sender);
            }
        }
        true
    }

    /// Forgets transactions whose nonce is used up.
    pub fn prune(&mut self, nonce_of: impl Fn(Address) -> u64) {
        let used_up: Vec<B256> = self
            .all()
            .filter(|sent| sent.nonce() < nonce_of(sent.signer()))
            .map(transaction::hash)
            .collect();
        for hash in used_up {
            self.remove(hash);
        }
    }

    /// Forgets everything, or everything of one sender.
    pub fn clear(&mut self, sender: Option<Address>) {
        let hashes: Vec<B256> = self
            .all()
            .filter(|sent| sender.is_none_or(|sender| sent.signer() == sender))
            .map(transaction::hash)
            .collect();
        for hash in hashes {
            self.remove(hash);
        }
    }

    /// Every waiting transaction, by sender and nonce.
    pub fn all(&self) -> impl Iterator<Item = &Sent> {
        self.senders
            .values()
            .flat_map(|own| own.values().map(|waiting| &waiting.sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::stand_in_signature;
    use alloy_consensus::{TxLegacy, TypedTransaction};

    fn sent(sender: u8, nonce: u64, gas_price: u128) -> Sent {
        let sender = Address::repeat_byte(sender);
        let legacy = TxLegacy {
            nonce,
            gas_price,
            ..TxLegacy::default()
        };
        let transaction = TypedTransaction::Legacy(legacy);
        transaction::sign(transaction, sender, stand_in_signature(sender))
    }

    #[test]
    fn gaps_hold_back_what_follows() {
        let mut pool = Pool::default();
        for nonce in [7, 5, 8] {
            pool.insert(sent(1, nonce, 1), |_| 0).unwrap();
        }
        let nonces = |pool: &Pool| {
            let ready = pool.ready(|_| 5, 0);
            ready.iter().map(|sent| sent.nonce()).collect::<Vec<_>>()
        };
        assert_eq!(nonces(&pool), [5]);
        assert_eq!(pool.next_nonce(Address::repeat_byte(1), 5), 6);
        pool.insert(sent(1, 6, 1), |_| 0).unwrap();
        assert_eq!(nonces(&pool), [5, 6, 7, 8]);
        assert_eq!(pool.next_nonce(Address::repeat_byte(1), 5), 9);
        pool.prune(|_| 7);
        assert_eq!(pool.all().count(), 2);
    }

    #[test]
    fn blocks_take_in_order_of_arrival() {
        let mut pool = Pool::default();
        for (sender, nonce) in [(2, 0), (1, 1), (1, 0), (3, 0)] {
            pool.insert(sent(sender, nonce, 1), |_| 0).unwrap();
        }
        let ready = pool.ready(|_| 0, 0);
        let order: Vec<(u8, u64)> = ready.iter().map(|s| (s.signer()[0], s.nonce())).collect();
        assert_eq!(order, [(2, 0), (1, 0), (1, 1), (3, 0)]);
    }

    #[test]
    fn what_does_not_pay_the_base_fee_holds_back_what_follows() {
        let mut pool = Pool::default();
        for (nonce, price) in [(0, 10), (1, 5), (2, 10)] {
            pool.insert(sent(1, nonce, price), |_| 0).unwrap();
        }
        pool.insert(sent(2, 0, 5), |_| 0).unwrap();
        assert_eq!(pool.ready(|_| 0, 5).len(), 4);
        assert_eq!(pool.ready(|_| 0, 10).len(), 1);
        assert!(pool.ready(|_| 0, 11).is_empty());
    }

    #[test]
    fn replacement_has_to_pay_more() {
        let mut pool = Pool::default();
        let first = sent(1, 0, 100);
        pool.insert(first.clone(), |_| 0).unwrap();
        assert_eq!(
            pool.insert(first.clone(), |_| 0).unwrap_err().to_string(),
            "already known"
        );
        assert!(pool.insert(sent(1, 0, 109), |_| 0).is_err());
        pool.insert(sent(1, 0, 110), |_| 0).unwrap();
        assert!(pool.get(transaction::hash(&first)).is_none());
        assert_eq!(pool.all().count(), 1);
    }

    /// A pool for three of a sender and five altogether.
    fn small() -> Pool {
        Pool::new(PoolLimits {
            per_sender: 3,
            total: 5,
        })
    }

    fn waiting(pool: &Pool) -> Vec<(u8, u64)> {
        let all = pool.all();
        all.map(|sent| (sent.signer()[0], sent.nonce())).collect()
    }

    #[test]
    fn what_a_sender_sent_ahead_makes_way_for_what_comes_before_it() {
        let mut pool = small();
        for nonce in [1, 2, 3] {
            pool.insert(sent(1, nonce, 1), |_| 0).unwrap();
        }
        pool.insert(sent(1, 0, 1), |_| 0).unwrap();
        assert_eq!(waiting(&pool), [(1, 0), (1, 1), (1, 2)]);
        assert_eq!(pool.ready(|_| 0, 0).len(), 3);
        let refused = pool.insert(sent(1, 3, 1), |_| 0).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "txpool is full: 3 transactions of an account wait already"
        );
    }

    #[test]
    fn a_full_pool_parts_with_what_is_farthest_from_being_executed() {
        let mut pool = small();
        for (sender, nonce) in [(1, 0), (1, 1), (1, 2), (2, 1), (3, 9)] {
            pool.insert(sent(sender, nonce, 1), |_| 0).unwrap();
        }
        // Behind a gap one nonce is farther than two without.
        pool.insert(sent(4, 0, 1), |_| 0).unwrap();
        pool.insert(sent(5, 0, 1), |_| 0).unwrap();
        assert_eq!(waiting(&pool), [(1, 0), (1, 1), (1, 2), (4, 0), (5, 0)]);
        let refused = pool.insert(sent(6, 1, 1), |_| 0).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "txpool is full: 5 transactions altogether wait already"
        );
        pool.insert(sent(6, 0, 1), |_| 0).unwrap();
        assert_eq!(waiting(&pool), [(1, 0), (1, 1), (4, 0), (5, 0), (6, 0)]);
    }

    #[test]
    fn a_replacement_needs_no_room() {
        let mut pool = small();
        for nonce in [0, 1, 2] {
            pool.insert(sent(1, nonce, 100), |_| 0).unwrap();
        }
        pool.insert(sent(1, 2, 110), |_| 0).unwrap();
        assert_eq!(pool.all().count(), 3);
    }

    #[test]
    fn one_senders_transactions_are_forgotten_together() {
        let mut pool = small();
        for (sender, nonce) in [(1, 0), (1, 1), (2, 0)] {
            pool.insert(sent(sender, nonce, 1), |_| 0).unwrap();
        }
        pool.clear(Some(Address::repeat_byte(1)));
        assert_eq!(waiting(&pool), [(2, 0)]);
    }
}
