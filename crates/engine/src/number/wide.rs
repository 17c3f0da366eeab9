//! Exact `a·b/d` on `u128` with the product at full width.

/// The 256-bit product as (high, low) halves.
fn product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    // Each sum fits: (2^64 − 1)² + 2^64 − 1 < 2^128.
    let middle = a1 * b0 + (low >> 64);
    let cross = a0 * b1 + (middle & LOW);
    (
        a1 * b1 + (middle >> 64) + (cross >> 64),
        cross << 64 | low & LOW,
    )
}

/// Quotient and remainder of a number.
#[inline(never)]
fn quotient(number: u128, d: u128) -> (u128, u128) {
    let quotient = number / d;
    (quotient, number - quotient * d)
}

/// Quotient and remainder of a·b by d, exact; `None` when d is zero or the quotient needs more than 128 bits.
pub(crate) fn divide(a: u128, b: u128, d: u128) -> Option<(u128, u128)> {
    let (mut rest, mut low) = product(a, b);
    if rest >= d {
        return None;
    }
    if rest == 0 {
        return Some(quotient(low, d));
    }
    if d >> 64 == 0 {
        // Two digits, each of which fits, because what is carried into it is below d.
        let (upper, rest) = quotient(rest << 64 | low >> 64, d);
        let (lower, rest) = quotient(rest << 64 | low & u64::MAX as u128, d);
        return Some((upper << 64 | lower, rest));
    }
    // Long division by bits, with less code than the compiler's own: the quotient grows in `low` as its own bits move up
    // into `rest`. As long as that has less than the bits of the divisor, they are zeros.
    let zeros = (rest.leading_zeros() - d.leading_zeros()).saturating_sub(1);
    rest = rest << zeros | low >> 1 >> (127 - zeros);
    low <<= zeros;
    for _ in zeros..128 {
        let overflow = rest >> 127 != 0;
        rest = rest << 1 | low >> 127;
        low <<= 1;
        if overflow || rest >= d {
            rest = rest.wrapping_sub(d);
            low |= 1;
        }
    }
    Some((low, rest))
}

/// value·factor·2^-62 as quotient and remainder, exact; the largest quotient where it needs more than 128 bits.
pub(crate) fn scaled(value: u128, factor: u64) -> (u128, u64) {
    const BITS: u32 = 62;
    let low = (value as u64 as u128) * factor as u128;
    let high = (value >> 64) * factor as u128;
    if high >> (64 + BITS) != 0 {
        return (u128::MAX, 0);
    }
    let quotient = (high << (64 - BITS)).saturating_add(low >> BITS);
    (quotient, low as u64 & ((1 << BITS) - 1))
}

/// a + b, held within `i128`.
#[inline(never)]
pub(crate) fn saturating_sum(a: i128, b: i128) -> i128 {
    a.saturating_add(b)
}

/// ⌊a·b/d⌋, exact; `None` when d is zero or the result does not fit.
pub fn mul_div_down(a: u128, b: u128, d: u128) -> Option<u128> {
    divide(a, b, d).map(|(quotient, _)| quotient)
}

/// ⌈a·b/d⌉, exact; `None` when d is zero or the result does not fit.
pub fn mul_div_up(a: u128, b: u128, d: u128) -> Option<u128> {
    let (quotient, rest) = divide(a, b, d)?;
    quotient.checked_add((rest != 0) as u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotient_times_divisor_and_the_rest_are_the_product_for_divisors_of_every_length() {
        let mut seed = 1u128;
        let mut next = || {
            seed = seed
                .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
                .wrapping_add(1);
            seed ^ seed >> 64
        };
        let mut divided = [0; 3];
        for _ in 0..20_000 {
            let [a, b, d] = [next(), next(), next()];
            let (a, b, d) = (
                a >> (next() % 128),
                b >> (next() % 128),
                d >> (next() % 128),
            );
            let (high, low) = product(a, b);
            let Some((quotient, rest)) = divide(a, b, d) else {
                assert!(d == 0 || high >= d);
                continue;
            };
            divided[if high == 0 {
                0
            } else {
                1 + (d >> 64 != 0) as usize
            }] += 1;
            assert!(rest < d);
            let (whole_high, whole_low) = product(quotient, d);
            let (sum, carry) = whole_low.overflowing_add(rest);
            assert_eq!((whole_high + carry as u128, sum), (high, low));
        }
        assert!(divided.iter().all(|count| *count > 1_000), "{divided:?}");
    }
}
