//! What integrators read. Every view works while the pool is paused; those that price the book refuse to answer in
//! the middle of a state-changing call.

use alloc::vec::Vec;

use alloy_primitives::U256;
use alloy_sol_types::sol;
use smirk_engine::state::{Node, Order, Side};
use stylus_sdk::prelude::*;

use crate::{
    error::{Refusal, Word},
    flow::{
        deposit::{self, Amount},
        withdraw, Context,
    },
    guard,
    io::{
        engine::{self, Answer},
        feed,
    },
    storage::{configuration, money, parameters},
    token::share,
    Pool,
};

sol! {
    /// The pool's full answer to an order. Premium, fee and total in quote atoms; the rest WAD.
    #[derive(AbiType)]
    struct Quote {
        uint256 premium;
        uint256 fee;
        uint256 total;
        uint256 mark;
        uint256 volBefore;
        uint256 volAfter;
        uint256 shift;
        int256 delta;
        int256 gamma;
        int256 vega;
        int256 theta;
        int256 plannedHedge;
        int256 exposureAfter;
        uint256 band;
        uint256 exposureLimit;
    }

    /// Net greeks, hedge, band and scenario gate, WAD; pool's view.
    #[derive(AbiType)]
    struct Risk {
        int256 netDelta;
        int256 netGamma;
        int256 netVega;
        int256 netTheta;
        int256 hedgePosition;
        int256 exposure;
        uint256 band;
        uint256 exposureLimit;
        int256 hedgeDue;
        int256 equity;
        uint256 worstLoss;
        uint256 worstSpot;
        int256 worstVolMove;
        uint256 equityFloor;
        int256 upsideSlope;
        int256 upsideSlopeLimit;
        int256 valueAtZero;
    }

    /// Net asset value (WAD of quote: mid, low side, high side) and recorded money (atoms).
    #[derive(AbiType)]
    struct Nav {
        int256 mid;
        int256 low;
        int256 high;
        uint256 cash;
        uint256 base;
        uint256 setAside;
        uint256 shortfall;
        uint256 fees;
        int256 premiums;
        int256 hedgeCashFlow;
        int256 hedgeCost;
    }

    /// One (expiry, strike): the pool's net positions and, per option, anchor vol, values and greeks, WAD.
    #[derive(AbiType)]
    struct BookNode {
        uint256 expiry;
        uint256 strike;
        int256 calls;
        int256 puts;
        uint256 vol;
        uint256 call;
        uint256 put;
        uint256 delta;
        uint256 gamma;
        uint256 vega;
        int256 theta;
    }

    /// One listed expiry and its anchor, WAD; all zero but the expiry before the first anchor.
    #[derive(AbiType)]
    struct Anchor {
        uint256 expiry;
        uint256 atmVol;
        uint256 leftWing;
        uint256 rightWing;
        uint256 postedAt;
    }

    /// What the pool makes of its price sources. `tradable`: a buy would not be refused for the oracle.
    #[derive(AbiType)]
    struct OracleStatus {
        uint256 price;
        uint256 updatedAt;
        uint256 venuePrice;
        bool sequencerUp;
        bool tradable;
    }
}

/// The answer to an order in the same block, or the error that the trade would end in (but for the taker's own
/// limit, deadline, balance and allowance).
pub fn quote(pool: &Pool, id: U256, size: U256, side: Side) -> Result<Quote, Refusal> {
    guard::unlocked(pool)?;
    if side == Side::Buy {
        guard::running(pool)?;
    }
    let mut context = Context::load(pool)?;
    let order = context.order(id, size, side)?;
    let answer = price(pool, &context, &order)?;
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
    Ok(Quote {
        premium: premium.word(),
        fee: fee.word(),
        total: total.word(),
        mark: quote.mark.word(),
        volBefore: quote.vol_before.word(),
        volAfter: quote.vol_after.word(),
        shift: quote.shift.word(),
        delta: signed(quote.delta),
        gamma: signed(quote.gamma),
        vega: signed(quote.vega),
        theta: signed(quote.theta),
        plannedHedge: signed(hedge.trade),
        exposureAfter: signed(hedge.exposure),
        band: hedge.band.word(),
        exposureLimit: hedge.limit.word(),
    })
}

fn price(pool: &Pool, context: &Context, order: &Order) -> Result<Answer, Refusal> {
    let buying = order.side == Side::Buy;
    let answer = context.assess(pool, Some(order), buying)?;
    if buying {
        crate::risk::check_venue_price(context, answer.venue_price)?;
        crate::risk::check_stress(&answer.assessment.stress)?;
    }
    Ok(answer)
}

/// The whole book with marks and greeks.
pub fn book(pool: &Pool) -> Result<Vec<BookNode>, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let marks = engine::marks(pool, &context, context.book.nodes())?;
    let node = |(node, mark): (&Node, &smirk_engine::state::Mark)| BookNode {
        expiry: context.book.slices()[node.slice as usize].expiry.word(),
        strike: node.strike.word(),
        calls: signed(size(node.calls)),
        puts: signed(size(node.puts)),
        vol: mark.vol.word(),
        call: mark.call.word(),
        put: mark.put.word(),
        delta: mark.delta.word(),
        gamma: mark.gamma.word(),
        vega: mark.vega.word(),
        theta: signed(mark.theta),
    };
    Ok(context.book.nodes().iter().zip(&marks).map(node).collect())
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
    let marks = engine::marks(pool, &context, &[node])?;
    Ok(marks.first().map_or(U256::ZERO, |mark| mark.vol.word()))
}

/// Listed expiries with their anchors, ascending.
pub fn surface(pool: &Pool) -> Vec<Anchor> {
    let head = crate::storage::head::load(pool);
    let book = crate::storage::book::Book::load(pool, &head, 1);
    let anchor = |slice: &smirk_engine::state::Slice| Anchor {
        expiry: slice.expiry.word(),
        atmVol: slice.atm_vol.word(),
        leftWing: slice.left_wing.word(),
        rightWing: slice.right_wing.word(),
        postedAt: slice.posted_at.word(),
    };
    book.slices().iter().map(anchor).collect()
}

/// Net greeks, band, exposure and scenario gate of the pool as it is.
pub fn risk(pool: &Pool) -> Result<Risk, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let answer = context.assess(pool, None, true)?.assessment;
    let (mark, hedge, stress) = (&answer.after, &answer.hedge, &answer.stress);
    Ok(Risk {
        netDelta: signed(mark.net_delta),
        netGamma: signed(mark.net_gamma),
        netVega: signed(mark.net_vega),
        netTheta: signed(mark.net_theta),
        hedgePosition: signed(context.hedge_position()),
        exposure: signed(hedge.exposure),
        band: hedge.band.word(),
        exposureLimit: hedge.limit.word(),
        hedgeDue: signed(hedge.trade),
        equity: signed(stress.equity),
        worstLoss: stress.worst_loss.word(),
        worstSpot: stress.worst_spot.word(),
        worstVolMove: signed(stress.worst_vol_move as i128),
        equityFloor: stress.floor.word(),
        upsideSlope: signed(stress.upside_slope),
        upsideSlopeLimit: signed(stress.upside_slope_limit),
        valueAtZero: signed(stress.value_at_zero),
    })
}

/// Net asset value and recorded money.
pub fn nav(pool: &Pool) -> Result<Nav, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let mark = context.assess(pool, None, false)?.assessment.before;
    let (money, ledger) = (&context.money, money::ledger(pool));
    Ok(Nav {
        mid: signed(mark.nav),
        low: signed(mark.nav_low),
        high: signed(mark.nav_high),
        cash: money.cash.word(),
        base: money.base.word(),
        setAside: money.set_aside.word(),
        shortfall: money.shortfall.word(),
        fees: ledger.fees.word(),
        premiums: signed(ledger.premiums),
        hedgeCashFlow: signed(ledger.hedge_cash_flow),
        hedgeCost: signed(ledger.hedge_cost),
    })
}

/// State of feed, sequencer and venue. Never reverts for what they say.
pub fn oracle_status(pool: &Pool) -> OracleStatus {
    let configuration = configuration::load(pool);
    let limits = parameters::limits(&parameters::values(pool));
    let round = feed::latest(pool, &configuration).ok();
    let fit = Context::load(pool).ok();
    let venue_price = fit
        .as_ref()
        .and_then(|context| context.assess(pool, None, false).ok())
        .map_or(0, |answer| answer.venue_price);
    let sequencer = configuration.sequencer;
    let sequencer_up = sequencer.is_zero()
        || feed::sequencer(pool, sequencer).is_ok_and(|(down, since)| {
            !down && crate::io::host::now(pool).saturating_sub(since) > limits.sequencer_grace
        });
    OracleStatus {
        price: round.map_or(0, |round| round.price).word(),
        updatedAt: round.map_or(0, |round| round.updated_at).word(),
        venuePrice: venue_price.word(),
        sequencerUp: sequencer_up,
        tradable: fit
            .is_some_and(|context| crate::risk::check_venue_price(&context, venue_price).is_ok()),
    }
}

/// ERC-4626 previews. `deposit`: the high side of net asset value, else the low side.
/// Returns (assets, shares).
pub fn preview(pool: &Pool, amount: Amount, depositing: bool) -> Result<(U256, U256), Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load(pool)?;
    let answer = context.assess(pool, None, false)?;
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
        let answer = context.assess(pool, None, false)?;
        crate::risk::check_venue_price(&context, answer.venue_price)
    };
    // Far below what could overflow in a conversion, far above any money there is.
    open().map_or(0, |()| u64::MAX as u128 * 1_000_000_000)
}

/// Most that this many shares can be redeemed for now: (assets, shares); zero when withdrawal is impossible.
pub fn max_withdraw(pool: &Pool, owned: U256) -> (u128, u128) {
    let most = || -> Result<(u128, u128), Refusal> {
        guard::unlocked(pool)?;
        let context = Context::load(pool)?;
        let assessment = context.assess(pool, None, true)?.assessment;
        let limit = withdraw::most(&context, &assessment);
        let (assets, shares) =
            withdraw::priced(pool, &context, &assessment, Amount::Shares(owned))?;
        if assets <= limit {
            return Ok((assets, shares));
        }
        // Shares whose rounded-down worth stays within the limit.
        let nav = context.atoms_down(assessment.before.nav_low);
        let shares =
            smirk_engine::shares::to_shares_down(limit, nav, share::supply(pool)).unwrap_or(0);
        Ok((limit, shares))
    };
    most().unwrap_or((0, 0))
}

/// ERC-4626 conversions at the mid of net asset value.
pub fn convert(pool: &Pool, amount: Amount) -> Result<U256, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let mark = context.assess(pool, None, false)?.assessment.before;
    let nav = context.atoms_down(mark.nav);
    let supply = share::supply(pool);
    let converted = match amount {
        Amount::Assets(assets) => {
            smirk_engine::shares::to_shares_down(share::narrow_shares(assets)?, nav, supply)
        }
        Amount::Shares(shares) => {
            smirk_engine::shares::to_assets_down(share::narrow_shares(shares)?, nav, supply)
        }
    };
    Ok(converted.unwrap_or(u128::MAX).word())
}

/// The parameters by index, in ABI units.
pub fn parameter_words(pool: &Pool) -> [U256; parameters::COUNT] {
    parameters::values(pool).map(Word::word)
}

fn signed(value: i128) -> alloy_primitives::I256 {
    alloy_primitives::I256::from_raw(value.word())
}

/// A position in lots as a WAD size.
fn size(lots: i64) -> i128 {
    lots as i128 * smirk_engine::state::LOT as i128
}
