//! The pool's money as its events add up to, kept beside the pool's own record of it.

use std::collections::BTreeMap;

use alloy_primitives::{I256, U256};
use smirk_world::abi::IPool::IPoolEvents as Event;

/// WAD per unit in which fees and unearned charges are stored.
const UNIT: u128 = 1_000_000_000_000;
/// A charge below this, quote WAD, is earned at once, and one for capacity is booked as a fee.
const LEAST_CHARGE: u128 = 1_000_000_000_000_000;
/// Short expiries that one call pays at most.
const MOST_FUNDED: usize = 4;

/// A settled expiry: its price, WAD, what its holders are owed and what of that is set aside, atoms.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    pub price: U256,
    pub owed: u128,
    pub funded: u128,
}

/// What is charged for capacity until one expiry.
#[derive(Clone, Copy, Debug, Default)]
pub struct Charged {
    /// Stored units, each charge rounded up.
    pub units: u128,
    /// Of these, what came since it was last looked at.
    pub fresh: u128,
    /// What was unearned then, and when that was.
    pub unearned: u128,
    pub at: u64,
}

/// Recorded money, atoms unless said otherwise.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// WAD per quote atom and per base atom.
    pub quote_scale: u128,
    pub base_scale: u128,
    pub cash: i128,
    pub base: i128,
    pub set_aside: u128,
    pub insurance: u128,
    /// Premiums received less premiums paid.
    pub premiums: i128,
    /// Stored units.
    pub fees: u128,
    pub capacity: u128,
    pub rent: u128,
    /// Deposits less withdrawals, set-asides and rewards.
    pub elsewhere: i128,
    pub hedge_flow: i128,
    pub hedge_cost: i128,
    pub settled: BTreeMap<u64, Settled>,
    /// What the swaps of the present call cost.
    pub spent: i128,
    /// The expiry until which the present call's leaver was charged.
    pub left_until: Option<u64>,
    /// Quote of accounts, and what of it the pool has lent.
    pub pot: i128,
    pub claim: i128,
    /// Base borrowed less repaid, and quote supplied less withdrawn.
    pub borrowed: i128,
    pub supplied: i128,
    /// What settled expiries owe the pot, which gets it once they are funded in full.
    pub to_pot: BTreeMap<u64, u128>,
    /// Of an order that is booked: its charges, its legs to come, the last expiry so far.
    pub order: ([U256; 3], u64, u64),
    /// By live expiry.
    pub charged: BTreeMap<u64, Charged>,
}

impl Ledger {
    /// Books an event.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::Bought(e) => {
                let charges = atoms(e.spread) + atoms(e.surcharge) + atoms(e.capacity);
                self.cash += atoms(e.premium) + charges;
                self.premiums += atoms(e.premium);
                self.insurance += atoms(e.rent) as u128;
                self.rent += atoms(e.rent) as u128;
                self.earn(e.id, e.spread, e.surcharge, e.capacity);
            }
            Event::Sold(e) => {
                let charges = atoms(e.spread) + atoms(e.surcharge) + atoms(e.capacity);
                self.cash -= atoms(e.premium) - charges;
                self.premiums -= atoms(e.premium);
                self.earn(e.id, e.spread, e.surcharge, e.capacity);
            }
            Event::Ordered(e) => {
                let charges = atoms(e.spread) + atoms(e.surcharge) + atoms(e.capacity);
                self.cash += signed(e.premium) + charges;
                self.premiums += signed(e.premium);
                self.insurance += atoms(e.rent) as u128;
                self.rent += atoms(e.rent) as u128;
                self.order = ([e.spread, e.surcharge, e.capacity], e.legs.to(), 0);
            }
            Event::LegFilled(e) => {
                let ([spread, surcharge, capacity], left, last) = &mut self.order;
                *left -= 1;
                *last = (*last).max(e.id.as_limbs()[2]);
                if *left == 0 {
                    let (spread, surcharge, capacity, last) =
                        (*spread, *surcharge, *capacity, *last);
                    self.earn(U256::from(last) << 128, spread, surcharge, capacity);
                }
            }
            Event::Hedged(e) => self.hedge(signed(e.baseAmount), atoms(e.quoteAmount), e.spot),
            Event::Rebalanced(e) => self.move_cash(-atoms(e.reward)),
            Event::Funded(e) => self.note_funded(e.expiry, atoms(e.amount) as u128),
            Event::Deposit(e) => self.move_cash(atoms(e.assets)),
            Event::Withdraw(e) => self.move_cash(-atoms(e.assets)),
            Event::ExitCharged(e) => self.charge_leaver(atoms(e.charge) as u128, e.expiry),
            Event::ClaimChanged(_)
            | Event::AccountsSettled(_)
            | Event::MarginDeposited(_)
            | Event::MarginWithdrawn(_)
            | Event::AccountTraded(_)
            | Event::Liquidated(_)
            | Event::DebtCovered(_)
            | Event::Insured(_) => self.note_pot(event),
            Event::LoanChanged(e) => self.note_loan(signed(e.borrowed), signed(e.supplied)),
            Event::LoanLiquidated(e) => {
                let (supplied, owed) = (atoms(e.collateral), atoms(e.debt));
                self.note_loan(-owed, -supplied);
                self.cash -= supplied;
                self.base += owed;
                self.hedge_flow -= supplied;
                self.hedge_cost += supplied - self.worth(owed, e.spot);
            }
            Event::Settled(e) => {
                let settled = Settled {
                    price: e.price,
                    owed: atoms(e.owed) as u128,
                    funded: 0,
                };
                self.settled.insert(e.expiry, settled);
                self.charged.remove(&e.expiry);
            }
            Event::Claimed(e) => {
                let payout = atoms(e.payout) as u128;
                let expiry = e.id.as_limbs()[2];
                let settled = self
                    .settled
                    .get_mut(&expiry)
                    .expect("claimed of a settled one");
                self.set_aside -= payout;
                settled.funded -= payout;
                settled.owed = settled.owed.saturating_sub(payout);
            }
            _ => {}
        }
    }

    /// What would be set aside for holders now, the oldest expiry first.
    pub fn fund(&mut self) {
        let short = self.settled.iter().filter(|(_, one)| one.owed > one.funded);
        let short: Vec<u64> = short.map(|(expiry, _)| *expiry).take(MOST_FUNDED).collect();
        for expiry in short {
            let settled = &self.settled[&expiry];
            let missing = settled.owed - settled.funded;
            let moved = missing.min(self.cash.max(0) as u128);
            self.note_funded(expiry, moved);
            if moved < missing {
                return;
            }
        }
    }

    /// Cash that was set aside for holders of the oldest expiry that lacked it; who is paid from accounts comes last within one.
    fn note_funded(&mut self, expiry: u64, moved: u128) {
        assert_eq!(expiry, self.oldest_short(), "the oldest is paid first");
        let settled = self.settled.get_mut(&expiry).expect("a settled expiry");
        settled.funded += moved;
        assert!(settled.funded <= settled.owed, "{moved} of {settled:?}");
        self.set_aside += moved;
        self.cash -= moved as i128;
        self.elsewhere -= moved as i128;
        if settled.funded == settled.owed {
            let part = self.to_pot.remove(&expiry).unwrap_or_default();
            settled.owed -= part;
            settled.funded -= part;
            self.set_aside -= part;
            self.pot += part as i128;
        }
    }

    /// What moves between accounts, the pool and the insurance.
    fn note_pot(&mut self, event: &Event) {
        match event {
            // Lent to the pot, or paid back by it.
            Event::ClaimChanged(e) => {
                let change = signed(e.change);
                self.claim += change;
                assert_eq!(self.claim, atoms(e.claim), "the claim");
                self.take_from_pot(-change);
            }
            Event::AccountsSettled(e) => match signed(e.amount) {
                amount if amount < 0 => {
                    self.to_pot.insert(e.expiry, amount.unsigned_abs());
                }
                amount => self.take_from_pot(amount),
            },
            Event::MarginDeposited(e) => self.pot += atoms(e.amount),
            Event::MarginWithdrawn(e) => self.pot -= atoms(e.amount),
            Event::AccountTraded(e) => self.pot -= signed(e.total),
            Event::Liquidated(e) => {
                self.pot -= signed(e.total) + atoms(e.reward) + atoms(e.insurance);
                self.insurance += atoms(e.insurance) as u128;
            }
            // What of the claim is forgiven was booked as if it had been paid back.
            Event::DebtCovered(e) => {
                self.insurance -= atoms(e.insurance) as u128;
                self.pot += atoms(e.insurance);
                self.take_from_pot(-atoms(e.pool));
            }
            Event::Insured(e) => {
                self.insurance += atoms(e.amount) as u128;
                self.move_cash(-atoms(e.amount));
            }
            _ => {}
        }
    }

    fn take_from_pot(&mut self, amount: i128) {
        self.pot -= amount;
        self.move_cash(amount);
    }

    /// A step at the lender: base comes with the debt, quote goes for collateral.
    fn note_loan(&mut self, borrowed: i128, supplied: i128) {
        self.borrowed += borrowed;
        self.supplied += supplied;
        self.base += borrowed;
        self.cash -= supplied;
    }

    /// A leaver's charge for capacity, which stays until the last expiry with positions.
    fn charge_leaver(&mut self, atoms: u128, last: u64) {
        self.capacity += atoms;
        self.elsewhere -= atoms as i128;
        self.left_until = Some(last);
        self.charge(last, atoms);
    }

    /// Owed to holders beyond what is set aside.
    pub fn shortfall(&self) -> u128 {
        let missing = |one: &Settled| one.owed - one.funded.min(one.owed);
        self.settled.values().map(missing).sum()
    }

    /// The oldest expiry whose holders are owed more than is set aside; zero for none.
    pub fn oldest_short(&self) -> u64 {
        let mut short = self.settled.iter().filter(|(_, one)| one.owed > one.funded);
        short.next().map_or(0, |(expiry, _)| *expiry)
    }

    /// Cash, and what of it stands at the lender.
    pub fn cash_and_supplied(&self) -> i128 {
        self.cash + self.supplied
    }

    /// Premiums, fees, capacity, the hedge's cash flow and the cash ledger together.
    pub fn sources(&self) -> i128 {
        let fees = self.fees * UNIT / self.quote_scale;
        self.premiums + fees as i128 + self.capacity as i128 + self.hedge_flow + self.elsewhere
    }

    /// An order's charges: a fee or for capacity, and all but what its hedge cost to be earned until the expiry.
    fn earn(&mut self, id: U256, spread: U256, surcharge: U256, capacity: U256) {
        let [spread, surcharge, capacity] =
            [spread, surcharge, capacity].map(|part| atoms(part) as u128);
        let spent = self.spent.max(0) as u128;
        let later = spread + capacity + surcharge.saturating_sub(spent);
        if later * self.quote_scale >= LEAST_CHARGE {
            self.charge(id.as_limbs()[2], later);
        }
        let small = capacity * self.quote_scale < LEAST_CHARGE;
        let booked = if small { 0 } else { capacity };
        self.fees += (spread + surcharge + capacity - booked) * self.quote_scale / UNIT;
        self.capacity += booked;
    }

    fn charge(&mut self, expiry: u64, atoms: u128) {
        let charged = self.charged.entry(expiry).or_default();
        let units = (atoms * self.quote_scale).div_ceil(UNIT);
        charged.units += units;
        charged.fresh += units;
    }

    fn hedge(&mut self, base: i128, quote: i128, spot: U256) {
        let atoms_of_base = base / self.base_scale as i128;
        let worth = self.worth(atoms_of_base.abs(), spot);
        // For less than an atom of base nothing is bought; nothing is never sold.
        let (flow, cost) = match base >= 0 {
            true => (-quote, quote - worth),
            false => (quote, worth - quote),
        };
        self.base += atoms_of_base;
        self.cash += flow;
        self.hedge_flow += flow;
        self.hedge_cost += cost;
        self.spent += cost;
    }

    /// What base atoms are worth at a price, quote atoms, rounded down.
    fn worth(&self, base: i128, spot: U256) -> i128 {
        let size = U256::from(base as u128) * U256::from(self.base_scale);
        let value = size * spot / U256::from(10).pow(U256::from(18));
        atoms(value / U256::from(self.quote_scale))
    }

    fn move_cash(&mut self, change: i128) {
        self.cash += change;
        self.elsewhere += change;
    }
}

fn atoms(word: U256) -> i128 {
    word.to::<u128>() as i128
}

/// A number that fits 128 bits.
pub fn signed(number: I256) -> i128 {
    i128::try_from(number).expect("money fits 128 bits")
}
