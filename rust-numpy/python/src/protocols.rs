//! How others take arrays: NumPy's functions, Python's buffers, DLPack and text. What these do is
//! written in Python, in `rust_numpy/_protocols.py`.

use std::ffi::c_int;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use crate::array::ArrayObject;
use crate::convert::{OrRaise, scalar_object};
use crate::export;

fn protocols(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    Ok(MODULE.get_or_try_init(py, || py.import("rust_numpy._protocols").map(Bound::unbind))?.bind(py))
}

#[pymethods]
impl ArrayObject {
    /// NumPy's function, called with arrays of ours: our function of that name, else NumPy's.
    fn __array_function__<'py>(
        &self,
        py: Python<'py>,
        func: Bound<'py, PyAny>,
        types: Bound<'py, PyAny>,
        args: Bound<'py, PyTuple>,
        kwargs: Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = types;
        protocols(py)?.call_method1("array_function", (func, args, kwargs))
    }

    /// NumPy's universal function, called with arrays of ours.
    #[pyo3(signature = (ufunc, method, *inputs, **kwargs))]
    fn __array_ufunc__<'py>(
        &self,
        py: Python<'py>,
        ufunc: Bound<'py, PyAny>,
        method: Bound<'py, PyAny>,
        inputs: Bound<'py, PyTuple>,
        kwargs: Option<Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let kwargs = kwargs.unwrap_or_else(|| PyDict::new(py));
        protocols(py)?.call_method1("array_ufunc", (ufunc, method, inputs, kwargs))
    }

    /// A DLPack capsule of the same memory, read-only; a copy for consumers that cannot be told so.
    #[pyo3(signature = (*, stream = None, max_version = None, dl_device = None, copy = None))]
    fn __dlpack__<'py>(
        slf: Bound<'py, Self>,
        stream: Option<Bound<'py, PyAny>>,
        max_version: Option<Bound<'py, PyAny>>,
        dl_device: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let view = export::to_numpy(py, &slf.get().inner)?;
        protocols(py)?.call_method1("dlpack", (view, stream, max_version, dl_device, copy))
    }

    /// The CPU, as DLPack names it.
    fn __dlpack_device__(&self) -> (i32, i32) {
        (1, 0)
    }

    fn __format__<'py>(slf: &Bound<'py, Self>, spec: &str) -> PyResult<Bound<'py, PyAny>> {
        if spec.is_empty() {
            return Ok(slf.str()?.into_any());
        }
        if slf.get().inner.ndim() > 0 {
            return Err(PyTypeError::new_err(
                "only arrays without dimensions take a format; take an element, or use tolist()",
            ));
        }
        scalar_object(slf.py(), slf.get().inner.item().or_raise()?)?.call_method1("__format__", (spec,))
    }

    /// A read-only buffer of the same memory.
    ///
    /// # Safety
    /// `view` points to a buffer structure to be filled, as Python's interpreter calls this.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut pyo3::ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        let py = slf.py();
        let array = export::to_numpy(py, &slf.get().inner)?;
        // SAFETY: `view` is the interpreter's, and the array is alive. NumPy fills the structure
        // and becomes its owner, which keeps the memory alive until it is released.
        match unsafe { pyo3::ffi::PyObject_GetBuffer(array.as_ptr(), view, flags) } {
            0 => Ok(()),
            _ => Err(PyErr::fetch(py)),
        }
    }
}
