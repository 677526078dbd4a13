//! Transforms of lengths with small prime factors (Cooley and Tukey): the transform of `n = p m`
//! numbers from `p` transforms of every `p`th of them.

use super::plan::{C, roots};
use crate::error::Result;

/// A transform of one length.
pub(super) struct Radix {
    factors: Vec<usize>,
    roots: Vec<C>,
}

impl Radix {
    /// `factors` multiply to `n`. Errors: `Memory`.
    pub fn new(n: usize, factors: Vec<usize>) -> Result<Radix> {
        Ok(Radix { factors, roots: roots(n)? })
    }

    /// Writes the transform of `x` to `out`.
    pub fn forward(&self, x: &[C], out: &mut [C]) {
        self.part(x, 1, &self.factors, out);
    }

    /// The transform of every `stride`th number of `x`.
    fn part(&self, x: &[C], stride: usize, factors: &[usize], out: &mut [C]) {
        let Some((&p, rest)) = factors.split_first() else {
            out[0] = x[0];
            return;
        };
        let m = out.len() / p;
        for (r, piece) in out.chunks_exact_mut(m).enumerate() {
            self.part(&x[r * stride..], stride * p, rest, piece);
        }
        match p {
            2 => self.join_2(stride, out),
            4 => self.join_4(stride, out),
            _ => self.join(p, stride, out),
        }
    }

    fn join_2(&self, stride: usize, out: &mut [C]) {
        let (low, high) = out.split_at_mut(out.len() / 2);
        for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
            let turned = *b * self.roots[k * stride];
            (*a, *b) = (*a + turned, *a - turned);
        }
    }

    fn join_4(&self, stride: usize, out: &mut [C]) {
        let m = out.len() / 4;
        let (low, high) = out.split_at_mut(2 * m);
        let ((a, b), (c, d)) = (low.split_at_mut(m), high.split_at_mut(m));
        for k in 0..m {
            let w = |r: usize| self.roots[r * k * stride];
            let (x, y, z, u) = (a[k], b[k] * w(1), c[k] * w(2), d[k] * w(3));
            let (even, odd) = (x + z, x - z);
            let (sum, difference) = (y + u, y - u);
            // -i times the difference
            let turned = C::new(difference.im, -difference.re);
            (a[k], b[k]) = (even + sum, odd + turned);
            (c[k], d[k]) = (even - sum, odd - turned);
        }
    }

    fn join(&self, p: usize, stride: usize, out: &mut [C]) {
        let m = out.len() / p;
        let n = self.roots.len();
        let mut inputs = [C::default(); 32];
        for k in 0..m {
            for (r, input) in inputs[..p].iter_mut().enumerate() {
                *input = out[r * m + k] * self.roots[r * k * stride];
            }
            for q in 0..p {
                let turn = q * m * stride;
                let mut at = 0;
                let mut sum = inputs[0];
                for &input in &inputs[1..p] {
                    at += turn;
                    if at >= n {
                        at -= n;
                    }
                    sum = sum + input * self.roots[at];
                }
                out[q * m + k] = sum;
            }
        }
    }
}
