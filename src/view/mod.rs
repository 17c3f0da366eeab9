//! What integrators read. Every view works while the pool is paused; those that price the book refuse to answer in
//! the middle of a state-changing call.

use alloc::vec::Vec;

use alloy_primitives::U256;
use smirk_engine::{
    shares,
    state::{Node, Order, Side, LOT},
};

use crate::{
    answer::{self, Answer},
    context::Context,
    error::{Refusal, Word},
    flow::liquidity::{
        deposit::{self, Amount},
        withdraw,
    },
    guard,
    io::{feed, host, words},
    risk,
    storage::{book::Book, configuration, head, money, parameters},
    token::share,
    Pool,
};

/// The answer to an order in the same block, or the error that the trade would end in (but for the taker's own
/// limit, deadline, balance and allowance).
pub fn quote(pool: &Pool, id: U256, size: U256, side: Side) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    if side == Side::Buy {
        guard::running(pool)?;
    }
    let mut context = Context::load(pool)?;
    let order = context.order(id, size, side)?;
    let answer = price(&context, &order)?;
    let (premium, fee, total) = match side {
        Side::Buy => {
            let (premium, fee) = answer.charge_up(&context.configuration);
            (premium, fee, premium.saturating_add(fee))
        }
        Side::Sell => {
            let (premium, fee) = answer.charge_down(&context.configuration);
            (premium, fee, premium.saturating_sub(fee))
        }
    };
    let (quote, hedge) = (&answer.assessment.quote, &answer.assessment.hedge);
    Ok(words::data(&[
        premium.word(),
        fee.word(),
        total.word(),
        quote.mark.word(),
        quote.vol_before.word(),
        quote.vol_after.word(),
        quote.shift.word(),
        quote.delta.word(),
        quote.gamma.word(),
        quote.vega.word(),
        quote.theta.word(),
        hedge.trade.word(),
        hedge.exposure.word(),
        hedge.band.word(),
        hedge.limit.word(),
    ]))
}

fn price(context: &Context, order: &Order) -> Result<Answer, Refusal> {
    let buying = order.side == Side::Buy;
    let answer = context.assess(Some(order), buying)?;
    if buying {
        risk::check_venue_price(context, answer.venue_price)?;
        risk::check_stress(&answer.assessment.stress)?;
    }
    Ok(answer)
}

/// The whole book with marks and greeks.
pub fn book(pool: &Pool) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let nodes = context.book.nodes();
    let mut list = list(nodes.len());
    let snapshot = context.snapshot();
    let puts = context.book.puts(pool);
    let marks = answer::marks(&snapshot);
    for ((node, puts), mark) in nodes.iter().zip(puts).zip(marks) {
        list.extend_from_slice(&[
            context.book.slices()[node.slice as usize].expiry.word(),
            node.strike.word(),
            size(node.calls - puts).word(),
            size(puts).word(),
            mark.vol.word(),
            mark.call.word(),
            mark.put.word(),
            mark.delta.word(),
            mark.gamma.word(),
            mark.vega.word(),
            mark.theta.word(),
        ]);
    }
    Ok(words::data(&list))
}

/// Anchor vol of a listed expiry at a strike, WAD.
pub fn implied_vol(pool: &Pool, expiry: u64, strike: U256) -> Result<U256, Refusal> {
    let context = Context::load_for_view(pool)?;
    let slice = context.open_slice(expiry)? as u8;
    let strike = share::narrow_shares(strike)?;
    let node = Node {
        slice,
        strike,
        calls: 0,
        puts: 0,
    };
    Ok(answer::mark(&context, &node).vol.word())
}

/// Listed expiries with their anchors, ascending.
pub fn surface(pool: &Pool) -> Vec<u8> {
    let book = Book::load(pool, &head::load(pool), 1);
    let mut list = list(book.slices().len());
    for slice in book.slices() {
        list.extend_from_slice(&[
            slice.expiry.word(),
            slice.atm_vol.word(),
            slice.left_wing.word(),
            slice.right_wing.word(),
            slice.posted_at.word(),
        ]);
    }
    words::data(&list)
}

/// Net greeks, band, exposure and scenario gate of the pool as it is.
pub fn risk_report(pool: &Pool) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let answer = context.assess(None, true)?.assessment;
    let (mark, hedge, stress) = (&answer.after, &answer.hedge, &answer.stress);
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
    ]))
}

/// Net asset value and recorded money.
pub fn nav(pool: &Pool) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let mark = context.assess(None, false)?.assessment.before;
    let (money, ledger) = (&context.money, money::ledger(pool));
    Ok(words::data(&[
        mark.nav.word(),
        mark.nav_low.word(),
        mark.nav_high.word(),
        money.cash.word(),
        money.base.word(),
        money.set_aside.word(),
        money.shortfall.word(),
        ledger.fees.word(),
        ledger.premiums.word(),
        ledger.hedge_cash_flow.word(),
        ledger.hedge_cost.word(),
    ]))
}

/// Net asset value at the mid, atoms, rounded down; zero when it is not positive.
pub fn total_assets(pool: &Pool) -> Result<u128, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let mark = context.assess(None, false)?.assessment.before;
    Ok(context.atoms_down(mark.nav))
}

/// State of feed, sequencer and venue. Never reverts for what they say.
pub fn oracle_status(pool: &Pool) -> Vec<u8> {
    let configuration = configuration::load(pool);
    let limits = parameters::limits(&parameters::values(pool));
    let round = feed::latest(pool, &configuration).ok();
    let fit = Context::load(pool).ok();
    let venue_price = fit
        .as_ref()
        .and_then(|context| context.assess(None, false).ok())
        .map_or(0, |answer| answer.venue_price);
    let sequencer = configuration.sequencer;
    let sequencer_up = sequencer.is_zero()
        || feed::sequencer(pool, sequencer).is_ok_and(|(down, since)| {
            !down && host::now(pool).saturating_sub(since) > limits.sequencer_grace
        });
    let tradable =
        fit.is_some_and(|context| risk::check_venue_price(&context, venue_price).is_ok());
    words::data(&[
        round.map_or(0, |round| round.price).word(),
        round.map_or(0, |round| round.updated_at).word(),
        venue_price.word(),
        (sequencer_up as u64).word(),
        (tradable as u64).word(),
    ])
}

/// ERC-4626 previews. `deposit`: the high side of net asset value, else the low side.
/// Returns (assets, shares).
pub fn preview(pool: &Pool, amount: Amount, depositing: bool) -> Result<(U256, U256), Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load(pool)?;
    let answer = context.assess(None, false)?;
    let priced = if depositing {
        deposit::priced
    } else {
        withdraw::priced
    };
    let (assets, shares) = priced(pool, &context, &answer.assessment, amount)?;
    Ok((assets.word(), shares.word()))
}

/// Most assets that a deposit would be taken of: nothing while deposits are closed, for whatever reason.
pub fn max_deposit(pool: &Pool) -> u128 {
    let open = || -> Result<(), Refusal> {
        guard::unlocked(pool)?;
        guard::running(pool)?;
        let context = Context::load(pool)?;
        deposit::check_open(&context)?;
        let answer = context.assess(None, false)?;
        risk::check_venue_price(&context, answer.venue_price)
    };
    // Far below what could overflow in a conversion, far above any money there is.
    open().map_or(0, |()| u64::MAX as u128 * 1_000_000_000)
}

/// Most that this many shares can be redeemed for now: (assets, shares); zero when withdrawal is impossible.
pub fn max_withdraw(pool: &Pool, owned: U256) -> (u128, u128) {
    let most = || -> Result<(u128, u128), Refusal> {
        guard::unlocked(pool)?;
        let context = Context::load(pool)?;
        let assessment = context.assess(None, true)?.assessment;
        let limit = withdraw::most(&context, &assessment);
        let (assets, shares) =
            withdraw::priced(pool, &context, &assessment, Amount::Shares(owned))?;
        if assets <= limit {
            return Ok((assets, shares));
        }
        // Shares whose rounded-down worth stays within the limit.
        let nav = withdraw::low(&context, &assessment);
        let shares = shares::to_shares_down(limit, nav, share::supply(pool)).unwrap_or(0);
        Ok((limit, shares))
    };
    most().unwrap_or((0, 0))
}

/// ERC-4626 conversions at the mid of net asset value.
pub fn convert(pool: &Pool, amount: Amount) -> Result<U256, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let mark = context.assess(None, false)?.assessment.before;
    let nav = context.atoms_down(mark.nav);
    let supply = share::supply(pool);
    let converted = match amount {
        Amount::Assets(assets) => {
            shares::to_shares_down(share::narrow_shares(assets)?, nav, supply)
        }
        Amount::Shares(shares) => {
            shares::to_assets_down(share::narrow_shares(shares)?, nav, supply)
        }
    };
    Ok(converted.unwrap_or(u128::MAX).word())
}

/// The parameters by index, in ABI units.
pub fn parameter_words(pool: &Pool) -> [U256; parameters::COUNT] {
    parameters::values(pool).map(Word::word)
}

/// The head of a list of structs: offset and length.
fn list(length: usize) -> Vec<U256> {
    vec![32u64.word(), (length as u64).word()]
}

/// A position in lots as a WAD size.
fn size(lots: i64) -> i128 {
    lots as i128 * LOT as i128
}

/// What was fixed at construction.
pub fn surroundings(pool: &Pool) -> Vec<u8> {
    let c = configuration::load(pool);
    let addresses = [c.base, c.quote, c.feed, c.sequencer, c.venue];
    words::data(&addresses.map(Word::word))
}
