//! Margin accounts: what they hold and need, and cash in and out.

use alloy_primitives::{Address, U256};
use anyhow::Result;
use serde_json::{json, Value};

use crate::{
    abi::IPool,
    client::Client,
    moment,
    number::{exact, fixed, percent_fixed, signed, WAD_DECIMALS},
    payment::{send_paid, Step},
    report::{table, transaction_lines, transactions, Report},
    series::name_of,
};

/// Shows an account.
pub async fn show(client: &Client, owner: Address) -> Result<Report> {
    let state = client.read(&IPool::accountCall { account_: owner }).await?;
    Ok(Report {
        json: to_json(client, owner, &state),
        text: to_text(client, owner, &state),
    })
}

/// Pays atoms of the signer's quote into an account.
pub async fn deposit(
    client: &Client,
    owner: Address,
    amount: U256,
    deadline: u64,
    by_approval: bool,
) -> Result<Report> {
    let call = IPool::depositMarginCall {
        amount,
        account_: owner,
    };
    let what = "deposit of margin";
    let steps = send_paid(client, &call, amount, deadline, by_approval, what).await?;
    after(client, owner, &steps).await
}

/// Takes atoms of quote out of the signer's account.
pub async fn withdraw(client: &Client, amount: U256) -> Result<Report> {
    let owner = client.account()?;
    let call = IPool::withdrawMarginCall {
        amount,
        receiver: owner,
    };
    let steps = [Step {
        what: "withdrawal of margin".into(),
        receipt: client.send(&call).await?,
    }];
    after(client, owner, &steps).await
}

async fn after(client: &Client, owner: Address, steps: &[Step]) -> Result<Report> {
    let mut report = show(client, owner).await?;
    report.json["transactions"] = transactions(steps);
    report.text = transaction_lines(steps) + &report.text;
    Ok(report)
}

fn to_json(client: &Client, owner: Address, state: &IPool::Account) -> Value {
    let wad = |value: U256| exact(signed(value), WAD_DECIMALS);
    let leg = |leg: &IPool::AccountLeg| {
        json!({
            "series": name_of(leg.id, &client.units),
            "id": format!("{:#x}", leg.id),
            "size": exact(leg.size, WAD_DECIMALS),
            "vol": wad(leg.vol),
            "mark": wad(leg.mark),
            "delta": exact(leg.delta, WAD_DECIMALS),
        })
    };
    json!({
        "account": owner,
        "quote": exact(state.quote, client.units.quote_decimals),
        "value": exact(state.value, WAD_DECIMALS),
        "initial": wad(state.initial),
        "maintenance": wad(state.maintenance),
        "liquidationDown": wad(state.liquidationDown),
        "liquidationUp": wad(state.liquidationUp),
        "flaggedAt": state.flaggedAt.saturating_to::<u64>(),
        "legs": state.legs.iter().map(leg).collect::<Vec<_>>(),
    })
}

fn to_text(client: &Client, owner: Address, state: &IPool::Account) -> String {
    let units = &client.units;
    let value = |wad: U256| units.value(signed(wad));
    let mut text = format!(
        "{owner}: {} in cash, worth {}; needs {} to open and {} to stay\n",
        units.cash(state.quote),
        units.value(state.value),
        value(state.initial),
        value(state.maintenance)
    );
    let prices: Vec<String> = [state.liquidationDown, state.liquidationUp]
        .into_iter()
        .filter(|price| !price.is_zero())
        .map(value)
        .collect();
    if !prices.is_empty() {
        text += &format!("could be liquidated at {}\n", prices.join(" or "));
    }
    if !state.flaggedAt.is_zero() {
        text += &format!(
            "found below its requirement at {}\n",
            moment::format(state.flaggedAt)
        );
    }
    if state.legs.is_empty() {
        return text;
    }
    let rows: Vec<Vec<String>> = state
        .legs
        .iter()
        .map(|leg| {
            vec![
                name_of(leg.id, units),
                exact(leg.size, WAD_DECIMALS),
                fixed(signed(leg.mark), WAD_DECIMALS, 2),
                percent_fixed(signed(leg.vol)),
                fixed(leg.delta, WAD_DECIMALS, 3),
            ]
        })
        .collect();
    text + &table(&["series", "size", "mark", "vol", "delta"], &rows)
}
