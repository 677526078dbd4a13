//! Sums of products over chosen axes.

use super::matmul::matmul;
use crate::any::AnyArray;
use crate::dtype::Kind;
use crate::elementwise::{BinaryOp, UnaryOp, binary, unary};
use crate::error::{Error, Result};
use crate::layout::normalize_axes;
use crate::manipulate::{expand_dims, moveaxis, permute_dims, reshape, squeeze};

/// `Σ x y` over the axes `x_axes` of one and `y_axes` of the other, then the other axes of `x`, then
/// those of `y`. Errors: `Value` if the lengths of the axes differ.
pub fn tensordot(x: &AnyArray, y: &AnyArray, x_axes: &[isize], y_axes: &[isize]) -> Result<AnyArray> {
    let (x_axes, y_axes) = (normalize_axes(Some(x_axes), x.ndim())?, normalize_axes(Some(y_axes), y.ndim())?);
    let lengths = |a: &AnyArray, axes: &[usize]| axes.iter().map(|&i| a.shape()[i]).collect::<Vec<_>>();
    if lengths(x, &x_axes) != lengths(y, &y_axes) {
        return Err(Error::value("shape-mismatch for sum"));
    }
    let depth: usize = lengths(x, &x_axes).iter().product();
    let others =
        |a: &AnyArray, axes: &[usize]| (0..a.ndim()).filter(|i| !axes.contains(i)).collect::<Vec<_>>();
    let (x_kept, y_kept) = (others(x, &x_axes), others(y, &y_axes));
    let shape: Vec<isize> =
        lengths(x, &x_kept).into_iter().chain(lengths(y, &y_kept)).map(|n| n as isize).collect();
    let order = |a: &[usize], b: &[usize]| a.iter().chain(b).map(|&i| i as isize).collect::<Vec<_>>();
    let size = |lengths: Vec<usize>| lengths.iter().product::<usize>() as isize;
    let left = permute_dims(x, Some(&order(&x_kept, &x_axes)))?;
    let left = reshape(&left, &[size(lengths(x, &x_kept)), depth as isize])?;
    let right = permute_dims(y, Some(&order(&y_axes, &y_kept)))?;
    let right = reshape(&right, &[depth as isize, size(lengths(y, &y_kept))])?;
    reshape(&matmul(&left, &right)?, &shape)
}

/// `Σ conj(x) y` over an axis of both, the others broadcast.
/// Errors: `Value` if the shapes do not fit.
pub fn vecdot(x: &AnyArray, y: &AnyArray, axis: isize) -> Result<AnyArray> {
    if x.ndim() == 0 || y.ndim() == 0 {
        return Err(Error::value("vecdot: input operand does not have enough dimensions"));
    }
    let x = if x.dtype().kind() == Kind::Complex { unary(UnaryOp::Conj, x)? } else { x.clone() };
    let row = expand_dims(&moveaxis(&x, &[axis], &[-1])?, &[-2])?;
    let column = expand_dims(&moveaxis(y, &[axis], &[-1])?, &[-1])?;
    squeeze(&matmul(&row, &column)?, Some(&[-2, -1]))
}

/// `numpy.dot`: the product with a number, or the sum over the last axis of `x` and the last but one
/// of `y`. Errors: `Value` if their lengths differ.
pub fn dot(x: &AnyArray, y: &AnyArray) -> Result<AnyArray> {
    if x.ndim() == 0 || y.ndim() == 0 {
        return binary(BinaryOp::Multiply, x, y);
    }
    tensordot(x, y, &[-1], &[if y.ndim() == 1 { -1 } else { -2 }])
}

/// All products of an element of the vector `x` and one of `y`.
/// Errors: `Value` unless both have one dimension.
pub fn outer(x: &AnyArray, y: &AnyArray) -> Result<AnyArray> {
    if x.ndim() != 1 || y.ndim() != 1 {
        return Err(Error::value("outer: the arrays must have one dimension"));
    }
    binary(BinaryOp::Multiply, &expand_dims(x, &[1])?, y)
}
