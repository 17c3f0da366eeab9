//! Executions that leave no trace, or only in a block that is simulated.

use std::mem;

use crate::chain::value::Chain;
use crate::machine::recent::RecentPrograms;
use crate::machine::Machine;
use crate::recording::Recorder;
use crate::trace::{Event, Frame, Observer, OpcodeOptions, OpcodeTrace, Touched, TraceAs};
use crate::transaction::{Outcome, Transaction};

impl Chain {
    /// Executes a transaction on top of the current state, in the block that would come next, and discards its effects.
    /// Gas is free.
    pub fn call(&mut self, tx: Transaction) -> Outcome {
        let machine = self.open_next_machine();
        self.call_on(machine, &tx)
    }

    /// Like [`Chain::call`] in the latest block, as a node executes a call at a block.
    pub fn call_in_latest(&mut self, tx: Transaction) -> Outcome {
        let machine = self.open_latest_machine();
        self.call_on(machine, &tx)
    }

    /// A machine in the latest block that has met no program yet.
    fn open_latest_machine(&mut self) -> Machine {
        let mut machine = self.open_machine();
        machine.recent = RecentPrograms::default();
        machine
    }

    fn call_on(&mut self, mut machine: Machine, tx: &Transaction) -> Outcome {
        let outcome = machine.execute(tx, false);
        self.state = machine.discard().0;
        outcome
    }

    /// Why a transaction would not be admitted to the next block, in a node's words. Nonces are not looked at.
    ///
    /// # Errors
    /// When its gas limit is below the intrinsic cost, its init code too long or its sender short of funds.
    pub fn check_transaction(&mut self, tx: &Transaction) -> Result<(), String> {
        let mut machine = self.open_next_machine();
        let refusal = machine.refusal(tx);
        self.state = machine.discard().0;
        refusal.map_or(Ok(()), Err)
    }

    /// Opens a block that is simulated, for calls to run in one after the other.
    pub fn open_simulated(&mut self) {
        self.open_block();
    }

    /// Runs a transaction in the block that was opened, and keeps its effects. Without paying, as [`Chain::call`] runs it,
    /// its nonce counts all the same.
    pub fn simulate(&mut self, tx: &Transaction, pays: bool) -> Outcome {
        let mut machine = self.open_machine();
        let outcome = machine.execute(tx, pays);
        self.recent = mem::take(&mut machine.recent);
        self.state = if outcome.gas_used == 0 {
            machine.discard().0
        } else {
            machine.commit()
        };
        outcome
    }

    /// Executes a transaction as `how` says and gives its frames with the host functions that programs called. There
    /// is no frame when the transaction is not admitted, or when what happened takes up more than 64 MiB.
    pub fn trace_frames(&self, tx: &Transaction, how: TraceAs) -> (Outcome, Option<Frame>) {
        let (outcome, mut machine) = self.traced(tx, how, Recorder::default());
        let transfers = machine.transfers(tx, &outcome, how.pays());
        let mut root = machine.into_recorder().and_then(Recorder::into_root);
        if let Some(root) = &mut root {
            root.transfers = Some(transfers.into());
            root.gas = tx.gas_limit();
            root.gas_used = outcome.gas_used;
        }
        (outcome, root)
    }

    /// Executes a transaction as `how` says and gives the steps of its EVM frames.
    pub fn trace_opcodes(
        &self,
        tx: &Transaction,
        how: TraceAs,
        options: OpcodeOptions,
    ) -> (Outcome, OpcodeTrace) {
        let recorder = Recorder::with_opcodes(options);
        let (outcome, machine) = self.traced(tx, how, recorder);
        let steps = machine.into_recorder().and_then(Recorder::into_opcodes);
        (outcome, steps.unwrap_or_default())
    }

    /// Executes a transaction as `how` says and gives the accounts and slots that it met.
    pub fn trace_touched(&self, tx: &Transaction, how: TraceAs) -> (Outcome, Touched) {
        let (outcome, machine) = self.traced(tx, how, Recorder::default());
        let (state, changes) = machine.discard();
        (outcome, Touched::new(&state, &changes))
    }

    /// Executes a transaction as `how` says and tells `observer` everything that happens in it. Of one that is not admitted
    /// there is nothing to tell.
    pub fn observe(&self, tx: &Transaction, how: TraceAs, observer: Box<dyn Observer>) -> Outcome {
        let (outcome, mut machine) = self.traced(tx, how, Recorder::observed(observer));
        if outcome.gas_used > 0 {
            machine.tell(Event::End(&outcome));
        }
        outcome
    }

    /// A machine that has executed `tx` on a copy of this chain.
    fn traced(&self, tx: &Transaction, how: TraceAs, recorder: Recorder) -> (Outcome, Machine) {
        let mut chain = self.clone();
        let mut machine = match how {
            TraceAs::Call => chain.open_next_machine(),
            TraceAs::CallInLatest => chain.open_latest_machine(),
            TraceAs::Mined(before) => {
                chain.transact_batch(before.to_vec());
                chain.open_machine()
            }
        };
        machine.evm.chain = Some(Box::new(recorder));
        let outcome = machine.execute(tx, how.pays());
        (outcome, machine)
    }
}
