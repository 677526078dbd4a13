//! Linear maps with weights in three storage types.

use std::ops::Range;

use super::cpu::{Call, run};
use super::gemm::Product;
use super::scratch;
use crate::{Error, Result};

/// Bytes of weights that are worked on at a time where several rows use them: half a second-level
/// cache.
const BLOCK_BYTES: usize = 1 << 18;
/// Rows from which packing the weights pays.
const MANY_ROWS: usize = 6;

/// A matrix `[outputs, inputs]`.
#[derive(Debug, Clone, Copy)]
pub enum Weight<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// The upper halves of single precision.
    Bf16(&'a [u16]),
    /// Each row in a unit of its own.
    Int8 {
        /// `[outputs, inputs]`
        values: &'a [i8],
        /// `[outputs]`
        units: &'a [f32],
    },
}

/// `y = weight x + bias`
#[derive(Debug, Clone, Copy)]
pub struct Linear<'a> {
    weight: Weight<'a>,
    bias: Option<&'a [f32]>,
    outputs: usize,
    inputs: usize,
}

impl<'a> Linear<'a> {
    /// A linear map; an error where the sizes don't fit.
    pub fn new(weight: Weight<'a>, bias: Option<&'a [f32]>, outputs: usize, inputs: usize) -> Result<Self> {
        let len = match weight {
            Weight::F32(values) => values.len(),
            Weight::Bf16(bits) => bits.len(),
            Weight::Int8 { values, units } => {
                if units.len() != outputs {
                    return Err(Error::value(format!("{} units for {outputs} rows of weights", units.len())));
                }
                values.len()
            }
        };
        if outputs.checked_mul(inputs) != Some(len) {
            return Err(Error::value(format!("{len} weights are no matrix of {outputs} x {inputs}")));
        }
        if let Some(bias) = bias
            && bias.len() != outputs
        {
            return Err(Error::value(format!("a bias of {} for {outputs} outputs", bias.len())));
        }
        Ok(Linear { weight, bias, outputs, inputs })
    }

    /// Width of what comes out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Width of what goes in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// An error unless the map takes rows of `inputs` to rows of `outputs`.
    pub fn expect(&self, name: &str, outputs: usize, inputs: usize) -> Result<()> {
        if (self.outputs, self.inputs) == (outputs, inputs) {
            return Ok(());
        }
        let (o, i) = (self.outputs, self.inputs);
        Err(Error::value(format!("{name} is {o} x {i}, and should be {outputs} x {inputs}")))
    }

    /// `y [rows, outputs] = x [rows, inputs]` mapped.
    pub fn apply(&self, x: &[f32], y: &mut [f32]) -> Result<()> {
        let rows = y.len().checked_div(self.outputs).unwrap_or(0);
        if rows * self.outputs != y.len()
            || rows.checked_mul(self.inputs) != Some(x.len()) && self.outputs > 0
        {
            let message = format!("{} values are not {rows} rows of {}", x.len(), self.inputs);
            return Err(Error::value(message));
        }
        if rows == 0 {
            return Ok(());
        }
        match self.weight {
            Weight::F32(w) => self.apply_f32(x, rows, w, y),
            Weight::Bf16(w) => self.apply_bf16(x, rows, w, y),
            Weight::Int8 { values, units } => self.apply_int8(x, rows, values, units, y),
        }
        if let Some(bias) = self.bias {
            run(Call::Add { y, x: bias });
        }
        Ok(())
    }

    fn apply_f32(&self, x: &[f32], rows: usize, w: &[f32], y: &mut [f32]) {
        if rows == 1 {
            run(Call::MatvecF32 { x, w, y });
        } else if rows < MANY_ROWS {
            self.by_blocks(4, |first, count| {
                let w = &w[first * self.inputs..][..count * self.inputs];
                for (x, y) in self.rows(x, y) {
                    run(Call::MatvecF32 { x, w, y: &mut y[first..first + count] });
                }
            });
        } else {
            self.product(x, rows, w, y, 0, self.outputs);
        }
    }

    fn apply_bf16(&self, x: &[f32], rows: usize, w: &[u16], y: &mut [f32]) {
        if rows == 1 {
            return run(Call::MatvecBf16 { x, w, y });
        }
        if rows < MANY_ROWS {
            return self.by_blocks(2, |first, count| {
                let w = &w[first * self.inputs..][..count * self.inputs];
                for (x, y) in self.rows(x, y) {
                    run(Call::MatvecBf16 { x, w, y: &mut y[first..first + count] });
                }
            });
        }
        self.widened(x, rows, y, |range, y| run(Call::WidenBf16 { x: &w[range], y }));
    }

    fn apply_int8(&self, x: &[f32], rows: usize, w: &[i8], units: &[f32], y: &mut [f32]) {
        if rows >= MANY_ROWS {
            let inputs = self.inputs.max(1);
            return self.widened(x, rows, y, |range, y| {
                let units = &units[range.start / inputs..range.end / inputs];
                run(Call::WidenInt8 { x: &w[range], units, y });
            });
        }
        let mut quantised = vec![0i16; self.inputs];
        let mut unit = 0.0;
        for (x, y) in self.rows(x, y) {
            run(Call::Quantise { x, y: &mut quantised, unit: &mut unit });
            run(Call::MatvecInt8 { x: &quantised, unit, w, units, y });
        }
    }

    /// Products of matrices with blocks of weights as `widen` makes them of a range of the stored ones.
    fn widened(&self, x: &[f32], rows: usize, y: &mut [f32], widen: impl Fn(Range<usize>, &mut [f32])) {
        let mut wide = scratch::take((BLOCK_BYTES / 4).max(self.inputs));
        self.by_blocks(4, |first, count| {
            let wide = &mut wide[..count * self.inputs];
            widen(first * self.inputs..(first + count) * self.inputs, wide);
            self.product(x, rows, wide, y, first, count);
        });
    }

    /// The outputs from `first` on by a product of matrices, `w` being their weights.
    fn product(&self, x: &[f32], rows: usize, w: &[f32], y: &mut [f32], first: usize, count: usize) {
        run(Call::Product(Product {
            a: x,
            a_step: self.inputs,
            b: w,
            b_step: self.inputs,
            b_transposed: true,
            c: &mut y[first..],
            c_step: self.outputs,
            rows,
            depth: self.inputs,
            columns: count,
            add: false,
        }));
    }

    /// Calls `work` with ranges of outputs, first and count, whose weights fit the cache.
    fn by_blocks(&self, bytes: usize, mut work: impl FnMut(usize, usize)) {
        let block = (BLOCK_BYTES / bytes / self.inputs.max(1)).max(1);
        for first in (0..self.outputs).step_by(block) {
            work(first, block.min(self.outputs - first));
        }
    }

    /// The rows of `x` and `y`.
    fn rows<'b>(&self, x: &'b [f32], y: &'b mut [f32]) -> impl Iterator<Item = (&'b [f32], &'b mut [f32])> {
        let inputs = self.inputs;
        y.chunks_exact_mut(self.outputs.max(1))
            .enumerate()
            .map(move |(row, y)| (&x[row * inputs..][..inputs], y))
    }
}
