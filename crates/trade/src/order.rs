//! Orders of one to eight legs: quoted as one change of the pool's book, and carried out as one transaction within a limit and a
//! deadline.

use alloy_primitives::{Address, I256, U256};
use alloy_rpc_types_eth::TransactionReceipt;
use alloy_sol_types::SolEvent;
use anyhow::{ensure, Context, Result};
use serde_json::{json, Value};

use crate::{
    abi::IPool::{self, OrderQuote},
    client::Client,
    number::{
        exact, exact_unsigned, fixed, options, parse as parse_decimal, percent_fixed, signed,
        ten_to, Units, WAD, WAD_DECIMALS,
    },
    payment::{send_paid, Step},
    report::{table, transaction_lines, transactions, Report},
    series::{name_of, parse_kind, parse_strike, Series},
};

/// A leg: positive sizes (WAD) are bought, negative ones sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// What of.
    pub series: Series,
    /// How much.
    pub size: I256,
}

/// What bounds an order.
pub struct Terms {
    /// How much worse than quoted it may be, WAD.
    pub slippage: U256,
    /// Until when, unix seconds.
    pub deadline: u64,
    /// Who gets what it brings; the signer if nobody is named.
    pub receiver: Option<Address>,
    /// Whether the account, instead of the wallet, pays and holds.
    pub on_account: bool,
    /// Whether to approve rather than to sign a permit.
    pub by_approval: bool,
}

impl Leg {
    /// Reads `+1:2026-12-25 3000 C`, or with an expiry given elsewhere `-0.5:C:3000`.
    pub fn parse(text: &str, expiry: Option<u64>) -> Result<Leg> {
        let (size, series) = text
            .split_once(':')
            .with_context(|| format!("\"{text}\" is no leg; write \"+1:2026-12-25 3000 C\""))?;
        let series = match series.split_once(':') {
            Some((kind, strike)) if parse_kind(kind).is_ok() => Series {
                is_put: parse_kind(kind)?,
                strike: parse_strike(strike)?,
                expiry: expiry
                    .with_context(|| format!("\"{text}\" names no expiry; add --expiry"))?,
            },
            _ => Series::parse(series)?,
        };
        let size = match size.trim().strip_prefix('-') {
            Some(rest) => -parse_size(rest)?,
            None => parse_size(size.trim().trim_start_matches('+'))?,
        };
        Ok(Leg { series, size })
    }

    fn argument(&self) -> IPool::Leg {
        IPool::Leg {
            id: self.series.id(),
            size: self.size,
        }
    }
}

/// Reads a number of options above zero, WAD.
pub fn parse_size(text: &str) -> Result<I256> {
    let size = parse_decimal(text, WAD_DECIMALS)?;
    ensure!(!size.is_zero(), "the size is zero");
    I256::try_from(size).with_context(|| format!("{text} options are too many"))
}

/// The pool's answer to an order in the newest block.
pub async fn quote(client: &Client, legs: &[Leg], account: Option<Address>) -> Result<OrderQuote> {
    let legs = legs.iter().map(Leg::argument).collect();
    match account {
        Some(account_) => {
            let call = IPool::quoteOnAccountCall { legs, account_ };
            client.read(&call).await
        }
        None => {
            let call = IPool::quoteCall {
                legs,
                onAccount: false,
            };
            client.read(&call).await
        }
    }
}

/// The most that a quoted order may cost, atoms; negative for the least that it has to bring. Slippage is of the total for one leg;
/// the total of several may be next to nothing, so that theirs is of what the legs are worth at their marks, if that is more.
pub fn limit_of(quote: &OrderQuote, slippage: U256, quote_decimals: u8) -> I256 {
    let mut measure = quote.total.unsigned_abs();
    if quote.legs.len() > 1 {
        let scale = WAD * ten_to(WAD_DECIMALS.saturating_sub(quote_decimals));
        let worth = quote.legs.iter().fold(U256::ZERO, |sum, leg| {
            sum + leg.mark * leg.size.unsigned_abs() / scale
        });
        measure = measure.max(worth);
    }
    let room = (measure * slippage).div_ceil(WAD);
    let limit = quote.total + signed(room);
    // Whoever sells one leg gets something or nothing, but never pays.
    if quote.legs.len() == 1 && !quote.total.is_positive() && limit.is_positive() {
        return I256::ZERO;
    }
    limit
}

/// Says what an order would cost.
pub async fn show(client: &Client, legs: &[Leg], terms: &Terms) -> Result<Report> {
    let account = match terms.on_account {
        true => Some(match terms.receiver {
            Some(receiver) => receiver,
            None => client.account()?,
        }),
        false => None,
    };
    let quoted = quote(client, legs, account).await?;
    let limit = limit_of(&quoted, terms.slippage, client.units.quote_decimals);
    Ok(Report {
        json: to_json(client, &quoted, limit),
        text: to_text(client, &quoted, limit),
    })
}

/// Quotes an order and carries it out, all of it or none.
pub async fn submit(client: &Client, legs: &[Leg], terms: &Terms) -> Result<Report> {
    let own = client.account()?;
    let receiver = terms.receiver.unwrap_or(own);
    let account = terms.on_account.then_some(receiver);
    let quoted = quote(client, legs, account).await?;
    let limit = limit_of(&quoted, terms.slippage, client.units.quote_decimals);
    let steps = send(client, legs, terms, limit, receiver).await?;
    let receipt = &steps.last().context("an order is a transaction")?.receipt;
    let total = total_of(receipt).context("the transaction has no order's event")?;
    let mut json = to_json(client, &quoted, limit);
    json["filled"] = json!(exact(total, client.units.quote_decimals));
    json["transactions"] = transactions(&steps);
    let verb = if total.is_negative() { "Got" } else { "Paid" };
    let total = client.units.cash(signed(total.unsigned_abs()));
    let text = format!(
        "{}{}{verb} {total}.\n",
        to_text(client, &quoted, limit),
        transaction_lines(&steps)
    );
    Ok(Report { json, text })
}

async fn send(
    client: &Client,
    legs: &[Leg],
    terms: &Terms,
    limit: I256,
    receiver: Address,
) -> Result<Vec<Step>> {
    let deadline = U256::from(terms.deadline);
    let most = if limit.is_positive() {
        limit.unsigned_abs()
    } else {
        U256::ZERO
    };
    if terms.on_account {
        // The account pays; nothing is taken from the wallet.
        let call = IPool::tradeOnAccountCall {
            legs: legs.iter().map(Leg::argument).collect(),
            limit,
            deadline,
            account_: receiver,
        };
        return send_paid(client, &call, U256::ZERO, 0, true, "order on the account").await;
    }
    let (permit, approval) = (terms.deadline, terms.by_approval);
    match legs {
        [leg] if leg.size.is_positive() => {
            let call = IPool::buyCall {
                id: leg.series.id(),
                size: leg.size.unsigned_abs(),
                maxCost: most,
                deadline,
                receiver,
            };
            send_paid(client, &call, most, permit, approval, "purchase").await
        }
        [leg] => {
            let call = IPool::sellCall {
                id: leg.series.id(),
                size: leg.size.unsigned_abs(),
                minProceeds: limit.unsigned_abs(),
                deadline,
                receiver,
            };
            send_paid(client, &call, U256::ZERO, permit, approval, "sale").await
        }
        _ => {
            let call = IPool::tradeCall {
                legs: legs.iter().map(Leg::argument).collect(),
                limit,
                deadline,
                receiver,
            };
            let what = format!("order of {} legs", legs.len());
            send_paid(client, &call, most, permit, approval, &what).await
        }
    }
}

/// What an order paid (negative for what it got), atoms, from its event.
pub fn total_of(receipt: &TransactionReceipt) -> Option<I256> {
    receipt.logs().iter().find_map(|log| {
        let log = &log.inner;
        if let Ok(event) = IPool::Bought::decode_log(log) {
            return Some(paid(&event.data));
        }
        if let Ok(event) = IPool::Sold::decode_log(log) {
            return Some(-got(&event.data));
        }
        let event = IPool::Ordered::decode_log(log).ok()?;
        Some(of_order(&event.data))
    })
}

/// What a purchase paid, atoms.
pub fn paid(event: &IPool::Bought) -> I256 {
    let charges = event.spread + event.surcharge + event.capacity + event.rent;
    signed(event.premium + charges)
}

/// What a sale brought, atoms.
pub fn got(event: &IPool::Sold) -> I256 {
    let charges = event.spread + event.surcharge + event.capacity + event.rent;
    signed(event.premium) - signed(charges)
}

/// What an order of legs paid (negative for what it got), atoms.
pub fn of_order(event: &IPool::Ordered) -> I256 {
    let charges = event.spread + event.surcharge + event.capacity + event.rent;
    event.premium + signed(charges)
}

fn to_json(client: &Client, quoted: &OrderQuote, limit: I256) -> Value {
    let units = &client.units;
    let cash = |atoms: U256| exact_unsigned(atoms, units.quote_decimals);
    let signed_cash = |atoms: I256| exact(atoms, units.quote_decimals);
    let wad = |value: I256| exact(value, WAD_DECIMALS);
    let leg = |leg: &IPool::LegQuote| {
        json!({
            "series": name_of(leg.id, units),
            "id": format!("{:#x}", leg.id),
            "size": wad(leg.size),
            "mark": wad(signed(leg.mark)),
            "forward": wad(signed(leg.forward)),
            "volBefore": wad(signed(leg.volBefore)),
            "volAfter": wad(signed(leg.volAfter)),
            "delta": wad(leg.delta),
        })
    };
    json!({
        "legs": quoted.legs.iter().map(leg).collect::<Vec<_>>(),
        "premium": signed_cash(quoted.premium),
        "spread": cash(quoted.spread),
        "surcharge": cash(quoted.surcharge),
        "capacity": cash(quoted.capacity),
        "rent": cash(quoted.rent),
        "fee": cash(quoted.fee),
        "total": signed_cash(quoted.total),
        "limit": signed_cash(limit),
        "delta": wad(quoted.delta),
        "gamma": wad(quoted.gamma),
        "vega": wad(quoted.vega),
        "theta": wad(quoted.theta),
        "plannedHedge": wad(quoted.plannedHedge),
    })
}

/// A leg as a line of a table.
fn cells(leg: &IPool::LegQuote, units: &Units) -> Vec<String> {
    let verb = if leg.size.is_negative() {
        "sell"
    } else {
        "buy"
    };
    vec![
        format!(
            "{verb} {} of {}",
            options(signed(leg.size.unsigned_abs())),
            name_of(leg.id, units)
        ),
        fixed(signed(leg.mark), WAD_DECIMALS, 2),
        percent_fixed(signed(leg.volBefore)),
        percent_fixed(signed(leg.volAfter)),
        fixed(leg.delta, WAD_DECIMALS, 3),
    ]
}

fn to_text(client: &Client, quoted: &OrderQuote, limit: I256) -> String {
    let units = &client.units;
    let legs = quoted.legs.iter().map(|leg| cells(leg, units));
    let rows: Vec<Vec<String>> = legs.collect();
    let mut text = table(&["leg", "mark", "vol before", "after", "delta"], &rows);
    let cash = |atoms: U256| units.cash(signed(atoms));
    text += &format!(
        "premium {}, spread {}, surcharge {}, capacity {}, rent {}\n",
        units.cash(quoted.premium),
        cash(quoted.spread),
        cash(quoted.surcharge),
        cash(quoted.capacity),
        cash(quoted.rent)
    );
    let part = |value: I256, of: i64| {
        let part = value / I256::try_from(of).unwrap_or(I256::ONE);
        fixed(part, WAD_DECIMALS, 2)
    };
    text += &format!(
        "delta {} {}, gamma {}, vega {} a vol point, theta {} a day\n",
        fixed(quoted.delta, WAD_DECIMALS, 3),
        units.base,
        fixed(quoted.gamma, WAD_DECIMALS, 6),
        part(quoted.vega, 100),
        part(quoted.theta, 365)
    );
    let amount = |atoms: I256| cash(atoms.unsigned_abs());
    text += &if quoted.total.is_negative() {
        format!(
            "brings {}, at least {}\n",
            amount(quoted.total),
            amount(limit.min(I256::ZERO))
        )
    } else {
        format!(
            "costs {}, at most {}\n",
            amount(quoted.total),
            amount(limit)
        )
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_are_read_in_both_forms() {
        let expiry = crate::moment::parse("2026-12-25").unwrap();
        let long = Leg::parse("+1:2026-12-25 3000 C", None).unwrap();
        assert_eq!(long, Leg::parse("1:C:3000", Some(expiry)).unwrap());
        let timed = Leg::parse("1:2026-12-25 08:00 3000 C", None).unwrap();
        assert_eq!(timed, long);
        let short = Leg::parse("-0.5:P:2500", Some(expiry)).unwrap();
        assert!(short.series.is_put && short.size == -parse_size("0.5").unwrap());
        for bad in [
            "",
            "1",
            "1:C:3000",
            "0:2026-12-25 3000 C",
            "x:2026-12-25 3000 C",
        ] {
            assert!(Leg::parse(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_leave_the_slippage_and_no_more() {
        let mut quoted = OrderQuote {
            total: I256::try_from(1_000_001).unwrap(),
            ..OrderQuote::default()
        };
        let one = IPool::LegQuote {
            mark: WAD,
            size: signed(WAD),
            ..IPool::LegQuote::default()
        };
        quoted.legs = vec![one.clone()];
        let slippage = WAD / U256::from(100);
        let limit = |quoted: &OrderQuote, slippage| limit_of(quoted, slippage, 6);
        assert_eq!(limit(&quoted, slippage).to_string(), "1010002");
        quoted.total = -quoted.total;
        assert_eq!(limit(&quoted, slippage).to_string(), "-990000");
        assert_eq!(limit(&quoted, WAD * U256::from(2)), I256::ZERO);
        quoted.legs = vec![one.clone(), one];
        quoted.total = I256::ZERO;
        assert_eq!(limit(&quoted, slippage).to_string(), "20000");
    }
}
