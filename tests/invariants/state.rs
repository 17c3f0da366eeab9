//! The walk's market, what the walk knows of it by itself, and cheap ways to read the pool.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{keccak256, Address, U256};
use smirk_pool::storage::slots;
use smirk_world::{
    abi::{PriceFeed, Token},
    price::wad,
};

use crate::common::{rng::Rng, Market, WAD};

/// Recorded money, atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub cash: U256,
    pub base: U256,
    pub set_aside: U256,
    pub insurance: U256,
    pub shortfall: U256,
}

/// How often each operation was done and each error met.
#[derive(Default)]
pub struct Tally {
    pub done: BTreeMap<&'static str, u64>,
    pub refused: BTreeMap<String, u64>,
}

impl Tally {
    /// Every kind of operation succeeded many times; the walk is no walk otherwise.
    pub fn assert_covered(&self) {
        let names = [
            "buy",
            "sell",
            "deposit",
            "mint",
            "withdraw",
            "redeem",
            "rebalance",
            "settle",
            "claim",
            "list",
            "post",
            "transfer position",
            "transfer shares",
            "pause",
            "resume",
            "price",
            "arbitrage",
            "time",
            "donate",
            "spend",
            "swap",
        ];
        let steps: u64 = self.done.values().sum();
        for name in names {
            let done = self.done.get(name).copied().unwrap_or(0);
            assert!(done > 0 || steps < 5_000, "{name} never succeeded");
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "done: {:?}", self.done)?;
        write!(formatter, "refused: {:?}", self.refused)
    }
}

/// The state of the walk.
pub struct Walk {
    pub market: Market,
    pub rng: Rng,
    pub seed: u64,
    pub step: u64,
    /// Everyone who may hold shares or positions.
    pub holders: Vec<Address>,
    /// Every series that was ever bought.
    pub series: BTreeSet<U256>,
    /// Settled expiries and their prices, WAD.
    pub settled: BTreeMap<u64, U256>,
    /// Listed, unsettled expiries.
    pub listed: BTreeSet<u64>,
    /// Times of the feed's rounds, in order of their ids.
    pub rounds: Vec<(u128, u64, U256)>,
    /// Net asset value and supply before and after the last deposit or withdrawal.
    pub share_worth: Option<[(U256, U256); 2]>,
    pub tally: Tally,
}

impl Walk {
    pub fn new(seed: u64) -> Walk {
        let mut market = Market::new();
        let actors = &market.world.actors;
        let holders = vec![
            actors.alice.address,
            actors.bob.address,
            actors.carol.address,
            actors.provider.address,
        ];
        let feed = market.world.feed;
        let round = market
            .world
            .view(feed, &PriceFeed::latestRoundDataCall {})
            .unwrap();
        let rounds = vec![(round.roundId.to(), round.updatedAt.to(), wad("2500"))];
        Walk {
            listed: market.expiries.into_iter().collect(),
            market,
            rng: Rng(seed),
            seed,
            step: 0,
            holders,
            series: BTreeSet::new(),
            settled: BTreeMap::new(),
            rounds,
            share_worth: None,
            tally: Tally::default(),
        }
    }

    /// Where the walk is, to walk there again.
    pub fn place(&self) -> String {
        format!("seed {}, step {}", self.seed, self.step)
    }

    pub fn now(&self) -> u64 {
        self.market.world.chain.now()
    }

    /// The last price of the feed.
    pub fn spot(&self) -> U256 {
        self.rounds.last().expect("one round at least").2
    }

    /// A plain slot of the pool.
    pub fn slot(&self, slot: u64) -> U256 {
        self.market
            .world
            .chain
            .storage(self.market.pool.address, U256::from(slot))
    }

    fn entry(&self, mapping: u64, keys: &[U256]) -> U256 {
        let slot = keys.iter().fold(U256::from(mapping), |slot, key| {
            let preimage = [key.to_be_bytes::<32>(), slot.to_be_bytes::<32>()].concat();
            U256::from_be_bytes(keccak256(preimage).0)
        });
        self.market
            .world
            .chain
            .storage(self.market.pool.address, slot)
    }

    pub fn money(&self) -> Money {
        let halves = |word: U256| (word & U256::from(u128::MAX), word >> 128);
        let (cash, base) = halves(self.slot(slots::MONEY));
        let (set_aside, insurance) = halves(self.slot(slots::RESERVES));
        Money {
            cash,
            base,
            set_aside,
            insurance,
            shortfall: self.slot(slots::QUOTE) >> 160,
        }
    }

    pub fn paused(&self) -> bool {
        self.slot(slots::HEAD).byte(1) != 0
    }

    pub fn supply(&self) -> U256 {
        self.slot(slots::SHARE_SUPPLY)
    }

    pub fn shares_of(&self, holder: Address) -> U256 {
        self.entry(slots::SHARES, &[holder.into_word().into()])
    }

    pub fn position_of(&self, holder: Address, id: U256) -> U256 {
        self.entry(slots::POSITIONS, &[holder.into_word().into(), id])
    }

    /// What all holders have of a series.
    pub fn held(&self, id: U256) -> U256 {
        self.holders
            .iter()
            .map(|holder| self.position_of(*holder, id))
            .sum()
    }

    pub fn tokens_of_pool(&mut self, token: Address) -> U256 {
        let holder = self.market.pool.address;
        self.market
            .world
            .view(token, &Token::balanceOfCall { holder })
            .unwrap()
    }

    pub fn series_of(&self, expiry: u64) -> Vec<U256> {
        self.series
            .iter()
            .copied()
            .filter(|id| expiry_of(*id) == expiry)
            .collect()
    }

    pub fn live_series(&self) -> Vec<U256> {
        self.series
            .iter()
            .copied()
            .filter(|id| self.listed.contains(&expiry_of(*id)))
            .collect()
    }

    /// Whether the feed's last answer is fit for trading.
    pub fn feed_is_fresh(&self) -> bool {
        let (_, updated_at, _) = self.rounds[self.rounds.len() - 1];
        self.now() - updated_at <= 5_400
    }
}

/// The expiry in a series id.
pub fn expiry_of(id: U256) -> u64 {
    id.as_limbs()[2]
}

/// What a size of a series pays at a settlement price: atoms of six decimals, rounded down.
pub fn payoff(id: U256, price: U256, size: U256) -> U256 {
    let limbs = id.as_limbs();
    let strike = U256::from_limbs([limbs[0], limbs[1], 0, 0]);
    let each = if limbs[3] == 0 {
        price.saturating_sub(strike)
    } else {
        strike.saturating_sub(price)
    };
    size * each / WAD / U256::from(1_000_000_000_000u64)
}
