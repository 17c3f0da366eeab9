//! What accounts may be short of together is scarce as the tails are: to use it up costs whoever does it, by the time that nobody else can.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, put, Market},
};

/// Days to each listed expiry.
const DAYS: [f64; 3] = [7.0, 28.0, 91.0];

/// What filling the accounts' limit of calls or of puts costs with an account that needs as little as it can, what of it is bound
/// there as margin, and whether another writer is refused.
fn fill_the_limit(index: usize, is_call: bool) -> (f64, f64, bool) {
    let mut market = Market::new();
    let (writer, other) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let token = market.world.quote;
    let amount = market.world.quote_units("2000000");
    for owner in [writer, other] {
        market.world.mint(token, owner, amount).unwrap();
        let account_ = owner;
        let deposit = IPool::depositMarginCall { amount, account_ };
        market.send(owner, deposit).unwrap();
    }
    let expiry = market.expiries[index];
    let id = if is_call {
        call(expiry, "6250")
    } else {
        put(expiry, "1000")
    };
    let write = |market: &mut Market, account_: Address, size: &str| {
        let order = IPool::tradeOnAccountCall {
            legs: vec![IPool::Leg {
                id,
                size: -I256::from_raw(wad(size)),
            }],
            limit: I256::MAX,
            deadline: U256::MAX,
            account_,
        };
        market.send(account_, order)
    };
    let mut written = 0.0;
    for size in ["50", "10", "1", "0.1"] {
        while write(&mut market, writer, size).is_ok() {
            written += size.parse::<f64>().unwrap();
        }
    }
    assert!(written > 90.0, "{written} were written");
    let is_refused = write(&mut market, other, "1").is_err();
    let account_ = writer;
    let state = market.view(IPool::accountCall { account_ }).unwrap();
    let cost = 2e6 - signed(state.value);
    (cost, float(state.initial), is_refused)
}

/// What accounts may be short of together is scarce as well: who takes all of it pays for the time that nobody else can write.
#[test]
fn filling_the_writers_limit_costs_by_the_day() {
    for (index, days) in DAYS.into_iter().enumerate() {
        for is_call in [true, false] {
            let (cost, margin, is_refused) = fill_the_limit(index, is_call);
            println!("{days} days, calls {is_call}: {cost:.2} and {margin:.0} of margin");
            assert!(is_refused, "the limit is full");
            // A sixteenth of the price of a tail for what is above five eighths, on a quarter of a million.
            let fair = 250_000.0 * days * 0.00082 * (1.0 - 0.625f64.powi(5)) / 16.0;
            assert!(cost > 0.9 * fair, "{cost}, {fair} fair");
        }
    }
}
