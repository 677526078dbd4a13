//! Averages and spreads.

use super::{Axes, ReduceOp, reduce};
use crate::any::AnyArray;
use crate::array::Array;
use crate::dtype::{DType, Kind};
use crate::elementwise::{BinaryOp, UnaryOp, binary, unary};
use crate::error::Result;
use crate::layout::normalize_axes;
use crate::scalar::Scalar;

/// How many elements are folded into one.
fn folded(x: &AnyArray, axes: &Axes) -> Result<usize> {
    Ok(normalize_axes(axes.axes.as_deref(), x.ndim())?.iter().map(|&axis| x.shape()[axis]).product())
}

fn divided_by(x: &AnyArray, n: f64) -> Result<AnyArray> {
    let n = Array::scalar(n);
    let n = AnyArray::from(n).astype(x.dtype().to_real())?;
    binary(BinaryOp::Divide, x, &n)
}

/// `Σ x / n` along the axes; exact dtypes are averaged in float64. NaN for no elements.
/// Errors: `Value` for axes that are not there.
pub fn mean(x: &AnyArray, axes: &Axes, dtype: Option<DType>) -> Result<AnyArray> {
    let default = if x.dtype().is_exact() { DType::F64 } else { x.dtype() };
    let sum = reduce(ReduceOp::Sum, x, axes, Some(dtype.unwrap_or(default)))?;
    divided_by(&sum, folded(x, axes)? as f64)
}

/// `Σ |x - mean|² / (n - correction)` along the axes; exact dtypes are computed in float64.
/// Errors: `Value` for axes that are not there.
pub fn var(x: &AnyArray, axes: &Axes, correction: f64) -> Result<AnyArray> {
    let x = if x.dtype().is_exact() { x.astype(DType::F64)? } else { x.clone() };
    let wide = Axes { axes: axes.axes.clone(), keepdims: true };
    let mut distance = binary(BinaryOp::Subtract, &x, &mean(&x, &wide, None)?)?;
    if x.dtype().kind() == Kind::Complex {
        distance = unary(UnaryOp::Abs, &distance)?;
    }
    let squares = unary(UnaryOp::Square, &distance)?;
    let sum = reduce(ReduceOp::Sum, &squares, axes, None)?;
    divided_by(&sum, (folded(&x, axes)? as f64 - correction).max(0.0))
}

/// The square root of [`var`]. Errors: `Value` for axes that are not there.
pub fn std(x: &AnyArray, axes: &Axes, correction: f64) -> Result<AnyArray> {
    unary(UnaryOp::Sqrt, &var(x, axes, correction)?)
}

/// How many elements along the axes are not zero. Errors: `Value` for axes that are not there.
pub fn count_nonzero(x: &AnyArray, axes: &Axes) -> Result<AnyArray> {
    let truth: AnyArray = x.to::<bool>()?.into();
    reduce(ReduceOp::Sum, &truth, axes, Some(Scalar::Int(0).default_dtype()))
}
