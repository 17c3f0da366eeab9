//! What the tests compare: everybody's balances, the recorded money, and refusals that leave both as they were.

use std::fmt::Debug;

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use smirk_world::{
    abi::{IPool, Token},
    price::wad,
    PoolParameters, Receipt, TypedCalls, World, WorldBuilder,
};

use crate::common::Market;

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
        self.view(IPool::navCall {})
            .expect("the pool has a value")
            .into()
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

    /// The only event of one kind in a receipt of the pool.
    #[track_caller]
    pub fn event<E: SolEvent, R>(&self, receipt: &Receipt<R>) -> E {
        receipt
            .event(self.pool.address)
            .unwrap_or_else(|| panic!("not exactly one {}", E::SIGNATURE))
    }

    /// The status event of a receipt says what the views say now.
    #[track_caller]
    pub fn check_status<R>(&mut self, receipt: &Receipt<R>) {
        let status: IPool::PoolStatus = self.event(receipt);
        let (nav, risk) = (self.view(IPool::navCall {}).unwrap(), self.risk());
        assert_eq!(status.spot, self.world.feed_price().unwrap());
        assert_eq!(status.cash, nav.cash);
        assert_eq!(status.hedgePosition, risk.hedgePosition);
        // The event adds up after the trade, the view afresh: the last digits may differ.
        let near = |a: I256, b: I256| (a - b).unsigned_abs() < U256::from(1_000_000_000u64);
        assert!(near(status.netDelta, risk.netDelta), "{status:?} {risk:?}");
        assert!(near(status.nav, nav.mid), "{status:?} {nav:?}");
    }

    /// Tells a contract of the surroundings something, as anyone may.
    pub fn tell<C: SolCall>(&mut self, contract: Address, call: C) {
        let anyone = self.world.actors.deployer.address;
        self.world.chain.send(anyone, contract, &call).unwrap();
    }

    /// Sets a parameter by name, as the owner.
    #[track_caller]
    pub fn set_parameter(&mut self, name: &str, value: U256) {
        let owner = self.world.actors.owner.address;
        let index = U256::from(smirk_world::Parameter::named(name).index);
        self.send(owner, IPool::setParameterCall { index, value })
            .expect("the parameter is within its bounds");
    }

    /// Pauses the pool as the guardian.
    pub fn pause(&mut self) {
        let guardian = self.world.actors.guardian.address;
        self.send(guardian, IPool::pauseCall {}).expect("paused");
    }

    /// Moves time to `time` and makes the feed say this price then. Returns the round.
    pub fn expire(&mut self, time: u64, price: &str) -> U256 {
        self.world.chain.set_time(time);
        U256::from(self.world.push_price(wad(price)).unwrap())
    }

    /// Settles an expiry by a round.
    pub fn settle(&mut self, expiry: u64, round: U256) -> Receipt<IPool::settleReturn> {
        let anyone = self.world.actors.carol.address;
        self.send(anyone, settle(expiry, round)).expect("settled")
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

/// A market whose venue does as it is told ([`smirk_world::abi::HostileVenue`]), and that venue.
pub fn market_with_a_hostile_venue() -> (Market, Address) {
    market_around_a_hostile_venue(World::builder())
}

/// The same in another world.
pub fn market_around_a_hostile_venue(builder: WorldBuilder) -> (Market, Address) {
    let mut world = builder.price(wad("2500")).build().unwrap();
    let venue = world.deploy_hostile_venue().unwrap();
    let market = Market::in_world(world, |constructor| constructor.factory = venue);
    (market, venue)
}

/// Premium and the four charges of a quote, and the fee that they add up to.
pub fn bill(quote: &IPool::Quote) -> [U256; 5] {
    let charges = quote.spread + quote.surcharge + quote.capacity + quote.rent;
    assert_eq!(quote.fee, charges);
    [
        quote.premium,
        quote.spread,
        quote.surcharge,
        quote.capacity,
        quote.rent,
    ]
}

/// The same as a purchase paid it.
pub fn bill_of_purchase(event: &IPool::Bought) -> [U256; 5] {
    [
        event.premium,
        event.spread,
        event.surcharge,
        event.capacity,
        event.rent,
    ]
}

/// The same as a sale paid it.
pub fn bill_of_sale(event: &IPool::Sold) -> [U256; 5] {
    [
        event.premium,
        event.spread,
        event.surcharge,
        event.capacity,
        event.rent,
    ]
}

/// A purchase for the caller itself without a limit.
pub fn buy(id: U256, size: U256, receiver: Address) -> IPool::buyCall {
    IPool::buyCall {
        id,
        size,
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver,
    }
}

/// A sale without a limit.
pub fn sell(id: U256, size: U256, receiver: Address) -> IPool::sellCall {
    IPool::sellCall {
        id,
        size,
        minProceeds: U256::ZERO,
        deadline: U256::MAX,
        receiver,
    }
}

/// A settlement.
pub fn settle(expiry: u64, round: U256) -> IPool::settleCall {
    IPool::settleCall {
        expiry: U256::from(expiry),
        roundId: round,
    }
}

/// A parameter's default.
pub fn default_of(name: &str) -> U256 {
    PoolParameters::default().get(name)
}

/// A signed number from an unsigned one.
pub fn signed(value: U256) -> I256 {
    I256::try_from(value).unwrap()
}

/// Hands a token's whole balance to someone else.
pub fn empty(world: &mut World, holder: Address) {
    let amount = world.balance_of(world.quote, holder).unwrap();
    let to = world.actors.deployer.address;
    world
        .chain
        .send(holder, world.quote, &Token::transferCall { to, amount })
        .unwrap();
}
