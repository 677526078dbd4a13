//! From what stands in square brackets to a view and, maybe, arrays of indices into it.

use crate::array::Array;
use crate::error::{Error, Result};
use crate::index::gather::nonzero_of;
use crate::layout::{Layout, display_shape};

/// One of the things that may stand in square brackets.
#[derive(Debug, Clone)]
pub enum Index {
    /// `a[2]`
    At(isize),
    /// `a[start:stop:step]`
    Slice(Option<isize>, Option<isize>, Option<isize>),
    /// `a[None]`
    NewAxis,
    /// `a[...]`
    Ellipsis,
    /// `a[[0, 2]]`
    Take(Array<i64>),
    /// `a[a > 0]`
    Mask(Array<bool>),
}

/// What an index selects.
pub(super) struct Selection {
    /// The view, with the axes that `taken` indexes still whole.
    pub view: Layout,
    /// Axes of the view and the indices to take along them, not checked yet.
    pub taken: Vec<(usize, Array<i64>)>,
    /// Where the axes of the index arrays go among the other ones.
    pub position: usize,
}

/// Start, length and step of a Python slice of an axis. Errors: `Value` for a step of zero.
fn resolve_slice(
    start: Option<isize>,
    stop: Option<isize>,
    step: Option<isize>,
    n: usize,
) -> Result<(usize, usize, isize)> {
    let step = step.unwrap_or(1);
    let n = n as isize;
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let clamp = |i: isize| if i < 0 { i.saturating_add(n).max(low) } else { i.min(high) };
    let (first, last) = match step {
        0 => return Err(Error::value("slice step cannot be zero")),
        s if s > 0 => (start.map_or(0, clamp), stop.map_or(n, clamp)),
        _ => (start.map_or(n - 1, clamp), stop.map_or(-1, clamp)),
    };
    let distance = if step > 0 { last - first } else { first - last };
    let len = if distance <= 0 { 0 } else { (distance as usize - 1) / step.unsigned_abs() + 1 };
    Ok((first.max(0) as usize, len, step))
}

/// `index` counted from the front. Errors: `Index` outside of the axis.
pub(super) fn resolve_index(index: i64, axis: usize, n: usize) -> Result<usize> {
    let counted = if index < 0 { index.saturating_add(n as i64) } else { index };
    if counted < 0 || counted >= n as i64 {
        let message = format!("index {index} is out of bounds for axis {axis} with size {n}");
        return Err(Error::index(message));
    }
    Ok(counted as usize)
}

/// Applies an index to a layout. Errors: `Index`.
pub(super) fn select(layout: &Layout, items: &[Index]) -> Result<Selection> {
    let used: usize = items
        .iter()
        .map(|item| match item {
            Index::At(_) | Index::Slice(..) | Index::Take(_) => 1,
            Index::Mask(mask) => mask.ndim(),
            Index::NewAxis | Index::Ellipsis => 0,
        })
        .sum();
    let Some(left) = layout.ndim().checked_sub(used) else {
        let message = format!(
            "too many indices for array: array is {}-dimensional, but {used} were indexed",
            layout.ndim()
        );
        return Err(Error::index(message));
    };
    if items.iter().filter(|item| matches!(item, Index::Ellipsis)).count() > 1 {
        return Err(Error::index("an index can only have a single ellipsis ('...')"));
    }
    // beside arrays of indices, a plain index counts as one of them
    let is_array = |item: &Index| matches!(item, Index::Take(_) | Index::Mask(_));
    let takes = items.iter().any(is_array);
    let counts = |item: &Index| takes && (is_array(item) || matches!(item, Index::At(_)));
    let first = items.iter().position(counts);
    let last = items.iter().rposition(counts);
    let together = matches!((first, last), (Some(f), Some(l)) if items[f..=l].iter().all(counts));

    let mut view = layout.clone();
    let mut taken: Vec<(usize, Array<i64>)> = Vec::new();
    let mut position = 0;
    let mut source = 0;
    let mut axis = 0;
    for (i, item) in items.iter().enumerate() {
        if together && Some(i) == first {
            position = axis;
        }
        match item {
            Index::NewAxis => {
                view = view.insert_axis(axis);
                axis += 1;
            }
            Index::Ellipsis => {
                axis += left;
                source += left;
            }
            Index::Slice(start, stop, step) => {
                let (start, len, step) = resolve_slice(*start, *stop, *step, view.shape[axis])?;
                view = view.slice(axis, start, len, step);
                axis += 1;
                source += 1;
            }
            Index::At(index) => {
                let index = resolve_index(*index as i64, source, view.shape[axis])?;
                if takes {
                    taken.push((axis, Array::scalar(index as i64)));
                    axis += 1;
                } else {
                    view = view.pick(axis, index);
                }
                source += 1;
            }
            Index::Take(indices) => {
                taken.push((axis, indices.clone()));
                axis += 1;
                source += 1;
            }
            Index::Mask(mask) if mask.ndim() == 0 => {
                // an axis of length one, of which the element is taken or not
                view = view.insert_axis(axis);
                let len = usize::from(mask.item()?);
                taken.push((axis, Array::zeros(&[len])?));
                axis += 1;
            }
            Index::Mask(mask) => {
                let here = &view.shape[axis..axis + mask.ndim()];
                // NumPy lets a mask of length zero pass on any axis
                if here.iter().zip(mask.shape()).any(|(n, m)| m != n && *m != 0) {
                    return Err(Error::index(format!(
                        "boolean index did not match indexed array: {} against {}",
                        display_shape(here),
                        display_shape(mask.shape())
                    )));
                }
                for indices in nonzero_of(mask)? {
                    taken.push((axis, indices));
                    axis += 1;
                }
                source += mask.ndim();
            }
        }
    }
    Ok(Selection { view, taken, position })
}
