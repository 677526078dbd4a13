//! Fourier transforms, in the submodule `fft`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyModule;
use rust_numpy_core::fft::{self as transforms, Norm};
use rust_numpy_core::{AnyArray, DType};

use crate::array::ArrayObject;
use crate::convert::{Arg, DTypeArg, Ints, run};
use crate::functions::check_device;
use crate::submodule;

fn norm_of(norm: Option<&str>) -> PyResult<Norm> {
    match norm {
        None | Some("backward") => Ok(Norm::Backward),
        Some("ortho") => Ok(Norm::Ortho),
        Some("forward") => Ok(Norm::Forward),
        Some(other) => Err(PyValueError::new_err(format!(
            "Invalid norm value {other:?}; should be \"backward\", \"ortho\" or \"forward\"."
        ))),
    }
}

fn length_of(n: Option<isize>) -> PyResult<Option<usize>> {
    let invalid =
        |n: isize| PyValueError::new_err(format!("Invalid number of FFT data points ({n}) specified."));
    n.map(|n| usize::try_from(n).map_err(|_| invalid(n))).transpose()
}

macro_rules! transforms {
    ($($name:ident)*) => {$(
        #[pyfunction]
        #[pyo3(signature = (x, /, n = None, axis = -1, norm = Some("backward")))]
        fn $name(py: Python<'_>, x: Arg, n: Option<isize>, axis: isize, norm: Option<&str>) -> PyResult<ArrayObject> {
            let (x, n, norm) = (x.array()?, length_of(n)?, norm_of(norm)?);
            run(py, usize::MAX, || transforms::$name(&x, n, axis, norm))
        }
    )*};
}

transforms! { fft ifft rfft irfft }

macro_rules! frequencies {
    ($($name:ident $real:literal)*) => {$(
        #[pyfunction]
        #[pyo3(signature = (n, /, d = 1.0, *, dtype = None, device = None))]
        fn $name(
            py: Python<'_>,
            n: usize,
            d: f64,
            dtype: Option<DTypeArg>,
            device: Option<&str>,
        ) -> PyResult<ArrayObject> {
            check_device(device)?;
            let dtype = dtype.map_or(DType::F64, |d| d.0);
            run(py, n, || AnyArray::from(transforms::fft_frequencies(n, d, $real)?).astype(dtype))
        }
    )*};
}

frequencies! { fftfreq false rfftfreq true }

macro_rules! shifts {
    ($($name:ident $inverse:literal)*) => {$(
        #[pyfunction]
        #[pyo3(signature = (x, /, axes = None))]
        fn $name(py: Python<'_>, x: Arg, axes: Option<Ints>) -> PyResult<ArrayObject> {
            let x = x.array()?;
            run(py, x.size(), || transforms::shift(&x, axes.as_ref().map(|a| a.0.as_slice()), $inverse))
        }
    )*};
}

shifts! { fftshift false ifftshift true }

/// Puts the functions into the submodule `fft`.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    submodule(m, "fft", |m| {
        m.add_function(wrap_pyfunction!(fft, m)?)?;
        m.add_function(wrap_pyfunction!(ifft, m)?)?;
        m.add_function(wrap_pyfunction!(rfft, m)?)?;
        m.add_function(wrap_pyfunction!(irfft, m)?)?;
        m.add_function(wrap_pyfunction!(fftfreq, m)?)?;
        m.add_function(wrap_pyfunction!(rfftfreq, m)?)?;
        m.add_function(wrap_pyfunction!(fftshift, m)?)?;
        m.add_function(wrap_pyfunction!(ifftshift, m)?)
    })
}
