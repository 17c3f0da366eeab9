//! Tracers that would take the node's time, memory or stack.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{call_code, put, refusal, trace, TARGET};
use crate::support::{http, Served};

/// Why a tracer that may take 300 ms is refused, and how long that took.
fn timed(node: &Served, code: &str, tracer: &str) -> (String, Duration) {
    let started = Instant::now();
    let message = refusal(node, code, tracer, json!({ "timeout": "300ms" }));
    (message, started.elapsed())
}

fn assert_timed_out(node: &Served, code: &str, tracer: &str) {
    let (message, elapsed) = timed(node, code, tracer);
    assert!(
        message.starts_with("execution timeout"),
        "{tracer}: {message}"
    );
    assert!(
        elapsed >= Duration::from_millis(300),
        "{tracer}: it did not run: {elapsed:?}"
    );
    assert!(elapsed < Duration::from_secs(4), "{tracer}: {elapsed:?}");
}

#[test]
fn endless_loops_end_wherever_they_are() {
    let node = Served::new();
    let callee = put(&node, 0xcc, "5f5ffd");
    let code = format!("0x{}00", call_code("f1", callee));
    for name in ["setup", "step", "fault", "enter", "exit", "result"] {
        let tracer = format!("{{ fault() {{}}, enter() {{}}, exit() {{}}, result() {{}}, {name}() {{ for (;;); }} }}");
        assert_timed_out(&node, &code, &tracer);
        let (message, _) = timed(&node, &code, &tracer);
        let place = format!("in server-side tracer function '{name}'");
        assert!(name == "setup" || message.ends_with(&place), "{message}");
    }
    for tracer in [
        "(() => { for (;;); })()",
        "{ fault() {}, get result() { for (;;); } }",
        "{ fault() {}, result() { return { toJSON() { for (;;); } }; } }",
        "{ fault() {}, result() { return { get it() { for (;;); } }; } }",
        "{ fault() {}, result() { throw { toString() { for (;;); } }; } }",
        "{ fault() {}, result() { const e = new Error(); Object.defineProperty(e, 'message', { get() { for (;;); } }); throw e; } }",
        "{ fault() {}, result() { for (;;) try { for (;;); } catch (error) {} finally { continue; } } }",
        "{ fault() {}, result() { /^(a+)+$/.test('a'.repeat(50) + '!'); } }",
        "{ fault() {}, result() { [1, 2].sort(() => { for (;;); }); } }",
        "{ fault() {}, result() { log = { valueOf() { for (;;); } }; toContract('0x1', log); } }",
        "{ fault() {}, result() { Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); } }",
        "{ fault() {}, result() { const a = []; a.length = 2 ** 32 - 1; a.forEach(() => {}); a.join(''); a.reverse(); } }",
        "{ fault() {}, result() { return new Proxy({}, { ownKeys() { for (;;); } }); } }",
    ] {
        assert_timed_out(&node, "0x00", tracer);
    }
}

#[test]
fn a_tracer_takes_no_more_than_its_time_in_all_steps_together() {
    let node = Served::new();
    let busy = "{ step() { for (let at = 0; at < 100000; at++); }, fault() {}, result() {} }";
    assert_timed_out(&node, "0x5b5f56", busy);
}

#[test]
fn five_seconds_are_what_a_tracer_has_unless_told() {
    let node = Served::new();
    let started = Instant::now();
    let message = refusal(
        &node,
        "0x00",
        "{ fault() {}, result() { for (;;); } }",
        json!({}),
    );
    assert!(message.starts_with("execution timeout"), "{message}");
    assert!(
        (5..8).contains(&started.elapsed().as_secs()),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_function_of_the_engine_that_does_not_look_at_the_clock_is_left_to_itself() {
    let node = Served::new();
    // Some seconds in a loop of the engine's own.
    let stuck =
        "{ fault() {}, result() { return 'a'.repeat(2e5).indexOf('a'.repeat(1e5) + 'b'); } }";
    let (message, elapsed) = timed(&node, "0x00", stuck);
    assert_eq!(
        message, "execution timeout",
        "nobody but the waiting side can say so"
    );
    assert!((1.3..3.0).contains(&elapsed.as_secs_f64()), "{elapsed:?}");
    assert_eq!(node.rpc("eth_chainId", json!([])), "0x64aba");
    assert_eq!(
        trace(&node, "0x00", "{ fault() {}, result() { return 7; } }"),
        7
    );
}

#[test]
fn recursion_ends_with_the_stack() {
    let node = Served::new();
    let endless = "{ step() { const f = () => f() + 1; f(); }, fault() {}, result() {} }";
    let message = refusal(&node, "0x00", endless, json!({}));
    assert!(
        message.starts_with("RangeError: Maximum call stack size exceeded"),
        "{message}"
    );
    for result in [
        "let a = []; for (let at = 0; at < 2e5; at++) a = [a]; return a;",
        "const o = { toJSON() { return { get next() { return o; } }; } }; return o;",
    ] {
        let message = refusal(
            &node,
            "0x00",
            &format!("{{ fault() {{}}, result() {{ {result} }} }}"),
            json!({}),
        );
        assert!(
            message.contains("Maximum call stack size exceeded"),
            "{message}"
        );
    }
}

/// A contract that calls itself while its gas lasts.
const RECURSION: &str = "0x5f5f5f5f5f305af15000";

#[test]
fn recursion_ends_with_the_stack_in_the_deepest_frame_too() {
    let node = Served::new();
    let tracer = "{
        deepest: 0, caught: 0,
        step(log) {
            const depth = log.getDepth();
            if (depth <= this.deepest) return;
            this.deepest = depth;
            const f = () => f() + 1;
            try { f(); } catch (error) { if (error instanceof RangeError) this.caught++; }
        },
        fault() {},
        result() { return [this.deepest, this.caught]; },
    }";
    let options = json!({
        "tracer": tracer, "timeout": "60s", "stateOverrides": { TARGET.to_string(): { "code": RECURSION } },
    });
    let call = json!([{ "to": TARGET, "gas": "0x1e84800" }, "latest", options]);
    let seen = node.rpc("debug_traceCall", call);
    assert!(seen[0].as_u64() > Some(200), "{seen}");
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn memory_is_limited_wherever_it_comes_from() {
    let node = Served::new();
    for body in [
        "let s = 'x'; for (;;) s += s;",
        "let s = 'x'.repeat(2 ** 25); this.all = []; for (;;) this.all.push(s + this.all.length);",
        "this.all = []; for (;;) this.all.push({});",
        "this.all = []; for (;;) this.all.push(new Uint8Array(1 << 20));",
        "this.all = []; for (;;) this.all.push(log.memory.slice(0, 1 << 20));",
        "this.all = []; for (;;) this.all.push(log.stack.length() + 'x'.repeat(1000));",
        "new ArrayBuffer(2 ** 31)",
        "new Array(1e8).fill(1)",
        "Array.from({ length: 2 ** 32 })",
        "toHex(new Array(2 ** 32 - 1))",
        "this.map = new Map(); for (let at = 0;; at++) this.map.set(at, at);",
    ] {
        let tracer = format!("{{ step(log) {{ {body} }}, fault() {{}}, result() {{}} }}");
        let message = refusal(&node, "0x00", &tracer, json!({ "timeout": "60s" }));
        let named = [
            "out of memory",
            "string too long",
            "invalid array buffer length",
            "invalid array length",
        ];
        assert!(
            named.iter().any(|name| message.contains(name)),
            "{body}: {message}"
        );
        assert!(
            message.ends_with("in server-side tracer function 'step'"),
            "{message}"
        );
    }
    let surviving = "{
        fault() {},
        result() { try { for (let s = 'x';;) s += s; } catch (error) { return 'survived'; } },
    }";
    assert_eq!(trace(&node, "0x00", surviving), "survived");
}

/// Lists in lists, a million characters around them.
fn nested(levels: usize) -> String {
    format!("{{ fault() {{}}, result() {{ let a = 'x'.repeat(1e6); for (let at = 0; at < {levels}; at++) a = [a]; return a; }} }}")
}

#[test]
fn results_are_nested_as_deep_as_calls_and_no_deeper() {
    let node = Served::new();
    let request = json!({
        "jsonrpc": "2.0", "id": 1, "method": "debug_traceCall",
        "params": [{ "to": TARGET }, "latest", { "tracer": nested(2_100) }],
    });
    // This side's reader would not go as deep.
    let (status, body) = http::post(node.address(), request.to_string().as_bytes());
    let deep = format!(
        "{}\"{}\"{}",
        "[".repeat(2_100),
        "x".repeat(1_000_000),
        "]".repeat(2_100)
    );
    assert!(
        status == 200 && body.contains(&deep),
        "{status}: {:.200}",
        body
    );
    let message = refusal(&node, "0x00", &nested(2_101), json!({}));
    assert!(
        message.contains("nested 2101 deep, and 2100 is the most"),
        "{message}"
    );
}
