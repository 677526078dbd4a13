//! Products of 16-bit integers with weights of 8 or 16 bits, two products in each lane of a sum.
//!
//! Each row of A and each column of B has a unit: what its integers are multiplied by. The sums of a
//! block are exact, so no order of the additions and no other row changes a result.

use super::gemm::{Product, TURNED_COLUMNS, TURNED_ROWS, Target, store_turned};
use super::math::{LANES, sum_lanes};
use super::scratch::{Scratch, take};

/// Depth of a block, an even number: sums of as many products fit 32 bits.
const DEPTH: usize = 1024;
/// Columns of a block of B that is packed, and rows of one of A.
const PACKED: usize = 192;
/// Values of the largest tile, 8 x 32.
const SUMS: usize = 256;
/// Columns of the widest tile.
const WIDEST: usize = 32;

/// What the integers of each row of A are multiplied by, those of row `r` by `rows[r * step]`, and those
/// of each column of B.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Units<'a> {
    pub rows: &'a [f32],
    pub step: usize,
    pub columns: &'a [f32],
}

impl Units<'_> {
    /// Of what is no integers.
    pub(super) const NONE: Self = Units { rows: &[], step: 1, columns: &[] };

    /// Those of the rows from `first` on.
    pub(super) fn rows_from(self, first: usize) -> Self {
        Units { rows: &self.rows[first * self.step..], ..self }
    }

    /// Those of the columns from `first` on.
    pub(super) fn columns_from(self, first: usize) -> Self {
        Units { columns: self.columns.get(first..).unwrap_or_default(), ..self }
    }
}

/// What a tile is made from: rows of integers and how far they are apart, a panel of pairs and how many
/// pairs deep it is. `panel[k, j]` has the element `2 k` in its lower half and `2 k + 1` in the upper.
pub type Operands<'a> = (&'a [i16], usize, &'a [u32], usize);

/// What a tile's rows and columns are multiplied by.
pub type Scales<'a> = (&'a [f32], &'a [f32]);

/// A storage type of weights.
pub trait Stored: Copy {
    /// `height` rows of 16 bits, the first `depth` elements of each, and how far they are apart; in the
    /// buffer where they are stored otherwise.
    fn rows<'a>(
        from: &'a [Self],
        step: usize,
        height: usize,
        depth: usize,
        buffer: &'a mut Scratch<i16>,
    ) -> (&'a [i16], usize);
}

impl Stored for i16 {
    #[inline(always)]
    fn rows<'a>(
        from: &'a [i16],
        step: usize,
        _: usize,
        _: usize,
        _: &'a mut Scratch<i16>,
    ) -> (&'a [i16], usize) {
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
        buffer: &'a mut Scratch<i16>,
    ) -> (&'a [i16], usize) {
        for (i, to) in buffer.chunks_exact_mut(depth).take(height).enumerate() {
            let from = &from[i * step..][..depth];
            to.iter_mut().zip(from).for_each(|(to, &w)| *to = w.into());
        }
        (buffer, depth)
    }
}

/// The largest size of one factor for which the sums of as many products fit 32 bits, where the other's
/// is at most `other`.
pub fn limit(depth: usize, other: usize) -> i16 {
    let limit = i32::MAX as usize / (other.max(1) * depth.clamp(1, DEPTH));
    limit.clamp(1, i16::MAX as usize) as i16
}

/// The largest size of both factors, for weights of 16 bits.
pub fn even_limit(depth: usize) -> i16 {
    (i32::MAX as usize / depth.clamp(1, DEPTH)).isqrt().min(i16::MAX as usize) as i16
}

/// Each row of `width` as integers of at most `limit`, rounded, and its unit.
#[inline(always)]
pub fn quantise(x: &[f32], width: usize, limit: i16, out: &mut [i16], units: &mut [f32]) {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to an integer
    let limit = f32::from(limit) - 0.5;
    for ((x, out), unit) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).zip(units) {
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
        *unit = top / limit + invalid;
    }
}

/// Carries out a product; panics where a slice is too short for its shape. `tile` makes one of as many
/// rows and columns as it is told: 8, 4, 2 or 1, by 32 or 16; `turn` puts the transpose of a block of 8 by
/// 16 somewhere.
#[inline(always)]
pub fn product<B: Stored>(
    p: Product<'_, B, i16>,
    units: Units<'_>,
    tile: impl Fn(usize, usize, Operands<'_>, Scales<'_>, Target<'_>),
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    let (mut of_rows, mut of_columns) = (take(p.rows + WIDEST), take(p.columns + WIDEST));
    of_rows[p.rows..].fill(0.0);
    of_rows.iter_mut().zip(units.rows.iter().step_by(units.step)).take(p.rows).for_each(|(to, &u)| *to = u);
    of_columns[p.columns..].fill(0.0);
    of_columns[..p.columns].copy_from_slice(&units.columns[..p.columns]);
    let scales = (&*of_rows, &*of_columns);
    if p.b_transposed { product_of_rows(p, scales, tile, turn) } else { product_of_columns(p, scales, tile) }
}

/// Width of the next panel where so many rows or columns are left.
fn width(left: usize) -> usize {
    if left > 16 { 32 } else { 16 }
}

/// Rows of the next tile where so many are left.
fn height(left: usize) -> usize {
    [8, 4, 2].into_iter().find(|&height| left >= height).unwrap_or(1)
}

/// Two elements as a panel has them.
#[inline(always)]
pub fn pair(a: i16, b: i16) -> u32 {
    u32::from(a.cast_unsigned()) | u32::from(b.cast_unsigned()) << 16
}

/// The pairs of a row, the last one with a zero where the number is odd.
#[inline(always)]
fn pairs_of(row: &[i16]) -> impl Iterator<Item = u32> {
    let (pairs, rest) = row.as_chunks::<2>();
    pairs.iter().map(|&[a, b]| pair(a, b)).chain(rest.iter().map(|&a| pair(a, 0)))
}

/// As `Cᵀ = B Aᵀ`: A is packed, B is read where it is.
#[inline(always)]
fn product_of_rows<B: Stored>(
    p: Product<'_, B, i16>,
    (of_rows, of_columns): Scales<'_>,
    tile: impl Fn(usize, usize, Operands<'_>, Scales<'_>, Target<'_>),
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    let most = DEPTH.min(p.depth);
    let mut packed: Scratch<u32> = take(most.div_ceil(2) * PACKED.min(p.rows.next_multiple_of(16)));
    let mut buffer: Scratch<i16> = take(8 * most);
    let mut sums = [0.0; SUMS];
    for first in (0..p.rows).step_by(PACKED) {
        let rows = PACKED.min(p.rows - first);
        for start in (0..p.depth).step_by(DEPTH) {
            let depth = DEPTH.min(p.depth - start);
            let add = p.add || start > 0;
            let pairs = depth.div_ceil(2);
            let mut row = 0;
            while row < rows {
                let width = width(rows - row);
                let panel = &mut packed[row * pairs..][..width * pairs];
                for j in 0..width {
                    let to = panel[j..].iter_mut().step_by(width);
                    if row + j < rows {
                        let a = &p.a[(first + row + j) * p.a_step + start..][..depth];
                        to.zip(pairs_of(a)).for_each(|(to, pair)| *to = pair);
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
                    let scales = (&of_columns[column..], &of_rows[first + row..]);
                    tile(height, width, (b, b_step, panel, depth), scales, (&mut sums, width, false));
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

/// B is packed, A is read where it is.
#[inline(always)]
fn product_of_columns<B: Stored>(
    p: Product<'_, B, i16>,
    (of_rows, of_columns): Scales<'_>,
    tile: impl Fn(usize, usize, Operands<'_>, Scales<'_>, Target<'_>),
) {
    let most = DEPTH.min(p.depth);
    let mut packed: Scratch<u32> = take(most.div_ceil(2) * PACKED.min(p.columns.next_multiple_of(16)));
    let (mut buffer, mut sums): (Scratch<i16>, _) = (take(2 * PACKED), [0.0; SUMS]);
    let zeros = [0; PACKED];
    for column in (0..p.columns).step_by(PACKED) {
        let columns = PACKED.min(p.columns - column);
        for start in (0..p.depth).step_by(DEPTH) {
            let depth = DEPTH.min(p.depth - start);
            let add = p.add || start > 0;
            let pairs = depth.div_ceil(2);
            for k in 0..pairs {
                let b = &p.b[(start + 2 * k) * p.b_step + column..];
                let height = 2.min(depth - 2 * k);
                let (b, b_step) = B::rows(b, p.b_step, height, columns, &mut buffer);
                let even = &b[..columns];
                let odd = if height == 2 { &b[b_step..][..columns] } else { &zeros[..columns] };
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
                    let operands = (&p.a[row * p.a_step + start..], p.a_step, panel, depth);
                    let scales = (&of_rows[row..], &of_columns[column + first..]);
                    let c = &mut p.c[row * p.c_step + column + first..];
                    if used == width && p.c_step >= width {
                        tile(height, width, operands, scales, (c, p.c_step, add));
                    } else {
                        // part of a tile, or rows of C that overlap
                        tile(height, width, operands, scales, (&mut sums, width, false));
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

/// The tile on every CPU.
#[inline(always)]
pub fn tile(rows: usize, columns: usize, operands: Operands<'_>, scales: Scales<'_>, target: Target<'_>) {
    let (a, step, panel, depth) = operands;
    let (c, c_step, add) = target;
    for (i, &unit) in scales.0.iter().take(rows).enumerate() {
        let mut sums = [0i32; WIDEST];
        let sums = &mut sums[..columns];
        for (pair, b) in pairs_of(&a[i * step..][..depth]).zip(panel.chunks_exact(columns)) {
            let (low, high) = (i32::from(pair as i16), pair.cast_signed() >> 16);
            for (sum, &b) in sums.iter_mut().zip(b) {
                let (even, odd) = (i32::from(b as i16), b.cast_signed() >> 16);
                *sum = sum.wrapping_add(low * even).wrapping_add(high * odd);
            }
        }
        for ((c, &sum), &scale) in c[i * c_step..].iter_mut().zip(&*sums).zip(scales.1) {
            let value = sum as f32 * (unit * scale);
            *c = if add { *c + value } else { value };
        }
    }
}

/// [`product`] on every CPU.
pub fn portable<B: Stored>(p: Product<'_, B, i16>, units: Units<'_>) {
    product(p, units, tile, super::gemm::turn);
}

const _: () = assert!(TURNED_ROWS == 8 && TURNED_COLUMNS == 16, "`turn` as `product` wants it");
