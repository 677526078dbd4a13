//! The Python module `rust_numpy._core`: the array library of the crate `rust-numpy` as Python sees
//! it. One file a topic; each has a `register` that puts its functions into the module.

use pyo3::prelude::*;

mod array;
mod audio;
mod convert;
mod decompose;
mod dispatch;
mod elementwise;
mod export;
mod fft;
mod files;
mod functions;
mod indexing;
mod linalg;
mod methods;
mod nn;
mod protocols;
mod random;
mod reductions;
mod shapes;
mod sorting;

/// Arrays with NumPy's semantics, in Rust.
#[pymodule(gil_used = false)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    dispatch::choose_kernels();
    module.add_class::<array::ArrayObject>()?;
    module.add("cpu_level", rust_numpy_core::simd::kernels().name)?;
    functions::register(module)?;
    elementwise::register(module)?;
    reductions::register(module)?;
    shapes::register(module)?;
    linalg::register(module)?;
    sorting::register(module)?;
    files::register(module)?;
    fft::register(module)?;
    random::register(module)?;
    submodule(module, "audio", audio::register)?;
    submodule(module, "nn", nn::register)
}

/// Adds a module inside of the module, to be filled by `fill`.
fn submodule(
    parent: &Bound<'_, PyModule>,
    name: &str,
    fill: impl FnOnce(&Bound<'_, PyModule>) -> PyResult<()>,
) -> PyResult<()> {
    let module = PyModule::new(parent.py(), name)?;
    fill(&module)?;
    parent.add_submodule(&module)
}
