//! One built market for every test: a pool with liquidity, three listed expiries with anchors, funded people.

#![allow(dead_code)] // Every test crate compiles this module and uses its own part of it.

use std::sync::LazyLock;

pub mod accounts;
pub mod orders;
pub mod quorum;
pub mod rng;

use alloy_primitives::{uint, Address, U256};
use smirk_world::{
    abi::IPool::{self, Quote},
    price::wad,
    CallFailure, Constructor, Lender, Pool, Receipt, World, WorldBuilder,
};

/// 1e18.
pub const WAD: U256 = uint!(1_000_000_000_000_000_000_U256);
/// Seconds in a day.
pub const DAY: u64 = 86_400;

/// A world with a pool that trades.
#[derive(Clone)]
pub struct Market {
    /// Chain, tokens, feeds, venue, people.
    pub world: World,
    /// The pool.
    pub pool: Pool,
    /// Listed expiries: a week, four weeks, three months ahead.
    pub expiries: [u64; 3],
}

impl Market {
    /// ETH at 2,500 with a million quote units of liquidity in the pool.
    /// Built once per process; every test gets a copy of its own.
    pub fn new() -> Market {
        static MARKET: LazyLock<Market> =
            LazyLock::new(|| Market::with(World::builder().price(wad("2500")), |_| {}));
        MARKET.clone()
    }

    /// The same beside a lender.
    pub fn with_lender() -> Market {
        static MARKET: LazyLock<Market> = LazyLock::new(|| {
            Market::with(World::builder().price(wad("2500")).with_lender(), |_| {})
        });
        MARKET.clone()
    }

    /// The market's lender.
    pub fn lender(&self) -> Lender {
        self.world.lender.expect("a world with a lender")
    }

    /// The same in another world or with other constructor arguments.
    pub fn with(builder: WorldBuilder, adjust: impl FnOnce(&mut Constructor)) -> Market {
        let world = builder.build().expect("the world is built");
        Market::in_world(world, adjust)
    }

    /// The same in a world that is built already.
    pub fn in_world(mut world: World, adjust: impl FnOnce(&mut Constructor)) -> Market {
        let pool = Pool::deploy_with(&mut world, adjust).expect("the pool is deployed");
        pool.approve_customers(&mut world).expect("approvals");
        let start = world.chain.now() / DAY * DAY + 8 * 3_600;
        let expiries = [7, 28, 91].map(|days| start + days * DAY);
        let mut market = Market {
            world,
            pool,
            expiries,
        };
        for (expiry, vol) in expiries.into_iter().zip(["0.75", "0.70", "0.68"]) {
            market.list(expiry, vol);
        }
        let provider = market.world.actors.provider.address;
        let million = market.world.quote_units("1000000");
        market
            .send(
                provider,
                IPool::depositCall {
                    assets: million,
                    receiver: provider,
                },
            )
            .expect("the first deposit");
        market
    }

    /// Lists an expiry and posts its first anchor.
    pub fn list(&mut self, expiry: u64, atm_vol: &str) {
        let keeper = self.world.actors.keeper.address;
        self.send(
            keeper,
            IPool::listExpiryCall {
                expiry: U256::from(expiry),
            },
        )
        .expect("listed");
        self.post(expiry, atm_vol).expect("posted");
    }

    /// Posts an anchor with the usual wings.
    pub fn post(
        &mut self,
        expiry: u64,
        atm_vol: &str,
    ) -> Result<Receipt<IPool::postAnchorReturn>, CallFailure> {
        let keeper = self.world.actors.keeper.address;
        let anchor = IPool::postAnchorCall {
            expiry: U256::from(expiry),
            atmVol: wad(atm_vol),
            leftWing: wad("0.40"),
            rightWing: wad("0.28"),
            carry: alloy_primitives::I256::ZERO,
        };
        self.send(keeper, anchor)
    }

    /// Sends a call to the pool.
    pub fn send<C: alloy_sol_types::SolCall>(
        &mut self,
        from: Address,
        call: C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        self.pool.send(&mut self.world, from, &call)
    }

    /// Evaluates a view of the pool.
    pub fn view<C: alloy_sol_types::SolCall>(&mut self, call: C) -> Result<C::Return, CallFailure> {
        self.pool.view(&mut self.world, &call)
    }

    /// Quotes a purchase.
    pub fn quote_buy(&mut self, id: U256, size: &str) -> Result<Quote, CallFailure> {
        self.view(IPool::quoteBuyCall {
            id,
            size: wad(size),
        })
    }

    /// Buys without a limit and returns the receipt.
    pub fn buy(
        &mut self,
        who: Address,
        id: U256,
        size: &str,
    ) -> Result<Receipt<U256>, CallFailure> {
        let call = IPool::buyCall {
            id,
            size: wad(size),
            maxCost: U256::MAX,
            deadline: U256::MAX,
            receiver: who,
        };
        self.send(who, call)
    }

    /// Sells without a limit and returns the receipt.
    pub fn sell(
        &mut self,
        who: Address,
        id: U256,
        size: &str,
    ) -> Result<Receipt<U256>, CallFailure> {
        let call = IPool::sellCall {
            id,
            size: wad(size),
            minProceeds: U256::ZERO,
            deadline: U256::MAX,
            receiver: who,
        };
        self.send(who, call)
    }
}

/// The id of a call.
pub fn call(expiry: u64, strike: &str) -> U256 {
    wad(strike) | U256::from(expiry) << 128
}

/// The id of a put.
pub fn put(expiry: u64, strike: &str) -> U256 {
    call(expiry, strike) | U256::from(1) << 192
}
