//! The tiles of `batch` in the CPU's own operations: LLVM keeps arrays as large as their sums in memory.
//! Functions for who is compiled for the same operations.

#![allow(clippy::missing_safety_doc)] // they are safe functions; the lint takes them for unsafe

use std::arch::x86_64::*;

use super::batch::{self, Operands, Target};
use super::gemm::Stored;
use super::math::LANES;
use super::rows::ROWS;
use super::vectors_x86::*;
use super::wide::sums_of;

/// A tile of as many outputs and rows as it is told; `parts` vectors have the lanes of one sum.
macro_rules! tile {
    ($name:ident, $features:literal, $x:ty: $width:literal, $sum:ty: $lanes:literal, $parts:literal,
     $zero:ident, $load:ident, $load_sums:ident, $store_sums:ident, $add_products:ident) => {
        #[inline(never)]
        #[target_feature(enable = $features)]
        #[allow(clippy::needless_range_loop)] // each index a constant once unrolled
        fn $name<const O: usize, const M: usize>(
            operands: Operands<'_, $x>,
            (target, step): Target<'_, $sum, { $parts * $lanes }>,
        ) {
            let (w, x) = operands.vectors::<O, M, { $parts * $width }>();
            let mut sums = [[[$zero(); $parts]; M]; O];
            for o in 0..O {
                for m in 0..M {
                    let from = target[o * step + m].as_chunks::<$lanes>().0;
                    for part in 0..$parts {
                        sums[o][m][part] = $load_sums(&from[part]);
                    }
                }
            }
            for i in 0..x[0].len() {
                for part in 0..$parts {
                    let mut weights = [$zero(); O];
                    for o in 0..O {
                        weights[o] = $load(&w[o][i].as_chunks::<$width>().0[part]);
                    }
                    for m in 0..M {
                        let x = $load(&x[m][i].as_chunks::<$width>().0[part]);
                        for o in 0..O {
                            sums[o][m][part] = $add_products(sums[o][m][part], weights[o], x);
                        }
                    }
                }
            }
            for o in 0..O {
                for m in 0..M {
                    let to = target[o * step + m].as_chunks_mut::<$lanes>().0;
                    for part in 0..$parts {
                        $store_sums(sums[o][m][part], &mut to[part]);
                    }
                }
            }
        }
    };
}

tile! {
    tile_avx2, "avx2,fma", f32: 8, f32: 8, 2,
    _mm256_setzero_ps, load_avx2, load_avx2, store_avx2, add_products_avx2
}
tile! {
    tile_avx512, "avx512f", f32: 16, f32: 16, 1,
    _mm512_setzero_ps, load, load, store, add_products_avx512
}
tile! {
    int8_tile_avx2, "avx2", i16: 16, i32: 8, 1,
    _mm256_setzero_si256, load_shorts_avx2, load_ints_avx2, store_ints_avx2, add_pairs_avx2
}
tile! {
    int8_tile_avx512, "avx512f,avx512bw", i16: 32, i32: 16, 1,
    _mm512_setzero_si512, load_shorts, load_ints_avx512, store_ints_avx512, add_pairs_avx512
}
tile! {
    int8_tile_vnni, "avx512f,avx512bw,avx512vnni", i16: 32, i32: 16, 1,
    _mm512_setzero_si512, load_shorts, load_ints_avx512, store_ints_avx512, add_pairs_vnni
}

/// Calls the tile of the shape that is asked for: at most so many outputs, and rows of at most these numbers.
macro_rules! by_shape {
    ($tile:ident, $shape:expr, $operands:expr, $target:expr, $outputs:literal, [$($rows:literal),*]) => {
        match $shape {
            $(($outputs, $rows) => $tile::<$outputs, $rows>($operands, $target),)*
            ($outputs, _) => $tile::<$outputs, 1>($operands, $target),
            $((_, $rows) => $tile::<1, $rows>($operands, $target),)*
            _ => $tile::<1, 1>($operands, $target),
        }
    };
}

/// See `batch::product`.
#[target_feature(enable = "avx2,fma")]
pub fn product_avx2<W: Stored>(x: &[f32], rows: usize, w: &[W], y: &mut [f32]) {
    let tile = |shape: (usize, usize), operands: Operands<'_, f32>, target: Target<'_, f32, LANES>| {
        by_shape!(tile_avx2, shape, operands, target, 2, [3, 2])
    };
    let sum = |lanes: &[[f32; LANES]; ROWS]| {
        sums_of_halves(lanes.each_ref().map(|lanes| {
            let halves = lanes.as_chunks().0;
            _mm256_add_ps(load_avx2(&halves[0]), load_avx2(&halves[1]))
        }))
    };
    batch::product((x, rows), w, y, (2, 3), tile, sum);
}

/// See `batch::product`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub fn product_avx512<W: Stored>(x: &[f32], rows: usize, w: &[W], y: &mut [f32]) {
    let tile = |shape: (usize, usize), operands: Operands<'_, f32>, target: Target<'_, f32, LANES>| {
        by_shape!(tile_avx512, shape, operands, target, 4, [4, 3, 2])
    };
    let sum = |lanes: &[[f32; LANES]; ROWS]| {
        let [a, b, c, d] = lanes;
        sums_of([load(a), load(b), load(c), load(d)])
    };
    batch::product((x, rows), w, y, (4, 4), tile, sum);
}

macro_rules! product_int8 {
    ($name:ident, $features:literal, $tile:ident, $lanes:literal, $width:literal, $most:literal, $rows:tt,
     $sum:expr) => {
        /// See `batch::product_int8`.
        #[target_feature(enable = $features)]
        pub fn $name(x: &[i16], x_units: &[f32], w: &[i8], units: &[f32], y: &mut [f32]) {
            let tile =
                |shape: (usize, usize), operands: Operands<'_, i16>, target: Target<'_, i32, $lanes>| {
                    by_shape!($tile, shape, operands, target, 4, $rows)
                };
            let (x, w) = ((x, x_units), (w, units));
            batch::product_int8::<$lanes, $width>(x, w, y, (4, $most), tile, |lanes| $sum(lanes));
        }
    };
}

product_int8!(product_int8_avx2, "avx2", int8_tile_avx2, 8, 16, 3, [3, 2], int_sums_avx2);
product_int8!(
    product_int8_avx512,
    "avx512f,avx512bw",
    int8_tile_avx512,
    16,
    32,
    4,
    [4, 3, 2],
    int_sums_avx512
);
product_int8!(
    product_int8_vnni,
    "avx512f,avx512bw,avx512vnni",
    int8_tile_vnni,
    16,
    32,
    4,
    [4, 3, 2],
    int_sums_avx512
);

/// The sums of integers in lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn int_sums_avx2(lanes: &[[i32; 8]; ROWS]) -> [i32; ROWS] {
    sums_of_ints(lanes.each_ref().map(|lanes| load_ints_avx2(lanes)))
}

/// The sums of integers in lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn int_sums_avx512(lanes: &[[i32; LANES]; ROWS]) -> [i32; ROWS] {
    sums_of_ints(lanes.each_ref().map(|lanes| {
        let lanes = load_ints_avx512(lanes);
        _mm256_add_epi32(_mm512_castsi512_si256(lanes), _mm512_extracti64x4_epi64::<1>(lanes))
    }))
}

/// `sum + w x`
#[inline]
#[target_feature(enable = "avx2,fma")]
fn add_products_avx2(sum: __m256, w: __m256, x: __m256) -> __m256 {
    _mm256_fmadd_ps(w, x, sum)
}

/// `sum + w x`
#[inline]
#[target_feature(enable = "avx512f")]
fn add_products_avx512(sum: __m512, w: __m512, x: __m512) -> __m512 {
    _mm512_fmadd_ps(w, x, sum)
}
