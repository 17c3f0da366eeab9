//! Uniswap's factory, pool and router in one contract: it trades from its own stock at one price.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue};
use stylus_sdk::{call::RawCall, prelude::*, ArbResult};

use crate::interface::external::{Erc20, SwapRouter, UniswapFactory, UniswapPool};

sol_storage! {
    /// The venue of a base token that sorts before its quote token.
    pub struct Venue {
        address base;
        uint256 price;
        uint256 sqrt_price;
        uint256 liquidity;
        bool refuses;
        bool delivers_nothing;
    }
}

// SAFETY: the contract is alone at its address.
unsafe impl TopLevelStorage for Venue {}

#[public]
impl Venue {
    /// Sets the base token, quote atoms per 1e18 base atoms, the root of the price as Q64.96, and the liquidity.
    pub fn set_market(&mut self, base: Address, price: U256, sqrt_price: U256, liquidity: U256) {
        self.base.set(base);
        self.price.set(price);
        self.sqrt_price.set(sqrt_price);
        self.liquidity.set(liquidity);
    }

    /// Moves the price of fills and leaves the one that the pool reads.
    pub fn set_fill_price(&mut self, price: U256) {
        self.price.set(price);
    }

    /// From now on swaps revert.
    pub fn refuse(&mut self, from_now_on: bool) {
        self.refuses.set(from_now_on);
    }

    /// From now on swaps take tokens and give none.
    pub fn deliver_nothing(&mut self, from_now_on: bool) {
        self.delivers_nothing.set(from_now_on);
    }

    /// Everything of Uniswap's: the SDK's own router derives other selectors for struct arguments.
    #[fallback]
    pub fn uniswap(&mut self, calldata: &[u8]) -> ArbResult {
        let this = self.vm().contract_address();
        let (selector, input) = calldata.split_first_chunk::<4>().ok_or_else(Vec::new)?;
        match *selector {
            SwapRouter::factoryCall::SELECTOR | UniswapFactory::getPoolCall::SELECTOR => {
                Ok(this.abi_encode())
            }
            UniswapPool::slot0Call::SELECTOR => {
                let mut words = [U256::ZERO; 7];
                words[0] = self.sqrt_price.get();
                Ok(words.abi_encode())
            }
            UniswapPool::liquidityCall::SELECTOR => Ok(self.liquidity.get().abi_encode()),
            SwapRouter::exactInputSingleCall::SELECTOR => self.exact_input(input),
            SwapRouter::exactOutputSingleCall::SELECTOR => self.exact_output(input),
            _ => Err(b"unknown selector".to_vec()),
        }
    }
}

type Fields = (Address, Address, U256, Address, U256, U256, U256);

impl Venue {
    fn exact_input(&mut self, input: &[u8]) -> ArbResult {
        let (given, taken, _, receiver, paid, least, _) = fields(input)?;
        let received = self.exchange(given, paid, false)?;
        if received < least {
            return Err(b"Too little received".to_vec());
        }
        self.swap((given, paid), (taken, received), receiver)?;
        Ok(received.abi_encode())
    }

    fn exact_output(&mut self, input: &[u8]) -> ArbResult {
        let (given, taken, _, receiver, received, most, _) = fields(input)?;
        let paid = self.exchange(taken, received, true)?;
        if paid > most {
            return Err(b"Too much requested".to_vec());
        }
        self.swap((given, paid), (taken, received), receiver)?;
        Ok(paid.abi_encode())
    }

    /// What `amount` of `token` is worth in the other token, rounded against the taker.
    fn exchange(&self, token: Address, amount: U256, up: bool) -> Result<U256, Vec<u8>> {
        if self.refuses.get() {
            return Err(b"refused".to_vec());
        }
        let (unit, price) = (U256::from(1_000_000_000_000_000_000u64), self.price.get());
        let (multiplier, divisor) = if token == self.base.get() {
            (price, unit)
        } else {
            (unit, price)
        };
        let product = amount * multiplier;
        Ok(if up {
            product.div_ceil(divisor)
        } else {
            product / divisor
        })
    }

    fn swap(
        &mut self,
        (given, paid): (Address, U256),
        (taken, received): (Address, U256),
        receiver: Address,
    ) -> Result<(), Vec<u8>> {
        let (taker, this) = (self.vm().msg_sender(), self.vm().contract_address());
        call(
            given,
            &Erc20::transferFromCall {
                _0: taker,
                _1: this,
                _2: paid,
            }
            .abi_encode(),
        )?;
        if !self.delivers_nothing.get() {
            call(
                taken,
                &Erc20::transferCall {
                    _0: receiver,
                    _1: received,
                }
                .abi_encode(),
            )?;
        }
        Ok(())
    }
}

fn fields(input: &[u8]) -> Result<Fields, Vec<u8>> {
    Fields::abi_decode_params(input, false).map_err(|_| b"arguments".to_vec())
}

fn call(token: Address, data: &[u8]) -> Result<(), Vec<u8>> {
    // SAFETY: nothing of this contract's storage is borrowed.
    unsafe { RawCall::new().call(token, data) }.map(|_| ())
}
