//! 256-bit arithmetic: ink and results.

use crate::common::probe::{body_program, Probe};
use crate::common::{chain, run};
use inkhorn_chain::U256;

fn ink(name: &str, arguments: &[i64], operands: [U256; 3]) -> u64 {
    let bytes: Vec<u8> = operands
        .iter()
        .flat_map(|o| o.to_be_bytes::<32>())
        .collect();
    let probe = Probe::new().data(0, bytes).measure(name, arguments);
    probe.run(&mut chain())[0]
}

fn small(operands: [u64; 3]) -> [U256; 3] {
    operands.map(U256::from)
}

#[test]
fn fact_06_division_and_modular_arithmetic_have_fixed_prices() {
    let operands = small([7, 5, 3]);
    assert_eq!(ink("math_div", &[0, 32], operands), 43_520);
    assert_eq!(ink("math_mod", &[0, 32], operands), 43_520);
    assert_eq!(ink("math_add_mod", &[0, 32, 64], operands), 49_560);
    assert_eq!(ink("math_mul_mod", &[0, 32, 64], operands), 52_660);
}

#[test]
fn fact_06_a_power_costs_by_the_bytes_of_its_exponent() {
    for (bits, ink_used) in [(1, 61_520), (9, 79_020), (73, 219_020), (249, 604_020)] {
        let exponent = U256::from(1) << (bits - 1);
        let operands = [U256::from(3), exponent, U256::ZERO];
        assert_eq!(ink("math_pow", &[0, 32], operands), ink_used, "{bits} bits");
    }
    assert_eq!(ink("math_pow", &[0, 32], small([3, 0, 0])), 44_020);
}

/// First operand after the host function has worked on it.
fn result(call: &str, operands: [U256; 3]) -> U256 {
    let mut chain = chain();
    let body = format!(
        "(call $read_args (i32.const 0)) {call} (call $write_result (i32.const 0) (i32.const 32))"
    );
    let program = body_program(&mut chain, &body);
    let input: Vec<u8> = operands
        .iter()
        .flat_map(|o| o.to_be_bytes::<32>())
        .collect();
    U256::from_be_slice(&run(&mut chain, program, input).0.output)
}

#[test]
fn results_replace_the_first_operand() {
    let div = "(call $math_div (i32.const 0) (i32.const 32))";
    let rem = "(call $math_mod (i32.const 0) (i32.const 32))";
    let pow = "(call $math_pow (i32.const 0) (i32.const 32))";
    let add = "(call $math_add_mod (i32.const 0) (i32.const 32) (i32.const 64))";
    let mul = "(call $math_mul_mod (i32.const 0) (i32.const 32) (i32.const 64))";
    assert_eq!(result(div, small([17, 5, 0])), U256::from(3));
    assert_eq!(result(rem, small([17, 5, 0])), U256::from(2));
    assert_eq!(result(pow, small([3, 5, 0])), U256::from(243));
    assert_eq!(result(pow, small([2, 256, 0])), U256::ZERO);
    let max = U256::MAX;
    assert_eq!(
        result(add, [max, max, U256::from(7)]),
        max.add_mod(max, U256::from(7))
    );
    assert_eq!(
        result(mul, [max, max, U256::from(9)]),
        max.mul_mod(max, U256::from(9))
    );
}

#[test]
fn a_divisor_or_modulus_of_zero_gives_zero() {
    for call in [
        "(call $math_div (i32.const 0) (i32.const 32))",
        "(call $math_mod (i32.const 0) (i32.const 32))",
        "(call $math_add_mod (i32.const 0) (i32.const 32) (i32.const 64))",
        "(call $math_mul_mod (i32.const 0) (i32.const 32) (i32.const 64))",
    ] {
        assert_eq!(result(call, small([17, 0, 0])), U256::ZERO, "{call}");
    }
}
