//! Every refusal of the pool as a sentence with its numbers. The match has an arm for each error of the ABI: one that is added to
//! the pool does not compile here until somebody has said what it means.

use alloy_primitives::{Address, I256, U256};

use crate::{
    abi::IPool::IPoolErrors as E,
    moment::{duration, format as time},
    number::{exact, exact_unsigned, grouped, options, percent, signed, Units, WAD_DECIMALS},
    series::name_of,
};

/// Use of capacity that the pool does not count further, WAD.
const BEYOND_MEASURE: U256 = U256::from_limbs([u64::MAX, 0, 0, 0]);

/// What a missing balance or allowance is of; the call that was refused tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// The quote token.
    Quote,
    /// Shares of the pool.
    Shares,
    /// Options in a wallet.
    Options,
}

/// The sentence of an error.
pub fn sentence(error: &E, units: &Units, of: Holding) -> String {
    let price = |wad: U256| units.value(signed(wad));
    let cash = |atoms: U256| units.cash(signed(atoms));
    let strike = |wad: U256| exact_unsigned(wad, WAD_DECIMALS);
    let ratio = |wad: U256| grouped(signed(wad), WAD_DECIMALS, 4);
    let share = |wad: U256| percent(signed(wad));
    let held = |amount: U256| match of {
        Holding::Quote => units.cash(signed(amount)),
        Holding::Shares => units.shares(signed(amount)),
        Holding::Options => options(signed(amount)),
    };
    match error {
        // Guards
        E::Reentered(_) => {
            "Another call into the pool is under way in the same transaction.".into()
        }
        E::PoolPaused(_) => {
            "The pool is paused: nothing opens, but sales, claims and withdrawals go on.".into()
        }
        E::NotAuthorised(e) => format!("Only {} may do this, not {}.", e.required, e.caller),
        E::DeadlinePassed(e) => format!(
            "The deadline {} passed {} before the transaction was carried out.",
            time(e.deadline),
            since(e.deadline, e.now_)
        ),
        E::AlreadyConstructed(_) => "The pool is already constructed.".into(),
        E::UnknownSelector(e) => format!("The pool has no function {}.", e.selector),
        E::ArgumentInvalid(e) => format!(
            "Argument {} (counted from 0) is malformed or out of its type's range.",
            e.index
        ),
        E::ZeroAddress(_) => "The zero address is not allowed here.".into(),
        E::ReceiverInvalid(e) => format!(
            "{} can't be the receiver; neither the zero address nor the pool can.",
            e.receiver
        ),
        E::ValueTooLarge(e) => {
            format!("{} is too large; the most that fits is {}.", e.value, e.limit)
        }

        // Construction and parameters
        E::DecimalsUnsupported(e) => format!(
            "{} has {} decimals, which the pool does not support.",
            e.token, e.decimals
        ),
        E::VenueMissing(e) => format!(
            "The factory {} has no pool of these tokens with fee tier {}.",
            e.factory, e.feeTier
        ),
        E::LenderInvalid(e) => format!(
            "{} is no Aave v3 addresses provider whose market lends the base token against the quote token.",
            e.lender
        ),
        E::ParameterOutOfBounds(e) => format!(
            "Parameter {} can't be {}; it lies between {} and {}.",
            e.index, e.value, e.low, e.high
        ),

        // Series and surface
        E::InvalidId(e) => format!(
            "{} is not a series: it needs a strike and an expiry, and no other bits.",
            e.id
        ),
        E::ExpiryNotListed(e) => format!("The expiry {} is not listed.", time(e.expiry)),
        E::ExpiryAlreadyListed(e) => format!("The expiry {} is listed already.", time(e.expiry)),
        E::ExpiryOutOfRange(e) => format!(
            "The expiry {} is out of range; it has to lie between {} and {}.",
            time(e.expiry),
            time(e.earliest),
            time(e.latest)
        ),
        E::TooManyExpiries(e) => format!(
            "Somebody holds something in each of the {} expiries that there is a place for; one has to be settled first.",
            e.limit
        ),
        E::TooManyNodes(e) => format!(
            "All {} strikes that the book can hold are in use; trade one of those.",
            e.limit
        ),
        E::SeriesExpired(e) => format!(
            "The option expired at {}, {} ago.",
            time(e.expiry),
            since(e.expiry, e.now_)
        ),
        E::CutoffReached(e) => format!(
            "Nothing opens in the last {} before expiry; only {} are left.",
            duration(e.cutoff),
            since(e.now_, e.expiry)
        ),
        E::StrikeOffGrid(e) => format!(
            "Strike {} is not a multiple of {}; nearest {}.",
            strike(e.strike),
            strike(e.tick),
            strike(e.nearest)
        ),
        E::MoneynessOutOfRange(e) => format!(
            "The strike is {} of spot; this kind opens between {} and {} of spot.",
            ratio(e.moneyness),
            ratio(e.low),
            ratio(e.high)
        ),
        E::AnchorMissing(e) => format!("The expiry {} has no volatilities yet.", time(e.expiry)),
        E::AnchorStale(e) => format!(
            "The volatilities of {} were posted at {}, more than {} ago; until the next post only sales go through.",
            time(e.expiry),
            time(e.postedAt),
            duration(e.limit)
        ),
        E::AnchorTooSoon(e) => format!(
            "The next post is allowed at {}, in {}.",
            time(e.earliest),
            since(e.now_, e.earliest)
        ),
        E::AnchorJumpTooLarge(e) => format!(
            "The post would move vols by {} with what is left of earlier posts, more than {}.",
            share(e.jump),
            share(e.limit)
        ),
        E::AnchorBehindSpot(e) => format!(
            "Spot is {} and was {} when volatilities were posted, more than {} away; nothing opens until the next post.",
            price(e.spot),
            price(e.anchorSpot),
            price(e.limit)
        ),
        E::AnchorRejected(e) => format!(
            "The post is refused: {}.",
            anchor_check(e.check, e.value, e.limit)
        ),

        // Quorum
        E::ReportCountInvalid(e) => format!(
            "{} reports were given; a post takes at least {} and at most one of each of {} signers.",
            e.count, e.threshold, e.signers
        ),
        E::ReportRejected(e) => format!(
            "Report {} (counted from 0) is refused: {}.",
            e.report,
            report_check(e.check, e.value, e.limit, units)
        ),
        E::SignersInvalid(e) => format!(
            "A quorum of {} of {} signers is not possible: addresses ascend with zeros last, and the threshold is from 1 to the number of signers, or 0 with none.",
            e.threshold, e.count
        ),
        E::SignersNotDue(e) if e.acceptableAt.is_zero() => format!(
            "These signers were not the last to be proposed; it is {}.",
            time(e.now_)
        ),
        E::SignersNotDue(e) => format!(
            "These signers can be accepted from {} on; it is {}.",
            time(e.acceptableAt),
            time(e.now_)
        ),

        // Trading
        E::SizeZero(_) => "The size is zero.".into(),
        E::SizeBelowMinimum(e) => format!(
            "{} is below the least size of {}.",
            options(signed(e.size)),
            strike(e.minimum)
        ),
        E::SizeOffGrid(e) => format!(
            "{} is not a whole number of lots of {} option.",
            strike(e.size),
            strike(e.lot)
        ),
        E::CostAboveLimit(e) => {
            let (now, bound) = apart(e.cost, e.limit, units);
            format!("The order costs {now} now, more than your limit of {bound}.")
        }
        E::ProceedsBelowLimit(e) => {
            let (now, bound) = apart(e.proceeds, e.limit, units);
            format!("The sale brings {now} now, less than your limit of {bound}.")
        }
        E::TotalAboveLimit(e) => {
            let (now, bound) = apart(e.total.unsigned_abs(), e.limit.unsigned_abs(), units);
            let verb = if e.total.is_negative() { "brings" } else { "costs" };
            if e.limit.is_negative() {
                format!("The order {verb} {now} now and was to bring at least {bound}.")
            } else {
                format!("The order {verb} {now} now, more than your limit of {bound}.")
            }
        }
        E::LegCountInvalid(e) => {
            format!("An order has from one to {} legs, not {}.", e.limit, e.count)
        }
        E::LegRepeated(e) => format!(
            "A series is one leg of an order, and {} is in it twice.",
            name_of(e.id, units)
        ),
        E::ShiftAboveCap(e) => format!(
            "The surface would be shifted by {} after the order, more than the cap of {}; try a smaller size.",
            share(e.shift),
            share(e.cap)
        ),
        E::QuoteUnavailable(e) => format!(
            "A depth of {} does not price this order safely in a book with a log-vega of {}; try a smaller size.",
            price(e.depth),
            price(e.logVega)
        ),
        E::CapacityExhausted(e) if e.used == BEYOND_MEASURE => {
            "The pool has next to no capacity for a large move: too little is deposited.".to_owned()
        }
        E::CapacityExhausted(e) => format!(
            "The pool would use {} of its capacity for a large move, more than {}; try a smaller size.",
            share(e.used),
            share(e.limit)
        ),
        E::VenueTooFar(e) => format!(
            "The hedge venue's price of {} passes {}, the furthest that the hedge trades with the feed at {}; try a smaller size or wait.",
            price(e.price),
            price(e.limit),
            price(e.feedPrice)
        ),

        // Risk
        E::ExposureAboveLimit(e) => format!(
            "The pool would carry {} unhedged, more than its limit of {}; try a smaller size.",
            units.base_amount(e.exposure),
            units.base_amount(signed(e.limit))
        ),
        E::ScenarioLossAboveEquity(e) => format!(
            "In the worst scenario the pool would lose {} of its {}, and {} have to stay; try a smaller size.",
            price(e.loss),
            units.value(e.equity),
            price(e.floor)
        ),
        E::UpsideSlopeBelowLimit(e) => format!(
            "Far above today's prices the pool would be short {}, more than {}; try a smaller size.",
            units.base_amount(-e.slope),
            units.base_amount(-e.limit)
        ),
        E::ValueAtZeroBelowFloor(e) => format!(
            "At a price of zero the pool would be worth {}, below {}; try a smaller size.",
            units.value(e.value),
            price(e.floor)
        ),
        E::InsufficientFreeCash(e) => format!(
            "The pool has {} of free cash and would need {}.",
            cash(e.free),
            cash(e.needed)
        ),

        // Oracle
        E::FeedPriceInvalid(e) => {
            format!("The price feed answers {}, which is no price.", e.answer)
        }
        E::FeedRoundIncomplete(e) => format!(
            "Round {} of the price feed is incomplete: it was answered in round {}.",
            e.roundId, e.answeredIn
        ),
        E::FeedStale(e) => format!(
            "The feed's price is {} old, more than {}; trading waits for its next round.",
            since(e.updatedAt, e.now_),
            duration(e.maxAge)
        ),
        E::FeedNotDue(e) if e.acceptableAt.is_zero() => format!(
            "This feed was not the last to be proposed; it is {}, and the present one's last sign of life is of {}.",
            time(e.now_),
            time(e.saidAt)
        ),
        E::FeedNotDue(e) => format!(
            "This feed can take the present one's place from {} on, if that has said nothing in the three days before; its last sign of life is of {}, and it is {}.",
            time(e.acceptableAt),
            time(e.saidAt),
            time(e.now_)
        ),
        E::SequencerDown(e) if e.since.is_zero() => {
            "The sequencer's uptime feed has not started.".into()
        }
        E::SequencerDown(e) => format!("The sequencer is down since {}.", time(e.since)),
        E::SequencerGracePeriod(e) => format!(
            "The sequencer is up again since {}; trading waits {}, of which {} are left.",
            time(e.upSince),
            duration(e.grace),
            since(e.now_, e.upSince.saturating_add(e.grace))
        ),
        E::VenuePriceDeviates(e) => format!(
            "The hedge venue's price of {} is more than {} from the feed's {}.",
            price(e.venuePrice),
            share(e.maxDeviation),
            price(e.feedPrice)
        ),

        // Settlement
        E::NotExpired(e) => format!(
            "The options expire at {}, in {}.",
            time(e.expiry),
            since(e.now_, e.expiry)
        ),
        E::AlreadySettled(e) => format!("The expiry {} is settled already.", time(e.expiry)),
        E::NotSettled(e) => format!(
            "The expiry {} is not settled yet; anyone may settle it once it has passed.",
            time(e.expiry)
        ),
        E::RoundBeforeExpiry(e) => format!(
            "Round {} is from {}, before the expiry at {}.",
            e.roundId,
            time(e.updatedAt),
            time(e.expiry)
        ),
        E::RoundNotFirst(e) => format!(
            "It has to be the first round after expiry: round {} from {} is also after {}.",
            e.previousRoundId,
            time(e.previousUpdatedAt),
            time(e.expiry)
        ),
        E::RoundUnproven(e) => format!(
            "Nothing proves that round {} is the first after expiry: the feed has no round before it in its phase.",
            e.roundId
        ),
        E::RoundMissing(e) => format!("The feed has no round {}.", e.roundId),
        E::RoundOfOtherPhase(e) => format!(
            "Round {} is of the feed's phase {}; the one that settles is of phase {}.",
            e.roundId, e.phase, e.presentPhase
        ),
        E::RoundNotEarlier(e) => format!(
            "Round {} from {} is not earlier than the proposed one from {}.",
            e.roundId,
            time(e.updatedAt),
            time(e.standing)
        ),
        E::AwaitsSettlement(e) => format!(
            "The expiry {} has passed and is to be settled first; anyone may do that.",
            time(e.expiry)
        ),

        // Accounts
        E::TooManyLegs(e) => format!("An account holds at most {} series.", e.limit),
        E::MarginBelowRequirement(e) => format!(
            "The account would be worth {} and needs {}; pay in more or open less.",
            units.value(e.value),
            price(e.requirement)
        ),
        E::AccountInDebt(e) => format!(
            "The account owes {}; pay that in first.",
            units.cash(-e.quote)
        ),
        E::InsufficientMargin(e) => format!(
            "The account has {} and can't pay out {}.",
            units.cash(e.quote),
            cash(e.needed)
        ),
        E::AccountHealthy(e) => format!(
            "The account is worth {} and needs {}: it is well, and nobody may close it.",
            units.value(e.value),
            price(e.requirement)
        ),
        E::AccountCallsAboveLimit(e) => format!(
            "Accounts would have written {} calls together, more than the {} that the pool stands behind.",
            grouped(signed(e.calls), WAD_DECIMALS, 6),
            grouped(signed(e.limit), WAD_DECIMALS, 6)
        ),
        E::AccountPutsAboveLimit(e) => format!(
            "Accounts would have written puts of {} in strikes together, more than the {} that the pool stands behind.",
            price(e.strikes),
            price(e.limit)
        ),

        // Tokens and venue
        E::TokenCallFailed(e) => format!("The token {} refused or failed.", e.token),
        E::TokenAmountMismatch(e) => format!(
            "The token {} delivered {} atoms instead of {}.",
            e.token, e.received, e.expected
        ),
        E::CallFailed(e) => format!("A call to {} failed.", e.target),
        E::HedgeFailed(e) => format!(
            "The hedge of {} failed at the venue.",
            units.base_amount(e.baseAmount)
        ),

        // Shares and positions
        E::InsufficientBalance(e) => format!(
            "{} has {} and needs {}.",
            e.holder,
            held(e.balance),
            held(e.needed)
        ),
        E::InsufficientAllowance(e) => format!(
            "{} may spend {} and needs {}.",
            e.spender,
            held(e.allowance),
            held(e.needed)
        ),
        E::WithdrawAboveLimit(e) => format!(
            "{} is more than the {} that you can take out now (the pool has {} of free cash, of which the scenario gate lets {} go).",
            cash(e.assets),
            cash(e.part),
            cash(e.freeCash),
            cash(e.gate)
        ),
        E::SharesBelowLimit(e) => format!(
            "The deposit brings {} now, less than your limit of {}.",
            units.shares(signed(e.shares)),
            units.shares(signed(e.limit))
        ),
        E::SharesAboveLimit(e) => format!(
            "The withdrawal takes {} now, more than your limit of {}.",
            units.shares(signed(e.shares)),
            units.shares(signed(e.limit))
        ),
        E::AssetsBelowLimit(e) => {
            let (now, bound) = apart(e.assets, e.limit, units);
            format!("The shares bring {now} now, less than your limit of {bound}.")
        }
        E::AssetsAboveLimit(e) => {
            let (now, bound) = apart(e.assets, e.limit, units);
            format!("The shares cost {now} now, more than your limit of {bound}.")
        }
        E::NothingPaid(e) => format!(
            "{} are worth less than the smallest amount of {} now; they are not burnt for nothing.",
            units.shares(signed(e.shares)),
            units.quote
        ),
        E::NavBelowFloor(e) => format!(
            "The pool's net asset value of {} is not above {}; it takes no deposits.",
            cash(e.nav),
            cash(e.floor)
        ),
        E::NothingMinted(e) => format!("{} is too little for a single share.", cash(e.assets)),
        E::PermitExpired(e) => format!(
            "The permit ended at {}, {} ago.",
            time(e.deadline),
            since(e.deadline, e.now_)
        ),
        E::PermitInvalid(e) => {
            format!("The permit is signed by {}, not by {}.", e.signer, e.owner)
        }
    }
}

fn since(earlier: U256, later: U256) -> String {
    duration(later.saturating_sub(earlier))
}

/// Two amounts of cash with as many places as it takes to tell them apart.
fn apart(a: U256, b: U256, units: &Units) -> (String, String) {
    let (a, b) = (signed(a), signed(b));
    let (first, second) = (units.cash(a), units.cash(b));
    if a == b || first != second {
        return (first, second);
    }
    (units.cash_exactly(a), units.cash_exactly(b))
}

fn report_check(check: U256, value: U256, limit: U256, units: &Units) -> String {
    let price = |wad: U256| units.value(signed(wad));
    match check.saturating_to::<u8>() {
        1 => format!(
            "it is signed by {}, who is no signer or does not come after the one before",
            Address::from_word(value.into())
        ),
        2 => format!("it is from {}, before {}", time(value), time(limit)),
        3 => format!(
            "it is from {}, later than now, {}",
            time(value),
            time(limit)
        ),
        4 => format!(
            "its spot of {} is too far from the feed's {}",
            price(value),
            price(limit)
        ),
        5 => format!(
            "the expiry {} is missing, not listed, out of order or not in the first report",
            time(value)
        ),
        _ => format!("check {check} finds {value} against {limit}"),
    }
}

fn anchor_check(check: U256, value: I256, limit: I256) -> String {
    let number = |wad: I256| exact(wad, WAD_DECIMALS);
    let bounds = |what: &str, show: &dyn Fn(I256) -> String| {
        format!(
            "{what} of {} is out of bounds, the nearest allowed is {}",
            show(value),
            show(limit)
        )
    };
    let later = |what: &str| {
        format!(
            "{what} from {} to {} at the later expiry",
            number(value),
            number(limit)
        )
    };
    match check.saturating_to::<u8>() {
        1 => bounds("its ATM vol", &percent),
        2 => bounds("a wing", &number),
        3 => format!(
            "its steeper wing rises by {}, more than {}",
            number(value),
            number(limit)
        ),
        4 => later("total variance would fall"),
        5 => later("the left wing's slope would fall"),
        6 => later("the right wing's slope would fall"),
        7 => later("curvature would rise"),
        8 => bounds("a carry", &|wad| format!("{} a year", percent(wad))),
        _ => format!(
            "check {check} finds {} against {}",
            number(value),
            number(limit)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{abi::IPool, number::WAD};

    fn units() -> Units {
        Units {
            base: "ETH".into(),
            quote: "USDC".into(),
            quote_decimals: 6,
            share_decimals: 9,
        }
    }

    #[test]
    fn refusals_carry_their_numbers() {
        let off_grid = E::StrikeOffGrid(IPool::StrikeOffGrid {
            strike: U256::from(2_601) * WAD,
            tick: U256::from(25) * WAD,
            nearest: U256::from(2_600) * WAD,
        });
        assert_eq!(
            sentence(&off_grid, &units(), Holding::Quote),
            "Strike 2601 is not a multiple of 25; nearest 2600."
        );
        let cost = E::CostAboveLimit(IPool::CostAboveLimit {
            cost: U256::from(1_000_001),
            limit: U256::from(1_000_000),
        });
        assert_eq!(
            sentence(&cost, &units(), Holding::Quote),
            "The order costs 1.000001 USDC now, more than your limit of 1 USDC."
        );
    }

    #[test]
    fn a_report_is_refused_with_what_is_wrong_in_it() {
        let said = |check: u64, value: U256, limit: U256| {
            let rejected = IPool::ReportRejected {
                report: U256::from(2),
                check: U256::from(check),
                value,
                limit,
            };
            sentence(&E::ReportRejected(rejected), &units(), Holding::Quote)
        };
        let (time, later) = (U256::from(1_798_185_600), U256::from(1_798_185_900));
        assert_eq!(
            said(2, time, later),
            "Report 2 (counted from 0) is refused: it is from 2026-12-25 08:00 UTC, before 2026-12-25 08:05 UTC."
        );
        assert!(said(1, U256::from(0xa1), U256::ZERO)
            .contains("signed by 0x00000000000000000000000000000000000000A1, who is no signer"));
        assert!(said(3, later, time).ends_with("08:05 UTC, later than now, 2026-12-25 08:00 UTC."));
        let (spot, feed) = (U256::from(2_600) * WAD, U256::from(2_500) * WAD);
        assert!(said(4, spot, feed)
            .ends_with("its spot of 2,600 USDC is too far from the feed's 2,500 USDC."));
        assert!(said(5, time, U256::ZERO).contains("the expiry 2026-12-25 08:00 UTC is missing"));
    }

    #[test]
    fn a_pool_without_deposits_says_no_senseless_number() {
        let said = |used| {
            let exhausted = IPool::CapacityExhausted { used, limit: WAD };
            sentence(&E::CapacityExhausted(exhausted), &units(), Holding::Quote)
        };
        assert!(said(U256::from(u64::MAX)).ends_with("too little is deposited."));
        assert!(said(U256::from(2) * WAD).contains("use 200 % of its capacity"));
    }

    #[test]
    fn what_is_missing_is_named_by_the_call() {
        let short = E::InsufficientBalance(IPool::InsufficientBalance {
            holder: Default::default(),
            balance: U256::ZERO,
            needed: WAD,
        });
        let said = |of| sentence(&short, &units(), of);
        assert!(said(Holding::Options).ends_with("has 0 options and needs 1 option."));
        assert!(said(Holding::Quote).contains("USDC"));
        assert!(said(Holding::Shares).contains("shares"));
    }
}
