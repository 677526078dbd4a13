//! One row of activations times a matrix `[outputs, inputs]`: bound by how fast the matrix is read.

use super::math::{fma, sum_lanes};

/// Rows of the matrix that are read at a time.
pub const ROWS: usize = 4;

/// `y[o] = value(o, Σᵢ w[o, i] x[i])`, where `dots` is [`dots`] or [`dots_int8`] with the kernels of a
/// level.
///
/// The four rows that are read at a time are a quarter of the matrix apart: a CPU fetches ahead from
/// several places at once, and where one comes to the end of a page the others go on.
#[inline(always)]
pub fn matvec<X, W, S>(
    x: &[X],
    w: &[W],
    y: &mut [f32],
    dots: impl Fn(&[X], &[W], usize) -> [S; ROWS],
    value: impl Fn(usize, S) -> f32,
) {
    let (inputs, part) = (x.len(), y.len() / ROWS);
    if inputs == 0 {
        return y.fill(0.0);
    }
    for row in 0..part {
        for (quarter, sum) in dots(x, &w[row * inputs..], part * inputs).into_iter().enumerate() {
            let row = quarter * part + row;
            y[row] = value(row, sum);
        }
    }
    for row in ROWS * part..y.len() {
        let [sum, ..] = dots(x, &w[row * inputs..], 0); // the same row four times
        y[row] = value(row, sum);
    }
}

/// The products of `x` and each of four rows, `step` elements from row to row; `partial` is
/// [`partial_sums`] in a function of its own.
#[inline(always)]
pub fn dots<W: Copy, const L: usize>(
    x: &[f32],
    w: &[W],
    step: usize,
    wide: impl Fn(W) -> f32 + Copy,
    partial: impl Fn(&[f32], &[W], usize, &mut [[f32; L]; ROWS]),
) -> [f32; ROWS] {
    let mut lanes = [[0.0; L]; ROWS];
    partial(x, w, step, &mut lanes);
    let mut sums = sum_lanes(&lanes);
    add_tails(x, w, step, x.len() / L * L, wide, &mut sums);
    sums
}

/// Adds the products of what follows the last whole vector, `whole` elements from the start.
#[inline(always)]
pub fn add_tails<W: Copy>(
    x: &[f32],
    w: &[W],
    step: usize,
    whole: usize,
    wide: impl Fn(W) -> f32 + Copy,
    sums: &mut [f32; ROWS],
) {
    if whole < x.len() {
        for (row, sum) in sums.iter_mut().enumerate() {
            let w = &w[row * step + whole..];
            *sum += w.iter().zip(&x[whole..]).fold(0.0, |sum, (&w, &x)| sum + wide(w) * x);
        }
    }
}

/// The products of `x` and each of four rows but for what is left after the last whole vector, in
/// lanes.
///
/// This has to become a function of its own that writes its result at the end: only then are the
/// sums kept in registers.
#[inline(always)]
pub fn partial_sums<W: Copy, const L: usize, const FMA: bool>(
    x: &[f32],
    w: &[W],
    step: usize,
    wide: impl Fn(W) -> f32,
    out: &mut [[f32; L]; ROWS],
) {
    let x = x.as_chunks::<L>().0;
    let steps = x.len();
    let rows = vectors::<W, L>(w, step, steps);
    let mut sums = [[0.0f32; L]; ROWS];
    for i in 0..steps {
        let x = &x[i];
        for r in 0..ROWS {
            let w = &rows[r][i];
            for lane in 0..L {
                sums[r][lane] = fma::<FMA>(wide(w[lane]), x[lane], sums[r][lane]);
            }
        }
    }
    *out = sums;
}

/// The first `steps` vectors of each of four rows.
#[inline(always)]
pub fn vectors<W, const L: usize>(w: &[W], step: usize, steps: usize) -> [&[[W; L]]; ROWS] {
    std::array::from_fn(|row| &w[row * step..][..steps * L].as_chunks::<L>().0[..steps])
}

/// As [`dots`] with integers, which cannot overflow for an `x` within [`limit_int8`].
#[inline(always)]
pub fn dots_int8(x: &[i16], w: &[i8], step: usize, dot: impl Fn(&[i16], &[i8]) -> i32) -> [i32; ROWS] {
    std::array::from_fn(|row| dot(x, &w[row * step..][..x.len()]))
}

/// `Σ x w`
#[inline(always)]
pub fn dot_int8(x: &[i16], w: &[i8]) -> i32 {
    x.iter().zip(w).fold(0i32, |sum, (&x, &w)| sum.wrapping_add(i32::from(x) * i32::from(w)))
}

/// The largest size of a row's integers for which its sums with int8 weights just stay within `i32`.
///
/// Activations get 16 bits since int8 weights are widened to those for the multiplication anyway.
pub fn limit_int8(inputs: usize) -> i16 {
    (i32::MAX as usize / (128 * inputs.max(1))).clamp(1, i16::MAX as usize) as i16
}
