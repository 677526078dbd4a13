//! Reading and writing what an index selects.

use super::select::{Index, Selection, resolve_index, select};
use crate::any::AnyArray;
use crate::array::Array;
use crate::dispatch;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::layout::{Layout, broadcast_shapes, normalize_axis, size_of_shape};
use crate::plan::{Plan, copy_run, write_run};
use crate::storage::{reserve, zeros};

/// `x[items]`: a view, or a copy if there are arrays among the items. Errors: `Index`.
pub fn get(x: &AnyArray, items: &[Index]) -> Result<AnyArray> {
    if let [Index::Mask(mask)] = items
        && mask.shape() == x.shape()
        && x.ndim() > 0
    {
        return dispatch!(x, a => Ok(compress(a, mask)?.into()));
    }
    let selection = select(x.layout(), items)?;
    if selection.taken.is_empty() {
        return Ok(x.view(selection.view));
    }
    let places = Places::new(selection)?;
    dispatch!(x, a => Ok(places.read(a)?.into()))
}

/// The elements where the mask of the same shape is true.
fn compress<T: Element>(x: &Array<T>, mask: &Array<bool>) -> Result<Array<T>> {
    let (x, mask) = (x.dense()?, mask.dense()?);
    let count = mask.iter().filter(|&&wanted| wanted).count();
    // one place more, for the last of the unwanted
    let mut out = zeros::<T>(count + 1)?;
    let mut at = 0;
    for (&value, &wanted) in x.iter().zip(mask.iter()) {
        out[at] = value;
        at += usize::from(wanted);
    }
    out.truncate(count);
    Array::from_vec(out, &[count])
}

/// `x[items] = value`, the value converted and broadcast. Errors: `Index`, `Value`.
pub fn set(x: &AnyArray, items: &[Index], value: &AnyArray) -> Result<()> {
    let selection = select(x.layout(), items)?;
    if selection.taken.is_empty() {
        return x.view(selection.view).assign(value);
    }
    let places = Places::new(selection)?;
    dispatch!(x, a => places.write(a, &value.to()?))
}

/// Arrays of indices resolved to places in memory: for each combination of indices a copy of the
/// layout of the other axes, moved.
struct Places {
    /// The axes that are not indexed by arrays, at the front index of those that are.
    rest: Layout,
    /// By how much to move, for each element of the broadcast index arrays.
    moves: Vec<isize>,
    /// Shape of the broadcast index arrays.
    shape: Vec<usize>,
    /// Where these axes go among the others.
    position: usize,
}

impl Places {
    fn new(selection: Selection) -> Result<Places> {
        let Selection { view, taken, position } = selection;
        let shapes: Vec<&[usize]> = taken.iter().map(|(_, a)| a.shape()).collect();
        let shape = broadcast_shapes(&shapes).map_err(|e| Error::index(format!("shape mismatch: {e}")))?;
        let mut moves = zeros::<i64>(size_of_shape(&shape)?)?;
        for (axis, indices) in &taken {
            let stride = view.strides[*axis] as i64;
            let spread = indices.view(indices.layout().broadcast_to(&shape)?).dense()?;
            // indices that are broadcast away are not looked at, as in NumPy
            for (total, &index) in moves.iter_mut().zip(spread.iter()) {
                *total += resolve_index(index, *axis, view.shape[*axis])? as i64 * stride;
            }
        }
        let kept: Vec<usize> = (0..view.ndim()).filter(|axis| taken.iter().all(|(t, _)| t != axis)).collect();
        let moves = moves.into_iter().map(|m| m as isize).collect();
        Ok(Places { rest: view.permute(&kept), moves, shape, position })
    }

    /// Shape of the selection with the axes of the index arrays in front.
    fn front_shape(&self) -> Vec<usize> {
        [self.shape.as_slice(), &self.rest.shape].concat()
    }

    /// For each axis of the selection, which one it is with the index arrays' in front.
    fn to_position(&self) -> Vec<usize> {
        let (n, p) = (self.shape.len(), self.position);
        let others = n..n + self.rest.ndim();
        others.clone().take(p).chain(0..n).chain(others.skip(p)).collect()
    }

    fn read<T: Element>(&self, x: &Array<T>) -> Result<Array<T>> {
        let shape = self.front_shape();
        let mut out = zeros(size_of_shape(&shape)?)?;
        let data = x.snapshot();
        let plan = Plan::new([&self.rest]);
        let mut done = 0;
        for &shift in &self.moves {
            plan.each(|[at]| {
                let at = at.wrapping_add_signed(shift);
                copy_run(&data, at, plan.strides[0], &mut out[done..done + plan.len]);
                done += plan.len;
            });
        }
        let front = Array::from_vec(out, &shape)?;
        Ok(front.view(front.layout().permute(&self.to_position())))
    }

    fn write<T: Element>(&self, x: &Array<T>, value: &Array<T>) -> Result<()> {
        let order = self.to_position();
        let front = self.front_shape();
        let shape: Vec<usize> = order.iter().map(|&a| front[a]).collect();
        let extra = value.ndim().saturating_sub(shape.len());
        let mut layout = value.layout().clone();
        if layout.shape[..extra].iter().all(|&n| n == 1) {
            layout.shape.drain(..extra);
            layout.strides.drain(..extra);
        }
        let spread = layout.broadcast_to(&shape)?;
        let mut back = vec![0; order.len()];
        for (i, &a) in order.iter().enumerate() {
            back[a] = i;
        }
        let values = value.view(spread.permute(&back)).to_vec()?;
        let plan = Plan::new([&self.rest]);
        x.write(|data| {
            let mut done = 0;
            for &shift in &self.moves {
                plan.each(|[at]| {
                    let at = at.wrapping_add_signed(shift);
                    write_run(data, at, plan.strides[0], &values[done..done + plan.len]);
                    done += plan.len;
                });
            }
        })
    }
}

/// The indices of the true elements, one array for each axis.
pub(super) fn nonzero_of(mask: &Array<bool>) -> Result<Vec<Array<i64>>> {
    let found = mask.dense()?;
    let count = found.iter().filter(|&&m| m).count();
    let mut flat = reserve(count)?;
    flat.extend((0..found.len()).filter(|&i| found[i]));
    let mut axes = Vec::with_capacity(mask.ndim());
    let mut step = found.len();
    for &n in mask.shape() {
        step = step.checked_div(n).unwrap_or(0);
        let mut indices = reserve(count)?;
        indices.extend(flat.iter().map(|&i| (i / step % n) as i64));
        axes.push(Array::from_vec(indices, &[count])?);
    }
    Ok(axes)
}

/// The indices of the elements that are not zero, one array for each axis.
/// Errors: `Value` for an array of no dimensions.
pub fn nonzero(x: &AnyArray) -> Result<Vec<AnyArray>> {
    if x.ndim() == 0 {
        return Err(Error::value("nonzero needs at least one dimension"));
    }
    Ok(nonzero_of(&x.to()?)?.into_iter().map(AnyArray::from).collect())
}

/// The elements at `indices` along an axis, in the place of which the axes of `indices` stand.
/// Errors: `Index`, `Value` if there is no such axis.
pub fn take(x: &AnyArray, indices: &Array<i64>, axis: isize) -> Result<AnyArray> {
    let axis = normalize_axis(axis, x.ndim())?;
    let mut items = vec![Index::Slice(None, None, None); axis];
    items.push(Index::Take(indices.clone()));
    get(x, &items)
}

/// For each place of `indices`, the element that is there but for the axis, where the index says
/// (`numpy.take_along_axis`). Errors: `Index`, `Value` if the shapes do not broadcast.
pub fn take_along_axis(x: &AnyArray, indices: &Array<i64>, axis: isize) -> Result<AnyArray> {
    let axis = normalize_axis(axis, x.ndim())?;
    if indices.ndim() != x.ndim() {
        return Err(Error::value("`indices` and `arr` must have the same number of dimensions"));
    }
    let mut items = Vec::with_capacity(x.ndim());
    for (a, &n) in x.shape().iter().enumerate() {
        if a == axis {
            items.push(Index::Take(indices.clone()));
            continue;
        }
        let mut shape = vec![1; x.ndim()];
        shape[a] = n;
        items.push(Index::Take(Array::from_vec((0..n as i64).collect(), &shape)?));
    }
    get(x, &items)
}
