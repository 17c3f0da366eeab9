//! Attacks on what others need: cash, the gate, nodes.

use alloy_primitives::U256;
use smirk_world::abi::IPool;

use super::stage::{number, Cell, Outcome, Stage};
use crate::common::{call, put};

/// With the pool in full use by a short series, it is exchanged for a long one in one order: what that adds in time has to be paid
/// for. Counted twice: with everything sold back, and against the long series bought at once.
pub fn roll(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for part in [0.98, 0.9, 0.5] {
        let mut stage = Stage::new(Cell { expiry: 0, ..cell });
        let [week, _, quarter] = stage.market.expiries;
        let (short, long) = (call(week, "6250"), call(quarter, "6250"));
        let size = (part * cell.scale * cell.equity as f64 / 25.0).floor() / 100.0;
        let direct = {
            let mut stage = Stage::new(stage.cell);
            stage.buy(long, size).then(|| -stage.gain())
        };
        stage.begin();
        let bought = stage.buy(short, size);
        let used = number(
            stage.market.view(IPool::riskCall {}).unwrap().upsideUsed,
            18,
        );
        stage.ran = bought && stage.trade(&[(short, -size), (long, size)]);
        let rolled = -stage.gain();
        let ran = stage.ran;
        stage.sell_all();
        stage.undo();
        let sold = stage.finish(format!("{size} calls, {used:.2} in use, sold back"));
        outcomes.push(Outcome {
            profit: direct.unwrap_or(f64::NAN) - rolled,
            ran: ran && direct.is_some(),
            with: format!("{size} calls, {used:.2} in use, against the long series at once"),
            ..sold
        });
        outcomes.push(sold);
    }
    outcomes
}

/// Part of a thing in per cent that counts as all of it.
const WHOLE: f64 = 90.0;

/// Deep calls make the pool hold its worth in base: what of it a provider can't take out for how long, and what that costs.
pub fn cash_lock(cell: Cell) -> Vec<Outcome> {
    vec![lock_cash(cell, 40, WHOLE)]
}

/// The same with what a few orders lock.
pub fn cash_lock_part(cell: Cell) -> Vec<Outcome> {
    [1, 3].map(|orders| lock_cash(cell, orders, 1.0)).to_vec()
}

fn lock_cash(cell: Cell, orders: usize, least: f64) -> Outcome {
    let mut stage = Stage::new(cell);
    let id = stage.deep_call();
    let before = most(&mut stage);
    stage.begin();
    let sizes = sizes_of(&stage);
    let mut bought = 0.0;
    for _ in 0..orders {
        bought += stage.buy_most(id, &sizes);
        stage.undo();
    }
    squat(stage, before, least, format!("{bought} calls"))
}

/// Far options in size, that tie up the gate.
pub fn tie_gate(cell: Cell) -> Vec<Outcome> {
    [true, false]
        .map(|is_call| far_options(cell, is_call, 12, WHOLE))
        .to_vec()
}

/// The same with one order.
pub fn tie_gate_part(cell: Cell) -> Vec<Outcome> {
    [true, false]
        .map(|is_call| far_options(cell, is_call, 1, 1.0))
        .to_vec()
}

fn far_options(cell: Cell, is_call: bool, orders: usize, least: f64) -> Outcome {
    let mut stage = Stage::new(cell);
    let expiry = stage.expiry();
    let id = if is_call {
        call(expiry, "6250")
    } else {
        put(expiry, "1000")
    };
    let before = most(&mut stage);
    stage.begin();
    let sizes = sizes_of(&stage);
    let mut bought = 0.0;
    for _ in 0..orders {
        bought += stage.buy_most(id, &sizes);
    }
    squat(
        stage,
        before,
        least,
        format!("{bought} far, call {is_call}"),
    )
}

/// Every node of the book taken by the least that can be bought, all but a lot of it sold back. What is held already can still be
/// bought and sold.
pub fn fill_book(cell: Cell) -> Vec<Outcome> {
    let mut stage = Stage::new(cell);
    let expiry = stage.expiry();
    stage.begin();
    let id = |strike: u32| {
        let kind = if strike < 2_500 { put } else { call };
        kind(expiry, &strike.to_string())
    };
    let mut opened = Vec::new();
    for step in 0..140 {
        let id = id(1_000 + 25 * step);
        if stage.buy(id, 0.01) {
            opened.push(id);
            stage.sell(id, 0.009_999);
        }
    }
    let days = (expiry - stage.market.world.chain.now()) as f64 / 86_400.0;
    let nodes = opened.len();
    let open = |id: &&U256| stage.market.quote_buy(**id, "0.1").is_ok();
    stage.ran = nodes >= 100 && opened.iter().filter(open).count() == nodes;
    let millions = stage.cell.equity as f64 / 1e6;
    let mut outcome = stage.finish(format!("{nodes} nodes"));
    outcome.profit /= millions * days * nodes as f64 / 1.28;
    vec![outcome]
}

fn sizes_of(stage: &Stage) -> Vec<f64> {
    [0.5, 0.25, 0.1, 0.05, 0.02, 0.01]
        .iter()
        .map(|part| (part * stage.cell.equity as f64 / 2_500.0).floor().max(1.0))
        .collect()
}

/// What the provider may take out.
fn most(stage: &mut Stage) -> f64 {
    let owner_ = stage.market.world.actors.provider.address;
    number(
        stage
            .market
            .view(IPool::maxWithdrawCall { owner_ })
            .unwrap(),
        6,
    )
}

/// The cost of what was tied up, for a day, a million of equity and one per cent of it, if so many per cent were. Options held are
/// worth their marks.
fn squat(mut stage: Stage, before: f64, least: f64, with: String) -> Outcome {
    let tied = 100.0 * (1.0 - most(&mut stage) / before);
    let days = (stage.expiry() - stage.market.world.chain.now()) as f64 / 86_400.0;
    stage.ran = tied > least;
    let millions = stage.cell.equity as f64 / 1e6;
    let mut outcome = stage.finish(format!("{with}: {tied:.1} % for {days:.0} days"));
    outcome.profit /= millions * tied.max(0.01) * days;
    outcome
}
