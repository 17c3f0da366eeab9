//! What has to hold between any two transactions, as sentences with their checks.

use alloy_primitives::U256;
use smirk_pool::storage::slots;
use smirk_world::abi::IPool;

use crate::state::{payoff, Walk};

/// A sentence and its check, which says what it found when the sentence is not true.
struct Invariant {
    sentence: &'static str,
    check: fn(&mut Walk) -> Result<(), String>,
}

/// Read from storage: checked after every step.
const LIGHT: [Invariant; 5] = [
    Invariant {
        sentence: "The lock is free between transactions.",
        check: |walk| {
            let locked = walk.slot(slots::HEAD).byte(0) != 0;
            truth(!locked, || "it is held".to_owned())
        },
    },
    Invariant {
        sentence:
            "Recorded cash, what is set aside and the insurance never exceed the quote tokens held.",
        check: |walk| {
            let money = walk.money();
            let held = walk.tokens_of_pool(walk.market.world.quote);
            let recorded = money.cash + money.set_aside + money.insurance;
            truth(recorded <= held, || format!("{money:?}, {held} held"))
        },
    },
    Invariant {
        sentence: "Recorded base never exceeds the base tokens held.",
        check: |walk| {
            let money = walk.money();
            let held = walk.tokens_of_pool(walk.market.world.base);
            truth(money.base <= held, || {
                format!("{} recorded, {held} held", money.base)
            })
        },
    },
    Invariant {
        sentence: "The share supply is the sum of all balances.",
        check: |walk| {
            let supply = walk.supply();
            let sum: U256 = walk
                .holders
                .clone()
                .into_iter()
                .map(|holder| walk.shares_of(holder))
                .sum();
            truth(supply == sum, || format!("supply {supply}, balances {sum}"))
        },
    },
    Invariant {
        sentence: "No share is worth less to its holder after another's deposit or withdrawal.",
        check: |walk| match walk.share_worth.take() {
            // (net asset value + 1) / (supply + virtual shares), compared by cross-multiplication.
            Some([before, after]) => truth(after.0 * before.1 >= before.0 * after.1, || {
                format!("{before:?} before, {after:?} after")
            }),
            None => Ok(()),
        },
    },
];

/// Read through the ABI or over all series: checked every so many steps.
const HEAVY: [Invariant; 4] = [
    Invariant {
        sentence: "What all holders have of a live series is what the pool is short.",
        check: |walk| {
            let nodes = walk
                .market
                .view(IPool::bookCall {})
                .map_err(|failure| failure.to_string())?;
            let lot = U256::from(1_000_000_000_000u64);
            let mut sum = U256::ZERO;
            for node in &nodes {
                for (kind, net) in [(0u64, node.calls), (1, node.puts)] {
                    let id = node.strike | node.expiry << 128 | U256::from(kind) << 192;
                    let held = walk.held(id);
                    truth(!net.is_positive() && net.unsigned_abs() == held, || {
                        format!("series {id:#x}: {held} held, pool {net}")
                    })?;
                    sum += held;
                }
            }
            let live: U256 = walk.live_series().into_iter().map(|id| walk.held(id)).sum();
            truth(live == sum && sum % lot == U256::ZERO, || {
                format!("{live} held, {sum} in the book")
            })
        },
    },
    Invariant {
        sentence:
            "Holders of settled series can claim no more than what is still owed to their expiry.",
        check: |walk| {
            for (expiry, price) in walk.settled.clone() {
                let settlement = IPool::settlementCall {
                    expiry: U256::from(expiry),
                };
                let owed = walk
                    .market
                    .view(settlement)
                    .map_err(|failure| failure.to_string())?
                    .owed;
                let claims = walk.claims(expiry, price);
                truth(claims <= owed, || {
                    format!("expiry {expiry}: {claims} to claim, {owed} owed")
                })?;
            }
            Ok(())
        },
    },
    Invariant {
        sentence: "Claims never exceed what is set aside and what is owed beyond it.",
        check: |walk| {
            let money = walk.money();
            let claims: U256 = walk
                .settled
                .clone()
                .into_iter()
                .map(|(expiry, price)| walk.claims(expiry, price))
                .sum();
            truth(claims <= money.set_aside + money.shortfall, || {
                format!(
                    "{claims} to claim, {} set aside, {} short",
                    money.set_aside, money.shortfall
                )
            })
        },
    },
    Invariant {
        sentence: "The views say what is stored.",
        check: |walk| {
            let nav = walk
                .market
                .view(IPool::navCall {})
                .map_err(|failure| failure.to_string())?;
            let money = walk.money();
            let seen = [
                nav.cash,
                nav.base,
                nav.setAside,
                nav.insurance,
                nav.shortfall,
            ];
            let stored = [
                money.cash,
                money.base,
                money.set_aside,
                money.insurance,
                money.shortfall,
            ];
            truth(
                seen == stored && nav.low <= nav.mid && nav.mid <= nav.high,
                || format!("{seen:?} {stored:?}"),
            )
        },
    },
];

/// Checks the light invariants, and the heavy ones when asked to; panics with the sentence that does not hold.
pub fn check(walk: &mut Walk, thoroughly: bool) {
    let heavy = if thoroughly { &HEAVY[..] } else { &[] };
    for invariant in LIGHT.iter().chain(heavy) {
        if let Err(found) = (invariant.check)(walk) {
            panic!("{}: {} {found}", walk.place(), invariant.sentence);
        }
    }
}

fn truth(holds: bool, found: impl FnOnce() -> String) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(found())
    }
}

impl Walk {
    /// Quote atoms that holders can still claim of a settled expiry, each claim rounded down.
    fn claims(&mut self, expiry: u64, price: U256) -> U256 {
        let series: Vec<U256> = self.series_of(expiry);
        let mut total = U256::ZERO;
        for id in series {
            for holder in self.holders.clone() {
                total += payoff(id, price, self.position_of(holder, id));
            }
        }
        total
    }
}
