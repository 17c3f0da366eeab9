//! What thieves do, and what is measured of it. Amounts of money are in quote, not atoms, as floating point: the tests compare
//! gains with cents, not with atoms.

use alloy_primitives::{
    aliases::{U160, U24},
    Address, I256, U256,
};
use smirk_world::{
    abi::{IPool, SwapRouter02, Token, UniswapV3Pool},
    price::wad,
    CallFailure, Receipt, World, FEE,
};

use crate::common::{call, Market};

/// Ticks between two positions' ends at the pair's fee tier.
const SPACING: i32 = 10;

/// A WAD as a number.
pub fn float(wad: U256) -> f64 {
    f64::from(wad) / 1e18
}

/// A signed WAD as a number.
pub fn signed(wad: I256) -> f64 {
    let size = float(wad.unsigned_abs());
    if wad.is_negative() {
        -size
    } else {
        size
    }
}

/// A number as a WAD, to twelve digits.
pub fn fixed(number: f64) -> U256 {
    U256::from((number * 1e12).round() as u128) * U256::from(1_000_000)
}

/// Quote atoms as a number of quote.
pub fn quote(atoms: U256) -> f64 {
    f64::from(atoms) / 1e6
}

/// A number of quote in atoms.
pub fn atoms(quote: f64) -> U256 {
    U256::from((quote * 1e6).round() as u128)
}

/// A market at 2,500 with a venue of this much base, full range, and other constructor arguments by name.
pub fn market(depth: &str, parameters: &[(&str, &str)]) -> Market {
    let world = World::builder().price(wad("2500")).depth(wad(depth));
    Market::with(world, |constructor| {
        for (name, value) in parameters {
            constructor.parameters.set(name, wad(value));
        }
    })
}

/// Orders.
impl Market {
    /// The base that the hedge traded in a receipt, signed.
    pub fn hedged<R>(&self, receipt: &Receipt<R>) -> f64 {
        let fills = receipt.events::<IPool::Hedged>(self.pool.address);
        fills.iter().map(|fill| signed(fill.baseAmount)).sum()
    }

    /// What a sale would bring.
    pub fn quote_sell(&mut self, id: U256, size: &str) -> IPool::Quote {
        let size = wad(size);
        self.view(IPool::quoteSellCall { id, size }).unwrap()
    }

    /// Claims for the holder.
    pub fn claim(&mut self, who: Address, id: U256, size: &str) -> Result<f64, CallFailure> {
        let claim = IPool::claimCall {
            id,
            size: wad(size),
            receiver: who,
        };
        self.send(who, claim).map(|receipt| quote(receipt.value))
    }

    /// Brings the hedge back.
    pub fn rebalance(&mut self, who: Address) -> Receipt<I256> {
        self.send(who, IPool::rebalanceCall {}).unwrap()
    }

    /// Posts an anchor with the usual wings.
    pub fn anchor(&mut self, expiry: u64, vol: &str, carry: f64) -> Result<(), CallFailure> {
        let size = fixed(carry.abs());
        let size = I256::from_raw(size);
        let anchor = IPool::postAnchorCall {
            expiry: U256::from(expiry),
            atmVol: wad(vol),
            leftWing: wad("0.40"),
            rightWing: wad("0.28"),
            carry: if carry < 0.0 { -size } else { size },
        };
        let keeper = self.world.actors.keeper.address;
        self.send(keeper, anchor).map(drop)
    }

    /// Posts every anchor with its vols times `factor`.
    pub fn scale_vols(&mut self, factor: f64) -> Result<(), CallFailure> {
        let now = U256::from(self.world.chain.now());
        let keeper = self.world.actors.keeper.address;
        let mut anchors = self.view(IPool::surfaceCall {}).unwrap();
        // A rise begins with the farthest, a fall with the nearest, so that no calendar condition breaks on the way.
        if factor > 1.0 {
            anchors.reverse();
        }
        for anchor in anchors {
            if anchor.expiry > now {
                let post = IPool::postAnchorCall {
                    expiry: anchor.expiry,
                    atmVol: fixed(float(anchor.atmVol) * factor),
                    leftWing: anchor.leftWing,
                    rightWing: anchor.rightWing,
                    carry: anchor.carry,
                };
                self.send(keeper, post)?;
            }
        }
        Ok(())
    }

    /// Lets time pass, with the feed as it was.
    pub fn pass(&mut self, seconds: u64) {
        self.world.chain.advance(seconds);
        self.world.refresh_feed().unwrap();
    }

    /// Lets time pass, with the feed as it was and the anchors posted again.
    pub fn wait(&mut self, seconds: u64) {
        self.pass(seconds);
        self.scale_vols(1.0).unwrap();
    }
}

/// Shares.
impl Market {
    /// Deposits quote.
    pub fn deposit(&mut self, who: Address, assets: f64) -> Result<Receipt<U256>, CallFailure> {
        let deposit = IPool::depositCall {
            assets: atoms(assets),
            receiver: who,
        };
        self.send(who, deposit)
    }

    /// Redeems shares and returns what they brought.
    pub fn redeem(&mut self, who: Address, shares: U256) -> Result<f64, CallFailure> {
        let redeem = IPool::redeemCall {
            shares,
            receiver: who,
            owner_: who,
        };
        self.send(who, redeem).map(|receipt| quote(receipt.value))
    }

    /// Withdraws quote and returns the shares that it took.
    pub fn withdraw(&mut self, who: Address, assets: U256) -> Result<U256, CallFailure> {
        let withdraw = IPool::withdrawCall {
            assets,
            receiver: who,
            owner_: who,
        };
        self.send(who, withdraw).map(|receipt| receipt.value)
    }

    /// The most that a holder can take out now, atoms.
    pub fn most_out(&mut self, owner_: Address) -> U256 {
        self.view(IPool::maxWithdrawCall { owner_ }).unwrap()
    }

    /// The most shares that a holder can redeem now.
    pub fn most_shares_out(&mut self, owner_: Address) -> U256 {
        self.view(IPool::maxRedeemCall { owner_ }).unwrap()
    }

    /// What redeeming shares would bring.
    pub fn preview_redeem(&mut self, shares: U256) -> f64 {
        quote(self.view(IPool::previewRedeemCall { shares }).unwrap())
    }
}

/// Money.
impl Market {
    /// Everything that is the providers': the middle of net asset value and what is not earned yet.
    pub fn equity(&mut self) -> f64 {
        let nav = self.nav();
        signed(nav.mid) + float(nav.unearned)
    }

    /// Exposure, base.
    pub fn exposure(&mut self) -> f64 {
        signed(self.risk().exposure)
    }

    /// What somebody's tokens are worth at the feed's price.
    pub fn wealth(&mut self, who: Address) -> f64 {
        let (base_token, quote_token) = (self.world.base, self.world.quote);
        let cash = self.world.balance_of(quote_token, who).unwrap();
        let base = self.world.balance_of(base_token, who).unwrap();
        quote(cash) + float(base) * float(self.world.feed_price().unwrap())
    }

    /// Recorded money is there to the atom.
    pub fn assert_backed(&mut self) {
        let nav = self.nav();
        let (pool, base, quote) = (self.pool.address, self.world.base, self.world.quote);
        let recorded = nav.cash + nav.setAside + nav.insurance;
        assert_eq!(recorded, self.world.balance_of(quote, pool).unwrap());
        assert_eq!(nav.base, self.world.balance_of(base, pool).unwrap());
    }

    /// Gives somebody ten billion quote and ten million base, to be spent by the pool, the router and for liquidity.
    pub fn enrich(&mut self, who: Address) {
        let (base, quote) = (self.world.base, self.world.quote);
        self.world.mint(base, who, wad("10000000")).unwrap();
        self.world.mint(quote, who, atoms(1e10)).unwrap();
        let venue = self.world.venue;
        for spender in [self.pool.address, venue.router, venue.position_manager] {
            for token in [base, quote] {
                let approve = Token::approveCall {
                    spender,
                    amount: U256::MAX,
                };
                self.world.send(who, token, &approve).unwrap();
            }
        }
    }
}

/// The venue.
impl Market {
    /// The venue's price.
    pub fn venue_price(&mut self) -> f64 {
        float(self.world.venue_price().unwrap())
    }

    /// Trades the venue to a price from somebody's pockets, and checks that it got there.
    pub fn push(&mut self, who: Address, price: f64) {
        let world = &mut self.world;
        let target = world.pair.sqrt_price_x96(fixed(price));
        let present = self.root();
        if target == present {
            return;
        }
        let venue = self.world.venue;
        let (token_in, token_out) = if target < present {
            (venue.token0, venue.token1)
        } else {
            (venue.token1, venue.token0)
        };
        let amount = self.world.balance_of(token_in, who).unwrap();
        let swap = SwapRouter02::exactInputSingleCall {
            params: SwapRouter02::ExactInputSingleParams {
                tokenIn: token_in,
                tokenOut: token_out,
                fee: U24::from(FEE),
                recipient: who,
                amountIn: amount,
                amountOutMinimum: U256::ZERO,
                sqrtPriceLimitX96: target,
            },
        };
        self.world.send(who, venue.router, &swap).unwrap();
        let reached = self.venue_price();
        assert!(
            (reached / price - 1.0).abs() < 1e-6,
            "the venue stands at {reached} instead of {price}"
        );
    }

    fn root(&mut self) -> U160 {
        let venue = self.world.venue.pool;
        let slot = self
            .world
            .view(venue, &UniswapV3Pool::slot0Call {})
            .unwrap();
        slot.sqrtPriceX96
    }

    /// Puts somebody's liquidity into the one range of ticks that holds a price, and returns the position. Base waits above
    /// the venue's price, quote below.
    pub fn wall(&mut self, who: Address, price: f64) -> (U256, u128) {
        assert!(self.world.pair.base_is_token0);
        let venue = self.world.venue;
        let tick = (price * 1e-12).ln() / 1.0001f64.ln();
        let low = (tick / SPACING as f64).floor() as i32 * SPACING;
        let amounts = [wad("100000"), atoms(2.5e8)];
        let chain = &mut self.world.chain;
        venue
            .provide_between(chain, who, [low, low + SPACING], amounts)
            .unwrap()
    }

    /// Takes that liquidity back, with what it earned.
    pub fn take_down(&mut self, who: Address, position: (U256, u128)) {
        let venue = self.world.venue;
        venue.remove(&mut self.world.chain, who, position).unwrap();
    }
}

/// A pool that is short 60 calls after a rise, with a hedge due.
pub fn short_after_a_rise(depth: &str) -> (Market, Address) {
    let mut market = market(depth, &[]);
    let (thief, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market.enrich(thief);
    let id = call(market.expiries[1], "2500");
    for _ in 0..12 {
        market.buy(bob, id, "5").unwrap();
        market.push(thief, 2_500.0);
    }
    market.world.set_price(wad("2680")).unwrap();
    market.pass(60);
    let due = signed(market.risk().hedgeDue);
    assert!(due > 5.0, "{due} is due");
    (market, thief)
}
