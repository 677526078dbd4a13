//! Order: sorting, searching, and arrays as sets.

mod sets;
mod sort;

pub use sets::{Unique, unique};
pub use sort::{argsort, searchsorted, sort};
