//! The same elements in another shape or order.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyModule, PyTuple};
use rust_numpy_core::index;
use rust_numpy_core::manipulate::{self as shape_of, PadMode};
use rust_numpy_core::{AnyArray, DType, Operand, broadcast_shapes as common_shape};

use crate::array::ArrayObject;
use crate::convert::{Arg, Ints, OrRaise, array_of, run};

fn arrays_of(objects: Vec<Arg>) -> PyResult<Vec<AnyArray>> {
    objects.iter().map(Arg::array).collect()
}

/// Indices as int64. TypeError for floats.
pub fn indices_of(indices: &AnyArray) -> PyResult<rust_numpy_core::Array<i64>> {
    if !indices.dtype().is_integer() && indices.size() > 0 {
        return Err(PyTypeError::new_err("indices must be integers"));
    }
    indices.to::<i64>().or_raise()
}

/// The elements in another shape, one length of which may be -1.
#[pyfunction]
#[pyo3(signature = (x, /, shape, *, copy = None))]
pub fn reshape(x: Arg, shape: Ints, copy: Option<bool>) -> PyResult<ArrayObject> {
    let x = x.array()?;
    let x = if copy == Some(true) { x.copy().or_raise()? } else { x };
    let result = shape_of::reshape(&x, &shape.0).or_raise()?;
    let kept = x.size() == 0 || x.layout().reshape(result.shape()).is_some();
    if copy == Some(false) && !kept {
        return Err(PyValueError::new_err("Unable to avoid creating a copy while reshaping."));
    }
    Ok(result.into())
}

/// The axes in another order.
#[pyfunction]
#[pyo3(signature = (x, /, axes))]
fn permute_dims(x: Arg, axes: Ints) -> PyResult<ArrayObject> {
    Ok(shape_of::permute_dims(&x.array()?, Some(&axes.0)).or_raise()?.into())
}

/// The axes in another order, reversed by default.
#[pyfunction]
#[pyo3(signature = (x, /, axes = None))]
fn transpose(x: Arg, axes: Option<Ints>) -> PyResult<ArrayObject> {
    Ok(shape_of::permute_dims(&x.array()?, axes.as_ref().map(|a| a.0.as_slice())).or_raise()?.into())
}

/// The matrices in the last two axes transposed.
pub fn matrix_transpose_of(x: &AnyArray) -> PyResult<ArrayObject> {
    if x.ndim() < 2 {
        return Err(PyValueError::new_err("matrix transpose with ndim < 2 is undefined"));
    }
    Ok(shape_of::moveaxis(x, &[-1], &[-2]).or_raise()?.into())
}

#[pyfunction]
#[pyo3(signature = (x, /))]
fn matrix_transpose(x: Arg) -> PyResult<ArrayObject> {
    matrix_transpose_of(&x.array()?)
}

/// Each axis of `source` moved to the place in `destination`.
#[pyfunction]
#[pyo3(signature = (x, source, destination, /))]
fn moveaxis(x: Arg, source: Ints, destination: Ints) -> PyResult<ArrayObject> {
    Ok(shape_of::moveaxis(&x.array()?, &source.0, &destination.0).or_raise()?.into())
}

/// Two axes changed with each other.
#[pyfunction]
#[pyo3(signature = (x, axis1, axis2, /))]
pub fn swapaxes(x: Arg, axis1: isize, axis2: isize) -> PyResult<ArrayObject> {
    let x = x.array()?;
    let normal = |axis| rust_numpy_core::normalize_axis(axis, x.ndim()).or_raise();
    let mut order: Vec<isize> = (0..x.ndim() as isize).collect();
    order.swap(normal(axis1)?, normal(axis2)?);
    Ok(shape_of::permute_dims(&x, Some(&order)).or_raise()?.into())
}

/// New axes of length one.
#[pyfunction]
#[pyo3(signature = (x, /, axis = Ints(vec![0])), text_signature = "(x, /, axis=0)")]
fn expand_dims(x: Arg, axis: Ints) -> PyResult<ArrayObject> {
    Ok(shape_of::expand_dims(&x.array()?, &axis.0).or_raise()?.into())
}

/// Axes of length one, gone.
#[pyfunction]
#[pyo3(signature = (x, /, axis = None))]
pub fn squeeze(x: Arg, axis: Option<Ints>) -> PyResult<ArrayObject> {
    Ok(shape_of::squeeze(&x.array()?, axis.as_ref().map(|a| a.0.as_slice())).or_raise()?.into())
}

/// The axes backwards.
#[pyfunction]
#[pyo3(signature = (x, /, axis = None))]
fn flip(x: Arg, axis: Option<Ints>) -> PyResult<ArrayObject> {
    Ok(shape_of::flip(&x.array()?, axis.as_ref().map(|a| a.0.as_slice())).or_raise()?.into())
}

/// The array repeated to another shape, without a copy.
#[pyfunction]
#[pyo3(signature = (x, /, shape))]
fn broadcast_to(x: Arg, shape: Ints) -> PyResult<ArrayObject> {
    Ok(shape_of::broadcast_to(&x.array()?, &shape.shape()?).or_raise()?.into())
}

/// The arrays repeated to their common shape.
#[pyfunction]
#[pyo3(signature = (*arrays))]
fn broadcast_arrays(arrays: Vec<Arg>) -> PyResult<Vec<ArrayObject>> {
    let arrays = arrays_of(arrays)?;
    let shapes: Vec<&[usize]> = arrays.iter().map(AnyArray::shape).collect();
    let shape = common_shape(&shapes).or_raise()?;
    arrays.iter().map(|a| Ok(shape_of::broadcast_to(a, &shape).or_raise()?.into())).collect()
}

/// The shape that arrays of these shapes broadcast to.
#[pyfunction]
#[pyo3(signature = (*shapes))]
fn broadcast_shapes<'py>(py: Python<'py>, shapes: Vec<Ints>) -> PyResult<Bound<'py, PyTuple>> {
    let shapes: Vec<Vec<usize>> = shapes.iter().map(Ints::shape).collect::<PyResult<_>>()?;
    let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    PyTuple::new(py, common_shape(&shapes).or_raise()?)
}

/// The arrays one after the other along an axis.
#[pyfunction]
#[pyo3(signature = (arrays, /, axis = Some(0)))]
fn concat(py: Python<'_>, arrays: Vec<Arg>, axis: Option<isize>) -> PyResult<ArrayObject> {
    let arrays = arrays_of(arrays)?;
    let size = arrays.iter().map(AnyArray::size).sum();
    run(py, size, || shape_of::concat(&arrays, axis))
}

/// The arrays side by side along a new axis.
#[pyfunction]
#[pyo3(signature = (arrays, /, axis = 0))]
fn stack(py: Python<'_>, arrays: Vec<Arg>, axis: isize) -> PyResult<ArrayObject> {
    let arrays = arrays_of(arrays)?;
    let size = arrays.iter().map(AnyArray::size).sum();
    run(py, size, || shape_of::stack(&arrays, axis))
}

/// The slices along an axis.
#[pyfunction]
#[pyo3(signature = (x, /, axis = 0))]
fn unstack<'py>(py: Python<'py>, x: Arg, axis: isize) -> PyResult<Bound<'py, PyTuple>> {
    let parts = shape_of::unstack(&x.array()?, axis).or_raise()?;
    PyTuple::new(py, parts.into_iter().map(ArrayObject::from).collect::<Vec<_>>())
}

/// Every element as often as `repeats` says.
#[pyfunction]
#[pyo3(signature = (x, repeats, /, axis = None))]
pub fn repeat(py: Python<'_>, x: Arg, repeats: Arg, axis: Option<isize>) -> PyResult<ArrayObject> {
    let (x, counts) = (x.array()?, indices_of(&repeats.array()?)?);
    run(py, x.size(), || shape_of::repeat(&x, &counts, axis))
}

/// The array laid out `repetitions` times along each axis.
#[pyfunction]
#[pyo3(signature = (x, repetitions, /))]
fn tile(py: Python<'_>, x: Arg, repetitions: Ints) -> PyResult<ArrayObject> {
    let (x, repetitions) = (x.array()?, repetitions.shape()?);
    run(py, x.size(), || shape_of::tile(&x, &repetitions))
}

/// The elements moved along axes, those that leave at one end coming in at the other.
#[pyfunction]
#[pyo3(signature = (x, /, shift, axis = None))]
fn roll(py: Python<'_>, x: Arg, shift: Ints, axis: Option<Ints>) -> PyResult<ArrayObject> {
    let x = x.array()?;
    run(py, x.size(), || shape_of::roll(&x, &shift.0, axis.as_ref().map(|a| a.0.as_slice())))
}

/// The widths of `pad` for every axis: one number, one pair, or a pair for each axis.
fn pad_widths(widths: &Bound<'_, PyAny>, ndim: usize) -> PyResult<Vec<(usize, usize)>> {
    let widths = array_of(widths)?;
    if !widths.dtype().is_integer() {
        return Err(PyTypeError::new_err("`pad_width` must be of integral type."));
    }
    let spread = shape_of::broadcast_to(&widths, &[ndim, 2]).or_raise()?;
    let flat = spread.to::<i64>().or_raise()?.to_vec().or_raise()?;
    if flat.iter().any(|&n| n < 0) {
        return Err(PyValueError::new_err("index can't contain negative values"));
    }
    Ok(flat.as_chunks::<2>().0.iter().map(|&[a, b]| (a as usize, b as usize)).collect())
}

/// The array made larger at its edges, as `numpy.pad` does it.
#[pyfunction]
#[pyo3(signature = (x, pad_width, mode = "constant", *, constant_values = None))]
fn pad(
    py: Python<'_>,
    x: Arg,
    pad_width: &Bound<'_, PyAny>,
    mode: &str,
    constant_values: Option<Arg>,
) -> PyResult<ArrayObject> {
    let x = x.array()?;
    let widths = pad_widths(pad_width, x.ndim())?;
    let constant = match constant_values.map(|c| c.0) {
        None => rust_numpy_core::Scalar::Int(0),
        Some(Operand::Scalar(scalar)) => scalar,
        Some(Operand::Array(array)) => array.item().or_raise()?,
    };
    let mode = match mode {
        "constant" => PadMode::Constant(constant),
        "edge" => PadMode::Edge,
        "reflect" => PadMode::Reflect,
        "symmetric" => PadMode::Symmetric,
        "wrap" => PadMode::Wrap,
        _ => return Err(PyValueError::new_err(format!("mode {mode:?} is not supported"))),
    };
    run(py, x.size(), || shape_of::pad(&x, &widths, mode))
}

/// The elements at `indices` along an axis.
#[pyfunction]
#[pyo3(signature = (x, indices, /, axis = None))]
pub fn take(py: Python<'_>, x: Arg, indices: Arg, axis: Option<isize>) -> PyResult<ArrayObject> {
    let (x, indices) = (x.array()?, indices_of(&indices.array()?)?);
    let (x, axis) = match axis {
        Some(axis) => (x, axis),
        None => (shape_of::reshape(&x, &[-1]).or_raise()?, 0),
    };
    run(py, x.size(), || index::take(&x, &indices, axis))
}

/// For each index the element along the axis at which it says.
#[pyfunction]
#[pyo3(signature = (x, indices, /, axis = -1))]
fn take_along_axis(py: Python<'_>, x: Arg, indices: Arg, axis: isize) -> PyResult<ArrayObject> {
    let (x, indices) = (x.array()?, indices_of(&indices.array()?)?);
    run(py, x.size(), || index::take_along_axis(&x, &indices, axis))
}

/// The indices of the elements that are not zero.
#[pyfunction]
#[pyo3(signature = (x, /))]
pub fn nonzero<'py>(py: Python<'py>, x: Arg) -> PyResult<Bound<'py, PyTuple>> {
    let found = index::nonzero(&x.array()?).or_raise()?;
    PyTuple::new(py, found.into_iter().map(ArrayObject::from).collect::<Vec<_>>())
}

/// The `offset`th diagonal of the matrices in two axes.
pub fn diagonal_of(x: &AnyArray, offset: isize, axes: (isize, isize)) -> PyResult<AnyArray> {
    shape_of::diagonal(x, offset, axes.0, axes.1).or_raise()
}

/// The sum of the diagonal.
pub fn trace_of(py: Python<'_>, x: &AnyArray, offset: isize, dtype: Option<DType>) -> PyResult<ArrayObject> {
    let diagonal = diagonal_of(x, offset, (-2, -1))?;
    let axes = rust_numpy_core::reduce::Axes { axes: Some(vec![-1]), keepdims: false };
    run(py, diagonal.size(), || {
        rust_numpy_core::reduce::reduce(rust_numpy_core::reduce::ReduceOp::Sum, &diagonal, &axes, dtype)
    })
}

/// Puts the functions into the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(reshape, m)?)?;
    m.add_function(wrap_pyfunction!(permute_dims, m)?)?;
    m.add_function(wrap_pyfunction!(transpose, m)?)?;
    m.add_function(wrap_pyfunction!(matrix_transpose, m)?)?;
    m.add_function(wrap_pyfunction!(moveaxis, m)?)?;
    m.add_function(wrap_pyfunction!(swapaxes, m)?)?;
    m.add_function(wrap_pyfunction!(expand_dims, m)?)?;
    m.add_function(wrap_pyfunction!(squeeze, m)?)?;
    m.add_function(wrap_pyfunction!(flip, m)?)?;
    m.add_function(wrap_pyfunction!(broadcast_to, m)?)?;
    m.add_function(wrap_pyfunction!(broadcast_arrays, m)?)?;
    m.add_function(wrap_pyfunction!(broadcast_shapes, m)?)?;
    m.add_function(wrap_pyfunction!(concat, m)?)?;
    m.add_function(wrap_pyfunction!(stack, m)?)?;
    m.add_function(wrap_pyfunction!(unstack, m)?)?;
    m.add_function(wrap_pyfunction!(repeat, m)?)?;
    m.add_function(wrap_pyfunction!(tile, m)?)?;
    m.add_function(wrap_pyfunction!(roll, m)?)?;
    m.add_function(wrap_pyfunction!(pad, m)?)?;
    m.add_function(wrap_pyfunction!(take, m)?)?;
    m.add_function(wrap_pyfunction!(take_along_axis, m)?)?;
    m.add_function(wrap_pyfunction!(nonzero, m)?)
}
