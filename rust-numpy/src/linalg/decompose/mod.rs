//! Matrices taken apart, and what follows from it: systems of equations, determinants, eigenvalues.
//!
//! Functions take stacks of matrices in the last two axes. They compute in double precision, real
//! or complex, and return the precision of the array; bool and integers become float64.

mod cholesky;
mod eig;
mod eigh;
mod lu;
mod qr;
mod stack;
mod svd;
mod table;

pub use cholesky::cholesky;
pub use eig::eig;
pub use eigh::eigh;
pub use lu::{inv, slogdet, solve};
pub use qr::qr;
pub use svd::svd;
