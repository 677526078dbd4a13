//! Python objects to arrays, numbers, dtypes and axes, and errors to exceptions.

use std::sync::Arc;

use numpy::{Complex32, Complex64, PyArrayDescr, PyArrayDyn, PyUntypedArray, PyUntypedArrayMethods};
use numpy::{PyArrayDescrMethods, PyArrayMethods};
use pyo3::exceptions::{PyIndexError, PyMemoryError, PyOSError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyCapsule, PyComplex, PyFloat, PyInt, PyString};
use rust_numpy_core as core;
use rust_numpy_core::{AnyArray, Array, Buffer, Complex, DType, Element, Error, Operand, Scalar};

use crate::array::ArrayObject;

/// Turns this crate's errors into Python's.
pub trait OrRaise<T> {
    /// The value, or the exception of the error's kind.
    fn or_raise(self) -> PyResult<T>;
}

impl<T> OrRaise<T> for core::Result<T> {
    fn or_raise(self) -> PyResult<T> {
        self.map_err(|error| match error {
            Error::Value(m) => PyValueError::new_err(m),
            Error::Index(m) => PyIndexError::new_err(m),
            Error::Type(m) => PyTypeError::new_err(m),
            Error::Memory(m) => PyMemoryError::new_err(m),
            Error::Overflow(m) => PyOverflowError::new_err(m),
            Error::Io(m) => PyOSError::new_err(m),
        })
    }
}

/// Arrays with more elements than this are worked on without the interpreter lock.
const WORTH_RELEASING: usize = 1 << 13;

/// Runs `work` on arrays of about `size` elements and returns its result as an array.
pub fn run<A: Into<AnyArray>>(
    py: Python<'_>,
    size: usize,
    work: impl FnOnce() -> core::Result<A> + Send,
) -> PyResult<ArrayObject> {
    let work = || work().map(Into::into);
    let result = if size > WORTH_RELEASING { py.detach(work) } else { work() };
    Ok(ArrayObject { inner: result.or_raise()? })
}

/// The module `numpy`.
pub fn numpy_module(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static NUMPY: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    Ok(NUMPY.get_or_try_init(py, || py.import("numpy").map(Bound::unbind))?.bind(py))
}

/// An argument that may be an array, something NumPy makes an array of, or a Python number.
pub struct Arg(pub Operand);

impl<'py> FromPyObject<'_, 'py> for Arg {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = object.cast::<ArrayObject>() {
            return Ok(Arg(array.get().inner.clone().into()));
        }
        // exactly Python's own types: numpy.float64 is a float, but it is not weak
        if object.is_exact_instance_of::<PyFloat>() {
            return Ok(Arg(Scalar::Float(object.extract()?).into()));
        }
        if object.is_exact_instance_of::<PyBool>() {
            return Ok(Arg(Scalar::Bool(object.extract()?).into()));
        }
        if object.is_exact_instance_of::<PyInt>() {
            return Ok(Arg(Scalar::Int(object.extract()?).into()));
        }
        if object.is_exact_instance_of::<PyComplex>() {
            let real: f64 = object.getattr("real")?.extract()?;
            let imag: f64 = object.getattr("imag")?.extract()?;
            return Ok(Arg(Scalar::Complex(real, imag).into()));
        }
        if object.is_instance_of::<PyString>() || object.is_none() {
            let name = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!("cannot make an array of {name}")));
        }
        Ok(Arg(from_numpy(&object, None)?.into()))
    }
}

impl Arg {
    /// The array; a Python number as an array of its own default dtype.
    pub fn array(&self) -> PyResult<AnyArray> {
        self.0.to_array().or_raise()
    }
}

/// An array as an argument, from whatever can be made one.
pub fn array_of(object: &Bound<'_, PyAny>) -> PyResult<AnyArray> {
    object.extract::<Arg>()?.array()
}

/// Memory that a NumPy array owns.
struct NumpyBuffer<T> {
    /// Keeps the memory alive. Dropped wherever the last reader is.
    _owner: Py<PyAny>,
    start: *const T,
    len: usize,
}

// SAFETY: the memory is only read, and `Py` may be sent and dropped anywhere.
unsafe impl<T: Send> Send for NumpyBuffer<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for NumpyBuffer<T> {}

impl<T: Send + Sync> Buffer<T> for NumpyBuffer<T> {
    fn as_slice(&self) -> &[T] {
        // SAFETY: NumPy vouches for `len` aligned elements from `start` on as long as the owner
        // lives, and `is_frozen` has seen that no array may write to them.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

/// Whether nobody can write to the array: it is read-only, and so is whatever it is a view of.
fn is_frozen(array: &Bound<'_, PyAny>) -> PyResult<bool> {
    let mut at = array.clone();
    loop {
        if at.getattr("flags")?.getattr("writeable")?.extract()? {
            return Ok(false);
        }
        let base = at.getattr("base")?;
        if base.cast::<PyUntypedArray>().is_err() {
            // a DLPack capsule says nothing of who else writes to its memory
            if base.is_instance_of::<PyCapsule>() {
                return Ok(false);
            }
            return match base.getattr("readonly") {
                Ok(readonly) => readonly.extract(),
                Err(_) => Ok(true),
            };
        }
        at = base;
    }
}

/// The array of anything that NumPy makes an array of. Read-only arrays are shared, others copied;
/// `copy` says to do the one or the other (sharing a writable array is a ValueError).
pub fn from_numpy(object: &Bound<'_, PyAny>, copy: Option<bool>) -> PyResult<AnyArray> {
    let py = object.py();
    let numpy = numpy_module(py)?;
    let array = numpy.call_method1("asarray", (object,))?;
    let untyped = array.cast::<PyUntypedArray>()?;
    let shape = untyped.shape().to_vec();
    let descr = untyped.dtype();
    let dtype = dtype_from(descr.as_any())?;
    let share = copy != Some(true) && untyped.is_c_contiguous() && is_frozen(&array)?;
    if copy == Some(false) && !share {
        return Err(PyValueError::new_err(
            "only a C-contiguous array that is read-only, with its base, can be used without a copy",
        ));
    }
    let native: bool = descr.getattr("isnative")?.extract()?;
    let array = if native {
        numpy.call_method1("ascontiguousarray", (array,))?
    } else {
        numpy.call_method1("ascontiguousarray", (array, dtype.name()))?
    };
    macro_rules! import {
        ($($dtype:ident: $t:ty),*) => {
            match dtype {
                $(DType::$dtype => plain::<$t>(&array, &shape, share && native),)*
                DType::C64 => pairs::<f32>(&array.call_method1("view", ("float32",))?, &shape),
                DType::C128 => pairs::<f64>(&array.call_method1("view", ("float64",))?, &shape),
            }
        };
    }
    import!(Bool: bool, I8: i8, I16: i16, I32: i32, I64: i64, U8: u8, U16: u16, U32: u32, U64: u64,
        F32: f32, F64: f64)
}

fn plain<T: Element + numpy::Element>(
    array: &Bound<'_, PyAny>,
    shape: &[usize],
    share: bool,
) -> PyResult<AnyArray> {
    let typed = array.cast::<PyArrayDyn<T>>()?;
    let readonly = typed.try_readonly().map_err(|e| PyValueError::new_err(e.to_string()))?;
    let slice = readonly.as_slice().map_err(|e| PyValueError::new_err(e.to_string()))?;
    let result = if share {
        let buffer = NumpyBuffer { _owner: array.clone().unbind(), start: slice.as_ptr(), len: slice.len() };
        Array::from_buffer(Box::new(buffer), shape)
    } else {
        Array::from_vec(slice.to_vec(), shape)
    };
    Ok(result.or_raise()?.into())
}

fn pairs<T>(array: &Bound<'_, PyAny>, shape: &[usize]) -> PyResult<AnyArray>
where
    T: Element + numpy::Element,
    Complex<T>: Element,
{
    let typed = array.cast::<PyArrayDyn<T>>()?;
    let readonly = typed.try_readonly().map_err(|e| PyValueError::new_err(e.to_string()))?;
    let slice = readonly.as_slice().map_err(|e| PyValueError::new_err(e.to_string()))?;
    let complex = slice.as_chunks::<2>().0.iter().map(|&[re, im]| Complex::new(re, im)).collect();
    Ok(Array::from_vec(complex, shape).or_raise()?.into())
}

/// The dtype that `numpy.dtype(object)` is.
pub fn dtype_from(object: &Bound<'_, PyAny>) -> PyResult<DType> {
    let descr = PyArrayDescr::new(object.py(), object)?;
    let dtype = match (descr.kind(), descr.itemsize()) {
        (b'b', 1) => DType::Bool,
        (b'i', 1) => DType::I8,
        (b'i', 2) => DType::I16,
        (b'i', 4) => DType::I32,
        (b'i', 8) => DType::I64,
        (b'u', 1) => DType::U8,
        (b'u', 2) => DType::U16,
        (b'u', 4) => DType::U32,
        (b'u', 8) => DType::U64,
        (b'f', 4) => DType::F32,
        (b'f', 8) => DType::F64,
        (b'c', 8) => DType::C64,
        (b'c', 16) => DType::C128,
        _ => return Err(PyTypeError::new_err(format!("arrays of dtype {descr} are not supported"))),
    };
    Ok(dtype)
}

/// NumPy's object for the dtype.
pub fn dtype_object(py: Python<'_>, dtype: DType) -> Bound<'_, PyArrayDescr> {
    match dtype {
        DType::Bool => numpy::dtype::<bool>(py),
        DType::I8 => numpy::dtype::<i8>(py),
        DType::I16 => numpy::dtype::<i16>(py),
        DType::I32 => numpy::dtype::<i32>(py),
        DType::I64 => numpy::dtype::<i64>(py),
        DType::U8 => numpy::dtype::<u8>(py),
        DType::U16 => numpy::dtype::<u16>(py),
        DType::U32 => numpy::dtype::<u32>(py),
        DType::U64 => numpy::dtype::<u64>(py),
        DType::F32 => numpy::dtype::<f32>(py),
        DType::F64 => numpy::dtype::<f64>(py),
        DType::C64 => numpy::dtype::<Complex32>(py),
        DType::C128 => numpy::dtype::<Complex64>(py),
    }
}

/// A dtype argument.
pub struct DTypeArg(pub DType);

impl<'py> FromPyObject<'_, 'py> for DTypeArg {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(DTypeArg(dtype_from(&object)?))
    }
}

/// One integer or a sequence of them: an axis, a shape.
pub struct Ints(pub Vec<isize>);

impl<'py> FromPyObject<'_, 'py> for Ints {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<isize>() {
            Ok(one) => Ok(Ints(vec![one])),
            Err(_) => Ok(Ints(object.extract()?)),
        }
    }
}

impl Ints {
    /// The numbers as a shape. ValueError for a negative one.
    pub fn shape(&self) -> PyResult<Vec<usize>> {
        let length = |&n: &isize| usize::try_from(n);
        let lengths: Result<Vec<usize>, _> = self.0.iter().map(length).collect();
        lengths.map_err(|_| PyValueError::new_err("negative dimensions are not allowed"))
    }
}

/// A Python object for the number.
pub fn scalar_object(py: Python<'_>, scalar: Scalar) -> PyResult<Bound<'_, PyAny>> {
    Ok(match scalar {
        Scalar::Bool(v) => PyBool::new(py, v).to_owned().into_any(),
        Scalar::Int(v) => v.into_pyobject(py)?.into_any(),
        Scalar::Float(v) => PyFloat::new(py, v).into_any(),
        Scalar::Complex(re, im) => PyComplex::from_doubles(py, re, im).into_any(),
    })
}

/// What keeps exported memory alive.
pub type Keep = Arc<dyn std::any::Any + Send + Sync>;
