//! Complex numbers and their arithmetic; their functions are in `elementwise`.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A complex number: two floats beside each other, as NumPy stores them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct Complex<T> {
    /// The real part.
    pub re: T,
    /// The imaginary part.
    pub im: T,
}

impl<T> Complex<T> {
    /// `re + i im`
    #[inline(always)]
    pub fn new(re: T, im: T) -> Self {
        Complex { re, im }
    }
}

macro_rules! complex_arithmetic {
    ($t:ty) => {
        impl Add for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                Complex::new(self.re + o.re, self.im + o.im)
            }
        }
        impl Sub for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                Complex::new(self.re - o.re, self.im - o.im)
            }
        }
        impl Mul for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                Complex::new(self.re * o.re - self.im * o.im, self.re * o.im + self.im * o.re)
            }
        }
        impl Div for Complex<$t> {
            type Output = Self;
            /// Smith's method, which does not overflow where the quotient does not.
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                if o.re.abs() >= o.im.abs() {
                    if o.re == 0.0 && o.im == 0.0 {
                        return Complex::new(self.re / o.re.abs(), self.im / o.re.abs());
                    }
                    let ratio = o.im / o.re;
                    let scale = 1.0 / (o.re + o.im * ratio);
                    Complex::new((self.re + self.im * ratio) * scale, (self.im - self.re * ratio) * scale)
                } else {
                    let ratio = o.re / o.im;
                    let scale = 1.0 / (o.im + o.re * ratio);
                    Complex::new((self.re * ratio + self.im) * scale, (self.im * ratio - self.re) * scale)
                }
            }
        }
        impl Neg for Complex<$t> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Complex::new(-self.re, -self.im)
            }
        }
        impl Complex<$t> {
            /// The mirror image at the real axis.
            #[inline(always)]
            pub fn conj(self) -> Self {
                Complex::new(self.re, -self.im)
            }
            /// The length.
            #[inline(always)]
            pub fn abs(self) -> $t {
                self.re.hypot(self.im)
            }
        }
    };
}

complex_arithmetic!(f32);
complex_arithmetic!(f64);
