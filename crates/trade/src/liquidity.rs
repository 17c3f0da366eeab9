//! The provider's side: deposits and withdrawals within a limit and a deadline.

use alloy_primitives::U256;
use anyhow::{ensure, Result};
use serde_json::json;

use crate::{
    abi::IPool,
    client::Client,
    number::{exact_unsigned, signed, WAD},
    payment::{send_paid, Step},
    report::{transaction_lines, transactions, Report},
};

/// Pays atoms of quote in for shares of the signer's, at most so much (WAD) fewer than a deposit now brings.
pub async fn deposit(
    client: &Client,
    assets: U256,
    slippage: U256,
    deadline: u64,
    by_approval: bool,
) -> Result<Report> {
    ensure!(slippage <= WAD, "the slippage is more than everything");
    let receiver = client.account()?;
    let expected = client.read(&IPool::previewDepositCall { assets }).await?;
    let before = client.read(&shares_of(receiver)).await?;
    let call = IPool::depositAtLeastCall {
        assets,
        receiver,
        minShares: (expected * (WAD - slippage)).div_ceil(WAD),
        deadline: U256::from(deadline),
    };
    let steps = send_paid(client, &call, assets, deadline, by_approval, "deposit").await?;
    let held = client.read(&shares_of(receiver)).await?;
    Ok(report(client, assets, held.abs_diff(before), held, &steps))
}

/// Takes atoms of quote out for shares of the signer's, or without an amount all that can be taken out now.
pub async fn withdraw(
    client: &Client,
    assets: Option<U256>,
    slippage: U256,
    deadline: u64,
) -> Result<Report> {
    ensure!(slippage <= WAD, "the slippage is more than everything");
    let own = client.account()?;
    let before = client.read(&shares_of(own)).await?;
    let deadline = U256::from(deadline);
    let (paid, receipt) = match assets {
        Some(assets) => {
            let expected = client.read(&IPool::previewWithdrawCall { assets }).await?;
            let call = IPool::withdrawAtMostCall {
                assets,
                receiver: own,
                owner_: own,
                maxShares: expected * (WAD + slippage) / WAD,
                deadline,
            };
            (assets, client.send(&call).await?)
        }
        None => {
            let shares = client.read(&IPool::maxRedeemCall { owner_: own }).await?;
            ensure!(!shares.is_zero(), "There is nothing to take out now.");
            let expected = client.read(&IPool::previewRedeemCall { shares }).await?;
            let call = IPool::redeemAtLeastCall {
                shares,
                receiver: own,
                owner_: own,
                minAssets: (expected * (WAD - slippage)).div_ceil(WAD),
                deadline,
            };
            let cash = client.cash().await?;
            let receipt = client.send(&call).await?;
            (client.cash().await?.saturating_sub(cash), receipt)
        }
    };
    let steps = [Step {
        what: "withdrawal".into(),
        receipt,
    }];
    let held = client.read(&shares_of(own)).await?;
    Ok(report(client, paid, held.abs_diff(before), held, &steps))
}

fn shares_of(holder: alloy_primitives::Address) -> IPool::balanceOf_0Call {
    IPool::balanceOf_0Call { holder }
}

fn report(client: &Client, assets: U256, moved: U256, held: U256, steps: &[Step]) -> Report {
    let units = &client.units;
    let shares = |amount: U256| exact_unsigned(amount, units.share_decimals);
    Report {
        json: json!({
            "assets": exact_unsigned(assets, units.quote_decimals),
            "shares": shares(moved),
            "held": shares(held),
            "transactions": transactions(steps),
        }),
        text: format!(
            "{}{} for {}; you hold {} now.\n",
            transaction_lines(steps),
            units.cash(signed(assets)),
            units.shares(signed(moved)),
            units.shares(signed(held))
        ),
    }
}
