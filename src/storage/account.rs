//! Accounts: quote and signed legs of one owner, who may trade for it, and what all accounts hold of each series.
//!
//! A leg keeps its strike in quote rather than in ticks, because it may outlive its expiry, and with that the tick.

use alloy_primitives::{Address, U256};
use smirk_engine::{
    series::{self, Series},
    state::{Kind, MAX_LEGS},
};

use super::{
    shorts::STRIKE_UNIT,
    slots::{entry, ACCOUNTS, DELEGATES, OPEN_INTEREST},
};
use crate::{
    error::{refuse, Refusal},
    io::host,
    words::{Word, Words},
    Pool,
};

/// Bit of an account's traits that says that its debt is noted as unmet.
const UNMET: u32 = 40;
const LOT_BITS: u32 = 44;
const EXPIRY_BITS: u32 = 32;
/// A leg's kind and expiry lie above its lots, and its strike above those.
const STRIKE_SHIFT: u32 = LOT_BITS + 1 + EXPIRY_BITS;
/// Most lots of a leg on either side; what a node holds is less.
const MOST_LOTS: u64 = (1 << (LOT_BITS - 1)) - 1;
/// Greatest stored strike.
const MOST_STRIKE: u128 = (1 << (128 - STRIKE_SHIFT)) - 1;

/// A position of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// What it is a position in.
    pub series: Series,
    /// Size in lots, positive when the account is long; never zero.
    pub lots: i64,
}

const NONE: Leg = Leg {
    series: Series {
        kind: Kind::Call,
        strike: 0,
        expiry: 0,
    },
    lots: 0,
};

/// One owner's account.
#[derive(Clone, Copy)]
pub struct Account {
    /// Recorded quote, atoms; below zero what the account owes after a settlement.
    pub quote: i128,
    /// When anybody found it below maintenance, unix seconds; zero for never since it last was above.
    pub flagged_at: u64,
    /// What of its debt is noted as unmet, atoms: all while it may not be able to pay it, else nothing.
    pub unmet: u128,
    legs: [Leg; MAX_LEGS],
    count: usize,
}

/// What a change of a leg does to the accounts' positions in its series, lots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// To what accounts are long.
    pub longs: i64,
    /// To what accounts are short.
    pub shorts: i64,
}

impl Account {
    /// The legs, in no order.
    pub fn legs(&self) -> &[Leg] {
        &self.legs[..self.count]
    }

    /// Whether the account is short of anything.
    pub fn is_short(&self) -> bool {
        self.legs().iter().any(|leg| leg.lots < 0)
    }

    /// The last expiry of a leg that is past it and waits for its settlement price, unix seconds.
    #[inline(never)]
    pub fn awaited(&self, now: u64) -> Option<u64> {
        let expiries = self.legs().iter().map(|leg| leg.series.expiry);
        expiries.filter(|expiry| *expiry <= now).max()
    }

    /// The leg in a series, lots; zero without one.
    pub fn lots(&self, series: &Series) -> i64 {
        self.legs()
            .iter()
            .find(|leg| leg.series == *series)
            .map_or(0, |leg| leg.lots)
    }

    /// Adds lots to the leg in a series, in memory. Returns what that does to all accounts' positions.
    ///
    /// # Errors
    /// `TooManyLegs` for one more than fit, `ValueTooLarge` for a leg or a strike beyond its range.
    pub fn add(&mut self, series: &Series, lots: i64) -> Result<Change, Refusal> {
        let index = match self.legs().iter().position(|leg| leg.series == *series) {
            Some(index) => index,
            None if self.count == MAX_LEGS => {
                return Err(refuse!(TooManyLegs, MAX_LEGS as u64));
            }
            None => {
                self.legs[self.count] = Leg {
                    series: *series,
                    lots: 0,
                };
                self.count += 1;
                self.count - 1
            }
        };
        let before = self.legs[index].lots;
        let after = before.saturating_add(lots);
        if after.unsigned_abs() > MOST_LOTS {
            return Err(refuse!(ValueTooLarge, after.unsigned_abs(), MOST_LOTS));
        }
        if series.strike / STRIKE_UNIT > MOST_STRIKE {
            return Err(refuse!(
                ValueTooLarge,
                series.strike,
                MOST_STRIKE * STRIKE_UNIT
            ));
        }
        self.legs[index].lots = after;
        if after == 0 {
            self.remove(index);
        }
        Ok(Change {
            longs: after.max(0) - before.max(0),
            shorts: (-after).max(0) - (-before).max(0),
        })
    }

    /// Removes a leg, the last taking its place.
    pub fn remove(&mut self, index: usize) {
        self.count -= 1;
        self.legs[index] = self.legs[self.count];
    }
}

/// What an account with this quote owes.
pub fn debt(quote: i128) -> u128 {
    quote.min(0).unsigned_abs()
}

fn slot(pool: &Pool, owner: Address) -> U256 {
    entry(pool, ACCOUNTS, Words::none().with(owner))
}

fn pack(leg: &Leg) -> u128 {
    if leg.lots == 0 {
        return 0;
    }
    let put = (leg.series.kind == Kind::Put) as u128;
    let lots = leg.lots as u64 & ((1 << LOT_BITS) - 1);
    lots as u128
        | put << LOT_BITS
        | (leg.series.expiry as u128) << (LOT_BITS + 1)
        | (leg.series.strike / STRIKE_UNIT) << STRIKE_SHIFT
}

fn unpack(bits: u128) -> Leg {
    let lots = (bits as u64) << (64 - LOT_BITS);
    Leg {
        series: Series {
            kind: if bits >> LOT_BITS & 1 == 1 {
                Kind::Put
            } else {
                Kind::Call
            },
            strike: (bits >> STRIKE_SHIFT) * STRIKE_UNIT,
            expiry: (bits >> (LOT_BITS + 1)) as u64 & ((1 << EXPIRY_BITS) - 1),
        },
        lots: lots as i64 >> (64 - LOT_BITS),
    }
}

/// Reads an account; one that was never used is empty.
#[inline(never)]
pub fn load(pool: &Pool, owner: Address) -> Account {
    let slot = slot(pool, owner);
    let [low, high, traits, _] = *host::load(pool, slot).as_limbs();
    let quote = (low as u128 | (high as u128) << 64) as i128;
    let mut account = Account {
        quote,
        flagged_at: traits >> 8 & 0xffff_ffff,
        unmet: if traits >> UNMET == 0 { 0 } else { debt(quote) },
        legs: [NONE; MAX_LEGS],
        count: (traits as u8 as usize).min(MAX_LEGS),
    };
    for (index, pair) in account.legs[..account.count].chunks_mut(2).enumerate() {
        let limbs = *host::load(pool, slot + U256::from(index + 1)).as_limbs();
        for (leg, half) in pair.iter_mut().zip(limbs.chunks(2)) {
            *leg = unpack(half[0] as u128 | (half[1] as u128) << 64);
        }
    }
    account
}

/// Writes an account; words that stay as they are are not written.
#[inline(never)]
pub fn store(pool: &mut Pool, owner: Address, account: &Account) {
    let slot = slot(pool, owner);
    let is_unmet = (account.unmet != 0) as u64;
    let traits = account.count as u64 | account.flagged_at << 8 | is_unmet << UNMET;
    let quote = account.quote as u128;
    let word = U256::from_limbs([quote as u64, (quote >> 64) as u64, traits, 0]);
    host::store(pool, slot, word);
    for (index, pair) in account.legs[..account.count].chunks(2).enumerate() {
        let mut limbs = [0; 4];
        for (leg, half) in pair.iter().zip(limbs.chunks_mut(2)) {
            let bits = pack(leg);
            (half[0], half[1]) = (bits as u64, (bits >> 64) as u64);
        }
        let (slot, word) = (slot + U256::from(index + 1), U256::from_limbs(limbs));
        if host::load(pool, slot) != word {
            host::store(pool, slot, word);
        }
    }
}

/// Whether `delegate` may trade on the account of `owner`.
pub fn is_delegate(pool: &Pool, owner: Address, delegate: Address) -> bool {
    !host::load(
        pool,
        entry(pool, DELEGATES, Words::none().with(owner).with(delegate)),
    )
    .is_zero()
}

/// Names or removes a delegate.
pub fn set_delegate(pool: &mut Pool, owner: Address, delegate: Address, approved: bool) {
    let slot = entry(pool, DELEGATES, Words::none().with(owner).with(delegate));
    host::store(pool, slot, (approved as u64).word());
}

/// What all accounts hold at one strike of one expiry, lots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Longs and shorts in calls.
    pub calls: [u64; 2],
    /// Longs and shorts in puts.
    pub puts: [u64; 2],
}

impl Interest {
    /// Longs and shorts of one kind.
    pub fn of(&self, kind: Kind) -> [u64; 2] {
        match kind {
            Kind::Call => self.calls,
            Kind::Put => self.puts,
        }
    }

    /// Shorts of both kinds.
    pub fn shorts(&self) -> u64 {
        self.calls[1].saturating_add(self.puts[1])
    }

    /// Whether no account holds anything there.
    pub fn is_empty(&self) -> bool {
        *self == Interest::default()
    }
}

#[inline(never)]
fn interest_slot(pool: &Pool, expiry: u64, strike: u128) -> U256 {
    let id = series::encode(&Series {
        kind: Kind::Call,
        strike,
        expiry,
    });
    entry(
        pool,
        OPEN_INTEREST,
        Words::none().with(U256::from_limbs(id)),
    )
}

/// What all accounts hold at a strike of an expiry.
pub fn interest(pool: &Pool, expiry: u64, strike: u128) -> Interest {
    interest_at(pool, interest_slot(pool, expiry, strike))
}

#[inline(never)]
fn interest_at(pool: &Pool, slot: U256) -> Interest {
    let [call_longs, call_shorts, put_longs, put_shorts] = *host::load(pool, slot).as_limbs();
    Interest {
        calls: [call_longs, call_shorts],
        puts: [put_longs, put_shorts],
    }
}

/// Whether any account holds anything at a strike of an expiry.
pub fn is_held(pool: &Pool, expiry: u64, strike: u128) -> bool {
    !interest(pool, expiry, strike).is_empty()
}

/// Changes what all accounts hold of a series. What they are short together is the caller's to change too. Returns what they hold
/// after.
#[inline(never)]
pub fn change_interest(pool: &mut Pool, series: &Series, change: Change) -> Interest {
    let slot = interest_slot(pool, series.expiry, series.strike);
    let mut interest = interest_at(pool, slot);
    let held = match series.kind {
        Kind::Call => &mut interest.calls,
        Kind::Put => &mut interest.puts,
    };
    held[0] = held[0].saturating_add_signed(change.longs);
    held[1] = held[1].saturating_add_signed(change.shorts);
    let Interest { calls, puts } = interest;
    let word = U256::from_limbs([calls[0], calls[1], puts[0], puts[1]]);
    host::store(pool, slot, word);
    interest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(kind: Kind, strike: u128, expiry: u64, lots: i64) -> Leg {
        Leg {
            series: Series {
                kind,
                strike,
                expiry,
            },
            lots,
        }
    }

    #[test]
    fn leg_survives_its_bits_at_both_ends_of_every_field() {
        let most = MOST_LOTS as i64;
        for lots in [-most, -1, 1, most] {
            for kind in [Kind::Call, Kind::Put] {
                for strike in [STRIKE_UNIT, MOST_STRIKE * STRIKE_UNIT] {
                    for expiry in [1, u32::MAX as u64] {
                        let leg = leg(kind, strike, expiry, lots);
                        assert_eq!(unpack(pack(&leg)), leg);
                    }
                }
            }
        }
        assert_eq!(pack(&NONE), 0);
        assert_eq!(unpack(0), NONE);
    }

    #[test]
    fn legs_add_up_turn_and_go() {
        let mut account = Account {
            quote: 0,
            flagged_at: 0,
            unmet: 0,
            legs: [NONE; MAX_LEGS],
            count: 0,
        };
        let a = leg(Kind::Call, 3_000 * STRIKE_UNIT, 7, 0).series;
        let b = leg(Kind::Put, 3_000 * STRIKE_UNIT, 7, 0).series;
        let change = |longs, shorts| Change { longs, shorts };
        assert_eq!(account.add(&a, 5).unwrap(), change(5, 0));
        assert_eq!(account.add(&b, -3).unwrap(), change(0, 3));
        assert_eq!(account.add(&a, -8).unwrap(), change(-5, 3));
        assert_eq!((account.lots(&a), account.lots(&b)), (-3, -3));
        assert_eq!(account.add(&a, 3).unwrap(), change(0, -3));
        assert_eq!(account.legs().len(), 1);
        assert_eq!(account.lots(&a), 0);
        for strike in 1..MAX_LEGS as u128 {
            let series = leg(Kind::Call, strike * STRIKE_UNIT, 9, 0).series;
            account.add(&series, 1).unwrap();
        }
        assert_eq!(account.legs().len(), MAX_LEGS);
        assert!(account.add(&a, 1).is_err());
        assert!(account.add(&b, -1).is_ok());
        let far = leg(Kind::Call, (MOST_STRIKE + 1) * STRIKE_UNIT, 9, 0).series;
        assert!(account.add(&b, 4).is_ok());
        assert!(account.add(&far, 1).is_err());
        assert!(account.add(&b, MOST_LOTS as i64 + 1).is_err());
    }
}
