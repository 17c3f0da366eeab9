//! Risk, net asset value, parameters, price sources and surroundings.

use alloc::vec::Vec;

use alloy_primitives::U256;
use smirk_engine::{
    assess::{Asked, Assessment},
    state::MAX_EXPIRIES,
    wide::mul_div_up,
};

use crate::{
    context::Context,
    error::{Refusal, Word},
    flow::{hedge::lend, liquidity::withdraw, roles::signers, trade::fill},
    guard,
    io::{feed, host, words},
    risk,
    storage::{configuration, head, lending, money, parameters, roles, slots},
    Pool,
};

const WAD: u128 = 1_000_000_000_000_000_000;

/// Net greeks, band, exposure, scenario gate and capacity of the pool as it is.
pub fn risk_report(pool: &Pool) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let mut context = Context::load_for_view(pool)?;
    let health = context
        .look(pool)
        .map_or(u128::MAX, |open| lend::health(&context, &open.reading));
    let assessment = context.assess(&[], fill::ASKED)?.assessment;
    let (mark, hedge, stress) = (&assessment.after, &assessment.hedge, &assessment.stress);
    let [upside, downside] = used_up(&assessment);
    Ok(words::data(&[
        mark.net_delta.word(),
        mark.net_gamma.word(),
        mark.net_vega.word(),
        mark.net_theta.word(),
        context.hedge_position().word(),
        hedge.exposure.word(),
        hedge.band.word(),
        hedge.limit.word(),
        hedge.trade.word(),
        stress.equity.word(),
        stress.worst_loss.word(),
        stress.worst_spot.word(),
        (stress.worst_vol_move as i128).word(),
        stress.floor.word(),
        stress.upside_slope.word(),
        stress.upside_slope_limit.word(),
        stress.value_at_zero.word(),
        context.head.outside_since.word(),
        upside.word(),
        downside.word(),
        health.word(),
    ]))
}

/// The largest parts of capacity in use over all horizons, for a rise and for a fall, WAD, rounded up.
fn used_up(assessment: &Assessment) -> [u128; 2] {
    let equity = assessment.after.nav.max(1) as u128;
    let mut used = [0; 2];
    for slice in 0..MAX_EXPIRIES {
        for (used, capital) in used.iter_mut().zip(assessment.tails.capital_up(slice)) {
            *used = mul_div_up(capital, WAD, equity)
                .unwrap_or(u128::MAX)
                .max(*used);
        }
    }
    used
}

/// Net asset value and recorded money.
pub fn nav(pool: &Pool) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let mark = context.assess(&[], withdraw::ASKED)?.assessment.after;
    let (money, reserves) = (&context.money, money::reserves(pool));
    let fees = context.head.fees as u128 * head::FEE_UNIT / context.configuration.quote_scale;
    let (loan, lent) = (context.loan, lending::ledger(pool));
    let principal = lent.supplied.max(0) as u128;
    let ledger = money::ledger(pool, money.cash.saturating_add(principal), fees);
    Ok(words::data(&[
        mark.nav.word(),
        mark.nav_exit.word(),
        mark.nav_high.word(),
        context.book.unearned_up(context.now).word(),
        money.cash.word(),
        money.base.word(),
        reserves.set_aside.word(),
        money.shortfall.word(),
        reserves.insurance.word(),
        ledger.fees.word(),
        ledger.capacity.word(),
        ledger.rent.word(),
        ledger.premiums.word(),
        ledger.hedge_cash_flow.word(),
        ledger.hedge_cost.word(),
        loan.owed.word(),
        loan.supplied.word(),
        (loan.owed as i128 - lent.borrowed).word(),
        (loan.supplied as i128 - lent.supplied).word(),
    ]))
}

/// State of feed, sequencer and venue. Never reverts for what they say.
pub fn oracle_status(pool: &Pool) -> Vec<u8> {
    let configuration = configuration::load(pool);
    let limits = parameters::limits(&parameters::traded(pool));
    let round = feed::latest(pool, &configuration).ok();
    let fit = Context::load(pool).ok();
    let sequencer = configuration.sequencer;
    let sequencer_up = sequencer.is_zero()
        || feed::sequencer(pool, sequencer).is_ok_and(|(down, since)| {
            !down && host::now(pool).saturating_sub(since) > limits.sequencer_grace
        });
    let tradable = fit
        .as_ref()
        .is_some_and(|context| risk::check_hedge_price(context).is_ok());
    words::data(&[
        round.map_or(0, |round| round.price).word(),
        round.map_or(0, |round| round.updated_at).word(),
        fit.map_or(0, |context| context.venue_price()).word(),
        (sequencer_up as u64).word(),
        (tradable as u64).word(),
    ])
}

/// The parameters by index, in ABI units.
pub fn parameter_words(pool: &Pool) -> [U256; parameters::COUNT] {
    parameters::values(pool).map(Word::word)
}

/// What was fixed at construction.
pub fn surroundings(pool: &Pool) -> Vec<u8> {
    let c = configuration::load(pool);
    let lender = lending::lender(pool).market;
    words::data(&[c.base, c.quote, c.feed, c.sequencer, c.venue, lender].map(Word::word))
}

/// Net asset value at the mid, atoms, rounded down; zero when it is not positive.
pub fn total_assets(pool: &Pool) -> Result<u128, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let mark = context.assess(&[], Asked::default())?.assessment.after;
    Ok(context.atoms_down(mark.nav))
}

/// The quorum: threshold, signers, newest report, and from when on a proposal can be accepted.
pub fn quorum(pool: &Pool) -> Vec<u8> {
    let quorum = roles::quorum(pool);
    let mut list = [U256::ZERO; roles::MAX_SIGNERS + 3];
    for (place, word) in (0u64..).zip(&mut list[1..]) {
        *word = slots::load(pool, slots::SIGNERS + place);
    }
    list[0] = quorum.threshold.word();
    list[roles::MAX_SIGNERS + 1] = quorum.newest.word();
    list[roles::MAX_SIGNERS + 2] = signers::acceptable_at(pool).word();
    words::data(&list)
}
