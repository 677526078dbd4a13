//! Choosing between the elements of arrays.

use super::{BinaryOp, binary};
use crate::any::AnyArray;
use crate::array::Array;
use crate::dispatch;
use crate::element::Element;
use crate::error::Result;
use crate::layout::broadcast_shapes;

/// `x` where `condition` is true, else `y`, all broadcast, in their common dtype.
/// Errors: `Value` if the shapes do not broadcast.
pub fn where_(condition: &AnyArray, x: &AnyArray, y: &AnyArray) -> Result<AnyArray> {
    let dtype = x.dtype().promote(y.dtype());
    let (x, y) = (x.astype(dtype)?, y.astype(dtype)?);
    let condition = condition.to::<bool>()?;
    dispatch!(&x, x => Ok(choose(&condition, x, y.typed()?)?.into()))
}

fn choose<T: Element>(condition: &Array<bool>, x: &Array<T>, y: &Array<T>) -> Result<Array<T>> {
    let shape = broadcast_shapes(&[condition.shape(), x.shape(), y.shape()])?;
    let pick = condition.view(condition.layout().broadcast_to(&shape)?).dense()?;
    let x = x.view(x.layout().broadcast_to(&shape)?).dense()?;
    let y = y.view(y.layout().broadcast_to(&shape)?).dense()?;
    let mut out = crate::storage::zeros(pick.len())?;
    for (((o, &pick), &x), &y) in out.iter_mut().zip(pick.iter()).zip(x.iter()).zip(y.iter()) {
        *o = std::hint::select_unpredictable(pick, x, y);
    }
    Array::from_vec(out, &shape)
}

/// The elements no less than `low` and no more than `high`, where these are given; NaN stays.
/// Errors: `Value` if the shapes do not broadcast.
pub fn clip(x: &AnyArray, low: Option<&AnyArray>, high: Option<&AnyArray>) -> Result<AnyArray> {
    let mut result = x.clone();
    if let Some(low) = low {
        result = binary(BinaryOp::Maximum, &result, low)?;
    }
    if let Some(high) = high {
        result = binary(BinaryOp::Minimum, &result, high)?;
    }
    if low.is_none() && high.is_none() { result.copy() } else { Ok(result) }
}
