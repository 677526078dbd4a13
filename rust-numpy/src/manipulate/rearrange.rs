//! Elements moved along their axes.

use super::axes::reshape;
use crate::any::AnyArray;
use crate::creation;
use crate::error::{Error, Result};
use crate::layout::normalize_axis;

/// The elements moved by `shifts[i]` along `axes[i]`, those that leave at one end come in at the
/// other; of the flat array for `None`. Errors: `Value` for axes that are not there.
pub fn roll(x: &AnyArray, shifts: &[isize], axes: Option<&[isize]>) -> Result<AnyArray> {
    let Some(axes) = axes else {
        let total = shifts.iter().fold(0isize, |t, &s| t.wrapping_add(s));
        let flat = roll(&reshape(x, &[-1])?, &[total], Some(&[0]))?;
        let shape: Vec<isize> = x.shape().iter().map(|&n| n as isize).collect();
        return reshape(&flat, &shape);
    };
    if shifts.len() != axes.len() && shifts.len() != 1 && axes.len() != 1 {
        return Err(Error::value("'shift' and 'axis' should be scalars or 1D sequences of one length"));
    }
    let mut result = x.copy()?;
    for i in 0..shifts.len().max(axes.len()) {
        let axis = normalize_axis(axes[if axes.len() == 1 { 0 } else { i }], x.ndim())?;
        let n = x.shape()[axis];
        if n == 0 {
            continue;
        }
        let shift = shifts[if shifts.len() == 1 { 0 } else { i }].rem_euclid(n as isize) as usize;
        let out = creation::zeros(x.shape(), x.dtype())?;
        let part = |array: &AnyArray, start, len| array.view(array.layout().slice(axis, start, len, 1));
        part(&out, shift, n - shift).assign(&part(&result, 0, n - shift))?;
        part(&out, 0, shift).assign(&part(&result, n - shift, shift))?;
        result = out;
    }
    Ok(result)
}

/// The elements `[i, i + k]` of the axes `first` and `second`, as a view with one axis at the end
/// in their place. Errors: `Value` for axes that are not there or the same.
pub fn diagonal(x: &AnyArray, k: isize, first: isize, second: isize) -> Result<AnyArray> {
    let (i, j) = (normalize_axis(first, x.ndim())?, normalize_axis(second, x.ndim())?);
    if i == j {
        return Err(Error::value("axis1 and axis2 cannot be the same"));
    }
    let (down, right) = (k.min(0).unsigned_abs(), k.max(0) as usize);
    let len = x.shape()[i].saturating_sub(down).min(x.shape()[j].saturating_sub(right));
    let (down, right) = if len == 0 { (0, 0) } else { (down, right) };
    let mut layout = x.layout().slice(i, down, len, 1).slice(j, right, len, 1);
    let stride = layout.strides[i] + layout.strides[j];
    for axis in [i.max(j), i.min(j)] {
        layout.shape.remove(axis);
        layout.strides.remove(axis);
    }
    layout.shape.push(len);
    layout.strides.push(stride);
    Ok(x.view(layout))
}
