//! The submodule `nn`: the model's operations as `ptts_np.ops` defines them, on NumPy's arrays.
//!
//! Every function lets go of the interpreter while it computes.

pub mod dispatch;

mod arguments;
mod streams;
mod team;

use numpy::{IntoPyArray, PyArrayDyn, PyArrayMethods};
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;
use rust_numpy_core as core;
use rust_numpy_core::nn::{self, Activation, Call, Place};

use crate::convert::OrRaise;
pub use arguments::View;
use arguments::{AffineArg, ConvArg, HalfArg, NormArg, Target, WeightArg, rows_of};
use team::{ThreadsArg, detached};

type Output<'py> = PyResult<Bound<'py, PyArrayDyn<f32>>>;

/// `len` zeros, or MemoryError.
fn zeros(len: Option<usize>) -> PyResult<Vec<f32>> {
    let failed = || PyMemoryError::new_err("the result would not fit the memory");
    let len = len.ok_or_else(failed)?;
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| failed())?;
    values.resize(len, 0.0);
    Ok(values)
}

/// The values as an array of this shape.
fn array<'py>(py: Python<'py>, values: Vec<f32>, shape: &[usize]) -> Output<'py> {
    values.into_pyarray(py).reshape(shape.to_vec())
}

/// The shape with another last axis.
fn with_width(shape: &[usize], width: usize) -> Vec<usize> {
    let mut shape = shape.to_vec();
    if let Some(last) = shape.last_mut() {
        *last = width;
    }
    shape
}

/// Runs `work` without the interpreter on zeros that become the array it returns.
fn compute<'py>(
    py: Python<'py>,
    shape: &[usize],
    work: impl FnOnce(&mut [f32]) -> core::Result<()> + Send,
) -> Output<'py> {
    compute_with(py, &None, shape, work)
}

/// The same with the help of threads.
fn compute_with<'py>(
    py: Python<'py>,
    threads: &ThreadsArg<'py>,
    shape: &[usize],
    work: impl FnOnce(&mut [f32]) -> core::Result<()> + Send,
) -> Output<'py> {
    let len = shape.iter().try_fold(1usize, |len, &n| len.checked_mul(n));
    let mut y = zeros(len)?;
    detached(py, threads, || work(&mut y)).or_raise()?;
    array(py, y, shape)
}

/// `[..., inputs] x [outputs, inputs] -> [..., outputs]`; up to 32 rows are each as if alone, to the bit.
#[pyfunction]
#[pyo3(signature = (x, weight, bias = None, *, threads = None))]
fn linear<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    weight: WeightArg<'py>,
    bias: Option<View<'py, f32>>,
    threads: ThreadsArg<'py>,
) -> Output<'py> {
    let mut map = weight.linear(bias.as_ref())?;
    let (rows, width) = rows_of(x.shape(), "x")?;
    if rows <= nn::MOST_ROWS {
        map = map.row_by_row();
    }
    if width != map.inputs() {
        return Err(PyValueError::new_err(format!(
            "rows of {width} for a weight of {} inputs",
            map.inputs()
        )));
    }
    let values = x.values()?;
    compute_with(py, &threads, &with_width(x.shape(), map.outputs()), |y| map.apply(values, y))
}

/// Mean and variance over the last axis; no affine part where `weight` is None.
#[pyfunction]
fn layer_norm<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    weight: Option<View<'py, f32>>,
    bias: Option<View<'py, f32>>,
    eps: f32,
) -> Output<'py> {
    let (_, width) = rows_of(x.shape(), "x")?;
    let affine = match (&weight, &bias) {
        (Some(weight), Some(bias)) => Some((weight.values()?, bias.values()?)),
        _ => None,
    };
    if affine.is_some_and(|(w, b)| w.len() != width || b.len() != width) {
        return Err(PyValueError::new_err(format!("a norm of another width than {width}")));
    }
    let values = x.values()?;
    compute(py, x.shape(), |y| {
        nn::run(Call::LayerNorm { x: values, width, affine, eps, y });
        Ok(())
    })
}

/// `x * alpha / sqrt(eps + unbiased variance)`
#[pyfunction]
fn variance_norm<'py>(py: Python<'py>, x: View<'py, f32>, alpha: View<'py, f32>, eps: f32) -> Output<'py> {
    let (_, width) = rows_of(x.shape(), "x")?;
    let (values, alpha) = (x.values()?, alpha.values()?);
    if alpha.len() != width {
        return Err(PyValueError::new_err(format!("an alpha of {} for rows of {width}", alpha.len())));
    }
    compute(py, x.shape(), |y| {
        nn::run(Call::VarianceNorm { x: values, alpha, eps, y });
        Ok(())
    })
}

fn activate<'py>(py: Python<'py>, x: &View<'py, f32>, f: Activation) -> Output<'py> {
    let values = x.values()?;
    compute(py, x.shape(), |y| {
        y.copy_from_slice(values);
        nn::run(Call::Activate { f, y });
        Ok(())
    })
}

/// The tanh form of GELU.
#[pyfunction]
fn gelu<'py>(py: Python<'py>, x: View<'py, f32>) -> Output<'py> {
    activate(py, &x, Activation::Gelu)
}

/// `x * sigmoid(x)`
#[pyfunction]
fn silu<'py>(py: Python<'py>, x: View<'py, f32>) -> Output<'py> {
    activate(py, &x, Activation::Silu)
}

/// `x` where positive, else `exp(x) - 1`.
#[pyfunction]
fn elu<'py>(py: Python<'py>, x: View<'py, f32>) -> Output<'py> {
    activate(py, &x, Activation::Elu)
}

/// Causal grouped-query attention with rotary positions over a KV cache.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn attention<'py>(
    py: Python<'py>,
    qkv: View<'py, f32>,
    mut cache: Target<'py>,
    first: usize,
    position: i64,
    heads: usize,
    max_period: f64,
    context: Option<usize>,
) -> Output<'py> {
    let [two, capacity, kv_heads, dim] = cache.axes("the cache")?;
    let [time, _] = qkv.axes("qkv")?;
    let place = Place { first, position, heads, max_period, window: context };
    let (values, data) = (qkv.values()?, cache.values()?);
    if two != 2 || dim.checked_mul(time).is_none() {
        return Err(PyValueError::new_err("the first axis of a cache is keys and values"));
    }
    compute(py, &[time, heads.saturating_mul(dim)], |out| {
        let mut cache = nn::Cache::new(data, capacity, kv_heads, dim)?;
        let rope = nn::Rope::new(&place, time, dim);
        nn::attention(values, &mut cache, &place, &rope, out)
    })
}

/// `x + scale * out_proj(attention(in_proj(layer_norm(x))))`
#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn attention_block<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    norm: NormArg<'py>,
    in_proj: WeightArg<'py>,
    out_proj: WeightArg<'py>,
    scale: Option<View<'py, f32>>,
    mut cache: Target<'py>,
    first: usize,
    position: i64,
    heads: usize,
    max_period: f64,
    context: Option<usize>,
) -> Output<'py> {
    let [two, capacity, kv_heads, dim] = cache.axes("the cache")?;
    let [time, width] = x.axes("x")?;
    if two != 2 || dim.checked_mul(time).is_none() {
        return Err(PyValueError::new_err("the first axis of a cache is keys and values"));
    }
    let arg = HalfArg::new(norm, in_proj, out_proj, scale);
    let (half, values, data) = (arg.half()?, x.values()?, cache.values()?);
    let place = Place { first, position, heads, max_period, window: context };
    compute(py, &[time, width], |y| {
        y.copy_from_slice(values);
        let mut cache = nn::Cache::new(data, capacity, kv_heads, dim)?;
        let rope = nn::Rope::new(&place, time, dim);
        nn::attention_block(y, width, &half, &mut cache, &place, &rope)
    })
}

/// `x + scale * down(gelu(up(layer_norm(x))))`
#[pyfunction]
fn mlp_block<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    norm: NormArg<'py>,
    up: WeightArg<'py>,
    down: WeightArg<'py>,
    scale: Option<View<'py, f32>>,
) -> Output<'py> {
    let (_, width) = rows_of(x.shape(), "x")?;
    let arg = HalfArg::new(norm, up, down, scale);
    let (half, values) = (arg.half()?, x.values()?);
    compute(py, x.shape(), |y| {
        y.copy_from_slice(values);
        nn::mlp_block(y, width, &half)
    })
}

/// One block of the flow head, `x [1, dim]`, modulated by shift, scale and gate.
#[pyfunction]
fn modulated_block<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    modulation: View<'py, f32>,
    norm: NormArg<'py>,
    first: AffineArg<'py>,
    second: AffineArg<'py>,
) -> Output<'py> {
    let block = nn::Block { norm: norm.norm()?, first: first.linear()?, second: second.linear()? };
    let (values, modulation) = (x.values()?, modulation.values()?);
    compute(py, x.shape(), |y| {
        y.copy_from_slice(values);
        nn::modulated_block(y, modulation, &block)
    })
}

/// Valid convolution, `[time, inputs] x [kernel, inputs, outputs]`.
#[pyfunction]
fn conv1d<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    weight: WeightArg<'py>,
    bias: Option<View<'py, f32>>,
    stride: usize,
    dilation: usize,
) -> Output<'py> {
    let arg = ConvArg::new(weight, bias);
    let conv = arg.conv()?;
    let [time, inputs] = x.axes("x")?;
    if inputs != conv.inputs {
        return Err(PyValueError::new_err(format!("rows of {inputs} for a kernel of {}", conv.inputs)));
    }
    let rows = conv.rows_out(time, stride, dilation).or_raise()?;
    let values = x.values()?;
    compute(py, &[rows, conv.outputs], |y| conv.apply(values, stride, dilation, y))
}

/// `[time, inputs] x [inputs, kernel, outputs] -> [(time-1)*stride + kernel, outputs]`
#[pyfunction]
fn conv_transpose1d<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    weight: WeightArg<'py>,
    stride: usize,
) -> Output<'py> {
    let arg = ConvArg::new(weight, None);
    let conv = arg.transposed()?;
    let [time, inputs] = x.axes("x")?;
    if inputs != conv.inputs {
        return Err(PyValueError::new_err(format!("rows of {inputs} for a kernel of {}", conv.inputs)));
    }
    let rows = nn::transposed_rows(time, stride, conv.kernel).or_raise()?;
    let values = x.values()?;
    compute(py, &[rows, conv.outputs], |y| conv.add_to(values, stride, y))
}

/// `[time, channels] x [kernel, channels] -> [(time-1)*stride + kernel, channels]`
#[pyfunction]
fn depthwise_conv_transpose1d<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    weight: View<'py, f32>,
    stride: usize,
) -> Output<'py> {
    let ([time, channels], [kernel, width]) = (x.axes("x")?, weight.axes("a kernel")?);
    if channels != width {
        return Err(PyValueError::new_err(format!("rows of {channels} for a kernel of {width}")));
    }
    let rows = nn::transposed_rows(time, stride, kernel).or_raise()?;
    let (values, weight) = (x.values()?, weight.values()?);
    compute(py, &[rows, channels], |y| nn::depthwise_transpose(values, weight, channels, stride, y))
}

/// Adds the submodule's functions.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    macro_rules! add {
        ($($name:path),* $(,)?) => { $( module.add_function(wrap_pyfunction!($name, module)?)?; )* };
    }
    module.add_class::<team::ThreadsObject>()?;
    let chosen = dispatch::choose_kernels().map_err(PyValueError::new_err)?;
    module.add("CPU_LEVEL", chosen.level)?;
    module.add("HAS_INT16", chosen.int16)?;
    add!(linear, layer_norm, variance_norm, gelu, silu, elu, attention, attention_block, mlp_block);
    add!(modulated_block, conv1d, conv_transpose1d, depthwise_conv_transpose1d);
    add!(streams::residual_block, streams::transformer, streams::transformer_rows, streams::flow_head);
    add!(streams::convolutions);
    Ok(())
}
