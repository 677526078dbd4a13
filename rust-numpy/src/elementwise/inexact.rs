//! The arithmetic of floats, which is the CPU's, and of complex numbers.

use super::{Arithmetic, BinaryOp, UnaryOp};
use crate::complex::Complex;
use crate::simd::kernels;

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
                    UnaryOp::Exp => |z: Self| {
                        let r = z.re.exp();
                        Complex::new(r * z.im.cos(), r * z.im.sin())
                    },
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
