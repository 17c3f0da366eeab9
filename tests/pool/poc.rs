//! A wired market to start from: write the question as a test.

use crate::common::{call, put, Market};
use smirk_world::abi::IPool;

#[test]
fn a_market_trades_both_ways() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    for id in [call(week, "2600"), put(month, "2300")] {
        let quote = market.quote_buy(id, "5").unwrap();
        println!("{quote:?}");
        let bought = market.buy(alice, id, "5").unwrap();
        println!("bought for {} with gas {}", bought.value, bought.gas_used);
        for frame in &bought.frames {
            println!("  {frame:?}");
        }
        assert_eq!(bought.value, quote.total);
        let sold = market.sell(alice, id, "5").unwrap();
        println!("sold for {} with gas {}", sold.value, sold.gas_used);
        assert!(sold.value < bought.value);
    }
    println!("{:?}", market.view(IPool::riskCall {}).unwrap());
    println!("{:?}", market.view(IPool::navCall {}).unwrap());
    println!("{:?}", market.view(IPool::oracleStatusCall {}).unwrap());
}
