//! The deployed surroundings of a pool and what happens in them.

use alloy_primitives::{
    aliases::{U160, U24, U48},
    Address, Bytes, I256, U256,
};
use inkhorn_chain::{Chain, Transaction};

use alloy_sol_types::{SolCall, SolValue};

use crate::{
    abi::{PriceFeed, SequencerFeed, SwapRouter02, Token, UniswapV3Pool},
    actor::{Permit, Signature},
    artifact::test_contract,
    call::{CallFailure, Receipt, TypedCalls},
    permit2::{Permit2, PermitDetails, PermitSingle, PERMIT2},
    price::{units, Pair},
    venue::{create, Venue, FEE},
    Actor, Actors, Lender, WorldBuilder,
};

/// A chain with two tokens, their price feed and a Uniswap v3 pool between them, and people who use them.
///
/// Alice, Bob, Carol and the provider each start with 1,000 base and 10,000,000 quote; the arbitrageur's pockets are
/// deep enough for any move of the price. The tokens are minted by anyone, so more is one call away. A clone goes its own way.
#[derive(Clone)]
pub struct World {
    /// The chain that everything lives on.
    pub chain: Chain,
    /// Who acts.
    pub actors: Actors,
    /// The base token.
    pub base: Address,
    /// The quote token.
    pub quote: Address,
    /// The wrapped ether of Uniswap's periphery: the base token, unless that is of another kind.
    pub weth: Address,
    /// Decimals and order of the tokens.
    pub pair: Pair,
    /// The price feed, quote per base.
    pub feed: Address,
    /// The price feed's decimals.
    pub feed_decimals: u8,
    /// The sequencer uptime feed, if the world has one.
    pub sequencer_feed: Option<Address>,
    /// Uniswap.
    pub venue: Venue,
    /// Aave, if the world has it.
    pub lender: Option<Lender>,
}

impl World {
    /// A builder with the default choices.
    pub fn builder() -> WorldBuilder {
        WorldBuilder::default()
    }

    /// Sends `call` as a transaction.
    pub fn send<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        self.chain.send(from, to, call)
    }

    /// Evaluates `call` without keeping any effect.
    pub fn view<C: SolCall>(&mut self, to: Address, call: &C) -> Result<C::Return, CallFailure> {
        self.chain.view(to, call)
    }

    /// Quote units of a decimal literal: `quote_units("1.5")` is 1,500,000 with 6 decimals.
    pub fn quote_units(&self, number: &str) -> U256 {
        units(number, self.pair.quote_decimals)
    }

    /// Base units of a decimal literal.
    pub fn base_units(&self, number: &str) -> U256 {
        units(number, self.pair.base_decimals)
    }
}

/// Tokens.
impl World {
    /// Mints `amount` units of a token.
    pub fn mint(&mut self, token: Address, to: Address, amount: U256) -> Result<(), CallFailure> {
        let minter = self.actors.deployer.address;
        self.chain
            .send(minter, token, &Token::mintCall { to, amount })
            .map(drop)
    }

    /// Approves `spender` for `amount` units of the owner's tokens.
    pub fn approve(
        &mut self,
        token: Address,
        owner: Address,
        spender: Address,
        amount: U256,
    ) -> Result<(), CallFailure> {
        self.chain
            .send(owner, token, &Token::approveCall { spender, amount })
            .map(drop)
    }

    /// Units of a token that `holder` holds.
    pub fn balance_of(&mut self, token: Address, holder: Address) -> Result<U256, CallFailure> {
        self.chain.view(token, &Token::balanceOfCall { holder })
    }

    /// Signs the owner's next EIP-2612 permit at any contract that has them.
    pub fn sign_permit(
        &mut self,
        token: Address,
        owner: &Actor,
        spender: Address,
        value: U256,
        deadline: U256,
    ) -> Result<Signature, CallFailure> {
        let domain_separator = self.chain.view(token, &Token::DOMAIN_SEPARATORCall {})?;
        let nonce = self.chain.view(
            token,
            &Token::noncesCall {
                owner: owner.address,
            },
        )?;
        let permit = Permit {
            spender,
            value,
            nonce,
            deadline,
        };
        Ok(owner.sign(permit.digest(domain_separator, owner.address)))
    }

    /// Signs what lets `spender` take `amount` of a token through Permit2 for `seconds` from now: the terms and the signature.
    pub fn sign_permit2(
        &mut self,
        token: Address,
        owner: &Actor,
        spender: Address,
        amount: U256,
        seconds: u64,
    ) -> Result<(PermitSingle, Bytes), CallFailure> {
        let allowance = Permit2::allowanceCall {
            user: owner.address,
            token,
            spender,
        };
        let nonce = self.chain.view(PERMIT2, &allowance)?.nonce;
        let end = self.chain.now() + seconds;
        let terms = PermitSingle {
            details: PermitDetails {
                token,
                amount: amount.to(),
                expiration: U48::from(end),
                nonce,
            },
            spender,
            sigDeadline: U256::from(end),
        };
        let Signature { v, r, s } = owner.sign(terms.digest(self.chain.config().chain_id));
        let signature = [r.as_slice(), s.as_slice(), &[v]].concat();
        Ok((terms, signature.into()))
    }
}

/// Feeds.
impl World {
    /// Feed answer for a price in quote per base (WAD), rounded down to the feed's decimals.
    pub fn feed_answer(&self, price: U256) -> I256 {
        let scale = Pair {
            base_decimals: 18,
            quote_decimals: self.feed_decimals,
            base_is_token0: true,
        };
        I256::from_raw(scale.quote_for(units("1", 18), price))
    }

    /// Writes a round with this price (WAD), started and updated now. Returns the round's id.
    pub fn push_price(&mut self, price: U256) -> Result<u128, CallFailure> {
        let now = self.chain.now();
        self.push_round(self.feed_answer(price), now, now)
    }

    /// Writes a complete round. Returns its id.
    pub fn push_round(
        &mut self,
        answer: I256,
        started_at: u64,
        updated_at: u64,
    ) -> Result<u128, CallFailure> {
        let push = PriceFeed::pushCall {
            answer,
            startedAt: U256::from(started_at),
            updatedAt: U256::from(updated_at),
        };
        let oracle = self.actors.oracle.address;
        self.chain
            .send(oracle, self.feed, &push)
            .map(|receipt| receipt.value.to())
    }

    /// The feed's latest answer as a price (WAD).
    pub fn feed_price(&mut self) -> Result<U256, CallFailure> {
        let round = self
            .chain
            .view(self.feed, &PriceFeed::latestRoundDataCall {})?;
        let scale = Pair {
            base_decimals: self.feed_decimals,
            quote_decimals: 18,
            base_is_token0: true,
        };
        Ok(scale.quote_for(round.answer.into_raw(), units("1", 18)))
    }

    /// Writes the latest answer again with the present time, as a feed's heartbeat does.
    pub fn refresh_feed(&mut self) -> Result<u128, CallFailure> {
        let price = self.feed_price()?;
        self.push_price(price)
    }

    /// Moves the market: the feed gets a round with this price (WAD) and the venue is traded to it.
    pub fn set_price(&mut self, price: U256) -> Result<(), CallFailure> {
        self.push_price(price)?;
        self.arbitrage().map(drop)
    }

    /// Reports the sequencer up or down since `since`. Does nothing in a world without a sequencer feed.
    pub fn set_sequencer(&mut self, up: bool, since: u64) -> Result<(), CallFailure> {
        let Some(feed) = self.sequencer_feed else {
            return Ok(());
        };
        let answer = if up { I256::ZERO } else { I256::ONE };
        let set = SequencerFeed::setCall {
            answer,
            startedAt: U256::from(since),
        };
        self.chain
            .send(self.actors.oracle.address, feed, &set)
            .map(drop)
    }
}

/// The venue.
impl World {
    /// The venue's price, quote per base (WAD), rounded down.
    pub fn venue_price(&mut self) -> Result<U256, CallFailure> {
        let price = self.sqrt_price_x96()?;
        Ok(self.pair.price(price))
    }

    /// Trades the venue to the feed's price through the router, whether or not the fee leaves a profit in it.
    /// The receipt's value is what the arbitrageur received; `None` when the venue is there already.
    pub fn arbitrage(&mut self) -> Result<Option<Receipt<U256>>, CallFailure> {
        let feed_price = self.feed_price()?;
        self.arbitrage_to(feed_price)
    }

    /// Like [`World::arbitrage`], to a price of one's own (quote per base, WAD).
    pub fn arbitrage_to(&mut self, price: U256) -> Result<Option<Receipt<U256>>, CallFailure> {
        let arbitrageur = self.actors.arbitrageur.address;
        self.trade_venue_to(arbitrageur, price)
    }

    /// Trades the venue to a price (quote per base, WAD) through the router, with as much of the sender's tokens as that
    /// takes. The router has to be approved for both. The receipt's value is what the sender received; `None` when the
    /// venue is there already.
    pub fn trade_venue_to(
        &mut self,
        from: Address,
        price: U256,
    ) -> Result<Option<Receipt<U256>>, CallFailure> {
        let target = self.pair.sqrt_price_x96(price);
        let present = self.sqrt_price_x96()?;
        if target == present {
            return Ok(None);
        }
        // Selling token0 lowers the venue's price.
        let (token_in, token_out) = if target < present {
            (self.venue.token0, self.venue.token1)
        } else {
            (self.venue.token1, self.venue.token0)
        };
        let amount_in = self.balance_of(token_in, from)?;
        let swap = exact_input(token_in, token_out, from, amount_in, target);
        self.chain.send(from, self.venue.router, &swap).map(Some)
    }

    /// Sells exactly `amount_in` units of a token at the venue for at least `minimum_out`, without a price limit.
    /// The sender approves the router for it first. Returns the units received.
    pub fn swap_exact_input(
        &mut self,
        from: Address,
        token_in: Address,
        amount_in: U256,
        minimum_out: U256,
    ) -> Result<U256, CallFailure> {
        self.approve(token_in, from, self.venue.router, amount_in)?;
        let mut swap = exact_input(
            token_in,
            self.other_token(token_in),
            from,
            amount_in,
            U160::ZERO,
        );
        swap.params.amountOutMinimum = minimum_out;
        self.chain
            .send(from, self.venue.router, &swap)
            .map(|receipt| receipt.value)
    }

    /// Buys exactly `amount_out` units of a token at the venue for at most `maximum_in`, without a price limit.
    /// The sender approves the router for it first. Returns the units paid.
    pub fn swap_exact_output(
        &mut self,
        from: Address,
        token_out: Address,
        amount_out: U256,
        maximum_in: U256,
    ) -> Result<U256, CallFailure> {
        let token_in = self.other_token(token_out);
        self.approve(token_in, from, self.venue.router, maximum_in)?;
        let swap = SwapRouter02::exactOutputSingleCall {
            params: SwapRouter02::ExactOutputSingleParams {
                tokenIn: token_in,
                tokenOut: token_out,
                fee: U24::from(FEE),
                recipient: from,
                amountOut: amount_out,
                amountInMaximum: maximum_in,
                sqrtPriceLimitX96: U160::ZERO,
            },
        };
        self.chain
            .send(from, self.venue.router, &swap)
            .map(|receipt| receipt.value)
    }

    /// Deploys a stand-in for the venue and its factory that can be told to misbehave ([`crate::abi::HostileVenue`]). Anyone
    /// may tell it.
    pub fn deploy_hostile_venue(&mut self) -> anyhow::Result<Address> {
        let code = test_contract("HostileVenue", &self.venue.pool.abi_encode())?;
        create(&mut self.chain, self.actors.deployer.address, code)
    }

    fn other_token(&self, token: Address) -> Address {
        if token == self.base {
            self.quote
        } else {
            self.base
        }
    }

    fn sqrt_price_x96(&mut self) -> Result<U160, CallFailure> {
        self.chain
            .view(self.venue.pool, &UniswapV3Pool::slot0Call {})
            .map(|slot| slot.sqrtPriceX96)
    }
}

fn exact_input(
    token_in: Address,
    token_out: Address,
    recipient: Address,
    amount_in: U256,
    limit: U160,
) -> SwapRouter02::exactInputSingleCall {
    SwapRouter02::exactInputSingleCall {
        params: SwapRouter02::ExactInputSingleParams {
            tokenIn: token_in,
            tokenOut: token_out,
            fee: U24::from(FEE),
            recipient,
            amountIn: amount_in,
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: limit,
        },
    }
}

impl TypedCalls for World {
    fn execute<C: SolCall>(
        &mut self,
        transaction: Transaction,
        call: &C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        self.chain.execute(transaction, call)
    }

    fn view_from<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, CallFailure> {
        self.chain.view_from(from, to, call)
    }
}
