//! Accounts as their events add up to, and what such an account is worth and must be worth.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, I256, U256};
use smirk_engine::{
    account::{self, Health},
    state::{Kind, Parameters, Snapshot, VenueReading, Written},
};
use smirk_pool::storage::slots;
use smirk_world::abi::IPool::IPoolEvents as Event;

use crate::{
    common::WAD,
    ledger::signed,
    state::{expiry_of, halves, payoff, series, strike_of, Walk},
};

/// Nearer to a requirement than this, quote WAD, the last digits decide.
pub const BLUR: i128 = 1_000_000_000;
const LOT: i128 = 1_000_000_000_000;

/// What one account holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Atoms; below zero what it owes.
    pub quote: i128,
    /// Signed sizes by series, WAD; none is zero.
    pub legs: BTreeMap<U256, i128>,
}

/// All accounts.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub of: BTreeMap<Address, Account>,
    /// Owners with who may trade for them.
    pub delegates: BTreeSet<(Address, Address)>,
    /// Whose legs the present call's order changes.
    trading: Option<Address>,
}

impl Account {
    pub fn leg(&self, id: U256) -> i128 {
        self.legs.get(&id).copied().unwrap_or_default()
    }

    pub fn is_short(&self) -> bool {
        self.legs.values().any(|size| *size < 0)
    }

    /// Adds to a leg.
    pub fn add(&mut self, id: U256, size: i128) {
        let leg = self.legs.entry(id).or_default();
        *leg += size;
        if *leg == 0 {
            self.legs.remove(&id);
        }
    }

    /// The expiry of a leg that is past it.
    pub fn awaited(&self, now: u64) -> bool {
        self.legs.keys().any(|id| expiry_of(*id) <= now)
    }

    fn change(&mut self, amount: i128, after: I256) {
        self.quote += amount;
        assert_eq!(self.quote, signed(after), "an account's quote");
    }
}

impl Accounts {
    /// Before the events of a call.
    pub fn begin(&mut self) {
        self.trading = None;
    }

    pub fn note(&mut self, event: &Event) {
        let atoms = |word: U256| word.to::<u128>() as i128;
        match event {
            Event::MarginDeposited(e) => self.at(e.account).change(atoms(e.amount), e.quote),
            Event::MarginWithdrawn(e) => self.at(e.account).change(-atoms(e.amount), e.quote),
            Event::LegSettled(e) => {
                let account = self.at(e.account);
                assert_eq!(account.legs.remove(&e.id), Some(signed(e.size)));
                account.change(signed(e.amount), e.quote);
            }
            Event::DebtCovered(e) => {
                self.at(e.account)
                    .change(atoms(e.insurance) + atoms(e.pool), e.quote);
            }
            Event::PositionMoved(e) => {
                let account = self.at(e.account);
                account.add(e.id, signed(e.size));
                assert_eq!(account.leg(e.id), signed(e.leg), "a leg that was moved");
            }
            Event::AccountTraded(e) => {
                self.at(e.account).change(-signed(e.total), e.quote);
                self.trading = Some(e.account);
            }
            Event::Liquidated(e) => {
                let taken = signed(e.total) + atoms(e.reward) + atoms(e.insurance);
                self.at(e.account).quote -= taken;
                self.trading = Some(e.account);
            }
            Event::LegFilled(e) if self.trading == Some(e.receiver) => {
                self.at(e.receiver).add(e.id, signed(e.size));
            }
            Event::DelegateSet(e) => {
                let pair = (e.account, e.delegate);
                if e.approved {
                    self.delegates.insert(pair);
                } else {
                    self.delegates.remove(&pair);
                }
            }
            _ => {}
        }
    }

    fn at(&mut self, owner: Address) -> &mut Account {
        self.of.entry(owner).or_default()
    }

    /// One owner's account.
    pub fn get(&self, owner: Address) -> Account {
        self.of.get(&owner).cloned().unwrap_or_default()
    }

    /// What all accounts are long of a series, and short, WAD.
    pub fn interest(&self, id: U256) -> (u128, u128) {
        let sizes = self.of.values().map(|account| account.leg(id));
        sizes.fold((0, 0), |(longs, shorts), size| {
            (longs + size.max(0) as u128, shorts + (-size).max(0) as u128)
        })
    }

    /// Every series that some account has a leg of.
    pub fn series(&self) -> BTreeSet<U256> {
        let legs = self.of.values().flat_map(|account| account.legs.keys());
        legs.copied().collect()
    }
}

impl Walk {
    /// An account as it is in storage.
    pub fn account_stored(&self, owner: Address) -> Account {
        let pool = self.market.pool.address;
        let slot = self.slot_of(slots::ACCOUNTS, &[owner.into_word().into()]);
        let word = |index: u64| {
            let chain = &self.market.world.chain;
            chain.storage(pool, slot + U256::from(index))
        };
        let head = word(0);
        let mut account = Account {
            quote: halves(head).0.to::<u128>() as i128,
            legs: BTreeMap::new(),
        };
        for index in 0..head.byte(16) as u64 {
            let (low, high) = halves(word(1 + index / 2));
            let bits: u128 = if index % 2 == 0 { low } else { high }.to();
            // Lots of 44 bits, a bit for a put, 32 bits of expiry, and a strike in millionths.
            let lots = (bits as u64) << 20;
            let kind = (bits >> 44 & 1) as u64;
            let expiry = (bits >> 45) as u64 & 0xffff_ffff;
            let strike = U256::from((bits >> 77) * LOT as u128);
            account.add(
                series(kind, expiry, strike),
                (lots as i64 >> 20) as i128 * LOT,
            );
        }
        account
    }

    /// Debts of accounts that may not be able to pay a settlement that was far, atoms.
    pub fn doubted_debts(&self) -> i128 {
        const DOUBTED: usize = 168;
        let pool = self.market.pool.address;
        let debts = self.accounts.of.keys().map(|owner| {
            let slot = self.slot_of(slots::ACCOUNTS, &[owner.into_word().into()]);
            let head = self.market.world.chain.storage(pool, slot);
            let quote = halves(head).0.to::<u128>() as i128;
            if head.bit(DOUBTED) {
                -quote
            } else {
                0
            }
        });
        debts.sum()
    }

    /// What accounts are long and short of a series by storage, WAD.
    pub fn interest_stored(&self, id: U256) -> (u128, u128) {
        let call = id & !(U256::ONE << 192_usize);
        let pool = self.market.pool.address;
        let limbs = *self.entry(pool, slots::OPEN_INTEREST, &[call]).as_limbs();
        let first = if id.bit(192) { 2 } else { 0 };
        let size = |lots: u64| lots as u128 * LOT as u128;
        (size(limbs[first]), size(limbs[first + 1]))
    }

    /// What a leg of a settled series adds to its account, atoms, rounded down; `None` for one that is not settled.
    pub fn pays(&self, id: U256, size: i128) -> Option<i128> {
        let settled = self.ledger.settled.get(&expiry_of(id))?;
        let value = payoff(id, settled.price, U256::from(size.unsigned_abs()));
        let scale = U256::from(self.ledger.quote_scale);
        Some(if size < 0 {
            -(value.div_ceil(WAD).div_ceil(scale).to::<u128>() as i128)
        } else {
            (value / WAD / scale).to::<u128>() as i128
        })
    }

    /// An account as it is once it has met what is settled, and what it can't pay then has been paid for it.
    pub fn met(&self, owner: Address) -> Account {
        let mut account = self.accounts.get(owner);
        for (id, size) in account.legs.clone() {
            if let Some(amount) = self.pays(id, size) {
                account.quote += amount;
                account.legs.remove(&id);
            }
        }
        if account.quote < 0 && account.legs.is_empty() {
            let money = self.money();
            let free = money.cash.saturating_sub(money.shortfall);
            let covered = (money.insurance + money.claim + free).to::<u128>() as i128;
            account.quote += covered.min(-account.quote);
        }
        account
    }

    /// Value and requirements on the anchors as they stand in storage.
    pub fn health(&self, account: &Account) -> Health {
        let slices: Vec<_> = self.book().slices.iter().map(|(slice, _)| *slice).collect();
        let legs: Vec<account::Leg> = account
            .legs
            .iter()
            .map(|(id, size)| account::Leg {
                slice: slices
                    .iter()
                    .position(|slice| slice.expiry == expiry_of(*id))
                    .map_or(u8::MAX, |index| index as u8),
                kind: if id.bit(192) { Kind::Put } else { Kind::Call },
                strike: strike_of(*id).to(),
                lots: (size / LOT) as i64,
            })
            .collect();
        let snapshot = Snapshot {
            spot: self.spot().to(),
            now: self.now(),
            slices: &slices,
            nodes: &[],
            cash: 0,
            hedge_position: 0,
            can_borrow: false,
            venue: VenueReading::default(),
            flow_variance: 0,
            written: Written::default(),
            parameters: &Parameters::default(),
        };
        let quote = account.quote * self.ledger.quote_scale as i128;
        account::health(&snapshot, &legs, quote)
    }
}

/// Whether a value covers a requirement; `None` where the last digits decide.
pub fn covers(value: i128, requirement: u128) -> Option<bool> {
    let spare = value - requirement as i128;
    (spare.abs() > BLUR).then_some(spare > 0)
}
