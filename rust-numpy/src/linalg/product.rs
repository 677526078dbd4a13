//! The product of two matrices, for each element type.

use crate::complex::Complex;
use crate::element::Element;
use crate::simd::{Matrix, kernels};

/// Element types that matrices can be multiplied of.
pub trait Product: Element {
    /// `C += A B`; `c` holds its rows one after the other.
    fn multiply(a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [Self]);
}

/// Up to so many rows (or columns) packing costs more than it saves.
const FEW: usize = 3;

macro_rules! float_product {
    ($t:ident) => {
        impl Product for $t {
            fn multiply(a: Matrix<'_, $t>, b: Matrix<'_, $t>, c: &mut [$t]) {
                let k = kernels().$t;
                let (depth, columns) = (a.columns, b.columns);
                let row = |i: usize| &a.data[i * a.strides[0]..i * a.strides[0] + depth];
                if depth == 0 || columns == 0 {
                    return;
                }
                if (a.rows <= FEW || columns <= FEW) && a.strides[1] == 1 && b.strides[0] == 1 {
                    for (i, c) in c.chunks_exact_mut(columns).enumerate() {
                        for (j, c) in c.iter_mut().enumerate() {
                            let at = j * b.strides[1];
                            *c += (k.dot)(row(i), &b.data[at..at + depth]);
                        }
                    }
                } else if a.rows <= FEW && a.strides[1] == 1 && b.strides[1] == 1 {
                    for (i, c) in c.chunks_exact_mut(columns).enumerate() {
                        (k.add_rows)(row(i), b.data, b.strides[0], c);
                    }
                } else {
                    (k.gemm)(a, b, c);
                }
            }
        }
    };
}

float_product!(f32);
float_product!(f64);

/// Row by row, for the types that need no more.
fn simple<T: Copy>(a: Matrix<'_, T>, b: Matrix<'_, T>, c: &mut [T], add_product: impl Fn(&mut T, T, T)) {
    if b.columns == 0 {
        return;
    }
    for (i, c) in c.chunks_exact_mut(b.columns).enumerate() {
        for k in 0..a.columns {
            let factor = a.data[i * a.strides[0] + k * a.strides[1]];
            for (j, c) in c.iter_mut().enumerate() {
                add_product(c, factor, b.data[k * b.strides[0] + j * b.strides[1]]);
            }
        }
    }
}

macro_rules! simple_product {
    ($($t:ty => $add:expr),* $(,)?) => {$(
        impl Product for $t {
            fn multiply(a: Matrix<'_, $t>, b: Matrix<'_, $t>, c: &mut [$t]) {
                simple(a, b, c, $add);
            }
        }
    )*};
}

simple_product!(
    i64 => |c: &mut i64, a: i64, b| *c = c.wrapping_add(a.wrapping_mul(b)),
    Complex<f32> => |c: &mut Complex<f32>, a, b| *c = *c + a * b,
    Complex<f64> => |c: &mut Complex<f64>, a, b| *c = *c + a * b,
);
