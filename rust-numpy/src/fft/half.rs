//! Real numbers in half the work: neighbours become the two parts of complex numbers, whose
//! transform holds those of the even and of the odd numbers, to be told apart by their symmetry.

use super::cache::plan;
use super::plan::{C, root};
use crate::error::Result;
use crate::storage::{reserve, zeros};

/// The first `n / 2 + 1` numbers of the transform of each row of `n` real ones, times `factor`.
/// `n` is even. Errors: `Memory`.
pub(super) fn forward(rows: &[f64], n: usize, factor: f64) -> Result<Vec<C>> {
    let m = n / 2;
    let plan = plan(m)?;
    let mut turns = reserve(m)?;
    // only the first quarter is used: the rest mirrors it
    turns.extend((0..=m / 2).map(|k| root(k, n)));
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
