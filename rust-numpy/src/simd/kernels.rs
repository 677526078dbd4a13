//! The loops over floats, written once and compiled for every CPU level.
//!
//! Each is `inline(always)`, so that it takes the CPU features of the function it is called from.

use crate::elementwise::{BinaryOp, UnaryOp};
use crate::simd::float::{Float, Math};

#[inline(always)]
fn map<T: Copy>(x: &[T], out: &mut [T], f: impl Fn(T) -> T) {
    for (o, &x) in out.iter_mut().zip(x) {
        *o = f(x);
    }
}

#[inline(always)]
fn zip<T: Copy>(x: &[T], y: &[T], out: &mut [T], f: impl Fn(T, T) -> T) {
    for ((o, &x), &y) in out.iter_mut().zip(x).zip(y) {
        *o = f(x, y);
    }
}

/// `out[i] = op(x[i])`
#[inline(always)]
pub fn unary<T: Float>(op: UnaryOp, x: &[T], out: &mut [T]) -> bool {
    match op {
        UnaryOp::Positive | UnaryOp::Conj | UnaryOp::Real => out.copy_from_slice(x),
        UnaryOp::Imag => out.fill(T::ZERO),
        UnaryOp::Negative => map(x, out, |v| -v),
        UnaryOp::Abs => map(x, out, |v| v.abs()),
        UnaryOp::Square => map(x, out, |v| v * v),
        UnaryOp::Sqrt => map(x, out, |v| v.sqrt()),
        UnaryOp::Reciprocal => map(x, out, |v| T::ONE / v),
        UnaryOp::Floor => map(x, out, |v| v.floor()),
        UnaryOp::Ceil => map(x, out, |v| v.ceil()),
        UnaryOp::Trunc => map(x, out, |v| v.trunc()),
        UnaryOp::Round => map(x, out, |v| v.round()),
        // NaN is neither, and stays
        UnaryOp::Sign => map(x, out, |v| {
            let sign = if v > T::ZERO { T::ONE } else { -T::ONE };
            let sign = if v == T::ZERO { T::ZERO } else { sign };
            if v.partial_cmp(&v).is_none() { v } else { sign }
        }),
        UnaryOp::Exp => map(x, out, |v| v.exp()),
        UnaryOp::Tanh => map(x, out, |v| v.tanh()),
        UnaryOp::Math(Math::Sin) if T::sines(x, out, false) => {}
        UnaryOp::Math(Math::Cos) if T::sines(x, out, true) => {}
        UnaryOp::Math(name) => map(x, out, |v| v.call(name)),
        UnaryOp::Invert => return false,
    }
    true
}

/// Python's modulo of floats: the sign of the divisor (`numpy.remainder`).
#[inline(always)]
fn remainder<T: Float>(a: T, b: T) -> T {
    let m = a % b;
    if b == T::ZERO {
        m
    } else if m == T::ZERO {
        T::ZERO.copysign(b)
    } else if (b < T::ZERO) != (m < T::ZERO) {
        m + b
    } else {
        m
    }
}

/// Python's floor division of floats, consistent with [`remainder`] (`numpy.floor_divide`).
#[inline(always)]
fn floor_divide<T: Float>(a: T, b: T) -> T {
    if b == T::ZERO {
        return a / b;
    }
    let m = a % b;
    let mut quotient = (a - m) / b;
    if m != T::ZERO && (b < T::ZERO) != (m < T::ZERO) {
        quotient = quotient - T::ONE;
    }
    if quotient == T::ZERO {
        return T::ZERO.copysign(a / b);
    }
    let floor = quotient.floor();
    if quotient - floor > T::ONE / (T::ONE + T::ONE) { floor + T::ONE } else { floor }
}

/// `ln(eᵃ + eᵇ)` without overflow.
#[inline(always)]
fn log_add_exp<T: Float>(a: T, b: T) -> T {
    if a == b {
        return a + (T::ONE + T::ONE).call(Math::Log);
    }
    let d = a - b;
    if d > T::ZERO {
        a + (-d).exp().call(Math::Log1p)
    } else if d <= T::ZERO {
        b + d.exp().call(Math::Log1p)
    } else {
        d
    }
}

/// `out[i] = op(x[i], y[i])`
#[inline(always)]
#[allow(clippy::eq_op)] // a value unequal to itself is NaN
pub fn binary<T: Float>(op: BinaryOp, x: &[T], y: &[T], out: &mut [T]) -> bool {
    match op {
        BinaryOp::Add => zip(x, y, out, |a, b| a + b),
        BinaryOp::Subtract => zip(x, y, out, |a, b| a - b),
        BinaryOp::Multiply => zip(x, y, out, |a, b| a * b),
        BinaryOp::Divide => zip(x, y, out, |a, b| a / b),
        BinaryOp::Maximum => zip(x, y, out, |a, b| if a >= b || a != a { a } else { b }),
        BinaryOp::Minimum => zip(x, y, out, |a, b| if a <= b || a != a { a } else { b }),
        BinaryOp::FloorDivide => zip(x, y, out, |a, b| floor_divide(a, b)),
        BinaryOp::Remainder => zip(x, y, out, |a, b| remainder(a, b)),
        BinaryOp::Pow => zip(x, y, out, |a, b| a.pow(b)),
        BinaryOp::Atan2 => zip(x, y, out, |a, b| a.atan2(b)),
        BinaryOp::Hypot => zip(x, y, out, |a, b| a.hypot(b)),
        BinaryOp::LogAddExp => zip(x, y, out, |a, b| log_add_exp(a, b)),
        BinaryOp::CopySign => zip(x, y, out, |a, b| a.copysign(b)),
        BinaryOp::NextAfter => zip(x, y, out, |a, b| a.next_after(b)),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::ShiftLeft | BinaryOp::ShiftRight => {
            return false;
        }
    }
    true
}

/// `Σ x[i] y[i]` in eight times four partial sums.
#[inline(always)]
pub fn dot<T: Float, const FUSED: bool>(x: &[T], y: &[T]) -> T {
    const LANES: usize = 32;
    let mut sums = [T::ZERO; LANES];
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let rest = xs.remainder().iter().zip(ys.remainder()).fold(T::ZERO, |s, (&a, &b)| s + a * b);
    for (a, b) in xs.zip(ys) {
        for lane in 0..LANES {
            sums[lane] = multiply_add::<T, FUSED>(a[lane], b[lane], sums[lane]);
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sums[lane] = sums[lane] + sums[lane + width];
        }
        width /= 2;
    }
    sums[0] + rest
}

/// `first` and the elements put together by `one`, whatever the order, in lanes side by side.
#[inline(always)]
pub fn combined<T: Copy, const LANES: usize>(first: T, x: &[T], one: impl Fn(T, T) -> T) -> T {
    let (blocks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [first; LANES];
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] = one(lanes[lane], block[lane]);
        }
    }
    lanes.iter().chain(rest).fold(first, |a, &b| one(a, b))
}

/// The largest (else smallest) of `first` and the elements; NaN stays.
#[inline(always)]
pub fn extreme<T: Float, const MAX: bool>(first: T, x: &[T]) -> T {
    combined::<T, 64>(first, x, farther::<T, MAX>)
}

#[inline(always)]
#[allow(clippy::eq_op)] // a value unequal to itself is NaN
fn farther<T: Float, const MAX: bool>(a: T, b: T) -> T {
    let stays = if MAX { a >= b } else { a <= b };
    if stays || a != a { a } else { b }
}

/// `out[j] += Σ a[k] rows[k][j]` for four rows at a time, which reads and writes `out` less often.
#[inline(always)]
pub fn add_rows<T: Float, const FUSED: bool>(a: &[T], rows: &[T], stride: usize, out: &mut [T]) {
    let n = out.len();
    let row = |k: usize| &rows[k * stride..k * stride + n];
    let whole = a.len() / 4 * 4;
    for k in (0..whole).step_by(4) {
        let (a0, a1, a2, a3) = (a[k], a[k + 1], a[k + 2], a[k + 3]);
        let (r0, r1, r2, r3) = (row(k), row(k + 1), row(k + 2), row(k + 3));
        for j in 0..n {
            let s = multiply_add::<T, FUSED>(a0, r0[j], out[j]);
            let s = multiply_add::<T, FUSED>(a1, r1[j], s);
            let s = multiply_add::<T, FUSED>(a2, r2[j], s);
            out[j] = multiply_add::<T, FUSED>(a3, r3[j], s);
        }
    }
    for k in whole..a.len() {
        let (a, r) = (a[k], row(k));
        for j in 0..n {
            out[j] = multiply_add::<T, FUSED>(a, r[j], out[j]);
        }
    }
}

/// `a b + c`, fused where the CPU has an instruction for it.
#[inline(always)]
pub fn multiply_add<T: Float, const FUSED: bool>(a: T, b: T, c: T) -> T {
    if FUSED { a.fused(b, c) } else { a * b + c }
}

/// The innermost product: `C += A B` for a tile of `M` rows and `N` columns that stays in registers.
///
/// `a` holds the tile's rows column by column, `b` its columns row by row, `depth` of each.
/// `c` has `columns` elements a row; rows and columns beyond `c` are computed and dropped.
#[inline(always)]
pub fn tile<T: Float, const M: usize, const N: usize, const FUSED: bool>(
    a: &[T],
    b: &[T],
    c: &mut [T],
    columns: usize,
    used: (usize, usize),
) {
    let mut sums = [[T::ZERO; N]; M];
    for (a, b) in a.as_chunks::<M>().0.iter().zip(b.as_chunks::<N>().0) {
        for i in 0..M {
            sums[i] = add_scaled::<T, N, FUSED>(sums[i], a[i], b);
        }
    }
    if used == (M, N) {
        for (i, sums) in sums.iter().enumerate() {
            for (c, &s) in c[i * columns..i * columns + N].iter_mut().zip(sums) {
                *c = *c + s;
            }
        }
        return;
    }
    for (row, sums) in c.chunks_mut(columns).take(used.0).zip(&sums) {
        for (c, &s) in row.iter_mut().take(used.1).zip(sums) {
            *c = *c + s;
        }
    }
}

/// `sums + a b`, by value: whole arrays are what the compiler keeps in vector registers. A plain loop,
/// since a closure given to a function of the standard library may not take over the CPU features.
#[inline(always)]
#[allow(clippy::needless_range_loop)]
fn add_scaled<T: Float, const N: usize, const FUSED: bool>(mut sums: [T; N], a: T, b: &[T; N]) -> [T; N] {
    for j in 0..N {
        sums[j] = multiply_add::<T, FUSED>(a, b[j], sums[j]);
    }
    sums
}
