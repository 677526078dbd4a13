//! Python's numbers and NEP 50: a Python number adapts to the array it meets.

use crate::any::AnyArray;
use crate::array::Array;
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};

/// A Python number. It is weak: beside an array it takes the array's dtype where its kind allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// `True` or `False`
    Bool(bool),
    /// An integer (Python's are unbounded; these reach beyond every dtype here).
    Int(i128),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
}

/// One side of an operation: an array or a Python number.
#[derive(Debug, Clone)]
pub enum Operand {
    /// An array, whose dtype counts.
    Array(AnyArray),
    /// A number, which adapts.
    Scalar(Scalar),
}

impl Scalar {
    /// The dtype where no array is there to adapt to.
    pub fn default_dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::Int(_) => DType::I64,
            Scalar::Float(_) => DType::F64,
            Scalar::Complex(..) => DType::C128,
        }
    }

    /// The dtype of an operation between this number and an array of `dtype` (NEP 50).
    pub fn promote(self, dtype: DType) -> DType {
        let kind = dtype.kind();
        match self {
            Scalar::Bool(_) => dtype,
            Scalar::Int(_) if kind == Kind::Bool => DType::I64,
            Scalar::Int(_) => dtype,
            Scalar::Float(_) if dtype.is_exact() => DType::F64,
            Scalar::Float(_) => dtype,
            Scalar::Complex(..) if dtype == DType::F32 => DType::C64,
            Scalar::Complex(..) if kind == Kind::Complex => dtype,
            Scalar::Complex(..) => DType::C128,
        }
    }

    /// Whether an integer dtype can hold this number; true for the inexact dtypes.
    pub fn fits(self, dtype: DType) -> bool {
        let Scalar::Int(value) = self else { return true };
        let bits = 8 * dtype.size() as u32;
        match dtype.kind() {
            Kind::Signed => (-(1i128 << (bits - 1))..1i128 << (bits - 1)).contains(&value),
            Kind::Unsigned => (0..1i128 << bits).contains(&value),
            _ => true,
        }
    }

    /// The number as an array of no dimensions. Errors: `Overflow` if an integer does not fit.
    pub fn to_array(self, dtype: DType) -> Result<AnyArray> {
        if !self.fits(dtype) {
            let Scalar::Int(value) = self else { unreachable!("only integers can fail to fit") };
            return Err(Error::Overflow(format!(
                "Python integer {value} out of bounds for {}",
                dtype.name()
            )));
        }
        let exact = match self {
            Scalar::Bool(v) => AnyArray::from(Array::scalar(v)),
            Scalar::Int(v) => match (i64::try_from(v), u64::try_from(v)) {
                (Ok(v), _) => Array::scalar(v).into(),
                (_, Ok(v)) => Array::scalar(v).into(),
                _ => Array::scalar(v as f64).into(),
            },
            Scalar::Float(v) => Array::scalar(v).into(),
            Scalar::Complex(re, im) => Array::scalar(crate::complex::Complex::new(re, im)).into(),
        };
        exact.astype(dtype)
    }
}

impl Operand {
    /// The array, or the number as an array of its own default dtype.
    pub fn to_array(&self) -> Result<AnyArray> {
        match self {
            Operand::Array(array) => Ok(array.clone()),
            Operand::Scalar(scalar) => scalar.to_array(scalar.default_dtype()),
        }
    }

    /// Both sides as arrays for a comparison, for which a Python integer may be too large for the
    /// other side's dtype.
    pub fn comparable(a: &Operand, b: &Operand) -> Result<(AnyArray, AnyArray)> {
        let natural = |scalar: &Scalar, dtype: DType| match scalar {
            s if s.fits(dtype) => Ok(None),
            s if s.fits(DType::I64) => s.to_array(DType::I64).map(Some),
            s if s.fits(DType::U64) => s.to_array(DType::U64).map(Some),
            s => s.to_array(DType::F64).map(Some),
        };
        let widened = match (a, b) {
            (Operand::Array(a), Operand::Scalar(s)) => natural(s, a.dtype())?.map(|s| (a.clone(), s)),
            (Operand::Scalar(s), Operand::Array(b)) => natural(s, b.dtype())?.map(|s| (s, b.clone())),
            _ => None,
        };
        widened.map_or_else(|| Self::pair(a, b), Ok)
    }

    /// Both sides as arrays, Python numbers adapted to the other side's dtype.
    pub fn pair(a: &Operand, b: &Operand) -> Result<(AnyArray, AnyArray)> {
        match (a, b) {
            (Operand::Array(a), Operand::Scalar(s)) => Ok((a.clone(), s.to_array(s.promote(a.dtype()))?)),
            (Operand::Scalar(s), Operand::Array(b)) => Ok((s.to_array(s.promote(b.dtype()))?, b.clone())),
            _ => Ok((a.to_array()?, b.to_array()?)),
        }
    }
}

impl From<AnyArray> for Operand {
    fn from(array: AnyArray) -> Self {
        Operand::Array(array)
    }
}

impl From<Scalar> for Operand {
    fn from(scalar: Scalar) -> Self {
        Operand::Scalar(scalar)
    }
}

/// The dtype that an operation on all of these would have (`numpy.result_type`).
/// Errors: `Value` for none at all.
pub fn result_type(dtypes: &[DType], scalars: &[Scalar]) -> Result<DType> {
    let start = dtypes.iter().copied().reduce(DType::promote);
    let mut scalars = scalars.iter();
    let start = match start {
        Some(dtype) => dtype,
        None => scalars
            .next()
            .map(|s| s.default_dtype())
            .ok_or_else(|| Error::value("at least one array or dtype is required"))?,
    };
    Ok(scalars.fold(start, |dtype, scalar| scalar.promote(dtype)))
}
