//! The lender: one market of Aave v3, where quote stands as collateral and base is borrowed at the variable rate.
//!
//! Assumed of it: it is the market that its addresses provider names, with base and quote in it (the constructor checks); what
//! it is asked to move it moves in full or reverts. Nothing is assumed of its being there: each call may be refused. An
//! allowance is for one call and gone with it.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{configuration::Configuration, host, token};
use crate::{
    error::{refuse, Refusal},
    interface::external::{AavePool, AaveProvider, AaveToken, Erc20},
    words::{self, Word, Words},
    Pool,
};

/// 1e27: what the lender's indices are in.
pub const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;
/// Interest rate mode of a variable loan.
const VARIABLE: u64 = 2;
/// Nobody brought the pool to the lender.
const REFERRAL: u64 = 0;
/// Most gas for a step, several times what one takes: a lender that burns all it gets refuses no more than one that reverts.
const MOST_FOR_A_STEP: u64 = 3_000_000;
/// WAD per basis point.
const BASIS_POINT: u128 = 100_000_000_000_000;
/// Words of a reserve's data at which its id, its aToken and its variable debt token stand.
const RESERVE_ID: usize = 7;
const A_TOKEN: usize = 8;
const VARIABLE_DEBT: usize = 10;

/// The lender: its market and the tokens that stand for supplied quote and borrowed base.
#[derive(Clone, Copy, Default)]
pub struct Lender {
    /// Aave's pool.
    pub market: Address,
    /// The aToken of quote.
    pub collateral_token: Address,
    /// The variable debt token of base.
    pub debt_token: Address,
    /// Part of free cash and collateral that stays there, debt or not, WAD.
    pub idle_share: u128,
}

/// Debt and collateral before interest: times the lender's index it is what they are worth.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scaled {
    /// Base atoms over the index of debt; never less than what the lender counts as ours.
    pub debt: u128,
    /// Quote atoms over the index of income; never more.
    pub collateral: u128,
}

/// What the lender says, read at one moment.
#[derive(Clone, Copy)]
pub struct Reading {
    /// Index of variable debt in base, ray.
    pub debt_index: u128,
    /// Index of income from quote, ray.
    pub income_index: u128,
    /// What of collateral in quote counts against debt before it is liquidated, WAD.
    pub threshold: u128,
}

/// Finds the market of an addresses provider and the tokens of its two reserves.
///
/// # Errors
/// `LenderInvalid` unless provider and market name each other, and market and tokens.
pub fn find(
    pool: &Pool,
    provider: Address,
    base: Address,
    quote: Address,
) -> Result<Lender, Refusal> {
    let found = || {
        let market = words::address(host::ask(
            pool,
            provider,
            Words::after(AaveProvider::getPoolCall::SELECTOR),
        )?);
        let named = host::ask(
            pool,
            market,
            Words::after(AavePool::ADDRESSES_PROVIDERCall::SELECTOR),
        )?;
        let lender = Lender {
            market,
            collateral_token: reserve_token(pool, market, quote, A_TOKEN)?,
            debt_token: reserve_token(pool, market, base, VARIABLE_DEBT)?,
            idle_share: 0,
        };
        (named == provider.word()).then_some(lender)
    };
    found().ok_or_else(|| refuse!(LenderInvalid, provider))
}

/// A token of a reserve, which has to name the market and the asset.
fn reserve_token(pool: &Pool, market: Address, asset: Address, index: usize) -> Option<Address> {
    let data = Words::after(AavePool::getReserveDataCall::SELECTOR).with(asset);
    let token = words::address(words::at(&host::view(pool, market, data)?, index)?);
    let named = host::ask(pool, token, Words::after(AaveToken::POOLCall::SELECTOR))?;
    let underlying = host::ask(
        pool,
        token,
        Words::after(AaveToken::UNDERLYING_ASSET_ADDRESSCall::SELECTOR),
    )?;
    (named == market.word() && underlying == asset.word()).then_some(token)
}

/// Indices and threshold; `None` when the lender does not answer.
pub fn reading(pool: &Pool, lender: &Lender, configuration: &Configuration) -> Option<Reading> {
    let (base, quote) = (configuration.base.word(), configuration.quote.word());
    let ask = |selector: [u8; 4], asset: U256| {
        let data = Words::after(selector).with(asset);
        host::ask(pool, lender.market, data)
    };
    let debt_index = ask(
        AavePool::getReserveNormalizedVariableDebtCall::SELECTOR,
        base,
    )?;
    let income_index = ask(AavePool::getReserveNormalizedIncomeCall::SELECTOR, quote)?;
    // Bits 16 to 31: the threshold in basis points.
    let traits = traits(pool, lender.market, quote)?;
    let threshold = (traits >> 16 & 0xffff) as u128 * BASIS_POINT;
    let index = |word| words::narrow(word).filter(|index| *index >= RAY);
    Some(Reading {
        debt_index: index(debt_index)?,
        income_index: index(income_index)?,
        threshold,
    })
}

/// What the lender counts as the pool's, with all that others gave or repaid.
pub fn counted(pool: &Pool, lender: &Lender) -> Option<Scaled> {
    let balance = |token| {
        let data = Words::after(AaveToken::scaledBalanceOfCall::SELECTOR).with(host::this(pool));
        words::narrow(host::ask(pool, token, data)?)
    };
    Some(Scaled {
        debt: balance(lender.debt_token)?,
        collateral: balance(lender.collateral_token)?,
    })
}

/// Quote that the lender could pay out now: what it counts itself since its version 3.1, because it does not pay out what it is given,
/// and before that what it holds.
pub fn available(pool: &Pool, lender: &Lender, quote: Address) -> u128 {
    let counted = Words::after(AavePool::getVirtualUnderlyingBalanceCall::SELECTOR).with(quote);
    let held = Words::after(Erc20::balanceOfCall::SELECTOR).with(lender.collateral_token);
    let there = host::ask(pool, lender.market, counted).or_else(|| host::ask(pool, quote, held));
    words::narrow(there.unwrap_or_default()).unwrap_or(u128::MAX)
}

/// What can be asked of the lender.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Put up collateral.
    Supply,
    /// Take collateral back.
    Withdraw,
    /// Owe more, at the variable rate.
    Borrow,
    /// Owe less.
    Repay,
}

/// Makes supplied `asset` collateral. Whether it was none before.
///
/// The lender takes what is supplied for collateral only where nothing was there before and its loan to value was not zero.
/// Anyone can have seen to that.
fn pledge(pool: &mut Pool, lender: &Lender, asset: Address) -> bool {
    let market = lender.market;
    let id = || {
        let data = Words::after(AavePool::getReserveDataCall::SELECTOR).with(asset);
        words::at(&host::view(pool, market, data)?, RESERVE_ID)
    };
    match (used(pool, market), id()) {
        (Some(used), Some(id)) if !used.bit(2 * id.as_limbs()[0] as usize + 1) => {
            use_as_collateral(pool, market, asset.word(), true)
        }
        _ => false,
    }
}

/// Two bits for each reserve: whether the pool borrowed there, and whether what it supplied there is collateral.
fn used(pool: &Pool, market: Address) -> Option<U256> {
    let data = Words::after(AavePool::getUserConfigurationCall::SELECTOR).with(host::this(pool));
    host::ask(pool, market, data)
}

fn use_as_collateral(pool: &mut Pool, market: Address, asset: U256, is_used: bool) -> bool {
    let data = Words::after(AavePool::setUserUseReserveAsCollateralCall::SELECTOR)
        .with(asset)
        .with(is_used as u64);
    host::call_within(pool, MOST_FOR_A_STEP, market, data).is_some()
}

/// Takes every reserve but that of `asset` whose loan to value is zero out of what stands as collateral. Whether there was one.
///
/// The lender lets go of no other while one of those is there; one that it keeps holds everything back, so that no more are asked for.
fn release_others(pool: &mut Pool, lender: &Lender, asset: Address) -> bool {
    let market = lender.market;
    let Some(used) = used(pool, market) else {
        return false;
    };
    let mut released = false;
    for index in (0..128u64).filter(|index| used.bit(2 * *index as usize + 1)) {
        let data = Words::after(AavePool::getReserveAddressByIdCall::SELECTOR).with(index);
        let Some(other) = host::ask(pool, market, data) else {
            break;
        };
        let Some(traits) = traits(pool, market, other) else {
            break;
        };
        // Bits 0 to 15: the loan to value.
        if other == asset.word() || traits as u16 != 0 {
            continue;
        }
        if !use_as_collateral(pool, market, other, false) {
            break;
        }
        released = true;
    }
    released
}

/// What the market has set for an asset, the first bits of it.
fn traits(pool: &Pool, market: Address, asset: U256) -> Option<u64> {
    let data = Words::after(AavePool::getConfigurationCall::SELECTOR).with(asset);
    Some(host::ask(pool, market, data)?.as_limbs()[0])
}

/// Takes a step with `amount` of base or quote. What was moved, which is less than asked only where less was owed; `None` when
/// the lender refused. What it takes from the pool it is allowed to take in this call alone.
pub fn take(
    pool: &mut Pool,
    lender: &Lender,
    configuration: &Configuration,
    step: Step,
    amount: u128,
) -> Option<u128> {
    let quote = configuration.quote;
    let asset = match step {
        Step::Supply | Step::Withdraw => quote,
        Step::Borrow | Step::Repay => configuration.base,
    };
    let pays = matches!(step, Step::Supply | Step::Repay);
    if pays && !approve(pool, asset, lender.market, amount) {
        return None;
    }
    let ask = |pool: &mut Pool| {
        let data = calldata(pool, step, asset, amount);
        host::call_within(pool, MOST_FOR_A_STEP, lender.market, data)
    };
    let mut output = ask(pool);
    // What others gave may stand in the way; then it is seen to, and asked again.
    if output.is_none() && clears(pool, lender, step, quote) {
        output = ask(pool);
    }
    let moved = output.map(|output| match step {
        Step::Repay => words::at(&output, 0)
            .and_then(words::narrow)
            .map_or(amount, |repaid| repaid.min(amount)),
        _ => amount,
    });
    if pays && moved != Some(amount) {
        approve(pool, asset, lender.market, 0);
    }
    moved
}

/// Sees to what others' gifts make of collateral. Whether there was something to see to.
///
/// The lender holds collateral back while a debtor has any in a reserve whose loan to value is zero, which anyone can give.
fn clears(pool: &mut Pool, lender: &Lender, step: Step, quote: Address) -> bool {
    match step {
        Step::Withdraw => release_others(pool, lender, quote),
        Step::Borrow => pledge(pool, lender, quote),
        _ => false,
    }
}

fn calldata(pool: &Pool, step: Step, asset: Address, amount: u128) -> Words {
    let this = host::this(pool);
    let selector = match step {
        Step::Supply => AavePool::supplyCall::SELECTOR,
        Step::Withdraw => AavePool::withdrawCall::SELECTOR,
        Step::Borrow => AavePool::borrowCall::SELECTOR,
        Step::Repay => AavePool::repayCall::SELECTOR,
    };
    let data = Words::after(selector).with(asset).with(amount);
    match step {
        Step::Supply => data.with(this).with(REFERRAL),
        Step::Withdraw => data.with(this),
        Step::Borrow => data.with(VARIABLE).with(REFERRAL).with(this),
        Step::Repay => data.with(VARIABLE).with(this),
    }
}

fn approve(pool: &mut Pool, asset: Address, spender: Address, amount: u128) -> bool {
    let data = Words::after(Erc20::approveCall::SELECTOR)
        .with(spender)
        .with(amount);
    token::succeed(pool, asset, data).is_ok()
}
