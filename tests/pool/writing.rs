//! Orders on accounts: writing, spreads, closing, delegates, limits; settlement of what was written.

use alloy_primitives::{Address, I256, U256};
use smirk_pool::storage::{slots, written};
use smirk_world::{abi::IPool, price::wad, CallFailure, Receipt};

use crate::{
    checks::signed,
    common::{
        call,
        orders::{legs, on_account},
        put, Market,
    },
    margin::atoms,
};

impl Market {
    /// Trades on the holder's own account.
    pub fn trade_on_account(
        &mut self,
        who: Address,
        parts: &[(U256, &str)],
    ) -> Result<Receipt<I256>, CallFailure> {
        self.send(who, on_account(parts, who))
    }

    /// Quotes an order on an account.
    pub fn quote_on_account(
        &mut self,
        account_: Address,
        parts: &[(U256, &str)],
    ) -> Result<IPool::OrderQuote, CallFailure> {
        self.view(IPool::quoteOnAccountCall {
            legs: legs(parts),
            account_,
        })
    }

    /// Net position of the pool in a series, WAD.
    pub fn net_of(&mut self, id: U256) -> I256 {
        let (put, expiry, strike) = (
            id.bit(192),
            (id >> 128) & U256::from(u64::MAX),
            id & U256::from(u128::MAX),
        );
        let nodes = self.view(IPool::bookCall {}).unwrap();
        let node = nodes
            .iter()
            .find(|node| node.expiry == expiry && node.strike == strike);
        node.map_or(I256::ZERO, |node| if put { node.puts } else { node.calls })
    }
}

pub fn start() -> (Market, Address, Address) {
    let mut market = Market::new();
    let actors = &market.world.actors;
    let (alice, bob) = (actors.alice.address, actors.bob.address);
    market.deposit_margin(alice, "20000");
    (market, alice, bob)
}

#[test]
fn writing_pays_the_account_what_its_quote_says_and_makes_the_pool_long() {
    let (mut market, alice, _) = start();
    let id = call(market.expiries[1], "2700");
    let parts = [(id, "-5")];
    let quote = market.quote_on_account(alice, &parts).unwrap();
    assert!(quote.total < I256::ZERO);
    let (before, wallet) = (market.money(), market.quote_of(alice));
    let receipt = market.trade_on_account(alice, &parts).unwrap();
    assert_eq!(receipt.value, quote.total);
    let state = market.account(alice);
    assert_eq!(state.quote, signed(atoms(&market, "20000")) - quote.total);
    assert_eq!(state.legs.len(), 1);
    assert_eq!(
        (state.legs[0].id, state.legs[0].size),
        (id, -signed(wad("5")))
    );
    assert_eq!(market.quote_of(alice), wallet, "a wallet has no part in it");
    assert_eq!(market.position_of(alice, id), U256::ZERO);
    assert_eq!(market.net_of(id), signed(wad("5")));
    assert_eq!(market.interest_of(id), (U256::ZERO, wad("5")));
    assert_eq!(market.pot().calls, wad("5"));
    let after = market.money();
    let spent = before.hedge_cash_flow - after.hedge_cash_flow;
    assert_eq!(
        signed(after.cash),
        signed(before.cash) + quote.total - signed(quote.rent) - spent
    );
    assert_eq!(after.premiums, before.premiums + quote.premium);
    market.check_tokens();
    let event: IPool::AccountTraded = market.event(&receipt);
    assert_eq!(
        (event.account, event.by, event.total),
        (alice, alice, quote.total)
    );
    assert_eq!((event.quote, event.value), (state.quote, state.value));
    assert_eq!(event.initial, state.initial);
    let ordered: IPool::Ordered = market.event(&receipt);
    assert_eq!((ordered.taker, ordered.receiver), (alice, alice));
    let filled: IPool::LegFilled = market.event(&receipt);
    assert_eq!((filled.id, filled.size), (id, -signed(wad("5"))));
    market.check_status(&receipt);
    // The account can be liquidated above, and nowhere below.
    assert!(state.liquidationUp > wad("2700") && state.liquidationDown.is_zero());
}

#[test]
fn a_round_trip_closes_the_short_frees_the_node_and_costs_the_charges() {
    let (mut market, alice, _) = start();
    let id = put(market.expiries[0], "2400");
    let got = market.trade_on_account(alice, &[(id, "-3")]).unwrap().value;
    let paid = market.trade_on_account(alice, &[(id, "3")]).unwrap().value;
    assert!(got < I256::ZERO && paid > -got);
    let state = market.account(alice);
    assert!(state.legs.is_empty());
    assert_eq!(state.quote, signed(atoms(&market, "20000")) - got - paid);
    assert!(market.view(IPool::bookCall {}).unwrap().is_empty());
    assert_eq!(market.pot().puts, U256::ZERO);
    assert_eq!(market.pot().putStrikes, U256::ZERO);
    market.check_tokens();
}

/// One leg of the order turns a short around, another a long.
#[test]
fn an_order_closes_before_it_opens_and_says_so_leg_by_leg() {
    let (mut market, alice, _) = start();
    let month = market.expiries[1];
    let (a, b) = (call(month, "2600"), put(month, "2400"));
    market
        .trade_on_account(alice, &[(a, "-2"), (b, "3")])
        .unwrap();
    let parts = [(a, "5"), (b, "-4")];
    let quote = market.quote_on_account(alice, &parts).unwrap();
    let receipt = market.trade_on_account(alice, &parts).unwrap();
    assert_eq!(receipt.value, quote.total);
    let filled: Vec<IPool::LegFilled> = receipt.events(market.pool.address);
    let sizes: Vec<I256> = filled.iter().map(|leg| leg.size).collect();
    let of = |size: &str| signed(wad(size));
    assert_eq!(sizes, [of("2"), of("3"), -of("3"), -of("1")]);
    assert_eq!(market.leg_of(alice, a), of("3"));
    assert_eq!(market.leg_of(alice, b), -of("1"));
    assert_eq!(market.interest_of(a), (wad("3"), U256::ZERO));
    assert_eq!(market.interest_of(b), (U256::ZERO, wad("1")));
    assert_eq!(market.net_of(a), -of("3"));
    assert_eq!(market.net_of(b), of("1"));
    market.check_tokens();
}

/// Both sides of a series on the same strike leave the pool with nothing, and with a node that accounts hold.
#[test]
fn a_node_stays_while_only_accounts_and_wallets_hold_it() {
    let (mut market, alice, bob) = start();
    let id = call(market.expiries[1], "2600");
    market.trade_on_account(alice, &[(id, "-3")]).unwrap();
    market.buy(bob, id, "3").unwrap();
    assert_eq!(market.net_of(id), I256::ZERO);
    assert_eq!(market.view(IPool::bookCall {}).unwrap().len(), 1);
    // Bob gives his to Alice, who closes with them what she is short, and nobody holds anything.
    let transfer = IPool::transfer_1Call {
        receiver: alice,
        id,
        amount: wad("3"),
    };
    market.send(bob, transfer).unwrap();
    market
        .send(alice, IPool::depositPositionCall { id, size: wad("3") })
        .unwrap();
    assert!(market.account(alice).legs.is_empty());
    assert_eq!(market.interest_of(id), (U256::ZERO, U256::ZERO));
    assert_eq!(market.pot().calls, U256::ZERO);
    assert!(market.view(IPool::bookCall {}).unwrap().is_empty());
}

#[test]
fn a_spread_needs_less_than_its_short_and_margin_decides() {
    let (mut market, alice, bob) = start();
    let month = market.expiries[1];
    let (short, long) = (call(month, "2600"), call(month, "2700"));
    market.deposit_margin(bob, "1200");
    let error: IPool::MarginBelowRequirement =
        market.refusal(bob, on_account(&[(short, "-10")], bob));
    assert!(error.value < signed(error.requirement));
    market
        .trade_on_account(bob, &[(short, "-10"), (long, "10")])
        .unwrap();
    let state = market.account(bob);
    assert!(signed(state.initial) <= state.value);
    // The long can't leave, nor the quote.
    let withdraw = IPool::withdrawPositionCall {
        id: long,
        size: wad("10"),
        receiver: bob,
    };
    let error: IPool::MarginBelowRequirement = market.refusal(bob, withdraw);
    assert!(error.requirement > wad("3000"));
    let amount = atoms(&market, "900");
    let withdraw = IPool::withdrawMarginCall {
        amount,
        receiver: bob,
    };
    let _: IPool::MarginBelowRequirement = market.refusal(bob, withdraw);
    let spare = state.value - signed(state.initial);
    let amount = (spare.into_raw() / U256::from(1_000_000_000_000u64)) - U256::from(1);
    let withdraw = IPool::withdrawMarginCall {
        amount,
        receiver: bob,
    };
    market.send(bob, withdraw).unwrap();
    // What lowers the requirement goes through even when the rest is not enough.
    market.world.chain.advance(600);
    market.world.set_price(wad("2640")).unwrap();
    market.post(month, "0.70").unwrap();
    let state = market.account(bob);
    assert!(state.value < signed(state.initial), "{state:?}");
    let _: IPool::MarginBelowRequirement =
        market.refusal(bob, on_account(&[(short, "-0.01"), (long, "0.01")], bob));
    market
        .trade_on_account(bob, &[(short, "5"), (long, "-5")])
        .unwrap();
    // Selling the long alone does not.
    let _: IPool::MarginBelowRequirement = market.refusal(bob, on_account(&[(long, "-5")], bob));
    let _ = alice;
}

#[test]
fn an_account_without_quote_buys_nothing_and_owes_nothing() {
    let (mut market, _, bob) = start();
    let id = call(market.expiries[1], "2600");
    let error: IPool::AccountInDebt = market.refusal(bob, on_account(&[(id, "1")], bob));
    assert!(error.quote < I256::ZERO);
}

#[test]
fn a_delegate_trades_on_the_account_and_a_stranger_does_not() {
    let (mut market, alice, bob) = start();
    let id = call(market.expiries[1], "2600");
    let order = on_account(&[(id, "-1")], alice);
    market.refuses(
        bob,
        order.clone(),
        IPool::NotAuthorised {
            caller: bob,
            required: alice,
        },
    );
    let set = |approved| IPool::setDelegateCall {
        delegate: bob,
        approved,
    };
    market.send(alice, set(true)).unwrap();
    let receipt = market.send(bob, order.clone()).unwrap();
    let event: IPool::AccountTraded = market.event(&receipt);
    assert_eq!((event.account, event.by), (alice, bob));
    // It may not take anything out.
    let amount = U256::from(1);
    let withdraw = IPool::withdrawMarginCall {
        amount,
        receiver: bob,
    };
    market.refuses(
        bob,
        withdraw,
        IPool::InsufficientMargin {
            quote: I256::ZERO,
            needed: amount,
        },
    );
    market.send(alice, set(false)).unwrap();
    let _: IPool::NotAuthorised = market.refusal(bob, order);
}

#[test]
fn limits_deadlines_and_pauses_hold_on_accounts_too() {
    let (mut market, alice, _) = start();
    let id = call(market.expiries[1], "2600");
    let quote = market.quote_on_account(alice, &[(id, "-1")]).unwrap();
    let mut order = on_account(&[(id, "-1")], alice);
    order.limit = quote.total - I256::ONE;
    market.refuses(
        alice,
        order.clone(),
        IPool::TotalAboveLimit {
            total: quote.total,
            limit: order.limit,
        },
    );
    order.limit = quote.total;
    order.deadline = U256::from(market.world.chain.now() - 1);
    let _: IPool::DeadlinePassed = market.refusal(alice, order.clone());
    order.deadline = U256::MAX;
    market.send(alice, order).unwrap();
    market.pause();
    market.refuses(
        alice,
        on_account(&[(id, "-1")], alice),
        IPool::PoolPaused {},
    );
    market.trade_on_account(alice, &[(id, "1")]).unwrap();
}

#[test]
fn a_leg_too_many_a_rest_too_small_and_the_same_series_twice_are_refused() {
    let (mut market, alice, _) = start();
    let [week, month, _] = market.expiries;
    let id = call(month, "2600");
    market.trade_on_account(alice, &[(id, "-0.02")]).unwrap();
    market.refuses(
        alice,
        on_account(&[(id, "0.015")], alice),
        IPool::SizeBelowMinimum {
            size: wad("0.005"),
            minimum: wad("0.01"),
        },
    );
    market.refuses(
        alice,
        on_account(&[(id, "-1"), (id, "1")], alice),
        IPool::LegRepeated { id },
    );
    market.trade_on_account(alice, &[(id, "0.02")]).unwrap();
    let strikes: Vec<String> = (0..24)
        .map(|step| (2_000 + 25 * step).to_string())
        .collect();
    for chunk in strikes.chunks(8) {
        let parts: Vec<(U256, &str)> = chunk
            .iter()
            .map(|strike| (put(week, strike), "0.1"))
            .collect();
        market.trade_on_account(alice, &parts).unwrap();
    }
    assert_eq!(market.account(alice).legs.len(), 24);
    market.refuses(
        alice,
        on_account(&[(id, "0.1")], alice),
        IPool::TooManyLegs {
            limit: U256::from(24),
        },
    );
    market
        .trade_on_account(alice, &[(put(week, "2000"), "-0.1")])
        .unwrap();
    market.trade_on_account(alice, &[(id, "0.1")]).unwrap();
}

/// The pool bears writers who fail only up to a quarter of its equity in calls and of its cash in puts.
#[test]
fn what_accounts_are_short_of_is_limited() {
    let (mut market, alice, bob) = start();
    let [week, month, _] = market.expiries;
    let million = market.world.quote_units("1000000");
    let quote = market.world.quote;
    market.world.mint(quote, alice, million).unwrap();
    market.deposit_margin(alice, "1000000");
    for size in ["-40", "-40"] {
        market
            .trade_on_account(alice, &[(call(week, "3200"), size)])
            .unwrap();
    }
    let error: IPool::AccountCallsAboveLimit =
        market.refusal(alice, on_account(&[(call(week, "3200"), "-25")], alice));
    assert_eq!(error.calls, wad("105"));
    assert!(
        error.limit > wad("95") && error.limit < wad("101"),
        "{error:?}"
    );
    for _ in 0..2 {
        market
            .trade_on_account(alice, &[(put(month, "2000"), "-50")])
            .unwrap();
    }
    let error: IPool::AccountPutsAboveLimit =
        market.refusal(alice, on_account(&[(put(month, "2000"), "-40")], alice));
    assert_eq!(error.strikes, wad("280000"));
    assert!(error.limit < wad("270000"), "{error:?}");
    // With somebody else on the other side the pool is short nothing, but the gate knows of those who may not pay.
    for _ in 0..2 {
        market.buy(bob, call(week, "3200"), "40").unwrap();
        market.buy(bob, put(month, "2000"), "50").unwrap();
    }
    let risk = market.risk();
    assert!(risk.worstLoss > wad("110000"), "{risk:?}");
    assert_eq!(risk.worstSpot, wad("4500"));
    // A cover is no writing.
    market
        .trade_on_account(alice, &[(put(month, "2000"), "40")])
        .unwrap();
}

/// Alice writes a deep spread, Bob holds what the pool sold; settlement moves one net amount and each leg is met in full.
#[test]
fn what_was_written_is_paid_out_of_the_account_at_settlement() {
    let (mut market, alice, bob) = start();
    let [week, ..] = market.expiries;
    let (short, long) = (call(week, "2550"), call(week, "2650"));
    market
        .trade_on_account(alice, &[(short, "-4"), (long, "4")])
        .unwrap();
    market.buy(bob, short, "1").unwrap();
    let quote = market.account(alice).quote;
    market.expire(week - 100, "2500");
    let round = market.expire(week, "2700");
    let (before, pot) = (market.money(), market.pot());
    let receipt = market.settle(week, round);
    let settled: IPool::AccountsSettled = market.event(&receipt);
    let due = atoms(&market, "400");
    assert_eq!(settled.amount, signed(due));
    let after = market.money();
    let bobs = atoms(&market, "150");
    let insured: Vec<IPool::Insured> = receipt.events(market.pool.address);
    let insured = insured.iter().map(|event| event.amount).sum::<U256>();
    assert!(!insured.is_zero());
    assert_eq!(after.cash, before.cash + due - bobs - insured);
    assert_eq!(after.insurance, before.insurance + insured);
    assert_eq!((after.set_aside, after.premiums), (bobs, before.premiums));
    assert_eq!(market.pot().pot, pot.pot - due);
    assert_eq!(
        (market.pot().claim, market.pot().calls),
        (U256::ZERO, U256::ZERO)
    );
    market.check_tokens();
    let state = market.account(alice);
    assert_eq!(state.quote, quote - signed(due));
    let amount = state.quote.into_raw();
    market
        .send(
            alice,
            IPool::withdrawMarginCall {
                amount,
                receiver: alice,
            },
        )
        .unwrap();
    assert_eq!(market.pot().pot, U256::ZERO);
    market.check_tokens();
}

/// Of every node, what accounts are short of at it by the sums of all, rounded up, and by the note; and nothing is noted beyond.
fn check_notes(market: &mut Market) -> usize {
    let nodes = market.view(IPool::bookCall {}).unwrap();
    let mut noted = [0; 128];
    for (index, part) in noted.chunks_mut(32).enumerate() {
        let slot = U256::from(slots::NODE_SHORTS + index as u64);
        written::unpack(&market.world.chain.storage(market.pool.address, slot), part);
    }
    let mut count = 0;
    for (index, node) in nodes.iter().enumerate() {
        let call = node.expiry << 128 | node.strike;
        let shorts = [call, call | U256::from(1) << 192].map(|id| market.interest_of(id).1);
        let lots = (shorts[0] + shorts[1]) / U256::from(10).pow(U256::from(12));
        assert_eq!(noted[index], written::rounded_up(lots.to()), "{node:?}");
        count += usize::from(!lots.is_zero());
    }
    assert!(noted[nodes.len()..].iter().all(|lots| *lots == 0));
    let first = U256::from(slots::NODE_SHORTS);
    let (calls, puts) = written::totals(&market.world.chain.storage(market.pool.address, first));
    let pot = market.pot();
    for (noted, exact) in [(calls, pot.calls), (puts, pot.puts)] {
        let exact: u64 = (exact / U256::from(10).pow(U256::from(12))).to();
        assert!(noted >= exact && noted <= exact + exact / 1_000 + 8_192);
    }
    count
}

#[test]
fn what_accounts_are_short_is_noted_with_its_node_wherever_that_goes() {
    let (mut market, alice, bob) = start();
    let [week, month, quarter] = market.expiries;
    let written = [
        (call(week, "2600"), "-1"),
        (put(week, "2400"), "-2.5"),
        (call(month, "2600"), "-3.21"),
        (put(month, "2600"), "-0.5"),
        (call(quarter, "3000"), "-4"),
        (put(week, "2300"), "-5"),
    ];
    for (index, leg) in written.into_iter().enumerate() {
        let held = call(week, &(2_700 + 25 * index).to_string());
        market.buy(bob, held, "1").unwrap();
        market.trade_on_account(alice, &[leg]).unwrap();
        let count = check_notes(&mut market);
        assert_eq!(count, [1, 2, 3, 3, 4, 5][index]);
    }
    assert_eq!(
        check_notes(&mut market),
        5,
        "a call and a put are at one node"
    );
    // The last node takes the place of one that is empty.
    market.sell(bob, call(week, "2700"), "1").unwrap();
    assert_eq!(check_notes(&mut market), 5);
    // What comes in closes a short.
    market.buy(alice, call(quarter, "3000"), "4").unwrap();
    let take_in = IPool::depositPositionCall {
        id: call(quarter, "3000"),
        size: wad("4"),
    };
    market.send(alice, take_in).unwrap();
    assert_eq!(check_notes(&mut market), 4);
    market
        .trade_on_account(alice, &[(put(week, "2400"), "1")])
        .unwrap();
    assert_eq!(check_notes(&mut market), 4);
    let round = market.expire(week + 5, "2550");
    market.settle(week, round);
    assert_eq!(check_notes(&mut market), 1, "of the month");
}
