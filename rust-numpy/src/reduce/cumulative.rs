//! Running sums and products, and their inverse.

use super::sums::Reduce;
use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::dtype::DType;
use crate::elementwise::{BinaryOp, CompareOp, binary, compare};
use crate::error::Result;
use crate::index::{Index, get};
use crate::layout::normalize_axis;
use crate::manipulate::{axis_back, axis_last};
use crate::storage::reserve;

/// The sums of the first 1, 2, ... elements along the axis; with `include_initial` 0 comes first.
/// Bool and small integers are summed in 64 bits. Errors: `Value` if there is no such axis.
pub fn cumulative_sum(
    x: &AnyArray,
    axis: isize,
    dtype: Option<DType>,
    include_initial: bool,
) -> Result<AnyArray> {
    running(x, axis, dtype, include_initial, false)
}

/// The products of the first 1, 2, ... elements along the axis; with `include_initial` 1 comes first.
/// Bool and small integers are multiplied in 64 bits. Errors: `Value` if there is no such axis.
pub fn cumulative_prod(
    x: &AnyArray,
    axis: isize,
    dtype: Option<DType>,
    include_initial: bool,
) -> Result<AnyArray> {
    running(x, axis, dtype, include_initial, true)
}

fn running(
    x: &AnyArray,
    axis: isize,
    dtype: Option<DType>,
    initial: bool,
    product: bool,
) -> Result<AnyArray> {
    let dtype = dtype.unwrap_or(x.dtype().to_sum());
    let x = x.astype(dtype)?;
    let result = match x.astype(dtype.to_sum())? {
        AnyArray::I64(a) => AnyArray::from(scan(&a, axis, initial, product)?),
        AnyArray::U64(a) => scan(&a, axis, initial, product)?.into(),
        AnyArray::F32(a) => scan(&a, axis, initial, product)?.into(),
        AnyArray::F64(a) => scan(&a, axis, initial, product)?.into(),
        AnyArray::C64(a) => scan(&a, axis, initial, product)?.into(),
        other => scan(&other.to::<Complex<f64>>()?, axis, initial, product)?.into(),
    };
    result.astype(dtype)
}

fn scan<T: Reduce>(x: &Array<T>, axis: isize, include_initial: bool, product: bool) -> Result<Array<T>> {
    let initial = if product { T::ONE } else { T::default() };
    let moved = axis_last(x, axis)?;
    let mut shape = moved.shape().to_vec();
    let rows = moved.dense()?;
    let Some(last) = shape.last_mut() else { return x.copy() };
    let n = *last;
    *last += usize::from(include_initial);
    let mut out = reserve(crate::layout::size_of_shape(&shape)?)?;
    if n == 0 && include_initial {
        out.resize(out.capacity(), initial);
        out.truncate(crate::layout::size_of_shape(&shape)?);
    }
    for row in rows.chunks_exact(n.max(1)) {
        if include_initial {
            out.push(initial);
        }
        // the first element stays as it is: even the sign of a zero
        let mut value = row[0];
        out.push(value);
        for &v in &row[1..] {
            value = if product { value.times(v) } else { value.plus(v) };
            out.push(value);
        }
    }
    axis_back(&Array::from_vec(out, &shape)?, axis)
}

/// The differences of neighbours along the axis, `n` times over (of bool: whether they differ).
/// Errors: `Value` if there is no such axis.
pub fn diff(x: &AnyArray, n: usize, axis: isize) -> Result<AnyArray> {
    let at = normalize_axis(axis, x.ndim())?;
    let mut x = x.clone();
    for _ in 0..n {
        let mut items = vec![Index::Slice(None, None, None); at + 1];
        items[at] = Index::Slice(Some(1), None, None);
        let after = get(&x, &items)?;
        items[at] = Index::Slice(None, Some(-1), None);
        let before = get(&x, &items)?;
        x = match x.dtype() {
            DType::Bool => compare(CompareOp::NotEqual, &after, &before)?.into(),
            _ => binary(BinaryOp::Subtract, &after, &before)?,
        };
        if x.shape()[at] == 0 {
            break;
        }
    }
    Ok(x)
}
