//! N-dimensional arrays with NumPy's semantics, in safe Rust without dependencies.
//!
//! An [`Array`] knows its element type, an [`AnyArray`] any of them; functions take the latter and
//! follow NumPy's rules for dtypes. Modules are split as the Python array API standard is.
//!
//! ```
//! use rust_numpy_core::elementwise::{BinaryOp, binary};
//! use rust_numpy_core::reduce::{Axes, ReduceOp, reduce};
//! use rust_numpy_core::{AnyArray, Array, DType};
//!
//! let x: AnyArray = Array::from_vec(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2])?.into();
//! let row: AnyArray = Array::from_vec(vec![10i8, 20], &[2])?.into();
//! let sum = binary(BinaryOp::Add, &x, &row)?; // broadcast, in float32
//! let columns = Axes { axes: Some(vec![0]), keepdims: false };
//! let totals = reduce(ReduceOp::Sum, &sum, &columns, None)?;
//! assert_eq!(totals.dtype(), DType::F32);
//! assert_eq!(totals.typed::<f32>()?.to_vec()?, [24.0, 46.0]);
//! # Ok::<(), rust_numpy_core::Error>(())
//! ```
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
pub mod pool;
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
