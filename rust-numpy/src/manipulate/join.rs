//! Arrays put together and taken apart.

use super::axes::{expand_dims, reshape};
use crate::any::AnyArray;
use crate::array::Array;
use crate::creation;
use crate::dtype::DType;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::index::take;
use crate::layout::{normalize_axis, size_of_shape};
use crate::with_dtype;

/// The arrays one after the other along an axis (flattened first for `None`), in their common dtype.
/// Errors: `Value` if there is none or their shapes differ along another axis.
pub fn concat(arrays: &[AnyArray], axis: Option<isize>) -> Result<AnyArray> {
    let first = arrays.first().ok_or_else(|| Error::value("need at least one array to concatenate"))?;
    let Some(axis) = axis else {
        let flat: Result<Vec<AnyArray>> = arrays.iter().map(|a| reshape(a, &[-1])).collect();
        return concat(&flat?, Some(0));
    };
    if first.ndim() == 0 {
        return Err(Error::value("zero-dimensional arrays cannot be concatenated"));
    }
    let axis = normalize_axis(axis, first.ndim())?;
    let mut shape = first.shape().to_vec();
    shape[axis] = 0;
    for a in arrays {
        let fits = a.ndim() == shape.len() && (0..shape.len()).all(|d| d == axis || a.shape()[d] == shape[d]);
        if !fits {
            return Err(Error::value(
                "all the input array dimensions except for the concatenation axis must match exactly",
            ));
        }
        shape[axis] += a.shape()[axis];
    }
    let dtype = arrays.iter().map(AnyArray::dtype).fold(first.dtype(), DType::promote);
    if shape[..axis].iter().all(|&n| n == 1) {
        return with_dtype!(dtype, T => one_after_the_other::<T>(arrays, &shape));
    }
    let out = creation::zeros(&shape, dtype)?;
    let mut at = 0;
    for a in arrays {
        let n = a.shape()[axis];
        out.view(out.layout().slice(axis, at, n, 1)).assign(a)?;
        at += n;
    }
    Ok(out)
}

/// The elements of all arrays, one array after the other, as an array of this shape.
fn one_after_the_other<T: Element>(arrays: &[AnyArray], shape: &[usize]) -> Result<AnyArray> {
    let mut out = crate::storage::reserve(size_of_shape(shape)?)?;
    for a in arrays {
        out.extend_from_slice(&a.to::<T>()?.dense()?);
    }
    Ok(Array::from_vec(out, shape)?.into())
}

/// The arrays side by side along a new axis. Errors: `Value` if there is none or shapes differ.
pub fn stack(arrays: &[AnyArray], axis: isize) -> Result<AnyArray> {
    let first = arrays.first().ok_or_else(|| Error::value("need at least one array to stack"))?;
    if arrays.iter().any(|a| a.shape() != first.shape()) {
        return Err(Error::value("all input arrays must have the same shape"));
    }
    let place = normalize_axis(axis, first.ndim() + 1)? as isize;
    let expanded: Result<Vec<AnyArray>> = arrays.iter().map(|a| expand_dims(a, &[place])).collect();
    concat(&expanded?, Some(place))
}

/// The slices along an axis, as views. Errors: `Value` if there is no such axis.
pub fn unstack(x: &AnyArray, axis: isize) -> Result<Vec<AnyArray>> {
    let axis = normalize_axis(axis, x.ndim())?;
    Ok((0..x.shape()[axis]).map(|i| x.view(x.layout().pick(axis, i))).collect())
}

/// Every element along the axis (of the flat array for `None`) as often as `counts` says, which has
/// one number for all or one for each. Errors: `Value` for a negative count or another length.
pub fn repeat(x: &AnyArray, counts: &Array<i64>, axis: Option<isize>) -> Result<AnyArray> {
    let Some(axis) = axis else { return repeat(&reshape(x, &[-1])?, counts, Some(0)) };
    let axis = normalize_axis(axis, x.ndim())?;
    let n = x.shape()[axis];
    let counts = counts.dense()?;
    if counts.len() != 1 && counts.len() != n {
        return Err(Error::value(format!("{} counts cannot be broadcast to {n} elements", counts.len())));
    }
    if counts.iter().any(|&c| c < 0) {
        return Err(Error::value("counts cannot be negative"));
    }
    let total = counts.iter().try_fold(0usize, |t, &c| t.checked_add(c as usize));
    let total = if counts.len() == 1 { total.and_then(|t| t.checked_mul(n)) } else { total };
    let mut indices = crate::storage::reserve(size_of_shape(&[
        total.ok_or_else(|| Error::value("repeat: too many elements"))?
    ])?)?;
    for i in 0..n {
        let count = counts[if counts.len() == 1 { 0 } else { i }];
        indices.extend(std::iter::repeat_n(i as i64, count as usize));
    }
    let len = indices.len();
    take(x, &Array::from_vec(indices, &[len])?, axis as isize)
}

/// The array laid out `reps[i]` times along each axis; the shorter of `reps` and the shape is filled
/// up with ones in front. Errors: `Value` if it gets too big.
pub fn tile(x: &AnyArray, reps: &[usize]) -> Result<AnyArray> {
    let ndim = x.ndim().max(reps.len());
    let filled = |list: &[usize]| [vec![1; ndim - list.len()], list.to_vec()].concat();
    let (shape, reps) = (filled(x.shape()), filled(reps));
    // every axis becomes two: how often, and the elements
    let mut split = Vec::with_capacity(2 * ndim);
    let mut spread = Vec::with_capacity(2 * ndim);
    let mut whole = Vec::with_capacity(ndim);
    for (&n, &r) in shape.iter().zip(&reps) {
        split.extend([1, n as isize]);
        spread.extend([r, n]);
        whole.push(n.checked_mul(r).ok_or_else(|| Error::value("tile: the array is too big"))? as isize);
    }
    let once = reshape(x, &split)?;
    let many = once.view(once.layout().broadcast_to(&spread)?);
    let result = reshape(&many, &whole)?;
    // nothing repeated: still an array of its own
    if reps.iter().all(|&r| r == 1) { result.copy() } else { Ok(result) }
}
