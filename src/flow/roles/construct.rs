//! Construction: everything that can be wrong with the surroundings is refused here, once.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use crate::{
    error::{refuse, Refusal, Word},
    event::{emit, topic},
    guard,
    interface::external::{Erc20, UniswapFactory, UniswapPool},
    io::{
        feed, host, lender, venue,
        words::{self, Words},
    },
    storage::{
        configuration::{self, Configuration, MAX_DECIMALS},
        lending,
        parameters::{self, COUNT},
        roles,
    },
    Pool,
};

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
    /// The Uniswap v3 factory, which names the venue.
    pub factory: Address,
    /// Uniswap fee tier, hundredths of a basis point.
    pub fee_tier: u64,
    /// Aave v3's addresses provider, or zero.
    pub lender: Address,
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
    let fee_tier = surroundings.fee_tier;
    let (base, quote) = (surroundings.base, surroundings.quote);
    if !surroundings.sequencer.is_zero() {
        feed::sequencer(pool, surroundings.sequencer)?;
    }
    let configuration = Configuration {
        quote,
        feed: surroundings.feed,
        sequencer: surroundings.sequencer,
        venue: venue(pool, surroundings, fee_tier)?,
        fee_tier,
        quote_scale: scale(pool, quote)?,
        base_scale: scale(pool, base)?,
        feed_scale: scale(pool, surroundings.feed)?,
        base_is_token0: base < quote,
        has_lender: !surroundings.lender.is_zero(),
    };
    if configuration.has_lender {
        let lender = lender::find(pool, surroundings.lender, base, quote)?;
        lending::store_lender(pool, &lender);
    }
    configuration::store(pool, base, &configuration);
    venue::keep_observations(pool, configuration.venue);
    parameters::store(pool, &parameters::from_words(values)?)?;
    let lender = lending::lender(pool).market;
    announce(pool, base, &configuration, lender, values);
    roles::store(pool, roles::OWNER, surroundings.owner);
    emit!(
        pool,
        OwnershipTransferred,
        [Address::ZERO, surroundings.owner],
        []
    );
    Ok(())
}

/// Says what was fixed.
#[inline(never)]
fn announce(
    pool: &Pool,
    base: Address,
    c: &Configuration,
    lender: Address,
    values: &[U256; COUNT],
) {
    let fixed = topic!(Constructed)
        .with(base)
        .with(c.quote)
        .with(c.feed)
        .with(c.sequencer)
        .with(c.venue)
        .with(lender)
        .with(c.fee_tier)
        .with(c.base_scale)
        .with(c.quote_scale)
        .with(c.feed_scale);
    host::emit(pool, 1, fixed.all(values));
}

/// WAD per atom of a token or per unit of a feed's answer; both have the same `decimals` call.
fn scale(pool: &Pool, target: Address) -> Result<u128, Refusal> {
    let decimals = read(pool, target, Words::after(Erc20::decimalsCall::SELECTOR))?;
    if decimals > U256::from(MAX_DECIMALS) {
        return Err(refuse!(DecimalsUnsupported, target, decimals));
    }
    Ok(configuration::scale(decimals.as_limbs()[0]))
}

/// The Uniswap pool of the pair and fee tier, which has to say of itself what the factory says of it.
fn venue(pool: &Pool, surroundings: &Surroundings, fee_tier: u64) -> Result<Address, Refusal> {
    let factory = surroundings.factory;
    let (base, quote) = (surroundings.base, surroundings.quote);
    let query = Words::after(UniswapFactory::getPoolCall::SELECTOR)
        .with(base)
        .with(quote)
        .with(fee_tier);
    let venue = words::address(read(pool, factory, query)?);
    if venue.is_zero() {
        return Err(refuse!(VenueMissing, factory, fee_tier));
    }
    let (token0, token1) = if base < quote {
        (base, quote)
    } else {
        (quote, base)
    };
    for (selector, expected) in [
        (UniswapPool::token0Call::SELECTOR, token0.word()),
        (UniswapPool::token1Call::SELECTOR, token1.word()),
        (UniswapPool::feeCall::SELECTOR, fee_tier.word()),
    ] {
        if read(pool, venue, Words::after(selector))? != expected {
            return Err(refuse!(VenueMissing, factory, fee_tier));
        }
    }
    Ok(venue)
}

/// The first word that a contract answers; an address without code answers none.
fn read(pool: &Pool, target: Address, data: Words) -> Result<U256, Refusal> {
    host::ask(pool, target, data).ok_or_else(|| refuse!(CallFailed, target))
}
