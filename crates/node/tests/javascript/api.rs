//! What a tracer is told, each thing once.

use alloy_primitives::{hex, keccak256, Address, B256, U256};
use serde_json::{json, Value};

use super::{call_code, create_code, put, refusal, trace, trace_mined, try_trace, TARGET};
use crate::support::{parse, word, Served};

/// Stores 42 in memory and returns that word.
const ANSWER: &str = "0x602a60005260206000f3";

#[test]
fn a_step_has_place_instruction_gas_stack_and_memory() {
    let node = Served::new();
    let steps = trace(
        &node,
        ANSWER,
        "{
            steps: [],
            step(log) {
                this.steps.push([
                    log.getPC(), log.op.toString(), log.op.toNumber(), log.op.isPush(), log.getGas(), log.getCost(),
                    log.getDepth(), log.getRefund(), log.stack.length(), log.memory.length(), log.getError() === undefined,
                ]);
            },
            fault() {},
            result() { return this.steps; },
        }",
    );
    assert_eq!(
        steps,
        json!([
            [0, "PUSH1", 0x60, true, 979_000, 3, 1, 0, 0, 0, true],
            [2, "PUSH1", 0x60, true, 978_997, 3, 1, 0, 1, 0, true],
            [4, "MSTORE", 0x52, false, 978_994, 6, 1, 0, 2, 0, true],
            [5, "PUSH1", 0x60, true, 978_988, 3, 1, 0, 0, 32, true],
            [7, "PUSH1", 0x60, true, 978_985, 3, 1, 0, 1, 32, true],
            [9, "RETURN", 0xf3, false, 978_982, 0, 1, 0, 2, 32, true],
        ])
    );
}

#[test]
fn stack_and_memory_are_read_as_they_were_before_the_step() {
    let node = Served::new();
    let seen = trace(
        &node,
        // Overwrites the word that it wrote.
        "0x602a60005260116000525f00",
        "{
            seen: [],
            step(log) {
                const op = log.op.toString();
                if (op == 'MSTORE') {
                    this.seen.push([log.stack.peek(0).toString(), log.stack.peek(1).toString(16)]);
                    if (log.memory.length()) this.seen.push([log.memory.getUint(0).toString(), toHex(log.memory.slice(31, 34))]);
                }
                if (op == 'STOP') this.seen.push([log.memory.getUint(0).toJSNumber(), log.memory.slice(3, 3).length]);
            },
            fault() {},
            result() { return this.seen; },
        }",
    );
    assert_eq!(
        seen,
        json!([["0", "2a"], ["0", "11"], ["42", "0x2a0000"], [17, 0]])
    );
}

#[test]
fn a_contract_is_its_caller_address_value_and_input() {
    let node = Served::new();
    let delegate = put(&node, 0xde, "00");
    let sent = node.send(json!({
        "from": node.accounts[0],
        "to": put(&node, 0xca, &format!("{}00", call_code("f4", delegate))),
        "value": "0x7", "data": "0xa1b2", "gas": "0x186a0",
    }));
    let contracts = trace_mined(
        &node,
        &sent["transactionHash"],
        "{
            contracts: [],
            step(log) {
                const { contract } = log;
                if (log.op.toString() == 'STOP') this.contracts.push([
                    toHex(contract.getCaller()), toHex(contract.getAddress()), contract.getValue(), toHex(contract.getInput()),
                ]);
            },
            fault() {},
            result() { return this.contracts; },
        }",
    );
    let [caller, target] = [json!(node.accounts[0]), json!(TARGET)];
    assert_eq!(
        contracts,
        json!([[caller, target, "7", "0x"], [caller, target, "7", "0xa1b2"]])
    );
}

#[test]
fn refunds_are_those_of_the_whole_transaction() {
    let node = Served::new();
    let clearing = "5f5f55";
    let callee = put(&node, 0xcc, &format!("{clearing}00"));
    for account in [callee, TARGET] {
        node.rpc("anvil_setStorageAt", json!([account, "0x0", word(1)]));
    }
    let code = format!("0x{clearing}{}00", call_code("f1", callee));
    let refunds = trace(
        &node,
        &code,
        "{
            refunds: [],
            step(log) { if (log.op.toString() == 'STOP') this.refunds.push([log.getDepth(), log.getRefund()]); },
            fault() {},
            result() { return this.refunds; },
        }",
    );
    assert_eq!(refunds, json!([[2, 9_600], [1, 9_600]]));
}

#[test]
fn the_state_is_that_before_the_step_and_in_the_end_that_after_the_transaction() {
    let node = Served::new();
    let heir = Address::repeat_byte(0x4e);
    let contract = put(&node, 0xca, &format!("600760015573{}ff", hex::encode(heir)));
    node.rpc("anvil_setStorageAt", json!([contract, "0x1", word(5)]));
    node.rpc("anvil_setBalance", json!([contract, "0x64"]));
    let sent = node.send(json!({ "from": node.accounts[0], "to": contract, "gas": "0x186a0" }));
    let seen = trace_mined(
        &node,
        &sent["transactionHash"],
        "{
            seen: [],
            look(log, db, when) {
                const own = log.contract.getAddress();
                this.seen.push([
                    when, toHex(db.getState(own, toWord('0x1'))), db.getBalance(own), db.getNonce(own), toHex(db.getCode(own)).length,
                    db.exists(own), db.getBalance(toAddress(this.heir)), db.exists(toAddress(this.heir)),
                ]);
                this.log = log;
            },
            heir: '0x4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e',
            step(log, db) {
                const op = log.op.toString();
                if (op == 'SSTORE' || op == 'SELFDESTRUCT') this.look(log, db, op);
            },
            fault() {},
            result(ctx, db) { this.look(this.log, db, 'end'); return this.seen; },
        }",
    );
    let code = 2 + 2 * (5 + 21 + 1);
    assert_eq!(
        seen,
        json!([
            ["SSTORE", word(5), "100", 0, code, true, "0", false],
            ["SELFDESTRUCT", word(7), "100", 0, code, true, "0", false],
            ["end", word(7), "0", 0, code, true, "100", true],
        ])
    );
}

#[test]
fn enter_and_exit_tell_frames_of_every_kind() {
    let node = Served::new();
    let returning = put(&node, 0xb1, "602a5f5260205ff3");
    let reverting = put(&node, 0xb2, "5f5ffd");
    let dying = put(&node, 0xb3, "60abff");
    node.rpc("anvil_setBalance", json!([dying, "0x9"]));
    let code = [
        call_code("f1", returning),
        call_code("f4", returning),
        call_code("fa", reverting),
        create_code("f0", "60005ff3"),
        create_code("f5", "60005ff3"),
        call_code("f1", dying),
    ]
    .concat();
    let frames = trace(
        &node,
        &format!("0x{code}00"),
        "{
            frames: [], open: [],
            enter(frame) {
                const value = frame.getValue();
                this.open.push([
                    frame.getType(), toHex(frame.getFrom()), toHex(frame.getTo()), toHex(frame.getInput()),
                    value === undefined ? null : value.toString(), frame.getGas() > 0,
                ]);
            },
            exit(result) {
                const error = result.getError();
                this.frames.push([...this.open.pop(), result.getGasUsed(), toHex(result.getOutput()), error === undefined ? null : error]);
            },
            fault() {},
            result() { return this.frames; },
        }",
    );
    let own = json!(TARGET);
    let init = hex!("60005ff3");
    let [first, second] = [
        TARGET.create(0),
        TARGET.create2(B256::ZERO, keccak256(init)),
    ];
    let heir = Address::with_last_byte(0xab);
    let init = json!("0x60005ff3");
    let (none, answer) = (json!("0x"), json!(word(42)));
    let expected = json!([
        ["CALL", own, returning, none, "0", true, 16, answer, null],
        [
            "DELEGATECALL",
            own,
            returning,
            none,
            "0",
            true,
            16,
            answer,
            null
        ],
        [
            "STATICCALL",
            own,
            reverting,
            none,
            null,
            true,
            4,
            none,
            "execution reverted"
        ],
        ["CREATE", own, first, init, "0", true, 5, none, null],
        ["CREATE2", own, second, init, "0", true, 5, none, null],
        ["SELFDESTRUCT", dying, heir, none, "9", false, 0, none, null],
        ["CALL", own, dying, none, "0", true, 32_603, none, null],
    ]);
    assert_eq!(frames, expected, "{frames:#}");
}

#[test]
fn the_context_of_a_result_is_the_transaction_and_what_it_came_to() {
    let node = Served::new();
    let contract = node.deploy();
    let sent = node.send(json!({
        "from": node.accounts[0], "to": contract, "data": "0x010203", "gas": "0x186a0", "gasPrice": "0x77359400",
    }));
    let tracer = "{
        fault() {},
        result(ctx) {
            const bytes = {};
            for (const name of ['from', 'to', 'input', 'output', 'blockHash', 'txHash', 'coinbase']) bytes[name] = toHex(ctx[name]);
            return { ...ctx, ...bytes, time: typeof ctx.time };
        },
    }";
    let mut seen = trace_mined(&node, &sent["transactionHash"], tracer);
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    let gas_used = parse::<U256>(&sent["gasUsed"]).to::<u64>();
    let expected = json!({
        "type": "CALL", "from": node.accounts[0], "to": contract, "input": "0x010203", "value": "0",
        "gas": 100_000, "gasUsed": gas_used, "intrinsicGas": 21_048,
        "gasPrice": parse::<U256>(&sent["effectiveGasPrice"]).to_string(),
        "block": parse::<U256>(&block["number"]).to::<u64>(), "coinbase": block["miner"], "time": "string",
        "output": word(0), "blockHash": block["hash"], "txHash": sent["transactionHash"], "txIndex": 0,
    });
    assert_eq!(seen, expected);
    let deployed =
        node.rpc("eth_getBlockByNumber", json!(["0x1", false]))["transactions"][0].clone();
    seen = trace_mined(&node, &deployed, tracer);
    assert_eq!(
        (&seen["type"], &seen["to"]),
        (&json!("CREATE"), &json!(contract))
    );
    let context = "{ fault() {}, result(ctx) { return [ctx.error, toHex(ctx.output), Object.keys(ctx).includes('txHash')]; } }";
    assert_eq!(
        trace(&node, "0x63deadbeef5f526004601cfd", context),
        json!(["execution reverted", "0xdeadbeef", false])
    );
}

#[test]
fn setup_gets_the_configuration_as_text() {
    let node = Served::new();
    let tracer = "{ setup(config) { this.config = config; }, fault() {}, result() { return [typeof this.config, JSON.parse(this.config)]; } }";
    assert_eq!(trace(&node, "0x00", tracer), json!(["string", {}]));
    let config = json!({ "tracerConfig": { "depth": [1, { "name": "x" }] } });
    assert_eq!(
        try_trace(&node, "0x00", tracer, config).unwrap(),
        json!(["string", { "depth": [1, { "name": "x" }] }])
    );
}

#[test]
fn a_fault_is_told_when_the_step_was_and_an_error_with_the_step_when_it_can_t_run() {
    let node = Served::new();
    let tracer = "{
        seen: [],
        note(log, what) { const error = log.getError(); this.seen.push([what, log.op.toString(), error === undefined ? null : error]); },
        step(log) { this.note(log, 'step'); },
        fault(log) { this.note(log, 'fault'); },
        result(ctx) { return [this.seen, ctx.error]; },
    }";
    for (code, name, error) in [
        ("5ffd", "REVERT", "stack underflow"),
        ("01", "ADD", "stack underflow"),
        ("62ffffff5f20", "KECCAK256", "out of gas"),
    ] {
        let trace = trace(&node, &format!("0x{code}"), tracer);
        let last = trace[0].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last[0], &last[2], &trace[1]),
            (&json!("step"), &json!(error), &json!(error)),
            "{code}"
        );
        assert_eq!(last[1], name, "{code}");
    }
    for (code, name, error) in [
        ("5f5ffd", "REVERT", "execution reverted"),
        ("600556", "JUMP", "invalid jump destination"),
        ("fe", "INVALID", "invalid opcode"),
        ("0c", "opcode 0xc not defined", "invalid opcode"),
        ("60015f5f3e", "RETURNDATACOPY", "return data out of bounds"),
    ] {
        let trace = trace(&node, &format!("0x{code}"), tracer);
        let steps = trace[0].as_array().unwrap();
        let [.., before, last] = &steps[..] else {
            panic!("{trace}")
        };
        assert_eq!(*before, json!(["step", name, null]), "{code}");
        assert_eq!(*last, json!(["fault", name, error]), "{code}");
        assert_eq!(trace[1], error, "{code}");
    }
}

#[test]
fn faults_are_told_without_steps_too() {
    let node = Served::new();
    let failing = put(&node, 0xb4, "600556");
    let code = format!(
        "0x{}{}00",
        call_code("f1", failing),
        call_code("f1", failing)
    );
    let tracer = "{ faults: [], fault(log) { this.faults.push([log.getError(), log.getPC()]); }, result() { return this.faults; } }";
    let fault = json!(["invalid jump destination", 0]);
    assert_eq!(trace(&node, &code, tracer), json!([fault, fault]));
}

/// What an expression comes to within a result.
fn evaluated(node: &Served, expression: &str) -> Value {
    let tracer = format!("{{ fault() {{}}, result(ctx, db) {{ return {expression}; }} }}");
    trace(node, "0x00", &tracer)
}

#[test]
fn bytes_and_addresses_have_their_tools() {
    let node = Served::new();
    let someone = Address::repeat_byte(0x77);
    let text = format!("'{someone:#x}'");
    let code = hex!("600a");
    let made = [
        json!(someone.create(300)),
        json!(someone.create2(B256::with_last_byte(9), keccak256(code))),
    ];
    for (expression, expected) in [
        ("toHex(new Uint8Array([1, 255]))".to_owned(), json!("0x01ff")),
        ("toHex([1, 255, 256])".to_owned(), json!("0x01ff00")),
        ("toHex(toWord('0xffaa'))".to_owned(), json!(word(0xffaa))),
        ("toHex(toWord([1, 0]))".to_owned(), json!(word(256))),
        ("toHex(toAddress('0x1'))".to_owned(), json!(Address::with_last_byte(1))),
        (format!("toHex(toAddress(toWord({text})))"), json!(someone)),
        (format!("toHex(toContract({text}, 300))"), made[0].clone()),
        (format!("toHex(toContract2(toAddress({text}), '0x9', '0x600a'))"), made[1].clone()),
        ("toHex(slice(new Uint8Array([1, 2, 3, 4]), 1, 3))".to_owned(), json!("0x0203")),
        ("toHex(slice([1, 2], 0, 2))".to_owned(), json!("0x0102")),
        (
            "['0x1', '0x64', '0x71', '0x65', '0x11', '0x101'].map(who => isPrecompiled(toAddress(who)))".to_owned(),
            json!([true, true, true, true, true, false]),
        ),
        (
            "['0x1', '0x64', '0x65', '0x71'].map(who => isPrecompiledArbOS(toAddress(who)))".to_owned(),
            json!([false, false, true, true]),
        ),
        ("toWord('0x2')".to_owned(), {
            let digits = (0..32).map(|at| (at.to_string(), json!(if at == 31 { 2 } else { 0 })));
            Value::Object(digits.collect())
        }),
        (
            "db.getBalance(toAddress('0xcacacacacacacacacacacacacacacacacacacaca')).toString(16)".to_owned(),
            json!("64"),
        ),
    ] {
        assert_eq!(evaluated(&node, &expression), expected, "{expression}");
    }
}

#[test]
fn integers_of_any_size_have_the_methods_of_big_integer() {
    let node = Served::new();
    for (expression, expected) in [
        ("bigInt(2).pow(255).toString(16)", json!(format!("8{}", "0".repeat(63)))),
        ("bigInt('123456789012345678901234567890').plus(1)", json!("123456789012345678901234567891")),
        ("bigInt('ff', 16).toJSNumber() + bigInt('-12').toJSNumber()", json!(243)),
        ("bigInt('1e3').add('0x10')", json!("1016")),
        ("[bigInt(-7).divide(2), bigInt(-7).mod(2), bigInt(7).over(-2)].map(String)", json!(["-3", "-1", "-3"])),
        ("bigInt(17).divmod(5)", json!({ "quotient": "3", "remainder": "2" })),
        ("[bigInt(2).compare(3), bigInt(3).compareTo(3), bigInt(-4).compareAbs(3)]", json!([-1, 0, 1])),
        ("[bigInt(2).eq(2), bigInt(2).neq(2), bigInt(2).gt(1), bigInt(2).geq(3), bigInt(2).lt(3), bigInt(2).lesserOrEquals(1)]",
            json!([true, false, true, false, true, false])),
        ("[bigInt(0).isZero(), bigInt(-1).isNegative(), bigInt(1).isPositive(), bigInt(2).isEven(), bigInt(2).isOdd(), bigInt(-1).isUnit(), bigInt(6).isDivisibleBy(3)]",
            json!([true, true, true, true, false, true, true])),
        ("[bigInt(6).and(3), bigInt(6).or(3), bigInt(6).xor(3), bigInt(6).not(), bigInt(1).shiftLeft(70), bigInt(-5).shiftRight(1), bigInt(8).shiftLeft(-2)].map(String)",
            json!(["2", "7", "5", "-7", "1180591620717411303424", "-3", "2"])),
        ("[bigInt(5).subtract(7), bigInt(5).times(7), bigInt(5).negate(), bigInt(-5).abs(), bigInt(5).square(), bigInt(5).next(), bigInt(5).prev()].map(String)",
            json!(["-2", "35", "-5", "5", "25", "6", "4"])),
        ("[bigInt(3).modPow(4, 5), bigInt(3).modInv(11), bigInt(3).modPow(-1, 11), bigInt(255).bitLength(), bigInt(0).bitLength()].map(String)",
            json!(["1", "4", "4", "8", "0"])),
        ("[bigInt.max(2, 3), bigInt.min(2, 3), bigInt.gcd(12, 18), bigInt.lcm(4, 6), bigInt.fromArray([1, 2, 3]), bigInt.one, bigInt.zero, bigInt.minusOne].map(String)",
            json!(["3", "2", "6", "12", "123", "1", "0", "-1"])),
        ("bigInt(-258).toArray(16)", json!({ "value": [1, 0, 2], "isNegative": true })),
        ("[bigInt.isInstance(bigInt(1)), bigInt.isInstance(1), bigInt(5) > 4, bigInt(5) + 1, bigInt().toString(), bigInt(5n).toString()]",
            json!([true, false, true, 6, "0", "5"])),
    ] {
        assert_eq!(evaluated(&node, expression), expected, "{expression}");
    }
    for (expression, reason) in [
        ("bigInt('12x')", "Invalid integer: 12x"),
        ("bigInt(1.5)", "Invalid integer: 1.5"),
        ("bigInt(1).divide(0)", "Cannot divide by zero"),
        ("bigInt('9', 8)", "9 is not a valid character"),
    ] {
        let tracer = format!("{{ fault() {{}}, result() {{ return {expression}; }} }}");
        let message = refusal(&node, "0x00", &tracer, json!({}));
        assert!(message.contains(reason), "{expression}: {message}");
    }
}
