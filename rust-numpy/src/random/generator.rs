//! Distributions drawn into arrays (`numpy.random.Generator`).

use super::bounded::{Pieces, masked_up_to, up_to, up_to_32};
use super::ziggurat::{normal_f32, normal_f64};
use super::{Pcg64, SeedSequence};
use crate::any::AnyArray;
use crate::array::Array;
use crate::dtype::DType;
use crate::element::{Element, cast};
use crate::error::{Error, Result};
use crate::index::take;
use crate::layout::{normalize_axis, size_of_shape};
use crate::storage::reserve;
use crate::with_dtype;

/// A stream of random numbers. Each draw continues where the one before stopped.
#[derive(Debug, Clone)]
pub struct Generator {
    bits: Pcg64,
    seed: SeedSequence,
}

impl Generator {
    /// The generator that `numpy.random.default_rng` makes of the same seed.
    ///
    /// ```
    /// use rust_numpy_core::random::{Generator, SeedSequence};
    /// let mut rng = Generator::new(SeedSequence::new(&[0]));
    /// let x = rng.random_f64(&[1]).unwrap().to_vec().unwrap();
    /// assert_eq!(x, [0.6369616873214543]);
    /// ```
    pub fn new(seed: SeedSequence) -> Self {
        Generator { bits: Pcg64::new(&seed), seed }
    }

    /// `count` generators that are independent of this one and of each other.
    pub fn spawn(&mut self, count: u32) -> Vec<Generator> {
        self.seed.spawn(count).into_iter().map(Generator::new).collect()
    }

    fn draw<T: Element>(&mut self, shape: &[usize], one: impl Fn(&mut Pcg64) -> T) -> Result<Array<T>> {
        let len = size_of_shape(shape)?;
        let mut vec = reserve(len)?;
        vec.extend((0..len).map(|_| one(&mut self.bits)));
        Array::from_vec(vec, shape)
    }

    /// Uniform in `[0, 1)`. Errors: `Value`, `Memory` if the shape is too big.
    pub fn random_f64(&mut self, shape: &[usize]) -> Result<Array<f64>> {
        self.draw(shape, Pcg64::next_f64)
    }

    /// Uniform in `[0, 1)`. Errors: `Value`, `Memory` if the shape is too big.
    pub fn random_f32(&mut self, shape: &[usize]) -> Result<Array<f32>> {
        self.draw(shape, Pcg64::next_f32)
    }

    /// Mean 0, variance 1. Errors: `Value`, `Memory` if the shape is too big.
    pub fn standard_normal_f64(&mut self, shape: &[usize]) -> Result<Array<f64>> {
        self.draw(shape, normal_f64)
    }

    /// Mean 0, variance 1. Errors: `Value`, `Memory` if the shape is too big.
    pub fn standard_normal_f32(&mut self, shape: &[usize]) -> Result<Array<f32>> {
        self.draw(shape, normal_f32)
    }

    /// `mean + deviation · z`. Errors: `Value` for a negative deviation or a shape too big, `Memory`.
    pub fn normal(&mut self, mean: f64, deviation: f64, shape: &[usize]) -> Result<Array<f64>> {
        if deviation.is_sign_negative() {
            return Err(Error::value("scale < 0"));
        }
        self.draw(shape, |bits| mean + deviation * normal_f64(bits))
    }

    /// Uniform in `[low, high)`. Errors: `Value` for a negative or infinite range or a shape too big,
    /// `Memory`.
    pub fn uniform(&mut self, low: f64, high: f64, shape: &[usize]) -> Result<Array<f64>> {
        let range = high - low;
        if !range.is_finite() {
            return Err(Error::Overflow("high - low range exceeds valid bounds".into()));
        }
        if range.is_sign_negative() && range != 0.0 {
            return Err(Error::value("high - low < 0"));
        }
        self.draw(shape, |bits| low + range * bits.next_f64())
    }

    /// Integers from `low` to `high`, both included. Errors: `Value` if there is none or the dtype
    /// cannot hold them or the shape is too big, `Type` for other dtypes than integers, `Memory`.
    pub fn integers(&mut self, low: i128, high: i128, shape: &[usize], dtype: DType) -> Result<AnyArray> {
        let fits = |v: i128| crate::Scalar::Int(v).fits(dtype);
        if !dtype.is_integer() && dtype != DType::Bool {
            return Err(Error::dtype(format!("Unsupported dtype {} for integers", dtype.name())));
        }
        if !fits(low) || (dtype == DType::Bool && low < 0) {
            return Err(Error::value(format!("low is out of bounds for {}", dtype.name())));
        }
        if !fits(high) || (dtype == DType::Bool && high > 1) {
            return Err(Error::value(format!("high is out of bounds for {}", dtype.name())));
        }
        if low > high {
            return Err(Error::value("low >= high"));
        }
        let most = (high - low) as u64;
        with_dtype!(dtype, T => Ok(self.integers_of::<T>(low, most, shape)?.into()))
    }

    fn integers_of<T: Element>(&mut self, low: i128, most: u64, shape: &[usize]) -> Result<Array<T>> {
        let shift = |offset: u64| cast::<i64, T>((low as i64).wrapping_add(offset as i64));
        match T::DTYPE {
            DType::Bool => {
                let pieces = std::cell::RefCell::new((0u32, 0u32));
                self.draw(shape, |bits| {
                    if most == 0 {
                        return shift(0);
                    }
                    let (word, left) = &mut *pieces.borrow_mut();
                    if *left == 0 {
                        (*word, *left) = (bits.next_u32(), 31);
                    } else {
                        *word >>= 1;
                        *left -= 1;
                    }
                    shift(u64::from(*word & 1))
                })
            }
            DType::I8 | DType::U8 | DType::I16 | DType::U16 => {
                let pieces = std::cell::RefCell::new(Pieces::default());
                let width = 8 * T::DTYPE.size() as u32;
                self.draw(shape, |bits| shift(u64::from(pieces.borrow_mut().up_to(bits, width, most as u32))))
            }
            DType::I32 | DType::U32 => self.draw(shape, |bits| shift(u64::from(up_to_32(bits, most as u32)))),
            _ => self.draw(shape, |bits| shift(up_to(bits, most))),
        }
    }

    /// `0..n` in random order (Fisher and Yates). Errors: `Value`, `Memory` if `n` is too big.
    pub fn permutation(&mut self, n: usize) -> Result<Array<i64>> {
        let len = size_of_shape(&[n])?;
        let mut order: Vec<i64> = reserve(len)?;
        order.extend(0..len as i64);
        for i in (1..len).rev() {
            order.swap(i, masked_up_to(&mut self.bits, i as u64) as usize);
        }
        Array::from_vec(order, &[len])
    }

    /// The slices along an axis in random order.
    /// Errors: `Value` if there is no such axis, `Memory`.
    pub fn permuted_slices(&mut self, x: &AnyArray, axis: isize) -> Result<AnyArray> {
        let axis = normalize_axis(axis, x.ndim())?;
        let order = self.permutation(x.shape()[axis])?;
        take(x, &order, axis as isize)
    }
}
