//! Who enters pays at least what a share is worth, who leaves gets at most that, and nobody's exit depends on another's.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad, TokenKind, World};

use crate::{
    actions::*,
    common::{call, orders::on_account, put, Market, DAY},
};

fn part(market: &mut Market, who: Address) -> f64 {
    let supply = market.view(IPool::totalSupply_0Call {}).unwrap();
    f64::from(market.shares_of(who)) / f64::from(supply)
}

/// Equity of a holder's part.
fn share_of(market: &mut Market, who: Address) -> f64 {
    market.equity() * part(market, who)
}

#[test]
fn depositing_buying_redeeming_and_selling_costs_money() {
    for (expiry, deposit) in [(0, 1e6), (1, 1e6), (1, 3e5), (2, 1e6)] {
        let mut market = market("400000", &[]);
        let thief = market.world.actors.alice.address;
        market.enrich(thief);
        let expiry = market.expiries[expiry];
        let before = market.wealth(thief);
        market.deposit(thief, deposit).unwrap();
        let ids = [call(expiry, "2500"), put(expiry, "2500")];
        let mut bought = [0.0; 2];
        let mut shift: f64 = 0.0;
        for size in [20.0, 5.0, 1.0] {
            loop {
                let mut any = false;
                for (id, bought) in ids.into_iter().zip(&mut bought) {
                    if let Ok(quoted) = market.quote_buy(id, &size.to_string()) {
                        if market.buy(thief, id, &size.to_string()).is_ok() {
                            shift = shift.max(float(quoted.shift));
                            *bought += size;
                            any = true;
                        }
                    }
                }
                if !any {
                    break;
                }
            }
        }
        market.push(thief, 2_500.0);
        assert!(shift > 0.1, "the surface is shifted by {shift}");
        let mut redeemed = 0.0;
        for _ in 0..6 {
            let shares = market.most_shares_out(thief);
            redeemed += market.redeem(thief, shares).unwrap_or(0.0);
        }
        assert!(redeemed > deposit / 10.0, "{redeemed} came out");
        for (id, bought) in ids.into_iter().zip(bought) {
            market.sell(thief, id, &bought.to_string()).unwrap();
        }
        market.push(thief, 2_500.0);
        for _ in 0..12 {
            let shares = market.most_shares_out(thief);
            if market.redeem(thief, shares).is_err() {
                break;
            }
        }
        let rest = share_of(&mut market, thief);
        let gain = market.wealth(thief) + rest - before;
        println!(
            "{bought:?}, shift {shift:.3}: {redeemed:.0} redeemed, {rest:.2} left, {gain:+.2}"
        );
        assert!(gain < 0.0, "{gain}");
    }
}

/// The low side is what the book can be unwound for at the potential, not what the anchor says of it.
#[test]
fn nobody_leaves_with_more_than_unwinding_pays() {
    let mut market = market("400000", &[("depth", "250000")]);
    let alice = market.world.actors.alice.address;
    market.enrich(alice);
    let id = call(market.expiries[1], "2500");
    let mut bought = 0;
    while bought < 160 && market.buy(alice, id, "20").is_ok() {
        bought += 20;
    }
    let size = bought.to_string();
    let back = market.quote_sell(id, &size);
    let nav = market.nav();
    let anchor = float(back.mark) * bought as f64;
    let excess = quote(back.premium) - anchor;
    assert!(
        excess > 0.05 * anchor,
        "the potential asks {excess} more than {anchor}"
    );
    let (mid, low) = (signed(nav.mid), signed(nav.low));
    println!("{bought} calls: mid {mid:.2}, low {low:.2}, excess {excess:.2}");
    assert!(low <= mid - excess + 0.01, "{low} {mid} {excess}");
}

/// A fall with vols that everybody knows to be higher and that are not posted yet.
#[test]
fn leaving_before_the_vols_follow_spot_takes_nothing_from_those_who_stay() {
    for (fall, higher) in [(0.07, 1.08), (0.07, 1.06), (0.04, 1.04)] {
        // Deep enough that unwinding the book hardly moves its vols.
        let mut market = market("400000", &[("depth", "5000000")]);
        let (alice, bob) = (
            market.world.actors.alice.address,
            market.world.actors.bob.address,
        );
        let provider = market.world.actors.provider.address;
        market.enrich(alice);
        market.deposit(bob, 1e6).unwrap();
        for index in [1, 2] {
            let expiry = market.expiries[index];
            for _ in 0..4 {
                market.buy(alice, call(expiry, "2500"), "10").unwrap();
                market.buy(alice, put(expiry, "2500"), "10").unwrap();
            }
        }
        let price = 2_500.0 * (1.0 - fall);
        market.world.set_price(fixed(price)).unwrap();
        market.rebalance(alice);
        market.world.arbitrage().unwrap();
        let mut quiet = market.clone();
        let shares = market.most_shares_out(bob);
        let paid = market.redeem(bob, shares).unwrap();
        for market in [&mut market, &mut quiet] {
            market.pass(310);
            market.scale_vols(higher).unwrap();
            market.wait(2_000);
        }
        let (stayed, alone) = (
            share_of(&mut market, provider),
            share_of(&mut quiet, provider),
        );
        println!("fell {fall}, vols x{higher}: {paid:.0} left; {stayed:.2} instead of {alone:.2}");
        assert!(paid > 3e5, "{paid}");
        assert!(stayed >= alone - 1.0, "{stayed} {alone}");
    }
}

/// The price is fixed and lies where nobody's book has it: whoever leaves before it is proven leaves no dearer one behind.
#[test]
fn leaving_before_an_expired_series_is_settled_takes_nothing_from_those_who_stay() {
    for settled_at in [2_700.0, 2_600.0, 2_740.0] {
        let mut market = Market::new();
        let (alice, bob) = (
            market.world.actors.alice.address,
            market.world.actors.bob.address,
        );
        let provider = market.world.actors.provider.address;
        market.deposit(bob, 1e6).unwrap();
        let week = market.expiries[0];
        for _ in 0..5 {
            market.buy(alice, call(week, "2500"), "10").unwrap();
        }
        market.world.chain.set_time(week - 100);
        market.world.set_price(wad("2500")).unwrap();
        market.rebalance(alice);
        market.world.chain.set_time(week + 1);
        let round = market.world.push_price(fixed(settled_at)).unwrap();
        market.world.chain.set_time(week + 30);
        market.world.set_price(wad("2500")).unwrap();
        let settle = IPool::settleCall {
            expiry: U256::from(week),
            roundId: U256::from(round),
        };
        let mut quiet = market.clone();
        let shares = market.most_shares_out(bob);
        let paid = market.redeem(bob, shares).unwrap();
        assert!(paid > 1e5, "{paid}");
        market.send(alice, settle.clone()).unwrap();
        quiet.send(alice, settle).unwrap();
        // Bob might as well have left after it.
        quiet.redeem(bob, shares).unwrap();
        let (stayed, alone) = (
            share_of(&mut market, provider),
            share_of(&mut quiet, provider),
        );
        println!("settled at {settled_at}: {paid:.0} left; {stayed:.2} instead of {alone:.2}");
        assert!(stayed >= alone - 1.0, "{stayed} {alone}");
        // And nobody enters meanwhile.
        let owed = market.view(IPool::settlementCall {
            expiry: U256::from(week),
        });
        assert_eq!(quote(owed.unwrap().owed), 50.0 * (settled_at - 2_500.0));
    }
}

/// A market in which Alice's account has written calls that expire with the week; as many puts of their strike are hers, or none.
fn written(with_puts: bool) -> Market {
    let mut market = if with_puts {
        Market::with_lender()
    } else {
        Market::new()
    };
    let actors = &market.world.actors;
    let (alice, bob) = (actors.alice.address, actors.bob.address);
    let week = market.expiries[0];
    market.enrich(alice);
    market.deposit(bob, 1e6).unwrap();
    market.fund_account(alice, "400000");
    for _ in 0..7 {
        let order = on_account(&[(call(week, "2500"), "-20")], alice);
        market.send(alice, order).unwrap();
        market.push(alice, 2_500.0);
        if with_puts {
            market.buy(alice, put(week, "2500"), "20").unwrap();
            market.push(alice, 2_500.0);
        }
    }
    market
}

/// What the pool is long may be worth less at the price that is fixed already, and what calls and puts of a strike make together another
/// sum: whoever leaves before it is proven takes none of that.
#[test]
fn leaving_before_what_the_pool_is_long_is_settled_takes_nothing_from_those_who_stay() {
    for with_puts in [false, true] {
        for (settled_at, then) in [(2_500.0, 2_700.0), (2_500.0, 2_600.0), (2_700.0, 2_500.0)] {
            let mut market = written(with_puts);
            let actors = &market.world.actors;
            let (alice, bob) = (actors.alice.address, actors.bob.address);
            let provider = actors.provider.address;
            let week = market.expiries[0];
            market.world.chain.set_time(week - 100);
            market.world.set_price(wad("2500")).unwrap();
            market.rebalance(alice);
            market.world.chain.set_time(week + 1);
            let round = market.world.push_price(fixed(settled_at)).unwrap();
            market.world.chain.set_time(week + 30);
            market.world.set_price(fixed(then)).unwrap();
            let settle = IPool::settleCall {
                expiry: U256::from(week),
                roundId: U256::from(round),
            };
            let mut quiet = market.clone();
            let shares = market.most_shares_out(bob);
            let paid = market.redeem(bob, shares).unwrap();
            assert!(paid > 5e5, "{paid}");
            for market in [&mut market, &mut quiet] {
                market.send(alice, settle.clone()).unwrap();
                let account_ = alice;
                market.send(alice, IPool::touchCall { account_ }).unwrap();
            }
            // Bob might as well have left after it.
            let late = quiet.most_shares_out(bob).min(shares);
            quiet.redeem(bob, late).unwrap();
            let stayed = share_of(&mut market, provider);
            let alone = share_of(&mut quiet, provider);
            println!("puts {with_puts}, settled at {settled_at}, then {then}: {paid:.0} left; {stayed:.2} instead of {alone:.2}");
            assert!(stayed >= alone - 1.0, "{stayed} {alone}");
        }
    }
}

/// The venue has moved and the feed has not: whoever sees that and leaves takes nothing of what the move does to the book.
#[test]
fn leaving_before_the_feed_follows_the_venue_takes_nothing_from_those_who_stay() {
    for ratio in [1.05, 0.95, 1.1, 0.9, 1.2, 0.8] {
        let mut market = market("4000", &[]);
        let actors = &market.world.actors;
        let (alice, bob) = (actors.alice.address, actors.bob.address);
        let provider = actors.provider.address;
        market.enrich(alice);
        market.deposit(bob, 1e6).unwrap();
        let month = market.expiries[1];
        let mut bought = 0;
        for index in 0..40 {
            let id = if index % 2 == 0 {
                call(month, "2500")
            } else {
                put(month, "2500")
            };
            bought += market.buy(alice, id, "5").is_ok() as usize;
            market.push(alice, 2_500.0);
        }
        market.wait(1_900);
        market.wait(1_900);
        market.push(alice, 2_500.0 * ratio);
        market.pass(2);
        let mut quiet = market.clone();
        let shares = market.most_shares_out(bob);
        let paid = market.redeem(bob, shares).unwrap();
        assert!(bought > 20 && paid > 5e5, "{bought} {paid}");
        for market in [&mut market, &mut quiet] {
            market.world.push_price(fixed(2_500.0 * ratio)).unwrap();
        }
        let stayed = share_of(&mut market, provider);
        let alone = share_of(&mut quiet, provider);
        println!("{ratio}: {paid:.0} left; {stayed:.2} instead of {alone:.2}");
        assert!(stayed >= alone - 1.0, "{stayed} {alone}");
    }
}

#[test]
fn nobody_enters_while_a_series_awaits_its_price() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let week = market.expiries[0];
    market.buy(alice, call(week, "2500"), "1").unwrap();
    // The anchor is as fresh as can be.
    market.world.chain.set_time(week - 100);
    market.world.refresh_feed().unwrap();
    market.scale_vols(1.0).unwrap();
    market.world.chain.set_time(week + 10);
    market.world.refresh_feed().unwrap();
    let deposit = IPool::depositCall {
        assets: atoms(1_000.0),
        receiver: alice,
    };
    let expiry = U256::from(week);
    market.refuses(alice, deposit, IPool::AwaitsSettlement { expiry });
}

#[test]
fn one_providers_exit_leaves_anothers_part_as_it_was() {
    let mut market = Market::new();
    let (alice, bob, carol) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
        market.world.actors.carol.address,
    );
    market.deposit(bob, 1e5).unwrap();
    market.deposit(carol, 1e6).unwrap();
    let [week, month, quarter] = market.expiries;
    for (id, size) in [
        (call(week, "2600"), "20"),
        (put(week, "2400"), "30"),
        (call(month, "2500"), "40"),
        (put(month, "2300"), "40"),
        (call(quarter, "3000"), "30"),
    ] {
        market.buy(alice, id, size).unwrap();
    }
    let before = quote(market.most_out(bob));
    let most = market.most_out(carol);
    assert!(most > atoms(3e5), "{most} leaves");
    market.withdraw(carol, most).unwrap();
    let after = quote(market.most_out(bob));
    println!("{before:.2} before, {after:.2} after {}", quote(most));
    assert!(after > 0.99 * before, "{after} of {before}");
    // What binds is named.
    let assets = market.most_out(carol) + atoms(10_000.0);
    let withdraw = IPool::withdrawCall {
        assets,
        receiver: carol,
        owner_: carol,
    };
    let error: IPool::WithdrawAboveLimit = market.refusal(carol, withdraw);
    assert_eq!(error.assets, assets);
    assert_eq!(error.freeCash, market.nav().cash);
    assert!(error.part < assets && error.part < error.gate.min(error.freeCash));
}

/// Of what others' orders pay, passing through brings less than it costs.
#[test]
fn coming_in_before_an_order_and_leaving_after_it_earns_nothing() {
    for (index, strike, size, assets) in [
        (0, "2500", "40", 1e5),
        (0, "2500", "40", 1e6),
        (1, "2500", "40", 3e4),
        (1, "2500", "40", 1e5),
        (1, "2500", "40", 1e6),
        (1, "2500", "40", 1e8),
        (0, "2000", "7", 1e5),
        (2, "3500", "40", 1e5),
        (2, "3500", "40", 1e6),
        (1, "2500", "140", 1e5),
        (2, "2500", "100", 1e5),
    ] {
        let mut market = market("400000", &[]);
        let (alice, bob) = (
            market.world.actors.alice.address,
            market.world.actors.bob.address,
        );
        market.enrich(alice);
        market
            .buy(bob, call(market.expiries[1], "2500"), "2")
            .unwrap();
        let before = market.wealth(alice);
        market.deposit(alice, assets).unwrap();
        let id = call(market.expiries[index], strike);
        let bought = market.buy(bob, id, size).unwrap();
        let paid: IPool::Bought = bought.event(market.pool.address).unwrap();
        let charges = quote(paid.spread + paid.surcharge + paid.capacity);
        market.world.arbitrage().unwrap();
        for _ in 0..6 {
            let shares = market.most_shares_out(alice);
            if market.redeem(alice, shares).is_err() {
                break;
            }
        }
        let rest = market.shares_of(alice);
        let left = market.preview_redeem(rest);
        let gain = market.wealth(alice) + left - before;
        println!(
            "{size} calls at {strike} of {index} paid {charges:.2}, of which {assets} passing through earned {gain:+.2}"
        );
        assert!(charges > 10.0);
        assert!(gain < 0.0, "{gain}");
    }
}

#[test]
fn leaving_a_pool_that_has_a_book_costs_two_basis_points() {
    let mut market = Market::new();
    let (bob, provider) = (
        market.world.actors.bob.address,
        market.world.actors.provider.address,
    );
    let supply = market.shares_of(provider);
    let shares = supply / U256::from(2);
    let free = market.preview_redeem(shares);
    assert!(
        (free - 5e5).abs() < 0.01,
        "an empty book is left for nothing: {free}"
    );
    market
        .buy(bob, call(market.expiries[0], "2500"), "1")
        .unwrap();
    let value = signed(market.nav().low) / 2.0;
    let paid = market.redeem(provider, shares).unwrap();
    println!("{value:.2} for {paid:.2}");
    assert!(value - paid > 0.000_199 * value && value - paid < 0.000_3 * value);
}

/// A surcharge that no swap has used up yet is for swaps still to come.
#[test]
fn what_an_order_pays_for_hedging_is_earned_over_time() {
    let mut market = market("400000", &[]);
    let bob = market.world.actors.bob.address;
    // Flow widens the band, so that the next order is not hedged.
    for id in [
        call(market.expiries[1], "2500"),
        put(market.expiries[1], "2500"),
    ] {
        market.buy(bob, id, "10").unwrap();
    }
    let before = float(market.nav().unearned);
    let bought = market
        .buy(bob, call(market.expiries[0], "2000"), "1")
        .unwrap();
    assert_eq!(market.hedged(&bought), 0.0);
    let paid: IPool::Bought = bought.event(market.pool.address).unwrap();
    let surcharge = quote(paid.surcharge);
    let kept = float(market.nav().unearned) - before;
    println!("a surcharge of {surcharge}, {kept} of it kept");
    assert!(surcharge > 1.0 && kept > 0.99 * surcharge, "{kept}");
    let sooner = float(market.nav().unearned);
    market.pass(3 * 86_400);
    let later = float(market.nav().unearned);
    assert!(
        later < 0.95 * sooner && later > 0.4 * sooner,
        "{later} of {sooner}"
    );
}

/// What somebody has taken out goes with its shares, so that nobody takes its part twice; but a gift burdens nobody.
#[test]
fn a_gift_of_shares_lowers_nothing_that_the_receiver_may_withdraw() {
    let mut market = market("400000", &[]);
    let (thief, bob, carol) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
        market.world.actors.carol.address,
    );
    market.enrich(thief);
    market.deposit(bob, 1e6).unwrap();
    market.deposit(carol, 1e6).unwrap();
    // Bob leaves an empty book with all but one share.
    let shares = market.shares_of(bob) - U256::from(1);
    market.redeem(bob, shares).unwrap();
    // Orders then lower what can leave.
    for (index, strike) in [
        (0, "6250"),
        (0, "6250"),
        (1, "2500"),
        (1, "5000"),
        (0, "5000"),
    ] {
        let id = call(market.expiries[index], strike);
        market.buy(thief, id, "100").unwrap();
    }
    let before = quote(market.most_out(carol));
    let give = IPool::transfer_0Call {
        to: carol,
        shares: U256::from(1),
    };
    // It may be refused as well.
    market.send(bob, give).ok();
    let after = quote(market.most_out(carol));
    println!("carol may withdraw {before:.2}, and {after:.2} after a gift of one share");
    assert!(before > 1e5, "{before}");
    assert!(after >= before - 0.01, "{after} instead of {before}");
}

/// A part is a part however often it is asked for, and by whichever of one's accounts.
#[test]
fn asking_twice_or_from_another_account_brings_no_more_than_a_part() {
    let mut market = Market::new();
    let (alice, bob, carol) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
        market.world.actors.carol.address,
    );
    market.deposit(bob, 1e6).unwrap();
    for _ in 0..10 {
        market
            .buy(alice, call(market.expiries[1], "2500"), "10")
            .unwrap();
    }
    let provider = market.world.actors.provider.address;
    let others = quote(market.most_out(provider));
    let part = quote(market.most_out(bob));
    let mut taken = 0.0;
    for round in 0..8 {
        let who = [bob, carol, bob, bob][round % 4];
        let most = market.most_out(who);
        if most > U256::ZERO && market.withdraw(who, most).is_ok() {
            taken += quote(most);
        }
        let other = if who == bob { carol } else { bob };
        let give = IPool::transfer_0Call {
            to: other,
            shares: market.shares_of(who),
        };
        market.send(who, give).ok();
    }
    let left = quote(market.most_out(provider));
    println!(
        "{taken:.2} taken of a part of {part:.2}; the other may take {left:.2} of {others:.2}"
    );
    assert!(part > 1e5 && taken < 1.01 * part, "{taken}");
    assert!(left > 0.99 * others, "{left}");
}

/// A holder who leaves while somebody has pushed the venue twenty times too high.
#[test]
fn a_pushed_venue_takes_nothing_from_a_leaver() {
    for ratio in [20.0, 1.02, 0.05] {
        let mut market = market("4000", &[]);
        let (thief, bob, carol) = (
            market.world.actors.alice.address,
            market.world.actors.bob.address,
            market.world.actors.carol.address,
        );
        market.enrich(thief);
        market.deposit(bob, 1e5).unwrap();
        market
            .buy(carol, call(market.expiries[1], "2500"), "10")
            .unwrap();
        market.push(thief, 2_500.0);
        let exposure = market.exposure().abs();
        assert!(exposure > 1.0, "{exposure} is not hedged");
        let shares = market.shares_of(bob) / U256::from(2);
        market.pass(5);
        let fair = market.preview_redeem(shares);
        market.push(thief, 2_500.0 * ratio);
        let paid = market.redeem(bob, shares).unwrap();
        println!("venue at {ratio}: {paid:.2} instead of {fair:.2}");
        assert!((paid - fair).abs() < 0.01, "{paid} {fair}");
    }
}

#[test]
fn what_a_holder_may_withdraw_is_paid_also_when_leaving_costs() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market.deposit(bob, 3e5).unwrap();
    for _ in 0..6 {
        market
            .buy(alice, call(market.expiries[2], "5000"), "25")
            .unwrap();
    }
    // Once with most of it as a part, once with little enough that all of it may go.
    for keep in [1u64, 40] {
        let mut market = market.clone();
        let carol = market.world.actors.carol.address;
        let shares = market.shares_of(bob) / U256::from(keep) * U256::from(keep - 1);
        let give = IPool::transfer_0Call { to: carol, shares };
        market.send(bob, give).unwrap();
        let (most, shares) = (market.most_out(bob), market.most_shares_out(bob));
        assert!(most > atoms(1_000.0));
        let value = signed(market.nav().low) * part(&mut market, bob);
        let mut other = market.clone();
        let burned = market.withdraw(bob, most).unwrap();
        let paid = other.redeem(bob, shares).unwrap();
        println!(
            "of {value:.2} at most {:.2}: {paid:.2} for {shares}, or {burned}",
            quote(most)
        );
        assert!((paid - quote(most)).abs() < 1e-5);
        assert!(
            burned <= shares + U256::from(2_000) && burned <= shares + shares / U256::from(1_000)
        );
        assert!(quote(most) < value);
    }
}

/// A pool most of whose capacity would be in use once its provider had left, over so many days: leaving with a little more costs
/// nearly what it is worth, or more.
fn scarce(days: u64, quote_decimals: u8) -> (Market, Address) {
    // Deep enough for it not to be the shift's cap that ends purchases.
    let builder = World::builder().price(wad("2500"));
    let builder = builder.quote(TokenKind::Honest, quote_decimals);
    let mut market = Market::with(builder, |constructor| {
        constructor.parameters.set("depth", wad("10000000"));
    });
    let actors = &market.world.actors;
    let (alice, carol) = (actors.alice.address, actors.carol.address);
    let provider = actors.provider.address;
    market.enrich(carol);
    let (token, amount) = (market.world.quote, market.world.quote_units("10000000000"));
    market.world.mint(token, carol, amount).unwrap();
    let expiry = market.expiries[0] + (days - 7) * DAY;
    if days != 91 {
        market.list(expiry, "0.68");
        market.wait(1_900);
    }
    let id = call(expiry, if days < 200 { "5000" } else { "3500" });
    for size in ["25", "1", "0.05"] {
        while market.risk().upsideUsed < wad("0.74") && market.buy(alice, id, size).is_ok() {
            // What hedges moved is brought back.
            market.push(carol, 2_500.0);
        }
    }
    (market, provider)
}

#[test]
fn withdrawing_works_wherever_redeeming_pays_as_much() {
    let mut steep = 0;
    for days in [91, 364, 720] {
        let (mut market, provider) = scarce(days, 6);
        let most = market.most_shares_out(provider);
        let part = |shares: U256, parts: u64| shares * U256::from(parts) / U256::from(1_000);
        for parts in [1, 500, 900, 970, 990, 998, 999, 1_000] {
            let shares = part(most, parts);
            let assets = market.view(IPool::previewRedeemCall { shares }).unwrap();
            let less = part(shares, 999);
            let fewer = market.preview_redeem(less);
            let brings = (quote(assets) - fewer) / (f64::from(shares - less) / 1e9);
            steep += (brings < 0.2) as usize;
            let preview = market.view(IPool::previewWithdrawCall { assets });
            let burned = preview.unwrap_or_else(|error| panic!("{days} days, {parts}: {error}"));
            println!("{days} days: {assets} for {shares} or {burned}, the last at {brings:.3}");
            let roundings = shares / U256::from(1_000_000) + U256::from(2_000);
            assert!(burned <= shares + roundings, "{burned} for {shares}");
            let back = market.view(IPool::previewRedeemCall { shares: burned });
            assert!(back.unwrap() >= assets, "{burned} for {assets}");
        }
        let assets = market.most_out(provider);
        market.withdraw(provider, assets).unwrap();
    }
    assert!(
        steep >= 3,
        "leaving costs most of what it brings {steep} times"
    );
}

/// Where leaving with more would cost more than it brings, the search for what brings the most has no room for roundings.
#[test]
fn the_most_that_is_said_can_be_withdrawn_whatever_the_decimals() {
    for (days, decimals) in [(720, 18), (700, 18), (650, 18), (720, 8)] {
        let (mut market, provider) = scarce(days, decimals);
        let shares = market.shares_of(provider);
        let assets = market.most_out(provider);
        let most = market.most_shares_out(provider);
        let worth = market.view(IPool::previewRedeemCall { shares: most });
        println!("{days} days, {decimals} decimals: {assets} of {worth:?}");
        let worth = worth.unwrap();
        assert!(worth - assets <= (worth >> 39) + U256::from(1));
        market.withdraw(provider, assets).unwrap();
        assert!(market.shares_of(provider) < shares);
    }
}

/// Past some shares leaving with more of them costs more than they are worth.
#[test]
fn nobody_is_told_to_redeem_shares_that_bring_nothing() {
    let (mut market, provider) = scarce(720, 6);
    let used = market.risk().upsideUsed;
    assert!(used > wad("0.73"), "{used} of the rise is in use");
    let (most, all) = (market.most_shares_out(provider), market.shares_of(provider));
    let paid = market.preview_redeem(most);
    let worth = |market: &mut Market, parts: u64| {
        let shares = all / U256::from(1_000) * U256::from(parts);
        let paid = market.view(IPool::previewRedeemCall { shares });
        paid.map_or(0.0, quote)
    };
    let best = (1..=1_000)
        .map(|parts| worth(&mut market, parts))
        .fold(0.0, f64::max);
    let shares = most + most / U256::from(50);
    let beyond = market.view(IPool::previewRedeemCall { shares });
    let beyond = beyond.map_or(0.0, quote);
    println!("{most} of {all} bring {paid:.2}, at best {best:.2}, a fiftieth more {beyond:.2}");
    assert!(beyond < paid, "the path ran");
    assert!(paid >= best, "{paid} {best}");
}

#[test]
fn nobody_enters_while_the_venue_knows_better_than_the_feed() {
    let mut market = Market::new();
    let thief = market.world.actors.alice.address;
    market.enrich(thief);
    for ratio in [0.988, 1.012] {
        market.push(thief, 2_500.0 * ratio);
        let venue_price = market.world.venue_price().unwrap();
        for call in [true, false] {
            let error: IPool::VenuePriceDeviates = if call {
                let deposit = IPool::depositCall {
                    assets: atoms(1_000.0),
                    receiver: thief,
                };
                market.refusal(thief, deposit)
            } else {
                let mint = IPool::mintCall {
                    shares: U256::from(1_000_000_000_000u64),
                    receiver: thief,
                };
                market.refusal(thief, mint)
            };
            assert_eq!(error.feedPrice, wad("2500"));
            assert_eq!(error.maxDeviation, wad("0.01"));
            let off = float(error.venuePrice) / float(venue_price) - 1.0;
            assert!(off.abs() < 1e-9, "{off}");
        }
        let receiver = thief;
        assert!(market
            .view(IPool::maxDepositCall { receiver })
            .unwrap()
            .is_zero());
    }
    market.push(thief, 2_500.0 * 1.009);
    market.deposit(thief, 1_000.0).unwrap();
}
