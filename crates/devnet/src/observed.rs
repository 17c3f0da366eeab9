//! What an observer is told, and the state that it looks at meanwhile.

use std::cell::RefCell;
use std::rc::Rc;

use alloy_primitives::{Address, Bytes, U256};
use revm::state::AccountInfo;

use crate::machine::Machine;
use crate::recording::observer::{Event, HostEvent, StateNow};

/// What the instruction of a step had changed already when its observer is told of it, as it was before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Before {
    /// A slot that it wrote.
    pub slot: Option<(Address, U256, U256)>,
    /// Accounts between which it moved a balance.
    pub accounts: Vec<(Address, AccountInfo)>,
}

/// A machine while its observer may look at it.
struct Lent {
    machine: RefCell<Option<Machine>>,
    before: Before,
}

impl Lent {
    /// What is seen of the machine; nothing after it went back.
    fn see<R: Default>(&self, look: impl FnOnce(&mut Machine) -> R) -> R {
        let mut machine = self.machine.borrow_mut();
        machine.as_mut().map(look).unwrap_or_default()
    }

    fn account(&self, who: Address) -> AccountInfo {
        let mut before = self.before.accounts.iter();
        match before.find(|(of, _)| *of == who) {
            Some((_, account)) => account.clone(),
            None => self.see(|machine| machine.peek(who)),
        }
    }
}

impl StateNow for Lent {
    fn balance(&self, who: Address) -> U256 {
        self.account(who).balance
    }

    fn nonce(&self, who: Address) -> u64 {
        self.account(who).nonce
    }

    fn code(&self, who: Address) -> Bytes {
        self.see(|machine| machine.code_of(who).1.original_bytes())
    }

    fn slot(&self, who: Address, slot: U256) -> U256 {
        match self.before.slot {
            Some((of, written, word)) if (of, written) == (who, slot) => word,
            _ => self.see(|machine| machine.peek_slot(who, slot)),
        }
    }

    fn exists(&self, who: Address) -> bool {
        !self.account(who).is_empty()
    }

    fn block_number(&self) -> u64 {
        self.see(|machine| machine.block.number)
    }

    fn coinbase(&self) -> Address {
        self.see(|machine| machine.config.coinbase)
    }

    fn gas_price(&self) -> U256 {
        self.see(|machine| U256::from(machine.evm.tx.gas_price))
    }
}

impl Machine {
    /// Whether somebody is told what happens.
    pub(crate) fn is_observed(&mut self) -> bool {
        self.recorder()
            .is_some_and(|recorder| recorder.is_observed())
    }

    /// Tells an observer, if there is one.
    pub(crate) fn tell(&mut self, event: Event<'_>) {
        self.tell_as_before(event, Before::default());
    }

    /// Tells an observer of something before whose effects it stands.
    pub(crate) fn tell_as_before(&mut self, event: Event<'_>, before: Before) {
        let observer = self
            .recorder()
            .and_then(|recorder| recorder.observer.take());
        let Some(mut observer) = observer else {
            return;
        };
        let lent = Rc::new(Lent {
            machine: RefCell::new(Some(self.take())),
            before,
        });
        observer.observe(event, Rc::clone(&lent) as Rc<dyn StateNow>);
        let machine = lent.machine.take();
        *self = machine.expect("a machine that is looked at stays where it is");
        if let Some(recorder) = self.recorder() {
            recorder.observer = Some(observer);
        }
    }

    /// Tells an observer of the frame that was opened last.
    pub(crate) fn tell_opened(&mut self) {
        if !self.is_observed() {
            return;
        }
        if let Some((frame, depth)) = self.recorder().and_then(|recorder| recorder.opened()) {
            self.tell(Event::Enter(&frame, depth));
        }
    }

    /// Tells an observer of the frame that closed last.
    pub(crate) fn tell_closed(&mut self) {
        let closed = self.recorder().and_then(|recorder| recorder.take_closed());
        if let Some((frame, depth)) = closed {
            self.tell(Event::Exit(&frame, depth));
        }
    }

    /// Tells an observer of the payout of a contract that destroyed itself, if there was one.
    pub(crate) fn tell_destruction(&mut self) {
        let closed = self.recorder().and_then(|recorder| recorder.take_closed());
        if let Some((frame, depth)) = closed {
            self.tell(Event::Enter(&frame, depth));
            self.tell(Event::Exit(&frame, depth));
        }
    }

    /// Tells an observer of a host function, with what was noted of it.
    pub(crate) fn tell_host_call(&mut self, name: &'static str, (start_ink, end_ink): (u64, u64)) {
        let noted = self.recorder().and_then(|recorder| recorder.take_note());
        if let Some((args, outs)) = &noted {
            self.tell(Event::HostCall(HostEvent {
                name,
                args,
                outs,
                start_ink,
                end_ink,
            }));
        }
    }

    /// Notes that a program starts, if the transaction is traced.
    pub(crate) fn note_start(&mut self, ink: u64, args_len: u32) {
        let Some(recorder) = self.recorder() else {
            return;
        };
        recorder.start_program(ink, args_len);
        self.tell(Event::HostCall(HostEvent {
            name: "user_entrypoint",
            args: &args_len.to_be_bytes(),
            outs: &[],
            start_ink: ink,
            end_ink: ink,
        }));
    }

    /// Notes that a program ended, if the transaction is traced: with a status unless it trapped or ran out of ink.
    pub(crate) fn note_end(&mut self, ink: u64, status: Option<u32>) {
        let Some(recorder) = self.recorder() else {
            return;
        };
        recorder.end_program(ink, status);
        if let Some(status) = status {
            self.tell(Event::HostCall(HostEvent {
                name: "user_returned",
                args: &[],
                outs: &status.to_be_bytes(),
                start_ink: ink,
                end_ink: ink,
            }));
        }
    }

    /// Word in a slot as it is now. Does not make it warm.
    pub(crate) fn peek_slot(&mut self, who: Address, slot: U256) -> U256 {
        let journal = self.journal();
        let account = journal.inner.state.get(&who);
        let word = account.and_then(|account| account.storage.get(&slot));
        match (word, account) {
            (Some(word), _) => word.present_value(),
            (None, Some(account)) if account.is_created() => U256::ZERO,
            _ => journal.database.slot(who, slot),
        }
    }
}
