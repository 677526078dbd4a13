//! Softmax attention of one key/value head's queries over a cache.

use super::gemm::Product;
use super::math::{LANES, exp, fma, sum_lanes};
use super::rows::ROWS;
use super::scratch;

/// Queries that a product of matrices is not worth packing the keys for.
const FEW: usize = 3;
/// Rows of values that every head takes its part of before the next ones are read.
const BLOCK: usize = 16;
/// Elements of a head whose weighted sums are kept in registers at a time.
pub const PART: usize = 32;

/// What `attend` works on. Rows of `keys` and `values` are `step` elements apart; key/value head
/// `h` has its `dim` elements at `h * dim` of each row.
#[derive(Debug)]
pub struct Attention<'a> {
    /// Rotated queries, `[time, heads, dim]`.
    pub queries: &'a [f32],
    /// Rotated keys, `[rows, kv_heads, dim]`.
    pub keys: &'a [f32],
    /// Values, `[rows, kv_heads, dim]`.
    pub values: &'a [f32],
    /// The row that the first query stands at: it sees that one and those before.
    pub first: usize,
    /// Rows a query sees at most, itself included.
    pub window: usize,
    /// Number of query heads.
    pub heads: usize,
    /// Number of key/value heads.
    pub kv_heads: usize,
    /// Size of a head.
    pub dim: usize,
    /// `[time, heads, dim]`
    pub out: &'a mut [f32],
}

/// `out = softmax(queries keysᵀ / sqrt(dim)) values` for every head and query, by kernels for
/// products of matrices, for those of a query and some keys, and for [`add_weighted`].
#[inline(always)]
pub fn attend<const FMA: bool>(
    a: Attention<'_>,
    product: impl Fn(Product<'_>),
    dots: impl Fn(&[f32], &[f32], usize) -> [f32; ROWS] + Copy,
    add_weighted: impl Fn(&[f32], &[f32], usize, &mut [f32; PART]) + Copy,
) {
    let width = a.heads * a.dim;
    if width == 0 || a.kv_heads == 0 {
        return;
    }
    let time = a.queries.len() / width;
    if time > FEW {
        many::<FMA>(a, time, product);
    } else {
        let mut out = a.out;
        for t in 0..time {
            let (row, rest) = out.split_at_mut(width);
            let one =
                Attention { queries: &a.queries[t * width..][..width], first: a.first + t, out: row, ..a };
            single::<FMA>(one, dots, add_weighted);
            out = rest;
        }
    }
}

/// One query: the cache is read once, from beginning to end.
#[inline(always)]
fn single<const FMA: bool>(
    a: Attention<'_>,
    dots: impl Fn(&[f32], &[f32], usize) -> [f32; ROWS],
    add_weighted: impl Fn(&[f32], &[f32], usize, &mut [f32; PART]),
) {
    let (dim, step, group) = (a.dim, a.kv_heads * a.dim, a.heads / a.kv_heads);
    let begin = (a.first + 1).saturating_sub(a.window);
    let rows = a.first + 1 - begin;
    let (keys, values) = (&a.keys[begin * step..][..rows * step], &a.values[begin * step..][..rows * step]);
    let scale = 1.0 / (dim as f32).sqrt();
    let mut scores = scratch::take(a.heads * rows); // [heads, rows]
    for (block, keys) in keys.chunks(ROWS * step).enumerate() {
        for (head, query) in a.queries.chunks_exact(dim).enumerate() {
            let keys = &keys[head / group * dim..];
            let scores = &mut scores[head * rows + block * ROWS..(head + 1) * rows];
            if let Some(scores) = scores.first_chunk_mut::<ROWS>() {
                *scores = dots(query, keys, step).map(|score| score * scale);
            } else {
                for (score, keys) in scores.iter_mut().zip(keys.chunks(step)) {
                    [*score, ..] = dots(query, keys, 0).map(|score| score * scale);
                }
            }
        }
    }
    for scores in scores.chunks_exact_mut(rows) {
        softmax::<FMA>(scores);
    }
    a.out.fill(0.0);
    for (block, values) in values.chunks(BLOCK * step).enumerate() {
        for (head, out) in a.out.chunks_exact_mut(dim).enumerate() {
            let weights = &scores[head * rows + block * BLOCK..(head + 1) * rows];
            let weights = &weights[..BLOCK.min(weights.len())];
            let values = &values[head / group * dim..];
            let (parts, rest) = out.as_chunks_mut::<PART>();
            let done = parts.len() * PART;
            for (part, out) in parts.iter_mut().enumerate() {
                add_weighted(weights, &values[part * PART..], step, out);
            }
            for (&weight, values) in weights.iter().zip(values.chunks(step)) {
                for (out, &value) in rest.iter_mut().zip(&values[done..]) {
                    *out = fma::<FMA>(weight, value, *out);
                }
            }
        }
    }
}

/// `out[j] += Σ weights[r] rows[r, j]`, `step` elements from row to row.
#[inline(always)]
pub fn add_weighted<const FMA: bool>(weights: &[f32], rows: &[f32], step: usize, out: &mut [f32; PART]) {
    let mut sums = *out;
    for (row, &weight) in weights.iter().enumerate() {
        if let Some(row) = rows[row * step..].first_chunk::<PART>() {
            for lane in 0..PART {
                sums[lane] = fma::<FMA>(weight, row[lane], sums[lane]);
            }
        }
    }
    *out = sums;
}

/// Many queries: two products of matrices a head, over all rows that any query sees.
#[inline(always)]
fn many<const FMA: bool>(a: Attention<'_>, time: usize, product: impl Fn(Product<'_>)) {
    let (dim, step, group, width) = (a.dim, a.kv_heads * a.dim, a.heads / a.kv_heads, a.heads * a.dim);
    let begin = (a.first + 1).saturating_sub(a.window);
    let rows = a.first + time - begin;
    let scale = 1.0 / (dim as f32).sqrt();
    let mut scores = scratch::take(time * rows);
    for head in 0..a.heads {
        let kv = begin * step + head / group * dim;
        product(Product {
            a: &a.queries[head * dim..],
            a_step: width,
            b: &a.keys[kv..],
            b_step: step,
            b_transposed: true,
            c: &mut scores,
            c_step: rows,
            rows: time,
            depth: dim,
            columns: rows,
            add: false,
        });
        for (t, scores) in scores.chunks_exact_mut(rows).enumerate() {
            let end = a.first + t + 1;
            let start = end.saturating_sub(a.window) - begin;
            let end = end - begin;
            scores[..start].fill(0.0);
            scores[end..].fill(0.0);
            let seen = &mut scores[start..end];
            seen.iter_mut().for_each(|s| *s *= scale);
            softmax::<FMA>(seen);
        }
        product(Product {
            a: &scores,
            a_step: rows,
            b: &a.values[kv..],
            b_step: step,
            b_transposed: false,
            c: &mut a.out[head * dim..],
            c_step: width,
            rows: time,
            depth: rows,
            columns: dim,
            add: false,
        });
    }
}

/// `exp(s - max) / Σ exp(s - max)`
#[inline(always)]
fn softmax<const FMA: bool>(scores: &mut [f32]) {
    let (whole, rest) = scores.as_chunks::<LANES>();
    let mut tops = [f32::NEG_INFINITY; LANES];
    for scores in whole {
        for (top, &s) in tops.iter_mut().zip(scores) {
            *top = if s > *top { s } else { *top };
        }
    }
    let top = tops.iter().chain(rest).fold(f32::NEG_INFINITY, |top, &s| if s > top { s } else { top });
    let (whole, rest) = scores.as_chunks_mut::<LANES>();
    let mut sums = [0.0f32; LANES];
    for scores in whole {
        for (sum, s) in sums.iter_mut().zip(scores) {
            *s = exp::<FMA>(*s - top);
            *sum += *s;
        }
    }
    let [mut total] = sum_lanes(&[sums]);
    for s in rest {
        *s = exp::<FMA>(*s - top);
        total += *s;
    }
    let inverse = 1.0 / total;
    scores.iter_mut().for_each(|s| *s *= inverse);
}
