//! Counting small numbers.

use crate::any::AnyArray;
use crate::array::Array;
use crate::error::{Error, Result};
use crate::layout::size_of_shape;
use crate::storage::zeros;

fn places(x: &AnyArray, least: usize) -> Result<(Vec<i64>, usize)> {
    if x.ndim() != 1 {
        return Err(Error::value("object of too small or too large depth for desired array"));
    }
    if !x.dtype().is_exact() && x.size() > 0 {
        return Err(Error::dtype(format!("cannot count numbers of {}", x.dtype().name())));
    }
    let numbers = x.to::<i64>()?.to_vec()?;
    if numbers.iter().any(|&n| n < 0) {
        return Err(Error::value("'list' argument must have no negative elements"));
    }
    let largest = numbers.iter().max().map_or(0, |&n| n as usize + 1);
    let length = size_of_shape(&[largest.max(least)])?;
    Ok((numbers, length))
}

/// How often each number from zero on occurs in the vector; at least `least` counts.
/// Errors: `Value` for a negative number or other than one dimension, `Type` for floats, `Memory`.
pub fn bincount(x: &AnyArray, least: usize) -> Result<Array<i64>> {
    let (numbers, length) = places(x, least)?;
    let mut counts = zeros::<i64>(length)?;
    for n in numbers {
        counts[n as usize] += 1;
    }
    Array::from_vec(counts, &[length])
}

/// The sums of the weights at the places of each number from zero on.
/// Errors: as [`bincount`], and `Value` for another number of weights.
pub fn bincount_weighted(x: &AnyArray, weights: &AnyArray, least: usize) -> Result<Array<f64>> {
    let (numbers, length) = places(x, least)?;
    if weights.shape() != x.shape() {
        return Err(Error::value("The weights and list don't have the same length."));
    }
    let mut sums = zeros::<f64>(length)?;
    for (n, weight) in numbers.into_iter().zip(weights.to::<f64>()?.to_vec()?) {
        sums[n as usize] += weight;
    }
    Array::from_vec(sums, &[length])
}
