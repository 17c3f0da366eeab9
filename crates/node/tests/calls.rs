//! Calls and estimates.

use alloy_primitives::{hex, Address, Bytes, B256, U256};
use inkhorn_node::{Clock, ServerLimits};
use serde_json::{json, Value};

use crate::support::{contract, ether, number, parse, word, Served, START};

/// A Stylus program that returns its calldata, compressed by brotli at deployment.
pub const ECHO: &[u8] = &hex!("0061736d01000000010f0360017f0060027f7f0060017f017f022e0208766d5f686f6f6b7309726561645f61726773000008766d5f686f6f6b730c77726974655f726573756c74000103020102050401010101071c02066d656d6f727902000f757365725f656e747279706f696e7400020a10010e004100100041002000100141000b");

#[test]
fn calls_return_what_contracts_return() {
    let node = Served::new();
    let contract = node.deploy();
    node.send(json!({ "from": node.accounts[0], "to": contract }));
    let count = node.rpc(
        "eth_call",
        json!([{ "to": contract, "data": "0x010203" }, "latest"]),
    );
    assert_eq!(count, json!(word(1)));
    // `input` is the newer name.
    let count = node.rpc("eth_call", json!([{ "to": contract, "input": "0x010203" }]));
    assert_eq!(count, json!(word(1)));
    assert_eq!(node.rpc("eth_call", json!([{ "to": Address::ZERO }])), "0x");
    let created = node.rpc("eth_call", json!([{ "data": contract::init_code() }]));
    assert_eq!(created, json!(Bytes::from(contract::CODE)));
    assert_eq!(node.number("eth_blockNumber", json!([])), 2);
}

#[test]
fn reverts_carry_their_data() {
    let node = Served::new();
    let contract = node.deploy();
    for method in ["eth_call", "eth_estimateGas"] {
        let failure = node.refused(method, json!([{ "to": contract, "data": "0x01" }]));
        assert_eq!(failure.code, 3);
        assert_eq!(failure.message, "execution reverted");
        assert_eq!(failure.data, "0xdeadbeef");
    }
    let invalid =
        json!([{ "to": contract }, "latest", { contract.to_string(): { "code": "0xfe" } }]);
    let failure = node.refused("eth_call", invalid);
    assert_eq!((failure.code, failure.data), (-32_000, Value::Null));
    assert_eq!(failure.message, "invalid opcode");
}

#[test]
fn errors_of_arbos_are_told_by_name_with_their_arguments() {
    let node = Served::new();
    let from = node.accounts[0];
    for (to, data, message) in [
        // activateProgram
        (0x71, format!("0x58c780c2{:0>64}", "42"), "ProgramNotWasm()"),
        // programVersion
        (
            0x71,
            format!("0xcc8f4e88{:0>64}", "42"),
            "ProgramNotActivated()",
        ),
        // arbBlockHash
        (
            0x64,
            format!("0x2b407a82{:0>64}", "9"),
            "InvalidBlockNumber(9, 1)",
        ),
    ] {
        let to = Address::left_padding_from(&[to]);
        node.rpc(
            "anvil_setCode",
            json!([Address::left_padding_from(&[0x42]), "0x00"]),
        );
        let call = json!([{ "from": from, "to": to, "data": data }, "pending"]);
        let failure = node.refused("eth_call", call);
        let message = format!("execution reverted: error {message}");
        assert_eq!((failure.code, failure.message), (3, message), "{data}");
    }
}

#[test]
fn state_can_be_overridden() {
    let node = Served::new();
    let contract = node.deploy();
    let call = |overrides: Value| {
        let overrides = json!({ contract.to_string(): overrides });
        node.rpc(
            "eth_call",
            json!([{ "to": contract, "data": "0x010203" }, "latest", overrides]),
        )
    };
    let slots = json!({ word(0).to_string(): word(42) });
    assert_eq!(call(json!({ "stateDiff": slots })), json!(word(42)));
    assert_eq!(call(json!({ "state": slots })), json!(word(42)));
    assert_eq!(call(json!({ "state": {} })), json!(word(0)));
    // SELFBALANCE, returned.
    let balance = json!({ "balance": "0x7b", "code": "0x475f5260205ff3" });
    assert_eq!(call(balance), json!(word(123)));
    let failure = node.refused(
        "eth_call",
        json!([{ "to": contract }, "latest", { contract.to_string(): { "state": {}, "stateDiff": {} } }]),
    );
    assert!(failure.message.contains("both 'state' and 'stateDiff'"));
    assert_eq!(
        node.rpc("eth_getStorageAt", json!([contract, "0x0", "latest"])),
        json!(word(0))
    );
    // Value from an account that has it only in the call.
    let poor = Address::repeat_byte(0x11);
    let transfer = json!({ "from": poor, "to": contract, "data": "0x0101", "value": "0x5" });
    assert!(node.try_rpc("eth_call", json!([transfer])).is_err());
    let rich = json!({ poor.to_string(): { "balance": "0x5" } });
    node.rpc("eth_call", json!([transfer, "latest", rich]));
    node.rpc("eth_estimateGas", json!([transfer, "latest", rich]));
}

#[test]
fn block_can_be_overridden() {
    let node = Served::new();
    let contract = node.deploy();
    let time = START + 1_000;
    let result = node.rpc(
        "eth_call",
        json!([{ "to": contract, "data": "0x0101" }, "latest", {}, { "time": format!("{time:#x}") }]),
    );
    assert_eq!(result, json!(word(time)));
    // BASEFEE, returned.
    let code = json!({ contract.to_string(): { "code": "0x485f5260205ff3" } });
    let result = node.rpc(
        "eth_call",
        json!([{ "to": contract }, "latest", code, { "baseFeePerGas": "0x9" }]),
    );
    assert_eq!(result, json!(word(9)));
    let early = json!([{ "to": contract, "data": "0x0101" }, "latest", {}, { "time": "0x1" }]);
    assert_eq!(
        node.rpc("eth_call", early),
        json!(word(1)),
        "calls may lie in the past"
    );
    let l1_number = json!({ contract.to_string(): { "code": "0x435f5260205ff3" } });
    let number = |time: u64| {
        let block = json!({ "time": format!("{time:#x}") });
        let call = json!([{ "to": contract }, "latest", l1_number, block]);
        parse::<U256>(&node.rpc("eth_call", call))
    };
    assert_eq!(number(START + 24) - number(START), U256::from(2));
    assert_eq!(number(1), number(START), "L1 began with the chain");
}

#[test]
fn the_past_can_be_called() {
    let node = Served::new();
    let contract = node.deploy();
    for _ in 0..3 {
        node.send(json!({ "from": node.accounts[0], "to": contract }));
    }
    for height in 1..=4 {
        let count = word(height - 1);
        let tag = format!("{height:#x}");
        let call = json!([{ "to": contract, "data": "0x010203" }, tag]);
        assert_eq!(node.rpc("eth_call", call), json!(count));
        let block = node.rpc("eth_getBlockByNumber", json!([tag, false]));
        let by_hash = json!({ "blockHash": block["hash"] });
        assert_eq!(
            node.rpc("eth_getStorageAt", json!([contract, "0x0", by_hash])),
            json!(count)
        );
        assert_eq!(
            node.number("eth_getTransactionCount", json!([node.accounts[0], tag])),
            height
        );
    }
    assert_eq!(node.rpc("eth_getCode", json!([contract, "0x0"])), "0x");
    assert_eq!(
        node.rpc("eth_getCode", json!([contract, "latest"])),
        json!(Bytes::from(contract::CODE))
    );
    let unknown = node.refused("eth_call", json!([{ "to": contract }, "0x64"]));
    assert_eq!(unknown.message, "header not found");
}

#[test]
fn calls_run_in_the_block_they_name() {
    let node = Served::new();
    node.rpc("anvil_mine", json!([5]));
    // ArbSys.arbBlockNumber()
    let call = json!({ "to": "0x0000000000000000000000000000000000000064", "data": "0xa3b1b31d" });
    for (tag, height) in [("0x0", 0), ("0x3", 3), ("latest", 5), ("pending", 6)] {
        let number = node.rpc("eth_call", json!([call, tag]));
        assert_eq!(number, json!(word(height)), "{tag}");
        let javascript = "{ result: ctx => ctx.block + toHex(ctx.output), fault: () => 0 }";
        for (tracer, field, wanted) in [
            ("", "/returnValue", json!(word(height))),
            ("callTracer", "/output", json!(word(height))),
            (javascript, "", json!(format!("{height}{}", word(height)))),
        ] {
            let options = json!({ "tracer": tracer });
            let trace = node.rpc("debug_traceCall", json!([call, tag, options]));
            assert_eq!(trace.pointer(field), Some(&wanted), "{tag} {tracer}");
        }
    }
    let trace = json!([call, "latest", { "blockOverrides": { "number": "0x4d2" } }]);
    let trace = node.rpc("debug_traceCall", trace);
    assert_eq!(trace["returnValue"], json!(word(0x4d2)));
}

#[test]
fn states_of_old_blocks_are_let_go() {
    let node = Served::with(ServerLimits::default(), |options| options.kept_states = 2);
    node.rpc("anvil_mine", json!([3]));
    let balance = |tag: &str| node.try_rpc("eth_getBalance", json!([node.accounts[0], tag]));
    assert!(balance("0x3").is_ok() && balance("0x2").is_ok());
    let failure = balance("0x1").unwrap_err();
    assert!(
        failure.message.contains("the state of block 1 is not kept"),
        "{failure:?}"
    );
}

#[test]
fn pending_calls_see_the_next_blocks_time() {
    let node = Served::new();
    let contract = node.deploy();
    node.rpc("evm_increaseTime", json!([100]));
    let timestamp = |tag: &str| {
        node.rpc(
            "eth_call",
            json!([{ "to": contract, "data": "0x0101" }, tag]),
        )
    };
    assert_eq!(timestamp("latest"), json!(word(START)));
    assert_eq!(timestamp("pending"), json!(word(START + 100)));
}

/// The lowest gas limit with which a request succeeds, from outside.
fn lowest_gas(node: &Served, request: &Value) -> u64 {
    let succeeds = |gas: u64| {
        let mut request = request.clone();
        request["gas"] = json!(format!("{gas:#x}"));
        node.try_rpc("eth_call", json!([request, "pending"]))
            .is_ok()
    };
    let (mut fails, mut enough) = (20_000, 10_000_000);
    assert!(succeeds(enough) && !succeeds(fails));
    while fails + 1 < enough {
        let middle = (fails + enough) / 2;
        if succeeds(middle) {
            enough = middle;
        } else {
            fails = middle;
        }
    }
    enough
}

/// Checks that an estimate is what is needed and 1.5 % of what is executed.
fn check_estimate(node: &Served, request: &Value, intrinsic: u64) {
    let lowest = lowest_gas(node, request);
    let estimate = node.number("eth_estimateGas", json!([request]));
    let tolerance = (lowest - intrinsic) * 15 / 1_000;
    assert_eq!(estimate, lowest + tolerance, "{request}");
}

#[test]
fn estimates_are_what_is_needed_and_a_little_more() {
    let node = Served::new();
    let contract = node.deploy();
    let wallet = node.accounts[0];
    let transfer = json!({ "from": wallet, "to": node.accounts[1], "value": "0x1" });
    assert_eq!(node.number("eth_estimateGas", json!([transfer])), 21_000);
    let count = json!({ "from": wallet, "to": contract });
    check_estimate(&node, &count, 21_000);
    // Calls the contract with all gas and reverts when that fails: a 64th of the gas has to be left behind.
    let code = format!(
        "0x5f5f5f5f5f73{}5af16022575f5ffd5b00",
        hex::encode(contract)
    );
    let caller = Address::repeat_byte(0xca);
    node.rpc("anvil_setCode", json!([caller, code]));
    let nested = json!({ "from": wallet, "to": caller });
    check_estimate(&node, &nested, 21_000);
    // What it uses is what it is given: its callee takes all of it.
    let (greedy, taker) = (Address::repeat_byte(0xcb), Address::repeat_byte(0xcc));
    node.rpc("anvil_setCode", json!([taker, "0xfe"]));
    let code = format!("0x5f5f5f5f5f73{}5af100", hex::encode(taker));
    node.rpc("anvil_setCode", json!([greedy, code]));
    let burnt = json!({ "from": wallet, "to": greedy });
    check_estimate(&node, &burnt, 21_000);
    for request in [transfer, count, nested, burnt] {
        assert_eq!(node.send(request)["status"], "0x1");
    }
}

#[test]
fn estimates_stay_within_what_can_be_paid_for() {
    let node = Served::new();
    let contract = node.deploy();
    let poor = Address::repeat_byte(0x11);
    node.rpc("anvil_setBalance", json!([poor, "0x5af3107a4000"]));
    // 0.0001 ether at 10 gwei pays for 10,000 gas.
    let request = json!([{ "from": poor, "to": contract, "gasPrice": "0x2540be400" }]);
    let failure = node.refused("eth_estimateGas", request);
    assert_eq!(failure.message, "gas required exceeds allowance (10000)");
    let call = json!([{ "from": poor, "to": contract, "gasPrice": "0x2540be400" }, "latest"]);
    for method in ["eth_call", "debug_traceCall"] {
        let failure = node.refused(method, call.clone());
        assert_eq!(
            failure.message,
            format!("insufficient funds for gas * price + value: address {poor} have 100000000000000 want 210000000000000")
        );
    }
    let endless =
        json!([{ "to": contract }, "latest", { contract.to_string(): { "code": "0x5b5f56" } }]);
    let failure = node.refused("eth_estimateGas", endless);
    assert_eq!(failure.message, "gas required exceeds allowance (32000000)");
    let fees = json!({ "to": contract, "maxFeePerGas": "0x3b9aca00", "maxPriorityFeePerGas": "0x3b9aca01" });
    let failure = node.refused("eth_call", json!([fees]));
    assert!(failure
        .message
        .starts_with("max priority fee per gas higher"));
    let both = json!([{ "to": contract, "gasPrice": "0x1", "maxFeePerGas": "0x1" }]);
    assert!(node
        .refused("eth_call", both)
        .message
        .contains("both gasPrice"));
}

#[test]
fn fees_are_the_base_fee() {
    let node = Served::new();
    node.rpc("anvil_mine", json!([3]));
    assert_eq!(node.rpc("eth_gasPrice", json!([])), "0x1312d00");
    assert_eq!(node.rpc("eth_maxPriorityFeePerGas", json!([])), "0x0");
    assert_eq!(node.rpc("eth_blobBaseFee", json!([])), "0x1");
    for nothing in [json!(["0x2", "latest", []]), json!(["0x2", "latest"])] {
        let history = node.rpc("eth_feeHistory", nothing);
        assert_eq!(history.get("reward"), None, "{history}");
    }
    let none = json!({ "oldestBlock": "0x0", "gasUsedRatio": null });
    assert_eq!(node.rpc("eth_feeHistory", json!([0, "latest"])), none);
    for percentiles in [json!([25, 25]), json!([101]), json!([-1])] {
        let failure = node.refused("eth_feeHistory", json!([1, "latest", percentiles]));
        assert!(
            failure.message.contains("percentile"),
            "{percentiles}: {failure:?}"
        );
    }
    let history = node.rpc("eth_feeHistory", json!(["0x2", "latest", [10, 90]]));
    assert_eq!(number(&history["oldestBlock"]), 2);
    assert_eq!(history["baseFeePerGas"], json!(vec!["0x1312d00"; 3]));
    assert_eq!(
        history["gasUsedRatio"],
        json!([1.0, 1.0]),
        "in no time at all"
    );
    assert_eq!(history["reward"], json!([["0x0", "0x0"], ["0x0", "0x0"]]));
    assert!(node
        .try_rpc("eth_feeHistory", json!([2, "latest", [90, 10]]))
        .is_err());
    assert!(node.try_rpc("eth_feeHistory", json!([2, "0x64"])).is_err());
}

#[test]
fn stylus_programs_are_activated_and_called_as_cargo_stylus_does() {
    let node = Served::new();
    let code = stylus_code();
    let wallet = Address::repeat_byte(0x51);
    let program = Address::repeat_byte(0x52);
    let arb_wasm: Address = "0x0000000000000000000000000000000000000071"
        .parse()
        .unwrap();
    // codehashVersion(bytes32)
    let mut data = hex!("d70c0ca7").to_vec();
    data.extend(alloy_primitives::keccak256(&code));
    let query = json!([{ "to": arb_wasm, "data": Bytes::from(data) }]);
    let failure = node.refused("eth_call", query);
    assert_eq!(failure.code, 3, "{failure:?}");
    // activateProgram(address) with the program's code only in the call.
    let mut data = hex!("58c780c2").to_vec();
    data.extend(program.into_word());
    let activate = Bytes::from(data);
    let checked: Bytes = parse(&node.rpc(
        "eth_call",
        json!([
            { "from": wallet, "to": arb_wasm, "data": activate, "value": "0xde0b6b3a7640000" },
            "latest",
            {
                wallet.to_string(): { "balance": U256::MAX },
                program.to_string(): { "code": Bytes::from(code.clone()) },
            },
        ]),
    ));
    assert_eq!(U256::from_be_slice(&checked[..32]), U256::from(3));
    let fee = U256::from_be_slice(&checked[32..]);
    assert!(fee > U256::ZERO && fee < ether(1));
    node.rpc("anvil_setCode", json!([program, Bytes::from(code)]));
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": arb_wasm, "data": activate, "value": fee * U256::from(2),
    }));
    assert_eq!(receipt["status"], "0x1");
    let echoed = node.rpc("eth_call", json!([{ "to": program, "data": "0x010203" }]));
    assert_eq!(echoed, "0x010203");
    let call = json!({ "from": node.accounts[0], "to": program, "data": "0x010203" });
    check_estimate(&node, &call, 21_000 + 3 * 16);
    assert_eq!(node.send(call)["status"], "0x1");
}

/// The program's code as it is deployed: prefix, no dictionary, brotli.
pub fn stylus_code() -> Vec<u8> {
    let mut chain = inkhorn_chain::Chain::new(inkhorn_chain::ChainConfig::default());
    let deployer = Address::repeat_byte(0xde);
    chain.fund(deployer, ether(1));
    let program = chain.deploy_program(deployer, ECHO).expect("deployed");
    chain.code(program).to_vec()
}

#[test]
fn a_running_clock_moves_blocks_on() {
    let node = Served::with(ServerLimits::default(), |options| {
        options.clock = Clock::running(START + 50);
    });
    node.rpc("evm_mine", json!([]));
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert!((START + 50..START + 60).contains(&number(&block["timestamp"])));
    let balance: B256 = parse(&node.rpc("eth_getStorageAt", json!([Address::ZERO, "0x0"])));
    assert_eq!(balance, B256::ZERO);
}
