//! Loads, stores and sums of the CPU's own vectors.
//!
//! Each is written value by value, and becomes one instruction: the intrinsics that load from memory take
//! pointers, which safe code has not. Functions for who is compiled for the same operations.

#![allow(clippy::missing_safety_doc)] // they are safe functions; the lint takes them for unsafe

use std::arch::x86_64::*;

use super::math::LANES;
use super::rows::ROWS;

/// Elements of 16 bits in a vector.
pub const SHORTS: usize = 2 * LANES;

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
        store_quarter(x, to);
    }
}

/// One store, as LLVM sees it.
#[inline]
#[target_feature(enable = "sse4.1")]
pub fn store_quarter(x: __m128, to: &mut [f32; 4]) {
    *to = [
        _mm_cvtss_f32(x),
        f32::from_bits(_mm_extract_ps::<1>(x) as u32),
        f32::from_bits(_mm_extract_ps::<2>(x) as u32),
        f32::from_bits(_mm_extract_ps::<3>(x) as u32),
    ];
}

/// The float32 of upper halves: one load that widens, as LLVM sees it, and a shift.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub fn load_halves(x: &[u16; LANES]) -> __m512 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = x.map(u16::cast_signed);
    let halves = _mm256_setr_epi16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx512f")]
#[rustfmt::skip]
pub fn load_shorts(x: &[i16; SHORTS]) -> __m512i {
    let [
        a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7,
        c0, c1, c2, c3, c4, c5, c6, c7, d0, d1, d2, d3, d4, d5, d6, d7,
    ] = *x;
    _mm512_set_epi16(
        d7, d6, d5, d4, d3, d2, d1, d0, c7, c6, c5, c4, c3, c2, c1, c0,
        b7, b6, b5, b4, b3, b2, b1, b0, a7, a6, a5, a4, a3, a2, a1, a0,
    )
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx")]
#[rustfmt::skip]
pub fn load_bytes(x: &[i8; SHORTS]) -> __m256i {
    let [
        a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7,
        c0, c1, c2, c3, c4, c5, c6, c7, d0, d1, d2, d3, d4, d5, d6, d7,
    ] = *x;
    _mm256_setr_epi8(
        a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7,
        c0, c1, c2, c3, c4, c5, c6, c7, d0, d1, d2, d3, d4, d5, d6, d7,
    )
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx2")]
pub fn load_avx2(x: &[f32; 8]) -> __m256 {
    let [a, b, c, d, e, f, g, h] = *x;
    _mm256_setr_ps(a, b, c, d, e, f, g, h)
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx2")]
pub fn load_ints_avx2(x: &[i32; 8]) -> __m256i {
    let [a, b, c, d, e, f, g, h] = *x;
    _mm256_setr_epi32(a, b, c, d, e, f, g, h)
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn load_ints_avx512(x: &[i32; LANES]) -> __m512i {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *x;
    _mm512_setr_epi32(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx2")]
pub fn load_shorts_avx2(x: &[i16; 16]) -> __m256i {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *x;
    _mm256_setr_epi16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

/// Two stores, as LLVM sees them.
#[inline]
#[target_feature(enable = "avx2")]
pub fn store_avx2(x: __m256, to: &mut [f32; 8]) {
    let halves = [_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x)];
    for (to, x) in to.as_chunks_mut::<4>().0.iter_mut().zip(halves) {
        store_quarter(x, to);
    }
}

/// Two stores, as LLVM sees them.
#[inline]
#[target_feature(enable = "avx2")]
pub fn store_ints_avx2(x: __m256i, to: &mut [i32; 8]) {
    let mut lanes = [0.0; 8];
    store_avx2(_mm256_castsi256_ps(x), &mut lanes);
    to.iter_mut().zip(lanes).for_each(|(to, lane)| *to = lane.to_bits().cast_signed());
}

/// One store, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn store_ints_avx512(x: __m512i, to: &mut [i32; LANES]) {
    let mut lanes = [0.0; LANES];
    store(_mm512_castsi512_ps(x), &mut lanes);
    to.iter_mut().zip(lanes).for_each(|(to, lane)| *to = lane.to_bits().cast_signed());
}

/// `sum + w x`, two products in each lane.
#[inline]
#[target_feature(enable = "avx2")]
pub fn add_pairs_avx2(sum: __m256i, w: __m256i, x: __m256i) -> __m256i {
    _mm256_add_epi32(sum, _mm256_madd_epi16(w, x))
}

/// `sum + w x`, two products in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub fn add_pairs_avx512(sum: __m512i, w: __m512i, x: __m512i) -> __m512i {
    _mm512_add_epi32(sum, _mm512_madd_epi16(w, x))
}

/// One load, as LLVM sees it.
#[inline]
#[target_feature(enable = "avx2")]
pub fn load_words_avx2(x: &[u32; 8]) -> __m256i {
    let [a, b, c, d, e, f, g, h] = x.map(u32::cast_signed);
    _mm256_setr_epi32(a, b, c, d, e, f, g, h)
}

/// `sum + w x`, two products in each lane. Sums stay within 32 bits, so that saturation changes nothing; but
/// LLVM makes two operations of the one without.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
pub fn add_pairs_vnni(sum: __m512i, w: __m512i, x: __m512i) -> __m512i {
    _mm512_dpwssds_epi32(sum, w, x)
}

/// The four sums of vectors' elements, in the order of `math::sum_lanes`.
#[inline]
#[target_feature(enable = "avx2")]
pub fn sums_of_halves(halves: [__m256; ROWS]) -> [f32; ROWS] {
    let [a, b, c, d] =
        halves.map(|half| _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps::<1>(half)));
    let ab = _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
    let cd = _mm_add_ps(_mm_movelh_ps(c, d), _mm_movehl_ps(d, c));
    let sums = _mm_add_ps(_mm_shuffle_ps::<0b10_00_10_00>(ab, cd), _mm_shuffle_ps::<0b11_01_11_01>(ab, cd));
    let mut out = [0.0; ROWS];
    store_quarter(sums, &mut out);
    out
}

/// The four sums of vectors' elements.
#[inline]
#[target_feature(enable = "avx2")]
pub fn sums_of_ints(halves: [__m256i; ROWS]) -> [i32; ROWS] {
    let [a, b, c, d] = halves;
    let quarters = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    let sums = _mm_add_epi32(_mm256_castsi256_si128(quarters), _mm256_extracti128_si256::<1>(quarters));
    [
        _mm_extract_epi32::<0>(sums),
        _mm_extract_epi32::<1>(sums),
        _mm_extract_epi32::<2>(sums),
        _mm_extract_epi32::<3>(sums),
    ]
}
