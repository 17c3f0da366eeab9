//! From calldata to a flow or a view and back: one table from selector to what answers it.
//!
//! The ABI is in `IPool.sol`; the selectors are computed from it. Arguments and results are words, which costs a tenth of
//! the code that generated coders would.

mod arguments;
mod output;

use alloc::vec::Vec;

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use smirk_engine::{
    series::{self, Series},
    state::{Kind, Side, MAX_LEGS},
};

pub use arguments::Arguments;
use output::{done, one, text, yes};

use crate::{
    error::{narrow, unknown_selector, Refusal},
    flow::{
        expiry::{claim, settle},
        hedge::{callback, rebalance},
        liquidity::{
            deposit,
            terms::{Amount, Terms},
            withdraw,
        },
        margin,
        roles::{
            admin,
            construct::{self, Surroundings},
            feed, signers,
        },
        surface::{
            list,
            post::{self, Anchor},
            quorum,
        },
        trade::{buy, legs, order, sell},
    },
    interface::IPool::{
        contractURICall, decimals_1Call, eip712DomainCall, multicallCall, name_1Call, symbol_1Call,
        tokenURICall, totalSupply_1Call,
    },
    io::host,
    request,
    storage::{account, book, configuration, head, lending, parameters, roles, settlement},
    token::{metadata, permit, position, share},
    view::{
        account as account_view, book as book_view, quote, reports as report_views,
        shares as shares_view,
    },
    words::{Word, Words},
    Pool,
};

/// Selector of a Stylus constructor, whatever its arguments.
pub const CONSTRUCTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];
/// Whether the pool has an interface: ERC-165 itself, ERC-6909, its metadata, supply and content extensions, ERC-5267.
fn is_supported(interface: u32) -> bool {
    const fn of<C: SolCall>() -> u32 {
        u32::from_be_bytes(C::SELECTOR)
    }
    const METADATA: u32 = of::<name_1Call>() ^ of::<symbol_1Call>() ^ of::<decimals_1Call>();
    const SUPPLY: u32 = of::<totalSupply_1Call>();
    const CONTENT: u32 = of::<tokenURICall>() ^ of::<contractURICall>();
    const DOMAIN: u32 = of::<eip712DomainCall>();
    matches!(
        interface,
        0x01ff_c9a7 | 0x0f63_2fb3 | METADATA | SUPPLY | CONTENT | DOMAIN
    )
}

/// `one_of!(selector, { call => body, ... })`: the body of the call with this selector, or `None` when there is none.
macro_rules! one_of {
    ($selector:expr, { $($call:ident => $body:expr,)* }) => {
        $(if $selector == <$crate::interface::IPool::$call as alloy_sol_types::SolCall>::SELECTOR {
            return Ok(Some($body));
        })*
    };
}

/// A part of the table: the return data of a call, or `None` for a selector that is not in it.
type Part = fn(&mut Pool, [u8; 4], &Arguments) -> Result<Option<Words>, Refusal>;

/// The return data of a call.
///
/// # Errors
/// Those of what answers it, `UnknownSelector`, `ArgumentInvalid`, `ValueTooLarge` for wei.
pub fn answer(pool: &mut Pool, calldata: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (selector, arguments) = Arguments::split(pool, calldata)?;
    let output = if selector == multicallCall::SELECTOR {
        multicall(pool, &arguments)
    } else {
        single(pool, selector, &arguments)
    };
    output.map(Words::into_bytes)
}

/// Several calls of the caller's, one after the other, each with its own lock, and all or none. None of them is another such
/// call. The first refusal is the answer.
fn multicall(pool: &mut Pool, arguments: &Arguments) -> Result<Words, Refusal> {
    let calls = arguments.calls(0, 1)?;
    let count = calls.len() as u64;
    let (mut heads, mut outputs) = (Words::none().with(32u64).with(count), Words::none());
    for data in &calls {
        let (selector, inner) = Arguments::split(pool, data)?;
        let output = single(pool, selector, &inner)?;
        heads = heads.with(32 * count + outputs.len() as u64);
        outputs = outputs.text(&output);
    }
    Ok(heads.bytes(&outputs))
}

fn single(pool: &mut Pool, selector: [u8; 4], arguments: &Arguments) -> Result<Words, Refusal> {
    const PARTS: [Part; 9] = [
        trades,
        accounts,
        positions,
        shares,
        liquidity,
        reports,
        officers,
        administration,
        construction,
    ];
    for part in PARTS {
        if let Some(output) = part(pool, selector, arguments)? {
            arguments.finish()?;
            return Ok(output);
        }
    }
    Err(unknown_selector(selector))
}

fn trades(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Words>, Refusal> {
    one_of!(selector, {
        quoteBuyCall => quote::one(pool, a.word(0), a.word(1), Side::Buy)?,
        quoteSellCall => quote::one(pool, a.word(0), a.word(1), Side::Sell)?,
        quoteCall => {
            let legs = a.legs(0, 2, request::MOST_LEGS)?;
            request::check_repeated(&legs)?;
            let legs = if a.flag(1) { legs.on_account() } else { legs };
            quote::order(pool, &legs)?
        },
        tradeCall => {
            let legs = a.legs(0, 4, request::MOST_LEGS)?;
            one(legs::trade(pool, &legs, a.word(1), a.time(2), a.address(3))?)
        },
        tradeOnAccountCall => {
            let legs = a.legs(0, 4, request::MOST_LEGS)?;
            one(margin::legs::trade(pool, &legs, a.word(1), a.time(2), a.address(3))?)
        },
        quoteOnAccountCall => quote::on_account(pool, &a.legs(0, 2, request::MOST_LEGS)?, a.address(1))?,
        buyCall => one(buy::buy(pool, a.word(0), a.word(1), a.word(2), a.time(3), a.address(4))?),
        sellCall => one(sell::sell(pool, a.word(0), a.word(1), a.word(2), a.time(3), a.address(4))?),
        rebalanceCall => one(rebalance::rebalance(pool)?),
        settleCall => {
            settle::settle(pool, a.time(0), a.word(1))?;
            Words::none()
        },
        claimCall => one(claim::claim(pool, a.word(0), a.word(1), a.address(2))?),
        uniswapV3SwapCallbackCall => {
            callback::pay(pool, a.word(0), a.word(1), a.word(4))?;
            Words::none()
        },
        settlementCall => {
            let settled = settlement::load(pool, a.time(0)).unwrap_or_default();
            Words::none().with(settled.price).with(settled.owed).with(settled.funded)
        },
        encodeIdCall => encode_id(pool, a)?,
        decodeIdCall => {
            let series = request::series(a.word(0))?;
            let put = (series.kind == Kind::Put) as u64;
            Words::none().with(put).with(series.expiry).with(series.strike)
        },
    });
    Ok(None)
}

fn accounts(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Words>, Refusal> {
    one_of!(selector, {
        depositMarginCall => done(margin::deposit::deposit(pool, a.word(0), a.address(1)))?,
        withdrawMarginCall => done(margin::withdraw::withdraw(pool, a.word(0), a.address(1)))?,
        depositPositionCall => done(margin::position::take_in(pool, a.word(0), a.word(1)))?,
        withdrawPositionCall => done(margin::position::give_out(pool, a.word(0), a.word(1), a.address(2)))?,
        setDelegateCall => done(margin::delegate::set(pool, a.address(0), a.flag(1)))?,
        isDelegateCall => one(account::is_delegate(pool, a.address(0), a.address(1)) as u64),
        flagCall => done(margin::liquidate::flag(pool, a.address(0)))?,
        liquidateCall => one(margin::liquidate::liquidate(pool, a.address(0), a.address(1))?),
        touchCall => done(margin::meet::touch(pool, a.address(0)))?,
        accountCall => account_view::account(pool, a.address(0))?,
        marginForCall => account_view::margin_for(pool, &a.legs(0, 1, MAX_LEGS)?)?,
        accountsCall => account_view::totals(pool),
        interestCall => account_view::interest(pool, a.word(0))?,
    });
    Ok(None)
}

fn positions(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Words>, Refusal> {
    let caller = host::sender(pool);
    one_of!(selector, {
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
        name_1Call => text(metadata::name(pool, a.word(0), false)?.bytes()),
        symbol_1Call => text(metadata::name(pool, a.word(0), true)?.bytes()),
        decimals_1Call => {
            request::series(a.word(0))?;
            one(18u64)
        },
        tokenURICall => text(metadata::uri(pool, a.word(0))?.bytes()),
        contractURICall => text(metadata::contract_uri(pool)?.bytes()),
        totalSupply_1Call => one(book_view::supply(pool, a.word(0))?),
        supportsInterfaceCall => {
            let id = a.word(0).as_limbs()[3] >> 32;
            one(is_supported(id as u32) as u64)
        },
    });
    Ok(None)
}

fn shares(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Words>, Refusal> {
    let caller = host::sender(pool);
    one_of!(selector, {
        name_0Call => text(share::NAME.as_bytes()),
        symbol_0Call => text(share::SYMBOL.as_bytes()),
        decimals_0Call => one(share::decimals(configuration::load(pool).quote_scale)),
        totalSupply_0Call => one(share::supply(pool)),
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
            share::permit(pool, &permit_of(a))?;
            Words::none()
        },
        noncesCall => one(share::nonce(pool, a.address(0))),
        DOMAIN_SEPARATORCall => Words::none().bytes(&share::domain_separator(pool).0),
        eip712DomainCall => share::domain(pool),
        permitQuoteCall => {
            let signature = [a.number(2, 255).word(), a.word(3), a.word(4)];
            done(permit::quote(pool, a.word(0), a.word(1), signature))?
        },
        permit2QuoteCall => {
            let terms = [0, 1, 2, 3].map(|index| a.word(index));
            done(permit::quote_by_permit2(pool, terms, a.bytes(4, 5)?))?
        },
    });
    Ok(None)
}

fn liquidity(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Words>, Refusal> {
    let assets = || Amount::Assets(a.word(0));
    let shares = || Amount::Shares(a.word(0));
    let terms = |index| {
        Some(Terms {
            limit: a.word(index),
            deadline: a.time(index + 1),
        })
    };
    one_of!(selector, {
        assetCall => one(configuration::load(pool).quote),
        totalAssetsCall => one(report_views::total_assets(pool)?),
        convertToSharesCall => one(shares_view::convert(pool, assets())?),
        convertToAssetsCall => one(shares_view::convert(pool, shares())?),
        maxDepositCall => one(shares_view::max_deposit(pool)),
        maxMintCall => one(shares_view::max_deposit(pool)),
        maxWithdrawCall => one(shares_view::max_withdraw(pool, a.address(0)).assets),
        maxRedeemCall => one(shares_view::max_withdraw(pool, a.address(0)).shares),
        previewDepositCall => one(shares_view::preview_entry(pool, assets())?.shares),
        previewMintCall => one(shares_view::preview_entry(pool, shares())?.assets),
        previewWithdrawCall => one(shares_view::preview_exit(pool, assets())?.shares),
        previewRedeemCall => one(shares_view::preview_exit(pool, shares())?.assets),
        depositCall => one(deposit::deposit(pool, assets(), a.address(1), None)?.shares),
        mintCall => one(deposit::deposit(pool, shares(), a.address(1), None)?.assets),
        withdrawCall => one(withdraw::withdraw(pool, assets(), a.address(1), a.address(2), None)?.shares),
        redeemCall => one(withdraw::withdraw(pool, shares(), a.address(1), a.address(2), None)?.assets),
        depositAtLeastCall => one(deposit::deposit(pool, assets(), a.address(1), terms(2))?.shares),
        mintAtMostCall => one(deposit::deposit(pool, shares(), a.address(1), terms(2))?.assets),
        withdrawAtMostCall => one(withdraw::withdraw(pool, assets(), a.address(1), a.address(2), terms(3))?.shares),
        redeemAtLeastCall => one(withdraw::withdraw(pool, shares(), a.address(1), a.address(2), terms(3))?.assets),
    });
    Ok(None)
}

fn reports(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Words>, Refusal> {
    one_of!(selector, {
        surfaceCall => book_view::surface(pool),
        impliedVolCall => one(book_view::implied_vol(pool, a.time(0), a.word(1))?),
        bookCall => book_view::book(pool)?,
        riskCall => report_views::risk_report(pool)?,
        navCall => report_views::nav(pool)?,
        parametersCall => report_views::parameter_words(pool),
        oracleStatusCall => report_views::oracle_status(pool),
        surroundingsCall => report_views::surroundings(pool),
        ownerCall => one(roles::load(pool, roles::OWNER)),
        pendingOwnerCall => one(roles::load(pool, roles::PENDING_OWNER)),
        guardianCall => one(roles::load(pool, roles::GUARDIAN)),
        keeperCall => one(roles::load(pool, roles::KEEPER)),
        idleShareCall => one(lending::idle_share(pool)),
        pausedCall => one(head::load(pool).paused as u64),
        signersCall => report_views::quorum(pool),
        proposedFeedCall => {
            let (feed, at) = feed::proposed(pool);
            one(feed).with(at)
        },
    });
    Ok(None)
}

fn officers(pool: &mut Pool, selector: [u8; 4], a: &Arguments) -> Result<Option<Words>, Refusal> {
    one_of!(selector, {
        transferOwnershipCall => done(admin::transfer_ownership(pool, a.address(0)))?,
        acceptOwnershipCall => done(admin::accept_ownership(pool))?,
        setGuardianCall => done(admin::set_guardian(pool, a.address(0)))?,
        setKeeperCall => done(admin::set_keeper(pool, a.address(0)))?,
        pauseCall => done(admin::pause(pool))?,
        resumeCall => done(admin::resume(pool))?,
    });
    Ok(None)
}

fn administration(
    pool: &mut Pool,
    selector: [u8; 4],
    a: &Arguments,
) -> Result<Option<Words>, Refusal> {
    let ratio = |index| a.number(index, u64::MAX);
    one_of!(selector, {
        listExpiryCall => done(list::list(pool, a.time(0)))?,
        postAnchorCall => {
            let anchor = Anchor::new(ratio(1), ratio(2), ratio(3), a.word(4));
            done(post::post(pool, a.time(0), anchor))?
        },
        postSurfaceCall => done(quorum::post(pool, &a.reports()?))?,
        proposeSignersCall => done(signers::propose(pool, a.signers()))?,
        acceptSignersCall => done(signers::accept(pool, a.signers()))?,
        setParameterCall => done(admin::set_parameter(pool, a.word(0), a.word(1)))?,
        setIdleShareCall => done(admin::set_idle_share(pool, a.word(0)))?,
        proposeFeedCall => done(feed::propose(pool, a.address(0)))?,
        acceptFeedCall => done(feed::accept(pool, a.address(0)))?,
    });
    Ok(None)
}

fn construction(
    pool: &mut Pool,
    selector: [u8; 4],
    a: &Arguments,
) -> Result<Option<Words>, Refusal> {
    if selector != CONSTRUCTOR {
        return Ok(None);
    }
    let surroundings = Surroundings {
        base: a.address(0),
        quote: a.address(1),
        feed: a.address(2),
        sequencer: a.address(3),
        factory: a.address(4),
        fee_tier: a.number(5, (1 << 24) - 1),
        lender: a.address(6),
        owner: a.address(7),
    };
    let mut values = [U256::ZERO; parameters::COUNT];
    for (index, value) in values.iter_mut().enumerate() {
        *value = a.word(8 + index);
    }
    // What can't be read is refused before it is believed.
    a.finish()?;
    construct::construct(pool, &surroundings, &values)?;
    Ok(Some(Words::none()))
}

fn encode_id(pool: &Pool, a: &Arguments) -> Result<Words, Refusal> {
    let kind = if a.flag(0) { Kind::Put } else { Kind::Call };
    let (expiry, strike) = (a.number(1, u64::MAX), a.word(2));
    a.finish()?;
    let strike = narrow(strike)?;
    let tick = parameters::strike_tick(pool);
    if !book::on_grid(strike, tick) {
        return Err(order::off_grid(strike, tick));
    }
    let id = U256::from_limbs(series::encode(&Series {
        kind,
        strike,
        expiry,
    }));
    request::series(id)?;
    Ok(one(id))
}

fn permit_of(a: &Arguments) -> share::Permit {
    share::Permit {
        owner: a.address(0),
        spender: a.address(1),
        value: a.word(2),
        deadline: a.word(3),
        signature: [a.word(4), a.word(5), a.word(6)],
    }
}
