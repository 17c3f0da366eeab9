//! What a caller names of a deposit or a withdrawal.

use alloy_primitives::U256;

/// What the caller names: assets to give or get, or shares to get or give.
#[derive(Clone, Copy)]
pub enum Amount {
    /// Exactly these assets.
    Assets(U256),
    /// Exactly these shares.
    Shares(U256),
}

/// The worst exchange that a caller takes, and until when.
#[derive(Clone, Copy)]
pub struct Terms {
    /// Bound of what the caller did not name: least shares or assets to get, most to give.
    pub limit: U256,
    /// Unix time.
    pub deadline: u64,
}
