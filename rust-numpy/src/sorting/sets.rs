//! The different elements of an array.

use crate::any::AnyArray;
use crate::array::Array;
use crate::complex::Complex;
use crate::element::Element;
use crate::error::Result;
use crate::sorting::sort::widest;
use crate::storage::{reserve, zeros};

/// The different elements of an array, in order, and where they are.
pub struct Unique {
    /// One of each.
    pub values: AnyArray,
    /// Where in the flat array each occurs first.
    pub indices: AnyArray,
    /// For each element of the array the place of its value, in the shape of the array.
    pub inverse: AnyArray,
    /// How often each occurs.
    pub counts: AnyArray,
}

/// The different elements of the flat array. With `equal_nan` all NaN are one, else none equals
/// another. Errors: `Memory`.
pub fn unique(x: &AnyArray, equal_nan: bool) -> Result<Unique> {
    let mut found = match widest(x)? {
        AnyArray::I64(a) => unique_typed(&a, equal_nan),
        AnyArray::U64(a) => unique_typed(&a, equal_nan),
        AnyArray::F64(a) => unique_typed(&a, equal_nan),
        other => unique_typed(&other.to::<Complex<f64>>()?, equal_nan),
    }?;
    found.values = found.values.astype(x.dtype())?;
    Ok(found)
}

fn unique_typed<T: Element>(x: &Array<T>, equal_nan: bool) -> Result<Unique> {
    let flat = x.dense()?;
    let mut order: Vec<usize> = reserve(flat.len())?;
    order.extend(0..flat.len());
    order.sort_by(|&i, &j| flat[i].order(flat[j]));
    let same = |a: T, b: T| a == b || (equal_nan && a.is_nan() && b.is_nan());
    let (mut values, mut indices, mut counts) = (Vec::new(), Vec::new(), Vec::<i64>::new());
    let mut inverse = zeros::<i64>(flat.len())?;
    for &i in &order {
        match (values.last(), counts.last_mut()) {
            (Some(&value), Some(count)) if same(value, flat[i]) => *count += 1,
            _ => {
                values.push(flat[i]);
                indices.push(i as i64);
                counts.push(1);
            }
        }
        inverse[i] = values.len() as i64 - 1;
    }
    let n = [values.len()];
    Ok(Unique {
        values: Array::from_vec(values, &n)?.into(),
        indices: Array::from_vec(indices, &n)?.into(),
        inverse: Array::from_vec(inverse, x.shape())?.into(),
        counts: Array::from_vec(counts, &n)?.into(),
    })
}
