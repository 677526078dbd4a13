//! Where the extremes are.

use std::cmp::Ordering;

use crate::any::AnyArray;
use crate::array::Array;
use crate::dispatch;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::manipulate::axis_last;
use crate::storage::reserve;

/// Index of the first largest element along the axis, or of all in order; NaN counts as largest.
/// Errors: `Value` if there is no such axis or no element.
pub fn argmax(x: &AnyArray, axis: Option<isize>, keepdims: bool) -> Result<Array<i64>> {
    dispatch!(x, a => find(a, axis, keepdims, Ordering::Greater))
}

/// Index of the first smallest element along the axis, or of all in order; NaN counts as smallest.
/// Errors: `Value` if there is no such axis or no element.
pub fn argmin(x: &AnyArray, axis: Option<isize>, keepdims: bool) -> Result<Array<i64>> {
    dispatch!(x, a => find(a, axis, keepdims, Ordering::Less))
}

fn find<T: Element>(
    x: &Array<T>,
    axis: Option<isize>,
    keepdims: bool,
    better: Ordering,
) -> Result<Array<i64>> {
    let (rows, n, mut shape) = match axis {
        None => (x.dense()?, x.size(), Vec::new()),
        Some(axis) => {
            let moved = axis_last(x, axis)?;
            let (&n, rest) = moved.shape().split_last().unwrap_or((&1, &[]));
            (moved.dense()?, n, rest.to_vec())
        }
    };
    if n == 0 {
        return Err(Error::value("attempt to get argmax or argmin of an empty sequence"));
    }
    let mut out = reserve(rows.len() / n)?;
    for row in rows.chunks_exact(n) {
        let mut best = 0;
        for (i, &v) in row.iter().enumerate() {
            if row[best].is_nan() {
                break;
            }
            if v.is_nan() || v.order(row[best]) == better {
                best = i;
            }
        }
        out.push(best as i64);
    }
    if keepdims {
        match axis {
            None => shape = vec![1; x.ndim()],
            Some(axis) => shape.insert(crate::layout::normalize_axis(axis, x.ndim())?, 1),
        }
    }
    Array::from_vec(out, &shape)
}
