//! Lengths of vectors.

use crate::any::AnyArray;
use crate::array::Array;
use crate::dtype::DType;
use crate::elementwise::{BinaryOp, UnaryOp, binary, unary};
use crate::error::Result;
use crate::reduce::{Axes, ReduceOp, count_nonzero, reduce};

/// The norm of order `ord` over the axes: `(Σ |x|ᵒʳᵈ)^(1/ord)`, the largest or smallest absolute
/// value for ±∞, and how many are not zero for 0. Integers are computed in float64.
/// Errors: `Value` for axes that are not there, or extremes of no elements.
pub fn vector_norm(x: &AnyArray, axes: &Axes, ord: f64) -> Result<AnyArray> {
    let x = if x.dtype().is_exact() { x.astype(DType::F64)? } else { x.clone() };
    let real = x.dtype().to_real();
    let lengths = unary(UnaryOp::Abs, &x)?;
    let number = |v: f64| AnyArray::from(Array::scalar(v)).astype(real);
    let sum = |x: &AnyArray| reduce(ReduceOp::Sum, x, axes, None);
    if ord == f64::INFINITY {
        reduce(ReduceOp::Max, &lengths, axes, None)
    } else if ord == f64::NEG_INFINITY {
        reduce(ReduceOp::Min, &lengths, axes, None)
    } else if ord == 0.0 {
        count_nonzero(&x, axes)?.astype(real)
    } else if ord == 1.0 {
        sum(&lengths)
    } else if ord == 2.0 {
        unary(UnaryOp::Sqrt, &sum(&unary(UnaryOp::Square, &lengths)?)?)
    } else {
        let powers = sum(&binary(BinaryOp::Pow, &lengths, &number(ord)?)?)?;
        binary(BinaryOp::Pow, &powers, &number(1.0 / ord)?)
    }
}
