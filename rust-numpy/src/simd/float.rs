//! The arithmetic of floats that kernels are generic over.

use super::trig;

/// `f32` or `f64`, as the kernels see them.
pub trait Float:
    Copy
    + PartialOrd
    + Default
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
    + std::ops::Rem<Output = Self>
    + std::ops::Neg<Output = Self>
{
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    /// `self * a + b`, rounded once.
    fn fused(self, a: Self, b: Self) -> Self;
    /// The method of the standard library of this name; `exp` and `tanh` are our own, because those
    /// of the C library cannot be vectorised.
    fn exp(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Largest integer below.
    fn floor(self) -> Self;
    /// Smallest integer above.
    fn ceil(self) -> Self;
    /// Integer towards zero.
    fn trunc(self) -> Self;
    /// Nearest integer, ties to even.
    fn round(self) -> Self;
    /// `self` with the sign of `other`.
    fn copysign(self, other: Self) -> Self;
    /// The next float after `self` towards `other`.
    fn next_after(self, other: Self) -> Self;
    /// The sine or cosine of every number if there is a faster way than [`Float::call`]; else false,
    /// with nothing done.
    fn sines(x: &[Self], out: &mut [Self], cosine: bool) -> bool;
    /// Any other function of one number.
    fn call(self, name: Math) -> Self;
    /// `self` to the power `other`.
    fn pow(self, other: Self) -> Self;
    /// `sqrt(self² + other²)` without overflow.
    fn hypot(self, other: Self) -> Self;
    /// Angle of the point `(other, self)`.
    fn atan2(self, other: Self) -> Self;
}

/// The functions of one number that are taken from the standard library as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say all there is to say
pub enum Math {
    Exp2,
    Expm1,
    Log,
    Log1p,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Asinh,
    Acosh,
    Atanh,
    Cbrt,
}

/// `eˣ` to about one unit in the last place, in steps that vectorise: `x = n ln 2 + r`, a polynomial
/// for `eʳ` (coefficients of Cephes' `expf`), and `2ⁿ` put together from bits, in two factors
/// because `n` may exceed the range of exponents by itself.
#[inline(always)]
fn exp_f32(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to an integer
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = (x - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let mut p = 1.9875691e-4;
    for c in [1.3981999e-3, 8.333452e-3, 4.1665796e-2, 1.6666666e-1, 5.0e-1] {
        p = p * r + c;
    }
    let e = p * (r * r) + r + 1.0;
    let n = (shifted.to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32);
    let half = n >> 1;
    let two_to = |n: i32| f32::from_bits((n.wrapping_add(127) << 23) as u32);
    e * two_to(half) * two_to(n - half)
}

/// Hyperbolic tangent in steps that vectorise: a polynomial near zero (coefficients of Cephes'
/// `tanhf`), `1 - 2 / (e²ˣ + 1)` elsewhere.
#[inline(always)]
fn tanh_f32(x: f32) -> f32 {
    let z = x * x;
    let mut p = -5.7049887e-3;
    for c in [2.0639088e-2, -5.3739715e-2, 1.3331442e-1, -3.333328e-1] {
        p = p * z + c;
    }
    let near = p * z * x + x;
    let far = 1.0 - 2.0 / (exp_f32(2.0 * x.abs()) + 1.0);
    (if x.abs() < 0.625 { near } else { far }).copysign(x)
}

/// As [`exp_f32`], with Taylor's polynomial, whose rest is below the last place for `|r| <= ln 2 / 2`.
#[inline(always)]
fn exp_f64(x: f64) -> f64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const FACTORIALS: [f64; 12] = [
        479_001_600.0,
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
        1.0,
    ];
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let n = (x * std::f64::consts::LOG2_E + MAGIC) - MAGIC;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    let mut p = 1.0 / 6_227_020_800.0;
    for factorial in FACTORIALS {
        p = p * r + 1.0 / factorial;
    }
    let half = (0.5 * n + MAGIC) - MAGIC;
    // 1.5 * 2^52 + 1023 + n has the exponent's bits at its end
    let two_to = |n: f64| f64::from_bits((n + (MAGIC + 1023.0)).to_bits() << 52);
    (p * r + 1.0) * two_to(half) * two_to(n - half)
}

/// As [`tanh_f32`]; near zero Cephes' quotient of polynomials.
#[inline(always)]
fn tanh_f64(x: f64) -> f64 {
    let z = x * x;
    let p = (-0.964_399_179_425_052_2 * z - 99.287_723_100_191_86) * z - 1_614.687_684_417_084_5;
    let q = ((z + 112.811_678_491_632_93) * z + 2_235.488_390_601_004_5) * z + 4_844.063_053_251_255;
    let near = p / q * z * x + x;
    let far = 1.0 - 2.0 / (exp_f64(2.0 * x.abs()) + 1.0);
    (if x.abs() < 0.625 { near } else { far }).copysign(x)
}

#[inline(always)]
fn sines_f32(x: &[f32], out: &mut [f32], cosine: bool) -> bool {
    if !trig::are_small(x) {
        return false;
    }
    for (o, &x) in out.iter_mut().zip(x) {
        *o = trig::sine(x, u64::from(cosine));
    }
    true
}

macro_rules! float {
    ($t:ident, $exp:expr, $tanh:expr, $sines:expr) => {
        impl Float for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn fused(self, a: Self, b: Self) -> Self {
                self.mul_add(a, b)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $t::abs(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
            #[inline(always)]
            fn floor(self) -> Self {
                $t::floor(self)
            }
            #[inline(always)]
            fn ceil(self) -> Self {
                $t::ceil(self)
            }
            #[inline(always)]
            fn trunc(self) -> Self {
                $t::trunc(self)
            }
            #[inline(always)]
            fn round(self) -> Self {
                $t::round_ties_even(self)
            }
            #[inline(always)]
            fn copysign(self, other: Self) -> Self {
                $t::copysign(self, other)
            }
            #[inline(always)]
            fn sines(x: &[Self], out: &mut [Self], cosine: bool) -> bool {
                $sines(x, out, cosine)
            }
            fn next_after(self, other: Self) -> Self {
                if self == other || self.is_nan() || other.is_nan() {
                    return if self == other { other } else { self + other };
                }
                if self < other { self.next_up() } else { self.next_down() }
            }
            fn call(self, name: Math) -> Self {
                match name {
                    Math::Exp2 => self.exp2(),
                    Math::Expm1 => self.exp_m1(),
                    Math::Log => self.ln(),
                    Math::Log1p => self.ln_1p(),
                    Math::Log2 => self.log2(),
                    Math::Log10 => self.log10(),
                    Math::Sin => self.sin(),
                    Math::Cos => self.cos(),
                    Math::Tan => self.tan(),
                    Math::Asin => self.asin(),
                    Math::Acos => self.acos(),
                    Math::Atan => self.atan(),
                    Math::Sinh => self.sinh(),
                    Math::Cosh => self.cosh(),
                    Math::Asinh => asinh(self as f64) as $t,
                    Math::Acosh => acosh(self as f64) as $t,
                    Math::Atanh => atanh(self as f64) as $t,
                    Math::Cbrt => self.cbrt(),
                }
            }
            #[inline(always)]
            fn pow(self, other: Self) -> Self {
                self.powf(other)
            }
            #[inline(always)]
            fn hypot(self, other: Self) -> Self {
                $t::hypot(self, other)
            }
            #[inline(always)]
            fn atan2(self, other: Self) -> Self {
                $t::atan2(self, other)
            }
        }
    };
}

float!(f32, exp_f32, tanh_f32, sines_f32);
float!(f64, exp_f64, tanh_f64, |_: &[f64], _: &mut [f64], _| false);

/// Inverse hyperbolic sine, `ln(x + sqrt(x² + 1))` without cancellation or overflow.
fn asinh(x: f64) -> f64 {
    let a = x.abs();
    let result = if a > 1e8 {
        a.ln() + std::f64::consts::LN_2
    } else {
        (a + a * a / (1.0 + (a * a + 1.0).sqrt())).ln_1p()
    };
    result.copysign(x)
}

/// Inverse hyperbolic cosine, `ln(x + sqrt(x² - 1))` without cancellation or overflow.
fn acosh(x: f64) -> f64 {
    if x > 1e8 {
        return x.ln() + std::f64::consts::LN_2;
    }
    if x < 1.0 {
        return f64::NAN;
    }
    let t = x - 1.0;
    (t + (2.0 * t + t * t).sqrt()).ln_1p()
}

/// Inverse hyperbolic tangent, `ln((1 + x) / (1 - x)) / 2`.
fn atanh(x: f64) -> f64 {
    let a = x.abs();
    // two forms of the same, each exact to the last places where the other is not
    let twice =
        if a < 0.5 { (2.0 * a + 2.0 * a * a / (1.0 - a)).ln_1p() } else { (2.0 * a / (1.0 - a)).ln_1p() };
    (0.5 * twice).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest distance in units in the last place, over numbers that end in all kinds of bits.
    fn farthest(range: f64, ours: fn(f64) -> f64, theirs: fn(f64) -> f64) -> u64 {
        let points = (-40_000..=40_000).map(|i| range * f64::from(i) / 40_000.3);
        points.map(|x| ours(x).to_bits().abs_diff(theirs(x).to_bits())).max().unwrap()
    }

    #[test]
    fn doubles_are_those_of_the_standard_library() {
        for range in [1e-300, 1e-3, 1.0, 30.0, 750.0] {
            assert!(farthest(range, exp_f64, f64::exp) <= 1);
            assert!(farthest(range, tanh_f64, f64::tanh) <= 2);
        }
    }

    #[test]
    fn ends_of_the_range() {
        for x in [0.0, -0.0, 709.7827, -708.4, -745.13, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(exp_f64(x), f64::exp(x));
            assert_eq!(tanh_f64(x).to_bits(), f64::tanh(x).to_bits());
        }
        assert!(exp_f64(f64::NAN).is_nan() && tanh_f64(f64::NAN).is_nan());
    }
}
