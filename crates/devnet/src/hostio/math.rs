//! 256-bit arithmetic, in place on the first operand. Division by zero gives zero.

use alloy_primitives::U256;

use crate::hostio::frame::{Escape, Host};
use crate::ink;

impl Host<'_> {
    pub(crate) fn math_div(&mut self, value: u32, divisor: u32) -> Result<(), Escape> {
        self.enter(3)?;
        self.buy_ink(ink::DIVIDE)?;
        let dividend = self.read_word(value)?;
        let divisor = self.read_word(divisor)?;
        let quotient = dividend.checked_div(divisor).unwrap_or_default();
        self.finish_math(value, &[dividend, divisor], quotient)
    }

    pub(crate) fn math_mod(&mut self, value: u32, modulus: u32) -> Result<(), Escape> {
        self.enter(3)?;
        self.buy_ink(ink::DIVIDE)?;
        let dividend = self.read_word(value)?;
        let modulus = self.read_word(modulus)?;
        let remainder = dividend.checked_rem(modulus).unwrap_or_default();
        self.finish_math(value, &[dividend, modulus], remainder)
    }

    pub(crate) fn math_pow(&mut self, value: u32, exponent: u32) -> Result<(), Escape> {
        self.enter(3)?;
        let base = self.read_word(value)?;
        let exponent = self.read_bytes32(exponent)?;
        self.buy_ink(ink::power(&exponent))?;
        let exponent = U256::from_be_bytes(exponent.0);
        self.finish_math(value, &[base, exponent], base.wrapping_pow(exponent))
    }

    pub(crate) fn math_add_mod(
        &mut self,
        value: u32,
        addend: u32,
        modulus: u32,
    ) -> Result<(), Escape> {
        self.enter(4)?;
        self.buy_ink(ink::ADD_MOD)?;
        let augend = self.read_word(value)?;
        let addend = self.read_word(addend)?;
        let modulus = self.read_word(modulus)?;
        let sum = augend.add_mod(addend, modulus);
        self.finish_math(value, &[augend, addend, modulus], sum)
    }

    pub(crate) fn math_mul_mod(
        &mut self,
        value: u32,
        factor: u32,
        modulus: u32,
    ) -> Result<(), Escape> {
        self.enter(4)?;
        self.buy_ink(ink::MUL_MOD)?;
        let multiplicand = self.read_word(value)?;
        let factor = self.read_word(factor)?;
        let modulus = self.read_word(modulus)?;
        let product = multiplicand.mul_mod(factor, modulus);
        self.finish_math(value, &[multiplicand, factor, modulus], product)
    }

    fn finish_math(&mut self, value: u32, operands: &[U256], result: U256) -> Result<(), Escape> {
        self.note_words(operands, &[result]);
        self.write_word(value, result)
    }
}
