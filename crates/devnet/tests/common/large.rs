//! Modules of any size that do not compress well.

use std::fmt::Write;

/// Constants that a function adds up.
const PER_FUNCTION: usize = 100;

/// A module that returns the exclusive or of so many constants, and that number.
pub fn large(constants: usize, seed: u64) -> (Vec<u8>, u64) {
    let mut numbers = Numbers(seed);
    let mut functions = String::new();
    let mut calls = String::new();
    let mut result = 0;
    for (index, start) in (0..constants).step_by(PER_FUNCTION).enumerate() {
        let mut body = "(i64.const 0)".to_owned();
        for _ in start..constants.min(start + PER_FUNCTION) {
            let number = numbers.next();
            result ^= number;
            write!(body, "(i64.const {number}) (i64.xor)").unwrap();
        }
        writeln!(functions, "(func $f{index} (result i64) {body})").unwrap();
        write!(calls, "(call $f{index}) (i64.xor)").unwrap();
    }
    let text = format!(
        r#"(module
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (memory (export "memory") 1 1)
            {functions}
            (func (export "user_entrypoint") (param i32) (result i32)
                (i64.store (i32.const 0) (i64.const 0) {calls})
                (call $write_result (i32.const 0) (i32.const 8))
                (i32.const 0)))"#
    );
    (wat::parse_str(text).expect("valid text"), result)
}

/// SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
