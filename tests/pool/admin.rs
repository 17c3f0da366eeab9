//! Roles, parameters and the pause: who may do what, and what stays open.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad, Parameter, PoolParameters, PARAMETER_COUNT};

use crate::common::{call, Market, DAY};

fn start() -> (Market, Address, Address) {
    let market = Market::new();
    let (owner, bob) = (
        market.world.actors.owner.address,
        market.world.actors.bob.address,
    );
    (market, owner, bob)
}

#[test]
fn ownership_moves_in_two_steps() {
    let (mut market, owner, bob) = start();
    let receipt = market
        .send(owner, IPool::transferOwnershipCall { newOwner: bob })
        .unwrap();
    let started: IPool::OwnershipTransferStarted = market.event(&receipt);
    assert_eq!((started.previousOwner, started.newOwner), (owner, bob));
    assert_eq!(market.view(IPool::ownerCall {}).unwrap(), owner);
    assert_eq!(market.view(IPool::pendingOwnerCall {}).unwrap(), bob);
    let error = IPool::NotAuthorised {
        caller: owner,
        required: bob,
    };
    market.refuses(owner, IPool::acceptOwnershipCall {}, error);
    let receipt = market.send(bob, IPool::acceptOwnershipCall {}).unwrap();
    let moved: IPool::OwnershipTransferred = market.event(&receipt);
    assert_eq!((moved.previousOwner, moved.newOwner), (owner, bob));
    assert_eq!(market.view(IPool::ownerCall {}).unwrap(), bob);
    assert_eq!(
        market.view(IPool::pendingOwnerCall {}).unwrap(),
        Address::ZERO
    );
    let error = IPool::NotAuthorised {
        caller: owner,
        required: bob,
    };
    market.refuses(owner, IPool::resumeCall {}, error);
}

#[test]
fn ownership_that_was_not_offered_cannot_be_taken() {
    let (mut market, owner, bob) = start();
    market.refuses(bob, IPool::acceptOwnershipCall {}, IPool::ZeroAddress {});
    market
        .send(owner, IPool::transferOwnershipCall { newOwner: bob })
        .unwrap();
    market
        .send(
            owner,
            IPool::transferOwnershipCall {
                newOwner: Address::ZERO,
            },
        )
        .unwrap();
    market.refuses(bob, IPool::acceptOwnershipCall {}, IPool::ZeroAddress {});
}

#[test]
fn owner_alone_names_roles_sets_parameters_and_resumes() {
    let (mut market, required, _) = start();
    let actors = market.world.actors.clone();
    for caller in [
        actors.bob.address,
        actors.guardian.address,
        actors.keeper.address,
    ] {
        let error = || IPool::NotAuthorised { caller, required };
        market.refuses(
            caller,
            IPool::transferOwnershipCall { newOwner: caller },
            error(),
        );
        market.refuses(
            caller,
            IPool::setGuardianCall {
                newGuardian: caller,
            },
            error(),
        );
        market.refuses(caller, IPool::setKeeperCall { newKeeper: caller }, error());
        market.refuses(caller, IPool::resumeCall {}, error());
        let (index, value) = (U256::from(21), wad("1"));
        market.refuses(caller, IPool::setParameterCall { index, value }, error());
    }
}

#[test]
fn roles_are_named_and_taken_away() {
    let (mut market, owner, bob) = start();
    let receipt = market
        .send(owner, IPool::setGuardianCall { newGuardian: bob })
        .unwrap();
    assert_eq!(
        market.event::<IPool::GuardianSet, _>(&receipt).guardian,
        bob
    );
    assert_eq!(market.view(IPool::guardianCall {}).unwrap(), bob);
    market.send(bob, IPool::pauseCall {}).unwrap();
    let receipt = market
        .send(owner, IPool::setKeeperCall { newKeeper: bob })
        .unwrap();
    assert_eq!(market.event::<IPool::KeeperSet, _>(&receipt).keeper, bob);
    assert_eq!(market.view(IPool::keeperCall {}).unwrap(), bob);
    let expiry = U256::from(market.expiries[0] + DAY);
    market.send(bob, IPool::listExpiryCall { expiry }).unwrap();
    let previous = market.world.actors.keeper.address;
    let error = IPool::NotAuthorised {
        caller: previous,
        required: bob,
    };
    market.refuses(previous, IPool::listExpiryCall { expiry }, error);
}

#[test]
fn pause_is_the_guardians_and_the_owners_and_resume_the_owners() {
    let (mut market, owner, bob) = start();
    let guardian = market.world.actors.guardian.address;
    let error = IPool::NotAuthorised {
        caller: bob,
        required: guardian,
    };
    market.refuses(bob, IPool::pauseCall {}, error);
    for by in [guardian, owner] {
        let receipt = market.send(by, IPool::pauseCall {}).unwrap();
        assert_eq!(market.event::<IPool::Paused, _>(&receipt).by, by);
        assert!(market.view(IPool::pausedCall {}).unwrap());
        let receipt = market.send(owner, IPool::resumeCall {}).unwrap();
        assert_eq!(market.event::<IPool::Resumed, _>(&receipt).by, owner);
        assert!(!market.view(IPool::pausedCall {}).unwrap());
    }
    let alice = market.world.actors.alice.address;
    market
        .buy(alice, call(market.expiries[0], "2500"), "1")
        .unwrap();
}

#[test]
fn pause_leaves_every_exit_open() {
    let (mut market, ..) = start();
    let actors = market.world.actors.clone();
    let (alice, bob, provider) = (
        actors.alice.address,
        actors.bob.address,
        actors.provider.address,
    );
    let [week, month, _] = market.expiries;
    market.buy(alice, call(week, "2400"), "2").unwrap();
    market.buy(alice, call(month, "2500"), "2").unwrap();
    market.pause();
    market.sell(alice, call(month, "2500"), "1").unwrap();
    let amount = wad("0.5");
    market
        .send(
            alice,
            IPool::transfer_1Call {
                receiver: bob,
                id: call(month, "2500"),
                amount,
            },
        )
        .unwrap();
    market
        .send(
            provider,
            IPool::transfer_0Call {
                to: bob,
                shares: U256::from(1_000_000),
            },
        )
        .unwrap();
    market
        .send(
            provider,
            IPool::withdrawCall {
                assets: U256::from(500),
                receiver: bob,
                owner_: provider,
            },
        )
        .unwrap();
    market
        .send(
            bob,
            IPool::redeemCall {
                shares: U256::from(500_000),
                receiver: bob,
                owner_: bob,
            },
        )
        .unwrap();
    market.send(bob, IPool::rebalanceCall {}).unwrap();
    market.expire(week - 100, "2500");
    let round = market.expire(week, "2500");
    market.settle(week, round);
    let claim = IPool::claimCall {
        id: call(week, "2400"),
        size: wad("2"),
        receiver: alice,
    };
    assert_eq!(
        market.send(alice, claim).unwrap().value,
        U256::from(200_000_000)
    );
}

#[test]
fn views_answer_while_paused() {
    let (mut market, _, bob) = start();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "1").unwrap();
    market.pause();
    market
        .view(IPool::quoteSellCall { id, size: wad("1") })
        .unwrap();
    market.view(IPool::bookCall {}).unwrap();
    market.view(IPool::riskCall {}).unwrap();
    market.view(IPool::navCall {}).unwrap();
    market.view(IPool::surfaceCall {}).unwrap();
    market.view(IPool::totalAssetsCall {}).unwrap();
    market.view(IPool::oracleStatusCall {}).unwrap();
    market
        .view(IPool::impliedVolCall {
            expiry: id >> 128,
            strike: wad("2500"),
        })
        .unwrap();
    let (assets, shares) = (U256::from(1_000), U256::from(1_000_000));
    market.view(IPool::convertToSharesCall { assets }).unwrap();
    market.view(IPool::convertToAssetsCall { shares }).unwrap();
    market.view(IPool::previewDepositCall { assets }).unwrap();
    market.view(IPool::previewMintCall { shares }).unwrap();
    market.view(IPool::previewWithdrawCall { assets }).unwrap();
    market.view(IPool::previewRedeemCall { shares }).unwrap();
    market.view(IPool::maxWithdrawCall { owner_: bob }).unwrap();
    market.view(IPool::maxRedeemCall { owner_: bob }).unwrap();
}

#[test]
fn every_parameter_is_held_to_its_published_bounds() {
    let (mut market, owner, _) = start();
    for parameter in Parameter::all() {
        let index = U256::from(parameter.index);
        let grain = U256::from(1);
        let high = parameter.high + grain;
        let set = |value| IPool::setParameterCall { index, value };
        let error: IPool::ParameterOutOfBounds = market.refusal(owner, set(high));
        assert_eq!(
            (error.index, error.value),
            (index, high),
            "{}",
            parameter.name
        );
        if parameter.low > U256::ZERO {
            let low = parameter.low - grain;
            let error: IPool::ParameterOutOfBounds = market.refusal(owner, set(low));
            assert_eq!(
                (error.index, error.value),
                (index, low),
                "{}",
                parameter.name
            );
        }
        let receipt = market.send(owner, set(parameter.default)).unwrap();
        let event: IPool::ParameterSet = market.event(&receipt);
        assert_eq!((event.index, event.value), (index, parameter.default));
    }
}

#[test]
fn parameter_beyond_its_bounds_names_them() {
    let (mut market, owner, _) = start();
    for name in [
        "shiftCap",
        "cutoff",
        "strikeTick",
        "depth",
        "hedgePriceLimit",
    ] {
        let parameter = Parameter::named(name);
        let (index, low, high) = (U256::from(parameter.index), parameter.low, parameter.high);
        // Two grains of a packed ratio, one second, or an atom beyond.
        let value = high + high / U256::from(10);
        let value = value
            - value % U256::from(1_000_000_000_000u64) * U256::from((value > wad("0.001")) as u64);
        market.refuses(
            owner,
            IPool::setParameterCall { index, value },
            IPool::ParameterOutOfBounds {
                index,
                value,
                low,
                high,
            },
        );
    }
    let index = U256::from(PARAMETER_COUNT);
    let zero = U256::ZERO;
    let error = IPool::ParameterOutOfBounds {
        index,
        value: zero,
        low: zero,
        high: zero,
    };
    market.refuses(owner, IPool::setParameterCall { index, value: zero }, error);
    let (value, limit) = (U256::MAX, U256::from(u128::MAX));
    market.refuses(
        owner,
        IPool::setParameterCall { index: zero, value },
        IPool::ValueTooLarge { value, limit },
    );
}

#[test]
fn parameter_that_is_set_is_read_and_used_and_leaves_the_others() {
    let (mut market, owner, bob) = start();
    let before = market.view(IPool::parametersCall {}).unwrap();
    assert_eq!(before, PoolParameters::default().into());
    market
        .send(
            owner,
            IPool::setParameterCall {
                index: U256::from(Parameter::named("minimumSize").index),
                value: wad("2"),
            },
        )
        .unwrap();
    let mut expected = before;
    expected.minimumSize = wad("2");
    assert_eq!(market.view(IPool::parametersCall {}).unwrap(), expected);
    let (size, minimum) = (wad("1"), wad("2"));
    let order = crate::checks::buy(call(market.expiries[0], "2500"), size, bob);
    market.refuses(bob, order, IPool::SizeBelowMinimum { size, minimum });
}

#[test]
fn strike_tick_moves_only_while_the_book_is_empty() {
    let (mut market, owner, _) = start();
    let alice = market.world.actors.alice.address;
    let (index, value) = (U256::from(20), wad("10"));
    let id = call(market.expiries[0], "2500");
    market.buy(alice, id, "1").unwrap();
    let error = IPool::ParameterOutOfBounds {
        index,
        value,
        low: wad("25"),
        high: wad("25"),
    };
    market.refuses(owner, IPool::setParameterCall { index, value }, error);
    market.sell(alice, id, "1").unwrap();
    market
        .send(owner, IPool::setParameterCall { index, value })
        .unwrap();
    market
        .buy(alice, call(market.expiries[0], "2510"), "1")
        .unwrap();
}
