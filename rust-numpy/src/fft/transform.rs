//! Transforms of arrays along an axis. They are computed in double precision and rounded to the
//! precision of the array.

use super::plan::C;
use super::{cache, half};
use crate::any::AnyArray;
use crate::array::Array;
use crate::dtype::DType;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::layout::{normalize_axis, size_of_shape};
use crate::manipulate::{axis_back, axis_last, roll};
use crate::storage::{reserve, zeros};

/// Where the factor `1/n` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// In the inverse transform.
    Backward,
    /// Half of it, `1/√n`, in either.
    Ortho,
    /// In the forward transform.
    Forward,
}

impl Norm {
    fn factor(self, n: usize, inverse: bool) -> f64 {
        match (self, inverse) {
            (Norm::Ortho, _) => 1.0 / (n as f64).sqrt(),
            (Norm::Backward, true) | (Norm::Forward, false) => 1.0 / n as f64,
            _ => 1.0,
        }
    }
}

fn checked_length(n: usize) -> Result<usize> {
    if n < 1 {
        return Err(Error::value(format!("Invalid number of FFT data points ({n}) specified.")));
    }
    size_of_shape(&[n])
}

/// The rows along the axis, each cut or filled with zeros to `n`, and the shape without the axis.
fn rows<T: Element>(x: &AnyArray, n: usize, axis: isize) -> Result<(Vec<T>, Vec<usize>)> {
    let moved = axis_last(&x.to::<T>()?, axis)?;
    let (&old, rest) = moved.shape().split_last().unwrap_or((&1, &[]));
    let count = size_of_shape(rest)?;
    size_of_shape(&[count, n])?;
    let data = moved.dense()?;
    let mut out = zeros::<T>(count * n)?;
    let used = old.min(n);
    for (row, from) in out.chunks_exact_mut(n).zip(data.chunks(old.max(1))) {
        row[..used].copy_from_slice(&from[..used]);
    }
    Ok((out, rest.to_vec()))
}

/// Transforms every row of `n` numbers.
fn transform(data: &mut [C], n: usize, inverse: bool, factor: f64) -> Result<()> {
    let plan = cache::plan(n)?;
    let mut scratch = zeros::<C>(n)?;
    for row in data.chunks_exact_mut(n) {
        if inverse {
            row.iter_mut().for_each(|v| *v = v.conj());
        }
        plan.forward(row, &mut scratch);
        for v in row {
            let im = if inverse { -v.im } else { v.im };
            *v = C::new(v.re * factor, im * factor);
        }
    }
    Ok(())
}

fn complex_result(
    data: Vec<C>,
    mut shape: Vec<usize>,
    n: usize,
    axis: isize,
    dtype: DType,
) -> Result<AnyArray> {
    shape.push(n);
    let array = axis_back(&Array::from_vec(data, &shape)?, axis)?;
    AnyArray::from(array).astype(dtype.to_complex())
}

fn length_of(x: &AnyArray, axis: isize) -> Result<usize> {
    Ok(x.shape()[normalize_axis(axis, x.ndim())?])
}

fn complex(x: &AnyArray, n: Option<usize>, axis: isize, norm: Norm, inverse: bool) -> Result<AnyArray> {
    let n = checked_length(n.map_or_else(|| length_of(x, axis), Ok)?)?;
    let (mut data, rest) = rows(x, n, axis)?;
    transform(&mut data, n, inverse, norm.factor(n, inverse))?;
    complex_result(data, rest, n, axis, x.dtype())
}

/// The transform along the axis, of `n` numbers (cut or filled with zeros) or as many as there are.
/// Errors: `Value` if there is no such axis or nothing to transform.
///
/// ```
/// use rust_numpy_core::{AnyArray, Array, Complex, fft::{Norm, fft}};
/// let x = AnyArray::from(Array::from_vec(vec![1.0, 0.0, 0.0], &[3]).unwrap());
/// let y = fft(&x, None, -1, Norm::Backward).unwrap();
/// assert_eq!(y.typed::<Complex<f64>>().unwrap().to_vec().unwrap(), [Complex::new(1.0, 0.0); 3]);
/// ```
pub fn fft(x: &AnyArray, n: Option<usize>, axis: isize, norm: Norm) -> Result<AnyArray> {
    complex(x, n, axis, norm, false)
}

/// The inverse of [`fft`]. Errors: `Value` if there is no such axis or nothing to transform.
pub fn ifft(x: &AnyArray, n: Option<usize>, axis: isize, norm: Norm) -> Result<AnyArray> {
    complex(x, n, axis, norm, true)
}

/// The first `n/2 + 1` numbers of the transform of real numbers; the others mirror them.
/// Errors: `Value` if there is no such axis or nothing to transform, `Type` for complex numbers.
pub fn rfft(x: &AnyArray, n: Option<usize>, axis: isize, norm: Norm) -> Result<AnyArray> {
    if x.dtype().to_real() != x.dtype() {
        return Err(Error::dtype("rfft is for real arrays"));
    }
    let n = checked_length(n.map_or_else(|| length_of(x, axis), Ok)?)?;
    let half = n / 2 + 1;
    if n.is_multiple_of(2) {
        let (data, rest) = rows::<f64>(x, n, axis)?;
        return complex_result(half::forward(&data, n, norm.factor(n, false))?, rest, half, axis, x.dtype());
    }
    let (mut data, rest) = rows(x, n, axis)?;
    transform(&mut data, n, false, norm.factor(n, false))?;
    let mut kept = reserve(data.len() / n * half)?;
    data.chunks_exact(n).for_each(|row| kept.extend_from_slice(&row[..half]));
    complex_result(kept, rest, half, axis, x.dtype())
}

/// The inverse of [`rfft`]: `n` real numbers, by default an even number of them.
/// Errors: `Value` if there is no such axis or nothing to transform.
pub fn irfft(x: &AnyArray, n: Option<usize>, axis: isize, norm: Norm) -> Result<AnyArray> {
    let n = match n {
        Some(n) => n,
        None => 2 * length_of(x, axis)?.saturating_sub(1),
    };
    let n = checked_length(n)?;
    let half = n / 2 + 1;
    let (spectrum, mut shape) = rows(x, half, axis)?;
    let mut data = zeros::<C>(spectrum.len() / half * n)?;
    for (row, from) in data.chunks_exact_mut(n).zip(spectrum.chunks_exact(half)) {
        row[..half].copy_from_slice(from);
        for k in 1..n - half + 1 {
            row[n - k] = from[k].conj();
        }
        // the numbers that are their own mirror images are real
        row[0].im = 0.0;
        if n.is_multiple_of(2) {
            row[n / 2].im = 0.0;
        }
    }
    transform(&mut data, n, true, norm.factor(n, true))?;
    let mut real = reserve::<f64>(data.len())?;
    real.extend(data.iter().map(|v| v.re));
    shape.push(n);
    let result = axis_back(&Array::from_vec(real, &shape)?, axis)?;
    AnyArray::from(result).astype(x.dtype().to_complex().to_real())
}

/// The frequencies of a transform of `n` numbers `spacing` apart, up to the middle only for `real`.
/// Errors: `Value`, `Memory` if there are too many.
pub fn fft_frequencies(n: usize, spacing: f64, real: bool) -> Result<Array<f64>> {
    let len = checked_length(n)?;
    let step = 1.0 / (len as f64 * spacing);
    let count = if real { len / 2 + 1 } else { len };
    let mut values = reserve(count)?;
    values.extend((0..count).map(|k| {
        let signed = if !real && k > (len - 1) / 2 { k as f64 - len as f64 } else { k as f64 };
        signed * step
    }));
    Array::from_vec(values, &[count])
}

/// Frequency zero moved to the middle of the axes, or back with `inverse`.
/// Errors: `Value` for axes that are not there.
pub fn shift(x: &AnyArray, axes: Option<&[isize]>, inverse: bool) -> Result<AnyArray> {
    let axes = crate::layout::normalize_axes(axes, x.ndim())?;
    let shifts: Vec<isize> = axes
        .iter()
        .map(|&axis| {
            let half = (x.shape()[axis] / 2) as isize;
            if inverse { -half } else { half }
        })
        .collect();
    let axes: Vec<isize> = axes.iter().map(|&axis| axis as isize).collect();
    if axes.is_empty() { x.copy() } else { roll(x, &shifts, Some(&axes)) }
}
