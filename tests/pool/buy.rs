//! Buying: the fill is the quote, the money is recorded to the atom, and each refusal names its numbers.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolError};
use inkhorn_chain::Transaction;
use smirk_world::{
    abi::{FeeOnTransferToken, HostileVenue, IPool, ReentrantToken, ReturnsFalseToken},
    price::wad,
    TokenKind, TypedCalls, World,
};

use crate::{
    checks::{
        bill, bill_of_purchase, buy, default_of, empty, market_with_a_hostile_venue, sell, signed,
    },
    common::{call, put, Market, DAY},
};

fn start() -> (Market, Address, U256) {
    let market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    (market, alice, id)
}

#[test]
fn buy_costs_exactly_what_the_quote_says_in_the_same_state() {
    let (mut market, alice, _) = start();
    let [week, month, quarter] = market.expiries;
    for id in [
        call(week, "2600"),
        put(month, "2300"),
        call(quarter, "3500"),
        put(week, "2700"),
    ] {
        for size in ["0.01", "0.123456", "3", "25"] {
            let quote = market.quote_buy(id, size).unwrap();
            let receipt = market.buy(alice, id, size).unwrap();
            assert_eq!(receipt.value, quote.total);
            assert_eq!(quote.total, quote.premium + quote.fee);
            let bought: IPool::Bought = market.event(&receipt);
            assert_eq!(bill_of_purchase(&bought), bill(&quote));
            assert_eq!(bought.volAfter, quote.volAfter);
        }
    }
}

#[test]
fn buy_costs_what_a_quote_before_it_in_the_same_block_said() {
    let (mut market, alice, id) = start();
    let (pool, size) = (market.pool.address, wad("7"));
    let quote = IPool::quoteBuyCall { id, size }.abi_encode();
    let fill = buy(id, size, alice).abi_encode();
    let block = [&quote, &fill, &quote, &fill]
        .map(|input| Transaction::call(alice, pool, input.clone()))
        .to_vec();
    let outcomes = market.world.chain.transact_batch(block);
    for pair in outcomes.chunks(2) {
        let quoted = IPool::quoteBuyCall::abi_decode_returns(&pair[0].output).unwrap();
        let cost = IPool::buyCall::abi_decode_returns(&pair[1].output).unwrap();
        assert_eq!(cost, quoted.total);
    }
    assert!(
        outcomes[3].output > outcomes[1].output,
        "the second one is dearer"
    );
}

#[test]
fn buy_moves_the_cost_and_the_position_and_records_both() {
    let (mut market, alice, id) = start();
    let (before, alice_quote) = (market.money(), market.quote_of(alice));
    let quote = market.quote_buy(id, "2").unwrap();
    market.buy(alice, id, "2").unwrap();
    let after = market.money();
    assert_eq!(alice_quote - market.quote_of(alice), quote.total);
    let spent = before.hedge_cash_flow - after.hedge_cash_flow;
    assert_eq!(
        signed(after.cash),
        signed(before.cash + quote.total - quote.rent) - spent
    );
    let charged = quote.spread + quote.surcharge + quote.capacity;
    assert_eq!(
        after.fees + after.capacity,
        before.fees + before.capacity + charged
    );
    let crumbs = quote.capacity - (after.capacity - before.capacity);
    assert!(crumbs < U256::from(10), "of capacity only crumbs are fees");
    assert_eq!(
        (after.rent, after.insurance),
        (before.rent + quote.rent, before.insurance + quote.rent)
    );
    assert!(quote.rent > U256::ZERO, "the node is new");
    assert_eq!(after.premiums, before.premiums + signed(quote.premium));
    assert_eq!(market.quote_of(market.pool.address), after.recorded());
    assert_eq!(market.position_of(alice, id), wad("2"));
    let nodes = market.view(IPool::bookCall {}).unwrap();
    assert_eq!(nodes.len(), 1);
    assert_eq!(
        (nodes[0].calls, nodes[0].puts),
        (-signed(wad("2")), signed(U256::ZERO))
    );
    assert_eq!(nodes[0].strike, wad("2500"));
    assert_eq!(nodes[0].expiry, U256::from(market.expiries[1]));
}

#[test]
fn buy_emits_the_trade_and_the_status_field_by_field() {
    let (mut market, alice, id) = start();
    let bob = market.world.actors.bob.address;
    let quote = market.quote_buy(id, "2").unwrap();
    let receipt = market.send(alice, buy(id, wad("2"), bob)).unwrap();
    let bought: IPool::Bought = market.event(&receipt);
    assert_eq!((bought.taker, bought.receiver, bought.id), (alice, bob, id));
    assert_eq!(bought.size, wad("2"));
    assert_eq!(bill_of_purchase(&bought), bill(&quote));
    assert_eq!(bought.volAfter, quote.volAfter);
    let minted: IPool::Transfer_1 = market.event(&receipt);
    assert_eq!(
        (minted.caller, minted.sender, minted.receiver),
        (alice, Address::ZERO, bob)
    );
    assert_eq!((minted.id, minted.amount), (id, wad("2")));
    assert_eq!(market.position_of(alice, id), U256::ZERO);
    assert_eq!(market.position_of(bob, id), wad("2"));
    market.check_status(&receipt);
}

#[test]
fn buy_that_leaves_the_band_hedges_inline_and_records_the_fill() {
    let (mut market, alice, id) = start();
    let quote = market.quote_buy(id, "40").unwrap();
    assert!(quote.plannedHedge > signed(U256::ZERO));
    let receipt = market.buy(alice, id, "40").unwrap();
    let hedged: IPool::Hedged = market.event(&receipt);
    assert_eq!(hedged.baseAmount, quote.plannedHedge);
    assert_eq!(hedged.spot, wad("2500"));
    let money = market.money();
    assert_eq!(signed(money.base), hedged.baseAmount);
    assert_eq!(market.base_of(market.pool.address), money.base);
    assert_eq!(market.quote_of(market.pool.address), money.recorded());
    assert_eq!(money.hedge_cash_flow, -signed(hedged.quoteAmount));
    let fair = money.base * wad("2500") / wad("1000000000000");
    assert_eq!(money.hedge_cost, signed(hedged.quoteAmount) - signed(fair));
    let risk = market.risk();
    assert!(risk.exposure.unsigned_abs() <= risk.band);
    assert_eq!(risk.hedgeDue, signed(U256::ZERO));
    assert_eq!(risk.hedgePosition, hedged.baseAmount);
    market.check_status(&receipt);
}

/// A market whose hedge venue fails on demand, set to fail.
fn market_with_a_failing_venue() -> (Market, Address) {
    let (mut market, venue) = market_with_a_hostile_venue();
    let vice = HostileVenue::setViceCall {
        vice: HostileVenue::Vice::Reverts,
        data: Default::default(),
    };
    market.tell(venue, vice);
    (market, venue)
}

#[test]
fn buy_stands_unhedged_within_the_hard_limit_when_the_venue_fails() {
    let (mut market, _) = market_with_a_failing_venue();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    let quote = market.quote_buy(id, "30").unwrap();
    let receipt = market.buy(alice, id, "30").unwrap();
    let missed: IPool::HedgeMissed = market.event(&receipt);
    assert_eq!(missed.baseAmount, quote.plannedHedge);
    assert_eq!(missed.exposure, quote.exposureAfter);
    assert_eq!(missed.exposureLimit, quote.exposureLimit);
    assert_eq!(missed.reason, 1);
    assert!(receipt
        .event::<IPool::Hedged>(market.pool.address)
        .is_none());
    assert_eq!(market.position_of(alice, id), wad("30"));
    assert_eq!(market.money().base, U256::ZERO);
}

#[test]
fn quote_widens_with_a_missed_hedge_only_for_orders_that_add_to_the_exposure() {
    let (mut market, _) = market_with_a_failing_venue();
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    let (adding, reducing) = (call(week, "2600"), put(week, "2400"));
    let spread = |market: &mut Market, id| market.quote_buy(id, "1").unwrap().spread;
    let (adding_before, reducing_before) =
        (spread(&mut market, adding), spread(&mut market, reducing));

    market.buy(alice, call(month, "2500"), "60").unwrap();
    let exposure = market.risk().exposure.unsigned_abs();
    let quote = market.quote_buy(adding, "1").unwrap();
    let excess = exposure - quote.band;
    let widened = adding_before + adding_before * excess / (quote.exposureLimit - quote.band);
    assert!(excess > U256::ZERO && widened > adding_before);
    assert!(
        quote.spread.abs_diff(widened) <= widened / U256::from(100_000),
        "{} of {widened}",
        quote.spread
    );
    assert_eq!(spread(&mut market, reducing), reducing_before);
}

#[test]
fn buy_is_refused_past_the_hard_limit_when_the_venue_fails() {
    let (mut market, _) = market_with_a_failing_venue();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2400");
    let quote = market.quote_buy(id, "80").unwrap();
    let error: IPool::ExposureAboveLimit = market.refusal(alice, buy(id, wad("80"), alice));
    assert_eq!(error.exposure, quote.exposureAfter);
    assert_eq!(error.limit, quote.exposureLimit);
    assert!(error.exposure.unsigned_abs() > error.limit);
}

#[test]
fn buy_is_refused_while_the_pool_is_paused() {
    let (mut market, alice, id) = start();
    market.pause();
    market.refuses(alice, buy(id, wad("1"), alice), IPool::PoolPaused {});
    market.view_refuses(
        IPool::quoteBuyCall { id, size: wad("1") },
        IPool::PoolPaused {},
    );
}

#[test]
fn buy_is_refused_after_its_deadline() {
    let (mut market, alice, id) = start();
    let deadline = U256::from(market.world.chain.now() - 1);
    let order = IPool::buyCall {
        deadline,
        ..buy(id, wad("1"), alice)
    };
    let error: IPool::DeadlinePassed = market.refusal(alice, order);
    assert_eq!(error.deadline, deadline);
    assert!(error.now_ > deadline);
}

#[test]
fn buy_for_nobody_is_refused() {
    let (mut market, alice, id) = start();
    market.refuses(
        alice,
        buy(id, wad("1"), Address::ZERO),
        IPool::ZeroAddress {},
    );
}

#[test]
fn buy_is_refused_above_the_takers_limit_and_filled_at_it() {
    let (mut market, alice, id) = start();
    let cost = market.quote_buy(id, "1").unwrap().total;
    let limit = cost - U256::from(1);
    let order = |maxCost| IPool::buyCall {
        maxCost,
        ..buy(id, wad("1"), alice)
    };
    market.refuses(alice, order(limit), IPool::CostAboveLimit { cost, limit });
    assert_eq!(market.send(alice, order(cost)).unwrap().value, cost);
}

#[test]
fn buy_of_a_wrong_size_is_refused() {
    let (mut market, alice, id) = start();
    let minimum = default_of("minimumSize");
    let lot = U256::from(1_000_000_000_000u64);
    market.refuses(alice, buy(id, U256::ZERO, alice), IPool::SizeZero {});
    let size = minimum - lot;
    market.refuses(
        alice,
        buy(id, size, alice),
        IPool::SizeBelowMinimum { size, minimum },
    );
    let size = minimum + U256::from(1);
    market.refuses(
        alice,
        buy(id, size, alice),
        IPool::SizeOffGrid { size, lot },
    );
    let size = U256::MAX;
    market.refuses(
        alice,
        buy(id, size, alice),
        IPool::SizeOffGrid { size, lot },
    );
    market.send(alice, buy(id, minimum, alice)).unwrap();
}

#[test]
fn buy_of_a_series_that_does_not_exist_is_refused() {
    let (mut market, alice, id) = start();
    let size = wad("1");
    let [week, ..] = market.expiries;
    let odd = id | U256::from(1) << 193;
    market.refuses(alice, buy(odd, size, alice), IPool::InvalidId { id: odd });
    let unlisted = week + 1;
    let expiry = U256::from(unlisted);
    market.refuses(
        alice,
        buy(call(unlisted, "2500"), size, alice),
        IPool::ExpiryNotListed { expiry },
    );
    let strike = wad("2501");
    let tick = default_of("strikeTick");
    market.refuses(
        alice,
        buy(call(week, "2501"), size, alice),
        IPool::StrikeOffGrid {
            strike,
            tick,
            nearest: wad("2500"),
        },
    );
    let keeper = market.world.actors.keeper.address;
    let expiry = U256::from(week + 7 * DAY);
    market
        .send(keeper, IPool::listExpiryCall { expiry })
        .unwrap();
    market.refuses(
        alice,
        buy(call(week + 7 * DAY, "2500"), size, alice),
        IPool::AnchorMissing { expiry },
    );
}

#[test]
fn buy_far_from_the_money_is_refused() {
    let (mut market, alice, _) = start();
    let month = market.expiries[1];
    let (lowest, highest) = (default_of("moneynessLow"), default_of("moneynessHigh"));
    // In the money each kind ends before the other: parity gives the same exposure through that.
    let (deepest_call, deepest_put) = (wad("0.8"), wad("1.25"));
    for (id, moneyness, low, high) in [
        (call(month, "1975"), "0.79", deepest_call, highest),
        (call(month, "6275"), "2.51", deepest_call, highest),
        (put(month, "975"), "0.39", lowest, deepest_put),
        (put(month, "3150"), "1.26", lowest, deepest_put),
    ] {
        let moneyness = wad(moneyness);
        market.refuses(
            alice,
            buy(id, wad("1"), alice),
            IPool::MoneynessOutOfRange {
                moneyness,
                low,
                high,
            },
        );
    }
}

#[test]
fn buy_closes_before_expiry_and_ends_at_it() {
    let (mut market, alice, _) = start();
    let [week, ..] = market.expiries;
    let id = call(week, "2500");
    market.world.chain.set_time(week - 3_000);
    market.world.refresh_feed().unwrap();
    let error: IPool::CutoffReached = market.refusal(alice, buy(id, wad("1"), alice));
    assert_eq!(
        (error.expiry, error.cutoff),
        (U256::from(week), default_of("cutoff"))
    );
    assert!(error.now_ + error.cutoff > error.expiry);
    market.world.chain.set_time(week);
    market.world.refresh_feed().unwrap();
    let error: IPool::SeriesExpired = market.refusal(alice, buy(id, wad("1"), alice));
    assert_eq!(error.expiry, U256::from(week));
    assert!(error.now_ >= error.expiry);
}

#[test]
fn buy_on_a_stale_anchor_is_refused() {
    let (mut market, alice, id) = start();
    let postedAt = market.view(IPool::surfaceCall {}).unwrap()[1].postedAt;
    let limit = default_of("anchorLimit");
    market
        .world
        .chain
        .set_time((postedAt + limit).to::<u64>() + 2);
    market.world.refresh_feed().unwrap();
    let expiry = U256::from(market.expiries[1]);
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::AnchorStale {
            expiry,
            postedAt,
            limit,
        },
    );
}

#[test]
fn buy_on_an_ageing_anchor_costs_a_wider_spread() {
    let (mut market, _, id) = start();
    let fresh = market.quote_buy(id, "1").unwrap();
    market.world.chain.advance(3 * 3_600);
    market.world.refresh_feed().unwrap();
    let aged = market.quote_buy(id, "1").unwrap();
    assert!(aged.fee > fresh.fee, "{} then {}", fresh.fee, aged.fee);
}

#[test]
fn buy_that_shifts_the_surface_past_the_cap_is_refused() {
    let (mut market, alice, id) = start();
    market.set_parameter("shiftCap", wad("0.01"));
    let error: IPool::ShiftAboveCap = market.refusal(alice, buy(id, wad("40"), alice));
    assert_eq!(error.cap, wad("0.01"));
    assert!(error.shift > error.cap);
}

/// Options so far out that they hardly shift the surface, and so many that the potential could have several maxima behind them.
#[test]
fn buy_whose_shift_cannot_be_solved_for_is_refused() {
    let (mut market, alice, _) = start();
    market.set_parameter("depth", wad("2000"));
    let far = call(market.expiries[1], "6250");
    market
        .view(IPool::quoteBuyCall {
            id: far,
            size: wad("80"),
        })
        .unwrap();
    let error: IPool::QuoteUnavailable = market.refusal(alice, buy(far, wad("160"), alice));
    assert_eq!(error.depth, wad("2000"));
    assert!(error.logVega > wad("1"), "{error:?}");
    // It stays so in its expiry.
    market.buy(alice, far, "80").unwrap();
    let _: IPool::QuoteUnavailable = market.refusal(alice, buy(far, wad("80"), alice));
    let other = call(market.expiries[0], "6250");
    market.buy(alice, other, "80").unwrap();
}

#[test]
fn buy_that_ties_up_more_than_all_equity_is_refused() {
    let (mut market, alice, _) = start();
    market.set_parameter("depth", wad("1000000000"));
    // Puts tie up their strikes, calls the base that they are hedged with.
    for (id, size) in [
        (put(market.expiries[0], "1000"), "1100"),
        (call(market.expiries[0], "4500"), "1000"),
    ] {
        let error: IPool::CapacityExhausted = market.refusal(alice, buy(id, wad(size), alice));
        assert!(error.used > error.limit, "{error:?}");
        assert_eq!(error.limit, wad("1"));
    }
    // Two thirds of it is not too much.
    market
        .buy(alice, put(market.expiries[0], "1000"), "660")
        .unwrap();
}

#[test]
fn buy_that_the_scenario_gate_does_not_carry_is_refused() {
    let (mut market, alice, id) = start();
    for (name, value) in [("equityFloor", "0.9"), ("depth", "250000")] {
        market.set_parameter(name, wad(value));
    }
    let equity = market.risk().equity;
    let error: IPool::ScenarioLossAboveEquity = market.refusal(alice, buy(id, wad("90"), alice));
    assert!(error.equity > equity, "the fee is part of it");
    assert!(error.equity - signed(error.loss) < signed(error.floor));
    assert!(error.floor > wad("900000"));
}

#[test]
fn buy_that_is_short_too_many_calls_is_refused() {
    let (mut market, alice, _) = start();
    market.set_parameter("upsideSlope", wad("0.01"));
    // Deep in the money a call ties up little beside its hedge, and beyond the grid as much as any.
    let id = call(market.expiries[0], "2000");
    let error: IPool::UpsideSlopeBelowLimit = market.refusal(alice, buy(id, wad("10"), alice));
    assert_eq!(error.slope, -signed(wad("10")));
    assert!(error.slope < error.limit);
}

#[test]
fn buy_that_leaves_less_than_nothing_at_a_price_of_zero_is_refused() {
    let (mut market, alice, id) = start();
    for (name, value) in [("depth", "1000000000"), ("exposureCap", "2")] {
        market.set_parameter(name, wad(value));
    }
    // Base that hedged calls stays when they are sold back at a venue that is off the feed: equity, but no cash.
    market.buy(alice, id, "200").unwrap();
    market.world.push_price(wad("2550")).unwrap();
    market.sell(alice, id, "200").unwrap();
    market.world.set_price(wad("2500")).unwrap();
    let before = market.risk();
    assert!(
        signed(wad("900000")) < before.equity,
        "equity carries the strikes"
    );
    let far = put(market.expiries[0], "1000");
    let error: IPool::ValueAtZeroBelowFloor = market.refusal(alice, buy(far, wad("900"), alice));
    let premium = error.value - (before.valueAtZero - signed(wad("900000")));
    assert!(premium > signed(U256::ZERO) && premium < signed(wad("1")));
    assert!(error.value < signed(U256::ZERO) && error.floor.is_zero());
}

#[test]
fn buy_is_refused_while_the_venue_is_off_the_feed() {
    let (mut market, alice, id) = start();
    market.world.push_price(wad("2550")).unwrap();
    let error: IPool::VenueTooFar = market.refusal(alice, buy(id, wad("1"), alice));
    assert_eq!(error.feedPrice, wad("2550"));
    let limit = wad("2550") * (wad("1") - default_of("hedgePriceLimit")) / wad("1");
    assert_eq!(error.limit, limit);
    let venue = market.world.venue_price().unwrap();
    assert!(
        error.price.abs_diff(venue) < wad("0.000001"),
        "{} {venue}",
        error.price
    );
    market.world.arbitrage().unwrap();
    market.buy(alice, id, "1").unwrap();
}

#[test]
fn buy_without_funds_is_refused() {
    let (mut market, alice, id) = start();
    let (holder, needed) = (alice, market.quote_buy(id, "1").unwrap().total);
    let (spender, token) = (market.pool.address, market.world.quote);
    let allowance = needed - U256::from(1);
    market
        .world
        .approve(token, alice, spender, allowance)
        .unwrap();
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::InsufficientAllowance {
            spender,
            allowance,
            needed,
        },
    );
    market
        .world
        .approve(token, alice, spender, U256::MAX)
        .unwrap();
    empty(&mut market.world, alice);
    let balance = U256::ZERO;
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::InsufficientBalance {
            holder,
            balance,
            needed,
        },
    );
}

#[test]
fn buy_needs_a_node_when_the_book_is_full() {
    let (mut market, alice, _) = start();
    let [week, month, quarter] = market.expiries;
    let limit = U256::from(128);
    for index in 0..128u64 {
        let expiry = [week, month][index as usize % 2];
        let strike = (1_500 + index / 2 * 25).to_string();
        let id = match index / 2 * 25 {
            0..1_000 => put(expiry, &strike),
            _ => call(expiry, &strike),
        };
        market.buy(alice, id, "0.01").unwrap();
    }
    let id = call(quarter, "2500");
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::TooManyNodes { limit },
    );
    // A series of a listed node still trades, and closing one makes room.
    market.buy(alice, put(week, "2500"), "1").unwrap();
    market
        .send(alice, sell(call(month, "2600"), wad("0.01"), alice))
        .unwrap();
    market.buy(alice, id, "1").unwrap();
}

#[test]
fn buy_with_a_token_that_returns_false_is_refused() {
    let mut market = Market::with(
        World::builder()
            .price(wad("2500"))
            .quote(TokenKind::ReturnsFalse, 6),
        |_| {},
    );
    let (alice, token) = (market.world.actors.alice.address, market.world.quote);
    let id = call(market.expiries[1], "2500");
    let refusal = ReturnsFalseToken::setRefusalCall {
        onTransfer: true,
        onTransferFrom: true,
    };
    market.buy(alice, id, "1").unwrap();
    market.world.chain.send(alice, token, &refusal).unwrap();
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::TokenCallFailed { token },
    );
    market.refuses(
        alice,
        sell(id, wad("1"), alice),
        IPool::TokenCallFailed { token },
    );
    let provider = market.world.actors.provider.address;
    let withdraw = IPool::withdrawCall {
        assets: U256::from(1),
        receiver: provider,
        owner_: provider,
    };
    market.refuses(provider, withdraw, IPool::TokenCallFailed { token });
}

#[test]
fn buy_with_a_token_that_returns_nothing_works() {
    let mut market = Market::with(
        World::builder()
            .price(wad("2500"))
            .quote(TokenKind::ReturnsNothing, 6),
        |_| {},
    );
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    let receipt = market.buy(alice, id, "40").unwrap();
    let _: IPool::Hedged = market.event(&receipt);
    market.sell(alice, id, "40").unwrap();
    let recorded = market.money().recorded();
    assert_eq!(market.quote_of(market.pool.address), recorded);
}

#[test]
fn buy_with_a_token_that_takes_a_fee_is_refused() {
    let mut market = Market::with(
        World::builder()
            .price(wad("2500"))
            .quote(TokenKind::FeeOnTransfer, 6),
        |_| {},
    );
    let (alice, token) = (market.world.actors.alice.address, market.world.quote);
    let id = call(market.expiries[1], "2500");
    let bps = FeeOnTransferToken::setFeeBpsCall {
        bps: U256::from(100),
    };
    market.world.chain.send(alice, token, &bps).unwrap();
    let expected = market.quote_buy(id, "1").unwrap().total;
    let received = expected - expected / U256::from(100);
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::TokenAmountMismatch {
            token,
            received,
            expected,
        },
    );
}

#[test]
fn buy_answers_nobody_who_calls_back_from_its_token() {
    let builder = World::builder()
        .price(wad("2500"))
        .quote(TokenKind::Reentrant, 6);
    let mut market = Market::with(builder, |_| {});
    let (alice, token) = (market.world.actors.alice.address, market.world.quote);
    let id = call(market.expiries[1], "2500");
    for payload in [
        buy(id, wad("1"), alice).abi_encode(),
        IPool::navCall {}.abi_encode(),
        IPool::totalAssetsCall {}.abi_encode(),
    ] {
        let set = ReentrantToken::setReentryCall {
            target: market.pool.address,
            payload: payload.into(),
        };
        market.world.chain.send(alice, token, &set).unwrap();
        market.buy(alice, id, "1").unwrap();
        let succeeded = ReentrantToken::lastSucceededCall {};
        assert!(!market.world.view(token, &succeeded).unwrap());
        let output = ReentrantToken::lastOutputCall {};
        let said = market.world.view(token, &output).unwrap();
        assert_eq!(said, IPool::Reentered {}.abi_encode());
    }
}

#[test]
fn buy_at_every_scale_and_order_of_the_tokens_costs_the_same() {
    let mut costs = Vec::new();
    for (quote_decimals, base_decimals, feed_decimals, first) in [
        (6, 18, 8, true),
        (6, 18, 18, false),
        (8, 8, 6, true),
        (18, 18, 8, false),
        (18, 6, 8, true),
        (6, 6, 18, false),
    ] {
        let builder = World::builder()
            .price(wad("2500"))
            .quote(TokenKind::Honest, quote_decimals)
            .base(TokenKind::Honest, base_decimals)
            .base_is_token0(first)
            .feed_decimals(feed_decimals);
        let mut market = Market::with(builder, |_| {});
        let alice = market.world.actors.alice.address;
        let id = call(market.expiries[1], "2500");
        let quote = market.quote_buy(id, "40").unwrap();
        let receipt = market.buy(alice, id, "40").unwrap();
        assert_eq!(receipt.value, quote.total);
        let hedged: IPool::Hedged = market.event(&receipt);
        let grain = U256::from(10).pow(U256::from(18 - base_decimals));
        let planned = quote.plannedHedge.into_raw();
        assert_eq!(hedged.baseAmount.into_raw(), planned - planned % grain);
        let money = market.money();
        assert_eq!(money.base * grain, hedged.baseAmount.into_raw());
        assert_eq!(market.base_of(market.pool.address), money.base);
        assert_eq!(market.quote_of(market.pool.address), money.recorded());
        let decimals = market.view(IPool::decimals_0Call {}).unwrap();
        assert_eq!(decimals, quote_decimals + 3);
        let status = market.view(IPool::oracleStatusCall {}).unwrap();
        assert!(
            status.venuePrice.abs_diff(wad("2500")) < wad("2"),
            "{}",
            status.venuePrice
        );
        let sold = market.sell(alice, id, "40").unwrap().value;
        assert!(sold < receipt.value);
        costs.push(receipt.value * U256::from(10).pow(U256::from(18 - quote_decimals)));
    }
    // Five numbers are rounded up to atoms.
    let atom = wad("0.000005");
    assert!(
        costs.iter().all(|cost| cost.abs_diff(costs[0]) <= atom),
        "{costs:?}"
    );
}

#[test]
fn buy_and_its_quote_refuse_with_the_same_words() {
    let (mut market, alice, id) = start();
    let [week, month, _] = market.expiries;
    let far_put = put(week, "1000");
    let orders = [
        (id, "0"),
        (id, "0.000001"),
        (id, "1.0000001"),
        (id, "100000"),
        (call(week + 1, "2500"), "1"),
        (call(month, "2501"), "1"),
        (call(month, "100"), "1"),
        (call(month, "5000"), "2000"),
        (far_put, "4000"),
        (far_put | U256::from(1) << 200, "1"),
    ];
    let compare = |market: &mut Market, id, size: &str| {
        let size = wad(size);
        let quoted = market.view(IPool::quoteBuyCall { id, size });
        let quoted = quoted.expect_err("the quote is refused").outcome.output;
        let bought = market.send(alice, buy(id, size, alice));
        assert_eq!(
            bought.expect_err("the purchase is refused").outcome.output,
            quoted
        );
        quoted[..4].to_vec()
    };
    let mut kinds: Vec<_> = orders
        .into_iter()
        .map(|(id, size)| compare(&mut market, id, size))
        .collect();
    market.world.push_price(wad("2560")).unwrap();
    kinds.push(compare(&mut market, id, "1"));
    market.world.chain.advance(10_000);
    kinds.push(compare(&mut market, id, "1"));
    market.world.set_sequencer(false, 1).unwrap();
    kinds.push(compare(&mut market, id, "1"));
    market.pause();
    kinds.push(compare(&mut market, id, "1"));
    kinds.sort();
    kinds.dedup();
    assert!(kinds.len() >= 11, "{} different refusals", kinds.len());
}

#[test]
fn buy_and_sell_quotes_round_in_favour_of_the_pool_by_less_than_an_atom() {
    let market = |decimals| {
        let builder = World::builder()
            .price(wad("2500"))
            .quote(TokenKind::Honest, decimals);
        Market::with(builder, |_| {})
    };
    // Eighteen decimals show what the engine said; six are rounded from it.
    let (mut exact, mut coarse) = (market(18), market(6));
    let atom = U256::from(1_000_000_000_000u64);
    let [week, month, _] = exact.expiries;
    let mut rounded = 0;
    for id in [call(month, "2500"), put(week, "2300"), call(week, "3200")] {
        for size in [wad("0.01"), wad("0.010001"), wad("1.234567")] {
            let quote =
                |market: &mut Market| market.view(IPool::quoteBuyCall { id, size }).unwrap();
            let (fine, buy) = (quote(&mut exact), quote(&mut coarse));
            for (fine, atoms) in bill(&fine).into_iter().zip(bill(&buy)) {
                assert_eq!(atoms, fine.div_ceil(atom));
                rounded += (atoms * atom != fine) as u32;
            }
            let quote =
                |market: &mut Market| market.view(IPool::quoteSellCall { id, size }).unwrap();
            let (fine, sell) = (quote(&mut exact), quote(&mut coarse));
            assert_eq!(sell.premium, fine.premium / atom);
            for (fine, atoms) in bill(&fine).into_iter().zip(bill(&sell)).skip(1) {
                assert_eq!(atoms, fine.div_ceil(atom));
            }
        }
    }
    assert!(
        rounded > 10,
        "only {rounded} numbers had something to round"
    );
}
