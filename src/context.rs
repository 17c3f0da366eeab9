//! Everything a flow or a view knows when it starts: slots, price and time, read once.

use alloc::boxed::Box;

use smirk_engine::{
    assess::Assessment,
    state::{Parameters, Snapshot, VenueReading, Written},
    venue::{self as engine_venue, VenueState},
    wide::mul_div_down,
};

use crate::{
    error::Refusal,
    event::emit,
    io::{
        configuration::Configuration,
        feed::{self, Freshness},
        host, venue,
    },
    loan::Open,
    saturating::Saturating,
    scale::WAD,
    storage::{
        book::Book,
        configuration,
        head::{self, Head},
        lending::{self, Loan},
        money::{self, Money},
        parameters::{self, Limits},
        shorts::Shorts,
        written::Rounded,
    },
    Pool,
};

/// Everything a flow knows when it starts: slots, price and time, read once.
pub struct Context {
    /// Tokens, feeds, venue and scales.
    pub configuration: Configuration,
    /// The contract's limits.
    pub limits: Limits,
    /// The engine's parameters.
    pub parameters: Parameters,
    /// Counts, pause and flow estimate.
    pub head: Head,
    /// Recorded money.
    pub money: Money,
    /// What the loan is worth: as of the last call of the lender, or now ([`Context::look`]).
    pub loan: Loan,
    /// Expiries and nodes.
    pub book: Book,
    /// Feed price, WAD.
    pub spot: u128,
    /// What accounts are short, exactly, once an order writes or buys back.
    pub shorts: Option<Shorts>,
    /// Block time.
    pub now: u64,
    /// Exposure that the call found, with what is owed to holders, base WAD.
    pub found: i128,
    /// What the call's hedge cost against the feed's price, atoms.
    pub hedge_cost: i128,
    /// The venue as it says it is.
    pub venue: VenueState,
    /// What that is in the engine's terms.
    pub reading: VenueReading,
}

impl Context {
    /// Reads everything, with a price fit for trading.
    ///
    /// # Errors
    /// Those of [`feed::spot`], and `CallFailed` for the venue.
    pub fn load(pool: &Pool) -> Result<&'static mut Context, Refusal> {
        Context::load_with(pool, feed::spot)
    }

    /// Like [`Context::load`], with the loan as the lender says it is now: for whatever shares are priced by.
    pub fn load_live(pool: &Pool) -> Result<&'static mut Context, Refusal> {
        let context = Context::load(pool)?;
        context.look(pool);
        Ok(context)
    }

    /// Reads everything, with the last positive price whatever its age: for views only.
    pub fn load_for_view(pool: &Pool) -> Result<&'static mut Context, Refusal> {
        let context = Context::load_with(pool, feed::last_spot)?;
        context.look(pool);
        Ok(context)
    }

    /// Brings the loan up to what the lender says, if there is one.
    pub fn look(&mut self, pool: &Pool) -> Option<Open> {
        if !self.head.has_loan {
            return None;
        }
        self.ask_lender(pool)
    }

    /// Brings the loan up to what the lender says, if there is a lender, also where there is no loan yet.
    pub fn ask_lender(&mut self, pool: &Pool) -> Option<Open> {
        let open = Open::now(pool, &self.configuration, self.spot, self.head.has_loan)?;
        self.loan = open.worth();
        Some(open)
    }

    #[inline(never)]
    fn load_with(
        pool: &Pool,
        spot: fn(&Pool, &Configuration, &Freshness) -> Result<u128, Refusal>,
    ) -> Result<&'static mut Context, Refusal> {
        let configuration = configuration::load(pool);
        let values = parameters::values(pool);
        let limits = parameters::limits(&values);
        let head = head::load(pool);
        let spot = spot(pool, &configuration, &limits.freshness)?;
        let venue = venue::read(pool, &configuration, limits.hedge_price_limit)?;
        // Its book is an eighth of the stack; what returns it would hold it twice. What is allocated is gone with the call.
        Ok(Box::leak(Box::new(Context {
            limits,
            parameters: parameters::engine(&values),
            head,
            money: money::load(pool),
            loan: if head.has_loan {
                lending::worth(pool)
            } else {
                Loan::default()
            },
            book: Book::load(pool, &head, limits.strike_tick),
            shorts: None,
            spot,
            now: host::now(pool),
            found: 0,
            hedge_cost: 0,
            reading: engine_venue::read(&venue),
            venue,
            configuration,
        })))
    }

    /// The engine's view of the pool.
    pub fn snapshot(&self) -> Snapshot<'_> {
        let scale = self.configuration.quote_scale as i128;
        let cash = self.money.cash.plus(self.loan.supplied) as i128 - self.money.shortfall as i128;
        let unearned = self.book.unearned_up(self.now);
        let unearned = unearned.min(i128::MAX as u128) as i128;
        Snapshot {
            spot: self.spot,
            now: self.now,
            slices: self.book.slices(),
            nodes: self.book.nodes(),
            cash: cash.times(scale).less(unearned),
            hedge_position: self.hedge_position(),
            can_borrow: self.configuration.has_lender,
            venue: self.reading,
            flow_variance: self.head.flow_variance,
            written: self.written(),
            parameters: &self.parameters,
        }
    }

    /// What accounts are short: in all with the order, by node as it was before.
    fn written(&self) -> Written<'_> {
        let Rounded { calls, puts, nodes } = &self.book.written;
        let (calls, puts, put_strikes) = match &self.shorts {
            Some(shorts) => (shorts.calls, shorts.puts, shorts.put_strikes_up()),
            None => (*calls, *puts, 0),
        };
        Written {
            calls,
            puts,
            put_strikes,
            nodes: &nodes[..self.book.nodes().len()],
        }
    }

    /// The venue's own price, quote per base, WAD.
    pub fn venue_price(&self) -> u128 {
        self.reading.price
    }

    /// Base held, WAD.
    pub fn base_held(&self) -> u128 {
        self.money.base.times(self.configuration.base_scale)
    }

    /// Base held less base owed to the lender, WAD.
    pub fn hedge_position(&self) -> i128 {
        let owed = (self.loan.owed).times(self.configuration.base_scale);
        (self.base_held() as i128).less(owed as i128)
    }

    /// Emits where the pool stands now: the assessed book, and the money as it is after fills, fees and transfers.
    pub fn emit_status(&self, pool: &Pool, after: &Assessment) {
        let position = self.hedge_position();
        let size = mul_div_down(position.unsigned_abs(), self.spot, WAD).unwrap_or(u128::MAX);
        let size = size.min(i128::MAX as u128) as i128;
        let hedge = if position < 0 { -size } else { size };
        let money = self.snapshot().cash.plus(hedge);
        emit!(
            pool,
            PoolStatus,
            [],
            [
                self.spot,
                after.after.value.plus(money),
                after.after.net_delta,
                position,
                self.money.cash,
            ]
        );
    }
}
