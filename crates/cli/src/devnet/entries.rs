//! What the address book says of the pool and its surroundings.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use anyhow::Result;
use inkhorn::{Account, AddressBook};
use serde::{Deserialize, Serialize};
use smirk_world::Actor;

use super::market::Market;

/// The tokens by name, in an address book.
pub const TOKENS: &str = "tokens";
/// Decimals of the price feed, in an address book.
pub const FEED_DECIMALS: &str = "feedDecimals";

/// A token.
#[derive(Serialize, Deserialize)]
pub struct Token {
    /// Its contract.
    pub address: Address,
    /// Digits behind the point of one unit.
    pub decimals: u8,
}

fn account(actor: &Actor) -> Account {
    Account {
        address: actor.address,
        private_key: actor.key(),
    }
}

/// Enters the pool, its surroundings and its people: `tokens` by name, `feedDecimals` of the price feed, and `expiries` that the
/// pool has listed, in Unix seconds.
pub fn enter_market(book: &mut AddressBook, market: &Market) -> Result<()> {
    let (world, pool) = (&market.world, &market.pool);
    book.enter_contracts(&[
        ("pool", pool.address),
        ("base", world.base),
        ("quote", world.quote),
        ("weth", world.weth),
        ("feed", world.feed),
        ("sequencerFeed", world.sequencer_feed.unwrap_or_default()),
        ("router", world.venue.router),
        ("factory", world.venue.factory),
        ("positionManager", world.venue.position_manager),
        ("venue", world.venue.pool),
    ]);
    if let Some(lender) = world.lender {
        book.enter_contracts(&[
            ("lender", lender.provider),
            ("lenderPool", lender.pool),
            ("lenderOracle", lender.oracle),
            ("lenderConfigurator", lender.configurator),
            ("collateralToken", lender.quote.a_token),
            ("debtToken", lender.base.variable_debt),
        ]);
    }
    let tokens: BTreeMap<&str, Token> = [
        ("base", world.base, world.pair.base_decimals),
        ("quote", world.quote, world.pair.quote_decimals),
    ]
    .into_iter()
    .map(|(name, address, decimals)| (name, Token { address, decimals }))
    .collect();
    let more = [
        (TOKENS, serde_json::to_value(tokens)?),
        (FEED_DECIMALS, world.feed_decimals.into()),
        ("expiries", market.expiries.clone().into()),
    ];
    let more = more
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    book.more.extend(more);
    let people = world.actors.all().into_iter().chain(&market.people);
    book.roles
        .extend(people.map(|actor| (camel_case(actor.name()), account(actor))));
    Ok(())
}

/// `market maker` as `marketMaker`.
fn camel_case(name: &str) -> String {
    let mut words = name.split(' ');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut joined, word| {
        let (initial, rest) = word.split_at(1);
        joined.push_str(&initial.to_uppercase());
        joined.push_str(rest);
        joined
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_as_json_names_things() {
        assert_eq!(camel_case("market maker"), "marketMaker");
        assert_eq!(camel_case("keeper"), "keeper");
    }
}
