//! Who owns what, and refusals that leave it as it was.

use std::fmt::Debug;

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::{SolCall, SolError};
use smirk_world::abi::IPool;

use super::Market;

/// Who owns what, and what the pool says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// (quote, base, shares) of the customers, the keeper, the pool.
    pub holders: Vec<(U256, U256, U256)>,
    /// Shares in existence.
    pub supply: U256,
    /// Recorded money, when it can be read.
    pub money: Option<Money>,
}

/// The recorded money of [`IPool::Nav`], atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub cash: U256,
    pub base: U256,
    pub set_aside: U256,
    pub shortfall: U256,
    pub insurance: U256,
    pub fees: U256,
    pub capacity: U256,
    pub rent: U256,
    pub premiums: I256,
    pub hedge_cash_flow: I256,
    pub hedge_cost: I256,
}

impl Market {
    /// What everyone owns now.
    pub fn accounts(&mut self) -> Accounts {
        let actors = &self.world.actors;
        let mut holders: Vec<Address> = actors.customers().iter().map(|a| a.address).collect();
        holders.extend([actors.keeper.address, self.pool.address]);
        let holders = holders
            .into_iter()
            .map(|holder| {
                (
                    self.quote_of(holder),
                    self.base_of(holder),
                    self.shares_of(holder),
                )
            })
            .collect();
        Accounts {
            holders,
            supply: self.view(IPool::totalSupply_0Call {}).unwrap(),
            money: self.view(IPool::navCall {}).ok().map(Money::from),
        }
    }

    /// The recorded money.
    pub fn money(&mut self) -> Money {
        self.nav().into()
    }

    /// Quote atoms of an account.
    pub fn quote_of(&mut self, holder: Address) -> U256 {
        self.world.balance_of(self.world.quote, holder).unwrap()
    }

    /// Base atoms of an account.
    pub fn base_of(&mut self, holder: Address) -> U256 {
        self.world.balance_of(self.world.base, holder).unwrap()
    }

    /// Shares of an account.
    pub fn shares_of(&mut self, holder: Address) -> U256 {
        self.view(IPool::balanceOf_0Call { holder }).unwrap()
    }

    /// Position of an account, WAD.
    pub fn position_of(&mut self, owner_: Address, id: U256) -> U256 {
        self.view(IPool::balanceOf_1Call { owner_, id }).unwrap()
    }

    /// The pool's report of its value.
    pub fn nav(&mut self) -> IPool::Nav {
        self.view(IPool::navCall {}).expect("the pool has a value")
    }

    /// The pool's report of its risk.
    pub fn risk(&mut self) -> IPool::Risk {
        self.view(IPool::riskCall {}).expect("the pool has a risk")
    }

    /// The refusal of a call to the pool, which has to be of this kind and to leave every account as it was.
    #[track_caller]
    pub fn refusal<E: SolError, C: SolCall>(&mut self, from: Address, call: C) -> E {
        let before = self.accounts();
        let Err(failure) = self.send(from, call) else {
            panic!("{} went through instead of {}", C::SIGNATURE, E::SIGNATURE);
        };
        assert_eq!(self.accounts(), before, "a refusal left something behind");
        failure
            .error::<E>()
            .unwrap_or_else(|| panic!("{failure} instead of {}", E::SIGNATURE))
    }

    /// A refusal with exactly these fields.
    #[track_caller]
    pub fn refuses<E: SolError + Debug + PartialEq, C: SolCall>(
        &mut self,
        from: Address,
        call: C,
        error: E,
    ) {
        assert_eq!(self.refusal::<E, C>(from, call), error);
    }

    /// The refusal of a view.
    #[track_caller]
    pub fn view_refuses<E: SolError + Debug + PartialEq, C: SolCall>(&mut self, call: C, error: E) {
        match self.view(call) {
            Ok(_) => panic!("{} answered instead of {error:?}", C::SIGNATURE),
            Err(failure) => assert_eq!(failure.error::<E>(), Some(error), "{failure}"),
        }
    }
}

impl Money {
    /// Quote atoms that are recorded, whoever has a claim on them.
    pub fn recorded(&self) -> U256 {
        self.cash + self.set_aside + self.insurance
    }
}

impl From<IPool::Nav> for Money {
    fn from(nav: IPool::Nav) -> Money {
        Money {
            cash: nav.cash,
            base: nav.base,
            set_aside: nav.setAside,
            shortfall: nav.shortfall,
            insurance: nav.insurance,
            fees: nav.fees,
            capacity: nav.capacity,
            rent: nav.rent,
            premiums: nav.premiums,
            hedge_cash_flow: nav.hedgeCashFlow,
            hedge_cost: nav.hedgeCost,
        }
    }
}
