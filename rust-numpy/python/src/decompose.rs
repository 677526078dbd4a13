//! Matrices taken apart, in the submodule `linalg`. The package's Python half gives the results
//! their names and builds the other functions from these.

use pyo3::prelude::*;
use pyo3::types::PyModule;
use rust_numpy_core::{AnyArray, Error, Result, linalg};

use crate::array::ArrayObject;
use crate::convert::{Arg, OrRaise, numpy_module};

/// The results of `work`, computed without the interpreter lock. `numpy.linalg.LinAlgError`, which is
/// a ValueError, for matrices that cannot be taken apart.
fn parts<const N: usize>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<[AnyArray; N]> + Send,
) -> PyResult<[ArrayObject; N]> {
    match py.detach(work) {
        Err(Error::Value(message)) => {
            let error = numpy_module(py)?.getattr("linalg")?.getattr("LinAlgError")?.call1((message,))?;
            Err(PyErr::from_value(error))
        }
        other => Ok(other.or_raise()?.map(ArrayObject::from)),
    }
}

/// One array of results, computed as [`parts`] are.
fn whole(py: Python<'_>, work: impl FnOnce() -> Result<AnyArray> + Send) -> PyResult<ArrayObject> {
    let [result] = parts(py, || Ok([work()?]))?;
    Ok(result)
}

/// The inverses of the matrices in the last two axes.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn inv(py: Python<'_>, x: Arg) -> PyResult<ArrayObject> {
    let x = x.array()?;
    whole(py, || linalg::inv(&x))
}

/// The solution `y` of `x1 y = x2`. An `x2` of one dimension is a vector, else matrices.
#[pyfunction]
#[pyo3(signature = (x1, x2, /))]
fn solve(py: Python<'_>, x1: Arg, x2: Arg) -> PyResult<ArrayObject> {
    let (x1, x2) = (x1.array()?, x2.array()?);
    whole(py, || linalg::solve(&x1, &x2))
}

/// The lower triangle whose product with its adjoint is the matrix, or the upper one.
#[pyfunction]
#[pyo3(signature = (x, /, *, upper = false))]
fn cholesky(py: Python<'_>, x: Arg, upper: bool) -> PyResult<ArrayObject> {
    let x = x.array()?;
    whole(py, || linalg::cholesky(&x, upper))
}

/// The determinant, its sign and the logarithm of its size.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn _determinants(py: Python<'_>, x: Arg) -> PyResult<[ArrayObject; 3]> {
    let x = x.array()?;
    parts(py, || linalg::slogdet(&x))
}

/// An orthonormal matrix and an upper triangle.
#[pyfunction]
#[pyo3(signature = (x, /, *, complete))]
fn _qr(py: Python<'_>, x: Arg, complete: bool) -> PyResult<[ArrayObject; 2]> {
    let x = x.array()?;
    parts(py, || linalg::qr(&x, complete))
}

/// Left vectors, singular values, right vectors.
#[pyfunction]
#[pyo3(signature = (x, /, *, full))]
fn _svd(py: Python<'_>, x: Arg, full: bool) -> PyResult<[ArrayObject; 3]> {
    let x = x.array()?;
    parts(py, || linalg::svd(&x, full))
}

/// Eigenvalues and eigenvectors of symmetric or Hermitian matrices.
#[pyfunction]
#[pyo3(signature = (x, /, *, upper))]
fn _eigh(py: Python<'_>, x: Arg, upper: bool) -> PyResult<[ArrayObject; 2]> {
    let x = x.array()?;
    parts(py, || linalg::eigh(&x, upper))
}

/// Eigenvalues and eigenvectors, complex.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn _eig(py: Python<'_>, x: Arg) -> PyResult<[ArrayObject; 2]> {
    let x = x.array()?;
    parts(py, || linalg::eig(&x))
}

/// Puts the functions into the submodule.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(inv, m)?)?;
    m.add_function(wrap_pyfunction!(solve, m)?)?;
    m.add_function(wrap_pyfunction!(cholesky, m)?)?;
    m.add_function(wrap_pyfunction!(_determinants, m)?)?;
    m.add_function(wrap_pyfunction!(_qr, m)?)?;
    m.add_function(wrap_pyfunction!(_svd, m)?)?;
    m.add_function(wrap_pyfunction!(_eigh, m)?)?;
    m.add_function(wrap_pyfunction!(_eig, m)?)
}
