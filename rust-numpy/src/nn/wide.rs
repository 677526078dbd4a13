//! Tiles for CPUs with 32 registers of 16 elements, in the CPU's own operations: LLVM keeps arrays as
//! large as these sums in memory. Functions for who is compiled for the same operations.

#![allow(clippy::missing_safety_doc)] // they are safe functions; the lint takes them for unsafe

use std::arch::x86_64::*;

use super::gemm::{Operands, Target};

/// Elements of a vector.
const LANES: usize = 16;

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn load(x: &[f32; LANES]) -> __m512 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *x;
    _mm512_setr_ps(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn load_words(x: &[u32; LANES]) -> __m512i {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = x.map(u32::cast_signed);
    _mm512_setr_epi32(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

/// One store, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn store(x: __m512, to: &mut [f32; LANES]) {
    let quarters = [
        _mm512_extractf32x4_ps::<0>(x),
        _mm512_extractf32x4_ps::<1>(x),
        _mm512_extractf32x4_ps::<2>(x),
        _mm512_extractf32x4_ps::<3>(x),
    ];
    for (to, x) in to.as_chunks_mut::<4>().0.iter_mut().zip(quarters) {
        *to = [
            _mm_cvtss_f32(x),
            f32::from_bits(_mm_extract_ps::<1>(x) as u32),
            f32::from_bits(_mm_extract_ps::<2>(x) as u32),
            f32::from_bits(_mm_extract_ps::<3>(x) as u32),
        ];
    }
}

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
