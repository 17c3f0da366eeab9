//! How owners change the parameters of Stylus.

use crate::machine::params::StylusParams;
use crate::precompile::arb_owner_interface::ArbOwner::ArbOwnerCalls as Method;
use crate::precompile::context::Fault;

/// Ink prices have 24 bits.
const MAX_INK_PRICE: u32 = (1 << 24) - 1;

/// Changes what the method changes.
pub(crate) fn set(params: &mut StylusParams, method: Method) -> Result<(), Fault> {
    match method {
        Method::setInkPrice(call) => {
            if call.price == 0 || call.price > MAX_INK_PRICE {
                return Err(Fault::Plain);
            }
            params.ink_price = call.price;
        }
        Method::setWasmMaxStackDepth(call) => params.max_stack_depth = call.depth,
        Method::setWasmFreePages(call) => params.free_pages = call.pages,
        Method::setWasmPageGas(call) => params.page_gas = call.gas,
        Method::setWasmPageLimit(call) => params.page_limit = call.limit,
        Method::setWasmMaxSize(call) => params.max_wasm_size = call.size,
        Method::setWasmMinInitGas(call) => {
            params.set_min_init_gas(call.gas.into(), call.cached.into());
        }
        Method::setWasmInitCostScalar(call) => params.set_init_cost_percent(call.percent),
        Method::setWasmExpiryDays(call) => params.expiry_days = call._days,
        Method::setWasmKeepaliveDays(call) => params.keepalive_days = call._days,
        Method::setWasmBlockCacheSize(call) => params.block_cache_size = call.count,
        Method::setMaxStylusContractFragments(call) => params.max_fragment_count = call.count,
        _ => unreachable!("everything but parameters is handled before"),
    }
    Ok(())
}
