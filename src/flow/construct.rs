//! Construction: everything that can be wrong with the surroundings is refused here, once.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use crate::{
    error::{refuse, Refusal, Word},
    event::emit,
    guard,
    interface::external::{Erc20, SwapRouter, UniswapFactory},
    io::{host, words},
    storage::{
        configuration::{self, Configuration},
        parameters::{self, COUNT},
        roles,
    },
    Pool,
};

/// Most decimals of a token or a feed.
const MAX_DECIMALS: u64 = 18;

/// The pool's surroundings as the deployer names them.
pub struct Surroundings {
    /// The asset options are written on.
    pub base: Address,
    /// The asset premiums are paid in.
    pub quote: Address,
    /// Price feed, quote per base.
    pub feed: Address,
    /// Sequencer uptime feed, or zero.
    pub sequencer: Address,
    /// SwapRouter02.
    pub router: Address,
    /// Uniswap fee tier, hundredths of a basis point.
    pub fee_tier: u64,
    /// The engine program.
    pub engine: Address,
    /// The vault program.
    pub vault: Address,
    /// The first owner.
    pub owner: Address,
}

/// Reads and checks decimals, finds the venue, stores everything.
pub fn construct(
    pool: &mut Pool,
    surroundings: &Surroundings,
    values: &[U256; COUNT],
) -> Result<(), Refusal> {
    if configuration::is_constructed(pool) {
        return Err(refuse!(AlreadyConstructed));
    }
    guard::not_zero(surroundings.owner)?;
    guard::not_zero(surroundings.engine)?;
    guard::not_zero(surroundings.vault)?;
    let fee_tier = surroundings.fee_tier;
    let (base, quote) = (surroundings.base, surroundings.quote);
    let configuration = Configuration {
        base,
        quote,
        feed: surroundings.feed,
        sequencer: surroundings.sequencer,
        router: surroundings.router,
        venue: venue(pool, surroundings, fee_tier)?,
        engine: surroundings.engine,
        vault: surroundings.vault,
        fee_tier,
        quote_scale: scale(pool, quote)?,
        base_scale: scale(pool, base)?,
        feed_scale: scale(pool, surroundings.feed)?,
        base_is_token0: base < quote,
    };
    configuration::store(pool, &configuration);
    parameters::store(pool, &parameters::from_words(values)?)?;
    roles::store(pool, roles::OWNER, surroundings.owner);
    emit!(
        pool,
        OwnershipTransferred,
        [Address::ZERO, surroundings.owner],
        []
    );
    Ok(())
}

/// WAD per atom of a token or per unit of a feed's answer; both have the same `decimals` call.
fn scale(pool: &Pool, target: Address) -> Result<u128, Refusal> {
    let output = host::view(pool, target, &Erc20::decimalsCall::SELECTOR)
        .map_err(|_| refuse!(CallFailed, target))?;
    let decimals = words::at(&output, 0).ok_or_else(|| refuse!(CallFailed, target))?;
    if decimals > U256::from(MAX_DECIMALS) {
        return Err(refuse!(DecimalsUnsupported, target, decimals));
    }
    Ok(10u128.pow(MAX_DECIMALS as u32 - decimals.as_limbs()[0] as u32))
}

/// The Uniswap pool of the pair and fee tier.
fn venue(pool: &Pool, surroundings: &Surroundings, fee_tier: u64) -> Result<Address, Refusal> {
    let router = surroundings.router;
    let read = |target: Address, data: &[u8]| {
        host::view(pool, target, data)
            .ok()
            .and_then(|output| words::at(&output, 0))
            .map(words::address)
            .ok_or_else(|| refuse!(CallFailed, target))
    };
    let factory = read(router, &SwapRouter::factoryCall::SELECTOR)?;
    let query = [
        surroundings.base.word(),
        surroundings.quote.word(),
        fee_tier.word(),
    ];
    let venue = read(
        factory,
        &words::calldata(UniswapFactory::getPoolCall::SELECTOR, &query),
    )?;
    if venue.is_zero() {
        return Err(refuse!(VenueMissing, factory, fee_tier));
    }
    Ok(venue)
}
