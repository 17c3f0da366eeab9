//! The seeded flow on margin accounts: people who write calls and puts, sell spreads and strangles, roll, close, and put up more
//! when they run low, or don't. Nobody here knows the next price.

use alloy_primitives::{I256, U256};
use anyhow::Result;
use smirk_engine::series::{self, Series};
use smirk_engine::state::{Kind, Side, Slice};
use smirk_world::abi::IPool;
use smirk_world::Actor;

use super::mirror;
use super::people::{deadline, describe, hundredths, id, lots, ROOM};
use super::sight::Sight;
use super::stage::{Quoted, Stage};
use super::units::{signed_wad, to_atoms, to_wad, wad};
use crate::report::{number, AccountSummary};
use crate::rng::Rng;

/// What somebody likes to be short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Calls.
    Calls,
    /// Puts.
    Puts,
    /// Calls, with calls further out bought against them.
    CallSpreads,
    /// Puts, with puts further out bought against them.
    PutSpreads,
    /// A call and a put.
    Strangles,
}

impl Habit {
    /// As the report names it.
    fn name(self) -> &'static str {
        match self {
            Habit::Calls => "calls",
            Habit::Puts => "puts",
            Habit::CallSpreads => "call spreads",
            Habit::PutSpreads => "put spreads",
            Habit::Strangles => "strangles",
        }
    }
}

/// Somebody with a margin account.
pub struct Writer {
    /// Who signs.
    pub actor: Actor,
    /// What it sells.
    pub habit: Habit,
    /// Options that its sizes are in.
    unit: f64,
    /// Mean size of each leg of its orders, units.
    mean_size: f64,
    /// Margin that it puts up for an order, a multiple of the initial requirement.
    pub cushion: f64,
    /// Whether it puts up more when the account falls below its initial requirement.
    pub tops_up: bool,
    /// Whether the account may have legs.
    pub is_open: bool,
    /// What it did so far.
    pub so_far: AccountSummary,
}

/// An order's leg: series and size, positive for what is bought.
type SignedLeg = (Series, f64);

/// How often, per visit.
const ROLL: f64 = 0.6;
const CLOSE: f64 = 0.2;
const WITHDRAW: f64 = 0.5;
/// Shorts that expire sooner than this are rolled, seconds.
const ROLL_BEFORE: u64 = 36 * 3_600;
/// What is opened lives at least as long as this, seconds.
const LEAST_LIFE: u64 = 24 * 3_600;
/// Standard deviations out of the money of what is sold, and how much farther out a spread's other leg is.
const OUTSIDE: [f64; 2] = [0.2, 1.1];
const WIDTH: f64 = 0.7;
/// Value over maintenance requirement below which who tops up does, and value over the initial one up to which.
const CALLED_AT: f64 = 1.48;
const CALLED_TO: f64 = 1.25;
/// Value over what the cushion asks for beyond which some is taken out.
const PLENTY: f64 = 1.2;
/// Most legs of one order, and of what is asked about at once.
const MOST_LEGS: usize = 8;

impl Writer {
    /// Somebody who has done nothing yet.
    pub fn new(
        name: &str,
        habit: Habit,
        [unit, mean_size]: [f64; 2],
        cushion: f64,
        tops_up: bool,
    ) -> Self {
        Self {
            actor: Actor::named(name),
            habit,
            unit,
            mean_size,
            cushion,
            tops_up,
            is_open: false,
            so_far: AccountSummary {
                name: name.to_owned(),
                sells: habit.name().to_owned(),
                tops_up,
                ..AccountSummary::default()
            },
        }
    }

    /// The account as the pool sees it.
    pub fn state(&mut self, stage: &mut Stage) -> Result<IPool::Account> {
        let state = stage.view(&IPool::accountCall {
            account_: self.actor.address,
        })?;
        self.is_open = !state.legs.is_empty();
        Ok(state)
    }

    /// One visit: takes out what is plenty, rolls what expires soon, closes an expiry, or writes something new.
    pub fn act(&mut self, stage: &mut Stage, rng: &mut Rng, sight: &Sight) -> Result<()> {
        let state = self.state(stage)?;
        let live: Vec<(Series, I256)> = legs(&state)
            .filter(|(series, _)| series.expiry > sight.now)
            .collect();
        let plenty = PLENTY * self.cushion * wad(state.initial);
        if wad_value(&state) > plenty && rng.chance(WITHDRAW) {
            return self.withdraw(stage, &state);
        }
        let soon = sight.now + ROLL_BEFORE;
        let ending = live
            .iter()
            .find(|(series, size)| size.is_negative() && series.expiry < soon);
        if let Some(&(series, size)) = ending {
            if rng.chance(ROLL) {
                return self.roll(stage, rng, sight, &state, (series, size));
            }
        }
        if !live.is_empty() && rng.chance(CLOSE) {
            let expiry = rng.pick(&live).0.expiry;
            let part = if rng.chance(0.5) { 1 } else { 2 };
            let closing: Vec<SignedLeg> = live
                .iter()
                .filter(|(series, _)| series.expiry == expiry)
                .map(|&(series, size)| (series, -part_of(size, part)))
                .filter(|(_, size)| *size != 0.0)
                .take(MOST_LEGS)
                .collect();
            return self.order(stage, &state, &closing, "closes");
        }
        // Who puts up no more sits and hopes while the account is low.
        if !self.tops_up && wad_value(&state) < wad(state.initial) {
            return Ok(());
        }
        self.write(stage, rng, sight, &state)
    }

    /// Writes something new, with the margin for it.
    fn write(
        &mut self,
        stage: &mut Stage,
        rng: &mut Rng,
        sight: &Sight,
        state: &IPool::Account,
    ) -> Result<()> {
        let Some(slice) = sight.expiry_after(sight.now + LEAST_LIFE, rng) else {
            return Ok(());
        };
        let size = (rng.exponential(self.mean_size) + 0.25).min(5.0 * self.mean_size);
        let size = hundredths(size) * self.unit;
        let order = self.shape(sight, &slice, rng.between(OUTSIDE[0], OUTSIDE[1]), size);
        self.put_up(stage, state, &order)?;
        self.order(stage, state, &order, "writes")
    }

    /// The legs of its habit around a distance from the money.
    fn shape(&self, sight: &Sight, slice: &Slice, outside: f64, size: f64) -> Vec<SignedLeg> {
        let leg = |kind, outside, size| {
            let strike = sight.strike(slice, kind, outside);
            let expiry = slice.expiry;
            (
                Series {
                    kind,
                    strike,
                    expiry,
                },
                size,
            )
        };
        let mut legs = match self.habit {
            Habit::Calls => vec![leg(Kind::Call, outside, -size)],
            Habit::Puts => vec![leg(Kind::Put, outside, -size)],
            Habit::CallSpreads => vec![
                leg(Kind::Call, outside, -size),
                leg(Kind::Call, outside + WIDTH, size),
            ],
            Habit::PutSpreads => vec![
                leg(Kind::Put, outside, -size),
                leg(Kind::Put, outside + WIDTH, size),
            ],
            Habit::Strangles => vec![
                leg(Kind::Call, outside, -size),
                leg(Kind::Put, outside, -size),
            ],
        };
        // On a coarse grid both strikes of a spread can be one.
        if legs.len() == 2 && legs[0].0 == legs[1].0 {
            legs.truncate(1);
        }
        legs
    }

    /// Buys a short back and writes the same further on, in one order.
    fn roll(
        &mut self,
        stage: &mut Stage,
        rng: &mut Rng,
        sight: &Sight,
        state: &IPool::Account,
        (series, size): (Series, I256),
    ) -> Result<()> {
        let Some(slice) = sight.expiry_after(series.expiry + LEAST_LIFE, rng) else {
            return Ok(());
        };
        let size = part_of(size, 1);
        let strike = sight.strike(&slice, series.kind, rng.between(OUTSIDE[0], OUTSIDE[1]));
        let later = Series {
            strike,
            expiry: slice.expiry,
            ..series
        };
        let order = [(series, -size), (later, size)];
        if self.tops_up {
            self.put_up(stage, state, &order)?;
        }
        self.order(stage, state, &order, "rolls")
    }

    /// Pays in what the account needs with an order beyond what it has, by its cushion.
    fn put_up(
        &mut self,
        stage: &mut Stage,
        state: &IPool::Account,
        order: &[SignedLeg],
    ) -> Result<()> {
        let (base, asked) = match with(state, order) {
            all if all.len() <= MOST_LEGS => (0.0, all),
            _ => (wad(state.initial), words(order)),
        };
        let asked = stage.try_view(&IPool::marginForCall { legs: asked });
        // Without an answer the order goes out all the same and meets its refusal.
        let wanted = base + asked.map_or(0.0, |asked| wad(asked.initial));
        self.deposit(stage, self.cushion * wanted - wad_value(state))
    }

    /// Value of the account and what it must be to stay, as flagging it finds them: an answer sooner than the whole account's.
    pub fn health(&mut self, stage: &mut Stage) -> Result<[f64; 2]> {
        let account_ = self.actor.address;
        let found = stage.world.view(stage.pool, &IPool::flagCall { account_ });
        let healthy = found
            .err()
            .and_then(|refused| refused.error::<IPool::AccountHealthy>());
        let health = match healthy {
            Some(healthy) => [signed_wad(healthy.value), wad(healthy.requirement)],
            None => {
                let state = self.state(stage)?;
                [wad_value(&state), wad(state.maintenance)]
            }
        };
        self.is_open = health[1] > 0.0;
        Ok(health)
    }

    /// Meets a margin call, if it is one who does.
    pub fn look_after(&mut self, stage: &mut Stage) -> Result<()> {
        if !self.tops_up || !self.is_open {
            return Ok(());
        }
        let [value, maintenance] = self.health(stage)?;
        if value < CALLED_AT * maintenance {
            let state = self.state(stage)?;
            self.so_far.topped_up += 1;
            self.deposit(stage, CALLED_TO * wad(state.initial) - wad_value(&state))?;
        }
        Ok(())
    }

    fn deposit(&mut self, stage: &mut Stage, amount: f64) -> Result<()> {
        let amount = (amount / 10.0).ceil() * 10.0;
        if amount <= 0.0 {
            return Ok(());
        }
        let call = IPool::depositMarginCall {
            amount: to_atoms(amount, stage.quote_decimals),
            account_: self.actor.address,
        };
        let summary = format!("{} of the quote token", number(amount, 0));
        stage.must("depositMargin", &self.actor, summary, &call)?;
        self.so_far.paid_in += amount;
        Ok(())
    }

    /// Takes out what is beyond the cushion.
    fn withdraw(&mut self, stage: &mut Stage, state: &IPool::Account) -> Result<()> {
        let spare = wad_value(state) - self.cushion * wad(state.initial);
        let held = super::units::signed_atoms(state.quote, stage.quote_decimals);
        let amount = (spare.min(held) / 10.0).floor() * 10.0;
        if amount <= 0.0 {
            return Ok(());
        }
        let call = IPool::withdrawMarginCall {
            amount: to_atoms(amount, stage.quote_decimals),
            receiver: self.actor.address,
        };
        let summary = format!("{} of the quote token", number(amount, 0));
        if stage
            .send("withdrawMargin", &self.actor, summary, &call)?
            .is_some()
        {
            self.so_far.taken_out += amount;
        }
        Ok(())
    }

    /// What became of it, its account as it is now.
    pub fn summed_up(&mut self, stage: &mut Stage) -> Result<AccountSummary> {
        let state = self.state(stage)?;
        let shorts = legs(&state).filter(|(_, size)| size.is_negative());
        Ok(AccountSummary {
            value: wad_value(&state),
            maintenance: wad(state.maintenance),
            shorts: shorts.map(|(_, size)| wad(size.unsigned_abs())).sum(),
            ..self.so_far.clone()
        })
    }

    fn order(
        &mut self,
        stage: &mut Stage,
        state: &IPool::Account,
        order: &[SignedLeg],
        verb: &str,
    ) -> Result<()> {
        if order.is_empty() {
            return Ok(());
        }
        let account_ = self.actor.address;
        let legs = words(order);
        let quote = stage.try_view(&IPool::quoteOnAccountCall {
            legs: legs.clone(),
            account_,
        });
        let quoted = match &quote {
            Some(quote) => seen(stage, state, order, quote)?,
            None => Quoted::default(),
        };
        let limit = quote.map_or(I256::MAX, |quote| {
            quote.total
                + I256::from_raw(to_atoms(
                    ROOM * quoted.mark.abs() * size_of(order),
                    stage.quote_decimals,
                ))
        });
        let call = IPool::tradeOnAccountCall {
            legs,
            limit,
            deadline: deadline(stage),
            account_,
        };
        let parts: Vec<String> = order.iter().map(described).collect();
        let summary = format!("{verb} {}", parts.join(", "));
        if stage.order("tradeOnAccount", &self.actor, summary, &call, quoted)? {
            self.so_far.orders += 1;
            self.is_open = true;
        }
        Ok(())
    }
}

/// The account's legs with their series.
pub fn legs(state: &IPool::Account) -> impl Iterator<Item = (Series, I256)> + '_ {
    state.legs.iter().filter_map(|leg| {
        let series = series::decode(leg.id.into_limbs())?;
        Some((series, leg.size))
    })
}

/// What the record keeps of an order's quote.
fn seen(
    stage: &mut Stage,
    state: &IPool::Account,
    order: &[SignedLeg],
    quote: &IPool::OrderQuote,
) -> Result<Quoted> {
    let value: f64 = quote
        .legs
        .iter()
        .map(|leg| signed_wad(leg.size) * wad(leg.mark))
        .sum();
    let held = |series: &Series| {
        legs(state)
            .find(|(own, _)| own == series)
            .map_or(I256::ZERO, |(_, size)| size)
    };
    let sided: Vec<(Series, Side, U256)> = order
        .iter()
        .map(|(series, size)| {
            let held = held(series);
            let side = match (*size > 0.0, held.is_zero(), held.is_negative()) {
                (true, false, true) => Side::Cover,
                (true, ..) => Side::Buy,
                (false, false, false) => Side::Sell,
                (false, ..) => Side::Write,
            };
            (*series, side, to_wad(size.abs(), 2))
        })
        .collect();
    Ok(Quoted {
        mark: value / size_of(order),
        vega: signed_wad(quote.vega).abs(),
        delta: signed_wad(quote.delta).abs(),
        interest: mirror::interest(stage, &sided)?,
    })
}

/// Options in all legs.
fn size_of(order: &[SignedLeg]) -> f64 {
    order.iter().map(|(_, size)| size.abs()).sum()
}

fn words(order: &[SignedLeg]) -> Vec<IPool::Leg> {
    let leg = |(series, size): &SignedLeg| {
        let amount = I256::from_raw(to_wad(size.abs(), 2));
        IPool::Leg {
            id: id(series),
            size: if *size < 0.0 { -amount } else { amount },
        }
    };
    order.iter().map(leg).collect()
}

/// An account's legs after an order.
fn with(state: &IPool::Account, order: &[SignedLeg]) -> Vec<IPool::Leg> {
    let mut all = words(order);
    for (series, size) in legs(state) {
        let id = id(&series);
        match all.iter_mut().find(|leg| leg.id == id) {
            Some(leg) => leg.size += size,
            None => all.push(IPool::Leg { id, size }),
        }
    }
    all.retain(|leg| !leg.size.is_zero());
    all
}

fn described((series, size): &SignedLeg) -> String {
    let sign = if *size < 0.0 { "−" } else { "+" };
    format!("{sign}{}", describe(series, to_wad(size.abs(), 2)))
}

/// A leg's size over a divisor, in whole hundredths, signed.
fn part_of(size: I256, divisor: u64) -> f64 {
    let part = wad(lots(size.unsigned_abs() / U256::from(divisor)));
    if size.is_negative() {
        -part
    } else {
        part
    }
}

fn wad_value(state: &IPool::Account) -> f64 {
    signed_wad(state.value)
}
