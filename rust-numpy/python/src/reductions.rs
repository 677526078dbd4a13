//! Functions that take axes away, and running sums.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyModule;
use rust_numpy_core::reduce::{self, Axes, ReduceOp};
use rust_numpy_core::{AnyArray, DType, Result, manipulate};

use crate::array::ArrayObject;
use crate::convert::{Arg, DTypeArg, Ints, run};

fn axes(axis: Option<Ints>, keepdims: bool) -> Axes {
    Axes { axes: axis.map(|a| a.0), keepdims }
}

fn core_sum(x: &AnyArray, axes: &Axes, dtype: Option<DType>) -> Result<AnyArray> {
    reduce::reduce(ReduceOp::Sum, x, axes, dtype)
}

fn core_prod(x: &AnyArray, axes: &Axes, dtype: Option<DType>) -> Result<AnyArray> {
    reduce::reduce(ReduceOp::Prod, x, axes, dtype)
}

fn core_max(x: &AnyArray, axes: &Axes) -> Result<AnyArray> {
    reduce::reduce(ReduceOp::Max, x, axes, None)
}

fn core_min(x: &AnyArray, axes: &Axes) -> Result<AnyArray> {
    reduce::reduce(ReduceOp::Min, x, axes, None)
}

macro_rules! reductions {
    (typed { $($s:ident $s_op:expr;)* } plain { $($p:ident $p_function:expr;)* }) => {
        $(#[pyfunction]
        #[pyo3(signature = (x, /, axis = None, dtype = None, *, keepdims = false))]
        pub fn $s(
            py: Python<'_>,
            x: Arg,
            axis: Option<Ints>,
            dtype: Option<DTypeArg>,
            keepdims: bool,
        ) -> PyResult<ArrayObject> {
            let x = x.array()?;
            let (axes, dtype) = (axes(axis, keepdims), dtype.map(|d| d.0));
            run(py, x.size(), || $s_op(&x, &axes, dtype))
        })*
        $(#[pyfunction]
        #[pyo3(signature = (x, /, axis = None, *, keepdims = false))]
        pub fn $p(py: Python<'_>, x: Arg, axis: Option<Ints>, keepdims: bool) -> PyResult<ArrayObject> {
            let x = x.array()?;
            let axes = axes(axis, keepdims);
            run(py, x.size(), || $p_function(&x, &axes))
        })*
    };
}

reductions! {
    typed {
        sum core_sum;
        prod core_prod;
        mean reduce::mean;
    }
    plain {
        max core_max;
        min core_min;
        any reduce::any;
        all reduce::all;
        count_nonzero reduce::count_nonzero;
    }
}

/// `correction`, which NumPy calls `ddof`.
fn correction_of(correction: Option<f64>, ddof: Option<f64>) -> PyResult<f64> {
    match (correction, ddof) {
        (Some(_), Some(_)) => {
            Err(PyValueError::new_err("ddof and correction can't be provided simultaneously"))
        }
        (correction, ddof) => Ok(correction.or(ddof).unwrap_or(0.0)),
    }
}

macro_rules! spreads {
    ($($name:ident $function:expr;)*) => {$(
        #[pyfunction]
        #[pyo3(signature = (x, /, axis = None, *, correction = None, keepdims = false, ddof = None))]
        pub fn $name(
            py: Python<'_>,
            x: Arg,
            axis: Option<Ints>,
            correction: Option<f64>,
            keepdims: bool,
            ddof: Option<f64>,
        ) -> PyResult<ArrayObject> {
            let (x, correction) = (x.array()?, correction_of(correction, ddof)?);
            let axes = axes(axis, keepdims);
            run(py, x.size(), || $function(&x, &axes, correction))
        }
    )*};
}

spreads! {
    var reduce::var;
    std reduce::std;
}

/// Index of the first largest element.
#[pyfunction]
#[pyo3(signature = (x, /, axis = None, *, keepdims = false))]
pub fn argmax(py: Python<'_>, x: Arg, axis: Option<isize>, keepdims: bool) -> PyResult<ArrayObject> {
    let x = x.array()?;
    run(py, x.size(), || reduce::argmax(&x, axis, keepdims))
}

/// Index of the first smallest element.
#[pyfunction]
#[pyo3(signature = (x, /, axis = None, *, keepdims = false))]
pub fn argmin(py: Python<'_>, x: Arg, axis: Option<isize>, keepdims: bool) -> PyResult<ArrayObject> {
    let x = x.array()?;
    run(py, x.size(), || reduce::argmin(&x, axis, keepdims))
}

/// The axis given, or the only one there is.
fn only_axis(axis: Option<isize>, ndim: usize) -> PyResult<isize> {
    match axis {
        Some(axis) => Ok(axis),
        None if ndim == 1 => Ok(0),
        None => Err(PyValueError::new_err(
            "for arrays which have more than one dimension ``axis`` argument is required",
        )),
    }
}

macro_rules! cumulative {
    ($($name:ident $function:path;)*) => {$(
        #[pyfunction]
        #[pyo3(signature = (x, /, axis = None, dtype = None, *, include_initial = false))]
        pub fn $name(
            py: Python<'_>,
            x: Arg,
            axis: Option<isize>,
            dtype: Option<DTypeArg>,
            include_initial: bool,
        ) -> PyResult<ArrayObject> {
            let x = x.array()?;
            let (axis, dtype) = (only_axis(axis, x.ndim())?, dtype.map(|d| d.0));
            run(py, x.size(), || $function(&x, axis, dtype, include_initial))
        }
    )*};
}

cumulative! {
    cumulative_sum reduce::cumulative_sum;
    cumulative_prod reduce::cumulative_prod;
}

/// The differences of neighbours, `n` times over; first `prepend` and `append` are put around.
#[pyfunction]
#[pyo3(signature = (x, /, n = 1, axis = -1, prepend = None, append = None))]
fn diff(
    py: Python<'_>,
    x: Arg,
    n: usize,
    axis: isize,
    prepend: Option<Arg>,
    append: Option<Arg>,
) -> PyResult<ArrayObject> {
    let x = x.array()?;
    let around = |side: Option<Arg>| side.map(|s| s.array()).transpose();
    let (before, after) = (around(prepend)?, around(append)?);
    run(py, x.size(), || {
        let at = rust_numpy_core::normalize_axis(axis, x.ndim())?;
        // a number stands for a slice of length one
        let slice = |side: AnyArray| {
            if side.ndim() > 0 {
                return Ok(side);
            }
            let mut shape = x.shape().to_vec();
            shape[at] = 1;
            manipulate::broadcast_to(&side, &shape)
        };
        let parts = [before.map(slice).transpose()?, Some(x.clone()), after.map(slice).transpose()?];
        let parts: Vec<AnyArray> = parts.into_iter().flatten().collect();
        let whole = if parts.len() == 1 { x.clone() } else { manipulate::concat(&parts, Some(axis))? };
        reduce::diff(&whole, n, axis)
    })
}

/// Puts the functions into the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(sum, m)?)?;
    m.add_function(wrap_pyfunction!(prod, m)?)?;
    m.add_function(wrap_pyfunction!(mean, m)?)?;
    m.add_function(wrap_pyfunction!(max, m)?)?;
    m.add_function(wrap_pyfunction!(min, m)?)?;
    m.add_function(wrap_pyfunction!(any, m)?)?;
    m.add_function(wrap_pyfunction!(all, m)?)?;
    m.add_function(wrap_pyfunction!(count_nonzero, m)?)?;
    m.add_function(wrap_pyfunction!(var, m)?)?;
    m.add_function(wrap_pyfunction!(self::std, m)?)?;
    m.add_function(wrap_pyfunction!(argmax, m)?)?;
    m.add_function(wrap_pyfunction!(argmin, m)?)?;
    m.add_function(wrap_pyfunction!(cumulative_sum, m)?)?;
    m.add_function(wrap_pyfunction!(cumulative_prod, m)?)?;
    m.add_function(wrap_pyfunction!(diff, m)?)
}
