//! Elements as bytes.

use crate::complex::Complex;
use crate::element::Element;

/// An element as little-endian bytes.
pub trait Bytes: Element {
    /// From as many bytes as the dtype has.
    fn from_le(bytes: &[u8]) -> Self;
    /// Appends the bytes.
    fn put_le(self, out: &mut Vec<u8>);
}

macro_rules! number_bytes {
    ($($t:ty),*) => {$(
        impl Bytes for $t {
            #[inline(always)]
            fn from_le(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$t>()];
                array.copy_from_slice(bytes);
                <$t>::from_le_bytes(array)
            }
            #[inline(always)]
            fn put_le(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

number_bytes!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

impl Bytes for bool {
    fn from_le(bytes: &[u8]) -> Self {
        bytes[0] != 0
    }
    fn put_le(self, out: &mut Vec<u8>) {
        out.push(u8::from(self));
    }
}

macro_rules! complex_bytes {
    ($($t:ty),*) => {$(
        impl Bytes for Complex<$t> {
            fn from_le(bytes: &[u8]) -> Self {
                let (re, im) = bytes.split_at(size_of::<$t>());
                Complex::new(<$t>::from_le(re), <$t>::from_le(im))
            }
            fn put_le(self, out: &mut Vec<u8>) {
                self.re.put_le(out);
                self.im.put_le(out);
            }
        }
    )*};
}

complex_bytes!(f32, f64);
