//! The kernels of `nn` for the CPU at hand.

use rust_numpy_core::nn;

/// Names the highest level that may be used, one of [`LEVELS`]: to see how a lesser CPU would do.
const VARIABLE: &str = "RUST_NUMPY_CPU";
/// The levels, each with all that those before it have.
const LEVELS: [&str; 4] = ["portable", "avx2", "avx512", "avx512vnni"];

/// What was chosen.
pub struct Chosen {
    /// The level's name.
    pub level: &'static str,
    /// Whether it multiplies pairs of 16-bit integers, which is faster than float32.
    pub int16: bool,
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
        let levels = [has!("avx2") && has!("fma"), wide, has!("avx512vnni")];
        levels.iter().take_while(|&&has| has).count()
    }
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// The kernels of a level.
fn kernels(level: usize) -> nn::Run {
    #[cfg(target_arch = "x86_64")]
    return [nn::portable::run as nn::Run, avx2, avx512, avx512_vnni][level];
    #[cfg(not(target_arch = "x86_64"))]
    [nn::portable::run as nn::Run][level]
}

/// Installs the fastest kernels that this CPU can run and the user allows; an error where the user names
/// some that there are not.
pub fn choose_kernels() -> Result<Chosen, String> {
    let level = supported().min(allowed()?);
    nn::install(kernels(level));
    Ok(Chosen { level: LEVELS[level], int16: level > 0 })
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
        // SAFETY: as above.
        nn::Call::ProductInt8(p, units) => unsafe { nn::integers_x86::product_vnni(p, units) },
        // SAFETY: as above.
        nn::Call::ProductInt16(p, units) => unsafe { nn::integers_x86::product_vnni(p, units) },
        call => avx512(call),
    }
}
