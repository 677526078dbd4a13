//! Matrix products, blocked for the caches (Goto and van de Geijn, "Anatomy of high-performance
//! matrix multiplication", 2008): a block of B is packed to stay in the second-level cache, a block
//! of A to stay in the first, and the innermost tile lives in registers.

use super::Matrix;
use super::float::Float;

/// Depth of a block: a packed row of tiles of either matrix fits the first-level cache.
const DEPTH: usize = 256;
/// Rows of a block of A.
const ROWS: usize = 96;
/// Columns of a block of B.
const COLUMNS: usize = 512;

/// `C += A B`. `tile` computes `M` rows and `N` columns of it.
#[inline(always)]
pub fn gemm<T: Float, const M: usize, const N: usize>(
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    c: &mut [T],
    tile: impl Fn(&[T], &[T], &mut [T], usize, (usize, usize)),
) {
    let (rows, depth, columns) = (a.rows, a.columns, b.columns);
    if rows == 0 || depth == 0 || columns == 0 {
        return;
    }
    let block_depth = DEPTH.min(depth);
    let mut packed_a = vec![T::ZERO; ROWS.min(rows).next_multiple_of(M) * block_depth];
    let mut packed_b = vec![T::ZERO; COLUMNS.min(columns).next_multiple_of(N) * block_depth];
    for j in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - j);
        for k in (0..depth).step_by(DEPTH) {
            let deep = DEPTH.min(depth - k);
            let [sk, sj] = b.strides;
            let packed_b = &mut packed_b[..width.next_multiple_of(N) * deep];
            pack::<T, N>(&b.data[k * sk + j * sj..], width, deep, sj, sk, packed_b);
            for i in (0..rows).step_by(ROWS) {
                let height = ROWS.min(rows - i);
                let [si, sk] = a.strides;
                let packed_a = &mut packed_a[..height.next_multiple_of(M) * deep];
                pack::<T, M>(&a.data[i * si + k * sk..], height, deep, si, sk, packed_a);
                for (jt, tile_b) in packed_b.chunks_exact(N * deep).enumerate() {
                    for (it, tile_a) in packed_a.chunks_exact(M * deep).enumerate() {
                        let used = (M.min(height - it * M), N.min(width - jt * N));
                        let at = (i + it * M) * columns + j + jt * N;
                        tile(tile_a, tile_b, &mut c[at..], columns, used);
                    }
                }
            }
        }
    }
}

/// Lays out `count` vectors of `deep` elements in groups of `W`, interleaved, the last group filled
/// up with zeros. Vectors are `across` apart, their elements `along`.
#[inline(always)]
fn pack<T: Float, const W: usize>(
    data: &[T],
    count: usize,
    deep: usize,
    across: usize,
    along: usize,
    out: &mut [T],
) {
    for (g, group) in out.chunks_exact_mut(W * deep).enumerate() {
        let first = g * W;
        let used = W.min(count - first);
        if across == 1 && used == W {
            for (k, to) in group.chunks_exact_mut(W).enumerate() {
                let at = first + k * along;
                to.copy_from_slice(&data[at..at + W]);
            }
            continue;
        }
        if along == 1 && used == W {
            let mut rows = [&data[..0]; W];
            for (w, row) in rows.iter_mut().enumerate() {
                let at = (first + w) * across;
                *row = &data[at..at + deep];
            }
            for (k, to) in group.chunks_exact_mut(W).enumerate() {
                for w in 0..W {
                    to[w] = rows[w][k];
                }
            }
            continue;
        }
        if used < W {
            group.fill(T::ZERO);
        }
        for w in 0..used {
            let from = &data[(first + w) * across..];
            for (to, &x) in group[w..].iter_mut().step_by(W).zip(from.iter().step_by(along.max(1))) {
                *to = x;
            }
        }
    }
}
