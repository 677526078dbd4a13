//! A multilayer perceptron whose norms are modulated by a condition (adaLN; Peebles and Xie,
//! "Scalable diffusion models with transformers", 2022): the head that turns noise into a latent.

use super::cpu::{Activation, Call, run};
use super::linear::Linear;
use super::scratch;
use super::transformer::Norm;
use crate::{Error, Result};

/// The epsilon of a flow head's layer norms.
const EPS: f32 = 1e-6;

/// The weights of one block: `x + gate · second(silu(first(norm(x) (1 + scale) + shift)))`.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// The norm in front.
    pub norm: Norm<'a>,
    /// `[dim, dim]`
    pub first: Linear<'a>,
    /// `[dim, dim]`
    pub second: Linear<'a>,
}

impl Block<'_> {
    /// The same for rows that have nothing to do with each other: see [`Linear::row_by_row`].
    #[must_use]
    pub fn row_by_row(self) -> Self {
        Block { first: self.first.row_by_row(), second: self.second.row_by_row(), ..self }
    }
}

/// One block on a row `x`, in place; `modulation` is shift, scale and gate.
pub fn modulated_block(x: &mut [f32], modulation: &[f32], block: &Block<'_>) -> Result<()> {
    let dim = x.len();
    if dim.checked_mul(3) != Some(modulation.len()) {
        return Err(Error::value(format!("a modulation of {} for a row of {dim}", modulation.len())));
    }
    modulated_rows(x, dim, (modulation, modulation.len()), block)
}

/// One block on rows of `dim`, in place. Row `r` is modulated by the `3 dim` values from `r step` on.
fn modulated_rows(
    x: &mut [f32],
    dim: usize,
    (modulation, step): (&[f32], usize),
    block: &Block<'_>,
) -> Result<()> {
    block.norm.expect(dim)?;
    block.first.expect("the first linear", block.first.outputs(), dim)?;
    block.second.expect("the second linear", dim, block.first.outputs())?;
    let rows = x.len().checked_div(dim).unwrap_or(0);
    let mut h = scratch::take(x.len());
    let affine = Some((block.norm.weight, block.norm.bias));
    run(Call::LayerNorm { x, width: dim, affine, eps: EPS, y: &mut h });
    for (y, modulation) in h.chunks_mut(dim.max(1)).zip(modulation.chunks(step.max(1))) {
        run(Call::Modulate { y, shift: &modulation[..dim], scale: &modulation[dim..2 * dim] });
    }
    let mut hidden = scratch::take(rows * block.first.outputs());
    block.first.apply(&h, &mut hidden)?;
    run(Call::Activate { f: Activation::Silu, y: &mut hidden });
    block.second.apply(&hidden, &mut h)?;
    let of_rows = h.chunks_mut(dim.max(1)).zip(x.chunks(dim.max(1)));
    for ((y, x), modulation) in of_rows.zip(modulation.chunks(step.max(1))) {
        run(Call::ScaleAdd { y, scale: &modulation[2 * dim..3 * dim], x });
    }
    x.copy_from_slice(&h);
    Ok(())
}

/// The weights of a whole head.
#[derive(Debug)]
pub struct Head<'a> {
    /// From the condition to all modulations: three of each block, shift and scale of the end.
    pub modulation: Linear<'a>,
    /// From a latent to the width.
    pub input: Linear<'a>,
    /// The blocks.
    pub blocks: Vec<Block<'a>>,
    /// Back to a latent.
    pub output: Linear<'a>,
}

/// The head's output for rows `x` and as many conditions, into `y`: each row as if it were alone.
pub fn flow_head(x: &[f32], condition: &[f32], head: &Head<'_>, y: &mut [f32]) -> Result<()> {
    let (latent, dim, conditions) = (head.input.inputs(), head.input.outputs(), head.modulation.inputs());
    let modulations = head.blocks.len().saturating_mul(3).saturating_add(2).saturating_mul(dim);
    head.modulation.expect("the modulation", modulations, conditions)?;
    head.output.expect("the output projection", latent, dim)?;
    if dim == 0 || latent == 0 || conditions == 0 {
        return Err(Error::value("a flow head needs widths above zero"));
    }
    let rows = x.len() / latent;
    if rows * latent != x.len() || y.len() != x.len() || rows.checked_mul(conditions) != Some(condition.len())
    {
        let (x, condition) = (x.len(), condition.len());
        let message = format!("{x} and {condition} values are no rows of {latent} and {conditions}");
        return Err(Error::value(message));
    }
    let mut active = scratch::take(condition.len());
    active.copy_from_slice(condition);
    run(Call::Activate { f: Activation::Silu, y: &mut active });
    let mut modulation = scratch::take(rows * modulations);
    head.modulation.row_by_row().apply(&active, &mut modulation)?;
    let mut h = scratch::take(rows * dim);
    head.input.row_by_row().apply(x, &mut h)?;
    for (index, block) in head.blocks.iter().enumerate() {
        let modulation = modulation.get(3 * dim * index..).unwrap_or_default();
        modulated_rows(&mut h, dim, (modulation, modulations), &block.row_by_row())?;
    }
    let mut normed = scratch::take(rows * dim);
    run(Call::LayerNorm { x: &h, width: dim, affine: None, eps: EPS, y: &mut normed });
    for (y, modulation) in normed.chunks_mut(dim).zip(modulation.chunks(modulations)) {
        let (shift, scale) = modulation[modulations - 2 * dim..].split_at(dim);
        run(Call::Modulate { y, shift, scale });
    }
    head.output.row_by_row().apply(&normed, y)
}
