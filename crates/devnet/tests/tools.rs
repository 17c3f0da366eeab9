//! The contracts that tools expect: CREATE2 factory, Stylus deployer, cache manager.

use alloy_primitives::keccak256;
use alloy_sol_types::{sol, SolCall, SolError, SolEvent};
use inkhorn_chain::{
    Address, Bytes, Chain, Outcome, Transaction, B256, CACHE_MANAGER, CREATE2_FACTORY,
    STYLUS_DEPLOYER, U256,
};

use crate::common::probe::with_body;
use crate::common::{chain, error, ether, init_code, view, word, ALICE, ARB_WASM_CACHE};

sol! {
    interface Deployer {
        event ContractDeployed(address deployedContract);
        error ContractDeploymentError(bytes bytecode);
        error ContractInitializationError(address newContract, bytes data);
        error InitValueButNotInitData();
        error EmptyBytecode();
        function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt) external payable returns (address);
    }
    interface Manager {
        event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
        event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);
        error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
        error AlreadyCached(bytes32 codehash);
        error BidTooSmall(uint192 bid, uint192 min);
        error BidsArePaused();
        error NotChainOwner(address sender);
        struct Entry { bytes32 code; uint64 size; uint192 bid; }
        function cacheSize() external view returns (uint64);
        function queueSize() external view returns (uint64);
        function isPaused() external view returns (bool);
        function placeBid(address program) external payable;
        function getMinBid(address program) external view returns (uint192 min);
        function getEntries() external view returns (Entry[] entries);
        function setCacheSize(uint64 size) external;
        function setDecayRate(uint64 rate) external;
        function setPaused(bool paused) external;
        function evictAll() external;
        function sweepFunds() external;
    }
    interface Cache {
        function allCacheManagers() external view returns (address[] managers);
        function codehashIsCached(bytes32 codehash) external view returns (bool);
    }
    interface BySize {
        function getMinBid(uint64 size) external view returns (uint192 min);
    }
}

fn tools() -> Chain {
    let mut chain = chain();
    chain.preload_tools();
    chain
}

/// WASM whose constructor keeps its argument and the value sent, unless the argument is 13; other calls return both.
/// `tag` makes the code one of a kind.
fn constructed(tag: u8) -> Vec<u8> {
    let body = format!(
        "(drop (i32.const {tag}))
        (call $read_args (i32.const 0))
        (if (i32.eq (local.get $length) (i32.const 36)) (then
            (if (i32.ne (i32.load (i32.const 0)) (i32.const 0x8d258555)) (then unreachable))
            (if (i32.eq (i32.load8_u (i32.const 35)) (i32.const 13)) (then
                (call $write_result (i32.const 35) (i32.const 1))
                (call $exit_early (i32.const 1))))
            (call $storage_cache_bytes32 (i32.const 128) (i32.const 4))
            (call $msg_value (i32.const 64))
            (i32.store8 (i32.const 159) (i32.const 1))
            (call $storage_cache_bytes32 (i32.const 128) (i32.const 64))
            (call $storage_flush_cache (i32.const 1)))
        (else
            (call $storage_load_bytes32 (i32.const 128) (i32.const 0))
            (i32.store8 (i32.const 159) (i32.const 1))
            (call $storage_load_bytes32 (i32.const 128) (i32.const 32))
            (call $write_result (i32.const 0) (i32.const 64))))"
    );
    wat::parse_str(with_body("", &body)).expect("valid text")
}

/// Init code as cargo-stylus sends it, taken from a deployment.
fn deployment(wasm: &[u8]) -> Bytes {
    let mut scratch = chain();
    scratch.keep_history();
    scratch.deploy_program(ALICE, wasm).expect("deployed");
    scratch.take_history()[0].transactions[0]
        .transaction
        .input
        .clone()
}

/// The selector does not depend on the parameters.
fn constructor(number: u64) -> Bytes {
    let selector = keccak256("stylus_constructor()");
    [&selector[..4], &word(number)].concat().into()
}

fn deploy(chain: &mut Chain, call: Deployer::deployCall, value: U256) -> Outcome {
    let tx = Transaction::call(ALICE, STYLUS_DEPLOYER, call.abi_encode()).with_value(value);
    chain.transact(tx)
}

fn deployed(outcome: &Outcome) -> Address {
    assert!(
        outcome.is_success(),
        "{:?} {}",
        outcome.status,
        outcome.output
    );
    let log = outcome.logs.last().expect("the event comes last");
    assert_eq!(log.address, STYLUS_DEPLOYER);
    let event = Deployer::ContractDeployed::decode_log(log).expect("the event");
    let returned = Deployer::deployCall::abi_decode_returns(&outcome.output).unwrap();
    assert_eq!(event.deployedContract, returned);
    returned
}

#[test]
fn the_create2_factory_creates_where_it_should() {
    let mut chain = tools();
    let init = init_code(&[0x60, 0x01]);
    let salt = B256::repeat_byte(7);
    let input = [salt.as_slice(), &init].concat();
    let outcome = chain.transact(Transaction::call(ALICE, CREATE2_FACTORY, input));
    let address = CREATE2_FACTORY.create2(salt, keccak256(&init));
    assert_eq!(*outcome.output, *address.as_slice());
    assert_eq!(chain.code(address)[..], [0x60, 0x01]);
}

#[test]
fn the_deployer_creates_activates_constructs_and_refunds() {
    let mut chain = tools();
    let wasm = constructed(1);
    let call = Deployer::deployCall {
        bytecode: deployment(&wasm),
        initData: constructor(42),
        initValue: U256::from(500),
        salt: B256::ZERO,
    };
    let before = chain.balance(ALICE);
    let outcome = deploy(&mut chain, call.clone(), ether(1));
    let program = deployed(&outcome);
    assert_eq!(program, STYLUS_DEPLOYER.create(1));
    assert_eq!(chain.balance(program), U256::from(500));
    assert_eq!(chain.balance(STYLUS_DEPLOYER), U256::ZERO);
    let gas = U256::from(outcome.gas_used * 20_000_000);
    let fee = before - chain.balance(ALICE) - gas - U256::from(500);
    assert!(
        fee > U256::ZERO && fee < ether(1) / U256::from(1_000),
        "{fee}"
    );
    let activated = keccak256("ProgramActivated(bytes32,bytes32,address,uint256,uint16)");
    assert_eq!(outcome.logs[0].data.topics()[0], activated);
    let state = chain.call(Transaction::call(ALICE, program, vec![]));
    assert_eq!(*state.output, [word(42), word(500)].concat());

    // The code is active now: no fee.
    let before = chain.balance(ALICE);
    let outcome = deploy(&mut chain, call, ether(1));
    assert_ne!(deployed(&outcome), program);
    let gas = U256::from(outcome.gas_used * 20_000_000);
    assert_eq!(before - chain.balance(ALICE), gas + U256::from(500));
}

#[test]
fn a_salt_and_the_constructor_decide_the_address() {
    let mut chain = tools();
    let bytecode = deployment(&constructed(2));
    let mut call = Deployer::deployCall {
        bytecode: bytecode.clone(),
        initData: constructor(1),
        initValue: U256::ZERO,
        salt: B256::repeat_byte(9),
    };
    let program = deployed(&deploy(&mut chain, call.clone(), ether(1)));
    let salt = keccak256([call.salt.as_slice(), &call.initData].concat());
    assert_eq!(program, STYLUS_DEPLOYER.create2(salt, keccak256(&bytecode)));
    let again = deploy(&mut chain, call.clone(), ether(1));
    let taken = Deployer::ContractDeploymentError { bytecode };
    assert_eq!(*again.output, taken.abi_encode());
    call.initData = constructor(2);
    assert_ne!(deployed(&deploy(&mut chain, call, ether(1))), program);
}

#[test]
fn the_deployer_says_what_failed() {
    let mut chain = tools();
    let good = Deployer::deployCall {
        bytecode: deployment(&constructed(3)),
        initData: constructor(13),
        initValue: U256::ZERO,
        salt: B256::ZERO,
    };
    let outcome = deploy(&mut chain, good.clone(), ether(1));
    let refused = Deployer::ContractInitializationError {
        newContract: STYLUS_DEPLOYER.create(1),
        data: vec![13].into(),
    };
    assert_eq!(*outcome.output, refused.abi_encode());
    let unpaid = deploy(&mut chain, good.clone(), U256::from(1));
    let want = keccak256("ProgramInsufficientValue(uint256,uint256)");
    assert_eq!(unpaid.output[..4], want[..4]);
    let mut valueless = good.clone();
    valueless.initData = Bytes::new();
    valueless.initValue = U256::from(1);
    let outcome = deploy(&mut chain, valueless, ether(1));
    assert_eq!(
        *outcome.output,
        Deployer::InitValueButNotInitData {}.abi_encode()
    );
    let mut empty = good;
    empty.bytecode = Bytes::new();
    let outcome = deploy(&mut chain, empty, ether(1));
    assert_eq!(*outcome.output, Deployer::EmptyBytecode {}.abi_encode());
}

/// A chain with programs that are active but not cached.
fn programs(count: u8) -> (Chain, Vec<Address>) {
    let mut chain = tools();
    let programs = (1..=count).map(|tag| {
        let call = Deployer::deployCall {
            bytecode: deployment(&constructed(tag)),
            initData: Bytes::new(),
            initValue: U256::ZERO,
            salt: B256::ZERO,
        };
        deployed(&deploy(&mut chain, call, ether(1)))
    });
    let programs = programs.collect();
    (chain, programs)
}

fn bid(chain: &mut Chain, program: Address, value: u64) -> Outcome {
    let call = Manager::placeBidCall { program }.abi_encode();
    chain.transact(Transaction::call(ALICE, CACHE_MANAGER, call).with_value(U256::from(value)))
}

fn manage(chain: &mut Chain, call: impl SolCall) {
    chain.add_chain_owner(ALICE);
    let outcome = chain.transact(Transaction::call(ALICE, CACHE_MANAGER, call.abi_encode()));
    assert!(
        outcome.is_success(),
        "{:?} {}",
        outcome.status,
        outcome.output
    );
}

fn is_cached(chain: &mut Chain, program: Address) -> bool {
    let codehash = chain.code_hash(program);
    view(
        chain,
        ARB_WASM_CACHE,
        Cache::codehashIsCachedCall { codehash },
    )
}

fn min_bid(chain: &mut Chain, program: Address) -> u64 {
    view(chain, CACHE_MANAGER, Manager::getMinBidCall { program }).to()
}

#[test]
fn the_cache_manager_is_the_one_that_tools_find() {
    let (mut chain, programs) = programs(1);
    let managers = view(&mut chain, ARB_WASM_CACHE, Cache::allCacheManagersCall {});
    assert_eq!(managers.last(), Some(&CACHE_MANAGER));
    assert_eq!(
        view(&mut chain, CACHE_MANAGER, Manager::cacheSizeCall {}),
        512 << 20
    );
    assert_eq!(
        view(&mut chain, CACHE_MANAGER, Manager::queueSizeCall {}),
        0
    );
    assert!(!view(&mut chain, CACHE_MANAGER, Manager::isPausedCall {}));
    assert_eq!(min_bid(&mut chain, programs[0]), 0);
    let sized = BySize::getMinBidCall { size: 24_000 };
    assert!(view(&mut chain, CACHE_MANAGER, sized).is_zero());
}

#[test]
fn a_bid_caches_a_program() {
    let (mut chain, programs) = programs(1);
    let program = programs[0];
    let call = Transaction::call(ALICE, program, vec![]);
    let uncached = chain.call(call.clone()).gas_used;
    let outcome = bid(&mut chain, program, 0);
    assert!(
        outcome.is_success(),
        "{:?} {}",
        outcome.status,
        outcome.output
    );
    let event = Manager::InsertBid::decode_log(outcome.logs.last().unwrap()).unwrap();
    assert_eq!(
        (event.codehash, event.program),
        (chain.code_hash(program), program)
    );
    assert!(is_cached(&mut chain, program));
    assert!(chain.call(call).gas_used < uncached - 8_000);
    let size = view(&mut chain, CACHE_MANAGER, Manager::queueSizeCall {});
    assert_eq!(size, event.size);
    assert!(size > 512_000);
    let codehash = chain.code_hash(program);
    let again = bid(&mut chain, program, 5);
    assert_eq!(
        *again.output,
        Manager::AlreadyCached { codehash }.abi_encode()
    );
}

#[test]
fn a_full_cache_takes_the_higher_bid() {
    let (mut chain, programs) = programs(3);
    manage(&mut chain, Manager::setCacheSizeCall { size: 1_100_000 });
    assert!(bid(&mut chain, programs[0], 30).is_success());
    assert!(bid(&mut chain, programs[1], 20).is_success());
    assert_eq!(min_bid(&mut chain, programs[2]), 20);
    let low = bid(&mut chain, programs[2], 19);
    let refusal = Manager::BidTooSmall {
        bid: alloy_primitives::aliases::U192::from(19),
        min: alloy_primitives::aliases::U192::from(20),
    };
    assert_eq!(*low.output, refusal.abi_encode());
    let outcome = bid(&mut chain, programs[2], 20);
    assert!(outcome.is_success(), "the least bid suffices");
    let evicted = outcome
        .logs
        .iter()
        .find_map(|log| Manager::DeleteBid::decode_log(log).ok());
    assert_eq!(evicted.unwrap().codehash, chain.code_hash(programs[1]));
    let cached = [0, 1, 2].map(|at: usize| is_cached(&mut chain, programs[at]));
    assert_eq!(cached, [true, false, true]);
    let entries = view(&mut chain, CACHE_MANAGER, Manager::getEntriesCall {});
    let mut bids: Vec<u64> = entries.iter().map(|entry| entry.bid.to()).collect();
    bids.sort_unstable();
    assert_eq!(bids, [20, 30]);
    let before = chain.balance(CACHE_MANAGER);
    assert_eq!(before, U256::from(70));
    manage(&mut chain, Manager::sweepFundsCall {});
    assert_eq!(chain.balance(CACHE_MANAGER), U256::ZERO);
    manage(&mut chain, Manager::evictAllCall {});
    assert!(!is_cached(&mut chain, programs[0]));
    assert_eq!(
        view(&mut chain, CACHE_MANAGER, Manager::queueSizeCall {}),
        0
    );
}

#[test]
fn bids_lose_against_later_ones() {
    let (mut chain, programs) = programs(2);
    manage(&mut chain, Manager::setCacheSizeCall { size: 600_000 });
    manage(&mut chain, Manager::setDecayRateCall { rate: 2 });
    assert!(bid(&mut chain, programs[0], 100).is_success());
    assert_eq!(min_bid(&mut chain, programs[1]), 100);
    chain.advance(30);
    assert_eq!(min_bid(&mut chain, programs[1]), 40);
    chain.advance(30);
    assert_eq!(min_bid(&mut chain, programs[1]), 0);
    assert!(bid(&mut chain, programs[1], 0).is_success());
}

#[test]
fn the_cache_manager_refuses_what_it_should() {
    let (mut chain, programs) = programs(1);
    let stranger = Transaction::call(
        ALICE,
        CACHE_MANAGER,
        Manager::setPausedCall { paused: true }.abi_encode(),
    );
    let refusal = Manager::NotChainOwner { sender: ALICE };
    assert_eq!(*chain.call(stranger).output, refusal.abi_encode());
    let inactive = chain.deploy_program(ALICE, &constructed(9)).unwrap();
    assert_eq!(
        bid(&mut chain, inactive, 1).output,
        error("ProgramNotActivated()")
    );
    manage(&mut chain, Manager::setCacheSizeCall { size: 500_000 });
    let outcome = bid(&mut chain, programs[0], 1);
    assert_eq!(outcome.output[..4], Manager::AsmTooLarge::SELECTOR);
    manage(&mut chain, Manager::setPausedCall { paused: true });
    let outcome = bid(&mut chain, programs[0], 1);
    assert_eq!(*outcome.output, Manager::BidsArePaused {}.abi_encode());
}

#[test]
fn tools_can_be_installed_on_a_chain_that_others_govern() {
    let mut chain = chain();
    chain.add_cache_manager(ALICE);
    chain.preload_tools();
    let managers = view(&mut chain, ARB_WASM_CACHE, Cache::allCacheManagersCall {});
    assert_eq!(managers, [ALICE, CACHE_MANAGER]);
}
