//! The seeded flow: traders who open and close, providers who come and go. Nobody here knows the next price.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use anyhow::Result;
use smirk_engine::series::{self, Series};
use smirk_engine::state::{Kind, Side};
use smirk_world::abi::IPool;
use smirk_world::Actor;

use super::mirror;
use super::sight::Sight;
use super::stage::{Quoted, Stage};
use super::units::{signed_wad, to_atoms, to_wad, wad};
use crate::report::number;
use crate::rng::Rng;
use crate::time::format_day;

/// A trader's book, most recent last: series and size (WAD).
#[derive(Clone, Debug, Default)]
pub struct Holdings(Vec<(Series, U256)>);

/// A trader: a name, a taste and what it holds.
pub struct Trader {
    /// Who signs.
    pub actor: Actor,
    /// Probability that an option it opens is a call.
    pub calls: f64,
    /// The kind that it opens whatever it would like, at the strikes of its taste: so that books of calls and of puts compare.
    pub only: Option<Kind>,
    /// Options that its sizes are in.
    pub unit: f64,
    /// Mean size of its orders, units.
    pub mean_size: f64,
    /// What it holds.
    pub holdings: Holdings,
}

/// How often the traders do what, per trade.
const CLOSE: f64 = 0.4;
const TIGHT: f64 = 0.05;
const CARELESS: f64 = 0.015;
/// Notional beyond what the pool can carry: five times what its providers begin with, quote units.
const TOO_MUCH: f64 = 5_000_000.0;
/// Room a trader leaves between the quote it saw and its limit.
pub const ROOM: f64 = 0.005;
/// Seconds an order stays good for.
const PATIENCE: u64 = 300;

impl Trader {
    /// One visit: closes something held, or opens something new.
    pub fn act(&mut self, stage: &mut Stage, rng: &mut Rng, sight: &Sight) -> Result<()> {
        let open: Vec<usize> = (0..self.holdings.0.len())
            .filter(|&i| self.holdings.0[i].0.expiry > sight.now)
            .collect();
        if !open.is_empty() && rng.chance(CLOSE) {
            let i = *rng.pick(&open);
            return self.close(stage, rng, i);
        }
        let Some(series) = self.choose(rng, sight) else {
            return Ok(());
        };
        let size = (rng.exponential(self.mean_size) + 0.05).min(8.0 * self.mean_size);
        // Once in a while somebody asks for far more than the pool can carry.
        let size = if rng.chance(CARELESS) {
            size + TOO_MUCH / sight.spot / self.unit
        } else {
            size
        };
        let size = hundredths(size) * self.unit;
        self.open(stage, rng, series, to_wad(size, 4))
    }

    /// A series around the money in one of the listed expiries, as the trader likes them.
    fn choose(&self, rng: &mut Rng, sight: &Sight) -> Option<Series> {
        let slice = sight.expiry(rng)?;
        let kind = if rng.chance(self.calls) {
            Kind::Call
        } else {
            Kind::Put
        };
        let strike = sight.strike(&slice, kind, rng.between(-0.2, 1.4));
        Some(Series {
            kind: self.only.unwrap_or(kind),
            strike,
            expiry: slice.expiry,
        })
    }

    fn open(&mut self, stage: &mut Stage, rng: &mut Rng, series: Series, size: U256) -> Result<()> {
        let id = id(&series);
        let quote = stage.try_view(&IPool::quoteBuyCall { id, size });
        // Without a quote the order goes out all the same and meets the same refusal.
        let seen = quote.as_ref().map_or(U256::MAX, |quote| quote.total);
        let call = IPool::buyCall {
            id,
            size,
            maxCost: scaled(seen, 1.0 + room(rng)),
            deadline: deadline(stage),
            receiver: self.actor.address,
        };
        if self.send(stage, (series, Side::Buy, size), quote.as_ref(), &call)? {
            self.holdings.add(series, size);
        }
        Ok(())
    }

    fn close(&mut self, stage: &mut Stage, rng: &mut Rng, i: usize) -> Result<()> {
        let (series, held) = self.holdings.0[i];
        let size = if rng.chance(0.5) {
            held
        } else {
            lots(held / U256::from(2))
        };
        if size.is_zero() {
            return Ok(());
        }
        let id = id(&series);
        let quote = stage.try_view(&IPool::quoteSellCall { id, size });
        let seen = quote.as_ref().map_or(U256::ZERO, |quote| quote.total);
        let call = IPool::sellCall {
            id,
            size,
            minProceeds: scaled(seen, 1.0 - room(rng)),
            deadline: deadline(stage),
            receiver: self.actor.address,
        };
        if self.send(stage, (series, Side::Sell, size), quote.as_ref(), &call)? {
            self.holdings.0[i].1 -= size;
            self.holdings.0.retain(|(_, size)| !size.is_zero());
        }
        Ok(())
    }

    /// Sends an order that was quoted, or not. Whether it was filled.
    fn send<C: SolCall>(
        &self,
        stage: &mut Stage,
        leg: (Series, Side, U256),
        quote: Option<&IPool::Quote>,
        call: &C,
    ) -> Result<bool> {
        let (series, side, size) = leg;
        let quoted = match quote {
            Some(quote) => Quoted {
                mark: wad(quote.mark),
                vega: signed_wad(quote.vega).abs(),
                delta: signed_wad(quote.delta).abs(),
                interest: mirror::interest(stage, &[leg])?,
            },
            // There is nothing to keep of one that will be refused.
            None => Quoted::default(),
        };
        let name = if side == Side::Buy { "buy" } else { "sell" };
        stage.order(name, &self.actor, describe(&series, size), call, quoted)
    }

    /// Claims everything held of an expiry.
    pub fn claim(&mut self, stage: &mut Stage, expiry: u64) -> Result<f64> {
        let (settled, rest): (Vec<_>, Vec<_>) = self
            .holdings
            .0
            .drain(..)
            .partition(|(series, _)| series.expiry == expiry);
        self.holdings.0 = rest;
        let mut paid = 0.0;
        for (series, size) in settled {
            let call = IPool::claimCall {
                id: id(&series),
                size,
                receiver: self.actor.address,
            };
            let receipt = stage.must("claim", &self.actor, describe(&series, size), &call)?;
            paid += stage.quote(receipt.value);
        }
        Ok(paid)
    }

    /// What is held of an expiry.
    pub fn held(&self, expiry: u64) -> impl Iterator<Item = &(Series, U256)> {
        self.holdings
            .0
            .iter()
            .filter(move |(series, _)| series.expiry == expiry)
    }
}

impl Holdings {
    fn add(&mut self, series: Series, size: U256) {
        match self.0.iter_mut().find(|(held, _)| *held == series) {
            Some((_, held)) => *held += size,
            None => self.0.push((series, size)),
        }
    }
}

/// A size in units, to two decimals.
pub fn hundredths(size: f64) -> f64 {
    (size * 100.0).round() / 100.0
}

/// Part of its quote by which a trader lets an order be worse; now and then it asks for better.
fn room(rng: &mut Rng) -> f64 {
    if rng.chance(TIGHT) {
        -4.0 * ROOM
    } else {
        ROOM
    }
}

/// Deposits this much of the quote token.
pub fn deposit(stage: &mut Stage, provider: &Actor, amount: f64) -> Result<()> {
    let assets = to_atoms(amount, stage.quote_decimals);
    let seen = stage.try_view(&IPool::previewDepositCall { assets });
    let call = IPool::depositAtLeastCall {
        assets,
        receiver: provider.address,
        minShares: scaled(seen.unwrap_or_default(), 1.0 - ROOM),
        deadline: deadline(stage),
    };
    stage.send(
        "deposit",
        provider,
        format!("{} of the quote token", number(amount, 0)),
        &call,
    )?;
    Ok(())
}

/// Redeems a share of what the provider holds, as far as the pool allows.
pub fn redeem(stage: &mut Stage, provider: &Actor, part: f64) -> Result<()> {
    let held = stage.view(&IPool::balanceOf_0Call {
        holder: provider.address,
    })?;
    let most = stage.view(&IPool::maxRedeemCall {
        owner_: provider.address,
    })?;
    let shares = scaled(held, part).min(most);
    if shares.is_zero() {
        return Ok(());
    }
    let seen = stage.try_view(&IPool::previewRedeemCall { shares });
    let call = IPool::redeemAtLeastCall {
        shares,
        receiver: provider.address,
        owner_: provider.address,
        minAssets: scaled(seen.unwrap_or_default(), 1.0 - ROOM),
        deadline: deadline(stage),
    };
    let summary = format!("{:.0} % of its shares", part * 100.0);
    stage.send("redeem", provider, summary, &call)?;
    Ok(())
}

/// Until when an order sent now is good.
pub fn deadline(stage: &Stage) -> U256 {
    U256::from(stage.world.chain.now() + PATIENCE)
}

/// The packed id of a series.
pub fn id(series: &Series) -> U256 {
    U256::from_limbs(series::encode(series))
}

/// `2.50 of 27 Feb 2,200 put`.
pub fn describe(series: &Series, size: U256) -> String {
    let kind = if series.kind == Kind::Call {
        "call"
    } else {
        "put"
    };
    let strike = wad(U256::from(series.strike));
    format!(
        "{} of {} {} {kind}",
        number(wad(size), 2),
        format_day(series.expiry),
        number(strike, 0)
    )
}

/// An amount times a factor, in parts per million.
pub fn scaled(amount: U256, factor: f64) -> U256 {
    let parts = U256::from((factor * 1e6).round() as u64);
    amount.saturating_mul(parts) / U256::from(1_000_000)
}

/// Rounds a size down to whole lots of a hundredth.
pub fn lots(size: U256) -> U256 {
    let lot = U256::from(10_000_000_000_000_000_u64);
    size / lot * lot
}
