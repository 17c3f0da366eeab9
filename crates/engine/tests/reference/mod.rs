//! Reads the reference vectors that `scripts/vectors` writes.

use serde_json::Value;
use smirk_engine::real::Real;

/// A decimal number of up to 38 significant digits with an optional exponent, to 2^-60 relative.
/// Below 1e-60 it counts as zero: no bound looks there.
pub fn decimal(text: &str) -> Real {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().expect("exponent");
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let integer: u128 = format!("{whole}{fraction}").parse().expect("digits");
    // The integer counts 1e-18s here, hence the 18.
    let mut power = 18 + exponent - fraction.len() as i64;
    if power < -110 {
        return Real::ZERO;
    }
    let mut value = Real::from_wad_u128(integer);
    while power != 0 {
        let step = power.abs().min(18);
        let factor = Real::from_int(10i64.pow(step as u32));
        value = if power > 0 {
            value * factor
        } else {
            value / factor
        };
        power -= step * power.signum();
    }
    if negative {
        -value
    } else {
        value
    }
}

/// A file of `tests/vectors`.
pub fn vectors(name: &str) -> Value {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("vector file");
    serde_json::from_str(&text).expect("JSON")
}

/// |got − want| ≤ bound · 1e-18 · scale, or a panic that says where and by how much.
#[track_caller]
pub fn assert_within(got: Real, want: Real, bound: u64, scale: Real, what: &str, at: &Value) {
    let error = (got - want).abs();
    let allowed = Real::from_wad_u64(bound) * scale;
    assert!(
        error <= allowed,
        "{what}: error {} of bound {bound} (1e-18 units) at {at}",
        (error / scale * Real::from_int(1_000_000_000_000_000_000)).to_wad_nearest() as f64 / 1e18
    );
}
