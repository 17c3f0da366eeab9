//! Where everything of a live market is.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use anyhow::{Context, Result};
use inkhorn::AddressBook;
use inkhorn_chain::Chain;
use smirk_world::{abi::PriceFeed, price::Pair, Actors, CallFailure, Venue, World};

use crate::devnet::entries::{Token, FEED_DECIMALS, TOKENS};

/// The contracts of an address book.
pub struct Surroundings {
    /// The pool.
    pub pool: Address,
    base: Address,
    quote: Address,
    weth: Address,
    feed: Address,
    feed_decimals: u8,
    sequencer_feed: Address,
    venue: Venue,
    pair: Pair,
}

impl Surroundings {
    /// Reads a book.
    pub fn of(book: &AddressBook) -> Result<Surroundings> {
        let contract = |name: &str| {
            let known = book.contracts.get(name).copied();
            known.with_context(|| format!("the address book has no {name}"))
        };
        let more = |name: &str| {
            let known = book.more.get(name).cloned();
            known.with_context(|| format!("the address book has no {name}"))
        };
        let tokens: BTreeMap<String, Token> = serde_json::from_value(more(TOKENS)?)?;
        let decimals = |name: &str| {
            let token = tokens.get(name).map(|token| token.decimals);
            token.with_context(|| format!("the address book has no token {name}"))
        };
        let (base, quote) = (contract("base")?, contract("quote")?);
        let base_is_token0 = base < quote;
        let [token0, token1] = if base_is_token0 {
            [base, quote]
        } else {
            [quote, base]
        };
        Ok(Surroundings {
            pool: contract("pool")?,
            base,
            quote,
            weth: contract("weth")?,
            feed: contract("feed")?,
            feed_decimals: serde_json::from_value(more(FEED_DECIMALS)?)?,
            sequencer_feed: contract("sequencerFeed")?,
            venue: Venue {
                factory: contract("factory")?,
                position_manager: contract("positionManager")?,
                router: contract("router")?,
                pool: contract("venue")?,
                token0,
                token1,
            },
            pair: Pair {
                base_decimals: decimals("base")?,
                quote_decimals: decimals("quote")?,
                base_is_token0,
            },
        })
    }

    /// The world on a chain.
    pub fn world(&self, chain: Chain) -> World {
        World {
            chain,
            actors: Actors::default(),
            base: self.base,
            quote: self.quote,
            weth: self.weth,
            pair: self.pair,
            feed: self.feed,
            feed_decimals: self.feed_decimals,
            sequencer_feed: Some(self.sequencer_feed).filter(|feed| !feed.is_zero()),
            venue: self.venue,
            // Nobody here asks it.
            lender: None,
        }
    }
}

/// A round of the price feed.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Its id.
    pub id: U256,
    /// When it was written, unix seconds.
    pub updated_at: u64,
}

/// The feed's newest round.
pub fn latest_round(world: &mut World) -> Result<Round, CallFailure> {
    let round = world.view(world.feed, &PriceFeed::latestRoundDataCall {})?;
    Ok(Round {
        id: U256::from(round.roundId),
        updated_at: round.updatedAt.saturating_to(),
    })
}

/// The first round at or after a time, which the newest one is.
pub fn first_round(world: &mut World, time: u64) -> Result<Round, CallFailure> {
    let mut first = latest_round(world)?;
    loop {
        let call = PriceFeed::getRoundDataCall {
            roundId: (first.id - U256::from(1)).to(),
        };
        match world.view(world.feed, &call) {
            Ok(round) if round.updatedAt >= U256::from(time) => {
                first = Round {
                    id: U256::from(round.id),
                    updated_at: round.updatedAt.saturating_to(),
                };
            }
            // Before the first round there is none.
            _ => return Ok(first),
        }
    }
}
