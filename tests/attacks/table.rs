//! The code that surroundings and parameters stand in: what comes between its creation and its use.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use inkhorn_chain::Transaction;
use smirk_pool::storage::{head::MOST_TABLES, slots};
use smirk_world::{abi::IPool, price::wad, Actor};

use crate::common::{call, Market, DAY};

fn set(value: &str) -> IPool::setParameterCall {
    IPool::setParameterCall {
        index: U256::from(21),
        value: wad(value),
    }
}

fn several(calls: Vec<Vec<u8>>) -> IPool::multicallCall {
    IPool::multicallCall {
        data: calls.into_iter().map(Bytes::from).collect(),
    }
}

fn least_size(market: &mut Market) -> U256 {
    market.view(IPool::parametersCall {}).unwrap().minimumSize
}

/// Defence: a table that can't be created undoes the whole call, its nonce with it.
#[test]
fn no_amount_of_gas_leaves_half_a_table() {
    let mut market = Market::new();
    let (owner, pool) = (market.world.actors.owner.address, market.pool.address);
    let id = call(market.expiries[0], "2600");
    let before = (
        market.world.chain.nonce(pool),
        market.world.chain.storage(pool, U256::from(slots::HEAD)),
        least_size(&mut market),
    );
    let data = several(vec![
        set("0.02").abi_encode(),
        set("0.03").abi_encode(),
        IPool::parametersCall {}.abi_encode(),
    ]);
    let data = Bytes::from(data.abi_encode());
    let run = |market: &mut Market, gas: u64| {
        let transaction = Transaction::call(owner, pool, data.clone()).with_gas(gas);
        market.world.chain.transact(transaction)
    };
    let (mut low, mut high) = (50_000u64, 3_000_000u64);
    let mut failures = 0;
    while high - low > 200 {
        let gas = (low + high) / 2;
        let snapshot = market.world.chain.snapshot();
        let outcome = run(&mut market, gas);
        let is_done = outcome.is_success();
        if !is_done {
            failures += 1;
            let after = (
                market.world.chain.nonce(pool),
                market.world.chain.storage(pool, U256::from(slots::HEAD)),
                least_size(&mut market),
            );
            assert_eq!(after, before, "{gas} gas: {:?}", outcome.status);
        }
        market.world.chain.revert(snapshot);
        if is_done {
            high = gas;
        } else {
            low = gas;
        }
    }
    // From where a create begins to fail to where all is paid for, in steps.
    for gas in (300_000..high).step_by(7_919) {
        let snapshot = market.world.chain.snapshot();
        let outcome = run(&mut market, gas);
        assert!(!outcome.is_success(), "{gas}");
        failures += 1;
        let after = (
            market.world.chain.nonce(pool),
            market.world.chain.storage(pool, U256::from(slots::HEAD)),
            least_size(&mut market),
        );
        assert_eq!(after, before, "{gas} gas");
        market
            .buy(market.world.actors.alice.address, id, "0.1")
            .unwrap();
        market.world.chain.revert(snapshot);
    }
    assert!(failures > 50, "{failures} failed");
    let outcome = run(&mut market, high);
    assert!(outcome.is_success());
    assert_eq!(market.world.chain.nonce(pool), before.0 + 2);
    assert_eq!(least_size(&mut market), wad("0.03"));
}

/// Defence: what is read after a change within one call is what was changed, and a change that is undone was never made.
#[test]
fn changes_within_one_call_are_seen_at_once_and_undone_whole() {
    let mut market = Market::new();
    let (owner, pool) = (market.world.actors.owner.address, market.pool.address);
    let id = call(market.expiries[0], "2600");
    let quote = market.world.quote;
    let amount = market.world.quote_units("100000");
    market.world.mint(quote, owner, amount).unwrap();
    market.world.approve(quote, owner, pool, U256::MAX).unwrap();
    let buy = IPool::buyCall {
        id,
        size: wad("0.02"),
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver: owner,
    };
    // The purchase is allowed before the first change, forbidden by it, allowed by the second.
    let calls = |between: Vec<Vec<u8>>| {
        let mut calls = vec![buy.abi_encode(), set("0.05").abi_encode()];
        calls.extend(between);
        calls.push(buy.abi_encode());
        several(calls)
    };
    let nonce = market.world.chain.nonce(pool);
    let failure = market.send(owner, calls(vec![])).unwrap_err();
    assert!(failure.is::<IPool::SizeBelowMinimum>(), "{failure}");
    assert_eq!(market.world.chain.nonce(pool), nonce);
    market
        .send(owner, calls(vec![set("0.01").abi_encode()]))
        .unwrap();
    assert_eq!(market.world.chain.nonce(pool), nonce + 2);
    assert_eq!(least_size(&mut market), wad("0.01"));
    // The next address is known: ether and a call there change nothing.
    let next = pool.create(nonce + 2);
    let alice = market.world.actors.alice.address;
    market
        .world
        .chain
        .fund(next, U256::from(10).pow(U256::from(18)));
    let sent = Transaction::call(alice, next, Bytes::new()).with_value(U256::from(1));
    assert!(market.world.chain.transact(sent).is_success());
    market.send(owner, set("0.04")).unwrap();
    assert_eq!(least_size(&mut market), wad("0.04"));
    assert!(!market.world.chain.code(next).is_empty());
}

/// Defence: only parameters need tables. With none left whoever watches and runs the pool still can, and the roles can move.
#[test]
fn without_tables_left_the_pool_is_paused_signed_and_handed_on() {
    let mut market = Market::new();
    let pool = market.pool.address;
    let Actors {
        owner,
        guardian,
        alice,
    } = actors(&market);
    let id = call(market.expiries[0], "2600");
    market.buy(alice, id, "0.1").unwrap();
    let head = U256::from(slots::HEAD);
    let code = market.world.chain.code(pool.create(1));
    let word = market.world.chain.storage(pool, head);
    let word = word & !U256::from(MOST_TABLES << 20) | U256::from(MOST_TABLES << 20);
    market.world.chain.set_storage(pool, head, word);
    market.world.chain.set_nonce(pool, MOST_TABLES + 1);
    market.world.chain.set_code(pool.create(MOST_TABLES), code);
    let failure = market.send(owner, set("0.02")).unwrap_err();
    assert!(failure.is::<IPool::ValueTooLarge>(), "no table is left");
    market
        .send(
            owner,
            IPool::setGuardianCall {
                newGuardian: guardian,
            },
        )
        .unwrap();
    market.send(guardian, IPool::pauseCall {}).unwrap();
    assert!(market.view(IPool::pausedCall {}).unwrap());
    market.send(owner, IPool::resumeCall {}).unwrap();
    let mut signers = [Address::ZERO; 8];
    signers[0] = alice;
    let threshold = U256::from(1);
    market
        .send(
            owner,
            IPool::proposeSignersCall {
                threshold,
                newSigners: signers,
            },
        )
        .unwrap();
    market.world.chain.advance(DAY);
    market
        .send(
            alice,
            IPool::acceptSignersCall {
                threshold,
                newSigners: signers,
            },
        )
        .unwrap();
    market
        .send(owner, IPool::transferOwnershipCall { newOwner: alice })
        .unwrap();
    market.send(alice, IPool::acceptOwnershipCall {}).unwrap();
    market.world.refresh_feed().unwrap();
    market.sell(alice, id, "0.1").unwrap();
}

struct Actors {
    owner: Address,
    guardian: Address,
    alice: Address,
}

fn actors(market: &Market) -> Actors {
    let actors = &market.world.actors;
    let address = |actor: &Actor| actor.address;
    Actors {
        owner: address(&actors.owner),
        guardian: address(&actors.bob),
        alice: address(&actors.alice),
    }
}
