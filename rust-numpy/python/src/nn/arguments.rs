//! NumPy's arrays as the kernels' operands.

use numpy::{Element, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyReadwriteArrayDyn};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rust_numpy_core::nn::{Conv, ConvTranspose, Half, Linear, Norm, Weight};

use crate::convert::OrRaise;

/// An array that is read, its elements in one piece; a copy where the one given is scattered.
pub struct View<'py, T: Element>(PyReadonlyArrayDyn<'py, T>);

impl<'py, T: Element> FromPyObject<'_, 'py> for View<'py, T> {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let array = typed::<T>(&object)?;
        if array.is_c_contiguous() {
            return Ok(View(array.try_readonly()?));
        }
        let copied = object.call_method0("copy")?;
        Ok(View(typed::<T>(&copied)?.try_readonly()?))
    }
}

/// The array of this dtype that the object is.
fn typed<'a, 'py, T: Element>(object: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyArrayDyn<T>>> {
    object.cast::<PyArrayDyn<T>>().map_err(|_| {
        let wanted = T::get_dtype(object.py());
        let found = match object.cast::<PyUntypedArray>() {
            Ok(array) => format!("an array of {}", array.dtype()),
            Err(_) => object.get_type().to_string(),
        };
        PyTypeError::new_err(format!("expected a NumPy array of {wanted}, not {found}"))
    })
}

impl<T: Element> View<'_, T> {
    /// The elements, row after row.
    pub fn values(&self) -> PyResult<&[T]> {
        Ok(self.0.as_slice()?)
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    /// The lengths of `N` axes.
    pub fn axes<const N: usize>(&self, name: &str) -> PyResult<[usize; N]> {
        let shape = self.shape();
        shape
            .try_into()
            .map_err(|_| PyValueError::new_err(format!("{name} must have {N} axes, its shape is {shape:?}")))
    }
}

/// The shape `[..., width]` as rows and their width.
pub fn rows_of(shape: &[usize], name: &str) -> PyResult<(usize, usize)> {
    let Some((&width, before)) = shape.split_last() else {
        return Err(PyValueError::new_err(format!("{name} must have an axis")));
    };
    Ok((before.iter().product(), width))
}

/// An array that is written, its elements in one piece. Its owner keeps others from using it
/// meanwhile.
pub struct Target<'py>(PyReadwriteArrayDyn<'py, f32>);

impl<'py> FromPyObject<'_, 'py> for Target<'py> {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Target(typed::<f32>(&object)?.try_readwrite()?))
    }
}

impl Target<'_> {
    /// The lengths of `N` axes.
    pub fn axes<const N: usize>(&self, name: &str) -> PyResult<[usize; N]> {
        let shape = self.0.shape();
        shape
            .try_into()
            .map_err(|_| PyValueError::new_err(format!("{name} must have {N} axes, its shape is {shape:?}")))
    }

    /// The elements, row after row.
    pub fn values(&mut self) -> PyResult<&mut [f32]> {
        Ok(self.0.as_slice_mut()?)
    }
}

/// A weight `[outputs, inputs]`: an array of float32, or a tuple of the fields of a `Bf16Weight` (upper
/// halves as uint16) or of an `Int8Weight` or `Int16Weight` (values and the unit of each output).
pub enum WeightArg<'py> {
    F32(View<'py, f32>),
    Bf16(View<'py, u16>),
    Int8(View<'py, i8>, View<'py, f32>),
    Int16(View<'py, i16>, View<'py, f32>),
}

impl<'py> FromPyObject<'_, 'py> for WeightArg<'py> {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Ok(fields) = object.cast::<PyTuple>() else {
            return Ok(WeightArg::F32(object.extract()?));
        };
        if fields.len() == 1 {
            return Ok(WeightArg::Bf16(fields.get_item(0)?.extract()?));
        }
        let (values, units): (Bound<'py, PyAny>, _) = fields.extract()?;
        Ok(match values.cast::<PyArrayDyn<i16>>() {
            Ok(_) => WeightArg::Int16(values.extract()?, units),
            Err(_) => WeightArg::Int8(values.extract()?, units),
        })
    }
}

impl WeightArg<'_> {
    /// The kernels' view of it, and the lengths of its axes.
    fn weight<const N: usize>(&self, name: &str) -> PyResult<(Weight<'_>, [usize; N])> {
        Ok(match self {
            WeightArg::F32(w) => (Weight::F32(w.values()?), w.axes(name)?),
            WeightArg::Bf16(w) => (Weight::Bf16(w.values()?), w.axes(name)?),
            WeightArg::Int8(w, units) => {
                (Weight::Int8 { values: w.values()?, units: units.values()? }, w.axes(name)?)
            }
            WeightArg::Int16(w, units) => {
                (Weight::Int16 { values: w.values()?, units: units.values()? }, w.axes(name)?)
            }
        })
    }

    /// The linear map with this weight.
    pub fn linear<'a>(&'a self, bias: Option<&'a View<'_, f32>>) -> PyResult<Linear<'a>> {
        let (weight, [outputs, inputs]) = self.weight("a weight")?;
        let bias = bias.map(View::values).transpose()?;
        Linear::new(weight, bias, outputs, inputs).or_raise()
    }
}

/// A weight and a bias.
pub struct AffineArg<'py>(WeightArg<'py>, View<'py, f32>);

impl<'py> FromPyObject<'_, 'py> for AffineArg<'py> {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let (weight, bias) = object.extract()?;
        Ok(AffineArg(weight, bias))
    }
}

impl AffineArg<'_> {
    /// The linear map.
    pub fn linear(&self) -> PyResult<Linear<'_>> {
        self.0.linear(Some(&self.1))
    }
}

/// Weight and bias of a layer norm.
pub struct NormArg<'py>(View<'py, f32>, View<'py, f32>);

impl<'py> FromPyObject<'_, 'py> for NormArg<'py> {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let (weight, bias) = object.extract()?;
        Ok(NormArg(weight, bias))
    }
}

impl NormArg<'_> {
    /// The norm.
    pub fn norm(&self) -> PyResult<Norm<'_>> {
        Ok(Norm { weight: self.0.values()?, bias: self.1.values()? })
    }
}

/// Half a transformer layer: norm, two projections, scale.
pub struct HalfArg<'py> {
    norm: NormArg<'py>,
    first: WeightArg<'py>,
    second: WeightArg<'py>,
    scale: Option<View<'py, f32>>,
}

impl<'py> HalfArg<'py> {
    /// From its parts.
    pub fn new(
        norm: NormArg<'py>,
        first: WeightArg<'py>,
        second: WeightArg<'py>,
        scale: Option<View<'py, f32>>,
    ) -> Self {
        HalfArg { norm, first, second, scale }
    }

    /// The kernels' view of it.
    pub fn half(&self) -> PyResult<Half<'_>> {
        Ok(Half {
            norm: self.norm.norm()?,
            first: self.first.linear(None)?,
            second: self.second.linear(None)?,
            scale: self.scale.as_ref().map(View::values).transpose()?,
        })
    }
}

/// A whole layer, as `ptts_np.ops.Layer` is: both halves' parts.
pub struct LayerArg<'py>(pub HalfArg<'py>, pub HalfArg<'py>);

impl<'py> FromPyObject<'_, 'py> for LayerArg<'py> {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let (norm1, in_proj, out_proj, scale1, norm2, up, down, scale2) = object.extract()?;
        Ok(LayerArg(HalfArg::new(norm1, in_proj, out_proj, scale1), HalfArg::new(norm2, up, down, scale2)))
    }
}

/// Weight, of three axes, and bias of a convolution.
pub struct ConvArg<'py> {
    weight: WeightArg<'py>,
    bias: Option<View<'py, f32>>,
    /// Whether the weight's axes are in the order they lie in, and not in the one they came in.
    turned: bool,
}

/// The axes of a convolution's weights in the order that reads them once for few rows.
const BY_OUTPUTS: [usize; 3] = [2, 0, 1];
/// The same of a transposed convolution's weights.
const BY_TAPS: [usize; 3] = [1, 2, 0];

impl<'py> ConvArg<'py> {
    /// From its parts.
    pub fn new(weight: WeightArg<'py>, bias: Option<View<'py, f32>>) -> Self {
        ConvArg { weight, bias, turned: false }
    }

    /// From a weight and a bias; `up` says that it is a transposed convolution.
    pub fn extract(object: &Bound<'py, PyAny>, up: bool) -> PyResult<Self> {
        let (weight, bias): (Bound<'py, PyAny>, _) = object.extract()?;
        let order = if up { BY_TAPS } else { BY_OUTPUTS };
        let (weight, turned) = match weight.cast::<PyTuple>() {
            Ok(fields) => {
                let (values, units): (Bound<'py, PyAny>, Bound<'py, PyAny>) = fields.extract()?;
                let (values, turned) = in_order(values, order)?;
                ((values, units).into_pyobject(object.py())?.into_any(), turned)
            }
            Err(_) => in_order(weight, order)?,
        };
        Ok(ConvArg { weight: weight.extract()?, bias, turned })
    }

    /// The convolution.
    pub fn conv(&self) -> PyResult<Conv<'_>> {
        let bias = self.bias.as_ref().map(View::values).transpose()?;
        let (weight, shape) = self.weight.weight("a kernel")?;
        if self.turned {
            let [outputs, kernel, inputs] = shape;
            return Ok(Conv::new(weight, bias, [kernel, inputs, outputs]).or_raise()?.turned());
        }
        Conv::new(weight, bias, shape).or_raise()
    }

    /// The transposed convolution.
    pub fn transposed(&self) -> PyResult<ConvTranspose<'_>> {
        let bias = self.bias.as_ref().map(View::values).transpose()?;
        let (weight, shape) = self.weight.weight("a kernel")?;
        if self.turned {
            let [kernel, outputs, inputs] = shape;
            return Ok(ConvTranspose::new(weight, bias, [inputs, kernel, outputs]).or_raise()?.turned());
        }
        ConvTranspose::new(weight, bias, shape).or_raise()
    }
}

/// The array with its axes in this order and true, if it lies in that order only; else as it is.
fn in_order<'py>(array: Bound<'py, PyAny>, order: [usize; 3]) -> PyResult<(Bound<'py, PyAny>, bool)> {
    let scattered = |array: &Bound<'py, PyAny>| {
        array.cast::<PyUntypedArray>().is_ok_and(|array| array.ndim() == 3 && !array.is_c_contiguous())
    };
    if scattered(&array) {
        let turned = array.call_method1("transpose", (order,))?;
        if !scattered(&turned) {
            return Ok((turned, true));
        }
    }
    Ok((array, false))
}
