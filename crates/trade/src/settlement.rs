//! After expiry: the feed's round that settles, settlement, claims.

use alloy_primitives::{aliases::U80, U256};
use anyhow::{ensure, Result};
use serde_json::json;

use crate::{
    abi::{Feed, IPool},
    client::Client,
    moment,
    number::{exact_unsigned, signed, WAD, WAD_DECIMALS},
    payment::Step,
    report::{transaction_lines, transactions, Report},
    series::Series,
};

/// How long after an expiry the pool waits for a feed that has ended, seconds.
const PATIENCE: u64 = 3 * 86_400;

/// The first round of the feed's present phase with a price at or after an expiry, which settles it; `None` while there is none. Rounds
/// of a phase count up from one in the lower 64 bits of their id, and their times don't fall.
pub async fn settling_round(client: &Client, expiry: u64) -> Result<Option<U256>> {
    let expiry = U256::from(expiry);
    let latest = client
        .read_at(client.feed, &Feed::latestRoundDataCall {})
        .await?;
    let id = U256::from(latest.id);
    let phase = id >> 64 << 64;
    if latest.updatedAt < expiry {
        return Ok(None);
    }
    let newest = id.as_limbs()[0];
    let round = |number: u64| Feed::getRoundDataCall {
        round: U80::from(phase | U256::from(number)),
    };
    let (mut first, mut last) = (1, newest);
    while first < last {
        let middle = first + (last - first) / 2;
        let found = client.read_at(client.feed, &round(middle)).await?;
        if found.updatedAt >= expiry {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    // A round without a price settles nothing.
    for number in last..=newest {
        let found = client.read_at(client.feed, &round(number)).await?;
        if found.answer.is_positive() && found.updatedAt >= expiry {
            return Ok(Some(phase | U256::from(number)));
        }
    }
    Ok(None)
}

/// Settles an expiry with the round that is right for it. Three days after expiry a feed that has ended settles with its last round.
pub async fn settle(client: &Client, expiry: u64) -> Result<Report> {
    let round = settling_round(client, expiry).await?;
    ensure!(
        round.is_some() || client.now < expiry || client.now >= expiry + PATIENCE,
        "The feed has no round after {} yet; settlement waits for it.",
        moment::format(U256::from(expiry))
    );
    let call = IPool::settleCall {
        expiry: U256::from(expiry),
        roundId: round.unwrap_or_default(),
    };
    let steps = [Step {
        what: format!("settlement of {}", moment::format_expiry(expiry)),
        receipt: client.send(&call).await?,
    }];
    let state = client
        .read(&IPool::settlementCall {
            expiry: U256::from(expiry),
        })
        .await?;
    let units = &client.units;
    let said = if state.price.is_zero() {
        "A price is proposed and stands in an hour; settle again then.\n".to_owned()
    } else {
        format!(
            "Settled at {}; holders get {}.\n",
            units.value(signed(state.price)),
            units.cash(signed(state.owed))
        )
    };
    Ok(Report {
        json: json!({
            "expiry": expiry,
            "round": call.roundId.to_string(),
            "price": exact_unsigned(state.price, WAD_DECIMALS),
            "owed": exact_unsigned(state.owed, units.quote_decimals),
            "transactions": transactions(&steps),
        }),
        text: transaction_lines(&steps) + &said,
    })
}

/// Turns all that the signer holds of settled series into what they pay.
pub async fn claim(client: &Client, series: &[Series]) -> Result<Report> {
    let holder = client.account()?;
    let mut steps = Vec::new();
    let mut payouts = Vec::new();
    let mut total = U256::ZERO;
    for series in series {
        let balance = IPool::balanceOf_1Call {
            owner_: holder,
            id: series.id(),
        };
        let size = client.read(&balance).await?;
        ensure!(
            !size.is_zero(),
            "You hold nothing of {}.",
            series.name(&client.units)
        );
        let call = IPool::claimCall {
            id: series.id(),
            size,
            receiver: holder,
        };
        let payout = client.read(&call).await?;
        let receipt = client.send(&call).await?;
        total += payout;
        payouts.push(json!({
            "series": series.name(&client.units),
            "id": format!("{:#x}", series.id()),
            "size": exact_unsigned(size, WAD_DECIMALS),
            "payout": exact_unsigned(payout, client.units.quote_decimals),
        }));
        let what = format!("claim of {}", series.name(&client.units));
        steps.push(Step { what, receipt });
    }
    Ok(Report {
        json: json!({
            "claims": payouts,
            "total": exact_unsigned(total, client.units.quote_decimals),
            "transactions": transactions(&steps),
        }),
        text: format!(
            "{}Got {}.\n",
            transaction_lines(&steps),
            client.units.cash(signed(total))
        ),
    })
}

/// What a size of a series pays at a price, atoms, rounded down as the pool does.
pub fn payoff_down(series: &Series, size: U256, price: U256, quote_decimals: u8) -> U256 {
    let payoff = if series.is_put {
        series.strike.saturating_sub(price)
    } else {
        price.saturating_sub(series.strike)
    };
    let scale = crate::number::ten_to(WAD_DECIMALS.saturating_sub(quote_decimals));
    payoff * size / WAD / scale
}
