//! Functions that take axes away.

mod arg;
mod cumulative;
mod fold;
mod statistics;
mod sums;

pub use arg::{argmax, argmin};
pub use cumulative::{cumulative_prod, cumulative_sum, diff};
pub use statistics::{count_nonzero, mean, std, var};
pub use sums::{ReduceOp, all, any, reduce};

/// Which axes to reduce and how the result is shaped.
#[derive(Debug, Clone, Default)]
pub struct Axes {
    /// The axes, all of them for `None`.
    pub axes: Option<Vec<isize>>,
    /// Whether they stay, with length one.
    pub keepdims: bool,
}
