//! Linear maps with weights in four storage types.

use super::batch::MOST_ROWS;
use super::cpu::{Call, run};
use super::gemm::Product;
use super::integers::{self, Units};
use super::rows::limit_int8;
use super::scratch::{self, Scratch};
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
    /// The upper halves of single precision, `[outputs, inputs]`.
    Bf16(&'a [u16]),
    /// Each row in a unit of its own.
    Int8 {
        /// `[outputs, inputs]`
        values: &'a [i8],
        /// `[outputs]`
        units: &'a [f32],
    },
    /// The same in as many bits as sums of products allow: at most `even_limit` of the inputs.
    Int16 {
        /// `[outputs, inputs]`
        values: &'a [i16],
        /// `[outputs]`
        units: &'a [f32],
    },
}

/// Rows of activations as a weight multiplies them.
pub(super) enum Rows<'a> {
    Floats(&'a [f32]),
    /// Integers and the unit of each row.
    Integers(Scratch<i16>, Scratch),
}

impl<'a> Weight<'a> {
    /// Rows from which one reading of the weights for all is faster than one for each; the same bits.
    fn together(self) -> usize {
        match self {
            Weight::F32(_) => 2,
            Weight::Bf16(_) => 4,
            Weight::Int8 { .. } => 5,
            Weight::Int16 { .. } => 1,
        }
    }

    /// How many weights there are; an error where there are units, but not one for each output.
    pub(super) fn len(self, outputs: usize) -> Result<usize> {
        let (len, units) = match self {
            Weight::F32(values) => (values.len(), None),
            Weight::Bf16(bits) => (bits.len(), None),
            Weight::Int8 { values, units } => (values.len(), Some(units)),
            Weight::Int16 { values, units } => (values.len(), Some(units)),
        };
        match units {
            Some(units) if units.len() != outputs => {
                Err(Error::value(format!("{} units for {outputs} outputs", units.len())))
            }
            _ => Ok(len),
        }
    }

    /// What each output is multiplied by; nothing where weights are no integers.
    pub(super) fn units(self) -> &'a [f32] {
        match self {
            Weight::F32(_) | Weight::Bf16(_) => &[],
            Weight::Int8 { units, .. } | Weight::Int16 { units, .. } => units,
        }
    }

    /// The rows `x` of `width` as this multiplies them.
    pub(super) fn rows<'x>(self, x: &'x [f32], width: usize) -> Rows<'x> {
        let limit = match self {
            Weight::F32(_) | Weight::Bf16(_) => return Rows::Floats(x),
            Weight::Int8 { .. } => integers::limit(width, 128),
            Weight::Int16 { .. } => integers::even_limit(width),
        };
        let (mut y, mut units) = (scratch::take(x.len()), scratch::take(x.len() / width.max(1)));
        run(Call::Quantise { x, width, limit, y: &mut y, units: &mut units });
        Rows::Integers(y, units)
    }

    /// Carries out a product whose B is this from `start` on, and whose A is `rows` from `first` on, each
    /// `stride`th. `columns` are the units of the product's columns, where this has units.
    pub(super) fn multiply(
        self,
        start: usize,
        (rows, first, stride): (&Rows<'_>, usize, usize),
        columns: &[f32],
        p: Product<'_, (), ()>,
    ) {
        // nothing is read where the product is empty
        let start = |len: usize| start.min(len);
        let width = p.a_step / stride;
        match (self, rows) {
            (Weight::F32(w), &Rows::Floats(x)) => {
                run(Call::Product(p.with(&x[first * width..], &w[start(w.len())..])));
            }
            (Weight::Bf16(w), &Rows::Floats(x)) => {
                run(Call::ProductBf16(p.with(&x[first * width..], &w[start(w.len())..])));
            }
            (Weight::Int8 { values: w, .. }, Rows::Integers(x, units)) => {
                let units = Units { rows: &units[first..], step: stride, columns };
                run(Call::ProductInt8(p.with(&x[first * width..], &w[start(w.len())..]), units));
            }
            (Weight::Int16 { values: w, .. }, Rows::Integers(x, units)) => {
                let units = Units { rows: &units[first..], step: stride, columns };
                run(Call::ProductInt16(p.with(&x[first * width..], &w[start(w.len())..]), units));
            }
            _ => unreachable!("rows are made for the weight"),
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
        let len = weight.len(outputs)?;
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
        if self.inputs == 0 {
            y.fill(0.0);
        } else if matches!(self.weight, Weight::Int16 { .. }) || !self.row_by_row && rows >= MANY_ROWS {
            self.apply_to_many(x, y, rows);
        } else {
            for (group, y) in y.chunks_mut(MOST_ROWS * self.outputs).enumerate() {
                let rows = y.len() / self.outputs;
                self.apply_to_few(&x[group * MOST_ROWS * self.inputs..][..rows * self.inputs], y, rows);
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

    /// As a product of matrices, without the bias.
    fn apply_to_many(&self, x: &[f32], y: &mut [f32], rows: usize) {
        let (depth, columns) = (self.inputs, self.outputs);
        let (a_step, b_step, c_step, b_transposed) = (depth, depth, columns, true);
        let (a, b, c, add) = (&[], &[], y, false);
        let p = Product { a, a_step, b, b_step, b_transposed, c, c_step, rows, depth, columns, add };
        self.weight.multiply(0, (&self.weight.rows(x, depth), 0, 1), self.weight.units(), p);
    }

    /// At most [`MOST_ROWS`] rows, without the bias.
    fn apply_to_few(&self, x: &[f32], y: &mut [f32], rows: usize) {
        if rows >= self.weight.together() {
            return self.apply_to_several(x, y, rows);
        }
        let of_rows = x.chunks_exact(self.inputs).zip(y.chunks_exact_mut(self.outputs));
        of_rows.for_each(|(x, y)| self.apply_to_one(x, y));
    }

    fn apply_to_one(&self, x: &[f32], y: &mut [f32]) {
        match self.weight {
            Weight::F32(w) => run(Call::MatvecF32 { x, w, y }),
            Weight::Bf16(w) => run(Call::MatvecBf16 { x, w, y }),
            Weight::Int8 { values: w, units } => {
                let (mut quantised, mut unit) = (scratch::take(x.len()), [0.0]);
                self.quantise(x, &mut quantised, &mut unit);
                run(Call::MatvecInt8 { x: &quantised, unit: unit[0], w, units, y });
            }
            Weight::Int16 { .. } => self.apply_to_many(x, y, 1),
        }
    }

    /// Rows as integers for int8 weights.
    fn quantise(&self, x: &[f32], y: &mut [i16], units: &mut [f32]) {
        let width = self.inputs;
        run(Call::Quantise { x, width, limit: limit_int8(width), y, units });
    }

    fn apply_to_several(&self, x: &[f32], y: &mut [f32], rows: usize) {
        let mut turned = scratch::take(y.len());
        match self.weight {
            Weight::F32(w) => run(Call::BatchF32 { x, rows, w, y: &mut turned }),
            Weight::Bf16(w) => run(Call::BatchBf16 { x, rows, w, y: &mut turned }),
            Weight::Int8 { values: w, units } => {
                let (mut quantised, mut x_units) = (scratch::take(x.len()), [0.0; MOST_ROWS]);
                let x_units = &mut x_units[..rows];
                self.quantise(x, &mut quantised, x_units);
                run(Call::BatchInt8 { x: &quantised, x_units, w, units, y: &mut turned });
            }
            Weight::Int16 { .. } => return self.apply_to_many(x, y, rows),
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
