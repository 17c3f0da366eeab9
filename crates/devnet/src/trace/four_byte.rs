//! Which functions were called, as geth's `4byteTracer` counts them.

use std::collections::BTreeMap;

use alloy_primitives::hex;
use serde_json::Value;

use crate::precompile::is_precompile;
use crate::recording::frame::{Frame, FrameKind};

/// How often each function was called, by its selector and the number of bytes after it: `0xa9059cbb-64`. Calls of
/// precompiles and calls with less than a selector are left out.
pub fn four_byte_tracer(frame: &Frame) -> Value {
    let mut counts = BTreeMap::<String, u64>::new();
    for frame in frame.walk().filter(|frame| is_counted(frame)) {
        let (selector, arguments) = frame.input.split_at(4);
        let key = format!("{}-{}", hex::encode_prefixed(selector), arguments.len());
        *counts.entry(key).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(key, count)| (key, Value::from(count)))
        .collect()
}

fn is_counted(frame: &Frame) -> bool {
    let is_call = !matches!(
        frame.kind,
        FrameKind::Create | FrameKind::Create2 | FrameKind::SelfDestruct
    );
    is_call && frame.input.len() >= 4 && !is_precompile(&frame.to)
}
