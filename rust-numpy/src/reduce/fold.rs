//! The walk that all reductions share.

use super::Axes;
use crate::array::Array;
use crate::element::Element;
use crate::error::Result;
use crate::layout::{Layout, c_strides, normalize_axes, size_of_shape};
use crate::plan::{Plan, run};
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

    let mut from = x.layout().clone();
    let mut to = Layout { shape: from.shape.clone(), strides: c_strides(&kept_shape), offset: 0 };
    for &axis in &reduced {
        to.strides[axis] = 0;
        if from.strides[axis] < 0 && from.shape[axis] > 0 {
            from.offset =
                from.offset.wrapping_add_signed((from.shape[axis] as isize - 1) * from.strides[axis]);
            from.strides[axis] = -from.strides[axis];
        }
    }
    let mut order: Vec<usize> = (0..x.ndim()).collect();
    order.sort_by_key(|&axis| std::cmp::Reverse(from.strides[axis].unsigned_abs()));

    let data = x.snapshot();
    let plan = Plan::ordered([&from, &to], &order);
    let [step, out_step] = plan.strides;
    let mut scratch = if step == 1 { Vec::new() } else { crate::storage::zeros(plan.len)? };
    plan.each(|[at, out_at]| {
        let row = run(&data, at, step, plan.len, &mut scratch);
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
    let shape = if axes.keepdims {
        kept_shape
    } else {
        (0..x.ndim()).filter(|axis| !reduced.contains(axis)).map(|axis| x.shape()[axis]).collect()
    };
    Array::from_vec(out, &shape)
}
