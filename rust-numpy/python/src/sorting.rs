//! Sorting, searching and sets.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};
use rust_numpy_core::{AnyArray, Operand, index, manipulate, sorting};

use crate::array::ArrayObject;
use crate::convert::{Arg, OrRaise, run};

/// The array and axis to sort: the flat array for `None`.
fn along(x: AnyArray, axis: Option<isize>) -> PyResult<(AnyArray, isize)> {
    match axis {
        Some(axis) => Ok((x, axis)),
        None => Ok((manipulate::reshape(&x, &[-1]).or_raise()?, 0)),
    }
}

/// The elements along the axis in order.
#[pyfunction]
#[pyo3(signature = (x, /, axis = Some(-1), kind = None, *, descending = false, stable = true))]
pub fn sort(
    py: Python<'_>,
    x: Arg,
    axis: Option<isize>,
    kind: Option<&str>,
    descending: bool,
    stable: bool,
) -> PyResult<ArrayObject> {
    let _ = (kind, stable); // it always is stable
    let (x, axis) = along(x.array()?, axis)?;
    run(py, x.size(), || sorting::sort(&x, axis, descending))
}

/// The indices that put the elements along the axis in order.
#[pyfunction]
#[pyo3(signature = (x, /, axis = Some(-1), kind = None, *, descending = false, stable = true))]
pub fn argsort(
    py: Python<'_>,
    x: Arg,
    axis: Option<isize>,
    kind: Option<&str>,
    descending: bool,
    stable: bool,
) -> PyResult<ArrayObject> {
    let _ = (kind, stable); // it always is stable
    let (x, axis) = along(x.array()?, axis)?;
    run(py, x.size(), || sorting::argsort(&x, axis, descending))
}

/// Where the values would have to be put into the sorted vector.
#[pyfunction]
#[pyo3(signature = (x1, x2, /, side = "left", sorter = None))]
pub fn searchsorted(
    py: Python<'_>,
    x1: Arg,
    x2: Arg,
    side: &str,
    sorter: Option<Arg>,
) -> PyResult<ArrayObject> {
    let right = match side {
        "left" => false,
        "right" => true,
        _ => {
            return Err(PyValueError::new_err(format!(
                "search side must be 'left' or 'right' (got {side:?})"
            )));
        }
    };
    let (x, values) = Operand::pair(&x1.0, &x2.0).or_raise()?;
    let x = match sorter {
        Some(order) => index::take(&x, &crate::shapes::indices_of(&order.array()?)?, 0).or_raise()?,
        None => x,
    };
    run(py, values.size(), || sorting::searchsorted(&x, &values, right))
}

/// The parts of `unique`, in order: values, indices, inverse, counts.
fn unique_parts(py: Python<'_>, x: &AnyArray, equal_nan: bool) -> PyResult<[ArrayObject; 4]> {
    let found = py.detach(|| sorting::unique(x, equal_nan)).or_raise()?;
    Ok([found.values, found.indices, found.inverse, found.counts].map(ArrayObject::from))
}

/// A named tuple of these parts, as the standard wants the results.
fn named<'py>(
    py: Python<'py>,
    name: &str,
    fields: &[&str],
    parts: Vec<ArrayObject>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = PyDict::new(py);
    options.set_item("module", "rust_numpy")?;
    let make =
        py.import("collections")?.getattr("namedtuple")?.call((name, fields.to_vec()), Some(&options))?;
    make.call_method1("_make", (parts,))
}

/// The different elements, in order; NaN never equals another.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn unique_values(py: Python<'_>, x: Arg) -> PyResult<ArrayObject> {
    let [values, ..] = unique_parts(py, &x.array()?, false)?;
    Ok(values)
}

/// The different elements, and how often each occurs.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn unique_counts<'py>(py: Python<'py>, x: Arg) -> PyResult<Bound<'py, PyAny>> {
    let [values, _, _, counts] = unique_parts(py, &x.array()?, false)?;
    named(py, "UniqueCountsResult", &["values", "counts"], vec![values, counts])
}

/// The different elements, and for each element of the array the place of its value.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn unique_inverse<'py>(py: Python<'py>, x: Arg) -> PyResult<Bound<'py, PyAny>> {
    let [values, _, inverse, _] = unique_parts(py, &x.array()?, false)?;
    named(py, "UniqueInverseResult", &["values", "inverse_indices"], vec![values, inverse])
}

/// The different elements, where each occurs first, the places of the values, and the counts.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn unique_all<'py>(py: Python<'py>, x: Arg) -> PyResult<Bound<'py, PyAny>> {
    let parts = unique_parts(py, &x.array()?, false)?;
    let fields = ["values", "indices", "inverse_indices", "counts"];
    named(py, "UniqueAllResult", &fields, parts.into())
}

/// The parts of `numpy.unique`: values, indices, inverse, counts.
#[pyfunction]
#[pyo3(signature = (x, /, *, equal_nan))]
fn _unique(py: Python<'_>, x: Arg, equal_nan: bool) -> PyResult<[ArrayObject; 4]> {
    unique_parts(py, &x.array()?, equal_nan)
}

/// How often each number from zero on occurs, or the sums of the weights at its places.
#[pyfunction]
#[pyo3(signature = (x, /, weights = None, minlength = 0))]
fn bincount(py: Python<'_>, x: Arg, weights: Option<Arg>, minlength: isize) -> PyResult<ArrayObject> {
    let least =
        usize::try_from(minlength).map_err(|_| PyValueError::new_err("'minlength' must not be negative"))?;
    let x = x.array()?;
    match weights {
        None => run(py, x.size(), || sorting::bincount(&x, least)),
        Some(weights) => {
            let weights = weights.array()?;
            run(py, x.size(), || sorting::bincount_weighted(&x, &weights, least))
        }
    }
}

/// Puts the functions into the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(sort, m)?)?;
    m.add_function(wrap_pyfunction!(argsort, m)?)?;
    m.add_function(wrap_pyfunction!(searchsorted, m)?)?;
    m.add_function(wrap_pyfunction!(unique_values, m)?)?;
    m.add_function(wrap_pyfunction!(unique_counts, m)?)?;
    m.add_function(wrap_pyfunction!(unique_inverse, m)?)?;
    m.add_function(wrap_pyfunction!(unique_all, m)?)?;
    m.add_function(wrap_pyfunction!(_unique, m)?)?;
    m.add_function(wrap_pyfunction!(bincount, m)?)
}
