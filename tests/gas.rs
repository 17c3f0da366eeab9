//! Gas of named cases on the embedded chain, cached programs, compared with the committed snapshot.
//! `scripts/bench` writes it: SMIRK_WRITE_SNAPSHOTS=1 makes this test write instead of compare.

mod common;

use std::{collections::BTreeMap, fs, path::Path};

use alloy_primitives::{address, hex, Address, I256, U256};
use alloy_sol_types::{sol, SolCall};
use common::{
    call,
    orders::{legs, on_account, trade},
    put, Market, DAY,
};
use inkhorn_chain::{
    trace::{OpcodeOptions, TraceAs},
    Outcome, Transaction,
};
use serde_json::{json, Value};
use smirk_world::{abi::IPool, price::wad};

sol! {
    /// The precompile that puts programs in the cache and takes them out.
    interface ArbWasmCache {
        function evictCodehash(bytes32 codehash) external;
    }
}

const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");

/// Named case → gas of the whole transaction and ink of each of the pool's own frames.
type Cases = BTreeMap<String, Value>;

#[test]
fn gas_of_the_named_cases_is_as_in_the_snapshot() {
    let mut cases = Cases::new();
    book_cases(&mut cases, 32);
    book_cases(&mut cases, 128);
    loaded_cases(&mut cases);
    loan_cases(&mut cases, 32);
    let fresh = serde_json::to_string_pretty(&cases).unwrap() + "\n";
    for (name, case) in &cases {
        println!("{name:<64} {:>10}", case["gas"]);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/gas.json");
    if std::env::var_os("SMIRK_WRITE_SNAPSHOTS").is_some() {
        fs::write(path, fresh).unwrap();
        return;
    }
    let committed = fs::read_to_string(path).expect("tests/snapshots/gas.json; run scripts/bench");
    compare(&serde_json::from_str(&committed).unwrap(), &cases);
    bars(&cases);
}

/// Programs differ by a few instructions between the two ways to get a standard library, hence the tolerance.
fn compare(committed: &Cases, fresh: &Cases) {
    assert_eq!(
        committed.keys().collect::<Vec<_>>(),
        fresh.keys().collect::<Vec<_>>(),
        "run scripts/bench"
    );
    for (name, case) in fresh {
        let (old, new) = (gas(&committed[name]), gas(case));
        assert!(
            old.abs_diff(new) * 100 <= old,
            "{name}: {old} in the snapshot, {new} now; run scripts/bench"
        );
    }
}

fn bars(cases: &Cases) {
    for (name, bar) in [
        ("quoteBuy", 130_000),
        ("buy without a swap", 200_000),
        ("buy more of the same", 170_000),
        ("sell without a swap", 175_000),
        ("an account's first short", 240_000),
    ] {
        let gas = gas(&cases[&format!("{LOADED}: {name}")]);
        assert!(gas <= bar, "{LOADED}, {name}: {gas} above the bar of {bar}");
    }
    for (nodes, name, bar) in [
        (32, "entry of the cached program", 1_400),
        (32, "quoteBuy", 125_000),
        (32, "buy without a swap", 190_000),
        (32, "buy more of the same", 165_000),
        (32, "buy with a swap", 245_000),
        (32, "sell without a swap", 165_000),
        (32, "a spread: one leg closed, one opened", 260_000),
        (32, "a pool's first short", 280_000),
        (32, "a short", 240_000),
        (32, "more of a short", 240_000),
        // One leg of it is written, and both are new: three words for them and for their series.
        (32, "a spread on an account", 260_000),
        (32, "liquidation of four legs", 450_000),
        (32, "first loan of a pool", 700_000),
        (32, "buy with a loan", 700_000),
        (32, "sell with a loan", 700_000),
        (128, "quoteBuy", 200_000),
        (128, "buy without a swap", 270_000),
        (128, "buy with a swap", 350_000),
    ] {
        let gas = gas(&cases[&titled(nodes, name)]);
        assert!(
            gas <= bar,
            "{nodes} nodes, {name}: {gas} above the bar of {bar}"
        );
    }
}

fn gas(case: &Value) -> u64 {
    case["gas"].as_u64().unwrap()
}

/// The book of [`fill_loaded_book`].
const LOADED: &str = "32 nodes at work";

struct Bench<'a> {
    market: Market,
    /// What its book is called.
    book: String,
    cases: &'a mut Cases,
}

/// A book in which every node holds a call and a put.
fn flat(nodes: usize) -> String {
    format!("{nodes} nodes, {} series", 2 * nodes)
}

/// A case's full name in such a book.
fn titled(nodes: usize, name: &str) -> String {
    format!("{}: {name}", flat(nodes))
}

impl Bench<'_> {
    fn record(&mut self, name: &str, outcome: &Outcome) {
        assert!(
            outcome.is_success(),
            "{name}: {}",
            smirk_world::describe_error(&outcome.output)
        );
        let frames: Vec<u64> = outcome.frames.iter().map(|frame| frame.ink_used).collect();
        let case = json!({ "gas": outcome.gas_used, "ink": frames });
        self.insert(name, case);
    }

    fn insert(&mut self, name: &str, case: Value) {
        self.cases.insert(format!("{}: {name}", self.book), case);
    }

    fn send(&mut self, name: &str, from: Address, call: impl SolCall) -> Outcome {
        let transaction = Transaction::call(from, self.market.pool.address, call.abi_encode());
        let outcome = self.market.world.chain.transact(transaction);
        self.record(name, &outcome);
        outcome
    }

    /// Records what calls of one sender take one after the other in the same block.
    fn send_block<const N: usize>(
        &mut self,
        names: [&str; N],
        from: Address,
        calls: [impl SolCall; N],
    ) {
        let pool = self.market.pool.address;
        let block = calls.map(|call| Transaction::call(from, pool, call.abi_encode()));
        let outcomes = self.market.world.chain.transact_batch(block.to_vec());
        for (name, outcome) in names.iter().zip(&outcomes) {
            self.record(name, outcome);
        }
    }

    /// Takes the pool's program out of the cache.
    fn evict(&mut self) {
        let (deployer, pool) = (
            self.market.world.actors.deployer.address,
            self.market.pool.address,
        );
        let chain = &mut self.market.world.chain;
        chain.add_cache_manager(deployer);
        let codehash = chain.code_hash(pool);
        let evict = ArbWasmCache::evictCodehashCall { codehash }.abi_encode();
        let outcome = chain.transact(Transaction::call(deployer, ARB_WASM_CACHE, evict));
        assert!(outcome.is_success());
    }

    fn view(&mut self, name: &str, call: impl SolCall) {
        let from = self.market.world.actors.alice.address;
        let transaction = Transaction::call(from, self.market.pool.address, call.abi_encode());
        let outcome = self.market.world.chain.call(transaction);
        self.record(name, &outcome);
    }
}

fn hedged(outcome: &Outcome) -> bool {
    emitted::<IPool::Hedged>(outcome)
}

fn lent(outcome: &Outcome) -> bool {
    emitted::<IPool::LoanChanged>(outcome)
}

fn emitted<E: alloy_sol_types::SolEvent>(outcome: &Outcome) -> bool {
    let mut topics = outcome.logs.iter().map(|log| log.topics().first());
    topics.any(|topic| topic == Some(&E::SIGNATURE_HASH))
}

fn buy(id: U256, size: &str, receiver: Address) -> IPool::buyCall {
    IPool::buyCall {
        id,
        size: wad(size),
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver,
    }
}

fn sell(id: U256, size: &str, receiver: Address) -> IPool::sellCall {
    IPool::sellCall {
        id,
        size: wad(size),
        minProceeds: U256::ZERO,
        deadline: U256::MAX,
        receiver,
    }
}

/// Prints what a call takes gas for: each host function of the pool's that costs more than a hundred, each frame that it opens with
/// the words that those use, and all the rest together.
fn steps(market: &Market, from: Address, call: impl SolCall) {
    const SLOAD: u8 = 0x54;
    const SSTORE: u8 = 0x55;
    const INK: u64 = 10_000;
    let transaction = Transaction::call(from, market.pool.address, call.abi_encode());
    let chain = &market.world.chain;
    let (outcome, frame) = chain.trace_frames(&transaction, TraceAs::Mined(&[]));
    let frame = frame.expect("a frame");
    let program = frame.program.as_ref().expect("a program");
    let mut cheap = 0;
    for step in &program.host_calls {
        let ink = step.start_ink - step.end_ink;
        let opened = step.call.map(|index| &frame.calls[index]);
        if let Some(opened) = opened {
            let selector = hex::encode(opened.input.get(..4).unwrap_or_default());
            let (gas, inner) = (ink / INK, opened.gas_used);
            println!(
                "{gas:>8} {} {} {selector}, {inner} inside",
                step.name, opened.to
            );
        } else if ink > 100 * INK {
            let word = hex::encode(step.args.get(..32).unwrap_or_default());
            println!("{:>8} {} {word}", ink / INK, step.name);
        } else {
            cheap += ink;
        }
    }
    let all: u64 = program
        .host_calls
        .iter()
        .map(|step| step.start_ink - step.end_ink)
        .sum();
    let used = program.start_ink - program.end_ink;
    println!(
        "{:>8} host functions of less than a hundred each",
        cheap / INK
    );
    println!("{:>8} the program's own instructions", (used - all) / INK);
    println!(
        "{:>8} the transaction beside the program's ink",
        outcome.gas_used - used / INK
    );
    let (_, trace) =
        chain.trace_opcodes(&transaction, TraceAs::Mined(&[]), OpcodeOptions::default());
    for step in trace
        .steps
        .iter()
        .filter(|step| matches!(step.opcode, SLOAD | SSTORE))
    {
        let slot = step
            .stack
            .as_ref()
            .and_then(|stack| stack.last().copied())
            .unwrap_or_default();
        let name = if step.opcode == SLOAD {
            "SLOAD"
        } else {
            "SSTORE"
        };
        println!("{:>8} {name} {slot} at depth {}", step.gas_cost, step.depth);
    }
    println!("{:>8} in all", outcome.gas_used);
}

/// The same while the program is not cached: the first call of a block pays for loading it, later ones do not.
fn uncached_cases(bench: &mut Bench, bob: Address, id: U256) {
    let cached = bench.market.world.chain.snapshot();
    bench.evict();
    bench.send_block(
        [
            "buy more, uncached",
            "buy more, uncached, second in its block",
        ],
        bob,
        [buy(id, "0.02", bob), buy(id, "0.02", bob)],
    );
    bench.market.world.chain.revert(cached);
}

/// Orders of more than one leg, none of which leaves the band; the book is as before afterwards.
fn order_cases(bench: &mut Bench, bob: Address, [week, month]: [u64; 2]) {
    let before = bench.market.world.chain.snapshot();
    let order = |parts: &[(U256, &str)]| trade(legs(parts), bob);
    let (near, far) = (call(month, "2500"), call(month, "2550"));
    let quoted = order(&[(near, "-0.02"), (far, "0.02")]);
    bench.view(
        "quote of a spread",
        IPool::quoteCall {
            legs: quoted.legs.clone(),
            onAccount: false,
        },
    );
    let rolled = bench.send("a spread: one leg closed, one opened", bob, quoted);
    assert!(!hedged(&rolled));
    bench.send(
        "a straddle",
        bob,
        order(&[(near, "0.02"), (put(month, "2500"), "0.02")]),
    );
    let strikes = ["2450", "2475", "2500", "2525"];
    let wings = strikes.map(|strike| [(call(week, strike), "0.02"), (put(week, strike), "0.02")]);
    bench.send("eight legs", bob, order(&wings.concat()));
    let closing = wings.concat();
    let closing: Vec<_> = closing.iter().map(|(id, _)| (*id, "-0.02")).collect();
    bench.send("eight legs closed", bob, order(&closing));
    bench.market.world.chain.revert(before);
}

/// Accounts: a first short, one more, a spread, a cover, quote in and out, and the liquidation of four legs. The book is as before
/// afterwards, but for its nodes that accounts hold then.
fn account_cases(bench: &mut Bench, bob: Address, [week, month]: [u64; 2]) {
    let before = bench.market.world.chain.snapshot();
    let order = |parts: &[(U256, &str)]| on_account(parts, bob);
    let amount = bench.market.world.quote_units("1000");
    let account_ = bob;
    bench.send(
        "depositMargin",
        bob,
        IPool::depositMarginCall { amount, account_ },
    );
    let id = call(month, "2525");
    bench.send("a pool's first short", bob, order(&[(id, "-0.3")]));
    let opened = bench.send("a short", bob, order(&[(put(week, "2450"), "-0.3")]));
    assert!(!hedged(&opened));
    bench.send("more of a short", bob, order(&[(id, "-0.1")]));
    bench.send("a short covered in part", bob, order(&[(id, "0.05")]));
    let spread = [(call(week, "2500"), "-1.2"), (call(week, "2550"), "1.2")];
    bench.send("a spread on an account", bob, order(&spread));
    bench.view("account of four legs", IPool::accountCall { account_ });
    bench.send(
        "withdrawMargin",
        bob,
        IPool::withdrawMarginCall {
            amount: bench.market.world.quote_units("100"),
            receiver: bob,
        },
    );
    let state = bench.market.view(IPool::accountCall { account_ }).unwrap();
    let price = state.liquidationUp + state.liquidationUp / U256::from(500);
    bench.market.world.set_price(price).unwrap();
    let carol = bench.market.world.actors.carol.address;
    let liquidation = IPool::liquidateCall {
        account_,
        receiver: carol,
    };
    bench.send("liquidation of four legs", carol, liquidation);
    bench.market.world.chain.revert(before);
}

/// A book with a call and a put at every node, over four expiries.
fn fill_book(market: &mut Market, nodes: usize) {
    let alice = market.world.actors.alice.address;
    let expiries = four_expiries(market);
    let strikes = nodes / expiries.len();
    for expiry in expiries {
        for step in 0..strikes {
            let strike = (2500 - 25 * (strikes as i64 / 2) + 25 * step as i64).to_string();
            market.buy(alice, call(expiry, &strike), "0.05").unwrap();
            market.buy(alice, put(expiry, &strike), "0.05").unwrap();
        }
    }
}

fn four_expiries(market: &mut Market) -> [u64; 4] {
    let [week, month, quarter] = market.expiries;
    let far = quarter + 91 * DAY;
    market.list(far, "0.67");
    [week, month, quarter, far]
}

/// A book like that of the demo's week: takers long of most of the 32 nodes, accounts short of every fourth, so that positions have
/// both signs and the surface has moved by some per cent.
fn fill_loaded_book(market: &mut Market) {
    let (alice, carol) = (
        market.world.actors.alice.address,
        market.world.actors.carol.address,
    );
    let amount = market.world.quote_units("40000");
    let account_ = carol;
    market
        .send(carol, IPool::depositMarginCall { amount, account_ })
        .unwrap();
    let sizes = ["3.1", "6.4", "1.3", "9.2", "2.2", "4.5", "0.7"];
    let mut sizes = sizes.iter().cycle();
    for (row, expiry) in four_expiries(market).into_iter().enumerate() {
        for step in 0..8 {
            let strike = (2300 + 50 * step).to_string();
            let id = match (row + step) % 3 {
                0 => put(expiry, &strike),
                _ => call(expiry, &strike),
            };
            if (row + step) % 4 == 3 {
                market
                    .send(carol, on_account(&[(id, "-5.5")], carol))
                    .unwrap();
            } else {
                market.buy(alice, id, sizes.next().unwrap()).unwrap();
            }
        }
    }
}

/// The ordinary orders in a book at work: what a search for its potential takes more than for one that is nearly flat.
fn loaded_cases(cases: &mut Cases) {
    let mut market = Market::new();
    fill_loaded_book(&mut market);
    let nodes = market.view(IPool::bookCall {}).unwrap();
    let net = |node: &IPool::BookNode| node.calls + node.puts;
    let long = nodes.iter().filter(|node| net(node) > I256::ZERO).count();
    let short = nodes.iter().filter(|node| net(node) < I256::ZERO).count();
    assert_eq!((long, short), (8, 24));
    let bob = market.world.actors.bob.address;
    let id = call(market.expiries[1], "2500");
    let shift = market.quote_buy(id, "0.02").unwrap().shift;
    assert!(shift > wad("0.015"), "the surface has moved by {shift}");
    let mut bench = Bench {
        market,
        book: LOADED.to_owned(),
        cases,
    };
    let size = wad("0.1");
    bench.view("quoteBuy", IPool::quoteBuyCall { id, size });
    let unhedged = bench.send("buy without a swap", bob, buy(id, "0.02", bob));
    assert!(!hedged(&unhedged));
    if std::env::var_os("SMIRK_STEPS").is_some() {
        steps(&bench.market, bob, buy(id, "0.02", bob));
    }
    bench.send("buy more of the same", bob, buy(id, "0.02", bob));
    bench.send("sell without a swap", bob, sell(id, "0.02", bob));
    first_short_case(&mut bench, bob);
}

/// An account's first short in a pool where others write already: its legs' first word and that of its series are new.
fn first_short_case(bench: &mut Bench, bob: Address) {
    let amount = bench.market.world.quote_units("1000");
    let account_ = bob;
    bench
        .market
        .send(bob, IPool::depositMarginCall { amount, account_ })
        .unwrap();
    let id = call(bench.market.expiries[1], "2550");
    let opened = bench.send(
        "an account's first short",
        bob,
        on_account(&[(id, "-0.3")], bob),
    );
    assert!(!hedged(&opened));
}

/// What the lender adds: a hedge that borrows or repays, and everything else while a loan stands.
fn loan_cases(cases: &mut Cases, nodes: usize) {
    let mut market = Market::with_lender();
    market.pool.open_account(&mut market.world).unwrap();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    fill_book(&mut market, nodes);
    let id = put(market.expiries[1], "2500");
    let mut bench = Bench {
        market,
        book: flat(nodes),
        cases,
    };
    if std::env::var_os("SMIRK_STEPS").is_some() {
        steps(&bench.market, alice, buy(id, "30", alice));
    }
    // Of a pool, with its first hedge: it writes words and balances that all others find written.
    let first = bench.send("first loan of a pool", alice, buy(id, "30", alice));
    assert!(lent(&first));
    assert!(bench.market.view(IPool::navCall {}).unwrap().owed > U256::ZERO);
    bench.view("risk, a loan standing", IPool::riskCall {});
    bench.view("nav, a loan standing", IPool::navCall {});
    let small = bench.send(
        "buy without a swap, a loan standing",
        bob,
        buy(id, "0.02", bob),
    );
    assert!(!hedged(&small));
    let borrowed = bench.send("buy with a loan", bob, buy(id, "40", bob));
    assert!(hedged(&borrowed) && lent(&borrowed));
    let held = bench.send("buy with a swap of borrowed base", bob, buy(id, "3", bob));
    assert!(hedged(&held) && !lent(&held));
    let assets = bench.market.world.quote_units("1000");
    bench.send(
        "deposit, a loan standing",
        bob,
        IPool::depositCall {
            assets,
            receiver: bob,
        },
    );
    bench.send(
        "withdraw, a loan standing",
        bob,
        IPool::withdrawCall {
            assets: assets / U256::from(2),
            receiver: bob,
            owner_: bob,
        },
    );
    let repaid = bench.send("sell with a loan", bob, sell(id, "40", bob));
    assert!(hedged(&repaid) && lent(&repaid));
}

fn book_cases(cases: &mut Cases, nodes: usize) {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    fill_book(&mut market, nodes);
    let expiries = market.expiries;
    // A pool at work holds a hedge: its first one writes words and balances that all others find written.
    let opened = market.buy(alice, call(expiries[1], "2500"), "40").unwrap();
    assert!(!opened
        .events::<IPool::Hedged>(market.pool.address)
        .is_empty());
    market.sell(alice, call(expiries[1], "2500"), "40").unwrap();
    assert!(market.view(IPool::navCall {}).unwrap().base > U256::ZERO);
    let mut bench = Bench {
        market,
        book: flat(nodes),
        cases,
    };
    let [week, month, ..] = bench.market.expiries;
    let id = call(month, "2500");
    bench.view(
        "quoteBuy",
        IPool::quoteBuyCall {
            id,
            size: wad("0.1"),
        },
    );
    bench.view(
        "quoteSell",
        IPool::quoteSellCall {
            id,
            size: wad("0.05"),
        },
    );
    bench.view("risk", IPool::riskCall {});
    bench.view("nav", IPool::navCall {});
    bench.view("book", IPool::bookCall {});
    let unhedged = bench.send("buy without a swap", bob, buy(id, "0.02", bob));
    assert!(!hedged(&unhedged), "a small trade stays within the band");
    let entry = unhedged.frames[0].entry_gas;
    bench.insert(
        "entry of the cached program",
        json!({ "gas": entry, "ink": [] }),
    );
    if std::env::var_os("SMIRK_STEPS").is_some() {
        steps(&bench.market, bob, buy(id, "0.02", bob));
    }
    bench.send_block(
        ["buy more of the same", "buy more, second in its block"],
        bob,
        [buy(id, "0.02", bob), buy(id, "0.02", bob)],
    );
    uncached_cases(&mut bench, bob, id);
    order_cases(&mut bench, bob, [week, month]);
    account_cases(&mut bench, bob, [week, month]);
    let swapped = bench.send("buy with a swap", bob, buy(id, "40", bob));
    assert!(hedged(&swapped), "a large trade leaves the band");
    bench.send("sell without a swap", bob, sell(id, "0.02", bob));
    let swapped = bench.send("sell with a swap", bob, sell(id, "40", bob));
    assert!(hedged(&swapped));
    let assets = bench.market.world.quote_units("1000");
    bench.send(
        "deposit",
        bob,
        IPool::depositCall {
            assets,
            receiver: bob,
        },
    );
    bench.send(
        "withdraw",
        bob,
        IPool::withdrawCall {
            assets: assets / U256::from(2),
            receiver: bob,
            owner_: bob,
        },
    );
    bench.send(
        "transfer of a position",
        alice,
        IPool::transfer_1Call {
            receiver: bob,
            id: call(week, "2500"),
            amount: wad("0.01"),
        },
    );
    bench.market.world.chain.advance(600);
    let keeper = bench.market.world.actors.keeper.address;
    bench.send(
        "postAnchor",
        keeper,
        IPool::postAnchorCall {
            expiry: U256::from(month),
            atmVol: wad("0.705"),
            leftWing: wad("0.40"),
            rightWing: wad("0.28"),
            carry: I256::ZERO,
        },
    );
    bench.market.world.chain.set_time(week + 10);
    let round = bench.market.world.push_price(wad("2550")).unwrap();
    bench.send(
        "settle",
        bob,
        IPool::settleCall {
            expiry: U256::from(week),
            roundId: U256::from(round),
        },
    );
    bench.send(
        "claim",
        alice,
        IPool::claimCall {
            id: call(week, "2500"),
            size: wad("0.04"),
            receiver: alice,
        },
    );
}
