//! Real numbers in half the work: neighbours become the two parts of complex numbers, whose
//! transform holds those of the even and of the odd numbers, to be told apart by their symmetry.

use std::sync::Arc;

use super::cache::{half, plan};
use super::plan::{C, Plan, root};
use crate::error::Result;
use crate::storage::{reserve, zeros};

/// What the transform of one even length needs.
pub(super) struct Half {
    /// For half as many complex numbers.
    plan: Arc<Plan>,
    /// `exp(-2πi k / n)`; only those of the first quarter are used: the rest mirrors them.
    turns: Vec<C>,
}

impl Half {
    /// Errors: `Memory`.
    pub fn new(n: usize) -> Result<Half> {
        let mut turns = reserve(n / 4 + 1)?;
        turns.extend((0..=n / 4).map(|k| root(k, n)));
        Ok(Half { plan: plan(n / 2)?, turns })
    }
}

/// The first `n / 2 + 1` numbers of the transform of each row of `n` real ones, times `factor`.
/// `n` is even. Errors: `Memory`.
pub(super) fn forward(rows: &[f64], n: usize, factor: f64) -> Result<Vec<C>> {
    let m = n / 2;
    let half = half(n)?;
    let Half { plan, turns } = &*half;
    let (mut z, mut scratch) = (zeros::<C>(m)?, zeros::<C>(m)?);
    let mut out = zeros::<C>(rows.len() / n * (m + 1))?;
    for (row, out) in rows.chunks_exact(n).zip(out.chunks_exact_mut(m + 1)) {
        for (z, pair) in z.iter_mut().zip(row.as_chunks::<2>().0) {
            *z = C::new(pair[0], pair[1]);
        }
        plan.forward(&mut z, &mut scratch);
        let scaled = |v: C| C::new(v.re * factor, v.im * factor);
        out[0] = scaled(C::new(z[0].re + z[0].im, 0.0));
        out[m] = scaled(C::new(z[0].re - z[0].im, 0.0));
        for k in 1..=m / 2 {
            let (a, b) = (z[k], z[m - k].conj());
            let even = C::new(0.5 * (a.re + b.re), 0.5 * (a.im + b.im));
            // -i / 2 times the difference, turned
            let odd = C::new(0.5 * (a.im - b.im), 0.5 * (b.re - a.re)) * turns[k];
            out[k] = scaled(even + odd);
            out[m - k] = scaled((even - odd).conj());
        }
    }
    Ok(out)
}
