//! What an account is worth and must be worth, at the market of this moment.

use alloc::boxed::Box;

use smirk_engine::{
    account::{self as engine_account, Health},
    state::{Kind, Parameters, Snapshot, VenueReading, Written, MAX_LEGS},
};

use crate::{
    error::{refuse, Refusal},
    io::{
        configuration::Configuration,
        feed::{self, Freshness},
        host,
    },
    saturating::Saturating,
    storage::{
        account::{Account, Leg},
        book::Book,
        configuration,
        head::{self, Head},
        parameters,
    },
    Pool,
};

/// What accounts are judged by: the surface and a price, without the book.
pub struct Market {
    /// Tokens, feeds, venue and scales.
    pub configuration: Configuration,
    parameters: Parameters,
    surface: Book,
    spot: u128,
    now: u64,
}

impl Market {
    /// Reads the market, with a price fit for trading.
    ///
    /// # Errors
    /// Those of [`feed::spot`].
    pub fn load(pool: &Pool) -> Result<&'static mut Market, Refusal> {
        Market::load_with(pool, feed::spot)
    }

    /// Reads the market, with the last positive price whatever its age: for views only.
    pub fn load_for_view(pool: &Pool) -> Result<&'static mut Market, Refusal> {
        Market::load_with(pool, feed::last_spot)
    }

    #[inline(never)]
    fn load_with(
        pool: &Pool,
        spot: fn(&Pool, &Configuration, &Freshness) -> Result<u128, Refusal>,
    ) -> Result<&'static mut Market, Refusal> {
        let configuration = configuration::load(pool);
        let values = parameters::values(pool);
        let limits = parameters::limits(&values);
        let without_nodes = Head {
            nodes: 0,
            ..head::load(pool)
        };
        Ok(Box::leak(Box::new(Market {
            spot: spot(pool, &configuration, &limits.freshness)?,
            configuration,
            parameters: parameters::engine(&values),
            surface: Book::load(pool, &without_nodes, limits.strike_tick),
            now: host::now(pool),
        })))
    }

    /// The engine's view of the market; there is no pool in it.
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            spot: self.spot,
            now: self.now,
            slices: self.surface.slices(),
            nodes: &[],
            cash: 0,
            hedge_position: 0,
            can_borrow: false,
            venue: VenueReading::default(),
            flow_variance: 0,
            written: Written::default(),
            parameters: &self.parameters,
        }
    }

    /// An account's value and requirements.
    #[inline(never)]
    pub fn health(&self, account: &Account) -> Health {
        health(&self.snapshot(), account, self.configuration.quote_scale)
    }
}

/// An account's legs as the engine sees them. An expiry that is not listed has none of its legs left once the account was touched.
pub struct Legs {
    all: [engine_account::Leg; MAX_LEGS],
    count: usize,
}

impl Legs {
    /// Of an account, or of what somebody asks about.
    #[inline(never)]
    pub fn of(snapshot: &Snapshot, legs: &[Leg]) -> Legs {
        let nothing = engine_account::Leg {
            slice: 0,
            kind: Kind::Call,
            strike: 0,
            lots: 0,
        };
        let mut all = [nothing; MAX_LEGS];
        for (place, leg) in all.iter_mut().zip(legs) {
            *place = engine_account::Leg {
                slice: slice(snapshot, leg.series.expiry),
                kind: leg.series.kind,
                strike: leg.series.strike,
                lots: leg.lots,
            };
        }
        Legs {
            all,
            count: legs.len().min(MAX_LEGS),
        }
    }

    /// The legs.
    pub fn as_slice(&self) -> &[engine_account::Leg] {
        &self.all[..self.count]
    }
}

fn slice(snapshot: &Snapshot, expiry: u64) -> u8 {
    let found = snapshot
        .slices
        .iter()
        .position(|slice| slice.expiry == expiry);
    found.map_or(u8::MAX, |index| index as u8)
}

/// An account's value and requirements on this surface.
pub fn health(snapshot: &Snapshot, account: &Account, quote_scale: u128) -> Health {
    let legs = Legs::of(snapshot, account.legs());
    let quote = account.quote.times(quote_scale as i128);
    engine_account::health(snapshot, legs.as_slice(), quote)
}

/// Refuses an account from which something was taken that it needs. One that is short of nothing and does not owe needs nothing,
/// so that no price stands in its way.
///
/// # Errors
/// `AccountInDebt`, `AwaitsSettlement`, `MarginBelowRequirement`, those of the oracle.
#[inline(never)]
pub fn check_free(pool: &Pool, account: &mut Account) -> Result<(), Refusal> {
    if account.quote < 0 {
        return Err(refuse!(AccountInDebt, account.quote));
    }
    if account.is_short() {
        let health = Market::load(pool)?.health(account);
        check_opens(account, &health, host::now(pool))?;
    }
    account.flagged_at = 0;
    Ok(())
}

/// Refuses an account that may not open or withdraw. Of one that is short a leg past its expiry counts at today's price in `health`
/// and will be paid at another, which is known already: whoever knows it would take out what the account owes.
///
/// # Errors
/// `AccountInDebt`, `AwaitsSettlement`, `MarginBelowRequirement`.
pub fn check_opens(account: &Account, health: &Health, now: u64) -> Result<(), Refusal> {
    if account.quote < 0 {
        return Err(refuse!(AccountInDebt, account.quote));
    }
    if let Some(expiry) = account.awaited(now).filter(|_| account.is_short()) {
        return Err(refuse!(AwaitsSettlement, expiry));
    }
    if !health.opens() {
        return Err(refuse!(
            MarginBelowRequirement,
            health.value,
            health.initial
        ));
    }
    Ok(())
}
