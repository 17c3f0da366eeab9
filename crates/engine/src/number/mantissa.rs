//! 64-bit mantissas: high halves of products, reciprocals, leading bits and shifts.

/// High half of a 64×64-bit product, low by at most 3. Three 32-bit products; the missing fourth is what
/// keeps the compiler from recognising the pattern and calling its slow 128-bit multiply.
#[inline(always)]
pub(crate) const fn mul_high(a: u64, b: u64) -> u64 {
    let (a1, a0) = (a >> 32, a & 0xffff_ffff);
    let (b1, b0) = (b >> 32, b & 0xffff_ffff);
    a1 * b1 + ((a1 * b0) >> 32) + ((a0 * b1) >> 32)
}

/// 2^127 / b for a normalised `b`, relative error below 2^-61.
///
/// A 33-bit quotient and one Newton step on it; the residual 1 − b·x is taken modulo 2^64, where it fits.
#[inline(always)]
pub(crate) const fn recip_mantissa(b: u64) -> u64 {
    let half = u64::MAX / ((b >> 31) | 1);
    let x = 2 * half + 1;
    let product = (b >> 32)
        .wrapping_mul(x)
        .wrapping_add(((b & 0xffff_ffff) * half) >> 31);
    let residual = (product as i64).wrapping_neg();
    (x << 31).wrapping_add(((half as i64).wrapping_mul(residual >> 2) >> 30) as u64)
}

/// The 64 leading bits of a number above zero, and the exponent of the lowest of them.
#[inline(always)]
pub(crate) const fn leading_bits(value: u128) -> (u64, i32) {
    let (high, low) = ((value >> 64) as u64, value as u64);
    if high == 0 {
        let shift = low.leading_zeros();
        return (low << shift, -(shift as i32));
    }
    let shift = high.leading_zeros();
    (
        high << shift | (low >> 1) >> (63 - shift),
        64 - shift as i32,
    )
}

/// A shift of 0 or more, held at 63.
#[inline(always)]
pub(crate) const fn within_63(shift: i32) -> u32 {
    ((shift | ((63 - shift) >> 31)) & 63) as u32
}

/// value / 2^right, or value · 2^-right if that is negative; either below 64. Bits may be lost to the left.
#[inline(always)]
pub(crate) const fn shifted(value: u64, right: i32) -> u64 {
    let is_left = right >> 31;
    value << (-right & is_left & 63) >> within_63(right & !is_left)
}
