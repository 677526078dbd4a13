//! Arrays from nothing.

use crate::any::AnyArray;
use crate::array::Array;
use crate::dtype::{DType, Kind};
use crate::element::{Element, cast};
use crate::error::{Error, Result};
use crate::layout::{Layout, size_of_shape};
use crate::scalar::Scalar;
use crate::storage::reserve;
use crate::{dispatch, with_dtype};

/// Zeros. Errors: `Value`, `Memory` if the shape is too big.
pub fn zeros(shape: &[usize], dtype: DType) -> Result<AnyArray> {
    with_dtype!(dtype, T => Ok(Array::<T>::zeros(shape)?.into()))
}

/// Ones. Errors: `Value`, `Memory` if the shape is too big.
pub fn ones(shape: &[usize], dtype: DType) -> Result<AnyArray> {
    with_dtype!(dtype, T => Ok(Array::<T>::full(shape, T::ONE)?.into()))
}

/// `value` everywhere. Errors: `Value`, `Memory` if the shape is too big, `Overflow` if an integer
/// does not fit the dtype.
pub fn full(shape: &[usize], value: Scalar, dtype: DType) -> Result<AnyArray> {
    let value = value.to_array(dtype)?;
    dispatch!(&value, v => Ok(Array::full(shape, v.item()?)?.into()))
}

/// `start`, `start + step`, ... up to but without `stop`: `⌈(stop - start) / step⌉` numbers.
/// Errors: `Value` if the step is zero or the length not finite, `Type` for bool.
pub fn arange(start: Scalar, stop: Scalar, step: Scalar, dtype: DType) -> Result<AnyArray> {
    let float = |s: Scalar| match s {
        Scalar::Bool(v) => v as u8 as f64,
        Scalar::Int(v) => v as f64,
        Scalar::Float(v) | Scalar::Complex(v, _) => v,
    };
    let len = match (start, stop, step) {
        (_, _, Scalar::Int(0)) => return Err(Error::value("arange: the step must not be zero")),
        (Scalar::Int(a), Scalar::Int(b), Scalar::Int(s)) => {
            let whole = (b - a) / s + i128::from((b - a) % s != 0 && ((b > a) == (s > 0)));
            whole.max(0) as f64
        }
        _ => ((float(stop) - float(start)) / float(step)).ceil().max(0.0),
    };
    if !((float(stop) - float(start)) / float(step)).is_finite() || len > isize::MAX as f64 {
        return Err(Error::value("arange: cannot compute length, or maximum size exceeded"));
    }
    let len = size_of_shape(&[len as usize])?;
    let int = |s: Scalar| if let Scalar::Int(v) = s { v } else { float(s) as i128 };
    let second = match (start, step) {
        (Scalar::Int(a), Scalar::Int(s)) => a.saturating_add(s),
        _ => (float(start) + float(step)) as i128,
    };
    // NumPy stores the first two as Python integers, which must fit, and continues from them
    for value in [int(start), second].into_iter().take(len) {
        if dtype.is_integer() && !Scalar::Int(value).fits(dtype) {
            return Err(Error::Overflow(format!(
                "Python integer {value} out of bounds for {}",
                dtype.name()
            )));
        }
    }
    match dtype.kind() {
        Kind::Bool | Kind::Complex => Err(Error::dtype("arange is for integers and floats")),
        // NumPy fills from the difference of the first two, in the array's own type
        Kind::Float => with_dtype!(dtype, T => {
            let (first, second): (T, T) = (cast(float(start)), cast(float(start) + float(step)));
            let (first, delta): (f64, f64) = (cast(first), cast::<T, f64>(second) - cast::<T, f64>(first));
            let delta: T = cast(delta);
            ramp::<T>(len, |i| {
                let product: T = cast(i as f64 * cast::<T, f64>(delta));
                cast(first + cast::<T, f64>(product))
            })
        }),
        _ => {
            let first = int(start);
            with_dtype!(dtype, T => ramp::<T>(len, |i| cast((first + i as i128 * (second - first)) as i64)))
        }
    }
}

fn ramp<T: Element>(len: usize, value: impl Fn(usize) -> T) -> Result<AnyArray> {
    let mut vec = reserve(len)?;
    vec.extend((0..len).map(value));
    Ok(Array::from_vec(vec, &[len])?.into())
}

/// `count` numbers from `start` to `stop`, evenly spaced: `start + i (stop - start) / intervals`.
/// Integer dtypes round down. Errors: `Value`, `Memory` if there are too many.
pub fn linspace(start: f64, stop: f64, count: usize, endpoint: bool, dtype: DType) -> Result<AnyArray> {
    size_of_shape(&[count])?;
    let intervals = if endpoint { count as f64 - 1.0 } else { count as f64 };
    let delta = stop - start;
    let step = delta / intervals;
    let value = |i: usize| match i as f64 {
        _ if endpoint && i > 0 && i + 1 == count => stop,
        x if intervals <= 0.0 => x * delta + start,
        x if step == 0.0 => x / intervals * delta + start,
        x => x * step + start,
    };
    let floor = |x: f64| if dtype.is_integer() { x.floor() } else { x };
    with_dtype!(dtype, T => ramp::<T>(count, |i| cast(floor(value(i)))))
}

/// Ones at `[i, i + k]`, zeros elsewhere. Errors: `Value`, `Memory` if the shape is too big.
pub fn eye(rows: usize, columns: usize, k: isize, dtype: DType) -> Result<AnyArray> {
    size_of_shape(&[rows, columns])?;
    with_dtype!(dtype, T => {
        let mut vec = crate::storage::zeros::<T>(rows * columns)?;
        for i in 0..rows {
            let j = i as isize + k;
            if (0..columns as isize).contains(&j) {
                vec[i * columns + j as usize] = T::ONE;
            }
        }
        Ok(Array::from_vec(vec, &[rows, columns])?.into())
    })
}

/// The part of the matrices in `x` on and below (`lower`) or on and above the `k`th diagonal, zeros
/// elsewhere. Errors: `Value` for fewer than two dimensions.
pub fn triangle(x: &AnyArray, k: isize, lower: bool) -> Result<AnyArray> {
    fn part<T: Element>(x: &Array<T>, keep: impl Fn(usize, usize) -> bool) -> Result<AnyArray> {
        let columns = x.shape()[x.ndim() - 1];
        let rows = x.shape()[x.ndim() - 2];
        let mut vec = x.to_vec()?;
        for (r, row) in vec.chunks_mut(columns.max(1)).enumerate() {
            for (c, v) in row.iter_mut().enumerate() {
                if !keep(r % rows, c) {
                    *v = T::default();
                }
            }
        }
        Ok(Array::from_vec(vec, x.shape())?.into())
    }
    if x.ndim() < 2 {
        return Err(Error::value("tril and triu need at least two dimensions"));
    }
    let keep = |r: usize, c: usize| {
        let distance = (c as isize - r as isize).saturating_sub(k);
        if lower { distance <= 0 } else { distance >= 0 }
    };
    dispatch!(x, a => part(a, keep))
}

/// One array for each input, varying along its own axis only (`numpy.meshgrid`).
/// With `xy` the first two axes change places. Errors: `Value` unless all have one dimension.
pub fn meshgrid(inputs: &[AnyArray], xy: bool) -> Result<Vec<AnyArray>> {
    if inputs.iter().any(|x| x.ndim() > 1) {
        return Err(Error::value("meshgrid: the arrays must have one dimension"));
    }
    let swap = xy && inputs.len() > 1;
    let axis = |i: usize| if swap && i < 2 { 1 - i } else { i };
    let mut shape = vec![1; inputs.len()];
    for (i, x) in inputs.iter().enumerate() {
        shape[axis(i)] = x.size();
    }
    let spread = |(i, x): (usize, &AnyArray)| {
        let mut own = vec![1; inputs.len()];
        own[axis(i)] = x.size();
        let flat: Layout = x.layout().reshape(&own).unwrap_or_else(|| x.layout().clone());
        x.view(flat.broadcast_to(&shape)?).copy()
    };
    inputs.iter().enumerate().map(spread).collect()
}
