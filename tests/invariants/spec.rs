//! What has to hold between any two transactions, as sentences with their checks.
//!
//! Some hold of single operations and are asserted where those are done: a quote is what is filled in the same block, to the
//! unit (`trade.rs`); a preview is what is exchanged, and no `max*` promises what is refused (`liquidity.rs`); the clock of
//! the hedge's window is what found and left exposure make it, and the hedge trades within the window (`clock.rs`); one price
//! settles an expiry (`feed.rs`, `market.rs`); nobody leaves a block richer than it came (`trip.rs`); every refusal has the
//! name of its first reason.

use alloy_primitives::U256;
use smirk_pool::storage::{slots, written};
use smirk_world::abi::IPool;

use crate::{
    common::WAD,
    ledger::signed,
    state::{expiry_of, halves, payoff, series, strike_of, Walk},
};

/// A sentence and its check, which says what it found when the sentence is not true.
pub struct Invariant {
    pub sentence: &'static str,
    check: fn(&mut Walk) -> Result<(), String>,
}

const LOT: u128 = 1_000_000_000_000;

/// Read from storage: checked after every operation.
pub const LIGHT: [Invariant; 13] = [
    Invariant {
        sentence: "The lock is free between transactions.",
        check: |walk| {
            let locked = walk.slot(slots::HEAD).as_limbs()[0] & 3 != 0;
            truth(!locked, || "it is held".to_owned())
        },
    },
    Invariant {
        sentence: "Cash, what is set aside, the insurance and the quote of accounts together never exceed the quote tokens held.",
        check: |walk| {
            let money = walk.money();
            let held = walk.tokens_of(walk.market.world.quote, walk.market.pool.address);
            let recorded = money.cash + money.set_aside + money.insurance + money.pot;
            truth(recorded <= held, || format!("{money:?}, {held} held"))
        },
    },
    Invariant {
        sentence: "Recorded base never exceeds the base tokens held.",
        check: |walk| {
            let money = walk.money();
            let held = walk.tokens_of(walk.market.world.base, walk.market.pool.address);
            truth(money.base <= held, || format!("{} recorded, {held} held", money.base))
        },
    },
    Invariant {
        sentence: "Recorded money is what the pool's events add up to.",
        check: |walk| {
            let (money, ledger) = (walk.money(), &walk.ledger);
            let seen = [
                money.cash, money.base, money.set_aside, money.insurance, money.pot, money.claim,
            ];
            let sums = [
                ledger.cash as u128, ledger.base as u128, ledger.set_aside, ledger.insurance,
                ledger.pot as u128, ledger.claim as u128,
            ];
            truth(seen == sums.map(U256::from), || format!("{money:?} {ledger:?}"))
        },
    },
    Invariant {
        sentence: "The ledgers are what the pool's events add up to.",
        check: |walk| {
            let (capacity, rent) = halves(walk.slot(slots::CAPACITY_LEDGER));
            let (flow, cost) = halves(walk.slot(slots::HEDGE_LEDGER));
            let (elsewhere, _) = halves(walk.slot(slots::CASH_LEDGER));
            let fees = U256::from(walk.slot(slots::MONEY).as_limbs()[3]);
            let l = &walk.ledger;
            let sums = [
                l.capacity, l.rent, l.fees, l.hedge_flow as u128, l.hedge_cost as u128, l.elsewhere as u128,
            ];
            let seen = [capacity, rent, fees, flow, cost, elsewhere];
            truth(seen == sums.map(U256::from), || format!("{seen:?} {l:?}"))
        },
    },
    Invariant {
        sentence: "Premiums, fees, capacity, the hedge's cash flow and the cash ledger together are cash, but for a fee's rounding.",
        check: |walk| {
            let ledger = &walk.ledger;
            let gap = ledger.cash_and_supplied() - ledger.sources();
            // Fees are kept in whole millionths: exact where atoms are no finer.
            let most = match ledger.quote_scale {
                1 => (walk.step as i128 + 1) * 10 * LOT as i128,
                _ => 0,
            };
            truth((0..=most).contains(&gap), || format!("{gap} apart: {ledger:?}"))
        },
    },
    Invariant {
        sentence: "What is set aside is the sum over settled expiries of what is funded.",
        check: |walk| {
            let funded: u128 = walk.ledger.settled.values().map(|one| one.funded).sum();
            let set_aside = walk.money().set_aside;
            truth(set_aside == U256::from(funded), || format!("{set_aside} set aside, {funded} funded"))
        },
    },
    Invariant {
        sentence: "The shortfall is the sum over settled expiries of what is owed and not funded, the oldest first in line.",
        check: |walk| {
            let (stored, sum) = (walk.money().shortfall, walk.ledger.shortfall());
            let is_short = walk.slot(slots::HEAD).bit(5);
            let first = if is_short { walk.slot(slots::SHORTFALL).as_limbs()[2] } else { 0 };
            let oldest = walk.ledger.oldest_short();
            truth(stored == U256::from(sum) && first == oldest, || {
                format!("{stored} short, {sum} by expiry; {first} first, {oldest} oldest")
            })
        },
    },
    Invariant {
        sentence: "The share supply is the sum of all balances.",
        check: |walk| {
            let (supply, sum) = (walk.supply(), walk.shares.values().sum::<U256>());
            truth(supply == sum, || format!("supply {supply}, balances {sum}"))
        },
    },
    Invariant {
        sentence: "No share is worth less on any side after a deposit, a withdrawal or a transfer, but for two millionths of quote in all.",
        check: |walk| match walk.share_worth.take() {
            Some([before, after]) => {
                let slack = U256::from(2 * LOT);
                let falls = |side: usize| {
                    (after.0[side] + slack) * before.1 < before.0[side] * after.1
                };
                truth(!(0..3).any(falls), || format!("{before:?} before, {after:?} after"))
            }
            None => Ok(()),
        },
    },
    Invariant {
        sentence: "Unearned is what an order charged and did not spend on its hedge, and what leavers paid: less with every second, nothing at expiry.",
        check: |walk| {
            let now = walk.now();
            for (slice, charge) in walk.book().slices {
                let unearned = charge.unearned_up(slice.expiry, now) / LOT;
                let charged = walk.ledger.charged.entry(slice.expiry).or_default();
                let most = charged.unearned + charged.fresh;
                let same = charged.at == now && now < slice.expiry;
                truth(
                    unearned <= most && most <= charged.units && (!same || unearned == most),
                    || format!("expiry {}: {unearned} unearned, {charged:?}", slice.expiry),
                )?;
                truth(now < slice.expiry || unearned == 0, || {
                    format!("{unearned} unearned past {}", slice.expiry)
                })?;
                (charged.unearned, charged.fresh, charged.at) = (unearned, 0, now);
            }
            Ok(())
        },
    },
    Invariant {
        sentence: "The puts of an expiry and their strikes are the sums over its nodes.",
        check: |walk| {
            let book = walk.book();
            for (index, (slice, _)) in book.slices.iter().enumerate() {
                let nodes = book.nodes.iter().filter(|(node, _)| node.slice as usize == index);
                let (mut puts, mut strikes) = (0i64, 0i128);
                for (node, held) in nodes {
                    puts += held;
                    strikes += *held as i128 * node.strike as i128;
                }
                truth(slice.puts == puts && slice.put_strikes == strikes, || {
                    format!("expiry {}: {} and {}, summed {puts} and {strikes}", slice.expiry, slice.puts, slice.put_strikes)
                })?;
            }
            Ok(())
        },
    },
    Invariant {
        sentence: "The pot less what was lent to it is what accounts have and will have, but for a few atoms a settlement.",
        check: |walk| {
            let ledger = &walk.ledger;
            let waiting: u128 = ledger.to_pot.values().sum();
            let all = walk.accounts.of.values();
            let has = all.map(|account| {
                let legs = account.legs.iter();
                let met = legs.filter_map(|(id, size)| walk.pays(*id, *size));
                account.quote + met.sum::<i128>()
            });
            let has = has.sum::<i128>();
            let gap = ledger.pot - ledger.claim + waiting as i128 - has;
            let most = 64 * (1 + ledger.settled.len() as i128);
            truth((0..=most).contains(&gap), || format!("{gap} apart: {ledger:?}"))
        },
    },
];

/// Over all series, or read through the ABI: checked every so many operations.
pub const HEAVY: [Invariant; 9] = [
    Invariant {
        sentence: "What accounts are short of a live series, less what wallets and accounts are long, is the pool's position, node by node.",
        check: |walk| {
            let book = walk.book();
            let mut noted = walk.shorts_noted().into_iter();
            let mut seen = 0;
            for (node, puts) in &book.nodes {
                let expiry = book.slices[node.slice as usize].0.expiry;
                let mut short = 0;
                for (kind, lots) in [(0u64, node.calls - puts), (1, *puts)] {
                    let id = series(kind, expiry, U256::from(node.strike));
                    let held = walk.held(id).to::<u128>();
                    let (longs, shorts) = walk.accounts.interest(id);
                    let stored = walk.interest_stored(id);
                    let net = shorts as i128 - longs as i128 - held as i128;
                    truth(lots as i128 * LOT as i128 == net && stored == (longs, shorts), || {
                        format!("series {id:#x}: {held} in wallets, {longs} and {shorts} on accounts, {stored:?} stored, pool {lots}")
                    })?;
                    seen += (held + longs + shorts != 0) as usize;
                    short += (shorts / LOT) as u64;
                }
                let noted = noted.next().unwrap_or_default();
                truth(noted == written::rounded_up(short), || {
                    format!("{short} short at {} of {expiry}, {noted} noted", node.strike)
                })?;
            }
            truth(noted.all(|lots| lots == 0), || "shorts noted beyond the nodes".to_owned())?;
            let mut live = walk.accounts.series();
            live.extend(walk.positions.keys().filter(|id| !walk.held(**id).is_zero()));
            let live = live.iter().filter(|id| walk.listed.contains(&expiry_of(**id))).count();
            truth(live == seen, || format!("{live} series held, {seen} in the book"))
        },
    },
    Invariant {
        sentence: "An account in storage is what its events add up to, and what all are short together is the sum.",
        check: |walk| {
            for (owner, account) in walk.accounts.of.clone() {
                let stored = walk.account_stored(owner);
                truth(stored == account, || format!("{owner}: {stored:?} stored, {account:?} by events"))?;
            }
            let (mut calls, mut puts, mut strikes) = (0u128, 0u128, U256::ZERO);
            for id in walk.accounts.series() {
                let (_, shorts) = walk.accounts.interest(id);
                if !walk.listed.contains(&expiry_of(id)) {
                    continue;
                }
                match id.bit(192) {
                    true => {
                        puts += shorts / LOT;
                        strikes += U256::from(shorts / LOT) * strike_of(id) / U256::from(LOT);
                    }
                    false => calls += shorts / LOT,
                }
            }
            let word = walk.slot(slots::WRITTEN);
            let [stored_calls, stored_puts, ..] = *word.as_limbs();
            let stored = (stored_calls as u128, stored_puts as u128, halves(word).1);
            truth(stored == (calls, puts, strikes), || {
                format!("{stored:?} stored, {:?} summed", (calls, puts, strikes))
            })?;
            let (noted_calls, noted_puts) = written::totals(&walk.slot(slots::NODE_SHORTS));
            let pairs = [(noted_calls, stored_calls), (noted_puts, stored_puts)];
            truth(pairs.iter().all(|(noted, exact)| noted >= exact && noted - exact <= exact / 1_000 + 8_192), || {
                format!("{pairs:?} noted and exact")
            })
        },
    },
    Invariant {
        sentence: "What accounts owe for shorts that were settled far from the last anchor is noted until they meet it, but for an atom each, and the debt of who can't pay it until its end.",
        check: |walk| {
            let stored = halves(walk.slot(slots::COUNTED)).1.to::<u128>() as i128;
            let all = walk.accounts.of.values();
            let legs = all.flat_map(|account| account.legs.iter().filter(|(_, size)| **size < 0));
            let legs = legs.filter(|(id, _)| walk.is_far(expiry_of(**id)));
            let owed = legs.filter_map(|(id, size)| walk.pays(*id, *size)).sum::<i128>().abs();
            let owed = owed + walk.doubted_debts();
            // Rounded down at a settlement and up at each account.
            let most = 64 * (1 + walk.ledger.settled.len() as i128);
            truth((owed - stored).abs() <= most, || format!("{stored} noted, {owed} owed"))
        },
    },
    Invariant {
        sentence: "The loan is what its events add up to, no less of debt than the lender counts and no more of collateral.",
        check: |walk| {
            let sums = (walk.ledger.borrowed, walk.ledger.supplied);
            let stored = walk.lent_by_storage();
            truth(stored == sums, || format!("{stored:?} stored, {sums:?} by events"))?;
            let Some([recorded, counted]) = walk.loans() else { return Ok(()) };
            truth(recorded.0 >= counted.0 && recorded.1 <= counted.1, || {
                format!("{recorded:?} recorded, {counted:?} counted")
            })
        },
    },
    Invariant {
        sentence: "Balances are what the transfer events add up to.",
        check: |walk| {
            for (holder, shares) in walk.shares.clone() {
                let stored = walk.stored_shares_of(holder);
                truth(stored == shares, || format!("{holder} has {stored} shares, {shares} by events"))?;
            }
            for (id, holders) in walk.positions.clone() {
                for (holder, size) in holders {
                    let stored = walk.stored_position_of(holder, id);
                    truth(stored == size, || format!("{holder} has {stored} of {id:#x}, {size} by events"))?;
                }
            }
            // What nobody holds any more need not be looked at again.
            walk.positions.retain(|_, holders| holders.values().any(|size| !size.is_zero()));
            Ok(())
        },
    },
    Invariant {
        sentence: "What holders of a settled expiry can claim is owed to them, of which a part is set aside.",
        check: |walk| {
            for (expiry, settled) in walk.ledger.settled.clone() {
                if settled.owed == 0 && settled.funded == 0 {
                    continue;
                }
                let call = IPool::settlementCall { expiry: U256::from(expiry) };
                let said = walk.market.view(call).map_err(|failure| failure.to_string())?;
                let ledger = [settled.price, U256::from(settled.owed), U256::from(settled.funded)];
                truth([said.price, said.owed, said.setAside] == ledger, || {
                    format!("expiry {expiry}: {} owed, {} set aside, {settled:?}", said.owed, said.setAside)
                })?;
                let claims = walk.claims(expiry, settled.price);
                truth(claims <= said.owed && said.setAside <= said.owed, || {
                    format!("expiry {expiry}: {claims} to claim, {} owed, {} set aside", said.owed, said.setAside)
                })?;
            }
            Ok(())
        },
    },
    Invariant {
        sentence: "An expiry that everyone has claimed of keeps no more than a claim's rounding each.",
        check: |walk| {
            let held: std::collections::BTreeSet<u64> = walk
                .positions
                .iter()
                .filter(|(_, holders)| holders.values().any(|size| !size.is_zero()))
                .map(|(id, _)| expiry_of(*id))
                .collect();
            let most = 64 + walk.step as u128;
            for (expiry, settled) in &walk.ledger.settled {
                if !held.contains(expiry) {
                    truth(settled.owed <= most, || format!("expiry {expiry}: {settled:?}"))?;
                }
            }
            Ok(())
        },
    },
    Invariant {
        sentence: "The views say what is stored, and the sides of net asset value enclose it.",
        check: |walk| {
            if walk.feed.unreadable().is_some() {
                return Ok(());
            }
            let nav = walk.market.view(IPool::navCall {}).map_err(|failure| failure.to_string())?;
            let (money, l) = (walk.money(), &walk.ledger);
            let seen = [nav.cash, nav.base, nav.setAside, nav.insurance, nav.shortfall, nav.capacity, nav.rent];
            let stored = [
                money.cash, money.base, money.set_aside, money.insurance, money.shortfall,
                U256::from(l.capacity), U256::from(l.rent),
            ];
            truth(seen == stored && nav.low <= nav.mid && nav.mid <= nav.high, || {
                format!("{seen:?} {stored:?}, {} {} {}", nav.low, nav.mid, nav.high)
            })?;
            let premiums = signed(nav.premiums);
            let rounding = l.cash + l.supplied.max(0) - l.sources();
            truth(premiums == l.premiums + rounding, || format!("{premiums} premiums, {} by events", l.premiums))
        },
    },
    Invariant {
        sentence: "What the pool is paid and owes is worth something: net asset value is a number, and its book is priced.",
        check: |walk| {
            let nodes = walk.book().nodes.len();
            walk.tally.at_most("nodes", nodes as u64);
            if walk.feed.unreadable().is_some() {
                return Ok(());
            }
            let priced = walk.market.view(IPool::bookCall {}).map_err(|failure| failure.to_string())?;
            let spot = walk.spot();
            let sound = priced.iter().all(|node| {
                node.call <= spot * U256::from(2) && node.put <= node.strike * U256::from(2) && node.delta <= WAD * U256::from(2)
            });
            truth(sound && priced.len() == nodes, || format!("{} of {nodes} nodes", priced.len()))
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
    fn claims(&self, expiry: u64, price: U256) -> U256 {
        let atom = WAD * U256::from(self.ledger.quote_scale);
        let series = self
            .positions
            .iter()
            .filter(|(id, _)| expiry_of(**id) == expiry);
        let holdings = series.flat_map(|(id, holders)| holders.values().map(|size| (*id, *size)));
        holdings
            .map(|(id, size)| payoff(id, price, size) / atom)
            .sum()
    }
}
