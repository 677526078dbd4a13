//! Arrays as NumPy sees them: the same memory, read-only.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use rust_numpy_core::{AnyArray, Array, Element, dispatch};

use crate::convert::{Keep, numpy_module};

/// A snapshot of an array's memory with NumPy's description of it. NumPy keeps this object as the
/// base of its array, and writes to our array go elsewhere as long as it does.
#[pyclass(frozen)]
pub struct Export {
    _keep: Keep,
    address: usize,
    typestr: String,
    shape: Vec<usize>,
    strides: Vec<isize>,
}

#[pymethods]
impl Export {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("version", 3)?;
        dict.set_item("typestr", &self.typestr)?;
        dict.set_item("shape", PyTuple::new(py, &self.shape)?)?;
        dict.set_item("strides", PyTuple::new(py, &self.strides)?)?;
        dict.set_item("data", (self.address, true))?;
        Ok(dict)
    }
}

fn export<T: Element>(array: &Array<T>) -> Export {
    let snapshot = array.snapshot();
    let layout = array.layout();
    let size = T::DTYPE.size();
    let first = if layout.size() == 0 { 0 } else { layout.offset };
    Export {
        address: snapshot[first..].as_ptr() as usize,
        typestr: T::DTYPE.typestr(),
        shape: layout.shape.clone(),
        strides: layout.strides.iter().map(|s| s * size as isize).collect(),
        _keep: snapshot,
    }
}

/// A read-only NumPy array of the same memory.
pub fn to_numpy<'py>(py: Python<'py>, array: &AnyArray) -> PyResult<Bound<'py, PyAny>> {
    let exported = dispatch!(array, a => export(a));
    numpy_module(py)?.call_method1("asarray", (exported,))
}
