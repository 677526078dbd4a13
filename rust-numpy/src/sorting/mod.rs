//! Order: sorting, searching, and arrays as sets.

mod count;
mod radix;
mod sets;
mod sort;

pub use count::{bincount, bincount_weighted};
pub use sets::{Unique, unique};
pub use sort::{argsort, searchsorted, sort};
