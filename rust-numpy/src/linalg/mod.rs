//! Products of vectors and matrices.

mod einsum;
mod matmul;
mod norm;
mod product;
mod tensordot;

pub use einsum::einsum;
pub use matmul::matmul;
pub use norm::vector_norm;
pub use tensordot::{dot, outer, tensordot, vecdot};
