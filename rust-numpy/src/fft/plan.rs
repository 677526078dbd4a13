//! How a transform of one length is computed.

use super::bluestein::Bluestein;
use super::radix::Radix;
use crate::complex::Complex;
use crate::error::Result;

pub(super) type C = Complex<f64>;

/// Prime factors above this are handled as convolutions.
const LARGEST_RADIX: usize = 29;

/// A transform of one length, with its tables.
pub(super) enum Plan {
    Radix(Radix),
    Bluestein(Box<Bluestein>),
}

impl Plan {
    /// The plan for `n` numbers. Errors: `Memory`.
    pub fn new(n: usize) -> Result<Plan> {
        let factors = factors(n);
        if factors.iter().all(|&p| p <= LARGEST_RADIX) {
            Ok(Plan::Radix(Radix::new(n, factors)?))
        } else {
            Ok(Plan::Bluestein(Box::new(Bluestein::new(n)?)))
        }
    }

    /// The forward transform of `x`, in place; `scratch` is as long.
    pub fn forward(&self, x: &mut [C], scratch: &mut [C]) {
        match self {
            Plan::Radix(plan) => {
                scratch.copy_from_slice(x);
                plan.forward(scratch, x);
            }
            Plan::Bluestein(plan) => plan.forward(x),
        }
    }
}

/// `n` as a product of fours and primes, smallest last.
fn factors(mut n: usize) -> Vec<usize> {
    let mut found = Vec::new();
    while n.is_multiple_of(4) && n > 0 {
        found.push(4);
        n /= 4;
    }
    let mut p = 2;
    while p * p <= n {
        while n.is_multiple_of(p) {
            found.push(p);
            n /= p;
        }
        p += 1;
    }
    if n > 1 {
        found.push(n);
    }
    found
}

/// `exp(-2πi k / n)` for `k < n`, from an angle of at most an eighth of a turn, so that the values
/// at the axes and diagonals are exact.
pub(super) fn root(k: usize, n: usize) -> C {
    // the turn in eighths, reduced to the first of them
    let eighths = 8 * k as u128;
    let n = n as u128;
    let octant = (eighths / n) as u32;
    let within = (eighths % n) as f64;
    let angle = |part: f64| std::f64::consts::FRAC_PI_4 * part / n as f64;
    let (from_axis, to_axis) = (angle(within), angle(n as f64 - within));
    let (c, s) = match octant {
        0 => (from_axis.cos(), from_axis.sin()),
        1 => (to_axis.sin(), to_axis.cos()),
        2 => (-from_axis.sin(), from_axis.cos()),
        3 => (-to_axis.cos(), to_axis.sin()),
        4 => (-from_axis.cos(), -from_axis.sin()),
        5 => (-to_axis.sin(), -to_axis.cos()),
        6 => (from_axis.sin(), -from_axis.cos()),
        _ => (to_axis.cos(), -to_axis.sin()),
    };
    C::new(c, -s)
}
