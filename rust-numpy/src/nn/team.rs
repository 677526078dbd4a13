//! Splitting large calls among threads.
//!
//! Who has threads (the Python binding) makes them the team of a call by [`with_team`]; kernels below
//! find it there. Parts are rows or columns of the output: no two threads write to the same one.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use super::cpu::{Call, Run};
use super::gemm::Product;
use super::integers::Units;
use super::scratch;

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
/// Columns of a part at least, so that packing A for each is little of its work.
const COLUMNS: usize = 64;

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
        Call::BatchF32 { w, .. } => size_of_val(*w) >= MATVEC_BYTES,
        Call::BatchBf16 { w, .. } => size_of_val(*w) >= MATVEC_BYTES,
        Call::BatchInt8 { w, .. } => size_of_val(*w) >= MATVEC_BYTES,
        Call::Product(p) => is_large(p),
        Call::ProductBf16(p) => is_large(p),
        Call::ProductInt8(p, _) => is_large(p),
        Call::ProductInt16(p, _) => is_large(p),
        _ => false,
    };
    let team = if large { TEAM.with(|team| team.borrow().clone()) } else { None };
    let Some(team) = team else {
        return run(call);
    };
    let team = team.as_ref();
    #[allow(clippy::redundant_closure)] // a variant is of one lifetime, a closure of any
    match call {
        Call::Product(p) if p.b_transposed => {
            by_columns(p, Units::NONE, team, run, |p, _| Call::Product(p));
        }
        Call::ProductBf16(p) if p.b_transposed => {
            by_columns(p, Units::NONE, team, run, |p, _| Call::ProductBf16(p));
        }
        Call::ProductInt8(p, units) if p.b_transposed => {
            by_columns(p, units, team, run, |p, units| Call::ProductInt8(p, units));
        }
        Call::ProductInt16(p, units) if p.b_transposed => {
            by_columns(p, units, team, run, |p, units| Call::ProductInt16(p, units));
        }
        call => share(split(call, team.threads()), team, run),
    }
}

/// Carries out calls in any order, side by side where there is a team.
pub(super) fn each(calls: Vec<Call<'_>>, run: Run) {
    match TEAM.with(|team| team.borrow().clone()) {
        Some(team) => share(calls, team.as_ref(), run),
        None => calls.into_iter().for_each(run),
    }
}

/// Carries out calls in any order, each once.
fn share(calls: Vec<Call<'_>>, team: &dyn Team, run: Run) {
    let parts: Vec<_> = calls.into_iter().map(|call| Mutex::new(Some(call))).collect();
    team.run(parts.len(), &|part| {
        let call = parts[part].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(call) = call {
            run(call);
        }
    });
}

/// Whether a product is worth splitting, and can be: its rows may overlap.
fn is_large<B, A>(p: &Product<'_, B, A>) -> bool {
    let work = p.rows.saturating_mul(p.depth).saturating_mul(p.columns);
    p.rows >= PRODUCT_ROWS && p.c_step >= p.columns && work >= PRODUCT_WORK
}

/// A product in parts of its rows, and the first row of each. Each part packs B for itself, so there are few.
fn by_rows<'a, B, A>(
    p: Product<'a, B, A>,
    threads: usize,
) -> impl Iterator<Item = (Product<'a, B, A>, usize)> {
    let n = p.rows.div_ceil(threads.max(1)).next_multiple_of(4);
    let Product { a, a_step, b, b_step, b_transposed, c_step, rows, depth, columns, add, .. } = p;
    p.c.chunks_mut(n * c_step).zip((0..rows).step_by(n)).map(move |(c, first)| {
        let (a, rows) = (&a[first * a_step..], n.min(rows - first));
        (Product { a, a_step, b, b_step, b_transposed, c, c_step, rows, depth, columns, add }, first)
    })
}

/// A product of a transposed B, weights that are far away: each part reads its own rows of them, for
/// columns that are put in their places at the end. `call` makes a call of a part and its units.
fn by_columns<'a, B, A>(
    p: Product<'a, B, A>,
    units: Units<'a>,
    team: &dyn Team,
    run: Run,
    call: impl for<'b> Fn(Product<'b, B, A>, Units<'b>) -> Call<'b>,
) where
    B: 'a,
    A: 'a,
{
    let Product { a, a_step, b, b_step, c, c_step, rows, depth, columns, add, .. } = p;
    let n = columns.div_ceil(PARTS * team.threads().max(1)).max(COLUMNS).next_multiple_of(8);
    let mut parts = scratch::take(rows * columns);
    let calls = parts.chunks_mut(rows * n).zip((0..columns).step_by(n)).map(|(c, first)| {
        let (b, columns) = (&b[first * b_step..], n.min(columns - first));
        let b_transposed = true;
        let (c_step, add) = (columns, false);
        let part = Product { a, a_step, b, b_step, b_transposed, c, c_step, rows, depth, columns, add };
        call(part, units.columns_from(first))
    });
    share(calls.collect(), team, run);
    for (part, first) in parts.chunks(rows * n).zip((0..columns).step_by(n)) {
        let columns = n.min(columns - first);
        for (part, c) in part.chunks_exact(columns).zip(c.chunks_mut(c_step)) {
            let c = &mut c[first..first + columns];
            if add {
                c.iter_mut().zip(part).for_each(|(c, part)| *c += part);
            } else {
                c.copy_from_slice(part);
            }
        }
    }
}

/// The same call on parts of the output's rows.
fn split(call: Call<'_>, threads: usize) -> Vec<Call<'_>> {
    let part =
        |len: usize, unit: usize, parts: usize| len.div_ceil(parts.max(1)).next_multiple_of(unit).max(1);
    match call {
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
        Call::BatchF32 { x, rows, w, y } => {
            let n = part(y.len() / rows, 8, threads * PARTS);
            let parts = w.chunks(n * (x.len() / rows).max(1));
            y.chunks_mut(n * rows).zip(parts).map(|(y, w)| Call::BatchF32 { x, rows, w, y }).collect()
        }
        Call::BatchBf16 { x, rows, w, y } => {
            let n = part(y.len() / rows, 8, threads * PARTS);
            let parts = w.chunks(n * (x.len() / rows).max(1));
            y.chunks_mut(n * rows).zip(parts).map(|(y, w)| Call::BatchBf16 { x, rows, w, y }).collect()
        }
        Call::BatchInt8 { x, x_units, w, units, y } => {
            let rows = x_units.len();
            let n = part(y.len() / rows, 8, threads * PARTS);
            let parts = w.chunks(n * (x.len() / rows).max(1)).zip(units.chunks(n));
            y.chunks_mut(n * rows)
                .zip(parts)
                .map(|(y, (w, units))| Call::BatchInt8 { x, x_units, w, units, y })
                .collect()
        }
        Call::Product(p) => by_rows(p, threads).map(|(p, _)| Call::Product(p)).collect(),
        Call::ProductBf16(p) => by_rows(p, threads).map(|(p, _)| Call::ProductBf16(p)).collect(),
        Call::ProductInt8(p, units) => {
            by_rows(p, threads).map(|(p, first)| Call::ProductInt8(p, units.rows_from(first))).collect()
        }
        Call::ProductInt16(p, units) => {
            by_rows(p, threads).map(|(p, first)| Call::ProductInt16(p, units.rows_from(first))).collect()
        }
        other => vec![other],
    }
}
