//! Eigenvalues of any square matrix: first all but one diagonal below the main one is made zero
//! (Hessenberg), then the rest by steps of the QR algorithm with shifts. All in complex numbers.

use super::stack::{AnyStack, join, squares_of};
use super::table::{Table, norm};
use crate::any::AnyArray;
use crate::complex::Complex;
use crate::dtype::DType;
use crate::error::{Error, Result};

type C = Complex<f64>;

/// Steps for each eigenvalue before giving up; two or three are usual.
const STEPS: usize = 300;

/// For each matrix its eigenvalues and its eigenvectors as columns of length one, both complex.
/// Errors: `Value` for a matrix that is not square, holds NaN or infinity, or does not converge.
pub fn eig(x: &AnyArray) -> Result<[AnyArray; 2]> {
    let real = x.dtype().to_real() == x.dtype();
    let dtype = if x.dtype().is_exact() { DType::C128 } else { x.dtype().to_complex() };
    let stack = match squares_of(&x.astype(DType::C128)?)? {
        AnyStack::Complex(stack) => stack,
        AnyStack::Real(_) => unreachable!("the array was just made complex"),
    };
    let (mut values, mut vectors) = (Vec::new(), Vec::new());
    for a in stack.tables {
        if a.data.iter().any(|v| !v.re.is_finite() || !v.im.is_finite()) {
            return Err(Error::value("Array must not contain infs or NaNs"));
        }
        let (mut found, mut table) = decompose(a.clone())?;
        if real {
            // what is below the error of the method is not there
            let error = 10.0 * f64::EPSILON * norm(&a.data);
            for (j, value) in found.iter_mut().enumerate() {
                if value.im.abs() <= error {
                    value.im = 0.0;
                    make_real(&mut table, j);
                }
            }
        }
        values.push(found);
        vectors.push(table.data);
    }
    let n = x.shape()[x.ndim() - 1];
    Ok([join(&stack.batch, &[n], values, dtype)?, join(&[], x.shape(), vectors, dtype)?])
}

/// Turns a column, which is real but for a factor, so that it is real.
fn make_real(table: &mut Table<C>, column: usize) {
    let n = table.rows;
    let size = |i: usize| table[(i, column)].abs();
    let largest = (0..n).fold(0, |best, i| if size(i) > size(best) { i } else { best });
    let at = table[(largest, column)];
    let phase = at.conj() / C::new(at.abs(), 0.0);
    for i in 0..n {
        table[(i, column)] = C::new((table[(i, column)] * phase).re, 0.0);
    }
}

fn decompose(mut a: Table<C>) -> Result<(Vec<C>, Table<C>)> {
    let n = a.rows;
    let mut z = Table::identity(n)?;
    hessenberg(&mut a, &mut z);
    triangle(&mut a, &mut z)?;
    let values = (0..n).map(|i| a[(i, i)]).collect();
    let mut vectors = z.times(&triangle_vectors(&a)?)?;
    for j in 0..n {
        let column: Vec<C> = (0..n).map(|i| vectors[(i, j)]).collect();
        let size = C::new(norm(&column), 0.0);
        for i in 0..n {
            vectors[(i, j)] = vectors[(i, j)] / size;
        }
    }
    Ok((values, vectors))
}

/// A rotation that leaves nothing of `y` beside `x`: cosine and sine.
fn rotation(x: C, y: C) -> (f64, C) {
    let size = x.abs().hypot(y.abs());
    if y == C::default() {
        return (1.0, C::default());
    }
    if x == C::default() {
        return (0.0, y.conj() / C::new(y.abs(), 0.0));
    }
    let phase = x / C::new(x.abs(), 0.0);
    (x.abs() / size, phase * y.conj() / C::new(size, 0.0))
}

fn turn_rows(a: &mut Table<C>, (p, q): (usize, usize), (c, s): (f64, C)) {
    let c = C::new(c, 0.0);
    let (x, y) = a.two_rows(p, q);
    for (x, y) in x.iter_mut().zip(y) {
        (*x, *y) = (c * *x + s * *y, c * *y - s.conj() * *x);
    }
}

fn turn_columns(a: &mut Table<C>, (p, q): (usize, usize), (c, s): (f64, C)) {
    let c = C::new(c, 0.0);
    for i in 0..a.rows {
        let (x, y) = (a[(i, p)], a[(i, q)]);
        (a[(i, p)], a[(i, q)]) = (c * x + s.conj() * y, c * y - s * x);
    }
}

fn hessenberg(a: &mut Table<C>, z: &mut Table<C>) {
    let n = a.rows;
    for column in 0..n.saturating_sub(2) {
        for row in (column + 2..n).rev() {
            let turn = rotation(a[(row - 1, column)], a[(row, column)]);
            turn_rows(a, (row - 1, row), turn);
            turn_columns(a, (row - 1, row), turn);
            turn_columns(z, (row - 1, row), turn);
            a[(row, column)] = C::default();
        }
    }
}

/// QR steps until nothing is left below the diagonal. Errors: `Value` if they do not converge.
fn triangle(a: &mut Table<C>, z: &mut Table<C>) -> Result<()> {
    let scale = norm(&a.data);
    let mut end = a.rows;
    let mut steps = 0;
    while end > 1 {
        let last = end - 1;
        let small = |a: &Table<C>, i: usize| {
            let beside = a[(i, i)].abs() + a[(i - 1, i - 1)].abs();
            let size = if beside == 0.0 { scale } else { beside };
            a[(i, i - 1)].abs() <= f64::EPSILON * size
        };
        if small(a, last) {
            a[(last, last - 1)] = C::default();
            (end, steps) = (last, 0);
            continue;
        }
        let mut start = last;
        while start > 0 && !small(a, start) {
            start -= 1;
        }
        if start > 0 {
            a[(start, start - 1)] = C::default();
        }
        steps += 1;
        if steps > STEPS {
            return Err(Error::value("Eigenvalues did not converge"));
        }
        let shift = if steps % 10 == 0 { a[(last, last)] + a[(last, last - 1)] } else { shift(a, last) };
        step(a, z, start, end, shift);
    }
    Ok(())
}

/// The eigenvalue of the last two rows and columns that is nearest to the last number (Wilkinson).
fn shift(a: &Table<C>, last: usize) -> C {
    let (p, q) = (a[(last - 1, last - 1)], a[(last - 1, last)]);
    let (r, s) = (a[(last, last - 1)], a[(last, last)]);
    let half = (p - s) * C::new(0.5, 0.0);
    let square = half * half + q * r;
    let root = C::new(square.abs().sqrt(), 0.0);
    let angle = 0.5 * square.im.atan2(square.re);
    let root = root * C::new(angle.cos(), angle.sin());
    let (plus, minus) = (half + root, half - root);
    s + if plus.abs() < minus.abs() { plus } else { minus }
}

/// One step on the rows and columns from `start` to before `end`.
fn step(a: &mut Table<C>, z: &mut Table<C>, start: usize, end: usize, shift: C) {
    let mut turn = rotation(a[(start, start)] - shift, a[(start + 1, start)]);
    for k in start..end - 1 {
        if k > start {
            turn = rotation(a[(k, k - 1)], a[(k + 1, k - 1)]);
        }
        turn_rows(a, (k, k + 1), turn);
        if k > start {
            a[(k + 1, k - 1)] = C::default();
        }
        turn_columns(a, (k, k + 1), turn);
        turn_columns(z, (k, k + 1), turn);
    }
}

/// The eigenvectors of an upper triangle, by substitution from the diagonal upwards.
fn triangle_vectors(a: &Table<C>) -> Result<Table<C>> {
    let n = a.rows;
    let tiny = (f64::EPSILON * norm(&a.data)).max(f64::MIN_POSITIVE);
    let mut vectors = Table::identity(n)?;
    for j in 0..n {
        for i in (0..j).rev() {
            let sum = (i + 1..=j).fold(C::default(), |sum, k| sum + a[(i, k)] * vectors[(k, j)]);
            let mut apart = a[(j, j)] - a[(i, i)];
            if apart.abs() < tiny {
                apart = C::new(tiny, 0.0);
            }
            vectors[(i, j)] = sum / apart;
        }
    }
    Ok(vectors)
}
