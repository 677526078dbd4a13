//! Splitting large calls among threads.
//!
//! Who has threads (the Python binding) makes them the team of a call by [`with_team`]; kernels below
//! find it there. Parts are rows of the output: no two threads write to the same one.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use super::cpu::{Call, Run};
use super::gemm::Product;

/// Threads that work together.
pub trait Team: Send + Sync {
    /// How many there are.
    fn threads(&self) -> usize;
    /// Calls `work` with each number below `parts`, and returns when all is done.
    fn run(&self, parts: usize, work: &(dyn Fn(usize) + Sync));
}

/// Bytes of weights from which a product with one row is split.
const MATVEC_BYTES: usize = 1 << 22;
/// Multiplications from which a product of matrices is split.
const PRODUCT_WORK: usize = 1 << 21;
/// Rows from which a product of matrices is split: each part packs B for itself.
const PRODUCT_ROWS: usize = 32;
/// Parts for each thread: some are late to begin, or are held up.
const PARTS: usize = 4;

thread_local! {
    static TEAM: RefCell<Option<Arc<dyn Team>>> = const { RefCell::new(None) };
}

/// Takes the team away again, also when `work` panics.
struct Leave(Option<Arc<dyn Team>>);

impl Drop for Leave {
    fn drop(&mut self) {
        TEAM.with(|team| *team.borrow_mut() = self.0.take());
    }
}

/// Runs `work` with the help of a team.
pub fn with_team<T>(team: Option<Arc<dyn Team>>, work: impl FnOnce() -> T) -> T {
    let _leave = Leave(TEAM.with(|current| current.replace(team)));
    work()
}

/// Carries out a call by `run`, in parts where it is large and there is a team.
pub(super) fn shared(call: Call<'_>, run: Run) {
    let large = match &call {
        Call::MatvecF32 { w, .. } => size_of_val(*w) >= MATVEC_BYTES,
        Call::MatvecBf16 { w, .. } => size_of_val(*w) >= MATVEC_BYTES,
        Call::MatvecInt8 { w, .. } => size_of_val(*w) >= MATVEC_BYTES,
        Call::Product(p) => is_large(p),
        Call::ProductBf16(p) | Call::RoundedBf16(p) => is_large(p),
        Call::ProductInt8(p) => is_large(p),
        _ => false,
    };
    if !large {
        return run(call);
    }
    let Some(team) = TEAM.with(|team| team.borrow().clone()) else {
        return run(call);
    };
    let parts = split(call, team.threads());
    team.run(parts.len(), &|part| {
        let call = parts[part].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(call) = call {
            run(call);
        }
    });
}

/// Whether a product is worth splitting, and can be: its rows may overlap.
fn is_large<B>(p: &Product<'_, B>) -> bool {
    let work = p.rows.saturating_mul(p.depth).saturating_mul(p.columns);
    p.rows >= PRODUCT_ROWS && p.c_step >= p.columns && work >= PRODUCT_WORK
}

/// A product in parts of its rows. Each part packs B for itself, so there are few.
fn parts<'a, B>(p: Product<'a, B>, threads: usize) -> impl Iterator<Item = Product<'a, B>> {
    let n = p.rows.div_ceil(threads.max(1)).next_multiple_of(4);
    let Product { a, a_step, b, b_step, b_transposed, c_step, rows, depth, columns, add, .. } = p;
    p.c.chunks_mut(n * c_step).zip((0..rows).step_by(n)).map(move |(c, first)| {
        let (a, rows) = (&a[first * a_step..], n.min(rows - first));
        Product { a, a_step, b, b_step, b_transposed, c, c_step, rows, depth, columns, add }
    })
}

/// The same call on parts of the output's rows.
fn split(call: Call<'_>, threads: usize) -> Vec<Mutex<Option<Call<'_>>>> {
    let part =
        |len: usize, unit: usize, parts: usize| len.div_ceil(parts.max(1)).next_multiple_of(unit).max(1);
    let calls: Vec<Call<'_>> = match call {
        Call::MatvecF32 { x, w, y } => {
            let n = part(y.len(), 8, threads * PARTS);
            let rows = w.chunks(n * x.len().max(1));
            y.chunks_mut(n).zip(rows).map(|(y, w)| Call::MatvecF32 { x, w, y }).collect()
        }
        Call::MatvecBf16 { x, w, y } => {
            let n = part(y.len(), 8, threads * PARTS);
            let rows = w.chunks(n * x.len().max(1));
            y.chunks_mut(n).zip(rows).map(|(y, w)| Call::MatvecBf16 { x, w, y }).collect()
        }
        Call::MatvecInt8 { x, unit, w, units, y } => {
            let n = part(y.len(), 8, threads * PARTS);
            let rows = w.chunks(n * x.len().max(1)).zip(units.chunks(n));
            y.chunks_mut(n)
                .zip(rows)
                .map(|(y, (w, units))| Call::MatvecInt8 { x, unit, w, units, y })
                .collect()
        }
        Call::Product(p) => parts(p, threads).map(Call::Product).collect(),
        Call::ProductBf16(p) => parts(p, threads).map(Call::ProductBf16).collect(),
        Call::RoundedBf16(p) => parts(p, threads).map(Call::RoundedBf16).collect(),
        Call::ProductInt8(p) => parts(p, threads).map(Call::ProductInt8).collect(),
        other => vec![other],
    };
    calls.into_iter().map(|call| Mutex::new(Some(call))).collect()
}
