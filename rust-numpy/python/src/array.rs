//! The class `Array`: attributes, operators and indexing. Methods named like functions are in
//! `methods`.

use numpy::PyArrayDescr;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use rust_numpy_core::elementwise::{BinaryOp, CompareOp, UnaryOp};
use rust_numpy_core::index::{Index, get, set};
use rust_numpy_core::{AnyArray, Operand, Scalar, dispatch, linalg, manipulate};

use crate::convert::{Arg, OrRaise, dtype_from, dtype_object, numpy_module, run, scalar_object};
use crate::elementwise::{binary, compare, unary};
use crate::{export, indexing};

/// An n-dimensional array. Slices are views: writing to one changes the other.
#[pyclass(name = "Array", module = "rust_numpy", frozen)]
pub struct ArrayObject {
    /// The array itself.
    pub inner: AnyArray,
}

impl From<AnyArray> for ArrayObject {
    fn from(inner: AnyArray) -> Self {
        ArrayObject { inner }
    }
}

impl ArrayObject {
    fn operand(&self) -> Operand {
        self.inner.clone().into()
    }

    /// `self op other`, or `NotImplemented` where the other is nothing to compute with.
    fn operate(&self, op: BinaryOp, other: &Bound<'_, PyAny>, swapped: bool) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let Some(other) = operand_of(other)? else { return Ok(py.NotImplemented()) };
        let result = if swapped {
            binary(py, op, &other, &self.operand())?
        } else {
            binary(py, op, &self.operand(), &other)?
        };
        Ok(Py::new(py, result)?.into_any())
    }

    /// `self op= other`: computed in the common dtype and written back if that loses no kind.
    fn update(&self, op: BinaryOp, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = other.py();
        let Some(other) = operand_of(other)? else {
            return Err(PyTypeError::new_err("unsupported operand for an in-place operation"));
        };
        let result = binary(py, op, &self.operand(), &other)?.inner;
        let (from, to) = (result.dtype(), self.inner.dtype());
        if !from.can_cast_same_kind(to) {
            let (from, to) = (from.name(), to.name());
            return Err(PyTypeError::new_err(format!(
                "cannot cast the result from {from} to {to} (same_kind)"
            )));
        }
        self.same_shape(&result)?;
        self.inner.assign(&result).or_raise()
    }

    fn same_shape(&self, result: &AnyArray) -> PyResult<()> {
        if result.shape() == self.inner.shape() {
            return Ok(());
        }
        Err(pyo3::exceptions::PyValueError::new_err(format!(
            "non-broadcastable output operand with shape {:?} doesn't match the broadcast shape {:?}",
            self.inner.shape(),
            result.shape()
        )))
    }

    fn item_scalar(&self) -> PyResult<Scalar> {
        self.inner
            .item()
            .map_err(|_| PyTypeError::new_err("only 0-dimensional arrays can be converted to Python scalars"))
    }
}

/// The other side of an operator, if it is one.
fn operand_of(object: &Bound<'_, PyAny>) -> PyResult<Option<Operand>> {
    match object.extract::<Arg>() {
        Ok(arg) => Ok(Some(arg.0)),
        Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

#[pymethods]
impl ArrayObject {
    /// No hash: arrays compare element by element.
    #[classattr]
    const __hash__: Option<Py<PyAny>> = None;

    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.inner.shape())
    }
    #[getter]
    fn ndim(&self) -> usize {
        self.inner.ndim()
    }
    #[getter]
    fn size(&self) -> usize {
        self.inner.size()
    }
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyArrayDescr> {
        dtype_object(py, self.inner.dtype())
    }
    #[getter]
    fn itemsize(&self) -> usize {
        self.inner.dtype().size()
    }
    #[getter]
    fn nbytes(&self) -> usize {
        self.inner.dtype().size() * self.inner.size()
    }
    /// Steps in bytes, as NumPy has them.
    #[getter]
    fn strides<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let size = self.inner.dtype().size() as isize;
        PyTuple::new(py, self.inner.layout().strides.iter().map(|s| s * size))
    }
    #[getter]
    fn device(&self) -> &'static str {
        "cpu"
    }
    #[getter(T)]
    fn transposed(&self) -> PyResult<ArrayObject> {
        Ok(manipulate::permute_dims(&self.inner, None).or_raise()?.into())
    }
    #[getter(mT)]
    fn matrix_transposed(&self) -> PyResult<ArrayObject> {
        crate::shapes::matrix_transpose_of(&self.inner)
    }

    /// The namespace of the array API standard: the module `rust_numpy`.
    #[pyo3(signature = (*, api_version = None))]
    fn __array_namespace__<'py>(
        &self,
        py: Python<'py>,
        api_version: Option<&str>,
    ) -> PyResult<Bound<'py, PyModule>> {
        let _ = api_version;
        py.import("rust_numpy")
    }
    /// A read-only NumPy array of the same memory: it keeps its values when this array changes.
    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let wanted = dtype.map(|d| dtype_from(&d)).transpose()?.unwrap_or(self.inner.dtype());
        if wanted != self.inner.dtype() && copy == Some(false) {
            return Err(pyo3::exceptions::PyValueError::new_err("converting to another dtype needs a copy"));
        }
        let array = export::to_numpy(py, &self.inner.astype(wanted).or_raise()?)?;
        if copy == Some(true) { array.call_method0("copy") } else { Ok(array) }
    }

    fn __len__(&self) -> PyResult<usize> {
        self.inner.shape().first().copied().ok_or_else(|| PyTypeError::new_err("len() of unsized object"))
    }
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.inner.ndim() == 0 {
            return Err(PyTypeError::new_err("iteration over a 0-d array"));
        }
        let parts = manipulate::unstack(&self.inner, 0).or_raise()?;
        let parts: Vec<ArrayObject> = parts.into_iter().map(ArrayObject::from).collect();
        Ok(PyList::new(py, parts)?.try_iter()?.into_any())
    }
    fn __bool__(&self) -> PyResult<bool> {
        if self.inner.size() != 1 {
            return Err(pyo3::exceptions::PyValueError::new_err(
                "The truth value of an array with other than one element is ambiguous. Use any or all",
            ));
        }
        self.inner.to::<bool>().or_raise()?.item().or_raise()
    }
    fn __int__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        scalar_object(py, self.item_scalar()?)?.call_method0("__int__")
    }
    fn __float__(&self, py: Python<'_>) -> PyResult<f64> {
        scalar_object(py, self.item_scalar()?)?.extract()
    }
    fn __complex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let number = scalar_object(py, self.item_scalar()?)?;
        py.get_type::<pyo3::types::PyComplex>().call1((number,))
    }
    fn __index__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if !self.inner.dtype().is_integer() || self.inner.ndim() > 0 {
            return Err(PyTypeError::new_err(
                "only integer scalar arrays can be converted to a scalar index",
            ));
        }
        scalar_object(py, self.item_scalar()?)
    }
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let text = numpy_module(py)?.call_method1("array_repr", (export::to_numpy(py, &self.inner)?,))?;
        Ok(text.extract::<String>()?.replacen("array(", "Array(", 1))
    }
    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        numpy_module(py)?.call_method1("array_str", (export::to_numpy(py, &self.inner)?,))?.extract()
    }
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let rebuild = py.import("rust_numpy")?.getattr("asarray")?;
        Ok((rebuild, (export::to_numpy(py, &self.inner)?.call_method0("copy")?,)))
    }
    fn __copy__(&self) -> PyResult<ArrayObject> {
        Ok(self.inner.copy().or_raise()?.into())
    }
    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> PyResult<ArrayObject> {
        Ok(self.inner.copy().or_raise()?.into())
    }

    fn __getitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<ArrayObject> {
        Ok(get(&self.inner, &indexing::items(key)?).or_raise()?.into())
    }
    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: Arg) -> PyResult<()> {
        let items = indexing::items(key)?;
        let value = match value.0 {
            Operand::Scalar(number) if number.promote(self.inner.dtype()) == self.inner.dtype() => {
                number.to_array(self.inner.dtype()).or_raise()?
            }
            other => other.to_array().or_raise()?,
        };
        set(&self.inner, &items, &value).or_raise()
    }
    fn __contains__(&self, py: Python<'_>, value: Arg) -> PyResult<bool> {
        let equal = compare(py, CompareOp::Equal, &self.operand(), &value.0)?.inner;
        Ok(dispatch!(&equal, a => a.to_vec().or_raise()?.into_iter().any(rust_numpy_core::Element::truth)))
    }

    fn __add__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Add, other, false)
    }
    fn __radd__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Add, other, true)
    }
    fn __iadd__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::Add, other)
    }
    fn __sub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Subtract, other, false)
    }
    fn __rsub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Subtract, other, true)
    }
    fn __isub__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::Subtract, other)
    }
    fn __mul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Multiply, other, false)
    }
    fn __rmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Multiply, other, true)
    }
    fn __imul__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::Multiply, other)
    }
    fn __truediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Divide, other, false)
    }
    fn __rtruediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Divide, other, true)
    }
    fn __itruediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::Divide, other)
    }
    fn __floordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::FloorDivide, other, false)
    }
    fn __rfloordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::FloorDivide, other, true)
    }
    fn __ifloordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::FloorDivide, other)
    }
    fn __mod__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Remainder, other, false)
    }
    fn __rmod__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Remainder, other, true)
    }
    fn __imod__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::Remainder, other)
    }
    fn __pow__(&self, other: &Bound<'_, PyAny>, _modulo: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Pow, other, false)
    }
    fn __rpow__(&self, other: &Bound<'_, PyAny>, _modulo: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Pow, other, true)
    }
    fn __ipow__(&self, other: &Bound<'_, PyAny>, _modulo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.update(BinaryOp::Pow, other)
    }
    fn __and__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::And, other, false)
    }
    fn __rand__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::And, other, true)
    }
    fn __iand__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::And, other)
    }
    fn __or__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Or, other, false)
    }
    fn __ror__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Or, other, true)
    }
    fn __ior__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::Or, other)
    }
    fn __xor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Xor, other, false)
    }
    fn __rxor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::Xor, other, true)
    }
    fn __ixor__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::Xor, other)
    }
    fn __lshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::ShiftLeft, other, false)
    }
    fn __rlshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::ShiftLeft, other, true)
    }
    fn __ilshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::ShiftLeft, other)
    }
    fn __rshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::ShiftRight, other, false)
    }
    fn __rrshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.operate(BinaryOp::ShiftRight, other, true)
    }
    fn __irshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.update(BinaryOp::ShiftRight, other)
    }
    fn __matmul__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let Some(other) = operand_of(other)? else { return Ok(py.NotImplemented()) };
        let result = crate::linalg::matmul_of(py, &self.inner, &other.to_array().or_raise()?)?;
        Ok(Py::new(py, result)?.into_any())
    }
    fn __rmatmul__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let Some(other) = operand_of(other)? else { return Ok(py.NotImplemented()) };
        let result = crate::linalg::matmul_of(py, &other.to_array().or_raise()?, &self.inner)?;
        Ok(Py::new(py, result)?.into_any())
    }
    fn __imatmul__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let other = other.extract::<Arg>()?.array()?;
        let this = self.inner.clone();
        let result = run(py, usize::MAX, || linalg::matmul(&this, &other))?.inner;
        self.same_shape(&result)?;
        self.inner.assign(&result).or_raise()
    }
    fn __neg__(&self, py: Python<'_>) -> PyResult<ArrayObject> {
        unary(py, UnaryOp::Negative, &self.inner)
    }
    fn __pos__(&self, py: Python<'_>) -> PyResult<ArrayObject> {
        unary(py, UnaryOp::Positive, &self.inner)
    }
    fn __abs__(&self, py: Python<'_>) -> PyResult<ArrayObject> {
        unary(py, UnaryOp::Abs, &self.inner)
    }
    fn __invert__(&self, py: Python<'_>) -> PyResult<ArrayObject> {
        unary(py, UnaryOp::Invert, &self.inner)
    }
    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: pyo3::basic::CompareOp) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let op = match op {
            pyo3::basic::CompareOp::Eq => CompareOp::Equal,
            pyo3::basic::CompareOp::Ne => CompareOp::NotEqual,
            pyo3::basic::CompareOp::Lt => CompareOp::Less,
            pyo3::basic::CompareOp::Le => CompareOp::LessEqual,
            pyo3::basic::CompareOp::Gt => CompareOp::Greater,
            pyo3::basic::CompareOp::Ge => CompareOp::GreaterEqual,
        };
        let Some(other) = operand_of(other)? else { return Ok(py.NotImplemented()) };
        Ok(Py::new(py, compare(py, op, &self.operand(), &other)?)?.into_any())
    }

    /// The element at the index, or the only one, as a Python number.
    #[pyo3(signature = (*index))]
    fn item<'py>(&self, py: Python<'py>, index: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        if index.is_empty() {
            return scalar_object(py, self.inner.item().or_raise()?);
        }
        let flat = if index.len() == 1 && self.inner.ndim() != 1 {
            manipulate::reshape(&self.inner, &[-1]).or_raise()?
        } else {
            self.inner.clone()
        };
        let items: Vec<Index> = indexing::items(index)?;
        let element = get(&flat, &items).or_raise()?;
        scalar_object(py, element.item().map_err(|e| PyIndexError::new_err(e.to_string()))?)
    }
    /// The elements as nested lists of Python numbers.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        export::to_numpy(py, &self.inner)?.call_method0("tolist")
    }
    /// The elements' bytes in order.
    fn tobytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        export::to_numpy(py, &self.inner)?.call_method0("tobytes")
    }
    #[pyo3(signature = (device, /, *, stream = None))]
    fn to_device(&self, device: &str, stream: Option<&Bound<'_, PyAny>>) -> PyResult<ArrayObject> {
        let _ = stream;
        crate::functions::check_device(Some(device))?;
        Ok(self.inner.clone().into())
    }
}
