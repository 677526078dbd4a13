//! Where an array's elements lie: shape, strides and offset.

use crate::error::{Error, Result};

/// A window onto a buffer. Element `[i, j]` is at `offset + i * strides[0] + j * strides[1]`, all
/// counted in elements. Every element lies inside of the buffer, by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Step of each axis, which may be zero or negative.
    pub strides: Vec<isize>,
    /// Where element `[0, 0, ...]` is.
    pub offset: usize,
}

/// The most dimensions an array may have, as in NumPy.
pub const MAX_DIMS: usize = 64;

/// The product of the lengths. Errors: `Value` if it exceeds what can be addressed.
pub fn size_of_shape(shape: &[usize]) -> Result<usize> {
    if shape.len() > MAX_DIMS {
        return Err(Error::value(format!("maximum supported dimension for an array is {MAX_DIMS}")));
    }
    if shape.contains(&0) {
        return Ok(0);
    }
    // 16 bytes is the largest element
    let limit = isize::MAX as usize / 16;
    shape
        .iter()
        .try_fold(1usize, |size, &n| size.checked_mul(n).filter(|&s| s <= limit))
        .ok_or_else(|| Error::value("array is too big; its size exceeds the maximum possible size"))
}

/// Strides of an array of this shape whose last axis is the fastest.
pub fn c_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1isize; shape.len()];
    for axis in (0..shape.len().saturating_sub(1)).rev() {
        // only an array without elements can wrap here
        strides[axis] = strides[axis + 1].wrapping_mul(shape[axis + 1].max(1) as isize);
    }
    strides
}

/// `axis` counted from the front. Errors: `Value` outside of `-ndim..ndim` (NumPy's AxisError).
pub fn normalize_axis(axis: isize, ndim: usize) -> Result<usize> {
    let counted = if axis < 0 { axis.checked_add(ndim as isize) } else { Some(axis) };
    match counted {
        Some(a) if a >= 0 && (a as usize) < ndim => Ok(a as usize),
        _ => Err(Error::value(format!("axis {axis} is out of bounds for array of dimension {ndim}"))),
    }
}

/// The axes counted from the front, all of them for `None`. Errors: `Value` for one given twice.
pub fn normalize_axes(axes: Option<&[isize]>, ndim: usize) -> Result<Vec<usize>> {
    let Some(axes) = axes else { return Ok((0..ndim).collect()) };
    let mut found = Vec::with_capacity(axes.len());
    for &axis in axes {
        let axis = normalize_axis(axis, ndim)?;
        if found.contains(&axis) {
            return Err(Error::value("duplicate value in 'axis'"));
        }
        found.push(axis);
    }
    Ok(found)
}

/// The shape that all of these broadcast to. Errors: `Value` if they do not.
pub fn broadcast_shapes(shapes: &[&[usize]]) -> Result<Vec<usize>> {
    let ndim = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let mut result = vec![1; ndim];
    for shape in shapes {
        let skip = ndim - shape.len();
        for (r, &n) in result[skip..].iter_mut().zip(*shape) {
            if *r == 1 {
                *r = n;
            } else if n != 1 && n != *r {
                let listed: Vec<String> = shapes.iter().map(|s| display_shape(s)).collect();
                return Err(Error::value(format!(
                    "operands could not be broadcast together with shapes {}",
                    listed.join(" ")
                )));
            }
        }
    }
    size_of_shape(&result)?;
    Ok(result)
}

/// A shape as Python writes it: `(2,)`.
pub fn display_shape(shape: &[usize]) -> String {
    let numbers: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", numbers.join(","))
}

impl Layout {
    /// The layout of a fresh array. Errors: `Value` if it is too big.
    pub fn contiguous(shape: &[usize]) -> Result<Layout> {
        size_of_shape(shape)?;
        Ok(Layout { shape: shape.to_vec(), strides: c_strides(shape), offset: 0 })
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        // an axis of length zero wins over any product of the others
        if self.shape.contains(&0) { 0 } else { self.shape.iter().product() }
    }

    /// Whether the elements lie one after the other, last axis fastest.
    pub fn is_contiguous(&self) -> bool {
        if self.shape.contains(&0) {
            return true;
        }
        let mut expected = 1;
        for (&n, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if n != 1 {
                if stride != expected {
                    return false;
                }
                expected *= n as isize;
            }
        }
        true
    }

    /// The same elements seen as `shape`, axes repeated with stride zero. Errors: `Value`.
    pub fn broadcast_to(&self, shape: &[usize]) -> Result<Layout> {
        size_of_shape(shape)?;
        let fails = || {
            let (from, to) = (display_shape(&self.shape), display_shape(shape));
            Error::value(format!("could not broadcast input array from shape {from} into shape {to}"))
        };
        let skip = shape.len().checked_sub(self.ndim()).ok_or_else(fails)?;
        let mut strides = vec![0; shape.len()];
        for (axis, (&n, &stride)) in self.shape.iter().zip(&self.strides).enumerate() {
            if n == shape[skip + axis] {
                strides[skip + axis] = if n == 1 { 0 } else { stride };
            } else if n != 1 {
                return Err(fails());
            }
        }
        Ok(Layout { shape: shape.to_vec(), strides, offset: self.offset })
    }

    /// The axes in another order; `axes` is a permutation.
    pub fn permute(&self, axes: &[usize]) -> Layout {
        Layout {
            shape: axes.iter().map(|&a| self.shape[a]).collect(),
            strides: axes.iter().map(|&a| self.strides[a]).collect(),
            offset: self.offset,
        }
    }

    /// Every `step`th of `len` elements of an axis from `start` on.
    pub fn slice(&self, axis: usize, start: usize, len: usize, step: isize) -> Layout {
        let mut result = self.clone();
        if len > 0 {
            result.offset = (self.offset as isize + start as isize * self.strides[axis]) as usize;
        }
        result.shape[axis] = len;
        // a step too large to multiply is one that is never taken
        result.strides[axis] = self.strides[axis].checked_mul(step).filter(|_| len > 1).unwrap_or(0);
        result
    }

    /// The axis gone, its element `index` kept.
    pub fn pick(&self, axis: usize, index: usize) -> Layout {
        let mut result = self.slice(axis, index, 1, 1);
        result.shape.remove(axis);
        result.strides.remove(axis);
        result
    }

    /// A new axis of length 1 before `axis`.
    pub fn insert_axis(&self, axis: usize) -> Layout {
        let mut result = self.clone();
        result.shape.insert(axis, 1);
        result.strides.insert(axis, 0);
        result
    }

    /// The same elements in the same order as another shape of the same size, if no copy is needed.
    pub fn reshape(&self, shape: &[usize]) -> Option<Layout> {
        if self.is_contiguous() {
            return Some(Layout { shape: shape.to_vec(), strides: c_strides(shape), offset: self.offset });
        }
        let kept: Vec<usize> = (0..self.ndim()).filter(|&a| self.shape[a] != 1).collect();
        let mut strides = vec![0; shape.len()];
        let (mut i, mut j) = (0, 0);
        while i < kept.len() {
            // the smallest groups of old and of new axes that hold equally many elements
            let (mut i_end, mut j_end) = (i + 1, j + 1);
            let (mut old, mut new) = (self.shape[kept[i]], *shape.get(j)?);
            while old != new {
                if old < new {
                    old *= self.shape[*kept.get(i_end)?];
                    i_end += 1;
                } else {
                    new *= *shape.get(j_end)?;
                    j_end += 1;
                }
            }
            for pair in kept[i..i_end].windows(2) {
                if self.strides[pair[0]] != self.strides[pair[1]] * self.shape[pair[1]] as isize {
                    return None;
                }
            }
            let mut stride = self.strides[kept[i_end - 1]];
            for axis in (j..j_end).rev() {
                strides[axis] = stride;
                stride *= shape[axis] as isize;
            }
            (i, j) = (i_end, j_end);
        }
        Some(Layout { shape: shape.to_vec(), strides, offset: self.offset })
    }
}
