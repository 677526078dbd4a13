//! Sorting along an axis and searching in sorted arrays. NaN comes last, as the greatest of all.

use super::radix;
use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::dispatch;
use crate::dtype::{DType, Kind};
use crate::element::Element;
use crate::error::{Error, Result};
use crate::manipulate::{axis_back, axis_last};
use crate::storage::reserve;

/// The elements along the axis in order. Errors: `Value` if there is no such axis.
pub fn sort(x: &AnyArray, axis: isize, descending: bool) -> Result<AnyArray> {
    match sortable(x)? {
        AnyArray::I32(a) => AnyArray::from(rows_sorted(&a, axis, |row| radix::sort(row, descending))?),
        AnyArray::U32(a) => rows_sorted(&a, axis, |row| radix::sort(row, descending))?.into(),
        AnyArray::F32(a) => rows_sorted(&a, axis, |row| radix::sort(row, descending))?.into(),
        AnyArray::I64(a) => rows_sorted(&a, axis, |row| radix::sort(row, descending))?.into(),
        AnyArray::U64(a) => rows_sorted(&a, axis, |row| radix::sort(row, descending))?.into(),
        AnyArray::F64(a) => rows_sorted(&a, axis, |row| radix::sort(row, descending))?.into(),
        other => rows_sorted(&other.to::<Complex<f64>>()?, axis, |row| {
            row.sort_by(|&a, &b| if descending { b.order(a) } else { a.order(b) });
            Ok(())
        })?
        .into(),
    }
    .astype(x.dtype())
}

/// The elements in a dtype of 32 or 64 bits where they have the same order: fewer types to compile
/// sorting for.
fn sortable(x: &AnyArray) -> Result<AnyArray> {
    x.astype(match x.dtype() {
        DType::Bool | DType::I8 | DType::I16 => DType::I32,
        DType::U8 | DType::U16 => DType::U32,
        DType::C64 => DType::C128,
        other => other,
    })
}

/// The elements in the largest dtype of their kind, where they have the same order: four types to
/// compile sorting for instead of thirteen.
pub(super) fn widest(x: &AnyArray) -> Result<AnyArray> {
    x.astype(match x.dtype().kind() {
        Kind::Bool | Kind::Signed => DType::I64,
        Kind::Unsigned => DType::U64,
        Kind::Float => DType::F64,
        Kind::Complex => DType::C128,
    })
}

/// A copy of the array with every row along the axis sorted by `sort`.
fn rows_sorted<T: Element>(
    x: &Array<T>,
    axis: isize,
    sort: impl Fn(&mut [T]) -> Result<()>,
) -> Result<Array<T>> {
    let moved = axis_last(x, axis)?;
    let mut rows = moved.to_vec()?;
    let n = moved.shape().last().copied().unwrap_or(1).max(1);
    for row in rows.chunks_exact_mut(n) {
        sort(row)?;
    }
    axis_back(&Array::from_vec(rows, moved.shape())?, axis)
}

/// The indices that put the elements along the axis in order; equal elements keep theirs.
/// Errors: `Value` if there is no such axis.
pub fn argsort(x: &AnyArray, axis: isize, descending: bool) -> Result<Array<i64>> {
    match sortable(x)? {
        AnyArray::I32(a) => order(&a, axis, |row, out| radix::argsort(row, descending, out)),
        AnyArray::U32(a) => order(&a, axis, |row, out| radix::argsort(row, descending, out)),
        AnyArray::F32(a) => order(&a, axis, |row, out| radix::argsort(row, descending, out)),
        AnyArray::I64(a) => order(&a, axis, |row, out| radix::argsort(row, descending, out)),
        AnyArray::U64(a) => order(&a, axis, |row, out| radix::argsort(row, descending, out)),
        AnyArray::F64(a) => order(&a, axis, |row, out| radix::argsort(row, descending, out)),
        other => order(&other.to::<Complex<f64>>()?, axis, |row, out| {
            let start = out.len();
            out.extend(0..row.len() as i64);
            out[start..].sort_by(|&i, &j| {
                let (a, b) = (row[i as usize], row[j as usize]);
                if descending { b.order(a) } else { a.order(b) }
            });
            Ok(())
        }),
    }
}

/// The indices that `argsort` appends for every row along the axis.
fn order<T: Element>(
    x: &Array<T>,
    axis: isize,
    argsort: impl Fn(&[T], &mut Vec<i64>) -> Result<()>,
) -> Result<Array<i64>> {
    let moved = axis_last(x, axis)?;
    let rows = moved.dense()?;
    let n = moved.shape().last().copied().unwrap_or(1).max(1);
    let mut out: Vec<i64> = reserve(rows.len())?;
    for row in rows.chunks_exact(n) {
        argsort(row, &mut out)?;
    }
    axis_back(&Array::from_vec(out, moved.shape())?, axis)
}

/// Where each of `values` would have to be put into the sorted vector: before the elements equal to
/// it, or behind them with `right`. Errors: `Value` unless the vector has one dimension.
pub fn searchsorted(sorted: &AnyArray, values: &AnyArray, right: bool) -> Result<Array<i64>> {
    if sorted.ndim() != 1 {
        return Err(Error::value("searchsorted: the sorted array must have one dimension"));
    }
    let dtype = sorted.dtype().promote(values.dtype());
    let (sorted, values) = (sorted.astype(dtype)?, values.astype(dtype)?);
    dispatch!(&sorted, a => search(a, values.typed()?, right))
}

fn search<T: Element>(sorted: &Array<T>, values: &Array<T>, right: bool) -> Result<Array<i64>> {
    let sorted = sorted.dense()?;
    values.map(|values, out: &mut [i64]| {
        for (o, &v) in out.iter_mut().zip(values) {
            let place =
                sorted.partition_point(|s| if right { s.order(v).is_le() } else { s.order(v).is_lt() });
            *o = place as i64;
        }
    })
}
