//! Arithmetic of single values that vectorises: what the kernels are made of.
//!
//! `FMA` says whether the CPU has an instruction for `a b + c`; without one, `mul_add` would call
//! the C library.

/// Elements of a vector in the largest steps: one AVX-512 or two AVX vectors of `f32`.
pub const LANES: usize = 16;

/// `a b + c`
#[inline(always)]
pub fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `(2ⁿ, eʳ - 1)` with `x = n ln 2 + r`, `|r| <= ln 2 / 2`; `x` is held within the range of `f32`.
///
/// The polynomial is that of Cephes' `expf` (public domain).
#[inline(always)]
fn exp_parts<const FMA: bool>(x: f32) -> (f32, f32) {
    const MAGIC: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to an integer
    let x = if x > 88.0 { 88.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = fma::<FMA>(x, std::f32::consts::LOG2_E, MAGIC);
    let n = shifted - MAGIC;
    let r = fma::<FMA>(n, -0.693_359_4, x);
    let r = fma::<FMA>(n, 2.121_944_4e-4, r);
    let mut p = 1.987_569_1e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = fma::<FMA>(p, r, c);
    }
    let power = (shifted.to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32).wrapping_add(127);
    (f32::from_bits((power << 23) as u32), fma::<FMA>(p, r * r, r))
}

/// `eˣ` to 2 units in the last place; below e⁻⁸⁷ it stays there.
#[inline(always)]
pub fn exp<const FMA: bool>(x: f32) -> f32 {
    let (power, rest) = exp_parts::<FMA>(x);
    fma::<FMA>(power, rest, power)
}

/// `x` where positive, else `eˣ - 1`, without cancellation near zero.
///
/// A sum of both halves and not a choice between them, which becomes a slow masked store.
#[inline(always)]
pub fn elu<const FMA: bool>(x: f32) -> f32 {
    let (above, below) = if x > 0.0 { (x, 0.0) } else { (0.0, x) };
    let (power, rest) = exp_parts::<FMA>(below);
    above + fma::<FMA>(power, rest, power - 1.0)
}

/// The float32 of these upper 16 bits.
#[inline(always)]
pub fn widen(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// `x sigmoid(x)`
#[inline(always)]
pub fn silu<const FMA: bool>(x: f32) -> f32 {
    x / (1.0 + exp::<FMA>(-x))
}

/// The tanh form of GELU (Hendrycks and Gimpel, 2016), by `(1 + tanh(u)) / 2 = 1 / (1 + e⁻²ᵘ)`.
#[inline(always)]
pub fn gelu<const FMA: bool>(x: f32) -> f32 {
    const FACTOR: f32 = -1.595_769; // -2 sqrt(2 / pi)
    let u = FACTOR * x * fma::<FMA>(0.044_715 * x, x, 1.0);
    x / (1.0 + exp::<FMA>(u))
}

/// The sums of vectors, pairwise.
///
/// Not inlined: the compiler would arrange the loop before for the order of these additions, in
/// vectors of two.
#[inline(never)]
pub fn sum_lanes<const N: usize, const R: usize>(lanes: &[[f32; N]; R]) -> [f32; R] {
    let mut sums = [0.0; R];
    for r in 0..R {
        let mut lanes = lanes[r];
        let mut width = N;
        while width > 1 {
            width /= 2;
            for lane in 0..width {
                lanes[lane] += lanes[lane + width];
            }
        }
        sums[r] = lanes[0];
    }
    sums
}
