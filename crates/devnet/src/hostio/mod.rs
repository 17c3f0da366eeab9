//! Host functions that programs import, one file per group.

mod account;
mod call;
mod debug;
mod environment;
pub(crate) mod frame;
mod io;
mod math;
mod storage;
pub(crate) mod storage_cache;

use wasmtime::{Caller, Linker};

use self::frame::{Host, ProgramFrame};
use crate::wasm::host_function::with_host_functions;

/// Defines host functions as the methods of [`Host`] with the same names.
macro_rules! define {
    ($linker:ident $($module:literal, $debug_only:literal:
        $($name:ident($($arg:ident: $ty:ty),*) $(-> $result:ty)?;)*)*) => {
        $($($linker.func_wrap(
            $module,
            stringify!($name),
            |caller: Caller<'_, ProgramFrame>, $($arg: $ty),*|
                -> wasmtime::Result<define!(@result $($result)?)> {
                let mut host = Host(caller);
                let entry = host.entry();
                let result = host.$name($($arg),*);
                host.leave(stringify!($name), entry, result.as_ref().err());
                Ok(result?)
            },
        )?;)*)*
    };
    (@result) => { () };
    (@result $result:ty) => { $result };
}

/// Defines every host function.
///
/// # Errors
/// When two have the same name.
pub(crate) fn link(linker: &mut Linker<ProgramFrame>) -> wasmtime::Result<()> {
    with_host_functions!(define!(linker));
    Ok(())
}
