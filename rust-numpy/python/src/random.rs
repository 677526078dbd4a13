//! Random numbers, in the submodule `random`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyModule};
use rust_numpy_core as core;
use rust_numpy_core::random::{Generator, SeedSequence};
use rust_numpy_core::{AnyArray, DType};

use crate::array::ArrayObject;
use crate::convert::{Arg, DTypeArg, Ints, OrRaise, run, scalar_object};
use crate::submodule;

/// A stream of random numbers, the same as NumPy's for the same seed.
#[pyclass(name = "Generator", module = "rust_numpy.random", frozen)]
pub struct GeneratorObject {
    inner: Mutex<Generator>,
}

impl GeneratorObject {
    fn new(inner: Generator) -> Self {
        GeneratorObject { inner: Mutex::new(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Generator> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An array of numbers, or a Python number where no size was given.
    fn draw<'py, A: Into<AnyArray>>(
        &self,
        py: Python<'py>,
        size: Option<Ints>,
        draw: impl FnOnce(&mut Generator, &[usize]) -> core::Result<A> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let single = size.is_none();
        let shape = size.map_or(Ok(Vec::new()), |size| size.shape())?;
        // the lock is taken without the interpreter's, so that the two cannot wait for each other
        let array = run(py, usize::MAX, || draw(&mut self.lock(), &shape))?;
        if single {
            return scalar_object(py, array.inner.item().or_raise()?);
        }
        Ok(Bound::new(py, array)?.into_any())
    }
}

fn float_dtype(dtype: Option<DTypeArg>) -> PyResult<DType> {
    match dtype.map_or(DType::F64, |d| d.0) {
        dtype @ (DType::F32 | DType::F64) => Ok(dtype),
        other => Err(PyTypeError::new_err(format!("Unsupported dtype {} for random", other.name()))),
    }
}

#[pymethods]
impl GeneratorObject {
    /// Uniform in [0, 1).
    #[pyo3(signature = (size = None, dtype = None))]
    fn random<'py>(
        &self,
        py: Python<'py>,
        size: Option<Ints>,
        dtype: Option<DTypeArg>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match float_dtype(dtype)? {
            DType::F32 => self.draw(py, size, Generator::random_f32),
            _ => self.draw(py, size, Generator::random_f64),
        }
    }
    /// Normal with mean 0 and variance 1.
    #[pyo3(signature = (size = None, dtype = None))]
    fn standard_normal<'py>(
        &self,
        py: Python<'py>,
        size: Option<Ints>,
        dtype: Option<DTypeArg>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match float_dtype(dtype)? {
            DType::F32 => self.draw(py, size, Generator::standard_normal_f32),
            _ => self.draw(py, size, Generator::standard_normal_f64),
        }
    }
    /// Normal with mean `loc` and standard deviation `scale`.
    #[pyo3(signature = (loc = 0.0, scale = 1.0, size = None))]
    fn normal<'py>(
        &self,
        py: Python<'py>,
        loc: f64,
        scale: f64,
        size: Option<Ints>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.draw(py, size, |rng, shape| rng.normal(loc, scale, shape))
    }
    /// Uniform in [low, high).
    #[pyo3(signature = (low = 0.0, high = 1.0, size = None))]
    fn uniform<'py>(
        &self,
        py: Python<'py>,
        low: f64,
        high: f64,
        size: Option<Ints>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.draw(py, size, |rng, shape| rng.uniform(low, high, shape))
    }
    /// Integers of [low, high), or [low, high] with `endpoint`; from 0 on if only one is given.
    #[pyo3(signature = (low, high = None, size = None, dtype = None, endpoint = false))]
    fn integers<'py>(
        &self,
        py: Python<'py>,
        low: i128,
        high: Option<i128>,
        size: Option<Ints>,
        dtype: Option<DTypeArg>,
        endpoint: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (low, high) = high.map_or((0, low), |high| (low, high));
        let last = if endpoint { high } else { high.saturating_sub(1) };
        let dtype = dtype.map_or(DType::I64, |d| d.0);
        self.draw(py, size, |rng, shape| rng.integers(low, last, shape, dtype))
    }
    /// `range(x)`, or the slices of an array along an axis, in random order.
    #[pyo3(signature = (x, axis = 0))]
    fn permutation(&self, py: Python<'_>, x: &Bound<'_, PyAny>, axis: isize) -> PyResult<ArrayObject> {
        if x.is_instance_of::<PyInt>() {
            let n: isize = x.extract()?;
            return run(py, usize::MAX, || self.lock().permutation(n.max(0) as usize));
        }
        let x = x.extract::<Arg>()?.array()?;
        run(py, usize::MAX, || self.lock().permuted_slices(&x, axis))
    }
    /// Puts the slices of an array along an axis in random order, in place.
    #[pyo3(signature = (x, axis = 0))]
    fn shuffle(&self, py: Python<'_>, x: &Bound<'_, ArrayObject>, axis: isize) -> PyResult<()> {
        let x = &x.get().inner;
        let shuffled = run(py, usize::MAX, || self.lock().permuted_slices(x, axis))?;
        x.assign(&shuffled.inner).or_raise()
    }
    /// `n_children` generators that are independent of this one and of each other.
    fn spawn(&self, py: Python<'_>, n_children: u32) -> Vec<GeneratorObject> {
        let children = py.detach(|| self.lock().spawn(n_children));
        children.into_iter().map(GeneratorObject::new).collect()
    }
}

/// The 32-bit words of a Python integer, the lowest first.
fn words_of(seed: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let seed = seed.call_method0("__index__")?;
    if seed.lt(0)? {
        return Err(PyValueError::new_err("expected non-negative integer"));
    }
    let bits: usize = seed.call_method0("bit_length")?.extract()?;
    let words = bits.div_ceil(32).max(1);
    let bytes: Vec<u8> = seed.call_method1("to_bytes", (4 * words, "little"))?.extract()?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|&word| u32::from_le_bytes(word)).collect())
}

/// A generator from a seed: an integer, several of them, or fresh entropy by default.
#[pyfunction]
#[pyo3(signature = (seed = None))]
fn default_rng<'py>(
    py: Python<'py>,
    seed: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, GeneratorObject>> {
    let words = match seed {
        None => {
            let bytes: Vec<u8> = py.import("os")?.call_method1("urandom", (16,))?.extract()?;
            bytes.as_chunks::<4>().0.iter().map(|&word| u32::from_le_bytes(word)).collect()
        }
        Some(seed) => {
            if let Ok(generator) = seed.cast::<GeneratorObject>() {
                return Ok(generator.clone());
            }
            if seed.hasattr("__index__")? {
                words_of(seed)?
            } else {
                let mut words = Vec::new();
                for part in seed.try_iter()? {
                    words.extend(words_of(&part?)?);
                }
                words
            }
        }
    };
    Bound::new(py, GeneratorObject::new(Generator::new(SeedSequence::new(&words))))
}

/// Puts the functions into the submodule `random`.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    submodule(m, "random", |m| {
        m.add_class::<GeneratorObject>()?;
        m.add_function(wrap_pyfunction!(default_rng, m)?)
    })
}
