//! The contract's WASM on a chain in this process.

use inkhorn_test::{program, sol, Address, InkSnapshot, TestChain, U256};

sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface Counter {
        event Changed(address indexed by, uint256 number);

        error TooEarly(uint256 allowedFrom);
        error TooLittle(uint256 sent, uint256 price);

        function number() external view returns (uint256);
        function increment() external;
        function setNumber(uint256 number) external payable;
    }
}

use Counter::{incrementCall, numberCall, setNumberCall};

/// A chain with a counter, and somebody with ether.
fn stage() -> (TestChain, Address, Address) {
    let mut chain = TestChain::new();
    let alice = chain.account("alice");
    let counter = chain.deploy(alice, &program!()).unwrap();
    (chain, alice, counter)
}

#[test]
fn it_counts_and_says_so() {
    let (mut chain, alice, counter) = stage();
    let bob = chain.account("bob");
    let sent = chain.send(alice, counter, &incrementCall {}).unwrap();
    let event = |by, number: u64| Counter::Changed {
        by,
        number: U256::from(number),
    };
    assert_eq!(sent.events::<Counter::Changed>(counter), [event(alice, 1)]);
    let sent = chain.send(bob, counter, &incrementCall {}).unwrap();
    assert_eq!(sent.events::<Counter::Changed>(counter), [event(bob, 2)]);
    assert_eq!(chain.view(counter, &numberCall {}).unwrap(), 2);
}

#[test]
fn an_hour_has_to_pass() {
    let (mut chain, alice, counter) = stage();
    chain.send(alice, counter, &incrementCall {}).unwrap();
    let allowed_from = U256::from(chain.now() + 3_600);
    chain.advance(3_599);
    let refused = chain.send(alice, counter, &incrementCall {}).unwrap_err();
    assert_eq!(
        refused.error(),
        Some(Counter::TooEarly {
            allowedFrom: allowed_from
        })
    );
    chain.advance(1);
    chain.send(alice, counter, &incrementCall {}).unwrap();
    assert_eq!(chain.view(counter, &numberCall {}).unwrap(), 2);
}

#[test]
fn setting_the_number_has_a_price() {
    let (mut chain, alice, counter) = stage();
    let call = setNumberCall {
        number: U256::from(40),
    };
    let price = U256::from(1_000_000);
    let refused = chain
        .send_value(alice, counter, &call, price - U256::ONE)
        .unwrap_err();
    assert_eq!(
        refused.error(),
        Some(Counter::TooLittle {
            sent: price - U256::ONE,
            price
        })
    );
    assert_eq!(chain.balance(counter), U256::ZERO);
    chain.send_value(alice, counter, &call, price).unwrap();
    assert_eq!(chain.balance(counter), price);
    assert_eq!(chain.view(counter, &numberCall {}).unwrap(), 40);
}

#[test]
fn snapshots_go_back() {
    let (mut chain, alice, counter) = stage();
    let before = chain.snapshot();
    chain.send(alice, counter, &incrementCall {}).unwrap();
    chain.revert(before);
    assert_eq!(chain.view(counter, &numberCall {}).unwrap(), 0);
    chain.send(alice, counter, &incrementCall {}).unwrap();
}

/// `INKHORN_WRITE_SNAPSHOTS=1 cargo test` writes `ink.json` anew. Two versions of the compiler build this program here, hence the
/// tolerance.
#[test]
fn calls_take_the_ink_that_the_snapshot_says() {
    let (mut chain, alice, counter) = stage();
    chain.cache_program(counter);
    let mut ink = InkSnapshot::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ink.json")).within(20);
    let first = chain.send(alice, counter, &incrementCall {}).unwrap();
    ink.note("increment, the first of all", &first);
    chain.advance(3_600);
    let again = chain.send(alice, counter, &incrementCall {}).unwrap();
    ink.note("increment, once more", &again);
    let call = setNumberCall {
        number: U256::from(7),
    };
    let price = U256::from(1_000_000);
    let set = chain.send_value(alice, counter, &call, price).unwrap();
    ink.note("setNumber", &set);
    ink.check();
}
