//! The larger operations: a stack of layers, a flow head, a chain of convolutions.

use numpy::PyArrayDyn;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rust_numpy_core::nn::{self, Block, Head, Module, Place, State};

use super::arguments::{AffineArg, ConvArg, LayerArg, NormArg, Target, View};
use super::team::{ThreadsArg, detached};
use super::{Output, array, compute_with};
use crate::convert::OrRaise;

/// `x [time, width]` through the layers, each with its part of
/// `cache [layers, 2, capacity, kv_heads, dim]`.
#[pyfunction]
#[pyo3(signature = (x, layers, cache, first, position, heads, max_period, context, *, threads = None))]
#[allow(clippy::too_many_arguments)]
pub fn transformer<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    layers: Vec<LayerArg<'py>>,
    mut cache: Target<'py>,
    first: usize,
    position: i64,
    heads: usize,
    max_period: f64,
    context: Option<usize>,
    threads: ThreadsArg<'py>,
) -> Output<'py> {
    let [count, two, capacity, kv_heads, dim] = cache.axes("the caches")?;
    let [time, width] = x.axes("x")?;
    if two != 2 || count != layers.len() {
        return Err(PyValueError::new_err(format!("caches of {count} layers for {}", layers.len())));
    }
    let place = Place { first, position, heads, max_period, window: context };
    let layers: Vec<_> =
        layers.iter().map(|layer| Ok((layer.0.half()?, layer.1.half()?))).collect::<PyResult<_>>()?;
    let (values, data) = (x.values()?, cache.values()?);
    compute_with(py, &threads, &[time, width], |y| {
        y.copy_from_slice(values);
        nn::transformer(y, width, &layers, data, [capacity, kv_heads, dim], &place)
    })
}

/// `x [rows, width]` through the layers, a row of each of as many utterances: row `i` with
/// `caches[i] [layers, 2, capacity, kv_heads, dim]`, `firsts[i]` and `positions[i]`.
#[pyfunction]
#[pyo3(signature = (x, layers, caches, firsts, positions, heads, max_period, *, threads = None))]
#[allow(clippy::too_many_arguments)]
pub fn transformer_rows<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    layers: Vec<LayerArg<'py>>,
    mut caches: Vec<Target<'py>>,
    firsts: Vec<usize>,
    positions: Vec<i64>,
    heads: usize,
    max_period: f64,
    threads: ThreadsArg<'py>,
) -> Output<'py> {
    let [rows, width] = x.axes("x")?;
    if [caches.len(), firsts.len(), positions.len()] != [rows; 3] {
        return Err(PyValueError::new_err(format!(
            "{} caches, {} firsts and {} positions for {rows} rows",
            caches.len(),
            firsts.len(),
            positions.len()
        )));
    }
    let mut shape = nn::Shape { heads, kv_heads: 0, dim: 0, max_period };
    let mut utterances = Vec::with_capacity(rows);
    for (index, (cache, (first, position))) in
        caches.iter_mut().zip(firsts.into_iter().zip(positions)).enumerate()
    {
        let [count, two, capacity, kv_heads, dim] = cache.axes("the caches")?;
        if index == 0 {
            (shape.kv_heads, shape.dim) = (kv_heads, dim);
        }
        if [count, two, kv_heads, dim] != [layers.len(), 2, shape.kv_heads, shape.dim] {
            return Err(PyValueError::new_err(format!(
                "caches[{index}] must be [{}, 2, capacity, {}, {}]",
                layers.len(),
                shape.kv_heads,
                shape.dim
            )));
        }
        utterances.push(nn::Utterance { caches: cache.values()?, capacity, first, position });
    }
    let layers: Vec<_> =
        layers.iter().map(|layer| Ok((layer.0.half()?, layer.1.half()?))).collect::<PyResult<_>>()?;
    let values = x.values()?;
    compute_with(py, &threads, &[rows, width], |y| {
        y.copy_from_slice(values);
        nn::transformer_rows(y, width, &layers, &mut utterances, &shape)
    })
}

/// An array of float32.
type Floats<'py> = Bound<'py, PyArrayDyn<f32>>;
/// A block of the flow head: norm and two linears.
type BlockArg<'py> = (NormArg<'py>, AffineArg<'py>, AffineArg<'py>);
/// A flow head as `ptts_np.ops.FlowHead` is: modulation, input, blocks, output.
type HeadArg<'py> = (AffineArg<'py>, AffineArg<'py>, Vec<BlockArg<'py>>, AffineArg<'py>);

/// The flow head's velocities at `x [rows, latent]` under `condition [rows, dim]`.
#[pyfunction]
#[pyo3(signature = (x, condition, head, *, threads = None))]
pub fn flow_head<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    condition: View<'py, f32>,
    head: HeadArg<'py>,
    threads: ThreadsArg<'py>,
) -> Output<'py> {
    let (modulation, input, blocks, output) = &head;
    let blocks = blocks
        .iter()
        .map(|(norm, first, second)| {
            Ok(Block { norm: norm.norm()?, first: first.linear()?, second: second.linear()? })
        })
        .collect::<PyResult<Vec<_>>>()?;
    let head =
        Head { modulation: modulation.linear()?, input: input.linear()?, blocks, output: output.linear()? };
    let ([rows, _], [conditions, _]) = (x.axes("x")?, condition.axes("a condition")?);
    if rows != conditions {
        return Err(PyValueError::new_err(format!("{rows} rows and {conditions} conditions")));
    }
    let (values, condition) = (x.values()?, condition.values()?);
    compute_with(py, &threads, &[rows, head.output.outputs()], |y| nn::flow_head(values, condition, &head, y))
}

/// A module as `ptts_np.ops.Convolution` is: kind, weights, stride, dilation.
pub struct ModuleArg<'py>(String, Vec<ConvArg<'py>>, usize, usize);

impl<'py> FromPyObject<'_, 'py> for ModuleArg<'py> {
    type Error = PyErr;
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let (kind, weights, stride, dilation): (String, Vec<Bound<'py, PyAny>>, _, _) = object.extract()?;
        let up = kind == "up";
        let weights = weights.iter().map(|weight| ConvArg::extract(weight, up)).collect::<PyResult<_>>()?;
        Ok(ModuleArg(kind, weights, stride, dilation))
    }
}

fn module<'a>(ModuleArg(kind, weights, stride, dilation): &'a ModuleArg<'_>) -> PyResult<Module<'a>> {
    match (kind.as_str(), weights.as_slice()) {
        ("conv", [conv]) => Ok(Module::Conv { conv: conv.conv()?, stride: *stride, elu: false }),
        ("elu_conv", [conv]) => Ok(Module::Conv { conv: conv.conv()?, stride: *stride, elu: true }),
        ("up", [conv]) => Ok(Module::Up { conv: conv.transposed()?, stride: *stride }),
        ("residual", [first, second]) => {
            Ok(Module::Residual { first: first.conv()?, second: second.conv()?, dilation: *dilation })
        }
        (kind, weights) => {
            Err(PyValueError::new_err(format!("no module {kind:?} has {} weights", weights.len())))
        }
    }
}

/// `x [time, channels]` through the modules; returns the output and the new states.
#[pyfunction]
#[pyo3(signature = (x, modules, states, *, threads = None))]
pub fn convolutions<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    modules: Vec<ModuleArg<'py>>,
    states: Vec<Option<View<'py, f32>>>,
    threads: ThreadsArg<'py>,
) -> PyResult<(Floats<'py>, Vec<Option<Floats<'py>>>)> {
    let [_, width] = x.axes("x")?;
    let chain = modules.iter().map(module).collect::<PyResult<Vec<_>>>()?;
    let mut kept = states
        .iter()
        .map(|state| state.as_ref().map(|state| state.values().map(<[f32]>::to_vec)).transpose())
        .collect::<PyResult<Vec<State>>>()?;
    let values = x.values()?;
    let y = detached(py, &threads, || nn::convolutions(values, width, &chain, &mut kept)).or_raise()?;
    let outputs = chain.last().map_or(width, Module::outputs);
    let kept = kept
        .into_iter()
        .zip(&chain)
        .map(|(state, module)| {
            state
                .map(|state| {
                    let shape = [state.len() / module.kept_width(), module.kept_width()];
                    array(py, state, &shape)
                })
                .transpose()
        })
        .collect::<PyResult<Vec<_>>>()?;
    let rows = y.len() / outputs.max(1);
    Ok((array(py, y, &[rows, outputs])?, kept))
}

/// `x + second(elu(first(elu(x))))` with a causal `first` and a `second` of kernel 1, and the
/// context for the rows after.
#[pyfunction]
pub fn residual_block<'py>(
    py: Python<'py>,
    x: View<'py, f32>,
    context: View<'py, f32>,
    first: Bound<'py, PyAny>,
    second: Bound<'py, PyAny>,
    dilation: usize,
) -> PyResult<(Floats<'py>, Floats<'py>)> {
    let (first, second) = (ConvArg::extract(&first, false)?, ConvArg::extract(&second, false)?);
    let [time, width] = x.axes("x")?;
    let block = Module::Residual { first: first.conv()?, second: second.conv()?, dilation };
    let mut state = [Some(context.values()?.to_vec())];
    let values = x.values()?;
    let y = py.detach(|| nn::convolutions(values, width, &[block], &mut state)).or_raise()?;
    let [state] = state;
    let state = state.unwrap_or_default();
    let rows = state.len() / width.max(1);
    Ok((array(py, y, &[time, width])?, array(py, state, &[rows, width])?))
}
