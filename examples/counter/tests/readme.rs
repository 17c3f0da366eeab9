use inkhorn_test::{program, sol, TestChain};

sol! {
    interface Counter {
        event Changed(address indexed by, uint256 number);
        error TooEarly(uint256 allowedFrom);

        function number() external view returns (uint256);
        function increment() external;
    }
}

#[test]
fn an_hour_has_to_pass() {
    let mut chain = TestChain::new();
    let alice = chain.account("alice");
    let counter = chain.deploy(alice, &program!()).unwrap();
    let increment = Counter::incrementCall {};
    let sent = chain.send(alice, counter, &increment).unwrap();
    assert_eq!(sent.events::<Counter::Changed>(counter).len(), 1);
    println!("{} ink, {} gas", sent.ink, sent.gas_used);

    let refused = chain.send(alice, counter, &increment).unwrap_err();
    assert!(refused.error::<Counter::TooEarly>().is_some(), "{refused}");
    chain.advance(3_600);
    chain.send(alice, counter, &increment).unwrap();
    assert_eq!(chain.view(counter, &Counter::numberCall {}).unwrap(), 2);
}
