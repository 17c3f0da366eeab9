//! What JavaScript can ask of the node. Bytes that it gives come as hexadecimal digits, words go as such.

use alloy_primitives::{hex, keccak256, Address, B256, U256};
use inkhorn_chain::trace::{is_precompile, kind_name, opcode_name, FrameKind};
use rquickjs::function::Func;
use rquickjs::{Ctx, Error, Exception, Object, Result, TypedArray};

use super::moment::{self, of_frame, of_state, of_step};

/// Most that a slice may reach beyond memory, bytes.
const LONGEST_PADDING: i64 = 1 << 20;
/// `PUSH0` and `PUSH32`.
const PUSHES: [u8; 2] = [0x5f, 0x7f];
/// Where Nitro lets ArbOS's precompiles begin for tracers.
const FIRST_OF_ARBOS: u64 = 0x65;

/// The functions, for the prelude.
pub(super) fn host<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("step", step(ctx)?)?;
    host.set("frame", frame(ctx)?)?;
    host.set("state", state(ctx)?)?;
    host.set("tools", tools(ctx)?)?;
    Ok(host)
}

/// Bytes in memory of the engine's own, which is limited.
pub(super) fn bytes<'js>(ctx: &Ctx<'js>, bytes: impl AsRef<[u8]>) -> Result<TypedArray<'js, u8>> {
    TypedArray::new_copy(ctx.clone(), bytes)
}

/// A word as JavaScript reads it.
pub(super) fn digits(word: U256) -> String {
    format!("{word:#x}")
}

fn fail(ctx: &Ctx<'_>, reason: &str) -> Error {
    moment::fail(reason);
    Exception::throw_message(ctx, reason)
}

fn step<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let step = Object::new(ctx.clone())?;
    step.set("op", Func::from(|| of_step(|step| step.opcode)))?;
    step.set(
        "name",
        Func::from(|| of_step(|step| opcode_name(step.opcode))),
    )?;
    let is_push = || of_step(|step| (PUSHES[0]..=PUSHES[1]).contains(&step.opcode));
    step.set("isPush", Func::from(is_push))?;
    step.set("pc", Func::from(|| of_step(|step| step.pc)))?;
    step.set("gas", Func::from(|| of_step(|step| step.gas)))?;
    step.set("cost", Func::from(|| of_step(|step| step.gas_cost)))?;
    step.set("depth", Func::from(|| of_step(|step| step.depth)))?;
    step.set("refund", Func::from(|| of_step(|step| step.refund)))?;
    step.set("error", Func::from(moment::fault))?;
    let length = || of_step(|step| step.stack.len());
    step.set("stackLength", Func::from(length))?;
    step.set("peek", Func::from(peek))?;
    let length = || of_step(|step| step.memory.len());
    step.set("memoryLength", Func::from(length))?;
    step.set("memory", Func::from(memory))?;
    step.set("memoryWord", Func::from(memory_word))?;
    let caller = |ctx: Ctx<'js>| bytes(&ctx, of_step(|step| step.caller));
    step.set("caller", Func::from(caller))?;
    let address = |ctx: Ctx<'js>| bytes(&ctx, of_step(|step| step.address));
    step.set("address", Func::from(address))?;
    step.set("value", Func::from(|| digits(of_step(|step| step.value))))?;
    let input = |ctx: Ctx<'js>| bytes(&ctx, of_step(|step| step.input.clone()));
    step.set("input", Func::from(input))?;
    Ok(step)
}

fn peek(ctx: Ctx<'_>, at: f64) -> Result<String> {
    let at = at as i64;
    let (size, word) = of_step(|step| {
        let size = step.stack.len();
        let place = usize::try_from(at)
            .ok()
            .and_then(|at| size.checked_sub(at + 1));
        (size, place.map(|place| step.stack[place]))
    });
    word.map(digits).ok_or_else(|| {
        let reason = format!("tracer accessed out of bound stack: size {size}, index {at}");
        fail(&ctx, &reason)
    })
}

fn memory(ctx: Ctx<'_>, begin: f64, end: f64) -> Result<TypedArray<'_, u8>> {
    let (begin, end) = (begin as i64, end as i64);
    if begin == end {
        return bytes(&ctx, []);
    }
    let out_of_bounds =
        || format!("tracer accessed out of bound memory: offset {begin}, end {end}");
    let (Ok(start), true) = (usize::try_from(begin), begin < end) else {
        return Err(fail(&ctx, &out_of_bounds()));
    };
    let padding = end - of_step(|step| step.memory.len()) as i64;
    if padding > LONGEST_PADDING {
        let reason = format!("reached limit for padding memory slice: {padding}");
        return Err(fail(&ctx, &reason));
    }
    let length = (end - begin) as usize;
    bytes(&ctx, of_step(|step| step.memory.padded(start, length)))
}

fn memory_word(ctx: Ctx<'_>, at: f64) -> Result<String> {
    let at = at as i64;
    let (available, word) = of_step(|step| {
        let available = step.memory.len();
        let start = usize::try_from(at).ok();
        let start = start.filter(|start| available >= start.saturating_add(32));
        (available, start.map(|start| step.memory.padded(start, 32)))
    });
    let word = word.map(|word| digits(U256::from_be_slice(&word)));
    word.ok_or_else(|| {
        let asked = format!("available {available}, offset {at}, size 32");
        fail(
            &ctx,
            &format!("tracer accessed out of bound memory: {asked}"),
        )
    })
}

fn frame<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let frame = Object::new(ctx.clone())?;
    frame.set(
        "kind",
        Func::from(|| of_frame(|frame| kind_name(frame.kind))),
    )?;
    let from = |ctx: Ctx<'js>| bytes(&ctx, of_frame(|frame| frame.from));
    frame.set("from", Func::from(from))?;
    let to = |ctx: Ctx<'js>| bytes(&ctx, of_frame(|frame| frame.to));
    frame.set("to", Func::from(to))?;
    let input = |ctx: Ctx<'js>| bytes(&ctx, of_frame(|frame| frame.input.clone()));
    frame.set("input", Func::from(input))?;
    frame.set("gas", Func::from(|| of_frame(|frame| frame.gas)))?;
    let value = || {
        let value = of_frame(|frame| {
            let has_one = frame.kind != FrameKind::StaticCall;
            has_one.then_some(frame.value)
        });
        value.map(digits)
    };
    frame.set("value", Func::from(value))?;
    frame.set("gasUsed", Func::from(|| of_frame(|frame| frame.gas_used)))?;
    let output = |ctx: Ctx<'js>| bytes(&ctx, of_frame(|frame| frame.output.clone()));
    frame.set("output", Func::from(output))?;
    frame.set(
        "error",
        Func::from(|| of_frame(|frame| frame.error.clone())),
    )?;
    Ok(frame)
}

fn state<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let state = Object::new(ctx.clone())?;
    let balance = |who: String| digits(of_state(|state| state.balance(address(&who))));
    state.set("balance", Func::from(balance))?;
    let nonce = |who: String| of_state(|state| state.nonce(address(&who)));
    state.set("nonce", Func::from(nonce))?;
    let code =
        |ctx: Ctx<'js>, who: String| bytes(&ctx, of_state(|state| state.code(address(&who))));
    state.set("code", Func::from(code))?;
    let slot = |ctx: Ctx<'js>, who: String, slot: String| {
        let found = of_state(|state| state.slot(address(&who), word(&slot).into()));
        bytes(&ctx, found.to_be_bytes::<32>())
    };
    state.set("slot", Func::from(slot))?;
    let exists = |who: String| of_state(|state| state.exists(address(&who)));
    state.set("exists", Func::from(exists))?;
    Ok(state)
}

fn tools<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let tools = Object::new(ctx.clone())?;
    let failing = |ctx: Ctx<'js>, reason: String| -> Result<()> { Err(fail(&ctx, &reason)) };
    tools.set("fail", Func::from(failing))?;
    let to_word = |ctx: Ctx<'js>, text: String| bytes(&ctx, word(&text));
    tools.set("word", Func::from(to_word))?;
    let to_address = |ctx: Ctx<'js>, text: String| bytes(&ctx, address(&text));
    tools.set("address", Func::from(to_address))?;
    let contract =
        |ctx: Ctx<'js>, from: String, nonce: f64| bytes(&ctx, address(&from).create(nonce as u64));
    tools.set("contract", Func::from(contract))?;
    let contract2 = |ctx: Ctx<'js>, from: String, salt: String, code: String| {
        let code = keccak256(decoded(&code));
        bytes(&ctx, address(&from).create2(word(&salt), code))
    };
    tools.set("contract2", Func::from(contract2))?;
    let precompiled = |who: String| is_precompile(&address(&who));
    tools.set("isPrecompiled", Func::from(precompiled))?;
    let of_arbos = |who: String| {
        let who = address(&who);
        is_precompile(&who) && U256::from_be_slice(who.as_slice()) >= U256::from(FIRST_OF_ARBOS)
    };
    tools.set("isPrecompiledArbOS", Func::from(of_arbos))?;
    Ok(tools)
}

/// The bytes that hexadecimal digits stand for, as far as they are such; an odd one is the first byte alone.
fn decoded(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = digits.unwrap_or(text);
    let odd = if digits.len() % 2 == 1 { "0" } else { "" };
    let digits = [odd, digits].concat();
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map_while(|pair| hex::decode(pair).ok())
        .flatten()
        .collect()
}

/// The last bytes of `bytes`, after zeros if there are too few.
fn last<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut last = [0; N];
    let length = bytes.len().min(N);
    last[N - length..].copy_from_slice(&bytes[bytes.len() - length..]);
    last
}

fn address(text: &str) -> Address {
    Address::new(last(&decoded(text)))
}

fn word(text: &str) -> B256 {
    B256::new(last(&decoded(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_go_ethereum_reads_them() {
        assert_eq!(decoded("0x0aFf"), [0x0a, 0xff]);
        assert_eq!(decoded("fff"), [0x0f, 0xff]);
        assert_eq!(decoded("01zz02"), [1], "up to what is no digit");
        assert_eq!(word("0xffaa"), B256::from(U256::from(0xffaa)));
        let long = format!("{}{}", "77".repeat(3), "11".repeat(20));
        assert_eq!(address(&long), Address::repeat_byte(0x11));
    }
}
