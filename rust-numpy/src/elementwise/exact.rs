//! The arithmetic of integers, which wraps around, and of bool.

use super::{Arithmetic, BinaryOp, UnaryOp};

#[inline(always)]
fn map<T: Copy>(x: &[T], out: &mut [T], f: impl Fn(T) -> T) -> bool {
    for (o, &x) in out.iter_mut().zip(x) {
        *o = f(x);
    }
    true
}

#[inline(always)]
fn zip<T: Copy>(x: &[T], y: &[T], out: &mut [T], f: impl Fn(T, T) -> T) -> bool {
    for ((o, &x), &y) in out.iter_mut().zip(x).zip(y) {
        *o = f(x, y);
    }
    true
}

macro_rules! integer {
    ($t:ty) => {
        #[allow(unused_comparisons)] // the same text serves the unsigned types
        impl Arithmetic for $t {
            fn unary(op: UnaryOp, x: &[Self], out: &mut [Self]) -> bool {
                const ZERO: $t = 0;
                match op {
                    UnaryOp::Positive
                    | UnaryOp::Floor
                    | UnaryOp::Ceil
                    | UnaryOp::Trunc
                    | UnaryOp::Round
                    | UnaryOp::Conj
                    | UnaryOp::Real => map(x, out, |v| v),
                    UnaryOp::Imag => map(x, out, |_| 0),
                    UnaryOp::Negative => map(x, out, |v| ZERO.wrapping_sub(v)),
                    UnaryOp::Abs => map(x, out, |v| if v < ZERO { ZERO.wrapping_sub(v) } else { v }),
                    UnaryOp::Sign => map(x, out, |v| {
                        if v > 0 {
                            1
                        } else if v == 0 {
                            0
                        } else {
                            ZERO.wrapping_sub(1)
                        }
                    }),
                    UnaryOp::Square => map(x, out, |v| v.wrapping_mul(v)),
                    UnaryOp::Invert => map(x, out, |v| !v),
                    UnaryOp::Reciprocal => map(x, out, |v| (1 as $t).checked_div(v).unwrap_or(<$t>::MIN)),
                    UnaryOp::Sqrt | UnaryOp::Exp | UnaryOp::Tanh | UnaryOp::Math(_) => false,
                }
            }

            fn binary(op: BinaryOp, x: &[Self], y: &[Self], out: &mut [Self]) -> bool {
                const BITS: u32 = <$t>::BITS;
                match op {
                    BinaryOp::Add => zip(x, y, out, |a, b| a.wrapping_add(b)),
                    BinaryOp::Subtract => zip(x, y, out, |a, b| a.wrapping_sub(b)),
                    BinaryOp::Multiply => zip(x, y, out, |a, b| a.wrapping_mul(b)),
                    BinaryOp::Maximum => zip(x, y, out, |a, b| a.max(b)),
                    BinaryOp::Minimum => zip(x, y, out, |a, b| a.min(b)),
                    BinaryOp::And => zip(x, y, out, |a, b| a & b),
                    BinaryOp::Or => zip(x, y, out, |a, b| a | b),
                    BinaryOp::Xor => zip(x, y, out, |a, b| a ^ b),
                    // division by zero gives zero, as in NumPy
                    BinaryOp::FloorDivide => zip(x, y, out, |a, b| {
                        if b == 0 {
                            return 0;
                        }
                        let quotient = a.wrapping_div(b);
                        let inexact = a.wrapping_rem(b) != 0 && ((a < 0) != (b < 0));
                        if inexact { quotient.wrapping_sub(1) } else { quotient }
                    }),
                    BinaryOp::Remainder => zip(x, y, out, |a, b| {
                        if b == 0 {
                            return 0;
                        }
                        let rest = a.wrapping_rem(b);
                        if rest != 0 && ((rest < 0) != (b < 0)) { rest.wrapping_add(b) } else { rest }
                    }),
                    BinaryOp::Pow => zip(x, y, out, power),
                    // shifting by all bits or more leaves nothing but the sign
                    BinaryOp::ShiftLeft => zip(x, y, out, |a, b| match u32::try_from(b) {
                        Ok(n) if n < BITS => a << n,
                        _ => 0,
                    }),
                    BinaryOp::ShiftRight => zip(x, y, out, |a, b| match u32::try_from(b) {
                        Ok(n) if n < BITS => a >> n,
                        _ if a < 0 => (0 as $t).wrapping_sub(1),
                        _ => 0,
                    }),
                    BinaryOp::Divide
                    | BinaryOp::Atan2
                    | BinaryOp::Hypot
                    | BinaryOp::LogAddExp
                    | BinaryOp::CopySign
                    | BinaryOp::NextAfter => false,
                }
            }
        }
    };
}

/// What integer powers need.
trait Multiply: Copy {
    fn one() -> Self;
    fn times(self, other: Self) -> Self;
    fn bits(self) -> u64;
}

/// `base` to the power of an exponent that is not negative, by squaring, wrapping around.
fn power<T: Multiply>(base: T, exponent: T) -> T {
    let (mut result, mut square, mut bits) = (T::one(), base, exponent.bits());
    while bits > 0 {
        if bits & 1 == 1 {
            result = result.times(square);
        }
        square = square.times(square);
        bits >>= 1;
    }
    result
}

macro_rules! integers {
    ($($t:ty),*) => {$(
        integer!($t);
        impl Multiply for $t {
            fn one() -> Self {
                1
            }
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn bits(self) -> u64 {
                self as u64
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Arithmetic for bool {
    fn unary(op: UnaryOp, x: &[Self], out: &mut [Self]) -> bool {
        match op {
            UnaryOp::Invert => map(x, out, |v| !v),
            UnaryOp::Imag => map(x, out, |_| false),
            UnaryOp::Abs
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Trunc
            | UnaryOp::Round
            | UnaryOp::Conj
            | UnaryOp::Real => map(x, out, |v| v),
            _ => false,
        }
    }

    fn binary(op: BinaryOp, x: &[Self], y: &[Self], out: &mut [Self]) -> bool {
        match op {
            BinaryOp::Add | BinaryOp::Or | BinaryOp::Maximum => zip(x, y, out, |a, b| a | b),
            BinaryOp::Multiply | BinaryOp::And | BinaryOp::Minimum => zip(x, y, out, |a, b| a & b),
            BinaryOp::Xor => zip(x, y, out, |a, b| a ^ b),
            _ => false,
        }
    }
}
