//! The kernels of `nn` for the CPU at hand.

use rust_numpy_core::nn;

/// Installs the fastest kernels that this CPU can run.
pub fn choose_kernels() {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx2") && has!("fma") {
            let wide = has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
            nn::install(if wide { avx512 } else { avx2 });
        }
    }
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
