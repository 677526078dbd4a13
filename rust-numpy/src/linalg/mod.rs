//! Products of vectors and matrices, and matrices taken apart.

mod convolve;
mod decompose;
mod einsum;
mod matmul;
mod norm;
mod product;
mod tensordot;

pub use convolve::convolve;
pub use decompose::{cholesky, eig, eigh, inv, qr, slogdet, solve, svd};
pub use einsum::einsum;
pub use matmul::matmul;
pub use norm::vector_norm;
pub use tensordot::{dot, outer, tensordot, vecdot};
