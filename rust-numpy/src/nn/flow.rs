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

/// One block on a row `x`, in place; `modulation` is shift, scale and gate.
pub fn modulated_block(x: &mut [f32], modulation: &[f32], block: &Block<'_>) -> Result<()> {
    let dim = x.len();
    block.norm.expect(dim)?;
    block.first.expect("the first linear", block.first.outputs(), dim)?;
    block.second.expect("the second linear", dim, block.first.outputs())?;
    if dim.checked_mul(3) != Some(modulation.len()) {
        return Err(Error::value(format!("a modulation of {} for a row of {dim}", modulation.len())));
    }
    let (shift, rest) = modulation.split_at(dim);
    let (scale, gate) = rest.split_at(dim);
    let mut h = scratch::take(dim);
    let affine = Some((block.norm.weight, block.norm.bias));
    run(Call::LayerNorm { x, width: dim, affine, eps: EPS, y: &mut h });
    run(Call::Modulate { y: &mut h, shift, scale });
    let mut hidden = scratch::take(block.first.outputs());
    block.first.apply(&h, &mut hidden)?;
    run(Call::Activate { f: Activation::Silu, y: &mut hidden });
    block.second.apply(&hidden, &mut h)?;
    run(Call::ScaleAdd { y: &mut h, scale: gate, x });
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

/// The head's output for a row `x` and a condition, into `y`.
pub fn flow_head(x: &[f32], condition: &[f32], head: &Head<'_>, y: &mut [f32]) -> Result<()> {
    let dim = head.input.outputs();
    let modulations = head.blocks.len().saturating_mul(3).saturating_add(2).saturating_mul(dim);
    head.modulation.expect("the modulation", modulations, condition.len())?;
    head.input.expect("the input projection", dim, x.len())?;
    head.output.expect("the output projection", y.len(), dim)?;
    if dim == 0 || x.is_empty() || condition.is_empty() || y.is_empty() {
        return Err(Error::value("a flow head needs widths above zero"));
    }
    let mut active = scratch::take(condition.len());
    active.copy_from_slice(condition);
    run(Call::Activate { f: Activation::Silu, y: &mut active });
    let mut modulation = scratch::take(modulations);
    head.modulation.apply(&active, &mut modulation)?;
    let mut h = scratch::take(dim);
    head.input.apply(x, &mut h)?;
    let (of_blocks, of_end) = modulation.split_at(3 * dim * head.blocks.len());
    for (block, modulation) in head.blocks.iter().zip(of_blocks.chunks_exact(3 * dim)) {
        modulated_block(&mut h, modulation, block)?;
    }
    let mut normed = scratch::take(dim);
    run(Call::LayerNorm { x: &h, width: dim, affine: None, eps: EPS, y: &mut normed });
    let (shift, scale) = of_end.split_at(dim);
    run(Call::Modulate { y: &mut normed, shift, scale });
    head.output.apply(&normed, y)
}
