//! Arrays whose element type is known only when the program runs.

use crate::array::Array;
use crate::complex::Complex;
use crate::dtype::DType;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::scalar::Scalar;

/// An array of any dtype.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // the names say all there is to say
pub enum AnyArray {
    Bool(Array<bool>),
    I8(Array<i8>),
    I16(Array<i16>),
    I32(Array<i32>),
    I64(Array<i64>),
    U8(Array<u8>),
    U16(Array<u16>),
    U32(Array<u32>),
    U64(Array<u64>),
    F32(Array<f32>),
    F64(Array<f64>),
    C64(Array<Complex<f32>>),
    C128(Array<Complex<f64>>),
}

/// Runs the same expression on the typed array inside, whatever its type.
#[macro_export]
macro_rules! dispatch {
    ($any:expr, $array:ident => $body:expr) => {
        match $any {
            $crate::AnyArray::Bool($array) => $body,
            $crate::AnyArray::I8($array) => $body,
            $crate::AnyArray::I16($array) => $body,
            $crate::AnyArray::I32($array) => $body,
            $crate::AnyArray::I64($array) => $body,
            $crate::AnyArray::U8($array) => $body,
            $crate::AnyArray::U16($array) => $body,
            $crate::AnyArray::U32($array) => $body,
            $crate::AnyArray::U64($array) => $body,
            $crate::AnyArray::F32($array) => $body,
            $crate::AnyArray::F64($array) => $body,
            $crate::AnyArray::C64($array) => $body,
            $crate::AnyArray::C128($array) => $body,
        }
    };
}

/// Runs the same expression with `$t` standing for the element type of a [`DType`].
#[macro_export]
macro_rules! with_dtype {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $t = bool;
                $body
            }
            $crate::DType::I8 => {
                type $t = i8;
                $body
            }
            $crate::DType::I16 => {
                type $t = i16;
                $body
            }
            $crate::DType::I32 => {
                type $t = i32;
                $body
            }
            $crate::DType::I64 => {
                type $t = i64;
                $body
            }
            $crate::DType::U8 => {
                type $t = u8;
                $body
            }
            $crate::DType::U16 => {
                type $t = u16;
                $body
            }
            $crate::DType::U32 => {
                type $t = u32;
                $body
            }
            $crate::DType::U64 => {
                type $t = u64;
                $body
            }
            $crate::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::DType::F64 => {
                type $t = f64;
                $body
            }
            $crate::DType::C64 => {
                type $t = $crate::Complex<f32>;
                $body
            }
            $crate::DType::C128 => {
                type $t = $crate::Complex<f64>;
                $body
            }
        }
    };
}

impl<T: Element> From<Array<T>> for AnyArray {
    fn from(array: Array<T>) -> Self {
        T::erase(array)
    }
}

impl AnyArray {
    /// The dtype.
    pub fn dtype(&self) -> DType {
        fn of<T: Element>(_: &Array<T>) -> DType {
            T::DTYPE
        }
        dispatch!(self, a => of(a))
    }

    /// Where the elements lie.
    pub fn layout(&self) -> &Layout {
        dispatch!(self, a => a.layout())
    }

    /// Length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.layout().shape
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        self.layout().ndim()
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.layout().size()
    }

    /// The typed array. Errors: `Type` if the dtype is another one.
    pub fn typed<T: Element>(&self) -> Result<&Array<T>> {
        T::recall(self).ok_or_else(|| {
            Error::dtype(format!("expected an array of {}, got {}", T::DTYPE.name(), self.dtype().name()))
        })
    }

    /// The array converted to `T`, or itself. Errors: `Memory`.
    pub fn to<T: Element>(&self) -> Result<Array<T>> {
        match T::recall(self) {
            Some(array) => Ok(array.clone()),
            None => dispatch!(self, a => a.cast()),
        }
    }

    /// The array converted, or itself if it is of that dtype. Errors: `Memory`.
    pub fn astype(&self, dtype: DType) -> Result<AnyArray> {
        if self.dtype() == dtype {
            return Ok(self.clone());
        }
        with_dtype!(dtype, T => self.to::<T>().map(AnyArray::from))
    }

    /// The same elements in memory of their own. Errors: `Memory`.
    pub fn copy(&self) -> Result<AnyArray> {
        dispatch!(self, a => Ok(a.copy()?.into()))
    }

    /// This array if its elements lie in order, else a copy. Errors: `Memory`.
    pub fn contiguous(&self) -> Result<AnyArray> {
        dispatch!(self, a => Ok(a.contiguous()?.into()))
    }

    pub(crate) fn view(&self, layout: Layout) -> AnyArray {
        dispatch!(self, a => a.view(layout).into())
    }

    /// Writes the elements of `value`, converted and broadcast, to this array and all its views.
    /// Errors: `Value` if it does not broadcast, `Memory`.
    pub fn assign(&self, value: &AnyArray) -> Result<()> {
        dispatch!(self, a => a.assign(&value.to()?))
    }

    /// The only element as a Python number. Errors: `Value` if there is not exactly one.
    pub fn item(&self) -> Result<Scalar> {
        dispatch!(self, a => a.item().map(Element::to_scalar))
    }
}
