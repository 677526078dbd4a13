//! One row of activations times a matrix `[outputs, inputs]`: bound by how fast the matrix is read.

use super::math::{fma, sum_lanes};

/// Elements per step: one AVX-512 or two AVX vectors of `f32`.
pub const LANES: usize = 16;
/// Rows of the matrix that share a read of `x`.
pub const ROWS: usize = 4;

/// Lanes of a row that is read by itself.
pub const WIDE: usize = 32;
/// Inputs from which rows are read by themselves.
const LONG: usize = 256;

/// The partial sums of a product of two vectors.
pub type Sums = [f32; LANES];

/// `y[o] = Σᵢ w[o, i] x[i]`, where `four` and `one` are [`partial_sums`] of as many rows.
///
/// Four rows share what is read of `x`, but a large matrix, which has long rows, is read faster from
/// beginning to end.
#[inline(always)]
pub fn matvec<W: Copy>(
    x: &[f32],
    w: &[W],
    y: &mut [f32],
    wide: impl Fn(W) -> f32 + Copy,
    four: impl Fn(&[f32], &[W], &mut [Sums; ROWS]),
    one: impl Fn(&[f32], &[W], &mut [[f32; WIDE]; 1]),
) {
    let inputs = x.len();
    if inputs == 0 {
        return y.fill(0.0);
    }
    let in_fours = if inputs < LONG { y.len() / ROWS * ROWS } else { 0 };
    let (y_fours, y) = y.split_at_mut(in_fours);
    let (w_fours, w) = w.split_at(in_fours * inputs);
    let mut sums = [[0.0; LANES]; ROWS];
    let rest = inputs / LANES * LANES;
    for (y, w) in y_fours.chunks_exact_mut(ROWS).zip(w_fours.chunks_exact(ROWS * inputs)) {
        four(x, w, &mut sums);
        y.copy_from_slice(&sum_lanes(&sums));
        if rest < inputs {
            for (y, w) in y.iter_mut().zip(w.chunks_exact(inputs)) {
                *y += tail(&x[rest..], &w[rest..], wide);
            }
        }
    }
    let mut sums = [[0.0; WIDE]];
    let rest = inputs / WIDE * WIDE;
    for (y, w) in y.iter_mut().zip(w.chunks_exact(inputs)) {
        one(x, w, &mut sums);
        *y = sum_lanes(&sums)[0];
        if rest < inputs {
            *y += tail(&x[rest..], &w[rest..], wide);
        }
    }
}

/// The product of what is left.
#[inline(always)]
pub fn tail<W: Copy>(x: &[f32], w: &[W], wide: impl Fn(W) -> f32) -> f32 {
    w.iter().zip(x).fold(0.0, |sum, (&w, &x)| sum + wide(w) * x)
}

/// The products of `x` and each of `R` rows, `step` elements from row to row, but for what is left
/// after the last whole vector.
///
/// This has to become a function of its own that writes its result at the end: only then are the
/// sums kept in registers.
#[inline(always)]
pub fn partial_sums<W: Copy, const R: usize, const L: usize, const FMA: bool>(
    x: &[f32],
    w: &[W],
    step: usize,
    wide: impl Fn(W) -> f32,
    out: &mut [[f32; L]; R],
) {
    let x = x.as_chunks::<L>().0;
    let steps = x.len();
    let rows: [&[[W; L]]; R] = std::array::from_fn(|r| {
        let row = &w[r * step..][..steps * L];
        &row.as_chunks::<L>().0[..steps]
    });
    let mut sums = [[0.0f32; L]; R];
    for i in 0..steps {
        let x = &x[i];
        for r in 0..R {
            let w = &rows[r][i];
            for lane in 0..L {
                sums[r][lane] = fma::<FMA>(wide(w[lane]), x[lane], sums[r][lane]);
            }
        }
    }
    *out = sums;
}

/// `y[o] = unit · units[o] · Σᵢ w[o, i] x[i]` with integers; see [`quantise`].
#[inline(always)]
pub fn matvec_int8(
    x: &[i16],
    unit: f32,
    w: &[i8],
    units: &[f32],
    y: &mut [f32],
    dot: impl Fn(&[i16], &[i8]) -> i32,
) {
    let inputs = x.len();
    if inputs == 0 {
        return y.fill(0.0);
    }
    for ((y, w), &scale) in y.iter_mut().zip(w.chunks_exact(inputs)).zip(units) {
        *y = dot(x, w) as f32 * (scale * unit);
    }
}

/// `Σ x w`, which cannot overflow for an `x` from [`quantise`].
#[inline(always)]
pub fn dot_int8(x: &[i16], w: &[i8]) -> i32 {
    x.iter().zip(w).fold(0i32, |sum, (&x, &w)| sum.wrapping_add(i32::from(x) * i32::from(w)))
}

/// `out = x / unit`, rounded; returns the unit. The largest value becomes so large that a product
/// with as many int8 weights just stays within `i32`, and at most 32767.
///
/// Activations get 16 bits since int8 weights are widened to those for the multiplication anyway.
#[inline(always)]
pub fn quantise(x: &[f32], out: &mut [i16]) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to an integer
    let limit = (i32::MAX as usize / (128 * x.len().max(1))).clamp(1, 32767) as f32 - 0.5;
    let (mut tops, mut invalid) = ([0.0f32; LANES], [0.0f32; LANES]);
    for x in x.chunks(LANES) {
        for ((x, top), invalid) in x.iter().zip(&mut tops).zip(&mut invalid) {
            let size = x.abs();
            *top = if size > *top { size } else { *top };
            *invalid += x * 0.0; // NaN where x is not finite
        }
    }
    let top = tops.iter().fold(0.0f32, |top, &x| top.max(x));
    let inverse = if top > 0.0 { limit / top } else { 0.0 };
    for (out, &x) in out.iter_mut().zip(x) {
        let shifted = (x * inverse + MAGIC).to_bits() as i32;
        *out = shifted.wrapping_sub(MAGIC.to_bits() as i32) as i16;
    }
    let [invalid] = sum_lanes(&[invalid]);
    top / limit + invalid
}
