//! Linear maps with weights in three storage types.

use super::batch::MOST_ROWS;
use super::cpu::{Call, run};
use super::gemm::Product;
use super::scratch;
use crate::{Error, Result};

/// Rows from which a product of matrices, which packs them, is faster than one row by row.
const MANY_ROWS: usize = 6;
/// Outputs that are put in their places at a time: a line of the cache.
const TURNED: usize = 16;

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
    /// Rows from which one reading of the weights for all is faster than one for each; the same bits.
    fn together(self) -> usize {
        match self {
            Weight::F32(_) => 2,
            Weight::Bf16 { .. } => 4,
            Weight::Int8 { .. } => 5,
        }
    }

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
    row_by_row: bool,
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
        Ok(Linear { weight, bias, outputs, inputs, row_by_row: false })
    }

    /// The same map, for rows that have nothing to do with each other: each as if it were alone, to the bit.
    /// Up to [`MOST_ROWS`] of them read the weights once.
    #[must_use]
    pub fn row_by_row(self) -> Self {
        Linear { row_by_row: true, ..self }
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

    /// `y [rows, outputs] = x [rows, inputs]` mapped. Unless [`Self::row_by_row`], the sums of many rows are
    /// in the order that is fastest.
    pub fn apply(&self, x: &[f32], y: &mut [f32]) -> Result<()> {
        let rows = self.rows(x, y)?;
        if rows == 0 {
            return Ok(());
        }
        if self.row_by_row || rows < MANY_ROWS {
            for (group, y) in y.chunks_mut(MOST_ROWS * self.outputs).enumerate() {
                let rows = y.len() / self.outputs;
                self.apply_to_few(&x[group * MOST_ROWS * self.inputs..][..rows * self.inputs], y, rows);
            }
        } else {
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
        }
        if let Some(bias) = self.bias {
            run(Call::Add { y, x: bias });
        }
        Ok(())
    }

    /// How many rows there are; an error where they are not whole.
    fn rows(&self, x: &[f32], y: &[f32]) -> Result<usize> {
        let rows = y.len().checked_div(self.outputs).unwrap_or(0);
        if rows * self.outputs != y.len()
            || rows.checked_mul(self.inputs) != Some(x.len()) && self.outputs > 0
        {
            let message = format!("{} values are not {rows} rows of {}", x.len(), self.inputs);
            return Err(Error::value(message));
        }
        Ok(rows)
    }

    /// At most [`MOST_ROWS`] rows, without the bias.
    fn apply_to_few(&self, x: &[f32], y: &mut [f32], rows: usize) {
        match (self.inputs, rows) {
            (0, _) => y.fill(0.0),
            (_, rows) if rows < self.weight.together() => {
                let of_rows = x.chunks_exact(self.inputs).zip(y.chunks_exact_mut(self.outputs));
                of_rows.for_each(|(x, y)| self.apply_to_one(x, y));
            }
            _ => self.apply_to_several(x, y, rows),
        }
    }

    fn apply_to_one(&self, x: &[f32], y: &mut [f32]) {
        match self.weight {
            Weight::F32(w) => run(Call::MatvecF32 { x, w, y }),
            Weight::Bf16 { bits: w, .. } => run(Call::MatvecBf16 { x, w, y }),
            Weight::Int8 { values: w, units } => {
                let (mut quantised, mut unit) = (scratch::take(x.len()), 0.0);
                run(Call::Quantise { x, y: &mut quantised, unit: &mut unit });
                run(Call::MatvecInt8 { x: &quantised, unit, w, units, y });
            }
        }
    }

    fn apply_to_several(&self, x: &[f32], y: &mut [f32], rows: usize) {
        let mut turned = scratch::take(y.len());
        match self.weight {
            Weight::F32(w) => run(Call::BatchF32 { x, rows, w, y: &mut turned }),
            Weight::Bf16 { bits: w, .. } => run(Call::BatchBf16 { x, rows, w, y: &mut turned }),
            Weight::Int8 { values: w, units } => {
                let (mut quantised, mut x_units) = (scratch::take(x.len()), [0.0; MOST_ROWS]);
                let of_rows = x.chunks(self.inputs).zip(quantised.chunks_mut(self.inputs));
                for ((x, y), unit) in of_rows.zip(&mut x_units) {
                    run(Call::Quantise { x, y, unit });
                }
                let x_units = &x_units[..rows];
                run(Call::BatchInt8 { x: &quantised, x_units, w, units, y: &mut turned });
            }
        }
        for (block, turned) in turned.chunks(TURNED * rows).enumerate() {
            let (first, count) = (block * TURNED, turned.len() / rows);
            for (row, y) in y.chunks_exact_mut(self.outputs).enumerate() {
                let turned = turned[row..].iter().step_by(rows);
                y[first..first + count].iter_mut().zip(turned).for_each(|(y, &turned)| *y = turned);
            }
        }
    }
}
