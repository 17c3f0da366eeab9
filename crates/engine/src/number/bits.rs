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

/// Zeros to shift out, an even number, before taking a root.
#[inline(always)]
pub(crate) fn spare(n: u64) -> u32 {
    n.leading_zeros() & 62
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_exact_to_32_bits() {
        let mut n = 1u64 << 62;
        while n < u64::MAX - (1 << 52) {
            let exact = n.isqrt();
            assert!(root_32(n).abs_diff(exact) <= 1, "{n}");
            n += (1 << 52) - 12_345;
        }
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
