//! Orders on accounts, by their owners and by others: what the account has decides, and a quote in the same block says the rest.

use alloy_primitives::{Address, I256, U256};
use smirk_world::abi::IPool::{self, IPoolErrors as Refused};

use crate::{
    accounts::{Account, BLUR},
    margin::{rest_refusal, BLURRED},
    order::Part,
    outcome::error_of,
    state::Walk,
    trade::{Limit, Terms},
};

impl Walk {
    pub fn trade_on_account(
        &mut self,
        who: Address,
        account_: Address,
        parts: &[Part],
        terms: Terms,
    ) {
        let legs: Vec<IPool::Leg> = parts.iter().map(Part::leg).collect();
        let quoted = self.market.view(IPool::quoteOnAccountCall {
            legs: legs.clone(),
            account_,
        });
        let before = self.met(account_);
        // An order is split by what the account holds before it meets what is settled.
        let held = self.accounts.get(account_);
        let unmet = held.legs.len() != before.legs.len();
        let limit = match (&quoted, terms.limit) {
            (Ok(quote), Limit::Exact) if !unmet => quote.total,
            (Ok(quote), Limit::Better) => quote.total - I256::ONE,
            _ => I256::MAX,
        };
        let opens = parts.iter().any(|part| opens(&held, part));
        let (there, paused) = (self.in_pot() + self.free_cash(), self.paused());
        let free = self.free_cash();
        let result = self.send(
            who,
            IPool::tradeOnAccountCall {
                legs,
                limit,
                deadline: self.deadline(terms.late),
                account_,
            },
        );
        if is_repeated(parts) {
            self.judge("write", result, Some("LegRepeated"));
            return;
        }
        if let Some(refusal) = self.uninvited(who, account_, opens && paused, terms.late) {
            self.judge("write", result, Some(refusal));
            return;
        }
        let (after, rest) = changed(&before, parts);
        let quote = match (quoted, rest) {
            (Err(quoted), None) => return self.expect_same("write", result, &quoted),
            // What the legs are refused for comes before the rest of a short, what the book is refused for after it.
            (Err(quoted), Some(rest)) => {
                let quoted = error_of(&quoted);
                self.outcome("write", result, |_| true);
                let last = self.last_refusal.as_str();
                assert!(last == rest || last == quoted, "{}: {last}", self.place());
                return;
            }
            (Ok(_), Some(rest)) => {
                self.judge("write", result, Some(rest));
                return;
            }
            (Ok(quote), None) => quote,
        };
        let mut after = after;
        after.quote -= crate::ledger::signed(quote.total);
        let total = quote.total;
        let margin = self.unjudged(&before, &after);
        let name = self.name_of_write(&before, parts, who != account_);
        let paid = self.outcome("write", result, |error| match error {
            Refused::TotalAboveLimit(_) => terms.limit == Limit::Better || unmet,
            Refused::AccountInDebt(_)
            | Refused::AwaitsSettlement(_)
            | Refused::MarginBelowRequirement(_) => margin.is_some(),
            Refused::InsufficientFreeCash(_) if total > I256::ZERO => total.unsigned_abs() > there,
            Refused::InsufficientFreeCash(_) => total.unsigned_abs() + quote.rent > free,
            Refused::ExposureAboveLimit(_) => opens,
            _ => false,
        });
        let Some(paid) = paid else { return };
        assert!(
            margin.is_none() || margin == Some(BLURRED),
            "{}: {margin:?} and yet it traded",
            self.place()
        );
        assert!(terms.limit != Limit::Better || unmet, "{}", self.place());
        assert!(
            paid == total || unmet,
            "{}: quoted {total}, paid {paid}",
            self.place()
        );
        let moved = (paid - total).unsigned_abs() * U256::from(self.ledger.quote_scale);
        let moved = moved / U256::from(1_000_000_000_000u64);
        self.tally.at_most(
            "a fill's distance from its quote after a settlement, millionths",
            moved.to(),
        );
        after.quote += crate::ledger::signed(total - paid);
        assert_eq!(self.accounts.get(account_), after, "{}", self.place());
        self.done(name);
    }

    /// Why an order is refused before anything is looked at but who sends it and when.
    fn uninvited(
        &self,
        who: Address,
        owner: Address,
        closed: bool,
        late: bool,
    ) -> Option<&'static str> {
        let allowed = who == owner || self.accounts.delegates.contains(&(owner, who));
        if closed {
            Some("PoolPaused")
        } else if late {
            Some("DeadlinePassed")
        } else {
            (!allowed).then_some("NotAuthorised")
        }
    }

    /// Why an account may not trade from one state to another: it opens, or needs less by at least as much as it is worth less.
    fn unjudged(&self, before: &Account, after: &Account) -> Option<&'static str> {
        let refusal = self.unopened(after)?;
        let (was, is) = (self.health(before), self.health(after));
        let spare = |health: &smirk_engine::account::Health| {
            health.value.saturating_sub_unsigned(health.initial)
        };
        let owes_more = after.quote < before.quote.min(0);
        let frees = (
            was.initial as i128 - is.initial as i128,
            spare(&is) - spare(&was),
        );
        if owes_more || frees.0 <= -BLUR || frees.1 < -BLUR {
            Some(refusal)
        } else if frees.0 > BLUR && frees.1 > BLUR {
            None
        } else {
            Some(BLURRED)
        }
    }

    fn name_of_write(&self, before: &Account, parts: &[Part], by_other: bool) -> &'static str {
        let writes = parts
            .iter()
            .any(|part| part.sells && before.leg(part.id) < part.size as i128);
        let covers = parts
            .iter()
            .any(|part| !part.sells && before.leg(part.id) < 0);
        match (writes, covers, by_other) {
            (_, _, true) => "write by a delegate",
            (true, true, _) => "roll",
            (true, false, _) if parts.len() > 1 => "write several",
            (true, false, _) => "write one",
            (false, true, _) => "cover",
            _ => "longs on an account",
        }
    }
}

fn is_repeated(parts: &[Part]) -> bool {
    let earlier = |index: usize, id| parts[..index].iter().any(|part: &Part| part.id == id);
    parts
        .iter()
        .enumerate()
        .any(|(index, part)| earlier(index, part.id))
}

/// Whether a part of an order opens a position of an account. One of nothing counts as if it did, until it is refused.
fn opens(account: &Account, part: &Part) -> bool {
    let (held, size) = (account.leg(part.id), part.size as i128);
    let closable = if part.sells { held } else { -held };
    size == 0 || closable < size
}

/// An account after these parts, but for the quote, and why a leg can't be like that: each closes first and then opens.
fn changed(before: &Account, parts: &[Part]) -> (Account, Option<&'static str>) {
    let mut account = before.clone();
    for part in parts {
        let (held, size) = (account.leg(part.id), part.size as i128);
        let size = if part.sells { -size } else { size };
        let crosses = held != 0 && (held < 0) != (size < 0) && held.abs() < size.abs();
        let steps = if crosses {
            [-held, held + size]
        } else {
            [size, 0]
        };
        for step in steps.into_iter().filter(|step| *step != 0) {
            account.add(part.id, step);
            if let Some(refusal) = rest_refusal(&account, part.id) {
                return (account, Some(refusal));
            }
        }
    }
    (account, None)
}
