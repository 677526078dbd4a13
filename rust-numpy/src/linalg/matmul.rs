//! Matrix products over batches.

use super::product::Product;
use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::layout::{Layout, broadcast_shapes, display_shape, size_of_shape};
use crate::manipulate::{expand_dims, squeeze};
use crate::plan::Plan;
use crate::simd::Matrix;
use crate::storage::zeros;

/// `x @ y`: the products of the matrices in the last two axes, the axes before broadcast. A vector on
/// the left is a row, one on the right a column, and that axis is gone from the result.
/// Errors: `Value` if the shapes do not fit or one has no dimensions.
///
/// ```
/// use rust_numpy_core::{AnyArray, Array, linalg::matmul};
/// let a = AnyArray::from(Array::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]).unwrap());
/// let v = AnyArray::from(Array::from_vec(vec![1.0, 0.0, 2.0], &[3]).unwrap());
/// assert_eq!(matmul(&a, &v).unwrap().typed::<f64>().unwrap().to_vec().unwrap(), [7.0, 16.0]);
/// ```
pub fn matmul(x: &AnyArray, y: &AnyArray) -> Result<AnyArray> {
    if x.ndim() == 0 || y.ndim() == 0 {
        return Err(Error::value("matmul: input operand does not have enough dimensions"));
    }
    if x.ndim() == 1 {
        return squeeze(&matmul(&expand_dims(x, &[0])?, y)?, Some(&[if y.ndim() == 1 { 0 } else { -2 }]));
    }
    if y.ndim() == 1 {
        return squeeze(&matmul(x, &expand_dims(y, &[1])?)?, Some(&[-1]));
    }
    let dtype = x.dtype().promote(y.dtype());
    let result = match dtype {
        DType::F32 => AnyArray::from(batches::<f32>(&x.to()?, &y.to()?)?),
        DType::F64 => batches::<f64>(&x.to()?, &y.to()?)?.into(),
        DType::C64 => batches::<Complex<f32>>(&x.to()?, &y.to()?)?.into(),
        DType::C128 => batches::<Complex<f64>>(&x.to()?, &y.to()?)?.into(),
        // whatever the integers' width, products and sums modulo 2^64 have the right lower bits
        _ => batches::<i64>(&x.to()?, &y.to()?)?.into(),
    };
    result.astype(dtype)
}

/// The array itself if its matrices can be walked with the strides as they are, else a copy.
fn walkable<T: Product>(x: &Array<T>) -> Result<Array<T>> {
    let n = x.ndim();
    let plain = (n - 2..n).all(|axis| x.shape()[axis] < 2 || x.layout().strides[axis] > 0);
    // an axis of one element may have any stride, and the kernels look for 1
    let unit = (n - 2..n).any(|axis| x.layout().strides[axis] == 1);
    if plain && unit { Ok(x.clone()) } else { x.copy() }
}

fn batches<T: Product>(x: &Array<T>, y: &Array<T>) -> Result<Array<T>> {
    let (x, y) = (walkable(x)?, walkable(y)?);
    let (x_batch, x_matrix) = x.shape().split_at(x.ndim() - 2);
    let (y_batch, y_matrix) = y.shape().split_at(y.ndim() - 2);
    let (rows, depth, columns) = (x_matrix[0], x_matrix[1], y_matrix[1]);
    if depth != y_matrix[0] {
        let (a, b) = (display_shape(x.shape()), display_shape(y.shape()));
        return Err(Error::value(format!(
            "matmul: mismatch in the core dimension: {a} @ {b} (size {} is different from {depth})",
            y_matrix[0]
        )));
    }
    let batch = broadcast_shapes(&[x_batch, y_batch])?;
    let shape = [batch.as_slice(), &[rows, columns]].concat();
    let mut out = zeros(size_of_shape(&shape)?)?;
    if out.is_empty() || depth == 0 {
        return Array::from_vec(out, &shape);
    }

    let outer = |a: &Array<T>| -> Result<Layout> {
        let axes: Vec<usize> = (0..a.ndim() - 2).collect();
        a.layout().permute(&axes).broadcast_to(&batch)
    };
    let matrix = |a: &Array<T>| {
        let (n, l) = (a.ndim(), a.layout());
        let step = |axis: usize| if l.shape[axis] == 1 { 1 } else { l.strides[axis] as usize };
        ([l.shape[n - 2], l.shape[n - 1]], [step(n - 2), step(n - 1)])
    };
    let (x_outer, y_outer) = (outer(&x)?, outer(&y)?);
    let ((x_shape, x_strides), (y_shape, y_strides)) = (matrix(&x), matrix(&y));
    let (x_data, y_data) = (x.snapshot(), y.snapshot());
    let plan = Plan::new([&x_outer, &y_outer]);
    let [x_step, y_step] = plan.strides;
    let mut products = out.chunks_exact_mut(rows * columns);
    plan.each(|[x_at, y_at]| {
        for (i, c) in products.by_ref().take(plan.len).enumerate() {
            let x_at = x_at.wrapping_add_signed(i as isize * x_step);
            let y_at = y_at.wrapping_add_signed(i as isize * y_step);
            let a =
                Matrix { data: &x_data[x_at..], rows: x_shape[0], columns: x_shape[1], strides: x_strides };
            let b =
                Matrix { data: &y_data[y_at..], rows: y_shape[0], columns: y_shape[1], strides: y_strides };
            T::multiply(a, b, c);
        }
    });
    Array::from_vec(out, &shape)
}
