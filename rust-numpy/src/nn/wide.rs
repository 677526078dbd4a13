//! Tiles for CPUs with 32 registers of 16 elements, in the CPU's own operations: LLVM keeps arrays as
//! large as these sums in memory. Functions for who is compiled for the same operations.

#![allow(clippy::missing_safety_doc)] // they are safe functions; the lint takes them for unsafe

use std::arch::x86_64::*;

use super::gemm::{Operands, TURNED_ROWS, Target};
use super::math::{LANES, widen};
use super::rows::{ROWS, add_tails, vectors};
use super::vectors_x86::sums_of_halves;
use super::vectors_x86::{SHORTS, load, load_bytes, load_halves, load_shorts, store, store_quarter};

/// As the tile of `gemm`, of `M` rows and `V` vectors of columns.
#[inline(never)]
#[target_feature(enable = "avx512f")]
#[allow(clippy::needless_range_loop)] // each index a constant once unrolled
pub fn tile<const M: usize, const V: usize>(operands: Operands<'_>, target: Target<'_>) {
    let (c, c_step, add) = target;
    let (a, step, panel, depth) = operands;
    let panel = panel[..depth * V * LANES].as_chunks::<LANES>().0.as_chunks::<V>().0;
    let mut rows = [[].as_slice(); M];
    for i in 0..M {
        rows[i] = &a[i * step..][..depth];
    }
    let mut sums = [[_mm512_setzero_ps(); V]; M];
    for (k, b) in panel.iter().enumerate() {
        let mut vectors = [_mm512_setzero_ps(); V];
        for v in 0..V {
            vectors[v] = load(&b[v]);
        }
        for i in 0..M {
            let a = _mm512_set1_ps(rows[i][k]);
            for v in 0..V {
                sums[i][v] = _mm512_fmadd_ps(a, vectors[v], sums[i][v]);
            }
        }
    }
    for i in 0..M {
        let c = c[i * c_step..][..V * LANES].as_chunks_mut::<LANES>().0;
        for v in 0..V {
            store(if add { _mm512_add_ps(load(&c[v]), sums[i][v]) } else { sums[i][v] }, &mut c[v]);
        }
    }
}

/// As `gemm::turn`.
#[inline]
#[target_feature(enable = "avx512f")]
#[allow(clippy::needless_range_loop)] // each index a constant once unrolled
pub fn turn(from: &[f32], step: usize, target: Target<'_>) {
    let mut rows = [_mm512_setzero_ps(); TURNED_ROWS];
    for i in 0..TURNED_ROWS {
        rows[i] = load(from[i * step..].first_chunk().unwrap_or(&[0.0; LANES]));
    }
    let [a, b, c, d, e, f, g, h] = rows;
    let (upper, lower) = (quarters_turned([a, b, c, d]), quarters_turned([e, f, g, h]));
    let (to, to_step, add) = target;
    for j in 0..4 {
        store_quarters::<0>(upper[j], lower[j], &mut to[j * to_step..][..TURNED_ROWS], add);
        store_quarters::<1>(upper[j], lower[j], &mut to[(4 + j) * to_step..][..TURNED_ROWS], add);
        store_quarters::<2>(upper[j], lower[j], &mut to[(8 + j) * to_step..][..TURNED_ROWS], add);
        store_quarters::<3>(upper[j], lower[j], &mut to[(12 + j) * to_step..][..TURNED_ROWS], add);
    }
}

/// Four rows to columns: quarter `q` of the vector `j` is the column `4 q + j`.
#[inline]
#[target_feature(enable = "avx512f")]
fn quarters_turned([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    let pairs =
        |a, b| (_mm512_castps_pd(_mm512_unpacklo_ps(a, b)), _mm512_castps_pd(_mm512_unpackhi_ps(a, b)));
    let ((low, high), (next_low, next_high)) = (pairs(a, b), pairs(c, d));
    [
        _mm512_castpd_ps(_mm512_unpacklo_pd(low, next_low)),
        _mm512_castpd_ps(_mm512_unpackhi_pd(low, next_low)),
        _mm512_castpd_ps(_mm512_unpacklo_pd(high, next_high)),
        _mm512_castpd_ps(_mm512_unpackhi_pd(high, next_high)),
    ]
}

/// Two vectors' quarters of this number, side by side.
#[inline]
#[target_feature(enable = "avx512f")]
fn store_quarters<const Q: i32>(upper: __m512, lower: __m512, to: &mut [f32], add: bool) {
    let quarters = [_mm512_extractf32x4_ps::<Q>(upper), _mm512_extractf32x4_ps::<Q>(lower)];
    for (to, mut x) in to.as_chunks_mut::<4>().0.iter_mut().zip(quarters) {
        if add {
            let [a, b, c, d] = *to;
            x = _mm_add_ps(_mm_setr_ps(a, b, c, d), x);
        }
        store_quarter(x, to);
    }
}

/// The four sums of vectors' elements, in the order of `math::sum_lanes`.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
pub fn sums_of(vectors: [__m512; ROWS]) -> [f32; ROWS] {
    sums_of_halves(vectors.map(|v| _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps::<1>(v))))
}

macro_rules! dots {
    ($(#[$doc:meta])* $name:ident, $w:ty, $load:expr, $wide:expr) => {
        $(#[$doc])*
        #[inline(never)]
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        #[allow(clippy::needless_range_loop)] // each index a constant once unrolled
        pub fn $name(x: &[f32], w: &[$w], step: usize) -> [f32; ROWS] {
            let of_x = x.as_chunks::<LANES>().0;
            let (steps, rows) = (of_x.len(), vectors::<$w, LANES>(w, step, of_x.len()));
            let mut sums = [_mm512_setzero_ps(); ROWS];
            for i in 0..steps {
                let x = load(&of_x[i]);
                for r in 0..ROWS {
                    sums[r] = _mm512_fmadd_ps($load(&rows[r][i]), x, sums[r]);
                }
            }
            let mut sums = sums_of(sums);
            add_tails(x, w, step, steps * LANES, $wide, &mut sums);
            sums
        }
    };
}

dots! {
    /// See `rows::dots`.
    dots_f32, f32, load, |w| w
}
dots! {
    /// See `rows::dots`.
    dots_bf16, u16, load_halves, widen
}

/// See `rows::dots_int8`.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw")]
#[allow(clippy::needless_range_loop)] // each index a constant once unrolled
pub fn dots_int8(x: &[i16], w: &[i8], step: usize) -> [i32; ROWS] {
    let (of_x, rest) = x.as_chunks::<SHORTS>();
    let (steps, rows) = (of_x.len(), vectors::<i8, SHORTS>(w, step, of_x.len()));
    let mut sums = [_mm512_setzero_si512(); ROWS];
    for i in 0..steps {
        let x = load_shorts(&of_x[i]);
        for r in 0..ROWS {
            let w = _mm512_cvtepi8_epi16(load_bytes(&rows[r][i]));
            sums[r] = _mm512_add_epi32(sums[r], _mm512_madd_epi16(w, x));
        }
    }
    let mut sums = sums.map(|sums| _mm512_reduce_add_epi32(sums));
    for (row, sum) in sums.iter_mut().enumerate() {
        let w = &w[row * step + steps * SHORTS..];
        *sum += rest.iter().zip(w).map(|(&x, &w)| i32::from(x) * i32::from(w)).sum::<i32>();
    }
    sums
}
