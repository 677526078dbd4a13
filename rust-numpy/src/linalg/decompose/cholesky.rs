//! Positive definite matrices as the product of a triangle and its adjoint.

use super::stack::{AnyStack, Stack, each_kind, join, result_dtype, squares_of};
use super::table::{Number, Table, inner};
use crate::any::AnyArray;
use crate::dtype::DType;
use crate::error::{Error, Result};

/// The lower triangle `L` of `x = L Lᴴ`, or the upper one of `x = Uᴴ U`. Only that triangle of `x`
/// is read. Errors: `Value` for a matrix that is not square or not positive definite.
pub fn cholesky(x: &AnyArray, upper: bool) -> Result<AnyArray> {
    let dtype = result_dtype(x.dtype());
    each_kind!(squares_of(x)?, s => each(s, x.shape(), upper, dtype))
}

fn each<T: Number>(stack: Stack<T>, shape: &[usize], upper: bool, dtype: DType) -> Result<AnyArray> {
    let mut pieces = Vec::with_capacity(stack.tables.len());
    for a in stack.tables {
        let lower = triangle(if upper { a.adjoint()? } else { a })?;
        pieces.push(if upper { lower.adjoint()?.data } else { lower.data });
    }
    join(&[], shape, pieces, dtype)
}

fn triangle<T: Number>(a: Table<T>) -> Result<Table<T>> {
    let mut l = Table::zeros(a.rows, a.rows)?;
    for i in 0..a.rows {
        for j in 0..i {
            let rest = a[(i, j)] - inner(&l.row(j)[..j], &l.row(i)[..j]);
            l[(i, j)] = rest / l[(j, j)];
        }
        let rest = a[(i, i)].re() - inner(&l.row(i)[..i], &l.row(i)[..i]).re();
        if rest.is_nan() || rest <= 0.0 {
            return Err(Error::value("Matrix is not positive definite"));
        }
        l[(i, i)] = T::real(rest.sqrt());
    }
    Ok(l)
}
