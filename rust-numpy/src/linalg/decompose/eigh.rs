//! Eigenvalues of symmetric and Hermitian matrices by Jacobi's rotations, which find small ones as
//! exactly as large ones.

use super::stack::{AnyStack, Stack, each_kind, join, result_dtype, squares_of};
use super::table::{Number, Table};
use crate::any::AnyArray;
use crate::dtype::DType;
use crate::error::Result;

/// Rounds over all pairs of axes; some ten are enough for any matrix met so far.
const SWEEPS: usize = 60;

/// For each matrix its eigenvalues in ascending order, real, and its orthonormal eigenvectors as
/// columns. Only the lower triangle is read, or the upper one.
/// Errors: `Value` for a matrix that is not square.
pub fn eigh(x: &AnyArray, upper: bool) -> Result<[AnyArray; 2]> {
    let dtype = result_dtype(x.dtype());
    each_kind!(squares_of(x)?, s => each(s, x.shape(), upper, dtype))
}

fn each<T: Number>(stack: Stack<T>, shape: &[usize], upper: bool, dtype: DType) -> Result<[AnyArray; 2]> {
    let (mut values, mut vectors) = (Vec::new(), Vec::new());
    for mut a in stack.tables {
        for i in 0..a.rows {
            a[(i, i)] = T::real(a[(i, i)].re());
            for j in 0..i {
                if upper {
                    a[(i, j)] = a[(j, i)].conj();
                } else {
                    a[(j, i)] = a[(i, j)].conj();
                }
            }
        }
        let (found, table) = decompose(a)?;
        values.push(found);
        vectors.push(table.data);
    }
    let n = shape[shape.len() - 1];
    Ok([join(&stack.batch, &[n], values, dtype.to_real())?, join(&[], shape, vectors, dtype)?])
}

/// Eigenvalues and eigenvectors of a matrix whose halves mirror each other.
fn decompose<T: Number>(mut a: Table<T>) -> Result<(Vec<f64>, Table<T>)> {
    let n = a.rows;
    // eigenvectors are kept as rows, where rotations find neighbours
    let mut vectors = Table::<T>::identity(n)?;
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let off = a[(p, q)].length();
                let (x, y) = (a[(p, p)].re(), a[(q, q)].re());
                if off <= f64::EPSILON * 0.5 * (x.abs() * y.abs()).sqrt() || off < f64::MIN_POSITIVE {
                    continue;
                }
                rotated = true;
                rotate(&mut a, &mut vectors, p, q);
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    let value = |i: usize| a[(i, i)].re();
    order.sort_by(|&i, &j| value(i).total_cmp(&value(j)));
    let mut sorted = Table::zeros(n, n)?;
    for (column, &from) in order.iter().enumerate() {
        for i in 0..n {
            sorted[(i, column)] = vectors[(from, i)];
        }
    }
    Ok((order.into_iter().map(value).collect(), sorted))
}

/// Turns the axes `p` and `q` so that they have nothing to do with each other.
fn rotate<T: Number>(a: &mut Table<T>, vectors: &mut Table<T>, p: usize, q: usize) {
    let off = a[(p, q)];
    let size = off.length();
    // makes the pair real, then turns it
    let phase = off / T::real(size);
    let (c, s) = rotation(a[(p, p)].re(), a[(q, q)].re(), size);
    let (cosine, sine) = (T::real(c), T::real(s));
    let turn = |x: T, y: T| (cosine * x - sine * phase * y, sine * phase.conj() * x + cosine * y);
    // rows, then columns with the conjugate of the same
    let (x, y) = a.two_rows(p, q);
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = turn(*x, *y);
    }
    for i in 0..a.rows {
        let (x, y) = turn(a[(i, p)].conj(), a[(i, q)].conj());
        (a[(i, p)], a[(i, q)]) = (x.conj(), y.conj());
    }
    (a[(p, q)], a[(q, p)]) = (T::default(), T::default());
    let (x, y) = vectors.two_rows(p, q);
    for (x, y) in x.iter_mut().zip(y) {
        let (u, v) = turn(x.conj(), y.conj());
        (*x, *y) = (u.conj(), v.conj());
    }
}

/// Cosine and sine of the smaller turn that makes `[[x, off], [off, y]]` diagonal.
pub(super) fn rotation(x: f64, y: f64, off: f64) -> (f64, f64) {
    let slope = (y - x) / (2.0 * off);
    let t = 1.0 / (slope.abs() + slope.hypot(1.0));
    let t = if slope < 0.0 { -t } else { t };
    let c = 1.0 / t.hypot(1.0);
    (c, t * c)
}
