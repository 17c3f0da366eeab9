use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use inkhorn_chain::{Outcome, Transaction};
use smirk_world::{
    abi::{FeeOnTransferToken, ReentrantToken, ReturnsFalseToken, Token, WrappedEther},
    TokenKind, TypedCalls, World,
};

fn world_of(kind: TokenKind) -> World {
    World::builder().quote(kind, 6).build().unwrap()
}

fn transfer(world: &mut World, amount: U256) -> Outcome {
    let (alice, bob) = (world.actors.alice.address, world.actors.bob.address);
    let input = Token::transferCall { to: bob, amount }.abi_encode();
    world
        .chain
        .transact(Transaction::call(alice, world.quote, input))
}

/// Alice's and Bob's quote units.
fn balances(world: &mut World) -> (U256, U256) {
    let (alice, bob) = (world.actors.alice.address, world.actors.bob.address);
    (
        world.balance_of(world.quote, alice).unwrap(),
        world.balance_of(world.quote, bob).unwrap(),
    )
}

#[test]
fn honest_token_moves_what_was_sent() {
    let mut world = world_of(TokenKind::Honest);
    let start = balances(&mut world);
    assert!(transfer(&mut world, U256::from(7)).is_success());
    assert_eq!(
        balances(&mut world),
        (start.0 - U256::from(7), start.1 + U256::from(7))
    );

    let refusal = transfer(&mut world, start.0);
    assert!(!refusal.is_success());
    assert!(smirk_world::describe_error(&refusal.output)
        .starts_with("InsufficientBalance { holder: 0x"));
}

#[test]
fn returns_false_token_moves_nothing_and_does_not_revert() {
    let mut world = world_of(TokenKind::ReturnsFalse);
    let (owner, quote) = (world.actors.owner.address, world.quote);
    let start = balances(&mut world);
    let refuse = ReturnsFalseToken::setRefusalCall {
        onTransfer: true,
        onTransferFrom: false,
    };
    world.send(owner, quote, &refuse).unwrap();
    let outcome = transfer(&mut world, U256::from(7));
    assert!(outcome.is_success());
    assert!(!Token::transferCall::abi_decode_returns(&outcome.output).unwrap());
    assert_eq!(balances(&mut world), start);

    let (alice, bob) = (world.actors.alice.address, world.actors.bob.address);
    world.approve(quote, alice, bob, U256::from(7)).unwrap();
    let pull = Token::transferFromCall {
        from: alice,
        to: bob,
        amount: U256::from(7),
    };
    assert!(
        world.send(bob, quote, &pull).unwrap().value,
        "only the other kind of transfer is refused"
    );
}

#[test]
fn returns_nothing_token_moves_without_a_return_value() {
    let mut world = world_of(TokenKind::ReturnsNothing);
    let start = balances(&mut world);
    let outcome = transfer(&mut world, U256::from(7));
    assert!(outcome.is_success() && outcome.output.is_empty());
    assert_eq!(
        balances(&mut world),
        (start.0 - U256::from(7), start.1 + U256::from(7))
    );
}

#[test]
fn returns_nothing_token_can_be_traded_at_the_venue() {
    let mut world = world_of(TokenKind::ReturnsNothing);
    let alice = world.actors.alice.address;
    let received = world
        .swap_exact_input(alice, world.base, world.base_units("1"), U256::ZERO)
        .unwrap();
    assert!(received > world.quote_units("2990"));
}

#[test]
fn fee_on_transfer_token_delivers_less() {
    let mut world = world_of(TokenKind::FeeOnTransfer);
    let (owner, quote) = (world.actors.owner.address, world.quote);
    let start = balances(&mut world);
    world
        .send(
            owner,
            quote,
            &FeeOnTransferToken::setFeeBpsCall {
                bps: U256::from(100),
            },
        )
        .unwrap();
    assert!(transfer(&mut world, U256::from(1_000)).is_success());
    assert_eq!(
        balances(&mut world),
        (start.0 - U256::from(1_000), start.1 + U256::from(990))
    );
    let receiver = world
        .view(quote, &FeeOnTransferToken::FEE_RECEIVERCall {})
        .unwrap();
    assert_eq!(world.balance_of(quote, receiver).unwrap(), U256::from(10));
}

#[test]
fn reentrant_token_calls_its_target_and_remembers_the_answer() {
    let mut world = world_of(TokenKind::Reentrant);
    let (owner, quote, carol) = (
        world.actors.owner.address,
        world.quote,
        world.actors.carol.address,
    );
    let aim = |world: &mut World, target: Address, call: Vec<u8>| {
        let aim = ReentrantToken::setReentryCall {
            target,
            payload: call.into(),
        };
        world.send(owner, quote, &aim).unwrap();
    };

    // The token mints to itself in mid-transfer, then tries to spend what it was never allowed to.
    aim(
        &mut world,
        quote,
        Token::mintCall {
            to: carol,
            amount: U256::from(5),
        }
        .abi_encode(),
    );
    let before = world.balance_of(quote, carol).unwrap();
    assert!(transfer(&mut world, U256::from(1)).is_success());
    assert_eq!(
        world.balance_of(quote, carol).unwrap(),
        before + U256::from(5)
    );
    assert!(world
        .view(quote, &ReentrantToken::lastSucceededCall {})
        .unwrap());

    let theft = Token::transferFromCall {
        from: carol,
        to: owner,
        amount: U256::from(1),
    };
    aim(&mut world, quote, theft.abi_encode());
    assert!(
        transfer(&mut world, U256::from(1)).is_success(),
        "the transfer goes on whatever the target answers"
    );
    assert!(!world
        .view(quote, &ReentrantToken::lastSucceededCall {})
        .unwrap());
    let answer = world
        .view(quote, &ReentrantToken::lastOutputCall {})
        .unwrap();
    assert!(smirk_world::describe_error(&answer).starts_with("InsufficientAllowance"));
    assert_eq!(
        world.view(quote, &ReentrantToken::attemptsCall {}).unwrap(),
        U256::from(2)
    );

    aim(&mut world, Address::ZERO, vec![]);
    assert!(transfer(&mut world, U256::from(1)).is_success());
    assert_eq!(
        world.view(quote, &ReentrantToken::attemptsCall {}).unwrap(),
        U256::from(2)
    );
}

#[test]
fn vices_sleep_while_the_world_is_built() {
    use TokenKind::*;
    for kind in [ReturnsFalse, ReturnsNothing, FeeOnTransfer, Reentrant] {
        for decimals in [6, 18] {
            let mut world = World::builder()
                .quote(kind, decimals)
                .base(kind, 18)
                .build()
                .unwrap();
            assert_ne!(world.weth, world.base);
            let alice = world.actors.alice.address;
            assert_eq!(
                world.balance_of(world.quote, alice).unwrap(),
                world.quote_units("10000000")
            );
            assert_eq!(
                world.view(world.quote, &Token::decimalsCall {}).unwrap(),
                decimals
            );
        }
    }
}

#[test]
fn permit_approves_once_and_only_for_its_signer() {
    let mut world = World::builder().build().unwrap();
    let (alice, bob) = (world.actors.alice.clone(), world.actors.bob.clone());
    let (quote, value) = (world.quote, U256::from(42));
    let deadline = U256::from(world.chain.now() + 60);
    let signed = world
        .sign_permit(quote, &alice, bob.address, value, deadline)
        .unwrap();
    let permit = |owner: Address| Token::permitCall {
        owner,
        spender: bob.address,
        value,
        deadline,
        v: signed.v,
        r: signed.r,
        s: signed.s,
    };

    let forged = world
        .send(bob.address, quote, &permit(world.actors.carol.address))
        .unwrap_err();
    assert!(forged.is::<Token::InvalidSigner>());
    world
        .send(bob.address, quote, &permit(alice.address))
        .unwrap();
    let allowance = Token::allowanceCall {
        owner: alice.address,
        spender: bob.address,
    };
    assert_eq!(world.view(quote, &allowance).unwrap(), value);
    let replayed = world
        .send(bob.address, quote, &permit(alice.address))
        .unwrap_err();
    assert!(replayed.is::<Token::InvalidSigner>());

    let late = world
        .sign_permit(quote, &alice, bob.address, value, deadline)
        .unwrap();
    world.chain.advance(61);
    let expired = Token::permitCall {
        v: late.v,
        r: late.r,
        s: late.s,
        ..permit(alice.address)
    };
    assert!(world
        .send(bob.address, quote, &expired)
        .unwrap_err()
        .is::<Token::PermitExpired>());
}

#[test]
fn wrapped_ether_gives_back_what_was_deposited() {
    let mut world = World::builder().build().unwrap();
    let (alice, weth) = (world.actors.alice.address, world.weth);
    assert_eq!(weth, world.base);
    let start = world.balance_of(weth, alice).unwrap();
    let one = world.base_units("1");
    world
        .send_value(alice, weth, one, &WrappedEther::depositCall {})
        .unwrap();
    assert_eq!(world.balance_of(weth, alice).unwrap(), start + one);
    assert_eq!(world.chain.balance(weth), one);
    world
        .send(alice, weth, &WrappedEther::withdrawCall { amount: one })
        .unwrap();
    assert_eq!(world.chain.balance(weth), U256::ZERO);
    let unbacked = world
        .send(alice, weth, &WrappedEther::withdrawCall { amount: one })
        .unwrap_err();
    assert!(unbacked.is::<WrappedEther::EtherTransferFailed>());
}
