//! N-dimensional arrays with NumPy's semantics, in safe Rust without dependencies.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod audio;
pub mod creation;
pub mod elementwise;
pub mod fft;
pub mod index;
pub mod io;
pub mod linalg;
pub mod manipulate;
pub mod nn;
pub mod random;
pub mod reduce;
pub mod simd;
pub mod sorting;

mod any;
mod array;
mod complex;
mod dtype;
mod element;
mod error;
mod layout;
mod plan;
mod scalar;
mod storage;

pub use any::AnyArray;
pub use array::{Array, Dense};
pub use complex::Complex;
pub use dtype::{DType, Kind};
pub use element::{Element, Wide, cast};
pub use error::{Error, Result};
pub use layout::{Layout, broadcast_shapes, normalize_axes, normalize_axis, size_of_shape};
pub use scalar::{Operand, Scalar, result_type};
pub use storage::{Buffer, Data, Storage};
