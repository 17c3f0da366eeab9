//! What is done next on accounts and at the lender, at random.

use alloy_primitives::{Address, U256};

use crate::{
    accounts::Account,
    lending::Mood,
    operation::Operation::{self, *},
    order::Part,
    state::{expiry_of, Walk},
    trade::Terms,
};

impl Walk {
    /// Margin, positions, orders on accounts, liquidations.
    pub fn random_account_call(&mut self) -> Operation {
        let (who, account) = (self.anyone(), self.anyone());
        let terms = self.any_terms();
        match self.rng.below(100) {
            _ if self.rng.one_in(4) && !self.fallen().is_empty() => self.any_liquidation(who),
            0..=9 => DepositMargin {
                who,
                account: if self.rng.one_in(4) { account } else { who },
                amount: self.any_margin(),
            },
            10..=18 => self.any_withdrawal(who),
            19..=22 => {
                let (who, id, held) = self.any_holding();
                let size = self.part_of(held);
                PutIn { who, id, size }
            }
            23..=28 => {
                let (who, id, held) = self.any_leg(|size| size > 0);
                let size = self.part_of(held);
                TakeOut {
                    who,
                    to: account,
                    id,
                    size,
                }
            }
            29..=66 => self.random_write(who, account, terms),
            67..=71 => Touch { who, account },
            72..=75 => Delegate {
                who,
                to: account,
                approved: !self.rng.one_in(3),
            },
            76..=82 => Flag { who, account },
            83..=93 => self.any_liquidation(who),
            _ => Lend {
                mood: self.any_mood(),
            },
        }
    }

    /// Up to what some ten options need.
    fn any_margin(&mut self) -> U256 {
        match self.rng.below(5) {
            0 => self.any_assets(),
            most => {
                let quote = 1 + self.rng.below(200 * most * most * most);
                self.quote_atoms(quote)
            }
        }
    }

    /// All of it, a part, too much; mostly what the requirement leaves.
    fn any_withdrawal(&mut self, who: Address) -> Operation {
        let account = self.met(who);
        let held = U256::from(account.quote.max(0) as u128);
        let health = self.health(&account);
        let spare = health.value.saturating_sub_unsigned(health.initial).max(0);
        let spare = U256::from(spare as u128) / U256::from(self.ledger.quote_scale);
        let amount = match self.rng.below(8) {
            0 => self.any_assets(),
            1 => held + U256::from(1),
            2 => held,
            3 => spare + U256::from(1),
            4 => held / U256::from(3),
            _ => held.min(spare),
        };
        WithdrawMargin { who, amount }
    }

    /// One to four legs, of which some close what the account has; seldom by somebody else.
    fn random_write(&mut self, who: Address, other: Address, terms: Terms) -> Operation {
        let account = if self.rng.one_in(8) { other } else { who };
        let count = self.rng.pick(&[1, 1, 1, 2, 2, 3, 4]);
        let held = self.accounts.get(account);
        let mut legs = [self.any_new_leg(); 4];
        for leg in legs.iter_mut().take(count) {
            let close = !held.legs.is_empty() && self.rng.one_in(2);
            *leg = if close {
                self.any_close(&held)
            } else {
                self.any_new_leg()
            };
        }
        Write {
            who,
            account,
            legs,
            count,
            terms,
        }
    }

    /// A leg that closes something, mostly of what has not expired.
    fn any_close(&mut self, account: &Account) -> Part {
        let now = self.now();
        let all = || account.legs.iter().map(|(id, size)| (*id, *size));
        let live: Vec<(U256, i128)> = all().filter(|(id, _)| expiry_of(*id) > now).collect();
        let all: Vec<(U256, i128)> = all().collect();
        let (id, size) = match live.is_empty() || self.rng.one_in(10) {
            true => self.rng.pick(&all),
            false => self.rng.pick(&live),
        };
        let part = self.part_of(U256::from(size.unsigned_abs()));
        Part {
            id,
            size: part.to(),
            sells: size > 0,
        }
    }

    /// Written three times out of four.
    fn any_new_leg(&mut self) -> Part {
        Part {
            id: self.any_series(),
            size: self.any_size().to(),
            sells: !self.rng.one_in(4),
        }
    }

    /// A leg of some account.
    fn any_leg(&mut self, of: fn(i128) -> bool) -> (Address, U256, U256) {
        let found: Vec<(Address, U256, i128)> = self
            .accounts
            .of
            .iter()
            .flat_map(|(who, account)| account.legs.iter().map(|(id, size)| (*who, *id, *size)))
            .filter(|(_, _, size)| of(*size))
            .collect();
        if found.is_empty() || self.rng.one_in(30) {
            return (
                self.anyone(),
                self.any_series(),
                U256::from(1_000_000_000_000u64),
            );
        }
        let (who, id, size) = self.rng.pick(&found);
        (who, id, U256::from(size.unsigned_abs()))
    }

    /// Mostly of who is below the requirement, if anybody is.
    fn any_liquidation(&mut self, who: Address) -> Operation {
        let fallen = self.fallen();
        let account = match fallen.is_empty() || self.rng.one_in(5) {
            true => self.anyone(),
            false => self.rng.pick(&fallen),
        };
        match self.rng.one_in(4) {
            true => Flag { who, account },
            false => Liquidate { who, account },
        }
    }

    /// Who is below the requirement.
    fn fallen(&self) -> Vec<Address> {
        let people = self.people.into_iter();
        people
            .filter(|owner| !self.health(&self.met(*owner)).stays())
            .collect()
    }

    fn any_mood(&mut self) -> Mood {
        let base = self.rng.one_in(2);
        match self.rng.below(16) {
            0 | 1 => Mood::Freezes { base },
            2 | 3 => Mood::Pauses { base },
            4 => Mood::PausesAll,
            5 | 6 => Mood::CapsLoans,
            7 => Mood::CapsDeposits,
            8 | 9 => Mood::IsLentOut { base },
            10..=12 => Mood::Recovers,
            13 => Mood::Gives { base },
            _ => Mood::Idles {
                tenths: self.rng.pick(&[0, 0, 2, 5]),
            },
        }
    }
}
