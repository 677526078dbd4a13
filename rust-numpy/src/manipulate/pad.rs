//! Arrays made larger at their edges.

use crate::any::AnyArray;
use crate::array::Array;
use crate::creation;
use crate::error::{Error, Result};
use crate::index::take;
use crate::layout::size_of_shape;
use crate::scalar::Scalar;

/// What the new elements are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PadMode {
    /// A number.
    Constant(Scalar),
    /// The element at the edge.
    Edge,
    /// The mirror image, the edge not repeated.
    Reflect,
    /// The mirror image, the edge repeated.
    Symmetric,
    /// The elements from the other end.
    Wrap,
}

/// The array with `widths[axis]` elements before and after each axis (`numpy.pad`).
/// Errors: `Value` if the number of widths differs from that of axes, or there is no element to
/// continue from.
pub fn pad(x: &AnyArray, widths: &[(usize, usize)], mode: PadMode) -> Result<AnyArray> {
    if widths.len() != x.ndim() {
        return Err(Error::value("pad_width must have one pair for each axis"));
    }
    let too_big = || Error::value("pad: the array is too big");
    let mut shape = Vec::with_capacity(x.ndim());
    for (&n, &(before, after)) in x.shape().iter().zip(widths) {
        shape.push(n.checked_add(before).and_then(|m| m.checked_add(after)).ok_or_else(too_big)?);
    }
    size_of_shape(&shape)?;
    if let PadMode::Constant(value) = mode {
        let out = creation::full(&shape, value, x.dtype())?;
        let mut inner = out.layout().clone();
        for (axis, &(before, _)) in widths.iter().enumerate() {
            inner = inner.slice(axis, before, x.shape()[axis], 1);
        }
        out.view(inner).assign(x)?;
        return Ok(out);
    }
    let mut result = x.copy()?;
    for (axis, &(before, after)) in widths.iter().enumerate() {
        if before + after == 0 {
            continue;
        }
        let n = x.shape()[axis] as i64;
        if n == 0 {
            return Err(Error::value(format!(
                "can't extend empty axis {axis} using modes other than 'constant'"
            )));
        }
        let source = |i: i64| match mode {
            PadMode::Wrap => i.rem_euclid(n),
            PadMode::Symmetric => {
                let i = i.rem_euclid(2 * n);
                i.min(2 * n - 1 - i)
            }
            PadMode::Reflect if n > 1 => {
                let i = i.rem_euclid(2 * n - 2);
                i.min(2 * n - 2 - i)
            }
            _ => i.clamp(0, n - 1),
        };
        let indices: Vec<i64> = (-(before as i64)..n + after as i64).map(source).collect();
        let len = indices.len();
        result = take(&result, &Array::from_vec(indices, &[len])?, axis as isize)?;
    }
    Ok(result)
}
