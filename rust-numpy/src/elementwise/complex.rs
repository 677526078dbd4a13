//! Functions of complex numbers, in double precision, with the special cases of C99's Annex G.
//!
//! The functions of trigonometry come from the hyperbolic ones: `sin z = -i sinh iz`.

use std::f64::consts::{FRAC_PI_2, LN_2, LN_10};

use crate::complex::Complex;
use crate::simd::float::{Float, Math};

type C = Complex<f64>;

/// Beyond this, `x² + 1` is `x²` and `sinh` and `cosh` are equal.
const LARGE: f64 = 22.0;
/// Beyond this, squares of squares overflow.
const HUGE: f64 = 1e75;

/// The function of this name. None for those that complex numbers lack.
pub(super) fn function(name: Math) -> Option<fn(C) -> C> {
    Some(match name {
        Math::Exp2 => |z| exp(C::new(z.re * LN_2, z.im * LN_2)),
        Math::Expm1 => expm1,
        Math::Log => log,
        Math::Log1p => log1p,
        Math::Log2 => |z| divided(log(z), LN_2),
        Math::Log10 => |z| divided(log(z), LN_10),
        Math::Sin => |z| turned_back(sinh(turned(z))),
        Math::Cos => |z| cosh(turned(z)),
        Math::Tan => |z| turned_back(tanh(turned(z))),
        Math::Asin => |z| turned_back(asinh(turned(z))),
        Math::Acos => acos,
        Math::Atan => |z| turned_back(atanh(turned(z))),
        Math::Sinh => sinh,
        Math::Cosh => cosh,
        Math::Asinh => asinh,
        Math::Acosh => acosh,
        Math::Atanh => atanh,
        Math::Cbrt => return None,
    })
}

/// `i z`
fn turned(z: C) -> C {
    C::new(-z.im, z.re)
}

/// `-i z`
fn turned_back(z: C) -> C {
    C::new(z.im, -z.re)
}

fn divided(z: C, by: f64) -> C {
    C::new(z.re / by, z.im / by)
}

fn is_finite(z: C) -> bool {
    z.re.is_finite() && z.im.is_finite()
}

fn is_infinite(z: C) -> bool {
    z.re.is_infinite() || z.im.is_infinite()
}

const NAN: C = C { re: f64::NAN, im: f64::NAN };

/// The root with a real part that is not negative.
pub(super) fn sqrt(z: C) -> C {
    let (a, b) = (z.re, z.im);
    if a == 0.0 && b == 0.0 {
        return C::new(0.0, b);
    }
    if b.is_infinite() {
        return C::new(f64::INFINITY, b);
    }
    if a.is_infinite() {
        let small = if b.is_nan() { b } else { 0.0 };
        return if a > 0.0 { C::new(a, small.copysign(b)) } else { C::new(small, f64::INFINITY.copysign(b)) };
    }
    // scaled where the length would overflow or lose digits below the normal numbers
    let size = a.abs().max(b.abs());
    let (scale, root) = match size {
        s if s > 1e300 => (2f64.powi(-4), 2f64.powi(2)),
        s if s < 1e-290 => (2f64.powi(108), 2f64.powi(-54)),
        _ => (1.0, 1.0),
    };
    let (a, b) = (a * scale, b * scale);
    let half = ((a.abs() + a.hypot(b)) * 0.5).sqrt();
    let other = b.abs() / (2.0 * half);
    let (re, im) = if a >= 0.0 { (half, other) } else { (other, half) };
    C::new(re * root, (im * root).copysign(b))
}

/// `eᶻ`
pub(super) fn exp(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y == 0.0 {
        return C::new(f64::exp(x), y);
    }
    if !y.is_finite() {
        return match x {
            f64::NEG_INFINITY => C::new(0.0, 0.0),
            f64::INFINITY => C::new(x, f64::NAN),
            _ => NAN,
        };
    }
    if x.is_nan() {
        return NAN;
    }
    // in two steps, because `e^x` may overflow where its product with a small sine does not
    let half = f64::exp(0.5 * x);
    let e = f64::exp(x);
    if e.is_finite() && e > 0.0 || x.is_infinite() {
        return C::new(e * y.cos(), e * y.sin());
    }
    C::new(half * y.cos() * half, half * y.sin() * half)
}

fn expm1(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y == 0.0 {
        return C::new(x.exp_m1(), y);
    }
    if !y.is_finite() {
        return match x {
            f64::NEG_INFINITY => C::new(-1.0, 0.0),
            f64::INFINITY => C::new(x, f64::NAN),
            _ => NAN,
        };
    }
    if x.abs() > LARGE {
        let e = exp(z);
        return C::new(e.re - 1.0, e.im);
    }
    let s = (0.5 * y).sin();
    C::new(x.exp_m1() * y.cos() - 2.0 * s * s, f64::exp(x) * y.sin())
}

/// The logarithm whose imaginary part is the angle, from -π to π.
pub(super) fn log(z: C) -> C {
    C::new(log_of_length(z), z.im.atan2(z.re))
}

fn log_of_length(z: C) -> f64 {
    let (large, small) = (z.re.abs().max(z.im.abs()), z.re.abs().min(z.im.abs()));
    if is_infinite(z) {
        return f64::INFINITY;
    }
    if (0.5..2.0).contains(&large) {
        // near the unit circle the logarithm of the length would lose all digits
        return 0.5 * ((large - 1.0) * (large + 1.0) + small * small).ln_1p();
    }
    if large > 1e300 {
        return (large * 0.25).hypot(small * 0.25).ln() + 2.0 * LN_2;
    }
    if large < 1e-300 && large > 0.0 {
        return (large * 2f64.powi(108)).hypot(small * 2f64.powi(108)).ln() - 108.0 * LN_2;
    }
    z.re.hypot(z.im).ln()
}

fn log1p(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if is_finite(z) && x.abs() < 0.5 && y.abs() < 0.5 {
        return C::new(0.5 * (x * (2.0 + x) + y * y).ln_1p(), y.atan2(1.0 + x));
    }
    log(C::new(1.0 + x, y))
}

fn cosh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y == 0.0 {
        // the sign of this zero is that of `sinh x sin y`
        let zero = if x.is_nan() { 0.0 } else { 0f64.copysign(x.signum() * y.signum()) };
        return C::new(x.cosh(), if x == 0.0 { x * y } else { zero });
    }
    if !y.is_finite() {
        return match x {
            0.0 => C::new(f64::NAN, 0.0),
            x if x.is_infinite() => C::new(f64::INFINITY, f64::NAN),
            _ => NAN,
        };
    }
    if x.abs() > LARGE {
        let e = half_exp(x.abs(), y);
        return C::new(e.re, e.im * x.signum());
    }
    C::new(x.cosh() * y.cos(), x.sinh() * y.sin())
}

fn sinh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y == 0.0 {
        return C::new(x.sinh(), y);
    }
    if !y.is_finite() {
        return if x == 0.0 || x.is_infinite() { C::new(x, f64::NAN) } else { NAN };
    }
    if x.abs() > LARGE {
        let e = half_exp(x.abs(), y);
        return C::new(e.re * x.signum(), e.im);
    }
    C::new(x.sinh() * y.cos(), x.cosh() * y.sin())
}

/// `e^(x + iy) / 2`
fn half_exp(x: f64, y: f64) -> C {
    if x.is_infinite() {
        return C::new(x * y.cos(), x * y.sin());
    }
    let e = f64::exp(0.5 * x);
    C::new(0.5 * e * y.cos() * e, 0.5 * e * y.sin() * e)
}

/// By Kahan's formula, which neither overflows nor cancels.
pub(super) fn tanh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if x.is_nan() {
        return C::new(x, if y == 0.0 { y } else { f64::NAN });
    }
    if x.is_infinite() {
        let side = if y.is_finite() { (2.0 * y).sin() } else { 0.0 };
        return C::new(x.signum(), 0f64.copysign(if y == 0.0 { y } else { side }));
    }
    if !y.is_finite() {
        return if x == 0.0 { C::new(x, f64::NAN) } else { NAN };
    }
    if x.abs() > LARGE {
        let e = f64::exp(-x.abs());
        return C::new(x.signum(), 4.0 * y.sin() * y.cos() * e * e);
    }
    let (tangent, s) = (y.tan(), x.sinh());
    let beta = 1.0 + tangent * tangent;
    let rho = (1.0 + s * s).sqrt();
    let below = 1.0 + beta * s * s;
    C::new(beta * rho * s / below, tangent / below)
}

fn asinh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if is_infinite(z) {
        return C::new(f64::INFINITY.copysign(x), y.atan2(x.abs()).copysign(y));
    }
    if x.is_nan() || y.is_nan() {
        return if y == 0.0 { C::new(f64::NAN, y) } else { NAN };
    }
    if x.abs() > HUGE || y.abs() > HUGE {
        return C::new((log_of_length(z) + LN_2).copysign(x), y.atan2(x.abs()));
    }
    let (a, b) = (sqrt(C::new(1.0 + y, -x)), sqrt(C::new(1.0 - y, x)));
    let re = Float::call(a.re * b.im - b.re * a.im, Math::Asinh);
    C::new(re.copysign(x), y.atan2(a.re * b.re - a.im * b.im))
}

fn acosh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if is_infinite(z) {
        return C::new(f64::INFINITY, y.atan2(x));
    }
    if x.is_nan() || y.is_nan() {
        return if x == 0.0 { C::new(f64::NAN, FRAC_PI_2) } else { NAN };
    }
    if x.abs() > HUGE || y.abs() > HUGE {
        return C::new(log_of_length(z) + LN_2, y.atan2(x));
    }
    let (a, b) = (sqrt(C::new(x - 1.0, y)), sqrt(C::new(x + 1.0, y)));
    let re = Float::call(a.re * b.re + a.im * b.im, Math::Asinh);
    C::new(re, 2.0 * a.im.atan2(b.re))
}

fn acos(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if is_infinite(z) {
        return C::new(y.abs().atan2(x), f64::INFINITY.copysign(-y));
    }
    if x.is_nan() || y.is_nan() {
        return if x == 0.0 { C::new(FRAC_PI_2, f64::NAN) } else { NAN };
    }
    if x.abs() > HUGE || y.abs() > HUGE {
        return C::new(y.abs().atan2(x), (log_of_length(z) + LN_2).copysign(-y));
    }
    let (a, b) = (sqrt(C::new(1.0 - x, -y)), sqrt(C::new(1.0 + x, y)));
    let im = Float::call(b.re * a.im - b.im * a.re, Math::Asinh);
    C::new(2.0 * a.re.atan2(b.re), im.copysign(-y))
}

fn atanh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y.is_infinite() {
        return C::new(0f64.copysign(x), FRAC_PI_2.copysign(y));
    }
    if x.is_infinite() {
        return C::new(0f64.copysign(x), if y.is_nan() { y } else { FRAC_PI_2.copysign(y) });
    }
    if x.is_nan() || y.is_nan() {
        return if x == 0.0 { C::new(x, f64::NAN) } else { NAN };
    }
    let a = x.abs();
    if a > HUGE || y.abs() > HUGE {
        let length = a.hypot(y);
        return C::new((a / length / length).copysign(x), FRAC_PI_2.copysign(y));
    }
    let aside = 1.0 - a;
    let re = 0.25 * (4.0 * a / (aside * aside + y * y)).ln_1p();
    let im = 0.5 * (2.0 * y).atan2(aside * (1.0 + a) - y * y);
    C::new(re.copysign(x), im)
}

/// `z / |z|`, and zero for zero.
pub(super) fn sign(z: C) -> C {
    if z.re.is_nan() || z.im.is_nan() {
        return NAN;
    }
    if z.re == 0.0 && z.im == 0.0 {
        return C::default();
    }
    if is_infinite(z) {
        let finite = |v: f64| if v.is_infinite() { v.signum() } else { 0.0 };
        return sign(C::new(finite(z.re), finite(z.im)));
    }
    divided(z, z.re.hypot(z.im))
}

/// `base` to the power `exponent`.
pub(super) fn pow(base: C, exponent: C) -> C {
    if exponent.re == 0.0 && exponent.im == 0.0 {
        return C::new(1.0, 0.0);
    }
    if base.re == 0.0 && base.im == 0.0 {
        return if exponent.re > 0.0 && exponent.im == 0.0 { C::default() } else { NAN };
    }
    let whole = exponent.im == 0.0 && exponent.re.fract() == 0.0 && exponent.re.abs() < 100.0;
    if whole {
        let (mut result, mut square) = (C::new(1.0, 0.0), base);
        let mut bits = exponent.re.abs() as u32;
        while bits > 0 {
            if bits & 1 == 1 {
                result = result * square;
            }
            square = square * square;
            bits >>= 1;
        }
        return if exponent.re < 0.0 { C::new(1.0, 0.0) / result } else { result };
    }
    exp(exponent * log(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: C, b: C) -> bool {
        (a.re - b.re).hypot(a.im - b.im) <= 1e-14 * (1.0 + b.abs())
    }

    #[test]
    fn inverses_invert() {
        for (x, y) in [(0.3, 0.4), (-2.0, 0.5), (1e-8, -3e-9), (0.1, -7.0), (-0.9, 1e-12)] {
            let z = C::new(x, y);
            assert!(close(exp(log(z)), z));
            assert!(close(sqrt(z) * sqrt(z), z));
            assert!(close(sinh(asinh(z)), z));
            assert!(close(cosh(acosh(z)), z));
            assert!(close(tanh(atanh(z)), z));
            let cos = function(Math::Cos).unwrap();
            assert!(close(cos(acos(z)), z));
            assert!(close(expm1(log1p(z)), z));
            assert!(close(pow(z, C::new(3.0, 0.0)), z * z * z));
        }
    }

    #[test]
    fn sides_of_branch_cuts() {
        let below = log(C::new(-1.0, -0.0));
        assert_eq!((below.re, below.im), (0.0, -std::f64::consts::PI));
        assert_eq!(sqrt(C::new(-4.0, -0.0)).im, -2.0);
        assert_eq!(acosh(C::new(0.5, -0.0)).im.signum(), -1.0);
    }
}
