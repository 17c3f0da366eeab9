//! Shifts and square roots of 64-bit fixed-point numbers.

/// value·2^power, saturating.
#[inline(always)]
pub(crate) fn scale(value: u64, power: i32) -> u64 {
    if power <= 0 {
        return value >> (-power).min(63);
    }
    if value.leading_zeros() as i32 <= power {
        return if value == 0 { 0 } else { u64::MAX >> 1 };
    }
    value << (power & 63)
}

/// √n to 32 bits for n of at least 2^62: a line within 5 % of the root and three steps of Newton's method.
#[inline(always)]
pub(crate) fn root_32(n: u64) -> u64 {
    let step = |root: u64| (root + n / (root | 1)) >> 1;
    step(step(step((n >> 33) + (n >> 35) + 1_589_137_899)))
}

/// √n·2^32, to 60 bits and more, for n of at least 2^62: the root to 32 bits and what its remainder says.
#[inline(never)]
pub(crate) fn root_64(n: u64) -> u64 {
    let root = root_32(n).clamp(1 << 31, u32::MAX as u64);
    let remainder = n.wrapping_sub(root.wrapping_mul(root)) as i64;
    let correction = (remainder << 28) / (root >> 1) as i64;
    (root << 32).saturating_add_signed(correction << 2)
}

/// Zeros to shift out, an even number, before taking a root.
#[inline(always)]
pub(crate) fn spare(n: u64) -> u32 {
    n.leading_zeros() & 62
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_exact_to_sixty_bits() {
        let mut n = 1u64 << 62;
        while n < u64::MAX - (1 << 52) {
            let root = root_64(n);
            // root² against n·2^64, in 128 bits.
            let (square, expected) = (root as u128 * root as u128, (n as u128) << 64);
            assert!(square.abs_diff(expected) >> 64 <= 1 << 4, "{n}");
            assert!(root_32(n).abs_diff(root >> 32) <= 1, "{n}");
            n += (1 << 52) - 12_345;
        }
        assert!(root_64(u64::MAX) >= u64::MAX - (1 << 4));
        assert_eq!(root_64(1 << 62), 1 << 63);
    }

    #[test]
    fn scaling_saturates_and_never_wraps() {
        assert_eq!(scale(5, 3), 40);
        assert_eq!(scale(5, -1), 2);
        assert_eq!(scale(5, -200), 0);
        assert_eq!(scale(5, 61), u64::MAX >> 1);
        assert_eq!(scale(1, 62), 1 << 62);
        assert_eq!(scale(0, 1_000), 0);
    }
}
