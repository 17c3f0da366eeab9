//! What the venue asks for in the middle of a swap is paid once, to the venue alone, and within what the swap may cost.

use alloy_primitives::{Address, Bytes, I256, U256};
use alloy_sol_types::{SolCall, SolError};
use inkhorn_chain::Transaction;
use smirk_world::{
    abi::{HostileVenue, IPool},
    price::wad,
    TokenKind, World,
};

use crate::{
    checks::{buy, market_around_a_hostile_venue, market_with_a_hostile_venue, signed},
    common::{call, Market},
};

/// The callback's data for a payment of at most everything in quote.
fn unlimited() -> Bytes {
    let in_quote: U256 = U256::from(1) << 128;
    (in_quote | U256::from(u128::MAX)).to_be_bytes_vec().into()
}

fn ask(amount0: I256, amount1: I256) -> IPool::uniswapV3SwapCallbackCall {
    IPool::uniswapV3SwapCallbackCall {
        amount0Delta: amount0,
        amount1Delta: amount1,
        data: unlimited(),
    }
}

fn million() -> I256 {
    signed(U256::from(1_000_000))
}

#[test]
fn callback_of_a_stranger_is_refused() {
    let mut market = Market::new();
    let required = market.world.venue.pool;
    let actors = market.world.actors.clone();
    for caller in [&actors.alice, &actors.owner, &actors.keeper] {
        let caller = caller.address;
        for (amount0, amount1) in [(I256::ZERO, million()), (million(), I256::ZERO)] {
            market.refuses(
                caller,
                ask(amount0, amount1),
                IPool::NotAuthorised { caller, required },
            );
        }
    }
}

#[test]
fn callback_of_the_venue_outside_a_swap_is_refused() {
    let mut market = Market::new();
    let call = Transaction::call(
        market.world.venue.pool,
        market.pool.address,
        ask(I256::ZERO, million()).abi_encode(),
    );
    let outcome = market.world.chain.call(call);
    assert!(!outcome.is_success());
    assert_eq!(
        outcome.output,
        Bytes::from(IPool::Reentered {}.abi_encode())
    );

    let (mut market, venue) = market_with_a_hostile_venue();
    let alice = market.world.actors.alice.address;
    let before = market.accounts();
    let ask = HostileVenue::askCall {
        payer: market.pool.address,
        amount0: I256::ZERO,
        amount1: million(),
        data: unlimited(),
    };
    let failure = market.world.send(alice, venue, &ask).unwrap_err();
    assert!(failure.is::<IPool::Reentered>(), "{failure}");
    assert_eq!(market.accounts(), before);
}

/// A purchase whose hedge the venue spoils: the trade stands, the hedge is missed and the pool has paid nothing for it.
#[track_caller]
fn assert_missed(market: &mut Market, venue: Address, id: U256) {
    let alice = market.world.actors.alice.address;
    let before = market.money();
    let quote = market.quote_buy(id, "30").unwrap();
    let receipt = market.buy(alice, id, "30").unwrap();
    let missed: IPool::HedgeMissed = market.event(&receipt);
    assert_eq!(missed.baseAmount, quote.plannedHedge);
    let after = market.money();
    assert_eq!(after.cash, before.cash + quote.total - quote.rent);
    assert_eq!(after.base, U256::ZERO);
    let pool = market.pool.address;
    assert_eq!(market.quote_of(pool), after.recorded());
    assert_eq!(market.quote_of(venue), U256::ZERO);
}

#[test]
fn hedge_is_missed_when_the_venue_asks_for_more_than_the_pool_has() {
    let (mut market, venue) = market_with_a_hostile_venue();
    let id = call(market.expiries[1], "2500");
    let askedBps = U256::from(1_000_000);
    market.tell(venue, HostileVenue::setAskedCall { askedBps });
    assert_missed(&mut market, venue, id);
}

#[test]
fn hedge_is_missed_when_the_venue_asks_for_the_token_it_should_give() {
    let (mut market, venue) = market_with_a_hostile_venue();
    let id = call(market.expiries[1], "2500");
    set_vice(&mut market, venue, HostileVenue::Vice::AsksForOther);
    assert_missed(&mut market, venue, id);
}

#[test]
fn hedge_is_missed_when_the_venue_asks_twice() {
    let (mut market, venue) = market_with_a_hostile_venue();
    let id = call(market.expiries[1], "2500");
    set_vice(&mut market, venue, HostileVenue::Vice::AsksTwice);
    assert_missed(&mut market, venue, id);
}

#[test]
fn hedge_is_missed_when_the_venue_does_nothing() {
    let (mut market, venue) = market_with_a_hostile_venue();
    let id = call(market.expiries[1], "2500");
    set_vice(&mut market, venue, HostileVenue::Vice::NeverAsks);
    assert_missed(&mut market, venue, id);
}

#[test]
fn a_fill_that_was_never_paid_for_is_refused() {
    let (mut market, venue) = market_with_a_hostile_venue();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    set_vice(&mut market, venue, HostileVenue::Vice::NeverAsks);
    let amounts = [-signed(wad("10")), signed(U256::from(25_000_000_000u64))];
    report(&mut market, venue, amounts);
    let _: IPool::HedgeFailed = market.refusal(alice, buy(id, wad("30"), alice));
}

#[test]
fn a_fill_beyond_what_was_asked_or_backwards_is_refused() {
    let base = |size: &str| signed(wad(size));
    let quote = |size: u64| signed(U256::from(size) * U256::from(1_000_000));
    for amounts in [
        // More base than the hedge wants, more quote than the pool has,
        [-base("10000"), quote(25_000)],
        [-base("10"), quote(2_000_000)],
        // signs the wrong way around, and numbers beyond reason.
        [base("10"), -quote(25_000)],
        [base("10"), quote(25_000)],
        [-base("10"), -quote(25_000)],
        [I256::MIN, quote(1)],
        [-base("10"), I256::MAX],
    ] {
        let (mut market, venue) = market_with_a_hostile_venue();
        let alice = market.world.actors.alice.address;
        let id = call(market.expiries[1], "2500");
        report(&mut market, venue, amounts);
        let baseAmount = market.quote_buy(id, "30").unwrap().plannedHedge;
        let error: IPool::HedgeFailed = market.refusal(alice, buy(id, wad("30"), alice));
        assert_eq!(error.baseAmount, baseAmount, "{amounts:?}");
    }
}

/// A refusal's base is WAD whatever the token's decimals, and negative for a sale.
#[test]
fn a_failed_hedge_is_named_in_wad_with_its_sign() {
    let builder = World::builder().base(TokenKind::Honest, 8);
    let (mut market, venue) = market_around_a_hostile_venue(builder);
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    let size = wad("60");
    market.send(alice, buy(id, size, alice)).unwrap();
    let purchase = market.quote_buy(id, "60").unwrap().plannedHedge;
    let sale = market
        .view(IPool::quoteSellCall { id, size })
        .unwrap()
        .plannedHedge;
    assert!(purchase > signed(wad("1")) && sale < -signed(wad("1")));
    report(&mut market, venue, [I256::MIN, I256::MAX]);
    let error: IPool::HedgeFailed = market.refusal(alice, buy(id, size, alice));
    assert_eq!(error.baseAmount, purchase);
    let sell = IPool::sellCall {
        id,
        size,
        minProceeds: U256::ZERO,
        deadline: U256::MAX,
        receiver: alice,
    };
    let error: IPool::HedgeFailed = market.refusal(alice, sell);
    assert_eq!(error.baseAmount, sale);
}

fn set_vice(market: &mut Market, venue: Address, vice: HostileVenue::Vice) {
    let data = Bytes::new();
    market.tell(venue, HostileVenue::setViceCall { vice, data });
}

/// Makes the venue claim these amounts; base is its token0.
fn report(market: &mut Market, venue: Address, [amount0, amount1]: [I256; 2]) {
    assert!(market.world.pair.base_is_token0);
    market.tell(venue, HostileVenue::setReportCall { amount0, amount1 });
}
