//! Capacity is scarce and has a price: to use it up costs whoever does it, by the time that nobody else can.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad, CallFailure};

use crate::{
    actions::*,
    common::{call, put, Market},
};

/// Days to each listed expiry.
const DAYS: [f64; 3] = [7.0, 28.0, 91.0];

/// What tying up all that the pool carries costs beyond what reselling it at once brings, and what is left for others.
struct Freeze {
    cost: f64,
    net: f64,
    upside: f64,
    downside: f64,
    /// What the provider can still take out, of a million.
    left: f64,
}

impl Freeze {
    /// The fuller tail, of the equity.
    fn used(&self) -> f64 {
        self.upside.max(self.downside)
    }

    /// What interest on that for so many days costs at most.
    fn fair(&self, days: f64) -> f64 {
        1e6 * days * 0.00082 * self.used().powi(5)
    }

    /// Whether a tail is in full use, no more, and nine tenths of the fair price was paid.
    fn is_paid_for(&self, days: f64) -> bool {
        let used = self.used();
        used > 0.9 && used < 1.01 && self.net >= 0.9 * self.fair(days)
    }

    fn print(&self, what: &str, days: f64) {
        let a_day = self.net / 1e4 / days;
        println!(
            "{what}, {days} days: net of resale {:.2} of {:.2}, {a_day:.4} % a day, up {:.3}, down {:.3}, left {:.0}",
            self.net, self.cost, self.upside, self.downside, self.left
        );
    }
}

/// Buys one series in ever smaller pieces until nothing more is sold.
fn exhaust(market: &mut Market, thief: Address, id: U256) -> f64 {
    let before = market.wealth(thief);
    for size in ["100", "25", "5", "1", "0.1", "0.01"] {
        while market.buy(thief, id, size).is_ok() {}
    }
    before - market.wealth(thief)
}

/// Who freezes: a wallet and, beside it, an account.
struct Thief {
    market: Market,
    wallet: Address,
    account: Address,
    /// Of the wallet, before.
    wealth: f64,
}

const MARGIN: &str = "2000000";

impl Thief {
    fn new() -> Thief {
        let mut market = Market::new();
        let wallet = market.world.actors.alice.address;
        let account = market.world.actors.bob.address;
        market.enrich(wallet);
        let (token, amount) = (market.world.quote, market.world.quote_units(MARGIN));
        market.world.mint(token, account, amount).unwrap();
        let account_ = account;
        let deposit = IPool::depositMarginCall { amount, account_ };
        market.send(account, deposit).unwrap();
        let wealth = market.wealth(wallet);
        Thief {
            market,
            wallet,
            account,
            wealth,
        }
    }

    /// Trades on the account.
    fn order(&mut self, parts: &[(U256, I256)]) -> Result<(), CallFailure> {
        let legs = parts.iter().map(|(id, size)| IPool::Leg {
            id: *id,
            size: *size,
        });
        let order = IPool::tradeOnAccountCall {
            legs: legs.collect(),
            limit: I256::MAX,
            deadline: U256::MAX,
            account_: self.account,
        };
        self.market.send(self.account, order).map(|_| ())
    }

    /// What wallet and account have spent together.
    fn spent(&mut self) -> f64 {
        let account_ = self.account;
        let state = self.market.view(IPool::accountCall { account_ }).unwrap();
        let margin: f64 = MARGIN.parse().unwrap();
        self.wealth - self.market.wealth(self.wallet) + margin - signed(state.quote) * 1e12
    }

    /// The tails as they are, and what it costs to sell again all that the wallet and the account hold of these.
    fn end(mut self, ids: &[U256]) -> Freeze {
        let risk = self.market.risk();
        let provider = self.market.world.actors.provider.address;
        let left = quote(self.market.most_out(provider));
        let cost = self.spent();
        let account_ = self.account;
        let state = self.market.view(IPool::accountCall { account_ }).unwrap();
        for leg in state.legs {
            assert!(!leg.size.is_negative(), "bought back");
            self.order(&[(leg.id, -leg.size)]).unwrap();
        }
        for id in ids {
            let size = self.market.position_of(self.wallet, *id);
            let sell = IPool::sellCall {
                id: *id,
                size,
                minProceeds: U256::ZERO,
                deadline: U256::MAX,
                receiver: self.wallet,
            };
            if !size.is_zero() {
                self.market.send(self.wallet, sell).unwrap();
            }
        }
        Freeze {
            cost,
            net: self.spent(),
            upside: float(risk.upsideUsed),
            downside: float(risk.downsideUsed),
            left,
        }
    }
}

fn freeze(index: usize, is_call: bool) -> Freeze {
    let mut thief = Thief::new();
    let expiry = thief.market.expiries[index];
    let id = if is_call {
        call(expiry, "6250")
    } else {
        put(expiry, "1000")
    };
    exhaust(&mut thief.market, thief.wallet, id);
    let owned = thief.market.position_of(thief.wallet, id);
    assert!(owned > wad("50"), "{} are held", float(owned));
    thief.end(&[id])
}

/// Interest on a tail in full use is a fifth of its rate on its capital: 0.082 % a day.
#[test]
fn freezing_a_pool_of_a_million_costs_by_the_day() {
    let mut whole = 0;
    for (index, days) in DAYS.into_iter().enumerate() {
        for is_call in [true, false] {
            let frozen = freeze(index, is_call);
            frozen.print(if is_call { "calls" } else { "puts" }, days);
            let used = frozen.used();
            assert!(used > 0.5, "{used} is in use");
            let taken = 1e6 - frozen.left;
            // Interest to the fifth power: what is not quite all costs much less.
            let fair = frozen.fair(days);
            let minimum = 700.0 * used;
            assert!(
                frozen.net >= 0.98 * fair.max(minimum),
                "{days} days: {} for {used} of capacity, {fair} fair, {taken} frozen",
                frozen.net
            );
            // All of it costs 0.07 % of what is frozen a day.
            if used > 0.95 {
                whole += 1;
                assert!(
                    frozen.net >= 0.0007 * days * taken,
                    "{days} days: {} for {taken}",
                    frozen.net
                );
            }
        }
    }
    assert!(whole >= 3, "{whole} were frozen whole");
}

/// An account writes what the wallet buys, in pieces that leave the pool flat; the wallet buys what else there is to be had on the
/// tail that this loads; then the account buys back.
fn freeze_by_writing(written: U256, filler: U256) -> Freeze {
    let mut thief = Thief::new();
    let mut size = I256::ZERO;
    for piece in ["10", "1"] {
        while thief.market.buy(thief.wallet, written, piece).is_ok() {
            let part = I256::from_raw(wad(piece));
            if thief.order(&[(written, -part)]).is_err() {
                thief.market.sell(thief.wallet, written, piece).unwrap();
                break;
            }
            size += part;
        }
    }
    assert!(size > I256::from_raw(wad("50")), "{size} are written");
    let empty = thief.market.risk();
    let used = float(empty.upsideUsed.max(empty.downsideUsed));
    assert!(used < 0.02, "{used} while the pool is flat");
    exhaust(&mut thief.market, thief.wallet, filler);
    let held = thief.market.risk();
    thief.order(&[(written, size)]).unwrap();
    let risk = thief.market.risk();
    let rise = |before, after| float(after) - float(before);
    let up = rise(held.upsideUsed, risk.upsideUsed);
    let down = rise(held.downsideUsed, risk.downsideUsed);
    assert!(up.max(down) > 0.05, "{up} and {down} are taken back");
    thief.end(&[written, filler])
}

/// What an account has written makes room that it takes back for next to nothing, whatever it is and however far in the money. Who
/// buys into that room pays for it.
#[test]
fn room_that_a_writer_made_and_takes_back_is_paid_for() {
    let mut all = true;
    for (index, days) in DAYS.into_iter().enumerate() {
        for (kind, strike, filler) in [
            ("call", "6250", "6250"),
            ("put", "1000", "1000"),
            ("call", "2500", "6250"),
            ("call", "2500", "1000"),
            ("call", "2250", "1000"),
            ("call", "2000", "1000"),
            ("put", "2500", "1000"),
            ("put", "2500", "6250"),
            ("put", "2775", "6250"),
            ("put", "3125", "6250"),
        ] {
            let series = if kind == "call" { call } else { put };
            let expiry = Market::new().expiries[index];
            let far = if filler == "6250" { call } else { put };
            let frozen = freeze_by_writing(series(expiry, strike), far(expiry, filler));
            frozen.print(&format!("{kind} {strike} beside {filler}"), days);
            all &= frozen.is_paid_for(days);
        }
    }
    assert!(all);
}

/// A spread on an account loads no tail until its short leg is bought back, which costs next to nothing. Its long leg is paid for.
#[test]
fn the_long_leg_of_a_spread_is_paid_for_before_the_short_one_goes() {
    let mut all = true;
    for (index, days) in DAYS.into_iter().enumerate() {
        for is_call in [true, false] {
            let mut thief = Thief::new();
            let expiry = thief.market.expiries[index];
            let (long, short) = if is_call {
                (call(expiry, "6250"), call(expiry, "6225"))
            } else {
                (put(expiry, "1000"), put(expiry, "1025"))
            };
            let mut spreads = 0;
            for size in ["80", "10", "1"] {
                let part = I256::from_raw(wad(size));
                while thief.order(&[(long, part), (short, -part)]).is_ok() {
                    thief.order(&[(short, part)]).unwrap();
                    spreads += 1;
                }
            }
            assert!(spreads > 3, "{spreads} spreads");
            let frozen = thief.end(&[]);
            frozen.print(
                if is_call {
                    "call spreads"
                } else {
                    "put spreads"
                },
                days,
            );
            all &= frozen.is_paid_for(days);
        }
    }
    assert!(all);
}

/// With what accounts may take back, the tails hold no more than the equity.
#[test]
fn nobody_opens_into_the_room_that_a_writer_takes_back() {
    let mut thief = Thief::new();
    let id = call(thief.market.expiries[0], "6250");
    let written = I256::from_raw(wad("90"));
    // Whoever buys what is written leaves the pool flat.
    thief.market.buy(thief.wallet, id, "90").unwrap();
    thief.order(&[(id, -written)]).unwrap();
    exhaust(&mut thief.market, thief.wallet, id);
    let used = float(thief.market.risk().upsideUsed);
    assert!(used > 0.7 && used < 0.79, "{used} beside 0.225 written");
}

/// Who writes, and nothing else, makes nobody pay more: what others hold is the same.
#[test]
fn what_somebody_writes_makes_nobody_elses_order_dearer() {
    let mut thief = Thief::new();
    let [week, month, _] = thief.market.expiries;
    let id = call(month, "3000");
    for _ in 0..6 {
        thief
            .market
            .buy(thief.wallet, call(month, "6250"), "50")
            .unwrap();
    }
    let used = float(thief.market.risk().upsideUsed);
    assert!(used > 0.7, "{used}");
    let before = thief.market.quote_buy(id, "5").unwrap();
    thief
        .order(&[(call(week, "2500"), -I256::from_raw(wad("5")))])
        .unwrap();
    thief
        .order(&[(call(month, "6250"), -I256::from_raw(wad("50")))])
        .unwrap();
    let after = thief.market.quote_buy(id, "5").unwrap();
    let capacity = |quoted: &IPool::Quote| quote(quoted.capacity);
    println!("{} before, {} after", capacity(&before), capacity(&after));
    assert!(capacity(&before) > 1.0);
    assert!(capacity(&after) <= 1.02 * capacity(&before));
}

/// The least that any order pays for what it adds to a tail, however short its term.
#[test]
fn a_part_of_a_tail_costs_its_part_of_the_least_charge() {
    let mut market = Market::new();
    let thief = market.world.actors.alice.address;
    market.enrich(thief);
    let id = call(market.expiries[0], "6250");
    let quoted = market.quote_buy(id, "100").unwrap();
    let charges = quote(quoted.spread + quoted.surcharge + quoted.capacity);
    let before = float(market.risk().upsideUsed);
    market.buy(thief, id, "100").unwrap();
    let used = float(market.risk().upsideUsed) - before;
    println!("{used} of capacity for {charges}");
    assert!(used > 0.2, "{used}");
    assert!(charges >= 0.9999 * 3.3e-4 * 1e6 * used);
}

/// 128 smallest positions, of which all but one lot each is sold again.
#[test]
fn filling_the_book_costs_rent_that_reselling_does_not_return() {
    for index in [0, 2] {
        let mut market = Market::new();
        let thief = market.world.actors.alice.address;
        let bob = market.world.actors.bob.address;
        market.enrich(thief);
        let expiry = market.expiries[index];
        let before = market.wealth(thief);
        let seconds = (expiry - market.world.chain.now()) as f64;
        let strikes: Vec<String> = (0..128).map(|k| (2_500 + 25 * k).to_string()).collect();
        for strike in &strikes {
            market.buy(thief, call(expiry, strike), "0.01").unwrap();
        }
        for strike in &strikes {
            market
                .sell(thief, call(expiry, strike), "0.009999")
                .unwrap();
        }
        let taken = market.view(IPool::bookCall {}).unwrap().len();
        assert_eq!(taken, 128, "every node is taken");
        market.refuses(
            bob,
            IPool::buyCall {
                id: call(expiry, "2475"),
                size: wad("1"),
                maxCost: U256::MAX,
                deadline: U256::MAX,
                receiver: bob,
            },
            IPool::TooManyNodes {
                limit: U256::from(128),
            },
        );
        let cost = before - market.wealth(thief);
        let insurance = quote(market.nav().insurance);
        println!(
            "{} days: {cost:.2}, of which {insurance:.2} are rent",
            DAYS[index]
        );
        let scarcity: f64 = (1..=128)
            .map(|free| (128.0 / f64::from(free)).powi(2))
            .sum();
        let rent = 2.0 * scarcity * seconds / 31_536_000.0;
        assert!(
            (insurance / rent - 1.0).abs() < 0.001,
            "{insurance} of {rent}"
        );
        assert!(insurance > if index == 0 { 1_000.0 } else { 13_300.0 });
        assert!(cost > insurance);
        // Those who hold what is there can trade it,
        market.buy(bob, call(expiry, &strikes[3]), "1").unwrap();
        // and whoever closes a node opens it for another.
        market
            .sell(thief, call(expiry, &strikes[9]), "0.000001")
            .unwrap();
        market.buy(bob, call(expiry, "2475"), "1").unwrap();
        market.assert_backed();
    }
}

#[test]
fn what_a_provider_takes_from_the_tails_is_paid_for() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let supply = market.shares_of(provider);
    market.deposit(bob, 1e6).unwrap();
    let id = call(market.expiries[2], "5000");
    for _ in 0..8 {
        market.buy(alice, id, "25").unwrap();
    }
    let used = float(market.risk().upsideUsed);
    assert!(used > 0.1, "{used}");
    let shares = market.shares_of(bob) / U256::from(2);
    let low = signed(market.nav().low) / f64::from(supply + market.shares_of(bob));
    let preview = market.preview_redeem(shares);
    let charge = low * f64::from(shares) - preview;
    let capacity = quote(market.nav().capacity);
    let paid = market.redeem(bob, shares).unwrap();
    let recorded = quote(market.nav().capacity) - capacity;
    let after = float(market.risk().upsideUsed);
    // T ρ X (u'^4 - u^4)/4 with ρ = 150 %, and 7 bp X ln(u'/u), with X = E u and E two millions.
    let years = (market.expiries[2] - market.world.chain.now()) as f64 / 31_536_000.0;
    let interest = 1.5 * years * 2e6 * used * (after.powi(4) - used.powi(4)) / 4.0;
    let least = interest.max(7e-4 * 2e6 * used * (after / used).ln());
    println!("{used} to {after} for {charge:.2}, at least {least:.2}, recorded {recorded:.2}");
    assert!(after > used * 1.2);
    assert!((paid - preview).abs() < 1e-5);
    assert!(charge > 0.98 * least && recorded > 0.98 * least, "{charge}");
    assert!(
        float(market.nav().unearned) >= recorded - 0.01,
        "earned over time"
    );
}

/// Parity gives the same exposure through the other kind, which does not tie up the strike or the spot in cash.
#[test]
fn nothing_opens_deep_in_the_money() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let week = market.expiries[0];
    for (id, low, high) in [
        (call(week, "1975"), "0.8", "2.5"),
        (call(week, "1000"), "0.8", "2.5"),
        (put(week, "3150"), "0.4", "1.25"),
        (put(week, "6250"), "0.4", "1.25"),
    ] {
        let strike = float(id & (U256::MAX >> 128));
        let error = IPool::MoneynessOutOfRange {
            moneyness: fixed(strike / 2_500.0),
            low: wad(low),
            high: wad(high),
        };
        let size = wad("1");
        market.view_refuses(IPool::quoteBuyCall { id, size }, error.clone());
        let buy = IPool::buyCall {
            id,
            size,
            maxCost: U256::MAX,
            deadline: U256::MAX,
            receiver: alice,
        };
        market.refuses(alice, buy, error);
    }
    // At the range's ends both kinds open, and what has moved beyond them can be closed.
    for id in [call(week, "2000"), put(week, "3125")] {
        market.buy(alice, id, "1").unwrap();
    }
    market.world.set_price(wad("2600")).unwrap();
    market.sell(alice, call(week, "2000"), "1").unwrap();
    market.world.set_price(wad("2400")).unwrap();
    market.sell(alice, put(week, "3125"), "1").unwrap();
}

/// Delta-one orders turn the pool's cash into base: what providers can't take out for it is paid for as all of the gate is, and
/// holders are not locked out.
#[test]
fn locking_the_cash_up_in_the_hedge_costs_by_the_day() {
    let mut market = market("400000", &[]);
    let (thief, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    market.enrich(thief);
    let held = put(market.expiries[1], "2500");
    market.buy(bob, held, "5").unwrap();
    let mut count = 0.0;
    let id = call(market.expiries[0], "2000");
    let before = market.wealth(thief);
    for size in ["50", "10", "1"] {
        while market.buy(thief, id, size).is_ok() {
            count += size.parse::<f64>().unwrap();
            market.push(thief, 2_500.0);
        }
    }
    let nav = market.nav();
    let cost = before - market.wealth(thief) - 500.0 * count;
    let out = quote(market.most_out(provider));
    println!(
        "{count} deep calls for {cost:.2} of charges: cash {:.0}, base {:.1}, provider may take {out:.0}",
        quote(nav.cash),
        float(nav.base)
    );
    assert!(count > 50.0 && float(nav.base) > 50.0);
    assert!(cost > 700.0, "{cost}");
    let taken = 1e6 - out;
    assert!(taken > 900_000.0, "the provider may take {out}");
    assert!(cost >= 0.0007 * DAYS[0] * taken, "{cost} for {taken}");
    // Whoever holds options is paid, out of base if need be.
    market.sell(bob, held, "5").unwrap();
    let owned = float(market.position_of(thief, id)).floor();
    market.sell(thief, id, &owned.to_string()).unwrap();
    let out = quote(market.most_out(provider));
    assert!(out > 900_000.0, "with that the provider may take {out}");
    market.assert_backed();
}
