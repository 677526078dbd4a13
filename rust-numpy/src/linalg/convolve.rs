//! Convolutions of vectors.

use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::dtype::DType;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::layout::size_of_shape;
use crate::storage::zeros;

/// The full convolution `Σ x[k] y[n - k]` in the common dtype: the lengths' sum less one.
/// Errors: `Value` for other than one dimension or an empty vector, `Memory`.
pub fn convolve(x: &AnyArray, y: &AnyArray) -> Result<AnyArray> {
    if x.ndim() != 1 || y.ndim() != 1 || x.size() == 0 || y.size() == 0 {
        return Err(Error::value("convolve takes two vectors that are not empty"));
    }
    let dtype = x.dtype().promote(y.dtype());
    let result = match dtype {
        DType::F32 => AnyArray::from(full::<f32>(&x.to()?, &y.to()?, |s, a, b| *s += a * b)?),
        DType::F64 => full::<f64>(&x.to()?, &y.to()?, |s, a, b| *s += a * b)?.into(),
        DType::C64 | DType::C128 => {
            full::<Complex<f64>>(&x.to()?, &y.to()?, |s, a, b| *s = *s + a * b)?.into()
        }
        // sums of products modulo 2^64 have the right lower bits, whatever the width
        _ => full::<i64>(&x.to()?, &y.to()?, |s, a, b| *s = s.wrapping_add(a.wrapping_mul(b)))?.into(),
    };
    result.astype(dtype)
}

fn full<T: Element>(x: &Array<T>, y: &Array<T>, add: impl Fn(&mut T, T, T)) -> Result<Array<T>> {
    let (x, y) = (x.dense()?, y.dense()?);
    let (long, short) = if x.len() >= y.len() { (&x, &y) } else { (&y, &x) };
    let n = size_of_shape(&[long.len() + short.len() - 1])?;
    let mut out = zeros::<T>(n)?;
    for (at, &factor) in short.iter().enumerate() {
        for (sum, &v) in out[at..].iter_mut().zip(long.iter()) {
            add(sum, v, factor);
        }
    }
    Array::from_vec(out, &[n])
}
