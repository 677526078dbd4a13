//! Products of float32 rounded to bf16 with weights of 8 or 16 bits, for CPUs that multiply and add
//! pairs of bf16 in one operation. Sums are float32.

use super::gemm::{Product, Target, store_turned};
use super::math::narrow;
use super::scratch::{Scratch, take};

/// Depth of a block, an even number.
const DEPTH: usize = 1024;
/// Columns of a block of B that is packed, and rows of one of A.
const PACKED: usize = 192;
/// Values of the largest tile, 8 x 32.
const SUMS: usize = 256;

/// What a tile is made from: rows of bf16 and how far they are apart, a panel of pairs and how many
/// pairs deep it is. `panel[k, j]` has the element `2 k` in its lower half and `2 k + 1` in the upper.
pub type Operands<'a> = (&'a [u16], usize, &'a [u32], usize);

/// A storage type of weights that bf16 holds exactly.
pub trait Stored: Copy {
    /// `height` rows of bf16, the first `depth` elements of each, and how far they are apart; in the
    /// buffer where they are stored otherwise.
    fn rows<'a>(
        from: &'a [Self],
        step: usize,
        height: usize,
        depth: usize,
        buffer: &'a mut Scratch<u16>,
    ) -> (&'a [u16], usize);
}

impl Stored for u16 {
    #[inline(always)]
    fn rows<'a>(
        from: &'a [u16],
        step: usize,
        _: usize,
        _: usize,
        _: &'a mut Scratch<u16>,
    ) -> (&'a [u16], usize) {
        (from, step)
    }
}

impl Stored for i8 {
    #[inline(always)]
    fn rows<'a>(
        from: &'a [i8],
        step: usize,
        height: usize,
        depth: usize,
        buffer: &'a mut Scratch<u16>,
    ) -> (&'a [u16], usize) {
        for (i, to) in buffer.chunks_exact_mut(depth).take(height).enumerate() {
            let from = &from[i * step..][..depth];
            to.iter_mut().zip(from).for_each(|(to, &w)| *to = (f32::from(w).to_bits() >> 16) as u16);
        }
        (buffer, depth)
    }
}

/// Carries out a product of an even depth; panics where a slice is too short for its shape. `tile` makes
/// one of as many rows and columns as it is told: 8, 4, 2 or 1, by 32 or 16; `turn` puts the transpose of
/// a block of 8 by 16 somewhere.
#[inline(always)]
pub fn product<B: Stored>(
    p: Product<'_, B>,
    tile: impl Fn(usize, usize, Operands<'_>, Target<'_>),
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    debug_assert!(p.depth.is_multiple_of(2));
    if p.b_transposed { product_of_rows(p, tile, turn) } else { product_of_columns(p, tile) }
}

/// Width of the next panel where so many rows or columns are left.
fn width(left: usize) -> usize {
    if left > 16 { 32 } else { 16 }
}

/// Rows of the next tile where so many are left.
fn height(left: usize) -> usize {
    [8, 4, 2].into_iter().find(|&height| left >= height).unwrap_or(1)
}

/// As `Cᵀ = B Aᵀ`: A is packed, B is read where it is.
#[inline(always)]
fn product_of_rows<B: Stored>(
    p: Product<'_, B>,
    tile: impl Fn(usize, usize, Operands<'_>, Target<'_>),
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    let most = DEPTH.min(p.depth);
    let mut packed: Scratch<u32> = take(most / 2 * PACKED.min(p.rows.next_multiple_of(16)));
    let mut buffer: Scratch<u16> = take(8 * most);
    let mut sums = [0.0; SUMS];
    for first in (0..p.rows).step_by(PACKED) {
        let rows = PACKED.min(p.rows - first);
        for start in (0..p.depth).step_by(DEPTH) {
            let depth = DEPTH.min(p.depth - start);
            let add = p.add || start > 0;
            let pairs = depth / 2;
            let mut row = 0;
            while row < rows {
                let width = width(rows - row);
                let panel = &mut packed[row * pairs..][..width * pairs];
                for j in 0..width {
                    let to = panel[j..].iter_mut().step_by(width);
                    if row + j < rows {
                        let a = &p.a[(first + row + j) * p.a_step + start..][..depth];
                        to.zip(a.as_chunks::<2>().0)
                            .for_each(|(to, &[a, b])| *to = pair(narrow(a), narrow(b)));
                    } else {
                        to.for_each(|to| *to = 0);
                    }
                }
                row += width;
            }
            let mut column = 0;
            while column < p.columns {
                let height = height(p.columns - column);
                let b = &p.b[column * p.b_step + start..];
                let (b, b_step) = B::rows(b, p.b_step, height, depth, &mut buffer);
                let mut row = 0;
                while row < rows {
                    let width = width(rows - row);
                    let panel = &packed[row * pairs..][..width * pairs];
                    tile(height, width, (b, b_step, panel, pairs), (&mut sums, width, false));
                    let c = &mut p.c[(first + row) * p.c_step + column..];
                    let shape = (height, width, width.min(rows - row));
                    store_turned(&sums, shape, (c, p.c_step, add), &turn);
                    row += width;
                }
                column += height;
            }
        }
    }
}

/// A is rounded, where its rows overlap only once, and B is packed.
#[inline(always)]
fn product_of_columns<B: Stored>(p: Product<'_, B>, tile: impl Fn(usize, usize, Operands<'_>, Target<'_>)) {
    let len = (p.rows - 1) * p.a_step + p.depth;
    let mut a: Scratch<u16> = take(len);
    a.iter_mut().zip(&p.a[..len]).for_each(|(to, &a)| *to = narrow(a));
    let most = DEPTH.min(p.depth);
    let mut packed: Scratch<u32> = take(most / 2 * PACKED.min(p.columns.next_multiple_of(16)));
    let (mut buffer, mut sums): (Scratch<u16>, _) = (take(2 * PACKED), [0.0; SUMS]);
    for column in (0..p.columns).step_by(PACKED) {
        let columns = PACKED.min(p.columns - column);
        for start in (0..p.depth).step_by(DEPTH) {
            let pairs = DEPTH.min(p.depth - start) / 2;
            let add = p.add || start > 0;
            for k in 0..pairs {
                let b = &p.b[(start + 2 * k) * p.b_step + column..];
                let (b, b_step) = B::rows(b, p.b_step, 2, columns, &mut buffer);
                let (even, odd) = (&b[..columns], &b[b_step..][..columns]);
                let mut first = 0;
                while first < columns {
                    let width = width(columns - first);
                    let panel = &mut packed[first * pairs + k * width..][..width];
                    let used = width.min(columns - first);
                    let (even, odd) = (&even[first..][..used], &odd[first..][..used]);
                    for ((to, &a), &b) in panel.iter_mut().zip(even).zip(odd) {
                        *to = pair(a, b);
                    }
                    panel[used..].fill(0);
                    first += width;
                }
            }
            let mut first = 0;
            while first < columns {
                let width = width(columns - first);
                let panel = &packed[first * pairs..][..width * pairs];
                let used = width.min(columns - first);
                let mut row = 0;
                while row < p.rows {
                    let height = height(p.rows - row);
                    let operands = (&a[row * p.a_step + start..], p.a_step, panel, pairs);
                    let c = &mut p.c[row * p.c_step + column + first..];
                    if used == width && p.c_step >= width {
                        tile(height, width, operands, (c, p.c_step, add));
                    } else {
                        // part of a tile, or rows of C that overlap
                        tile(height, width, operands, (&mut sums, width, false));
                        for (i, sums) in sums.chunks_exact(width).take(height).enumerate() {
                            let c = &mut c[i * p.c_step..][..used];
                            c.iter_mut().zip(sums).for_each(|(c, s)| *c = if add { *c + s } else { *s });
                        }
                    }
                    row += height;
                }
                first += width;
            }
        }
    }
}

/// Two elements as a panel has them.
#[inline(always)]
fn pair(a: u16, b: u16) -> u32 {
    u32::from(a) | u32::from(b) << 16
}
