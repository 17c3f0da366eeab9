//! What the vault program answers on the pool's behalf: liquidity, the surface, parameters and reports.

use alloc::vec::Vec;

use alloy_primitives::U256;

use super::{answer, done, one, Arguments, CONSTRUCTOR};
use crate::{
    error::Refusal,
    flow::{
        self, admin, anchor,
        construct::Surroundings,
        deposit::{self, Amount},
        withdraw,
    },
    io::words,
    storage::{configuration, head, parameters, roles},
    token::share,
    view, Pool,
};

/// The return data of a call; `None` for a selector that is not here.
pub fn vault(
    pool: &mut Pool,
    selector: [u8; 4],
    a: &Arguments,
) -> Result<Option<Vec<u8>>, Refusal> {
    if selector == CONSTRUCTOR {
        construct(pool, a)?;
        a.finish()?;
        return Ok(Some(Vec::new()));
    }
    for table in [liquidity, reports, administration] {
        if let Some(output) = table(pool, selector, a)? {
            a.finish()?;
            return Ok(Some(output));
        }
    }
    Ok(None)
}

fn liquidity(
    pool: &mut Pool,
    selector: [u8; 4],
    a: &Arguments,
) -> Result<Option<Vec<u8>>, Refusal> {
    let assets = || Amount::Assets(a.word(0));
    let shares = || Amount::Shares(a.word(0));
    answer!(selector, {
        assetCall => one(configuration::load(pool).quote),
        totalAssetsCall => one(view::total_assets(pool)?),
        convertToSharesCall => one(view::convert(pool, assets())?),
        convertToAssetsCall => one(view::convert(pool, shares())?),
        maxDepositCall => one(view::max_deposit(pool)),
        maxMintCall => one(view::max_deposit(pool)),
        maxWithdrawCall => one(view::max_withdraw(pool, share::balance(pool, a.address(0))).0),
        maxRedeemCall => one(view::max_withdraw(pool, share::balance(pool, a.address(0))).1),
        previewDepositCall => one(view::preview(pool, assets(), true)?.1),
        previewMintCall => one(view::preview(pool, shares(), true)?.0),
        previewWithdrawCall => one(view::preview(pool, assets(), false)?.1),
        previewRedeemCall => one(view::preview(pool, shares(), false)?.0),
        depositCall => one(deposit::deposit(pool, assets(), a.address(1))?.1),
        mintCall => one(deposit::deposit(pool, shares(), a.address(1))?.0),
        withdrawCall => one(withdraw::withdraw(pool, assets(), a.address(1), a.address(2))?.1),
        redeemCall => one(withdraw::withdraw(pool, shares(), a.address(1), a.address(2))?.0),
    });
    Ok(None)
}

fn reports(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Vec<u8>>, Refusal> {
    answer!(selector, {
        surfaceCall => view::surface(pool),
        impliedVolCall => one(view::implied_vol(pool, a.time(0), a.word(1))?),
        bookCall => view::book(pool)?,
        riskCall => view::risk_report(pool)?,
        navCall => view::nav(pool)?,
        parametersCall => words::data(&view::parameter_words(pool)),
        oracleStatusCall => view::oracle_status(pool),
        surroundingsCall => view::surroundings(pool),
        ownerCall => one(roles::load(pool, roles::OWNER)),
        pendingOwnerCall => one(roles::load(pool, roles::PENDING_OWNER)),
        guardianCall => one(roles::load(pool, roles::GUARDIAN)),
        keeperCall => one(roles::load(pool, roles::KEEPER)),
        pausedCall => one(head::load(pool).paused as u64),
    });
    Ok(None)
}

fn administration(
    pool: &mut Pool,
    selector: [u8; 4],
    a: &Arguments,
) -> Result<Option<Vec<u8>>, Refusal> {
    let ratio = |index| a.number(index, u64::MAX);
    answer!(selector, {
        listExpiryCall => done(anchor::list(pool, a.time(0)))?,
        postAnchorCall => done(anchor::post(pool, a.time(0), ratio(1), ratio(2), ratio(3)))?,
        setParameterCall => done(admin::set_parameter(pool, a.word(0), a.word(1)))?,
    });
    Ok(None)
}

fn construct(pool: &mut Pool, a: &Arguments) -> Result<(), Refusal> {
    let surroundings = Surroundings {
        base: a.address(0),
        quote: a.address(1),
        feed: a.address(2),
        sequencer: a.address(3),
        router: a.address(4),
        fee_tier: a.number(5, (1 << 24) - 1),
        engine: a.address(6),
        vault: a.address(7),
        owner: a.address(8),
    };
    let mut values = [U256::ZERO; parameters::COUNT];
    for (index, value) in values.iter_mut().enumerate() {
        *value = a.word(9 + index);
    }
    flow::construct::construct(pool, &surroundings, &values)
}
