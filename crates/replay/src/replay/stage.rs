//! The chain a replay runs on: sends transactions, keeps a record of each, and adds up what their events say.

use std::collections::BTreeMap;
use std::fmt::Debug;

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::{SolCall, SolInterface};
use anyhow::{anyhow, ensure, Result};
use smirk_world::abi::IPool;
use smirk_world::{Actor, CallFailure, Receipt, World};

use super::units::{atoms, signed_atoms, signed_wad, wad};
use crate::report::{Fill, Hedge, Liquidation, Outside, Transaction};

/// What is known of an order in the block in which it is sent, beside what its event will say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quoted {
    /// Value of one option at the anchor.
    pub mark: f64,
    /// Vega of the order per 100 % of vol, its size.
    pub vega: f64,
    /// Delta of the order, its size, base.
    pub delta: f64,
    /// Interest on the tails it ties up, quote units.
    pub interest: f64,
}

/// The world with a pool in it, and the record of what happened.
pub struct Stage {
    /// Chain, tokens, feeds and venue.
    pub world: World,
    /// The pool.
    pub pool: Address,
    /// Decimals of the quote token.
    pub quote_decimals: u8,
    /// Every transaction to the pool.
    pub transactions: Vec<Transaction>,
    /// Every order filled.
    pub fills: Vec<Fill>,
    /// Every swap that the pool made.
    pub hedges: Vec<Hedge>,
    /// Σ deposits less withdrawals, quote units.
    pub contributed: f64,
    /// Σ owed to holders at settlement, quote units.
    pub payouts: f64,
    /// Σ charges for capacity of orders, quote units.
    pub capacity: f64,
    /// Every liquidation.
    pub liquidations: Vec<Liquidation>,
    /// Σ moved from fees to the insurance fund, quote units.
    pub insured: f64,
    /// Σ owed by accounts with nothing left, as the insurance fund and as the pool paid it, quote units.
    pub bad_debt: [f64; 2],
    /// Σ counted: orders after which the exposure was looked at.
    pub judged: usize,
    /// Orders that left the exposure outside its band.
    pub outside: Vec<Outside>,
    /// A hedge that is due by less than this is not traded, WAD.
    pub minimum_hedge: U256,
    /// When the last poke left some of the hedge undone, unix seconds.
    poke_missed: u64,
    /// Σ premiums received less paid for options of each expiry, quote units.
    pub premiums: BTreeMap<u64, f64>,
}

/// What changes the book: after it the exposure is held against its band.
const ORDERS: [&str; 4] = ["buy", "sell", "tradeOnAccount", "liquidate"];

impl Stage {
    /// A stage before its first transaction.
    pub fn new(world: World, pool: Address) -> Self {
        Self {
            quote_decimals: world.pair.quote_decimals,
            world,
            pool,
            transactions: Vec::new(),
            fills: Vec::new(),
            hedges: Vec::new(),
            contributed: 0.0,
            payouts: 0.0,
            capacity: 0.0,
            liquidations: Vec::new(),
            insured: 0.0,
            bad_debt: [0.0; 2],
            judged: 0,
            outside: Vec::new(),
            minimum_hedge: U256::ZERO,
            poke_missed: 0,
            premiums: BTreeMap::new(),
        }
    }

    /// Sends a call to the pool and records it. `None` when the pool refused with one of its typed errors; anything
    /// else that goes wrong ends the replay.
    pub fn send<C: SolCall>(
        &mut self,
        kind: &str,
        sender: &Actor,
        summary: String,
        call: &C,
    ) -> Result<Option<Receipt<C::Return>>> {
        let outcome = self.world.send(sender.address, self.pool, call);
        let mut record = Transaction {
            time: self.world.chain.now(),
            kind: kind.to_owned(),
            sender: sender.name().to_owned(),
            summary,
            gas: 0,
            swapped: false,
            lent: false,
            error: None,
        };
        match outcome {
            Ok(receipt) => {
                record.gas = receipt.gas_used;
                let poked = kind == "rebalance";
                let noted = self.note_events(&receipt, poked);
                (record.swapped, record.lent) = (noted.swapped, noted.lent);
                if poked && noted.missed.is_some() {
                    self.poke_missed = record.time;
                }
                if ORDERS.contains(&kind) {
                    self.judge(&record, noted.missed)?;
                }
                self.transactions.push(record);
                Ok(Some(receipt))
            }
            Err(failure) => {
                record.gas = failure.outcome.gas_used;
                record.error = Some(refusal(&failure, &record)?);
                self.transactions.push(record);
                Ok(None)
            }
        }
    }

    /// Sends an order and records its fill beside its transaction. Whether it was filled.
    pub fn order<C: SolCall>(
        &mut self,
        kind: &str,
        sender: &Actor,
        summary: String,
        call: &C,
        quoted: Quoted,
    ) -> Result<bool> {
        let Some(receipt) = self.send(kind, sender, summary, call)? else {
            return Ok(false);
        };
        let mut fill = self.fill(&receipt)?;
        fill.mark = quoted.mark;
        (fill.vega, fill.delta) = (quoted.vega, quoted.delta);
        fill.interest = match fill.kind.as_str() {
            // What a seller pays is held to the premium, so that it can be less than the interest.
            "sell" => quoted.interest.min(fill.capacity),
            _ => quoted.interest,
        };
        self.fills.push(fill);
        Ok(true)
    }

    /// What the event of a filled order says.
    fn fill<R>(&mut self, receipt: &Receipt<R>) -> Result<Fill> {
        let mut fill = Fill {
            time: self.world.chain.now(),
            spot: wad(self.world.feed_price()?),
            ..Fill::default()
        };
        for event in receipt.interface_events::<IPool::IPoolEvents>(self.pool) {
            // The three events have the same charges and no common type.
            let (kind, size, premium, amounts) = match event {
                IPool::IPoolEvents::Bought(order) => (
                    "buy",
                    order.size,
                    I256::from_raw(order.premium),
                    [order.spread, order.surcharge, order.capacity, order.rent],
                ),
                IPool::IPoolEvents::Sold(order) => (
                    "sell",
                    order.size,
                    I256::from_raw(order.premium),
                    [order.spread, order.surcharge, order.capacity, order.rent],
                ),
                IPool::IPoolEvents::Ordered(order) => (
                    "order",
                    U256::ZERO,
                    order.premium,
                    [order.spread, order.surcharge, order.capacity, order.rent],
                ),
                IPool::IPoolEvents::LegFilled(leg) => {
                    fill.size += wad(leg.size.unsigned_abs());
                    continue;
                }
                _ => continue,
            };
            fill.kind = kind.to_owned();
            fill.size += wad(size);
            fill.premium = signed_atoms(premium, self.quote_decimals);
            [fill.spread, fill.surcharge, fill.capacity, fill.rent] =
                amounts.map(|amount| self.quote(amount));
        }
        ensure!(fill.size > 0.0, "an order was filled without an event");
        Ok(fill)
    }

    /// Sends a call that has to succeed.
    pub fn must<C: SolCall>(
        &mut self,
        kind: &str,
        sender: &Actor,
        summary: String,
        call: &C,
    ) -> Result<Receipt<C::Return>> {
        let receipt = self.send(kind, sender, summary, call)?;
        receipt.ok_or_else(|| {
            let last = self.transactions.last().and_then(|sent| sent.error.clone());
            anyhow!("{kind} was refused: {}", last.unwrap_or_default())
        })
    }

    /// Reads a view of the pool.
    pub fn view<C: SolCall>(&mut self, call: &C) -> Result<C::Return> {
        self.world
            .view(self.pool, call)
            .map_err(|failure| anyhow!("{}: {}", failure.call, describe(&failure)))
    }

    /// Reads a view that may be refused.
    pub fn try_view<C: SolCall>(&mut self, call: &C) -> Option<C::Return> {
        self.world.view(self.pool, call).ok()
    }

    /// Quote units of an amount of the quote token.
    pub fn quote(&self, amount: U256) -> f64 {
        atoms(amount, self.quote_decimals)
    }

    /// Adds up the events of a receipt.
    fn note_events<R>(&mut self, receipt: &Receipt<R>, poked: bool) -> Noted {
        let mut swaps = Vec::new();
        let mut exposure = None;
        let mut noted = Noted::default();
        let events = receipt.interface_events::<IPool::IPoolEvents>(self.pool);
        self.note_premiums(&events);
        for event in events {
            match event {
                IPool::IPoolEvents::Hedged(hedged) => swaps.push(hedged),
                IPool::IPoolEvents::HedgeMissed(missed) => noted.missed = Some(missed.reason),
                IPool::IPoolEvents::LoanChanged(_) => noted.lent = true,
                IPool::IPoolEvents::PoolStatus(status) => {
                    exposure = Some(signed_wad(status.netDelta + status.hedgePosition));
                }
                other => self.note_money(&other),
            }
        }
        noted.swapped = !swaps.is_empty();
        for hedged in &swaps {
            let Some((size, price)) = traded(hedged, self.quote_decimals) else {
                continue;
            };
            self.hedges.push(Hedge {
                time: self.world.chain.now(),
                size,
                price,
                spot: wad(hedged.spot),
                exposure_after: exposure.unwrap_or_default(),
                poked,
                lent: noted.lent,
            });
        }
        noted
    }

    /// Adds premiums to their options' expiries: that of an order by its legs' marks, and what it is beyond those in proportion.
    fn note_premiums(&mut self, events: &[IPool::IPoolEvents]) {
        let mut order = 0.0;
        let mut legs: Vec<(u64, f64)> = Vec::new();
        let expiry = |id: U256| id.into_limbs()[2];
        for event in events {
            match event {
                IPool::IPoolEvents::Bought(bought) => {
                    let premium = self.quote(bought.premium);
                    *self.premiums.entry(expiry(bought.id)).or_default() += premium;
                }
                IPool::IPoolEvents::Sold(sold) => {
                    let premium = self.quote(sold.premium);
                    *self.premiums.entry(expiry(sold.id)).or_default() -= premium;
                }
                IPool::IPoolEvents::Ordered(ordered) => {
                    order = signed_atoms(ordered.premium, self.quote_decimals);
                }
                IPool::IPoolEvents::LegFilled(leg) => {
                    legs.push((expiry(leg.id), signed_wad(leg.size) * wad(leg.mark)));
                }
                _ => {}
            }
        }
        let beyond = order - legs.iter().map(|(_, value)| value).sum::<f64>();
        let gross: f64 = legs.iter().map(|(_, value)| value.abs()).sum();
        let count = legs.len() as f64;
        for (expiry, value) in legs {
            let part = if gross > 0.0 {
                value.abs() / gross
            } else {
                1.0 / count
            };
            *self.premiums.entry(expiry).or_default() += value + beyond * part;
        }
    }

    /// Adds up what an event says of money.
    fn note_money(&mut self, event: &IPool::IPoolEvents) {
        match event {
            IPool::IPoolEvents::Deposit(deposit) => self.contributed += self.quote(deposit.assets),
            IPool::IPoolEvents::Withdraw(withdraw) => {
                self.contributed -= self.quote(withdraw.assets)
            }
            IPool::IPoolEvents::Bought(order) => self.capacity += self.quote(order.capacity),
            IPool::IPoolEvents::Sold(order) => self.capacity += self.quote(order.capacity),
            IPool::IPoolEvents::Ordered(order) => self.capacity += self.quote(order.capacity),
            IPool::IPoolEvents::Settled(settled) => self.payouts += self.quote(settled.owed),
            // What accounts are owed is in what is set aside.
            IPool::IPoolEvents::AccountsSettled(settled) if settled.amount.is_positive() => {
                self.payouts -= self.quote(settled.amount.into_raw());
            }
            IPool::IPoolEvents::Insured(insured) => self.insured += self.quote(insured.amount),
            IPool::IPoolEvents::DebtCovered(debt) => {
                self.bad_debt[0] += self.quote(debt.insurance);
                self.bad_debt[1] += self.quote(debt.pool);
            }
            _ => {}
        }
    }

    /// Holds the exposure that an order left against its band. It may be outside by what the contract's event says that could not
    /// be hedged, and why, or by less than is traded.
    fn judge(&mut self, record: &Transaction, missed: Option<u8>) -> Result<()> {
        let risk = self.view(&IPool::riskCall {})?;
        self.judged += 1;
        let beyond = risk.exposure.unsigned_abs().saturating_sub(risk.band);
        if beyond < self.minimum_hedge || beyond.is_zero() {
            return Ok(());
        }
        let (exposure, band) = (signed_wad(risk.exposure), wad(risk.band));
        let reason = missed.ok_or_else(|| {
            anyhow!(
                "{} of {} ({}) left an exposure of {exposure} outside the band of {band}, and nothing says why",
                record.kind,
                record.sender,
                record.summary
            )
        })?;
        self.outside.push(Outside {
            time: record.time,
            kind: record.kind.clone(),
            exposure,
            band,
            limit: wad(risk.exposureLimit),
            reason,
            poke_refused: self.poke_missed == record.time,
        });
        Ok(())
    }
}

/// What a receipt's events say of the hedge.
#[derive(Clone, Copy, Debug, Default)]
struct Noted {
    /// Whether the pool swapped.
    swapped: bool,
    /// Whether it called its lender.
    lent: bool,
    /// Why a hedge that was due is missing, by the contract's code.
    missed: Option<u8>,
}

/// A typed error as `Name(field: number, …)`.
fn refusal(failure: &CallFailure, record: &Transaction) -> Result<String> {
    match IPool::IPoolErrors::abi_decode(&failure.outcome.output) {
        Ok(error) => Ok(plain(&error)),
        Err(_) => Err(anyhow!(
            "{} by {}: {} ended in {}",
            record.kind,
            record.sender,
            record.summary,
            failure.reason()
        )),
    }
}

fn describe(failure: &CallFailure) -> String {
    IPool::IPoolErrors::abi_decode(&failure.outcome.output)
        .map_or_else(|_| failure.reason(), |error| plain(&error))
}

/// `Outer(Inner { a: 1, b: 2 })`, as `Debug` writes an interface's variant, without its wrapping.
fn plain(error: &impl Debug) -> String {
    let text = format!("{error:?}");
    let inner = text
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .unwrap_or(&text);
    let inner = inner
        .replace(" { ", "(")
        .replace(" }", ")")
        .replace("now_", "now");
    inner
        .split(": ")
        .map(shortened)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Text that starts with a large number gets it as `56.6279e18`. Ids of rounds stay whole: their last digits are what
/// they are about, and they are what lies just above 2^64.
fn shortened(text: &str) -> String {
    let sign = usize::from(text.starts_with('-'));
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(sign + digits);
    let is_round = number.parse::<u128>().is_ok_and(|id| id >> 64 == 1);
    match number.parse::<f64>() {
        Ok(value) if digits >= 16 && !is_round => format!("{:.4}e18{rest}", value / 1e18),
        _ => text.to_owned(),
    }
}

/// Base that a swap bought (negative for sold), and its price. `None` for a purchase that was paid for and came to less than an atom:
/// it has no price.
fn traded(hedged: &IPool::Hedged, quote_decimals: u8) -> Option<(f64, f64)> {
    let size = signed_wad(hedged.baseAmount);
    let price = atoms(hedged.quoteAmount, quote_decimals) / size.abs();
    (size != 0.0).then_some((size, price))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_of_less_than_an_atom_has_no_price() {
        let swap = |base: i64, quote: u64| IPool::Hedged {
            baseAmount: I256::try_from(base).unwrap()
                * I256::try_from(10).unwrap().pow(U256::from(18)),
            quoteAmount: U256::from(quote),
            spot: U256::ZERO,
        };
        assert_eq!(traded(&swap(2, 5_000_000_000), 6), Some((2.0, 2_500.0)));
        assert_eq!(traded(&swap(-2, 5_000_000_000), 6), Some((-2.0, 2_500.0)));
        assert_eq!(traded(&swap(0, 2), 6), None);
    }

    #[test]
    fn errors_are_printed_with_their_numbers() {
        let limit = IPool::CostAboveLimit {
            cost: U256::from(1_203),
            limit: U256::from(1_190),
        };
        assert_eq!(
            plain(&IPool::IPoolErrors::CostAboveLimit(limit)),
            "CostAboveLimit(cost: 1203, limit: 1190)"
        );
        let passed = IPool::DeadlinePassed {
            deadline: U256::from(5),
            now_: U256::from(6),
        };
        assert_eq!(
            plain(&IPool::IPoolErrors::DeadlinePassed(passed)),
            "DeadlinePassed(deadline: 5, now: 6)"
        );
        assert_eq!(
            plain(&IPool::IPoolErrors::PoolPaused(IPool::PoolPaused {})),
            "PoolPaused"
        );
        let exposure = alloy_primitives::I256::try_from(-56_627_867_127_543_475_175_i128).unwrap();
        let above = IPool::ExposureAboveLimit {
            exposure,
            limit: U256::from(53_525_665_078_333_334_385_u128),
        };
        assert_eq!(
            plain(&IPool::IPoolErrors::ExposureAboveLimit(above)),
            "ExposureAboveLimit(exposure: -56.6279e18, limit: 53.5257e18)"
        );
        let early = IPool::RoundUnproven {
            roundId: U256::from(18_446_744_073_709_551_930_u128),
        };
        assert_eq!(
            plain(&IPool::IPoolErrors::RoundUnproven(early)),
            "RoundUnproven(roundId: 18446744073709551930)"
        );
    }
}
