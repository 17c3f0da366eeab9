//! Shifts and square roots of 64-bit fixed-point numbers.

/// value·2^power, saturating.
#[inline(always)]
pub(crate) fn scale(value: u64, power: i32) -> u64 {
    if power <= 0 {
        return value >> (-power).min(63);
    }
    if value.leading_zeros() as i32 <= power {
        return u64::MAX >> 1;
    }
    value << (power & 63)
}

/// √n to 32 bits for n of at least 2^62: a line within 5 % of the root and three steps of Newton's method.
#[inline(always)]
pub(crate) fn root_32(n: u64) -> u64 {
    let mut root = (n >> 33) + (n >> 35) + 1_589_137_899;
    for _ in 0..3 {
        root = (root + n / (root | 1)) >> 1;
    }
    root
}

/// √n·2^32, to 60 bits and more, for n of at least 2^62: the root to 32 bits and what its remainder says.
#[inline(never)]
pub(crate) fn root_64(n: u64) -> u64 {
    let root = root_32(n).clamp(1 << 31, u32::MAX as u64);
    let remainder = n.wrapping_sub(root.wrapping_mul(root)) as i64;
    let correction = (remainder << 28) / (root >> 1) as i64;
    (root << 32).wrapping_add((correction << 2) as u64)
}

/// Zeros to shift out, an even number, before taking a root.
#[inline(always)]
pub(crate) fn spare(n: u64) -> u32 {
    n.leading_zeros() & 62
}
