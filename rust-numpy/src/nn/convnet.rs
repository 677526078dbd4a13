//! Chains of streaming convolutions: each keeps what it still needs of its past.

use super::conv::{Conv, ConvTranspose};
use super::cpu::{Activation, Call, run};
use super::scratch::{self, Scratch};
use crate::{Error, Result};

/// Values a piece of the stream has at most, where its rows are many: it and what the next modules
/// make of it stay in the second-level cache.
const PIECE_VALUES: usize = 1 << 15;
/// Rows of a piece at least, so that weights are not read too often.
const PIECE_ROWS: usize = 128;

/// One module of a chain.
#[derive(Debug, Clone, Copy)]
pub enum Module<'a> {
    /// A causal convolution. Its state is the rows that it will see again.
    Conv {
        /// Weights and bias.
        conv: Conv<'a>,
        /// Rows that go in for each that comes out.
        stride: usize,
        /// Whether an ELU stands before it.
        elu: bool,
    },
    /// ELU, then a transposed convolution. Its state is the tail that overlaps the next output.
    Up {
        /// Weights and bias.
        conv: ConvTranspose<'a>,
        /// Rows that come out for each that goes in.
        stride: usize,
    },
    /// `x + second(elu(first(elu(x))))`, `second` of kernel 1. Its state is that of `first`.
    Residual {
        /// The convolution over time.
        first: Conv<'a>,
        /// The one back to the width of `x`.
        second: Conv<'a>,
        /// The step between taps of `first`.
        dilation: usize,
    },
}

/// What a module keeps from call to call; None before the first row of a stream whose past is to be
/// copies of that row.
pub type State = Option<Vec<f32>>;

impl Module<'_> {
    /// Channels that go in.
    pub fn inputs(&self) -> usize {
        match self {
            Module::Conv { conv, .. } => conv.inputs,
            Module::Up { conv, .. } => conv.inputs,
            Module::Residual { first, .. } => first.inputs,
        }
    }

    /// Channels that come out.
    pub fn outputs(&self) -> usize {
        match self {
            Module::Conv { conv, .. } => conv.outputs,
            Module::Up { conv, .. } => conv.outputs,
            Module::Residual { first, .. } => first.inputs,
        }
    }

    /// Whether fewer rows come out than go in.
    fn strided(&self) -> bool {
        matches!(self, Module::Conv { stride, .. } if *stride > 1)
    }

    /// Width of the rows of the state.
    pub fn kept_width(&self) -> usize {
        match self {
            Module::Up { conv, .. } => conv.outputs,
            _ => self.inputs(),
        }
    }

    /// An error unless the module and its state fit rows of `width`.
    fn check(&self, width: usize, state: Option<&[f32]>) -> Result<()> {
        if self.inputs() != width || width == 0 || self.outputs() == 0 {
            let (i, o) = (self.inputs(), self.outputs());
            return Err(Error::value(format!("a module from {i} to {o} channels after one to {width}")));
        }
        let kept = match *self {
            Module::Conv { ref conv, stride, .. } => {
                conv.rows_out(0, stride, 1)?;
                None
            }
            Module::Up { ref conv, stride } => {
                if stride == 0 || stride > conv.kernel {
                    return Err(Error::value(format!(
                        "a stride of {stride} and a kernel of {}",
                        conv.kernel
                    )));
                }
                Some((conv.kernel - stride) * conv.outputs)
            }
            Module::Residual { ref first, ref second, dilation } => {
                first.rows_out(0, 1, dilation)?;
                if second.kernel != 1 || (second.inputs, second.outputs) != (first.outputs, width) {
                    return Err(Error::value("the second convolution of a residual block leads elsewhere"));
                }
                let rows = (first.kernel - 1).checked_mul(dilation);
                Some(rows.and_then(|rows| rows.checked_mul(width)).unwrap_or(usize::MAX))
            }
        };
        match (state, kept) {
            (Some(state), None) if state.len() % width == 0 => Ok(()),
            (Some(state), Some(len)) if state.len() == len => Ok(()),
            (None, _) if !matches!(self, Module::Up { .. }) => Ok(()),
            _ => Err(Error::value("a state of another module")),
        }
    }

    /// The next rows of the stream through this module.
    fn step(&self, x: Scratch, state: &mut State) -> Result<Scratch> {
        match *self {
            Module::Conv { ref conv, stride, elu } => conv_step(conv, stride, elu, &x, state),
            Module::Up { ref conv, stride } => up_step(conv, stride, x, state),
            Module::Residual { ref first, ref second, dilation } => {
                residual_block(x, first, second, dilation, state)
            }
        }
    }
}

/// The past, then `x`, through an ELU if asked; where the past is yet to begin, `rows` copies of the
/// first row.
fn padded(state: &State, x: &[f32], width: usize, rows: usize, elu: bool) -> Result<Scratch> {
    let before = match state {
        Some(past) => past.len(),
        None => rows.checked_mul(width).ok_or_else(|| Error::value("a past without end"))?,
    };
    let len = before.checked_add(x.len()).filter(|&len| len < isize::MAX as usize / 4);
    let mut all = scratch::try_take(len.unwrap_or(usize::MAX))?;
    let (past, now) = all.split_at_mut(before);
    if elu {
        run(Call::EluOf { x, y: now });
    } else {
        now.copy_from_slice(x);
    }
    match state {
        Some(state) => past.copy_from_slice(state),
        None => past.chunks_exact_mut(width).for_each(|past| past.copy_from_slice(&now[..width])),
    }
    Ok(all)
}

/// Replaces what is kept.
fn keep(state: &mut State, rows: &[f32]) {
    let kept = state.get_or_insert_default();
    kept.clear();
    kept.extend_from_slice(rows);
}

fn conv_step(conv: &Conv<'_>, stride: usize, elu: bool, x: &[f32], state: &mut State) -> Result<Scratch> {
    if x.is_empty() {
        return Ok(scratch::take(0));
    }
    let context = conv.kernel.saturating_sub(stride);
    let all = padded(state, x, conv.inputs, context, elu)?;
    let rows = conv.rows_out(all.len() / conv.inputs, stride, 1)?;
    let mut y = scratch::try_take(rows.saturating_mul(conv.outputs))?;
    conv.apply(&all, stride, 1, &mut y)?;
    keep(state, &all[(rows * stride * conv.inputs).min(all.len())..]);
    Ok(y)
}

fn up_step(conv: &ConvTranspose<'_>, stride: usize, mut x: Scratch, state: &mut State) -> Result<Scratch> {
    let time = x.len() / conv.inputs;
    if time == 0 {
        return Ok(scratch::take(0));
    }
    run(Call::Activate { f: Activation::Elu, y: &mut x });
    let (ready, tail) = (time.checked_mul(stride), conv.kernel - stride);
    let rows = ready.and_then(|ready| ready.checked_add(tail));
    let len = rows.and_then(|rows| rows.checked_mul(conv.outputs)).unwrap_or(usize::MAX);
    let mut y = scratch::try_take(len)?;
    y.fill(0.0);
    if let Some(state) = state {
        y[..state.len()].copy_from_slice(state);
    }
    conv.add_to(&x, stride, &mut y)?;
    let ready = time * stride * conv.outputs;
    keep(state, &y[ready..]);
    y.shorten(ready);
    if let Some(bias) = conv.bias {
        run(Call::Add { y: &mut y, x: bias });
    }
    Ok(y)
}

/// `x + second(elu(first(elu(x))))` with a causal `first` and a `second` of kernel 1; `state` is what
/// `first` still sees of `elu(x)` before.
fn residual_block(
    mut x: Scratch,
    first: &Conv<'_>,
    second: &Conv<'_>,
    dilation: usize,
    state: &mut State,
) -> Result<Scratch> {
    if x.is_empty() {
        return Ok(x);
    }
    let width = first.inputs;
    let context = (first.kernel - 1).checked_mul(dilation);
    let all = padded(state, &x, width, context.unwrap_or(usize::MAX), true)?;
    let rows = x.len() / width;
    let mut h = scratch::try_take(rows.saturating_mul(first.outputs))?;
    first.apply(&all, 1, dilation, &mut h)?;
    run(Call::Activate { f: Activation::Elu, y: &mut h });
    second.apply_onto(&h, 1, 1, &mut x)?;
    keep(state, &all[x.len()..]);
    Ok(x)
}

/// Passes the rows `x` of `width` through the modules; updates each one's state.
pub fn convolutions(
    x: &[f32],
    width: usize,
    modules: &[Module<'_>],
    states: &mut [State],
) -> Result<Vec<f32>> {
    if modules.len() != states.len() {
        return Err(Error::value(format!("{} states for {} modules", states.len(), modules.len())));
    }
    if x.len().checked_div(width).map(|rows| rows * width) != Some(x.len()) {
        return Err(Error::value(format!("{} values are no rows of {width}", x.len())));
    }
    let mut at = width;
    for (module, state) in modules.iter().zip(states.iter()) {
        module.check(at, state.as_deref())?;
        at = module.outputs();
    }
    let mut all = scratch::take(x.len());
    all.copy_from_slice(x);
    Ok(pass(all, width, modules, states)?.to_vec())
}

/// Module by module while the rows fit the cache, and piece by piece through the modules where they
/// don't. Strided convolutions take all at once: a piece would become too few rows to read the
/// weights for.
fn pass(mut x: Scratch, mut width: usize, modules: &[Module<'_>], states: &mut [State]) -> Result<Scratch> {
    let mut at = 0;
    while at < modules.len() {
        let most = (PIECE_VALUES / width).max(PIECE_ROWS);
        let unstrided = modules[at..].iter().take_while(|module| !module.strided()).count();
        let mut end = at + 1;
        if unstrided == 0 || x.len() <= 2 * most * width {
            x = modules[at].step(x, &mut states[at])?;
        } else {
            end = at + unstrided;
            let mut joined = Vec::new();
            for piece in x.chunks(most * width) {
                let mut next = scratch::take(piece.len());
                next.copy_from_slice(piece);
                joined.extend_from_slice(&pass(next, width, &modules[at..end], &mut states[at..end])?);
            }
            x = scratch::take(joined.len());
            x.copy_from_slice(&joined);
        }
        width = modules[end - 1].outputs();
        at = end;
    }
    Ok(x)
}
