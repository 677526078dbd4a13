//! The walk that all reductions share.

use super::Axes;
use crate::array::Array;
use crate::element::Element;
use crate::error::Result;
use crate::layout::{Layout, c_strides, normalize_axes, size_of_shape};
use crate::plan::{Plan, copy_run, run};
use crate::storage::reserve;

/// How elements come together.
pub(super) trait Fold<T, A> {
    /// The value of no elements.
    fn start(&self) -> A;
    /// A value and a row of elements.
    fn row(&self, value: A, row: &[T]) -> A;
    /// A value and one more element.
    fn one(&self, value: A, element: T) -> A;
}

/// Folds over the axes in the order in which NumPy does, so that sums round the same way: along
/// memory, the axis with the smallest step innermost. If that axis is reduced, whole rows are folded
/// at once; if it stays, rows are added to rows.
pub(super) fn fold<T: Element, A: Element>(
    x: &Array<T>,
    axes: &Axes,
    by: impl Fold<T, A>,
) -> Result<Array<A>> {
    let reduced = normalize_axes(axes.axes.as_deref(), x.ndim())?;
    let mut kept_shape = x.shape().to_vec();
    for &axis in &reduced {
        kept_shape[axis] = 1;
    }
    let size = size_of_shape(&kept_shape)?;
    let mut out = reserve(size)?;
    out.resize(size, by.start());

    let from = x.layout();
    let mut to = Layout { shape: from.shape.clone(), strides: c_strides(&kept_shape), offset: 0 };
    for &axis in &reduced {
        to.strides[axis] = 0;
    }
    let data = x.snapshot();
    walk(&data, Plan::ordered([from, &to], &memory_order(from)), &mut out, &by)?;
    let shape = if axes.keepdims {
        kept_shape
    } else {
        (0..x.ndim()).filter(|axis| !reduced.contains(axis)).map(|axis| x.shape()[axis]).collect()
    };
    Array::from_vec(out, &shape)
}

/// Rows of more elements than this are not put together from shorter ones (NumPy's buffer size).
const LONGEST_JOINED: usize = 8192;

/// How many of the innermost axes make one row. Rows that do not lie in one piece are copied together
/// where that makes them more than twice as long: NumPy's rule for buffers, and since a row is summed
/// in pairs, the rounding depends on it.
fn row_axes(plan: &Plan<2>) -> usize {
    let (mut best, mut cost, mut size) = (1, f64::INFINITY, 1);
    for (i, (n, strides)) in plan.axes().enumerate() {
        size *= n;
        if strides[1] != 0 || (i > 0 && size > LONGEST_JOINED) {
            break;
        }
        let here = if i == 0 { 1.0 } else { 2.0 } / size as f64;
        if here <= cost {
            (best, cost) = (i + 1, here);
        }
    }
    best
}

/// Folds the elements that the plan visits first into those that it visits second.
fn walk<T: Element, A: Element>(
    data: &[T],
    plan: Plan<2>,
    out: &mut [A],
    by: &impl Fold<T, A>,
) -> Result<()> {
    let count = row_axes(&plan);
    if count > 1 {
        let (plan, inner) = plan.split(count);
        let mut row = crate::storage::reserve(LONGEST_JOINED)?;
        plan.each(|[at, out_at]| {
            row.clear();
            inner.each(|[inside, _]| {
                let start = row.len();
                row.resize(start + inner.len, T::default());
                copy_run(data, at.wrapping_add(inside), inner.strides[0], &mut row[start..]);
            });
            out[out_at] = by.row(out[out_at], &row);
        });
        return Ok(());
    }
    let [step, out_step] = plan.strides;
    let mut scratch = if step == 1 { Vec::new() } else { crate::storage::zeros(plan.len)? };
    plan.each(|[at, out_at]| {
        let row = run(data, at, step, plan.len, &mut scratch);
        if out_step == 0 || plan.len == 1 {
            out[out_at] = by.row(out[out_at], row);
        } else if out_step == 1 {
            for (o, &x) in out[out_at..out_at + plan.len].iter_mut().zip(row) {
                *o = by.one(*o, x);
            }
        } else {
            for (i, &x) in row.iter().enumerate() {
                let o = &mut out[out_at.wrapping_add_signed(i as isize * out_step)];
                *o = by.one(*o, x);
            }
        }
    });
    Ok(())
}

/// The axes from the largest step to the smallest. Axes whose step is zero, or that have but one
/// element, can be anywhere and stay beside the neighbours that they have: an insertion sort that
/// passes over them, which is what NumPy's iterator does.
fn memory_order(layout: &Layout) -> Vec<usize> {
    let step = |axis: usize| if layout.shape[axis] == 1 { 0 } else { layout.strides[axis].unsigned_abs() };
    // innermost first while sorting
    let mut order: Vec<usize> = (0..layout.ndim()).rev().collect();
    for i in 1..order.len() {
        let axis = order[i];
        let mut place = i;
        for j in (0..i).rev() {
            let other = order[j];
            if step(axis) == 0 || step(other) == 0 {
                continue;
            }
            if step(other) <= step(axis) {
                break;
            }
            place = j;
        }
        order[place..=i].rotate_right(1);
    }
    order.reverse();
    order
}
