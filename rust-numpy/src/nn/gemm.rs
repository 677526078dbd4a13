//! Products of matrices, blocked for the caches (Goto and van de Geijn, "Anatomy of
//! high-performance matrix multiplication", 2008).
//!
//! A block of B is packed into panels of a few vectors' width, A is read where it is: its rows may
//! overlap, so that a convolution is a product without copying the windows it sees.

use super::math::fma;
use super::scratch;

/// Depth of a block: a packed panel of B fits the first-level cache.
const DEPTH: usize = 256;
/// Columns of a block of B: packed, it fits the second-level cache beside the rows of A.
const COLUMNS: usize = 192;
const LANES: usize = 8;

/// `C = A B` or `C += A B`, all matrices row after row, `step` elements from row to row.
#[derive(Debug)]
pub struct Product<'a> {
    /// `[rows, depth]`
    pub a: &'a [f32],
    /// Elements from row to row of A; less than `depth` where rows overlap.
    pub a_step: usize,
    /// `[depth, columns]`, or `[columns, depth]` where `b_transposed`.
    pub b: &'a [f32],
    /// Elements from row to row of B.
    pub b_step: usize,
    /// Whether B is given as its transpose.
    pub b_transposed: bool,
    /// `[rows, columns]`
    pub c: &'a mut [f32],
    /// Elements from row to row of C.
    pub c_step: usize,
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of A, rows of B.
    pub depth: usize,
    /// Columns of B and C.
    pub columns: usize,
    /// Whether the product is added to C.
    pub add: bool,
}

/// The sums of a tile, `M` rows of `N` columns at the beginning.
pub type Sums = [f32; 96];

/// What a tile is made from: rows of A and how far they are apart, and a panel of this depth.
pub type Operands<'a> = (&'a [f32], usize, &'a [f32], usize);

/// Carries out a product; panics where a slice is too short for its shape. `tile` stands for
/// [`tile`] with as many rows and columns as it is told.
#[inline(always)]
pub fn product(p: Product<'_>, tile: impl Fn(usize, usize, Operands<'_>, &mut Sums)) {
    if p.rows == 0 || p.columns == 0 {
        return;
    }
    if p.depth == 0 {
        if !p.add {
            p.c.chunks_mut(p.c_step).take(p.rows).for_each(|c| c[..p.columns].fill(0.0));
        }
        return;
    }
    // panels of 24 columns waste nothing on the widths 24 and 72, those of 8 less on 1
    let width = match p.columns {
        0..=8 => 8,
        n if n.next_multiple_of(24) < n.next_multiple_of(16) => 24,
        _ => 16,
    };
    let mut packed = scratch::take(DEPTH.min(p.depth) * COLUMNS.min(p.columns.next_multiple_of(width)));
    for column in (0..p.columns).step_by(COLUMNS) {
        let columns = COLUMNS.min(p.columns - column);
        for start in (0..p.depth).step_by(DEPTH) {
            let depth = DEPTH.min(p.depth - start);
            let add = p.add || start > 0;
            for (index, panel) in packed.chunks_exact_mut(depth * width).enumerate() {
                let first = index * width;
                if first >= columns {
                    break;
                }
                let used = width.min(columns - first);
                let at = column + first;
                if p.b_transposed {
                    pack_transposed(&p.b[at * p.b_step + start..], p.b_step, used, width, panel);
                } else {
                    pack(&p.b[start * p.b_step + at..], p.b_step, used, width, panel);
                }
            }
            for (index, panel) in packed.chunks_exact(depth * width).enumerate() {
                let first = index * width;
                if first >= columns {
                    break;
                }
                let used = width.min(columns - first);
                let (a, c) = (&p.a[start..], &mut p.c[column + first..]);
                let most = match width {
                    8 => 8,
                    16 => 6,
                    _ => 3,
                };
                let mut row = 0;
                while row < p.rows {
                    let rows = match p.rows - row {
                        left if left >= most => most,
                        left if left >= 4 => 4,
                        left if left >= 2 => 2,
                        _ => 1,
                    };
                    let mut sums = [0.0; 96];
                    tile(rows, width, (&a[row * p.a_step..], p.a_step, panel, depth), &mut sums);
                    for (i, sums) in sums.chunks_exact(width).take(rows).enumerate() {
                        let c = &mut c[(row + i) * p.c_step..][..used];
                        if add {
                            c.iter_mut().zip(sums).for_each(|(c, s)| *c += s);
                        } else {
                            c.copy_from_slice(&sums[..used]);
                        }
                    }
                    row += rows;
                }
            }
        }
    }
}

/// `panel[k, j] = b[k, j]`, columns beyond `used` zero.
#[inline(always)]
fn pack(b: &[f32], step: usize, used: usize, width: usize, panel: &mut [f32]) {
    for (to, from) in panel.chunks_exact_mut(width).zip(b.chunks(step)) {
        if used == width {
            to.copy_from_slice(&from[..width]);
        } else {
            to[..used].copy_from_slice(&from[..used]);
            to[used..].fill(0.0);
        }
    }
}

/// `panel[k, j] = b[j, k]`, columns beyond `used` zero.
#[inline(always)]
fn pack_transposed(b: &[f32], step: usize, used: usize, width: usize, panel: &mut [f32]) {
    let depth = panel.len() / width;
    if used < width {
        panel.fill(0.0);
    }
    let whole = depth / LANES;
    for first in (0..used).step_by(LANES) {
        let count = LANES.min(used - first);
        let rows = &b[first * step..];
        let mut done = 0;
        if count == LANES {
            let rows: [&[[f32; LANES]]; LANES] =
                std::array::from_fn(|r| &rows[r * step..][..depth].as_chunks::<LANES>().0[..whole]);
            for (k, panel) in panel.chunks_exact_mut(LANES * width).enumerate().take(whole) {
                let turned = turn(&std::array::from_fn(|r| rows[r][k]));
                for (to, column) in panel.chunks_exact_mut(width).zip(&turned) {
                    to[first..first + LANES].copy_from_slice(column);
                }
            }
            done = whole * LANES;
        }
        for r in 0..count {
            for k in done..depth {
                panel[k * width + first + r] = rows[r * step + k];
            }
        }
    }
}

/// The transpose.
#[inline(always)]
fn turn(block: &[[f32; LANES]; LANES]) -> [[f32; LANES]; LANES] {
    let mut turned = [[0.0f32; LANES]; LANES];
    for r in 0..LANES {
        for lane in 0..LANES {
            turned[lane][r] = block[r][lane];
        }
    }
    turned
}

/// The products of `M` rows with a panel of `N` columns.
///
/// This has to become a function of its own that writes its result at the end: only then are the
/// sums kept in registers.
#[inline(always)]
pub fn tile<const M: usize, const N: usize, const FMA: bool>(operands: Operands<'_>, out: &mut Sums) {
    let (a, step, panel, depth) = operands;
    let rows: [&[f32]; M] = std::array::from_fn(|i| &a[i * step..][..depth]);
    let panel = &panel.as_chunks::<N>().0[..depth];
    let mut sums = [[0.0f32; N]; M];
    for k in 0..depth {
        let b = &panel[k];
        for i in 0..M {
            let a = rows[i][k];
            for j in 0..N {
                sums[i][j] = fma::<FMA>(a, b[j], sums[i][j]);
            }
        }
    }
    if let Some(out) = out.as_chunks_mut::<N>().0.first_chunk_mut::<M>() {
        *out = sums;
    }
}
