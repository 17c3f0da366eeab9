//! A random walk of writers, holders and liquidators through prices, posts and two settlements. After every step the tokens are
//! there for all that is recorded, every series adds up over wallets, accounts and the pool, and the pot is what accounts have.

use std::collections::BTreeMap;

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::SolEvent;
use smirk_world::{abi::IPool, price::wad};

use crate::{
    checks::signed,
    common::{call, put, rng::Rng, Market, DAY},
};

const STEPS: usize = 200;

struct Walk {
    market: Market,
    rng: Rng,
    people: [Address; 4],
    series: Vec<U256>,
    expiries: [u64; 2],
    settled: Vec<u64>,
    /// What went through, by name.
    done: BTreeMap<&'static str, usize>,
}

/// Net position of the pool in a series, by its book.
fn net_of(book: &[IPool::BookNode], id: U256) -> I256 {
    let expiry = U256::from(expiry_of(id));
    let strike = id & U256::from(u128::MAX);
    let node = book
        .iter()
        .find(|node| node.expiry == expiry && node.strike == strike);
    node.map_or(
        I256::ZERO,
        |node| {
            if id.bit(192) {
                node.puts
            } else {
                node.calls
            }
        },
    )
}

fn expiry_of(id: U256) -> u64 {
    id.as_limbs()[2]
}

impl Walk {
    fn new(seed: u64) -> Walk {
        let mut market = Market::new();
        let actors = &market.world.actors;
        let people = [
            actors.alice.address,
            actors.bob.address,
            actors.carol.address,
            actors.provider.address,
        ];
        let week = market.expiries[0];
        let later = week + 3 * DAY;
        market.list(later, "0.74");
        let mut series = Vec::new();
        for expiry in [week, later] {
            for strike in ["2350", "2500", "2650"] {
                series.push(call(expiry, strike));
                series.push(put(expiry, strike));
            }
        }
        let mut walk = Walk {
            market,
            rng: Rng(seed),
            people,
            series,
            expiries: [week, later],
            settled: Vec::new(),
            done: BTreeMap::new(),
        };
        for person in walk.people {
            walk.market.deposit_margin(person, "2000");
        }
        walk
    }

    fn below(&mut self, count: usize) -> usize {
        self.rng.below(count as u64) as usize
    }

    fn person(&mut self) -> Address {
        let index = self.below(4);
        self.people[index]
    }

    fn one(&mut self) -> U256 {
        let index = self.below(self.series.len());
        self.series[index]
    }

    fn size(&mut self, most: u64) -> U256 {
        let lots = 10_000 + self.rng.below(most * 1_000_000);
        U256::from(lots) * U256::from(1_000_000_000_000u64)
    }

    fn note(&mut self, name: &'static str, went_through: bool) {
        if went_through {
            *self.done.entry(name).or_default() += 1;
        }
    }

    fn step(&mut self) {
        let (who, id) = (self.person(), self.one());
        match self.below(18) {
            0 | 1 => {
                let size = self.size(4);
                let buy = crate::checks::buy(id, size, who);
                let went = self.market.send(who, buy).is_ok();
                self.note("buy", went);
            }
            2 => {
                let held = self.market.position_of(who, id);
                let sell = crate::checks::sell(id, held, who);
                let went = self.market.send(who, sell).is_ok();
                self.note("sell", went);
            }
            3..=6 => self.trade(who),
            7 => {
                let size = self.market.position_of(who, id);
                let call = IPool::depositPositionCall { id, size };
                let went = self.market.send(who, call).is_ok();
                self.note("position in", went);
            }
            8 => {
                let held = self.market.leg_of(who, id);
                let (size, receiver) = (held.into_raw(), self.person());
                let call = IPool::withdrawPositionCall { id, size, receiver };
                let went = self.market.send(who, call).is_ok();
                self.note("position out", went);
            }
            9 => {
                let amount = U256::from(1 + self.rng.below(3_000_000_000));
                let went = if self.below(3) == 0 {
                    let account_ = who;
                    let call = IPool::depositMarginCall { amount, account_ };
                    self.market.send(who, call).is_ok()
                } else {
                    let receiver = who;
                    let call = IPool::withdrawMarginCall { amount, receiver };
                    self.market.send(who, call).is_ok()
                };
                self.note("margin", went);
            }
            10..=12 => self.liquidate(who),
            13 => {
                let account_ = self.person();
                let went = self.market.send(who, IPool::touchCall { account_ }).is_ok();
                self.note("touch", went);
            }
            _ => self.prices(),
        }
    }

    fn trade(&mut self, who: Address) {
        let count = 1 + self.below(4);
        let mut legs: Vec<IPool::Leg> = Vec::new();
        for _ in 0..count {
            let id = self.one();
            if legs.iter().any(|leg| leg.id == id) {
                continue;
            }
            let size = signed(self.size(3));
            let size = if self.below(3) == 0 { size } else { -size };
            legs.push(IPool::Leg { id, size });
        }
        let order = IPool::tradeOnAccountCall {
            legs,
            limit: I256::MAX,
            deadline: U256::MAX,
            account_: who,
        };
        let went = self.market.send(who, order).is_ok();
        self.note("trade", went);
    }

    fn liquidate(&mut self, by: Address) {
        let account_ = self.person();
        let before = self.market.account(account_);
        let _ = self.market.send(by, IPool::flagCall { account_ });
        let receiver = by;
        let call = IPool::liquidateCall { account_, receiver };
        if let Ok(receipt) = self.market.send(by, call) {
            assert!(before.value < signed(before.maintenance), "{before:?}");
            let event: IPool::Liquidated = self.market.event(&receipt);
            assert!(event.valueBefore < signed(event.requirementBefore));
            let covered = receipt
                .logs
                .iter()
                .any(|log| log.topics().first() == Some(&IPool::DebtCovered::SIGNATURE_HASH));
            self.note("liquidation", true);
            self.note("debt covered", covered);
        } else {
            assert!(
                before.value >= signed(before.maintenance)
                    || before.legs.is_empty()
                    || before
                        .legs
                        .iter()
                        .any(|leg| expiry_of(leg.id) <= self.market.world.chain.now())
                    || self.is_venue_away(),
                "{before:?}"
            );
        }
    }

    fn is_venue_away(&mut self) -> bool {
        let (venue, feed) = (
            self.market.world.venue_price().unwrap(),
            self.market.world.feed_price().unwrap(),
        );
        venue.abs_diff(feed) * U256::from(10_000) > feed * U256::from(7)
    }

    /// Time passes, spot moves, anchors follow; what has expired is settled, sooner or later.
    fn prices(&mut self) {
        self.market
            .world
            .chain
            .advance(3_600 + self.rng.below(36_000));
        let feed = self.market.world.feed_price().unwrap();
        let most = if self.below(5) == 0 { 150 } else { 40 };
        let move_ = U256::from(1_000 - most + self.rng.below(2 * most + 1));
        let price = feed * move_ / U256::from(1_000);
        self.market.world.set_price(price).unwrap();
        for expiry in self.expiries {
            let vol = self.rng.pick(&["0.70", "0.74", "0.78"]);
            let _ = self.market.post(expiry, vol);
        }
        let now = self.market.world.chain.now();
        for expiry in self.expiries {
            if expiry <= now && !self.settled.contains(&expiry) && self.below(2) == 0 {
                let latest = self.latest_round();
                for round in (latest.saturating_sub(12)..=latest).rev() {
                    let settle = crate::checks::settle(expiry, U256::from(round));
                    if self.market.send(self.people[2], settle).is_ok() {
                        self.settled.push(expiry);
                        self.note("settle", true);
                        self.claim_all(expiry);
                        break;
                    }
                }
            }
        }
    }

    /// The latest round's id: the same answer again is one more.
    fn latest_round(&mut self) -> u128 {
        self.market.world.refresh_feed().unwrap()
    }

    fn claim_all(&mut self, expiry: u64) {
        for id in self.series.clone() {
            for who in self.people {
                let size = self.market.position_of(who, id);
                if expiry_of(id) == expiry && !size.is_zero() {
                    let receiver = who;
                    let claim = IPool::claimCall { id, size, receiver };
                    let went = self.market.send(who, claim).is_ok();
                    self.note("claim", went);
                }
            }
        }
    }

    fn check(&mut self) {
        self.market.check_tokens();
        let accounts: Vec<IPool::Account> = self.people.map(|who| self.market.account(who)).into();
        let book = self.market.view(IPool::bookCall {}).unwrap();
        let (mut calls, mut puts, mut strikes) = (U256::ZERO, U256::ZERO, U256::ZERO);
        for id in self.series.clone() {
            if self.settled.contains(&expiry_of(id)) {
                continue;
            }
            let legs = accounts.iter().flat_map(|account| &account.legs);
            let sizes = legs.filter(|leg| leg.id == id).map(|leg| leg.size);
            let (mut longs, mut shorts) = (I256::ZERO, I256::ZERO);
            for size in sizes {
                longs += size.max(I256::ZERO);
                shorts += (-size).max(I256::ZERO);
            }
            let held = self.market.interest_of(id);
            assert_eq!((signed(held.0), signed(held.1)), (longs, shorts), "{id:x}");
            let wallets = self
                .people
                .map(|who| self.market.position_of(who, id))
                .iter()
                .sum::<U256>();
            let net = net_of(&book, id);
            assert_eq!(net, shorts - longs - signed(wallets), "{id:x}");
            let shorts = shorts.into_raw();
            if id.bit(192) {
                puts += shorts;
                strikes += shorts * (id & U256::from(u128::MAX)) / wad("1");
            } else {
                calls += shorts;
            }
        }
        let pot = self.market.pot();
        assert_eq!((pot.calls, pot.puts), (calls, puts));
        assert!(
            pot.putStrikes.abs_diff(strikes) < U256::from(1_000_000),
            "{pot:?}"
        );
        // What accounts have, with what is settled and not yet met, is the pot less what was lent to it; each settlement may
        // leave it an atom a series richer, and none poorer.
        let quotes: I256 = accounts.iter().map(|account| account.quote).sum();
        let gap = signed(pot.pot) - signed(pot.claim) - quotes;
        let shortfall = self.market.money().shortfall;
        assert!(
            !shortfall.is_zero() || (gap >= I256::ZERO && gap <= signed(U256::from(200))),
            "{gap} {pot:?}"
        );
    }
}

#[test]
fn everything_adds_up_on_a_random_walk_of_accounts() {
    let mut done = BTreeMap::new();
    for seed in 1..=5 {
        let mut walk = Walk::new(seed);
        for _ in 0..STEPS {
            walk.step();
            walk.check();
        }
        for (name, count) in walk.done {
            *done.entry(name).or_insert(0) += count;
        }
    }
    println!("{done:?}");
    for (name, least) in [
        ("buy", 50),
        ("sell", 5),
        ("trade", 60),
        ("position in", 3),
        ("position out", 3),
        ("margin", 20),
        ("touch", 40),
        ("liquidation", 3),
        ("settle", 6),
        ("claim", 5),
    ] {
        let count = done.get(name).copied().unwrap_or(0);
        assert!(count >= least, "{name}: {count} of {least}");
    }
}
