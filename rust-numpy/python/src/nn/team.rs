//! Threads as Python's callers hold them.

use std::sync::Arc;

use pyo3::prelude::*;
use rust_numpy_core::nn::{Team, with_team};
use rust_numpy_core::pool::{Pool, Work};

use crate::convert::OrRaise;

/// A pool that takes work which borrows.
struct Threads(Pool);

impl Team for Threads {
    fn threads(&self) -> usize {
        self.0.threads()
    }

    fn run(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        // SAFETY: only the lifetime changes, and `Pool::run` keeps nothing of `work` once it has
        // returned or panicked.
        let work = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static Work>(work) };
        self.0.run(parts, work);
    }
}

/// Threads that help with large operations: `Threads(n)` is the calling thread and `n - 1` more.
#[pyclass(frozen, name = "Threads", module = "rust_numpy.nn")]
pub struct ThreadsObject(Arc<dyn Team>);

#[pymethods]
impl ThreadsObject {
    #[new]
    fn new(threads: usize) -> PyResult<Self> {
        Ok(ThreadsObject(Arc::new(Threads(Pool::new(threads).or_raise()?))))
    }

    /// How many there are, the calling one among them.
    #[getter]
    fn count(&self) -> usize {
        self.0.threads()
    }
}

/// The argument `threads` of an operation.
pub type ThreadsArg<'py> = Option<Bound<'py, ThreadsObject>>;

/// Runs `work` with these threads and without the interpreter.
pub fn detached<T: Send>(py: Python<'_>, threads: &ThreadsArg<'_>, work: impl FnOnce() -> T + Send) -> T {
    let team = threads.as_ref().map(|threads| threads.get().0.clone());
    py.detach(|| with_team(team, work))
}
