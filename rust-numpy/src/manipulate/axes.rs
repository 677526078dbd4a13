//! Reshaping and moving axes: views wherever that is possible.

use crate::any::AnyArray;
use crate::array::Array;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::layout::{display_shape, normalize_axes, normalize_axis, size_of_shape};

/// The elements in another shape, one length of which may be -1: whatever is left. A view if the
/// strides allow it. Errors: `Value` if the sizes differ.
pub fn reshape(x: &AnyArray, shape: &[isize]) -> Result<AnyArray> {
    let fails = || {
        let wanted: Vec<String> = shape.iter().map(isize::to_string).collect();
        Error::value(format!("cannot reshape array of size {} into shape ({})", x.size(), wanted.join(",")))
    };
    if shape.iter().filter(|&&n| n < 0).count() > 1 || shape.iter().any(|&n| n < -1) {
        return Err(Error::value("can only specify one unknown dimension"));
    }
    let known: Vec<usize> = shape.iter().filter(|&&n| n >= 0).map(|&n| n as usize).collect();
    let known = size_of_shape(&known)?;
    let mut whole = Vec::with_capacity(shape.len());
    for &n in shape {
        whole.push(match n {
            -1 if known > 0 && x.size().is_multiple_of(known) => x.size() / known,
            -1 => return Err(fails()),
            n => n as usize,
        });
    }
    if size_of_shape(&whole)? != x.size() {
        return Err(fails());
    }
    if let Some(layout) = x.layout().reshape(&whole) {
        return Ok(x.view(layout));
    }
    let copy = x.copy()?;
    let layout = copy.layout().reshape(&whole).ok_or_else(fails)?;
    Ok(copy.view(layout))
}

/// The axes in another order, reversed for `None`. Errors: `Value` unless it names each axis once.
pub fn permute_dims(x: &AnyArray, axes: Option<&[isize]>) -> Result<AnyArray> {
    let order = match axes {
        None => (0..x.ndim()).rev().collect(),
        Some(axes) if axes.len() != x.ndim() => return Err(Error::value("axes don't match array")),
        Some(axes) => normalize_axes(Some(axes), x.ndim())?,
    };
    Ok(x.view(x.layout().permute(&order)))
}

/// Each axis `from[i]` at the place `to[i]`, the others in their order.
/// Errors: `Value` for axes that are not there or given twice.
pub fn moveaxis(x: &AnyArray, from: &[isize], to: &[isize]) -> Result<AnyArray> {
    if from.len() != to.len() {
        return Err(Error::value("`source` and `destination` must have the same number of elements"));
    }
    let (from, to) = (normalize_axes(Some(from), x.ndim())?, normalize_axes(Some(to), x.ndim())?);
    let mut order: Vec<usize> = (0..x.ndim()).filter(|axis| !from.contains(axis)).collect();
    let mut pairs: Vec<(usize, usize)> = to.into_iter().zip(from).collect();
    pairs.sort_unstable();
    for (to, from) in pairs {
        order.insert(to, from);
    }
    Ok(x.view(x.layout().permute(&order)))
}

/// The array with `axis` moved to the end. Errors: `Value` if there is no such axis.
pub fn axis_last<T: Element>(x: &Array<T>, axis: isize) -> Result<Array<T>> {
    let axis = normalize_axis(axis, x.ndim())?;
    let mut order: Vec<usize> = (0..x.ndim()).filter(|&a| a != axis).collect();
    order.push(axis);
    Ok(x.view(x.layout().permute(&order)))
}

/// The array with the last axis moved to `axis`. Errors: `Value` if there is no such axis.
pub fn axis_back<T: Element>(x: &Array<T>, axis: isize) -> Result<Array<T>> {
    let axis = normalize_axis(axis, x.ndim())?;
    let mut order: Vec<usize> = (0..x.ndim() - 1).collect();
    order.insert(axis, x.ndim() - 1);
    Ok(x.view(x.layout().permute(&order)))
}

/// New axes of length one, at these places of the result.
/// Errors: `Value` for places outside of it or given twice.
pub fn expand_dims(x: &AnyArray, axes: &[isize]) -> Result<AnyArray> {
    let mut places = normalize_axes(Some(axes), x.ndim() + axes.len())?;
    places.sort_unstable();
    let mut layout = x.layout().clone();
    for place in places {
        layout = layout.insert_axis(place);
    }
    size_of_shape(&layout.shape)?;
    Ok(x.view(layout))
}

/// These axes, or all of length one, gone. Errors: `Value` if one is longer.
pub fn squeeze(x: &AnyArray, axes: Option<&[isize]>) -> Result<AnyArray> {
    let gone = match axes {
        None => (0..x.ndim()).filter(|&axis| x.shape()[axis] == 1).collect(),
        Some(_) => normalize_axes(axes, x.ndim())?,
    };
    if gone.iter().any(|&axis| x.shape()[axis] != 1) {
        return Err(Error::value("cannot select an axis to squeeze out which has size not equal to one"));
    }
    let kept: Vec<usize> = (0..x.ndim()).filter(|axis| !gone.contains(axis)).collect();
    Ok(x.view(x.layout().permute(&kept)))
}

/// The axes, or all of them, backwards. Errors: `Value` for axes that are not there.
pub fn flip(x: &AnyArray, axes: Option<&[isize]>) -> Result<AnyArray> {
    let mut layout = x.layout().clone();
    for axis in normalize_axes(axes, x.ndim())? {
        let n = layout.shape[axis];
        layout = layout.slice(axis, n.saturating_sub(1), n, -1);
    }
    Ok(x.view(layout))
}

/// The array repeated to another shape, without a copy; writing to it is an error of the caller's,
/// since one element stands for many. Errors: `Value` if it does not broadcast.
pub fn broadcast_to(x: &AnyArray, shape: &[usize]) -> Result<AnyArray> {
    let layout = x.layout().broadcast_to(shape).map_err(|_| {
        let (from, to) = (display_shape(x.shape()), display_shape(shape));
        Error::value(format!("cannot broadcast array of shape {from} to shape {to}"))
    })?;
    Ok(x.view(layout))
}
