//! Sine and cosine of single precision, in double precision and in steps that vectorise.
//!
//! `x = n π/2 + r` with `|r| <= π/4`, then Taylor's polynomial of sine or cosine, as the quadrant `n`
//! says. The results are rounded correctly but for a few in a million.

/// Up to here the remainder `r` keeps the digits that single precision needs.
const LARGEST: f32 = 1_048_576.0;
/// Adding this rounds to an integer, which then is in the lowest bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// π/2 in two parts; products of the first with small integers are exact.
const HALF_PI: [f64; 2] = [1.570_796_326_734_125_6, 6.077_100_506_506_192e-11];

/// Whether all numbers are small enough (NaN is not).
#[inline(always)]
pub fn are_small(x: &[f32]) -> bool {
    x.iter().fold(true, |small, v| small & (v.abs() <= LARGEST))
}

/// `sin(x + quarters π/2)` for a small number.
#[inline(always)]
pub fn sine(x: f32, quarters: u64) -> f32 {
    let x = f64::from(x);
    let shifted = x * std::f64::consts::FRAC_2_PI + MAGIC;
    let n = shifted - MAGIC;
    let r = (x - n * HALF_PI[0]) - n * HALF_PI[1];
    let z = r * r;
    let mut s = -1.0 / 39_916_800.0;
    for divisor in [362_880.0, -5_040.0, 120.0, -6.0, 1.0] {
        s = s * z + 1.0 / divisor;
    }
    let mut c = 1.0 / 479_001_600.0;
    for divisor in [-3_628_800.0, 40_320.0, -720.0, 24.0, -2.0, 1.0] {
        c = c * z + 1.0 / divisor;
    }
    let quadrant = shifted.to_bits().wrapping_add(quarters);
    let value = if quadrant & 1 == 0 { s * r } else { c };
    (if quadrant & 2 == 0 { value } else { -value }) as f32
}
