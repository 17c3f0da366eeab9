//! Risk, net asset value, parameters, price sources and surroundings.

use smirk_engine::assess::Asked;

use crate::{
    answer,
    context::Context,
    error::Refusal,
    flow::{
        hedge::lend,
        liquidity::{deposit, value, withdraw},
        roles::signers,
        trade::fill,
    },
    guard,
    io::{feed, host},
    risk,
    saturating::Saturating,
    storage::{configuration, lending, money, parameters, roles, slots, table},
    words::Words,
    Pool,
};

/// Net greeks, band, exposure, scenario gate and capacity of the pool as it is.
pub fn risk_report(pool: &Pool) -> Result<Words, Refusal> {
    guard::unlocked(pool)?;
    let (context, assessment) = answer::for_view(pool, fill::ASKED)?;
    let health = context
        .look(pool)
        .map_or(u128::MAX, |open| lend::health(context, &open.reading));
    let (mark, hedge, stress) = (&assessment.after, &assessment.hedge, &assessment.stress);
    let [upside, downside] = value::used_up(assessment, mark.nav.max(0) as u128);
    Ok(Words::none()
        .with(mark.net_delta)
        .with(mark.net_gamma)
        .with(mark.net_vega)
        .with(mark.net_theta)
        .with(context.hedge_position())
        .with(hedge.exposure)
        .with(hedge.band)
        .with(hedge.limit)
        .with(hedge.trade)
        .with(stress.equity)
        .with(stress.worst_loss)
        .with(stress.worst_spot)
        .with(stress.worst_vol_move as i128)
        .with(stress.floor)
        .with(stress.upside_slope)
        .with(stress.upside_slope_limit)
        .with(stress.value_at_zero)
        .with(context.head.outside_since)
        .with(upside)
        .with(downside)
        .with(health))
}

/// Net asset value and recorded money.
pub fn nav(pool: &Pool) -> Result<Words, Refusal> {
    guard::unlocked(pool)?;
    let fit = answer::live(pool, withdraw::ASKED).ok();
    let is_stale = fit
        .as_ref()
        .is_none_or(|(context, _)| deposit::check_open(context).is_err());
    let (context, assessment) = match fit {
        Some(fit) => fit,
        None => answer::for_view(pool, withdraw::ASKED)?,
    };
    let mark = &assessment.after;
    let (money, reserves) = (&context.money, money::reserves(pool));
    let fees = context.money.fees as u128 * money::FEE_UNIT / context.configuration.quote_scale;
    let (loan, lent) = (context.loan, lending::ledger(pool));
    let principal = lent.supplied.max(0) as u128;
    let ledger = money::ledger(pool, money.cash.plus(principal), fees);
    Ok(Words::none()
        .with(mark.nav)
        .with(mark.nav_exit)
        .with(mark.nav_high)
        .with(context.book.unearned_up(context.now))
        .with(money.cash)
        .with(money.base)
        .with(reserves.set_aside)
        .with(money.shortfall)
        .with(reserves.insurance)
        .with(ledger.fees)
        .with(ledger.capacity)
        .with(ledger.rent)
        .with(ledger.premiums)
        .with(ledger.hedge_cash_flow)
        .with(ledger.hedge_cost)
        .with(loan.owed)
        .with(loan.supplied)
        .with(loan.owed as i128 - lent.borrowed)
        .with(loan.supplied as i128 - lent.supplied)
        .with(is_stale as u64))
}

/// State of feed, sequencer and venue. Never reverts for what they say.
pub fn oracle_status(pool: &Pool) -> Words {
    let configuration = configuration::load(pool);
    let limits = parameters::limits(&parameters::values(pool));
    let round = feed::latest(pool, &configuration).ok();
    let fit = Context::load(pool).ok();
    let sequencer = configuration.sequencer;
    let sequencer_up = sequencer.is_zero()
        || feed::sequencer(pool, sequencer).is_ok_and(|(down, since)| {
            !down && host::now(pool).saturating_sub(since) > limits.freshness.sequencer_grace
        });
    let tradable = fit
        .as_ref()
        .is_some_and(|context| risk::check_hedge_price(context).is_ok());
    Words::none()
        .with(round.map_or(0, |round| round.price))
        .with(round.map_or(0, |round| round.updated_at))
        .with(fit.map_or(0, |context| context.venue_price()))
        .with(sequencer_up as u64)
        .with(tradable as u64)
}

/// The parameters by index, in ABI units.
pub fn parameter_words(pool: &Pool) -> Words {
    let end = table::PARAMETERS + parameters::COUNT;
    Words::none().bytes(table::load(pool).bytes(table::PARAMETERS, end))
}

/// What was fixed at construction.
pub fn surroundings(pool: &Pool) -> Words {
    Words::none().bytes(table::load(pool).bytes(table::BASE, table::LENDER + 1))
}

/// Net asset value at the mid, atoms, rounded down; zero when it is not positive.
pub fn total_assets(pool: &Pool) -> Result<u128, Refusal> {
    guard::unlocked(pool)?;
    let (context, assessment) = answer::for_view(pool, Asked::default())?;
    Ok(context.atoms_down(assessment.after.nav))
}

/// The quorum: threshold, signers, newest report, and from when on a proposal can be accepted.
pub fn quorum(pool: &Pool) -> Words {
    let quorum = roles::quorum(pool);
    let mut list = Words::none().with(quorum.threshold);
    for place in 0..roles::MAX_SIGNERS as u64 {
        list = list.with(slots::load(pool, slots::SIGNERS + place));
    }
    list.with(quorum.newest).with(signers::acceptable_at(pool))
}
