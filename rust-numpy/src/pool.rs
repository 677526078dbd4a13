//! A small pool of threads for work that comes in parts.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
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
    progress: Arc<Progress>,
}

#[derive(Default)]
struct Progress {
    /// The part that is taken next.
    next: AtomicUsize,
    /// Workers that hold the job; there are more only while the state has it.
    helpers: AtomicUsize,
    /// Whether a part panicked in one of them.
    panicked: AtomicBool,
}

impl Job {
    /// Takes parts until there are none; false if one panicked.
    fn help(&self) -> thread::Result<()> {
        catch_unwind(AssertUnwindSafe(|| {
            loop {
                let part = self.progress.next.fetch_add(1, Ordering::Relaxed);
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
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Number of the job, so that a worker helps with each only once; it changes with the state.
    number: AtomicU64,
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
        let job = Job { work, parts, progress: Arc::default() };
        if parts < 2 || !self.publish(&job) {
            (0..parts).for_each(work);
            return;
        }
        for _ in 1..parts.min(self.threads()) {
            self.shared.wake.notify_one();
        }
        let own = job.help();
        self.shared.lock().job = None;
        let progress = &job.progress;
        let done = || progress.helpers.load(Ordering::Acquire) == 0;
        look_out(done);
        let mut state = self.shared.lock();
        while !done() {
            state = self.shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        match own {
            Err(panic) => resume_unwind(panic),
            Ok(()) => assert!(!progress.panicked.load(Ordering::Relaxed), "a part of the work panicked"),
        }
    }

    /// Shows a job to the workers; false where they have one.
    fn publish(&self, job: &Job) -> bool {
        let mut state = self.shared.lock();
        let free = state.job.is_none();
        if free {
            state.job = Some(job.clone());
            self.shared.number.fetch_add(1, Ordering::Relaxed);
        }
        free
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
        let number = shared.number.load(Ordering::Relaxed);
        let job = (number != seen).then(|| state.job.clone()).flatten();
        seen = number;
        let Some(job) = job else {
            drop(state);
            let news = || shared.number.load(Ordering::Relaxed) != seen;
            look_out(news);
            state = shared.lock();
            if !news() && !state.closed {
                state = shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            continue;
        };
        let progress = job.progress.clone();
        progress.helpers.fetch_add(1, Ordering::Relaxed);
        drop(state);
        if job.help().is_err() {
            progress.panicked.store(true, Ordering::Relaxed);
        }
        drop(job);
        state = shared.lock();
        if progress.helpers.fetch_sub(1, Ordering::Release) == 1 {
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

    #[test]
    fn a_panic_is_its_callers_alone() {
        let pool = Pool::new(3).unwrap();
        let failing: &'static Work = &|part| assert!(part != 7, "seven");
        thread::scope(|scope| {
            scope.spawn(|| (0..200).for_each(|_| pool.run(20, &|_| ())));
            for _ in 0..200 {
                assert!(catch_unwind(AssertUnwindSafe(|| pool.run(20, failing))).is_err());
            }
        });
    }
}
