//! A small pool of threads for work that comes in parts.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// Threads a pool has at most.
pub const MOST_THREADS: usize = 256;

/// How long a thread looks out for what comes next before it sleeps: products of one pass over a model's
/// layers follow each other faster than a sleeping thread wakes.
const PATIENCE: Duration = Duration::from_micros(500);

/// Work in parts: called once for each part's number, from any thread.
pub type Work = dyn Fn(usize) + Sync;

/// One piece of work that is being done.
#[derive(Clone)]
struct Job {
    work: &'static Work,
    parts: usize,
    next: Arc<AtomicUsize>,
}

impl Job {
    /// Takes parts until there are none; false if one panicked.
    fn help(&self) -> thread::Result<()> {
        catch_unwind(AssertUnwindSafe(|| {
            loop {
                let part = self.next.fetch_add(1, Ordering::Relaxed);
                if part >= self.parts {
                    break;
                }
                (self.work)(part);
            }
        }))
    }
}

#[derive(Default)]
struct State {
    job: Option<Job>,
    /// Number of the job, so that a worker helps with each only once.
    number: u64,
    /// Workers that hold the job.
    busy: usize,
    panicked: bool,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// As in the state, to be looked at without the lock.
    number: AtomicU64,
    busy: AtomicUsize,
    wake: Condvar,
    done: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks out for a while, and lets others have the core who have something to do.
fn look_out(until: impl Fn() -> bool) {
    let begin = Instant::now();
    while !until() && begin.elapsed() < PATIENCE {
        thread::yield_now();
    }
}

/// Threads that wait for work; dropping the pool ends them.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<thread::JoinHandle<()>>,
}

impl Pool {
    /// A pool for work on `threads` threads, the caller's among them.
    pub fn new(threads: usize) -> Result<Self> {
        if !(1..=MOST_THREADS).contains(&threads) {
            return Err(Error::value(format!("{threads} threads: choose 1 to {MOST_THREADS}")));
        }
        let shared = Arc::new(Shared::default());
        let mut pool = Pool { shared, workers: Vec::new() };
        for _ in 1..threads {
            let shared = pool.shared.clone();
            let worker = thread::Builder::new().name("rust-numpy".into()).spawn(move || serve(&shared))?;
            pool.workers.push(worker);
        }
        Ok(pool)
    }

    /// Threads that work, the caller's among them.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `work` with each number below `parts`; returns when all is done, and never keeps `work`
    /// beyond that. Where the pool is busy with another caller's work, this one's thread does it alone.
    /// A panic of any part goes on in the caller.
    pub fn run(&self, parts: usize, work: &'static Work) {
        let job = Job { work, parts, next: Arc::default() };
        let shared = {
            let mut state = self.shared.lock();
            let free = state.job.is_none() && state.busy == 0;
            if free {
                state.job = Some(job.clone());
                state.number += 1;
                state.panicked = false;
                self.shared.number.store(state.number, Ordering::Relaxed);
            }
            free && parts > 1
        };
        if !shared {
            let mut state = self.shared.lock();
            if state.job.as_ref().is_some_and(|held| Arc::ptr_eq(&held.next, &job.next)) {
                state.job = None;
            }
            drop(state);
            (0..parts).for_each(work);
            return;
        }
        for _ in 1..parts.min(self.threads()) {
            self.shared.wake.notify_one();
        }
        let own = job.help();
        let mut state = self.shared.lock();
        state.job = None;
        drop(state);
        look_out(|| self.shared.busy.load(Ordering::Relaxed) == 0);
        state = self.shared.lock();
        while state.busy > 0 {
            state = self.shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let panicked = state.panicked;
        drop(state);
        match own {
            Err(panic) => resume_unwind(panic),
            Ok(()) => assert!(!panicked, "a part of the work panicked"),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
        for worker in self.workers.drain(..) {
            // a worker catches the panics of the work, so that it ends in order
            let _ = worker.join();
        }
    }
}

/// A worker's life: help with each job that it sees.
fn serve(shared: &Shared) {
    let mut seen = 0;
    let mut state = shared.lock();
    while !state.closed {
        let job = (state.number != seen).then(|| state.job.clone()).flatten();
        seen = state.number;
        let Some(job) = job else {
            drop(state);
            look_out(|| shared.number.load(Ordering::Relaxed) != seen);
            state = shared.lock();
            if state.number == seen && !state.closed {
                state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            continue;
        };
        state.busy += 1;
        shared.busy.store(state.busy, Ordering::Relaxed);
        drop(state);
        let failed = job.help().is_err();
        drop(job);
        state = shared.lock();
        state.busy -= 1;
        shared.busy.store(state.busy, Ordering::Relaxed);
        state.panicked |= failed;
        if state.busy == 0 {
            shared.done.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static COUNTS: [AtomicUsize; 50] = [const { AtomicUsize::new(0) }; 50];

    fn count(part: usize) {
        COUNTS[part].fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn each_part_is_done_once() {
        let pool = Pool::new(3).unwrap();
        for _ in 0..200 {
            pool.run(50, &count);
        }
        assert!(COUNTS.iter().all(|count| count.load(Ordering::Relaxed) == 200));
    }

    #[test]
    fn panics_reach_the_caller_and_leave_the_pool_usable() {
        let pool = Pool::new(2).unwrap();
        let failing: &'static Work = &|part| assert!(part != 7, "seven");
        for _ in 0..20 {
            assert!(catch_unwind(AssertUnwindSafe(|| pool.run(20, failing))).is_err());
            pool.run(3, &|_| ());
        }
        assert!(Pool::new(0).is_err() && Pool::new(MOST_THREADS + 1).is_err());
    }
}
