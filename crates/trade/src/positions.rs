//! What a wallet holds: size and cost from its events, value from the pool's quote, profit of both.

use std::collections::{BTreeMap, HashSet};

use alloy_primitives::{Address, B256, I256, U256};
use alloy_rpc_types_eth::Log;
use alloy_sol_types::{SolEvent, SolEventInterface};
use anyhow::Result;
use serde_json::{json, Value};

use crate::{
    abi::IPool::{self, IPoolEvents as Event},
    client::{Client, Refusal},
    number::{exact, fixed, signed, ten_to, WAD, WAD_DECIMALS},
    order::{got, of_order, paid},
    report::{table, Report},
    series::Series,
    settlement::payoff_down,
};

/// Cost (atoms) and size (WAD) of a series by average cost, from events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// What is left.
    pub size: I256,
    /// What the size that is left cost.
    pub cost: I256,
    /// How much of the size came from others, whose cost is not known and counts as nothing.
    pub received: I256,
    /// What sales and claims brought over what their part had cost.
    pub realised: I256,
}

/// A position as it is now. Cash in atoms.
pub struct Position {
    /// What of.
    pub series: Series,
    /// How much, WAD.
    pub size: U256,
    /// Cost and the like.
    pub holding: Holding,
    /// What it brings now: a sale's proceeds, or the payout. `None` when the pool quotes nothing.
    pub value: Option<I256>,
    /// The taker's delta of the whole.
    pub delta: Option<I256>,
    /// Whether it trades, waits for its settlement price, or can be claimed.
    pub state: &'static str,
    /// Why there is no value.
    pub refusal: Option<Refusal>,
}

impl Holding {
    /// Takes a size out at its average cost, which is returned.
    fn take(&mut self, size: I256) -> I256 {
        let part = |amount: I256| match self.size.is_zero() {
            true => I256::ZERO,
            false => amount * size / self.size,
        };
        let (cost, received) = (part(self.cost), part(self.received));
        self.cost -= cost;
        self.received -= received;
        self.size -= size;
        cost
    }
}

/// A log of the pool, decoded.
struct Fact {
    transaction: B256,
    event: Event,
}

/// Reads the wallet's positions; events are looked for from a block on.
pub async fn read(client: &Client, owner: Address, from_block: u64) -> Result<Vec<Position>> {
    let events = [
        IPool::Bought::SIGNATURE_HASH,
        IPool::Sold::SIGNATURE_HASH,
        IPool::Ordered::SIGNATURE_HASH,
        IPool::LegFilled::SIGNATURE_HASH,
        IPool::AccountTraded::SIGNATURE_HASH,
        IPool::PositionMoved::SIGNATURE_HASH,
        IPool::Claimed::SIGNATURE_HASH,
        IPool::Transfer_1::SIGNATURE_HASH,
    ];
    let logs = client.logs_of(owner, &events, from_block).await?;
    let facts: Vec<Fact> = logs.iter().filter_map(fact).collect();
    let holdings = holdings_of(&facts, owner, client.units.quote_decimals);
    let mut positions = Vec::new();
    for (id, holding) in holdings {
        let balance = IPool::balanceOf_1Call { owner_: owner, id };
        let size = client.read(&balance).await?;
        if let (false, Some(series)) = (size.is_zero(), Series::of(id)) {
            positions.push(value(client, series, size, holding).await?);
        }
    }
    positions.sort_by_key(|position| position.series);
    Ok(positions)
}

/// Shows the wallet's positions.
pub async fn show(client: &Client, owner: Address, from_block: u64) -> Result<Report> {
    let positions = read(client, owner, from_block).await?;
    let json = positions.iter().map(|position| entry(client, position));
    let text = if positions.is_empty() {
        format!("{owner} holds no options.\n")
    } else {
        to_text(client, &positions)
    };
    Ok(Report {
        json: json!({ "account": owner, "positions": json.collect::<Vec<_>>() }),
        text,
    })
}

async fn value(client: &Client, series: Series, size: U256, holding: Holding) -> Result<Position> {
    let mut position = Position {
        series,
        size,
        holding,
        value: None,
        delta: None,
        state: "open",
        refusal: None,
    };
    if series.expiry > client.now {
        let call = IPool::quoteSellCall {
            id: series.id(),
            size,
        };
        match client.read(&call).await {
            Ok(quote) => {
                position.value = Some(signed(quote.total));
                position.delta = Some(-quote.delta);
            }
            Err(error) => position.refusal = Some(error.downcast::<Refusal>()?),
        }
        return Ok(position);
    }
    let call = IPool::settlementCall {
        expiry: U256::from(series.expiry),
    };
    let price = client.read(&call).await?.price;
    position.state = "awaiting settlement";
    if !price.is_zero() {
        position.state = "settled";
        let payout = payoff_down(&series, size, price, client.units.quote_decimals);
        position.value = Some(signed(payout));
    }
    Ok(position)
}

fn fact(log: &Log) -> Option<Fact> {
    let event = IPool::IPoolEvents::decode_log(&log.inner).ok()?;
    Some(Fact {
        transaction: log.transaction_hash?,
        event: event.data,
    })
}

/// What a wallet has come to hold of each series.
fn holdings_of(facts: &[Fact], owner: Address, quote_decimals: u8) -> BTreeMap<U256, Holding> {
    let mut found: BTreeMap<U256, Holding> = BTreeMap::new();
    let on_accounts = orders_on_accounts(facts);
    for (place, fact) in facts.iter().enumerate() {
        match &fact.event {
            Event::Bought(e) => fill(
                found.entry(e.id).or_default(),
                [e.taker == owner, e.receiver == owner],
                signed(e.size),
                paid(e),
            ),
            Event::Sold(e) => fill(
                found.entry(e.id).or_default(),
                [e.taker == owner, e.receiver == owner],
                -signed(e.size),
                -got(e),
            ),
            Event::Ordered(e) if !on_accounts.contains(&place) => {
                let own = [e.taker == owner, e.receiver == owner];
                for (id, size, cost) in legs_of(facts, place, e, quote_decimals) {
                    fill(found.entry(id).or_default(), own, size, cost);
                }
            }
            Event::Claimed(e) if e.holder == owner => {
                let holding = found.entry(e.id).or_default();
                let cost = holding.take(signed(e.size));
                holding.realised += signed(e.payout) - cost;
            }
            Event::PositionMoved(e) if e.account == owner => {
                // Into the account with its cost, or out of it.
                if e.size.is_positive() {
                    found.entry(e.id).or_default().take(e.size);
                } else if e.receiver == owner {
                    let holding = found.entry(e.id).or_default();
                    holding.size -= e.size;
                    holding.received -= e.size;
                }
            }
            Event::Transfer_1(e) => {
                // Mints and burns are told by the events above.
                let is_own = e.sender == owner;
                let moves = e.sender != e.receiver && !e.sender.is_zero() && !e.receiver.is_zero();
                if moves && is_own {
                    found.entry(e.id).or_default().take(signed(e.amount));
                } else if moves {
                    let holding = found.entry(e.id).or_default();
                    holding.size += signed(e.amount);
                    holding.received += signed(e.amount);
                }
            }
            _ => {}
        }
    }
    found
}

/// A purchase for the wallet (whose cost is its own if it paid), or a sale by it; cost in atoms, negative for what came in.
fn fill(holding: &mut Holding, [is_taker, is_receiver]: [bool; 2], size: I256, cost: I256) {
    if size.is_positive() && is_receiver {
        holding.size += size;
        if is_taker {
            holding.cost += cost;
        } else {
            holding.received += size;
        }
    } else if size.is_negative() && is_taker {
        let part = holding.take(-size);
        holding.realised += -cost - part;
    }
}

/// Places of orders that were filled on accounts: their AccountTraded comes before, and no other order lies between.
fn orders_on_accounts(facts: &[Fact]) -> HashSet<usize> {
    let mut found = HashSet::new();
    let mut before = None;
    for (place, fact) in facts.iter().enumerate() {
        match fact.event {
            Event::AccountTraded(_) => before = Some(fact.transaction),
            Event::Ordered(_) => {
                if before == Some(fact.transaction) {
                    found.insert(place);
                }
                before = None;
            }
            _ => {}
        }
    }
    found
}

/// The legs of an order with their parts of what it cost: each counts at its mark, and what is over is shared by what the legs are
/// worth. The parts add up to the whole exactly.
fn legs_of(
    facts: &[Fact],
    place: usize,
    order: &IPool::Ordered,
    quote_decimals: u8,
) -> Vec<(U256, I256, I256)> {
    let transaction = facts[place].transaction;
    let legs: Vec<&IPool::LegFilled> = facts[place + 1..]
        .iter()
        .filter_map(|fact| match &fact.event {
            Event::LegFilled(leg) if fact.transaction == transaction => Some(leg),
            _ => None,
        })
        .take(order.legs.saturating_to())
        .collect();
    let scale = signed(WAD * ten_to(WAD_DECIMALS.saturating_sub(quote_decimals)));
    let values: Vec<I256> = legs
        .iter()
        .map(|leg| signed(leg.mark) * leg.size / scale)
        .collect();
    let mut left: I256 = values.iter().map(|value| value.abs()).sum();
    let mut rest = of_order(order) - values.iter().copied().sum::<I256>();
    let mut parts = Vec::new();
    for (index, (leg, value)) in legs.iter().zip(&values).enumerate() {
        let is_last = index + 1 == legs.len() || left.is_zero();
        let part = if is_last {
            rest
        } else {
            rest * value.abs() / left
        };
        rest -= part;
        left -= value.abs();
        parts.push((leg.id, leg.size, *value + part));
    }
    parts
}

fn entry(client: &Client, position: &Position) -> Value {
    let cash = |atoms: I256| exact(atoms, client.units.quote_decimals);
    let holding = &position.holding;
    json!({
        "series": position.series.name(&client.units),
        "id": format!("{:#x}", position.series.id()),
        "state": position.state,
        "size": exact(signed(position.size), WAD_DECIMALS),
        "cost": cash(holding.cost),
        "received": exact(holding.received, WAD_DECIMALS),
        "realised": cash(holding.realised),
        "value": position.value.map(cash),
        "profit": position.value.map(|value| cash(value - holding.cost)),
        "delta": position.delta.map(|delta| exact(delta, WAD_DECIMALS)),
        "refusal": position.refusal.as_ref().map(Refusal::to_string),
    })
}

fn to_text(client: &Client, positions: &[Position]) -> String {
    let decimals = client.units.quote_decimals;
    let cash = |atoms: I256| fixed(atoms, decimals, 2);
    let shown = |atoms: Option<I256>| atoms.map_or_else(|| "-".into(), cash);
    let rows: Vec<Vec<String>> = positions
        .iter()
        .map(|position| {
            let cost = position.holding.cost;
            vec![
                position.series.name(&client.units),
                exact(signed(position.size), WAD_DECIMALS),
                cash(cost),
                shown(position.value),
                shown(position.value.map(|value| value - cost)),
                position
                    .delta
                    .map_or_else(|| "-".into(), |delta| fixed(delta, WAD_DECIMALS, 3)),
                position.state.into(),
            ]
        })
        .collect();
    let titles = [
        "series", "size", "cost", "value", "profit", "delta", "state",
    ];
    let mut text = table(&titles, &rows);
    let worth: I256 = positions.iter().filter_map(|position| position.value).sum();
    let known = positions.iter().filter(|position| position.value.is_some());
    let profit: I256 = known
        .filter_map(|position| Some(position.value? - position.holding.cost))
        .sum();
    text += &format!(
        "worth {} together, a profit of {}\n",
        client.units.cash(worth),
        client.units.cash(profit)
    );
    for position in positions {
        if let Some(refusal) = &position.refusal {
            text += &format!("{}: {refusal}\n", position.series.name(&client.units));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> I256 {
        I256::try_from(value).unwrap()
    }

    #[test]
    fn an_orders_cost_is_shared_without_a_rest() {
        let owner = Address::repeat_byte(1);
        let facts: Vec<Fact> = [
            Event::Ordered(IPool::Ordered {
                taker: owner,
                receiver: owner,
                premium: int(1_000_003),
                legs: U256::from(2),
                ..Default::default()
            }),
            Event::LegFilled(IPool::LegFilled {
                taker: owner,
                receiver: owner,
                id: U256::from(7),
                size: signed(WAD),
                mark: WAD * U256::from(3),
                ..Default::default()
            }),
            Event::LegFilled(IPool::LegFilled {
                taker: owner,
                receiver: owner,
                id: U256::from(8),
                size: -signed(WAD),
                mark: WAD * U256::from(2),
                ..Default::default()
            }),
        ]
        .map(|event| Fact {
            transaction: B256::ZERO,
            event,
        })
        .into();
        let Event::Ordered(order) = &facts[0].event else {
            unreachable!()
        };
        let parts = legs_of(&facts, 0, order, 6);
        let costs: I256 = parts.iter().map(|(_, _, cost)| *cost).sum();
        assert_eq!(costs, int(1_000_003));
        let holdings = holdings_of(&facts, owner, 6);
        assert_eq!(holdings[&U256::from(7)].size, signed(WAD));
        assert_eq!(holdings[&U256::from(7)].cost, parts[0].2);
    }

    #[test]
    fn a_sale_takes_its_part_of_the_cost() {
        let mut holding = Holding::default();
        fill(&mut holding, [true, true], int(4), int(100));
        fill(&mut holding, [true, false], int(-1), int(-40));
        assert_eq!((holding.size, holding.cost), (int(3), int(75)));
        assert_eq!(holding.realised, int(15));
        fill(&mut holding, [false, true], int(3), int(1_000));
        assert_eq!((holding.received, holding.cost), (int(3), int(75)));
    }
}
