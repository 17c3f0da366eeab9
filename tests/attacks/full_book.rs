//! A book filled to the brim, with a series in it that has expired and that nobody settled.

use alloy_primitives::U256;
use smirk_world::{abi::IPool, price::wad};

use crate::common::{call, put, Market, DAY};

/// Defence: every loop is bounded by constants that fit a transaction, and an expired series reverts nothing.
#[test]
fn a_full_book_with_an_expired_series_still_works() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    for (days, vol) in [
        (14, "0.73"),
        (21, "0.715"),
        (35, "0.695"),
        (42, "0.692"),
        (49, "0.69"),
        (56, "0.688"),
        (63, "0.686"),
        (70, "0.684"),
        (77, "0.682"),
    ] {
        let expiry = market.expiries[0] + (days - 7) * DAY;
        market.list(expiry, vol);
    }
    let listed: Vec<u64> = market
        .view(IPool::surfaceCall {})
        .unwrap()
        .iter()
        .map(|anchor| anchor.expiry.to())
        .collect();
    assert_eq!(listed.len(), 12);
    let mut nodes = 0;
    'filled: for strike in (2_000..).step_by(100) {
        for expiry in &listed {
            if nodes == 128 {
                break 'filled;
            }
            let strike = strike.to_string();
            let id = if nodes % 2 == 0 {
                call(*expiry, &strike)
            } else {
                put(*expiry, &strike)
            };
            market.buy(alice, id, "0.1").unwrap();
            nodes += 1;
        }
    }
    let refusal = market.send(
        market.world.actors.keeper.address,
        IPool::listExpiryCall {
            expiry: U256::from(market.expiries[2] + DAY),
        },
    );
    assert!(refusal.unwrap_err().is::<IPool::TooManyExpiries>());
    assert_eq!(market.view(IPool::bookCall {}).unwrap().len(), 128);
    let refusal = market.buy(alice, call(listed[4], "4000"), "1").unwrap_err();
    assert!(refusal.is::<IPool::TooManyNodes>(), "{refusal}");

    let week = listed[0];
    market.world.chain.set_time(week - 1);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    let round = market.world.refresh_feed().unwrap();
    market.wait_until(week + 600);

    let id = call(listed[1], "2400");
    let mut gas = vec![
        ("buy", market.buy(bob, id, "60").unwrap().gas_used),
        ("sell", market.sell(bob, id, "60").unwrap().gas_used),
        (
            "withdraw",
            market
                .withdraw(provider, U256::from(1_000_000_000))
                .unwrap()
                .gas_used,
        ),
        (
            "rebalance",
            market.send(bob, IPool::rebalanceCall {}).unwrap().gas_used,
        ),
    ];
    market.view(IPool::riskCall {}).unwrap();
    market.view(IPool::bookCall {}).unwrap();
    gas.push(("settle", market.settle(week, round).unwrap().gas_used));
    for (name, gas) in &gas {
        assert!(*gas < 8_000_000, "{name}: {gas} gas");
    }
    println!("{gas:?}");
    // The settled expiry has made room.
    market
        .send(
            market.world.actors.keeper.address,
            IPool::listExpiryCall {
                expiry: U256::from(market.expiries[2] + DAY),
            },
        )
        .unwrap();
    market.buy(alice, call(listed[4], "4000"), "1").unwrap();
    let owned = market.position(alice, call(week, "2000"));
    assert_eq!(owned, wad("0.1"));
    let paid = market
        .claim(alice, call(week, "2000"), owned)
        .unwrap()
        .value;
    assert_eq!(paid, market.world.quote_units("50"));
    market.assert_backed();
}
