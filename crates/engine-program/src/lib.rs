//! The engine as a Stylus program: it has no storage, calls nobody and answers one message with another.
//!
//! It needs no SDK: three host functions are its whole surroundings, which keeps it small and cheap to enter.
//! The pool reaches it by STATICCALL; `smirk_engine::program` has the messages.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod entry {
    use core::ptr::addr_of_mut;
    use smirk_engine::program::{serve, ANSWER_SIZE, REQUEST_SIZE};

    #[link(wasm_import_module = "vm_hooks")]
    extern "C" {
        fn read_args(destination: *mut u8);
        fn write_result(data: *const u8, length: usize);
        fn pay_for_memory_grow(pages: u32);
    }

    static mut REQUEST: [u8; REQUEST_SIZE] = [0; REQUEST_SIZE];
    static mut ANSWER: [u8; ANSWER_SIZE] = [0; ANSWER_SIZE];

    /// Called once per message with its length. An overlong or unreadable one reverts without data.
    #[no_mangle]
    extern "C" fn user_entrypoint(length: usize) -> usize {
        // SAFETY: the program is single-threaded and starts afresh for every call, so each buffer has one user;
        // the host writes exactly `length` bytes, which fit.
        unsafe {
            // Activation demands this import of every program whose memory may grow.
            pay_for_memory_grow(0);
            if length > REQUEST_SIZE {
                return 1;
            }
            let request = &mut *addr_of_mut!(REQUEST);
            let answer = &mut *addr_of_mut!(ANSWER);
            read_args(request.as_mut_ptr());
            let size = serve(&request[..length], answer);
            write_result(answer.as_ptr(), size);
            (size == 0) as usize
        }
    }

    #[panic_handler]
    fn trap(_: &core::panic::PanicInfo) -> ! {
        core::arch::wasm32::unreachable()
    }
}
