//! What stands in square brackets.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PyInt, PySlice, PyTuple};
use rust_numpy_core::index::Index;
use rust_numpy_core::{AnyArray, Array, DType};

use crate::convert::{OrRaise, array_of};

/// The items of an index.
pub fn items(key: &Bound<'_, PyAny>) -> PyResult<Vec<Index>> {
    match key.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().map(|item| one(&item)).collect(),
        Err(_) => Ok(vec![one(key)?]),
    }
}

fn bound(object: &Bound<'_, PyAny>) -> PyResult<Option<isize>> {
    if object.is_none() {
        return Ok(None);
    }
    // a bound outside of every array is as good as the farthest
    let value: i128 = object.extract()?;
    Ok(Some(value.clamp(isize::MIN as i128, isize::MAX as i128) as isize))
}

fn one(item: &Bound<'_, PyAny>) -> PyResult<Index> {
    if let Ok(slice) = item.cast::<PySlice>() {
        let part = |name: &str| bound(&slice.getattr(name)?);
        return Ok(Index::Slice(part("start")?, part("stop")?, part("step")?));
    }
    if item.is_exact_instance_of::<PyInt>() {
        return Ok(Index::At(item.extract().map_err(|_| PyIndexError::new_err("index out of bounds"))?));
    }
    if item.is_none() {
        return Ok(Index::NewAxis);
    }
    if item.is_instance_of::<PyEllipsis>() {
        return Ok(Index::Ellipsis);
    }
    if item.is_exact_instance_of::<PyBool>() {
        return Ok(Index::Mask(Array::scalar(item.extract()?)));
    }
    let array = match array_of(item) {
        Ok(array) => array,
        Err(_) => match item.extract() {
            Ok(index) => return Ok(Index::At(index)),
            Err(_) => {
                return Err(PyIndexError::new_err(
                    "only integers, slices (`:`), ellipsis (`...`), None and integer or boolean arrays are indices",
                ));
            }
        },
    };
    match &array {
        AnyArray::Bool(mask) => Ok(Index::Mask(mask.clone())),
        _ if array.dtype().is_integer() && array.ndim() == 0 => {
            Ok(Index::At(array.to::<i64>().or_raise()?.item().or_raise()? as isize))
        }
        _ if array.dtype().is_integer() => Ok(Index::Take(array.to().or_raise()?)),
        // an empty list is an array of floats to NumPy, yet a valid index
        _ if array.size() == 0 && array.dtype() == DType::F64 && !item.hasattr("dtype")? => {
            Ok(Index::Take(array.to().or_raise()?))
        }
        _ => Err(PyIndexError::new_err("arrays used as indices must be of integer (or boolean) type")),
    }
}
