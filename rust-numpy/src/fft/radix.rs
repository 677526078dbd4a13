//! Transforms of lengths with small prime factors (Cooley and Tukey): the transform of `n = p m`
//! numbers from `p` transforms of every `p`th of them.

use super::plan::{C, root};
use crate::error::Result;
use crate::storage::reserve;

/// A transform of one length.
pub(super) struct Radix {
    levels: Vec<Level>,
}

/// One factor of the length, with what it multiplies by.
struct Level {
    factor: usize,
    /// `exp(-2πi r k / (p m))` for the `k`th number of the parts `r = 1, ..., p - 1`, in the order
    /// in which they are used.
    turns: Vec<C>,
    /// `exp(-2πi k / p)`
    roots: Vec<C>,
}

impl Radix {
    /// `factors` multiply to `n`. Errors: `Memory`.
    pub fn new(n: usize, factors: Vec<usize>) -> Result<Radix> {
        let mut levels = reserve(factors.len())?;
        let mut len = n;
        for factor in factors {
            let m = len / factor;
            let mut turns = reserve(m * (factor - 1))?;
            turns.extend((0..m).flat_map(|k| (1..factor).map(move |r| root(r * k, len))));
            let roots = (0..factor).map(|k| root(k, factor)).collect();
            levels.push(Level { factor, turns, roots });
            len = m;
        }
        Ok(Radix { levels })
    }

    /// Writes the transform of `x` to `out`.
    pub fn forward(&self, x: &[C], out: &mut [C]) {
        part(x, 1, &self.levels, out);
    }
}

/// The transform of every `stride`th number of `x`.
fn part(x: &[C], stride: usize, levels: &[Level], out: &mut [C]) {
    let Some((level, rest)) = levels.split_first() else {
        out[0] = x[0];
        return;
    };
    if rest.is_empty() {
        return smallest(x, stride, level, out);
    }
    let m = out.len() / level.factor;
    for (r, piece) in out.chunks_exact_mut(m).enumerate() {
        part(&x[r * stride..], stride * level.factor, rest, piece);
    }
    join_all(level, out);
}

/// The transform of as many numbers as the last factor, each `stride` after the one before.
#[inline(always)]
fn smallest(x: &[C], stride: usize, level: &Level, out: &mut [C]) {
    if let [a, b, c, d] = out {
        // most leaves of the recursion are these, and their turns are all one
        [*a, *b, *c, *d] = four(x[0], x[stride], x[2 * stride], x[3 * stride]);
        return;
    }
    for (out, &x) in out.iter_mut().zip(x.iter().step_by(stride)) {
        *out = x;
    }
    join_all(level, out);
}

/// The transform of `out` from those of its parts, which lie there one after the other.
#[inline(always)]
fn join_all(level: &Level, out: &mut [C]) {
    match level.factor {
        2 => join_2(&level.turns, out),
        3 => join_3(&level.turns, out),
        4 => join_4(&level.turns, out),
        5 => join_5(&level.turns, out),
        _ => join(level, out),
    }
}

/// `-i z`
#[inline(always)]
fn turned_back(z: C) -> C {
    C::new(z.im, -z.re)
}

#[inline(always)]
fn scaled(z: C, by: f64) -> C {
    C::new(z.re * by, z.im * by)
}

fn join_2(turns: &[C], out: &mut [C]) {
    let (low, high) = out.split_at_mut(out.len() / 2);
    for ((a, b), &w) in low.iter_mut().zip(high).zip(turns) {
        let turned = *b * w;
        (*a, *b) = (*a + turned, *a - turned);
    }
}

fn join_3(turns: &[C], out: &mut [C]) {
    const SINE: f64 = 0.866_025_403_784_438_6; // √3 / 2
    let m = out.len() / 3;
    let (a, rest) = out.split_at_mut(m);
    let (b, c) = rest.split_at_mut(m);
    for (((a, b), c), w) in a.iter_mut().zip(b).zip(c).zip(turns.as_chunks::<2>().0) {
        let (x, y, z) = (*a, *b * w[0], *c * w[1]);
        let (sum, across) = (y + z, turned_back(scaled(y - z, SINE)));
        let middle = x - scaled(sum, 0.5);
        (*a, *b, *c) = (x + sum, middle + across, middle - across);
    }
}

fn join_4(turns: &[C], out: &mut [C]) {
    let m = out.len() / 4;
    let (low, high) = out.split_at_mut(2 * m);
    let ((a, b), (c, d)) = (low.split_at_mut(m), high.split_at_mut(m));
    let parts = a.iter_mut().zip(b).zip(c.iter_mut().zip(d));
    for (((a, b), (c, d)), w) in parts.zip(turns.as_chunks::<3>().0) {
        [*a, *b, *c, *d] = four(*a, *b * w[0], *c * w[1], *d * w[2]);
    }
}

/// The transform of four numbers.
#[inline(always)]
fn four(x: C, y: C, z: C, u: C) -> [C; 4] {
    let (even, odd) = (x + z, x - z);
    let (sum, turned) = (y + u, turned_back(y - u));
    [even + sum, odd + turned, even - sum, odd - turned]
}

fn join_5(turns: &[C], out: &mut [C]) {
    // cosines and sines of a fifth and of two fifths of a turn
    const C1: f64 = 0.309_016_994_374_947_45;
    const C2: f64 = -0.809_016_994_374_947_5;
    const S1: f64 = 0.951_056_516_295_153_5;
    const S2: f64 = 0.587_785_252_292_473_1;
    let m = out.len() / 5;
    let (a, rest) = out.split_at_mut(m);
    let (b, rest) = rest.split_at_mut(m);
    let (c, rest) = rest.split_at_mut(m);
    let (d, e) = rest.split_at_mut(m);
    let parts = a.iter_mut().zip(b).zip(c.iter_mut().zip(d)).zip(e);
    for ((((a, b), (c, d)), e), w) in parts.zip(turns.as_chunks::<4>().0) {
        let (x, y, z, u, v) = (*a, *b * w[0], *c * w[1], *d * w[2], *e * w[3]);
        let (outer, inner) = (y + v, z + u);
        let (outer_gap, inner_gap) = (y - v, z - u);
        let first = x + scaled(outer, C1) + scaled(inner, C2);
        let second = x + scaled(outer, C2) + scaled(inner, C1);
        let first_across = turned_back(scaled(outer_gap, S1) + scaled(inner_gap, S2));
        let second_across = turned_back(scaled(outer_gap, S2) - scaled(inner_gap, S1));
        *a = x + outer + inner;
        (*b, *e) = (first + first_across, first - first_across);
        (*c, *d) = (second + second_across, second - second_across);
    }
}

/// Any other factor, by the definition.
fn join(level: &Level, out: &mut [C]) {
    let p = level.factor;
    let m = out.len() / p;
    let mut inputs = [C::default(); 32];
    for k in 0..m {
        inputs[0] = out[k];
        let turns = &level.turns[k * (p - 1)..(k + 1) * (p - 1)];
        for (r, (input, &w)) in inputs[1..p].iter_mut().zip(turns).enumerate() {
            *input = out[(r + 1) * m + k] * w;
        }
        for q in 0..p {
            let mut at = 0;
            let mut sum = inputs[0];
            for &input in &inputs[1..p] {
                at += q;
                if at >= p {
                    at -= p;
                }
                sum = sum + input * level.roots[at];
            }
            out[q * m + k] = sum;
        }
    }
}
