//! Products of matrices, blocked for the caches (Goto and van de Geijn, "Anatomy of
//! high-performance matrix multiplication", 2008).
//!
//! A block of B is packed into panels of a few vectors' width, A is read where it is: its rows may
//! overlap, so that a convolution is a product without copying the windows it sees. Where B is
//! transposed, A is packed and B is read where it is. A B stored in fewer bytes is widened a panel or
//! a tile at a time, in the first-level cache: the sums are those of the same values in float32, to
//! the bit.

use super::math::{fma, widen};
use super::{rows, scratch};

/// Depth of a block: a packed panel of B fits the first-level cache.
const DEPTH: usize = 256;
/// Depth of a block where B is transposed: the rows of a tile fit the first-level cache.
const ROW_DEPTH: usize = 512;
/// Rows of A that are packed at a time where B is transposed: they fit the second-level cache.
const ROWS: usize = 192;
/// Columns of a block of B: packed, it fits the second-level cache beside the rows of A.
const COLUMNS: usize = 192;
/// Steps of a tile between two checks of bounds.
const UNROLLED: usize = 8;

/// `C = A B` or `C += A B`, all matrices row after row, `step` elements from row to row.
#[derive(Debug)]
pub struct Product<'a, B = f32, A = f32> {
    /// `[rows, depth]`
    pub a: &'a [A],
    /// Elements from row to row of A; less than `depth` where rows overlap.
    pub a_step: usize,
    /// `[depth, columns]`, or `[columns, depth]` where `b_transposed`.
    pub b: &'a [B],
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

impl<'a> Product<'a, (), ()> {
    /// The same with this A and B.
    pub(super) fn with<A, B>(self, a: &'a [A], b: &'a [B]) -> Product<'a, B, A> {
        let Product { a_step, b_step, b_transposed, c, c_step, rows, depth, columns, add, .. } = self;
        Product { a, a_step, b, b_step, b_transposed, c, c_step, rows, depth, columns, add }
    }
}

/// Values of the largest tile.
const SUMS: usize = 256;
/// Rows of the largest tile.
const TALLEST: usize = 8;

/// Rows of a block that is transposed at once: those of the largest tile.
pub const TURNED_ROWS: usize = TALLEST;
/// Columns of such a block: a vector of the largest CPUs.
pub const TURNED_COLUMNS: usize = 16;

/// A storage type of B that float32 holds exactly.
pub trait Stored: Copy {
    /// The value as float32.
    fn wide(self) -> f32;

    /// The values, where they are stored as float32.
    #[inline(always)]
    fn as_f32(_: &[Self]) -> Option<&[f32]> {
        None
    }

    /// `height` rows of float32, the first `depth` elements of each, and how far they are apart; in the
    /// buffer where they are stored otherwise.
    #[inline(always)]
    fn rows<'a>(
        from: &'a [Self],
        step: usize,
        height: usize,
        depth: usize,
        buffer: &'a mut [f32],
    ) -> (&'a [f32], usize) {
        for (i, to) in buffer.chunks_exact_mut(depth).take(height).enumerate() {
            to.iter_mut().zip(&from[i * step..][..depth]).for_each(|(to, from)| *to = from.wide());
        }
        (buffer, depth)
    }
}

impl Stored for f32 {
    #[inline(always)]
    fn wide(self) -> f32 {
        self
    }

    #[inline(always)]
    fn as_f32(values: &[f32]) -> Option<&[f32]> {
        Some(values)
    }

    #[inline(always)]
    fn rows<'a>(from: &'a [f32], step: usize, _: usize, _: usize, _: &'a mut [f32]) -> (&'a [f32], usize) {
        (from, step)
    }
}

impl Stored for u16 {
    #[inline(always)]
    fn wide(self) -> f32 {
        widen(self)
    }
}

impl Stored for i8 {
    #[inline(always)]
    fn wide(self) -> f32 {
        f32::from(self)
    }
}

/// Where a tile goes: the rows of C, how far they are apart, and whether it is added to them.
pub type Target<'a> = (&'a mut [f32], usize, bool);

/// What a tile is made from: rows of A and how far they are apart, and a panel of B and its depth.
pub type Operands<'a> = (&'a [f32], usize, &'a [f32], usize);

/// Carries out a product of an untransposed B; panics where a slice is too short for its shape.
/// `tile` stands for [`tile`] with as many rows and columns as it is told; `WIDE` says whether there
/// are 32 registers of 16 elements.
#[inline(always)]
pub fn product<const WIDE: bool, B: Stored>(
    p: Product<'_, B>,
    tile: impl Fn(usize, usize, Operands<'_>, Target<'_>),
) {
    match p.columns {
        0..=8 => product_by::<8, 8, B>(p, tile),
        // panels of 24 columns waste nothing on the widths 24 and 72
        n if n.next_multiple_of(24) < n.next_multiple_of(16) => product_by::<3, 24, B>(p, tile),
        n if WIDE && n.is_multiple_of(32) => product_by::<8, 32, B>(p, tile),
        _ => product_by::<6, 16, B>(p, tile),
    }
}

/// The same by tiles of at most `M` rows and `N` columns.
#[inline(always)]
fn product_by<const M: usize, const N: usize, B: Stored>(
    p: Product<'_, B>,
    tile: impl Fn(usize, usize, Operands<'_>, Target<'_>),
) {
    let block_columns = COLUMNS.min(p.columns.next_multiple_of(N));
    let mut packed = scratch::take(DEPTH.min(p.depth) * block_columns);
    let mut sums = [0.0; SUMS];
    for column in (0..p.columns).step_by(COLUMNS) {
        let columns = COLUMNS.min(p.columns - column);
        for start in (0..p.depth).step_by(DEPTH) {
            let depth = DEPTH.min(p.depth - start);
            let add = p.add || start > 0;
            pack::<N, B>(&p.b[start * p.b_step + column..], p.b_step, columns, depth, &mut packed);
            let panels = packed.chunks_exact(depth * N);
            for (first, panel) in (0..columns).step_by(N).zip(panels) {
                let used = N.min(columns - first);
                let (a, c) = (&p.a[start..], &mut p.c[column + first..]);
                let mut row = 0;
                while row < p.rows {
                    let rows = height::<M>(p.rows - row);
                    let operands = (&a[row * p.a_step..], p.a_step, panel, depth);
                    let c = &mut c[row * p.c_step..];
                    if used == N && p.c_step >= N {
                        tile(rows, N, operands, (c, p.c_step, add));
                    } else {
                        // part of a tile, or rows of C that overlap
                        tile(rows, N, operands, (&mut sums, N, false));
                        for (i, sums) in sums.as_chunks::<N>().0.iter().take(rows).enumerate() {
                            store(&mut c[i * p.c_step..][..used], sums, add);
                        }
                    }
                    row += rows;
                }
            }
        }
    }
}

/// Carries out a product with one column, which is as many products of a row and that column; `dots` is
/// `rows::dots` with the kernels of a level.
#[inline(always)]
pub fn product_with_column<B: Stored>(
    p: Product<'_, B>,
    dots: impl Fn(&[f32], &[f32], usize) -> [f32; rows::ROWS],
) {
    let mut column = scratch::take(p.depth);
    column.iter_mut().zip(p.b.iter().step_by(p.b_step.max(1))).for_each(|(to, b)| *to = b.wide());
    let whole = p.rows / rows::ROWS * rows::ROWS;
    for row in (0..whole).step_by(rows::ROWS) {
        let sums = dots(&column, &p.a[row * p.a_step..], p.a_step);
        sums.into_iter().enumerate().for_each(|(i, sum)| put(&mut p.c[(row + i) * p.c_step], sum, p.add));
    }
    for row in whole..p.rows {
        let [sum, ..] = dots(&column, &p.a[row * p.a_step..], 0);
        put(&mut p.c[row * p.c_step], sum, p.add);
    }
}

/// `c = sums` or `c += sums`, as many as there are.
#[inline(always)]
fn store<const N: usize>(c: &mut [f32], sums: &[f32; N], add: bool) {
    let used = c.len();
    by_fours(c, &sums[..used], |c, &sum| put(c, sum, add));
}

/// `c = value` or `c += value`
#[inline(always)]
fn put(c: &mut f32, value: f32, add: bool) {
    *c = if add { *c + value } else { value };
}

/// Calls `set` with each pair; by fours, which are vectors, where their number is not known before.
#[inline(always)]
fn by_fours<T>(to: &mut [f32], from: &[T], set: impl Fn(&mut f32, &T)) {
    let ((to, to_rest), (from, rest)) = (to.as_chunks_mut::<4>(), from.as_chunks::<4>());
    for (to, from) in to.iter_mut().zip(from) {
        to.iter_mut().zip(from).for_each(|(to, from)| set(to, from));
    }
    to_rest.iter_mut().zip(rest).for_each(|(to, from)| set(to, from));
}

/// Panels of `N` columns: `panel[k, j] = b[k, j]`, columns beyond the last one zero.
#[inline(always)]
fn pack<const N: usize, B: Stored>(b: &[B], step: usize, columns: usize, depth: usize, packed: &mut [f32]) {
    let packed = packed.as_chunks_mut::<N>().0;
    // row by row: the next row is far away
    for (k, from) in b.chunks(step).take(depth).enumerate() {
        let (whole, rest) = from[..columns].as_chunks::<N>();
        for (index, from) in whole.iter().enumerate() {
            packed[index * depth + k].iter_mut().zip(from).for_each(|(to, from)| *to = from.wide());
        }
        if !rest.is_empty() {
            let to = &mut packed[whole.len() * depth + k];
            *to = [0.0; N];
            by_fours(&mut to[..rest.len()], rest, |to, from| *to = from.wide());
        }
    }
}

/// The products of `M` rows with a panel of `N` columns.
///
/// This has to become a function of its own that writes its result at the end: only then are the
/// sums kept in registers.
#[allow(clippy::needless_range_loop)] // each index a constant once unrolled
#[inline(always)]
pub fn tile<const M: usize, const N: usize, const FMA: bool>(operands: Operands<'_>, target: Target<'_>) {
    let (c, c_step, add) = target;
    let (a, step, panel, depth) = operands;
    let panel = panel[..depth * N].as_chunks::<N>().0;
    let (blocks, last) = panel.as_chunks::<UNROLLED>();
    let (whole, mut rows) = (blocks.len() * UNROLLED, [[].as_slice(); M]);
    for i in 0..M {
        rows[i] = &a[i * step..][..depth];
    }
    let mut sums = [[0.0f32; N]; M];
    if add {
        for i in 0..M {
            sums[i] = *c[i * c_step..].first_chunk::<N>().unwrap_or(&[0.0; N]);
        }
    }
    for (block, b) in blocks.iter().enumerate() {
        // one check for several steps, or the tile would be loaded anew after each
        let mut a = [[0.0f32; UNROLLED]; M];
        for i in 0..M {
            a[i] = rows[i].as_chunks::<UNROLLED>().0[block];
        }
        for k in 0..UNROLLED {
            step_of_tile::<M, N, FMA>(&mut sums, |i| a[i][k], &b[k]);
        }
    }
    for (k, b) in (whole..).zip(last) {
        step_of_tile::<M, N, FMA>(&mut sums, |i| rows[i][k], b);
    }
    for i in 0..M {
        if let Some(c) = c[i * c_step..].first_chunk_mut::<N>() {
            *c = sums[i];
        }
    }
}

/// `sums += a bᵀ`
#[allow(clippy::needless_range_loop)] // each index a constant once unrolled
#[inline(always)]
fn step_of_tile<const M: usize, const N: usize, const FMA: bool>(
    sums: &mut [[f32; N]; M],
    a: impl Fn(usize) -> f32,
    b: &[f32; N],
) {
    for i in 0..M {
        let a = a(i);
        for j in 0..N {
            sums[i][j] = fma::<FMA>(a, b[j], sums[i][j]);
        }
    }
}

/// Carries out a product of a transposed B, as `Cᵀ = B Aᵀ`: B is read where it is, and A, of which
/// there is less, is packed. `turn` stands for [`turn`]. Panics where a slice is too short for its shape.
#[inline(always)]
pub fn product_of_rows<const WIDE: bool, B: Stored>(
    p: Product<'_, B>,
    tile: impl Fn(usize, usize, Operands<'_>, Target<'_>),
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    match p.rows {
        0..=8 => product_of_rows_by::<8, WIDE, B>(p, tile, turn),
        _ if WIDE => product_of_rows_by::<8, WIDE, B>(p, tile, turn),
        _ => product_of_rows_by::<6, WIDE, B>(p, tile, turn),
    }
}

/// The same by tiles of at most `M` columns of C.
#[inline(always)]
fn product_of_rows_by<const M: usize, const WIDE: bool, B: Stored>(
    p: Product<'_, B>,
    tile: impl Fn(usize, usize, Operands<'_>, Target<'_>),
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    let most = ROWS.min(p.rows.next_multiple_of(8));
    let mut packed = scratch::take(ROW_DEPTH.min(p.depth) * most);
    let mut buffer = scratch::take(TALLEST * ROW_DEPTH.min(p.depth));
    let mut sums = [0.0; SUMS];
    for first in (0..p.rows).step_by(ROWS) {
        let rows = ROWS.min(p.rows - first);
        for start in (0..p.depth).step_by(ROW_DEPTH) {
            let depth = ROW_DEPTH.min(p.depth - start);
            let add = p.add || start > 0;
            for (row, width) in panels::<WIDE>(rows) {
                let a = &p.a[(first + row) * p.a_step + start..];
                let panel = &mut packed[row * depth..][..width * depth];
                pack_rows(a, p.a_step, (rows - row, depth), panel, width, &turn);
            }
            let mut column = 0;
            while column < p.columns {
                let height = height::<M>(p.columns - column);
                let b = &p.b[column * p.b_step + start..];
                let (b, b_step) = B::rows(b, p.b_step, height, depth, &mut buffer);
                for (row, width) in panels::<WIDE>(rows) {
                    let panel = &packed[row * depth..][..width * depth];
                    let operands = (b, b_step, panel, depth);
                    tile(height, width, operands, (&mut sums, width, false));
                    let c = &mut p.c[(first + row) * p.c_step + column..];
                    let used = width.min(rows - row);
                    store_turned(&sums, (height, width, used), (c, p.c_step, add), &turn);
                }
                column += height;
            }
        }
    }
}

/// The first row and the width of each panel that so many rows are packed into.
#[inline(always)]
fn panels<const WIDE: bool>(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut row = 0;
    std::iter::from_fn(move || {
        let width = match rows.checked_sub(row)? {
            0 => return None,
            25.. if WIDE => 32,
            9.. => 16,
            _ => 8,
        };
        row += width;
        Some((row - width, width))
    })
}

/// A panel of rows: `panel[k, j] = a[j, k]`, rows beyond the last one zero.
#[inline(always)]
fn pack_rows(
    a: &[f32],
    step: usize,
    (rows, depth): (usize, usize),
    panel: &mut [f32],
    width: usize,
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    let rows = rows.min(width);
    let (turned, whole) = (rows / TURNED_ROWS * TURNED_ROWS, depth / TURNED_COLUMNS * TURNED_COLUMNS);
    for j in (0..turned).step_by(TURNED_ROWS) {
        for k in (0..whole).step_by(TURNED_COLUMNS) {
            turn(&a[j * step + k..], step, (&mut panel[k * width + j..], width, false));
        }
    }
    for j in 0..width {
        let first = if j < turned { whole } else { 0 };
        let to = panel.iter_mut().skip(first * width + j).step_by(width);
        if j < rows {
            to.zip(&a[j * step..][first..depth]).for_each(|(to, a)| *to = *a);
        } else {
            to.for_each(|to| *to = 0.0);
        }
    }
}

/// Puts the transpose of the first `used` columns of a tile into C, or adds it: `height` rows of
/// `width`.
#[inline(always)]
pub fn store_turned(
    sums: &[f32],
    (height, width, used): (usize, usize, usize),
    target: Target<'_>,
    turn: impl Fn(&[f32], usize, Target<'_>),
) {
    let (c, c_step, add) = target;
    let turned = if height == TURNED_ROWS { used / TURNED_COLUMNS * TURNED_COLUMNS } else { 0 };
    for j in (0..turned).step_by(TURNED_COLUMNS) {
        turn(&sums[j..], width, (&mut c[j * c_step..], c_step, add));
    }
    for j in turned..used {
        let sums = sums[j..].iter().step_by(width);
        c[j * c_step..][..height].iter_mut().zip(sums).for_each(|(c, &sum)| put(c, sum, add));
    }
}

/// Puts the transpose of a block of `TURNED_ROWS` by `TURNED_COLUMNS` somewhere, or adds it.
#[inline(always)]
pub fn turn(from: &[f32], step: usize, target: Target<'_>) {
    let (to, to_step, add) = target;
    for j in 0..TURNED_COLUMNS {
        for (i, to) in to[j * to_step..][..TURNED_ROWS].iter_mut().enumerate() {
            put(to, from[i * step + j], add);
        }
    }
}

/// Rows of the next tile where as many are left.
#[inline(always)]
fn height<const M: usize>(left: usize) -> usize {
    match left {
        left if left >= M => M,
        left if left >= 4 && M > 4 => 4,
        left if left >= 2 => 2,
        _ => 1,
    }
}
