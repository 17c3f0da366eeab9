//! The Smirk pool: an options AMM in one Stylus program, with its pure engine in a second one without storage.
//!
//! This file is the ABI. Each public method turns ABI values into typed ones, calls one flow or view and returns.
//! Sizes, prices and vols are WAD (1e18); cash is in quote-token atoms; times are unix seconds. Methods that change
//! state take the lock; views that price the book refuse while it is held.

#![cfg_attr(not(any(test, feature = "export-abi")), no_std)]
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]

#[macro_use]
extern crate alloc;

pub mod error;
pub mod event;
pub mod flow;
pub mod guard;
pub mod interface;
pub mod io;
pub mod risk;
pub mod storage;
pub mod token;
pub mod view;

use alloc::{string::String, vec::Vec};

use alloy_primitives::{aliases::B32, Address, B256, U256};
use smirk_engine::{
    series,
    state::{Kind, Side},
};
use stylus_sdk::prelude::*;

use crate::{
    error::{Refusal, Word},
    event::emit,
    flow::deposit::Amount,
    io::host,
    storage::{parameters::COUNT, settlement},
    token::{position, share},
};

sol_storage! {
    /// The storage root; [`storage`] says what each word holds.
    #[entrypoint]
    pub struct Pool {
        address base;
        address quote;
        address feed;
        address sequencer;
        address router;
        address venue;
        address engine;
        uint256 traits;
        address owner;
        address pending_owner;
        address guardian;
        address keeper;
        uint256 head;
        uint256 money;
        uint256 reserves;
        uint256 trade_ledger;
        uint256 hedge_ledger;
        uint256[5] parameters;
        uint256[12] slices;
        uint256[64] nodes;
        mapping(uint256 => uint256) settlements;
        uint256 share_supply;
        mapping(address => uint256) shares;
        mapping(address => mapping(address => uint256)) share_allowances;
        mapping(address => uint256) nonces;
        mapping(address => mapping(uint256 => uint256)) positions;
        mapping(address => mapping(address => bool)) operators;
        mapping(address => mapping(address => mapping(uint256 => uint256))) position_allowances;
    }
}

#[public]
impl Pool {
    /// Deploys the pool. `sequencer` may be zero on a chain without one; the hedge venue is the router's pool of the
    /// pair and fee tier; `parameters` are listed in `storage::parameters`.
    ///
    /// Errors: `ZeroAddress`, `CallFailed`, `DecimalsUnsupported`, `VenueMissing`, `ParameterOutOfBounds`.
    #[constructor]
    #[allow(clippy::too_many_arguments)]
    pub fn constructor(
        &mut self,
        base: Address,
        quote: Address,
        feed: Address,
        sequencer: Address,
        router: Address,
        fee_tier: U256,
        engine: Address,
        owner: Address,
        parameters: [U256; COUNT],
    ) -> Result<(), Refusal> {
        let surroundings = flow::construct::Surroundings {
            base,
            quote,
            feed,
            sequencer,
            router,
            fee_tier,
            engine,
            owner,
        };
        flow::construct::construct(self, &surroundings, &parameters)
    }

    // Trading

    /// What [`Pool::buy`] would charge in this block. Errors: as `buy`, but for the taker's own limits and funds.
    pub fn quote_buy(&self, id: U256, size: U256) -> Result<view::Quote, Refusal> {
        view::quote(self, id, size, Side::Buy)
    }

    /// What [`Pool::sell`] would pay in this block.
    pub fn quote_sell(&self, id: U256, size: U256) -> Result<view::Quote, Refusal> {
        view::quote(self, id, size, Side::Sell)
    }

    /// Opens `size` of a series for `receiver`; the caller pays at most `max_cost`. Returns the cost.
    ///
    /// Events: `Bought`, ERC-6909 `Transfer`, `Hedged` or `HedgeMissed` when due, `PoolStatus`.
    pub fn buy(
        &mut self,
        id: U256,
        size: U256,
        max_cost: U256,
        deadline: U256,
        receiver: Address,
    ) -> Result<U256, Refusal> {
        flow::buy::buy(self, id, size, max_cost, seconds(deadline), receiver)
    }

    /// Returns `size` of a series from the caller; `receiver` gets at least `min_proceeds`. Open while paused.
    ///
    /// Events: `Sold`, ERC-6909 `Transfer`, `Hedged` or `HedgeMissed` when due, `PoolStatus`.
    pub fn sell(
        &mut self,
        id: U256,
        size: U256,
        min_proceeds: U256,
        deadline: U256,
        receiver: Address,
    ) -> Result<U256, Refusal> {
        flow::sell::sell(self, id, size, min_proceeds, seconds(deadline), receiver)
    }

    /// Brings the hedge back inside its band if it is outside; anyone. Returns the base traded.
    pub fn rebalance(&mut self) -> Result<alloy_primitives::I256, Refusal> {
        let traded = flow::rebalance::rebalance(self)?;
        Ok(alloy_primitives::I256::from_raw(traded.word()))
    }

    /// Packs a series into its id: strike in bits 0..128, expiry in 128..192, bit 192 set for a put.
    pub fn encode_id(&self, put: bool, expiry: U256, strike: U256) -> Result<U256, Refusal> {
        let kind = if put { Kind::Put } else { Kind::Call };
        let strike = share::narrow_shares(strike)?;
        let series = series::Series {
            kind,
            strike,
            expiry: seconds(expiry),
        };
        let id = U256::from_limbs(series::encode(&series));
        flow::order::series(id)?;
        Ok(id)
    }

    /// (put, expiry, strike) of an id. Errors: `InvalidId`.
    pub fn decode_id(&self, id: U256) -> Result<(bool, U256, U256), Refusal> {
        let series = flow::order::series(id)?;
        Ok((
            series.kind == Kind::Put,
            series.expiry.word(),
            series.strike.word(),
        ))
    }

    // Expiry

    /// Fixes the settlement price of an expiry from the proven first feed round at or after it; anyone, once.
    pub fn settle(&mut self, expiry: U256, round_id: U256) -> Result<(), Refusal> {
        flow::settle::settle(self, seconds(expiry), round_id)
    }

    /// Burns `size` of the caller's settled series and pays `receiver`. Returns the payout. Open while paused.
    pub fn claim(&mut self, id: U256, size: U256, receiver: Address) -> Result<U256, Refusal> {
        flow::claim::claim(self, id, size, receiver)
    }

    /// (price WAD, atoms still owed) of a settled expiry; zeros before settlement.
    pub fn settlement(&self, expiry: U256) -> (U256, U256) {
        let (price, owed) = settlement::load(self, seconds(expiry)).unwrap_or((0, 0));
        (price.word(), owed.word())
    }

    // Surface

    /// Lists an expiry. Keeper.
    pub fn list_expiry(&mut self, expiry: U256) -> Result<(), Refusal> {
        flow::anchor::list(self, seconds(expiry))
    }

    /// Posts an expiry's anchor: ATM vol and the wing slopes over the root of ATM total variance. Keeper.
    pub fn post_anchor(
        &mut self,
        expiry: U256,
        atm_vol: U256,
        left_wing: U256,
        right_wing: U256,
    ) -> Result<(), Refusal> {
        let ratio = flow::anchor::ratio;
        flow::anchor::post(
            self,
            seconds(expiry),
            ratio(atm_vol)?,
            ratio(left_wing)?,
            ratio(right_wing)?,
        )
    }

    /// Anchor vol at a strike of a listed expiry.
    pub fn implied_vol(&self, expiry: U256, strike: U256) -> Result<U256, Refusal> {
        view::implied_vol(self, seconds(expiry), strike)
    }

    /// Listed expiries with their anchors, ascending.
    pub fn surface(&self) -> Vec<view::Anchor> {
        view::surface(self)
    }

    // State

    /// Every node with the pool's positions, anchor marks and greeks.
    pub fn book(&self) -> Result<Vec<view::BookNode>, Refusal> {
        view::book(self)
    }

    /// Net greeks, hedge band and scenario gate.
    pub fn risk(&self) -> Result<view::Risk, Refusal> {
        view::risk(self)
    }

    /// Net asset value and recorded money.
    pub fn nav(&self) -> Result<view::Nav, Refusal> {
        view::nav(self)
    }

    /// State of feed, sequencer and venue.
    pub fn oracle_status(&self) -> view::OracleStatus {
        view::oracle_status(self)
    }

    /// All parameters by index.
    pub fn parameters(&self) -> [U256; COUNT] {
        view::parameter_words(self)
    }

    /// (base, quote, feed, sequencer, router, venue, engine).
    pub fn surroundings(
        &self,
    ) -> (
        Address,
        Address,
        Address,
        Address,
        Address,
        Address,
        Address,
    ) {
        let c = storage::configuration::load(self);
        (
            c.base,
            c.quote,
            c.feed,
            c.sequencer,
            c.router,
            c.venue,
            c.engine,
        )
    }

    // Liquidity (ERC-4626)

    /// The quote token.
    pub fn asset(&self) -> Address {
        self.quote.get()
    }

    /// Net asset value at the mid, atoms, rounded down.
    pub fn total_assets(&self) -> Result<U256, Refusal> {
        let nav = view::nav(self)?.mid;
        let scale = U256::from(storage::configuration::load(self).quote_scale);
        Ok(if nav.is_negative() {
            U256::ZERO
        } else {
            nav.into_raw() / scale
        })
    }

    /// Shares for assets at the mid, rounded down.
    pub fn convert_to_shares(&self, assets: U256) -> Result<U256, Refusal> {
        view::convert(self, Amount::Assets(assets))
    }

    /// Assets for shares at the mid, rounded down.
    pub fn convert_to_assets(&self, shares: U256) -> Result<U256, Refusal> {
        view::convert(self, Amount::Shares(shares))
    }

    /// Zero while deposits are closed.
    pub fn max_deposit(&self, _receiver: Address) -> U256 {
        view::max_deposit(self).word()
    }

    /// Zero while deposits are closed.
    pub fn max_mint(&self, _receiver: Address) -> U256 {
        view::max_deposit(self).word()
    }

    /// Bounded by the owner's shares, free cash and the scenario gate.
    pub fn max_withdraw(&self, owner: Address) -> U256 {
        view::max_withdraw(self, self.shares.get(owner)).0.word()
    }

    /// Bounded by the owner's shares, free cash and the scenario gate.
    pub fn max_redeem(&self, owner: Address) -> U256 {
        view::max_withdraw(self, self.shares.get(owner)).1.word()
    }

    /// Shares that a deposit mints.
    pub fn preview_deposit(&self, assets: U256) -> Result<U256, Refusal> {
        Ok(view::preview(self, Amount::Assets(assets), true)?.1)
    }

    /// Assets that a mint takes.
    pub fn preview_mint(&self, shares: U256) -> Result<U256, Refusal> {
        Ok(view::preview(self, Amount::Shares(shares), true)?.0)
    }

    /// Shares that a withdrawal burns.
    pub fn preview_withdraw(&self, assets: U256) -> Result<U256, Refusal> {
        Ok(view::preview(self, Amount::Assets(assets), false)?.1)
    }

    /// Assets that a redemption pays.
    pub fn preview_redeem(&self, shares: U256) -> Result<U256, Refusal> {
        Ok(view::preview(self, Amount::Shares(shares), false)?.0)
    }

    /// Deposits exactly `assets`. Returns the shares minted.
    pub fn deposit(&mut self, assets: U256, receiver: Address) -> Result<U256, Refusal> {
        Ok(flow::deposit::deposit(self, Amount::Assets(assets), receiver)?.1)
    }

    /// Mints exactly `shares`. Returns the assets taken.
    pub fn mint(&mut self, shares: U256, receiver: Address) -> Result<U256, Refusal> {
        Ok(flow::deposit::deposit(self, Amount::Shares(shares), receiver)?.0)
    }

    /// Withdraws exactly `assets`. Returns the shares burned. Open while paused.
    pub fn withdraw(
        &mut self,
        assets: U256,
        receiver: Address,
        owner: Address,
    ) -> Result<U256, Refusal> {
        Ok(flow::withdraw::withdraw(self, Amount::Assets(assets), receiver, owner)?.1)
    }

    /// Redeems exactly `shares`. Returns the assets paid. Open while paused.
    pub fn redeem(
        &mut self,
        shares: U256,
        receiver: Address,
        owner: Address,
    ) -> Result<U256, Refusal> {
        Ok(flow::withdraw::withdraw(self, Amount::Shares(shares), receiver, owner)?.0)
    }

    // The share (ERC-20, EIP-2612)

    /// Name of the share.
    pub fn name(&self) -> String {
        String::from(share::NAME)
    }

    /// Symbol of the share.
    pub fn symbol(&self) -> String {
        String::from(share::SYMBOL)
    }

    /// Decimals of the share: the quote token's plus three.
    pub fn decimals(&self) -> U256 {
        let scale = storage::configuration::load(self).quote_scale;
        (21 - scale.ilog10() as u64).word()
    }

    /// Shares in existence.
    pub fn total_supply(&self) -> U256 {
        share::supply(self).word()
    }

    /// Shares of a holder.
    #[selector(name = "balanceOf")]
    pub fn share_balance(&self, holder: Address) -> U256 {
        self.shares.get(holder)
    }

    /// Shares that `spender` may move for `owner`.
    #[selector(name = "allowance")]
    pub fn share_allowance(&self, owner: Address, spender: Address) -> U256 {
        self.share_allowances.getter(owner).get(spender)
    }

    /// Moves shares.
    #[selector(name = "transfer")]
    pub fn transfer_shares(&mut self, to: Address, shares: U256) -> Result<bool, Refusal> {
        let sender = host::sender(self);
        share::transfer(self, sender, to, shares)?;
        Ok(true)
    }

    /// Moves shares within an allowance.
    #[selector(name = "transferFrom")]
    pub fn transfer_shares_from(
        &mut self,
        from: Address,
        to: Address,
        shares: U256,
    ) -> Result<bool, Refusal> {
        let sender = host::sender(self);
        share::spend_allowance(self, from, sender, share::narrow_shares(shares)?)?;
        share::transfer(self, from, to, shares)?;
        Ok(true)
    }

    /// Sets an allowance of shares.
    #[selector(name = "approve")]
    pub fn approve_shares(&mut self, spender: Address, shares: U256) -> bool {
        let sender = host::sender(self);
        share::approve(self, sender, spender, shares);
        true
    }

    /// Sets an allowance of shares by signature. Errors: `PermitExpired`, `PermitInvalid`.
    #[allow(clippy::too_many_arguments)]
    pub fn permit(
        &mut self,
        owner: Address,
        spender: Address,
        value: U256,
        deadline: U256,
        v: u8,
        r: B256,
        s: B256,
    ) -> Result<(), Refusal> {
        let permit = share::Permit {
            owner,
            spender,
            value,
            deadline,
            v,
            r,
            s,
        };
        share::permit(self, &permit)
    }

    /// Next permit nonce.
    pub fn nonces(&self, owner: Address) -> U256 {
        self.nonces.get(owner)
    }

    /// EIP-712 domain separator of permits.
    #[selector(name = "DOMAIN_SEPARATOR")]
    pub fn domain_separator(&self) -> B256 {
        share::domain_separator(self)
    }

    // Positions (ERC-6909)

    /// Position of a holder in a series.
    pub fn balance_of(&self, owner: Address, id: U256) -> U256 {
        position::balance(self, owner, id)
    }

    /// Size of a series that `spender` may move for `owner`.
    pub fn allowance(&self, owner: Address, spender: Address, id: U256) -> U256 {
        self.position_allowances
            .getter(owner)
            .getter(spender)
            .get(id)
    }

    /// Whether `spender` may move everything of `owner`.
    pub fn is_operator(&self, owner: Address, spender: Address) -> bool {
        self.operators.getter(owner).get(spender)
    }

    /// Moves a position.
    pub fn transfer(&mut self, receiver: Address, id: U256, amount: U256) -> Result<bool, Refusal> {
        let sender = host::sender(self);
        position::transfer_from(self, sender, receiver, id, amount)?;
        Ok(true)
    }

    /// Moves a position of another within an allowance or as an operator.
    pub fn transfer_from(
        &mut self,
        sender: Address,
        receiver: Address,
        id: U256,
        amount: U256,
    ) -> Result<bool, Refusal> {
        position::transfer_from(self, sender, receiver, id, amount)?;
        Ok(true)
    }

    /// Sets an allowance for one series.
    pub fn approve(&mut self, spender: Address, id: U256, amount: U256) -> bool {
        let owner = host::sender(self);
        position::approve(self, owner, spender, id, amount);
        true
    }

    /// Names or removes an operator.
    pub fn set_operator(&mut self, spender: Address, approved: bool) -> bool {
        let owner = host::sender(self);
        self.operators.setter(owner).insert(spender, approved);
        emit!(self, OperatorSet, [owner, spender], [approved as u64]);
        true
    }

    /// ERC-165: itself and ERC-6909.
    pub fn supports_interface(&self, interface_id: B32) -> bool {
        matches!(
            interface_id.0,
            [0x01, 0xff, 0xc9, 0xa7] | [0x0f, 0x63, 0x2f, 0xb3]
        )
    }

    // Roles

    /// The owner.
    pub fn owner(&self) -> Address {
        self.owner.get()
    }

    /// Who may accept ownership.
    pub fn pending_owner(&self) -> Address {
        self.pending_owner.get()
    }

    /// Who may pause.
    pub fn guardian(&self) -> Address {
        self.guardian.get()
    }

    /// Who posts anchors.
    pub fn keeper(&self) -> Address {
        self.keeper.get()
    }

    /// Whether new risk is refused.
    pub fn paused(&self) -> bool {
        storage::head::load(self).paused
    }

    /// Offers ownership. Owner.
    pub fn transfer_ownership(&mut self, new_owner: Address) -> Result<(), Refusal> {
        flow::admin::transfer_ownership(self, new_owner)
    }

    /// Takes an offered ownership.
    pub fn accept_ownership(&mut self) -> Result<(), Refusal> {
        flow::admin::accept_ownership(self)
    }

    /// Names the guardian. Owner.
    pub fn set_guardian(&mut self, guardian: Address) -> Result<(), Refusal> {
        flow::admin::set_guardian(self, guardian)
    }

    /// Names the keeper. Owner.
    pub fn set_keeper(&mut self, keeper: Address) -> Result<(), Refusal> {
        flow::admin::set_keeper(self, keeper)
    }

    /// Sets a parameter within its hard bounds. Owner.
    pub fn set_parameter(&mut self, index: U256, value: U256) -> Result<(), Refusal> {
        flow::admin::set_parameter(self, index, value)
    }

    /// Stops new risk; exits stay open. Guardian or owner.
    pub fn pause(&mut self) -> Result<(), Refusal> {
        flow::admin::pause(self)
    }

    /// Allows new risk again. Owner.
    pub fn resume(&mut self) -> Result<(), Refusal> {
        flow::admin::resume(self)
    }
}

/// A time beyond 64 bits is as far away as any.
fn seconds(word: U256) -> u64 {
    word.saturating_to()
}
