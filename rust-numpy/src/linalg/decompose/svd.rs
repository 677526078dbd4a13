//! Singular values by one-sided rotations (Hestenes): the columns of a matrix are turned in pairs
//! until all are perpendicular; then their lengths are the singular values.

use super::eigh::rotation;
use super::qr::factors;
use super::stack::{AnyStack, Stack, each_kind, join, result_dtype, stack_of};
use super::table::{Number, Table, inner, norm};
use crate::any::AnyArray;
use crate::dtype::DType;
use crate::error::Result;

const SWEEPS: usize = 60;

/// For each matrix `x = U diag(s) Vᴴ`: `U`, the singular values in descending order, and `Vᴴ`. With
/// `full`, `U` and `Vᴴ` are square, else they hold `min(m, n)` vectors.
/// Errors: `Value` for fewer than two dimensions.
pub fn svd(x: &AnyArray, full: bool) -> Result<[AnyArray; 3]> {
    let dtype = result_dtype(x.dtype());
    let (m, n) =
        (x.shape().iter().rev().nth(1).copied().unwrap_or(0), x.shape().last().copied().unwrap_or(0));
    each_kind!(stack_of(x)?, s => each(s, m, n, full, dtype))
}

fn each<T: Number>(stack: Stack<T>, m: usize, n: usize, full: bool, dtype: DType) -> Result<[AnyArray; 3]> {
    let (mut us, mut values, mut vs) = (Vec::new(), Vec::new(), Vec::new());
    for a in stack.tables {
        let (u, s, v) = if m >= n {
            tall(&a, full)?
        } else {
            let (v, s, u) = tall(&a.adjoint()?, full)?;
            (u, s, v)
        };
        us.push(u.data);
        values.push(s);
        vs.push(v.adjoint()?.data);
    }
    let k = m.min(n);
    let (left, right) = if full { (m, n) } else { (k, k) };
    Ok([
        join(&stack.batch, &[m, left], us, dtype)?,
        join(&stack.batch, &[k], values, dtype.to_real())?,
        join(&stack.batch, &[right, n], vs, dtype)?,
    ])
}

/// `U`, the singular values and `V` of a matrix with at least as many rows as columns.
fn tall<T: Number>(a: &Table<T>, full: bool) -> Result<(Table<T>, Vec<f64>, Table<T>)> {
    let (m, n) = (a.rows, a.columns);
    // a triangle of n columns has the same singular values, and fewer rows to turn
    let (q, r) = factors(a, if full { m } else { n })?;
    let mut columns = r.adjoint()?;
    columns.data.iter_mut().for_each(|v| *v = v.conj());
    let mut turned = Table::<T>::identity(n)?;
    make_perpendicular(&mut columns, &mut turned);

    let lengths: Vec<f64> = (0..n).map(|j| norm(columns.row(j))).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| lengths[j].total_cmp(&lengths[i]));
    let largest = order.first().map_or(0.0, |&j| lengths[j]);
    // columns shorter than this are rounding errors without a direction
    let rank = order.iter().filter(|&&j| lengths[j] > largest * f64::EPSILON * f64::EPSILON).count();
    let directions = orthonormal(&columns, &lengths, &order[..rank], q.columns)?;
    let mut v = Table::zeros(n, n)?;
    for (place, &j) in order.iter().enumerate() {
        for i in 0..n {
            v[(i, place)] = turned[(j, i)];
        }
    }
    let values = order.iter().map(|&j| lengths[j]).collect();
    Ok((q.times(&directions)?, values, v))
}

/// Turns pairs of columns (which are rows here) until all are perpendicular, and the columns of
/// `turned` with them.
fn make_perpendicular<T: Number>(columns: &mut Table<T>, turned: &mut Table<T>) {
    let n = columns.rows;
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let (x, y) = (columns.row(p), columns.row(q));
                let (xx, yy, xy) = (inner(x, x).re(), inner(y, y).re(), inner(x, y));
                let size = xy.length();
                if size <= f64::EPSILON * (xx * yy).sqrt() || size < f64::MIN_POSITIVE {
                    continue;
                }
                rotated = true;
                let phase = xy / T::real(size);
                let (c, s) = rotation(xx, yy, size);
                for table in [&mut *columns, &mut *turned] {
                    let (x, y) = table.two_rows(p, q);
                    for (x, y) in x.iter_mut().zip(y) {
                        let (u, v) = (*x, *y);
                        *x = T::real(c) * u - T::real(s) * phase.conj() * v;
                        *y = T::real(s) * phase * u + T::real(c) * v;
                    }
                }
            }
        }
        if !rotated {
            return;
        }
    }
}

/// The columns of `order` divided by their lengths, as the first columns of an orthonormal matrix
/// of `size` rows and columns.
fn orthonormal<T: Number>(
    columns: &Table<T>,
    lengths: &[f64],
    order: &[usize],
    size: usize,
) -> Result<Table<T>> {
    let mut known = Table::zeros(size, order.len())?;
    for (place, &j) in order.iter().enumerate() {
        for (i, &v) in columns.row(j).iter().enumerate() {
            known[(i, place)] = v / T::real(lengths[j]);
        }
    }
    if order.len() == size {
        return Ok(known);
    }
    // what completes them is what completes Q, whose first columns are theirs but for a sign
    let (mut complete, _) = factors(&known, size)?;
    for i in 0..size {
        for place in 0..order.len() {
            complete[(i, place)] = known[(i, place)];
        }
    }
    Ok(complete)
}
