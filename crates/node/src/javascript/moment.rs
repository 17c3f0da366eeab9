//! What a tracer can look at while one of its functions runs. A tracer has a thread of its own, and this is the thread's.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use inkhorn_chain::trace::{Frame, StateNow, Step};

thread_local! {
    static MOMENT: RefCell<Moment> = RefCell::default();
}

/// The latest of each.
#[derive(Default)]
struct Moment {
    step: Option<Step>,
    /// Why the last instruction failed.
    fault: Option<&'static str>,
    frame: Option<Frame>,
    state: Option<Rc<dyn StateNow>>,
    deadline: Option<Instant>,
    /// Why the tracer has to end, whatever it catches.
    failure: Option<String>,
}

/// What a tracer is told that took longer than it may.
pub(super) const TIMED_OUT: &str = "execution timeout";

/// Forgets everything; a tracer begins that may take until `deadline`.
pub(super) fn begin(deadline: Instant) {
    MOMENT.replace(Moment {
        deadline: Some(deadline),
        ..Moment::default()
    });
}

/// Sets the step.
pub(super) fn set_step(step: Step) {
    MOMENT.with_borrow_mut(|moment| {
        moment.fault = step.error;
        moment.step = Some(step);
    });
}

/// Names the reason why the last instruction failed.
pub(super) fn set_fault(reason: &'static str) {
    MOMENT.with_borrow_mut(|moment| moment.fault = Some(reason));
}

/// Why the last instruction failed, or will not run.
pub(super) fn fault() -> Option<&'static str> {
    MOMENT.with_borrow(|moment| moment.fault)
}

/// Sets the frame.
pub(super) fn set_frame(frame: Frame) {
    MOMENT.with_borrow_mut(|moment| moment.frame = Some(frame));
}

/// Sets the state, or takes it away.
pub(super) fn set_state(state: Option<Rc<dyn StateNow>>) {
    MOMENT.with_borrow_mut(|moment| moment.state = state);
}

/// Looks at the last step; before the first there is nothing to see.
pub(super) fn of_step<R: Default>(look: impl FnOnce(&Step) -> R) -> R {
    MOMENT.with_borrow(|moment| moment.step.as_ref().map(look).unwrap_or_default())
}

/// Looks at the frame that was opened or closed last.
pub(super) fn of_frame<R: Default>(look: impl FnOnce(&Frame) -> R) -> R {
    MOMENT.with_borrow(|moment| moment.frame.as_ref().map(look).unwrap_or_default())
}

/// Looks at the state.
pub(super) fn of_state<R: Default>(look: impl FnOnce(&dyn StateNow) -> R) -> R {
    let state = MOMENT.with_borrow(|moment| moment.state.clone());
    state.map(|state| look(&*state)).unwrap_or_default()
}

/// Makes the tracer end for a reason.
pub(super) fn fail(reason: &str) {
    MOMENT.with_borrow_mut(|moment| {
        moment.failure.get_or_insert_with(|| reason.to_owned());
    });
}

/// Whether the tracer has to end; it has when its time is over.
pub(super) fn has_to_end() -> bool {
    MOMENT.with_borrow_mut(|moment| {
        let is_late = moment
            .deadline
            .is_some_and(|deadline| Instant::now() > deadline);
        if is_late {
            moment.failure.get_or_insert_with(|| TIMED_OUT.to_owned());
        }
        moment.failure.is_some()
    })
}

/// Why the tracer has to end, if it has.
pub(super) fn failure() -> Option<String> {
    MOMENT.with_borrow(|moment| moment.failure.clone())
}
