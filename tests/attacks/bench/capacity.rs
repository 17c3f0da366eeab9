//! Attacks on what others need: cash, the gate, nodes.

use smirk_world::abi::IPool;

use super::stage::{number, Cell, Outcome, Stage};
use crate::common::{call, put};

/// At full use, a short series is exchanged for a long one: what that adds in time has to be paid for.
pub fn roll(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..1 {
        let mut stage = Stage::new(Cell { expiry: 0, ..cell });
        let sizes: Vec<f64> = [0.9, 0.6, 0.3, 0.1]
            .iter()
            .map(|part| (part * cell.equity as f64 / 2_500.0).floor())
            .collect();
        let (short, long) = (
            call(stage.market.expiries[0], "4000"),
            call(stage.market.expiries[2], "4000"),
        );
        stage.begin();
        let size = stage.buy_most(short, &sizes);
        let rolled = size > 0.0 && stage.buy(long, size);
        stage.ran = size > 0.0;
        stage.sell_all();
        stage.undo();
        outcomes.push(stage.finish(format!("{size} calls, rolled {rolled}")));
    }
    outcomes
}

/// Deep calls make the pool hold its worth in base: what of its cash can't leave for how long, and what that costs.
pub fn cash_lock(cell: Cell) -> Vec<Outcome> {
    let mut stage = Stage::new(cell);
    let id = stage.deep_call();
    let before = free(&mut stage);
    stage.begin();
    let sizes = sizes_of(&stage);
    let mut bought = 0.0;
    for _ in 0..12 {
        bought += stage.buy_most(id, &sizes);
    }
    squat(stage, before, free, format!("{bought} calls"))
}

/// Far options in size, that tie up the gate.
pub fn tie_gate(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for far_call in [true, false] {
        let mut stage = Stage::new(cell);
        let expiry = stage.expiry();
        let id = if far_call {
            call(expiry, "6250")
        } else {
            put(expiry, "1000")
        };
        let before = most(&mut stage);
        stage.begin();
        let sizes = sizes_of(&stage);
        let mut bought = 0.0;
        for _ in 0..12 {
            bought += stage.buy_most(id, &sizes);
        }
        outcomes.extend(squat(
            stage,
            before,
            most,
            format!("{bought} far, call {far_call}"),
        ));
    }
    outcomes
}

/// Every node of the book taken by the least that can be bought, all but a lot of it sold back.
pub fn fill_book(cell: Cell) -> Vec<Outcome> {
    let mut stage = Stage::new(cell);
    let expiry = stage.expiry();
    stage.begin();
    let mut opened = 0;
    for step in 0..140 {
        let strike = 1_000 + 25 * step;
        let id = if strike < 2_500 {
            put(expiry, &strike.to_string())
        } else {
            call(expiry, &strike.to_string())
        };
        if stage.buy(id, 0.01) {
            opened += 1;
            stage.sell(id, 0.009_999);
        }
    }
    let days = (expiry - stage.market.world.chain.now()) as f64 / 86_400.0;
    stage.ran = opened >= 100;
    let mut outcome = stage.finish(format!("{opened} nodes"));
    outcome.profit /= days * opened as f64 / 1.28;
    vec![outcome]
}

fn sizes_of(stage: &Stage) -> Vec<f64> {
    [0.5, 0.25, 0.1, 0.05, 0.02, 0.01]
        .iter()
        .map(|part| (part * stage.cell.equity as f64 / 2_500.0).floor().max(1.0))
        .collect()
}

/// Cash that nobody has a claim on.
fn free(stage: &mut Stage) -> f64 {
    number(stage.market.view(IPool::navCall {}).unwrap().cash, 6)
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

/// The cost of what was tied up, for a day and one per cent of it. Options held are worth their marks.
fn squat(
    mut stage: Stage,
    before: f64,
    measure: fn(&mut Stage) -> f64,
    with: String,
) -> Vec<Outcome> {
    let tied = 100.0 * (1.0 - measure(&mut stage) / before);
    let days = (stage.expiry() - stage.market.world.chain.now()) as f64 / 86_400.0;
    stage.ran = tied > 1.0;
    let mut outcome = stage.finish(format!("{with}: {tied:.1} % for {days:.0} days"));
    outcome.profit /= tied.max(0.01) * days;
    vec![outcome]
}
