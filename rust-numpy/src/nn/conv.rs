//! Convolutions over time as products of matrices, `[time, channels]` throughout.

use super::cpu::{Call, run};
use super::gemm::Product;
use super::linear::{Rows, Weight};
use crate::{Error, Result};

/// A convolution's weights, `[kernel, inputs, outputs]`, and bias.
#[derive(Debug, Clone, Copy)]
pub struct Conv<'a> {
    weight: Weight<'a>,
    bias: Option<&'a [f32]>,
    /// Whether the weights lie as `[outputs, kernel, inputs]`. Few rows are multiplied with them faster:
    /// they are read once, from beginning to end.
    turned: bool,
    /// Taps.
    pub kernel: usize,
    /// Channels that go in.
    pub inputs: usize,
    /// Channels that come out.
    pub outputs: usize,
}

fn checked(weight: Weight<'_>, bias: Option<&[f32]>, [kernel, inputs, outputs]: [usize; 3]) -> Result<()> {
    let size = kernel.checked_mul(inputs).and_then(|size| size.checked_mul(outputs));
    let len = weight.len(outputs)?;
    if size != Some(len) || kernel == 0 {
        let message = format!("{len} weights for a kernel of {kernel} x {inputs} x {outputs}");
        return Err(Error::value(message));
    }
    match bias {
        Some(bias) if bias.len() != outputs => {
            Err(Error::value(format!("a bias of {} for {outputs} outputs", bias.len())))
        }
        _ => Ok(()),
    }
}

/// `rows` rows of the bias, or of zeros.
fn fill(bias: Option<&[f32]>, y: &mut [f32]) {
    match bias {
        Some(bias) if !bias.is_empty() => {
            y.chunks_mut(bias.len()).for_each(|y| y.copy_from_slice(&bias[..y.len()]));
        }
        _ => y.fill(0.0),
    }
}

impl<'a> Conv<'a> {
    /// A convolution of `[kernel, inputs, outputs]`; an error where the sizes don't fit.
    pub fn new(weight: Weight<'a>, bias: Option<&'a [f32]>, shape: [usize; 3]) -> Result<Self> {
        checked(weight, bias, shape)?;
        let [kernel, inputs, outputs] = shape;
        Ok(Conv { weight, bias, turned: false, kernel, inputs, outputs })
    }

    /// The same convolution of weights that lie as `[outputs, kernel, inputs]`.
    pub fn turned(self) -> Self {
        Conv { turned: true, ..self }
    }

    /// Rows that come out of `time` rows.
    pub fn rows_out(&self, time: usize, stride: usize, dilation: usize) -> Result<usize> {
        let seen = (self.kernel - 1).checked_mul(dilation).and_then(|span| span.checked_add(1));
        match seen {
            Some(seen) if stride > 0 && dilation > 0 => {
                Ok(time.checked_sub(seen).map_or(0, |left| left / stride + 1))
            }
            _ => Err(Error::value(format!("a stride of {stride} and a dilation of {dilation}"))),
        }
    }

    /// `y [rows_out, outputs] = bias + Σ_tap x[t · stride + tap · dilation] weight[tap]`, the valid part.
    pub fn apply(&self, x: &[f32], stride: usize, dilation: usize, y: &mut [f32]) -> Result<()> {
        fill(self.bias, y);
        self.add_to(x, stride, dilation, y)
    }

    /// `y += bias + ...`, as [`Conv::apply`]; for a residual.
    pub fn apply_onto(&self, x: &[f32], stride: usize, dilation: usize, y: &mut [f32]) -> Result<()> {
        if let Some(bias) = self.bias {
            run(Call::Add { y, x: bias });
        }
        self.add_to(x, stride, dilation, y)
    }

    fn add_to(&self, x: &[f32], stride: usize, dilation: usize, y: &mut [f32]) -> Result<()> {
        let time = x.len().checked_div(self.inputs).unwrap_or(0);
        let rows = self.rows_out(time, stride, dilation)?;
        if self.inputs == 0 && !y.is_empty() {
            return Ok(());
        }
        if x.len() != time * self.inputs || y.len() != rows * self.outputs {
            return Err(Error::value(format!("{} values into {} rows of {}", x.len(), rows, self.outputs)));
        }
        let x = self.weight.rows(x, self.inputs);
        // neighbouring taps read neighbouring rows: together they are one long row, if of one unit
        let joined = if dilation == 1 && matches!(x, Rows::Floats(_)) { self.kernel } else { 1 };
        let depth = joined * self.inputs;
        for tap in (0..self.kernel).step_by(joined) {
            if rows == 0 {
                break;
            }
            let product = Product {
                a: &[],
                a_step: stride * self.inputs,
                b: &[],
                b_step: if self.turned { self.kernel * self.inputs } else { self.outputs },
                b_transposed: self.turned,
                c: y,
                c_step: self.outputs,
                rows,
                depth,
                columns: self.outputs,
                add: true,
            };
            let start = tap * self.inputs * if self.turned { 1 } else { self.outputs };
            self.weight.multiply(start, (&x, tap * dilation, stride), self.weight.units(), product);
        }
        Ok(())
    }
}

/// A transposed convolution's weights, `[inputs, kernel, outputs]`.
#[derive(Debug, Clone, Copy)]
pub struct ConvTranspose<'a> {
    weight: Weight<'a>,
    /// Whether the weights lie as `[kernel, outputs, inputs]`; see [`Conv`].
    turned: bool,
    /// The bias, which whoever overlaps the pieces adds once.
    pub bias: Option<&'a [f32]>,
    /// Channels that go in.
    pub inputs: usize,
    /// Taps.
    pub kernel: usize,
    /// Channels that come out.
    pub outputs: usize,
}

/// `(time - 1) stride + kernel`: rows that come out of a transposed convolution.
pub fn transposed_rows(time: usize, stride: usize, kernel: usize) -> Result<usize> {
    let rows = match time.checked_sub(1) {
        Some(before) => before.checked_mul(stride).and_then(|rows| rows.checked_add(kernel)),
        // as many as the last piece of nothing reaches beyond the start
        None => Some(kernel.saturating_sub(stride)),
    };
    rows.filter(|_| stride > 0).ok_or_else(|| Error::value(format!("a stride of {stride} for {time} rows")))
}

impl<'a> ConvTranspose<'a> {
    /// A transposed convolution of `[inputs, kernel, outputs]`; an error where the sizes don't fit.
    pub fn new(weight: Weight<'a>, bias: Option<&'a [f32]>, shape: [usize; 3]) -> Result<Self> {
        let [inputs, kernel, outputs] = shape;
        checked(weight, bias, [kernel, inputs, outputs])?;
        Ok(ConvTranspose { weight, turned: false, bias, inputs, kernel, outputs })
    }

    /// The same transposed convolution of weights that lie as `[kernel, outputs, inputs]`.
    pub fn turned(self) -> Self {
        ConvTranspose { turned: true, ..self }
    }

    /// `y[t · stride + tap] += x[t] weight[:, tap]`, without the bias.
    pub fn add_to(&self, x: &[f32], stride: usize, y: &mut [f32]) -> Result<()> {
        let time = x.len().checked_div(self.inputs).unwrap_or(0);
        let rows = transposed_rows(time, stride, self.kernel)?;
        if x.len() != time * self.inputs || rows.checked_mul(self.outputs) != Some(y.len()) {
            return Err(Error::value(format!("{} values into {} rows of {}", x.len(), rows, self.outputs)));
        }
        if self.outputs == 0 || time == 0 {
            return Ok(());
        }
        let x = self.weight.rows(x, self.inputs);
        let units = self.weight.units().repeat(stride.min(self.kernel));
        // as many taps at a time as there are rows to the next piece: those never overlap
        for tap in (0..self.kernel).step_by(stride) {
            let product = Product {
                a: &[],
                a_step: self.inputs,
                b: &[],
                b_step: if self.turned { self.inputs } else { self.kernel * self.outputs },
                b_transposed: self.turned,
                c: &mut y[tap * self.outputs..],
                c_step: stride * self.outputs,
                rows: time,
                depth: self.inputs,
                columns: stride.min(self.kernel - tap) * self.outputs,
                add: true,
            };
            let start = tap * self.outputs * if self.turned { self.inputs } else { 1 };
            self.weight.multiply(start, (&x, 0, 1), &units, product);
        }
        Ok(())
    }
}

/// `y[t · stride + tap] += x[t] · weight[tap]`, each channel by itself; `weight [kernel, channels]`.
pub fn depthwise_transpose(
    x: &[f32],
    weight: &[f32],
    channels: usize,
    stride: usize,
    y: &mut [f32],
) -> Result<()> {
    if channels == 0 {
        return Ok(());
    }
    let (time, kernel) = (x.len() / channels, weight.len() / channels);
    let rows = transposed_rows(time, stride, kernel)?;
    if rows.checked_mul(channels) != Some(y.len()) {
        return Err(Error::value(format!("{} values into {rows} rows of {channels}", x.len())));
    }
    for (t, x) in x.chunks_exact(channels).enumerate() {
        let y = &mut y[t * stride * channels..];
        for (y, w) in y.chunks_exact_mut(channels).zip(weight.chunks_exact(channels)) {
            for ((y, &x), &w) in y.iter_mut().zip(x).zip(w) {
                *y += x * w;
            }
        }
    }
    Ok(())
}
