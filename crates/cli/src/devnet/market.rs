//! The pool and its surroundings, ready to trade.

use std::path::Path;
use std::thread;

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::SolCall;
use anyhow::{Context, Result};
use inkhorn_chain::ChainConfig;
use smirk_engine::state::Slice;
use smirk_fit::time::DAY;
use smirk_replay::{replay_on, Flow, Scene};
use smirk_world::abi::IPool;
use smirk_world::price::wad;
use smirk_world::{Actor, Pool, World};

/// Price of the base token that feed and venue start at, quote per base.
const PRICE: &str = "2500";
/// Days ahead at which the listed expiries lie, and the ATM vol of each anchor.
const EXPIRIES: [(u64, &str); 3] = [(7, "0.75"), (28, "0.70"), (91, "0.68")];
/// Wing slopes of every anchor.
const WINGS: [&str; 2] = ["0.40", "0.28"];
/// Carry of every anchor per year: forwards are spot·e^(carry·years).
const CARRY: &str = "0.04";
/// What the first provider puts into the pool, quote units.
const LIQUIDITY: &str = "1000000";
/// What each account starts with: quote and base units.
const POCKETS: [&str; 2] = ["1000000", "100"];

/// Expiries are at eight in the morning, UTC.
const EXPIRY_HOUR: u64 = 8 * 3_600;

/// Days ahead at which expiries lie.
pub fn tenors() -> impl Iterator<Item = u64> {
    EXPIRIES.into_iter().map(|(days, _)| days)
}

/// The expiry so many days after the day of a time, unix seconds.
pub fn expiry(now: u64, days: u64) -> u64 {
    now / DAY * DAY + days * DAY + EXPIRY_HOUR
}

/// What an expiry is first posted with: the ATM vol between those of the tenors beside it.
pub fn first_anchor(expiry: u64, now: u64) -> Slice {
    let days = expiry.saturating_sub(now) as f64 / DAY as f64;
    let tenors = EXPIRIES.map(|(days, vol)| (days as f64, f64::from(wad(vol))));
    let after = tenors.iter().position(|(tenor, _)| *tenor > days);
    let vol = match after.unwrap_or(tenors.len()) {
        0 => tenors[0].1,
        last if last == tenors.len() => tenors[last - 1].1,
        after => {
            let ((d0, a), (d1, b)) = (tenors[after - 1], tenors[after]);
            a + (days - d0) / (d1 - d0) * (b - a)
        }
    };
    Slice {
        expiry,
        atm_vol: vol as u64,
        left_wing: wad(WINGS[0]).to(),
        right_wing: wad(WINGS[1]).to(),
        carry: wad(CARRY).to(),
        ..Slice::default()
    }
}

/// A world with a pool that trades.
pub struct Market {
    /// Chain, tokens, feeds, venue and people.
    pub world: World,
    /// The pool's programs.
    pub pool: Pool,
    /// Listed expiries, Unix seconds.
    pub expiries: Vec<u64>,
    /// Who acted, beside the world's own.
    pub people: Vec<Actor>,
}

/// Builds the world, deploys the pool into it, lists expiries, adds liquidity, and gives the holders both tokens.
pub fn build(config: ChainConfig, holders: &[Address]) -> Result<Market> {
    let builder = World::builder()
        .chain(config.clone())
        .keep_history()
        .price(wad(PRICE))
        .with_lender();
    let mut world = thread::scope(|threads| {
        // The deployment says what is wrong with the program, if anything is.
        threads.spawn(|| Pool::prepare(&config));
        builder.build()
    })?;
    let pool = Pool::deploy(&mut world)?;
    pool.open_account(&mut world)?;
    let mut market = Market {
        world,
        pool,
        expiries: Vec::new(),
        people: Vec::new(),
    };
    market.list_expiries()?;
    market.add_liquidity()?;
    for &holder in holders {
        market.endow(holder)?;
    }
    Ok(market)
}

/// The world and pool at the end of a replay of a market folder, whose blocks and states are kept. The holders have both
/// tokens.
pub fn replayed(
    config: ChainConfig,
    folder: &Path,
    (seed, flow): (u64, Flow),
    holders: &[Address],
) -> Result<Market> {
    let scene = Scene {
        chain: config,
        keep_history: true,
    };
    let folder = smirk_replay::market::Market::read(folder)?;
    let ended = replay_on(&scene, &folder, seed, flow, &mut |_| ())?;
    let mut market = Market {
        world: ended.world,
        pool: Pool {
            address: ended.pool,
        },
        expiries: Vec::new(),
        people: ended.people,
    };
    let anchors = market
        .world
        .view(market.pool.address, &IPool::surfaceCall {})
        .context("reading the listed expiries")?;
    let listed = anchors
        .iter()
        .map(|anchor| anchor.expiry.saturating_to::<u64>());
    market.expiries = listed.collect();
    for &holder in holders {
        market.endow(holder)?;
    }
    Ok(market)
}

impl Market {
    fn send<C: SolCall>(&mut self, from: Address, call: &C) -> Result<C::Return> {
        let receipt = self.pool.send(&mut self.world, from, call)?;
        Ok(receipt.value)
    }

    fn list_expiries(&mut self) -> Result<()> {
        let keeper = self.world.actors.keeper.address;
        let now = self.world.chain.now();
        for (days, atm_vol) in EXPIRIES {
            let expiry = expiry(now, days);
            let list = IPool::listExpiryCall {
                expiry: U256::from(expiry),
            };
            self.send(keeper, &list).context("listing an expiry")?;
            let anchor = IPool::postAnchorCall {
                expiry: U256::from(expiry),
                atmVol: wad(atm_vol),
                leftWing: wad(WINGS[0]),
                rightWing: wad(WINGS[1]),
                carry: I256::try_from(wad(CARRY))?,
            };
            self.send(keeper, &anchor).context("posting an anchor")?;
            self.expiries.push(expiry);
        }
        Ok(())
    }

    fn add_liquidity(&mut self) -> Result<()> {
        let provider = self.world.actors.provider.address;
        let assets = self.world.quote_units(LIQUIDITY);
        self.pool.approve_customers(&mut self.world)?;
        let deposit = IPool::depositCall {
            assets,
            receiver: provider,
        };
        self.send(provider, &deposit).context("adding liquidity")?;
        Ok(())
    }

    fn endow(&mut self, holder: Address) -> Result<()> {
        let world = &mut self.world;
        let (quote, base) = (world.quote, world.base);
        let amounts = [world.quote_units(POCKETS[0]), world.base_units(POCKETS[1])];
        world.mint(quote, holder, amounts[0])?;
        world.mint(base, holder, amounts[1])?;
        Ok(())
    }
}
