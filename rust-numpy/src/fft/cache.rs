//! Tables of the lengths transformed last: making them takes longer than using them once.

use std::sync::{Arc, Mutex, PoisonError};

use super::half::Half;
use super::plan::Plan;
use crate::error::Result;

/// How many numbers the lengths kept by one cache have together: 6 MB of tables where the lengths
/// have small factors, 40 MB where they are prime.
const KEPT: usize = 1 << 18;

static PLANS: Cache<Plan> = Cache::new();
static HALVES: Cache<Half> = Cache::new();

/// The plan for `n` numbers. Errors: `Memory`.
pub(super) fn plan(n: usize) -> Result<Arc<Plan>> {
    PLANS.get(n, Plan::new)
}

/// The tables for `n` real numbers, an even number of them. Errors: `Memory`.
pub(super) fn half(n: usize) -> Result<Arc<Half>> {
    HALVES.get(n, Half::new)
}

/// What was made for the latest lengths; the latest is the last.
struct Cache<T>(Mutex<Vec<(usize, Arc<T>)>>);

impl<T> Cache<T> {
    const fn new() -> Self {
        Cache(Mutex::new(Vec::new()))
    }

    fn get(&self, n: usize, make: impl Fn(usize) -> Result<T>) -> Result<Arc<T>> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut kept = lock();
            if let Some(at) = kept.iter().rposition(|(length, _)| *length == n) {
                let found = kept.remove(at);
                let made = Arc::clone(&found.1);
                kept.push(found);
                return Ok(made);
            }
        }
        // made without the lock, so that other lengths need not wait
        let made = Arc::new(make(n)?);
        if n <= KEPT {
            let mut kept = lock();
            kept.retain(|(length, _)| *length != n);
            kept.push((n, Arc::clone(&made)));
            let mut total: usize = kept.iter().map(|(length, _)| length).sum();
            let over = kept.iter().take_while(|(length, _)| {
                let goes = total > KEPT;
                total -= length;
                goes
            });
            let over = over.count();
            kept.drain(..over);
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Cache, KEPT};

    #[test]
    fn the_latest_are_kept_and_not_too_many() {
        let cache = Cache::new();
        let get = |n| cache.get(n, Ok).expect("nothing fails");
        let first = get(8);
        assert!(Arc::ptr_eq(&first, &get(8)));
        get(KEPT / 2);
        get(KEPT / 2 - 8);
        assert!(Arc::ptr_eq(&first, &get(8)), "all three have room");
        get(16);
        let lengths = || cache.0.lock().expect("no panic").iter().map(|kept| kept.0).collect::<Vec<_>>();
        assert_eq!(lengths(), [KEPT / 2 - 8, 8, 16]);
        get(KEPT + 1);
        assert_eq!(lengths(), [KEPT / 2 - 8, 8, 16]);
        get(KEPT);
        assert_eq!(lengths(), [KEPT]);
    }
}
