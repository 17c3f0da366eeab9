//! The two tokens: the share (ERC-20, EIP-2612, ERC-4626 face) and the positions (ERC-6909).

use alloy_primitives::{fixed_bytes, keccak256, Address, FixedBytes, B256, U256};
use alloy_sol_types::SolValue;
use smirk_world::{abi::IPool, price::wad, Actor, Permit, Signature};

use crate::common::{call, Market, DAY};

fn start() -> (Market, Actor, Address) {
    let market = Market::new();
    let (provider, bob) = (
        market.world.actors.provider.clone(),
        market.world.actors.bob.address,
    );
    (market, provider, bob)
}

fn allowance(market: &mut Market, owner_: Address, spender: Address) -> U256 {
    market
        .view(IPool::allowance_0Call { owner_, spender })
        .unwrap()
}

fn permit(owner: &Actor, permit: Permit, signature: Signature) -> IPool::permitCall {
    IPool::permitCall {
        owner_: owner.address,
        spender: permit.spender,
        value: permit.value,
        deadline: permit.deadline,
        v: signature.v,
        r: signature.r,
        s: signature.s,
    }
}

fn signed_permit(
    market: &mut Market,
    owner: &Actor,
    spender: Address,
    deadline: u64,
) -> (Permit, Signature) {
    let separator = market.view(IPool::DOMAIN_SEPARATORCall {}).unwrap();
    let nonce = market
        .view(IPool::noncesCall {
            owner_: owner.address,
        })
        .unwrap();
    let permit = Permit {
        spender,
        value: wad("0.5"),
        nonce,
        deadline: U256::from(deadline),
    };
    let signature = owner.sign(permit.digest(separator, owner.address));
    (permit, signature)
}

#[test]
fn share_has_a_name_and_the_quote_tokens_decimals_plus_three() {
    let (mut market, ..) = start();
    assert_eq!(
        market.view(IPool::name_0Call {}).unwrap(),
        "Smirk Pool Share"
    );
    assert_eq!(market.view(IPool::symbol_0Call {}).unwrap(), "SMIRK");
    assert_eq!(market.view(IPool::decimals_0Call {}).unwrap(), 9);
    assert_eq!(
        market.view(IPool::assetCall {}).unwrap(),
        market.world.quote
    );
}

#[test]
fn share_transfer_moves_shares_and_emits() {
    let (mut market, provider, bob) = start();
    let from = provider.address;
    let (shares, before) = (U256::from(12_345), market.shares_of(from));
    let receipt = market
        .send(from, IPool::transfer_0Call { to: bob, shares })
        .unwrap();
    assert!(receipt.value);
    let event: IPool::Transfer_0 = market.event(&receipt);
    assert_eq!((event.from, event.to, event.value), (from, bob, shares));
    assert_eq!(
        (market.shares_of(from), market.shares_of(bob)),
        (before - shares, shares)
    );
    market
        .send(bob, IPool::transfer_0Call { to: bob, shares })
        .unwrap();
    assert_eq!(market.shares_of(bob), shares, "to oneself");
}

#[test]
fn share_transfer_beyond_the_balance_or_to_nobody_is_refused() {
    let (mut market, provider, bob) = start();
    let (holder, balance) = (provider.address, market.shares_of(provider.address));
    let needed = balance + U256::from(1);
    let error = IPool::InsufficientBalance {
        holder,
        balance,
        needed,
    };
    market.refuses(
        holder,
        IPool::transfer_0Call {
            to: bob,
            shares: needed,
        },
        error,
    );
    let transfer = IPool::transfer_0Call {
        to: Address::ZERO,
        shares: balance,
    };
    market.refuses(holder, transfer, IPool::ZeroAddress {});
}

#[test]
fn share_allowance_is_spent_unless_it_is_unlimited() {
    let (mut market, provider, bob) = start();
    let owner = provider.address;
    let receipt = market
        .send(
            owner,
            IPool::approve_0Call {
                spender: bob,
                shares: U256::from(100),
            },
        )
        .unwrap();
    let event: IPool::Approval_0 = market.event(&receipt);
    assert_eq!(
        (event.owner, event.spender, event.value),
        (owner, bob, U256::from(100))
    );
    let take = |shares| IPool::transferFrom_0Call {
        from: owner,
        to: bob,
        shares: U256::from(shares),
    };
    market.send(bob, take(60)).unwrap();
    assert_eq!(allowance(&mut market, owner, bob), U256::from(40));
    let error = IPool::InsufficientAllowance {
        spender: bob,
        allowance: U256::from(40),
        needed: U256::from(41),
    };
    market.refuses(bob, take(41), error);
    market
        .send(
            owner,
            IPool::approve_0Call {
                spender: bob,
                shares: U256::MAX,
            },
        )
        .unwrap();
    market.send(bob, take(41)).unwrap();
    assert_eq!(allowance(&mut market, owner, bob), U256::MAX);
    assert_eq!(market.shares_of(bob), U256::from(101));
}

#[test]
fn permit_sets_the_allowance_once() {
    let (mut market, owner, bob) = start();
    let deadline = market.world.chain.now() + DAY;
    let (message, signature) = signed_permit(&mut market, &owner, bob, deadline);
    let carol = market.world.actors.carol.address;
    let receipt = market
        .send(carol, permit(&owner, message, signature))
        .unwrap();
    let event: IPool::Approval_0 = market.event(&receipt);
    assert_eq!(
        (event.owner, event.spender, event.value),
        (owner.address, bob, message.value)
    );
    assert_eq!(allowance(&mut market, owner.address, bob), message.value);
    let nonce = market
        .view(IPool::noncesCall {
            owner_: owner.address,
        })
        .unwrap();
    assert_eq!(nonce, U256::from(1));
    let error: IPool::PermitInvalid = market.refusal(carol, permit(&owner, message, signature));
    assert_eq!(error.owner, owner.address);
    assert_ne!(error.signer, owner.address, "the nonce is used up");
}

#[test]
fn permit_expires() {
    let (mut market, owner, bob) = start();
    let deadline = market.world.chain.now() - 1;
    let (message, signature) = signed_permit(&mut market, &owner, bob, deadline);
    let error: IPool::PermitExpired = market.refusal(bob, permit(&owner, message, signature));
    assert_eq!(error.deadline, U256::from(deadline));
    assert!(error.now_ > error.deadline);
}

#[test]
fn permit_of_another_or_malleable_is_refused() {
    let (mut market, owner, bob) = start();
    let alice = market.world.actors.alice.clone();
    let deadline = market.world.chain.now() + DAY;
    let separator = market.view(IPool::DOMAIN_SEPARATORCall {}).unwrap();
    let (message, signature) = signed_permit(&mut market, &owner, bob, deadline);
    let forged = alice.sign(message.digest(separator, owner.address));
    let error = IPool::PermitInvalid {
        signer: alice.address,
        owner: owner.address,
    };
    market.refuses(bob, permit(&owner, message, forged), error);
    // The other root of the same signature.
    let order = B256::from(alloy_primitives::uint!(
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256
    ));
    let s = U256::from_be_bytes(order.0) - U256::from_be_bytes(signature.s.0);
    let twin = Signature {
        v: 55 - signature.v,
        s: B256::from(s),
        ..signature
    };
    let error = || IPool::PermitInvalid {
        signer: Address::ZERO,
        owner: owner.address,
    };
    market.refuses(bob, permit(&owner, message, twin), error());
    let odd = Signature { v: 29, ..signature };
    market.refuses(bob, permit(&owner, message, odd), error());
}

#[test]
fn permit_is_bound_to_chain_and_pool() {
    let (mut market, ..) = start();
    let name = keccak256("Smirk Pool Share");
    let kind = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
    );
    let chain = U256::from(market.world.chain.config().chain_id);
    let fields = (kind, name, keccak256("1"), chain, market.pool.address);
    let separator = keccak256(fields.abi_encode());
    assert_eq!(
        market.view(IPool::DOMAIN_SEPARATORCall {}).unwrap(),
        separator
    );
}

/// Alice holds 5 calls.
fn with_position() -> (Market, Address, Address, U256) {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "5").unwrap();
    (market, alice, bob, id)
}

#[test]
fn position_transfer_moves_it_and_emits() {
    let (mut market, alice, bob, id) = with_position();
    let transfer = IPool::transfer_1Call {
        receiver: bob,
        id,
        amount: wad("2"),
    };
    let receipt = market.send(alice, transfer).unwrap();
    assert!(receipt.value);
    let event: IPool::Transfer_1 = market.event(&receipt);
    assert_eq!(
        (event.caller, event.sender, event.receiver),
        (alice, alice, bob)
    );
    assert_eq!((event.id, event.amount), (id, wad("2")));
    assert_eq!(
        (market.position_of(alice, id), market.position_of(bob, id)),
        (wad("3"), wad("2"))
    );
    let nobody = IPool::transfer_1Call {
        receiver: Address::ZERO,
        id,
        amount: wad("1"),
    };
    market.refuses(alice, nobody, IPool::ZeroAddress {});
    let (balance, needed) = (wad("3"), wad("4"));
    let too_much = IPool::transfer_1Call {
        receiver: bob,
        id,
        amount: needed,
    };
    market.refuses(
        alice,
        too_much,
        IPool::InsufficientBalance {
            holder: alice,
            balance,
            needed,
        },
    );
}

#[test]
fn position_allowance_is_per_series_and_spent_unless_unlimited() {
    let (mut market, alice, bob, id) = with_position();
    let approve = IPool::approve_1Call {
        spender: bob,
        id,
        amount: wad("2"),
    };
    let receipt = market.send(alice, approve).unwrap();
    let event: IPool::Approval_1 = market.event(&receipt);
    assert_eq!((event.owner, event.spender), (alice, bob));
    assert_eq!((event.id, event.amount), (id, wad("2")));
    let take = |id, size| IPool::transferFrom_1Call {
        sender: alice,
        receiver: bob,
        id,
        amount: wad(size),
    };
    let receipt = market.send(bob, take(id, "1.5")).unwrap();
    assert_eq!(market.event::<IPool::Transfer_1, _>(&receipt).caller, bob);
    let left = market
        .view(IPool::allowance_1Call {
            owner_: alice,
            spender: bob,
            id,
        })
        .unwrap();
    assert_eq!(left, wad("0.5"));
    let error = IPool::InsufficientAllowance {
        spender: bob,
        allowance: left,
        needed: wad("0.6"),
    };
    market.refuses(bob, take(id, "0.6"), error);
    let other = call(market.expiries[1], "2600");
    let error = IPool::InsufficientAllowance {
        spender: bob,
        allowance: U256::ZERO,
        needed: wad("1"),
    };
    market.refuses(bob, take(other, "1"), error);
    market
        .send(
            alice,
            IPool::approve_1Call {
                spender: bob,
                id,
                amount: U256::MAX,
            },
        )
        .unwrap();
    market.send(bob, take(id, "1")).unwrap();
    let left = market
        .view(IPool::allowance_1Call {
            owner_: alice,
            spender: bob,
            id,
        })
        .unwrap();
    assert_eq!(left, U256::MAX);
}

#[test]
fn position_operator_moves_everything_until_removed() {
    let (mut market, alice, bob, id) = with_position();
    let receipt = market
        .send(
            alice,
            IPool::setOperatorCall {
                spender: bob,
                approved: true,
            },
        )
        .unwrap();
    let event: IPool::OperatorSet = market.event(&receipt);
    assert_eq!(
        (event.owner, event.spender, event.approved),
        (alice, bob, true)
    );
    assert!(market
        .view(IPool::isOperatorCall {
            owner_: alice,
            spender: bob
        })
        .unwrap());
    let take = IPool::transferFrom_1Call {
        sender: alice,
        receiver: bob,
        id,
        amount: wad("1"),
    };
    market.send(bob, take.clone()).unwrap();
    market
        .send(
            alice,
            IPool::setOperatorCall {
                spender: bob,
                approved: false,
            },
        )
        .unwrap();
    let error = IPool::InsufficientAllowance {
        spender: bob,
        allowance: U256::ZERO,
        needed: wad("1"),
    };
    market.refuses(bob, take, error);
}

#[test]
fn pool_answers_for_its_interfaces() {
    let (mut market, ..) = start();
    let cases: [(FixedBytes<4>, bool); 8] = [
        (fixed_bytes!("01ffc9a7"), true),
        (fixed_bytes!("0f632fb3"), true),
        // ERC-6909 metadata, token supply, content URI; ERC-5267.
        (fixed_bytes!("71abc795"), true),
        (fixed_bytes!("bd85b039"), true),
        (fixed_bytes!("20d88258"), true),
        (fixed_bytes!("84b0196e"), true),
        (fixed_bytes!("ffffffff"), false),
        (fixed_bytes!("00000000"), false),
    ];
    for (interfaceId, supported) in cases {
        let answer = market
            .view(IPool::supportsInterfaceCall { interfaceId })
            .unwrap();
        assert_eq!(answer, supported, "{interfaceId}");
    }
}
