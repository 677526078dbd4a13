//! Methods of arrays: the functions of the module with the array in front, and NumPy's names.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rust_numpy_core::elementwise::UnaryOp;
use rust_numpy_core::{Operand, manipulate};

use crate::array::ArrayObject;
use crate::convert::{Arg, DTypeArg, Ints, OrRaise};
use crate::{elementwise, functions, linalg, reductions, shapes, sorting};

/// `(2, 3)` and `((2, 3),)` alike, as NumPy's methods take them.
fn spread(arguments: &Bound<'_, PyTuple>) -> PyResult<Ints> {
    match arguments.len() {
        1 => arguments.get_item(0)?.extract(),
        _ => arguments.extract(),
    }
}

impl ArrayObject {
    fn arg(&self) -> Arg {
        Arg(Operand::Array(self.inner.clone()))
    }
}

#[pymethods]
impl ArrayObject {
    #[pyo3(signature = (dtype, *, copy = true))]
    fn astype(&self, py: Python<'_>, dtype: DTypeArg, copy: bool) -> PyResult<ArrayObject> {
        functions::astype(py, self.arg(), dtype, copy, None)
    }
    fn copy(&self) -> PyResult<ArrayObject> {
        Ok(self.inner.copy().or_raise()?.into())
    }
    #[pyo3(signature = (*shape))]
    fn reshape(&self, shape: &Bound<'_, PyTuple>) -> PyResult<ArrayObject> {
        shapes::reshape(self.arg(), spread(shape)?, None)
    }
    #[pyo3(signature = (*axes))]
    fn transpose(&self, axes: &Bound<'_, PyTuple>) -> PyResult<ArrayObject> {
        let none = axes.is_empty() || (axes.len() == 1 && axes.get_item(0)?.is_none());
        let order = if none { None } else { Some(spread(axes)?.0) };
        Ok(manipulate::permute_dims(&self.inner, order.as_deref()).or_raise()?.into())
    }
    fn swapaxes(&self, axis1: isize, axis2: isize) -> PyResult<ArrayObject> {
        shapes::swapaxes(self.arg(), axis1, axis2)
    }
    #[pyo3(signature = (axis = None))]
    fn squeeze(&self, axis: Option<Ints>) -> PyResult<ArrayObject> {
        shapes::squeeze(self.arg(), axis)
    }
    /// One dimension, without a copy where that is possible.
    fn ravel(&self) -> PyResult<ArrayObject> {
        Ok(manipulate::reshape(&self.inner, &[-1]).or_raise()?.into())
    }
    /// One dimension, always a copy.
    fn flatten(&self) -> PyResult<ArrayObject> {
        Ok(manipulate::reshape(&self.inner.copy().or_raise()?, &[-1]).or_raise()?.into())
    }
    #[pyo3(signature = (repeats, axis = None))]
    fn repeat(&self, py: Python<'_>, repeats: Arg, axis: Option<isize>) -> PyResult<ArrayObject> {
        shapes::repeat(py, self.arg(), repeats, axis)
    }
    #[pyo3(signature = (indices, axis = None))]
    fn take(&self, py: Python<'_>, indices: Arg, axis: Option<isize>) -> PyResult<ArrayObject> {
        shapes::take(py, self.arg(), indices, axis)
    }
    fn nonzero<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        shapes::nonzero(py, self.arg())
    }
    /// `value` everywhere.
    fn fill(&self, value: Arg) -> PyResult<()> {
        self.inner.assign(&value.array()?).or_raise()
    }
    #[pyo3(signature = (min = None, max = None))]
    fn clip(&self, py: Python<'_>, min: Option<Arg>, max: Option<Arg>) -> PyResult<ArrayObject> {
        elementwise::clip(py, self.arg(), min, max)
    }
    /// To the nearest integer, ties to even.
    #[pyo3(signature = (decimals = 0))]
    fn round(&self, py: Python<'_>, decimals: i32) -> PyResult<ArrayObject> {
        if decimals != 0 {
            return Err(PyTypeError::new_err("round is to integers only"));
        }
        elementwise::unary(py, UnaryOp::Round, &self.inner)
    }
    fn conj(&self, py: Python<'_>) -> PyResult<ArrayObject> {
        elementwise::unary(py, UnaryOp::Conj, &self.inner)
    }
    #[getter]
    fn real(&self, py: Python<'_>) -> PyResult<ArrayObject> {
        elementwise::unary(py, UnaryOp::Real, &self.inner)
    }
    #[getter]
    fn imag(&self, py: Python<'_>) -> PyResult<ArrayObject> {
        elementwise::unary(py, UnaryOp::Imag, &self.inner)
    }
    fn dot(&self, py: Python<'_>, b: Arg) -> PyResult<ArrayObject> {
        linalg::dot(py, self.arg(), b)
    }
    #[pyo3(signature = (axis = None, dtype = None, *, keepdims = false))]
    fn sum(
        &self,
        py: Python<'_>,
        axis: Option<Ints>,
        dtype: Option<DTypeArg>,
        keepdims: bool,
    ) -> PyResult<ArrayObject> {
        reductions::sum(py, self.arg(), axis, dtype, keepdims)
    }
    #[pyo3(signature = (axis = None, dtype = None, *, keepdims = false))]
    fn prod(
        &self,
        py: Python<'_>,
        axis: Option<Ints>,
        dtype: Option<DTypeArg>,
        keepdims: bool,
    ) -> PyResult<ArrayObject> {
        reductions::prod(py, self.arg(), axis, dtype, keepdims)
    }
    #[pyo3(signature = (axis = None, dtype = None, *, keepdims = false))]
    fn mean(
        &self,
        py: Python<'_>,
        axis: Option<Ints>,
        dtype: Option<DTypeArg>,
        keepdims: bool,
    ) -> PyResult<ArrayObject> {
        reductions::mean(py, self.arg(), axis, dtype, keepdims)
    }
    #[pyo3(signature = (axis = None, *, keepdims = false))]
    fn max(&self, py: Python<'_>, axis: Option<Ints>, keepdims: bool) -> PyResult<ArrayObject> {
        reductions::max(py, self.arg(), axis, keepdims)
    }
    #[pyo3(signature = (axis = None, *, keepdims = false))]
    fn min(&self, py: Python<'_>, axis: Option<Ints>, keepdims: bool) -> PyResult<ArrayObject> {
        reductions::min(py, self.arg(), axis, keepdims)
    }
    #[pyo3(signature = (axis = None, *, keepdims = false))]
    fn any(&self, py: Python<'_>, axis: Option<Ints>, keepdims: bool) -> PyResult<ArrayObject> {
        reductions::any(py, self.arg(), axis, keepdims)
    }
    #[pyo3(signature = (axis = None, *, keepdims = false))]
    fn all(&self, py: Python<'_>, axis: Option<Ints>, keepdims: bool) -> PyResult<ArrayObject> {
        reductions::all(py, self.arg(), axis, keepdims)
    }
    #[pyo3(signature = (axis = None, *, ddof = None, correction = None, keepdims = false))]
    fn var(
        &self,
        py: Python<'_>,
        axis: Option<Ints>,
        ddof: Option<f64>,
        correction: Option<f64>,
        keepdims: bool,
    ) -> PyResult<ArrayObject> {
        reductions::var(py, self.arg(), axis, correction, keepdims, ddof)
    }
    #[pyo3(signature = (axis = None, *, ddof = None, correction = None, keepdims = false))]
    fn std(
        &self,
        py: Python<'_>,
        axis: Option<Ints>,
        ddof: Option<f64>,
        correction: Option<f64>,
        keepdims: bool,
    ) -> PyResult<ArrayObject> {
        reductions::std(py, self.arg(), axis, correction, keepdims, ddof)
    }
    #[pyo3(signature = (axis = None, *, keepdims = false))]
    fn argmax(&self, py: Python<'_>, axis: Option<isize>, keepdims: bool) -> PyResult<ArrayObject> {
        reductions::argmax(py, self.arg(), axis, keepdims)
    }
    #[pyo3(signature = (axis = None, *, keepdims = false))]
    fn argmin(&self, py: Python<'_>, axis: Option<isize>, keepdims: bool) -> PyResult<ArrayObject> {
        reductions::argmin(py, self.arg(), axis, keepdims)
    }
    /// Sorts the elements along the axis in place, as NumPy's method does.
    #[pyo3(signature = (axis = -1))]
    fn sort(&self, py: Python<'_>, axis: isize) -> PyResult<()> {
        let sorted = sorting::sort(py, self.arg(), Some(axis), None, false, true)?;
        self.inner.assign(&sorted.inner).or_raise()
    }
    #[pyo3(signature = (axis = Some(-1)))]
    fn argsort(&self, py: Python<'_>, axis: Option<isize>) -> PyResult<ArrayObject> {
        sorting::argsort(py, self.arg(), axis, None, false, true)
    }
    #[pyo3(signature = (v, side = "left"))]
    fn searchsorted(&self, py: Python<'_>, v: Arg, side: &str) -> PyResult<ArrayObject> {
        sorting::searchsorted(py, self.arg(), v, side, None)
    }
    /// Running sums along the axis, or of the flat array.
    #[pyo3(signature = (axis = None, dtype = None))]
    fn cumsum(&self, py: Python<'_>, axis: Option<isize>, dtype: Option<DTypeArg>) -> PyResult<ArrayObject> {
        let this = if axis.is_none() { self.ravel()? } else { self.inner.clone().into() };
        reductions::cumulative_sum(py, this.arg(), axis.or(Some(0)), dtype, false)
    }
    /// Running products along the axis, or of the flat array.
    #[pyo3(signature = (axis = None, dtype = None))]
    fn cumprod(&self, py: Python<'_>, axis: Option<isize>, dtype: Option<DTypeArg>) -> PyResult<ArrayObject> {
        let this = if axis.is_none() { self.ravel()? } else { self.inner.clone().into() };
        reductions::cumulative_prod(py, this.arg(), axis.or(Some(0)), dtype, false)
    }
}
