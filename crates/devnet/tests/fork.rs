//! Chains that go on from another one: here from a chain in the same process.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use alloy_primitives::keccak256;
use inkhorn_chain::{
    attempt, Address, Bytes, Chain, ChainConfig, ChainDump, ForkPoint, LoadError, ProgramCode,
    Remote, RemoteAccount, RemoteCall, RemoteError, Transaction, B256, U256,
};

use crate::common::modules::{self, bytes};
use crate::common::script::{interpreter, interpreter_wasm, Script};
use crate::common::{
    chain, chain_at, deploy, ether, govern, hex, init_code, method, poke, precompile, program, run,
    ALICE, ARB_WASM, ARB_WASM_CACHE,
};

const STRANGER: Address = Address::repeat_byte(0x57);

/// A chain that is read as another one, and may be out of reach.
#[derive(Debug)]
struct Other {
    chain: Mutex<Chain>,
    has_arbos: bool,
    is_gone: AtomicBool,
    asked: AtomicUsize,
}

impl Other {
    fn new(chain: Chain) -> Arc<Self> {
        Self::of_kind(chain, true)
    }

    /// The same without a word from ArbOS, as Ethereum's chains are.
    fn without_arbos(chain: Chain) -> Arc<Self> {
        Self::of_kind(chain, false)
    }

    fn of_kind(chain: Chain, has_arbos: bool) -> Arc<Self> {
        Arc::new(Self {
            chain: Mutex::new(chain),
            has_arbos,
            is_gone: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        })
    }

    fn set_gone(&self, is_gone: bool) {
        self.is_gone.store(is_gone, Ordering::Relaxed);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn read<R>(&self, read: impl FnOnce(&mut Chain) -> R) -> Result<R, RemoteError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(RemoteError("it is out of reach".to_owned()));
        }
        Ok(read(&mut self.chain.lock().unwrap()))
    }

    fn point(self: &Arc<Self>) -> ForkPoint {
        let arbos_version = ForkPoint::find_arbos(self.as_ref()).unwrap();
        let chain = self.chain.lock().unwrap();
        ForkPoint {
            chain_id: chain.config().chain_id,
            number: chain.block_number(),
            hash: chain.block_hash(chain.block_number()),
            timestamp: chain.now(),
            l1_number: chain.l1_block_number(),
            base_fee: chain.config().base_fee,
            gas_limit: chain.config().block_gas_limit,
            coinbase: chain.config().coinbase,
            arbos_version,
        }
    }

    fn fork(self: &Arc<Self>) -> Chain {
        let config = ChainConfig {
            chain_id: self.point().chain_id,
            ..ChainConfig::default()
        };
        Chain::fork(Arc::clone(self) as Arc<dyn Remote>, self.point(), config).unwrap()
    }
}

impl Remote for Other {
    fn account(&self, who: Address) -> Result<RemoteAccount, RemoteError> {
        self.read(|chain| RemoteAccount {
            balance: chain.balance(who),
            nonce: chain.nonce(who),
            code: chain.code(who),
        })
    }

    fn slot(&self, who: Address, slot: U256) -> Result<U256, RemoteError> {
        self.read(|chain| chain.storage(who, slot))
    }

    fn calls(&self, calls: &[RemoteCall]) -> Result<Vec<Option<Bytes>>, RemoteError> {
        self.read(|chain| {
            let mut call = |(to, input): &RemoteCall| {
                if !self.has_arbos && to.is_some() {
                    return Some(Bytes::new());
                }
                let outcome = chain.call_in_latest(Transaction {
                    to: *to,
                    input: input.clone(),
                    ..Transaction::default()
                });
                outcome.is_success().then_some(outcome.output)
            };
            calls.iter().map(&mut call).collect()
        })
    }
}

/// A chain that has something of everything, and is ruled otherwise than a new one.
fn lived() -> (Chain, [Address; 4]) {
    let mut chain = chain();
    govern(&mut chain, "setInkPrice(uint32)", 9_000);
    govern(&mut chain, "setWasmExpiryDays(uint16)", 100);
    govern(&mut chain, "setMaxTxGasLimit(uint64)", 30_000_000);
    govern(&mut chain, "setMinimumL2BaseFee(uint256)", 7_000_000);
    let stylus = interpreter(&mut chain);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    chain.cache_program(echo);
    chain.advance(1_000_000);
    let counter = deploy(&mut chain, "5f 54 6001 01 80 5f 55 5f 52 6020 5f f3");
    let root = in_fragments(&mut chain);
    assert!(poke(&mut chain, counter).is_success());
    for _ in 0..3 {
        chain.mine();
        let number = chain.block_number();
        chain.set_block_hash(number, B256::repeat_byte(number as u8));
    }
    let store = Script::new().store(1, 2).store(u64::MAX, 3).flush(true);
    let outcome = chain.transact(Transaction::call(ALICE, stylus, store));
    assert!(outcome.is_success());
    let number = chain.block_number();
    chain.set_block_hash(number, B256::repeat_byte(number as u8));
    (chain, [stylus, echo, counter, root])
}

/// The interpreter in two fragments and a root, active.
fn in_fragments(chain: &mut Chain) -> Address {
    let wasm = interpreter_wasm();
    let ProgramCode::Classic(code) = ProgramCode::new(&wasm) else {
        panic!("it would fit into one account");
    };
    let (first, second) = code[4..].split_at(200);
    let fragments = [first, second].map(|piece| {
        let code = [&[0xef, 0xf0, 0x01], piece].concat();
        chain.deploy(ALICE, init_code(&code)).unwrap()
    });
    let mut root = vec![0xef, 0xf0, 0x02, 0];
    root.extend((wasm.len() as u32).to_be_bytes());
    fragments.iter().for_each(|fragment| root.extend(fragment));
    let root = chain.deploy(ALICE, init_code(&root)).unwrap();
    chain.activate(ALICE, root).unwrap();
    root
}

/// What happens from now on, as everything that can be seen of it.
fn future(chain: &mut Chain, [stylus, echo, counter, root]: [Address; 4]) -> Vec<String> {
    let mut seen = Vec::new();
    let views = [
        method("programInitGas(address)", &[word(stylus)]),
        method("programTimeLeft(address)", &[word(stylus)]),
        method("programMemoryFootprint(address)", &[word(root)]),
        method("inkPrice()", &[]),
        method("expiryDays()", &[]),
        method("activationGas()", &[]),
    ];
    let views = views.map(|view| Transaction::call(ALICE, ARB_WASM, view));
    let prices = [
        method("getMinimumGasPrice()", &[]),
        method("getPricesInWei()", &[]),
        method("getMaxTxGasLimit()", &[]),
        method("getGasAccountingParams()", &[]),
    ];
    let prices = prices.map(|view| Transaction::call(ALICE, precompile(0x6c), view));
    let number = chain.block_number();
    let hashes = (number - 3..=number)
        .map(|number| method("arbBlockHash(uint256)", &[U256::from(number)]))
        .map(|call| Transaction::call(ALICE, precompile(0x64), call));
    let new = bytes(modules::FILL);
    let ProgramCode::Classic(new) = ProgramCode::new(&new) else {
        panic!("a small program");
    };
    let calls = [
        Transaction::call(ALICE, counter, vec![]),
        Transaction::call(ALICE, echo, vec![1, 2, 3]),
        Transaction::call(ALICE, stylus, Script::new().load(1).load(u64::MAX).load(7)),
        Transaction::call(ALICE, root, Script::new().store(1, 9).flush(true).load(1)),
        Transaction::transfer(ALICE, STRANGER, U256::from(5)),
        Transaction::create(ALICE, init_code(&new)),
        Transaction::create(
            ALICE,
            hex("43 40 5f 52 43 6001 90 03 40 6020 52 6040 5f f3"),
        ),
    ];
    let all = views.into_iter().chain(prices).chain(hashes).chain(calls);
    for tx in all.collect::<Vec<_>>() {
        seen.push(format!("{:?}", chain.call(tx.clone())));
        seen.push(format!("{:?}", chain.transact(tx.clone())));
        seen.push(format!("{:?}", chain.transact_batch(vec![tx.clone(), tx])));
    }
    // The fee of an activation depends on all that were before.
    let created = ALICE.create(chain.nonce(ALICE));
    chain.deploy(ALICE, init_code(&new)).unwrap();
    seen.push(format!("{:?}", chain.activate(ALICE, created)));
    seen.push(format!(
        "{} {} {} {} {}",
        chain.now(),
        chain.block_number(),
        chain.l1_block_number(),
        chain.balance(ALICE),
        chain.nonce(ALICE)
    ));
    seen
}

fn word(address: Address) -> U256 {
    address.into_word().into()
}

#[test]
fn a_fork_does_what_the_other_chain_would_have_done() {
    let (mut original, accounts) = lived();
    let other = Other::new(original.clone());
    let mut fork = other.fork();
    assert_eq!(fork.fork_point(), Some(&other.point()));
    let expected = future(&mut original, accounts);
    let forked = attempt(|| future(&mut fork, accounts)).unwrap();
    assert!(expected.iter().any(|seen| seen.contains("ink_used")));
    for (forked, expected) in forked.iter().zip(&expected) {
        assert_eq!(forked, expected);
    }
    assert_eq!(forked.len(), expected.len());
    let cached = method(
        "codehashIsCached(bytes32)",
        &[original.code_hash(accounts[1]).into()],
    );
    let cached = Transaction::call(ALICE, ARB_WASM_CACHE, cached);
    assert_eq!(fork.call(cached.clone()), original.call(cached));
}

#[test]
fn what_is_written_is_here_alone() {
    let (chain, [stylus, _, counter, _]) = lived();
    let before = chain.clone().state_root();
    let other = Other::new(chain);
    let mut fork = other.fork();
    let load = || Script::new().load(1).load(u64::MAX);
    let words = |output: &Bytes| -> Vec<u64> {
        let words = output.chunks(32).map(U256::from_be_slice);
        words.map(|word| word.to()).collect()
    };
    attempt(|| {
        assert_eq!(words(&run(&mut fork, stylus, load()).0.output), [2, 3]);
        let write = Script::new().store(1, 0).store(5, 6).flush(true);
        let outcome = fork.transact(Transaction::call(ALICE, stylus, write));
        assert!(outcome.is_success());
        assert_eq!(
            words(&run(&mut fork, stylus, load()).0.output),
            [0, 3],
            "a zero that was written does not let through what is beneath"
        );
        assert_eq!(
            fork.storage_slots(stylus).collect::<Vec<_>>(),
            [(U256::from(5), U256::from(6))]
        );
        assert!(poke(&mut fork, counter).is_success());
        assert_eq!(fork.storage(counter, U256::ZERO), U256::from(2));
        fork.clear_storage(counter);
        assert_eq!(fork.storage(counter, U256::ZERO), U256::ZERO);
        fork.set_code(counter, hex("5f 54 5f 52 6020 5f f3"));
        fork.fund(STRANGER, ether(3));
    })
    .unwrap();
    let mut original = other.chain.lock().unwrap();
    assert_eq!(original.state_root(), before);
    assert_eq!(original.balance(STRANGER), U256::ZERO);
    assert_eq!(
        (fork.state_root(), fork.prove(ALICE, &[])),
        (B256::ZERO, None)
    );
}

#[test]
fn an_account_that_is_gone_does_not_come_back() {
    let mut chain = chain();
    let poor = Address::repeat_byte(0x77);
    chain.fund(poor, U256::from(1));
    let mut fork = Other::new(chain).fork();
    attempt(|| {
        fork.set_base_fee(0);
        assert_eq!(fork.balance(poor), U256::from(1));
        let tx = Transaction::transfer(poor, STRANGER, U256::from(1)).with_gas(21_000);
        assert!(fork.transact(tx).is_success());
        assert_eq!((fork.balance(poor), fork.nonce(poor)), (U256::ZERO, 1));
        fork.set_nonce(poor, 0);
        // A touch of an account with nothing in it takes it away.
        assert!(fork
            .transact(Transaction::transfer(ALICE, poor, U256::ZERO))
            .is_success());
        assert_eq!(fork.balance(poor), U256::ZERO);
        let hash = fork.call(Transaction::create(
            ALICE,
            [
                hex("73").as_ref(),
                poor.as_slice(),
                hex("3f 5f 52 6020 5f f3").as_ref(),
            ]
            .concat(),
        ));
        assert_eq!(hash.output, Bytes::from([0; 32]), "EXTCODEHASH of nothing");
    })
    .unwrap();
}

#[test]
fn a_read_that_fails_changes_nothing() {
    let (chain, [stylus, _, counter, root]) = lived();
    let other = Other::new(chain);
    let mut fork = other.fork();
    let write = Script::new().load(1).store(4, 5).flush(true).load(u64::MAX);
    let write = Transaction::call(ALICE, stylus, write);
    other.set_gone(true);
    let asked = other.asked();
    let failed = fork.attempt(|fork| fork.transact(write.clone()));
    assert_eq!(failed, Err(RemoteError("it is out of reach".to_owned())));
    assert_eq!(other.asked(), asked + 1, "after a failure nothing is asked");
    let number = fork.block_number();
    assert_eq!(number, other.point_while_gone());
    let balance = attempt(|| fork.balance(counter));
    assert!(balance.is_err(), "no zero instead of an answer");
    let unheard = catch_unwind(AssertUnwindSafe(|| fork.balance(counter)));
    assert!(unheard.is_err(), "a failure that nobody waits for is loud");
    other.set_gone(false);
    let expected = other.chain.lock().unwrap().clone().transact(write.clone());
    assert_eq!(fork.attempt(|fork| fork.transact(write)), Ok(expected));
    // Half of what it needs is known by now: the root, not its fragments.
    attempt(|| fork.code(root)).unwrap();
    other.set_gone(true);
    let call = Transaction::call(ALICE, root, Script::new().load(1));
    assert!(fork.attempt(|fork| fork.transact(call.clone())).is_err());
    other.set_gone(false);
    let outcome = fork.attempt(|fork| fork.transact(call)).unwrap();
    assert!(outcome.is_success(), "{:?}", outcome.status);
}

impl Other {
    fn point_while_gone(&self) -> u64 {
        self.chain.lock().unwrap().block_number()
    }
}

#[test]
fn what_was_read_is_not_asked_for_again() {
    let (chain, accounts) = lived();
    let other = Other::new(chain);
    let fork = other.fork();
    let first = attempt(|| future(&mut fork.clone(), accounts)).unwrap();
    let asked = other.asked();
    assert!(asked > 10);
    assert_eq!(
        attempt(|| future(&mut fork.clone(), accounts)).unwrap(),
        first
    );
    assert_eq!(other.asked(), asked);
}

#[test]
fn programs_of_a_chain_without_arbos_are_active_from_the_fork() {
    let mut original = chain();
    let stylus = interpreter(&mut original);
    let root = in_fragments(&mut original);
    let other = Other::without_arbos(original.clone());
    assert_eq!(other.point().arbos_version, None);
    let mut fork = other.fork();
    attempt(|| {
        for program in [stylus, root] {
            let script = || Script::new().store(1, 9).flush(true).load(1);
            let expected = run(&mut original, program, script());
            assert_eq!(run(&mut fork, program, script()), expected);
        }
        let time_left = method("programTimeLeft(address)", &[word(stylus)]);
        let time_left = Transaction::call(ALICE, ARB_WASM, time_left);
        let outcome = fork.call(time_left);
        let left: u64 = U256::from_be_slice(&outcome.output).to();
        assert!(
            (365 * 86_400 - 3_600..=365 * 86_400).contains(&left),
            "{left}"
        );
        // What isn't a program is none.
        let unknown = method("programVersion(address)", &[word(ALICE)]);
        assert!(!fork
            .call(Transaction::call(ALICE, ARB_WASM, unknown))
            .is_success());
    })
    .unwrap();
}

#[test]
fn a_fork_is_written_down_and_read_back_on_the_chain_that_it_goes_on_from() {
    let (chain, accounts) = lived();
    let other = Other::new(chain);
    let mut fork = other.fork();
    let write = Script::new().store(1, 0).store(5, 6).flush(true);
    let write = Transaction::call(ALICE, accounts[0], write);
    attempt(|| fork.transact(write)).unwrap();
    let dump = fork.to_dump();
    assert_eq!(dump.fork_point(), Some(&other.point()));
    let again = serde_json::to_vec(&dump).unwrap();
    let again: ChainDump = serde_json::from_slice(&again).unwrap();
    assert!(matches!(
        Chain::restore(again.clone()),
        Err(LoadError::Forked { number, .. }) if number == other.point().number
    ));
    let remote = Arc::clone(&other) as Arc<dyn Remote>;
    let mut loaded = Chain::restore_on(again, Some(remote)).unwrap();
    assert_eq!(loaded.to_dump(), dump);
    let expected = attempt(|| future(&mut fork, accounts)).unwrap();
    assert_eq!(attempt(|| future(&mut loaded, accounts)).unwrap(), expected);
}

#[test]
fn an_arbos_that_is_not_known_is_refused() {
    let other = Other::new(chain());
    for version in [20, 62] {
        let point = ForkPoint {
            arbos_version: Some(version),
            ..other.point()
        };
        let remote = Arc::clone(&other) as Arc<dyn Remote>;
        let refused = Chain::fork(remote, point, ChainConfig::default());
        let reason = refused.unwrap_err().to_string();
        assert!(reason.contains(&format!("ArbOS {version}")), "{reason}");
    }
}

#[test]
fn tools_that_are_there_stay() {
    let mut chain = chain();
    chain.set_code(inkhorn_chain::CACHE_MANAGER, hex("5f 5f f3"));
    let mut fork = Other::new(chain).fork();
    attempt(|| {
        fork.preload_tools();
        assert_eq!(fork.code(inkhorn_chain::CACHE_MANAGER), hex("5f 5f f3"));
        assert!(!fork.code(inkhorn_chain::CREATE2_FACTORY).is_empty());
    })
    .unwrap();
}

/// Another chain that says something else in one place.
#[derive(Debug)]
struct Liar {
    truth: Arc<Other>,
    /// What it makes of the parameters of Stylus, byte by byte.
    params: Vec<(usize, u8)>,
    /// What it answers to calls with a selector.
    answer: Option<([u8; 4], Bytes)>,
}

impl Liar {
    fn fork(self) -> Result<Chain, RemoteError> {
        let point = self.truth.point();
        Chain::fork(Arc::new(self), point, ChainConfig::default())
    }
}

impl Remote for Liar {
    fn account(&self, who: Address) -> Result<RemoteAccount, RemoteError> {
        self.truth.account(who)
    }

    fn slot(&self, who: Address, slot: U256) -> Result<U256, RemoteError> {
        let word = self.truth.slot(who, slot)?;
        let mut bytes = word.to_be_bytes::<32>();
        // The only word that begins with a version of Stylus.
        if Chain::is_arbos_state(who) && bytes[..2] == [0, 3] {
            for (index, byte) in &self.params {
                bytes[*index] = *byte;
            }
        }
        Ok(U256::from_be_bytes(bytes))
    }

    fn calls(&self, calls: &[RemoteCall]) -> Result<Vec<Option<Bytes>>, RemoteError> {
        let mut answers = self.truth.calls(calls)?;
        for ((_, input), answer) in calls.iter().zip(&mut answers) {
            match &self.answer {
                Some((selector, lie)) if input.starts_with(selector) => *answer = Some(lie.clone()),
                _ => {}
            }
        }
        Ok(answers)
    }
}

fn selector(signature: &str) -> [u8; 4] {
    *keccak256(signature).first_chunk().unwrap()
}

#[test]
fn a_block_that_no_chain_goes_on_from_is_refused_by_name() {
    let other = Other::new(chain());
    let fork = |change: &dyn Fn(&mut ForkPoint)| {
        let mut point = other.point();
        change(&mut point);
        let remote = Arc::clone(&other) as Arc<dyn Remote>;
        Chain::fork(remote, point, ChainConfig::default()).map(drop)
    };
    assert_eq!(fork(&|_| {}), Ok(()));
    type Change = fn(&mut ForkPoint);
    let lies: [(&str, Change, Change); 5] = [
        (
            "block number",
            |point| point.number = 1 << 62,
            |point| point.number = u64::MAX,
        ),
        (
            "L1 block number",
            |point| point.l1_number = 1 << 62,
            |point| point.l1_number += 1 << 62,
        ),
        (
            "block time",
            |point| point.timestamp = 8_640_000_000_000,
            |point| point.timestamp = 8_640_000_000_001,
        ),
        (
            "base fee",
            |point| point.base_fee = 1_000_000_000_000_000_000,
            |point| point.base_fee = u64::MAX,
        ),
        (
            "block gas limit",
            |point| point.gas_limit = 1 << 53,
            |point| point.gas_limit = u64::MAX,
        ),
    ];
    for (what, possible, impossible) in lies {
        assert_eq!(fork(&possible), Ok(()), "{what}");
        let refused = fork(&impossible).unwrap_err().0;
        assert!(refused.contains(&format!("as its {what};")), "{refused}");
    }
}

#[test]
fn parameters_that_no_program_runs_by_are_refused_by_name() {
    let other = Other::new(chain());
    let fork = |params: &[(usize, u8)]| {
        let liar = Liar {
            truth: Arc::clone(&other),
            params: params.to_vec(),
            answer: None,
        };
        liar.fork().map(drop)
    };
    assert_eq!(fork(&[]), Ok(()));
    let lies: [(&str, &[(usize, u8)]); 8] = [
        ("Stylus version", &[(1, 4)]),
        ("Stylus version", &[(0, 0), (1, 0)]),
        ("ink price", &[(2, 0), (3, 0), (4, 0)]),
        ("stack depth", &[(5, 1)]),
        ("free pages", &[(9, 0xff)]),
        ("page limit", &[(13, 0xff)]),
        ("page limit", &[(13, 0), (14, 0)]),
        ("program size", &[(25, 0xff)]),
    ];
    for (what, params) in lies {
        let refused = fork(params).unwrap_err().0;
        assert!(refused.contains(&format!("as its {what};")), "{refused}");
    }
    // What owners elsewhere may well choose is taken over.
    assert_eq!(fork(&[(2, 0), (3, 0), (4, 1), (13, 2), (26, 0x20)]), Ok(()));
}

#[test]
fn answers_that_no_fork_goes_on_with_are_refused_by_name() {
    let other = Other::new(chain());
    let fork = |signature: &str, answer: Vec<U256>| {
        let answer: Vec<u8> = answer
            .iter()
            .flat_map(|word| word.to_be_bytes::<32>())
            .collect();
        let liar = Liar {
            truth: Arc::clone(&other),
            params: Vec::new(),
            answer: Some((selector(signature), answer.into())),
        };
        liar.fork()
    };
    let members = |count: u64| -> Vec<U256> {
        let head = [U256::from(32), U256::from(count)];
        head.into_iter()
            .chain((1..=count).map(U256::from))
            .collect()
    };
    let owners = "getAllChainOwners()";
    assert!(fork(owners, members(256)).is_ok());
    for (signature, answer, what) in [
        (owners, members(257), "number of owners or managers"),
        (
            "allCacheManagers()",
            members(100_000),
            "number of owners or managers",
        ),
        (
            "getMaxTxGasLimit()",
            vec![U256::from(20_999)],
            "gas limit of a transaction",
        ),
    ] {
        let refused = fork(signature, answer).unwrap_err().0;
        assert!(refused.contains(&format!("as its {what};")), "{refused}");
    }
}

#[test]
fn an_upgrade_to_a_version_that_is_not_known_is_not_taken_over() {
    let other = Other::new(chain_at(60));
    for (version, known) in [(61, true), (62, false)] {
        let time = U256::from(other.point().timestamp + 10);
        let answer = [U256::from(version), time].map(|word| word.to_be_bytes::<32>());
        let liar = Liar {
            truth: Arc::clone(&other),
            params: Vec::new(),
            answer: Some((selector("getScheduledUpgrade()"), answer.concat().into())),
        };
        let mut fork = liar.fork().unwrap();
        let ask = Transaction::call(
            ALICE,
            precompile(0x6b),
            method("getScheduledUpgrade()", &[]),
        );
        let told = fork.call(ask).output;
        let expected = if known { answer.concat() } else { vec![0; 64] };
        assert_eq!(told.to_vec(), expected, "{version}");
        fork.advance(20);
        poke(&mut fork, STRANGER);
        let expected = if known { 61 } else { 60 };
        assert_eq!(fork.config().arbos_version, expected);
    }
}
