//! Construction: everything that can be wrong with the surroundings is refused here, once.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use crate::{
    error::{refuse, Refusal},
    event::{emit, topic},
    guard,
    interface::external::{Erc20, UniswapFactory, UniswapPool},
    io::{
        self, feed, host,
        lender::{self, Lender},
    },
    storage::{
        configuration::{self, MAX_DECIMALS},
        head,
        parameters::{self, COUNT},
        roles, table,
    },
    words::{self, Word, Words},
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
    if head::load(pool).tables != 0 {
        return Err(refuse!(AlreadyConstructed));
    }
    guard::not_zero(surroundings.owner)?;
    let (base, quote) = (surroundings.base, surroundings.quote);
    if !surroundings.sequencer.is_zero() {
        feed::sequencer(pool, surroundings.sequencer)?;
    }
    let venue = venue(pool, surroundings)?;
    let lender = if surroundings.lender.is_zero() {
        Lender::default()
    } else {
        lender::find(pool, surroundings.lender, base, quote)?
    };
    parameters::from_words(values)?;
    // What the table has, in its order, but for the part of cash that the lender keeps; it is also what the event says.
    let fixed = Words::none()
        .with(base)
        .with(quote)
        .with(surroundings.feed)
        .with(surroundings.sequencer)
        .with(venue)
        .with(lender.market)
        .with(surroundings.fee_tier)
        .with(scale(pool, base)?)
        .with(scale(pool, quote)?)
        .with(scale(pool, surroundings.feed)?)
        .all(values)
        .with(lender.collateral_token)
        .with(lender.debt_token);
    host::emit(pool, 1, topic!(Constructed).bytes(&fixed));
    table::store(pool, &fixed.with(lender.idle_share))?;
    io::venue::keep_observations(pool, venue);
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
pub fn scale(pool: &Pool, target: Address) -> Result<u128, Refusal> {
    let decimals = read(pool, target, Words::after(Erc20::decimalsCall::SELECTOR))?;
    if decimals > U256::from(MAX_DECIMALS) {
        return Err(refuse!(DecimalsUnsupported, target, decimals));
    }
    Ok(configuration::scale(decimals.as_limbs()[0]))
}

/// The Uniswap pool of the pair and fee tier, which has to say of itself what the factory says of it.
fn venue(pool: &Pool, surroundings: &Surroundings) -> Result<Address, Refusal> {
    let (factory, fee_tier) = (surroundings.factory, surroundings.fee_tier);
    let (base, quote) = (surroundings.base, surroundings.quote);
    let query = Words::after(UniswapFactory::getPoolCall::SELECTOR)
        .with(base)
        .with(quote)
        .with(fee_tier);
    let venue = words::address(read(pool, factory, query)?);
    if venue.is_zero() {
        return Err(refuse!(VenueMissing, factory, fee_tier));
    }
    let (token0, token1) = if base.word() < quote.word() {
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
