//! Uniswap's factory and pool in one contract: it trades from its own stock at one price, and asks for its tokens in the
//! taker's callback.

use alloc::vec::Vec;

use alloy_primitives::{aliases::U160, Address, I256, U256};
use alloy_sol_types::{sol, SolCall, SolValue};
use stylus_sdk::{call::RawCall, prelude::*, ArbResult};

use crate::interface::external::{Erc20, UniswapFactory, UniswapPool};

sol! {
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes data) external;
}

/// Quote atoms per unit of this many base atoms is a price here.
const UNIT: u64 = 1_000_000_000_000_000_000;

sol_storage! {
    /// The venue of a base token that sorts before its quote token.
    pub struct Venue {
        address base;
        address quote;
        uint256 price;
        uint256 fill_price;
        uint256 liquidity;
        bool refuses;
        bool asks_twice;
        bool asks_never;
    }
}

// SAFETY: the contract is alone at its address.
unsafe impl TopLevelStorage for Venue {}

#[public]
impl Venue {
    /// Sets the tokens, quote atoms per 1e18 base atoms, and the liquidity.
    pub fn set_market(&mut self, base: Address, quote: Address, price: U256, liquidity: U256) {
        self.base.set(base);
        self.quote.set(quote);
        self.price.set(price);
        self.fill_price.set(price);
        self.liquidity.set(liquidity);
    }

    /// Moves the price of fills and leaves the one that the pool reads.
    pub fn set_fill_price(&mut self, price: U256) {
        self.fill_price.set(price);
    }

    /// From now on swaps revert.
    pub fn refuse(&mut self, from_now_on: bool) {
        self.refuses.set(from_now_on);
    }

    /// From now on the callback is called twice for one swap.
    pub fn ask_twice(&mut self, from_now_on: bool) {
        self.asks_twice.set(from_now_on);
    }

    /// From now on swaps are claimed to have happened that nobody was asked to pay for.
    pub fn ask_never(&mut self, from_now_on: bool) {
        self.asks_never.set(from_now_on);
    }

    /// Everything of Uniswap's: the SDK's own router derives other selectors for these arguments.
    #[fallback]
    pub fn uniswap(&mut self, calldata: &[u8]) -> ArbResult {
        let this = self.vm().contract_address();
        let (selector, input) = calldata.split_first_chunk::<4>().ok_or_else(Vec::new)?;
        match *selector {
            UniswapFactory::getPoolCall::SELECTOR => Ok(this.abi_encode()),
            UniswapPool::token0Call::SELECTOR => Ok(self.base.get().abi_encode()),
            UniswapPool::token1Call::SELECTOR => Ok(self.quote.get().abi_encode()),
            UniswapPool::feeCall::SELECTOR => Ok(U256::from(500).abi_encode()),
            UniswapPool::slot0Call::SELECTOR => {
                let mut words = [U256::ZERO; 7];
                words[0] = root(self.price.get());
                Ok(words.abi_encode())
            }
            UniswapPool::liquidityCall::SELECTOR => Ok(self.liquidity.get().abi_encode()),
            UniswapPool::swapCall::SELECTOR => self.swap(input),
            _ => Err(b"unknown selector".to_vec()),
        }
    }
}

type Swap = (Address, bool, I256, U160, alloy_primitives::Bytes);

impl Venue {
    fn swap(&mut self, input: &[u8]) -> ArbResult {
        let (recipient, sells, amount, limit, data) =
            Swap::abi_decode_params(input, false).map_err(|_| b"arguments".to_vec())?;
        if self.refuses.get() {
            return Err(b"refused".to_vec());
        }
        let (root, limit) = (root(self.fill_price.get()), U256::from(limit));
        if (sells && root < limit) || (!sells && root > limit) {
            return Ok([I256::ZERO; 2].abi_encode());
        }
        // Base is exact: what is sold when it goes in, what is bought when it comes out.
        let base = amount.unsigned_abs();
        let value = base * self.fill_price.get();
        let quote = if sells {
            value / U256::from(UNIT)
        } else {
            value.div_ceil(U256::from(UNIT))
        };
        let (base, quote) = (I256::from_raw(base), I256::from_raw(quote));
        let moved = if sells { [base, -quote] } else { [-base, quote] };
        if !self.asks_never.get() {
            self.exchange(recipient, sells, moved, data)?;
        }
        Ok(moved.abi_encode())
    }

    fn exchange(
        &mut self,
        recipient: Address,
        sells: bool,
        moved: [I256; 2],
        data: alloy_primitives::Bytes,
    ) -> Result<(), Vec<u8>> {
        let (given, taken) = if sells {
            (self.base.get(), self.quote.get())
        } else {
            (self.quote.get(), self.base.get())
        };
        let out = if sells { moved[1] } else { moved[0] }.unsigned_abs();
        let due = if sells { moved[0] } else { moved[1] }.unsigned_abs();
        call(
            taken,
            &Erc20::transferCall {
                _0: recipient,
                _1: out,
            }
            .abi_encode(),
        )?;
        let before = balance(given, self.vm().contract_address())?;
        let ask = uniswapV3SwapCallbackCall {
            amount0: moved[0],
            amount1: moved[1],
            data,
        }
        .abi_encode();
        let taker = self.vm().msg_sender();
        for _ in 0..=u8::from(self.asks_twice.get()) {
            call(taker, &ask)?;
        }
        if balance(given, self.vm().contract_address())? - before < due {
            return Err(b"IIA".to_vec());
        }
        Ok(())
    }
}

/// The root of a price as Q64.96.
fn root(price: U256) -> U256 {
    // Prices here stay far below 2^64.
    let squared: U256 = (price << 128) / U256::from(UNIT);
    squared.root(2) << 32
}

fn balance(token: Address, holder: Address) -> Result<U256, Vec<u8>> {
    let output = call(token, &Erc20::balanceOfCall { _0: holder }.abi_encode())?;
    U256::abi_decode(&output, false).map_err(|_| b"balance".to_vec())
}

fn call(target: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    // SAFETY: nothing of this contract's storage is borrowed.
    unsafe { RawCall::new().call(target, data) }
}
