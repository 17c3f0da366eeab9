//! What the tests of the pool compare: charges, events and refusals by name, and what the market does in between.

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::{SolCall, SolEvent};
use smirk_world::{
    abi::{IPool, Token},
    price::wad,
    PoolParameters, Receipt, TypedCalls, World, WorldBuilder,
};

use crate::common::Market;

impl Market {
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

    /// What a receipt says that shares are worth is what the views say now, field by field and to the unit.
    #[track_caller]
    pub fn check_shares<R>(&mut self, receipt: &Receipt<R>) -> IPool::ShareStatus {
        let status: IPool::ShareStatus = self.event(receipt);
        let nav = self.view(IPool::navCall {}).unwrap();
        let supply = self.view(IPool::totalSupply_0Call {}).unwrap();
        assert_eq!(
            (status.mid, status.low, status.high, status.supply),
            (nav.mid, nav.low, nav.high, supply)
        );
        status
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
