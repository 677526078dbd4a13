//! The tiles of `integers` in the CPU's own operations.

#![allow(clippy::missing_safety_doc)] // they are safe functions; the lint takes them for unsafe

use std::arch::x86_64::*;

use super::gemm::{self, Product, Target};
use super::integers::{self, Operands, Scales, Stored, Units, pair};
use super::vectors_x86::{add_pairs_avx2, add_pairs_avx512, load, load_avx2, load_words, load_words_avx2};
use super::vectors_x86::{add_pairs_vnni, store, store_avx2};
use super::wide;

/// A tile of `M` rows and `V` vectors of columns, which begin at `first` in a panel of `N`.
macro_rules! tile {
    ($name:ident, $features:literal, $lanes:literal, $broadcast:ident, $add_products:ident, $zero:ident,
     $load_words:ident, $to_floats:ident, $set:ident, $mul:ident, $add:ident, $load:ident, $store:ident) => {
        #[inline(never)]
        #[target_feature(enable = $features)]
        #[allow(clippy::needless_range_loop)] // each index a constant once unrolled
        fn $name<const M: usize, const V: usize, const N: usize>(
            (a, step, panel, depth): Operands<'_>,
            first: usize,
            (of_rows, of_columns): Scales<'_>,
            (c, c_step, add): Target<'_>,
        ) {
            let panel = panel.as_chunks::<N>().0;
            let pairs = depth / 2;
            let (panel, last) = (&panel[..pairs], panel.get(pairs));
            let mut rows = [[].as_slice(); M];
            for i in 0..M {
                rows[i] = &a[i * step..][..2 * pairs].as_chunks::<2>().0[..pairs];
            }
            let mut sums = [[$zero(); V]; M];
            for (k, b) in panel.iter().enumerate() {
                let b = b[first..][..V * $lanes].as_chunks::<$lanes>().0;
                let mut vectors = [$zero(); V];
                for v in 0..V {
                    vectors[v] = $load_words(&b[v]);
                }
                for i in 0..M {
                    let [low, high] = rows[i][k];
                    let a = $broadcast(pair(low, high).cast_signed());
                    for v in 0..V {
                        sums[i][v] = $add_products(sums[i][v], vectors[v], a);
                    }
                }
            }
            if let (1, Some(b)) = (depth % 2, last) {
                let b = b[first..][..V * $lanes].as_chunks::<$lanes>().0;
                for i in 0..M {
                    let a = $broadcast(pair(a[i * step + depth - 1], 0).cast_signed());
                    for v in 0..V {
                        sums[i][v] = $add_products(sums[i][v], $load_words(&b[v]), a);
                    }
                }
            }
            let of_columns = of_columns[first..][..V * $lanes].as_chunks::<$lanes>().0;
            for i in 0..M {
                let unit = $set(of_rows[i]);
                let c = c[i * c_step + first..][..V * $lanes].as_chunks_mut::<$lanes>().0;
                for v in 0..V {
                    let value = $mul($to_floats(sums[i][v]), $mul(unit, $load(&of_columns[v])));
                    $store(if add { $add($load(&c[v]), value) } else { value }, &mut c[v]);
                }
            }
        }
    };
}

tile! {
    tile_avx2, "avx2", 8, _mm256_set1_epi32, add_pairs_avx2, _mm256_setzero_si256, load_words_avx2,
    _mm256_cvtepi32_ps, _mm256_set1_ps, _mm256_mul_ps, _mm256_add_ps, load_avx2, store_avx2
}
tile! {
    tile_avx512, "avx512f,avx512bw", 16, _mm512_set1_epi32, add_pairs_avx512, _mm512_setzero_si512,
    load_words, _mm512_cvtepi32_ps, _mm512_set1_ps, _mm512_mul_ps, _mm512_add_ps, load, store
}
tile! {
    tile_vnni, "avx512f,avx512bw,avx512vnni", 16, _mm512_set1_epi32, add_pairs_vnni,
    _mm512_setzero_si512, load_words, _mm512_cvtepi32_ps, _mm512_set1_ps, _mm512_mul_ps, _mm512_add_ps,
    load, store
}

/// See `integers::product`.
#[target_feature(enable = "avx2,fma")]
pub fn product_avx2<B: Stored>(p: Product<'_, B, i16>, units: Units<'_>) {
    let tile = |rows: usize, columns: usize, o: Operands<'_>, s: Scales<'_>, (c, step, add): Target<'_>| {
        // 16 registers hold 4 x 16 sums
        for row in (0..rows).step_by(4) {
            let o = (&o.0[row * o.1..], o.1, o.2, o.3);
            let s = (&s.0[row..], s.1);
            for first in (0..columns).step_by(16) {
                let c = (&mut c[row * step..], step, add);
                match (rows, columns) {
                    (4.., 32) => tile_avx2::<4, 2, 32>(o, first, s, c),
                    (2.., 32) => tile_avx2::<2, 2, 32>(o, first, s, c),
                    (_, 32) => tile_avx2::<1, 2, 32>(o, first, s, c),
                    (4.., _) => tile_avx2::<4, 2, 16>(o, first, s, c),
                    (2.., _) => tile_avx2::<2, 2, 16>(o, first, s, c),
                    _ => tile_avx2::<1, 2, 16>(o, first, s, c),
                }
            }
        }
    };
    integers::product(p, units, tile, gemm::turn);
}

macro_rules! product {
    ($name:ident, $features:literal, $tile:ident) => {
        /// See `integers::product`.
        #[target_feature(enable = $features)]
        pub fn $name<B: Stored>(p: Product<'_, B, i16>, units: Units<'_>) {
            let tile = |rows: usize, columns: usize, o: Operands<'_>, s: Scales<'_>, c: Target<'_>| match (
                rows, columns,
            ) {
                (8, 32) => $tile::<8, 2, 32>(o, 0, s, c),
                (4, 32) => $tile::<4, 2, 32>(o, 0, s, c),
                (2, 32) => $tile::<2, 2, 32>(o, 0, s, c),
                (_, 32) => $tile::<1, 2, 32>(o, 0, s, c),
                (8, _) => $tile::<8, 1, 16>(o, 0, s, c),
                (4, _) => $tile::<4, 1, 16>(o, 0, s, c),
                (2, _) => $tile::<2, 1, 16>(o, 0, s, c),
                _ => $tile::<1, 1, 16>(o, 0, s, c),
            };
            integers::product(p, units, tile, |from, step, target| wide::turn(from, step, target));
        }
    };
}

product!(product_avx512, "avx512f,avx512bw,avx512dq,avx512vl", tile_avx512);
product!(product_vnni, "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni", tile_vnni);
