//! What is done next, at random.

use alloy_primitives::{Address, U256};
use smirk_world::price::wad;

use crate::{
    common::{call, put, DAY, WAD},
    operation::Operation::{self, *},
    state::{expiry_of, Walk},
};

impl Walk {
    /// A random operation; most of them sensible, some out of range.
    pub fn random_operation(&mut self) -> Operation {
        let who = self.rng.pick(&self.holders.clone());
        let to = self.rng.pick(&self.holders.clone());
        match self.rng.below(100) {
            0..=21 => Buy {
                who,
                id: self.any_series(),
                size: self.any_size(),
            },
            22..=34 => {
                let (who, id, held) = self.any_holding();
                Sell {
                    who,
                    id,
                    size: self.part_of(held),
                }
            }
            35 => {
                let (from, id, held) = self.any_holding();
                let shares = self.rng.one_in(2);
                let whole = if shares { self.shares_of(from) } else { held };
                Spend {
                    from,
                    to,
                    id: (!shares).then_some(id),
                    amount: self.part_of(whole),
                }
            }
            36..=39 => {
                let (from, id, held) = self.any_holding();
                TransferPosition {
                    from,
                    to,
                    id,
                    size: self.part_of(held),
                }
            }
            40..=41 => TransferShares {
                from: who,
                to,
                shares: self.part_of(self.shares_of(who)),
            },
            42..=45 => Deposit {
                who,
                assets: self.any_assets(),
            },
            46..=47 => Mint {
                who,
                shares: self.any_assets() * U256::from(1_000),
            },
            48..=51 => Withdraw {
                who,
                assets: self.any_assets(),
            },
            52..=55 => Redeem {
                who,
                shares: self.part_of(self.shares_of(who)),
            },
            56..=58 => Rebalance { who },
            59..=61 => self.any_settlement(),
            62..=65 => {
                let (who, id, held) = self.any_settled_holding();
                Claim {
                    who,
                    id,
                    size: self.part_of(held),
                }
            }
            66..=67 => List {
                expiry: self.any_new_expiry(),
            },
            68..=70 => Post {
                expiry: self.any_listed(),
                vol: self.any_vol(),
            },
            71..=76 => Keep,
            77..=85 => Price {
                price: self.any_price(),
                arbitrage: !self.rng.one_in(5),
            },
            86..=91 => Time {
                seconds: self.rng.pick(&[1, 60, 600, 1_800, 3_600, 7_200, 43_200]),
            },
            92 if self.rng.one_in(2) => Pause {
                who: self
                    .rng
                    .pick(&[who, self.market.world.actors.guardian.address]),
            },
            92..=94 => Resume {
                who: self
                    .rng
                    .pick(&[who, self.market.world.actors.owner.address]),
            },
            95 if self.rng.one_in(2) => Swap {
                who,
                quote: self.rng.one_in(2),
                amount: self.any_assets(),
            },
            95 => Donate {
                quote: self.rng.one_in(2),
                amount: self.any_assets(),
            },
            _ => Nonsense {
                who,
                choice: self.rng.below(12),
            },
        }
    }
}

impl Walk {
    pub fn any_series(&mut self) -> U256 {
        let expiry = self.any_listed();
        let spot: u64 = (self.spot() / WAD).to();
        let strike = (spot / 100 + self.rng.below(7)).saturating_sub(3) * 100;
        let strike = strike.max(100).to_string();
        if self.rng.one_in(2) {
            call(expiry, &strike)
        } else {
            put(expiry, &strike)
        }
    }

    pub fn any_size(&mut self) -> U256 {
        let hundredths = self.rng.pick(&[1, 10, 55, 100, 300, 1_000, 4_000]);
        U256::from(1 + self.rng.below(hundredths)) * WAD / U256::from(100)
    }

    pub fn any_assets(&mut self) -> U256 {
        let scale = self
            .rng
            .pick(&[1, 1_000_000, 1_000_000_000, 400_000_000_000]);
        U256::from(1 + self.rng.below(scale))
    }

    /// A part of something on the lot grid, sometimes all of it, seldom more.
    pub fn part_of(&mut self, whole: U256) -> U256 {
        let lot = U256::from(1_000_000_000_000u64);
        match self.rng.below(8) {
            0 => whole + lot,
            1..=4 => whole,
            parts => whole / lot / U256::from(parts - 3) * lot,
        }
    }

    pub fn any_listed(&mut self) -> u64 {
        let listed: Vec<u64> = self.listed.iter().copied().collect();
        if listed.is_empty() || self.rng.one_in(50) {
            return self.now() / DAY * DAY;
        }
        self.rng.pick(&listed)
    }

    pub fn any_new_expiry(&mut self) -> u64 {
        let ahead = if self.listed.len() < 6 {
            1 + self.rng.below(40)
        } else {
            self.rng.below(2) * 900
        };
        (self.now() / DAY + ahead) * DAY + 8 * 3_600
    }

    pub fn any_vol(&mut self) -> U256 {
        let thousandths = self.rng.pick(&[690, 700, 710, 2_000]);
        WAD * U256::from(thousandths) / U256::from(1_000)
    }

    /// Three per cent up or down at most, seldom thirty, between 1,200 and 6,000.
    pub fn any_price(&mut self) -> U256 {
        let most = if self.rng.one_in(25) { 3_000 } else { 300 };
        let factor = U256::from(10_000 - most + self.rng.below(2 * most + 1));
        (self.spot() * factor / U256::from(10_000)).clamp(wad("1200"), wad("6000"))
    }

    pub fn any_holding(&mut self) -> (Address, U256, U256) {
        let live = self.live_series();
        self.any_holding_of(&live)
    }

    pub fn any_settled_holding(&mut self) -> (Address, U256, U256) {
        let settled: Vec<U256> = self
            .series
            .iter()
            .copied()
            .filter(|id| self.settled.contains_key(&expiry_of(*id)))
            .collect();
        if self.rng.one_in(10) {
            return self.any_holding();
        }
        self.any_holding_of(&settled)
    }

    /// A holder of one of these series, if a few tries find one.
    pub fn any_holding_of(&mut self, series: &[U256]) -> (Address, U256, U256) {
        let mut found = (self.holders[0], call(self.now(), "100"), U256::ZERO);
        for _ in 0..8 {
            if series.is_empty() {
                break;
            }
            let (who, id) = (self.rng.pick(&self.holders.clone()), self.rng.pick(series));
            found = (who, id, self.position_of(who, id));
            if !found.2.is_zero() {
                break;
            }
        }
        found
    }

    pub fn any_settlement(&mut self) -> Operation {
        let now = self.now();
        let expired = self.listed.iter().copied().find(|expiry| *expiry <= now);
        let expiry = match expired {
            Some(expiry) if !self.rng.one_in(5) => expiry,
            _ => self.any_listed(),
        };
        let first = self
            .rounds
            .iter()
            .find(|(_, at, _)| *at >= expiry)
            .map_or(0, |round| round.0);
        let round = if self.rng.one_in(3) {
            self.rng.pick(&self.rounds.clone()).0
        } else {
            first
        };
        Settle { expiry, round }
    }
}
