//! Contracts that tools expect on every chain for Stylus.

use alloy_primitives::{address, hex, Address, Bytes, U256};

use crate::chain::Chain;

/// The factory that creates contracts at addresses which depend on salt and init code alone.
pub const CREATE2_FACTORY: Address = address!("4e59b44847b379578588920ca78fbf26c0b4956c");
/// The contract through which cargo-stylus deploys programs that have a constructor.
pub const STYLUS_DEPLOYER: Address = address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990");
/// The contract through which programs get a place in the cache.
pub const CACHE_MANAGER: Address = address!("2F8Bd4EaB69764c105aDd7dE7CB0402557a44E6f");

/// Creates from calldata: a word of salt, then init code. Returns the address, reverts if there is none.
const CREATE2_FACTORY_CODE: &str =
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b\
     8082525050506014600cf3";

/// Bytes of native code that find room in the cache: what Arbitrum's chains started with.
const CACHE_SIZE: u64 = 512 << 20;

impl Chain {
    /// Installs the CREATE2 factory, the Stylus deployer and the cache manager at the addresses where tools look for
    /// them, and lets the cache manager cache programs. What is there already stays.
    pub fn preload_tools(&mut self) {
        let contracts = [
            (CREATE2_FACTORY, CREATE2_FACTORY_CODE),
            (
                STYLUS_DEPLOYER,
                include_str!("../contracts/StylusDeployer.hex"),
            ),
            (CACHE_MANAGER, include_str!("../contracts/CacheManager.hex")),
        ];
        for (address, code) in contracts {
            if !self.code(address).is_empty() {
                continue;
            }
            let code = hex::decode(code.trim()).expect("committed code is hex");
            self.set_code(address, Bytes::from(code));
            self.set_nonce(address, 1);
            if address == CACHE_MANAGER {
                // The cache size is the lowest part of the contract's first slot; the rest starts at zero.
                self.set_storage(CACHE_MANAGER, U256::ZERO, U256::from(CACHE_SIZE));
                self.add_cache_manager(CACHE_MANAGER);
            }
        }
    }
}
