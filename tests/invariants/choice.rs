//! What is done next, at random.

use alloy_primitives::{Address, U256};
use smirk_world::price::wad;

use crate::{
    common::{DAY, WAD},
    lending::Mood,
    operation::Operation::{self, *},
    order::Part,
    state::{expiry_of, series, Walk},
    trade::{Limit, Terms},
};

const LOT: u64 = 1_000_000_000_000;
const THOUSANDTH: u64 = 1_000_000_000_000_000;

impl Walk {
    /// A random operation; most of them sensible, some out of range.
    pub fn random_operation(&mut self) -> Operation {
        if let Some(repair) = self.repair() {
            return repair;
        }
        match self.rng.below(1_000) {
            0..=314 => self.random_call(),
            315..=544 => self.random_account_call(),
            545..=599 => self.any_settlement(),
            600..=664 => {
                let (who, id, held) = self.any_settled_holding();
                let size = self.part_of(held);
                Claim { who, id, size }
            }
            665..=774 => self.random_keeping(),
            775..=989 => self.random_event(),
            _ => {
                let who = self.anyone();
                let choice = self.rng.below(13);
                Nonsense { who, choice }
            }
        }
    }

    /// A trade, a transfer, liquidity, a rebalance.
    fn random_call(&mut self) -> Operation {
        let (who, to) = (self.anyone(), self.anyone());
        let terms = self.any_terms();
        match self.rng.below(63) {
            0..=22 => {
                let (id, size) = (self.any_series(), self.any_size());
                Buy {
                    who,
                    id,
                    size,
                    terms,
                }
            }
            // Some markets only ever want more.
            23..=31 if self.hungry => {
                let (id, size) = (self.any_series(), self.any_size());
                Buy {
                    who,
                    id,
                    size,
                    terms,
                }
            }
            23..=36 => {
                let (who, id, held) = self.any_holding();
                let size = self.part_of(held);
                Sell {
                    who,
                    id,
                    size,
                    terms,
                }
            }
            37..=39 => {
                let (from, id, held) = self.any_holding();
                let size = self.part_of(held);
                TransferPosition { from, to, id, size }
            }
            40 => {
                let shares = self.part_of(self.shares_of(who));
                TransferShares {
                    from: who,
                    to,
                    shares,
                }
            }
            41 => {
                let (from, id, held) = self.any_holding();
                let shares = self.rng.one_in(2);
                let whole = if shares { self.shares_of(from) } else { held };
                let amount = self.part_of(whole);
                let id = (!shares).then_some(id);
                Spend {
                    from,
                    to,
                    id,
                    amount,
                }
            }
            42..=50 => self.random_liquidity(who, terms),
            51..=54 => Rebalance { who },
            55 | 56 => Trip,
            _ => self.random_order(terms),
        }
    }

    /// Two or three legs, of which some return what one holder has; seldom two of one series.
    fn random_order(&mut self, terms: Terms) -> Operation {
        let (who, id, held) = self.any_holding();
        let size = self.part_of(held).to();
        let sells = true;
        let mut legs = [Part { id, size, sells }; 3];
        let count = 2 + self.rng.below(2) as usize;
        let kept = self.rng.below(2) as usize;
        for leg in legs.iter_mut().take(count).skip(kept) {
            let held: Vec<U256> = self
                .positions
                .iter()
                .filter(|(_, holders)| holders.get(&who).is_some_and(|size| !size.is_zero()))
                .map(|(id, _)| *id)
                .collect();
            *leg = if held.is_empty() || self.rng.one_in(2) {
                Part {
                    id: self.any_series(),
                    size: self.any_size().to(),
                    sells: false,
                }
            } else {
                let id = self.rng.pick(&held);
                let size = self.part_of(self.position_of(who, id)).to();
                Part { id, size, sells }
            };
        }
        Order {
            who,
            legs,
            count,
            terms,
        }
    }

    fn random_liquidity(&mut self, who: Address, terms: Terms) -> Operation {
        let terms = self.rng.one_in(2).then_some(terms);
        let assets = self.any_assets();
        match self.rng.below(8) {
            0..=2 => Deposit { who, assets, terms },
            3 => {
                let shares = assets * U256::from(1_000);
                Mint { who, shares, terms }
            }
            4 | 5 => Withdraw { who, assets, terms },
            _ => {
                let shares = self.part_of(self.shares_of(who));
                Redeem { who, shares, terms }
            }
        }
    }

    /// What a keeper does, well or badly.
    fn random_keeping(&mut self) -> Operation {
        match self.rng.below(11) {
            0 | 1 => List {
                expiry: self.any_new_expiry(),
            },
            2..=4 => Post {
                expiry: self.any_listed(),
                vol: self.rng.pick(&[600, 690, 700, 710, 800, 1_100, 3_200]) * THOUSANDTH,
                wings: [
                    self.rng.pick(&[300, 400, 450, 1_700]),
                    self.rng.pick(&[200, 280, 320]),
                ],
                carry: self.rng.pick(&[-100, -20, 0, 30, 50, 80, 200, 400]) * THOUSANDTH as i64,
            },
            _ => Keep {
                percent: match self.rng.below(6) {
                    0 => self.rng.pick(&[70, 80, 130, 150]),
                    _ => 97 + self.rng.below(7),
                },
            },
        }
    }

    /// What happens around the pool.
    fn random_event(&mut self) -> Operation {
        let who = self.anyone();
        match self.rng.below(215) {
            0..=59 => Time {
                seconds: self.any_time(),
            },
            60..=99 => Price {
                price: self.near(self.spot(), 200),
                arbitrage: !self.rng.one_in(5),
            },
            100..=106 => Gap {
                price: self.near(self.spot(), 2_000),
            },
            107..=115 => Lag {
                price: self.near(self.spot(), 100),
            },
            116..=135 => Arbitrage,
            136..=147 => Push {
                who,
                price: self.near(self.spot(), 150),
            },
            148..=154 => Place {
                who,
                away: self.rng.below(16) as i32 - 8,
                width: 1 + self.rng.below(6) as i32,
            },
            155..=163 => self.any_removal(),
            164..=167 => Phase {
                overlap: self.rng.pick(&[0, 0, 60, 1_800, 7_200, 43_200]),
            },
            168..=170 => Incomplete,
            171..=174 => Skip {
                count: 1 + self.rng.below(3),
            },
            175..=179 => self.any_failure(),
            180 | 181 => Pause {
                who: self
                    .rng
                    .pick(&[who, self.market.world.actors.guardian.address]),
            },
            182..=184 => Resume {
                who: self
                    .rng
                    .pick(&[who, self.market.world.actors.owner.address]),
            },
            185..=204 => Time {
                seconds: self.any_time(),
            },
            _ => {
                let quote = self.rng.one_in(2);
                let amount = self.any_assets();
                Donate { quote, amount }
            }
        }
    }

    fn any_removal(&mut self) -> Operation {
        match self.placed.len() as u64 {
            0 => Arbitrage,
            count => Remove {
                index: self.rng.below(count) as usize,
            },
        }
    }

    /// Nothing stays broken for long.
    fn repair(&mut self) -> Option<Operation> {
        let owner = self.market.world.actors.owner.address;
        if self.moody && self.rng.one_in(30) {
            return Some(Lend {
                mood: Mood::Recovers,
            });
        }
        if self.feed.dead {
            self.rng.one_in(8).then_some(FeedDies { dead: false })
        } else if !self.feed.sequencer_up {
            self.rng.one_in(8).then_some(Sequencer { up: true })
        } else if self.now() - self.feed.sequencer_since <= 3_600 {
            self.rng.one_in(8).then_some(Time { seconds: 3_600 })
        } else if self.paused() {
            self.rng.one_in(8).then_some(Resume { who: owner })
        } else {
            let now = self.now();
            let slices = self.book().slices;
            let mut live = slices.iter().filter(|(slice, _)| slice.expiry > now);
            let stale = live.any(|(slice, _)| now - slice.posted_at > 21_600);
            let behind = stale || self.feed.unfit(now).is_some();
            (behind && self.rng.one_in(6)).then_some(Keep { percent: 100 })
        }
    }

    /// Feed or sequencer fails.
    fn any_failure(&mut self) -> Operation {
        match self.rng.below(8) {
            0 => FeedDies { dead: true },
            1 => Sequencer { up: false },
            _ => Arbitrage,
        }
    }
}

impl Walk {
    pub fn anyone(&mut self) -> Address {
        let people = self.people;
        self.rng.pick(&people)
    }

    pub fn any_terms(&mut self) -> Terms {
        Terms {
            limit: self.rng.pick(&[
                Limit::None,
                Limit::None,
                Limit::Exact,
                Limit::Exact,
                Limit::Better,
            ]),
            late: self.rng.one_in(30),
        }
    }

    /// Strikes near the money, seldom anywhere on the grid from a third to three times spot.
    pub fn any_series(&mut self) -> U256 {
        let expiry = self.any_listed();
        let spot: u64 = (self.spot() / WAD).to();
        let strike = match self.rng.below(12) {
            0 => (spot / 3 + self.rng.below(spot * 8 / 3)) / 25 * 25,
            _ => (spot / 100 + self.rng.below(7)).saturating_sub(3) * 100,
        };
        let put = self.rng.below(2) & !(self.hungry as u64);
        series(put, expiry, U256::from(strike.max(100)) * WAD)
    }

    pub fn any_size(&mut self) -> U256 {
        let hundredths = self
            .rng
            .pick(&[1, 10, 55, 100, 300, 300, 1_000, 1_000, 4_000, 20_000]);
        match self.rng.below(60) {
            0 => U256::from(self.rng.below(20)) * U256::from(LOT),
            1 => U256::from(1_234_567_891_011_121u64),
            _ => U256::from(1 + self.rng.below(hundredths)) * WAD / U256::from(100),
        }
    }

    pub fn any_assets(&mut self) -> U256 {
        let most = if self.hungry {
            1_000_000
        } else {
            400_000_000_000
        };
        let millionths = self.rng.pick(&[1, 1_000_000, 1_000_000_000, most]);
        let quote = U256::from(1 + self.rng.below(millionths)) * U256::from(LOT);
        quote / U256::from(self.ledger.quote_scale)
    }

    /// A part of something on the lot grid, sometimes all of it, seldom more.
    pub fn part_of(&mut self, whole: U256) -> U256 {
        let lot = U256::from(LOT);
        match self.rng.below(10) {
            0 => whole + lot,
            1..=5 => whole,
            6 => whole.min(lot),
            parts => whole / lot / U256::from(parts - 5) * lot,
        }
    }

    pub fn any_listed(&mut self) -> u64 {
        let after = if self.rng.one_in(15) { 0 } else { self.now() };
        let listed: Vec<u64> = self.listed.range(after..).copied().collect();
        if listed.is_empty() || self.rng.one_in(60) {
            return self.now() / DAY * DAY;
        }
        if self.hungry && self.rng.one_in(2) {
            return listed[0];
        }
        self.rng.pick(&listed)
    }

    /// Days ahead at eight, or some full hour of the next two days; in part far too soon.
    pub fn any_new_expiry(&mut self) -> u64 {
        let now = self.now();
        if self.listed.len() >= 9 && !self.rng.one_in(4) {
            return now + self.rng.below(3_700);
        }
        match self.rng.below(16) {
            0..=5 => (now / 3_600 + 1 + self.rng.below(48)) * 3_600,
            6 => (now / DAY + self.rng.below(800)) * DAY + 8 * 3_600,
            _ => (now / DAY + 1 + self.rng.below(12)) * DAY + 8 * 3_600,
        }
    }

    /// Some time, often to about the next expiry, seldom longer than a feed is waited for.
    fn any_time(&mut self) -> u64 {
        let now = self.now();
        let next = self.listed.iter().copied().find(|expiry| *expiry > now);
        match (self.rng.below(40), next) {
            (0, _) => 3 * DAY + self.rng.below(DAY),
            (1..=6, Some(expiry)) if expiry - now < 2 * DAY => {
                (expiry - now + self.rng.below(120)).saturating_sub(60)
            }
            _ => self
                .rng
                .pick(&[1, 12, 60, 60, 300, 600, 1_800, 3_601, 7_200, 43_200]),
        }
    }

    /// A price within so many basis points of another, and between 800 and 9,000.
    pub fn near(&mut self, price: U256, most: u64) -> U256 {
        // Who wants calls is right more often than not.
        let drift = if self.hungry { most / 5 } else { 0 };
        let factor = U256::from(10_000 - most + drift + self.rng.below(2 * most + 1));
        let moved = price * factor / U256::from(10_000);
        // Where the walk would leave, it turns.
        let centred = if moved < wad("1200") {
            moved * U256::from(11) / U256::from(10)
        } else if moved > wad("5500") {
            moved * U256::from(9) / U256::from(10)
        } else {
            moved
        };
        centred.clamp(wad("800"), wad("9000"))
    }

    /// A holding of an unsettled series.
    pub fn any_holding(&mut self) -> (Address, U256, U256) {
        self.any_holding_of(|walk, id| walk.listed.contains(&expiry_of(id)))
    }

    pub fn any_settled_holding(&mut self) -> (Address, U256, U256) {
        if self.rng.one_in(20) {
            return self.any_holding();
        }
        self.any_holding_of(|walk, id| !walk.listed.contains(&expiry_of(id)))
    }

    fn any_holding_of(&mut self, of: fn(&Walk, U256) -> bool) -> (Address, U256, U256) {
        let found: Vec<(Address, U256, U256)> = self
            .positions
            .iter()
            .filter(|(id, _)| of(self, **id))
            .flat_map(|(id, holders)| holders.iter().map(|(who, size)| (*who, *id, *size)))
            .filter(|(_, _, size)| !size.is_zero())
            .collect();
        if found.is_empty() || self.rng.one_in(50) {
            let id = series(0, self.now(), wad("100"));
            return (self.anyone(), id, U256::ZERO);
        }
        self.rng.pick(&found)
    }

    pub fn any_settlement(&mut self) -> Operation {
        let now = self.now();
        let expired: Vec<u64> = self
            .listed
            .iter()
            .copied()
            .filter(|expiry| *expiry <= now)
            .collect();
        let expiry = match expired.is_empty() || self.rng.one_in(20) {
            true => self.any_listed(),
            false => self.rng.pick(&expired),
        };
        let round = self.any_round(expiry);
        Settle { expiry, round }
    }

    /// Mostly the first round at or after expiry of some phase.
    fn any_round(&mut self, expiry: u64) -> u128 {
        let phase = self.feed.latest >> 64;
        let phase = phase - (self.rng.below(3) as u128).min(phase - 1);
        let first = self
            .feed
            .first_at(phase, expiry)
            .unwrap_or(self.feed.latest);
        match self.rng.below(8) {
            0 => first.saturating_sub(1),
            1 => first + 1,
            2 => self.feed.latest,
            _ => first,
        }
    }
}
