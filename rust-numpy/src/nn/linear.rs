//! Linear maps with weights in three storage types.

use super::cpu::{Call, run};
use super::gemm::Product;
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
    Bf16 {
        /// `[outputs, inputs]`
        bits: &'a [u16],
        /// Whether activations stay single precision. Where not, products of many rows may round those
        /// to upper halves as well.
        exact: bool,
    },
    /// Each row in a unit of its own.
    Int8 {
        /// `[outputs, inputs]`
        values: &'a [i8],
        /// `[outputs]`
        units: &'a [f32],
    },
}

impl<'a> Weight<'a> {
    /// Carries out a product whose B is this from `start` on, in units where it has units.
    pub(super) fn multiply(self, start: usize, p: Product<'_, ()>) {
        // nothing is read where the product is empty
        let start = |len: usize| start.min(len);
        match self {
            Weight::F32(w) => run(Call::Product(p.with(&w[start(w.len())..]))),
            Weight::Bf16 { bits: w, exact } => {
                let p = p.with(&w[start(w.len())..]);
                run(if exact { Call::ProductBf16(p) } else { Call::RoundedBf16(p) });
            }
            Weight::Int8 { values: w, .. } => run(Call::ProductInt8(p.with(&w[start(w.len())..]))),
        }
    }
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
            Weight::Bf16 { bits, .. } => bits.len(),
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
        if rows >= MANY_ROWS {
            let (depth, columns) = (self.inputs, self.outputs);
            let (a_step, b_step, c_step, b_transposed) = (depth, depth, columns, true);
            let (a, b, c, add) = (x, &[], &mut *y, false);
            self.weight.multiply(
                0,
                Product { a, a_step, b, b_step, b_transposed, c, c_step, rows, depth, columns, add },
            );
            if let Weight::Int8 { units, .. } = self.weight {
                run(Call::Scale { y, scale: units });
            }
        } else {
            self.apply_to_few(x, y);
        }
        if let Some(bias) = self.bias {
            run(Call::Add { y, x: bias });
        }
        Ok(())
    }

    /// Row by row: each reads the weights, or a block of them that stays in the cache.
    fn apply_to_few(&self, x: &[f32], y: &mut [f32]) {
        match self.weight {
            Weight::F32(w) => self.by_blocks(4, y.len(), |first, count| {
                let w = &w[first * self.inputs..][..count * self.inputs];
                for (x, y) in self.rows(x, y) {
                    run(Call::MatvecF32 { x, w, y: &mut y[first..first + count] });
                }
            }),
            Weight::Bf16 { bits: w, .. } => self.by_blocks(2, y.len(), |first, count| {
                let w = &w[first * self.inputs..][..count * self.inputs];
                for (x, y) in self.rows(x, y) {
                    run(Call::MatvecBf16 { x, w, y: &mut y[first..first + count] });
                }
            }),
            Weight::Int8 { values: w, units } => {
                let mut quantised = vec![0i16; self.inputs];
                let mut unit = 0.0;
                for (x, y) in self.rows(x, y) {
                    run(Call::Quantise { x, y: &mut quantised, unit: &mut unit });
                    run(Call::MatvecInt8 { x: &quantised, unit, w, units, y });
                }
            }
        }
    }

    /// Calls `work` with ranges of outputs, first and count: all where there is one row of them, else
    /// those whose weights fit the cache.
    fn by_blocks(&self, bytes: usize, values: usize, mut work: impl FnMut(usize, usize)) {
        let fitting = BLOCK_BYTES / bytes / self.inputs.max(1);
        let block = if values == self.outputs { values } else { fitting }.max(1);
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
