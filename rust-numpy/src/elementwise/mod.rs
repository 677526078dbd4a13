//! Functions of one or two arrays, element by element, with NumPy's rules for dtypes.

mod compare;
mod complex;
mod exact;
mod inexact;
mod ops;
mod select;

pub use compare::{CompareOp, LogicalOp, TestOp, compare, logical, logical_not, test};
pub use ops::{BinaryOp, UnaryOp, binary, unary};
pub use select::{clip, where_};

use crate::element::Element;

/// The arithmetic of one element type, on slices of equal length. False, with nothing done, where
/// the type has no such operation.
pub trait Arithmetic: Element {
    /// `out[i] = op(x[i])`
    fn unary(op: UnaryOp, x: &[Self], out: &mut [Self]) -> bool;
    /// `out[i] = op(x[i], y[i])`
    fn binary(op: BinaryOp, x: &[Self], y: &[Self], out: &mut [Self]) -> bool;
}
