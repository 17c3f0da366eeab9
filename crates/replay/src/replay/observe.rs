//! Reads the pool's views into the report's records.

use alloy_primitives::{Address, U256};
use anyhow::Result;
use smirk_engine::state::{Slice, YEAR};
use smirk_engine::surface::forward;
use smirk_world::abi::IPool;

use super::setup::Cast;
use super::stage::Stage;
use super::units::{atoms, signed_atoms, signed_wad, to_wad, wad};
use super::writers::Writer;
use crate::market::VolSample;
use crate::report::{Accounts, ExpiryResult, Frame, MarketVol, Settlement, Smile, Step};

/// Points of a smile's curve.
const CURVE: u32 = 17;
/// Reach of a curve on both sides of the forward, standard deviations.
const REACH: f64 = 1.9;

/// The pool now.
pub fn step(stage: &mut Stage, cast: &mut Cast) -> Result<Step> {
    let accounts = accounts(stage, &mut cast.writers)?;
    let leavable = leavable(stage, cast.providers[0].address)?;
    let digits = stage.quote_decimals;
    let nav = stage.view(&IPool::navCall {})?;
    let risk = stage.view(&IPool::riskCall {})?;
    let book = stage.view(&IPool::bookCall {})?;
    let supply = stage.view(&IPool::totalSupply_0Call {})?;
    let decimals = stage.view(&IPool::decimals_0Call {})?;
    let spot = wad(stage.world.feed_price()?);
    let sum = |of: &dyn Fn(&IPool::BookNode) -> f64| book.iter().map(of).sum::<f64>();
    let [held, owed] = [nav.base, nav.owed].map(|atoms| wad_of_base(stage, atoms));
    let base = held - owed;
    let interest_owed = signed_atoms(nav.interestOwed, stage.world.pair.base_decimals);
    // Without debt the view says the most there is.
    let health = if nav.owed.is_zero() {
        0.0
    } else {
        wad(risk.health)
    };
    let mid = signed_wad(nav.mid);
    let now = stage.world.chain.now();
    let live: Vec<Slice> = live(slices(stage)?, now);
    Ok(Step {
        time: now,
        spot,
        venue_price: wad(stage.world.venue_price()?),
        atm_vols: live
            .iter()
            .map(|slice| (slice.expiry, slice.atm_vol as f64 / 1e18))
            .collect(),
        forwards: live
            .iter()
            .map(|slice| (slice.expiry, forward_of(slice, spot, now)))
            .collect(),
        calls: sum(&|node| signed_wad(node.calls)),
        puts: sum(&|node| signed_wad(node.puts)),
        net_delta: signed_wad(risk.netDelta),
        net_gamma: signed_wad(risk.netGamma),
        net_vega: signed_wad(risk.netVega),
        net_theta: signed_wad(risk.netTheta),
        exposure: signed_wad(risk.exposure),
        band: wad(risk.band),
        limit: wad(risk.exposureLimit),
        hedge_position: base,
        owed,
        supplied: atoms(nav.supplied, digits),
        health,
        cash: atoms(nav.cash, digits) - atoms(nav.shortfall, digits),
        book_value: sum(&|node| {
            signed_wad(node.calls) * wad(node.call) + signed_wad(node.puts) * wad(node.put)
        }),
        nav: mid,
        nav_low: signed_wad(nav.low),
        nav_high: signed_wad(nav.high),
        share_price: mid / atoms(supply, decimals),
        worst_loss: wad(risk.worstLoss),
        worst_spot: wad(risk.worstSpot),
        floor: wad(risk.equityFloor),
        upside_slope: signed_wad(risk.upsideSlope),
        value_at_zero: signed_wad(risk.valueAtZero),
        contributed: stage.contributed,
        premium: signed_atoms(nav.premiums, digits),
        fees: atoms(nav.fees, digits),
        capacity: stage.capacity,
        exit_charges: atoms(nav.capacity, digits) - stage.capacity,
        rent: atoms(nav.rent, digits),
        unearned: wad(nav.unearned),
        upside_used: wad(risk.upsideUsed),
        downside_used: wad(risk.downsideUsed),
        payouts: stage.payouts,
        hedge_cost: signed_atoms(nav.hedgeCost, digits),
        hedge_gain: signed_atoms(nav.hedgeCashFlow, digits) + (base + interest_owed) * spot,
        interest: signed_atoms(nav.interestEarned, digits) - interest_owed * spot,
        insurance: atoms(nav.insurance, digits),
        insured: stage.insured,
        bad_debt: stage.bad_debt.iter().sum(),
        borne: stage.bad_debt[1],
        accounts,
        leavable,
    })
}

/// What part of its shares a holder could redeem now; all of none.
fn leavable(stage: &mut Stage, holder: Address) -> Result<f64> {
    let held = stage.view(&IPool::balanceOf_0Call { holder })?;
    let most = stage.view(&IPool::maxRedeemCall { owner_: holder })?;
    Ok(if held.is_zero() {
        1.0
    } else {
        f64::from(most) / f64::from(held)
    })
}

/// What the options of each expiry brought, and what those that are open are worth now.
pub fn expiries(stage: &mut Stage, settlements: &[Settlement]) -> Result<Vec<ExpiryResult>> {
    let book = stage.view(&IPool::bookCall {})?;
    let result = |(&expiry, &premium): (&u64, &f64)| {
        let settled = settlements.iter().find(|settled| settled.expiry == expiry);
        let nodes = book.iter().filter(|node| node.expiry == U256::from(expiry));
        ExpiryResult {
            expiry,
            is_settled: settled.is_some(),
            premium,
            paid: settled.map_or(0.0, |settled| settled.reserved - settled.from_accounts),
            open: nodes
                .map(|node| {
                    signed_wad(node.calls) * wad(node.call) + signed_wad(node.puts) * wad(node.put)
                })
                .sum(),
        }
    };
    Ok(stage.premiums.iter().map(result).collect())
}

/// What the margin accounts are together.
fn accounts(stage: &mut Stage, writers: &mut [Writer]) -> Result<Accounts> {
    let digits = stage.quote_decimals;
    let pot = stage.view(&IPool::accountsCall {})?;
    let mut sum = Accounts {
        pot: atoms(pot.pot, digits),
        claim: atoms(pot.claim, digits),
        calls: wad(pot.calls),
        puts: wad(pot.puts),
        ..Accounts::default()
    };
    for writer in writers.iter_mut().filter(|writer| writer.is_open) {
        let [value, maintenance] = writer.health(stage)?;
        sum.open += usize::from(writer.is_open);
        if writer.is_open {
            sum.value += value;
            sum.maintenance += maintenance;
        }
    }
    Ok(sum)
}

/// The listed expiries with their anchors.
pub fn slices(stage: &mut Stage) -> Result<Vec<Slice>> {
    let anchors = stage.view(&IPool::surfaceCall {})?;
    Ok(anchors.iter().map(slice).collect())
}

/// An anchor as the pool's view has it.
pub fn slice(anchor: &IPool::Anchor) -> Slice {
    let narrow = |word: U256| word.saturating_to::<u64>();
    Slice {
        expiry: narrow(anchor.expiry),
        atm_vol: narrow(anchor.atmVol),
        left_wing: narrow(anchor.leftWing),
        right_wing: narrow(anchor.rightWing),
        posted_at: narrow(anchor.postedAt),
        carry: i64::try_from(anchor.carry).unwrap_or_default(),
        spot: anchor.spot.saturating_to(),
        vol_jump: narrow(anchor.volJump),
        carry_jump: narrow(anchor.carryJump),
        ..Slice::default()
    }
}

/// The slices that have an anchor and have not expired.
fn live(mut slices: Vec<Slice>, now: u64) -> Vec<Slice> {
    slices.retain(|slice| slice.atm_vol > 0 && slice.expiry > now);
    slices
}

/// The forward of an expiry as the contract has it.
fn forward_of(slice: &Slice, spot: f64, now: u64) -> f64 {
    wad(U256::from(forward(slice, to_wad(spot, 8).to(), now)))
}

/// The surface now, beside the market's vols of this moment.
pub fn frame(stage: &mut Stage, samples: &[&VolSample]) -> Result<Frame> {
    let now = stage.world.chain.now();
    let spot = wad(stage.world.feed_price()?);
    let mut smiles = Vec::new();
    for slice in live(slices(stage)?, now) {
        let forward = forward_of(&slice, spot, now);
        let market = samples
            .iter()
            .find(|sample| sample.expiry == slice.expiry)
            .map_or(Vec::new(), |s| quoted(s));
        let mut curve = Vec::new();
        for moneyness in reach(&slice, now, &market) {
            let call = IPool::impliedVolCall {
                expiry: U256::from(slice.expiry),
                strike: to_wad(forward * moneyness, 6),
            };
            curve.push((moneyness, wad(stage.view(&call)?)));
        }
        smiles.push(Smile {
            expiry: slice.expiry,
            posted_at: slice.posted_at,
            forward,
            curve,
            market,
        });
    }
    Ok(Frame {
        time: now,
        spot,
        smiles,
    })
}

/// Strikes over the forward that cover the distribution and every market point.
fn reach(slice: &Slice, now: u64, market: &[MarketVol]) -> Vec<f64> {
    let deviation =
        slice.atm_vol as f64 / 1e18 * ((slice.expiry - now) as f64 / YEAR as f64).sqrt();
    let logs = market.iter().map(|vol| vol.moneyness.ln());
    let (low, high) = logs.fold((-REACH * deviation, REACH * deviation), |(low, high), k| {
        (low.min(k), high.max(k))
    });
    (0..CURVE)
        .map(|i| (low + (high - low) * f64::from(i) / f64::from(CURVE - 1)).exp())
        .collect()
}

fn quoted(sample: &VolSample) -> Vec<MarketVol> {
    let of = |vol: &crate::market::QuotedVol| MarketVol {
        moneyness: vol.strike / sample.forward,
        bid: vol.bid,
        mark: vol.mark,
        ask: vol.ask,
    };
    sample.vols.iter().map(of).collect()
}

fn wad_of_base(stage: &Stage, units: U256) -> f64 {
    atoms(units, stage.world.pair.base_decimals)
}
