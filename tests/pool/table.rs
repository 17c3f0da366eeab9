//! The table: surroundings and parameters as the code of contracts that the pool creates.

use alloy_primitives::{Address, Bytes, U256};
use smirk_pool::storage::{head::MOST_TABLES, slots, table};
use smirk_world::{abi::IPool, price::wad, PoolParameters};

use crate::common::Market;

const CODE_LENGTH: usize = 11;

/// The words of the contract that the pool created as its `nonce`th.
fn words(market: &Market, nonce: u64) -> Vec<U256> {
    let code = market.world.chain.code(market.pool.address.create(nonce));
    let (code, words) = code.split_at(CODE_LENGTH);
    assert_eq!(
        U256::from_be_slice(code),
        U256::from(0x0060_0b80_3803_8091_5f39_5ff3u128)
    );
    assert_eq!(words.len(), 32 * (table::IDLE_SHARE + 1));
    words.chunks(32).map(U256::from_be_slice).collect()
}

fn set(value: U256) -> IPool::setParameterCall {
    let index = U256::from(21);
    IPool::setParameterCall { index, value }
}

#[test]
fn the_table_is_what_the_views_say_and_a_change_makes_another() {
    let mut market = Market::with_lender();
    let owner = market.world.actors.owner.address;
    let first = words(&market, 1);
    let surroundings = market.view(IPool::surroundingsCall {}).unwrap();
    let address = |place: usize| Address::from_word(first[place].into());
    for (place, expected) in [
        (table::BASE, market.world.base),
        (table::QUOTE, market.world.quote),
        (table::FEED, surroundings.feed),
        (table::SEQUENCER, surroundings.sequencer),
        (table::VENUE, market.world.venue.pool),
        (table::LENDER, surroundings.lender),
    ] {
        assert_eq!(address(place), expected);
    }
    assert_ne!(address(table::LENDER), Address::ZERO);
    assert_ne!(address(table::COLLATERAL_TOKEN), Address::ZERO);
    assert_ne!(address(table::DEBT_TOKEN), address(table::COLLATERAL_TOKEN));
    let parameters = market.view(IPool::parametersCall {}).unwrap();
    let stored = &first[table::PARAMETERS..table::COLLATERAL_TOKEN];
    assert_eq!(stored, PoolParameters::from(parameters).0);
    // A change makes another contract, which differs in that word alone. The forms of a nonce's encoding change at 128 and 256.
    for nonce in 2..260 {
        let value = wad("0.001") + U256::from(nonce);
        market.send(owner, set(value)).unwrap();
        if [2, 127, 128, 255, 256, 259].contains(&nonce) {
            let mut expected = first.clone();
            expected[table::PARAMETERS + 21] = value;
            assert_eq!(words(&market, nonce), expected);
        }
    }
    assert_eq!(words(&market, 1), first);
    let parameters = market.view(IPool::parametersCall {}).unwrap();
    assert_eq!(parameters.minimumSize, wad("0.001") + U256::from(259));
    let share = wad("0.123456789");
    market
        .send(owner, IPool::setIdleShareCall { share })
        .unwrap();
    assert_eq!(words(&market, 260)[table::IDLE_SHARE], share);
    assert_eq!(market.view(IPool::idleShareCall {}).unwrap(), share);
}

#[test]
fn a_table_that_is_not_where_the_count_says_is_refused() {
    let mut market = Market::new();
    let (owner, pool) = (market.world.actors.owner.address, market.pool.address);
    market.world.chain.set_nonce(pool, 7);
    let target = pool.create(2);
    market.refuses(owner, set(wad("0.002")), IPool::CallFailed { target });
    market.world.chain.set_nonce(pool, 2);
    market.send(owner, set(wad("0.002"))).unwrap();
}

#[test]
fn tables_are_counted_to_their_most_and_then_refused() {
    let mut market = Market::new();
    let (owner, pool) = (market.world.actors.owner.address, market.pool.address);
    let code: Bytes = market.world.chain.code(pool.create(1));
    let head = U256::from(slots::HEAD);
    let word = market.world.chain.storage(pool, head);
    let count = MOST_TABLES - 1;
    let counted = word & !U256::from(MOST_TABLES << 20) | U256::from(count << 20);
    market.world.chain.set_storage(pool, head, counted);
    market.world.chain.set_nonce(pool, count + 1);
    market.world.chain.set_code(pool.create(count), code);
    market.send(owner, set(wad("0.002"))).unwrap();
    assert_eq!(
        words(&market, MOST_TABLES)[table::PARAMETERS + 21],
        wad("0.002")
    );
    market.refuses(
        owner,
        set(wad("0.003")),
        IPool::ValueTooLarge {
            value: U256::from(MOST_TABLES + 1),
            limit: U256::from(MOST_TABLES),
        },
    );
}
