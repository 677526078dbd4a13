//! The arithmetic of floats, which is the CPU's, and of complex numbers.

use super::{Arithmetic, BinaryOp, UnaryOp, complex};
use crate::complex::Complex;
use crate::element::{Element, cast};
use crate::simd::kernels;

/// `out[i] = f(x[i])`, computed in double precision.
fn in_double<T: Element>(f: fn(Complex<f64>) -> Complex<f64>, x: &[T], out: &mut [T]) -> bool {
    for (o, &x) in out.iter_mut().zip(x) {
        *o = cast(f(cast(x)));
    }
    true
}

macro_rules! inexact {
    ($t:ident) => {
        impl Arithmetic for $t {
            fn unary(op: UnaryOp, x: &[Self], out: &mut [Self]) -> bool {
                (kernels().$t.unary)(op, x, out)
            }
            fn binary(op: BinaryOp, x: &[Self], y: &[Self], out: &mut [Self]) -> bool {
                (kernels().$t.binary)(op, x, y, out)
            }
        }

        impl Arithmetic for Complex<$t> {
            fn unary(op: UnaryOp, x: &[Self], out: &mut [Self]) -> bool {
                let f = match op {
                    UnaryOp::Positive => |z| z,
                    UnaryOp::Negative => |z: Self| -z,
                    UnaryOp::Conj => |z: Self| z.conj(),
                    UnaryOp::Square => |z: Self| z * z,
                    UnaryOp::Reciprocal => |z: Self| Complex::new(1.0, 0.0) / z,
                    UnaryOp::Round => |z: Self| Complex::new(z.re.round_ties_even(), z.im.round_ties_even()),
                    UnaryOp::Sqrt => return in_double(complex::sqrt, x, out),
                    UnaryOp::Exp => return in_double(complex::exp, x, out),
                    UnaryOp::Tanh => return in_double(complex::tanh, x, out),
                    UnaryOp::Sign => return in_double(complex::sign, x, out),
                    UnaryOp::Math(name) => {
                        return complex::function(name).is_some_and(|f| in_double(f, x, out));
                    }
                    _ => return false,
                };
                for (o, &x) in out.iter_mut().zip(x) {
                    *o = f(x);
                }
                true
            }
            fn binary(op: BinaryOp, x: &[Self], y: &[Self], out: &mut [Self]) -> bool {
                let f = match op {
                    BinaryOp::Add => |a: Self, b: Self| a + b,
                    BinaryOp::Subtract => |a: Self, b: Self| a - b,
                    BinaryOp::Multiply => |a: Self, b: Self| a * b,
                    BinaryOp::Divide => |a: Self, b: Self| a / b,
                    BinaryOp::Pow => |a: Self, b: Self| cast(complex::pow(cast(a), cast(b))),
                    // by the real part, then the imaginary one; NaN wins
                    BinaryOp::Maximum => {
                        |a: Self, b: Self| if a.is_nan() || a.order(b).is_ge() && !b.is_nan() { a } else { b }
                    }
                    BinaryOp::Minimum => {
                        |a: Self, b: Self| if a.is_nan() || a.order(b).is_le() && !b.is_nan() { a } else { b }
                    }
                    _ => return false,
                };
                for ((o, &a), &b) in out.iter_mut().zip(x).zip(y) {
                    *o = f(a, b);
                }
                true
            }
        }
    };
}

inexact!(f32);
inexact!(f64);
