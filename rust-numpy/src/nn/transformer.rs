//! Transformer layers over a key/value cache.

use super::attention::Attention;
use super::cpu::{Activation, Call, run};
use super::linear::Linear;
use super::scratch;
use crate::{Error, Result};

/// The epsilon of a transformer's layer norms.
pub(super) const EPS: f32 = 1e-5;

/// Weight and bias of a layer norm.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// `[width]`
    pub weight: &'a [f32],
    /// `[width]`
    pub bias: &'a [f32],
}

impl Norm<'_> {
    pub(super) fn expect(&self, width: usize) -> Result<()> {
        if self.weight.len() == width && self.bias.len() == width {
            return Ok(());
        }
        let (w, b) = (self.weight.len(), self.bias.len());
        Err(Error::value(format!("a norm with weight of {w} and bias of {b} for rows of {width}")))
    }
}

/// The weights of one half of a layer: `x + scale · second(f(first(norm(x))))`.
#[derive(Debug, Clone, Copy)]
pub struct Half<'a> {
    /// The norm in front.
    pub norm: Norm<'a>,
    /// The projection to queries, keys and values, or to the hidden units.
    pub first: Linear<'a>,
    /// The projection back.
    pub second: Linear<'a>,
    /// What the update is multiplied by.
    pub scale: Option<&'a [f32]>,
}

impl Half<'_> {
    /// The same for rows that have nothing to do with each other: see [`Linear::row_by_row`].
    #[must_use]
    pub fn row_by_row(self) -> Self {
        Half { first: self.first.row_by_row(), second: self.second.row_by_row(), ..self }
    }

    /// An error unless it takes rows of `width`.
    pub(super) fn expect(&self, width: usize, hidden: usize) -> Result<()> {
        self.norm.expect(width)?;
        self.first.expect("the first projection", self.first.outputs(), width)?;
        self.second.expect("the second projection", width, hidden)?;
        match self.scale {
            Some(scale) if scale.len() != width => {
                Err(Error::value(format!("a scale of {} for rows of {width}", scale.len())))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn add_update(&self, hidden: &[f32], x: &mut [f32]) -> Result<()> {
        let mut update = scratch::take(x.len());
        self.second.apply(hidden, &mut update)?;
        if let Some(scale) = self.scale {
            run(Call::ScaleAdd { y: &mut update, scale, x });
            x.copy_from_slice(&update);
        } else {
            run(Call::Add { y: x, x: &update });
        }
        Ok(())
    }
}

/// Keys and values of one layer, `[2, capacity, kv_heads, dim]`.
#[derive(Debug)]
pub struct Cache<'a> {
    data: &'a mut [f32],
    capacity: usize,
    kv_heads: usize,
    dim: usize,
}

impl<'a> Cache<'a> {
    /// A view of that shape; an error where the size doesn't fit.
    pub fn new(data: &'a mut [f32], capacity: usize, kv_heads: usize, dim: usize) -> Result<Self> {
        let size = [2, capacity, kv_heads, dim].iter().try_fold(1usize, |size, &n| size.checked_mul(n));
        if size != Some(data.len()) {
            return Err(Error::value(format!("{} values are no cache", data.len())));
        }
        Ok(Cache { data, capacity, kv_heads, dim })
    }
}

/// Where in the stream attention is, and how it sees.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// First row of the cache that is written.
    pub first: usize,
    /// That row's place in the stream.
    pub position: i64,
    /// Number of query heads.
    pub heads: usize,
    /// The longest period of the rotary positions.
    pub max_period: f64,
    /// Rows a query sees at most.
    pub window: Option<usize>,
}

/// Cosines and sines of the rotary positions (Su et al., "RoFormer", 2021), `[time, dim / 2]` pairs.
#[derive(Debug)]
pub struct Rope {
    turns: Vec<(f32, f32)>,
    half: usize,
}

impl Rope {
    /// The angles of `time` positions: `position · max_period^(-2i/dim)`, in double precision.
    pub fn new(place: &Place, time: usize, dim: usize) -> Self {
        let half = dim / 2;
        let mut turns = vec![(0.0, 0.0); time * half];
        for i in 0..half {
            let step = place.max_period.powf(-2.0 * i as f64 / dim as f64);
            let (step_sin, step_cos) = step.sin_cos();
            let (mut sin, mut cos) = (place.position as f64 * step).sin_cos();
            for t in 0..time {
                turns[t * half + i] = (cos as f32, sin as f32);
                // the next angle by the theorem of addition, which stays exact enough for a while
                if (t + 1) % 64 == 0 {
                    (sin, cos) = ((place.position as f64 + (t + 1) as f64) * step).sin_cos();
                } else {
                    (cos, sin) = (cos * step_cos - sin * step_sin, sin * step_cos + cos * step_sin);
                }
            }
        }
        Rope { turns, half }
    }

    /// Turns each head of `from`, position `t`, into `to`.
    fn turn(&self, t: usize, from: &[f32], to: &mut [f32]) {
        let turns = &self.turns[t * self.half..][..self.half];
        let width = 2 * self.half;
        for (from, to) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
            let pairs = from.as_chunks::<2>().0.iter().zip(to.as_chunks_mut::<2>().0);
            for (([a, b], to), (cos, sin)) in pairs.zip(turns) {
                *to = [a * cos - b * sin, a * sin + b * cos];
            }
        }
    }
}

/// Causal grouped-query attention of `qkv [time, (heads + 2 kv_heads) dim]` into
/// `out [time, heads dim]`; writes keys and values into the cache.
pub fn attention(
    qkv: &[f32],
    cache: &mut Cache<'_>,
    place: &Place,
    rope: &Rope,
    out: &mut [f32],
) -> Result<()> {
    let mut queries = scratch::take(out.len());
    let attention = prepared(qkv, cache, place, rope, &mut queries, out)?;
    run(Call::Attend(attention));
    Ok(())
}

/// The attention that is left to do once queries have their rotary positions, in a buffer as large as
/// `out`, and the cache its keys and values.
pub(super) fn prepared<'a>(
    qkv: &[f32],
    cache: &'a mut Cache<'_>,
    place: &Place,
    rope: &Rope,
    queries: &'a mut [f32],
    out: &'a mut [f32],
) -> Result<Attention<'a>> {
    let (heads, kv_heads, dim) = (place.heads, cache.kv_heads, cache.dim);
    if heads == 0 || kv_heads == 0 || heads % kv_heads != 0 || dim == 0 || dim % 2 != 0 {
        return Err(Error::value(format!("{heads} heads cannot share {kv_heads} of {dim} elements")));
    }
    if place.window == Some(0) {
        return Err(Error::value("a query must see one row at least"));
    }
    let (step, queries_width) = (kv_heads * dim, heads.saturating_mul(dim));
    let width = queries_width.saturating_add(2 * step);
    let time = qkv.len() / width;
    if time * width != qkv.len() || out.len() != time * queries_width {
        return Err(Error::value(format!("{} values are no rows of {width}", qkv.len())));
    }
    let rows = place.first.saturating_add(time);
    if rows > cache.capacity {
        return Err(Error::value(format!("{rows} rows in a cache of {}", cache.capacity)));
    }
    if rope.half * 2 != dim || rope.turns.len() < time * rope.half {
        return Err(Error::value("rotary positions of another shape"));
    }
    let (keys, values) = cache.data.split_at_mut(cache.capacity * step);
    let queries = &mut queries[..time * queries_width];
    for (t, qkv) in qkv.chunks_exact(width).enumerate() {
        let (q, kv) = qkv.split_at(queries_width);
        let (k, v) = kv.split_at(step);
        let row = (place.first + t) * step;
        rope.turn(t, q, &mut queries[t * queries_width..][..queries_width]);
        rope.turn(t, k, &mut keys[row..row + step]);
        values[row..row + step].copy_from_slice(v);
    }
    Ok(Attention {
        queries,
        keys,
        values,
        first: place.first,
        window: place.window.unwrap_or(usize::MAX),
        heads,
        kv_heads,
        dim,
        out,
    })
}

/// `x += scale · second(attention(first(norm(x))))` for rows of `width`.
pub fn attention_block(
    x: &mut [f32],
    width: usize,
    half: &Half<'_>,
    cache: &mut Cache<'_>,
    place: &Place,
    rope: &Rope,
) -> Result<()> {
    let attended = place.heads.saturating_mul(cache.dim);
    half.expect(width, attended)?;
    let qkv_width = attended.saturating_add(2 * cache.kv_heads * cache.dim);
    half.first.expect("the projection to queries, keys and values", qkv_width, width)?;
    let time = x.len().checked_div(width).unwrap_or(0);
    let mut normed = scratch::take(x.len());
    run(Call::LayerNorm {
        x,
        width,
        affine: Some((half.norm.weight, half.norm.bias)),
        eps: EPS,
        y: &mut normed,
    });
    let mut qkv = scratch::take(time * qkv_width);
    half.first.apply(&normed, &mut qkv)?;
    let mut out = scratch::take(time * attended);
    attention(&qkv, cache, place, rope, &mut out)?;
    half.add_update(&out, x)
}

/// `x += scale · second(gelu(first(norm(x))))` for rows of `width`.
pub fn mlp_block(x: &mut [f32], width: usize, half: &Half<'_>) -> Result<()> {
    half.expect(width, half.first.outputs())?;
    let time = x.len().checked_div(width).unwrap_or(0);
    let mut normed = scratch::take(x.len());
    run(Call::LayerNorm {
        x,
        width,
        affine: Some((half.norm.weight, half.norm.bias)),
        eps: EPS,
        y: &mut normed,
    });
    let mut hidden = scratch::take(time * half.first.outputs());
    half.first.apply(&normed, &mut hidden)?;
    run(Call::Activate { f: Activation::Gelu, y: &mut hidden });
    half.add_update(&hidden, x)
}

/// The layers one after the other, each with its part of `caches`, on rows of `width`, in place.
/// A layer is an attention half and a feed-forward half.
pub fn transformer(
    x: &mut [f32],
    width: usize,
    layers: &[(Half<'_>, Half<'_>)],
    caches: &mut [f32],
    shape: [usize; 3],
    place: &Place,
) -> Result<()> {
    let [capacity, kv_heads, dim] = shape;
    let size = [2, capacity, kv_heads, dim].iter().try_fold(1usize, |size, &n| size.checked_mul(n));
    let size = size.filter(|size| size.checked_mul(layers.len()) == Some(caches.len()));
    let Some(size) = size else {
        return Err(Error::value(format!(
            "{} values are no caches of {} layers",
            caches.len(),
            layers.len()
        )));
    };
    let time = x.len().checked_div(width).unwrap_or(0);
    if place.first.saturating_add(time) > capacity {
        return Err(Error::value(format!("{time} rows after {} in a cache of {capacity}", place.first)));
    }
    let rope = Rope::new(place, time, dim);
    for ((attention, mlp), data) in layers.iter().zip(caches.chunks_exact_mut(size.max(1))) {
        let mut cache = Cache::new(data, capacity, kv_heads, dim)?;
        attention_block(x, width, attention, &mut cache, place, &rope)?;
        mlp_block(x, width, mlp)?;
    }
    Ok(())
}
