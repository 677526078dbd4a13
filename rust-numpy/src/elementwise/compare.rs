//! Functions that answer yes or no.

use crate::any::AnyArray;
use crate::array::Array;
use crate::dispatch;
use crate::dtype::{DType, Kind};
use crate::element::Element;
use crate::error::{Error, Result};

/// Comparisons of two arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say all there is to say
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl CompareOp {
    /// The comparison with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            CompareOp::Less => CompareOp::Greater,
            CompareOp::LessEqual => CompareOp::GreaterEqual,
            CompareOp::Greater => CompareOp::Less,
            CompareOp::GreaterEqual => CompareOp::LessEqual,
            same => same,
        }
    }
}

/// Logical connections of two arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say all there is to say
pub enum LogicalOp {
    And,
    Or,
    Xor,
}

/// Questions about single elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say all there is to say
pub enum TestOp {
    IsNan,
    IsInf,
    IsFinite,
    SignBit,
}

/// `op` of the elements of both, broadcast, in their common dtype. Comparisons with NaN are false,
/// except that it is unequal to everything. Errors: `Value` if the shapes do not broadcast.
pub fn compare(op: CompareOp, x: &AnyArray, y: &AnyArray) -> Result<Array<bool>> {
    // no common dtype is exact for uint64 and the signed integers
    let signed = |a: &AnyArray| a.dtype().kind() == Kind::Signed;
    if x.dtype() == DType::U64 && signed(y) {
        return compare_wide(op, x.typed()?, &y.to()?);
    }
    if y.dtype() == DType::U64 && signed(x) {
        return compare_wide(op.mirrored(), y.typed()?, &x.to()?);
    }
    let dtype = x.dtype().promote(y.dtype());
    let (x, y) = (x.astype(dtype)?, y.astype(dtype)?);
    dispatch!(&x, a => compare_typed(op, a, y.typed()?))
}

fn compare_typed<T: Comparable>(op: CompareOp, x: &Array<T>, y: &Array<T>) -> Result<Array<bool>> {
    fn zip<T: Copy>(x: &[T], y: &[T], out: &mut [bool], f: impl Fn(T, T) -> bool) {
        for ((o, &x), &y) in out.iter_mut().zip(x).zip(y) {
            *o = f(x, y);
        }
    }
    x.zip(y, |x, y, out| match op {
        CompareOp::Equal => zip(x, y, out, |a, b| a == b),
        CompareOp::NotEqual => zip(x, y, out, |a, b| a != b),
        CompareOp::Less => zip(x, y, out, T::less),
        CompareOp::Greater => zip(x, y, out, |a, b| b.less(a)),
        CompareOp::LessEqual => zip(x, y, out, T::less_equal),
        CompareOp::GreaterEqual => zip(x, y, out, |a, b| b.less_equal(a)),
    })
}

fn compare_wide(op: CompareOp, x: &Array<u64>, y: &Array<i64>) -> Result<Array<bool>> {
    x.zip(y, |x, y, out: &mut [bool]| {
        for ((o, &x), &y) in out.iter_mut().zip(x).zip(y) {
            let order = i128::from(x).cmp(&i128::from(y));
            *o = match op {
                CompareOp::Equal => order.is_eq(),
                CompareOp::NotEqual => order.is_ne(),
                CompareOp::Less => order.is_lt(),
                CompareOp::LessEqual => order.is_le(),
                CompareOp::Greater => order.is_gt(),
                CompareOp::GreaterEqual => order.is_ge(),
            };
        }
    })
}

/// Order as the comparison operators see it.
trait Comparable: Element {
    fn less(self, other: Self) -> bool;
    fn less_equal(self, other: Self) -> bool;
}

macro_rules! comparable {
    ($($t:ty),*) => {$(
        impl Comparable for $t {
            #[inline(always)]
            fn less(self, other: Self) -> bool {
                self < other
            }
            #[inline(always)]
            fn less_equal(self, other: Self) -> bool {
                self <= other
            }
        }
    )*};
}

#[allow(clippy::bool_comparison)]
mod plain {
    use super::*;
    comparable!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
}

impl<T> Comparable for crate::Complex<T>
where
    crate::Complex<T>: Element,
    T: PartialOrd + Copy,
{
    fn less(self, other: Self) -> bool {
        !self.is_nan() && !other.is_nan() && self.order(other).is_lt()
    }
    fn less_equal(self, other: Self) -> bool {
        !self.is_nan() && !other.is_nan() && self.order(other).is_le()
    }
}

/// Which elements are not zero.
fn truth(x: &AnyArray) -> Result<Array<bool>> {
    x.to::<bool>()
}

/// `op` of the truth of the elements of both. Errors: `Value` if the shapes do not broadcast.
pub fn logical(op: LogicalOp, x: &AnyArray, y: &AnyArray) -> Result<Array<bool>> {
    truth(x)?.zip(&truth(y)?, |x, y, out: &mut [bool]| {
        for ((o, &x), &y) in out.iter_mut().zip(x).zip(y) {
            *o = match op {
                LogicalOp::And => x & y,
                LogicalOp::Or => x | y,
                LogicalOp::Xor => x ^ y,
            };
        }
    })
}

/// Which elements are zero.
pub fn logical_not(x: &AnyArray) -> Result<Array<bool>> {
    truth(x)?.map(|x, out: &mut [bool]| {
        for (o, &x) in out.iter_mut().zip(x) {
            *o = !x;
        }
    })
}

/// `op` of every element. Errors: `Type` for the sign bit of complex numbers.
pub fn test(op: TestOp, x: &AnyArray) -> Result<Array<bool>> {
    fn apply<T: Element>(x: &Array<T>, f: impl Fn(T) -> bool) -> Result<Array<bool>> {
        x.map(|x, out: &mut [bool]| {
            for (o, &x) in out.iter_mut().zip(x) {
                *o = f(x);
            }
        })
    }
    match (x, op) {
        (AnyArray::F32(a), TestOp::IsNan) => apply(a, f32::is_nan),
        (AnyArray::F32(a), TestOp::IsInf) => apply(a, f32::is_infinite),
        (AnyArray::F32(a), TestOp::IsFinite) => apply(a, f32::is_finite),
        (AnyArray::F32(a), TestOp::SignBit) => apply(a, f32::is_sign_negative),
        (AnyArray::F64(a), TestOp::IsNan) => apply(a, f64::is_nan),
        (AnyArray::F64(a), TestOp::IsInf) => apply(a, f64::is_infinite),
        (AnyArray::F64(a), TestOp::IsFinite) => apply(a, f64::is_finite),
        (AnyArray::F64(a), TestOp::SignBit) => apply(a, f64::is_sign_negative),
        (AnyArray::C64(_) | AnyArray::C128(_), TestOp::SignBit) => {
            Err(Error::dtype("signbit is not supported for complex arrays"))
        }
        (AnyArray::C64(_) | AnyArray::C128(_), _) => apply(&x.to::<crate::Complex<f64>>()?, |z| match op {
            TestOp::IsNan => z.is_nan(),
            TestOp::IsInf => z.re.is_infinite() || z.im.is_infinite(),
            _ => z.re.is_finite() && z.im.is_finite(),
        }),
        (_, TestOp::IsFinite) => Array::full(x.shape(), true),
        (_, TestOp::IsNan | TestOp::IsInf) => Array::zeros(x.shape()),
        (_, TestOp::SignBit) => apply(&x.to::<i64>()?, |v| v < 0 && x.dtype().kind() == Kind::Signed),
    }
}
