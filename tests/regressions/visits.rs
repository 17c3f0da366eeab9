//! Who comes in, which raises what accounts may be short of, and leaves again, pays for what it leaves to those who stay.

use alloy_primitives::{Address, U256};
use smirk_world::abi::IPool;

use crate::{
    actions::*,
    common::{call, orders::on_account, put, Market, DAY},
};

/// A pool of a million of the provider's, and people who have what they want: Alice writes, Bob buys, Carol visits.
struct Scene {
    market: Market,
    alice: Address,
    bob: Address,
    carol: Address,
    /// At the money, of the nearest expiry.
    id: U256,
    written: u64,
}

impl Scene {
    fn new(is_call: bool) -> Scene {
        let mut market = market("400000", &[]);
        let actors = &market.world.actors;
        let (alice, bob, carol) = (
            actors.alice.address,
            actors.bob.address,
            actors.carol.address,
        );
        for who in [alice, bob, carol] {
            market.enrich(who);
        }
        market.fund_account(alice, "10000000");
        let series = if is_call { call } else { put };
        let id = series(market.expiries[0], "2500");
        Scene {
            market,
            alice,
            bob,
            carol,
            id,
            written: 0,
        }
    }

    /// Alice writes and Bob buys the same, up to so many options or until they are refused.
    fn write(&mut self, most: u64) {
        for size in [20, 5] {
            while most - self.written >= size {
                let short = format!("-{size}");
                let order = on_account(&[(self.id, short.as_str())], self.alice);
                if self.market.send(self.alice, order).is_err() {
                    break;
                }
                let long = size.to_string();
                self.market.buy(self.bob, self.id, &long).unwrap();
                self.written += size;
            }
        }
    }

    /// Carol redeems what she can, day after day. Returns what that brought, and what the insurance got.
    fn leave(&mut self, days: u64) -> (f64, f64) {
        let before = quote(self.market.nav().insurance);
        let mut paid = 0.0;
        for _ in 0..days {
            let shares = self.market.most_shares_out(self.carol);
            if shares > U256::ZERO {
                paid += self.market.redeem(self.carol, shares).unwrap();
            }
            self.market.wait(DAY + 1);
        }
        (paid, quote(self.market.nav().insurance) - before)
    }

    /// The writer keeps what it has to, and the price at the expiry is this one. Returns what the provider's shares are worth after it,
    /// and what the writer could not pay.
    fn end(&self, price: f64) -> (f64, f64) {
        let mut market = self.market.clone();
        let week = market.expiries[0];
        market.world.chain.set_time(week - 100);
        market.world.refresh_feed().unwrap();
        let state = market.state_of(self.alice);
        let spare = signed(state.value) - float(state.initial);
        let withdraw = IPool::withdrawMarginCall {
            amount: atoms(spare - 1.0),
            receiver: self.alice,
        };
        market.send(self.alice, withdraw).unwrap();
        market.world.chain.set_time(week);
        let round = market.world.push_price(fixed(price)).unwrap();
        let settle = IPool::settleCall {
            expiry: U256::from(week),
            roundId: U256::from(round),
        };
        market.send(self.bob, settle).unwrap();
        let account_ = self.alice;
        let touch = market
            .send(self.bob, IPool::touchCall { account_ })
            .unwrap();
        let covered = touch.events::<IPool::DebtCovered>(market.pool.address);
        let owed = covered.iter().map(|e| quote(e.insurance + e.pool)).sum();
        let provider = market.world.actors.provider.address;
        let supply = market.view(IPool::totalSupply_0Call {}).unwrap();
        let part = f64::from(market.shares_of(provider)) / f64::from(supply);
        (market.equity() * part, owed)
    }

    /// What a price at the expiry costs the provider, and what the writer could not pay.
    fn lost_at(&self, price: f64) -> (f64, f64) {
        let (quiet, _) = self.end(2_500.0);
        let (after, owed) = self.end(price);
        (quiet - after, owed)
    }

    /// Somebody's part of the pool.
    fn part(&mut self, who: Address) -> f64 {
        let supply = self.market.view(IPool::totalSupply_0Call {}).unwrap();
        f64::from(self.market.shares_of(who)) / f64::from(supply)
    }

    /// Settles at the price of the beginning; Bob claims what is his.
    fn expire(&mut self) {
        let week = self.market.expiries[0];
        let market = &mut self.market;
        market.world.chain.set_time(week - 100);
        market.world.refresh_feed().unwrap();
        market.world.chain.set_time(week);
        let round = market.world.refresh_feed().unwrap();
        let settle = IPool::settleCall {
            expiry: U256::from(week),
            roundId: U256::from(round),
        };
        market.send(self.bob, settle).unwrap();
        let account_ = self.alice;
        market
            .send(self.bob, IPool::touchCall { account_ })
            .unwrap();
        market.wait(DAY + 1);
    }

    /// Bob sells what he has, and Alice buys back what she wrote.
    fn unwind(&mut self) {
        let mut left = self.written;
        while left > 0 {
            let size = left.min(20);
            let long = size.to_string();
            self.market.sell(self.bob, self.id, &long).unwrap();
            let order = on_account(&[(self.id, long.as_str())], self.alice);
            self.market.send(self.alice, order).unwrap();
            left -= size;
        }
    }

    /// What all three own: tokens, what is in the account, shares in the middle.
    fn wealth(&mut self) -> f64 {
        let people = [self.alice, self.bob, self.carol];
        let tokens: f64 = people.iter().map(|who| self.market.wealth(*who)).sum();
        let account = signed(self.market.state_of(self.alice).value);
        let part = self.part(self.carol);
        tokens + account + part * self.market.equity()
    }
}

/// Prices at the expiry that writers can't pay: moves of three tenths and of six.
fn jumps(is_call: bool) -> [f64; 2] {
    if is_call {
        [3_250.0, 4_000.0]
    } else {
        [1_750.0, 1_000.0]
    }
}

/// What accounts may be short of follows the equity of the moment, so that a large visit makes it large. Who leaves a pool with more of it
/// than half of what stays insures the rest: those who stay lose no more than if half of a pool had left.
#[test]
fn leaving_what_a_visit_let_accounts_write_is_paid_for() {
    for (is_call, sizes) in [(true, [200, 400, 560]), (false, [200, 500, 1_100])] {
        let mut quiet = Scene::new(is_call);
        quiet.write(90);
        assert_eq!(quiet.written, 90, "what a million lets accounts write");
        let alone = jumps(is_call).map(|price| quiet.lost_at(price).0);
        println!(
            "calls {is_call}, {} without a visit: {alone:.0?}",
            quiet.written
        );
        for size in sizes {
            for days in [1, 6] {
                let mut scene = Scene::new(is_call);
                scene.market.deposit(scene.carol, 2e7).unwrap();
                scene.write(size);
                assert_eq!(scene.written, size, "all of it was written");
                let (paid, insured) = scene.leave(days);
                let part = scene.part(scene.carol);
                let lost = jumps(is_call).map(|price| scene.lost_at(price));
                println!("{size}, {days} days: {paid:.0} out, {insured:.0} insured, {part:.2} left, others lose {lost:.0?}");
                assert!(paid > 0.85 * 2e7, "most of it went: {paid}");
                assert!(size == 200 || insured > 50_000.0, "{insured}");
                for ((lost, owed), alone) in lost.into_iter().zip(alone) {
                    assert!(owed > 0.0, "the writer could not pay");
                    // Twice a hundred options instead of ninety.
                    assert!(lost < 200.0 / 90.0 * alone * 1.01, "{lost} {alone}");
                }
            }
        }
    }
}

/// What is paid is the growth of something that only the equity moves: neither pieces nor other hands change it, nor whether shares
/// or assets are named.
#[test]
fn leaving_in_pieces_or_through_others_insures_as_much() {
    let mut scene = Scene::new(true);
    scene.market.deposit(scene.carol, 2e7).unwrap();
    scene.write(560);
    let (carol, other) = (scene.carol, scene.market.world.actors.keeper.address);
    let shares = scene.market.shares_of(carol) / U256::from(100) * U256::from(94);
    let insured = |market: &mut Market| quote(market.nav().insurance);
    let before = insured(&mut scene.market);
    let mut whole = scene.market.clone();
    let preview = whole.preview_redeem(shares);
    let paid = whole.redeem(carol, shares).unwrap();
    let at_once = insured(&mut whole) - before;
    assert!((paid - preview).abs() < 1e-6, "{paid} {preview}");
    assert!(at_once > 100_000.0, "{at_once}");

    let mut named = scene.market.clone();
    let burned = named.withdraw(carol, atoms(paid)).unwrap();
    let by_assets = insured(&mut named) - before;
    println!("{at_once:.2} at once, {by_assets:.2} for assets");
    assert!((by_assets - at_once).abs() < 0.01, "{by_assets} {at_once}");
    assert!(burned <= shares && shares - burned < shares / U256::from(1_000_000_000));

    let mut pieces = scene.market.clone();
    let give = IPool::transfer_0Call {
        to: other,
        shares: pieces.shares_of(carol) / U256::from(2),
    };
    pieces.send(carol, give).unwrap();
    let mut brought = 0.0;
    for who in [carol, other].repeat(8) {
        brought += pieces.redeem(who, shares / U256::from(16)).unwrap();
    }
    let by_pieces = insured(&mut pieces) - before;
    println!("{by_pieces:.2} in sixteen pieces, which brought {brought:.2} instead of {paid:.2}");
    assert!((by_pieces / at_once - 1.0).abs() < 1e-4, "{by_pieces}");
    assert!(
        brought < paid + 0.01 && brought > 0.9999 * paid,
        "{brought}"
    );
    for market in [&mut whole, &mut named, &mut pieces] {
        let pot = quote(market.view(IPool::accountsCall {}).unwrap().pot);
        let nav = market.nav();
        let recorded = quote(nav.cash + nav.setAside + nav.insurance) + pot;
        assert!((quote(market.quote_of(market.pool.address)) - recorded).abs() < 1e-6);
    }
}

/// Whoever writes all that accounts may makes nobody pay who leaves with half of a pool, gains nothing by what others pay who leave
/// with more, and blocks nobody.
#[test]
fn writing_to_make_others_pay_for_leaving_earns_nothing() {
    for (is_call, strike) in [
        (true, "2500"),
        (true, "6250"),
        (false, "2500"),
        (false, "1000"),
    ] {
        for expires in [false, true] {
            let mut scene = Scene::new(is_call);
            let series = if is_call { call } else { put };
            scene.id = series(scene.market.expiries[0], strike);
            let provider = scene.market.world.actors.provider.address;
            let before = scene.wealth();
            scene.market.deposit(scene.carol, 50_000.0).unwrap();
            scene.write(u64::MAX);
            let written = scene.written;
            assert!(written >= 90, "{written} were written");
            // Half of the pool leaves, with not a cent of it for the insurance, and then what else may go.
            let nav = scene.market.nav();
            let (insured, capacity) = (quote(nav.insurance), quote(nav.capacity));
            let value = signed(scene.market.nav().low);
            let supply = scene.market.view(IPool::totalSupply_0Call {}).unwrap();
            let half = scene
                .market
                .redeem(provider, supply / U256::from(2))
                .unwrap();
            assert_eq!(quote(scene.market.nav().insurance), insured);
            assert!(half > 0.499 * value, "{half} of {value}");
            let shares = scene.market.most_shares_out(provider);
            let worth = signed(scene.market.nav().low) * f64::from(shares)
                / f64::from(supply / U256::from(2));
            let rest = scene.market.redeem(provider, shares).unwrap();
            let nav = scene.market.nav();
            let (insured, capacity) = (
                quote(nav.insurance) - insured,
                quote(nav.capacity) - capacity,
            );
            // The writers end what they began.
            if expires {
                scene.expire();
            } else {
                scene.unwind();
            }
            let gain = scene.wealth() - before;
            println!(
                "{written} of {strike}, calls {is_call}, until the expiry {expires}: of {value:.0} {half:.0} and {rest:.0} left, {insured:.0} insured, {capacity:.2} for capacity; the griefers {gain:+.2}"
            );
            assert!(
                rest > 0.7 * worth && insured < 0.2501 * worth,
                "{rest} of {worth}"
            );
            // Of what is insured they have nothing; what is paid for the tails that they fill, as anybody may, is for all who stay.
            assert!(insured > 50_000.0, "{insured}");
            assert!(gain < capacity && gain < insured / 100.0, "{gain}");
        }
    }
}

/// Nothing holds the last one back once nothing is written any more, nor is anything asked of it.
#[test]
fn the_last_one_leaves_with_all_there_is() {
    let mut scene = Scene::new(true);
    scene.market.deposit(scene.carol, 2e7).unwrap();
    scene.write(560);
    scene.leave(1);
    // As long as it stands, what may leave is said and goes through.
    let provider = scene.market.world.actors.provider.address;
    let mut early = scene.market.clone();
    for who in [scene.carol, provider] {
        let most = early.most_shares_out(who);
        assert!(most > U256::ZERO);
        let preview = early.preview_redeem(most);
        let paid = early.redeem(who, most).unwrap();
        assert!(paid > 0.0 && (paid - preview).abs() < 1e-6);
    }
    scene.expire();
    let insured = scene.market.nav().insurance;
    for who in [scene.carol, provider] {
        let shares = scene.market.shares_of(who);
        assert_eq!(scene.market.most_shares_out(who), shares);
        scene.market.redeem(who, shares).unwrap();
    }
    let nav = scene.market.nav();
    assert_eq!(nav.insurance, insured);
    assert_eq!(
        scene.market.view(IPool::totalSupply_0Call {}).unwrap(),
        U256::ZERO
    );
    assert!(quote(nav.cash) < 0.01, "{}", nav.cash);
}
