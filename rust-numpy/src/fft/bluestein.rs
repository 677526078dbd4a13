//! Transforms of any length as convolutions (Bluestein 1970): with `kn = (k² + n² - (k - n)²) / 2`
//! the transform is a product with a chirp, a convolution with the opposite chirp, and a product
//! again; the convolution is done by transforms of a power of two.

use super::plan::{C, root};
use super::radix::Radix;
use crate::error::Result;
use crate::storage::zeros;

/// A transform of one length.
pub(super) struct Bluestein {
    chirp: Vec<C>,
    /// Transform of the opposite chirp, divided by its length.
    kernel: Vec<C>,
    inner: Radix,
}

impl Bluestein {
    /// Errors: `Memory`.
    pub fn new(n: usize) -> Result<Bluestein> {
        let len = (2 * n - 1).next_power_of_two();
        let twos = len.trailing_zeros() as usize;
        let mut factors = vec![4; twos / 2];
        factors.extend(vec![2; twos % 2]);
        let inner = Radix::new(len, factors)?;
        // exp(-πi k² / n), the square reduced before it loses digits
        let mut chirp = zeros::<C>(n)?;
        for (k, c) in chirp.iter_mut().enumerate() {
            let square = (k as u128 * k as u128 % (2 * n as u128)) as usize;
            *c = root(square, 2 * n);
        }
        let mut opposite = zeros::<C>(len)?;
        for (k, c) in chirp.iter().enumerate() {
            opposite[k] = c.conj();
            opposite[(len - k) % len] = c.conj();
        }
        let mut kernel = zeros::<C>(len)?;
        inner.forward(&opposite, &mut kernel);
        let scale = 1.0 / len as f64;
        kernel.iter_mut().for_each(|v| *v = C::new(v.re * scale, v.im * scale));
        Ok(Bluestein { chirp, kernel, inner })
    }

    /// The transform of `x`, in place.
    pub fn forward(&self, x: &mut [C]) {
        let len = self.kernel.len();
        let (mut a, mut b) = (vec![C::default(); len], vec![C::default(); len]);
        for ((a, &x), &c) in a.iter_mut().zip(x.iter()).zip(&self.chirp) {
            *a = x * c;
        }
        self.inner.forward(&a, &mut b);
        // the inverse transform of v is the conjugate of the transform of its conjugate
        for (b, &k) in b.iter_mut().zip(&self.kernel) {
            *b = (*b * k).conj();
        }
        self.inner.forward(&b, &mut a);
        for ((x, a), &c) in x.iter_mut().zip(&a).zip(&self.chirp) {
            *x = a.conj() * c;
        }
    }
}
