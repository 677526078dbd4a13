//! Kernels for the CPU at hand.
//!
//! Safe Rust cannot call a function compiled for AVX2 from one that is not, since nothing proves
//! that the CPU has it. So this crate only declares these functions, and whoever has asked the CPU
//! (the Python binding) puts them into a [`Kernels`] table and installs it. Without that the
//! portable ones are used.

use std::sync::OnceLock;

use crate::elementwise::{BinaryOp, UnaryOp};

pub mod float;
mod gemm;
pub(crate) mod kernels;
mod trig;

/// `out[i] = op(x[i])`; false, with nothing done, if the type has no such operation.
pub type UnaryKernel<T> = fn(UnaryOp, &[T], &mut [T]) -> bool;
/// `out[i] = op(x[i], y[i])`; false, with nothing done, if the type has no such operation.
pub type BinaryKernel<T> = fn(BinaryOp, &[T], &[T], &mut [T]) -> bool;
/// `Σ x[i] y[i]`
pub type DotKernel<T> = fn(&[T], &[T]) -> T;
/// `out[j] += Σ a[k] rows[k * stride + j]`
pub type AddRowsKernel<T> = fn(&[T], &[T], usize, &mut [T]);
/// The largest (else smallest) of `first` and the elements; NaN if there is one.
pub type ExtremeKernel<T> = fn(bool, T, &[T]) -> T;
/// `C += A B`; see [`portable::gemm_f32`].
pub type GemmKernel<T> = fn(Matrix<'_, T>, Matrix<'_, T>, &mut [T]);

/// A matrix inside of a slice: element `[i, j]` is at `i * strides[0] + j * strides[1]`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a, T> {
    /// The elements.
    pub data: &'a [T],
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Step from row to row and from column to column.
    pub strides: [usize; 2],
}

/// The kernels of one element type.
#[derive(Debug, Clone, Copy)]
pub struct FloatKernels<T> {
    /// Element-wise functions of one array.
    pub unary: UnaryKernel<T>,
    /// Element-wise functions of two arrays.
    pub binary: BinaryKernel<T>,
    /// Inner products.
    pub dot: DotKernel<T>,
    /// Sums of scaled rows.
    pub add_rows: AddRowsKernel<T>,
    /// Largest and smallest elements.
    pub extreme: ExtremeKernel<T>,
    /// Matrix products.
    pub gemm: GemmKernel<T>,
}

/// The kernels of one CPU level.
#[derive(Debug, Clone, Copy)]
pub struct Kernels {
    /// The level's name.
    pub name: &'static str,
    /// Single precision.
    pub f32: FloatKernels<f32>,
    /// Double precision.
    pub f64: FloatKernels<f64>,
}

static INSTALLED: OnceLock<Kernels> = OnceLock::new();

/// Uses these kernels from now on. False if others are in use already.
pub fn install(kernels: Kernels) -> bool {
    INSTALLED.set(kernels).is_ok()
}

/// The kernels in use.
#[inline]
pub fn kernels() -> &'static Kernels {
    INSTALLED.get_or_init(|| portable::KERNELS)
}

macro_rules! kernels_of {
    ($t:ident, $fused:literal, $m:literal x $n:literal, $(#[$feature:meta])*, $unary:ident, $binary:ident,
     $dot:ident, $add_rows:ident, $extreme:ident, $gemm:ident) => {
        /// See [`UnaryKernel`].
        $(#[$feature])*
        pub fn $unary(op: UnaryOp, x: &[$t], out: &mut [$t]) -> bool {
            kernels::unary(op, x, out)
        }
        /// See [`BinaryKernel`].
        $(#[$feature])*
        pub fn $binary(op: BinaryOp, x: &[$t], y: &[$t], out: &mut [$t]) -> bool {
            kernels::binary(op, x, y, out)
        }
        /// See [`DotKernel`].
        $(#[$feature])*
        pub fn $dot(x: &[$t], y: &[$t]) -> $t {
            kernels::dot::<$t, $fused>(x, y)
        }
        /// See [`AddRowsKernel`].
        $(#[$feature])*
        pub fn $add_rows(a: &[$t], rows: &[$t], stride: usize, out: &mut [$t]) {
            kernels::add_rows::<$t, $fused>(a, rows, stride, out)
        }
        /// See [`ExtremeKernel`].
        $(#[$feature])*
        pub fn $extreme(max: bool, first: $t, x: &[$t]) -> $t {
            if max { kernels::extreme::<$t, true>(first, x) } else { kernels::extreme::<$t, false>(first, x) }
        }
        /// `C += A B`, where `c` holds the product's rows one after the other.
        $(#[$feature])*
        pub fn $gemm(a: Matrix<'_, $t>, b: Matrix<'_, $t>, c: &mut [$t]) {
            gemm::gemm::<$t, $m, $n>(a, b, c, |a, b, c, columns, used| {
                kernels::tile::<$t, $m, $n, $fused>(a, b, c, columns, used)
            })
        }
    };
}

/// Kernels that run on every CPU.
pub mod portable {
    use super::*;
    kernels_of!(f32, false, 4 x 8, , unary_f32, binary_f32, dot_f32, add_rows_f32, extreme_f32, gemm_f32);
    kernels_of!(f64, false, 4 x 4, , unary_f64, binary_f64, dot_f64, add_rows_f64, extreme_f64, gemm_f64);
    /// All of them.
    pub const KERNELS: Kernels = Kernels {
        name: "portable",
        f32: FloatKernels {
            unary: unary_f32,
            binary: binary_f32,
            dot: dot_f32,
            add_rows: add_rows_f32,
            extreme: extreme_f32,
            gemm: gemm_f32,
        },
        f64: FloatKernels {
            unary: unary_f64,
            binary: binary_f64,
            dot: dot_f64,
            add_rows: add_rows_f64,
            extreme: extreme_f64,
            gemm: gemm_f64,
        },
    };
}

/// Kernels for x86-64 CPUs with AVX2 and FMA (2013 and later). They may be called only where these
/// have been detected; from safe code that is where the caller is compiled for them, too.
#[cfg(target_arch = "x86_64")]
#[allow(clippy::missing_safety_doc)] // they are safe functions; the lint takes the macro's for unsafe
pub mod avx2 {
    use super::*;
    kernels_of!(f32, true, 6 x 16, #[target_feature(enable = "avx2,fma")],
        unary_f32, binary_f32, dot_f32, add_rows_f32, extreme_f32, gemm_f32);
    kernels_of!(f64, true, 6 x 8, #[target_feature(enable = "avx2,fma")],
        unary_f64, binary_f64, dot_f64, add_rows_f64, extreme_f64, gemm_f64);
}
