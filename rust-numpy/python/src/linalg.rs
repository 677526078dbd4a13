//! Products of vectors and matrices, in the module and in `linalg`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyModule, PyTuple};
use rust_numpy_core::{AnyArray, linalg as products};

use crate::array::ArrayObject;
use crate::convert::{Arg, DTypeArg, Ints, run};
use crate::{decompose, shapes, submodule};

/// `x @ y`
pub fn matmul_of(py: Python<'_>, x: &AnyArray, y: &AnyArray) -> PyResult<ArrayObject> {
    let depth = x.shape().last().copied().unwrap_or(1);
    let columns = if y.ndim() > 1 { y.shape()[y.ndim() - 1] } else { 1 };
    let work = x.size().saturating_mul(columns).max(depth);
    run(py, work, || products::matmul(x, y))
}

/// The products of the matrices in the last two axes.
#[pyfunction]
#[pyo3(signature = (x1, x2, /))]
fn matmul(py: Python<'_>, x1: Arg, x2: Arg) -> PyResult<ArrayObject> {
    matmul_of(py, &x1.array()?, &x2.array()?)
}

/// `axes` of `tensordot`: how many of the last and first ones, or both lists.
fn axes_of(axes: &Bound<'_, PyAny>, ndim: usize) -> PyResult<(Vec<isize>, Vec<isize>)> {
    if let Ok(n) = axes.extract::<isize>() {
        let n = usize::try_from(n).map_err(|_| PyValueError::new_err("axes must not be negative"))?;
        let first = ndim.checked_sub(n).ok_or_else(|| PyValueError::new_err("shape-mismatch for sum"))?;
        return Ok(((first as isize..ndim as isize).collect(), (0..n as isize).collect()));
    }
    let (a, b): (Ints, Ints) = axes.extract()?;
    Ok((a.0, b.0))
}

/// Sums of products over chosen axes.
#[pyfunction]
#[pyo3(signature = (x1, x2, /, axes = None))]
fn tensordot(py: Python<'_>, x1: Arg, x2: Arg, axes: Option<&Bound<'_, PyAny>>) -> PyResult<ArrayObject> {
    let (x, y) = (x1.array()?, x2.array()?);
    let two = || (vec![x.ndim() as isize - 2, x.ndim() as isize - 1], vec![0, 1]);
    let (a, b) = axes.map_or_else(|| Ok(two()), |axes| axes_of(axes, x.ndim()))?;
    run(py, x.size().saturating_mul(y.size()), || products::tensordot(&x, &y, &a, &b))
}

/// `Σ conj(x1) x2` over an axis.
#[pyfunction]
#[pyo3(signature = (x1, x2, /, axis = -1))]
fn vecdot(py: Python<'_>, x1: Arg, x2: Arg, axis: isize) -> PyResult<ArrayObject> {
    let (x, y) = (x1.array()?, x2.array()?);
    run(py, x.size().max(y.size()), || products::vecdot(&x, &y, axis))
}

/// NumPy's product of numbers, vectors and matrices.
#[pyfunction]
#[pyo3(signature = (a, b, /))]
pub fn dot(py: Python<'_>, a: Arg, b: Arg) -> PyResult<ArrayObject> {
    let (x, y) = (a.array()?, b.array()?);
    run(py, x.size().saturating_mul(y.size()), || products::dot(&x, &y))
}

/// The full convolution of two vectors.
#[pyfunction]
#[pyo3(signature = (a, v, /))]
fn convolve(py: Python<'_>, a: Arg, v: Arg) -> PyResult<ArrayObject> {
    let (x, y) = (a.array()?, v.array()?);
    run(py, x.size().saturating_mul(y.size()), || products::convolve(&x, &y))
}

/// All products of an element of one vector and one of the other.
#[pyfunction]
#[pyo3(signature = (x1, x2, /))]
fn outer(py: Python<'_>, x1: Arg, x2: Arg) -> PyResult<ArrayObject> {
    let (x, y) = (x1.array()?, x2.array()?);
    run(py, x.size().saturating_mul(y.size()), || products::outer(&x, &y))
}

/// Sums of products, written with a letter for each axis.
#[pyfunction]
#[pyo3(signature = (subscripts, /, *operands))]
fn einsum(py: Python<'_>, subscripts: &str, operands: &Bound<'_, PyTuple>) -> PyResult<ArrayObject> {
    let arrays: Vec<AnyArray> =
        operands.iter().map(|o| o.extract::<Arg>()?.array()).collect::<PyResult<_>>()?;
    run(py, usize::MAX, || products::einsum(subscripts, &arrays))
}

/// A diagonal of the matrices in the last two axes.
#[pyfunction]
#[pyo3(signature = (x, /, *, offset = 0))]
fn diagonal(x: Arg, offset: isize) -> PyResult<ArrayObject> {
    Ok(shapes::diagonal_of(&x.array()?, offset, (-2, -1))?.into())
}

/// The sum of a diagonal of the matrices in the last two axes.
#[pyfunction]
#[pyo3(signature = (x, /, *, offset = 0, dtype = None))]
fn trace(py: Python<'_>, x: Arg, offset: isize, dtype: Option<DTypeArg>) -> PyResult<ArrayObject> {
    shapes::trace_of(py, &x.array()?, offset, dtype.map(|d| d.0))
}

/// The length of the vectors along the axes, in the norm `ord`: 0, a positive number or ±inf.
#[pyfunction]
#[pyo3(signature = (x, /, *, axis = None, keepdims = false, ord = 2.0))]
fn vector_norm(
    py: Python<'_>,
    x: Arg,
    axis: Option<Ints>,
    keepdims: bool,
    ord: f64,
) -> PyResult<ArrayObject> {
    let x = x.array()?;
    if x.dtype().is_exact() && x.dtype() == rust_numpy_core::DType::Bool {
        return Err(PyTypeError::new_err("vector_norm is for numbers"));
    }
    let axes = rust_numpy_core::reduce::Axes { axes: axis.map(|a| a.0), keepdims };
    run(py, x.size(), || products::vector_norm(&x, &axes, ord))
}

/// Puts the functions into the module and its submodule `linalg`.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let shared = |m: &Bound<'_, PyModule>| -> PyResult<()> {
        m.add_function(wrap_pyfunction!(matmul, m)?)?;
        m.add_function(wrap_pyfunction!(tensordot, m)?)?;
        m.add_function(wrap_pyfunction!(vecdot, m)?)
    };
    shared(m)?;
    m.add_function(wrap_pyfunction!(dot, m)?)?;
    m.add_function(wrap_pyfunction!(einsum, m)?)?;
    m.add_function(wrap_pyfunction!(convolve, m)?)?;
    submodule(m, "linalg", |m| {
        shared(m)?;
        m.add_function(wrap_pyfunction!(outer, m)?)?;
        m.add_function(wrap_pyfunction!(diagonal, m)?)?;
        m.add_function(wrap_pyfunction!(trace, m)?)?;
        m.add_function(wrap_pyfunction!(vector_norm, m)?)?;
        decompose::register(m)
    })
}
