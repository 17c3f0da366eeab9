//! A lender with moods: it freezes, pauses, caps, is lent out, pays nothing back, and is itself again. Others give the pool what
//! nobody asked for, and the owner lends what is idle.

use alloy_primitives::{Address, U256};
use smirk_pool::storage::slots;
use smirk_world::{
    abi::{IPool, LendingPool, PoolConfigurator, VariableDebtToken},
    price::wad,
    Actor, Lender, VARIABLE,
};

use crate::state::{halves, Walk};

/// Caps as on Arbitrum One, whole tokens.
const BORROW_CAP: u64 = 126_000;
const SUPPLY_CAP: u64 = 350_000_000;

/// What becomes of the lender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Freezes {
        base: bool,
    },
    Pauses {
        base: bool,
    },
    PausesAll,
    CapsLoans,
    CapsDeposits,
    /// Somebody borrows all base, or all quote.
    IsLentOut {
        base: bool,
    },
    /// Everything is as it was.
    Recovers,
    /// Somebody supplies or repays in the pool's name.
    Gives {
        base: bool,
    },
    /// The owner lets this many tenths of the pool's cash stand there.
    Idles {
        tenths: u64,
    },
}

use Mood::*;

impl Walk {
    /// Lets the lender be so. Where its own rules forbid that it stays as it is.
    pub fn lend(&mut self, mood: Mood) {
        let Some(lender) = self.market.world.lender else {
            return;
        };
        match mood {
            Recovers => self.recover(&lender),
            IsLentOut { base } => self.lend_out(&lender, base),
            Gives { base } => self.give(&lender, base),
            Idles { tenths } => self.idle(tenths),
            _ => self.administer(&lender, mood),
        }
    }

    fn administer(&mut self, lender: &Lender, mood: Mood) {
        let (base, quote) = (self.market.world.base, self.market.world.quote);
        let asset = |is_base| if is_base { base } else { quote };
        let chain = &mut self.market.world.chain;
        let name = match mood {
            Freezes { base } => {
                let (asset, frozen) = (asset(base), true);
                let call = PoolConfigurator::setReserveFreezeCall { asset, frozen };
                lender.administer(chain, &call).unwrap();
                "lender freezes"
            }
            Pauses { base } => {
                let (asset, paused) = (asset(base), true);
                let call = PoolConfigurator::setReservePauseCall { asset, paused };
                lender.administer(chain, &call).unwrap();
                "lender pauses"
            }
            PausesAll => {
                let call = PoolConfigurator::setPoolPauseCall { paused: true };
                lender.administer(chain, &call).unwrap();
                "lender pauses"
            }
            CapsLoans => {
                let (asset, cap) = (base, U256::from(1));
                let call = PoolConfigurator::setBorrowCapCall { asset, cap };
                lender.administer(chain, &call).unwrap();
                "lender caps"
            }
            _ => {
                let (asset, cap) = (quote, U256::from(1));
                let call = PoolConfigurator::setSupplyCapCall { asset, cap };
                lender.administer(chain, &call).unwrap();
                "lender caps"
            }
        };
        self.done(name);
        self.moody = true;
    }

    /// A whale puts up one token and borrows all there is of the other.
    fn lend_out(&mut self, lender: &Lender, is_base: bool) {
        let whale = self.whale();
        let (base, quote) = (self.market.world.base, self.market.world.quote);
        let millions = self.quote_atoms(100_000_000);
        let thousands = self.market.world.base_units("60000");
        let (given, amount, wanted, tokens) = match is_base {
            true => (quote, millions, base, lender.base),
            false => (base, thousands, quote, lender.quote),
        };
        self.market.world.mint(given, whale, amount).unwrap();
        let chain = &mut self.market.world.chain;
        let supplied = lender.supply(chain, whale, given, amount).is_ok();
        let there = self.tokens_of(wanted, tokens.a_token);
        let chain = &mut self.market.world.chain;
        if supplied && !there.is_zero() && lender.borrow(chain, whale, wanted, there).is_ok() {
            self.done("lender is lent out");
            self.moody = true;
        }
    }

    /// Caps, pauses and freezes end, and the whale pays everything back.
    fn recover(&mut self, lender: &Lender) {
        let (base, quote) = (self.market.world.base, self.market.world.quote);
        let unpause = PoolConfigurator::setPoolPauseCall { paused: false };
        let chain = &mut self.market.world.chain;
        lender.administer(chain, &unpause).unwrap();
        for asset in [base, quote] {
            let thaw = PoolConfigurator::setReserveFreezeCall {
                asset,
                frozen: false,
            };
            lender.administer(chain, &thaw).unwrap();
        }
        let (asset, cap) = (base, U256::from(BORROW_CAP));
        let call = PoolConfigurator::setBorrowCapCall { asset, cap };
        lender.administer(chain, &call).unwrap();
        let (asset, cap) = (quote, U256::from(SUPPLY_CAP));
        let call = PoolConfigurator::setSupplyCapCall { asset, cap };
        lender.administer(chain, &call).unwrap();
        for (asset, tokens) in [(base, lender.base), (quote, lender.quote)] {
            self.repay_all(lender, asset, tokens.variable_debt);
        }
        for asset in [base, quote] {
            let whale = self.whale();
            let (amount, to) = (U256::MAX, whale);
            let call = LendingPool::withdrawCall { asset, amount, to };
            let _ = self.market.world.send(whale, lender.pool, &call);
        }
        self.done("lender recovers");
        self.moody = false;
    }

    fn repay_all(&mut self, lender: &Lender, asset: Address, debt: Address) {
        let whale = self.whale();
        let owed = self.market.world.balance_of(debt, whale).unwrap();
        if owed.is_zero() {
            return;
        }
        let amount = owed + owed / U256::from(100);
        self.market.world.mint(asset, whale, amount).unwrap();
        let world = self.world();
        world.approve(asset, whale, lender.pool, U256::MAX).unwrap();
        let call = LendingPool::repayCall {
            asset,
            amount: U256::MAX,
            interestRateMode: VARIABLE,
            onBehalfOf: whale,
        };
        self.market.world.send(whale, lender.pool, &call).unwrap();
    }

    fn give(&mut self, lender: &Lender, is_base: bool) {
        let (whale, pool) = (self.whale(), self.market.pool.address);
        let (asset, amount) = match is_base {
            true => (self.market.world.base, self.market.world.base_units("1")),
            false => (self.market.world.quote, self.quote_atoms(2_000)),
        };
        self.market.world.mint(asset, whale, amount).unwrap();
        let world = self.world();
        world.approve(asset, whale, lender.pool, U256::MAX).unwrap();
        let money = self.money();
        let given = if is_base {
            let call = LendingPool::repayCall {
                asset,
                amount,
                interestRateMode: VARIABLE,
                onBehalfOf: pool,
            };
            self.market.world.send(whale, lender.pool, &call).is_ok()
        } else {
            let call = LendingPool::supplyCall {
                asset,
                amount,
                onBehalfOf: pool,
                referralCode: 0,
            };
            self.market.world.send(whale, lender.pool, &call).is_ok()
        };
        assert_eq!(money, self.money(), "{}: nobody asked for it", self.place());
        if given {
            self.done("gift at the lender");
        }
    }

    fn idle(&mut self, tenths: u64) {
        let owner = self.market.world.actors.owner.address;
        let share = wad("0.1") * U256::from(tenths);
        let result = self.send(owner, IPool::setIdleShareCall { share });
        self.judge("idle share", result, None);
    }

    fn whale(&self) -> Address {
        Actor::named("whale").address
    }

    /// Whether the pool can borrow base, and whether it did.
    pub fn has_lender(&self) -> bool {
        self.market.world.lender.is_some()
    }

    /// Debt and collateral before interest, as the pool recorded them and as the lender counts them.
    pub fn loans(&mut self) -> Option<[(U256, U256); 2]> {
        let lender = self.market.world.lender?;
        let user = self.market.pool.address;
        let mut scaled = |token| {
            let call = VariableDebtToken::scaledBalanceOfCall { user };
            self.market.world.view(token, &call).unwrap()
        };
        let counted = (
            scaled(lender.base.variable_debt),
            scaled(lender.quote.a_token),
        );
        Some([halves(self.slot(slots::LOAN)), counted])
    }

    /// What of the pool's debt the lender does not count any more, with interest, base WAD.
    pub fn repaid_by_others(&mut self) -> U256 {
        let Some(lender) = self.market.world.lender else {
            return U256::ZERO;
        };
        let Ok(nav) = self.market.view(IPool::navCall {}) else {
            return U256::ZERO;
        };
        let pool = self.market.pool.address;
        let debt = lender.base.variable_debt;
        let counted = self.market.world.balance_of(debt, pool).unwrap();
        nav.owed.saturating_sub(counted) * U256::from(self.ledger.base_scale)
    }

    /// Principal that was borrowed and not repaid (base atoms), and supplied and not withdrawn (quote atoms), by storage.
    pub fn lent_by_storage(&self) -> (i128, i128) {
        let word = self.slot(slots::LOAN_LEDGER);
        let (borrowed, supplied) = halves(word);
        let signed = |half: U256| half.to::<u128>() as i128;
        (signed(borrowed), signed(supplied))
    }
}
