//! Turns: tracers run on threads of their own, a few at a time. Nobody waits for one longer than it may take.
//!
//! The engine looks at the clock between a tracer's own steps, not within a function of the engine itself. A tracer that makes one of
//! these work for hours is left to itself: its caller gets an answer, and the place is taken until it ends.

use std::sync::mpsc::{channel, RecvTimeoutError};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::RpcError;
use crate::javascript::moment::TIMED_OUT;

/// Tracers that run at the same time.
static PLACES: Places = Places::new(4);
/// Native stack of a tracer's thread.
const STACK: usize = 32 << 20;
/// How long a tracer may take to notice that its time is over.
const GRACE: Duration = Duration::from_secs(1);

/// Places for tracers that run.
struct Places {
    most: usize,
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Places {
    const fn new(most: usize) -> Self {
        Self {
            most,
            taken: Mutex::new(0),
            freed: Condvar::new(),
        }
    }

    fn taken(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place.
    fn take(&'static self, deadline: Instant) -> Option<Place> {
        let patience = deadline.saturating_duration_since(Instant::now());
        let (mut taken, _) = self
            .freed
            .wait_timeout_while(self.taken(), patience, |taken| *taken >= self.most)
            .unwrap_or_else(PoisonError::into_inner);
        (*taken < self.most).then(|| {
            *taken += 1;
            Place(self)
        })
    }
}

/// A place, free again when this is dropped.
struct Place(&'static Places);

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken() -= 1;
        self.0.freed.notify_one();
    }
}

/// Does what a tracer has to do on a thread of its own.
///
/// # Errors
/// There is no place before `deadline`, or the tracer is not done then.
pub(super) fn take_turn<R: Send + 'static>(
    deadline: Instant,
    act: impl FnOnce() -> R + Send + 'static,
) -> Result<R, RpcError> {
    take_turn_at(&PLACES, deadline, act)
}

fn take_turn_at<R: Send + 'static>(
    places: &'static Places,
    deadline: Instant,
    act: impl FnOnce() -> R + Send + 'static,
) -> Result<R, RpcError> {
    let place = places.take(deadline).ok_or_else(|| {
        let most = places.most;
        RpcError::LimitExceeded(format!("{most} tracers in JavaScript run already"))
    })?;
    let (tell, told) = channel();
    thread::Builder::new()
        .name("tracer".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let done = act();
            drop(place);
            // Whoever asked may have gone.
            let _ = tell.send(done);
        })
        .map_err(|_| RpcError::Internal)?;
    let patience = deadline.saturating_duration_since(Instant::now());
    told.recv_timeout(patience + GRACE)
        .map_err(|error| match error {
            RecvTimeoutError::Timeout => RpcError::refused(TIMED_OUT),
            RecvTimeoutError::Disconnected => RpcError::Internal,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(50)
    }

    #[test]
    fn who_finds_no_place_is_refused_and_places_come_back() {
        let places: &Places = Box::leak(Box::new(Places::new(2)));
        let (free, wait) = channel::<()>();
        let held = places.take(soon()).unwrap();
        thread::scope(|scope| {
            let stuck = scope.spawn(|| take_turn_at(places, soon(), move || wait.recv().is_ok()));
            assert_eq!(stuck.join().unwrap(), Err(RpcError::refused(TIMED_OUT)));
        });
        let refusal = take_turn_at(places, soon(), || 7).unwrap_err();
        assert!(refusal
            .to_string()
            .contains("2 tracers in JavaScript run already"));
        drop(held);
        assert_eq!(take_turn_at(places, soon(), || 7), Ok(7));
        free.send(()).unwrap();
        let later = Instant::now() + Duration::from_secs(10);
        let both = [places.take(later), places.take(later)];
        assert!(both.iter().all(Option::is_some), "what was stuck has gone");
    }

    #[test]
    fn a_tracer_that_panics_gives_its_place_back() {
        let places: &Places = Box::leak(Box::new(Places::new(1)));
        let failed: Result<(), _> = take_turn_at(places, soon(), || panic!("on purpose"));
        assert_eq!(failed, Err(RpcError::Internal));
        assert_eq!(take_turn_at(places, soon(), || 7), Ok(7));
    }
}
