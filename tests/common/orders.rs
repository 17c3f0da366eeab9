//! Orders written down, accounts with quote in them, and anchors that stay fresh.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use super::Market;

/// Legs of these series and sizes, options, negative for what is sold.
pub fn legs(parts: &[(U256, &str)]) -> Vec<IPool::Leg> {
    let signed = |size: &str| I256::try_from(wad(size)).expect("a size");
    let leg = |&(id, size): &(U256, &str)| IPool::Leg {
        id,
        size: match size.strip_prefix('-') {
            Some(size) => -signed(size),
            None => signed(size),
        },
    };
    parts.iter().map(leg).collect()
}

/// An order without a limit, to a wallet.
pub fn trade(legs: Vec<IPool::Leg>, receiver: Address) -> IPool::tradeCall {
    IPool::tradeCall {
        legs,
        limit: I256::MAX,
        deadline: U256::MAX,
        receiver,
    }
}

/// An order without a limit, on an account.
pub fn on_account(parts: &[(U256, &str)], account_: Address) -> IPool::tradeOnAccountCall {
    IPool::tradeOnAccountCall {
        legs: legs(parts),
        limit: I256::MAX,
        deadline: U256::MAX,
        account_,
    }
}

impl Market {
    /// Pays this much quote, from nowhere, into somebody's account.
    pub fn fund_account(&mut self, owner: Address, amount: &str) {
        let (quote, amount) = (self.world.quote, self.world.quote_units(amount));
        self.world.mint(quote, owner, amount).expect("minted");
        let account_ = owner;
        let deposit = IPool::depositMarginCall { amount, account_ };
        self.send(owner, deposit).expect("deposited");
    }

    /// An account as the pool says it is.
    pub fn state_of(&mut self, account_: Address) -> IPool::Account {
        self.view(IPool::accountCall { account_ }).expect("a state")
    }

    /// Posts every live anchor again as it is and refreshes the feed, as the keeper and the feed do all day.
    pub fn refresh(&mut self) {
        self.world.refresh_feed().expect("refreshed");
        let keeper = self.world.actors.keeper.address;
        let now = U256::from(self.world.chain.now());
        for anchor in self.view(IPool::surfaceCall {}).expect("a surface") {
            if anchor.expiry > now {
                let call = IPool::postAnchorCall {
                    expiry: anchor.expiry,
                    atmVol: anchor.atmVol,
                    leftWing: anchor.leftWing,
                    rightWing: anchor.rightWing,
                    carry: anchor.carry,
                };
                self.send(keeper, call).expect("posted");
            }
        }
    }
}
