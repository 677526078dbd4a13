//! Stacks of matrices as arrays, one decomposition after the other.

use super::table::{Number, Table};
use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};

/// A stack of matrices in double precision.
pub struct Stack<T> {
    /// The shape without the last two axes.
    pub batch: Vec<usize>,
    /// The matrices in order.
    pub tables: Vec<Table<T>>,
}

/// A stack of real or of complex numbers.
pub enum AnyStack {
    Real(Stack<f64>),
    Complex(Stack<Complex<f64>>),
}

/// The matrices of an array. Errors: `Value` for fewer than two dimensions.
pub fn stack_of(x: &AnyArray) -> Result<AnyStack> {
    if x.ndim() < 2 {
        return Err(Error::value(format!(
            "{}-dimensional array given. Array must be at least two-dimensional",
            x.ndim()
        )));
    }
    Ok(match x.dtype().kind() {
        Kind::Complex => AnyStack::Complex(split(&x.to()?)?),
        _ => AnyStack::Real(split(&x.to()?)?),
    })
}

/// As [`stack_of`]. Errors: `Value` unless the matrices are square.
pub fn squares_of(x: &AnyArray) -> Result<AnyStack> {
    let n = x.ndim();
    if n >= 2 && x.shape()[n - 1] != x.shape()[n - 2] {
        return Err(Error::value("Last 2 dimensions of the array must be square"));
    }
    stack_of(x)
}

fn split<T: Number>(x: &Array<T>) -> Result<Stack<T>> {
    let (batch, matrix) = x.shape().split_at(x.ndim() - 2);
    let (rows, columns) = (matrix[0], matrix[1]);
    let data = x.to_vec()?;
    let count: usize = batch.iter().product();
    let size = rows * columns;
    let table = |i: usize| Table { rows, columns, data: data[i * size..(i + 1) * size].to_vec() };
    Ok(Stack { batch: batch.to_vec(), tables: (0..count).map(table).collect() })
}

/// The dtype of results for an array of this one: floats and complex numbers keep theirs.
pub fn result_dtype(dtype: DType) -> DType {
    if dtype.is_exact() { DType::F64 } else { dtype }
}

/// Pieces of the shape `core` as an array.
pub fn join<T: Number>(
    batch: &[usize],
    core: &[usize],
    pieces: Vec<Vec<T>>,
    dtype: DType,
) -> Result<AnyArray> {
    let shape = [batch, core].concat();
    AnyArray::from(Array::from_vec(pieces.concat(), &shape)?).astype(dtype)
}

/// Runs the same expression on the stack, real or complex.
macro_rules! each_kind {
    ($any:expr, $stack:ident => $body:expr) => {
        match $any {
            AnyStack::Real($stack) => $body,
            AnyStack::Complex($stack) => $body,
        }
    };
}
pub(super) use each_kind;
