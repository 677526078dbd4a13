//! The same elements in another shape or order.

mod axes;
mod join;
mod pad;
mod rearrange;

pub use axes::{
    axis_back, axis_last, broadcast_to, expand_dims, flip, moveaxis, permute_dims, reshape, squeeze,
};
pub use join::{concat, repeat, stack, tile, unstack};
pub use pad::{PadMode, pad};
pub use rearrange::{diagonal, roll};
