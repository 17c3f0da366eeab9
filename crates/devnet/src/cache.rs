//! Results that are kept for the next time, whichever chain of this process asks.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Results of each kind that are kept in this process. Dropping one costs no more than making it again.
const KEPT_RESULTS: usize = 1_000;

/// Keeps a result for the next time, and starts afresh when there are so many that memory matters.
pub(crate) fn remember<K: Eq + Hash, T>(known: &Mutex<HashMap<K, T>>, key: K, result: T) {
    let mut known = lock(known);
    if known.len() >= KEPT_RESULTS {
        known.clear();
    }
    known.insert(key, result);
}

/// A panic elsewhere leaves the caches whole: entries are inserted complete.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
