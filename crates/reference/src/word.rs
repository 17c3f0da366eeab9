//! Arithmetic of 256-bit words by long division and long multiplication, bit by bit.

use crate::world::Word;

/// Up to 512 bits, least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Wide([u32; 17]);

impl Wide {
    const ZERO: Self = Self([0; 17]);

    fn of(word: &Word) -> Self {
        let mut wide = Self::ZERO;
        for (limb, bytes) in wide.0.iter_mut().zip(word.rchunks(4)) {
            *limb = u32::from_be_bytes(bytes.try_into().expect("four bytes"));
        }
        wide
    }

    /// The low 256 bits.
    fn word(&self) -> Word {
        let mut word = [0; 32];
        for (limb, bytes) in self.0.iter().zip(word.rchunks_mut(4)) {
            bytes.copy_from_slice(&limb.to_be_bytes());
        }
        word
    }

    fn bit(&self, index: usize) -> bool {
        self.0[index / 32] >> (index % 32) & 1 == 1
    }

    fn add(&self, other: &Self) -> Self {
        let mut sum = Self::ZERO;
        let mut carry = 0;
        for index in 0..17 {
            let total = u64::from(self.0[index]) + u64::from(other.0[index]) + carry;
            sum.0[index] = total as u32;
            carry = total >> 32;
        }
        sum
    }

    fn less(&self, other: &Self) -> bool {
        self.0.iter().rev().lt(other.0.iter().rev())
    }

    fn subtract(&self, other: &Self) -> Self {
        let mut difference = Self::ZERO;
        let mut borrow = 0;
        for index in 0..17 {
            let total = i64::from(self.0[index]) - i64::from(other.0[index]) - borrow;
            difference.0[index] = total as u32;
            borrow = i64::from(total < 0);
        }
        difference
    }

    fn multiply(&self, other: &Self) -> Self {
        let mut product = Self::ZERO;
        for index in (0..256).rev() {
            product = product.add(&product);
            if other.bit(index) {
                product = product.add(self);
            }
        }
        product
    }

    /// Quotient and remainder; both zero for a divisor of zero.
    fn divide(&self, divisor: &Self) -> (Self, Self) {
        let (mut quotient, mut rest) = (Self::ZERO, Self::ZERO);
        if *divisor == Self::ZERO {
            return (quotient, rest);
        }
        for index in (0..17 * 32).rev() {
            rest = rest.add(&rest);
            rest.0[0] |= u32::from(self.bit(index));
            if !rest.less(divisor) {
                rest = rest.subtract(divisor);
                quotient.0[index / 32] |= 1 << (index % 32);
            }
        }
        (quotient, rest)
    }
}

/// The number, or the largest of 128 bits if it is larger.
pub(crate) fn low_half(word: &Word) -> u128 {
    if word[..16] != [0; 16] {
        return u128::MAX;
    }
    u128::from_be_bytes(word[16..].try_into().expect("16 bytes"))
}

/// The number, or the largest of 64 bits if it is larger.
pub(crate) fn small(word: &Word) -> u64 {
    u64::try_from(low_half(word)).unwrap_or(u64::MAX)
}

pub(crate) fn add(value: &Word, addend: &Word) -> Word {
    Wide::of(value).add(&Wide::of(addend)).word()
}

/// Modulo 2^256.
pub(crate) fn subtract(value: &Word, part: &Word) -> Word {
    Wide::of(value).subtract(&Wide::of(part)).word()
}

pub(crate) fn divide(value: &Word, divisor: &Word) -> Word {
    Wide::of(value).divide(&Wide::of(divisor)).0.word()
}

pub(crate) fn remainder(value: &Word, modulus: &Word) -> Word {
    Wide::of(value).divide(&Wide::of(modulus)).1.word()
}

pub(crate) fn add_modulo(value: &Word, addend: &Word, modulus: &Word) -> Word {
    let sum = Wide::of(value).add(&Wide::of(addend));
    sum.divide(&Wide::of(modulus)).1.word()
}

pub(crate) fn multiply_modulo(value: &Word, factor: &Word, modulus: &Word) -> Word {
    let product = Wide::of(value).multiply(&Wide::of(factor));
    product.divide(&Wide::of(modulus)).1.word()
}

/// Modulo 2^256.
pub(crate) fn power(base: &Word, exponent: &Word) -> Word {
    let base = Wide::of(base);
    let exponent = Wide::of(exponent);
    let mut result = Wide::ZERO;
    result.0[0] = 1;
    for index in (0..256).rev() {
        result = Wide::of(&result.multiply(&result).word());
        if exponent.bit(index) {
            result = Wide::of(&result.multiply(&base).word());
        }
    }
    result.word()
}

/// Bytes of a word after its leading zeros.
pub(crate) fn significant(word: &Word) -> u64 {
    word.iter().skip_while(|byte| **byte == 0).count() as u64
}

pub(crate) fn of(value: u128) -> Word {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&value.to_be_bytes());
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers() {
        assert_eq!(divide(&of(1_000_007), &of(10)), of(100_000));
        assert_eq!(remainder(&of(1_000_007), &of(10)), of(7));
        assert_eq!(divide(&of(5), &of(0)), of(0));
        assert_eq!(power(&of(3), &of(40)), of(3_u128.pow(40)));
        assert_eq!(power(&of(2), &of(256)), of(0));
        assert_eq!(power(&of(0), &of(0)), of(1));
        assert_eq!(significant(&of(256)), 2);
    }

    #[test]
    fn the_largest_number() {
        let most = [0xff; 32];
        // 2^256 - 1 is a multiple of 15, its double of 30 and its square leaves 1 modulo 2^256 - 2.
        assert_eq!(add_modulo(&most, &most, &of(15)), of(0));
        assert_eq!(add_modulo(&most, &of(2), &of(16)), of(1));
        let mut even = most;
        even[31] = 0xfe;
        assert_eq!(multiply_modulo(&most, &most, &even), of(1));
        assert_eq!(multiply_modulo(&most, &most, &of(0)), of(0));
    }
}
