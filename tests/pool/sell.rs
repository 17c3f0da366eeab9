//! Selling: the fill is the quote, rounding favours the pool, and only what protects the holder or the cash refuses.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{HostileVenue, IPool},
    price::wad,
    TypedCalls,
};

use crate::{
    checks::{bill, bill_of_sale, buy, market_with_a_hostile_venue, sell, signed},
    common::{call, put, Market},
};

fn start() -> (Market, Address, U256) {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "3").unwrap();
    (market, alice, id)
}

fn quote(market: &mut Market, id: U256, size: &str) -> IPool::Quote {
    market
        .view(IPool::quoteSellCall {
            id,
            size: wad(size),
        })
        .unwrap()
}

#[test]
fn sell_pays_exactly_what_the_quote_says_in_the_same_state() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, quarter] = market.expiries;
    for id in [
        call(week, "2600"),
        put(month, "2300"),
        call(quarter, "3500"),
    ] {
        market.buy(alice, id, "30").unwrap();
        for size in ["0.000001", "0.01", "4.999999", "24.9"] {
            let quote = quote(&mut market, id, size);
            let receipt = market.sell(alice, id, size).unwrap();
            assert_eq!(receipt.value, quote.total);
            assert_eq!(quote.total, quote.premium - quote.fee);
        }
        assert!(market.position_of(alice, id) < wad("1"));
    }
}

#[test]
fn sell_moves_the_proceeds_and_the_position_and_records_both() {
    let (mut market, alice, id) = start();
    let (before, alice_quote) = (market.money(), market.quote_of(alice));
    let quote = quote(&mut market, id, "2");
    market.sell(alice, id, "2").unwrap();
    let after = market.money();
    assert_eq!(market.quote_of(alice) - alice_quote, quote.total);
    let received = after.hedge_cash_flow - before.hedge_cash_flow;
    assert_eq!(
        signed(after.cash),
        signed(before.cash - quote.total) + received
    );
    let charged = quote.spread + quote.surcharge + quote.capacity;
    assert_eq!(
        after.fees + after.capacity,
        before.fees + before.capacity + charged
    );
    assert_eq!(after.premiums, before.premiums - signed(quote.premium));
    assert_eq!(market.quote_of(market.pool.address), after.recorded());
    assert_eq!(market.position_of(alice, id), wad("1"));
    market.sell(alice, id, "1").unwrap();
    assert!(
        market.view(IPool::bookCall {}).unwrap().is_empty(),
        "an empty node goes"
    );
}

#[test]
fn sell_emits_the_trade_and_the_status_field_by_field() {
    let (mut market, alice, id) = start();
    let bob = market.world.actors.bob.address;
    let (quote, bob_quote) = (quote(&mut market, id, "2"), market.quote_of(bob));
    let receipt = market.send(alice, sell(id, wad("2"), bob)).unwrap();
    let sold: IPool::Sold = market.event(&receipt);
    assert_eq!((sold.taker, sold.receiver, sold.id), (alice, bob, id));
    assert_eq!(sold.size, wad("2"));
    assert_eq!(bill_of_sale(&sold), bill(&quote));
    assert_eq!(sold.volAfter, quote.volAfter);
    let burnt: IPool::Transfer_1 = market.event(&receipt);
    assert_eq!(
        (burnt.caller, burnt.sender, burnt.receiver),
        (alice, alice, Address::ZERO)
    );
    assert_eq!((burnt.id, burnt.amount), (id, wad("2")));
    assert_eq!(market.quote_of(bob) - bob_quote, quote.total);
    market.check_status(&receipt);
}

#[test]
fn sell_after_buy_never_pays_even_at_the_smallest_sizes() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    for id in [call(week, "5000"), put(week, "1025"), call(month, "2500")] {
        for size in ["0.01", "0.010001", "0.33"] {
            let paid = market.buy(alice, id, size).unwrap().value;
            let got = market.sell(alice, id, size).unwrap().value;
            assert!(got < paid, "{got} for {paid}");
            assert!(paid > U256::ZERO);
        }
    }
}

#[test]
fn sell_of_one_lot_rounds_in_favour_of_the_pool_by_one_atom_at_most() {
    let (mut market, ..) = start();
    let id = call(market.expiries[1], "2500");
    // One lot is a millionth of an option; both sides of a price of p are p / 1e12 WAD, floor or ceiling atoms.
    let sold = quote(&mut market, id, "0.000001");
    let mark = sold.mark / wad("1");
    assert!(sold.premium <= mark + U256::from(1), "{sold:?}");
    assert!(sold.fee >= U256::from(1));
    let bought = market.quote_buy(id, "0.01").unwrap();
    let exact = bought.mark * wad("0.01") / wad("1");
    assert!(bought.premium * wad("0.000001") >= exact, "{bought:?}");
    assert!(bought.fee >= U256::from(1));
}

#[test]
fn sell_hedges_back_when_it_leaves_the_band() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "40").unwrap();
    let before = market.money();
    let planned = quote(&mut market, id, "40").plannedHedge;
    let receipt = market.sell(alice, id, "40").unwrap();
    let hedged: IPool::Hedged = market.event(&receipt);
    assert_eq!(hedged.baseAmount, planned);
    assert!(planned < signed(U256::ZERO));
    let after = market.money();
    assert_eq!(before.base - after.base, planned.unsigned_abs());
    assert_eq!(
        after.hedge_cash_flow,
        before.hedge_cash_flow + signed(hedged.quoteAmount)
    );
    assert!(after.hedge_cost > before.hedge_cost);
    assert_eq!(market.base_of(market.pool.address), after.base);
    market.check_status(&receipt);
}

#[test]
fn sell_stays_open_while_paused_off_the_venue_and_on_a_stale_anchor() {
    let (mut market, alice, id) = start();
    market.pause();
    market.sell(alice, id, "1").unwrap();
    market.world.push_price(wad("2600")).unwrap();
    market.sell(alice, id, "1").unwrap();
    market.world.chain.advance(100_000);
    market.world.refresh_feed().unwrap();
    market.sell(alice, id, "1").unwrap();
}

#[test]
fn sell_within_the_cutoff_works_and_after_expiry_is_refused() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, ..] = market.expiries;
    let id = call(week, "2500");
    market.buy(alice, id, "2").unwrap();
    market.expire(week - 60, "2500");
    market.sell(alice, id, "1").unwrap();
    market.expire(week, "2500");
    let error: IPool::SeriesExpired = market.refusal(alice, sell(id, wad("1"), alice));
    assert_eq!(error.expiry, U256::from(week));
}

#[test]
fn sell_is_refused_below_the_takers_limit_and_filled_at_it() {
    let (mut market, alice, id) = start();
    let proceeds = quote(&mut market, id, "1").total;
    let limit = proceeds + U256::from(1);
    let order = |minProceeds| IPool::sellCall {
        minProceeds,
        ..sell(id, wad("1"), alice)
    };
    market.refuses(
        alice,
        order(limit),
        IPool::ProceedsBelowLimit { proceeds, limit },
    );
    assert_eq!(market.send(alice, order(proceeds)).unwrap().value, proceeds);
}

#[test]
fn sell_of_more_than_is_held_is_refused() {
    let (mut market, alice, id) = start();
    let (holder, balance, needed) = (alice, wad("3"), wad("3.000001"));
    market.refuses(
        alice,
        sell(id, needed, alice),
        IPool::InsufficientBalance {
            holder,
            balance,
            needed,
        },
    );
    let bob = market.world.actors.bob.address;
    let (holder, balance, needed) = (bob, U256::ZERO, wad("1"));
    market.refuses(
        bob,
        sell(id, needed, bob),
        IPool::InsufficientBalance {
            holder,
            balance,
            needed,
        },
    );
}

#[test]
fn sell_with_wrong_arguments_is_refused() {
    let (mut market, alice, id) = start();
    market.refuses(alice, sell(id, U256::ZERO, alice), IPool::SizeZero {});
    market.refuses(
        alice,
        sell(id, wad("1"), Address::ZERO),
        IPool::ZeroAddress {},
    );
    let deadline = U256::from(1);
    let order = IPool::sellCall {
        deadline,
        ..sell(id, wad("1"), alice)
    };
    let error: IPool::DeadlinePassed = market.refusal(alice, order);
    assert_eq!(error.deadline, deadline);
    let (size, lot) = (U256::from(7), U256::from(1_000_000_000_000u64));
    market.refuses(
        alice,
        sell(id, size, alice),
        IPool::SizeOffGrid { size, lot },
    );
}

/// Two series of 90 deep calls each, hedged; the provider has left as far as it may.
fn deeply_short() -> (Market, Address, Address, U256) {
    let (mut market, venue) = market_with_a_hostile_venue();
    let (alice, provider) = (
        market.world.actors.alice.address,
        market.world.actors.provider.address,
    );
    let week = market.expiries[0];
    for strike in ["2000", "2025"] {
        let order = buy(call(week, strike), wad("90"), alice);
        market.send(alice, order).unwrap();
    }
    let assets = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    let withdraw = IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    market.send(provider, withdraw).unwrap();
    (market, alice, venue, call(week, "2000"))
}

#[test]
fn sell_sells_the_hedge_for_what_cash_lacks() {
    let (mut market, alice, _, id) = deeply_short();
    market.world.set_price(wad("9000")).unwrap();
    let cash = market.money().cash;
    let quote = quote(&mut market, id, "90");
    assert!(quote.total > cash, "{} of {cash}", quote.total);
    let receipt = market.sell(alice, id, "90").unwrap();
    assert_eq!(receipt.value, quote.total);
    let hedged: IPool::Hedged = market.event(&receipt);
    assert!(hedged.baseAmount < signed(U256::ZERO));
}

#[test]
fn sell_is_refused_when_neither_cash_nor_hedge_pays_it() {
    let (mut market, alice, venue, id) = deeply_short();
    let vice = HostileVenue::setViceCall {
        vice: HostileVenue::Vice::Reverts,
        data: Default::default(),
    };
    market.tell(venue, vice);
    market.world.set_price(wad("9000")).unwrap();
    let error: IPool::InsufficientFreeCash = market.refusal(alice, sell(id, wad("90"), alice));
    assert_eq!(error.free, market.money().cash);
    assert!(error.needed > error.free);
}

#[test]
fn sell_stands_past_the_hard_limit_when_the_venue_fails() {
    let (mut market, venue) = market_with_a_hostile_venue();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2000");
    market.buy(alice, id, "45").unwrap();
    market.buy(alice, id, "45").unwrap();
    let vice = HostileVenue::setViceCall {
        vice: HostileVenue::Vice::BurnsGas,
        data: Default::default(),
    };
    market.world.chain.send(alice, venue, &vice).unwrap();
    let quote = quote(&mut market, id, "90");
    let receipt = market.sell(alice, id, "90").unwrap();
    let missed: IPool::HedgeMissed = market.event(&receipt);
    assert_eq!(
        (missed.baseAmount, missed.exposure),
        (quote.plannedHedge, quote.exposureAfter)
    );
    assert!(missed.exposure > signed(missed.exposureLimit), "{missed:?}");
    assert_eq!(market.position_of(alice, id), U256::ZERO);
}
