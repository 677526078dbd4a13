//! Making arrays and asking for their dtypes.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyModule, PyTuple};
use rust_numpy_core::{AnyArray, DType, Kind, Operand, Scalar, creation, result_type as common_type};

use crate::array::ArrayObject;
use crate::convert::{Arg, DTypeArg, Ints, OrRaise, dtype_from, dtype_object, from_numpy, run};

/// ValueError for a device that is not the CPU.
pub fn check_device(device: Option<&str>) -> PyResult<()> {
    match device {
        None | Some("cpu") => Ok(()),
        Some(other) => {
            Err(PyValueError::new_err(format!("unsupported device {other:?}: there is only \"cpu\"")))
        }
    }
}

fn dtype_or(dtype: Option<DTypeArg>, default: DType) -> DType {
    dtype.map_or(default, |d| d.0)
}

/// Zeros.
#[pyfunction]
#[pyo3(signature = (shape, dtype = None, *, device = None))]
fn zeros(shape: Ints, dtype: Option<DTypeArg>, device: Option<&str>) -> PyResult<ArrayObject> {
    check_device(device)?;
    Ok(creation::zeros(&shape.shape()?, dtype_or(dtype, DType::F64)).or_raise()?.into())
}

/// An array to be filled; here it begins with zeros.
#[pyfunction]
#[pyo3(signature = (shape, dtype = None, *, device = None))]
fn empty(shape: Ints, dtype: Option<DTypeArg>, device: Option<&str>) -> PyResult<ArrayObject> {
    zeros(shape, dtype, device)
}

/// Ones.
#[pyfunction]
#[pyo3(signature = (shape, dtype = None, *, device = None))]
fn ones(shape: Ints, dtype: Option<DTypeArg>, device: Option<&str>) -> PyResult<ArrayObject> {
    check_device(device)?;
    Ok(creation::ones(&shape.shape()?, dtype_or(dtype, DType::F64)).or_raise()?.into())
}

/// `fill_value` everywhere.
#[pyfunction]
#[pyo3(signature = (shape, fill_value, dtype = None, *, device = None))]
fn full(
    py: Python<'_>,
    shape: Ints,
    fill_value: Arg,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
) -> PyResult<ArrayObject> {
    check_device(device)?;
    let shape = shape.shape()?;
    match fill_value.0 {
        Operand::Scalar(number) => {
            let dtype = dtype_or(dtype, number.default_dtype());
            run(py, 0, || creation::full(&shape, number, dtype))
        }
        Operand::Array(array) => {
            let dtype = dtype_or(dtype, array.dtype());
            let array = array.astype(dtype).or_raise()?;
            let spread = rust_numpy_core::manipulate::broadcast_to(&array, &shape).or_raise()?;
            Ok(spread.copy().or_raise()?.into())
        }
    }
}

macro_rules! likes {
    ($($name:ident: $make:path;)*) => {$(
        #[pyfunction]
        #[pyo3(signature = (x, /, dtype = None, *, device = None))]
        fn $name(x: Arg, dtype: Option<DTypeArg>, device: Option<&str>) -> PyResult<ArrayObject> {
            check_device(device)?;
            let x = x.array()?;
            Ok($make(x.shape(), dtype_or(dtype, x.dtype())).or_raise()?.into())
        }
    )*};
}

likes! {
    zeros_like: creation::zeros;
    empty_like: creation::zeros;
    ones_like: creation::ones;
}

/// `fill_value` everywhere, in the shape and dtype of `x`.
#[pyfunction]
#[pyo3(signature = (x, /, fill_value, dtype = None, *, device = None))]
fn full_like(
    py: Python<'_>,
    x: Arg,
    fill_value: Arg,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
) -> PyResult<ArrayObject> {
    let x = x.array()?;
    let shape = Ints(x.shape().iter().map(|&n| n as isize).collect());
    full(py, shape, fill_value, Some(DTypeArg(dtype_or(dtype, x.dtype()))), device)
}

/// A number given to `arange`.
fn number(object: &Bound<'_, PyAny>) -> PyResult<Scalar> {
    match object.extract::<Arg>()?.0 {
        Operand::Scalar(scalar) => Ok(scalar),
        Operand::Array(array) => array.item().or_raise(),
    }
}

/// `start`, `start + step`, ... up to but without `stop`.
#[pyfunction]
#[pyo3(signature = (start, /, stop = None, step = None, dtype = None, *, device = None))]
fn arange(
    start: &Bound<'_, PyAny>,
    stop: Option<&Bound<'_, PyAny>>,
    step: Option<&Bound<'_, PyAny>>,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
) -> PyResult<ArrayObject> {
    check_device(device)?;
    let (start, stop) = match stop {
        Some(stop) => (number(start)?, number(stop)?),
        None => (Scalar::Int(0), number(start)?),
    };
    let step = step.map_or(Ok(Scalar::Int(1)), number)?;
    let common = common_type(&[DType::I64], &[start, stop, step]).or_raise()?;
    Ok(creation::arange(start, stop, step, dtype_or(dtype, common)).or_raise()?.into())
}

/// `num` numbers from `start` to `stop`, evenly spaced.
#[pyfunction]
#[pyo3(signature = (start, stop, /, num = 50, *, dtype = None, device = None, endpoint = true))]
fn linspace(
    start: f64,
    stop: f64,
    num: isize,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
    endpoint: bool,
) -> PyResult<ArrayObject> {
    check_device(device)?;
    let num =
        usize::try_from(num).map_err(|_| PyValueError::new_err("number of samples must be non-negative"))?;
    Ok(creation::linspace(start, stop, num, endpoint, dtype_or(dtype, DType::F64)).or_raise()?.into())
}

/// Ones on the `k`th diagonal, zeros elsewhere.
#[pyfunction]
#[pyo3(signature = (n_rows, n_cols = None, /, k = 0, dtype = None, *, device = None))]
fn eye(
    n_rows: usize,
    n_cols: Option<usize>,
    k: isize,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
) -> PyResult<ArrayObject> {
    check_device(device)?;
    Ok(creation::eye(n_rows, n_cols.unwrap_or(n_rows), k, dtype_or(dtype, DType::F64)).or_raise()?.into())
}

/// The part on and below the `k`th diagonal, zeros elsewhere.
#[pyfunction]
#[pyo3(signature = (x, /, k = 0))]
fn tril(x: Arg, k: isize) -> PyResult<ArrayObject> {
    Ok(creation::triangle(&x.array()?, k, true).or_raise()?.into())
}

/// The part on and above the `k`th diagonal, zeros elsewhere.
#[pyfunction]
#[pyo3(signature = (x, /, k = 0))]
fn triu(x: Arg, k: isize) -> PyResult<ArrayObject> {
    Ok(creation::triangle(&x.array()?, k, false).or_raise()?.into())
}

/// One array for each input, varying along its own axis only.
#[pyfunction]
#[pyo3(signature = (*arrays, indexing = "xy"))]
fn meshgrid(arrays: Vec<Arg>, indexing: &str) -> PyResult<Vec<ArrayObject>> {
    if !["xy", "ij"].contains(&indexing) {
        return Err(PyValueError::new_err("Valid values for `indexing` are 'xy' and 'ij'."));
    }
    let arrays: Vec<AnyArray> = arrays.iter().map(Arg::array).collect::<PyResult<_>>()?;
    let grids = creation::meshgrid(&arrays, indexing == "xy").or_raise()?;
    Ok(grids.into_iter().map(ArrayObject::from).collect())
}

/// The object as an array. Arrays are returned as they are; NumPy's are copied, unless they are
/// read-only together with their base: these are shared, and `copy=False` insists on it.
#[pyfunction]
#[pyo3(signature = (obj, /, dtype = None, *, device = None, copy = None))]
fn asarray(
    obj: &Bound<'_, PyAny>,
    dtype: Option<DTypeArg>,
    device: Option<&str>,
    copy: Option<bool>,
) -> PyResult<ArrayObject> {
    check_device(device)?;
    let wanted = dtype.map(|d| d.0);
    let array = if let Ok(array) = obj.cast::<ArrayObject>() {
        let array = &array.get().inner;
        if copy == Some(true) && wanted.is_none_or(|d| d == array.dtype()) {
            return Ok(array.copy().or_raise()?.into());
        }
        array.clone()
    } else {
        match obj.extract::<Arg>() {
            Ok(Arg(Operand::Scalar(s))) => s.to_array(wanted.unwrap_or(s.default_dtype())).or_raise()?,
            _ => from_numpy(obj, copy)?,
        }
    };
    match wanted {
        Some(dtype) if dtype != array.dtype() && copy == Some(false) => {
            Err(PyValueError::new_err("converting to another dtype needs a copy"))
        }
        Some(dtype) => Ok(array.astype(dtype).or_raise()?.into()),
        None => Ok(array.into()),
    }
}

/// An array of its own memory.
#[pyfunction]
#[pyo3(signature = (x, /))]
fn copy(x: Arg) -> PyResult<ArrayObject> {
    Ok(x.array()?.copy().or_raise()?.into())
}

/// The elements converted to another dtype; with `copy=False` maybe the array itself.
#[pyfunction]
#[pyo3(signature = (x, dtype, /, *, copy = true, device = None))]
pub fn astype(
    py: Python<'_>,
    x: Arg,
    dtype: DTypeArg,
    copy: bool,
    device: Option<&str>,
) -> PyResult<ArrayObject> {
    check_device(device)?;
    let x = x.array()?;
    run(py, x.size(), || if x.dtype() == dtype.0 && copy { x.copy() } else { x.astype(dtype.0) })
}

/// The dtype of an operation on all of these arrays, dtypes and numbers.
#[pyfunction]
#[pyo3(signature = (*arrays_and_dtypes))]
fn result_type<'py>(py: Python<'py>, arrays_and_dtypes: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let (mut dtypes, mut scalars) = (Vec::new(), Vec::new());
    for object in arrays_and_dtypes {
        if object.is_instance_of::<pyo3::types::PyType>() || object.cast::<numpy::PyArrayDescr>().is_ok() {
            dtypes.push(dtype_from(&object)?);
            continue;
        }
        match object.extract::<Arg>()?.0 {
            Operand::Array(array) => dtypes.push(array.dtype()),
            Operand::Scalar(scalar) => scalars.push(scalar),
        }
    }
    Ok(dtype_object(py, common_type(&dtypes, &scalars).or_raise()?).into_any())
}

/// Whether converting loses nothing.
#[pyfunction]
#[pyo3(signature = (from_, to, /))]
fn can_cast(from_: &Bound<'_, PyAny>, to: DTypeArg) -> PyResult<bool> {
    let from = match from_.cast::<ArrayObject>() {
        Ok(array) => array.get().inner.dtype(),
        Err(_) => dtype_from(from_)?,
    };
    Ok(from.can_cast_safe(to.0))
}

/// Whether the dtype is one of these, or of one of these kinds.
#[pyfunction]
#[pyo3(signature = (dtype, kind))]
fn isdtype(dtype: DTypeArg, kind: &Bound<'_, PyAny>) -> PyResult<bool> {
    if let Ok(kinds) = kind.cast::<PyTuple>() {
        for kind in kinds {
            if isdtype(DTypeArg(dtype.0), &kind)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let Ok(name) = kind.extract::<String>() else { return Ok(dtype_from(kind)? == dtype.0) };
    let of = dtype.0.kind();
    Ok(match name.as_str() {
        "bool" => of == Kind::Bool,
        "signed integer" => of == Kind::Signed,
        "unsigned integer" => of == Kind::Unsigned,
        "integral" => dtype.0.is_integer(),
        "real floating" => of == Kind::Float,
        "complex floating" => of == Kind::Complex,
        "numeric" => of != Kind::Bool,
        _ => {
            return Err(PyValueError::new_err(format!(
                "kind argument is a string, but {name:?} is not a known kind name"
            )));
        }
    })
}

/// Puts the functions into the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(zeros, m)?)?;
    m.add_function(wrap_pyfunction!(empty, m)?)?;
    m.add_function(wrap_pyfunction!(ones, m)?)?;
    m.add_function(wrap_pyfunction!(full, m)?)?;
    m.add_function(wrap_pyfunction!(zeros_like, m)?)?;
    m.add_function(wrap_pyfunction!(empty_like, m)?)?;
    m.add_function(wrap_pyfunction!(ones_like, m)?)?;
    m.add_function(wrap_pyfunction!(full_like, m)?)?;
    m.add_function(wrap_pyfunction!(arange, m)?)?;
    m.add_function(wrap_pyfunction!(linspace, m)?)?;
    m.add_function(wrap_pyfunction!(eye, m)?)?;
    m.add_function(wrap_pyfunction!(tril, m)?)?;
    m.add_function(wrap_pyfunction!(triu, m)?)?;
    m.add_function(wrap_pyfunction!(meshgrid, m)?)?;
    m.add_function(wrap_pyfunction!(asarray, m)?)?;
    m.add_function(wrap_pyfunction!(copy, m)?)?;
    m.add_function(wrap_pyfunction!(astype, m)?)?;
    m.add_function(wrap_pyfunction!(result_type, m)?)?;
    m.add_function(wrap_pyfunction!(can_cast, m)?)?;
    m.add_function(wrap_pyfunction!(isdtype, m)?)
}
