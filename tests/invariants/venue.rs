//! What others do at the venue: pushes and the way back, and liquidity of their own in a few ticks.

use alloy_primitives::{
    aliases::{I24, U160, U24},
    Address, U256,
};
use smirk_world::{
    abi::{NonfungiblePositionManager, SwapRouter02, UniswapV3Pool},
    Actor, FEE,
};

use crate::state::Walk;

const TICK_SPACING: i32 = 10;

/// What somebody gave the venue for what.
#[derive(Clone, Copy, Debug)]
pub struct Push {
    pub took: Address,
    pub amount: U256,
}

impl Walk {
    /// Lets the visitor trade anything with the pool and at the venue.
    pub fn endow_visitor(&mut self) {
        let (visitor, pool, keeper) = (
            self.visitor,
            self.market.pool.address,
            self.market.world.venue.position_manager,
        );
        let (base, quote) = (self.market.world.base, self.market.world.quote);
        let router = self.market.world.venue.router;
        let millions = self.quote_atoms(2_000_000_000);
        let world = self.world();
        for who in [visitor, Actor::named("whale").address] {
            world.chain.fund(who, U256::from(1u128 << 100));
        }
        world.mint(quote, visitor, millions).unwrap();
        let much = world.base_units("1000000");
        world.mint(base, visitor, much).unwrap();
        let people = self.people;
        for who in people.into_iter().chain([visitor]) {
            for token in [base, quote] {
                for spender in [router, keeper, pool] {
                    let world = self.world();
                    world.approve(token, who, spender, U256::MAX).unwrap();
                }
            }
        }
    }

    /// Trades the venue to a price; `None` when it is there already or nothing could be had.
    pub fn push_venue(&mut self, who: Address, price: U256) -> Option<Push> {
        let target = self.market.world.pair.sqrt_price_x96(price);
        let present = self.slot0().sqrtPriceX96;
        if target == present {
            return None;
        }
        let venue = self.market.world.venue;
        let (given, took) = match target < present {
            true => (venue.token0, venue.token1),
            false => (venue.token1, venue.token0),
        };
        let amount = self.tokens_of(given, who);
        self.swap(who, given, took, amount, target)
    }

    /// Gives back what a push took.
    pub fn undo_push(&mut self, who: Address, push: Push) {
        let venue = self.market.world.venue;
        let other = match push.took == venue.token0 {
            true => venue.token1,
            false => venue.token0,
        };
        self.swap(who, push.took, other, push.amount, U160::ZERO);
    }

    fn swap(
        &mut self,
        who: Address,
        given: Address,
        took: Address,
        amount: U256,
        limit: U160,
    ) -> Option<Push> {
        let params = SwapRouter02::ExactInputSingleParams {
            tokenIn: given,
            tokenOut: took,
            fee: U24::from(FEE),
            recipient: who,
            amountIn: amount,
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: limit,
        };
        let router = self.market.world.venue.router;
        let call = SwapRouter02::exactInputSingleCall { params };
        let amount = self.market.world.send(who, router, &call).ok()?.value;
        Some(Push { took, amount })
    }

    /// Places liquidity in `width` spacings from `away` spacings above the present tick on, of what `who` holds.
    pub fn place_liquidity(&mut self, who: Address, away: i32, width: i32) -> Option<(U256, u128)> {
        let tick = self.slot0().tick.as_i32().div_euclid(TICK_SPACING);
        let venue = self.market.world.venue;
        let (lower, upper) = (tick + away, tick + away + width.max(1));
        let (base, quote) = (
            self.market.world.base_units("300"),
            self.quote_atoms(750_000),
        );
        let amounts = match venue.token0 == self.market.world.base {
            true => [base, quote],
            false => [quote, base],
        };
        let bound = |spacings: i32| I24::try_from(spacings * TICK_SPACING).unwrap();
        let params = NonfungiblePositionManager::MintParams {
            token0: venue.token0,
            token1: venue.token1,
            fee: U24::from(FEE),
            tickLower: bound(lower),
            tickUpper: bound(upper),
            amount0Desired: amounts[0],
            amount1Desired: amounts[1],
            amount0Min: U256::ZERO,
            amount1Min: U256::ZERO,
            recipient: who,
            deadline: U256::MAX,
        };
        let call = NonfungiblePositionManager::mintCall { params };
        let minted = self.market.world.send(who, venue.position_manager, &call);
        let minted = minted.ok()?.value;
        self.done("own liquidity");
        Some((minted.tokenId, minted.liquidity))
    }

    /// Takes a position out with all that it earned.
    pub fn remove_liquidity(&mut self, who: Address, id: U256, liquidity: u128) {
        let venue = self.market.world.venue;
        let chain = &mut self.market.world.chain;
        venue.remove(chain, who, (id, liquidity)).unwrap();
        self.done("remove liquidity");
    }

    /// How far the venue was from the feed before anyone traded there in this second, a part of the feed's price; `None` when nobody
    /// has.
    pub fn was_away_by(&mut self) -> Option<f64> {
        let slot0 = self.slot0();
        let (index, count) = (slot0.observationIndex, slot0.observationCardinality);
        let last = self.observation(index);
        if u64::from(last.blockTimestamp) != self.now() || count < 2 {
            return None;
        }
        let previous = self.observation(index.checked_sub(1).unwrap_or(count - 1));
        let seconds = i64::from(last.blockTimestamp - previous.blockTimestamp);
        let sum = last.tickCumulative - previous.tickCumulative;
        let ticks = sum.as_i64().div_euclid(seconds) - i64::from(slot0.tick.as_i32());
        let base_is_first = self.market.world.venue.token0 == self.market.world.base;
        let ticks = if base_is_first { ticks } else { -ticks };
        let price = f64::from(self.market.world.venue_price().unwrap());
        let before = price * 1.0001f64.powi(ticks as i32);
        Some((before / f64::from(self.spot()) - 1.0).abs())
    }

    fn observation(&mut self, index: u16) -> UniswapV3Pool::observationsReturn {
        let pool = self.market.world.venue.pool;
        let call = UniswapV3Pool::observationsCall {
            index: U256::from(index),
        };
        self.market.world.view(pool, &call).unwrap()
    }

    fn slot0(&mut self) -> UniswapV3Pool::slot0Return {
        let pool = self.market.world.venue.pool;
        let call = UniswapV3Pool::slot0Call {};
        self.market.world.view(pool, &call).unwrap()
    }
}
