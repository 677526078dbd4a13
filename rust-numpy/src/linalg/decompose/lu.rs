//! Elimination with partial pivoting: `P A = L U`.

use super::stack::{AnyStack, Stack, each_kind, join, result_dtype, squares_of};
use super::table::{Number, Table, add_scaled};
use crate::any::AnyArray;
use crate::array::Array;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::layout::broadcast_shapes;
use crate::manipulate::broadcast_to;

/// A matrix as the product of a lower and an upper triangle, in one table.
struct Lu<T> {
    table: Table<T>,
    /// Row `i` was exchanged with row `swaps[i]`.
    swaps: Vec<usize>,
    singular: bool,
}

fn lu<T: Number>(mut a: Table<T>) -> Lu<T> {
    let n = a.rows;
    let (mut swaps, mut singular) = (Vec::with_capacity(n), false);
    for k in 0..n {
        let size = |i: usize| a[(i, k)].length();
        let best = (k..n).fold(k, |best, i| if size(i) > size(best) { i } else { best });
        swaps.push(best);
        a.swap_rows(k, best);
        let pivot = a[(k, k)];
        if pivot == T::default() {
            singular = true;
            continue;
        }
        for i in k + 1..n {
            let (top, row) = a.two_rows(k, i);
            let factor = row[k] / pivot;
            row[k] = factor;
            add_scaled(-factor, &top[k + 1..], &mut row[k + 1..]);
        }
    }
    Lu { table: a, swaps, singular }
}

impl<T: Number> Lu<T> {
    /// Turns the columns of `b` into solutions. Errors: `Value` if there is none or many.
    fn solve(&self, b: &mut Table<T>) -> Result<()> {
        if self.singular {
            return Err(Error::value("Singular matrix"));
        }
        let n = self.table.rows;
        for i in 0..n {
            b.swap_rows(i, self.swaps[i]);
        }
        for i in 0..n {
            for k in 0..i {
                let (known, row) = b.two_rows(k, i);
                add_scaled(-self.table[(i, k)], known, row);
            }
        }
        for i in (0..n).rev() {
            for k in i + 1..n {
                let (known, row) = b.two_rows(k, i);
                add_scaled(-self.table[(i, k)], known, row);
            }
            let pivot = self.table[(i, i)];
            b.data[i * b.columns..(i + 1) * b.columns].iter_mut().for_each(|v| *v = *v / pivot);
        }
        Ok(())
    }

    /// The determinant's sign (a number of length one) and the logarithm of its size.
    fn determinant(&self) -> (T, f64) {
        let mut sign = T::ONE;
        let mut log = 0.0;
        for (i, &swap) in self.swaps.iter().enumerate() {
            let pivot = self.table[(i, i)];
            if pivot == T::default() {
                return (T::default(), f64::NEG_INFINITY);
            }
            let size = pivot.length();
            sign = sign * pivot / T::real(if swap == i { size } else { -size });
            log += size.ln();
        }
        (sign, log)
    }

    /// The product of the pivots.
    fn product(&self) -> T {
        let pivots = self.swaps.iter().enumerate();
        pivots.fold(T::ONE, |p, (i, &swap)| {
            p * if swap == i { self.table[(i, i)] } else { -self.table[(i, i)] }
        })
    }
}

/// The solution `x` of `a x = b`. A `b` of one dimension is a vector, else its last two axes hold
/// matrices; the other axes are broadcast.
/// Errors: `Value` for a singular matrix, one that is not square, or shapes that do not fit.
pub fn solve(a: &AnyArray, b: &AnyArray) -> Result<AnyArray> {
    if b.ndim() == 1 {
        let column = crate::manipulate::expand_dims(b, &[1])?;
        return crate::manipulate::squeeze(&solve(a, &column)?, Some(&[-1]));
    }
    if a.ndim() < 2 || b.ndim() < 2 {
        return Err(Error::value("solve needs arrays of at least one and two dimensions"));
    }
    let (a_batch, square) = a.shape().split_at(a.ndim() - 2);
    let (b_batch, sides) = b.shape().split_at(b.ndim() - 2);
    if square[1] != sides[0] {
        return Err(Error::value(format!("solve: {} equations for {} numbers", square[1], sides[0])));
    }
    let batch = broadcast_shapes(&[a_batch, b_batch])?;
    let dtype = result_dtype(a.dtype()).promote(result_dtype(b.dtype()));
    let a = broadcast_to(a, &[batch.as_slice(), square].concat())?.astype(dtype)?;
    let shape = [batch.as_slice(), sides].concat();
    let b = broadcast_to(b, &shape)?.astype(dtype)?;
    match (squares_of(&a)?, super::stack::stack_of(&b)?) {
        (AnyStack::Real(a), AnyStack::Real(b)) => solve_each(a, b, &shape, dtype),
        (AnyStack::Complex(a), AnyStack::Complex(b)) => solve_each(a, b, &shape, dtype),
        _ => unreachable!("both have the same dtype"),
    }
}

fn solve_each<T: Number>(a: Stack<T>, b: Stack<T>, shape: &[usize], dtype: DType) -> Result<AnyArray> {
    let mut pieces = Vec::with_capacity(a.tables.len());
    for (a, mut b) in a.tables.into_iter().zip(b.tables) {
        lu(a).solve(&mut b)?;
        pieces.push(b.data);
    }
    join(&[], shape, pieces, dtype)
}

/// The inverse of each matrix. Errors: `Value` for a singular matrix or one that is not square.
///
/// ```
/// use rust_numpy_core::{AnyArray, Array, linalg::inv};
/// let a = AnyArray::from(Array::from_vec(vec![2.0, 0.0, 0.0, 4.0], &[2, 2])?);
/// assert_eq!(inv(&a)?.typed::<f64>()?.to_vec()?, [0.5, 0.0, 0.0, 0.25]);
/// # Ok::<(), rust_numpy_core::Error>(())
/// ```
pub fn inv(x: &AnyArray) -> Result<AnyArray> {
    let dtype = result_dtype(x.dtype());
    each_kind!(squares_of(x)?, s => invert_each(s, x.shape(), dtype))
}

fn invert_each<T: Number>(stack: Stack<T>, shape: &[usize], dtype: DType) -> Result<AnyArray> {
    let mut pieces = Vec::with_capacity(stack.tables.len());
    for a in stack.tables {
        let mut out = Table::identity(a.rows)?;
        lu(a).solve(&mut out)?;
        pieces.push(out.data);
    }
    join(&[], shape, pieces, dtype)
}

/// For each matrix its determinant, its sign (a number of length one, or zero) and the natural
/// logarithm of its absolute value. Errors: `Value` for a matrix that is not square.
pub fn slogdet(x: &AnyArray) -> Result<[AnyArray; 3]> {
    let dtype = result_dtype(x.dtype());
    each_kind!(squares_of(x)?, s => determine_each(s, dtype))
}

fn determine_each<T: Number>(stack: Stack<T>, dtype: DType) -> Result<[AnyArray; 3]> {
    let (mut products, mut signs, mut logs) = (Vec::new(), Vec::new(), Vec::new());
    for a in stack.tables {
        let found = lu(a);
        let (sign, log) = found.determinant();
        products.push(found.product());
        signs.push(sign);
        logs.push(log);
    }
    Ok([
        AnyArray::from(Array::from_vec(products, &stack.batch)?).astype(dtype)?,
        AnyArray::from(Array::from_vec(signs, &stack.batch)?).astype(dtype)?,
        AnyArray::from(Array::from_vec(logs, &stack.batch)?).astype(dtype.to_real())?,
    ])
}
