//! Margin accounts as the pool's events tell them: who has legs, and which of them are settled and not yet met.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, I256, U256};
use alloy_rpc_types_eth::Log;
use alloy_sol_types::{SolEvent, SolEventInterface};
use anyhow::Result;

use crate::chain::{
    Chain,
    IPool::{self, IPoolEvents as Event},
};

/// Blocks at the end of what was read that are read again, in case the chain has taken some back.
const OVERLAP: u64 = 128;

/// What has happened on accounts, read on from where the last look ended.
#[derive(Default)]
pub struct Accounts {
    facts: Vec<Fact>,
    next: u64,
}

#[derive(Clone, Debug)]
struct Fact {
    block: u64,
    transaction: B256,
    event: Event,
}

/// Legs by account and series, accounts that may owe, and expiries with a price.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    legs: BTreeMap<(Address, U256), I256>,
    debtors: BTreeSet<Address>,
    settled: BTreeSet<u64>,
}

impl Accounts {
    /// Reads on, from a block at first.
    pub async fn update(&mut self, chain: &Chain, from_block: u64) -> Result<()> {
        let last = chain.head().await?.number;
        let start = from_block.max(self.next.min(last + 1).saturating_sub(OVERLAP));
        let topics = [
            IPool::AccountTraded::SIGNATURE_HASH,
            IPool::Liquidated::SIGNATURE_HASH,
            IPool::Ordered::SIGNATURE_HASH,
            IPool::LegFilled::SIGNATURE_HASH,
            IPool::PositionMoved::SIGNATURE_HASH,
            IPool::LegSettled::SIGNATURE_HASH,
            IPool::Settled::SIGNATURE_HASH,
        ];
        let mut logs = chain.logs(&topics, start, last).await?;
        logs.sort_by_key(|log| (log.block_number, log.log_index));
        self.facts.retain(|fact| fact.block < start);
        self.facts.extend(logs.iter().filter_map(fact));
        self.next = last + 1;
        Ok(())
    }

    /// What the events come to.
    pub fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        // An order on an account comes after its AccountTraded or Liquidated, with no other order between.
        let (mut before, mut current) = (None, None);
        for Fact {
            transaction, event, ..
        } in &self.facts
        {
            match event {
                Event::AccountTraded(e) => before = Some((*transaction, e.account)),
                Event::Liquidated(e) => {
                    ledger.debtors.insert(e.account);
                    before = Some((*transaction, e.account));
                }
                Event::Ordered(_) => {
                    current = before.take().filter(|(of, _)| of == transaction);
                }
                Event::LegFilled(e) => {
                    if let Some((_, owner)) = current.filter(|(of, _)| of == transaction) {
                        *ledger.legs.entry((owner, e.id)).or_default() += e.size;
                    }
                }
                Event::PositionMoved(e) => {
                    ledger.legs.insert((e.account, e.id), e.leg);
                }
                Event::LegSettled(e) => {
                    ledger.debtors.insert(e.account);
                    ledger.legs.remove(&(e.account, e.id));
                }
                Event::Settled(e) => {
                    ledger.settled.insert(e.expiry);
                }
                _ => {}
            }
        }
        ledger.legs.retain(|_, size| !size.is_zero());
        ledger
    }
}

impl Ledger {
    /// Accounts with legs that are short of something, or were closed in part or settled once and may owe for it. Of others nothing is
    /// ever required beyond what there is.
    pub fn writers(&self) -> BTreeSet<Address> {
        let may_fall = |((owner, _), size): &(&(Address, U256), &I256)| {
            size.is_negative() || self.debtors.contains(owner)
        };
        let legs = self.legs.iter().filter(may_fall);
        legs.map(|((owner, _), _)| *owner).collect()
    }

    /// Accounts with legs of settled expiries that they have not met.
    pub fn unmet(&self) -> BTreeSet<Address> {
        let is_settled = |id: &U256| self.settled.contains(&(*id >> 128usize).as_limbs()[0]);
        let legs = self.legs.keys().filter(|(_, id)| is_settled(id));
        legs.map(|(owner, _)| *owner).collect()
    }
}

fn fact(log: &Log) -> Option<Fact> {
    Some(Fact {
        block: log.block_number?,
        transaction: log.transaction_hash?,
        event: Event::decode_log(&log.inner).ok()?.data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRY: u64 = 1_770_000_000;

    fn id(strike: u64) -> U256 {
        U256::from(EXPIRY) << 128 | U256::from(strike)
    }

    fn size(value: i64) -> I256 {
        I256::try_from(value).unwrap()
    }

    fn fill(receiver: Address, strike: u64, by: i64) -> Event {
        Event::LegFilled(IPool::LegFilled {
            receiver,
            id: id(strike),
            size: size(by),
            ..Default::default()
        })
    }

    fn longs_moved_in(account: Address) -> Event {
        Event::PositionMoved(IPool::PositionMoved {
            account,
            receiver: Address::ZERO,
            id: id(2_600),
            size: size(2),
            leg: size(2),
        })
    }

    fn of(events: Vec<(u8, Event)>) -> Ledger {
        let facts = events.into_iter().map(|(transaction, event)| Fact {
            block: 1,
            transaction: B256::repeat_byte(transaction),
            event,
        });
        let accounts = Accounts {
            facts: facts.collect(),
            next: 2,
        };
        accounts.ledger()
    }

    #[test]
    fn legs_of_accounts_are_told_from_those_of_wallets() {
        let who = Address::repeat_byte(1);
        let traded = || {
            Event::AccountTraded(IPool::AccountTraded {
                account: who,
                ..Default::default()
            })
        };
        let order = || Event::Ordered(IPool::Ordered::default());
        let ledger = of(vec![
            (1, traded()),
            (1, order()),
            (1, fill(who, 2_600, -3)),
            (1, fill(who, 2_800, 3)),
            // Bought by the same address into its wallet, in the same transaction and in another.
            (1, order()),
            (1, fill(who, 2_600, 3)),
            (2, order()),
            (2, fill(who, 2_600, 3)),
        ]);
        assert_eq!(ledger.legs[&(who, id(2_600))], size(-3));
        assert_eq!(ledger.legs[&(who, id(2_800))], size(3));
        assert_eq!(ledger.writers(), [who].into());
        assert!(ledger.unmet().is_empty());
    }

    #[test]
    fn settled_legs_are_unmet_until_they_are_met() {
        let who = Address::repeat_byte(1);
        let moved = longs_moved_in(who);
        let settled = Event::Settled(IPool::Settled {
            expiry: EXPIRY,
            ..Default::default()
        });
        let met = Event::LegSettled(IPool::LegSettled {
            account: who,
            id: id(2_600),
            ..Default::default()
        });
        let ledger = of(vec![(1, moved.clone()), (2, settled.clone())]);
        assert_eq!(ledger.unmet(), [who].into());
        assert!(ledger.writers().is_empty());
        let ledger = of(vec![(1, moved), (2, settled), (3, met)]);
        assert!(ledger.unmet().is_empty());
    }

    #[test]
    fn who_was_liquidated_and_has_longs_left_may_owe() {
        let who = Address::repeat_byte(1);
        let moved = longs_moved_in(who);
        let liquidated = Event::Liquidated(IPool::Liquidated {
            account: who,
            ..Default::default()
        });
        assert!(of(vec![(1, moved.clone())]).writers().is_empty());
        assert_eq!(
            of(vec![(1, moved), (2, liquidated)]).writers(),
            [who].into()
        );
    }
}
