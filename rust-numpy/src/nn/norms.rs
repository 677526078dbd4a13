//! Norms over rows, and additions that scale or modulate a row.

use super::math::{LANES, fma, sum_lanes};

/// `Σ f(x)` in lanes.
#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (whole, rest) = x.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for x in whole {
        for (sum, &x) in sums.iter_mut().zip(x) {
            *sum += f(x);
        }
    }
    let [total] = sum_lanes(&[sums]);
    total + rest.iter().fold(0.0, |sum, &x| sum + f(x))
}

/// `(x - mean) / sqrt(variance + eps)` of each row of `width`, times a weight plus a bias if given.
#[inline(always)]
pub fn layer_norm<const FMA: bool>(
    x: &[f32],
    width: usize,
    affine: Option<(&[f32], &[f32])>,
    eps: f32,
    y: &mut [f32],
) {
    if width == 0 {
        return;
    }
    for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
        let mean = sum(x, |x| x) / width as f32;
        let variance = sum(x, |x| (x - mean) * (x - mean)) / width as f32;
        let scale = 1.0 / (variance + eps).sqrt();
        match affine {
            Some((weight, bias)) => {
                for (((y, &x), &w), &b) in y.iter_mut().zip(x).zip(weight).zip(bias) {
                    *y = fma::<FMA>((x - mean) * scale, w, b);
                }
            }
            None => y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) * scale),
        }
    }
}

/// `x · alpha / sqrt(eps + variance)` of each row, the variance with Bessel's correction.
#[inline(always)]
pub fn variance_norm(x: &[f32], alpha: &[f32], eps: f32, y: &mut [f32]) {
    let width = alpha.len();
    if width == 0 {
        return;
    }
    for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
        let mean = sum(x, |x| x) / width as f32;
        let variance = sum(x, |x| (x - mean) * (x - mean)) / (width as f32 - 1.0);
        let scale = 1.0 / (eps + variance).sqrt();
        for ((y, &x), &a) in y.iter_mut().zip(x).zip(alpha) {
            *y = x * a * scale;
        }
    }
}

/// `y = x + scale · y` over rows of the scale's width.
#[inline(always)]
pub fn scale_add<const FMA: bool>(y: &mut [f32], scale: &[f32], x: &[f32]) {
    let width = scale.len().max(1);
    for (y, x) in y.chunks_mut(width).zip(x.chunks(width)) {
        for ((y, &x), &s) in y.iter_mut().zip(x).zip(scale) {
            *y = fma::<FMA>(s, *y, x);
        }
    }
}

/// `y = scale y` over rows of the scale's width.
#[inline(always)]
pub fn scale(y: &mut [f32], scale: &[f32]) {
    for y in y.chunks_mut(scale.len().max(1)) {
        y.iter_mut().zip(scale).for_each(|(y, &s)| *y *= s);
    }
}

/// `y += x`, where `x` is repeated as often as it fits.
#[inline(always)]
pub fn add(y: &mut [f32], x: &[f32]) {
    for y in y.chunks_mut(x.len().max(1)) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y += x;
        }
    }
}

/// `y = y · (1 + scale) + shift`
#[inline(always)]
pub fn modulate<const FMA: bool>(y: &mut [f32], shift: &[f32], scale: &[f32]) {
    for ((y, &shift), &scale) in y.iter_mut().zip(shift).zip(scale) {
        *y = fma::<FMA>(*y, 1.0 + scale, shift);
    }
}
