//! A pool that trades, and what can be seen of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_primitives::{address, Address, I256, LogData, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolValue};
use motsu::prelude::*;
use smirk_motsu::{
    dispatch::CONSTRUCTOR, feed::Feed, interface::IPool, money::Money,
    program::Program, venue::Venue, Pool,
};

/// Block time in motsu.
pub const NOW: u64 = 1_735_689_600;
/// Listed: four weeks ahead.
pub const EXPIRY: u64 = NOW + 28 * 86_400;
/// Quote atoms per unit.
pub const UNIT: u64 = 1_000_000;
/// Where the tokens are: base sorts first, as the venue's price has it.
const BASE: Address = address!("00000000000000000000000000000000000b0000");
const QUOTE: Address = address!("00000000000000000000000000000000000c0000");
/// Where Permit2 stands on chains. Here something else does that refuses its calls: motsu panics when nothing does.
const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");

/// Contracts and people.
pub struct Market {
    pub pool: Contract<Pool>,
    pub base: Contract<Money>,
    pub quote: Contract<Money>,
    pub venue: Contract<Venue>,
    pub owner: Address,
    pub provider: Address,
    pub taker: Address,
    feed: Contract<Feed>,
    _no_permit2: Contract<Feed>,
    _turn: MutexGuard<'static, ()>,
}

/// One market at a time: motsu's worlds share locks, and it panics after ten milliseconds of waiting for one.
static TURN: Mutex<()> = Mutex::new(());

/// What a refused call must leave as it was.
#[derive(Debug, PartialEq)]
pub struct State {
    nav: Vec<u8>,
    risk: Vec<u8>,
    book: Vec<u8>,
    supply: U256,
    shares: U256,
    position: U256,
    balances: Vec<U256>,
    logs: usize,
}

impl Market {
    /// ETH at 2,500 with a million units of liquidity in the pool and one expiry.
    pub fn new() -> Market {
        let market = Market::unfunded();
        let provider = market.provider;
        let assets = units(1_000_000);
        market
            .send(
                provider,
                IPool::depositCall {
                    assets,
                    receiver: provider,
                },
            )
            .expect("the first deposit");
        market
    }

    /// The same without liquidity.
    pub fn unfunded() -> Market {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let market = Market {
            pool: Contract::from_tag("pool"),
            base: Contract::new_at(BASE),
            quote: Contract::new_at(QUOTE),
            venue: Contract::from_tag("venue"),
            owner: Address::from_tag("owner"),
            provider: Address::from_tag("provider"),
            taker: Address::from_tag("taker"),
            feed: Contract::from_tag("feed"),
            _no_permit2: Contract::new_at(PERMIT2),
            _turn: turn,
        };
        market.set_up_surroundings();
        market.construct();
        market.list();
        market
    }

    fn set_up_surroundings(&self) {
        let (owner, venue) = (self.owner, self.venue.address());
        self.base.sender(owner).set_decimals("18".parse().unwrap());
        self.quote.sender(owner).set_decimals("6".parse().unwrap());
        self.feed
            .sender(owner)
            .set_answer(U256::from(250_000_000_000u64));
        // The liquidity of 100,000 base beside 250 million quote.
        let liquidity = U256::from(5_000_000_000_000_000_000u64);
        self.venue
            .sender(owner)
            .set_market(BASE, QUOTE, units(2_500), liquidity);
        self.base.sender(owner).endow(venue, wad("1000"));
        self.quote.sender(owner).endow(venue, units(2_500_000));
        for person in [self.provider, self.taker] {
            self.quote.sender(owner).endow(person, units(5_000_000));
            self.quote
                .sender(person)
                .approve(self.pool.address(), U256::MAX);
        }
    }

    fn construct(&self) {
        let surroundings = (
            (BASE, QUOTE, self.feed.address(), Address::ZERO),
            (self.venue.address(), U256::from(500)),
            (Address::ZERO, self.owner),
            default_parameters(),
        );
        let calldata = [&CONSTRUCTOR[..], &surroundings.abi_encode()].concat();
        self.call(self.owner, &calldata).expect("constructed");
        self.send(
            self.owner,
            IPool::setKeeperCall {
                newKeeper: self.owner,
            },
        )
        .expect("a keeper");
    }

    fn list(&self) {
        let expiry = U256::from(EXPIRY);
        self.send(self.owner, IPool::listExpiryCall { expiry })
            .expect("listed");
        let anchor = IPool::postAnchorCall {
            expiry,
            atmVol: wad("0.7"),
            leftWing: wad("0.4"),
            rightWing: wad("0.28"),
            carry: I256::ZERO,
        };
        self.send(self.owner, anchor).expect("posted");
    }

    /// Calls the pool; a refusal undoes everything.
    pub fn call(&self, from: Address, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        self.pool.sender(from).answer(calldata).motsu_res()
    }

    /// Calls the pool by its ABI.
    pub fn send<C: SolCall>(&self, from: Address, call: C) -> Result<C::Return, Vec<u8>> {
        let output = self.call(from, &call.abi_encode())?;
        Ok(C::abi_decode_returns(&output, true).expect("return data of the ABI"))
    }

    /// The revert data of a call that must be refused.
    #[track_caller]
    pub fn refusal(&self, from: Address, call: impl SolCall) -> Vec<u8> {
        let answer = self.call(from, &call.abi_encode());
        answer.expect_err("a refusal")
    }

    /// Buys without a limit.
    pub fn buy(&self, id: U256, size: &str) -> Result<U256, Vec<u8>> {
        self.send(self.taker, self.buy_call(id, size))
            .map(|answer| answer.cost)
    }

    pub fn buy_call(&self, id: U256, size: &str) -> IPool::buyCall {
        IPool::buyCall {
            id,
            size: wad(size),
            maxCost: U256::MAX,
            deadline: U256::from(NOW),
            receiver: self.taker,
        }
    }

    /// Sells without a limit.
    pub fn sell(&self, id: U256, size: &str) -> Result<U256, Vec<u8>> {
        self.send(self.taker, self.sell_call(id, size))
            .map(|answer| answer.proceeds)
    }

    pub fn sell_call(&self, id: U256, size: &str) -> IPool::sellCall {
        IPool::sellCall {
            id,
            size: wad(size),
            minProceeds: U256::ZERO,
            deadline: U256::from(NOW),
            receiver: self.taker,
        }
    }

    pub fn nav(&self) -> IPool::Nav {
        self.send(self.taker, IPool::navCall {}).expect("nav").nav_
    }

    pub fn risk(&self) -> IPool::Risk {
        self.send(self.taker, IPool::riskCall {})
            .expect("risk")
            .risk_
    }

    pub fn position(&self, id: U256) -> U256 {
        let call = IPool::balanceOf_1Call {
            owner_: self.taker,
            id,
        };
        self.send(self.taker, call).expect("position").amount
    }

    pub fn shares(&self, holder: Address) -> U256 {
        self.send(holder, IPool::balanceOf_0Call { holder })
            .expect("shares")
            .shares
    }

    pub fn quote_of(&self, holder: Address) -> U256 {
        self.quote.sender(holder).balance_of(holder)
    }

    /// Quote atoms that are recorded, whoever has a claim on them.
    pub fn recorded(&self) -> U256 {
        let nav = self.nav();
        nav.cash + nav.setAside + nav.insurance
    }

    pub fn base_of(&self, holder: Address) -> U256 {
        self.base.sender(holder).balance_of(holder)
    }

    /// Events of this kind that the pool emitted.
    pub fn events<E: SolEvent>(&self) -> Vec<E> {
        let decode = |log: &LogData| E::decode_log_data(log, true).ok();
        self.pool.all_events().iter().filter_map(decode).collect()
    }

    /// Everything that a refused call must not change.
    pub fn state(&self, id: U256) -> State {
        let (pool, venue) = (self.pool.address(), self.venue.address());
        let view = |calldata: Vec<u8>| self.call(self.taker, &calldata).expect("a view");
        let people = [pool, venue, self.provider, self.taker];
        State {
            nav: view(IPool::navCall {}.abi_encode()),
            risk: view(IPool::riskCall {}.abi_encode()),
            book: view(IPool::bookCall {}.abi_encode()),
            supply: self.send(pool, IPool::totalSupply_0Call {}).unwrap().shares,
            shares: self.shares(self.provider),
            position: self.position(id),
            balances: people
                .iter()
                .flat_map(|&person| [self.base_of(person), self.quote_of(person)])
                .collect(),
            logs: self.pool.all_events().len(),
        }
    }
}

/// A call's id.
pub fn call_id(strike: &str) -> U256 {
    wad(strike) | U256::from(EXPIRY) << 128
}

/// A decimal number as WAD.
pub fn wad(text: &str) -> U256 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<18}")
        .parse()
        .expect("a decimal number")
}

/// Whole units of quote as atoms.
pub fn units(amount: u64) -> U256 {
    U256::from(amount) * U256::from(UNIT)
}

/// Whether a refusal is this error.
pub fn is<E: SolError>(refusal: &[u8]) -> bool {
    refusal.starts_with(&E::SELECTOR)
}

fn default_parameters() -> [U256; 34] {
    let list: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../../abi/parameters.json")).expect("JSON");
    std::array::from_fn(|index| list[index]["default"].as_str().unwrap().parse().unwrap())
}
