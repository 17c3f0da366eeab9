//! Orders of several legs: the fill is the quote, one leg is what buy and sell are, and each refusal names its numbers.

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use inkhorn_chain::Transaction;
use smirk_world::{abi::IPool, price::wad, CallFailure, Receipt};

use crate::{
    checks::{buy, default_of, signed},
    common::{
        call,
        orders::{legs, trade},
        put, Market,
    },
};

impl Market {
    fn quote_order(&mut self, parts: &[(U256, &str)]) -> Result<IPool::OrderQuote, CallFailure> {
        self.view(IPool::quoteCall {
            legs: legs(parts),
            onAccount: false,
        })
    }

    fn trade(
        &mut self,
        who: Address,
        parts: &[(U256, &str)],
    ) -> Result<Receipt<I256>, CallFailure> {
        self.send(who, trade(legs(parts), who))
    }
}

fn start() -> (Market, Address) {
    let market = Market::new();
    let alice = market.world.actors.alice.address;
    (market, alice)
}

/// The numbers of an order that its event and its quote share.
fn bill(quote: &IPool::OrderQuote) -> (I256, [U256; 4]) {
    let charges = [quote.spread, quote.surcharge, quote.capacity, quote.rent];
    assert_eq!(quote.fee, charges.iter().sum::<U256>());
    assert_eq!(quote.total, quote.premium + signed(quote.fee));
    (quote.premium, charges)
}

#[test]
fn an_order_costs_what_its_quote_says_and_moves_every_leg_and_the_money() {
    let (mut market, alice) = start();
    let [week, month, quarter] = market.expiries;
    let bob = market.world.actors.bob.address;
    market.buy(alice, call(month, "2500"), "3").unwrap();
    let parts = [
        (call(month, "2500"), "-2"),
        (call(month, "2700"), "4"),
        (put(week, "2400"), "1.5"),
        (put(quarter, "2500"), "0.25"),
    ];
    let quote = market.quote_order(&parts).unwrap();
    let (before, paid) = (market.money(), market.quote_of(alice));
    let receipt = market.send(alice, trade(legs(&parts), bob)).unwrap();
    let after = market.money();
    assert_eq!(receipt.value, quote.total);
    assert_eq!(signed(paid) - signed(market.quote_of(alice)), quote.total);
    let spent = before.hedge_cash_flow - after.hedge_cash_flow;
    let gained = quote.total - signed(quote.rent);
    assert_eq!(signed(after.cash), signed(before.cash) + gained - spent);
    assert_eq!(after.rent, before.rent + quote.rent);
    assert_eq!(after.premiums, before.premiums + quote.premium);
    assert_eq!(market.quote_of(market.pool.address), after.recorded());
    assert_eq!(market.position_of(alice, call(month, "2500")), wad("1"));
    for (id, size) in &parts[1..] {
        assert_eq!(market.position_of(bob, *id), wad(size));
    }
    let nodes = market.view(IPool::bookCall {}).unwrap();
    let held = |expiry: u64, strike: &str| {
        let node = nodes
            .iter()
            .find(|node| node.expiry == U256::from(expiry) && node.strike == wad(strike))
            .unwrap();
        (node.calls, node.puts)
    };
    let (zero, short) = (I256::ZERO, |size: &str| -signed(wad(size)));
    assert_eq!(nodes.len(), 4);
    assert_eq!(held(month, "2500"), (short("1"), zero));
    assert_eq!(held(month, "2700"), (short("4"), zero));
    assert_eq!(held(week, "2400"), (zero, short("1.5")));
    assert_eq!(held(quarter, "2500"), (zero, short("0.25")));
    market.check_status(&receipt);
}

#[test]
fn an_order_emits_itself_its_legs_and_the_status_field_by_field() {
    let (mut market, alice) = start();
    let month = market.expiries[1];
    let bob = market.world.actors.bob.address;
    market.buy(alice, call(month, "2500"), "1").unwrap();
    let parts = [(call(month, "2500"), "-1"), (call(month, "2600"), "2")];
    let quote = market.quote_order(&parts).unwrap();
    let receipt = market.send(alice, trade(legs(&parts), bob)).unwrap();
    let ordered: IPool::Ordered = market.event(&receipt);
    assert_eq!((ordered.taker, ordered.receiver), (alice, bob));
    assert_eq!(
        (
            ordered.premium,
            [
                ordered.spread,
                ordered.surcharge,
                ordered.capacity,
                ordered.rent
            ]
        ),
        bill(&quote)
    );
    assert_eq!(ordered.legs, U256::from(2));
    let filled: Vec<IPool::LegFilled> = receipt.events(market.pool.address);
    assert_eq!(filled.len(), 2);
    for ((event, leg), asked) in filled.iter().zip(&quote.legs).zip(legs(&parts)) {
        assert_eq!((event.taker, event.receiver), (alice, bob));
        assert_eq!((event.id, event.size), (asked.id, asked.size));
        assert_eq!((leg.id, leg.size), (asked.id, asked.size));
        assert_eq!((event.mark, event.volAfter), (leg.mark, leg.volAfter));
    }
    assert!(receipt
        .events::<IPool::Bought>(market.pool.address)
        .is_empty());
    let moved: Vec<IPool::Transfer_1> = receipt.events(market.pool.address);
    let moved: Vec<_> = moved
        .iter()
        .map(|moved| (moved.sender, moved.receiver, moved.id, moved.amount))
        .collect();
    assert_eq!(
        moved,
        [
            (alice, Address::ZERO, parts[0].0, wad("1")),
            (Address::ZERO, bob, parts[1].0, wad("2")),
        ]
    );
    market.check_status(&receipt);
}

#[test]
fn an_order_of_one_leg_is_what_buy_and_sell_are() {
    let (market, alice) = start();
    let id = put(market.expiries[0], "2450");
    let (mut short_form, mut legged) = (market.clone(), market);
    let quote = short_form.quote_buy(id, "7").unwrap();
    let order = legged.quote_order(&[(id, "7")]).unwrap();
    assert_eq!(
        (order.premium, order.fee),
        (signed(quote.premium), quote.fee)
    );
    assert_eq!(
        (order.shift, order.delta, order.plannedHedge),
        (quote.shift, quote.delta, quote.plannedHedge)
    );
    let leg = &order.legs[0];
    assert_eq!(
        (
            leg.mark,
            leg.forward,
            leg.volBefore,
            leg.volAfter,
            leg.delta
        ),
        (
            quote.mark,
            quote.forward,
            quote.volBefore,
            quote.volAfter,
            quote.delta
        )
    );
    assert_eq!(
        leg.spread / U256::from(10).pow(U256::from(12)),
        quote.spread - U256::ONE
    );
    let paid = short_form.buy(alice, id, "7").unwrap().value;
    assert_eq!(
        legged.trade(alice, &[(id, "7")]).unwrap().value,
        signed(paid)
    );
    let got = short_form.sell(alice, id, "2").unwrap().value;
    assert_eq!(
        legged.trade(alice, &[(id, "-2")]).unwrap().value,
        -signed(got)
    );
    assert_eq!(short_form.money(), legged.money());
    let [a, b] = [&mut short_form, &mut legged].map(|market| market.risk());
    assert_eq!((a.exposure, a.worstLoss), (b.exposure, b.worstLoss));
}

#[test]
fn a_whole_order_costs_no_more_than_its_legs_one_by_one() {
    let (market, alice) = start();
    let [week, month, _] = market.expiries;
    for parts in [
        vec![(call(month, "2500"), "5"), (put(month, "2500"), "5")],
        vec![
            (call(week, "2400"), "2"),
            (call(month, "2800"), "3"),
            (put(week, "2500"), "4"),
        ],
    ] {
        let (mut whole, mut single) = (market.clone(), market.clone());
        let together = whole.trade(alice, &parts).unwrap().value;
        let alone: U256 = parts
            .iter()
            .map(|(id, size)| single.buy(alice, *id, size).unwrap().value)
            .sum();
        assert!(together <= signed(alone), "{together} {alone}");
        assert!(together * I256::unchecked_from(100) > signed(alone) * I256::unchecked_from(98));
    }
}

#[test]
fn a_roll_that_pays_is_held_to_the_takers_limit_to_the_atom() {
    let (mut market, alice) = start();
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2400"), "2").unwrap();
    let parts = [(call(month, "2400"), "-2"), (call(week, "2600"), "2")];
    let total = market.quote_order(&parts).unwrap().total;
    assert!(total < I256::ZERO, "the roll pays");
    let one = I256::unchecked_from(1);
    let order = |limit| IPool::tradeCall {
        limit,
        ..trade(legs(&parts), alice)
    };
    let limit = total - one;
    market.refuses(alice, order(limit), IPool::TotalAboveLimit { total, limit });
    let before = market.quote_of(alice);
    assert_eq!(market.send(alice, order(total)).unwrap().value, total);
    assert_eq!(signed(market.quote_of(alice)) - signed(before), -total);
}

#[test]
fn an_order_that_costs_is_held_to_the_takers_limit_to_the_atom() {
    let (mut market, alice) = start();
    let month = market.expiries[1];
    let parts = [(call(month, "2500"), "1"), (put(month, "2500"), "1")];
    let total = market.quote_order(&parts).unwrap().total;
    let order = |limit| IPool::tradeCall {
        limit,
        ..trade(legs(&parts), alice)
    };
    for limit in [
        total - I256::unchecked_from(1),
        -I256::unchecked_from(1),
        I256::MIN,
    ] {
        market.refuses(alice, order(limit), IPool::TotalAboveLimit { total, limit });
    }
    assert_eq!(market.send(alice, order(total)).unwrap().value, total);
}

#[test]
fn everything_is_closed_in_one_order_also_while_paused_and_past_the_anchors_limit() {
    let (mut market, alice) = start();
    let [week, month, quarter] = market.expiries;
    let held = [
        (call(month, "2500"), "2"),
        (put(week, "2450"), "1"),
        (call(quarter, "2800"), "3"),
        (put(month, "2500"), "1"),
    ];
    market.trade(alice, &held).unwrap();
    market.pause();
    market.world.chain.advance(7 * 3_600);
    market.world.refresh_feed().unwrap();
    let closing = held.map(|(id, size)| (id, format!("-{size}")));
    let closing = closing.each_ref().map(|(id, size)| (*id, size.as_str()));
    let quote = market.quote_order(&closing).unwrap();
    assert_eq!(quote.rent, U256::ZERO);
    assert!(signed(quote.fee) <= -quote.premium);
    assert_eq!(market.trade(alice, &closing).unwrap().value, quote.total);
    assert!(market.view(IPool::bookCall {}).unwrap().is_empty());
    for (id, _) in held {
        assert_eq!(market.position_of(alice, id), U256::ZERO);
    }
}

#[test]
fn an_order_with_a_leg_that_opens_follows_the_rules_of_buy() {
    let (mut market, alice) = start();
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2500"), "2").unwrap();
    let roll = |opened| legs(&[(call(month, "2500"), "-1"), (opened, "1")]);
    let error: IPool::MoneynessOutOfRange =
        market.refusal(alice, trade(roll(call(week, "1975")), alice));
    assert_eq!(error.moneyness, wad("0.79"));
    let size = default_of("minimumSize") - U256::from(1_000_000_000_000u64);
    let small = vec![
        IPool::Leg {
            id: call(month, "2500"),
            size: -signed(size),
        },
        IPool::Leg {
            id: call(week, "2500"),
            size: signed(size),
        },
    ];
    let minimum = default_of("minimumSize");
    market.refuses(
        alice,
        trade(small, alice),
        IPool::SizeBelowMinimum { size, minimum },
    );
    market.pause();
    market.refuses(
        alice,
        trade(roll(call(week, "2500")), alice),
        IPool::PoolPaused {},
    );
    market.view_refuses(
        IPool::quoteCall {
            legs: roll(call(week, "2500")),
            onAccount: false,
        },
        IPool::PoolPaused {},
    );
}

#[test]
fn a_leg_that_closes_may_be_out_of_the_opening_range() {
    let (mut market, alice) = start();
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2000"), "1").unwrap();
    // The call is now deeper in the money than one may open.
    market.world.set_price(wad("2600")).unwrap();
    let error: IPool::MoneynessOutOfRange =
        market.refusal(alice, buy(call(month, "2000"), wad("1"), alice));
    assert!(error.moneyness < error.low);
    market
        .trade(
            alice,
            &[(call(month, "2000"), "-1"), (call(week, "2600"), "1")],
        )
        .unwrap();
}

#[test]
fn nodes_that_an_order_empties_and_opens_keep_their_places() {
    let (mut market, alice) = start();
    let month = market.expiries[1];
    let strikes = ["2300", "2400", "2500", "2600", "2700"];
    for strike in strikes {
        market.buy(alice, call(month, strike), "1").unwrap();
    }
    // The first two are emptied, which moves others into their places, of which one is sold in the same order.
    let parts = [
        (call(month, "2300"), "-1"),
        (call(month, "2700"), "-0.5"),
        (put(month, "2200"), "2"),
        (call(month, "2400"), "-1"),
        (put(month, "2700"), "3"),
        (call(month, "2800"), "4"),
    ];
    market.trade(alice, &parts).unwrap();
    let mut nodes: Vec<_> = market
        .view(IPool::bookCall {})
        .unwrap()
        .iter()
        .map(|node| (node.strike, -node.calls, -node.puts))
        .collect();
    nodes.sort();
    let node = |strike, calls, puts| (wad(strike), signed(wad(calls)), signed(wad(puts)));
    assert_eq!(
        nodes,
        [
            node("2200", "0", "2"),
            node("2500", "1", "0"),
            node("2600", "1", "0"),
            node("2700", "0.5", "3"),
            node("2800", "4", "0"),
        ]
    );
}

#[test]
fn an_order_sells_only_what_the_caller_holds() {
    let (mut market, alice) = start();
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2500"), "1").unwrap();
    let order = legs(&[(call(month, "2500"), "-1.5"), (call(week, "2500"), "3")]);
    market.refuses(
        alice,
        trade(order, alice),
        IPool::InsufficientBalance {
            holder: alice,
            balance: wad("1"),
            needed: wad("1.5"),
        },
    );
}

#[test]
fn an_order_has_one_to_eight_legs_of_different_series() {
    let (mut market, alice) = start();
    let month = market.expiries[1];
    let strikes: Vec<String> = (0..9).map(|step| (2_300 + 50 * step).to_string()).collect();
    let many: Vec<_> = strikes
        .iter()
        .map(|strike| (call(month, strike), "0.1"))
        .collect();
    let limit = U256::from(8);
    for count in [0, 9] {
        let error = IPool::LegCountInvalid {
            count: U256::from(count),
            limit,
        };
        market.refuses(alice, trade(legs(&many[..count]), alice), error.clone());
        let view = IPool::quoteCall {
            legs: legs(&many[..count]),
            onAccount: false,
        };
        market.view_refuses(view, error);
    }
    let id = many[1].0;
    let mut twice = many[..3].to_vec();
    twice.push((id, "-0.1"));
    market.refuses(alice, trade(legs(&twice), alice), IPool::LegRepeated { id });
    let quote = market.quote_order(&many[..8]).unwrap();
    assert_eq!(market.trade(alice, &many[..8]).unwrap().value, quote.total);
    assert_eq!(market.view(IPool::bookCall {}).unwrap().len(), 8);
}

#[test]
fn an_order_for_nobody_or_after_its_deadline_is_refused() {
    let (mut market, alice) = start();
    let order = legs(&[(call(market.expiries[1], "2500"), "1")]);
    market.refuses(
        alice,
        trade(order.clone(), Address::ZERO),
        IPool::ZeroAddress {},
    );
    let pool = market.pool.address;
    market.refuses(
        alice,
        trade(order.clone(), pool),
        IPool::ReceiverInvalid { receiver: pool },
    );
    let deadline = U256::from(market.world.chain.now() - 1);
    let late = IPool::tradeCall {
        deadline,
        ..trade(order, alice)
    };
    let error: IPool::DeadlinePassed = market.refusal(alice, late);
    assert_eq!(error.deadline, deadline);
}

/// Calldata with its word at `index` replaced.
fn with_word(input: &[u8], index: usize, word: U256) -> Vec<u8> {
    let mut input = input.to_vec();
    input[4 + 32 * index..][..32].copy_from_slice(&word.to_be_bytes::<32>());
    input
}

#[test]
fn legs_stand_right_behind_the_arguments_and_nowhere_else() {
    let (mut market, alice) = start();
    let pool = market.pool.address;
    let order = legs(&[(call(market.expiries[1], "2500"), "1")]);
    let input = trade(order, alice).abi_encode();
    let mut moved = with_word(&input, 0, U256::from(5 * 32));
    moved.splice(4 + 4 * 32..4 + 4 * 32, [0; 32]);
    let invalid = |index: u64| IPool::ArgumentInvalid {
        index: U256::from(index),
    };
    let fails = [
        // Another place that a decoder would follow, one before the arguments, one that wraps.
        (moved, invalid(0)),
        (with_word(&input, 0, U256::ZERO), invalid(0)),
        (with_word(&input, 0, U256::MAX - U256::from(31)), invalid(0)),
        // Cut off within the last leg, and before the count.
        (input[..input.len() - 1].to_vec(), invalid(6)),
        (input[..4 + 4 * 32].to_vec(), invalid(4)),
    ];
    for (data, error) in fails {
        let outcome = market
            .world
            .chain
            .call(Transaction::call(alice, pool, data));
        assert!(!outcome.is_success());
        assert_eq!(outcome.output, error.abi_encode());
    }
    let outcome = market.world.chain.call(Transaction::call(
        alice,
        pool,
        with_word(&input, 4, U256::MAX),
    ));
    let error = IPool::LegCountInvalid {
        count: U256::MAX,
        limit: U256::from(8),
    };
    assert_eq!(outcome.output, error.abi_encode());
    let outcome = market
        .world
        .chain
        .call(Transaction::call(alice, pool, input));
    assert!(outcome.is_success());
}

#[test]
fn the_smallest_size_there_is_is_refused_for_its_size() {
    let (mut market, alice) = start();
    let order = vec![IPool::Leg {
        id: call(market.expiries[1], "2500"),
        size: I256::MIN,
    }];
    market.refuses(
        alice,
        trade(order, alice),
        IPool::SizeOffGrid {
            size: U256::from(1) << 255,
            lot: U256::from(1_000_000_000_000u64),
        },
    );
}

#[test]
fn an_order_on_an_account_is_quoted_as_written() {
    let (mut market, _) = start();
    let month = market.expiries[1];
    let parts = legs(&[(put(month, "2300"), "-1"), (put(month, "2400"), "1")]);
    let in_wallet = IPool::quoteCall {
        legs: parts.clone(),
        onAccount: false,
    };
    let on_account = IPool::quoteCall {
        legs: parts,
        onAccount: true,
    };
    let (held, written) = (
        market.view(in_wallet).unwrap(),
        market.view(on_account).unwrap(),
    );
    assert_eq!(written.premium, held.premium);
    // Both nodes are opened, and what is written pays for the way back of its hedge.
    assert!(written.spread >= held.spread && written.rent >= held.rent);
    assert!(
        written.total > I256::ZERO,
        "the pool pays no more than what it gets"
    );
}

#[test]
fn an_order_hedges_its_net_delta_once() {
    let (mut market, alice) = start();
    let month = market.expiries[1];
    let parts = [(call(month, "2500"), "60"), (put(month, "2500"), "20")];
    let quote = market.quote_order(&parts).unwrap();
    assert!(quote.plannedHedge > I256::ZERO);
    let receipt = market.trade(alice, &parts).unwrap();
    let hedges: Vec<IPool::Hedged> = receipt.events(market.pool.address);
    assert_eq!(hedges.len(), 1, "{}", IPool::Hedged::SIGNATURE);
    assert_eq!(hedges[0].baseAmount, quote.plannedHedge);
}
