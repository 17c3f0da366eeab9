//! A contract that reads its calldata itself, as the SDK's router sees it.

use stylus_sdk::ArbResult;

/// What a contract makes of a call.
pub trait Program {
    /// Return data, or revert data.
    fn answer(&mut self, calldata: &[u8]) -> ArbResult;
}

/// Makes a handle on the host a contract whose every call goes to [`Program::answer`].
macro_rules! program {
    ($name:ident) => {
        impl stylus_sdk::prelude::StorageType for $name {
            type Wraps<'a> = ();
            type WrapsMut<'a> = ();

            unsafe fn new(_: alloy_primitives::U256, _: u8, host: stylus_sdk::host::VM) -> Self {
                $name(host)
            }

            fn load<'s>(self)
            where
                Self: 's,
            {
            }

            fn load_mut<'s>(self)
            where
                Self: 's,
            {
            }
        }

        // SAFETY: the contract is alone at its address; nothing else has its slots.
        unsafe impl stylus_sdk::prelude::TopLevelStorage for $name {}

        impl stylus_sdk::stylus_core::ValueDenier for $name {
            fn deny_value(&self, _: &str) -> Result<(), alloc::vec::Vec<u8>> {
                Ok(())
            }
        }

        impl stylus_sdk::abi::Router<$name> for $name {
            type Storage = $name;

            fn route(
                storage: &mut $name,
                selector: u32,
                input: &[u8],
            ) -> Option<stylus_sdk::ArbResult> {
                let calldata = [&selector.to_be_bytes()[..], input].concat();
                Some(storage.answer(&calldata))
            }

            fn receive(_: &mut $name) -> Option<Result<(), alloc::vec::Vec<u8>>> {
                None
            }

            fn fallback(storage: &mut $name, calldata: &[u8]) -> Option<stylus_sdk::ArbResult> {
                Some(storage.answer(calldata))
            }

            fn constructor(_: &mut $name, _: &[u8]) -> Option<stylus_sdk::ArbResult> {
                None
            }
        }
    };
}
pub(crate) use program;
