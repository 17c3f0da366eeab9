//! What is no tracer, and what fails.

use serde_json::{json, Value};

use super::{call_code, put, refusal, try_trace};
use crate::support::Served;

#[test]
fn what_is_no_tracer_is_refused_by_what_it_lacks() {
    let node = Served::new();
    for (tracer, reason) in [
        (
            "{ fault() {} }",
            "trace object must expose a function result()",
        ),
        (
            "{ result() {}, fault: 1 }",
            "trace object must expose a function fault()",
        ),
        (
            "{ result() {}, fault() {}, enter() {} }",
            "trace object must expose either both or none of enter() and exit()",
        ),
        (
            "{ result() {}, fault() {}, exit() {} }",
            "trace object must expose either both or none of enter() and exit()",
        ),
        ("1 + 1", "the tracer is no object"),
        (
            "{ result() {}, fault() {}, captureArbitrumTransfer() {} }",
            "captureArbitrumTransfer()",
        ),
        (
            "{ result() {}, fault() {}, onBalanceChange() {} }",
            "onBalanceChange()",
        ),
        ("{ result( {}", "SyntaxError: "),
        (
            "{ result() {}, fault() {} }); (1",
            "the tracer is no object",
        ),
        ("import 'std'", "SyntaxError: "),
        (
            "{ get result() { throw new Error('not yet') }, fault() {} }",
            "Error: not yet",
        ),
        (
            "unheard.of",
            "ReferenceError: unheard is not defined at <eval>",
        ),
        (
            "{ setup(config) { throw 'unset ' + config }, result() {}, fault() {} }",
            "unset {}",
        ),
    ] {
        let message = refusal(&node, "0x00", tracer, json!({}));
        assert!(message.contains(reason), "{tracer}: {message}");
    }
    let unknown = refusal(&node, "0x00", "fancyTracer", json!({}));
    assert!(
        unknown.starts_with("tracer not found: there are callTracer"),
        "{unknown}"
    );
}

#[test]
fn what_a_function_throws_is_told_with_its_place() {
    let node = Served::new();
    let callee = put(&node, 0xcc, "5f5ffd");
    let code = format!("0x{}00", call_code("f1", callee));
    for name in ["step", "fault", "enter", "exit", "result"] {
        let throwing = format!("{name}() {{ throw new RangeError('in {name}') }}");
        let tracer = format!(
            "{{ step() {{}}, fault() {{}}, enter() {{}}, exit() {{}}, result() {{}}, {throwing} }}"
        );
        let message = refusal(&node, &code, &tracer, json!({}));
        assert!(
            message.starts_with(&format!("RangeError: in {name} at {name} (<eval>:1:")),
            "{message}"
        );
        assert!(
            message.ends_with(&format!("    in server-side tracer function '{name}'")),
            "{message}"
        );
    }
    for (result, reason) in [
        (
            "return { get it() { throw new Error('in a getter') } }",
            "Error: in a getter",
        ),
        (
            "return { toJSON() { throw new Error('in toJSON') } }",
            "Error: in toJSON",
        ),
        (
            "const a = []; a.push(a); return a",
            "TypeError: circular reference",
        ),
        ("return 5n", "TypeError: "),
        (
            "throw { toString() { throw 1 } }",
            "something without a text was thrown",
        ),
        ("throw undefined", "undefined"),
        ("throw null", "null was thrown"),
        ("return ctx.to.nothing.here", "TypeError: "),
    ] {
        let message = refusal(
            &node,
            "0x00",
            &format!("{{ fault() {{}}, result(ctx) {{ {result} }} }}"),
            json!({}),
        );
        assert!(message.starts_with(reason), "{result}: {message}");
    }
}

#[test]
fn what_is_asked_beyond_stack_and_memory_ends_a_tracer_even_if_it_catches_the_error() {
    let node = Served::new();
    for (expression, reason) in [
        (
            "log.stack.peek(-1)",
            "tracer accessed out of bound stack: size 0, index -1",
        ),
        (
            "log.stack.peek(3)",
            "tracer accessed out of bound stack: size 0, index 3",
        ),
        (
            "log.memory.slice(-1, -2)",
            "tracer accessed out of bound memory: offset -1, end -2",
        ),
        (
            "log.memory.slice(5, 1025 * 1024)",
            "reached limit for padding memory slice: 1049600",
        ),
        (
            "log.memory.getUint(-64)",
            "tracer accessed out of bound memory: available 0, offset -64, size 32",
        ),
        (
            "log.memory.getUint(2 ** 63)",
            "tracer accessed out of bound memory: available 0",
        ),
        (
            "slice(new Uint8Array(3), 2, 5)",
            "Tracer accessed out of bound memory: available 3, offset 2, size 3",
        ),
        ("toHex('0x00')", "invalid buffer type"),
        ("toHex({})", "invalid buffer type"),
        ("db.getBalance('0x00')", "invalid buffer type"),
    ] {
        for body in [
            expression.to_owned(),
            format!("try {{ {expression} }} catch (error) {{}}"),
        ] {
            let tracer = format!("{{ step(log, db) {{ {body} }}, fault() {{}}, result() {{}} }}");
            let message = refusal(&node, "0x00", &tracer, json!({}));
            assert!(message.starts_with(reason), "{body}: {message}");
            assert!(
                message.ends_with("in server-side tracer function 'step'"),
                "{message}"
            );
        }
    }
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let node = Served::new();
    let tracer = "{ fault() {}, result() {} }";
    for (options, reason) in [
        (json!({ "timeout": "soon" }), "\"soon\" is no duration"),
        (json!({ "timeout": "301s" }), "300s at most"),
    ] {
        let message = refusal(&node, "0x00", tracer, options);
        assert!(message.contains(reason), "{message}");
    }
    assert_eq!(
        try_trace(&node, "0x00", tracer, json!({ "timeout": "1m" })).unwrap(),
        Value::Null
    );
    let poor = json!([{ "to": node.accounts[0], "gas": "0x1" }, "latest", { "tracer": tracer }]);
    let message = node.refused("debug_traceCall", poor).message;
    assert!(message.contains("intrinsic gas too low"), "{message}");
}

#[test]
fn there_is_nothing_outside_of_the_engine() {
    let node = Served::new();
    let names = [
        "require",
        "process",
        "fetch",
        "XMLHttpRequest",
        "std",
        "os",
        "print",
        "console",
        "setTimeout",
        "WebAssembly",
        "scriptArgs",
        "load",
        "Worker",
    ];
    let tracer = format!(
        "{{
            fault() {{}},
            setup() {{ import('std').then(found => {{ this.found = true; }}); import('/etc/passwd').then(found => {{ this.found = true; }}); }},
            result() {{ return [{}, this.found === undefined]; }},
        }}",
        names.map(|name| format!("typeof {name}")).join(", ")
    );
    let mut expected = vec![json!("undefined"); names.len()];
    expected.push(json!(true));
    assert_eq!(super::trace(&node, "0x00", &tracer), json!(expected));
    let wait =
        "{ fault() {}, result() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) } }";
    assert!(refusal(&node, "0x00", wait, json!({})).starts_with("TypeError: "));
}

#[test]
fn a_tracer_leaves_nothing_behind() {
    let node = Served::new();
    let tracer = "{
        fault() {},
        result() {
            const before = [typeof globalThis.left, typeof Array.prototype.left];
            globalThis.left = 1;
            Array.prototype.left = 1;
            toHex = () => 'spoilt';
            return [...before, toHex()];
        },
    }";
    for _ in 0..2 {
        assert_eq!(
            super::trace(&node, "0x00", tracer),
            json!(["undefined", "undefined", "spoilt"])
        );
    }
}
