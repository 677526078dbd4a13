//! `A = Q R` by Householder's reflections, with the signs of LAPACK: the diagonal of `R` is real.

use super::stack::{AnyStack, Stack, each_kind, join, result_dtype, stack_of};
use super::table::{Number, Table, add_scaled, inner, norm};
use crate::any::AnyArray;
use crate::dtype::DType;
use crate::error::Result;

/// For each matrix of `m` rows and `n` columns an orthonormal `Q` and an upper triangle `R`. `Q`
/// has `min(m, n)` columns, or all `m` if it is to be `complete`.
/// Errors: `Value` for fewer than two dimensions.
pub fn qr(x: &AnyArray, complete: bool) -> Result<[AnyArray; 2]> {
    let dtype = result_dtype(x.dtype());
    let (m, n) =
        (x.shape().iter().rev().nth(1).copied().unwrap_or(0), x.shape().last().copied().unwrap_or(0));
    let k = if complete { m } else { m.min(n) };
    each_kind!(stack_of(x)?, s => each(s, [m, n, k], dtype))
}

fn each<T: Number>(stack: Stack<T>, [m, n, k]: [usize; 3], dtype: DType) -> Result<[AnyArray; 2]> {
    let (mut qs, mut rs) = (Vec::new(), Vec::new());
    for a in stack.tables {
        let (q, r) = factors(&a, k)?;
        qs.push(q.data);
        rs.push(r.data);
    }
    Ok([join(&stack.batch, &[m, k], qs, dtype)?, join(&stack.batch, &[k, n], rs, dtype)?])
}

/// `Q` with `k` columns and `R` with `k` rows.
pub(super) fn factors<T: Number>(a: &Table<T>, k: usize) -> Result<(Table<T>, Table<T>)> {
    let (m, n) = (a.rows, a.columns);
    // columns lie beside each other as rows of the adjoint, conjugated there and back
    let mut columns = a.adjoint()?;
    columns.data.iter_mut().for_each(|v| *v = v.conj());
    let mut reflections: Vec<(Vec<T>, T)> = Vec::with_capacity(m.min(n));
    for j in 0..m.min(n) {
        let column = &mut columns.data[j * m..(j + 1) * m];
        let (vector, factor, diagonal) = reflection(&column[j..]);
        column[j] = diagonal;
        column[j + 1..].fill(T::default());
        for other in columns.data[(j + 1) * m..].chunks_exact_mut(m) {
            reflect(&vector, factor.conj(), &mut other[j..]);
        }
        reflections.push((vector, factor));
    }
    let mut r = Table::zeros(k, n)?;
    for i in 0..k {
        for j in i..n {
            r[(i, j)] = columns[(j, i)];
        }
    }
    let mut q = Table::zeros(m, k)?;
    for c in 0..k {
        let mut column = vec![T::default(); m];
        column[c] = T::ONE;
        for (j, (vector, factor)) in reflections.iter().enumerate().rev() {
            reflect(vector, *factor, &mut column[j..]);
        }
        for i in 0..m {
            q[(i, c)] = column[i];
        }
    }
    Ok((q, r))
}

/// The vector `v`, its factor `τ` and the number that `(1 - τ v vᴴ)ᴴ` leaves of `x`.
fn reflection<T: Number>(x: &[T]) -> (Vec<T>, T, T) {
    let mut vector = x.to_vec();
    vector[0] = T::ONE;
    if norm(&x[1..]) == 0.0 && T::real(x[0].re()) == x[0] {
        return (vector, T::default(), x[0]);
    }
    let size = norm(x);
    let beta = T::real(if x[0].re() > 0.0 { -size } else { size });
    let scale = T::ONE / (x[0] - beta);
    vector[1..].iter_mut().for_each(|v| *v = *v * scale);
    (vector, (beta - x[0]) / beta, beta)
}

/// `x -= factor v (vᴴ x)`
fn reflect<T: Number>(vector: &[T], factor: T, x: &mut [T]) {
    let along = inner(vector, x);
    add_scaled(-(factor * along), vector, x);
}
