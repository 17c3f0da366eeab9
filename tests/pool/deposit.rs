//! Deposits and mints: at the high side of net asset value, rounded in favour of those already in.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{FeeOnTransferToken, IPool},
    price::wad,
    TokenKind, TypedCalls, World,
};

use crate::{
    checks::default_of,
    common::{call, Market},
};

fn deposit(assets: U256, receiver: Address) -> IPool::depositCall {
    IPool::depositCall { assets, receiver }
}

/// A pool with 20 calls and a put sold, so that the two sides of its value differ.
fn start() -> (Market, Address, Address) {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let [week, month, _] = market.expiries;
    market.buy(alice, call(month, "2600"), "20").unwrap();
    market.buy(alice, call(week, "2400"), "1").unwrap();
    (market, alice, bob)
}

#[test]
fn a_deposit_of_more_cash_than_is_counted_is_refused() {
    let mut market = Market::new();
    let bob = market.world.actors.bob.address;
    let most = (U256::from(1) << 96) - U256::from(1);
    let quote = market.world.quote;
    market.world.mint(quote, bob, most).unwrap();
    let cash = market.money().cash;
    let assets = most - cash + U256::from(1);
    let error = IPool::ValueTooLarge {
        value: assets,
        limit: most,
    };
    market.refuses(bob, deposit(assets, bob), error);
    let assets = assets - U256::from(1);
    market.send(bob, deposit(assets, bob)).unwrap();
    assert_eq!(market.view(IPool::navCall {}).unwrap().cash, most);
}

#[test]
fn deposit_into_an_empty_pool_mints_a_thousand_shares_an_atom() {
    let market = Market::new();
    let provider = market.world.actors.provider.address;
    let mut market = market;
    assert_eq!(
        market.shares_of(provider),
        wad("0.001"),
        "1e12 atoms with three more decimals"
    );
    assert_eq!(
        market.view(IPool::totalSupply_0Call {}).unwrap(),
        market.shares_of(provider)
    );
    assert_eq!(
        market.view(IPool::totalAssetsCall {}).unwrap(),
        market.world.quote_units("1000000")
    );
}

#[test]
fn deposit_gives_what_it_previews_and_moves_the_assets() {
    let (mut market, _, bob) = start();
    let carol = market.world.actors.carol.address;
    let assets = market.world.quote_units("1234.567891");
    let (before, bobs) = (market.money(), market.quote_of(bob));
    let preview = market.view(IPool::previewDepositCall { assets }).unwrap();
    let receipt = market.send(bob, deposit(assets, carol)).unwrap();
    assert_eq!(receipt.value, preview);
    assert_eq!(market.shares_of(carol), preview);
    assert_eq!(market.shares_of(bob), U256::ZERO);
    assert_eq!(bobs - market.quote_of(bob), assets);
    assert_eq!(market.money().cash, before.cash + assets);
    let event: IPool::Deposit = market.event(&receipt);
    assert_eq!((event.sender, event.owner), (bob, carol));
    assert_eq!((event.assets, event.shares), (assets, preview));
    let minted: IPool::Transfer_0 = market.event(&receipt);
    assert_eq!(
        (minted.from, minted.to, minted.value),
        (Address::ZERO, carol, preview)
    );
    market.check_status(&receipt);
}

#[test]
fn mint_costs_what_it_previews_and_gives_exactly_the_shares() {
    let (mut market, _, bob) = start();
    let shares = U256::from(7_000_000_000_001u64);
    let (before, bobs) = (market.money(), market.quote_of(bob));
    let preview = market.view(IPool::previewMintCall { shares }).unwrap();
    let receipt = market
        .send(
            bob,
            IPool::mintCall {
                shares,
                receiver: bob,
            },
        )
        .unwrap();
    assert_eq!(receipt.value, preview);
    assert_eq!(market.shares_of(bob), shares);
    assert_eq!(bobs - market.quote_of(bob), preview);
    assert_eq!(market.money().cash, before.cash + preview);
}

#[test]
fn deposit_is_priced_at_the_high_side_and_conversion_at_the_mid() {
    let (mut market, ..) = start();
    let nav = market.view(IPool::navCall {}).unwrap();
    assert!(nav.low < nav.mid && nav.mid < nav.high, "{nav:?}");
    let assets = market.world.quote_units("1000");
    let minted = market.view(IPool::previewDepositCall { assets }).unwrap();
    let burnt = market.view(IPool::previewWithdrawCall { assets }).unwrap();
    let mid = market.view(IPool::convertToSharesCall { assets }).unwrap();
    assert!(minted < mid && mid < burnt, "{minted} {mid} {burnt}");
}

#[test]
fn mint_of_one_share_costs_an_atom_and_a_deposit_of_one_atom_never_gains() {
    let (mut market, _, bob) = start();
    let one = U256::from(1);
    assert_eq!(
        market
            .send(
                bob,
                IPool::mintCall {
                    shares: one,
                    receiver: bob
                }
            )
            .unwrap()
            .value,
        one
    );
    let shares = market.send(bob, deposit(one, bob)).unwrap().value;
    let worth = market
        .view(IPool::previewRedeemCall {
            shares: shares + one,
        })
        .unwrap();
    assert!(worth <= one, "{worth} for two atoms");
}

#[test]
fn deposit_of_nothing_is_refused() {
    let (mut market, _, bob) = start();
    market.refuses(
        bob,
        deposit(U256::ZERO, bob),
        IPool::NothingMinted { assets: U256::ZERO },
    );
    let mint = IPool::mintCall {
        shares: U256::ZERO,
        receiver: bob,
    };
    market.refuses(bob, mint, IPool::NothingMinted { assets: U256::ZERO });
}

#[test]
fn deposit_with_wrong_arguments_is_refused() {
    let (mut market, _, bob) = start();
    market.refuses(
        bob,
        deposit(U256::from(1), Address::ZERO),
        IPool::ZeroAddress {},
    );
    let limit = U256::from(u128::MAX);
    let value = limit + U256::from(1);
    market.refuses(
        bob,
        deposit(value, bob),
        IPool::ValueTooLarge { value, limit },
    );
    let balance = market.quote_of(bob);
    let needed = balance + U256::from(1);
    market.refuses(
        bob,
        deposit(needed, bob),
        IPool::InsufficientBalance {
            holder: bob,
            balance,
            needed,
        },
    );
}

#[test]
fn deposit_is_closed_while_paused_and_says_so_beforehand() {
    let (mut market, _, bob) = start();
    assert!(
        market
            .view(IPool::maxDepositCall { receiver: bob })
            .unwrap()
            > wad("1")
    );
    assert!(market.view(IPool::maxMintCall { receiver: bob }).unwrap() > wad("1"));
    market.pause();
    market.refuses(bob, deposit(U256::from(1), bob), IPool::PoolPaused {});
    assert_eq!(
        market
            .view(IPool::maxDepositCall { receiver: bob })
            .unwrap(),
        U256::ZERO
    );
    assert_eq!(
        market.view(IPool::maxMintCall { receiver: bob }).unwrap(),
        U256::ZERO
    );
}

#[test]
fn deposit_of_the_most_that_a_holder_has_works() {
    let (mut market, _, bob) = start();
    let assets = market.quote_of(bob);
    assert!(
        assets
            <= market
                .view(IPool::maxDepositCall { receiver: bob })
                .unwrap()
    );
    market.send(bob, deposit(assets, bob)).unwrap();
    assert_eq!(market.quote_of(bob), U256::ZERO);
}

#[test]
fn deposit_waits_for_the_settlement_of_an_expired_position() {
    let (mut market, _, bob) = start();
    let [week, month, quarter] = market.expiries;
    market.expire(week - 100, "2500");
    let round = market.expire(week, "2500");
    for (expiry, vol) in [(month, "0.7"), (quarter, "0.68")] {
        market
            .post(expiry, vol)
            .unwrap_or_else(|failure| panic!("{failure}"));
    }
    let expiry = U256::from(week);
    market.refuses(
        bob,
        deposit(U256::from(1_000), bob),
        IPool::AwaitsSettlement { expiry },
    );
    assert_eq!(
        market
            .view(IPool::maxDepositCall { receiver: bob })
            .unwrap(),
        U256::ZERO
    );
    market.settle(week, round);
    market.send(bob, deposit(U256::from(1_000), bob)).unwrap();
}

#[test]
fn deposit_is_closed_while_the_book_cannot_be_valued() {
    let (mut market, _, bob) = start();
    let limit = default_of("anchorLimit");
    let anchors = market.view(IPool::surfaceCall {}).unwrap();
    market.world.chain.advance(limit.to::<u64>() + 60);
    market.world.refresh_feed().unwrap();
    let error: IPool::AnchorStale = market.refusal(bob, deposit(U256::from(1_000), bob));
    let anchor = anchors
        .iter()
        .find(|anchor| anchor.expiry == error.expiry)
        .unwrap();
    assert_eq!((error.postedAt, error.limit), (anchor.postedAt, limit));
}

#[test]
fn deposit_is_closed_while_the_venue_is_off_the_feed() {
    let (mut market, _, bob) = start();
    market.world.push_price(wad("2400")).unwrap();
    let error: IPool::VenuePriceDeviates = market.refusal(bob, deposit(U256::from(1_000), bob));
    assert_eq!(error.feedPrice, wad("2400"));
}

#[test]
fn deposit_first_cannot_be_inflated_by_a_donation() {
    let mut world = World::builder().price(wad("2500")).build().unwrap();
    let pool = smirk_world::Pool::deploy(&mut world).unwrap();
    pool.approve_customers(&mut world).unwrap();
    let (alice, bob) = (world.actors.alice.address, world.actors.bob.address);
    pool.send(&mut world, alice, &deposit(U256::from(1), alice))
        .unwrap();
    let (quote, donation) = (world.quote, world.quote_units("100000"));
    world.mint(quote, pool.address, donation).unwrap();
    let assets = world.quote_units("1000");
    let shares = pool
        .send(&mut world, bob, &deposit(assets, bob))
        .unwrap()
        .value;
    let worth = pool
        .view(&mut world, &IPool::previewRedeemCall { shares })
        .unwrap();
    assert!(assets - worth <= U256::from(1), "{worth}");
}

#[test]
fn deposit_of_a_token_that_takes_a_fee_is_refused() {
    let builder = World::builder()
        .price(wad("2500"))
        .quote(TokenKind::FeeOnTransfer, 6);
    let mut market = Market::with(builder, |_| {});
    let (bob, token) = (market.world.actors.bob.address, market.world.quote);
    let fee = FeeOnTransferToken::setFeeBpsCall { bps: U256::from(1) };
    market.world.chain.send(bob, token, &fee).unwrap();
    let (expected, received) = (U256::from(1_000_000), U256::from(999_900));
    let error = IPool::TokenAmountMismatch {
        token,
        received,
        expected,
    };
    market.refuses(bob, deposit(expected, bob), error);
}
