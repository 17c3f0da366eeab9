//! An invented replay over the shipped week, to test the page without a chain.

use std::path::Path;

use super::*;
use crate::fit::anchor_vol;
use crate::market::Market;
use crate::rng::Rng;
use smirk_engine::state::YEAR;

/// A replay whose every series moves.
pub fn sample_replay() -> Replay {
    let market =
        Market::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/week")).unwrap();
    let mut rng = Rng::new(5);
    let (start, end) = (market.index[0].time, market.index[30].time);
    let steps = steps(&market, &mut rng, start, end);
    Replay {
        base: "ETH".into(),
        quote: "USDC".into(),
        seed: 5,
        setup: vec![
            ("Half-spread".into(), "1.5 vol points".into()),
            ("Pool fee tier".into(), "0.05 %".into()),
        ],
        index: market
            .index
            .iter()
            .map(|seen| (seen.time, seen.price))
            .collect(),
        fills: fills(&steps, &mut rng),
        hedges: hedges(&steps, &mut rng),
        frames: frames(&market),
        settlements: vec![settlement(
            crate::time::parse_utc("2026-02-06T08:00:00Z").unwrap(),
        )],
        transactions: transactions(&mut rng, start),
        accounts: accounts(),
        liquidations: liquidations(&steps),
        judged: 700,
        outside: Vec::new(),
        expiries: vec![ExpiryResult {
            expiry: start + 86_400,
            is_settled: true,
            premium: 12_000.0,
            paid: 9_000.0,
            open: 0.0,
        }],
        takers_alone: steps
            .iter()
            .map(|step| (step.time, 1.3 * step.net_vega))
            .collect(),
        steps,
    }
}

fn steps(market: &Market, rng: &mut Rng, start: u64, end: u64) -> Vec<Step> {
    let mut before = Step {
        share_price: 1.0,
        contributed: 1_000_000.0,
        ..Step::default()
    };
    let mut steps = Vec::new();
    for time in (start..=end).step_by(3_600) {
        let spot = market.spot(time);
        let surface = market
            .surfaces
            .iter()
            .rev()
            .find(|surface| surface.time <= time)
            .unwrap();
        let mut walk = |value: f64, size: f64| 0.99 * value + size * rng.between(-1.0, 1.0);
        let mut step = Step {
            time,
            spot,
            venue_price: spot * 1.0004,
            atm_vols: surface
                .slices
                .iter()
                .map(|slice| (slice.expiry, slice.atm_vol as f64 / 1e18))
                .collect(),
            forwards: surface
                .slices
                .iter()
                .map(|slice| (slice.expiry, forward(slice, time, spot)))
                .collect(),
            calls: walk(before.calls, 12.0),
            puts: walk(before.puts, 14.0) - 0.6,
            net_delta: walk(before.net_delta, 2.0),
            net_gamma: walk(before.net_gamma, 0.004),
            net_vega: walk(before.net_vega, 8_000.0) - 500.0,
            net_theta: walk(before.net_theta, 30_000.0),
            exposure: walk(before.exposure * 0.9, 2.2),
            band: 3.0 + walk(0.0, 0.4),
            limit: 45.0,
            premium: before.premium + 900.0 * rng.unit(),
            fees: before.fees + 90.0 * rng.unit(),
            capacity: before.capacity + 9.0 * rng.unit(),
            unearned: 40.0 * rng.unit(),
            upside_used: 0.2 + 0.1 * rng.unit(),
            downside_used: 0.4 * rng.unit(),
            hedge_cost: before.hedge_cost + 3.0 * rng.unit(),
            payouts: if steps.len() == 123 {
                40_000.0
            } else {
                before.payouts
            },
            hedge_gain: before.hedge_gain + 300.0 * rng.between(-1.0, 1.0),
            contributed: if steps.len() == 60 {
                before.contributed + 250_000.0
            } else {
                before.contributed
            },
            worst_loss: 120_000.0 + 9_000.0 * rng.unit(),
            worst_spot: spot * 1.4,
            floor: 150_000.0,
            upside_slope: -40.0,
            value_at_zero: 700_000.0,
            leavable: 0.9,
            insurance: before.insurance + 3.0 * rng.unit(),
            accounts: Accounts {
                open: 2,
                pot: 30_000.0,
                calls: 12.0,
                puts: 9.0,
                value: 24_000.0,
                maintenance: 15_000.0,
                ..Accounts::default()
            },
            ..Step::default()
        };
        step.hedge_position = step.exposure - step.net_delta;
        step.owed = (2.0 - step.hedge_position).max(0.0);
        step.health = if step.owed > 0.0 { 2.0 } else { 0.0 };
        step.supplied = step.owed * spot * step.health / 0.78;
        step.interest = before.interest - step.owed * rng.unit();
        step.book_value = -step.premium * 0.8;
        step.nav = step.contributed
            + step.premium
            + step.book_value
            + step.fees
            + step.hedge_gain
            + step.interest
            + step.capacity
            - step.unearned
            - step.payouts;
        step.nav_low = step.nav * 0.996;
        step.nav_high = step.nav * 1.004;
        step.cash = step.nav - step.book_value - step.supplied;
        step.share_price = step.nav / step.contributed;
        before = step.clone();
        steps.push(step);
    }
    steps
}

fn forward(slice: &smirk_engine::state::Slice, time: u64, spot: f64) -> f64 {
    let tau = slice.expiry.saturating_sub(time) as f64 / YEAR as f64;
    spot * (slice.carry as f64 / 1e18 * tau).exp()
}

fn fills(steps: &[Step], rng: &mut Rng) -> Vec<Fill> {
    steps
        .iter()
        .flat_map(|step| [step, step])
        .map(|step| {
            let size = rng.exponential(3.0) + 0.05;
            let mark = rng.between(20.0, 120.0);
            let spread = size * rng.between(1.0, 4.0);
            Fill {
                time: step.time,
                kind: rng.pick(&["buy", "sell"]).to_string(),
                size,
                spot: step.spot,
                mark,
                vega: size * rng.between(60.0, 250.0),
                delta: size * 0.5,
                premium: size * mark * rng.between(0.98, 1.02),
                spread,
                surcharge: spread * rng.between(0.0, 0.2),
                capacity: spread * rng.between(0.06, 0.3),
                interest: spread * 0.05,
                rent: if rng.chance(0.3) { 0.05 } else { 0.0 },
            }
        })
        .collect()
}

fn hedges(steps: &[Step], rng: &mut Rng) -> Vec<Hedge> {
    steps
        .iter()
        .filter(|step| step.exposure.abs() > 2.4)
        .map(|step| Hedge {
            time: step.time,
            size: -step.exposure * 0.4,
            price: step.spot * 1.0006,
            spot: step.spot,
            exposure_after: step.exposure,
            poked: rng.chance(0.2),
            lent: rng.chance(0.2),
        })
        .collect()
}

fn accounts() -> Vec<AccountSummary> {
    ["one", "two"]
        .map(|name| AccountSummary {
            name: name.into(),
            sells: "puts".into(),
            orders: 12,
            paid_in: 10_000.0,
            value: 9_200.0,
            maintenance: 4_000.0,
            shorts: 6.0,
            liquidations: 1,
            penalties: 63.0,
            ..AccountSummary::default()
        })
        .to_vec()
}

fn liquidations(steps: &[Step]) -> Vec<Liquidation> {
    let at = |step: &Step| Liquidation {
        time: step.time,
        account: "one".into(),
        spot: step.spot,
        part: 0.4,
        options: 3.0,
        mark: 420.0,
        total: 431.0,
        reward: 42.0,
        insurance: 21.0,
        value_before: 2_000.0,
        requirement_before: 2_300.0,
        value_after: 1_900.0,
        requirement_after: 1_850.0,
        left: 4.5,
    };
    steps.iter().skip(80).step_by(30).map(at).collect()
}

fn frames(market: &Market) -> Vec<Frame> {
    let frame = |surface: &crate::market::Surface| Frame {
        time: surface.time,
        spot: market.spot(surface.time),
        smiles: surface
            .slices
            .iter()
            .filter(|slice| slice.expiry % 3 != 1)
            .map(|slice| smile(market, surface.time, slice))
            .collect(),
    };
    market.surfaces.iter().map(frame).collect()
}

fn smile(market: &Market, time: u64, slice: &smirk_engine::state::Slice) -> Smile {
    let tau = (slice.expiry - time) as f64 / YEAR as f64;
    let width = 2.2 * slice.atm_vol as f64 / 1e18 * tau.sqrt();
    let curve = (-12..=12)
        .map(|i| width * f64::from(i) / 12.0)
        .map(|k| (k.exp(), anchor_vol(slice, tau, k)))
        .collect();
    let sample = market
        .vols
        .iter()
        .find(|sample| sample.time == time && sample.expiry == slice.expiry);
    let vols = sample.map_or(&[][..], |sample| &sample.vols);
    let quoted_forward = sample.map_or(1.0, |sample| sample.forward);
    let market_spot = market.spot(time);
    let market = vols
        .iter()
        .map(|vol| MarketVol {
            moneyness: vol.strike / quoted_forward,
            bid: vol.bid,
            mark: vol.mark,
            ask: vol.ask,
        })
        .collect();
    Smile {
        expiry: slice.expiry,
        posted_at: time,
        forward: forward(slice, time, market_spot),
        curve,
        market,
    }
}

fn settlement(expiry: u64) -> Settlement {
    let series = |kind: &str, strike, size, payoff| SettledSeries {
        kind: kind.into(),
        strike,
        size,
        payoff,
    };
    Settlement {
        expiry,
        settled_at: expiry + 240,
        round: "18446744073709551712".into(),
        price: 1_908.55,
        reserved: 40_000.0,
        from_accounts: 3_000.0,
        claimed: 38_120.5,
        series: vec![
            series("put", 2_200.0, 12.5, 291.45),
            series("call", 2_400.0, 30.0, 0.0),
        ],
    }
}

fn transactions(rng: &mut Rng, start: u64) -> Vec<Transaction> {
    (0..400)
        .map(|i| {
            let kind = *rng.pick(&[
                "buy",
                "buy",
                "buy",
                "sell",
                "deposit",
                "withdraw",
                "postAnchor",
                "rebalance",
                "settle",
                "claim",
            ]);
            let swapped = matches!(kind, "buy" | "sell" | "rebalance") && rng.chance(0.3);
            let base = if swapped { 330_000.0 } else { 150_000.0 };
            Transaction {
                time: start + i * 1_600,
                kind: kind.into(),
                sender: format!("trader {}", i % 7),
                summary: "2.50 of 27 Feb 2,200 put".into(),
                gas: rng.between(base, base * 1.5) as u64,
                swapped,
                lent: swapped && rng.chance(0.1),
                error: rng
                    .chance(0.06)
                    .then(|| "CostAboveLimit(cost: 1203.20, limit: 1190.00)".into()),
            }
        })
        .collect()
}

#[test]
fn the_page_is_one_file_with_every_section() {
    let html = page(&sample_replay());
    if let Ok(path) = std::env::var("SMIRK_SAMPLE") {
        std::fs::write(path, &html).unwrap();
    }
    for outside in [
        "http://", "https://", "<link", "<img", "src=", "@import", "url(",
    ] {
        assert!(
            !html.contains(outside),
            "the page reaches outside: {outside}"
        );
    }
    for title in [
        "The market",
        "The surface against the market",
        "Inventory and greeks",
        "Exposure against the band",
        "Pool value and share price",
        "What a trade pays beyond the anchor's mark",
        "What providers got, and what they can lose",
        "Premium, fees, hedge cost",
        "Solvency",
        "Margin accounts",
        "Liquidations, insurance and bad debt",
        "Settlement",
        "Gas",
        "Refusals and the log",
    ] {
        assert!(
            html.contains(&format!("<h2>{title}</h2>")),
            "no section {title}"
        );
    }
    assert!(
        !html.contains("NaN") && !html.contains("inf"),
        "a number is none"
    );
    assert!(
        !html.contains("<th></th>") && !html.contains("<th class=\"n\"></th>"),
        "a header says nothing"
    );
}

#[test]
fn it_is_counted_when_a_provider_could_leave() {
    let mut replay = sample_replay();
    let hours = replay.steps.len();
    for (i, step) in replay.steps.iter_mut().enumerate() {
        step.leavable = match i {
            3..=6 => 0.0,
            7 | 20 => 0.25,
            _ => 1.0,
        };
    }
    let html = page(&replay);
    let said = |name: &str, value: String| {
        assert!(
            html.contains(&format!("<td>{name}</td><td class=\"n\">{value}</td>")),
            "{name}: {value}"
        );
    };
    said("all at once", format!("{} of {hours} hours", hours - 6));
    said("a part at once", format!("2 of {hours} hours"));
    said("nothing", format!("4 of {hours} hours"));
    said("longest without all of them", "5 hours".to_owned());
}

#[test]
fn refusals_are_counted_once_for_tile_and_console() {
    let replay = sample_replay();
    let listed = replay
        .transactions
        .iter()
        .filter(|sent| sent.error.is_some());
    assert_eq!(replay.refused(), listed.count());
    let words = format!("{} transactions refused", replay.refused());
    assert!(page(&replay).contains(&words));
}

#[test]
fn a_band_has_the_colour_of_its_swatch() {
    let html = page(&sample_replay());
    for class in ["value", "band"] {
        assert!(html.contains(&format!(r#"<path class="area {class}""#)));
        assert!(html.contains(&format!(r#"<path class="mark area {class}""#)));
    }
}

#[test]
fn every_chart_over_time_is_drawn_wide_and_narrow_and_says_its_hour() {
    let html = page(&sample_replay());
    let panels = html.matches(r#"<div class="panel">"#).count();
    assert!(panels > 15);
    for each in [
        r#"<svg class="time wide""#,
        r#"<svg class="time narrow""#,
        r#"<span class="when">"#,
    ] {
        assert_eq!(html.matches(each).count(), panels, "{each}");
    }
    // A narrow one says which expiry settles, a wide one that it does.
    assert!(html.contains(">6 Feb settles</text>") && html.contains(">6 Feb</text>"));
    // The last step: where the axis ends and what legends read.
    assert!(html.contains(r#"<span class="when">8 Feb 20:54</span>"#));
}

#[test]
fn elements_are_closed() {
    let html = page(&sample_replay());
    for name in [
        "section", "div", "svg", "figure", "table", "tr", "td", "g", "details", "text", "span", "b",
    ] {
        let opened =
            html.matches(&format!("<{name}>")).count() + html.matches(&format!("<{name} ")).count();
        let closed = html.matches(&format!("</{name}>")).count();
        assert_eq!(opened, closed, "{name}");
    }
}

#[test]
fn a_record_survives_json() {
    let replay = sample_replay();
    let text = serde_json::to_string(&replay).unwrap();
    let back: Replay = serde_json::from_str(&text).unwrap();
    assert_eq!(page(&back), page(&replay));
}

#[test]
fn the_attribution_adds_up() {
    let replay = sample_replay();
    let parts = attribution(&replay);
    let (first, last) = (&replay.steps[0], &replay.steps[replay.steps.len() - 1]);
    assert!((parts.total - (last.nav - first.nav - 250_000.0)).abs() < 1e-6);
    assert!(parts.residue().abs() < 1e-6, "{parts:?}");
}
