//! Discrete Fourier transforms of any length: `X[k] = Σ x[n] exp(-2πi kn / N)`.

mod bluestein;
mod cache;
mod half;
mod plan;
mod radix;
mod transform;

pub use transform::{Norm, fft, fft_frequencies, ifft, irfft, rfft, shift};
