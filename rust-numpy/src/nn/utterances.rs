//! One step of a transformer for several utterances at once: each brings a row, a cache and a place.

use super::cpu::{Call, run, run_each};
use super::scratch;
use super::transformer::{Cache, EPS, Half, Place, Rope, mlp_block, prepared};
use crate::{Error, Result};

/// What an utterance brings beside its row.
#[derive(Debug)]
pub struct Utterance<'a> {
    /// Its caches, `[layers, 2, capacity, kv_heads, dim]`.
    pub caches: &'a mut [f32],
    /// Rows that its cache has room for.
    pub capacity: usize,
    /// Row of the cache that is written.
    pub first: usize,
    /// That row's place in the stream.
    pub position: i64,
}

/// What all utterances share.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Number of query heads.
    pub heads: usize,
    /// Number of key/value heads.
    pub kv_heads: usize,
    /// Size of a head.
    pub dim: usize,
    /// The longest period of the rotary positions.
    pub max_period: f64,
}

/// One row of each utterance through the layers, in place: `x [utterances, width]`. The weights are read
/// once for all. Each row's result is what `transformer` makes of it alone, to the bit.
pub fn transformer_rows(
    x: &mut [f32],
    width: usize,
    layers: &[(Half<'_>, Half<'_>)],
    utterances: &mut [Utterance<'_>],
    shape: &Shape,
) -> Result<()> {
    if utterances.len().checked_mul(width) != Some(x.len()) {
        let message = format!("{} values are not {} rows of {width}", x.len(), utterances.len());
        return Err(Error::value(message));
    }
    if utterances.is_empty() {
        return Ok(());
    }
    let sizes = utterances
        .iter()
        .map(|utterance| size(utterance, layers.len(), shape))
        .collect::<Result<Vec<_>>>()?;
    let places: Vec<_> = utterances
        .iter()
        .map(|&Utterance { first, position, .. }| {
            let (heads, max_period) = (shape.heads, shape.max_period);
            Place { first, position, heads, max_period, window: None }
        })
        .collect();
    let ropes: Vec<_> = places.iter().map(|place| Rope::new(place, 1, shape.dim)).collect();
    for (layer, (attention, mlp)) in layers.iter().enumerate() {
        let caches = utterances.iter_mut().zip(&sizes).map(|(utterance, &size)| {
            let data = &mut utterance.caches[layer * size..][..size];
            Cache::new(data, utterance.capacity, shape.kv_heads, shape.dim)
        });
        let mut caches = caches.collect::<Result<Vec<_>>>()?;
        attend(x, width, &attention.row_by_row(), &mut caches, (&places, &ropes), shape)?;
        mlp_block(x, width, &mlp.row_by_row())?;
    }
    Ok(())
}

/// Elements of one layer's cache; an error where the caches don't fit the layers or have no room.
fn size(utterance: &Utterance<'_>, layers: usize, shape: &Shape) -> Result<usize> {
    let axes = [2, utterance.capacity, shape.kv_heads, shape.dim];
    let size = axes.iter().try_fold(1usize, |size, &n| size.checked_mul(n));
    let len = utterance.caches.len();
    let Some(size) = size.filter(|size| size.checked_mul(layers) == Some(len)) else {
        return Err(Error::value(format!("{len} values are no caches of {layers} layers")));
    };
    if utterance.first >= utterance.capacity {
        let (first, capacity) = (utterance.first, utterance.capacity);
        return Err(Error::value(format!("a row after {first} in a cache of {capacity}")));
    }
    Ok(size)
}

/// As `attention_block`, each row over its own cache.
fn attend(
    x: &mut [f32],
    width: usize,
    half: &Half<'_>,
    caches: &mut [Cache<'_>],
    (places, ropes): (&[Place], &[Rope]),
    shape: &Shape,
) -> Result<()> {
    let attended = shape.heads.saturating_mul(shape.dim);
    half.expect(width, attended)?;
    let qkv_width = attended.saturating_add(2 * shape.kv_heads * shape.dim);
    half.first.expect("the projection to queries, keys and values", qkv_width, width)?;
    if attended == 0 {
        return Err(Error::value("attention needs heads of some elements"));
    }
    let rows = caches.len();
    let affine = Some((half.norm.weight, half.norm.bias));
    let mut normed = scratch::take(x.len());
    run(Call::LayerNorm { x, width, affine, eps: EPS, y: &mut normed });
    let mut qkv = scratch::take(rows * qkv_width);
    half.first.apply(&normed, &mut qkv)?;
    let (mut queries, mut out) = (scratch::take(rows * attended), scratch::take(rows * attended));
    let parts = queries.chunks_exact_mut(attended).zip(out.chunks_exact_mut(attended));
    let streams = caches.iter_mut().zip(places).zip(ropes);
    let calls = qkv.chunks_exact(qkv_width).zip(streams).zip(parts).map(
        |((qkv, ((cache, place), rope)), (queries, out))| {
            prepared(qkv, cache, place, rope, queries, out).map(Call::Attend)
        },
    );
    run_each(calls.collect::<Result<_>>()?);
    half.add_update(&out, x)
}
