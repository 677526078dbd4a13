//! Kernels for the CPU at hand.
//!
//! Safe Rust cannot call a function compiled for AVX2 from one that is not, since nothing proves
//! that the CPU has it. So each level's kernels stand behind one function, `run`, and whoever has
//! asked the CPU (the Python binding) installs the best one. Without that the portable one is used.

use std::sync::OnceLock;

use super::attention::{self, Attention};
use super::gemm::{self, Product};
use super::integers::{self, Units};
use super::{batch, math, norms, rows, team};
#[cfg(target_arch = "x86_64")]
use super::{batch_x86, integers_x86, wide};

/// A function of one value, applied in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The tanh form of GELU.
    Gelu,
    /// `x sigmoid(x)`
    Silu,
    /// `x` where positive, else `eˣ - 1`.
    Elu,
}

/// One piece of arithmetic with its operands. Lengths are the caller's business: a kernel panics
/// where they don't fit.
#[derive(Debug)]
#[allow(missing_docs)] // x: read, y: written, w: weights `[outputs, inputs]`
pub enum Call<'a> {
    /// `y = w x`
    MatvecF32 { x: &'a [f32], w: &'a [f32], y: &'a mut [f32] },
    /// `y = w x`, `w` the upper halves of float32.
    MatvecBf16 { x: &'a [f32], w: &'a [u16], y: &'a mut [f32] },
    /// `y = unit (units * (w x))`
    MatvecInt8 { x: &'a [i16], unit: f32, w: &'a [i8], units: &'a [f32], y: &'a mut [f32] },
    /// `y = w xᵀ` for as many rows of `x` as it is told, each as if alone: `y` is `[outputs, rows]`.
    BatchF32 { x: &'a [f32], rows: usize, w: &'a [f32], y: &'a mut [f32] },
    /// The same, `w` the upper halves of float32.
    BatchBf16 { x: &'a [f32], rows: usize, w: &'a [u16], y: &'a mut [f32] },
    /// The same with integers and a unit for each row of `x`.
    BatchInt8 { x: &'a [i16], x_units: &'a [f32], w: &'a [i8], units: &'a [f32], y: &'a mut [f32] },
    /// `y = x / unit` as integers of at most `limit`, each row of `width` in its own unit, which is written.
    Quantise { x: &'a [f32], width: usize, limit: i16, y: &'a mut [i16], units: &'a mut [f32] },
    /// A product of matrices.
    Product(Product<'a>),
    /// A product of matrices, B the upper halves of float32.
    ProductBf16(Product<'a, u16>),
    /// A product of matrices of integers, in units; B in int8.
    ProductInt8(Product<'a, i8, i16>, Units<'a>),
    /// The same with B in int16.
    ProductInt16(Product<'a, i16, i16>, Units<'a>),
    /// Softmax attention.
    Attend(Attention<'a>),
    /// Layer norm over rows of `width`.
    LayerNorm {
        x: &'a [f32],
        width: usize,
        affine: Option<(&'a [f32], &'a [f32])>,
        eps: f32,
        y: &'a mut [f32],
    },
    /// Scale by the unbiased deviation of each row.
    VarianceNorm { x: &'a [f32], alpha: &'a [f32], eps: f32, y: &'a mut [f32] },
    /// `y = f(y)`
    Activate { f: Activation, y: &'a mut [f32] },
    /// `y = elu(x)`
    EluOf { x: &'a [f32], y: &'a mut [f32] },
    /// `y = x + scale y`, the scale repeated for each row.
    ScaleAdd { y: &'a mut [f32], scale: &'a [f32], x: &'a [f32] },
    /// `y += x`, `x` repeated.
    Add { y: &'a mut [f32], x: &'a [f32] },
    /// `y = y (1 + scale) + shift`
    Modulate { y: &'a mut [f32], shift: &'a [f32], scale: &'a [f32] },
    /// `y = scale y` over rows of the scale's width.
    Scale { y: &'a mut [f32], scale: &'a [f32] },
}

/// All kernels of one CPU level.
pub type Run = fn(Call<'_>);

static INSTALLED: OnceLock<Run> = OnceLock::new();

/// Uses these kernels from now on. False if others are in use already.
pub fn install(run: Run) -> bool {
    INSTALLED.set(run).is_ok()
}

/// Carries out a call with the kernels in use, and with the team of this thread if it is large.
#[inline]
pub fn run(call: Call<'_>) {
    team::shared(call, *INSTALLED.get_or_init(|| portable::run));
}

/// Carries out calls in any order, side by side where this thread has a team.
pub fn run_each(calls: Vec<Call<'_>>) {
    team::each(calls, *INSTALLED.get_or_init(|| portable::run));
}

macro_rules! level {
    ($(#[$doc:meta])* mod $name:ident, $fma:expr, batch $batch:path, $batch_int8:path, integers $integers:path, $(wide $wide:ident,)? $(#[$feature:meta])*) => {
        $(#[$doc])*
        pub mod $name {
            use super::*;
            const FMA: bool = $fma;
            const WIDE: bool = !concat!($(stringify!($wide))?).is_empty();
            /// Of the sums of a row: four rows' are as many registers as the smallest CPUs can spare.
            const LANES: usize = if FMA { 16 } else { 8 };

            /// Carries out a call.
            ///
            /// # Safety
            ///
            /// The CPU must have what this level is compiled for.
            $(#[$feature])*
            pub fn run(call: Call<'_>) {
                match call {
                    Call::MatvecF32 { x, w, y } => matvec_f32(x, w, y),
                    Call::MatvecBf16 { x, w, y } => matvec_bf16(x, w, y),
                    Call::MatvecInt8 { x, unit, w, units, y } => matvec_int8(x, unit, w, units, y),
                    Call::BatchF32 { x, rows, w, y } => $batch(x, rows, w, y),
                    Call::BatchBf16 { x, rows, w, y } => $batch(x, rows, w, y),
                    Call::BatchInt8 { x, x_units, w, units, y } => $batch_int8(x, x_units, w, units, y),
                    Call::Quantise { x, width, limit, y, units } => quantise(x, width, limit, y, units),
                    Call::Product(p) => product(p),
                    Call::Attend(a) => attend(a),
                    Call::LayerNorm { x, width, affine, eps, y } => layer_norm(x, width, affine, eps, y),
                    Call::VarianceNorm { x, alpha, eps, y } => variance_norm(x, alpha, eps, y),
                    Call::Activate { f, y } => match f {
                        Activation::Gelu => gelu(y),
                        Activation::Silu => silu(y),
                        Activation::Elu => elu(y),
                    },
                    Call::EluOf { x, y } => elu_of(x, y),
                    Call::ScaleAdd { y, scale, x } => scale_add(y, scale, x),
                    Call::Add { y, x } => add(y, x),
                    Call::Modulate { y, shift, scale } => modulate(y, shift, scale),
                    Call::Scale { y, scale } => norms::scale(y, scale),
                    Call::ProductBf16(p) => product(p),
                    Call::ProductInt8(p, units) => $integers(p, units),
                    Call::ProductInt16(p, units) => $integers(p, units),
                }
            }
            $(#[$feature])*
            fn matvec_f32(x: &[f32], w: &[f32], y: &mut [f32]) {
                rows::matvec(x, w, y, |x, w, step| dots_f32(x, w, step), |_, sum| sum);
            }
            $(#[$feature])*
            fn dots_f32(x: &[f32], w: &[f32], step: usize) -> [f32; rows::ROWS] {
                $(if WIDE {
                    return $wide::dots_f32(x, w, step);
                })?
                rows::dots(x, w, step, |w| w, |x, w, step, out| sums_f32(x, w, step, out))
            }
            $(#[$feature])*
            #[inline(never)]
            fn sums_f32(x: &[f32], w: &[f32], step: usize, out: &mut [[f32; LANES]; rows::ROWS]) {
                rows::partial_sums::<f32, LANES, FMA>(x, w, step, |w| w, out);
            }
            $(#[$feature])*
            fn matvec_bf16(x: &[f32], w: &[u16], y: &mut [f32]) {
                rows::matvec(x, w, y, |x, w, step| dots_bf16(x, w, step), |_, sum| sum);
            }
            $(#[$feature])*
            fn dots_bf16(x: &[f32], w: &[u16], step: usize) -> [f32; rows::ROWS] {
                $(if WIDE {
                    return $wide::dots_bf16(x, w, step);
                })?
                rows::dots(x, w, step, math::widen, |x, w, step, out| sums_bf16(x, w, step, out))
            }
            $(#[$feature])*
            #[inline(never)]
            fn sums_bf16(x: &[f32], w: &[u16], step: usize, out: &mut [[f32; LANES]; rows::ROWS]) {
                rows::partial_sums::<u16, LANES, FMA>(x, w, step, math::widen, out);
            }
            $(#[$feature])*
            fn matvec_int8(x: &[i16], unit: f32, w: &[i8], units: &[f32], y: &mut [f32]) {
                rows::matvec(
                    x,
                    w,
                    y,
                    |x, w, step| dots_int8(x, w, step),
                    |row, sum: i32| sum as f32 * (units[row] * unit),
                );
            }
            $(#[$feature])*
            fn dots_int8(x: &[i16], w: &[i8], step: usize) -> [i32; rows::ROWS] {
                $(if WIDE {
                    return $wide::dots_int8(x, w, step);
                })?
                rows::dots_int8(x, w, step, |x, w| dot_int8(x, w))
            }
            $(#[$feature])*
            #[inline(never)]
            fn dot_int8(x: &[i16], w: &[i8]) -> i32 {
                rows::dot_int8(x, w)
            }
            $(#[$feature])*
            fn quantise(x: &[f32], width: usize, limit: i16, y: &mut [i16], units: &mut [f32]) {
                integers::quantise(x, width, limit, y, units);
            }
            $(#[$feature])*
            fn product<B: gemm::Stored>(p: Product<'_, B>) {
                if p.rows == 0 || p.columns == 0 {
                    return;
                }
                if p.depth == 0 {
                    if !p.add {
                        p.c.chunks_mut(p.c_step).take(p.rows).for_each(|c| c[..p.columns].fill(0.0));
                    }
                    return;
                }
                if p.columns == 1 && !p.b_transposed {
                    return gemm::product_with_column(p, |x, w, step| dots_f32(x, w, step));
                }
                let tile = |rows: usize, columns: usize, operands: gemm::Operands<'_>, target: gemm::Target<'_>| {
                    match (rows, columns) {
                        $((8, 32) => $wide::tile::<8, 2>(operands, target),
                        (4, 32) => $wide::tile::<4, 2>(operands, target),
                        (2, 32) => $wide::tile::<2, 2>(operands, target),
                        (1, 32) => $wide::tile::<1, 2>(operands, target),
                        (8, 16) => $wide::tile::<8, 1>(operands, target),)?
                        (6, 16) => tile::<6, 16>(operands, target),
                        (4, 16) => tile::<4, 16>(operands, target),
                        (2, 16) => tile::<2, 16>(operands, target),
                        (1, 16) => tile::<1, 16>(operands, target),
                        (3, 24) => tile::<3, 24>(operands, target),
                        (2, 24) => tile::<2, 24>(operands, target),
                        (1, 24) => tile::<1, 24>(operands, target),
                        (8, 8) => tile::<8, 8>(operands, target),
                        (6, 8) => tile::<6, 8>(operands, target),
                        (4, 8) => tile::<4, 8>(operands, target),
                        (2, 8) => tile::<2, 8>(operands, target),
                        _ => tile::<1, 8>(operands, target),
                    }
                };
                if p.b_transposed {
                    gemm::product_of_rows::<WIDE, B>(p, tile, |from, step, target| turn(from, step, target));
                } else {
                    gemm::product::<WIDE, B>(p, tile);
                }
            }
            $(#[$feature])*
            #[inline(never)]
            fn tile<const M: usize, const N: usize>(operands: gemm::Operands<'_>, target: gemm::Target<'_>) {
                gemm::tile::<M, N, FMA>(operands, target);
            }
            $(#[$feature])*
            fn turn(from: &[f32], step: usize, target: gemm::Target<'_>) {
                $(if WIDE {
                    return $wide::turn(from, step, target);
                })?
                gemm::turn(from, step, target);
            }
            $(#[$feature])*
            fn attend(a: Attention<'_>) {
                attention::attend::<FMA>(
                    a,
                    |p| product(p),
                    |x, w, step| dots_f32(x, w, step),
                    |weights, rows, step, out| add_weighted(weights, rows, step, out),
                );
            }
            $(#[$feature])*
            #[inline(never)]
            fn add_weighted(weights: &[f32], rows: &[f32], step: usize, out: &mut [f32; attention::PART]) {
                attention::add_weighted::<FMA>(weights, rows, step, out);
            }
            $(#[$feature])*
            fn layer_norm(x: &[f32], width: usize, affine: Option<(&[f32], &[f32])>, eps: f32, y: &mut [f32]) {
                norms::layer_norm::<FMA>(x, width, affine, eps, y);
            }
            $(#[$feature])*
            fn variance_norm(x: &[f32], alpha: &[f32], eps: f32, y: &mut [f32]) {
                norms::variance_norm(x, alpha, eps, y);
            }
            $(#[$feature])*
            fn gelu(y: &mut [f32]) {
                y.iter_mut().for_each(|y| *y = math::gelu::<FMA>(*y));
            }
            $(#[$feature])*
            fn silu(y: &mut [f32]) {
                y.iter_mut().for_each(|y| *y = math::silu::<FMA>(*y));
            }
            $(#[$feature])*
            fn elu(y: &mut [f32]) {
                y.iter_mut().for_each(|y| *y = math::elu::<FMA>(*y));
            }
            $(#[$feature])*
            fn elu_of(x: &[f32], y: &mut [f32]) {
                y.iter_mut().zip(x).for_each(|(y, &x)| *y = math::elu::<FMA>(x));
            }
            $(#[$feature])*
            fn scale_add(y: &mut [f32], scale: &[f32], x: &[f32]) {
                norms::scale_add::<FMA>(y, scale, x);
            }
            $(#[$feature])*
            fn add(y: &mut [f32], x: &[f32]) {
                norms::add(y, x);
            }
            $(#[$feature])*
            fn modulate(y: &mut [f32], shift: &[f32], scale: &[f32]) {
                norms::modulate::<FMA>(y, shift, scale);
            }
        }
    };
}

level! {
    /// Kernels that run on every CPU of the target; on arm64 that includes NEON.
    mod portable, cfg!(target_arch = "aarch64"),
    batch batch::portable, batch::portable_int8, integers integers::portable,
}
#[cfg(target_arch = "x86_64")]
level! {
    /// Kernels for x86-64 CPUs with AVX2 and FMA (2013 and later).
    mod avx2, true,
    batch batch_x86::product_avx2, batch_x86::product_int8_avx2, integers integers_x86::product_avx2,
    #[target_feature(enable = "avx2,fma")]
}
#[cfg(target_arch = "x86_64")]
level! {
    /// Kernels for x86-64 CPUs with AVX-512 (F, BW, DQ and VL).
    mod avx512, true,
    batch batch_x86::product_avx512, batch_x86::product_int8_avx512, integers integers_x86::product_avx512,
    wide wide, #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
}
