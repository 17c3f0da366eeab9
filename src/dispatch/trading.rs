//! What the pool's own program answers: trading, expiry, the two tokens and roles.

use alloc::vec::Vec;

use alloy_primitives::U256;
use smirk_engine::{
    series::{self, Series},
    state::{Kind, Side},
};

use super::{answer, done, one, text, yes, Arguments};
use crate::{
    error::{Refusal, Word},
    flow::{self, admin},
    io::{
        host,
        words::{self, narrow},
    },
    storage::{configuration, settlement},
    token::{position, share},
    view, Pool,
};

/// ERC-165's own id and ERC-6909's, as `bytes4` words.
const INTERFACES: [u32; 2] = [0x01ff_c9a7, 0x0f63_2fb3];

/// The return data of a call; `None` for a selector that is not here.
pub fn trading(
    pool: &mut Pool,
    selector: [u8; 4],
    a: &Arguments,
) -> Result<Option<Vec<u8>>, Refusal> {
    for table in [trades, positions, shares, officers] {
        if let Some(output) = table(pool, selector, a)? {
            a.finish()?;
            return Ok(Some(output));
        }
    }
    Ok(None)
}

fn trades(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Vec<u8>>, Refusal> {
    answer!(selector, {
        quoteBuyCall => view::quote(pool, a.word(0), a.word(1), Side::Buy)?,
        quoteSellCall => view::quote(pool, a.word(0), a.word(1), Side::Sell)?,
        buyCall => one(flow::buy::buy(pool, a.word(0), a.word(1), a.word(2), a.time(3), a.address(4))?),
        sellCall => one(flow::sell::sell(pool, a.word(0), a.word(1), a.word(2), a.time(3), a.address(4))?),
        rebalanceCall => one(flow::rebalance::rebalance(pool)?),
        settleCall => {
            flow::settle::settle(pool, a.time(0), a.word(1))?;
            Vec::new()
        },
        claimCall => one(flow::claim::claim(pool, a.word(0), a.word(1), a.address(2))?),
        settlementCall => {
            let (price, owed) = settlement::load(pool, a.time(0)).unwrap_or((0, 0));
            words::data(&[price.word(), owed.word()])
        },
        encodeIdCall => encode_id(a)?,
        decodeIdCall => {
            let series = flow::order::series(a.word(0))?;
            let put = (series.kind == Kind::Put) as u64;
            words::data(&[put.word(), series.expiry.word(), series.strike.word()])
        },
    });
    Ok(None)
}

fn positions(
    pool: &mut Pool,
    selector: [u8; 4],
    a: &Arguments,
) -> Result<Option<Vec<u8>>, Refusal> {
    let caller = host::sender(pool);
    answer!(selector, {
        balanceOf_1Call => one(position::balance(pool, a.address(0), a.word(1))),
        allowance_1Call => one(position::allowance(pool, a.address(0), a.address(1), a.word(2))),
        isOperatorCall => one(position::is_operator(pool, a.address(0), a.address(1)) as u64),
        transfer_1Call => {
            position::transfer_from(pool, caller, a.address(0), a.word(1), a.word(2))?;
            yes()
        },
        transferFrom_1Call => {
            position::transfer_from(pool, a.address(0), a.address(1), a.word(2), a.word(3))?;
            yes()
        },
        approve_1Call => {
            position::approve(pool, caller, a.address(0), a.word(1), a.word(2));
            yes()
        },
        setOperatorCall => {
            position::set_operator(pool, caller, a.address(0), a.flag(1));
            yes()
        },
        supportsInterfaceCall => {
            let id = a.word(0).as_limbs()[3] >> 32;
            one(INTERFACES.contains(&(id as u32)) as u64)
        },
    });
    Ok(None)
}

fn shares(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Vec<u8>>, Refusal> {
    let caller = host::sender(pool);
    answer!(selector, {
        nameCall => text(share::NAME),
        symbolCall => text(share::SYMBOL),
        decimalsCall => one(share::decimals(configuration::load(pool).quote_scale)),
        totalSupplyCall => one(share::supply(pool)),
        balanceOf_0Call => one(share::balance(pool, a.address(0))),
        allowance_0Call => one(share::allowance(pool, a.address(0), a.address(1))),
        transfer_0Call => {
            share::transfer(pool, caller, a.address(0), a.word(1))?;
            yes()
        },
        transferFrom_0Call => {
            let (owner, shares) = (a.address(0), a.word(2));
            share::spend_allowance(pool, owner, caller, shares)?;
            share::transfer(pool, owner, a.address(1), shares)?;
            yes()
        },
        approve_0Call => {
            share::approve(pool, caller, a.address(0), a.word(1));
            yes()
        },
        permitCall => {
            share::permit(pool, &permit(a))?;
            Vec::new()
        },
        noncesCall => one(share::nonce(pool, a.address(0))),
        DOMAIN_SEPARATORCall => one(U256::from_be_bytes(share::domain_separator(pool).0)),
    });
    Ok(None)
}

fn officers(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Vec<u8>>, Refusal> {
    answer!(selector, {
        transferOwnershipCall => done(admin::transfer_ownership(pool, a.address(0)))?,
        acceptOwnershipCall => done(admin::accept_ownership(pool))?,
        setGuardianCall => done(admin::set_guardian(pool, a.address(0)))?,
        setKeeperCall => done(admin::set_keeper(pool, a.address(0)))?,
        pauseCall => done(admin::pause(pool))?,
        resumeCall => done(admin::resume(pool))?,
    });
    Ok(None)
}

fn encode_id(a: &Arguments) -> Result<Vec<u8>, Refusal> {
    let kind = if a.flag(0) { Kind::Put } else { Kind::Call };
    let (expiry, strike) = (a.time(1), a.word(2));
    let strike =
        narrow(strike).ok_or_else(|| crate::error::refuse!(ValueTooLarge, strike, u128::MAX))?;
    let id = U256::from_limbs(series::encode(&Series {
        kind,
        strike,
        expiry,
    }));
    flow::order::series(id)?;
    Ok(one(id))
}

fn permit(a: &Arguments) -> share::Permit {
    share::Permit {
        owner: a.address(0),
        spender: a.address(1),
        value: a.word(2),
        deadline: a.word(3),
        v: a.number(4, 255),
        r: a.word(5),
        s: a.word(6),
    }
}
