//! What an account must have, who may do what with it, and what stays of it in the book and in the pot.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad, CallFailure, Receipt};

use crate::common::{call, orders::on_account, put, Market};

fn signed(value: U256) -> I256 {
    I256::try_from(value).unwrap()
}

struct Scene {
    market: Market,
    alice: Address,
    bob: Address,
}

impl Scene {
    /// Alice's account has this much quote.
    fn new(amount: &str) -> Scene {
        let mut market = Market::new();
        let actors = &market.world.actors;
        let (alice, bob) = (actors.alice.address, actors.bob.address);
        market.fund_account(alice, amount);
        Scene { market, alice, bob }
    }

    fn trade(&mut self, parts: &[(U256, &str)]) -> Result<Receipt<I256>, CallFailure> {
        let alice = self.alice;
        self.market.send(alice, on_account(parts, alice))
    }

    fn state(&mut self) -> IPool::Account {
        self.market.state_of(self.alice)
    }

    fn liquidate(&mut self) -> Result<Receipt<U256>, CallFailure> {
        let (account_, receiver) = (self.alice, self.bob);
        let call = IPool::liquidateCall { account_, receiver };
        self.market.send(receiver, call)
    }

    /// Alice writes eighty of a call in two orders, and Bob buys them.
    fn write_for_bob(&mut self, id: U256) {
        for _ in 0..2 {
            self.trade(&[(id, "-40")]).unwrap();
            self.market.buy(self.bob, id, "40").unwrap();
        }
    }

    /// The first expiry passes at this price, after one of 2,500, and is settled.
    fn settle_at(&mut self, price: &str) {
        let expiry = self.market.expiries[0];
        let world = &mut self.market.world;
        world.chain.set_time(expiry - 100);
        world.push_price(wad("2500")).unwrap();
        world.chain.set_time(expiry);
        let round = world.push_price(wad(price)).unwrap();
        let settle = IPool::settleCall {
            expiry: U256::from(expiry),
            roundId: U256::from(round),
        };
        self.market.send(self.bob, settle).unwrap();
    }

    /// Alice's account meets what is settled.
    fn touch(&mut self) -> Receipt<IPool::touchReturn> {
        let account_ = self.alice;
        let touch = IPool::touchCall { account_ };
        self.market.send(self.bob, touch).unwrap()
    }
}

#[test]
fn nobody_writes_or_leaves_with_less_than_the_initial_requirement() {
    let mut scene = Scene::new("4200");
    let id = call(scene.market.expiries[1], "2600");
    let error = scene.trade(&[(id, "-10")]).unwrap_err();
    let error: IPool::MarginBelowRequirement = error.error().expect("too little");
    // Enough to stay, not enough to open.
    let asked = IPool::marginForCall {
        legs: on_account(&[(id, "-10")], scene.alice).legs,
    };
    let needed = scene.market.view(asked).unwrap();
    assert!(error.value > signed(needed.maintenance), "{error:?}");
    scene.trade(&[(id, "-9")]).unwrap();
    let state = scene.state();
    let spare = state.value - signed(state.initial);
    let amount = spare.into_raw() / U256::from(1_000_000_000_000u64) + U256::from(1);
    let receiver = scene.alice;
    let withdraw = IPool::withdrawMarginCall { amount, receiver };
    let error = scene.market.send(receiver, withdraw).unwrap_err();
    assert!(error.is::<IPool::MarginBelowRequirement>(), "{error}");
}

#[test]
fn nobody_is_liquidated_who_covers_maintenance() {
    let mut scene = Scene::new("6200");
    let id = call(scene.market.expiries[1], "2600");
    scene.trade(&[(id, "-10")]).unwrap();
    let up = scene.state().liquidationUp;
    scene
        .market
        .world
        .set_price(up - up / U256::from(1_000))
        .unwrap();
    let state = scene.state();
    assert!(state.value < signed(state.initial) && state.value > signed(state.maintenance));
    let error = scene.liquidate().unwrap_err();
    assert!(error.is::<IPool::AccountHealthy>(), "{error}");
}

#[test]
fn a_liquidation_leaves_the_account_whole() {
    let mut scene = Scene::new("6200");
    let id = call(scene.market.expiries[1], "2600");
    scene.trade(&[(id, "-10")]).unwrap();
    let up = scene.state().liquidationUp;
    scene
        .market
        .world
        .set_price(up + up / U256::from(100))
        .unwrap();
    scene.liquidate().unwrap();
    let state = scene.state();
    assert!(state.value >= signed(state.initial), "{state:?}");
    assert!(!state.legs.is_empty(), "no more was closed than that took");
}

/// Of a long beside a short as large a part is closed and no more, however little is left: what is left of the short needs it.
#[test]
fn a_liquidation_leaves_small_longs_their_part() {
    let mut scene = Scene::new("330");
    let month = scene.market.expiries[1];
    let (short, long) = (call(month, "2600"), call(month, "2500"));
    scene.trade(&[(short, "-0.5"), (long, "0.0105")]).unwrap();
    let up = scene.state().liquidationUp;
    let price = up + up / U256::from(25);
    scene.market.world.set_price(price).unwrap();
    let receipt = scene.liquidate().unwrap();
    let event: IPool::Liquidated = receipt.event(scene.market.pool.address).unwrap();
    assert!(
        event.part > wad("0.1") && event.part < wad("0.9"),
        "{event:?}"
    );
    let state = scene.state();
    assert!(state.value >= signed(state.initial), "{state:?}");
    let left = state
        .legs
        .iter()
        .find(|leg| leg.id == long)
        .expect("a part");
    assert!(left.size < signed(wad("0.01")), "{left:?}");
}

#[test]
fn a_stranger_trades_on_nobodys_account() {
    let mut scene = Scene::new("6200");
    let id = call(scene.market.expiries[1], "2600");
    let (alice, bob) = (scene.alice, scene.bob);
    let error = scene
        .market
        .send(bob, on_account(&[(id, "-1")], alice))
        .unwrap_err();
    assert!(error.is::<IPool::NotAuthorised>(), "{error}");
}

#[test]
fn writers_who_may_fail_are_limited_and_counted_by_the_gate() {
    let mut scene = Scene::new("400000");
    let id = call(scene.market.expiries[0], "3200");
    for _ in 0..2 {
        scene.trade(&[(id, "-45")]).unwrap();
        let bob = scene.bob;
        scene.market.buy(bob, id, "45").unwrap();
    }
    let error = scene.trade(&[(id, "-15")]).unwrap_err();
    assert!(error.is::<IPool::AccountCallsAboveLimit>(), "{error}");
    let risk = scene.market.view(IPool::riskCall {}).unwrap();
    assert!(risk.worstLoss > wad("130000"), "{risk:?}");
}

/// Both sides of a strike leave the pool with nothing there, and who was short of it pays all the same.
#[test]
fn what_accounts_hold_is_settled_though_the_pool_holds_nothing() {
    let mut scene = Scene::new("5000");
    let week = scene.market.expiries[0];
    let (id, bob) = (put(week, "2600"), scene.bob);
    scene.trade(&[(id, "-4")]).unwrap();
    scene.market.buy(bob, id, "4").unwrap();
    let quote = scene.state().quote;
    scene.settle_at("2450");
    let due = scene.market.world.quote_units("600");
    assert_eq!(scene.state().quote, quote - signed(due));
    let (size, receiver) = (wad("4"), bob);
    let claim = IPool::claimCall { id, size, receiver };
    assert_eq!(scene.market.send(bob, claim).unwrap().value, due);
}

/// A tenth of the fees goes to the insurance, of those since there are accounts.
#[test]
fn a_tenth_of_the_fees_is_insurance() {
    let mut scene = Scene::new("5000");
    let [_, month, _] = scene.market.expiries;
    let bob = scene.bob;
    scene.market.buy(bob, call(month, "2600"), "40").unwrap();
    let before = scene.market.view(IPool::navCall {}).unwrap();
    scene.trade(&[(call(month, "2600"), "-2")]).unwrap();
    let written = scene.market.view(IPool::navCall {}).unwrap();
    scene.market.buy(bob, call(month, "2500"), "40").unwrap();
    scene.settle_at("2500");
    let after = scene.market.view(IPool::navCall {}).unwrap();
    let tenth = |fees: U256| fees / U256::from(10);
    let got = after.insurance - written.insurance - (after.rent - written.rent);
    assert!(got >= tenth(after.fees - written.fees));
    assert!(got <= tenth(after.fees - before.fees) + U256::from(1));
}

/// Quote atoms of both, and of Alice's account.
fn wealth(scene: &mut Scene) -> I256 {
    let world = &mut scene.market.world;
    let cash = [scene.alice, scene.bob].map(|who| world.balance_of(world.quote, who).unwrap());
    signed(cash[0] + cash[1]) + scene.state().quote
}

impl Scene {
    /// Alice's account keeps what it has to and no more.
    fn strip(&mut self) {
        let (state, receiver) = (self.state(), self.alice);
        let spare = (state.value - signed(state.initial)).into_raw() / wad("0.000001");
        let amount = spare - U256::from(1);
        let withdraw = IPool::withdrawMarginCall { amount, receiver };
        self.market.send(receiver, withdraw).unwrap();
    }

    /// The price rises beyond where Alice can be liquidated, by so many basis points of it.
    fn rise_beyond(&mut self, basis_points: u64) {
        let up = self.state().liquidationUp;
        let price = up + up * U256::from(basis_points) / U256::from(10_000);
        self.market.world.set_price(price).unwrap();
    }
}

/// A liquidator is paid for what an account had to have margin for. Options that are worth nothing and were brought in by its owner
/// are closed for no reward and cost no more than they are worth: else whoever is both takes it from the insurance and the pool.
#[test]
fn worthless_options_in_an_account_are_no_reward_to_who_liquidates_it() {
    let mut scene = Scene::new("40");
    let alice = scene.alice;
    let [week, month, _] = scene.market.expiries;
    let (far, low) = (call(week, "6000"), put(week, "1050"));
    let start = wealth(&mut scene);
    scene.trade(&[(call(month, "2600"), "-0.01")]).unwrap();
    scene.strip();
    for _ in 0..2 {
        for id in [far, low] {
            scene.market.buy(alice, id, "50").unwrap();
        }
    }
    let spent = start - wealth(&mut scene);
    assert!(spent > I256::ZERO && spent < signed(scene.market.world.quote_units("300")));
    scene.rise_beyond(400);
    for id in [far, low] {
        let size = wad("100");
        let bring = IPool::depositPositionCall { id, size };
        scene.market.send(alice, bring).unwrap();
    }
    assert_eq!(scene.state().legs.len(), 3);
    let receipt = scene.liquidate().unwrap();
    let pool = scene.market.pool.address;
    let events: Vec<IPool::LegFilled> = receipt.events(pool);
    assert_eq!(events.len(), 3, "all was closed");
    let earned = wealth(&mut scene) - start;
    assert!(earned < I256::ZERO, "{earned} earned");
    let unit = scene.market.world.quote_units("1");
    assert!(receipt.value < unit, "a reward of {}", receipt.value);
    let covered: Vec<IPool::DebtCovered> = receipt.events(pool);
    let covered: U256 = covered.iter().map(|debt| debt.insurance + debt.pool).sum();
    assert!(covered < unit, "{covered} paid by others");
}

/// Who leaves between a settlement and the touch of an account that can't pay leaves no more of its debt to the others than who
/// leaves after it.
#[test]
fn nobody_leaves_before_a_debt_is_found() {
    let mut scene = Scene::new("60000");
    let (week, bob) = (scene.market.expiries[0], scene.bob);
    let id = call(week, "2600");
    // With others' quote in the pot no claim shows that somebody's is missing.
    scene.market.fund_account(bob, "200000");
    scene.write_for_bob(id);
    scene.strip();
    scene.settle_at("3600");
    let claim = scene.market.view(IPool::accountsCall {}).unwrap().claim;
    assert!(claim.is_zero(), "nothing shows yet");
    let before = part_of_provider(&mut scene.market);
    let receipt = scene.touch();
    let debts: Vec<IPool::DebtCovered> = receipt.events(scene.market.pool.address);
    let borne = debts.first().expect("it has too little").pool;
    assert!(borne > scene.market.world.quote_units("10000"), "{borne}");
    let after = part_of_provider(&mut scene.market);
    assert!(before <= after, "{before} before, {after} after");
    // What was met counts again, and nothing is kept of it.
    assert!(after > scene.market.world.quote_units("90000"), "{after}");
}

/// A hundredth of an option of a later expiry keeps an account from being covered when it is touched, and what it owes is found when it is
/// closed: who touches it and leaves before that leaves no debt to the others either, and an account that can pay holds nobody's money.
#[test]
fn nobody_leaves_between_the_touch_of_a_debt_and_its_end() {
    for held in ["0.01", "80"] {
        let mut scene = Scene::new("60000");
        let ([week, month, _], bob) = (scene.market.expiries, scene.bob);
        let (id, rest) = (call(week, "2600"), call(month, "2600"));
        scene.market.fund_account(bob, "200000");
        scene.write_for_bob(id);
        scene.trade(&[(rest, held)]).unwrap();
        if held == "0.01" {
            scene.strip();
        }
        scene.settle_at("3600");
        scene.market.world.arbitrage().unwrap();
        let unmet = part_of_provider(&mut scene.market);
        let receipt = scene.touch();
        let debts: Vec<IPool::DebtCovered> = receipt.events(scene.market.pool.address);
        let state = scene.state();
        assert!(
            debts.is_empty() && state.legs.len() == 1,
            "it has a leg still"
        );
        assert!(state.quote < -signed(quote_units("10000")), "{state:?}");
        let touched = part_of_provider(&mut scene.market);
        if held == "80" {
            assert!(state.value > signed(state.maintenance), "{state:?}");
            assert!(touched > unmet + quote_units("7000"), "{unmet} {touched}");
            continue;
        }
        let receipt = scene.liquidate().unwrap();
        let debts: Vec<IPool::DebtCovered> = receipt.events(scene.market.pool.address);
        let borne = debts.first().expect("it has too little").pool;
        assert!(borne > quote_units("10000"), "{borne}");
        scene.touch();
        let ended = part_of_provider(&mut scene.market);
        println!("{unmet} before, {touched} touched, {ended} at the end, {borne} borne");
        assert!(touched <= ended, "{touched} touched, {ended} at the end");
        assert!(ended > quote_units("90000"), "{ended}");
    }
}

/// What a leaver would get for a tenth of the provider's shares, quote atoms.
fn part_of_provider(market: &mut Market) -> U256 {
    let provider = market.world.actors.provider.address;
    let owned = IPool::balanceOf_0Call { holder: provider };
    let shares = market.view(owned).unwrap() / U256::from(10);
    market.view(IPool::previewRedeemCall { shares }).unwrap()
}

/// Spreads of its own that nobody has touched since a settlement let nobody take from who leaves meanwhile.
#[test]
fn untouched_spreads_take_nothing_from_who_leaves() {
    let mut worst = [0.0f64; 2];
    for (jump, price) in ["2650", "2760"].into_iter().enumerate() {
        let mut scene = Scene::new("20000");
        let week = scene.market.expiries[0];
        let start = wealth(&mut scene);
        let (low, high) = (call(week, "2000"), call(week, "2025"));
        for _ in 0..9 {
            scene.trade(&[(low, "-10"), (high, "10")]).unwrap();
        }
        scene.settle_at(price);
        let before = part_of_provider(&mut scene.market);
        let receipt = scene.touch();
        let met: Vec<IPool::LegSettled> = receipt.events(scene.market.pool.address);
        let owed: I256 = met.iter().map(|leg| leg.amount.min(I256::ZERO)).sum();
        assert!(
            owed < -signed(scene.market.world.quote_units("50000")),
            "{owed}"
        );
        let after = part_of_provider(&mut scene.market);
        let lost = 1.0 - f64::from(before) / f64::from(after);
        let cost = f64::from((start - wealth(&mut scene)).into_raw()) / 1e6;
        println!(
            "settled at {price}: {:.3} % less until they are touched, which cost {cost:.2}",
            100.0 * lost
        );
        worst[jump] = lost;
    }
    let [near, far] = worst;
    assert!(near.abs() < 1e-5, "{near}");
    // After a jump a debt would be of that size, and nobody knows yet.
    assert!(far > 0.05 && far < 0.08, "{far}");
}

/// Whoever liquidates left the venue far off when the last second ended, and brings it back. An order pays for where it was; an
/// account that is closed by others does not.
#[test]
fn leaving_the_venue_off_before_a_liquidation_costs_the_account_nothing() {
    let mut values = Vec::new();
    for ratio in [10_000u64, 10_049] {
        let mut scene = Scene::new("6200");
        let id = call(scene.market.expiries[1], "2600");
        scene.trade(&[(id, "-10")]).unwrap();
        scene.rise_beyond(50);
        scene.market.world.chain.advance(5);
        let feed = scene.market.world.feed_price().unwrap();
        let pushed = feed * U256::from(ratio) / U256::from(10_000);
        scene.market.world.arbitrage_to(pushed).unwrap();
        scene.market.world.chain.advance(1);
        scene.market.world.arbitrage_to(feed).unwrap();
        // Its owner would pay for it.
        let asked = IPool::quoteOnAccountCall {
            legs: on_account(&[(id, "10")], scene.alice).legs,
            account_: scene.alice,
        };
        let surcharge = scene.market.view(asked).unwrap().surcharge;
        let receipt = scene.liquidate().unwrap();
        let done: Vec<IPool::Liquidated> = receipt.events(scene.market.pool.address);
        values.push((surcharge, done[0].valueAfter));
    }
    let [(calm, whole), (pushed, left)] = values[..] else {
        panic!("{values:?}")
    };
    let units = quote_units("50");
    assert!(pushed > calm + units, "{pushed} after {calm}");
    let lost = whole - left;
    assert!(lost < signed(wad("12")), "{lost}");
}

/// The feed is behind: an account's owner would pay for where the venue was with an order, and not with a liquidation of its own.
#[test]
fn nobody_closes_its_own_account_at_a_feed_far_behind_the_venue() {
    let mut scene = Scene::new("6200");
    let (alice, bob) = (scene.alice, scene.bob);
    let id = call(scene.market.expiries[1], "2600");
    scene.trade(&[(id, "-10")]).unwrap();
    scene.rise_beyond(50);
    let feed = scene.market.world.feed_price().unwrap();
    let ahead = feed + feed / U256::from(20);
    scene.market.world.chain.advance(60);
    scene.market.world.arbitrage_to(ahead).unwrap();
    scene.market.world.chain.advance(1);
    let state = scene.state();
    assert!(state.value < signed(state.maintenance));
    // Brought back for the moment.
    scene.market.world.arbitrage_to(feed).unwrap();
    let (account_, receiver) = (alice, bob);
    let close = IPool::liquidateCall { account_, receiver };
    let error = scene.market.send(alice, close.clone()).unwrap_err();
    let error: IPool::VenueTooFar = error.error().expect("too far");
    assert!(error.price > feed + feed / U256::from(25), "{error:?}");
    assert_eq!(error.feedPrice, feed);
    // A second later it is where it is.
    scene.market.world.chain.advance(1);
    scene.market.send(bob, close).unwrap();
}

/// Quote in atoms.
fn quote_units(quote: &str) -> U256 {
    wad(quote) / U256::from(1_000_000_000_000u64)
}

/// Who flagged an account in an earlier fall may not push the venue in the next one: what that costs the account the pusher gets.
#[test]
fn a_flag_of_an_earlier_fall_gives_no_width_to_a_later_one() {
    let mut scene = Scene::new("6200");
    let (alice, bob) = (scene.alice, scene.bob);
    let id = call(scene.market.expiries[1], "2600");
    scene.trade(&[(id, "-10")]).unwrap();
    scene.rise_beyond(50);
    let flag = IPool::flagCall { account_: alice };
    scene.market.send(bob, flag).unwrap();
    scene.market.world.set_price(wad("2500")).unwrap();
    scene.market.world.chain.advance(3 * 3_600);
    scene.rise_beyond(50);
    let state = scene.state();
    assert!(state.flaggedAt != U256::ZERO && state.value < signed(state.maintenance));
    let feed = scene.market.world.feed_price().unwrap();
    let pushed = feed - feed * U256::from(40) / U256::from(10_000);
    scene.market.world.arbitrage_to(pushed).unwrap();
    let error = scene.liquidate().unwrap_err();
    assert!(error.is::<IPool::VenueTooFar>(), "{error}");
    scene.market.world.arbitrage_to(feed).unwrap();
    scene.liquidate().unwrap();
}

impl Scene {
    /// The week is over at this price, and some time later, which nobody settles in, the price is another. Returns what settles it.
    fn expire(&mut self, week: u64, price: &str, seconds: u64, later: &str) -> IPool::settleCall {
        let world = &mut self.market.world;
        world.chain.set_time(week);
        let round = world.push_price(wad(price)).unwrap();
        world.chain.advance(seconds);
        world.set_price(wad(later)).unwrap();
        IPool::settleCall {
            expiry: U256::from(week),
            roundId: U256::from(round),
        }
    }

    fn is_awaited<R>(&self, outcome: Result<R, CallFailure>, week: u64) -> bool {
        let failure = outcome.err().expect("it was let through");
        let expiry = U256::from(week);
        failure.error() == Some(IPool::AwaitsSettlement { expiry })
    }
}

/// What a leg past its expiry pays is known before it is settled, and is not what the price of today says. With a month's calls
/// beside it a week's short seems to owe less after a fall and to need next to nothing: what was taken out then the pool would pay.
#[test]
fn nobody_takes_out_what_a_leg_past_its_expiry_owes() {
    let mut scene = Scene::new("60000");
    let (alice, bob) = (scene.alice, scene.bob);
    let [week, month, _] = scene.market.expiries;
    let (near, far) = (call(week, "2000"), call(month, "2000"));
    for _ in 0..2 {
        scene.trade(&[(near, "-20"), (far, "20")]).unwrap();
    }
    scene.market.world.chain.set_time(week - 100);
    scene.market.world.push_price(wad("2700")).unwrap();
    let settle = scene.expire(week, "2700", 600, "2500");
    let state = scene.state();
    let spare = (state.value - signed(state.initial)).into_raw() / wad("0.000001");
    let (amount, receiver) = (spare - U256::from(1), alice);
    let withdraw = IPool::withdrawMarginCall { amount, receiver };
    let withdrawn = scene.market.send(alice, withdraw.clone());
    assert!(scene.is_awaited(withdrawn, week));
    let (id, size) = (far, wad("1"));
    let give = IPool::withdrawPositionCall { id, size, receiver };
    let given = scene.market.send(alice, give);
    assert!(scene.is_awaited(given, week));
    scene.market.world.arbitrage().unwrap();
    scene.market.post(month, "0.70").unwrap();
    let opened = scene.trade(&[(far, "1")]);
    assert!(scene.is_awaited(opened, week));
    scene.market.send(bob, settle).unwrap();
    let after = scene.state();
    assert_eq!(
        after.quote,
        state.quote - signed(scene.market.world.quote_units("28000"))
    );
    let failure = scene.market.send(alice, withdraw).unwrap_err();
    assert!(
        failure.is::<IPool::MarginBelowRequirement>() || failure.is::<IPool::InsufficientMargin>(),
        "{failure}"
    );
    let amount = scene.market.world.quote_units("10000");
    let withdraw = IPool::withdrawMarginCall { amount, receiver };
    scene.market.send(alice, withdraw).unwrap();
}

/// An account that a settlement saves is not liquidated before it: whoever liquidates could choose not to settle, and be paid.
#[test]
fn nobody_liquidates_before_the_settlement_that_saves_an_account() {
    for (seconds, is_patient) in [(600, true), (3 * 3_600, false)] {
        let mut scene = Scene::new("60000");
        let bob = scene.bob;
        let [week, month, _] = scene.market.expiries;
        for _ in 0..2 {
            let legs = [(put(month, "2500"), "-20"), (call(week, "2500"), "20")];
            scene.trade(&legs).unwrap();
        }
        scene.market.world.chain.set_time(week - 100);
        scene.market.world.push_price(wad("2600")).unwrap();
        scene.strip();
        let settle = scene.expire(week, "2600", seconds, "2300");
        let state = scene.state();
        assert!(state.value < signed(state.maintenance), "{state:?}");
        let liquidated = scene.liquidate();
        if is_patient {
            assert!(scene.is_awaited(liquidated, week));
        } else {
            // A feed that can't settle for that long keeps nobody's account open.
            assert!(liquidated.unwrap().value > U256::ZERO);
            continue;
        }
        scene.market.send(bob, settle).unwrap();
        let error = scene.liquidate().unwrap_err();
        assert!(error.is::<IPool::AccountHealthy>(), "{error}");
    }
}

/// A spread far in the money needs 2 % of spot for each option, and its legs' marks add up to many times that: of them a liquidator
/// gets a part of what they are worth together, or whoever is both gets more out of it than it was worth.
#[test]
fn nobody_is_paid_for_marks_that_cancel() {
    let mut scene = Scene::new("60000");
    let quarter = scene.market.expiries[2];
    for _ in 0..2 {
        let legs = [(put(quarter, "3125"), "-35"), (put(quarter, "3100"), "35")];
        scene.trade(&legs).unwrap();
    }
    scene.market.world.set_price(wad("1250")).unwrap();
    scene.market.world.chain.advance(7_200);
    scene.market.world.refresh_feed().unwrap();
    scene.market.post(quarter, "0.68").unwrap();
    scene.strip();
    let (start, margin) = (wealth(&mut scene), scene.state().value);
    let quote = scene.state().quote;
    scene.market.world.set_price(wad("1251")).unwrap();
    let mut rewards = U256::ZERO;
    while let Ok(receipt) = scene.liquidate() {
        rewards += receipt.value;
    }
    let units = |quote: &str| scene.market.world.quote_units(quote);
    // 0.3 % of spot for 70 options and a hundredth of their spread, at most.
    assert!(rewards > U256::ZERO && rewards < units("281"), "{rewards}");
    let legs = scene.state().value - scene.state().quote * signed(wad("0.000001"));
    let left = legs / signed(wad("0.000001"));
    let before = margin / signed(wad("0.000001")) - quote;
    let earned = wealth(&mut scene) + left - start - before;
    assert!(earned < I256::ZERO, "{earned} of {margin}");
}

/// Where nothing is left a liquidator is paid for what the account was short and gets no part of marks: the others would pay it.
#[test]
fn an_account_that_is_worth_nothing_pays_no_part_of_marks() {
    let mut scene = Scene::new("6200");
    let id = call(scene.market.expiries[1], "2600");
    scene.trade(&[(id, "-10")]).unwrap();
    scene.market.world.set_price(wad("3600")).unwrap();
    assert!(scene.state().value < I256::ZERO);
    let reward = scene.liquidate().unwrap().value;
    // 0.3 % of spot for each of ten.
    assert_eq!(reward, scene.market.world.quote_units("108"));
}
