//! The kernels for the CPU at hand: the one place where a CPU feature is asked for.

use rust_numpy_core::simd;

/// Installs the fastest kernels that this CPU can run.
pub fn choose_kernels() {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        simd::install(avx2::KERNELS);
        return;
    }
    simd::install(simd::portable::KERNELS);
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use rust_numpy_core::elementwise::{BinaryOp, UnaryOp};
    use rust_numpy_core::simd::{FloatKernels, Kernels, Matrix, avx2};

    macro_rules! kernels_of {
        ($t:ident, $unary:ident, $binary:ident, $dot:ident, $add_rows:ident, $extreme:ident, $gemm:ident) => {{
            fn unary(op: UnaryOp, x: &[$t], out: &mut [$t]) -> bool {
                // SAFETY: only `choose_kernels` uses this, after it has seen AVX2 and FMA.
                unsafe { avx2::$unary(op, x, out) }
            }
            fn binary(op: BinaryOp, x: &[$t], y: &[$t], out: &mut [$t]) -> bool {
                // SAFETY: as above.
                unsafe { avx2::$binary(op, x, y, out) }
            }
            fn dot(x: &[$t], y: &[$t]) -> $t {
                // SAFETY: as above.
                unsafe { avx2::$dot(x, y) }
            }
            fn add_rows(a: &[$t], rows: &[$t], stride: usize, out: &mut [$t]) {
                // SAFETY: as above.
                unsafe { avx2::$add_rows(a, rows, stride, out) }
            }
            fn extreme(max: bool, first: $t, x: &[$t]) -> $t {
                // SAFETY: as above.
                unsafe { avx2::$extreme(max, first, x) }
            }
            fn gemm(a: Matrix<'_, $t>, b: Matrix<'_, $t>, c: &mut [$t]) {
                // SAFETY: as above.
                unsafe { avx2::$gemm(a, b, c) }
            }
            FloatKernels { unary, binary, dot, add_rows, extreme, gemm }
        }};
    }

    /// Kernels that must not run before AVX2 and FMA have been seen.
    pub const KERNELS: Kernels = Kernels {
        name: "avx2",
        f32: kernels_of!(f32, unary_f32, binary_f32, dot_f32, add_rows_f32, extreme_f32, gemm_f32),
        f64: kernels_of!(f64, unary_f64, binary_f64, dot_f64, add_rows_f64, extreme_f64, gemm_f64),
    };
}
