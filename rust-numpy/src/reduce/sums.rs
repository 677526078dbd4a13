//! Sums, products, extremes and quantifiers.

use super::Axes;
use super::fold::{Fold, fold};
use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::dispatch;
use crate::dtype::DType;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::layout::normalize_axes;
use crate::simd::kernels;
use crate::simd::kernels::combined;

/// Reductions to the array's own dtype, or the one its sums have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say all there is to say
pub enum ReduceOp {
    Sum,
    Prod,
    Max,
    Min,
}

/// The arithmetic of reductions.
pub(super) trait Reduce: Element {
    /// The neutral element of sums: `-0.0`, which leaves even a zero's sign alone.
    const NOTHING: Self;
    const LOWEST: Self;
    const HIGHEST: Self;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn larger(self, other: Self) -> Self;
    fn smaller(self, other: Self) -> Self;
    /// The largest (else smallest) of `value` and a row.
    fn extreme(max: bool, value: Self, row: &[Self]) -> Self {
        combined::<Self, 16>(value, row, |a, b| if max { a.larger(b) } else { a.smaller(b) })
    }
}

macro_rules! reduce_integer {
    ($($t:ty),*) => {$(
        impl Reduce for $t {
            const NOTHING: Self = 0;
            const LOWEST: Self = <$t>::MIN;
            const HIGHEST: Self = <$t>::MAX;
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                self.max(other)
            }
            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                self.min(other)
            }
        }
    )*};
}

reduce_integer!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Reduce for bool {
    const NOTHING: Self = false;
    const LOWEST: Self = false;
    const HIGHEST: Self = true;
    fn plus(self, other: Self) -> Self {
        self | other
    }
    fn times(self, other: Self) -> Self {
        self & other
    }
    fn larger(self, other: Self) -> Self {
        self | other
    }
    fn smaller(self, other: Self) -> Self {
        self & other
    }
}

macro_rules! reduce_float {
    ($($t:ident),*) => {$(
        impl Reduce for $t {
            const NOTHING: Self = -0.0;
            const LOWEST: Self = $t::NEG_INFINITY;
            const HIGHEST: Self = $t::INFINITY;
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                if self >= other || self.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                if self <= other || self.is_nan() { self } else { other }
            }
            fn extreme(max: bool, value: Self, row: &[Self]) -> Self {
                (kernels().$t.extreme)(max, value, row)
            }
        }

        impl Reduce for Complex<$t> {
            const NOTHING: Self = Complex { re: -0.0, im: -0.0 };
            const LOWEST: Self = Complex { re: $t::NEG_INFINITY, im: $t::NEG_INFINITY };
            const HIGHEST: Self = Complex { re: $t::INFINITY, im: $t::INFINITY };
            fn plus(self, other: Self) -> Self {
                self + other
            }
            fn times(self, other: Self) -> Self {
                self * other
            }
            fn larger(self, other: Self) -> Self {
                if self.is_nan() || (!other.is_nan() && self.order(other).is_ge()) { self } else { other }
            }
            fn smaller(self, other: Self) -> Self {
                if self.is_nan() || (!other.is_nan() && self.order(other).is_le()) { self } else { other }
            }
        }
    )*};
}

reduce_float!(f32, f64);

struct Sum;

/// Pairwise summation with NumPy's block sizes: up to 128 numbers in eight running sums, more of
/// them as the sum of two halves. The error grows with the logarithm of the length.
fn pairwise<T: Reduce>(x: &[T]) -> T {
    if x.len() < 8 {
        return x.iter().fold(T::NOTHING, |s, &v| s.plus(v));
    }
    if x.len() > 128 {
        let half = x.len() / 2 / 8 * 8;
        return pairwise(&x[..half]).plus(pairwise(&x[half..]));
    }
    let (blocks, rest) = x.as_chunks::<8>();
    let mut sums = blocks[0];
    for block in &blocks[1..] {
        for lane in 0..8 {
            sums[lane] = sums[lane].plus(block[lane]);
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let sum = (a.plus(b).plus(c.plus(d))).plus(e.plus(f).plus(g.plus(h)));
    rest.iter().fold(sum, |s, &v| s.plus(v))
}

impl<T: Reduce> Fold<T, T> for Sum {
    fn start(&self) -> T {
        T::NOTHING
    }
    fn row(&self, value: T, row: &[T]) -> T {
        value.plus(pairwise(row))
    }
    #[inline(always)]
    fn one(&self, value: T, element: T) -> T {
        value.plus(element)
    }
}

struct Product;

impl<T: Reduce> Fold<T, T> for Product {
    fn start(&self) -> T {
        T::ONE
    }
    fn row(&self, value: T, row: &[T]) -> T {
        row.iter().fold(value, |p, &v| p.times(v))
    }
    #[inline(always)]
    fn one(&self, value: T, element: T) -> T {
        value.times(element)
    }
}

struct Extreme<const MAX: bool>;

impl<T: Reduce, const MAX: bool> Fold<T, T> for Extreme<MAX> {
    fn start(&self) -> T {
        if MAX { T::LOWEST } else { T::HIGHEST }
    }
    fn row(&self, value: T, row: &[T]) -> T {
        T::extreme(MAX, value, row)
    }
    #[inline(always)]
    fn one(&self, value: T, element: T) -> T {
        if MAX { value.larger(element) } else { value.smaller(element) }
    }
}

/// Folds the elements along the axes. Sums and products of bool and small integers are computed in
/// 64 bits unless `dtype` says otherwise; a NaN among the elements makes any of the results NaN.
/// Errors: `Value` for axes that are not there, or extremes of no elements.
///
/// ```
/// use rust_numpy_core::{Array, AnyArray, Scalar, reduce::{Axes, ReduceOp, reduce}};
/// let x = AnyArray::from(Array::from_vec(vec![200u8, 100], &[2]).unwrap());
/// let sum = reduce(ReduceOp::Sum, &x, &Axes::default(), None).unwrap();
/// assert_eq!(sum.item().unwrap(), Scalar::Int(300));
/// ```
pub fn reduce(op: ReduceOp, x: &AnyArray, axes: &Axes, dtype: Option<DType>) -> Result<AnyArray> {
    let x = match (op, dtype) {
        (_, Some(dtype)) => x.astype(dtype)?,
        (ReduceOp::Sum | ReduceOp::Prod, None) => x.astype(x.dtype().to_sum())?,
        _ => x.clone(),
    };
    if matches!(op, ReduceOp::Max | ReduceOp::Min) {
        let reduced = normalize_axes(axes.axes.as_deref(), x.ndim())?;
        if reduced.iter().any(|&axis| x.shape()[axis] == 0) {
            return Err(Error::value(format!(
                "zero-size array to reduction operation {op:?} which has no identity"
            )));
        }
    }
    if matches!(op, ReduceOp::Max | ReduceOp::Min) {
        return dispatch!(&x, a => Ok(extreme(op == ReduceOp::Max, a, axes)?.into()));
    }
    // whatever the integers' width, their sums modulo 2^64 have the right lower bits
    let result = match x.astype(x.dtype().to_sum())? {
        AnyArray::I64(a) => AnyArray::from(total(op, &a, axes)?),
        AnyArray::U64(a) => total(op, &a, axes)?.into(),
        AnyArray::F32(a) => total(op, &a, axes)?.into(),
        AnyArray::F64(a) => total(op, &a, axes)?.into(),
        AnyArray::C64(a) => total(op, &a, axes)?.into(),
        other => total(op, &other.to::<Complex<f64>>()?, axes)?.into(),
    };
    result.astype(x.dtype())
}

fn total<T: Reduce>(op: ReduceOp, x: &Array<T>, axes: &Axes) -> Result<Array<T>> {
    match op {
        ReduceOp::Prod => fold(x, axes, Product),
        // a sum of nothing is plus zero
        _ if x.size() == 0 => {
            let empty = fold(x, axes, Sum)?;
            Array::zeros(empty.shape())
        }
        _ => fold(x, axes, Sum),
    }
}

fn extreme<T: Reduce>(max: bool, x: &Array<T>, axes: &Axes) -> Result<Array<T>> {
    if max { fold(x, axes, Extreme::<true>) } else { fold(x, axes, Extreme::<false>) }
}

/// Whether any element along the axes is not zero. Errors: `Value` for axes that are not there.
pub fn any(x: &AnyArray, axes: &Axes) -> Result<Array<bool>> {
    fold(&x.to::<bool>()?, axes, Extreme::<true>)
}

/// Whether all elements along the axes are not zero. Errors: `Value` for axes that are not there.
pub fn all(x: &AnyArray, axes: &Axes) -> Result<Array<bool>> {
    fold(&x.to::<bool>()?, axes, Extreme::<false>)
}
