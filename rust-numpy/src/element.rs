//! What the generic code asks of an element, and the casts between elements.

use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::dtype::DType;
use crate::scalar::Scalar;

/// A value on its way from one element type to another. The variant is a constant of the source
/// type, so that after inlining nothing of the detour is left.
#[derive(Debug, Clone, Copy)]
pub enum Wide {
    /// From bool and the signed integers.
    Int(i64),
    /// From the unsigned integers.
    Uint(u64),
    /// From the floats.
    Float(f64),
    /// From the complex numbers.
    Complex(f64, f64),
}

/// The types that an array can hold.
pub trait Element: Copy + Default + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// The type as a value.
    const DTYPE: DType;
    /// One, the neutral element of multiplication.
    const ONE: Self;
    /// The first half of a cast.
    fn widen(self) -> Wide;
    /// The second half of a cast.
    fn narrow(wide: Wide) -> Self;
    /// The array with its type forgotten.
    fn erase(array: Array<Self>) -> AnyArray;
    /// The array with its type known again, if it is this one.
    fn recall(any: &AnyArray) -> Option<&Array<Self>>;
    /// `-1`, `0`, `1` as this is less than, equal to or greater than the other; NaN is the greatest.
    fn order(self, other: Self) -> std::cmp::Ordering;
    /// True for NaN.
    fn is_nan(self) -> bool;
    /// The value as a Python number.
    fn to_scalar(self) -> Scalar;
    /// True for everything but zero.
    #[inline(always)]
    fn truth(self) -> bool {
        self != Self::default()
    }
}

/// Converts as C does; a float outside of an integer's range gives some integer.
#[inline(always)]
pub fn cast<T: Element, U: Element>(value: T) -> U {
    U::narrow(value.widen())
}

macro_rules! erase_recall {
    ($variant:ident) => {
        fn erase(array: Array<Self>) -> AnyArray {
            AnyArray::$variant(array)
        }
        fn recall(any: &AnyArray) -> Option<&Array<Self>> {
            match any {
                AnyArray::$variant(array) => Some(array),
                _ => None,
            }
        }
    };
}

macro_rules! integer_element {
    ($t:ty, $variant:ident, $wide:ident as $wide_t:ty) => {
        impl Element for $t {
            const DTYPE: DType = DType::$variant;
            const ONE: Self = 1;
            #[inline(always)]
            fn widen(self) -> Wide {
                Wide::$wide(self as $wide_t)
            }
            #[inline(always)]
            fn narrow(wide: Wide) -> Self {
                match wide {
                    Wide::Int(v) => v as $t,
                    Wide::Uint(v) => v as $t,
                    // through i64, so that -1.0 becomes 255 in uint8 as it does in C
                    Wide::Float(v) | Wide::Complex(v, _) if v < 9.2e18 => v as i64 as $t,
                    Wide::Float(v) | Wide::Complex(v, _) => v as $t,
                }
            }
            erase_recall!($variant);
            #[inline(always)]
            fn order(self, other: Self) -> std::cmp::Ordering {
                self.cmp(&other)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                false
            }
            fn to_scalar(self) -> Scalar {
                Scalar::Int(self as i128)
            }
        }
    };
}

integer_element!(i8, I8, Int as i64);
integer_element!(i16, I16, Int as i64);
integer_element!(i32, I32, Int as i64);
integer_element!(i64, I64, Int as i64);
integer_element!(u8, U8, Uint as u64);
integer_element!(u16, U16, Uint as u64);
integer_element!(u32, U32, Uint as u64);
integer_element!(u64, U64, Uint as u64);

impl Element for bool {
    const DTYPE: DType = DType::Bool;
    const ONE: Self = true;
    #[inline(always)]
    fn widen(self) -> Wide {
        Wide::Int(self as i64)
    }
    #[inline(always)]
    fn narrow(wide: Wide) -> Self {
        match wide {
            Wide::Int(v) => v != 0,
            Wide::Uint(v) => v != 0,
            Wide::Float(v) => v != 0.0,
            Wide::Complex(re, im) => re != 0.0 || im != 0.0,
        }
    }
    erase_recall!(Bool);
    #[inline(always)]
    fn order(self, other: Self) -> std::cmp::Ordering {
        self.cmp(&other)
    }
    #[inline(always)]
    fn is_nan(self) -> bool {
        false
    }
    fn to_scalar(self) -> Scalar {
        Scalar::Bool(self)
    }
}

macro_rules! float_element {
    ($t:ty, $variant:ident, $complex:ident) => {
        impl Element for $t {
            const DTYPE: DType = DType::$variant;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn widen(self) -> Wide {
                Wide::Float(self as f64)
            }
            #[inline(always)]
            fn narrow(wide: Wide) -> Self {
                match wide {
                    Wide::Int(v) => v as $t,
                    Wide::Uint(v) => v as $t,
                    Wide::Float(v) | Wide::Complex(v, _) => v as $t,
                }
            }
            erase_recall!($variant);
            #[inline(always)]
            fn order(self, other: Self) -> std::cmp::Ordering {
                self.partial_cmp(&other).unwrap_or_else(|| self.is_nan().cmp(&other.is_nan()))
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self != self
            }
            fn to_scalar(self) -> Scalar {
                Scalar::Float(self as f64)
            }
        }

        impl Element for Complex<$t> {
            const DTYPE: DType = DType::$complex;
            const ONE: Self = Complex { re: 1.0, im: 0.0 };
            #[inline(always)]
            fn widen(self) -> Wide {
                Wide::Complex(self.re as f64, self.im as f64)
            }
            #[inline(always)]
            fn narrow(wide: Wide) -> Self {
                match wide {
                    Wide::Int(v) => Complex::new(v as $t, 0.0),
                    Wide::Uint(v) => Complex::new(v as $t, 0.0),
                    Wide::Float(v) => Complex::new(v as $t, 0.0),
                    Wide::Complex(re, im) => Complex::new(re as $t, im as $t),
                }
            }
            erase_recall!($complex);
            fn order(self, other: Self) -> std::cmp::Ordering {
                self.re.order(other.re).then(self.im.order(other.im))
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self.re.is_nan() || self.im.is_nan()
            }
            fn to_scalar(self) -> Scalar {
                Scalar::Complex(self.re as f64, self.im as f64)
            }
        }
    };
}

float_element!(f32, F32, C64);
float_element!(f64, F64, C128);
