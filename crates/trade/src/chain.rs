//! The options chain of an expiry: what a size costs and brings at the strikes around the forward.

use alloy_primitives::{I256, U256};
use anyhow::{ensure, Context, Result};
use futures_util::{stream, StreamExt};
use serde_json::{json, Value};

use crate::{
    abi::IPool::{self, Quote},
    client::{Client, Refusal},
    moment,
    number::{atoms_to_wad, exact, fixed, options, percent_fixed, signed, WAD, WAD_DECIMALS},
    report::{number_table, Report},
    series::Series,
};

/// Requests under way at once.
const AT_ONCE: usize = 16;
/// Standard deviations until expiry that the strikes reach.
const DEVIATIONS: f64 = 1.75;
const YEAR: f64 = 31_536_000.0;
/// Steps between strikes that people expect, in ticks.
const STEPS: [u64; 16] = [
    1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 200, 250, 400, 500, 1_000,
];

/// One strike of a chain.
struct Row {
    strike: U256,
    /// WAD.
    vol: U256,
    call: Side,
    put: Side,
}

/// One option of a chain; prices per option, WAD.
struct Side {
    bid: Option<U256>,
    ask: Option<U256>,
    mark: Option<U256>,
    delta: Option<I256>,
    bid_refusal: Option<Refusal>,
    ask_refusal: Option<Refusal>,
}

/// Reads and shows the chain of an expiry, by default the nearest that trades.
pub async fn show(
    client: &Client,
    expiry: Option<u64>,
    count: usize,
    size: U256,
) -> Result<Report> {
    let surface = client.read(&IPool::surfaceCall {}).await?;
    let anchor = chosen(&surface, expiry, client.now)?;
    let spot = client.read(&IPool::oracleStatusCall {}).await?.price;
    let tick = client.read(&IPool::parametersCall {}).await?.strikeTick;
    let strikes = strikes_around(spot, anchor, client.now, tick, count);
    let expiry = anchor.expiry.saturating_to();
    let rows = read_rows(client, expiry, &strikes, size).await?;
    let mut answer = report(client, expiry, spot, size, &rows);
    let others: Vec<String> = surface
        .iter()
        .filter(|anchor| trades(anchor, client.now))
        .map(|anchor| anchor.expiry.saturating_to())
        .filter(|&other| other != expiry)
        .map(moment::format_expiry)
        .collect();
    if !others.is_empty() {
        answer.text += &format!("other expiries: {}\n", others.join(", "));
    }
    Ok(answer)
}

fn trades(anchor: &IPool::Anchor, now: u64) -> bool {
    !anchor.atmVol.is_zero() && anchor.expiry > U256::from(now)
}

/// The anchor of an expiry, or without one of the nearest that trades.
fn chosen(surface: &[IPool::Anchor], expiry: Option<u64>, now: u64) -> Result<&IPool::Anchor> {
    let name = |anchor: &IPool::Anchor| moment::format_expiry(anchor.expiry.saturating_to());
    let listed = || surface.iter().map(name).collect::<Vec<_>>().join(", ");
    let mut anchors = surface.iter();
    let anchor = match expiry {
        Some(expiry) => anchors.find(|anchor| anchor.expiry == U256::from(expiry)),
        None => anchors.find(|anchor| trades(anchor, now)),
    };
    let anchor = anchor.with_context(|| match expiry {
        Some(expiry) => format!(
            "{} is not listed; listed are {}",
            moment::format_expiry(expiry),
            listed()
        ),
        None => format!("no expiry trades now; listed are {}", listed()),
    })?;
    ensure!(
        trades(anchor, now),
        "{} does not trade now; listed are {}",
        name(anchor),
        listed()
    );
    Ok(anchor)
}

/// Strikes on the grid around spot, with equal steps, as far as spot is likely to move.
fn strikes_around(
    spot: U256,
    anchor: &IPool::Anchor,
    now: u64,
    tick: U256,
    count: usize,
) -> Vec<U256> {
    let float = |wad: U256| wad.saturating_to::<u128>() as f64 / 1e18;
    let years = anchor.expiry.saturating_to::<u64>().saturating_sub(now) as f64 / YEAR;
    let reach = float(spot) * (DEVIATIONS * float(anchor.atmVol) * years.sqrt()).exp_m1();
    let half = (count.saturating_sub(1) / 2).max(1) as u64;
    let wanted = (reach.max(0.01 * float(spot)) / (half as f64 * float(tick))).max(1e-9);
    let distance = |step: u64| (step as f64 / wanted).ln().abs();
    let nearest = STEPS
        .into_iter()
        .min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
    let step = tick * U256::from(nearest.unwrap_or(1));
    let middle = (spot + step / U256::from(2)) / step * step;
    let lowest = (0..=half)
        .rev()
        .map(|away| middle.checked_sub(step * U256::from(away)));
    let highest = (1..=half).map(|away| middle.checked_add(step * U256::from(away)));
    let strikes = lowest.chain(highest).flatten();
    strikes.filter(|strike| !strike.is_zero()).collect()
}

async fn read_rows(client: &Client, expiry: u64, strikes: &[U256], size: U256) -> Result<Vec<Row>> {
    let options = strikes.iter().flat_map(|&strike| {
        [false, true].map(|is_put| Series {
            expiry,
            strike,
            is_put,
        })
    });
    let read = |series: Series| async move {
        let id = series.id();
        let buy = client.read(&IPool::quoteBuyCall { id, size }).await;
        let sell = client.read(&IPool::quoteSellCall { id, size }).await;
        side(client, answer(buy)?, answer(sell)?, size)
    };
    let sides: Vec<Result<Side>> = stream::iter(options.map(read))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let vols = read_vols(client, expiry, strikes).await?;
    let mut sides = sides.into_iter();
    let mut rows = Vec::new();
    for (&strike, vol) in strikes.iter().zip(vols) {
        let (Some(call), Some(put)) = (sides.next(), sides.next()) else {
            break;
        };
        rows.push(Row {
            strike,
            vol,
            call: call?,
            put: put?,
        });
    }
    Ok(rows)
}

async fn read_vols(client: &Client, expiry: u64, strikes: &[U256]) -> Result<Vec<U256>> {
    let read = |&strike: &U256| async move {
        let expiry = U256::from(expiry);
        client.read(&IPool::impliedVolCall { expiry, strike }).await
    };
    let vols: Vec<Result<U256>> = stream::iter(strikes.iter().map(read))
        .buffered(AT_ONCE)
        .collect()
        .await;
    vols.into_iter().collect()
}

/// A refusal is an answer; that nobody answers is none.
fn answer(read: Result<Quote>) -> Result<Result<Quote, Refusal>> {
    match read {
        Ok(quote) => Ok(Ok(quote)),
        Err(error) => error.downcast::<Refusal>().map(Err),
    }
}

fn side(
    client: &Client,
    buy: Result<Quote, Refusal>,
    sell: Result<Quote, Refusal>,
    size: U256,
) -> Result<Side> {
    let units = &client.units;
    let wide = signed(size);
    let per_option = |value: I256| value * signed(WAD) / wide;
    let delta = match (&buy, &sell) {
        (Ok(quote), _) => Some(per_option(quote.delta)),
        (_, Ok(quote)) => Some(-per_option(quote.delta)),
        _ => None,
    };
    let mark = buy.as_ref().or(sell.as_ref()).ok().map(|quote| quote.mark);
    let price = |quote: &Quote| atoms_to_wad(quote.total, units) * WAD;
    Ok(Side {
        bid: sell.as_ref().ok().map(|quote| price(quote) / size),
        ask: buy.as_ref().ok().map(|quote| price(quote).div_ceil(size)),
        mark,
        delta,
        bid_refusal: sell.err(),
        ask_refusal: buy.err(),
    })
}

fn report(client: &Client, expiry: u64, spot: U256, size: U256, rows: &[Row]) -> Report {
    let wad = |value: U256| exact(signed(value), WAD_DECIMALS);
    let entry = |row: &Row| {
        json!({
            "strike": wad(row.strike), "vol": wad(row.vol),
            "call": side_json(&row.call), "put": side_json(&row.put),
        })
    };
    let entries: Vec<Value> = rows.iter().map(entry).collect();
    let json = json!({
        "expiry": expiry, "spot": wad(spot), "size": wad(size), "strikes": entries,
    });
    let cells = |row: &Row| -> Vec<String> {
        let [call, put] = [side_cells(&row.call), side_cells(&row.put)];
        let middle = [
            fixed(signed(row.strike), WAD_DECIMALS, 0),
            percent_fixed(signed(row.vol)),
        ];
        call.into_iter().chain(middle).chain(put).collect()
    };
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let titles = [
        "call bid", "mark", "ask", "delta", "strike", "vol", "put bid", "mark", "ask", "delta",
    ];
    let text = format!(
        "{} {}, spot {}; prices of one option for orders of {}, all charges included\n{}",
        client.units.base,
        moment::format_expiry(expiry),
        client.units.value(signed(spot)),
        options(signed(size)),
        number_table(&titles, &cells)
    );
    Report { json, text }
}

fn side_json(side: &Side) -> Value {
    let wad = |value: &Option<U256>| value.map(|value| exact(signed(value), WAD_DECIMALS));
    let sentence = |refusal: &Option<Refusal>| refusal.as_ref().map(Refusal::to_string);
    json!({
        "bid": wad(&side.bid), "ask": wad(&side.ask), "mark": wad(&side.mark),
        "delta": side.delta.map(|delta| exact(delta, WAD_DECIMALS)),
        "bidRefusal": sentence(&side.bid_refusal), "askRefusal": sentence(&side.ask_refusal),
    })
}

fn side_cells(side: &Side) -> [String; 4] {
    let money = |value: Option<U256>| match value {
        Some(value) => fixed(signed(value), WAD_DECIMALS, 2),
        None => "-".into(),
    };
    let delta = side.delta.map(|delta| fixed(delta, WAD_DECIMALS, 2));
    [
        money(side.bid),
        money(side.mark),
        money(side.ask),
        delta.unwrap_or_else(|| "-".into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_lie_on_the_grid_with_equal_steps() {
        let anchor = IPool::Anchor {
            expiry: U256::from(7 * 86_400),
            atmVol: WAD * U256::from(3) / U256::from(4),
            ..IPool::Anchor::default()
        };
        let tick = WAD * U256::from(25);
        let strikes = strikes_around(WAD * U256::from(2_510), &anchor, 0, tick, 9);
        assert_eq!(strikes.len(), 9);
        let step = strikes[1] - strikes[0];
        assert!(strikes.windows(2).all(|pair| pair[1] - pair[0] == step));
        assert!(strikes.iter().all(|strike| (*strike % tick).is_zero()));
        let spread = strikes[8] - strikes[0];
        assert!(spread > WAD * U256::from(600) && spread < WAD * U256::from(1_400));
    }
}
