//! Indexing as Python's square brackets do it.

mod gather;
mod select;

pub use gather::{get, nonzero, set, take, take_along_axis};
pub use select::Index;
