//! The submodule `audio`: levels, fades, integers and rates of mono float32 samples.

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use rust_numpy_core::audio;

use crate::convert::OrRaise;
use crate::nn::View;

type Samples<'py> = PyResult<Bound<'py, PyArray1<f32>>>;

/// `len` times the default, or MemoryError.
fn filled<T: Clone + Default>(len: usize) -> PyResult<Vec<T>> {
    let mut values = Vec::new();
    let failed = |_| PyMemoryError::new_err(format!("no memory for {len} samples"));
    values.try_reserve_exact(len).map_err(failed)?;
    values.resize(len, T::default());
    Ok(values)
}

/// Runs `work` on a copy of the samples, without the interpreter.
fn changed<'py>(
    py: Python<'py>,
    samples: &View<'py, f32>,
    work: impl FnOnce(&mut [f32]) + Send,
) -> Samples<'py> {
    samples.axes::<1>("samples")?;
    let values = samples.values()?;
    let mut copy = filled(values.len())?;
    py.detach(|| {
        copy.copy_from_slice(values);
        work(&mut copy);
    });
    Ok(copy.into_pyarray(py))
}

/// The samples times `10^(decibels / 20)`.
#[pyfunction]
fn gain<'py>(py: Python<'py>, samples: View<'py, f32>, decibels: f64) -> Samples<'py> {
    changed(py, &samples, |x| audio::gain(x, decibels))
}

/// The largest absolute value.
#[pyfunction]
fn peak(py: Python<'_>, samples: View<'_, f32>) -> PyResult<f32> {
    let values = samples.values()?;
    Ok(py.detach(|| audio::peak(values)))
}

/// The root of the mean square.
#[pyfunction]
fn rms(py: Python<'_>, samples: View<'_, f32>) -> PyResult<f64> {
    let values = samples.values()?;
    Ok(py.detach(|| audio::rms(values)))
}

/// The samples scaled so that their peak is `target`.
#[pyfunction]
#[pyo3(signature = (samples, target = 1.0))]
fn normalize<'py>(py: Python<'py>, samples: View<'py, f32>, target: f32) -> Samples<'py> {
    changed(py, &samples, |x| audio::normalize(x, target))
}

/// The first `n` samples times numbers from 0 to 1.
#[pyfunction]
fn fade_in<'py>(py: Python<'py>, samples: View<'py, f32>, n: usize) -> Samples<'py> {
    changed(py, &samples, |x| audio::fade_in(x, n))
}

/// The last `n` samples times numbers from 1 to 0.
#[pyfunction]
fn fade_out<'py>(py: Python<'py>, samples: View<'py, f32>, n: usize) -> Samples<'py> {
    changed(py, &samples, |x| audio::fade_out(x, n))
}

/// Cuts trailing frames more than `floor` dB below the loudest, fades out, appends `pause` zeros.
#[pyfunction]
#[pyo3(signature = (samples, frame = 480, floor = 35.0, pause = 1920))]
fn end_on_pause<'py>(
    py: Python<'py>,
    samples: View<'py, f32>,
    frame: usize,
    floor: f64,
    pause: usize,
) -> Samples<'py> {
    samples.axes::<1>("samples")?;
    let values = samples.values()?;
    Ok(py.detach(|| audio::end_on_pause(values, frame, floor, pause)).or_raise()?.into_pyarray(py))
}

/// float32 in [-1, 1] to int16.
#[pyfunction]
fn to_pcm16<'py>(py: Python<'py>, samples: View<'py, f32>) -> PyResult<Bound<'py, PyArray1<i16>>> {
    samples.axes::<1>("samples")?;
    let values = samples.values()?;
    let mut pcm = filled(values.len())?;
    py.detach(|| audio::to_pcm16(values, &mut pcm));
    Ok(pcm.into_pyarray(py))
}

/// int16 to float32 in [-1, 1].
#[pyfunction]
fn from_pcm16<'py>(py: Python<'py>, pcm: View<'py, i16>) -> Samples<'py> {
    pcm.axes::<1>("samples")?;
    let values = pcm.values()?;
    let mut samples = filled(values.len())?;
    py.detach(|| audio::from_pcm16(values, &mut samples));
    Ok(samples.into_pyarray(py))
}

/// The samples at another rate (Hz), band-limited.
#[pyfunction]
fn resample<'py>(py: Python<'py>, samples: View<'py, f32>, from_rate: u32, to_rate: u32) -> Samples<'py> {
    samples.axes::<1>("samples")?;
    let values = samples.values()?;
    let mut out = filled(audio::resampled_len(values.len(), from_rate, to_rate).or_raise()?)?;
    py.detach(|| audio::resample(values, from_rate, to_rate, &mut out)).or_raise()?;
    Ok(out.into_pyarray(py))
}

/// Adds the submodule's functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    macro_rules! add {
        ($($name:ident),*) => { $( module.add_function(wrap_pyfunction!($name, module)?)?; )* };
    }
    add!(gain, peak, rms, normalize, fade_in, fade_out, end_on_pause, to_pcm16, from_pcm16, resample);
    Ok(())
}
