//! The pool's second program. The pool delegates to it, so it works on the pool's storage and at the pool's address;
//! called directly it is an unconstructed pool of its own without a trading face.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod program;
