//! A few rows of activations times a matrix `[outputs, inputs]`, which is read once for all of them.
//!
//! Each row's sums are those of `rows`: the same lanes in the same order. So no bit of a row's result
//! depends on which others are there.

use super::gemm;
use super::math::{fma, sum_lanes};
use super::rows::ROWS;
use super::scratch::{self, Element};

/// Rows at most: what they need of a group's inputs stays in the first-level cache.
pub const MOST_ROWS: usize = 32;
/// Inputs that are worked on before the next ones are read.
const DEPTH: usize = 1024;
/// Weights of a row that are widened before the next row's turn.
const TURN: usize = 64;

/// Elements between rows in a buffer: rows a power of two apart share a few places of the cache.
const APART: usize = 64;

/// What a tile is made from: rows of activations and rows of the matrix, how far they are apart, and how
/// many elements of each are used.
pub struct Operands<'a, X> {
    /// Activations.
    pub x: &'a [X],
    /// Elements from row to row of them.
    pub x_step: usize,
    /// Weights, as wide as the activations.
    pub w: &'a [X],
    /// Elements from row to row of them.
    pub w_step: usize,
    /// Elements of each row that are used: whole vectors.
    pub depth: usize,
}

/// The vectors of as many rows.
type Vectors<'a, X, const N: usize, const V: usize> = [&'a [[X; V]]; N];

impl<'a, X> Operands<'a, X> {
    /// What is used of the first `O` rows of weights and the first `M` of activations, in vectors.
    #[inline(always)]
    pub fn vectors<const O: usize, const M: usize, const V: usize>(
        &self,
    ) -> (Vectors<'a, X, O, V>, Vectors<'a, X, M, V>) {
        let steps = self.depth / V;
        let (mut w, mut x) = ([[].as_slice(); O], [[].as_slice(); M]);
        for (row, w) in w.iter_mut().enumerate() {
            *w = &self.w[row * self.w_step..][..steps * V].as_chunks().0[..steps];
        }
        for (row, x) in x.iter_mut().enumerate() {
            *x = &self.x[row * self.x_step..][..steps * V].as_chunks().0[..steps];
        }
        (w, x)
    }
}

/// Where a tile is added: the lanes of each output and row, and how many rows there are of each output.
pub type Target<'a, S, const L: usize> = (&'a mut [[S; L]], usize);

/// A storage type of weights that are multiplied as `X`.
pub trait Stored<X>: Copy {
    /// `height` rows of `X`, the first `depth` elements of each, and how far they are apart; in the
    /// buffer where they are stored otherwise.
    fn rows<'a>(
        from: &'a [Self],
        step: usize,
        height: usize,
        depth: usize,
        buffer: &'a mut [X],
    ) -> (&'a [X], usize);
}

impl<W: gemm::Stored> Stored<f32> for W {
    #[inline(always)]
    fn rows<'a>(
        from: &'a [W],
        step: usize,
        height: usize,
        depth: usize,
        buffer: &'a mut [f32],
    ) -> (&'a [f32], usize) {
        match W::as_f32(from) {
            Some(from) => (from, step),
            None => (widened(from, step, (height, depth), buffer, W::wide), depth),
        }
    }
}

impl Stored<i16> for i8 {
    #[inline(always)]
    fn rows<'a>(
        from: &'a [i8],
        step: usize,
        height: usize,
        depth: usize,
        buffer: &'a mut [i16],
    ) -> (&'a [i16], usize) {
        (widened(from, step, (height, depth), buffer, i16::from), depth)
    }
}

/// The rows in the buffer, a few lines of each in turn: memory is read from several places at once.
#[inline(always)]
fn widened<'a, W: Copy, X>(
    from: &[W],
    step: usize,
    (height, depth): (usize, usize),
    buffer: &'a mut [X],
    wide: impl Fn(W) -> X,
) -> &'a [X] {
    for start in (0..depth).step_by(TURN) {
        let count = TURN.min(depth - start);
        for row in 0..height {
            let to = &mut buffer[row * depth + start..][..count];
            let from = &from[row * step + start..][..count];
            to.iter_mut().zip(from).for_each(|(to, &w)| *to = wide(w));
        }
    }
    buffer
}

/// `y[o, r] = Σᵢ w[o, i] x[r, i]` for `rows` rows of `x`. `tile` adds a tile of as many outputs
/// and rows as it is told, at most `most`; `sum` for `math::sum_lanes`.
#[inline(always)]
pub fn product<W: gemm::Stored, const L: usize>(
    (x, rows): (&[f32], usize),
    w: &[W],
    y: &mut [f32],
    most: (usize, usize),
    tile: impl Fn((usize, usize), Operands<'_, f32>, Target<'_, f32, L>),
    sum: impl Fn(&[[f32; L]; ROWS]) -> [f32; ROWS],
) {
    let inputs = x.len() / rows;
    let whole = inputs / L * L;
    by_tiles((x, rows), w, y, (most, whole), tile, sum, |output, row, sum| {
        if whole == inputs {
            return sum;
        }
        let (w, x) = (&w[output * inputs..][whole..inputs], &x[row * inputs..][whole..inputs]);
        sum + w.iter().zip(x).fold(0.0, |sum, (&w, &x)| sum + w.wide() * x)
    });
}

/// As [`product`] with integers, each row of `x` in its unit and each output's weights in theirs; `V`
/// elements are a vector of a tile.
#[inline(always)]
pub fn product_int8<const L: usize, const V: usize>(
    (x, x_units): (&[i16], &[f32]),
    (w, units): (&[i8], &[f32]),
    y: &mut [f32],
    most: (usize, usize),
    tile: impl Fn((usize, usize), Operands<'_, i16>, Target<'_, i32, L>),
    sum: impl Fn(&[[i32; L]; ROWS]) -> [i32; ROWS],
) {
    let rows = x_units.len();
    let inputs = x.len() / rows;
    let whole = inputs / V * V;
    by_tiles((x, rows), w, y, (most, whole), tile, sum, |output, row, sum| {
        let (w, x) = (&w[output * inputs..][whole..inputs], &x[row * inputs..][whole..inputs]);
        let tail = w.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>();
        (sum + tail) as f32 * (units[output] * x_units[row])
    });
}

/// The sums of integers in lanes.
#[inline(always)]
pub fn sum_ints<const L: usize>(lanes: &[[i32; L]; ROWS]) -> [i32; ROWS] {
    lanes.map(|lanes| lanes.into_iter().fold(0, i32::wrapping_add))
}

/// A product of the first `whole` inputs; `value` makes a result of an output's, a row's and their sum.
#[inline(always)]
fn by_tiles<X: Element, W: Stored<X>, S: Element, const L: usize>(
    (x, rows): (&[X], usize),
    w: &[W],
    y: &mut [f32],
    ((most_outputs, most_rows), whole): ((usize, usize), usize),
    tile: impl Fn((usize, usize), Operands<'_, X>, Target<'_, S, L>),
    sum: impl Fn(&[[S; L]; ROWS]) -> [S; ROWS],
    value: impl Fn(usize, usize, S) -> f32,
) {
    let (inputs, outputs) = (x.len() / rows, y.len() / rows);
    let mut buffer = scratch::take(ROWS * DEPTH.min(whole));
    let x_step = inputs + APART;
    let mut apart_x = scratch::take(rows * x_step);
    for (to, x) in apart_x.chunks_mut(x_step).zip(x.chunks_exact(inputs)) {
        to[..inputs].copy_from_slice(x);
    }
    let x = &*apart_x;
    let mut lanes = scratch::take(ROWS * rows * L);
    let lanes = lanes.as_chunks_mut::<L>().0;
    let parts = rows.div_ceil(most_rows);
    let apart = outputs / ROWS;
    let fours = (0..apart).map(|output| (output, apart, ROWS));
    let rest = (ROWS * apart..outputs).map(|output| (output, 0, 1));
    for (first, apart, count) in fours.chain(rest) {
        lanes.fill([S::default(); L]);
        for start in (0..whole).step_by(DEPTH) {
            let depth = DEPTH.min(whole - start);
            let (w, w_step) =
                W::rows(&w[first * inputs + start..], apart * inputs, count, depth, &mut buffer);
            let height = most_outputs.min(count);
            for output in (0..count).step_by(height) {
                for part in 0..parts {
                    // as many rows in each part, but for one
                    let (row, end) = (part * rows / parts, (part + 1) * rows / parts);
                    let (x, w) = (&x[row * x_step + start..], &w[output * w_step..]);
                    let operands = Operands { x, x_step, w, w_step, depth };
                    tile((height, end - row), operands, (&mut lanes[output * rows + row..], rows));
                }
            }
        }
        let mut sums = [S::default(); ROWS * MOST_ROWS];
        for (sums, lanes) in sums.as_chunks_mut::<ROWS>().0.iter_mut().zip(lanes.as_chunks().0) {
            *sums = sum(lanes);
        }
        for (index, sums) in sums.chunks_exact(rows).enumerate().take(count) {
            let output = first + index * apart;
            let y = y[output * rows..].iter_mut().zip(sums);
            y.enumerate().for_each(|(row, (y, &sum))| *y = value(output, row, sum));
        }
    }
}

/// Whether the CPUs that portable kernels are for multiply and add at once.
const FMA: bool = cfg!(target_arch = "aarch64");
/// Lanes of the portable kernels' sums.
const PORTABLE_LANES: usize = if FMA { 16 } else { 8 };

/// [`product`] on every CPU of the target.
pub fn portable<W: gemm::Stored>(x: &[f32], rows: usize, w: &[W], y: &mut [f32]) {
    let by_shape = |(outputs, _): (usize, usize), operands: Operands<'_, f32>, target: Target<'_, f32, _>| {
        if outputs == ROWS { tile::<ROWS>(operands, target) } else { tile::<1>(operands, target) }
    };
    product((x, rows), w, y, (ROWS, 1), by_shape, sum_lanes);
}

/// [`product_int8`] on every CPU of the target.
pub fn portable_int8(x: &[i16], x_units: &[f32], w: &[i8], units: &[f32], y: &mut [f32]) {
    let by_shape = |(outputs, _): (usize, usize), operands: Operands<'_, i16>, target: Target<'_, i32, _>| {
        if outputs == ROWS { tile_int8::<ROWS>(operands, target) } else { tile_int8::<1>(operands, target) }
    };
    product_int8::<PORTABLE_LANES, PORTABLE_LANES>(
        (x, x_units),
        (w, units),
        y,
        (ROWS, 1),
        by_shape,
        sum_ints,
    );
}

/// Adds the products of a row with `O` outputs' weights, in lanes.
///
/// A function of its own that writes its result at the end: only then are the sums kept in registers,
/// and only where there are as few.
#[allow(clippy::needless_range_loop)] // each index a constant once unrolled
#[inline(never)]
fn tile<const O: usize>(operands: Operands<'_, f32>, (target, step): Target<'_, f32, PORTABLE_LANES>) {
    let (w, [x]) = operands.vectors::<O, 1, PORTABLE_LANES>();
    let mut sums = [[0.0; PORTABLE_LANES]; O];
    for o in 0..O {
        sums[o] = target[o * step];
    }
    for (i, x) in x.iter().enumerate() {
        for o in 0..O {
            for lane in 0..PORTABLE_LANES {
                sums[o][lane] = fma::<FMA>(w[o][i][lane], x[lane], sums[o][lane]);
            }
        }
    }
    for o in 0..O {
        target[o * step] = sums[o];
    }
}

/// The same with integers.
#[allow(clippy::needless_range_loop)] // each index a constant once unrolled
#[inline(never)]
fn tile_int8<const O: usize>(operands: Operands<'_, i16>, (target, step): Target<'_, i32, PORTABLE_LANES>) {
    let (w, [x]) = operands.vectors::<O, 1, PORTABLE_LANES>();
    let mut sums = [[0i32; PORTABLE_LANES]; O];
    for o in 0..O {
        sums[o] = target[o * step];
    }
    for (i, x) in x.iter().enumerate() {
        for o in 0..O {
            for lane in 0..PORTABLE_LANES {
                let product = i32::from(w[o][i][lane]) * i32::from(x[lane]);
                sums[o][lane] = sums[o][lane].wrapping_add(product);
            }
        }
    }
    for o in 0..O {
        target[o * step] = sums[o];
    }
}
