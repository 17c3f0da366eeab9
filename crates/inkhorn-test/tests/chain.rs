//! Deployment, calls and what is said of failures, with programs written by hand.

use inkhorn_test::alloy_sol_types::{SolError, SolValue};
use inkhorn_test::{sol, Address, ChainConfig, Program, TestChain, U256};

sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface Echo {
        error Refused(uint256 code);

        function ask(uint256 number) external returns (uint256);
    }
}

/// A program whose entry point runs `body`; `$length` is that of its calldata.
fn program(body: &str) -> Program {
    let text = format!(
        r#"(module
            (import "vm_hooks" "read_args" (func $read_args (param i32)))
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
            (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
            (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param $length i32) (result i32) {body}))"#
    );
    Program::from_wasm(wat::parse_str(text).expect("a module"))
}

/// Gives the first argument back; keeps that of its constructor, which is the first call of all.
fn keeper() -> Program {
    program(
        r#"(call $read_args (i32.const 0))
        (call $load (i32.const 64) (i32.const 96))
        (if (i64.eqz (i64.load (i32.const 120)))
            (then
                (call $store (i32.const 64) (i32.const 4))
                (call $flush (i32.const 0))))
        (call $load (i32.const 64) (i32.const 96))
        (call $write_result (i32.const 96) (i32.const 32))
        (i32.const 0)"#,
    )
}

fn ask(number: u64) -> Echo::askCall {
    Echo::askCall {
        number: U256::from(number),
    }
}

fn stage(program: &Program) -> (TestChain, Address, Address) {
    let mut chain = TestChain::new();
    let alice = chain.account("alice");
    let contract = chain.deploy(alice, program).unwrap();
    (chain, alice, contract)
}

#[test]
fn calls_give_what_they_return_and_what_they_took() {
    let (mut chain, alice, contract) = stage(&keeper());
    assert_eq!(chain.view(contract, &ask(5)).unwrap(), 5);
    assert_eq!(
        chain.view(contract, &ask(6)).unwrap(),
        6,
        "a view keeps nothing"
    );
    let sent = chain.send(alice, contract, &ask(7)).unwrap();
    assert_eq!(sent.value, 7);
    assert!(
        sent.ink > 22_100 * 10_000,
        "a slot was written: {}",
        sent.ink
    );
    assert!(sent.entry_gas > 0 && sent.gas_used > 21_000 + sent.ink / 10_000);
    assert_eq!(chain.view(contract, &ask(8)).unwrap(), 7);
}

#[test]
fn constructor_runs_in_the_deployment() {
    let mut chain = TestChain::new();
    let alice = chain.account("alice");
    let arguments = U256::from(42).abi_encode();
    let [one, other] = [0, 1].map(|_| {
        chain
            .deploy_constructed(alice, &keeper(), &arguments, U256::ZERO)
            .unwrap()
    });
    assert_ne!(one, other);
    for contract in [one, other] {
        assert_eq!(chain.view(contract, &ask(1)).unwrap(), 42);
    }
}

/// Reverts with `Refused(argument)`.
fn refuser() -> Program {
    let selector = u32::from_le_bytes(Echo::Refused::SELECTOR);
    program(&format!(
        "(call $read_args (i32.const 0))
        (i32.store (i32.const 0) (i32.const {selector}))
        (call $write_result (i32.const 0) (i32.const 36))
        (i32.const 1)"
    ))
}

#[test]
fn reverts_are_decoded() {
    let (mut chain, alice, contract) = stage(&refuser());
    let refused = chain.send(alice, contract, &ask(9)).unwrap_err();
    let code = U256::from(9);
    assert_eq!(refused.error(), Some(Echo::Refused { code }));
    let any = refused.any_error::<Echo::EchoErrors>();
    assert_eq!(any, Some(Echo::EchoErrors::Refused(Echo::Refused { code })));
    assert!(refused
        .to_string()
        .starts_with("ask(uint256): reverted with 0x"));
}

#[test]
fn constructors_refusal_is_its_own() {
    let mut chain = TestChain::new();
    let alice = chain.account("alice");
    let arguments = U256::from(3).abi_encode();
    let refused = chain
        .deploy_constructed(alice, &refuser(), &arguments, U256::ZERO)
        .unwrap_err();
    let code = U256::from(3);
    assert_eq!(refused.error(), Some(Echo::Refused { code }));
}

#[test]
fn traps_are_named() {
    let (mut chain, alice, contract) = stage(&program("unreachable"));
    let refused = chain.send(alice, contract, &ask(1)).unwrap_err();
    assert!(refused
        .trap()
        .is_some_and(|trap| trap.contains("unreachable")));
    assert!(
        refused.to_string().contains("the program trapped"),
        "{refused}"
    );
}

#[test]
fn what_activation_refuses_is_said() {
    let mut chain = TestChain::new();
    let alice = chain.account("alice");
    let floats = program("(drop (f32.add (f32.const 1) (f32.const 1))) (i32.const 0)");
    let refused = chain.deploy(alice, &floats).unwrap_err();
    assert!(refused.to_string().starts_with("activation: "), "{refused}");
    assert!(refused.to_string().contains("floating point"), "{refused}");
}

#[test]
fn the_same_program_is_deployed_twice() {
    let (mut chain, alice, one) = stage(&keeper());
    let other = chain.deploy(alice, &keeper()).unwrap();
    assert_ne!(one, other);
    chain.send(alice, one, &ask(1)).unwrap();
    assert_eq!(chain.view(other, &ask(2)).unwrap(), 2);
}

#[test]
fn accounts_are_rich_once() {
    let mut chain = TestChain::with_config(ChainConfig::default());
    let bob = chain.account("bob");
    assert!(!chain.balance(bob).is_zero());
    let everything = chain.balance(bob);
    let alice = chain.account("alice");
    assert_ne!(alice, bob);
    chain.set_base_fee(0);
    let call = inkhorn_test::Transaction::transfer(bob, alice, everything);
    assert!(chain.transact(call).is_success());
    assert_eq!(chain.account("bob"), bob);
    assert_eq!(chain.balance(bob), U256::ZERO);
}
