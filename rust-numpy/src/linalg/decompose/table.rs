//! Single matrices and the arithmetic that the decompositions share.

use std::ops::{Add, Div, Index, IndexMut, Mul, Neg, Sub};

use crate::complex::Complex;
use crate::element::Element;
use crate::error::Result;
use crate::storage::zeros;

/// The numbers that matrices are decomposed in: `f64` and `Complex<f64>`.
pub trait Number:
    Element
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A real number as one of these.
    fn real(value: f64) -> Self;
    /// The complex conjugate.
    fn conj(self) -> Self;
    /// The real part.
    fn re(self) -> f64;
    /// The absolute value.
    fn length(self) -> f64;
}

impl Number for f64 {
    fn real(value: f64) -> Self {
        value
    }
    fn conj(self) -> Self {
        self
    }
    fn re(self) -> f64 {
        self
    }
    fn length(self) -> f64 {
        self.abs()
    }
}

impl Number for Complex<f64> {
    fn real(value: f64) -> Self {
        Complex::new(value, 0.0)
    }
    fn conj(self) -> Self {
        Complex::<f64>::conj(self)
    }
    fn re(self) -> f64 {
        self.re
    }
    fn length(self) -> f64 {
        self.abs()
    }
}

/// A matrix, its rows one after the other.
#[derive(Debug, Clone)]
pub struct Table<T> {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<T>,
}

impl<T: Number> Table<T> {
    /// Zeros. Errors: `Memory`.
    pub fn zeros(rows: usize, columns: usize) -> Result<Self> {
        Ok(Table { rows, columns, data: zeros(rows * columns)? })
    }

    /// Ones on the diagonal, zeros elsewhere. Errors: `Memory`.
    pub fn identity(n: usize) -> Result<Self> {
        let mut table = Self::zeros(n, n)?;
        for i in 0..n {
            table[(i, i)] = T::ONE;
        }
        Ok(table)
    }

    /// One row.
    pub fn row(&self, i: usize) -> &[T] {
        &self.data[i * self.columns..(i + 1) * self.columns]
    }

    /// Two different rows, to be changed.
    pub fn two_rows(&mut self, i: usize, j: usize) -> (&mut [T], &mut [T]) {
        let n = self.columns;
        let (low, high) = self.data.split_at_mut(i.max(j) * n);
        let (first, second) = (&mut low[i.min(j) * n..][..n], &mut high[..n]);
        if i < j { (first, second) } else { (second, first) }
    }

    /// Two rows exchanged.
    pub fn swap_rows(&mut self, i: usize, j: usize) {
        if i != j {
            let (a, b) = self.two_rows(i, j);
            a.swap_with_slice(b);
        }
    }

    /// The matrix with rows and columns exchanged, its numbers conjugated. Errors: `Memory`.
    pub fn adjoint(&self) -> Result<Self> {
        let mut out = Self::zeros(self.columns, self.rows)?;
        for i in 0..self.rows {
            for j in 0..self.columns {
                out[(j, i)] = self[(i, j)].conj();
            }
        }
        Ok(out)
    }

    /// The product of two matrices. Errors: `Memory`.
    pub fn times(&self, other: &Self) -> Result<Self> {
        let mut out = Self::zeros(self.rows, other.columns)?;
        for i in 0..self.rows {
            for k in 0..self.columns {
                let factor = self[(i, k)];
                for j in 0..other.columns {
                    out[(i, j)] = out[(i, j)] + factor * other[(k, j)];
                }
            }
        }
        Ok(out)
    }
}

impl<T> Index<(usize, usize)> for Table<T> {
    type Output = T;
    fn index(&self, (i, j): (usize, usize)) -> &T {
        &self.data[i * self.columns + j]
    }
}

impl<T> IndexMut<(usize, usize)> for Table<T> {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        &mut self.data[i * self.columns + j]
    }
}

/// `Σ conj(x) y`
pub fn inner<T: Number>(x: &[T], y: &[T]) -> T {
    x.iter().zip(y).fold(T::default(), |sum, (&x, &y)| sum + x.conj() * y)
}

/// `√Σ |x|²`, without overflow.
pub fn norm<T: Number>(x: &[T]) -> f64 {
    let largest = x.iter().fold(0.0, |m: f64, v| m.max(v.length()));
    if largest == 0.0 || !largest.is_finite() {
        return x.iter().fold(0.0, |s: f64, v| s + v.length());
    }
    let squares: f64 = x.iter().map(|v| (v.length() / largest).powi(2)).sum();
    largest * squares.sqrt()
}

/// `y += factor x`
pub fn add_scaled<T: Number>(factor: T, x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = *y + factor * x;
    }
}
