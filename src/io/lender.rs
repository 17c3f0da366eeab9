//! The lender: one market of Aave v3, where quote stands as collateral and base is borrowed at the variable rate.
//!
//! Assumed of it: it is the market that its addresses provider names, with base and quote in it (the constructor checks); what
//! it is asked to move it moves in full or reverts. Nothing is assumed of its being there: each call may be refused. An
//! allowance is for one call and gone with it.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{host, token, words};
use crate::{
    error::{refuse, Refusal, Word},
    interface::external::{AavePool, AaveProvider, AaveToken, Erc20},
    storage::{
        configuration::Configuration,
        lending::{Lender, Scaled},
    },
    Pool,
};

/// 1e27: what the lender's indices are in.
pub const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;
/// Interest rate mode of a variable loan.
const VARIABLE: u64 = 2;
/// WAD per basis point.
const BASIS_POINT: u128 = 100_000_000_000_000;
/// Words of a reserve's data at which its aToken and its variable debt token stand.
const A_TOKEN: usize = 8;
const VARIABLE_DEBT: usize = 10;

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
        let market = words::address(read(pool, provider, &AaveProvider::getPoolCall::SELECTOR)?);
        let named = read(pool, market, &AavePool::ADDRESSES_PROVIDERCall::SELECTOR)?;
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
    let data = words::calldata(AavePool::getReserveDataCall::SELECTOR, &[asset.word()]);
    let token = words::address(words::at(&host::view(pool, market, &data).ok()?, index)?);
    let named = read(pool, token, &AaveToken::POOLCall::SELECTOR)?;
    let underlying = read(
        pool,
        token,
        &AaveToken::UNDERLYING_ASSET_ADDRESSCall::SELECTOR,
    )?;
    (named == market.word() && underlying == asset.word()).then_some(token)
}

/// Indices and threshold; `None` when the lender does not answer.
pub fn reading(pool: &Pool, lender: &Lender, configuration: &Configuration) -> Option<Reading> {
    let (base, quote) = (configuration.base.word(), configuration.quote.word());
    let ask = |selector: [u8; 4], asset: U256| {
        let data = words::calldata(selector, &[asset]);
        read(pool, lender.market, &data)
    };
    let debt_index = ask(
        AavePool::getReserveNormalizedVariableDebtCall::SELECTOR,
        base,
    )?;
    let income_index = ask(AavePool::getReserveNormalizedIncomeCall::SELECTOR, quote)?;
    // Bits 16 to 31: the threshold in basis points.
    let traits = ask(AavePool::getConfigurationCall::SELECTOR, quote)?.as_limbs()[0];
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
    let this = host::this(pool).word();
    let data = words::calldata(AaveToken::scaledBalanceOfCall::SELECTOR, &[this]);
    let balance = |token| words::narrow(read(pool, token, &data)?);
    Some(Scaled {
        debt: balance(lender.debt_token)?,
        collateral: balance(lender.collateral_token)?,
    })
}

/// Quote that the lender could pay out now.
pub fn available(pool: &Pool, lender: &Lender, quote: Address) -> u128 {
    let holder = lender.collateral_token.word();
    let data = words::calldata(Erc20::balanceOfCall::SELECTOR, &[holder]);
    let balance = read(pool, quote, &data).unwrap_or_default();
    words::narrow(balance).unwrap_or(u128::MAX)
}

/// Supplies `amount` of `asset`. Whether it did.
pub fn supply(pool: &mut Pool, lender: &Lender, asset: Address, amount: u128) -> bool {
    let this = host::this(pool).word();
    let fields = [asset.word(), amount.word(), this, U256::ZERO];
    let data = words::calldata(AavePool::supplyCall::SELECTOR, &fields);
    paying(pool, lender, asset, amount, &data).is_some()
}

/// Repays up to `amount` of `asset`. What was repaid, less than asked when less was owed; `None` when it was refused.
pub fn repay(pool: &mut Pool, lender: &Lender, asset: Address, amount: u128) -> Option<u128> {
    let this = host::this(pool).word();
    let fields = [asset.word(), amount.word(), VARIABLE.word(), this];
    let data = words::calldata(AavePool::repayCall::SELECTOR, &fields);
    let output = paying(pool, lender, asset, amount, &data)?;
    let repaid = words::at(&output, 0).and_then(words::narrow);
    let repaid = repaid.unwrap_or(amount).min(amount);
    if repaid < amount {
        approve(pool, asset, lender.market, 0);
    }
    Some(repaid)
}

/// Borrows `amount` of `asset` at the variable rate. Whether it did.
pub fn borrow(pool: &mut Pool, lender: &Lender, asset: Address, amount: u128) -> bool {
    let this = host::this(pool).word();
    let fields = [
        asset.word(),
        amount.word(),
        VARIABLE.word(),
        U256::ZERO,
        this,
    ];
    let data = words::calldata(AavePool::borrowCall::SELECTOR, &fields);
    host::call(pool, lender.market, &data).is_ok()
}

/// Takes `amount` of `asset` back. Whether it did.
pub fn withdraw(pool: &mut Pool, lender: &Lender, asset: Address, amount: u128) -> bool {
    let this = host::this(pool).word();
    let fields = [asset.word(), amount.word(), this];
    let data = words::calldata(AavePool::withdrawCall::SELECTOR, &fields);
    host::call(pool, lender.market, &data).is_ok()
}

/// A call that takes `amount` of `asset` from the pool: allowed for it, and for nothing after it.
fn paying(
    pool: &mut Pool,
    lender: &Lender,
    asset: Address,
    amount: u128,
    data: &[u8],
) -> Option<alloc::vec::Vec<u8>> {
    if !approve(pool, asset, lender.market, amount) {
        return None;
    }
    let output = host::call(pool, lender.market, data).ok();
    if output.is_none() {
        approve(pool, asset, lender.market, 0);
    }
    output
}

fn approve(pool: &mut Pool, asset: Address, spender: Address, amount: u128) -> bool {
    let data = words::calldata(
        Erc20::approveCall::SELECTOR,
        &[spender.word(), amount.word()],
    );
    token::succeed(pool, asset, &data).is_ok()
}

/// The first word that a contract answers; an address without code answers none.
fn read(pool: &Pool, target: Address, data: &[u8]) -> Option<U256> {
    words::at(&host::view(pool, target, data).ok()?, 0)
}
