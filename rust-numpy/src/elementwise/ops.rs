//! Which dtype an operation is computed in, and calling it.

use super::Arithmetic;
use crate::any::AnyArray;
use crate::array::Array;
use crate::dispatch;
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};
use crate::simd::float::Math;

/// Functions of one array that return its dtype (or the float it becomes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say all there is to say
pub enum UnaryOp {
    Positive,
    Negative,
    Abs,
    Sign,
    Square,
    Invert,
    Floor,
    Ceil,
    Trunc,
    Round,
    Conj,
    Real,
    Imag,
    Sqrt,
    Reciprocal,
    Exp,
    Tanh,
    Math(Math),
}

/// Functions of two arrays that return their common dtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say all there is to say
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Pow,
    Maximum,
    Minimum,
    Atan2,
    Hypot,
    LogAddExp,
    CopySign,
    NextAfter,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

fn unsupported(op: impl std::fmt::Debug, dtype: DType) -> Error {
    Error::dtype(format!("{op:?} is not supported for arrays of {}", dtype.name()))
}

/// `op` of every element. Functions of real numbers turn integers into floats.
/// Errors: `Type` where the dtype has no such operation.
///
/// ```
/// use rust_numpy_core::{Array, AnyArray, DType, elementwise::{UnaryOp, unary}};
/// let x = AnyArray::from(Array::from_vec(vec![1i64, 4, 9], &[3]).unwrap());
/// assert_eq!(unary(UnaryOp::Sqrt, &x).unwrap().dtype(), DType::F64);
/// assert!(unary(UnaryOp::Invert, &x.astype(DType::F32).unwrap()).is_err());
/// ```
pub fn unary(op: UnaryOp, x: &AnyArray) -> Result<AnyArray> {
    use UnaryOp::*;
    let dtype = x.dtype();
    let is_bool = dtype == DType::Bool;
    match op {
        Negative if is_bool => {
            return Err(Error::dtype("the negative of a bool array is not supported, use ~ instead"));
        }
        Positive | Sign if is_bool => return Err(unsupported(op, dtype)),
        Floor | Ceil | Trunc | Round | Conj | Real if dtype.is_exact() => return x.copy(),
        _ => {}
    }
    let x = match op {
        Sqrt | Exp | Tanh | Math(_) => x.astype(dtype.to_float())?,
        Reciprocal if is_bool => x.astype(DType::I8)?,
        Square if is_bool => x.astype(DType::I8)?,
        _ => x.clone(),
    };
    match (&x, op) {
        (AnyArray::C64(c), Abs | Real | Imag) => complex_part(op, c),
        (AnyArray::C128(c), Abs | Real | Imag) => complex_part(op, c),
        _ => dispatch!(&x, a => apply_unary(op, a)),
    }
}

fn apply_unary<T: Arithmetic>(op: UnaryOp, x: &Array<T>) -> Result<AnyArray> {
    if !T::unary(op, &[], &mut []) {
        return Err(unsupported(op, T::DTYPE));
    }
    let result: Array<T> = x.map(|x, out: &mut [T]| {
        T::unary(op, x, out);
    })?;
    Ok(result.into())
}

/// Real functions of complex numbers.
fn complex_part<T: ComplexParts>(op: UnaryOp, x: &Array<T>) -> Result<AnyArray> {
    let result: Array<T::Part> = x.map(|x, out: &mut [T::Part]| {
        for (o, x) in out.iter_mut().zip(x) {
            *o = match op {
                UnaryOp::Abs => x.length(),
                UnaryOp::Imag => x.parts().1,
                _ => x.parts().0,
            };
        }
    })?;
    Ok(result.into())
}

/// A complex number taken apart.
trait ComplexParts: Arithmetic {
    type Part: crate::element::Element;
    fn parts(self) -> (Self::Part, Self::Part);
    fn length(self) -> Self::Part;
}

impl ComplexParts for crate::Complex<f32> {
    type Part = f32;
    fn parts(self) -> (f32, f32) {
        (self.re, self.im)
    }
    fn length(self) -> f32 {
        self.abs()
    }
}

impl ComplexParts for crate::Complex<f64> {
    type Part = f64;
    fn parts(self) -> (f64, f64) {
        (self.re, self.im)
    }
    fn length(self) -> f64 {
        self.abs()
    }
}

/// The dtype in which `op` computes.
fn computed_in(op: BinaryOp, common: DType) -> Result<DType> {
    use BinaryOp::*;
    let is_bool = common == DType::Bool;
    match op {
        Subtract if is_bool => {
            Err(Error::dtype("numpy boolean subtract is not supported, use the bitwise ^ operator instead"))
        }
        Divide if common.is_exact() => Ok(DType::F64),
        FloorDivide | Remainder | Pow | ShiftLeft | ShiftRight if is_bool => Ok(DType::I8),
        FloorDivide | Remainder if common.kind() == Kind::Complex => Err(unsupported(op, common)),
        Atan2 | Hypot | LogAddExp | CopySign | NextAfter => Ok(common.to_float()),
        _ => Ok(common),
    }
}

/// `op` of the elements of both, broadcast and in their common dtype; the quotient of integers is
/// float64. Errors: `Value` if the shapes do not broadcast or an integer power is negative, `Type`
/// where the dtype has no such operation.
pub fn binary(op: BinaryOp, x: &AnyArray, y: &AnyArray) -> Result<AnyArray> {
    let dtype = computed_in(op, x.dtype().promote(y.dtype()))?;
    let (x, y) = (x.astype(dtype)?, y.astype(dtype)?);
    if op == BinaryOp::Pow && dtype.kind() == Kind::Signed && x.size() > 0 && any_negative(&y)? {
        return Err(Error::value("Integers to negative integer powers are not allowed."));
    }
    dispatch!(&x, a => apply_binary(op, a, y.typed()?))
}

fn apply_binary<T: Arithmetic>(op: BinaryOp, x: &Array<T>, y: &Array<T>) -> Result<AnyArray> {
    if !T::binary(op, &[], &[], &mut []) {
        return Err(unsupported(op, T::DTYPE));
    }
    let result: Array<T> = x.zip(y, |x, y, out: &mut [T]| {
        T::binary(op, x, y, out);
    })?;
    Ok(result.into())
}

fn any_negative(x: &AnyArray) -> Result<bool> {
    Ok(x.to::<i64>()?.dense()?.iter().any(|&v| v < 0))
}
