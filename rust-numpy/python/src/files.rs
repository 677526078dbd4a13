//! Arrays in files.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};
use rust_numpy_core::{AnyArray, Result, io};

use crate::array::ArrayObject;
use crate::convert::{Arg, OrRaise};

/// The array of a `.npy` file, or a dictionary of those of a `.npz` file.
#[pyfunction]
#[pyo3(signature = (file, /))]
fn load<'py>(py: Python<'py>, file: PathBuf) -> PyResult<Bound<'py, PyAny>> {
    let read = || -> Result<(bool, Vec<(String, AnyArray)>)> {
        let mut source = BufReader::new(File::open(&file)?);
        let mut start = [0; 2];
        let zipped = source.read(&mut start)? == 2 && &start == b"PK";
        source.rewind()?;
        let arrays = if zipped {
            io::read_npz(&mut source)?
        } else {
            vec![(String::new(), io::read_npy(&mut source)?)]
        };
        Ok((zipped, arrays))
    };
    // the error of a file that is not there should be Python's own, with its errno
    if !file.is_file() {
        py.import("builtins")?.call_method1("open", (&file, "rb"))?;
    }
    let (zipped, arrays) = py.detach(read).or_raise()?;
    let dict = PyDict::new(py);
    for (name, array) in arrays {
        let array = Bound::new(py, ArrayObject::from(array))?;
        if !zipped {
            return Ok(array.into_any());
        }
        dict.set_item(name, array)?;
    }
    Ok(dict.into_any())
}

fn write_to(file: &PathBuf, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let mut target = BufWriter::new(File::create(file)?);
    write(&mut target)?;
    Ok(target.flush()?)
}

/// The path with the suffix, which NumPy appends where it is missing.
fn with_suffix(file: PathBuf, suffix: &str) -> PathBuf {
    if file.extension().is_some_and(|e| e == suffix) {
        return file;
    }
    let mut name = file.into_os_string();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// Writes an array to a `.npy` file.
#[pyfunction]
#[pyo3(signature = (file, x, /))]
fn save(py: Python<'_>, file: PathBuf, x: Arg) -> PyResult<()> {
    let (file, x) = (with_suffix(file, "npy"), x.array()?);
    py.detach(|| write_to(&file, |target| io::write_npy(target, &x))).or_raise()
}

/// Writes arrays to a `.npz` file, each under its name; those without one are arr_0, arr_1, ...
#[pyfunction]
#[pyo3(signature = (file, /, *args, **kwds))]
fn savez(py: Python<'_>, file: PathBuf, args: Vec<Arg>, kwds: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    let mut arrays: Vec<(String, AnyArray)> = Vec::new();
    for (i, array) in args.iter().enumerate() {
        arrays.push((format!("arr_{i}"), array.array()?));
    }
    for (name, array) in kwds.into_iter().flatten() {
        arrays.push((name.extract()?, array.extract::<Arg>()?.array()?));
    }
    let file = with_suffix(file, "npz");
    py.detach(|| write_to(&file, |target| io::write_npz(target, &arrays))).or_raise()
}

/// Puts the functions into the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(load, m)?)?;
    m.add_function(wrap_pyfunction!(save, m)?)?;
    m.add_function(wrap_pyfunction!(savez, m)?)
}
