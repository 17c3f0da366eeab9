//! Expiries and the market around the pool.

use alloy_primitives::{Address, I256, U256};
use smirk_world::abi::IPool;

use crate::{
    common::{DAY, WAD},
    feed::Ruling,
    state::{expiry_of, payoff, Walk},
};

impl Walk {
    pub fn settle(&mut self, expiry: u64, round: u128) {
        let now = self.now();
        let standing = self.proposals.get(&expiry).copied();
        let ruling = if now < expiry {
            Ruling::Refuses("NotExpired")
        } else if self.ledger.settled.contains_key(&expiry) {
            Ruling::Refuses("AlreadySettled")
        } else if !self.listed.contains(&expiry) {
            Ruling::Refuses("ExpiryNotListed")
        } else {
            self.feed.rule(expiry, round, now, standing.as_ref())
        };
        let owed = self.owed(expiry, &ruling);
        let who = self.people[0];
        let call = IPool::settleCall {
            expiry: U256::from(expiry),
            roundId: U256::from(round),
        };
        let result = self.send(who, call);
        let refusal = match ruling {
            Ruling::Refuses(name) => Some(name),
            _ => None,
        };
        self.judge("settle", result, refusal);
        match ruling {
            Ruling::Refuses(_) => {}
            Ruling::Proposes(proposal) => {
                self.done(match standing {
                    None => "proposal",
                    Some(_) => "proposal bettered",
                });
                self.proposals.insert(expiry, proposal);
            }
            Ruling::Settles(price) => {
                let settled = self.ledger.settled[&expiry];
                assert_eq!(settled.price, price, "{}: the right price", self.place());
                self.done(match standing {
                    Some(one) if now > one.first_at + 3_600 => "settled by a proposal",
                    _ if round == self.feed.latest || now < expiry + 3 * DAY => "settled at once",
                    _ => "settled by the feed's last round",
                });
                self.check_owed(expiry, owed);
                let cash = self.before.cash.to::<u128>().max(1);
                let percent = settled.owed * 100 / cash;
                self.tally
                    .at_most("owed at a settlement, % of cash", percent as u64);
                if settled.owed > settled.funded {
                    self.done("settled short");
                }
                self.listed.remove(&expiry);
                self.proposals.remove(&expiry);
            }
        }
    }

    /// What holders of an expiry are to be owed, each series rounded up to an atom.
    fn owed(&self, expiry: u64, ruling: &Ruling) -> U256 {
        let Ruling::Settles(price) = ruling else {
            return U256::ZERO;
        };
        let atom = WAD * U256::from(self.ledger.quote_scale);
        let series = self.positions.keys().filter(|id| expiry_of(**id) == expiry);
        // Payoffs are rounded up to a WAD first.
        let up = |id: &U256, size: U256| {
            let worth = payoff(*id, *price, size).div_ceil(WAD) * WAD;
            worth.div_ceil(atom)
        };
        let wallets: U256 = series.map(|id| up(id, self.held(*id))).sum();
        // Of accounts a series' longs and shorts count as one, in the pool's favour where they owe.
        let on_accounts = self.accounts.series();
        let on_accounts = on_accounts.iter().filter(|id| expiry_of(**id) == expiry);
        let mut to_accounts = I256::ZERO;
        for id in on_accounts {
            let (longs, shorts) = self.accounts.interest(*id);
            to_accounts += match shorts.checked_sub(longs) {
                Some(net) => -I256::from_raw(payoff(*id, *price, U256::from(net)) / atom),
                None => I256::from_raw(up(id, U256::from(longs - shorts))),
            };
        }
        wallets + to_accounts.max(I256::ZERO).into_raw()
    }

    fn check_owed(&self, expiry: u64, owed: U256) {
        let call = IPool::settlementCall {
            expiry: U256::from(expiry),
        };
        let mut market = self.market.clone();
        let said = market.view(call).unwrap();
        let settled = self.ledger.settled[&expiry];
        // What accounts were owed has gone to their pot if all of it could be paid.
        let paid = owed - U256::from(settled.owed);
        assert!(
            paid.is_zero() || settled.owed == settled.funded,
            "{}: {owed} owed, {settled:?}",
            self.place()
        );
        let owed = U256::from(settled.owed);
        assert_eq!(
            (said.price, said.owed, said.setAside),
            (settled.price, owed, U256::from(settled.funded)),
            "{}: the settlement",
            self.place()
        );
    }

    pub fn claim(&mut self, who: Address, id: U256, size: U256) {
        let settled = self.ledger.settled.get(&expiry_of(id)).copied();
        let enough = self.position_of(who, id) >= size;
        let due = settled.map_or(U256::ZERO, |settled| {
            payoff(id, settled.price, size) / WAD / U256::from(self.ledger.quote_scale)
        });
        let funded = self.funded_next(expiry_of(id));
        let refusal = if settled.is_none() {
            Some("NotSettled")
        } else if size.is_zero() {
            Some("SizeZero")
        } else if !enough {
            Some("InsufficientBalance")
        } else {
            (due > U256::from(funded)).then_some("InsufficientFreeCash")
        };
        // The lender may give collateral back for it.
        let recallable = self.has_lender() && refusal == Some("InsufficientFreeCash");
        let cash = self.cash_of(who);
        let call = IPool::claimCall {
            id,
            size,
            receiver: who,
        };
        let result = self.send(who, call);
        let refusal = refusal.filter(|_| !recallable || result.is_err());
        if let Some(paid) = self.judge("claim", result, refusal) {
            assert_eq!(paid, due, "{}: payout", self.place());
            assert_eq!(self.cash_of(who) - cash, paid);
        }
    }

    /// What will be set aside for an expiry once the cash there is has been.
    fn funded_next(&self, expiry: u64) -> u128 {
        let mut ledger = self.ledger.clone();
        ledger.fund();
        ledger.settled.get(&expiry).map_or(0, |one| one.funded)
    }

    pub fn list(&mut self, expiry: u64) {
        let now = self.now();
        let in_range = expiry > now + 3_600 && expiry <= now + 730 * DAY;
        let mut given_away = None;
        // The owner's alone gets a place that is taken.
        let is_owner = self.rng.one_in(2);
        let refusal = if !in_range {
            Some("ExpiryOutOfRange")
        } else if self.listed.contains(&expiry) {
            Some("ExpiryAlreadyListed")
        } else if self.listed.len() == 12 {
            given_away = self.farthest_empty().filter(|_| is_owner);
            given_away.is_none().then_some("TooManyExpiries")
        } else {
            None
        };
        let actors = &self.market.world.actors;
        let lister = if is_owner {
            &actors.owner
        } else {
            &actors.keeper
        }
        .address;
        let call = IPool::listExpiryCall {
            expiry: U256::from(expiry),
        };
        let result = self.send(lister, call);
        if self.judge("list", result, refusal).is_some() {
            if let Some(empty) = given_away {
                self.listed.remove(&empty);
                self.done("an empty place given away");
            }
            self.listed.insert(expiry);
            self.tally.at_most("expiries", self.listed.len() as u64);
        }
    }

    /// The farthest expiry in which nobody holds anything.
    fn farthest_empty(&self) -> Option<u64> {
        let book = self.book();
        let held = |index: usize| {
            book.nodes
                .iter()
                .any(|(node, _)| node.slice as usize == index)
        };
        let mut farthest = book.slices.iter().enumerate().rev();
        let (_, (slice, _)) = farthest.find(|(index, _)| !held(*index))?;
        Some(slice.expiry)
    }

    /// The feed's heartbeat, and the keeper's posts of all expiries at its vol times `percent`.
    pub fn keep(&mut self, percent: u64) {
        let (spot, now) = (self.spot(), self.now());
        self.push_round(spot, now);
        self.arbitrage();
        self.vol = (self.vol / 100 * percent).clamp(LEAST_VOL, MOST_VOL);
        let book = self.book();
        // From the far end or the near one, as calendar conditions let them pass.
        let mut slices: Vec<_> = book.slices.iter().map(|(slice, _)| *slice).collect();
        if percent >= 100 {
            slices.reverse();
        }
        let impatient = self.rng.one_in(8);
        for slice in slices {
            let due = now >= slice.posted_at + 300 && slice.expiry > now;
            if due || impatient {
                let carry = self.rng.below(40) as i64 * CARRY_STEP - 10 * CARRY_STEP;
                // A tenth at a time, of which far strikes make more.
                let vol = match slice.atm_vol {
                    0 => self.vol,
                    old => self.vol.clamp(old / 10 * 9, old / 10 * 11),
                };
                self.post(slice.expiry, vol, [400, 280], carry);
            }
        }
        self.done("keep");
    }

    pub fn move_price(&mut self, price: U256) {
        let now = self.now();
        self.price = price;
        self.push_round(price, now);
        // The feed's decimals are the price's.
        self.price = self.feed.rounds[&self.feed.latest].price;
        self.done("price");
    }

    /// Someone trades the venue to the feed's price.
    pub fn arbitrage(&mut self) {
        if self.feed.unreadable().is_none() {
            self.market.world.arbitrage().unwrap();
            self.done("arbitrage");
        }
    }

    /// The rest of what can be done by one call of a role.
    pub fn pause(&mut self, who: Address) {
        let actors = &self.market.world.actors;
        let may = who == actors.guardian.address || who == actors.owner.address;
        let result = self.send(who, IPool::pauseCall {});
        self.judge("pause", result, (!may).then_some("NotAuthorised"));
        assert!(!may || self.paused());
    }

    pub fn resume(&mut self, who: Address) {
        let may = who == self.market.world.actors.owner.address;
        let result = self.send(who, IPool::resumeCall {});
        self.judge("resume", result, (!may).then_some("NotAuthorised"));
        assert!(!may || !self.paused());
    }

    /// Tokens that nobody asked for: nothing recorded changes.
    pub fn donate(&mut self, quote: bool, amount: U256) {
        let (token, pool) = match quote {
            true => (self.market.world.quote, self.market.pool.address),
            false => (self.market.world.base, self.market.pool.address),
        };
        let before = self.money();
        self.market.world.mint(token, pool, amount).unwrap();
        assert_eq!(before, self.money());
        self.done("donate");
    }

    pub fn transfer_position(&mut self, from: Address, to: Address, id: U256, size: U256) {
        let enough = self.position_of(from, id) >= size;
        let whole = (size % U256::from(1_000_000_000_000u64)).is_zero();
        let call = IPool::transfer_1Call {
            receiver: to,
            id,
            amount: size,
        };
        let result = self.send(from, call);
        let refusal = match (whole, enough) {
            (false, _) => Some("SizeOffGrid"),
            (true, false) => Some("InsufficientBalance"),
            (true, true) => None,
        };
        self.judge("transfer position", result, refusal);
    }

    pub fn transfer_shares(&mut self, from: Address, to: Address, shares: U256) {
        let enough = self.shares_of(from) >= shares;
        let before = self.worth();
        let result = self.send(from, IPool::transfer_0Call { to, shares });
        let moved = self.judge(
            "transfer shares",
            result,
            (!enough).then_some("InsufficientBalance"),
        );
        if moved.is_some() {
            self.compare_worth(before);
        }
    }
}

/// Between which the keeper's vol wanders, and in what its carry is counted, WAD.
const LEAST_VOL: u64 = 400_000_000_000_000_000;
const MOST_VOL: u64 = 1_500_000_000_000_000_000;
const CARRY_STEP: i64 = 1_000_000_000_000_000;
