//! Entry points that do alike refuse alike: nothing, dust, the pool itself, nobody, and in a stranger's name.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smirk_world::{abi::IPool, price::wad, CallFailure};

use crate::{
    actions::*,
    common::{call, Market},
};

const LOT: u64 = 1_000_000_000_000;

/// A call to the pool, by name, that its sender would have answered but for what is wrong with it.
type Attempt = (&'static str, Result<(), CallFailure>);

struct Twins {
    market: Market,
    /// Holds the series and shares.
    holder: Address,
    stranger: Address,
    live: U256,
    settled: U256,
}

/// The provider holds shares, three calls of the month and two of the week, which is settled in the money.
fn start() -> Twins {
    let mut market = Market::new();
    let holder = market.world.actors.provider.address;
    let stranger = market.world.actors.carol.address;
    let [week, month, _] = market.expiries;
    let (live, settled) = (call(month, "2500"), call(week, "2500"));
    market.buy(holder, live, "3").unwrap();
    market.buy(holder, settled, "2").unwrap();
    market.world.chain.set_time(week - 10);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    let round = market.world.push_price(wad("2600")).unwrap();
    market.world.arbitrage().unwrap();
    let settle = IPool::settleCall {
        expiry: U256::from(week),
        roundId: U256::from(round),
    };
    market.send(stranger, settle).unwrap();
    market.scale_vols(1.0).unwrap();
    Twins {
        market,
        holder,
        stranger,
        live,
        settled,
    }
}

impl Twins {
    fn attempt<C: SolCall>(&self, name: &'static str, from: Address, call: C) -> Attempt {
        let mut market = self.market.clone();
        (name, market.send(from, call).map(drop))
    }

    /// Every entry point with a receiver.
    fn to(&self, receiver: Address) -> Vec<Attempt> {
        let holder = self.holder;
        let (size, assets, shares) = (wad("1"), atoms(100.0), U256::from(100_000_000_000u64));
        let (limit, deadline) = (U256::MAX, U256::MAX);
        let least = U256::ZERO;
        vec![
            self.attempt(
                "buy",
                holder,
                IPool::buyCall {
                    id: self.live,
                    size,
                    maxCost: limit,
                    deadline,
                    receiver,
                },
            ),
            self.attempt(
                "sell",
                holder,
                IPool::sellCall {
                    id: self.live,
                    size,
                    minProceeds: least,
                    deadline,
                    receiver,
                },
            ),
            self.attempt(
                "claim",
                holder,
                IPool::claimCall {
                    id: self.settled,
                    size,
                    receiver,
                },
            ),
            self.attempt("deposit", holder, IPool::depositCall { assets, receiver }),
            self.attempt("mint", holder, IPool::mintCall { shares, receiver }),
            self.attempt(
                "withdraw",
                holder,
                IPool::withdrawCall {
                    assets,
                    receiver,
                    owner_: holder,
                },
            ),
            self.attempt(
                "redeem",
                holder,
                IPool::redeemCall {
                    shares,
                    receiver,
                    owner_: holder,
                },
            ),
            self.attempt(
                "depositAtLeast",
                holder,
                IPool::depositAtLeastCall {
                    assets,
                    receiver,
                    minShares: least,
                    deadline,
                },
            ),
            self.attempt(
                "mintAtMost",
                holder,
                IPool::mintAtMostCall {
                    shares,
                    receiver,
                    maxAssets: limit,
                    deadline,
                },
            ),
            self.attempt(
                "withdrawAtMost",
                holder,
                IPool::withdrawAtMostCall {
                    assets,
                    receiver,
                    owner_: holder,
                    maxShares: limit,
                    deadline,
                },
            ),
            self.attempt(
                "redeemAtLeast",
                holder,
                IPool::redeemAtLeastCall {
                    shares,
                    receiver,
                    owner_: holder,
                    minAssets: least,
                    deadline,
                },
            ),
            self.attempt(
                "transfer of shares",
                holder,
                IPool::transfer_0Call {
                    to: receiver,
                    shares,
                },
            ),
            self.attempt(
                "transferFrom of shares",
                holder,
                IPool::transferFrom_0Call {
                    from: holder,
                    to: receiver,
                    shares,
                },
            ),
            self.attempt(
                "transfer of a series",
                holder,
                IPool::transfer_1Call {
                    receiver,
                    id: self.live,
                    amount: size,
                },
            ),
            self.attempt(
                "transferFrom of a series",
                holder,
                IPool::transferFrom_1Call {
                    sender: holder,
                    receiver,
                    id: self.live,
                    amount: size,
                },
            ),
        ]
    }

    /// Everything that takes something of the holder's, sent by the stranger without leave.
    fn in_anothers_name(&self, shares: U256, assets: U256, amount: U256) -> Vec<Attempt> {
        let (holder, stranger) = (self.holder, self.stranger);
        let (limit, deadline) = (U256::MAX, U256::MAX);
        vec![
            self.attempt(
                "withdraw",
                stranger,
                IPool::withdrawCall {
                    assets,
                    receiver: stranger,
                    owner_: holder,
                },
            ),
            self.attempt(
                "redeem",
                stranger,
                IPool::redeemCall {
                    shares,
                    receiver: stranger,
                    owner_: holder,
                },
            ),
            self.attempt(
                "withdrawAtMost",
                stranger,
                IPool::withdrawAtMostCall {
                    assets,
                    receiver: stranger,
                    owner_: holder,
                    maxShares: limit,
                    deadline,
                },
            ),
            self.attempt(
                "redeemAtLeast",
                stranger,
                IPool::redeemAtLeastCall {
                    shares,
                    receiver: stranger,
                    owner_: holder,
                    minAssets: U256::ZERO,
                    deadline,
                },
            ),
            self.attempt(
                "transferFrom of shares",
                stranger,
                IPool::transferFrom_0Call {
                    from: holder,
                    to: stranger,
                    shares,
                },
            ),
            self.attempt(
                "transferFrom of a series",
                stranger,
                IPool::transferFrom_1Call {
                    sender: holder,
                    receiver: stranger,
                    id: self.live,
                    amount,
                },
            ),
        ]
    }

    /// Every trade of a size.
    fn sized(&self, size: U256) -> Vec<Attempt> {
        let holder = self.holder;
        vec![
            self.attempt(
                "buy",
                holder,
                IPool::buyCall {
                    id: self.live,
                    size,
                    maxCost: U256::MAX,
                    deadline: U256::MAX,
                    receiver: holder,
                },
            ),
            self.attempt(
                "sell",
                holder,
                IPool::sellCall {
                    id: self.live,
                    size,
                    minProceeds: U256::ZERO,
                    deadline: U256::MAX,
                    receiver: holder,
                },
            ),
            self.attempt(
                "claim",
                holder,
                IPool::claimCall {
                    id: self.settled,
                    size,
                    receiver: holder,
                },
            ),
        ]
    }
}

#[test]
fn every_receiver_is_somebody_and_not_the_pool() {
    let twins = start();
    let pool = twins.market.pool.address;
    for (name, attempt) in twins.to(twins.stranger) {
        attempt.unwrap_or_else(|failure| panic!("{name} to a stranger: {failure}"));
    }
    for (name, attempt) in twins.to(pool) {
        let failure = attempt.expect_err(name);
        let error = failure.error::<IPool::ReceiverInvalid>();
        assert_eq!(
            error,
            Some(IPool::ReceiverInvalid { receiver: pool }),
            "{name}: {failure}"
        );
    }
    for (name, attempt) in twins.to(Address::ZERO) {
        let failure = attempt.expect_err(name);
        assert!(failure.is::<IPool::ZeroAddress>(), "{name}: {failure}");
    }
}

#[test]
fn nothing_is_done_in_the_name_of_somebody_who_allowed_nothing() {
    let twins = start();
    let some = U256::from(1_000_000_000_000u64);
    for (name, attempt) in twins.in_anothers_name(some, atoms(1_000.0), wad("1")) {
        let failure = attempt.expect_err(name);
        let error = failure.error::<IPool::InsufficientAllowance>();
        let error = error.unwrap_or_else(|| panic!("{name}: {failure}"));
        assert_eq!(
            (error.spender, error.allowance),
            (twins.stranger, U256::ZERO)
        );
    }
    for (name, attempt) in twins.in_anothers_name(U256::ZERO, U256::ZERO, U256::ZERO) {
        let failure = attempt.expect_err(name);
        assert!(
            failure.is::<IPool::InsufficientAllowance>() || failure.is::<IPool::NothingPaid>(),
            "{name} of nothing: {failure}"
        );
    }
}

#[test]
fn nothing_is_traded_of_size_zero_and_nothing_exchanged_for_nothing() {
    let twins = start();
    for (name, attempt) in twins.sized(U256::ZERO) {
        let failure = attempt.expect_err(name);
        assert!(failure.is::<IPool::SizeZero>(), "{name}: {failure}");
    }
    let (holder, zero) = (twins.holder, U256::ZERO);
    let entries = [
        twins.attempt(
            "deposit",
            holder,
            IPool::depositCall {
                assets: zero,
                receiver: holder,
            },
        ),
        twins.attempt(
            "mint",
            holder,
            IPool::mintCall {
                shares: zero,
                receiver: holder,
            },
        ),
    ];
    for (name, attempt) in entries {
        let failure = attempt.expect_err(name);
        assert!(failure.is::<IPool::NothingMinted>(), "{name}: {failure}");
    }
    let exits = [
        twins.attempt(
            "withdraw",
            holder,
            IPool::withdrawCall {
                assets: zero,
                receiver: holder,
                owner_: holder,
            },
        ),
        twins.attempt(
            "redeem",
            holder,
            IPool::redeemCall {
                shares: zero,
                receiver: holder,
                owner_: holder,
            },
        ),
    ];
    for (name, attempt) in exits {
        let failure = attempt.expect_err(name);
        assert!(failure.is::<IPool::NothingPaid>(), "{name}: {failure}");
    }
}

/// A part of a lot is nobody's to get: it could never be sold again.
#[test]
fn series_move_in_whole_lots() {
    let twins = start();
    let (holder, stranger) = (twins.holder, twins.stranger);
    for dust in [1, LOT - 1, LOT + 1, 3 * LOT / 2] {
        let size = U256::from(dust);
        let error = IPool::SizeOffGrid {
            size,
            lot: U256::from(LOT),
        };
        let moves = [
            twins.attempt(
                "transfer",
                holder,
                IPool::transfer_1Call {
                    receiver: stranger,
                    id: twins.live,
                    amount: size,
                },
            ),
            twins.attempt(
                "transferFrom",
                holder,
                IPool::transferFrom_1Call {
                    sender: holder,
                    receiver: stranger,
                    id: twins.live,
                    amount: size,
                },
            ),
        ];
        let sized = twins
            .sized(size)
            .into_iter()
            .filter(|(name, _)| *name == "sell");
        for (name, attempt) in moves.into_iter().chain(sized) {
            let failure = attempt.expect_err(name);
            let found = failure.error::<IPool::SizeOffGrid>();
            assert_eq!(found.as_ref(), Some(&error), "{name}: {failure}");
        }
    }
    // One lot goes, and comes back as money.
    let mut market = twins.market.clone();
    let lot = U256::from(LOT);
    let give = IPool::transfer_1Call {
        receiver: stranger,
        id: twins.live,
        amount: lot,
    };
    market.send(holder, give).unwrap();
    let sell = IPool::sellCall {
        id: twins.live,
        size: lot,
        minProceeds: U256::ZERO,
        deadline: U256::MAX,
        receiver: stranger,
    };
    market.send(stranger, sell).unwrap();
    market.assert_backed();
}

/// What is sent from or to oneself, or more than there is, changes nothing.
#[test]
fn moving_to_oneself_and_more_than_there_is_changes_nothing() {
    let twins = start();
    let mut market = twins.market.clone();
    let holder = twins.holder;
    let (shares, series) = (
        market.shares_of(holder),
        market.position_of(holder, twins.live),
    );
    let to_self = IPool::transfer_0Call { to: holder, shares };
    market.send(holder, to_self).unwrap();
    let to_self = IPool::transfer_1Call {
        receiver: holder,
        id: twins.live,
        amount: series,
    };
    market.send(holder, to_self).unwrap();
    assert_eq!(market.shares_of(holder), shares);
    assert_eq!(market.position_of(holder, twins.live), series);
    let one = U256::from(1);
    let more = IPool::transfer_0Call {
        to: holder,
        shares: shares + one,
    };
    market.refuses(
        holder,
        more,
        IPool::InsufficientBalance {
            holder,
            balance: shares,
            needed: shares + one,
        },
    );
    let needed = series + U256::from(LOT);
    let more = IPool::transfer_1Call {
        receiver: holder,
        id: twins.live,
        amount: needed,
    };
    market.refuses(
        holder,
        more,
        IPool::InsufficientBalance {
            holder,
            balance: series,
            needed,
        },
    );
}
