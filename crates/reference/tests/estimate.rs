//! Estimates of gas, beside the least that suffices on the reference.

use inkhorn_node::{estimate_gas, lowest_gas};
use inkhorn_reference::{Machine, Transaction, Unmodelled};

use crate::compare::{on_chain, Met, Stage};

/// Most that an estimate may be above the least, in thousandths of what is executed.
const TOLERANCE: u64 = 15;

fn suffices(machine: &Machine, tx: &Transaction, gas: u64) -> Result<bool, Unmodelled> {
    let tx = Transaction { gas, ..tx.clone() };
    if gas < tx.intrinsic_gas() {
        return Ok(false);
    }
    Ok(machine.simulate(&tx)?.success)
}

/// Why an estimate is wrong.
pub enum Wrong {
    Unmodelled(String),
    Differs(String),
}

impl From<Unmodelled> for Wrong {
    fn from(what: Unmodelled) -> Self {
        Self::Unmodelled(what.0)
    }
}

/// Compares the least gas and the estimate for a transaction with what suffices on the reference.
///
/// # Errors
/// What is wrong.
pub fn compare(
    stage: &mut Stage,
    tx: &Transaction,
    what: &'static str,
) -> Result<Option<Met>, Wrong> {
    stage.open_block();
    let wrong = |text: String| Err(Wrong::Differs(format!("estimate of a {what}: {text}")));
    let on_chain = on_chain(tx);
    let estimate = estimate_gas(&stage.chain, &on_chain);
    let machine = &stage.machine;
    let Ok(estimate) = estimate else {
        if suffices(machine, tx, tx.gas)? {
            return wrong(format!("none, though {} suffices", tx.gas));
        }
        return Ok(None);
    };
    let lowest = match lowest_gas(&stage.chain, &on_chain) {
        Ok(lowest) => lowest,
        Err(error) => return wrong(format!("there is one, but no least gas: {error}")),
    };
    if !suffices(machine, tx, lowest)? {
        return wrong(format!("{lowest} is less than it takes"));
    }
    if suffices(machine, tx, lowest - 1)? {
        return wrong(format!("less than {lowest} suffices"));
    }
    if !suffices(machine, tx, estimate)? {
        return wrong(format!("{estimate} does not suffice, {lowest} does"));
    }
    let most = lowest + (lowest - tx.intrinsic_gas()) * TOLERANCE / 1_000;
    if !(lowest..=most).contains(&estimate) {
        return wrong(format!("{estimate}, though {lowest} suffices"));
    }
    Ok(Some(Met::Did(what)))
}
