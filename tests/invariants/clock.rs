//! The exposure that calls find and leave, the clock that widens the hedge's window, and what the hedge may trade at.

use alloy_primitives::{Address, Log, I256, U256};
use alloy_sol_types::SolEvent;
use smirk_pool::storage::slots;
use smirk_world::abi::IPool::{self, IPoolEvents as Event, LoanChanged, PoolStatus, Risk};

use crate::{
    common::WAD,
    state::{Money, Walk},
};

/// How far from the feed the hedge trades at all, the venue's fee, and the window beside it, in hundredths of a basis point.
const HEDGE_LIMIT: u64 = 5_000;
const VENUE_FEE: u64 = 500;
const BASIS: u64 = 200;
const PER_MINUTE: u64 = 100;
const HUNDREDTHS: u64 = 1_000_000;
/// How long the window stays narrow, seconds.
const PATIENCE: u64 = 900;
/// The least swap, base WAD.
/// In what the exposure that was left is stored, base WAD.
const LEFT_UNIT: u64 = 100_000_000_000_000;
const MINIMUM_HEDGE: u64 = 10_000_000_000_000_000;

/// What a call finds: the pool's risk, and what the last call says that it left, base WAD.
pub struct Found {
    pub risk: Risk,
    pub last_left: I256,
}

/// What a call found, when it was looked at, and the exposure that it left, base WAD.
pub struct Seen {
    pub found: Option<Found>,
    pub left: Option<I256>,
}

/// The clock at one moment: since when, and how much is outside.
#[derive(Clone, Copy)]
struct Clock {
    since: u64,
    outside: I256,
}

impl Walk {
    /// The exposure that a call left, by its status event.
    pub fn exposure_left(&self, logs: &[Log]) -> I256 {
        let [status] = &self.own::<PoolStatus>(logs)[..] else {
            panic!("every trade and every hedge says where the pool stands, once");
        };
        status.netDelta + status.hedgePosition
    }

    /// The pool's own events of one kind among these.
    fn own<E: SolEvent>(&self, logs: &[Log]) -> Vec<E> {
        let pool = self.market.pool.address;
        let own = logs.iter().filter(|log| log.address == pool);
        own.filter_map(|log| E::decode_log(log).ok())
            .map(|log| log.data)
            .collect()
    }

    /// Base that would have to be sold so that holders of settled series can be paid in full, WAD.
    fn base_owed(&self, money: &Money) -> U256 {
        let scale = U256::from(self.ledger.quote_scale);
        let value = money.shortfall.saturating_sub(money.cash) * scale;
        let slack = (self.spot() * U256::from(HEDGE_LIMIT)).div_ceil(U256::from(HUNDREDTHS));
        let base = (value * WAD).div_ceil(self.spot() - slack);
        base.min(money.base * U256::from(self.ledger.base_scale))
    }

    /// What an order or a rebalance finds.
    pub fn find(&mut self) -> Option<Found> {
        let risk = self.market.view(IPool::riskCall {}).ok()?;
        // Ten bits, a shift of five and a sign.
        let bits = self.slot(slots::HEAD).as_limbs()[2] >> 48;
        let units = (bits & 0x3ff) << (bits >> 10 & 31);
        let left = I256::from_raw(U256::from(units) * U256::from(LEFT_UNIT));
        Some(Found {
            risk,
            last_left: if bits >> 15 == 1 { -left } else { left },
        })
    }

    /// After an order: the clock stands still exactly while nothing is due and nobody is owed; and where it was looked at
    /// before, it says what it should.
    pub fn check_clock(&mut self, seen: Seen, band: U256) {
        let Some(left) = seen.left else { return };
        // Of a loan a trade knows what it was when the lender was last called, and says what it is once it called it.
        if self.lent {
            return;
        }
        let (since, money) = (self.outside_since(), self.money());
        let still = !self.is_due(left, band, &money) && self.base_owed(&money).is_zero();
        assert_eq!(
            since == 0,
            still,
            "{}: {left} left, band {band}, {money:?}, since {since}",
            self.place()
        );
        if let Some(found) = seen.found {
            let before = self.before;
            let found = self.clock_found(&found, band, &before);
            let expected = self.noted(found, left, band, &money).since;
            assert_eq!(since, expected, "{}: the clock", self.place());
            self.done("clock predicted");
        }
    }

    /// The clock as a call finds it: what has come since the last call has waited for nothing.
    fn clock_found(&self, found: &Found, band: U256, money: &Money) -> Clock {
        let last = Clock {
            since: found.risk.outsideSince.to(),
            outside: found.last_left,
        };
        self.noted(last, found.risk.exposure, band, money)
    }

    /// The clock once there is this exposure: what was outside on the same side keeps its time, what came has none.
    fn noted(&self, clock: Clock, exposure: I256, band: U256, money: &Money) -> Clock {
        let (now, owed) = (self.now(), self.base_owed(money));
        let outside = match owed.is_zero() {
            true => exposure,
            false => exposure.max(I256::ZERO) + I256::from_raw(owed),
        };
        let turned = clock.outside.is_negative() != outside.is_negative();
        let since = if owed.is_zero() && !self.is_due(exposure, band, money) {
            0
        } else if clock.since == 0 || turned {
            now
        } else {
            let (before, after) = (kept(clock.outside), kept(outside));
            let waited = U256::from(now - clock.since) * before.min(after);
            now - (waited / after.max(U256::from(1))).to::<u64>()
        };
        Clock { since, outside }
    }

    /// Whether something outside the band can be traded: base is only sold as far as it is held.
    fn is_due(&self, exposure: I256, band: U256, money: &Money) -> bool {
        let excess = exposure.unsigned_abs().saturating_sub(band);
        let held = money.base * U256::from(self.ledger.base_scale);
        let due = match exposure.is_positive() {
            true => excess.min(held),
            false => excess,
        };
        due >= U256::from(MINIMUM_HEDGE)
    }

    /// Half-width of the window, hundredths of a basis point, for a clock that stands at `since`.
    pub fn window(&self, since: u64) -> u64 {
        let waited = if since == 0 { 0 } else { self.now() - since };
        let minutes = waited.saturating_sub(PATIENCE) / 60;
        (VENUE_FEE + BASIS + minutes * PER_MINUTE).min(HEDGE_LIMIT)
    }

    /// Anyone may bring the hedge back: within the window, at most what is due, for a reward only when nothing is left due.
    pub fn rebalance(&mut self, who: Address) -> Option<Rebalanced> {
        let refusal = self.feed.unfit(self.now());
        let found = self.find();
        let owed = self.base_owed(&self.money());
        let reading = self.market.world.venue_price().unwrap();
        let (cash, reward) = (self.cash_of(who), self.reward());
        let free = self.money();
        let gift = self.repaid_by_others();
        let result = self.send(who, IPool::rebalanceCall {});
        let logs = result
            .as_ref()
            .map(|receipt| receipt.logs.clone())
            .unwrap_or_default();
        let traded = self.judge("rebalance", result, refusal)?;
        let found = found.expect("what can be rebalanced can be looked at");
        let left = self.exposure_left(&logs);
        let after = self.money();
        let owed_after = self.base_owed(&after);
        let Found { risk, .. } = &found;
        // Each step at the lender rounds by an atom of base.
        let rounding = match self.has_lender() {
            true => U256::from(64 * self.ledger.base_scale),
            false => U256::ZERO,
        };
        let steps: Vec<LoanChanged> = self.own(&logs);
        // What others repaid of a debt shows once the pool repays all of it, whatever it borrows afterwards.
        let repaid = |step: &LoanChanged| step.borrowed.is_negative() && step.owed.is_zero();
        let shown = match steps.iter().any(repaid) {
            true => gift,
            false => U256::ZERO,
        };
        let beyond = left - risk.exposure - traded - I256::from_raw(shown);
        assert!(
            beyond.unsigned_abs() <= rounding,
            "{}: {left} left of {} after {traded} and a gift of {shown}, {steps:?}",
            self.place(),
            risk.exposure
        );
        let started = self.clock_found(&found, risk.band, &free);
        let expected = self.noted(started, left, risk.band, &after).since;
        assert_eq!(
            self.outside_since(),
            expected,
            "{}: the clock",
            self.place()
        );
        let width = self.window(started.since);
        let due = risk.hedgeDue.min(-I256::from_raw(owed));
        let due = if owed.is_zero() { risk.hedgeDue } else { due };
        self.check_traded(traded, due, width, reading, &free);
        let got = self.cash_of(who) - cash;
        let done = left.unsigned_abs() <= risk.band && owed_after.is_zero();
        let tended = steps
            .iter()
            .any(|step| step.supplied > I256::ZERO || step.borrowed < I256::ZERO);
        let earned = done && !traded.is_zero() || tended;
        assert!(
            got.is_zero() || got == reward && earned,
            "{}: {got} for {traded}",
            self.place()
        );
        if !traded.is_zero() {
            self.done("rebalance filled");
        }
        self.tally.at_most("window, bp", width / 100);
        Some(Rebalanced {
            reward: got,
            allowance: traded.unsigned_abs() * self.spot() / WAD * U256::from(width)
                / U256::from(HUNDREDTHS),
        })
    }

    fn check_traded(&self, traded: I256, due: I256, width: u64, price: U256, money: &Money) {
        let place = self.place();
        // What is tended to at the lender first moves cash, and with it the last digits of the band.
        let digits = U256::from(self.has_lender() as u64 * 1_000_000_000);
        let most = due.unsigned_abs() + digits;
        assert!(
            traded.is_zero() || traded.sign() == due.sign() && traded.unsigned_abs() <= most,
            "{place}: {traded} of {due}"
        );
        let spot = self.spot();
        let share = |part: u64| spot * U256::from(part) / U256::from(HUNDREDTHS);
        // The venue's price with its fee, against the window, with a millionth of slack for roundings.
        let (fee, slack) = (
            price * U256::from(VENUE_FEE) / U256::from(HUNDREDTHS - VENUE_FEE),
            share(1),
        );
        let (open, shut) = match due.is_positive() {
            true => (
                price + fee + slack * U256::from(20) < spot + share(width),
                price + fee > spot + share(width) + slack,
            ),
            false => (
                price - fee > spot - share(width) + slack * U256::from(20),
                price - fee + slack < spot - share(width),
            ),
        };
        assert!(
            !shut || traded.is_zero(),
            "{place}: {traded} traded outside the window"
        );
        // A lender may refuse what a sale lacks, and what is held may have been repaid first.
        let money = match self.has_lender() {
            true => self.money(),
            false => *money,
        };
        let held = money.base * U256::from(self.ledger.base_scale);
        let sure = match self.has_lender() && due.is_negative() {
            true => due.unsigned_abs().min(held),
            false => due.unsigned_abs(),
        };
        let enough = sure >= U256::from(2 * MINIMUM_HEDGE);
        let cash = money.cash.saturating_sub(money.shortfall) * U256::from(self.ledger.quote_scale);
        let able = due.is_negative() || cash > spot;
        assert!(
            !(open && enough && able && traded.is_zero()),
            "{place}: {due} due and nothing traded at {price}"
        );
    }

    /// Quote atoms for a hedge that was due.
    fn reward(&self) -> U256 {
        U256::from(50_000_000_000_000_000u64) / U256::from(self.ledger.quote_scale)
    }

    /// Every swap of the pool is within the limit around the feed.
    pub fn note_hedge(&mut self, event: &Event) {
        let Event::Hedged(hedged) = event else { return };
        self.done("hedge");
        let base = hedged.baseAmount.unsigned_abs();
        let quote = hedged.quoteAmount * U256::from(self.ledger.quote_scale);
        let worth = base * hedged.spot / WAD;
        let slack = worth * U256::from(HEDGE_LIMIT) / U256::from(HUNDREDTHS);
        // Amounts are whole atoms and so is the fee, each rounded in the venue's favour.
        let base_atoms = U256::from(2 * self.ledger.base_scale) * hedged.spot / WAD;
        let atom = U256::from(2 * self.ledger.quote_scale) + base_atoms;
        let fair = match hedged.baseAmount.is_positive() {
            true => quote <= worth + slack + atom,
            false => quote + slack + atom >= worth,
        };
        assert!(
            fair,
            "{}: {base} for {quote} at {}",
            self.place(),
            hedged.spot
        );
    }
}

/// What a rebalance paid its caller, quote atoms, and what its window gave away at most, quote WAD.
pub struct Rebalanced {
    pub reward: U256,
    pub allowance: U256,
}

/// The size of an exposure as it is stored: ten bits of it.
fn kept(exposure: I256) -> U256 {
    let units = (exposure.unsigned_abs() / U256::from(LEFT_UNIT)).to::<u64>();
    let shift = (u64::BITS - units.leading_zeros()).saturating_sub(10);
    U256::from(units >> shift << shift) * U256::from(LEFT_UNIT)
}
