//! Accounts: quote and longs in and out, delegates, what is settled, and views of all that.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    checks::signed,
    common::{call, put, Market},
};

/// Quote atoms from a decimal.
pub fn atoms(market: &Market, amount: &str) -> U256 {
    market.world.quote_units(amount)
}

impl Market {
    /// Pays the holder's quote into its own account.
    pub fn deposit_margin(&mut self, holder: Address, amount: &str) {
        let amount = atoms(self, amount);
        let call = IPool::depositMarginCall {
            amount,
            account_: holder,
        };
        self.send(holder, call).expect("deposited");
    }

    /// An account as the view says.
    pub fn account(&mut self, account_: Address) -> IPool::Account {
        self.view(IPool::accountCall { account_ }).unwrap()
    }

    /// The leg of an account in a series, WAD.
    pub fn leg_of(&mut self, holder: Address, id: U256) -> I256 {
        let legs = self.account(holder).legs;
        let leg = legs.iter().find(|leg| leg.id == id);
        leg.map_or(I256::ZERO, |leg| leg.size)
    }

    /// The pot, the claim on it and what accounts are short.
    pub fn pot(&mut self) -> IPool::accountsReturn {
        self.view(IPool::accountsCall {}).unwrap()
    }

    /// Longs and shorts of accounts in a series.
    pub fn interest_of(&mut self, id: U256) -> (U256, U256) {
        let held = self.view(IPool::interestCall { id }).unwrap();
        (held.longs, held.shorts)
    }

    /// The pool has every atom that it has recorded, and those of the accounts.
    #[track_caller]
    pub fn check_tokens(&mut self) {
        let recorded = self.money().recorded() + self.pot().pot;
        assert_eq!(self.quote_of(self.pool.address), recorded);
    }
}

fn deposit_position(id: U256, size: &str) -> IPool::depositPositionCall {
    IPool::depositPositionCall {
        id,
        size: wad(size),
    }
}

fn withdraw_position(id: U256, size: &str, receiver: Address) -> IPool::withdrawPositionCall {
    IPool::withdrawPositionCall {
        id,
        size: wad(size),
        receiver,
    }
}

fn withdraw(amount: U256, receiver: Address) -> IPool::withdrawMarginCall {
    IPool::withdrawMarginCall { amount, receiver }
}

fn start() -> (Market, Address, Address) {
    let market = Market::new();
    let actors = &market.world.actors;
    let (alice, bob) = (actors.alice.address, actors.bob.address);
    (market, alice, bob)
}

#[test]
fn margin_comes_from_anybody_and_leaves_by_its_owner_alone() {
    let (mut market, alice, bob) = start();
    let (thousand, cash) = (atoms(&market, "1000"), market.money().cash);
    let (alices, bobs) = (market.quote_of(alice), market.quote_of(bob));
    let paid = IPool::depositMarginCall {
        amount: thousand,
        account_: alice,
    };
    let receipt = market.send(bob, paid).unwrap();
    let event: IPool::MarginDeposited = market.event(&receipt);
    assert_eq!((event.account, event.by), (alice, bob));
    assert_eq!((event.amount, event.quote), (thousand, signed(thousand)));
    assert_eq!(bobs - market.quote_of(bob), thousand);
    assert_eq!(market.account(alice).quote, signed(thousand));
    assert_eq!(market.account(alice).value, signed(wad("1000")));
    assert_eq!((market.pot().pot, market.money().cash), (thousand, cash));
    market.check_tokens();

    market.refuses(
        bob,
        withdraw(U256::from(1), bob),
        IPool::InsufficientMargin {
            quote: I256::ZERO,
            needed: U256::from(1),
        },
    );
    market.refuses(
        alice,
        withdraw(thousand + U256::from(1), alice),
        IPool::InsufficientMargin {
            quote: signed(thousand),
            needed: thousand + U256::from(1),
        },
    );
    let receipt = market
        .send(alice, withdraw(atoms(&market, "400"), bob))
        .unwrap();
    let event: IPool::MarginWithdrawn = market.event(&receipt);
    assert_eq!((event.account, event.receiver), (alice, bob));
    assert_eq!(event.amount, atoms(&market, "400"));
    assert_eq!(event.quote, signed(atoms(&market, "600")));
    // Without legs nothing has to be priced, and a pause keeps nobody in.
    market.pause();
    market.world.chain.advance(100 * 86_400);
    let rest = atoms(&market, "600");
    market.send(alice, withdraw(rest, alice)).unwrap();
    assert_eq!(market.quote_of(alice) - alices, rest);
    assert_eq!(market.pot().pot, U256::ZERO);
}

#[test]
fn margin_of_nothing_for_nobody_or_beyond_measure_is_refused() {
    let (mut market, alice, _) = start();
    let pool = market.pool.address;
    let deposit = |amount: U256, account_: Address| IPool::depositMarginCall { amount, account_ };
    let one = U256::from(1);
    market.refuses(alice, deposit(U256::ZERO, alice), IPool::SizeZero {});
    market.refuses(alice, deposit(one, Address::ZERO), IPool::ZeroAddress {});
    let receiver = pool;
    market.refuses(
        alice,
        deposit(one, pool),
        IPool::ReceiverInvalid { receiver },
    );
    market.refuses(alice, withdraw(U256::ZERO, alice), IPool::SizeZero {});
    market.deposit_margin(alice, "1");
    market.refuses(alice, withdraw(one, Address::ZERO), IPool::ZeroAddress {});
    market.refuses(
        alice,
        withdraw(one, pool),
        IPool::ReceiverInvalid { receiver },
    );
    let limit = U256::from(u64::MAX) * U256::from(1_000_000_000u64);
    for value in [limit + one, U256::MAX] {
        market.refuses(
            alice,
            deposit(value, alice),
            IPool::ValueTooLarge { value, limit },
        );
        market.refuses(
            alice,
            withdraw(value, alice),
            IPool::ValueTooLarge { value, limit },
        );
    }
    let owned = market.quote_of(alice);
    let needed = owned + one;
    market.refuses(
        alice,
        deposit(needed, alice),
        IPool::InsufficientBalance {
            holder: alice,
            balance: owned,
            needed,
        },
    );
}

#[test]
fn longs_move_into_an_account_and_out_and_the_book_stays() {
    let (mut market, alice, bob) = start();
    let id = call(market.expiries[1], "2600");
    market.buy(alice, id, "3").unwrap();
    let (book, nav) = (market.view(IPool::bookCall {}).unwrap(), market.money());
    let receipt = market.send(alice, deposit_position(id, "2")).unwrap();
    let event: IPool::PositionMoved = market.event(&receipt);
    assert_eq!(
        (event.account, event.receiver, event.id),
        (alice, Address::ZERO, id)
    );
    assert_eq!(
        (event.size, event.leg),
        (signed(wad("2")), signed(wad("2")))
    );
    let burnt: IPool::Transfer_1 = market.event(&receipt);
    assert_eq!((burnt.sender, burnt.receiver), (alice, Address::ZERO));
    assert_eq!(market.position_of(alice, id), wad("1"));
    assert_eq!(market.leg_of(alice, id), signed(wad("2")));
    assert_eq!(market.interest_of(id), (wad("2"), U256::ZERO));
    let state = market.account(alice);
    assert!(state.value > I256::ZERO && state.initial <= state.value.into_raw());
    let marked = signed(state.legs[0].mark * U256::from(2));
    assert!((state.value - marked).unsigned_abs() < U256::from(1_000_000));
    let node = &market.view(IPool::bookCall {}).unwrap()[0];
    assert_eq!(
        (state.legs[0].mark, state.legs[0].vol, state.legs[0].theta),
        (node.call, node.vol, node.theta)
    );
    let again = market.view(IPool::bookCall {}).unwrap();
    assert_eq!(again[0].calls, book[0].calls);
    assert_eq!(market.money(), nav);

    market.refuses(
        alice,
        withdraw_position(id, "2.000001", bob),
        IPool::InsufficientBalance {
            holder: alice,
            balance: wad("2"),
            needed: wad("2.000001"),
        },
    );
    let receipt = market
        .send(alice, withdraw_position(id, "1.5", bob))
        .unwrap();
    let event: IPool::PositionMoved = market.event(&receipt);
    assert_eq!((event.account, event.receiver, event.id), (alice, bob, id));
    assert_eq!(event.size, -signed(wad("1.5")));
    assert_eq!(event.leg, signed(wad("0.5")));
    assert_eq!(market.position_of(bob, id), wad("1.5"));
    market
        .send(alice, withdraw_position(id, "0.5", alice))
        .unwrap();
    assert!(market.account(alice).legs.is_empty());
    assert_eq!(market.interest_of(id), (U256::ZERO, U256::ZERO));
    // What is back in wallets sells as ever, and the node goes with the last of it.
    market.sell(alice, id, "1.5").unwrap();
    market.sell(bob, id, "1.5").unwrap();
    assert!(market.view(IPool::bookCall {}).unwrap().is_empty());
}

#[test]
fn positions_that_are_not_there_off_the_grid_or_over_do_not_move() {
    let (mut market, alice, bob) = start();
    let [week, month, _] = market.expiries;
    let (id, over) = (call(month, "2600"), call(week, "2600"));
    market.buy(alice, id, "1").unwrap();
    market.buy(alice, over, "1").unwrap();
    let missing = IPool::InsufficientBalance {
        holder: alice,
        balance: wad("1"),
        needed: wad("1.000001"),
    };
    market.refuses(alice, deposit_position(id, "1.000001"), missing);
    market.refuses(alice, deposit_position(id, "0"), IPool::SizeZero {});
    let (size, lot) = (U256::from(1), 1_000_000_000_000u64);
    let lot = U256::from(lot);
    market.refuses(
        alice,
        IPool::depositPositionCall { id, size },
        IPool::SizeOffGrid { size, lot },
    );
    let bad = U256::from(2_600);
    market.refuses(
        alice,
        deposit_position(bad, "1"),
        IPool::InvalidId { id: bad },
    );
    let none = IPool::InsufficientBalance {
        holder: bob,
        balance: U256::ZERO,
        needed: wad("1"),
    };
    market.refuses(bob, withdraw_position(id, "1", bob), none);
    market.expire(week, "2500");
    let now_ = U256::from(market.world.chain.now());
    let expiry = U256::from(week);
    market.refuses(
        alice,
        deposit_position(over, "1"),
        IPool::SeriesExpired { expiry, now_ },
    );
}

#[test]
fn a_delegate_is_named_by_the_owner() {
    let (mut market, alice, bob) = start();
    let is = |market: &mut Market, account_, delegate| {
        let call = IPool::isDelegateCall { account_, delegate };
        market.view(call).unwrap()
    };
    let set = |delegate, approved| IPool::setDelegateCall { delegate, approved };
    assert!(!is(&mut market, alice, bob));
    let receipt = market.send(alice, set(bob, true)).unwrap();
    let event: IPool::DelegateSet = market.event(&receipt);
    assert_eq!((event.account, event.delegate), (alice, bob));
    assert!(event.approved);
    assert!(is(&mut market, alice, bob) && !is(&mut market, bob, alice));
    market.send(alice, set(bob, false)).unwrap();
    assert!(!is(&mut market, alice, bob));
    market.refuses(alice, set(Address::ZERO, true), IPool::ZeroAddress {});
}

#[test]
fn longs_of_an_account_are_paid_into_the_pot_and_met_by_whoever_touches_them() {
    let (mut market, alice, bob) = start();
    let [week, month, _] = market.expiries;
    let (deep, worthless) = (call(week, "2400"), put(week, "2300"));
    let later = call(month, "2500");
    for id in [deep, worthless, later] {
        market.buy(alice, id, "3").unwrap();
        market.send(alice, deposit_position(id, "2")).unwrap();
    }
    market.expire(week - 100, "2500");
    let round = market.expire(week, "2550");
    let before = market.money();
    let receipt = market.settle(week, round);
    let settled: IPool::AccountsSettled = market.event(&receipt);
    let (owed, wallets) = (atoms(&market, "300"), atoms(&market, "150"));
    assert_eq!((settled.expiry, settled.amount), (week, -signed(owed)));
    let settled: IPool::Settled = market.event(&receipt);
    assert_eq!(settled.owed, owed + wallets);
    let after = market.money();
    let insured: IPool::Insured = market.event(&receipt);
    assert_eq!(before.cash - after.cash, owed + wallets + insured.amount);
    assert_eq!(after.set_aside, wallets);
    assert_eq!(
        after.premiums, before.premiums,
        "a settlement is no premium"
    );
    assert_eq!(market.pot().pot, owed);
    market.check_tokens();
    // The view is ahead of the account.
    let state = market.account(alice);
    assert_eq!((state.quote, state.legs.len()), (signed(owed), 1));
    let receipt = market
        .send(bob, IPool::touchCall { account_: alice })
        .unwrap();
    let legs: Vec<IPool::LegSettled> = receipt.events(market.pool.address);
    assert_eq!(legs.len(), 2);
    assert_eq!((legs[0].account, legs[0].id), (alice, deep));
    assert_eq!(
        (legs[0].size, legs[0].amount),
        (signed(wad("2")), signed(owed))
    );
    assert_eq!((legs[1].id, legs[1].amount), (worthless, I256::ZERO));
    assert_eq!(legs[1].quote, signed(owed));
    let receipt = market
        .send(bob, IPool::touchCall { account_: alice })
        .unwrap();
    assert!(receipt.logs.is_empty(), "there is nothing left to meet");
    market.post(month, "0.70").unwrap();
    market.send(alice, withdraw(owed, alice)).unwrap();
    market.check_tokens();
    assert_eq!(market.pot().pot, U256::ZERO);
}

#[test]
fn margin_for_says_what_legs_would_need_and_refuses_what_is_none() {
    let (mut market, alice, _) = start();
    let [week, month, _] = market.expiries;
    let leg = |id: U256, size: I256| IPool::Leg { id, size };
    let ask = |legs: Vec<IPool::Leg>| IPool::marginForCall { legs };
    let one = signed(wad("1"));
    let short = market
        .view(ask(vec![leg(call(month, "2600"), -one)]))
        .unwrap();
    assert!(short.value < I256::ZERO && short.maintenance < short.initial);
    let spread = market
        .view(ask(vec![
            leg(call(month, "2600"), -one),
            leg(call(month, "2700"), one),
        ]))
        .unwrap();
    let needed = |found: &IPool::marginForReturn| signed(found.initial) - found.value;
    assert!(needed(&spread) < signed(wad("100")) && needed(&short) > signed(wad("500")));
    // Adding up to nothing needs nothing but the floor of what is short.
    let none = market
        .view(ask(vec![
            leg(call(month, "2600"), -one),
            leg(call(month, "2600"), one),
        ]))
        .unwrap();
    assert_eq!((none.value, none.initial), (I256::ZERO, wad("50")));
    for count in [0, 25] {
        market.view_refuses(
            ask(vec![leg(call(week, "2600"), one); count]),
            IPool::LegCountInvalid {
                count: U256::from(count),
                limit: U256::from(24),
            },
        );
    }
    market.view_refuses(
        ask(vec![leg(call(week, "2600"), I256::ZERO)]),
        IPool::SizeZero {},
    );
    market.view_refuses(
        ask(vec![leg(call(week + 1, "2600"), one)]),
        IPool::ExpiryNotListed {
            expiry: U256::from(week + 1),
        },
    );
    let id = U256::from(2_600);
    market.view_refuses(ask(vec![leg(id, one)]), IPool::InvalidId { id });
    // Of an account nobody used.
    let state = market.account(alice);
    assert_eq!((state.quote, state.flaggedAt), (I256::ZERO, U256::ZERO));
    assert!(state.legs.is_empty() && state.liquidationUp.is_zero());
}

/// What is short of nothing needs no price: neither an old answer nor a sequencer that is down keeps longs and quote in.
#[test]
fn longs_and_quote_leave_without_a_price_where_nothing_is_short() {
    let (mut market, alice, bob) = start();
    let id = call(market.expiries[2], "2600");
    market.buy(alice, id, "3").unwrap();
    market.send(alice, deposit_position(id, "3")).unwrap();
    market.deposit_margin(alice, "1000");
    let other = call(market.expiries[1], "2600");
    market.deposit_margin(bob, "2000");
    market.trade_on_account(bob, &[(other, "-1")]).unwrap();
    market.world.chain.advance(3 * 86_400);
    market.pause();
    market.send(alice, withdraw_position(id, "2", bob)).unwrap();
    let amount = atoms(&market, "1000");
    market.send(alice, withdraw(amount, alice)).unwrap();
    assert_eq!(market.position_of(bob, id), wad("2"));
    let _: IPool::FeedStale = market.refusal(bob, withdraw(amount, bob));
}

#[test]
fn a_long_that_would_leave_dust_of_a_short_does_not_come_in() {
    let (mut market, alice, _) = start();
    let id = call(market.expiries[1], "2600");
    market.deposit_margin(alice, "2000");
    market.trade_on_account(alice, &[(id, "-0.02")]).unwrap();
    market.buy(alice, id, "0.02").unwrap();
    market.refuses(
        alice,
        deposit_position(id, "0.015"),
        IPool::SizeBelowMinimum {
            size: wad("0.005"),
            minimum: wad("0.01"),
        },
    );
    market.send(alice, deposit_position(id, "0.01")).unwrap();
    market.send(alice, deposit_position(id, "0.01")).unwrap();
    assert!(market.account(alice).legs.is_empty());
}
