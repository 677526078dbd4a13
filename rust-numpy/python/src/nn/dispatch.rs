//! The kernels of `nn` for the CPU at hand.

use rust_numpy_core::nn;

/// Names the highest level that may be used, one of [`LEVELS`]: to see how a lesser CPU would do.
const VARIABLE: &str = "RUST_NUMPY_CPU";
/// The levels, each with all that those before it have.
const LEVELS: [&str; 5] = ["portable", "avx2", "avx512", "avx512vnni", "avx512bf16"];

/// What was chosen.
pub struct Chosen {
    /// The level's name.
    pub level: &'static str,
    /// Whether it multiplies pairs of bf16.
    pub bf16: bool,
}

/// The number of the highest level that the user allows.
fn allowed() -> Result<usize, String> {
    let Ok(name) = std::env::var(VARIABLE) else {
        return Ok(LEVELS.len() - 1);
    };
    let known = LEVELS.iter().position(|&level| level == name);
    known.ok_or_else(|| format!("{VARIABLE} is {name:?}: choose one of {}", LEVELS.join(", ")))
}

/// The number of the best level of this CPU.
fn supported() -> usize {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        let wide = has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
        let levels = [has!("avx2") && has!("fma"), wide, has!("avx512vnni"), has!("avx512bf16")];
        levels.iter().take_while(|&&has| has).count()
    }
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// The kernels of a level.
fn kernels(level: usize) -> nn::Run {
    #[cfg(target_arch = "x86_64")]
    return [nn::portable::run as nn::Run, avx2, avx512, avx512_vnni, avx512_bf16][level];
    #[cfg(not(target_arch = "x86_64"))]
    [nn::portable::run as nn::Run][level]
}

/// Installs the fastest kernels that this CPU can run and the user allows; an error where the user names
/// some that there are not.
pub fn choose_kernels() -> Result<Chosen, String> {
    let level = supported().min(allowed()?);
    nn::install(kernels(level));
    Ok(Chosen { level: LEVELS[level], bf16: level == LEVELS.len() - 1 })
}

#[cfg(target_arch = "x86_64")]
fn avx2(call: nn::Call<'_>) {
    // SAFETY: only installed where the CPU was seen to have AVX2 and FMA.
    unsafe { nn::avx2::run(call) }
}

#[cfg(target_arch = "x86_64")]
fn avx512(call: nn::Call<'_>) {
    // SAFETY: only installed where the CPU was seen to have these parts of AVX-512 as well.
    unsafe { nn::avx512::run(call) }
}

#[cfg(target_arch = "x86_64")]
fn avx512_vnni(call: nn::Call<'_>) {
    match call {
        nn::Call::BatchInt8 { x, x_units, w, units, y } => {
            // SAFETY: only installed where the CPU was seen to have AVX-512 with VNNI.
            unsafe { nn::batch_x86::product_int8_vnni(x, x_units, w, units, y) }
        }
        call => avx512(call),
    }
}

#[cfg(target_arch = "x86_64")]
fn avx512_bf16(call: nn::Call<'_>) {
    match call {
        // SAFETY: only installed where the CPU was seen to have AVX-512 with BF16.
        nn::Call::RoundedBf16(p) if p.depth.is_multiple_of(2) => unsafe { bf16::product(p) },
        // SAFETY: as above.
        nn::Call::ProductInt8(p) if p.depth.is_multiple_of(2) => unsafe { bf16::product(p) },
        call => avx512_vnni(call),
    }
}

/// Products of pairs of bf16.
#[cfg(target_arch = "x86_64")]
mod bf16 {
    use std::arch::x86_64::*;
    use std::mem::transmute;

    use rust_numpy_core::nn::half::{self, Operands, Stored};
    use rust_numpy_core::nn::wide::{load, load_words, store, turn};
    use rust_numpy_core::nn::{Product, Target};

    /// See [`half::product`].
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub fn product<B: Stored>(p: Product<'_, B>) {
        let tile =
            |rows: usize, columns: usize, operands: Operands<'_>, target: Target<'_>| match (rows, columns) {
                (8, 32) => tile::<8, 2>(operands, target),
                (4, 32) => tile::<4, 2>(operands, target),
                (2, 32) => tile::<2, 2>(operands, target),
                (_, 32) => tile::<1, 2>(operands, target),
                (8, _) => tile::<8, 1>(operands, target),
                (4, _) => tile::<4, 1>(operands, target),
                (2, _) => tile::<2, 1>(operands, target),
                _ => tile::<1, 1>(operands, target),
            };
        half::product(p, tile, |from, step, target| turn(from, step, target));
    }

    /// `M` rows by `V` vectors of columns.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512bf16")]
    #[allow(clippy::needless_range_loop)] // each index a constant once unrolled
    fn tile<const M: usize, const V: usize>(operands: Operands<'_>, target: Target<'_>) {
        let (c, c_step, add) = target;
        let (a, step, panel, pairs) = operands;
        let panel = panel[..pairs * V * 16].as_chunks::<16>().0.as_chunks::<V>().0;
        let mut rows = [[].as_slice(); M];
        for i in 0..M {
            rows[i] = &a[i * step..][..2 * pairs].as_chunks::<2>().0[..pairs];
        }
        let mut sums = [[_mm512_setzero_ps(); V]; M];
        for (k, b) in panel.iter().enumerate() {
            let mut vectors = [_mm512_setzero_si512(); V];
            for v in 0..V {
                vectors[v] = load_words(&b[v]);
            }
            for i in 0..M {
                let [low, high] = rows[i][k];
                let a = _mm512_set1_epi32((u32::from(low) | u32::from(high) << 16) as i32);
                for v in 0..V {
                    // SAFETY: both types are 512 bits, and any are pairs of bf16.
                    let (a, b) = unsafe {
                        (transmute::<__m512i, __m512bh>(a), transmute::<__m512i, __m512bh>(vectors[v]))
                    };
                    sums[i][v] = _mm512_dpbf16_ps(sums[i][v], a, b);
                }
            }
        }
        for i in 0..M {
            let c = c[i * c_step..][..V * 16].as_chunks_mut::<16>().0;
            for v in 0..V {
                store(if add { _mm512_add_ps(load(&c[v]), sums[i][v]) } else { sums[i][v] }, &mut c[v]);
            }
        }
    }
}
